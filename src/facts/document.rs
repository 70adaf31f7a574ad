//! The document of `groundcrew facts`, read back: whole, or a part of it.
//!
//! What a document lacks was not looked at by whoever wrote it (an older
//! groundcrew, a hand): it is unread, as on a host that nobody looked at.

use serde_json::Value;
use serde_path_to_error::Segment;

use super::Facts;

/// More problems than these help nobody.
const MANY: usize = 50;

/// Reads a document.
///
/// # Errors
/// Every problem that it has, each with the path in the document, what was found
/// and what is wanted.
pub fn read(document: Value) -> Result<Facts, Vec<String>> {
    let blank = serde_json::to_value(Facts::unread("it is not in the file"));
    let blank = blank.map_err(|error| vec![error.to_string()])?;
    let mut whole = blank.clone();
    merge(&mut whole, document);
    let mut problems = Vec::new();
    loop {
        let error = match serde_path_to_error::deserialize::<_, Facts>(&whole) {
            Ok(facts) if problems.is_empty() => return Ok(facts),
            Ok(_) => return Err(problems),
            Err(error) => error,
        };
        let path: Vec<_> = error.path().iter().cloned().collect();
        problems.push(told(&whole, &error));
        // The next problem shows when this one is out of the way.
        if problems.len() == MANY || !restore(&mut whole, &blank, &path) {
            return Err(problems);
        }
    }
}

/// A fact as it is written: a value, or why there is none, and its source.
fn is_fact(value: &Value) -> bool {
    ["value", "absent", "unreadable"]
        .iter()
        .any(|key| value.get(key).is_some())
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) if !is_fact(&Value::Object(from.clone())) => {
            for (key, value) in from {
                match into.get_mut(&key) {
                    Some(known) => merge(known, value),
                    None => {
                        into.insert(key, value);
                    }
                }
            }
        }
        (into, from) => *into = from,
    }
}

fn told(whole: &Value, error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let path = error.path();
    let found = path.iter().try_fold(whole, |at, segment| step(at, segment));
    let inner = error.inner().to_string();
    if !inner.contains("untagged enum") {
        return format!("{path}: {inner}");
    }
    let found = found.map_or_else(|| "nothing".to_owned(), |value| shorten(&value.to_string()));
    format!(
        "{path}: found {found}; wanted a fact: `value` of the kind that `groundcrew facts` \
         writes there, `absent` or `unreadable` with the reason, and `source`"
    )
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn step<'a>(at: &'a Value, segment: &Segment) -> Option<&'a Value> {
    match segment {
        Segment::Map { key } => at.get(key),
        Segment::Seq { index } => at.get(index),
        Segment::Enum { .. } | Segment::Unknown => Some(at),
    }
}

/// Puts what is wrong at `path` back to what a host has that nobody looked at.
/// False where the blank one has nothing there.
fn restore(whole: &mut Value, blank: &Value, path: &[Segment]) -> bool {
    let (mut at, mut clean) = (whole, blank);
    for segment in path {
        let Segment::Map { key } = segment else {
            break;
        };
        // A key that only the document has: it goes, as far as the error shows.
        let Some(next) = clean.get(key) else {
            return at
                .as_object_mut()
                .is_some_and(|map| map.remove(key).is_some());
        };
        clean = next;
        let Some(next) = at.get_mut(key) else {
            return false;
        };
        at = next;
        if !at.is_object() && *at != *clean {
            break;
        }
    }
    if *at == *clean {
        return false;
    }
    *at = clean.clone();
    true
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::facts::Fact;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_a_document_lacks_is_unread_and_the_rest_stands() {
        let facts = read(json!({
            "schema": "facts/1",
            "os": {"hostname": {"value": "db1", "source": "uname(2)"}},
            "kernel": {"capabilities": {"tun": {"absent": "not set", "source": "/boot/config"}}},
        }))
        .unwrap();
        assert_eq!(facts.os.hostname.value().unwrap(), "db1");
        assert!(matches!(facts.kernel.release, Fact::Unreadable { .. }));
        assert!(matches!(
            facts.kernel.capabilities["tun"],
            Fact::Absent { .. }
        ));
        assert!(matches!(
            facts.kernel.capabilities["vxlan"],
            Fact::Unreadable { .. }
        ));
    }

    #[test]
    fn all_problems_are_told_with_their_paths() {
        let problems = read(json!({
            "schema": "facts/1",
            "os": {"hostname": {"value": 7, "source": "x"}, "name": "EL9"},
            "resources": {"memory_mb": {"value": "many", "source": "x"}},
            "network": {"interfaces": {"value": [{"name": 1}], "source": "x"}},
            "collected_at": 5,
        }))
        .unwrap_err();
        for path in [
            "os.hostname: ",
            "os.name: ",
            "resources.memory_mb: ",
            "network.interfaces: ",
            "collected_at: ",
        ] {
            let count = problems.iter().filter(|one| one.starts_with(path)).count();
            assert_eq!(count, 1, "{path} {problems:#?}");
        }
        assert_eq!(problems.len(), 5, "{problems:#?}");
    }

    #[test]
    fn what_was_read_is_written_and_read_back() {
        let facts = Facts::unread("nobody looked");
        let value = serde_json::to_value(&facts).unwrap();
        assert_eq!(
            serde_json::to_value(read(value.clone()).unwrap()).unwrap(),
            value
        );
    }

    proptest! {
        #[test]
        fn no_document_makes_it_panic_or_run_for_ever(
            section in "(os|kernel|network|docker|sysctl|storage)",
            key in "(hostname|interfaces|capabilities|networks|mounts|[a-z]{3})",
            text in any::<String>(),
            number in any::<i64>(),
        ) {
            for value in [json!(text), json!(number), json!([number]), json!({text.clone(): number}),
                json!({"value": number, "source": text})] {
                let _ = read(json!({section.clone(): {key.clone(): value.clone()}}));
                let _ = read(json!({section.clone(): value}));
            }
        }
    }
}
