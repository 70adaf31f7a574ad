//! What speaks for and against one interface.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use super::interfaces::{Class, Finding, Reason, as_v4, is_public};
use super::wishes::{PlannedInterface, Wishes};
use crate::facts::network::{Interface, Network, Route};

/// Ids of reasons: those of the check catalogue, so that there is one id space.
const USABLE: &str = "net.iface.usable";
const CHOSEN: &str = "net.iface.chosen";
const OVERLAY: &str = "net.iface.overlay";
const BOND: &str = "net.iface.bond";
const NATDUP: &str = "net.iface.natdup";
const DUP: &str = "net.iface.dup";

/// The tables whose default route counts: main, and default, which is asked after it.
const MAIN_TABLES: [u32; 2] = [254, 253];

/// The host as a whole, against which an interface is examined.
pub(super) struct Evidence<'a> {
    interfaces: &'a [Interface],
    /// `None` when the routes are not known.
    pub routes: Option<&'a [Route]>,
    /// Those of them that are default routes of IPv4.
    defaults: Vec<&'a Route>,
    wishes: &'a Wishes,
    planned: Option<&'a PlannedInterface>,
}

impl<'a> Evidence<'a> {
    pub fn new(
        network: &'a Network,
        interfaces: &'a [Interface],
        wishes: &'a Wishes,
        planned: Option<&'a PlannedInterface>,
    ) -> Self {
        let routes = network.routes.value().map(Vec::as_slice);
        let all = routes.unwrap_or_default().iter();
        let defaults = all.filter(|route| {
            route.kind == "unicast"
                && MAIN_TABLES.contains(&route.table)
                && matches!(route.destination, IpNet::V4(net) if net.prefix_len() == 0)
        });
        Self {
            interfaces,
            routes,
            defaults: defaults.collect(),
            wishes,
            planned,
        }
    }

    fn members<'b>(&'b self, bridge: &'b str) -> impl Iterator<Item = &'b Interface> {
        self.interfaces
            .iter()
            .filter(move |i| i.master.as_deref() == Some(bridge))
    }

    fn default_routes<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b Route> {
        let defaults = self.defaults.iter().copied();
        defaults.filter(move |route| route.interface.as_deref() == Some(name))
    }

    /// The interface that packets to `peer` leave through.
    fn route_to(&self, peer: IpAddr) -> Option<&str> {
        self.routes?
            .iter()
            .filter(|route| MAIN_TABLES.contains(&route.table) && route.kind == "unicast")
            .filter(|route| route.destination.contains(&peer))
            // The longest prefix wins, then the lowest metric.
            .min_by_key(|route| (u8::MAX - route.destination.prefix_len(), route.metric))?
            .interface
            .as_deref()
    }

    fn kind_of(&self, name: &str) -> Option<&str> {
        let interface = self.interfaces.iter().find(|i| i.name == name)?;
        kind(interface)
    }
}

fn kind(interface: &Interface) -> Option<&str> {
    interface.kind.value().map(String::as_str)
}

/// The other end is in another namespace: a container's, or the host's own when
/// this is one.
fn is_veth(interface: &Interface) -> bool {
    match kind(interface) {
        Some(kind) => kind == "veth",
        None => interface.parent_elsewhere,
    }
}

/// Examines one interface.
pub(super) fn examine<'a>(interface: &'a Interface, evidence: &Evidence<'a>) -> Finding<'a> {
    let v4: Vec<Ipv4Net> = interface.addresses.iter().filter_map(as_v4).collect();
    let metric = evidence
        .default_routes(&interface.name)
        .map(|route| route.metric)
        .min();
    let mut finding = Finding {
        interface,
        class: Class::Private,
        peers: 0,
        metric,
        address: usable_address(&v4),
        state: interface.state.value().cloned(),
        reasons: Vec::new(),
    };
    if own_overlay(&mut finding, &v4, evidence) {
        return finding;
    }
    let against = rule_out(interface, &v4, metric.is_some(), evidence);
    if !against.is_empty() {
        finding.class = Class::RuledOut;
        finding.reasons = against;
        return finding;
    }
    place(&mut finding, &v4, evidence);
    finding.reasons.extend(notes(interface, &v4, evidence));
    finding
}

