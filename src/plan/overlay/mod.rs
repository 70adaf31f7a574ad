//! Private networks for the native scheduler.

pub mod wireguard;
