//! Who is in the fleet: every host that was ever asked, listed or imported, until
//! somebody takes it out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::folder::Folder;
use crate::error::{Exit, Failure};
use crate::fleet::{CLOCK, INVENTORY, REPORTS, UNREACHABLE, is_host_name};
use crate::host::{Lock, timestamp};
use crate::judge::text::plain;
use crate::report::json;

/// The lock of the inventory: the collection's plugins take it, too, each for the
/// moment in which it writes its host down.
const LOCK: &str = ".inventory.lock";
/// How often the lock is tried, and how long is waited in between.
const TRIES: (u32, Duration) = (100, Duration::from_millis(50));

/// The hosts of the fleet, as the folder has them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Inventory {
    /// Their names: this is who is in the fleet.
    pub hosts: BTreeSet<String>,
    /// Where those are from of which that was written down.
    #[serde(default)]
    pub origins: BTreeMap<String, Origin>,
}

/// Where a host of the fleet is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// How it came here the last time: `asked`, `listed` (in an inventory, and not asked
    /// yet), `imported`.
    pub how: String,
    /// When, as RFC 3339 in UTC.
    pub at: String,
    /// The inventory, or the file that was imported.
    #[serde(default)]
    pub from: Option<String>,
}

impl Origin {
    /// Where a host is from, for a sentence: `asked on 2026-11-25T12:00:00Z, from hosts.ini`.
    pub fn words(&self) -> String {
        let from = self.from.as_deref().map_or_else(String::new, |from| {
            let word = if self.how == "listed" { "in" } else { "from" };
            format!(", {word} {from}")
        });
        plain(&format!("{} on {}{from}", self.how, self.at))
    }
}

impl Folder<'_> {
    /// What is written down of the hosts.
    fn written(&self) -> Result<Option<Inventory>, Failure> {
        let Some(bytes) = self.read(INVENTORY)? else {
            return Ok(None);
        };
        let path = self.path(INVENTORY);
        let inventory: Inventory = serde_json::from_slice(&bytes).map_err(|error| {
            let text = format!("{path}: {error}; wanted {{\"hosts\": [\"NAME\", ...]}}");
            Failure::new(Exit::Usage, text)
        })?;
        let bad = inventory.hosts.iter().filter(|name| !is_host_name(name));
        let problems: Vec<String> = bad
            .map(|name| {
                format!(
                    "{path}: hosts: found {name:?}, wanted letters, digits, '.', '_' and '-', not \
                     beginning with '.' or '-' nor ending with .clock or .unreachable"
                )
            })
            .collect();
        if problems.is_empty() {
            Ok(Some(inventory))
        } else {
            Err(Failure::new(Exit::Usage, problems.join("\n")))
        }
    }

    /// The hosts of the fleet; where nobody wrote them down, those that there are files
    /// of.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn inventory(&self) -> Result<BTreeSet<String>, Failure> {
        if let Some(inventory) = self.written()? {
            return Ok(inventory.hosts);
        }
        let names = self.list(REPORTS)?;
        let hosts = names.iter().filter_map(|name| {
            let unreachable = name.strip_suffix(UNREACHABLE);
            let report = || {
                name.strip_suffix(".json")
                    .filter(|_| !name.ends_with(CLOCK))
            };
            unreachable.or_else(report).map(str::to_owned)
        });
        Ok(hosts.filter(|name| is_host_name(name)).collect())
    }

    /// Where the hosts are from, as far as that was written down.
    ///
    /// # Errors
    /// As [`Self::inventory`].
    pub fn origins(&self) -> Result<BTreeMap<String, Origin>, Failure> {
        Ok(self.written()?.unwrap_or_default().origins)
    }

    /// Adds hosts that were imported, with the files that they are from.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add_hosts(&self, imported: &BTreeMap<String, String>) -> Result<(), Failure> {
        let _lock = self.alone()?;
        let hosts = self.inventory()?;
        let mut inventory = Inventory {
            origins: self.origins()?,
            hosts,
        };
        let at = timestamp(self.host.now());
        for (name, file) in imported {
            let origin = Origin {
                how: "imported".to_owned(),
                at: at.clone(),
                from: Some(file.clone()),
            };
            inventory.hosts.insert(name.clone());
            inventory.origins.insert(name.clone(), origin);
        }
        // What somebody has taken out by hand is out.
        let hosts = &inventory.hosts;
        inventory.origins.retain(|name, _| hosts.contains(name));
        self.write(INVENTORY, json(&inventory).as_bytes())?;
        Ok(())
    }

    /// Alone with the inventory.
    fn alone(&self) -> Result<Lock, Failure> {
        let path = self.path(LOCK);
        let failed = |error| Failure::new(Exit::Usage, format!("{path}: {error}"));
        for _ in 0..TRIES.0 {
            if let Some(lock) = self.host.lock(&path, "").map_err(failed)? {
                return Ok(lock);
            }
            self.host.sleep(TRIES.1);
        }
        let text = format!("{path}: `fleet inspect` writes hosts down all the time: try again");
        Err(Failure::new(Exit::NotPermitted, text))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn where_a_host_is_from_is_told() {
        let origin = |how: &str, from: Option<&str>| Origin {
            how: how.into(),
            at: "2026-11-25T12:00:00Z".into(),
            from: from.map(str::to_owned),
        };
        assert_eq!(
            origin("listed", Some("/srv/hosts.ini")).words(),
            "listed on 2026-11-25T12:00:00Z, in /srv/hosts.ini"
        );
        assert_eq!(
            origin("asked", None).words(),
            "asked on 2026-11-25T12:00:00Z"
        );
    }
}
