//! What differs between the hosts of a fleet, side by side.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::node::{Node, Pick};
use crate::facts::{Fact, Facts};

/// What is compared: the key in reports, and the row's title.
pub const ROWS: &[(&str, &str)] = &[
    ("distribution", "Distribution"),
    ("kernel", "Kernel"),
    ("architecture", "Architecture"),
    ("virtualisation", "Virtualisation"),
    ("init", "Init system"),
    ("cgroup", "Control groups"),
    ("docker", "Docker"),
    ("storage-driver", "Storage driver"),
    ("cgroup-driver", "Docker's cgroup driver"),
    ("swarm", "Swarm state"),
    ("interface", "Interface"),
    ("network", "Network"),
    ("mtu", "MTU"),
    ("firewall", "Firewall"),
    ("selinux", "SELinux"),
    ("fips", "FIPS mode"),
    ("time-daemon", "Time daemon"),
    ("time-zone", "Time zone"),
    ("cpus", "CPUs"),
    ("memory", "Memory"),
    ("swap", "Swap"),
];

/// One row in which the hosts differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Difference {
    /// What is compared: `kernel`, `mtu`, ...
    pub key: String,
    /// The same for people.
    pub title: String,
    /// The values, that of the most hosts first.
    pub values: Vec<Group>,
}

/// Hosts that are alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Group {
    /// The value; `unknown` where it could not be read, `none` where there is
    /// none.
    pub value: String,
    /// The hosts, sorted.
    pub hosts: Vec<String>,
}

fn text<T: ToString>(fact: &Fact<T>) -> String {
    match fact {
        Fact::Known { value, .. } => value.to_string(),
        Fact::Absent { .. } => "none".to_owned(),
        Fact::Unreadable { .. } => "unknown".to_owned(),
    }
}

/// Memory as it is bought: rounded to the next half GiB, since firmware and kernel
/// keep some of it.
fn gib(mb: u64) -> String {
    let halves = mb.div_ceil(512);
    match (halves / 2, halves % 2) {
        (whole, 0) => format!("{whole} GiB"),
        (whole, _) => format!("{whole}.5 GiB"),
    }
}

/// The values of a host, by the keys of [`ROWS`].
pub fn shown(facts: &Facts, pick: Option<&Pick>) -> BTreeMap<&'static str, String> {
    let size = |fact: &Fact<u64>| match fact.value() {
        Some(0) => "none".to_owned(),
        Some(mb) => gib(*mb),
        None => text(fact),
    };
    let picked = |of: &dyn Fn(&Pick) -> String| pick.map_or_else(|| "unknown".to_owned(), of);
    ROWS.iter()
        .map(|(key, _)| {
            let value = match *key {
                "distribution" => text(&facts.os.name),
                "kernel" => text(&facts.kernel.release),
                "architecture" => text(&facts.kernel.arch),
                "virtualisation" => text(&facts.kernel.virt),
                "init" => text(&facts.services.init),
                "cgroup" => text(&facts.kernel.cgroup),
                "docker" => text(&facts.docker.version),
                "storage-driver" => text(&facts.docker.storage_driver),
                "cgroup-driver" => text(&facts.docker.cgroup_driver),
                "swarm" => text(&facts.docker.swarm),
                "interface" => picked(&|pick| pick.interface.clone()),
                "network" => picked(&|pick| pick.address.trunc().to_string()),
                "mtu" => picked(&|pick| {
                    pick.mtu
                        .map_or_else(|| "unknown".to_owned(), |mtu| mtu.to_string())
                }),
                "firewall" => text(&facts.firewall.kind),
                "selinux" => text(&facts.security.selinux),
                "fips" => text(
                    &facts
                        .security
                        .fips
                        .clone()
                        .map(|on| if on { "on" } else { "off" }),
                ),
                "time-daemon" => text(&facts.services.time_daemon),
                "time-zone" => text(&facts.identity.time_zone),
                "cpus" => text(&facts.resources.cpus),
                "memory" => size(&facts.resources.memory_mb),
                _ => size(&facts.resources.swap_mb),
            };
            (*key, value)
        })
        .collect()
}

/// The rows in which the hosts differ.
pub fn differences(nodes: &[Node]) -> Vec<Difference> {
    let rows = ROWS.iter().map(|(key, title)| {
        let mut values: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for node in nodes {
            let value = node.shown.get(key).map_or("unknown", String::as_str);
            values.entry(value).or_default().push(node.name.clone());
        }
        let mut values: Vec<Group> = values
            .into_iter()
            .map(|(value, hosts)| Group {
                value: value.to_owned(),
                hosts,
            })
            .collect();
        values.sort_by(|a, b| (b.hosts.len(), &a.hosts).cmp(&(a.hosts.len(), &b.hosts)));
        Difference {
            key: (*key).to_owned(),
            title: (*title).to_owned(),
            values,
        }
    });
    rows.filter(|row| row.values.len() > 1).collect()
}
