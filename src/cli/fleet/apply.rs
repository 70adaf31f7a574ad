//! `fleet apply`: the hosts of a plan are set up, wave by wave.

use std::collections::{BTreeMap, BTreeSet};

use super::args::FleetApply;
use super::crew::{Crew, Outcome, Outcomes, lock};
use super::folder::Folder;
use super::verify::{Matrix, keep, names_of};
use crate::answers::JoinFile;
use crate::cli::job::Job as Work;
use crate::cli::output::{print, say};
use crate::error::{Exit, Failure};
use crate::fleet::apply::{
    GATE_ECHOES, Holder, JOB, Job, Pair, Remove, STANDING, Stand, Standing, State, accept, begin,
    check, gate, joins_of, pairs, set_up,
};
use crate::fleet::plan::FleetPlan;
use crate::fleet::verified::broken;
use crate::fleet::{ANSWERS, HOSTS, JOINS, PLAN, names};
use crate::host::digest::sha256;
use crate::host::timestamp;
use crate::judge::text::paragraph;
use crate::report::json;

impl Folder<'_> {
    /// The plan, and its SHA-256.
    ///
    /// # Errors
    /// When there is none.
    pub fn made_plan(&self) -> Result<(FleetPlan, String), Failure> {
        let Some(plan) = self.plan()? else {
            let text = format!(
                "{} is not there: `groundcrew fleet plan -d {}` makes it",
                self.path(PLAN),
                self.dir
            );
            return Err(Failure::new(Exit::Usage, text));
        };
        let bytes = self.read(PLAN)?.unwrap_or_default();
        Ok((plan, sha256(&bytes)))
    }

    /// How the hosts stood last.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn standing(&self) -> Result<Standing, Failure> {
        let Some(bytes) = self.read(STANDING)? else {
            return Ok(Standing::default());
        };
        serde_json::from_slice(&bytes)
            .map_err(|error| Failure::new(Exit::Usage, format!("{}: {error}", self.path(STANDING))))
    }

    /// The answers of all members, as the plan made them.
    fn planned_answers(&self, plan: &FleetPlan) -> Result<BTreeMap<String, String>, Failure> {
        let (mut answers, mut problems) = (BTreeMap::new(), Vec::new());
        for member in &plan.members {
            let file = format!("{HOSTS}/{}/{ANSWERS}", member.name);
            let bytes = self.read(&file)?.unwrap_or_default();
            if sha256(&bytes) != member.answers_sha256 {
                problems.push(format!(
                    "{}: it is not what the plan made: `groundcrew fleet plan` makes it anew; what \
                     is to be otherwise is said in fleet.yaml",
                    self.path(&file)
                ));
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            answers.insert(member.name.clone(), text);
        }
        if problems.is_empty() {
            Ok(answers)
        } else {
            Err(Failure::new(Exit::Usage, problems.join("\n")))
        }
    }
}

/// A fleet that is being set up.
struct Applying<'a> {
    work: &'a Work<'a>,
    folder: &'a Folder<'a>,
    crew: Crew<'a>,
    plan: &'a FleetPlan,
    answers: BTreeMap<String, String>,
    holder: Holder,
    standing: Standing,
    /// Hosts that did their first job, and whom we have not left.
    ours: BTreeSet<String>,
    /// Those that are set up.
    up: BTreeSet<String>,
    joins: BTreeMap<String, (JoinFile, Vec<u8>)>,
}

/// Why no further wave was begun.
struct Stop {
    exit: Exit,
    lines: Vec<String>,
}

/// `fleet apply`.
pub fn run(work: &Work<'_>, arguments: &FleetApply) -> Result<Exit, Failure> {
    let folder = Folder::new(work.host, &arguments.dir.dir);
    let (plan, plan_sha256) = folder.made_plan()?;
    check(&plan).map_err(|text| Failure::new(Exit::Usage, text))?;
    let answers = folder.planned_answers(&plan)?;
    if work.global.dry_run {
        print(&waves_text(&plan, &folder.standing()?))?;
        return Ok(Exit::Done);
    }
    if !work.global.yes {
        print(&waves_text(&plan, &folder.standing()?))?;
        let text = "nothing was changed; if that is what is meant, say so: --yes";
        return Err(Failure::new(Exit::Usage, text));
    }
    let (lock, holder) = lock(work, &folder, &plan_sha256)?;
    let mut standing = folder.standing()?;
    standing.schema = "fleet-apply/1".to_owned();
    standing.plan_sha256 = plan_sha256;
    let mut applying = Applying {
        crew: Crew::new(work, &arguments.reach, "groundcrew fleet apply")?,
        work,
        folder: &folder,
        plan: &plan,
        answers,
        holder,
        standing,
        ours: BTreeSet::new(),
        up: BTreeSet::new(),
        joins: BTreeMap::new(),
    };
    let done = applying.all(arguments.take_over);
    let kept = applying.keep();
    let exit = done?;
    kept?;
    drop(lock);
    Ok(exit)
}

