//! The catalogue of checks: what is looked at on a host, for which targets, and
//! what follows.
//!
//! A check is a constant beside its function. The function takes typed facts: a
//! check cannot be wired to another check's fact, and a fact that is absent or
//! could not be read has to be matched. It returns everything that it found,
//! never the first problem alone. What it says goes for the targets it concerns;
//! a target that it does not name has the outcome's own level.

mod docker;
mod firewall;
mod kernel;
mod known;
mod network;
mod overlay;
mod ports;
pub mod remedy;
mod resources;
mod subject;
mod system;

#[cfg(test)]
mod cases;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::finding::{Evidence, Finding, Remedy, Severity, Status};
use crate::facts::Fact;

pub use subject::{PlannedNetwork, Scope, Subject};

/// What a candidate is made of: a scheduler, and the overlay that the native
/// scheduler needs for more than one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// Docker Swarm.
    Swarm,
    /// Kubernetes.
    Kubernetes,
    /// Replicated's own scheduler.
    Native,
    /// WireGuard.
    Wireguard,
    /// Flannel, with etcd.
    Flannel,
    /// ZeroTier.
    Zerotier,
}

/// Every target.
pub const ALL: &[Target] = &[
    Target::Swarm,
    Target::Kubernetes,
    Target::Native,
    Target::Wireguard,
    Target::Flannel,
    Target::Zerotier,
];

/// The schedulers: whatever runs containers.
pub const SCHEDULERS: &[Target] = &[Target::Swarm, Target::Kubernetes, Target::Native];

/// The overlays of the native scheduler.
pub const OVERLAYS: &[Target] = &[Target::Wireguard, Target::Flannel, Target::Zerotier];

impl Target {
    /// What the candidate with this id is made of: `native+wireguard` is the
    /// native scheduler and WireGuard.
    pub fn of_candidate(id: &str) -> Vec<Self> {
        id.split('+')
            .filter_map(|part| match part {
                "swarm" => Some(Self::Swarm),
                "kubernetes" => Some(Self::Kubernetes),
                "native" => Some(Self::Native),
                "wireguard" | "wireguard-userspace" => Some(Self::Wireguard),
                "flannel" => Some(Self::Flannel),
                "zerotier" => Some(Self::Zerotier),
                _ => None,
            })
            .collect()
    }

    /// Its name in texts.
    pub fn title(self) -> &'static str {
        match self {
            Self::Swarm => "Swarm",
            Self::Kubernetes => "Kubernetes",
            Self::Native => "native scheduler",
            Self::Wireguard => "WireGuard",
            Self::Flannel => "Flannel",
            Self::Zerotier => "ZeroTier",
        }
    }
}

/// The groups of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Platform and identity.
    System,
    /// CPU, memory, disks.
    Resources,
    /// Kernel features and modules.
    Kernel,
    /// Interfaces, routes, names.
    Network,
    /// Ports.
    Ports,
    /// Firewall and security modules.
    Firewall,
    /// Docker.
    Docker,
    /// The overlays.
    Overlay,
}

impl Group {
    /// Its name in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Resources => "resources",
            Self::Kernel => "kernel",
            Self::Network => "network",
            Self::Ports => "ports",
            Self::Firewall => "firewall",
            Self::Docker => "docker",
            Self::Overlay => "overlay",
        }
    }
}

/// How a check came out for one target, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It does not apply.
    Na,
    /// It holds.
    Pass,
    /// It holds, and there is something to know.
    Info,
    /// It could not be told.
    Unknown,
    /// It does not hold, and that is no obstacle.
    Warn,
    /// It does not hold.
    Fail,
}

impl Level {
    /// As a finding's status.
    pub fn status(self) -> Status {
        match self {
            Self::Na => Status::Na,
            Self::Pass | Self::Info => Status::Pass,
            Self::Unknown => Status::Unknown,
            Self::Warn => Status::Warn,
            Self::Fail => Status::Fail,
        }
    }

