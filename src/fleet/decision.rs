//! One decision for many hosts: an option is as far as it is on the host where it
//! is worst; what hinders it is told by host, and which hosts would have to be left
//! out for another recommendation.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::node::Node;
use crate::judge::decide::{
    Candidate, Decision, Entry, Options, RankKey, Recommendation, Status, decide_only,
};
use crate::judge::rules::{OverlaySource, Rules};
use crate::judge::wishes::Wishes;

/// Hosts that the same rules or fixes are about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct HostGroup {
    /// Ids of the rules, or of the fixes, sorted.
    pub rules: Vec<String>,
    /// What they say of the first of the hosts.
    pub why: Vec<String>,
    /// The hosts, sorted.
    pub hosts: Vec<String>,
}

/// An option for all hosts: a scheduler, and the overlay that the native one needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ClusterCandidate {
    /// `swarm`, `kubernetes`, `native+wireguard`, ...
    pub id: String,
    /// As on the host where it is worst.
    pub status: Status,
    /// Cost class of the dearest fix on any host; `null` when it is impossible.
    pub cost: Option<u8>,
    /// The hosts that it is impossible on, by the rules that say so.
    pub blocked_by: Vec<HostGroup>,
    /// The hosts on which something has to be done first, by what.
    pub fixes: Vec<HostGroup>,
    /// The hosts on which a fact is missing that decides it.
    pub unknown: Vec<HostGroup>,
    /// Wishes that it does not meet.
    pub unmet: Vec<HostGroup>,
    /// What is to be kept in mind.
    pub warnings: Vec<HostGroup>,
}

/// Hosts without which another option would be recommended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Without {
    /// The hosts, sorted.
    pub hosts: Vec<String>,
    /// The id of what would be recommended for the others.
    pub then: String,
}

/// The decision for a fleet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ClusterDecision {
    /// What is recommended, `null` when nothing is possible on all hosts.
    pub recommendation: Option<Recommendation>,
    /// Everything that was judged.
    pub candidates: Vec<ClusterCandidate>,
    /// The smallest sets of hosts without which another option would be
    /// recommended: of each option all that stand in its way, at each level (not
    /// possible; with a new kernel or more; not confirmed). Sets of more than half
    /// of the hosts are not told.
    pub without: Vec<Without>,
}

/// The decision, and what each host would have recommended alone.
#[derive(Debug, Default)]
pub struct Decided {
    /// For all.
    pub cluster: ClusterDecision,
    /// By the places of the hosts: the status of each option.
    pub hosts: Vec<BTreeMap<String, Status>>,
}

/// An option as far as it is on one host.
struct Judged<'a> {
    status: Status,
    key: RankKey,
    parts: Vec<&'a Candidate>,
}

/// Above every class of what is possible.
const IMPOSSIBLE: u8 = 3;

/// Decides for all hosts. `missing` hosts more did not report: what is recommended for
/// all is not confirmed then. `target` is what is wished or planned, where that is known
/// beforehand: with an overlay beneath a scheduler that has its own, which is never
/// recommended, it is judged as well.
pub fn decide(
    rules: &Rules,
    nodes: &[Node],
    wishes: &Wishes,
    options: &Options,
    missing: usize,
    target: Option<&str>,
) -> Decided {
    // Many hosts of a fleet are alike to the rules: each kind is judged once.
    let wanted = wishes.flat();
    let mut kinds: HashMap<String, usize> = HashMap::new();
    let mut decisions: Vec<Decision> = Vec::new();
    let mut of_node: Vec<usize> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let mut flat = node.flat.clone();
        flat.extend(wanted.clone());
        let text = serde_json::to_string(&flat).unwrap_or_default();
        let kind = *kinds.entry(text).or_insert_with(|| {
            decisions.push(decide_only(rules, &flat, options));
            decisions.len() - 1
        });
        of_node.push(kind);
    }
    let one = wishes.nodes == 1;
    let mut list = listed(rules, options, one);
    list.extend(target.and_then(|target| beneath(rules, &list, target)));
    let table: Vec<Vec<Option<Judged<'_>>>> = decisions
        .iter()
        .map(|decision| list.iter().map(|option| judged(option, decision)).collect())
        .collect();
    let of = |node: usize, option: usize| -> Option<&Judged<'_>> {
        table.get(*of_node.get(node)?)?.get(option)?.as_ref()
    };
    let all: Vec<usize> = (0..nodes.len()).collect();
    let recommendation = recommended(&list, &all, &of).map(|best| Recommendation {
        confirmed: best.confirmed && missing == 0,
        ..best
    });
    let candidates = list
        .iter()
        .enumerate()
        .map(|(at, option)| candidate(option, at, nodes, &of))
        .collect();
    let without = without(&list, nodes, recommendation.as_ref(), &of);
    let hosts = all
        .iter()
        .map(|node| {
            let each = list.iter().enumerate();
            each.filter_map(|(at, option)| Some((option.id.clone(), of(*node, at)?.status)))
                .collect()
        })
        .collect();
    Decided {
        cluster: ClusterDecision {
            recommendation,
            candidates,
            without,
        },
        hosts,
    }
}

