//! Kernel settings: what they are now, and what the files make of them at the
//! next boot.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Fact;
use super::reader::Reader;

/// A kernel setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its value now; absent where this kernel has no such setting.
    pub live: Fact<String>,
    /// Its value in the files that are read at boot, the last one counts;
    /// absent where no file sets it.
    pub saved: Fact<String>,
}

/// Every setting that is read, as sysctl(8) writes the names.
pub const NAMES: &[&str] = &[
    "fs.inotify.max_user_instances",
    "fs.inotify.max_user_watches",
    "fs.may_detach_mounts",
    "kernel.keys.root_maxkeys",
    "kernel.modprobe",
    "kernel.modules_disabled",
    "kernel.random.entropy_avail",
    "net.bridge.bridge-nf-call-ip6tables",
    "net.bridge.bridge-nf-call-iptables",
    "net.ipv4.conf.all.arp_filter",
    "net.ipv4.conf.all.arp_ignore",
    "net.ipv4.conf.all.forwarding",
    "net.ipv4.conf.all.rp_filter",
    "net.ipv4.conf.default.arp_filter",
    "net.ipv4.conf.default.arp_ignore",
    "net.ipv4.conf.default.forwarding",
    "net.ipv4.conf.default.rp_filter",
    "net.ipv4.ip_forward",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv6.conf.all.disable_ipv6",
    "net.ipv6.conf.default.forwarding",
    "net.netfilter.nf_conntrack_count",
    "net.netfilter.nf_conntrack_max",
    "user.max_user_namespaces",
];

/// The folders of settings, in the order of sysctl.d(5): a file of the same
/// name in an earlier one hides that in a later one.
const FOLDERS: [&str; 5] = [
    "/etc/sysctl.d",
    "/run/sysctl.d",
    "/usr/local/lib/sysctl.d",
    "/usr/lib/sysctl.d",
    "/lib/sysctl.d",
];

/// Reads the settings.
pub fn collect(reader: &Reader) -> BTreeMap<String, Setting> {
    let saved = saved(reader);
    let names = NAMES.iter().map(|name| (*name).to_owned());
    let settings = names.chain(of_interfaces(reader)).map(|name| {
        let setting = Setting {
            live: live(reader, &name),
            saved: match &saved {
                Ok(saved) => match saved.get(&name) {
                    Some((value, path)) => Fact::known(value.clone(), path.as_str()),
                    None => Fact::absent("no file sets it", "/etc/sysctl.conf, sysctl.d"),
                },
                Err(hindered) => hindered.unknown(""),
            },
        };
        (name, setting)
    });
    settings.collect()
}

/// The settings that each interface has for itself. A name with dots (a VLAN's)
/// is left out: sysctl(8) itself cannot write it with dots.
fn of_interfaces(reader: &Reader) -> Vec<String> {
    let names = reader.list("/proc/sys/net/ipv4/conf");
    let names = names.value().cloned().unwrap_or_default();
    names
        .iter()
        .filter(|name| !matches!(name.as_str(), "all" | "default" | "lo") && !name.contains('.'))
        .map(|name| format!("net.ipv4.conf.{name}.rp_filter"))
        .collect()
}

/// A setting's file under /proc/sys. A setting is absent only where /proc/sys is
/// there without it.
pub fn live(reader: &Reader, name: &str) -> Fact<String> {
    let path = format!("/proc/sys/{}", name.replace('.', "/"));
    match reader.text(&path) {
        Fact::Absent { why, source } if !reader.surely("/proc/sys/kernel") => {
            Fact::unreadable(format!("{why}; /proc/sys is not there"), source)
        }
        fact => fact.map(|text| text.trim().to_owned()),
    }
}

type Saved = BTreeMap<String, (String, String)>;

