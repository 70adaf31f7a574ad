//! Kernel: release, capabilities, architecture, virtualisation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Fact;

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
    /// Width of the user space's pointers, 32 or 64.
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
