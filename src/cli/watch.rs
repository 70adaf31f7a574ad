//! Watching a run that nobody steers: a line a step, the log, and the signals
//! that stop it between two steps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::job::Job;
use crate::answers::config::OnFailure;
use crate::apply::engine::{Choice, Event, Outcome, Watch};
use crate::apply::verify::{self, Verified};
use crate::host::{self, timestamp};
use crate::report::human;

/// Starts the log, as far as this process may write one.
pub fn log_to_file(job: &Job<'_>) -> String {
    let time = timestamp(job.host.now());
    let name = time.trim_end_matches('Z').replace(':', "-");
    let path = job
        .global
        .log
        .clone()
        .unwrap_or(format!("/var/log/groundcrew/{name}.log"));
    if let Err(error) = host::log::to_file(&path) {
        eprintln!("groundcrew: no log is written: {path}: {error}");
    }
    path
}

/// A flag that a signal sets: the run stops between two steps.
pub fn stop_on_signals() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [
        signal_hook::consts::SIGINT,
        signal_hook::consts::SIGTERM,
        signal_hook::consts::SIGHUP,
    ] {
        // Without the handler the signal ends the process, which the journal
        // survives too.
        let _ = signal_hook::flag::register(signal, Arc::clone(&flag));
    }
    flag
}

/// Prints what happens, a line each, on standard error: standard output is the
/// report's.
pub struct Printer {
    quiet: bool,
    on_failure: OnFailure,
    steps: usize,
    stop: Arc<AtomicBool>,
}

impl Printer {
    /// A watcher of a run with so many steps. Signals are caught from here on.
    pub fn new(quiet: bool, on_failure: OnFailure, steps: usize) -> Self {
        Self {
            quiet,
            on_failure,
            steps,
            stop: stop_on_signals(),
        }
    }
}

impl Watch for Printer {
    fn event(&mut self, event: Event) {
        if self.quiet {
            return;
        }
        match event {
            Event::Step {
                step, title, state, ..
            } => {
                let steps = self.steps;
                eprintln!(
                    "[{}/{steps}] {:<8} {title}",
                    step + 1,
                    human::step_word(state)
                );
            }
            Event::Verifying { peers: 0 } => {}
            Event::Verifying { peers } => eprintln!("Verifying the data path to {peers} peers"),
        }
    }

    fn failed(&mut self, _: usize, _: &str, error: &str) -> Choice {
        if !self.quiet {
            eprintln!("groundcrew: {error}");
        }
        match self.on_failure {
            // Nobody can be asked here: the safe one.
            OnFailure::Rollback | OnFailure::Ask => Choice::Undo,
            OnFailure::Keep => Choice::Keep,
        }
    }

    fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// How a run ended, in one sentence.
pub fn outcome_text(outcome: &Outcome, verified: &[Verified], steps: usize) -> String {
    match outcome {
        Outcome::Applied { changed } => {
            let done = match (steps, changed) {
                (0, _) => "There was nothing to set up.".to_string(),
                (_, 0) => "There was nothing to do.".to_string(),
                (_, changed) => {
                    format!("{changed} of {steps} steps had something to do, all are done.")
                }
            };
            let waiting = verified
                .iter()
                .any(|v| v.status == verify::Status::NotApplicable);
            let rest = if waiting {
                " Waiting for join files of the other nodes."
            } else if verified.is_empty() {
                ""
            } else if verify::passed(verified) {
                " The data path was verified."
            } else {
                " The data path is NOT verified."
            };
            format!("{done}{rest}")
        }
        Outcome::Stopped => {
            "Stopped between two steps. Go on with `groundcrew resume`, or undo with \
                             `groundcrew rollback`."
                .into()
        }
        Outcome::Kept { step, error } => format!(
            "Step {} failed, and what was done is kept: {error}. Go on with `groundcrew resume`, or \
             undo with `groundcrew rollback`.",
            step + 1
        ),
        Outcome::RolledBack { step, error } => {
            format!(
                "Step {} failed, and everything was undone: {error}",
                step + 1
            )
        }
        Outcome::NotRolledBack { step, error, left } => format!(
            "Step {} failed: {error}. NOT everything could be undone: {}",
            step + 1,
            left.join("; ")
        ),
    }
}
