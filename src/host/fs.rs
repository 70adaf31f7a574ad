//! Reading and writing of files, with limits and without following links.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use nix::fcntl::{Flock, FlockArg};

use super::digest::stream;
use super::{FileKind, Meta, READ_LIMIT, unfinished};

/// The bytes of a file, [`READ_LIMIT`] at most.
pub(super) fn read(path: &str) -> io::Result<Vec<u8>> {
    // A named pipe or a device in the place of a file must not hang the reader.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC)
        .open(path)?;
    // Large enough for most files at once: for each read of a file like
    // /proc/net/tcp the kernel walks its whole table again.
    let mut bytes = Vec::with_capacity(16 * 1024);
    file.take(READ_LIMIT + 1).read_to_end(&mut bytes)?;
    bytes.shrink_to_fit();
    if bytes.len() as u64 > READ_LIMIT {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

pub(super) fn list(path: &str) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

pub(super) fn meta(path: &str) -> io::Result<Meta> {
    let meta = fs::symlink_metadata(path)?;
    let kind = meta.file_type();
    Ok(Meta {
        kind: if kind.is_file() {
            FileKind::File
        } else if kind.is_dir() {
            FileKind::Directory
        } else if kind.is_symlink() {
            FileKind::Symlink
        } else if kind.is_socket() {
            FileKind::Socket
        } else if kind.is_char_device() {
            FileKind::CharDevice
        } else {
            FileKind::Other
        },
        mode: meta.permissions().mode() & 0o7777,
        uid: meta.uid(),
        gid: meta.gid(),
        size: meta.len(),
    })
}

/// A regular file that is to be read to its end.
fn open_regular(path: &str) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC | libc::O_NOFOLLOW)
        .open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(file)
}

/// SHA-256 of a regular file.
pub(super) fn digest(path: &str) -> io::Result<String> {
    stream(open_regular(path)?, |_| Ok(()))
}

/// Copies a regular file if it has this SHA-256.
pub(super) fn copy_verified(from: &str, to: &str, mode: u32, sha256: &str) -> io::Result<()> {
    let source = open_regular(from)?;
    write_whole(to, mode, |file| {
        // What is copied is what is hashed: the source may change meanwhile.
        let found = stream(&source, |part| file.write_all(part))?;
        if found == sha256 {
            Ok(())
        } else {
            Err(io::ErrorKind::InvalidData.into())
        }
    })
}

/// The beginning of a regular file.
pub(super) fn head(path: &str, len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(len).unwrap_or(u64::MAX);
    open_regular(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a file that is in an archive.
pub(super) fn unpack(archive: &str, name: &str, to: &str, mode: u32) -> io::Result<()> {
    write_whole(to, mode, |file| {
        super::archive::member(open_regular(archive)?, name, file)
    })
}

/// Writes `bytes` as a whole file.
pub(super) fn write_atomic(path: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
    write_whole(path, mode, |file| file.write_all(bytes))
}

/// Lets `fill` write a new file in the same directory, syncs it and renames it
/// over `path`; then syncs the directory, so that the name survives a power
/// loss too.
fn write_whole(
    path: &str,
    mode: u32,
    fill: impl Fn(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let target = Path::new(path);
    let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let parent = if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    };
    let temporary = parent.join(format!(
        "{}{}",
        unfinished(&name.to_string_lossy()),
        std::process::id()
    ));
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&temporary)?;
        fill(&mut file)?;
        // The umask may have taken bits away.
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        file.sync_all()?;
        fs::rename(&temporary, target)?;
        File::open(parent)?.sync_all()
    };
    // Left over from a process that was killed between creating and renaming
    // and that had the same pid.
    let _ = fs::remove_file(&temporary);
    write().inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}

/// Appends and syncs; a new file is 0600, and its name is synced too.
pub(super) fn append_synced(path: &str, bytes: &[u8]) -> io::Result<()> {
    let new = !Path::new(path).exists();
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    match Path::new(path).parent() {
        Some(parent) if new => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

/// Takes an exclusive lock without waiting and leaves a note for the one who
/// comes second.
pub(super) fn lock(path: &str, note: &str) -> io::Result<Option<Flock<File>>> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW)
        .open(path)?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(mut lock) => {
            lock.set_len(0)?;
            lock.write_all(note.as_bytes())?;
            Ok(Some(lock))
        }
        Err((_, nix::errno::Errno::EWOULDBLOCK)) => Ok(None),
        Err((_, error)) => Err(error.into()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_atomic_write_replaces_a_link_and_keeps_its_target() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
        fs::write(path("victim"), "keep").unwrap();
        std::os::unix::fs::symlink(path("victim"), path("link")).unwrap();
        write_atomic(&path("link"), b"new", 0o640).unwrap();
        assert_eq!(fs::read_to_string(path("victim")).unwrap(), "keep");
        let meta = meta(&path("link")).unwrap();
        assert_eq!((meta.kind, meta.mode), (FileKind::File, 0o640));
        assert_eq!(
            list(dir.path().to_str().unwrap()).unwrap(),
            ["link", "victim"]
        );
    }

    #[test]
    fn only_what_has_its_digest_is_copied() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
        // Larger than what is read whole.
        let large = vec![7; usize::try_from(READ_LIMIT).unwrap() + 100];
        fs::write(path("a"), &large).unwrap();
        let sha256 = digest(&path("a")).unwrap();
        assert_eq!(sha256, crate::host::digest::sha256(&large));
        copy_verified(&path("a"), &path("b"), 0o750, &sha256).unwrap();
        assert_eq!(fs::read(path("b")).unwrap(), large);
        assert_eq!(meta(&path("b")).unwrap().mode, 0o750);
        let other = crate::host::digest::sha256(b"other");
        let error = copy_verified(&path("a"), &path("c"), 0o750, &other).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        std::os::unix::fs::symlink(path("a"), path("link")).unwrap();
        assert!(digest(&path("link")).is_err());
        let names = list(dir.path().to_str().unwrap()).unwrap();
        assert_eq!(names, ["a", "b", "link"]);
    }

    #[test]
    fn a_write_that_fails_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("is-a-directory");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("file"), "").unwrap();
        assert!(write_atomic(target.to_str().unwrap(), b"x", 0o600).is_err());
        assert_eq!(
            list(dir.path().to_str().unwrap()).unwrap(),
            ["is-a-directory"]
        );
    }

    #[test]
    fn a_lock_is_held_by_one_and_says_by_whom() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock").to_string_lossy().into_owned();
        let held = lock(&path, "pid 1").unwrap().unwrap();
        assert!(lock(&path, "pid 2").unwrap().is_none());
        assert_eq!(read(&path).unwrap(), b"pid 1");
        drop(held);
        assert!(lock(&path, "pid 2").unwrap().is_some());
    }

    #[test]
    fn a_huge_file_is_refused_and_a_pipe_does_not_hang() {
        let dir = tempfile::tempdir().unwrap();
        let huge = dir.path().join("huge");
        File::create(&huge)
            .unwrap()
            .set_len(READ_LIMIT + 1)
            .unwrap();
        let error = read(huge.to_str().unwrap()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        let pipe = dir.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRUSR).unwrap();
        assert_eq!(read(pipe.to_str().unwrap()).unwrap(), b"");
    }
}
