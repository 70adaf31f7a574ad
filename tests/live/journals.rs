//! Plans and journals that earlier versions wrote, as they were recorded: they are
//! read, gone on with and taken back.
//!
//! tests/journals/v1 was written by groundcrew 0.1.0 on a host of the lab: a run
//! that was applied, the same undone, one that was killed after its first step, and
//! a plan that was saved. No secret is in it.

use crate::common;

use std::path::PathBuf;

use common::host::Host;
use common::lab::Lab;
use common::site::{HOME, Picture, groundcrew, write_answers};

const NOT_ROLLED_BACK: i32 = 6;

fn recorded(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/journals/v1");
    std::fs::read_to_string(path.join(name)).unwrap()
}

/// Lays a recorded run into the state folder.
fn lay(host: &Host, name: &str) {
    for file in ["plan.json", "journal.jsonl"] {
        let to = format!("/var/lib/groundcrew/runs/2026-11-25T17-30-05/{file}");
        host.write(&to, 0o600, &recorded(&format!("{name}/{file}")));
    }
}

fn lab() -> Lab {
    let lab = Lab::plain(1);
    write_answers(&lab.hosts[0], "systemd", "");
    lab
}

#[test]
fn a_run_of_version_1_that_was_applied_is_told_and_undone() {
    let lab = lab();
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    lay(host, "undone");
    let status = groundcrew(host, &["status"]).expect_code(0);
    assert!(status.stdout.contains(": undone"), "{status}");
    lay(host, "applied");
    // What it had made, as far as it can be told from what others make.
    host.run(&["wireguard-go", "wg0"]).ok();
    let unit = "/etc/systemd/system/multi-user.target.wants/wg-quick@wg0.service";
    host.run(&["ln", "-s", "/etc/systemd/system/wg-quick@wg0.service", unit])
        .ok();
    host.write("/etc/wireguard/wg0.key", 0o600, "a key\n");
    let status = groundcrew(host, &["status"]).expect_code(0);
    assert!(status.stdout.contains(": applied"), "{status}");
    assert!(
        status.stdout.contains("Bring up wg0 in user space"),
        "{status}"
    );
    groundcrew(host, &["rollback"]).expect_code(0);
    before.assert_is(&Picture::of(host), "after the rollback");
    groundcrew(host, &["status"]).expect_code(0);
}

#[test]
fn a_run_of_version_1_that_stopped_goes_on_and_back() {
    let lab = lab();
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    lay(host, "stopped");
    // Its first step's work.
    host.run(&["bash", "-c", "umask 077; wg genkey >/etc/wireguard/wg0.key"])
        .ok();
    let status = groundcrew(host, &["status"]).expect_code(NOT_ROLLED_BACK);
    assert!(status.stdout.contains("STOPPED"), "{status}");
    groundcrew(host, &["resume"]).expect_code(0);
    host.run(&["wg", "show", "wg0"]).ok();
    groundcrew(host, &["verify"]).expect_code(0);
    groundcrew(host, &["rollback"]).expect_code(0);
    before.assert_is(&Picture::of(host), "after the rollback");
}

#[test]
fn a_plan_of_version_1_is_carried_out_on_its_host() {
    let lab = lab();
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    host.write("/run/plan.json", 0o600, &recorded("plan.json"));
    groundcrew(host, &["apply", "/run/plan.json"]).expect_code(0);
    host.run(&["test", "-s", &format!("{HOME}/join-alpha.yaml")])
        .ok();
    groundcrew(host, &["rollback"]).expect_code(0);
    before.assert_is(&Picture::of(host), "after the rollback");
}
