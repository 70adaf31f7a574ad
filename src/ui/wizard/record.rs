//! The dialog in which a record of a list is edited, such as a peer.

use crate::answers::Value;
use crate::answers::questions::{self, Field, Kind, Question};
use crate::ui::editor::Editor;

use super::Wizard;
use super::dialog::Dialog;
use super::form::problem_text;
use super::input::{Draft, Input, turn};
use super::key::Key;

/// The dialog.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordDialog {
    /// The question.
    pub question: &'static Question,
    /// The fields.
    pub fields: &'static [Field],
    /// Which record; none for a new one.
    pub index: Option<usize>,
    /// The widgets, one a field.
    pub inputs: Vec<Input>,
    /// The field that has the focus; after the last one, Keep and Cancel.
    pub focus: usize,
    /// What is wrong, and with which field.
    pub error: Option<(Option<usize>, String)>,
}

impl RecordDialog {
    /// A dialog for a record of a question.
    pub fn new(id: &str, index: Option<usize>, record: Option<&Value>) -> Option<Self> {
        let question = questions::question(id)?;
        let Kind::Records { fields, .. } = question.kind else {
            return None;
        };
        Some(Self {
            question,
            fields,
            index,
            inputs: fields
                .iter()
                .map(|field| Input::of_field(field, record))
                .collect(),
            focus: 0,
            error: None,
        })
    }

    /// A dialog that waives a check.
    pub fn waiver(check: &str) -> Option<Self> {
        let mut dialog = Self::new("preflight.waive", None, None)?;
        let at = dialog.fields.iter().position(|field| field.name == "id")?;
        *dialog.inputs.get_mut(at)? = Input::Text(Editor::new(check));
        dialog.focus = dialog
            .fields
            .iter()
            .position(|field| field.name == "reason")?;
        Some(dialog)
    }

    /// The text field that has the focus.
    pub fn editor(&mut self) -> Option<&mut Editor> {
        self.inputs.get_mut(self.focus)?.editor()
    }

    /// Places that the focus can be on.
    fn places(&self) -> usize {
        self.inputs.len() + 2
    }

    /// The record as it stands.
    fn record(&self) -> Value {
        let fields = self.fields.iter().zip(&self.inputs);
        let given = fields.filter_map(|(field, input)| match input.draft() {
            Draft::Nothing => None,
            Draft::Value(value) => Some((field.name, value)),
            Draft::Text(text) => {
                let number = match field.kind {
                    Kind::Integer { .. } | Kind::IntegerOrAuto { .. } => text.parse().ok(),
                    _ => None,
                };
                Some((field.name, number.map_or(Value::Text(text), Value::Int)))
            }
        });
        Value::Record(given.collect())
    }

    /// The field that a problem's path ends in.
    fn field_of(&self, path: &str) -> Option<usize> {
        let last = path.rsplit('.').next()?;
        let name = last.split('[').next()?;
        self.fields.iter().position(|field| field.name == name)
    }
}

impl Wizard {
    pub(super) fn edit_record(&mut self, id: &'static str, index: Option<usize>) {
        let records = self.records(id);
        let record = index.and_then(|at| records.get(at));
        if let Some(dialog) = RecordDialog::new(id, index, record) {
            self.dialogs.push(Dialog::Record(Box::new(dialog)));
        }
    }

    pub(super) fn remove_record(&mut self, id: &'static str, at: usize) {
        let mut records = self.records(id);
        if at < records.len() {
            records.remove(at);
            match self.answers.set(id, Value::List(records)) {
                Ok(()) => self.say("Removed."),
                Err(problem) => self.refuse(problem_text(&problem)),
            }
            self.stale = true;
        }
    }

    pub(super) fn record_key(&mut self, mut dialog: Box<RecordDialog>, key: Key) {
        let fields = dialog.inputs.len();
        let on_field = dialog.focus < fields;
        let taken = on_field
            && dialog
                .inputs
                .get_mut(dialog.focus)
                .is_some_and(|input| input.key(key));
        if taken {
            dialog.error = None;
        } else {
            match key {
                Key::Esc | Key::Ctrl('c') => return,
                Key::Enter | Key::Char(' ') if dialog.focus == fields + 1 => return,
                Key::Enter | Key::Char(' ') if dialog.focus == fields => {
                    self.keep_record(dialog);
                    return;
                }
                Key::F(1) => {
                    let field = dialog.fields.get(dialog.focus);
                    let help = field.map_or(dialog.question.help, |field| field.help);
                    let title = field.map_or(dialog.question.prompt, |field| field.prompt);
                    let info = Dialog::info(title, [help]);
                    self.dialogs.push(Dialog::Record(dialog));
                    self.dialogs.push(info);
                    return;
                }
                Key::Down | Key::Tab | Key::Right => {
                    dialog.focus = turn(dialog.focus, dialog.places(), true)
                }
                Key::Enter => dialog.focus = turn(dialog.focus, dialog.places(), true),
                Key::Up | Key::BackTab | Key::Left => {
                    dialog.focus = turn(dialog.focus, dialog.places(), false)
                }
                _ => {}
            }
        }
        self.dialogs.push(Dialog::Record(dialog));
    }

    fn keep_record(&mut self, mut dialog: Box<RecordDialog>) {
        let id = dialog.question.id;
        let mut records = self.records(id);
        let record = dialog.record();
        match dialog.index.and_then(|at| records.get_mut(at)) {
            Some(old) => *old = record,
            None => records.push(record),
        }
        match self.answers.set(id, Value::List(records)) {
            Ok(()) => {
                self.stale = true;
                if id == "preflight.waive" {
                    self.look_again();
                }
            }
            Err(problem) => {
                let field = dialog.field_of(&problem.path);
                if let Some(field) = field {
                    dialog.focus = field;
                }
                dialog.error = Some((field, problem_text(&problem)));
                self.dialogs.push(Dialog::Record(dialog));
            }
        }
    }
}