/// All settings of the files, or the first one that could not be read: a file
/// that is hidden may set anything.
fn saved(reader: &Reader) -> Result<Saved, Fact<String>> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for folder in FOLDERS {
        match reader.list(folder) {
            Fact::Known { value, .. } => {
                for name in value.into_iter().filter(|name| name.ends_with(".conf")) {
                    let path = format!("{folder}/{name}");
                    files.entry(name).or_insert(path);
                }
            }
            Fact::Absent { .. } => {}
            hindered => return Err(hindered.unknown("")),
        }
    }
    let mut saved = Saved::new();
    // `sysctl --system` and the init scripts of EL6 read /etc/sysctl.conf last
    // (procps sysctl.c SystemPreloads; initscripts 9.03 apply_sysctl).
    let last = "/etc/sysctl.conf".to_owned();
    for path in files.into_values().chain([last]) {
        match reader.text(&path) {
            Fact::Known { value, .. } => {
                for (name, value) in parse(&value) {
                    saved.insert(name, (value, path.clone()));
                }
            }
            Fact::Absent { .. } => {}
            hindered => return Err(hindered),
        }
    }
    Ok(saved)
}

/// Reads a file of settings (sysctl.d(5)): `name = value`, the name with dots or
/// slashes, a leading `-` where a failure does not matter. Lines that are none
/// are skipped, as sysctl(8) does.
pub fn parse(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.starts_with(['#', ';']))
        .filter_map(|line| {
            let (name, value) = line.split_once('=')?;
            let name = name.trim().trim_start_matches('-').trim();
            (!name.is_empty()).then(|| (dotted(name), value.trim().to_owned()))
        })
        .collect()
}

/// A name with dots: with slashes first, dots belong to an interface's name.
fn dotted(name: &str) -> String {
    match (name.find('/'), name.find('.')) {
        (Some(slash), Some(dot)) if slash < dot => name.replace('/', "."),
        (Some(_), None) => name.replace('/', "."),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;
    use proptest::prelude::*;

    #[test]
    fn files_are_read_as_sysctl_reads_them() {
        let text = "# x = 1\n; y = 2\nnet.ipv4.ip_forward = 0\n-net/ipv4/ip_forward=1\njunk\n=3\n";
        let name = "net.ipv4.ip_forward".to_owned();
        assert_eq!(
            parse(text),
            [(name.clone(), "0".into()), (name, "1".into())]
        );
    }

    #[test]
    fn the_last_file_counts_and_a_hidden_one_leaves_all_open() {
        let host = Scripted::new()
            .file("/proc/sys/kernel/modprobe", "/sbin/modprobe\n")
            .file("/proc/sys/net/ipv4/ip_forward", "1\n")
            .file("/etc/sysctl.d/50-a.conf", "net.ipv4.ip_forward = 1\n")
            .file("/usr/lib/sysctl.d/50-a.conf", "net.ipv4.ip_forward = 7\n")
            .file("/etc/sysctl.conf", "net.ipv4.ip_forward = 0\n");
        let settings = collect(&Reader::new(&host));
        let forward = settings.get("net.ipv4.ip_forward").unwrap();
        assert_eq!(forward.live.value().unwrap(), "1");
        assert_eq!(forward.saved.value().unwrap(), "0");
        assert_eq!(forward.saved.source(), "/etc/sysctl.conf");
        let detach = settings.get("fs.may_detach_mounts").unwrap();
        assert!(matches!(detach.live, Fact::Absent { .. }));
        assert!(matches!(detach.saved, Fact::Absent { .. }));
        let hidden = collect(&Reader::new(&host.deny("/etc/sysctl.conf")));
        let forward = hidden.get("net.ipv4.ip_forward").unwrap();
        assert!(matches!(forward.saved, Fact::Unreadable { .. }));
        let bare = collect(&Reader::new(&Scripted::new()));
        let forward = bare.get("net.ipv4.ip_forward").unwrap();
        assert!(matches!(forward.live, Fact::Unreadable { .. }));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
