//! Interfaces: is there one that can be used, and can the chosen one.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use super::super::known::known;
use super::super::{ALL, Check, Group, OVERLAYS, Outcome, Subject};
use crate::facts::network::Interface;
use crate::judge::finding::Remedy;
use crate::judge::interfaces::{Verdict, rank};
use crate::judge::wishes::Wishes;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] =
    &[USABLE, CHOSEN, OVERLAY, NAMES, NATDUP, DUP, BOND, DYNAMIC];

/// Whether an address can be given to other nodes.
pub(super) fn usable(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local() && !v4.is_unspecified(),
        IpAddr::V6(v6) => !v6.is_loopback() && (v6.segments()[0] & 0xffc0) != 0xfe80,
    }
}

/// Whether an interface is made by a container engine or a virtual network.
fn made(interface: &Interface) -> bool {
    let name = interface.name.as_str();
    [
        "docker", "br-", "veth", "cni", "flannel", "virbr", "kube-", "cali", "vnet",
    ]
    .iter()
    .any(|start| name.starts_with(start))
        || interface
            .kind
            .value()
            .is_some_and(|kind| kind == "dummy" || kind == "veth")
}

/// Whether an interface leads into a tunnel: a VPN's, or another overlay's.
fn tunnel(interface: &Interface) -> bool {
    let kind = interface.kind.value().map_or("", String::as_str);
    matches!(
        kind,
        "tun" | "tap" | "wireguard" | "ipip" | "sit" | "gre" | "vxlan"
    ) || ["tun", "tap", "wg", "zt"]
        .iter()
        .any(|start| interface.name.starts_with(start))
}

/// The chosen interface, where it is there.
pub(in crate::judge::checks) fn chosen<'a>(subject: &Subject<'a>) -> Option<&'a Interface> {
    subject
        .facts
        .network
        .interface(subject.scope.interface.as_deref()?)
}

const USABLE: Check = Check {
    id: "net.iface.usable",
    title: "An interface that can be used",
    group: Group::Network,
    concerns: ALL,
    reads: &["network.interfaces"],
    wanted: "an interface that is up and has an address other nodes can reach",
    source: "embedded-cluster 'IPv4 Interface'; replicated-installer ip-address.sh",
    rules: &[],
    waivable: false,
    run: |subject| {
        let fact = &subject.facts.network.interfaces;
        let interfaces = known!("the interfaces", "network.interfaces", fact);
        // A host that is itself a container or namespace has one end of a veth pair.
        let ranked = rank(&subject.facts.network, &Wishes::default(), None);
        let own = |interface: &Interface| {
            let mut candidates = ranked.candidates.iter();
            !made(interface)
                || candidates
                    .any(|one| one.name == interface.name && one.verdict != Verdict::RuledOut)
        };
        let good: Vec<_> = interfaces
            .iter()
            .filter(|i| i.admin_up && own(i) && i.addresses.iter().any(|net| usable(net.addr())))
            .map(|i| i.name.clone())
            .collect();
        let outcome = if good.is_empty() {
            Outcome::fail(
                "no interface is up with an address that other nodes can reach; wanted: one",
            )
            .remedy(
                Remedy::hint("give an interface an address, and take it up")
                    .command("ip addr add ADDRESS/PREFIX dev NAME")
                    .command("ip link set NAME up"),
            )
        } else {
            Outcome::pass(format!("{} can be used", good.join(", ")))
        };
        vec![
            outcome
                .actual("usable", good)
                .read("network.interfaces", fact),
        ]
    },
};

const CHOSEN: Check = Check {
    id: "net.iface.chosen",
    title: "The chosen interface",
    group: Group::Network,
    concerns: ALL,
    reads: &["network.interfaces"],
    wanted: "up, with a carrier and an address, neither made by a container engine nor a tunnel",
    source: "replicated-installer ip-address.sh (excludes lo alone); embedded-cluster isValidInterface; kURL exclude list",
    rules: &[],
    waivable: true,
    run: chosen_is_good,
};

