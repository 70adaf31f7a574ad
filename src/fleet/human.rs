//! The report of a fleet for people, in 80 columns.

use super::decision::{ClusterCandidate, HostGroup};
use super::finding::ClusterFinding;
use super::names;
use super::report::{ClusterReport, HostState};
use crate::judge::decide::Status as Possible;
use crate::judge::explain;
use crate::judge::finding::Status;
use crate::judge::rules::Rules;
use crate::judge::text::paragraph;

/// Up to so many hosts are listed one by one.
const LISTED: usize = 40;
/// Up to so many values of a row are told.
const VALUES: usize = 6;

/// The hosts in one line.
pub fn hosts_line(report: &ClusterReport) -> String {
    let summary = &report.summary;
    let mut line = format!("Fleet of {}", names::hosts(summary.hosts));
    match summary.missing {
        0 => line.push_str(", all of them reported"),
        missing => line.push_str(&format!(
            ": {} reported, {missing} did not",
            summary.reported
        )),
    }
    if summary.excluded > 0 {
        line.push_str(&format!("; {} left out", summary.excluded));
    }
    line
}

/// When the hosts were looked at.
pub fn times_line(report: &ClusterReport) -> String {
    let version = &report.tool_version;
    match (&report.oldest, &report.newest) {
        (Some(oldest), Some(newest)) if oldest != newest => {
            format!("groundcrew {version}, reports of {oldest} to {newest}")
        }
        (Some(at), _) => format!("groundcrew {version}, reports of {at}"),
        _ => format!("groundcrew {version}, no reports"),
    }
}

/// The recommendation in one sentence.
pub fn headline(rules: Option<&Rules>, report: &ClusterReport) -> String {
    let title = |id: &str| rules.map_or_else(|| id.to_owned(), |rules| explain::title(rules, id));
    match &report.recommendation {
        None => {
            "Recommended for all hosts: nothing; no option is possible on every host".to_owned()
        }
        Some(one) => {
            let doubt = doubt(report, &one.id);
            format!("Recommended for all hosts: {}{doubt}", title(&one.id))
        }
    }
}

/// What it was judged for, where that is not what is recommended.
fn target(report: &ClusterReport) -> Option<String> {
    let recommended = report.recommendation.as_ref().map(|one| one.id.as_str());
    let target = report.target.as_deref();
    let target = target.filter(|target| recommended != Some(*target))?;
    Some(format!(
        "wished for or planned, and judged for: {target}{}",
        doubt(report, target)
    ))
}

/// Why it is not confirmed that an option is possible on all hosts; nothing where it is,
/// or where it is known not to be.
fn doubt(report: &ClusterReport, id: &str) -> String {
    let status = report.option(id).map(|one| one.status);
    let mut why = Vec::new();
    match status {
        Some(Possible::Impossible) => return String::new(),
        Some(Possible::Unknown) => why.push("a fact is missing".to_owned()),
        None => why.push("it was not judged".to_owned()),
        Some(Possible::Ready | Possible::AfterFix) => {}
    }
    if report.summary.missing > 0 {
        let hosts = names::hosts(report.summary.missing);
        why.push(format!("{hosts} did not report"));
    }
    match why.is_empty() {
        true => String::new(),
        false => format!(" (not confirmed: {})", why.join("; ")),
    }
}

fn groups(groups: &[HostGroup]) -> String {
    let each = groups.iter().map(|group| {
        format!(
            "{} [{}]",
            names::some(group.hosts.iter().map(String::as_str)),
            group.rules.join(", ")
        )
    });
    each.collect::<Vec<_>>().join("; ")
}

fn count(groups: &[HostGroup]) -> usize {
    groups.iter().map(|group| group.hosts.len()).sum()
}

/// What is to be said of an option, the verdict first: `blocked by 2: db-old-1,
/// db-old-2 [SW1]`.
pub fn sentences(candidate: &ClusterCandidate) -> Vec<String> {
    let mut out = vec![match candidate.status {
        Possible::Impossible => format!(
            "blocked by {}: {}",
            count(&candidate.blocked_by),
            groups(&candidate.blocked_by)
        ),
        Possible::Ready => "possible".to_owned(),
        Possible::AfterFix => format!("possible, at cost {}", candidate.cost.unwrap_or(0)),
        Possible::Unknown => "probably, not confirmed".to_owned(),
    }];
    for (what, list) in [
        ("needs work on", &candidate.fixes),
        ("not known of", &candidate.unknown),
        ("unmet wishes on", &candidate.unmet),
    ] {
        if !list.is_empty() {
            out.push(format!("{what} {}: {}", count(list), groups(list)));
        }
    }
    out
}

/// The sets of hosts without which another option would be recommended.
pub fn without(report: &ClusterReport) -> Vec<String> {
    let each = report.without.iter().map(|one| {
        format!(
            "without {} -> {}",
            names::some(one.hosts.iter().map(String::as_str)),
            one.then
        )
    });
    each.collect()
}

/// How many findings came out how.
pub fn summary_line(report: &ClusterReport) -> String {
    let summary = &report.summary;
    let mut parts = vec![
        format!("{} failed", summary.fail),
        format!("{} warnings", summary.warn),
        format!("{} unknown", summary.unknown),
        format!("{} passed", summary.pass),
    ];
    if summary.waived > 0 {
        parts.push(format!("{} waived", summary.waived));
    }
    format!("{}: {}", summary.verdict.word(), parts.join(", "))
}

