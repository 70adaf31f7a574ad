//! The journal of a run: written before each change, so that a run that was
//! cut off anywhere can be continued or taken back.
//!
//! A file of JSON lines. The first is the header; each step then has a `start`
//! line with its undo record, and one of `done`, `failed` or `undone`. Every
//! line is on the disk before the program goes on. Secrets are never in it:
//! files that hold some are named by their paths.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::undo::Undo;
use crate::host::Host;
use crate::plan::Plan;

/// Version of the journal's form. Journals of all versions up to this one are
/// read: 1 knows no run that has to be confirmed.
pub const VERSION: u32 = 2;

/// First line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`VERSION`] of the program that wrote it.
    pub v: u32,
    /// Digest of the plan.
    pub plan: String,
    /// When the run began, as RFC 3339 in UTC.
    pub began: String,
    /// Version of the program.
    pub groundcrew: String,
    /// Who began it, and from where, as far as the environment says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl Header {
    /// The first line of a run that this process begins now.
    pub fn new(host: &dyn Host, plan: &Plan, began: &str) -> Self {
        Self {
            v: VERSION,
            plan: plan.digest(),
            began: began.to_owned(),
            groundcrew: env!("CARGO_PKG_VERSION").into(),
            by: super::operator::operator(host),
        }
    }
}

/// A line after the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Entry {
    /// The step is about to change something, which `undo` takes back.
    Start {
        /// Index of the step in the plan, from 0.
        step: usize,
        /// How it is taken back.
        undo: Undo,
    },
    /// The step is done.
    Done {
        /// Index of the step.
        step: usize,
    },
    /// There was nothing to do for the step.
    Present {
        /// Index of the step.
        step: usize,
    },
    /// The step failed.
    Failed {
        /// Index of the step.
        step: usize,
        /// Why.
        error: String,
    },
    /// What the step had done was taken back.
    Undone {
        /// Index of the step.
        step: usize,
    },
    /// What the step had done could not be taken back.
    NotUndone {
        /// Index of the step.
        step: usize,
        /// Why.
        error: String,
    },
    /// Before the first step that can cut the operator off: a process of its own
    /// undoes the run unless it is confirmed.
    Guarded {
        /// Seconds that there are.
        within: u64,
        /// When they are over, as RFC 3339 in UTC.
        until: String,
        /// The process.
        pid: u32,
    },
    /// The run is done; the time to confirm it begins anew.
    Waiting {
        /// When it is over, as RFC 3339 in UTC.
        until: String,
    },
    /// The run was confirmed: it stays.
    Confirmed,
    /// Nobody confirmed the run in time: it is undone.
    Expired,
}

/// The process that undoes a run unless it is confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// Seconds that there are, counted from the last of the two entries.
    pub within: u64,
    /// When they are over, as RFC 3339 in UTC.
    pub until: String,
    /// The process.
    pub pid: u32,
    /// Somebody confirmed the run.
    pub confirmed: bool,
    /// Nobody did in time.
    pub expired: bool,
}

impl Guard {
    /// Seconds that are left at `now`, by the wall clock.
    pub fn left(&self, now: SystemTime) -> u64 {
        let until = humantime::parse_rfc3339(&self.until).ok();
        let left = until.and_then(|until| until.duration_since(now).ok());
        left.map_or(0, |left| left.as_secs())
    }
}

/// What is known of one step of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// Where it stands.
    pub state: StepState,
    /// How it is taken back, from its first `start`.
    pub undo: Option<Undo>,
    /// Why it failed, or why it could not be taken back.
    pub error: Option<String>,
}

impl Record {
    /// Notes a new state. A step that failed and was undone still says why it
    /// failed: that is why the whole run was undone.
    pub fn end(&mut self, state: StepState, error: Option<String>) {
        if state != StepState::Undone || self.state == StepState::NotUndone {
            self.error = error;
        }
        self.state = state;
    }
}

/// Where a step of a run stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// Not begun.
    #[default]
    Todo,
    /// Begun; whether it finished is not known.
    Started,
    /// Done by this run.
    Done,
    /// There was nothing to do.
    Present,
    /// Failed.
    Failed,
    /// Taken back.
    Undone,
    /// Could not be taken back.
    NotUndone,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// All steps are done.
    Applied,
    /// It stopped before its end: it can be resumed or rolled back.
    Stopped,
    /// Everything that it had done was taken back.
    Undone,
    /// Something that it had done could not be taken back.
    NotUndone,
}

/// A run: its plan and what its journal says.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its folder.
    pub dir: String,
    /// First line of the journal.
    pub header: Header,
    /// The plan.
    pub plan: Plan,
    /// A record for each step of the plan.
    pub records: Vec<Record>,
    /// The process that undoes it unless it is confirmed, once there was one.
    pub guard: Option<Guard>,
}

/// Why a run's files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A line is not what a journal has.
    #[error("{path}:{line}: not a line of a journal: {text}")]
    Line {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        text: String,
    },
    /// It was written by a newer program.
    #[error("{path} has version {found}; this groundcrew reads up to {VERSION}: use a newer one")]
    Newer {
        /// The file.
        path: String,
        /// Its version.
        found: u32,
    },
    /// The plan beside it is another one.
    #[error("{path} is not the plan of its journal (its digest is another): it was changed")]
    OtherPlan {
        /// The plan's file.
        path: String,
    },
}

