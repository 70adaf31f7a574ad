//! What starts the process of [`super::guard`] again after a reboot: a boot entry of
//! its own, from before the first step that can cut the operator off until the run
//! is confirmed or undone.
//!
//! It is no step of the plan: it has to go when the run stays. Its files have names
//! of their own and are written and removed whole, so that removing them can follow
//! a run that was cut off anywhere. Where one is left behind, what it starts finds
//! nothing to do, and removes it.
//!
//! The time to confirm begins anew with the boot, once the services are up: nobody
//! could have come before.

use super::error::StepError;
use super::files;
use crate::host::{Host, command};

/// Name of the service.
const NAME: &str = "groundcrew-guard";
/// The unit of systemd.
const UNIT: &str = "/etc/systemd/system/groundcrew-guard.service";
/// What enables it: `systemctl enable` makes this very link.
const WANTS: &str = "/etc/systemd/system/multi-user.target.wants/groundcrew-guard.service";
/// Where the run-level folders are: on Red Hat's side, elsewhere.
const BASES: [&str; 2] = ["/etc/rc.d", "/etc"];
/// The levels that hosts boot into.
const LEVELS: std::ops::RangeInclusive<u8> = 2..=5;

/// Folders that are emptied, or not there yet, at boot.
const FLEETING: [&str; 7] = [
    "/tmp/",
    "/var/tmp/",
    "/run/",
    "/dev/",
    "/media/",
    "/mnt/",
    "/proc/",
];

/// Whether systemd is what runs this host (sd_booted(3)).
pub(super) fn systemd_runs(host: &dyn Host) -> bool {
    host.meta("/run/systemd/system").is_ok()
}

/// The unit. `env` starts the program: what systemd starts itself has to have a
/// label that SELinux lets services begin with, and `env` has it.
fn unit(program: &str, dir: &str) -> String {
    format!(
        "# Made by groundcrew; it goes when the run is confirmed or undone.\n\
         [Unit]\n\
         Description=Undoes what groundcrew did unless it is confirmed\n\
         After=multi-user.target\n\
         \n\
         [Service]\n\
         ExecStart=/usr/bin/env {program} guard {dir}\n"
    )
}

fn script(program: &str, dir: &str) -> String {
    format!(
        "#!/bin/sh\n\
         # Made by groundcrew; it goes when the run is confirmed or undone.\n\
         #\n\
         # chkconfig: 2345 99 01\n\
         # description: Undoes what groundcrew did unless it is confirmed\n\
         ### BEGIN INIT INFO\n\
         # Provides:          {NAME}\n\
         # Required-Start:    $all\n\
         # Required-Stop:\n\
         # Default-Start:     2 3 4 5\n\
         # Default-Stop:\n\
         # Short-Description: Undoes what groundcrew did unless it is confirmed\n\
         ### END INIT INFO\n\
         [ \"$1\" = start ] || exit 0\n\
         {program} guard {dir} </dev/null >/dev/null 2>&1 &\n"
    )
}

/// The base with the run-level folders, where this host has them.
fn base(host: &dyn Host) -> Option<&'static str> {
    let there = |path: String| host.meta(&path).is_ok();
    BASES
        .into_iter()
        .find(|base| there(format!("{base}/init.d")) && there(format!("{base}/rc3.d")))
}

/// The program as it will be after a reboot: itself, or a copy in the run's folder
/// where it lies in a place that is not there then.
fn program(host: &dyn Host, dir: &str) -> Result<Option<String>, StepError> {
    let Ok(own) = host.read_link(command::SELF) else {
        return Ok(None);
    };
    if !own.ends_with(" (deleted)") && !FLEETING.iter().any(|place| own.starts_with(place)) {
        return Ok(Some(own));
    }
    let copy = copy_path(dir);
    let failed = |error| StepError::file(&copy, error);
    if host.meta(&copy).is_err() {
        super::content::clear_unfinished(host, &copy)?;
        let sha256 = host.digest(&own).map_err(failed)?;
        host.copy_verified(&own, &copy, 0o700, &sha256)
            .map_err(failed)?;
    }
    Ok(Some(copy))
}

fn copy_path(dir: &str) -> String {
    format!("{dir}/groundcrew")
}

