//! What a rule about the hosts together came to.

use serde::{Deserialize, Serialize};

use crate::judge::finding::{Remedy, Severity, Status};

/// How many pieces of evidence a finding carries; the hosts are all named.
const EVIDENCE: usize = 50;

/// A finding about the hosts together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ClusterFinding {
    /// Stable id: `fleet.machine-id`.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// How it came out.
    pub status: Status,
    /// How much it matters; none where it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// What is the case.
    pub message: String,
    /// What was wanted, with the thresholds.
    pub required: String,
    /// The hosts that it is about, sorted.
    pub hosts: Vec<String>,
    /// What was found where; of many, the first 50.
    pub evidence: Vec<HostEvidence>,
    /// What can be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
    /// Where the rule is from.
    pub source: String,
    /// The reason that it was waived for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived_by: Option<String>,
}

/// What was found on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct HostEvidence {
    /// The host.
    pub host: String,
    /// What was found.
    pub found: String,
    /// Where: a file, a call, a part of the report.
    pub source: String,
}

/// What a rule says, before it is put together with what the rule is.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// How it came out.
    pub status: Status,
    /// What is the case.
    pub message: String,
    /// The hosts that it is about.
    pub hosts: Vec<String>,
    /// What was found.
    pub evidence: Vec<HostEvidence>,
    /// What can be done, where it is more than the rule's own.
    pub remedy: Option<Remedy>,
}

impl Outcome {
    /// What is the case, about no host in particular.
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            hosts: Vec::new(),
            evidence: Vec::new(),
            remedy: None,
        }
    }

    /// About these hosts.
    #[must_use]
    pub fn about(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.hosts.extend(hosts.into_iter().map(Into::into));
        self.hosts.sort();
        self.hosts.dedup();
        self
    }

    /// With what was found on a host.
    #[must_use]
    pub fn found(
        mut self,
        host: &str,
        found: impl Into<String>,
        source: impl Into<String>,
    ) -> Self {
        if self.evidence.len() < EVIDENCE {
            self.evidence.push(HostEvidence {
                host: host.to_owned(),
                found: found.into(),
                source: source.into(),
            });
        }
        self
    }

    /// With a remedy.
    #[must_use]
    pub fn remedy(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }
}
