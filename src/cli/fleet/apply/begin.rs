//! The first phase: hold of the hosts, and what they give for each other.

use std::collections::BTreeMap;

use super::super::crew::Outcome;
use super::{Applying, Stop};
use crate::error::{Exit, Failure};
use crate::fleet::JOINS;
use crate::fleet::apply::parts::Part;
use crate::fleet::apply::{Job, State, accept, begin, joins_of, own_join};

impl Applying<'_> {
    /// Takes hold of the hosts, and gathers their join files.
    pub(super) fn begin(&mut self, take_over: bool) -> Result<Option<Stop>, Failure> {
        // What an earlier plan left there would be read with the answers of this one.
        self.joins = self.folder.joins()?;
        let jobs = self.answers.iter().map(|(name, answers)| {
            let mut job = begin(self.plan, name, answers, &self.holder, take_over);
            job.joins = Some(joins_of(self.plan, name, &self.joins));
            (name.clone(), job)
        });
        let jobs: BTreeMap<String, Job> = jobs.collect();
        let outcomes = self.crew.play("Keys and join files", &jobs)?;
        let now = self.now();
        if outcomes.values().all(|one| one.state == "left-out") {
            let text = "no member of the plan is in the inventory, or among the hosts of --limit";
            return Err(Failure::new(Exit::Usage, text));
        }
        let mut stop = Stop {
            exit: Exit::Failed,
            lines: Vec::new(),
        };
        for (name, outcome) in &outcomes {
            let held = outcome.is_held();
            if outcome.state == "left-out" {
                self.left_out.insert(name.clone());
            }
            if outcome.is_done() || (outcome.answer.is_some() && !held) {
                self.ours.insert(name.clone());
            }
            if held {
                stop.exit = Exit::NotPermitted;
            }
            let fine = match outcome.is_done() {
                true => self.take(name, outcome),
                false => Err(outcome.why.clone().unwrap_or_default()),
            };
            let Err(why) = fine else {
                self.standing.hosts.entry(name.clone()).or_default();
                continue;
            };
            let before = self.standing.hosts.get(name).map(|stand| stand.state);
            let mut stand = outcome.stand(&now);
            stand.why = Some(why.clone());
            match stand.state {
                // It stays what it was: nobody has asked.
                State::LeftOut if before.is_some() => {}
                State::Failed => {
                    stop.lines.push(format!("{name}: {why}"));
                    self.stand(name, stand);
                }
                _ => self.stand(name, stand),
            }
        }
        self.joins = self.folder.joins()?;
        self.hear(&outcomes);
        for part in Part::of(self.plan) {
            for fault in part.missing(self.plan, &self.ours, &self.told) {
                stop.lines
                    .push(format!("{}: {}", fault.host, fault.message));
            }
        }
        self.keep()?;
        Ok((!stop.lines.is_empty()).then_some(stop))
    }

    /// Keeps the join file that a host gave.
    fn take(&self, name: &str, outcome: &Outcome) -> Result<(), String> {
        if self.plan.overlay == "none" {
            return Ok(());
        }
        let brought = outcome.answer.as_ref().map(|reply| &reply.brought);
        let text = brought
            .and_then(|brought| brought.get(&own_join(name)))
            .ok_or("it gave no join file")?;
        accept(self.plan, name, text)?;
        let write = || {
            self.folder.make(JOINS)?;
            self.folder
                .write(&format!("{JOINS}/{name}.yaml"), text.as_bytes())
        };
        write()
            .map(drop)
            .map_err(|failure: Failure| failure.message)
    }
}
