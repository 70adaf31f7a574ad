//! The daemon: is it there, does it answer, is its version one that fits.

use super::super::known::known;
use super::super::remedy;
use super::super::{Check, Group, Level, Outcome, SCHEDULERS, Subject, Target};
use crate::facts::Fact;
use crate::judge::finding::Remedy;
use crate::version::Version;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] =
    &[PRESENT, VERSION, DAEMON, STORAGE, EXECDRIVER, EL6];

/// Whether Docker is known to be missing: then most checks have nothing to say.
pub(super) fn missing(subject: &Subject<'_>) -> Option<Vec<Outcome>> {
    let fact = &subject.facts.docker.installed;
    (fact.value() == Some(&false))
        .then(|| vec![Outcome::na("Docker is not installed").read("docker.installed", fact)])
}

/// An answer of Docker that not every version gives: absent is "does not apply".
macro_rules! told {
    ($subject:expr, $what:expr, $path:expr, $fact:expr) => {
        match $fact {
            crate::facts::Fact::Known { value, .. } => value,
            crate::facts::Fact::Absent { why, .. } => {
                return vec![
                    crate::judge::checks::Outcome::na(format!("{}: {why}", $what))
                        .read($path, $fact),
                ]
            }
            fact => return vec![crate::judge::checks::Outcome::unknown($what, $path, fact)],
        }
    };
}
pub(super) use told;

const PRESENT: Check = Check {
    id: "docker.present",
    title: "Docker is installed",
    group: Group::Docker,
    concerns: SCHEDULERS,
    reads: &["docker.installed"],
    wanted: "installed, or to be installed; without internet: installed",
    source: "replicated-installer (airgap implies no Docker installation); the rules named with it",
    rules: &["SW4", "SW15", "N4", "N8"],
    waivable: true,
    run: |_| Vec::new(),
};

const VERSION: Check = Check {
    id: "docker.version",
    title: "Version of Docker",
    group: Group::Docker,
    concerns: SCHEDULERS,
    reads: &["docker.version", "os.docker_max"],
    wanted: "at least what the target needs, and no newer than what is known to run on this distribution",
    source: "help-center config.prod.yaml; replicated-installer common/docker-version.sh; the rules named with it",
    rules: &["SW5", "SW6", "N5", "N6", "K15"],
    waivable: true,
    run: version,
};

fn version(subject: &Subject<'_>) -> Vec<Outcome> {
    if missing(subject).is_some() {
        return Vec::new();
    }
    let docker = &subject.facts.docker;
    let text = known!("Docker's version", "docker.version", &docker.version);
    let parse = |text: &str| text.parse::<Version>().ok();
    let max = subject.facts.os.docker_max.value();
    let el6 = subject
        .facts
        .os
        .family
        .value()
        .is_some_and(|family| family == "el6");
    let outcome = match (parse(text), max.and_then(|max| parse(max))) {
        (Some(version), Some(limit)) if version > limit => {
            let max = max.map_or("", String::as_str);
            if el6 {
                Outcome::fail(format!("Docker {text} on EL6; wanted {max} or older: newer ones do not run on its kernel"))
            } else {
                Outcome::info(format!("Docker {text} is newer than {max}, the newest that is known for this distribution"))
                    .on(&[Target::Native], Level::Warn)
            }
            .remedy(Remedy::hint("ask the vendor whether the installation takes this version"))
        }
        (None, _) => Outcome::unknown(
            "Docker's version",
            "docker.version",
            &Fact::<()>::unreadable(format!("{text} is no version"), docker.version.source()),
        ),
        _ => Outcome::pass(format!("Docker {text}")),
    };
    vec![
        outcome
            .actual("docker.version", text.as_str())
            .read("docker.version", &docker.version)
            .read("os.docker_max", &subject.facts.os.docker_max),
    ]
}

