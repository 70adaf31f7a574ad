//! Security modules and settings.

use super::super::known::known;
use super::super::remedy;
use super::super::{ALL, Check, Group, Level, Outcome, SCHEDULERS, Subject, Target};
use crate::facts::Fact;
use crate::judge::finding::Remedy;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] = &[SELINUX, APPARMOR, REGISTRIES, HIDEPID];

const SELINUX: Check = Check {
    id: "sec.selinux",
    title: "SELinux",
    group: Group::Firewall,
    concerns: SCHEDULERS,
    reads: &[
        "security.selinux",
        "security.container_selinux",
        "os.family",
    ],
    wanted: "permissive or off, or enforcing with container-selinux",
    source: "replicated-installer preflights/selinux.sh; kURL must_disable_selinux; docs.docker.com install/rhel",
    rules: &[],
    waivable: true,
    run: selinux,
};

fn selinux(subject: &Subject<'_>) -> Vec<Outcome> {
    let security = &subject.facts.security;
    let mode = known!("SELinux's mode", "security.selinux", &security.selinux);
    let el6 = subject
        .facts
        .os
        .family
        .value()
        .is_some_and(|family| family == "el6");
    let outcome = if mode != "enforcing" {
        Outcome::pass(format!("SELinux is {mode}"))
    } else if el6 {
        Outcome::warn("SELinux is enforcing; Docker 1.7.1 on EL6 has no policy for it; wanted: permissive while Docker is set up, or a policy of the site's own")
            .remedy(Remedy::hint("ask who is responsible for SELinux; only then").command("setenforce 0").undo("setenforce 1"))
    } else {
        match &security.container_selinux {
            Fact::Known { value: true, .. } => {
                Outcome::info("SELinux is enforcing, with container-selinux")
                    .on(&[Target::Native], Level::Warn)
                    .remedy(
                        Remedy::hint(
                            "Replicated asks for container-selinux and labels on its folders",
                        )
                        .command("restorecon -Rv /var/lib/replicated"),
                    )
            }
            Fact::Known { value: false, .. } | Fact::Absent { .. } => Outcome::warn(
                "SELinux is enforcing, and container-selinux is not installed; wanted: installed",
            )
            .remedy(remedy::package(
                subject.facts,
                "the policy for containers",
                "container-selinux",
                "container-selinux",
            )),
            fact @ Fact::Unreadable { .. } => Outcome::unknown(
                "whether container-selinux is installed",
                "security.container_selinux",
                fact,
            ),
        }
    };
    vec![
        outcome
            .actual("security.selinux", mode.as_str())
            .read("security.selinux", &security.selinux),
    ]
}

const APPARMOR: Check = Check {
    id: "sec.apparmor",
    title: "AppArmor",
    group: Group::Firewall,
    concerns: SCHEDULERS,
    reads: &["security.apparmor", "identity.programs.apparmor_parser"],
    wanted: "where it is on, its parser is installed",
    source: "moby contrib/check-config.sh, apparmor",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.security.apparmor;
        let on = known!("whether AppArmor is on", "security.apparmor", fact);
        let parser = subject.facts.identity.programs.get("apparmor_parser");
        vec![match (on, parser) {
            (false, _) => Outcome::pass("AppArmor is off"),
            (true, Some(Fact::Known { .. })) => Outcome::pass("AppArmor is on, with its parser"),
            (true, Some(Fact::Absent { .. }) | None) => Outcome::warn("AppArmor is on and apparmor_parser is not there: Docker starts no container; wanted: installed")
                .remedy(remedy::package(subject.facts, "AppArmor's parser", "apparmor-parser", "apparmor")),
            (true, Some(fact @ Fact::Unreadable { .. })) => Outcome::unknown("whether there is apparmor_parser", "identity.programs.apparmor_parser", fact),
        }
        .read("security.apparmor", fact)]
    },
};

const REGISTRIES: Check = Check {
    id: "sec.registries_block",
    title: "Blocked registries",
    group: Group::Firewall,
    concerns: SCHEDULERS,
    reads: &["software.blocked_registries"],
    wanted: "no registry is blocked",
    source: "replicated-installer preflights/docker.sh; containers-registries.conf(5)",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.software.blocked_registries;
        vec![match fact {
            Fact::Known { value, .. } if value.is_empty() => {
                Outcome::pass("no registry is blocked").read("software.blocked_registries", fact)
            }
            Fact::Known { value, .. } => Outcome::warn(format!(
                "blocked registries: {}; wanted: none that the application's images come from",
                value.join(", ")
            ))
            .actual("blocked", value.clone())
            .read("software.blocked_registries", fact)
            .remedy(
                Remedy::hint("ask who blocked them; take out those that are needed").file(
                    "/etc/containers/registries.conf",
                    "without the registries of the application in the block list",
                ),
            ),
            Fact::Absent { .. } => Outcome::na("there is no list of registries")
                .read("software.blocked_registries", fact),
            fact @ Fact::Unreadable { .. } => Outcome::unknown(
                "which registries are blocked",
                "software.blocked_registries",
                fact,
            ),
        }]
    },
};

const HIDEPID: Check = Check {
    id: "sec.hidepid",
    title: "Hidden processes",
    group: Group::Firewall,
    concerns: ALL,
    reads: &["storage.mounts"],
    wanted: "/proc without hidepid, so that holders of ports and daemons can be named",
    source: "proc(5) hidepid",
    rules: &[],
    waivable: true,
    run: |subject| {
        let storage = &subject.facts.storage;
        let mounts = known!("what is mounted", "storage.mounts", &storage.mounts);
        let hidden = mounts
            .iter()
            .filter(|mount| mount.path == "/proc")
            .flat_map(|mount| &mount.options)
            .find(|option| {
                option.starts_with("hidepid=")
                    && !matches!(option.as_str(), "hidepid=0" | "hidepid=off")
            });
        vec![
            match hidden {
                Some(option) => Outcome::info(format!(
                    "/proc is mounted with {option}: who is not root sees only processes of his own"
                ))
                .remedy(Remedy::hint("run it as root")),
                None => Outcome::pass("processes are not hidden"),
            }
            .read("storage.mounts", &storage.mounts),
        ]
    },
};
