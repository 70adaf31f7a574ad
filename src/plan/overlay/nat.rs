//! Nodes that share an address translation. Few routers send a packet back in
//! that was sent from inside to their outer address (RFC 4787, REQ-9 asks for
//! it), so these nodes have to know each other's addresses inside.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::plan::step::Peer;

/// The host of an endpoint.
fn host(endpoint: &str) -> Option<&str> {
    endpoint.rsplit_once(':').map(|(host, _)| host)
}

/// What the operator has to do where WireGuard peers are dialled at one address,
/// or at the one that this node itself is dialled at.
pub(super) fn wireguard(own: Option<&str>, peers: &[Peer]) -> Vec<String> {
    let own = own.and_then(host);
    let mut behind: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for peer in peers {
        if let Some(host) = peer.endpoint.as_deref().and_then(host) {
            behind.entry(host).or_default().push(&peer.name);
        }
    }
    let notes = behind.iter().flat_map(|(host, names)| {
        let here = (own == Some(host)).then(|| {
            let names = names.join(" and ");
            format!(
                "{names} and this node are dialled at one address, {host}, and share a NAT: it \
                 may not let them reach each other there. Give {names} an entry in \
                 overlay.wireguard.peers here, with the address inside as its endpoint, and this \
                 node the same there; and have the router forward a port of its own to each."
            )
        });
        let elsewhere = (own != Some(host) && names.len() > 1).then(|| {
            format!(
                "{} are dialled at one address, {host}, and share a NAT: have its router forward \
                 a port of its own to each; and on each of them give the others an entry in \
                 overlay.wireguard.peers with their address inside as the endpoint.",
                names.join(" and ")
            )
        });
        here.into_iter().chain(elsewhere)
    });
    notes.collect()
}

/// The same for ZeroTier, whose nodes tell each other their addresses inside by
/// themselves (VERB_PUSH_DIRECT_PATHS, Packet.hpp).
pub(super) fn zerotier(controller: bool, underlay: Option<Ipv4Addr>, port: u16) -> String {
    let mut text = format!(
        "Nodes that share a NAT find each other's addresses inside by themselves: let UDP {port} \
         through between them."
    );
    if controller {
        text.push_str(&format!(
            " Nodes behind one come here from its outer address, which no join file names: let \
             UDP {port} in from it by hand."
        ));
        if let Some(address) = underlay {
            text.push_str(&format!(
                " All nodes have to reach this one at {address}: it cannot be behind a NAT itself."
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(name: &str, endpoint: Option<&str>) -> Peer {
        Peer {
            name: name.into(),
            public_key: String::new(),
            preshared_key: None,
            endpoint: endpoint.map(str::to_owned),
            allowed_ips: Vec::new(),
            keepalive: 0,
        }
    }

    #[test]
    fn nodes_behind_one_address_are_told_to_use_their_addresses_inside() {
        let peers = [
            peer("bravo", Some("203.0.113.7:51820")),
            peer("charlie", Some("203.0.113.7:51821")),
            peer("delta", Some("198.51.100.1:51820")),
            peer("echo", None),
        ];
        let told = wireguard(Some("192.0.2.1:51820"), &peers);
        assert_eq!(told.len(), 1, "{told:?}");
        let text = told.join(" ");
        assert!(text.starts_with("bravo and charlie are dialled"), "{text}");
        assert!(text.contains("overlay.wireguard.peers"), "{text}");
        let told = wireguard(Some("203.0.113.7:51822"), &peers).join(" ");
        assert!(told.contains("bravo and charlie and this node"), "{told}");
        let apart = wireguard(Some("192.0.2.1:51820"), peers.get(1..).unwrap_or_default());
        assert_eq!(apart, Vec::<String>::new());
    }
}
