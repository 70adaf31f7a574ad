//! Drawing of the wizard: the frame here, the body of each page in a file of
//! its own. Everything is drawn from the model alone, at any size; nothing is
//! remembered in screen coordinates.

mod body;
mod dialog;
mod earlier;
mod form;
mod host;
mod interface;
mod options;
mod plan;
mod run;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::ladder::{LEAST_COLUMNS, LEAST_ROWS};
use super::text::{count as count_of, fit, width, wrap};
use super::theme::{Look, Theme};
use super::wizard::dialog::Dialog;
use super::wizard::pages::{Button, STEPS};
use super::wizard::{Focus, Note, Page, Wizard};

use body::Body;

/// Rows from which on the bar of steps is shown.
const ROWS_FOR_STEPS: u16 = 20;
/// Rows of the body from which on the box of details is shown.
const ROWS_FOR_DETAILS: usize = 13;
/// The time after which it is shown that something takes time.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);

/// A piece of the screen that can be written to at any place: what is outside
/// is not drawn.
pub(crate) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    theme: Theme,
    /// The row of the rule below the body.
    bottom: usize,
}

impl Canvas<'_> {
    /// Columns.
    fn columns(&self) -> usize {
        usize::from(self.buffer.area.width)
    }

    /// Rows.
    fn rows(&self) -> usize {
        usize::from(self.buffer.area.height)
    }

    /// Writes a text; the column after it.
    fn put(&mut self, column: usize, row: usize, text: &str, look: Look) -> usize {
        let Rect { x, y, .. } = self.buffer.area;
        let room = self.columns().saturating_sub(column);
        let end = column + width(text).min(room);
        let (Ok(column), Ok(line)) = (u16::try_from(column), u16::try_from(row)) else {
            return end;
        };
        if row < self.rows() && room > 0 {
            let style = self.theme.style(look);
            self.buffer
                .set_stringn(x + column, y + line, text, room, style);
        }
        end
    }

    /// Empties a part of a row.
    fn blank(&mut self, column: usize, row: usize, columns: usize) {
        self.put(column, row, &" ".repeat(columns), Look::Plain);
    }

    /// A rule over the whole width, with a word in it where there is one.
    fn rule(&mut self, row: usize, word: &str) {
        let line = self.theme.rule().repeat(self.columns());
        self.put(0, row, &line, Look::Plain);
        if !word.is_empty() {
            let at = self.columns().saturating_sub(width(word) + 4);
            self.put(at, row, &format!(" {word} "), Look::Plain);
        }
    }

    /// A box with a title; its inside is emptied.
    fn frame(&mut self, area: Area, title: &str) {
        let set = self.theme.border();
        let Area {
            column,
            row,
            columns,
            rows,
        } = area;
        if columns < 2 || rows < 2 {
            return;
        }
        let inside = columns - 2;
        let title = match title {
            "" => String::new(),
            title => format!(" {} ", fit(title, inside.saturating_sub(2))),
        };
        let title = fit(&title, inside);
        let fill = set.horizontal_top.repeat(inside - width(&title));
        let top = format!("{}{title}{fill}{}", set.top_left, set.top_right);
        self.put(column, row, &top, Look::Plain);
        for line in 1..rows - 1 {
            self.blank(column, row + line, columns);
            self.put(column, row + line, set.vertical_left, Look::Plain);
            self.put(
                column + columns - 1,
                row + line,
                set.vertical_right,
                Look::Plain,
            );
        }
        let fill = set.horizontal_bottom.repeat(inside);
        let bottom = format!("{}{fill}{}", set.bottom_left, set.bottom_right);
        self.put(column, row + rows - 1, &bottom, Look::Plain);
    }
}

/// A rectangle, in columns and rows of the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    column: usize,
    row: usize,
    columns: usize,
    rows: usize,
}

/// Draws the wizard over all of `buffer`. Where the cursor belongs, if it does
/// anywhere: column and row.
pub fn draw(wizard: &Wizard, theme: Theme, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let theme = if wizard.basic { Theme::BASIC } else { theme };
    buffer.reset();
    let mut canvas = Canvas {
        buffer,
        theme,
        bottom: 0,
    };
    let place = if canvas.columns() < usize::from(LEAST_COLUMNS)
        || canvas.rows() < usize::from(LEAST_ROWS)
    {
        too_small(wizard, &mut canvas);
        None
    } else {
        page(wizard, &mut canvas)
    };
    let (column, row) = place?;
    if column >= canvas.columns() || row >= canvas.rows() {
        return None;
    }
    Some((u16::try_from(column).ok()?, u16::try_from(row).ok()?))
}

