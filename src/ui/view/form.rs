//! Forms, made from the questions of a page.

use crate::answers::questions::{Field, Kind, Question};
use crate::answers::{Check, Value};
use crate::ui::text::{fit, pad, width, wrap};
use crate::ui::theme::Look;
use crate::ui::wizard::form::section;
use crate::ui::wizard::input::{Input, SecretSource};
use crate::ui::wizard::pages::Item;
use crate::ui::wizard::{Focus, Page, Wizard};

use super::body::{Body, Row, radio};

/// Columns of a text field, by what goes into it; others are wider where there is
/// more `room`.
fn field_columns(kind: &Kind, room: usize) -> usize {
    match kind {
        Kind::Integer { .. } | Kind::IntegerOrAuto { .. } => 8,
        // 15 characters and the cursor behind them.
        Kind::Text(Check::Ipv4 | Check::InterfaceName | Check::InterfaceNameOrAuto) => 16,
        Kind::Text(Check::Network) => 19,
        // 44 characters and the cursor behind them.
        Kind::Text(Check::PublicKey) => 45,
        _ => 26.max(room / 2),
    }
}

/// A widget as text: its pieces, and the column of the caret in them.
pub struct Widget {
    /// The pieces.
    pub spans: Vec<(String, Look)>,
    /// The caret.
    pub caret: Option<usize>,
}

impl Widget {
    fn width(&self) -> usize {
        self.spans.iter().map(|(text, _)| width(text)).sum()
    }
}

/// The body of the page.
pub fn body(wizard: &Wizard, columns: usize) -> Body {
    let mut body = Body::default();
    if wizard.page == Page::Needs {
        body.title("What does the site need?");
        body.gap();
    }
    let form = wizard.form();
    let here = wizard.item().filter(|_| wizard.focus == Focus::Body);
    let longest = form.iter().map(|question| width(question.prompt));
    // What stands beside the labels; choices of many words go below theirs.
    let beside = form.iter().filter_map(|question| {
        let input = wizard.input(question.id)?;
        let made = widget(input, &question.kind, false, columns / 2, false)?;
        Some(made.width())
    });
    let beside = beside.filter(|wide| *wide <= 30).max().unwrap_or(0);
    let labels = longest
        .max()
        .unwrap_or(0)
        .min(columns.saturating_sub(beside + 6));
    let mut heading = "";
    for question in form {
        let section = section(question);
        if section != heading {
            if !heading.is_empty() {
                body.gap();
            }
            body.title(section);
            heading = section;
        }
        if let Kind::Records { fields, .. } = question.kind {
            records(&mut body, wizard, question, fields, here.as_ref(), columns);
        } else {
            let focused = here == Some(Item::Field(question.id));
            field(&mut body, wizard, question, focused, labels, columns);
        }
    }
    body
}

fn field(
    body: &mut Body,
    wizard: &Wizard,
    question: &Question,
    focused: bool,
    labels: usize,
    columns: usize,
) {
    let Some(input) = wizard.input(question.id) else {
        return;
    };
    let look = if focused { Look::Focus } else { Look::Plain };
    let room = columns.saturating_sub(labels + 6);
    let wide = columns.saturating_sub(7);
    let beside = widget(input, &question.kind, focused, room, false);
    let (beside, below) = match beside {
        Some(one) => (Some(one), None),
        None => (
            None,
            widget(input, &question.kind, focused, wide, false).or(widget(
                input,
                &question.kind,
                focused,
                wide,
                true,
            )),
        ),
    };
    let label_room = if beside.is_some() { labels } else { wide };
    let mut lines = wrap(question.prompt, label_room).into_iter();
    let mut row = Row::item(focused).and(lines.next().unwrap_or_default(), look);
    if let Some(one) = beside {
        let start = 3 + labels + 2;
        let used: usize = row.spans.iter().map(|(text, _)| width(text)).sum();
        row = row.and(" ".repeat(start.saturating_sub(used)), Look::Plain);
        row.caret = one.caret.map(|at| start + at);
        let end = start + one.width();
        row.spans.extend(one.spans);
        if let Some(remark) = wizard.remark(question.id) {
            // The whole sentence where there is room; else it is in the message.
            let room = columns.saturating_sub(end + 3);
            let texts = [&remark.long, &remark.short];
            let look = if remark.bad { Look::Warn } else { Look::Faint };
            if let Some(text) = texts.into_iter().find(|text| width(text) <= room) {
                row = row.and(format!("  {text}"), look);
            }
        }
    }
    body.push(row);
    for line in lines {
        body.push(Row::new("   ", Look::Plain).and(line, look));
    }
    if let Some(one) = below {
        let mut row = Row::new("     ", Look::Plain);
        row.caret = one.caret.map(|at| 5 + at);
        row.spans.extend(one.spans);
        body.push(row);
    }
    if let Some(error) = wizard.error(question.id) {
        body.paragraph(&format!("^ {error}"), 5, 2, columns, Look::Bad);
    }
}

