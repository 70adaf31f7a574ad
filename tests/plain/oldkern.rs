//! The binary on the system-call table of the EL6 kernel: no call newer than
//! 2.6.32 without a way around it.
#![cfg(target_arch = "x86_64")]

use crate::common;

use std::path::Path;
use std::process::Command;

use common::build::{oldkern_binary, oldkern_flags};
use common::oldkern::{RELEASE, Table, on_kernel, on_old_kernel};
use common::proc::{Out, run, run_here};
use common::pty::Term;

fn old(command: &mut Command) -> Out {
    on_old_kernel(|| run(command))
}

/// The commands that print what the binary holds: the same on every kernel.
const PRINTING: [&[&str]; 7] = [
    &["--version"],
    &["--help"],
    &["answers", "new"],
    &["answers", "schema"],
    &["answers", "explain", "overlay.kind"],
    &["checks", "list"],
    &["gen", "man"],
];

#[test]
fn what_is_printed_is_the_same_on_the_old_table() {
    let binary = oldkern_binary();
    for args in PRINTING {
        let out = old(Command::new(&binary).args(args)).expect_code(0);
        let new = run(Command::new(&binary).args(args)).expect_code(0);
        assert_eq!(out.stdout, new.stdout, "{args:?}");
    }
}

/// Enough answers for a plan, wherever the tests run.
const PLAN: [&str; 9] = [
    "plan",
    "--set",
    "overlay.kind=wireguard",
    "--set",
    "overlay.address=10.90.0.1",
    "--set",
    "overlay.wireguard.allow-experimental=true",
    "--format",
    "json",
];

/// The commands that look at the host, with the exit codes they may have: a
/// finding about the host that runs the tests is no failure here.
const LOOKING: [(&[&str], &[i32]); 8] = [
    (&["facts"], &[0]),
    (&["interfaces", "--format", "json"], &[0, 3]),
    (&["interfaces"], &[0, 3]),
    (&["preflight", "--format", "json"], &[0, 3, 4]),
    (&["preflight"], &[0, 3, 4]),
    (&["recommend", "--format", "json"], &[0, 3, 4]),
    (&["status", "--format", "json"], &[0, 6]),
    (&PLAN, &[0, 3]),
];

#[test]
fn the_host_is_looked_at_on_the_old_table() {
    let binary = oldkern_binary();
    // The first EL6 had less than its last one.
    let tables = [Table::El6, Table::Mainline];
    for (table, (args, codes)) in tables.iter().flat_map(|t| LOOKING.map(|l| (*t, l))) {
        let out = on_kernel(table, true, || run(Command::new(&binary).args(args)));
        assert!(out.code.is_some_and(|c| codes.contains(&c)), "{out}");
        assert!(!out.stderr.contains("panicked"), "{out}");
        if out.code != Some(3) && (args.contains(&"json") || args == ["facts"]) {
            let parsed = serde_json::from_str::<serde_json::Value>(&out.stdout);
            assert!(parsed.is_ok(), "{out}");
        }
    }
    // Nothing is lost on the way around: the same is read as on a new table, but
    // for the release, which the filter says is EL6's, and what follows from it.
    let facts = |out: Out| -> serde_json::Value { serde_json::from_str(&out.ok()).unwrap() };
    let before = facts(old(Command::new(&binary).arg("facts")));
    let now = facts(run(Command::new(&binary).arg("facts")));
    let release = before["kernel"]["release"]["value"].as_str().unwrap();
    assert_eq!(release, RELEASE);
    let of = |facts: &serde_json::Value, part: &str, name: &str| {
        let fact = &facts[part][name];
        assert!(
            fact.is_object() || fact.is_array(),
            "{part}.{name}: {facts:#}"
        );
        // A value that moves by itself is compared by whether it is known.
        match (part, name) {
            ("network", "listeners") | ("resources", _) => {
                serde_json::Value::from(fact.get("value").is_some())
            }
            _ => fact.clone(),
        }
    };
    for (part, name) in [
        ("network", "interfaces"),
        ("network", "routes"),
        ("network", "listeners"),
        ("os", "hostname"),
        ("os", "id"),
        ("docker", "installed"),
        ("docker", "running"),
        ("services", "init"),
        ("kernel", "arch"),
        ("resources", "cpus"),
        ("resources", "memory_mb"),
        ("resources", "disks"),
    ] {
        assert_eq!(
            of(&before, part, name),
            of(&now, part, name),
            "{part}.{name}"
        );
    }
}

#[test]
fn the_wizard_opens_and_closes_on_the_old_table() {
    let binary = oldkern_binary();
    let line = [binary.to_str().unwrap()];
    let env = [
        ("TERM", "linux"),
        ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
        ("HOME", "/root"),
    ];
    let mut term = on_old_kernel(|| Term::spawn(24, 80, &env, &line));
    term.wait_for("Checks on this host");
    // The console has none, and what it shows at the end is the result.
    assert!(!term.in_alternate_screen(), "{}", term.screen());
    let first = term.screen();
    assert!(!first.contains("panicked"), "{first}");
    term.wait_for("facts.services");
    term.key(b"\x03");
    term.wait_for("Nothing was changed.");
    term.key(b"\x1b[C\x1b[C\r");
    let code = term.wait_exit();
    assert!(
        !term.in_alternate_screen() && !term.cursor_hidden(),
        "{code}\n{}",
        term.screen()
    );
    assert_eq!(code, 130, "{}", term.screen());
    let last = term.screen();
    assert!(last.contains("Nothing was changed."), "{last}");
    assert!(!last.contains("Checks on this host"), "{last}");
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
        .args(oldkern_flags())
        .arg("-o")
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
