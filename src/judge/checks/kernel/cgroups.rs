//! Control groups.

use super::super::known::known;
use super::super::remedy;
use super::super::{Check, Group, Level, Outcome, SCHEDULERS, Subject, Target};
use crate::facts::Fact;
use crate::judge::finding::Remedy;
use crate::version::Version;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] = &[VERSION, CONTROLLERS, SWAP];

const VERSION: Check = Check {
    id: "kern.cgroup.version",
    title: "Version of the control groups",
    group: Group::Kernel,
    concerns: SCHEDULERS,
    reads: &["kernel.cgroup", "storage.mounts", "docker.version"],
    wanted: "mounted; version 2 with Docker 20.10 or newer",
    source: "docs.docker.com engine/release-notes/20.10 (cgroup v2); system-validators isCgroupsV1DisabledInKubelet",
    rules: &["K10"],
    waivable: true,
    run: version,
};

fn version(subject: &Subject<'_>) -> Vec<Outcome> {
    let facts = subject.facts;
    let cgroup = known!(
        "the version of the control groups",
        "kernel.cgroup",
        &facts.kernel.cgroup
    );
    let mounts = known!("what is mounted", "storage.mounts", &facts.storage.mounts);
    let mounted = cgroup == "v2"
        || mounts
            .iter()
            .any(|mount| mount.file_system.starts_with("cgroup"));
    let docker: Option<Version> = facts
        .docker
        .version
        .value()
        .and_then(|text| text.parse().ok());
    let old = docker
        .zip("20.10".parse().ok())
        .is_some_and(|(docker, wanted)| docker < wanted);
    let outcome = if !mounted {
        let mut remedy = Remedy::hint("mount the control groups, now and at every boot");
        remedy.commands = remedy::enable(facts, "cgconfig");
        remedy.undo = remedy::disable(facts, "cgconfig");
        Outcome::fail("no control groups are mounted; wanted: mounted").remedy(remedy)
    } else if cgroup == "v2" && old {
        Outcome::fail(format!(
            "control groups of version 2, and Docker {} < 20.10, which knows only the first",
            facts.docker.version.value().map_or("", String::as_str)
        ))
        .remedy(
            Remedy::hint("upgrade Docker, or boot with the first version")
                .command("grubby --update-kernel=ALL --args=systemd.unified_cgroup_hierarchy=0")
                .undo("grubby --update-kernel=ALL --remove-args=systemd.unified_cgroup_hierarchy")
                .with_reboot(),
        )
    } else {
        Outcome::pass(format!("control groups {cgroup} are mounted"))
    };
    vec![
        outcome
            .actual("kernel.cgroup", cgroup.as_str())
            .read("kernel.cgroup", &facts.kernel.cgroup)
            .read("storage.mounts", &facts.storage.mounts),
    ]
}

const CONTROLLERS: Check = Check {
    id: "kern.cgroup.ctrl",
    title: "Controllers of the control groups",
    group: Group::Kernel,
    concerns: SCHEDULERS,
    reads: &["cgroups.v1", "cgroups.v2", "boot.cmdline"],
    wanted: "cpu, memory, devices, freezer; for Kubernetes also cpuset, pids (and cpuacct in version 1), better with hugetlb and io (blkio)",
    source: "system-validators cgroup_validator_linux.go; moby contrib/check-config.sh",
    rules: &[],
    waivable: true,
    run: controllers,
};

