//! The widgets of a form, made from the declarations of the questions.

use crate::answers::questions::{Choice, Field, Kind};
use crate::answers::{Secret, SecretRef, Value};
use crate::ui::editor::Editor;
use crate::ui::wizard::key::Key;

/// Where a secret is to come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretSource {
    /// None is given.
    Nothing,
    /// Made on this host.
    Generate,
    /// The content of a file.
    File,
    /// An environment variable.
    Env,
    /// Typed, and not saved.
    Typed,
}

impl SecretSource {
    /// What is shown.
    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Generate => "make a new one",
            Self::File => "from file",
            Self::Env => "from variable",
            Self::Typed => "type it",
        }
    }
}

/// A widget and what is in it.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A text field.
    Text(Editor),
    /// Texts with commas between them.
    Texts(Editor),
    /// One of some words.
    Pick {
        /// The words.
        words: &'static [Choice],
        /// Which.
        chosen: Option<usize>,
    },
    /// Yes or no.
    YesNo(Option<bool>),
    /// Some of some words.
    Many {
        /// The words.
        words: &'static [Choice],
        /// Which are chosen.
        on: Vec<bool>,
        /// The one that the next key is for.
        at: usize,
    },
    /// A secret.
    Secret {
        /// What may be chosen.
        sources: Vec<SecretSource>,
        /// Which is.
        at: usize,
        /// Path, variable or the secret itself.
        text: Editor,
    },
    /// A table, which is edited in dialogs.
    Records,
}

/// What an input comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Draft {
    /// Nothing: the default counts.
    Nothing,
    /// A text that is still to be read.
    Text(String),
    /// A value.
    Value(Value),
}

impl Input {
    /// The widget of a question or field.
    pub fn new(kind: &Kind, required: bool, value: Option<&Value>) -> Self {
        let shown = || match value {
            None => String::new(),
            Some(Value::Text(text)) => text.clone(),
            Some(other) => other.show(),
        };
        match *kind {
            Kind::Bool => Self::YesNo(value.and_then(Value::bool)),
            Kind::Choice(words) => {
                let is = |choice: &Choice| value.and_then(Value::text) == Some(choice.value);
                Self::Pick {
                    words,
                    chosen: words.iter().position(is),
                }
            }
            Kind::Choices(words) => {
                let items = value.map(Value::items).unwrap_or_default();
                let is = |choice: &Choice| items.iter().any(|v| v.text() == Some(choice.value));
                Self::Many {
                    words,
                    on: words.iter().map(is).collect(),
                    at: 0,
                }
            }
            Kind::Strings(_) => {
                let items = value.map(Value::items).unwrap_or_default();
                let texts: Vec<&str> = items.iter().filter_map(Value::text).collect();
                Self::Texts(Editor::new(&texts.join(", ")))
            }
            Kind::Secret { generate } => Self::secret(generate, required, value),
            Kind::Records { .. } => Self::Records,
            Kind::Integer { .. } | Kind::IntegerOrAuto { .. } | Kind::Text(_) => {
                Self::Text(Editor::new(&shown()))
            }
        }
    }

    /// The widget of a record's field.
    pub fn of_field(field: &Field, record: Option<&Value>) -> Self {
        let value = record.and_then(|record| record.field(field.name));
        Self::new(&field.kind, field.required, value)
    }

    fn secret(generate: bool, required: bool, value: Option<&Value>) -> Self {
        use SecretSource::{Env, File, Generate, Nothing, Typed};
        let mut sources = vec![File, Env, Typed];
        if generate {
            sources.insert(0, Generate);
        } else if !required {
            sources.insert(0, Nothing);
        }
        let (source, text) = match value.and_then(Value::secret) {
            Some(SecretRef::File(path)) => (File, Editor::new(&path.to_string_lossy())),
            Some(SecretRef::Env(name)) => (Env, Editor::new(name)),
            Some(SecretRef::Inline(secret)) => {
                let mut text = Editor::hidden();
                text.paste(secret.expose());
                (Typed, text)
            }
            Some(SecretRef::Prompt) => (Typed, Editor::hidden()),
            Some(SecretRef::Generate) => (Generate, Editor::default()),
            None => (Nothing, Editor::default()),
        };
        let at = sources.iter().position(|one| *one == source).unwrap_or(0);
        Self::Secret { sources, at, text }
    }