fn too_small(wizard: &Wizard, canvas: &mut Canvas) {
    let (columns, rows) = (canvas.columns(), canvas.rows());
    let mut text = format!(
        "This terminal has {columns}x{rows}; the wizard needs {LEAST_COLUMNS}x{LEAST_ROWS}. Make \
         it larger"
    );
    if wizard.run.is_none() {
        text.push_str(", or press L for line mode");
    }
    text.push_str(". Ctrl-C asks.");
    let mut lines = wrap(&text, columns);
    if let Some(run) = &wizard.run {
        let total = run.rows.len();
        lines.push(format!("Run: {} of {total} steps.", run.settled()));
    }
    match wizard.dialogs.last() {
        None => {}
        Some(Dialog::Quit { .. }) => {
            lines.push("Ctrl-C once more quits: nothing was changed.".into());
        }
        Some(_) => lines.push("A question waits.".into()),
    }
    for (row, line) in lines.iter().enumerate() {
        canvas.put(0, row, line, Look::Plain);
    }
}

fn page(wizard: &Wizard, canvas: &mut Canvas) -> Option<(usize, usize)> {
    let (columns, rows) = (canvas.columns(), canvas.rows());
    title(wizard, canvas);
    let mut top = 1;
    if canvas.buffer.area.height >= ROWS_FOR_STEPS {
        steps(wizard.page, canvas);
        top = 2;
    }
    canvas.rule(top, "");
    top += 1;
    let note = Message::of(wizard, columns.saturating_sub(2));
    let bottom = rows.saturating_sub(3 + note.lines.len());
    canvas.bottom = bottom;
    let height = bottom.saturating_sub(top);
    let content = content(wizard, columns, height);
    let (below, caret) = body_rows(wizard, content, canvas, top, height);
    canvas.rule(bottom, &below);
    let mut place = caret;
    for (n, line) in note.lines.iter().enumerate() {
        canvas.put(1, bottom + 1 + n, line, note.look);
    }
    if let Some(at) = buttons(wizard, canvas, rows.saturating_sub(2)) {
        place = Some((at, rows.saturating_sub(2)));
    }
    if let Some((column, row)) = note.caret
        && wizard.typing()
        && matches!(wizard.focus, Focus::Button(_))
    {
        place = Some((1 + column, bottom + 1 + row));
    }
    keys(wizard.keys(), canvas, rows.saturating_sub(1));
    dialog::draw(wizard, canvas, bottom + 1).or(place)
}

/// Rows that a message takes at most.
const MESSAGE: usize = 3;

/// The message, in as many rows as it needs: errors are not cut.
struct Message {
    lines: Vec<String>,
    look: Look,
    /// Where the host's name is typed, from the message's first column and row.
    caret: Option<(usize, usize)>,
}

impl Message {
    fn of(wizard: &Wizard, columns: usize) -> Self {
        // What is typed into the row stands alone.
        let typed = matches!(
            wizard.dialogs.last(),
            Some(Dialog::Path { .. } | Dialog::Filter { .. })
        );
        let note = match typed {
            true => Note::default(),
            false => wizard.hint(),
        };
        let mut lines = wrap(&note.text, columns);
        if lines.len() > MESSAGE {
            let rest = lines.split_off(MESSAGE - 1).join(" ");
            lines.push(fit(&rest, columns));
        }
        let mut caret = None;
        if note.asks {
            let (shown, at) = wizard.host_name.window(12);
            let field = format!("[{shown:<12}]");
            let last = lines.last().map_or(0, |line| width(line) + 1);
            if last + width(&field) > columns {
                lines.push(field);
                caret = Some((1 + at, lines.len() - 1));
            } else if let Some(line) = lines.last_mut() {
                caret = Some((last + 1 + at, 0));
                *line = format!("{line} {field}");
            }
            caret = caret.map(|(column, _)| (column, lines.len() - 1));
        }
        Self {
            lines,
            look: if note.bad { Look::Bad } else { Look::Plain },
            caret,
        }
    }
}

