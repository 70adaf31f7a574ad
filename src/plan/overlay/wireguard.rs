//! WireGuard for the native scheduler.
//!
//! The interface is brought up through `ip` and `wg`; the configuration file is
//! one that wg-quick understands, for the administrator and for the boot.

mod fit;
mod gone;
pub mod module;

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use fit::{Carrier, carrier, other_address, ownership, port_taken};

use super::nat;
use super::opening::{Opening, Port};
use crate::answers::config::Packages;
use crate::facts::Facts;
use crate::plan::boot::Boot;
use crate::plan::programs::{Sources, bring};
use crate::plan::step::{Manager, Part, Peer, Protocol, Step};
use crate::plan::survey::{MARK, Survey};
use crate::plan::{Refusal, VerifyPeer, VerifyWireguard};

/// What WireGuard adds to a packet over IPv6, the larger case: 40 bytes of IPv6,
/// 8 of UDP, 32 of its own (wg-quick(8) subtracts the same 80).
pub const OVERHEAD: u32 = 80;
/// What wg-quick takes where no path is known.
const DEFAULT_MTU: u32 = 1420;
/// Every IPv4 host takes packets of this size (RFC 791).
const SMALLEST_MTU: u32 = 576;

/// What is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Interface.
    pub interface: String,
    /// This node's address with the overlay's prefix.
    pub address: Ipv4Net,
    /// UDP port.
    pub listen_port: u16,
    /// MTU in bytes; computed from the paths to the peers where none is given.
    pub mtu: Option<u32>,
    /// What may be done where the kernel has no WireGuard.
    pub module: Packages,
    /// Rules that were waived, with a reason.
    pub waived: Vec<String>,
    /// Whether userspace WireGuard is allowed where the kernel has none.
    pub allow_experimental: bool,
    /// Where the private key comes from.
    pub key: Key,
    /// The peers.
    pub peers: Vec<Peer>,
    /// Whether the firewall is to be opened.
    pub open_firewall: bool,
    /// Init system that the boot service is written for.
    pub init: Option<Manager>,
    /// The join file of this node.
    pub join: Join,
    /// From where programs may come that are not here.
    pub sources: Sources,
}

/// Where a private key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Made on this node.
    Generate,
    /// From an environment variable.
    Env(String),
    /// It is in this file, which is not groundcrew's.
    File(String),
}

/// This node's join file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// Where it is written, as an absolute path.
    pub path: String,
    /// Name of this node.
    pub name: String,
    /// Where the others dial it, `address:port`.
    pub endpoint: Option<String>,
}

/// The overlay's part of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// Steps.
    pub steps: Vec<Step>,
    /// What is left to the operator.
    pub notes: Vec<String>,
    /// What is verified afterwards.
    pub verify: VerifyWireguard,
}

