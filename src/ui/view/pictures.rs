//! The pictures of the wizard in docs/screens: its real screens, drawn as SVG.
//!
//! `GROUNDCREW_REGEN=1 cargo test --lib pictures` makes them anew.

use std::fmt::Write as _;
use std::path::Path;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::draw;
use super::played::Played;
use crate::apply::engine::Event;
use crate::apply::journal::StepState;
use crate::ui::ladder::{Colours, Glyphs};
use crate::ui::sample::{self, Sample};
use crate::ui::theme::Theme;
use crate::ui::wizard::key::Key;
use crate::ui::wizard::{Msg, Page, Wizard};

const COLUMNS: u16 = 80;
const ROWS: u16 = 24;
/// Pixels of a cell, and around the screen. A cell is as wide as a character of
/// the usual fonts at `FONT` pixels (0.6 of them); others are set to it.
const CELL: (usize, usize) = (9, 18);
const FONT: usize = 15;
const MARGIN: usize = 12;
/// A panel of its own on pages in light and in dark.
const BACK: &str = "#1b2026";
const FRONT: &str = "#d8dee4";

/// What a cell looks like.
#[derive(PartialEq, Eq, Clone, Copy)]
struct Ink {
    front: &'static str,
    back: Option<&'static str>,
    bold: bool,
}

