//! Who is a manager: what the plan says, against what the hosts told.

use std::collections::BTreeSet;

use super::super::super::job::Task;
use super::super::Told;
use super::{Act, INSIDE, KEY, address, kind, task};
use crate::apply::swarm::nodes::{Hosts, Wanted};
use crate::fleet::plan::FleetPlan;
use crate::plan::scheduler::swarm::NodeAs;

/// What a host said that it is in a Swarm, the word for it.
pub(super) fn inside<'a>(told: &'a Told, host: &str) -> Option<&'a String> {
    told.get(host)?.get(INSIDE)
}

/// The hosts that are workers, and are to be managers.
pub(super) fn promoted<'a>(
    plan: &'a FleetPlan,
    hosts: &'a BTreeSet<String>,
    told: &'a Told,
) -> impl Iterator<Item = &'a String> {
    let is_worker = |host: &str| inside(told, host).is_some_and(|is| is == NodeAs::Worker.word());
    hosts
        .iter()
        .filter(move |host| is_worker(host) && kind(plan, host) == NodeAs::Manager)
}

/// What the first manager does once the hosts of a wave are set up, before anybody is
/// asked how they stand.
pub(in super::super) fn raise(
    plan: &FleetPlan,
    wave: &BTreeSet<String>,
    told: &Told,
) -> Option<(String, Task)> {
    let promoted = promoted(plan, wave, told).filter(|host| **host != plan.roles.first);
    let hosts: Hosts = promoted
        .filter_map(|host| Some((host.clone(), address(plan, plan.member(host)?)?)))
        .collect();
    (!hosts.is_empty()).then(|| (plan.roles.first.clone(), task(Act::Promote { hosts })))
}

/// Who does what is to be otherwise in a Swarm that is there, before any host's tunnels
/// change: the host that began it, or else the manager that is set up first.
pub(super) fn settler<'a>(
    plan: &'a FleetPlan,
    ours: &BTreeSet<String>,
    told: &Told,
) -> Option<&'a str> {
    let first = plan.roles.first.as_str();
    if ours.contains(first) {
        return inside(told, first).map(|_| first);
    }
    let is_manager = |host: &str| inside(told, host).is_some_and(|is| is == NodeAs::Manager.word());
    let all = plan.waves.iter().flatten().map(String::as_str);
    all.filter(|host| ours.contains(*host))
        .find(|host| is_manager(host))
}

/// What is to be otherwise in a Swarm that is there.
pub(super) fn wanted(plan: &FleetPlan, told: &Told) -> Wanted {
    let overlaid = matches!(plan.overlay.as_str(), "wireguard" | "zerotier");
    let members: Hosts = plan
        .members
        .iter()
        .filter_map(|member| Some((member.name.clone(), address(plan, member)?)))
        .collect();
    // Somebody else may have the address by now.
    let gone = plan.removed.iter().filter_map(|one| {
        let address = if overlaid { one.address } else { one.underlay }?;
        let taken = members.values().any(|member| *member == address);
        (!taken).then(|| (one.name.clone(), address))
    });
    let is_manager = |host: &str| inside(told, host).is_some_and(|is| is == NodeAs::Manager.word());
    let workers = members
        .iter()
        .filter(|(host, _)| is_manager(host) && kind(plan, host) == NodeAs::Worker);
    Wanted {
        workers: workers
            .map(|(host, address)| (host.clone(), *address))
            .collect(),
        gone: gone.collect(),
        members,
    }
}

/// What the first manager does where the operator stops in the middle: the tokens that it
/// may have given away let nobody in.
pub(in super::super) fn stop(plan: &FleetPlan, told: &Told) -> Option<(String, Task)> {
    let waiting = told.values().any(|files| files.contains_key(KEY));
    waiting.then(|| (plan.roles.first.clone(), task(Act::Rotate)))
}
