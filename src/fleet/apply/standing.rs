//! How the hosts stand.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

/// The file with it.
pub const STANDING: &str = "apply.json";

/// How a host stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It was not its turn.
    #[default]
    Waiting,
    /// It is set up.
    Applied,
    /// It is not, or not wholly.
    Failed,
    /// It could not be reached.
    Unreachable,
    /// It was not asked.
    LeftOut,
    /// What was done there is taken back.
    Undone,
}

impl State {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Applied => "applied",
            State::Failed => "FAILED",
            State::Unreachable => "unreachable",
            State::LeftOut => "left out",
            State::Undone => "undone",
        }
    }
}

/// How a host stands, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stand {
    /// How.
    pub state: State,
    /// Since when.
    pub at: String,
    /// Why, where something is in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What to try.
    #[serde(default, rename = "try", skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// How the hosts stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// `fleet-apply/1`.
    pub schema: String,
    /// SHA-256 of the plan that was applied.
    pub plan_sha256: String,
    /// Whether the etcd of Flannel's hosts was begun, and found to work.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub etcd_begun: bool,
    /// The hosts that run a member of it, and where the others reach that: also those
    /// that have left the plan, until they have left etcd.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub etcd: BTreeMap<String, Ipv4Addr>,
    /// By name.
    pub hosts: BTreeMap<String, Stand>,
}
