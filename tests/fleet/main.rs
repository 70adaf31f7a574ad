//! Fleets: the reports of many hosts together, judged, planned for, exported.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::disallowed_methods)]

#[allow(dead_code)]
#[path = "../common/txtar.rs"]
mod txtar;

mod allocation;
mod cli;
mod etcd;
mod export;
mod hosts;
mod kept;
mod merged;
mod plan;
mod rules;
mod scale;
