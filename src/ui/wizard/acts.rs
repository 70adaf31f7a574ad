//! What happens when an item or a button is chosen.

use crate::apply::journal::StepState;
use crate::ui::backend::Status;
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
        self.run = Some(RunView::new(kind, steps, self.now));
        self.finished = None;
        self.enter(Page::Apply);
        self.out.push(Effect::Do(job));
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
            Page::Host if self.busy.is_none() => self.inspect(),
            Page::Plan if self.busy.is_none() => self.enter(Page::Plan),
            Page::Scheduler | Page::Overlay | Page::Interface => self.stale = true,
            _ => {}
        }
    }

    pub(super) fn waive(&mut self) {
        let Some(Item::Finding(at)) = self.item() else {
            return self.say("Point at the check that is to be waived first.");
        };
        let all = self
            .inspection
            .as_ref()
            .map(|inspection| &inspection.findings);
        let Some(finding) = all.and_then(|findings| findings.get(at)) else {
            return;
        };
        if matches!(finding.status, Status::Pass | Status::Waived) {
            return self.say(format!("{} needs no waiver.", finding.id));
        }
        if let Some(record) = RecordDialog::waiver(&finding.id) {
            self.dialogs.push(Dialog::Record(Box::new(record)));
        }
    }
}
