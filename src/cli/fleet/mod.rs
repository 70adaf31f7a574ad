//! `fleet`: many hosts, by their reports in a folder. What reaches them is the site's own
//! Ansible over its own OpenSSH, with the collection that this program carries.

mod ansible;
mod apply;
pub mod args;
pub mod collection;
mod controller;
mod crew;
mod export;
mod folder;
mod host;
mod import;
mod inspect;
mod inventory;
mod plan;
mod report;
mod rollback;
mod verify;

use args::FleetCommand;

use super::job::Job;
use super::output::print;
use crate::error::{Exit, Failure};
use crate::fleet::schema;

/// `fleet`.
pub fn run(job: &Job<'_>, command: &FleetCommand) -> Result<Exit, Failure> {
    match command {
        FleetCommand::Inspect(arguments) => inspect::inspect(job, arguments),
        FleetCommand::Import(arguments) => import::run(job, arguments),
        FleetCommand::Report(arguments) => report::run(job, arguments),
        FleetCommand::Plan(arguments) => plan::run(job, arguments),
        FleetCommand::Apply(arguments) => apply::run(job, arguments),
        FleetCommand::Verify(arguments) => verify::run(job, arguments),
        FleetCommand::Rollback(arguments) => rollback::run(job, arguments),
        FleetCommand::Export(arguments) => export::run(job, arguments),
        FleetCommand::Host => host::run(job),
        FleetCommand::Schema => {
            print(&schema::text())?;
            Ok(Exit::Done)
        }
    }
}
