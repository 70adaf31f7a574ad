//! 2. What the host is.
