//! The rules about the hosts together: each with its id, its source, what it wants
//! and what can be done. Three-valued: what a host's report lacks is unknown, which
//! is neither pass nor fail.

mod identity;
mod network;
mod state;

pub(super) use network::taken;

use std::collections::BTreeMap;

use super::finding::{ClusterFinding, Outcome};
use super::names;
use super::node::{Known, Node};
use super::report::Missing;
use crate::answers::Config;
use crate::answers::fleet::FleetWishes;
use crate::judge::finding::{Remedy, Severity, Status};

/// What the rules look at.
#[derive(Clone, Copy)]
pub struct Fleet<'a> {
    /// The hosts that reported, by name.
    pub nodes: &'a [Node],
    /// The hosts that did not.
    pub missing: &'a [Missing],
    /// The answers for all of them.
    pub config: &'a Config,
    /// What is wished of them together.
    pub wishes: &'a FleetWishes,
    /// What it is judged for: `swarm`, `native+wireguard`, ...
    pub target: Option<&'a str>,
    /// After how many hours a report is old.
    pub max_age_hours: u64,
    /// Hosts that did not report are accepted.
    pub allow_missing: bool,
    /// The time of the judging, RFC 3339 in UTC.
    pub now: &'a str,
}

impl Fleet<'_> {
    /// Whether a part of what it is judged for is this one.
    pub fn aims_at(&self, part: &str) -> bool {
        self.target
            .is_some_and(|target| target.split('+').any(|one| one == part))
    }

    /// Number of hosts, those among them that did not report.
    pub fn size(&self) -> usize {
        self.nodes.len() + self.missing.len()
    }
}

/// A rule about the hosts together.
pub struct Rule {
    /// Stable id: it ends up in waivers.
    pub id: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// What has to hold, with the thresholds.
    pub wanted: &'static str,
    /// Where it is from.
    pub source: &'static str,
    /// What can be done, where the outcome does not know better.
    pub remedy: &'static str,
    /// Whether a reason given on site can waive it.
    pub waivable: bool,
    /// The rule.
    pub run: fn(&Fleet<'_>) -> Vec<Outcome>,
}

/// All rules, in the order in which they are told.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [state::RULES, identity::RULES, network::RULES]
        .into_iter()
        .flatten()
}

/// The findings of all rules. Waivers are reasons by the ids of rules.
pub fn findings(fleet: &Fleet<'_>, waivers: &BTreeMap<String, String>) -> Vec<ClusterFinding> {
    let mut findings = Vec::new();
    for rule in all() {
        for outcome in (rule.run)(fleet) {
            let open = outcome.status > Status::Pass;
            let own = || (!rule.remedy.is_empty()).then(|| Remedy::hint(rule.remedy));
            findings.push(ClusterFinding {
                id: rule.id.to_owned(),
                title: rule.title.to_owned(),
                severity: match outcome.status {
                    Status::Na | Status::Pass => None,
                    Status::Unknown => Some(Severity::Low),
                    Status::Warn => Some(Severity::Medium),
                    Status::Fail => Some(Severity::High),
                },
                status: outcome.status,
                message: outcome.message,
                required: rule.wanted.to_owned(),
                hosts: outcome.hosts,
                evidence: outcome.evidence,
                remedy: outcome.remedy.or_else(own).filter(|_| open),
                source: rule.source.to_owned(),
                waived_by: waivers
                    .get(rule.id)
                    .filter(|_| open && rule.waivable)
                    .cloned(),
            });
        }
    }
    findings
}

/// A fact of each host.
type Read<T> = fn(&Node) -> &Known<T>;

/// That no two hosts have the same value: a fail where two do, unknown where a
/// host's could not be read.
fn unique(fleet: &Fleet<'_>, what: &str, read: Read<String>) -> Vec<Outcome> {
    let each = fleet.nodes.iter().map(|node| {
        let known = match read(node) {
            Known::Value(value, source) => Known::Value(vec![value.clone()], source.clone()),
            Known::None => Known::None,
            Known::Unknown(why) => Known::Unknown(why.clone()),
        };
        (node.name.as_str(), known)
    });
    unique_of(what, each)
}

/// The same where a host may have several.
fn unique_of<'a>(
    what: &str,
    each: impl Iterator<Item = (&'a str, Known<Vec<String>>)>,
) -> Vec<Outcome> {
    let mut having: BTreeMap<String, BTreeMap<&str, String>> = BTreeMap::new();
    let (mut unknown, mut known, mut without) = (Vec::new(), 0_usize, 0_usize);
    for (host, values) in each {
        match values {
            Known::Value(values, source) => {
                known += 1;
                for value in values {
                    having
                        .entry(value)
                        .or_default()
                        .insert(host, source.clone());
                }
            }
            Known::None => without += 1,
            Known::Unknown(why) => unknown.push((host, why)),
        }
    }
    let mut outcomes: Vec<Outcome> = having
        .iter()
        .filter(|(_, hosts)| hosts.len() > 1)
        .map(|(value, hosts)| {
            let text = format!(
                "{} have the same {what} {value}: {}",
                names::hosts(hosts.len()),
                names::some(hosts.keys().copied())
            );
            let outcome = Outcome::new(Status::Fail, text).about(hosts.keys().copied());
            hosts.iter().fold(outcome, |outcome, (host, source)| {
                outcome.found(host, value.as_str(), source.as_str())
            })
        })
        .collect();
    if !unknown.is_empty() {
        let text = format!(
            "the {what} of {} is not known: {}",
            names::hosts(unknown.len()),
            names::some(unknown.iter().map(|(host, _)| *host))
        );
        let outcome =
            Outcome::new(Status::Unknown, text).about(unknown.iter().map(|(host, _)| *host));
        outcomes.push(unknown.iter().fold(outcome, |outcome, (host, why)| {
            outcome.found(host, "not known", why.as_str())
        }));
    }
    if outcomes.is_empty() {
        outcomes.push(match (known, without) {
            (0, _) => Outcome::new(Status::Na, format!("no host has a {what}")),
            (1, 0) => Outcome::new(Status::Na, "one host alone has none to be mistaken for"),
            (known, 0) => Outcome::new(Status::Pass, format!("{known} hosts, no {what} twice")),
            (known, without) => Outcome::new(
                Status::Pass,
                format!("{known} hosts, no {what} twice; {without} have none"),
            ),
        });
    }
    outcomes
}
