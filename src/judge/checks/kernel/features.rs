//! What the running kernel can do.

use super::super::known::known;
use super::super::remedy;
use super::super::{ALL, Check, Group, Level, Outcome, SCHEDULERS, Subject, Target};
use crate::facts::Fact;
use crate::facts::kernel::Capability;
use crate::judge::finding::Remedy;
use crate::judge::wishes::Encryption;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] = &[
    NAMESPACES, USERNS, BRIDGE, BRNF, NETFILTER, NAT, VXLAN, TUN, WIREGUARD, IPVS, ESP, OVERLAYFS,
    DMTHIN, SECCOMP, AUTOLOAD, MAY_DETACH, SELFCONFIG,
];

const CONTAINERS: &[Target] = &[
    Target::Swarm,
    Target::Kubernetes,
    Target::Native,
    Target::Flannel,
];

/// How the kernel has these capabilities: all of them have to be there.
enum Has {
    /// All.
    Yes,
    /// These are missing.
    No(Vec<&'static str>),
    /// This one could not be told.
    Unknown(&'static str),
}

fn has(subject: &Subject<'_>, names: &[&'static str]) -> Has {
    let capabilities = &subject.facts.kernel.capabilities;
    let mut missing = Vec::new();
    let mut unknown = None;
    for name in names {
        match capabilities.get(*name) {
            Some(Fact::Known {
                value: Capability::Missing,
                ..
            }) => missing.push(*name),
            Some(Fact::Known { .. }) => {}
            Some(_) | None => unknown = unknown.or(Some(*name)),
        }
    }
    match (missing.is_empty(), unknown) {
        (false, _) => Has::No(missing),
        (true, Some(name)) => Has::Unknown(name),
        (true, None) => Has::Yes,
    }
}

/// The outcome for capabilities that all have to be there; `lacking` is what it
/// means where one is not.
fn all_of(
    subject: &Subject<'_>,
    names: &[&'static str],
    what: &str,
    level: Level,
    remedy: Remedy,
) -> Outcome {
    let outcome = match has(subject, names) {
        Has::Yes => Outcome::pass(format!("the kernel has {what} ({})", names.join(", "))),
        Has::No(missing) => Outcome::new(
            level,
            format!("the kernel has no {}; wanted: {what}", missing.join(", ")),
        )
        .actual("missing", missing)
        .remedy(remedy),
        Has::Unknown(name) => {
            let fact = subject.facts.kernel.capabilities.get(name);
            let path = format!("kernel.capabilities.{name}");
            let nothing = Fact::unreadable("it was not looked for", path.as_str());
            return Outcome::unknown(
                &format!("whether the kernel has {name}"),
                &path,
                fact.unwrap_or(&nothing),
            );
        }
    };
    let sources = names
        .iter()
        .filter_map(|name| Some((name, subject.facts.kernel.capabilities.get(*name)?)));
    sources.fold(outcome, |outcome, (name, fact)| {
        outcome.read(&format!("kernel.capabilities.{name}"), fact)
    })
}

/// Where a module may come from that the running kernel's packages left out.
fn more_modules(subject: &Subject<'_>) -> Remedy {
    let release = subject
        .facts
        .kernel
        .release
        .value()
        .map_or("RELEASE", String::as_str);
    let id = subject.facts.os.id.value().map_or("", String::as_str);
    match (remedy::packager(subject.facts), id) {
        (Some(remedy::Packager::Apt), "ubuntu") => {
            Remedy::hint("install the kernel's further modules")
                .command(format!("apt-get install -y linux-modules-extra-{release}"))
        }
        (Some(remedy::Packager::Dnf), _) => Remedy::hint("install the kernel's further modules")
            .command(format!("dnf install -y kernel-modules-extra-{release}")),
        _ => Remedy::hint("take the distribution's own kernel, or one with this feature")
            .with_reboot(),
    }
}

const NAMESPACES: Check = Check {
    id: "kern.ns",
    title: "Namespaces",
    group: Group::Kernel,
    concerns: SCHEDULERS,
    reads: &["kernel.capabilities"],
    wanted: "network, process, IPC and UTS namespaces",
    source: "moby contrib/check-config.sh; moby#20657 (no setns before 2.6.32-431.el6)",
    rules: &[],
    waivable: true,
    run: |subject| {
        let update = Remedy::hint("update the kernel; on EL6 to 2.6.32-431 or newer").with_reboot();
        vec![all_of(
            subject,
            &["ns_net", "ns_pid", "ns_ipc", "ns_uts"],
            "namespaces",
            Level::Fail,
            update,
        )]
    },
};

const USERNS: Check = Check {
    id: "kern.userns",
    title: "User namespaces",
    group: Group::Kernel,
    concerns: SCHEDULERS,
    reads: &[
        "sysctl.user.max_user_namespaces",
        "kernel.capabilities.ns_user",
    ],
    wanted: "user.max_user_namespaces above 0, where containers' users are to be mapped",
    source: "k3s check-config check_distro_userns; RHEL 7 switches them off",
    rules: &[],
    waivable: true,
    run: userns,
};

fn userns(subject: &Subject<'_>) -> Vec<Outcome> {
    let Some(setting) = subject.facts.sysctl.get("user.max_user_namespaces") else {
        return Vec::new();
    };
    if let Has::No(_) = has(subject, &["ns_user"]) {
        return vec![all_of(
            subject,
            &["ns_user"],
            "user namespaces",
            Level::Info,
            Remedy::hint("nothing has to be done, unless containers' users are to be mapped"),
        )];
    }
    let path = "sysctl.user.max_user_namespaces";
    let outcome = match &setting.live {
        Fact::Known { value, .. } if value == "0" => Outcome::info(
            "user namespaces are switched off: Docker's userns-remap and rootless containers cannot be used",
        ),
        Fact::Known { value, .. } => Outcome::pass(format!("up to {value} user namespaces")),
        Fact::Absent { .. } => Outcome::na("this kernel does not count user namespaces"),
        fact @ Fact::Unreadable { .. } => {
            Outcome::unknown("whether there are user namespaces", path, fact)
        }
    };
    vec![outcome.read(path, &setting.live)]
}

const BRIDGE: Check = Check {
    id: "kern.bridge",
    title: "Bridges and veth pairs",
    group: Group::Kernel,
    concerns: CONTAINERS,
    reads: &["kernel.capabilities"],
    wanted: "bridge and veth",
    source: "moby contrib/check-config.sh",
    rules: &[],
    waivable: true,
    run: |subject| {
        vec![all_of(
            subject,
            &["bridge", "veth"],
            "bridges and veth pairs",
            Level::Fail,
            more_modules(subject),
        )]
    },
};

const BRNF: Check = Check {
    id: "kern.brnf",
    title: "Filtering of bridged packets",
    group: Group::Kernel,
    concerns: &[Target::Kubernetes, Target::Swarm],
    reads: &[
        "kernel.capabilities.br_netfilter",
        "sysctl.net.bridge.bridge-nf-call-iptables",
    ],
    wanted: "/proc/sys/net/bridge is there, or can be made so",
    source: "embedded-cluster host preflight; kubeadm; net/bridge/Makefile of 2.6.32-642.el6 (part of bridge.ko)",
    rules: &[],
    waivable: true,
    run: brnf,
};

fn brnf(subject: &Subject<'_>) -> Vec<Outcome> {
    let facts = subject.facts;
    let path = "kernel.capabilities.br_netfilter";
    // The setting is what counts; the module is only the way to it.
    let setting = facts
        .sysctl
        .get("net.bridge.bridge-nf-call-iptables")
        .map(|setting| &setting.live);
    if let Some(live @ Fact::Known { .. }) = setting {
        return vec![
            Outcome::pass("bridged packets can be filtered")
                .read("sysctl.net.bridge.bridge-nf-call-iptables", live),
        ];
    }
    let nothing = Fact::unreadable("it was not looked for", path);
    let fact = facts
        .kernel
        .capabilities
        .get("br_netfilter")
        .unwrap_or(&nothing);
    let old = facts
        .os
        .family
        .value()
        .is_some_and(|family| family == "el6");
    let module = if old { "bridge" } else { "br_netfilter" };
    let outcome = match known!("whether bridged packets can be filtered", path, fact) {
        Capability::Missing => {
            Outcome::warn("bridged packets cannot be filtered: the kernel has no br_netfilter")
                .on(&[Target::Kubernetes], Level::Fail)
                .remedy(more_modules(subject))
        }
        Capability::Builtin | Capability::Loaded | Capability::Loadable => Outcome::warn(format!(
            "bridged packets are not filtered yet: the module {module} is not loaded"
        ))
        .remedy(remedy::module(facts, module)),
    };
    vec![outcome.read(path, fact)]
}

const NETFILTER: Check = Check {
    id: "kern.netfilter",
    title: "Packet filter",
    group: Group::Kernel,
    concerns: CONTAINERS,
    reads: &["kernel.capabilities.netfilter"],
    wanted: "ip_tables or nf_tables",
    source: "embedded-cluster 'Netfilter backend'; k3s PR#14074",
    rules: &[],
    waivable: true,
    run: |subject| {
        vec![all_of(
            subject,
            &["netfilter"],
            "a packet filter",
            Level::Fail,
            more_modules(subject),
        )]
    },
};

const NAT: Check = Check {
    id: "kern.nat",
    title: "Address translation",
    group: Group::Kernel,
    concerns: CONTAINERS,
    reads: &["kernel.capabilities"],
    wanted: "MASQUERADE, nat, conntrack, addrtype; for Kubernetes also comment, mark, multiport, statistic",
    source: "moby contrib/check-config.sh; k0s sysinfo kernel list (kube-proxy)",
    rules: &[],
    waivable: true,
    run: nat,
};

fn nat(subject: &Subject<'_>) -> Vec<Outcome> {
    let names = [
        "nf_nat",
        "ipt_nat",
        "nf_conntrack",
        "xt_masquerade",
        "xt_addrtype",
    ];
    let mut outcomes = vec![all_of(
        subject,
        &names,
        "address translation",
        Level::Fail,
        more_modules(subject),
    )];
    if subject.aims_at(&[Target::Kubernetes]) {
        let names = ["xt_comment", "xt_mark", "xt_multiport", "xt_statistic"];
        let rest = all_of(
            subject,
            &names,
            "the matches of kube-proxy",
            Level::Na,
            more_modules(subject),
        );
        let rest = match has(subject, &names) {
            Has::No(_) => rest.on(&[Target::Kubernetes], Level::Fail),
            Has::Yes | Has::Unknown(_) => rest,
        };
        outcomes.push(rest.about("kube-proxy"));
    }
    outcomes
}

const VXLAN: Check = Check {
    id: "kern.vxlan",
    title: "VXLAN",
    group: Group::Kernel,
    concerns: &[Target::Swarm, Target::Kubernetes, Target::Flannel],
    reads: &["kernel.capabilities.vxlan"],
    wanted: "vxlan; Flannel can do without it (udp, host-gw)",
    source: "moby contrib/check-config.sh, overlay; flannel Documentation/backends.md",
    rules: &["SW7"],
    waivable: true,
    run: |subject| {
        if !subject.aims_at(&[Target::Kubernetes, Target::Flannel]) {
            return Vec::new();
        }
        let outcome = all_of(
            subject,
            &["vxlan"],
            "VXLAN",
            Level::Warn,
            more_modules(subject),
        );
        vec![match has(subject, &["vxlan"]) {
            Has::No(_) => outcome.on(&[Target::Kubernetes], Level::Fail),
            Has::Yes | Has::Unknown(_) => outcome,
        }]
    },
};

const TUN: Check = Check {
    id: "kern.tun",
    title: "TUN devices",
    group: Group::Kernel,
    concerns: &[Target::Flannel, Target::Zerotier, Target::Wireguard],
    reads: &["kernel.capabilities.tun"],
    wanted: "/dev/net/tun, for ZeroTier, Flannel's udp backend and WireGuard in user space",
    source: "ZeroTierOne LinuxEthernetTap.cpp; flannel Documentation/backends.md; the rules named with it",
    rules: &["FL2", "ZT1"],
    waivable: true,
    run: |_| Vec::new(),
};

const WIREGUARD: Check = Check {
    id: "kern.wireguard",
    title: "WireGuard in the kernel",
    group: Group::Kernel,
    concerns: &[Target::Wireguard, Target::Flannel],
    reads: &["kernel.capabilities.wireguard", "os.wg_method"],
    wanted: "built in, or as a module",
    source: "kernel commit e7096c131e51 (5.6); wireguard-linux-compat README (3.10 to 5.5)",
    rules: &["WG2", "FL4", "FL5"],
    waivable: true,
    run: |_| Vec::new(),
};

const IPVS: Check = Check {
    id: "kern.ipvs",
    title: "IPVS",
    group: Group::Kernel,
    concerns: &[Target::Swarm, Target::Kubernetes],
    reads: &["kernel.capabilities.ip_vs", "kernel.capabilities.xt_ipvs"],
    wanted: "ip_vs, ip_vs_rr and the match ipvs, for Swarm's service addresses and kube-proxy's ipvs mode",
    source: "moby contrib/check-config.sh; replicated-installer loadIPVSKubeProxyModules",
    rules: &["SW8"],
    waivable: true,
    run: |subject| {
        vec![all_of(
            subject,
            &["ip_vs", "ip_vs_rr", "xt_ipvs"],
            "IPVS",
            Level::Warn,
            more_modules(subject),
        )]
    },
};

const ESP: Check = Check {
    id: "kern.esp",
    title: "IPsec for encrypted networks",
    group: Group::Kernel,
    concerns: &[Target::Swarm],
    reads: &["kernel.capabilities.esp", "kernel.capabilities.aes_gcm"],
    wanted: "ESP and AES-GCM, where encryption is required",
    source: "moby contrib/check-config.sh, overlay with encryption",
    rules: &["SW9"],
    waivable: true,
    run: |subject| {
        let level = match subject.scope.encryption {
            Encryption::Required => Level::Fail,
            Encryption::Preferred => Level::Info,
            Encryption::No => return vec![Outcome::na("no encryption is wanted")],
        };
        vec![all_of(
            subject,
            &["esp", "aes_gcm"],
            "IPsec",
            level,
            more_modules(subject),
        )]
    },
};

const OVERLAYFS: Check = Check {
    id: "kern.overlayfs",
    title: "OverlayFS",
    group: Group::Kernel,
    concerns: SCHEDULERS,
    reads: &["kernel.capabilities.overlayfs", "docker.storage_driver"],
    wanted: "overlay, unless Docker uses another storage driver; on EL7 3.10.0-514 or newer",
    source: "docs.docker.com overlayfs-driver, Prerequisites",
    rules: &[],
    waivable: true,
    run: overlayfs,
};

fn overlayfs(subject: &Subject<'_>) -> Vec<Outcome> {
    let facts = subject.facts;
    let driver = facts
        .docker
        .storage_driver
        .value()
        .map_or("", String::as_str);
    if !driver.is_empty() && !driver.starts_with("overlay") {
        return vec![
            Outcome::na(format!("Docker uses {driver}"))
                .read("docker.storage_driver", &facts.docker.storage_driver),
        ];
    }
    let release = known!(
        "the kernel's release",
        "kernel.release",
        &facts.kernel.release
    );
    let version: Option<crate::version::Version> = release.parse().ok();
    let early_el7 = release.starts_with("3.10.0-")
        && version
            .and_then(|version| version.rhel_build())
            .is_some_and(|build| build < 514);
    let el6 = facts
        .os
        .family
        .value()
        .is_some_and(|family| family == "el6");
    let remedy = if el6 {
        Remedy::hint(
            "use the storage driver devicemapper with a thin pool of its own (direct-lvm): EL6 has no OverlayFS",
        )
    } else {
        more_modules(subject)
    };
    if early_el7 {
        return vec![
            Outcome::warn(format!(
                "{release} has an OverlayFS that overlay2 does not take; wanted 3.10.0-514 or newer"
            ))
            .read("kernel.release", &facts.kernel.release)
            .remedy(
                Remedy::hint("update the kernel")
                    .command("yum update -y kernel")
                    .with_reboot(),
            ),
        ];
    }
    vec![all_of(
        subject,
        &["overlayfs"],
        "OverlayFS",
        Level::Warn,
        remedy,
    )]
}

const DMTHIN: Check = Check {
    id: "kern.dmthin",
    title: "Thin provisioning of the device mapper",
    group: Group::Kernel,
    concerns: &[Target::Native],
    reads: &["kernel.capabilities.dm_thin_pool", "os.family"],
    wanted: "dm_thin_pool on EL6, whose only storage driver is devicemapper",
    source: "sous-chefs/docker#271; docker/hub-feedback#1159 (device-mapper-libs 1.02.90)",
    rules: &[],
    waivable: true,
    run: |subject| {
        let family = known!("the distribution", "os.family", &subject.facts.os.family);
        if family != "el6" {
            return vec![
                Outcome::na("only EL6 needs the storage driver devicemapper")
                    .read("os.family", &subject.facts.os.family),
            ];
        }
        let update = Remedy::hint("update the kernel and the device mapper's library")
            .command("yum update -y kernel device-mapper-libs")
            .with_reboot();
        vec![all_of(
            subject,
            &["dm_thin_pool"],
            "thin provisioning",
            Level::Fail,
            update,
        )]
    },
};

const SECCOMP: Check = Check {
    id: "kern.seccomp",
    title: "seccomp",
    group: Group::Kernel,
    concerns: SCHEDULERS,
    reads: &["kernel.capabilities.seccomp"],
    wanted: "seccomp filters",
    source: "moby contrib/check-config.sh",
    rules: &[],
    waivable: true,
    run: |subject| {
        vec![all_of(
            subject,
            &["seccomp"],
            "seccomp",
            Level::Info,
            Remedy::hint("containers run without system call filters; nothing has to be done"),
        )]
    },
};

const AUTOLOAD: Check = Check {
    id: "kern.autoload",
    title: "Loading of modules",
    group: Group::Kernel,
    concerns: ALL,
    reads: &[
        "boot.blocked_modules",
        "sysctl.kernel.modprobe",
        "kernel.capabilities",
    ],
    wanted: "modprobe may load the modules that are needed",
    source: "modprobe.d(5); CIS benchmarks' install lines; TencentCloud/CubeSandbox#1320",
    rules: &[],
    waivable: true,
    run: autoload,
};

/// Modules that the parts of a candidate load.
const MODULES: &[(&str, &[Target])] = &[
    ("bridge", CONTAINERS),
    ("br_netfilter", &[Target::Kubernetes, Target::Swarm]),
    ("veth", CONTAINERS),
    ("overlay", SCHEDULERS),
    (
        "vxlan",
        &[Target::Swarm, Target::Kubernetes, Target::Flannel],
    ),
    ("ip_vs", &[Target::Swarm, Target::Kubernetes]),
    ("wireguard", &[Target::Wireguard]),
    ("tun", &[Target::Zerotier, Target::Flannel]),
    ("nf_conntrack", CONTAINERS),
];

fn autoload(subject: &Subject<'_>) -> Vec<Outcome> {
    let facts = subject.facts;
    let blocked = match &facts.boot.blocked_modules {
        Fact::Known { value, .. } => value.as_slice(),
        Fact::Absent { .. } => &[],
        fact @ Fact::Unreadable { .. } => {
            return vec![Outcome::unknown(
                "what modprobe is told",
                "boot.blocked_modules",
                fact,
            )];
        }
    };
    let mut outcomes = Vec::new();
    for (module, targets) in MODULES {
        // What is there already needs no loading.
        let capability = if *module == "overlay" {
            "overlayfs"
        } else {
            module
        };
        let there = facts
            .kernel
            .capabilities
            .get(capability)
            .and_then(Fact::value);
        let there = matches!(there, Some(Capability::Builtin | Capability::Loaded));
        let Some(line) = blocked.iter().find(|line| line.module == *module) else {
            continue;
        };
        if there || !subject.aims_at(targets) {
            continue;
        }
        // A blacklisted module can still be loaded by its own name.
        let level = if line.line.starts_with("install") {
            Level::Fail
        } else {
            Level::Info
        };
        outcomes.push(
            Outcome::new(
                Level::Na,
                format!(
                    "{} keeps {module} from being loaded: {}",
                    line.place, line.line
                ),
            )
            .on(targets, level)
            .about(*module)
            .actual("line", line.line.as_str())
            .read("boot.blocked_modules", &facts.boot.blocked_modules)
            .remedy(
                Remedy::hint(format!(
                    "ask who is responsible for hardening; then take the line out of {}",
                    line.place
                ))
                .file(line.place.as_str(), format!("# {}", line.line)),
            ),
        );
    }
    if let Some(setting) = facts.sysctl.get("kernel.modprobe") {
        let path = "sysctl.kernel.modprobe";
        match &setting.live {
            Fact::Known { value, .. } if value.is_empty() || value == "/bin/true" || value == "/bin/false" => outcomes.push(
                Outcome::fail(format!("kernel.modprobe is '{value}': the kernel loads no module by itself; wanted /sbin/modprobe"))
                    .about("modprobe")
                    .read(path, &setting.live)
                    .remedy(remedy::sysctl(facts, "kernel.modprobe", "/sbin/modprobe")),
            ),
            fact @ Fact::Unreadable { .. } => {
                outcomes.push(Outcome::unknown("how the kernel loads modules", path, fact).about("modprobe"));
            }
            Fact::Known { .. } | Fact::Absent { .. } => {}
        }
    }
    if outcomes.is_empty() {
        outcomes.push(
            Outcome::pass("nothing keeps the modules from being loaded")
                .read("boot.blocked_modules", &facts.boot.blocked_modules),
        );
    }
    outcomes
}

const MAY_DETACH: Check = Check {
    id: "kern.may_detach",
    title: "Mounts of removed containers",
    group: Group::Kernel,
    concerns: SCHEDULERS,
    reads: &["sysctl.fs.may_detach_mounts"],
    wanted: "fs.may_detach_mounts of 1, on the kernels of EL7",
    source: "gravity kernel checks; RHBZ#1441737",
    rules: &[],
    waivable: true,
    run: may_detach,
};

fn may_detach(subject: &Subject<'_>) -> Vec<Outcome> {
    let name = "fs.may_detach_mounts";
    let Some(setting) = subject.facts.sysctl.get(name) else {
        return Vec::new();
    };
    let path = "sysctl.fs.may_detach_mounts";
    let outcome = match &setting.live {
        Fact::Known { value, .. } if value == "0" => Outcome::warn(format!(
            "{name} is 0; wanted 1: removing a container may end with 'device or resource busy'"
        ))
        .remedy(remedy::sysctl(subject.facts, name, "1")),
        Fact::Known { value, .. } => Outcome::pass(format!("{name} is {value}")),
        Fact::Absent { .. } => Outcome::na("only the kernels of EL7 have this setting"),
        fact @ Fact::Unreadable { .. } => Outcome::unknown(name, path, fact),
    };
    vec![outcome.read(path, &setting.live)]
}

const SELFCONFIG: Check = Check {
    id: "kern.selfconfig",
    title: "Configuration of the kernel",
    group: Group::Kernel,
    concerns: ALL,
    reads: &["boot.config"],
    wanted: "found, so that features that are no modules can be told",
    source: "k0s sysinfo: a warning where no configuration is found",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.boot.config;
        vec![match fact {
            Fact::Known { value, .. } => Outcome::pass(format!("it is {value}")).read("boot.config", fact),
            Fact::Absent { .. } => Outcome::info("the kernel's configuration is nowhere: some features can only be told by their modules").read("boot.config", fact),
            fact @ Fact::Unreadable { .. } => Outcome::unknown("where the kernel's configuration is", "boot.config", fact),
        }]
    },
};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::super::cases::{good, known, scope};
    use super::*;

    /// Defect D1: a kernel without overlay and VXLAN came out as fit.
    #[test]
    fn d1_what_is_missing_reaches_the_verdict() {
        let mut facts = good();
        for name in ["overlayfs", "vxlan", "bridge"] {
            facts
                .kernel
                .capabilities
                .insert(name.into(), known(Capability::Missing));
        }
        let scope = scope("kubernetes");
        let subject = Subject {
            facts: &facts,
            scope: &scope,
        };
        let bad: Vec<_> = CHECKS
            .iter()
            .flat_map(|check| check.findings(&subject))
            .filter(|f| f.inhibitor)
            .map(|f| f.id)
            .collect();
        assert_eq!(bad, ["kern.bridge", "kern.vxlan"]);
    }
}
