//! Signals that whoever started this process wants ignored.

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

#[cfg(test)]
mod tests {
    use super::*;

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
