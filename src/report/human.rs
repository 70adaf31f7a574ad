//! The report for people: 80 columns, plain ASCII, every status a word.

use super::{Finding, Report, RunReport, Severity, Status};
use crate::apply::journal::StepState;
use crate::apply::verify;
use crate::judge::decide;
use crate::judge::explain;
use crate::judge::interfaces::Candidates;
use crate::judge::rules::Rules;
use crate::judge::text::{paragraph, plain};
use crate::judge::waiver::Standing;
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
    out.push('\n');
    out.push_str(&findings_text(report));
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

/// The findings: what stands in the way first, then warnings, then what is not
/// known, told together by its cause; what holds is counted.
pub fn findings_text(report: &Report) -> String {
    let mut out = String::from("Host\n");
    let of_facts = |finding: &&Finding| finding.group == "facts";
    for finding in report.findings.iter().filter(of_facts) {
        let title = format!("  {:<13} ", finding.title);
        paragraph(&mut out, &title, "                ", &finding.message);
    }
    let targets = match report.targets.as_slice() {
        [] => String::new(),
        targets => format!(" for {}", targets.join(", ")),
    };
    out.push_str(&format!("\nFindings{targets}\n"));
    paragraph(&mut out, "  ", "  ", &summary_line(report));
    let checks: Vec<_> = report.findings.iter().filter(|f| !of_facts(f)).collect();
    let open = |status: Status| {
        let checks = checks.iter().copied();
        checks.filter(move |f| f.status == status && f.waived_by.is_none())
    };
    for status in [Status::Fail, Status::Warn] {
        for finding in open(status) {
            out.push('\n');
            out.push_str(&finding_text(finding));
        }
    }
    out.push_str(&unknown_text(open(Status::Unknown)));
    let waived: Vec<_> = checks.iter().filter(|f| f.waived_by.is_some()).collect();
    if !waived.is_empty() {
        out.push_str("\nWaived\n");
        for finding in waived {
            let reason = finding.waived_by.as_deref().unwrap_or_default();
            let text = format!("{} {}: {reason}", finding.status.word(), finding.message);
            paragraph(&mut out, &format!("  {:<22} ", finding.id), "      ", &text);
        }
    }
    for waiver in report
        .waivers
        .iter()
        .filter(|w| w.standing != Standing::Used)
    {
        let text = match waiver.standing {
            Standing::Expired => format!(
                "the waiver of {} ended on {}: it counts no more",
                waiver.id,
                waiver.expires.as_deref().unwrap_or("an earlier day")
            ),
            Standing::Refused => format!(
                "the waiver of {} does not count where going on cannot work, or destroys data",
                waiver.id
            ),
            Standing::Unused | Standing::Used => {
                format!("the waiver of {} found nothing to waive", waiver.id)
            }
        };
        paragraph(&mut out, "  Note: ", "    ", &text);
    }
    out.push_str(&notes_and_passes(&checks));
    if report.summary.fail + report.summary.warn + report.summary.unknown > 0 {
        out.push_str("\nTo accept these findings as they stand:\n");
        let sum = &report.findings_sha256;
        out.push_str(&format!("  --accept-findings \\\n  {sum}\n"));
    }
    out
}

/// What is not known, by its cause: one cause often hides many facts.
fn unknown_text<'a>(findings: impl Iterator<Item = &'a Finding>) -> String {
    let mut by_cause: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for finding in findings {
        let cause = finding.message.split_once(" is not known: ");
        let cause = cause.map_or(finding.message.as_str(), |(_, cause)| cause);
        match by_cause.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, all)) => all.push(finding),
            None => by_cause.push((cause, vec![finding])),
        }
    }
    let mut out = String::new();
    for (cause, findings) in by_cause {
        out.push('\n');
        match findings.as_slice() {
            [one] => out.push_str(&finding_text(one)),
            many => {
                let ids: Vec<_> = many.iter().map(|finding| finding.id.as_str()).collect();
                let text = format!("{} checks, not known: {cause}", many.len());
                paragraph(&mut out, "  UNKNOWN  ", "           ", &text);
                paragraph(&mut out, "           ", "           ", &ids.join(" "));
            }
        }
    }
    out
}

/// What is good to know, and how many checks of each group hold.
fn notes_and_passes(checks: &[&Finding]) -> String {
    let mut out = String::new();
    let noted = |f: &&&Finding| f.severity == Some(Severity::Info) && f.waived_by.is_none();
    let mut notes = checks.iter().filter(noted).peekable();
    if notes.peek().is_some() {
        out.push_str("\nGood to know\n");
    }
    for finding in notes {
        paragraph(
            &mut out,
            &format!("  {:<22} ", finding.id),
            "      ",
            &finding.message,
        );
    }
    let mut groups: Vec<(&str, usize, usize)> = Vec::new();
    for finding in checks {
        let (pass, na) = match finding.status {
            Status::Pass => (1, 0),
            Status::Na => (0, 1),
            _ => continue,
        };
        match groups.iter_mut().find(|(name, ..)| *name == finding.group) {
            Some(group) => {
                group.1 += pass;
                group.2 += na;
            }
            None => groups.push((&finding.group, pass, na)),
        }
    }
    out.push('\n');
    for (name, pass, na) in groups {
        let na = if na == 0 {
            String::new()
        } else {
            format!(", {na} not applicable")
        };
        paragraph(
            &mut out,
            "  PASS     ",
            "           ",
            &format!("{name}: {pass} hold{na}"),
        );
    }
    out
}

/// A finding that does not hold, with what was wanted and what can be done.
pub fn finding_text(finding: &Finding) -> String {
    let mut out = String::new();
    let first = format!("  {:<8} {}: ", finding.status.word(), finding.id);
    paragraph(&mut out, &first, "           ", &finding.message);
    let Some(remedy) = &finding.remedy else {
        return out;
    };
    let reboot = if remedy.reboot {
        " (needs a reboot)"
    } else {
        ""
    };
    let text = format!("{}{reboot}", remedy.hint);
    paragraph(&mut out, "           Remedy: ", "             ", &text);
    // Commands are for copying: they are not broken.
    for command in &remedy.commands {
        out.push_str(&format!("             # {}\n", plain(command)));
    }
    for file in &remedy.files {
        out.push_str(&format!("             in {}:\n", plain(&file.path)));
        for line in file.change.lines() {
            out.push_str(&format!("               {}\n", plain(line)));
        }
    }
    for command in &remedy.undo {
        out.push_str(&format!("             undo: # {}\n", plain(command)));
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
