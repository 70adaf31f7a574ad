//! Mounts, space and what is on them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Fact;
use super::reader::Reader;
use crate::host::FileKind;

/// Mounted file systems, and the folders that data goes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// Everything that is mounted, in the order of the mounting.
    pub mounts: Fact<Vec<Mount>>,
    /// The folders that data goes to, by path.
    pub folders: BTreeMap<String, Folder>,
    /// Swap areas that are in use.
    pub swaps: Fact<Vec<String>>,
    /// Swap areas that /etc/fstab would switch on.
    pub fstab_swaps: Fact<Vec<String>>,
    /// Disks that turn, by name.
    pub rotational: Fact<BTreeMap<String, bool>>,
}

/// A mount of /proc/self/mountinfo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// Where.
    pub path: String,
    /// Type of the file system.
    pub file_system: String,
    /// What is mounted.
    pub device: String,
    /// Options of the mount and of the file system.
    pub options: Vec<String>,
}

/// A folder that data goes to, or its nearest parent that is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    /// Which path was measured: the folder, or the nearest parent.
    pub measured: Fact<String>,
    /// Where its file system is mounted.
    pub mount: Fact<String>,
    /// Size of the file system in MiB.
    pub total_mb: Fact<u64>,
    /// What an unprivileged process may still use, in MiB.
    pub available_mb: Fact<u64>,
    /// Inodes that are free, and all; absent where the file system counts none.
    pub inodes: Fact<(u64, u64)>,
    /// Where the folder leads, when it is a symbolic link; absent when it is
    /// none.
    pub link: Fact<String>,
    /// Mode of the measured path.
    pub mode: Fact<u32>,
}

/// The folders: Docker's, Replicated's, Kubernetes', etcd's, and where
/// installers unpack.
pub const FOLDERS: &[&str] = &[
    "/",
    "/tmp",
    "/var/lib/containerd",
    "/var/lib/docker",
    "/var/lib/etcd",
    "/var/lib/kubelet",
    "/var/lib/replicated",
    "/var/tmp",
];

/// Types of file systems whose server may hang: they are not asked for their
/// size.
const NETWORK: &[&str] = &[
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "ncpfs",
    "afs",
    "9p",
    "ceph",
    "glusterfs",
    "lustre",
    "gfs2",
    "ocfs2",
    "autofs",
];

const MIB: u64 = 1024 * 1024;

/// Reads mounts and folders. `docker_root` is Docker's own folder where it is
/// known to be another.
pub fn collect(reader: &Reader, docker_root: Option<&String>) -> Storage {
    let mounts = match reader.text("/proc/self/mountinfo") {
        Fact::Absent { .. } => reader.text("/proc/mounts").map(|text| parse_mounts(&text)),
        fact => fact.map(|text| parse_mountinfo(&text)),
    };
    let paths = FOLDERS.iter().map(|path| (*path).to_owned());
    let folders = paths
        .chain(docker_root.cloned())
        .map(|path| (path.clone(), folder(reader, &path, &mounts)));
    Storage {
        folders: folders.collect(),
        swaps: reader.text("/proc/swaps").map(|text| swaps(&text)),
        fstab_swaps: reader.text("/etc/fstab").map(|text| fstab_swaps(&text)),
        rotational: rotational(reader),
        mounts,
    }
}

impl Storage {
    /// The mount that a path is on.
    pub fn mount_of(&self, path: &str) -> Option<&Mount> {
        mount_of(self.mounts.value()?, path)
    }
}

fn mount_of<'a>(mounts: &'a [Mount], path: &str) -> Option<&'a Mount> {
    let on = |mount: &&Mount| {
        mount.path == "/"
            || path == mount.path
            || path
                .strip_prefix(mount.path.as_str())
                .is_some_and(|rest| rest.starts_with('/'))
    };
    // The longest one; of equal ones the last, which hides the others.
    mounts
        .iter()
        .filter(on)
        .max_by_key(|mount| mount.path.len())
}

