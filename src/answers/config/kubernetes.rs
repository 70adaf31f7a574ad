//! What is answered about Kubernetes.

use super::build::Reader;

/// Kubernetes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KubernetesConfig {}

impl KubernetesConfig {
    pub(super) fn read(_read: &Reader<'_>) -> Option<Self> {
        Some(Self {})
    }
}
