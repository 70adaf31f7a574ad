//! Disks: room, file systems, mounts.

use std::collections::BTreeMap;

use super::super::known::known;
use super::super::{Check, Group, Level, Outcome, SCHEDULERS, Subject, Target};
use crate::facts::Fact;
use crate::facts::storage::{Folder, Mount};
use crate::judge::finding::Remedy;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] = &[
    ROOM, INODES, TYPE, DTYPE, OPTIONS, SYMLINK, ROTATIONAL, FSYNC,
];

const ROOM: Check = Check {
    id: "res.disk",
    title: "Room on disks",
    group: Group::Resources,
    concerns: &[
        Target::Swarm,
        Target::Kubernetes,
        Target::Native,
        Target::Flannel,
    ],
    reads: &["storage.folders"],
    wanted: "native: 1 GB on /tmp and Docker's folder, 250 MB on /var/lib/replicated (added up where they share a disk), no disk 83 % full; \
             Kubernetes: disks of 30 GiB, 10 GiB free, less than 60 % used",
    source: "help-center custom-preflight-checks; replicated-installer preflights/disk.sh 83 %; kURL and \
             embedded-cluster host preflights",
    rules: &[],
    waivable: true,
    run: room,
};

/// A folder: who puts data there, and what the native scheduler and Swarm want
/// free, in MB.
const FOLDERS: &[(&str, &[Target], u64)] = &[
    ("/tmp", &[Target::Native, Target::Swarm], 1000),
    ("/var/lib/replicated", &[Target::Native], 250),
    ("/var/lib/kubelet", &[Target::Kubernetes], 0),
    ("/var/lib/containerd", &[Target::Kubernetes], 0),
    (
        "/var/lib/etcd",
        &[Target::Kubernetes, Target::Flannel],
        2000,
    ),
];

/// Docker's own folder, where it is known, else the default.
fn docker_root<'a>(subject: &Subject<'a>) -> &'a str {
    let root = subject.facts.docker.root_dir.value();
    root.map_or("/var/lib/docker", String::as_str)
}

fn room(subject: &Subject<'_>) -> Vec<Outcome> {
    let docker = (docker_root(subject), SCHEDULERS, 1000);
    let folders: Vec<_> = std::iter::once(docker)
        .chain(FOLDERS.iter().copied())
        .collect();
    let mut outcomes = Vec::new();
    for (path, users, wanted) in folders.iter().copied() {
        if !subject.aims_at(users) {
            continue;
        }
        let Some(folder) = subject.facts.storage.folders.get(path) else {
            continue;
        };
        outcomes.push(room_of(path, folder, users, wanted));
    }
    outcomes.extend(together(subject, &folders));
    if outcomes.is_empty() {
        let fact: Fact<()> = Fact::unreadable("no folder was measured", "storage.folders");
        outcomes.push(Outcome::unknown(
            "the room on disks",
            "storage.folders",
            &fact,
        ));
    }
    outcomes
}

/// Folders on one file system: each may have its room, and all together not.
fn together(subject: &Subject<'_>, folders: &[(&str, &[Target], u64)]) -> Vec<Outcome> {
    let mut mounts: BTreeMap<&str, Vec<(&str, u64, u64)>> = BTreeMap::new();
    let mut targets = Vec::new();
    for (path, users, wanted) in folders.iter().copied().filter(|(_, _, wanted)| *wanted > 0) {
        // Kubernetes wants a whole disk's size, which is not added up.
        let users = users.iter().filter(|user| **user != Target::Kubernetes);
        let users: Vec<_> = users.filter(|user| subject.aims_at(&[**user])).collect();
        let folder = subject.facts.storage.folders.get(path);
        let place = folder.and_then(|folder| {
            Some((
                folder.mount.value()?.as_str(),
                *folder.available_mb.value()?,
            ))
        });
        if let (false, Some((mount, free))) = (users.is_empty(), place) {
            mounts.entry(mount).or_default().push((path, wanted, free));
            targets.extend(users);
        }
    }
    let short = mounts.into_iter().filter_map(|(mount, users)| {
        let sum: u64 = users.iter().map(|(_, wanted, _)| wanted).sum();
        let most = users.iter().map(|(_, wanted, _)| *wanted).max()?;
        let free = users.iter().map(|(_, _, free)| *free).min()?;
        let lacks = |wanted: u64| free * 1024 * 1024 < wanted * 1_000_000;
        // Where it is too little for one of them, that one's finding says so.
        if !lacks(sum) || lacks(most) {
            return None;
        }
        let paths: Vec<_> = users.iter().map(|(path, _, _)| *path).collect();
        Some(
            Outcome::new(
                Level::Na,
                format!(
                    "{} share {mount}, with {free} MiB free; wanted: {sum} MB together",
                    paths.join(", ")
                ),
            )
            .on(&targets, Level::Fail)
            .about(format!("sum.{mount}"))
            .wanted(format!("{sum} MB free on {mount}"))
            .actual("available_mb", free)
            .read("storage.folders", &Fact::known((), "statvfs(3)"))
            .remedy(Remedy::hint(format!(
                "make room on {mount}, grow it, or give one of them a volume of its own"
            ))),
        )
    });
    short.collect()
}

