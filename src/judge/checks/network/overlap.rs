//! Networks that the installation will make, against those that are there.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::known::known;
use super::super::{ALL, Check, Group, Level, Outcome, PlannedNetwork, Subject, Target};
use crate::facts::Fact;
use crate::judge::cidr::{next_free, overlap};
use crate::judge::finding::Remedy;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] = &[OVERLAP];

const OVERLAP: Check = Check {
    id: "net.overlap",
    title: "Overlapping networks",
    group: Group::Network,
    concerns: ALL,
    reads: &[
        "network.interfaces",
        "network.routes",
        "resolver.conf",
        "docker.info",
        "docker.swarm",
        "answers needs.corporate-ranges",
    ],
    wanted: "no network of containers over this host's networks, routes, name servers, or the organisation's",
    source: "moby libnetwork ipamutils default pools; docker swarm init --default-addr-pool 10.0.0.0/8; \
             kubeadm --pod-network-cidr; kURL#499; gravity PR#2204; embedded-cluster PR#1355",
    rules: &[],
    waivable: true,
    run: overlaps,
};

/// What is there: a range, and what it is in a sentence.
struct There {
    range: IpNet,
    what: String,
    /// The host's own address in it, a name server or a gateway: with it the
    /// host loses more than a network that is far away.
    own: bool,
    server: bool,
    /// On one of this host's interfaces.
    on_link: bool,
}

/// Docker's, Swarm's and Kubernetes' own ranges, where nothing else is set.
/// Docker's bridge is 172.17.0.0/16; Swarm's ingress is the first /24 of its
/// pool 10.0.0.0/8; kubeadm's services 10.96.0.0/12 and Flannel's pods
/// 10.244.0.0/16 (kube-flannel.yml).
fn planned(subject: &Subject<'_>) -> Vec<PlannedNetwork> {
    let network = |what: &str, range: &str, targets: &[Target], setting: &str| {
        Some(PlannedNetwork {
            what: what.to_owned(),
            range: range.parse().ok()?,
            targets: targets.to_vec(),
            setting: setting.to_owned(),
        })
    };
    let docker = &subject.facts.docker.info;
    let bip = docker
        .key("bip")
        .and_then(serde_json::Value::as_str)
        .or_else(|| docker.option("--bip"));
    let containers = [Target::Swarm, Target::Kubernetes, Target::Native];
    let bridge = match bip {
        Some(bip) => network(
            "Docker's bridge (bip)",
            bip,
            &containers,
            "bip in /etc/docker/daemon.json",
        ),
        None => network(
            "Docker's bridge docker0",
            "172.17.0.0/16",
            &containers,
            "bip in /etc/docker/daemon.json",
        ),
    };
    let mut all: Vec<PlannedNetwork> = bridge.into_iter().collect();
    let flannel_conflict = subject.aims_at(&[Target::Flannel]);
    if !flannel_conflict {
        all.extend(network(
            "Swarm's ingress network",
            "10.0.0.0/24",
            &[Target::Swarm],
            "docker swarm init --default-addr-pool",
        ));
    }
    all.extend(network(
        "Kubernetes' services",
        "10.96.0.0/12",
        &[Target::Kubernetes],
        "kubeadm serviceSubnet",
    ));
    all.extend(network(
        "Kubernetes' pods",
        "10.244.0.0/16",
        &[Target::Kubernetes],
        "kubeadm podSubnet",
    ));
    all.extend(subject.scope.networks.iter().cloned());
    all
}

