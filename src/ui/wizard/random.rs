//! Keys, sizes and events at random.

use std::time::Duration;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::key::Key;
use super::pages::Button;
use super::reading::Drawn;
use super::{Focus, Msg, Page};
use crate::ui::sample::{self, Sample};
use crate::ui::theme::Theme;
use crate::ui::view::{draw, played::Played};

fn failed(played: &mut Played) {
    played.tell(Msg::StepFailed {
        step: 1,
        title: "Bring up wg0".into(),
        error: "no".into(),
    });
}

fn any_key() -> impl Strategy<Value = Key> {
    prop_oneof![
        4 => Just(Key::Down),
        4 => Just(Key::Enter),
        4 => Just(Key::Tab),
        2 => Just(Key::Up),
        1 => Just(Key::BackTab),
        1 => Just(Key::Left),
        2 => Just(Key::Right),
        1 => Just(Key::Esc),
        1 => Just(Key::Home),
        1 => Just(Key::End),
        1 => Just(Key::PageUp),
        1 => Just(Key::PageDown),
        1 => Just(Key::Backspace),
        1 => Just(Key::Delete),
        1 => (1u8..13).prop_map(Key::F),
        2 => proptest::char::range('a', 'z').prop_map(Key::Ctrl),
        6 => prop_oneof![Just('a'), Just('d'), Just('e'), Just('l'), Just('/'), Just('?'), Just(' '), Just('1'), Just('\u{e9}'), Just('\u{4e2d}'), Just('w'), Just('r'), Just('y'), Just('g'), Just('G'), Just('j'), Just('k'), Just('h'), Just('s'), Just('q'), Just('L'), Just('n')].prop_map(Key::Char),
    ]
}

#[derive(Debug, Clone)]
enum Move {
    Key(Key),
    Size(u16, u16),
    Paste(String),
    Fail,
    End,
}

fn any_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        20 => any_key().prop_map(Move::Key),
        3 => (1u16..200, 1u16..60).prop_map(|(columns, rows)| Move::Size(columns, rows)),
        1 => "\\PC{0,20}".prop_map(Move::Paste),
        1 => Just(Move::Fail),
        1 => Just(Move::End),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn no_keys_and_no_size_break_it(moves in prop::collection::vec(any_move(), 1..120), jump in 0usize..8) {
        let mut host = Sample::el7();
        if jump == 7 {
            host.earlier = Some(Sample::earlier(Some(Sample::answers())));
        }
        let mut played = Played::new(host, Sample::answers());
        let pages = [Page::Host, Page::Needs, Page::Scheduler, Page::Overlay, Page::Settings, Page::Interface, Page::Plan];
        if let Some(page) = pages.get(jump) {
            played.go(*page);
        }
        let mut size = (80, 24);
        for (n, one) in moves.into_iter().enumerate() {
            played.tell(Msg::Tick(Duration::from_secs(n as u64)));
            match one {
                Move::Key(key) => played.tell(Msg::Key(key)),
                Move::Size(columns, rows) => {
                    size = (columns, rows);
                    played.tell(Msg::Resize(columns, rows));
                }
                Move::Paste(text) => played.tell(Msg::Paste(text)),
                Move::Fail if played.wizard.is_running() => failed(&mut played),
                Move::End if played.wizard.is_running() => {
                    played.tell(Msg::Finished(Box::new(sample::finished(1))));
                }
                Move::Fail | Move::End => {}
            }
            let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
            let caret = draw(&played.wizard, Theme::BASIC, &mut buffer);
            prop_assert!(caret.is_none_or(|(column, row)| column < size.0 && row < size.1));
            let wizard = &played.wizard;
            prop_assert!(wizard.items().is_empty() || wizard.item().is_some());
            if let Focus::Button(at) = wizard.focus {
                prop_assert!(at < wizard.buttons().len());
            }
            // Whatever is pressed, the answers stay such that they load again.
            let numbers = wizard.answers.get("needs.nodes").and_then(|v| v.int());
            prop_assert!(numbers.is_some_and(|n| (1..=10_000).contains(&n)));
        }
        // Whatever size the terminal has in between, nothing is lost by it.
        let shown = |played: &Played, (columns, rows)| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
            draw(&played.wizard, Theme::BASIC, &mut buffer);
            // How far there is to scroll is known anew with each drawing.
            let wizard = played.wizard.clone();
            wizard.drawn.set(Drawn::default());
            format!("{wizard:?} {buffer:?}")
        };
        let before = shown(&played, size);
        for (columns, rows) in [(1, 1), (59, 15), (60, 16), (80, 24), (250, 90)] {
            played.tell(Msg::Resize(columns, rows));
            shown(&played, (columns, rows));
        }
        played.tell(Msg::Resize(size.0, size.1));
        prop_assert!(shown(&played, size) == before, "a change of size changed something");
        if played.host.changes.is_empty() && played.wizard.run.is_none() {
            prop_assert!(!played.wizard.buttons().contains(&Button::Finish));
        }
    }
}
