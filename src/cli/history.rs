//! Commands that show what was done: they change nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use super::args::{
    CONTROL_PORT, Data, DataArgs, DiffFormat, Half, ReportArgs, ReportCommand, VerifyArgs,
};
use super::confirm::standing;
use super::job::Job;
use super::output::{self, print};
use super::runs::{read_runs, state};
use crate::apply::journal::{Run, RunState};
use crate::apply::verify::measure::Measure;
use crate::apply::{content, guard, verify};
use crate::error::{Exit, Failure};
use crate::judge::text::paragraph;
use crate::plan::joining::writes_join_file;
use crate::plan::step::Step;
use crate::plan::{Plan, Verify};
use crate::report::{Format, Report, Status, diff, human, json, yaml};

/// `status`.
pub fn status(job: &Job<'_>, arguments: &DataArgs) -> Result<Exit, Failure> {
    let (runs, unreadable) = read_runs(&state(job))?;
    let rows: Vec<_> = runs
        .iter()
        .map(|run| {
            let steps: Vec<_> = run
                .plan
                .steps
                .iter()
                .zip(&run.records)
                .map(|(step, record)| {
                    serde_json::json!({
                        "title": step.title(),
                        "state": record.state,
                        "error": record.error,
                    })
                })
                .collect();
            serde_json::json!({
                "dir": run.dir,
                "began": run.header.began,
                "groundcrew": run.header.groundcrew,
                "state": run.state(),
                "confirm": run.awaits().map(|guard| serde_json::json!({
                    "within": guard.within,
                    "until": guard.until,
                    "left": guard.left(job.host.now()),
                    "guarded": guard::lives(job.host, &run.dir),
                })),
                "scheduler": run.plan.scheduler,
                "overlay": run.plan.overlay,
                "steps": steps,
            })
        })
        .collect();
    let text = match arguments.format {
        Data::Json => json(&serde_json::json!({"runs": rows, "unreadable": unreadable})),
        Data::Yaml => yaml(&serde_json::json!({"runs": rows, "unreadable": unreadable})),
        Data::Human => status_text(job, &runs, &unreadable),
    };
    print(&text)?;
    let orphan = |run: &Run| run.awaits().is_some() && !guard::lives(job.host, &run.dir);
    let bad = runs
        .iter()
        .any(|run| matches!(run.state(), RunState::Stopped | RunState::NotUndone) || orphan(run));
    Ok(if bad || !unreadable.is_empty() {
        Exit::NotRolledBack
    } else {
        Exit::Done
    })
}

/// The runs with their steps, as text.
pub fn status_text(job: &Job<'_>, runs: &[Run], unreadable: &[String]) -> String {
    let mut out = String::new();
    if runs.is_empty() && unreadable.is_empty() {
        out.push_str("No run yet.\n");
    }
    for run in runs {
        let state = match run.state() {
            RunState::Applied => "applied",
            RunState::Stopped => "STOPPED: `groundcrew resume` or `groundcrew rollback`",
            RunState::Undone => "undone",
            RunState::NotUndone => "NOT WHOLLY UNDONE: `groundcrew rollback` tries again",
        };
        let what = run.plan.overlay.as_deref().unwrap_or("no overlay");
        let line = format!(
            "{} {} scheduler, {what}: {state}",
            run.header.began, run.plan.scheduler
        );
        paragraph(&mut out, "", "  ", &line);
        if let Some(standing) = standing(job, run) {
            paragraph(&mut out, "  ", "  ", &standing);
        }
        if run.guard.as_ref().is_some_and(|guard| guard.expired) {
            out.push_str("  nobody confirmed it in time\n");
        }
        paragraph(&mut out, "  ", "  ", &run.dir);
        for (index, (step, record)) in run.plan.steps.iter().zip(&run.records).enumerate() {
            let first = format!("  {:<9}{:>2}  ", human::step_word(record.state), index + 1);
            paragraph(&mut out, &first, "               ", &step.title());
            if let Some(error) = &record.error {
                paragraph(&mut out, "               ", "               ", error);
            }
        }
    }
    for line in unreadable {
        paragraph(&mut out, "", "  ", line);
    }
    out
}

