//! The terminal: taken over for the wizard, and given back whatever happens.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{MoveTo, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::ansi8::Ansi8;
use super::ladder::{Chosen, Colours, Size};
use super::theme::Theme;
use super::view;
use super::wizard::Wizard;

/// Bytes of a frame that are held back, so that it goes out as a whole.
const FRAME: usize = 64 * 1024;

/// Whether the terminal is taken over now.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while the wizard has it.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Ansi8<BufWriter<Stdout>>>>,
    theme: Theme,
    assumed: bool,
}

/// Takes the terminal over.
fn take() -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    // Where there is no alternate screen the wizard begins on an empty one.
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        Clear(ClearType::All),
        MoveTo(0, 0)
    )
}

/// Gives the terminal back, if it is taken. What fails is passed over: the
/// terminal may be gone.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    // Cleared, since the Linux console has no alternate screen to leave.
    let _ = queue!(out, Clear(ClearType::All), MoveTo(0, 0));
    let _ = queue!(out, DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = out.flush();
    let _ = disable_raw_mode();
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When it cannot be set up.
    pub fn new(chosen: &Chosen) -> io::Result<Self> {
        let eight = chosen.colours == Colours::Eight;
        let out = BufWriter::with_capacity(FRAME, io::stdout());
        let backend = CrosstermBackend::new(Ansi8::new(out, eight));
        let assumed = chosen.size == Size::Assumed;
        let viewport = if assumed {
            Viewport::Fixed(Rect::new(0, 0, 80, 24))
        } else {
            Viewport::Fullscreen
        };
        let terminal = take()
            .and_then(|()| Terminal::with_options(backend, TerminalOptions { viewport }))
            .inspect_err(|_| give_back())?;
        Ok(Self {
            terminal,
            theme: Theme {
                colours: chosen.colours,
                glyphs: chosen.glyphs,
            },
            assumed,
        })
    }

    /// Columns and rows that are drawn on.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        if self.assumed {
            return Ok((80, 24));
        }
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws the wizard.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, wizard: &Wizard) -> io::Result<()> {
        let theme = self.theme;
        self.terminal.draw(|frame| {
            if let Some(place) = view::draw(wizard, theme, frame.buffer_mut()) {
                frame.set_cursor_position(place);
            }
        })?;
        Ok(())
    }

    /// Draws everything again at the next [`Screen::draw`].
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn forget(&mut self) -> io::Result<()> {
        self.terminal.clear()
    }

    /// Stops the program as a shell expects it, and takes the terminal over
    /// again when it goes on.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn suspend(&mut self) -> io::Result<()> {
        use nix::sys::signal::{Signal, raise};
        give_back();
        raise(Signal::SIGTSTP)?;
        self.resume()
    }

    /// Takes the terminal over again after the program was stopped.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn resume(&mut self) -> io::Result<()> {
        take()?;
        self.forget()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}