/// A private address before a public one; link-local ones never.
fn usable_address(v4: &[Ipv4Net]) -> Option<Ipv4Addr> {
    let usable = || {
        let addresses = v4.iter().map(Ipv4Net::addr);
        addresses.filter(|a| !a.is_link_local() && !a.is_loopback())
    };
    usable()
        .find(|a| !is_public(Some(*a)))
        .or_else(|| usable().next())
}

/// The overlay's own interface, when it exists already.
fn own_overlay(finding: &mut Finding, v4: &[Ipv4Net], evidence: &Evidence) -> bool {
    let interface = finding.interface;
    if let Some(planned) = evidence.planned.filter(|p| p.name == interface.name) {
        if let Some(found) = kind(interface)
            && found != planned.kind
            // Userspace implementations of it make a TUN device.
            && found != "tun"
        {
            finding.class = Class::RuledOut;
            finding.reasons.push(Reason::new(
                OVERLAY,
                format!(
                    "the overlay's interface is to have this name, but it exists and is of kind \
                     {found}, not {}",
                    planned.kind
                ),
            ));
            return true;
        }
        let there = v4.iter().any(|net| net.addr() == planned.address.addr());
        finding.class = Class::Overlay;
        finding.address = Some(planned.address.addr());
        let why = if there && interface.admin_up {
            "the overlay's own interface".to_owned()
        } else {
            finding.state = Some("plan".to_owned());
            format!(
                "the overlay's own interface; the plan sets it up with {}",
                planned.address
            )
        };
        finding.reasons.push(Reason::new(OVERLAY, why));
        return true;
    }
    // Nothing is planned, but the overlay that was chosen is there.
    let tunnel = matches!(kind(interface), Some("wireguard" | "tun" | "tap" | "vxlan"));
    let inside = evidence.wishes.overlay_network.and_then(|network| {
        v4.iter()
            .map(Ipv4Net::addr)
            .find(|address| network.contains(address))
    });
    if let Some(address) = inside
        && tunnel
        && interface.admin_up
    {
        finding.class = Class::Overlay;
        finding.address = Some(address);
        let why = format!("the overlay's own interface: {address} is in the overlay's network");
        finding.reasons.push(Reason::new(OVERLAY, why));
        return true;
    }
    false
}

/// Everything that rules an interface out.
fn rule_out(
    interface: &Interface,
    v4: &[Ipv4Net],
    default_route: bool,
    evidence: &Evidence,
) -> Vec<Reason> {
    let mut out = Vec::new();
    let mut against = |id: &str, why: String| out.push(Reason::new(id, why));
    let loopback = kind(interface) == Some("loopback")
        || (!v4.is_empty() && v4.iter().all(|n| n.addr().is_loopback()));
    if loopback {
        against(CHOSEN, "loopback: no other host can reach it".to_owned());
        return out;
    }
    if let Some(master) = &interface.master
        // A VRF only separates routing tables; the addresses stay where they are.
        && evidence.kind_of(master) != Some("vrf")
    {
        let what = evidence.kind_of(master).unwrap_or("interface");
        against(
            BOND,
            format!("part of the {what} {master}: addresses belong to {master}"),
        );
    }
    let narrow = !v4.is_empty() && v4.iter().all(|net| net.prefix_len() == 32);
    match kind(interface) {
        Some("bridge") => {
            if let Some(why) = container_bridge(interface, evidence) {
                against(CHOSEN, why);
            }
        }
        Some("dummy") => against(
            CHOSEN,
            "a dummy: nothing leaves the host through it".to_owned(),
        ),
        Some("vxlan") => against(
            CHOSEN,
            "a VXLAN tunnel, which a container network keeps for its own traffic".to_owned(),
        ),
        Some("ipip" | "sit" | "ip6tnl") if narrow => against(
            CHOSEN,
            "an IP tunnel with a single address: a container network's".to_owned(),
        ),
        Some("veth") if !default_route && (v4.is_empty() || narrow) => {
            against(CHOSEN, "one end of a veth pair to a container".to_owned());
        }
        None => {
            if let Some(why) = docker_bridge_of_unknown_kind(interface, v4, evidence) {
                against(CHOSEN, why);
            }
        }
        _ => {}
    }
    if !interface.admin_up {
        against(CHOSEN, "it is down".to_owned());
    } else if interface.carrier.value() == Some(&false) {
        against(
            CHOSEN,
            "it has no carrier (cable, link or members missing)".to_owned(),
        );
    } else if let Some(state) = interface.state.value()
        && matches!(
            state.as_str(),
            "down" | "lowerlayerdown" | "notpresent" | "dormant"
        )
    {
        against(CHOSEN, format!("its state is {state}"));
    }
    if v4.is_empty() {
        against(USABLE, "it has no IPv4 address".to_owned());
    } else if v4.iter().all(|net| net.addr().is_link_local()) {
        against(
            USABLE,
            "its only address is link-local (169.254.0.0/16)".to_owned(),
        );
    }
    out
}

