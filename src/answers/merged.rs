//! The answers of all layers in one: flag over `--set` over environment over
//! file over default, each value with where it came from.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::check::{Fault, fault, hinted, show, show_key};
use super::file::{AnswersFile, Source};
use super::locate::At;
use super::problem::{Problem, nearest};
use super::questions::{self, Applies, Kind, Question};
use super::value::Value;
use super::walk::{self, Found, unknown_key};

/// Prefix of the environment variables.
pub const ENV_PREFIX: &str = "GROUNDCREW_";

/// The environment variable of a question:
/// `GROUNDCREW_OVERLAY_WIREGUARD_LISTEN_PORT`.
pub fn env_name(id: &str) -> String {
    format!(
        "{ENV_PREFIX}{}",
        id.to_ascii_uppercase().replace(['.', '-'], "_")
    )
}

/// Where an answer came from, weakest first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// Nobody answered.
    Default,
    /// The answers file of this name.
    File(String),
    /// The environment variable of this name.
    Environment(String),
    /// `--set`.
    Set,
    /// The flag of this name.
    Flag(String),
    /// Asked in this run.
    Asked,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(name) => f.write_str(&show(name)),
            Origin::Environment(name) | Origin::Flag(name) => f.write_str(name),
            Origin::Set => f.write_str("--set"),
            Origin::Asked => f.write_str("answer"),
        }
    }
}

impl Origin {
    /// How strong it is; equal for equal layers.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Origin::Default => 0,
            Origin::File(_) => 1,
            Origin::Environment(_) => 2,
            Origin::Set => 3,
            Origin::Flag(_) => 4,
            Origin::Asked => 5,
        }
    }
}

/// A flag that answers a question.
#[derive(Clone, Debug)]
pub struct FlagAnswer {
    /// The flag as people write it: `--network-interface`.
    pub flag: &'static str,
    /// The question it answers.
    pub id: &'static str,
    /// What was given; a flag of a list may stand several times.
    pub text: String,
}

/// What the layers are made of.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The answers file, parsed.
    pub file: Option<AnswersFile>,
    /// The environment, all of it; other variables are passed over.
    pub env: Vec<(String, String)>,
    /// The arguments of `--set`: `KEY=VALUE`.
    pub sets: Vec<String>,
    /// Flags that answer questions.
    pub flags: Vec<FlagAnswer>,
    /// Literal secrets are taken.
    pub allow_inline_secrets: bool,
}

#[derive(Clone, Debug)]
struct Given {
    value: Value,
    origin: Origin,
    at: Option<At>,
}

/// The merged answers.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    given: BTreeMap<&'static str, Given>,
    source: Option<Arc<Source>>,
    problems: Vec<Problem>,
    unknown_env: Vec<String>,
}

impl Answers {
    /// The answers of all layers. It never fails: what is wrong is in
    /// [`Answers::problems`] and comes out of `Config::from_answers` together
    /// with the problems between answers.
    pub fn gather(inputs: Inputs) -> Answers {
        let mut answers = Answers::default();
        let inline = inputs.allow_inline_secrets;
        if let Some(file) = inputs.file {
            let name = file.source.as_ref().map(|source| source.name.clone());
            for (question, value, at) in file.found {
                let origin = Origin::File(name.clone().unwrap_or_default());
                let at = Some(at);
                answers
                    .given
                    .insert(question.id, Given { value, origin, at });
            }
            answers.source = file.source;
            answers.problems = file.problems;
        }
        let names: BTreeMap<String, &'static Question> = questions::all()
            .filter(|question| question.id != "version")
            .map(|question| (env_name(question.id), question))
            .collect();
        for (name, text) in inputs.env {
            match names.get(&name) {
                Some(question) => {
                    answers.layer(question, &text, Origin::Environment(name), inline);
                }
                None if name.starts_with(ENV_PREFIX) => answers.unknown_env.push(name),
                None => {}
            }
        }
        for set in inputs.sets {
            answers.layer_set(&set, inline);
        }
        for FlagAnswer { flag, id, text } in inputs.flags {
            if let Some(question) = questions::question(id) {
                answers.layer(question, &text, Origin::Flag(flag.to_owned()), inline);
            }
        }
        answers
    }

