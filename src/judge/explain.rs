//! One wording for all front ends.

use super::rules::Rules;

/// What to say about an id that does not exist: the nearest ones.
pub fn nearest(_rules: &Rules, _id: &str) -> String {
    String::new()
}