/// A widget in at most `room` columns; none when it does not fit, unless it is
/// to be `short`.
pub fn widget(
    input: &Input,
    kind: &Kind,
    focused: bool,
    room: usize,
    short: bool,
) -> Option<Widget> {
    let plain = |spans: Vec<(String, Look)>| Widget { spans, caret: None };
    let made = match input {
        Input::Text(editor) | Input::Texts(editor) => boxed(
            editor,
            field_columns(kind, room).min(room.saturating_sub(2)),
            focused,
        ),
        Input::YesNo(yes) => {
            let text = format!(
                "{}yes {}no",
                radio(*yes == Some(true)),
                radio(*yes == Some(false))
            );
            plain(vec![(text, Look::Plain)])
        }
        Input::Pick { words, chosen } if short => {
            let word = chosen
                .and_then(|at| words.get(at))
                .map_or("-", |choice| choice.value);
            plain(vec![(format!("< {word} >"), Look::Plain)])
        }
        Input::Pick { words, chosen } => {
            let marked = |(n, choice): (usize, &crate::answers::questions::Choice)| {
                format!("{}{}", radio(*chosen == Some(n)), choice.value)
            };
            let all: Vec<String> = words.iter().enumerate().map(marked).collect();
            plain(vec![(all.join(" "), Look::Plain)])
        }
        Input::Many { words, on, at } => {
            let mut spans = Vec::new();
            for (n, choice) in words.iter().enumerate() {
                let mark = if on.get(n) == Some(&true) {
                    "[x]"
                } else {
                    "[ ]"
                };
                let look = if focused && n == *at {
                    Look::Focus
                } else {
                    Look::Plain
                };
                spans.push((format!("{mark} {}", choice.value), look));
                spans.push((" ".into(), Look::Plain));
            }
            spans.pop();
            plain(spans)
        }
        Input::Secret { sources, at, text } => {
            let source = sources.get(*at).copied().unwrap_or(SecretSource::Nothing);
            let word = format!("< {} >", source.words());
            let mut made = plain(vec![(word.clone(), Look::Plain)]);
            if input.takes_text() {
                let columns = room
                    .saturating_sub(width(&word) + 3)
                    .min(field_columns(kind, room));
                if columns < 8 {
                    return None;
                }
                let field = boxed(text, columns, focused);
                made.caret = field.caret.map(|at| width(&word) + 1 + at);
                made.spans.push((" ".into(), Look::Plain));
                made.spans.extend(field.spans);
            }
            made
        }
        Input::Records => plain(Vec::new()),
    };
    (short || made.width() <= room).then_some(made)
}

fn boxed(editor: &crate::ui::editor::Editor, columns: usize, focused: bool) -> Widget {
    let columns = columns.max(1);
    let (shown, caret) = editor.window(columns);
    Widget {
        spans: vec![(format!("[{}]", pad(&shown, columns)), Look::Plain)],
        caret: focused.then_some(caret + 1),
    }
}

/// A value in a table.
fn cell(value: Option<&Value>) -> String {
    match value {
        None => "-".into(),
        // A key is known by its ends.
        Some(Value::Text(text)) if text.len() == 44 && text.ends_with('=') => {
            let head: String = text.chars().take(4).collect();
            let tail: String = text.chars().skip(40).collect();
            format!("{head}...{tail}")
        }
        Some(Value::Text(text)) => text.clone(),
        Some(Value::List(items)) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::text).collect();
            texts.join(",")
        }
        Some(other) => other.show(),
    }
}

fn records(
    body: &mut Body,
    wizard: &Wizard,
    question: &Question,
    fields: &[Field],
    here: Option<&Item>,
    columns: usize,
) {
    let records = wizard.records(question.id);
    let focused = here == Some(&Item::Field(question.id));
    let look = if focused { Look::Focus } else { Look::Plain };
    let keys = "a Add  d Remove  Enter Edit";
    let room = columns.saturating_sub(width(keys) + 6);
    let prompt = fit(question.prompt, room);
    let fill = " ".repeat(room.saturating_sub(width(&prompt)) + 2);
    body.push(
        Row::item(focused)
            .and(prompt, look)
            .and(fill, Look::Plain)
            .and(keys, Look::Faint),
    );
    if let Some(error) = wizard.error(question.id) {
        body.paragraph(&format!("^ {error}"), 5, 2, columns, Look::Bad);
    }
    if records.is_empty() {
        body.line("     (none)");
        return;
    }
    // As many columns as fit, in the order of the declaration.
    let mut shown: Vec<(&Field, usize)> = Vec::new();
    let mut used = 5;
    for field in fields {
        let cells = records
            .iter()
            .map(|record| width(&cell(record.field(field.name))));
        let wide = cells.max().unwrap_or(0).max(width(field.prompt)).min(24) + 2;
        let empty = records
            .iter()
            .all(|record| record.field(field.name).is_none());
        if (empty && !field.required) || used + wide > columns {
            continue;
        }
        used += wide;
        shown.push((field, wide));
    }
    let head: String = shown
        .iter()
        .map(|(field, wide)| pad(&field.prompt.to_uppercase(), *wide))
        .collect();
    body.push(Row::new(format!("     {}", head.trim_end()), Look::Faint));
    for (n, record) in records.iter().enumerate() {
        let focused = here.is_some_and(
            |item| matches!(item, Item::Record(id, at) if *id == question.id && *at == n),
        );
        let look = if focused { Look::Focus } else { Look::Plain };
        let cells = shown.iter().map(|(field, wide)| {
            let text = fit(&cell(record.field(field.name)), wide.saturating_sub(2));
            pad(&text, *wide)
        });
        let line: String = cells.collect();
        body.push(
            Row::item(focused)
                .and("  ", Look::Plain)
                .and(line.trim_end(), look),
        );
    }
}