fn room_of(path: &str, folder: &Folder, users: &[Target], wanted: u64) -> Outcome {
    let place = format!("storage.folders.{path}");
    let (total, free) = match (&folder.total_mb, &folder.available_mb) {
        (Fact::Known { value: total, .. }, Fact::Known { value: free, .. }) => (*total, *free),
        (Fact::Known { .. }, fact) | (fact, _) => {
            return Outcome::unknown(&format!("the room for {path}"), &place, fact).about(path);
        }
    };
    let free_percent = (free.min(total) * 100).checked_div(total).unwrap_or(0);
    let used = 100 - free_percent;
    let mount = folder
        .mount
        .value()
        .map_or("its file system", String::as_str);
    let mut levels: Vec<(Target, Level)> = Vec::new();
    for user in users {
        let level = if *user == Target::Kubernetes {
            // 30 GiB in all, 80 % and 60 % used, 10 GiB free.
            match () {
                () if total < 30 * 1024 || used > 80 => Level::Fail,
                () if used > 60 || free < 10 * 1024 => Level::Warn,
                () => Level::Pass,
            }
        } else if free * 1024 * 1024 < wanted * 1_000_000 {
            Level::Fail
        } else if used >= 83 {
            Level::Warn
        } else {
            Level::Pass
        };
        levels.push((*user, level));
    }
    let kubernetes = users.contains(&Target::Kubernetes);
    let wants = match (kubernetes, wanted) {
        (true, 0) => "wanted: 30 GiB in all, 10 GiB free, less than 60 % used".to_owned(),
        (true, wanted) => format!(
            "wanted: {wanted} MB free and less than 83 % used; Kubernetes: 30 GiB in all, 10 GiB free, less than 60 % used"
        ),
        (false, wanted) => format!("wanted: {wanted} MB free, less than 83 % used"),
    };
    let mut outcome = Outcome::new(
        Level::Na,
        format!("{path}: {free} MiB of {total} free on {mount}, {used} % used; {wants}"),
    )
    .about(path)
    .wanted(wants)
    .actual("available_mb", free)
    .actual("total_mb", total)
    .actual("used_percent", used)
    .read(&place, &folder.available_mb)
    .remedy(Remedy::hint(format!(
        "make room on {mount}, grow it, or give {path} a volume of its own before anything is installed"
    )));
    for (user, level) in levels {
        outcome = outcome.on(&[user], level);
    }
    outcome
}

const INODES: Check = Check {
    id: "res.inodes",
    title: "Inodes of Docker's folder",
    group: Group::Resources,
    concerns: SCHEDULERS,
    reads: &["storage.folders"],
    wanted: "5 % and 100000 of them free: images are many small files",
    source: "own: a file system without inodes reports 'No space left on device' with room left (statfs(2))",
    rules: &[],
    waivable: true,
    run: inodes,
};

fn inodes(subject: &Subject<'_>) -> Vec<Outcome> {
    let path = docker_root(subject);
    let Some(folder) = subject.facts.storage.folders.get(path) else {
        return Vec::new();
    };
    let place = format!("storage.folders.{path}");
    let outcome = match &folder.inodes {
        Fact::Known {
            value: (free, all), ..
        } => {
            let few = *free < 100_000 || free.saturating_mul(20) < *all;
            let text = format!("{free} of {all} inodes free for {path}; wanted 5 % and 100000");
            if few {
                Outcome::warn(text).remedy(Remedy::hint(
                    "remove many small files, or make a new file system with more inodes (mkfs.ext4 -i 8192)",
                ))
            } else {
                Outcome::pass(text)
            }
            .actual("free", *free)
            .actual("all", *all)
        }
        Fact::Absent { .. } => Outcome::na("the file system makes inodes as it needs them"),
        fact @ Fact::Unreadable { .. } => Outcome::unknown("the free inodes", &place, fact),
    };
    vec![outcome.read(&place, &folder.inodes)]
}

