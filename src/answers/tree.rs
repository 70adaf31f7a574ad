//! YAML text as a tree: what the parser makes of it before anything is known
//! about answers. Hostile text is refused here: too large, too deep, too many
//! values (which is what nested aliases come to), not UTF-8.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, Visitor,
};

use super::check::{Fault, fault, hinted};
use super::locate;

/// Largest file, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Most values in a file, aliases counted as often as they are used.
const MAX_NODES: usize = 50_000;
/// Most `[` and `{` in a file.
const MAX_BRACKETS: usize = 20_000;
/// Deepest nesting; the answers themselves need five.
const MAX_DEPTH: usize = 32;

/// A YAML value with all that a mapping held, in order, duplicates included.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    Seq(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    /// What it is, for messages: `a list`.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Node::Null => "nothing",
            Node::Bool(_) => "true or false",
            Node::Int(_) | Node::Float(_) => "a number",
            Node::Text(_) => "a text",
            Node::Seq(_) => "a list",
            Node::Map(_) => "a group of keys",
        }
    }

    /// A scalar as text; none for lists and mappings.
    pub(super) fn scalar(&self) -> Option<String> {
        match self {
            Node::Null => Some(String::new()),
            Node::Bool(yes) => Some(yes.to_string()),
            Node::Int(number) => Some(number.to_string()),
            Node::Float(number) => Some(number.to_string()),
            Node::Text(text) => Some(text.clone()),
            Node::Seq(_) | Node::Map(_) => None,
        }
    }
}

/// A fault in the text as a whole, and its line and column when known.
pub(super) struct TextFault {
    pub(super) at: Option<(usize, usize)>,
    pub(super) fault: Fault,
}

fn whole(fault: Fault) -> TextFault {
    TextFault { at: None, fault }
}

