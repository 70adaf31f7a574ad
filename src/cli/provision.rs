//! Commands that change the host, and those that show what was done.

use super::args::{
    ApplyArgs, Global, PlanArgs, PlanFormat, Progress, RollbackArgs, RunArgs, RunPart,
};
use super::confirm::waiting;
use super::consent;
use super::job::{Case, Job, Judged, Planned, Seen, exit_of};
use super::output::{self, print};
use super::watch::{NOTE, Printer, log_to_file};
use crate::answers::config::{Config, FailOn, OnFailure, SwarmConfig};
use crate::answers::{Answers, Problem, Problems};
use crate::apply::engine::{self, EngineError, Event, Watch};
use crate::apply::journal::{Run, RunState, StepState};
use crate::apply::runs::{STATE_DIR, State};
use crate::apply::undo::Others;
use crate::apply::verify::measure::Measure;
use crate::apply::verify::{self, Verified};
use crate::apply::{dry, guard, survey};
use crate::error::{Exit, Failure};
use crate::host::Host;
use crate::judge::text::paragraph;
use crate::plan::basis::{Basis, Scope};
use crate::plan::render::{self, Preview, Probe};
use crate::plan::{Plan, Refusal};
use crate::report::{Format, Report, RunReport, StepReport, human, json};
use crate::ui::backend::{End, Finished};
use crate::ui::ladder::Chosen;
use crate::ui::wizard::form::problem_text;

/// How a run ended.
pub struct Ended {
    /// What the report tells of it.
    pub run: RunReport,
    /// The end, for the front ends; it knows the exit code.
    pub finished: Finished,
}

impl Ended {
    fn exit(&self) -> Exit {
        Exit::of_code(self.finished.exit_code())
    }
}

/// `plan`.
pub fn plan(job: &Job<'_>, arguments: &PlanArgs) -> Result<Exit, Failure> {
    let (_, _, _, planned) = prepare(job.case()?, job)?;
    let todo = !is_done(&planned.previews);
    if let Some(path) = &arguments.output {
        output::write_file(job.host, path, json(&planned.plan).as_bytes())?;
    } else {
        print(&match arguments.format {
            PlanFormat::Text => render::text(&planned.plan, &planned.previews),
            PlanFormat::Json => json(&planned.plan),
            PlanFormat::Sh => render::shell(&planned.plan),
        })?;
    }
    Ok(if arguments.detailed_exitcode && todo {
        Exit::Changes
    } else {
        Exit::Done
    })
}

type Prepared = (Answers, Config, Report, Planned);

/// Everything up to the plan, for the commands that ask nobody.
fn prepare(case: Case, job: &Job<'_>) -> Result<Prepared, Failure> {
    let Case {
        answers,
        config,
        seen,
        named,
        judged,
    } = case;
    let missing = missing(&answers, &judged);
    if !missing.is_empty() {
        return Err(Failure::new(Exit::Usage, Problems(missing)));
    }
    job.secrets(&answers, &config)?;
    let report = job.report(&config, &seen, &judged, &named);
    match job.plan(&config, &seen, &judged, &named) {
        Ok(planned) => Ok((answers, config, report, planned)),
        Err(refusals) => {
            // What was found is wanted all the more where nothing comes of it.
            output::write_reports(job.host, &config.reports, &report, job.global.strict)?;
            Err(refused(&refusals))
        }
    }
}

/// Answers that are missing for what the answers and the decision come to.
pub fn missing(answers: &Answers, judged: &Judged) -> Vec<Problem> {
    match &judged.choice {
        Ok(choice) => {
            let mut missing = match choice.overlay.as_deref() {
                Some("wireguard") => Config::missing_for_wireguard(answers),
                _ => Vec::new(),
            };
            if choice.scheduler == "swarm" {
                missing.extend(SwarmConfig::missing(answers));
            }
            missing
        }
        Err(_) => Vec::new(),
    }
}

