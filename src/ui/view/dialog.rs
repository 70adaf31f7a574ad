//! Dialogs over a page.

use crate::ui::text::{count, fit, width, wrap};
use crate::ui::theme::Look;
use crate::ui::wizard::Wizard;
use crate::ui::wizard::dialog::{Dialog, PathFor};
use crate::ui::wizard::reading::{Drawn, Para, flow};
use crate::ui::wizard::record::RecordDialog;

use super::form::widget;
use super::{Area, Canvas};

/// Columns that a dialog takes at most where answers are given, and where much is
/// read: longer lines are hard to follow.
const NARROW: usize = 78;
const WIDE: usize = 124;

/// Draws the dialog on top, if there is one; where the cursor belongs. `row` is
/// that of the message.
pub fn draw(wizard: &Wizard, canvas: &mut Canvas, row: usize) -> Option<(usize, usize)> {
    let dialog = wizard.dialogs.last()?;
    match dialog {
        Dialog::Quit { at } => {
            let lines = ["Quit? Nothing was changed.".to_owned()];
            question(
                canvas,
                "Quit",
                &lines,
                &["No", "Yes, save answers", "Yes"],
                *at,
            )
        }
        Dialog::Stop { at, hard, asked } => {
            let lines = if *hard {
                vec!["The running command was told to stop, too.".to_owned()]
            } else if *asked {
                vec![
                    "It stops after the step that runs.".to_owned(),
                    "Ctrl-C stops the running command, too.".to_owned(),
                ]
            } else {
                vec![
                    "Stop after the step that runs?".to_owned(),
                    "What is done is kept; the run can go on later, or be undone.".to_owned(),
                ]
            };
            question(
                canvas,
                "Stop",
                &lines,
                &["Go on", "Stop after this step"],
                *at,
            )
        }
        Dialog::Failed {
            title,
            paras,
            scroll,
            choices,
            at,
        } => {
            let mut words: Vec<&str> = choices.iter().map(|(_, word)| word.as_str()).collect();
            words.push("Show the full log");
            failed(wizard, canvas, (title, paras, *scroll), &words, *at)
        }
        Dialog::Info {
            title,
            paras,
            scroll,
        } => {
            info(wizard, canvas, title, paras, *scroll);
            None
        }
        Dialog::Log { up, wrap } => {
            log(wizard, canvas, *up, *wrap);
            None
        }
        Dialog::Record(record) => record_box(canvas, record),
        Dialog::Path { what, editor } => {
            let word = match what {
                PathFor::Answers => "Save the answers to",
                PathFor::Plan => "Save the plan to",
                PathFor::Report => "Save the report to (.txt .json .yaml .md)",
            };
            Some(prompt(canvas, row, word, editor))
        }
        Dialog::Filter { editor } => Some(prompt(canvas, row, "Filter", editor)),
    }
}

/// Tells the model how far the dialog on top can be scrolled.
fn scrolls(wizard: &Wizard, last: usize, page: usize) {
    wizard.drawn.set(Drawn {
        last,
        page,
        ..wizard.drawn.get()
    });
}

/// A box in the middle for `lines` lines, of at most `most` columns; its area.
fn place(canvas: &mut Canvas, title: &str, lines: usize, most: usize) -> Area {
    let columns = canvas.columns().saturating_sub(2).min(most);
    // Between the rules of the page.
    let top = if canvas.rows() < usize::from(super::ROWS_FOR_STEPS) {
        2
    } else {
        3
    };
    let most = canvas.bottom.saturating_sub(top);
    let rows = (lines + 2).min(most).max(3);
    let area = Area {
        column: canvas.columns().saturating_sub(columns) / 2,
        row: top + most.saturating_sub(rows) / 2,
        columns,
        rows,
    };
    canvas.frame(area, title);
    area
}

/// Lines in the inside of a box, from the first.
fn fill(canvas: &mut Canvas, area: Area, lines: &[String]) {
    let room = area.columns.saturating_sub(4);
    for (n, line) in lines.iter().take(area.rows.saturating_sub(2)).enumerate() {
        canvas.put(
            area.column + 2,
            area.row + 1 + n,
            &fit(line, room),
            Look::Plain,
        );
    }
}

