//! Hosts for the checks of the platform.

#![allow(clippy::unwrap_used)]

use super::super::cases::{Case, absent, case, known, set, unread};
use crate::facts::Fact;
use crate::facts::Facts;
use crate::facts::identity::{HostsLine, PROGRAMS};
use crate::facts::kernel::Capability;

/// What a host has that these checks have nothing to say of.
pub fn good(facts: &mut Facts) {
    let identity = &mut facts.identity;
    identity.machine_id = known("0123456789abcdef0123456789abcdef".into());
    identity.product_uuid = known("4c4c4544-0043-3010-8052-b4c04f4e3732".into());
    identity.product = known("Red Hat KVM".into());
    identity.hosts = known(vec![HostsLine {
        address: "192.0.2.11".parse().unwrap(),
        names: vec!["node-1".into()],
    }]);
    identity.name_services = known(vec!["files".into(), "dns".into()]);
    identity.euid = known(0);
    identity.capabilities = known(0x1ff_ffff_ffff);
    identity.umask = known(0o022);
    identity.open_files = known((Some(65536), Some(524_288)));
    let flags = "cx16 lahf_lm popcnt ssse3 sse4_1 sse4_2";
    identity.cpu_flags = known(flags.split(' ').map(str::to_owned).collect());
    identity.time_zone = known("UTC".into());
    identity.programs = PROGRAMS
        .iter()
        .map(|name| ((*name).to_owned(), known(format!("/usr/bin/{name}"))))
        .collect();
    facts.boot.cmdline = known(Vec::new());
    facts.boot.lockdown = known("none".into());
    facts.boot.modules = known(true);
    facts.boot.installed = known(vec!["5.14.0-427.13.1.el9_4.x86_64".into()]);
    facts.boot.config = known("/boot/config-5.14.0".into());
    facts.boot.blocked_modules = known(Vec::new());
    facts.os.running_release = known("9.0".into());
    facts.os.end_of_life = known("2032-05-31".into());
    let software = &mut facts.software;
    software.kubernetes = known(Vec::new());
    software.runtimes = known(Vec::new());
    software.replicated = known(Vec::new());
    software.package_lock = known(None);
    software.moved_repositories = known(Vec::new());
    software.blocked_registries = absent();
    software.network_manager = known(false);
    software.unmanaged_devices = known(Vec::new());
    software.nm_cloud_setup = known(false);
    software.mac_policy = absent();
    facts.collected_at = "2026-11-23T10:00:00Z".into();
}

