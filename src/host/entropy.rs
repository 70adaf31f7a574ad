//! Random bytes for keys, without hanging on a host that has no entropy yet.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// How long to wait for the kernel's pool to be seeded, in milliseconds.
const WAIT_MS: u16 = 10_000;

/// `len` bytes from `/dev/urandom`, once `/dev/random` says that the pool is
/// seeded. getrandom(2) would wait without a limit, and does not exist before
/// Linux 3.17; there the usual crates poll `/dev/random` for ever.
///
/// # Errors
/// [`io::ErrorKind::TimedOut`], with what to do, when the pool is not seeded
/// within ten seconds.
pub(super) fn random(len: usize) -> io::Result<Vec<u8>> {
    let pool = File::open("/dev/random")?;
    let mut wait = [PollFd::new(pool.as_fd(), PollFlags::POLLIN)];
    if poll(&mut wait, PollTimeout::from(WAIT_MS))? == 0 {
        return Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "this host has gathered too little entropy for keys (/dev/random is not readable): \
             install and start haveged or rng-tools, then try again",
        ));
    }
    let mut bytes = vec![0; len];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    #[test]
    fn two_draws_differ() {
        assert_ne!(super::random(32).unwrap(), super::random(32).unwrap());
    }
}