/// Everything that has addresses already.
fn there(subject: &Subject<'_>) -> Result<Vec<There>, Vec<Outcome>> {
    let network = &subject.facts.network;
    let unknown =
        |what: &str, path: &str, fact: &Fact<()>| vec![Outcome::unknown(what, path, fact)];
    let (Some(interfaces), Some(routes)) = (network.interfaces.value(), network.routes.value())
    else {
        return Err(if network.interfaces.value().is_none() {
            unknown(
                "the interfaces",
                "network.interfaces",
                &network.interfaces.unknown(""),
            )
        } else {
            unknown("the routes", "network.routes", &network.routes.unknown(""))
        });
    };
    let mut all = Vec::new();
    let ours = |name: &str| {
        // What containers' networks have made themselves is no obstacle to them.
        ["docker", "br-", "veth", "cni", "flannel", "lo"]
            .iter()
            .any(|start| name.starts_with(start))
            || subject.scope.overlay_interface.as_deref() == Some(name)
    };
    for interface in interfaces.iter().filter(|i| !ours(&i.name)) {
        for net in interface
            .addresses
            .iter()
            .filter(|net| super::interfaces::usable(net.addr()))
        {
            all.push(There {
                range: *net,
                what: format!("{net} on {}", interface.name),
                own: true,
                server: false,
                on_link: true,
            });
        }
    }
    for route in routes {
        let name = route.interface.as_deref().unwrap_or_default();
        let wanted = route.kind == "unicast" && route.destination.prefix_len() > 0 && !ours(name);
        if wanted
            && !all
                .iter()
                .any(|known| known.range.trunc() == route.destination.trunc())
        {
            all.push(There {
                range: route.destination,
                what: format!("the route to {} (table {})", route.destination, route.table),
                own: false,
                server: false,
                on_link: route.gateway.is_none(),
            });
        }
        if let Some(gateway) = route.gateway.filter(|_| !ours(name)) {
            all.push(server(gateway, format!("the gateway {gateway}")));
        }
    }
    if let Some(conf) = subject.facts.resolver.servers().value() {
        for address in conf
            .nameservers
            .iter()
            .filter(|address| !address.is_loopback())
        {
            all.push(server(*address, format!("the name server {address}")));
        }
    }
    for range in &subject.scope.reserved {
        all.push(There {
            range: IpNet::V4(*range),
            what: format!("{range}, which the organisation uses (needs.corporate-ranges)"),
            own: false,
            server: false,
            on_link: true,
        });
    }
    for peer in &subject.scope.peers {
        all.push(server((*peer).into(), format!("the node {peer}")));
    }
    Ok(all)
}

fn server(address: IpAddr, what: String) -> There {
    There {
        range: address.into(),
        what,
        own: false,
        server: true,
        on_link: false,
    }
}

fn overlaps(subject: &Subject<'_>) -> Vec<Outcome> {
    known!(
        "the interfaces",
        "network.interfaces",
        &subject.facts.network.interfaces
    );
    known!(
        "the routes",
        "network.routes",
        &subject.facts.network.routes
    );
    let there = match there(subject) {
        Ok(there) => there,
        Err(outcomes) => return outcomes,
    };
    let planned: Vec<_> = planned(subject)
        .into_iter()
        .filter(|p| subject.aims_at(&p.targets))
        .collect();
    let mut taken: Vec<IpNet> = there.iter().map(|there| there.range).collect();
    taken.extend(planned.iter().map(|planned| planned.range));
    let mut outcomes: Vec<Outcome> = planned
        .iter()
        .filter_map(|planned| conflict(planned, &there, &taken))
        .collect();
    outcomes.extend(between(&planned));
    if outcomes.is_empty() {
        let names: Vec<_> = planned
            .iter()
            .map(|p| format!("{} {}", p.what, p.range))
            .collect();
        let text = format!(
            "{}: nothing of this host or the organisation is in there",
            names.join(", ")
        );
        outcomes.push(Outcome::pass(text).read("network.routes", &subject.facts.network.routes));
    }
    outcomes.extend(swarm_pool(subject, &there, &taken));
    outcomes
        .into_iter()
        .map(|outcome| {
            outcome
                .read("network.interfaces", &subject.facts.network.interfaces)
                .read("resolver.conf", &subject.facts.resolver.conf)
        })
        .collect()
}

