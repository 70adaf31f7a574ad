//! How the kernel was booted, and what the next boot would bring.

use serde::{Deserialize, Serialize};

use super::Fact;
use super::reader::Reader;

/// The boot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Boot {
    /// Command line of the kernel. Known secrets are not put there; still only
    /// the words that checks ask for are kept.
    pub cmdline: Fact<Vec<String>>,
    /// Lockdown: none, integrity, confidentiality.
    pub lockdown: Fact<String>,
    /// Whether the running kernel's modules are installed.
    pub modules: Fact<bool>,
    /// Releases of the kernels that are installed, by /boot/vmlinuz-*.
    pub installed: Fact<Vec<String>>,
    /// Where the kernel's configuration was found.
    pub config: Fact<String>,
    /// Lines of modprobe.d that keep a module from being loaded: module, file
    /// and line.
    pub blocked_modules: Fact<Vec<BlockedModule>>,
}

/// A module that modprobe is told not to load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockedModule {
    /// The module, with underscores.
    pub module: String,
    /// File and line, `/etc/modprobe.d/cis.conf:3`.
    pub place: String,
    /// The line.
    pub line: String,
}

/// Words of the command line that a check asks for.
const WORDS: &[&str] = &[
    "cgroup_disable",
    "cgroup_enable",
    "fips",
    "ipv6.disable",
    "lockdown",
    "net.ifnames",
    "biosdevname",
    "swapaccount",
    "systemd.unified_cgroup_hierarchy",
    "user_namespace.enable",
    "module.sig_enforce",
];

/// Reads how the kernel was booted.
pub fn collect(reader: &Reader, release: &Fact<String>) -> Boot {
    Boot {
        cmdline: reader.text("/proc/cmdline").map(|text| {
            text.split_whitespace()
                .filter(|word| WORDS.contains(&word.split('=').next().unwrap_or(word)))
                .map(str::to_owned)
                .collect()
        }),
        lockdown: lockdown(reader),
        modules: match release.value() {
            Some(release) => reader.there(&format!("/lib/modules/{release}")),
            None => release.unknown(""),
        },
        installed: reader.list("/boot").map(|names| {
            names
                .iter()
                .filter_map(|name| name.strip_prefix("vmlinuz-"))
                .filter(|release| !release.contains("rescue"))
                .map(str::to_owned)
                .collect()
        }),
        config: config(reader, release),
        blocked_modules: blocked(reader),
    }
}

impl Boot {
    /// The newest installed kernel, where the running one is older.
    pub fn newer_than(&self, running: &str) -> Option<&String> {
        let installed = self.installed.value()?.iter();
        let newest = installed.max_by_key(|release| parts(release))?;
        (parts(newest) > parts(running)).then_some(newest)
    }
}

/// A release as its numbers, in their order: builds of one distribution differ
/// in numbers alone (`2.6.32-696.el6` and `2.6.32-754.el6`).
fn parts(release: &str) -> Vec<u64> {
    let numbers = release.split(|c: char| !c.is_ascii_digit());
    numbers.filter_map(|part| part.parse().ok()).collect()
}

fn lockdown(reader: &Reader) -> Fact<String> {
    let path = "/sys/kernel/security/lockdown";
    match reader.text(path) {
        // Kernels before 5.4 have none; nor have those without securityfs.
        Fact::Absent { .. } if reader.surely("/sys/kernel") => {
            Fact::known("none".into(), format!("{path} is not there"))
        }
        fact => fact.parse(|text| {
            let word = text
                .split('[')
                .nth(1)
                .and_then(|rest| rest.split(']').next());
            word.map(str::to_owned)
                .ok_or_else(|| "no mode in brackets".to_owned())
        }),
    }
}

