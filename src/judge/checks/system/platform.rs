//! What the host is: rights, architecture, kernel, virtualisation, init system.

use super::super::known::known;
use super::super::{ALL, Check, Group, Level, Outcome, Subject, Target};
use crate::facts::Fact;
use crate::facts::kernel::Capability;
use crate::judge::finding::Remedy;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] = &[
    ROOT,
    ARCH,
    CPU_LEVEL,
    KERNEL_VERSION,
    KERNEL_PENDING,
    LOCKDOWN,
    FIPS,
    VIRT,
    INIT,
];

const ROOT: Check = Check {
    id: "sys.root",
    title: "Rights of this process",
    group: Group::System,
    concerns: ALL,
    reads: &["identity.euid", "identity.capabilities"],
    wanted: "root, for what only root may read; provisioning needs it",
    source: "kubeadm preflight IsPrivilegedUser; replicated-installer requireRootUser",
    rules: &[],
    waivable: true,
    run: root,
};

/// The capabilities that provisioning needs (linux/capability.h): NET_ADMIN is
/// bit 12, SYS_ADMIN bit 21.
const NEEDED: u64 = 1 << 12 | 1 << 21;

fn root(subject: &Subject<'_>) -> Vec<Outcome> {
    let identity = &subject.facts.identity;
    let euid = known!("who looks at this host", "identity.euid", &identity.euid);
    let outcome =
        if *euid != 0 {
            Outcome::info(format!(
            "looked at as user {euid}, not as root: hardware ids, packet filter rules and other \
             users' sockets cannot be read; provisioning needs root"
        ))
        .remedy(Remedy::hint("run it as root: with sudo, or `su -` where there is no sudo"))
        } else {
            let capabilities = known!(
                "the capabilities of this process",
                "identity.capabilities",
                &identity.capabilities
            );
            if capabilities & NEEDED == NEEDED {
                Outcome::pass("looked at as root")
            } else {
                Outcome::warn(format!(
                "root without the capabilities NET_ADMIN and SYS_ADMIN (it has {capabilities:#x}), \
                 as in a container: wanted are both"
            ))
            .remedy(Remedy::hint("run it on the host itself, not in a container"))
            }
        };
    vec![
        outcome
            .actual("euid", *euid)
            .read("identity.euid", &identity.euid)
            .read("identity.capabilities", &identity.capabilities),
    ]
}

const ARCH: Check = Check {
    id: "sys.arch",
    title: "Architecture",
    group: Group::System,
    concerns: ALL,
    reads: &["kernel.arch"],
    wanted: "x86_64; the installers of Replicated and of the overlays are built for it",
    source: "replicated-installer system.sh require64Bit",
    rules: &["SW2", "K2", "N1"],
    waivable: true,
    run: arch,
};

fn arch(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.kernel.arch;
    let arch = known!("the architecture", "kernel.arch", fact);
    let outcome = match arch.as_str() {
        "x86_64" => Outcome::pass("x86_64"),
        // The 32 bits are what the rules judge.
        "i386" | "i586" | "i686" => Outcome::fail(format!("{arch}; wanted x86_64")),
        _ => Outcome::warn(format!(
            "{arch}; wanted x86_64: see that every part is built for {arch}"
        ))
        .on(&[Target::Native], Level::Fail),
    };
    vec![
        outcome
            .actual("kernel.arch", arch.as_str())
            .read("kernel.arch", fact)
            .remedy(Remedy::hint("take a host with a 64-bit x86 system")),
    ]
}

const CPU_LEVEL: Check = Check {
    id: "sys.cpu.level",
    title: "Instruction set of the CPU",
    group: Group::System,
    concerns: &[Target::Kubernetes],
    reads: &["identity.cpu_flags", "kernel.arch"],
    wanted: "x86-64-v2 (cx16, lahf_lm, popcnt, ssse3, sse4_1, sse4_2): images built on EL9 need it",
    source: "embedded-cluster host preflight 'CPU Features'; x86-64 psABI microarchitecture levels",
    rules: &[],
    waivable: true,
    run: cpu_level,
};

const V2: [&str; 6] = ["cx16", "lahf_lm", "popcnt", "ssse3", "sse4_1", "sse4_2"];

fn cpu_level(subject: &Subject<'_>) -> Vec<Outcome> {
    let arch = known!(
        "the architecture",
        "kernel.arch",
        &subject.facts.kernel.arch
    );
    if arch != "x86_64" {
        return vec![
            Outcome::na(format!("{arch} has other levels"))
                .read("kernel.arch", &subject.facts.kernel.arch),
        ];
    }
    let fact = &subject.facts.identity.cpu_flags;
    let flags = known!("the flags of the CPU", "identity.cpu_flags", fact);
    let missing: Vec<_> = V2
        .into_iter()
        .filter(|flag| !flags.contains(*flag))
        .collect();
    let outcome = if missing.is_empty() {
        Outcome::pass("the CPU has all of x86-64-v2")
    } else {
        Outcome::fail(format!("the CPU lacks {} of x86-64-v2", missing.join(", "))).remedy(
            Remedy::hint(
                "let the hypervisor pass the host's CPU model through (libvirt: host-passthrough; \
             VMware: a newer EVC level)",
            ),
        )
    };
    vec![
        outcome
            .actual("missing", missing.join(" "))
            .read("identity.cpu_flags", fact),
    ]
}