/// The mount that Docker's folder is on.
fn docker_mount<'a>(subject: &Subject<'a>) -> Option<&'a Mount> {
    let path = docker_root(subject);
    let storage = &subject.facts.storage;
    let measured = storage
        .folders
        .get(path)
        .and_then(|folder| folder.measured.value());
    storage.mount_of(measured.map_or(path, String::as_str))
}

const TYPE: Check = Check {
    id: "res.fs.type",
    title: "File system of Docker's folder",
    group: Group::Resources,
    concerns: SCHEDULERS,
    reads: &["storage.mounts"],
    wanted: "a disk's own file system: ext4, or xfs with ftype=1",
    source: "docs.docker.com storage drivers, 'Supported backing filesystems'; embedded-cluster host preflight",
    rules: &[],
    waivable: true,
    run: kind,
};

fn kind(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.storage.mounts;
    known!("what is mounted", "storage.mounts", fact);
    let Some(mount) = docker_mount(subject) else {
        return vec![Outcome::unknown(
            "the file system of Docker's folder",
            "storage.mounts",
            fact,
        )];
    };
    let kind = mount.file_system.as_str();
    let text = format!(
        "Docker's folder is on {kind} ({}, {})",
        mount.path, mount.device
    );
    let outcome = match kind {
        "ext4" | "ext3" | "xfs" => Outcome::pass(text),
        "nfs" | "nfs4" | "cifs" | "smb3" | "tmpfs" | "ramfs" | "overlay" | "aufs" | "fuse"
        | "squashfs" => Outcome::fail(format!(
            "{text}; wanted: a disk's own file system, ext4 or xfs"
        ))
        .remedy(Remedy::hint(
            "give Docker's folder a local volume with ext4, or xfs made with -n ftype=1",
        )),
        _ => Outcome::info(format!("{text}; ext4 and xfs are what is tested most")),
    };
    vec![
        outcome
            .actual("file_system", kind)
            .read("storage.mounts", fact),
    ]
}

const DTYPE: Check = Check {
    id: "res.fs.dtype",
    title: "d_type of Docker's file system",
    group: Group::Resources,
    concerns: SCHEDULERS,
    reads: &["storage.mounts", "docker.d_type", "docker.storage_driver"],
    wanted: "xfs made with ftype=1, for the overlay drivers",
    source: "docs.docker.com overlayfs-driver, d_type; moby PR#27433",
    rules: &[],
    waivable: true,
    run: dtype,
};

fn dtype(subject: &Subject<'_>) -> Vec<Outcome> {
    let facts = subject.facts;
    known!("what is mounted", "storage.mounts", &facts.storage.mounts);
    let xfs = docker_mount(subject).is_some_and(|mount| mount.file_system == "xfs");
    let driver = facts.docker.storage_driver.value().map(String::as_str);
    let outcome = if !xfs {
        Outcome::pass(
            "no xfs: every file system that Docker's overlay drivers take tells the types of files",
        )
    } else if driver == Some("devicemapper") {
        Outcome::pass("xfs, under the storage driver devicemapper, which does not need d_type")
    } else {
        match &facts.docker.d_type {
            Fact::Known { value: true, .. } => Outcome::pass("xfs with ftype=1, as Docker says"),
            Fact::Known { value: false, .. } => Outcome::fail(
                "xfs without ftype=1, as Docker says; wanted ftype=1: files of images would be lost",
            )
            .strict()
            .remedy(
                Remedy::hint("make a new volume and move Docker's folder there: ftype cannot be changed later")
                    .command("mkfs.xfs -n ftype=1 /dev/NEW"),
            ),
            Fact::Absent { source, .. } | Fact::Unreadable { source, .. } => {
                let fact: Fact<()> = Fact::unreadable(
                    "xfs, and Docker does not say whether it was made with ftype=1",
                    source.as_str(),
                );
                Outcome::unknown("d_type", "docker.d_type", &fact).remedy(
                    Remedy::hint("look whether it says ftype=1").command(format!("xfs_info {}", docker_root(subject))),
                )
            }
        }
    };
    vec![
        outcome
            .read("storage.mounts", &facts.storage.mounts)
            .read("docker.d_type", &facts.docker.d_type),
    ]
}

