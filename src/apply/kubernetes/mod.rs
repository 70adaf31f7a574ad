//! Kubernetes: what kubeadm and kubectl are made to do.

pub mod ca;
mod explain;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod fake;
pub mod look;
mod preflight;
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]
mod real;
mod reset;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::StepError;
use super::files;
use super::step::{make_dirs, missing_dirs};
use super::undo::{Undo, remove_dirs};
use crate::facts::storage::swaps;
use crate::host::{Command, CommandError, FileKind, Host, Output};
use crate::plan::scheduler::kubernetes::act::{ADMIN_CONF, Act, KUBELET_CONF, MEMBER};
use crate::plan::survey::MARK;
use crate::plan::zerotier::Token;
use reset::Before;

/// Home of kubectl, which keeps there what it has learned of a cluster: gone
/// with the next boot.
pub const HOME: &str = "/run/groundcrew";

/// How long kubeadm may take to look, the pulling of images included.
const PREFLIGHT: Duration = Duration::from_secs(900);
/// How long it may take to make a cluster: kubeadm itself waits four minutes for
/// the control plane (1.20), after the images, which may have to be pulled.
const INIT: Duration = Duration::from_secs(900);
/// How long it may take to join: it waits five minutes for the cluster and five
/// for the kubelet (constants.go of 1.20).
const JOIN: Duration = Duration::from_secs(720);
/// How long one call of the API may take.
const CALL: Duration = Duration::from_secs(60);
/// How long archives of images may take.
const LOAD: Duration = Duration::from_secs(900);
/// How much of kubeadm's standard error is kept, in bytes.
const KEPT: usize = 64 * 1024;

/// How an act is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "restore",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Restore {
    /// Switch swap on again.
    SwapOn {
        /// What was swapped to.
        devices: Vec<String>,
    },
    /// Take the node apart.
    Reset(Before),
    /// Delete what a manifest has made.
    Delete {
        /// The file.
        manifest: String,
    },
    /// Delete a token here and in the cluster.
    Forget {
        /// Its file.
        path: String,
        /// Folders that were made for it, the outermost first.
        made_dirs: Vec<String>,
    },
}

/// Runs kubeadm; what it printed.
fn kubeadm(
    host: &dyn Host,
    arguments: &[&str],
    stdin: Vec<u8>,
    limit: Duration,
) -> Result<Output, StepError> {
    let argv = std::iter::once("kubeadm").chain(arguments.iter().copied());
    let command = Command::new(argv)
        .stdin(stdin)
        .timeout(limit)
        .keep_stderr(KEPT);
    let line = command.to_string();
    let output = host.run(&command).map_err(|error| match &error {
        CommandError::Status { stderr, .. } => {
            StepError::Told(format!("`{line}`: {}", preflight::failure(stderr)))
        }
        CommandError::TimedOut {
            stderr, timeout, ..
        } => StepError::Told(format!(
            "`{line}` did not end within {} s and was killed: {}",
            timeout.as_secs(),
            preflight::failure(stderr)
        )),
        CommandError::Start { .. }
        | CommandError::Interrupted { .. }
        | CommandError::Stopped { .. } => error.into(),
    })?;
    let said = String::from_utf8_lossy(&output.stderr);
    for found in preflight::results(&said) {
        log::warn!("kubeadm: [{}] {}", found.id, found.text);
    }
    Ok(output)
}

/// A call of kubectl.
pub fn kubectl(config: &str, arguments: &[&str]) -> Command {
    let argv = ["kubectl", "--kubeconfig", config, "--request-timeout=20s"];
    let argv = argv.iter().chain(arguments).copied();
    Command::new(argv).timeout(CALL).env("HOME", HOME)
}

/// What is swapped to now.
fn swapped(host: &dyn Host) -> Result<Vec<String>, StepError> {
    const PATH: &str = "/proc/swaps";
    match host.read(PATH) {
        Ok(bytes) => Ok(swaps(&String::from_utf8_lossy(&bytes))),
        // A kernel without swap.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(StepError::file(PATH, error)),
    }
}

