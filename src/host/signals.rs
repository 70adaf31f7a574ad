//! Signals: those that whoever started this process wants ignored, and stopping
//! as shells with job control expect it.

use std::io;
use std::process::{Child, Command};

use nix::sys::signal::{SigSet, Signal, killpg, raise};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::{Pid, getpgid, getpgrp, getppid, getsid};

/// The signals that are ignored by this process, as `SigIgn` of
/// /proc/self/status has them: bit N-1 for signal N. None where it cannot be
/// read. To be asked before a handler is set, which would replace it.
fn ignored_mask() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    mask_of(&status)
}

fn mask_of(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok())
        .unwrap_or_default()
}

/// Whether a signal is ignored: `nohup` does that to SIGHUP, and shells without
/// job control do it to SIGINT for what they start in the background. Then it is
/// to stay without effect.
pub fn is_ignored(signal: i32) -> bool {
    let bit = signal
        .checked_sub(1)
        .and_then(|bit| u32::try_from(bit).ok());
    bit.is_some_and(|bit| ignored_mask().checked_shr(bit).unwrap_or(0) & 1 == 1)
}

/// Changes of the terminal's size (SIGWINCH), kept from every handler as long as this
/// is there. Threads that are started meanwhile keep them, too; programs are to be
/// started with [`spawn`].
///
/// crossterm (0.29, event/source/unix/mio.rs) answers a SIGWINCH first and then does
/// not look at what was typed beside it, until more is typed.
pub struct SizeChanges {
    heard: SignalFd,
}

impl SizeChanges {
    /// Keeps them from now on.
    ///
    /// # Errors
    /// When the system gives no descriptor for them.
    pub fn hear() -> io::Result<Self> {
        let size = SigSet::from(Signal::SIGWINCH);
        let heard = SignalFd::with_flags(&size, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
        size.thread_block()?;
        Ok(Self { heard })
    }

    /// Whether there was one since the last call.
    pub fn take(&self) -> bool {
        let mut any = false;
        while let Ok(Some(_)) = self.heard.read_signal() {
            any = true;
        }
        any
    }
}

impl Drop for SizeChanges {
    fn drop(&mut self) {
        let _ = SigSet::from(Signal::SIGWINCH).thread_unblock();
    }
}

/// Starts a program that hears of the terminal's size as if nobody kept that: it, and
/// all that it starts, would never hear of it, and a container of a Docker that was
/// started so would not stop where SIGWINCH is the signal for it.
///
/// # Errors
/// Those of [`Command::spawn`].
pub fn spawn(command: &mut Command) -> io::Result<Child> {
    let size = SigSet::from(Signal::SIGWINCH);
    let kept = SigSet::thread_get_mask()?.contains(Signal::SIGWINCH);
    if kept {
        size.thread_unblock()?;
    }
    let child = command.spawn();
    if kept {
        size.thread_block()?;
    }
    child
}

/// How many parents are looked at for a shell.
const PARENTS: usize = 32;

/// Whether somebody would wake this process if it stopped: above it in its session
/// is a process of another group, which is what a shell with job control is.
/// Without one the kernel stops nobody for Ctrl-Z (POSIX: orphaned process
/// groups), and whoever stops itself stays so.
pub fn would_be_woken() -> bool {
    let (group, Ok(session)) = (getpgrp(), getsid(None)) else {
        return false;
    };
    let mut parent = getppid();
    for _ in 0..PARENTS {
        // 0: in another namespace.
        if parent.as_raw() <= 0 || getsid(Some(parent)) != Ok(session) {
            return false;
        }
        if getpgid(Some(parent)) != Ok(group) {
            return true;
        }
        let stat = std::fs::read_to_string(format!("/proc/{parent}/stat")).unwrap_or_default();
        match parent_of(&stat) {
            Some(next) => parent = Pid::from_raw(next),
            None => return false,
        }
    }
    false
}

/// The parent in a line of /proc/PID/stat (proc(5)): the second field after the
/// name, which stands in brackets and may hold anything.
fn parent_of(stat: &str) -> Option<i32> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

/// Stops this process, with all of its group: a script around it would go on
/// waiting for it in the foreground, and the shell would never learn of it.
///
/// # Errors
/// When the kernel refuses.
pub fn stop_group() -> std::io::Result<()> {
    killpg(getpgrp(), Signal::SIGTSTP)?;
    // That one is caught here.
    raise(Signal::SIGSTOP)?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_read_behind_any_name() {
        assert_eq!(parent_of("12 (a) b (c)) S 7 12 12 0"), Some(7));
        assert_eq!(parent_of("12 (a"), None);
        // A session of its own has nobody above it.
        assert_eq!(parent_of("1 (init) S 0 1 1 0"), Some(0));
    }

    #[test]
    fn what_is_started_hears_of_sizes_that_are_kept_here() {
        let kept = || {
            SigSet::thread_get_mask()
                .unwrap()
                .contains(Signal::SIGWINCH)
        };
        let sizes = SizeChanges::hear().unwrap();
        let mut cat = Command::new("cat");
        cat.arg("/proc/self/status")
            .stdout(std::process::Stdio::piped());
        let out = spawn(&mut cat).unwrap().wait_with_output().unwrap();
        let status = String::from_utf8_lossy(&out.stdout).into_owned();
        let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:"));
        let blocked = u64::from_str_radix(blocked.unwrap().trim(), 16).unwrap();
        assert_eq!(blocked & 1 << (libc::SIGWINCH - 1), 0, "{status}");
        assert!(kept());
        assert!(!sizes.take());
        raise(Signal::SIGWINCH).unwrap();
        assert!(sizes.take() && !sizes.take());
        drop(sizes);
        assert!(!kept());
    }

    #[test]
    fn the_mask_is_read_from_the_status() {
        assert_eq!(
            mask_of("Name:\tx\nSigIgn:\t0000000000001001\nSigCgt:\t0\n"),
            0x1001
        );
        assert_eq!(mask_of("Name:\tx\n"), 0);
        // Every Rust program ignores SIGPIPE, and nobody can ignore SIGKILL.
        assert!(is_ignored(libc::SIGPIPE) && !is_ignored(libc::SIGKILL));
        assert!(!is_ignored(0) && !is_ignored(-1));
    }
}
