//! Interfaces, routes and listening ports.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Fact;
use super::listeners;
use super::ports;
use super::reader::Reader;
use crate::host::netlink;

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
    /// Ports that a target may need and that cannot be bound, with who holds
    /// them; not known of a host that is only written down.
    pub busy: Fact<Vec<BusyPort>>,
    /// Interfaces whose name is bound to their hardware address, so that a boot
    /// cannot swap them.
    pub pinned: Fact<Vec<String>>,
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
    /// Those of them that have a life time, as from DHCP.
    #[serde(default)]
    pub dynamic: Vec<IpNet>,
    /// Those of them that cannot be used, or not yet.
    #[serde(default)]
    pub tentative: Vec<IpNet>,
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

/// A port that cannot be bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusyPort {
    /// `tcp` or `udp`.
    pub protocol: String,
    /// Port.
    pub port: u16,
    /// Name of the process that holds it, where it could be found: a kernel's own
    /// socket has none, and other users' are hidden from those who are not root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

const IFF_UP: u32 = 1;
const IFF_LOWER_UP: u32 = 0x1_0000;

/// Reads interfaces, routes and listening ports.
pub fn collect(reader: &Reader) -> Network {
    let links = reader.links();
    Network {
        routes: reader.routes().map(|routes| {
            let links = links.value().map(Vec::as_slice);
            convert_routes(routes, links.unwrap_or_default())
        }),
        interfaces: interfaces(reader, &links),
        listeners: listeners::collect(reader),
        busy: ports::collect(reader),
        pinned: pinned(reader),
    }
}

/// Names that udev's rules or ifcfg files tie to a hardware address.
fn pinned(reader: &Reader) -> Fact<Vec<String>> {
    let mut names = Vec::new();
    match reader.text("/etc/udev/rules.d/70-persistent-net.rules") {
        Fact::Known { value, .. } => {
            let lines = value.lines().filter(|line| !line.trim().starts_with('#'));
            names.extend(lines.filter_map(|line| {
                let (_, rest) = line.split_once("NAME=\"")?;
                Some(rest.split('"').next()?.to_owned())
            }));
        }
        Fact::Absent { .. } => {}
        hindered => return hindered.unknown(""),
    }
    let folder = "/etc/sysconfig/network-scripts";
    match reader.list(folder) {
        Fact::Known { value, .. } => {
            for name in value.iter().filter_map(|name| name.strip_prefix("ifcfg-")) {
                let text = reader.text(&format!("{folder}/ifcfg-{name}"));
                if text.value().is_some_and(|text| {
                    text.lines()
                        .any(|line| line.trim_start().starts_with("HWADDR="))
                }) {
                    names.push(name.to_owned());
                }
            }
        }
        Fact::Absent { .. } => {}
        hindered => return hindered.unknown(""),
    }
    Fact::known(names, "/etc/udev/rules.d, /etc/sysconfig/network-scripts")
}

/// The names of links by their numbers; of two with one number the first.
fn names(links: &[netlink::Link]) -> BTreeMap<u32, &str> {
    let all = links.iter().rev();
    all.map(|link| (link.index, link.name.as_str())).collect()
}

