//! What a plan needs to know beyond the facts: read right before planning, for
//! the things that the answers name. It is data here; reading it is the apply
//! stage's.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::scheduler::replicated::script::{Script, Unfit};
use super::step::Peer;
use crate::facts::Fact;

/// First line of every file that groundcrew makes and may change again.
pub const MARK: &str = "# Made by groundcrew";

/// What was looked up for a plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Survey {
    /// Programs that were looked for, with their paths; those that are not here
    /// are missing.
    pub programs: BTreeMap<String, String>,
    /// How it stands with packages that were looked up; those that are not here
    /// are not known.
    pub packages: BTreeMap<String, Stock>,
    /// Who made the interface and its configuration, if they are there.
    pub owner: Owner,
    /// UDP port that the interface listens on, where it is there and ours.
    pub listen_port: Option<u16>,
    /// The peers of that interface, where it is there and ours.
    pub peers: PeerSurvey,
    /// Measured path MTUs in bytes to the peers' addresses, headers included.
    pub path_mtu: BTreeMap<Ipv4Addr, Fact<u32>>,
    /// nftables' chains through which packets come in, as `inet filter input`,
    /// where nftables filters without a manager.
    pub nft_chains: Vec<String>,
    /// Those through which packets are forwarded, but for iptables' own.
    pub nft_forward: Vec<String>,
    /// Whether systemd loads nftables' rules at boot, by `nftables.service`.
    pub nft_boot: bool,
    /// Whether the run-level folders are in `/etc/rc.d`.
    pub rc_d: bool,
    /// What Flannel's plan needs; as if nothing was there for other plans.
    pub flannel: FlannelSurvey,
    /// ZeroTier, as it stands.
    pub zerotier: ZerotierSurvey,
    /// Packages that the repositories of this host have, of those that were asked
    /// for, with their versions.
    pub candidates: BTreeMap<String, String>,
    /// Whether Debian's policy for services of packages (`policy-rc.d`) is there,
    /// and if so whether it keeps etcd from starting.
    pub policy: Option<bool>,
    /// Docker's packages, as they stand.
    pub docker: DockerSurvey,
    /// The Swarm that this node is in, if any.
    pub swarm: SwarmSurvey,
    /// Kubernetes, as it stands, and what it would stand on.
    pub kubernetes: super::scheduler::kubernetes::act::KubernetesSurvey,
    /// What the hand-off to Replicated needs; as if nothing was there for other
    /// plans.
    pub replicated: ReplicatedSurvey,
}

/// The peers that a WireGuard interface has, and whose they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeerSurvey {
    /// Those that it has now, by their public keys, with their allowed IPs as `wg`
    /// prints them.
    pub live: BTreeMap<String, Vec<String>>,
    /// Those that runs of groundcrew put in and have not taken out, by their public
    /// keys.
    pub ours: BTreeMap<String, Peer>,
    /// Why it is not wholly known what earlier runs did.
    pub untold: Option<String>,
}

/// How it stands with a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stock {
    /// It is installed.
    Installed,
    /// A repository of this host has it.
    Offered,
    /// None has it.
    Nowhere,
}

/// What Docker is a part of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DockerSurvey {
    /// Packages of it that are installed.
    pub packages: Vec<String>,
    /// Whether docker.com's repository is configured.
    pub repository: bool,
}

/// A node's Swarm, as Docker tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SwarmSurvey {
    /// inactive, pending, active, error, locked; none where Docker was not asked.
    pub state: Option<String>,
    /// What Docker says is wrong with it; empty where nothing is.
    pub error: String,
    /// Whether this node is a manager.
    pub control: bool,
    /// This node's address in it; empty where it is in none.
    pub address: String,
    /// Its managers, `address:port`.
    pub managers: Vec<String>,
    /// Ranges of its networks, where this node is a manager.
    pub pools: Vec<Ipv4Net>,
    /// UDP port of its data path, where this node is a manager.
    pub data_path_port: Option<u16>,
    /// MTU below its ingress network, where one was said.
    pub ingress_mtu: Option<u32>,
    /// How many nodes are Ready, where this node is a manager.
    pub ready: u32,
    /// Whether the file of the join tokens is there.
    pub token_file: bool,
    /// What is wrong with the token that was answered.
    pub token_problem: Option<String>,
}

/// What the hand-off to Replicated needs to know.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReplicatedSurvey {
    /// The install script, or why it could not be read; none where it was not
    /// looked for.
    pub script: Option<Result<FoundScript, String>>,
    /// Names in the folder of the airgap package.
    pub airgap: Vec<String>,
    /// /etc/replicated.conf: its keys with their values, secret ones left out;
    /// none where it is not there.
    pub conf: Option<Result<BTreeMap<String, String>, String>>,
    /// What is wrong with files that the answers name, by the answer.
    pub files: BTreeMap<&'static str, String>,
    /// Addresses that Replicated was installed with, by the file that says so.
    pub installed: BTreeMap<String, String>,
    /// Whether the scripts keep their settings in /etc/sysconfig where systemd
    /// runs.
    pub sysconfig: bool,
    /// Whether a process has `dockerd` on its command line.
    pub dockerd: bool,
    /// Whether Docker has a job of upstart.
    pub docker_upstart: bool,
}

