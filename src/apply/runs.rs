//! The state folder: the lock, and a folder for each run.

use super::journal::{Journal, JournalError, Record, Run, whole_lines};
use crate::host::{Host, Lock, timestamp};
use crate::plan::Plan;

/// Where the state is unless `--state-dir` says otherwise.
pub const STATE_DIR: &str = "/var/lib/groundcrew";

/// Why the state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Not root.
    #[error("this needs root: run it with sudo, or as root (state is kept in {dir})")]
    NotRoot {
        /// The state folder.
        dir: String,
    },
    /// Another run holds the lock.
    #[error("another groundcrew is at work on this host ({holder}): wait for it to end")]
    Locked {
        /// What the other wrote into the lock.
        holder: String,
    },
    /// A file or folder of it cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The path.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// The state folder of a host.
pub struct State<'a> {
    host: &'a dyn Host,
    dir: String,
}

impl<'a> State<'a> {
    /// The state in `dir`; nothing is made yet.
    pub fn new(host: &'a dyn Host, dir: &str) -> Self {
        Self {
            host,
            dir: dir.trim_end_matches('/').into(),
        }
    }

    /// Whether this process may do what needs root.
    ///
    /// # Errors
    /// [`StateError::NotRoot`].
    pub fn check_root(&self) -> Result<(), StateError> {
        if self.host.euid() == 0 {
            return Ok(());
        }
        Err(StateError::NotRoot {
            dir: self.dir.clone(),
        })
    }

    /// Takes the lock, making the folder where it is not there.
    ///
    /// # Errors
    /// When this is not root, or another process holds the lock.
    pub fn lock(&self) -> Result<Lock, StateError> {
        self.check_root()?;
        self.make_dirs(&self.dir)?;
        let path = format!("{}/lock", self.dir);
        let began = timestamp(self.host.now());
        let note = format!("pid {}, since {began}", std::process::id());
        let lock = self.host.lock(&path, &note);
        lock.map_err(|e| io(&path, e))?.ok_or_else(|| {
            let holder = self.host.read(&path).unwrap_or_default();
            StateError::Locked {
                holder: String::from_utf8_lossy(&holder).into_owned(),
            }
        })
    }

    /// Begins a run: makes its folder, lays the plan down and opens the journal.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn begin(&self, plan: Plan) -> Result<Run, StateError> {
        let began = timestamp(self.host.now());
        // A colon would have to be quoted in a shell.
        let name = began.trim_end_matches('Z').replace(':', "-");
        let runs = format!("{}/runs", self.dir);
        self.make_dirs(&runs)?;
        let free = |path: &String| self.host.meta(path).is_err();
        let dir = std::iter::once(format!("{runs}/{name}"))
            .chain((2..).map(|n| format!("{runs}/{name}.{n}")))
            .find(free)
            .unwrap_or_default();
        self.host.make_dir(&dir, 0o700).map_err(|e| io(&dir, e))?;
        let header = super::journal::Header::new(self.host, &plan, &began);
        Journal::begin(self.host, &dir, &plan, &header)?;
        let records = vec![Record::default(); plan.steps.len()];
        Ok(Run {
            dir,
            header,
            plan,
            records,
            guard: None,
        })
    }

    /// All runs, the oldest first. A folder whose journal cannot be read is an
    /// error of its own and hides no other. A folder without a journal, or with
    /// one that ends in its first line, is a run that was cut off before it
    /// changed anything, and is passed over.
    ///
    /// # Errors
    /// When the folder cannot be listed; a missing one is no error.
    pub fn runs(&self) -> Result<Vec<Result<Run, JournalError>>, StateError> {
        let path = format!("{}/runs", self.dir);
        let mut names = match self.host.list(&path) {
            Ok(names) => names,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(io(&path, error)),
        };
        names.sort_by_key(|name| order(name));
        let dirs = names.iter().map(|name| format!("{path}/{name}"));
        let begun = dirs.filter(
            |dir| match self.host.read(&format!("{dir}/journal.jsonl")) {
                Ok(bytes) => !whole_lines(&bytes).is_empty(),
                Err(error) => error.kind() != std::io::ErrorKind::NotFound,
            },
        );
        Ok(begun.map(|dir| Run::read(self.host, &dir)).collect())
    }

    fn make_dirs(&self, path: &str) -> Result<(), StateError> {
        let ends = path.match_indices('/').map(|(at, _)| at).skip(1);
        for end in ends.chain([path.len()]) {
            let dir = path.get(..end).unwrap_or(path);
            match self.host.make_dir(dir, 0o700) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(io(dir, error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Runs of one second are numbered from 2: `…07` before `…07.2` before `…07.10`.
fn order(name: &str) -> (String, u32) {
    let (time, number) = name.split_once('.').unwrap_or((name, "1"));
    (time.to_string(), number.parse().unwrap_or(u32::MAX))
}

fn io(path: &str, source: std::io::Error) -> StateError {
    StateError::Io {
        path: path.into(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn runs_of_one_second_keep_their_order() {
        let mut names = ["b.10", "b", "b.2", "a"];
        names.sort_by_key(|name| order(name));
        assert_eq!(names, ["a", "b", "b.2", "b.10"]);
    }
}
