//! Exit codes, and errors that end the program.
//!
//! An expected error prints as one message, without a trace.

use std::fmt;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done; all checks pass; nothing to do.
    Done = 0,
    /// Something that was not expected.
    Unexpected = 1,
    /// Bad usage or bad answers, or an answer that is missing.
    Usage = 2,
    /// A check failed for a target, or no candidate is possible.
    Failed = 3,
    /// Warnings or unknowns only; a recommendation that is not confirmed.
    Warned = 4,
    /// Apply failed; everything was undone.
    RolledBack = 5,
    /// Apply failed; not (wholly) undone.
    NotRolledBack = 6,
    /// Applied, but verification failed; drift.
    NotVerified = 7,
    /// Not root, or another run holds the lock.
    NotPermitted = 8,
    /// Stopped by the user; can be resumed.
    Stopped = 9,
    /// `plan --detailed-exitcode`: there are changes.
    Changes = 10,
    /// Interrupted before anything was changed.
    Interrupted = 130,
    /// Terminated, or the terminal hung up, before anything was changed.
    Terminated = 143,
}

/// The table of exit codes: what help, README and man page show. 1 to 4 are
/// those of replicatedhq/troubleshoot's `preflight`.
pub const EXIT_CODES: &[(Exit, &str)] = &[
    (Exit::Done, "done; all checks pass; nothing to do"),
    (Exit::Unexpected, "unexpected error"),
    (
        Exit::Usage,
        "bad usage or answers, or an answer that is missing",
    ),
    (
        Exit::Failed,
        "a check failed for a target, or no candidate is possible",
    ),
    (
        Exit::Warned,
        "preflight: warnings or unknowns only; recommend: unconfirmed",
    ),
    (Exit::RolledBack, "apply failed, everything undone"),
    (
        Exit::NotRolledBack,
        "apply failed, not (wholly) undone: see `status`",
    ),
    (
        Exit::NotVerified,
        "applied, but verify failed; `verify`: drift",
    ),
    (
        Exit::NotPermitted,
        "not root, or another run holds the lock",
    ),
    (Exit::Stopped, "stopped by the user; resumable"),
    (
        Exit::Changes,
        "`plan --detailed-exitcode`: there are changes",
    ),
    (Exit::Interrupted, "SIGINT before anything was changed"),
    (
        Exit::Terminated,
        "SIGTERM or SIGHUP before anything was changed",
    ),
];

impl Exit {
    /// The one with this code; an unknown code is unexpected.
    pub fn of_code(code: u8) -> Self {
        let known = EXIT_CODES.iter().map(|(exit, _)| *exit);
        known
            .into_iter()
            .find(|exit| *exit as u8 == code)
            .unwrap_or(Self::Unexpected)
    }
}

/// An error that ends the program: what is printed, and the exit code.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// The message, without `error:` and without a line end.
    pub message: String,
}

impl Failure {
    /// A failure with this code.
    pub fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self {
            exit,
            message: message.to_string(),
        }
    }

    /// Something that was not expected.
    pub fn unexpected(message: impl fmt::Display) -> Self {
        Self::new(Exit::Unexpected, message)
    }
}

impl From<crate::apply::runs::StateError> for Failure {
    fn from(error: crate::apply::runs::StateError) -> Self {
        use crate::apply::runs::StateError;
        let exit = match error {
            StateError::NotRoot { .. } | StateError::Locked { .. } => Exit::NotPermitted,
            StateError::Io { .. } | StateError::Journal(_) => Exit::Unexpected,
        };
        Self::new(exit, error)
    }
}

impl From<crate::apply::engine::EngineError> for Failure {
    fn from(error: crate::apply::engine::EngineError) -> Self {
        Self::new(Exit::NotRolledBack, error)
    }
}