/// An install script.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundScript {
    /// Its SHA-256.
    pub sha256: String,
    /// What it says of itself, or why it cannot be run.
    pub read: Result<Script, Unfit>,
    /// What bash says where it cannot read it.
    pub syntax: Option<String>,
}

/// Major, minor and patch number.
pub type Version = (u64, u64, u64);

/// The first three numbers with dots between them: `v0.9.1`, `etcd Version:
/// 3.4.23`, `2:3.5.16-4+b1`.
pub fn version_in(text: &str) -> Option<Version> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .find_map(|word| {
            let mut numbers = word.trim_matches('.').split('.').map(str::parse);
            match (numbers.next()?, numbers.next()?, numbers.next()?) {
                (Ok(major), Ok(minor), Ok(patch)) => Some((major, minor, patch)),
                _ => None,
            }
        })
}

/// A program and its version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Program {
    /// It was not found.
    #[default]
    Missing,
    /// It does not tell its version.
    NoVersion {
        /// Path.
        path: String,
        /// Why.
        why: String,
    },
    /// It is there.
    There {
        /// Path.
        path: String,
        /// Its version.
        version: Version,
    },
}

/// What Flannel's plan needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlannelSurvey {
    /// flanneld.
    pub flanneld: Program,
    /// etcd.
    pub etcd: Program,
    /// Whether this node's etcd was set up by groundcrew before.
    pub etcd_ours: bool,
    /// Whether that one speaks TLS.
    pub etcd_tls: bool,
    /// The files for etcd's TLS, where the answers name them.
    pub tls: Vec<PemFile>,
    /// How Docker is started.
    pub docker: DockerStart,
    /// The command line of this node's flanneld, as it runs; nothing where it does not.
    pub running: Vec<String>,
}

/// A file that should hold something in PEM. What it holds is not kept, only
/// what kind of thing it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PemFile {
    /// `ca`, `cert` or `key`.
    pub role: &'static str,
    /// Its path, as answered.
    pub path: String,
    /// What was found there.
    pub found: PemFound,
}

/// What was found at the path of a [`PemFile`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PemFound {
    /// It is not there, or no file.
    Unreadable(String),
    /// This user, who is not root, may not read it.
    NotAllowed,
    /// A file.
    Pem {
        /// Permission bits.
        mode: u32,
        /// Owner.
        uid: u32,
        /// What its blocks are, as `CERTIFICATE`; with `ENCRYPTED` in front where
        /// a header says so.
        labels: Vec<String>,
        /// Whether a block has no end or is no base64.
        damaged: bool,
    },
}

/// How Docker is started, and with which bridge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DockerStart {
    /// The command of its systemd unit.
    pub exec_start: Option<String>,
    /// Somebody else's drop-in that replaces the command.
    pub other_exec: Option<String>,
    /// Whether it has a job of upstart.
    pub upstart: bool,
    /// Whether its script reads /etc/sysconfig/docker.
    pub sysconfig: bool,
    /// Whether its bridge is in Flannel's lease already.
    pub on_lease: bool,
}

/// ZeroTier, as it stands on a host.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ZerotierSurvey {
    /// Version of zerotier-one, where it tells one.
    pub version: Option<String>,
    /// Address of this node, where it has an identity.
    pub node: Option<String>,
    /// Whether the service answers.
    pub running: bool,
    /// Whether the service has a controller in it, where it answers.
    pub controller: Option<bool>,
    /// Text of local.conf, where there is one.
    pub local_conf: Option<String>,
    /// Text of devicemap, where there is one.
    pub devicemap: Option<String>,
    /// The planet in base64, where there is one.
    pub planet: Option<String>,
    /// Endpoints of the world that groundcrew has signed, where it has.
    pub world: Option<Vec<String>>,
    /// The networks that were joined, with their interfaces.
    pub joined: BTreeMap<String, String>,
    /// Whom the controller's own network knows, by node address.
    pub members: BTreeMap<String, MemberSurvey>,
    /// Whether systemd has a unit of it.
    pub unit: bool,
    /// Whether there is a script of it in init.d.
    pub init_script: bool,
}

/// A node that the controller of this host knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemberSurvey {
    /// Whether it is let in.
    pub authorized: bool,
    /// Addresses that it has.
    pub addresses: Vec<String>,
}

/// Whose the overlay's interface is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Owner {
    /// It is not there.
    #[default]
    Nobody,
    /// groundcrew made it.
    Us,
    /// It was made by somebody else; what shows it, as a sentence.
    Others(String),
}