/// Writes the boot entry for the run in `dir`; whether this host has a place for
/// it.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn put(host: &dyn Host, dir: &str) -> Result<bool, StepError> {
    let systemd = systemd_runs(host);
    let base = base(host);
    if !systemd && base.is_none() {
        return Ok(false);
    }
    let Some(program) = program(host, dir)? else {
        return Ok(false);
    };
    // Neither a shell nor systemd reads anything else into these.
    let plain = |path: &str| {
        path.chars()
            .all(|c| c.is_ascii_alphanumeric() || "/_.-".contains(c))
    };
    if !plain(&program) || !plain(dir) {
        return Ok(false);
    }
    if systemd {
        files::write(host, UNIT, unit(&program, dir).as_bytes(), 0o644)?;
        link(host, UNIT, WANTS)?;
        return Ok(true);
    }
    let Some(base) = base else { return Ok(false) };
    let path = format!("{base}/init.d/{NAME}");
    files::write(host, &path, script(&program, dir).as_bytes(), 0o755)?;
    for level in LEVELS {
        let to = format!("../init.d/{NAME}");
        link(host, &to, &format!("{base}/rc{level}.d/S99{NAME}"))?;
    }
    Ok(true)
}

fn link(host: &dyn Host, target: &str, path: &str) -> Result<(), StepError> {
    match host.symlink(target, path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map_err(|e| StepError::file(path, e)),
    }
}

/// Removes the boot entry and the copy of the program, as far as they are there.
///
/// # Errors
/// When something cannot be removed.
pub(super) fn remove(host: &dyn Host, dir: &str) -> Result<(), StepError> {
    let mut paths = vec![WANTS.to_owned(), UNIT.to_owned()];
    for base in BASES {
        paths.extend(LEVELS.map(|level| format!("{base}/rc{level}.d/S99{NAME}")));
        paths.push(format!("{base}/init.d/{NAME}"));
    }
    paths.push(copy_path(dir));
    for path in paths {
        match host.remove_file(&path) {
            Err(error)
                if !matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) =>
            {
                return Err(StepError::file(&path, error));
            }
            _ => {}
        }
    }
    // What a write that was cut off has left.
    let [base, other] = BASES.map(|base| format!("{base}/init.d/{NAME}"));
    for path in [UNIT, &base, &other, &copy_path(dir)] {
        super::content::clear_unfinished(host, path)?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    const DIR: &str = "/var/lib/groundcrew/runs/2026-01-01T00-00-00";

    fn host(own: &str) -> Scripted {
        Scripted::new().link(command::SELF, own).dir(DIR)
    }

    #[test]
    fn systemd_gets_a_unit_that_begins_once_the_services_are_up() {
        let host = host("/usr/local/bin/groundcrew")
            .dir("/run/systemd/system")
            .dir("/etc/systemd/system/multi-user.target.wants");
        assert!(put(&host, DIR).unwrap());
        let unit = host.text(UNIT).unwrap();
        assert!(unit.contains("\nAfter=multi-user.target\n"), "{unit}");
        let start = format!("\nExecStart=/usr/bin/env /usr/local/bin/groundcrew guard {DIR}\n");
        assert!(unit.contains(&start), "{unit}");
        assert_eq!(host.read_link(WANTS).unwrap(), UNIT);
        remove(&host, DIR).unwrap();
        assert!(host.text(UNIT).is_none() && host.meta(WANTS).is_err());
        remove(&host, DIR).unwrap();
    }

    #[test]
    fn a_program_that_is_not_there_after_the_boot_is_copied() {
        let host = host("/tmp/groundcrew")
            .file("/tmp/groundcrew", "the program")
            .dir("/etc/rc.d/init.d")
            .dir("/etc/rc.d/rc2.d")
            .dir("/etc/rc.d/rc3.d")
            .dir("/etc/rc.d/rc4.d")
            .dir("/etc/rc.d/rc5.d");
        assert!(put(&host, DIR).unwrap());
        let copy = copy_path(DIR);
        assert_eq!(host.text(&copy).unwrap(), "the program");
        let script = host.text("/etc/rc.d/init.d/groundcrew-guard").unwrap();
        assert!(
            script.contains(&format!("\n{copy} guard {DIR} <")),
            "{script}"
        );
        for level in LEVELS {
            let path = format!("/etc/rc.d/rc{level}.d/S99groundcrew-guard");
            assert_eq!(host.read_link(&path).unwrap(), "../init.d/groundcrew-guard");
        }
        remove(&host, DIR).unwrap();
        assert!(host.meta(&copy).is_err());
    }

    #[test]
    fn without_a_place_or_with_a_path_that_needs_quoting_there_is_none() {
        assert!(!put(&host("/usr/local/bin/groundcrew"), DIR).unwrap());
        let odd = host("/opt/my tools/groundcrew")
            .dir("/run/systemd/system")
            .dir("/etc/systemd/system/multi-user.target.wants");
        assert!(!put(&odd, DIR).unwrap());
        assert!(odd.text(UNIT).is_none());
    }
}
