//! Which interface to use for private addresses: every interface that the host
//! has, ranked, with a verdict and the reasons for it.
//!
//! What an interface is called decides nothing by itself: kind, state, members,
//! addresses and routes do. What could not be read is said and held against
//! nobody.

use std::cmp::Reverse;
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, examine};
use super::wishes::{InterfaceWish, PlannedInterface, Wishes};
use crate::facts::Fact;
use crate::facts::network::{Interface, Network};

/// What is to be thought of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The best one.
    Recommended,
    /// It can be used.
    Possible,
    /// It cannot.
    RuledOut,
}

impl Verdict {
    /// The words that stand for it everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Recommended => "RECOMMENDED",
            Verdict::Possible => "possible",
            Verdict::RuledOut => "ruled out",
        }
    }
}

/// One reason for a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Reason {
    /// Stable id, from the catalogue of checks (`net.iface.usable`).
    pub id: String,
    /// The sentence.
    pub why: String,
}

impl Reason {
    pub(super) fn new(id: &str, why: impl Into<String>) -> Self {
        Self {
            id: id.to_owned(),
            why: why.into(),
        }
    }
}

/// An interface with its verdict. What could not be read is `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Candidate {
    /// Name.
    pub name: String,
    /// Kind: ethernet, bridge, wireguard, ...
    pub kind: Option<String>,
    /// `up`, `down`, ...; `plan` for one that is still to be made.
    pub state: Option<String>,
    /// Addresses with prefix lengths, the primary ones first.
    #[schemars(with = "Vec<String>")]
    pub addresses: Vec<IpNet>,
    /// MTU in bytes.
    pub mtu: Option<u32>,
    /// Speed in Mbit/s.
    pub speed: Option<u64>,
    /// Driver.
    pub driver: Option<String>,
    /// Hardware address.
    pub mac: Option<String>,
    /// Whether a default route leads through it.
    pub default_route: Option<bool>,
    /// What is to be thought of it.
    pub verdict: Verdict,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The address to use, which is not the first one where a secondary address
    /// is the one that the peers share.
    #[serde(skip)]
    pub address: Option<Ipv4Addr>,
}

/// The ranking. Its JSON is the contract of `interfaces --format json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Candidates {
    /// All interfaces, the best first, those ruled out last.
    pub candidates: Vec<Candidate>,
    /// The name of the one to use: the one that was asked for, else the best.
    pub pick: Option<String>,
    /// Why there is no pick.
    #[serde(skip)]
    pub problem: Option<PickError>,
}

/// Why no interface could be picked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PickError {
    /// Nothing matches what was asked for.
    #[error("no interface {wanted}; there are {present}")]
    NoMatch {
        /// What was asked for.
        wanted: String,
        /// The interfaces with their addresses.
        present: String,
    },
    /// What was asked for cannot be used.
    #[error("{name} ({wanted}) cannot be used: {why}; usable: {usable}")]
    RuledOut {
        /// The interface.
        name: String,
        /// What was asked for.
        wanted: String,
        /// Why not.
        why: String,
        /// Those that could be used.
        usable: String,
    },
    /// There is none that could be used.
    #[error("no usable interface; there are {present}")]
    NoneUsable {
        /// The interfaces with their addresses.
        present: String,
    },
    /// The interfaces could not be read.
    #[error("the interfaces are not known: {why}")]
    NotRead {
        /// What went wrong.
        why: String,
    },
}

impl Candidates {
    /// The interface to use.
    ///
    /// # Errors
    /// Why there is none: nothing matches what was asked for, or it is ruled out.
    pub fn choose(&self) -> Result<&Candidate, PickError> {
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        self.candidates
            .iter()
            .find(|candidate| Some(&candidate.name) == self.pick.as_ref())
            .ok_or_else(|| PickError::NoneUsable {
                present: list(self.candidates.iter()),
            })
    }
}

