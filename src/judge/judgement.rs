//! One candidate against its rules: what fails, what can be fixed, what is not
//! known.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::{Cond, Truth};
use super::decide::{Candidate, Entry, Status};
use super::rules::{Fix, Rule, Rules, Severity, fact_text, fill, placeholders};
use crate::facts::flat::FlatFacts;

/// What came out for one candidate.
#[derive(Debug, Clone)]
pub(super) struct Judgement {
    /// Failing block rules, by id; not empty means impossible.
    pub blocked: BTreeMap<String, Entry>,
    /// Fixes in the order in which they are to be done.
    pub fixes: Vec<Entry>,
    /// Block rules that could not be decided.
    pub unknown: Vec<Entry>,
    /// Failing warn rules, and waived block rules.
    pub warnings: Vec<Entry>,
    /// Failing pref rules.
    pub unmet: Vec<Entry>,
    /// The facts after the fixes; as they were, when it is impossible.
    pub facts: FlatFacts,
}

/// What one pass over the rules found.
#[derive(Default)]
struct Pass<'a> {
    failing: Vec<&'a Rule>,
    unknown: Vec<&'a Rule>,
    warnings: Vec<&'a Rule>,
    waived: Vec<&'a Rule>,
    unmet: Vec<&'a Rule>,
}

/// Judges `own` on `facts`, which have their defaults already.
///
/// In rounds: every failing block rule takes its first usable fix that was not
/// used in an earlier round; then all is evaluated anew, since a fix can reveal
/// what fails next. A rule without such a fix ends it.
pub(super) fn judge(
    rules: &Rules,
    own: &[&Rule],
    facts: &FlatFacts,
    waived: &BTreeSet<String>,
) -> Judgement {
    let mut now = facts.clone();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let mut fixes = Vec::new();
    let mut blocked = BTreeMap::new();
    loop {
        let pass = evaluate(own, &now, waived);
        if pass.failing.is_empty() {
            return finish(pass, BTreeMap::new(), fixes, now);
        }
        for rule in &pass.failing {
            blocked
                .entry(rule.id.clone())
                .or_insert_with(|| failed(rule, &now));
        }
        let mut taken: Vec<(&str, &Fix)> = Vec::new();
        let all_fixable = pass.failing.iter().all(|rule| {
            let usable = |id: &&String| {
                !used.contains(id.as_str()) && fix_is_usable(rules.fixes.get(*id), &now)
            };
            // A fix that another rule took in this round serves this one, too.
            let Some(id) = rule.fix.iter().find(usable) else {
                return false;
            };
            if let Some(fix) = rules.fixes.get(id)
                && !taken.iter().any(|(other, _)| other == id)
            {
                taken.push((id, fix));
            }
            true
        });
        if !all_fixable {
            let before = evaluate(own, facts, waived);
            return finish(before, blocked, Vec::new(), facts.clone());
        }
        for (id, fix) in taken {
            used.insert(id);
            fixes.push(fix_entry(id, fix, &now));
            apply(fix, &mut now);
        }
    }
}

fn fix_is_usable(fix: Option<&Fix>, facts: &FlatFacts) -> bool {
    fix.is_some_and(|fix| {
        fix.needs
            .as_ref()
            .is_none_or(|needs| needs.eval(facts) == Truth::True)
    })
}

fn apply(fix: &Fix, facts: &mut FlatFacts) {
    let copied: Vec<_> = fix
        .set_from
        .iter()
        .filter_map(|(to, from)| Some((to.clone(), facts.get(from)?.clone())))
        .collect();
    facts.extend(fix.set.clone());
    facts.extend(copied);
}

fn evaluate<'a>(own: &[&'a Rule], facts: &FlatFacts, waived: &BTreeSet<String>) -> Pass<'a> {
    let mut pass = Pass::default();
    for rule in own {
        match (outcome(rule, facts), rule.severity) {
            (Truth::True, _) => {}
            (Truth::False, Severity::Block) if rule.waivable && waived.contains(&rule.id) => {
                pass.waived.push(rule);
            }
            (Truth::False, Severity::Block) => pass.failing.push(rule),
            (Truth::False, Severity::Warn) => pass.warnings.push(rule),
            (Truth::False, Severity::Pref) => pass.unmet.push(rule),
            (Truth::Unknown, Severity::Block) => pass.unknown.push(rule),
            (Truth::Unknown, _) => {}
        }
    }
    pass
}