/// An option with its fixed place in the ranking.
struct Listed {
    id: String,
    scheduler: String,
    overlay: String,
    /// Whether it can be recommended at all.
    eligible: bool,
    tier: u32,
    order: (u32, u32),
    /// The candidates of a host's decision that it consists of.
    parts: Vec<String>,
}

fn listed(rules: &Rules, options: &Options, one: bool) -> Vec<Listed> {
    let mut list = Vec::new();
    for scheduler in &rules.schedulers {
        let external = scheduler.overlay == OverlaySource::External;
        if one || !external {
            list.push(Listed {
                id: scheduler.id.clone(),
                scheduler: scheduler.id.clone(),
                overlay: if external { "none" } else { "builtin" }.to_owned(),
                eligible: true,
                tier: if one { 0 } else { scheduler.tier },
                order: if one {
                    (scheduler.order_one_node, 0)
                } else {
                    (scheduler.order, 0)
                },
                parts: vec![scheduler.id.clone()],
            });
            continue;
        }
        for overlay in &rules.overlays {
            if overlay.experimental && !options.allow_experimental {
                continue;
            }
            let id = format!("{}+{}", scheduler.id, overlay.id);
            list.push(Listed {
                parts: vec![scheduler.id.clone(), id.clone()],
                id,
                scheduler: scheduler.id.clone(),
                overlay: overlay.id.clone(),
                eligible: !overlay.experimental,
                tier: scheduler.tier,
                order: (scheduler.order, overlay.order),
            });
        }
    }
    list
}

/// `swarm+wireguard`: the scheduler, and of `native+wireguard` what the overlay needs.
fn beneath(rules: &Rules, list: &[Listed], target: &str) -> Option<Listed> {
    let (scheduler, overlay) = target.split_once('+')?;
    let below = rules
        .schedulers
        .iter()
        .find(|one| one.overlay == OverlaySource::External)?;
    if scheduler == below.id || list.iter().any(|one| one.id == target) {
        return None;
    }
    Some(Listed {
        id: target.to_owned(),
        scheduler: scheduler.to_owned(),
        overlay: overlay.to_owned(),
        eligible: false,
        tier: 0,
        order: (0, 0),
        parts: vec![scheduler.to_owned(), format!("{}+{overlay}", below.id)],
    })
}

fn worse(status: Status) -> u8 {
    match status {
        Status::Ready => 0,
        Status::AfterFix => 1,
        Status::Unknown => 2,
        Status::Impossible => 3,
    }
}

fn judged<'a>(option: &Listed, decision: &'a Decision) -> Option<Judged<'a>> {
    let of = |id: &String| decision.candidates.iter().find(|one| one.id == *id);
    let parts: Vec<&Candidate> = option.parts.iter().map(of).collect::<Option<_>>()?;
    let status = parts
        .iter()
        .map(|part| part.status)
        .max_by_key(|status| worse(*status))?;
    let cost = parts.iter().filter_map(|part| part.cost).max().unwrap_or(0);
    let feasible = match status {
        Status::Impossible => IMPOSSIBLE,
        _ if cost >= 4 => 2,
        Status::Unknown => 1,
        Status::Ready | Status::AfterFix => 0,
    };
    Some(Judged {
        status,
        key: RankKey {
            feasible,
            tier: option.tier,
            unmet: parts.iter().map(|part| part.unmet.len()).sum(),
            order: option.order,
            cost,
            warnings: parts.iter().map(|part| part.warnings.len()).sum(),
        },
        parts,
    })
}

/// The best option that is possible on all of these hosts, by the worst host in
/// each part of the key.
fn recommended<'a>(
    list: &[Listed],
    nodes: &[usize],
    of: &impl Fn(usize, usize) -> Option<&'a Judged<'a>>,
) -> Option<Recommendation> {
    let key = |at: usize| {
        let mut folded: Option<RankKey> = None;
        for node in nodes {
            let key = of(*node, at)?.key;
            folded = Some(match folded {
                None => key,
                Some(so_far) => RankKey {
                    feasible: so_far.feasible.max(key.feasible),
                    unmet: so_far.unmet.max(key.unmet),
                    cost: so_far.cost.max(key.cost),
                    warnings: so_far.warnings.max(key.warnings),
                    ..key
                },
            });
        }
        folded.filter(|key| key.feasible < IMPOSSIBLE)
    };
    let eligible = list
        .iter()
        .enumerate()
        .filter(|(_, option)| option.eligible);
    let (at, option, _) = eligible
        .filter_map(|(at, option)| Some((at, option, key(at)?)))
        .min_by_key(|(_, _, key)| *key)?;
    let confirmed = nodes
        .iter()
        .all(|node| of(*node, at).is_some_and(|judged| judged.status != Status::Unknown));
    Some(Recommendation {
        id: option.id.clone(),
        scheduler: option.scheduler.clone(),
        overlay: option.overlay.clone(),
        confirmed,
    })
}

