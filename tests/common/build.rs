//! Further variants of the binary under test, built when a test needs them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::proc::Proc;

/// A cold build of all dependencies on a slow machine.
const LIMIT: Duration = Duration::from_secs(900);

/// The crate's folder.
pub fn manifest_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder that cargo builds into: the one the tests themselves came from.
pub fn target_dir() -> PathBuf {
    // TARGET/<triple>/debug/groundcrew, since the target is always named.
    let binary = Path::new(env!("CARGO_BIN_EXE_groundcrew"));
    binary
        .ancestors()
        .nth(3)
        .expect("a target folder")
        .to_owned()
}

/// The variant that is not position-independent, so that the old kernel's filter
/// can tell its calls from those of the programs it starts; in a target folder of
/// its own, or it would take the place of the ordinary one under running tests.
pub fn oldkern_binary() -> PathBuf {
    let folder = target_dir().join("oldkern");
    // `cargo rustc` gives the flag to the binary alone: its libraries may well be
    // position-independent.
    cargo(&[
        "rustc",
        "--locked",
        "--bin",
        "groundcrew",
        "--target-dir",
        folder.to_str().expect("a UTF-8 path"),
        "--",
        "-C",
        "relocation-model=static",
    ])
}

/// The binary as it is carried to a site.
pub fn release_binary() -> PathBuf {
    let folder = target_dir();
    let folder = folder.to_str().expect("a UTF-8 path");
    cargo(&[
        "build",
        "--locked",
        "--release",
        "--bin",
        "groundcrew",
        "--target-dir",
        folder,
    ])
}

/// Runs cargo and gives the executable it reports.
fn cargo(args: &[&str]) -> PathBuf {
    let (first, rest) = args.split_first().expect("a subcommand");
    let out = Proc::spawn(
        Command::new(env!("CARGO"))
            .arg(first)
            .args(["--message-format", "json-render-diagnostics"])
            .args(rest)
            .current_dir(manifest_dir()),
    )
    .wait(LIMIT)
    .ok();
    out.lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "groundcrew")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("cargo names the executable")
}
