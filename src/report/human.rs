//! The report for people: 80 columns, plain ASCII, every status a word.

use super::{Finding, Report, RunReport, Status};
use crate::apply::journal::StepState;
use crate::apply::verify;
use crate::judge::decide;
use crate::judge::explain;
use crate::judge::interfaces::Candidates;
use crate::judge::rules::Rules;
use crate::judge::text::{paragraph, plain};
use crate::plan::render::advice_text;

/// The report as text.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    paragraph(&mut out, "", "  ", &host_line(report));
    out.push('\n');
    if let Some(run) = &report.run {
        out.push_str(&run_text(run));
        out.push('\n');
    }
    out.push_str(&decision_text(report));
    out.push_str("\nInterfaces\n");
    out.push_str(&interfaces_text(&report.interfaces));
    out.push_str("\nFindings");
    if !report.targets.is_empty() {
        out.push_str(&format!(" for {}", report.targets.join(", ")));
    }
    out.push('\n');
    let told = |finding: &&Finding| finding.group == "facts" || finding.status > Status::Pass;
    for finding in report.findings.iter().filter(told) {
        out.push_str(&finding_text(finding));
    }
    out.push('\n');
    paragraph(&mut out, "", "  ", &summary_line(report));
    out
}

/// Name, distribution, kernel and Docker in one line.
pub fn host_line(report: &Report) -> String {
    let host = &report.host;
    let or =
        |value: &Option<String>, what: &str| value.clone().unwrap_or(format!("{what} unknown"));
    let docker = host
        .docker
        .as_ref()
        .map_or(String::new(), |docker| format!(", Docker {docker}"));
    format!(
        "{}: {}, kernel {}, {}{docker}",
        or(&host.hostname, "host name"),
        or(&host.distro, "distribution"),
        or(&host.kernel, "release"),
        or(&host.arch, "architecture"),
    )
}

fn decision_text(report: &Report) -> String {
    let decision = decide::Decision {
        recommendation: report.recommendation.clone(),
        candidates: report.candidates.clone(),
        what_if: report.what_if.clone(),
        ranking: Vec::new(),
    };
    Rules::embedded().map_or_else(
        |error| format!("{error}\n"),
        |rules| explain::decision_text(&rules, &decision),
    )
}

/// The interfaces as a table, and why the picked one was picked.
pub fn interfaces_text(interfaces: &Candidates) -> String {
    let mut out = format!(
        "  {:<15} {:<7} {:<18} {:<10} {:<6} {}\n",
        "NAME", "STATE", "ADDRESS", "KIND", "SPEED", "VERDICT"
    );
    for candidate in &interfaces.candidates {
        let address = candidate.addresses.iter().find(|a| a.addr().is_ipv4());
        let address = address.or(candidate.addresses.first());
        let row = format!(
            "{:<15} {:<7} {:<18} {:<10} {:<6} {}",
            candidate.name,
            candidate.state.as_deref().unwrap_or("?"),
            address.map_or("-".into(), ToString::to_string),
            candidate.kind.as_deref().unwrap_or("?"),
            candidate
                .speed
                .map_or("-".into(), |speed| speed.to_string()),
            candidate.verdict.word(),
        );
        let mark = if interfaces.pick.as_ref() == Some(&candidate.name) {
            "> "
        } else {
            "  "
        };
        out.push_str(plain(&format!("{mark}{row}")).trim_end());
        out.push('\n');
        for reason in &candidate.reasons {
            let text = format!("{} [{}]", reason.why, reason.id);
            paragraph(&mut out, "      ", "        ", &text);
        }
    }
    if let Some(problem) = &interfaces.problem {
        paragraph(&mut out, "  ", "  ", &problem.to_string());
    }
    out
}

fn finding_text(finding: &Finding) -> String {
    let mut out = String::new();
    let word = if finding.waived_by.is_some() {
        "WAIVED"
    } else {
        finding.status.word()
    };
    let first = format!("  {word:<8}{:<16} ", finding.id);
    paragraph(&mut out, &first, "          ", &finding.message);
    if let Some(reason) = &finding.waived_by {
        paragraph(
            &mut out,
            "          ",
            "          ",
            &format!("waived: {reason}"),
        );
    }
    if let Some(remedy) = &finding.remedy {
        paragraph(
            &mut out,
            "          ",
            "          ",
            &format!("remedy: {}", remedy.hint),
        );
    }
    out
}

/// The counts in one line.
pub fn summary_line(report: &Report) -> String {
    let s = &report.summary;
    format!(
        "{} pass, {} warn, {} fail, {} unknown, {} not applicable, {} waived",
        s.pass, s.warn, s.fail, s.unknown, s.na, s.waived
    )
}

/// What a run did.
pub fn run_text(run: &RunReport) -> String {
    let mut out = String::new();
    paragraph(&mut out, "", "  ", &run.outcome);
    for (index, step) in run.steps.iter().enumerate() {
        let first = format!("  {:<9}{:>2}  ", step_word(step.state), index + 1);
        paragraph(&mut out, &first, "               ", &step.title);
        if let Some(error) = &step.error {
            paragraph(&mut out, "               ", "               ", error);
        }
    }
    for verified in &run.verified {
        let first = format!("  {:<9}", verify_word(verified.status));
        paragraph(&mut out, &first, "           ", &verified.message);
    }
    for note in &run.notes {
        paragraph(&mut out, "Note: ", "  ", note);
    }
    if let Some(advice) = &run.advice {
        out.push_str(&advice_text(advice));
    }
    out
}

/// The word for where a step stands.
pub fn step_word(state: StepState) -> &'static str {
    match state {
        StepState::Todo => "-",
        StepState::Started => "RUN",
        StepState::Done => "DONE",
        StepState::Present => "PRESENT",
        StepState::Failed => "FAILED",
        StepState::Undone => "UNDONE",
        StepState::NotUndone => "LEFT",
    }
}

/// The word for how a verification came out.
pub fn verify_word(status: verify::Status) -> &'static str {
    match status {
        verify::Status::Pass => "PASS",
        verify::Status::Fail => "FAIL",
        verify::Status::Unknown => "UNKNOWN",
        verify::Status::NotApplicable => "N/A",
    }
}
