//! Links, addresses and routes of the network namespace, over rtnetlink.
//!
//! Only the attributes that groundcrew uses are looked at, each by its number,
//! so that neither an old kernel's shorter answers nor a new kernel's unknown
//! attributes get in the way. The numbers are those of the kernel's
//! `include/uapi/linux/{if_link,if_addr,rtnetlink}.h`.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_core::NlasIterator;
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};

const RTM_GETLINK: u16 = 18;
const RTM_GETADDR: u16 = 22;
const RTM_GETROUTE: u16 = 26;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
/// `NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH`
const DUMP: u16 = 0x301;

/// A link, as `ip -d link` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Link {
    /// Interface index.
    pub index: u32,
    /// Name.
    pub name: String,
    /// `IFF_*` flags.
    pub flags: u32,
    /// `ARPHRD_*` type: 1 Ethernet, 772 loopback, 65534 none.
    pub arp_type: u16,
    /// MTU in bytes.
    pub mtu: Option<u32>,
    /// Hardware address, where the link has one.
    pub mac: Option<[u8; 6]>,
    /// Index of the bridge, bond or team that it is part of.
    pub master: Option<u32>,
    /// Index of the link below (VLAN, macvlan) or of a veth's other end.
    pub parent: Option<u32>,
    /// Whether `parent` is an index in another network namespace.
    pub parent_elsewhere: bool,
    /// `IF_OPER_*` state: 2 down, 5 dormant, 6 up, 0 unknown.
    pub operstate: Option<u8>,
    /// Carrier; kernels before 3.8 do not say.
    pub carrier: Option<bool>,
    /// Kind (`bridge`, `veth`, `tun`, `wireguard` …); none for plain devices.
    pub kind: Option<String>,
}

/// An address of an interface.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Address {
    /// Index of the interface.
    pub index: u32,
    /// The address of this host.
    pub address: IpAddr,
    /// Length of the prefix.
    pub prefix: u8,
    /// `RT_SCOPE_*`: 0 global, 253 link, 254 host.
    pub scope: u8,
    /// Whether the kernel marks it secondary.
    pub secondary: bool,
    /// Whether it has a life time, as one from DHCP or a router has.
    pub dynamic: bool,
    /// Whether it cannot be used yet, or since another host has it too.
    pub tentative: bool,
}

/// A route of any table.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Route {
    /// Table: 254 main, 255 local, 253 default.
    pub table: u32,
    /// Destination; 0.0.0.0 or :: with prefix 0 for the default route.
    pub destination: IpAddr,
    /// Length of the destination's prefix.
    pub prefix: u8,
    /// Gateway, where there is one.
    pub gateway: Option<IpAddr>,
    /// Index of the interface.
    pub index: Option<u32>,
    /// Metric (priority), 0 where none is set.
    pub metric: u32,
    /// `RTN_*` type: 1 unicast, 2 local, 3 broadcast, 6 blackhole …
    pub kind: u8,
    /// Preferred source address.
    pub source: Option<IpAddr>,
    /// MTU metric of the route, where one is set, in bytes.
    pub mtu: Option<u32>,
}

/// All links.
pub(super) fn links() -> io::Result<Vec<Link>> {
    // struct ifinfomsg, family unspecified
    Ok(dump(RTM_GETLINK, &[0; 16])?
        .iter()
        .filter_map(|m| link(m))
        .collect())
}

/// All addresses, IPv4 and IPv6.
pub(super) fn addresses() -> io::Result<Vec<Address>> {
    // struct ifaddrmsg
    Ok(dump(RTM_GETADDR, &[0; 8])?
        .iter()
        .filter_map(|m| address(m))
        .collect())
}

/// All routes of all tables, IPv4 and IPv6; cached clones left out.
pub(super) fn routes() -> io::Result<Vec<Route>> {
    // struct rtmsg
    Ok(dump(RTM_GETROUTE, &[0; 12])?
        .iter()
        .filter_map(|m| route(m))
        .collect())
}

/// Sends one dump request and returns the bodies of the answers.
fn dump(kind: u16, body: &[u8]) -> io::Result<Vec<Vec<u8>>> {
    dump_from(NETLINK_ROUTE, kind, body)
}

/// The same for another netlink protocol.
pub(super) fn dump_from(protocol: isize, kind: u16, body: &[u8]) -> io::Result<Vec<Vec<u8>>> {
    let mut socket = Socket::new(protocol)?;
    socket.bind_auto()?;
    socket.connect(&SocketAddr::new(0, 0))?;
    let length = u32::try_from(16 + body.len()).unwrap_or(u32::MAX);
    let mut request = Vec::with_capacity(16 + body.len());
    request.extend(length.to_ne_bytes());
    request.extend(kind.to_ne_bytes());
    request.extend(DUMP.to_ne_bytes());
    request.extend(1u32.to_ne_bytes());
    request.extend(0u32.to_ne_bytes());
    request.extend(body);
    socket.send(&request, 0)?;
    let mut bodies = Vec::new();
    loop {
        let (datagram, _) = socket.recv_from_full()?;
        let mut rest = datagram.as_slice();
        while let Some((kind, body, next)) = message(rest) {
            match kind {
                NLMSG_DONE => return Ok(bodies),
                NLMSG_ERROR => return Err(error(body)),
                _ => bodies.push(body.to_vec()),
            }
            rest = next;
        }
    }
}

/// The first message of a datagram: type, body, what follows.
fn message(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = usize::try_from(u32_at(bytes, 0)?).ok()?;
    let kind = u16::from_ne_bytes(bytes.get(4..6)?.try_into().ok()?);
    let body = bytes.get(16..length)?;
    let next = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    Some((kind, body, next))
}

