//! Docker itself: installed, upgraded and set up before anything stands on it.

use super::Planned;
use crate::plan::Refusal;
use crate::plan::make::Inputs;

/// Plans Docker's own steps, before those of the overlay.
///
/// # Errors
/// All reasons why this host cannot carry it as wanted.
pub fn plan(_inputs: &Inputs<'_>) -> Result<Planned, Vec<Refusal>> {
    Ok(Planned::default())
}
