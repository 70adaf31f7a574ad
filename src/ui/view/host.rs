//! The host and its checks.

use crate::ui::backend::{Finding, Status};
use crate::ui::text::{fit, pad, width, wrap};
use crate::ui::theme::Look;
use crate::ui::wizard::{Focus, Wizard};

use super::body::{Body, Row};

/// The look of a result.
pub fn status_look(status: Status) -> Look {
    match status {
        Status::Pass => Look::Good,
        Status::Warn | Status::Unknown | Status::Waived => Look::Warn,
        Status::Fail => Look::Bad,
    }
}

/// How many came out how: `7 pass  2 warn  1 fail`.
fn tally(findings: &[Finding]) -> String {
    let kinds = [
        (Status::Pass, "pass"),
        (Status::Warn, "warn"),
        (Status::Unknown, "unknown"),
        (Status::Waived, "waived"),
        (Status::Fail, "fail"),
    ];
    let number = |status| findings.iter().filter(|f| f.status == status).count();
    let parts: Vec<String> = kinds
        .iter()
        .map(|(status, word)| (number(*status), word))
        .filter(|(n, word)| *n > 0 || matches!(**word, "pass" | "fail"))
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    parts.join("  ")
}

/// The body of the page.
pub fn body(wizard: &Wizard, columns: usize) -> Body {
    let mut body = Body::default();
    let Some(inspection) = &wizard.inspection else {
        body.title("Checks on this host");
        body.gap();
        body.line("   Looking at this host. Nothing is changed by it.");
        reading(&mut body, wizard);
        return body;
    };
    let left = " Checks on this host";
    let right = tally(&inspection.findings);
    let space = columns.saturating_sub(width(left) + width(&right) + 1);
    body.push(
        Row::new(left, Look::Title).and(format!("{}{right}", " ".repeat(space)), Look::Plain),
    );
    let shown = wizard.findings();
    let ids = shown
        .iter()
        .map(|(_, finding)| width(&finding.id))
        .max()
        .unwrap_or(2);
    let ids = ids.clamp(8, 24);
    let head = format!("   {}  RESULT   CHECK", pad("ID", ids));
    body.push(Row::new(head, Look::Faint));
    let room = columns.saturating_sub(ids + 15);
    for (at, (_, finding)) in shown.iter().enumerate() {
        let focused = wizard.focus == Focus::Body && wizard.cursor() == at;
        let look = if focused { Look::Focus } else { Look::Plain };
        let row = Row::item(focused)
            .and(pad(&finding.id, ids), look)
            .and("  ", Look::Plain)
            .and(
                format!("{:<7}", finding.status.word()),
                status_look(finding.status),
            )
            .and("  ", Look::Plain)
            .and(fit(&finding.title, room), look);
        body.push(row);
        if wizard.cursor() == at {
            let lines = details(finding, columns);
            if !lines.is_empty() {
                body.details = Some((finding.id.clone(), lines));
            }
        }
    }
    if shown.is_empty() {
        body.line("   No check fits the filter.");
    }
    body
}

/// What is read of the host: the last one is being read.
fn reading(body: &mut Body, wizard: &Wizard) {
    let all = &wizard.reading;
    for (at, (what, since)) in all.iter().enumerate() {
        let next = all.get(at + 1).map(|(_, next)| *next);
        let (word, look) = match next {
            Some(_) => ("READ", Look::Good),
            None => ("...", Look::Plain),
        };
        let seconds = next.unwrap_or(wizard.now).saturating_sub(*since).as_secs();
        // What is read at once needs no time beside it.
        let took = match seconds {
            0 => String::new(),
            n => format!("{n} s"),
        };
        body.push(
            Row::new("   ", Look::Plain)
                .and(format!("{word:<7}"), look)
                .and(format!("{} {took}", pad(what, 32)), Look::Plain),
        );
    }
}

fn details(finding: &Finding, columns: usize) -> Vec<String> {
    let words = finding
        .details
        .iter()
        .map(|(word, _)| width(word))
        .max()
        .unwrap_or(0);
    let mut out = Vec::new();
    for (word, text) in &finding.details {
        for (n, line) in wrap(text, columns.saturating_sub(words + 8))
            .iter()
            .enumerate()
        {
            let lead = if n == 0 { word.as_str() } else { "" };
            out.push(format!("{}  {line}", pad(lead, words)));
        }
    }
    out
}
