//! Tools that are not on this machine, laid over the root of one host.

use std::path::{Path, PathBuf};

use super::host::Host;
use super::lab::{HostSpec, Lab};

/// Where they are seen in the host before they are laid over its root.
const SHOWN: &str = "/run/lab/tools";

/// The folder that tests/run has unpacked them to.
fn folder(name: &str) -> PathBuf {
    let named = std::env::var_os("GROUNDCREW_TEST_TOOLS").map(PathBuf::from);
    let tools = named
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools"))
        .join(name);
    assert!(
        tools.is_dir(),
        "{} is missing: tests/run unpacks it, or GROUNDCREW_TEST_TOOLS names the folder that has \
         {name}/",
        tools.display()
    );
    tools
}

/// A lab of one host that has the tools `name` as if they were installed.
pub fn lab_with(name: &str) -> Lab {
    let lab = Lab::start(&[HostSpec::new("alpha").show(folder(name), SHOWN)]);
    let from = format!("{SHOWN}/.");
    lab.hosts[0].run(&["cp", "-a", &from, "/"]).ok();
    lab
}

/// Runs a script in a host; what it prints.
#[track_caller]
pub fn script(host: &Host, text: &str) -> String {
    host.run(&["bash", "-euc", text]).ok()
}