/// What a planned network has in its way, with the next free block.
fn conflict(planned: &PlannedNetwork, there: &[There], taken: &[IpNet]) -> Option<Outcome> {
    let hits: Vec<_> = there
        .iter()
        .filter(|there| overlap(&planned.range, &there.range))
        .collect();
    if hits.is_empty() {
        return None;
    }
    let own = hits
        .iter()
        .any(|hit| hit.own && planned.range.contains(&hit.range.addr()));
    let server = hits.iter().any(|hit| hit.server);
    let on_link = hits.iter().any(|hit| hit.on_link);
    let mut list: Vec<_> = hits.iter().map(|hit| hit.what.as_str()).collect();
    // Several routes may lead through one gateway.
    list.dedup();
    let free = next_free(planned.range.prefix_len(), taken);
    let proposal = free.map_or_else(
        || "no private block of this size is free".to_owned(),
        |free| format!("the next free block is {free}"),
    );
    let text = format!(
        "{}, {}, would lie over {}; wanted: a range that nobody uses; {proposal}",
        planned.what,
        planned.range,
        list.join(", ")
    );
    let outcome = if own || server || on_link {
        Outcome::fail(text)
    } else {
        Outcome::warn(text)
    };
    let remedy = match free {
        Some(free) => Remedy::hint(format!("set {} to {free}", planned.setting)),
        None => Remedy::hint(format!(
            "set {} to a smaller range that is free",
            planned.setting
        )),
    };
    let outcome = outcome
        .about(planned.range.to_string())
        .actual("range", planned.range.to_string())
        .actual("overlaps", list.join(", "))
        .actual("free", free.map(|free| free.to_string()))
        .remedy(remedy);
    Some(if own { outcome.strict() } else { outcome })
}

/// Swarm takes a /24 for every further network from the bottom of 10.0.0.0/8
/// (libnetwork ipamutils), whoever else uses them: its ingress, the first one, is
/// among the planned networks.
fn swarm_pool(subject: &Subject<'_>, there: &[There], taken: &[IpNet]) -> Option<Outcome> {
    let (pool, ingress): (IpNet, IpNet) = ("10.0.0.0/8".parse().ok()?, "10.0.0.0/24".parse().ok()?);
    // Few installations make more than 256 networks.
    let soon: IpNet = "10.0.0.0/16".parse().ok()?;
    let made = subject.facts.docker.swarm.value().map(String::as_str) == Some("active");
    if made || !subject.aims_at(&[Target::Swarm]) {
        return None;
    }
    let hits: Vec<_> = there
        .iter()
        .filter(|there| !there.server)
        .filter(|there| overlap(&pool, &there.range) && !overlap(&ingress, &there.range))
        .collect();
    if hits.is_empty() {
        return None;
    }
    let list: Vec<_> = hits.iter().map(|hit| hit.what.as_str()).collect();
    let level = if hits.iter().any(|hit| overlap(&soon, &hit.range)) {
        Level::Warn
    } else {
        Level::Info
    };
    let mut taken = taken.to_vec();
    taken.push(pool);
    let free = next_free(16, &taken)?;
    Some(
        Outcome::new(
            Level::Na,
            format!(
                "Swarm takes its networks from 10.0.0.0/8, one /24 after the other from 10.0.0.0 on; \
                 there is {}; wanted, where many are made: a pool that nobody uses, as {free}",
                list.join(", ")
            ),
        )
        .on(&[Target::Swarm], level)
        .about("10.0.0.0/8")
        .wanted("a pool of Swarm's own")
        .actual("free", free.to_string())
        .remedy(
            Remedy::hint("give Swarm another pool when it is made (Docker 18.09 and newer)")
                .command(format!(
                    "docker swarm init --default-addr-pool {free} --default-addr-pool-mask-length 24 ..."
                )),
        ),
    )
}

/// Planned networks that lie over each other.
fn between(planned: &[PlannedNetwork]) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for (at, one) in planned.iter().enumerate() {
        for other in planned.iter().skip(at + 1) {
            if overlap(&one.range, &other.range) {
                let taken: Vec<IpNet> = planned.iter().map(|planned| planned.range).collect();
                let free = next_free(other.range.prefix_len(), &taken);
                let proposal = free.map_or(String::new(), |free| {
                    format!("; the next free block is {free}")
                });
                outcomes.push(
                    Outcome::fail(format!(
                        "{} {} and {} {} lie over each other; wanted: ranges of their own{proposal}",
                        one.what, one.range, other.what, other.range
                    ))
                    .about(format!("{}+{}", one.range, other.range))
                    .remedy(Remedy::hint(format!("change {}", other.setting))),
                );
            }
        }
    }
    outcomes
}
