//! Docker, started anew on another bridge.

use std::time::Duration;

use super::{BRIDGE, ROUND};
use crate::apply::error::StepError;
use crate::apply::wait::until;
use crate::apply::{docker, probe};
use crate::host::Host;
use crate::plan::step::Manager;

/// Starts Docker anew, and waits for its new bridge.
pub(super) fn restart_docker(host: &dyn Host, manager: Manager) -> Result<(), StepError> {
    docker::cycle(host, manager, true)?;
    let back = || Ok::<_, StepError>(probe::link(host, BRIDGE)?.is_some());
    if until(host, Duration::from_secs(60), ROUND, back)? {
        return Ok(());
    }
    Err(StepError::Told(format!(
        "Docker was started, and {BRIDGE} has not come back within a minute"
    )))
}
