//! Documents made of the declarations: JSON Schema, reference table, and the
//! explanation of one key.

use serde_json::{Map, Value as Json, json};

use super::merged::{constant, default_value, env_name};
use super::problem::nearest;
use super::questions::{self, Choice, Field, Kind, Question, Shorthand, section_help};
use super::single::wanted;

/// The JSON Schema of the answers file (draft 2020-12), for editors. The
/// program itself checks more than a schema can say.
pub fn schema() -> String {
    let mut root = section("");
    if let Json::Object(root) = &mut root {
        root.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        root.insert("title".to_owned(), json!("Answers for groundcrew"));
        root.insert("type".to_owned(), json!("object"));
        root.insert("required".to_owned(), json!(["version"]));
    }
    let mut text = serde_json::to_string_pretty(&root).unwrap_or_default();
    text.push('\n');
    text
}

fn section(prefix: &str) -> Json {
    let mut properties = Map::new();
    for question in questions::all() {
        let rest = if prefix.is_empty() {
            Some(question.id)
        } else {
            question
                .id
                .strip_prefix(prefix)
                .and_then(|rest| rest.strip_prefix('.'))
        };
        let Some(rest) = rest else { continue };
        match rest.split_once('.') {
            None => {
                properties.insert(rest.to_owned(), question_schema(question));
            }
            Some((name, _)) if !properties.contains_key(name) => {
                let path = if prefix.is_empty() {
                    name.to_owned()
                } else {
                    format!("{prefix}.{name}")
                };
                properties.insert(name.to_owned(), section(&path));
            }
            Some(_) => {}
        }
    }
    let mut out = json!({
        // Nothing below a section is as good as no section.
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": properties,
    });
    if let (Json::Object(out), Some(help)) = (&mut out, section_help(prefix)) {
        out.insert("description".to_owned(), json!(help));
    }
    out
}

fn question_schema(question: &'static Question) -> Json {
    let mut schema = kind_schema(&question.kind);
    if let Json::Object(schema) = &mut schema {
        schema.insert("description".to_owned(), json!(question.help));
        if let Some(default) = question.default
            && let Ok(default) = serde_yaml::from_str::<Json>(default)
        {
            schema.insert("default".to_owned(), default);
        }
    }
    schema
}

fn kind_schema(kind: &Kind) -> Json {
    let names =
        |choices: &[Choice]| -> Vec<&str> { choices.iter().map(|choice| choice.value).collect() };
    match kind {
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Choice(choices) => json!({"enum": names(choices)}),
        Kind::Choices(choices) => json!({
            "type": "array",
            "items": {"enum": names(choices)},
            "minItems": 1,
            "uniqueItems": true,
        }),
        Kind::Integer { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Kind::IntegerOrAuto { min, max } => json!({"anyOf": [
            {"const": "auto"},
            {"type": "integer", "minimum": min, "maximum": max},
        ]}),
        Kind::Text(check) => match check.pattern() {
            Some(pattern) => json!({"type": "string", "pattern": pattern}),
            None => json!({"type": "string", "minLength": 1}),
        },
        Kind::Strings(check) => json!({
            "type": "array",
            "items": kind_schema(&Kind::Text(*check)),
        }),
        Kind::Secret { generate } => {
            let one = |name: &str, value: Json| {
                json!({
                    "type": "object",
                    "additionalProperties": false,
                    "required": [name],
                    "properties": {name: value},
                })
            };
            let mut forms = vec![
                one("file", json!({"type": "string", "minLength": 1})),
                one(
                    "env",
                    json!({"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}),
                ),
                one("prompt", json!({"const": true})),
            ];
            if *generate {
                forms.push(json!({"const": "generate"}));
            }
            json!({"anyOf": forms})
        }
        Kind::Records { fields, shorthand } => {
            let record = record_schema(fields);
            let items = match shorthand {
                Shorthand::None => record,
                Shorthand::One(_) => json!({"anyOf": [{"type": "string", "minLength": 1}, record]}),
                Shorthand::Pair(..) => json!({"anyOf": [
                    {"type": "string", "pattern": "^[^=]+=.+$"},
                    record,
                ]}),
            };
            json!({"type": "array", "items": items})
        }
    }
}

fn record_schema(fields: &[Field]) -> Json {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = kind_schema(&field.kind);
        if let Json::Object(schema) = &mut schema {
            schema.insert("description".to_owned(), json!(field.help));
        }
        properties.insert(field.name.to_owned(), schema);
    }
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name)
        .collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

/// The reference table of docs/answers.md, in Markdown.
pub fn reference() -> String {
    let mut out = String::from("| Key | Values | Default | Meaning |\n|---|---|---|---|\n");
    let cell = |text: &str| text.replace('|', "\\|");
    for question in questions::all() {
        let default = match default_value(question) {
            Some(value) => format!("`{}`", value.show()),
            None => "not answered".to_owned(),
        };
        out.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            question.id,
            cell(&wanted(&question.kind)),
            cell(&default),
            cell(question.help)
        ));
    }
    out
}

