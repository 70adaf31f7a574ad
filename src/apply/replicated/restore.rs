//! Taking the hand-off back, as far as that can be done.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{conf, docker, found};
use crate::apply::block;
use crate::apply::content::{clear_unfinished, digest, read_backup};
use crate::apply::error::StepError;
use crate::apply::files::{read_text, replace};
use crate::host::Host;
use crate::plan::scheduler::replicated::act::BLOCK;
use crate::plan::scheduler::replicated::{CONF, REMOVAL};
use crate::plan::step::Manager;

/// How an act is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "act",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Restore {
    /// Give keys of /etc/replicated.conf their old values.
    Conf {
        /// Whether the file was made.
        created: bool,
        /// File in the run's folder that holds the old content; none where it may
        /// hold secrets.
        backup: Option<String>,
        /// Digest of the file as it was written.
        sha256: String,
        /// The old values; none where there was none. Secret keys that were there
        /// already are not among them.
        before: BTreeMap<String, Option<Value>>,
        /// Digests of the values that were written.
        written: BTreeMap<String, String>,
    },
    /// Take the label out of Docker's settings, and start it anew.
    DockerLabel {
        /// Docker's service manager.
        manager: Manager,
        /// File of its settings.
        path: String,
        /// Digest of the block's lines.
        sha256: String,
        /// Whether the file was made for it.
        created: bool,
    },
    /// Say what is left of an installation: removing it is the operator's.
    Left {
        /// Its services.
        services: Vec<String>,
        /// What was there before: files, and containers by their names.
        before: Vec<String>,
        /// The file that the token was handed over in, with the digest of it.
        token: Option<(String, String)>,
    },
}

impl Restore {
    /// Takes the act back. It can be repeated, and can follow an act that was cut
    /// off anywhere.
    ///
    /// # Errors
    /// When it cannot be done; with what is left, where that is the operator's.
    pub fn run(&self, host: &dyn Host) -> Result<(), StepError> {
        match self {
            Self::Conf {
                created,
                backup,
                sha256,
                before,
                written,
            } => {
                clear_unfinished(host, CONF)?;
                let Some((text, meta)) = read_text(host, CONF)? else {
                    return Ok(());
                };
                if digest(text.as_bytes()) == *sha256 {
                    if *created {
                        return host.remove_file(CONF).map_err(|e| StepError::file(CONF, e));
                    }
                    if let Some(backup) = backup {
                        let old = read_backup(host, backup)?;
                        return replace(host, CONF, &old, &meta);
                    }
                } else if let Some(backup) = backup
                    && **read_backup(host, backup)? == *text.as_bytes()
                {
                    return Ok(());
                }
                let mut map = conf::parse(&text)?;
                let mut changed = false;
                for (key, old) in before {
                    let ours = map.get(key).map(conf::digest_of);
                    if ours.as_ref() != written.get(key) {
                        continue;
                    }
                    changed = true;
                    match old {
                        Some(old) => map.insert(key.clone(), old.clone()),
                        None => map.remove(key),
                    };
                }
                if changed {
                    replace(host, CONF, conf::written(&map)?.as_bytes(), &meta)?;
                }
                Ok(())
            }
            Self::DockerLabel {
                manager,
                path,
                sha256,
                created,
            } => {
                let there = read_text(host, path)?
                    .is_some_and(|(text, _)| text.contains(&format!("groundcrew {BLOCK}")));
                block::remove(host, path, BLOCK, sha256, *created)?;
                // It is not started anew where it never was.
                if there {
                    docker::restart(host, *manager)?;
                }
                Ok(())
            }
            Self::Left {
                services,
                before,
                token,
            } => {
                if let Some((path, sha256)) = token {
                    clear_unfinished(host, path)?;
                    if host.digest(path).is_ok_and(|found| found == *sha256) {
                        host.remove_file(path)
                            .map_err(|e| StepError::file(path, e))?;
                    }
                }
                let left: Vec<_> = traces(host, services)
                    .into_iter()
                    .filter(|one| !before.contains(one))
                    .collect();
                if left.is_empty() {
                    return Ok(());
                }
                Err(StepError::Told(format!(
                    "Replicated is left, and its removal is the operator's: {}. The vendor's steps: \
                     {}. Then undo once more",
                    left.join(", "),
                    REMOVAL.join("; ")
                )))
            }
        }
    }
}

/// What an installation of these services leaves: files, and containers by their
/// names.
pub fn traces(host: &dyn Host, services: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for service in services {
        found.extend(found::settings(host, service));
        found.extend(found::unit(host, service));
    }
    let others = [
        "/var/lib/replicated",
        "/var/lib/replicated-operator",
        "/etc/replicated.alias",
        "/usr/local/bin/replicated",
        "/usr/local/bin/replicatedctl",
    ];
    let there = |path: &&str| host.meta(path).is_ok();
    found.extend(others.iter().filter(|p| there(p)).map(|p| (*p).to_owned()));
    let containers = found::containers(host).unwrap_or_default();
    let ours = containers
        .keys()
        .filter(|name| name.starts_with("replicated") || services.contains(name));
    found.extend(ours.map(|name| format!("the container {name}")));
    found
}
