//! The etcd of Flannel's hosts, before the first wave and beside the others.

use std::collections::{BTreeMap, BTreeSet};

use super::super::crew::Outcomes;
use super::wave::tried;
use super::{Applying, Stop};
use crate::answers::JoinFile;
use crate::cli::output::say;
use crate::error::{Exit, Failure};
use crate::fleet::apply::{Job, joins_of};
use crate::fleet::{etcd, names};

impl Applying<'_> {
    /// Begins etcd on all its first members at once, where there is none yet; why no
    /// wave is begun, where that is so.
    pub(super) fn etcd(&mut self) -> Result<Option<Stop>, Failure> {
        if let Some(line) = etcd::in_the_way(self.plan, &self.standing, &self.ours) {
            return Ok(Some(Stop {
                exit: Exit::Failed,
                lines: vec![line],
            }));
        }
        let members: BTreeSet<String> = self.plan.roles.etcd_initial.iter().cloned().collect();
        if members.is_empty() {
            return Ok(None);
        }
        if self.standing.etcd_begun {
            return self.expel();
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

    /// The same of those that were set up as one, or may have been.
    pub(super) fn joined_etcd(&mut self, outcomes: &Outcomes) {
        for (name, outcome) in outcomes {
            let is_member = self.plan.roles.etcd_members.contains(name);
            if is_member && (outcome.is_done() || !outcome.left_nothing()) {
                self.runs_etcd(name);
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
        let stop = |line: String| Stop {
            exit: Exit::Failed,
            lines: vec![line],
        };
        let asked = match etcd::who_expels(self.plan, &self.standing, &self.ours) {
            Ok(name) => name.to_owned(),
            Err(line) => return Ok(Some(stop(line))),
        };
        let names: Vec<String> = gone.keys().cloned().collect();
        let job = etcd::expel(&self.holder, gone);
        let title = format!(
            "etcd, without {}",
            names::some(names.iter().map(String::as_str))
        );
        let outcomes = self.crew.play(&title, &[(asked, job)].into())?;
        for (name, outcome) in &outcomes {
            let Some(reply) = outcome.answer.as_ref().filter(|_| outcome.is_done()) else {
                let why = outcome.why.clone().unwrap_or_default();
                return Ok(Some(stop(format!("{name}: {why}"))));
            };
            match reply.brought.get(etcd::EXPELLED).map(String::as_str) {
                None | Some("") => {}
                Some(who) => say(&format!("{who} is no member of etcd any more")),
            }
        }
        for name in &names {
            self.standing.etcd.remove(name);
        }
        self.keep()?;
        Ok(None)
    }

    /// Why a wave must not be begun.
    pub(super) fn costs_quorum(&self, wave: &[String]) -> Option<Stop> {
        let line = etcd::costs_quorum(&self.standing, wave)?;
        Some(Stop {
            exit: Exit::Failed,
            lines: vec![line],
        })
    }
}
