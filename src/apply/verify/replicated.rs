//! Whether Replicated's native scheduler, by the vendor's install script works.

use super::Verified;
use crate::apply::replicated::check;
use crate::host::Host;
use crate::plan::scheduler::replicated::Verify;

/// Verifies it.
pub fn verify(host: &dyn Host, wanted: &Verify) -> Vec<Verified> {
    check(host, wanted, true)
}
