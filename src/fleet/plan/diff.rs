//! What a plan changes against the one before, a line each.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::FleetPlan;
use crate::fleet::names;

/// What changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes(pub Vec<String>);

impl Changes {
    /// Whether nothing does.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `+` for who comes, `-` for who goes, `~` for what is otherwise. What was only
/// reported anew is no change.
pub fn diff(before: Option<&FleetPlan>, now: &FleetPlan) -> Changes {
    let mut lines = Vec::new();
    let at = |address: Option<Ipv4Addr>| address.map_or(String::new(), |one| format!(" {one}"));
    let nobody = BTreeSet::new();
    let were = before.map_or(nobody, FleetPlan::names);
    for member in now.members.iter().filter(|one| !were.contains(&one.name)) {
        let what = match (member.role.as_str(), member.what.as_slice()) {
            ("first", []) => " (first)".to_owned(),
            (_, []) => String::new(),
            (_, what) => format!(" ({})", what.join(", ")),
        };
        lines.push(format!("+ {}{}{what}", member.name, at(member.address)));
    }
    let are = now.names();
    for member in before.iter().flat_map(|plan| &plan.members) {
        if !are.contains(&member.name) {
            lines.push(match member.address {
                Some(address) => {
                    format!("- {} (address {address} stays reserved)", member.name)
                }
                None => format!("- {}", member.name),
            });
        }
    }
    let Some(before) = before else {
        return Changes(lines);
    };
    let text = |what: &str, old: &str, new: &str| {
        (old != new).then(|| format!("~ {what}: {old} -> {new}"))
    };
    let network = |plan: &FleetPlan| {
        plan.network
            .map_or_else(|| "none".to_owned(), |network| network.to_string())
    };
    let none = || "none".to_owned();
    let controller = |plan: &FleetPlan| plan.roles.controller.clone().unwrap_or_else(none);
    lines.extend(text("scheduler", &before.scheduler, &now.scheduler));
    lines.extend(text("overlay", &before.overlay, &now.overlay));
    lines.extend(text("network", &network(before), &network(now)));
    lines.extend(text("first host", &before.roles.first, &now.roles.first));
    lines.extend(text("controller", &controller(before), &controller(now)));
    for (what, old, new) in [
        ("managers", &before.roles.managers, &now.roles.managers),
        (
            "etcd members",
            &before.roles.etcd_members,
            &now.roles.etcd_members,
        ),
        (
            "control plane",
            &before.roles.control_plane,
            &now.roles.control_plane,
        ),
    ] {
        lines.extend(text(what, &list(old), &list(new)));
    }
    let ids: BTreeSet<&String> = before.ranges.keys().chain(now.ranges.keys()).collect();
    for id in ids {
        let of = |plan: &FleetPlan| plan.ranges.get(id).map_or_else(none, ToString::to_string);
        lines.extend(text(id, &of(before), &of(now)));
    }
    let had: BTreeMap<&str, &str> = before
        .members
        .iter()
        .map(|one| (one.name.as_str(), one.answers_sha256.as_str()))
        .collect();
    let otherwise: Vec<&str> = now
        .members
        .iter()
        .filter(|one| {
            had.get(one.name.as_str())
                .is_some_and(|before| *before != one.answers_sha256)
        })
        .map(|one| one.name.as_str())
        .collect();
    if !otherwise.is_empty() {
        lines.push(format!(
            "~ answers of {}: {}",
            names::hosts(otherwise.len()),
            names::some(otherwise)
        ));
    }
    Changes(lines)
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