fn content(wizard: &Wizard, columns: usize, height: usize) -> Body {
    match wizard.page {
        Page::Earlier => earlier::body(wizard, columns),
        Page::Host => host::body(wizard, columns),
        Page::Needs | Page::Settings => form::body(wizard, columns),
        Page::Scheduler => options::schedulers(wizard, columns, height),
        Page::Overlay => options::overlays(wizard, columns, height),
        Page::Interface => interface::body(wizard, columns, height),
        Page::Plan => plan::body(wizard, columns),
        Page::Apply => run::apply(wizard, columns, height),
        Page::Done => run::done(wizard, columns),
    }
}

fn title(wizard: &Wizard, canvas: &mut Canvas) {
    let left = format!(" groundcrew {}", env!("CARGO_PKG_VERSION"));
    canvas.put(0, 0, &left, Look::Title);
    let room = canvas.columns().saturating_sub(width(&left) + 4);
    let mut right = fit(&wizard.banner.host, room);
    for part in &wizard.banner.runs {
        let longer = format!("{right}  {}", super::text::clean(part));
        if width(&longer) > room {
            break;
        }
        right = longer;
    }
    let at = canvas.columns().saturating_sub(width(&right) + 1);
    canvas.put(at, 0, &right, Look::Plain);
}

fn steps(page: Page, canvas: &mut Canvas) {
    let Some(current) = page.step() else { return };
    let mut line = String::from(" ");
    for (index, step) in STEPS.iter().enumerate() {
        let lead = if index == 0 { "" } else { " > " };
        line.push_str(lead);
        line.push_str(&match index == current {
            true => format!("[{step}]"),
            false => (*step).to_owned(),
        });
    }
    if width(&line) > canvas.columns() {
        let name = STEPS.get(current).copied().unwrap_or_default();
        line = format!(" Step {} of {}: {name}", current + 1, STEPS.len());
    }
    canvas.put(0, 1, &line, Look::Plain);
}

/// Draws the body; what is to stand in the rule below it, and the caret.
fn body_rows(
    wizard: &Wizard,
    body: Body,
    canvas: &mut Canvas,
    top: usize,
    height: usize,
) -> (String, Option<(usize, usize)>) {
    let mut room = height;
    let columns = canvas.columns();
    if let Some((title, lines)) = body.details.filter(|_| height >= ROWS_FOR_DETAILS) {
        // At least half of the body is left to the list, if it needs it.
        let spare = height.saturating_sub(body.rows.len() + 2);
        let shown = lines.len().min(spare.max(height / 2 - 2));
        let rows = shown + 2;
        room = height - rows;
        let area = Area {
            column: 1,
            row: top + room,
            columns: canvas.columns().saturating_sub(2),
            rows,
        };
        canvas.frame(area, &title);
        for (n, line) in lines.iter().take(shown).enumerate() {
            let line = fit(line, area.columns.saturating_sub(4));
            canvas.put(3, area.row + 1 + n, &line, Look::Plain);
        }
        let more = lines.len() - shown;
        if more > 0 {
            let text = format!(" {more} more: Enter ");
            let column = columns.saturating_sub(width(&text) + 3);
            canvas.put(column, area.row + rows - 1, &text, Look::Plain);
        }
    }
    let count = body.rows.len();
    let last = count.saturating_sub(room);
    let focused = body.rows.iter().position(|row| row.focused).unwrap_or(0);
    // A focus near the top shows the heading above it, too.
    let centred = if focused + 2 < room {
        0
    } else {
        focused.saturating_sub(room / 2)
    };
    let first = centred
        .min(last)
        .saturating_add_signed(wizard.scroll)
        .min(last);
    let signed = |rows: usize| isize::try_from(rows).unwrap_or(isize::MAX);
    let mut drawn = wizard.drawn.get();
    drawn.scroll = (-signed(centred.min(last)), signed(last - centred.min(last)));
    wizard.drawn.set(drawn);
    let mut caret = None;
    for (n, line) in body.rows.iter().skip(first).take(room).enumerate() {
        let mut column = 0;
        for (text, look) in &line.spans {
            column = canvas.put(column, top + n, text, *look);
        }
        if let Some(at) = line.caret {
            caret = Some((at, top + n));
        }
    }
    let busy = wizard
        .busy
        .as_ref()
        .filter(|(_, since)| wizard.now.saturating_sub(*since) >= PATIENCE);
    let below = count.saturating_sub(first + room);
    let word = match (busy, below, first) {
        (Some((what, since)), _, _) => {
            let seconds = wizard.now.saturating_sub(*since).as_secs();
            let count = u64::try_from(wizard.now.as_millis() / 250).unwrap_or(0);
            format!("{} {what} ({seconds} s)", canvas.theme.spinner(count))
        }
        (None, 0, 0) => String::new(),
        (None, 0, above) => format!("{} above: PgUp", count_of(above, "line")),
        (None, below, _) => format!("{} below: PgDn", count_of(below, "line")),
    };
    (word, caret)
}