const KERNEL_VERSION: Check = Check {
    id: "sys.kernel.version",
    title: "Version of the running kernel",
    group: Group::System,
    concerns: ALL,
    reads: &["kernel.release"],
    wanted: "Swarm, Kubernetes, WireGuard: 3.10; native: 3.10, or 2.6.32-431 of EL6 with Docker 1.7.1",
    source: "moby v1.7.1 docs/installation/centos.md; wireguard-linux-compat compat.h; the rules named with it",
    rules: &["SW1", "K1", "K9", "N2", "WG1", "FL8", "ZT5", "ZT8"],
    waivable: true,
    run: |_| Vec::new(),
};

const KERNEL_PENDING: Check = Check {
    id: "sys.kernel.pending",
    title: "Kernel of the next boot",
    group: Group::System,
    concerns: ALL,
    reads: &["boot.installed", "boot.modules", "kernel.release"],
    wanted: "the newest installed kernel runs, and its modules are there",
    source: "DKMS and kmod packages build for the newest kernel, not for the one that runs (dkms(8))",
    rules: &[],
    waivable: true,
    run: kernel_pending,
};

fn kernel_pending(subject: &Subject<'_>) -> Vec<Outcome> {
    let boot = &subject.facts.boot;
    let release = known!(
        "the kernel's release",
        "kernel.release",
        &subject.facts.kernel.release
    );
    let mut outcomes = Vec::new();
    match &boot.installed {
        Fact::Unreadable { .. } => outcomes.push(Outcome::unknown(
            "which kernels are installed",
            "boot.installed",
            &boot.installed,
        )),
        installed => outcomes.push(match boot.newer_than(release) {
            Some(newer) => Outcome::warn(format!(
                "{release} runs, {newer} is installed: modules that are installed now may be for \
                 the other kernel"
            ))
            .actual("running", release.as_str())
            .actual("installed", newer.as_str())
            .read("boot.installed", installed)
            .remedy(
                Remedy::hint("boot the newer kernel first")
                    .command("reboot")
                    .with_reboot(),
            ),
            None => Outcome::pass(format!("{release} runs, and no newer one is installed"))
                .read("boot.installed", installed),
        }),
    }
    // A kernel without modules has no such folder and needs none.
    if boot.modules.value() == Some(&false)
        && boot.installed.value().is_some_and(|all| !all.is_empty())
    {
        outcomes.push(
            Outcome::warn(format!(
                "/lib/modules/{release} is not there: no module of the running kernel can be loaded"
            ))
            .about("modules")
            .read("boot.modules", &boot.modules)
            .remedy(
                Remedy::hint("reboot into an installed kernel")
                    .command("reboot")
                    .with_reboot(),
            ),
        );
    }
    outcomes
}

const LOCKDOWN: Check = Check {
    id: "sys.kernel.tainted_lockdown",
    title: "Lockdown and module loading",
    group: Group::System,
    concerns: ALL,
    reads: &[
        "boot.lockdown",
        "sysctl.kernel.modules_disabled",
        "kernel.capabilities",
    ],
    wanted: "modules can be loaded, or all that are needed are loaded",
    source: "kernel_lockdown(7); kernel Documentation/admin-guide/sysctl/kernel.rst modules_disabled",
    rules: &["WG4"],
    waivable: true,
    run: lockdown,
};

/// Where a module that is installed is taken for missing, because loading was
/// switched off.
const LOCKED: &str = "/proc/sys/kernel/modules_disabled";

/// Whether WireGuard would have to come from a module that is not the kernel's
/// own: before 5.6, and none is there yet.
fn needs_foreign_module(subject: &Subject<'_>) -> bool {
    let kernel = &subject.facts.kernel;
    let version: Option<crate::version::Version> =
        kernel.release.value().and_then(|text| text.parse().ok());
    let old = version
        .zip("5.6".parse().ok())
        .is_some_and(|(version, limit)| version < limit);
    let module = kernel.capabilities.get("wireguard").and_then(Fact::value);
    old && module == Some(&Capability::Missing)
}

