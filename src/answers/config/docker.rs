//! What is answered about Docker itself.

use super::build::Reader;

/// Docker itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DockerConfig {}

impl DockerConfig {
    pub(super) fn read(_read: &Reader<'_>) -> Option<Self> {
        Some(Self {})
    }
}
