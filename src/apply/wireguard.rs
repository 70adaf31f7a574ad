//! WireGuard interfaces, through `ip` and `wg`.
//!
//! Keys are passed by the names of their files, so that none is ever on a
//! command line; `wg show … dump`, whose first line holds the private key, is
//! not used.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use ipnet::Ipv4Net;

use super::error::StepError;
use super::probe::{has_route, link};
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

/// The allowed IPs of an interface's peers, by their public keys.
///
/// # Errors
/// When `wg` fails.
pub fn allowed_ips(
    host: &dyn Host,
    interface: &str,
) -> Result<BTreeMap<String, Vec<String>>, StepError> {
    let text = host.run(&wg(["show", interface, "allowed-ips"]))?.text();
    let peers = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace().map(str::to_string);
        let key = words.next()?;
        Some((key, words.filter(|net| net != "(none)").collect()))
    });
    Ok(peers.collect())
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

/// Whether the interface has none of these peers, and none of these routes.
///
/// # Errors
/// When `wg` fails, or the kernel cannot be asked.
pub fn are_gone(
    host: &dyn Host,
    interface: &str,
    peers: &[Peer],
    routes: &[Ipv4Net],
) -> Result<bool, StepError> {
    if link(host, interface)?.is_none() {
        return Ok(true);
    }
    let now = allowed_ips(host, interface)?;
    let gone = peers.iter().all(|peer| !now.contains_key(&peer.public_key));
    Ok(gone && there(host, interface, routes)?.is_empty())
}

/// The routes of these that lead through the interface.
///
/// # Errors
/// When the kernel cannot be asked.
pub fn there(
    host: &dyn Host,
    interface: &str,
    routes: &[Ipv4Net],
) -> Result<Vec<Ipv4Net>, StepError> {
    let mut there = Vec::new();
    for net in routes {
        if has_route(host, &net.to_string(), interface)? {
            there.push(*net);
        }
    }
    Ok(there)
}

/// Takes peers and routes out of an interface that stays up.
///
/// # Errors
/// When `wg` or `ip` fails.
pub fn remove_peers(
    host: &dyn Host,
    interface: &str,
    peers: &[Peer],
    routes: &[Ipv4Net],
) -> Result<(), StepError> {
    let now = allowed_ips(host, interface)?;
    for net in there(host, interface, routes)? {
        let net = net.to_string();
        host.run(&ip(["route", "del", &net, "dev", interface]))?;
    }
    for Peer { public_key, .. } in peers {
        if now.contains_key(public_key) {
            host.run(&wg(["set", interface, "peer", public_key, "remove"]))?;
        }
    }
    Ok(())
}

