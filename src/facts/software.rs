//! Software that gets in the way: leftovers, package managers that are busy,
//! repositories that moved.

use serde::{Deserialize, Serialize};

use super::Fact;
use super::reader::Reader;

/// Software on the host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Software {
    /// What Kubernetes left behind: files, folders, interfaces' configuration.
    pub kubernetes: Fact<Vec<String>>,
    /// Container runtimes beside Docker, by their sockets: containerd's is
    /// Docker's own and not among them.
    pub runtimes: Fact<Vec<String>>,
    /// What Replicated left behind or runs with.
    pub replicated: Fact<Vec<String>>,
    /// Package managers that run now, by their lock's process.
    pub package_lock: Fact<Option<String>>,
    /// Repository files that point at mirrors that were switched off.
    pub moved_repositories: Fact<Vec<String>>,
    /// Registries that containers/image blocks (registries.conf).
    pub blocked_registries: Fact<Vec<String>>,
    /// NetworkManager: whether it runs.
    pub network_manager: Fact<bool>,
    /// NetworkManager's `unmanaged-devices`, all files.
    pub unmanaged_devices: Fact<Vec<String>>,
    /// Whether nm-cloud-setup's timer is enabled.
    pub nm_cloud_setup: Fact<bool>,
    /// Whether systemd gives made interfaces an address of its own
    /// (`MACAddressPolicy=persistent`, the default since 242).
    pub mac_policy: Fact<String>,
}

/// Files and folders that kubeadm refuses to find (preflight/checks.go
/// FileAvailable, DirAvailable), and what its networks leave.
const KUBERNETES: &[&str] = &[
    "/etc/kubernetes/manifests/kube-apiserver.yaml",
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/kubelet.conf",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/etcd/member",
    "/etc/cni/net.d/10-flannel.conflist",
    "/sys/class/net/cni0",
    "/sys/class/net/kube-ipvs0",
];

/// Sockets of other runtimes (gravity ProcessChecker; CRI-O, podman, LXD).
const RUNTIMES: &[&str] = &[
    "/run/crio/crio.sock",
    "/var/run/crio/crio.sock",
    "/run/podman/podman.sock",
    "/var/lib/lxd/unix.socket",
    "/var/snap/lxd/common/lxd/unix.socket",
    "/run/k3s/containerd/containerd.sock",
];

/// Replicated 2 (help-center: removing-replicated) and 1.2, whose container
/// configuration stands in /etc/replicated (replicated-2.0.sh
/// replicated12Installed).
const REPLICATED: &[&str] = &[
    "/etc/replicated.conf",
    "/etc/replicated.alias",
    "/etc/default/replicated",
    "/etc/sysconfig/replicated",
    "/var/lib/replicated",
    "/etc/replicated",
];

/// Locks of package managers: yum writes its process id; dpkg's and dnf's locks
/// are held by flock or fcntl, which /proc/locks shows by inode only, so the
/// process that works is looked for by name.
const PACKAGE_MANAGERS: &[&str] = &[
    "yum",
    "dnf",
    "apt",
    "apt-get",
    "dpkg",
    "zypper",
    "rpm",
    "unattended-upgr",
];

/// Reads what is installed and what is left.
pub fn collect(reader: &Reader) -> Software {
    Software {
        kubernetes: those_there(reader, KUBERNETES, "/etc/kubernetes, /var/lib/kubelet"),
        runtimes: those_there(reader, RUNTIMES, "sockets of container runtimes"),
        replicated: those_there(reader, REPLICATED, "/etc/replicated*, /var/lib/replicated"),
        package_lock: package_lock(reader),
        moved_repositories: moved_repositories(reader),
        blocked_registries: reader
            .text("/etc/containers/registries.conf")
            .map(|text| blocked_registries(&text)),
        network_manager: running(
            reader,
            "/run/NetworkManager/NetworkManager.pid",
            "/var/run/NetworkManager/NetworkManager.pid",
            "NetworkManager",
        ),
        unmanaged_devices: unmanaged(reader),
        nm_cloud_setup: reader
            .there("/etc/systemd/system/timers.target.wants/nm-cloud-setup.timer"),
        mac_policy: mac_policy(reader),
    }
}

fn those_there(reader: &Reader, paths: &[&str], source: &str) -> Fact<Vec<String>> {
    let mut found = Vec::new();
    for path in paths {
        match reader.there(path) {
            Fact::Known { value: true, .. } => found.push((*path).to_owned()),
            Fact::Known { .. } | Fact::Absent { .. } => {}
            hindered => return hindered.unknown(""),
        }
    }
    Fact::known(found, source)
}

