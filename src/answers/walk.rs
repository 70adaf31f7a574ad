//! From a tree to values, by the declarations. Everything wrong is collected;
//! nothing stops at the first problem.

use super::check::{Check, Fault, fault, hinted, show, show_key};
use super::locate::At;
use super::problem::nearest;
use super::questions::{self, Field, Kind, Question, Shorthand};
use super::secret::{Secret, SecretRef};
use super::single::single;
use super::tree::{self, Node};
use super::value::Value;

/// Which half of an entry a finding is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Key,
    Value,
}

/// Something wrong, and where in the tree.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) path: String,
    pub(super) at: Option<At>,
    pub(super) part: Part,
    pub(super) fault: Fault,
}

/// A value that was found, with the question it answers.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) question: &'static Question,
    pub(super) value: Value,
    pub(super) at: At,
}

/// Walks a tree and collects.
#[derive(Default, Debug)]
pub(super) struct Walk {
    pub(super) allow_inline_secrets: bool,
    /// Keys of the outermost level that somebody else reads.
    pub(super) passed_over: &'static [&'static str],
    pub(super) findings: Vec<Finding>,
    /// Places whose source text must never be shown.
    pub(super) hidden: Vec<At>,
}

fn below(at: &[usize], step: usize) -> At {
    let mut at = at.to_vec();
    at.push(step);
    at
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        show_key(key)
    } else {
        format!("{path}.{}", show_key(key))
    }
}

impl Walk {
    fn find(&mut self, path: &str, at: &[usize], part: Part, fault: Fault) {
        self.findings.push(Finding {
            path: path.to_owned(),
            at: Some(at.to_vec()),
            part,
            fault,
        });
    }

    /// The answers of a whole file.
    pub(super) fn file(&mut self, root: &Node) -> Vec<Found> {
        let mut out = Vec::new();
        let Node::Map(entries) = root else {
            let text = format!("{}, wanted keys and values", root.noun());
            let fault = hinted(text, "begin with  version: 1");
            self.find("", &[], Part::Value, fault);
            return out;
        };
        match entries.iter().position(|(key, _)| key == "version") {
            None => self.findings.push(Finding {
                path: "version".to_owned(),
                at: None,
                part: Part::Value,
                fault: hinted("missing", "write  version: 1  as the first line"),
            }),
            Some(nth) => {
                let version = entries.get(nth).map(|(_, node)| node);
                if version != Some(&Node::Int(1)) {
                    let found = version.and_then(Node::scalar).unwrap_or_default();
                    let fault = fault(format!(
                        "{} is not supported; this groundcrew reads version 1",
                        show(&found)
                    ));
                    // The rest of a file of another version means nothing here.
                    self.find("version", &[nth], Part::Value, fault);
                    return out;
                }
            }
        }
        self.section(entries, "", &[], &mut out);
        out
    }

    /// The answers of a group of keys, and of the groups below it.
    pub(super) fn section(
        &mut self,
        entries: &[(String, Node)],
        prefix: &str,
        at: &[usize],
        out: &mut Vec<Found>,
    ) {
        self.duplicates(entries, prefix, at);
        for (nth, (key, node)) in entries.iter().enumerate() {
            if entries.iter().take(nth).any(|(other, _)| other == key)
                || (prefix.is_empty() && self.passed_over.contains(&key.as_str()))
            {
                continue;
            }
            let id = if prefix.is_empty() {
                key.clone()
            } else {
                format!("{prefix}.{key}")
            };
            let at = below(at, nth);
            if let Some(question) = questions::question(&id) {
                if let Some(value) = self.value(&question.kind, node, question.id, &at) {
                    out.push(Found {
                        question,
                        value,
                        at,
                    });
                }
            } else if is_section(&id) {
                match node {
                    // A section whose keys are all commented out.
                    Node::Null => {}
                    Node::Map(entries) => self.section(entries, &id, &at, out),
                    other => {
                        let text = format!("{}, wanted keys and values below it", other.noun());
                        self.hidden.push(at.clone());
                        self.find(&id, &at, Part::Key, fault(text));
                    }
                }
            } else {
                let fault = unknown_key(key, prefix);
                self.hidden.push(at.clone());
                self.find(&join(prefix, key), &at, Part::Key, fault);
            }
        }
    }

