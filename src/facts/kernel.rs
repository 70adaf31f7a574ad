//! Kernel: release, capabilities, architecture, virtualisation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::reader::Reader;
use super::{Fact, capabilities, virt};

/// How the kernel has a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Compiled in.
    Builtin,
    /// As a module that is loaded.
    Loaded,
    /// As a module that can be loaded.
    Loadable,
    /// Not at all.
    Missing,
}

/// The kernel and what it runs on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kernel {
    /// Release, as `uname -r`.
    pub release: Fact<String>,
    /// Machine, as `uname -m`.
    pub arch: Fact<String>,
    /// Width of the machine's pointers, 32 or 64, by its name.
    pub bits: Fact<u32>,
    /// Virtualisation: none, kvm, vmware, xen, hyperv, virtualbox, lxc, openvz,
    /// wsl1, wsl2, other.
    pub virt: Fact<String>,
    /// cgroup version of the unified or legacy hierarchy: `v1` or `v2`.
    pub cgroup: Fact<String>,
    /// Capabilities by their names: tun, vxlan, wireguard, bridge, veth,
    /// netfilter, br_netfilter, ip_vs, xt_u32, xt_bpf, xt_addrtype, overlayfs …
    pub capabilities: BTreeMap<String, Fact<Capability>>,
}

/// Reads the kernel's release, capabilities and what it runs on.
pub fn collect(reader: &Reader) -> Kernel {
    let uname = reader.uname();
    let release = uname.clone().map(|uname| uname.release);
    let arch = uname.map(|uname| uname.machine);
    Kernel {
        bits: arch.clone().parse(|machine| {
            bits(&machine).ok_or_else(|| format!("{machine} is not in the list of machines"))
        }),
        virt: virt::collect(reader, &release),
        cgroup: cgroup(reader),
        capabilities: capabilities::collect(reader, &release),
        release,
        arch,
    }
}

/// Width of a machine's pointers.
fn bits(machine: &str) -> Option<u32> {
    match machine {
        "x86_64" | "aarch64" | "ppc64" | "ppc64le" | "s390x" | "riscv64" | "loongarch64"
        | "mips64" | "sparc64" | "ia64" => Some(64),
        "i386" | "i486" | "i586" | "i686" | "ppc" | "s390" | "mips" => Some(32),
        arm if arm.starts_with("armv") => Some(32),
        _ => None,
    }
}

/// Version of the cgroup hierarchy that containers get.
fn cgroup(reader: &Reader) -> Fact<String> {
    match reader.there("/sys/fs/cgroup/cgroup.controllers") {
        Fact::Known {
            value: true,
            source,
        } => return Fact::known("v2".into(), source),
        Fact::Known { value: false, .. } | Fact::Absent { .. } => {}
        unreadable @ Fact::Unreadable { .. } => return unreadable.unknown(""),
    }
    // Kernels without cgroups have no such file.
    reader.text("/proc/cgroups").map(|_| "v1".into())
}
