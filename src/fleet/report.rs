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
    /// What it was judged for: what is wished, or else what is recommended.
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

/// What is set up: what is wished, or else what is recommended. `swarm`,
/// `native+wireguard`, or `swarm+wireguard` for a private network below a
/// scheduler that has its own.
pub fn target(config: &Config, decision: &ClusterDecision) -> Option<String> {
    let recommended = decision.recommendation.as_ref();
    let scheduler = match config.scheduler {
        SchedulerWish::Auto if !matches!(config.overlay, OverlayWish::Auto | OverlayWish::None) => {
            "native".to_owned()
        }
        SchedulerWish::Auto => recommended?.scheduler.clone(),
        wish => wish.word().to_owned(),
    };
    let overlay = match config.overlay {
        OverlayWish::None => None,
        OverlayWish::Auto if scheduler == "native" => {
            let best = recommended.filter(|one| one.scheduler == "native");
            match best {
                Some(best) => Some(best.overlay.clone()).filter(|overlay| overlay != "none"),
                None => possible(decision)?,
            }
        }
        OverlayWish::Auto => None,
        wish => Some(wish.word().to_owned()),
    };
    Some(match overlay {
        Some(overlay) => format!("{scheduler}+{overlay}"),
        None => scheduler,
    })
}

/// The overlay of the first option with the native scheduler that is possible; the
/// inner none is a host alone.
fn possible(decision: &ClusterDecision) -> Option<Option<String>> {
    let native = decision
        .candidates
        .iter()
        .filter(|one| one.status != Possible::Impossible)
        .find(|one| one.id.split('+').next() == Some("native"))?;
    let overlay = native
        .id
        .split_once('+')
        .map(|(_, overlay)| overlay.to_owned());
    Some(overlay)
}

/// Judges a fleet.
pub fn report(given: &Given<'_>) -> ClusterReport {
    let nodes = given.nodes;
    let decided = decide(given.rules, nodes, &given.wishes(), &given.options());
    let target = target(given.config, &decided.cluster);
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
