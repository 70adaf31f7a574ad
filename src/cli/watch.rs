//! Watching a run that nobody steers: a line a step, the log, and the signals
//! that stop it between two steps.

use super::job::Job;
use super::output::say;
use crate::answers::config::OnFailure;
use crate::apply::engine::{Choice, Event, Watch};
use crate::host::{self, timestamp};
use crate::report::human;
use crate::ui::signals::Signals;

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
        say(&format!("groundcrew: no log is written: {path}: {error}"));
    }
    path
}

/// Prints what happens, a line each, on standard error: standard output is the
/// report's.
pub struct Printer {
    quiet: bool,
    on_failure: OnFailure,
    steps: usize,
    signals: Option<Signals>,
}

impl Printer {
    /// A watcher of a run with so many steps. Signals are caught from here on.
    pub fn new(quiet: bool, on_failure: OnFailure, steps: usize) -> Self {
        Self {
            quiet,
            on_failure,
            steps,
            // Without the handlers a signal ends the process, which the journal
            // survives, too.
            signals: Signals::catch().ok(),
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
                say(&format!(
                    "[{}/{steps}] {:<8} {title}",
                    step + 1,
                    human::step_word(state)
                ));
            }
            Event::Verifying { peers: 0 } => {}
            Event::Verifying { peers } => say(&format!("Verifying the data path to {peers} peers")),
        }
    }

    fn failed(&mut self, _: usize, _: &str, error: &str) -> Choice {
        if !self.quiet {
            say(&format!("groundcrew: {error}"));
        }
        match self.on_failure {
            // Nobody can be asked here: the safe one.
            OnFailure::Rollback | OnFailure::Ask => Choice::Undo,
            OnFailure::Keep => Choice::Keep,
        }
    }

    fn stop(&self) -> bool {
        self.signal().is_some()
    }

    fn signal(&self) -> Option<i32> {
        self.signals.as_ref().and_then(Signals::pending)
    }
}
