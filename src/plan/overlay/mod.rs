//! Private networks for the native scheduler, a file each.
//! Schedulers will stand in `plan/scheduler/`.

pub mod flannel;
pub(in crate::plan) mod opening;
pub mod wireguard;
pub mod zerotier;