fn ink(cell: &Cell) -> Ink {
    let front = match cell.fg {
        Color::Green => "#6cc26f",
        Color::Yellow => "#e0b04a",
        Color::Red => "#ff8080",
        Color::DarkGray => "#9aa5b1",
        Color::Reset => FRONT,
        other => panic!("a colour that the pictures do not know: {other:?}"),
    };
    let reversed = cell.modifier.contains(Modifier::REVERSED);
    Ink {
        front: if reversed { BACK } else { front },
        back: reversed.then_some(front),
        bold: cell.modifier.contains(Modifier::BOLD),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A row as runs of equal looks: the column, the look, the text.
fn runs(cells: &[Cell]) -> Vec<(usize, Ink, String)> {
    let mut runs: Vec<(usize, Ink, String)> = Vec::new();
    for (column, cell) in cells.iter().enumerate() {
        let ink = ink(cell);
        match runs.last_mut() {
            Some((_, last, text)) if *last == ink => text.push_str(cell.symbol()),
            _ => runs.push((column, ink, cell.symbol().to_owned())),
        }
    }
    runs
}

/// The screen as SVG: a picture that needs nothing beside itself, with its text
/// as text.
fn svg(buffer: &Buffer, title: &str, about: &str) -> String {
    let (width, height) = CELL;
    let columns = usize::from(buffer.area.width);
    let rows = usize::from(buffer.area.height);
    let (wide, high) = (columns * width + 2 * MARGIN, rows * height + 2 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" \
         viewBox=\"0 0 {wide} {high}\" role=\"img\" aria-labelledby=\"title about\">\n\
         <title id=\"title\">{}</title>\n<desc id=\"about\">{}</desc>\n\
         <style>text{{font:{FONT}px Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',\
         monospace;white-space:pre;fill:{FRONT}}}.b{{font-weight:bold}}</style>\n\
         <rect x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"6\" fill=\"{BACK}\" \
         stroke=\"#6b7683\"/>\n",
        escaped(title),
        escaped(about),
        wide - 1,
        high - 1,
    );
    for (row, cells) in buffer.content().chunks(columns).enumerate() {
        let top = MARGIN + row * height;
        for (column, ink, text) in runs(cells) {
            let count = text.chars().count();
            if let Some(back) = ink.back {
                let _ = writeln!(
                    out,
                    "<rect x=\"{}\" y=\"{top}\" width=\"{}\" height=\"{height}\" fill=\"{back}\"/>",
                    MARGIN + column * width,
                    count * width,
                );
            }
            let words = text.trim();
            if words.is_empty() {
                continue;
            }
            let indent = count - text.trim_start().chars().count();
            let fill = match ink.front {
                FRONT => String::new(),
                colour => format!(" style=\"fill:{colour}\""),
            };
            let _ = writeln!(
                out,
                "<text x=\"{}\" y=\"{}\" textLength=\"{}\"{}{fill}>{}</text>",
                MARGIN + (column + indent) * width,
                top + height - 5,
                words.chars().count() * width,
                if ink.bold { " class=\"b\"" } else { "" },
                escaped(words),
            );
        }
    }
    out.push_str("</svg>\n");
    out
}

/// The screen without the version, with which the pictures would change.
fn without_version(screen: &Buffer) -> Buffer {
    let mut screen = screen.clone();
    let first: String = (0..COLUMNS).map(|x| screen[(x, 0)].symbol()).collect();
    let version = concat!(" groundcrew ", env!("CARGO_PKG_VERSION"), " ");
    assert!(first.starts_with(version), "{first}");
    for x in " groundcrew ".len()..version.len() {
        screen[(u16::try_from(x).unwrap(), 0)].set_symbol(" ");
    }
    screen
}

/// Holds docs/screens/NAME.svg against what the wizard draws now.
fn hold(name: &str, about: &str, wizard: &Wizard) {
    let theme = Theme {
        colours: Colours::Sixteen,
        glyphs: Glyphs::Unicode,
    };
    let mut terminal = Terminal::new(TestBackend::new(COLUMNS, ROWS)).unwrap();
    terminal
        .draw(|frame| {
            draw(wizard, theme, frame.buffer_mut());
        })
        .unwrap();
    let title = format!("The wizard of groundcrew: {name}");
    let drawn = svg(&without_version(terminal.backend().buffer()), &title, about);
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs/screens")
        .join(format!("{}.svg", name.to_lowercase()));
    if std::env::var_os("GROUNDCREW_REGEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &drawn).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == drawn,
        "{} lags behind the wizard: run .ci/regenerate",
        path.display()
    );
}

fn told(played: &mut Played, step: usize, state: StepState) {
    played.tell(Msg::Run(Event::Step {
        step,
        title: "a step".into(),
        state,
        error: None,
    }));
}

#[test]
fn the_pictures_of_the_documents_are_those_of_the_wizard() {
    let mut el6 = Played::new(Sample::el6(), Sample::answers());
    el6.keys(&[Key::Down]);
    hold(
        "Host",
        "Findings about the host, each with pass, warn, unknown or fail; the details of one.",
        &el6.wizard,
    );

    let mut played = Played::new(Sample::el7(), Sample::answers());
    let peers = "[{name: app01, endpoint: 10.0.0.11:51820, address: 10.90.0.1, public-key: \
                 xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=}]";
    played
        .wizard
        .answers
        .set_text("overlay.wireguard.peers", peers)
        .unwrap();
    for (page, name, about) in [
        (
            Page::Scheduler,
            "Scheduler",
            "The three schedulers, one recommended, why, and what would change this.",
        ),
        (
            Page::Overlay,
            "Overlay",
            "The private networks, WireGuard recommended, with notes on each.",
        ),
        (
            Page::Settings,
            "Settings",
            "The settings of the private network, each with its default filled in.",
        ),
        (
            Page::Interface,
            "Interface",
            "Every interface of the host with its verdict; wg0 is recommended, and why.",
        ),
    ] {
        played.go(page);
        hold(name, about, &played.wizard);
    }
    played.go(Page::Plan);
    played.keys(&[Key::Down]);
    hold(
        "Plan",
        "The steps, whether each is to be done, how it is undone, and the diff of one.",
        &played.wizard,
    );
    played.go(Page::Apply);
    told(&mut played, 0, StepState::Present);
    told(&mut played, 1, StepState::Started);
    played.tell(Msg::Log(
        "2026-11-22T20:42:17Z $ ip link add wg0 type wireguard".into(),
    ));
    played.tell(Msg::Tick(std::time::Duration::from_secs(4)));
    hold(
        "Apply",
        "The run as it goes: the step that runs, those before and after it, the log.",
        &played.wizard,
    );
    told(&mut played, 1, StepState::Done);
    told(&mut played, 2, StepState::Started);
    told(&mut played, 2, StepState::Done);
    played.tell(Msg::Finished(Box::new(sample::finished(2))));
    hold(
        "Done",
        "What was changed, what was verified, what comes next, and which files were saved.",
        &played.wizard,
    );
}
