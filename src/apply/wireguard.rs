//! WireGuard interfaces, through `ip` and `wg`.
//!
//! Keys are passed by the names of their files, so that none is ever on a
//! command line; `wg show … dump`, whose first line holds the private key, is
//! not used.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use super::step::{StepError, link};
use crate::host::{Command, Host};
use crate::plan::render::peer_argv;
use crate::plan::step::Peer;

/// A handshake is renewed every two minutes while there is traffic, and a
/// session is dead after three (WireGuard's REJECT_AFTER_TIME, 180 s).
const SESSION: Duration = Duration::from_secs(180);

/// What an interface says of a peer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeerState {
    /// Allowed IPs, sorted.
    pub allowed_ips: Vec<String>,
    /// Endpoint, where it has one.
    pub endpoint: Option<String>,
    /// Keepalive in seconds, 0 when off.
    pub keepalive: u16,
    /// Seconds since 1970 of the last handshake; 0 when there was none.
    pub handshake: u64,
    /// Bytes received.
    pub received: u64,
}

/// The peers of an interface by their public keys.
///
/// # Errors
/// When `wg` fails.
pub fn peers(host: &dyn Host, interface: &str) -> Result<BTreeMap<String, PeerState>, StepError> {
    let mut peers: BTreeMap<String, PeerState> = BTreeMap::new();
    for field in [
        "allowed-ips",
        "endpoints",
        "persistent-keepalive",
        "latest-handshakes",
        "transfer",
    ] {
        let text = host.run(&wg(["show", interface, field]))?.text();
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let Some(key) = words.next() else { continue };
            let peer = peers.entry(key.to_string()).or_default();
            let first = words.next().unwrap_or_default();
            match field {
                "allowed-ips" => {
                    peer.allowed_ips = std::iter::once(first)
                        .chain(words)
                        .filter(|net| *net != "(none)")
                        .map(str::to_string)
                        .collect();
                    peer.allowed_ips.sort();
                }
                "endpoints" => {
                    peer.endpoint = (first != "(none)").then(|| first.to_string());
                }
                "persistent-keepalive" => peer.keepalive = first.parse().unwrap_or(0),
                "latest-handshakes" => peer.handshake = first.parse().unwrap_or(0),
                _ => peer.received = first.parse().unwrap_or(0),
            }
        }
    }
    Ok(peers)
}

/// Whether the interface has the peer as it is wanted. The endpoint of a peer
/// with a living session may have roamed and is left alone.
pub fn has_peer(host: &dyn Host, wanted: &Peer, now: &BTreeMap<String, PeerState>) -> bool {
    let Some(state) = now.get(&wanted.public_key) else {
        return false;
    };
    let mut allowed: Vec<_> = wanted.allowed_ips.iter().map(ToString::to_string).collect();
    allowed.sort();
    let seconds = host.now().duration_since(SystemTime::UNIX_EPOCH);
    let age = seconds
        .unwrap_or_default()
        .as_secs()
        .saturating_sub(state.handshake);
    let named = wanted
        .endpoint
        .as_deref()
        .is_some_and(|e| e.parse::<std::net::SocketAddr>().is_err());
    let endpoint = wanted.endpoint.is_none()
        || wanted.endpoint == state.endpoint
        || (named && state.endpoint.is_some())
        || age < SESSION.as_secs();
    state.allowed_ips == allowed && state.keepalive == wanted.keepalive && endpoint
}

/// Adds a peer or gives it these settings; the other peers stay as they are.
///
/// # Errors
/// When `wg` fails.
pub fn set_peer(host: &dyn Host, interface: &str, peer: &Peer) -> Result<(), StepError> {
    let argv = peer_argv(interface, peer);
    // A host name as endpoint is looked up by wg, which tries for a while.
    host.run(&Command::new(argv).timeout(Duration::from_secs(60)))?;
    Ok(())
}

