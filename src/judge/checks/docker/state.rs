//! What runs in Docker now.

use super::super::known::known;
use super::super::{Check, Group, Level, Outcome, SCHEDULERS, Subject, Target};
use super::daemon::{missing, told};
use crate::facts::Fact;
use crate::judge::cidr::overlap;
use crate::judge::finding::Remedy;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] = &[WARNINGS, SWARM, NETWORKS, RUNNING];

const WARNINGS: Check = Check {
    id: "docker.warnings",
    title: "Docker's own warnings",
    group: Group::Docker,
    concerns: SCHEDULERS,
    reads: &["docker.info.warnings"],
    wanted: "none",
    source: "moby daemon/info_unix.go, told verbatim",
    rules: &[],
    waivable: true,
    run: |subject| {
        if let Some(missing) = missing(subject) {
            return missing;
        }
        let fact = &subject.facts.docker.info.warnings;
        let warnings = told!(
            subject,
            "what Docker warns of",
            "docker.info.warnings",
            fact
        );
        if warnings.is_empty() {
            return vec![
                Outcome::pass("Docker warns of nothing").read("docker.info.warnings", fact),
            ];
        }
        warnings.iter().enumerate().map(|(index, warning)| {
            let remedy = if warning.contains("bridge-nf-call") {
                super::super::remedy::sysctl(subject.facts, "net.bridge.bridge-nf-call-iptables", "1")
            } else if warning.contains("IPv4 forwarding") {
                super::super::remedy::sysctl(subject.facts, "net.ipv4.ip_forward", "1")
            } else {
                Remedy::hint("see docs.docker.com for this warning of Docker's; nothing here depends on it")
            };
            Outcome::warn(format!("Docker says: {}", warning.trim_start_matches("WARNING: ")))
                .about((index + 1).to_string())
                .read("docker.info.warnings", fact)
                .remedy(remedy)
        }).collect()
    },
};

const SWARM: Check = Check {
    id: "docker.swarm",
    title: "Swarm that this node is in",
    group: Group::Docker,
    concerns: SCHEDULERS,
    reads: &[
        "docker.swarm",
        "docker.info.swarm_address",
        "network.interfaces",
    ],
    wanted: "none; or, for Swarm, one that it is to stay in, with the chosen interface's address",
    source: "docs.docker.com swarm join-nodes; moby api LocalNodeState: inactive, pending, active, error, locked",
    rules: &[],
    waivable: true,
    run: swarm,
};

fn swarm(subject: &Subject<'_>) -> Vec<Outcome> {
    if let Some(missing) = missing(subject) {
        return missing;
    }
    let docker = &subject.facts.docker;
    let state = told!(
        subject,
        "the state of the Swarm",
        "docker.swarm",
        &docker.swarm
    );
    let address = docker.info.swarm_address.value().map_or("", String::as_str);
    let chosen = subject
        .scope
        .interface
        .as_deref()
        .and_then(|name| subject.facts.network.interface(name));
    let ours = chosen.is_none_or(|interface| {
        interface
            .addresses
            .iter()
            .any(|net| net.addr().to_string() == address)
    });
    let leave = Remedy::hint("take the node out of its Swarm, if nothing runs there any more; this is never done by itself").command("docker swarm leave");
    let outcome = match state.as_str() {
        "inactive" => Outcome::pass("this node is in no Swarm"),
        "active" if subject.scope.joins => Outcome::info("this node is in a Swarm already")
            .on(&[Target::Swarm], Level::Fail)
            .strict()
            .remedy(leave),
        "active" if !ours => Outcome::info(format!("this node is in a Swarm, with the address {address}"))
            .on(&[Target::Swarm], Level::Warn)
            .remedy(Remedy::hint("the Swarm keeps the address that it was made with: leave it and make it anew, or choose that interface")),
        "active" => Outcome::info("this node is in a Swarm; it is taken as it is"),
        other => Outcome::info(format!("the Swarm of this node is {other}"))
            .on(&[Target::Swarm], Level::Fail)
            .remedy(if other == "locked" { Remedy::hint("unlock it with the key of the Swarm").command("docker swarm unlock") } else { leave }),
    };
    vec![
        outcome
            .actual("docker.swarm", state.as_str())
            .read("docker.swarm", &docker.swarm)
            .read("docker.info.swarm_address", &docker.info.swarm_address),
    ]
}