fn config(reader: &Reader, release: &Fact<String>) -> Fact<String> {
    let Some(release) = release.value() else {
        return release.unknown("");
    };
    let paths = [
        "/proc/config.gz".to_owned(),
        format!("/boot/config-{release}"),
        format!("/lib/modules/{release}/config"),
        format!("/lib/modules/{release}/build/.config"),
    ];
    let mut hindered = None;
    for path in &paths {
        match reader.there(path) {
            Fact::Known { value: true, .. } => return Fact::known(path.clone(), path.as_str()),
            Fact::Known { .. } | Fact::Absent { .. } => {}
            other => hindered = hindered.or(Some(other.unknown(""))),
        }
    }
    hindered.unwrap_or_else(|| Fact::absent("none of them is there", paths.join(", ")))
}

fn blocked(reader: &Reader) -> Fact<Vec<BlockedModule>> {
    let mut blocked = Vec::new();
    let mut read = Vec::new();
    for folder in ["/etc/modprobe.d", "/lib/modprobe.d", "/run/modprobe.d"] {
        match reader.list(folder) {
            Fact::Known { value, .. } => {
                read.push(folder);
                for name in value.iter().filter(|name| name.ends_with(".conf")) {
                    let path = format!("{folder}/{name}");
                    match reader.text(&path) {
                        Fact::Known { value, .. } => blocked.extend(parse_blocked(&value, &path)),
                        Fact::Absent { .. } => {}
                        hindered => return hindered.unknown(""),
                    }
                }
            }
            Fact::Absent { .. } => {}
            hindered => return hindered.unknown(""),
        }
    }
    if read.is_empty() {
        return Fact::absent(
            "there is no such folder",
            "/etc/modprobe.d, /lib/modprobe.d",
        );
    }
    Fact::known(blocked, read.join(", "))
}

/// The lines of modprobe.d(5) that keep a module from loading: `blacklist` keeps
/// it from being loaded by its aliases, `install NAME /bin/false` altogether.
pub fn parse_blocked(text: &str, path: &str) -> Vec<BlockedModule> {
    let lines = text.lines().enumerate().filter_map(|(index, line)| {
        let mut words = line.split_whitespace();
        let verb = words.next()?;
        let module = words.next()?.replace('-', "_");
        let blocks = match verb {
            "blacklist" => true,
            "install" => words.next().is_some_and(|program| {
                ["/bin/true", "/bin/false", ":"]
                    .iter()
                    .any(|end| program.ends_with(end))
            }),
            _ => false,
        };
        blocks.then(|| BlockedModule {
            module,
            place: format!("{path}:{}", index + 1),
            line: line.trim().to_owned(),
        })
    });
    lines.collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    #[test]
    fn what_modprobe_is_told_not_to_load() {
        let text = "# blacklist x\nblacklist br-netfilter\ninstall vxlan /usr/bin/false\ninstall tun /sbin/x\n";
        let blocked = parse_blocked(text, "/etc/modprobe.d/cis.conf");
        let found: Vec<_> = blocked
            .iter()
            .map(|b| (b.module.as_str(), b.place.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("br_netfilter", "/etc/modprobe.d/cis.conf:2"),
                ("vxlan", "/etc/modprobe.d/cis.conf:3")
            ]
        );
    }

    #[test]
    fn the_next_boot_may_bring_another_kernel() {
        let host = Scripted::new()
            .file("/boot/vmlinuz-2.6.32-754.el6.x86_64", "")
            .file("/boot/vmlinuz-2.6.32-696.el6.x86_64", "")
            .file("/boot/vmlinuz-0-rescue-0123", "")
            .file(
                "/proc/cmdline",
                "ro root=/dev/x secret=1 cgroup_disable=memory\n",
            );
        let release = Fact::known("2.6.32-696.el6.x86_64".to_owned(), "uname(2)");
        let boot = collect(&Reader::new(&host), &release);
        assert_eq!(
            boot.newer_than("2.6.32-696.el6.x86_64").unwrap(),
            "2.6.32-754.el6.x86_64"
        );
        assert_eq!(boot.newer_than("2.6.32-754.el6.x86_64"), None);
        assert_eq!(boot.cmdline.value().unwrap(), &["cgroup_disable=memory"]);
        assert_eq!(boot.modules.value(), Some(&false));
    }
}
