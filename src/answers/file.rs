//! The answers file as it was written: its values, and where each one stands.

use std::sync::Arc;

use super::check::{Fault, is_plain_key};
use super::locate::{self, At};
use super::problem::{Place, Problem, Snippet};
use super::questions::Question;
use super::tree::{self, Node, TextFault};
use super::value::Value;
use super::walk::{Finding, Found, Part, Walk};

/// Most problems of one file that are told; each costs a search for its place.
const MAX_PROBLEMS: usize = 100;

/// A text that was parsed, kept to tell places in it.
pub(super) struct Source {
    pub(super) name: String,
    text: String,
    root: Node,
    /// Values that must not be shown; `None`: too many, show nothing.
    hidden: Option<Vec<Hidden>>,
}

/// A value that must not be shown.
struct Hidden {
    line: usize,
    /// Columns before it.
    start: usize,
    /// It may go on in later lines.
    open: bool,
}

// The text may hold a secret.
impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Source {
    pub(super) fn new(name: &str, text: &str, root: Node, hidden: &[At]) -> Source {
        let mut source = Source {
            name: name.to_owned(),
            text: text.to_owned(),
            root,
            hidden: None,
        };
        if hidden.len() <= MAX_PROBLEMS {
            source.hidden = Some(hidden.iter().filter_map(|at| source.hide(at)).collect());
        }
        source
    }

    fn hide(&self, at: &[usize]) -> Option<Hidden> {
        let (line, column) = locate::value(&self.text, at)?;
        let start = column.saturating_sub(1);
        let rest: String = source_line(&self.text, line)?.chars().skip(start).collect();
        let whole = self.node(at).and_then(Node::scalar);
        Some(Hidden {
            line,
            start,
            open: !whole.is_some_and(|text| rest.contains(&text)),
        })
    }

    /// The problem of a finding.
    pub(super) fn problem(&self, finding: &Finding) -> Problem {
        let at = match (&finding.at, finding.part) {
            (None, _) => None,
            // The whole file: its first line would only mislead.
            (Some(at), _) if at.is_empty() => None,
            (Some(at), Part::Key) => {
                locate::key(&self.text, at).or_else(|| locate::value(&self.text, at))
            }
            (Some(at), _) => locate::value(&self.text, at),
        };
        let node = finding.at.as_ref().and_then(|at| self.node(at));
        Problem {
            path: finding.path.clone(),
            place: Box::new(Place::File {
                name: self.name.clone(),
                at,
                snippet: at
                    .filter(|_| finding.part == Part::Value || !self.has_odd_key(finding))
                    .and_then(|at| self.snippet(at, finding.part, node)),
            }),
            text: finding.fault.text.clone(),
            hint: finding.fault.hint.clone(),
        }
    }

    /// The problem of the value at the end of `rest` (`[1].endpoint`) below
    /// `at`, or of the nearest thing above it that is there.
    pub(super) fn problem_below(&self, path: &str, at: &[usize], fault: Fault) -> Problem {
        let rest = path.split_once('[').map_or("", |(_, rest)| rest);
        let steps = rest.split(['[', ']', '.']).filter(|step| !step.is_empty());
        self.problem_at(at, steps, path, fault)
    }

    /// The problem of what stands at the end of these keys and numbers of items
    /// below `at`, or of the nearest thing above it that is there.
    pub(super) fn problem_at<'a>(
        &self,
        at: &[usize],
        steps: impl IntoIterator<Item = &'a str>,
        path: &str,
        fault: Fault,
    ) -> Problem {
        let mut at = at.to_vec();
        for step in steps {
            let next = match self.node(&at) {
                Some(Node::Seq(items)) => step.parse().ok().filter(|n| *n < items.len()),
                Some(Node::Map(entries)) => entries.iter().position(|(key, _)| key == step),
                _ => None,
            };
            match next {
                Some(nth) => at.push(nth),
                None => break,
            }
        }
        self.problem(&Finding {
            path: path.to_owned(),
            at: Some(at),
            part: Part::Value,
            fault,
        })
    }

    /// The problem of a key of the outermost level.
    pub(super) fn problem_of_key(&self, key: &str, fault: Fault) -> Problem {
        let at = match &self.root {
            Node::Map(entries) => entries.iter().position(|(name, _)| name == key),
            _ => None,
        };
        self.problem(&Finding {
            path: key.to_owned(),
            at: at.map(|nth| vec![nth]),
            part: Part::Value,
            fault,
        })
    }

    /// Whether a finding's key is no plain word: a key may be a list or a group
    /// of keys too, with anything in it.
    fn has_odd_key(&self, finding: &Finding) -> bool {
        let key = finding.at.as_deref().and_then(|at| {
            let (nth, above) = at.split_last()?;
            match self.node(above)? {
                Node::Map(entries) => entries.get(*nth).map(|(key, _)| key.as_str()),
                _ => None,
            }
        });
        !key.is_some_and(is_plain_key)
    }

    fn node(&self, at: &[usize]) -> Option<&Node> {
        let mut node = &self.root;
        for step in at {
            node = match node {
                Node::Seq(items) => items.get(*step)?,
                Node::Map(entries) => &entries.get(*step)?.1,
                _ => return None,
            };
        }
        Some(node)
    }

    fn snippet(
        &self,
        (line, column): (usize, usize),
        part: Part,
        node: Option<&Node>,
    ) -> Option<Snippet> {
        let mut source = source_line(&self.text, line)?;
        let start = column.saturating_sub(1);
        let hidden = self.hidden.as_ref()?;
        let here = hidden.iter().filter(|one| one.line == line);
        if let Some(first) = here.map(|one| one.start).min() {
            if first < start {
                return None;
            }
            source = source.chars().take(first).collect();
            if first == start {
                source.push_str("(secret)");
                return Some(Snippet { source, width: 8 });
            }
            source.push_str("...");
        }
        // A hidden value of several lines may end on this one; then nothing but
        // a key of its own can stand before the mark.
        let before: String = source.chars().take(start).collect();
        if hidden.iter().any(|one| one.open && one.line < line) && !is_plain_start(&before) {
            return None;
        }
        let rest: String = source.chars().skip(start).collect();
        let width = match (part, node) {
            (Part::Key, _) => token(&rest),
            (Part::Value, Some(Node::Seq(_) | Node::Map(_))) => {
                if rest.starts_with(['{', '[', '-']) {
                    1
                } else {
                    token(&rest)
                }
            }
            (Part::Value, Some(node)) => match node.scalar() {
                Some(text) if !text.is_empty() && rest.starts_with(&text) => text.chars().count(),
                _ => token_or_line(&rest),
            },
            (Part::Value, None) => token_or_line(&rest),
        };
        // A comment adds nothing, and may hold what is nobody's business.
        let shown: String = source.chars().take(start + width).collect();
        let after: String = source.chars().skip(start + width).collect();
        let after = after.split(" #").next().unwrap_or_default();
        Some(Snippet {
            source: format!("{shown}{after}").trim_end().to_owned(),
            width,
        })
    }
}

