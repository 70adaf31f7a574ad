//! groundcrew inspects a host, recommends a scheduler and a private network for
//! an on-premises application, and sets them up.
//!
//! The modules are the stages of the flow, in the order in which data passes
//! through them; a stage imports only from stages above it. Only [`host`] and
//! [`apply`] touch the machine.
// Tests make files, and read what they made: what .ci/clippy.toml forbids is forbidden
// to the product alone.
#![cfg_attr(test, allow(clippy::disallowed_methods, clippy::disallowed_macros))]

// The seam to the machine: reads and does what it is told, decides nothing.
pub mod host;
// Versions as numbers.
pub mod version;
// What the host is: known, absent or unreadable; holds no thresholds.
pub mod facts;
// What follows from it: pure functions over the knowledge in assets/; no I/O.
pub mod judge;
// What is wanted: questions declared once, files, flags; touches no host.
pub mod answers;
// What would be done: a plain value; reads and changes nothing.
pub mod plan;
// Doing it, and taking it back; decides nothing, all of it is in the plan.
pub mod apply;
// Telling it: formats of one value.
pub mod report;
// Many hosts, one decision and one plan: reads reports, touches no host.
pub mod fleet;
// The front ends: they show and ask, and work through one trait.
pub mod ui;
// How the program ends.
pub mod error;
// The command line: puts the stages together.
pub mod cli;
