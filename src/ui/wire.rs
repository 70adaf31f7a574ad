//! What goes over the wire for a frame: the fewest bytes that make of what the
//! terminal shows what it is to show. A serial line carries a thousand of them
//! a second.
//!
//! Only sequences of ECMA-48 that a VT100 knows are written, and the eight
//! colours that all terminals with colours have: never `ESC[38;5;Nm`, which the
//! Linux console of old kernels takes for blinking, and never the colour of
//! underlines.

use std::io::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// As many blanks at the end of a row are worth an erasure (`ESC[K`).
const ERASURE: usize = 4;

/// How a cell looks, as far as it is told to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Style {
    /// One of the eight colours; none: the terminal's own.
    front: Option<u8>,
    bold: bool,
    faint: bool,
    reversed: bool,
}

impl Style {
    fn of(cell: &Cell) -> Self {
        let (front, bright) = match cell.fg {
            Color::Black => (Some(0), false),
            Color::Red => (Some(1), false),
            Color::Green => (Some(2), false),
            Color::Yellow => (Some(3), false),
            Color::Blue => (Some(4), false),
            Color::Magenta => (Some(5), false),
            Color::Cyan => (Some(6), false),
            Color::Gray => (Some(7), false),
            Color::DarkGray => (Some(0), true),
            Color::LightRed => (Some(1), true),
            Color::LightGreen => (Some(2), true),
            Color::LightYellow => (Some(3), true),
            Color::LightBlue => (Some(4), true),
            Color::LightMagenta => (Some(5), true),
            Color::LightCyan => (Some(6), true),
            Color::White => (Some(7), true),
            Color::Reset | Color::Rgb(..) | Color::Indexed(_) => (None, false),
        };
        let has = |modifier| cell.modifier.contains(modifier);
        let style = Self {
            front,
            bold: bright || has(Modifier::BOLD),
            // Terminals know one of both.
            faint: has(Modifier::DIM) && !bright && !has(Modifier::BOLD),
            reversed: has(Modifier::REVERSED),
        };
        // A blank looks the same in all colours.
        if cell.symbol() == " " && !style.reversed {
            return Self::default();
        }
        style
    }

    /// Writes what leads from `self` to `next`.
    fn change(self, next: Self, out: &mut Vec<u8>) {
        if self == next {
            return;
        }
        let takes_away = (self.bold && !next.bold)
            || (self.faint && !next.faint)
            || (self.reversed && !next.reversed)
            || (self.front.is_some() && next.front.is_none());
        let before = if takes_away { Self::default() } else { self };
        let mut codes: Vec<String> = Vec::new();
        if takes_away && next != Self::default() {
            codes.push("0".into());
        }
        for (is, was, code) in [
            (next.bold, before.bold, "1"),
            (next.faint, before.faint, "2"),
            (next.reversed, before.reversed, "7"),
        ] {
            if is && !was {
                codes.push(code.into());
            }
        }
        if let Some(colour) = next.front.filter(|_| next.front != before.front) {
            codes.push(format!("3{colour}"));
        }
        put(out, format_args!("\x1b[{}m", codes.join(";")));
    }
}

/// Writes into memory, which does not fail.
fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

/// What stands at a place of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// A character.
    Char(String, Style),
    /// The other half of the character to the left.
    Half,
}

impl Place {
    fn blank() -> Self {
        Self::Char(" ".into(), Style::default())
    }

    fn width(&self) -> usize {
        match self {
            Self::Char(symbol, _) => symbol.width().max(1),
            Self::Half => 0,
        }
    }
}

type Row = Vec<Place>;

/// The rows of a buffer.
fn rows(buffer: &Buffer) -> Vec<Row> {
    let columns = usize::from(buffer.area.width).max(1);
    let row = |cells: &[Cell]| {
        let mut row = Row::with_capacity(columns);
        let mut half = false;
        for cell in cells {
            let place = match cell.symbol() {
                _ if half => Place::Half,
                "" => Place::blank(),
                symbol => Place::Char(symbol.to_owned(), Style::of(cell)),
            };
            half = !half && place.width() > 1;
            row.push(place);
        }
        row
    };
    buffer.content().chunks(columns).map(row).collect()
}

/// The terminal, as it is known from what was written to it.
#[derive(Debug, Default)]
pub struct Wire {
    /// What it shows; none: that is not known.
    shown: Option<Vec<Row>>,
    style: Style,
    /// Column and row of the cursor, where they are known.
    cursor: Option<(usize, usize)>,
    /// Whether the cursor is shown, where that is known.
    visible: Option<bool>,
}

impl Wire {
    /// Nothing is known of the terminal any more: the next frame is written as a
    /// whole.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Whether nothing is known of the terminal.
    pub fn is_forgotten(&self) -> bool {
        self.shown.is_none()
    }

