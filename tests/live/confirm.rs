//! Runs that have to be confirmed: undone by a process of their own where nobody
//! does, whatever became of the one that started it.

use crate::common;

use common::host::{BINARY, Host};
use common::lab::Lab;
use common::site::{HOME, Picture, RUN, UNATTENDED, groundcrew, journal, under, write_answers};
use common::wait_until;

const ROLLED_BACK: i32 = 5;
const NOT_ROLLED_BACK: i32 = 6;

fn lab(within: &str) -> Lab {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    let more = format!("apply: {{confirm-within: {within}}}\n");
    write_answers(host, "systemd", &more);
    lab
}

/// The process that guards the run, by its command line.
fn guards(host: &Host) -> Vec<String> {
    let out = host.run(&["pgrep", "-f", "groundcrew guard /"]).stdout;
    out.lines().map(str::to_owned).collect()
}

fn until_nobody_guards(host: &Host) {
    wait_until("the end of the guard", RUN, || match guards(host) {
        none if none.is_empty() => Ok(()),
        some => Err(format!("{some:?}\n{}", journal(host))),
    });
}

/// Nobody confirms: the host is as it was, and everybody is told.
#[track_caller]
fn assert_undone(host: &Host, before: &Picture, when: &str) {
    until_nobody_guards(host);
    assert!(
        journal(host).contains(r#"{"state":"expired"}"#),
        "{when}\n{}",
        journal(host)
    );
    before.assert_is(&Picture::of(host), when);
    let status = groundcrew(host, &["status"]).expect_code(0);
    assert!(status.stdout.contains(": undone"), "{when}\n{status}");
    assert!(
        status.stdout.contains("nobody confirmed it"),
        "{when}\n{status}"
    );
    let late = groundcrew(host, &["confirm"]).expect_code(ROLLED_BACK);
    assert!(late.stderr.contains("too late"), "{when}\n{late}");
}

#[test]
fn a_run_that_nobody_confirms_is_undone_to_the_byte() {
    let lab = lab("3s");
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    let out = groundcrew(host, &UNATTENDED).expect_code(0);
    assert!(out.stdout.contains("groundcrew confirm"), "{out}");
    assert_undone(host, &before, "after the time");
    // The next run is free to begin.
    groundcrew(
        host,
        &[&UNATTENDED[..], &["--set", "apply.confirm-within=0s"]].concat(),
    )
    .expect_code(0);
    assert_eq!(guards(host), Vec::<String>::new());
    groundcrew(host, &["rollback"]).expect_code(0);
    before.assert_is(&Picture::of(host), "after the rollback");
}

#[test]
fn a_run_that_is_confirmed_stays() {
    let lab = lab("3600s");
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    let nothing = groundcrew(host, &["confirm"]).expect_code(0);
    assert!(
        nothing.stdout.contains("Nothing waits to be confirmed"),
        "{nothing}"
    );
    groundcrew(host, &UNATTENDED).expect_code(0);
    assert_eq!(guards(host).len(), 1);
    let status = groundcrew(host, &["status"]).expect_code(0);
    assert!(
        status
            .stdout
            .contains("waiting for `groundcrew confirm`, 35"),
        "{status}"
    );
    let json = groundcrew(host, &["status", "--format", "json"]).expect_code(0);
    let value: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(value["runs"][0]["confirm"]["guarded"], true, "{json}");
    assert_eq!(value["runs"][0]["confirm"]["within"], 3600, "{json}");
    // Nothing new is begun on what may be gone in a moment.
    let refused = groundcrew(host, &UNATTENDED).expect_code(NOT_ROLLED_BACK);
    assert!(refused.stderr.contains("groundcrew confirm"), "{refused}");
    let reminded = groundcrew(host, &["interfaces"]);
    assert!(
        reminded.stderr.contains("waiting for `groundcrew confirm`"),
        "{reminded}"
    );

    groundcrew(host, &["confirm"]).expect_code(0);
    until_nobody_guards(host);
    host.run(&["wg", "show", "wg0"]).ok();
    let status = groundcrew(host, &["status"]).expect_code(0);
    assert!(
        status.stdout.contains(": applied") && !status.stdout.contains("waiting"),
        "{status}"
    );
    let nothing = groundcrew(host, &["confirm"]).expect_code(0);
    assert!(nothing.stdout.contains("Nothing waits"), "{nothing}");
    groundcrew(host, &["rollback"]).expect_code(0);
    before.assert_is(&Picture::of(host), "after the rollback");

    // A rollback settles it, too.
    groundcrew(host, &UNATTENDED).expect_code(0);
    groundcrew(host, &["rollback"]).expect_code(0);
    until_nobody_guards(host);
    before.assert_is(&Picture::of(host), "after the second rollback");
}

/// Kills a run at every record that follows the guard's.
#[test]
fn a_run_that_is_killed_is_undone_all_the_same() {
    let lab = lab("1s");
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    let mut kills = 0;
    for when in 1.. {
        let inject = format!("inject=fdatasync:signal=KILL:when={when}");
        let strace = [
            "strace",
            "-qq",
            "-o",
            "/run/strace",
            "-e",
            "trace=fdatasync",
            "-e",
        ];
        let out = under(host, &[&strace[..], &[&inject, "--"]].concat(), &UNATTENDED).wait(RUN);
        let point = format!("after a kill at record {when}");
        if out.code == Some(0) {
            assert_undone(host, &before, "after the whole run");
            break;
        }
        if journal(host).contains(r#""state":"guarded""#) {
            kills += 1;
            assert_undone(host, &before, &point);
        } else {
            until_nobody_guards(host);
            groundcrew(host, &["rollback"]).expect_code(0);
            before.assert_is(&Picture::of(host), &point);
        }
    }
    assert!(kills > 5, "only {kills} kills");
}

/// The terminal hangs up once the network is changed, as a lost connection does it.
#[test]
fn a_lost_connection_does_not_take_the_way_back_with_it() {
    let lab = lab("2s");
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    let tmux = |arguments: &[&str]| {
        let head = ["tmux", "-S", "/run/tmux", "-f", "/dev/null"];
        host.run(&[&head[..], arguments].concat())
    };
    let script = format!("cd {HOME}; {BINARY} run --answers answers.yaml; : >/run/over; read -r");
    tmux(&[
        "new-session",
        "-d",
        "-x",
        "80",
        "-y",
        "24",
        "bash",
        "-c",
        &script,
    ])
    .ok();
    wait_until("the guard", RUN, || match guards(host) {
        none if none.is_empty() => Err(journal(host)),
        _ => Ok(()),
    });
    tmux(&["kill-server"]);
    assert_undone(host, &before, "after the hang-up");
}

/// The guard is gone with a reboot: the boot starts another one, as `rc` would, and
/// that undoes the run.
#[test]
fn after_a_reboot_the_run_is_undone_by_itself() {
    let lab = lab("3600s");
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    groundcrew(
        host,
        &[&UNATTENDED[..], &["--set", "apply.confirm-within=2s"]].concat(),
    )
    .expect_code(0);
    let guard = guards(host);
    host.run(&["kill", "-s", "KILL", &guard[0]]).ok();
    until_nobody_guards(host);
    host.run(&["/etc/rc3.d/S99groundcrew-guard", "start"]).ok();
    wait_until("the expiry", RUN, || {
        match journal(host).contains(r#"{"state":"expired"}"#) {
            true => Ok(()),
            false => Err(journal(host)),
        }
    });
    assert_undone(host, &before, "after the reboot");
}

/// The guard is gone with a reboot: the next command says so, and both ways are
/// open.
#[test]
fn a_guard_that_is_gone_is_told_and_the_run_can_be_settled() {
    let lab = lab("3600s");
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    for way in ["confirm", "rollback"] {
        groundcrew(host, &UNATTENDED).expect_code(0);
        let guard = guards(host);
        assert_eq!(guard.len(), 1);
        host.run(&["kill", "-s", "KILL", &guard[0]]).ok();
        until_nobody_guards(host);
        let status = groundcrew(host, &["status"]).expect_code(NOT_ROLLED_BACK);
        assert!(status.stdout.contains("NOT CONFIRMED"), "{status}");
        let reminded = groundcrew(host, &["interfaces"]);
        assert!(reminded.stderr.contains("NOT CONFIRMED"), "{reminded}");
        groundcrew(host, &UNATTENDED).expect_code(NOT_ROLLED_BACK);
        groundcrew(host, &[way]).expect_code(0);
        groundcrew(host, &["status"]).expect_code(0);
        if way == "confirm" {
            host.run(&["wg", "show", "wg0"]).ok();
            groundcrew(host, &["rollback"]).expect_code(0);
        }
        before.assert_is(&Picture::of(host), way);
    }
}
