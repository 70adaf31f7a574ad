//! What a host is told to do, and what it answers.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::parts::swarm;

/// Version of a job and of its answer.
pub const JOB: u8 = 1;
/// The folder on each host that holds its answers and the join files of others.
pub const HOST_FOLDER: &str = "/var/lib/groundcrew/fleet";

/// Who works on a fleet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// What tells its controller from all others: drawn once, empty from a program that
    /// drew none.
    #[serde(default)]
    pub id: String,
    /// Who.
    pub operator: String,
    /// From which machine.
    pub controller: String,
    /// With which folder there.
    pub folder: String,
    /// SHA-256 of the plan.
    pub plan_sha256: String,
    /// Since when.
    pub since: String,
}

impl Holder {
    /// Whether this is the same fleet of the same controller: two of them exclude
    /// each other there already, so that one that was cut off goes on. Names tell
    /// nothing: many a controller is called localhost and has its folder in /root.
    pub fn is_same(&self, other: &Self) -> bool {
        !self.id.is_empty() && self.id == other.id
    }

    /// Another one in words, for this one: where they are called the same, that they are
    /// not the same.
    pub fn words_of(&self, other: &Self) -> String {
        let mut words = other.words();
        if (&self.controller, &self.folder) == (&other.controller, &other.folder) {
            words.push_str(match other.id.as_str() {
                "" => " (an older groundcrew here, or another machine of this name)",
                _ => " (another machine of this name, or another copy of the folder)",
            });
        }
        words
    }

    /// In words.
    pub fn words(&self) -> String {
        format!(
            "{} on {}, in {}, since {}",
            self.operator, self.controller, self.folder, self.since
        )
    }
}

/// A command of groundcrew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its arguments.
    pub argv: Vec<String>,
    /// An exit code other than 0 with which the job goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<i32>,
    /// It is passed over where a run has stopped on the host and this file of the
    /// folder is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless_stopped: Option<String>,
    /// What is done in its place that no command does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
}

/// What no command of groundcrew does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Of Docker's Swarm.
    Swarm(swarm::Act),
    /// Remove from the etcd of this host's cluster whoever is reached at these
    /// addresses, by name.
    Expel(BTreeMap<String, Ipv4Addr>),
}

impl Task {
    /// One with these arguments.
    pub fn new(argv: &[&str], answer: Option<i32>) -> Self {
        Self {
            argv: argv.iter().map(|word| (*word).to_owned()).collect(),
            answer,
            unless_stopped: None,
            act: None,
        }
    }

    /// What no command does.
    pub fn act(act: Act) -> Self {
        Self {
            act: Some(act),
            ..Self::new(&[], None)
        }
    }
}

/// What of ours is removed from a host at the end of a job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remove {
    /// Nothing.
    #[default]
    Nothing,
    /// That somebody works on the fleet.
    Holder,
    /// The folder with all that is in it.
    Folder,
}

/// What a host is told to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Job {
    /// [`JOB`].
    pub v: u8,
    /// Who works on the fleet; none where nothing is changed.
    pub holder: Option<Holder>,
    /// Even where somebody else does.
    pub take_over: bool,
    /// Files for the folder.
    pub put: BTreeMap<String, String>,
    /// The join files of others, by their names: those and no others.
    pub joins: Option<BTreeMap<String, String>>,
    /// What is run there, in this order, until one fails.
    pub run: Vec<Task>,
    /// Files of the folder that come back where they are there.
    pub bring: Vec<String>,
    /// Files of the folder that go once all was run, or something failed.
    pub forget: Vec<String>,
    /// What is removed once all has gone well.
    pub remove: Remove,
    /// The program goes, too.
    pub last: bool,
}

/// A command that was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ran {
    /// Its arguments.
    pub argv: Vec<String>,
    /// Its exit code, where it failed with one.
    pub code: Option<i32>,
    /// What it printed, where it did not fail.
    pub out: String,
}

/// A host's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reply {
    /// [`JOB`].
    pub v: u8,
    /// Who works on the fleet instead.
    pub held: Option<Holder>,
    /// Why it went no further.
    pub why: Option<String>,
    /// What was run.
    pub ran: Vec<Ran>,
    /// The files that were asked for, and what acts have to tell.
    pub brought: BTreeMap<String, String>,
    /// What the operator is to hear of what was done, a sentence each.
    pub said: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_fleet_of_the_same_controller_goes_on() {
        let holder = |id: &str, controller: &str| Holder {
            id: id.into(),
            operator: "root".into(),
            controller: controller.into(),
            folder: "/f".into(),
            plan_sha256: String::new(),
            since: "now".into(),
        };
        let own = holder("1", "localhost");
        // Also where the machine was renamed meanwhile.
        assert!(own.is_same(&own) && own.is_same(&holder("1", "desk")));
        let other = holder("2", "localhost");
        assert!(!own.is_same(&other));
        assert_eq!(
            own.words_of(&other),
            "root on localhost, in /f, since now (another machine of this name, or another copy \
             of the folder)"
        );
        assert_eq!(
            own.words_of(&holder("2", "desk")),
            "root on desk, in /f, since now"
        );
        assert!(
            own.words_of(&holder("", "localhost"))
                .contains("an older groundcrew here")
        );
        // An older program's.
        assert!(!holder("", "a").is_same(&holder("", "a")));
    }
}
