//! 6. Doing it.
//!
//! The only stage that changes the machine. Each step is probed, its undo
//! record is written down, then it is done; afterwards the data path is
//! verified. This stage decides nothing: what is done is in the plan.

pub mod block;
mod boot_guard;
pub mod bridge;
pub mod content;
pub mod docker;
pub mod dry;
pub mod engine;
pub mod error;
pub mod etcd;
pub mod files;
pub mod firewall;
pub mod flannel;
pub mod guard;
pub mod journal;
pub mod json;
pub mod keys;
pub mod kubernetes;
pub mod listed;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod machine;
pub mod modules;
pub mod operator;
pub mod packages;
pub mod path;
pub mod pem;
pub mod probe;
pub mod replicated;
pub mod runs;
pub mod saved_rules;
pub mod sealed;
pub mod service;
pub mod step;
pub mod stock;
pub mod survey;
pub mod swarm;
pub mod sysctl;
pub mod undo;
pub mod verify;
pub mod wait;
pub mod wireguard;
pub mod zerotier;
