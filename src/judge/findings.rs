//! All findings of a host: what was read, the catalogue of checks, and the rules
//! that no check stands for.

use std::collections::BTreeMap;

use serde_json::Value;

use super::checks::{Check, Outcome, Scope, Subject, catalogue};
use super::condition::Truth;
use super::decide::Decision;
use super::finding::{self, Evidence, Finding, Remedy, Status};
use super::judgement::outcome;
use super::measured;
use super::rules::{self, Rule, Rules, fill};
use super::summary::groups;
use super::waiver::Waivers;
use crate::facts::Facts;
use crate::facts::flat::FlatFacts;

/// What findings are made of.
pub struct Inputs<'a> {
    /// The host.
    pub facts: &'a Facts,
    /// The same as the rules see it, with the wishes.
    pub flat: &'a FlatFacts,
    /// The knowledge.
    pub rules: &'a Rules,
    /// The decision.
    pub decision: &'a Decision,
    /// What the host is judged for.
    pub scope: &'a Scope,
    /// Waivers that hold today.
    pub waivers: &'a Waivers,
}

/// All findings for the targets of the scope: the host in a few lines, the
/// catalogue of checks, and the rules that no check stands for.
pub fn findings(inputs: &Inputs<'_>) -> Vec<Finding> {
    let mut rules = of_rules(inputs);
    let mut findings = groups(inputs.facts);
    let subject = Subject {
        facts: inputs.facts,
        scope: inputs.scope,
    };
    for check in catalogue() {
        let (own, rest): (Vec<_>, Vec<_>) = rules.into_iter().partition(|finding: &Finding| {
            check.rules.contains(&finding.id.as_str()) && finding.waived_by.is_none()
        });
        rules = rest;
        let mut found = of_check(check, &subject, own);
        for finding in &mut found {
            if finding.status > Status::Pass && finding.waivable {
                let reason = inputs.waivers.get(&finding.id);
                finding.waived_by = reason.or(inputs.waivers.get(check.id)).cloned();
            }
        }
        findings.extend(found);
    }
    findings.extend(rules);
    findings
}

/// The findings of a check, with the outcomes of its rules in the first one.
fn of_check(check: &Check, subject: &Subject<'_>, rules: Vec<Finding>) -> Vec<Finding> {
    let mut found = if subject.aims_at(check.concerns) {
        check.findings(subject)
    } else {
        Vec::new()
    };
    if found.is_empty() {
        let message = if rules.is_empty() {
            format!(
                "says nothing about {}",
                if subject.scope.targets.is_empty() {
                    "a host that nothing is recommended for".to_owned()
                } else {
                    subject.scope.targets.join(", ")
                }
            )
        } else {
            String::new()
        };
        found.push(check.finding(Outcome::na(message), &subject.scope.targets));
    }
    if let Some(first) = found.first_mut() {
        for rule in rules {
            first.take_rule(rule);
        }
    }
    found
}

/// The findings of the rules that the targets stand on.
fn of_rules(inputs: &Inputs<'_>) -> Vec<Finding> {
    let rules = inputs.rules;
    let flat = rules.with_defaults(inputs.flat);
    let overlays = rules.overlays.iter().map(|overlay| {
        let id = format!("native+{}", overlay.id);
        (id, overlay.title.as_str(), rules.of_overlay(overlay))
    });
    let schedulers = rules.schedulers.iter().map(|scheduler| {
        let own: Vec<&Rule> = scheduler.rules.iter().collect();
        (scheduler.id.clone(), scheduler.title.as_str(), own)
    });
    let mut findings: Vec<Finding> = Vec::new();
    for (id, title, own) in schedulers.chain(overlays) {
        // An overlay's target stands on its scheduler too.
        let concerned: Vec<_> = inputs
            .scope
            .targets
            .iter()
            .filter(|target| **target == id || target.split('+').next() == Some(&id))
            .collect();
        if concerned.is_empty() {
            continue;
        }
        let candidate = inputs
            .decision
            .candidates
            .iter()
            .find(|candidate| candidate.id == id);
        for rule in own {
            let mut finding = of_rule(rule, title, &flat);
            let fixes = candidate.map(|candidate| candidate.fixes.as_slice());
            let mut fixes = fixes.unwrap_or_default().iter();
            if finding.status > Status::Pass {
                finding.remedy = fixes
                    .find(|fix| rule.fix.contains(&fix.id))
                    .map(|fix| Remedy::hint(fix.why.as_str()));
            }
            if finding.status > Status::Pass && rule.waivable {
                finding.waived_by = inputs.waivers.get(&rule.id).cloned();
            }
            finding.status_by_target = concerned
                .iter()
                .map(|target| ((*target).clone(), finding.status))
                .collect();
            match findings.iter_mut().find(|known| known.id == finding.id) {
                Some(known) => known.status_by_target.extend(finding.status_by_target),
                None => findings.push(finding),
            }
        }
    }
    findings
}

fn of_rule(rule: &Rule, title: &str, flat: &FlatFacts) -> Finding {
    let status = match (outcome(rule, flat), rule.severity) {
        (Truth::True, _) if skipped(rule, flat) => Status::Na,
        (Truth::True, _) => Status::Pass,
        (Truth::False, rules::Severity::Block) => Status::Fail,
        (Truth::False, rules::Severity::Warn | rules::Severity::Pref) => Status::Warn,
        (Truth::Unknown, rules::Severity::Block) => Status::Unknown,
        // A warning is given when its condition is known to hold, not else.
        (Truth::Unknown, rules::Severity::Warn | rules::Severity::Pref) => Status::Na,
    };
    let paths = rule.facts();
    let actual = paths.iter().map(|path| {
        let value = flat.get(*path).cloned().unwrap_or(Value::Null);
        ((*path).to_string(), value)
    });
    let evidence = paths.iter().map(|path| Evidence {
        fact: (*path).to_string(),
        source: measured::how(path).unwrap_or("given").to_string(),
    });
    let why = fill(&rule.why, flat);
    Finding {
        id: rule.id.clone(),
        title: format!("{title}, rule {}", rule.id),
        group: title.to_string(),
        status_by_target: BTreeMap::new(),
        status,
        severity: match status {
            Status::Na | Status::Pass => None,
            Status::Unknown => Some(finding::Severity::Low),
            Status::Warn => Some(finding::Severity::Medium),
            Status::Fail => Some(finding::Severity::High),
        },
        inhibitor: status == Status::Fail,
        message: match status {
            Status::Pass => format!("holds: {}", actual_text(&paths, flat)),
            Status::Na => "does not apply".into(),
            Status::Unknown => format!("not known: {why}"),
            Status::Warn | Status::Fail => why,
        },
        actual: actual.collect(),
        required: rule.why.clone(),
        evidence: evidence.collect(),
        remedy: None,
        rules: Vec::new(),
        links: vec![rule.src.clone()],
        waivable: rule.waivable,
        waived_by: None,
    }
}

fn skipped(rule: &Rule, flat: &FlatFacts) -> bool {
    let is = |cond: &Option<crate::judge::condition::Cond>, truth| {
        cond.as_ref().is_some_and(|cond| cond.eval(flat) == truth)
    };
    is(&rule.applies, Truth::False) || is(&rule.unless, Truth::True)
}

fn actual_text(paths: &[&str], flat: &FlatFacts) -> String {
    let texts = paths
        .iter()
        .map(|path| crate::judge::rules::fact_text(path, flat));
    texts.collect::<Vec<_>>().join(", ")
}
