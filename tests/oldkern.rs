//! The binary on the system-call table of the EL6 kernel: no call newer than
//! 2.6.32 without a way around it.
#![cfg(target_arch = "x86_64")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

mod common;

use std::path::Path;
use std::process::Command;

use common::build::oldkern_binary;
use common::oldkern::on_old_kernel;
use common::proc::{Out, run, run_here};

fn old(command: &mut Command) -> Out {
    on_old_kernel(|| run(command))
}

/// The commands that read and print, with the exit codes they may have on the
/// host that runs the tests: a finding about that host is no failure here.
const COMMANDS: [(&[&str], &[i32]); 2] = [(&["--version"], &[0]), (&["--help"], &[0])];

#[test]
fn the_commands_run_on_the_old_table() {
    let binary = oldkern_binary();
    for (args, codes) in COMMANDS {
        let out = old(Command::new(&binary).args(args));
        assert!(out.code.is_some_and(|c| codes.contains(&c)), "{out}");
        // The same as on a new table: nothing is lost on the way around.
        let new = run(Command::new(&binary).args(args));
        assert_eq!(
            (out.code, &out.stdout),
            (new.code, &new.stdout),
            "{out}\n{new}"
        );
        assert!(!out.stderr.contains("panicked"), "{out}");
    }
}

/// A program that looks at an open file, asks for randomness and runs another
/// program: what a plain static build cannot do on the old kernel, what the
/// standard library finds its way around, and what has to stay untouched.
const PROBE: &str = r#"
fn main() {
    println!("metadata {:?}", std::fs::File::open("/etc/passwd").and_then(|f| f.metadata()).map(|m| m.len() > 0).map_err(|e| e.raw_os_error()));
    println!("hash {}", std::collections::HashMap::from([(1, 2)])[&1]);
    let release = std::process::Command::new("uname").arg("-r").output();
    println!("child {:?}", release.map(|o| (o.status.code(), o.stdout.starts_with(b"2.6."))).map_err(|e| e.raw_os_error()));
}
"#;

/// The filter does what the real kernel was seen to do: a plain static build
/// fails in fstat, and its children, which are the host's own, work.
#[test]
fn the_filter_breaks_a_plain_static_build() {
    let folder = tempfile::tempdir().unwrap();
    let (source, binary) = (folder.path().join("probe.rs"), folder.path().join("probe"));
    std::fs::write(&source, PROBE).unwrap();
    let rustc = Path::new(env!("CARGO")).with_file_name("rustc");
    run(Command::new(rustc)
        .args(["--edition", "2024", "-C", "target-feature=+crt-static"])
        .args(["-C", "relocation-model=static", "-o"])
        .arg(&binary)
        .arg(&source))
    .ok();
    let new = run_here(&[binary.to_str().unwrap()]).ok();
    assert_eq!(
        new,
        "metadata Ok(true)\nhash 2\nchild Ok((Some(0), false))\n"
    );
    let old = old(&mut Command::new(&binary)).ok();
    let expected = format!(
        "metadata Err(Some({}))\nhash 2\nchild Ok((Some(0), true))\n",
        libc::EINVAL
    );
    assert_eq!(old, expected);
}
