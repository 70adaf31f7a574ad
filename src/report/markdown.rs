//! The report as Markdown, for tickets.

use super::human::{host_line, step_word, summary_line, verify_word};
use super::{Finding, Report, Status};
use crate::judge::explain;
use crate::judge::rules::Rules;

/// The report as Markdown.
pub fn text(report: &Report) -> String {
    let mut out = format!("# Preflight: {}\n\n", escape(&host_line(report)));
    let version = &report.tool_version;
    out.push_str(&format!(
        "groundcrew {version}, {}\n\n",
        report.generated_at
    ));
    if let Some(run) = &report.run {
        out.push_str(&format!("## Run\n\n{}\n\n", escape(&run.outcome)));
        let rows = run.steps.iter().enumerate().map(|(index, step)| {
            let error = step.error.as_deref().unwrap_or_default();
            vec![
                (index + 1).to_string(),
                step_word(step.state).into(),
                step.title.clone(),
                error.into(),
            ]
        });
        out.push_str(&table(&["#", "State", "Step", "Error"], rows));
        let rows = run.verified.iter().map(|verified| {
            vec![
                verify_word(verified.status).into(),
                verified.subject.clone(),
                verified.message.clone(),
            ]
        });
        out.push_str(&table(&["Result", "Verified", "Found"], rows));
        for note in &run.notes {
            out.push_str(&format!("- {}\n", escape(note)));
        }
        if let Some(advice) = &run.advice {
            out.push_str(&format!(
                "- Install script: `{}`\n",
                advice.install_argument
            ));
            for line in &advice.replicated_yml {
                out.push_str(&format!("- `replicated.yml`: {}\n", escape(line)));
            }
        }
        out.push('\n');
    }
    out.push_str("## Recommendation\n\n");
    if let Ok(rules) = Rules::embedded() {
        let name =
            report
                .recommendation
                .as_ref()
                .map_or("nothing is possible on this host".into(), |r| {
                    let confirmed = if r.confirmed { "" } else { " (not confirmed)" };
                    format!("**{}**{confirmed}", explain::title(&rules, &r.id))
                });
        out.push_str(&format!("{name}\n\n"));
        for candidate in &report.candidates {
            for (index, sentence) in explain::candidate_sentences(&rules, candidate)
                .iter()
                .enumerate()
            {
                let indent = if index == 0 { "" } else { "  " };
                out.push_str(&format!("{indent}- {}\n", escape(sentence)));
            }
        }
        out.push('\n');
        if !report.what_if.is_empty() {
            out.push_str("What would change it:\n\n");
            for what_if in &report.what_if {
                let then = explain::title(&rules, &what_if.recommendation);
                out.push_str(&format!("- if {}: {then}\n", escape(&what_if.condition)));
            }
            out.push('\n');
        }
    }
    out.push_str("## Interfaces\n\n");
    let rows = report.interfaces.candidates.iter().map(|candidate| {
        let addresses: Vec<_> = candidate
            .addresses
            .iter()
            .map(ToString::to_string)
            .collect();
        let reasons: Vec<_> = candidate
            .reasons
            .iter()
            .map(|reason| reason.why.as_str())
            .collect();
        vec![
            candidate.name.clone(),
            candidate.state.clone().unwrap_or("?".into()),
            addresses.join(" "),
            candidate.kind.clone().unwrap_or("?".into()),
            candidate.verdict.word().to_string(),
            reasons.join("; "),
        ]
    });
    let head = ["Name", "State", "Addresses", "Kind", "Verdict", "Why"];
    out.push_str(&table(&head, rows));
    out.push_str(&format!("## Findings\n\n{}\n\n", summary_line(report)));
    for status in [Status::Fail, Status::Warn, Status::Unknown] {
        let all = report.findings.iter();
        for finding in all.filter(|f| f.status == status && f.waived_by.is_none()) {
            out.push_str(&open_finding(finding));
        }
    }
    let rows = report.findings.iter().filter_map(|finding| {
        let reason = finding.waived_by.clone()?;
        let status = finding.status.word().to_string();
        Some(vec![
            status,
            finding.id.clone(),
            finding.message.clone(),
            reason,
        ])
    });
    out.push_str(&table(&["Waived", "Id", "Found", "Reason"], rows));
    let rows = report
        .findings
        .iter()
        .filter(|finding| finding.status == Status::Pass)
        .map(|finding| vec![finding.id.clone(), finding.message.clone()]);
    let passed = table(&["What holds", "Found"], rows);
    out.push_str(&format!(
        "<details><summary>What holds</summary>\n\n{passed}</details>\n\nChecksum of the findings: \
         `{}`\n",
        report.findings_sha256
    ));
    out
}

/// A finding that does not hold, its commands as code.
fn open_finding(finding: &Finding) -> String {
    let mut out = format!(
        "- **{}** {}: {}\n",
        finding.status.word(),
        escape(&finding.id),
        escape(&finding.message)
    );
    let Some(remedy) = &finding.remedy else {
        return out;
    };
    let reboot = if remedy.reboot {
        " (needs a reboot)"
    } else {
        ""
    };
    out.push_str(&format!("  - Remedy: {}{reboot}\n", escape(&remedy.hint)));
    let mut block = |lines: &[String]| {
        if !lines.is_empty() {
            out.push_str("\n    ```sh\n");
            for line in lines.iter().flat_map(|text| text.lines()) {
                // A fence within would end the block.
                out.push_str(&format!("    {}\n", line.replace("```", "---")));
            }
            out.push_str("    ```\n\n");
        }
    };
    block(&remedy.commands);
    for file in &remedy.files {
        block(&[format!("# {}\n{}", file.path, file.change)]);
    }
    out
}

pub(crate) fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut body = String::new();
    for row in rows {
        let cells: Vec<_> = row.iter().map(|cell| escape(cell)).collect();
        body.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    if body.is_empty() {
        return body;
    }
    let rule = vec!["---"; head.len()].join(" | ");
    format!("| {} |\n| {rule} |\n{body}\n", head.join(" | "))
}

/// Text as Markdown that shows it as it is, in one line: values come from the
/// host and may hold anything.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '|' | '<' | '>' | '[' | ']' | '#' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
