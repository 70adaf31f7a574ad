//! `fleet apply`: the hosts of a plan are set up, wave by wave.

mod begin;
mod end;
mod etcd;
mod told;
mod wave;

pub use told::{remains, rows};
pub use wave::{replies, tried};

use std::collections::{BTreeMap, BTreeSet};

use super::args::FleetApply;
use super::crew::{Crew, Outcomes, lock};
use super::folder::Folder;
use super::verify::names_of;
use crate::answers::JoinFile;
use crate::cli::job::Job as Work;
use crate::cli::output::{print, say};
use crate::error::{Exit, Failure};
use crate::fleet::apply::parts::Told;
use crate::fleet::apply::{Holder, JOB, Job, STANDING, Stand, Standing, Task, check};
use crate::fleet::etcd::too_few;
use crate::fleet::plan::FleetPlan;
use crate::fleet::{ANSWERS, HOSTS, PLAN};
use crate::host::digest::sha256;
use crate::host::timestamp;
use crate::report::json;
use told::waves_text;

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
    /// Those that were not asked.
    left_out: BTreeSet<String>,
    /// Whether some were left out on purpose (`--limit`).
    limited: bool,
    joins: BTreeMap<String, (JoinFile, Vec<u8>)>,
    /// What the hosts gave for each other during this command.
    told: Told,
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
    let stood = folder.standing()?;
    if let Some(text) = too_few(&plan, &stood, arguments.reach.at_once()) {
        return Err(Failure::new(Exit::Usage, text));
    }
    if work.global.dry_run {
        print(&waves_text(&plan, &stood))?;
        return Ok(Exit::Done);
    }
    if !work.global.yes {
        print(&waves_text(&plan, &stood))?;
        let text = "nothing was changed; if that is what is meant, say so: --yes";
        return Err(Failure::new(Exit::Usage, text));
    }
    let (lock, holder) = lock(work, &folder, &plan_sha256)?;
    // Another command may have had the lock until now.
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
        left_out: BTreeSet::new(),
        limited: arguments.reach.limit.is_some(),
        joins: BTreeMap::new(),
        told: Told::new(),
    };
    let done = applying
        .all(arguments.take_over)
        .map_err(|failure| applying.cut_off(failure));
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
        if let Some(stop) = self.etcd()? {
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
            if let Some(stop) = self.costs_quorum(wave) {
                return self.stopped(stop);
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

    /// The answers of a member.
    fn answers(&self, name: &str) -> &str {
        self.answers.get(name).map_or("", String::as_str)
    }

    /// The names in the join files of these hosts.
    fn peers<'b>(&self, hosts: impl IntoIterator<Item = &'b String>) -> BTreeMap<String, String> {
        names_of(&self.joins, hosts)
    }

    /// A job for a host that is set up.
    fn job(&self, run: Vec<Task>) -> Job {
        Job {
            v: JOB,
            holder: Some(self.holder.clone()),
            run,
            ..Job::default()
        }
    }

    /// Keeps in mind what the hosts gave, and tells the operator what they have to say.
    fn hear(&mut self, outcomes: &Outcomes) {
        for (name, outcome) in outcomes {
            for line in outcome.answer.iter().flat_map(|reply| &reply.said) {
                say(&format!("{name}: {line}"));
            }
            let brought = outcome.answer.iter().flat_map(|reply| &reply.brought);
            let files = self.told.entry(name.clone()).or_default();
            files.extend(brought.map(|(file, text)| (file.clone(), text.clone())));
        }
    }

    fn summary(&self) -> String {
        rows(&self.standing, &self.plan.names())
    }
}
