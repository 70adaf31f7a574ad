//! Random bytes for keys, without hanging on a host that has no entropy yet.
//!
//! This is the only place that draws randomness, but for the standard library's
//! hash maps, which never wait. A crate that does (getrandom, uuid, rustls) would
//! wait for ever on a kernel without getrandom(2).

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// How long to wait for the kernel's pool to be seeded.
const WAIT: Duration = Duration::from_secs(10);

/// `len` bytes (at most 256) fit for keys. getrandom(2) gives them at once where
/// the kernel has it (3.17) and is seeded; otherwise `/dev/random` is waited for to
/// say so, and they come from `/dev/urandom`.
///
/// # Errors
/// [`ErrorKind::TimedOut`], with what to do, when the pool is not seeded within ten
/// seconds.
pub(super) fn random(len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    if at_once(&mut bytes) {
        return Ok(bytes);
    }
    seeded("/dev/random", WAIT)?;
    unpredictable(len)
}

/// `len` bytes for what is no secret and only has to differ: names of files, ids of
/// questions. Never waits.
pub(super) fn unpredictable(len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Whether the kernel filled `bytes` without waiting. Up to 256 are never cut short
/// (getrandom(2)).
#[allow(unsafe_code)] // No safe wrapper takes the flag that keeps it from waiting.
fn at_once(bytes: &mut [u8]) -> bool {
    // SAFETY: the kernel writes at most `len` bytes to the buffer that is lent to it.
    let got =
        unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), libc::GRND_NONBLOCK) };
    usize::try_from(got) == Ok(bytes.len())
}

/// Waits until `pool` is readable.
fn seeded(pool: &str, limit: Duration) -> io::Result<()> {
    let deadline = Instant::now() + limit;
    let pool = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(pool)?;
    let mut wait = [PollFd::new(pool.as_fd(), PollFlags::POLLIN)];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
        match poll(&mut wait, left) {
            Ok(0) => break,
            Ok(_) => return Ok(()),
            // A signal, such as that of a terminal whose size changes.
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::Error::new(
        ErrorKind::TimedOut,
        format!(
            "this host has gathered too little entropy for keys (/dev/random was not readable \
             within {} s): install and start haveged or rng-tools, then try again",
            limit.as_secs()
        ),
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        assert_ne!(random(32).unwrap(), random(32).unwrap());
        assert_ne!(unpredictable(32).unwrap(), unpredictable(32).unwrap());
    }

    #[test]
    fn a_pool_without_entropy_is_waited_for_no_longer_than_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let pool = folder.path().join("random");
        nix::unistd::mkfifo(&pool, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let path = pool.to_str().unwrap();
        let error = seeded(path, Duration::from_millis(20)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(error.to_string().contains("haveged"), "{error}");
        let mut both = OpenOptions::new();
        let mut filled = both.read(true).write(true).open(&pool).unwrap();
        io::Write::write_all(&mut filled, &[1; 8]).unwrap();
        seeded(path, Duration::from_secs(60)).unwrap();
    }
}
