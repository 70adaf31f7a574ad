//! What keys do on a page.

use crate::ui::editor::Editor;

use super::dialog::{Dialog, PathFor};
use super::key::Key;
use super::pages::{Button, Item};
use super::{Effect, Ending, Focus, Page, Wizard, input};

impl Wizard {
    /// Takes a key.
    pub(super) fn key(&mut self, key: Key) {
        if key == Key::Ctrl('l') {
            self.out.push(Effect::Redraw);
            return;
        }
        if key == Key::Ctrl('z') {
            if self.is_running() {
                self.refuse("Not while the host is being changed.");
            } else {
                self.out.push(Effect::Suspend);
            }
            return;
        }
        if self.too_small() {
            match key {
                Key::Char('L') if self.run.is_none() => {
                    self.commit_all();
                    self.out.push(Effect::Quit(Ending::LineMode));
                    return;
                }
                Key::Ctrl('c') => {}
                _ => return,
            }
        }
        if key == Key::Ctrl('t') {
            self.basic = !self.basic;
            return;
        }
        self.note = None;
        if let Some(dialog) = self.dialogs.pop() {
            self.dialog_key(dialog, key);
            return;
        }
        match key {
            Key::Ctrl('c') => self.interrupt(),
            Key::F(1) => self.help(),
            Key::F(2) | Key::Ctrl('o') => self.ask_path(PathFor::Answers),
            Key::F(5) => self.again(),
            // A form is long: the way on must not be a key a field.
            Key::F(10) | Key::Ctrl('n') if self.buttons().contains(&Button::Next) => {
                self.leave_field();
                self.push(Button::Next);
            }
            Key::Esc => self.back_page(),
            key if self.typing() => self.field_key(key),
            key => self.plain_key(key.moved()),
        }
    }

    /// Whether letters are typed into something on the page.
    pub fn typing(&self) -> bool {
        match (self.focus, self.item()) {
            (Focus::Body, Some(Item::Field(id))) => {
                self.input(id).is_some_and(super::Input::takes_text)
            }
            (Focus::Button(at), _) => {
                // The host's name is typed before Apply.
                self.buttons().get(at) == Some(&Button::Apply) && !self.not_undoable().is_empty()
            }
            _ => false,
        }
    }

    /// The text field that has the focus.
    pub(super) fn focused_editor(&mut self) -> Option<&mut Editor> {
        if !self.dialogs.is_empty() {
            return match self.dialogs.last_mut() {
                Some(Dialog::Record(record)) => record.editor(),
                Some(Dialog::Path { editor, .. } | Dialog::Filter { editor }) => Some(editor),
                _ => None,
            };
        }
        if !self.typing() {
            return None;
        }
        match (self.focus, self.item()) {
            (Focus::Body, Some(Item::Field(id))) => self.input_mut(id)?.editor(),
            (Focus::Button(_), _) => Some(&mut self.host_name),
            _ => None,
        }
    }

    fn field_key(&mut self, key: Key) {
        match key {
            Key::Up => self.step_back(),
            Key::Down => self.step_on(),
            Key::Tab => self.tab(true),
            Key::BackTab => self.tab(false),
            Key::Enter if matches!(self.focus, Focus::Button(_)) => self.press_focused(),
            Key::Enter => self.step_on(),
            Key::PageUp | Key::PageDown => self.scroll_by(key),
            key => {
                if let (Focus::Body, Some(Item::Field(id))) = (self.focus, self.item()) {
                    if self.input_mut(id).is_some_and(|input| input.key(key)) {
                        self.touched();
                    }
                } else {
                    input::edit(&mut self.host_name, key);
                }
            }
        }
    }

