//! Kernel features and modules.

pub mod cgroups;
pub mod features;

#[cfg(test)]
pub(super) mod cases;
