//! The plan, or what stands in its way.

use crate::ui::backend::{Planned, Probe, Trouble};
use crate::ui::text::{count, fit, pad, width, wrap};
use crate::ui::theme::Look;
use crate::ui::wizard::reading::{Para, flow};
use crate::ui::wizard::{Focus, Wizard};

use super::body::{Body, Row};

/// Columns of the way back: as wide as it needs, where there is room for that.
const UNDO: usize = 12;

/// The body of the page.
pub fn body(wizard: &Wizard, columns: usize) -> Body {
    match &wizard.planned {
        None => {
            let mut body = Body::default();
            body.title("Making the plan. Nothing has been changed so far.");
            body
        }
        Some(Err(troubles)) => refused(wizard, troubles, columns),
        Some(Ok(planned)) => steps(wizard, planned, columns),
    }
}

fn refused(wizard: &Wizard, troubles: &[Trouble], columns: usize) -> Body {
    let mut body = Body::default();
    let number = count(troubles.len(), "thing");
    body.title(&format!(
        "No plan yet: {number} to be mended. Nothing has been changed."
    ));
    for (at, trouble) in troubles.iter().enumerate() {
        body.gap();
        let focused = wizard.focus == Focus::Body && wizard.cursor() == at;
        let text = format!("{}: {}", trouble.id, trouble.text);
        body.push_with(Row::item(focused), &text, Look::Bad, columns, true);
        match (wizard.place_of(at), &trouble.remedy) {
            (Some((page, _)), _) => {
                let text = format!("Enter leads to it, on the page {}.", page.name());
                body.paragraph(&text, 5, 0, columns, Look::Plain);
            }
            (None, Some(remedy)) => body.paragraph(remedy, 5, 0, columns, Look::Plain),
            (None, None) => {}
        }
    }
    body
}

/// The word for what a step has to do.
fn probe_word(probe: &Probe) -> &'static str {
    match probe {
        Probe::Todo => "todo",
        Probe::Done => "same",
        Probe::Unknown(_) => "?",
    }
}

fn steps(wizard: &Wizard, planned: &Planned, columns: usize) -> Body {
    let mut body = Body::default();
    let todo = planned
        .steps
        .iter()
        .filter(|step| step.probe != Probe::Done)
        .count();
    let head = match (planned.steps.len(), todo) {
        (0, _) => "There is nothing to carry out. Nothing has been changed.".to_owned(),
        (n, 0) => format!(
            "{}, nothing to do: all is as it should be.",
            count(n, "step")
        ),
        (n, todo) => format!(
            "{}, {todo} to do. Nothing has been changed so far.",
            count(n, "step")
        ),
    };
    body.title(&head);
    body.gap();
    let widest = planned.steps.iter().filter_map(|step| step.undo.as_deref());
    let widest = widest.map(width).max().unwrap_or(0);
    let wide = widest.clamp(UNDO, UNDO.max(columns / 4));
    let room = columns.saturating_sub(14 + wide);
    if !planned.steps.is_empty() {
        let head = format!("    #  DO    {}  UNDO", pad("STEP", room));
        body.push(Row::new(head, Look::Faint));
    }
    for (at, step) in planned.steps.iter().enumerate() {
        let focused = wizard.focus == Focus::Body && wizard.cursor() == at;
        let look = if focused { Look::Focus } else { Look::Plain };
        let (undo, undo_look) = match &step.undo {
            Some(undo) => (undo.as_str(), Look::Plain),
            None => ("NO UNDO", Look::Bad),
        };
        let row = Row::item(focused)
            .and(
                format!("{:>2}  {:<4}  ", at + 1, probe_word(&step.probe)),
                Look::Plain,
            )
            .and(pad(&step.title, room), look)
            .and("  ", Look::Plain)
            .and(fit(undo, wide), undo_look);
        body.push(row);
    }
    for (word, texts) in [
        ("Then verified", &planned.verify),
        ("Notes", &planned.notes),
    ] {
        if texts.is_empty() {
            continue;
        }
        body.gap();
        body.title(word);
        for text in texts {
            body.paragraph(text, 3, 2, columns, Look::Plain);
        }
    }
    let step = planned.steps.get(wizard.cursor());
    body.details = step.map(|step| {
        let mut lines = match &step.probe {
            Probe::Unknown(why) => vec![format!("Not known yet: {why}")],
            _ => Vec::new(),
        };
        lines.extend(step.diff.iter().cloned());
        if lines.is_empty() {
            let why = step.why.iter().map(|text| Para::new("", text.as_str()));
            lines = flow(&why.collect::<Vec<_>>(), columns.saturating_sub(6));
        }
        // What was cut in the list is said in full.
        if lines.is_empty() || width(&step.title) > room {
            let title = wrap(&step.title, columns.saturating_sub(6));
            lines.splice(0..0, title);
        }
        if let Some(undo) = step.undo.as_deref().filter(|undo| width(undo) > wide) {
            lines.push(format!("Undo: {undo}"));
        }
        (format!("step {}", wizard.cursor() + 1), lines)
    });
    body
}