fn chosen_is_good(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.network.interfaces;
    known!("the interfaces", "network.interfaces", fact);
    let Some(name) = subject.scope.interface.as_deref() else {
        return vec![
            Outcome::warn("no interface towards the other nodes is chosen, and none can be recommended; wanted: one")
                .read("network.interfaces", fact)
                .remedy(Remedy::hint("see `groundcrew interfaces`, and name one with --network-interface")),
        ];
    };
    let Some(interface) = subject.facts.network.interface(name) else {
        return vec![
            Outcome::fail(format!(
                "{name} is not there; wanted: an interface of this host"
            ))
            .read("network.interfaces", fact)
            .remedy(Remedy::hint(
                "see `groundcrew interfaces` for those that are",
            )),
        ];
    };
    let addresses: Vec<_> = interface
        .addresses
        .iter()
        .filter(|net| usable(net.addr()))
        .collect();
    let text = addresses
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let up = Remedy::hint("take it up").command(format!("ip link set {name} up"));
    let outcome = if !interface.admin_up {
        Outcome::fail(format!("{name} is down; wanted: up")).remedy(up)
    } else if interface.carrier.value() == Some(&false) {
        Outcome::fail(format!(
            "{name} has no carrier; wanted: a connected cable or port"
        ))
        .remedy(Remedy::hint(
            "look at the cable, the switch's port, or the hypervisor's network",
        ))
    } else if addresses.is_empty() {
        Outcome::fail(format!(
            "{name} has no address that other nodes can reach; wanted: one"
        ))
        .remedy(
            Remedy::hint("give it an address")
                .command(format!("ip addr add ADDRESS/PREFIX dev {name}")),
        )
    } else if addresses
        .iter()
        .all(|net| interface.tentative.contains(net))
    {
        Outcome::fail(format!("{text} on {name} cannot be used: another host may have it too; wanted: an address of its own"))
            .remedy(Remedy::hint("find the other host, or take another address"))
    } else if made(interface) {
        Outcome::warn(format!("{name} ({text}) is made by software on this host; wanted: an interface that the other nodes are on"))
            .remedy(Remedy::hint("see `groundcrew interfaces` for the others"))
    } else if tunnel(interface) {
        Outcome::warn(format!("{name} ({text}) leads into a tunnel, which is gone when its other end is; wanted: an interface that the other nodes are on"))
            .remedy(Remedy::hint("see `groundcrew interfaces` for the others"))
    } else if addresses.iter().all(|net| {
        matches!(net.prefix_len(), 32 | 128) && net.addr().is_ipv4() == (net.prefix_len() == 32)
    }) {
        Outcome::info(format!(
            "{name} has {text}: an address with no network of its own"
        ))
    } else {
        Outcome::pass(format!("{name} is up with {text}"))
    };
    vec![
        outcome
            .actual("interface", name)
            .actual("addresses", text)
            .read("network.interfaces", fact),
    ]
}

const OVERLAY: Check = Check {
    id: "net.iface.overlay",
    title: "The overlay's interface",
    group: Group::Network,
    concerns: OVERLAYS,
    reads: &["network.interfaces"],
    wanted: "there before Replicated is installed: it takes the address that it finds then",
    source: "founding page: the private network has to be provisioned before Replicated is installed",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.network.interfaces;
        known!("the interfaces", "network.interfaces", fact);
        let Some(name) = subject.scope.overlay_interface.as_deref() else {
            return vec![
                Outcome::na("the overlay's interface gets its name later")
                    .read("network.interfaces", fact),
            ];
        };
        let outcome = match (subject.facts.network.interface(name), subject.scope.install) {
            (Some(_), _) => Outcome::pass(format!("{name} is there")),
            (None, true) => Outcome::info(format!(
                "{name} is not there yet: it is made before Replicated is installed"
            )),
            (None, false) => Outcome::info(format!(
                "{name} is not there yet: make it before Replicated is installed"
            )),
        };
        vec![
            outcome
                .actual("interface", name)
                .read("network.interfaces", fact),
        ]
    },
};

const NAMES: Check = Check {
    id: "net.iface.names",
    title: "Names of interfaces over a boot",
    group: Group::Network,
    concerns: ALL,
    reads: &["network.interfaces", "network.pinned"],
    wanted: "with more than one ethX, names tied to hardware addresses",
    source: "leapp persistentnetnamesdisable: kernel names may swap with a boot",
    rules: &[],
    waivable: true,
    run: names,
};

