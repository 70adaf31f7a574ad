//! One host of a fleet: what of its report the fleet needs. A report has some
//! 200 KiB, this some 10: a thousand of them fit into memory.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answers::Config;
use crate::facts::flat::{self, FlatFacts};
use crate::facts::network::{Interface, Network};
use crate::facts::{Fact, Facts, SCHEMA as FACTS, document};
use crate::host::digest::sha256;
use crate::judge::interfaces::rank;
use crate::judge::wishes::Wishes;
use crate::report::SCHEMA as REPORT;

/// A fact as the fleet compares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known<T> {
    /// It is known, and where from.
    Value(T, String),
    /// The host has none.
    None,
    /// It could not be read; why.
    Unknown(String),
}

impl<T> Known<T> {
    /// Of a fact.
    pub fn of(fact: Fact<T>) -> Self {
        match fact {
            Fact::Known { value, source } => Self::Value(value, source),
            Fact::Absent { .. } => Self::None,
            Fact::Unreadable { why, source } => Self::Unknown(format!("{source}: {why}")),
        }
    }

    /// The value, if it is known.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value, _) => Some(value),
            Self::None | Self::Unknown(_) => None,
        }
    }
}

/// A range of addresses that a host has or reaches, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The range.
    pub range: Ipv4Net,
    /// What it is, for a sentence: `10.1.0.4/24 on eth0`.
    pub what: String,
    /// Docker's own, on this host alone.
    pub docker: bool,
}

/// The interface towards the other hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// Its name.
    pub interface: String,
    /// Its address, with the prefix length where that is known.
    pub address: Ipv4Net,
    /// Its MTU in bytes.
    pub mtu: Option<u32>,
}

/// What the clock of a host was against that of the machine that asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// By how much the host's clock is ahead, in milliseconds.
    pub offset_ms: i64,
    /// How exact that is: half the time that asking took, in milliseconds.
    pub error_ms: u64,
}

/// A host that reported.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its name in the fleet.
    pub name: String,
    /// Its own name.
    pub hostname: Known<String>,
    /// When it was looked at, by its own clock; RFC 3339 in UTC.
    pub collected_at: String,
    /// The groundcrew that looked.
    pub tool_version: String,
    /// SHA-256 of the report.
    pub sha256: String,
    /// The facts as the rules see them.
    pub flat: FlatFacts,
    /// The machine id.
    pub machine_id: Known<String>,
    /// The firmware's id of the machine.
    pub product_uuid: Known<String>,
    /// Hardware addresses of its own interfaces, with their names.
    pub macs: Known<Vec<(String, String)>>,
    /// Addresses on its own interfaces, with their names.
    pub addresses: Known<Vec<(String, Ipv4Addr)>>,
    /// Ranges that it has or reaches.
    pub taken: Known<Vec<Taken>>,
    /// Its ZeroTier address.
    pub zerotier: Known<String>,
    /// Whether its clock is kept by somebody.
    pub synchronised: Known<bool>,
    /// What its clock was against the asking machine's.
    pub clock: Option<Clock>,
    /// Its WireGuard public key, where a join file tells it.
    pub wireguard_key: Option<String>,
    /// The interface towards the others; or why there is none.
    pub pick: Result<Pick, String>,
    /// Docker's version.
    pub docker: Known<String>,
    /// What is shown side by side, by the rows of [`super::differences::ROWS`].
    pub shown: BTreeMap<&'static str, String>,
}

/// A report, as far as it is read.
#[derive(Deserialize)]
struct Wire {
    schema: String,
    #[serde(default)]
    tool_version: String,
    facts: Facts,
}

/// Facts out of the bytes of a report, and the version of groundcrew that wrote
/// it.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(bytes: &[u8]) -> Result<(Facts, String), Vec<String>> {
    if let Ok(wire) = serde_json::from_slice::<Wire>(bytes)
        && wire.schema == REPORT
        && wire.facts.schema == FACTS
    {
        return Ok((wire.facts, wire.tool_version));
    }
    // Another version's, or none: slower, and told.
    let one = |text: String| vec![text];
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        one(format!(
            "no JSON ({error}); wanted what `groundcrew preflight --format json` prints"
        ))
    })?;
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    match text("/schema") {
        Some(REPORT) => {}
        found => {
            return Err(one(format!(
                "schema: found {}, wanted {REPORT}: what `groundcrew preflight --format json` \
                 prints",
                found.unwrap_or("nothing")
            )));
        }
    }
    if text("/facts/schema") != Some(FACTS) {
        return Err(one(format!(
            "facts.schema: found {}, wanted {FACTS}: a report of a host that groundcrew looked at",
            text("/facts/schema").unwrap_or("nothing")
        )));
    }
    let version = text("/tool_version").unwrap_or_default().to_owned();
    let facts = value.get("facts").cloned().unwrap_or_default();
    let facts = document::read(facts).map_err(|problems| {
        let each = problems
            .into_iter()
            .map(|problem| format!("facts.{problem}"));
        each.collect::<Vec<_>>()
    })?;
    Ok((facts, version))
}

