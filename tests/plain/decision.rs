//! The decision on whole hosts: what is recommended, and for every candidate
//! which rules said so.

use std::collections::BTreeMap;
use std::path::PathBuf;

use groundcrew::facts::flat::FlatFacts;
use groundcrew::judge::decide::{Candidate, Entry, Options, decide};
use groundcrew::judge::rules::Rules;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    host: String,
    facts: FlatFacts,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    recommendation: String,
    candidates: BTreeMap<String, Expected>,
    what_if: Vec<ExpectedWhatIf>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Expected {
    status: String,
    #[serde(default)]
    cost: u8,
    #[serde(default)]
    blocked_by: Vec<String>,
    #[serde(default)]
    fixes: Vec<String>,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    unmet: Vec<String>,
    #[serde(default)]
    unknown: Vec<String>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct ExpectedWhatIf {
    #[serde(rename = "if")]
    condition: String,
    then: String,
}

fn ids(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(|entry| entry.id.clone()).collect()
}

fn shape(candidate: &Candidate) -> Expected {
    Expected {
        status: candidate.status.word().to_owned(),
        cost: candidate.cost.unwrap_or(0),
        blocked_by: ids(&candidate.blocked_by),
        fixes: ids(&candidate.fixes),
        warnings: ids(&candidate.warnings),
        unmet: ids(&candidate.unmet),
        unknown: ids(&candidate.unknown),
    }
}

/// Compares every case with what is decided, and reports all differences at once.
fn check(text: &str) -> usize {
    let rules = Rules::embedded().unwrap();
    let cases: Vec<Case> = serde_yaml::from_str(text).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let decision = decide(&rules, &case.facts, &Options::default());
        let found = decision
            .recommendation
            .as_ref()
            .map_or("none", |r| r.id.as_str());
        if found != case.expect.recommendation {
            wrong.push(format!(
                "{}: recommendation {found}, expected {}",
                case.host, case.expect.recommendation
            ));
        }
        let candidates: BTreeMap<String, Expected> = decision
            .candidates
            .iter()
            .map(|candidate| (candidate.id.clone(), shape(candidate)))
            .collect();
        for (id, expected) in &case.expect.candidates {
            if candidates.get(id) != Some(expected) {
                wrong.push(format!(
                    "{}: {id}\n     found {:?}\n  expected {expected:?}",
                    case.host,
                    candidates.get(id)
                ));
            }
        }
        for id in candidates.keys() {
            if !case.expect.candidates.contains_key(id) {
                wrong.push(format!("{}: unexpected candidate {id}", case.host));
            }
        }
        let what_if: Vec<ExpectedWhatIf> = decision
            .what_if
            .iter()
            .map(|w| ExpectedWhatIf {
                condition: w.condition.clone(),
                then: w.recommendation.clone(),
            })
            .collect();
        if what_if != case.expect.what_if {
            wrong.push(format!(
                "{}: what_if\n     found {what_if:?}\n  expected {:?}",
                case.host, case.expect.what_if
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    cases.len()
}

#[test]
fn the_agreed_cases_come_out_as_they_say() {
    let shared = std::env::var_os("GROUNDCREW_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")),
        PathBuf::from,
    );
    let path = shared.join("decision/cases.yaml");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!(
            "NOT RUN: {} is not there; set GROUNDCREW_SHARED to the folder that holds decision/cases.yaml",
            path.display()
        );
        return;
    };
    assert!(check(&text) >= 30, "cases.yaml holds too few cases");
}

#[test]
fn our_own_hosts_come_out_as_they_say() {
    let text = include_str!("../decision_hosts/hosts.yaml");
    assert_eq!(check(text), text.matches("- host:").count());
}
