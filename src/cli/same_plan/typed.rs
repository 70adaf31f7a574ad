//! Typing wishes into the wizard, key by key.

use super::{Wishes, text};
use crate::answers::Answers;
use crate::answers::questions::Kind;
use crate::answers::{SecretRef, Value};
use crate::ui::backend::Backend;
use crate::ui::wizard::dialog::Dialog;
use crate::ui::wizard::input::{Input, SecretSource};
use crate::ui::wizard::key::Key;
use crate::ui::wizard::pages::Item;
use crate::ui::wizard::{Effect, Job, Msg, Page, Wizard};

/// The wizard with the real work behind it, done at once.
struct Desk<'a, 'b> {
    wizard: Wizard,
    backend: &'a mut (dyn Backend + 'b),
}

/// Goes through all pages, types what is wished, and saves.
pub fn save(backend: &mut dyn Backend, answers: Answers, wishes: &Wishes, path: &str) {
    let mut desk = Desk {
        wizard: Wizard::new(answers, (80, 24)),
        backend,
    };
    let started = Msg::Started(desk.backend.banner(), Box::new(None));
    desk.tell(started);
    for _ in 0..20 {
        let page = desk.wizard.page;
        match page {
            Page::Needs | Page::Settings => desk.form(wishes),
            Page::Scheduler => desk.choose(wishes, "scheduler", Item::Scheduler),
            Page::Overlay => desk.choose(wishes, "overlay.kind", Item::Overlay),
            Page::Interface => desk.choose(wishes, "interface.name", Item::Interface),
            Page::Plan => {
                desk.key(Key::F(2));
                assert!(matches!(
                    desk.wizard.dialogs.last(),
                    Some(Dialog::Path { .. })
                ));
                desk.key(Key::Ctrl('u'));
                desk.words(path);
                desk.key(Key::Enter);
                let note = desk.wizard.note.as_ref().map(|note| note.text.as_str());
                assert_eq!(note, Some(format!("Saved: {path}").as_str()));
                return;
            }
            _ => {}
        }
        desk.key(Key::Ctrl('n'));
        assert_ne!(desk.wizard.page, page, "{:?}", desk.wizard.note);
    }
    panic!("no way to the plan");
}

impl Desk<'_, '_> {
    fn tell(&mut self, msg: Msg) {
        for effect in self.wizard.update(msg) {
            let backend = &mut *self.backend;
            let answer = match effect {
                Effect::Do(Job::Inspect(answers)) => {
                    let inspection = backend.inspect(&answers);
                    Msg::Inspected(backend.banner(), inspection)
                }
                Effect::Do(Job::Judge(answers)) => {
                    Msg::Judged(backend.judge(&answers).map(Box::new))
                }
                Effect::Do(Job::Plan(number, answers)) => {
                    Msg::Planned(number, backend.plan(&answers))
                }
                Effect::Do(Job::SaveAnswers(answers, path)) => {
                    Msg::Saved(backend.save_answers(&answers, &path))
                }
                other => panic!("{other:?}"),
            };
            self.tell(answer);
        }
    }

    fn key(&mut self, key: Key) {
        self.tell(Msg::Key(key));
    }

    fn words(&mut self, text: &str) {
        text.chars().for_each(|c| self.key(Key::Char(c)));
    }

    /// Brings the cursor to an item of the page; whether it is there.
    fn reach(&mut self, wanted: &Item) -> bool {
        for _ in 0..400 {
            let items = self.wizard.items();
            let Some(at) = items.iter().position(|item| item == wanted) else {
                return false;
            };
            match at.cmp(&self.wizard.cursor()) {
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Less => self.key(Key::Up),
                std::cmp::Ordering::Greater => self.key(Key::Down),
            }
        }
        panic!("{wanted:?} is not reached");
    }

    fn choose(&mut self, wishes: &Wishes, id: &str, item: fn(String) -> Item) {
        if let Some(value) = wishes.value(id) {
            assert!(self.reach(&item(text(&value))), "{id}");
            self.key(Key::Char(' '));
        }
    }

    fn form(&mut self, wishes: &Wishes) {
        for question in wishes.ids() {
            let value = wishes.value(question.id).unwrap();
            // What is on another page, or does not matter here.
            if !self.reach(&Item::Field(question.id)) {
                continue;
            }
            if let Kind::Records { .. } = question.kind {
                for record in value.items() {
                    self.reach(&Item::Field(question.id));
                    self.key(Key::Char('a'));
                    self.record(record);
                }
                continue;
            }
            let id = question.id;
            self.input(&value, |desk| desk.wizard.input(id).cloned().unwrap());
        }
    }

    fn record(&mut self, record: &Value) {
        let dialog = |desk: &Self| match desk.wizard.dialogs.last() {
            Some(Dialog::Record(dialog)) => dialog.as_ref().clone(),
            other => panic!("{other:?}"),
        };
        let fields = dialog(self).fields;
        for (at, field) in fields.iter().enumerate() {
            assert_eq!(dialog(self).focus, at);
            if let Some(value) = record.field(field.name) {
                self.input(value, |desk| dialog(desk).inputs[at].clone());
            }
            self.key(Key::Tab);
        }
        self.key(Key::Enter);
        assert!(self.wizard.dialogs.is_empty(), "{:?}", self.wizard.dialogs);
    }

    /// Types a value into the widget that has the focus.
    fn input(&mut self, value: &Value, now: impl Fn(&Self) -> Input) {
        for _ in 0..100 {
            match now(self) {
                Input::Text(editor) | Input::Texts(editor) => {
                    if editor.text() == text(value) {
                        return;
                    }
                    self.key(Key::Ctrl('u'));
                    self.words(&text(value));
                    return;
                }
                Input::YesNo(yes) if yes == value.bool() => return,
                Input::YesNo(_) => {
                    let yes = value.bool() == Some(true);
                    self.key(Key::Char(if yes { 'y' } else { 'n' }));
                }
                Input::Pick { words, chosen } => {
                    let chosen = chosen.and_then(|at| words.get(at));
                    if chosen.map(|one| one.value) == value.text() {
                        return;
                    }
                    self.key(Key::Right);
                }
                Input::Many { words, on, at } => {
                    let wanted = |n: usize| {
                        let word = words[n].value;
                        value.items().iter().any(|item| item.text() == Some(word))
                    };
                    let Some(wrong) = (0..on.len()).find(|n| wanted(*n) != on[*n]) else {
                        return;
                    };
                    let key = if wrong == at {
                        Key::Char(' ')
                    } else {
                        Key::Right
                    };
                    self.key(key);
                }
                Input::Secret { sources, at, text } => {
                    let (source, typed) = match value.secret().unwrap() {
                        SecretRef::Generate => (SecretSource::Generate, String::new()),
                        SecretRef::File(path) => {
                            (SecretSource::File, path.to_str().unwrap().to_owned())
                        }
                        SecretRef::Env(name) => (SecretSource::Env, name.clone()),
                        other => panic!("{other:?}"),
                    };
                    if sources[at] != source {
                        self.key(Key::Right);
                        continue;
                    }
                    assert_eq!(text.text(), "");
                    self.words(&typed);
                    return;
                }
                Input::Records => panic!("records in a record"),
            }
        }
        panic!("{value:?} is not typed");
    }
}
