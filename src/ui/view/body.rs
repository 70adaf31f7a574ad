//! The body of a page as rows of text.

use crate::ui::text::{fit, width, wrap};
use crate::ui::theme::Look;
use crate::ui::verdicts::Standing;

/// Rows of the body from which on nothing is cut to save rows.
pub const ROOMY: usize = 30;

/// A row.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// Its pieces, from the left.
    pub spans: Vec<(String, Look)>,
    /// Whether the cursor is on it.
    pub focused: bool,
    /// The column of the caret, where a text is typed.
    pub caret: Option<usize>,
}

/// A body.
#[derive(Debug, Default)]
pub struct Body {
    /// Its rows.
    pub rows: Vec<Row>,
    /// A box below: its title and lines.
    pub details: Option<(String, Vec<String>)>,
}

impl Row {
    /// A row of one piece.
    pub fn new(text: impl Into<String>, look: Look) -> Self {
        Self {
            spans: vec![(text.into(), look)],
            ..Self::default()
        }
    }

    /// The same with a piece more.
    #[must_use]
    pub fn and(mut self, text: impl Into<String>, look: Look) -> Self {
        self.spans.push((text.into(), look));
        self
    }

    /// The beginning of a row that the cursor can be on.
    pub fn item(focused: bool) -> Self {
        let mark = if focused { " > " } else { "   " };
        Self {
            spans: vec![(mark.into(), Look::Plain)],
            focused,
            caret: None,
        }
    }
}

impl Body {
    /// Adds a row.
    pub fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Adds a plain line.
    pub fn line(&mut self, text: impl Into<String>) {
        self.rows.push(Row::new(text, Look::Plain));
    }

    /// Adds a heading.
    pub fn title(&mut self, text: &str) {
        self.rows.push(Row::new(format!(" {text}"), Look::Title));
    }

    /// Adds an empty line.
    pub fn gap(&mut self) {
        self.rows.push(Row::default());
    }

    /// Adds a row whose last piece is `text`, cut to what is left of `columns`; where
    /// there are rows for it, the rest goes below.
    pub fn push_with(&mut self, row: Row, text: &str, look: Look, columns: usize, roomy: bool) {
        let used: usize = row.spans.iter().map(|(text, _)| width(text)).sum();
        let room = columns.saturating_sub(used + 1);
        let mut lines = match roomy && room > 10 {
            true => wrap(text, room),
            false => vec![fit(text, room)],
        }
        .into_iter();
        self.rows
            .push(row.and(lines.next().unwrap_or_default(), look));
        for line in lines {
            self.rows
                .push(Row::new(" ".repeat(used), Look::Plain).and(line, look));
        }
    }

    /// Adds a paragraph, indented, the next lines by `hang` more.
    pub fn paragraph(
        &mut self,
        text: &str,
        indent: usize,
        hang: usize,
        columns: usize,
        look: Look,
    ) {
        let room = columns.saturating_sub(indent + hang + 1).max(10);
        for (n, line) in wrap(text, room).into_iter().enumerate() {
            let blanks = if n == 0 { indent } else { indent + hang };
            self.rows
                .push(Row::new(format!("{}{line}", " ".repeat(blanks)), look));
        }
    }
}

/// The look of a verdict.
pub fn standing_look(standing: Standing) -> Look {
    match standing {
        Standing::Recommended => Look::Good,
        Standing::Possible => Look::Plain,
        Standing::AfterFix | Standing::Unconfirmed => Look::Warn,
        Standing::NotNeeded | Standing::RuledOut => Look::Faint,
    }
}

/// The mark of an option.
pub fn radio(chosen: bool) -> &'static str {
    if chosen { "(*) " } else { "( ) " }
}