    fn duplicates(&mut self, entries: &[(String, Node)], prefix: &str, at: &[usize]) {
        let mut seen = std::collections::BTreeSet::new();
        for (nth, (key, _)) in entries.iter().enumerate() {
            if !seen.insert(key) {
                let at = below(at, nth);
                self.hidden.push(at.clone());
                let fault = fault("stands twice; one of them has to go");
                self.find(&join(prefix, key), &at, Part::Key, fault);
            }
        }
    }

    /// The value of a question or field. None when there is no usable one; a
    /// finding tells why.
    pub(super) fn value(
        &mut self,
        kind: &Kind,
        node: &Node,
        path: &str,
        at: &[usize],
    ) -> Option<Value> {
        if *node == Node::Null {
            let hint = "write a value, or take the line out";
            self.find(path, at, Part::Key, hinted("no value", hint));
            return None;
        }
        match kind {
            Kind::Strings(_) | Kind::Choices(_) | Kind::Records { .. } => {
                self.list(kind, node, path, at)
            }
            Kind::Secret { generate } => self.secret(*generate, node, path, at),
            _ => match single(kind, node) {
                Ok(value) => Some(value),
                Err(fault) => {
                    self.find(path, at, Part::Value, fault);
                    None
                }
            },
        }
    }

    fn list(&mut self, kind: &Kind, node: &Node, path: &str, at: &[usize]) -> Option<Value> {
        let Node::Seq(items) = node else {
            let hint = match node.scalar() {
                Some(text) => format!("write [{}]", show(&text)),
                None => "begin each item with - on a line of its own".to_owned(),
            };
            let text = format!("{}, wanted a list", node.noun());
            self.find(path, at, Part::Value, hinted(text, hint));
            return None;
        };
        if items.is_empty() && matches!(kind, Kind::Choices(_)) {
            let fault = hinted("empty", "take the line out when it is not known");
            self.find(path, at, Part::Value, fault);
            return None;
        }
        let mut out: Vec<Value> = Vec::new();
        for (nth, item) in items.iter().enumerate() {
            let path = format!("{path}[{nth}]");
            let at = below(at, nth);
            let value = match kind {
                Kind::Strings(check) => self.value(&Kind::Text(*check), item, &path, &at),
                Kind::Choices(choices) => self.value(&Kind::Choice(choices), item, &path, &at),
                Kind::Records { fields, shorthand } => {
                    self.record(fields, *shorthand, item, &path, &at)
                }
                _ => None,
            };
            if let Some(value) = value {
                if matches!(kind, Kind::Choices(_)) && out.contains(&value) {
                    let text = format!("{} stands twice", value.show());
                    self.find(&path, &at, Part::Value, fault(text));
                }
                out.push(value);
            } else {
                // Keeps the positions of the items that follow.
                out.push(Value::Record(Vec::new()));
            }
        }
        Some(Value::List(out))
    }

