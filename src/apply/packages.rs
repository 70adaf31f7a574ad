//! Installing packages and programs, from repositories or out of a bundle.

use std::time::Duration;

use super::error::StepError;
use crate::host::{Command, CommandError, Host};
use crate::plan::packages::{BundleFile, Packager, bare};

/// How long an installation may take: a slow mirror, many packages.
const LIMIT: Duration = Duration::from_secs(900);
/// How long the repositories may take to be asked for one package.
const ASKED: Duration = Duration::from_secs(120);
/// How long another packager that is at work is waited for: unattended upgrades
/// after a boot take minutes.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often it is tried again meanwhile.
const AGAIN: Duration = Duration::from_secs(5);
/// Where files of a bundle are copied to before they are installed, so that what
/// is installed is what was verified.
const STAGING: &str = "/var/lib/groundcrew/staging";

/// The packages that are not installed.
///
/// # Errors
/// When the packager's database cannot be asked.
pub fn missing(
    host: &dyn Host,
    packager: Packager,
    packages: &[String],
) -> Result<Vec<String>, StepError> {
    let mut missing = Vec::new();
    for package in packages {
        if state(host, packager, package)?.as_deref() != Some("installed") {
            missing.push(package.clone());
        }
    }
    Ok(missing)
}

/// The version of a package that the repositories have; none where they have it
/// not, or their lists were never read.
pub fn candidate(host: &dyn Host, packager: Packager, package: &str) -> Option<String> {
    let asked = Command::new(packager.candidate(package)).timeout(ASKED);
    let output = host.run(&asked).ok()?;
    let text = output.text();
    let version = match packager {
        Packager::Apt => value(&text, "Candidate:").filter(|version| *version != "(none)"),
        Packager::Zypper => value(&text, "Version"),
        // "NAME.ARCH  VERSION  REPOSITORY"
        Packager::Yum | Packager::Dnf => text.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next()?.rsplit_once('.')?.0;
            (name == package).then(|| words.next())?
        }),
    };
    version.map(str::to_owned)
}

/// What stands behind a word at the beginning of a line, and a colon.
fn value<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix(word));
    line.map(|rest| rest.trim_start_matches([' ', ':']).trim())
}

/// The state of a package in dpkg's words; none where there is no such package. A
/// removed one whose configuration stays has a state, too (dpkg(1)).
fn state(host: &dyn Host, packager: Packager, package: &str) -> Result<Option<String>, StepError> {
    match host.run(&Command::new(packager.query(package))) {
        Ok(_) if packager.is_rpm() => Ok(Some("installed".into())),
        Ok(output) => {
            let text = output.text();
            Ok(text.split_whitespace().next_back().map(str::to_owned))
        }
        // Both end with 1 where there is no such package.
        Err(error) if error.code() == Some(1) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The packages that an installation would add: those that are missing and, as
/// far as the packager can tell beforehand, what they need.
///
/// # Errors
/// When the packager cannot be asked.
pub fn would_install(
    host: &dyn Host,
    packager: Packager,
    packages: &[String],
    from_files: bool,
) -> Result<Vec<String>, StepError> {
    let wanted = missing(host, packager, packages)?;
    let simulation = packager.simulate(&wanted).filter(|_| !from_files);
    let Some(argv) = simulation else {
        return Ok(wanted);
    };
    // Without lists of packages it knows nothing yet; the installation tells.
    let Ok(output) = host.run(&quiet(argv)) else {
        return Ok(wanted);
    };
    // "Inst NAME (VERSION …)" is new, "Inst NAME [OLD] (VERSION …)" an upgrade.
    let mut all: Vec<String> = output
        .text()
        .lines()
        .filter_map(|line| {
            let mut words = line.strip_prefix("Inst ")?.split(' ');
            let name = words.next()?;
            let new = words.next().is_some_and(|word| word.starts_with('('));
            new.then(|| name.to_owned())
        })
        .collect();
    for name in wanted {
        let name = bare(&name).to_owned();
        if !all.contains(&name) {
            all.push(name);
        }
    }
    Ok(all)
}

/// A packager's command: it asks nobody, and has time.
fn quiet(argv: Vec<String>) -> Command {
    Command::new(argv)
        .timeout(LIMIT)
        .env("DEBIAN_FRONTEND", "noninteractive")
}

/// Installs packages: the files, or where there are none what the repositories
/// have.
///
/// # Errors
/// What the packager says, and what it means; a file that is not what its
/// manifest says.
pub fn install(
    host: &dyn Host,
    packager: Packager,
    packages: &[String],
    files: &[BundleFile],
) -> Result<(), StepError> {
    if !files.is_empty() {
        return install_files(host, packager, packages, files);
    }
    upgrade(host, packager, &missing(host, packager, packages)?, &[])
}

/// Installs newer packages over those that are there.
///
/// # Errors
/// As [`install`].
pub fn upgrade(
    host: &dyn Host,
    packager: Packager,
    packages: &[String],
    files: &[BundleFile],
) -> Result<(), StepError> {
    if !files.is_empty() {
        return install_files(host, packager, packages, files);
    }
    let argv = packager.install(packages);
    let Err(error) = unlocked(host, &argv) else {
        return Ok(());
    };
    // The lists may be missing or old: read anew, once.
    if !is_unknown(&error) || unlocked(host, &packager.refresh()).is_err() {
        return Err(explained(packages, &error));
    }
    unlocked(host, &argv).map_err(|error| explained(packages, &error))
}

fn install_files(
    host: &dyn Host,
    packager: Packager,
    packages: &[String],
    files: &[BundleFile],
) -> Result<(), StepError> {
    clear_staging(host)?;
    for folder in [STAGING.rsplit_once('/').map_or("/", |(up, _)| up), STAGING] {
        match host.make_dir(folder, 0o700) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(StepError::file(folder, error));
            }
            _ => {}
        }
    }
    let mut staged = Vec::new();
    for file in files {
        let to = format!("{STAGING}/{}", file.name());
        copy(host, file, &to, 0o600)?;
        staged.push(to);
    }
    let done = unlocked(host, &packager.install_files(&staged));
    clear_staging(host)?;
    done.map_err(|error| explained(packages, &error))
}

