//! What the pages cost on the wire, key by key.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Wire;
use crate::answers::Answers;
use crate::apply::engine::Event;
use crate::apply::journal::StepState;
use crate::ui::ladder::{Colours, Glyphs};
use crate::ui::sample::Sample;
use crate::ui::theme::Theme;
use crate::ui::view::{draw, played::Played};
use crate::ui::wizard::key::Key;
use crate::ui::wizard::{Msg, Page};

/// The most bytes for a key that stays on its page: half a second at 9600 baud,
/// where another paragraph of explanation has to be shown; a third of that where
/// only the cursor moves.
const KEY: usize = 512;
/// The most for a letter in a field: it must not lag behind.
const LETTER: usize = 40;
/// The most for a page, a dialog, or a list that scrolls.
const FRAME: usize = 1900;
/// The most for a second that passes.
const TICK: usize = 40;

/// A wizard on a line whose bytes are counted.
struct Line {
    played: Played,
    wire: Wire,
    buffer: Buffer,
    theme: Theme,
}

impl Line {
    fn new(host: Sample, answers: Answers, theme: Theme) -> Self {
        let mut line = Self {
            played: Played::new(host, answers),
            wire: Wire::default(),
            buffer: Buffer::empty(Rect::new(0, 0, 80, 24)),
            theme,
        };
        line.bytes();
        line
    }

    /// The bytes of the next frame.
    fn bytes(&mut self) -> usize {
        let caret = draw(&self.played.wizard, self.theme, &mut self.buffer);
        self.wire.frame(&self.buffer, caret).len()
    }

    fn key(&mut self, key: Key) -> usize {
        self.played.keys(&[key]);
        self.bytes()
    }
}

/// Themes of a serial line and of a terminal with everything.
const THEMES: [Theme; 2] = [
    Theme::BASIC,
    Theme {
        colours: Colours::Sixteen,
        glyphs: Glyphs::Unicode,
    },
];

const MOVES: [Key; 12] = [
    Key::Down,
    Key::Down,
    Key::Down,
    Key::Up,
    Key::Tab,
    Key::Tab,
    Key::BackTab,
    Key::Right,
    Key::Left,
    Key::Down,
    Key::Up,
    Key::F(12),
];

#[test]
fn a_key_changes_little_on_a_serial_line() {
    let pages = [
        Page::Host,
        Page::Needs,
        Page::Scheduler,
        Page::Overlay,
        Page::Settings,
        Page::Interface,
        Page::Plan,
    ];
    let mut told = String::new();
    for (theme, host) in THEMES.iter().flat_map(|theme| {
        let hosts: [fn() -> Sample; 2] = [Sample::el6, Sample::el7];
        hosts.map(|host| (*theme, host))
    }) {
        let mut line = Line::new(host(), Sample::answers(), theme);
        // A character of a box has three bytes in UTF-8, and no serial line gets
        // any.
        let times = match theme.glyphs {
            Glyphs::Ascii => 1,
            Glyphs::Unicode => 2,
        };
        let (most_of_page, most_of_key) = (times * FRAME, times * KEY);
        for page in pages {
            line.played.go(page);
            let whole = line.bytes();
            assert!(whole <= most_of_page, "{page:?}: {whole} bytes");
            let mut most = 0;
            for key in MOVES {
                if line.played.wizard.page != page {
                    break;
                }
                let bytes = line.key(key);
                if line.played.wizard.page == page {
                    assert!(bytes <= most_of_key, "{page:?}: {key:?} cost {bytes} bytes");
                    most = most.max(bytes);
                }
            }
            told.push_str(&format!(
                "{page:?}: {whole} for the page, {most} for a key\n"
            ));
            line.played.go(page);
            line.bytes();
        }
        let help = line.key(Key::F(1));
        assert!(help <= most_of_page, "help: {help} bytes");
        let back = line.key(Key::Esc);
        assert!(back <= most_of_page, "help is left: {back} bytes");
    }
    println!("{told}");
}

#[test]
fn a_letter_costs_next_to_nothing() {
    let mut line = Line::new(Sample::el7(), Sample::answers(), Theme::BASIC);
    line.played.go(Page::Settings);
    while !line.played.wizard.typing() {
        line.key(Key::Down);
    }
    line.key(Key::Ctrl('u'));
    // The first one takes an error off the line of messages.
    line.key(Key::Char('1'));
    for c in "0.90.0.17".chars() {
        let bytes = line.key(Key::Char(c));
        assert!(bytes <= LETTER, "{c}: {bytes} bytes");
    }
    for key in [Key::Left, Key::Home, Key::Right, Key::End, Key::Backspace] {
        let bytes = line.key(key);
        assert!(bytes <= LETTER, "{key:?}: {bytes} bytes");
    }
    let pasted = {
        line.played.tell(Msg::Paste("2001:db8::1\n".repeat(1000)));
        line.bytes()
    };
    assert!(pasted <= KEY, "a large paste: {pasted} bytes");
}

#[test]
fn time_that_passes_does_not_flood_the_line() {
    let mut line = Line::new(Sample::el7(), Sample::answers(), Theme::BASIC);
    line.played.wizard.busy = Some(("Looking at this host".into(), Duration::ZERO));
    line.played.tell(Msg::Tick(Duration::from_secs(2)));
    line.bytes();
    for second in 3..200 {
        line.played.tell(Msg::Tick(Duration::from_secs(second)));
        let bytes = line.bytes();
        assert!(bytes <= TICK, "second {second} of waiting: {bytes} bytes");
    }
    line.played.wizard.busy = None;
    line.played.go(Page::Apply);
    line.played.tell(Msg::Run(Event::Step {
        step: 0,
        title: "a step".into(),
        state: StepState::Started,
        error: None,
    }));
    line.bytes();
    for second in 200..400 {
        line.played.tell(Msg::Tick(Duration::from_secs(second)));
        let bytes = line.bytes();
        assert!(bytes <= TICK, "second {second} of a run: {bytes} bytes");
    }
    // A line of the log moves those above it.
    for n in 0..20 {
        let text = format!("2026-11-22T20:42:{n:02}Z $ ip link set wg0 up number {n}");
        line.played.tell(Msg::Log(text));
        let bytes = line.bytes();
        assert!(bytes <= KEY, "a line of the log: {bytes} bytes");
    }
}