/// A bridge is a host's own only when something that leaves the host is a
/// member of it.
fn container_bridge(bridge: &Interface, evidence: &Evidence) -> Option<String> {
    let members: Vec<&Interface> = evidence.members(&bridge.name).collect();
    let real = members.iter().any(|member| {
        !is_veth(member) && !matches!(kind(member), Some("tun" | "tap" | "dummy" | "vxlan"))
    });
    if real {
        return None;
    }
    let containers = members.iter().filter(|member| is_veth(member)).count();
    Some(if containers > 0 {
        format!("a bridge for containers: {containers} veth in it and no network card")
    } else if members.is_empty() {
        "a bridge without members, as Docker and libvirt keep them for containers".to_owned()
    } else {
        "a bridge for virtual machines: no network card is in it".to_owned()
    })
}

/// Where the kind could not be read, a name of Docker's together with Docker's
/// hardware address (02:42) or members that are ends of veth pairs tells.
fn docker_bridge_of_unknown_kind(
    interface: &Interface,
    v4: &[Ipv4Net],
    evidence: &Evidence,
) -> Option<String> {
    let name = interface.name.as_str();
    let named = matches!(name, "docker0" | "docker_gwbridge")
        || name
            .strip_prefix("br-")
            .is_some_and(|id| id.len() == 12 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    let mac = interface
        .mac
        .value()
        .is_some_and(|mac| mac.starts_with("02:42:"));
    let first = v4.iter().any(|net| net.hosts().next() == Some(net.addr()));
    let veth_members = evidence.members(name).any(is_veth);
    (veth_members || (named && (mac || first))).then(|| {
        "a bridge of Docker's, by its name together with its address or members".to_owned()
    })
}

/// Gives an interface that can be used its place.
fn place(finding: &mut Finding, v4: &[Ipv4Net], evidence: &Evidence) {
    let interface = finding.interface;
    let peers = &evidence.wishes.peers;
    let mut why = |id: &str, text: String| finding.reasons.push(Reason::new(id, text));
    if let Some(gateway) = virtualbox_nat(interface, v4, evidence) {
        finding.class = Class::VirtualBoxNat;
        why(
            NATDUP,
            format!(
                "10.0.2.15 behind {gateway} is VirtualBox' NAT: every machine there has this \
                 same address and none can reach another"
            ),
        );
        return;
    }
    // Of several networks that peers are in, the one with the most of them.
    let shared = v4
        .iter()
        .filter(|net| !net.addr().is_link_local())
        .map(|net| (peers_in(net, peers), net))
        .filter(|(count, _)| *count > 0)
        .max_by_key(|(count, _)| *count);
    let routed = peers
        .iter()
        .filter(|peer| evidence.route_to(**peer) == Some(interface.name.as_str()))
        .count();
    let foreign = matches!(
        kind(interface),
        Some("wireguard" | "tun" | "tap" | "ipip" | "sit" | "gre" | "ip6tnl" | "vti")
    );
    if let Some((count, net)) = shared {
        finding.class = Class::SharedSubnet;
        finding.peers = count;
        finding.address = Some(net.addr());
        let secondary = match v4.first() {
            Some(first) if first != net => ", by an address that is not its first",
            _ => "",
        };
        let network = net.trunc();
        let text = format!(
            "in one network with {count} of {} peers: {network}",
            peers.len()
        );
        why(CHOSEN, text + secondary);
    } else if foreign {
        finding.class = Class::ForeignOverlay;
        let what = kind(interface).unwrap_or("tunnel");
        why(
            CHOSEN,
            format!("an overlay that is not this plan's ({what})"),
        );
    } else if is_public(finding.address) {
        finding.class = Class::Public;
    } else if finding.metric.is_some() || routed > 0 {
        finding.class = Class::Routed;
        finding.peers = routed;
    } else if is_veth(interface) {
        finding.class = Class::Veth;
        let text = "one end of a veth pair; nothing but its own network is behind it";
        why(CHOSEN, text.to_owned());
    } else {
        why(
            CHOSEN,
            "a private address; no default route leads through it".to_owned(),
        );
    }
    if let Some(metric) = finding.metric {
        why(
            CHOSEN,
            format!("the default route leads through it (metric {metric})"),
        );
    }
    if is_veth(interface) && finding.class < Class::Veth {
        let text = "one end of a veth pair: this host is itself a container or namespace";
        why(CHOSEN, text.to_owned());
    }
    if routed > 0 && finding.class == Class::Routed {
        why(
            CHOSEN,
            format!(
                "the route to {routed} of {} peers leads through it",
                peers.len()
            ),
        );
    }
    if is_public(finding.address) {
        let text =
            "warning: its address is public; Replicated's ports would be open to the internet";
        why(CHOSEN, text.to_owned());
    }
}

fn peers_in(net: &Ipv4Net, peers: &[IpAddr]) -> usize {
    let inside =
        |peer: &&IpAddr| matches!(peer, IpAddr::V4(p) if net.contains(p) && *p != net.addr());
    peers.iter().filter(inside).count()
}

/// The gateway, when this is VirtualBox' (or QEMU's user) NAT: 10.0.2.15 behind
/// 10.0.2.2. In VirtualBox' *NAT network* the gateway is 10.0.2.1 and machines
/// do reach each other.
fn virtualbox_nat(interface: &Interface, v4: &[Ipv4Net], evidence: &Evidence) -> Option<IpAddr> {
    let gateway = IpAddr::V4(Ipv4Addr::new(10, 0, 2, 2));
    let address = Ipv4Addr::new(10, 0, 2, 15);
    let has = v4
        .iter()
        .any(|net| net.addr() == address && net.prefix_len() == 24);
    let by_route = evidence
        .default_routes(&interface.name)
        .any(|route| route.gateway == Some(gateway));
    (has && by_route).then_some(gateway)
}

/// What does not decide, but is to be known.
fn notes(interface: &Interface, v4: &[Ipv4Net], evidence: &Evidence) -> Vec<Reason> {
    let mut out = Vec::new();
    if interface.kind.value().is_none() {
        let text = "its kind is not known, so it may be a container's";
        out.push(Reason::new(USABLE, text));
    }
    if interface.carrier.value().is_none() && interface.state.value().is_none() {
        out.push(Reason::new(USABLE, "whether it has a carrier is not known"));
    }
    if evidence.routes.is_none() {
        out.push(Reason::new(USABLE, "the routes are not known"));
    }
    for other in evidence.interfaces {
        if other.name == interface.name || !other.admin_up || other.master.is_some() {
            continue;
        }
        let theirs: Vec<Ipv4Net> = other.addresses.iter().filter_map(as_v4).collect();
        let same_address = v4
            .iter()
            .any(|a| theirs.iter().any(|b| a.addr() == b.addr()));
        let same_network = v4
            .iter()
            .any(|a| a.prefix_len() < 32 && theirs.iter().any(|b| a.trunc() == b.trunc()));
        if same_address {
            let text = format!("warning: {} has the same address", other.name);
            out.push(Reason::new(DUP, text));
        } else if same_network {
            let text = format!(
                "warning: {} is in the same network, answers may leave by either",
                other.name
            );
            out.push(Reason::new(DUP, text));
        }
    }
    out
}