/// The interfaces of netlink, with what getifaddrs(3) knows beside it. Where
/// netlink does not answer, the latter alone.
fn interfaces(reader: &Reader, links: &Fact<Vec<netlink::Link>>) -> Fact<Vec<Interface>> {
    let listed = reader.interfaces();
    let also = listed.value().cloned().unwrap_or_default();
    let mut addresses = reader.addresses().value().cloned().unwrap_or_default();
    addresses.sort_by_key(|address| address.secondary);
    let Some(known) = links.value() else {
        return match listed {
            Fact::Known { source, .. } => {
                let why = links.unknown::<()>("");
                Fact::known(
                    also.iter().map(|i| without_netlink(i, &why)).collect(),
                    source,
                )
            }
            other => other.unknown(""),
        };
    };
    let names = names(known);
    let mut by_link: BTreeMap<u32, Vec<&netlink::Address>> = BTreeMap::new();
    for address in &addresses {
        by_link.entry(address.index).or_default().push(address);
    }
    let mut interfaces: Vec<Interface> = known
        .iter()
        .map(|link| {
            let own = by_link.get(&link.index).into_iter().flatten().copied();
            let net = |address: &netlink::Address| IpNet::new(address.address, address.prefix).ok();
            let mut interface = interface(reader, link, &names);
            interface.addresses = own.clone().filter_map(net).collect();
            let dynamic = own.clone().filter(|address| address.dynamic);
            interface.dynamic = dynamic.filter_map(net).collect();
            interface.tentative = own.filter(|a| a.tentative).filter_map(net).collect();
            if let Some(other) = also.iter().find(|other| other.index == link.index) {
                interface.addresses.extend(nets(other));
            }
            unique(&mut interface.addresses);
            interface
        })
        .collect();
    interfaces.sort_by_key(|interface| interface.index);
    interfaces.dedup_by_key(|interface| interface.index);
    Fact::known(interfaces, links.source())
}

fn nets(interface: &pnet_datalink::NetworkInterface) -> impl Iterator<Item = IpNet> {
    let ips = interface.ips.iter();
    ips.filter_map(|net| IpNet::new(net.ip(), net.prefix()).ok())
}

/// Removes repetitions, wherever they stand; the first one stays.
fn unique(addresses: &mut Vec<IpNet>) {
    let mut seen = std::collections::BTreeSet::new();
    addresses.retain(|address| seen.insert(*address));
}

fn interface(reader: &Reader, link: &netlink::Link, names: &BTreeMap<u32, &str>) -> Interface {
    let source = "netlink RTM_GETLINK";
    let name_of = |index: u32| names.get(&index).map(|name| (*name).to_owned());
    let sysfs = format!("/sys/class/net/{}", link.name);
    let device = confirmed(reader, link, &sysfs);
    let elsewhere = link.parent_elsewhere;
    let parent = link.parent.filter(|_| !elsewhere);
    Interface {
        name: link.name.clone(),
        index: link.index,
        kind: kind(reader, link, device.value().map(|_| &sysfs)),
        state: match link.operstate {
            Some(state) => Fact::known(operstate(state), source),
            None => Fact::unreadable("the kernel does not tell IFLA_OPERSTATE", source),
        },
        admin_up: link.flags & IFF_UP != 0,
        // Kernels before 3.8 tell it by the flag alone.
        carrier: Fact::known(
            link.carrier.unwrap_or(link.flags & IFF_LOWER_UP != 0),
            source,
        ),
        mac: match link.mac {
            Some(mac) if mac != [0; 6] => Fact::known(mac_text(mac), source),
            _ => Fact::absent("it has no hardware address", source),
        },
        mtu: match link.mtu {
            Some(mtu) => Fact::known(mtu, source),
            None => Fact::unreadable("the kernel does not tell IFLA_MTU", source),
        },
        speed: of_device(&device, || speed(reader, &sysfs)),
        driver: of_device(&device, || driver(reader, &sysfs)),
        master: link.master.and_then(name_of),
        parent: parent.and_then(name_of),
        parent_elsewhere: elsewhere,
        addresses: Vec::new(),
        dynamic: Vec::new(),
        tentative: Vec::new(),
    }
}

/// Whether /sys shows this very interface: in a network namespace that was
/// entered without a sysfs of its own it shows another host's, which may have
/// the same names.
fn confirmed(reader: &Reader, link: &netlink::Link, sysfs: &str) -> Fact<bool> {
    let index = reader.text(&format!("{sysfs}/ifindex"));
    let other =
        |what: &str| Fact::unreadable(format!("/sys shows another interface: {what}"), sysfs);
    match index.value().map(|text| text.trim().parse::<u32>()) {
        Some(Ok(index)) if index == link.index => {}
        Some(Ok(index)) => return other(&format!("index {index}, not {}", link.index)),
        Some(Err(_)) => return other("its index is no number"),
        None => return index.unknown(""),
    }
    let address = reader.text(&format!("{sysfs}/address"));
    match (
        address.value().map(|text| text.trim().to_lowercase()),
        link.mac,
    ) {
        (Some(shown), Some(mac)) if shown != mac_text(mac) => {
            other(&format!("address {shown}, not {}", mac_text(mac)))
        }
        _ => Fact::known(true, sysfs),
    }
}

