//! Replicated's native scheduler, by the vendor's install script.

use serde::{Deserialize, Serialize};

use super::{Planned, Site};
use crate::plan::Refusal;

/// What it has to show once it is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Verify {}

impl Verify {
    /// What is done to verify it, in one line.
    pub fn text(&self) -> String {
        String::new()
    }
}

/// Plans it.
///
/// # Errors
/// All reasons why this host cannot carry it as wanted.
pub fn plan(_site: &Site<'_>) -> Result<Planned, Vec<Refusal>> {
    Ok(Planned {
        notes: vec![
            "Setting Replicated up is not in this version of groundcrew: it plans, explains and \
             reports; do it yourself."
                .into(),
        ],
        ..Planned::default()
    })
}
