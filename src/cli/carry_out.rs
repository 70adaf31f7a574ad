//! Carrying a plan out, and going on with one that stopped.

use super::job::{Job, Planned, Seen};
use super::runs::told;
use crate::answers::Answers;
use crate::apply::engine::{self, EngineError, Event, Watch};
use crate::apply::journal::{Run, StepState};
use crate::apply::runs::State;
use crate::apply::verify::measure::Measure;
use crate::apply::verify::{self, Verified};
use crate::apply::{guard, survey};
use crate::error::{Exit, Failure};
use crate::host::Host;
use crate::judge::text::paragraph;
use crate::plan::Plan;
use crate::plan::basis::{Basis, Scope};
use crate::plan::render::{Preview, Probe};
use crate::report::{RunReport, StepReport};
use crate::ui::backend::{End, Finished};

/// How a run ended.
pub struct Ended {
    /// What the report tells of it.
    pub run: RunReport,
    /// The end, for the front ends; it knows the exit code.
    pub finished: Finished,
}

impl Ended {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        Exit::of_code(self.finished.exit_code())
    }
}

/// What to do where a run that stopped does not fit the host any more.
pub const UNDO_FIRST: &str =
    "undo the run with `groundcrew rollback`, and make a plan anew with `groundcrew plan`";

/// Refuses a plan whose facts are others by now, naming each. A plan that does not
/// say what it rests on (version 1) is taken as it is.
pub fn check_basis(job: &Job<'_>, plan: &Plan, seen: &Seen, remedy: &str) -> Result<(), Failure> {
    let (Some(basis), Some(facts)) = (&plan.basis, &seen.facts) else {
        return Ok(());
    };
    let scope = Scope::of(&plan.steps);
    let interface = scope.interface.as_deref().unwrap_or_default();
    let survey = survey::survey(job.host, facts, interface, &basis.measured());
    let changes = basis.changes(&Basis::of(facts, &survey, &scope, true));
    if changes.is_empty() {
        return Ok(());
    }
    let mut text = String::from("this host is not what it was when the plan was made:\n");
    for change in &changes {
        let line = format!("{}: was {}; is {}", change.fact, change.was, change.is);
        paragraph(&mut text, "  ", "    ", &line);
    }
    text.push_str(remedy);
    Err(Failure::new(Exit::Failed, text))
}

/// Whether no step has anything to do.
pub fn is_done(previews: &[Preview]) -> bool {
    previews.iter().all(|preview| preview.probe == Probe::Done)
}

/// Carries a plan out and verifies it. Where there is nothing to do no run is
/// begun; the data path is verified all the same. The answers are kept beside
/// the journal, for the next host and for starting anew.
pub fn carry_out(
    job: &Job<'_>,
    state: &State<'_>,
    planned: Planned,
    answers: Option<&Answers>,
    (measure, watch): (&Measure, &mut dyn Watch),
) -> Result<Ended, Failure> {
    let Planned { plan, previews } = planned;
    if is_done(&previews) {
        let finished = Finished {
            verified: verified(job.host, &plan, measure, watch),
            ..Finished::new(End::Applied { changed: 0 })
        };
        let steps = plan.steps.iter().map(|step| StepReport {
            title: step.title(),
            state: StepState::Present,
            error: None,
        });
        let run = RunReport {
            dir: String::new(),
            outcome: finished.sentence(),
            steps: steps.collect(),
            verified: finished.verified.clone(),
            notes: plan.notes,
            advice: plan.advice,
        };
        return Ok(Ended { run, finished });
    }
    let run = state.begin(plan)?;
    if let Some(answers) = answers {
        let path = format!("{}/answers.yaml", run.dir);
        let written = job
            .host
            .write_atomic(&path, answers.to_yaml(true).as_bytes(), 0o600);
        written.map_err(|error| Failure::unexpected(format!("{path}: {error}")))?;
    }
    go_on(job, run, (measure, watch))
}

/// Goes on with a run and verifies it.
pub fn go_on(
    job: &Job<'_>,
    mut run: Run,
    (measure, watch): (&Measure, &mut dyn Watch),
) -> Result<Ended, Failure> {
    let mut finished = Finished::new(Ok(engine::apply(job.host, &mut run, watch)?).into());
    if let End::NotBegun { signal } = &mut finished.end {
        *signal = watch.signal();
    }
    if matches!(finished.end, End::Applied { .. }) {
        finished.verified = verified(job.host, &run.plan, measure, watch);
        guard::wait(job.host, &mut run).map_err(EngineError::from)?;
    }
    let now = job.host.now();
    finished.confirm = run.awaits().map(|guard| guard.left(now));
    let run = told(&run, finished.sentence(), finished.verified.clone());
    Ok(Ended { run, finished })
}

fn verified(
    host: &dyn Host,
    plan: &Plan,
    measure: &Measure,
    watch: &mut dyn Watch,
) -> Vec<Verified> {
    if plan.verifications().is_empty() {
        return Vec::new();
    }
    let peers = plan
        .verify
        .as_ref()
        .map_or(0, |wanted| wanted.peers().len());
    watch.event(Event::Verifying { peers });
    verify::plan(host, plan, measure).unwrap_or_default()
}
