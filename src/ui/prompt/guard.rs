//! What prompts owe to the terminal when a signal ends the program in the middle
//! of one: its modes back, and its cursor.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::emulate_default_handler;

use crate::host::signals::is_ignored;

/// Whether a run goes on, which deals with signals itself.
static RUNNING: AtomicBool = AtomicBool::new(false);

/// From here on signals are the run's.
pub(super) fn a_run_begins() {
    RUNNING.store(true, Ordering::SeqCst);
}

/// While this lives, a signal that ends the program gives the terminal back
/// first.
#[derive(Debug)]
pub struct Guard {
    handle: Handle,
}

impl Guard {
    /// Notes how the terminal is now. `cursor`: prompts hide it, and switch on
    /// that pasted text is marked.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn set(cursor: bool) -> io::Result<Self> {
        let before = tcgetattr(io::stdin().as_fd()).ok();
        let mut signals = Signals::new(
            [SIGINT, SIGTERM, SIGHUP]
                .into_iter()
                // `nohup groundcrew` goes on when the terminal hangs up.
                .filter(|signal| !is_ignored(*signal)),
        )?;
        let handle = signals.handle();
        std::thread::spawn(move || {
            for signal in signals.forever() {
                if !RUNNING.load(Ordering::SeqCst) {
                    give_back(before.as_ref(), cursor);
                    let _ = emulate_default_handler(signal);
                }
            }
        });
        Ok(Self { handle })
    }
}

/// What fails is passed over: the terminal may be gone.
fn give_back(before: Option<&Termios>, cursor: bool) {
    if cursor {
        let mut err = io::stderr();
        let _ = err.write_all(b"\x1b[m\x1b[?25h\x1b[?2004l\r\n\x1b[J");
    }
    if let Some(before) = before {
        let _ = tcsetattr(io::stdin().as_fd(), SetArg::TCSANOW, before);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.handle.close();
    }
}
