//! Private networks for the native scheduler, a file each: Flannel takes its
//! place here. Schedulers will stand in `plan/scheduler/`.

pub mod wireguard;
pub mod zerotier;
