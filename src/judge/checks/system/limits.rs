//! Limits and tools that a target needs.

use super::super::known::known;
use super::super::remedy;
use super::super::{ALL, Check, Group, Level, OVERLAYS, Outcome, SCHEDULERS, Subject, Target};
use crate::facts::Fact;
use crate::judge::finding::Remedy;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] = &[
    OPEN_FILES,
    INOTIFY,
    KEYS,
    UMASK,
    PROGRAMS,
    PACKAGE_MANAGER,
    TMP,
];

const OPEN_FILES: Check = Check {
    id: "sys.limits",
    title: "Limit of open files",
    group: Group::System,
    concerns: &[Target::Kubernetes, Target::Native],
    reads: &["identity.open_files", "docker.info.daemon_json"],
    wanted: "Kubernetes: 65536 open files; native: no limit of Docker's own for containers",
    source: "k0s pkg/component/status sysinfo: RLIMIT_NOFILE 65536; replicated-installer \
             preflights/docker.sh, nofile in default-ulimits",
    rules: &[],
    waivable: true,
    run: open_files,
};

fn open_files(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.identity.open_files;
    let own = match fact {
        Fact::Known { value, .. } => of_session(value.1, fact),
        fact => Outcome::unknown("the limit of open files", "identity.open_files", fact),
    };
    // Containers of the native scheduler have Docker's limits, not the session's.
    let mut outcomes = vec![own.on(&[Target::Native], Level::Na)];
    let info = &subject.facts.docker.info;
    let set = info
        .key("default-ulimits")
        .and_then(|limits| limits.pointer("/nofile/Hard")?.as_u64());
    if subject.aims_at(&[Target::Native]) {
        outcomes.push(match (set, &info.daemon_json) {
            (Some(limit), fact) => Outcome::warn(format!(
                "Docker gives each container {limit} open files (default-ulimits); wanted: Docker's own limit"
            ))
            .actual("nofile", limit)
            .read("docker.info.daemon_json", fact)
            .remedy(Remedy::hint(
                "see whether the application has enough with it; else take nofile out of \
                 default-ulimits in /etc/docker/daemon.json, and restart Docker when containers may stop",
            )),
            (None, fact @ Fact::Unreadable { .. }) => Outcome::unknown(
                "Docker's limit of open files",
                "docker.info.daemon_json",
                fact,
            ),
            (None, fact) => Outcome::pass("Docker sets no limit of open files for containers")
                .read("docker.info.daemon_json", fact),
        }
        .on(&[Target::Kubernetes], Level::Na)
        .about("docker"));
    }
    outcomes
}

fn of_session(hard: Option<u64>, fact: &Fact<(Option<u64>, Option<u64>)>) -> Outcome {
    let outcome = match hard {
        Some(hard) if hard < 65536 => {
            Outcome::warn(format!("at most {hard} open files; wanted 65536"))
                .actual("open_files", hard)
                .remedy(
                    Remedy::hint("raise the limit; it holds from the next login on").file(
                        "/etc/security/limits.d/90-groundcrew.conf",
                        "* - nofile 65536",
                    ),
                )
        }
        Some(hard) => Outcome::pass(format!("{hard} open files")).actual("open_files", hard),
        None => Outcome::pass("any number of open files"),
    };
    outcome.read("identity.open_files", fact)
}

const INOTIFY: Check = Check {
    id: "sys.inotify",
    title: "inotify",
    group: Group::System,
    concerns: ALL,
    reads: &[
        "sysctl.fs.inotify.max_user_instances",
        "sysctl.fs.inotify.max_user_watches",
    ],
    wanted: "1024 instances and 65536 watches for each user",
    source: "embedded-cluster host preflight; gravity inotify check",
    rules: &[],
    waivable: true,
    run: inotify,
};

fn inotify(subject: &Subject<'_>) -> Vec<Outcome> {
    let wanted = [
        ("fs.inotify.max_user_instances", 1024, "instances"),
        ("fs.inotify.max_user_watches", 65536, "watches"),
    ];
    let each = wanted.into_iter().filter_map(|(name, wanted, what)| {
        at_least(subject, name, wanted).map(|outcome| {
            outcome
                .about(what)
                .wanted(format!("{name} of {wanted} or more"))
        })
    });
    each.map(|outcome| match outcome.level_for(Target::Native) {
        Level::Warn => outcome.on(&[Target::Kubernetes], Level::Fail),
        _ => outcome,
    })
    .collect()
}

