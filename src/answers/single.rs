//! Single values: what is neither a list nor a secret.

use super::check::{Fault, fault, hinted, show};
use super::problem::nearest;
use super::questions::{Choice, Kind};
use super::tree::Node;
use super::value::Value;

/// A value that is neither list nor secret.
pub(super) fn single(kind: &Kind, node: &Node) -> Result<Value, Fault> {
    let Some(text) = node.scalar() else {
        return Err(fault(format!("{}, wanted {}", node.noun(), wanted(kind))));
    };
    match (kind, node) {
        (Kind::Bool, Node::Bool(yes)) => Ok(Value::Bool(*yes)),
        (Kind::Bool, _) => {
            let fault = fault(format!("not true or false: {}", show(&text)));
            let hint = match text.to_ascii_lowercase().as_str() {
                "true" | "false" => Some("take the quotes away"),
                "yes" | "y" | "on" | "1" => Some("write true"),
                "no" | "n" | "off" | "0" => Some("write false"),
                _ => None,
            };
            Err(Fault {
                hint: hint.map(str::to_owned),
                ..fault
            })
        }
        (Kind::Integer { min, max } | Kind::IntegerOrAuto { min, max }, Node::Int(number)) => {
            match i64::try_from(*number) {
                Ok(number) if (*min..=*max).contains(&number) => Ok(Value::Int(number)),
                _ => Err(fault(format!("{number} is not between {min} and {max}"))),
            }
        }
        (Kind::IntegerOrAuto { .. }, Node::Text(text)) if text == "auto" => {
            Ok(Value::Text(text.clone()))
        }
        (Kind::Integer { .. } | Kind::IntegerOrAuto { .. }, node) => {
            let fault = fault(format!("not {}: {}", wanted(kind), show(&text)));
            let quoted = matches!(node, Node::Text(text) if text.parse::<i64>().is_ok());
            Err(Fault {
                hint: quoted.then(|| "take the quotes away".to_owned()),
                ..fault
            })
        }
        (Kind::Choice(choices), _) => choice(choices, &text),
        (Kind::Text(check), Node::Text(text)) => {
            check.check(text)?;
            Ok(Value::Text(text.clone()))
        }
        (Kind::Text(check), node) => {
            check.check(&text)?;
            Err(hinted(
                format!(
                    "{}, wanted {}: {}",
                    node.noun(),
                    check.wanted(),
                    show(&text)
                ),
                format!("write \"{}\"", show(&text)),
            ))
        }
        _ => Err(fault(format!("{}, wanted {}", node.noun(), wanted(kind)))),
    }
}

fn choice(choices: &[Choice], text: &str) -> Result<Value, Fault> {
    if choices.iter().any(|choice| choice.value == text) {
        return Ok(Value::Text(text.to_owned()));
    }
    let hint = nearest(text, choices.iter().map(|choice| choice.value))
        .map(|near| format!("did you mean {near}?"));
    Err(Fault {
        text: format!("not {}: {}", words(choices), show(text)),
        hint,
    })
}

/// The words of a choice: `auto, native or swarm`.
pub(super) fn words(choices: &[Choice]) -> String {
    let names: Vec<&str> = choices.iter().map(|choice| choice.value).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.join(""),
    }
}

/// What a kind takes, in words.
pub(super) fn wanted(kind: &Kind) -> String {
    match kind {
        Kind::Bool => "true or false".to_owned(),
        Kind::Choice(choices) => words(choices),
        Kind::Choices(choices) => format!("a list of {}", words(choices)),
        Kind::Integer { min, max } => format!("a whole number from {min} to {max}"),
        Kind::IntegerOrAuto { min, max } => {
            format!("auto or a whole number from {min} to {max}")
        }
        Kind::Text(check) => check.wanted().to_owned(),
        Kind::Strings(check) => format!("a list, each item {}", check.wanted()),
        Kind::Secret { generate: true } => {
            "generate, {file: PATH}, {env: NAME} or {prompt: true}".to_owned()
        }
        Kind::Secret { generate: false } => {
            "{file: PATH}, {env: NAME} or {prompt: true}".to_owned()
        }
        Kind::Records { fields, .. } => {
            let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
            format!("a list of records with the keys {}", names.join(", "))
        }
    }
}