/// Undoes [`set_peer`].
///
/// # Errors
/// When `wg` fails.
pub fn restore_peers(
    host: &dyn Host,
    interface: &str,
    added: &[String],
    changed: &[Peer],
) -> Result<(), StepError> {
    if link(host, interface)?.is_none() {
        return Ok(());
    }
    let now = peers(host, interface)?;
    for key in added.iter().filter(|key| now.contains_key(*key)) {
        host.run(&wg(["set", interface, "peer", key, "remove"]))?;
    }
    for peer in changed {
        set_peer(host, interface, peer)?;
    }
    Ok(())
}

/// Brings the interface to the wanted state, from whatever state it is in.
///
/// # Errors
/// When `ip`, `wg` or wireguard-go fails.
pub fn bring_up(host: &dyn Host, up: &Up<'_>) -> Result<(), StepError> {
    let Up { interface, .. } = *up;
    if link(host, interface)?.is_none() {
        if up.userspace {
            // It goes to the background by itself once the interface is there.
            host.run(&Command::new(["wireguard-go", interface]))?;
        } else {
            host.run(&ip(["link", "add", "dev", interface, "type", "wireguard"]))?;
        }
    }
    let port = up.listen_port.to_string();
    host.run(&wg([
        "set",
        interface,
        "listen-port",
        &port,
        "private-key",
        up.private_key,
    ]))?;
    let address = up.address.to_string();
    if !has_address(host, interface, up.address)? {
        host.run(&ip(["address", "add", &address, "dev", interface]))?;
    }
    let mtu = up.mtu.to_string();
    host.run(&ip(["link", "set", "dev", interface, "mtu", &mtu, "up"]))?;
    Ok(())
}

/// What [`bring_up`] brings up.
#[derive(Debug, Clone, Copy)]
pub struct Up<'a> {
    /// Name.
    pub interface: &'a str,
    /// Whether wireguard-go carries it.
    pub userspace: bool,
    /// Address with the overlay's prefix.
    pub address: ipnet::Ipv4Net,
    /// UDP port.
    pub listen_port: u16,
    /// MTU in bytes.
    pub mtu: u32,
    /// File of the private key.
    pub private_key: &'a str,
}

/// Whether the interface is as [`bring_up`] would make it.
///
/// # Errors
/// When the kernel or `wg` cannot be asked.
pub fn is_up(host: &dyn Host, up: &Up<'_>) -> Result<bool, StepError> {
    let Some(link) = link(host, up.interface)? else {
        return Ok(false);
    };
    // IFF_UP
    if link.flags & 1 == 0
        || link.mtu != Some(up.mtu)
        || !has_address(host, up.interface, up.address)?
    {
        return Ok(false);
    }
    let shown = |field: &str| -> Result<String, StepError> {
        let text = host.run(&wg(["show", up.interface, field]))?.text();
        Ok(text.trim().to_string())
    };
    let key = super::keys::public_of_file(host, up.private_key)?;
    Ok(shown("listen-port")? == up.listen_port.to_string() && shown("public-key")? == key)
}

/// Deletes an interface, where it is there, and waits until what carried it in
/// user space has gone too.
///
/// # Errors
/// When `ip` fails.
pub fn delete(host: &dyn Host, interface: &str) -> Result<(), StepError> {
    if link(host, interface)?.is_none() {
        return Ok(());
    }
    host.run(&ip(["link", "delete", "dev", interface]))?;
    let socket = format!("/var/run/wireguard/{interface}.sock");
    for _ in 0..100 {
        if host.meta(&socket).is_err() {
            break;
        }
        host.sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn has_address(
    host: &dyn Host,
    interface: &str,
    address: ipnet::Ipv4Net,
) -> Result<bool, StepError> {
    let Some(link) = link(host, interface)? else {
        return Ok(false);
    };
    let addresses = host
        .addresses()
        .map_err(|e| StepError::file("netlink", e))?;
    Ok(addresses.iter().any(|found| {
        found.index == link.index
            && found.address == address.addr()
            && found.prefix == address.prefix_len()
    }))
}

fn wg<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    Command::new(std::iter::once("wg").chain(arguments))
}

fn ip<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    Command::new(std::iter::once("ip").chain(arguments))
}