/// What interfaces of containers begin with: Docker's, CNI's, Flannel's, Calico's,
/// Cilium's, kube-proxy's.
const CONTAINERS: [&str; 9] = [
    "docker",
    "veth",
    "cni",
    "flannel",
    "cali",
    "vxlan.calico",
    "tunl",
    "cilium",
    "kube-",
];
/// What interfaces begin with that have the same addresses on many hosts, or are
/// tunnels' ends: of virtual machines (libvirt) and of virtual private networks.
const ALIKE: [&str; 4] = ["virbr", "vnet", "zt", "wg"];

/// Whether a bridge is one of Docker's networks: `br-` and the first 12 hexadecimal
/// digits of the network's id (moby, bridge driver). `br-ex` is Open vSwitch's, with
/// the host's own network.
fn is_dockers(name: &str) -> bool {
    name.strip_prefix("br-")
        .is_some_and(|id| id.len() == 12 && id.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// Whether an interface is there for containers on this host alone, or is the one
/// that the private network is to have: what is behind it is in nobody's way.
fn is_made(interface: &Interface, overlay: &[&str]) -> bool {
    let (name, kind) = (interface.name.as_str(), interface.kind.value());
    matches!(kind.map(String::as_str), Some("loopback" | "veth"))
        || overlay.contains(&name)
        || is_dockers(name)
        || CONTAINERS.iter().any(|start| name.starts_with(start))
}

/// Whether an interface is the host's own: with addresses that no other host has.
fn is_own(interface: &Interface, overlay: &[&str]) -> bool {
    let kind = interface.kind.value().map_or("", String::as_str);
    !is_made(interface, overlay)
        && !matches!(kind, "wireguard" | "tun" | "vxlan" | "dummy")
        && !ALIKE.iter().any(|start| interface.name.starts_with(start))
}

impl Node {
    /// Reads the report of a host. The wishes say which interface is towards the
    /// others.
    ///
    /// # Errors
    /// Everything that is wrong with the report.
    pub fn of(name: &str, report: &[u8], config: &Config) -> Result<Self, Vec<String>> {
        let (facts, tool_version) = read(report)?;
        Ok(Self::of_facts(
            name,
            facts,
            tool_version,
            sha256(report),
            config,
        ))
    }

    /// The same out of facts.
    pub fn of_facts(
        name: &str,
        facts: Facts,
        tool_version: String,
        sha256: String,
        config: &Config,
    ) -> Self {
        let overlay = [
            config.wireguard.interface.as_str(),
            config.zerotier.interface.as_str(),
        ];
        let flat = flat::flatten(&facts);
        let pick = pick(&facts.network, config, &overlay);
        let shown = super::differences::shown(&facts, pick.as_ref().ok());
        let own = |interface: &&Interface| is_own(interface, &overlay);
        let interfaces = facts.network.interfaces.clone();
        let macs = interfaces.clone().map(|all| {
            let own = all.iter().filter(own).filter(|one| one.parent.is_none());
            let macs = own.filter_map(|one| Some((one.name.clone(), one.mac.value()?.clone())));
            macs.filter(|(_, mac)| mac != "00:00:00:00:00:00").collect()
        });
        let addresses = interfaces.map(|all| {
            let own = all.iter().filter(own);
            own.flat_map(|one| one.addresses.iter().map(|net| (one.name.clone(), net)))
                .filter_map(|(name, net)| match net.addr() {
                    IpAddr::V4(address) if !address.is_link_local() => Some((name, address)),
                    _ => None,
                })
                .collect()
        });
        Self {
            name: name.to_owned(),
            taken: taken(&facts, &overlay),
            hostname: Known::of(facts.os.hostname),
            collected_at: facts.collected_at,
            tool_version,
            sha256,
            flat,
            machine_id: filled(facts.identity.machine_id),
            product_uuid: filled(facts.identity.product_uuid),
            macs: Known::of(macs),
            addresses: Known::of(addresses),
            zerotier: Known::of(facts.overlays.zerotier_address),
            synchronised: Known::of(facts.services.time_synchronised),
            clock: None,
            wireguard_key: None,
            pick,
            docker: Known::of(facts.docker.version),
            shown,
        }
    }
}

/// Ids that the maker of an image or of a board has left empty are none. A
/// product UUID of nothing but one digit is such a one, too.
fn filled(fact: Fact<String>) -> Known<String> {
    let digits = |id: &str| {
        let mut hex = id.bytes().filter(u8::is_ascii_hexdigit);
        let first = hex.next();
        first.is_some() && hex.any(|digit| Some(digit) != first)
    };
    match Known::of(fact) {
        Known::Value(id, _) if !digits(&id) => Known::None,
        known => known,
    }
}

fn pick(network: &Network, config: &Config, overlay: &[&str]) -> Result<Pick, String> {
    let mut below = network.clone();
    below.interfaces = below.interfaces.map(|mut all| {
        all.retain(|one| !overlay.contains(&one.name.as_str()));
        all
    });
    let wishes = Wishes {
        interface: config.interface.clone(),
        ..Wishes::default()
    };
    let ranked = rank(&below, &wishes, None);
    let chosen = ranked.choose().map_err(|error| error.to_string())?;
    let v4 = |net: &IpNet| match net {
        IpNet::V4(net) => Some(*net),
        IpNet::V6(_) => None,
    };
    let mut nets = chosen.addresses.iter().filter_map(v4);
    let address = match chosen.address {
        Some(address) => nets
            .find(|net| net.addr() == address)
            .unwrap_or_else(|| Ipv4Net::from(address)),
        None => nets
            .next()
            .ok_or_else(|| format!("{} has no IPv4 address", chosen.name))?,
    };
    Ok(Pick {
        interface: chosen.name.clone(),
        address,
        mtu: chosen.mtu,
    })
}

/// Everything that has addresses already on a host, or that it reaches.
fn taken(facts: &Facts, overlay: &[&str]) -> Known<Vec<Taken>> {
    let network = &facts.network;
    let (interfaces, routes) = match (&network.interfaces, &network.routes) {
        (
            Fact::Known {
                value: interfaces, ..
            },
            Fact::Known { value: routes, .. },
        ) => (interfaces, routes),
        (Fact::Known { .. }, other) => {
            return Known::Unknown(format!("{}: not known", other.source()));
        }
        (other, _) => return Known::Unknown(format!("{}: not known", other.source())),
    };
    let mut all: Vec<Taken> = Vec::new();
    let own = |name: &str| {
        interfaces
            .iter()
            .find(|one| one.name == name)
            .is_none_or(|one| !is_made(one, overlay))
    };
    // A site's own VPN is there as much as its LAN is.
    for interface in interfaces.iter().filter(|one| !is_made(one, overlay)) {
        for net in &interface.addresses {
            if let IpNet::V4(net) = net {
                all.push(Taken {
                    range: net.trunc(),
                    what: format!("{net} on {}", interface.name),
                    docker: false,
                });
            }
        }
    }
    for route in routes {
        let IpNet::V4(range) = route.destination else {
            continue;
        };
        let through = route.interface.as_deref().unwrap_or_default();
        if route.kind == "unicast"
            && range.prefix_len() > 0
            && own(through)
            && !all.iter().any(|known| known.range == range.trunc())
        {
            all.push(Taken {
                range: range.trunc(),
                what: format!("the route to {range}"),
                docker: false,
            });
        }
    }
    // The networks of a Swarm are the same on all of its hosts: its own range.
    let networks = facts.docker.info.networks.value().into_iter().flatten();
    for net in networks.filter(|net| net.driver != "overlay") {
        for subnet in net
            .subnets
            .iter()
            .filter_map(|text| text.parse::<Ipv4Net>().ok())
        {
            all.push(Taken {
                range: subnet.trunc(),
                what: format!("Docker's network {}", net.name),
                docker: true,
            });
        }
    }
    Known::Value(all, network.routes.source().to_owned())
}
