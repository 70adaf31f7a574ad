//! `fleet rollback`: what was done on the hosts is taken back.

use std::collections::BTreeMap;

use super::apply::rows;
use super::args::FleetRollback;
use super::crew::{Crew, Outcome, lock};
use super::folder::Folder;
use crate::cli::job::Job as Work;
use crate::cli::output::{print, say};
use crate::cli::watch::NOTE;
use crate::error::{Exit, Failure};
use crate::fleet::apply::{STANDING, Stand, Standing, State, backwards, hosts_of, undo};
use crate::fleet::verified::VERIFIED;
use crate::fleet::{JOINS, names};
use crate::host::timestamp;
use crate::judge::text::paragraph;
use crate::report::json;

/// What is undone, in which order.
fn order_text(waves: &[Vec<String>]) -> String {
    let mut text = "To be undone, in this order:\n".to_owned();
    for (nth, wave) in waves.iter().enumerate() {
        let hosts = names::some(wave.iter().map(String::as_str));
        paragraph(&mut text, &format!("{:>3}. ", nth + 1), "     ", &hosts);
    }
    text
}

/// How a host stands; none where it was never asked.
fn stood(standing: &Standing, host: &str) -> Option<State> {
    standing.hosts.get(host).map(|stand| stand.state)
}

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
    let waves = backwards(&plan, &standing);
    let hosts = hosts_of(&waves);
    if !work.global.yes || work.global.dry_run {
        print(&order_text(&waves))?;
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
        let ran_etcd = !standing.etcd.is_empty();
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
        let undone = |name: &String| stood(&standing, name) == Some(State::Undone);
        standing.etcd_begun &= !plan.roles.etcd_members.iter().all(undone);
        standing.etcd_begun &= !ran_etcd || !standing.etcd.is_empty();
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
    let mut text = rows(&standing, &hosts);
    if plan.scheduler == "swarm" {
        let undone = hosts
            .iter()
            .filter(|name| stood(&standing, name) == Some(State::Undone));
        let others = hosts
            .iter()
            .any(|name| stood(&standing, name) == Some(State::Applied));
        let undone: Vec<&str> = undone.map(String::as_str).collect();
        if others && !undone.is_empty() {
            let line = format!(
                "The Swarm's managers keep {} in their list as Down, until `docker node rm NODE` on \
                 one of them, or the next `groundcrew fleet apply` where the plan has them no more.",
                names::some(undone)
            );
            paragraph(&mut text, "", "  ", &line);
        }
    }
    print(&text)?;
    if exit == Exit::NotRolledBack {
        say("not everything could be undone: `groundcrew fleet rollback` again tries it");
    }
    drop(lock);
    Ok(exit)
}
