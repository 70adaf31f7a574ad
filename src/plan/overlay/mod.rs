//! Private networks between the hosts, a file each.

pub mod flannel;
mod nat;
pub(in crate::plan) mod opening;
pub mod wireguard;
pub mod zerotier;