fn of_device<T>(device: &Fact<bool>, read: impl FnOnce() -> Fact<T>) -> Fact<T> {
    match device.value() {
        Some(true) => read(),
        _ => match device.unknown("") {
            // Not shown is not the same as not there.
            Fact::Absent { why, source } => Fact::unreadable(why, source),
            other => other,
        },
    }
}

fn kind(reader: &Reader, link: &netlink::Link, sysfs: Option<&String>) -> Fact<String> {
    let source = "netlink RTM_GETLINK";
    let plain = match (&link.kind, link.arp_type) {
        (Some(kind), _) => kind.as_str(),
        (None, 772) => "loopback",
        (None, 768) => "ipip",
        (None, 776) => "sit",
        (None, 778) => "gre",
        (None, 801..=803) => "wireless",
        (None, 1) => {
            let has = |name| sysfs.is_some_and(|sysfs| reader.surely(&format!("{sysfs}/{name}")));
            if has("wireless") || has("phy80211") {
                return Fact::known("wireless".into(), "/sys/class/net");
            } else if has("bonding") {
                return Fact::known("bond".into(), "/sys/class/net");
            } else if has("bridge") {
                return Fact::known("bridge".into(), "/sys/class/net");
            }
            "ethernet"
        }
        (None, other) => {
            return Fact::unreadable(format!("hardware type {other} has no name here"), source);
        }
    };
    Fact::known(plain.into(), source)
}

/// Names of `IF_OPER_*`, as `ip link` has them, in lower case.
fn operstate(state: u8) -> String {
    match state {
        1 => "notpresent",
        2 => "down",
        3 => "lowerlayerdown",
        4 => "testing",
        5 => "dormant",
        6 => "up",
        _ => "unknown",
    }
    .into()
}

fn mac_text(mac: [u8; 6]) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}

fn speed(reader: &Reader, sysfs: &str) -> Fact<u64> {
    // -1 without a carrier, EINVAL where the driver tells none.
    reader.text(&format!("{sysfs}/speed")).parse(|text| {
        let speed = text.trim().parse::<u64>();
        speed.map_err(|_| format!("the driver tells {}", text.trim().escape_debug()))
    })
}

fn driver(reader: &Reader, sysfs: &str) -> Fact<String> {
    let link = reader.link(&format!("{sysfs}/device/driver"));
    link.map(|target| target.rsplit('/').next().unwrap_or_default().to_string())
}

/// What getifaddrs(3) alone tells of an interface.
fn without_netlink(interface: &pnet_datalink::NetworkInterface, why: &Fact<()>) -> Interface {
    let mut addresses = nets(interface).collect();
    unique(&mut addresses);
    let source = "getifaddrs(3)";
    Interface {
        name: interface.name.clone(),
        index: interface.index,
        kind: if interface.is_loopback() {
            Fact::known("loopback".into(), source)
        } else {
            why.unknown("")
        },
        state: why.unknown(""),
        admin_up: interface.is_up(),
        carrier: why.unknown(""),
        mac: match interface.mac {
            Some(mac) if mac != pnet_datalink::MacAddr::zero() => {
                Fact::known(mac.to_string(), source)
            }
            _ => Fact::absent("it has no hardware address", source),
        },
        mtu: why.unknown(""),
        speed: why.unknown(""),
        driver: why.unknown(""),
        master: None,
        parent: None,
        parent_elsewhere: false,
        addresses,
        dynamic: Vec::new(),
        tentative: Vec::new(),
    }
}