const DAEMON: Check = Check {
    id: "docker.daemon",
    title: "Docker answers",
    group: Group::Docker,
    concerns: SCHEDULERS,
    reads: &["docker.running"],
    wanted: "the daemon answers on its socket",
    source: "replicated-installer requireDocker; GET /_ping",
    rules: &[],
    waivable: true,
    run: |subject| {
        if let Some(missing) = missing(subject) {
            return missing;
        }
        let docker = &subject.facts.docker;
        let runs = known!("whether Docker answers", "docker.running", &docker.running);
        vec![
            if *runs {
                Outcome::pass("Docker answers")
            } else {
                let mut remedy = Remedy::hint("start it, and have it start at boot");
                remedy.commands = remedy::enable(subject.facts, "docker");
                remedy.undo = remedy::disable(subject.facts, "docker");
                Outcome::warn("Docker is installed and does not answer; wanted: it runs")
                    .on(&[Target::Native, Target::Swarm], Level::Fail)
                    .remedy(remedy)
            }
            .read("docker.running", &docker.running),
        ]
    },
};

const STORAGE: Check = Check {
    id: "docker.storage",
    title: "Storage driver",
    group: Group::Docker,
    concerns: SCHEDULERS,
    reads: &["docker.storage_driver", "docker.info.driver_status"],
    wanted: "overlay2 with d_type, or devicemapper on a thin pool of its own",
    source: "replicated-installer checkDockerStorageDriver; docs.docker.com storage drivers; moby#14024 #20657",
    rules: &[],
    waivable: true,
    run: storage,
};

fn storage(subject: &Subject<'_>) -> Vec<Outcome> {
    if let Some(missing) = missing(subject) {
        return missing;
    }
    let docker = &subject.facts.docker;
    let driver = known!(
        "the storage driver",
        "docker.storage_driver",
        &docker.storage_driver
    );
    let empty = std::collections::BTreeMap::new();
    let status = match &docker.info.driver_status {
        Fact::Known { value, .. } => value,
        Fact::Absent { .. } => &empty,
        fact @ Fact::Unreadable { .. } => {
            return vec![Outcome::unknown(
                "the storage driver's state",
                "docker.info.driver_status",
                fact,
            )];
        }
    };
    let says = |name: &str| status.get(name).map(String::as_str);
    let direct = Remedy::hint(
        "give Docker a thin pool on a disk of its own (direct-lvm), or overlay2 where the kernel has it; images and containers are lost with the change",
    );
    let mut outcomes = Vec::new();
    match driver.as_str() {
        "devicemapper" => {
            if says("Data loop file").is_some() {
                outcomes.push(Outcome::warn("devicemapper on a loopback file, which is slow and loses data when the host stops hard; wanted: a thin pool of its own").about("loopback").remedy(direct));
            }
            if says("Udev Sync Supported") == Some("false") {
                outcomes.push(Outcome::fail("devicemapper without udev sync: a static Docker binary; wanted: the distribution's own binary").about("udev")
                    .remedy(remedy::package(subject.facts, "Docker from the distribution's packages", "docker-io", "docker.io")));
            }
            outcomes.extend(pool(status));
        }
        "vfs" => outcomes.push(
            Outcome::fail("the storage driver vfs copies every layer; wanted: overlay2").remedy(
                Remedy::hint(
                    "set another storage driver; images and containers are lost with the change",
                )
                .file(
                    "/etc/docker/daemon.json",
                    "{\"storage-driver\": \"overlay2\"}",
                ),
            ),
        ),
        "overlay" | "aufs" => outcomes.push(
            Outcome::warn(format!(
                "the storage driver {driver} is no longer developed; wanted: overlay2"
            ))
            .remedy(
                Remedy::hint("set overlay2; images and containers are lost with the change").file(
                    "/etc/docker/daemon.json",
                    "{\"storage-driver\": \"overlay2\"}",
                ),
            ),
        ),
        _ => {}
    }
    if outcomes.is_empty() {
        outcomes.push(Outcome::pass(format!("the storage driver is {driver}")));
    }
    let driver = driver.as_str();
    outcomes
        .into_iter()
        .map(|outcome| {
            outcome
                .actual("docker.storage_driver", driver)
                .read("docker.storage_driver", &docker.storage_driver)
                .read("docker.info.driver_status", &docker.info.driver_status)
        })
        .collect()
}

