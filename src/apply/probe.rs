//! What the kernel has now, as far as steps and their undoing ask.

use std::net::IpAddr;

use ipnet::Ipv4Net;

use super::error::StepError;
use crate::host::Host;
use crate::host::netlink::Link;

/// Whether a module is loaded or built in with its own entry in sysfs.
pub fn module_loaded(host: &dyn Host, name: &str) -> bool {
    host.meta(&format!("/sys/module/{}", name.replace('-', "_")))
        .is_ok()
}

/// The processes that /proc shows, by their ids.
pub fn processes(host: &dyn Host) -> impl Iterator<Item = String> {
    let names = host.list("/proc").unwrap_or_default().into_iter();
    names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Their command lines, each argument ended by a NUL (proc(5)); those of processes that
/// have ended meanwhile are left out.
pub fn command_lines(host: &dyn Host) -> impl Iterator<Item = Vec<u8>> {
    processes(host).filter_map(|pid| host.read(&format!("/proc/{pid}/cmdline")).ok())
}

/// A link by its name.
///
/// # Errors
/// When netlink cannot be asked.
pub fn link(host: &dyn Host, name: &str) -> Result<Option<Link>, StepError> {
    let links = host.links().map_err(|e| StepError::file("netlink", e))?;
    Ok(links.into_iter().find(|link| link.name == name))
}

/// Whether the main table has a route to `destination` through `interface`.
///
/// # Errors
/// When netlink cannot be asked.
pub fn has_route(host: &dyn Host, destination: &str, interface: &str) -> Result<bool, StepError> {
    let Some(link) = link(host, interface)? else {
        return Ok(false);
    };
    let routes = host.routes().map_err(|e| StepError::file("netlink", e))?;
    let Ok(wanted) = destination.parse::<Ipv4Net>() else {
        return Ok(false);
    };
    Ok(routes.iter().any(|route| {
        route.table == 254
            && route.index == Some(link.index)
            && route.destination == IpAddr::V4(wanted.network())
            && route.prefix == wanted.prefix_len()
    }))
}
