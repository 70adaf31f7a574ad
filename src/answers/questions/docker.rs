//! The questions about Docker itself.

use super::Question;

pub(super) const DOCKER: &[Question] = &[];
