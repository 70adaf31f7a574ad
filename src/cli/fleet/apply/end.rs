//! The last phase: the whole tried, and the hosts left; or why it came to no end.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::crew::{Outcome, Outcomes};
use super::super::verify::{keep, matrix};
use super::told::remains;
use super::wave::tried;
use super::{Applying, Stop};
use crate::cli::output::{print, say};
use crate::error::{Exit, Failure};
use crate::fleet::apply::parts::{self, Part};
use crate::fleet::apply::{GATE_ECHOES, Job, Remove, confirm, gate};
use crate::judge::text::paragraph;

/// How long the operator's stop may take with one host: a play takes some 2 s, a host that
/// is gone 10 s (ssh's ConnectTimeout as Ansible gives it); supervisors kill after 30 s and
/// more, half of which may have passed.
const STOPPING: Duration = Duration::from_secs(15);

impl Applying<'_> {
    /// Leaves the hosts, and says why nothing more was done.
    pub(super) fn stopped(&mut self, stop: Stop) -> Result<Exit, Failure> {
        let left = self.leave()?;
        let mut text = self.summary();
        text.push_str("Stopped:\n");
        for line in &stop.lines {
            paragraph(&mut text, "  ", "    ", line);
        }
        for line in remains(&left) {
            paragraph(&mut text, "  ", "    ", &line);
        }
        paragraph(
            &mut text,
            "",
            "  ",
            "Hosts of later waves were not changed. Put right what is named, and say `groundcrew \
             fleet apply` again: it goes on where it stood. `groundcrew fleet rollback` takes all \
             of it back.",
        );
        print(&text)?;
        Ok(stop.exit)
    }

    /// Does at the operator's stop, and where Ansible itself or this machine fails, what
    /// cannot wait for the next command; the operator waits for it, and a second signal
    /// ends that.
    pub(super) fn cut_off(&self, failure: Failure) -> Failure {
        let mut jobs: BTreeMap<String, Job> = BTreeMap::new();
        for part in Part::of(self.plan) {
            if let Some((name, task)) = part.stop(self.plan, &self.told)
                && self.ours.contains(&name)
            {
                let job = jobs.entry(name).or_insert_with(|| self.job(Vec::new()));
                job.run.push(task);
            }
        }
        if jobs.is_empty() {
            return failure;
        }
        let outcomes = self
            .crew
            .play_within("Replacing the join tokens", &jobs, STOPPING);
        let undone = match &outcomes {
            Err(error) => Some(error.message.clone()),
            Ok(outcomes) => {
                let mut failed = outcomes.values().filter(|outcome| !outcome.is_done());
                failed.next().map(|one| one.why.clone().unwrap_or_default())
            }
        };
        let tokens = match undone {
            None => "the join tokens that were handed out let nobody in any more".to_owned(),
            Some(why) => format!(
                "the join tokens that were handed out are not replaced ({why}): the next \
                 `groundcrew fleet apply` does that"
            ),
        };
        Failure::new(failure.exit, format!("{}; {tokens}", failure.message))
    }

    /// Leaves every host that was not left yet.
    fn leave(&self) -> Result<Outcomes, Failure> {
        let last = |name: &str, job: &mut Job| {
            // What was done there stays, though another host of its wave failed.
            if self.up.contains(name) {
                job.run.extend(confirm(self.answers(name)));
            }
            self.parting(name, job);
        };
        self.crew.leave(&self.ours, &self.holder, last)
    }

    /// Adds what the parts of the plan have to do on a host at last.
    fn parting(&self, name: &str, job: &mut Job) {
        for part in Part::of(self.plan) {
            part.leave(self.plan, name, job);
        }
    }

    /// The whole verified, and the hosts left.
    pub(super) fn end(&mut self) -> Result<Exit, Failure> {
        let wanted = |name: &str| {
            let from = self.plan.verification.from.get(name);
            let others = from.into_iter().flatten();
            self.peers(others.filter(|other| self.up.contains(*other)))
        };
        let mut watched = parts::watch(self.plan, &self.up, &self.up);
        let mut jobs = BTreeMap::new();
        for name in &self.ours {
            let peers = wanted(name).into_values().collect();
            let mut run = gate(self.plan, self.answers(name), &peers, GATE_ECHOES);
            run.extend(watched.remove(name).unwrap_or_default());
            let mut job = Job {
                remove: Remove::Holder,
                last: true,
                ..self.job(run)
            };
            self.parting(name, &mut job);
            jobs.insert(name.clone(), job);
        }
        let mut outcomes = self.crew.play("All hosts, tried", &jobs)?;
        let found = tried(&outcomes, wanted);
        let matrix = matrix(self.plan, &self.now(), GATE_ECHOES, found, &outcomes);
        let stop = self.judged(&matrix.pairs, &self.up.clone(), &outcomes);
        outcomes.extend(self.leave()?);
        keep(self.folder, &matrix)?;
        self.keep()?;
        let mut text = self.summary();
        text.push_str(&matrix.text());
        for line in remains(&outcomes) {
            paragraph(&mut text, "", "  ", &line);
        }
        print(&text)?;
        if stop.is_some() || !outcomes.values().all(Outcome::is_done) {
            return Ok(Exit::NotVerified);
        }
        let fine = |name: &String| {
            self.up.contains(name) || (self.limited && self.left_out.contains(name))
        };
        if self.plan.members.iter().all(|one| fine(&one.name)) {
            return Ok(Exit::Done);
        }
        say("some hosts are missing: `groundcrew fleet apply` again sets them up");
        Ok(Exit::NotVerified)
    }
}
