use super::*;
use proptest::prelude::*;
use ratatui::layout::Rect;
use ratatui::style::Style as Wanted;

const COLUMNS: u16 = 12;
const ROWS: u16 = 4;

fn terminal() -> vt100::Parser {
    let size = |n| std::num::NonZeroU16::new(n).unwrap();
    vt100::Parser::new(size(ROWS), size(COLUMNS), 0)
}

fn empty() -> Buffer {
    Buffer::empty(Rect::new(0, 0, COLUMNS, ROWS))
}

/// What the terminal shows is what was drawn.
fn assert_shown(terminal: &vt100::Parser, drawn: &Buffer, caret: Option<(u16, u16)>) {
    let screen = terminal.screen();
    for (row, places) in rows(drawn).iter().enumerate() {
        for (column, place) in places.iter().enumerate() {
            if (row, column) == (usize::from(ROWS) - 1, usize::from(COLUMNS) - 1) {
                continue;
            }
            let Place::Char(symbol, style) = place else {
                continue;
            };
            let cell = screen
                .cell(u16::try_from(row).unwrap(), u16::try_from(column).unwrap())
                .unwrap();
            let text = match cell.contents() {
                "" => " ",
                text => text,
            };
            assert_eq!(text, symbol, "row {row}, column {column}");
            let colour = match cell.fgcolor() {
                vt100::Color::Default => None,
                vt100::Color::Idx(n) => Some(n),
                vt100::Color::Rgb(..) => panic!("never"),
            };
            let looks = Style {
                front: colour,
                bold: cell.bold(),
                faint: cell.dim(),
                reversed: cell.inverse(),
            };
            if symbol != " " || style.reversed {
                assert_eq!(looks, *style, "row {row}, column {column}");
            } else {
                assert!(!looks.reversed, "row {row}, column {column}");
            }
        }
    }
    assert_eq!(screen.hide_cursor(), caret.is_none());
    if let Some((column, row)) = caret {
        assert_eq!(screen.cursor_position(), (row, column));
    }
}

fn styles() -> impl Strategy<Value = Wanted> {
    let plain = Wanted::new();
    prop_oneof![
        Just(plain),
        Just(plain.add_modifier(Modifier::REVERSED)),
        Just(plain.add_modifier(Modifier::BOLD)),
        Just(plain.add_modifier(Modifier::DIM)),
        Just(plain.fg(Color::Green)),
        Just(plain.fg(Color::LightRed)),
        Just(plain.fg(Color::Red).add_modifier(Modifier::BOLD)),
    ]
}

prop_compose! {
    fn texts()(texts in prop::collection::vec(
        ("[a-c \u{2500}\u{754c}]{0,9}", 0..COLUMNS, 0..ROWS, styles()), 0..9)) -> Buffer {
        let mut buffer = empty();
        for (text, x, y, style) in texts {
            let room = usize::from(COLUMNS - x);
            buffer.set_stringn(x, y, text, room, style);
        }
        buffer
    }
}

proptest! {
    #[test]
    fn the_terminal_shows_what_was_drawn(
        frames in prop::collection::vec(
            (texts(), prop::option::of((0..COLUMNS, 0..ROWS)), any::<bool>()), 1..6)
    ) {
        let (mut wire, mut terminal) = (Wire::default(), terminal());
        for (buffer, caret, forget) in frames {
            if forget {
                wire.forget();
            }
            let bytes = wire.frame(&buffer, caret);
            terminal.process(&bytes);
            assert_shown(&terminal, &buffer, caret);
            prop_assert!(wire.frame(&buffer, caret).is_empty(), "nothing changed");
        }
    }
}

#[test]
fn little_is_written_for_little() {
    let mut wire = Wire::default();
    let mut buffer = empty();
    buffer.set_string(0, 1, "one two 3", Wanted::new());
    let first = wire.frame(&buffer, Some((0, 0)));
    let text = String::from_utf8(first).unwrap();
    assert_eq!(text, "\x1b[m\x1b[H\x1b[2J\r\none two 3\x1b[1;1H\x1b[?25h");
    buffer.set_string(8, 1, "4", Wanted::new());
    let text = String::from_utf8(wire.frame(&buffer, Some((0, 0)))).unwrap();
    assert_eq!(text, "\x1b[2;9H4\x1b[1;1H");
    // Erased, not written over with blanks.
    buffer.reset();
    let text = String::from_utf8(wire.frame(&buffer, Some((0, 0)))).unwrap();
    assert_eq!(text, "\r\n\x1b[K\x1b[1;1H");
}

#[test]
fn colours_are_those_that_every_terminal_has() {
    let mut buffer = empty();
    let rich = Wanted::new()
        .fg(Color::Rgb(1, 2, 3))
        .bg(Color::Indexed(200));
    buffer.set_string(0, 0, "a", rich);
    buffer.set_string(1, 0, "b", Wanted::new().fg(Color::LightYellow));
    let text = String::from_utf8(Wire::default().frame(&buffer, None)).unwrap();
    assert!(text.contains("a\x1b[1;33mb"), "{text:?}");
    assert!(!text.contains("38;") && !text.contains("48;") && !text.contains("59"));
}
