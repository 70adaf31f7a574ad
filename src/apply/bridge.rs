//! Docker's bridge. Kernels before 2.6.39 change bridges through ioctl alone,
//! which `ip` does not do and `brctl` does.

use super::error::StepError;
use crate::host::{Command, CommandError, Host};

/// Puts a link onto a bridge.
///
/// # Errors
/// What `ip` says where neither can.
pub fn attach(host: &dyn Host, bridge: &str, link: &str) -> Result<(), CommandError> {
    either(
        host,
        ["ip", "link", "set", "dev", link, "master", bridge],
        ["brctl", "addif", bridge, link],
    )
}

/// Deletes a bridge, which is taken down first.
///
/// # Errors
/// What `ip` says where neither can.
pub fn delete(host: &dyn Host, bridge: &str) -> Result<(), StepError> {
    host.run(&Command::new(["ip", "link", "set", "dev", bridge, "down"]))?;
    Ok(either(
        host,
        ["ip", "link", "delete", "dev", bridge],
        ["brctl", "delbr", bridge],
    )?)
}

fn either<const N: usize, const M: usize>(
    host: &dyn Host,
    ip: [&str; N],
    brctl: [&str; M],
) -> Result<(), CommandError> {
    let Err(error) = host.run(&Command::new(ip)) else {
        return Ok(());
    };
    match host.run(&Command::new(brctl)) {
        Ok(_) => Ok(()),
        Err(_) => Err(error),
    }
}
