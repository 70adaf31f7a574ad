//! Commands that change the host, and those that show what was done.

use super::args::{
    ApplyArgs, Global, PlanArgs, PlanFormat, Progress, RollbackArgs, RunArgs, RunPart,
};
use super::carry_out::{UNDO_FIRST, carry_out, check_basis, go_on, is_done};
use super::consent;
use super::job::{Case, Job, Judged, Planned, exit_of};
use super::output::{self, print};
use super::runs::{check_earlier, keep, keep_run, keep_undone, read_runs, state, stopped};
use super::watch::{NOTE, Printer, log_to_file};
use crate::answers::config::{Config, FailOn, OnFailure, SwarmConfig};
use crate::answers::{Answers, Problem, Problems};
use crate::apply::dry;
use crate::apply::engine;
use crate::apply::journal::Run;
use crate::apply::undo::Others;
use crate::apply::verify::measure::Measure;
use crate::error::{Exit, Failure};
use crate::judge::text::paragraph;
use crate::plan::render;
use crate::plan::{Plan, Refusal};
use crate::report::{Format, Report, human, json};
use crate::ui::ladder::Chosen;
use crate::ui::wizard::form::problem_text;

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