/// The refusals as one message.
pub fn refused(refusals: &[Refusal]) -> Failure {
    let mut text = String::from("this host cannot be set up as wanted:\n");
    for refusal in refusals {
        paragraph(
            &mut text,
            "  ",
            "    ",
            &format!("{} [{}]", refusal.text, refusal.id),
        );
        paragraph(&mut text, "    ", "    ", &refusal.remedy);
    }
    Failure::new(Exit::Failed, text.trim_end())
}

/// Whether nothing is left to ask: there is an answers file that wants nothing
/// asked and lacks nothing that is needed here. One with problems counts as
/// complete, too: they are told, not asked about.
pub fn is_complete(job: &Job<'_>, answers: &Answers) -> Result<bool, Failure> {
    if job.global.answers.is_none() {
        return Ok(false);
    }
    let Ok(config) = Config::from_answers(answers) else {
        return Ok(true);
    };
    if !config.ask.is_empty() {
        return Ok(false);
    }
    // What lacks nothing at all need not be held against the host, which takes a
    // while.
    let mut possible = Config::missing_for_wireguard(answers);
    possible.extend(SwarmConfig::missing(answers));
    if possible.is_empty() {
        return Ok(true);
    }
    let seen = job.look()?;
    let named = job.named(&config, &seen)?;
    let judged = job.judge(answers, &config, &seen, &named);
    Ok(missing(answers, &judged).is_empty())
}

/// `run` with nobody to ask, as `chosen` says.
pub fn run(
    job: &Job<'_>,
    arguments: &RunArgs,
    answers: Answers,
    chosen: &Chosen,
) -> Result<Exit, Failure> {
    let dry_run = job.global.dry_run;
    if !(dry_run || job.global.yes || job.global.answers.is_some()) {
        let mut text = format!(
            "nobody can be asked here ({}): give the answers with --answers FILE (`groundcrew \
             answers new` writes one), or accept what is recommended with --yes; `groundcrew \
             preflight` only looks",
            chosen.reason
        );
        // What has no default would be the next error.
        let case = job.case_of(answers)?;
        for problem in missing(&case.answers, &case.judged) {
            text.push_str(&format!("\n  {}: {}", problem.path, problem_text(&problem)));
        }
        return Err(Failure::new(Exit::Usage, text));
    }
    if job.global.progress() == Progress::Text {
        output::say(&chosen.first_line());
    }
    unattended(job, arguments, answers, true)
}

/// `join make`: as much of the plan as this node's join file needs.
pub fn join_make(job: &Job<'_>) -> Result<Exit, Failure> {
    unattended(job, &RunArgs::default(), job.answers()?, false)
}

/// The whole job with the answers that there are. The host is looked at once the
/// lock is held: before that, another run may have been changing it.
///
/// `whole`: all of the plan, and not just what the join file needs.
fn unattended(
    job: &Job<'_>,
    arguments: &RunArgs,
    answers: Answers,
    whole: bool,
) -> Result<Exit, Failure> {
    let dry_run = job.global.dry_run;
    let state = state(job);
    let lock = if dry_run { None } else { Some(state.lock()?) };
    if !dry_run {
        check_earlier(&state)?;
    }
    let (answers, config, mut report, planned) = prepare(job.case_of(answers)?, job)?;
    check_findings(job, &config, &report)?;
    let planned = match (whole, arguments.part) {
        (true, None) => planned,
        (true, Some(RunPart::Etcd)) => etcd_part(job, planned)?,
        (false, _) => join_part(job, planned)?,
    };
    if dry_run {
        print(&render::text(&planned.plan, &planned.previews))?;
        return Ok(Exit::Done);
    }
    // A run with nothing to do begins no journal and no log.
    if !is_done(&planned.previews) {
        log_to_file(job);
    }
    let mut watch = Printer::new(job.global, config.on_failure, &planned.plan);
    let measure = asked_peers(arguments);
    let ended = carry_out(job, &state, planned, Some(&answers), (&measure, &mut watch))?;
    drop(lock);
    let exit = ended.exit();
    watch.ended(&ended.run.outcome, exit);
    keep(job, &mut report, ended.run);
    if let Err(failure) =
        output::write_reports(job.host, &config.reports, &report, job.global.strict)
    {
        if exit == Exit::Done {
            return Err(failure);
        }
        output::say(&format!("groundcrew: {}", failure.message));
    }
    let text = match arguments.format {
        Format::Human => report.run.as_ref().map(human::run_text).unwrap_or_default(),
        format => format.write(&report, job.global.strict),
    };
    output::print_ended(&text, exit)
}

