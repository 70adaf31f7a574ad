//! Docker, started anew on another bridge.

use std::time::Duration;

use super::{BRIDGE, ROUND, control};
use crate::apply::error::StepError;
use crate::apply::wait::until;
use crate::apply::{bridge, probe, service};
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
        bridge::delete(host, BRIDGE)?;
    }
    control(host, manager, "docker", "start", timeout)?;
    let back = || Ok::<_, StepError>(probe::link(host, BRIDGE)?.is_some());
    if until(host, Duration::from_secs(60), ROUND, back)? {
        return Ok(());
    }
    Err(StepError::Told(format!(
        "Docker was started, and {BRIDGE} has not come back within a minute"
    )))
}