    /// One record with declared fields.
    pub(super) fn record(
        &mut self,
        fields: &'static [Field],
        shorthand: Shorthand,
        node: &Node,
        path: &str,
        at: &[usize],
    ) -> Option<Value> {
        let short = |name: &str, text: &str| {
            fields
                .iter()
                .find(|field| field.name == name)
                .map(|field| (field, Node::Text(text.to_owned())))
        };
        let entries = match (node, shorthand) {
            (Node::Map(entries), _) => entries,
            (Node::Text(text), Shorthand::One(name)) => {
                let (field, node) = short(name, text)?;
                let value = self.value(&field.kind, &node, path, at)?;
                return Some(Value::Record(vec![(field.name, value)]));
            }
            (Node::Text(text), Shorthand::Pair(first, second)) if text.contains('=') => {
                let (left, right) = text.split_once('=')?;
                let mut out = Vec::new();
                for (name, part) in [(first, left), (second, right)] {
                    let (field, node) = short(name, part.trim())?;
                    let value = self.value(&field.kind, &node, &join(path, name), at)?;
                    out.push((field.name, value));
                }
                return Some(Value::Record(out));
            }
            (other, _) => {
                let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
                let hint = format!("each item has the keys {}", names.join(", "));
                let text = format!("{}, wanted keys and values", other.noun());
                self.find(path, at, Part::Value, hinted(text, hint));
                return None;
            }
        };
        self.duplicates(entries, path, at);
        let mut out = Vec::new();
        for field in fields {
            let entry = entries
                .iter()
                .enumerate()
                .find(|(_, (key, _))| key == field.name);
            if let Some((nth, (key, node))) = entry {
                let value = self.value(&field.kind, node, &join(path, key), &below(at, nth));
                out.extend(value.map(|value| (field.name, value)));
            } else if field.required {
                let text = format!("{} is missing", field.name);
                self.find(path, at, Part::Value, fault(text));
            }
        }
        for (nth, (key, _)) in entries.iter().enumerate() {
            if !fields.iter().any(|field| field.name == key) {
                let at = below(at, nth);
                self.hidden.push(at.clone());
                let names = || fields.iter().map(|field| field.name);
                let hint = match nearest(key, names()) {
                    Some(near) => format!("did you mean {near}?"),
                    None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
                };
                let fault = hinted("unknown key", hint);
                self.find(&join(path, key), &at, Part::Key, fault);
            }
        }
        Some(Value::Record(out))
    }

    fn secret(&mut self, generate: bool, node: &Node, path: &str, at: &[usize]) -> Option<Value> {
        let forms = if generate {
            "{file: PATH}, {env: NAME}, {prompt: true} or generate"
        } else {
            "{file: PATH}, {env: NAME} or {prompt: true}"
        };
        let reference = match node {
            Node::Text(text) if text == "generate" && generate => Some(SecretRef::Generate),
            Node::Map(entries) => match entries.as_slice() {
                [(key, Node::Text(text))] if key == "file" && Check::Path.check(text).is_ok() => {
                    Some(SecretRef::File(text.into()))
                }
                [(key, Node::Text(text))] if key == "env" && is_env_name(text) => {
                    Some(SecretRef::Env(text.clone()))
                }
                [(key, Node::Bool(true))] if key == "prompt" => Some(SecretRef::Prompt),
                _ => None,
            },
            _ => None,
        };
        if let Some(reference) = reference {
            return Some(Value::Secret(reference));
        }
        // Whatever stands here may hold the secret itself.
        self.hidden.push(at.to_vec());
        let fault = match node.scalar() {
            Some(text) if self.allow_inline_secrets && !text.trim().is_empty() => {
                return Some(Value::Secret(SecretRef::Inline(Secret::new(text))));
            }
            Some(_) => hinted(
                "a secret written out in full is refused",
                format!("write {forms} (or pass --allow-inline-secrets)"),
            ),
            None => hinted("not a reference to a secret", format!("write {forms}")),
        };
        self.find(path, at, Part::Value, fault);
        None
    }
}

