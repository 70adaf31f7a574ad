//! The etcd of Flannel's hosts, before the first wave and beside the others.

use std::collections::{BTreeMap, BTreeSet};

use super::wave::tried;
use super::{Applying, Stop};
use crate::error::{Exit, Failure};
use crate::fleet::apply::{Job, joins_of};
use crate::fleet::etcd;

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
        if members.is_empty() || etcd::has_begun(self.plan, &self.standing) {
            return Ok(None);
        }
        let jobs = members.iter().map(|name| {
            let joins = joins_of(self.plan, name, &self.joins);
            let job = etcd::set_up(&self.holder, self.answers(name), joins);
            (name.clone(), job)
        });
        let jobs: BTreeMap<String, Job> = jobs.collect();
        let outcomes = self.crew.play("etcd, on its members at once", &jobs)?;
        let now = self.now();
        let mut stop = Stop {
            exit: Exit::RolledBack,
            lines: Vec::new(),
        };
        for (name, outcome) in outcomes.iter().filter(|(_, one)| !one.is_done()) {
            if outcome.exit != Some(Exit::RolledBack as u8) {
                stop.exit = Exit::NotRolledBack;
            }
            let why = outcome.why.clone().unwrap_or_default();
            stop.lines.push(format!("{name}: {why}"));
            self.stand(name, outcome.stand(&now));
        }
        if !stop.lines.is_empty() {
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
        Ok(self.judged(&found, &members, &outcomes))
    }

    /// Why a wave must not be begun.
    pub(super) fn costs_quorum(&self, wave: &[String]) -> Option<Stop> {
        let line = etcd::costs_quorum(self.plan, &self.standing, wave)?;
        Some(Stop {
            exit: Exit::Failed,
            lines: vec![line],
        })
    }
}