/// Whether a rule is satisfied: skipped counts as satisfied; it fails when it
/// applies and what it requires is false; all else is unknown.
pub fn outcome(rule: &Rule, facts: &FlatFacts) -> Truth {
    let truth = |cond: &Option<Cond>, without| cond.as_ref().map_or(without, |c| c.eval(facts));
    let applies = truth(&rule.applies, Truth::True);
    let unless = truth(&rule.unless, Truth::False);
    let require = rule.require.eval(facts);
    match (applies, unless, require) {
        (Truth::False, _, _) | (_, Truth::True, _) | (_, _, Truth::True) => Truth::True,
        (Truth::True, Truth::False, Truth::False) => Truth::False,
        _ => Truth::Unknown,
    }
}

fn finish(
    pass: Pass,
    blocked: BTreeMap<String, Entry>,
    fixes: Vec<Entry>,
    facts: FlatFacts,
) -> Judgement {
    let entries = |list: &[&Rule], make: fn(&Rule, &FlatFacts) -> Entry| {
        let mut out: Vec<Entry> = list.iter().map(|rule| make(rule, &facts)).collect();
        out.sort_by(|a, b| a.id.cmp(&b.id));
        out
    };
    let mut warnings = entries(&pass.warnings, failed);
    warnings.extend(entries(&pass.waived, |rule, facts| {
        let mut entry = failed(rule, facts);
        entry.why.push_str(" (waived)");
        entry
    }));
    warnings.sort_by(|a, b| a.id.cmp(&b.id));
    let mut unknown = entries(&pass.unknown, undecided);
    unknown.retain(|entry| !blocked.contains_key(&entry.id));
    Judgement {
        fixes,
        unknown,
        warnings,
        unmet: entries(&pass.unmet, failed),
        blocked,
        facts,
    }
}

impl Judgement {
    /// How far the candidate can be had.
    pub fn status(&self) -> Status {
        if !self.blocked.is_empty() {
            Status::Impossible
        } else if !self.unknown.is_empty() {
            Status::Unknown
        } else if !self.fixes.is_empty() {
            Status::AfterFix
        } else {
            Status::Ready
        }
    }

    /// Cost class of the dearest fix.
    pub fn cost(&self) -> u8 {
        self.fixes
            .iter()
            .filter_map(|fix| fix.cost)
            .max()
            .unwrap_or(0)
    }

    /// As the decision lists it.
    pub fn into_candidate(self, id: String) -> Candidate {
        let status = self.status();
        Candidate {
            id,
            status,
            cost: (status != Status::Impossible).then_some(self.cost()),
            blocked_by: self.blocked.into_values().collect(),
            fixes: self.fixes,
            warnings: self.warnings,
            unmet: self.unmet,
            unknown: self.unknown,
        }
    }
}

/// The facts that a rule rests on: those it compares, then those it shows.
fn facts_of(rule: &Rule, facts: &FlatFacts) -> Vec<String> {
    let mut paths = rule.facts();
    for path in placeholders(&rule.why) {
        if facts.contains_key(path) && !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
        .into_iter()
        .filter(|path| !path.starts_with("const."))
        .map(|path| fact_text(path, facts))
        .collect()
}

fn failed(rule: &Rule, facts: &FlatFacts) -> Entry {
    Entry {
        id: rule.id.clone(),
        why: fill(&rule.why, facts),
        source: rule.src.clone(),
        facts: facts_of(rule, facts),
        cost: None,
    }
}

/// The entry of a rule that could not be decided: which fact is missing, and
/// what it has to be.
fn undecided(rule: &Rule, facts: &FlatFacts) -> Entry {
    let missing: Vec<&str> = rule
        .facts()
        .into_iter()
        .filter(|path| facts.get(*path).is_none_or(serde_json::Value::is_null))
        .collect();
    let what = match missing.as_slice() {
        // Every fact is there, but not in a form that can be compared.
        [] => "cannot be compared: ".to_owned() + &facts_of(rule, facts).join(", "),
        [one] => format!("{one} is not known"),
        many => format!("{} are not known", many.join(", ")),
    };
    Entry {
        why: format!("{what}; needed: {}", rule.require),
        ..failed(rule, facts)
    }
}

fn fix_entry(id: &str, fix: &Fix, facts: &FlatFacts) -> Entry {
    let read = fix.needs.iter().flat_map(Cond::facts);
    let mut paths: Vec<&str> = Vec::new();
    for path in fix.set_from.values().map(String::as_str).chain(read) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    Entry {
        id: id.to_owned(),
        why: fill(&fix.text, facts),
        source: fix.src.clone(),
        facts: paths
            .into_iter()
            .map(|path| fact_text(path, facts))
            .collect(),
        cost: Some(fix.cost),
    }
}
