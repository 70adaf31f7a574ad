//! The plan of a fleet: who is a member, with which address and which role; what each
//! answers; in which order they are changed, and who is tried against whom.
//!
//! A pure function of the reports, the wishes and the plan before: the same of them
//! give the same bytes. Membership comes from the plan before and from the hosts that
//! were asked for, never from who answered today.

mod answers;
mod diff;
mod etcd;
mod make;

pub use answers::{SWARM_TOKEN_FILE, answers_of, host_answers};
pub use diff::{Changes, diff};
pub use make::{Input, PlanError, Planned, make};

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::allocate::Allocated;
use crate::answers::JoinFile;

/// Version of the plan's form.
pub const SCHEMA: &str = "fleet-plan/1";

/// A member of the fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its own name, as it reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// Its address in the private network, where that gives one to each host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Ipv4Addr>,
    /// `first` or `join`, as the answers have it.
    pub role: String,
    /// What it is beside that: `manager`, `etcd-member`, `controller`,
    /// `control-plane`.
    #[serde(rename = "as")]
    pub what: Vec<String>,
    /// The interface towards the other hosts, as it was last reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// Its address there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub underlay: Option<Ipv4Addr>,
    /// SHA-256 of the report that this rests on; none where it did not report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_sha256: Option<String>,
    /// SHA-256 of its answers.
    pub answers_sha256: String,
}

/// A host that was a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// Its name.
    pub name: String,
    /// Its address, which nobody else gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Ipv4Addr>,
    /// Its address at its interface towards the other hosts, as it was last reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub underlay: Option<Ipv4Addr>,
}

/// Who has which role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Roles {
    /// The host that begins.
    pub first: String,
    /// Managers of the Swarm, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub managers: Vec<String>,
    /// Members of Flannel's etcd, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub etcd_members: Vec<String>,
    /// Those of them that begin it together, by name; the others join it one at a time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub etcd_initial: Vec<String>,
    /// ZeroTier's controller, where the hosts have their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controller: Option<String>,
    /// The hosts of Kubernetes' control plane.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub control_plane: Vec<String>,
}

/// Who is tried against whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// `all` ordered pairs, or `sampled`.
    pub pairs: String,
    /// How many peers each host is tried against.
    pub peers_per_host: usize,
    /// From each host to which.
    pub from: BTreeMap<String, Vec<String>>,
}

/// The plan of a fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FleetPlan {
    /// [`SCHEMA`].
    pub schema: String,
    /// `native`, `swarm` or `kubernetes`.
    pub scheduler: String,
    /// `wireguard`, `flannel`, `zerotier`, or `none`.
    pub overlay: String,
    /// The private network's range, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Ipv4Net>,
    /// SHA-256 of the wishes.
    pub wishes_sha256: String,
    /// The members, by name.
    pub members: Vec<Member>,
    /// Hosts that were members, by name.
    pub removed: Vec<Removed>,
    /// Who has which role.
    pub roles: Roles,
    /// Ranges that the scheduler makes and nobody answered, by their answers: free on
    /// every host, and kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ranges: BTreeMap<String, Ipv4Net>,
    /// In which order the members are changed; those of one wave at once.
    pub waves: Vec<Vec<String>>,
    /// Who is tried against whom afterwards.
    pub verification: Verification,
    /// What is to be kept in mind.
    pub warnings: Vec<String>,
}

impl FleetPlan {
    /// Reads a plan.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let plan: Self = serde_json::from_slice(bytes).map_err(|error| {
            format!("{error}; wanted a plan as `groundcrew fleet plan` wrote it, from a backup")
        })?;
        if plan.schema != SCHEMA {
            return Err(format!("schema: found {}, wanted {SCHEMA}", plan.schema));
        }
        Ok(plan)
    }

    /// The members' names.
    pub fn names(&self) -> BTreeSet<String> {
        self.members.iter().map(|one| one.name.clone()).collect()
    }

    /// The addresses that were given.
    pub fn allocated(&self) -> Allocated {
        let of = |name: &String, address: Option<Ipv4Addr>| Some((name.clone(), address?));
        Allocated {
            members: self
                .members
                .iter()
                .filter_map(|one| of(&one.name, one.address))
                .collect(),
            removed: self
                .removed
                .iter()
                .filter_map(|one| of(&one.name, one.address))
                .collect(),
        }
    }

    /// What it is, as reports name it: `swarm`, `native+wireguard`, `swarm+wireguard`.
    pub fn target(&self) -> String {
        match self.overlay.as_str() {
            "none" => self.scheduler.clone(),
            overlay => format!("{}+{overlay}", self.scheduler),
        }
    }

    /// A member's address in the private network; none where that gives none to each
    /// host, whatever was given earlier and is kept.
    pub fn overlay_address(&self, member: &Member) -> Option<Ipv4Addr> {
        let gives = matches!(self.overlay.as_str(), "wireguard" | "zerotier");
        member.address.filter(|_| gives)
    }

    /// What is done before the first wave: etcd begins on several hosts at once, whatever
    /// the order of the waves is.
    pub fn etcd_wave(&self) -> Option<String> {
        let initial = &self.roles.etcd_initial;
        let hosts = super::names::some(initial.iter().map(String::as_str));
        (initial.len() > 1).then(|| {
            format!(
                "etcd alone, on {hosts} at once where it is new: it begins only with more than \
                 half of its members"
            )
        })
    }

    /// Where the others meet the host that begins: through what lies below the
    /// scheduler, if anything does.
    pub fn meeting(&self) -> Option<Ipv4Addr> {
        let first = self.member(&self.roles.first)?;
        self.overlay_address(first).or(first.underlay)
    }

    /// Whether a join file is one of this private network's. One of another overlay or
    /// network stops those who read it.
    pub fn fits(&self, join: &JoinFile) -> bool {
        join.overlay().word() == self.overlay && Some(join.network()) == self.network
    }

    /// A member.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|one| one.name == name)
    }

    /// Whose join files a host needs: of WireGuard everybody else's; of ZeroTier the
    /// controller's, and the controller everybody's; of Flannel the etcd members'.
    /// Small fleets give everybody all, so that what a host reports is tried against
    /// all others.
    pub fn joins_for<'a>(&'a self, host: &'a str) -> impl Iterator<Item = &'a str> {
        /// Up to so many hosts everybody gets all.
        const SMALL: usize = 50;
        let everybody = self.overlay == "wireguard" || self.members.len() <= SMALL;
        let roles = &self.roles;
        let central = roles.controller.as_deref() == Some(host);
        self.members
            .iter()
            .map(|one| one.name.as_str())
            .filter(move |name| *name != host)
            .filter(move |name| {
                everybody
                    || central
                    || roles.controller.as_deref() == Some(*name)
                    || roles.etcd_members.iter().any(|one| one == name)
            })
    }
}
