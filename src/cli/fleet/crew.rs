//! Jobs for many hosts: each phase is one play of the collection.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::ansible::{Ansible, LIMIT};
use super::args::Reach;
use super::collection::Workspace;
use super::controller;
use super::folder::Folder;
use super::inspect::{ABOUT_HOSTS, absolute, program};
use crate::apply::operator::operator;
use crate::cli::job::Job as Work;
use crate::cli::output::say;
use crate::error::{Exit, Failure};
use crate::fleet::apply::{Holder, JOB, Job, Remove, Reply, Stand, State};
use crate::fleet::names;
use crate::host::{Lock, timestamp};

/// Folder in the workspace that holds the jobs and what came of them.
const RUN: &str = "run";
/// How the files end that say where the program is on a host.
const PROGRAM: &str = ".program.json";
/// The lock of a fleet's folder.
const LOCK: &str = ".apply.lock";

/// What came of a host's job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Outcome {
    /// `done`, `failed`, `unreachable`; `left-out` where it was not asked.
    pub state: String,
    /// Why it failed.
    #[serde(default)]
    pub why: Option<String>,
    /// What to try.
    #[serde(default, rename = "try")]
    pub hint: Option<String>,
    /// The exit code of the host's job.
    #[serde(default)]
    pub exit: Option<u8>,
    /// The host's answer.
    #[serde(default)]
    pub answer: Option<Reply>,
}

impl Outcome {
    /// Whether the host did what it was told.
    pub fn is_done(&self) -> bool {
        self.state == "done"
    }

    /// Whether somebody else works with the host.
    pub fn is_held(&self) -> bool {
        let answer = self.answer.as_ref();
        answer.is_some_and(|reply| reply.held.is_some())
    }

    /// Whether what failed has left nothing behind: it was taken back, or refused
    /// before it began.
    pub fn left_nothing(&self) -> bool {
        let refused = [Exit::Usage, Exit::Failed, Exit::RolledBack].map(|exit| exit as u8);
        let ran = self.answer.iter().flat_map(|reply| &reply.ran);
        let done = ran
            .filter(|ran| ran.argv.first().is_some_and(|word| word == "run"))
            .any(|ran| ran.code.is_none());
        !done && self.exit.is_some_and(|exit| refused.contains(&exit))
    }

    /// How the host stands where it did not.
    pub fn stand(&self, at: &str) -> Stand {
        let state = match self.state.as_str() {
            "unreachable" => State::Unreachable,
            "left-out" => State::LeftOut,
            _ => State::Failed,
        };
        Stand {
            state,
            at: at.to_owned(),
            why: self.why.clone(),
            hint: self.hint.clone(),
        }
    }
}

/// What came of every host of a phase.
pub type Outcomes = BTreeMap<String, Outcome>;

/// The hosts, as they are reached.
pub struct Crew<'a> {
    work: &'a Work<'a>,
    reach: &'a Reach,
    ansible: Ansible,
    workspace: Workspace<'a>,
    playbook: String,
    program: String,
    again: String,
}

impl<'a> Crew<'a> {
    /// Gets ready to reach hosts. `again`: what to say once more after an
    /// interruption.
    ///
    /// # Errors
    /// When Ansible is not there, or the folder for its things cannot be made.
    pub fn new(work: &'a Work<'a>, reach: &'a Reach, again: &str) -> Result<Self, Failure> {
        let host = work.host;
        let mut ansible = Ansible::find(host)?;
        let now = host.now().duration_since(std::time::UNIX_EPOCH);
        ansible.began = now.ok().map(|now| now.as_secs());
        let workspace = Workspace::make(host)?;
        let playbook = workspace.playbook("run")?;
        workspace.write(&format!("{RUN}/.keep"), b"")?;
        let program = match &reach.binaries {
            Some(path) => absolute(host, path)?,
            None => program(host, &workspace)?,
        };
        Ok(Self {
            work,
            reach,
            ansible,
            workspace,
            playbook,
            program,
            again: again.to_owned(),
        })
    }

    fn file(&self, name: &str) -> String {
        format!("{RUN}/{name}")
    }

    /// Hands each host its job and waits for the answers. `title` is told first.
    ///
    /// # Errors
    /// When Ansible itself fails, or the operator stops it.
    pub fn play(&self, title: &str, jobs: &BTreeMap<String, Job>) -> Result<Outcomes, Failure> {
        self.play_within(title, jobs, LIMIT)
    }

