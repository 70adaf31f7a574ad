//! The runs of this host: those that stand in the way of another one, and what the
//! report beside a journal tells of them.

use super::confirm::waiting;
use super::job::Job;
use crate::apply::journal::{Run, RunState};
use crate::apply::runs::{STATE_DIR, State};
use crate::apply::verify::Verified;
use crate::error::{Exit, Failure};
use crate::report::{Report, RunReport, StepReport, json};

/// The state folder of this job.
pub fn state<'a>(job: &Job<'a>) -> State<'a> {
    State::new(
        job.host,
        job.global.state_dir.as_deref().unwrap_or(STATE_DIR),
    )
}

/// The runs that can be read, the oldest first, and what is wrong with the
/// others.
pub fn read_runs(state: &State<'_>) -> Result<(Vec<Run>, Vec<String>), Failure> {
    let (mut runs, mut unreadable) = (Vec::new(), Vec::new());
    for run in state.runs()? {
        match run {
            Ok(run) => runs.push(run),
            Err(error) => unreadable.push(error.to_string()),
        }
    }
    Ok((runs, unreadable))
}

/// The run that stopped before its end, if the newest did.
pub fn stopped(state: &State<'_>) -> Result<Option<Run>, Failure> {
    let (runs, _) = read_runs(state)?;
    Ok(runs
        .into_iter()
        .rev()
        .find(|run| run.state() == RunState::Stopped))
}

/// The run that a front end offers to deal with first: one that waits to be
/// confirmed, or one that stopped.
pub fn unsettled(state: &State<'_>) -> Result<Option<Run>, Failure> {
    Ok(match waiting(state)? {
        Some(run) => Some(run),
        None => stopped(state)?,
    })
}

/// A run that waits to be confirmed comes first: what it did may be undone at any
/// moment.
pub fn check_waiting(state: &State<'_>) -> Result<(), Failure> {
    let Some(run) = waiting(state)?.filter(|run| run.state() != RunState::Stopped) else {
        return Ok(());
    };
    let text = format!(
        "the run of {} waits to be confirmed ({}): keep it with `groundcrew confirm`, or undo it \
         with `groundcrew rollback`",
        run.header.began, run.dir
    );
    Err(Failure::new(Exit::NotRolledBack, text))
}

/// A run that stopped in the middle has to be continued or undone first: its
/// half-done step would be taken for the host's own state.
pub fn check_earlier(state: &State<'_>) -> Result<(), Failure> {
    check_waiting(state)?;
    let Some(run) = stopped(state)? else {
        return Ok(());
    };
    let text = format!(
        "the run of {} stopped before its end ({}): go on with `groundcrew resume`, or undo it \
         with `groundcrew rollback`",
        run.header.began, run.dir
    );
    Err(Failure::new(Exit::NotRolledBack, text))
}

/// What a report tells of a run. What is left to do, and what the installation needs,
/// is of a host that is set up: after a run that is not, it would mislead.
pub fn told(run: &Run, outcome: String, verified: Vec<Verified>) -> RunReport {
    let (notes, advice) = match run.state() {
        RunState::Applied => (run.plan.notes.clone(), run.plan.advice.clone()),
        _ => (Vec::new(), None),
    };
    let steps = run
        .plan
        .steps
        .iter()
        .zip(&run.records)
        .map(|(step, record)| StepReport {
            title: step.title(),
            state: record.state,
            error: record.error.clone(),
        });
    RunReport {
        dir: run.dir.clone(),
        outcome,
        steps: steps.collect(),
        verified,
        notes,
        advice,
    }
}

/// Lays the report beside the journal. What fails here is logged: the run itself
/// is over.
pub fn keep(job: &Job<'_>, report: &mut Report, run: RunReport) {
    let dir = run.dir.clone();
    report.run = Some(run);
    if dir.is_empty() {
        return;
    }
    let path = format!("{dir}/report.json");
    if let Err(error) = job.host.write_atomic(&path, json(report).as_bytes(), 0o600) {
        log::error!("{path}: {error}");
    }
}

/// The same after everything was taken back.
pub fn keep_undone(job: &Job<'_>, run: &Run) {
    let outcome = format!("The run of {} was undone.", run.header.began);
    keep_run(job, &told(run, outcome, Vec::new()));
}

/// Brings the report beside a journal up to date after `resume` or `rollback`.
pub fn keep_run(job: &Job<'_>, run: &RunReport) {
    let path = format!("{}/report.json", run.dir);
    let Ok(bytes) = job.host.read(&path) else {
        return;
    };
    if let Ok(mut report) = serde_json::from_slice::<Report>(&bytes) {
        report.run = Some(run.clone());
        if let Err(error) = job
            .host
            .write_atomic(&path, json(&report).as_bytes(), 0o600)
        {
            log::error!("{path}: {error}");
        }
    }
}
