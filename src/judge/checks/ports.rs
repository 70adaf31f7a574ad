//! Ports that the targets need.

use std::collections::BTreeMap;

use super::known::known;
use super::{ALL, Check, Group, Level, Outcome, Subject, Target};
use crate::facts::Fact;
use crate::facts::network::BusyPort;
use crate::judge::finding::Remedy;
use crate::judge::ports;

/// The checks of this file.
pub(super) const CHECKS: &[Check] = &[PORT, EPHEMERAL];

const PORT: Check = Check {
    id: "port",
    title: "Ports that are needed",
    group: Group::Ports,
    concerns: ALL,
    reads: &["network.busy", "network.listeners", "docker.swarm"],
    wanted: "free, or held by the program that it is for",
    source: "kubeadm preflight Port-*; the sources in the table of ports for each",
    rules: &[],
    waivable: true,
    run: port,
};

/// Every needed port once, with the targets that need it.
fn needed(subject: &Subject<'_>) -> BTreeMap<(&'static str, u16), (Vec<Target>, &'static str)> {
    let mut needed: BTreeMap<_, (Vec<Target>, &'static str)> = BTreeMap::new();
    for target in ALL.iter().filter(|target| subject.aims_at(&[**target])) {
        for need in ports::of(*target, subject.scope.wireguard_port) {
            let entry = needed
                .entry((need.protocol, need.port))
                .or_insert_with(|| (Vec::new(), need.why));
            entry.0.push(*target);
        }
    }
    needed
}

fn port(subject: &Subject<'_>) -> Vec<Outcome> {
    let network = &subject.facts.network;
    let needed = needed(subject);
    let mut outcomes = Vec::new();
    let mut free = Vec::new();
    for ((protocol, port), (targets, why)) in needed {
        match held(subject, protocol, port) {
            Ok(None) => free.push(format!("{port}/{protocol}")),
            Ok(Some(owner)) => {
                outcomes.push(taken(subject, (protocol, port), &targets, why, owner))
            }
            Err(()) => {
                return vec![Outcome::unknown(
                    "which ports are in use",
                    "network.listeners",
                    &network.listeners,
                )];
            }
        }
    }
    if !free.is_empty() {
        outcomes.push(
            Outcome::pass(format!("free: {}", free.join(", "))).read("network.busy", &network.busy),
        );
    }
    outcomes
}

/// Who holds a port: none, somebody with or without a name; an error where that
/// cannot be told.
fn held(subject: &Subject<'_>, protocol: &str, port: u16) -> Result<Option<Option<String>>, ()> {
    let network = &subject.facts.network;
    let tried = match protocol {
        "udp" => crate::facts::ports::UDP,
        _ => crate::facts::ports::TCP,
    };
    // A port that was not tried (WireGuard's, when it was changed) is looked up
    // among those that something listens on.
    if let (Some(busy), true) = (network.busy.value(), tried.contains(&port)) {
        let found = busy
            .iter()
            .find(|one: &&BusyPort| one.port == port && one.protocol == protocol);
        return Ok(found.map(|found| found.owner.clone()));
    }
    match network.listeners.value() {
        Some(all) => Ok(all
            .iter()
            .any(|one| one.port == port && one.protocol == protocol)
            .then_some(None)),
        None => Err(()),
    }
}

fn taken(
    subject: &Subject<'_>,
    (protocol, port): (&str, u16),
    targets: &[Target],
    why: &str,
    owner: Option<String>,
) -> Outcome {
    let facts = subject.facts;
    let who = owner
        .as_deref()
        .unwrap_or("something without a process that can be seen");
    let swarm = facts
        .docker
        .swarm
        .value()
        .is_some_and(|state| state == "active");
    let overlay = subject.scope.overlay_interface.as_deref();
    let ours = match (protocol, port) {
        // Docker's own, of the Swarm that this node is in: docker.swarm judges it.
        ("tcp", 2377 | 7946) | ("udp", 7946 | 4789) if swarm => owner
            .as_deref()
            .is_none_or(|name| name.starts_with("docker")),
        ("udp", port) if port == subject.scope.wireguard_port => {
            overlay.is_some_and(|name| facts.network.interface(name).is_some())
                && owner
                    .as_deref()
                    .is_none_or(|name| name.starts_with("wireguard"))
        }
        ("udp", 9993) => owner.as_deref() == Some("zerotier-one"),
        ("udp", 8472 | 8285) => {
            owner.as_deref().is_none_or(|name| name == "flanneld")
                && facts.network.interface("flannel.1").is_some()
        }
        ("tcp", 2379 | 2380) => owner.as_deref() == Some("etcd") && subject.scope.joins,
        ("tcp", 8800 | 9870..=9880) => owner
            .as_deref()
            .is_some_and(|name| name.starts_with("replicated")),
        _ => false,
    };
    let id = format!("{protocol}.{port}");
    let outcome = if ours {
        Outcome::pass(format!(
            "{port}/{protocol} ({why}) is held by {who}, whom it is for"
        ))
    } else {
        let mut remedy = Remedy::hint(format!(
            "stop what holds {port}/{protocol}, or give it another port"
        ))
        .command(format!(
            "ss -lnp{} 'sport = :{port}'",
            if protocol == "udp" { "u" } else { "t" }
        ));
        if (protocol, port) == ("udp", 4789) {
            remedy = Remedy::hint(
                "choose another data path port when the Swarm is made (Docker 19.03 and newer)",
            )
            .command("docker swarm init --data-path-port 4790 ...");
        } else if protocol == "udp"
            && port == subject.scope.wireguard_port
            && subject.aims_at(&[Target::Wireguard])
        {
            remedy =
                Remedy::hint("stop what holds it, or set the answer overlay.wireguard.listen-port");
        }
        Outcome::new(
            Level::Na,
            format!("{port}/{protocol} ({why}) is in use by {who}; wanted: free"),
        )
        .on(targets, Level::Fail)
        .remedy(remedy)
    };
    let outcome = match &facts.network.busy {
        busy @ Fact::Known { .. } => outcome.read("network.busy", busy),
        _ => outcome.read("network.listeners", &facts.network.listeners),
    };
    outcome
        .about(id)
        .wanted(format!("{port}/{protocol} is free"))
        .actual("owner", owner)
}

const EPHEMERAL: Check = Check {
    id: "port.ephemeral",
    title: "Range of outgoing ports",
    group: Group::Ports,
    concerns: ALL,
    reads: &[
        "sysctl.net.ipv4.ip_local_port_range",
        "sysctl.net.ipv4.ip_local_reserved_ports",
    ],
    wanted: "no needed port in the range that outgoing connections take at random",
    source: "kernel Documentation/networking/ip-sysctl.rst ip_local_reserved_ports",
    rules: &[],
    waivable: true,
    run: ephemeral,
};

fn ephemeral(subject: &Subject<'_>) -> Vec<Outcome> {
    let name = "net.ipv4.ip_local_port_range";
    let Some(setting) = subject.facts.sysctl.get(name) else {
        return Vec::new();
    };
    let path = "sysctl.net.ipv4.ip_local_port_range";
    let text = known!("the range of outgoing ports", path, &setting.live);
    let mut words = text.split_whitespace().map(str::parse::<u16>);
    let (Some(Ok(from)), Some(Ok(to))) = (words.next(), words.next()) else {
        let broken: Fact<()> = Fact::unreadable("not two ports", setting.live.source());
        return vec![Outcome::unknown(
            "the range of outgoing ports",
            path,
            &broken,
        )];
    };
    let reserved = subject.facts.sysctl.get("net.ipv4.ip_local_reserved_ports");
    let reserved = reserved
        .and_then(|setting| setting.live.value())
        .map(String::as_str)
        .unwrap_or_default();
    let kept = |port: u16| {
        reserved.split(',').any(|part| {
            let (low, high) = part.split_once('-').unwrap_or((part, part));
            matches!((low.trim().parse::<u16>(), high.trim().parse::<u16>()), (Ok(low), Ok(high)) if (low..=high).contains(&port))
        })
    };
    let inside: Vec<_> = needed(subject)
        .into_keys()
        .map(|(_, port)| port)
        .filter(|port| (from..=to).contains(port) && !kept(*port))
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .map(|port| port.to_string())
        .collect();
    // WireGuard's usual port lies in Linux's usual range; it is bound at boot,
    // before anything could take it.
    let harmless = inside
        .iter()
        .all(|port| *port == subject.scope.wireguard_port.to_string());
    let outcome = if inside.is_empty() {
        Outcome::pass(format!(
            "outgoing connections take ports {from} to {to}, and no needed one is in there"
        ))
    } else {
        let text = format!(
            "outgoing connections take ports {from} to {to} at random, and needed ones are in there: {}",
            inside.join(", ")
        );
        let remedy = super::remedy::sysctl(
            subject.facts,
            "net.ipv4.ip_local_reserved_ports",
            &inside.join(","),
        );
        if harmless {
            Outcome::info(text)
        } else {
            Outcome::warn(format!("{text}; wanted: none"))
        }
        .remedy(remedy)
    };
    vec![
        outcome
            .actual("range", text.as_str())
            .actual("inside", inside)
            .read(path, &setting.live),
    ]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod cases {
    use super::super::cases::{Case, case, known, set, unread};
    use crate::facts::Facts;
    use crate::facts::network::{BusyPort, Listener};

    /// What a host has that these checks have nothing to say of.
    pub fn good(facts: &mut Facts) {
        facts.network.busy = known(Vec::new());
    }

    fn busy(protocol: &str, port: u16, owner: &str) -> BusyPort {
        BusyPort {
            protocol: protocol.into(),
            port,
            owner: Some(owner.into()),
        }
    }

    /// The hosts on which these checks come out one way or the other.
    pub const CASES: &[Case] = &[
        case!("port", "free", "swarm", Pass, |f, _| {}),
        case!("port.tcp.2377", "held by another", "swarm", Fail, |f, _| {
            f.network.busy = known(vec![busy("tcp", 2377, "nginx")])
        }),
        case!(
            "port.tcp.2377",
            "held by the Swarm's Docker",
            "swarm",
            Pass,
            |f, _| {
                f.network.busy = known(vec![busy("tcp", 2377, "dockerd")]);
                f.docker.swarm = known("active".into());
            }
        ),
        case!("port.udp.4789", "NSX", "swarm", Fail, |f, _| f
            .network
            .busy =
            known(vec![busy("udp", 4789, "nsx")])),
        case!(
            "port.udp.51999",
            "a written-down host",
            "native+wireguard",
            Fail,
            |f, s| {
                s.wireguard_port = 51999;
                f.network.listeners = known(vec![Listener {
                    protocol: "udp".into(),
                    address: "0.0.0.0".parse().unwrap(),
                    port: 51999,
                }]);
            }
        ),
        case!("port", "unread", "swarm", Unknown, |f, _| {
            f.network.busy = unread();
            f.network.listeners = unread();
        }),
        case!("port.ephemeral", "outside", "native", Pass, |f, _| {}),
        case!(
            "port.ephemeral",
            "WireGuard's",
            "native+wireguard",
            Info,
            |f, _| {}
        ),
        case!("port.ephemeral", "a wide range", "swarm", Warn, |f, _| set(
            f,
            "net.ipv4.ip_local_port_range",
            "1024 65535"
        )),
        case!("port.ephemeral", "unread", "swarm", Unknown, |f, _| {
            f.sysctl
                .get_mut("net.ipv4.ip_local_port_range")
                .unwrap()
                .live = unread();
        }),
    ];
}
