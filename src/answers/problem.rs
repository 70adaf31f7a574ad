//! What is wrong with the answers, and how it is told: where, what was found,
//! what was wanted, in 80 columns of ASCII.

use std::fmt;

use super::check::{Fault, show};

/// Columns that a message may take.
const WIDTH: usize = 80;

/// The place in a text that a problem is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snippet {
    /// The source line, safe for a terminal, secrets left out.
    pub source: String,
    /// Columns of the mark under the line.
    pub width: usize,
}

/// Where a wrong value came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// A place in a file.
    File {
        /// The file's name as it was given.
        name: String,
        /// Line and column, counted from 1, in characters; unknown for a
        /// problem of the whole file.
        at: Option<(usize, usize)>,
        /// The source line.
        snippet: Option<Snippet>,
    },
    /// `--set`, a flag, an environment variable, the form, a default.
    Other(String),
}

/// One problem.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The answer: `overlay.wireguard.peers[1].endpoint`. Empty for a problem
    /// of the file as a whole.
    pub path: String,
    /// Where it stands.
    pub place: Box<Place>,
    /// What was found and what was wanted.
    pub text: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem of an answer from elsewhere than a file.
    pub(super) fn other(path: &str, place: &str, fault: Fault) -> Self {
        Problem {
            path: path.to_owned(),
            place: Box::new(Place::Other(place.to_owned())),
            text: fault.text,
            hint: fault.hint,
        }
    }

    /// Line and column, when it is about a place in a file.
    pub fn at(&self) -> Option<(usize, usize)> {
        match &*self.place {
            Place::File { at, .. } => *at,
            Place::Other(_) => None,
        }
    }

    /// The id of the question it is about.
    pub fn question(&self) -> Option<&'static super::questions::Question> {
        let id = self.path.split('[').next().unwrap_or_default();
        super::questions::question(id)
    }

    fn head(&self) -> String {
        let mut head = match &*self.place {
            Place::File {
                name,
                at: Some((line, column)),
                ..
            } => format!("{}:{line}:{column}: ", show(name)),
            Place::File { name, .. } => format!("{}: ", show(name)),
            Place::Other(place) => format!("{place}: "),
        };
        if !self.path.is_empty() {
            head.push_str(&self.path);
            head.push_str(": ");
        }
        head + &self.text
    }
}

/// Problems, all that were found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Problems(pub Vec<Problem>);

impl std::error::Error for Problems {}

impl Problems {
    /// The names of the files in question, each once; nothing when a problem
    /// comes from elsewhere.
    fn where_from(&self) -> String {
        let mut names: Vec<String> = Vec::new();
        for problem in &self.0 {
            let Place::File { name, .. } = &*problem.place else {
                return "the answers".to_owned();
            };
            let name = show(name);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        match names.len() {
            1..=3 => names.join(", "),
            n => format!("{n} files"),
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        let word = if count == 1 { "problem" } else { "problems" };
        writeln!(f, "error: {count} {word} in {}", self.where_from())?;
        writeln!(f)?;
        let gutter = self
            .0
            .iter()
            .filter_map(Problem::at)
            .map(|(line, _)| line.to_string().len())
            .max()
            .unwrap_or(0);
        for problem in &self.0 {
            wrap(f, &problem.head(), 2, 4)?;
            let blank = " ".repeat(gutter);
            if let Place::File {
                at: Some((line, column)),
                snippet: Some(snippet),
                ..
            } = &*problem.place
            {
                let room = WIDTH - gutter - 5;
                let (source, start, width) = window(snippet, *column, room);
                writeln!(f, "  {blank} |")?;
                writeln!(f, "  {line:>gutter$} | {source}")?;
                writeln!(f, "  {blank} | {}{}", " ".repeat(start), "^".repeat(width))?;
            }
            if let Some(hint) = &problem.hint {
                wrap(f, &format!("= {hint}"), gutter + 3, gutter + 5)?;
            }
        }
        if let Some(question) = self.0.iter().rev().find_map(Problem::question) {
            writeln!(
                f,
                "  Look keys up with: groundcrew answers explain {}",
                question.id
            )?;
        }
        Ok(())
    }
}

/// The part of a source line around its mark that fits `room` columns: text,
/// columns before the mark, width of the mark.
fn window(snippet: &Snippet, column: usize, room: usize) -> (String, usize, usize) {
    let chars: Vec<char> = snippet.source.chars().collect();
    let start = column.saturating_sub(1).min(chars.len());
    let width = snippet.width.max(1);
    // Most lines fit; else the mark stays in view, a little of what precedes it
    // before it.
    let skip = if start + width.min(20) <= room {
        0
    } else {
        start.saturating_sub(20)
    };
    let text: String = chars.iter().skip(skip).take(room).collect();
    let start = start - skip;
    let width = width.min(room.saturating_sub(start)).max(1);
    (text.trim_end().to_owned(), start, width)
}

/// Writes words in lines of at most [`WIDTH`] columns. A word that is longer
/// than a line stays whole: it may be a path that is to be copied.
fn wrap(f: &mut fmt::Formatter<'_>, text: &str, first: usize, rest: usize) -> fmt::Result {
    let mut line = " ".repeat(first);
    let mut used = false;
    for word in text.split(' ') {
        if used && line.len() + 1 + word.len() > WIDTH {
            writeln!(f, "{}", line.trim_end())?;
            line = " ".repeat(rest);
            used = false;
        }
        if used {
            line.push(' ');
        }
        line.push_str(word);
        used = true;
    }
    writeln!(f, "{}", line.trim_end())
}

/// The candidate that somebody may have meant, if one is near enough.
pub(super) fn nearest<'a>(word: &str, all: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    all.map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).clamp(1, 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edits (insert, delete, replace) that make one word of another.
fn distance(a: &str, b: &str) -> usize {
    if a.len().abs_diff(b.len()) > 3 || a.len() > 64 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (slot, cb) in row.iter_mut().skip(1).zip(&b) {
            let above = *slot;
            let same = ca.eq_ignore_ascii_case(cb) || (ca == '_' && *cb == '-');
            left = (above + 1).min(left + 1).min(diagonal + usize::from(!same));
            diagonal = above;
            *slot = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found() {
        let all = || ["wireguard", "flannel", "zerotier", "none"].into_iter();
        assert_eq!(nearest("wiregaurd", all()), Some("wireguard"));
        assert_eq!(nearest("flanel", all()), Some("flannel"));
        assert_eq!(nearest("calico", all()), None);
        assert_eq!(
            nearest("listen_port", ["listen-port"].into_iter()),
            Some("listen-port")
        );
    }

    #[test]
    fn a_long_line_is_cut_around_its_mark() {
        let problem = Problem {
            path: "overlay.network".to_owned(),
            place: Box::new(Place::File {
                name: "a.yaml".to_owned(),
                at: Some((7, 301)),
                snippet: Some(Snippet {
                    source: format!("{}bad", "x".repeat(300)),
                    width: 3,
                }),
            }),
            text: "word ".repeat(40).trim().to_owned(),
            hint: None,
        };
        let text = Problems(vec![problem]).to_string();
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(text.contains("bad\n") && text.contains("^^^\n"), "{text}");
    }
}
