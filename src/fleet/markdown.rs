//! The report of a fleet as Markdown, for tickets.

use super::human::{
    headline, hosts_line, open, sentences, summary_line, times_line, values, without,
};
use super::report::{ClusterReport, HostState};
use crate::judge::rules::Rules;
use crate::report::markdown::{escape, table};

/// The report as Markdown.
pub fn text(report: &ClusterReport) -> String {
    let rules = Rules::embedded().ok();
    let mut out = format!("# {}\n\n", escape(&hosts_line(report)));
    out.push_str(&format!(
        "{}\n\n**{}**\n\n",
        escape(&times_line(report)),
        escape(&summary_line(report))
    ));
    out.push_str("## Recommendation\n\n");
    out.push_str(&format!(
        "**{}**\n\n",
        escape(&headline(rules.as_ref(), report))
    ));
    for candidate in &report.candidates {
        for (nth, sentence) in sentences(candidate).iter().enumerate() {
            out.push_str(&match nth {
                0 => format!("- `{}`: {}\n", candidate.id, escape(sentence)),
                _ => format!("  - {}\n", escape(sentence)),
            });
        }
    }
    for sentence in without(report) {
        out.push_str(&format!("- {}\n", escape(&sentence)));
    }
    out.push_str("\n## The hosts together\n\n");
    let rows = open(report).into_iter().map(|finding| {
        vec![
            finding.status.word().to_owned(),
            finding.id.clone(),
            finding.message.clone(),
            finding
                .remedy
                .as_ref()
                .map_or(String::new(), |remedy| remedy.hint.clone()),
        ]
    });
    out.push_str(&table(&["Status", "Rule", "Found", "Remedy"], rows));
    let rows = report
        .findings
        .iter()
        .filter(|one| one.waived_by.is_some())
        .map(|finding| {
            let reason = finding.waived_by.clone().unwrap_or_default();
            vec![finding.id.clone(), finding.message.clone(), reason]
        });
    out.push_str(&table(&["Waived", "Found", "Reason"], rows));
    let missing = report
        .hosts
        .iter()
        .filter(|host| host.state == HostState::Missing);
    let rows = missing.map(|host| {
        vec![
            host.name.clone(),
            host.why.clone().unwrap_or_default(),
            host.hint.clone().unwrap_or_default(),
        ]
    });
    let rows = table(&["Host", "Why", "Try"], rows);
    if !rows.is_empty() {
        out.push_str(&format!("## Hosts that did not report\n\n{rows}"));
    }
    let rows = report.differences.iter().flat_map(|row| {
        let (told, more) = values(row);
        let mut lines: Vec<Vec<String>> = told
            .into_iter()
            .map(|(value, hosts)| vec![row.title.clone(), value, hosts])
            .collect();
        if more > 0 {
            lines.push(vec![
                row.title.clone(),
                format!("and {more} more values"),
                String::new(),
            ]);
        }
        lines
    });
    let rows = table(&["What", "Value", "Hosts"], rows);
    if !rows.is_empty() {
        out.push_str(&format!("## What differs between the hosts\n\n{rows}"));
    }
    let reported = report
        .hosts
        .iter()
        .filter(|host| host.state == HostState::Reported);
    let rows = reported.map(|host| {
        let fact = |key: &str| host.facts.get(key).cloned().unwrap_or_default();
        vec![
            host.name.clone(),
            host.address.clone().unwrap_or_default(),
            host.interface.clone().unwrap_or_default(),
            fact("distribution"),
            fact("kernel"),
            fact("docker"),
        ]
    });
    let head = [
        "Host",
        "Address",
        "Interface",
        "Distribution",
        "Kernel",
        "Docker",
    ];
    let rows = table(&head, rows);
    if !rows.is_empty() {
        out.push_str(&format!("## Hosts\n\n{rows}"));
    }
    out
}
