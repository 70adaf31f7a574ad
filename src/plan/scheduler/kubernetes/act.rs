//! What is done with kubeadm and kubectl: data, and how each act is described.

use std::collections::BTreeSet;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::plan::survey::Program;
use crate::plan::zerotier::Token;

/// groundcrew's own files about Kubernetes.
pub const OWN: &str = "/etc/groundcrew/kubernetes";
/// The configuration that `kubeadm init` is given.
pub const INIT_CONFIG: &str = "/etc/groundcrew/kubernetes/kubeadm-init.yaml";
/// The network add-on that groundcrew writes.
pub const FLANNEL_MANIFEST: &str = "/etc/groundcrew/kubernetes/flannel.yaml";
/// That `kubeadm init` or `kubeadm join` came to its end here, by a run of
/// groundcrew's: what is there without it is half done.
pub const MEMBER: &str = "/etc/groundcrew/kubernetes/member";
/// The administrator's way in, made by `kubeadm init`.
pub const ADMIN_CONF: &str = "/etc/kubernetes/admin.conf";
/// The kubelet's way in, on every node.
pub const KUBELET_CONF: &str = "/etc/kubernetes/kubelet.conf";
/// The cluster's certificate authority, on every node.
pub const CA: &str = "/etc/kubernetes/pki/ca.crt";
/// Port of the API server (kubeadm's default).
pub const API_PORT: u16 = 6443;
/// What kubeadm, the kubelet and the add-on make, and `kubeadm reset` does not
/// remove or only empties (kubernetes.io kubeadm-reset; kubernetes
/// cmd/kubeadm/app/cmd/phases/reset/cleanupnode.go).
pub const LEFT: [&str; 8] = [
    "/etc/kubernetes",
    "/var/lib/kubelet",
    "/var/lib/etcd",
    "/etc/cni/net.d",
    "/etc/cni",
    "/var/lib/cni",
    "/run/flannel",
    "/opt/cni/bin/flannel",
];

/// A container runtime, as the kubelet reaches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runtime {
    /// Docker through the kubelet's own dockershim: below 1.24 (KEP-2221).
    Docker,
    /// Docker through cri-dockerd.
    CriDockerd,
    /// containerd.
    Containerd,
    /// CRI-O.
    Crio,
    /// Another one, at a socket that was answered.
    Other,
}

impl Runtime {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "Docker (dockershim)",
            Self::CriDockerd => "Docker (cri-dockerd)",
            Self::Containerd => "containerd",
            Self::Crio => "CRI-O",
            Self::Other => "the container runtime",
        }
    }

    /// The one at a socket.
    pub fn at(socket: &str) -> Self {
        let file = socket.rsplit('/').next().unwrap_or(socket);
        match file {
            "dockershim.sock" | "docker.sock" => Self::Docker,
            "cri-dockerd.sock" => Self::CriDockerd,
            "containerd.sock" => Self::Containerd,
            "crio.sock" => Self::Crio,
            _ => Self::Other,
        }
    }

    /// The command that takes images out of a file, where it has one.
    pub fn load(self, file: &str) -> Option<Vec<String>> {
        let argv: &[&str] = match self {
            Self::Docker | Self::CriDockerd => &["docker", "load", "-i", file],
            // containerd's namespace of the kubelet
            Self::Containerd => &["ctr", "-n", "k8s.io", "images", "import", file],
            Self::Crio | Self::Other => return None,
        };
        Some(argv.iter().map(|word| (*word).to_owned()).collect())
    }
}

/// One act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "act",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Act {
    /// Switch swap off until the next boot.
    SwapOff {
        /// The devices and files that are swapped to.
        devices: Vec<String>,
    },
    /// Put images into the container runtime.
    LoadImages {
        /// The runtime.
        runtime: Runtime,
        /// Archives, as `docker save` writes them.
        files: Vec<String>,
    },
    /// Have kubeadm look at the host and pull what it needs.
    Preflight {
        /// File of its configuration.
        config: String,
    },
    /// Make the cluster on this host.
    Init {
        /// File of kubeadm's configuration.
        config: String,
        /// Socket of the container runtime, as kubeadm takes it.
        socket: String,
    },
    /// Apply a manifest.
    AddOn {
        /// The file.
        manifest: String,
    },
    /// Make a token that other hosts join with.
    Token {
        /// The file that it is written to, for root alone.
        path: String,
        /// How long it counts, in seconds.
        seconds: u64,
    },
    /// Join a cluster as a worker.
    Join {
        /// kubeadm's configuration up to the token.
        head: String,
        /// Where the token is.
        token: Token,
        /// The rest of the configuration.
        tail: String,
        /// Where the API server is, for people.
        server: String,
        /// Socket of the container runtime, as kubeadm takes it.
        socket: String,
    },
}

impl Act {
    /// Whether it can cut off the operator: kube-proxy and the add-on put rules
    /// into the packet filter.
    pub fn can_cut_off(&self) -> bool {
        match self {
            Self::Init { .. } | Self::AddOn { .. } | Self::Join { .. } => true,
            Self::SwapOff { .. }
            | Self::LoadImages { .. }
            | Self::Preflight { .. }
            | Self::Token { .. } => false,
        }
    }

