//! Signals that end the program, caught while something has to be put in order
//! first.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::{SigId, flag, low_level};

use crate::host::signals::SizeChanges;

/// A signal whose default acts while nobody catches it. Handlers run in the order in
/// which they were registered, and this one stays for ever: one for all catchers, or
/// that of an earlier one would end the program under a later one.
struct Guarded {
    signal: i32,
    catchers: usize,
    deadly: Arc<AtomicBool>,
}

static GUARDED: Mutex<Vec<Guarded>> = Mutex::new(Vec::new());

/// Keeps a signal from ending the program.
fn guard(signal: i32) -> io::Result<()> {
    let mut all = GUARDED.lock().unwrap_or_else(PoisonError::into_inner);
    if !all.iter().any(|one| one.signal == signal) {
        let deadly = Arc::new(AtomicBool::new(false));
        flag::register_conditional_default(signal, Arc::clone(&deadly))?;
        all.push(Guarded {
            signal,
            catchers: 0,
            deadly,
        });
    }
    for one in all.iter_mut().filter(|one| one.signal == signal) {
        one.catchers += 1;
        one.deadly.store(false, Ordering::Relaxed);
    }
    Ok(())
}

/// Lets it end the program again, once the last catcher is gone.
fn unguard(signal: i32) {
    let mut all = GUARDED.lock().unwrap_or_else(PoisonError::into_inner);
    for one in all.iter_mut().filter(|one| one.signal == signal) {
        one.catchers = one.catchers.saturating_sub(1);
        one.deadly.store(one.catchers == 0, Ordering::Relaxed);
    }
}

/// The signals, caught from [`Signals::catch`] on until this is dropped. From
/// then on they end the program again.
pub struct Signals {
    caught: Vec<(i32, Arc<AtomicBool>)>,
    continued: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    resized: Option<SizeChanges>,
    ids: Vec<SigId>,
    guarded: Vec<i32>,
}

impl Signals {
    /// Catches SIGINT, SIGTERM and SIGHUP, and hears of SIGCONT.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn catch() -> io::Result<Self> {
        let mut signals = Self {
            caught: Vec::new(),
            continued: Arc::new(AtomicBool::new(false)),
            stop: Arc::new(AtomicBool::new(false)),
            resized: None,
            ids: Vec::new(),
            guarded: Vec::new(),
        };
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // `nohup groundcrew` goes on when the terminal hangs up.
            if crate::host::signals::is_ignored(signal) {
                continue;
            }
            signals.keep(signal)?;
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
    pub fn catch_with_stop() -> io::Result<Self> {
        let mut signals = Self::catch()?;
        signals.resized = Some(SizeChanges::hear()?);
        if !crate::host::signals::is_ignored(SIGTSTP) {
            signals.keep(SIGTSTP)?;
            let stop = Arc::clone(&signals.stop);
            signals.ids.push(flag::register(SIGTSTP, stop)?);
        }
        Ok(signals)
    }

    fn keep(&mut self, signal: i32) -> io::Result<()> {
        guard(signal)?;
        self.guarded.push(signal);
        Ok(())
    }

    /// Whether the terminal has got another size since the last call.
    pub fn take_resized(&self) -> bool {
        self.resized.as_ref().is_some_and(SizeChanges::take)
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
        for signal in self.guarded.drain(..) {
            unguard(signal);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn who_catches_after_another_one_is_not_ended() {
        drop(Signals::catch().unwrap());
        let later = Signals::catch().unwrap();
        low_level::raise(SIGTERM).unwrap();
        assert_eq!(later.take(), Some(SIGTERM));
        // One that goes leaves the others theirs.
        drop(Signals::catch().unwrap());
        low_level::raise(SIGHUP).unwrap();
        assert_eq!(later.take(), Some(SIGHUP));
    }
}
