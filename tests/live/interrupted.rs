//! Runs that do not come to their end: killed, stopped, failed, locked out. Each
//! is resumed or undone by the real binary on a real host.

use crate::common;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use common::host::{BINARY, Host};
use common::lab::Lab;
use common::proc::{LIMIT, Out, child_of};
use common::site::{HOME, Picture, RUN, UNATTENDED, groundcrew, journal, under, write_answers};
use common::wait_until;

/// Exit codes of the command line.
const REFUSED: i32 = 3;
const ROLLED_BACK: i32 = 5;
const NOT_ROLLED_BACK: i32 = 6;
const LOCKED: i32 = 8;
const STOPPED: i32 = 9;

/// Runs the binary and sends it `signal` when it enters the system calls `calls`
/// for the time number `when`: at one and the same point on every machine. Its
/// children are not traced. `None` when it came to its end before.
fn signalled(host: &Host, args: &[&str], calls: &str, signal: &str, when: usize) -> Option<Out> {
    let trace = format!("trace={calls}");
    let inject = format!("inject={calls}:signal={signal}:when={when}");
    let strace = [
        "strace",
        "-qq",
        "-o",
        "/run/strace",
        "-e",
        &trace,
        "-e",
        &inject,
        "--",
    ];
    let out = under(host, &strace, args).wait(RUN);
    let log = host.read("/run/strace");
    log.contains(&format!("SIG{signal}")).then_some(out)
}

/// Kills a command at one point; `false` when it came to its end before.
fn killed(host: &Host, args: &[&str], calls: &str, when: usize) -> bool {
    match signalled(host, args, calls, "KILL", when) {
        Some(out) => {
            assert!(out.signal == Some(9) || out.code == Some(137), "{out}");
            true
        }
        None => false,
    }
}

/// What the binary does when it writes: a line of the journal, a file; and when
/// it starts a program.
const POINTS: [&str; 3] = ["fdatasync", "rename", "clone,clone3,vfork"];

fn one_host(init: &str) -> Lab {
    let lab = Lab::plain(1);
    write_answers(&lab.hosts[0], init, "");
    lab
}

#[test]
fn a_run_that_is_killed_anywhere_is_rolled_back() {
    let lab = one_host("systemd");
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    let mut kills = 0;
    for calls in POINTS {
        for when in 1.. {
            let point = format!("after a kill at {calls} number {when} and a rollback");
            if !killed(host, &UNATTENDED, calls, when) {
                groundcrew(host, &["rollback"]).expect_code(0);
                before.assert_is(&Picture::of(host), "after the last rollback");
                break;
            }
            kills += 1;
            groundcrew(host, &["rollback"]).expect_code(0);
            before.assert_is(&Picture::of(host), &point);
            groundcrew(host, &["status"]).expect_code(0);
        }
    }
    assert!(kills > 25, "only {kills} kills");
    assert_eq!(leftovers(host), "");
}

#[test]
fn a_run_that_is_killed_anywhere_is_resumed() {
    let lab = one_host("sysvinit");
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    let end = {
        groundcrew(host, &UNATTENDED).expect_code(0);
        paths(host)
    };
    let records = journal(host).lines().count();
    groundcrew(host, &["rollback"]).expect_code(0);
    for calls in POINTS {
        // After each record of the journal (it is written when fdatasync is called),
        // and at every third of the other points; the machine in memory of the unit
        // tests stops at each of them.
        let (first, step) = if calls == "fdatasync" { (1, 1) } else { (2, 3) };
        for when in (first..).step_by(step) {
            let point = format!("after a kill at {calls} number {when}");
            if !killed(host, &UNATTENDED, calls, when) {
                groundcrew(host, &["rollback"]).expect_code(0);
                break;
            }
            if journal(host).lines().count() == records {
                // The last of them: all is done, and only the verification is not.
                let status = groundcrew(host, &["status"]).expect_code(0);
                assert!(status.stdout.contains(": applied"), "{point}\n{status}");
            } else if journal(host).lines().count() > 1 {
                let status = groundcrew(host, &["status"]).expect_code(NOT_ROLLED_BACK);
                assert!(status.stdout.contains("STOPPED"), "{point}\n{status}");
                // Nothing new is begun on top of it.
                let refused = groundcrew(host, &UNATTENDED).expect_code(NOT_ROLLED_BACK);
                assert!(
                    refused.stderr.contains("groundcrew resume"),
                    "{point}\n{refused}"
                );
                groundcrew(host, &["resume"]).expect_code(0);
            } else {
                // Nothing was begun: an ordinary run does it all.
                let _ = groundcrew(host, &["resume"]);
                groundcrew(host, &UNATTENDED).expect_code(0);
            }
            assert_eq!(paths(host), end, "{point} and a resume");
            groundcrew(host, &["status"]).expect_code(0);
            groundcrew(host, &["verify"]).expect_code(0);
            groundcrew(host, &["rollback"]).expect_code(0);
            before.assert_is(&Picture::of(host), &point);
        }
    }
    assert_eq!(leftovers(host), "");
}

