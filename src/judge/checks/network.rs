//! Interfaces, routes, names.

pub mod interfaces;
pub mod names;
pub mod online;
pub mod overlap;
pub mod path;
pub mod settings;

#[cfg(test)]
pub(super) mod cases;
