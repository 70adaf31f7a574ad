//! Addresses, networks and MTUs of the hosts together.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use super::{Fleet, Outcome, Rule};
use crate::answers::config::{FlannelBackend, OverlayWish};
use crate::fleet::names;
use crate::fleet::node::{Known, Node};
use crate::judge::cidr::{next_free, overlap};
use crate::judge::finding::{Remedy, Status};

/// The rules of this file.
pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "fleet.interface",
        title: "Interfaces towards the others",
        wanted: "on every host an interface that is up, with an address that the others reach",
        source: "kURL PR#4029: the chosen interface flows into every address that is told to others",
        remedy: "see `groundcrew interfaces` there; say interface.name or interface.match.cidr in \
                 fleet.yaml, for single hosts below fleet.hosts.NAME",
        waivable: true,
        run: interface,
    },
    Rule {
        id: "fleet.address",
        title: "Addresses",
        wanted: "no address on two hosts; none of those towards the others surely",
        source: "kubeadm#226, kubernetes#33562: VirtualBox gives 10.0.2.15 to every machine",
        remedy: "give each host an address of its own, or choose another interface",
        waivable: true,
        run: address,
    },
    Rule {
        id: "fleet.mtu",
        title: "MTU",
        wanted: "one MTU on the interfaces towards the others; the smallest counts for all",
        source: "moby#41775, fedora-coreos#1372: larger packets vanish, and connections hang",
        remedy: "set one MTU on all of them, or keep the smallest in mind: what is made over them takes \
                 it less its own overhead",
        waivable: true,
        run: mtu,
    },
    Rule {
        id: "fleet.overlay-network",
        title: "Networks to be made",
        wanted: "ranges that no host has, reaches, or gives to its containers",
        source: "kURL#499, embedded-cluster PR#1355, gravity PR#2204; moby ipamutils: docker0 is \
                 172.17.0.0/16",
        remedy: "",
        waivable: true,
        run: networks,
    },
    Rule {
        id: "fleet.arch",
        title: "Architectures",
        wanted: "one architecture, or images for each; with Flannel's udp backend x86_64 alone",
        source: "flannel backend/udp: cgo proxy for amd64 alone; an image runs on the architecture it was \
                 made for",
        remedy: "see that the application's images are there for each architecture",
        waivable: true,
        run: architecture,
    },
];

fn interface(fleet: &Fleet<'_>) -> Vec<Outcome> {
    let (mut without, mut unread) = (Vec::new(), Vec::new());
    for node in fleet.nodes {
        if let Err(why) = &node.pick {
            match node.addresses {
                Known::Unknown(_) => unread.push((node.name.as_str(), why)),
                Known::Value(..) | Known::None => without.push((node.name.as_str(), why)),
            }
        }
    }
    let told = |status, hosts: &[(&str, &String)], text: String| {
        let outcome = Outcome::new(status, text).about(hosts.iter().map(|(host, _)| *host));
        hosts.iter().fold(outcome, |outcome, (host, why)| {
            outcome.found(host, why.as_str(), "network.interfaces")
        })
    };
    let some = |hosts: &[(&str, &String)]| names::some(hosts.iter().map(|(host, _)| *host));
    let mut outcomes = Vec::new();
    if !without.is_empty() {
        let text = format!(
            "{} without: {}",
            names::hosts(without.len()),
            some(&without)
        );
        outcomes.push(told(Status::Fail, &without, text));
    }
    if !unread.is_empty() {
        let text = format!(
            "the interfaces of {} are not known: {}",
            names::hosts(unread.len()),
            some(&unread)
        );
        outcomes.push(told(Status::Unknown, &unread, text));
    }
    if outcomes.is_empty() {
        outcomes.push(Outcome::new(Status::Pass, "every host has one"));
    }
    outcomes
}

