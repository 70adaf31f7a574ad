//! Fleets: the reports of many hosts together, judged, planned for, exported.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::disallowed_methods)]

#[path = "../common/txtar.rs"]
mod txtar;

mod cli;
mod hosts;
mod merged;
mod rules;
