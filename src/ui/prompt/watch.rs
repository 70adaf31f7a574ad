//! A run as prompts tell it: a line an event.

use std::io;
use std::time::Instant;

use super::{Ask, Opt, Prompter, Reply};
use crate::apply::engine::{Choice, Event, Watch};
use crate::apply::journal::StepState;
use crate::ui::backend::Finished;
use crate::ui::ending;
use crate::ui::signals::Signals;
use crate::ui::text::count;

/// Watches a run.
pub struct Teller<'a> {
    prompter: &'a mut dyn Prompter,
    steps: usize,
    /// What is done about a failure when nobody answers.
    keep: bool,
    /// Caught to the end of the process: after a run it only tells how it ended,
    /// and a second hang-up must not take its exit code away.
    signals: std::mem::ManuallyDrop<Signals>,
    said: std::cell::Cell<bool>,
    /// When the step began that runs.
    began: Instant,
}

impl<'a> Teller<'a> {
    /// Watches a run of so many steps. Signals stop it between two steps.
    ///
    /// # Errors
    /// When the signals cannot be caught.
    pub fn new(prompter: &'a mut dyn Prompter, steps: usize, keep: bool) -> io::Result<Self> {
        super::guard::a_run_begins();
        Ok(Self {
            prompter,
            steps,
            keep,
            signals: std::mem::ManuallyDrop::new(Signals::catch()?),
            said: std::cell::Cell::new(false),
            began: Instant::now(),
        })
    }
}

impl Watch for Teller<'_> {
    fn event(&mut self, event: Event) {
        if self.stop() && !self.said.replace(true) {
            self.prompter.say("Stopping after the step that runs.");
        }
        match event {
            Event::Step {
                step,
                title,
                state,
                error,
            } => {
                let number = format!("{} of {}", step + 1, self.steps);
                // "done" follows what is done: the title is said once.
                let line = match state {
                    StepState::Started => {
                        self.began = Instant::now();
                        format!("{number}: {title}")
                    }
                    StepState::Done => match self.began.elapsed().as_secs() {
                        0 => format!("{number}: done"),
                        1 => format!("{number}: done, 1 second"),
                        took => format!("{number}: done, {took} seconds"),
                    },
                    StepState::Present => format!("{number}: nothing to do: {title}"),
                    StepState::Failed => format!("{number}: FAILED"),
                    StepState::Undone => format!("{number}: undone: {title}"),
                    StepState::NotUndone => format!("{number}: NOT undone: {title}"),
                    StepState::Todo => format!("{number}: not begun: {title}"),
                };
                self.prompter.say(&line);
                for line in error.iter().flat_map(|error| error.lines()) {
                    self.prompter.say(&format!("  {line}"));
                }
            }
            Event::Kept { path, copy } => {
                self.prompter.say(&format!("{path} is kept as {copy}."));
            }
            Event::Left { text } => self.prompter.say(&format!("Note: {text}.")),
            Event::Guarded { within } => self.prompter.say(&format!(
                "From here on everything is undone unless it is confirmed within {within} s."
            )),
            Event::Verifying { peers: 0 } => {}
            Event::Verifying { peers } => {
                let peers = count(peers, "peer");
                self.prompter
                    .say(&format!("Verifying the data path to {peers}."));
            }
        }
    }

    fn failed(&mut self, step: usize, _: &str, error: &str) -> Choice {
        let ask = Ask {
            question: format!("Step {} failed. What now?", step + 1),
            why: vec![error.to_owned()],
            back: false,
        };
        let options = [
            Opt::new("undo", "undo what was done, and stop"),
            Opt::new("retry", "try this step again"),
            Opt::new(
                "keep",
                "keep what is done; go on later with: groundcrew resume",
            ),
        ];
        let default = if self.keep { 2 } else { 0 };
        let signalled = self.stop();
        let reply = match signalled {
            true => Reply::Stop,
            false => self.prompter.pick(&ask, &options, default),
        };
        match reply {
            Reply::Given(1) => Choice::Retry,
            Reply::Given(2) => Choice::Keep,
            Reply::Given(_) => Choice::Undo,
            // Nobody is there any more.
            _ if self.keep => Choice::Keep,
            _ => Choice::Undo,
        }
    }

    fn stop(&self) -> bool {
        self.signal().is_some()
    }

    fn signal(&self) -> Option<i32> {
        self.signals.pending()
    }
}

/// Tells how a run ended.
pub fn tell(prompter: &mut dyn Prompter, finished: &Finished) {
    for (lead, text) in ending::lines(finished) {
        prompter.hang(&lead, &text);
    }
}