/// Where an interface stands; less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// The overlay's own.
    Overlay,
    /// In one network with the peers.
    SharedSubnet,
    /// The default route, or the route to the peers, leads through it.
    Routed,
    /// Another one with a private address.
    Private,
    /// Its address is public.
    Public,
    /// Somebody else's overlay.
    ForeignOverlay,
    /// One end of a veth pair.
    Veth,
    /// VirtualBox NAT, where every machine has the same address.
    VirtualBoxNat,
    /// Not usable.
    RuledOut,
}

/// Ranks the interfaces of a host. `overlay` is the interface that the plan will
/// make; without it the one in `wishes` counts.
pub fn rank(network: &Network, wishes: &Wishes, overlay: Option<PlannedInterface>) -> Candidates {
    let planned = overlay.or_else(|| wishes.planned.clone());
    let none = Vec::new();
    let interfaces = network.interfaces.value().unwrap_or(&none);
    let evidence = Evidence::new(network, interfaces, wishes, planned.as_ref());
    let mut judged: Vec<(Sort, Candidate)> = interfaces
        .iter()
        .map(|interface| examine(interface, &evidence))
        .map(|finding| {
            let sort = (
                finding.class,
                Reverse(finding.peers),
                finding.metric.unwrap_or(u32::MAX),
                finding.interface.index,
            );
            (sort, candidate(&finding, &evidence))
        })
        .collect();
    if let Some(planned) = &planned
        && !interfaces.iter().any(|i| i.name == planned.name)
    {
        judged.push(((Class::Overlay, Reverse(0), 0, 0), to_be_made(planned)));
    }
    judged.sort_by_key(|(sort, _)| *sort);
    let mut first = true;
    let candidates: Vec<Candidate> = judged
        .into_iter()
        .map(|((class, ..), mut candidate)| {
            let good = class <= Class::Private && !is_public(candidate.address);
            candidate.verdict = match class {
                Class::RuledOut => Verdict::RuledOut,
                _ if first && good => Verdict::Recommended,
                _ => Verdict::Possible,
            };
            first = false;
            candidate
        })
        .collect();
    pick(candidates, &network.interfaces, wishes)
}

type Sort = (Class, Reverse<usize>, u32, u32);

/// Everything that was found out about one interface.
pub(super) struct Finding<'a> {
    pub interface: &'a Interface,
    pub class: Class,
    /// How many peers are in one network with it, or routed through it.
    pub peers: usize,
    /// Metric of the default route through it.
    pub metric: Option<u32>,
    /// The address to use.
    pub address: Option<Ipv4Addr>,
    /// It exists already, but the plan has yet to set it up.
    pub state: Option<String>,
    pub reasons: Vec<Reason>,
}

fn candidate(finding: &Finding, evidence: &Evidence) -> Candidate {
    let interface = finding.interface;
    Candidate {
        name: interface.name.clone(),
        kind: interface.kind.value().cloned(),
        state: finding.state.clone(),
        addresses: interface.addresses.clone(),
        mtu: interface.mtu.value().copied(),
        speed: interface.speed.value().copied(),
        driver: interface.driver.value().cloned(),
        mac: interface.mac.value().cloned(),
        default_route: evidence.routes.map(|_| finding.metric.is_some()),
        verdict: Verdict::Possible,
        reasons: finding.reasons.clone(),
        address: finding.address,
    }
}

fn to_be_made(planned: &PlannedInterface) -> Candidate {
    Candidate {
        name: planned.name.clone(),
        kind: Some(planned.kind.clone()),
        state: Some("plan".to_owned()),
        addresses: vec![IpNet::V4(planned.address)],
        mtu: planned.mtu,
        speed: None,
        driver: None,
        mac: None,
        default_route: Some(false),
        verdict: Verdict::Possible,
        reasons: vec![Reason::new(
            "net.iface.overlay",
            "the overlay's own interface; the plan makes it",
        )],
        address: Some(planned.address.addr()),
    }
}

/// Whether an address can be reached from the internet, as far as it tells.
pub(super) fn is_public(address: Option<Ipv4Addr>) -> bool {
    // 100.64.0.0/10 is for carriers' own networks (RFC 6598), and not public.
    let shared = |a: Ipv4Addr| matches!(a.octets(), [100, b, ..] if (64..128).contains(&b));
    address.is_some_and(|a| !(a.is_private() || a.is_loopback() || a.is_link_local() || shared(a)))
}