/// Whether an act has nothing to do.
///
/// # Errors
/// When that cannot be told.
pub fn is_done(host: &dyn Host, act: &Act) -> Result<bool, StepError> {
    let member = || look::member(host);
    Ok(match act {
        Act::SwapOff { devices } => {
            let now = swapped(host)?;
            !devices.iter().any(|device| now.contains(device))
        }
        Act::LoadImages { .. } | Act::Preflight { .. } => member(),
        Act::Init { .. } => member() && host.meta(ADMIN_CONF).is_ok(),
        Act::Join { .. } => member() && host.meta(KUBELET_CONF).is_ok(),
        Act::AddOn { manifest } => {
            // kubectl ends with 1 where something differs, with more where it
            // cannot tell: then applying it shows why.
            member()
                && host
                    .run(&kubectl(ADMIN_CONF, &["diff", "-f", manifest]))
                    .is_ok()
        }
        Act::Token { path, .. } => match token_id(host, path) {
            Some(id) if member() => {
                let name = format!("bootstrap-token-{id}");
                let asked = ["-n", "kube-system", "get", "secret", &name, "-o", "name"];
                host.run(&kubectl(ADMIN_CONF, &asked)).is_ok()
            }
            _ => false,
        },
    })
}

/// How an act will be taken back: read before anything is changed.
///
/// # Errors
/// When the present state cannot be read, or must not be replaced.
pub fn prepare(host: &dyn Host, act: &Act) -> Result<Undo, StepError> {
    Ok(Undo::Kubernetes(match act {
        Act::SwapOff { devices } => {
            let now = swapped(host)?;
            let devices = devices.iter().filter(|device| now.contains(device));
            Restore::SwapOn {
                devices: devices.cloned().collect(),
            }
        }
        Act::LoadImages { .. } | Act::Preflight { .. } => return Ok(Undo::Nothing),
        Act::Init { socket, .. } | Act::Join { socket, .. } => {
            Restore::Reset(reset::before(host, socket))
        }
        // What was there before a changed manifest is the network of a cluster that
        // runs: it is not deleted.
        Act::AddOn { manifest } => {
            let argv = ["get", "--ignore-not-found", "-o", "name", "-f", manifest];
            let there = host.run(&kubectl(ADMIN_CONF, &argv));
            if there.is_ok_and(|output| !output.text().trim().is_empty()) {
                return Ok(Undo::Nothing);
            }
            Restore::Delete {
                manifest: manifest.clone(),
            }
        }
        Act::Token { path, .. } => {
            match host.meta(path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(StepError::file(path, error)),
                Ok(meta) if meta.kind == FileKind::File && token_id(host, path).is_some() => {}
                Ok(_) => {
                    return Err(StepError::Told(format!(
                        "{path} is there and holds no join token: move it away, or name another file \
                         as kubernetes.token-out"
                    )));
                }
            }
            Restore::Forget {
                path: path.clone(),
                made_dirs: missing_dirs(host, path),
            }
        }
    }))
}

/// Does an act. It may find its own half-done work and has to finish it.
///
/// # Errors
/// When something fails; what was done until then is taken back by the undo
/// record.
pub fn apply(host: &dyn Host, act: &Act) -> Result<(), StepError> {
    match act {
        Act::SwapOff { devices } => {
            let now = swapped(host)?;
            for device in devices.iter().filter(|device| now.contains(device)) {
                // What is in it has to fit into memory.
                host.run(&Command::new(["swapoff", device]).timeout(LOAD))?;
            }
            Ok(())
        }
        Act::LoadImages { runtime, files } => {
            for file in files {
                let argv = runtime.load(file).ok_or_else(|| {
                    StepError::Told(format!("{} takes no archives", runtime.name()))
                })?;
                host.run(&Command::new(argv).timeout(LOAD))?;
            }
            Ok(())
        }
        Act::Preflight { config } => {
            // What a run that was cut off has left would be taken for a cluster.
            if !look::leftovers(host).is_empty() {
                return Ok(());
            }
            let argv = ["init", "phase", "preflight", "--config", config];
            kubeadm(host, &argv, Vec::new(), PREFLIGHT).map(drop)
        }
        Act::Init { config, socket } => {
            // Half of a cluster is this step's own: the plan refuses any other.
            reset::reset(host, socket)?;
            let argv = ["init", "--config", config, "--skip-token-print"];
            kubeadm(host, &argv, Vec::new(), INIT)?;
            become_member(host)
        }
        Act::AddOn { manifest } => {
            host.run(&kubectl(ADMIN_CONF, &["apply", "-f", manifest]))?;
            Ok(())
        }
        Act::Token { path, seconds } => make_token(host, path, *seconds),
        Act::Join {
            head,
            token,
            tail,
            socket,
            ..
        } => {
            let token = token_of(host, token)?;
            reset::reset(host, socket)?;
            // Over standard input: the token is in no file of ours and on no
            // command line.
            let config = [head.as_bytes(), token.as_bytes(), tail.as_bytes()].concat();
            kubeadm(host, &["join", "--config", "/dev/stdin"], config, JOIN)?;
            become_member(host)
        }
    }
}

