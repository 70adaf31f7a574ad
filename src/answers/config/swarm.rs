//! What is answered about Docker Swarm.

use super::build::Reader;

/// Docker Swarm.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SwarmConfig {}

impl SwarmConfig {
    pub(super) fn read(_read: &Reader<'_>) -> Option<Self> {
        Some(Self {})
    }
}
