//! The wizard on a real terminal of a real host, from its first screen to the
//! end, and what it owes to terminals.

use crate::common;

use common::host::{BINARY, Host};
use common::lab::{HostSpec, Lab};
use common::proc::LIMIT;
use common::pty::Term;
use common::site::{HOME, Picture, RUN, UNATTENDED, groundcrew, under, write_answers};
use common::wait_until;

const NEXT: &[u8] = b"\x0e";
const INTERRUPT: &[u8] = b"\x03";
const RIGHT: &[u8] = b"\x1b[C";
const DOWN: &[u8] = b"\x1b[B";
const TAB: &[u8] = b"\t";
const ENTER: &[u8] = b"\r";

/// What a site with the native scheduler answers beforehand.
const NATIVE: [&str; 8] = [
    "--set",
    "needs.vendor-kinds=[native]",
    "--set",
    "needs.nodes=3",
    "--set",
    "overlay.kind=wireguard",
    "--set",
    "overlay.wireguard.allow-experimental=true",
];

fn one_host() -> Lab {
    one(HostSpec::new("alpha"))
}

fn one(spec: HostSpec) -> Lab {
    let lab = Lab::start(&[spec]);
    lab.hosts[0].run(&["mkdir", "-p", HOME]).ok();
    lab
}

/// Waits until something holds.
#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    wait_until(what, LIMIT, || {
        if holds() {
            Ok(())
        } else {
            Err("not yet".into())
        }
    });
}

/// The wizard in the operator's folder.
fn wizard(host: &Host, size: (u16, u16), env: &[(&str, &str)], args: &[&str]) -> Term {
    let script = format!("cd {HOME} && exec \"$@\"");
    let head = ["bash", "-c", &script, "bash", BINARY];
    host.spawn_pty(size.0, size.1, env, &[&head[..], args].concat())
}

const XTERM: [(&str, &str); 1] = [("TERM", "xterm")];

/// Goes from the first screen to the plan.
fn to_the_plan(term: &mut Term) {
    term.wait_for("RESULT   CHECK");
    term.key(NEXT);
    term.wait_for("What does the site need?");
    term.key(NEXT);
    term.wait_for("Which scheduler should run the application?");
    term.key(NEXT);
    term.wait_for("Private network between the hosts");
    term.key(NEXT);
    term.wait_for("This host's address in the private network");
    term.key(DOWN);
    term.key(b"10.90.0.1");
    term.wait_for("[10.90.0.1");
    term.key(NEXT);
    term.wait_for("Which interface should Replicated use");
    term.wait_for("RECOMMENDED");
    term.key(NEXT);
    // Once it is made: until then nothing can be applied.
    term.wait_for(" to do. Nothing has been changed so far.");
}

#[test]
fn the_whole_job_is_done_from_the_first_screen_to_the_last() {
    whole_job(&one_host());
}

#[test]
fn the_whole_job_is_done_with_the_old_kernels_system_calls() {
    whole_job(&one(HostSpec::new("alpha").old_calls()));
}

fn whole_job(lab: &Lab) {
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    let mut term = wizard(host, (24, 80), &XTERM, &NATIVE);
    to_the_plan(&mut term);
    before.assert_is(&Picture::of(host), "before Apply");
    term.key(TAB);
    term.wait_for("[ Apply ]");
    term.key(ENTER);
    term.wait_for("[Done]");
    let done = term.wait_for("Waiting for join files");
    assert!(done.contains("wg0"), "{done}");
    term.key(b"q");
    assert_eq!(term.wait_exit(), 0, "{}", term.screen());
    assert!(!term.in_alternate_screen() && !term.cursor_hidden());
    // It stays in the scrollback.
    term.wait_for("private-address=10.90.0.1");
    let port = host.run(&["wg", "show", "wg0", "listen-port"]).ok();
    assert_eq!(port.trim(), "51820");
    host.run(&["test", "-s", &format!("{HOME}/join-alpha.yaml")])
        .ok();
    groundcrew(host, &["rollback"]).expect_code(0);
    before.assert_is(&Picture::of(host), "after the rollback");
}

