//! The questions about Kubernetes.

use super::Question;

pub(super) const KUBERNETES: &[Question] = &[];