    fn plain_key(&mut self, key: Key) {
        // A widget of choices has its own keys first.
        if let (Focus::Body, Some(Item::Field(id))) = (self.focus, self.item())
            && self.input_mut(id).is_some_and(|input| input.key(key))
        {
            self.touched();
            self.commit(id);
            return;
        }
        match key {
            Key::Char('?') => self.help(),
            Key::Up => self.step_back(),
            Key::Down => self.step_on(),
            Key::Tab => self.tab(true),
            Key::BackTab => self.tab(false),
            Key::Left => self.button_left(),
            Key::Right => self.button_right(),
            Key::Home => self.point(0),
            Key::End => self.point(usize::MAX),
            Key::PageUp | Key::PageDown => self.scroll_by(key),
            Key::Enter | Key::Char(' ') => self.press(key),
            Key::Char('e') => self.explain(),
            Key::Char('r') => self.again(),
            Key::Char('/') if matches!(self.page, Page::Host | Page::Interface) => {
                let editor = Editor::new(&self.filter);
                self.dialogs.push(Dialog::Filter { editor });
            }
            Key::Char('l') if self.run.is_some() => self.dialogs.push(Dialog::log()),
            Key::Char('l') => self.button_right(),
            Key::Char('q') if self.page == Page::Done => self.push(Button::Finish),
            Key::Char('a') => match self.item() {
                Some(Item::Field(id) | Item::Record(id, _)) => self.edit_record(id, None),
                _ if self.page == Page::Interface => self.push(Button::ShowAll),
                _ => {}
            },
            Key::Char('d') | Key::Delete => {
                if let Some(Item::Record(id, at)) = self.item() {
                    self.remove_record(id, at);
                }
            }
            _ => {}
        }
    }

    fn scroll_by(&mut self, key: Key) {
        let step = isize::try_from(self.size.1 / 2).unwrap_or(8);
        let step = if key == Key::PageUp { -step } else { step };
        self.scroll = self.scroll.saturating_add(step).clamp(-999, 999);
    }

    /// Leaves the field that the cursor is on.
    fn leave_field(&mut self) {
        self.scroll = 0;
        if let (Focus::Body, Some(Item::Field(id))) = (self.focus, self.item())
            && !self.commit(id)
        {
            let text = self.error(id).unwrap_or_default().to_owned();
            self.refuse(text);
        }
    }

    fn point(&mut self, at: usize) {
        self.leave_field();
        let last = self.items().len().saturating_sub(1);
        self.focus = if self.items().is_empty() {
            self.focus
        } else {
            Focus::Body
        };
        self.cursors.insert(self.page, at.min(last));
    }

    pub(super) fn step_on(&mut self) {
        match self.focus {
            Focus::Body if self.cursor() + 1 < self.items().len() => self.point(self.cursor() + 1),
            Focus::Body => {
                self.leave_field();
                self.focus = Focus::Button(self.buttons().len().saturating_sub(1));
            }
            Focus::Button(_) => {}
        }
    }

    fn step_back(&mut self) {
        match self.focus {
            Focus::Body => self.point(self.cursor().saturating_sub(1)),
            Focus::Button(_) if !self.items().is_empty() => self.focus = Focus::Body,
            Focus::Button(_) => {}
        }
    }

    /// Tab goes through fields, and past a list as a whole.
    fn tab(&mut self, forward: bool) {
        let form = matches!(self.page, Page::Needs | Page::Settings);
        let buttons = self.buttons().len();
        match self.focus {
            Focus::Body if form && forward => self.step_on(),
            Focus::Body if form && self.cursor() > 0 => self.step_back(),
            Focus::Body if buttons > 0 => {
                self.leave_field();
                self.focus = Focus::Button(buttons - 1);
            }
            Focus::Body => {}
            Focus::Button(at) if forward && at + 1 < buttons => self.focus = Focus::Button(at + 1),
            Focus::Button(at) if !forward && at > 0 => self.focus = Focus::Button(at - 1),
            Focus::Button(_) if self.items().is_empty() => {
                self.focus = Focus::Button(if forward {
                    0
                } else {
                    buttons.saturating_sub(1)
                });
            }
            Focus::Button(_) => self.focus = Focus::Body,
        }
    }

    fn button_left(&mut self) {
        match self.focus {
            Focus::Button(0) => self.back_page(),
            Focus::Button(at) => self.focus = Focus::Button(at - 1),
            Focus::Body => {}
        }
    }

    fn button_right(&mut self) {
        if let Focus::Button(at) = self.focus {
            let last = self.buttons().len().saturating_sub(1);
            self.focus = Focus::Button((at + 1).min(last));
        }
    }

    pub(super) fn press_focused(&mut self) {
        if let Focus::Button(at) = self.focus
            && let Some(button) = self.buttons().get(at).copied()
        {
            self.push(button);
        }
    }
}