/// How full the thin pool is, as `Data Space Used` and `Data Space Total` say.
fn pool(status: &std::collections::BTreeMap<String, String>) -> Option<Outcome> {
    let share = |what: &str| {
        let used = size(status.get(&format!("{what} Space Used"))?)?;
        let total = size(status.get(&format!("{what} Space Total"))?)?;
        (total > 0.0).then_some((used * 100.0 / total).round())
    };
    let (data, metadata) = (share("Data"), share("Metadata"));
    let full = [("data", data), ("metadata", metadata)]
        .into_iter()
        .find_map(|(what, share)| {
            share
                .filter(|share| *share > 80.0)
                .map(|share| (what, share))
        })?;
    Some(
        Outcome::warn(format!(
            "the thin pool's {} is {} % full; wanted: less than 80 %",
            full.0, full.1
        ))
        .about("pool")
        .actual("percent", full.1)
        .remedy(
            Remedy::hint("grow the pool, or remove images that nothing uses")
                .command("lvextend -l +100%FREE VG/POOL"),
        ),
    )
}

/// A size as Docker writes it: `1.8 GB`, `53.74 GB`, `729.1 kB`.
fn size(text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let number: f64 = text.get(..end)?.parse().ok()?;
    let unit = match text.get(end..)?.trim().chars().next()?.to_ascii_lowercase() {
        'b' => 1.0,
        'k' => 1e3,
        'm' => 1e6,
        'g' => 1e9,
        't' => 1e12,
        _ => return None,
    };
    Some(number * unit)
}

const EXECDRIVER: Check = Check {
    id: "docker.execdriver",
    title: "Execution driver",
    group: Group::Docker,
    concerns: &[Target::Native],
    reads: &["docker.info.exec_driver"],
    wanted: "not lxc",
    source: "replicated-installer checkDockerDriver",
    rules: &[],
    waivable: true,
    run: |subject| {
        if let Some(missing) = missing(subject) {
            return missing;
        }
        let fact = &subject.facts.docker.info.exec_driver;
        let driver = told!(
            subject,
            "the execution driver",
            "docker.info.exec_driver",
            fact
        );
        vec![if driver.starts_with("lxc") {
            Outcome::fail(format!("the execution driver is {driver}; wanted: native"))
                .remedy(Remedy::hint("take `-e lxc` out of the daemon's options, and restart Docker when containers may stop").file("/etc/sysconfig/docker", "other_args without -e lxc"))
        } else {
            Outcome::pass(format!("the execution driver is {driver}"))
        }
        .read("docker.info.exec_driver", fact)]
    },
};

const EL6: Check = Check {
    id: "docker.el6",
    title: "Docker on EL6",
    group: Group::Docker,
    concerns: &[Target::Native],
    reads: &["os.family", "kernel.release"],
    wanted: "kernel 2.6.32-573 or newer: older ones are known to panic under Docker",
    source: "moby#9856 #14024 #14495 (2.6.32-431 to -504)",
    rules: &[],
    waivable: true,
    run: |subject| {
        let family = known!("the distribution", "os.family", &subject.facts.os.family);
        if family != "el6" {
            return vec![Outcome::na("not EL6").read("os.family", &subject.facts.os.family)];
        }
        let release = known!(
            "the kernel's release",
            "kernel.release",
            &subject.facts.kernel.release
        );
        let build = release
            .parse::<Version>()
            .ok()
            .and_then(|version| version.rhel_build());
        vec![match build {
            Some(build) if (431..573).contains(&build) => Outcome::warn(format!("kernel {release} is one of those that are known to panic under Docker; wanted: 2.6.32-573 or newer"))
                .remedy(Remedy::hint("update the kernel, and reboot").command("yum update -y kernel").with_reboot()),
            Some(_) => Outcome::pass(format!("kernel {release} is none of those that are known to panic")),
            None => Outcome::info(format!("kernel {release} is not Red Hat's own: nothing is known of it")),
        }
        .actual("kernel.release", release.as_str())
        .read("kernel.release", &subject.facts.kernel.release)]
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_docker_writes_them() {
        assert_eq!(size("1.8 GB"), Some(1.8e9));
        assert_eq!(size("729.1 kB"), Some(729.1e3));
        assert_eq!(size("53.74GB"), Some(53.74e9));
        assert_eq!(size("x"), None);
        assert_eq!(size(""), None);
    }
}
