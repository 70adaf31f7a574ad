//! 4. What is wanted.
//!
//! The questions are declared once ([`questions`]); the answers come from the
//! file, the environment, `--set`, flags and the front ends ([`Answers`]), and
//! become typed values that fit each other ([`Config`]). Wrong answers are told
//! all at once, each with its place ([`Problems`]).
//!
//! This stage decides nothing about the host: what follows from the facts is
//! the judge's, and what is done is the plan's.

pub mod bundle;
mod check;
pub mod config;
pub mod doc;
mod file;
pub mod fleet;
pub mod join;
mod locate;
mod merged;
mod problem;
pub mod questions;
pub mod secret;
mod single;
mod tree;
mod types;
mod value;
pub mod vendor;
mod walk;
mod write;

pub use check::{Check, Fault};
pub use config::{Config, InterfaceWish, Peer};
pub use file::AnswersFile;
pub use join::{JoinFile, Others, OwnIdentity};
pub use merged::{Answers, ENV_PREFIX, FlagAnswer, Inputs, Origin, default_value, env_name};
pub use problem::{Place, Problem, Problems, Snippet};
pub use questions::{Choice, Field, Kind, Page, Question};
pub use secret::{Secret, SecretRef};
pub use tree::MAX_BYTES;
pub use types::{Endpoint, EndpointHost, PublicKey};
pub use value::Value;
pub use write::{example, template};
