//! `lint`: a vendor's file against this host and what is chosen for it.

use super::args::{Data, LintArgs};
use super::job::{Case, Job};
use super::output::print;
use crate::answers::vendor::Vendor;
use crate::error::{Exit, Failure};
use crate::facts::flat;
use crate::plan::vendor::{Chosen, Level, lint};
use crate::report::lint::linted;

/// `lint`.
pub fn run(job: &Job<'_>, arguments: &LintArgs) -> Result<Exit, Failure> {
    let vendor = Vendor::parse(&job.read_named(&arguments.file)?);
    let Case {
        config,
        seen,
        judged,
        ..
    } = job.case()?;
    let unflattened;
    let facts = match &seen.facts {
        Some(facts) => facts,
        None => {
            unflattened = flat::unflatten(&seen.flat);
            &unflattened
        }
    };
    let choice = judged.choice.as_ref().ok();
    let overlay = choice.and_then(|choice| choice.overlay.clone());
    // ZeroTier names its interface itself; Flannel's is none that is installed
    // with.
    let candidates = match overlay.as_deref() {
        Some("zerotier") => None,
        Some("wireguard") => judged.interfaces.as_ref(),
        _ => judged.underlay.as_ref(),
    };
    let picked = candidates.and_then(|candidates| candidates.choose().ok());
    let interface = match overlay.as_deref() {
        Some("wireguard") => Some(config.wireguard.interface.clone()),
        _ => picked.map(|picked| picked.name.clone()),
    };
    let chosen = Chosen {
        scheduler: choice.map(|choice| choice.scheduler.clone()),
        address: picked
            .filter(|picked| Some(&picked.name) == interface.as_ref())
            .and_then(|picked| picked.address),
        overlay,
        interface,
    };
    let remarks = lint(&vendor, facts, &chosen);
    let told = linted(&arguments.file, &chosen, &remarks);
    print(&match arguments.format {
        Data::Human if job.global.quiet => format!("{}\n", told.sum()),
        Data::Human => told.human(&vendor, !arguments.no_notes),
        Data::Json => told.json(),
        Data::Yaml => told.yaml(),
    })?;
    Ok(match told.worst() {
        Level::Error => Exit::Failed,
        Level::Warning | Level::Unknown if job.global.strict => Exit::Failed,
        Level::Warning | Level::Unknown if !job.global.warn_ok => Exit::Warned,
        Level::Warning | Level::Unknown | Level::Note => Exit::Done,
    })
}
