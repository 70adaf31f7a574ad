//! CPUs, memory and disks.

use super::known::known;
use super::{Check, Group, Level, Outcome, SCHEDULERS, Subject, Target};
use crate::facts::Fact;
use crate::judge::finding::Remedy;

pub mod disks;

/// The checks of this file.
pub(super) const CHECKS: &[Check] = &[CPU, MEMORY, SWAP];

const CPU: Check = Check {
    id: "res.cpu",
    title: "CPUs",
    group: Group::Resources,
    concerns: SCHEDULERS,
    reads: &["resources.cpus"],
    wanted: "Kubernetes: 4, at least 2; others: 2",
    source: "kubeadm preflight NumCPU 2; kURL host preflight 4; embedded-cluster 2",
    rules: &["K5"],
    waivable: true,
    run: cpu,
};

fn cpu(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.resources.cpus;
    let cpus = *known!("the number of CPUs", "resources.cpus", fact);
    let level = |wanted: u64, short| if cpus < wanted { short } else { Level::Pass };
    let outcome = Outcome::new(
        level(2, Level::Info),
        format!("{cpus} CPUs; wanted 2, for Kubernetes 4"),
    )
    .on(&[Target::Kubernetes], level(4, Level::Warn))
    .remedy(Remedy::hint("give the machine more CPUs").with_reboot());
    vec![outcome.actual("cpus", cpus).read("resources.cpus", fact)]
}

const MEMORY: Check = Check {
    id: "res.mem",
    title: "Memory",
    group: Group::Resources,
    concerns: SCHEDULERS,
    reads: &["resources.memory_mb"],
    wanted: "1 GB; Kubernetes: 8 GB, at least 2 GB (5 % less is taken, which firmware keeps)",
    source: "help-center custom-preflight-checks 1 GB; kubeadm 1700 MB; embedded-cluster 2 GB; kURL 4 and 8 GB",
    rules: &["K6"],
    waivable: true,
    run: memory,
};

fn memory(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.resources.memory_mb;
    let mb = *known!("the memory", "resources.memory_mb", fact);
    // MiB against GB, less 5 % for what firmware and crash kernel keep.
    let short = |gb: u64| mb * 1024 * 1024 < gb * 1_000_000_000 / 100 * 95;
    let kubernetes = match () {
        () if short(2) => Level::Fail,
        () if short(4) => Level::Warn,
        () if short(8) => Level::Info,
        () => Level::Pass,
    };
    let outcome = Outcome::new(
        if short(1) { Level::Fail } else { Level::Pass },
        format!("{mb} MiB of memory; wanted 1 GB, for Kubernetes 8 GB and at least 2 GB"),
    )
    .on(&[Target::Kubernetes], kubernetes)
    .remedy(Remedy::hint("give the machine more memory").with_reboot());
    vec![
        outcome
            .actual("memory_mb", mb)
            .read("resources.memory_mb", fact),
    ]
}

const SWAP: Check = Check {
    id: "res.swap",
    title: "Swap",
    group: Group::Resources,
    concerns: SCHEDULERS,
    reads: &["resources.swap_mb", "storage.swaps", "storage.fstab_swaps"],
    wanted: "none for Kubernetes, now and after the next boot",
    source: "kubernetes.io install-kubeadm; kURL mustSwapoff",
    rules: &["K7"],
    waivable: true,
    run: swap,
};

