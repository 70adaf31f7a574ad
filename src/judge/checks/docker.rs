//! Docker.

pub mod daemon;
pub mod settings;
pub mod state;

#[cfg(test)]
pub(super) mod cases;