/// The hosts.
pub const CASES: &[Case] = &[
    case!("sys.root", "root", "swarm", Pass, |f, _| {}),
    case!("sys.root", "a user", "swarm", Info, |f, _| f
        .identity
        .euid =
        known(1000)),
    case!("sys.root", "a container", "swarm", Warn, |f, _| f
        .identity
        .capabilities =
        known(0xa80425fb)),
    case!("sys.root", "no /proc", "swarm", Unknown, |f, _| f
        .identity
        .euid =
        unread()),
    case!("sys.arch", "x86_64", "native", Pass, |f, _| {}),
    case!("sys.arch", "arm for native", "native", Fail, |f, _| f
        .kernel
        .arch =
        known("aarch64".into())),
    case!("sys.arch", "arm for Swarm", "swarm", Warn, |f, _| f
        .kernel
        .arch =
        known("aarch64".into())),
    case!("sys.arch", "unread", "swarm", Unknown, |f, _| f
        .kernel
        .arch =
        unread()),
    case!("sys.cpu.level", "v2", "kubernetes", Pass, |f, _| {}),
    case!(
        "sys.cpu.level",
        "an old CPU model",
        "kubernetes",
        Fail,
        |f, _| f.identity.cpu_flags = known(["cx16".to_owned()].into())
    ),
    case!("sys.cpu.level", "unread", "kubernetes", Unknown, |f, _| f
        .identity
        .cpu_flags =
        unread()),
    case!("sys.cpu.level", "arm", "kubernetes", Na, |f, _| f
        .kernel
        .arch =
        known("aarch64".into())),
    case!("sys.distro", "listed", "native", Pass, |f, _| {
        f.os.id = known("centos".into());
        f.os.running_release = known("7.9".into());
    }),
    case!("sys.distro", "not listed", "native", Warn, |f, _| f
        .os
        .running_release =
        known("9.4".into())),
    case!(
        "sys.distro",
        "not listed for Swarm",
        "swarm",
        Info,
        |f, _| f.os.running_release = known("9.4".into())
    ),
    case!("sys.distro", "EL6", "native", Warn, |f, _| {
        f.os.family = known("el6".into());
        f.os.running_release = known("6.10".into());
    }),
    case!("sys.distro", "unread", "native", Unknown, |f, _| f.os.id =
        unread()),
    case!("sys.distro.eol", "supported", "native", Pass, |f, _| {}),
    case!("sys.distro.eol", "CentOS 7", "native", Warn, |f, _| f
        .os
        .end_of_life =
        known("2024-06-30".into())),
    case!("sys.distro.eol", "no row", "native", Unknown, |f, _| f
        .os
        .end_of_life =
        absent()),
    case!("sys.distro.repositories", "fine", "native", Pass, |f, _| {}),
    case!("sys.distro.repositories", "Debian", "native", Na, |f, _| {
        f.software.moved_repositories = absent()
    }),
    case!(
        "sys.distro.repositories",
        "EL6 as it was installed",
        "native",
        Fail,
        |f, _| {
            f.os.family = known("el6".into());
            f.software.moved_repositories = known(vec!["/etc/yum.repos.d/CentOS-Base.repo".into()]);
        }
    ),
    case!(
        "sys.distro.repositories",
        "the same without internet",
        "native",
        Info,
        |f, s| {
            f.os.family = known("el6".into());
            f.software.moved_repositories = known(vec!["/etc/yum.repos.d/CentOS-Base.repo".into()]);
            s.airgap = true;
        }
    ),
    case!(
        "sys.distro.repositories",
        "unread",
        "native",
        Unknown,
        |f, _| f.software.moved_repositories = unread()
    ),
    case!(
        "sys.kernel.pending",
        "the newest runs",
        "native",
        Pass,
        |f, _| {}
    ),
    case!(
        "sys.kernel.pending",
        "a newer one waits",
        "native",
        Warn,
        |f, _| {
            f.boot.installed = known(vec!["5.14.0-503.el9.x86_64".into()]);
        }
    ),
    case!("sys.kernel.pending", "unread", "native", Unknown, |f, _| {
        f.boot.installed = unread()
    }),
    case!(
        "sys.kernel.pending.modules",
        "modules of the running kernel removed",
        "native",
        Warn,
        |f, _| f.boot.modules = known(false)
    ),
    case!(
        "sys.kernel.tainted_lockdown",
        "none",
        "native",
        Pass,
        |f, _| {}
    ),
    case!(
        "sys.kernel.tainted_lockdown",
        "integrity",
        "native",
        Info,
        |f, _| f.boot.lockdown = known("integrity".into())
    ),
    case!(
        "sys.kernel.tainted_lockdown",
        "integrity, and WireGuard is no part of the kernel",
        "native+wireguard",
        Fail,
        |f, _| {
            f.boot.lockdown = known("integrity".into());
            f.kernel.release = known("4.18.0-477.el8.x86_64".into());
            let missing = known(Capability::Missing);
            f.kernel.capabilities.insert("wireguard".into(), missing);
        }
    ),
    case!(
        "sys.kernel.tainted_lockdown.disabled",
        "loading switched off, and nothing is missing",
        "native",
        Info,
        |f, _| set(f, "kernel.modules_disabled", "1")
    ),
    case!(
        "sys.kernel.tainted_lockdown.disabled",
        "an installed module that is not loaded",
        "native",
        Fail,
        |f, _| {
            set(f, "kernel.modules_disabled", "1");
            let locked = Fact::known(Capability::Missing, "/proc/sys/kernel/modules_disabled");
            f.kernel.capabilities.insert("vxlan".into(), locked);
        }
    ),
    case!(
        "sys.kernel.tainted_lockdown.disabled",
        "loading switched off",
        "native",
        Fail,
        |f, _| {
            set(f, "kernel.modules_disabled", "1");
            f.kernel
                .capabilities
                .insert("vxlan".into(), known(Capability::Loadable));
        }
    ),
    case!(
        "sys.kernel.tainted_lockdown",
        "unread",
        "native",
        Unknown,
        |f, _| f.boot.lockdown = unread()
    ),
    case!("sys.virt", "kvm", "native", Pass, |f, _| {}),
    case!("sys.virt", "something", "native", Info, |f, _| f
        .kernel
        .virt =
        known("other".into())),
    case!("sys.virt", "unread", "native", Unknown, |f, _| f
        .kernel
        .virt =
        unread()),
    case!("sys.init", "systemd", "native", Pass, |f, _| {}),
    case!("sys.init", "none", "native", Warn, |f, _| f.services.init =
        known("other".into())),
    case!("sys.init", "a rescue shell", "native", Warn, |f, _| f
        .services
        .manager_running =
        known(false)),
    case!("sys.init", "unread", "native", Unknown, |f, _| f
        .services
        .init =
        unread()),
    case!("sys.time.sync", "synchronised", "swarm", Pass, |f, _| {}),
    case!(
        "sys.time.sync",
        "chronyd has just started",
        "swarm",
        Warn,
        |f, _| f.services.time_synchronised = known(false)
    ),
    case!(
        "sys.time.sync",
        "nothing keeps it",
        "swarm",
        Fail,
        |f, _| {
            f.services.time_synchronised = known(false);
            f.services.time_daemon = absent();
        }
    ),
    case!(
        "sys.time.sync",
        "nothing keeps it, native",
        "native",
        Warn,
        |f, _| {
            f.services.time_synchronised = known(false);
            f.services.time_daemon = absent();
        }
    ),
    case!("sys.time.sync", "unread", "swarm", Unknown, |f, _| f
        .services
        .time_synchronised =
        unread()),
    case!("sys.time.sane", "now", "swarm", Pass, |f, _| {}),
    case!("sys.time.sane", "1980", "swarm", Fail, |f, _| f
        .collected_at =
        "1980-01-01T00:00:00Z".into()),
    case!("sys.time.sane", "no clock", "swarm", Unknown, |f, _| {
        f.collected_at = "1970-01-01T00:00:00Z".into();
        f.services.time_synchronised = unread();
    }),
    case!("sys.time.zone", "UTC", "swarm", Pass, |f, _| {}),
    case!("sys.time.zone", "another", "swarm", Info, |f, _| f
        .identity
        .time_zone =
        known("Europe/Vienna".into())),
    case!("sys.time.zone", "one node", "native", Na, |f, s| {
        f.identity.time_zone = known("Europe/Vienna".into());
        s.nodes = 1;
    }),
    case!("sys.time.zone", "unread", "swarm", Unknown, |f, _| f
        .identity
        .time_zone =
        unread()),
    case!("sys.entropy", "a new kernel", "swarm", Pass, |f, _| {}),
    case!(
        "sys.entropy",
        "an EL6 machine without a source",
        "swarm",
        Warn,
        |f, _| {
            f.kernel.release = known("2.6.32-754.el6.x86_64".into());
            set(f, "kernel.random.entropy_avail", "123");
        }
    ),
    case!("sys.entropy", "unread", "swarm", Unknown, |f, _| {
        f.sysctl
            .get_mut("kernel.random.entropy_avail")
            .unwrap()
            .live = unread();
    }),
    case!(
        "sys.hostname.valid",
        "a name",
        "kubernetes",
        Pass,
        |f, _| {}
    ),
    case!("sys.hostname.valid", "localhost", "native", Fail, |f, _| {
        f.os.hostname = known("localhost.localdomain".into())
    }),
    case!(
        "sys.hostname.valid",
        "an underscore",
        "kubernetes",
        Fail,
        |f, _| f.os.hostname = known("node_1".into())
    ),
    case!(
        "sys.hostname.valid",
        "capitals",
        "kubernetes",
        Warn,
        |f, _| f.os.hostname = known("Node1".into())
    ),
    case!(
        "sys.hostname.valid",
        "unread",
        "kubernetes",
        Unknown,
        |f, _| f.os.hostname = unread()
    ),
    case!(
        "sys.hostname.resolves",
        "its address",
        "kubernetes",
        Pass,
        |f, _| {}
    ),
    case!(
        "sys.hostname.resolves",
        "127.0.1.1",
        "kubernetes",
        Warn,
        |f, _| {
            f.identity.hosts = known(vec![HostsLine {
                address: "127.0.1.1".parse().unwrap(),
                names: vec!["node-1".into()],
            }]);
        }
    ),
    case!(
        "sys.hostname.resolves",
        "another address",
        "native",
        Warn,
        |f, _| {
            f.identity.hosts = known(vec![HostsLine {
                address: "192.0.2.12".parse().unwrap(),
                names: vec!["node-1".into()],
            }]);
        }
    ),
    case!(
        "sys.hostname.resolves",
        "not there",
        "native",
        Info,
        |f, _| f.identity.hosts = known(Vec::new())
    ),
    case!(
        "sys.hostname.resolves",
        "unread",
        "native",
        Unknown,
        |f, _| f.identity.hosts = unread()
    ),
    case!("sys.ids.machine", "fine", "native", Pass, |f, _| {}),
    case!("sys.ids.machine", "zero", "native", Warn, |f, _| f
        .identity
        .machine_id =
        known("0".repeat(32))),
    case!("sys.ids.machine", "none", "native", Warn, |f, _| f
        .identity
        .machine_id =
        absent()),
    case!("sys.ids.machine", "unread", "native", Unknown, |f, _| f
        .identity
        .machine_id =
        unread()),
    case!("sys.ids.product", "fine", "kubernetes", Pass, |f, _| {}),
    case!(
        "sys.ids.product",
        "a placeholder",
        "kubernetes",
        Warn,
        |f, _| {
            f.identity.product_uuid = known("03000200-0400-0500-0006-000700080009".into());
        }
    ),
    case!(
        "sys.ids.product",
        "not root",
        "kubernetes",
        Unknown,
        |f, _| f.identity.product_uuid = unread()
    ),
    case!("sys.ids.mac", "fine", "native", Pass, |f, _| {}),
    case!("sys.ids.mac", "the same twice", "native", Fail, |f, _| {
        let mut all = f.network.interfaces.value().unwrap().clone();
        let mut second = all[1].clone();
        second.name = "eth1".into();
        all.push(second);
        f.network.interfaces = known(all);
    }),
    case!("sys.ids.mac", "unread", "native", Unknown, |f, _| f
        .network
        .interfaces =
        unread()),
    case!("sys.limits", "fine", "kubernetes", Pass, |f, _| {}),
    case!("sys.limits", "4096", "kubernetes", Warn, |f, _| f
        .identity
        .open_files =
        known((Some(1024), Some(4096)))),
    case!(
        "sys.limits.docker",
        "Docker sets none",
        "native",
        Pass,
        |f, _| {}
    ),
    case!(
        "sys.limits.docker",
        "default-ulimits",
        "native",
        Warn,
        |f, _| {
            let limits =
                serde_json::json!({"nofile": {"Name": "nofile", "Hard": 1024, "Soft": 1024}});
            f.docker.info.daemon_json = known([("default-ulimits".to_owned(), limits)].into());
        }
    ),
    case!("sys.limits.docker", "unread", "native", Unknown, |f, _| f
        .docker
        .info
        .daemon_json =
        unread()),
    case!("sys.limits", "unread", "kubernetes", Unknown, |f, _| f
        .identity
        .open_files =
        unread()),
    case!(
        "sys.inotify.instances",
        "fine",
        "kubernetes",
        Pass,
        |f, _| {}
    ),
    case!(
        "sys.inotify.instances",
        "128",
        "kubernetes",
        Fail,
        |f, _| set(f, "fs.inotify.max_user_instances", "128")
    ),
    case!("sys.inotify.watches", "8192", "native", Warn, |f, _| set(
        f,
        "fs.inotify.max_user_watches",
        "8192"
    )),
    case!(
        "sys.inotify.watches",
        "unread",
        "native",
        Unknown,
        |f, _| {
            f.sysctl
                .get_mut("fs.inotify.max_user_watches")
                .unwrap()
                .live = unread();
        }
    ),
    case!("sys.keys", "fine", "swarm", Pass, |f, _| {}),
    case!("sys.keys", "200", "swarm", Warn, |f, _| set(
        f,
        "kernel.keys.root_maxkeys",
        "200"
    )),
    case!("sys.keys", "unread", "swarm", Unknown, |f, _| {
        f.sysctl.get_mut("kernel.keys.root_maxkeys").unwrap().live = unread();
    }),
    case!("sys.umask", "022", "native", Pass, |f, _| {}),
    case!("sys.umask", "077", "native", Warn, |f, _| f
        .identity
        .umask =
        known(0o077)),
    case!("sys.umask", "unread", "native", Unknown, |f, _| f
        .identity
        .umask =
        unread()),
    case!("sys.path", "all there", "kubernetes", Pass, |f, _| {}),
    case!("sys.path.socat", "no socat", "kubernetes", Warn, |f, _| {
        f.identity.programs.insert("socat".into(), absent());
    }),
    case!("sys.path.iptables", "no iptables", "swarm", Fail, |f, _| {
        f.identity.programs.insert("iptables".into(), absent());
    }),
    case!(
        "sys.path.download",
        "no curl and no wget",
        "native",
        Fail,
        |f, _| {
            f.identity.programs.insert("curl".into(), absent());
            f.identity.programs.insert("wget".into(), absent());
        }
    ),
    case!("sys.path.ip", "unread", "native", Unknown, |f, _| {
        f.identity.programs.insert("ip".into(), unread());
    }),
    case!("sys.pkgmgr", "idle", "native", Pass, |f, _| {}),
    case!("sys.pkgmgr", "yum runs", "native", Warn, |f, _| f
        .software
        .package_lock =
        known(Some("yum".into()))),
    case!("sys.pkgmgr", "unread", "native", Unknown, |f, _| f
        .software
        .package_lock =
        unread()),
    case!("sys.tmp./tmp", "exec", "native", Pass, |f, _| {}),
    case!("sys.tmp./tmp", "noexec", "native", Warn, |f, _| {
        let mut mounts = f.storage.mounts.value().unwrap().clone();
        let mut tmp = mounts[0].clone();
        tmp.path = "/tmp".into();
        tmp.options.push("noexec".into());
        mounts.push(tmp);
        f.storage.mounts = known(mounts);
    }),
    case!("sys.tmp", "unread", "native", Unknown, |f, _| f
        .storage
        .mounts =
        unread()),
    case!("sys.leftover.k8s", "none", "kubernetes", Pass, |f, _| {}),
    case!("sys.leftover.k8s", "a node", "kubernetes", Fail, |f, _| f
        .software
        .kubernetes =
        known(vec!["/etc/kubernetes/admin.conf".into()])),
    case!(
        "sys.leftover.k8s",
        "chains of kube-proxy",
        "native",
        Warn,
        |f, _| {
            let rules = "*filter\n-A KUBE-SERVICES -j REJECT\n";
            f.firewall.filter = known(crate::facts::filter::parse(rules));
        }
    ),
    case!(
        "sys.leftover.k8s",
        "unread",
        "kubernetes",
        Unknown,
        |f, _| f.software.kubernetes = unread()
    ),
    case!("sys.leftover.runtime", "none", "native", Pass, |f, _| {}),
    case!("sys.leftover.runtime", "CRI-O", "native", Warn, |f, _| f
        .software
        .runtimes =
        known(vec!["/run/crio/crio.sock".into()])),
    case!(
        "sys.leftover.runtime",
        "unread",
        "native",
        Unknown,
        |f, _| f.software.runtimes = unread()
    ),
    case!("sys.leftover.replicated", "none", "native", Pass, |f, _| {}),
    case!(
        "sys.leftover.replicated",
        "version 2",
        "native",
        Info,
        |f, _| f.software.replicated = known(vec!["/var/lib/replicated".into()])
    ),
    case!(
        "sys.leftover.replicated",
        "version 1.2",
        "native",
        Fail,
        |f, _| f.software.replicated = known(vec!["/etc/replicated".into()])
    ),
    case!(
        "sys.leftover.replicated",
        "unread",
        "native",
        Unknown,
        |f, _| f.software.replicated = unread()
    ),
    case!("sys.inotify.watches", "no inotify", "native", Na, |f, _| {
        f.sysctl
            .get_mut("fs.inotify.max_user_watches")
            .unwrap()
            .live = absent();
    }),
    case!("sys.keys", "no such setting", "swarm", Na, |f, _| {
        f.sysctl.get_mut("kernel.keys.root_maxkeys").unwrap().live = absent();
    }),
    case!("sys.umask", "a kernel before 4.7", "native", Na, |f, _| f
        .identity
        .umask =
        absent()),
];
