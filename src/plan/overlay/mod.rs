//! Private networks for the native scheduler, a file each: Flannel and ZeroTier
//! take their places here. Schedulers will stand in `plan/scheduler/`.

pub mod wireguard;