/// A kernel setting that has to be at least so much.
fn at_least(subject: &Subject<'_>, name: &str, wanted: u64) -> Option<Outcome> {
    let setting = subject.facts.sysctl.get(name)?;
    let path = format!("sysctl.{name}");
    let outcome = match &setting.live {
        Fact::Known { value, source } => match value.parse::<u64>() {
            Ok(number) if number >= wanted => Outcome::pass(format!("{name} is {number}")),
            Ok(number) => Outcome::warn(format!("{name} is {number}; wanted {wanted}"))
                .remedy(remedy::sysctl(subject.facts, name, &wanted.to_string())),
            Err(_) => {
                let broken: Fact<()> = Fact::unreadable("it is no number", source.as_str());
                return Some(Outcome::unknown(name, &path, &broken));
            }
        }
        .actual(name, value.as_str()),
        Fact::Absent { .. } => Outcome::na(format!("this kernel has no {name}")),
        fact => return Some(Outcome::unknown(name, &path, fact)),
    };
    Some(outcome.read(&path, &setting.live))
}

const KEYS: Check = Check {
    id: "sys.keys",
    title: "Kernel keys of root",
    group: Group::System,
    concerns: &[Target::Swarm, Target::Kubernetes],
    reads: &["sysctl.kernel.keys.root_maxkeys"],
    wanted: "more than 10000 keys: each container takes one",
    source: "moby contrib/check-config.sh, Limits",
    rules: &[],
    waivable: true,
    run: |subject| {
        at_least(subject, "kernel.keys.root_maxkeys", 10_001)
            .into_iter()
            .collect()
    },
};

const UMASK: Check = Check {
    id: "sys.umask",
    title: "Mask of new files",
    group: Group::System,
    concerns: &[Target::Native, Target::Kubernetes],
    reads: &["identity.umask"],
    wanted: "022: installers write files that containers of other users read",
    source: "umask(2); kubeadm and Replicated's script write with the session's mask",
    rules: &[],
    waivable: true,
    run: umask,
};

fn umask(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.identity.umask;
    let mask = match fact {
        Fact::Known { value, .. } => *value,
        Fact::Absent { .. } => {
            return vec![
                Outcome::na("this kernel does not tell the mask (it came with 4.7)")
                    .read("identity.umask", fact),
            ];
        }
        fact @ Fact::Unreadable { .. } => {
            return vec![Outcome::unknown(
                "the mask of new files",
                "identity.umask",
                fact,
            )];
        }
    };
    // Reading and entering for others is what is missed.
    let outcome = if mask & 0o055 != 0 {
        Outcome::warn(format!("the mask of new files is {mask:03o}; wanted 022")).remedy(
            Remedy::hint("set it in the session that installs")
                .command("umask 022")
                .undo(format!("umask {mask:03o}")),
        )
    } else {
        Outcome::pass(format!("the mask of new files is {mask:03o}"))
    };
    vec![
        outcome
            .actual("identity.umask", format!("{mask:03o}"))
            .read("identity.umask", fact),
    ]
}

const PROGRAMS: Check = Check {
    id: "sys.path",
    title: "Programs",
    group: Group::System,
    concerns: ALL,
    reads: &["identity.programs"],
    wanted: "the programs that the target calls are in the search path",
    source: "kubeadm preflight addExecChecks; replicated-installer ip-address.sh (`ip -4 -o addr`)",
    rules: &[],
    waivable: true,
    run: programs,
};

/// A program: its package with yum and with apt, whom its lack stops, and whom
/// it only hinders.
type Need = (
    &'static str,
    &'static str,
    &'static str,
    &'static [Target],
    &'static [Target],
);

const NEEDS: &[Need] = &[
    (
        "ip",
        "iproute",
        "iproute2",
        &[
            Target::Kubernetes,
            Target::Native,
            Target::Wireguard,
            Target::Flannel,
        ],
        &[Target::Swarm, Target::Zerotier],
    ),
    (
        "iptables",
        "iptables",
        "iptables",
        &[Target::Kubernetes, Target::Swarm, Target::Native],
        &[],
    ),
    ("mount", "util-linux", "mount", &[Target::Kubernetes], &[]),
    (
        "nsenter",
        "util-linux",
        "util-linux",
        &[Target::Kubernetes],
        &[],
    ),
    ("modprobe", "kmod", "kmod", &[], ALL),
    (
        "conntrack",
        "conntrack-tools",
        "conntrack",
        &[],
        &[Target::Kubernetes],
    ),
    ("umount", "util-linux", "mount", &[], &[Target::Kubernetes]),
    (
        "ebtables",
        "ebtables",
        "ebtables",
        &[],
        &[Target::Kubernetes],
    ),
    ("ethtool", "ethtool", "ethtool", &[], &[Target::Kubernetes]),
    ("socat", "socat", "socat", &[], &[Target::Kubernetes]),
    ("tc", "iproute-tc", "iproute2", &[], &[Target::Kubernetes]),
];