/// Plans WireGuard.
///
/// # Errors
/// All reasons why this host cannot be set up like this, at once.
pub fn plan(wanted: &Wanted, facts: &Facts, survey: &Survey) -> Result<Planned, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let carrier = carrier(wanted, facts, survey)
        .map_err(|r| refusals.push(r))
        .ok();
    refusals.extend(ownership(wanted, survey));
    refusals.extend(port_taken(wanted, facts, survey));
    refusals.extend(other_address(wanted, facts));
    let mut needed = vec!["ip", "wg", "wg-quick"];
    if let Some(carrier) = &carrier {
        needed.extend(
            carrier
                .module
                .filter(|(_, loaded)| !loaded)
                .map(|_| "modprobe"),
        );
        needed.extend(carrier.userspace.then_some("wireguard-go"));
    }
    let mut steps = match bring(&needed, facts, survey, &wanted.sources) {
        Ok(steps) => steps,
        Err(missing) => {
            refusals.extend(missing);
            Vec::new()
        }
    };
    let init = wanted.init.or_else(|| {
        refusals.push(Refusal {
            id: "host.init".into(),
            text: format!(
                "the init system of this host is not known ({})",
                facts.services.init.source()
            ),
            remedy: "say host.init: systemd, upstart or sysvinit".into(),
        });
        None
    });
    let (Some(mut carrier), Some(init), true) = (carrier, init, refusals.is_empty()) else {
        return Err(refusals);
    };

    steps.append(&mut carrier.install.steps);
    let mut notes = std::mem::take(&mut carrier.install.notes);
    let mtu = mtu(wanted, facts, survey, &mut notes);
    let key = match &wanted.key {
        Key::File(path) => path.clone(),
        Key::Generate | Key::Env(_) => format!("/etc/wireguard/{}.key", wanted.interface),
    };
    match &wanted.key {
        Key::File(_) => {}
        Key::Generate => steps.push(Step::PrivateKey {
            path: key.clone(),
            from_env: None,
        }),
        Key::Env(name) => steps.push(Step::PrivateKey {
            path: key.clone(),
            from_env: Some(name.clone()),
        }),
    }
    steps.push(join_file(wanted, &key));
    steps.push(configuration(wanted, &key, mtu));
    if let Some((name, false)) = carrier.module {
        steps.push(Step::LoadModule { name: name.into() });
    }
    steps.extend(firewall(wanted, facts, survey, &mut notes));
    steps.push(Step::WireguardUp {
        interface: wanted.interface.clone(),
        userspace: carrier.userspace,
        address: wanted.address,
        listen_port: wanted.listen_port,
        mtu,
        private_key: key,
    });
    // Before the others: a host's new key takes its addresses from the old one.
    steps.extend(gone::step(wanted, &survey.peers, &mut notes));
    if !wanted.peers.is_empty() {
        steps.push(Step::WireguardPeers {
            interface: wanted.interface.clone(),
            peers: wanted.peers.clone(),
        });
    }
    steps.extend(routes(wanted));
    steps.extend(boot(wanted, &carrier, init, facts, survey, &mut notes)?);
    notes.extend(nat::wireguard(
        wanted.join.endpoint.as_deref(),
        &wanted.peers,
    ));
    if carrier.userspace {
        notes.push(
            "WireGuard runs in user space (wireguard-go): outside the documented minimum, slower, \
             and not supported by Replicated."
                .into(),
        );
    }
    let peers = wanted.peers.iter().filter_map(|peer| {
        Some(VerifyPeer {
            name: peer.name.clone(),
            address: peer.address()?,
            public_key: peer.public_key.clone(),
        })
    });
    Ok(Planned {
        verify: VerifyWireguard {
            interface: wanted.interface.clone(),
            address: wanted.address.addr(),
            mtu,
            peers: peers.collect(),
        },
        steps,
        notes,
    })
}

/// The smallest path MTU to a peer, minus what WireGuard adds.
fn mtu(wanted: &Wanted, facts: &Facts, survey: &Survey, notes: &mut Vec<String>) -> u32 {
    if let Some(mtu) = wanted.mtu {
        return mtu;
    }
    let endpoints = wanted.peers.iter().filter_map(|peer| {
        let address = peer.endpoint.as_deref()?.rsplit_once(':')?.0;
        Some((peer.name.as_str(), address.parse::<Ipv4Addr>().ok()?))
    });
    let mut smallest: Option<u32> = None;
    for (name, address) in endpoints {
        let measured = survey
            .path_mtu
            .get(&address)
            .and_then(|fact| fact.value().copied());
        if measured.is_none() {
            notes.push(format!(
                "The path MTU to {name} ({address}) could not be measured; that of the first hop \
                 is taken."
            ));
        }
        let path = measured.or_else(|| facts.network.mtu_to(address));
        smallest = smallest.into_iter().chain(path).min();
    }
    // With no peer yet: the way out of this host.
    let outwards = || facts.network.mtu_to(Ipv4Addr::new(192, 0, 2, 1));
    smallest.or_else(outwards).map_or(DEFAULT_MTU, |path| {
        path.saturating_sub(OVERHEAD).max(SMALLEST_MTU)
    })
}

fn join_file(wanted: &Wanted, key: &str) -> Step {
    let Join {
        path,
        name,
        endpoint,
    } = &wanted.join;
    let mut head = format!(
        "{MARK} on {name}: give this file to the other nodes.\nversion: 1\nkind: wireguard\n\
         name: {name}\naddress: {}\n",
        wanted.address.addr()
    );
    if let Some(endpoint) = endpoint {
        head.push_str(&format!("endpoint: {endpoint}\n"));
    }
    head.push_str("public-key: ");
    Step::WriteFile {
        path: path.clone(),
        mode: 0o644,
        content: vec![
            Part::Text(head),
            Part::PublicKeyOf(key.into()),
            Part::Text(format!("\nnetwork: {}\n", wanted.address.trunc())),
        ],
        purpose: crate::plan::FOR_OTHERS.into(),
    }
}

