//! The join file of a ZeroTier host.

use std::net::Ipv4Addr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::Ipv4Net;

use super::{KIND, OwnIdentity, VERSION, field, text};
use crate::answers::check::{Check, Fault, fault, hinted};
use crate::answers::config::same_host;
use crate::answers::questions::{Field, Kind};
use crate::answers::value::Value;

/// What a ZeroTier host tells of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Zerotier {
    /// The host's name.
    pub name: String,
    /// The address that it wants in the private network; none: any.
    pub address: Option<Ipv4Addr>,
    /// Its address in the network below.
    pub underlay: Ipv4Addr,
    /// ZeroTier's address of it: ten hexadecimal digits, in lower case.
    pub node: String,
    /// The network that it is the controller of: sixteen hexadecimal digits, in
    /// lower case, the first ten of them [`Zerotier::node`].
    pub controller_network: Option<String>,
    /// The signed world file that names the roots; in the controller's file,
    /// where the hosts do without the public roots.
    pub planet: Option<Vec<u8>>,
    /// The private network.
    pub network: Ipv4Net,
}

pub(super) const FIELDS: &[Field] = &[
    VERSION,
    KIND,
    field("name", Kind::Text(Check::PeerName), true),
    field("address", Kind::Text(Check::Ipv4), false),
    field("underlay", Kind::Text(Check::Ipv4), true),
    field("node", Kind::Text(Check::ZerotierNode), true),
    field(
        "controller-network",
        Kind::Text(Check::ZerotierNetwork),
        false,
    ),
    field("planet", Kind::Text(Check::Base64), false),
    field("network", Kind::Text(Check::Network), true),
];

pub(super) fn typed(value: &Value) -> Option<Zerotier> {
    Some(Zerotier {
        name: text(value, "name")?.to_owned(),
        address: match text(value, "address") {
            None => None,
            Some(address) => Some(address.parse().ok()?),
        },
        underlay: text(value, "underlay")?.parse().ok()?,
        node: text(value, "node")?.to_ascii_lowercase(),
        controller_network: text(value, "controller-network").map(str::to_ascii_lowercase),
        planet: match text(value, "planet") {
            None => None,
            Some(planet) => Some(STANDARD.decode(planet).ok()?),
        },
        network: text(value, "network")?.parse().ok()?,
    })
}

impl Zerotier {
    pub(super) fn singular(&self) -> Vec<(&'static str, String)> {
        let mut all = Vec::new();
        all.extend(self.address.map(|address| ("address", address.to_string())));
        all.push(("underlay", self.underlay.to_string()));
        all.push(("node", self.node.clone()));
        all
    }

    /// What is wrong with it by itself.
    pub(super) fn faults(&self) -> Vec<(&'static str, Fault)> {
        let mut faults = Vec::new();
        if self.network.contains(&self.underlay) {
            faults.push((
                "underlay",
                fault(format!(
                    "{} is in the private network itself, wanted the host's address in the \
                     network below",
                    self.underlay
                )),
            ));
        }
        // A controller accepts other ids and can never serve them.
        if let Some(id) = &self.controller_network
            && !id.starts_with(&self.node)
        {
            faults.push((
                "controller-network",
                hinted(
                    format!("{id} is not a network of this node's controller"),
                    format!("its ids begin with {}", self.node),
                ),
            ));
        }
        faults
    }

    pub(super) fn is_own(&self, own: &OwnIdentity) -> Result<bool, (&'static str, Fault)> {
        let name = same_host(&self.name, &own.name);
        let node = own
            .zerotier_node
            .as_ref()
            .is_some_and(|own| own.eq_ignore_ascii_case(&self.node));
        let underlay = own.below.contains(&self.underlay);
        if name && (node || underlay || (own.zerotier_node.is_none() && own.below.is_empty())) {
            return Ok(true);
        }
        if node {
            return Err((
                "node",
                hinted(
                    "this host's own ZeroTier identity under another name",
                    "was one host cloned from the other? Say overlay.zerotier.replace-identity: true \
                     on the one that is to get a new identity",
                ),
            ));
        }
        if name {
            let said = "this host's own name, with another node and another underlay";
            return Err(("name", fault(said)));
        }
        if underlay {
            let said = format!("{} is this host's own address", self.underlay);
            return Err(("underlay", fault(said)));
        }
        if own.address.is_some() && own.address == self.address {
            return Err(("address", fault("it is this host's own (overlay.address)")));
        }
        Ok(false)
    }

    pub(super) fn line(&self) -> String {
        let address = self
            .address
            .map_or("any address".into(), |address| address.to_string());
        let controller = match &self.controller_network {
            Some(id) => format!(", controller of {id}"),
            None => String::new(),
        };
        format!(
            "{address:<15} {} at {}{controller}",
            self.node, self.underlay
        )
    }
}