fn programs(subject: &Subject<'_>) -> Vec<Outcome> {
    let programs = &subject.facts.identity.programs;
    let mut outcomes = Vec::new();
    let mut there = Vec::new();
    for (name, red_hat, debian, stops, hinders) in NEEDS {
        if !subject.aims_at(stops) && !subject.aims_at(hinders) {
            continue;
        }
        let Some(fact) = programs.get(*name) else {
            continue;
        };
        match fact {
            Fact::Known { .. } => there.push(*name),
            Fact::Absent { .. } => outcomes.push(
                Outcome::new(
                    Level::Na,
                    format!("{name} is not in the search path; wanted: it is installed"),
                )
                .about(*name)
                .on(hinders, Level::Warn)
                .on(stops, Level::Fail)
                .read(&format!("identity.programs.{name}"), fact)
                .remedy(remedy::package(subject.facts, name, red_hat, debian)),
            ),
            fact @ Fact::Unreadable { .. } => outcomes.push(
                Outcome::unknown(
                    &format!("whether there is {name}"),
                    &format!("identity.programs.{name}"),
                    fact,
                )
                .about(*name),
            ),
        }
    }
    if subject.aims_at(&[Target::Native]) && !subject.scope.airgap {
        outcomes.extend(download(subject));
    }
    if !there.is_empty() {
        outcomes.insert(
            0,
            Outcome::pass(format!("{} are there", there.join(", ")))
                .actual("there", there)
                .read(
                    "identity.programs",
                    &Fact::known((), "search path for programs"),
                ),
        );
    }
    outcomes
}

/// Replicated's script downloads with curl or wget.
fn download(subject: &Subject<'_>) -> Option<Outcome> {
    let programs = &subject.facts.identity.programs;
    let (curl, wget) = (programs.get("curl")?, programs.get("wget")?);
    match (curl, wget) {
        (Fact::Absent { .. }, Fact::Absent { .. }) => Some(
            Outcome::fail("neither curl nor wget is there; wanted one of them for the download")
                .about("download")
                .on(OVERLAYS, Level::Na)
                .read("identity.programs.curl", curl)
                .remedy(remedy::package(subject.facts, "curl", "curl", "curl")),
        ),
        _ => None,
    }
}

const PACKAGE_MANAGER: Check = Check {
    id: "sys.pkgmgr",
    title: "Package manager",
    group: Group::System,
    concerns: ALL,
    reads: &["software.package_lock"],
    wanted: "no other package manager runs",
    source: "yum, dnf, apt and zypper each lock their database (their manuals)",
    rules: &[],
    waivable: true,
    run: package_manager,
};

fn package_manager(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.software.package_lock;
    let outcome = match known!(
        "whether a package manager runs",
        "software.package_lock",
        fact
    ) {
        Some(who) => Outcome::warn(format!(
            "{who} runs; wanted: nothing else installs packages"
        ))
        .remedy(Remedy::hint("wait until it has ended")),
        None => Outcome::pass("no package manager runs"),
    };
    vec![outcome.read("software.package_lock", fact)]
}

const TMP: Check = Check {
    id: "sys.tmp",
    title: "Folders for temporary files",
    group: Group::System,
    concerns: SCHEDULERS,
    reads: &["storage.mounts"],
    wanted: "/tmp and /var/tmp without noexec: installers unpack and run programs there",
    source: "mount(8) noexec; help-center custom-preflight-checks (/tmp)",
    rules: &[],
    waivable: true,
    run: tmp,
};

fn tmp(subject: &Subject<'_>) -> Vec<Outcome> {
    let storage = &subject.facts.storage;
    known!("what is mounted", "storage.mounts", &storage.mounts);
    let outcomes = ["/tmp", "/var/tmp"].into_iter().filter_map(|path| {
        let mount = storage.mount_of(path)?;
        let noexec = mount.options.iter().any(|option| option == "noexec");
        let outcome = if noexec {
            Outcome::warn(format!(
                "{} is mounted noexec, and {path} is on it; wanted: programs may run there",
                mount.path
            ))
            .remedy(
                Remedy::hint("let installers unpack elsewhere, or mount it with exec")
                    .command("mkdir -m 0700 -p /root/tmp && export TMPDIR=/root/tmp"),
            )
        } else {
            Outcome::pass(format!("programs may run in {path}"))
        };
        Some(
            outcome
                .about(path)
                .actual("options", mount.options.clone())
                .read("storage.mounts", &storage.mounts),
        )
    });
    outcomes.collect()
}