/// Whether a line begins like `  - key: `.
fn is_plain_start(before: &str) -> bool {
    let rest = before.trim_start_matches([' ', '-']).trim_end();
    rest.is_empty() || rest.strip_suffix(':').is_some_and(is_plain_key)
}

/// Columns of a key: up to its colon, quotes included.
fn token(rest: &str) -> usize {
    quoted(rest)
        .unwrap_or_else(|| rest.find([':', ' ']).unwrap_or(rest.len()))
        .max(1)
}

/// Columns of a value: a quoted text, or up to a comment or the line's end.
fn token_or_line(rest: &str) -> usize {
    quoted(rest)
        .unwrap_or_else(|| rest.split(" #").next().unwrap_or(rest).trim_end().len())
        .max(1)
}

fn quoted(rest: &str) -> Option<usize> {
    let quote = rest.chars().next().filter(|c| *c == '"' || *c == '\'')?;
    rest.chars().skip(1).position(|c| c == quote).map(|n| n + 2)
}

/// A source line, safe for a terminal, one column a character.
fn source_line(text: &str, line: usize) -> Option<String> {
    let line = text.lines().nth(line.checked_sub(1)?)?;
    let plain = |c| match c {
        ' '..='~' => c,
        '\t' => ' ',
        _ => '?',
    };
    Some(line.trim_end().chars().map(plain).collect())
}

