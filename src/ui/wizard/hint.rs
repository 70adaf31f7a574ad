//! The line under the body: what went wrong, or what is to be known where the
//! focus is.

use crate::answers::questions;
use crate::apply::journal::StepState;
use crate::ui::backend::Status;
use crate::ui::text::count;
use crate::ui::verdicts::LASTING;

use super::dialog::Dialog;
use super::input::Input;
use super::pages::Item;
use super::run::RunView;
use super::{Focus, Note, Page, Wizard};

impl Wizard {
    /// The line under the body: what went wrong, or what is to be known here.
    pub fn hint(&self) -> Note {
        if let Some(note) = &self.note {
            return note.clone();
        }
        let text = match self.page {
            _ if !self.filter.is_empty() => {
                format!("Filter: {} ({} shown)", self.filter, self.items().len())
            }
            Page::Earlier => {
                let note = self.earlier.as_ref().and_then(|earlier| {
                    earlier
                        .note
                        .clone()
                        .or_else(|| earlier.resume.clone().err())
                });
                note.unwrap_or_default()
            }
            Page::Host => self.host_hint(),
            Page::Needs | Page::Settings => return self.field_hint(),
            Page::Scheduler | Page::Overlay if self.judged.is_none() => "Deciding...".into(),
            Page::Scheduler => LASTING.to_owned(),
            Page::Overlay => String::new(),
            Page::Interface => {
                let problem = self
                    .judged
                    .as_ref()
                    .and_then(|j| j.interfaces.problem.clone());
                match problem {
                    Some(problem) => {
                        return Note {
                            text: problem.to_string(),
                            bad: true,
                            asks: false,
                        };
                    }
                    None => String::new(),
                }
            }
            Page::Plan => return self.plan_hint(),
            Page::Apply => self.run_hint(),
            Page::Done => String::new(),
        };
        Note {
            text,
            ..Note::default()
        }
    }

    fn host_hint(&self) -> String {
        let Some(inspection) = &self.inspection else {
            return String::new();
        };
        let failed = inspection
            .findings
            .iter()
            .filter(|f| f.status == Status::Fail)
            .count();
        match failed {
            0 => String::new(),
            n => format!(
                "{} failed: to be mended, or waived by name.",
                count(n, "check")
            ),
        }
    }

    fn field_hint(&self) -> Note {
        let focused = match (self.focus, self.item()) {
            (Focus::Body, Some(Item::Field(id) | Item::Record(id, _))) => questions::question(id),
            _ => None,
        };
        let Some(question) = focused else {
            let errors = self.error_count();
            let text = match errors {
                0 => String::new(),
                n => format!("{} on this page.", count(n, "error")),
            };
            return Note {
                text,
                bad: errors > 0,
                asks: false,
            };
        };
        if let Some(error) = self.error(question.id) {
            let text = error.to_owned();
            return Note {
                text,
                bad: true,
                asks: false,
            };
        }
        // What a chosen word means says more than why it is asked.
        let meaning = match self.input(question.id) {
            Some(Input::Pick { words, chosen }) => {
                let choice = chosen.and_then(|at| words.get(at));
                choice.map(|choice| format!("{}: {}.", choice.value, choice.label))
            }
            Some(Input::Many { words, at, .. }) => words
                .get(*at)
                .map(|choice| format!("{}: {}.", choice.value, choice.label)),
            _ => None,
        };
        let mut text = meaning.unwrap_or_else(|| question.why.to_owned());
        // What this host says of the answer goes before why it is asked.
        if let Some(remark) = self.remark(question.id)
            && !remark.long.is_empty()
        {
            text = format!("{} {text}", remark.long);
        }
        Note {
            text,
            ..Note::default()
        }
    }

    fn plan_hint(&self) -> Note {
        let steps = self.not_undoable();
        if steps.is_empty() {
            return Note::default();
        }
        let numbers: Vec<String> = steps.iter().map(|n| (n + 1).to_string()).collect();
        Note {
            text: format!(
                "{} cannot be undone: {}. Type the host name to go on:",
                count(steps.len(), "step"),
                numbers.join(", ")
            ),
            bad: false,
            asks: true,
        }
    }

    fn run_hint(&self) -> String {
        let Some(run) = &self.run else {
            return String::new();
        };
        if self
            .dialogs
            .iter()
            .any(|d| matches!(d, Dialog::Failed { .. }))
        {
            return stands(run);
        }
        if run.stopping {
            return "Stopping: the step that runs is brought to its end first.".into();
        }
        let since = |began| self.now.saturating_sub(began).as_secs();
        if let Some((command, began)) = &run.command {
            return format!("Running: {command} ({} s)", since(*began));
        }
        if let Some(peers) = run.verifying {
            return format!("Verifying: the data path to {}.", count(peers, "peer"));
        }
        let running = run.rows.iter().find(|row| row.state == StepState::Started);
        running.map_or_else(String::new, |row| {
            format!("Running: {} ({} s)", row.title, row.began.map_or(0, since))
        })
    }
}

/// How far a run is: "Steps 1-4 are done, 5 failed, 6-9 are not begun."
fn stands(run: &RunView) -> String {
    let kinds: [(&[StepState], &str); 3] = [
        (&[StepState::Done, StepState::Present], "done"),
        (&[StepState::Failed, StepState::Started], "failed"),
        (&[StepState::Todo], "not begun"),
    ];
    let mut parts = Vec::new();
    for (states, word) in kinds {
        let rows = run.rows.iter().enumerate();
        let of = rows.filter(|(_, row)| states.contains(&row.state));
        let of: Vec<usize> = of.map(|(at, _)| at + 1).collect();
        if let (Some(first), Some(last)) = (of.first(), of.last()) {
            parts.push(match of.len() {
                1 => format!("{first} {word}"),
                n if last - first + 1 == n => format!("{first}-{last} {word}"),
                _ => {
                    let all: Vec<String> = of.iter().map(ToString::to_string).collect();
                    format!("{} {word}", all.join(", "))
                }
            });
        }
    }
    format!("Steps: {}. The journal has them.", parts.join("; "))
}
