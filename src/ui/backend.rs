//! What the front ends need of the rest of the program: a trait that the
//! command line implements, and plain values that pass through it.

use std::collections::BTreeMap;

use crate::answers::Answers;
use crate::apply::engine::{EngineError, Outcome, Watch};
use crate::apply::journal::StepState;
use crate::apply::verify::Verified;
use crate::judge::decide::Decision;
use crate::judge::interfaces::Candidates;

/// What the front ends call. The wizard calls it from a thread of its own, one
/// call at a time; only [`Backend::apply`], [`Backend::resume`] and
/// [`Backend::roll_back`] change the host.
pub trait Backend: Send {
    /// What stands at the top of every page. Called before the first
    /// inspection, when it must not take any time, and after each.
    fn banner(&mut self) -> Banner;
    /// The last run, where it stopped before its end.
    fn earlier(&mut self) -> Option<Earlier>;
    /// Reads the host again and checks it.
    fn inspect(&mut self, answers: &Answers) -> Inspection;
    /// The same, and tells what is read before it is.
    fn inspect_telling(&mut self, answers: &Answers, tell: &mut dyn FnMut(&str)) -> Inspection {
        let _ = tell;
        self.inspect(answers)
    }
    /// Decides with the facts of the last inspection.
    ///
    /// # Errors
    /// Answers that do not fit each other, or files they name that cannot be
    /// used.
    fn judge(&mut self, answers: &Answers) -> Result<Judged, Vec<Trouble>>;
    /// Makes the plan and keeps it for [`Backend::apply`].
    ///
    /// # Errors
    /// Everything that stands in the way.
    fn plan(&mut self, answers: &Answers) -> Result<Planned, Vec<Trouble>>;
    /// Carries the last plan out, verifies it and writes the reports.
    fn apply(&mut self, watch: &mut dyn Watch) -> Finished;
    /// Goes on with the earlier run.
    fn resume(&mut self, watch: &mut dyn Watch) -> Finished;
    /// Takes the earlier run back.
    fn roll_back(&mut self, watch: &mut dyn Watch) -> Finished;
    /// Saves the answers, without secrets; where they are then.
    ///
    /// # Errors
    /// Why they could not be saved, as a sentence.
    fn save_answers(&mut self, answers: &Answers, path: &str) -> Result<String, String>;
    /// Saves the last plan; where it is then.
    ///
    /// # Errors
    /// Why it could not be saved, as a sentence.
    fn save_plan(&mut self, path: &str) -> Result<String, String>;
    /// Saves the report in the format that the extension names; where it is
    /// then.
    ///
    /// # Errors
    /// Why it could not be saved, as a sentence.
    fn save_report(&mut self, path: &str) -> Result<String, String>;
    /// The last plan with every step probed anew, as text: what `plan` prints.
    /// Nothing is changed.
    fn dry_run(&mut self) -> Vec<String>;
    /// Everything about a rule or check: what it reads, what it wants, its
    /// source. Lines of at most 76 columns.
    fn explain(&mut self, id: &str) -> Vec<String>;
}

/// The host in a few words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Banner {
    /// Its name.
    pub host: String,
    /// What it runs, such as `CentOS 6.9`, `2.6.32-696.el6`, `docker 1.7.1`:
    /// shown from the left as far as there is room.
    pub runs: Vec<String>,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Good.
    Pass,
    /// To be kept in mind.
    Warn,
    /// Bad.
    Fail,
    /// It could not be told.
    Unknown,
    /// Bad, and waived by name.
    Waived,
}

impl Status {
    /// The word that is shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
            Self::Unknown => "UNKNOWN",
            Self::Waived => "WAIVED",
        }
    }
}

/// A check and how it came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its id.
    pub id: String,
    /// How it came out.
    pub status: Status,
    /// What was found, one line.
    pub title: String,
    /// More, as a word and a sentence: `Found`, `Effect`, `Remedy`.
    pub details: Vec<(String, String)>,
    /// Whether it can be waived: going on without some cannot work, or destroys
    /// data.
    pub waivable: bool,
}

/// The id of the finding that says why the host could not be looked at.
pub const ITSELF: &str = "groundcrew";

/// What is known of the host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inspection {
    /// The checks, in the order in which they are shown.
    pub findings: Vec<Finding>,
}

