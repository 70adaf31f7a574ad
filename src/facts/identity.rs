//! Who this host is, and as whom it is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Fact;
use super::reader::Reader;

/// Identity of the host and of this process on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The machine id, as its file has it; it may be empty or malformed.
    pub machine_id: Fact<String>,
    /// UUID of the machine, in lower case, as the firmware tells it.
    pub product_uuid: Fact<String>,
    /// Vendor and product of the machine, as the firmware tells them.
    pub product: Fact<String>,
    /// /etc/hosts.
    pub hosts: Fact<Vec<HostsLine>>,
    /// Where names are looked up: the words of `hosts:` in nsswitch.conf.
    pub name_services: Fact<Vec<String>>,
    /// Effective user id of this process; on a captured host, of the capturing
    /// one.
    pub euid: Fact<u32>,
    /// Effective capabilities of this process, as a bit set.
    pub capabilities: Fact<u64>,
    /// The mask of new files' permissions.
    pub umask: Fact<u32>,
    /// The limit of open files: soft and hard; `None` is unlimited.
    pub open_files: Fact<(Option<u64>, Option<u64>)>,
    /// Flags of the CPUs that all of them have.
    pub cpu_flags: Fact<BTreeSet<String>>,
    /// Time zone, as `/etc/localtime` or `/etc/timezone` names it.
    pub time_zone: Fact<String>,
    /// Programs that are looked for, by name: their paths.
    pub programs: BTreeMap<String, Fact<String>>,
}

/// A line of /etc/hosts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostsLine {
    /// Address.
    pub address: IpAddr,
    /// Its names.
    pub names: Vec<String>,
}

/// Programs that Kubernetes, Replicated's script or our steps call
/// (kubeadm preflight/checks.go addExecChecks; replicated-installer
/// ip-address.sh parses `ip -4 -o addr`).
pub const PROGRAMS: &[&str] = &[
    "apparmor_parser",
    "conntrack",
    "curl",
    "ebtables",
    "ethtool",
    "ip",
    "iptables",
    "modprobe",
    "mount",
    "nsenter",
    "socat",
    "tc",
    "umount",
    "wg",
    "wg-quick",
    "wget",
];

/// Where a machine's id is (machine-id(5)); where D-Bus alone brings one, as on EL6, the
/// second.
pub const MACHINE_ID: [&str; 2] = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

/// Reads identity and this process's rights.
pub fn collect(reader: &Reader) -> Identity {
    let status = reader.text("/proc/self/status");
    Identity {
        machine_id: reader
            .first_text(&MACHINE_ID)
            .map(|text| text.trim().to_owned()),
        product_uuid: reader
            .text("/sys/class/dmi/id/product_uuid")
            .map(|text| text.trim().to_ascii_lowercase()),
        product: product(reader),
        hosts: reader.text("/etc/hosts").map(|text| parse_hosts(&text)),
        name_services: reader
            .text("/etc/nsswitch.conf")
            .parse(|text| name_services(&text).ok_or_else(|| "it has no hosts: line".to_owned())),
        euid: status_word(&status, "Uid", 1, 10)
            .parse(|id| u32::try_from(id).map_err(|error| error.to_string())),
        capabilities: status_word(&status, "CapEff", 0, 16),
        umask: status_word(&status, "Umask", 0, 8).map(|mask| mask as u32),
        open_files: reader
            .text("/proc/self/limits")
            .parse(|text| open_files(&text).ok_or_else(|| "no line of open files".to_owned())),
        cpu_flags: reader
            .text("/proc/cpuinfo")
            .parse(|text| cpu_flags(&text).ok_or_else(|| "no flags of the CPU".to_owned())),
        time_zone: time_zone(reader),
        programs: PROGRAMS
            .iter()
            .map(|name| ((*name).to_owned(), reader.program(name)))
            .collect(),
    }
}

fn product(reader: &Reader) -> Fact<String> {
    let vendor = reader.text("/sys/class/dmi/id/sys_vendor");
    let product = reader.text("/sys/class/dmi/id/product_name");
    match (vendor.value(), product) {
        (Some(vendor), Fact::Known { value, source }) => {
            Fact::known(format!("{} {}", vendor.trim(), value.trim()), source)
        }
        (_, product) => product.map(|text| text.trim().to_owned()),
    }
}

/// A number of /proc/self/status: the word at `at` of the line `name`.
fn status_word(status: &Fact<String>, name: &str, at: usize, radix: u32) -> Fact<u64> {
    match status {
        Fact::Known { value, source } => {
            let line = value
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            match line.and_then(|line| line.split_whitespace().nth(at)) {
                Some(word) => match u64::from_str_radix(word, radix) {
                    Ok(number) => Fact::known(number, source.as_str()),
                    Err(error) => Fact::unreadable(format!("{name}: {error}"), source.as_str()),
                },
                // Umask came with 4.7.
                None => Fact::absent(format!("this kernel does not tell {name}"), source.as_str()),
            }
        }
        other => other.unknown(""),
    }
}

