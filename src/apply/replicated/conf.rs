//! Keys of /etc/replicated.conf.
//!
//! The file may hold secrets of others, so that its old content is kept for the
//! undo only where none of its keys is a secret one; otherwise the keys get their
//! old values back one by one.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Restore;
use super::secret;
use crate::apply::content::{back_up, digest};
use crate::apply::error::StepError;
use crate::apply::files::{read_text, replace, write};
use crate::host::Host;
use crate::plan::scheduler::replicated::act::{Setting, place};
use crate::plan::scheduler::replicated::{CONF, is_secret};

/// Permission bits of a file that is made: the script adds `a+r` itself, and until
/// then nobody else reads it.
const MODE: u32 = 0o600;

/// The keys of the file.
///
/// # Errors
/// When it holds no JSON object.
pub fn parse(text: &str) -> Result<Map<String, Value>, StepError> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_str(text).map_err(|error| {
        StepError::Told(format!(
            "{CONF} holds no JSON object ({error}): mend it first"
        ))
    })
}

pub(super) fn written(map: &Map<String, Value>) -> Result<String, StepError> {
    // `"Key": "value"`, with one space and on lines of their own: the script looks
    // for them with grep.
    let text =
        serde_json::to_string_pretty(map).map_err(|e| StepError::Told(format!("{CONF}: {e}")))?;
    Ok(text + "\n")
}

fn value(host: &dyn Host, setting: &Setting) -> Result<Value, StepError> {
    Ok(match setting {
        Setting::Text(text) => Value::String(text.clone()),
        Setting::Number(number) => Value::from(*number),
        Setting::Secret(token) => Value::String(secret(host, token)?.to_string()),
    })
}

fn values(
    host: &dyn Host,
    keys: &BTreeMap<String, Setting>,
) -> Result<Map<String, Value>, StepError> {
    keys.iter()
        .map(|(key, setting)| Ok((key.clone(), value(host, setting)?)))
        .collect()
}

pub(super) fn digest_of(value: &Value) -> String {
    digest(value.to_string().as_bytes())
}

/// Whether the keys have these values.
///
/// # Errors
/// When the file or a secret cannot be read.
pub fn are_set(host: &dyn Host, keys: &BTreeMap<String, Setting>) -> Result<bool, StepError> {
    let Some((text, _)) = read_text(host, CONF)? else {
        return Ok(false);
    };
    let map = parse(&text)?;
    let wanted = values(host, keys)?;
    Ok(wanted
        .iter()
        .all(|(key, value)| map.get(key) == Some(value)))
}

/// How it is taken back.
///
/// # Errors
/// As [`are_set`]; when the old content cannot be kept; where a secret key has
/// another value, which must not be kept.
pub fn prepare(
    host: &dyn Host,
    keys: &BTreeMap<String, Setting>,
    backup: &str,
) -> Result<Restore, StepError> {
    let found = read_text(host, CONF)?;
    let old = match &found {
        Some((text, _)) => parse(text)?,
        None => Map::new(),
    };
    let wanted = values(host, keys)?;
    let replaced = |(key, value): &(&String, &Value)| {
        is_secret(key) && old.get(*key).is_some_and(|found| found != *value)
    };
    if let Some((key, _)) = wanted.iter().find(replaced) {
        return Err(StepError::Told(format!(
            "{CONF} has another {key}, which cannot be kept for the undo: take it out there first"
        )));
    }
    let plain = found.is_some() && !old.keys().any(|key| is_secret(key));
    if plain {
        back_up(host, CONF, &[], backup)?;
    }
    let mut new = old.clone();
    new.extend(wanted.clone());
    Ok(Restore::Conf {
        created: found.is_none(),
        backup: plain.then(|| backup.to_owned()),
        sha256: digest(written(&new)?.as_bytes()),
        before: wanted
            .keys()
            .map(|key| {
                let kept = old.get(key).filter(|_| !is_secret(key)).cloned();
                (key.clone(), kept)
            })
            .filter(|(key, _)| !(is_secret(key) && old.contains_key(key)))
            .collect(),
        written: wanted
            .iter()
            .map(|(key, value)| (key.clone(), digest_of(value)))
            .collect(),
    })
}

/// Sets the keys.
///
/// # Errors
/// When the file cannot be read or written, or holds no JSON object.
pub fn set(host: &dyn Host, keys: &BTreeMap<String, Setting>) -> Result<(), StepError> {
    let found = read_text(host, CONF)?;
    let mut map = parse(found.as_ref().map_or("", |(text, _)| text))?;
    map.extend(values(host, keys)?);
    let text = zeroize::Zeroizing::new(written(&map)?);
    match found {
        Some((_, meta)) => replace(host, CONF, text.as_bytes(), &meta),
        None => write(host, CONF, text.as_bytes(), MODE),
    }
}

/// The file as it is, secrets left out.
pub fn before(host: &dyn Host) -> String {
    match read_text(host, CONF) {
        Ok(Some((text, _))) => match parse(&text) {
            Ok(map) => written(&without_secrets(map)).unwrap_or_default(),
            Err(_) => "(no JSON)\n".into(),
        },
        Ok(None) | Err(_) => String::new(),
    }
}

/// The file as it will be, secrets named by where they are.
pub fn after(host: &dyn Host, keys: &BTreeMap<String, Setting>) -> String {
    let old = read_text(host, CONF).ok().flatten();
    let old = old.and_then(|(text, _)| parse(&text).ok());
    let mut map = without_secrets(old.unwrap_or_default());
    for (key, setting) in keys {
        let shown = match setting {
            Setting::Text(text) => Value::String(text.clone()),
            Setting::Number(number) => Value::from(*number),
            Setting::Secret(token) => Value::String(place(token)),
        };
        map.insert(key.clone(), shown);
    }
    written(&map).unwrap_or_default()
}

fn without_secrets(mut map: Map<String, Value>) -> Map<String, Value> {
    for (key, value) in &mut map {
        if is_secret(key) {
            *value = Value::String("(not shown)".into());
        } else if let Value::String(text) = value {
            // A proxy may have a user and a password.
            *text = crate::facts::redact::text(text);
        }
    }
    map
}
