//! Whole runs on hosts that the tests make: namespaces with real peers, a terminal,
//! a guest with a kernel of its own. Needs root, and what `tests/run` installs.
//!
//! One program, so that what the tests share is compiled and linked once. Each test
//! has hosts of its own and nothing of this process is changed, so that they may run
//! as its threads as well as one process each.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_macros
)]

#[path = "../common/mod.rs"]
mod common;

mod budget;
mod confirm;
mod docker;
mod docs;
mod el6;
mod firewall;
mod flannel;
mod flannel_etcd;
mod fleet;
mod fleet_apply;
mod fleet_flannel;
mod fleet_swarm;
mod fleet_zerotier;
mod handoff;
mod interrupted;
mod journals;
mod kernel;
mod lab;
mod nftables;
mod oldkern;
mod online;
mod packages;
mod packaging;
mod packet_filter;
mod probe;
mod provision;
mod rpm;
mod signals;
mod swarm;
mod wizard;
mod zerotier;