/// The findings that are told in full, the worst first.
pub fn open(report: &ClusterReport) -> Vec<&ClusterFinding> {
    let mut open: Vec<&ClusterFinding> = report
        .findings
        .iter()
        .filter(|one| one.status > Status::Pass && one.waived_by.is_none())
        .collect();
    open.sort_by_key(|one| std::cmp::Reverse(one.status));
    open
}

/// The values of a row that are told, and how many more there are.
pub fn values(row: &super::differences::Difference) -> (Vec<(String, String)>, usize) {
    let told = row.values.iter().take(VALUES).map(|group| {
        let hosts = names::some(group.hosts.iter().map(String::as_str));
        (group.value.clone(), hosts)
    });
    (told.collect(), row.values.len().saturating_sub(VALUES))
}

/// The report as text.
pub fn text(report: &ClusterReport) -> String {
    let rules = Rules::embedded().ok();
    let mut out = String::new();
    paragraph(&mut out, "", "  ", &hosts_line(report));
    paragraph(&mut out, "", "  ", &times_line(report));
    out.push('\n');
    paragraph(&mut out, "", "  ", &headline(rules.as_ref(), report));
    if let Some(target) = target(report) {
        paragraph(&mut out, "  ", "  ", &target);
    }
    for candidate in &report.candidates {
        for (nth, sentence) in sentences(candidate).iter().enumerate() {
            let first = match nth {
                0 => format!("  {:<17} ", candidate.id),
                _ => " ".repeat(20),
            };
            paragraph(&mut out, &first, &" ".repeat(22), sentence);
        }
    }
    for sentence in without(report) {
        paragraph(&mut out, "  ", "    ", &sentence);
    }
    missing(&mut out, report);
    findings(&mut out, report);
    if !report.differences.is_empty() {
        out.push_str("\nWhat differs between the hosts\n");
    }
    for row in &report.differences {
        paragraph(&mut out, "  ", "    ", &row.title);
        let (told, more) = values(row);
        for (value, hosts) in told {
            // Values are the hosts': they are text, and never the beginning of a line.
            paragraph(&mut out, "    ", "      ", &format!("{value}: {hosts}"));
        }
        if more > 0 {
            out.push_str(&format!("    and {more} more values\n"));
        }
    }
    list(&mut out, report);
    out.push('\n');
    paragraph(&mut out, "", "  ", &summary_line(report));
    out
}

fn missing(out: &mut String, report: &ClusterReport) {
    let mut missing = report
        .hosts
        .iter()
        .filter(|host| host.state == HostState::Missing)
        .peekable();
    if missing.peek().is_some() {
        out.push_str("\nHosts that did not report\n");
    }
    let mut left = 0;
    for (nth, host) in missing.enumerate() {
        if nth >= LISTED {
            left += 1;
            continue;
        }
        let why = host.why.as_deref().unwrap_or("no reason is known");
        let hint = host
            .hint
            .as_ref()
            .map_or(String::new(), |hint| format!("; try: {hint}"));
        let text = format!("{}: {why}{hint}", host.name);
        paragraph(out, "  ", "    ", &text);
    }
    if left > 0 {
        out.push_str(&format!("  and {left} more\n"));
    }
}

fn findings(out: &mut String, report: &ClusterReport) {
    out.push_str("\nThe hosts together\n");
    for finding in open(report) {
        let first = format!("  {:<8}{}: ", finding.status.word(), finding.id);
        paragraph(out, &first, "          ", &finding.message);
        if let Some(remedy) = &finding.remedy {
            paragraph(out, "          Remedy: ", "            ", &remedy.hint);
        }
    }
    for finding in report.findings.iter().filter(|one| one.waived_by.is_some()) {
        let reason = finding.waived_by.as_deref().unwrap_or_default();
        let first = format!("  {:<8}{}: ", "WAIVED", finding.id);
        paragraph(
            out,
            &first,
            "          ",
            &format!("{}; {reason}", finding.message),
        );
    }
    for status in [Status::Pass, Status::Na] {
        let ids: Vec<&str> = report
            .findings
            .iter()
            .filter(|one| one.status == status)
            .map(|one| one.id.as_str())
            .collect();
        if !ids.is_empty() {
            paragraph(
                out,
                &format!("  {:<8}", status.word()),
                "          ",
                &ids.join(", "),
            );
        }
    }
}

fn list(out: &mut String, report: &ClusterReport) {
    let reported: Vec<_> = report
        .hosts
        .iter()
        .filter(|host| host.state == HostState::Reported)
        .collect();
    if reported.is_empty() {
        return;
    }
    if reported.len() > LISTED {
        out.push_str("\nThe hosts one by one are in the report's HTML and JSON.\n");
        return;
    }
    out.push_str("\nHosts\n");
    for host in reported {
        let fact = |key: &str| host.facts.get(key).map_or("unknown", String::as_str);
        let text = format!(
            "{}: {} on {}; {}, kernel {}, Docker {}",
            host.name,
            host.address.as_deref().unwrap_or("no address"),
            host.interface.as_deref().unwrap_or("no interface"),
            fact("distribution"),
            fact("kernel"),
            fact("docker")
        );
        paragraph(out, "  ", "    ", &text);
    }
}
