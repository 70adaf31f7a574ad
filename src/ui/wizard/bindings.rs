//! Which keys do what where the focus is. What a key does is looked up here, and
//! the row of keys and the help are made of the same list: they cannot differ.

use crate::answers::questions::{self, Kind};

use super::dialog_keys::dialog_bindings;
use super::input::Input;
use super::key::Key;
use super::pages::{Button, Item};
use super::{Focus, Page, Wizard};

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Help of the page.
    Help,
    /// Save the answers.
    Save,
    /// Check again.
    Again,
    /// To the next page.
    Next,
    /// To the page before.
    Back,
    /// Ask to quit, or to stop.
    Interrupt,
    /// To the item before.
    Up,
    /// To the next item.
    Down,
    /// To the next field or part.
    Tab,
    /// To the field or part before.
    BackTab,
    /// To the first item.
    First,
    /// To the last item.
    Last,
    /// Scroll up.
    ScrollUp,
    /// Scroll down.
    ScrollDown,
    /// To the button on the left.
    Left,
    /// To the button on the right.
    Right,
    /// Activate.
    Enter,
    /// Take, or change.
    Space,
    /// Explain the row.
    Explain,
    /// Filter the list.
    Filter,
    /// The whole log.
    Log,
    /// The same, its lines wrapped.
    WrappedLog,
    /// The same, a page back.
    LogUp,
    /// Save what support wants to see.
    Support,
    /// Add a record.
    Add,
    /// Remove a record, or a waiver.
    Remove,
    /// Show all interfaces, or few.
    All,
    /// Leave after a run.
    Finish,
    /// A key of the widget that has the focus.
    Widget(Key),
    /// A key of the text field that has the focus.
    Edit,
    /// A key of the dialog on top.
    Dialog,
    /// Draw everything again.
    Redraw,
    /// Rich or basic look.
    Look,
    /// Suspend the program.
    Suspend,
}

/// Keys that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The keys and what each does.
    pub keys: Vec<(Key, Act)>,
    /// What they are called.
    pub name: &'static str,
    /// What they do in a word, for the row of keys; empty: not in it.
    pub word: &'static str,
    /// What they do, for the help.
    pub help: &'static str,
    /// Those with a lower one are left out of the row last.
    pub rank: u8,
}

/// The list of a place, as it is put together.
pub(super) struct List(pub(super) Vec<Binding>);

impl List {
    pub(super) fn add(
        &mut self,
        keys: &[(Key, Act)],
        name: &'static str,
        row: (&'static str, u8),
        help: &'static str,
    ) {
        self.0.push(Binding {
            keys: keys.to_vec(),
            name,
            word: row.0,
            help,
            rank: row.1,
        });
    }
}

/// Keys of a text field besides its letters.
pub(super) const EDIT: &[(Key, Act)] = &[
    (Key::Ctrl('u'), Act::Edit),
    (Key::Ctrl('a'), Act::Edit),
    (Key::Ctrl('e'), Act::Edit),
    (Key::Home, Act::Edit),
    (Key::End, Act::Edit),
    (Key::Left, Act::Edit),
    (Key::Right, Act::Edit),
    (Key::Backspace, Act::Edit),
    (Key::Delete, Act::Edit),
];

/// Not in the row of keys.
pub(super) const NONE: (&str, u8) = ("", 9);

impl Wizard {
    /// What a key does where the focus is, unless a dialog is open.
    pub(super) fn act_of(&self, key: Key) -> Option<Act> {
        if self.typing() && matches!(key, Key::Char(_)) {
            return Some(Act::Edit);
        }
        let all = self.bindings();
        let mut keys = all.iter().flat_map(|binding| &binding.keys);
        keys.find(|(one, _)| *one == key).map(|(_, act)| *act)
    }