#[test]
fn leaving_asks_first_and_changes_nothing() {
    let lab = one_host();
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    let mut term = wizard(host, (24, 80), &XTERM, &NATIVE);
    term.wait_for("RESULT   CHECK");
    term.key(INTERRUPT);
    term.wait_for("Quit? Nothing was changed.");
    // The default is to stay.
    term.key(ENTER);
    term.wait_gone("Quit? Nothing was changed.");
    term.key(b"\x1b");
    term.key(INTERRUPT);
    term.wait_for("Quit? Nothing was changed.");
    term.key(RIGHT);
    term.key(ENTER);
    term.wait_for("Save the answers to:");
    term.key(ENTER);
    assert_eq!(term.wait_exit(), 130, "{}", term.screen());
    term.wait_for("answers.yaml");
    groundcrew(host, &["answers", "check", "answers.yaml"]).expect_code(0);
    host.run(&["rm", &format!("{HOME}/answers.yaml")]).ok();
    before.assert_is(&Picture::of(host), "after leaving");
}

/// Whether the wire carried a colour, as `ESC [ … 31 … m`.
fn coloured(raw: &[u8]) -> bool {
    let text = String::from_utf8_lossy(raw);
    let mut rest = text.as_ref();
    while let Some((_, after)) = rest.split_once("\u{1b}[") {
        let end = after.find(|c: char| !(c.is_ascii_digit() || c == ';'));
        let (codes, tail) = after.split_at(end.unwrap_or(after.len()));
        let colour = |code: &str| {
            let number = code.parse::<u8>().unwrap_or(0);
            matches!(number, 30..=38 | 40..=48 | 90..=107)
        };
        if tail.starts_with('m') && codes.split(';').any(colour) {
            return true;
        }
        rest = tail;
    }
    false
}

#[test]
fn terminals_get_what_they_understand() {
    let lab = one_host();
    let host = &lab.hosts[0];
    let quit = |mut term: Term| {
        term.key(INTERRUPT);
        term.wait_for("Quit? Nothing was changed.");
        term.key(RIGHT);
        term.key(RIGHT);
        term.key(ENTER);
        assert_eq!(term.wait_exit(), 130, "{}", term.screen());
        term
    };
    let console = wizard(
        host,
        (24, 80),
        &[("TERM", "linux"), ("LANG", "C.UTF-8")],
        &[],
    );
    console.wait_for("RESULT   CHECK");
    let console = quit(console);
    assert!(coloured(&console.raw()), "eight colours");
    assert!(!console.raw_contains(b"38;5"), "and no more");
    assert!(console.raw().is_ascii(), "the console's font is not known");

    let mono = wizard(host, (24, 80), &[("TERM", "xterm"), ("NO_COLOR", "1")], &[]);
    mono.wait_for("\n > ");
    let mono = quit(mono);
    assert!(!coloured(&mono.raw()), "NO_COLOR");

    // A serial line that does not know its size.
    let serial = wizard(host, (0, 0), &[("TERM", "vt100")], &[]);
    serial.wait_for("RESULT   CHECK");
    let serial = quit(serial);
    assert!(!coloured(&serial.raw()), "vt100 has no colours");
}

#[test]
fn a_change_of_size_loses_nothing() {
    let lab = one_host();
    let host = &lab.hosts[0];
    let mut term = wizard(host, (24, 80), &XTERM, &NATIVE);
    to_the_plan(&mut term);
    term.resize(20, 60);
    term.wait_for("Nothing has been changed so far.");
    term.resize(12, 50);
    term.wait_for("line mode");
    term.resize(40, 120);
    let large = term.wait_for("Nothing has been changed so far.");
    assert!(large.contains("[Plan]"), "{large}");
    term.resize(12, 50);
    term.wait_for("line mode");
    term.key(b"L");
    term.wait_for("Number, name");
    assert!(!term.in_alternate_screen());
    // End of input.
    term.key(b"\x04");
    assert_eq!(term.wait_exit(), 130, "{}", term.screen());
}

#[test]
fn a_terminal_that_hangs_up_ends_the_wizard() {
    let lab = one_host();
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    let tmux = |arguments: &[&str]| {
        let head = ["tmux", "-S", "/run/tmux", "-f", "/dev/null"];
        host.run(&[&head[..], arguments].concat())
    };
    tmux(&["new-session", "-d", "-x", "80", "-y", "24", BINARY]).ok();
    until("the first screen", || {
        let screen = tmux(&["capture-pane", "-p"]).stdout;
        screen.contains("RESULT   CHECK")
    });
    tmux(&["kill-server"]);
    until("the end of the wizard", || {
        host.run(&["pgrep", "-x", "groundcrew"]).code != Some(0)
    });
    before.assert_is(&Picture::of(host), "after the hang-up");
}