impl Applying<'_> {
    fn now(&self) -> String {
        timestamp(self.work.host.now())
    }

    fn keep(&self) -> Result<(), Failure> {
        let text = json(&self.standing);
        self.folder.write(STANDING, text.as_bytes()).map(drop)
    }

    fn stand(&mut self, host: &str, stand: Stand) {
        self.standing.hosts.insert(host.to_owned(), stand);
    }

    fn all(&mut self, take_over: bool) -> Result<Exit, Failure> {
        if let Some(stop) = self.begin(take_over)? {
            return self.stopped(stop);
        }
        let waves: Vec<Vec<String>> = self
            .plan
            .waves
            .iter()
            .map(|wave| self.ready(wave))
            .collect();
        let last = waves.iter().rposition(|wave| !wave.is_empty());
        for (nth, wave) in waves.iter().enumerate() {
            if wave.is_empty() {
                continue;
            }
            let stop = self.wave(nth, wave, last == Some(nth))?;
            self.keep()?;
            if let Some(stop) = stop {
                return self.stopped(stop);
            }
        }
        self.end()
    }

    /// The hosts of a wave that can be set up.
    fn ready(&self, wave: &[String]) -> Vec<String> {
        let ready = wave.iter().filter(|name| self.ours.contains(*name));
        ready.cloned().collect()
    }

    /// Takes hold of the hosts, and gathers their join files.
    fn begin(&mut self, take_over: bool) -> Result<Option<Stop>, Failure> {
        let jobs = self.answers.iter().map(|(name, answers)| {
            let job = begin(self.plan, name, answers, &self.holder, take_over);
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
            let held = outcome
                .answer
                .as_ref()
                .is_some_and(|reply| reply.held.is_some());
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
            .and_then(|brought| brought.values().next())
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

    /// The names in the join files of these hosts.
    fn peers<'b>(&self, hosts: impl IntoIterator<Item = &'b String>) -> BTreeMap<String, String> {
        names_of(&self.joins, hosts)
    }

    fn wave(&mut self, nth: usize, wave: &[String], last: bool) -> Result<Option<Stop>, Failure> {
        let up: BTreeSet<String> = self.peers(&self.up).into_values().collect();
        let alone = wave.len() == 1 && !last && !up.is_empty();
        let mut jobs = BTreeMap::new();
        for name in wave {
            let answers = self.answers.get(name).map_or("", String::as_str);
            let joins = joins_of(self.plan, name, &self.joins);
            let mut job = set_up(&self.holder, answers, joins, &up);
            // Nobody else of its wave has to be waited for.
            if alone {
                job.run.extend(gate(answers, &up, GATE_ECHOES));
            }
            jobs.insert(name.clone(), job);
        }
        let title = format!("Wave {} of {}", nth + 1, self.plan.waves.len());
        let outcomes = self.crew.play(&title, &jobs)?;
        let now = self.now();
        let mut stop = Stop {
            exit: Exit::RolledBack,
            lines: Vec::new(),
        };
        let earlier = self.up.clone();
        for (name, outcome) in &outcomes {
            if outcome.is_done() {
                self.up.insert(name.clone());
                let stand = Stand {
                    state: State::Applied,
                    at: now.clone(),
                    ..Stand::default()
                };
                self.stand(name, stand);
                continue;
            }
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
        // The last one's is that of all.
        if last {
            return Ok(None);
        }
        let found = match alone {
            true => tried(&outcomes, |_| self.peers(&earlier)),
            false => self.gate(&title, wave)?,
        };
        Ok(self.judged(&found, &now))
    }

    /// Tries every host of a wave against all that are set up.
    fn gate(&self, title: &str, wave: &[String]) -> Result<Vec<Pair>, Failure> {
        let wanted = |name: &str| {
            let others = self.up.iter().filter(|other| *other != name);
            self.peers(others)
        };
        let mut jobs = BTreeMap::new();
        for name in wave {
            let answers = self.answers.get(name).map_or("", String::as_str);
            let peers = wanted(name).into_values().collect();
            let run = gate(answers, &peers, GATE_ECHOES);
            if !run.is_empty() {
                jobs.insert(name.clone(), self.job(run));
            }
        }
        let outcomes = self.crew.play(&format!("{title}, tried"), &jobs)?;
        Ok(tried(&outcomes, wanted))
    }

    fn job(&self, run: Vec<crate::fleet::apply::Task>) -> Job {
        Job {
            v: JOB,
            holder: Some(self.holder.clone()),
            run,
            ..Job::default()
        }
    }

    /// What the ways come to: a host that does not reach another is not set up.
    fn judged(&mut self, found: &[Pair], now: &str) -> Option<Stop> {
        let lines = broken(found);
        for pair in found.iter().filter(|pair| !pair.ok) {
            let stand = Stand {
                state: State::Failed,
                at: now.to_owned(),
                why: Some(format!("it does not reach {}: {}", pair.to, pair.message)),
                hint: None,
            };
            self.stand(&pair.from, stand);
        }
        (!lines.is_empty()).then_some(Stop {
            exit: Exit::NotVerified,
            lines,
        })
    }

    /// Leaves the hosts, and says why nothing more was done.
    fn stopped(&mut self, stop: Stop) -> Result<Exit, Failure> {
        let left = self.crew.leave(&self.ours, &self.holder)?;
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

    /// The whole verified, and the hosts left.
    fn end(&mut self) -> Result<Exit, Failure> {
        let wanted = |name: &str| {
            let from = self.plan.verification.from.get(name);
            let others = from.into_iter().flatten();
            self.peers(others.filter(|other| self.up.contains(*other)))
        };
        let mut jobs = BTreeMap::new();
        for name in &self.ours {
            let answers = self.answers.get(name).map_or("", String::as_str);
            let peers = wanted(name).into_values().collect();
            let job = Job {
                remove: Remove::Holder,
                last: true,
                ..self.job(gate(answers, &peers, GATE_ECHOES))
            };
            jobs.insert(name.clone(), job);
        }
        let mut outcomes = self.crew.play("All hosts, tried", &jobs)?;
        let found = tried(&outcomes, wanted);
        outcomes.extend(self.crew.leave(&self.ours, &self.holder)?);
        let now = self.now();
        let matrix = Matrix::new(&now, GATE_ECHOES, found);
        keep(self.folder, &matrix)?;
        let stop = self.judged(&matrix.pairs, &now);
        self.keep()?;
        let mut text = self.summary();
        text.push_str(&matrix.text());
        for line in remains(&outcomes) {
            paragraph(&mut text, "", "  ", &line);
        }
        print(&text)?;
        let there = |name: &String| self.up.contains(name);
        let all = self.plan.members.iter().all(|one| there(&one.name));
        let limited = self
            .standing
            .hosts
            .values()
            .any(|one| one.state == State::LeftOut);
        if stop.is_some() || !outcomes.values().all(Outcome::is_done) {
            return Ok(Exit::NotVerified);
        }
        if !all && !limited {
            say("some hosts are missing: `groundcrew fleet apply` again sets them up");
        }
        Ok(if all || self.reached() {
            Exit::Done
        } else {
            Exit::NotVerified
        })
    }

    /// Whether every member that was asked could be reached.
    fn reached(&self) -> bool {
        let members = self.plan.members.iter();
        let mut stands = members.filter_map(|one| self.standing.hosts.get(&one.name));
        stands.all(|stand| matches!(stand.state, State::Applied | State::LeftOut))
    }

    fn summary(&self) -> String {
        rows(&self.standing, &self.plan.names())
    }
}

/// The ways that hosts tried.
pub fn tried(outcomes: &Outcomes, wanted: impl Fn(&str) -> BTreeMap<String, String>) -> Vec<Pair> {
    let mut found = Vec::new();
    for (name, outcome) in outcomes {
        match &outcome.answer {
            Some(reply) => found.extend(pairs(name, reply, &wanted(name))),
            None => {
                let why = outcome.why.clone().unwrap_or_default();
                found.extend(wanted(name).into_keys().map(|to| Pair {
                    from: name.clone(),
                    to,
                    ok: false,
                    message: format!("it was not asked: {why}"),
                    sent: None,
                    lost: None,
                    rtt: None,
                    mtu: None,
                }));
            }
        }
    }
    found
}

/// What could not be put in order on hosts that were left.
fn remains(outcomes: &Outcomes) -> Vec<String> {
    let failed = outcomes.iter().filter(|(_, outcome)| !outcome.is_done());
    failed
        .map(|(name, outcome)| {
            let why = outcome.why.as_deref().unwrap_or_default();
            format!("{name} was not left in order, the next command does it: {why}")
        })
        .collect()
}

/// A row for each host, those with something in the way with the reason.
pub fn rows(standing: &Standing, hosts: &BTreeSet<String>) -> String {
    let width = hosts.iter().map(|name| name.chars().count()).max();
    let width = width.unwrap_or_default().min(40);
    let mut text = String::new();
    let waiting = Stand::default();
    for name in hosts {
        let stand = standing.hosts.get(name).unwrap_or(&waiting);
        text.push_str(&format!("{name:<width$}  {}\n", stand.state.word()));
        if let Some(why) = &stand.why {
            paragraph(&mut text, "  ", "  ", why);
        }
        if let Some(hint) = &stand.hint {
            paragraph(&mut text, "  Try: ", "    ", hint);
        }
    }
    text
}

/// The waves, and how their hosts stand.
fn waves_text(plan: &FleetPlan, standing: &Standing) -> String {
    let mut text = String::new();
    for (nth, wave) in plan.waves.iter().enumerate() {
        let hosts = names::some(wave.iter().map(String::as_str));
        let applied = wave.iter().filter(|name| {
            let stand = standing.hosts.get(*name);
            stand.is_some_and(|stand| stand.state == State::Applied)
        });
        let line = match applied.count() {
            0 => hosts,
            all if all == wave.len() => format!("{hosts} (set up already: looked at again)"),
            some => format!("{hosts} ({some} set up already)"),
        };
        paragraph(&mut text, &format!("{:>3}. ", nth + 1), "     ", &line);
    }
    text
}
