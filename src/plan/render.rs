//! Plans as text, JSON and shell.
