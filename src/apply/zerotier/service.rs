//! The service zerotier-one: whether it runs, starting and stopping it.

use std::time::Duration;

use super::api::Api;
use super::error::{ZerotierError, explain};
use crate::apply::error::StepError;
use crate::apply::probe::processes;
use crate::apply::service;
use crate::apply::wait::wait;
use crate::host::{Command, CommandError, Host};
use crate::plan::step::Manager;

/// How long it may take to answer after its start: a second or two on a quiet
/// machine, more where it makes its identity first.
const START: Duration = Duration::from_secs(60);
/// How long it may take to end: 3.3 s were measured, and over 6 s without roots.
const STOP: Duration = Duration::from_secs(30);

/// Name of the service with each manager.
pub fn name(manager: Manager) -> &'static str {
    match manager {
        Manager::Systemd => "zerotier-one.service",
        Manager::Upstart | Manager::Sysvinit => "zerotier-one",
    }
}

/// Its processes. One that is just starting has written no pid file yet, and the
/// number in an old one may belong to another program by now, so they are looked
/// for by their name; those of containers are none of this host's.
pub fn pids(host: &dyn Host) -> Vec<u32> {
    let here = |pid: &str, kind: &str| host.read_link(&format!("/proc/{pid}/ns/{kind}")).ok();
    let found = processes(host).filter(|pid| {
        host.read(&format!("/proc/{pid}/comm"))
            .is_ok_and(|comm| comm.trim_ascii() == b"zerotier-one")
            && ["net", "mnt"]
                .iter()
                .all(|kind| here(pid, kind) == here("self", kind))
    });
    found.filter_map(|pid| pid.parse().ok()).collect()
}

/// Whether it runs: it answers, or its process is there.
pub fn runs(host: &dyn Host) -> bool {
    !pids(host).is_empty() || Api::open(host).is_ok_and(|api| api.status().is_ok())
}

/// Starts it and waits until it answers. One that answers is left alone.
///
/// # Errors
/// When it cannot be started, or does not answer in time.
pub fn start(host: &dyn Host, manager: Option<Manager>) -> Result<(), StepError> {
    let answers = || Api::open(host).and_then(|api| api.status());
    if answers().is_ok() {
        return Ok(());
    }
    match manager {
        Some(manager) => service::start(host, manager, name(manager))?,
        None if !pids(host).is_empty() => {}
        None => {
            host.run(&Command::new(["zerotier-one", "-d"]))
                .map_err(explained)?;
        }
    }
    if wait(host, START, || answers().is_ok()) {
        return Ok(());
    }
    let why = answers().err().map(|e| e.to_string()).unwrap_or_default();
    Err(ZerotierError::NotUp {
        seconds: START.as_secs(),
        why,
        hint: "run `zerotier-one` in the foreground to see what it says",
    }
    .into())
}

/// A failed command with what its words mean.
fn explained(error: CommandError) -> StepError {
    let text = error.to_string();
    match explain(&text) {
        Some(meaning) => ZerotierError::NotUp {
            seconds: 0,
            why: text,
            hint: meaning,
        }
        .into(),
        None => error.into(),
    }
}

/// Stops it and waits until it is gone. How it ends is no matter: 1.14.1 ends
/// itself with SIGABRT after a good shutdown.
///
/// # Errors
/// When it does not end.
pub fn stop(host: &dyn Host, manager: Option<Manager>) -> Result<(), StepError> {
    if let Some(manager) = manager {
        service::stop(host, manager, name(manager))?;
    }
    // One that was started by itself is none of the manager's.
    let mut told = Vec::new();
    let gone = wait(host, STOP, || {
        let left = pids(host);
        for pid in &left {
            if !told.contains(pid) {
                told.push(*pid);
                // It may have ended by itself since.
                let _ = host.run(&Command::new(["kill", "-TERM", &pid.to_string()]));
            }
        }
        left.is_empty()
    });
    if gone {
        return Ok(());
    }
    Err(ZerotierError::NotDown {
        pid: told.first().copied().unwrap_or_default(),
        seconds: STOP.as_secs(),
    }
    .into())
}
