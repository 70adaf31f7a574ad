//! The configuration that kubeadm is given, in the form of its version.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::plan::scheduler::kubernetes::act::API_PORT;
use crate::plan::survey::{MARK, Version};

/// A version of kubeadm's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Api {
    /// `v1beta1`, of 1.13 and 1.14.
    V1beta1,
    /// `v1beta2`, from 1.15 on.
    V1beta2,
    /// `v1beta3`, from 1.22 on.
    V1beta3,
    /// `v1beta4`, from 1.31 on: arguments are lists.
    V1beta4,
}

impl Api {
    /// The newest one that a kubeadm knows; none below 1.13, and for another
    /// major version (kubernetes.io reference/config-api, one page for each).
    pub fn of(version: Version) -> Option<Self> {
        match version {
            (1, 0..=12, _) => None,
            (1, 13..=14, _) => Some(Self::V1beta1),
            (1, 15..=21, _) => Some(Self::V1beta2),
            (1, 22..=30, _) => Some(Self::V1beta3),
            (1, _, _) => Some(Self::V1beta4),
            _ => None,
        }
    }

    /// As it stands in the file.
    pub fn text(self) -> &'static str {
        match self {
            Self::V1beta1 => "kubeadm.k8s.io/v1beta1",
            Self::V1beta2 => "kubeadm.k8s.io/v1beta2",
            Self::V1beta3 => "kubeadm.k8s.io/v1beta3",
            Self::V1beta4 => "kubeadm.k8s.io/v1beta4",
        }
    }
}

/// How this host is registered in the cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Form of the configuration.
    pub api: Api,
    /// Its name.
    pub name: String,
    /// Its address: the kubelet's own choice is the default route's otherwise,
    /// whatever the API server advertises.
    pub address: Ipv4Addr,
    /// Socket of the container runtime, as this kubeadm takes it.
    pub socket: String,
    /// Whether kubeadm's own look at the system is skipped: from 1.35 on it does not
    /// let control groups of version 1 pass, whatever the kubelet is told
    /// (kubernetes#134744).
    pub skip_system_check: bool,
}

/// What a cluster is made with.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Version of kubeadm, which becomes the cluster's: kubeadm asks the Internet
    /// for the newest one otherwise.
    pub version: Version,
    /// What stands for the control plane as a whole.
    pub endpoint: Option<String>,
    /// Registry of the images.
    pub images: Option<String>,
    /// Range of the pods.
    pub pods: Ipv4Net,
    /// Range of the services.
    pub services: Ipv4Net,
    /// The kubelet's cgroup driver.
    pub driver: &'static str,
    /// Whether the kubelet is to start on control groups of version 1.
    pub cgroup_v1: bool,
    /// Whether applications run on this host, too.
    pub schedule_here: bool,
}

/// A text in quotes. What comes here holds neither quotes nor backslashes.
fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

impl Node {
    /// `nodeRegistration`, in both configurations.
    fn registration(&self, taints: Option<&str>) -> String {
        let mut text = format!(
            "nodeRegistration:\n  name: {}\n  criSocket: {}\n",
            quoted(&self.name),
            quoted(&self.socket)
        );
        text.extend(taints);
        text.push_str("  kubeletExtraArgs:\n");
        let address = quoted(&self.address.to_string());
        text.push_str(&match self.api {
            Api::V1beta4 => format!("  - name: \"node-ip\"\n    value: {address}\n"),
            _ => format!("    node-ip: {address}\n"),
        });
        if self.skip_system_check {
            text.push_str("  ignorePreflightErrors:\n  - \"SystemVerification\"\n");
        }
        text
    }

