//! 3. What follows from it: pure functions, no I/O.