    /// The same, ended after `limit`.
    ///
    /// # Errors
    /// As [`Self::play`].
    pub fn play_within(
        &self,
        title: &str,
        jobs: &BTreeMap<String, Job>,
        limit: Duration,
    ) -> Result<Outcomes, Failure> {
        if jobs.is_empty() {
            return Ok(Outcomes::new());
        }
        let host = self.work.host;
        say(&format!("{title}: {}", names::hosts(jobs.len())));
        let run = self.workspace.path(RUN);
        for name in host.list(&run).unwrap_or_default() {
            if !name.ends_with(PROGRAM) {
                let _ = host.remove_file(&format!("{run}/{name}"));
            }
        }
        for (name, job) in jobs {
            let text = serde_json::to_vec(job).map_err(Failure::unexpected)?;
            self.workspace
                .write(&self.file(&format!("{name}.job.json")), &text)?;
        }
        let hosts: Vec<&str> = jobs.keys().map(String::as_str).collect();
        let variables = json!({
            "groundcrew_fleet_binaries": self.program,
            "groundcrew_fleet_hosts": hosts.join(","),
            "groundcrew_fleet_run_dir": run,
        });
        self.workspace
            .write("variables.json", variables.to_string().as_bytes())?;
        let mut argv = vec![self.playbook.clone()];
        for inventory in &self.reach.inventory {
            argv.extend(["--inventory".into(), inventory.clone()]);
        }
        if let Some(limit) = &self.reach.limit {
            argv.extend(["--limit".into(), limit.clone()]);
        }
        argv.extend(["--forks".into(), self.reach.forks.to_string()]);
        argv.extend([
            "--extra-vars".into(),
            format!("@{}", self.workspace.path("variables.json")),
        ]);
        argv.extend(self.reach.ansible.iter().cloned());
        let played = self.ansible.play(host, self.work.global, argv, limit);
        let status = played.map_err(|failure| match failure.exit {
            Exit::Interrupted | Exit::Terminated => Failure::new(
                Exit::Stopped,
                format!("stopped: `{}` again goes on where it stood", self.again),
            ),
            _ => failure,
        })?;
        let outcomes = self.outcomes(&run, jobs);
        let nobody = outcomes.values().all(|one| one.state == "left-out");
        if !ABOUT_HOSTS.contains(&status) || (nobody && status != 0) {
            let text =
                format!("ansible-playbook ended with exit status {status}: see what it says above");
            return Err(Failure::new(Exit::Usage, text));
        }
        Ok(outcomes)
    }

    fn outcomes(&self, run: &str, jobs: &BTreeMap<String, Job>) -> Outcomes {
        #[derive(Default, Deserialize)]
        struct Asked {
            hosts: Vec<String>,
        }
        let host = self.work.host;
        let asked = host.read(&format!("{run}/asked.json")).ok();
        let asked: Asked = asked
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let each = jobs.keys().map(|name| {
            let read = host.read(&format!("{run}/{name}.outcome.json")).ok();
            let read = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let outcome = read.unwrap_or_else(|| {
                let (state, why) = match (asked.hosts.contains(name), &self.reach.limit) {
                    (true, _) => (
                        "failed",
                        "Ansible ended before it was asked: see what it says above",
                    ),
                    (false, Some(_)) => ("left-out", "not among the hosts of --limit"),
                    (false, None) => ("left-out", "not in the inventory"),
                };
                Outcome {
                    state: state.to_owned(),
                    why: Some(why.to_owned()),
                    ..Outcome::default()
                }
            });
            (name.clone(), outcome)
        });
        each.collect()
    }

    /// Leaves every host that the program is on still: it goes, and those that are
    /// ours are nobody's again, once they have done what `more` adds.
    ///
    /// # Errors
    /// As [`Self::play`].
    pub fn leave(
        &self,
        ours: &BTreeSet<String>,
        holder: &Holder,
        more: impl Fn(&str, &mut Job),
    ) -> Result<Outcomes, Failure> {
        let run = self.workspace.path(RUN);
        let files = self.work.host.list(&run).unwrap_or_default();
        let there = files.iter().filter_map(|file| file.strip_suffix(PROGRAM));
        let jobs = there.map(|name| {
            let own = ours.contains(name);
            let mut job = Job {
                v: JOB,
                holder: own.then(|| holder.clone()),
                remove: if own { Remove::Holder } else { Remove::Nothing },
                last: true,
                ..Job::default()
            };
            if own {
                more(name, &mut job);
            }
            (name.to_owned(), job)
        });
        self.play("Leaving", &jobs.collect())
    }
}

/// Locks a fleet's folder for this operator.
///
/// # Errors
/// When another one works with it: who.
pub fn lock(
    work: &Work<'_>,
    folder: &Folder<'_>,
    plan_sha256: &str,
) -> Result<(Lock, Holder), Failure> {
    let host = work.host;
    let name = host.uname().map(|uname| uname.nodename).unwrap_or_default();
    let mut holder = Holder {
        id: String::new(),
        operator: operator(host).unwrap_or_else(|| "somebody".to_owned()),
        controller: name,
        folder: absolute(host, &folder.dir)?,
        plan_sha256: plan_sha256.to_owned(),
        since: timestamp(host.now()),
    };
    let path = folder.path(LOCK);
    let note = serde_json::to_string(&holder).map_err(Failure::unexpected)?;
    let lock = host
        .lock(&path, &note)
        .map_err(|error| Failure::new(Exit::Usage, format!("{path}: {error}")))?;
    match lock {
        Some(lock) => {
            holder.id = controller::id(folder, LOCK)?;
            Ok((lock, holder))
        }
        None => {
            let other = host.read(&path).ok();
            let other = other.and_then(|bytes| serde_json::from_slice::<Holder>(&bytes).ok());
            let who = other.map_or("somebody".to_owned(), |other| other.words());
            let text = format!(
                "{}: another command works with this fleet: {who}",
                folder.dir
            );
            Err(Failure::new(Exit::NotPermitted, text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::apply::Ran;

    #[test]
    fn what_was_refused_or_taken_back_has_left_nothing() {
        let outcome = |exit, argv: &str, code| Outcome {
            exit: Some(exit),
            answer: Some(Reply {
                ran: vec![Ran {
                    argv: vec![argv.into()],
                    code,
                    out: String::new(),
                }],
                ..Reply::default()
            }),
            ..Outcome::default()
        };
        for exit in [2, 3, 5] {
            assert!(outcome(exit, "run", Some(i32::from(exit))).left_nothing());
        }
        assert!(!outcome(6, "run", Some(6)).left_nothing());
        // What came after a run that went well.
        assert!(!outcome(3, "run", None).left_nothing());
        assert!(!Outcome::default().left_nothing());
    }
}