/// Also what a run that was killed here has left.
fn clear_staging(host: &dyn Host) -> Result<(), StepError> {
    let names = match host.list(STAGING) {
        Ok(names) => names,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StepError::file(STAGING, error)),
    };
    for name in names {
        let path = format!("{STAGING}/{name}");
        host.remove_file(&path)
            .map_err(|e| StepError::file(&path, e))?;
    }
    host.remove_dir(STAGING)
        .map_err(|e| StepError::file(STAGING, e))
}

/// Copies a file of a bundle if it is what its manifest says.
///
/// # Errors
/// When it is not, or cannot be read or written.
pub fn copy(host: &dyn Host, file: &BundleFile, to: &str, mode: u32) -> Result<(), StepError> {
    match host.copy_verified(&file.path, to, mode, &file.sha256) {
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Err(StepError::NotVerified {
                path: file.path.clone(),
            })
        }
        other => other.map_err(|e| StepError::file(&file.path, e)),
    }
}

/// Removes packages that are still installed.
///
/// # Errors
/// When something else needs one of them, or the packager fails.
pub fn remove(host: &dyn Host, packager: Packager, packages: &[String]) -> Result<(), StepError> {
    clear_staging(host)?;
    let mut left = Vec::new();
    for package in packages {
        let state = state(host, packager, package)?;
        // One that could not be configured is half there: a module that dkms could
        // not build.
        if state.is_some_and(|state| !["not-installed", "config-files"].contains(&&*state)) {
            left.push(package.clone());
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    unlocked(host, &packager.remove(&left))?;
    Ok(())
}

/// Runs a packager's command, and waits while another one is at work.
fn unlocked(host: &dyn Host, argv: &[String]) -> Result<(), CommandError> {
    let began = host.now();
    loop {
        let Err(error) = host.run(&quiet(argv.to_vec())) else {
            return Ok(());
        };
        let waited = host.now().duration_since(began).unwrap_or_default();
        if !is_locked(&error) || waited >= PATIENCE {
            return Err(error);
        }
        log::info!("another packager is at work: trying again");
        host.sleep(AGAIN);
    }
}

/// Whether another packager holds the lock, in the words of dpkg, apt, rpm, yum
/// and zypper.
fn is_locked(error: &CommandError) -> bool {
    let text = error.to_string().to_lowercase();
    [
        "could not get lock",
        "dpkg frontend lock",
        "dpkg status database is locked",
        "status database area is locked",
        "can't create transaction lock",
        "another app is currently holding the yum lock",
        "existing lock /var/run/yum.pid",
        "system management is locked",
    ]
    .iter()
    .any(|part| text.contains(part))
}

/// Whether the packager does not know the package (yet).
fn is_unknown(error: &CommandError) -> bool {
    let text = error.to_string().to_lowercase();
    [
        "unable to locate package",
        "has no installation candidate",
        "404  not found",
        "unable to fetch some archives",
        "unable to find a match",
        "no match for argument",
        "nothing to do",
        "not found in package names",
    ]
    .iter()
    .any(|part| text.contains(part))
}

/// What a packager's words mean, and what to do.
const HINTS: &[(&[&str], &str)] = &[
    (
        &["mirrorlist.centos.org", "mirror.centos.org"],
        "the repositories of CentOS 6 to 8 have moved to its vault: write baseurl=https://vault.centos.org/… into /etc/yum.repos.d, or take --bundle DIR",
    ),
    (
        &[
            "could not resolve",
            "couldn't resolve host",
            "temporary failure resolving",
            "failed to connect",
            "connection timed out",
            "cannot retrieve repository metadata",
            "cannot retrieve metalink",
            "failed to download metadata",
            "unable to fetch some archives",
        ],
        "the repositories cannot be reached: see that names are resolved and the proxy is set, or take --bundle DIR",
    ),
    (
        &[
            "could not get lock",
            "is locked",
            "transaction lock",
            "holding the yum lock",
            "yum.pid",
        ],
        "another packager holds the lock: wait for it to end (ps -ef shows it)",
    ),
    (
        &[
            "unable to locate package",
            "has no installation candidate",
            "unable to find a match",
            "no match for argument",
            "nothing to do",
            "not found in package names",
        ],
        "no repository of this host has it: add the one that has (EPEL or ELRepo on Red Hat's), or take --bundle DIR",
    ),
    (
        // angristan/wireguard-install#101: the words of dkms.
        &["bad return status for module build"],
        "dkms could not build the module for this kernel: make.log below /var/lib/dkms says why; a newer kernel or package may be needed",
    ),
    (
        &["dependency problems", "failed dependencies"],
        "the bundle lacks what it needs: make it on a machine of the same distribution and version",
    ),
];

fn explained(packages: &[String], error: &CommandError) -> StepError {
    let why = error.to_string();
    let low = why.to_lowercase();
    let hint = HINTS
        .iter()
        .find(|(parts, _)| parts.iter().any(|part| low.contains(part)))
        .map(|(_, hint)| *hint);
    StepError::Packages {
        packages: packages.join(", "),
        why,
        hint,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::scripted::ended_with;
    use crate::host::{Output, Scripted};

    fn said(text: &str) -> Output {
        Output {
            stdout: text.into(),
            stderr: Vec::new(),
        }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn only_what_is_not_installed_is_installed() {
        let host = Scripted::new().on_run(|_, command| {
            let last = command.argv.last()?;
            Some(match (command.argv.first()?.as_str(), last.as_str()) {
                ("dpkg-query", "kmod") => Ok(said("install ok installed")),
                ("dpkg-query", "old") => Ok(said("deinstall ok config-files")),
                ("dpkg-query", _) => Err(ended_with(command, 1, "no packages found")),
                _ => Ok(said("Inst libx (1.0 local [amd64])\nInst new (1.0 local [amd64])\nInst kmod [30] (31 local)\nConf new (1.0)\n")),
            })
        });
        let wanted = names(&["kmod", "old", "new"]);
        assert_eq!(
            missing(&host, Packager::Apt, &wanted).unwrap(),
            ["old", "new"]
        );
        // What it needs is removed with it, what was there before is not.
        assert_eq!(
            would_install(&host, Packager::Apt, &wanted, false).unwrap(),
            ["libx", "new", "old"]
        );
        install(&host, Packager::Apt, &wanted, &[]).unwrap();
        let ran = host.ran();
        let last = ran.last().unwrap();
        assert_eq!(last[last.len() - 3..], ["install", "old", "new"]);
    }

    #[test]
    fn what_the_repositories_have_is_told_in_each_packagers_words() {
        for (packager, text, version) in [
            (
                Packager::Apt,
                "etcd:\n  Installed: (none)\n  Candidate: 3.4.23-4+b4\n  Version table:\n",
                Some("3.4.23-4+b4"),
            ),
            (
                Packager::Apt,
                "etcd:\n  Installed: (none)\n  Candidate: (none)\n",
                None,
            ),
            (Packager::Apt, "", None),
            (
                Packager::Yum,
                "Available Packages\netcd.x86_64      3.3.11-2.el7.centos      extras\n",
                Some("3.3.11-2.el7.centos"),
            ),
            (
                Packager::Dnf,
                "Available Packages\netcd-x.noarch 1 a\n",
                None,
            ),
            (
                Packager::Zypper,
                "Information for package etcd:\n----\nName           : etcd\nVersion        : 3.3.1-1.1\n",
                Some("3.3.1-1.1"),
            ),
        ] {
            let host = Scripted::new().on_run(move |_, _| Some(Ok(said(text))));
            let found = candidate(&host, packager, "etcd");
            assert_eq!(found.as_deref(), version, "{packager:?}");
        }
    }

    #[test]
    fn what_is_half_installed_is_removed_too() {
        let host = Scripted::new().on_run(|_, command| {
            let last = command.argv.last()?;
            Some(match (command.argv.first()?.as_str(), last.as_str()) {
                ("dpkg-query", "wireguard-dkms") => Ok(said("install ok half-configured")),
                ("dpkg-query", "kept") => Ok(said("deinstall ok config-files")),
                ("dpkg-query", "gone") => Err(ended_with(command, 1, "no packages found")),
                _ => Ok(said("")),
            })
        });
        let all = names(&["wireguard-dkms", "kept", "gone"]);
        remove(&host, Packager::Apt, &all).unwrap();
        let ran = host.ran();
        assert_eq!(ran.last().unwrap().join(" "), "dpkg --purge wireguard-dkms");
        // For an installation it is missing all the same.
        assert_eq!(missing(&host, Packager::Apt, &all).unwrap(), all);
    }

    #[test]
    fn a_lock_is_waited_for_and_then_told() {
        let locked = |until: u64| {
            Scripted::new().on_run(move |host, command| {
                if command.argv[0] == "rpm" {
                    return Some(Err(ended_with(command, 1, "package x is not installed")));
                }
                let waited = host.now().duration_since(std::time::UNIX_EPOCH);
                Some(if waited.unwrap_or_default().as_secs() < until {
                    Err(ended_with(
                        command,
                        7,
                        "System management is locked by the application with pid 7 (zypper).",
                    ))
                } else {
                    Ok(said(""))
                })
            })
        };
        install(&locked(60), Packager::Zypper, &names(&["x"]), &[]).unwrap();
        let error = install(&locked(9999), Packager::Zypper, &names(&["x"]), &[]).unwrap_err();
        assert!(error.to_string().contains("pid 7"), "{error}");
        assert!(error.to_string().contains("wait for it"), "{error}");
    }

    #[test]
    fn what_packagers_say_is_explained() {
        for (packager, said, hint) in [
            (
                Packager::Yum,
                "Could not retrieve mirrorlist http://mirrorlist.centos.org/?release=6",
                "vault",
            ),
            (
                Packager::Yum,
                "Error: Cannot retrieve repository metadata (repomd.xml) for repository: base",
                "cannot be reached",
            ),
            (
                Packager::Dnf,
                "Error: Unable to find a match: wireguard-tools",
                "EPEL",
            ),
            (
                Packager::Apt,
                "Error! Bad return status for module build on kernel: 4.19.0-8-amd64 (x86_64)\ndpkg: dependency problems prevent configuration of wireguard",
                "make.log",
            ),
            (
                Packager::Apt,
                "E: Unable to locate package wireguard-tools",
                "no repository",
            ),
            (
                Packager::Apt,
                "W: Failed to fetch http://x  Temporary failure resolving 'x'",
                "cannot be reached",
            ),
        ] {
            let host = Scripted::new().on_run(move |_, command| {
                let query = ["rpm", "dpkg-query"].contains(&command.argv[0].as_str());
                let code = if query { 1 } else { 100 };
                Some(Err(ended_with(command, code, said)))
            });
            let error = install(&host, packager, &names(&["x"]), &[]).unwrap_err();
            assert!(error.to_string().contains(hint), "{error}");
            assert!(error.to_string().contains(said), "{error}");
        }
    }

    #[test]
    fn nothing_of_a_bundle_is_used_that_is_not_what_its_manifest_says() {
        let file = |sha256: &str| BundleFile {
            path: "/media/x.rpm".into(),
            sha256: sha256.into(),
        };
        let host = || {
            Scripted::new()
                .file("/media/x.rpm", "an rpm")
                .dir("/var/lib")
                .on_run(|_, _| Some(Ok(said(""))))
        };
        let bad = host();
        let error = install(&bad, Packager::Yum, &names(&["x"]), &[file("00")]).unwrap_err();
        assert!(error.to_string().contains("/media/x.rpm"), "{error}");
        assert!(bad.ran().is_empty());
        let good = host();
        let sha256 = crate::host::digest::sha256(b"an rpm");
        install(&good, Packager::Yum, &names(&["x"]), &[file(&sha256)]).unwrap();
        assert_eq!(
            good.ran()[0].join(" "),
            "rpm -U --oldpackage --replacepkgs /var/lib/groundcrew/staging/x.rpm"
        );
        assert!(good.text("/var/lib/groundcrew/staging/x.rpm").is_none());
    }
}
