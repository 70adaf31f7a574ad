//! Carrying a plan out, step by step, and taking it back.

use super::error::StepError;
use super::journal::{self, Entry, Guard, Journal, JournalError, Record, Run, RunState, StepState};
use super::undo::{Kept, Others, Said};
use super::{guard, step};
use crate::host::Host;
use crate::plan::step::Step;

/// What happens while a plan is carried out. All front ends show the same.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A step has come to a state.
    Step {
        /// Its index, from 0.
        step: usize,
        /// What it does.
        title: String,
        /// The state.
        state: StepState,
        /// Why, where it failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// A file that somebody else has changed since was put aside.
    Kept {
        /// Where it was.
        path: String,
        /// Where its copy is.
        copy: String,
    },
    /// Something is left elsewhere that has to be known.
    Left {
        /// A sentence.
        text: String,
    },
    /// From here on the run is undone by itself unless it is confirmed.
    Guarded {
        /// Seconds that there are.
        within: u64,
    },
    /// The data path is being verified.
    Verifying {
        /// How many peers have to answer.
        peers: usize,
    },
}

/// What is to be done about a step that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Take everything back.
    Undo,
    /// Try the step again.
    Retry,
    /// Keep what is done; the run can be resumed.
    Keep,
}

/// The one who watches a run: a front end.
pub trait Watch {
    /// Something happened.
    fn event(&mut self, event: Event);
    /// A step failed; what now?
    fn failed(&mut self, step: usize, title: &str, error: &str) -> Choice;
    /// Whether the run is to stop before the next step.
    fn stop(&self) -> bool;
    /// The signal that it is to stop for, where it is one.
    fn signal(&self) -> Option<i32> {
        None
    }
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// All steps are done; how many of them had something to do.
    Applied {
        /// Steps that changed something in this go.
        changed: usize,
    },
    /// It was stopped between two steps; it can be resumed.
    Stopped,
    /// It was stopped before it changed anything: nothing waits to be resumed.
    NotBegun,
    /// A step failed and what was done is kept.
    Kept {
        /// Index of the step.
        step: usize,
        /// Why it failed.
        error: String,
    },
    /// A step failed and everything was taken back.
    RolledBack {
        /// Index of the step.
        step: usize,
        /// Why it failed.
        error: String,
    },
    /// A step failed, and not everything could be taken back.
    NotRolledBack {
        /// Index of the step.
        step: usize,
        /// Why it failed.
        error: String,
        /// What is left, as sentences.
        left: Vec<String>,
    },
}

/// Why a run could not go on at all.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The journal cannot be written. Nothing is changed without it.
    #[error("the journal cannot be written, so nothing more is changed: {0}")]
    Journal(#[from] JournalError),
}

/// Carries out what is left of a run. A run that was cut off goes on with the
/// step that it was cut off in.
///
/// # Errors
/// When the journal cannot be written.
pub fn apply(
    host: &dyn Host,
    run: &mut Run,
    watch: &mut dyn Watch,
) -> Result<Outcome, EngineError> {
    let journal = Journal::reopen(host, &run.dir)?;
    let mut changed = 0;
    let mut guarding = Guarding::of(host, run);
    for index in 0..run.plan.steps.len() {
        let (Some(step), Some(record)) = (run.plan.steps.get(index), run.records.get_mut(index))
        else {
            break;
        };
        if matches!(record.state, StepState::Done | StepState::Present) {
            continue;
        }
        if watch.stop() {
            if run.records.iter().any(|record| record.undo.is_some()) {
                return Ok(Outcome::Stopped);
            }
            close(&journal, run)?;
            return Ok(Outcome::NotBegun);
        }
        let backup = format!("{}/backup-{index}.json", run.dir);
        let mut one = One {
            host,
            journal: &journal,
            index,
            step,
            record,
            backup: &backup,
            dir: &run.dir,
            within: run.plan.confirm_within,
            guard: &mut run.guard,
            guarding: &mut guarding,
        };
        let error = loop {
            match one.go(watch)? {
                Ok(did) => {
                    changed += usize::from(did);
                    break None;
                }
                Err(error) => match watch.failed(index, &step.title(), &error) {
                    Choice::Retry => {}
                    Choice::Keep => return Ok(Outcome::Kept { step: index, error }),
                    Choice::Undo => break Some(error),
                },
            }
        };
        if let Some(error) = error {
            let left = roll_back(host, run, watch)?;
            return Ok(if left.is_empty() {
                Outcome::RolledBack { step: index, error }
            } else {
                Outcome::NotRolledBack {
                    step: index,
                    error,
                    left,
                }
            });
        }
    }
    Ok(Outcome::Applied { changed })
}