    /// What is lost when it is undone later on, where that is more than what
    /// groundcrew has made.
    pub fn loses(&self) -> Option<&'static str> {
        match self {
            Self::Init { .. } => Some(
                "the cluster is deleted with everything in it: its applications, their settings and \
                 their data",
            ),
            Self::Join { .. } => {
                Some("this node leaves the cluster, and whatever runs and is kept on it is deleted")
            }
            _ => None,
        }
    }

    /// What is done, in one line.
    pub fn title(&self) -> String {
        match self {
            Self::SwapOff { devices } => format!("Switch swap off: {}", devices.join(", ")),
            Self::LoadImages { runtime, files } => {
                format!("Load images into {}: {}", runtime.name(), files.join(", "))
            }
            Self::Preflight { config } => {
                format!("Let kubeadm look at this host and pull its images, as {config} says")
            }
            Self::Init { config, .. } => {
                format!("Make the cluster with kubeadm init, as {config} says")
            }
            Self::AddOn { manifest } => format!("Apply the network add-on {manifest}"),
            Self::Token { path, seconds } => format!(
                "Make a join token in {path} (0600, never shown) that counts {}",
                time(*seconds)
            ),
            Self::Join { server, .. } => format!("Join the cluster at {server} with kubeadm join"),
        }
    }

    /// How it is taken back, in a word or two.
    pub fn undo_title(&self) -> &'static str {
        match self {
            Self::SwapOff { .. } => "switch on",
            Self::LoadImages { .. } => "nothing: the images stay",
            Self::Preflight { .. } => "nothing: pulled images stay",
            Self::Init { .. } | Self::Join { .. } => "kubeadm reset, asks",
            Self::AddOn { .. } | Self::Token { .. } => "delete",
        }
    }

    /// The same as shell commands, for reading.
    pub fn commands(&self) -> Vec<String> {
        use crate::host::command::shell_words as words;
        match self {
            Self::SwapOff { devices } => devices
                .iter()
                .map(|device| words(&["swapoff", device]))
                .collect(),
            Self::LoadImages { runtime, files } => files
                .iter()
                .filter_map(|file| runtime.load(file))
                .map(|argv| words(&argv))
                .collect(),
            Self::Preflight { config } => {
                vec![words(&[
                    "kubeadm",
                    "init",
                    "phase",
                    "preflight",
                    "--config",
                    config,
                ])]
            }
            Self::Init { config, .. } => {
                vec![words(&[
                    "kubeadm",
                    "init",
                    "--config",
                    config,
                    "--skip-token-print",
                ])]
            }
            Self::AddOn { manifest } => vec![words(&[
                "kubectl",
                "--kubeconfig",
                ADMIN_CONF,
                "apply",
                "-f",
                manifest,
            ])],
            Self::Token { path, seconds } => vec![format!(
                "(umask 077; kubeadm token create --ttl {seconds}s >{})",
                words(&[path])
            )],
            Self::Join {
                head, token, tail, ..
            } => {
                let token = match token {
                    Token::File(path) => format!("$(cat {})", words(&[path])),
                    Token::Env(name) => format!("${name}"),
                };
                vec![format!(
                    "{{ printf %s {}; printf %s \"{token}\"; printf %s {}; }} | kubeadm join --config /dev/stdin",
                    words(&[head]),
                    words(&[tail])
                )]
            }
        }
    }
}

/// A time in its largest whole unit.
fn time(seconds: u64) -> String {
    match seconds {
        s if s >= 3600 && s % 3600 == 0 => format!("{} h", s / 3600),
        s if s >= 60 && s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

/// Kubernetes as it stands on a host, and what it would stand on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KubernetesSurvey {
    /// kubeadm.
    pub kubeadm: Program,
    /// kubelet.
    pub kubelet: Program,
    /// kubectl.
    pub kubectl: Program,
    /// What of a cluster is there already, as paths.
    pub leftovers: Vec<String>,
    /// Whether a run of groundcrew's made this host a member.
    pub member: bool,
    /// The ranges of pods and services in groundcrew's configuration of a
    /// cluster that is there already.
    pub ranges: Option<(Ipv4Net, Ipv4Net)>,
    /// Sockets of container runtimes that are there.
    pub sockets: BTreeSet<String>,
    /// containerd's configuration, where there is one.
    pub containerd: Containerd,
    /// Whether systemd has a unit of the kubelet.
    pub unit: bool,
    /// Whether root's own kubectl configuration may be a link to the cluster's:
    /// there is none, or it is that link.
    pub root_config: bool,
}

/// What of containerd's configuration matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Containerd {
    /// Whether its interface for the kubelet is switched off, as Docker's
    /// package of containerd does.
    pub cri_disabled: bool,
    /// Whether it has systemd make the control groups.
    pub systemd_cgroup: bool,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn runtimes_are_known_by_their_sockets() {
        for (socket, runtime) in [
            ("/var/run/dockershim.sock", Runtime::Docker),
            (
                "unix:///run/containerd/containerd.sock",
                Runtime::Containerd,
            ),
            ("/run/crio/crio.sock", Runtime::Crio),
            ("unix:///var/run/cri-dockerd.sock", Runtime::CriDockerd),
            ("/run/own.sock", Runtime::Other),
        ] {
            assert_eq!(Runtime::at(socket), runtime);
        }
        let import = Runtime::Containerd.load("/a.tar").unwrap().join(" ");
        assert_eq!(import, "ctr -n k8s.io images import /a.tar");
        assert_eq!(Runtime::Crio.load("/a.tar"), None);
    }

    #[test]
    fn the_token_is_named_and_not_shown_in_a_script() {
        let join = Act::Join {
            head: "a: \"".into(),
            token: Token::File("/root/token".into()),
            tail: "\"\n".into(),
            server: "10.0.0.1:6443".into(),
            socket: "/run/containerd/containerd.sock".into(),
        };
        assert_eq!(
            join.commands(),
            [
                "{ printf %s 'a: \"'; printf %s \"$(cat /root/token)\"; printf %s '\"\n'; } | kubeadm join \
              --config /dev/stdin"
            ]
        );
        assert_eq!(time(7200), "2 h");
        assert_eq!(time(90), "90 s");
    }
}
