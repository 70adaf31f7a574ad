//! The etcd of Flannel's hosts, before the first wave and beside the others.

use std::collections::{BTreeMap, BTreeSet};

use super::super::crew::Outcomes;
use super::wave::tried;
use super::{Applying, Stop};
use crate::answers::JoinFile;
use crate::cli::output::say;
use crate::error::{Exit, Failure};
use crate::fleet::apply::{Job, State, joins_of};
use crate::fleet::{etcd, names};

/// That nothing more is begun, and why.
fn refused(lines: Vec<String>) -> Stop {
    Stop {
        exit: Exit::Failed,
        lines,
    }
}

impl Applying<'_> {
    /// Begins etcd on all its first members at once, where there is none yet; why no
    /// wave is begun, where that is so.
    pub(super) fn etcd(&mut self) -> Result<Option<Stop>, Failure> {
        // Written down by a groundcrew that did not keep in mind who runs it.
        if self.standing.etcd_begun && self.standing.etcd.is_empty() {
            for name in &self.plan.roles.etcd_members {
                let state = self.standing.hosts.get(name).map(|stand| stand.state);
                if matches!(
                    state,
                    Some(State::Applied | State::Failed | State::Unreachable)
                ) {
                    self.runs_etcd(name);
                }
            }
        }
        if let Some(line) = etcd::in_the_way(self.plan, &self.standing, &self.ours) {
            return Ok(Some(refused(vec![line])));
        }
        let members: BTreeSet<String> = self.plan.roles.etcd_initial.iter().cloned().collect();
        if members.is_empty() {
            return Ok(None);
        }
        if self.standing.etcd_begun {
            let stop = self.expel()?;
            let stays = || etcd::stays(self.plan, &self.standing);
            return Ok(stop.or_else(|| Some(refused(vec![stays()?]))));
        }
        // From here on they may have begun.
        for name in &members {
            self.runs_etcd(name);
        }
        self.keep()?;
        let jobs = members.iter().map(|name| {
            let joins = joins_of(self.plan, name, &self.joins);
            let job = etcd::set_up(&self.holder, self.answers(name), joins);
            (name.clone(), job)
        });
        let jobs: BTreeMap<String, Job> = jobs.collect();
        let outcomes = self.crew.play("etcd, on its members at once", &jobs)?;
        if let Some(stop) = self.failed(&outcomes) {
            return Ok(Some(stop));
        }
        // Those that began it earlier, and have left the plan before it was tried.
        if let Some(stop) = self.expel()? {
            return Ok(Some(stop));
        }
        let others = |name: &str| self.peers(members.iter().filter(|other| *other != name));
        let jobs = members.iter().filter_map(|name| {
            let run = etcd::gate(&others(name).into_values().collect());
            (!run.is_empty()).then(|| (name.clone(), self.job(run)))
        });
        let jobs: BTreeMap<String, Job> = jobs.collect();
        let outcomes = self.crew.play("etcd, tried", &jobs)?;
        let found = tried(&outcomes, others);
        let stop = self.judged(&found, &members, &outcomes);
        self.standing.etcd_begun = stop.is_none();
        Ok(stop)
    }

    /// Keeps in mind that a host runs a member of etcd.
    fn runs_etcd(&mut self, name: &str) {
        if let Some((JoinFile::Flannel(join), _)) = self.joins.get(name) {
            self.standing.etcd.insert(name.to_owned(), join.address);
        }
    }

    /// Keeps in mind those of a wave that are about to become members: a command that is
    /// cut off meanwhile must not forget them. Those that were none.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub(super) fn joining_etcd(&mut self, wave: &BTreeSet<String>) -> Result<Vec<String>, Failure> {
        let members = &self.plan.roles.etcd_members;
        let new = members
            .iter()
            .filter(|name| wave.contains(*name) && !self.standing.etcd.contains_key(*name));
        let new: Vec<String> = new.cloned().collect();
        for name in &new {
            self.runs_etcd(name);
        }
        if !new.is_empty() {
            self.keep()?;
        }
        Ok(new)
    }

    /// Forgets those of them that have become none.
    pub(super) fn joined_etcd(&mut self, new: &[String], outcomes: &Outcomes) {
        for name in new {
            let none = outcomes
                .get(name)
                .is_none_or(|outcome| !outcome.is_done() && outcome.left_nothing());
            if none {
                self.standing.etcd.remove(name);
            }
        }
    }

    /// Removes from etcd whose hosts have left the plan; why no wave is begun, where
    /// that is not possible.
    fn expel(&mut self) -> Result<Option<Stop>, Failure> {
        let gone = etcd::gone(self.plan, &self.standing);
        if gone.is_empty() {
            return Ok(None);
        }
        let asked = match etcd::who_expels(self.plan, &self.standing, &self.ours) {
            Ok(names) => names,
            Err(line) => return Ok(Some(refused(vec![line]))),
        };
        let names: Vec<String> = gone.keys().cloned().collect();
        let job = etcd::expel(&self.holder, gone);
        let title = format!(
            "etcd, without {}",
            names::some(names.iter().map(String::as_str))
        );
        let mut lines = Vec::new();
        for one in asked {
            let jobs = [(one.clone(), job.clone())].into();
            let outcome = self.crew.play(&title, &jobs)?.remove(&one);
            let outcome = outcome.unwrap_or_default();
            let Some(reply) = outcome.answer.as_ref().filter(|_| outcome.is_done()) else {
                lines.push(format!("{one}: {}", outcome.why.unwrap_or_default()));
                continue;
            };
            match reply.brought.get(etcd::EXPELLED).map(String::as_str) {
                None | Some("") => {}
                Some(who) => say(&format!("{who} is no member of etcd any more")),
            }
            for name in &names {
                self.standing.etcd.remove(name);
            }
            self.keep()?;
            return Ok(None);
        }
        Ok(Some(refused(lines)))
    }

    /// Why a wave must not be begun.
    pub(super) fn costs_quorum(&self, wave: &[String]) -> Option<Stop> {
        let line = etcd::costs_quorum(&self.standing, wave)?;
        Some(refused(vec![line]))
    }
}
