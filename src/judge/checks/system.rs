//! Platform and identity of the host.

pub mod eol;
pub mod identity;
pub mod leftovers;
pub mod limits;
pub mod platform;
pub mod time;

#[cfg(test)]
pub(super) mod cases;
