//! Schedulers and what they stand on, a file each.

pub mod docker;
pub mod kubernetes;
pub mod replicated;
pub mod swarm;

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::Refusal;
use super::make::Inputs;
use super::step::Step;

/// What is the same for every scheduler on this host.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// What the plan is made from.
    pub inputs: &'a Inputs<'a>,
    /// Name of this host, up to the first dot.
    pub name: &'a str,
    /// The chosen interface: the overlay's, where the plan makes one.
    pub interface: &'a str,
    /// This host's address on it.
    pub address: Ipv4Addr,
    /// Its MTU in bytes, where it is known.
    pub mtu: Option<u32>,
}

/// What a scheduler adds to the plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Planned {
    /// Its steps, after those of the overlay.
    pub steps: Vec<Step>,
    /// What is left to the operator, as sentences.
    pub notes: Vec<String>,
    /// What is looked at once the steps are done.
    pub verify: Option<VerifyScheduler>,
}

/// What a scheduler has to show once it is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum VerifyScheduler {
    /// Docker Swarm.
    Swarm(swarm::Verify),
    /// Kubernetes.
    Kubernetes(kubernetes::Verify),
    /// Replicated itself.
    Replicated(replicated::Verify),
}

impl VerifyScheduler {
    /// What is done to verify it, in one line.
    pub fn text(&self) -> String {
        match self {
            Self::Swarm(wanted) => wanted.text(),
            Self::Kubernetes(wanted) => wanted.text(),
            Self::Replicated(wanted) => wanted.text(),
        }
    }
}

/// Plans the scheduler.
///
/// # Errors
/// All reasons why this host cannot carry it as wanted.
pub fn plan(site: &Site<'_>) -> Result<Planned, Vec<Refusal>> {
    match site.inputs.choice.scheduler.as_str() {
        "swarm" => swarm::plan(site),
        "kubernetes" => kubernetes::plan(site),
        _ => replicated::plan(site),
    }
}