    /// The keys that work where the focus is, the most telling first.
    pub fn bindings(&self) -> Vec<Binding> {
        if let Some(dialog) = self.dialogs.last() {
            return dialog_bindings(dialog);
        }
        let typing = self.typing();
        let mut list = List(Vec::new());
        if typing {
            list.add(&[(Key::F(1), Act::Help)], "F1", ("Help", 1), "this help");
        } else {
            let keys = [(Key::F(1), Act::Help), (Key::Char('?'), Act::Help)];
            list.add(&keys, "F1/?", ("Help", 1), "this help");
        }
        if typing {
            list.add(
                EDIT,
                "^U",
                ("Clear", 4),
                "clear the field; ^A ^E Home End go to its ends",
            );
        } else {
            self.widget(&mut list);
        }
        self.movement(&mut list, typing);
        self.activation(&mut list, typing);
        if !typing {
            self.letters(&mut list);
        }
        self.everywhere(&mut list);
        list.0
    }

    /// The widget of choices that has the focus.
    fn widget(&self, list: &mut List) {
        let (Focus::Body, Some(Item::Field(id))) = (self.focus, self.item()) else {
            return;
        };
        let widget = |key| (key, Act::Widget(key));
        // Letters are arrows outside of text fields.
        let (left, right) = (widget(Key::Left), widget(Key::Right));
        let (h, l) = (
            (Key::Char('h'), Act::Widget(Key::Left)),
            (Key::Char('l'), Act::Widget(Key::Right)),
        );
        let space = widget(Key::Char(' '));
        match self.input(id) {
            Some(Input::Many { .. }) => {
                list.add(
                    &[left, right, h, l],
                    "Left/Right",
                    ("Which", 3),
                    "to another word",
                );
                list.add(&[space], "Space", ("Change", 3), "take the word, or do not");
            }
            Some(Input::YesNo(_)) => {
                let keys = [
                    space,
                    left,
                    right,
                    h,
                    l,
                    widget(Key::Char('y')),
                    widget(Key::Char('n')),
                ];
                list.add(&keys, "Space", ("Change", 3), "the other; y and n choose");
            }
            Some(Input::Pick { .. } | Input::Secret { .. }) => {
                let keys = [space, left, right, h, l];
                list.add(&keys, "Space", ("Change", 3), "to another choice");
            }
            _ => {}
        }
    }

    fn movement(&self, list: &mut List, typing: bool) {
        let form = matches!(self.page, Page::Needs | Page::Settings);
        if !self.items().is_empty() {
            let mut keys = vec![(Key::Up, Act::Up)];
            if !typing {
                keys.push((Key::Char('k'), Act::Up));
            }
            // Nothing is below the buttons.
            if self.focus == Focus::Body {
                keys.push((Key::Down, Act::Down));
                if !typing {
                    keys.push((Key::Char('j'), Act::Down));
                }
            }
            let row = if form { NONE } else { ("Move", 5) };
            list.add(&keys, "Up/Down", row, "to another row; k and j, too");
            if !typing {
                let keys = [
                    (Key::Home, Act::First),
                    (Key::Char('g'), Act::First),
                    (Key::End, Act::Last),
                    (Key::Char('G'), Act::Last),
                ];
                list.add(
                    &keys,
                    "Home/End",
                    NONE,
                    "to the first and last row; g and G, too",
                );
            }
        }
        // A button that stands alone is all that there is.
        let alone = self.items().is_empty() && self.buttons().len() < 2;
        let keys = [(Key::Tab, Act::Tab), (Key::BackTab, Act::BackTab)];
        if form {
            let help = "to the next field; Shift-Tab to the one before";
            list.add(&keys, "Tab", ("Move", 3), help);
        } else if !alone {
            let help = "to the buttons and back; Shift-Tab the other way";
            list.add(&keys, "Tab", NONE, help);
        }
        if matches!(self.focus, Focus::Button(_)) && !typing && !alone {
            let mut keys = vec![
                (Key::Left, Act::Left),
                (Key::Char('h'), Act::Left),
                (Key::Right, Act::Right),
            ];
            if self.run.is_none() {
                keys.push((Key::Char('l'), Act::Right));
            }
            let help = "to another button; Left on the first goes back";
            list.add(&keys, "Left/Right", NONE, help);
        }
        if self.page != Page::Apply {
            let keys = [
                (Key::PageUp, Act::ScrollUp),
                (Key::PageDown, Act::ScrollDown),
            ];
            list.add(&keys, "PgUp/PgDn", NONE, "scroll");
        }
    }