const OPTIONS: Check = Check {
    id: "res.fs.opts",
    title: "Mount options of data folders",
    group: Group::Resources,
    concerns: SCHEDULERS,
    reads: &["storage.mounts"],
    wanted: "neither noexec nor nosuid nor ro where containers and Replicated live, and no one SELinux label for all files",
    source: "mount(8): programs of images would not run, setuid programs in them lose their rights; context= labels \
             all files alike",
    rules: &[],
    waivable: true,
    run: options,
};

fn options(subject: &Subject<'_>) -> Vec<Outcome> {
    let storage = &subject.facts.storage;
    known!("what is mounted", "storage.mounts", &storage.mounts);
    let (mut bad, mut labelled) = (Vec::new(), Vec::new());
    for path in [
        docker_root(subject),
        "/var/lib/replicated",
        "/var/lib/kubelet",
    ] {
        let measured = storage
            .folders
            .get(path)
            .and_then(|folder| folder.measured.value());
        let Some(mount) = storage.mount_of(measured.map_or(path, String::as_str)) else {
            continue;
        };
        let hinder: Vec<_> = mount
            .options
            .iter()
            .filter(|option| matches!(option.as_str(), "noexec" | "nosuid" | "ro"))
            .map(String::as_str)
            .collect();
        if !hinder.is_empty() {
            bad.push(format!("{path} on {}: {}", mount.path, hinder.join(",")));
        }
        let label = |option: &&String| option.starts_with("context=");
        labelled.extend(
            mount
                .options
                .iter()
                .find(label)
                .map(|option| format!("{path} on {}: {option}", mount.path)),
        );
    }
    let outcome = if bad.is_empty() && !labelled.is_empty() {
        Outcome::warn(format!(
            "{}: all files there have one SELinux label, and containers get none of their own; wanted: without context=",
            labelled.join("; ")
        ))
        .remedy(Remedy::hint(
            "mount it without context=, in /etc/fstab too, and have the files labelled: restorecon -Rv",
        ))
    } else if bad.is_empty() {
        Outcome::pass("data folders may be written, and programs run there")
    } else {
        Outcome::fail(format!(
            "{}; wanted: none of noexec, nosuid, ro",
            bad.join("; ")
        ))
        .remedy(
            Remedy::hint("mount them without these options, in /etc/fstab too")
                .command("mount -o remount,exec,suid,rw PATH"),
        )
    };
    vec![
        outcome
            .actual("hindered", bad)
            .read("storage.mounts", &storage.mounts),
    ]
}

const SYMLINK: Check = Check {
    id: "res.fs.symlink",
    title: "Data folders that are links",
    group: Group::Resources,
    concerns: SCHEDULERS,
    reads: &["storage.folders"],
    wanted: "folders, or bind mounts",
    source: "embedded-cluster host preflight 'Data Dir Symlink'",
    rules: &[],
    waivable: true,
    run: symlink,
};

fn symlink(subject: &Subject<'_>) -> Vec<Outcome> {
    let mut links = Vec::new();
    let mut last = None;
    let kubernetes = subject.aims_at(&[Target::Kubernetes]);
    let more: &[&str] = if kubernetes {
        &["/var/lib/kubelet", "/var/lib/etcd"]
    } else {
        &["/var/lib/replicated"]
    };
    for path in std::iter::once(docker_root(subject)).chain(more.iter().copied()) {
        let Some(folder) = subject.facts.storage.folders.get(path) else {
            continue;
        };
        match &folder.link {
            Fact::Known { value, .. } => links.push(format!("{path} -> {value}")),
            Fact::Absent { .. } => {}
            fact @ Fact::Unreadable { .. } => {
                return vec![Outcome::unknown(
                    &format!("whether {path} is a link"),
                    &format!("storage.folders.{path}"),
                    fact,
                )];
            }
        }
        last = Some(&folder.link);
    }
    let Some(last) = last else {
        return Vec::new();
    };
    let outcome = if links.is_empty() {
        Outcome::pass("no data folder is a symbolic link")
    } else {
        Outcome::info(format!("{}; wanted: folders", links.join(", ")))
            .on(&[Target::Kubernetes], Level::Fail)
            .remedy(Remedy::hint(
                "mount the other place there instead: mount --bind, and in /etc/fstab",
            ))
    };
    vec![outcome.actual("links", links).read("storage.folders", last)]
}