    /// The bytes that make the terminal show `next`, with the cursor at `caret`,
    /// or hidden where there is none.
    pub fn frame(&mut self, next: &Buffer, caret: Option<(u16, u16)>) -> Vec<u8> {
        let mut out = Vec::new();
        let next = rows(next);
        let same = |shown: &Vec<Row>| {
            shown.len() == next.len() && shown.first().map(Vec::len) == next.first().map(Vec::len)
        };
        let shown = match self.shown.take().filter(same) {
            Some(shown) => shown,
            None => {
                out.extend_from_slice(b"\x1b[m\x1b[H\x1b[2J");
                self.style = Style::default();
                self.cursor = Some((0, 0));
                self.visible = None;
                let blank = |row: &Row| vec![Place::blank(); row.len()];
                next.iter().map(blank).collect()
            }
        };
        let last = next.len().saturating_sub(1);
        for (at, (before, now)) in shown.iter().zip(&next).enumerate() {
            self.row(at, at == last, before, now, &mut out);
        }
        self.caret(caret, &mut out);
        self.shown = Some(next);
        out
    }

    fn caret(&mut self, caret: Option<(u16, u16)>, out: &mut Vec<u8>) {
        // What others write to the terminal is not to be in reverse.
        self.style.change(Style::default(), out);
        self.style = Style::default();
        if let Some((column, row)) = caret {
            let place = (usize::from(column), usize::from(row));
            if self.cursor != Some(place) {
                self.go(place.0, place.1, out);
            }
        }
        let visible = caret.is_some();
        if self.visible != Some(visible) {
            out.extend_from_slice(if visible { b"\x1b[?25h" } else { b"\x1b[?25l" });
            self.visible = Some(visible);
        }
    }

    fn row(&mut self, at: usize, last: bool, before: &Row, now: &Row, out: &mut Vec<u8>) {
        let mut end = now.len();
        if last {
            // A terminal that wraps at once would scroll.
            end = end.saturating_sub(1);
        }
        // What is blank up to the end may be erased.
        let blank = Place::blank();
        let tail = now
            .iter()
            .rposition(|one| *one != blank)
            .map_or(0, |n| n + 1);
        let written = before.iter().skip(tail);
        let erase = written.filter(|one| **one != blank).count() >= ERASURE;
        let stop = if erase { tail.min(end) } else { end };
        let mut column = 0;
        while column < stop {
            let (Some(old), Some(new)) = (before.get(column), now.get(column)) else {
                break;
            };
            if old == new {
                column += 1;
                continue;
            }
            let Place::Char(symbol, style) = new else {
                // Its left half is written, which makes it right.
                column += 1;
                continue;
            };
            self.reach(column, at, now, out);
            // A blank is one in whatever colour.
            if symbol != " " || self.style.reversed || style.reversed {
                self.style.change(*style, out);
                self.style = *style;
            }
            out.extend_from_slice(symbol.as_bytes());
            let wide = new.width();
            column += wide;
            // At the edge terminals differ, and about the width of rare
            // characters, too.
            let sure = symbol
                .chars()
                .all(|c| c.is_ascii() || ('\u{2500}'..='\u{257f}').contains(&c));
            self.cursor = (sure && column < now.len()).then_some((column, at));
        }
        if erase {
            if self.cursor != Some((tail, at)) {
                self.go(tail, at, out);
            }
            self.style.change(Style::default(), out);
            self.style = Style::default();
            out.extend_from_slice(b"\x1b[K");
        }
    }

    /// Brings the cursor to a place of a row, in the way with the fewest bytes.
    fn reach(&mut self, column: usize, row: usize, now: &Row, out: &mut Vec<u8>) {
        match self.cursor {
            Some(place) if place == (column, row) => return,
            // What stands between is written once more where that is shorter.
            Some((from, same)) if same == row && from < column => {
                let gap = column - from;
                let between = now.get(from..column).unwrap_or_default();
                let plain = |one: &Place| match one {
                    Place::Char(symbol, look) => {
                        let blank = symbol == " " && !look.reversed && !self.style.reversed;
                        symbol.is_ascii() && symbol.len() == 1 && (blank || *look == self.style)
                    }
                    Place::Half => false,
                };
                if gap <= 4 && between.iter().all(plain) {
                    for one in between {
                        if let Place::Char(symbol, _) = one {
                            out.extend_from_slice(symbol.as_bytes());
                        }
                    }
                    self.cursor = Some((column, row));
                    return;
                }
            }
            _ => {}
        }
        self.go(column, row, out);
    }

    fn go(&mut self, column: usize, row: usize, out: &mut Vec<u8>) {
        match self.cursor {
            Some((from, same)) if same == row && from < column => {
                let gap = column - from;
                if gap == 1 {
                    out.extend_from_slice(b"\x1b[C");
                } else {
                    put(out, format_args!("\x1b[{gap}C"));
                }
            }
            Some((_, same)) if same == row && column == 0 => out.push(b'\r'),
            Some((_, above)) if above + 1 == row && column == 0 => out.extend_from_slice(b"\r\n"),
            _ => put(out, format_args!("\x1b[{};{}H", row + 1, column + 1)),
        }
        self.cursor = Some((column, row));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod pages;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