/// Notes that this host is a member: kubeadm came to its end.
fn become_member(host: &dyn Host) -> Result<(), StepError> {
    let text = format!("{MARK}: this host is a member of a Kubernetes cluster.\n");
    make_dirs(host, MEMBER, 0o600)?;
    files::write(host, MEMBER, text.as_bytes(), 0o644)
}

/// Whether a text is a bootstrap token: `[a-z0-9]{6}.[a-z0-9]{16}`.
fn is_token(text: &str) -> bool {
    let part = |text: &str, length: usize| {
        text.len() == length
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.split_once('.')
        .is_some_and(|(id, secret)| part(id, 6) && part(secret, 16))
}

/// The public half of the token in a file that only root may read.
fn token_id(host: &dyn Host, path: &str) -> Option<String> {
    host.meta(path).ok().filter(|meta| meta.mode & 0o077 == 0)?;
    let text = Zeroizing::new(String::from_utf8(host.read(path).ok()?).ok()?);
    let token = text.trim();
    is_token(token).then(|| token.get(..6).unwrap_or_default().to_owned())
}

/// The token to join with, read anew each time.
fn token_of(host: &dyn Host, token: &Token) -> Result<Zeroizing<String>, StepError> {
    let (place, text) = match token {
        Token::File(path) => {
            let bytes = host.read(path).map_err(|e| StepError::file(path, e))?;
            let bytes = Zeroizing::new(bytes);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            (path.clone(), Zeroizing::new(text))
        }
        Token::Env(name) => (
            format!("${name}"),
            Zeroizing::new(host.env(name).unwrap_or_default()),
        ),
    };
    let token = Zeroizing::new(text.trim().to_owned());
    if is_token(&token) {
        return Ok(token);
    }
    Err(StepError::Told(format!(
        "{place} holds no join token: six characters, a dot and sixteen more are wanted, of a to z and \
         0 to 9"
    )))
}

/// Makes a token and writes it down. One that is in the file already and that
/// the cluster has forgotten is replaced.
fn make_token(host: &dyn Host, path: &str, seconds: u64) -> Result<(), StepError> {
    let ttl = format!("{seconds}s");
    let argv = ["token", "create", "--kubeconfig", ADMIN_CONF, "--ttl", &ttl];
    let output = kubeadm(host, &argv, Vec::new(), CALL)?;
    let text = Zeroizing::new(output.text());
    let token = text.lines().map(str::trim).find(|line| is_token(line));
    let Some(token) = token else {
        return Err(StepError::Told(
            "`kubeadm token create` printed no token".into(),
        ));
    };
    let line = Zeroizing::new(format!("{token}\n"));
    make_dirs(host, path, 0o600)?;
    files::write(host, path, line.as_bytes(), 0o600)
}

impl Restore {
    /// Takes the act back.
    ///
    /// # Errors
    /// When it cannot be taken back.
    pub fn run(&self, host: &dyn Host) -> Result<(), StepError> {
        match self {
            Self::SwapOn { devices } => {
                let now = swapped(host)?;
                for device in devices.iter().filter(|device| !now.contains(device)) {
                    host.run(&Command::new(["swapon", device]))?;
                }
                Ok(())
            }
            Self::Reset(before) => before.restore(host),
            Self::Delete { manifest } => {
                let argv = [
                    "delete",
                    "--ignore-not-found",
                    "--wait=false",
                    "-f",
                    manifest,
                ];
                unless_gone(
                    host,
                    host.run(&kubectl(ADMIN_CONF, &argv)).map_err(Into::into),
                )
            }
            Self::Forget { path, made_dirs } => {
                if let Some(id) = token_id(host, path) {
                    let argv = ["token", "delete", &id, "--kubeconfig", ADMIN_CONF];
                    unless_gone(host, kubeadm(host, &argv, Vec::new(), CALL))?;
                }
                super::content::clear_unfinished(host, path)?;
                match host.remove_file(path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(StepError::file(path, error));
                    }
                    _ => {}
                }
                remove_dirs(host, made_dirs);
                Ok(())
            }
        }
    }
}

/// Takes a failure for none where there is no cluster any more, or nobody who
/// answers for it: then there is nothing to delete, and a token runs out.
fn unless_gone(host: &dyn Host, result: Result<Output, StepError>) -> Result<(), StepError> {
    const SILENT: [&str; 5] = [
        "was refused",
        "connection refused",
        "i/o timeout",
        "no route to host",
        "Client.Timeout exceeded",
    ];
    match result {
        Ok(_) => Ok(()),
        Err(error) => {
            let text = error.to_string();
            if host.meta(ADMIN_CONF).is_err() || SILENT.iter().any(|words| text.contains(words)) {
                log::warn!("{text}");
                return Ok(());
            }
            Err(error)
        }
    }
}
