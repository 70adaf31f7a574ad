//! `fleet`: many hosts, by their reports in a folder.

pub mod args;
mod export;
mod folder;
mod import;
mod plan;
mod report;

use args::FleetCommand;

use super::job::Job;
use super::output::print;
use crate::error::{Exit, Failure};
use crate::fleet::schema;

/// `fleet`.
pub fn run(job: &Job<'_>, command: &FleetCommand) -> Result<Exit, Failure> {
    match command {
        FleetCommand::Import(arguments) => import::run(job, arguments),
        FleetCommand::Report(arguments) => report::run(job, arguments),
        FleetCommand::Plan(arguments) => plan::run(job, arguments),
        FleetCommand::Export(arguments) => export::run(job, arguments),
        FleetCommand::Schema => {
            print(&schema::text())?;
            Ok(Exit::Done)
        }
    }
}
