//! The process that undoes a run unless the operator confirms it: the way back for
//! somebody whom the run has cut off.
//!
//! It is started and written into the journal before the first step that can cut
//! anybody off, leads a session of its own, and needs nothing of the one that
//! started it. What it does at its time is in [`crate::cli`]; here is what both
//! sides have to agree on.

use std::time::Duration;

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
    let argv = [command::SELF, "guard", &dir].map(str::to_string);
    let pid = host.spawn_detached(&argv, READY).map_err(guard)?;
    Ok(Entry::Guarded {
        within,
        until: until(host, within),
        pid,
    })
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
    Ok(())
}
