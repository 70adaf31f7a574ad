//! Which keys do what in a dialog.

use super::bindings::{Act, Binding, EDIT, List, NONE};
use super::dialog::Dialog;
use super::key::Key;

/// The keys of a dialog.
pub(super) fn dialog_bindings(dialog: &Dialog) -> Vec<Binding> {
    let mut list = List(Vec::new());
    let moves = on(&[
        Key::Left,
        Key::Right,
        Key::Up,
        Key::Down,
        Key::Tab,
        Key::BackTab,
        Key::Char('h'),
        Key::Char('j'),
        Key::Char('k'),
    ]);
    let choose = on(&[Key::Enter, Key::Char(' ')]);
    let no = on(&[Key::Esc, Key::Char('n')]);
    match dialog {
        Dialog::Quit { .. } => {
            list.add(&moves, "Left/Right", ("Move", 3), "to another answer");
            list.add(&choose, "Enter", ("Choose", 2), "take it");
            list.add(&no, "Esc", ("No", 1), "no; n, too");
            list.add(
                &on(&[Key::Ctrl('c'), Key::Char('y')]),
                "^C",
                ("Yes", 2),
                "quit; y, too",
            );
        }
        Dialog::Stop { hard, asked, .. } => {
            list.add(&moves, "Left/Right", ("Move", 3), "to another answer");
            list.add(&choose, "Enter", ("Choose", 2), "take it");
            if *asked {
                list.add(&no, "Esc", ("Close", 1), "leave it at that; n, too");
            } else {
                list.add(&no, "Esc", ("Go on", 1), "go on; n, too");
            }
            list.add(&on(&[Key::Char('y')]), "y", NONE, "stop after this step");
            let word = if *hard { "" } else { "Stop the command, too" };
            list.add(
                &on(&[Key::Ctrl('c')]),
                "^C",
                (word, 2),
                "stop the running command, too",
            );
        }
        Dialog::Failed { .. } => {
            list.add(&moves, "Up/Down", ("Move", 3), "to another choice");
            list.add(&choose, "Enter", ("Choose", 2), "take it");
            list.add(
                &on(&[Key::Char('l')]),
                "l",
                ("Full log", 2),
                "the whole log",
            );
            list.add(
                &on(&[Key::Char('s')]),
                "s",
                ("Save support bundle", 2),
                "save what support wants to see",
            );
            list.add(
                &on(&[Key::PageUp, Key::PageDown]),
                "PgUp/PgDn",
                ("Scroll", 4),
                "scroll the error",
            );
        }
        Dialog::Info { .. } => {
            scrolling(&mut list);
            let keys = on(&[
                Key::Esc,
                Key::Enter,
                Key::Char('q'),
                Key::Char(' '),
                Key::Ctrl('c'),
            ]);
            list.add(&keys, "Esc", ("Close", 1), "close it; Enter, too");
        }
        Dialog::Log { .. } => {
            scrolling(&mut list);
            list.add(
                &on(&[Key::Char('w')]),
                "w",
                ("Wrap", 2),
                "wrap long lines, or cut them",
            );
            let keys = on(&[Key::Esc, Key::Enter, Key::Char('q'), Key::Char(' ')]);
            list.add(&keys, "Esc", ("Close", 1), "close it");
            list.add(&on(&[Key::Ctrl('c')]), "^C", NONE, "ask to stop the run");
        }
        Dialog::Record(_) => {
            list.add(
                &on(&[Key::Up, Key::Down, Key::Tab, Key::BackTab]),
                "Up/Down",
                ("Move", 3),
                "to another field",
            );
            list.add(
                &on(&[Key::Left, Key::Right, Key::Char(' ')]),
                "Space",
                ("Change", 3),
                "change a choice",
            );
            list.add(
                &on(&[Key::Enter]),
                "Enter",
                ("Next", 2),
                "to the next field, or press the button",
            );
            list.add(&on(&[Key::F(1)]), "F1", ("Help", 2), "about the field");
            list.add(
                &on(&[Key::Esc, Key::Ctrl('c')]),
                "Esc",
                ("Cancel", 1),
                "change nothing",
            );
            list.add(&edits(), "^U", NONE, "clear the field");
        }
        Dialog::Path { .. } => {
            list.add(
                &on(&[Key::Enter]),
                "Enter",
                ("Save", 1),
                "save to this file",
            );
            list.add(&edits(), "^U", ("Clear", 2), "clear the field");
            list.add(
                &on(&[Key::Esc, Key::Ctrl('c')]),
                "Esc",
                ("Cancel", 1),
                "save nothing",
            );
        }
        Dialog::Filter { .. } => {
            list.add(
                &on(&[Key::Enter, Key::Up, Key::Down, Key::Tab]),
                "Enter",
                ("Keep the filter", 1),
                "keep it",
            );
            list.add(&edits(), "^U", NONE, "clear the field");
            list.add(
                &on(&[Key::Esc, Key::Ctrl('c')]),
                "Esc",
                ("No filter", 1),
                "show everything",
            );
        }
    }
    list.0
}

fn edits() -> Vec<(Key, Act)> {
    EDIT.iter().map(|(key, _)| (*key, Act::Dialog)).collect()
}

/// Keys of a dialog.
fn on(keys: &[Key]) -> Vec<(Key, Act)> {
    keys.iter().map(|key| (*key, Act::Dialog)).collect()
}

fn scrolling(list: &mut List) {
    let keys = on(&[Key::Up, Key::Down, Key::Char('k'), Key::Char('j')]);
    list.add(&keys, "Up/Down", ("", 3), "a line");
    let keys = on(&[Key::PageUp, Key::PageDown]);
    list.add(&keys, "Up/Down PgUp/PgDn", ("Scroll", 2), "a page");
    let keys = on(&[Key::Home, Key::End, Key::Char('g'), Key::Char('G')]);
    list.add(&keys, "Home/End", NONE, "to the beginning and the end");
}
