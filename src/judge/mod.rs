//! 3. What follows from it: pure functions, no I/O.
//!
//! The knowledge is data (`assets/rules.yaml`); what is here reads it, applies
//! it to facts that may be unknown, and says why in one wording for all front
//! ends.

pub mod condition;
pub mod decide;
mod evidence;
pub mod explain;
pub mod interfaces;
pub mod judgement;
pub mod measured;
pub mod rules;
pub mod text;
pub mod wishes;