const ROTATIONAL: Check = Check {
    id: "res.disk.rotational",
    title: "Disks that turn",
    group: Group::Resources,
    concerns: &[Target::Kubernetes, Target::Flannel],
    reads: &["storage.rotational"],
    wanted: "solid state for etcd, which waits for the disk with every change",
    source: "etcd docs, Hardware recommendations: Disks",
    rules: &[],
    waivable: true,
    run: rotational,
};

fn rotational(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.storage.rotational;
    let disks = known!("which disks turn", "storage.rotational", fact);
    let turning: Vec<_> = disks
        .iter()
        .filter(|(_, turns)| **turns)
        .map(|(name, _)| name.clone())
        .collect();
    let outcome = if turning.is_empty() {
        Outcome::pass("no disk says that it turns")
    } else {
        let says = if turning.len() == 1 {
            "says that it turns"
        } else {
            "say that they turn"
        };
        Outcome::info(format!(
            "{} {says} (virtual disks often say so): measure with --deep",
            turning.join(", ")
        ))
    };
    vec![
        outcome
            .actual("rotational", turning)
            .read("storage.rotational", fact),
    ]
}

/// From which 99th percentile on etcd is slow, in microseconds (etcd docs,
/// Hardware recommendations; kURL and embedded-cluster "etcd": 10 ms).
const SLOW: u64 = 10_000;

/// From which on it loses its leader again and again (gravity, hard limit: 150
/// ms; etcd's heartbeat is 100 ms).
const TOO_SLOW: u64 = 150_000;

/// With fewer writes one slow one is the percentile.
const ENOUGH: u64 = 100;

const FSYNC: Check = Check {
    id: "res.disk.fsync",
    title: "How fast the disk keeps",
    group: Group::Resources,
    concerns: &[Target::Kubernetes, Target::Flannel],
    reads: &["deep.fsync", "storage.folders"],
    wanted: "with --deep: 99 of 100 writes of 2300 bytes to the file system of /var/lib/etcd are on the disk \
             within 10 ms; not within 150 ms: no etcd",
    source: "etcd docs, Hardware recommendations; kURL and embedded-cluster etcd 10 ms; gravity 150 ms",
    rules: &[],
    waivable: true,
    run: fsync,
};

fn fsync(subject: &Subject<'_>) -> Vec<Outcome> {
    let Some(deep) = &subject.facts.deep else {
        return vec![Outcome::na("not asked: preflight --deep")];
    };
    let fact = &deep.fsync;
    let found = known!("how fast the disk keeps", "deep.fsync", fact);
    let told = |us: u64| format!("{}.{} ms", us / 1000, us % 1000 / 100);
    let (half, most) = (told(found.p50_us), told(found.p99_us));
    let mut text = format!(
        "{} writes of 2300 bytes in {}: half are on the disk within {half}, 99 of 100 within {most}",
        found.n, found.folder
    );
    if found.n < ENOUGH {
        text.push_str(&format!(
            "; fewer than {ENOUGH} writes tell little of the slowest one in 100"
        ));
    }
    // fs/btrfs/tree-log.c btrfs_log_inode_parent: no log for a file that has no
    // name any more.
    let flattered = found.file_system == "btrfs";
    if flattered {
        text.push_str(
            "; btrfs leaves its log out for the file that was written: etcd will be slower",
        );
    }
    let remedy = Remedy::hint(format!(
        "give /var/lib/etcd a faster disk of its own, solid state, before etcd is set up: mount it there, and \
         measure again (DEVICE stands for the new disk; now it is on {})",
        found.folder
    ))
    .command("mkfs.ext4 /dev/DEVICE")
    .command("mkdir -p /var/lib/etcd")
    .command("mount /dev/DEVICE /var/lib/etcd")
    .command("groundcrew preflight --deep")
    .file("/etc/fstab", "/dev/DEVICE /var/lib/etcd ext4 defaults 0 2");
    let outcome = if found.n == 0 {
        return vec![
            Outcome::new(Level::Unknown, "not one write was tried in time")
                .read("deep.fsync", fact),
        ];
    } else if found.p99_us > TOO_SLOW {
        Outcome::fail(format!("{text}; wanted: 10 ms, and 150 ms at most")).remedy(remedy)
    } else if found.p99_us > SLOW {
        Outcome::warn(format!("{text}; wanted: 10 ms")).remedy(remedy)
    } else if found.n < ENOUGH || flattered {
        Outcome::info(text)
    } else {
        Outcome::pass(text)
    };
    vec![
        outcome
            .actual("n", found.n)
            .actual("p50_us", found.p50_us)
            .actual("p99_us", found.p99_us)
            .read("deep.fsync", fact),
    ]
}