fn folder(reader: &Reader, path: &str, mounts: &Fact<Vec<Mount>>) -> Folder {
    let link = match reader.meta(path) {
        Fact::Known { value, .. } if value.kind == FileKind::Symlink => reader.link(path),
        Fact::Known { source, .. } => Fact::absent("it is no symbolic link", source),
        other => other.unknown(""),
    };
    let start = link.value().cloned().unwrap_or_else(|| path.to_owned());
    let measured = nearest(reader, &start);
    let at = measured.value().cloned();
    let mount = match (mounts, &at) {
        (Fact::Known { value, source }, Some(at)) => match mount_of(value, at) {
            Some(mount) => Fact::known(mount.path.clone(), source.as_str()),
            None => Fact::absent("no mount has it", source.as_str()),
        },
        (mounts, _) => mounts.unknown("the folder is not known"),
    };
    let file_system = mounts
        .value()
        .zip(at.as_ref())
        .and_then(|(mounts, at)| mount_of(mounts, at))
        .map(|mount| mount.file_system.as_str());
    let space = match (&at, file_system) {
        (_, Some(kind)) if NETWORK.contains(&kind) => Fact::unreadable(
            format!("{kind} is not asked: its server may hang"),
            format!("statvfs(3) of {path}"),
        ),
        (Some(at), _) => reader.space(at),
        (None, _) => measured.unknown(""),
    };
    Folder {
        mode: match &at {
            Some(at) => reader.meta(at).map(|meta| meta.mode),
            None => measured.unknown(""),
        },
        total_mb: space.clone().map(|space| space.total / MIB),
        available_mb: space.clone().map(|space| space.available / MIB),
        inodes: match space {
            Fact::Known { value, source } if value.inodes == 0 => {
                Fact::absent("the file system counts none", source)
            }
            space => space.map(|space| (space.inodes_free, space.inodes)),
        },
        measured,
        mount,
        link,
    }
}

/// The path, or its nearest parent that is there.
fn nearest(reader: &Reader, path: &str) -> Fact<String> {
    let mut at = path;
    loop {
        match reader.there(at) {
            Fact::Known { value: true, .. } => return Fact::known(at.to_owned(), at),
            Fact::Known { .. } | Fact::Absent { .. } => {}
            hindered => return hindered.unknown(""),
        }
        if at == "/" || at.is_empty() {
            return Fact::absent("no parent of it is there", path);
        }
        at = match at.rfind('/') {
            Some(0) | None => "/",
            Some(end) => at.get(..end).unwrap_or("/"),
        };
    }
}

/// A path as the kernel writes it: blanks, tabs, line ends and backslashes as
/// octal numbers (proc_pid_mountinfo(5)).
fn unescape(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let octal = after
            .get(..3)
            .filter(|digits| *byte == b'\\' && digits.iter().all(|d| (b'0'..=b'7').contains(d)))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match octal {
            Some(value) => {
                out.push(value);
                rest = after.get(3..).unwrap_or_default();
            }
            None => {
                out.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Reads /proc/self/mountinfo; lines that are none are skipped.
pub fn parse_mountinfo(text: &str) -> Vec<Mount> {
    let lines = text.lines().filter_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let mut left = left.split(' ');
        let path = unescape(left.nth(4)?);
        let own = left.next()?;
        let mut right = right.split(' ');
        let file_system = right.next()?.to_owned();
        let device = unescape(right.next()?);
        let more = right.next().unwrap_or_default();
        let mut options: Vec<String> = own.split(',').map(str::to_owned).collect();
        for option in more.split(',').filter(|option| !option.is_empty()) {
            if !options.iter().any(|known| known == option) {
                options.push(option.to_owned());
            }
        }
        Some(Mount {
            path,
            file_system,
            device,
            options,
        })
    });
    lines.collect()
}

/// Reads /proc/mounts, for what has no mountinfo.
pub fn parse_mounts(text: &str) -> Vec<Mount> {
    let lines = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some(Mount {
            device: unescape(words.next()?),
            path: unescape(words.next()?),
            file_system: words.next()?.to_owned(),
            options: words.next()?.split(',').map(str::to_owned).collect(),
        })
    });
    lines.collect()
}

