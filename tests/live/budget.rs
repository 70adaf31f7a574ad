//! What an inspection may cost: no program, each file once, few system calls,
//! little memory. These do not depend on how busy the machine is; tests/bench
//! measures the time.

use crate::common;

use std::collections::BTreeMap;
use std::process::Command;

use common::build::release_binary;
use common::host::BINARY;
use common::lab::Lab;
use common::proc::run;

/// System calls of `preflight`, its start included.
const CALLS: usize = 2_000;

/// Memory that `preflight` ever holds, in KiB.
const MEMORY: u64 = 16 * 1024;

/// Complete calls out of what `strace -f` prints: one that another thread
/// interrupted is put together again.
fn calls(trace: &str) -> Vec<String> {
    let (mut all, mut begun) = (Vec::new(), BTreeMap::new());
    for line in trace.lines() {
        let (pid, call) = match line.strip_prefix("[pid ") {
            Some(rest) => rest.split_once("] ").unwrap(),
            None => ("first", line),
        };
        let pid = pid.trim().to_owned();
        if let Some(start) = call.strip_suffix(" <unfinished ...>") {
            begun.insert(pid, start.to_owned());
        } else if let Some((_, end)) = call.split_once(" resumed>") {
            all.push(begun.remove(&pid).unwrap_or_default() + end);
        } else if call.contains('(') && !call.starts_with(['+', '-']) {
            all.push(call.to_owned());
        }
    }
    all.extend(begun.into_values());
    all
}

/// The path that a call opened for reading, if it did and it is no directory.
fn opened(call: &str) -> Option<&str> {
    let rest = call
        .strip_prefix("openat(AT_FDCWD, \"")
        .or_else(|| call.strip_prefix("open(\""))?;
    let (path, rest) = rest.split_once('"')?;
    let reads = rest.contains("O_RDONLY") && !rest.contains("O_DIRECTORY");
    let folders = [
        "/proc/",
        "/sys/",
        "/etc/",
        "/boot/",
        "/lib/",
        "/usr/lib/",
        "/run/",
    ];
    let of_the_host = folders.iter().any(|folder| path.starts_with(folder));
    (reads && of_the_host && !rest.contains(" = -1 ")).then_some(path)
}

#[test]
fn preflight_starts_nothing_reads_each_file_once_and_asks_little() {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    // With rules there is most to ask: of nf_tables, and of iptables' own tables
    // where this kernel has them.
    host.drop_input();
    let legacy = host.run(&["iptables-legacy", "-A", "INPUT", "-j", "ACCEPT"]);
    println!("iptables' own tables too: {}", legacy.code == Some(0));
    let out = host.run(&[
        "strace",
        "-f",
        "-s",
        "200",
        BINARY,
        "preflight",
        "--format",
        "json",
    ]);
    assert!(
        out.code.is_some_and(|code| [0, 3, 4].contains(&code)),
        "{out}"
    );
    assert!(out.stdout.contains("\"fw.input\""), "{out}");
    let calls = calls(&out.stderr);

    let is = |call: &str, names: &[&str]| {
        let name = call.split('(').next().unwrap_or_default();
        names.contains(&name)
    };
    let executed: Vec<_> = calls
        .iter()
        .filter(|call| is(call, &["execve", "execveat"]))
        .collect();
    assert_eq!(executed.len(), 1, "{executed:#?}");
    // A thread would be none of them; today there is none either.
    let started: Vec<_> = calls
        .iter()
        .filter(|call| {
            is(call, &["fork", "vfork", "clone", "clone3"]) && !call.contains("CLONE_THREAD")
        })
        .collect();
    assert_eq!(started.len(), 0, "{started:#?}");

    let mut times: BTreeMap<&str, u32> = BTreeMap::new();
    for path in calls.iter().filter_map(|call| opened(call)) {
        *times.entry(path).or_default() += 1;
    }
    assert!(times.len() > 30, "too few files to be true: {times:#?}");
    times.retain(|_, times| *times > 1);
    assert!(times.is_empty(), "read more than once: {times:#?}");

    println!("{} system calls", calls.len());
    let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
    for call in &calls {
        *kinds.entry(call.split('(').next().unwrap()).or_default() += 1;
    }
    assert!(
        calls.len() <= CALLS,
        "{} system calls: {kinds:#?}",
        calls.len()
    );
}

/// On the binary that is carried to a site: the one for the tests, without
/// optimisation, holds about three times as much.
#[test]
fn preflight_stays_within_its_memory() {
    // A child is counted with what its parent held when it was started, and this
    // program holds more: so a small one stands between. --quiet: nothing on
    // standard error but the number of KiB.
    let mut command = Command::new("/usr/bin/time");
    command
        .args(["--quiet", "--format", "%M"])
        .arg(release_binary());
    let out = run(command.args(["preflight", "--format", "json"]));
    assert!(
        out.code.is_some_and(|code| [0, 3, 4].contains(&code)),
        "{out}"
    );
    let most: u64 = out.stderr.lines().last().unwrap().parse().unwrap();
    println!("{most} KiB at most");
    assert!(
        most > 1_000 && most <= MEMORY,
        "{most} KiB, wanted: at most {MEMORY}"
    );
}

#[test]
fn what_strace_prints_is_understood() {
    let trace = "execve(\"/x\", [\"x\"]) = 0\n[pid 5] openat(AT_FDCWD, \"/etc/a\", O_RDONLY <unfinished ...>\n[pid 6] clone3({flags=CLONE_VM}) = 7\n[pid 5] <... openat resumed>) = 3\nopenat(AT_FDCWD, \"/etc/b\", O_RDONLY) = -1 ENOENT (No such file)\n--- SIGCHLD {} ---\n+++ exited with 0 +++\n";
    let calls = calls(trace);
    assert_eq!(calls.len(), 4);
    let paths: Vec<_> = calls.iter().filter_map(|call| opened(call)).collect();
    assert_eq!(paths, ["/etc/a"]);
}
