//! Programs that are stopped, continued and ended by signals.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::common::proc::child_of;
use super::common::pty::Term;
use super::{DOWN, ENTER, INTERRUPT, Looked, RIGHT, XTERM, assert_given_back, quit};

/// A shell with job control, as an operator has it.
fn shell(host: &Looked) -> Term {
    let env = [
        ("TERM", "xterm"),
        ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
        ("PS1", "$ "),
    ];
    let term = Term::spawn(
        24,
        80,
        &env,
        &["bash", "--norc", "--noprofile", "--noediting", "-i"],
    );
    term.wait_for("$ ");
    // A script around it must stop, too.
    let script = host.path("script");
    let line = host.line(&[]).join(" ");
    std::fs::write(&script, format!("{line}\n:\n")).unwrap();
    term.key(format!("bash {script}\r").as_bytes());
    term.wait_for("RESULT   CHECK");
    term
}

/// The shell has the terminal, and the terminal is as it was.
#[track_caller]
fn assert_shell(term: &Term, number: usize) {
    // What is typed before the shell asks for it would stand behind its prompt.
    term.wait_until("the shell's prompt", |screen| {
        screen.contains("Stopped") && screen.trim_end().ends_with("\n$")
    });
    assert_given_back(term, "stopped");
    term.key(format!("stty -a | tr ' ;' '\\n\\n' | grep -xc -e icanon -e echo -e isig; echo is-{number}-$((6*7))\r").as_bytes());
    let screen = term.wait_for(&format!("is-{number}-42"));
    let told = screen.lines().any(|line| line == "3");
    assert!(told, "{screen}");
}

#[test]
fn a_program_that_is_stopped_gives_the_terminal_back_and_takes_it_again() {
    let host = Looked::new();
    let mut term = shell(&host);
    term.key(b"\x1a");
    assert_shell(&term, 1);
    // The size changes while nobody looks.
    term.resize(30, 100);
    term.key(b"clear; fg\r");
    term.wait_for("RESULT   CHECK");
    term.wait_until("the new size", |screen| {
        screen.lines().any(|line| line == "-".repeat(100))
    });
    assert!(term.in_alternate_screen());
    // In raw mode again: keys come one by one.
    term.key(b"?");
    term.wait_for("Keys");
    term.key(b"\x1b");
    // Told from outside.
    let script = child_of(term.pid()).expect("the script");
    let pid = child_of(script).expect("groundcrew");
    kill(Pid::from_raw(pid), Signal::SIGTSTP).unwrap();
    assert_shell(&term, 2);
    term.key(b"clear; fg\r");
    term.wait_for("RESULT   CHECK");
    // Stopped without being told: it is put in order when it goes on.
    for process in [pid, script] {
        kill(Pid::from_raw(process), Signal::SIGSTOP).unwrap();
    }
    term.wait_for("Stopped");
    term.key(b"stty sane; clear\r");
    term.key(b"fg\r");
    term.wait_for("RESULT   CHECK");
    term.wait_gone("Stopped");
    term.key(b"?");
    term.wait_for("Keys");
    term.key(b"\x1b");
    term.wait_gone("Keys");
    term.key(INTERRUPT);
    term.wait_for("Quit? Nothing was changed.");
    term.key(RIGHT);
    term.key(RIGHT);
    term.key(ENTER);
    term.wait_for("Nothing was changed.\n$ ");
    assert_given_back(&term, "at the end");
    term.key(b"exit\r");
    term.wait_exit();
}

#[test]
fn nobody_is_stopped_whom_nobody_would_wake() {
    let host = Looked::new();
    let mut term = host.on((24, 80), &XTERM, &[]);
    term.wait_for("RESULT   CHECK");
    term.key(b"\x1a");
    term.wait_for("No shell with job control would wake it up again.");
    term.key(DOWN);
    quit(&mut term);
}

#[test]
fn a_signal_gives_the_terminal_back_from_every_front_end() {
    let host = Looked::new();
    for (front_end, first) in [
        ("tui", "RESULT   CHECK"),
        ("plain", "What now?"),
        ("line", "Number, name"),
    ] {
        for signal in [Signal::SIGTERM, Signal::SIGHUP] {
            let told = format!("{front_end}, {signal}");
            let script = "trap : TERM HUP; \"$@\"; echo code $?; stty -a | tr ' ;' '\\n\\n' \
                          | grep -xc -e icanon -e echo -e isig -e icrnl -e opost";
            let before = ["bash", "-c", script, "bash"];
            let mut term = host.through((24, 80), &XTERM, &before, &["--ui", front_end]);
            // The help below a prompt is the last that is drawn of it.
            term.wait_until(first, |screen| {
                let whole = front_end != "plain" || screen.trim_end().ends_with(']');
                screen.contains(first) && whole
            });
            let pid = child_of(term.pid()).expect("groundcrew");
            kill(Pid::from_raw(pid), signal).unwrap();
            term.wait_exit();
            assert_given_back(&term, &told);
            // Written over what a prompt has drawn, wherever it had the cursor.
            let screen = term.screen();
            // 128 and the number: the wizard, too, ends as a signal ends it.
            let code = match (front_end, signal) {
                ("tui", _) | (_, Signal::SIGTERM) => "code 143",
                _ => "code 129",
            };
            assert!(screen.contains(code), "{told}: {screen}");
            assert!(
                screen
                    .lines()
                    .any(|line| line.split(' ').next() == Some("5")),
                "{told}: {screen}"
            );
        }
    }
}