    /// How much it matters.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Na | Self::Pass => None,
            Self::Info => Some(Severity::Info),
            Self::Unknown => Some(Severity::Low),
            Self::Warn => Some(Severity::Medium),
            Self::Fail => Some(Severity::High),
        }
    }
}

/// A check.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Stable id, dotted: `res.mem`. It ends up in waivers: never rename it.
    pub id: &'static str,
    /// What it is about, a few words.
    pub title: &'static str,
    /// Group in the catalogue.
    pub group: Group,
    /// The targets that it says something of.
    pub concerns: &'static [Target],
    /// What it reads: facts by their place in the facts document.
    pub reads: &'static [&'static str],
    /// What has to hold, with the thresholds, one or two sentences.
    pub wanted: &'static str,
    /// Where the thresholds are from.
    pub source: &'static str,
    /// The rules of the decision that ask the same: their outcomes are part of
    /// this check's finding and are not told a second time.
    pub rules: &'static [&'static str],
    /// Whether a reason given on site can waive it. Not where going on destroys
    /// data or cannot work.
    pub waivable: bool,
    /// The check. Empty: there is nothing to say beyond the rules.
    pub run: fn(&Subject<'_>) -> Vec<Outcome>,
}

/// One thing that a check found.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    about: Option<String>,
    level: Level,
    levels: BTreeMap<Target, Level>,
    message: String,
    actual: BTreeMap<String, Value>,
    wanted: Option<String>,
    evidence: Vec<Evidence>,
    remedy: Option<Remedy>,
    strict: bool,
}

impl Outcome {
    /// What was found, at this level for every target that the check concerns.
    pub fn new(level: Level, message: impl Into<String>) -> Self {
        Self {
            about: None,
            level,
            levels: BTreeMap::new(),
            message: message.into(),
            actual: BTreeMap::new(),
            wanted: None,
            evidence: Vec::new(),
            remedy: None,
            strict: false,
        }
    }

    /// It holds.
    pub fn pass(message: impl Into<String>) -> Self {
        Self::new(Level::Pass, message)
    }

    /// It holds, and there is something to know.
    pub fn info(message: impl Into<String>) -> Self {
        Self::new(Level::Info, message)
    }

    /// It does not hold, and that is no obstacle.
    pub fn warn(message: impl Into<String>) -> Self {
        Self::new(Level::Warn, message)
    }

    /// It does not hold.
    pub fn fail(message: impl Into<String>) -> Self {
        Self::new(Level::Fail, message)
    }

    /// It does not apply here.
    pub fn na(message: impl Into<String>) -> Self {
        Self::new(Level::Na, message)
    }

    /// A fact that the check needs is not known: `what` is its name in a
    /// sentence ("the memory").
    pub fn unknown<T>(what: &str, path: &str, fact: &Fact<T>) -> Self {
        let why = match fact {
            Fact::Known { .. } => "it cannot be used",
            Fact::Absent { why, .. } | Fact::Unreadable { why, .. } => why,
        };
        Self::new(
            Level::Unknown,
            format!("{what} is not known: {} ({why})", fact.source()),
        )
        .read(path, fact)
        .actual(path, Value::Null)
    }

    /// Another level for these targets.
    #[must_use]
    pub fn on(mut self, targets: &[Target], level: Level) -> Self {
        self.levels.extend(targets.iter().map(|t| (*t, level)));
        self
    }

    /// Which of several things it is about; it becomes part of the id.
    #[must_use]
    pub fn about(mut self, what: impl Into<String>) -> Self {
        self.about = Some(what.into());
        self
    }

    /// A measured value.
    #[must_use]
    pub fn actual(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.actual.insert(name.to_owned(), value.into());
        self
    }

    /// What was wanted, where it is more exact than the check's own words.
    #[must_use]
    pub fn wanted(mut self, text: impl Into<String>) -> Self {
        self.wanted = Some(text.into());
        self
    }

