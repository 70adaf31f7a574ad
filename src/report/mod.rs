//! 7. Telling it.