fn controllers(subject: &Subject<'_>) -> Vec<Outcome> {
    let facts = subject.facts;
    let cgroup = known!(
        "the version of the control groups",
        "kernel.cgroup",
        &facts.kernel.cgroup
    );
    let unified = cgroup == "v2";
    let there: Vec<String> = if unified {
        known!("the controllers", "cgroups.v2", &facts.cgroups.v2).clone()
    } else {
        let all = known!("the controllers", "cgroups.v1", &facts.cgroups.v1);
        all.iter()
            .filter(|(_, on)| **on)
            .map(|(name, _)| name.clone())
            .collect()
    };
    let lacks = |names: &[&str]| -> Vec<String> {
        let missing = names
            .iter()
            .filter(|name| !there.iter().any(|have| have == *name));
        missing.map(|name| (*name).to_owned()).collect()
    };
    // The unified hierarchy has freezing and devices without controllers.
    let (all, kubernetes): (&[&str], &[&str]) = if unified {
        (&["cpu", "memory"], &["cpuset", "pids"])
    } else {
        (
            &["cpu", "memory", "devices", "freezer"],
            &["cpuset", "cpuacct", "pids"],
        )
    };
    let (base, more) = (lacks(all), lacks(kubernetes));
    let switched_off = facts.boot.cmdline.value().and_then(|words| {
        words
            .iter()
            .find(|word| word.starts_with("cgroup_disable="))
    });
    let why = switched_off.map_or(String::new(), |word| {
        format!(" (the kernel was booted with {word})")
    });
    let remedy = Remedy::hint("switch them on with the kernel's command line")
        .command(
            "grubby --update-kernel=ALL --remove-args=cgroup_disable --args='cgroup_enable=memory'",
        )
        .undo("grubby --update-kernel=ALL --remove-args=cgroup_enable")
        .with_reboot();
    let outcome = if !base.is_empty() {
        Outcome::fail(format!(
            "no controller {}{why}; wanted: {}",
            base.join(", "),
            all.join(", ")
        ))
        .remedy(remedy)
    } else if !more.is_empty() {
        Outcome::info(format!(
            "no controller {}{why}; only Kubernetes needs it",
            more.join(", ")
        ))
        .on(&[Target::Kubernetes], Level::Fail)
        .remedy(remedy)
    } else {
        Outcome::pass(format!("controllers: {}", there.join(", ")))
    };
    // system-validators asks for these without insisting on them.
    let optional = lacks(if unified {
        &["hugetlb", "io"]
    } else {
        &["hugetlb", "blkio"]
    });
    let mut outcomes = vec![outcome];
    if subject.aims_at(&[Target::Kubernetes]) && !optional.is_empty() {
        let text = format!(
            "no controller {}; wanted: both, for limits of huge pages and of reading and writing",
            optional.join(", ")
        );
        let rest = Outcome::new(Level::Na, text)
            .on(&[Target::Kubernetes], Level::Warn)
            .about("optional");
        outcomes.push(rest.remedy(Remedy::hint(
            "nothing has to be done where no pod limits them; the distribution's own kernel has both",
        )));
    }
    let read = |outcome: Outcome| {
        let outcome = outcome
            .actual("controllers", there.clone())
            .read("kernel.cgroup", &facts.kernel.cgroup);
        if unified {
            outcome.read("cgroups.v2", &facts.cgroups.v2)
        } else {
            outcome.read("cgroups.v1", &facts.cgroups.v1)
        }
    };
    outcomes.into_iter().map(read).collect()
}

const SWAP: Check = Check {
    id: "kern.swapaccount",
    title: "Limits of swap",
    group: Group::Kernel,
    concerns: &[Target::Native, Target::Swarm],
    reads: &["docker.info.warnings"],
    wanted: "swap is accounted, where an application limits memory and swap",
    source: "moby daemon/info_unix.go 'No swap limit support'",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.docker.info.warnings;
        vec![match fact {
            Fact::Known { value, .. } if value.iter().any(|warning| warning.contains("No swap limit")) => {
                Outcome::info("Docker says: No swap limit support; an application that limits memory and swap gets no limit of swap")
                    .remedy(Remedy::hint("boot with swapaccount=1").command("grubby --update-kernel=ALL --args=swapaccount=1").with_reboot())
                    .read("docker.info.warnings", fact)
            }
            Fact::Known { .. } => Outcome::pass("Docker says nothing against limits of swap").read("docker.info.warnings", fact),
            Fact::Absent { .. } => Outcome::na("Docker does not tell").read("docker.info.warnings", fact),
            fact @ Fact::Unreadable { .. } => Outcome::unknown("what Docker warns of", "docker.info.warnings", fact),
        }]
    },
};
