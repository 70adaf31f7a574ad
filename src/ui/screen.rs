//! The terminal: taken over for the wizard, and given back whatever happens.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};

use crossterm::cursor::{MoveTo, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::queue;
use crossterm::style::{Attribute, SetAttribute};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::ladder::{Chosen, window_size};
use super::theme::Theme;
use super::view;
use super::wire::Wire;
use super::wizard::Wizard;

/// What is taken for the size where the terminal does not know its own, as on a
/// bare serial line: that of a VT100.
const USUAL: (u16, u16) = (80, 24);
/// The most columns and rows that are drawn on. Anybody may write any size into
/// a terminal (`stty columns 65535`), and a frame has to fit into memory.
const MOST: (u16, u16) = (500, 200);

/// Whether the terminal is taken over now.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Rows of a terminal without an alternate screen; 0: it has one.
static ROWS: AtomicU16 = AtomicU16::new(0);

/// The terminal while the wizard has it.
pub struct Screen {
    wire: Wire,
    buffer: Buffer,
    theme: Theme,
}

/// Columns and rows that are drawn on.
fn size() -> (u16, u16) {
    drawn_on(window_size())
}

fn drawn_on(told: Option<(u16, u16)>) -> (u16, u16) {
    match told {
        Some((columns, rows)) if columns > 0 && rows > 0 => (columns.min(MOST.0), rows.min(MOST.1)),
        _ => USUAL,
    }
}

/// Takes the terminal over.
fn take() -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    let mut out = io::stdout();
    match ROWS.load(Ordering::SeqCst) {
        0 => queue!(out, EnterAlternateScreen)?,
        // What stands there is moved out of the way, and so stays in the
        // scrollback, where there is one.
        rows => {
            queue!(out, MoveTo(0, rows - 1))?;
            out.write_all(&b"\n".repeat(usize::from(rows)))?;
        }
    }
    queue!(out, EnableBracketedPaste)?;
    out.flush()
}

/// Gives the terminal back, if it is taken. What fails is passed over: the
/// terminal may be gone.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    let _ = queue!(out, SetAttribute(Attribute::Reset));
    if ROWS.load(Ordering::SeqCst) == 0 {
        let _ = queue!(out, LeaveAlternateScreen);
    } else {
        let _ = queue!(out, MoveTo(0, 0), Clear(ClearType::All));
    }
    let _ = queue!(out, DisableBracketedPaste, Show);
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Whether the terminal is taken over.
#[cfg(test)]
pub(super) fn is_taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

/// As if the terminal were taken over.
#[cfg(test)]
pub(super) fn pretend() {
    TAKEN.store(true, Ordering::SeqCst);
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When it cannot be set up.
    pub fn new(chosen: &Chosen) -> io::Result<Self> {
        let (columns, rows) = size();
        let without = if chosen.alternate { 0 } else { rows };
        ROWS.store(without, Ordering::SeqCst);
        take().inspect_err(|_| give_back())?;
        Ok(Self {
            wire: Wire::default(),
            buffer: Buffer::empty(Rect::new(0, 0, columns, rows)),
            theme: Theme {
                colours: chosen.colours,
                glyphs: chosen.glyphs,
            },
        })
    }

    /// Columns and rows that are drawn on from now on: what the terminal has.
    pub fn fit(&mut self) -> (u16, u16) {
        let (columns, rows) = size();
        if ROWS.load(Ordering::SeqCst) != 0 {
            ROWS.store(rows, Ordering::SeqCst);
        }
        // Also where it is the same as before: terminals move what they show
        // while their size changes.
        self.buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
        self.forget();
        (columns, rows)
    }

    /// Draws the wizard.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, wizard: &Wizard) -> io::Result<()> {
        let caret = view::draw(wizard, self.theme, &mut self.buffer);
        let bytes = self.wire.frame(&self.buffer, caret);
        if bytes.is_empty() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        out.write_all(&bytes)?;
        out.flush()
    }

    /// Draws everything again at the next [`Screen::draw`].
    pub fn forget(&mut self) {
        self.wire.forget();
    }

    /// Whether everything will be drawn again.
    pub fn is_forgotten(&self) -> bool {
        self.wire.is_forgotten()
    }

    /// Gives the terminal back for a while: until [`Screen::resume`].
    pub fn leave(&mut self) {
        give_back();
        self.forget();
    }

    /// Takes the terminal over again after the program was stopped, whoever has
    /// set it to what meanwhile.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn resume(&mut self) -> io::Result<()> {
        // The one who stopped the program (`kill -STOP`) left it no time to give
        // anything back: then the mode is not known to be another one now.
        disable_raw_mode()?;
        self.forget();
        take()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_nobody_knows_is_the_usual_one_and_none_is_endless() {
        assert_eq!(drawn_on(None), (80, 24));
        assert_eq!(drawn_on(Some((0, 0))), (80, 24));
        assert_eq!(drawn_on(Some((80, 0))), (80, 24));
        assert_eq!(drawn_on(Some((132, 50))), (132, 50));
        assert_eq!(drawn_on(Some((u16::MAX, u16::MAX))), MOST);
    }
}
