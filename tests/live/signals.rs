//! Signals, terminals that hang up and readers that go away while the real binary
//! changes a real host: it comes to the end of its step, says so with its exit
//! code where it can, and what it leaves is resumed and undone.

use crate::common;

use common::host::{BINARY, Host};
use common::lab::Lab;
use common::proc::LIMIT;
use common::site::{
    HOME, Picture, RUN, UNATTENDED, groundcrew, journal, start, under, write_answers,
};
use common::wait_until;

const NOT_ROLLED_BACK: i32 = 6;
const STOPPED: i32 = 9;

/// A stand-in in front of the real `wg`: the first time that it is to set
/// something it holds still until [`let_go`], so that signals come in the middle
/// of a step.
const STAND_IN: &str = "#!/bin/bash\n\
    if [ \"$1\" = set ] && [ ! -e /run/at ]; then : >/run/at; read -r _ </run/go; fi\n\
    exec /usr/bin/wg \"$@\"\n";

fn lab() -> Lab {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    write_answers(host, "systemd", "");
    host.write("/usr/local/bin/wg", 0o755, STAND_IN);
    lab
}

/// Before each run: the next one holds still.
fn arm(host: &Host) {
    host.run(&[
        "bash",
        "-c",
        "rm -f /run/at /run/go /run/code; mkfifo /run/go",
    ])
    .ok();
}

/// Waits until the run holds still in the middle of a step.
fn in_the_middle(host: &Host) {
    there(host, "/run/at");
}

fn there(host: &Host, path: &str) {
    wait_until(path, RUN, || {
        if host.path(path).exists() {
            Ok(())
        } else {
            Err(journal(host))
        }
    });
}

/// Lets the step that holds still come to its end.
fn let_go(host: &Host) {
    host.run(&["bash", "-c", "echo >/run/go"]).ok();
}

/// The pid of groundcrew inside of the host.
fn pid(host: &Host) -> String {
    let pids = host.run(&["pgrep", "-x", "groundcrew"]).ok();
    assert_eq!(pids.lines().count(), 1, "{pids}");
    pids.trim().to_owned()
}

/// The run stopped after the step in whose middle it was, and goes on and back.
#[track_caller]
fn assert_resumable(host: &Host, before: &Picture, when: &str) {
    let text = journal(host);
    let last = text.lines().last().unwrap();
    assert!(last.starts_with(r#"{"state":"done""#), "{when}: {last}");
    let status = groundcrew(host, &["status"]).expect_code(NOT_ROLLED_BACK);
    assert!(status.stdout.contains("STOPPED"), "{when}\n{status}");
    groundcrew(host, &["resume"]).expect_code(0);
    groundcrew(host, &["rollback"]).expect_code(0);
    before.assert_is(&Picture::of(host), when);
}

/// What a shell of the operator's would see as the exit code.
fn code(host: &Host) -> String {
    there(host, "/run/code");
    let read = || host.read("/run/code");
    wait_until("the exit code", LIMIT, || {
        let code = read();
        if code.ends_with('\n') {
            Ok(code.trim().to_owned())
        } else {
            Err(code)
        }
    })
}

/// A terminal that is not the test's own: its end is a real hang-up.
struct Tmux<'a>(&'a Host);

impl<'a> Tmux<'a> {
    /// Starts groundcrew on a terminal. The shell that leads the session ends with
    /// a hang-up, as a login shell does, and the kernel tells the foreground group
    /// of it; another one below it stays, and notes the exit code and the state of
    /// the terminal afterwards.
    fn start(host: &'a Host, arguments: &str) -> Self {
        let script = format!(
            "trap : HUP INT TERM; cd {HOME}; {BINARY} {arguments}; code=$?; \
             stty -a >/run/stty 2>/dev/null; echo $code >/run/code"
        );
        let tmux = Self(host);
        let leader = "bash -c \"$1\"; true";
        let command = ["bash", "-c", leader, "bash", &script];
        let size = ["new-session", "-d", "-x", "80", "-y", "24"];
        tmux.run(&[&size[..], &command].concat()).ok();
        tmux
    }

    fn run(&self, arguments: &[&str]) -> common::proc::Out {
        let head = ["tmux", "-S", "/run/tmux", "-f", "/dev/null"];
        self.0.run(&[&head[..], arguments].concat())
    }

    fn wait_for(&self, text: &str) {
        wait_until(text, LIMIT, || {
            let screen = self.run(&["capture-pane", "-p"]).stdout;
            if screen.contains(text) {
                Ok(())
            } else {
                Err(screen)
            }
        });
    }

    fn keys(&self, key: &str) {
        self.run(&["send-keys", key]).ok();
    }

    fn hang_up(self) {
        self.run(&["kill-server"]);
    }
}

#[test]
fn a_signal_in_the_middle_of_a_step_stops_after_it() {
    let lab = lab();
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    for signal in ["INT", "TERM", "HUP"] {
        arm(host);
        let run = start(host, &UNATTENDED);
        in_the_middle(host);
        host.run(&["kill", "-s", signal, &pid(host)]).ok();
        let_go(host);
        let out = run.wait(RUN).expect_code(STOPPED);
        assert!(out.stdout.contains("Stopped between two steps"), "{out}");
        assert_resumable(host, &before, signal);
    }
}

#[test]
fn a_signal_before_the_first_change_leaves_nothing_to_resume() {
    let lab = lab();
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 143)] {
        // The first line of the journal, right before the first step.
        let inject = format!("inject=fdatasync:signal={signal}:when=1");
        let strace = [
            "strace",
            "-qq",
            "-o",
            "/run/strace",
            "-e",
            "trace=fdatasync",
            "-e",
        ];
        let wrapper = [&strace[..], &[&inject, "--"]].concat();
        let out = under(host, &wrapper, &UNATTENDED).wait(RUN);
        let out = out.expect_code(code);
        assert!(out.stdout.contains("before anything was changed"), "{out}");
        groundcrew(host, &["status"]).expect_code(0);
        before.assert_is(&Picture::of(host), signal);
    }
}

