//! The decision: which schedulers and overlays are possible on a host, at what
//! cost, which of them is recommended, and what would change that.
//!
//! [`decide`] is a pure function of the knowledge and the flat facts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::condition::Truth;
use super::judgement::{Judgement, judge};
use super::rules::{Lever, OverlaySource, Rules};
use crate::facts::flat::FlatFacts;

/// What the caller decides about the decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Show experimental overlays as candidates. They are never recommended.
    pub allow_experimental: bool,
    /// Rules that were waived with a reason; those that nothing waives stay in force.
    pub waived: BTreeSet<String>,
}

/// How far a candidate can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// As the host is.
    Ready,
    /// After the fixes that are listed.
    AfterFix,
    /// A fact is missing that decides it.
    Unknown,
    /// Not on this host.
    Impossible,
}

impl Status {
    /// The word of the JSON and of the sentences.
    pub fn word(self) -> &'static str {
        match self {
            Status::Ready => "ready",
            Status::AfterFix => "after-fix",
            Status::Unknown => "unknown",
            Status::Impossible => "impossible",
        }
    }
}

/// One reason: a rule that was applied, or a fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Entry {
    /// The rule's or fix's id.
    pub id: String,
    /// What is the case, with the host's values and the threshold.
    pub why: String,
    /// Where the knowledge is from.
    pub source: String,
    /// The facts it rests on, as `path=value`.
    pub facts: Vec<String>,
    /// Of a fix: its cost class, 1 to 6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<u8>,
}

/// A scheduler, or native with an overlay (`native+wireguard`).
///
/// The latter is judged by the overlay's own rules alone, on the facts as they
/// are after the native scheduler's fixes: read both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Candidate {
    /// `swarm`, `kubernetes`, `native`, `native+wireguard`, ...
    pub id: String,
    /// How far it can be had.
    pub status: Status,
    /// Cost class of the dearest fix, 0 when none is needed; `null` when
    /// it is impossible.
    pub cost: Option<u8>,
    /// Rules that rule it out, sorted by id.
    pub blocked_by: Vec<Entry>,
    /// What has to be done first, in this order.
    pub fixes: Vec<Entry>,
    /// What is to be kept in mind.
    pub warnings: Vec<Entry>,
    /// Wishes that it does not meet.
    pub unmet: Vec<Entry>,
    /// Rules that could not be decided for want of a fact.
    pub unknown: Vec<Entry>,
}

/// What is recommended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Recommendation {
    /// `swarm`, `kubernetes`, `native`, `native+wireguard`, ...
    pub id: String,
    /// `swarm`, `kubernetes` or `native`.
    pub scheduler: String,
    /// `wireguard`, `flannel`, `zerotier`; `builtin` for a scheduler that has
    /// its own; `none` for a single node.
    pub overlay: String,
    /// Whether every rule that could rule it out was decided.
    pub confirmed: bool,
}

/// What would change the recommendation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct WhatIf {
    /// What would have to be otherwise.
    #[serde(rename = "if")]
    pub condition: String,
    /// The id of what would be recommended then.
    #[serde(rename = "then")]
    pub recommendation: String,
}

/// The decision. Its JSON is the contract of `recommend --format json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Decision {
    /// What is recommended, `null` when nothing is possible.
    pub recommendation: Option<Recommendation>,
    /// Everything that was judged.
    pub candidates: Vec<Candidate>,
    /// What would change the recommendation.
    pub what_if: Vec<WhatIf>,
    /// The options in the order of the ranking, the possible ones only; with
    /// the keys that they were ranked by.
    #[serde(skip)]
    pub ranking: Vec<Ranked>,
}

/// An option with its place in the ranking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// The option.
    pub option: Recommendation,
    /// What it was ranked by.
    pub key: RankKey,
}

/// What options are ranked by: the first part that differs decides, less is
/// better. No part is weighed against another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RankKey {
    /// 0 possible at a cost up to 3, 1 not confirmed, 2 only at a cost of 4 or more.
    pub feasible: u8,
    /// 0 for what the founding page recommends where an overlay is needed.
    pub tier: u32,
    /// Number of unmet wishes.
    pub unmet: usize,
    /// Place in the order of preference.
    pub order: (u32, u32),
    /// Cost class of the dearest fix.
    pub cost: u8,
    /// Number of warnings.
    pub warnings: usize,
}

