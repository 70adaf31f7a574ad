//! The lease, and who is in it.

use std::net::IpAddr;

use ipnet::Ipv4Net;

use crate::apply::docker::bridge_address;
use crate::apply::error::StepError;
use crate::host::Host;

/// The lease as flanneld wrote it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Address of the bridge, with the subnet's prefix.
    pub subnet: Ipv4Net,
    /// MTU in bytes.
    pub mtu: u32,
}

/// The lease in a file; none where there is no file, or no lease in it.
pub fn lease(host: &dyn Host, file: &str) -> Option<Lease> {
    let text = String::from_utf8(host.read(file).ok()?).ok()?;
    let value = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    Some(Lease {
        subnet: value("FLANNEL_SUBNET")?.parse().ok()?,
        mtu: value("FLANNEL_MTU")?.parse().ok()?,
    })
}

/// Whether Docker's bridge has exactly the lease's address.
pub fn on_lease(host: &dyn Host, lease: &Lease) -> bool {
    bridge_address(host).is_ok_and(|address| address == Some(lease.subnet))
}

/// Whether there is a way to a subnet that is not just the default route: one of
/// its own, or one that flanneld's device has for all.
pub fn has_way(host: &dyn Host, subnet: Ipv4Net, network: Ipv4Net) -> Result<bool, StepError> {
    let routes = host.routes().map_err(|e| StepError::file("netlink", e))?;
    Ok(routes.iter().any(|route| {
        let IpAddr::V4(to) = route.destination else {
            return false;
        };
        let net = Ipv4Net::new(to, route.prefix).ok();
        route.table == 254 && net.is_some_and(|net| net.contains(&subnet) && network.contains(&net))
    }))
}