fn swap(subject: &Subject<'_>) -> Vec<Outcome> {
    let storage = &subject.facts.storage;
    let swap = *known!(
        "the swap",
        "resources.swap_mb",
        &subject.facts.resources.swap_mb
    );
    let fstab = match &storage.fstab_swaps {
        Fact::Known { value, .. } => value.clone(),
        // No fstab, nothing that is switched on from there.
        Fact::Absent { .. } => Vec::new(),
        fact @ Fact::Unreadable { .. } => {
            return vec![Outcome::unknown(
                "what fstab switches on",
                "storage.fstab_swaps",
                fact,
            )];
        }
    };
    let remedy = Remedy::hint(
        "switch swap off now, and comment its line in /etc/fstab out (a copy is kept)",
    )
    .command("swapoff -a")
    .command("sed -i.bak '/\\sswap\\s/s/^/#/' /etc/fstab")
    .undo("mv /etc/fstab.bak /etc/fstab")
    .undo("swapon -a");
    let outcome = if swap > 0 {
        // For Kubernetes, the rule says it.
        Outcome::pass(format!("{swap} MiB of swap"))
    } else if fstab.is_empty() {
        Outcome::pass("no swap, and /etc/fstab switches none on")
    } else {
        Outcome::pass(format!(
            "no swap now; /etc/fstab switches {} on at the next boot",
            fstab.join(", ")
        ))
        .on(&[Target::Kubernetes], Level::Warn)
    };
    vec![
        outcome
            .actual("swap_mb", swap)
            .actual("fstab", fstab)
            .read("resources.swap_mb", &subject.facts.resources.swap_mb)
            .read("storage.fstab_swaps", &storage.fstab_swaps)
            .remedy(remedy),
    ]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod cases {
    use super::super::cases::{Case, case, known, unread};
    use crate::facts::Facts;
    use crate::facts::deep::{Deep, Fsync};
    use crate::facts::storage::{FOLDERS, Folder, Mount};

    /// What a host has that these checks have nothing to say of.
    pub fn good(facts: &mut Facts) {
        facts.storage.mounts = known(vec![Mount {
            path: "/".into(),
            file_system: "ext4".into(),
            device: "/dev/sda1".into(),
            options: vec!["rw".into(), "relatime".into()],
        }]);
        for path in FOLDERS {
            facts
                .storage
                .folders
                .insert((*path).into(), folder(200_000, 100_000));
        }
        facts.storage.swaps = known(Vec::new());
        facts.storage.fstab_swaps = known(Vec::new());
        facts.storage.rotational = known([("sda".to_owned(), false)].into());
    }

    /// A folder on a file system of that size, with that much left, in MiB.
    pub fn folder(total: u64, available: u64) -> Folder {
        Folder {
            measured: known("/".into()),
            mount: known("/".into()),
            total_mb: known(total),
            available_mb: known(available),
            inodes: known((9_000_000, 10_000_000)),
            link: super::super::cases::absent(),
            mode: known(0o755),
        }
    }

    /// A disk that is fast, where it was measured.
    pub fn measured(facts: &mut Facts) {
        took(facts, 2000, 900, "ext4");
    }

    fn took(facts: &mut Facts, n: u64, p99_us: u64, file_system: &str) {
        let fsync = Fsync {
            folder: "/var/lib".into(),
            file_system: file_system.into(),
            n,
            p50_us: p99_us / 2,
            p99_us,
        };
        facts.deep = Some(Deep {
            fsync: known(fsync),
        });
    }

    /// The hosts on which these checks come out one way or the other.
    pub const CASES: &[Case] = &[
        case!("res.disk.fsync", "not asked", "kubernetes", Na, |f, _| {}),
        case!("res.disk.fsync", "fast", "kubernetes", Pass, |f, _| {
            took(f, 2000, 10_000, "ext4")
        }),
        case!("res.disk.fsync", "few", "kubernetes", Info, |f, _| {
            took(f, 99, 900, "ext4")
        }),
        case!("res.disk.fsync", "btrfs", "kubernetes", Info, |f, _| {
            took(f, 2000, 900, "btrfs")
        }),
        case!("res.disk.fsync", "slow", "native+flannel", Warn, |f, _| {
            took(f, 300, 10_001, "ext4")
        }),
        case!("res.disk.fsync", "150 ms", "kubernetes", Warn, |f, _| {
            took(f, 120, 150_000, "ext4")
        }),
        case!("res.disk.fsync", "dying", "native+flannel", Fail, |f, _| {
            took(f, 20, 150_001, "ext4")
        }),
        case!(
            "res.disk.fsync",
            "none in time",
            "kubernetes",
            Unknown,
            |f, _| { took(f, 0, 0, "ext4") }
        ),
        case!(
            "res.disk.fsync",
            "read-only",
            "kubernetes",
            Unknown,
            |f, _| { f.deep = Some(Deep { fsync: unread() }) }
        ),
        case!("res.cpu", "eight", "kubernetes", Pass, |f, _| {}),
        case!(
            "res.cpu",
            "three for Kubernetes",
            "kubernetes",
            Warn,
            |f, _| f.resources.cpus = known(3)
        ),
        case!("res.cpu", "one for native", "native", Info, |f, _| f
            .resources
            .cpus =
            known(1)),
        case!("res.cpu", "unread", "native", Unknown, |f, _| f
            .resources
            .cpus =
            unread()),
        case!("res.mem", "32 GB", "kubernetes", Pass, |f, _| {}),
        case!("res.mem", "half a gigabyte", "native", Fail, |f, _| f
            .resources
            .memory_mb =
            known(512)),
        case!(
            "res.mem",
            "1 GB less what firmware keeps",
            "native",
            Pass,
            |f, _| f.resources.memory_mb = known(990)
        ),
        case!(
            "res.mem",
            "3 GB for Kubernetes",
            "kubernetes",
            Warn,
            |f, _| f.resources.memory_mb = known(3000)
        ),
        case!(
            "res.mem",
            "6 GB for Kubernetes",
            "kubernetes",
            Info,
            |f, _| f.resources.memory_mb = known(6000)
        ),
        case!("res.mem", "unread", "swarm", Unknown, |f, _| f
            .resources
            .memory_mb =
            unread()),
        case!("res.swap", "none", "kubernetes", Pass, |f, _| {}),
        case!("res.swap", "comes back", "kubernetes", Warn, |f, _| f
            .storage
            .fstab_swaps =
            known(vec!["/dev/dm-1".into()])),
        case!("res.swap", "on, native", "native", Pass, |f, _| f
            .resources
            .swap_mb =
            known(2048)),
        case!("res.swap", "unread", "kubernetes", Unknown, |f, _| f
            .resources
            .swap_mb =
            unread()),
        case!("res.swap", "fstab unread", "kubernetes", Unknown, |f, _| {
            f.storage.fstab_swaps = unread()
        }),
        case!(
            "res.disk./var/lib/docker",
            "room",
            "native",
            Pass,
            |f, _| {}
        ),
        case!(
            "res.disk./var/lib/docker",
            "900 MB left",
            "native",
            Fail,
            |f, _| {
                f.storage
                    .folders
                    .insert("/var/lib/docker".into(), folder(100_000, 900));
            }
        ),
        case!(
            "res.disk.sum./",
            "enough for each, not for all",
            "native",
            Fail,
            |f, _| {
                for path in ["/tmp", "/var/lib/docker", "/var/lib/replicated"] {
                    f.storage.folders.insert(path.into(), folder(100_000, 1500));
                }
            }
        ),
        case!(
            "res.disk./var/lib/docker",
            "90 % used",
            "native",
            Warn,
            |f, _| {
                f.storage
                    .folders
                    .insert("/var/lib/docker".into(), folder(1_000_000, 100_000));
            }
        ),
        case!(
            "res.disk./var/lib/kubelet",
            "a small disk",
            "kubernetes",
            Fail,
            |f, _| {
                f.storage
                    .folders
                    .insert("/var/lib/kubelet".into(), folder(20_000, 19_000));
            }
        ),
        case!("res.disk./tmp", "unread", "native", Unknown, |f, _| {
            let mut tmp = folder(1, 1);
            tmp.available_mb = unread();
            f.storage.folders.insert("/tmp".into(), tmp);
        }),
        case!("res.inodes", "many", "native", Pass, |f, _| {}),
        case!("res.inodes", "few", "native", Warn, |f, _| {
            f.storage.folders.get_mut("/var/lib/docker").unwrap().inodes =
                known((1000, 10_000_000));
        }),
        case!("res.inodes", "unread", "native", Unknown, |f, _| {
            f.storage.folders.get_mut("/var/lib/docker").unwrap().inodes = unread();
        }),
        case!("res.inodes", "btrfs", "native", Na, |f, _| {
            f.storage.folders.get_mut("/var/lib/docker").unwrap().inodes =
                super::super::cases::absent();
        }),
        case!("res.fs.type", "ext4", "native", Pass, |f, _| {}),
        case!("res.fs.type", "nfs", "native", Fail, |f, _| {
            let mut mounts = f.storage.mounts.value().unwrap().clone();
            mounts[0].file_system = "nfs4".into();
            f.storage.mounts = known(mounts);
        }),
        case!("res.fs.type", "btrfs", "native", Info, |f, _| {
            let mut mounts = f.storage.mounts.value().unwrap().clone();
            mounts[0].file_system = "btrfs".into();
            f.storage.mounts = known(mounts);
        }),
        case!("res.fs.type", "unread", "native", Unknown, |f, _| f
            .storage
            .mounts =
            unread()),
        case!("res.fs.dtype", "ext4", "native", Pass, |f, _| {}),
        case!(
            "res.fs.dtype",
            "xfs of an old installation",
            "native",
            Fail,
            |f, _| {
                let mut mounts = f.storage.mounts.value().unwrap().clone();
                mounts[0].file_system = "xfs".into();
                f.storage.mounts = known(mounts);
                f.docker.d_type = known(false);
            }
        ),
        case!(
            "res.fs.dtype",
            "xfs, and Docker does not say",
            "native",
            Unknown,
            |f, _| {
                let mut mounts = f.storage.mounts.value().unwrap().clone();
                mounts[0].file_system = "xfs".into();
                f.storage.mounts = known(mounts);
                f.docker.d_type = super::super::cases::absent();
            }
        ),
        case!("res.fs.opts", "rw", "native", Pass, |f, _| {}),
        case!("res.fs.opts", "noexec", "native", Fail, |f, _| {
            let mut mounts = f.storage.mounts.value().unwrap().clone();
            mounts[0].options.push("noexec".into());
            f.storage.mounts = known(mounts);
        }),
        case!("res.fs.opts", "one label", "native", Warn, |f, _| {
            let mut mounts = f.storage.mounts.value().unwrap().clone();
            mounts[0]
                .options
                .push("context=system_u:object_r:var_t:s0".into());
            f.storage.mounts = known(mounts);
        }),
        case!("res.fs.opts", "unread", "native", Unknown, |f, _| f
            .storage
            .mounts =
            unread()),
        case!("res.fs.symlink", "a folder", "kubernetes", Pass, |f, _| {}),
        case!("res.fs.symlink", "a link", "kubernetes", Fail, |f, _| {
            f.storage.folders.get_mut("/var/lib/kubelet").unwrap().link =
                known("/data/kubelet".into());
        }),
        case!(
            "res.fs.symlink",
            "a link, native",
            "native",
            Info,
            |f, _| {
                f.storage.folders.get_mut("/var/lib/docker").unwrap().link =
                    known("/data/docker".into());
            }
        ),
        case!("res.fs.symlink", "unread", "native", Unknown, |f, _| {
            f.storage.folders.get_mut("/var/lib/docker").unwrap().link = unread();
        }),
        case!(
            "res.disk.rotational",
            "solid state",
            "kubernetes",
            Pass,
            |f, _| {}
        ),
        case!(
            "res.disk.rotational",
            "a disk that turns",
            "native+flannel",
            Info,
            |f, _| {
                f.storage.rotational = known([("sda".to_owned(), true)].into());
            }
        ),
        case!(
            "res.disk.rotational",
            "unread",
            "kubernetes",
            Unknown,
            |f, _| f.storage.rotational = unread()
        ),
    ];
}