fn button_text(wizard: &Wizard, button: Button) -> String {
    match button {
        Button::Quit => "Quit".into(),
        Button::Back => "Back".into(),
        Button::Next => "Next".into(),
        Button::Select => "Select".into(),
        Button::CheckAgain => "Check again".into(),
        Button::Waive => "Waive...".into(),
        Button::ShowAll if wizard.show_all => "Show few".into(),
        Button::ShowAll => format!("Show all ({})", wizard.interface_count()),
        Button::SaveAnswers => "Save answers".into(),
        Button::SavePlan => "Save plan".into(),
        Button::DryRun => "Dry run".into(),
        Button::Apply => "Apply".into(),
        Button::Stop => match wizard
            .run
            .as_ref()
            .and_then(super::wizard::run::RunView::current)
        {
            Some(step) => format!("Stop after step {}", step + 1),
            None => "Stop".into(),
        },
        Button::SaveReport => "Save report as...".into(),
        Button::Finish => "Finish".into(),
    }
}

/// Draws the buttons; the column of the one that has the focus.
fn buttons(wizard: &Wizard, canvas: &mut Canvas, row: usize) -> Option<usize> {
    let all = wizard.buttons();
    let texts: Vec<String> = all
        .iter()
        .enumerate()
        .map(|(at, button)| {
            let text = button_text(wizard, *button);
            let focused = wizard.focus == Focus::Button(at);
            let text = if focused {
                format!("[ {text} ]")
            } else {
                format!("< {text} >")
            };
            match (button, wizard.error_count()) {
                (Button::Next, 1) => format!("{text} (1 error)"),
                (Button::Next, n) if n > 1 => format!("{text} ({n} errors)"),
                _ => text,
            }
        })
        .collect();
    let columns = canvas.columns().saturating_sub(2);
    let used: usize = texts.iter().map(|text| width(text)).sum();
    let free = columns.saturating_sub(used);
    let gaps = texts.len().saturating_sub(1);
    let mut place = None;
    // One button alone stands on the right.
    let mut column = if gaps == 0 { 1 + free } else { 1 };
    for (at, text) in texts.iter().enumerate() {
        let focused = wizard.focus == Focus::Button(at);
        let look = if focused { Look::Focus } else { Look::Plain };
        if focused {
            place = Some(column);
        }
        column = canvas.put(column, row, text, look);
        column += if at + 1 == gaps {
            // The last gap takes what division left.
            free - free / gaps.max(1) * gaps.saturating_sub(1)
        } else {
            free / gaps.max(1)
        };
    }
    place
}

/// Draws the keys; where not all have room, those of the last rank are left out. The
/// last column is not used: some terminals would scroll.
fn keys(mut all: Vec<(String, u8)>, canvas: &mut Canvas, row: usize) {
    let wide =
        |all: &[(String, u8)]| -> usize { all.iter().map(|(text, _)| width(text) + 2).sum() };
    while wide(&all) > canvas.columns() {
        let least = all.iter().map(|(_, rank)| *rank).max();
        let Some(at) = all.iter().rposition(|(_, rank)| Some(*rank) == least) else {
            break;
        };
        all.remove(at);
    }
    let texts: Vec<String> = all.into_iter().map(|(text, _)| text).collect();
    canvas.put(1, row, &texts.join("  "), Look::Faint);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod pictures;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
pub(crate) mod played;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
