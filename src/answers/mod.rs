//! 4. What is wanted.
#![allow(dead_code)]
mod check;
pub mod config;
mod file;
mod locate;
mod merged;
mod problem;
pub mod questions;
pub mod secret;
mod tree;
mod types;
mod value;
mod walk;
