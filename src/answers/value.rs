//! The value of one answer, whatever its kind.

use super::secret::SecretRef;

/// The value of one answer.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// true or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text or a chosen word.
    Text(String),
    /// A list of texts, words or records.
    List(Vec<Value>),
    /// Named fields, in the order of their declaration.
    Record(Vec<(&'static str, Value)>),
    /// Where a secret comes from.
    Secret(SecretRef),
}

impl Value {
    /// The text, when it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, when it is one.
    pub fn int(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// true or false, when it is one of them.
    pub fn bool(&self) -> Option<bool> {
        match self {
            Value::Bool(yes) => Some(*yes),
            _ => None,
        }
    }

    /// The items of a list; none for any other kind.
    pub fn items(&self) -> &[Value] {
        match self {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// A field of a record.
    pub fn field(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Record(fields) => fields
                .iter()
                .find(|(field, _)| *field == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The secret's reference, when it is one.
    pub fn secret(&self) -> Option<&SecretRef> {
        match self {
            Value::Secret(reference) => Some(reference),
            _ => None,
        }
    }

    /// One line for people, as it would stand in the answers file. A secret's
    /// value never appears.
    pub fn show(&self) -> String {
        match self {
            Value::Bool(yes) => yes.to_string(),
            Value::Int(number) => number.to_string(),
            Value::Text(text) => scalar(text),
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(Value::show).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Record(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| format!("{name}: {}", value.show()))
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            Value::Secret(SecretRef::File(path)) => {
                format!("{{file: {}}}", scalar(&path.to_string_lossy()))
            }
            Value::Secret(SecretRef::Env(name)) => format!("{{env: {}}}", scalar(name)),
            // A typed secret is asked for again; the value is not for files.
            Value::Secret(SecretRef::Inline(_) | SecretRef::Prompt) => "{prompt: true}".to_owned(),
            Value::Secret(SecretRef::Generate) => "generate".to_owned(),
        }
    }
}

/// A text as a YAML scalar: plain where every YAML version reads it as this
/// text, also inside `[]` and `{}`; in double quotes otherwise.
pub(super) fn scalar(text: &str) -> String {
    let plain_byte = |b: u8| b.is_ascii_alphanumeric() || b"._-/+=".contains(&b);
    let starts_well = text
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'/');
    // An IPv4 address, network or port needs no quotes either.
    let address = text.bytes().filter(|b| *b == b'.').count() == 3
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || b".:/".contains(&b))
        && text.bytes().next().is_some_and(|b| b.is_ascii_digit())
        && text.bytes().last().is_some_and(|b| b.is_ascii_digit());
    // Words that YAML 1.1 or 1.2 read as something else than a text.
    let special = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf",
    ]
    .iter()
    .any(|word| text.eq_ignore_ascii_case(word));
    if address || (starts_well && !special && text.bytes().all(plain_byte)) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            ' '..='~' => quoted.push(c),
            c if (c as u32) <= 0xff => quoted.push_str(&format!("\\x{:02x}", c as u32)),
            c if (c as u32) <= 0xffff => quoted.push_str(&format!("\\u{:04x}", c as u32)),
            c => quoted.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_could_be_misread_is_quoted() {
        assert_eq!(scalar("wg0"), "wg0");
        assert_eq!(scalar("10.0.0.11:51820"), "10.0.0.11:51820");
        assert_eq!(scalar("10.90.0.0/24"), "10.90.0.0/24");
        assert_eq!(scalar("no"), "\"no\"");
        assert_eq!(scalar("0s"), "\"0s\"");
        assert_eq!(scalar("52:54:00:12:34:56"), "\"52:54:00:12:34:56\"");
        assert_eq!(scalar("a: b"), "\"a: b\"");
    }

    proptest! {
        #[test]
        fn a_written_scalar_reads_as_the_same_text(text in any::<String>()) {
            let back: String = serde_yaml::from_str(&scalar(&text)).unwrap();
            prop_assert_eq!(&back, &text);
            let back: Vec<String> = serde_yaml::from_str(&format!("[{}]", scalar(&text))).unwrap();
            prop_assert_eq!(back, vec![text]);
        }
    }
}
