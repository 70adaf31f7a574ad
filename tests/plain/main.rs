//! What needs no host but this machine: the library on facts and trees that are made
//! up or recorded, the program in a folder of its own, the documents.
//!
//! One program, so that what the tests share is compiled and linked once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_macros
)]

#[path = "../common/mod.rs"]
mod common;

mod answers;
mod binary;
mod capture;
mod cli;
mod decision;
mod decision_rules;
mod defects;
mod docs;
mod facts;
mod fleet;
mod fleet_inspect;
mod formats;
mod fuzz;
mod hosts;
mod interfaces;
mod lint;
mod oldkern;
mod packaging;
mod recorded;
mod terminals;
