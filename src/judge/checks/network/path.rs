//! The way to the other nodes: routes, MTU, offload, address translation.

use std::net::IpAddr;

use super::super::known::known;
use super::super::{ALL, Check, Group, Level, Outcome, Subject, Target};
use super::interfaces::chosen;
use crate::facts::Fact;
use crate::judge::finding::Remedy;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] = &[DEFROUTE, MTU, OFFLOAD, HAIRPIN, SAME_NAT];

const DEFROUTE: Check = Check {
    id: "net.defroute",
    title: "Default route",
    group: Group::Network,
    concerns: ALL,
    reads: &["network.routes"],
    wanted: "one default route: kubeadm and Docker take their address from it where none is given",
    source: "embedded-cluster PR#771; kubernetes.io install-kubeadm, network adapters",
    rules: &[],
    waivable: true,
    run: defroute,
};

fn defroute(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.network.routes;
    let routes = known!("the routes", "network.routes", fact);
    let defaults: Vec<_> = routes
        .iter()
        .filter(|r| {
            r.table == 254
                && r.kind == "unicast"
                && r.destination.prefix_len() == 0
                && r.destination.addr().is_ipv4()
        })
        .collect();
    let best = defaults.iter().map(|route| route.metric).min();
    let equal = defaults
        .iter()
        .filter(|route| Some(route.metric) == best)
        .count();
    let via = defaults
        .iter()
        .find(|route| Some(route.metric) == best)
        .and_then(|route| route.interface.as_deref());
    let outcome = match (via, subject.scope.interface.as_deref()) {
        (None, _) if defaults.is_empty() => Outcome::info("there is no default route")
            .on(&[Target::Kubernetes], Level::Fail)
            .on(&[Target::Swarm], Level::Warn)
            .remedy(Remedy::hint("add one; where there is no way out, to a dummy interface, as kubeadm wants any")
                .command("ip link add dummy0 type dummy && ip link set dummy0 up")
                .command("ip route add default dev dummy0 metric 1000")
                .undo("ip link del dummy0")),
        _ if equal > 1 => Outcome::warn(format!("{equal} default routes with the same metric {}; wanted: one", best.unwrap_or(0)))
            .remedy(Remedy::hint("give one of them a lower metric")),
        (Some(via), Some(chosen)) if via != chosen => {
            Outcome::info(format!("the default route leads over {via}, the other nodes are reached over {chosen}"))
        }
        (via, _) => Outcome::pass(format!("the default route leads over {}", via.unwrap_or("an interface"))),
    };
    vec![
        outcome
            .actual("default_routes", defaults.len())
            .read("network.routes", fact),
    ]
}

const MTU: Check = Check {
    id: "net.mtu",
    title: "MTU",
    group: Group::Network,
    concerns: ALL,
    reads: &["network.interfaces", "docker.info.daemon_json"],
    wanted: "1280 or more; with VXLAN 1500 (50 bytes of it are VXLAN's); docker0 no larger than the way out",
    source: "RFC 8200 (1280); RFC 7348 (50 bytes); flannel troubleshooting, Data plane; wg-quick(8) (80 bytes)",
    rules: &[],
    waivable: true,
    run: mtu,
};

fn mtu(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.network.interfaces;
    known!("the interfaces", "network.interfaces", fact);
    let Some(interface) = chosen(subject) else {
        return vec![Outcome::na("no interface is chosen").read("network.interfaces", fact)];
    };
    let mtu = *known!("the interface's MTU", "network.interfaces", &interface.mtu);
    let name = &interface.name;
    let set = |mtu: u32| {
        Remedy::hint("set the interface's MTU").command(format!("ip link set {name} mtu {mtu}"))
    };
    let vxlan: &[Target] = &[Target::Swarm, Target::Kubernetes, Target::Flannel];
    let mut outcomes = vec![
        if mtu < 1280 {
            Outcome::fail(format!("{name} has an MTU of {mtu}; wanted 1280 or more"))
                .remedy(set(1500))
        } else if mtu < 1500 {
            Outcome::info(format!(
                "{name} has an MTU of {mtu}: VXLAN's networks get {} bytes; wanted 1500",
                mtu - 50
            ))
            .on(vxlan, Level::Warn)
            .remedy(Remedy::hint(format!(
                "see that the networks of containers get no more than {} bytes",
                mtu - 50
            )))
        } else {
            Outcome::pass(format!("{name} has an MTU of {mtu}"))
        }
        .actual("mtu", mtu)
        .read("network.interfaces", fact),
    ];
    let docker0 = subject
        .facts
        .network
        .interface("docker0")
        .and_then(|docker0| docker0.mtu.value());
    if let Some(docker0) = docker0.filter(|docker0| **docker0 > mtu) {
        outcomes.push(
            Outcome::warn(format!(
                "docker0 has an MTU of {docker0}, {name} of {mtu}; wanted: docker0 no larger"
            ))
            .about("docker0")
            .actual("docker0", *docker0)
            .read("network.interfaces", fact)
            .remedy(
                Remedy::hint("set Docker's MTU, and restart Docker when containers may stop")
                    .file("/etc/docker/daemon.json", format!("{{\"mtu\": {mtu}}}")),
            ),
        );
    }
    outcomes
}