/// Whether a service runs, by its pid file or, where it has none, by its folder
/// under /run.
fn running(reader: &Reader, new: &str, old: &str, name: &str) -> Fact<bool> {
    for path in [new, old] {
        match reader.text(path) {
            Fact::Known { value, source } => {
                let pid: Option<u32> = value.trim().parse().ok();
                let alive = pid.is_some_and(|pid| reader.surely(&format!("/proc/{pid}")));
                return Fact::known(alive, source);
            }
            Fact::Absent { .. } => {}
            hindered => return hindered.unknown(""),
        }
    }
    let folder = format!("/run/{name}");
    match reader.there(&folder) {
        Fact::Known {
            value: false,
            source,
        } => match reader.there("/proc/1") {
            Fact::Known { value: true, .. } => Fact::known(false, source),
            _ => Fact::unreadable("neither its folder nor /proc is there", source),
        },
        other => other,
    }
}

fn package_lock(reader: &Reader) -> Fact<Option<String>> {
    let listed = reader.list("/proc");
    let Fact::Known { value, source } = listed else {
        return listed.unknown("");
    };
    for pid in value
        .iter()
        .filter(|name| name.bytes().all(|b| b.is_ascii_digit()))
    {
        let comm = reader.text(&format!("/proc/{pid}/comm"));
        // EL6 before 2.6.33 has no comm file: the stat file has the name too.
        let name = match comm.value() {
            Some(name) => Some(name.trim().to_owned()),
            None => reader
                .text(&format!("/proc/{pid}/stat"))
                .value()
                .and_then(|stat| super::services::comm(stat))
                .map(str::to_owned),
        };
        if let Some(name) = name
            && PACKAGE_MANAGERS.contains(&name.as_str())
        {
            return Fact::known(
                Some(format!("{name} (process {pid})")),
                format!("/proc/{pid}/comm"),
            );
        }
    }
    Fact::known(None, format!("{source}/*/comm"))
}

/// CentOS 6, 7 and 8 are on vault.centos.org only (CentOS blog: end of life
/// 2020-11-30, 2024-06-30, 2021-12-31); Debian's on archive.debian.org.
fn moved_repositories(reader: &Reader) -> Fact<Vec<String>> {
    let mut moved = Vec::new();
    let folder = "/etc/yum.repos.d";
    match reader.list(folder) {
        Fact::Known { value, source } => {
            for name in value.iter().filter(|name| name.ends_with(".repo")) {
                let path = format!("{folder}/{name}");
                match reader.text(&path) {
                    Fact::Known { value, .. } if uses_dead_mirror(&value) => moved.push(path),
                    Fact::Known { .. } | Fact::Absent { .. } => {}
                    hindered => return hindered.unknown(""),
                }
            }
            Fact::known(moved, source)
        }
        other => other.unknown(""),
    }
}

/// Whether an enabled section of a repository file takes its packages from
/// mirror.centos.org or its mirror list.
pub fn uses_dead_mirror(text: &str) -> bool {
    let mut dead = false;
    let mut enabled = true;
    let mut any = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            any |= dead && enabled;
            (dead, enabled) = (false, true);
        } else if let Some((key, value)) = line.split_once('=') {
            match key.trim() {
                "enabled" => enabled = value.trim() != "0",
                "baseurl" | "mirrorlist" => {
                    dead |= value.contains("mirror.centos.org")
                        || value.contains("mirrorlist.centos.org");
                }
                _ => {}
            }
        }
    }
    any || (dead && enabled)
}

/// Registries that registries.conf(5) blocks: `[registries.block]` of version 1,
/// `blocked = true` of version 2.
pub fn blocked_registries(text: &str) -> Vec<String> {
    let mut blocked = Vec::new();
    let (mut section, mut location) = (String::new(), String::new());
    for line in text
        .lines()
        .map(|line| line.split('#').next().unwrap_or(line).trim())
    {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']).to_owned();
            location.clear();
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let words = value
            .split(['[', ']', ',', '"', '\'', ' '])
            .filter(|word| !word.is_empty());
        match (section.as_str(), key.trim()) {
            ("registries.block", "registries") => blocked.extend(words.map(str::to_owned)),
            ("registry", "location" | "prefix") => {
                location = words.map(str::to_owned).next().unwrap_or_default();
            }
            ("registry", "blocked") if value.trim() == "true" => blocked.push(location.clone()),
            _ => {}
        }
    }
    blocked
}

