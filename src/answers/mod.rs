//! 4. What is wanted.
#![allow(dead_code)]
mod check;
mod file;
mod locate;
mod merged;
mod problem;
pub mod questions;
mod secret;
mod tree;
mod types;
mod value;
mod walk;

pub use check::Check;
pub use merged::{Answers, Origin, default_value};
pub use problem::Problem;
pub use secret::{Secret, SecretRef};
pub use value::Value;
