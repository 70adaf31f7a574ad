//! Ports that the targets need.

use super::Check;

/// The checks of this group.
pub(super) const CHECKS: &[Check] = &[];

#[cfg(test)]
pub(super) mod cases {
    use super::super::cases::Case;
    use crate::facts::Facts;

    /// What a host has that these checks have nothing to say of.
    pub fn good(_: &mut Facts) {}

    /// The hosts on which these checks come out one way or the other.
    pub const CASES: &[Case] = &[];
}