fn unmanaged(reader: &Reader) -> Fact<Vec<String>> {
    let mut found = Vec::new();
    let mut paths = vec!["/etc/NetworkManager/NetworkManager.conf".to_owned()];
    for folder in [
        "/etc/NetworkManager/conf.d",
        "/usr/lib/NetworkManager/conf.d",
        "/run/NetworkManager/conf.d",
    ] {
        match reader.list(folder) {
            Fact::Known { value, .. } => {
                let names = value.iter().filter(|name| name.ends_with(".conf"));
                paths.extend(names.map(|name| format!("{folder}/{name}")));
            }
            Fact::Absent { .. } => {}
            hindered => return hindered.unknown(""),
        }
    }
    for path in paths {
        match reader.text(&path) {
            Fact::Known { value, .. } => {
                let lines = value
                    .lines()
                    .filter_map(|line| line.trim().strip_prefix("unmanaged-devices"));
                let values = lines.filter_map(|rest| rest.split_once('='));
                found.extend(values.flat_map(|(_, value)| {
                    value
                        .split([';', ','])
                        .map(|word| word.trim().to_owned())
                        .filter(|word| !word.is_empty())
                }));
            }
            Fact::Absent { .. } => {}
            hindered => return hindered.unknown(""),
        }
    }
    Fact::known(found, "/etc/NetworkManager")
}

/// The link file that counts for interfaces without one of their own.
fn mac_policy(reader: &Reader) -> Fact<String> {
    let name = "99-default.link";
    for folder in [
        "/etc/systemd/network",
        "/run/systemd/network",
        "/usr/lib/systemd/network",
        "/lib/systemd/network",
    ] {
        match reader.text(&format!("{folder}/{name}")) {
            Fact::Known { value, source } => {
                let policy = value
                    .lines()
                    .filter_map(|line| line.trim().strip_prefix("MACAddressPolicy="))
                    .next_back()
                    .unwrap_or("none");
                return Fact::known(policy.trim().to_owned(), source);
            }
            Fact::Absent { .. } => {}
            hindered => return hindered,
        }
    }
    Fact::absent(
        "there is no default link file",
        "systemd/network/99-default.link",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;
    use proptest::prelude::*;

    #[test]
    fn mirrors_that_were_switched_off() {
        let base = "[base]\nmirrorlist=http://mirrorlist.centos.org/?release=6\n";
        assert!(uses_dead_mirror(base));
        assert!(uses_dead_mirror(
            "[base]\nbaseurl=http://mirror.centos.org/centos/6\n[x]\nbaseurl=http://y\n"
        ));
        assert!(!uses_dead_mirror(
            "[base]\nbaseurl=http://vault.centos.org/6.10\n"
        ));
        assert!(!uses_dead_mirror(&format!("{base}enabled=0\n")));
        assert!(!uses_dead_mirror(
            "[base]\n#baseurl=http://mirror.centos.org/\n"
        ));
    }

    #[test]
    fn blocked_registries_of_both_versions() {
        assert_eq!(
            blocked_registries("[registries.block]\nregistries = ['docker.io', \"quay.io\"]\n"),
            ["docker.io", "quay.io"]
        );
        let second = "[[registry]]\nlocation = \"docker.io\"\nblocked = true\n[[registry]]\nlocation=\"x\"\nblocked = false\n";
        assert_eq!(blocked_registries(second), ["docker.io"]);
        assert!(blocked_registries("[registries.block]\nregistries = []\n").is_empty());
    }

    #[test]
    fn a_busy_package_manager_and_what_was_left() {
        let host = Scripted::new()
            .file("/proc/1/comm", "init\n")
            .file("/proc/812/stat", "812 (yum) S 1")
            .file("/var/lib/etcd/member", "");
        let software = collect(&Reader::new(&host));
        assert_eq!(
            software.package_lock.value().unwrap().as_deref(),
            Some("yum (process 812)")
        );
        assert_eq!(
            software.kubernetes.value().unwrap(),
            &["/var/lib/etcd/member"]
        );
        assert_eq!(software.network_manager.value(), Some(&false));
        let hidden = collect(&Reader::new(&host.deny("/var/lib/etcd/member")));
        assert!(hidden.kubernetes.value().is_none());
        let empty = collect(&Reader::new(&Scripted::new()));
        assert!(empty.package_lock.value().is_none());
        assert!(empty.network_manager.value().is_none());
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in any::<String>()) {
            let _ = (uses_dead_mirror(&text), blocked_registries(&text));
        }
    }
}
