//! Something to read: paragraphs, which are broken into lines where they are
//! drawn, so that a wide terminal is used and a narrow one loses nothing.

use crate::ui::text::{clean, width, wrap};

/// A paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Para {
    /// What stands before its first line; the others are indented as far.
    pub lead: String,
    /// The rest.
    pub text: String,
}

impl Para {
    /// A paragraph behind a word.
    pub fn new(lead: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            lead: lead.into(),
            text: text.into(),
        }
    }

    /// An empty line.
    pub fn gap() -> Self {
        Self::new("", "")
    }

    /// Its lines, each of at most `columns`. One that fits stays as it is.
    pub fn lines(&self, columns: usize) -> Vec<String> {
        let whole = clean(&format!("{}{}", self.lead, self.text));
        if width(&whole) <= columns {
            return vec![whole];
        }
        let lead = clean(&self.lead);
        let indent = width(&lead);
        if indent + 10 > columns {
            return wrap(&whole, columns);
        }
        let lines = wrap(&self.text, columns - indent).into_iter().enumerate();
        lines
            .map(|(n, line)| match n {
                0 => format!("{lead}{line}"),
                _ => format!("{}{line}", " ".repeat(indent)),
            })
            .collect()
    }
}

/// Columns in which a line that was made elsewhere may have words before its text.
const WORDS: usize = 20;

/// A line that was made elsewhere: what stands before its text, such as
/// `  Source    `, is kept before it.
impl From<String> for Para {
    fn from(line: String) -> Self {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        let columns = line.bytes().enumerate().skip(blanks + 1).take(WORDS);
        let gap = |at: usize| line.get(at - 2..at) == Some("  ");
        let behind = columns.filter(|(at, byte)| *at > blanks + 2 && *byte != b' ' && gap(*at));
        let at = behind.map(|(at, _)| at).next_back().unwrap_or(blanks);
        let (lead, text) = line.split_at_checked(at).unwrap_or(("", &line));
        Self::new(lead, text)
    }
}

impl From<&str> for Para {
    fn from(line: &str) -> Self {
        line.to_owned().into()
    }
}

/// The lines of some paragraphs.
pub fn flow(paras: &[Para], columns: usize) -> Vec<String> {
    paras.iter().flat_map(|para| para.lines(columns)).collect()
}

/// What was drawn last, as far as keys depend on it: how far there is to scroll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    /// How far the body can be scrolled up and down.
    pub scroll: (isize, isize),
    /// The last line that the dialog on top can begin with.
    pub last: usize,
    /// Lines of it that are seen at once.
    pub page: usize,
}

impl Default for Drawn {
    fn default() -> Self {
        Self {
            scroll: (-999, 999),
            last: usize::MAX,
            page: 10,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_paragraph_hangs_behind_its_word_and_what_fits_is_left_alone() {
        let para = Para::new("Try  ", "boot the kernel that it is for");
        assert_eq!(
            para.lines(20),
            ["Try  boot the kernel", "     that it is for"]
        );
        assert_eq!(Para::from("  a   b").lines(20), ["  a   b"]);
        let source = Para::from("source    help-center, where it stands");
        assert_eq!(
            source.lines(26),
            ["source    help-center,", "          where it stands"]
        );
        let step = Para::from("  1  to do  Make a private key");
        assert_eq!(
            step.lines(24),
            ["  1  to do  Make a", "            private key"]
        );
        assert_eq!(Para::gap().lines(20), [""]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide(line in any::<String>(), columns in 2usize..90) {
            let lines = Para::from(line).lines(columns);
            prop_assert!(lines.iter().all(|line| width(line) <= columns));
        }
    }
}
