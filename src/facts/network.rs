//! Interfaces, routes and listening ports.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Fact;

/// The network of this host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Interfaces, in the order of their indices.
    pub interfaces: Fact<Vec<Interface>>,
    /// Routes of all tables.
    pub routes: Fact<Vec<Route>>,
    /// Ports that something listens on.
    pub listeners: Fact<Vec<Listener>>,
}

/// A network interface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interface {
    /// Name.
    pub name: String,
    /// Index.
    pub index: u32,
    /// Kind: loopback, ethernet, wireless, or the kernel's own word for a
    /// virtual link (bridge, bond, team, vlan, veth, tun, wireguard, vxlan,
    /// dummy, macvlan …).
    pub kind: Fact<String>,
    /// `up`, `down`, or what the kernel says otherwise (`dormant`,
    /// `lowerlayerdown` …).
    pub state: Fact<String>,
    /// Whether the administrator has set it up (`IFF_UP`).
    pub admin_up: bool,
    /// Whether the kernel sees a carrier.
    pub carrier: Fact<bool>,
    /// Hardware address, lower case with colons; absent where the link has none.
    pub mac: Fact<String>,
    /// MTU in bytes.
    pub mtu: Fact<u32>,
    /// Speed in Mbit/s.
    pub speed: Fact<u64>,
    /// Driver of the device.
    pub driver: Fact<String>,
    /// Bridge, bond or team that it is a part of.
    pub master: Option<String>,
    /// The interface below it (VLAN, macvlan) or the other end of a veth in
    /// this namespace.
    pub parent: Option<String>,
    /// Whether its other end is in another network namespace.
    pub parent_elsewhere: bool,
    /// Addresses with their prefixes, the primary ones first.
    pub addresses: Vec<IpNet>,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Table: 254 main, 255 local.
    pub table: u32,
    /// Kind: unicast, local, broadcast, blackhole, unreachable, prohibit …
    pub kind: String,
    /// Destination; `0.0.0.0/0` or `::/0` for the default route.
    pub destination: IpNet,
    /// Gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<IpAddr>,
    /// Interface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// Metric, 0 where none is set.
    pub metric: u32,
    /// Preferred source address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<IpAddr>,
    /// MTU of the route, where one is set, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
}

/// A port that something listens on, or a bound datagram socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// `tcp` or `udp`.
    pub protocol: String,
    /// Address that it is bound to.
    pub address: IpAddr,
    /// Port.
    pub port: u16,
}
