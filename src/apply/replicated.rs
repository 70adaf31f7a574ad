//! The hand-off to Replicated: its install script, its settings, and what it
//! left.

mod conf;
mod docker;
mod explain;
mod fetch;
mod found;
mod guard;
mod restore;
mod run;
mod survey;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;

pub use conf::{after as conf_after, before as conf_before};
pub use found::check;
pub use restore::Restore;
pub use survey::survey;

use zeroize::Zeroizing;

use super::error::StepError;
use super::step::missing_dirs;
use super::undo::Undo;
use super::{block, content};
use crate::host::{FileKind, Host};
use crate::plan::scheduler::replicated::act::{Act, BLOCK, LABEL};
use crate::plan::zerotier::Token;

/// Permission bits of the script.
const SCRIPT_MODE: u32 = 0o700;

/// Whether there is nothing to do.
///
/// # Errors
/// When that cannot be told.
pub fn is_done(host: &dyn Host, act: &Act) -> Result<bool, StepError> {
    Ok(match act {
        Act::Script { sha256, path, .. } => {
            let meta = host.meta(path);
            meta.is_ok_and(|meta| meta.kind == FileKind::File && meta.mode == SCRIPT_MODE)
                && host.digest(path).is_ok_and(|found| found == *sha256)
        }
        Act::Conf { keys } => conf::are_set(host, keys)?,
        Act::DockerLabel { path, .. } => {
            block::is_there(host, path, BLOCK, &label())? && docker::has_name(host)
        }
        Act::Run(run) => found::is_installed(host, &run.wanted),
    })
}

/// How it is taken back.
///
/// # Errors
/// When the present state cannot be read or kept.
pub fn prepare(host: &dyn Host, act: &Act, backup: &str) -> Result<Undo, StepError> {
    Ok(match act {
        Act::Script { sha256, path, .. } => match host.meta(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Undo::RemoveFile {
                path: path.clone(),
                made_dirs: missing_dirs(host, path),
                sha256: Some(sha256.clone()),
            },
            Err(error) => return Err(StepError::file(path, error)),
            Ok(meta) if meta.kind == FileKind::File => {
                content::back_up(host, path, &[], backup)?;
                Undo::RestoreFile {
                    path: path.clone(),
                    mode: meta.mode,
                    uid: meta.uid,
                    gid: meta.gid,
                    backup: backup.into(),
                    sha256: sha256.clone(),
                }
            }
            Ok(_) => return Err(StepError::NotAFile { path: path.clone() }),
        },
        Act::Conf { keys } => Undo::Replicated(conf::prepare(host, keys, backup)?),
        Act::DockerLabel { manager, path } => {
            let (created, sha256) = block::prepare(host, path, BLOCK, &label())?;
            Undo::Replicated(Restore::DockerLabel {
                manager: *manager,
                path: path.clone(),
                sha256,
                created,
            })
        }
        Act::Run(run) => Undo::Replicated(run::prepare(host, run)),
    })
}

/// Does it.
///
/// # Errors
/// When it fails; for the script also where it says that it worked and did not.
pub fn apply(host: &dyn Host, act: &Act) -> Result<(), StepError> {
    match act {
        Act::Script { from, sha256, path } => {
            let bytes = fetch::fetch(host, from).map_err(StepError::Told)?;
            let found = content::digest(&bytes);
            if found != *sha256 {
                return Err(StepError::Told(format!(
                    "{}: the script is another one than when the plan was made (SHA-256 {found}, \
                     and was {sha256}): nothing of it was run; make a plan anew",
                    from.text()
                )));
            }
            super::step::make_dirs(host, path, 0o644)?;
            super::files::write(host, path, &bytes, SCRIPT_MODE)
        }
        Act::Conf { keys } => conf::set(host, keys),
        Act::DockerLabel { manager, path } => {
            block::put(host, path, 0o644, BLOCK, &label())?;
            docker::restart(host, *manager)?;
            if docker::wait_for_name(host) {
                return Ok(());
            }
            Err(StepError::Told(format!(
                "Docker was started anew and has no process with `dockerd` on its command line: does \
                 its script read other_args of {path}?"
            )))
        }
        Act::Run(run) => run::run(host, run),
    }
}

fn label() -> Vec<String> {
    vec![LABEL.to_owned()]
}

/// A secret, read anew each time: one word of printable ASCII, as it has to go
/// into files of the shell and into JSON.
///
/// # Errors
/// When it cannot be read, or is no such word.
fn secret(host: &dyn Host, token: &Token) -> Result<Zeroizing<String>, StepError> {
    let (place, text) = match token {
        Token::File(path) => {
            let bytes = host.read(path).map_err(|e| StepError::file(path, e))?;
            let bytes = Zeroizing::new(bytes);
            let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
            (path.clone(), text)
        }
        Token::Env(name) => {
            let value = host.env(name).unwrap_or_default();
            (format!("${name}"), Zeroizing::new(value))
        }
    };
    let word = Zeroizing::new(text.trim_matches(['\r', '\n']).to_owned());
    let plain = |b: u8| b.is_ascii_graphic() || b == b' ';
    if word.is_empty() || !word.bytes().all(plain) {
        return Err(StepError::Told(format!(
            "{place}: wanted a secret of printable ASCII on one line"
        )));
    }
    Ok(word)
}
