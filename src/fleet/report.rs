//! The report of a fleet: one value that each format is a function of.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::decision::{ClusterCandidate, ClusterDecision, Without, decide};
use super::differences::{Difference, differences};
use super::finding::ClusterFinding;
use super::node::{Known, Node};
use super::rules::{self, Fleet};
use crate::answers::Config;
use crate::answers::config::{OverlayWish, SchedulerWish};
use crate::answers::fleet::FleetFile;
use crate::judge::decide::{Options, Recommendation, Status as Possible};
use crate::judge::finding::Status;
use crate::judge::rules::Rules;
use crate::judge::wishes::{Bundle, Wishes};

/// Version of the report's form.
pub const SCHEMA: &str = "cluster-report/1";

/// A host that gave no report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Its name.
    pub host: String,
    /// Why.
    pub why: String,
    /// What can be tried.
    #[serde(rename = "try", default)]
    pub hint: Option<String>,
}

/// Whether a host reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HostState {
    /// It did.
    Reported,
    /// It did not.
    Missing,
    /// It is left out (`fleet.exclude`).
    Excluded,
}

/// A host in the report. What is not known is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct HostRow {
    /// Its name in the fleet.
    pub name: String,
    /// Whether it reported.
    pub state: HostState,
    /// Why it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What can be tried.
    #[serde(rename = "try", default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Its own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// When it was looked at, as RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected_at: Option<String>,
    /// The groundcrew that looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_version: Option<String>,
    /// SHA-256 of its report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_sha256: Option<String>,
    /// The interface towards the other hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// Its address there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What is compared between the hosts, by the keys of the differences.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
    /// How far each option is on this host alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub candidates: BTreeMap<String, Possible>,
}

/// How many hosts there are, and how many findings came out how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ClusterSummary {
    /// Hosts, without those that are left out.
    pub hosts: usize,
    /// Hosts that reported.
    pub reported: usize,
    /// Hosts that did not.
    pub missing: usize,
    /// Hosts that are left out.
    pub excluded: usize,
    /// Passed.
    pub pass: usize,
    /// Warnings.
    pub warn: usize,
    /// Failed.
    pub fail: usize,
    /// Could not be told.
    pub unknown: usize,
    /// Not applicable.
    pub na: usize,
    /// Waived.
    pub waived: usize,
    /// The worst of them.
    pub verdict: Status,
}

/// Everything that is told of a fleet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ClusterReport {
    /// Version of this form: `cluster-report/1`.
    pub schema: String,
    /// Version of groundcrew.
    pub tool_version: String,
    /// When the first host was looked at, as RFC 3339 in UTC.
    pub oldest: Option<String>,
    /// When the last host was looked at.
    pub newest: Option<String>,
    /// What it was judged for: what is wished, else what was planned, else what is
    /// recommended.
    pub target: Option<String>,
    /// How many, and the worst.
    pub summary: ClusterSummary,
    /// What is recommended, `null` when nothing is possible on all hosts.
    pub recommendation: Option<Recommendation>,
    /// The options, each as on the host where it is worst.
    pub candidates: Vec<ClusterCandidate>,
    /// Hosts without which another option would be recommended.
    pub without: Vec<Without>,
    /// The findings about the hosts together.
    pub findings: Vec<ClusterFinding>,
    /// What differs between the hosts.
    pub differences: Vec<Difference>,
    /// The hosts, by name.
    pub hosts: Vec<HostRow>,
}

/// What a report is made of.
pub struct Given<'a> {
    /// The knowledge.
    pub rules: &'a Rules,
    /// The hosts that reported, by name.
    pub nodes: &'a [Node],
    /// The hosts that did not, by name.
    pub missing: &'a [Missing],
    /// The hosts that are left out, by name.
    pub excluded: &'a [String],
    /// The wishes.
    pub file: &'a FleetFile,
    /// The answers for all hosts as typed values.
    pub config: &'a Config,
    /// What was planned, where a plan was made: `swarm`, `native+wireguard`, ...
    pub planned: Option<&'a str>,
    /// Waivers that hold: reasons by the ids of rules.
    pub waivers: &'a BTreeMap<String, String>,
    /// The time, RFC 3339 in UTC.
    pub now: &'a str,
    /// After how many hours a report is old.
    pub max_age_hours: u64,
    /// Hosts that did not report are accepted.
    pub allow_missing: bool,
}

impl Given<'_> {
    /// What the decision has to know of the wishes. The number of hosts is that of
    /// the fleet unless it is answered.
    pub fn wishes(&self) -> Wishes {
        let mut wishes = self.config.wishes(&[], Bundle::default());
        let size = self.nodes.len() + self.missing.len();
        if !self.file.answers().is_given("needs.nodes") {
            wishes.nodes = u32::try_from(size).unwrap_or(u32::MAX).max(1);
        }
        wishes
    }

    fn options(&self) -> Options {
        Options {
            allow_experimental: self.config.wireguard.allow_experimental,
            waived: self.waivers.keys().cloned().collect::<BTreeSet<_>>(),
        }
    }
}

/// What is set up, as far as it does not hang on what is recommended: what is wished,
/// and where the wishes leave it open what was planned.
pub fn settled(config: &Config, planned: Option<&str>) -> Option<String> {
    let first = |target: &str| target.split('+').next().map(str::to_owned);
    let wished = match config.scheduler {
        SchedulerWish::Auto => None,
        wish => Some(wish.word().to_owned()),
    };
    if config.overlay == OverlayWish::Auto
        && let Some(planned) = planned
        && (wished.is_none() || first(planned) == wished)
    {
        return Some(planned.to_owned());
    }
    let scheduler = match config.overlay {
        OverlayWish::Auto => wished?,
        OverlayWish::None => wished.or_else(|| first(planned?))?,
        _ => wished.unwrap_or_else(|| "native".to_owned()),
    };
    match config.overlay {
        OverlayWish::Auto if scheduler == "native" => None,
        OverlayWish::Auto | OverlayWish::None => Some(scheduler),
        wish => Some(format!("{scheduler}+{}", wish.word())),
    }
}