/// Bytes as text.
pub(super) fn text_of(bytes: &[u8]) -> Result<&str, TextFault> {
    if bytes.len() > MAX_BYTES {
        return Err(whole(fault(format!(
            "{} bytes, more than the 1 MiB that an answers file may have",
            bytes.len()
        ))));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + before.iter().filter(|b| **b == b'\n').count();
        let last = before.rsplit(|b| *b == b'\n').next().unwrap_or_default();
        let column = 1 + String::from_utf8_lossy(last).chars().count();
        whole(hinted(
            format!("not UTF-8 text at line {line}, column {column}"),
            "save the file as UTF-8",
        ))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Parses a text with exactly one document.
pub(super) fn parse(text: &str) -> Result<Node, TextFault> {
    // The parser's time grows with the square of open brackets.
    let brackets = text.bytes().filter(|b| matches!(b, b'[' | b'{')).count();
    if brackets > MAX_BRACKETS {
        return Err(whole(fault(format!(
            "{brackets} brackets, more than {MAX_BRACKETS}"
        ))));
    }
    let mut documents = serde_yaml::Deserializer::from_str(text);
    let Some(first) = documents.next() else {
        return Err(whole(empty()));
    };
    let count = Cell::new(0);
    let seed = Build {
        count: &count,
        depth: 0,
    };
    let node = seed.deserialize(first).map_err(|error| syntax(&error))?;
    if documents.next().is_some() {
        return Err(TextFault {
            at: locate::second_document(text),
            fault: hinted("a second document", "one document a file: take the --- out"),
        });
    }
    match node {
        Node::Null => Err(whole(empty())),
        node => Ok(node),
    }
}

fn empty() -> Fault {
    hinted("the file is empty", "write at least  version: 1")
}

fn too_deep() -> Fault {
    fault(format!("nested deeper than {MAX_DEPTH} levels"))
}

const TOO_MANY: &str = "too many values (are aliases nested?)";
const TAGGED: &str = "a tag (!name); answers have none";

fn syntax(error: &serde_yaml::Error) -> TextFault {
    let at = error
        .location()
        .map(|place| (place.line(), place.column()))
        .filter(|at| *at != (1, 1));
    let text = error.to_string();
    let hint = if text.contains("cannot start any token") {
        Some("indent with spaces, not tabs; put a text that starts with @ ` % in quotes")
    } else if text.contains("mapping values are not allowed") {
        Some("is a space missing after a colon, or the indentation wrong?")
    } else if text.contains("did not find expected key") {
        Some("is the indentation wrong, or a bracket or quote left open?")
    } else {
        None
    };
    let text = if text.contains("recursion limit") || text.contains(TOO_DEEP_MARK) {
        too_deep().text
    } else if text.contains("repetition limit") || text.contains(TOO_MANY) {
        // Where the last straw lay says nothing.
        return whole(fault(TOO_MANY));
    } else if text.contains(TAGGED) {
        TAGGED.to_owned()
    } else if text.contains("EOF while parsing") {
        return whole(empty());
    } else {
        format!("not YAML: {}", without_place(&text))
    };
    TextFault {
        at,
        fault: Fault {
            text,
            hint: hint.map(str::to_owned),
        },
    }
}

const TOO_DEEP_MARK: &str = "nested deeper";

/// The parser's message up to its own words on where: the place stands before
/// the message already.
fn without_place(text: &str) -> String {
    let end = [" at line ", " at position ", ", while "]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min()
        .unwrap_or(text.len());
    super::check::show_long(text.get(..end).unwrap_or(text))
}

struct Build<'a> {
    count: &'a Cell<usize>,
    depth: usize,
}

impl Build<'_> {
    fn deeper(&self) -> Self {
        Build {
            count: self.count,
            depth: self.depth + 1,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Build<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.count.set(self.count.get() + 1);
        if self.count.get() > MAX_NODES {
            return Err(D::Error::custom(TOO_MANY));
        }
        if self.depth > MAX_DEPTH {
            return Err(D::Error::custom(TOO_DEEP_MARK));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Build<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Node, E> {
        Ok(Node::Bool(yes))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Int(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Int(number.into()))
    }

    fn visit_i128<E>(self, number: i128) -> Result<Node, E> {
        Ok(Node::Int(number))
    }

    fn visit_u128<E>(self, number: u128) -> Result<Node, E> {
        Ok(Node::Int(i128::try_from(number).unwrap_or(i128::MAX)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut out = Vec::new();
        while let Some(item) = items.next_element_seed(self.deeper())? {
            out.push(item);
        }
        Ok(Node::Seq(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut out = Vec::new();
        while let Some(key) = entries.next_key_seed(self.deeper())? {
            let key = key.scalar().unwrap_or_else(|| "?".to_owned());
            out.push((key, entries.next_value_seed(self.deeper())?));
        }
        Ok(Node::Map(out))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Node, A::Error> {
        Err(A::Error::custom(TAGGED))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        match parse(text) {
            Ok(node) => panic!("accepted: {node:?}"),
            Err(error) => error.fault.text,
        }
    }

    #[test]
    fn hostile_text_is_refused() {
        assert!(refused(&"[".repeat(MAX_BYTES)).contains("brackets"));
        assert!(refused(&"[\n".repeat(MAX_BRACKETS)).contains("nested deeper"));
        assert!(refused(&"- ".repeat(1000)).contains("nested deeper"));
        assert!(refused(&format!("a: {}1{}", "[".repeat(40), "]".repeat(40))).contains("nested"));
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..10 {
            let last = format!("*a{}, ", n - 1).repeat(10);
            bomb.push_str(&format!("a{n}: &a{n} [{}]\n", last.trim_end_matches(", ")));
        }
        assert!(refused(&bomb).contains("too many values"));
        assert!(refused(&"a: b\n".repeat(MAX_BYTES / 5)).contains("too many values"));
        assert!(refused("a: *a\n").contains("unknown anchor"));
        assert!(refused("a: !secret x\n").contains("a tag"));
        assert!(refused("").contains("empty"));
        assert!(refused("# nothing\n").contains("empty"));
        assert!(refused("---\n").contains("empty"));
        assert!(refused("a: 1\n---\nb: 2\n").contains("second document"));
        assert!(text_of(&[b'a', 0xff]).is_err_and(|e| e.fault.text.contains("line 1, column 2")));
        assert!(text_of(&vec![b'#'; MAX_BYTES + 1]).is_err());
    }

    #[test]
    fn duplicates_and_order_are_kept() {
        let Ok(Node::Map(entries)) = parse("b: 1\na: x\nb: [true, 1.5, null]\n") else {
            panic!("not a map");
        };
        assert_eq!(entries.len(), 3);
        assert_eq!(
            entries[2],
            (
                "b".to_owned(),
                Node::Seq(vec![Node::Bool(true), Node::Float(1.5), Node::Null])
            )
        );
    }
}