fn question(
    canvas: &mut Canvas,
    title: &str,
    lines: &[String],
    answers: &[&str],
    at: usize,
) -> Option<(usize, usize)> {
    let area = place(canvas, title, lines.len() + 3, NARROW);
    let mut all = vec![String::new()];
    all.extend_from_slice(lines);
    fill(canvas, area, &all);
    let row = area.row + area.rows.saturating_sub(2);
    let mut column = area.column + 2;
    let mut caret = None;
    for (n, answer) in answers.iter().enumerate() {
        let (text, look) = if n == at {
            caret = Some((column, row));
            (format!("[ {answer} ]"), Look::Focus)
        } else {
            (format!("< {answer} >"), Look::Plain)
        };
        column = canvas.put(column, row, &text, look) + 2;
    }
    caret
}

fn failed(
    wizard: &Wizard,
    canvas: &mut Canvas,
    (title, paras, scroll): (&str, &[Para], usize),
    words: &[&str],
    at: usize,
) -> Option<(usize, usize)> {
    let lines = flow(paras, canvas.columns().saturating_sub(6).min(WIDE - 4));
    let area = place(canvas, title, lines.len() + words.len() + 1, WIDE);
    // The choices are always there; what fits of the error is above them.
    let room = area.rows.saturating_sub(2 + words.len() + 1).max(1);
    let last = lines.len().saturating_sub(room);
    scrolls(wizard, last, room);
    let first = scroll.min(last);
    let shown: Vec<String> = lines.iter().skip(first).take(room).cloned().collect();
    fill(canvas, area, &shown);
    if last > first {
        let text = format!("({} below: PgDn)", count(last - first, "line"));
        let column = area.column + area.columns.saturating_sub(width(&text) + 2);
        let row = area.row + area.rows.saturating_sub(2 + words.len());
        canvas.put(column, row, &text, Look::Faint);
    }
    let first = area.row + area.rows.saturating_sub(1 + words.len());
    let mut caret = None;
    for (n, word) in words.iter().enumerate() {
        let (mark, look) = if n == at {
            ("> ", Look::Focus)
        } else {
            ("  ", Look::Plain)
        };
        let column = area.column + 2;
        if n == at {
            caret = Some((column, first + n));
        }
        let room = area.columns.saturating_sub(6);
        canvas.put(column, first + n, mark, Look::Plain);
        canvas.put(column + 2, first + n, &fit(word, room), look);
    }
    caret
}

fn info(wizard: &Wizard, canvas: &mut Canvas, title: &str, paras: &[Para], scroll: usize) {
    let lines = flow(paras, canvas.columns().saturating_sub(6).min(WIDE - 4));
    let area = place(canvas, title, lines.len(), WIDE);
    let inside = area.rows.saturating_sub(2);
    let last = lines.len().saturating_sub(inside);
    scrolls(wizard, last, inside);
    let first = scroll.min(last);
    let shown: Vec<String> = lines.iter().skip(first).cloned().collect();
    fill(canvas, area, &shown);
    more(canvas, area, last - first);
}

/// Says in the lower edge how much there is below.
fn more(canvas: &mut Canvas, area: Area, below: usize) {
    if below > 0 {
        let text = format!(" {} below ", count(below, "line"));
        let column = area.column + area.columns.saturating_sub(width(&text) + 2);
        canvas.put(
            column,
            area.row + area.rows.saturating_sub(1),
            &text,
            Look::Plain,
        );
    }
}

fn log(wizard: &Wizard, canvas: &mut Canvas, up: usize, wrapped: bool) {
    let Some(run) = &wizard.run else { return };
    let title = match &run.log_file {
        Some(path) => format!("Log: {path}"),
        None => "Log".to_owned(),
    };
    let most = canvas.columns();
    let area = place(canvas, &title, canvas.rows(), most);
    let room = area.columns.saturating_sub(4);
    let inside = area.rows.saturating_sub(2);
    let lines: Vec<String> = run
        .log
        .iter()
        .flat_map(|line| match wrapped {
            // Behind the time.
            true => {
                let (time, text) = line.split_at_checked(9).unwrap_or(("", line.as_str()));
                Para::new(time, text).lines(room)
            }
            false => vec![line.clone()],
        })
        .collect();
    let last = lines.len().saturating_sub(inside);
    scrolls(wizard, last, inside);
    let first = last.saturating_sub(up);
    let shown: Vec<String> = lines.iter().skip(first).take(inside).cloned().collect();
    fill(canvas, area, &shown);
    more(canvas, area, last - first);
}

