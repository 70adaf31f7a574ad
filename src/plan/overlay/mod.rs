//! Private networks for the native scheduler, a file each: ZeroTier takes its
//! place here. Schedulers will stand in `plan/scheduler/`.

pub mod flannel;
mod opening;
pub mod wireguard;
