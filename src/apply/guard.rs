//! The process that undoes a run unless the operator confirms it: the way back for
//! somebody whom the run has cut off.
//!
//! It is started and written into the journal before the first step that can cut
//! anybody off, leads a session of its own, and needs nothing of the one that
//! started it: where systemd runs it gets a scope of its own, since logind may end
//! all that a session has started when the operator is cut off (logind.conf(5):
//! `KillUserProcesses=yes`). A boot entry (`boot_guard`) starts it again
//! after a reboot. What it does at its time is in [`crate::cli`]; here is what both
//! sides have to agree on.

use std::time::Duration;

use super::boot_guard;
use super::error::StepError;
use super::journal::{Entry, Guard, Journal, JournalError, Run};
use crate::host::{Host, Lock, command, timestamp};

/// How long the process may take to be ready.
const READY: Duration = Duration::from_secs(10);

/// The file that the process holds a lock on for as long as it lives.
fn lock_path(dir: &str) -> String {
    format!("{dir}/guard.lock")
}

/// Takes the lock that says that the process of this run lives. None where another
/// one does.
///
/// # Errors
/// When the file cannot be opened.
pub fn hold(host: &dyn Host, dir: &str) -> std::io::Result<Option<Lock>> {
    let note = format!("pid {}", std::process::id());
    host.lock(&lock_path(dir), &note)
}

/// Whether the process of a run lives.
pub fn lives(host: &dyn Host, dir: &str) -> bool {
    // Not known is not alive: that is the case in which somebody has to act.
    matches!(hold(host, dir), Ok(None))
}

/// Starts the process for the run in `dir`; the entry for the journal.
///
/// # Errors
/// When it could not be started.
pub(super) fn start(host: &dyn Host, dir: &str, within: u64) -> Result<Entry, StepError> {
    let guard = |source| StepError::Guard { source };
    // It works in another folder.
    let dir = if dir.starts_with('/') {
        dir.to_string()
    } else {
        format!("{}/{dir}", host.cwd().map_err(guard)?)
    };
    match boot_guard::put(host, &dir) {
        Ok(true) => {}
        Ok(false) => log::info!("after a reboot nothing undoes this run by itself"),
        Err(error) => {
            log::warn!("after a reboot nothing undoes this run by itself: {error}");
            unhook(host, &dir)?;
        }
    }
    let pid = match spawn(host, &dir) {
        Ok(pid) => pid,
        Err(error) => {
            unhook(host, &dir)?;
            return Err(guard(error));
        }
    };
    Ok(Entry::Guarded {
        within,
        until: until(host, within),
        pid,
    })
}

fn spawn(host: &dyn Host, dir: &str) -> std::io::Result<u32> {
    if boot_guard::systemd_runs(host) && host.program("systemd-run").is_some() {
        match host.spawn_detached(&in_scope(dir), READY) {
            Err(error) => log::warn!("systemd-run: {error}; started without it"),
            started => return started,
        }
    }
    let argv = [command::SELF, "guard", dir].map(str::to_string);
    host.spawn_detached(&argv, READY)
}

/// The command that moves the process out of the operator's session. With `--scope`
/// systemd-run becomes the process itself (systemd-run(1)), so that it is this
/// very program also where it was replaced, and whatever SELinux lets services
/// begin with. `/proc/self/exe` would be systemd-run by then.
fn in_scope(dir: &str) -> Vec<String> {
    let run = dir.rsplit('/').next().unwrap_or_default();
    let unit = format!("--unit=groundcrew-guard-{run}");
    let own = format!("/proc/{}/exe", std::process::id());
    ["systemd-run", "--scope", &unit, &own, "guard", dir]
        .map(str::to_string)
        .to_vec()
}

/// Removes what would start the process at the next boot.
///
/// # Errors
/// When something cannot be removed.
pub fn unhook(host: &dyn Host, dir: &str) -> Result<(), StepError> {
    boot_guard::remove(host, dir)
}

fn until(host: &dyn Host, within: u64) -> String {
    timestamp(host.now() + Duration::from_secs(within))
}

/// Lets the time to confirm begin anew: the run is over, and its end is told.
///
/// # Errors
/// When the journal cannot be written.
pub fn wait(host: &dyn Host, run: &mut Run) -> Result<Option<Guard>, JournalError> {
    if run.awaits().is_none() {
        return Ok(None);
    }
    if let Some(guard) = &mut run.guard {
        guard.until = until(host, guard.within);
        let until = guard.until.clone();
        Journal::reopen(host, &run.dir)?.write(&Entry::Waiting { until })?;
    }
    Ok(run.guard.clone())
}

/// Writes that the run stays, or that nobody said so in time.
///
/// # Errors
/// When the journal cannot be written.
pub fn settle(host: &dyn Host, run: &mut Run, confirmed: bool) -> Result<(), JournalError> {
    let entry = if confirmed {
        Entry::Confirmed
    } else {
        Entry::Expired
    };
    Journal::reopen(host, &run.dir)?.write(&entry)?;
    if let Some(guard) = &mut run.guard {
        guard.confirmed = confirmed;
        guard.expired = !confirmed;
    }
    if confirmed && let Err(error) = unhook(host, &run.dir) {
        // It finds at the next boot that nothing is left to do.
        log::warn!("{error}");
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    /// Not run with a real systemd: there is none on the machines of the tests.
    #[test]
    fn where_systemd_runs_the_guard_leaves_the_session() {
        let argv = in_scope("/var/lib/groundcrew/runs/2026-01-01T00-00-00");
        assert_eq!(argv[2], "--unit=groundcrew-guard-2026-01-01T00-00-00");
        assert_eq!(argv[3], format!("/proc/{}/exe", std::process::id()));
        let host = Scripted::new().dir("/run/systemd/system");
        assert!(boot_guard::systemd_runs(&host));
        assert!(!boot_guard::systemd_runs(&Scripted::new()));
    }
}
