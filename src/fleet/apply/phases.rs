//! The jobs of each phase.

use std::collections::{BTreeMap, BTreeSet};

use super::job::{Holder, JOB, Job, Remove, Task};
use super::parts::Part;
use crate::answers::JoinFile;
use crate::fleet::plan::FleetPlan;

/// Echo requests of the gate after a wave.
pub const GATE_ECHOES: u16 = 3;
/// The answer that lets a run be undone by itself unless it is confirmed.
const CONFIRM_WITHIN: &str = "confirm-within";

/// A command of groundcrew that tells nothing of how far it is.
pub(super) fn run_of(argv: &[&str], answer: Option<i32>) -> Task {
    Task::new(&[argv, &["--progress", "none"]].concat(), answer)
}

/// The first job of a host: to take hold of it, to go on with what stopped there, and
/// to tell what others need of it.
pub fn begin(plan: &FleetPlan, host: &str, answers: &str, holder: &Holder, take_over: bool) -> Job {
    let mut job = Job {
        v: JOB,
        holder: Some(holder.clone()),
        take_over,
        put: answers_file(answers),
        run: vec![run_of(&["resume"], Some(7))],
        ..Job::default()
    };
    // One that nobody confirmed in time was undone: it is done anew.
    job.run.splice(0..0, confirm(answers));
    for part in Part::of(plan) {
        part.begin(plan, host, &mut job);
    }
    job
}

fn answers_file(answers: &str) -> BTreeMap<String, String> {
    [("answers.yaml".to_owned(), answers.to_owned())].into()
}

/// The name of a host's own join file in its folder.
pub fn own_join(host: &str) -> String {
    format!("join-{host}.yaml")
}

/// Keeps what a run did that waits to be confirmed; one that waited for too long was
/// undone, and is no failure.
pub fn confirm(answers: &str) -> Option<Task> {
    waits(answers).then(|| Task::new(&["confirm"], Some(5)))
}

/// Whether a run waits to be confirmed.
fn waits(answers: &str) -> bool {
    answers.lines().any(|line| {
        let line = line.trim_start();
        !line.starts_with('#') && line.contains(CONFIRM_WITHIN)
    })
}

/// The join files that a host gets: by the names of their hosts, as far as they are
/// known, and of this private network.
pub fn joins_of(
    plan: &FleetPlan,
    host: &str,
    joins: &BTreeMap<String, (JoinFile, Vec<u8>)>,
) -> BTreeMap<String, String> {
    let known = plan.joins_for(host).filter_map(|other| {
        let (_, bytes) = joins.get(other).filter(|(join, _)| plan.fits(join))?;
        Some((
            other.to_owned(),
            String::from_utf8_lossy(bytes).into_owned(),
        ))
    });
    known.collect()
}

/// The job that sets a host up. `up`: the peers that it is tried against at once, by
/// the names in their join files; the others are not there yet.
pub fn set_up(
    holder: &Holder,
    answers: &str,
    joins: BTreeMap<String, String>,
    up: &BTreeSet<String>,
) -> Job {
    let up: Vec<&str> = up.iter().map(String::as_str).collect();
    let peers = format!("--verify-peers={}", up.join(","));
    let run = [
        "run",
        "--answers",
        "answers.yaml",
        "--yes",
        "--no-input",
        &peers,
    ];
    Job {
        v: JOB,
        holder: Some(holder.clone()),
        put: answers_file(answers),
        joins: Some(joins),
        run: vec![run_of(&run, Some(7))],
        ..Job::default()
    }
}

/// What a host that was set up is asked: to keep what it did, and to try these peers
/// through its private network. What else there is to ask, its parts ask.
pub fn gate(plan: &FleetPlan, answers: &str, peers: &BTreeSet<String>, echoes: u16) -> Vec<Task> {
    let mut run = Vec::new();
    if waits(answers) {
        run.push(Task::new(&["confirm"], None));
    }
    if !peers.is_empty() {
        let echoes = echoes.to_string();
        let mut argv = vec!["verify", "--format", "json", "--echoes", &echoes];
        // Its nodes are asked of a manager, and tried once.
        if plan.scheduler == "swarm" {
            argv.extend(["--only", "overlay"]);
        }
        for peer in peers {
            argv.extend(["--peer", peer]);
        }
        run.push(Task::new(&argv, Some(7)));
    }
    run
}

/// The job that takes back what was done on a host.
pub fn undo(holder: &Holder, take_over: bool, force: bool) -> Job {
    let argv: &[&str] = match force {
        true => &["rollback", "--force"],
        false => &["rollback"],
    };
    Job {
        v: JOB,
        holder: Some(holder.clone()),
        take_over,
        run: vec![run_of(argv, None)],
        remove: Remove::Folder,
        last: true,
        ..Job::default()
    }
}

/// Whether a key of a file is for what nobody else may see. A host may be called so.
fn has_secret(text: &str) -> bool {
    let lower = text.to_lowercase();
    let lines = lower.lines().map(str::trim_start);
    let mut keys = lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(':').next());
    keys.any(|key| key.contains("private") || key.contains("secret"))
}

/// Takes a join file that a host gave of itself.
///
/// # Errors
/// When it is none, is another host's, or holds what nobody else may see.
pub fn accept(plan: &FleetPlan, host: &str, text: &str) -> Result<JoinFile, String> {
    if has_secret(text) {
        return Err("its join file speaks of a private key: it is not taken".to_owned());
    }
    let join = JoinFile::parse(&own_join(host), text)
        .map_err(|problems| format!("its join file: {problems}"))?;
    let planned = plan.member(host).and_then(|member| member.address);
    if planned.is_some() && join.address() != planned {
        let shown = |address: Option<std::net::Ipv4Addr>| {
            address.map_or("none".to_owned(), |address| address.to_string())
        };
        return Err(format!(
            "its join file says the address {}, and {} is planned",
            shown(join.address()),
            shown(planned)
        ));
    }
    Ok(join)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_told_from_a_host_that_is_called_so() {
        assert!(has_secret("name: app01\nwireguard:\n  private-key: abc=\n"));
        assert!(has_secret("- Secret: x\n"));
        assert!(!has_secret(
            "# of private-db1\nname: secretariat.private.example\n"
        ));
    }
}
