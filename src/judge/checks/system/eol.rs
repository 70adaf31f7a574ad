//! The distribution: whether a target lists it, and whether it still gets
//! updates.

use super::super::known::known;
use super::super::{ALL, Check, Group, Level, Outcome, Subject, Target};
use crate::facts::Fact;
use crate::judge::finding::Remedy;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] = &[DISTRO, EOL, REPOSITORIES];

const DISTRO: Check = Check {
    id: "sys.distro",
    title: "Distribution",
    group: Group::System,
    concerns: ALL,
    reads: &["os.id", "os.version", "os.family"],
    wanted: "a distribution that the target's documentation lists",
    source: "help-center customer-installations/supported-operating-systems.md",
    rules: &["K8"],
    waivable: true,
    run: distro,
};

/// Replicated's list for the native scheduler: distribution, and the releases
/// from first to last.
const NATIVE: &[(&str, &[(&str, &str)])] = &[
    ("debian", &[("7", "11")]),
    ("ubuntu", &[("14.04", "22.04")]),
    ("rhel", &[("7.4", "7.9"), ("8.4", "8.9"), ("9.0", "9.0")]),
    ("centos", &[("7.4", "7.9"), ("8.4", "8.4"), ("9", "9.0")]),
    ("ol", &[("7.4", "7.9"), ("8.4", "8.4")]),
    ("amzn", &[("2014", "2018.99"), ("2", "2")]),
];

/// The first two parts of a version, for comparing releases.
fn release(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next().map_or(Ok(0), str::parse).ok()?;
    Some((major, minor))
}

fn listed(id: &str, version: &str) -> Option<bool> {
    let version = release(version)?;
    let Some((_, ranges)) = NATIVE.iter().find(|(name, _)| *name == id) else {
        return Some(false);
    };
    Some(ranges.iter().any(|(from, to)| {
        let (from, to) = (release(from), release(to));
        // `7` says that its minor release is not known: the whole of 7 counts.
        from.is_some_and(|from| from <= version || from.0 == version.0 && version.1 == 0)
            && to.is_some_and(|to| version <= to)
    }))
}

fn distro(subject: &Subject<'_>) -> Vec<Outcome> {
    let os = &subject.facts.os;
    let id = known!("the distribution", "os.id", &os.id);
    let version = match &os.running_release {
        Fact::Known { value, .. } => value,
        _ => known!("the distribution's release", "os.version", &os.version),
    };
    let name = os.name.value().map_or(id.as_str(), String::as_str);
    let outcome = match listed(id, version) {
        None => Outcome::unknown(
            "the distribution's release",
            "os.version",
            &Fact::<()>::unreadable(format!("{version} is no release"), os.version.source()),
        ),
        Some(_) if os.family.value().is_some_and(|family| family == "el6") => Outcome::info(
            format!("{name}: supported by Replicated until 2020-11-30, with Docker 1.7.1"),
        )
        .on(&[Target::Native], Level::Warn)
        .remedy(Remedy::hint(
            "nothing newer than Docker 1.7.1 runs here: for more, take a host with EL7 or newer",
        )),
        Some(true) => Outcome::pass(format!(
            "{name} is on the list of Replicated's native scheduler"
        )),
        Some(false) => Outcome::info(format!(
            "{name} is not on the list of Replicated's native scheduler"
        ))
        .on(&[Target::Native], Level::Warn)
        .remedy(Remedy::hint(
            "it may work; support may refuse it: ask the vendor",
        )),
    };
    vec![
        outcome
            .actual("os.id", id.as_str())
            .actual("os.version", version.as_str())
            .read("os.id", &os.id)
            .read("os.version", &os.version),
    ]
}

const EOL: Check = Check {
    id: "sys.distro.eol",
    title: "End of the distribution's updates",
    group: Group::System,
    concerns: ALL,
    reads: &["os.end_of_life"],
    wanted: "a distribution that still gets updates",
    source: "assets/distributions.yaml end_of_life, with the vendor's page for each row",
    rules: &[],
    waivable: true,
    run: eol,
};

fn eol(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.os.end_of_life;
    let day = known!(
        "when the updates of this distribution end",
        "os.end_of_life",
        fact
    );
    let outcome = if subject.scope.today.as_str() > day.as_str() {
        Outcome::warn(format!("its updates ended on {day}; wanted: a supported release"))
            .remedy(Remedy::hint("plan the move to a supported release; until then take packages from the archive or a bundle"))
    } else {
        Outcome::pass(format!("it gets updates until {day}"))
    };
    vec![
        outcome
            .actual("os.end_of_life", day.as_str())
            .read("os.end_of_life", fact),
    ]
}

const REPOSITORIES: Check = Check {
    id: "sys.distro.repositories",
    title: "Package repositories",
    group: Group::System,
    concerns: ALL,
    reads: &["software.moved_repositories"],
    wanted: "no repository on mirror.centos.org, which serves none of CentOS 6 to 8 any more",
    source: "centos.org centos-linux-eol; vault.centos.org",
    rules: &[],
    waivable: true,
    run: repositories,
};

fn repositories(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.software.moved_repositories;
    let old = subject
        .facts
        .os
        .family
        .value()
        .is_some_and(|family| matches!(family.as_str(), "el6" | "el7" | "el8"));
    let files = match fact {
        Fact::Known { value, .. } => value,
        Fact::Absent { .. } => {
            return vec![
                Outcome::na("no yum repositories").read("software.moved_repositories", fact),
            ];
        }
        fact => {
            return vec![Outcome::unknown(
                "the repositories",
                "software.moved_repositories",
                fact,
            )];
        }
    };
    let outcome = if files.is_empty() || !old {
        Outcome::pass("no repository that was switched off")
    } else if subject.scope.airgap {
        Outcome::info(format!(
            "repositories that are gone: {}; without internet they do not matter",
            files.join(", ")
        ))
    } else {
        let mut remedy =
            Remedy::hint("point them at vault.centos.org, or bring the packages along in a bundle");
        for file in files {
            remedy = remedy
                .command(format!(
                    "sed -i.bak -e 's/^mirrorlist=/#mirrorlist=/' -e \
                     's|^#\\?baseurl=http://mirror.centos.org|baseurl=http://vault.centos.org|' {file}"
                ))
                .file(file.as_str(), "baseurl=http://vault.centos.org/...")
                .undo(format!("mv {file}.bak {file}"));
        }
        Outcome::fail(format!(
            "{}: mirrors that were switched off; no package can be installed from there",
            files.join(", ")
        ))
        .remedy(remedy)
    };
    vec![
        outcome
            .actual("files", files.clone())
            .read("software.moved_repositories", fact),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_native_list_by_release() {
        for (id, version, expected) in [
            ("centos", "7.9", Some(true)),
            ("centos", "7.3", Some(false)),
            ("centos", "8.5", Some(false)),
            ("centos", "7", Some(true)),
            ("rhel", "9.4", Some(false)),
            ("ubuntu", "22.04", Some(true)),
            ("ubuntu", "24.04", Some(false)),
            ("amzn", "2018.03", Some(true)),
            ("arch", "1", Some(false)),
            ("debian", "sid", None),
        ] {
            assert_eq!(listed(id, version), expected, "{id} {version}");
        }
    }
}
