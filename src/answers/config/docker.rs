//! What is answered about Docker itself.

use super::build::Reader;
use super::{CgroupDriver, DockerInstall, StorageDriver};

/// Docker itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DockerConfig {
    /// Whether it is installed or upgraded, and from where.
    pub install: DockerInstall,
    /// Version that is asked for; none: the newest that is known to be good.
    pub version: Option<String>,
    /// Storage driver.
    pub storage_driver: StorageDriver,
    /// Driver of control groups.
    pub cgroup_driver: CgroupDriver,
    /// Address of docker0 with its prefix length, as Docker takes it.
    pub bip: Option<String>,
    /// Proxy for http and https.
    pub http_proxy: Option<String>,
    /// What is reached without it.
    pub no_proxy: Vec<String>,
}

impl DockerConfig {
    /// Whether it is told anything.
    pub fn has_settings(&self) -> bool {
        self.storage_driver != StorageDriver::Auto
            || self.cgroup_driver != CgroupDriver::Auto
            || self.bip.is_some()
            || self.http_proxy.is_some()
    }

    pub(super) fn read(read: &Reader<'_>) -> Option<Self> {
        Some(Self {
            install: read.word("docker.install", DockerInstall::from_word)?,
            version: read.text("docker.version"),
            storage_driver: read.word("docker.storage-driver", StorageDriver::from_word)?,
            cgroup_driver: read.word("docker.cgroup-driver", CgroupDriver::from_word)?,
            bip: read.text("docker.bip"),
            http_proxy: read.text("docker.http-proxy"),
            no_proxy: read.texts("docker.no-proxy"),
        })
    }
}
