//! For every rule the hosts on which it alone fails, and their twins on which it
//! passes: generated from the rules, so that a new rule is tested at once.

use std::collections::{BTreeMap, BTreeSet};

use groundcrew::facts::flat::FlatFacts;
use groundcrew::judge::condition::{Cond, Op, Truth, show};
use groundcrew::judge::judgement::outcome;
use groundcrew::judge::rules::{Rule, Rules, Severity};
use groundcrew::version::Version;
use serde_json::{Value, json};

pub fn rules() -> Rules {
    Rules::embedded().unwrap()
}

/// A host on which every rule holds.
pub fn ideal() -> FlatFacts {
    serde_json::from_value(json!({
        "arch": "x86_64", "arch.bits": 64, "virt": "none", "init": "systemd", "cgroup": "v2",
        "cpu.count": 8, "mem.mb": 16000, "mem.swap": false,
        "kernel.version": "6.1.0", "kernel.release": "6.1.0-56-amd64", "kernel.rhel_build": 754,
        "cap.tun": true, "cap.vxlan": true, "cap.ip_vs": true, "cap.xt_u32": true,
        "cap.xt_bpf": true, "cap.wireguard": "builtin",
        "docker.installed": true, "docker.version": "26.1.4",
        "os.family": "debian", "os.docker_max": "26.1.4", "os.k8s_repl": true,
        "os.kernel_next": "6.1", "os.podman": false,
        "security.fips": false, "security.secureboot": false,
        "wg.method": "wireguard-dkms", "wg.signed": false, "zt.version": "1.14.1",
        "needs.nodes": 3, "needs.existing_etcd": true, "needs.zt_private": false,
    }))
    .unwrap()
}

/// The knowledge without remedies: what fails stays visible.
pub fn without_fixes() -> Rules {
    let mut rules = rules();
    let schedulers = rules.schedulers.iter_mut().flat_map(|s| &mut s.rules);
    let overlays = rules.overlays.iter_mut().flat_map(|o| &mut o.rules);
    for rule in schedulers.chain(overlays) {
        rule.fix.clear();
    }
    rules
}

/// What a rule is judged beside: the scheduler or overlay it belongs to.
fn groups(rules: &Rules) -> Vec<(String, Vec<Rule>)> {
    let schedulers = rules
        .schedulers
        .iter()
        .map(|s| (s.id.clone(), s.rules.clone()));
    let overlays = rules
        .overlays
        .iter()
        .filter(|o| !o.experimental)
        .map(|o| (format!("native+{}", o.id), o.rules.clone()));
    schedulers.chain(overlays).collect()
}

/// The version just below.
fn below(text: &str) -> String {
    let triple = text.parse::<Version>().unwrap().triple();
    match (triple.major, triple.minor, triple.patch) {
        (a, b, c) if c > 0 => format!("{a}.{b}.{}", c - 1),
        (a, b, _) if b > 0 => format!("{a}.{}.99", b - 1),
        (a, _, _) => format!("{}.99.99", a - 1),
    }
}

/// The values of each fact that make a difference to some rule.
fn domains(rules: &Rules) -> BTreeMap<String, Vec<Value>> {
    let mut out: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut add = |fact: &str, values: Vec<Value>| {
        let list = out.entry(fact.to_owned()).or_default();
        for value in values {
            if !list.contains(&value) {
                list.push(value);
            }
        }
    };
    for (path, value) in rules.with_defaults(&ideal()) {
        add(&path, vec![value]);
    }
    let mut visit = |cond: &Cond| {
        cond.visit(&mut |fact, op| match op {
            Op::Ge(Value::Number(n)) | Op::Lt(Value::Number(n)) => {
                let n = n.as_i64().unwrap();
                add(fact, vec![json!(n - 1), json!(n)]);
            }
            Op::Ge(v) | Op::Lt(v) => {
                add(fact, vec![json!(below(&show(v))), v.clone()]);
            }
            Op::Eq(v) | Op::Ne(v) => add(fact, vec![v.clone()]),
            Op::In(list) | Op::Nin(list) => add(fact, list.clone()),
            Op::Has(v) => add(fact, vec![json!([v]), json!(["another"])]),
            Op::True | Op::False => add(fact, vec![json!(true), json!(false)]),
            Op::Known => {}
        });
    };
    for (_, rule) in rules.all() {
        for cond in [
            Some(&rule.require),
            rule.applies.as_ref(),
            rule.unless.as_ref(),
        ] {
            cond.into_iter().for_each(&mut visit);
        }
    }
    for (fact, values) in &mut out {
        // Of two-valued facts that are only ever compared with one of the two.
        if values.iter().any(Value::is_boolean) && fact != "const.false" {
            *values = vec![json!(true), json!(false)];
        }
    }
    for (fact, other) in [
        ("arch.bits", json!(32)),
        ("cgroup", json!("v1")),
        ("init", json!("sysvinit")),
        ("cap.wireguard", json!("absent")),
    ] {
        out.get_mut(fact).unwrap().push(other);
    }
    for values in out.values_mut() {
        if values.iter().all(|value| order(value).is_some()) {
            values.sort_by_key(order);
        }
    }
    out
}

