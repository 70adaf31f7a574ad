//! Signals that end the program, caught while something has to be put in order
//! first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::{SigId, flag, low_level};

/// The signals, caught from [`Signals::catch`] on until this is dropped. From
/// then on they end the program again.
pub struct Signals {
    caught: Vec<(i32, Arc<AtomicBool>)>,
    continued: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    resized: Arc<AtomicBool>,
    ids: Vec<SigId>,
    deadly: Arc<AtomicBool>,
}

impl Signals {
    /// Catches SIGINT, SIGTERM and SIGHUP, and hears of SIGCONT.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn catch() -> std::io::Result<Self> {
        let deadly = Arc::new(AtomicBool::new(false));
        let mut signals = Self {
            caught: Vec::new(),
            continued: Arc::new(AtomicBool::new(false)),
            stop: Arc::new(AtomicBool::new(false)),
            resized: Arc::new(AtomicBool::new(false)),
            ids: Vec::new(),
            deadly: Arc::clone(&deadly),
        };
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // `nohup groundcrew` goes on when the terminal hangs up.
            if crate::host::signals::is_ignored(signal) {
                continue;
            }
            // A handler stays for ever; this one lets the default act once
            // nobody catches the signal any more.
            flag::register_conditional_default(signal, Arc::clone(&deadly))?;
            let flag = Arc::new(AtomicBool::new(false));
            signals.ids.push(flag::register(signal, Arc::clone(&flag))?);
            signals.caught.push((signal, flag));
        }
        let continued = Arc::clone(&signals.continued);
        signals.ids.push(flag::register(SIGCONT, continued)?);
        Ok(signals)
    }

    /// The same, and SIGWINCH and SIGTSTP as well: who has the terminal gives it back before
    /// the program is stopped.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn catch_with_stop() -> std::io::Result<Self> {
        let mut signals = Self::catch()?;
        // crossterm loses a change of size that comes together with a key.
        let resized = Arc::clone(&signals.resized);
        signals.ids.push(flag::register(SIGWINCH, resized)?);
        if !crate::host::signals::is_ignored(SIGTSTP) {
            flag::register_conditional_default(SIGTSTP, Arc::clone(&signals.deadly))?;
            let stop = Arc::clone(&signals.stop);
            signals.ids.push(flag::register(SIGTSTP, stop)?);
        }
        Ok(signals)
    }

    /// Whether the terminal has got another size since the last call.
    pub fn take_resized(&self) -> bool {
        self.resized.swap(false, Ordering::Relaxed)
    }

    /// Whether the program was told to stop for a while since the last call.
    pub fn take_stop(&self) -> bool {
        self.stop.swap(false, Ordering::Relaxed)
    }

    /// A signal that came since the last call.
    pub fn take(&self) -> Option<i32> {
        let came = |flag: &AtomicBool| flag.swap(false, Ordering::Relaxed);
        let mut all = self.caught.iter();
        all.find(|(_, flag)| came(flag)).map(|(signal, _)| *signal)
    }

    /// A signal that came and was not taken yet.
    pub fn pending(&self) -> Option<i32> {
        let mut all = self.caught.iter();
        all.find(|(_, flag)| flag.load(Ordering::Relaxed))
            .map(|(signal, _)| *signal)
    }

    /// Whether the program was continued since the last call.
    pub fn take_continued(&self) -> bool {
        self.continued.swap(false, Ordering::Relaxed)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for id in self.ids.drain(..) {
            low_level::unregister(id);
        }
        self.deadly.store(true, Ordering::Relaxed);
    }
}
