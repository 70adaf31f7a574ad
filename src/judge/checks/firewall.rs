//! Firewall and security modules.

pub mod rules;
pub mod security;

#[cfg(test)]
pub(super) mod cases;