    fn activation(&self, list: &mut List, typing: bool) {
        let mut keys = vec![(Key::Enter, Act::Enter)];
        let (word, help) = match (self.focus, self.item()) {
            (Focus::Button(_), _) => ("Select", "press the button"),
            (_, Some(Item::Finding(_))) => ("Details", "everything about the check"),
            (_, Some(Item::Step(_))) => ("Diff", "the step with what changes"),
            (_, Some(Item::Trouble(at))) => match self.place_of(at) {
                Some(_) => ("Mend", "to where it is answered"),
                None => return,
            },
            (_, Some(Item::Record(..))) => ("Edit", "edit the row"),
            (_, Some(Item::Field(_))) => ("", "to the next field"),
            (_, Some(_)) => ("Select", "take it; on what is chosen: to the button"),
            // There is nothing to be read yet: Enter is not to come to Apply.
            (_, None) if self.page == Page::Plan => return,
            (_, None) => ("", "to the button"),
        };
        let on_field = matches!(
            (self.focus, self.item()),
            (Focus::Body, Some(Item::Field(_)))
        );
        let on_nothing = self.focus == Focus::Body && self.item().is_none();
        if !typing && !on_field && !on_nothing {
            keys.push((Key::Char(' '), Act::Space));
        }
        list.add(&keys, "Enter", (word, 3), help);
    }

    fn letters(&self, list: &mut List) {
        let item = self.item();
        let on_body = self.focus == Focus::Body;
        let record = match &item {
            Some(Item::Record(id, _)) if on_body => Some(*id),
            Some(Item::Field(id)) if on_body => questions::question(id)
                .filter(|question| matches!(question.kind, Kind::Records { .. }))
                .map(|question| question.id),
            _ => None,
        };
        if record.is_some() {
            let mut keys = vec![(Key::Char('a'), Act::Add)];
            if matches!(item, Some(Item::Field(_))) {
                keys.push((Key::Char(' '), Act::Add));
            }
            list.add(
                &keys,
                "a",
                ("Add", 2),
                "add a row; Space on the heading, too",
            );
        }
        if on_body && matches!(item, Some(Item::Record(..))) {
            let keys = [(Key::Char('d'), Act::Remove), (Key::Delete, Act::Remove)];
            list.add(&keys, "d", ("Remove", 2), "remove the row; Delete, too");
        }
        if on_body && self.waiver_here().is_some() {
            let keys = [(Key::Char('d'), Act::Remove), (Key::Delete, Act::Remove)];
            list.add(
                &keys,
                "d",
                ("No waiver", 2),
                "take the waiver back; Delete, too",
            );
        }
        if item
            .as_ref()
            .is_some_and(|item| !matches!(item, Item::Trouble(_)))
        {
            let word = match self.page {
                // Enter shows the same there.
                Page::Host => "",
                _ => "Explain",
            };
            let keys = [(Key::Char('e'), Act::Explain)];
            list.add(
                &keys,
                "e",
                (word, 4),
                "explain the row: rule, facts, source",
            );
        }
        if self.page == Page::Interface && self.buttons().contains(&Button::ShowAll) {
            list.add(
                &[(Key::Char('a'), Act::All)],
                "a",
                ("All", 5),
                "show all interfaces, or few",
            );
        }
        if matches!(self.page, Page::Host | Page::Interface) {
            list.add(
                &[(Key::Char('/'), Act::Filter)],
                "/",
                ("Filter", 5),
                "filter the list",
            );
        }
        if self.run.is_some() && matches!(self.page, Page::Apply | Page::Done) {
            list.add(
                &[(Key::Char('l'), Act::Log)],
                "l",
                ("Full log", 2),
                "the whole log",
            );
        }
        if self.page == Page::Apply {
            let keys = [(Key::PageUp, Act::LogUp), (Key::PageDown, Act::Log)];
            list.add(
                &keys,
                "PgUp/PgDn",
                ("Scroll", 4),
                "the whole log, a page back",
            );
            list.add(
                &[(Key::Char('w'), Act::WrappedLog)],
                "w",
                ("Wrap", 4),
                "the whole log, its lines wrapped",
            );
        }
        if self.page == Page::Done {
            list.add(
                &[(Key::Char('s'), Act::Support)],
                "s",
                ("Support bundle", 6),
                "save what support wants to see, without secrets",
            );
            list.add(
                &[(Key::Char('q'), Act::Finish)],
                "q",
                ("Finish", 2),
                "leave",
            );
        }
    }

