//! What the wizard is told, and what it wants done.

use std::time::Duration;

use crate::answers::Answers;
use crate::apply::engine::{Choice, Event};
use crate::ui::backend::{Banner, Earlier, Finished, Inspection, Judged, Planned, Trouble};

use super::key::Key;

/// What the wizard is told.
#[derive(Debug)]
pub enum Msg {
    /// The program is ready: the host, and a run that stopped before its end.
    Started(Banner, Box<Option<Earlier>>),
    /// A key was pressed.
    Key(Key),
    /// A text was pasted.
    Paste(String),
    /// The terminal has this size now, in columns and rows.
    Resize(u16, u16),
    /// Time since the start.
    Tick(Duration),
    /// This is read of the host now.
    Reading(String),
    /// The host was looked at.
    Inspected(Banner, Inspection),
    /// It was judged, or why it could not be.
    Judged(Result<Box<Judged>, Vec<Trouble>>),
    /// The plan of this number was made, or what stands in its way.
    Planned(u64, Result<Planned, Vec<Trouble>>),
    /// Something was saved.
    Saved(Result<String, String>),
    /// The bundle for support was saved, or why it was not.
    Supported(Result<String, String>),
    /// A rule or check was explained.
    Explained(String, Vec<String>),
    /// Something happened in the run.
    Run(Event),
    /// A line of the log.
    Log(String),
    /// The file of the log.
    LogFile(String),
    /// A step failed and the run waits for a choice.
    StepFailed {
        /// Index of the step.
        step: usize,
        /// What it does.
        title: String,
        /// Why it failed.
        error: String,
    },
    /// The run ended.
    Finished(Box<Finished>),
    /// The work behind the wizard broke down.
    Broken(String),
    /// The program was told to end by this signal.
    Terminate(i32),
}

/// Work for the other thread, done in order.
#[derive(Debug, Clone)]
pub enum Job {
    /// Look at the host.
    Inspect(Answers),
    /// Decide.
    Judge(Answers),
    /// Make the plan of this number: an answer that another one was asked for after
    /// is nothing any more.
    Plan(u64, Answers),
    /// Carry it out.
    Apply,
    /// Go on with the earlier run.
    Resume,
    /// Take the earlier run back.
    RollBack,
    /// Save the answers to this path.
    SaveAnswers(Answers, String),
    /// Save the plan to this path.
    SavePlan(String),
    /// Save the report to this path.
    SaveReport(String),
    /// Probe every step of the plan again.
    DryRun,
    /// Explain a rule or check.
    Explain(String),
    /// Explain rules, below what is known of them here.
    ExplainAll {
        /// Title of the dialog.
        title: String,
        /// What is known here.
        lines: Vec<String>,
        /// The rules.
        ids: Vec<String>,
    },
}

/// What is to be done outside the model.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Give this to the other thread.
    Do(Job),
    /// Tell the waiting run what to do about the step that failed.
    Reply(Choice),
    /// Stop the run before its next step, or go on after all.
    Stop(bool),
    /// Stop the running command, too.
    StopCommand,
    /// Save what support wants to see, beside the other work.
    Support,
    /// Suspend the program.
    Suspend,
    /// Draw everything again.
    Redraw,
    /// Leave.
    Quit(Ending),
}

/// How the wizard was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// A run ended, and how.
    Finished(Box<Finished>),
    /// Before anything was changed; where the answers were saved, if they were.
    Quit {
        /// The file.
        saved: Option<String>,
    },
    /// Line mode is wanted instead, with the answers so far.
    LineMode,
    /// A signal, before anything was changed.
    Signal(i32),
    /// The work behind the wizard broke down: why.
    Broken(String),
}
