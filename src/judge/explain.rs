//! One wording for all front ends: the decision, its reasons, and single rules,
//! as ASCII text of at most 80 columns.

use std::fmt;

use serde::Serialize;

use super::catalogue::Deviation;
use super::checks::Check;
use super::condition::Truth;
use super::decide::{Candidate, Decision, Entry, RankKey, Ranked, Status};
use super::judgement::outcome;
use super::measured;
use super::rules::{Rules, Severity, fact_text, fill};
use super::text::{paragraph, plain};
use crate::facts::flat::FlatFacts;

/// What a cost class means.
pub fn cost_text(cost: u8) -> &'static str {
    match cost {
        0 => "nothing to do",
        1 => "configuration",
        2 => "package install",
        3 => "containers stop",
        4 => "new kernel and reboot",
        5 => "another operating system",
        _ => "the vendor has to change",
    }
}

/// The name of a candidate in sentences: `native+wireguard` is
/// "Native + WireGuard".
pub fn title(rules: &Rules, id: &str) -> String {
    let schedulers = rules.schedulers.iter().map(|s| (&s.id, &s.title));
    let overlays = rules.overlays.iter().map(|o| (&o.id, &o.title));
    let names: Vec<(&String, &String)> = schedulers.chain(overlays).collect();
    let parts: Vec<&str> = id
        .split('+')
        .map(|part| {
            names
                .iter()
                .find(|(known, _)| known.as_str() == part)
                .map_or(part, |(_, title)| title.as_str())
        })
        .collect();
    parts.join(" + ")
}

/// One reason as a clause: what is the case, and the rule's id.
fn clause(entry: &Entry) -> String {
    format!("{} [{}]", entry.why, entry.id)
}

/// The verdict on a candidate in a few words.
pub fn verdict(candidate: &Candidate) -> String {
    match candidate.status {
        Status::Ready => "yes".to_owned(),
        Status::AfterFix => {
            let cost = candidate.cost.unwrap_or(0);
            format!("yes, at cost {cost} ({})", cost_text(cost))
        }
        Status::Unknown => "probably, not confirmed".to_owned(),
        Status::Impossible => "no".to_owned(),
    }
}

/// What is to be said about one candidate, a sentence each: first the verdict
/// with its reasons, then the fixes in order, unmet wishes and warnings.
pub fn candidate_sentences(rules: &Rules, candidate: &Candidate) -> Vec<String> {
    let name = title(rules, &candidate.id);
    let reasons = |entries: &[Entry]| {
        let clauses: Vec<String> = entries.iter().map(clause).collect();
        clauses.join("; ")
    };
    let verdict = verdict(candidate);
    let mut out = vec![match candidate.status {
        Status::Ready | Status::AfterFix => format!("{name}: {verdict}"),
        Status::Unknown => format!("{name}: {verdict} - {}", reasons(&candidate.unknown)),
        Status::Impossible => format!("{name}: {verdict} - {}", reasons(&candidate.blocked_by)),
    }];
    for (i, fix) in candidate.fixes.iter().enumerate() {
        let cost = fix.cost.unwrap_or(0);
        out.push(format!(
            "fix {}: {} (cost {cost}: {}) [{}]",
            i + 1,
            fix.why,
            cost_text(cost),
            fix.id
        ));
    }
    if candidate.status == Status::Impossible {
        // What else is not known would not save it, but is said.
        out.extend(
            candidate
                .unknown
                .iter()
                .map(|e| format!("not known: {}", clause(e))),
        );
    }
    out.extend(
        candidate
            .unmet
            .iter()
            .map(|e| format!("unmet wish: {}", clause(e))),
    );
    out.extend(
        candidate
            .warnings
            .iter()
            .map(|e| format!("warning: {}", clause(e))),
    );
    out
}

/// The recommendation in one sentence.
pub fn headline(rules: &Rules, decision: &Decision) -> String {
    let Some(recommendation) = &decision.recommendation else {
        return "Recommended: nothing; no candidate is possible on this host".to_owned();
    };
    let name = title(rules, &recommendation.id);
    let confirmed = if recommendation.confirmed {
        ""
    } else {
        " (not confirmed: a fact is missing)"
    };
    format!("Recommended: {name}{confirmed}")
}

/// Why the first option of the ranking came before the second.
pub fn why_first(rules: &Rules, decision: &Decision) -> Option<String> {
    let [first, second, ..] = decision.ranking.as_slice() else {
        let only = decision.ranking.first()?;
        let name = title(rules, &only.option.id);
        return Some(format!("{name} is the only one that is possible."));
    };
    Some(why_before(rules, first, second))
}

