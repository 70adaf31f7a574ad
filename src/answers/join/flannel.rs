//! The join file of a Flannel host.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::{KIND, OwnIdentity, VERSION, field, text};
use crate::answers::check::{Check, Fault, fault, hinted};
use crate::answers::config::{FlannelConfig, same_host};
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
    /// Whether etcd is asked with TLS.
    pub etcd_tls: bool,
    /// The network of all containers, the same on all hosts.
    pub network: Ipv4Net,
}

/// What a host is to etcd.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Etcd {
    /// It runs etcd, and is one of those that begin it together.
    Initial,
    /// It runs etcd.
    Member,
    /// It asks the members.
    Client,
    /// It asks a cluster of the site's own.
    Site,
}

impl Etcd {
    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Etcd::Initial => "initial",
            Etcd::Member => "member",
            Etcd::Client => "client",
            Etcd::Site => "site",
        }
    }

    /// Whether it runs a member of the hosts' etcd.
    pub fn is_member(self) -> bool {
        matches!(self, Etcd::Initial | Etcd::Member)
    }
}

const ETCD_TLS: &str = "etcd-tls";

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
                value: "initial",
                label: "it begins etcd together with others",
            },
            Choice {
                value: "client",
                label: "it asks the members",
            },
            Choice {
                value: "site",
                label: "it asks a cluster of the site's own",
            },
        ]),
        true,
    ),
    field(ETCD_TLS, Kind::Bool, false),
    field("network", Kind::Text(Check::Network), true),
];

pub(super) fn typed(value: &Value) -> Option<Flannel> {
    Some(Flannel {
        name: text(value, "name")?.to_owned(),
        address: text(value, "address")?.parse().ok()?,
        etcd: match text(value, "etcd")? {
            "member" => Etcd::Member,
            "initial" => Etcd::Initial,
            "site" => Etcd::Site,
            _ => Etcd::Client,
        },
        // Files of before have no word of it.
        etcd_tls: value.field(ETCD_TLS).and_then(Value::bool).unwrap_or(false),
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

    /// What of its etcd does not go with this host's answers.
    pub(super) fn against(&self, own: &FlannelConfig) -> Vec<(&'static str, Fault)> {
        let mut faults = Vec::new();
        match (self.etcd_tls, own.etcd_tls.is_some()) {
            (true, false) => faults.push((
                ETCD_TLS,
                hinted(
                    "etcd is asked with TLS there, and this host has no files for it",
                    "say overlay.flannel.etcd-tls: {ca: FILE, cert: FILE, key: FILE}, with a \
                     certificate of the same authority",
                ),
            )),
            (false, true) => faults.push((
                ETCD_TLS,
                hinted(
                    "etcd is asked in plain HTTP there, and overlay.flannel.etcd-tls is answered \
                     here",
                    "all hosts have TLS or none: give it to that host and take its new join file, \
                     or take it out here",
                ),
            )),
            _ => {}
        }
        match (self.etcd == Etcd::Site, own.etcd_endpoints.is_empty()) {
            (true, true) => faults.push((
                "etcd",
                hinted(
                    "that host asks an etcd cluster of the site, and this one would make its own",
                    "say the same overlay.flannel.etcd-endpoints on all hosts",
                ),
            )),
            (false, false) => faults.push((
                "etcd",
                hinted(
                    "that host belongs to an etcd of groundcrew's, and \
                     overlay.flannel.etcd-endpoints names another one here",
                    "say the same overlay.flannel.etcd-endpoints on all hosts",
                ),
            )),
            _ => {}
        }
        faults
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
        let tls = if self.etcd_tls { ", TLS" } else { "" };
        let etcd = self.etcd.word();
        format!("{:<15} etcd {etcd}{tls}", self.address.to_string())
    }
}