    /// A fact that it rests on.
    #[must_use]
    pub fn read<T>(mut self, path: &str, fact: &Fact<T>) -> Self {
        self.evidence.push(Evidence {
            fact: path.to_owned(),
            source: fact.source().to_owned(),
        });
        self
    }

    /// What can be done, told where it does not hold.
    #[must_use]
    pub fn remedy(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }

    /// Going on in spite of this cannot work or destroys data: nothing waives it.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// The level for a target.
    pub fn level_for(&self, target: Target) -> Level {
        self.levels.get(&target).copied().unwrap_or(self.level)
    }
}

impl Check {
    /// The findings for the candidates of the scope: one for each outcome.
    pub fn findings(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let outcomes = (self.run)(subject);
        outcomes
            .into_iter()
            .map(|outcome| self.finding(outcome, &subject.scope.targets))
            .collect()
    }

    /// An outcome as a finding.
    pub(super) fn finding(&self, outcome: Outcome, candidates: &[String]) -> Finding {
        let level_of = |candidate: &String| {
            let parts = Target::of_candidate(candidate);
            let concerned = parts.iter().filter(|part| self.concerns.contains(part));
            concerned
                .map(|part| outcome.level_for(*part))
                .max()
                .unwrap_or(Level::Na)
        };
        let levels: Vec<_> = candidates.iter().map(|id| (id, level_of(id))).collect();
        let worst = levels.iter().map(|(_, level)| *level).max();
        let worst = worst.unwrap_or(Level::Na);
        let by_target = levels
            .iter()
            .map(|(id, level)| ((*id).clone(), level.status()));
        Finding {
            id: match &outcome.about {
                Some(about) => format!("{}.{about}", self.id),
                None => self.id.to_owned(),
            },
            title: self.title.to_owned(),
            group: self.group.word().to_owned(),
            status_by_target: by_target.collect(),
            status: worst.status(),
            severity: worst.severity(),
            inhibitor: worst == Level::Fail,
            message: outcome.message,
            actual: outcome.actual,
            required: outcome.wanted.unwrap_or_else(|| self.wanted.to_owned()),
            evidence: outcome.evidence,
            remedy: outcome.remedy.filter(|_| worst > Level::Pass),
            rules: Vec::new(),
            links: vec![self.source.to_owned()],
            waivable: self.waivable && !outcome.strict,
            waived_by: None,
        }
    }
}

/// The catalogue, in the order of its groups.
pub fn catalogue() -> impl Iterator<Item = &'static Check> {
    GROUPS.iter().flat_map(|group| group.iter())
}

/// The groups of the catalogue, one file or folder each.
const GROUPS: &[&[Check]] = &[
    system::platform::CHECKS,
    system::eol::CHECKS,
    system::time::CHECKS,
    system::identity::CHECKS,
    system::limits::CHECKS,
    system::leftovers::CHECKS,
    resources::CHECKS,
    resources::disks::CHECKS,
    kernel::features::CHECKS,
    kernel::cgroups::CHECKS,
    network::interfaces::CHECKS,
    network::path::CHECKS,
    network::overlap::CHECKS,
    network::settings::CHECKS,
    network::names::CHECKS,
    network::online::CHECKS,
    ports::CHECKS,
    firewall::rules::CHECKS,
    firewall::security::CHECKS,
    docker::daemon::CHECKS,
    docker::settings::CHECKS,
    docker::state::CHECKS,
    overlay::CHECKS,
];

/// The check that a finding's or a waiver's id belongs to: the id itself, or the
/// one that it begins with.
pub fn of_id(id: &str) -> Option<&'static Check> {
    let exact = catalogue().find(|check| check.id == id);
    exact.or_else(|| {
        catalogue()
            .filter(|check| {
                id.strip_prefix(check.id)
                    .is_some_and(|rest| rest.starts_with('.'))
            })
            .max_by_key(|check| check.id.len())
    })
}