fn pick(
    mut candidates: Vec<Candidate>,
    read: &Fact<Vec<Interface>>,
    wishes: &Wishes,
) -> Candidates {
    let found = choose(&candidates, read, wishes);
    if let (Ok(name), Some(wanted)) = (&found, wanted(&wishes.interface))
        && let Some(chosen) = candidates.iter_mut().find(|c| c.name == *name)
    {
        let why = format!("asked for: {wanted}");
        chosen
            .reasons
            .insert(0, Reason::new("net.iface.chosen", why));
    }
    let (pick, problem) = match found {
        Ok(name) => (Some(name), None),
        Err(problem) => (None, Some(problem)),
    };
    Candidates {
        candidates,
        pick,
        problem,
    }
}

fn choose(
    candidates: &[Candidate],
    read: &Fact<Vec<Interface>>,
    wishes: &Wishes,
) -> Result<String, PickError> {
    let usable = |c: &&Candidate| c.verdict != Verdict::RuledOut;
    let matching: Vec<&Candidate> = candidates
        .iter()
        .filter(|candidate| matches(candidate, &wishes.interface))
        .collect();
    if let Some(best) = matching.iter().copied().find(usable) {
        return Ok(best.name.clone());
    }
    if let Fact::Absent { why, source } | Fact::Unreadable { why, source } = read {
        let why = format!("{source}: {why}");
        return Err(PickError::NotRead { why });
    }
    let present = list(candidates.iter());
    let Some(wanted) = wanted(&wishes.interface) else {
        return Err(PickError::NoneUsable { present });
    };
    let Some(unusable) = matching.first() else {
        return Err(PickError::NoMatch { wanted, present });
    };
    let why: Vec<&str> = unusable.reasons.iter().map(|r| r.why.as_str()).collect();
    Err(PickError::RuledOut {
        name: unusable.name.clone(),
        wanted,
        why: why.join("; "),
        usable: list(candidates.iter().filter(usable)),
    })
}

/// The wish in words, `None` when there is none.
fn wanted(wish: &InterfaceWish) -> Option<String> {
    match wish {
        InterfaceWish::Auto => None,
        InterfaceWish::Name(name) => Some(format!("named {name}")),
        InterfaceWish::Address(address) => Some(format!("with the address {address}")),
        InterfaceWish::Mac(mac) => Some(format!("with the hardware address {mac}")),
        InterfaceWish::Cidr(net) => Some(format!("with an address in {net}")),
        InterfaceWish::Driver(driver) => Some(format!("with the driver {driver}")),
    }
}

fn matches(candidate: &Candidate, wish: &InterfaceWish) -> bool {
    let v4 = || candidate.addresses.iter().filter_map(as_v4);
    match wish {
        InterfaceWish::Auto => true,
        InterfaceWish::Name(name) => candidate.name == *name,
        InterfaceWish::Address(address) => v4().any(|net| net.addr() == *address),
        InterfaceWish::Cidr(wanted) => v4().any(|net| wanted.contains(&net.addr())),
        InterfaceWish::Driver(driver) => candidate.driver.as_ref() == Some(driver),
        InterfaceWish::Mac(mac) => {
            let plain = |mac: &str| mac.to_ascii_lowercase().replace('-', ":");
            candidate.mac.as_deref().map(plain) == Some(plain(mac))
        }
    }
}

/// The IPv4 part of an address with its prefix length.
pub(super) fn as_v4(net: &IpNet) -> Option<Ipv4Net> {
    match net {
        IpNet::V4(net) => Some(*net),
        IpNet::V6(_) => None,
    }
}

fn list<'a>(candidates: impl Iterator<Item = &'a Candidate>) -> String {
    let names: Vec<String> = candidates
        .map(|candidate| match candidate.addresses.first() {
            Some(address) => format!("{} ({address})", candidate.name),
            None => format!("{} (no address)", candidate.name),
        })
        .collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
