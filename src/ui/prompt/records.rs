//! Asking for the parts of an answer: single values, secrets and records.

use super::{Ask, Opt, Prompter, Reply};
use crate::answers::questions::{Field, Kind, Question};
use crate::answers::{Answers, SecretRef, Value};
use crate::ui::wizard::form::problem_text;

/// What is typed for "nothing".
const NOTHING: &str = "-";

/// What was given for a question or a field.
enum Given {
    /// As the answers take it from a text.
    Text(String),
    /// A value.
    Value(Value),
    /// Nothing.
    Nothing,
}

/// What is asked for one value.
struct One<'a> {
    ask: Ask,
    kind: &'a Kind,
    value: Option<Value>,
    required: bool,
}

/// Asks a question until the answer is good.
pub fn question(
    prompter: &mut dyn Prompter,
    answers: &mut Answers,
    question: &'static Question,
    back: bool,
) -> Reply<()> {
    let ask = Ask {
        question: question.prompt.to_owned(),
        why: vec![
            question.help.to_owned(),
            question.why.to_owned(),
            format!("Answer: {}", question.id),
        ],
        back,
    };
    if let Kind::Records { fields, .. } = question.kind {
        return records(prompter, answers, question, fields, &ask);
    }
    loop {
        let one = One {
            ask: ask.clone(),
            kind: &question.kind,
            value: answers.get(question.id),
            required: false,
        };
        let result = match value(prompter, &one) {
            Reply::Given(Given::Nothing) => {
                answers.unset(question.id);
                Ok(())
            }
            Reply::Given(Given::Text(text)) => answers.set_text(question.id, &text),
            Reply::Given(Given::Value(value)) => answers.set(question.id, value),
            Reply::Back => return Reply::Back,
            Reply::Stop => return Reply::Stop,
        };
        match result {
            Ok(()) => return Reply::Given(()),
            Err(problem) => prompter.say(&format!("Not taken: {}", problem_text(&problem))),
        }
    }
}

fn value(prompter: &mut dyn Prompter, one: &One<'_>) -> Reply<Given> {
    let now = one.value.as_ref();
    match one.kind {
        Kind::Bool => {
            let options = [Opt::new("yes", ""), Opt::new("no", "")];
            let default = usize::from(now.and_then(Value::bool) != Some(true));
            match prompter.pick(&one.ask, &options, default) {
                Reply::Given(at) => Reply::Given(Given::Value(Value::Bool(at == 0))),
                Reply::Back => Reply::Back,
                Reply::Stop => Reply::Stop,
            }
        }
        Kind::Choice(words) => {
            let options: Vec<Opt> = words
                .iter()
                .map(|one| Opt::new(one.value, one.label))
                .collect();
            let is = |one: &Opt| now.and_then(Value::text) == Some(one.name.as_str());
            let default = options.iter().position(is).unwrap_or(0);
            match prompter.pick(&one.ask, &options, default) {
                Reply::Given(at) => {
                    let word = options.get(at).map(|one| one.name.clone());
                    Reply::Given(word.map_or(Given::Nothing, Given::Text))
                }
                Reply::Back => Reply::Back,
                Reply::Stop => Reply::Stop,
            }
        }
        Kind::Secret { generate } => secret(prompter, one, *generate),
        kind => {
            let mut ask = one.ask.clone();
            if let Kind::Choices(words) = kind {
                let words: Vec<&str> = words.iter().map(|one| one.value).collect();
                ask.question = format!("{} ({})", ask.question, words.join(", "));
            }
            ask.why.push(format!("Type {NOTHING} for none."));
            let shown = match now {
                None => String::new(),
                Some(Value::Text(text)) => text.clone(),
                Some(Value::List(items)) => {
                    let texts: Vec<&str> = items.iter().filter_map(Value::text).collect();
                    texts.join(", ")
                }
                Some(other) => other.show(),
            };
            match prompter.text(&ask, &shown) {
                Reply::Given(text) if text == NOTHING || text.is_empty() => {
                    Reply::Given(Given::Nothing)
                }
                // What stands there already is not a new answer.
                Reply::Given(text) if text == shown => {
                    Reply::Given(one.value.clone().map_or(Given::Nothing, Given::Value))
                }
                Reply::Given(text) => Reply::Given(Given::Text(text)),
                Reply::Back => Reply::Back,
                Reply::Stop => Reply::Stop,
            }
        }
    }
}