/// A journal that is being written.
pub struct Journal<'a> {
    host: &'a dyn Host,
    path: String,
}

fn io(path: &str) -> impl FnOnce(std::io::Error) -> JournalError + '_ {
    |source| JournalError::Io {
        path: path.into(),
        source,
    }
}

impl<'a> Journal<'a> {
    /// Begins the journal of a run in `dir`, which must exist, and lays the plan
    /// beside it.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn begin(
        host: &'a dyn Host,
        dir: &str,
        plan: &Plan,
        header: &Header,
    ) -> Result<Self, JournalError> {
        let plan_path = format!("{dir}/plan.json");
        let json = serde_json::to_vec_pretty(plan).unwrap_or_default();
        host.write_atomic(&plan_path, &json, 0o600)
            .map_err(io(&plan_path))?;
        let journal = Self {
            host,
            path: format!("{dir}/journal.jsonl"),
        };
        journal.line(header)?;
        Ok(journal)
    }

    /// Goes on with the journal of a run. A last line that was cut off is taken
    /// away: the next one would become a part of it.
    ///
    /// # Errors
    /// When the file cannot be read or repaired.
    pub fn reopen(host: &'a dyn Host, dir: &str) -> Result<Self, JournalError> {
        let path = format!("{dir}/journal.jsonl");
        let bytes = host.read(&path).map_err(io(&path))?;
        let whole = whole_lines(&bytes);
        if whole.len() < bytes.len() {
            let written = host.write_atomic(&path, whole, 0o600);
            written.map_err(io(&path))?;
        }
        Ok(Self { host, path })
    }

    /// Adds a line and waits until it is on the disk.
    ///
    /// # Errors
    /// When it cannot be written: then nothing may be changed.
    pub fn write(&self, entry: &Entry) -> Result<(), JournalError> {
        self.line(entry)
    }

    fn line(&self, value: &impl Serialize) -> Result<(), JournalError> {
        let mut line = serde_json::to_vec(value).unwrap_or_default();
        line.push(b'\n');
        let written = self.host.append_synced(&self.path, &line);
        written.map_err(io(&self.path))
    }
}

impl Run {
    /// Reads the run in `dir`.
    ///
    /// # Errors
    /// When its files cannot be read, are malformed, newer, or do not belong
    /// together. A last line without its line end is what a power loss leaves
    /// and is no error: that entry was never acted upon.
    pub fn read(host: &dyn Host, dir: &str) -> Result<Self, JournalError> {
        let path = format!("{dir}/journal.jsonl");
        let bytes = host.read(&path).map_err(io(&path))?;
        let plan_path = format!("{dir}/plan.json");
        let plan_bytes = host.read(&plan_path).map_err(io(&plan_path))?;
        let plan: Plan =
            serde_json::from_slice(&plan_bytes).map_err(|error| JournalError::Line {
                path: plan_path.clone(),
                line: error.line(),
                text: error.to_string(),
            })?;
        let text = String::from_utf8_lossy(whole_lines(&bytes));
        let (header, entries) = parse(&path, &text)?;
        if header.plan != plan.digest() {
            return Err(JournalError::OtherPlan { path: plan_path });
        }
        let records = fold(&entries, plan.steps.len());
        Ok(Self {
            dir: dir.into(),
            header,
            plan,
            records,
            guard: guard_of(&entries),
        })
    }

    /// Where the run stands.
    pub fn state(&self) -> RunState {
        let all = |states: &[StepState]| self.records.iter().all(|r| states.contains(&r.state));
        let any = |state| self.records.iter().any(|record| record.state == state);
        if any(StepState::NotUndone) {
            RunState::NotUndone
        } else if any(StepState::Undone)
            && all(&[StepState::Undone, StepState::Todo, StepState::Present])
        {
            RunState::Undone
        } else if all(&[StepState::Done, StepState::Present]) {
            RunState::Applied
        } else {
            RunState::Stopped
        }
    }

    /// What the run waits for: to be confirmed, or undone by itself.
    pub fn awaits(&self) -> Option<&Guard> {
        self.guard
            .as_ref()
            .filter(|guard| !guard.confirmed && !guard.expired && self.state() != RunState::Undone)
    }

    /// Whether a rollback has something to do here: something that it did is
    /// still in place, or it stopped, though without a trace, and could still be
    /// resumed.
    pub fn can_be_undone(&self) -> bool {
        let trace = |record: &Record| record.undo.is_some() && record.state != StepState::Undone;
        self.records.iter().any(trace) || self.state() == RunState::Stopped
    }
}

/// The lines that were written to their ends.
pub(super) fn whole_lines(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    end.and_then(|end| bytes.get(..=end)).unwrap_or_default()
}