const OFFLOAD: Check = Check {
    id: "net.offload",
    title: "Checksums in VMware's cards",
    group: Group::Network,
    concerns: &[Target::Swarm, Target::Kubernetes, Target::Flannel],
    reads: &["network.interfaces"],
    wanted: "no vmxnet3 that computes checksums of VXLAN packets, which come out wrong",
    source: "moby#41775; fedora-coreos-tracker#1372; swarmpit#688",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.network.interfaces;
        known!("the interfaces", "network.interfaces", fact);
        let Some(interface) = chosen(subject) else {
            return vec![Outcome::na("no interface is chosen").read("network.interfaces", fact)];
        };
        let name = &interface.name;
        let driver = match &interface.driver {
            crate::facts::Fact::Absent { .. } => "none",
            fact => known!("the interface's driver", "network.interfaces", fact).as_str(),
        };
        vec![if driver == "vmxnet3" {
            Outcome::warn(format!("{name} is a vmxnet3, which may compute wrong checksums for VXLAN: nodes answer to ping, and larger answers hang"))
                .remedy(Remedy::hint("leave the checksums to the kernel; keep it over a boot in the interface's own configuration")
                    .command(format!("ethtool -K {name} tx-checksum-ip-generic off"))
                    .undo(format!("ethtool -K {name} tx-checksum-ip-generic on")))
        } else {
            Outcome::pass(format!("the driver of {name} is {driver}"))
        }
        .actual("driver", driver)
        .read("network.interfaces", fact)]
    },
};

const SAME_NAT: Check = Check {
    id: "net.nat.same",
    title: "Nodes behind one address",
    group: Group::Network,
    concerns: &[Target::Wireguard, Target::Zerotier],
    reads: &[
        "answers overlay.wireguard.peers",
        "answers needs.behind-nat",
    ],
    wanted: "where several nodes are dialled at one address, keepalives that hold the translation open",
    source: "wg(8) PersistentKeepalive: 25 seconds behind NAT; RFC 4787 4.3: UDP mappings may end after 2 minutes",
    rules: &[],
    waivable: true,
    run: same_nat,
};

fn same_nat(subject: &Subject<'_>) -> Vec<Outcome> {
    let peers = &subject.scope.peers;
    let answers = Fact::known((), "the answers");
    let shared = peers
        .iter()
        .enumerate()
        .find(|(at, peer)| peers.iter().skip(at + 1).any(|other| other == *peer));
    let outcome = match shared {
        _ if peers.is_empty() => Outcome::na("no other node's address is known"),
        None => Outcome::pass("every node is dialled at an address of its own"),
        Some((_, address)) if subject.scope.keepalive => Outcome::pass(format!(
            "several nodes are dialled at {address}, and keepalives are sent"
        )),
        Some((_, address)) => Outcome::warn(format!(
            "several nodes are dialled at {address}, behind one address translation, and no \
             keepalives are sent; wanted: every 25 seconds"
        ))
        .remedy(Remedy::hint(
            "answer needs.behind-nat with yes: then keepalives are sent to every node",
        )),
    };
    let shared = shared.map(|(_, address)| address.to_string());
    vec![
        outcome
            .actual("shared", shared)
            .read("answers overlay.wireguard.peers", &answers),
    ]
}

const HAIRPIN: Check = Check {
    id: "net.hairpin",
    title: "Public address of a cloud machine",
    group: Group::Network,
    concerns: &[Target::Wireguard, Target::Swarm, Target::Kubernetes],
    reads: &["identity.product", "network.interfaces"],
    wanted: "nodes in other networks dial the public address; nodes beside it the private one",
    source: "kURL discover_public_ip; AWS, GCP and Azure map public addresses 1:1, no interface has them",
    rules: &[],
    waivable: true,
    run: hairpin,
};

fn hairpin(subject: &Subject<'_>) -> Vec<Outcome> {
    let product = match &subject.facts.identity.product {
        crate::facts::Fact::Absent { .. } => "",
        fact => known!("the machine's maker", "identity.product", fact).as_str(),
    };
    let cloud = [
        "Amazon EC2",
        "Google",
        "Microsoft Corporation Virtual Machine",
        "OpenStack",
        "DigitalOcean",
        "Alibaba",
    ]
    .iter()
    .find(|name| product.starts_with(**name));
    let private = chosen(subject).is_some_and(|interface| {
        interface
            .addresses
            .iter()
            .any(|net| matches!(net.addr(), IpAddr::V4(v4) if v4.is_private()))
    });
    let outcome = match cloud {
        Some(cloud) if private => Outcome::info(format!(
            "a machine of {cloud} with a private address: its public one, if any, is on no interface"
        ))
        .on(&[Target::Wireguard], Level::Info)
        .remedy(Remedy::hint("give nodes outside the cloud's network the public address: the answer overlay.wireguard.endpoint")),
        Some(_) | None => Outcome::pass("no cloud's address translation is known here"),
    };
    vec![outcome.read("identity.product", &subject.facts.identity.product)]
}