fn lockdown(subject: &Subject<'_>) -> Vec<Outcome> {
    let boot = &subject.facts.boot;
    let mut outcomes = Vec::new();
    match &boot.lockdown {
        Fact::Known { value, .. } if value == "none" => {}
        Fact::Known { value, .. } => {
            let outcome = Outcome::info(format!(
                "lockdown is {value}: modules that are not signed are refused"
            ))
            .read("boot.lockdown", &boot.lockdown);
            outcomes.push(if needs_foreign_module(subject) {
                outcome.on(&[Target::Wireguard], Level::Fail).remedy(Remedy::hint(
                    "take a kernel with WireGuard of its own (5.6), a module that the distribution \
                     signed, or another overlay",
                ))
            } else {
                outcome
            });
        }
        fact => outcomes.push(Outcome::unknown("the lockdown mode", "boot.lockdown", fact)),
    }
    let setting = subject.facts.sysctl.get("kernel.modules_disabled");
    match setting.map(|setting| &setting.live) {
        Some(Fact::Known { value, source }) if value == "1" => {
            let missing: Vec<_> = subject
                .facts
                .kernel
                .capabilities
                .iter()
                .filter(|(_, capability)| match capability {
                    Fact::Known { value, source } => {
                        *value == Capability::Loadable
                            || (*value == Capability::Missing && source == LOCKED)
                    }
                    Fact::Absent { .. } | Fact::Unreadable { .. } => false,
                })
                .map(|(name, _)| name.as_str())
                .collect();
            let level = if missing.is_empty() {
                Level::Info
            } else {
                Level::Fail
            };
            outcomes.push(
                Outcome::new(
                    level,
                    format!(
                    "kernel.modules_disabled is 1: no module can be loaded until the next boot; \
                     not loaded: {}",
                    if missing.is_empty() {
                        "none of those that are looked for".into()
                    } else {
                        missing.join(", ")
                    }
                ),
                )
                .about("disabled")
                .actual("kernel.modules_disabled", value.as_str())
                .read(
                    "sysctl.kernel.modules_disabled",
                    &Fact::known((), source.as_str()),
                )
                .remedy(
                    Remedy::hint(
                        "take kernel.modules_disabled out of the sysctl files and reboot, or have \
                         the modules loaded before it is set",
                    )
                    .with_reboot(),
                ),
            );
        }
        Some(fact @ Fact::Unreadable { .. }) => outcomes.push(
            Outcome::unknown(
                "whether modules may be loaded",
                "sysctl.kernel.modules_disabled",
                fact,
            )
            .about("disabled"),
        ),
        Some(Fact::Known { .. } | Fact::Absent { .. }) | None => {}
    }
    if outcomes.is_empty() {
        outcomes.push(
            Outcome::pass("no lockdown, and modules can be loaded")
                .read("boot.lockdown", &boot.lockdown),
        );
    }
    outcomes
}

const FIPS: Check = Check {
    id: "sys.fips",
    title: "FIPS mode",
    group: Group::System,
    concerns: &[Target::Wireguard, Target::Zerotier, Target::Flannel],
    reads: &["security.fips"],
    wanted: "off, for WireGuard: RHEL's kernels refuse it in FIPS mode",
    source: "netdev 20210407113920.3735505-1 'wireguard: disable in FIPS mode'; kernel-ark MR!994",
    rules: &["WG3", "ZT6"],
    waivable: true,
    run: |_| Vec::new(),
};

const VIRT: Check = Check {
    id: "sys.virt",
    title: "Virtualisation",
    group: Group::System,
    concerns: ALL,
    reads: &["kernel.virt"],
    wanted: "a machine with a kernel of its own, not a container",
    source: "facterdb pcs-6 (OpenVZ); moby#28850; the rules named with it",
    rules: &["SW3", "SW13", "K3", "N3", "WG5", "WG8", "FL10", "ZT9"],
    waivable: true,
    run: virt,
};

fn virt(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.kernel.virt;
    let virt = known!("the virtualisation", "kernel.virt", fact);
    let outcome = match virt.as_str() {
        "none" => Outcome::pass("no virtualisation"),
        "other" => Outcome::info("virtualised by something that is not known"),
        virt => Outcome::pass(format!("virtualisation {virt}")),
    };
    vec![
        outcome
            .actual("kernel.virt", virt.as_str())
            .read("kernel.virt", fact),
    ]
}

const INIT: Check = Check {
    id: "sys.init",
    title: "Init system",
    group: Group::System,
    concerns: ALL,
    reads: &["services.init", "services.manager_running"],
    wanted: "systemd, upstart or SysV init, running; Kubernetes: systemd",
    source: "replicated-installer detectInitSystem; kubespray README",
    rules: &["K4"],
    waivable: true,
    run: init,
};

fn init(subject: &Subject<'_>) -> Vec<Outcome> {
    let services = &subject.facts.services;
    let init = known!("the init system", "services.init", &services.init);
    let outcome = match (init.as_str(), &services.manager_running) {
        ("other", _) => Outcome::warn("no init system that is known: services cannot be installed; wanted systemd, upstart or SysV init")
            .remedy(Remedy::hint("run it on the host, not in a container or a rescue shell")),
        (init, Fact::Known { value: true, .. }) => Outcome::pass(format!("{init} runs")),
        (init, Fact::Known { value: false, .. }) => Outcome::warn(format!(
            "{init} is installed and does not run: services would start with the next boot only"
        ))
        .remedy(Remedy::hint("run it on the booted host")),
        (_, fact) => Outcome::unknown("whether the init system runs", "services.manager_running", fact),
    };
    vec![
        outcome
            .actual("services.init", init.as_str())
            .read("services.init", &services.init),
    ]
}
