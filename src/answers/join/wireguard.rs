//! The join file of a WireGuard host.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::{KIND, OwnIdentity, VERSION, field, text};
use crate::answers::check::{Check, Fault, fault, hinted};
use crate::answers::config::{Peer, same_host};
use crate::answers::questions::{Field, Kind};
use crate::answers::types::{Endpoint, PublicKey};
use crate::answers::value::Value;

/// What a WireGuard host tells of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wireguard {
    /// The host's name.
    pub name: String,
    /// Its address in the private network.
    pub address: Ipv4Addr,
    /// Where it is reached; none: it calls first.
    pub endpoint: Option<Endpoint>,
    /// Its public key.
    pub public_key: PublicKey,
    /// The private network.
    pub network: Ipv4Net,
}

pub(super) const FIELDS: &[Field] = &[
    VERSION,
    KIND,
    field("name", Kind::Text(Check::PeerName), true),
    field("address", Kind::Text(Check::Ipv4), true),
    field("endpoint", Kind::Text(Check::Endpoint), false),
    field("public-key", Kind::Text(Check::PublicKey), true),
    field("network", Kind::Text(Check::Network), true),
];

pub(super) fn typed(value: &Value) -> Option<Wireguard> {
    Some(Wireguard {
        name: text(value, "name")?.to_owned(),
        address: text(value, "address")?.parse().ok()?,
        endpoint: match text(value, "endpoint") {
            None => None,
            Some(endpoint) => Some(endpoint.parse().ok()?),
        },
        public_key: text(value, "public-key")?.parse().ok()?,
        network: text(value, "network")?.parse().ok()?,
    })
}

impl Wireguard {
    /// The peer that it stands for.
    pub(super) fn peer(&self) -> Peer {
        Peer {
            name: self.name.clone(),
            endpoint: self.endpoint.clone(),
            address: self.address,
            public_key: self.public_key,
            preshared_key: None,
            keepalive: None,
            allowed_ips: vec![Ipv4Net::from(self.address)],
        }
    }

    /// What no two hosts have alike.
    pub(super) fn singular(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![("address", self.address.to_string())];
        all.extend(self.endpoint.as_ref().map(|e| ("endpoint", e.to_string())));
        all.push(("public-key", self.public_key.to_string()));
        all
    }

    /// What it has alike with a peer of the answers.
    pub(super) fn alike(&self, peer: &Peer) -> Vec<&'static str> {
        let twice = [
            ("address", self.address == peer.address),
            (
                "endpoint",
                self.endpoint.is_some() && self.endpoint == peer.endpoint,
            ),
            ("public-key", self.public_key == peer.public_key),
        ];
        let same = twice.into_iter().filter(|(_, same)| *same);
        same.map(|(key, _)| key).collect()
    }

    pub(super) fn is_own(&self, own: &OwnIdentity) -> Result<bool, (&'static str, Fault)> {
        let name = same_host(&self.name, &own.name);
        let key = own.public_key == Some(self.public_key);
        let address = own.address == Some(self.address);
        if name && (key || address || own.address.is_none()) {
            return Ok(true);
        }
        if key {
            return Err((
                "public-key",
                hinted(
                    "this host's own public key under another name",
                    "was one host cloned from the other? Each needs a key of its own",
                ),
            ));
        }
        if name {
            return Err((
                "name",
                fault("this host's own name, with another key and address"),
            ));
        }
        if address {
            let said = format!("{} is this host's own address", self.address);
            return Err(("address", fault(said)));
        }
        Ok(false)
    }

    pub(super) fn line(&self) -> String {
        let endpoint = self
            .endpoint
            .as_ref()
            .map_or("no endpoint".into(), ToString::to_string);
        format!("{:<15} {endpoint}", self.address.to_string())
    }
}
