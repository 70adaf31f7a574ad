//! 3. What follows from it: pure functions, no I/O.
//!
//! The knowledge is data (`assets/rules.yaml`); what is here reads it, applies
//! it to facts that may be unknown, and says why in one wording for all front
//! ends.

pub mod catalogue;
pub mod checks;
pub mod cidr;
pub mod condition;
pub mod decide;
mod evidence;
pub mod explain;
pub mod filter;
pub mod finding;
pub mod findings;
pub mod interfaces;
pub mod judgement;
pub mod measured;
pub mod ports;
pub mod probe;
pub mod rules;
mod summary;
pub mod text;
pub mod waiver;
pub mod wishes;
