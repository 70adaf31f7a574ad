//! What happens when an item or a button is chosen.

use crate::answers::Value;
use crate::apply::journal::StepState;
use crate::ui::backend::{Finding, Status};
use crate::ui::verdicts::Standing;

use super::dialog::{Dialog, PathFor};
use super::key::Key;
use super::pages::{Begin, Button, Item};
use super::record::RecordDialog;
use super::run::{RunKind, RunView};
use super::{Effect, Ending, Focus, Job, Page, Wizard};

impl Wizard {
    pub(super) fn press(&mut self, key: Key) {
        if matches!(self.focus, Focus::Button(_)) {
            self.press_focused();
            return;
        }
        let enter = key == Key::Enter;
        match self.item() {
            Some(Item::Earlier(begin)) => self.begin(begin),
            Some(Item::Finding(_)) => self.explain(),
            Some(Item::Scheduler(value)) => {
                // Enter on what is chosen already goes on.
                if enter && self.choice().scheduler.as_ref() == Some(&value) {
                    self.step_to_next();
                } else {
                    self.choose("scheduler", &value);
                }
            }
            Some(Item::Overlay(value)) => {
                if enter && self.choice().overlay.as_ref() == Some(&value) {
                    self.step_to_next();
                } else {
                    self.choose("overlay.kind", &value);
                }
            }
            Some(Item::Interface(name)) => self.pick_interface(&name, enter),
            Some(Item::Record(id, at)) => self.edit_record(id, Some(at)),
            Some(Item::Field(id)) => {
                if matches!(self.input(id), Some(super::Input::Records))
                    && self.records(id).is_empty()
                    && !enter
                {
                    self.edit_record(id, None);
                } else {
                    self.step_on();
                }
            }
            Some(Item::Step(at)) => self.show_step(at),
            Some(Item::Trouble(at)) => self.mend(at),
            // Not to Apply before there is something to be read.
            None if self.page == Page::Plan => {}
            None if enter => self.step_to_next(),
            None => {}
        }
    }

    fn step_to_next(&mut self) {
        self.focus = Focus::Button(self.buttons().len().saturating_sub(1));
    }

    fn pick_interface(&mut self, name: &str, enter: bool) {
        let pick = self
            .judged
            .as_ref()
            .and_then(|judged| judged.interfaces.pick.clone());
        if enter && pick.as_deref() == Some(name) {
            self.step_to_next();
            return;
        }
        let rows = self.interfaces();
        match rows.iter().find(|row| row.name == name) {
            Some(row) if row.standing == Standing::RuledOut => {
                self.refuse(format!("{name} cannot be used: {}", row.words()));
            }
            _ => self.choose("interface.name", name),
        }
    }

    fn begin(&mut self, begin: Begin) {
        let Some(earlier) = &self.earlier else { return };
        let steps = earlier.steps.clone();
        let (kind, job) = match begin {
            Begin::Resume => (RunKind::Resume, Job::Resume),
            Begin::RollBack => (RunKind::RollBack, Job::RollBack),
            Begin::Again | Begin::Anew => {
                self.answers = match (begin, &earlier.answers) {
                    (Begin::Again, Some(answers)) => answers.clone(),
                    _ => crate::answers::Answers::default(),
                };
                self.reset_inputs();
                self.enter(Page::Host);
                self.inspect();
                return;
            }
        };
        self.start(kind, steps, job);
    }

    fn start(&mut self, kind: RunKind, steps: Vec<(String, StepState)>, job: Job) {
        if self.dry_run {
            return self.refuse("--dry-run: nothing is changed. Start without it to go on.");
        }
        self.run = Some(RunView::new(kind, steps, self.now));
        self.finished = None;
        self.enter(Page::Apply);
        self.out.push(Effect::Do(job));
    }

    /// A run was refused before it began: back to where it was asked for, with
    /// everything that was answered, and another look at the host.
    pub(super) fn not_begun(&mut self, kind: RunKind, error: &str) {
        self.run = None;
        self.finished = None;
        self.dialogs.clear();
        match kind {
            RunKind::Apply => {
                self.look_again();
                self.enter(Page::Plan);
            }
            RunKind::Resume | RunKind::RollBack => self.enter(Page::Earlier),
        }
        let mut lines = error.lines();
        self.refuse(lines.next().unwrap_or_default());
        if lines.next().is_some() {
            let all = error.lines().map(str::to_owned);
            self.dialogs
                .push(Dialog::info("The run has not begun", all));
        }
    }

