//! Init system and time synchronisation.

use serde::{Deserialize, Serialize};

use super::Fact;
use super::reader::Reader;

/// Init system and time synchronisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Services {
    /// Init system that this host boots with: systemd, upstart, sysvinit,
    /// other.
    pub init: Fact<String>,
    /// Whether that init system is running and takes orders (in a container or
    /// a rescue shell it may not be).
    pub manager_running: Fact<bool>,
    /// Whether the kernel's clock is synchronised.
    pub time_synchronised: Fact<bool>,
    /// The daemon that keeps the time, where one runs (chronyd, ntpd,
    /// systemd-timesyncd …).
    pub time_daemon: Fact<String>,
}

/// Where the daemons that keep the time leave their process ids.
const TIME_DAEMONS: [(&str, &str); 6] = [
    ("/run/chrony/chronyd.pid", "chronyd"),
    ("/var/run/chrony/chronyd.pid", "chronyd"),
    ("/var/run/chronyd.pid", "chronyd"),
    ("/var/run/ntpd.pid", "ntpd"),
    ("/var/run/ntpd/ntpd.pid", "ntpd"),
    ("/var/run/openntpd.pid", "ntpd"),
];

/// Reads init system and time synchronisation.
pub fn collect(reader: &Reader) -> Services {
    let init = init(reader);
    Services {
        manager_running: manager_running(reader, &init),
        init,
        time_synchronised: reader.clock_synchronised(),
        time_daemon: time_daemon(reader),
    }
}

fn init(reader: &Reader) -> Fact<String> {
    let known = |value: &str, source: &str| Fact::known(value.to_string(), source);
    if reader.surely("/run/systemd/system") {
        return known("systemd", "/run/systemd/system");
    }
    let path = "/sbin/init";
    match reader.there(path) {
        Fact::Known { value: true, .. } => {}
        Fact::Known { value: false, .. } => return known("other", "/sbin/init is not there"),
        other => return other.unknown(""),
    }
    if let Some(target) = reader.link(path).value() {
        let name = target.rsplit('/').next().unwrap_or_default();
        return match name {
            "systemd" => known("systemd", path),
            "upstart" => known("upstart", path),
            "sysvinit" => known("sysvinit", path),
            _ => known("other", path),
        };
    }
    // Upstart's own tool and job folder: EL6, Ubuntu 14.04.
    if reader.surely("/sbin/initctl") && reader.surely("/etc/init") {
        return known("upstart", "/sbin/initctl and /etc/init");
    }
    for path in ["/etc/inittab", "/etc/init.d"] {
        if reader.surely(path) {
            return known("sysvinit", path);
        }
    }
    known("other", path)
}

/// Whether the first process is that init system.
fn manager_running(reader: &Reader, init: &Fact<String>) -> Fact<bool> {
    let Some(init) = init.value() else {
        return init.unknown("");
    };
    let wanted = match init.as_str() {
        "systemd" => return reader.there("/run/systemd/system"),
        "upstart" | "sysvinit" => "init",
        _ => return Fact::known(false, "no init system that takes orders"),
    };
    // comm has a file of its own only since 2.6.33.
    let stat = reader.text("/proc/1/stat");
    stat.parse(|text| {
        comm(&text)
            .map(|comm| comm == wanted)
            .ok_or_else(|| "no name in it".into())
    })
}

/// Name of a process in its stat file: between the first and the last
/// parenthesis, since a name may hold any.
pub fn comm(stat: &str) -> Option<&str> {
    let start = stat.find('(')? + 1;
    stat.get(start..stat.rfind(')')?)
}

fn time_daemon(reader: &Reader) -> Fact<String> {
    let mut hindered = None;
    for (path, name) in TIME_DAEMONS {
        match reader.text(path) {
            Fact::Known { value, source } => {
                let stat = value
                    .trim()
                    .parse::<u32>()
                    .map(|pid| format!("/proc/{pid}/stat"));
                let stat = stat.map(|path| reader.text(&path));
                let alive =
                    stat.is_ok_and(|stat| stat.value().and_then(|text| comm(text)) == Some(name));
                if alive {
                    return Fact::known(name.into(), source);
                }
            }
            fact @ Fact::Unreadable { .. } => hindered = hindered.or(Some(fact)),
            Fact::Absent { .. } => {}
        }
    }
    // systemd removes the folder when the daemon stops.
    let timesync = "/run/systemd/timesync";
    if reader.surely(timesync) {
        return Fact::known("systemd-timesyncd".into(), timesync);
    }
    let none = || {
        Fact::absent(
            "no process id of chronyd, ntpd or timesyncd",
            "/run, /var/run",
        )
    };
    hindered.unwrap_or_else(none)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    fn init_of(host: &Scripted) -> (Option<String>, Option<bool>) {
        let services = collect(&Reader::new(host));
        (
            services.init.value().cloned(),
            services.manager_running.value().copied(),
        )
    }

    fn expect(host: Scripted, init: &str, running: bool) {
        assert_eq!(init_of(&host), (Some(init.into()), Some(running)));
    }

    #[test]
    fn init_systems() {
        let pid1 =
            |name: &str| Scripted::new().file("/proc/1/stat", format!("1 ({name}) S 0 1 1\n"));
        expect(Scripted::new().dir("/run/systemd/system"), "systemd", true);
        let container = pid1("sh").link("/sbin/init", "/lib/systemd/systemd");
        expect(container, "systemd", false);
        let el6 = pid1("init")
            .executable("/sbin/init")
            .executable("/sbin/initctl")
            .dir("/etc/init");
        expect(el6, "upstart", true);
        let wheezy = pid1("init")
            .executable("/sbin/init")
            .file("/etc/inittab", "");
        expect(wheezy, "sysvinit", true);
        expect(pid1("bash"), "other", false);
        let busybox = pid1("init").link("/sbin/init", "../bin/busybox");
        expect(busybox, "other", false);
        assert_eq!(init_of(&Scripted::new().deny("/sbin/init")), (None, None));
    }

    #[test]
    fn names_of_processes_may_hold_parentheses() {
        assert_eq!(comm("1 (a) b) S 0"), Some("a) b"));
        assert_eq!(comm("1 )a( S"), None);
        assert_eq!(comm(""), None);
    }

    #[test]
    fn a_daemon_that_died_does_not_keep_the_time() {
        let dead = Scripted::new().file("/var/run/ntpd.pid", "900\n");
        assert!(collect(&Reader::new(&dead)).time_daemon.value().is_none());
        let other = dead.file("/proc/900/stat", "900 (bash) S 1");
        assert!(collect(&Reader::new(&other)).time_daemon.value().is_none());
        let live = other.file("/proc/900/stat", "900 (ntpd) S 1");
        let services = collect(&Reader::new(&live));
        assert_eq!(
            services.time_daemon.value().map(String::as_str),
            Some("ntpd")
        );
        assert!(services.time_synchronised.value().is_none());
    }
}
