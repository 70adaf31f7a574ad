//! Installing packages and programs, from repositories or out of a bundle.

use std::time::Duration;

use super::error::StepError;
use crate::host::{Command, CommandError, Host, Output};
use crate::plan::packages::{BundleFile, Packager, bare};

/// How long an installation may take: a slow mirror, many packages.
const LIMIT: Duration = Duration::from_secs(900);
/// How long another packager that is at work is waited for: unattended upgrades
/// after a boot take minutes.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often it is tried again meanwhile.
const AGAIN: Duration = Duration::from_secs(2);
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

/// What an installation brings that is not here yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    /// Of the packages that are asked for.
    pub asked: Vec<String>,
    /// What they need: as the packager tells before it does anything, or as the
    /// bundle has it. That is known before the change, so that an installation
    /// which is cut off anywhere is taken back whole; a list made afterwards would
    /// not be there then, and might have in it what somebody else has installed.
    pub along: Vec<String>,
}

/// The packages that an installation will add. The repositories' lists are read
/// anew where they do not tell.
///
/// # Errors
/// When the packager's database cannot be asked.
pub fn would_install(
    host: &dyn Host,
    packager: Packager,
    packages: &[String],
    files: &[BundleFile],
) -> Result<New, StepError> {
    let asked = missing(host, packager, packages)?;
    let mut all = if files.is_empty() {
        simulated(host, packager, &asked)
    } else {
        // A file that is not what its manifest says is not looked into, and stops
        // the installation.
        let whole = |file: &&BundleFile| {
            host.digest(&file.path)
                .is_ok_and(|found| found == file.sha256)
        };
        let name = |file: &BundleFile| name_of_file(host, packager, &file.path).ok();
        files.iter().filter(whole).filter_map(name).collect()
    };
    all.retain(|name| !asked.iter().any(|one| bare(one) == name));
    let along = missing(host, packager, &all)?;
    Ok(New { asked, along })
}

/// What the packager says that it would install; nothing where it cannot tell:
/// the installation says why then.
fn simulated(host: &dyn Host, packager: Packager, asked: &[String]) -> Vec<String> {
    let mut command = quiet(packager.simulate(asked));
    if matches!(packager, Packager::Yum | Packager::Dnf) {
        // They end with 1 when they are told not to go on.
        command = command.answer(1).stdin("n\n");
    }
    let told = || match unlocked(host, &command) {
        Ok(output) => {
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            (packager.would_install(&output.text()), stderr)
        }
        Err(error) => (Vec::new(), error.to_string()),
    };
    let (all, said) = told();
    if all.is_empty() && is_unknown(&said) && unlocked(host, &quiet(packager.refresh())).is_ok() {
        return told().0;
    }
    all
}

fn name_of_file(host: &dyn Host, packager: Packager, path: &str) -> Result<String, CommandError> {
    let output = host.run(&Command::new(packager.name_of_file(path)))?;
    Ok(output.text().trim().to_owned())
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
        return install_files(host, packager, packages, files, false);
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
        return install_files(host, packager, packages, files, true);
    }
    let command = quiet(packager.install(packages));
    let Err(error) = unlocked(host, &command) else {
        return Ok(());
    };
    // The lists may be missing or old: read anew, once.
    if !is_unknown(&error.to_string()) || unlocked(host, &quiet(packager.refresh())).is_err() {
        return Err(explained(packages, &error));
    }
    match unlocked(host, &command) {
        Ok(_) => Ok(()),
        Err(error) => Err(explained(packages, &error)),
    }
}

/// Installs the files whose packages are not there. The others stay as they are,
/// unless they are to be replaced: to put an older or newer version in their place
/// cannot be taken back.
fn install_files(
    host: &dyn Host,
    packager: Packager,
    packages: &[String],
    files: &[BundleFile],
    replace: bool,
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
    let done = install_staged(host, packager, packages, &staged, replace);
    clear_staging(host)?;
    done
}

