//! The commands of the documents, and where each is run.
//!
//! A block of `sh` says by a comment before it on which host its lines are run:
//!
//! ```text
//! <!-- run: el7 -->            a host of tests/hosts, through GROUNDCREW_ROOT
//! <!-- run: folder -->         an empty folder
//! <!-- run: lab, answers -->   a host of the lab; answers.yaml is the last YAML
//!                              block above that is a whole file, or else the first
//! <!-- run: el7, exit 0 3|4 -->  exit codes, line by line; one alone holds for all
//! ```
//!
//! Lines of one document on the same host are run one after the other, so that one
//! finds the files of those before it.

use super::elsewhere::ELSEWHERE;
use super::markdown::{Block, Doc};

/// Where lines are run, and how they have to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// `folder`, `lab`, or the name of a host in tests/hosts.
    pub host: String,
    /// Exit codes, each with its alternatives; none: 0.
    pub codes: Vec<Vec<i32>>,
    /// Whether answers.yaml is written first.
    pub answers: bool,
}

impl Spec {
    /// Reads `el7, exit 0 3`.
    pub fn parse(text: &str) -> Self {
        let mut parts = text.split(',').map(str::trim);
        let mut spec = Self {
            host: parts.next().unwrap().to_owned(),
            codes: Vec::new(),
            answers: false,
        };
        for part in parts {
            match part.split_once(' ') {
                Some(("exit", codes)) => {
                    let one = |code: &str| code.split('|').map(|c| c.parse().unwrap()).collect();
                    spec.codes = codes.split_whitespace().map(one).collect();
                }
                None if part == "answers" => spec.answers = true,
                _ => panic!("what is {part:?} in {text:?}?"),
            }
        }
        spec
    }

    /// The exit codes that line `number` may have.
    pub fn codes(&self, number: usize) -> Vec<i32> {
        match self.codes.as_slice() {
            [] => vec![0],
            [one] => one.clone(),
            all => all[number].clone(),
        }
    }
}

/// A line that is run.
pub struct Run {
    /// The document and the line.
    pub place: String,
    /// Where.
    pub host: String,
    /// The line, as a shell takes it.
    pub line: String,
    /// How it may end.
    pub codes: Vec<i32>,
    /// The text of answers.yaml that is written before.
    pub answers: Option<String>,
}

/// The commands of a block of `sh`: lines that go on joined, comments left out.
pub fn lines(block: &Block) -> Vec<String> {
    let joined = block.text.replace("\\\n", " ");
    let lines = joined.lines().map(|line| {
        let line = line.find(" #").map_or(line, |at| &line[..at]);
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

/// Whether another test runs this command.
pub fn is_elsewhere(line: &str) -> bool {
    ELSEWHERE.iter().any(|(command, ..)| *command == line)
}

/// What a document has to be run, and the commands of which nothing says where.
pub fn runs(doc: &Doc) -> (Vec<Run>, Vec<String>) {
    let (mut runs, mut orphans) = (Vec::new(), Vec::new());
    let blocks = doc.blocks();
    let whole = |block: &&Block| block.language == "yaml" && block.text.starts_with("version:");
    let mut answers = blocks.iter().find(whole).map(|block| block.text.clone());
    for block in &blocks {
        if whole(&block) {
            answers = Some(block.text.clone());
        }
        if block.language != "sh" {
            continue;
        }
        let spec = block.comment.as_deref().and_then(|comment| {
            let spec = comment.strip_prefix("run:")?;
            Some(Spec::parse(spec.trim()))
        });
        let here = lines(block);
        let here: Vec<String> = here
            .into_iter()
            .filter(|line| !is_elsewhere(line))
            .collect();
        for (number, line) in here.iter().enumerate() {
            let place = format!("{}, block at line {}: {line}", doc.path, block.line);
            let Some(spec) = &spec else {
                orphans.push(place);
                continue;
            };
            assert!(
                spec.codes.len() < 2 || spec.codes.len() == here.len(),
                "{place}: {} exit codes for {} lines",
                spec.codes.len(),
                here.len()
            );
            runs.push(Run {
                host: spec.host.clone(),
                line: line.clone(),
                codes: spec.codes(number),
                // A reader edits the file before it is used.
                answers: (spec.answers && line.contains("--answers"))
                    .then(|| answers.clone().expect("a whole answers file")),
                place,
            });
        }
    }
    (runs, orphans)
}

/// The words of a command up to the first pipe or redirection; quotes are taken off.
pub fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, '|' | '>' | ';' | '&') => break,
            (None, c) if c.is_whitespace() => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a command can be run as it stands: none of its words is for the reader
/// to fill in, as FILE or ID=REASON.
pub fn is_complete(line: &str) -> bool {
    let blank = |part: &str| {
        part == "SHA256"
            || part.contains("...")
            || part.contains('…')
            || (part.len() > 1 && part.chars().all(|c| c.is_ascii_uppercase() || c == '-'))
    };
    let mut words = line.split_whitespace();
    !words.any(|word| word.split(['=', '.', '/', '[', ']']).any(blank))
}