/// A rollback that is killed is taken up again by the next one.
#[test]
fn a_rollback_that_is_killed_anywhere_is_rolled_back() {
    let lab = one_host("upstart");
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    let mut kills = 0;
    for calls in POINTS {
        for when in 1.. {
            groundcrew(host, &UNATTENDED).expect_code(0);
            if !killed(host, &["rollback"], calls, when) {
                before.assert_is(&Picture::of(host), "after the last rollback");
                break;
            }
            kills += 1;
            groundcrew(host, &["rollback"]).expect_code(0);
            let point = format!("after a rollback killed at {calls} number {when} and another");
            before.assert_is(&Picture::of(host), &point);
            groundcrew(host, &["status"]).expect_code(0);
        }
    }
    // The records of all steps at the least.
    assert!(kills > 7, "only {kills} kills");
    assert_eq!(leftovers(host), "");
}

/// The changed paths with their modes; contents differ from run to run, since
/// each makes a key of its own.
fn paths(host: &Host) -> Vec<String> {
    let tree = common::tree::changed_tree(host);
    let line = |line: &str| line.split(" file ").next().unwrap().to_owned();
    tree.lines().map(line).collect()
}

/// Files that were being written, wherever they are.
fn leftovers(host: &Host) -> String {
    let argv = [
        "find",
        "/etc",
        "/root",
        "/usr/lib/systemd",
        "-name",
        ".*.groundcrew-*",
    ];
    host.run(&argv).ok()
}

