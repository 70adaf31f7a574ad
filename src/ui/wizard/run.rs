//! A run as it is shown: its steps, and the log below them.

use std::collections::VecDeque;
use std::time::Duration;

use crate::apply::engine::Event;
use crate::apply::journal::StepState;

/// Lines of the log that are kept for scrolling; the file has them all.
const LOG_LINES: usize = 2000;

/// A step of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// What it does.
    pub title: String,
    /// Where it stands.
    pub state: StepState,
    /// Why it failed.
    pub error: Option<String>,
    /// When it began, since the start of the wizard.
    pub began: Option<Duration>,
    /// How long it took.
    pub took: Option<Duration>,
}

/// What kind of run it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKind {
    /// The plan is carried out.
    Apply,
    /// An earlier run goes on.
    Resume,
    /// An earlier run is taken back.
    RollBack,
}

/// A run.
#[derive(Debug)]
pub struct RunView {
    /// Its kind.
    pub kind: RunKind,
    /// Its steps.
    pub rows: Vec<RunRow>,
    /// When it began, since the start of the wizard.
    pub began: Duration,
    /// When it ended.
    pub ended: Option<Duration>,
    /// Peers that have to answer now.
    pub verifying: Option<usize>,
    /// It stops before the next step.
    pub stopping: bool,
    /// The signal that it is stopped for.
    pub signal: Option<i32>,
    /// The last lines of the log.
    pub log: VecDeque<String>,
}

/// The word for a state.
pub fn state_word(state: StepState) -> &'static str {
    match state {
        StepState::Todo => "-",
        StepState::Started => "RUN",
        StepState::Done => "DONE",
        StepState::Present => "SAME",
        StepState::Failed => "FAIL",
        StepState::Undone => "UNDONE",
        StepState::NotUndone => "LEFT",
    }
}

impl RunView {
    /// A run of these steps that begins now.
    pub fn new(
        kind: RunKind,
        steps: impl IntoIterator<Item = (String, StepState)>,
        now: Duration,
    ) -> Self {
        let row = |(title, state)| RunRow {
            title,
            state,
            error: None,
            began: None,
            took: None,
        };
        Self {
            kind,
            rows: steps.into_iter().map(row).collect(),
            began: now,
            ended: None,
            verifying: None,
            stopping: false,
            signal: None,
            log: VecDeque::new(),
        }
    }

    /// Takes an event.
    pub fn event(&mut self, event: Event, now: Duration) {
        match event {
            Event::Step {
                step,
                title,
                state,
                error,
            } => {
                // The engine logs what it begins and what fails.
                match state {
                    StepState::Present => {
                        self.log(format!("step {}: nothing to do: {title}", step + 1))
                    }
                    StepState::Done => self.log(format!("step {}: done", step + 1)),
                    _ => {}
                }
                if let Some(row) = self.rows.get_mut(step) {
                    match state {
                        StepState::Started => row.began = Some(now),
                        StepState::Done | StepState::Failed => {
                            row.took = row.began.map(|began| now.saturating_sub(began));
                        }
                        _ => {}
                    }
                    row.state = state;
                    row.error = error;
                }
            }
            Event::Kept { path, copy } => self.log(format!("{path} is kept as {copy}")),
            Event::Left { text } => self.log(text),
            Event::Guarded { within } => {
                self.log(format!(
                    "from here on everything is undone unless it is confirmed within {within} s"
                ));
            }
            Event::Verifying { peers } => {
                self.verifying = Some(peers);
                self.log(format!("verifying the data path to {peers} peers"));
            }
        }
    }

    /// Adds lines to the log.
    pub fn log(&mut self, text: String) {
        self.log.extend(text.lines().map(str::to_owned));
        while self.log.len() > LOG_LINES {
            self.log.pop_front();
        }
    }

    /// Steps that need nothing more.
    pub fn settled(&self) -> usize {
        let settled = |row: &&RunRow| match self.kind {
            RunKind::RollBack => matches!(row.state, StepState::Undone | StepState::NotUndone),
            _ => matches!(row.state, StepState::Done | StepState::Present),
        };
        self.rows.iter().filter(settled).count()
    }

    /// The step that is being done, or the last one that something happened to.
    pub fn current(&self) -> Option<usize> {
        let running = |row: &RunRow| row.state == StepState::Started;
        let running = self.rows.iter().position(running);
        running.or_else(|| {
            self.rows
                .iter()
                .rposition(|row| row.state != StepState::Todo)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_move_the_steps_and_fill_the_log() {
        let titles = ["a", "b"].map(|title| (title.to_owned(), StepState::Todo));
        let mut run = RunView::new(RunKind::Apply, titles, Duration::from_secs(1));
        let step = |step, state, error: Option<&str>| Event::Step {
            step,
            title: "t".into(),
            state,
            error: error.map(str::to_owned),
        };
        run.event(step(0, StepState::Started, None), Duration::from_secs(2));
        assert_eq!(run.current(), Some(0));
        run.event(step(0, StepState::Done, None), Duration::from_secs(5));
        run.event(
            step(1, StepState::Failed, Some("no\nway")),
            Duration::from_secs(6),
        );
        run.event(step(9, StepState::Done, None), Duration::from_secs(6));
        assert_eq!(run.settled(), 1);
        assert_eq!(
            run.rows.first().map(|row| row.took),
            Some(Some(Duration::from_secs(3)))
        );
        assert!(run.log.iter().any(|line| line == "step 1: done"));
    }
}
