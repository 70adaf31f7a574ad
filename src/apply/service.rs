//! Services of the running service manager.

use super::error::StepError;
use crate::host::{Command, Host};
use crate::plan::step::Manager;

fn service_command(manager: Manager, verb: &str, service: &str) -> Command {
    Command::new(match manager {
        Manager::Systemd => vec!["systemctl", verb, service],
        Manager::Upstart => vec!["initctl", verb, service],
        Manager::Sysvinit => vec!["service", service, verb],
    })
}

/// Whether a service runs.
pub fn is_started(host: &dyn Host, manager: Manager, service: &str) -> bool {
    let verb = match manager {
        Manager::Systemd => "is-active",
        Manager::Upstart | Manager::Sysvinit => "status",
    };
    let answer = host.run(&service_command(manager, verb, service));
    answer.is_ok_and(|output| manager != Manager::Upstart || output.text().contains("start/"))
}

/// Starts a service, whose files may be new.
///
/// # Errors
/// When the manager refuses.
pub fn start(host: &dyn Host, manager: Manager, service: &str) -> Result<(), StepError> {
    if manager == Manager::Systemd {
        host.run(&Command::new(["systemctl", "daemon-reload"]))?;
    }
    host.run(&service_command(manager, "start", service))?;
    Ok(())
}

/// Stops a service that runs.
///
/// # Errors
/// When the manager refuses.
pub fn stop(host: &dyn Host, manager: Manager, service: &str) -> Result<(), StepError> {
    if is_started(host, manager, service) {
        host.run(&service_command(manager, "stop", service))?;
    }
    Ok(())
}
