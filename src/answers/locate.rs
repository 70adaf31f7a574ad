//! Line and column of a value or key. The parser tells places only with its
//! errors, so the text is read once more, and fails on purpose at the place in
//! question.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};

/// A place in a tree: the position of the item or entry on each level. Names
/// would not do, since a key may stand twice.
pub(super) type At = Vec<usize>;

/// Line and column of the value at `at`, counted from 1, in characters.
pub(super) fn value(text: &str, at: &[usize]) -> Option<(usize, usize)> {
    find(text, at, false)
}

/// Line and column of the key of the entry at `at`.
pub(super) fn key(text: &str, at: &[usize]) -> Option<(usize, usize)> {
    find(text, at, true)
}

/// Line and column of a second document.
pub(super) fn second_document(text: &str) -> Option<(usize, usize)> {
    let document = serde_yaml::Deserializer::from_str(text).nth(1)?;
    place(
        Locate {
            at: &[],
            key: false,
        }
        .deserialize(document),
    )
}

fn find(text: &str, at: &[usize], key: bool) -> Option<(usize, usize)> {
    let document = serde_yaml::Deserializer::from_str(text).next()?;
    place(Locate { at, key }.deserialize(document))
}

fn place(failed: Result<(), serde_yaml::Error>) -> Option<(usize, usize)> {
    failed
        .err()?
        .location()
        .map(|place| (place.line(), place.column()))
}

struct Locate<'a> {
    at: &'a [usize],
    key: bool,
}

impl<'a> Locate<'a> {
    /// The step of this level, and what is left for those below.
    fn step(&self) -> Option<(usize, Locate<'a>)> {
        let (first, rest) = self.at.split_first()?;
        Some((
            *first,
            Locate {
                at: rest,
                key: self.key,
            },
        ))
    }
}

impl<'de> DeserializeSeed<'de> for Locate<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// The text of the failure; nobody sees it.
const HERE: &str = "here";

impl<'de> Visitor<'de> for Locate<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HERE)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(A::Error::custom(HERE))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Some((nth, below)) = self.step() else {
            return Err(A::Error::custom(HERE));
        };
        for _ in 0..nth {
            items.next_element::<IgnoredAny>()?;
        }
        items.next_element_seed(below)?;
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Some((nth, below)) = self.step() else {
            return Err(A::Error::custom(HERE));
        };
        for _ in 0..nth {
            entries.next_entry::<IgnoredAny, IgnoredAny>()?;
        }
        if below.at.is_empty() && below.key {
            entries.next_key_seed(below)?;
        } else if entries.next_key::<IgnoredAny>()?.is_some() {
            entries.next_value_seed(below)?;
        }
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
version: 1
overlay:
  wireguard:
    peers:
      - name: app01
        endpoint: 10.0.0.11:51820
      - {name: \"app03\", endpoint: 10.0.0.256:51820}
  kind: wireguard
";

    #[test]
    fn values_and_keys_are_found() {
        assert_eq!(value(TEXT, &[0]), Some((1, 10)));
        assert_eq!(key(TEXT, &[0]), Some((1, 1)));
        assert_eq!(value(TEXT, &[1, 0, 0, 0, 1]), Some((6, 19)));
        assert_eq!(value(TEXT, &[1, 0, 0, 1, 0]), Some((7, 16)));
        assert_eq!(value(TEXT, &[1, 0, 0, 1, 1]), Some((7, 35)));
        assert_eq!(key(TEXT, &[1, 0, 0, 1, 1]), Some((7, 25)));
        assert_eq!(key(TEXT, &[1, 1]), Some((8, 3)));
        assert_eq!(value(TEXT, &[9]), None);
    }
}
