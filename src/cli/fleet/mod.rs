//! `fleet`: many hosts at once. What reaches them is the site's own Ansible over
//! its own OpenSSH, with the collection that this program carries.

mod ansible;
pub mod args;
pub mod collection;
mod inspect;

use self::args::FleetCommand;
use super::job::Job;
use crate::error::{Exit, Failure};

/// `fleet`.
pub fn fleet(job: &Job<'_>, command: &FleetCommand) -> Result<Exit, Failure> {
    match command {
        FleetCommand::Inspect(arguments) => inspect::inspect(job, arguments),
    }
}
