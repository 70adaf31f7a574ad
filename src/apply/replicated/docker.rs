//! Docker, as the install script looks for it.

use std::time::Duration;

use crate::apply::error::StepError;
use crate::apply::probe::command_lines;
use crate::apply::wait::wait;
use crate::host::{Command, Host};
use crate::plan::step::Manager;

/// How long Docker may take to stop or start.
const RESTART: Duration = Duration::from_secs(120);

/// Whether a process has `dockerd` on its command line, which is all that the
/// script asks (`ps aux | grep -q '[d]ockerd'`).
pub fn has_name(host: &dyn Host) -> bool {
    command_lines(host).any(|line| String::from_utf8_lossy(&line).contains("dockerd"))
}

/// Waits until it has.
pub fn wait_for_name(host: &dyn Host) -> bool {
    wait(host, Duration::from_secs(60), || has_name(host))
}

/// Starts Docker anew.
///
/// # Errors
/// When its manager refuses.
pub fn restart(host: &dyn Host, manager: Manager) -> Result<(), StepError> {
    let argv = match manager {
        Manager::Systemd => ["systemctl", "restart", "docker"],
        Manager::Upstart => ["initctl", "restart", "docker"],
        Manager::Sysvinit => ["service", "docker", "restart"],
    };
    host.run(&Command::new(argv).timeout(RESTART))?;
    Ok(())
}
