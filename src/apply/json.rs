//! Keys of a JSON object in a file, such as Docker's daemon.json.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::content::{back_up, clear_unfinished, digest, read_backup};
use super::error::StepError;
use super::files::{put_back, read_text, replace, write};
use crate::host::Host;

/// How keys get their old values back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Restore {
    /// The file.
    pub path: String,
    /// File in the run's folder that holds the old content; none where the file
    /// was not there.
    pub backup: Option<String>,
    /// Digest of the file as it was written.
    pub sha256: String,
    /// The values that were written.
    pub keys: BTreeMap<String, Value>,
    /// Folders that were made for the file, the outermost first.
    pub made_dirs: Vec<String>,
}

fn parse(path: &str, text: &str) -> Result<Map<String, Value>, StepError> {
    // dockerd takes an empty file for an empty object.
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_str(text).map_err(|error| StepError::NotJson {
        path: path.into(),
        why: error.to_string(),
    })
}

fn written(map: &Map<String, Value>) -> Result<String, StepError> {
    let text = serde_json::to_string_pretty(map).map_err(|e| StepError::NotJson {
        path: String::new(),
        why: e.to_string(),
    })?;
    Ok(text + "\n")
}

fn with(
    path: &str,
    text: Option<&str>,
    keys: &BTreeMap<String, Value>,
) -> Result<String, StepError> {
    let mut map = parse(path, text.unwrap_or_default())?;
    map.extend(keys.iter().map(|(key, value)| (key.clone(), value.clone())));
    written(&map)
}

/// Whether the keys have these values.
///
/// # Errors
/// When the file cannot be read or holds no JSON object.
pub fn are_set(
    host: &dyn Host,
    path: &str,
    keys: &BTreeMap<String, Value>,
) -> Result<bool, StepError> {
    let Some((text, _)) = read_text(host, path)? else {
        return Ok(false);
    };
    let map = parse(path, &text)?;
    Ok(keys.iter().all(|(key, value)| map.get(key) == Some(value)))
}

/// How it will be taken back; the old content is kept in `backup`. The folders
/// are the caller's to fill in.
///
/// # Errors
/// As [`are_set`]; when the old content cannot be kept.
pub fn prepare(
    host: &dyn Host,
    path: &str,
    keys: &BTreeMap<String, Value>,
    backup: &str,
) -> Result<Restore, StepError> {
    let old = read_text(host, path)?.map(|(text, _)| text);
    let new = with(path, old.as_deref(), keys)?;
    if old.is_some() {
        back_up(host, path, &[], backup)?;
    }
    Ok(Restore {
        path: path.into(),
        backup: old.map(|_| backup.into()),
        sha256: digest(new.as_bytes()),
        keys: keys.clone(),
        made_dirs: Vec::new(),
    })
}

/// Sets the keys.
///
/// # Errors
/// When the file cannot be read or written, or holds no JSON object.
pub fn set(host: &dyn Host, path: &str, keys: &BTreeMap<String, Value>) -> Result<(), StepError> {
    let found = read_text(host, path)?;
    let new = with(path, found.as_ref().map(|(text, _)| text.as_str()), keys)?;
    match found {
        Some((_, meta)) => replace(host, path, new.as_bytes(), &meta),
        None => write(host, path, new.as_bytes(), 0o644),
    }
}

impl Restore {
    /// Puts the file back as it was; where somebody else has changed it since,
    /// only the keys that still have what was written get their old values.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn run(&self, host: &dyn Host) -> Result<(), StepError> {
        let path = &self.path;
        clear_unfinished(host, path)?;
        let Some((text, meta)) = read_text(host, path)? else {
            return Ok(());
        };
        let old = match &self.backup {
            Some(backup) => Some(read_backup(host, backup)?),
            None => None,
        };
        if digest(text.as_bytes()) == self.sha256 {
            return match &old {
                Some(old) => put_back(host, path, old, &meta),
                None => host.remove_file(path).map_err(|e| StepError::file(path, e)),
            };
        }
        if old.as_ref().is_some_and(|old| ***old == *text.as_bytes()) {
            return Ok(());
        }
        let old = old.as_ref().map(|old| String::from_utf8_lossy(old));
        let before = parse(path, old.as_deref().unwrap_or_default())?;
        let mut now = parse(path, &text)?;
        for (key, value) in &self.keys {
            if now.get(key) != Some(value) {
                continue;
            }
            match before.get(key) {
                Some(old) => now.insert(key.clone(), old.clone()),
                None => now.remove(key),
            };
        }
        put_back(host, path, written(&now)?.as_bytes(), &meta)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::host::Scripted;

    const PATH: &str = "/etc/docker/daemon.json";

    fn keys() -> BTreeMap<String, Value> {
        [
            ("bip".to_owned(), json!("10.5.69.1/24")),
            ("mtu".to_owned(), json!(1472)),
        ]
        .into()
    }

    #[test]
    fn the_other_keys_stay_and_the_file_comes_back_to_the_byte() {
        const OLD: &str = "{\"log-driver\":   \"journald\", \"mtu\": 1500}\n";
        let host = Scripted::new().file(PATH, OLD).dir("/var");
        assert!(!are_set(&host, PATH, &keys()).unwrap());
        let restore = prepare(&host, PATH, &keys(), "/var/b.json").unwrap();
        set(&host, PATH, &keys()).unwrap();
        assert!(are_set(&host, PATH, &keys()).unwrap());
        let now: Value = serde_json::from_str(&host.text(PATH).unwrap()).unwrap();
        assert_eq!(now["log-driver"], "journald");
        restore.run(&host).unwrap();
        assert_eq!(host.text(PATH).unwrap(), OLD);
        restore.run(&host).unwrap();
        assert_eq!(host.text(PATH).unwrap(), OLD);
    }

    #[test]
    fn what_somebody_has_set_since_stays() {
        let host = Scripted::new().file(PATH, "{\"mtu\": 1500}\n").dir("/var");
        let restore = prepare(&host, PATH, &keys(), "/var/b.json").unwrap();
        set(&host, PATH, &keys()).unwrap();
        let theirs = "{\"bip\": \"10.5.69.1/24\", \"mtu\": 9000, \"debug\": true}";
        host.write_atomic(PATH, theirs.as_bytes(), 0o600).unwrap();
        restore.run(&host).unwrap();
        let now: Value = serde_json::from_str(&host.text(PATH).unwrap()).unwrap();
        assert_eq!(now, json!({"mtu": 9000, "debug": true}));
    }

    #[test]
    fn a_file_that_was_made_goes_and_one_that_is_no_json_is_left() {
        let host = Scripted::new().dir("/etc/docker");
        let restore = prepare(&host, PATH, &keys(), "/var/b.json").unwrap();
        set(&host, PATH, &keys()).unwrap();
        restore.run(&host).unwrap();
        assert_eq!(host.text(PATH), None);
        let host = Scripted::new().file(PATH, "{\"a\": 1,}\n");
        let error = set(&host, PATH, &keys()).unwrap_err().to_string();
        assert!(error.contains(PATH) && error.contains("line 1"), "{error}");
        assert_eq!(host.text(PATH).unwrap(), "{\"a\": 1,}\n");
        let empty = Scripted::new().file(PATH, "");
        set(&empty, PATH, &keys()).unwrap();
        assert!(are_set(&empty, PATH, &keys()).unwrap());
    }
}
