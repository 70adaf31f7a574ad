//! 2. What the host is.

pub mod flat;