/// `verify`.
pub fn verify(job: &Job<'_>, arguments: &VerifyArgs) -> Result<Exit, Failure> {
    let (runs, _) = read_runs(&state(job))?;
    let applied = runs
        .iter()
        .rev()
        .find(|run| run.state() == RunState::Applied);
    let plan = applied.map(|run| &run.plan);
    let Some(plan) = plan.filter(|plan| !plan.verifications().is_empty()) else {
        return Err(Failure::new(
            Exit::Usage,
            "no run with an overlay or scheduler is in place here: there is nothing to verify",
        ));
    };
    state(job).check_root()?;
    let echoes = match arguments.throughput {
        // Where the way leads to is told with what it loses.
        Some(_) if arguments.peer.len() > 1 => {
            let text = "--throughput: one way at a time, with one --peer";
            return Err(Failure::new(Exit::Usage, text));
        }
        Some(_) => arguments.echoes.max(1),
        None => arguments.echoes,
    };
    let measure = Measure {
        peers: wanted_peers(plan, &arguments.peer)?,
        echoes,
    };
    let mut plan = plan.clone();
    match arguments.only {
        Some(Half::Overlay) => plan.verify_scheduler = None,
        Some(Half::Scheduler) => plan.verify = None,
        None => {}
    }
    let mut results = verify::plan(job.host, &plan, &measure).unwrap_or_default();
    if let (Some(seconds), Some(wanted)) = (arguments.throughput, &plan.verify) {
        let time = Duration::from_secs(u64::from(seconds));
        verify::throughput::add(job.host, wanted, &mut results, CONTROL_PORT, time);
    }
    let text = match arguments.format {
        Data::Json => json(&results),
        Data::Yaml => yaml(&results),
        Data::Human => {
            let mut out = String::new();
            for result in &results {
                let first = format!("{:<9}", human::verify_word(result.status));
                paragraph(&mut out, &first, "         ", &result.message);
            }
            out
        }
    };
    print(&text)?;
    Ok(if verify::passed(&results) {
        Exit::Done
    } else {
        Exit::NotVerified
    })
}

/// The peers to try, where some are named; those that the plan does not know are
/// refused, all at once.
fn wanted_peers(plan: &Plan, named: &[String]) -> Result<Option<BTreeSet<String>>, Failure> {
    if named.is_empty() {
        return Ok(None);
    }
    let known: BTreeSet<_> = plan.verify.iter().flat_map(Verify::peers).collect();
    let unknown: Vec<_> = named
        .iter()
        .filter(|name| !known.contains(name.as_str()))
        .cloned()
        .collect();
    if !unknown.is_empty() {
        let there: Vec<_> = known.into_iter().collect();
        let there = match there.len() {
            0 => "this host knows no peers".to_owned(),
            _ => format!("this host's peers are {}", there.join(", ")),
        };
        let text = format!("--peer: there is no {}; {there}", unknown.join(" and no "));
        return Err(Failure::new(Exit::Usage, text));
    }
    Ok(Some(named.iter().cloned().collect()))
}

