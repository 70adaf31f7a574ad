//! Why a step, or taking it back, did not work.

use super::keys;
use super::zerotier::ZerotierError;
use crate::host::CommandError;

/// Why a step, or taking it back, did not work.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// A command failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A key is not right.
    #[error(transparent)]
    Key(#[from] keys::KeyError),
    /// ZeroTier does not do what it should.
    #[error(transparent)]
    Zerotier(#[from] ZerotierError),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Something else stands where a file is to be written.
    #[error("{path} is there and is not a regular file: move it away and try again")]
    NotAFile {
        /// The path.
        path: String,
    },
    /// A file that is to be replaced is no text.
    #[error("{path} is not a text file: it is not overwritten; move it away and try again")]
    NotText {
        /// The file.
        path: String,
    },
    /// A file that is to be changed holds no JSON object.
    #[error("{path} holds no JSON object ({why}): mend it first, Docker does not start with it")]
    NotJson {
        /// The file.
        path: String,
        /// What is wrong, with line and column.
        why: String,
    },
    /// Another program stands where one is to be installed.
    #[error("{path} is there and is another program: move it away, or do without the bundle's")]
    OtherProgram {
        /// Where it is.
        path: String,
    },
    /// A file of a bundle is not what its manifest says.
    #[error(
        "{path} is not what its manifest says (SHA-256): nothing of it was used; copy the bundle anew and run `groundcrew bundle verify`"
    )]
    NotVerified {
        /// The file.
        path: String,
    },
    /// Packages could not be installed.
    #[error("{packages} could not be installed: {why}{}", .hint.map(|hint| format!("; {hint}")).unwrap_or_default())]
    Packages {
        /// Their names.
        packages: String,
        /// What the packager says.
        why: String,
        /// What it means, where it is known.
        hint: Option<&'static str>,
    },
    /// A kernel module could not be loaded.
    #[error("the kernel module {name} could not be loaded: {why}{}", .hint.map(|hint| format!("; {hint}")).unwrap_or_default())]
    Module {
        /// Its name.
        name: String,
        /// What modprobe says.
        why: String,
        /// What it means, where it is known.
        hint: Option<&'static str>,
    },
    /// What was found, in a sentence of its own.
    #[error("{0}")]
    Told(String),
    /// Others rely on what is to be taken back, and so on what it stands on: the
    /// steps before it are not taken back either.
    #[error("{0}")]
    Needed(String),
    /// Somebody else has changed it since.
    #[error(
        "{path} was changed by somebody else since: it is left as it is; `groundcrew rollback \
         --force` puts it aside as {path}.groundcrew-kept and goes on"
    )]
    ChangedByOthers {
        /// The file.
        path: String,
    },
    /// Somebody else has put something in the place of a link.
    #[error(
        "{path} was changed by somebody else since: it is left as it is; move it away and try again"
    )]
    LinkChangedByOthers {
        /// The link.
        path: String,
    },
    /// The process that would undo the run could not be started.
    #[error(
        "the process that would undo this run if nobody confirms it could not be started: {source}"
    )]
    Guard {
        /// Why.
        source: std::io::Error,
    },
    /// A private key file holds another key than the one that was named.
    #[error("{path} holds another key than ${name}: remove the file, or name another interface")]
    OtherKey {
        /// The file.
        path: String,
        /// The environment variable.
        name: String,
    },
}

impl StepError {
    /// An error with a file.
    pub fn file(path: &str, source: std::io::Error) -> Self {
        Self::File {
            path: path.into(),
            source,
        }
    }
}

/// What an error was found to mean, and what to do, where it is known: what stands
/// at the end of its text.
pub fn hint_of(error: &str) -> Option<&'static str> {
    let all = super::packages::HINTS.iter().chain(super::modules::HINTS);
    let mut hints = all.map(|(_, hint)| *hint);
    hints.find(|hint| error.trim_end().ends_with(hint))
}