fn parse(path: &str, text: &str) -> Result<(Header, Vec<Entry>), JournalError> {
    let malformed = |line: usize, text: String| JournalError::Line {
        path: path.into(),
        line,
        text,
    };
    let mut lines = text.lines().enumerate();
    let (_, first) = lines
        .next()
        .ok_or_else(|| malformed(1, "the journal is empty".into()))?;
    let header: Header = serde_json::from_str(first).map_err(|e| malformed(1, e.to_string()))?;
    if header.v > VERSION {
        return Err(JournalError::Newer {
            path: path.into(),
            found: header.v,
        });
    }
    let entries = lines.map(|(index, line)| {
        serde_json::from_str(line).map_err(|error| malformed(index + 1, error.to_string()))
    });
    Ok((header, entries.collect::<Result<_, _>>()?))
}

/// What the entries say of the process that undoes the run.
pub(super) fn guard_of(entries: &[Entry]) -> Option<Guard> {
    let mut guard: Option<Guard> = None;
    for entry in entries {
        match (entry, &mut guard) {
            (Entry::Guarded { within, until, pid }, _) => {
                guard = Some(Guard {
                    within: *within,
                    until: until.clone(),
                    pid: *pid,
                    confirmed: false,
                    expired: false,
                });
            }
            (Entry::Waiting { until }, Some(guard)) => guard.until.clone_from(until),
            (Entry::Confirmed, Some(guard)) => guard.confirmed = true,
            (Entry::Expired, Some(guard)) => guard.expired = true,
            _ => {}
        }
    }
    guard
}

/// What the entries say of each step.
fn fold(entries: &[Entry], steps: usize) -> Vec<Record> {
    let mut records = vec![Record::default(); steps];
    for entry in entries {
        let (step, state, error) = match entry {
            Entry::Start { step, .. } => (*step, StepState::Started, None),
            Entry::Done { step } => (*step, StepState::Done, None),
            Entry::Present { step } => (*step, StepState::Present, None),
            Entry::Failed { step, error } => (*step, StepState::Failed, Some(error.clone())),
            Entry::Undone { step } => (*step, StepState::Undone, None),
            Entry::NotUndone { step, error } => (*step, StepState::NotUndone, Some(error.clone())),
            Entry::Guarded { .. } | Entry::Waiting { .. } | Entry::Confirmed | Entry::Expired => {
                continue;
            }
        };
        let Some(record) = records.get_mut(step) else {
            continue;
        };
        if let Entry::Start { undo, .. } = entry {
            // A step that is begun again after a crash may see its own half-done
            // work as the old state: the first record is the true one. After an
            // undo the step begins anew.
            if record.undo.is_none() || record.state == StepState::Undone {
                record.undo = Some(undo.clone());
            }
        }
        // "Nothing to do" after a crash in the middle means that it was done.
        let state = match (state, &record.undo) {
            (StepState::Present, Some(_)) if record.state != StepState::Undone => StepState::Done,
            _ => state,
        };
        record.end(state, error);
    }
    records
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const HEADER: &str =
        r#"{"v":1,"plan":"sha256:0","began":"2026-01-01T00:00:00Z","groundcrew":"0.1.0"}"#;

    fn entries(lines: &[&str]) -> Vec<Entry> {
        let text = format!("{HEADER}\n{}\n", lines.join("\n"));
        parse("journal", &text).unwrap().1
    }

    #[test]
    fn a_torn_last_line_is_what_a_power_loss_leaves() {
        let whole = format!("{HEADER}\n{{\"state\":\"done\",\"step\":0}}\n");
        let torn = format!("{whole}{{\"state\":\"do");
        assert_eq!(whole_lines(torn.as_bytes()), whole.as_bytes());
        assert_eq!(whole_lines(whole.as_bytes()), whole.as_bytes());
        assert_eq!(whole_lines(b"{\"v\":1"), b"");
        assert_eq!(parse("journal", &whole).unwrap().1.len(), 1);
        let error = parse("journal", &format!("{HEADER}\nnonsense\n")).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("journal:2: not a line of a journal")
        );
    }

    #[test]
    fn a_newer_journal_is_refused() {
        let text = format!("{}\n", HEADER.replace("\"v\":1", "\"v\":3"));
        let error = parse("journal", &text).unwrap_err().to_string();
        assert!(error.contains("version 3"), "{error}");
    }

    #[test]
    fn the_first_undo_record_survives_a_crash_and_a_resume() {
        let first = r#"{"state":"start","step":0,"undo":{"undo":"remove-file","path":"/a","made-dirs":[],"sha256":"1"}}"#;
        let again = r#"{"state":"start","step":0,"undo":{"undo":"remove-file","path":"/a","made-dirs":[],"sha256":"2"}}"#;
        let done = r#"{"state":"done","step":0}"#;
        let records = fold(&entries(&[first, again, done]), 1);
        assert_eq!(records[0].state, StepState::Done);
        let Some(Undo::RemoveFile { sha256, .. }) = &records[0].undo else {
            unreachable!()
        };
        assert_eq!(sha256.as_deref(), Some("1"));
        let present = r#"{"state":"present","step":0}"#;
        assert_eq!(
            fold(&entries(&[first, present]), 1)[0].state,
            StepState::Done
        );
    }
}
