//! A flanneld that runs with other arguments than it is to run with: it keeps those it
//! was started with, the members of etcd among them.

use super::lease::lease;
use super::{START, control};
use crate::apply::error::StepError;
use crate::apply::probe::command_lines;
use crate::apply::service;
use crate::host::{Command, Host};
use crate::plan::overlay::flannel::{SUBNET_FILE, runs_with};
use crate::plan::step::Manager;

/// The command line of the flanneld that groundcrew has set up here, as it runs; nothing
/// where it does not.
pub fn running(host: &dyn Host) -> Vec<String> {
    // By this it is told from any other.
    let ours = format!("-subnet-file={SUBNET_FILE}");
    let mut lines = command_lines(host).filter_map(|line| {
        let line = String::from_utf8(line).ok()?;
        let words = line.trim_end_matches('\0').split('\0');
        Some(words.map(str::to_owned).collect::<Vec<_>>())
    });
    lines
        .find(|words| words.contains(&ours))
        .unwrap_or_default()
}

/// Whether it runs with this command, or not at all.
pub(super) fn is_done(host: &dyn Host, command: &[String]) -> bool {
    let running = running(host);
    running.is_empty() || runs_with(&running, command)
}

/// Starts it anew and waits for its lease. The data path of all backends but udp is the
/// kernel's, and stays (Flannel Documentation/running.md, "Zero-downtime restarts").
pub(super) fn restart(
    host: &dyn Host,
    manager: Manager,
    service: &str,
    subnet_file: &str,
) -> Result<(), StepError> {
    if manager == Manager::Systemd {
        host.run(&Command::new(["systemctl", "daemon-reload"]))?;
    }
    if manager == Manager::Upstart {
        // `initctl restart` goes on with the job as it was (init(5)). One whose start has
        // failed before is stopped already.
        if service::is_started(host, manager, service) {
            control(host, manager, service, "stop", START)?;
        }
        control(host, manager, service, "start", START)?;
    } else {
        control(host, manager, service, "restart", START)?;
    }
    if lease(host, subnet_file).is_some() {
        return Ok(());
    }
    Err(StepError::Told(format!(
        "{service} was started anew, and {subnet_file} holds no lease"
    )))
}