fn install_staged(
    host: &dyn Host,
    packager: Packager,
    packages: &[String],
    staged: &[String],
    replace: bool,
) -> Result<(), StepError> {
    let mut new = Vec::new();
    for path in staged {
        let name = name_of_file(host, packager, path)?;
        if replace || !missing(host, packager, &[name])?.is_empty() {
            new.push(path.clone());
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    match unlocked(host, &quiet(packager.install_files(&new))) {
        Ok(_) => Ok(()),
        Err(error) => Err(explained(packages, &error)),
    }
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

/// Debian's package of Docker. When it is purged, it deletes all images and volumes
/// by a script that it has put there when it was removed (its prerm and postrm).
const DOCKER_IO: &str = "docker.io";
const NUKE: &str = "/var/lib/docker/nuke-graph-directory.sh";

/// Removes packages that are still installed: all in one go; where that fails since
/// something needs one of them by now, one by one as far as they can be.
///
/// It is the low-level tool that removes, and nothing but what is named: `dnf
/// remove`, `dnf history undo` and `zypper remove` take along what depends on it.
///
/// # Errors
/// When something else needs one of the packages that were asked for, or the
/// packager fails. What came along and is needed by something else now stays, and
/// is no error.
pub fn remove(
    host: &dyn Host,
    packager: Packager,
    asked: &[String],
    along: &[String],
) -> Result<(), StepError> {
    clear_staging(host)?;
    let installed = |packages: &[String]| -> Result<Vec<String>, StepError> {
        let mut left = Vec::new();
        for package in packages {
            let state = state(host, packager, package)?;
            // One that could not be configured is half there: a module that dkms
            // could not build.
            if state.is_some_and(|state| !["not-installed", "config-files"].contains(&&*state)) {
                left.push(package.clone());
            }
        }
        Ok(left)
    };
    let remove = |packages: &[String]| -> Result<(), StepError> {
        if packager == Packager::Apt && packages.iter().any(|one| bare(one) == DOCKER_IO) {
            unlocked(host, &quiet(packager.remove_programs(packages)))?;
            match host.remove_file(NUKE) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StepError::file(NUKE, error));
                }
                _ => {}
            }
        }
        unlocked(host, &quiet(packager.remove(packages)))?;
        Ok(())
    };
    let mut left = installed(&[asked, along].concat())?;
    if left.is_empty() {
        return Ok(());
    }
    let Err(error) = remove(&left) else {
        return Ok(());
    };
    if !is_needed(&error) {
        return Err(error);
    }
    loop {
        let before = installed(&left)?;
        for package in &before {
            match remove(std::slice::from_ref(package)) {
                Err(error) if !is_needed(&error) => return Err(error),
                _ => {}
            }
        }
        left = installed(&before)?;
        if left.len() == before.len() || left.is_empty() {
            break;
        }
    }
    if left.iter().any(|package| asked.contains(package)) {
        return Err(error);
    }
    if !left.is_empty() {
        log::info!("something else needs {} now: left", left.join(", "));
    }
    Ok(())
}

/// Runs a packager's command, and waits while another one is at work.
fn unlocked(host: &dyn Host, command: &Command) -> Result<Output, CommandError> {
    let began = host.now();
    loop {
        let ended = host.run(command);
        let said = match &ended {
            Ok(output) if command.answer.is_some() => {
                String::from_utf8_lossy(&output.stderr).into_owned()
            }
            Ok(_) => return ended,
            Err(error) => error.to_string(),
        };
        let waited = host.now().duration_since(began).unwrap_or_default();
        if !is_locked(&said) || waited >= PATIENCE {
            return ended;
        }
        log::info!("another packager is at work: trying again");
        host.sleep(AGAIN);
    }
}

/// Whether something else that is installed needs a package, in the words of rpm
/// and dpkg.
fn is_needed(error: &StepError) -> bool {
    let text = error.to_string();
    text.contains("is needed by (installed)")
        || text.contains("dependency problems prevent removal")
}

/// Whether another packager holds the lock, in the words of dpkg, apt, rpm, yum,
/// dnf and zypper.
fn is_locked(said: &str) -> bool {
    let text = said.to_lowercase();
    [
        "could not get lock",
        "dpkg frontend lock",
        "dpkg status database is locked",
        "status database area is locked",
        "can't create transaction lock",
        "another app is currently holding the yum lock",
        "existing lock /var/run/yum.pid",
        "already locked by",
        "system management is locked",
    ]
    .iter()
    .any(|part| text.contains(part))
}

/// Whether the packager does not know the package (yet).
fn is_unknown(said: &str) -> bool {
    let text = said.to_lowercase();
    [
        "unable to locate package",
        "has no installation candidate",
        "404  not found",
        "unable to fetch some archives",
        "unable to find a match",
        "no match for argument",
        "nothing to do",
        "no provider of",
    ]
    .iter()
    .any(|part| text.contains(part))
}

/// What a packager's words mean, and what to do.
pub(super) const HINTS: &[(&[&str], &str)] = &[
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
            "problem retrieving files",
            "valid metadata not found",
            "specified path",
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
            "already locked by",
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
            "no provider of",
            "there are no enabled repositories",
        ],
        "no repository of this host has it: add the one that has (EPEL or ELRepo on Red Hat's), or take --bundle DIR",
    ),
    (
        // angristan/wireguard-install#101: the words of dkms.
        &["bad return status for module build"],
        "dkms could not build the module for this kernel: make.log below /var/lib/dkms says why; a newer kernel or package may be needed",
    ),
    (
        &["nothing provides"],
        "no repository of this host has what it needs: add the one that has (EPEL's packages need CodeReady Builder or PowerTools), or take --bundle DIR",
    ),
    (
        &["dependency problems", "failed dependencies"],
        "the bundle lacks what it needs, or needs another version of what is installed (which is left alone): make it on a machine of the same distribution and version",
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
mod tests;
