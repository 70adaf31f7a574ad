//! `fleet rollback`: what was done on the hosts is taken back.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::rows;
use super::args::FleetRollback;
use super::crew::{Crew, Outcome, lock};
use super::folder::Folder;
use crate::cli::job::Job as Work;
use crate::cli::output::{print, say};
use crate::cli::watch::NOTE;
use crate::error::{Exit, Failure};
use crate::fleet::JOINS;
use crate::fleet::apply::{STANDING, Stand, State, undo};
use crate::fleet::verified::VERIFIED;
use crate::host::timestamp;
use crate::report::json;

/// What is left elsewhere, as the host's own rollback told it.
fn notes(outcome: &Outcome) -> Vec<String> {
    let ran = outcome.answer.iter().flat_map(|reply| &reply.ran);
    let lines = ran.flat_map(|ran| ran.out.lines());
    lines
        .filter_map(|line| line.strip_prefix(NOTE))
        .map(str::to_owned)
        .collect()
}

/// `fleet rollback`.
pub fn run(work: &Work<'_>, arguments: &FleetRollback) -> Result<Exit, Failure> {
    let folder = Folder::new(work.host, &arguments.dir.dir);
    let (plan, plan_sha256) = folder.made_plan()?;
    let mut standing = folder.standing()?;
    // In the order against that of setting them up; first those that are members no
    // more, and may have things of ours still.
    let members = plan.names();
    let gone = plan.removed.iter().map(|one| one.name.clone());
    let gone: Vec<String> = gone
        .filter(|name| {
            let stand = standing.hosts.get(name).map(|stand| stand.state);
            stand.is_some_and(|state| state != State::Undone)
        })
        .collect();
    let mut waves: Vec<Vec<String>> = plan.waves.iter().rev().cloned().collect();
    if !gone.is_empty() {
        waves.insert(0, gone.clone());
    }
    if !work.global.yes || work.global.dry_run {
        let hosts: Vec<&str> = waves.iter().flatten().map(String::as_str).collect();
        print(&format!(
            "To be undone, in this order: {}\n",
            hosts.join(", ")
        ))?;
        if work.global.dry_run {
            return Ok(Exit::Done);
        }
        let text = "nothing was undone; if that is what is meant, say so: --yes";
        return Err(Failure::new(Exit::Usage, text));
    }
    let (lock, holder) = lock(work, &folder, &plan_sha256)?;
    let crew = Crew::new(work, &arguments.reach, "groundcrew fleet rollback")?;
    let (mut exit, mut asked) = (Exit::Done, false);
    let total = waves.len();
    for (nth, wave) in waves.into_iter().enumerate() {
        let job = undo(&holder, arguments.take_over, arguments.force);
        let jobs: BTreeMap<_, _> = wave.into_iter().map(|name| (name, job.clone())).collect();
        let outcomes = crew.play(&format!("Undoing, {} of {total}", nth + 1), &jobs)?;
        let now = timestamp(work.host.now());
        for (name, outcome) in &outcomes {
            if outcome.state == "left-out" && arguments.reach.limit.is_some() {
                continue;
            }
            asked = true;
            let stand = if outcome.is_done() {
                let _ = work
                    .host
                    .remove_file(&folder.path(&format!("{JOINS}/{name}.yaml")));
                let left = notes(outcome);
                // One that is a member still counts, until the next apply removes it.
                if left.is_empty() {
                    standing.etcd.remove(name);
                }
                Stand {
                    state: State::Undone,
                    at: now.clone(),
                    why: (!left.is_empty()).then(|| left.join(" ")),
                    hint: None,
                }
            } else {
                exit = match exit {
                    Exit::Done | Exit::NotPermitted if outcome.is_held() => Exit::NotPermitted,
                    _ => Exit::NotRolledBack,
                };
                let mut stand = outcome.stand(&now);
                if stand.state == State::Unreachable && standing.etcd.contains_key(name) {
                    stand.hint = Some(
                        "bring it back and say this again. Where it is gone for good: it is a \
                         member of etcd and counts for its quorum; name it in fleet.exclude, and \
                         `groundcrew fleet plan` and `groundcrew fleet apply` remove it from etcd"
                            .to_owned(),
                    );
                }
                stand
            };
            standing.hosts.insert(name.clone(), stand);
        }
        let undone = |name: &String| {
            let stand = standing.hosts.get(name);
            stand.is_some_and(|stand| stand.state == State::Undone)
        };
        standing.etcd_begun &= !plan.roles.etcd_members.iter().all(undone);
        if !standing.etcd_begun {
            standing.etcd.clear();
        }
        folder.write(STANDING, json(&standing).as_bytes())?;
    }
    if !asked {
        let text = "no host of the plan is among the hosts of --limit";
        return Err(Failure::new(Exit::Usage, text));
    }
    // What was true of them is not any more.
    let _ = work.host.remove_file(&folder.path(VERIFIED));
    let mut hosts: BTreeSet<String> = members;
    hosts.extend(gone);
    print(&rows(&standing, &hosts))?;
    if exit == Exit::NotRolledBack {
        say("not everything could be undone: `groundcrew fleet rollback` again tries it");
    }
    drop(lock);
    Ok(exit)
}
