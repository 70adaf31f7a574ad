//! Watching a run that nobody steers: a line a step, the log, and the signals
//! that stop it between two steps.

use std::time::Duration;

use super::args::{Global, Progress};
use super::job::Job;
use super::output::{self, say};
use crate::answers::config::OnFailure;
use crate::apply::engine::{Choice, Event, Watch};
use crate::error::Exit;
use crate::host::{self, timestamp};
use crate::plan::Plan;
use crate::report::human;
use crate::ui::signals::Signals;

/// Where logs are unless `--log` says otherwise.
pub const LOG_DIR: &str = "/var/log/groundcrew";

/// Starts the log; the file.
///
/// # Errors
/// Why there is none, as a sentence.
pub fn open_log(job: &Job<'_>) -> Result<String, String> {
    let time = timestamp(job.host.now());
    let name = time.trim_end_matches('Z').replace(':', "-");
    let path = job
        .global
        .log
        .clone()
        .unwrap_or(format!("{LOG_DIR}/{name}.log"));
    match host::log::to_file(&path) {
        Ok(()) => Ok(path),
        Err(error) => Err(format!("No log is written: {path}: {error}")),
    }
}

/// Starts the log, as far as this process may write one, and says where it may not.
pub fn log_to_file(job: &Job<'_>) {
    if let Err(text) = open_log(job) {
        say(&format!("groundcrew: {text}"));
    }
}

/// Tells what happens on standard error, as `--progress` says: standard output is
/// the report's.
pub struct Printer {
    progress: Progress,
    on_failure: OnFailure,
    steps: usize,
    signals: Option<Signals>,
    /// What is left elsewhere and was not told, as `--progress none` has it.
    pub untold: Vec<String>,
}

/// How a line on standard output begins that says what is left elsewhere.
pub const NOTE: &str = "Note: ";

impl Printer {
    /// A watcher of a run of this plan. Signals are caught from here on.
    pub fn new(global: &Global, on_failure: OnFailure, plan: &Plan) -> Self {
        let printer = Self {
            progress: global.progress(),
            on_failure,
            steps: plan.steps.len(),
            // Without the handlers a signal ends the process, which the journal
            // survives, too.
            signals: Signals::catch().ok(),
            untold: Vec::new(),
        };
        if printer.progress == Progress::Json {
            let overlay = plan.overlay.as_deref().unwrap_or("no overlay");
            let title = format!("{}: {} scheduler, {overlay}", plan.host, plan.scheduler);
            output::tell_begin(printer.steps, title);
        }
        printer
    }

    /// The run has ended like this.
    pub fn ended(&self, outcome: &str, exit: Exit) {
        if self.progress == Progress::Json {
            output::tell_end(outcome.into(), exit);
        }
    }
}

/// A time since the start: `0:07`, `12:30`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

impl Watch for Printer {
    fn event(&mut self, event: Event) {
        match self.progress {
            Progress::None => {
                if let Event::Left { text } = event {
                    self.untold.push(text);
                }
                return;
            }
            Progress::Json => return output::tell_event(event, self.steps),
            Progress::Text => {}
        }
        let elapsed = clock(output::elapsed());
        match event {
            Event::Step {
                step, title, state, ..
            } => {
                let (number, steps) = (step + 1, self.steps);
                let word = human::step_word(state);
                say(&format!("[{number}/{steps}] {elapsed} {word:<8} {title}"));
            }
            Event::Kept { path, copy } => {
                say(&format!(
                    "{elapsed} {path} was changed by somebody else; kept as {copy}"
                ));
            }
            Event::Left { text } => say(&format!("{elapsed} Note: {text}")),
            Event::Guarded { within } => say(&format!(
                "{elapsed} From here on everything is undone unless it is confirmed within \
                 {within} s"
            )),
            Event::Verifying { peers: 0 } => {}
            Event::Verifying { peers } => {
                say(&format!(
                    "{elapsed} Verifying the data path to {peers} peers"
                ));
            }
        }
    }

    fn failed(&mut self, _: usize, _: &str, error: &str) -> Choice {
        if self.progress == Progress::Text {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    #[test]
    fn a_log_that_cannot_be_opened_is_no_path() {
        let host = Scripted::new();
        let global = Global {
            log: Some("/proc/self/none/run.log".into()),
            ..Global::default()
        };
        let job = Job::new(&host, &host, &global).unwrap();
        let text = open_log(&job).unwrap_err();
        assert!(text.contains("/proc/self/none/run.log"), "{text}");
    }
}