/// Reads /etc/hosts; lines that are none are skipped.
pub fn parse_hosts(text: &str) -> Vec<HostsLine> {
    let lines = text.lines().filter_map(|line| {
        let line = line.split('#').next()?;
        let mut words = line.split_whitespace();
        let address = words.next()?;
        let address = address.split('%').next()?.parse().ok()?;
        let names: Vec<_> = words.map(str::to_owned).collect();
        (!names.is_empty()).then_some(HostsLine { address, names })
    });
    lines.collect()
}

/// The services of `hosts:` in nsswitch.conf, without the actions in brackets.
pub fn name_services(text: &str) -> Option<Vec<String>> {
    let line = text
        .lines()
        .filter_map(|line| line.split('#').next()?.trim().strip_prefix("hosts:"))
        .next_back()?;
    let mut services = Vec::new();
    let mut action = false;
    for word in line.split_whitespace() {
        if !action && !word.starts_with('[') {
            services.push(word.to_owned());
        }
        action = (action || word.starts_with('[')) && !word.ends_with(']');
    }
    Some(services)
}

/// Soft and hard limit of open files in /proc/self/limits.
pub fn open_files(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    let mut words = line.split_whitespace();
    let mut limit = || match words.next()? {
        "unlimited" => Some(None),
        word => Some(Some(word.parse::<u64>().ok()?)),
    };
    Some((limit()?, limit()?))
}

/// The flags that all CPUs of /proc/cpuinfo have (`flags` on x86, `Features` on
/// arm).
pub fn cpu_flags(text: &str) -> Option<BTreeSet<String>> {
    let mut common: Option<BTreeSet<String>> = None;
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        if !matches!(key.trim(), "flags" | "Features") {
            continue;
        }
        let flags: BTreeSet<_> = value.split_whitespace().map(str::to_owned).collect();
        common = Some(match common {
            Some(common) => common.intersection(&flags).cloned().collect(),
            None => flags,
        });
    }
    common
}

fn time_zone(reader: &Reader) -> Fact<String> {
    if let Fact::Known { value, source } = reader.link("/etc/localtime")
        && let Some((_, zone)) = value.split_once("zoneinfo/")
    {
        return Fact::known(zone.to_owned(), source);
    }
    match reader.text("/etc/timezone") {
        Fact::Known { value, source } => return Fact::known(value.trim().to_owned(), source),
        Fact::Absent { .. } => {}
        hindered => return hindered,
    }
    // EL6 has a copy in /etc/localtime and its name here.
    reader.text("/etc/sysconfig/clock").parse(|text| {
        text.lines()
            .filter_map(|line| line.trim().strip_prefix("ZONE="))
            .next_back()
            .map(|zone| zone.trim_matches(['"', '\'']).to_owned())
            .ok_or_else(|| "it names no ZONE".to_owned())
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;
    use proptest::prelude::*;

    #[test]
    fn an_el6_host() {
        let host = Scripted::new()
            .file(
                "/var/lib/dbus/machine-id",
                "0123456789abcdef0123456789abcdef\n",
            )
            .file(
                "/etc/hosts",
                "127.0.0.1 localhost\nfe80::1%eth0 n1 # x\njunk\n",
            )
            .file(
                "/etc/nsswitch.conf",
                "#hosts: x\nhosts: files [NOTFOUND = return] dns\n",
            )
            .file("/etc/sysconfig/clock", "ZONE=\"Europe/Vienna\"\n")
            .file(
                "/proc/cpuinfo",
                "flags : fpu cx16 sse\n\nflags : fpu cx16\n",
            )
            .file(
                "/proc/self/limits",
                "Max open files            1024                 4096                 files\n",
            )
            .file(
                "/proc/self/status",
                "Name:\tx\nUid:\t500\t0\t0\t0\nCapEff:\tffffffffffffffff\n",
            );
        let identity = collect(&Reader::new(&host));
        assert_eq!(identity.machine_id.value().unwrap().len(), 32);
        assert_eq!(identity.hosts.value().unwrap().len(), 2);
        assert_eq!(identity.name_services.value().unwrap(), &["files", "dns"]);
        assert_eq!(identity.time_zone.value().unwrap(), "Europe/Vienna");
        let flags: Vec<_> = identity.cpu_flags.value().unwrap().iter().collect();
        assert_eq!(flags, ["cx16", "fpu"]);
        assert_eq!(
            identity.open_files.value().unwrap(),
            &(Some(1024), Some(4096))
        );
        assert_eq!(identity.euid.value(), Some(&0));
        assert!(matches!(identity.umask, Fact::Absent { .. }));
        assert!(matches!(identity.product_uuid, Fact::Absent { .. }));
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in any::<String>()) {
            let _ = (parse_hosts(&text), name_services(&text), open_files(&text), cpu_flags(&text));
        }
    }
}
