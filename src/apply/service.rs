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

/// Whether a service is started at boot.
///
/// # Errors
/// When the manager cannot be asked.
pub fn is_enabled(host: &dyn Host, manager: Manager, service: &str) -> Result<bool, StepError> {
    match manager {
        Manager::Systemd => match host.run(&Command::new(["systemctl", "is-enabled", service])) {
            Ok(output) => Ok(output.text().trim() != "static"),
            // systemctl(1): disabled ends with 1
            Err(error) if error.code() == Some(1) => Ok(false),
            Err(error) => Err(error.into()),
        },
        // A job says itself when it starts.
        Manager::Upstart => Ok(host.meta(&format!("/etc/init/{service}.conf")).is_ok()),
        Manager::Sysvinit => Ok(linked(host, service, "S")),
    }
}

/// Whether a run level has a link of the service whose name begins like this.
fn linked(host: &dyn Host, service: &str, begin: &str) -> bool {
    let folders = ["/etc/rc.d/rc3.d", "/etc/rc3.d", "/etc/rc2.d"];
    folders.iter().any(|folder| {
        let names = host.list(folder).unwrap_or_default();
        names.iter().any(|name| {
            let (start, rest) = name.split_at_checked(3).unwrap_or_default();
            start.starts_with(begin) && rest == service
        })
    })
}

/// Whether a service has links of run levels that are kept, also where it is not
/// started: only chkconfig makes and removes those of a script that stays.
pub fn has_links(host: &dyn Host, manager: Manager, service: &str) -> bool {
    manager != Manager::Sysvinit || host.program("chkconfig").is_none() || linked(host, service, "")
}

/// Takes the links of a service away that [`enable`] made, where there were none.
///
/// # Errors
/// When chkconfig refuses.
pub fn forget(host: &dyn Host, manager: Manager, service: &str) -> Result<(), StepError> {
    if manager == Manager::Sysvinit && linked(host, service, "") {
        host.run(&Command::new(["chkconfig", "--del", service]))?;
    }
    Ok(())
}

/// Has a service started at boot, or not any more.
fn at_boot(host: &dyn Host, manager: Manager, service: &str, on: bool) -> Result<(), StepError> {
    let argv: Vec<&str> = match manager {
        Manager::Systemd => vec![
            "systemctl",
            "--quiet",
            if on { "enable" } else { "disable" },
            service,
        ],
        Manager::Upstart => return Ok(()),
        // Red Hat's and SLES', or else Debian's.
        Manager::Sysvinit if host.program("chkconfig").is_some() => {
            vec!["chkconfig", service, if on { "on" } else { "off" }]
        }
        Manager::Sysvinit => vec![
            "update-rc.d",
            service,
            if on { "enable" } else { "disable" },
        ],
    };
    host.run(&Command::new(argv))?;
    Ok(())
}

/// Has a service started at boot.
///
/// # Errors
/// When the manager refuses.
pub fn enable(host: &dyn Host, manager: Manager, service: &str) -> Result<(), StepError> {
    at_boot(host, manager, service, true)
}

/// Has a service not started at boot any more.
///
/// # Errors
/// When the manager refuses.
pub fn disable(host: &dyn Host, manager: Manager, service: &str) -> Result<(), StepError> {
    if is_enabled(host, manager, service)? {
        at_boot(host, manager, service, false)?;
    }
    Ok(())
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
    // A script also clears up after a daemon that has ended by itself.
    if manager == Manager::Sysvinit || is_started(host, manager, service) {
        host.run(&service_command(manager, "stop", service))?;
    }
    Ok(())
}
