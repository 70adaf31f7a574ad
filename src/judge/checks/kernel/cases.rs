//! Hosts for the checks of the kernel.

#![allow(clippy::unwrap_used)]

use super::super::cases::{Case, absent, case, known, set, unread};
use crate::facts::Facts;
use crate::facts::boot::BlockedModule;
use crate::facts::kernel::Capability;
use crate::judge::wishes::Encryption;

/// What a host has that these checks have nothing to say of.
pub fn good(facts: &mut Facts) {
    facts.cgroups.v1 = known([("memory".to_owned(), true)].into());
    let controllers = ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"];
    facts.cgroups.v2 = known(controllers.map(str::to_owned).to_vec());
    facts.docker.info.warnings = known(Vec::new());
}

fn lack(facts: &mut Facts, name: &str) {
    facts
        .kernel
        .capabilities
        .insert(name.into(), known(Capability::Missing));
}

fn hide(facts: &mut Facts, name: &str) {
    facts.kernel.capabilities.insert(name.into(), unread());
}

/// The hosts.
pub const CASES: &[Case] = &[
    case!("kern.ns", "all", "native", Pass, |f, _| {}),
    case!("kern.ns", "EL6.4", "native", Fail, |f, _| lack(f, "ns_net")),
    case!("kern.ns", "unread", "native", Unknown, |f, _| hide(
        f, "ns_pid"
    )),
    case!("kern.userns", "on", "native", Pass, |f, _| {}),
    case!("kern.userns", "off, as on EL7", "native", Info, |f, _| set(
        f,
        "user.max_user_namespaces",
        "0"
    )),
    case!("kern.userns", "not built in", "native", Info, |f, _| lack(
        f, "ns_user"
    )),
    case!("kern.userns", "unread", "native", Unknown, |f, _| {
        f.sysctl.get_mut("user.max_user_namespaces").unwrap().live = unread();
    }),
    case!("kern.bridge", "there", "native+flannel", Pass, |f, _| {}),
    case!("kern.bridge", "no veth", "native", Fail, |f, _| lack(
        f, "veth"
    )),
    case!("kern.bridge", "unread", "native", Unknown, |f, _| hide(
        f, "bridge"
    )),
    case!("kern.brnf", "there", "kubernetes", Pass, |f, _| {}),
    case!("kern.brnf", "not loaded", "kubernetes", Warn, |f, _| {
        f.sysctl
            .get_mut("net.bridge.bridge-nf-call-iptables")
            .unwrap()
            .live = absent();
        f.kernel
            .capabilities
            .insert("br_netfilter".into(), known(Capability::Loadable));
    }),
    case!("kern.brnf", "missing", "kubernetes", Fail, |f, _| {
        f.sysctl
            .get_mut("net.bridge.bridge-nf-call-iptables")
            .unwrap()
            .live = absent();
        lack(f, "br_netfilter");
    }),
    case!("kern.brnf", "unread", "kubernetes", Unknown, |f, _| {
        f.sysctl
            .get_mut("net.bridge.bridge-nf-call-iptables")
            .unwrap()
            .live = unread();
        hide(f, "br_netfilter");
    }),
    case!("kern.netfilter", "there", "native", Pass, |f, _| {}),
    case!("kern.netfilter", "none", "native", Fail, |f, _| lack(
        f,
        "netfilter"
    )),
    case!("kern.netfilter", "unread", "native", Unknown, |f, _| hide(
        f,
        "netfilter"
    )),
    case!("kern.nat", "there", "native", Pass, |f, _| {}),
    case!("kern.nat", "no MASQUERADE", "native", Fail, |f, _| lack(
        f,
        "xt_masquerade"
    )),
    case!(
        "kern.nat.kube-proxy",
        "no statistic",
        "kubernetes",
        Fail,
        |f, _| lack(f, "xt_statistic")
    ),
    case!("kern.nat", "unread", "native", Unknown, |f, _| hide(
        f, "nf_nat"
    )),
    case!("kern.vxlan", "there", "kubernetes", Pass, |f, _| {}),
    case!(
        "kern.vxlan",
        "none for Kubernetes",
        "kubernetes",
        Fail,
        |f, _| lack(f, "vxlan")
    ),
    case!(
        "kern.vxlan",
        "none for Flannel",
        "native+flannel",
        Warn,
        |f, _| lack(f, "vxlan")
    ),
    case!("kern.vxlan", "unread", "native+flannel", Unknown, |f, _| {
        hide(f, "vxlan")
    }),
    case!("kern.ipvs", "there", "swarm", Pass, |f, _| {}),
    case!("kern.ipvs", "no match", "swarm", Warn, |f, _| lack(
        f, "xt_ipvs"
    )),
    case!("kern.ipvs", "unread", "swarm", Unknown, |f, _| hide(
        f, "xt_ipvs"
    )),
    case!("kern.esp", "there", "swarm", Pass, |f, _| {}),
    case!("kern.esp", "none, and required", "swarm", Fail, |f, s| {
        lack(f, "esp");
        s.encryption = Encryption::Required;
    }),
    case!("kern.esp", "none, and preferred", "swarm", Info, |f, _| {
        lack(f, "esp")
    }),
    case!("kern.esp", "not wanted", "swarm", Na, |f, s| {
        lack(f, "esp");
        s.encryption = Encryption::No;
    }),
    case!("kern.esp", "unread", "swarm", Unknown, |f, _| hide(
        f, "esp"
    )),
    case!("kern.overlayfs", "there", "native", Pass, |f, _| {}),
    case!("kern.overlayfs", "none", "native", Warn, |f, _| lack(
        f,
        "overlayfs"
    )),
    case!("kern.overlayfs", "EL7.2", "native", Warn, |f, _| f
        .kernel
        .release =
        known("3.10.0-327.el7.x86_64".into())),
    case!("kern.overlayfs", "devicemapper", "native", Na, |f, _| f
        .docker
        .storage_driver =
        known("devicemapper".into())),
    case!("kern.overlayfs", "unread", "native", Unknown, |f, _| hide(
        f,
        "overlayfs"
    )),
    case!("kern.dmthin", "not EL6", "native", Na, |f, _| {}),
    case!("kern.dmthin", "EL6 with it", "native", Pass, |f, _| f
        .os
        .family =
        known("el6".into())),
    case!("kern.dmthin", "EL6 without it", "native", Fail, |f, _| {
        f.os.family = known("el6".into());
        lack(f, "dm_thin_pool");
    }),
    case!("kern.dmthin", "unread", "native", Unknown, |f, _| f
        .os
        .family =
        unread()),
    case!("kern.seccomp", "there", "native", Pass, |f, _| {}),
    case!("kern.seccomp", "none", "native", Info, |f, _| lack(
        f, "seccomp"
    )),
    case!("kern.seccomp", "unread", "native", Unknown, |f, _| hide(
        f, "seccomp"
    )),
    case!("kern.autoload", "free", "swarm", Pass, |f, _| {}),
    case!(
        "kern.autoload.vxlan",
        "a hardened host",
        "swarm",
        Fail,
        |f, _| {
            f.kernel
                .capabilities
                .insert("vxlan".into(), known(Capability::Loadable));
            f.boot.blocked_modules = known(vec![BlockedModule {
                module: "vxlan".into(),
                place: "/etc/modprobe.d/cis.conf:1".into(),
                line: "install vxlan /bin/true".into(),
            }]);
        }
    ),
    case!(
        "kern.autoload.modprobe",
        "no helper",
        "swarm",
        Fail,
        |f, _| set(f, "kernel.modprobe", "")
    ),
    case!("kern.autoload", "unread", "swarm", Unknown, |f, _| f
        .boot
        .blocked_modules =
        unread()),
    case!("kern.may_detach", "not EL7", "native", Na, |f, _| {}),
    case!("kern.may_detach", "0", "native", Warn, |f, _| set(
        f,
        "fs.may_detach_mounts",
        "0"
    )),
    case!("kern.may_detach", "1", "native", Pass, |f, _| set(
        f,
        "fs.may_detach_mounts",
        "1"
    )),
    case!("kern.may_detach", "unread", "native", Unknown, |f, _| {
        f.sysctl.get_mut("fs.may_detach_mounts").unwrap().live = unread();
    }),
    case!("kern.selfconfig", "found", "native", Pass, |f, _| {}),
    case!("kern.selfconfig", "nowhere", "native", Info, |f, _| f
        .boot
        .config =
        absent()),
    case!("kern.selfconfig", "unread", "native", Unknown, |f, _| f
        .boot
        .config =
        unread()),
    case!("kern.cgroup.version", "v2", "swarm", Pass, |f, _| {}),
    case!(
        "kern.cgroup.version",
        "v2 with an old Docker",
        "swarm",
        Fail,
        |f, _| f.docker.version = known("19.03.15".into())
    ),
    case!(
        "kern.cgroup.version",
        "EL6 without cgconfig",
        "native",
        Fail,
        |f, _| f.kernel.cgroup = known("v1".into())
    ),
    case!("kern.cgroup.version", "unread", "swarm", Unknown, |f, _| {
        f.kernel.cgroup = unread()
    }),
    case!("kern.cgroup.ctrl", "v2", "kubernetes", Pass, |f, _| {}),
    case!(
        "kern.cgroup.ctrl",
        "memory switched off",
        "native",
        Fail,
        |f, _| {
            f.kernel.cgroup = known("v1".into());
            let all = [
                ("cpu", true),
                ("memory", false),
                ("devices", true),
                ("freezer", true),
            ];
            f.cgroups.v1 = known(all.map(|(name, on)| (name.to_owned(), on)).into());
        }
    ),
    case!(
        "kern.cgroup.ctrl",
        "EL6 has no pids",
        "native",
        Info,
        |f, _| {
            f.kernel.cgroup = known("v1".into());
            let all = ["cpu", "memory", "devices", "freezer", "cpuset", "cpuacct"];
            f.cgroups.v1 = known(all.map(|name| (name.to_owned(), true)).into());
        }
    ),
    case!(
        "kern.cgroup.ctrl",
        "no pids for Kubernetes",
        "kubernetes",
        Fail,
        |f, _| {
            f.cgroups.v2 = known(["cpu", "memory", "cpuset"].map(str::to_owned).to_vec());
        }
    ),
    case!(
        "kern.cgroup.ctrl.optional",
        "no hugetlb for Kubernetes",
        "kubernetes",
        Warn,
        |f, _| {
            let all = ["cpuset", "cpu", "io", "memory", "pids"];
            f.cgroups.v2 = known(all.map(str::to_owned).to_vec());
        }
    ),
    case!(
        "kern.cgroup.ctrl",
        "unread",
        "kubernetes",
        Unknown,
        |f, _| f.cgroups.v2 = unread()
    ),
    case!("kern.swapaccount", "fine", "native", Pass, |f, _| {}),
    case!("kern.swapaccount", "no limits", "native", Info, |f, _| {
        f.docker.info.warnings = known(vec!["WARNING: No swap limit support".into()]);
    }),
    case!("kern.swapaccount", "unread", "native", Unknown, |f, _| f
        .docker
        .info
        .warnings =
        unread()),
    case!("kern.userns", "no such setting", "native", Na, |f, _| {
        f.sysctl.get_mut("user.max_user_namespaces").unwrap().live =
            crate::facts::Fact::absent("it is not there", "test");
    }),
    case!("kern.swapaccount", "an old Docker", "native", Na, |f, _| {
        f.docker.info.warnings = crate::facts::Fact::absent("it is not there", "test")
    }),
];
