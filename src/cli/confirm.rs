//! Runs that have to be confirmed: keeping one, and the process that undoes it
//! where nobody does.

use std::time::{Duration, Instant};

use super::job::Job;
use super::output::{print, say};
use super::runs::{keep_undone, read_runs, state};
use super::watch::{Printer, log_to_file};
use crate::answers::config::OnFailure;
use crate::apply::journal::{Run, RunState};
use crate::apply::runs::{State, StateError};
use crate::apply::{engine, guard};
use crate::error::{Exit, Failure};

/// How often the journal and the lock are looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How often the lock of the process is tried: somebody may be looking whether it
/// is held.
const TRIES: u32 = 20;

/// The run that waits to be confirmed, if one does.
pub fn waiting(state: &State<'_>) -> Result<Option<Run>, Failure> {
    let (runs, _) = read_runs(state)?;
    Ok(runs.into_iter().rev().find(|run| run.awaits().is_some()))
}

/// How a run that waits stands, in a few words.
pub fn standing(job: &Job<'_>, run: &Run) -> Option<String> {
    let left = run.awaits()?.left(job.host.now());
    Some(if guard::lives(job.host, &run.dir) {
        format!("waiting for `groundcrew confirm`, {left} s left; then it is undone")
    } else {
        "NOT CONFIRMED, and the process that would undo it is gone: `groundcrew confirm` keeps it, \
         `groundcrew rollback` undoes it"
            .into()
    })
}

/// Says that a run waits, to an operator who does something else.
pub fn remind(job: &Job<'_>) {
    let other = job.global.facts.is_some() || job.global.root.is_some();
    if other || job.global.quiet || job.host.euid() != 0 {
        return;
    }
    let Ok(Some(run)) = waiting(&state(job)) else {
        return;
    };
    if let Some(standing) = standing(job, &run) {
        say(&format!(
            "groundcrew: the run of {} is {standing}",
            run.header.began
        ));
    }
}

/// `confirm`.
pub fn confirm(job: &Job<'_>) -> Result<Exit, Failure> {
    let state = state(job);
    let _lock = state.lock()?;
    let Some(mut run) = waiting(&state)? else {
        let (runs, _) = read_runs(&state)?;
        let late = runs
            .last()
            .filter(|run| run.guard.as_ref().is_some_and(|guard| guard.expired));
        let Some(run) = late else {
            print("Nothing waits to be confirmed.\n")?;
            return Ok(Exit::Done);
        };
        let (exit, what) = match run.state() {
            RunState::Undone => (Exit::RolledBack, "it was undone"),
            _ => (
                Exit::NotRolledBack,
                "it was to be undone, and is not wholly: see `groundcrew status`",
            ),
        };
        let text = format!(
            "too late: nobody confirmed the run of {} in time, and {what}",
            run.header.began
        );
        return Err(Failure::new(exit, text));
    };
    guard::settle(job.host, &mut run, true).map_err(Failure::unexpected)?;
    print(&format!(
        "Confirmed: what the run of {} did stays.\n",
        run.header.began
    ))?;
    if run.state() == RunState::Stopped {
        print(
            "It stopped before its end: go on with `groundcrew resume`, or undo it with \
             `groundcrew rollback`.\n",
        )?;
    }
    Ok(Exit::Done)
}

/// `guard`: waits until the run in `dir` is confirmed, or undoes it. It is started
/// by a run, and has to outlive it, its terminal and its connection; or at boot.
/// What starts it at the next one goes with the end of its work.
pub fn guard(job: &Job<'_>, dir: &str) -> Result<Exit, Failure> {
    let ended = stand_by(job, dir)?;
    if ended == Exit::Done {
        guard::unhook(job.host, dir).map_err(Failure::unexpected)?;
    }
    Ok(ended)
}

fn stand_by(job: &Job<'_>, dir: &str) -> Result<Exit, Failure> {
    // It fails only where this process leads a session already.
    let _ = nix::unistd::setsid();
    let Some((state_dir, _)) = dir.rsplit_once("/runs/") else {
        let text = format!("{dir}: not the folder of a run");
        return Err(Failure::new(Exit::Usage, text));
    };
    let state = State::new(job.host, state_dir);
    state.check_root()?;
    let mut held = None;
    for _ in 0..TRIES {
        held = guard::hold(job.host, dir).map_err(Failure::unexpected)?;
        if held.is_some() {
            break;
        }
        job.host.sleep(LOOK);
    }
    if held.is_none() {
        let text = format!("{dir}: another process guards this run already");
        return Err(Failure::new(Exit::NotPermitted, text));
    }
    // Whoever started this waits for it.
    print("ready\n")?;
    // The time is counted here: a wall clock that is set meanwhile changes nothing.
    let mut counted: Option<(String, Instant)> = None;
    loop {
        let run = match Run::read(job.host, dir) {
            Ok(run) => run,
            Err(error) => {
                log::error!("{error}");
                job.host.sleep(LOOK);
                continue;
            }
        };
        let Some(guard) = &run.guard else {
            // The entry follows at once, unless whoever writes it is gone.
            if state.lock().is_ok()
                && matches!(Run::read(job.host, dir), Ok(run) if run.guard.is_none())
            {
                return Ok(Exit::Done);
            }
            job.host.sleep(LOOK);
            continue;
        };
        if run.awaits().is_none() {
            return Ok(Exit::Done);
        }
        let until = match &counted {
            Some((of, until)) if *of == guard.until => *until,
            _ => {
                let until = Instant::now() + Duration::from_secs(guard.within);
                counted = Some((guard.until.clone(), until));
                until
            }
        };
        let left = until.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            job.host.sleep(left.min(LOOK));
            continue;
        }
        match expire(job, &state, dir, &guard.until) {
            Ok(Some(exit)) => return Ok(exit),
            // Somebody is at work, or the time has begun anew.
            Ok(None) => job.host.sleep(LOOK),
            Err(failure) => {
                log::error!("{}", failure.message);
                job.host.sleep(LOOK);
            }
        }
    }
}

/// Undoes the run under the lock, if its time is over still.
fn expire(
    job: &Job<'_>,
    state: &State<'_>,
    dir: &str,
    until: &str,
) -> Result<Option<Exit>, Failure> {
    let _lock = match state.lock() {
        Ok(lock) => lock,
        Err(StateError::Locked { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut run = Run::read(job.host, dir).map_err(Failure::unexpected)?;
    if run.awaits().is_none_or(|guard| guard.until != until) {
        return Ok(None);
    }
    log_to_file(job);
    log::info!("nobody confirmed the run of {} in time", run.header.began);
    guard::settle(job.host, &mut run, false).map_err(Failure::unexpected)?;
    let mut watch = Printer::new(job.global, OnFailure::Keep, &run.plan);
    let left = engine::roll_back(job.host, &mut run, &mut watch)?;
    keep_undone(job, &run);
    Ok(Some(if left.is_empty() {
        Exit::Done
    } else {
        Exit::NotRolledBack
    }))
}
