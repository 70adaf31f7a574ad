//! Private networks for the native scheduler.