fn error(body: &[u8]) -> io::Error {
    match u32_at(body, 0) {
        Some(code) if code != 0 => io::Error::from_raw_os_error(code.cast_signed().wrapping_neg()),
        _ => io::ErrorKind::InvalidData.into(),
    }
}

fn link(body: &[u8]) -> Option<Link> {
    let mut link = Link {
        arp_type: u16::from_ne_bytes(body.get(2..4)?.try_into().ok()?),
        index: u32_at(body, 4)?,
        flags: u32_at(body, 8)?,
        ..Link::default()
    };
    for (kind, value) in attributes(body.get(16..)?) {
        match kind {
            1 => link.mac = value.try_into().ok(),
            3 => link.name = text(value),
            4 => link.mtu = u32_at(value, 0),
            5 => link.parent = u32_at(value, 0).filter(|index| *index != 0),
            10 => link.master = u32_at(value, 0).filter(|index| *index != 0),
            16 => link.operstate = value.first().copied(),
            // IFLA_LINKINFO holds IFLA_INFO_KIND
            18 => link.kind = attributes(value).find(|a| a.0 == 1).map(|a| text(a.1)),
            33 => link.carrier = value.first().map(|carrier| *carrier != 0),
            37 => link.parent_elsewhere = true,
            _ => {}
        }
    }
    (!link.name.is_empty()).then_some(link)
}

fn address(body: &[u8]) -> Option<Address> {
    let (family, prefix) = (*body.first()?, *body.get(1)?);
    let (flags, scope, index) = (*body.get(2)?, *body.get(3)?, u32_at(body, 4)?);
    let (mut local, mut peer) = (None, None);
    let mut flags = u32::from(flags);
    for (kind, value) in attributes(body.get(8..)?) {
        match kind {
            // IFA_FLAGS, since 3.14: all 32 of them
            8 => flags = u32_at(value, 0).unwrap_or(flags),
            1 => peer = ip(family, value),
            2 => local = ip(family, value),
            _ => {}
        }
    }
    // On a point-to-point link IFA_ADDRESS is the other end's.
    Some(Address {
        index,
        address: local.or(peer)?,
        prefix,
        scope,
        secondary: family == 2 && flags & 1 != 0,
        // IFA_F_PERMANENT; IFA_F_TENTATIVE, IFA_F_DADFAILED
        dynamic: flags & 0x80 == 0,
        tentative: flags & 0x48 != 0,
    })
}

fn route(body: &[u8]) -> Option<Route> {
    let (family, prefix) = (*body.first()?, *body.get(1)?);
    let (table, kind, flags) = (*body.get(4)?, *body.get(7)?, u32_at(body, 8)?);
    // RTM_F_CLONED: an entry of the cache, not a route somebody set
    if flags & 0x200 != 0 {
        return None;
    }
    let unspecified = match family {
        2 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        10 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        _ => return None,
    };
    let mut route = Route {
        table: u32::from(table),
        destination: unspecified,
        prefix,
        gateway: None,
        index: None,
        metric: 0,
        kind,
        source: None,
        mtu: None,
    };
    for (kind, value) in attributes(body.get(12..)?) {
        match kind {
            1 => route.destination = ip(family, value)?,
            4 => route.index = u32_at(value, 0),
            5 => route.gateway = ip(family, value),
            6 => route.metric = u32_at(value, 0)?,
            7 => route.source = ip(family, value),
            // RTA_METRICS holds RTAX_MTU
            8 => {
                let mtu = attributes(value).find(|a| a.0 == 2);
                route.mtu = mtu.and_then(|a| u32_at(a.1, 0)).filter(|mtu| *mtu != 0);
            }
            15 => route.table = u32_at(value, 0)?,
            _ => {}
        }
    }
    Some(route)
}

/// The attributes of a message, up to the first that is malformed.
pub(super) fn attributes(bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    NlasIterator::new(bytes).map_while(|attribute| {
        let buffer = attribute.ok()?.into_inner();
        let length = usize::from(u16::from_ne_bytes(buffer.get(..2)?.try_into().ok()?));
        let kind = u16::from_ne_bytes(buffer.get(2..4)?.try_into().ok()?) & 0x3fff;
        Some((kind, buffer.get(4..length)?))
    })
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

pub(super) fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
}

fn ip(family: u8, bytes: &[u8]) -> Option<IpAddr> {
    match family {
        2 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        10 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_loopback_of_this_namespace_is_read() {
        let links = links().unwrap();
        let lo = links.iter().find(|link| link.name == "lo").unwrap();
        assert_eq!((lo.arp_type, lo.kind.as_deref()), (772, None));
        assert!(lo.mtu.is_some());
        let addresses = addresses().unwrap();
        let local = |a: &&Address| a.index == lo.index && a.address.is_ipv4();
        if let Some(address) = addresses.iter().find(local) {
            assert_eq!((address.prefix, address.scope), (8, 254));
            let routes = routes().unwrap();
            assert!(
                routes
                    .iter()
                    .any(|r| r.table == 255 && r.destination == address.address)
            );
        }
    }

    #[test]
    fn an_unsupported_request_is_the_kernels_error() {
        let error = dump(9999, &[0; 16]).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP));
    }

    proptest! {
        #[test]
        fn no_answer_makes_the_parsers_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = (link(&bytes), address(&bytes), route(&bytes), message(&bytes));
        }
    }
}
