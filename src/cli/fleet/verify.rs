//! `fleet verify`: whether the hosts reach each other as planned.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::{remains, replies, tried};
use super::args::FleetVerify;
use super::crew::{Crew, Outcomes, lock};
use super::folder::Folder;
use crate::answers::JoinFile;
use crate::cli::job::Job as Work;
use crate::cli::output::print;
use crate::error::{Exit, Failure};
use crate::fleet::apply::parts::{self, Fault};
use crate::fleet::apply::{JOB, Job, Pair, gate};
use crate::fleet::containers::{self, Inside};
use crate::fleet::plan::FleetPlan;
use crate::fleet::throughput::{self, Flow, Throughput, Two};
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
    let (lock, holder) = lock(work, &folder, &plan_sha256)?;
    let crew = Crew::new(work, &arguments.reach, "groundcrew fleet verify")?;
    let wanted = |name: &str| {
        let from = plan.verification.from.get(name);
        names_of(&joins, from.into_iter().flatten())
    };
    let at_once = usize::from(arguments.reach.forks / 2).min(throughput::AT_ONCE);
    if arguments.throughput.is_some() && at_once == 0 {
        let text = "--throughput: both hosts of a pair are asked at once: --forks 2 or more";
        return Err(Failure::new(Exit::Usage, text));
    }
    if arguments.throughput.is_some() && plan.overlay == "none" {
        let text = "--throughput: the plan has no private network to be measured";
        return Err(Failure::new(Exit::Usage, text));
    }
    let members = plan.names();
    let mut watched = parts::watch(&plan, &members, &members);
    let jobs = plan.members.iter().map(|one| {
        let peers = wanted(&one.name).into_values().collect();
        let mut run = gate(&plan, "", &peers, arguments.echoes);
        run.extend(watched.remove(&one.name).unwrap_or_default());
        let job = Job {
            v: JOB,
            run,
            last: arguments.throughput.is_none(),
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
    let found = tried(&outcomes, wanted);
    let mut matrix = matrix(&plan, &now, arguments.echoes, found, &outcomes);
    keep(&folder, &matrix)?;
    let mut text = String::new();
    if let Some(seconds) = arguments.throughput {
        let done = outcomes.iter().filter(|(_, outcome)| outcome.is_done());
        let asked: BTreeSet<String> = done.map(|(name, _)| name.clone()).collect();
        let pairs = throughput::pairs(&matrix.pairs, &asked);
        let names = names_of(&joins, &asked);
        let flows = measure(&crew, &throughput::rounds(&pairs, at_once), &names, seconds);
        // Also where it was stopped: the program goes.
        let left = crew.leave(&BTreeSet::new(), &holder, |_, _| {});
        matrix.throughput = Some(Throughput {
            seconds,
            flows: flows?,
        });
        keep(&folder, &matrix)?;
        for line in remains(&left?) {
            paragraph(&mut text, "", "  ", &line);
        }
    }
    let mut told = BTreeSet::new();
    for (name, outcome) in outcomes.iter().filter(|(_, outcome)| !outcome.is_done()) {
        told.insert(name.as_str());
        let why = outcome.why.as_deref().unwrap_or_default();
        paragraph(&mut text, "", "  ", &format!("{name}: {why}"));
        if let Some(hint) = &outcome.hint {
            paragraph(&mut text, "  Try: ", "    ", hint);
        }
    }
    // Of those that --limit leaves out nothing is known.
    let asked = outcomes.keys().cloned().collect();
    let faults = parts::faults(&plan, &asked, &asked, &replies(&outcomes));
    // What the table of ways has is told there.
    let beside = |fault: &&Fault| !matrix.tells(&fault.host, &fault.message);
    for fault in faults.iter().filter(beside) {
        let line = format!("{}: {}", fault.host, fault.message);
        paragraph(&mut text, "", "  ", &line);
    }
    text.push_str(&matrix.text_beside(&told));
    print(&text)?;
    drop(lock);
    let fine = matrix.is_good() && faults.is_empty() && outcomes.values().all(|one| one.is_done());
    Ok(if fine { Exit::Done } else { Exit::NotVerified })
}

/// What hosts found of the ways to each other, and of those between containers.
pub fn matrix(
    plan: &FleetPlan,
    at: &str,
    echoes: u16,
    pairs: Vec<Pair>,
    outcomes: &Outcomes,
) -> Matrix {
    let mut matrix = Matrix::new(at, echoes, pairs);
    matrix.from_containers = plan.overlay == "flannel";
    matrix.containers = containers(plan, outcomes);
    matrix
}

/// What hosts that can try it told of containers.
fn containers(plan: &FleetPlan, outcomes: &Outcomes) -> Vec<Inside> {
    let called = plan.members.iter().flat_map(|one| {
        let own = one.hostname.clone().map(|own| (own, one.name.clone()));
        own.into_iter()
            .chain([(one.name.clone(), one.name.clone())])
    });
    let called: BTreeMap<String, String> = called.collect();
    let replies = outcomes
        .iter()
        .filter_map(|(name, outcome)| Some((name, outcome.answer.as_ref()?)));
    replies
        .flat_map(|(name, reply)| containers::told(name, reply, &called))
        .collect()
}

/// What the ways of these pairs carry, round by round.
fn measure(
    crew: &Crew<'_>,
    rounds: &[Vec<Two>],
    names: &BTreeMap<String, String>,
    seconds: u16,
) -> Result<Vec<Flow>, Failure> {
    let mut flows = Vec::new();
    for (nth, round) in rounds.iter().enumerate() {
        let ends = round
            .iter()
            .flat_map(|(one, other)| [(one, other), (other, one)]);
        let jobs = ends.map(|(own, peer)| {
            let peer = names.get(peer).unwrap_or(peer);
            let job = Job {
                v: JOB,
                run: vec![throughput::task(peer, seconds)],
                ..Job::default()
            };
            (own.clone(), job)
        });
        let title = format!("Throughput, round {} of {}", nth + 1, rounds.len());
        let outcomes = crew.play(&title, &jobs.collect())?;
        let of = |own: &String, peer: &String| {
            let outcome = outcomes.get(own).ok_or("it was not asked")?;
            match &outcome.answer {
                Some(reply) if outcome.is_done() => {
                    throughput::told(reply, names.get(peer).unwrap_or(peer))
                }
                _ => Err(format!(
                    "{own}: {}",
                    outcome.why.as_deref().unwrap_or("it did not answer")
                )),
            }
        };
        for pair in round {
            let (one, other) = pair;
            flows.extend(throughput::flows(pair, of(one, other), of(other, one)));
        }
    }
    flows.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    Ok(flows)
}
