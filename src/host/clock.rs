//! Whether the kernel's clock is synchronised.

use std::io;

/// `STA_UNSYNC` of `include/uapi/linux/timex.h`: nobody disciplines the clock.
const UNSYNCHRONISED: libc::c_int = 0x40;

/// Asks adjtimex(2). Every daemon that keeps the time clears the kernel's
/// "unsynchronised" flag while it is in step, so this needs to know none of
/// them. No privilege is needed to ask.
///
/// # Errors
/// The kernel's.
#[allow(unsafe_code)] // No safe wrapper exists; with `modes` 0 the call only reads.
pub(super) fn synchronised() -> io::Result<bool> {
    // SAFETY: timex is plain numbers, for which zero is a value, and `modes` 0
    // asks for nothing to be set.
    let mut timex: libc::timex = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel writes within the struct that it is given. The call is
    // made by its number, since newer C libraries make another one of it.
    let state = unsafe { libc::syscall(libc::SYS_adjtimex, &raw mut timex) };
    if state < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(timex.status & UNSYNCHRONISED == 0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_kernel_answers_without_privilege() {
        assert!(super::synchronised().is_ok());
    }
}