/// As much of a plan as this node's join file needs.
fn join_part(job: &Job<'_>, planned: Planned) -> Result<Planned, Failure> {
    let plan = planned.plan.for_join_file().ok_or_else(|| {
        let text = "no join file is made: what the answers come to sets up no private network \
                    (overlay.kind); see `groundcrew plan`";
        Failure::new(Exit::Usage, text)
    })?;
    Ok(Planned {
        previews: dry::preview(job.host, &plan),
        plan,
    })
}

/// As much of a plan as this node's etcd needs.
fn etcd_part(job: &Job<'_>, planned: Planned) -> Result<Planned, Failure> {
    let waits = planned.plan.notes.first().cloned();
    let plan = planned.plan.for_etcd().ok_or_else(|| {
        let why = waits.unwrap_or_default();
        Failure::new(Exit::Usage, format!("no etcd is set up here: {why}"))
    })?;
    Ok(Planned {
        previews: dry::preview(job.host, &plan),
        plan,
    })
}

/// The findings that stop a run: with `preflight.fail-on: warn`, warnings and
/// unknowns do. A rule that rules the target out has refused the plan before.
pub fn check_findings(job: &Job<'_>, config: &Config, report: &Report) -> Result<(), Failure> {
    let strict = config.fail_on == FailOn::Warn || job.global.strict;
    if !strict
        || exit_of(
            report,
            &Global {
                strict,
                ..job.global.clone()
            },
        ) == Exit::Done
    {
        return Ok(());
    }
    let text = "there are findings, and preflight.fail-on says to stop at them: see `groundcrew \
                preflight`; waive what may stay with --waive ID=REASON";
    Err(Failure::new(Exit::Failed, text))
}

/// `apply PLAN`: a plan that was saved.
pub fn apply(job: &Job<'_>, arguments: &ApplyArgs) -> Result<Exit, Failure> {
    let Some(path) = &arguments.plan else {
        return unattended(job, &RunArgs::default(), job.answers()?, true);
    };
    let bytes = job.read_named(path)?;
    let plan: Plan = serde_json::from_slice(&bytes).map_err(|error| {
        Failure::new(
            Exit::Usage,
            format!("{path}: not a plan: {error}; make one with plan -o FILE"),
        )
    })?;
    if plan.v > crate::plan::VERSION {
        let text = format!(
            "{path}: its version is {}, this groundcrew knows {}",
            plan.v,
            crate::plan::VERSION
        );
        return Err(Failure::new(Exit::Usage, text));
    }
    let state = state(job);
    let lock = if job.global.dry_run {
        None
    } else {
        let lock = state.lock()?;
        check_earlier(&state)?;
        Some(lock)
    };
    let seen = job.look()?;
    let here = seen
        .facts
        .as_ref()
        .and_then(|facts| facts.os.hostname.value());
    if here.is_none_or(|here| *here != plan.host) {
        let here = here.map_or("unknown", String::as_str);
        let text = format!(
            "{path} was made for {}, and this host is {here}: make a plan here",
            plan.host
        );
        return Err(Failure::new(Exit::Usage, text));
    }
    check_basis(
        job,
        &plan,
        &seen,
        "make a plan anew with `groundcrew plan -o FILE`",
    )?;
    let previews = dry::preview(job.host, &plan);
    if job.global.dry_run {
        print(&render::text(&plan, &previews))?;
        return Ok(Exit::Done);
    }
    if !is_done(&previews) {
        log_to_file(job);
    }
    let mut watch = Printer::new(job.global, OnFailure::Rollback, &plan);
    let ended = carry_out(
        job,
        &state,
        Planned { plan, previews },
        None,
        (&Measure::default(), &mut watch),
    )?;
    drop(lock);
    watch.ended(&ended.run.outcome, ended.exit());
    output::print_ended(&human::run_text(&ended.run), ended.exit())
}

