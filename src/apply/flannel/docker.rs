//! Docker, started anew on another bridge.

use std::time::Duration;

use super::{BRIDGE, ROUND, control};
use crate::apply::error::StepError;
use crate::apply::{probe, service};
use crate::host::{Command, Host};
use crate::plan::step::Manager;

/// Stops Docker, takes its bridge away, whose old address it would keep to, and
/// starts it.
pub(super) fn restart_docker(host: &dyn Host, manager: Manager) -> Result<(), StepError> {
    let timeout = Duration::from_secs(90);
    if manager == Manager::Systemd {
        host.run(&Command::new(["systemctl", "daemon-reload"]))?;
    }
    if service::is_started(host, manager, "docker") {
        control(host, manager, "docker", "stop", timeout)?;
    }
    if probe::link(host, BRIDGE)?.is_some() {
        host.run(&Command::new(["ip", "link", "set", "dev", BRIDGE, "down"]))?;
        host.run(&Command::new(["ip", "link", "delete", "dev", BRIDGE]))?;
    }
    control(host, manager, "docker", "start", timeout)?;
    for _ in 0..60 {
        if probe::link(host, BRIDGE)?.is_some() {
            return Ok(());
        }
        host.sleep(ROUND);
    }
    Err(StepError::Told(format!(
        "Docker was started, and {BRIDGE} has not come back within a minute"
    )))
}
