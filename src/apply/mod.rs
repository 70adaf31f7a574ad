//! 6. Doing it.
