//! `fleet verify`: whether the hosts reach each other as planned.

use std::collections::BTreeMap;

use super::apply::{replies, tried};
use super::args::FleetVerify;
use super::crew::{Crew, lock};
use super::folder::Folder;
use crate::answers::JoinFile;
use crate::cli::job::Job as Work;
use crate::cli::output::print;
use crate::error::{Exit, Failure};
use crate::fleet::apply::{JOB, Job, gate, parts};
pub use crate::fleet::verified::Matrix;
use crate::fleet::verified::VERIFIED;
use crate::host::timestamp;
use crate::judge::text::paragraph;
use crate::report::json;

impl Folder<'_> {
    /// What was verified last; none where nothing was.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn verified(&self) -> Result<Option<Matrix>, Failure> {
        let Some(bytes) = self.read(VERIFIED)? else {
            return Ok(None);
        };
        let matrix = serde_json::from_slice(&bytes).map_err(|error| {
            Failure::new(Exit::Usage, format!("{}: {error}", self.path(VERIFIED)))
        })?;
        Ok(Some(matrix))
    }
}

/// Keeps what was verified.
pub fn keep(folder: &Folder<'_>, matrix: &Matrix) -> Result<(), Failure> {
    folder.write(VERIFIED, json(matrix).as_bytes()).map(drop)
}

/// The names in the join files of hosts, by the hosts' names in the plan.
pub fn names_of<'a>(
    joins: &BTreeMap<String, (JoinFile, Vec<u8>)>,
    hosts: impl IntoIterator<Item = &'a String>,
) -> BTreeMap<String, String> {
    let named = hosts.into_iter().filter_map(|host| {
        let (join, _) = joins.get(host)?;
        Some((host.clone(), join.name().to_owned()))
    });
    named.collect()
}

/// `fleet verify`.
pub fn run(work: &Work<'_>, arguments: &FleetVerify) -> Result<Exit, Failure> {
    let folder = Folder::new(work.host, &arguments.dir.dir);
    let (plan, plan_sha256) = folder.made_plan()?;
    let joins = folder.joins()?;
    if joins.is_empty() && plan.overlay != "none" {
        let text = format!(
            "{}: no join files: nothing was set up yet; `groundcrew fleet apply` does it",
            folder.dir
        );
        return Err(Failure::new(Exit::Usage, text));
    }
    let (lock, _) = lock(work, &folder, &plan_sha256)?;
    let crew = Crew::new(work, &arguments.reach, "groundcrew fleet verify")?;
    let wanted = |name: &str| {
        let from = plan.verification.from.get(name);
        names_of(&joins, from.into_iter().flatten())
    };
    let members = plan.names();
    let mut watched = parts::watch(&plan, &members, &members);
    let jobs = plan.members.iter().map(|one| {
        let peers = wanted(&one.name).into_values().collect();
        let mut run = gate(&plan, "", &peers, arguments.echoes);
        run.extend(watched.remove(&one.name).unwrap_or_default());
        let job = Job {
            v: JOB,
            run,
            last: true,
            ..Job::default()
        };
        (one.name.clone(), job)
    });
    let mut outcomes = crew.play("All hosts, tried", &jobs.collect())?;
    outcomes.retain(|_, outcome| outcome.state != "left-out" || arguments.reach.limit.is_none());
    if outcomes.is_empty() {
        let text = "no member of the plan is among the hosts of --limit";
        return Err(Failure::new(Exit::Usage, text));
    }
    let now = timestamp(work.host.now());
    let matrix = Matrix::new(&now, arguments.echoes, tried(&outcomes, wanted));
    keep(&folder, &matrix)?;
    let mut text = String::new();
    for (name, outcome) in outcomes.iter().filter(|(_, outcome)| !outcome.is_done()) {
        let why = outcome.why.as_deref().unwrap_or_default();
        paragraph(&mut text, "", "  ", &format!("{name}: {why}"));
        if let Some(hint) = &outcome.hint {
            paragraph(&mut text, "  Try: ", "    ", hint);
        }
    }
    // Of those that --limit leaves out nothing is known.
    let asked = outcomes.keys().cloned().collect();
    let faults = parts::faults(&plan, &asked, &asked, &replies(&outcomes));
    for fault in &faults {
        let line = format!("{}: {}", fault.host, fault.message);
        paragraph(&mut text, "", "  ", &line);
    }
    text.push_str(&matrix.text());
    print(&text)?;
    drop(lock);
    let fine = matrix.pairs.iter().all(|pair| pair.ok)
        && faults.is_empty()
        && outcomes.values().all(|one| one.is_done());
    Ok(if fine { Exit::Done } else { Exit::NotVerified })
}