/// What follows from the facts and the answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// Schedulers and overlays.
    pub decision: Decision,
    /// Why the recommended one comes before the next.
    pub why_first: Option<String>,
    /// The interfaces, the one that the plan will make among them.
    pub interfaces: Candidates,
    /// What the host says of single answers, by their keys.
    pub remarks: BTreeMap<String, Remark>,
}

/// What the host says of an answer, such as that a port is free.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remark {
    /// The answer that it is about, as it was judged.
    pub of: Option<String>,
    /// In a word or two, for beside the field.
    pub short: String,
    /// As a sentence.
    pub long: String,
    /// Whether it speaks against the answer.
    pub bad: bool,
}

/// Writes into the remarks which answers they are about.
pub fn remarked(remarks: &mut BTreeMap<String, Remark>, answers: &Answers) {
    for (id, remark) in remarks {
        remark.of = answers.get(id).map(|value| value.show());
    }
}

/// Something that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The answer's key, the rule or the check.
    pub id: String,
    /// What is the matter.
    pub text: String,
    /// What can be done about it.
    pub remedy: Option<String>,
}

/// Whether a step has something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// It has.
    Todo,
    /// There is nothing to do.
    Done,
    /// That could not be told, and why.
    Unknown(String),
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// What it does, one line.
    pub title: String,
    /// How it is taken back, in a word or two; none: it cannot be.
    pub undo: Option<String>,
    /// Whether it has something to do.
    pub probe: Probe,
    /// What a file loses and gains: lines that begin with `-`, `+` or a blank.
    pub diff: Vec<String>,
    /// Why the step is there, and what it rests on, as sentences.
    pub why: Vec<String>,
    /// What would be typed to do it by hand.
    pub commands: Vec<String>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Planned {
    /// The steps.
    pub steps: Vec<PlannedStep>,
    /// What is verified at the end, a sentence each.
    pub verify: Vec<String>,
    /// What is left to the operator, a sentence each.
    pub notes: Vec<String>,
}

/// A run that stopped before its end.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// When and by whom.
    pub when: String,
    /// What it was to do: `9 steps, WireGuard, interface wg0`.
    pub plan: String,
    /// The steps with their states.
    pub steps: Vec<(String, StepState)>,
    /// Whether it can be gone on with; why not.
    pub resume: Result<(), String>,
    /// Something about the journal, such as which version wrote it.
    pub note: Option<String>,
    /// Its answers, where they are known.
    pub answers: Option<Answers>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// All steps are done; how many had something to do.
    Applied {
        /// Steps that changed something.
        changed: usize,
    },
    /// It was stopped between two steps and can be resumed.
    Stopped,
    /// It was stopped before it changed anything.
    NotBegun {
        /// The signal that it was stopped for.
        signal: Option<i32>,
    },
    /// A step failed and what was done is kept.
    Kept {
        /// Index of the step.
        step: usize,
        /// Why it failed.
        error: String,
    },
    /// A step failed, or it was wished, and everything was taken back.
    RolledBack {
        /// The step that failed and why.
        failed: Option<(usize, String)>,
    },
    /// Not everything could be taken back.
    NotRolledBack {
        /// The step that failed and why.
        failed: Option<(usize, String)>,
        /// What is left, as sentences.
        left: Vec<String>,
    },
    /// It could not begin or go on at all.
    Refused {
        /// Why, as a sentence.
        error: String,
        /// The exit code of it.
        code: u8,
    },
}

impl From<Result<Outcome, EngineError>> for End {
    fn from(result: Result<Outcome, EngineError>) -> Self {
        match result {
            Ok(Outcome::Applied { changed }) => Self::Applied { changed },
            Ok(Outcome::Stopped) => Self::Stopped,
            Ok(Outcome::NotBegun) => Self::NotBegun { signal: None },
            Ok(Outcome::Kept { step, error }) => Self::Kept { step, error },
            Ok(Outcome::RolledBack { step, error }) => Self::RolledBack {
                failed: Some((step, error)),
            },
            Ok(Outcome::NotRolledBack { step, error, left }) => Self::NotRolledBack {
                failed: Some((step, error)),
                left,
            },
            Err(error) => Self::Refused {
                error: error.to_string(),
                code: 6,
            },
        }
    }
}