#[test]
fn whoever_asked_for_a_hang_up_to_be_ignored_is_heard() {
    let lab = lab();
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    arm(host);
    let run = under(host, &["nohup"], &UNATTENDED);
    in_the_middle(host);
    host.run(&["kill", "-s", "HUP", &pid(host)]).ok();
    let_go(host);
    run.wait(RUN).expect_code(0);
    groundcrew(host, &["rollback"]).expect_code(0);
    before.assert_is(&Picture::of(host), "after the rollback");
}

/// The terminal's own Ctrl-C goes to the whole foreground group: the command that
/// runs is not in it.
#[test]
fn ctrl_c_on_the_terminal_does_not_reach_the_command_that_runs() {
    let lab = lab();
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    arm(host);
    let tmux = Tmux::start(host, "run --answers answers.yaml");
    in_the_middle(host);
    tmux.keys("C-c");
    let_go(host);
    assert_eq!(code(host), STOPPED.to_string());
    assert!(!journal(host).contains("failed"), "{}", journal(host));
    assert_resumable(host, &before, "Ctrl-C");
}

#[test]
fn a_terminal_that_hangs_up_stops_an_unattended_run() {
    let lab = lab();
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    arm(host);
    let tmux = Tmux::start(host, "run --answers answers.yaml");
    in_the_middle(host);
    tmux.hang_up();
    let_go(host);
    assert_eq!(code(host), STOPPED.to_string());
    assert_resumable(host, &before, "the hang-up");
}

#[test]
fn a_terminal_that_hangs_up_stops_the_wizard_and_line_mode() {
    let lab = lab();
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    for front_end in ["tui", "line", "plain"] {
        killed_early(host);
        arm(host);
        let tmux = Tmux::start(host, &format!("--ui {front_end}"));
        tmux.wait_for("An earlier run stopped on this host");
        if front_end == "line" {
            tmux.wait_for("Number, name");
        } else if front_end == "plain" {
            tmux.wait_for("What now?");
        }
        tmux.keys("Enter");
        in_the_middle(host);
        tmux.hang_up();
        let_go(host);
        assert_eq!(code(host), STOPPED.to_string(), "{front_end}");
        assert_resumable(host, &before, front_end);
    }
}

#[test]
fn a_signal_stops_the_wizard_and_gives_the_terminal_back() {
    let lab = lab();
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    for signal in ["INT", "TERM", "HUP"] {
        killed_early(host);
        arm(host);
        let tmux = Tmux::start(host, "--ui tui");
        tmux.wait_for("An earlier run stopped on this host");
        tmux.keys("Enter");
        in_the_middle(host);
        host.run(&["kill", "-s", signal, &pid(host)]).ok();
        tmux.wait_for("topping");
        let_go(host);
        assert_eq!(code(host), STOPPED.to_string(), "{signal}");
        let stty = host.read("/run/stty");
        let words: Vec<_> = stty.split_whitespace().collect();
        for word in ["icanon", "echo", "isig", "icrnl", "opost"] {
            assert!(words.contains(&word), "{signal}: {word}\n{stty}");
        }
        tmux.hang_up();
        assert_resumable(host, &before, signal);
    }
}

/// A run that was killed right after its first step's record: the front ends
/// offer to resume it.
fn killed_early(host: &Host) {
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
    assert_eq!(journal(host).lines().count(), 3);
}

#[test]
fn readers_that_go_away_do_not_stop_a_run() {
    let lab = lab();
    let host = &lab.hosts[0];
    let before = Picture::of(host);
    for (n, redirection) in ["2>&1 | true", ">/dev/full 2>/dev/full", ">&- 2>&-"]
        .iter()
        .enumerate()
    {
        host.run(&["bash", "-c", "rm -f /run/code; : >/run/at"])
            .ok();
        let script = format!(
            "cd {HOME}; {{ {BINARY} run --answers answers.yaml; echo $? >/run/code; }} {redirection}"
        );
        host.run_within(RUN, &["bash", "-c", &script]);
        // With a full disk below standard output the report is lost: an error.
        let wanted = if n == 1 { "1" } else { "0" };
        assert_eq!(code(host), wanted, "{redirection}");
        let status = groundcrew(host, &["status"]).expect_code(0);
        assert!(
            status.stdout.contains(": applied"),
            "{redirection}\n{status}"
        );
        groundcrew(host, &["rollback"]).expect_code(0);
        before.assert_is(&Picture::of(host), redirection);
    }
}
