//! Docker, asked over its socket.

use serde::{Deserialize, Serialize};

use super::Fact;

/// What Docker says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Docker {
    /// Whether a Docker engine is installed on this host.
    pub installed: Fact<bool>,
    /// Whether the daemon answers on its socket.
    pub running: Fact<bool>,
    /// Version of the engine, as it writes it (`20.10.24+dfsg1`).
    pub version: Fact<String>,
    /// What answers as Docker: `docker` or `podman`.
    pub engine: Fact<String>,
    /// API version.
    pub api_version: Fact<String>,
    /// Storage driver.
    pub storage_driver: Fact<String>,
    /// cgroup driver; Docker before 1.10 does not tell it.
    pub cgroup_driver: Fact<String>,
    /// State of the Swarm node: inactive, pending, active, error, locked.
    pub swarm: Fact<String>,
    /// Containers on this host, running or not.
    pub containers: Fact<u64>,
    /// Folder of images and containers.
    pub root_dir: Fact<String>,
}
