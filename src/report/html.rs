//! The report as one HTML page: nothing is loaded, no script runs, every status
//! is a word, and it prints.

use minijinja::value::Serde;
use minijinja::{Environment, Value, context};
use serde::Serialize;

use super::human::{host_line, step_word, summary_line, verify_word};
use super::{Finding, Report, Status};
use crate::judge::explain;
use crate::judge::rules::Rules;
use crate::judge::waiver::Standing;

const TEMPLATE: &str = include_str!("../../assets/templates/report.html");
/// The style of all pages.
const STYLE: &str = include_str!("../../assets/templates/style.css");

/// A finding as the page shows it.
#[derive(Serialize)]
struct Shown<'a> {
    anchor: String,
    class: &'static str,
    word: &'static str,
    targets: String,
    #[serde(flatten)]
    finding: &'a Finding,
}

#[derive(Serialize)]
struct Group<'a> {
    name: &'a str,
    count: usize,
    findings: Vec<Shown<'a>>,
}

/// The word of a status in the page's style.
pub(crate) fn class(status: Status) -> &'static str {
    match status {
        Status::Na => "na",
        Status::Pass => "pass",
        Status::Unknown => "unknown",
        Status::Warn => "warn",
        Status::Fail => "fail",
    }
}

fn shown<'a>(finding: &'a Finding, report: &Report) -> Shown<'a> {
    // With one target, its status is the finding's own.
    let by_target = finding.status_by_target.iter();
    let targets = if report.targets.len() > 1 {
        let each = by_target.map(|(target, status)| format!("{target}: {}", status.word()));
        each.collect::<Vec<_>>().join(", ")
    } else {
        String::new()
    };
    Shown {
        // An anchor may hold no blank.
        anchor: format!("f-{}", finding.id.replace(char::is_whitespace, "_")),
        class: class(finding.status),
        word: finding.status.word(),
        targets,
        finding,
    }
}

/// The report as HTML.
pub fn text(report: &Report) -> String {
    match render(report) {
        Ok(text) => readable(&text),
        // The template is built in, and a test renders it.
        Err(error) => format!("<!DOCTYPE html><title>error</title><p>{error}\n"),
    }
}

/// The style of all pages, as it stands in them.
pub(crate) fn style() -> Value {
    Value::from_safe_string(STYLE.to_owned())
}

/// A page without control characters: no HTML may hold them, and a host's name
/// or an error may.
pub(crate) fn readable(page: &str) -> String {
    let seen = |c: char| match c {
        '\n' => c,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    page.chars().map(seen).collect()
}

fn render(report: &Report) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    environment.add_template("report.html", TEMPLATE)?;
    let all = report.findings.iter();
    let mut open: Vec<_> = all
        .clone()
        .filter(|f| f.status > Status::Pass && f.waived_by.is_none())
        .map(|f| shown(f, report))
        .collect();
    open.sort_by_key(|one| std::cmp::Reverse(rank(one.finding.status)));
    let waived: Vec<_> = all
        .clone()
        .filter(|f| f.waived_by.is_some())
        .map(|f| shown(f, report))
        .collect();
    let mut passed: Vec<Group<'_>> = Vec::new();
    for finding in all.filter(|f| f.status <= Status::Pass && f.waived_by.is_none()) {
        let one = shown(finding, report);
        match passed.iter_mut().find(|group| group.name == finding.group) {
            Some(group) => group.findings.push(one),
            None => passed.push(Group {
                name: &finding.group,
                count: 0,
                findings: vec![one],
            }),
        }
    }
    for group in &mut passed {
        group.count = group.findings.len();
    }
    let rules = Rules::embedded().ok();
    let title = |id: &str| {
        rules
            .as_ref()
            .map_or_else(|| id.to_owned(), |rules| explain::title(rules, id))
    };
    let recommendation = report.recommendation.as_ref().map_or_else(
        || "Nothing is possible on this host".to_owned(),
        |r| {
            let sure = if r.confirmed { "" } else { " (not confirmed)" };
            format!("{}{sure}", title(&r.id))
        },
    );
    // Of each candidate its sentences: the first is the verdict.
    let candidates: Vec<Vec<String>> = rules.as_ref().map_or_else(Vec::new, |rules| {
        let each = report.candidates.iter();
        each.map(|candidate| explain::candidate_sentences(rules, candidate))
            .filter(|sentences| !sentences.is_empty())
            .collect()
    });
    let what_if: Vec<String> = report
        .what_if
        .iter()
        .map(|one| format!("if {}: {}", one.condition, title(&one.recommendation)))
        .collect();
    let interfaces: Vec<_> = report
        .interfaces
        .candidates
        .iter()
        .map(|one| {
            let addresses: Vec<_> = one.addresses.iter().map(ToString::to_string).collect();
            let why: Vec<_> = one
                .reasons
                .iter()
                .map(|reason| reason.why.as_str())
                .collect();
            context! {
                name => one.name.clone(),
                state => one.state.as_deref().unwrap_or("unknown"),
                addresses => addresses.join(" "),
                kind => one.kind.as_deref().unwrap_or("unknown"),
                verdict => one.verdict.word(),
                why => why.join("; "),
            }
        })
        .collect();
    let steps: Vec<_> = report
        .run
        .iter()
        .flat_map(|run| &run.steps)
        .map(|step| {
            context! { word => step_word(step.state), title => step.title.clone(), error => step.error.clone() }
        })
        .collect();
    let verified: Vec<_> = report.run.iter().flat_map(|run| &run.verified).map(|one| {
        context! { word => verify_word(one.status), subject => one.subject.clone(), message => one.message.clone() }
    }).collect();
    let waivers: Vec<_> = report
        .waivers
        .iter()
        .filter(|waiver| waiver.standing != Standing::Used)
        .map(|waiver| context! { id => waiver.id.clone(), word => waiver.standing.word() })
        .collect();
    let verdict = report.summary.verdict;
    environment.get_template("report.html")?.render(context! {
        report => Value::from(Serde(report)),
        style => style(),
        open => Value::from(Serde(&open)),
        waived => Value::from(Serde(&waived)),
        passed => Value::from(Serde(&passed)),
        recommendation, candidates, what_if, interfaces, steps,
        verified, waivers,
        verdict => verdict.word(),
        verdict_class => class(verdict),
        host_line => host_line(report),
        summary => summary_line(report),
    })
}

/// Fails first, then warnings, then what is not known.
fn rank(status: Status) -> u8 {
    match status {
        Status::Fail => 3,
        Status::Warn => 2,
        Status::Unknown => 1,
        Status::Pass | Status::Na => 0,
    }
}