/// One step of a run.
struct One<'a> {
    host: &'a dyn Host,
    journal: &'a Journal<'a>,
    index: usize,
    step: &'a Step,
    record: &'a mut Record,
    backup: &'a str,
    dir: &'a str,
    within: u64,
    guard: &'a mut Option<Guard>,
    guarding: &'a mut Guarding,
}

/// Whether the process that undoes the run has to be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guarding {
    /// It is not wanted, or lives.
    No,
    /// Before the first step that can cut the operator off.
    InTime,
    /// At once: such steps are done, and it lives no more.
    Now,
}

impl Guarding {
    fn of(host: &dyn Host, run: &Run) -> Self {
        let exposed = |(step, record): (&Step, &Record)| {
            step.can_cut_off() && record.undo.is_some() && record.state != StepState::Undone
        };
        let confirmed = run.guard.as_ref().is_some_and(|guard| guard.confirmed);
        if run.plan.confirm_within == 0 || (run.awaits().is_some() && guard::lives(host, &run.dir))
        {
            Self::No
        } else if !confirmed && run.plan.steps.iter().zip(&run.records).any(exposed) {
            Self::Now
        } else {
            Self::InTime
        }
    }
}

impl One<'_> {
    /// Probes the step and does it where there is something to do; whether
    /// there was. The inner error is the step's.
    fn go(&mut self, watch: &mut dyn Watch) -> Result<Result<bool, String>, EngineError> {
        let done = step::is_done(self.host, self.step);
        match done {
            Ok(true) => {
                let entry = Entry::Present { step: self.index };
                self.journal.write(&entry)?;
                let state = if self.record.undo.is_some() {
                    StepState::Done
                } else {
                    StepState::Present
                };
                self.enter(state, None, watch);
                return Ok(Ok(false));
            }
            Ok(false) => {}
            Err(error) => return self.fail(&error, watch),
        }
        if *self.guarding == Guarding::Now
            || (*self.guarding == Guarding::InTime && self.step.can_cut_off())
        {
            let entry = match guard::start(self.host, self.dir, self.within) {
                Ok(entry) => entry,
                Err(error) => return self.fail(&error, watch),
            };
            self.journal.write(&entry)?;
            *self.guard = journal::guard_of(&[entry]);
            *self.guarding = Guarding::No;
            watch.event(Event::Guarded {
                within: self.within,
            });
        }
        // A step that is taken up again keeps its first undo record: what is
        // there now may be its own half-done work.
        if self.record.undo.is_none() || self.record.state == StepState::Undone {
            let undo = match step::prepare(self.host, self.step, self.backup) {
                Ok(undo) => undo,
                Err(error) => return self.fail(&error, watch),
            };
            self.journal.write(&Entry::Start {
                step: self.index,
                undo: undo.clone(),
            })?;
            self.record.undo = Some(undo);
        }
        self.enter(StepState::Started, None, watch);
        log::info!("step {}: {}", self.index + 1, self.step.title());
        match step::apply(self.host, self.step) {
            Ok(()) => {
                self.journal.write(&Entry::Done { step: self.index })?;
                self.enter(StepState::Done, None, watch);
                Ok(Ok(true))
            }
            Err(error) => self.fail(&error, watch),
        }
    }

    fn fail(
        &mut self,
        error: &StepError,
        watch: &mut dyn Watch,
    ) -> Result<Result<bool, String>, EngineError> {
        let error = error.to_string();
        log::error!("step {} failed: {error}", self.index + 1);
        self.journal.write(&Entry::Failed {
            step: self.index,
            error: error.clone(),
        })?;
        self.enter(StepState::Failed, Some(error.clone()), watch);
        Ok(Err(error))
    }

    fn enter(&mut self, state: StepState, error: Option<String>, watch: &mut dyn Watch) {
        self.record.state = state;
        self.record.error.clone_from(&error);
        watch.event(Event::Step {
            step: self.index,
            title: self.step.title(),
            state,
            error,
        });
    }
}