fn address(fleet: &Fleet<'_>) -> Vec<Outcome> {
    let mut having: BTreeMap<Ipv4Addr, BTreeMap<&str, &str>> = BTreeMap::new();
    let mut unknown = Vec::new();
    let mut towards: BTreeMap<Ipv4Addr, usize> = BTreeMap::new();
    for node in fleet.nodes {
        if let Ok(pick) = &node.pick {
            *towards.entry(pick.address.addr()).or_default() += 1;
        }
        match &node.addresses {
            Known::Value(addresses, _) => {
                for (interface, address) in addresses {
                    let hosts = having.entry(*address).or_default();
                    hosts.insert(node.name.as_str(), interface);
                }
            }
            Known::None => {}
            Known::Unknown(_) => unknown.push(node.name.as_str()),
        }
    }
    let mut outcomes = Vec::new();
    for (address, hosts) in having.iter().filter(|(_, hosts)| hosts.len() > 1) {
        let used = towards.get(address).is_some_and(|count| *count > 0);
        let (status, how) = if used {
            (Status::Fail, "towards the others")
        } else {
            (
                Status::Warn,
                "on interfaces that are not used towards the others",
            )
        };
        let text = format!(
            "{} have the address {address} ({how}): {}",
            names::hosts(hosts.len()),
            names::some(hosts.keys().copied())
        );
        let outcome = Outcome::new(status, text).about(hosts.keys().copied());
        outcomes.push(hosts.iter().fold(outcome, |outcome, (host, interface)| {
            outcome.found(
                host,
                format!("{address} on {interface}"),
                "network.interfaces",
            )
        }));
    }
    if !unknown.is_empty() {
        let text = format!(
            "the addresses of {} are not known: {}",
            names::hosts(unknown.len()),
            names::some(unknown.iter().copied())
        );
        outcomes.push(Outcome::new(Status::Unknown, text).about(unknown));
    }
    if outcomes.is_empty() {
        let text = format!("{} addresses, none twice", having.len());
        outcomes.push(Outcome::new(Status::Pass, text));
    }
    outcomes
}

fn mtu(fleet: &Fleet<'_>) -> Vec<Outcome> {
    let mut by_mtu: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    let mut unknown = Vec::new();
    for node in fleet.nodes {
        match node.pick.as_ref().ok().and_then(|pick| pick.mtu) {
            Some(mtu) => by_mtu.entry(mtu).or_default().push(&node.name),
            None => unknown.push(node.name.as_str()),
        }
    }
    let smallest = by_mtu.first_key_value();
    let mut outcomes = Vec::new();
    match smallest {
        Some((smallest, hosts)) if by_mtu.len() > 1 => {
            let each: Vec<String> = by_mtu
                .iter()
                .map(|(mtu, hosts)| format!("{mtu} on {}", names::some(hosts.iter().copied())))
                .collect();
            let text = format!(
                "{}; {smallest} bytes count for all of them",
                each.join("; ")
            );
            let outcome = Outcome::new(Status::Warn, text).about(hosts.iter().copied());
            outcomes.push(hosts.iter().fold(outcome, |outcome, host| {
                outcome.found(host, format!("MTU {smallest}"), "network.interfaces")
            }));
        }
        Some((mtu, _)) => {
            outcomes.push(Outcome::new(
                Status::Pass,
                format!("{mtu} bytes on every host"),
            ));
        }
        None => {}
    }
    if !unknown.is_empty() {
        let text = format!(
            "the MTU of {} is not known: {}",
            names::hosts(unknown.len()),
            names::some(unknown.iter().copied())
        );
        let told = Outcome::new(Status::Unknown, text).about(unknown);
        outcomes.retain(|one| one.status > Status::Pass);
        outcomes.push(told);
    }
    if outcomes.is_empty() {
        outcomes.push(Outcome::new(Status::Na, "no host reported"));
    }
    outcomes
}

/// Every range that a host has or reaches: the range, who, and what it is.
/// Docker's own networks only matter on the host that has them, and are the same on
/// most.
pub(in crate::fleet) fn taken(nodes: &[Node]) -> Vec<IpNet> {
    let each = nodes.iter().filter_map(|node| node.taken.value()).flatten();
    let mut all: Vec<IpNet> = each.map(|taken| IpNet::V4(taken.range)).collect();
    // docker0 where nothing else is set (moby libnetwork ipamutils).
    all.extend("172.17.0.0/16".parse::<IpNet>());
    all.sort();
    all.dedup();
    all
}