/// Why one option ranks before another: the first part of the key that differs.
pub fn why_before(rules: &Rules, first: &Ranked, second: &Ranked) -> String {
    let (a, b) = (
        title(rules, &first.option.id),
        title(rules, &second.option.id),
    );
    let differs = first
        .key
        .parts()
        .into_iter()
        .zip(second.key.parts())
        .find(|(x, y)| x.1 != y.1);
    let Some(((part, x), (_, y))) = differs else {
        return format!("{a} and {b} rank the same.");
    };
    match part {
        "feasibility" => format!(
            "{a} comes before {b}: it is {}, the other is {}.",
            feasible_text(first.key),
            feasible_text(second.key)
        ),
        "tier" => format!(
            "{a} comes before {b}: an overlay is needed, and a scheduler that has its own is \
             recommended before one that needs another."
        ),
        "preference" => format!("{a} comes before {b} in the order of preference."),
        _ => format!("{a} comes before {b}: {part} {x} against {y}."),
    }
}

fn feasible_text(key: RankKey) -> &'static str {
    match key.feasible {
        0 => "possible without a reboot",
        1 => "not confirmed",
        _ => "possible only with a new kernel or more",
    }
}

/// The ranking with its keys, one option a line.
pub fn ranking_text(decision: &Decision) -> String {
    let mut out = String::new();
    for (i, ranked) in decision.ranking.iter().enumerate() {
        let parts: Vec<String> = ranked
            .key
            .parts()
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        let line = format!("{}. {}: {}", i + 1, ranked.option.id, parts.join(", "));
        paragraph(&mut out, "", "   ", &line);
    }
    out
}

/// The whole decision as text.
pub fn decision_text(rules: &Rules, decision: &Decision) -> String {
    let mut out = String::new();
    paragraph(&mut out, "", "  ", &headline(rules, decision));
    if let Some(why) = why_first(rules, decision) {
        paragraph(&mut out, "  ", "  ", &why);
    }
    let base = decision.candidates.iter().find(|c| c.id == "native");
    for candidate in &decision.candidates {
        out.push('\n');
        for (i, sentence) in candidate_sentences(rules, candidate).iter().enumerate() {
            let indent = if i == 0 { "" } else { "  " };
            paragraph(&mut out, indent, "    ", sentence);
        }
        if let Some(base) = base
            && candidate.id.starts_with("native+")
            && base.status != Status::Ready
        {
            let verdict = verdict(base);
            let text = format!("this is the overlay alone; Native itself: {verdict}");
            paragraph(&mut out, "  ", "    ", &text);
        }
    }
    if !decision.what_if.is_empty() {
        out.push_str("\nWhat would change it:\n");
        for what_if in &decision.what_if {
            let then = title(rules, &what_if.recommendation);
            let text = format!("if {}: {then}", what_if.condition);
            paragraph(&mut out, "  ", "    ", &text);
        }
    }
    out
}

/// No rule has this id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no rule {id}; {hint}")]
pub struct UnknownRule {
    /// The id as given.
    pub id: String,
    /// The nearest ids, or how to list them.
    pub hint: String,
}

/// A fact that a rule reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactExplanation {
    /// Dotted path.
    pub path: String,
    /// Its value here, `unknown` when it is not known.
    pub value: String,
    /// How it is measured.
    pub measured: String,
}

/// A remedy of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FixExplanation {
    /// Its id.
    pub id: String,
    /// What is done.
    pub text: String,
    /// Cost class, 1 to 6.
    pub cost: u8,
    /// When it can be done.
    pub needs: Option<String>,
    /// Where this is from.
    pub source: String,
}

/// Everything about one rule. Its `Display` is the human form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleExplanation {
    /// The rule's id.
    pub id: String,
    /// The scheduler or overlay that it belongs to.
    pub belongs_to: String,
    /// `block`, `warn` or `pref`.
    pub severity: String,
    /// When it applies.
    pub applies_if: Option<String>,
    /// When it is skipped.
    pub unless: Option<String>,
    /// What it requires.
    pub requires: String,
    /// `holds`, `fails` or `unknown` on this host.
    pub here: String,
    /// What is the case, when it fails.
    pub why: Option<String>,
    /// The facts that it reads.
    pub facts: Vec<FactExplanation>,
    /// Its remedies, first choice first.
    pub fixes: Vec<FixExplanation>,
    /// Where it is from.
    pub source: String,
    /// How to go on without it.
    pub override_with: String,
}

/// A check for people: what it wants, reads and rests on, and whether it can be
/// waived.
pub fn check_text(check: &Check, deviation: Option<&Deviation>) -> String {
    let mut out = format!("{}: {}\n", check.id, check.title);
    let targets: Vec<_> = check.concerns.iter().map(|target| target.title()).collect();
    let waived = if check.waivable {
        "with a reason: --waive ID=REASON"
    } else {
        "no: going on cannot work, or destroys data"
    };
    let rules = check.rules.join(", ");
    let differs = deviation.map_or("", |deviation| deviation.reason.as_str());
    for (what, text) in [
        ("Wanted", check.wanted),
        ("Concerns", &targets.join(", ")),
        ("Reads", &check.reads.join(", ")),
        ("Source", check.source),
        ("Differs", differs),
        ("Rules", &rules),
        ("Waived", waived),
    ] {
        if !text.is_empty() {
            paragraph(&mut out, &format!("  {what:<9} "), "            ", text);
        }
    }
    out
}

