//! The report as JUnit XML, for CI servers: a group is a test suite, a finding a
//! test case.
//!
//! JUnit has no warnings: a warning is a passed case with its text as output, or
//! a failure where `--strict` takes it for one. What is not known is an error,
//! what does not apply or was waived is skipped.

use super::{Finding, Report, Status};

/// The report as XML.
pub fn text(report: &Report, strict: bool) -> String {
    let mut groups: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for finding in &report.findings {
        match groups.iter_mut().find(|(name, _)| *name == finding.group) {
            Some((_, all)) => all.push(finding),
            None => groups.push((&finding.group, vec![finding])),
        }
    }
    let mut body = String::new();
    let mut sum = Counts::default();
    for (name, findings) in &groups {
        let counts = Counts::of(findings, strict);
        sum.add(&counts);
        body.push_str(&format!(
            "  <testsuite name=\"{}\" {} hostname=\"{}\" timestamp=\"{}\" time=\"0\">\n",
            escape(name),
            counts.attributes(),
            escape(report.host.hostname.as_deref().unwrap_or("unknown")),
            // The form of JUnit's schema has no zone.
            escape(report.generated_at.trim_end_matches('Z')),
        ));
        for finding in findings {
            body.push_str(&case(finding, strict));
        }
        body.push_str("  </testsuite>\n");
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"preflight\" {} time=\"0\">\n{body}</testsuites>\n",
        sum.of_all()
    )
}

/// How a finding is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Pass,
    Warning,
    Failure,
    Error,
    Skipped,
}

fn told(finding: &Finding, strict: bool) -> Told {
    if finding.waived_by.is_some() {
        return Told::Skipped;
    }
    match finding.status {
        Status::Na => Told::Skipped,
        Status::Pass => Told::Pass,
        Status::Warn if strict => Told::Failure,
        Status::Warn => Told::Warning,
        Status::Fail => Told::Failure,
        Status::Unknown => Told::Error,
    }
}

#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of(findings: &[&Finding], strict: bool) -> Self {
        let count = |wanted: Told| {
            let all = findings.iter();
            all.filter(|finding| told(finding, strict) == wanted)
                .count()
        };
        Self {
            tests: findings.len(),
            failures: count(Told::Failure),
            errors: count(Told::Error),
            skipped: count(Told::Skipped),
        }
    }

    fn add(&mut self, other: &Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }

    /// For all suites together: Jenkins' schema (xunit-plugin, junit-10.xsd)
    /// knows no `skipped` there.
    fn of_all(&self) -> String {
        format!(
            "tests=\"{}\" failures=\"{}\" errors=\"{}\"",
            self.tests, self.failures, self.errors
        )
    }

    /// For one suite.
    fn attributes(&self) -> String {
        format!("{} skipped=\"{}\"", self.of_all(), self.skipped)
    }
}

fn case(finding: &Finding, strict: bool) -> String {
    let head = format!(
        "    <testcase name=\"{}\" classname=\"{}\" time=\"0\"",
        escape(&finding.id),
        escape(&finding.group)
    );
    let message = escape(&finding.message);
    let body = match told(finding, strict) {
        Told::Pass => return format!("{head}/>\n"),
        Told::Warning => format!("<system-out>WARN: {}</system-out>", details(finding)),
        Told::Failure => format!(
            "<failure message=\"{message}\" type=\"{}\">{}</failure>",
            finding.status.word(),
            details(finding)
        ),
        Told::Error => format!(
            "<error message=\"{message}\" type=\"UNKNOWN\">{}</error>",
            details(finding)
        ),
        Told::Skipped => {
            let why = match &finding.waived_by {
                Some(reason) => format!(
                    "waived: {reason}: {} {}",
                    finding.status.word(),
                    finding.message
                ),
                None => finding.message.clone(),
            };
            format!("<skipped message=\"{}\"/>", escape(&why))
        }
    };
    format!("{head}>{body}</testcase>\n")
}

/// Message, what was wanted, and the remedy.
fn details(finding: &Finding) -> String {
    let mut text = format!("{}\nWanted: {}", finding.message, finding.required);
    if let Some(remedy) = &finding.remedy {
        text.push_str(&format!("\nRemedy: {}", remedy.hint));
        for command in &remedy.commands {
            text.push_str(&format!("\n  {command}"));
        }
    }
    escape(&text)
}

/// Text as XML 1.0 has it: characters that it does not allow are replaced
/// (production Char: tab, line ends, and from U+0020 on without U+FFFE, U+FFFF).
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn what_xml_does_not_allow_is_replaced() {
        assert_eq!(
            escape("a\u{0}b\u{1b}[0m<&\"\u{ffff}"),
            "a\u{fffd}b\u{fffd}[0m&lt;&amp;&quot;\u{fffd}"
        );
    }
}