/// A range that the installation makes.
struct Made {
    what: &'static str,
    range: Ipv4Net,
    setting: &'static str,
}

/// The ranges that are answered, for what it is judged for.
fn made(fleet: &Fleet<'_>) -> Vec<Made> {
    let config = fleet.config;
    let mut all = Vec::new();
    let overlay = ["wireguard", "flannel", "zerotier"]
        .into_iter()
        .any(|part| fleet.aims_at(part));
    if overlay || !matches!(config.overlay, OverlayWish::Auto | OverlayWish::None) {
        all.push(Made {
            what: "the private network",
            range: config.network,
            setting: "overlay.network",
        });
    }
    if fleet.aims_at("swarm") {
        all.extend(config.swarm.address_pools.iter().map(|range| Made {
            what: "a range of the Swarm's networks",
            range: *range,
            setting: "swarm.address-pools",
        }));
    }
    if fleet.aims_at("kubernetes") {
        let kubernetes = &config.kubernetes;
        all.extend(kubernetes.pod_network.map(|range| Made {
            what: "the network of the pods",
            range,
            setting: "kubernetes.pod-network",
        }));
        all.extend(kubernetes.service_network.map(|range| Made {
            what: "the network of the services",
            range,
            setting: "kubernetes.service-network",
        }));
    }
    all
}

fn networks(fleet: &Fleet<'_>) -> Vec<Outcome> {
    let made = made(fleet);
    let mut reserved = taken(fleet.nodes);
    reserved.extend(
        fleet
            .config
            .needs
            .corporate_ranges
            .iter()
            .map(|range| IpNet::V4(*range)),
    );
    reserved.extend(made.iter().map(|made| IpNet::V4(made.range)));
    let mut outcomes = Vec::new();
    for one in &made {
        outcomes.extend(in_the_way(fleet, one, &reserved));
    }
    for (at, one) in made.iter().enumerate() {
        for other in made.iter().skip(at + 1) {
            if overlap(&IpNet::V4(one.range), &IpNet::V4(other.range)) {
                let text = format!(
                    "{} {} and {} {} lie over each other",
                    one.what, one.range, other.what, other.range
                );
                let remedy = Remedy::hint(format!("change {}", other.setting));
                outcomes.push(Outcome::new(Status::Fail, text).remedy(remedy));
            }
        }
    }
    let unread: Vec<(&str, &String)> = fleet
        .nodes
        .iter()
        .filter_map(|node| match &node.taken {
            Known::Unknown(why) => Some((node.name.as_str(), why)),
            Known::Value(..) | Known::None => None,
        })
        .collect();
    if !unread.is_empty() {
        let text = format!(
            "the routes of {} are not known: {}",
            names::hosts(unread.len()),
            names::some(unread.iter().map(|(host, _)| *host))
        );
        let outcome = Outcome::new(Status::Unknown, text)
            .about(unread.iter().map(|(host, _)| *host))
            .remedy(Remedy::hint("see `ip route show table all` there"));
        outcomes.push(unread.iter().fold(outcome, |outcome, (host, why)| {
            outcome.found(host, "not known", why.as_str())
        }));
    }
    if outcomes.is_empty() {
        let each: Vec<String> = made
            .iter()
            .map(|made| format!("{} {}", made.what, made.range))
            .collect();
        outcomes.push(if made.is_empty() {
            let text = "no range is answered; the plan takes ones that are free on every host";
            Outcome::new(Status::Pass, text)
        } else {
            Outcome::new(
                Status::Pass,
                format!("{}: free on every host", each.join(", ")),
            )
        });
    }
    outcomes
}

