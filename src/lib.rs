//! groundcrew inspects a host, recommends a scheduler and a private network for
//! an on-premises application, and sets them up.
//!
//! The modules are the stages of the flow, in the order in which data passes
//! through them; a stage imports only from stages above it. Only [`host`] and
//! [`apply`] touch the machine.

pub mod host;
pub mod version;

pub mod facts;

pub mod judge;

pub mod answers;

pub mod plan;

pub mod apply;

pub mod report;

pub mod ui;

pub mod cli;
pub mod error;