    /// Presses a button.
    pub(super) fn push(&mut self, button: Button) {
        match button {
            Button::Quit => self.interrupt(),
            Button::Back => self.back_page(),
            Button::Next => self.next_page(),
            Button::Select => {
                self.focus = Focus::Body;
                self.press(Key::Enter);
            }
            Button::CheckAgain => self.again(),
            Button::Waive => self.waive(),
            Button::ShowAll => self.show_all = !self.show_all,
            Button::SaveAnswers => self.ask_path(PathFor::Answers),
            Button::SavePlan if matches!(self.planned, Some(Ok(_))) => self.ask_path(PathFor::Plan),
            Button::SavePlan => self.refuse("There is no plan to save."),
            Button::DryRun if matches!(self.planned, Some(Ok(_))) => {
                self.out.push(Effect::Do(Job::DryRun));
            }
            Button::DryRun => self.refuse("There is no plan to run dry."),
            Button::Apply => self.apply(),
            Button::Stop => self.interrupt(),
            Button::SaveReport => self.ask_path(PathFor::Report),
            Button::Finish => {
                if let Some(finished) = self.finished.clone() {
                    let ending = Ending::Finished(Box::new(finished));
                    self.out.push(Effect::Quit(ending));
                }
            }
        }
    }

    fn apply(&mut self) {
        let steps = match &self.planned {
            None => return self.refuse("The plan is still being made."),
            Some(Err(_)) => {
                return self.refuse("There is no plan: what stands in the way is listed above.");
            }
            Some(Ok(planned)) => planned
                .steps
                .iter()
                .map(|s| (s.title.clone(), StepState::Todo))
                .collect::<Vec<_>>(),
        };
        if !self.not_undoable().is_empty() && self.host_name.trimmed() != self.banner.host {
            return self.refuse("Type the name of this host first: a step cannot be undone.");
        }
        self.start(RunKind::Apply, steps, Job::Apply);
    }

    pub(super) fn again(&mut self) {
        match self.page {
            _ if self.busy.is_some() => {}
            Page::Host => self.inspect(),
            Page::Plan => {
                self.look_again();
                self.enter(Page::Plan);
            }
            Page::Needs | Page::Scheduler | Page::Overlay | Page::Settings | Page::Interface => {
                self.look_again();
                self.say("The host is looked at again.");
            }
            Page::Earlier | Page::Apply | Page::Done => {}
        }
    }

    pub(super) fn save_for_support(&mut self) {
        if self.supporting {
            return self.say("The support bundle is being put together already.");
        }
        self.supporting = true;
        self.busy = Some((super::SUPPORT.into(), self.now));
        self.out.push(Effect::Support);
        self.say(format!("{}.", super::SUPPORT));
    }

    /// Remembers the check that the cursor is on: after the next look it may stand
    /// elsewhere.
    pub(super) fn keep_finding(&mut self) {
        let findings = self.inspection.iter().flat_map(|i| &i.findings);
        let cursor = self.cursors.get(&Page::Host).copied().unwrap_or(0);
        let here = match self.page {
            Page::Host => self.findings().get(cursor).map(|(_, one)| one.id.clone()),
            _ => findings.map(|one| one.id.clone()).nth(cursor),
        };
        self.finding = here.or_else(|| self.finding.take());
    }

    /// Puts the cursor on that check again.
    pub(super) fn point_at_finding(&mut self) {
        let Some(id) = self.finding.take() else {
            return;
        };
        let all = self.findings();
        if let Some(at) = all.iter().position(|(_, finding)| finding.id == id) {
            self.cursors.insert(Page::Host, at);
        }
    }

    /// The check that the cursor is on.
    fn finding_here(&self) -> Option<&Finding> {
        let Some(Item::Finding(at)) = self.item() else {
            return None;
        };
        self.inspection.as_ref()?.findings.get(at)
    }

    /// The place of the waiver of the check that the cursor is on.
    pub(super) fn waiver_here(&self) -> Option<usize> {
        let finding = self.finding_here()?;
        let waivers = self.records("preflight.waive");
        waivers
            .iter()
            .position(|one| one.field("id").and_then(Value::text) == Some(&finding.id))
    }

    pub(super) fn remove_waiver(&mut self) {
        if let Some(at) = self.waiver_here() {
            self.remove_record("preflight.waive", at);
            self.look_again();
        }
    }

    pub(super) fn waive(&mut self) {
        let Some(finding) = self.finding_here() else {
            return self.say("Point at the check that is to be waived first.");
        };
        let id = finding.id.clone();
        if finding.status == Status::Pass {
            return self.say(format!("{id} needs no waiver."));
        }
        if finding.status == Status::Waived {
            let text = match self.waiver_here() {
                Some(_) => format!("{id} is waived; d takes the waiver back."),
                None => format!("{id} is waived already."),
            };
            return self.say(text);
        }
        if !finding.waivable {
            return self.refuse(format!(
                "{id} cannot be waived: going on without it cannot work, or destroys data."
            ));
        }
        if let Some(record) = RecordDialog::waiver(&id) {
            self.dialogs.push(Dialog::Record(Box::new(record)));
        }
    }
}
