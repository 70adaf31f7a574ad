//! 5. What would be done: pure.