fn names(subject: &Subject<'_>) -> Vec<Outcome> {
    let network = &subject.facts.network;
    let interfaces = known!("the interfaces", "network.interfaces", &network.interfaces);
    let pinned = known!("which names are tied", "network.pinned", &network.pinned);
    let kernel_named: Vec<_> = interfaces
        .iter()
        .filter(|i| i.kind.value().is_some_and(|kind| kind == "ethernet"))
        .map(|i| i.name.as_str())
        .filter(|name| {
            name.strip_prefix("eth")
                .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        })
        .collect();
    let loose: Vec<_> = kernel_named
        .iter()
        .filter(|name| !pinned.iter().any(|p| p == *name))
        .collect();
    let outcome = if kernel_named.len() > 1 && !loose.is_empty() {
        Outcome::warn(format!("{} are the kernel's own names, and {} tied to no hardware address: they may swap with a boot",
            kernel_named.join(", "), if loose.len() == 1 { "one is" } else { "are" }))
            .remedy(Remedy::hint("tie each name to its hardware address")
                .file("/etc/sysconfig/network-scripts/ifcfg-NAME", "HWADDR=xx:xx:xx:xx:xx:xx")
                .with_reboot())
    } else {
        Outcome::pass("a boot cannot swap the interfaces' names")
    };
    vec![
        outcome
            .actual("kernel_named", kernel_named.join(" "))
            .read("network.interfaces", &network.interfaces)
            .read("network.pinned", &network.pinned),
    ]
}

const NATDUP: Check = Check {
    id: "net.iface.natdup",
    title: "VirtualBox's NAT address",
    group: Group::Network,
    concerns: ALL,
    reads: &["network.interfaces", "network.routes"],
    wanted: "not 10.0.2.15 behind 10.0.2.2, which every VirtualBox machine has",
    source: "kubernetes#33562 #69509; kubernetes website PR#28331",
    rules: &[],
    waivable: false,
    run: natdup,
};

fn natdup(subject: &Subject<'_>) -> Vec<Outcome> {
    let network = &subject.facts.network;
    let interfaces = known!("the interfaces", "network.interfaces", &network.interfaces);
    let routes = known!("the routes", "network.routes", &network.routes);
    let nat = interfaces.iter().find(|i| {
        i.addresses
            .iter()
            .any(|net| net.addr() == IpAddr::V4(Ipv4Addr::new(10, 0, 2, 15)))
            && routes.iter().any(|route| {
                route.interface.as_deref() == Some(i.name.as_str())
                    && route.gateway == Some(IpAddr::V4(Ipv4Addr::new(10, 0, 2, 2)))
            })
    });
    let remedy =
        || Remedy::hint("choose the host-only or bridged interface; every machine has 10.0.2.15");
    let outcome = match nat {
        Some(i) if subject.scope.interface.as_deref() == Some(i.name.as_str()) => Outcome::fail(format!(
            "{} has 10.0.2.15 behind 10.0.2.2, as on every VirtualBox machine: the other nodes have the same; wanted: an address of its own", i.name
        ))
        .remedy(remedy()),
        Some(i) => Outcome::info(format!("{} has VirtualBox's NAT address; it is not the chosen one", i.name)),
        None => Outcome::pass("no interface has VirtualBox's NAT address"),
    };
    vec![
        outcome
            .read("network.interfaces", &network.interfaces)
            .read("network.routes", &network.routes),
    ]
}

const DUP: Check = Check {
    id: "net.iface.dup",
    title: "Addresses of interfaces",
    group: Group::Network,
    concerns: ALL,
    reads: &["network.interfaces"],
    wanted: "no address twice, and no two interfaces in one network",
    source: "kismatic#264; kernel Documentation/networking/ip-sysctl.rst arp_filter",
    rules: &[],
    waivable: true,
    run: dup,
};

