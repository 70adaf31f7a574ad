//! CPUs, memory and disks.

use serde::{Deserialize, Serialize};

use super::Fact;

/// CPUs, memory and disks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resources {
    /// Logical CPUs.
    pub cpus: Fact<u64>,
    /// Memory in MiB.
    pub memory_mb: Fact<u64>,
    /// Memory in MiB that is available to a new process.
    pub memory_available_mb: Fact<u64>,
    /// Swap in MiB; 0 where it is off.
    pub swap_mb: Fact<u64>,
    /// Mounted disks.
    pub disks: Fact<Vec<Disk>>,
}

/// A mounted file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disk {
    /// Where it is mounted.
    pub mount_point: String,
    /// Type.
    pub file_system: String,
    /// Size in MiB.
    pub total_mb: u64,
    /// What is available to an unprivileged process, in MiB.
    pub available_mb: u64,
}
