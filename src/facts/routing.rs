//! Which route a packet would take, from the routes that were read.

use std::net::{IpAddr, Ipv4Addr};

use super::network::{Interface, Network, Route};

/// The main table (`RT_TABLE_MAIN`).
const MAIN: u32 = 254;

impl Network {
    /// The unicast route of the main table to an address: the longest prefix,
    /// then the lowest metric. Policy rules are not looked at.
    pub fn route_to(&self, to: Ipv4Addr) -> Option<&Route> {
        let routes = self.routes.value()?.iter();
        routes
            .filter(|route| route.table == MAIN && route.kind == "unicast")
            .filter(|route| route.destination.contains(&IpAddr::V4(to)))
            .max_by_key(|route| (route.destination.prefix_len(), u32::MAX - route.metric))
    }

    /// An interface by its name.
    pub fn interface(&self, name: &str) -> Option<&Interface> {
        self.interfaces.value()?.iter().find(|one| one.name == name)
    }

    /// The MTU in bytes of the first hop to an address: that of the route,
    /// where one is set, else that of the interface.
    pub fn mtu_to(&self, to: Ipv4Addr) -> Option<u32> {
        let route = self.route_to(to)?;
        let interface = self.interface(route.interface.as_deref()?)?;
        route.mtu.or_else(|| interface.mtu.value().copied())
    }
}
