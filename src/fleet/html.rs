//! The report of a fleet as one HTML page, as that of a host: nothing is loaded, no
//! script runs, every status is a word, and it prints. Long lists are folded, so
//! that a thousand hosts take no more room than ten.

use minijinja::value::Serde;
use minijinja::{Environment, Value, context};

use super::heat::heat;
use super::human::{headline, hosts_line, open, sentences, summary_line, times_line, without};
use super::names;
use super::report::{ClusterReport, HostState};
use super::verified::Matrix;
use crate::judge::decide::Status as Possible;
use crate::judge::rules::Rules;
use crate::report::html::{class, readable, style};

const TEMPLATE: &str = include_str!("../../assets/templates/cluster.html");

/// Lists of more hosts than these are folded.
const UNFOLDED: usize = 40;

/// The report as HTML.
pub fn text(report: &ClusterReport) -> String {
    with(report, None)
}

/// The same, with what was verified between the hosts.
pub fn with(report: &ClusterReport, verified: Option<&Matrix>) -> String {
    match render(report, verified) {
        Ok(text) => readable(&text),
        // The template is built in, and a test renders it.
        Err(error) => format!("<!DOCTYPE html><title>error</title><p>{error}\n"),
    }
}

fn possible(status: Possible) -> (&'static str, &'static str) {
    match status {
        Possible::Ready => ("pass", "ready"),
        Possible::AfterFix => ("pass", "after fixes"),
        Possible::Unknown => ("unknown", "not known"),
        Possible::Impossible => ("fail", "no"),
    }
}

fn some(hosts: &[String]) -> String {
    names::some(hosts.iter().map(String::as_str))
}

fn render(report: &ClusterReport, verified: Option<&Matrix>) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    environment.add_template("cluster.html", TEMPLATE)?;
    let rules = Rules::embedded().ok();
    let options: Vec<Value> = report
        .candidates
        .iter()
        .map(|one| {
            let (class, word) = possible(one.status);
            let mut reasons: Vec<String> = Vec::new();
            for group in one.blocked_by.iter().chain(&one.unknown).chain(&one.fixes) {
                for (id, why) in group.rules.iter().zip(&group.why) {
                    reasons.push(format!("{why} [{id}] ({})", some(&group.hosts)));
                }
            }
            context! { id => one.id.clone(), class, word, sentences => sentences(one), reasons }
        })
        .collect();
    let findings: Vec<Value> = open(report)
        .into_iter()
        .map(|one| {
            context! {
                finding => Value::from(Serde(one)),
                class => class(one.status),
                word => one.status.word(),
                all => (one.hosts.len() > names::SHOWN).then(|| one.hosts.join(", ")),
            }
        })
        .collect();
    let settled: Vec<Value> = report
        .findings
        .iter()
        .filter(|one| one.status <= crate::judge::finding::Status::Pass || one.waived_by.is_some())
        .map(|one| {
            let word = match one.waived_by {
                Some(_) => "WAIVED",
                None => one.status.word(),
            };
            context! {
                finding => Value::from(Serde(one)), class => class(one.status), word,
            }
        })
        .collect();
    let differences: Vec<Value> = report
        .differences
        .iter()
        .map(|row| {
            let values: Vec<Value> = row
                .values
                .iter()
                .map(|group| {
                    context! {
                        value => group.value.clone(), count => group.hosts.len(),
                        hosts => some(&group.hosts),
                    }
                })
                .collect();
            context! { title => row.title.clone(), folded => values.len() > 8, values }
        })
        .collect();
    let hosts: Vec<Value> = report
        .hosts
        .iter()
        .map(|host| {
            let (class, word) = match host.state {
                HostState::Reported => ("pass", "reported"),
                HostState::Missing => ("unknown", "did not report"),
                HostState::Excluded => ("na", "left out"),
            };
            let each: Vec<Value> = report
                .candidates
                .iter()
                .map(|option| match host.candidates.get(&option.id) {
                    Some(status) => {
                        let (class, word) = possible(*status);
                        context! { class, word }
                    }
                    None => context! { class => "na", word => "" },
                })
                .collect();
            let fact = |key: &str| host.facts.get(key).cloned().unwrap_or_default();
            context! {
                host => Value::from(Serde(host)), class, word, options => each,
                distribution => fact("distribution"), kernel => fact("kernel"),
                docker => fact("docker"),
            }
        })
        .collect();
    let verdict = report.summary.verdict;
    environment.get_template("cluster.html")?.render(context! {
        report => Value::from(Serde(report)),
        style => style(),
        headline => headline(rules.as_ref(), report),
        hosts_line => hosts_line(report),
        times => times_line(report),
        summary => summary_line(report),
        verdict => verdict.word(),
        verdict_class => class(verdict),
        without => without(report),
        fold => report.hosts.len() > UNFOLDED,
        heat => verified.map(heat),
        options, findings, settled, differences, hosts,
    })
}
