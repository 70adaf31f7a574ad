//! What a host's tree differs in from the real host's, file by file.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::Metadata;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::host::Host;

/// What a rollback leaves on purpose, and file systems that are the host's alone.
pub const EXCLUDED: [&str; 6] = [
    "var/lib/groundcrew",
    "var/log/groundcrew",
    "run",
    "dev",
    "proc",
    "sys",
];

/// Folders of the real host in which other programs come and go: what is not seen
/// there from a host may be newer than the host.
const COMMON: [&str; 2] = ["tmp", "var/tmp"];

/// One line for each path that differs from the real host's tree: deleted, or
/// its type, mode, owner, size, content hash or link target. Sorted.
///
/// A file that was copied up and then put back as it was is no difference;
/// times are none either, since putting a file back changes them.
pub fn changed_tree(host: &Host) -> String {
    changed_tree_without(host, &EXCLUDED)
}

/// As [`changed_tree`], leaving out the paths in `excluded` (relative, no slash
/// in front) and everything below them.
pub fn changed_tree_without(host: &Host, excluded: &[&str]) -> String {
    let walk = Walk {
        upper: host.upper(),
        merged: host.path("/"),
        excluded,
    };
    let mut lines = Vec::new();
    walk.folder(Path::new(""), &mut lines);
    // On a busy machine dockerd has a containerd that is slow to end write down
    // where it stands (tmp/containerd.PID.stacks.log).
    lines.retain(|line| !line.contains("tmp/containerd."));
    lines.sort();
    let mut text = lines.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

struct Walk<'a> {
    /// What the host has written.
    upper: PathBuf,
    /// What the host sees; needed for folders that hide the ones below them.
    merged: PathBuf,
    excluded: &'a [&'a str],
}

impl Walk<'_> {
    fn folder(&self, at: &Path, lines: &mut Vec<String>) {
        let real = Path::new("/").join(at);
        let mut names = names(&self.upper.join(at));
        // Only where the host has touched the folder can a name be gone from it. A
        // link in its place leads elsewhere: nothing of that was here.
        let was_folder = std::fs::symlink_metadata(&real).is_ok_and(|m| m.is_dir());
        if was_folder {
            names.extend(self::names(&real));
        }
        let visible = self::names(&self.merged.join(at));
        for name in names {
            let path = at.join(&name);
            if self.excluded.iter().any(|e| path == Path::new(e)) {
                continue;
            }
            let before = std::fs::symlink_metadata(real.join(&name))
                .ok()
                .filter(|_| was_folder);
            let written = std::fs::symlink_metadata(self.upper.join(&path)).ok();
            let gone = match &written {
                Some(now) => is_whiteout(now),
                None => !visible.contains(&name) && !COMMON.contains(&at.to_str().unwrap_or("")),
            };
            match (written, &before) {
                (_, Some(_)) if gone => lines.push(format!("{} deleted", path.display())),
                (None, _) => {}
                (Some(now), before) if !gone => {
                    let line = describe(&self.upper.join(&path), &now);
                    let was = before.as_ref().map(|was| describe(&real.join(&name), was));
                    if was.as_ref() != Some(&line) {
                        lines.push(format!("{} {line}", path.display()));
                    }
                    if now.is_dir() {
                        self.folder(&path, lines);
                    }
                }
                _ => {}
            }
        }
    }
}

/// How overlayfs notes that a name is gone: a character device 0:0.
fn is_whiteout(meta: &Metadata) -> bool {
    meta.file_type().is_char_device() && meta.rdev() == 0
}

fn names(folder: &Path) -> BTreeSet<OsString> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|e| e.unwrap().file_name()).collect(),
        // A folder that is only above or only below.
        Err(_) => BTreeSet::new(),
    }
}

fn describe(path: &Path, meta: &Metadata) -> String {
    let kind = meta.file_type();
    let what = if kind.is_dir() {
        "folder".to_owned()
    } else if kind.is_symlink() {
        format!("link to {}", std::fs::read_link(path).unwrap().display())
    } else if kind.is_file() {
        let content = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let hash: String = Sha256::digest(&content)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        format!("file {} bytes sha256:{hash}", content.len())
    } else if kind.is_socket() {
        "socket".to_owned()
    } else if kind.is_fifo() {
        "fifo".to_owned()
    } else {
        format!("device {}", meta.rdev())
    };
    format!(
        "{:04o} {}:{} {what}",
        meta.mode() & 0o7777,
        meta.uid(),
        meta.gid()
    )
}