/// What is set up: what is wished, else what was planned, else what is recommended.
/// `swarm`, `native+wireguard`, or `swarm+wireguard` for a private network below a
/// scheduler that has its own.
pub fn target(
    config: &Config,
    planned: Option<&str>,
    decision: &ClusterDecision,
) -> Option<String> {
    let open = config.scheduler == SchedulerWish::Auto;
    let recommended = || {
        let best = decision.recommendation.as_ref();
        match best.filter(|one| open || one.scheduler == "native") {
            Some(best)
                if best.scheduler == "native"
                    && best.overlay != "none"
                    && config.overlay != OverlayWish::None =>
            {
                Some(format!("native+{}", best.overlay))
            }
            Some(best) => Some(best.scheduler.clone()),
            None if open => None,
            None => possible(decision),
        }
    };
    settled(config, planned).or_else(recommended)
}

/// The first option with the native scheduler that is possible.
fn possible(decision: &ClusterDecision) -> Option<String> {
    let mut possible = decision
        .candidates
        .iter()
        .filter(|one| one.status != Possible::Impossible);
    possible
        .find(|one| one.id.split('+').next() == Some("native"))
        .map(|one| one.id.clone())
}

impl ClusterReport {
    /// The option that it was judged for; none where that was not judged.
    pub fn judged_for(&self) -> Option<&ClusterCandidate> {
        self.option(self.target.as_deref()?)
    }

    /// An option by its id.
    pub fn option(&self, id: &str) -> Option<&ClusterCandidate> {
        self.candidates.iter().find(|one| one.id == id)
    }
}

/// Judges a fleet.
pub fn report(given: &Given<'_>) -> ClusterReport {
    let nodes = given.nodes;
    let settled = settled(given.config, given.planned);
    let decided = decide(
        given.rules,
        nodes,
        &given.wishes(),
        &given.options(),
        given.missing.len(),
        settled.as_deref(),
    );
    let target = target(given.config, given.planned, &decided.cluster);
    let fleet = Fleet {
        nodes,
        missing: given.missing,
        config: given.config,
        wishes: given.file.wishes(),
        target: target.as_deref(),
        max_age_hours: given.max_age_hours,
        allow_missing: given.allow_missing,
        now: given.now,
    };
    let findings = rules::findings(&fleet, given.waivers);
    let times = || nodes.iter().map(|node| node.collected_at.as_str());
    let rows = nodes
        .iter()
        .zip(decided.hosts)
        .map(|(node, candidates)| row(node, candidates));
    let mut hosts: Vec<HostRow> = rows.collect();
    let without_facts = |name: &str, state| HostRow {
        name: name.to_owned(),
        state,
        why: None,
        hint: None,
        hostname: None,
        collected_at: None,
        tool_version: None,
        report_sha256: None,
        interface: None,
        address: None,
        facts: BTreeMap::new(),
        candidates: BTreeMap::new(),
    };
    hosts.extend(given.missing.iter().map(|one| HostRow {
        why: Some(one.why.clone()),
        hint: one.hint.clone(),
        ..without_facts(&one.host, HostState::Missing)
    }));
    let excluded = given.excluded.iter();
    hosts.extend(excluded.map(|name| without_facts(name, HostState::Excluded)));
    hosts.sort_by(|a, b| a.name.cmp(&b.name));
    ClusterReport {
        schema: SCHEMA.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        oldest: times().min().map(str::to_owned),
        newest: times().max().map(str::to_owned),
        summary: summary(given, &findings),
        target,
        recommendation: decided.cluster.recommendation,
        candidates: decided.cluster.candidates,
        without: decided.cluster.without,
        findings,
        differences: differences(nodes),
        hosts,
    }
}

fn row(node: &Node, candidates: BTreeMap<String, Possible>) -> HostRow {
    let pick = node.pick.as_ref().ok();
    let facts = node.shown.iter();
    HostRow {
        name: node.name.clone(),
        state: HostState::Reported,
        why: None,
        hint: None,
        hostname: match &node.hostname {
            Known::Value(name, _) => Some(name.clone()),
            Known::None | Known::Unknown(_) => None,
        },
        collected_at: Some(node.collected_at.clone()),
        tool_version: Some(node.tool_version.clone()),
        report_sha256: Some(node.sha256.clone()),
        interface: pick.map(|pick| pick.interface.clone()),
        address: pick.map(|pick| pick.address.addr().to_string()),
        facts: facts
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
        candidates,
    }
}

fn summary(given: &Given<'_>, findings: &[ClusterFinding]) -> ClusterSummary {
    let mut summary = ClusterSummary {
        hosts: given.nodes.len() + given.missing.len(),
        reported: given.nodes.len(),
        missing: given.missing.len(),
        excluded: given.excluded.len(),
        ..ClusterSummary::default()
    };
    for finding in findings {
        if finding.waived_by.is_some() {
            summary.waived += 1;
            continue;
        }
        match finding.status {
            Status::Na => summary.na += 1,
            Status::Pass => summary.pass += 1,
            Status::Unknown => summary.unknown += 1,
            Status::Warn => summary.warn += 1,
            Status::Fail => summary.fail += 1,
        }
        summary.verdict = summary.verdict.max(finding.status);
    }
    summary
}