    /// The file for `kubeadm init`.
    pub fn init(&self, cluster: &Cluster) -> String {
        let (major, minor, patch) = cluster.version;
        let api = self.api.text();
        // The token that kubeadm makes here nobody is told: it is over soon, and
        // the other hosts get one of their own.
        let mut text = format!(
            "{MARK}: kubeadm init --config reads this file; no secret.\n\
             apiVersion: {api}\nkind: InitConfiguration\n\
             bootstrapTokens:\n- ttl: \"15m0s\"\n\
             localAPIEndpoint:\n  advertiseAddress: {}\n  bindPort: {API_PORT}\n",
            quoted(&self.address.to_string())
        );
        // An empty list is no taint; none at all is kubeadm's default.
        text.push_str(&self.registration(cluster.schedule_here.then_some("  taints: []\n")));
        text.push_str(&format!(
            "---\napiVersion: {api}\nkind: ClusterConfiguration\n\
             kubernetesVersion: \"v{major}.{minor}.{patch}\"\n"
        ));
        for (key, value) in [
            ("controlPlaneEndpoint", &cluster.endpoint),
            ("imageRepository", &cluster.images),
        ] {
            if let Some(value) = value {
                text.push_str(&format!("{key}: {}\n", quoted(value)));
            }
        }
        text.push_str(&format!(
            "networking:\n  podSubnet: {}\n  serviceSubnet: {}\n\
             ---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n\
             cgroupDriver: {}\n",
            quoted(&cluster.pods.to_string()),
            quoted(&cluster.services.to_string()),
            quoted(cluster.driver)
        ));
        if cluster.cgroup_v1 {
            text.push_str("failCgroupV1: false\n");
        }
        text
    }

    /// The configuration of `kubeadm join`, up to the token and after it.
    pub fn join(&self, server: &str, hash: &str) -> (String, String) {
        let head = format!(
            "apiVersion: {}\nkind: JoinConfiguration\ndiscovery:\n  bootstrapToken:\n    \
             apiServerEndpoint: {}\n    token: \"",
            self.api.text(),
            quoted(server)
        );
        let tail = format!(
            "\"\n    caCertHashes:\n    - {}\n{}",
            quoted(hash),
            self.registration(None)
        );
        (head, tail)
    }
}