/// Takes back everything that a run has done, the last step first. What cannot
/// be taken back is returned as sentences; the rest is taken back all the same.
///
/// # Errors
/// When the journal cannot be written.
pub fn roll_back(
    host: &dyn Host,
    run: &mut Run,
    watch: &mut dyn Watch,
) -> Result<Vec<String>, EngineError> {
    roll_back_from(host, run, watch, Others::Leave)
}

/// The same, with a word on files that somebody else has changed since.
///
/// # Errors
/// When the journal cannot be written.
pub fn roll_back_from(
    host: &dyn Host,
    run: &mut Run,
    watch: &mut dyn Watch,
    others: Others,
) -> Result<Vec<String>, EngineError> {
    let journal = Journal::reopen(host, &run.dir)?;
    let mut left = Vec::new();
    let mut notes: Vec<String> = Vec::new();
    for index in (0..run.records.len()).rev() {
        let (Some(step), Some(record)) = (run.plan.steps.get(index), run.records.get_mut(index))
        else {
            continue;
        };
        let Some(undo) = record
            .undo
            .as_ref()
            .filter(|_| record.state != StepState::Undone)
        else {
            continue;
        };
        log::info!("step {}: undo: {}", index + 1, step.title());
        let mut needed = false;
        let (entry, state, error) = match undo.run(host, others) {
            Ok(Said { kept, note }) => {
                if let Some(Kept { path, copy }) = kept {
                    watch.event(Event::Kept { path, copy });
                }
                // Two steps may have the same to say.
                if let Some(text) = note.filter(|text| !notes.contains(text)) {
                    log::warn!("{text}");
                    notes.push(text.clone());
                    watch.event(Event::Left { text });
                }
                (Entry::Undone { step: index }, StepState::Undone, None)
            }
            Err(error) => {
                needed = matches!(error, StepError::Needed(_));
                let error = error.to_string();
                log::error!("step {} could not be undone: {error}", index + 1);
                left.push(format!("step {} ({}): {error}", index + 1, step.title()));
                let entry = Entry::NotUndone {
                    step: index,
                    error: error.clone(),
                };
                (entry, StepState::NotUndone, Some(error))
            }
        };
        journal.write(&entry)?;
        record.end(state, error.clone());
        watch.event(Event::Step {
            step: index,
            title: step.title(),
            state,
            error,
        });
        if needed {
            break;
        }
    }
    close(&journal, run)?;
    if run.plan.confirm_within > 0
        && let Err(error) = guard::unhook(host, &run.dir)
    {
        left.push(error.to_string());
    }
    Ok(left)
}

/// Marks the steps that changed nothing as undone too: one that failed before
/// it began, or the first of a run that was cut off before its first change.
/// Otherwise the run would wait to be resumed for ever.
fn close(journal: &Journal, run: &mut Run) -> Result<(), EngineError> {
    for (step, record) in run.records.iter_mut().enumerate() {
        if matches!(record.state, StepState::Failed | StepState::Started) {
            journal.write(&Entry::Undone { step })?;
            record.end(StepState::Undone, None);
        }
    }
    if run.state() == RunState::Stopped
        && let Some(step) = run.records.iter().position(|r| r.state == StepState::Todo)
        && let Some(record) = run.records.get_mut(step)
    {
        journal.write(&Entry::Undone { step })?;
        record.state = StepState::Undone;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod peer_tests;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
