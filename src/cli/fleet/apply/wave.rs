//! A wave: its hosts set up, and tried.

use std::collections::{BTreeMap, BTreeSet};

use super::super::crew::Outcomes;
use super::{Applying, Stop};
use crate::error::{Exit, Failure};
use crate::fleet::apply::parts::{self, Fault, Part, Replies};
use crate::fleet::apply::{
    GATE_ECHOES, Job, Pair, Stand, State, Task, gate, joins_of, pairs, set_up,
};
use crate::fleet::verified::broken;

impl Applying<'_> {
    /// Sets the hosts of a wave up; why it is the last one, where it has to be. `last`:
    /// no other follows.
    pub(super) fn wave(
        &mut self,
        nth: usize,
        wave: &[String],
        last: bool,
    ) -> Result<Option<Stop>, Failure> {
        let earlier = self.up.clone();
        let mut up = earlier.clone();
        up.extend(wave.iter().cloned());
        let wave: BTreeSet<String> = wave.iter().cloned().collect();
        let peers: BTreeSet<String> = self.peers(&earlier).into_values().collect();
        let mut asked = match last {
            // The last one's is that of all.
            true => BTreeMap::new(),
            false => self.asked(&wave, &up),
        };
        let raised = self.raised(&wave);
        let alone = wave.len() == 1 && !last && raised.is_empty();
        let mut jobs = BTreeMap::new();
        for name in &wave {
            let joins = joins_of(self.plan, name, &self.joins);
            let mut job = set_up(&self.holder, self.answers(name), joins, &peers);
            for part in Part::of(self.plan) {
                part.set_up(self.plan, name, &self.ours, &self.told, &mut job);
            }
            // Nobody else of its wave has to be waited for.
            if alone {
                job.run.extend(asked.remove(name).unwrap_or_default());
            }
            jobs.insert(name.clone(), job);
        }
        let title = format!("Wave {} of {}", nth + 1, self.plan.waves.len());
        let joining = self.joining_etcd(&wave)?;
        let mut outcomes = self.crew.play(&title, &jobs)?;
        self.hear(&outcomes);
        self.joined_etcd(&joining, &outcomes);
        if let Some(stop) = self.stood(&outcomes) {
            return Ok(Some(stop));
        }
        if let Some(stop) = self.raise(&title, raised)? {
            return Ok(Some(stop));
        }
        let jobs: BTreeMap<String, Job> = asked
            .into_iter()
            .map(|(name, run)| (name, self.job(run)))
            .collect();
        outcomes.extend(self.crew.play(&format!("{title}, tried"), &jobs)?);
        if last {
            return Ok(None);
        }
        outcomes.retain(|name, _| jobs.contains_key(name) || alone);
        Ok(self.judged_wave(&wave, &outcomes))
    }

    /// What is done on which host once those of a wave are set up, before they are tried.
    fn raised(&self, wave: &BTreeSet<String>) -> BTreeMap<String, Job> {
        let mut jobs: BTreeMap<String, Job> = BTreeMap::new();
        for part in Part::of(self.plan) {
            if let Some((name, task)) = part.raise(self.plan, wave, &self.told) {
                let job = jobs.entry(name).or_insert_with(|| self.job(Vec::new()));
                job.run.push(task);
            }
        }
        jobs
    }

    /// Does that; why nothing more is to be done, where it failed.
    fn raise(&mut self, title: &str, jobs: BTreeMap<String, Job>) -> Result<Option<Stop>, Failure> {
        let outcomes = self.crew.play(&format!("{title}, its managers"), &jobs)?;
        self.hear(&outcomes);
        let lines: Vec<String> = outcomes
            .iter()
            .filter(|(_, outcome)| !outcome.is_done())
            .map(|(name, outcome)| {
                format!("{name}: {}", outcome.why.as_deref().unwrap_or_default())
            })
            .collect();
        Ok((!lines.is_empty()).then_some(Stop {
            exit: Exit::NotVerified,
            lines,
        }))
    }

    /// What each host is asked once a wave is set up: those of the wave their ways to
    /// all that are up, and whoever else has to be.
    fn asked(&self, wave: &BTreeSet<String>, up: &BTreeSet<String>) -> BTreeMap<String, Vec<Task>> {
        let mut asked = BTreeMap::new();
        for name in wave {
            let peers = self.ways(name, wave, up).into_values().collect();
            let run = gate(self.plan, self.answers(name), &peers, GATE_ECHOES);
            if !run.is_empty() {
                asked.insert(name.clone(), run);
            }
        }
        for (name, tasks) in parts::watch(self.plan, wave, up) {
            asked.entry(name).or_default().extend(tasks);
        }
        asked
    }

    /// The ways that a host is to try after a wave: those of the wave to all that are
    /// up.
    fn ways(
        &self,
        name: &str,
        wave: &BTreeSet<String>,
        up: &BTreeSet<String>,
    ) -> BTreeMap<String, String> {
        let others = up.iter().filter(|other| *other != name);
        match wave.contains(name) {
            true => self.peers(others),
            false => BTreeMap::new(),
        }
    }

    /// How the hosts stand after their jobs; why nothing more is to be done, where one
    /// failed.
    fn stood(&mut self, outcomes: &Outcomes) -> Option<Stop> {
        let now = self.now();
        for (name, _) in outcomes.iter().filter(|(_, outcome)| outcome.is_done()) {
            self.up.insert(name.clone());
            let stand = Stand {
                state: State::Applied,
                at: now.clone(),
                ..Stand::default()
            };
            self.stand(name, stand);
        }
        self.failed(outcomes)
    }

    /// How those stand that failed, and why nothing more is to be done.
    pub(super) fn failed(&mut self, outcomes: &Outcomes) -> Option<Stop> {
        let now = self.now();
        let mut stop = Stop {
            exit: Exit::RolledBack,
            lines: Vec::new(),
        };
        for (name, outcome) in outcomes.iter().filter(|(_, one)| !one.is_done()) {
            stop.exit = match (stop.exit, outcome.is_held(), outcome.left_nothing()) {
                (Exit::NotPermitted, ..) | (_, true, _) => Exit::NotPermitted,
                (exit, false, true) => exit,
                (_, false, false) => Exit::NotRolledBack,
            };
            let why = outcome.why.clone().unwrap_or_default();
            stop.lines.push(format!("{name}: {why}"));
            self.stand(name, outcome.stand(&now));
        }
        (!stop.lines.is_empty()).then_some(stop)
    }

    /// What the gate of a wave comes to.
    fn judged_wave(&mut self, wave: &BTreeSet<String>, outcomes: &Outcomes) -> Option<Stop> {
        let up = self.up.clone();
        let found = tried(outcomes, |name| self.ways(name, wave, &up));
        self.judged(&found, wave, outcomes)
    }

    /// What was found comes to: a host that does not reach another, or that has a
    /// fault, is not set up. `wave`: whom it is about.
    pub(super) fn judged(
        &mut self,
        found: &[Pair],
        wave: &BTreeSet<String>,
        outcomes: &Outcomes,
    ) -> Option<Stop> {
        let mut lines = broken(found);
        let ways = found.iter().filter(|pair| !pair.ok).map(|pair| Fault {
            host: pair.from.clone(),
            message: format!("it does not reach {}: {}", pair.to, pair.message),
        });
        let mut faults: Vec<Fault> = ways.collect();
        // Who did not do what it was asked, and has no way to tell that by.
        let silent = outcomes.iter().filter(|(name, outcome)| {
            let way = |pair: &Pair| !pair.ok && pair.from == **name;
            !outcome.is_done() && !found.iter().any(way)
        });
        let silent = silent.map(|(name, outcome)| Fault {
            host: name.clone(),
            message: outcome.why.clone().unwrap_or_default(),
        });
        let of_parts = parts::faults(self.plan, wave, &self.up, &replies(outcomes));
        for fault in silent.chain(of_parts).collect::<Vec<_>>() {
            lines.push(format!("{}: {}", fault.host, fault.message));
            faults.push(fault);
        }
        let now = self.now();
        for fault in faults {
            let stand = Stand {
                state: State::Failed,
                at: now.clone(),
                why: Some(fault.message),
                hint: None,
            };
            self.stand(&fault.host, stand);
        }
        (!lines.is_empty()).then_some(Stop {
            exit: Exit::NotVerified,
            lines,
        })
    }
}

/// The answers of hosts, or why there is none.
pub fn replies(outcomes: &Outcomes) -> Replies<'_> {
    let each = outcomes.iter().map(|(name, outcome)| {
        let why = outcome.why.as_deref().unwrap_or_default();
        (name.as_str(), outcome.answer.as_ref().ok_or(why))
    });
    each.collect()
}

/// The ways that hosts tried.
pub fn tried(outcomes: &Outcomes, wanted: impl Fn(&str) -> BTreeMap<String, String>) -> Vec<Pair> {
    let mut found = Vec::new();
    for (name, outcome) in outcomes {
        match &outcome.answer {
            Some(reply) => found.extend(pairs(name, reply, &wanted(name))),
            None => {
                let why = outcome.why.clone().unwrap_or_default();
                let ways = wanted(name).into_keys();
                found.extend(ways.map(|to| Pair::not_asked(name, &to, &why)));
            }
        }
    }
    found
}
