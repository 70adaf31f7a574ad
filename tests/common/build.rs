//! Further variants of the binary under test, built when a test needs them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use super::oldkern::IMAGE;
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

/// What has the linker put a program where the old kernel's filter looks at it:
/// flags of rustc.
pub fn oldkern_flags() -> [String; 4] {
    let base = format!("link-arg=-Wl,--image-base={:#x}", IMAGE.start);
    ["-C", "relocation-model=static", "-C", &base].map(str::to_owned)
}

/// The variant that lies at the addresses of the old kernel's filter, so that its
/// calls can be told from those of the programs it starts. It comes into a target
/// folder of its own, or it would take the place of the ordinary one under running
/// tests; all that it is made of is shared with that one, so that only the binary
/// itself is compiled.
pub fn oldkern_binary() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let folder = target_dir().join("oldkern");
        let head = ["rustc", "--locked", "--bin", "groundcrew", "--target-dir"];
        let flags = oldkern_flags();
        let mut args = [&head[..], &[folder.to_str().expect("a UTF-8 path"), "--"]].concat();
        // `cargo rustc` gives the flags to the binary alone: its libraries may well be
        // position-independent.
        args.extend(flags.iter().map(String::as_str));
        cargo(&args)
    };
    BUILT.get_or_init(build).clone()
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
            .env("CARGO_BUILD_BUILD_DIR", target_dir())
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