    /// Takes what was found in a part of the same file, above what is answered.
    pub(super) fn take_part(&mut self, part: &[Found]) {
        let name = self.source.as_ref().map(|source| source.name.clone());
        for Found {
            question,
            value,
            at,
        } in part
        {
            self.clear(question.id);
            let given = Given {
                value: value.clone(),
                origin: Origin::File(name.clone().unwrap_or_default()),
                at: Some(at.clone()),
            };
            self.given.insert(question.id, given);
        }
    }

    fn layer_set(&mut self, set: &str, inline: bool) {
        let (key, text) = match set.split_once('=') {
            Some((key, text)) => (key.trim(), Some(text)),
            None => (set.trim(), None),
        };
        let known = questions::question(key).filter(|question| question.id != "version");
        let fault = match (known, text) {
            (Some(question), Some(text)) => {
                self.layer(question, text, Origin::Set, inline);
                return;
            }
            (Some(_), None) => hinted("no value", format!("write --set {key}=VALUE")),
            (None, _) => {
                let ids = questions::all().map(|question| question.id);
                match nearest(key, ids) {
                    Some(near) => hinted("unknown key", format!("did you mean {near}?")),
                    None => {
                        let (prefix, last) = key.rsplit_once('.').unwrap_or(("", key));
                        match unknown_key(last, prefix) {
                            Fault {
                                hint: Some(hint), ..
                            } if hint.starts_with("it belongs") => hinted("unknown key", hint),
                            _ => hinted("unknown key", "see: groundcrew answers explain"),
                        }
                    }
                }
            }
        };
        self.problems
            .push(Problem::other(&show_key(key), "--set", fault));
    }

    fn layer(&mut self, question: &'static Question, text: &str, origin: Origin, inline: bool) {
        match walk::from_text(&question.kind, text, question.id, inline) {
            Ok(value) => {
                self.clear(question.id);
                // A flag of a list may stand several times: --report A --report B.
                let value = match (self.given.get(question.id), value) {
                    (Some(earlier), Value::List(more))
                        if matches!(origin, Origin::Flag(_)) && earlier.origin == origin =>
                    {
                        let items = earlier.value.items().iter().cloned().chain(more);
                        Value::List(items.collect())
                    }
                    (_, value) => value,
                };
                let at = None;
                self.given.insert(question.id, Given { value, origin, at });
            }
            Err(faults) => {
                let place = origin.to_string();
                self.problems.extend(
                    faults
                        .into_iter()
                        .map(|(path, fault)| Problem::other(&path, &place, fault)),
                );
            }
        }
    }

    /// Forgets the file's problems of an answer that a stronger layer replaces.
    fn clear(&mut self, id: &str) {
        self.problems
            .retain(|problem| problem.question().is_none_or(|question| question.id != id));
    }

    /// Everything that is wrong with single values, and with the file.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Variables that begin with `GROUNDCREW_` and are no question's; the
    /// command line knows whether they are a flag's.
    pub fn unknown_env(&self) -> &[String] {
        &self.unknown_env
    }

    /// The value of an answer, the default where nobody answered. None: not
    /// answered and without default.
    pub fn get(&self, id: &str) -> Option<Value> {
        match self.given.get(id) {
            Some(given) => Some(given.value.clone()),
            None => questions::question(id).and_then(default_value),
        }
    }

    /// Where an answer came from.
    pub fn origin(&self, id: &str) -> Origin {
        self.given
            .get(id)
            .map_or(Origin::Default, |given| given.origin.clone())
    }

    /// True when somebody answered.
    pub fn is_given(&self, id: &str) -> bool {
        self.given.contains_key(id)
    }

    /// Takes an answer that was asked for, after the same checks as any other.
    ///
    /// # Errors
    /// The first thing that is wrong with it; the answers stay as they were.
    pub fn set(&mut self, id: &str, value: Value) -> Result<(), Problem> {
        let question = known(id)?;
        let checked = walk::recheck(&question.kind, &value, question.id);
        self.take(question, checked)
    }

    /// The same for a text, as a form field or a line gives it.
    ///
    /// # Errors
    /// As [`Answers::set`].
    pub fn set_text(&mut self, id: &str, text: &str) -> Result<(), Problem> {
        let question = known(id)?;
        // Typed without echo by the one who runs this: not written anywhere.
        let checked = walk::from_text(&question.kind, text, question.id, true);
        self.take(question, checked)
    }