const NETWORKS: Check = Check {
    id: "docker.networks",
    title: "Networks of Docker",
    group: Group::Docker,
    concerns: SCHEDULERS,
    reads: &["docker.info.networks", "network.interfaces"],
    wanted: "none over this host's addresses or the planned networks",
    source: "own; moby libnetwork ipamutils: pools are taken when a network is made, not checked later",
    rules: &[],
    waivable: true,
    run: networks,
};

fn networks(subject: &Subject<'_>) -> Vec<Outcome> {
    if let Some(missing) = missing(subject) {
        return missing;
    }
    let fact = &subject.facts.docker.info.networks;
    // Docker before 1.9 has no such thing.
    let networks = match fact {
        Fact::Unreadable { why, .. } if why.contains("404") => {
            return vec![
                Outcome::na("this Docker has no networks of its own to ask for")
                    .read("docker.info.networks", fact),
            ];
        }
        fact => told!(
            subject,
            "which networks Docker has",
            "docker.info.networks",
            fact
        ),
    };
    let interfaces = known!(
        "the interfaces",
        "network.interfaces",
        &subject.facts.network.interfaces
    );
    let mut outcomes = Vec::new();
    for network in networks {
        for subnet in network
            .subnets
            .iter()
            .filter_map(|subnet| subnet.parse::<ipnet::IpNet>().ok())
        {
            let made = |name: &str| {
                name == "docker0"
                    || name.starts_with("br-")
                    || name.starts_with("docker_gwbridge")
                    || name.starts_with("veth")
            };
            let host = interfaces.iter().filter(|i| !made(&i.name)).find_map(|i| {
                i.addresses
                    .iter()
                    .find(|net| overlap(&subnet, &net.trunc()))
                    .map(|net| format!("{net} on {}", i.name))
            });
            let planned = subject
                .scope
                .networks
                .iter()
                .find(|planned| overlap(&subnet, &planned.range))
                .map(|planned| format!("{} {}", planned.what, planned.range));
            let Some(other) = host.clone().or(planned) else {
                continue;
            };
            let text = format!(
                "Docker's network {} has {subnet}, over {other}; wanted: a range of its own",
                network.name
            );
            outcomes.push(
                Outcome::new(if host.is_some() { Level::Fail } else { Level::Warn }, text)
                    .about(network.name.clone())
                    .read("docker.info.networks", fact)
                    .remedy(Remedy::hint("remove the network if no container uses it, and make it anew with another range")
                        .command(format!("docker network rm {}", network.name))),
            );
        }
    }
    if outcomes.is_empty() {
        outcomes.push(
            Outcome::pass(format!("{} networks, none over others", networks.len()))
                .read("docker.info.networks", fact),
        );
    }
    outcomes
}

const RUNNING: Check = Check {
    id: "docker.running",
    title: "Containers that run",
    group: Group::Docker,
    concerns: SCHEDULERS,
    reads: &["docker.info.running", "docker.containers"],
    wanted: "none, where Docker has to be restarted",
    source: "own: a restart of Docker stops them, unless live restore is on",
    rules: &[],
    waivable: true,
    run: |subject| {
        if let Some(missing) = missing(subject) {
            return missing;
        }
        let fact = &subject.facts.docker.info.running;
        let running = match fact {
            // Docker 1.7.1 counts all alike.
            Fact::Absent { .. } => known!(
                "how many containers there are",
                "docker.containers",
                &subject.facts.docker.containers
            ),
            fact => known!("how many containers run", "docker.info.running", fact),
        };
        let restart = subject.aims_at(&[Target::Flannel]);
        vec![if *running == 0 {
            Outcome::pass("no container runs")
        } else if restart {
            Outcome::warn(format!("{running} containers run, and Flannel needs Docker restarted; wanted: a time when they may stop"))
                .remedy(Remedy::hint("plan the time with those who use them; see `docker ps`"))
        } else {
            Outcome::info(format!("{running} containers run: a restart of Docker would stop them"))
        }
        .actual("running", *running)
        .read("docker.info.running", fact)]
    },
};