/// Which entries of a host's option a group is made of.
type Entries = fn(&Candidate) -> &Vec<Entry>;

fn candidate<'a>(
    option: &Listed,
    at: usize,
    nodes: &[Node],
    of: &impl Fn(usize, usize) -> Option<&'a Judged<'a>>,
) -> ClusterCandidate {
    let groups = |entries: Entries| {
        let mut groups: BTreeMap<Vec<&str>, (Vec<String>, Vec<String>)> = BTreeMap::new();
        for (index, node) in nodes.iter().enumerate() {
            let Some(judged) = of(index, at) else {
                continue;
            };
            let mut own: Vec<&Entry> = judged.parts.iter().flat_map(|part| entries(part)).collect();
            own.sort_by(|a, b| a.id.cmp(&b.id));
            own.dedup_by(|a, b| a.id == b.id);
            if own.is_empty() {
                continue;
            }
            let ids = own.iter().map(|entry| entry.id.as_str()).collect();
            let group = groups.entry(ids).or_insert_with(|| {
                let why = own.iter().map(|entry| entry.why.clone()).collect();
                (why, Vec::new())
            });
            group.1.push(node.name.clone());
        }
        let mut groups: Vec<HostGroup> = groups
            .into_iter()
            .map(|(rules, (why, hosts))| HostGroup {
                rules: rules.into_iter().map(str::to_owned).collect(),
                why,
                hosts,
            })
            .collect();
        groups.sort_by(|a, b| (b.hosts.len(), &a.rules).cmp(&(a.hosts.len(), &b.rules)));
        groups
    };
    let every = (0..nodes.len()).filter_map(|node| of(node, at));
    let status = every
        .clone()
        .map(|judged| judged.status)
        .max_by_key(|status| worse(*status))
        .unwrap_or(Status::Unknown);
    ClusterCandidate {
        id: option.id.clone(),
        status,
        cost: (status != Status::Impossible)
            .then(|| every.map(|judged| judged.key.cost).max().unwrap_or(0)),
        blocked_by: groups(|part| &part.blocked_by),
        fixes: groups(|part| &part.fixes),
        unknown: groups(|part| &part.unknown),
        unmet: groups(|part| &part.unmet),
        warnings: groups(|part| &part.warnings),
    }
}

/// The hosts without which another option is recommended.
///
/// For each option, and each of the three levels, there is one smallest set that
/// lifts it: all hosts that are worse. So at most three sets an option are tried.
fn without<'a>(
    list: &[Listed],
    nodes: &[Node],
    now: Option<&Recommendation>,
    of: &impl Fn(usize, usize) -> Option<&'a Judged<'a>>,
) -> Vec<Without> {
    let mut tried: BTreeSet<Vec<usize>> = BTreeSet::new();
    let eligible = list.iter().enumerate().filter(|(_, one)| one.eligible);
    for (at, _) in eligible {
        for level in 0..IMPOSSIBLE {
            let in_the_way: Vec<usize> = (0..nodes.len())
                .filter(|node| of(*node, at).is_none_or(|judged| judged.key.feasible > level))
                .collect();
            if !in_the_way.is_empty() && in_the_way.len() * 2 <= nodes.len() {
                tried.insert(in_the_way);
            }
        }
    }
    let mut found: Vec<(Vec<usize>, String)> = Vec::new();
    for set in tried {
        let out: BTreeSet<usize> = set.iter().copied().collect();
        let rest: Vec<usize> = (0..nodes.len())
            .filter(|node| !out.contains(node))
            .collect();
        if let Some(then) = recommended(list, &rest, of)
            && now.is_none_or(|now| now.id != then.id)
        {
            found.push((set, then.id));
        }
    }
    found.sort_by(|a, b| (a.0.len(), &a.0).cmp(&(b.0.len(), &b.0)));
    let mut kept: Vec<(Vec<usize>, String)> = Vec::new();
    for (set, then) in found {
        let more = kept
            .iter()
            .any(|(known, same)| *same == then && known.iter().all(|node| set.contains(node)));
        if !more {
            kept.push((set, then));
        }
    }
    let named = |set: Vec<usize>| {
        let names = set.iter().filter_map(|node| nodes.get(*node));
        names.map(|node| node.name.clone()).collect()
    };
    kept.into_iter()
        .map(|(set, then)| Without {
            hosts: named(set),
            then,
        })
        .collect()
}