    /// The text that letters go into now, if any.
    pub fn editor(&mut self) -> Option<&mut Editor> {
        match self {
            Self::Text(editor) | Self::Texts(editor) => Some(editor),
            Self::Secret { sources, at, text } => match sources.get(*at) {
                Some(SecretSource::File | SecretSource::Env | SecretSource::Typed) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether letters are typed into it.
    pub fn takes_text(&self) -> bool {
        match self {
            Self::Text(_) | Self::Texts(_) => true,
            Self::Secret { sources, at, .. } => !matches!(
                sources.get(*at),
                None | Some(SecretSource::Nothing | SecretSource::Generate)
            ),
            _ => false,
        }
    }

    /// Takes a key; whether it was one for this widget.
    pub fn key(&mut self, key: Key) -> bool {
        match self {
            Self::Text(editor) | Self::Texts(editor) => edit(editor, key),
            Self::Pick { words, chosen } => {
                let count = words.len();
                let Some(step) = step(key) else { return false };
                *chosen = Some(match *chosen {
                    Some(at) => turn(at, count, step),
                    None => 0,
                });
                true
            }
            Self::YesNo(yes) => {
                match key {
                    Key::Char('y') => *yes = Some(true),
                    Key::Char('n') => *yes = Some(false),
                    key if step(key).is_some() => *yes = Some(!yes.unwrap_or(false)),
                    _ => return false,
                }
                true
            }
            Self::Many { on, at, .. } => match key {
                Key::Char(' ') => {
                    if let Some(one) = on.get_mut(*at) {
                        *one = !*one;
                    }
                    true
                }
                Key::Left | Key::Right => {
                    *at = turn(*at, on.len(), step(key).unwrap_or(true));
                    true
                }
                _ => false,
            },
            Self::Secret { sources, at, text } => {
                let typed = !matches!(
                    sources.get(*at),
                    None | Some(SecretSource::Nothing | SecretSource::Generate)
                );
                // The arrows choose the source where there is nothing to move in.
                let choosing = matches!(key, Key::Left | Key::Right | Key::Char(' '))
                    && (!typed || text.text().is_empty());
                if choosing {
                    *at = turn(*at, sources.len(), key != Key::Left);
                    *text = match sources.get(*at) {
                        Some(SecretSource::Typed) => Editor::hidden(),
                        _ => Editor::default(),
                    };
                    return true;
                }
                typed && edit(text, key)
            }
            Self::Records => false,
        }
    }

    /// What is in it.
    pub fn draft(&self) -> Draft {
        let text = |editor: &Editor| match editor.trimmed() {
            "" => Draft::Nothing,
            text => Draft::Text(text.to_owned()),
        };
        match self {
            Self::Text(editor) => text(editor),
            Self::Texts(editor) => {
                let items = editor.text().split(',').map(str::trim);
                let items = items.filter(|item| !item.is_empty());
                let items: Vec<Value> = items.map(|item| Value::Text(item.to_owned())).collect();
                if items.is_empty() {
                    Draft::Nothing
                } else {
                    Draft::Value(Value::List(items))
                }
            }
            Self::Pick { words, chosen } => {
                let choice = chosen.and_then(|at| words.get(at));
                choice.map_or(Draft::Nothing, |c| {
                    Draft::Value(Value::Text(c.value.into()))
                })
            }
            Self::YesNo(yes) => yes.map_or(Draft::Nothing, |yes| Draft::Value(Value::Bool(yes))),
            Self::Many { words, on, .. } => {
                let chosen = words.iter().zip(on).filter(|(_, on)| **on);
                let items: Vec<Value> = chosen.map(|(c, _)| Value::Text(c.value.into())).collect();
                if items.is_empty() {
                    Draft::Nothing
                } else {
                    Draft::Value(Value::List(items))
                }
            }
            Self::Secret { sources, at, text } => {
                let typed = text.trimmed();
                let reference = match sources.get(*at) {
                    None | Some(SecretSource::Nothing) => return Draft::Nothing,
                    Some(SecretSource::Generate) => SecretRef::Generate,
                    Some(SecretSource::File) => SecretRef::File(typed.into()),
                    Some(SecretSource::Env) => SecretRef::Env(typed.into()),
                    Some(SecretSource::Typed) if typed.is_empty() => SecretRef::Prompt,
                    Some(SecretSource::Typed) => SecretRef::Inline(Secret::new(typed)),
                };
                Draft::Value(Value::Secret(reference))
            }
            Self::Records => Draft::Nothing,
        }
    }
}

/// Left, or Right and blank.
fn step(key: Key) -> Option<bool> {
    match key {
        Key::Left => Some(false),
        Key::Right | Key::Char(' ') => Some(true),
        _ => None,
    }
}

/// The index after or before `at` in a ring of `count`.
pub(super) fn turn(at: usize, count: usize, forward: bool) -> usize {
    match count {
        0 => 0,
        _ if forward => (at + 1) % count,
        _ => (at + count - 1) % count,
    }
}

/// A key in a text field; whether it was one for it.
pub(super) fn edit(editor: &mut Editor, key: Key) -> bool {
    match key {
        Key::Char(c) => editor.insert(c),
        Key::Backspace => editor.backspace(),
        Key::Delete => editor.delete(),
        Key::Left => editor.left(),
        Key::Right => editor.right(),
        Key::Home | Key::Ctrl('a') => editor.home(),
        Key::End | Key::Ctrl('e') => editor.end(),
        Key::Ctrl('u') => editor.clear(),
        _ => return false,
    }
    true
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::answers::questions;

    fn input(id: &str, value: Option<&Value>) -> Input {
        let question = questions::question(id).unwrap();
        Input::new(&question.kind, false, value)
    }

    #[test]
    fn each_kind_of_question_has_its_widget() {
        let mut pick = input("needs.encryption", Some(&Value::Text("required".into())));
        assert!(pick.key(Key::Left));
        assert_eq!(pick.draft(), Draft::Value(Value::Text("no".into())));
        let mut yes = input("airgap", Some(&Value::Bool(false)));
        assert!(yes.key(Key::Char('y')) && !yes.key(Key::Enter));
        assert_eq!(yes.draft(), Draft::Value(Value::Bool(true)));
        let mut kinds = input("needs.vendor-kinds", None);
        assert_eq!(kinds.draft(), Draft::Nothing);
        assert!(kinds.key(Key::Right) && kinds.key(Key::Char(' ')));
        let swarm = Value::List(vec![Value::Text("swarm".into())]);
        assert_eq!(kinds.draft(), Draft::Value(swarm));
    }

    #[test]
    fn a_typed_secret_stays_a_secret() {
        let mut key = input("overlay.wireguard.private-key", None);
        assert_eq!(
            key.draft(),
            Draft::Value(Value::Secret(SecretRef::Generate))
        );
        assert!(!key.takes_text() && key.key(Key::Left) && key.takes_text());
        for c in "canary".chars() {
            assert!(key.key(Key::Char(c)));
        }
        assert!(!format!("{key:?}").contains("canary"));
        let Draft::Value(Value::Secret(SecretRef::Inline(secret))) = key.draft() else {
            unreachable!()
        };
        assert_eq!(secret.expose(), "canary");
    }
}
