//! The host in a few lines: a finding for each group of facts.

use std::collections::BTreeMap;

use super::finding::{Evidence, Finding, Severity, Status};
use crate::facts::{Fact, Facts};

/// What one fact adds to its group's finding: a few words where it is known,
/// and a complaint where it could not be read.
struct Line {
    words: Option<String>,
    /// Path, and why it could not be read.
    unread: Option<(String, String)>,
    evidence: Evidence,
}

fn line<T>(path: &str, fact: &Fact<T>, words: impl FnOnce(&T) -> Option<String>) -> Line {
    Line {
        words: fact.value().and_then(words),
        unread: match fact {
            Fact::Unreadable { why, source } => Some((path.to_owned(), format!("{source}: {why}"))),
            Fact::Known { .. } | Fact::Absent { .. } => None,
        },
        evidence: Evidence {
            fact: path.into(),
            source: fact.source().into(),
        },
    }
}

/// A finding for each group of facts: passed when some of it could be read.
pub(super) fn groups(facts: &Facts) -> Vec<Finding> {
    let text = |value: &String| Some(value.clone());
    let (os, kernel, docker) = (&facts.os, &facts.kernel, &facts.docker);
    let (resources, security, services) = (&facts.resources, &facts.security, &facts.services);
    let caps = kernel
        .capabilities
        .iter()
        .map(|(name, fact)| line(&format!("cap.{name}"), fact, |_| None));
    let mut kernel_lines = vec![
        line("kernel.release", &kernel.release, text),
        line("arch", &kernel.arch, text),
        line("virt", &kernel.virt, |virt| {
            Some(format!("virtualisation {virt}"))
        }),
        line("cgroup", &kernel.cgroup, |v| Some(format!("cgroup {v}"))),
    ];
    kernel_lines.extend(caps);
    vec![
        group(
            "facts.os",
            "Distribution",
            vec![
                line("os.name", &os.name, text),
                line("os.family", &os.family, |family| {
                    Some(format!("family {family}"))
                }),
                line("os.running_release", &os.running_release, |r| {
                    Some(format!("the running kernel is that of {r}"))
                }),
            ],
        ),
        group("facts.kernel", "Kernel", kernel_lines),
        group(
            "facts.docker",
            "Docker",
            vec![
                line("docker.installed", &docker.installed, |installed| {
                    (!installed).then(|| "not installed".to_string())
                }),
                line("docker.version", &docker.version, |v| {
                    Some(format!("Docker {v}"))
                }),
                line("docker.running", &docker.running, |running| {
                    Some(
                        if *running {
                            "answers on its socket"
                        } else {
                            "does not run"
                        }
                        .into(),
                    )
                }),
                line("docker.storage_driver", &docker.storage_driver, |d| {
                    Some(format!("storage driver {d}"))
                }),
                line("docker.swarm", &docker.swarm, |s| {
                    Some(format!("Swarm {s}"))
                }),
            ],
        ),
        group(
            "facts.network",
            "Network",
            vec![
                line("network.interfaces", &facts.network.interfaces, |all| {
                    Some(format!("{} interfaces", all.len()))
                }),
                line("network.routes", &facts.network.routes, |all| {
                    Some(format!("{} routes", all.len()))
                }),
                line("network.listeners", &facts.network.listeners, |all| {
                    Some(format!("{} listening ports", all.len()))
                }),
            ],
        ),
        group(
            "facts.firewall",
            "Firewall",
            vec![line("firewall.kind", &facts.firewall.kind, text)],
        ),
        group(
            "facts.resources",
            "Resources",
            vec![
                line("cpu.count", &resources.cpus, |n| Some(format!("{n} CPUs"))),
                line("mem.mb", &resources.memory_mb, |mb| {
                    Some(format!("{mb} MiB memory"))
                }),
                line("mem.swap", &resources.swap_mb, |mb| {
                    Some(if *mb == 0 {
                        "no swap".into()
                    } else {
                        format!("{mb} MiB swap")
                    })
                }),
                line("disks", &resources.disks, |disks| {
                    let root = disks.iter().find(|disk| disk.mount_point == "/")?;
                    Some(format!("{} MiB free on /", root.available_mb))
                }),
            ],
        ),
        group(
            "facts.security",
            "Security",
            vec![
                line("security.fips", &security.fips, |on| {
                    Some(on_off("FIPS", *on))
                }),
                line("security.secureboot", &security.secure_boot, |on| {
                    Some(on_off("Secure Boot", *on))
                }),
                line("security.selinux", &security.selinux, |s| {
                    Some(format!("SELinux {s}"))
                }),
            ],
        ),
        group(
            "facts.services",
            "Services",
            vec![
                line("init", &services.init, |init| Some(format!("init {init}"))),
                line("time.synchronised", &services.time_synchronised, |on| {
                    Some(
                        if *on {
                            "clock synchronised"
                        } else {
                            "clock not synchronised"
                        }
                        .into(),
                    )
                }),
            ],
        ),
    ]
}

fn on_off(what: &str, on: bool) -> String {
    format!("{what} {}", if on { "on" } else { "off" })
}

fn group(id: &str, title: &str, lines: Vec<Line>) -> Finding {
    // Facts that are not known for the same reason are told together.
    let mut unread: Vec<(&str, Vec<&str>)> = Vec::new();
    for (path, why) in lines.iter().filter_map(|line| line.unread.as_ref()) {
        match unread.iter_mut().find(|(known, _)| known == why) {
            Some((_, paths)) => paths.push(path),
            None => unread.push((why, vec![path])),
        }
    }
    let words: Vec<_> = lines.iter().filter_map(|line| line.words.clone()).collect();
    let mut message = words.join(", ");
    if !unread.is_empty() {
        let so_far = if message.is_empty() { "" } else { "; " };
        let told = unread
            .iter()
            .map(|(why, paths)| format!("{} ({why})", paths.join(", ")));
        let told = told.collect::<Vec<_>>().join("; ");
        message = format!("{message}{so_far}not known: {told}");
    }
    // Whatever a check needs of it, the check says that it is not known.
    let status = if words.is_empty() && !unread.is_empty() {
        Status::Unknown
    } else {
        Status::Pass
    };
    Finding {
        id: id.into(),
        title: title.into(),
        group: "facts".into(),
        status_by_target: BTreeMap::new(),
        status,
        severity: (status == Status::Unknown).then_some(Severity::Low),
        inhibitor: false,
        message,
        actual: BTreeMap::new(),
        required: "it can be read".into(),
        evidence: lines.into_iter().map(|line| line.evidence).collect(),
        remedy: None,
        rules: Vec::new(),
        links: Vec::new(),
        waivable: false,
        waived_by: None,
    }
}