fn dup(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.network.interfaces;
    let interfaces = known!("the interfaces", "network.interfaces", fact);
    let mut addresses: BTreeMap<IpAddr, Vec<&str>> = BTreeMap::new();
    let mut networks: BTreeMap<ipnet::IpNet, Vec<&str>> = BTreeMap::new();
    for interface in interfaces.iter().filter(|i| i.admin_up) {
        for net in interface
            .addresses
            .iter()
            .filter(|net| net.addr().is_ipv4() && usable(net.addr()))
        {
            addresses
                .entry(net.addr())
                .or_default()
                .push(&interface.name);
            let users = networks.entry(net.trunc()).or_default();
            if net.prefix_len() < 32 && !users.contains(&interface.name.as_str()) {
                users.push(&interface.name);
            }
        }
    }
    let list = |text: Vec<String>| text.join("; ");
    let twice: Vec<_> = addresses
        .iter()
        .filter(|(_, names)| names.len() > 1)
        .map(|(a, names)| format!("{a} on {}", names.join(" and ")))
        .collect();
    let shared: Vec<_> = networks
        .iter()
        .filter(|(_, names)| names.len() > 1)
        .map(|(n, names)| format!("{n} on {}", names.join(" and ")))
        .collect();
    let outcome = if !twice.is_empty() {
        Outcome::fail(format!(
            "the same address twice: {}; wanted: each once",
            list(twice)
        ))
        .remedy(Remedy::hint("take the address from one of them"))
    } else if !shared.is_empty() {
        Outcome::warn(format!("two interfaces in one network: {}: answers may leave by the other one", list(shared)))
            .remedy(Remedy::hint("put one of them into another network, or bond them; else answer ARP on the right one only")
                .command("sysctl -w net.ipv4.conf.all.arp_filter=1"))
    } else {
        Outcome::pass("no address and no network is on two interfaces")
    };
    vec![outcome.read("network.interfaces", fact)]
}

const BOND: Check = Check {
    id: "net.iface.bond",
    title: "Parts of bonds and bridges",
    group: Group::Network,
    concerns: ALL,
    reads: &["network.interfaces"],
    wanted: "the bond or bridge itself, not a part of it",
    source: "kernel Documentation/networking/bonding.rst: addresses belong to the master",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.network.interfaces;
        known!("the interfaces", "network.interfaces", fact);
        let Some(interface) = chosen(subject) else {
            return vec![Outcome::na("no interface is chosen").read("network.interfaces", fact)];
        };
        vec![
            match &interface.master {
                Some(master) => Outcome::fail(format!(
                    "{} is a part of {master}; wanted: {master}, which has the address",
                    interface.name
                ))
                .remedy(Remedy::hint(format!(
                    "choose {master}: --network-interface {master}"
                ))),
                None => Outcome::pass(format!("{} is no part of a bond or bridge", interface.name)),
            }
            .read("network.interfaces", fact),
        ]
    },
};

const DYNAMIC: Check = Check {
    id: "net.iface.dynamic",
    title: "Address with a lease",
    group: Group::Network,
    concerns: ALL,
    reads: &["network.interfaces"],
    wanted: "an address that stays: Swarm, etcd and WireGuard's peers keep it",
    source: "own; docs.docker.com swarm-tutorial 'The IP address of the manager machine ... must be fixed'",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.network.interfaces;
        known!("the interfaces", "network.interfaces", fact);
        let Some(interface) = chosen(subject) else {
            return vec![Outcome::na("no interface is chosen").read("network.interfaces", fact)];
        };
        let lease: Vec<_> = interface
            .dynamic
            .iter()
            .filter(|net| net.addr().is_ipv4() && usable(net.addr()))
            .map(ToString::to_string)
            .collect();
        vec![
            if lease.is_empty() {
                Outcome::pass(format!("the address of {} has no end", interface.name))
            } else {
                Outcome::warn(format!(
                    "{} has {} with a lease (DHCP); wanted: an address that stays",
                    interface.name,
                    lease.join(", ")
                ))
                .remedy(Remedy::hint(
                    "have the lease reserved for this host, or set the address by hand",
                ))
            }
            .actual("dynamic", lease)
            .read("network.interfaces", fact),
        ]
    },
};