#[test]
fn a_run_stops_between_two_steps_when_it_is_asked_to() {
    let lab = one_host("systemd");
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    for (signal, when) in [("INT", 3), ("TERM", 6), ("HUP", 9)] {
        let out = signalled(host, &UNATTENDED, "fdatasync", signal, when).expect("not at its end");
        let out = out.expect_code(STOPPED);
        assert!(out.stdout.contains("Stopped between two steps"), "{out}");
        // No step was left in the middle.
        let journal = journal(host);
        let last = journal.lines().last().unwrap();
        assert!(last.starts_with(r#"{"state":"done""#), "{last}");
        let status = groundcrew(host, &["status"]).expect_code(NOT_ROLLED_BACK);
        assert!(status.stdout.contains("STOPPED"), "{status}");
        groundcrew(host, &["resume"]).expect_code(0);
        groundcrew(host, &["rollback"]).expect_code(0);
        before.assert_is(&Picture::of(host), signal);
    }
}

/// Puts a file system that cannot be written over a folder.
fn freeze(host: &Host, folder: &str) {
    host.run(&["mkdir", "-p", folder]).ok();
    host.run(&["mount", "-n", "-t", "tmpfs", "-o", "ro", "tmpfs", folder])
        .ok();
}

/// Lets a program fail in the host.
fn break_program(host: &Host, program: &str) {
    let path = host
        .run(&[
            "bash",
            "-c",
            "readlink -f $(command -v $1)",
            "bash",
            program,
        ])
        .ok();
    host.run(&["mount", "-n", "--bind", "/usr/bin/false", path.trim()])
        .ok();
}

fn mend(host: &Host, path: &str) {
    host.run(&["umount", "-n", path]).ok();
}

#[test]
fn a_step_that_fails_takes_everything_back() {
    // What is done to the host, and the words that name what failed.
    type Break = fn(&Host);
    let cases: [(&str, Break, &str); 4] = [
        (
            "keys",
            |host| freeze(host, "/etc/wireguard"),
            "/etc/wireguard/wg0.key",
        ),
        (
            "boot",
            |host| freeze(host, "/etc/systemd/system"),
            "/etc/systemd/system/",
        ),
        ("wg", |host| break_program(host, "wg"), "`wg "),
        (
            "userspace",
            |host| break_program(host, "wireguard-go"),
            "`wireguard-go wg0`",
        ),
    ];
    for (name, prepare, words) in cases {
        let lab = one_host("systemd");
        let host = &lab.hosts[0];
        prepare(host);
        let tree = Picture::of_tree(host);
        let out = groundcrew(host, &UNATTENDED);
        assert!(
            out.code == Some(ROLLED_BACK),
            "{name}: exit code {ROLLED_BACK} was expected\n{out}"
        );
        assert!(out.stdout.contains(words), "{name}: {words}\n{out}");
        assert!(
            out.stdout.to_lowercase().contains("everything was undone"),
            "{name}\n{out}"
        );
        tree.assert_is(&Picture::of_tree(host), name);
        let links = std::fs::read_to_string(host.path("/proc/1/net/dev")).unwrap();
        assert!(!links.contains("wg0:"), "{name}: {links}");
        // It stands in nobody's way: the next run fails in the same way again.
        groundcrew(host, &["status"]).expect_code(0);
        groundcrew(host, &UNATTENDED).expect_code(ROLLED_BACK);
    }
}

#[test]
fn what_was_done_is_kept_when_the_answers_say_so() {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    write_answers(host, "systemd", "apply: {on-failure: keep}\n");
    host.run(&["mkdir", "-p", "/etc/systemd/system"]).ok();
    let before = Picture::of(host);
    freeze(host, "/etc/systemd/system");
    let out = groundcrew(host, &UNATTENDED).expect_code(NOT_ROLLED_BACK);
    assert!(out.stdout.contains("what was done is kept"), "{out}");
    let status = groundcrew(host, &["status"]).expect_code(NOT_ROLLED_BACK);
    let failed = status.stdout.lines().find(|line| line.contains("FAILED"));
    let failed = failed.unwrap_or_else(|| panic!("{status}"));
    assert!(failed.contains("/etc/systemd/system"), "{failed}");
    assert!(status.stdout.contains("Read-only file system"), "{status}");
    host.run(&["ip", "link", "show", "wg0"]).ok();
    // The same again, until what is in the way is gone.
    groundcrew(host, &["resume"]).expect_code(NOT_ROLLED_BACK);
    mend(host, "/etc/systemd/system");
    groundcrew(host, &["resume"]).expect_code(0);
    groundcrew(host, &["status"]).expect_code(0);
    groundcrew(host, &["rollback"]).expect_code(0);
    before.assert_is(&Picture::of(host), "after the rollback");
}

#[test]
fn what_could_not_be_undone_is_told_and_undone_later() {
    let lab = one_host("systemd");
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    // An interface can be made without this program, and not be taken down.
    let ip = host
        .run(&["bash", "-c", "readlink -f $(command -v ip)"])
        .ok();
    break_program(host, "ip");
    let out = groundcrew(host, &UNATTENDED).expect_code(NOT_ROLLED_BACK);
    assert!(
        out.stdout.contains("`ip link delete dev wg0` ended with"),
        "{out}"
    );
    let status = groundcrew(host, &["status"]).expect_code(NOT_ROLLED_BACK);
    assert!(status.stdout.contains("NOT WHOLLY UNDONE"), "{status}");
    mend(host, ip.trim());
    groundcrew(host, &["rollback"]).expect_code(0);
    groundcrew(host, &["status"]).expect_code(0);
    before.assert_is(&Picture::of(host), "after the second rollback");
}

#[test]
fn a_port_in_use_is_told_and_nothing_is_done() {
    let lab = one_host("systemd");
    let host = &lab.hosts[0];
    // Another tunnel of the site's own.
    host.run(&["wireguard-go", "site0"]).ok();
    host.run(&["wg", "set", "site0", "listen-port", "51820"])
        .ok();
    host.run(&["ip", "link", "set", "site0", "up"]).ok();
    let before = Picture::of(host);
    let out = groundcrew(host, &UNATTENDED);
    let out = out.expect_code(REFUSED);
    assert!(out.stderr.contains("UDP 51820 is taken"), "{out}");
    before.assert_is(&Picture::of(host), "with the port in use");
}

#[test]
fn what_somebody_has_changed_since_is_left_and_told() {
    let lab = one_host("systemd");
    let host = &lab.hosts[0];
    groundcrew(host, &UNATTENDED).expect_code(0);
    host.run(&["bash", "-c", "echo '# mine' >>/etc/wireguard/wg0.conf"])
        .ok();
    let out = groundcrew(host, &["rollback"]).expect_code(NOT_ROLLED_BACK);
    assert!(
        out.stderr
            .contains("/etc/wireguard/wg0.conf was changed by somebody else"),
        "{out}"
    );
    assert!(host.read("/etc/wireguard/wg0.conf").ends_with("# mine\n"));
    let links = host.run(&["ip", "link"]).ok();
    assert!(!links.contains("wg0"), "the rest is undone: {links}");
    let status = groundcrew(host, &["status"]).expect_code(NOT_ROLLED_BACK);
    assert!(status.stdout.contains("NOT WHOLLY UNDONE"), "{status}");
    // By force it is put aside, and the rollback comes to its end.
    assert!(out.stderr.contains("--force"), "{out}");
    let forced = groundcrew(host, &["rollback", "--force"]).expect_code(0);
    let kept = "/etc/wireguard/wg0.conf.groundcrew-kept";
    assert!(forced.stderr.contains(kept), "{forced}");
    assert!(host.read(kept).ends_with("# mine\n"));
    let mode = host.run(&["stat", "-c", "%a %u:%g", kept]).ok();
    assert_eq!(mode, "600 0:0\n");
    host.run(&["test", "!", "-e", "/etc/wireguard/wg0.conf"])
        .ok();
    groundcrew(host, &["status"]).expect_code(0);
}

#[test]
fn one_process_at_a_time_and_only_root() {
    let lab = one_host("systemd");
    let host = &lab.hosts[0];
    // The first one holds still in the middle of its run.
    let trace = [
        "-e",
        "trace=fdatasync",
        "-e",
        "inject=fdatasync:signal=STOP:when=4",
    ];
    let strace = [&["strace", "-qq", "-o", "/run/strace"][..], &trace, &["--"]].concat();
    let first = under(host, &strace, &UNATTENDED);
    let stopped = wait_until("the first run holds still", LIMIT, || {
        let log = host.run(&["cat", "/run/strace"]).stdout;
        let tracer = first.inner_pid();
        match child_of(tracer) {
            Some(pid) if log.contains("--- stopped by SIGSTOP") => Ok(pid),
            _ => Err(log),
        }
    });
    let status = std::fs::read_to_string(format!("/proc/{stopped}/status")).unwrap();
    let inner = status
        .lines()
        .find_map(|line| line.strip_prefix("NSpid:"))
        .unwrap();
    let inner = inner.split_whitespace().last().unwrap();
    for args in [&UNATTENDED[..], &["resume"], &["rollback"]] {
        let out = groundcrew(host, args).expect_code(LOCKED);
        assert!(
            out.stderr.contains(&format!("pid {inner},")),
            "{inner}\n{out}"
        );
    }
    // Looking is free.
    groundcrew(host, &["plan", "--answers", "answers.yaml"]).expect_code(0);
    groundcrew(host, &["status"]).expect_code(NOT_ROLLED_BACK);
    kill(Pid::from_raw(stopped), Signal::SIGCONT).unwrap();
    first.wait(RUN).expect_code(0);
    groundcrew(host, &["rollback"]).expect_code(0);

    // Without the rights nothing is tried, and looking still works.
    let answers = host.read(&format!("{HOME}/answers.yaml"));
    let private = format!("\n  join-files: [\"{HOME}/join-*.yaml\"]");
    let answers = answers.replace(&private, "");
    host.write("/run/site/answers.yaml", 0o644, &answers);
    let nobody = [
        "setpriv",
        "--reuid",
        "65534",
        "--regid",
        "65534",
        "--clear-groups",
        BINARY,
    ];
    let before = Picture::with_state(host);
    let run = |args: &[&str]| host.run(&[&nobody[..], args].concat());
    for args in [
        &["run", "--answers", "/run/site/answers.yaml"][..],
        &["resume"],
        &["rollback"],
    ] {
        let out = run(args).expect_code(LOCKED);
        assert!(out.stderr.contains("root"), "{out}");
    }
    let out = run(&["preflight", "--answers", "/run/site/answers.yaml"]);
    assert!([Some(0), Some(3), Some(4)].contains(&out.code), "{out}");
    before.assert_is(&Picture::with_state(host), "after somebody without rights");
}
