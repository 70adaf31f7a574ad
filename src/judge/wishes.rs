//! What the decision and the ranking of interfaces need of the answers: plain
//! values, filled by the answers stage.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use crate::facts::flat::FlatFacts;

/// Whether the nodes' traffic has to be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encryption {
    /// A candidate without it is out.
    Required,
    /// A candidate without it is worse.
    #[default]
    Preferred,
    /// It does not matter.
    No,
}

impl Encryption {
    /// The word that answers and facts use.
    pub fn word(self) -> &'static str {
        match self {
            Encryption::Required => "required",
            Encryption::Preferred => "preferred",
            Encryption::No => "no",
        }
    }
}

/// What files were brought along for a site without internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bundle {
    /// Docker's packages.
    pub docker: bool,
    /// A WireGuard module and tools.
    pub wireguard: bool,
    /// Kubernetes.
    pub kubernetes: bool,
}

/// Which interface was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum InterfaceWish {
    /// The best one.
    #[default]
    Auto,
    /// By name: `eth1`.
    Name(String),
    /// By an address that it has.
    Address(Ipv4Addr),
    /// By hardware address, any case, `:` or `-` between the bytes.
    Mac(String),
    /// By an address within a network.
    Cidr(Ipv4Net),
    /// By driver: `ixgbe`.
    Driver(String),
}

/// An interface that the plan will make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedInterface {
    /// Its name: `wg0`.
    pub name: String,
    /// Its kind: `wireguard`.
    pub kind: String,
    /// Its address with the prefix length of the overlay's network.
    pub address: Ipv4Net,
    /// Its MTU in bytes, when it is known already.
    pub mtu: Option<u32>,
}

/// The wishes; `Default` is what holds when nobody was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Wishes {
    /// Number of nodes.
    pub nodes: u32,
    /// The kinds of YAML that the vendor ships (`native`, `swarm`,
    /// `kubernetes`); `None` when that is not known, which filters nothing.
    pub vendor_kinds: Option<Vec<String>>,
    /// No internet on the hosts.
    pub airgap: bool,
    /// Encryption between the nodes.
    pub encryption: Encryption,
    /// The nodes are behind NAT to each other.
    pub behind_nat: bool,
    /// At least one of them can be reached nevertheless.
    pub public_peer: bool,
    /// Multicast or broadcast between the nodes is needed.
    pub multicast: bool,
    /// Docker may be restarted, that is, containers may stop.
    pub docker_restart_ok: bool,
    /// An etcd is there already.
    pub existing_etcd: bool,
    /// A ZeroTier controller of one's own is wanted.
    pub zt_private: bool,
    /// Business use, for licences.
    pub business: bool,
    /// WireGuard's kernel module may be installed.
    pub wireguard_module: bool,
    /// What was brought along.
    pub bundle: Bundle,
    /// Userspace WireGuard is allowed.
    pub allow_experimental: bool,
    /// The overlay that was chosen, if one was: `wireguard`, `flannel`, `zerotier`.
    pub overlay: Option<String>,
    /// The overlay's network.
    pub overlay_network: Option<Ipv4Net>,
    /// The overlay's interface that the plan will make.
    pub planned: Option<PlannedInterface>,
    /// The other nodes' addresses in the network below the overlay.
    pub peers: Vec<IpAddr>,
    /// Which interface was asked for.
    pub interface: InterfaceWish,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            nodes: 1,
            vendor_kinds: None,
            airgap: false,
            encryption: Encryption::default(),
            behind_nat: false,
            public_peer: false,
            multicast: false,
            docker_restart_ok: true,
            existing_etcd: false,
            zt_private: false,
            business: true,
            wireguard_module: true,
            bundle: Bundle::default(),
            allow_experimental: false,
            overlay: None,
            overlay_network: None,
            planned: None,
            peers: Vec::new(),
            interface: InterfaceWish::default(),
        }
    }
}

impl Wishes {
    /// The wishes as the rules see them: `needs.*`, `app.schedulers` (only when
    /// known) and `bundle.*`.
    pub fn flat(&self) -> FlatFacts {
        let mut flat: FlatFacts = [
            ("needs.nodes", json!(self.nodes)),
            ("needs.airgap", json!(self.airgap)),
            ("needs.encryption", json!(self.encryption.word())),
            ("needs.behind_nat", json!(self.behind_nat)),
            ("needs.public_peer", json!(self.public_peer)),
            ("needs.multicast", json!(self.multicast)),
            ("needs.docker_restart_ok", json!(self.docker_restart_ok)),
            ("needs.existing_etcd", json!(self.existing_etcd)),
            ("needs.zt_private", json!(self.zt_private)),
            ("needs.business", json!(self.business)),
            ("needs.wg_module", json!(self.wireguard_module)),
            ("bundle.docker", json!(self.bundle.docker)),
            ("bundle.wireguard", json!(self.bundle.wireguard)),
            ("bundle.kubernetes", json!(self.bundle.kubernetes)),
        ]
        .into_iter()
        .map(|(path, value): (&str, Value)| (path.to_owned(), value))
        .collect();
        if let Some(kinds) = &self.vendor_kinds {
            flat.insert("app.schedulers".to_owned(), json!(kinds));
        }
        flat
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::judge::rules::Rules;

    #[test]
    fn the_defaults_are_those_of_the_rules() {
        let defaults = Rules::embedded().unwrap().defaults;
        for (path, value) in Wishes::default().flat() {
            assert_eq!(defaults.get(&path), Some(&value), "{path}");
        }
        assert!(!Wishes::default().flat().contains_key("app.schedulers"));
    }

    #[test]
    fn known_vendor_kinds_reach_the_rules() {
        let wishes = Wishes {
            vendor_kinds: Some(vec!["native".to_owned()]),
            ..Wishes::default()
        };
        assert_eq!(
            wishes.flat().get("app.schedulers"),
            Some(&json!(["native"]))
        );
    }
}
