//! Kubernetes, set up with kubeadm.
//!
//! The first host makes the cluster, the others join it as workers. The kubelet
//! of every host is told its address on the chosen interface: by itself it takes
//! the default route's, whatever the API server advertises.

pub mod act;
pub mod config;
mod fit;
pub mod manifest;
mod networks;
mod runtime;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
pub mod schema;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};

use super::{Planned, Site, VerifyScheduler};
use crate::answers::config::{Firewall, NetworkAddOn, Role};
use crate::facts::kernel::Capability;
use crate::plan::Refusal;
use crate::plan::overlay::opening::{Opening, Port};
use crate::plan::scheduler::kubernetes::act::{
    ADMIN_CONF, API_PORT, Act, FLANNEL_MANIFEST, INIT_CONFIG, KUBELET_CONF, OWN,
};
use crate::plan::step::{Manager, Part, Protocol, Step};
use crate::plan::survey::MARK;
use config::{Cluster, Node};
use fit::Found;

/// What it has to show once it is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Verify {
    /// This host's name in the cluster.
    pub node: String,
    /// Its address, which the cluster has to know it by.
    pub address: Ipv4Addr,
    /// Network in which all nodes' addresses have to be; none where any will do.
    pub network: Option<Ipv4Net>,
    /// The way in to ask with.
    pub kubeconfig: String,
    /// Whether this host may ask about all nodes.
    pub all: bool,
    /// Whether the pods' network is to be looked at.
    pub network_add_on: bool,
    /// Whether it is groundcrew's own Flannel.
    pub flannel: bool,
}

impl Verify {
    /// What is done to verify it, in one line.
    pub fn text(&self) -> String {
        let (who, pods) = if self.all {
            ("every node", "the pods of the system run")
        } else {
            ("this node", "its pods run")
        };
        let flannel = if self.flannel {
            ", Flannel has it, too"
        } else {
            ""
        };
        format!("{who} is ready, its address is that of the chosen interface{flannel}, and {pods}")
    }
}

/// What has to be loaded, and what has to be set (kubernetes.io
/// container-runtimes; kubeadm preflight/checks.go FileContent).
const MODULES: [&str; 2] = ["overlay", "br_netfilter"];
const SETTINGS: [&str; 3] = [
    "net.ipv4.ip_forward",
    "net.bridge.bridge-nf-call-iptables",
    "net.bridge.bridge-nf-call-ip6tables",
];

/// Plans it.
///
/// # Errors
/// All reasons why this host cannot carry it as wanted.
pub fn plan(site: &Site<'_>) -> Result<Planned, Vec<Refusal>> {
    let mut notes = Vec::new();
    let found = fit::check(site, &mut notes)?;
    let config = site.inputs.config;
    let node = Node {
        api: found.api,
        name: found.name.clone(),
        address: site.address,
        socket: found.socket.clone(),
        skip_system_check: config.kubernetes.allow_cgroup_v1
            && found.version >= (1, 35, 0)
            && site
                .inputs
                .facts
                .kernel
                .cgroup
                .value()
                .is_some_and(|cgroup| cgroup == "v1"),
    };
    let first = config.role == Role::First;
    let act = Step::Kubernetes;
    let mut steps = prepared(site, &found);
    steps.extend(firewall(site, &found, &mut notes));
    steps.push(Step::EnableService {
        manager: Manager::Systemd,
        service: "kubelet.service".into(),
    });
    // The folder of groundcrew's own notes about the cluster.
    steps.push(Step::DataDir {
        path: OWN.into(),
        mode: 0o700,
        purpose: "groundcrew's own files about Kubernetes".into(),
    });
    if !config.kubernetes.images.is_empty() {
        steps.push(act(Act::LoadImages {
            runtime: found.runtime,
            files: config
                .kubernetes
                .images
                .iter()
                .map(|path| absolute(site, &path.display().to_string()))
                .collect(),
        }));
    }
    match &found.joining {
        None => steps.extend(make_cluster(site, &node, &found, &mut notes)),
        Some(joining) => {
            let (head, tail) = node.join(&joining.server, &joining.hash);
            steps.push(act(Act::Join {
                head,
                token: joining.token.clone(),
                tail,
                server: joining.server.clone(),
                socket: found.socket.clone(),
            }));
            notes.push(
                "This host joins as a worker. Where it leaves the cluster, its node is deleted on the \
                 first host: kubectl delete node NAME."
                    .into(),
            );
        }
    }
    let flannel = first
        && config.kubernetes.network_add_on == NetworkAddOn::Flannel
        && config.kubernetes.add_on_manifest.is_none();
    // With an overlay the nodes know each other by its addresses alone.
    let network = site.inputs.choice.overlay.as_ref().map(|_| config.network);
    let network_add_on = !first
        || config.kubernetes.network_add_on != NetworkAddOn::None
        || config.kubernetes.add_on_manifest.is_some();
    if !network_add_on {
        notes.push(format!(
            "No network for the pods is applied (kubernetes.network-add-on: none): no node is ready \
             before one is, for {}.",
            found.pods
        ));
    }
    Ok(Planned {
        steps,
        notes,
        verify: Some(VerifyScheduler::Kubernetes(Verify {
            node: found.name,
            address: site.address,
            network: network.filter(|net| net.contains(&site.address)),
            kubeconfig: if first { ADMIN_CONF } else { KUBELET_CONF }.into(),
            all: first,
            network_add_on,
            flannel,
        })),
    })
}

