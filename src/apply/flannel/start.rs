//! Starting flanneld, and what it says when it comes to nothing.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::lease::{has_way, lease};
use super::{START, control, remove_if_there};
use crate::apply::error::StepError;
use crate::apply::{etcd, service};
use crate::host::{Command, Host};
use crate::plan::overlay::flannel::client::Client;
use crate::plan::step::Manager;

/// flanneld does not end on a bad setup, it goes on trying: what it says is all
/// that there is.
pub(super) fn start(
    host: &dyn Host,
    manager: Manager,
    service: &str,
    subnet_file: &str,
    log: &str,
) -> Result<(), StepError> {
    if manager == Manager::Systemd {
        host.run(&Command::new(["systemctl", "daemon-reload"]))?;
    }
    // One that runs without a lease is started anew; whose lease is there was
    // found before.
    if service::is_started(host, manager, service) {
        service::stop(host, manager, service)?;
    }
    // It outlives flanneld, and says nothing of the one that is started.
    remove_if_there(host, subnet_file)?;
    let started = control(host, manager, service, "start", START);
    if lease(host, subnet_file).is_some() && started.is_ok() {
        return Ok(());
    }
    Err(StepError::Told(format!(
        "flanneld has no lease: {}",
        cause(host, log)
    )))
}

/// What flanneld's log says last, without its time stamps.
pub(super) fn cause(host: &dyn Host, log: &str) -> String {
    let bytes = host.read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let said = |line: &str| -> String {
        let text = line.split_once("] ").map_or(line, |(_, text)| text);
        crate::host::http::printable(text.trim())
    };
    let errors = text
        .lines()
        .rev()
        .find(|line| line.starts_with('E') || line.contains("ailed"));
    match errors {
        Some(line) => format!("it says \"{}\" ({log})", said(line)),
        // v0.20.2 with an etcd that it cannot reach.
        None => {
            format!("it says nothing of a reason, as newer ones do that cannot reach etcd ({log})")
        }
    }
}

/// The peers that have a lease and no way to it.
pub(super) fn missing_routes(
    host: &dyn Host,
    etcd: &Client,
    api: u8,
    (prefix, network): (&str, Ipv4Net),
    peers: &[Ipv4Addr],
) -> Result<Vec<Ipv4Addr>, StepError> {
    let mut missing = Vec::new();
    for lease in etcd::leases(host, etcd, api, prefix)? {
        if peers.contains(&lease.node) && !has_way(host, lease.subnet, network)? {
            missing.push(lease.node);
        }
    }
    Ok(missing)
}