/// The ranges of pods and services in a file of [`Node::init`].
pub fn ranges(text: &str) -> Option<(Ipv4Net, Ipv4Net)> {
    if !text.starts_with(MARK) {
        return None;
    }
    let value = |key: &str| {
        let mut lines = text.lines().map(str::trim);
        let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))?;
        value.trim_matches('"').parse().ok()
    };
    Some((value("podSubnet")?, value("serviceSubnet")?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::super::schema;
    use super::*;

    pub fn node(api: Api) -> Node {
        Node {
            api,
            name: "node1".into(),
            address: Ipv4Addr::new(10, 0, 0, 11),
            socket: match api {
                Api::V1beta1 | Api::V1beta2 => "/var/run/dockershim.sock".into(),
                _ => "unix:///run/containerd/containerd.sock".into(),
            },
            skip_system_check: false,
        }
    }

    pub fn cluster(version: Version) -> Cluster {
        Cluster {
            version,
            endpoint: None,
            images: None,
            pods: "10.244.0.0/16".parse().unwrap(),
            services: "10.96.0.0/12".parse().unwrap(),
            driver: "systemd",
            cgroup_v1: false,
            schedule_here: false,
        }
    }

    const ALL: [(Api, Version); 4] = [
        (Api::V1beta1, (1, 13, 12)),
        (Api::V1beta2, (1, 20, 2)),
        (Api::V1beta3, (1, 28, 4)),
        (Api::V1beta4, (1, 32, 3)),
    ];

    #[test]
    fn each_kubeadm_gets_the_form_that_it_knows() {
        let of = |minor| Api::of((1, minor, 0));
        assert_eq!(of(12), None);
        assert_eq!(of(13), Some(Api::V1beta1));
        assert_eq!(of(14), Some(Api::V1beta1));
        assert_eq!(of(15), Some(Api::V1beta2));
        assert_eq!(of(21), Some(Api::V1beta2));
        assert_eq!(of(22), Some(Api::V1beta3));
        assert_eq!(of(30), Some(Api::V1beta3));
        assert_eq!(of(31), Some(Api::V1beta4));
        assert_eq!(of(36), Some(Api::V1beta4));
        assert_eq!(Api::of((2, 0, 0)), None);
    }

    #[test]
    fn the_file_of_init_is_as_it_was_checked() {
        for (api, version) in ALL {
            let socket = node(api).socket;
            let arguments = match api {
                Api::V1beta4 => "  - name: \"node-ip\"\n    value: \"10.0.0.11\"\n",
                _ => "    node-ip: \"10.0.0.11\"\n",
            };
            let (_, minor, patch) = version;
            let api_text = api.text();
            let golden = format!(
                "# Made by groundcrew: kubeadm init --config reads this file; no secret.
apiVersion: {api_text}
kind: InitConfiguration
bootstrapTokens:
- ttl: \"15m0s\"
localAPIEndpoint:
  advertiseAddress: \"10.0.0.11\"
  bindPort: 6443
nodeRegistration:
  name: \"node1\"
  criSocket: \"{socket}\"
  kubeletExtraArgs:
{arguments}---
apiVersion: {api_text}
kind: ClusterConfiguration
kubernetesVersion: \"v1.{minor}.{patch}\"
networking:
  podSubnet: \"10.244.0.0/16\"
  serviceSubnet: \"10.96.0.0/12\"
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: \"systemd\"
"
            );
            let text = node(api).init(&cluster(version));
            assert_eq!(text, golden);
            schema::hold(&text);
            assert_eq!(
                ranges(&text),
                Some((
                    "10.244.0.0/16".parse().unwrap(),
                    "10.96.0.0/12".parse().unwrap()
                ))
            );
        }
        assert_eq!(
            ranges("podSubnet: 10.0.0.0/16\nserviceSubnet: 10.1.0.0/16"),
            None
        );
    }

    #[test]
    fn what_is_answered_stands_in_the_file_of_init() {
        for (api, version) in ALL {
            let wanted = Cluster {
                endpoint: Some("k8s.example.com:6443".into()),
                images: Some("registry.example.com/kubernetes".into()),
                driver: "cgroupfs",
                cgroup_v1: true,
                schedule_here: true,
                ..cluster(version)
            };
            let text = node(api).init(&wanted);
            schema::hold(&text);
            for line in [
                "controlPlaneEndpoint: \"k8s.example.com:6443\"",
                "imageRepository: \"registry.example.com/kubernetes\"",
                "cgroupDriver: \"cgroupfs\"",
                "failCgroupV1: false",
                "  taints: []",
            ] {
                assert!(text.lines().any(|one| one == line), "{line} in\n{text}");
            }
        }
    }

    #[test]
    fn the_configuration_of_join_has_the_nodes_address_and_a_place_for_the_token() {
        let hash = format!("sha256:{}", "ab".repeat(32));
        for (api, _) in ALL {
            let (head, tail) = node(api).join("10.0.0.1:6443", &hash);
            assert!(head.ends_with("token: \""), "{head}");
            let text = format!("{head}abcdef.0123456789abcdef{tail}");
            schema::hold(&text);
            assert!(text.contains("node-ip"), "{text}");
            assert!(text.contains(&hash), "{text}");
        }
    }

    #[test]
    fn the_schema_finds_what_kubeadm_would_only_warn_of() {
        let good = node(Api::V1beta2).init(&cluster((1, 20, 2)));
        for (from, to, told) in [
            ("podSubnet", "podSubnett", "podSubnett"),
            ("bindPort: 6443", "bindPort: \"6443\"", "bindPort"),
            ("  taints: []", "", ""),
            (
                "    node-ip: \"10.0.0.11\"",
                "  - name: \"node-ip\"\n    value: \"10.0.0.11\"",
                "kubeletExtraArgs",
            ),
        ] {
            let bad = good.replace(from, to);
            match schema::check(&bad) {
                Ok(()) => assert_eq!(bad, good, "{to}"),
                Err(why) => assert!(!told.is_empty() && why.contains(told), "{why}"),
            }
        }
    }
}
