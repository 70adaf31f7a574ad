//! What a scheduler or an overlay adds to the phases that all fleets have: to the
//! first job of a host, to the one that sets it up, to the last one, and to the gate
//! after a wave.
//!
//! One that is added is a variant of [`Part`] with a file beside this one, and a line
//! in [`super::check`]. What it has to do on a host that no command of groundcrew does
//! is a kind of [`Task`]; what a host gives that others need comes back as a file
//! ([`Job::bring`]) and is in [`Told`] from then on.

pub mod swarm;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::job::{Job, Reply, Task};
use super::phases::{own_join, run_of};
use crate::fleet::plan::FleetPlan;

/// The files that the hosts gave during this command, by host and name.
pub type Told = BTreeMap<String, BTreeMap<String, String>>;

/// The answers of a gate, by host; why there is none where a host could not be asked.
pub type Replies<'a> = BTreeMap<&'a str, Result<&'a Reply, &'a str>>;

/// Something that is not as planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// On which host.
    pub host: String,
    /// What.
    pub message: String,
}

/// A scheduler or an overlay that adds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Each host gives its join file and gets those of the others.
    Wireguard,
    /// The same; etcd begins before the first wave ([`crate::fleet::etcd`]).
    Flannel,
    /// The same; the controller is the first wave, and lets in whose files it has.
    Zerotier,
    /// The hosts become nodes of one Swarm.
    Swarm,
}

impl Part {
    /// Those of a plan.
    pub fn of(plan: &FleetPlan) -> Vec<Self> {
        let mut parts = Vec::new();
        match plan.overlay.as_str() {
            "wireguard" => parts.push(Self::Wireguard),
            "flannel" => parts.push(Self::Flannel),
            "zerotier" => parts.push(Self::Zerotier),
            _ => {}
        }
        if plan.scheduler == "swarm" {
            parts.push(Self::Swarm);
        }
        parts
    }

    /// Adds to the first job of a host.
    pub fn begin(self, plan: &FleetPlan, host: &str, job: &mut Job) {
        match self {
            Self::Wireguard | Self::Flannel | Self::Zerotier => {
                job.run.push(run_of(
                    &["join", "make", "--answers", "answers.yaml", "--no-input"],
                    None,
                ));
                job.bring.push(own_join(host));
            }
            Self::Swarm => swarm::begin(plan, host, job),
        }
    }

    /// What is in the way of the first wave, once the hosts `ours` have told what
    /// they have to tell.
    pub fn missing(self, plan: &FleetPlan, ours: &BTreeSet<String>, told: &Told) -> Vec<Fault> {
        match self {
            Self::Wireguard | Self::Flannel | Self::Zerotier => Vec::new(),
            Self::Swarm => swarm::missing(plan, ours, told),
        }
    }

    /// Adds to the job that sets a host up: `ours` are all hosts that are, or will be.
    pub fn set_up(
        self,
        plan: &FleetPlan,
        host: &str,
        ours: &BTreeSet<String>,
        told: &Told,
        job: &mut Job,
    ) {
        match self {
            Self::Wireguard | Self::Flannel | Self::Zerotier => {}
            Self::Swarm => swarm::set_up(plan, host, ours, told, job),
        }
    }

    /// What is done once the hosts of a wave are set up, before they are tried: on which
    /// host.
    pub fn raise(
        self,
        plan: &FleetPlan,
        wave: &BTreeSet<String>,
        told: &Told,
    ) -> Option<(String, Task)> {
        match self {
            Self::Wireguard | Self::Flannel | Self::Zerotier => None,
            Self::Swarm => swarm::raise(plan, wave, told),
        }
    }

    /// What is done at once where the operator stops in the middle: on which host.
    pub fn stop(self, plan: &FleetPlan, told: &Told) -> Option<(String, Task)> {
        match self {
            Self::Wireguard | Self::Flannel | Self::Zerotier => None,
            Self::Swarm => swarm::stop(plan, told),
        }
    }

    /// What is asked after a wave beside its hosts' ways, on which host: `wave` were
    /// set up with it, `up` are all that are.
    pub fn watch(
        self,
        plan: &FleetPlan,
        wave: &BTreeSet<String>,
        up: &BTreeSet<String>,
    ) -> BTreeMap<String, Vec<Task>> {
        match self {
            Self::Wireguard | Self::Flannel | Self::Zerotier => BTreeMap::new(),
            Self::Swarm => swarm::watch(plan, wave, up),
        }
    }

    /// What the answers to [`Self::watch`] come to.
    pub fn faults(
        self,
        plan: &FleetPlan,
        wave: &BTreeSet<String>,
        up: &BTreeSet<String>,
        replies: &Replies<'_>,
    ) -> Vec<Fault> {
        match self {
            Self::Wireguard | Self::Flannel | Self::Zerotier => Vec::new(),
            Self::Swarm => swarm::faults(plan, wave, up, replies),
        }
    }

    /// Adds to the last job of a host, whether all went well or not.
    pub fn leave(self, plan: &FleetPlan, host: &str, job: &mut Job) {
        match self {
            Self::Wireguard | Self::Flannel | Self::Zerotier => {}
            Self::Swarm => swarm::leave(plan, host, job),
        }
    }
}

/// What all parts of a plan want asked after a wave.
pub fn watch(
    plan: &FleetPlan,
    wave: &BTreeSet<String>,
    up: &BTreeSet<String>,
) -> BTreeMap<String, Vec<Task>> {
    let mut all: BTreeMap<String, Vec<Task>> = BTreeMap::new();
    for part in Part::of(plan) {
        for (host, tasks) in part.watch(plan, wave, up) {
            all.entry(host).or_default().extend(tasks);
        }
    }
    all
}

/// What the answers come to, for all parts of a plan.
pub fn faults(
    plan: &FleetPlan,
    wave: &BTreeSet<String>,
    up: &BTreeSet<String>,
    replies: &Replies<'_>,
) -> Vec<Fault> {
    let parts = Part::of(plan).into_iter();
    parts
        .flat_map(|part| part.faults(plan, wave, up, replies))
        .collect()
}