    fn take(
        &mut self,
        question: &'static Question,
        checked: Result<Value, Vec<(String, Fault)>>,
    ) -> Result<(), Problem> {
        match checked {
            Ok(value) => {
                self.clear(question.id);
                let given = Given {
                    value,
                    origin: Origin::Asked,
                    at: None,
                };
                self.given.insert(question.id, given);
                Ok(())
            }
            Err(faults) => {
                let (path, fault) = faults
                    .into_iter()
                    .next()
                    .unwrap_or_else(|| (question.id.to_owned(), fault("not usable")));
                Err(Problem::other(&path, "answer", fault))
            }
        }
    }

    /// Takes an answer back: the default counts again.
    pub fn unset(&mut self, id: &str) {
        self.given.remove(id);
        self.clear(id);
    }

    /// True when the question matters with the other answers as they are.
    pub fn applies(&self, question: &Question) -> bool {
        self.holds(&question.applies)
    }

    fn holds(&self, applies: &Applies) -> bool {
        match applies {
            Applies::Always => true,
            Applies::Unset(id) => !self.is_given(id),
            Applies::All(all) => all.iter().all(|one| self.holds(one)),
            Applies::When(id, values) => self.get(id).is_some_and(|value| {
                let shown = value.text().map_or_else(|| value.show(), str::to_owned);
                values.contains(&shown.as_str())
            }),
        }
    }

    /// True when the file's `ask` wants this question asked all the same.
    pub fn wants_asked(&self, id: &str) -> bool {
        self.get("ask").is_some_and(|ask| {
            ask.items().iter().filter_map(Value::text).any(|item| {
                item == "*"
                    || id == item
                    || id
                        .strip_prefix(item)
                        .is_some_and(|rest| rest.starts_with('.'))
            })
        })
    }

    /// A problem of an answer, told with its place: line and column when it
    /// came from the file, else the layer it came from. `path` may go into a
    /// record: `overlay.wireguard.peers[1].endpoint`.
    pub fn problem(&self, path: &str, text: impl Into<String>, hint: Option<&str>) -> Problem {
        let fault = Fault {
            text: text.into(),
            hint: hint.map(str::to_owned),
        };
        let id = path.split('[').next().unwrap_or(path);
        match (self.given.get(id), &self.source) {
            (Some(Given { at: Some(at), .. }), Some(source)) => {
                source.problem_below(path, at, fault)
            }
            _ => Problem::other(path, &self.origin(id).to_string(), fault),
        }
    }
}

fn known(id: &str) -> Result<&'static Question, Problem> {
    questions::question(id)
        .ok_or_else(|| Problem::other(&show(id), "answer", fault("no such answer")))
}

/// The default of a question as a value.
pub fn default_value(question: &'static Question) -> Option<Value> {
    constant(question, question.default?)
}

/// A YAML constant of the declarations as a value.
pub(super) fn constant(question: &'static Question, yaml: &str) -> Option<Value> {
    let text = match question.kind {
        // As written in the file, perhaps in quotes.
        Kind::Text(_) => serde_yaml::from_str::<String>(yaml).ok()?,
        _ => yaml.to_owned(),
    };
    walk::from_text(&question.kind, &text, question.id, false).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn every_default_and_example_is_a_good_answer() {
        for question in questions::all() {
            if let Some(yaml) = question.default {
                assert!(
                    constant(question, yaml).is_some(),
                    "{}: default",
                    question.id
                );
            }
            assert!(
                constant(question, question.example).is_some(),
                "{}: example",
                question.id
            );
        }
    }

    #[test]
    fn every_condition_can_hold_with_some_answers() {
        let answers = Answers::default();
        for question in questions::all() {
            if question.applies == Applies::Always {
                assert!(answers.applies(question));
            }
        }
        let peers = questions::question("overlay.wireguard.peers").unwrap();
        assert!(answers.applies(peers));
        let mut answers = answers;
        answers.set_text("overlay.kind", "zerotier").unwrap();
        assert!(!answers.applies(peers));
        let public = questions::question("needs.public-peer").unwrap();
        assert!(!answers.applies(public));
        answers.set_text("needs.behind-nat", "true").unwrap();
        assert!(answers.applies(public));
    }
}
