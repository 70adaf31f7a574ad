//! Taking a fact's value, or saying that it is not known.

/// The value of a fact; a check ends here with "not known" where it has none.
/// Only for facts whose absence is no answer.
macro_rules! known {
    ($what:expr, $path:expr, $fact:expr) => {
        match $fact {
            crate::facts::Fact::Known { value, .. } => value,
            fact => return vec![Outcome::unknown($what, $path, fact)],
        }
    };
}

pub(super) use known;
