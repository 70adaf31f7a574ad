//! What the tests share: real hosts in namespaces, a pseudo-terminal that is
//! read as a screen, the old kernel's system-call table, a real Docker daemon.
//!
//! Each test program uses a part of it, so that unused parts are no warning.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

pub mod build;
pub mod diff;
pub mod dockerd;
pub mod el6;
pub mod flannel;
pub mod host;
pub mod lab;
pub mod netstate;
pub mod oldkern;
pub mod proc;
pub mod pty;
pub mod site;
pub mod ssh;
pub mod steps;
pub mod tools;
pub mod tree;
pub mod txtar;
pub mod zerotier;

use std::time::{Duration, Instant};

/// Asks `condition` again and again until it gives a value, and fails with
/// `what` when it has given none within `limit`.
///
/// For conditions that nothing reports: the pause between two questions is
/// short and no test's outcome depends on it.
pub fn wait_until<T>(
    what: &str,
    limit: Duration,
    mut condition: impl FnMut() -> Result<T, String>,
) -> T {
    let deadline = Instant::now() + limit;
    loop {
        match condition() {
            Ok(value) => return value,
            Err(why) if Instant::now() >= deadline => {
                panic!("{what}: not within {limit:?}; last seen: {why}")
            }
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// A word that no other test of this machine uses: the process and a counter.
pub fn unique() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!(
        "{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}
