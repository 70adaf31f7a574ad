//! Which ports a target needs: one table for the checks of ports and of the
//! firewall, and for the probe between two hosts.

use super::checks::Target;

/// A port that a target needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortNeed {
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    /// Port.
    pub port: u16,
    /// Who has to reach it.
    pub from: From,
    /// What it is for.
    pub why: &'static str,
    /// Where this is from.
    pub source: &'static str,
}

/// Who has to reach a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The other nodes.
    Nodes,
    /// People, in their browsers.
    People,
    /// Only this host: the port has to be free, no firewall has to let it in.
    Host,
}

const SWARM: &str = "docs.docker.com engine/swarm/swarm-tutorial, 'Open protocols and ports'";
const K8S: &str = "kubernetes.io reference/networking/ports-and-protocols";
const REPLICATED: &str = "help-center native/firewalls: 8800, 9870-9880";
const FLANNEL: &str = "flannel Documentation/backends.md";
const ETCD: &str = "etcd.io op-guide/configuration: 2379 clients, 2380 peers";

const fn need(
    protocol: &'static str,
    port: u16,
    from: From,
    why: &'static str,
    source: &'static str,
) -> PortNeed {
    PortNeed {
        protocol,
        port,
        from,
        why,
        source,
    }
}

const OF_SWARM: &[PortNeed] = &[
    need("tcp", 2377, From::Nodes, "management of the Swarm", SWARM),
    need("tcp", 7946, From::Nodes, "gossip between the nodes", SWARM),
    need("udp", 7946, From::Nodes, "gossip between the nodes", SWARM),
    need("udp", 4789, From::Nodes, "VXLAN, the data path", SWARM),
];

const OF_KUBERNETES: &[PortNeed] = &[
    need("tcp", 6443, From::Nodes, "API server", K8S),
    need("tcp", 2379, From::Nodes, "etcd, clients", K8S),
    need("tcp", 2380, From::Nodes, "etcd, peers", K8S),
    need("tcp", 10250, From::Nodes, "kubelet", K8S),
    need("tcp", 10257, From::Host, "controller manager", K8S),
    need("tcp", 10259, From::Host, "scheduler", K8S),
    need("tcp", 10248, From::Host, "kubelet's health", K8S),
    need("tcp", 10249, From::Host, "kube-proxy's metrics", K8S),
    need("tcp", 10256, From::Host, "kube-proxy's health", K8S),
    need(
        "udp",
        8472,
        From::Nodes,
        "VXLAN of Flannel, the pod network",
        FLANNEL,
    ),
];

const OF_NATIVE: &[PortNeed] = &[
    need(
        "tcp",
        8800,
        From::People,
        "Replicated's console",
        REPLICATED,
    ),
    need(
        "tcp",
        9874,
        From::Nodes,
        "Replicated's registry",
        REPLICATED,
    ),
    need(
        "tcp",
        9875,
        From::Nodes,
        "Replicated's operators",
        REPLICATED,
    ),
    need(
        "tcp",
        9876,
        From::Nodes,
        "Replicated's operators",
        REPLICATED,
    ),
    need(
        "tcp",
        9877,
        From::Nodes,
        "Replicated's operators",
        REPLICATED,
    ),
    need(
        "tcp",
        9878,
        From::Nodes,
        "Replicated's operators",
        REPLICATED,
    ),
    need(
        "tcp",
        9879,
        From::Nodes,
        "Replicated's operators",
        REPLICATED,
    ),
    need(
        "tcp",
        9870,
        From::Host,
        "Replicated, on docker0",
        REPLICATED,
    ),
    need(
        "tcp",
        9871,
        From::Host,
        "Replicated, on docker0",
        REPLICATED,
    ),
    need(
        "tcp",
        9872,
        From::Host,
        "Replicated, on docker0",
        REPLICATED,
    ),
    need(
        "tcp",
        9873,
        From::Host,
        "Replicated, on docker0",
        REPLICATED,
    ),
    need(
        "tcp",
        9880,
        From::Host,
        "Replicated, on docker0",
        REPLICATED,
    ),
];

const OF_FLANNEL: &[PortNeed] = &[
    need("udp", 8472, From::Nodes, "VXLAN of Flannel", FLANNEL),
    need("udp", 8285, From::Nodes, "Flannel's udp backend", FLANNEL),
    need("tcp", 2379, From::Nodes, "etcd, clients", ETCD),
    need("tcp", 2380, From::Nodes, "etcd, peers", ETCD),
];

const OF_ZEROTIER: &[PortNeed] = &[need(
    "udp",
    9993,
    From::Nodes,
    "ZeroTier",
    "ZeroTierOne README: UDP 9993",
)];

/// The ports of a target. `wireguard` is the UDP port of its interface.
pub fn of(target: Target, wireguard: u16) -> Vec<PortNeed> {
    match target {
        Target::Swarm => OF_SWARM.to_vec(),
        Target::Kubernetes => OF_KUBERNETES.to_vec(),
        Target::Native => OF_NATIVE.to_vec(),
        Target::Flannel => OF_FLANNEL.to_vec(),
        Target::Zerotier => OF_ZEROTIER.to_vec(),
        Target::Wireguard => vec![need(
            "udp",
            wireguard,
            From::Nodes,
            "WireGuard",
            "wg(8) ListenPort, the answer overlay.wireguard.listen-port",
        )],
    }
}