fn configuration(wanted: &Wanted, key: &str, mtu: u32) -> Step {
    let mut content = vec![
        Part::Text(format!(
            "{MARK}, which writes it anew when peers come or go.\n[Interface]\nAddress = \
             {}\nListenPort = {}\nMTU = {mtu}\nPrivateKey = ",
            wanted.address, wanted.listen_port
        )),
        Part::Secret(key.into()),
        Part::Text("\n".into()),
    ];
    for peer in &wanted.peers {
        let Peer {
            name, public_key, ..
        } = peer;
        let mut text = format!("\n# {name}\n[Peer]\nPublicKey = {public_key}\n");
        if let Some(file) = &peer.preshared_key {
            text.push_str("PresharedKey = ");
            content.push(Part::Text(std::mem::take(&mut text)));
            content.push(Part::Secret(file.clone()));
            text.push('\n');
        }
        let allowed: Vec<_> = peer.allowed_ips.iter().map(ToString::to_string).collect();
        text.push_str(&format!("AllowedIPs = {}\n", allowed.join(", ")));
        if let Some(endpoint) = &peer.endpoint {
            text.push_str(&format!("Endpoint = {endpoint}\n"));
        }
        if peer.keepalive > 0 {
            text.push_str(&format!("PersistentKeepalive = {}\n", peer.keepalive));
        }
        content.push(Part::Text(text));
    }
    Step::WriteFile {
        path: format!("/etc/wireguard/{}.conf", wanted.interface),
        mode: 0o600,
        content,
        purpose: "for wg-quick, at boot and by hand".into(),
    }
}

fn firewall(wanted: &Wanted, facts: &Facts, survey: &Survey, notes: &mut Vec<String>) -> Vec<Step> {
    let port = wanted.listen_port;
    let what = Opening {
        wanted: wanted.open_firewall,
        by_hand: format!("let UDP {port} in from the other nodes"),
        example: format!("udp dport {port}"),
        rules: format!("rule for UDP {port} is"),
    };
    let port = Port {
        protocol: Protocol::Udp,
        port,
        sources: Vec::new(),
        comment: format!("groundcrew-{}", wanted.interface),
    };
    what.steps(vec![port], facts, survey, notes)
}

/// Allowed IPs within the interface's own network are reached through its own
/// route, the others need one.
fn routes(wanted: &Wanted) -> impl Iterator<Item = Step> {
    let own = wanted.address.trunc();
    wanted
        .peers
        .iter()
        .flat_map(|peer| &peer.allowed_ips)
        .filter(move |net| !own.contains(*net))
        .map(|net| Step::AddRoute {
            destination: *net,
            interface: wanted.interface.clone(),
        })
}

fn boot(
    wanted: &Wanted,
    carrier: &Carrier,
    init: Manager,
    facts: &Facts,
    survey: &Survey,
    notes: &mut Vec<String>,
) -> Result<Vec<Step>, Vec<Refusal>> {
    let program = |name: &str, fallback: &'static str| -> String {
        survey
            .programs
            .get(name)
            .map_or_else(|| fallback.to_string(), Clone::clone)
    };
    // Where packages put them, for those that a step of this plan brings.
    let (wg_quick, ip) = (
        program("wg-quick", "/usr/bin/wg-quick"),
        program("ip", "/sbin/ip"),
    );
    let modprobe = program("modprobe", "/sbin/modprobe");
    let boot = Boot {
        interface: &wanted.interface,
        userspace: carrier.userspace,
        module: carrier.module.map(|(name, _)| name),
        wg_quick: &wg_quick,
        ip: &ip,
        modprobe: &modprobe,
        rc_d: survey.rc_d,
    };
    let mut steps = boot.steps(init).map_err(|text| {
        vec![Refusal {
            id: "internal".into(),
            text: format!("a template cannot be filled: {text}"),
            remedy: "report this".into(),
        }]
    })?;
    let service = boot.service(init);
    let same = facts
        .services
        .init
        .value()
        .is_some_and(|name| name == init.word());
    if same && facts.services.manager_running.value() == Some(&true) {
        steps.push(Step::StartService {
            manager: init,
            service,
        });
    } else {
        notes.push(format!(
            "{service} is enabled for the next boot, not started: {} does not run here now.",
            init.name()
        ));
    }
    Ok(steps)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
