//! The report for a monitoring system: one line with a state and performance
//! data, and what is wrong below it (Monitoring Plugins' guidelines).

use super::{Report, Status};

/// The state and exit code of a plugin: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
pub fn state(report: &Report, strict: bool) -> (u8, &'static str) {
    match report.summary.verdict {
        Status::Fail => (2, "CRITICAL"),
        Status::Warn | Status::Unknown if strict => (2, "CRITICAL"),
        // A warning is more than a thing that is not known beside it.
        Status::Warn => (1, "WARNING"),
        Status::Unknown => (3, "UNKNOWN"),
        Status::Pass | Status::Na => (0, "OK"),
    }
}

/// The report as a plugin prints it.
pub fn text(report: &Report, strict: bool) -> String {
    let s = &report.summary;
    let (_, word) = state(report, strict);
    let open: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.status > Status::Pass && finding.waived_by.is_none())
        .collect();
    let worst = open.iter().max_by_key(|finding| finding.status);
    let first = worst.map_or_else(
        || "all checks hold".to_owned(),
        |finding| format!("{}: {}", finding.id, finding.message),
    );
    let mut out = format!(
        "PREFLIGHT {word} - {} | pass={} warn={} fail={} unknown={} na={} waived={}\n",
        line(&first),
        s.pass,
        s.warn,
        s.fail,
        s.unknown,
        s.na,
        s.waived
    );
    for finding in open {
        let text = format!(
            "{} {}: {}",
            finding.status.word(),
            finding.id,
            finding.message
        );
        out.push_str(&line(&text));
        out.push('\n');
    }
    out
}

/// Text in one line; a `|` would begin performance data.
fn line(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '|' => '/',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}