/// A path of the answers as an absolute one.
fn absolute(site: &Site<'_>, path: &str) -> String {
    if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{}/{path}", site.inputs.cwd.trim_end_matches('/'))
    }
}

fn file(path: &str, mode: u32, content: String, purpose: &str) -> Step {
    Step::WriteFile {
        path: path.into(),
        mode,
        content: vec![Part::Text(content)],
        purpose: purpose.into(),
    }
}

/// Modules, settings, and swap: now and at boot.
fn prepared(site: &Site<'_>, found: &Found) -> Vec<Step> {
    let capability = |name: &str| {
        let fact = site.inputs.facts.kernel.capabilities.get(name);
        fact.and_then(|fact| fact.value()).copied()
    };
    let modules: Vec<_> = MODULES
        .into_iter()
        .filter(|name| {
            !matches!(
                capability(name),
                Some(Capability::Builtin | Capability::Missing)
            )
        })
        .collect();
    let lines = |lines: &[String]| {
        let mut text = format!("{MARK} for Kubernetes.\n");
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        text
    };
    let mut steps = Vec::new();
    if !modules.is_empty() {
        let names: Vec<_> = modules.iter().map(|name| (*name).to_owned()).collect();
        steps.push(file(
            "/etc/modules-load.d/groundcrew-kubernetes.conf",
            0o644,
            lines(&names),
            "modules of the pods' network, at boot",
        ));
        steps.extend(modules.iter().map(|name| Step::LoadModule {
            name: (*name).into(),
        }));
    }
    let settings: Vec<_> = SETTINGS.iter().map(|name| format!("{name} = 1")).collect();
    steps.push(file(
        "/etc/sysctl.d/99-groundcrew-kubernetes.conf",
        0o644,
        lines(&settings),
        "forwarding, and bridged packets through the filter, at boot",
    ));
    steps.extend(SETTINGS.iter().map(|name| Step::SetSysctl {
        name: (*name).into(),
        value: "1".into(),
    }));
    if !found.swaps.is_empty() {
        steps.push(Step::Kubernetes(Act::SwapOff {
            devices: found.swaps.clone(),
        }));
    }
    if found.no_swap {
        steps.push(Step::Symlink {
            path: "/etc/systemd/system/swap.target".into(),
            target: "/dev/null".into(),
            purpose: "no swap at boot, whatever /etc/fstab says".into(),
        });
    }
    steps
}

/// The ports that other nodes reach (kubernetes.io ports-and-protocols). The
/// scheduler's and the controller manager's, 10259 and 10257, are on the loopback
/// alone, where nothing is filtered.
fn firewall(site: &Site<'_>, found: &Found, notes: &mut Vec<String>) -> Vec<Step> {
    let config = site.inputs.config;
    let mut wanted = vec![(Protocol::Tcp, 10250), (Protocol::Udp, manifest::PORT)];
    if config.role == Role::First {
        wanted.extend([API_PORT, 2379, 2380].map(|port| (Protocol::Tcp, port)));
    }
    wanted.sort_by_key(|(_, port)| *port);
    let all: Vec<_> = wanted
        .iter()
        .map(|(protocol, port)| format!("{} {port}", protocol.word().to_uppercase()))
        .collect();
    let all = all.join(", ");
    let mut sources: Vec<Ipv4Net> = match site.inputs.interfaces.choose() {
        Ok(chosen) => chosen
            .addresses
            .iter()
            .filter_map(|net| match net {
                IpNet::V4(net) if net.contains(&site.address) => Some(net.trunc()),
                _ => None,
            })
            .collect(),
        Err(_) => Vec::new(),
    };
    sources.sort();
    sources.dedup();
    let opening = Opening {
        wanted: config.firewall == Firewall::Open,
        by_hand: format!("let {all} in from the other nodes"),
        example: format!("ip saddr {{ NODES }} tcp dport {API_PORT}"),
        rules: format!("rules for {all} are"),
    };
    let firewalld =
        site.inputs.facts.firewall.kind.value().map(String::as_str) == Some("firewalld");
    if firewalld {
        notes.push(format!(
            "firewalld drops what pods send to this host and to each other: put the ranges of pods \
             and services into its zone `trusted` (firewall-cmd --permanent --zone=trusted \
             --add-source={} --add-source={}), and load it anew.",
            found.pods, found.services
        ));
    }
    // Without a source they would be open to everybody.
    let ports = wanted
        .into_iter()
        .filter(|_| !sources.is_empty())
        .map(|(protocol, port)| Port {
            protocol,
            port,
            sources: sources.clone(),
            comment: "groundcrew-kubernetes".into(),
        });
    let ports = ports.collect();
    opening.steps(ports, site.inputs.facts, site.inputs.survey, notes)
}