/// The areas of /proc/swaps.
pub fn swaps(text: &str) -> Vec<String> {
    let lines = text.lines().skip(1);
    lines
        .filter_map(|line| line.split_whitespace().next())
        .map(unescape)
        .collect()
}

/// The swap areas of /etc/fstab that are switched on at boot.
pub fn fstab_swaps(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            let (device, kind) = (words.first()?, words.get(2)?);
            let off = words
                .get(3)
                .is_some_and(|options| options.split(',').any(|option| option == "noauto"));
            (*kind == "swap" && !off).then(|| unescape(device))
        })
        .collect()
}

fn rotational(reader: &Reader) -> Fact<BTreeMap<String, bool>> {
    let disks = reader.list("/sys/block");
    disks.map(|names| {
        let turning = names.into_iter().filter_map(|name| {
            let text = reader.text(&format!("/sys/block/{name}/queue/rotational"));
            let turns = text.value()?.trim() == "1";
            Some((name, turns))
        });
        turning
            .filter(|(name, _)| !name.starts_with("loop") && !name.starts_with("ram"))
            .collect()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::{Scripted, Space};
    use proptest::prelude::*;

    const MOUNTINFO: &str = "22 27 0:21 / /proc rw,nosuid - proc proc rw\n\
        27 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw,data=ordered\n\
        40 27 253:1 / /var/lib/docker rw,noexec - xfs /dev/sdb1 rw,attr2\n\
        41 27 0:40 / /mnt/a\\040b rw - nfs4 filer:/x rw\njunk\n";

    #[test]
    fn mounts_of_both_files() {
        let mounts = parse_mountinfo(MOUNTINFO);
        assert_eq!(mounts.len(), 4);
        assert_eq!(mounts[3].path, "/mnt/a b");
        assert_eq!(
            mount_of(&mounts, "/var/lib/docker/x").unwrap().file_system,
            "xfs"
        );
        assert_eq!(mount_of(&mounts, "/var/lib/dockerx").unwrap().path, "/");
        assert!(mounts[2].options.iter().any(|option| option == "noexec"));
        let old = parse_mounts("/dev/sda1 / ext3 rw,noatime 0 0\n");
        assert_eq!(old[0].file_system, "ext3");
    }

    #[test]
    fn a_folder_that_is_not_there_is_its_parent_and_a_network_one_is_not_asked() {
        let mut host = Scripted::new()
            .file("/proc/self/mountinfo", MOUNTINFO)
            .dir("/var/lib")
            .dir("/mnt/a b")
            .link("/var/lib/replicated", "/mnt/a b")
            .dir("/");
        host.spaces.insert(
            "/var/lib".into(),
            Space {
                total: 100 * MIB,
                available: 40 * MIB,
                inodes_free: 5,
                inodes: 10,
            },
        );
        let storage = collect(&Reader::new(&host), None);
        let docker = &storage.folders["/var/lib/docker"];
        assert_eq!(docker.measured.value().unwrap(), "/var/lib");
        assert_eq!(docker.available_mb.value(), Some(&40));
        assert_eq!(docker.inodes.value(), Some(&(5, 10)));
        let replicated = &storage.folders["/var/lib/replicated"];
        assert_eq!(replicated.link.value().unwrap(), "/mnt/a b");
        assert!(replicated.available_mb.source().contains("statvfs"));
        assert!(replicated.available_mb.value().is_none());
    }

    #[test]
    fn swap_now_and_at_the_next_boot() {
        assert_eq!(
            swaps("Filename Type\n/dev/dm-1 partition 1 0 -2\n"),
            ["/dev/dm-1"]
        );
        let fstab = "# x\n/dev/dm-1 swap swap defaults 0 0\n/f none swap noauto 0 0\n/dev/a / ext4 rw 0 0\n";
        assert_eq!(fstab_swaps(fstab), ["/dev/dm-1"]);
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in any::<String>()) {
            let _ = (parse_mountinfo(&text), parse_mounts(&text), swaps(&text), fstab_swaps(&text));
        }
    }
}