fn failing(group: &[Rule], facts: &FlatFacts) -> BTreeSet<String> {
    group
        .iter()
        .filter(|rule| outcome(rule, facts) == Truth::False)
        .map(|rule| rule.id.clone())
        .collect()
}

/// A host on which a rule fails, with as little else failing as possible, and
/// its twin that differs in one fact, on which just this rule does not fail.
pub struct Isolation {
    pub candidate: String,
    pub rule: Rule,
    pub host: FlatFacts,
    pub twin: FlatFacts,
    pub fact: String,
    pub others: BTreeSet<String>,
    /// Rules that change with it: what stops to be one problem can start to be
    /// another (whose controller ZeroTier has is a warning either way).
    pub changes: BTreeSet<String>,
}

fn severity(group: &[Rule], id: &str) -> Severity {
    group.iter().find(|rule| rule.id == id).unwrap().severity
}

fn assignments(
    facts: &[&str],
    domains: &BTreeMap<String, Vec<Value>>,
    base: &FlatFacts,
) -> Vec<FlatFacts> {
    let mut out = vec![base.clone()];
    for fact in facts {
        let Some(values) = domains.get(*fact) else {
            continue;
        };
        out = out
            .iter()
            .flat_map(|host| {
                values.iter().map(|value| {
                    let mut host = host.clone();
                    host.insert((*fact).to_owned(), value.clone());
                    host
                })
            })
            .collect();
    }
    out
}

/// Which fact turns a rule, from which of its values to which.
type Turn = (usize, usize, usize);

/// What makes one pair of hosts better than another, less is better: block rules
/// that change as well, rules that fail as well, facts that are not ideal.
type Rank = (usize, usize, usize);

/// For every rule and every value of a fact that turns it: the pair of hosts on
/// which as little else fails as possible. Panics when a rule has none, or reads
/// a fact that never makes a difference to it.
pub fn isolate(rules: &Rules) -> Vec<Isolation> {
    let base = rules.with_defaults(&ideal());
    let domains = domains(rules);
    let mut out = Vec::new();
    for (candidate, group) in groups(rules) {
        // ZeroTier has a warning either way: whose controller it is.
        let fails: Vec<String> = failing(&group, &base).into_iter().collect();
        assert!(
            fails.is_empty() || fails == ["ZT7"],
            "{candidate}: {fails:?}"
        );
        for rule in &group {
            let facts: Vec<&str> = rule
                .facts()
                .into_iter()
                .filter(|fact| !fact.starts_with("const."))
                .collect();
            let mut best: BTreeMap<Turn, (Rank, Isolation)> = BTreeMap::new();
            for host in assignments(&facts, &domains, &base) {
                let fails = failing(&group, &host);
                if !fails.contains(&rule.id) {
                    continue;
                }
                let differences = facts
                    .iter()
                    .filter(|f| host.get(**f) != base.get(**f))
                    .count();
                for (number, fact) in facts.iter().enumerate() {
                    let values = &domains[*fact];
                    let from = values.iter().position(|v| *v == host[*fact]).unwrap();
                    for (to, value) in values.iter().enumerate() {
                        if !next_to(values, from, to) {
                            continue;
                        }
                        let mut twin = host.clone();
                        twin.insert((*fact).to_owned(), value.clone());
                        let twin_fails = failing(&group, &twin);
                        let mut changes: BTreeSet<String> =
                            fails.symmetric_difference(&twin_fails).cloned().collect();
                        let turns = changes.remove(&rule.id);
                        if !turns {
                            continue;
                        }
                        let blocks = |id: &&String| severity(&group, id) == Severity::Block;
                        let block_changes = changes.iter().filter(blocks).count();
                        let rank = (block_changes, fails.len() + changes.len(), differences);
                        let found = best.get(&(number, from, to));
                        if found.is_some_and(|(found, _)| *found <= rank) {
                            continue;
                        }
                        let others = fails.iter().filter(|id| **id != rule.id).cloned().collect();
                        let isolation = Isolation {
                            candidate: candidate.clone(),
                            rule: rule.clone(),
                            host: host.clone(),
                            twin,
                            fact: (*fact).to_owned(),
                            others,
                            changes,
                        };
                        best.insert((number, from, to), (rank, isolation));
                    }
                }
            }
            assert!(
                best.values()
                    .any(|((block_changes, ..), _)| *block_changes == 0),
                "{}: no two hosts differ in this block rule alone",
                rule.id
            );
            for fact in &facts {
                assert!(
                    best.values().any(|(_, found)| found.fact == *fact),
                    "{}: {fact} never makes a difference to it",
                    rule.id
                );
            }
            out.extend(best.into_values().map(|(_, isolation)| isolation));
        }
    }
    out
}

/// Whether two values of a fact are to be compared: neighbours, where values
/// have an order, any two where they have none.
fn next_to(values: &[Value], from: usize, to: usize) -> bool {
    let ordered = values.iter().all(|value| order(value).is_some());
    if ordered {
        from.abs_diff(to) == 1
    } else {
        from != to
    }
}

/// The place of a number or version among others.
fn order(value: &Value) -> Option<semver::Version> {
    match value {
        Value::Number(n) => n.as_u64().map(|n| semver::Version::new(n, 0, 0)),
        Value::String(text) => text.parse::<Version>().ok().map(|v| v.triple()),
        _ => None,
    }
}
