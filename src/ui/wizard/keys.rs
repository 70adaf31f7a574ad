//! What keys do on a page. Which do anything is declared in [`super::bindings`].

use crate::ui::editor::Editor;

use super::bindings::Act;
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
                // Not into a question that nobody sees; that about leaving is told.
                Key::Ctrl('c')
                    if matches!(self.dialogs.last(), None | Some(Dialog::Quit { .. })) => {}
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
        match self.act_of(key) {
            Some(act) => self.act(act, key),
            None if key == Key::Esc => self.back_page(),
            None => {}
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

    /// Whether letters are typed into a dialog or the page.
    #[cfg(test)]
    pub(super) fn focused_text(&self) -> bool {
        match self.dialogs.last() {
            Some(Dialog::Path { .. } | Dialog::Filter { .. } | Dialog::Record(_)) => true,
            Some(_) => false,
            None => self.typing(),
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

    fn act(&mut self, act: Act, key: Key) {
        match act {
            Act::Help => self.help(),
            Act::Save => self.ask_path(PathFor::Answers),
            Act::Again => self.again(),
            // A form is long: the way on must not be a key a field.
            Act::Next => {
                self.leave_field();
                self.push(Button::Next);
            }
            Act::Back => self.back_page(),
            Act::Interrupt => self.interrupt(),
            Act::Up => self.step_back(),
            Act::Down => self.step_on(),
            Act::Tab => self.tab(true),
            Act::BackTab => self.tab(false),
            Act::First => self.point(0),
            Act::Last => self.point(usize::MAX),
            Act::ScrollUp => self.scroll_by(false),
            Act::ScrollDown => self.scroll_by(true),
            Act::Left => self.button_left(),
            Act::Right => self.button_right(),
            Act::Enter if matches!(self.item(), Some(Item::Field(_))) && !self.on_button() => {
                self.step_on();
            }
            Act::Enter => self.press(Key::Enter),
            Act::Space => self.press(Key::Char(' ')),
            Act::Explain => self.explain(),
            Act::Filter => {
                let editor = Editor::new(&self.filter);
                self.dialogs.push(Dialog::Filter { editor });
            }
            Act::Log => self.show_log(0, false),
            Act::WrappedLog => self.show_log(0, true),
            Act::LogUp => self.show_log(self.drawn.get().page, false),
            Act::Support => self.save_for_support(),
            Act::Add => {
                if let Some(Item::Field(id) | Item::Record(id, _)) = self.item() {
                    self.edit_record(id, None);
                }
            }
            Act::Remove => match self.item() {
                Some(Item::Record(id, at)) => self.remove_record(id, at),
                _ => self.remove_waiver(),
            },
            Act::All => self.push(Button::ShowAll),
            Act::Finish => self.push(Button::Finish),
            Act::Widget(key) => {
                if let Some(Item::Field(id)) = self.item()
                    && self.input_mut(id).is_some_and(|input| input.key(key))
                {
                    self.touched();
                    self.commit(id);
                }
            }
            Act::Edit => match (self.focus, self.item()) {
                (Focus::Body, Some(Item::Field(id))) => {
                    if self.input_mut(id).is_some_and(|input| input.key(key)) {
                        self.touched();
                    }
                }
                _ => {
                    input::edit(&mut self.host_name, key);
                }
            },
            // Taken before a page is asked.
            Act::Dialog | Act::Redraw | Act::Look | Act::Suspend => {}
        }
    }

    fn on_button(&self) -> bool {
        matches!(self.focus, Focus::Button(_))
    }

    fn show_log(&mut self, up: usize, wrap: bool) {
        if self.run.is_some() {
            self.dialogs.push(Dialog::Log { up, wrap });
        }
    }

    fn scroll_by(&mut self, down: bool) {
        let step = isize::try_from(self.size.1 / 2).unwrap_or(8);
        let step = if down { step } else { -step };
        let (least, most) = self.drawn.get().scroll;
        self.scroll = self
            .scroll
            .saturating_add(step)
            .clamp(least.min(0), most.max(0));
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