fn record_box(canvas: &mut Canvas, record: &RecordDialog) -> Option<(usize, usize)> {
    let fields = record.fields.len();
    let error = record.error.as_ref().map(|(_, text)| text.as_str());
    let title = match record.index {
        Some(at) => format!("{}: {}", record.question.prompt, at + 1),
        None => format!("{}: a new one", record.question.prompt),
    };
    let help = record
        .fields
        .get(record.focus)
        .map_or("", |field| field.help);
    let columns = canvas.columns().saturating_sub(2).min(78);
    let below = wrap(error.unwrap_or(help), columns.saturating_sub(4));
    let area = place(canvas, &title, fields + below.len() + 3, NARROW);
    let labels = record
        .fields
        .iter()
        .map(|field| width(field.prompt))
        .max()
        .unwrap_or(0)
        + 2;
    let room = area.columns.saturating_sub(labels + 7);
    // On a low terminal the fields around the one with the focus are shown.
    let visible = area.rows.saturating_sub(2 + below.len().min(3) + 2).max(1);
    let first = (record.focus + 1)
        .saturating_sub(visible)
        .min(fields.saturating_sub(visible));
    let mut caret = None;
    for (n, (field, input)) in record.fields.iter().zip(&record.inputs).enumerate() {
        if n < first || n >= first + visible {
            continue;
        }
        let focused = record.focus == n;
        let row = area.row + 1 + n - first;
        let column = area.column + 2;
        let mark = if focused { "> " } else { "  " };
        let bad = matches!(record.error, Some((Some(at), _)) if at == n);
        let look = match (bad, focused) {
            (true, _) => Look::Bad,
            (_, true) => Look::Focus,
            _ => Look::Plain,
        };
        canvas.put(column, row, mark, Look::Plain);
        canvas.put(column + 2, row, field.prompt, look);
        let mut at = column + 2 + labels;
        let shown = widget(input, &field.kind, focused, room, false).or(widget(
            input,
            &field.kind,
            focused,
            room,
            true,
        ));
        if let Some(shown) = shown {
            if let Some(offset) = shown.caret {
                caret = Some((at + offset, row));
            }
            for (text, look) in &shown.spans {
                at = canvas.put(at, row, text, *look);
            }
        }
    }
    let under = area.row + 2 + visible.min(fields);
    let look = if error.is_some() {
        Look::Bad
    } else {
        Look::Plain
    };
    for (n, line) in below.iter().take(3).enumerate() {
        canvas.put(area.column + 2, under + n, line, look);
    }
    let row = area.row + area.rows.saturating_sub(2);
    let mut column = area.column + 2;
    for (n, word) in ["Keep", "Cancel"].iter().enumerate() {
        let focused = record.focus == fields + n;
        let (text, look) = if focused {
            caret = Some((column, row));
            (format!("[ {word} ]"), Look::Focus)
        } else {
            (format!("< {word} >"), Look::Plain)
        };
        column = canvas.put(column, row, &text, look) + 2;
    }
    caret
}

/// A field in the row of messages; where the caret is.
fn prompt(
    canvas: &mut Canvas,
    row: usize,
    word: &str,
    editor: &crate::ui::editor::Editor,
) -> (usize, usize) {
    canvas.blank(0, row, canvas.columns());
    let start = canvas.put(1, row, &format!("{word}: ["), Look::Title);
    let room = canvas.columns().saturating_sub(start + 2);
    let (shown, caret) = editor.window(room);
    let shown = super::super::text::pad(&shown, room);
    let end = canvas.put(start, row, &shown, Look::Plain);
    canvas.put(end, row, "]", Look::Title);
    (start + caret, row)
}
