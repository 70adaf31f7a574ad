//! 5. What would be done.
//!
//! A plan is made from the answers and the facts alone: it is a plain value
//! that can be shown, saved, compared and carried out later. This stage reads
//! and changes nothing.

pub mod basis;
pub mod boot;
pub mod choice;
pub mod coming;
pub mod firewall;
pub mod joining;
pub mod make;
pub mod overlay;
pub mod packages;
pub mod programs;
pub mod render;
pub mod scheduler;
pub mod staged;
pub mod step;
pub mod survey;
pub mod vendor;
pub mod verify;
pub mod why;
pub mod zerotier;

use std::net::Ipv4Addr;

use crate::host::digest::sha256;
use serde::{Deserialize, Serialize};
use step::Step;
pub use verify::{Verify, VerifyFlannel, VerifyPeer, VerifyWireguard};

/// Version of the plan's form. Plans of all versions up to this one are read: 1
/// says nothing of what it rests on.
pub const VERSION: u32 = 2;

/// What would be done on one host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Plan {
    /// [`VERSION`].
    pub v: u32,
    /// Name of the host that it was made for.
    pub host: String,
    /// Scheduler that it prepares.
    pub scheduler: String,
    /// Private network that it sets up, if any.
    pub overlay: Option<String>,
    /// The steps, in the order in which they are done. Undoing goes backwards.
    pub steps: Vec<Step>,
    /// What is left to the operator, as sentences.
    pub notes: Vec<String>,
    /// What is looked at once the steps are done: the overlay.
    pub verify: Option<Verify>,
    /// What is looked at after it: the scheduler.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_scheduler: Option<scheduler::VerifyScheduler>,
    /// What the chosen interface means for the installation that follows.
    pub advice: Option<Advice>,
    /// The facts that it was made from; plans of version 1 do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<basis::Basis>,
    /// Seconds within which the run has to be confirmed, or it is undone by itself;
    /// 0: it has not.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub confirm_within: u64,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// What a join file is written for.
pub const FOR_OTHERS: &str = "what the other nodes need of this one; no secret";

impl Plan {
    /// The join file that it writes for the other hosts.
    pub fn join_file(&self) -> Option<&str> {
        self.steps.iter().find_map(|step| match step {
            step::Step::WriteFile { path, purpose, .. } if purpose == FOR_OTHERS => {
                Some(path.as_str())
            }
            _ => None,
        })
    }

    /// What is done to verify it, a line for each part.
    pub fn verifications(&self) -> Vec<String> {
        let overlay = self.verify.iter().map(Verify::text);
        let scheduler = self.verify_scheduler.iter().map(|wanted| wanted.text());
        overlay.chain(scheduler).collect()
    }

    /// `sha256:` and the digest of the plan as JSON.
    pub fn digest(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        format!("sha256:{}", sha256(&json))
    }
}

/// Why a host cannot be set up as wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The rule, or the answer's key, that it hangs on.
    pub id: String,
    /// What is the matter, with the value that was found.
    pub text: String,
    /// What can be done about it.
    pub remedy: String,
}

fn refusal(id: &str, text: impl Into<String>, remedy: impl Into<String>) -> Refusal {
    Refusal {
        id: id.into(),
        text: text.into(),
        remedy: remedy.into(),
    }
}

/// What the operator needs for the installation after this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Advice {
    /// Interface for private addresses.
    pub interface: String,
    /// This node's address on it.
    pub private_address: Ipv4Addr,
    /// Argument of Replicated's install script.
    pub install_argument: String,
    /// What `replicated.yml` has to say, as sentences and lines.
    pub replicated_yml: Vec<String>,
}
