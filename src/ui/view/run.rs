//! A run that goes on, and how it ended.

use std::time::Duration;

use crate::apply::journal::StepState;
use crate::apply::verify;
use crate::ui::backend::{End, Finished};
use crate::ui::text::{count, pad, width};
use crate::ui::theme::Look;
use crate::ui::wizard::Wizard;
use crate::ui::wizard::run::{RunKind, RunRow, RunView, state_word};

use super::body::{Body, Row};

/// Lines of the log below the steps, at least.
const LOG: usize = 5;

fn state_look(state: StepState) -> Look {
    match state {
        StepState::Todo => Look::Plain,
        StepState::Started => Look::Title,
        StepState::Done | StepState::Present => Look::Good,
        StepState::Undone => Look::Warn,
        StepState::Failed | StepState::NotUndone => Look::Bad,
    }
}

fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

/// The body while a run goes on.
pub fn apply(wizard: &Wizard, columns: usize, height: usize) -> Body {
    let mut body = Body::default();
    let Some(run) = &wizard.run else { return body };
    let total = run.rows.len();
    let step = run.current().map_or(0, |at| at + 1);
    let word = match run.kind {
        RunKind::RollBack => "undone",
        _ => "done",
    };
    let elapsed = clock(run.ended.unwrap_or(wizard.now).saturating_sub(run.began));
    let right = format!(
        "  step {step} of {total}, {} {word}   {elapsed}",
        run.settled()
    );
    let bar = columns.saturating_sub(right.len() + 4).min(42);
    let full = bar * run.settled() / total.max(1);
    let text = format!(
        " [{}{}]{right}",
        "#".repeat(full),
        ".".repeat(bar - full.min(bar))
    );
    body.line(text);
    body.gap();
    // The log takes what the steps leave; without room for a box there is none.
    let boxed = height >= super::ROWS_FOR_DETAILS;
    let rows = LOG.max(height.saturating_sub(total + 6));
    let mut lines: Vec<String> = run.log.iter().rev().take(rows).rev().cloned().collect();
    lines.resize(rows, String::new());
    let title = match &run.log_file {
        Some(path) => format!("log: {path}"),
        None => "log".to_owned(),
    };
    body.details = Some((title, lines));
    // The steps around the one that runs, where not all have room.
    let taken = if boxed { LOG + 2 } else { 0 };
    let room = height.saturating_sub(5 + taken).max(4);
    let first = if total <= room {
        0
    } else {
        step.saturating_sub(room / 2).min(total - room)
    };
    if first > 0 {
        body.line(format!("   ...    1..{first}"));
    }
    for (at, row) in run.rows.iter().enumerate().skip(first).take(room) {
        body.push(step_row(at, row, columns, wizard.now));
    }
    let shown = (first + room).min(total);
    if shown < total {
        body.line(format!("   ...    {}..{total}", shown + 1));
    }
    if let Some(peers) = run.verifying {
        body.line(format!(
            "   RUN        Verify the data path to {}",
            count(peers, "peer")
        ));
    }
    body
}

fn step_row(at: usize, row: &RunRow, columns: usize, now: Duration) -> Row {
    let running = row.state == StepState::Started;
    let mark = if running { " > " } else { "   " };
    let so_far = row.began.filter(|_| running);
    let so_far = so_far.map(|began| now.saturating_sub(began));
    let took = row
        .took
        .or(so_far)
        .map_or(String::new(), |took| format!("{} s", took.as_secs()));
    let title = pad(&row.title, columns.saturating_sub(24));
    Row::new(mark, Look::Plain)
        .and(
            format!("{:<6}", state_word(row.state)),
            state_look(row.state),
        )
        .and(format!(" {:>2}  {title} {took:>8}", at + 1), Look::Plain)
}

/// The body after a run.
pub fn done(wizard: &Wizard, columns: usize) -> Body {
    let mut body = Body::default();
    let (Some(finished), Some(run)) = (&wizard.finished, &wizard.run) else {
        return body;
    };
    let bad = finished.exit_code() != 0;
    let took = clock(run.ended.unwrap_or(wizard.now).saturating_sub(run.began));
    let look = if bad { Look::Bad } else { Look::Title };
    body.paragraph(&finished.sentence(), 1, 0, columns, look);
    body.line(format!(" Steps: {}. Time: {took}.", tally(run)));
    failed(&mut body, finished, run, columns);
    if !finished.verified.is_empty() {
        body.gap();
        for one in &finished.verified {
            let (word, look) = match one.status {
                verify::Status::Pass => ("PASS", Look::Good),
                verify::Status::Fail => ("FAIL", Look::Bad),
                verify::Status::Unknown => ("UNKNOWN", Look::Warn),
                verify::Status::NotApplicable => ("N/A", Look::Plain),
            };
            let lines = crate::ui::text::wrap(&one.message, columns.saturating_sub(13));
            for (n, line) in lines.into_iter().enumerate() {
                let word = if n == 0 { word } else { "" };
                body.push(
                    Row::new("   ", Look::Plain)
                        .and(format!("{word:<8}"), look)
                        .and(line, Look::Plain),
                );
            }
        }
    }
    if !finished.next.is_empty() {
        body.gap();
        body.title("Next");
        for (n, text) in finished.next.iter().enumerate() {
            body.paragraph(&format!("{}. {text}", n + 1), 3, 3, columns, Look::Plain);
        }
    }
    if !finished.saved.is_empty() {
        body.gap();
        body.title("Saved");
        let paths = finished.saved.iter().map(|(path, _)| width(path));
        let wide = paths.max().unwrap_or(0) + 2;
        for (path, what) in &finished.saved {
            // A path is never cut: what it is goes below where there is no room.
            if 3 + wide + width(what) < columns {
                body.line(format!("   {}{what}", pad(path, wide)));
            } else {
                body.line(format!("   {path}"));
                body.paragraph(what, 6, 0, columns, Look::Plain);
            }
        }
    }
    body
}

fn tally(run: &RunView) -> String {
    let states = [
        (StepState::Done, "done"),
        (StepState::Present, "the same as before"),
        (StepState::Undone, "undone"),
        (StepState::Failed, "failed"),
        (StepState::Started, "cut off"),
        (StepState::NotUndone, "not undone"),
        (StepState::Todo, "not begun"),
    ];
    let number = |state| run.rows.iter().filter(|row| row.state == state).count();
    let parts: Vec<String> = states
        .iter()
        .map(|(state, word)| (number(*state), word))
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    if parts.is_empty() {
        return "none".into();
    }
    parts.join(", ")
}

/// What failed, and what is left.
fn failed(body: &mut Body, finished: &Finished, run: &RunView, columns: usize) {
    let (failed, left) = match &finished.end {
        End::Kept { step, error } => (Some((*step, error)), None),
        End::RolledBack { failed } => (failed.as_ref().map(|(step, error)| (*step, error)), None),
        End::NotRolledBack { failed, left } => (
            failed.as_ref().map(|(step, error)| (*step, error)),
            Some(left),
        ),
        _ => (None, None),
    };
    if let Some((step, error)) = failed {
        body.gap();
        let title = run.rows.get(step).map_or("", |row| row.title.as_str());
        body.paragraph(
            &format!("Step {}: {title}", step + 1),
            3,
            2,
            columns,
            Look::Plain,
        );
        for line in error.lines() {
            body.paragraph(line, 5, 2, columns, Look::Bad);
        }
    }
    for text in left.into_iter().flatten() {
        body.gap();
        body.paragraph(&format!("Left: {text}"), 3, 2, columns, Look::Bad);
    }
}
