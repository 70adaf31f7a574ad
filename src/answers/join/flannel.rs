//! The join file of a Flannel host.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::{KIND, OwnIdentity, VERSION, field, text};
use crate::answers::check::{Check, Fault, fault, hinted};
use crate::answers::config::same_host;
use crate::answers::questions::{Choice, Field, Kind};
use crate::answers::value::Value;

/// What a Flannel host tells of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flannel {
    /// The host's name.
    pub name: String,
    /// Its address in the network below, on the chosen interface: where the
    /// others send its packets, and where its etcd listens.
    pub address: Ipv4Addr,
    /// What it is to etcd.
    pub etcd: Etcd,
    /// The network of all containers, the same on all hosts.
    pub network: Ipv4Net,
}

/// What a host is to etcd.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Etcd {
    /// It runs etcd.
    Member,
    /// It asks the members.
    Client,
}

impl Etcd {
    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Etcd::Member => "member",
            Etcd::Client => "client",
        }
    }
}

pub(super) const FIELDS: &[Field] = &[
    VERSION,
    KIND,
    field("name", Kind::Text(Check::PeerName), true),
    field("address", Kind::Text(Check::Ipv4), true),
    field(
        "etcd",
        Kind::Choice(&[
            Choice {
                value: "member",
                label: "it runs etcd",
            },
            Choice {
                value: "client",
                label: "it asks the members",
            },
        ]),
        true,
    ),
    field("network", Kind::Text(Check::Network), true),
];

pub(super) fn typed(value: &Value) -> Option<Flannel> {
    Some(Flannel {
        name: text(value, "name")?.to_owned(),
        address: text(value, "address")?.parse().ok()?,
        etcd: match text(value, "etcd")? {
            "member" => Etcd::Member,
            _ => Etcd::Client,
        },
        network: text(value, "network")?.parse().ok()?,
    })
}

impl Flannel {
    pub(super) fn singular(&self) -> Vec<(&'static str, String)> {
        vec![("address", self.address.to_string())]
    }

    /// What is wrong with it by itself.
    pub(super) fn faults(&self) -> Vec<(&'static str, Fault)> {
        if !self.network.contains(&self.address) {
            return Vec::new();
        }
        let said = format!("{} is in the private network itself", self.address);
        let hint = "wanted the host's address in the network below, of the interface that it is \
                    reached at";
        vec![("address", hinted(said, hint))]
    }

    pub(super) fn is_own(&self, own: &OwnIdentity) -> Result<bool, (&'static str, Fault)> {
        let name = same_host(&self.name, &own.name);
        let address = own.below.contains(&self.address);
        match (name, address || own.below.is_empty()) {
            (true, true) => Ok(true),
            (true, false) => Err((
                "name",
                hinted(
                    format!("this host's own name, with the address {}", self.address),
                    "was one host cloned from the other? Each needs a name of its own; where it is \
                     this host's file from before, delete it",
                ),
            )),
            (false, _) if address => Err((
                "address",
                fault(format!("{} is this host's own address", self.address)),
            )),
            (false, _) => Ok(false),
        }
    }

    pub(super) fn line(&self) -> String {
        format!("{:<15} etcd {}", self.address.to_string(), self.etcd.word())
    }
}
