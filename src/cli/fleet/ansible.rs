//! The site's Ansible: whether it is there, which it is, and how it is run.

use std::time::Duration;

use super::super::args::{Global, Progress};
use crate::error::{Exit, Failure};
use crate::host::{Command, CommandError, FileKind, Host};
use crate::ui::signals::Signals;

/// The oldest ansible-core that is taken: the first that the collection was run with.
/// It wants Python 3.9 on the controller, and the collection with it.
const OLDEST: (u64, u64) = KNOWN.0;
/// The first and the last ansible-core that the collection was run with: 2.14.18 and
/// 2.20.10.
pub const KNOWN: ((u64, u64), (u64, u64)) = ((2, 14), (2, 20));
/// How long a run over all hosts may take: longer than anybody waits.
pub const LIMIT: Duration = Duration::from_secs(24 * 3600);

/// The site's ansible-playbook.
pub struct Ansible {
    program: String,
    dir: String,
    /// When the command began that these plays are part of, in seconds since 1970.
    pub began: Option<u64>,
}

impl Ansible {
    /// Finds it in the operator's search path.
    ///
    /// # Errors
    /// When it is not there, does not start, or is too old: what to install.
    pub fn find(host: &dyn Host) -> Result<Self, Failure> {
        let Some(program) = in_path(host, "ansible-playbook") else {
            let text = "ansible-playbook is not in the search path: install ansible-core 2.14 or \
                        later on this machine (the package ansible-core of Debian 12, Ubuntu 24.04, \
                        RHEL 8.8 and later, or `pip install ansible-core` in a virtual environment); \
                        the hosts themselves need nothing of it";
            return Err(Failure::new(Exit::Usage, text));
        };
        let dir = host.cwd().map_err(Failure::unexpected)?;
        let mut command = Command::new([program.as_str(), "--version"]).dir(&dir);
        command.env = host.environment();
        command.env.push(("LC_ALL".into(), locale(host)));
        let output = host.run(&command).map_err(|error| {
            Failure::new(Exit::Usage, format!("Ansible does not start: {error}"))
        })?;
        let (text, found) = (output.text(), version(&output.text()));
        let first = text.lines().next().unwrap_or_default();
        match found {
            Some(version) if version < OLDEST => {
                let text = format!(
                    "{program} is too old ({first}): ansible-core {}.{} or later is needed; install \
                     a newer one beside it, such as by `pip install ansible-core` in a virtual \
                     environment",
                    OLDEST.0, OLDEST.1
                );
                Err(Failure::new(Exit::Usage, text))
            }
            found => {
                if found.is_none_or(|version| version < KNOWN.0 || version > KNOWN.1) {
                    log::info!("this collection was not run with {first} yet");
                }
                Ok(Self {
                    program,
                    dir,
                    began: None,
                })
            }
        }
    }

    /// Runs a playbook with these arguments, for `limit` at most; Ansible's exit status.
    ///
    /// # Errors
    /// When it cannot be run, or a signal ended it.
    pub fn play(
        &self,
        host: &dyn Host,
        global: &Global,
        arguments: Vec<String>,
        limit: Duration,
    ) -> Result<i32, Failure> {
        let argv = std::iter::once(self.program.clone()).chain(arguments);
        let progress = match global.progress() {
            Progress::Text => "text",
            Progress::Json => "json",
            Progress::None => "none",
        };
        let mut command = Command::new(argv)
            .timeout(limit)
            .dir(&self.dir)
            .env("LC_ALL", &locale(host))
            .env("ANSIBLE_STDOUT_CALLBACK", "groundcrew.fleet.lines")
            .env("GROUNDCREW_FLEET_PROGRESS", progress)
            .env(
                "GROUNDCREW_FLEET_BEGAN",
                &self
                    .began
                    .map(|began| began.to_string())
                    .unwrap_or_default(),
            )
            // What fails is told by rows of hosts, not by files for a second try.
            .env("ANSIBLE_RETRY_FILES_ENABLED", "false");
        command
            .env
            .push(("PYTHONDONTWRITEBYTECODE".into(), "1".into()));
        let signals = Signals::catch().ok();
        let signal = || signals.as_ref().and_then(Signals::pending);
        match host.attend(&command, &signal) {
            Ok(status) => Ok(status),
            Err(CommandError::Interrupted { .. }) => {
                let exit = match signal() {
                    Some(signal_hook::consts::SIGINT) | None => Exit::Interrupted,
                    Some(_) => Exit::Terminated,
                };
                Err(Failure::new(exit, "stopped; the reports so far are kept"))
            }
            Err(error) => Err(Failure::unexpected(error)),
        }
    }
}

/// The operator's locale, or one that Ansible takes: it refuses all that are not
/// UTF-8.
fn locale(host: &dyn Host) -> String {
    let mut set = ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(|name| {
        let value = host.env(name)?;
        (!value.is_empty()).then_some(value)
    });
    let utf8 = |value: &String| {
        let value = value.to_ascii_lowercase();
        value.contains("utf-8") || value.contains("utf8")
    };
    set.next().filter(utf8).unwrap_or_else(|| "C.UTF-8".into())
}

/// Where a program is in the operator's own search path: Ansible may well be in a
/// virtual environment.
fn in_path(host: &dyn Host, name: &str) -> Option<String> {
    let path = host.env("PATH").unwrap_or_default();
    let candidates = path.split(':').filter(|folder| folder.starts_with('/'));
    let mut candidates =
        candidates.map(|folder| format!("{}/{name}", folder.trim_end_matches('/')));
    candidates.find(|path| {
        host.meta(path).is_ok_and(|meta| match meta.kind {
            FileKind::File => meta.mode & 0o111 != 0,
            FileKind::Symlink => host.head(path, 1).is_ok(),
            _ => false,
        })
    })
}

/// Major and minor of `ansible-playbook --version`: "ansible-playbook [core 2.14.18]",
/// before 2.11 "ansible-playbook 2.9.27".
fn version(text: &str) -> Option<(u64, u64)> {
    let first = text.lines().next()?;
    let word = first.split_whitespace().last()?.trim_end_matches(']');
    let mut numbers = word.split('.').map(str::parse::<u64>);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_in_both_forms() {
        assert_eq!(
            version("ansible-playbook [core 2.14.18]\n  config file = None\n"),
            Some((2, 14))
        );
        assert_eq!(version("ansible-playbook 2.9.27\n"), Some((2, 9)));
        assert_eq!(
            version("ansible-playbook [core 2.20.0rc1]\n"),
            Some((2, 20))
        );
        assert_eq!(version("what\n"), None);
    }

    #[test]
    fn the_collection_wants_the_same_version_as_the_program() {
        let carried = |path: &str| {
            let found = super::super::collection::FILES.iter();
            found.clone().find(|(name, _)| *name == path).unwrap().1
        };
        let (major, minor) = OLDEST;
        for (path, text) in [
            (
                "meta/runtime.yml",
                format!("requires_ansible: \">={major}.{minor}.0\""),
            ),
            (
                "roles/inspect/meta/main.yml",
                format!("min_ansible_version: \"{major}.{minor}\""),
            ),
            (
                "plugins/plugin_utils/target.py",
                format!("OLDEST = ({major}, {minor})"),
            ),
        ] {
            assert!(carried(path).contains(&text), "{path}: {text}");
        }
    }
}
