//! Distribution and identity of the host.

use serde::{Deserialize, Serialize};

use super::Fact;

/// Distribution and identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Os {
    /// Host name, as the kernel knows it.
    pub hostname: Fact<String>,
    /// Name as the distribution writes it, such as `CentOS Linux 7 (Core)`.
    pub name: Fact<String>,
    /// Identifier, such as `centos`, `rhel`, `ubuntu`, `amzn`.
    pub id: Fact<String>,
    /// Version as the release file says, such as `7`, `22.04`, `2018.03`.
    pub version: Fact<String>,
    /// Minor release that the running kernel belongs to by its build number
    /// (RHEL and its rebuilds only), such as `7.9`.
    pub running_release: Fact<String>,
    /// Family that the rules know: el6 to el10, amzn1, amzn2, debian, ubuntu,
    /// sles, other.
    pub family: Fact<String>,
    /// Newest Docker that this distribution can run, from
    /// `assets/distributions.yaml`.
    pub docker_max: Fact<String>,
    /// Whether Replicated's Kubernetes installer lists this distribution.
    pub k8s_repl: Fact<bool>,
    /// Newer kernel that this distribution offers.
    pub kernel_next: Fact<String>,
    /// How WireGuard's module is installed here.
    pub wg_method: Fact<String>,
    /// Whether that module is signed for Secure Boot.
    pub wg_signed: Fact<bool>,
    /// ZeroTier that would be installed.
    pub zt_version: Fact<String>,
    /// Whether podman is installed.
    pub podman: Fact<bool>,
}