fn secret(prompter: &mut dyn Prompter, one: &One<'_>, generate: bool) -> Reply<Given> {
    let mut options = Vec::new();
    if generate {
        options.push(Opt::new("generate", "made on this host, never shown"));
    } else if !one.required {
        options.push(Opt::new("none", "there is none"));
    }
    options.push(Opt::new("file", "the content of a file"));
    options.push(Opt::new("env", "the value of an environment variable"));
    options.push(Opt::new("type", "typed now, not saved"));
    let word = match one.value.as_ref().and_then(Value::secret) {
        Some(SecretRef::File(_)) => "file",
        Some(SecretRef::Env(_)) => "env",
        Some(SecretRef::Inline(_) | SecretRef::Prompt) => "type",
        Some(SecretRef::Generate) => "generate",
        None => "none",
    };
    let default = options.iter().position(|one| one.name == word).unwrap_or(0);
    let at = match prompter.pick(&one.ask, &options, default) {
        Reply::Given(at) => at,
        Reply::Back => return Reply::Back,
        Reply::Stop => return Reply::Stop,
    };
    let plain = |question: &str| Ask {
        question: question.to_owned(),
        ..Ask::default()
    };
    let reference = match options.get(at).map(|one| one.name.as_str()) {
        Some("generate") => SecretRef::Generate,
        Some("file") => match prompter.text(&plain("File that holds it"), "") {
            Reply::Given(path) => SecretRef::File(path.into()),
            Reply::Back => return Reply::Back,
            Reply::Stop => return Reply::Stop,
        },
        Some("env") => match prompter.text(&plain("Name of the variable"), "") {
            Reply::Given(name) => SecretRef::Env(name),
            Reply::Back => return Reply::Back,
            Reply::Stop => return Reply::Stop,
        },
        Some("type") => match prompter.secret(&plain(&one.ask.question)) {
            Some(Reply::Given(secret)) => SecretRef::Inline(secret),
            Some(Reply::Back) => return Reply::Back,
            Some(Reply::Stop) => return Reply::Stop,
            None => {
                prompter.say(
                    "A secret cannot be typed here: standard input is no terminal. Name a file \
                     or an environment variable.",
                );
                return secret(prompter, one, generate);
            }
        },
        _ => return Reply::Given(Given::Nothing),
    };
    Reply::Given(Given::Value(Value::Secret(reference)))
}

/// What a record is called in a list.
fn title(record: &Value) -> String {
    let Value::Record(fields) = record else {
        return record.show();
    };
    let shown = fields.iter().take(3).map(|(_, value)| match value {
        Value::Text(text) => text.clone(),
        other => other.show(),
    });
    shown.collect::<Vec<_>>().join("  ")
}

fn records(
    prompter: &mut dyn Prompter,
    answers: &mut Answers,
    question: &'static Question,
    fields: &[Field],
    ask: &Ask,
) -> Reply<()> {
    loop {
        let now = answers.get(question.id);
        let list = now.map(|value| value.items().to_vec()).unwrap_or_default();
        let mut options = vec![
            Opt::new("done", "nothing more to change"),
            Opt::new("add", "add one"),
        ];
        let changes = list.iter().enumerate().flat_map(|(n, record)| {
            let title = title(record);
            [
                Opt::new(format!("edit {}", n + 1), title.clone()),
                Opt::new(format!("remove {}", n + 1), title),
            ]
        });
        options.extend(changes);
        let at = match prompter.pick(ask, &options, 0) {
            Reply::Given(0) => return Reply::Given(()),
            Reply::Given(at) => at,
            Reply::Back => return Reply::Back,
            Reply::Stop => return Reply::Stop,
        };
        // After "done" and "add", each record has two lines.
        let index = at.checked_sub(2).map(|at| at / 2);
        let mut list = list;
        match index {
            Some(index) if at % 2 == 1 => {
                if index < list.len() {
                    list.remove(index);
                }
                if let Err(problem) = answers.set(question.id, Value::List(list)) {
                    prompter.say(&format!("Not taken: {}", problem_text(&problem)));
                }
            }
            index => match edit(prompter, answers, question, fields, index, &list) {
                Reply::Given(()) | Reply::Back => {}
                Reply::Stop => return Reply::Stop,
            },
        }
    }
}

/// Asks for each field of a record; again from the first one when the record is
/// not taken, with what was typed as the defaults.
fn edit(
    prompter: &mut dyn Prompter,
    answers: &mut Answers,
    question: &'static Question,
    fields: &[Field],
    index: Option<usize>,
    list: &[Value],
) -> Reply<()> {
    let mut record = index
        .and_then(|at| list.get(at))
        .cloned()
        .unwrap_or(Value::Record(Vec::new()));
    loop {
        let mut given = Vec::new();
        for field in fields {
            let one = One {
                ask: Ask {
                    question: format!(
                        "  {}{}",
                        field.prompt,
                        if field.required {
                            ""
                        } else {
                            " (may be left out)"
                        }
                    ),
                    why: vec![field.help.to_owned()],
                    back: true,
                },
                kind: &field.kind,
                value: record.field(field.name).cloned(),
                required: field.required,
            };
            match value(prompter, &one) {
                Reply::Given(Given::Nothing) => {}
                Reply::Given(Given::Value(value)) => given.push((field.name, value)),
                Reply::Given(Given::Text(text)) => {
                    given.push((field.name, typed(&field.kind, text)))
                }
                // Back to the list; nothing of it is kept.
                Reply::Back => return Reply::Back,
                Reply::Stop => return Reply::Stop,
            }
        }
        record = Value::Record(given);
        let mut list = list.to_vec();
        match index.and_then(|at| list.get_mut(at)) {
            Some(old) => *old = record.clone(),
            None => list.push(record.clone()),
        }
        match answers.set(question.id, Value::List(list)) {
            Ok(()) => return Reply::Given(()),
            Err(problem) => {
                prompter.say(&format!(
                    "Not taken: {}: {}",
                    problem.path,
                    problem_text(&problem)
                ));
            }
        }
    }
}

/// A text as the value of a record's field.
fn typed(kind: &Kind, text: String) -> Value {
    match kind {
        Kind::Integer { .. } | Kind::IntegerOrAuto { .. } => {
            text.parse().map_or(Value::Text(text), Value::Int)
        }
        Kind::Strings(_) | Kind::Choices(_) => {
            let items = text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            Value::List(items.map(|item| Value::Text(item.to_owned())).collect())
        }
        _ => Value::Text(text),
    }
}
