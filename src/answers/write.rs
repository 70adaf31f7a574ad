//! Answers as YAML: what a run leaves behind, the template, the example. All
//! keys, defaults included, and never a secret.

use super::merged::{Answers, constant};
use super::questions::{self, Kind, Question, section_help};
use super::single::words;
use super::value::Value;

const WIDTH: usize = 80;

/// Head of every commented answers file.
const HEAD: &str = "\
# yaml-language-server: $schema=./answers.schema.json
# Answers for groundcrew. Every key is optional except `version`; what is left
# out takes the default. Keys with # before them are not answered.
";

impl Answers {
    /// The answers in effect as an answers file: every key, defaults included;
    /// what is not answered and has no default stands as a comment (left out
    /// without `commented`). Read again it gives the same answers. A typed or
    /// literal secret is written as `{prompt: true}`.
    pub fn to_yaml(&self, commented: bool) -> String {
        self.written(commented, |question| self.shown(question))
    }

    /// What somebody answered, as an answers file, without the defaults.
    pub fn given_yaml(&self) -> String {
        self.written(false, |question| {
            self.get(question.id).filter(|_| self.is_given(question.id))
        })
    }

    fn written(
        &self,
        commented: bool,
        shown: impl Fn(&'static Question) -> Option<Value>,
    ) -> String {
        let mut out = String::new();
        if commented {
            out.push_str(HEAD);
        }
        let mut open: Vec<&str> = Vec::new();
        for question in questions::all() {
            let parts: Vec<&str> = question.id.split('.').collect();
            let Some((key, sections)) = parts.split_last() else {
                continue;
            };
            let shown = shown(question);
            if !commented && shown.is_none() {
                continue;
            }
            let same = open
                .iter()
                .zip(sections)
                .take_while(|(a, b)| a == b)
                .count();
            open.truncate(same);
            if commented && sections.is_empty() {
                out.push('\n');
            }
            for section in sections.iter().skip(same) {
                let path: Vec<&str> = open.iter().chain([section]).copied().collect();
                if commented && open.is_empty() {
                    out.push('\n');
                }
                if let (true, Some(help)) = (commented, section_help(&path.join("."))) {
                    comment(&mut out, open.len(), help);
                }
                out.push_str(&format!("{}{section}:\n", indent(open.len())));
                open.push(section);
            }
            if commented {
                comment(&mut out, open.len(), question.help);
                if let Kind::Choice(choices) | Kind::Choices(choices) = question.kind {
                    comment(
                        &mut out,
                        open.len(),
                        &format!("One of: {}.", words(choices)),
                    );
                }
            }
            match shown {
                Some(value) => entry(&mut out, open.len(), key, &value),
                None => {
                    let text = question.default.unwrap_or(question.example);
                    let line = match constant(question, text) {
                        Some(value) => value.show(),
                        None => text.to_owned(),
                    };
                    out.push_str(&format!("{}# {key}: {line}\n", indent(open.len())));
                }
            }
        }
        out
    }

    /// The value that is written; none: as a comment. A default that does not
    /// matter with the other answers would only mislead.
    fn shown(&self, question: &'static Question) -> Option<Value> {
        if self.is_given(question.id) || self.applies(question) {
            self.get(question.id)
        } else {
            None
        }
    }
}

fn indent(level: usize) -> String {
    "  ".repeat(level)
}

/// Comment lines of at most 80 columns.
pub(super) fn comment(out: &mut String, level: usize, text: &str) {
    let start = format!("{}#", indent(level));
    let mut line = start.clone();
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH && line != start {
            out.push_str(&line);
            out.push('\n');
            line = start.clone();
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
}

fn entry(out: &mut String, level: usize, key: &str, value: &Value) {
    let line = format!("{}{key}: {}", indent(level), value.show());
    let items = value.items();
    let records = items.iter().any(|item| matches!(item, Value::Record(_)));
    if items.is_empty() || (!records && line.len() <= WIDTH) {
        out.push_str(&line);
        out.push('\n');
        return;
    }
    out.push_str(&format!("{}{key}:\n", indent(level)));
    for item in items {
        match item {
            Value::Record(fields) if !fields.is_empty() => {
                for (nth, (name, field)) in fields.iter().enumerate() {
                    let lead = if nth == 0 { "- " } else { "  " };
                    let start = indent(level + 1);
                    out.push_str(&format!("{start}{lead}{name}: {}\n", field.show()));
                }
            }
            other => out.push_str(&format!("{}- {}\n", indent(level + 1), other.show())),
        }
    }
}

/// The template that `answers new` writes: every key with its help, defaults in
/// effect, the rest as comments.
pub fn template() -> String {
    Answers::default().to_yaml(true)
}

/// Questions that the example leaves open: each excludes another one.
const NOT_IN_EXAMPLE: &[&str] = &[
    "interface.match.address",
    "interface.match.mac",
    "interface.match.cidr",
    "interface.match.driver",
    "docker.version",
    "docker.bip",
    "docker.http-proxy",
    "docker.no-proxy",
    "replicated.script.url",
    "replicated.script.file",
    "replicated.script.airgap-dir",
    "replicated.script.sha256",
    "replicated.args",
    "replicated.daemon-endpoint",
    "replicated.daemon-token",
    "replicated.airgap-package",
    "replicated.release-sequence",
    "replicated.tls.cert",
    "replicated.tls.key",
    "replicated.daemon-authentication.password",
];

/// A full answers file of one host of a WireGuard network.
pub fn example() -> String {
    let mut answers = Answers::default();
    for question in questions::all() {
        if NOT_IN_EXAMPLE.contains(&question.id) {
            continue;
        }
        if let Some(value) = constant(question, question.example) {
            // An example is a good answer; a test sees to that.
            let _ = answers.set(question.id, value);
        }
    }
    answers.to_yaml(true)
}