/// Explains one rule on the facts of a host.
///
/// # Errors
/// When no rule has this id: with the nearest ones.
pub fn explain_rule(
    rules: &Rules,
    id: &str,
    facts: &FlatFacts,
) -> Result<RuleExplanation, UnknownRule> {
    let Some((belongs_to, rule)) = rules.rule(id) else {
        return Err(UnknownRule {
            id: plain(id),
            hint: nearest(rules, id),
        });
    };
    let facts = rules.with_defaults(facts);
    let here = outcome(rule, &facts);
    let fixes = rule.fix.iter().filter_map(|id| {
        let fix = rules.fixes.get(id)?;
        Some(FixExplanation {
            id: id.clone(),
            text: fill(&fix.text, &facts),
            cost: fix.cost,
            needs: fix.needs.as_ref().map(ToString::to_string),
            source: fix.src.clone(),
        })
    });
    Ok(RuleExplanation {
        id: rule.id.clone(),
        belongs_to: belongs_to.to_owned(),
        severity: match rule.severity {
            Severity::Block => "block",
            Severity::Warn => "warn",
            Severity::Pref => "pref",
        }
        .to_owned(),
        applies_if: rule.applies.as_ref().map(ToString::to_string),
        unless: rule.unless.as_ref().map(ToString::to_string),
        requires: rule.require.to_string(),
        here: match here {
            Truth::True => "holds",
            Truth::False => "fails",
            Truth::Unknown => "unknown",
        }
        .to_owned(),
        why: (here == Truth::False).then(|| fill(&rule.why, &facts)),
        facts: rule
            .facts()
            .into_iter()
            .filter(|path| !path.starts_with("const."))
            .map(|path| FactExplanation {
                path: path.to_owned(),
                value: fact_text(path, &facts)
                    .split_once('=')
                    .map_or_else(String::new, |(_, value)| value.to_owned()),
                measured: measured::how(path).unwrap_or("not measured").to_owned(),
            })
            .collect(),
        fixes: fixes.collect(),
        source: rule.src.clone(),
        override_with: if rule.waivable {
            format!(
                "--waive {}=REASON; the reason is recorded in the report",
                rule.id
            )
        } else {
            "nothing: this rule cannot be waived".to_owned()
        },
    })
}

impl fmt::Display for RuleExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity.as_str() {
            "block" => "has to hold",
            "warn" => "a warning",
            _ => "a wish",
        };
        let mut out = String::new();
        let mut line = |label: &str, text: &str| {
            paragraph(&mut out, &format!("{label:<10}"), "          ", text);
        };
        line(
            &self.id,
            &format!("{}: {} ({severity})", self.belongs_to, self.severity),
        );
        line("needed", &self.requires);
        if let Some(applies) = &self.applies_if {
            line("applies", &format!("when {applies}"));
        }
        if let Some(unless) = &self.unless {
            line("skipped", &format!("when {unless}"));
        }
        match &self.why {
            Some(why) => line("here", &format!("{}: {why}", self.here)),
            None => line("here", &self.here),
        }
        for fact in &self.facts {
            line("fact", &format!("{} = {}", fact.path, fact.value));
            line("", &format!("from {}", fact.measured));
        }
        for fix in &self.fixes {
            let cost = format!("cost {}: {}", fix.cost, cost_text(fix.cost));
            line("fix", &format!("{} ({cost}) [{}]", fix.text, fix.id));
            if let Some(needs) = &fix.needs {
                line("", &format!("possible when {needs}"));
            }
        }
        line("source", &self.source);
        line("override", &self.override_with);
        f.write_str(&out)
    }
}

/// What to say about an id that does not exist: the nearest ones.
pub fn nearest(rules: &Rules, id: &str) -> String {
    let wanted = id.to_ascii_uppercase();
    let mut near: Vec<(usize, &str)> = rules
        .all()
        .map(|(_, rule)| (distance(&wanted, &rule.id), rule.id.as_str()))
        .filter(|(distance, _)| *distance <= 2)
        .collect();
    near.sort();
    let names: Vec<&str> = near.iter().take(5).map(|(_, id)| *id).collect();
    if names.is_empty() {
        "`checks list` shows all".to_owned()
    } else {
        format!("did you mean {}?", names.join(", "))
    }
}

/// Number of letters to change, add or drop (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, (y, above)) in b.iter().zip(row.windows(2)).enumerate() {
            let (Some(diagonal), Some(up), Some(left)) = (above.first(), above.last(), next.get(j))
            else {
                break;
            };
            next.push((diagonal + usize::from(x != *y)).min(up + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