fn is_env_name(text: &str) -> bool {
    text.bytes().next().is_some_and(|b| !b.is_ascii_digit())
        && text.len() <= 128
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn is_section(id: &str) -> bool {
    questions::all().any(|question| {
        question
            .id
            .strip_prefix(id)
            .is_some_and(|rest| rest.starts_with('.'))
    })
}

/// Why a key is unknown, and which one may be meant: one beside it, or the same
/// one elsewhere.
pub(super) fn unknown_key(key: &str, prefix: &str) -> Fault {
    let siblings: Vec<&str> = questions::all()
        .filter_map(|question| {
            let rest = if prefix.is_empty() {
                question.id
            } else {
                question.id.strip_prefix(prefix)?.strip_prefix('.')?
            };
            rest.split('.').next()
        })
        .collect();
    let hint = if let Some(near) = nearest(key, siblings.iter().copied()) {
        format!("did you mean {near}?")
    } else if let Some(other) = questions::all()
        .find(|question| question.id == key || question.id.ends_with(&format!(".{key}")))
    {
        format!("it belongs to {}", other.id)
    } else {
        let mut names = siblings;
        names.dedup();
        format!("there are {}", names.join(", "))
    };
    hinted("unknown key", hint)
}

/// A value given as one text (`--set`, flag, environment, form field), by the
/// question's kind.
pub(super) fn from_text(
    kind: &Kind,
    text: &str,
    path: &str,
    allow_inline_secrets: bool,
) -> Result<Value, Vec<(String, Fault)>> {
    let yaml = |text: &str| tree::parse(text).map_err(|error| vec![(path.to_owned(), error.fault)]);
    let text = text.trim();
    let node = match kind {
        Kind::Text(_) | Kind::Choice(_) => Node::Text(text.to_owned()),
        Kind::Bool | Kind::Integer { .. } | Kind::IntegerOrAuto { .. } => {
            tree::parse(text).unwrap_or_else(|_| Node::Text(text.to_owned()))
        }
        Kind::Secret { .. } if text.starts_with('{') => {
            // The parser's message could repeat what was given.
            tree::parse(text).unwrap_or(Node::Map(Vec::new()))
        }
        Kind::Secret { .. } => Node::Text(text.to_owned()),
        Kind::Strings(_) | Kind::Choices(_) | Kind::Records { .. } => {
            if text.starts_with('[') {
                yaml(text)?
            } else if text.starts_with('{') {
                Node::Seq(vec![yaml(text)?])
            } else if text.is_empty() {
                Node::Seq(Vec::new())
            } else {
                // A reason may hold a comma, a path hardly ever.
                let pair = matches!(
                    kind,
                    Kind::Records {
                        shorthand: Shorthand::Pair(..),
                        ..
                    }
                );
                let parts: Vec<&str> = if pair {
                    vec![text]
                } else {
                    text.split(',').collect()
                };
                let item = |part: &str| Node::Text(part.trim().to_owned());
                Node::Seq(parts.into_iter().map(item).collect())
            }
        }
    };
    from_node(kind, &node, path, allow_inline_secrets)
}

fn from_node(
    kind: &Kind,
    node: &Node,
    path: &str,
    allow_inline_secrets: bool,
) -> Result<Value, Vec<(String, Fault)>> {
    let mut walk = Walk {
        allow_inline_secrets,
        ..Walk::default()
    };
    let value = walk.value(kind, node, path, &[]);
    match value {
        Some(value) if walk.findings.is_empty() => Ok(value),
        _ => Err(walk
            .findings
            .into_iter()
            .map(|finding| (finding.path, finding.fault))
            .collect()),
    }
}

/// Checks a value that a front end made against its declaration, by the same
/// code as everything else. A typed secret is allowed here.
pub(super) fn recheck(
    kind: &Kind,
    value: &Value,
    path: &str,
) -> Result<Value, Vec<(String, Fault)>> {
    from_node(kind, &node_of(value), path, true)
}

fn node_of(value: &Value) -> Node {
    let map = |key: &str, node: Node| Node::Map(vec![(key.to_owned(), node)]);
    match value {
        Value::Bool(yes) => Node::Bool(*yes),
        Value::Int(number) => Node::Int((*number).into()),
        Value::Text(text) => Node::Text(text.clone()),
        Value::List(items) => Node::Seq(items.iter().map(node_of).collect()),
        Value::Record(fields) => Node::Map(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), node_of(value)))
                .collect(),
        ),
        Value::Secret(SecretRef::File(path)) => {
            map("file", Node::Text(path.to_string_lossy().into_owned()))
        }
        Value::Secret(SecretRef::Env(name)) => map("env", Node::Text(name.clone())),
        Value::Secret(SecretRef::Prompt) => map("prompt", Node::Bool(true)),
        Value::Secret(SecretRef::Generate) => Node::Text("generate".to_owned()),
        Value::Secret(SecretRef::Inline(secret)) => Node::Text(secret.expose().to_owned()),
    }
}