/// The explanation of a key, or of all keys of a section, for a terminal.
///
/// # Errors
/// There is no such key; the text says which one may be meant.
pub fn explain(key: &str) -> Result<String, String> {
    // The path of a message may be looked up as it stands.
    let key = key.split('[').next().unwrap_or(key);
    if let Some(question) = questions::question(key) {
        return Ok(explain_question(question));
    }
    let inside = format!("{key}.");
    let below: Vec<&Question> = questions::all()
        .filter(|question| key.is_empty() || key == "*" || question.id.starts_with(&inside))
        .collect();
    if below.is_empty() {
        let near = nearest(key, questions::all().map(|question| question.id)).or_else(|| {
            questions::all()
                .map(|question| question.id)
                .find(|id| id.ends_with(&format!(".{key}")))
        });
        return Err(match near {
            Some(near) => format!(
                "no such key: {}; did you mean {near}?",
                super::check::show(key)
            ),
            None => format!(
                "no such key: {}; all keys: groundcrew answers explain",
                super::check::show(key)
            ),
        });
    }
    let mut out = String::new();
    if let Some(help) = section_help(key) {
        out.push_str(&format!("{key}: {help}\n\n"));
    }
    let width = below
        .iter()
        .map(|question| question.id.len())
        .max()
        .unwrap_or(0);
    for question in below {
        let line = format!("  {:width$}  {}", question.id, question.prompt);
        let line: String = line.chars().take(80).collect();
        out.push_str(line.trim_end());
        out.push('\n');
    }
    Ok(out)
}

fn explain_question(question: &'static Question) -> String {
    let mut out = format!("{}\n\n", question.id);
    wrapped(&mut out, "", question.help);
    wrapped(&mut out, "Asked because  ", question.why);
    out.push('\n');
    if let Kind::Choice(choices) | Kind::Choices(choices) = question.kind {
        for choice in choices {
            out.push_str(&format!("  {:12} {}\n", choice.value, choice.label));
        }
        out.push('\n');
    } else {
        wrapped(&mut out, "Takes    ", &wanted(&question.kind));
    }
    if let Kind::Records { fields, shorthand } = question.kind {
        for field in fields {
            let must = if field.required { " Required." } else { "" };
            let lead = format!("    {:14} ", field.name);
            wrapped(&mut out, &lead, &format!("{}{must}", field.help));
        }
        match shorthand {
            Shorthand::None => {}
            Shorthand::One(name) => {
                wrapped(
                    &mut out,
                    "         ",
                    &format!("or a text, which is the {name}"),
                );
            }
            Shorthand::Pair(first, second) => {
                let form = format!("or {}={}", first.to_uppercase(), second.to_uppercase());
                wrapped(&mut out, "         ", &form);
            }
        }
    }
    let default = match default_value(question) {
        Some(value) => value.show(),
        None => "not answered".to_owned(),
    };
    wrapped(&mut out, "Default  ", &default);
    let example = constant(question, question.example);
    wrapped(
        &mut out,
        "Example  ",
        &example.map_or_else(String::new, |value| value.show()),
    );
    if question.id != "version" {
        out.push_str(&format!("Flag     --set {}=VALUE\n", question.id));
        out.push_str(&format!("Variable {}\n", env_name(question.id)));
    }
    out
}

/// A text in lines of at most 80 columns, the first after `lead`, the others as
/// far in.
fn wrapped(out: &mut String, lead: &str, text: &str) {
    let mut line = lead.to_owned();
    let mut begun = false;
    for word in text.split_whitespace() {
        if begun && line.len() + 1 + word.len() > 80 {
            out.push_str(&line);
            out.push('\n');
            line = " ".repeat(lead.len());
            begun = false;
        }
        if begun {
            line.push(' ');
        }
        line.push_str(word);
        begun = true;
    }
    out.push_str(&line);
    out.push('\n');
}