/// `report`: the last run's.
pub fn report(job: &Job<'_>, arguments: &ReportArgs) -> Result<Exit, Failure> {
    match &arguments.command {
        Some(ReportCommand::Diff { old, new, format }) => {
            return report_diff(job, old, new, *format);
        }
        Some(ReportCommand::Schema) => {
            print(&crate::report::schema::text())?;
            return Ok(Exit::Done);
        }
        None => {}
    }
    let (runs, _) = read_runs(&state(job))?;
    let Some(newest) = runs.last() else {
        return Err(Failure::new(
            Exit::Usage,
            "there was no run on this host yet: `preflight --report FILE` reports without one",
        ));
    };
    let path = format!("{}/report.json", newest.dir);
    let bytes = job.host.read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::new(
            Exit::Usage,
            format!(
                "the run of {} has no report: it carried out a saved plan (`apply PLAN`), or was \
                 cut off before its end; `groundcrew status` shows its steps",
                newest.header.began
            ),
        ),
        _ => Failure::unexpected(format!("{path}: {error}")),
    })?;
    let report: Report = serde_json::from_slice(&bytes)
        .map_err(|error| Failure::unexpected(format!("{path}: {error}")))?;
    let formats: Result<Vec<_>, _> = arguments
        .output
        .iter()
        .map(|path| {
            Format::of_path(path).map(|format| (path, format)).ok_or_else(|| {
                Failure::new(Exit::Usage, format!("{path}: no format has this extension; there are .txt, .json, .yaml, .md, .html and .xml (JUnit)"))
            })
        })
        .collect();
    for (path, format) in formats? {
        output::write_file(
            job.host,
            path,
            format.write(&report, job.global.strict).as_bytes(),
        )?;
    }
    if arguments.output.is_empty() {
        print(&arguments.format.write(&report, job.global.strict))?;
    }
    Ok(Exit::Done)
}

/// `report diff`: 0 where nothing is new or worse.
fn report_diff(job: &Job<'_>, old: &str, new: &str, format: DiffFormat) -> Result<Exit, Failure> {
    let (mut reports, mut problems) = (Vec::new(), Vec::new());
    for path in [old, new] {
        match read_report(job, path) {
            Ok(report) => reports.push(report),
            Err(failure) => problems.push(failure.message),
        }
    }
    let [old, new] = reports.as_slice() else {
        return Err(Failure::new(Exit::Usage, problems.join("\n")));
    };
    let difference = diff::diff(old, new);
    print(&match format {
        DiffFormat::Human => difference.text(),
        DiffFormat::Json => json(&difference),
        DiffFormat::Yaml => yaml(&difference),
        DiffFormat::Markdown => difference.markdown(),
    })?;
    Ok(match difference.worst() {
        Status::Fail => Exit::Failed,
        Status::Warn | Status::Unknown if job.global.strict => Exit::Failed,
        Status::Warn | Status::Unknown if !job.global.warn_ok => Exit::Warned,
        _ => Exit::Done,
    })
}

/// A report that was written as JSON or YAML.
fn read_report(job: &Job<'_>, path: &str) -> Result<Report, Failure> {
    let bytes = job.read_named(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let read: Result<Report, String> = if text.trim_start().starts_with('{') {
        serde_json::from_str(&text).map_err(|error| error.to_string())
    } else {
        serde_yaml::from_str(&text).map_err(|error| error.to_string())
    };
    read.map_err(|error| {
        let text = format!(
            "{path}: not a report of groundcrew in JSON or YAML: {error}; write one with `preflight \
             --report FILE.json`"
        );
        Failure::new(Exit::Usage, text)
    })
}

/// `join show`: this node's join file, made anew from the last applied run.
pub fn join_show(job: &Job<'_>) -> Result<Exit, Failure> {
    let (runs, _) = read_runs(&state(job))?;
    let applied = runs
        .iter()
        .rev()
        .filter(|run| run.state() == RunState::Applied);
    let parts = applied
        .flat_map(|run| &run.plan.steps)
        .find_map(|step| match step {
            Step::WriteFile { content, .. } if writes_join_file(step) => Some(content),
            _ => None,
        });
    let Some(parts) = parts else {
        return Err(Failure::new(
            Exit::Usage,
            "this node has no join file yet: `groundcrew join make` makes it, or the first \
             `groundcrew run` that sets up a private network",
        ));
    };
    let text = content::render(job.host, parts).map_err(Failure::unexpected)?;
    print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