/// What a range that is to be made has in its way, on any host.
fn in_the_way(fleet: &Fleet<'_>, made: &Made, reserved: &[IpNet]) -> Option<Outcome> {
    let range = IpNet::V4(made.range);
    let mut found: Vec<(&str, &str)> = Vec::new();
    for node in fleet.nodes {
        for taken in node.taken.value().into_iter().flatten() {
            // Flannel puts Docker's bridge into its network.
            let meant =
                taken.docker && fleet.aims_at("flannel") && made.range.contains(&taken.range);
            if !meant && overlap(&range, &IpNet::V4(taken.range)) {
                found.push((&node.name, &taken.what));
            }
        }
    }
    let corporate = fleet.config.needs.corporate_ranges.iter();
    let organisation: Vec<String> = corporate
        .filter(|reserved| overlap(&range, &IpNet::V4(**reserved)))
        .map(|reserved| format!("{reserved}, which the organisation uses (needs.corporate-ranges)"))
        .collect();
    if found.is_empty() && organisation.is_empty() {
        return None;
    }
    let hosts: Vec<&str> = {
        let mut hosts: Vec<&str> = found.iter().map(|(host, _)| *host).collect();
        hosts.dedup();
        hosts
    };
    let mut what: Vec<String> = found
        .first()
        .map(|(_, what)| (*what).to_owned())
        .into_iter()
        .collect();
    what.extend(organisation);
    let whose = if hosts.is_empty() {
        String::new()
    } else {
        format!(
            " on {}: {}",
            names::hosts(hosts.len()),
            names::some(hosts.iter().copied())
        )
    };
    let text = format!(
        "{}, {}, would lie over {}{whose}",
        made.what,
        made.range,
        what.join(" and ")
    );
    let remedy = match next_free(made.range.prefix_len(), reserved) {
        Some(free) => format!(
            "set {} to {free}, which is free on every host",
            made.setting
        ),
        None => format!("set {} to a smaller range that is free", made.setting),
    };
    let outcome = Outcome::new(Status::Fail, text)
        .about(hosts)
        .remedy(Remedy::hint(remedy));
    Some(found.iter().fold(outcome, |outcome, (host, what)| {
        outcome.found(
            host,
            *what,
            "network.interfaces, network.routes, docker.info.networks",
        )
    }))
}

fn architecture(fleet: &Fleet<'_>) -> Vec<Outcome> {
    let mut by_arch: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for node in fleet.nodes {
        let arch = node
            .shown
            .get("architecture")
            .map_or("unknown", String::as_str);
        by_arch.entry(arch).or_default().push(&node.name);
    }
    let each: Vec<String> = by_arch
        .iter()
        .map(|(arch, hosts)| format!("{arch} on {}", names::some(hosts.iter().copied())))
        .collect();
    let unknown = by_arch.remove("unknown");
    let udp = fleet.aims_at("flannel") && fleet.config.flannel.backend == FlannelBackend::Udp;
    let not_amd64: Vec<&str> = by_arch
        .iter()
        .filter(|(arch, _)| **arch != "x86_64")
        .flat_map(|(_, hosts)| hosts.iter().copied())
        .collect();
    let mut outcomes = Vec::new();
    if udp && !not_amd64.is_empty() {
        let text = format!(
            "Flannel's udp backend is for x86_64 alone, and there is {}",
            each.join("; ")
        );
        let remedy = Remedy::hint("take another backend (overlay.flannel.backend) or overlay");
        outcomes.push(
            Outcome::new(Status::Fail, text)
                .about(not_amd64)
                .remedy(remedy),
        );
    } else if by_arch.len() > 1 {
        let fewest = by_arch.values().min_by_key(|hosts| hosts.len());
        let hosts = fewest.into_iter().flatten().copied();
        outcomes.push(Outcome::new(Status::Warn, each.join("; ")).about(hosts));
    }
    if let Some(hosts) = unknown {
        let text = format!(
            "the architecture of {} is not known: {}",
            names::hosts(hosts.len()),
            names::some(hosts.iter().copied())
        );
        outcomes.push(Outcome::new(Status::Unknown, text).about(hosts));
    }
    if outcomes.is_empty() {
        outcomes.push(match each.first() {
            Some(one) => Outcome::new(Status::Pass, one.clone()),
            None => Outcome::new(Status::Na, "no host reported"),
        });
    }
    outcomes
}