/// A run that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How.
    pub end: End,
    /// What was verified.
    pub verified: Vec<Verified>,
    /// What comes next, a sentence each.
    pub next: Vec<String>,
    /// The files that were written and what each is.
    pub saved: Vec<(String, String)>,
    /// Seconds that are left to confirm it, before it is undone by itself.
    pub confirm: Option<u64>,
}

impl Finished {
    /// A run that ended like this, with nothing else to tell.
    pub fn new(end: End) -> Self {
        Self {
            end,
            verified: Vec::new(),
            next: Vec::new(),
            saved: Vec::new(),
            confirm: None,
        }
    }

    /// Puts a bundle for support among what was saved, once.
    pub fn bundled(&mut self, bundle: &str) {
        let one = (bundle.to_owned(), "for support".to_owned());
        if !self.saved.contains(&one) {
            self.saved.push(one);
        }
    }

    /// What is said of the end, in a sentence or two.
    pub fn sentence(&self) -> String {
        let end = self.end_sentence();
        match self.confirm {
            None => end,
            Some(left) => format!(
                "{end} Everything is undone by itself unless you say within {left} s: groundcrew \
                 confirm"
            ),
        }
    }

    fn end_sentence(&self) -> String {
        use crate::apply::verify::{Status, passed};
        match &self.end {
            End::Applied { changed } => {
                let verdict = if self.verified.is_empty() {
                    ""
                } else if !passed(&self.verified) {
                    " NOT verified: see below."
                } else if self
                    .verified
                    .iter()
                    .any(|v| v.status == Status::NotApplicable)
                {
                    " Waiting for join files."
                } else {
                    " Verified."
                };
                match changed {
                    0 => format!("Nothing had to be changed.{verdict}"),
                    1 => format!("Done: 1 step changed something.{verdict}"),
                    n => format!("Done: {n} steps changed something.{verdict}"),
                }
            }
            End::Stopped => {
                "Stopped between two steps. Go on with: groundcrew resume; undo with: groundcrew \
                 rollback"
                    .into()
            }
            End::NotBegun { .. } => "Stopped before anything was changed.".into(),
            End::Kept { step, .. } => format!(
                "Step {} failed; what was done is kept. Go on with: groundcrew resume; undo \
                 with: groundcrew rollback",
                step + 1
            ),
            End::RolledBack { failed: None } => "Everything was undone.".into(),
            End::RolledBack {
                failed: Some((step, _)),
            } => format!("Step {} failed. Everything was undone.", step + 1),
            End::NotRolledBack { .. } => {
                "Not everything could be undone. See: groundcrew status".into()
            }
            End::Refused { error, .. } => error.clone(),
        }
    }

    /// The exit code of it.
    pub fn exit_code(&self) -> u8 {
        match &self.end {
            End::Applied { .. } if !crate::apply::verify::passed(&self.verified) => 7,
            End::Applied { .. } | End::RolledBack { failed: None } => 0,
            End::Stopped => 9,
            End::NotBegun { signal } => match signal {
                None | Some(signal_hook::consts::SIGINT) => 130,
                Some(_) => 143,
            },
            End::RolledBack { failed: Some(_) } => 5,
            End::Kept { .. } | End::NotRolledBack { .. } => 6,
            End::Refused { code, .. } => *code,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_has_to_be_confirmed_says_how_whatever_its_end() {
        let mut finished = Finished::new(End::Applied { changed: 2 });
        assert_eq!(finished.sentence(), "Done: 2 steps changed something.");
        finished.confirm = Some(58);
        for end in [End::Applied { changed: 2 }, End::Stopped] {
            finished.end = end;
            let told = finished.sentence();
            assert!(told.contains("within 58 s: groundcrew confirm"), "{told}");
        }
    }

    #[test]
    fn a_run_that_never_began_ends_as_its_signal_says() {
        let code = |signal| Finished::new(End::NotBegun { signal }).exit_code();
        assert_eq!(code(None), 130);
        assert_eq!(code(Some(signal_hook::consts::SIGINT)), 130);
        assert_eq!(code(Some(signal_hook::consts::SIGHUP)), 143);
    }
}