/// `resume`.
pub fn resume(job: &Job<'_>) -> Result<Exit, Failure> {
    let state = state(job);
    let _lock = state.lock()?;
    let Some(run) = stopped(&state)? else {
        print("No run is waiting to go on.\n")?;
        return Ok(Exit::Done);
    };
    check_basis(job, &run.plan, &job.look()?, UNDO_FIRST)?;
    log_to_file(job);
    let mut watch = Printer::new(job.global, OnFailure::Keep, &run.plan);
    let ended = go_on(job, run, (&Measure::default(), &mut watch))?;
    keep_run(job, &ended.run);
    watch.ended(&ended.run.outcome, ended.exit());
    output::print_ended(&human::run_text(&ended.run), ended.exit())
}

/// `rollback`.
pub fn rollback(job: &Job<'_>, arguments: &RollbackArgs) -> Result<Exit, Failure> {
    let state = state(job);
    let _lock = state.lock()?;
    log_to_file(job);
    let (runs, unreadable) = read_runs(&state)?;
    let mut traces: Vec<Run> = runs.into_iter().filter(Run::can_be_undone).rev().collect();
    if arguments.last {
        traces.truncate(1);
    }
    if traces.is_empty() && unreadable.is_empty() {
        print("There is nothing to undo.\n")?;
        return Ok(Exit::Done);
    }
    if !arguments.force {
        consent::given(&traces)?;
    }
    let mut left = unreadable;
    for mut run in traces {
        let mut watch = Printer::new(job.global, OnFailure::Keep, &run.plan);
        let dir = run.dir.clone();
        let others = if arguments.force {
            Others::Keep
        } else {
            Others::Leave
        };
        left.extend(engine::roll_back_from(
            job.host, &mut run, &mut watch, others,
        )?);
        let (outcome, exit) = if left.is_empty() {
            (format!("Undone: {dir}"), Exit::Done)
        } else {
            (format!("Not wholly undone: {dir}"), Exit::NotRolledBack)
        };
        watch.ended(&outcome, exit);
        keep_undone(job, &run);
        print(&format!("{outcome}\n"))?;
        for text in &watch.untold {
            print(&format!("{NOTE}{text}\n"))?;
        }
        // Older runs lie below this one: what could not be undone here would
        // get in their way.
        if !left.is_empty() {
            break;
        }
    }
    if left.is_empty() {
        return Ok(Exit::Done);
    }
    let mut text = String::from("not everything could be undone:\n");
    for line in &left {
        paragraph(&mut text, "  ", "    ", line);
    }
    Err(Failure::new(Exit::NotRolledBack, text.trim_end()))
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
fn check_earlier(state: &State<'_>) -> Result<(), Failure> {
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

/// Whether no step has anything to do.
fn is_done(previews: &[Preview]) -> bool {
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

/// The peers that are tried at the end of a run.
fn asked_peers(arguments: &RunArgs) -> Measure {
    let names = |text: &String| {
        let names = text.split(',').filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    };
    Measure {
        peers: arguments.verify_peers.as_ref().map(names),
        ..Measure::default()
    }
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

/// What a report tells of a run. What is left to do, and what the installation needs,
/// is of a host that is set up: after a run that is not, it would mislead.
fn told(run: &Run, outcome: String, verified: Vec<Verified>) -> RunReport {
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