    fn everywhere(&self, list: &mut List) {
        let can_check = !matches!(self.page, Page::Earlier | Page::Apply | Page::Done);
        if can_check && self.busy.is_none() {
            let mut keys = vec![(Key::F(5), Act::Again)];
            let help = match self.page {
                Page::Plan => "check the host and make the plan again",
                _ => "check the host again",
            };
            if !self.typing() {
                keys.push((Key::Char('r'), Act::Again));
            }
            let word = match self.page {
                Page::Host => "Check again",
                Page::Plan => "Again",
                _ => "",
            };
            list.add(
                &keys,
                if self.typing() { "F5" } else { "r/F5" },
                (word, 5),
                help,
            );
        }
        if self.buttons().contains(&Button::Next) {
            let keys = [(Key::Ctrl('n'), Act::Next), (Key::F(10), Act::Next)];
            let word = if matches!(self.page, Page::Needs | Page::Settings) {
                "Next"
            } else {
                ""
            };
            list.add(&keys, "^N", (word, 3), "to the next page; F10, too");
        }
        if self.can_go_back() {
            list.add(
                &[(Key::Esc, Act::Back)],
                "Esc",
                ("Back", 2),
                "to the page before; never quits",
            );
        }
        if !matches!(self.page, Page::Earlier | Page::Apply) {
            let keys = [(Key::Ctrl('o'), Act::Save), (Key::F(2), Act::Save)];
            let word = match self.page {
                Page::Host | Page::Done => "",
                _ => "Save",
            };
            list.add(&keys, "^O", (word, 6), "save the answers; F2, too");
        }
        let (word, help) = match self.page {
            Page::Apply => ("Stop", "ask to stop the run"),
            Page::Done => ("", "leave"),
            _ => ("Quit", "ask to quit"),
        };
        list.add(&[(Key::Ctrl('c'), Act::Interrupt)], "^C", (word, 1), help);
        list.add(
            &[(Key::Ctrl('l'), Act::Redraw)],
            "^L",
            NONE,
            "draw everything again",
        );
        list.add(
            &[(Key::Ctrl('t'), Act::Look)],
            "^T",
            NONE,
            "rich or basic look",
        );
        if !self.is_running() {
            list.add(
                &[(Key::Ctrl('z'), Act::Suspend)],
                "^Z",
                NONE,
                "suspend, as in a shell",
            );
        }
    }

    pub(super) fn can_go_back(&self) -> bool {
        self.page.back().is_some() || self.page == Page::Host && self.earlier.is_some()
    }

    /// The keys in one row, with the rank of each.
    pub fn keys(&self) -> Vec<(String, u8)> {
        let bindings = self.bindings();
        let shown = bindings.iter().filter(|binding| !binding.word.is_empty());
        shown
            .map(|binding| (format!("{} {}", binding.name, binding.word), binding.rank))
            .collect()
    }
}
