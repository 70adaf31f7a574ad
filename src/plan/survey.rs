//! What a plan needs to know beyond the facts: read right before planning, for
//! the things that the answers name. It is data here; reading it is the apply
//! stage's.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::scheduler::replicated::script::{Script, Unfit};
use crate::facts::Fact;

/// First line of every file that groundcrew makes and may change again.
pub const MARK: &str = "# Made by groundcrew";

/// What was looked up for a plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Survey {
    /// Programs that were looked for, with their paths; those that are not here
    /// are missing.
    pub programs: BTreeMap<String, String>,
    /// Who made the interface and its configuration, if they are there.
    pub owner: Owner,
    /// UDP port that the interface listens on, where it is there and ours.
    pub listen_port: Option<u16>,
    /// Measured path MTUs in bytes to the peers' addresses, headers included.
    pub path_mtu: BTreeMap<Ipv4Addr, Fact<u32>>,
    /// nftables' chains through which packets come in, as `inet filter input`,
    /// where nftables filters without a manager.
    pub nft_chains: Vec<String>,
    /// Whether the run-level folders are in `/etc/rc.d`.
    pub rc_d: bool,
    /// What Flannel's plan needs; as if nothing was there for other plans.
    pub flannel: FlannelSurvey,
    /// ZeroTier, as it stands.
    pub zerotier: ZerotierSurvey,
    /// What the hand-off to Replicated needs; as if nothing was there for other
    /// plans.
    pub replicated: ReplicatedSurvey,
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
    /// How Docker is started.
    pub docker: DockerStart,
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
    /// Whether systemd has a unit of it.
    pub unit: bool,
    /// Whether there is a script of it in init.d.
    pub init_script: bool,
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