/// The steps of the first host: the cluster, its network, and what the others
/// join with.
fn make_cluster(site: &Site<'_>, node: &Node, found: &Found, notes: &mut Vec<String>) -> Vec<Step> {
    let answers = &site.inputs.config.kubernetes;
    let act = Step::Kubernetes;
    let cluster = Cluster {
        version: found.version,
        endpoint: answers
            .control_plane_endpoint
            .as_ref()
            .map(ToString::to_string),
        images: answers.image_repository.clone(),
        pods: found.pods,
        services: found.services,
        driver: found.driver,
        cgroup_v1: answers.allow_cgroup_v1 && found.version >= (1, 31, 0),
        schedule_here: answers.schedule_on_control_plane,
    };
    let mut steps = vec![
        file(
            INIT_CONFIG,
            0o600,
            node.init(&cluster),
            "kubeadm's configuration",
        ),
        act(Act::Preflight {
            config: INIT_CONFIG.into(),
        }),
        act(Act::Init {
            config: INIT_CONFIG.into(),
            socket: found.socket.clone(),
        }),
    ];
    if site.inputs.survey.kubernetes.root_config {
        steps.push(Step::Symlink {
            path: "/root/.kube/config".into(),
            target: ADMIN_CONF.into(),
            purpose: "kubectl of root finds the cluster".into(),
        });
    } else {
        notes.push(format!(
            "/root/.kube/config is there and is left alone: the cluster's own is {ADMIN_CONF}."
        ));
    }
    match (&answers.add_on_manifest, answers.network_add_on) {
        (Some(path), _) => steps.push(act(Act::AddOn {
            manifest: absolute(site, &path.display().to_string()),
        })),
        (None, NetworkAddOn::Flannel) => {
            let flannel = manifest::Flannel {
                pods: found.pods,
                interface: site.interface,
                image: &answers.flannel_image,
                cni_image: &answers.flannel_cni_image,
                minor: found.version.1,
            };
            steps.push(file(
                FLANNEL_MANIFEST,
                0o644,
                manifest::text(&flannel),
                "Flannel, bound to the chosen interface",
            ));
            steps.push(act(Act::AddOn {
                manifest: FLANNEL_MANIFEST.into(),
            }));
        }
        (None, NetworkAddOn::None) => {}
    }
    let several = site.inputs.config.needs.nodes > 1;
    if !several && !answers.schedule_on_control_plane {
        notes.push(
            "No application runs on the control plane's host, and needs.nodes is 1: say \
             kubernetes.schedule-on-control-plane: true, or let other hosts join."
                .into(),
        );
    }
    match &answers.token_out {
        Some(path) => {
            let path = absolute(site, &path.display().to_string());
            steps.push(act(Act::Token {
                path: path.clone(),
                seconds: answers.token_ttl.as_secs(),
            }));
            steps.push(join_answers(site, found, &path));
            notes.push(format!(
                "For the hosts that join: carry {path} (secret) and {path}.yaml there; delete both \
                 once all have joined."
            ));
        }
        None if several => notes.push(
            "No join token is made (kubernetes.token-out is not given): make one with `kubeadm token \
             create` when a host is to join."
                .into(),
        ),
        None => {}
    }
    if site.inputs.config.airgap && answers.images.is_empty() && answers.image_repository.is_none()
    {
        notes.push(
            "airgap: the images of Kubernetes have to be in the container runtime already \
             (`kubeadm config images list` names them), or come from kubernetes.images or \
             kubernetes.image-repository."
                .into(),
        );
    }
    steps
}

/// Answers for the hosts that join: all but their own names.
fn join_answers(site: &Site<'_>, found: &Found, token: &str) -> Step {
    let answers = &site.inputs.config.kubernetes;
    let server = answers.control_plane_endpoint.as_ref().map_or_else(
        || format!("{}:{API_PORT}", site.address),
        ToString::to_string,
    );
    let head = format!(
        "{MARK} on {}: answers for the hosts that join its cluster; no secret.\nversion: 1\n\
         role: join\nscheduler: kubernetes\nkubernetes:\n  api-server: \"{server}\"\n  \
         token: {{file: \"{token}\"}}\n  ca-cert-hash: \"",
        site.name
    );
    let tail = format!(
        "\"\n  pod-network: \"{}\"\n  service-network: \"{}\"\n  cgroup-driver: {}\n",
        found.pods, found.services, found.driver
    );
    Step::WriteFile {
        path: format!("{token}.yaml"),
        mode: 0o644,
        content: vec![Part::Text(head), Part::KubernetesCaHash, Part::Text(tail)],
        purpose: "what the hosts that join need; no secret".into(),
    }
}
