//! The questions about Docker Swarm.

use super::Question;

pub(super) const SWARM: &[Question] = &[];