fn convert_routes(routes: Vec<netlink::Route>, links: &[netlink::Link]) -> Vec<Route> {
    let names = names(links);
    let mut routes: Vec<Route> = routes
        .into_iter()
        .filter_map(|route| {
            Some(Route {
                table: route.table,
                kind: route_kind(route.kind),
                destination: IpNet::new(route.destination, route.prefix).ok()?,
                gateway: route.gateway,
                interface: route
                    .index
                    .and_then(|index| names.get(&index))
                    .map(|name| (*name).to_owned()),
                metric: route.metric,
                source: route.source,
                mtu: route.mtu,
            })
        })
        .collect();
    // IPv4 before IPv6, main before local, the default route first.
    routes.sort_by_key(|route| {
        let v6 = route.destination.addr().is_ipv6();
        (v6, route.table, route.destination, route.metric)
    });
    routes.dedup();
    routes
}

/// Names of `RTN_*`, as `ip route` has them.
fn route_kind(kind: u8) -> String {
    let names = [
        "unspec",
        "unicast",
        "local",
        "broadcast",
        "anycast",
        "multicast",
        "blackhole",
        "unreachable",
        "prohibit",
        "throw",
        "nat",
        "xresolve",
    ];
    let name = names.get(usize::from(kind));
    name.map_or_else(|| kind.to_string(), |name| (*name).to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;
    use std::net::Ipv4Addr;

    fn link(index: u32, name: &str, kind: Option<&str>) -> netlink::Link {
        netlink::Link {
            index,
            name: name.into(),
            flags: IFF_UP | IFF_LOWER_UP,
            arp_type: 1,
            mtu: Some(1500),
            mac: Some([2, 0, 0, 0, 0, 1]),
            operstate: Some(6),
            kind: kind.map(Into::into),
            ..netlink::Link::default()
        }
    }

    fn with(links: Vec<netlink::Link>) -> Scripted {
        let mut host = Scripted::new();
        host.links = links;
        host
    }

    fn first(host: &Scripted) -> Interface {
        let network = collect(&Reader::new(host));
        network.interfaces.value().unwrap().first().unwrap().clone()
    }

    #[test]
    fn a_card_with_its_own_sysfs() {
        let host = with(vec![link(2, "eth0", None)])
            .file("/sys/class/net/eth0/ifindex", "2\n")
            .file("/sys/class/net/eth0/address", "02:00:00:00:00:01\n")
            .file("/sys/class/net/eth0/speed", "10000\n")
            .file("/sys/class/net/bonding_masters", "bond0\n")
            .link(
                "/sys/class/net/eth0/device/driver",
                "../../bus/drivers/virtio_net",
            );
        let eth0 = first(&host);
        assert_eq!(eth0.kind.value().unwrap(), "ethernet");
        assert_eq!(eth0.speed.value(), Some(&10000));
        assert_eq!(eth0.driver.value().unwrap(), "virtio_net");
        assert_eq!(eth0.mac.value().unwrap(), "02:00:00:00:00:01");
        assert_eq!(eth0.state.value().unwrap(), "up");
        assert_eq!(eth0.carrier.value(), Some(&true));
        let all = collect(&Reader::new(&host)).interfaces;
        assert_eq!(all.value().unwrap().len(), 1);
    }

    #[test]
    fn the_sysfs_of_another_host_is_not_believed() {
        let base = || with(vec![link(2, "eth0", None)]).file("/sys/class/net/eth0/speed", "10000");
        for host in [
            base(),
            base().file("/sys/class/net/eth0/ifindex", "5\n"),
            base()
                .file("/sys/class/net/eth0/ifindex", "2\n")
                .file("/sys/class/net/eth0/address", "02:00:00:00:00:99\n"),
        ] {
            let eth0 = first(&host);
            assert!(matches!(eth0.speed, Fact::Unreadable { .. }));
            assert!(matches!(eth0.driver, Fact::Unreadable { .. }));
            assert_eq!(eth0.mtu.value(), Some(&1500));
        }
    }

    #[test]
    fn a_speed_that_the_driver_does_not_tell() {
        let host = || with(vec![link(2, "eth0", None)]).file("/sys/class/net/eth0/ifindex", "2\n");
        let down = host().file("/sys/class/net/eth0/speed", "-1\n");
        assert!(matches!(first(&down).speed, Fact::Unreadable { .. }));
        let none = host().fail("/sys/class/net/eth0/speed", libc::EINVAL);
        assert!(
            matches!(first(&none).speed, Fact::Unreadable { why, .. } if why.starts_with("EINVAL"))
        );
    }

    #[test]
    fn masters_and_parents_have_names_in_this_namespace_only() {
        let mut slave = link(3, "eth1", None);
        slave.master = Some(4);
        let mut vlan = link(5, "eth1.7", Some("vlan"));
        vlan.parent = Some(3);
        let mut veth = link(6, "veth0", Some("veth"));
        (veth.parent, veth.parent_elsewhere) = (Some(3), true);
        let host = with(vec![vlan, veth, slave, link(4, "bond0", Some("bond"))]);
        let network = collect(&Reader::new(&host));
        let all = network.interfaces.value().unwrap();
        let names: Vec<_> = all.iter().map(|i| i.name.as_str()).collect();
        assert_eq!(names, ["eth1", "bond0", "eth1.7", "veth0"]);
        assert_eq!(all[0].master.as_deref(), Some("bond0"));
        assert_eq!(all[2].parent.as_deref(), Some("eth1"));
        assert_eq!(
            (all[3].parent.as_deref(), all[3].parent_elsewhere),
            (None, true)
        );
    }

    #[test]
    fn addresses_are_merged_primary_first() {
        let mut host = with(vec![link(2, "eth0", None)]);
        let address = |last, secondary| netlink::Address {
            index: 2,
            address: Ipv4Addr::new(10, 0, 0, last).into(),
            prefix: 24,
            scope: 0,
            secondary,
            dynamic: false,
            tentative: false,
        };
        host.addresses = vec![address(9, true), address(2, false), address(2, false)];
        let text: Vec<_> = first(&host)
            .addresses
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(text, ["10.0.0.2/24", "10.0.0.9/24"]);
    }

    #[test]
    fn without_netlink_the_other_source_is_used_and_the_rest_unknown() {
        let mut host = Scripted::new();
        host.netlink_error = Some(libc::EPERM);
        host.interfaces = vec![pnet_datalink::NetworkInterface {
            name: "eth0".into(),
            description: String::new(),
            index: 2,
            mac: Some(pnet_datalink::MacAddr::new(2, 0, 0, 0, 0, 1)),
            ips: vec!["10.0.0.2/24".parse().unwrap()],
            flags: 1,
        }];
        let eth0 = first(&host);
        assert!(matches!(&eth0.kind, Fact::Unreadable { why, .. } if why.starts_with("EPERM")));
        assert_eq!((eth0.admin_up, eth0.addresses.len()), (true, 1));
        assert!(matches!(
            collect(&Reader::new(&host)).routes,
            Fact::Unreadable { .. }
        ));
    }

    #[test]
    fn routes_keep_their_tables_in_a_fixed_order() {
        let route = |table, a: [u8; 4], prefix| netlink::Route {
            table,
            destination: a.into(),
            prefix,
            gateway: None,
            index: Some(2),
            metric: 0,
            kind: 1,
            source: None,
            mtu: None,
        };
        let mut host = with(vec![link(2, "eth0", None)]);
        host.routes = vec![
            route(255, [10, 0, 0, 2], 32),
            route(254, [10, 0, 0, 0], 24),
            route(254, [0; 4], 0),
        ];
        let routes = collect(&Reader::new(&host)).routes;
        let text: Vec<_> = routes
            .value()
            .unwrap()
            .iter()
            .map(|r| {
                format!(
                    "{} {} {}",
                    r.table,
                    r.destination,
                    r.interface.as_deref().unwrap()
                )
            })
            .collect();
        assert_eq!(
            text,
            [
                "254 0.0.0.0/0 eth0",
                "254 10.0.0.0/24 eth0",
                "255 10.0.0.2/32 eth0"
            ]
        );
    }
}
