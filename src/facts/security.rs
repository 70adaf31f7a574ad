//! FIPS mode, Secure Boot, SELinux.

use serde::{Deserialize, Serialize};

use super::Fact;

/// Security settings that decide what may run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Security {
    /// FIPS mode of the kernel.
    pub fips: Fact<bool>,
    /// Secure Boot.
    pub secure_boot: Fact<bool>,
    /// SELinux: enforcing, permissive, disabled.
    pub selinux: Fact<String>,
}
