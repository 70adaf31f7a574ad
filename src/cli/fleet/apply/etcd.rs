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
        if members.is_empty() || self.standing.etcd_begun {
            return Ok(None);
        }
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

    /// Why a wave must not be begun.
    pub(super) fn costs_quorum(&self, wave: &[String]) -> Option<Stop> {
        let line = etcd::costs_quorum(self.plan, &self.standing, wave)?;
        Some(Stop {
            exit: Exit::Failed,
            lines: vec![line],
        })
    }
}