/// Undoes [`set_peer`] and [`remove_peers`].
///
/// # Errors
/// When `wg` or `ip` fails.
pub fn restore_peers(
    host: &dyn Host,
    interface: &str,
    added: &[String],
    changed: &[Peer],
    routes: &[Ipv4Net],
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
    for net in routes {
        let net = net.to_string();
        host.run(&ip(["route", "replace", &net, "dev", interface]))?;
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
    pub address: Ipv4Net,
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

/// Gives an interface back what [`bring_up`] has changed of it.
///
/// # Errors
/// When `ip` or `wg` fails.
pub fn restore(
    host: &dyn Host,
    interface: &str,
    mtu: Option<u32>,
    port: Option<u16>,
    added: Option<Ipv4Net>,
    up: bool,
) -> Result<(), StepError> {
    let Some(link) = link(host, interface)? else {
        return Ok(());
    };
    // IFF_UP
    if !up && link.flags & 1 != 0 {
        host.run(&ip(["link", "set", "dev", interface, "down"]))?;
    }
    if let Some(mtu) = mtu.filter(|mtu| link.mtu != Some(*mtu)) {
        let mtu = mtu.to_string();
        host.run(&ip(["link", "set", "dev", interface, "mtu", &mtu]))?;
    }
    if let Some(address) = added
        && has_address(host, interface, address)?
    {
        let address = address.to_string();
        host.run(&ip(["address", "del", &address, "dev", interface]))?;
    }
    if let Some(port) = port.filter(|port| listen_port(host, interface) != Some(*port)) {
        let port = port.to_string();
        host.run(&wg(["set", interface, "listen-port", &port]))?;
    }
    Ok(())
}

/// The UDP port of an interface, where `wg` tells it.
pub fn listen_port(host: &dyn Host, interface: &str) -> Option<u16> {
    let shown = host.run(&wg(["show", interface, "listen-port"])).ok()?;
    shown.text().trim().parse().ok()
}

/// Whether an interface has an address.
///
/// # Errors
/// When netlink cannot be asked.
pub fn has_address(host: &dyn Host, interface: &str, address: Ipv4Net) -> Result<bool, StepError> {
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    const A: &str = "v53LxSbgOXm9/ewWSEamOBkyMZOVjfqjP0Mx++kWexM=";
    const B: &str = "W9d8S8ftD5KWxWmlAMgLC9ewwtxCEk829yDwBGspCwM=";

    /// What wireguard-tools 1.0.20210914 prints of an interface with two peers.
    fn host() -> Scripted {
        let show = |field| ["wg", "show", "wg0", field];
        let mut host = Scripted::new()
            .command(
                &show("allowed-ips"),
                &format!("{A}\t10.99.0.0/16 10.90.0.2/32\n{B}\t(none)\n"),
            )
            .command(
                &show("endpoints"),
                &format!("{A}\t10.92.0.2:51820\n{B}\t(none)\n"),
            )
            .command(
                &show("persistent-keepalive"),
                &format!("{A}\t25\n{B}\toff\n"),
            )
            .command(
                &show("latest-handshakes"),
                &format!("{A}\t1700000000\n{B}\t0\n"),
            )
            .command(&show("transfer"), &format!("{A}\t948\t1564\n{B}\t0\t0\n"));
        host.now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        host
    }

    fn wanted() -> Peer {
        Peer {
            name: "beta".into(),
            public_key: A.into(),
            preshared_key: None,
            endpoint: Some("10.92.0.2:51820".into()),
            allowed_ips: vec![
                "10.90.0.2/32".parse().unwrap(),
                "10.99.0.0/16".parse().unwrap(),
            ],
            keepalive: 25,
        }
    }

    #[test]
    fn peers_are_read_field_by_field() {
        let host = host();
        let peers = peers(&host, "wg0").unwrap();
        assert_eq!(
            peers[A],
            PeerState {
                allowed_ips: vec!["10.90.0.2/32".into(), "10.99.0.0/16".into()],
                endpoint: Some("10.92.0.2:51820".into()),
                keepalive: 25,
                handshake: 1_700_000_000,
                received: 948,
            }
        );
        assert_eq!(peers[B], PeerState::default());
        // The dump would hold the private key.
        assert!(host.ran().iter().flatten().all(|word| word != "dump"));
    }

    #[test]
    fn a_peer_counts_when_it_is_as_wanted() {
        let host = host();
        let now = peers(&host, "wg0").unwrap();
        let has = |change: fn(&mut Peer)| {
            let mut peer = wanted();
            change(&mut peer);
            has_peer(&host, &peer, &now)
        };
        assert!(has(|_| {}));
        assert!(has(|peer| peer.allowed_ips.reverse()));
        assert!(has(|peer| peer.endpoint = None), "one that dials in");
        assert!(
            has(|peer| peer.endpoint = Some("beta.example:51820".into())),
            "a name that was looked up"
        );
        assert!(!has(|peer| peer.public_key = "other".into()));
        assert!(!has(|peer| peer.keepalive = 0));
        assert!(!has(|peer| {
            peer.allowed_ips.pop();
        }));
    }

    #[test]
    fn a_living_session_may_have_roamed_and_a_dead_one_may_not() {
        let mut peer = wanted();
        peer.endpoint = Some("10.92.0.9:51820".into());
        for (age, expected) in [(0, true), (179, true), (180, false), (100_000, false)] {
            let host = host();
            host.sleep(Duration::from_secs(age));
            let now = peers(&host, "wg0").unwrap();
            assert_eq!(has_peer(&host, &peer, &now), expected, "{age} s");
        }
    }

    #[test]
    fn keys_are_given_by_their_files() {
        let host = Scripted::new().on_run(|_, _| Some(Ok(crate::host::Output::default())));
        let mut peer = wanted();
        peer.preshared_key = Some("/root/psk".into());
        set_peer(&host, "wg0", &peer).unwrap();
        assert_eq!(
            host.ran()[0].join(" "),
            format!(
                "wg set wg0 peer {A} preshared-key /root/psk endpoint 10.92.0.2:51820 \
                 persistent-keepalive 25 allowed-ips 10.90.0.2/32,10.99.0.0/16"
            )
        );
    }
}
