//! How long the disk takes until data is on it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use super::entropy;

/// Size of a write in bytes: an entry of etcd's log, as the benchmarks of kURL
/// and embedded-cluster write it (fio --bs=2300).
pub const BLOCK: usize = 2300;

/// Writes blocks, one after the other, to a file without a name in `folder`,
/// and waits for each to be on the disk; at most `writes`, and none is begun
/// after `limit`. How long each took.
///
/// # Errors
/// The operating system's, as soon as one write fails.
pub fn times(folder: &str, limit: Duration, writes: usize) -> io::Result<Vec<Duration>> {
    let mut file = nameless(folder)?;
    // Its room is taken before, as etcd does with its log: else each write would
    // change the size as well. Where that cannot be done, it goes without.
    let room = i64::try_from(BLOCK.saturating_mul(writes)).unwrap_or(0);
    let _ = nix::fcntl::fallocate(file.as_fd(), nix::fcntl::FallocateFlags::empty(), 0, room);
    let block = [b'g'; BLOCK];
    let (begun, mut times) = (Instant::now(), Vec::new());
    while times.len() < writes && begun.elapsed() < limit {
        let before = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        times.push(before.elapsed());
    }
    Ok(times)
}

/// A file that has no name: whatever happens to this process, nothing is left.
fn nameless(folder: &str) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    // Since 3.11, and not on every file system (open(2), O_TMPFILE).
    if let Ok(file) = options.clone().custom_flags(libc::O_TMPFILE).open(folder) {
        return Ok(file);
    }
    let word = entropy::unpredictable(8)?;
    let word: String = word.iter().map(|byte| format!("{byte:02x}")).collect();
    let path = format!("{}/.groundcrew-{word}", folder.trim_end_matches('/'));
    let file = options
        .create_new(true)
        .custom_flags(libc::O_NOFOLLOW)
        .open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_with_the_writes_or_the_time_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let some = times(path, Duration::from_secs(60), 5).unwrap();
        assert_eq!(some.len(), 5);
        assert!(times(path, Duration::ZERO, 5).unwrap().is_empty());
        assert_eq!(std::fs::read_dir(path).unwrap().count(), 0);
        let missing = times(&format!("{path}/x"), Duration::from_secs(1), 5);
        assert_eq!(missing.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