impl RankKey {
    /// The parts with their names, in the order in which they decide.
    pub fn parts(&self) -> [(&'static str, String); 6] {
        [
            ("feasibility", self.feasible.to_string()),
            ("tier", self.tier.to_string()),
            ("unmet wishes", self.unmet.to_string()),
            ("preference", format!("{}.{}", self.order.0, self.order.1)),
            ("cost", self.cost.to_string()),
            ("warnings", self.warnings.to_string()),
        ]
    }
}

/// Decides for one host. Needs and supplies that `facts` lacks have their
/// defaults; every other fact that it lacks is unknown.
pub fn decide(rules: &Rules, facts: &FlatFacts, options: &Options) -> Decision {
    let facts = rules.with_defaults(facts);
    let Judged {
        candidates,
        ranking,
    } = judge_all(rules, &facts, options);
    let recommendation = ranking.first().map(|first| first.option.clone());
    let what_if = what_if(
        rules,
        &facts,
        options,
        recommendation.as_ref().map(|r| r.id.as_str()),
    );
    Decision {
        recommendation,
        candidates,
        what_if,
        ranking,
    }
}

/// The same without the search for what would change the decision, which takes
/// most of the time: for many hosts.
pub fn decide_only(rules: &Rules, facts: &FlatFacts, options: &Options) -> Decision {
    let Judged {
        candidates,
        ranking,
    } = judge_all(rules, &rules.with_defaults(facts), options);
    Decision {
        recommendation: ranking.first().map(|first| first.option.clone()),
        candidates,
        what_if: Vec::new(),
        ranking,
    }
}

struct Judged {
    candidates: Vec<Candidate>,
    ranking: Vec<Ranked>,
}

fn judge_all(rules: &Rules, facts: &FlatFacts, options: &Options) -> Judged {
    // An unknown number of nodes is not one node: the defaults say 1 where
    // nobody said anything, and what is no number is more than one.
    let one_node = facts.get("needs.nodes").and_then(Value::as_u64) == Some(1);
    let mut candidates = Vec::new();
    let mut overlays = Vec::new();
    let mut ranking = Vec::new();
    for scheduler in &rules.schedulers {
        let own: Vec<_> = scheduler.rules.iter().collect();
        let base = judge(rules, &own, facts, &options.waived);
        let external = scheduler.overlay == OverlaySource::External;
        if one_node || !external {
            ranking.push(Ranked {
                option: Recommendation {
                    id: scheduler.id.clone(),
                    scheduler: scheduler.id.clone(),
                    overlay: if external { "none" } else { "builtin" }.to_owned(),
                    confirmed: base.status() != Status::Unknown,
                },
                key: key(
                    &[&base],
                    if one_node { 0 } else { scheduler.tier },
                    (
                        if one_node {
                            scheduler.order_one_node
                        } else {
                            scheduler.order
                        },
                        0,
                    ),
                ),
            });
        } else {
            for overlay in &rules.overlays {
                if overlay.experimental && !options.allow_experimental {
                    continue;
                }
                let own = rules.of_overlay(overlay);
                let judged = judge(rules, &own, &base.facts, &options.waived);
                let id = format!("{}+{}", scheduler.id, overlay.id);
                if !overlay.experimental {
                    ranking.push(Ranked {
                        option: Recommendation {
                            id: id.clone(),
                            scheduler: scheduler.id.clone(),
                            overlay: overlay.id.clone(),
                            confirmed: base.status() != Status::Unknown
                                && judged.status() != Status::Unknown,
                        },
                        key: key(
                            &[&base, &judged],
                            scheduler.tier,
                            (scheduler.order, overlay.order),
                        ),
                    });
                }
                overlays.push(judged.into_candidate(id));
            }
        }
        candidates.push(base.into_candidate(scheduler.id.clone()));
    }
    candidates.append(&mut overlays);
    ranking.retain(|ranked| ranked.key.feasible < IMPOSSIBLE);
    ranking.sort_by_key(|ranked| ranked.key);
    Judged {
        candidates,
        ranking,
    }
}

/// Above every class of what is possible.
const IMPOSSIBLE: u8 = 3;

/// The key of an option that consists of `parts`: the worse of their
/// feasibility and cost, the sum of their unmet wishes and warnings.
fn key(parts: &[&Judgement], tier: u32, order: (u32, u32)) -> RankKey {
    let class = |part: &&Judgement| match part.status() {
        Status::Impossible => IMPOSSIBLE,
        _ if part.cost() >= 4 => 2,
        Status::Unknown => 1,
        Status::Ready | Status::AfterFix => 0,
    };
    RankKey {
        feasible: parts.iter().map(class).max().unwrap_or(0),
        tier,
        unmet: parts.iter().map(|part| part.unmet.len()).sum(),
        order,
        cost: parts.iter().map(|part| part.cost()).max().unwrap_or(0),
        warnings: parts.iter().map(|part| part.warnings.len()).sum(),
    }
}

/// Tries one lever, then two, and keeps the smallest sets that change the
/// recommendation to another one.
fn what_if(rules: &Rules, facts: &FlatFacts, options: &Options, now: Option<&str>) -> Vec<WhatIf> {
    let levers: Vec<&Lever> = rules
        .levers
        .iter()
        .filter(|lever| lever.when.eval(facts) == Truth::True)
        .collect();
    let singles = (0..levers.len()).map(|i| vec![i]);
    let pairs = (0..levers.len()).flat_map(|i| (i + 1..levers.len()).map(move |j| vec![i, j]));
    let mut kept: Vec<Vec<usize>> = Vec::new();
    let mut out = Vec::new();
    for set in singles.chain(pairs) {
        if kept.iter().any(|k| k.iter().all(|i| set.contains(i))) {
            continue;
        }
        let chosen: Vec<&Lever> = set.iter().filter_map(|i| levers.get(*i).copied()).collect();
        let mut other = facts.clone();
        for lever in &chosen {
            pull(lever, &mut other);
        }
        let then = judge_all(rules, &other, options).ranking;
        if let Some(first) = then.first()
            && Some(first.option.id.as_str()) != now
        {
            let texts: Vec<&str> = chosen.iter().map(|lever| lever.text.as_str()).collect();
            out.push(WhatIf {
                condition: texts.join(" and "),
                recommendation: first.option.id.clone(),
            });
            kept.push(set);
        }
    }
    out
}

fn pull(lever: &Lever, facts: &mut FlatFacts) {
    for (path, value) in &lever.set {
        facts.insert(path.clone(), value.clone());
    }
    for (path, value) in &lever.set_add {
        let entry = facts
            .entry(path.clone())
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = entry
            && !list.contains(value)
        {
            list.push(value.clone());
        }
    }
}
