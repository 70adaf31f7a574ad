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
#[derive(Debug, Clone)]
pub struct RunView {
    /// Its kind.
    pub kind: RunKind,
    /// Its steps.
    pub rows: Vec<RunRow>,
    /// When it began, since the start of the wizard.
    pub began: Duration,
    /// When it ended.
    pub ended: Option<Duration>,
    /// Something was told of it.
    pub begun: bool,
    /// Peers that have to answer now.
    pub verifying: Option<usize>,
    /// It stops before the next step.
    pub stopping: bool,
    /// The signal that it is stopped for.
    pub signal: Option<i32>,
    /// The file of the log.
    pub log_file: Option<String>,
    /// The command that was begun last, and when.
    pub command: Option<(String, Duration)>,
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
            begun: false,
            verifying: None,
            stopping: false,
            signal: None,
            log_file: None,
            command: None,
            log: VecDeque::new(),
        }
    }

    /// Takes an event.
    pub fn event(&mut self, event: Event, now: Duration) {
        self.begun = true;
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
                        self.tell(&format!("step {}: nothing to do: {title}", step + 1));
                    }
                    StepState::Done => self.tell(&format!("step {}: done", step + 1)),
                    _ => {}
                }
                self.command = None;
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
            Event::Kept { path, copy } => self.tell(&format!("{path} is kept as {copy}")),
            Event::Left { text } => self.tell(&text),
            Event::Guarded { within } => {
                self.tell(&format!(
                    "from here on everything is undone unless it is confirmed within {within} s"
                ));
            }
            Event::Verifying { peers } => {
                self.verifying = Some(peers);
                self.tell(&format!("verifying the data path to {peers} peers"));
            }
        }
    }

    /// Takes a line of the log file. Of its time the day is left out: a run goes on
    /// for minutes.
    pub fn log(&mut self, line: &str, now: Duration) {
        let (time, text) = match line.split_once(' ') {
            Some((time, text)) if time.len() == 20 && time.ends_with('Z') => {
                (time.get(11..19).unwrap_or_default(), text)
            }
            _ => ("", line),
        };
        if let Some(command) = text.strip_prefix("$ ") {
            self.command = Some((command.to_owned(), now));
        }
        self.add(time, text);
    }

    /// Adds what is not in the file.
    fn tell(&mut self, text: &str) {
        self.add("", text);
    }

    fn add(&mut self, time: &str, text: &str) {
        let lines = text.lines().enumerate();
        let lines = lines.map(|(n, line)| format!("{:<8} {line}", if n == 0 { time } else { "" }));
        self.log.extend(lines);
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
        assert!(run.log.iter().any(|line| line.trim() == "step 1: done"));
        run.log(
            "2026-11-22T20:42:17Z $ wg show\nmore",
            Duration::from_secs(7),
        );
        assert_eq!(
            run.command,
            Some(("wg show\nmore".into(), Duration::from_secs(7)))
        );
        assert_eq!(
            run.log.iter().rev().nth(1).map(String::as_str),
            Some("20:42:17 $ wg show")
        );
        run.event(step(1, StepState::Done, None), Duration::from_secs(8));
        assert_eq!(run.command, None);
    }
}