/// With the old kernel's system calls, too: a serial console is what such a host has.
#[test]
fn line_mode_does_the_same_job_and_ends_with_its_input() {
    let lab = one(HostSpec::new("alpha").old_calls());
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    let script = format!("cd {HOME} && {BINARY} --ui line </dev/null");
    let out = host.run(&["bash", "-c", &script]);
    assert_eq!(out.code, Some(130), "{out}");
    before.assert_is(&Picture::of(host), "after the end of the input");

    let more = ["--set", "overlay.address=10.90.0.1"];
    let arguments = [&NATIVE[..], &more].concat();
    let mut term = wizard(host, (24, 80), &[("TERM", "dumb")], &arguments);
    // Enter takes the answer in brackets, up to the question what to do.
    let mut seen = 0;
    loop {
        // Not the one before, below which what was typed is echoed.
        until("a question", || {
            term.raw()[seen..].trim_ascii().ends_with(b"]:")
        });
        // Its heading came before it.
        if term.raw_contains(b"Step 6 of 8: Plan") {
            break;
        }
        seen = term.raw().len();
        term.key(ENTER);
    }
    assert!(!term.raw_contains(b"\x1b["), "no cursor movement");
    term.key(b"yes\r");
    assert_eq!(term.wait_exit(), 0, "{}", term.screen());
    host.run(&["wg", "show", "wg0"]).ok();
    groundcrew(host, &["rollback"]).expect_code(0);
    before.assert_is(&Picture::of(host), "after the rollback");
}

#[test]
fn a_run_that_was_killed_is_offered_and_resumed() {
    let lab = one_host();
    let host = &lab.hosts[0];
    write_answers(host, "systemd", "");
    let before = Picture::of(host);
    // The journal's third line is the last that this run writes.
    let strace = [
        "strace",
        "-qq",
        "-o",
        "/run/strace",
        "-e",
        "trace=fdatasync",
        "-e",
        "inject=fdatasync:signal=KILL:when=3",
        "--",
    ];
    under(host, &strace, &UNATTENDED).wait(RUN);
    let mut term = wizard(host, (24, 80), &XTERM, &[]);
    term.wait_for("An earlier run stopped on this host");
    term.key(ENTER);
    term.wait_for("[Done]");
    term.wait_for("Waiting for join files");
    term.key(b"q");
    assert_eq!(term.wait_exit(), 0, "{}", term.screen());
    groundcrew(host, &["status"]).expect_code(0);
    groundcrew(host, &["rollback"]).expect_code(0);
    before.assert_is(&Picture::of(host), "after the rollback");
}

#[test]
fn a_step_that_fails_is_told_reported_and_undone() {
    let lab = one_host();
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    let mut term = wizard(host, (24, 80), &XTERM, &NATIVE);
    to_the_plan(&mut term);
    // What the plan does not know of: a folder where the boot service goes.
    let unit = "/etc/systemd/system/wg-quick@wg0.service";
    host.run(&["mkdir", "-p", unit]).ok();
    term.key(TAB);
    term.wait_for("[ Apply ]");
    term.key(ENTER);
    let told = term.wait_for("Keep what is done");
    assert!(told.contains("is not a regular"), "{told}");
    assert!(told.contains("> Undo steps"), "{told}");
    let key = host.run(&["cat", "/etc/wireguard/wg0.key"]).ok();
    term.key(b"s");
    term.wait_for("Saved: groundcrew-capture-alpha");
    let script = format!("cd {HOME} && tar xzOf groundcrew-capture-alpha-*.tar.gz");
    let sent = host.run(&["bash", "-c", &script]).ok();
    assert!(sent.contains("$ wireguard-go wg0") || sent.contains("$ ip link add"));
    assert!(!sent.contains(key.trim()), "the private key was sent");
    // The default is to undo.
    term.key(ENTER);
    term.wait_for("[Done]");
    term.wait_for("Everything was undone");
    term.key(b"q");
    assert_eq!(term.wait_exit(), 5, "{}", term.screen());
    host.run(&["rmdir", unit]).ok();
    let script = format!("rm {HOME}/groundcrew-capture-*");
    host.run(&["bash", "-c", &script]).ok();
    before.assert_is(&Picture::of(host), "after undoing");
}
