//! 4. What is wanted.