/// The problem of a text that could not be parsed at all. Its line is shown
/// only when it cannot hold a secret: nothing is known of its structure.
pub(super) fn text_problem(name: &str, text: &str, error: TextFault) -> Problem {
    let snippet = error.at.and_then(|(line, _)| source_line(text, line));
    Problem {
        path: String::new(),
        place: Box::new(Place::File {
            name: name.to_owned(),
            at: error.at,
            snippet: snippet
                .filter(|line| !may_hold_secret(line))
                .map(|source| Snippet { source, width: 1 }),
        }),
        text: error.fault.text,
        hint: error.fault.hint,
    }
}

fn may_hold_secret(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let named = ["key", "token", "secret", "passw", "psk"];
    // A line without a key may be the rest of a secret; a long word may be one.
    !line.contains(':')
        || named.iter().any(|word| line.contains(word))
        || line
            .split(|c: char| c.is_whitespace())
            .any(|word| word.len() >= 32)
}

/// Parses bytes into a tree.
pub(super) fn read<'a>(name: &str, bytes: &'a [u8]) -> Result<(&'a str, Node), Problem> {
    let text = tree::text_of(bytes).map_err(|error| text_problem(name, "", error))?;
    let root = tree::parse(text).map_err(|error| text_problem(name, text, error))?;
    Ok((text, root))
}

/// The problems of a walk, told with their places; at most a hundred.
pub(super) fn problems(source: &Source, findings: &[Finding]) -> Vec<Problem> {
    let mut out: Vec<Problem> = findings
        .iter()
        .take(MAX_PROBLEMS)
        .map(|finding| source.problem(finding))
        .collect();
    out.sort_by_key(Problem::at);
    if findings.len() > MAX_PROBLEMS {
        out.push(Problem {
            path: String::new(),
            place: Box::new(Place::File {
                name: source.name.clone(),
                at: None,
                snippet: None,
            }),
            text: format!("and {} more", findings.len() - MAX_PROBLEMS),
            hint: None,
        });
    }
    out
}

/// The answers file as it was written.
#[derive(Clone, Debug)]
pub struct AnswersFile {
    pub(super) source: Option<Arc<Source>>,
    pub(super) found: Vec<(&'static Question, Value, At)>,
    pub(super) problems: Vec<Problem>,
}

impl AnswersFile {
    /// Reads the bytes of an answers file. It never fails: what is wrong is in
    /// [`AnswersFile::problems`], what is right can be used.
    ///
    /// `name` is the file's name in messages.
    pub fn parse(name: &str, bytes: &[u8], allow_inline_secrets: bool) -> AnswersFile {
        let walk = Walk {
            allow_inline_secrets,
            ..Walk::default()
        };
        Self::read(name, bytes, walk, |_, _| ())
    }

    /// The same with a walk of one's own, and with more that is read out of the
    /// tree before the problems are told.
    pub(super) fn read(
        name: &str,
        bytes: &[u8],
        mut walk: Walk,
        more: impl FnOnce(&Node, &mut Walk),
    ) -> AnswersFile {
        let (text, root) = match read(name, bytes) {
            Ok(read) => read,
            Err(problem) => {
                return AnswersFile {
                    source: None,
                    found: Vec::new(),
                    problems: vec![problem],
                };
            }
        };
        let found = walk.file(&root);
        more(&root, &mut walk);
        let source = Source::new(name, text, root, &walk.hidden);
        AnswersFile {
            problems: problems(&source, &walk.findings),
            source: Some(Arc::new(source)),
            found: found
                .into_iter()
                .map(
                    |Found {
                         question,
                         value,
                         at,
                     }| (question, value, at),
                )
                .collect(),
        }
    }

    /// Everything that is wrong with it.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The ids that it answers.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> {
        self.found.iter().map(|(question, _, _)| question.id)
    }
}
