//! What a check is given: the host's facts, and what they are judged for.

use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use super::Target;
use crate::facts::Facts;
use crate::judge::wishes::Encryption;

/// What a check looks at.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The host.
    pub facts: &'a Facts,
    /// What it is judged for.
    pub scope: &'a Scope,
}

/// What a host is judged for: the wishes, and what the decision made of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    /// Ids of the candidates: what was asked for, or else what is recommended.
    pub targets: Vec<String>,
    /// Number of nodes.
    pub nodes: u32,
    /// This node joins an installation that is there already.
    pub joins: bool,
    /// No internet on the hosts.
    pub airgap: bool,
    /// Encryption between the nodes.
    pub encryption: Encryption,
    /// Docker may be restarted.
    pub docker_restart_ok: bool,
    /// Replicated is going to be installed by this run.
    pub install: bool,
    /// The interface towards the other nodes, below any overlay: named in the
    /// answers, or the best ranked.
    pub interface: Option<String>,
    /// The overlay's interface: `wg0`, `flannel.1`, `zt…`; none without overlay.
    pub overlay_interface: Option<String>,
    /// The UDP port of WireGuard.
    pub wireguard_port: u16,
    /// Where the other nodes are to dial this one, as answered: an address or a
    /// name, without the port.
    pub endpoint: Option<String>,
    /// Keepalives are sent to every other node: answered for each, or for all by
    /// their being behind NAT.
    pub keepalive: bool,
    /// Networks that the installation will make.
    pub networks: Vec<PlannedNetwork>,
    /// Ranges that are in use elsewhere in the organisation, as answered.
    pub reserved: Vec<Ipv4Net>,
    /// The other nodes' addresses, as far as they are known.
    pub peers: Vec<Ipv4Addr>,
    /// The day on which it is judged, `2026-11-23`.
    pub today: String,
}

/// A network that the installation will make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedNetwork {
    /// What it is, in a sentence: "the network of WireGuard".
    pub what: String,
    /// Its range.
    pub range: IpNet,
    /// The targets that make it.
    pub targets: Vec<Target>,
    /// What sets another range: an answer (`overlay.network`), a flag or key of
    /// the program that makes it (`--default-addr-pool`).
    pub setting: String,
}

impl Default for Scope {
    fn default() -> Self {
        Self {
            targets: Vec::new(),
            nodes: 1,
            joins: false,
            airgap: false,
            encryption: Encryption::default(),
            docker_restart_ok: true,
            install: false,
            interface: None,
            overlay_interface: None,
            wireguard_port: 51820,
            endpoint: None,
            keepalive: false,
            networks: Vec::new(),
            reserved: Vec::new(),
            peers: Vec::new(),
            today: String::new(),
        }
    }
}

impl Subject<'_> {
    /// Whether a part of any candidate is among these targets.
    pub fn aims_at(&self, targets: &[Target]) -> bool {
        self.scope
            .targets
            .iter()
            .flat_map(|id| Target::of_candidate(id))
            .any(|target| targets.contains(&target))
    }
}
