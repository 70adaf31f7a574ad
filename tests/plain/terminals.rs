//! The front ends on real terminals of every kind: what goes over the wire, and
//! what the terminal is like when it is given back.

use crate::common;
mod answers;
mod stopped;

use std::path::PathBuf;

use common::pty::Term;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::common::txtar::Tree;

const BINARY: &str = env!("CARGO_BIN_EXE_groundcrew");
const INTERRUPT: &[u8] = b"\x03";
const NEXT: &[u8] = b"\x0e";
const RIGHT: &[u8] = b"\x1b[C";
const DOWN: &[u8] = b"\x1b[B";
const TAB: &[u8] = b"\t";
const ENTER: &[u8] = b"\r";

/// A host to look at, in a folder: nothing of the machine that runs the tests.
struct Looked {
    folder: TempDir,
}

impl Looked {
    fn new() -> Self {
        Self::of("el7")
    }

    fn of(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Tree::host(name).unpack(&folder.path().join("root"));
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().into()
    }

    /// The command line that looks at it.
    fn line(&self, arguments: &[&str]) -> Vec<String> {
        let root = self.path("root");
        let head = [BINARY, "--root", &root, "--dry-run"];
        head.iter()
            .chain(arguments)
            .map(|one| (*one).to_owned())
            .collect()
    }

    /// The program on a terminal.
    fn on(&self, size: (u16, u16), env: &[(&str, &str)], arguments: &[&str]) -> Term {
        self.through(size, env, &[], arguments)
    }

    /// The same as the last words of another command.
    fn through(
        &self,
        size: (u16, u16),
        env: &[(&str, &str)],
        before: &[&str],
        arguments: &[&str],
    ) -> Term {
        let path = ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        let mut all = vec![path, ("HOME", "/root")];
        all.extend(env);
        let line = self.line(arguments);
        let mut argv: Vec<&str> = before.to_vec();
        argv.extend(line.iter().map(String::as_str));
        Term::spawn(size.0, size.1, &all, &argv)
    }
}

const XTERM: [(&str, &str); 2] = [("TERM", "xterm"), ("LANG", "C.UTF-8")];

/// Leaves the wizard with Ctrl-C, wherever it is.
fn quit(term: &mut Term) {
    term.key(INTERRUPT);
    term.wait_for("Quit? Nothing was changed.");
    term.key(RIGHT);
    term.key(RIGHT);
    term.key(ENTER);
    assert_eq!(term.wait_exit(), 130, "{}", term.screen());
}

/// The last of two sequences is the second: what was switched on is off.
fn off_again(term: &Term, on: &[u8], off: &[u8]) -> bool {
    let raw = term.raw();
    let last = |wanted: &[u8]| raw.windows(wanted.len()).rposition(|w| w == wanted);
    last(on).is_none_or(|on| last(off).is_some_and(|off| off > on))
}

#[track_caller]
fn assert_given_back(term: &Term, told: &str) {
    assert!(!term.in_alternate_screen(), "{told}: alternate screen");
    assert!(!term.cursor_hidden(), "{told}: hidden cursor");
    let paste = off_again(term, b"\x1b[?2004h", b"\x1b[?2004l");
    assert!(paste, "{told}: bracketed paste");
}

/// The colours (`ESC [ … 3N m`) and everything else that sequences for the look
/// set, each once.
fn looks(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw);
    let mut all: Vec<String> = Vec::new();
    for piece in text.split("\u{1b}[").skip(1) {
        let end = piece.find(|c: char| !(c.is_ascii_digit() || c == ';'));
        let (codes, tail) = piece.split_at(end.unwrap_or(piece.len()));
        if tail.starts_with('m') {
            all.extend(codes.split(';').map(str::to_owned));
        }
    }
    all.sort();
    all.dedup();
    all
}

#[test]
fn each_terminal_gets_what_it_understands() {
    // TERM, NO_COLOR, whether it has an alternate screen, colours and boxes.
    let table = [
        ("xterm", false, true, true, true),
        ("xterm-256color", true, true, false, true),
        ("screen", false, true, true, true),
        ("tmux-256color", false, true, true, true),
        ("linux", false, false, true, false),
        ("vt100", false, false, false, false),
        ("vt220", false, false, false, false),
        ("ansi", false, false, true, true),
        ("cons25", false, false, true, true),
        ("unheard-of", false, false, true, true),
    ];
    let host = Looked::new();
    for (name, no_color, alternate, coloured, boxes) in table {
        let mut env = vec![("TERM", name), ("LANG", "C.UTF-8")];
        if no_color {
            env.push(("NO_COLOR", "1"));
        }
        let before = ["sh", "-c", "echo what stood there; exec \"$@\"", "sh"];
        let mut term = host.through((24, 80), &env, &before, &[]);
        term.wait_for("RESULT   CHECK");
        // What is chosen stands out without any colour.
        term.wait_for("\n > ");
        assert_eq!(term.in_alternate_screen(), alternate, "{name}");
        let first = format!(
            "groundcrew {}: tui mode (TERM={name}).",
            env!("CARGO_PKG_VERSION")
        );
        assert!(term.raw_contains(first.as_bytes()), "{name}");
        term.key(TAB);
        term.wait_for("[ Next ]");
        quit(&mut term);
        assert_given_back(&term, name);
        let screen = term.screen();
        assert!(screen.contains("Nothing was changed."), "{name}: {screen}");
        assert!(!screen.contains("RESULT   CHECK"), "{name}: {screen}");
        // It comes back, or went into the scrollback: it was not wiped out.
        assert_eq!(screen.contains("what stood there"), alternate, "{name}");
        assert_eq!(term.raw_contains(&b"\n".repeat(24)), !alternate, "{name}");
        let looks = looks(&term.raw());
        let colour = |code: &String| matches!(code.parse(), Ok(30..=37u8));
        assert_eq!(looks.iter().any(colour), coloured, "{name}: {looks:?}");
        let known =
            |code: &String| matches!(code.as_str(), "" | "0" | "1" | "2" | "7") || colour(code);
        assert!(looks.iter().all(known), "{name}: {looks:?}");
        assert!(looks.iter().any(|code| code == "7"), "{name}: {looks:?}");
        assert_eq!(term.raw().is_ascii(), !boxes, "{name}");
    }
}

/// The first frame goes out before the host is looked at: no file of it is read,
/// nobody is asked, no command is run. That is what makes it quick on any host.
#[test]
fn the_first_frame_comes_before_anything_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("strace");
    let calls = "trace=write,openat,execve,connect,bind";
    let mut term = Term::spawn(
        24,
        80,
        &[("TERM", "xterm"), ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")],
        &[
            "strace",
            "-f",
            "-qq",
            "-s",
            "4096",
            "-e",
            calls,
            "-o",
            log.to_str().unwrap(),
            BINARY,
            "--dry-run",
        ],
    );
    term.wait_for("RESULT   CHECK");
    quit(&mut term);
    let text = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let frame = lines
        .iter()
        .position(|line| line.contains("write(1, ") && line.contains("Checks on this host"))
        .expect("the frame");
    // Reads of the host are there to be found at all.
    let looks = |line: &&str| {
        [
            "/etc/os-release",
            "/proc/modules",
            "/sys/class/net",
            "connect(",
            "bind(",
        ]
        .iter()
        .any(|part| line.contains(part))
    };
    assert!(lines.iter().skip(frame).any(looks), "{text}");
    let early: Vec<_> = lines.iter().take(frame).copied().filter(looks).collect();
    assert!(early.is_empty(), "{early:#?}");
    let commands = lines
        .iter()
        .take(frame)
        .filter(|line| line.contains("execve("));
    assert_eq!(commands.count(), 1, "groundcrew itself");
}

#[test]
fn a_serial_line_without_a_size_starts_no_program_for_it() {
    let host = Looked::new();
    let marker = host.path("tput-was-run");
    let programs = host.path("programs");
    std::fs::create_dir(&programs).unwrap();
    let script = format!("#!/bin/sh\n: >{marker}\necho 80\n");
    let tput = PathBuf::from(&programs).join("tput");
    std::fs::write(&tput, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&tput, mode).unwrap();
    let path = format!("{programs}:/usr/sbin:/usr/bin:/sbin:/bin");
    let env = [("TERM", "vt100"), ("PATH", path.as_str())];
    for arguments in [&[][..], &["--ui", "plain"], &["--ui", "line"]] {
        let mut term = host.on((0, 0), &env, arguments);
        let first = match arguments {
            [] => "RESULT   CHECK",
            _ => "What now?",
        };
        term.wait_for(first);
        if arguments.is_empty() {
            let screen = term.screen();
            assert!(screen.contains("Quit"), "all of 80x24: {screen}");
            kill(Pid::from_raw(term.pid()), Signal::SIGWINCH).unwrap();
            term.key(b"\x0c");
            // The size comes late, as with `stty rows 30 columns 100`.
            term.resize(30, 100);
            term.wait_until("the whole width", |screen| {
                screen.lines().any(|line| line == "-".repeat(100))
            });
            term.resize(0, 0);
            term.wait_until("80 columns again", |screen| {
                screen.lines().any(|line| line == "-".repeat(80))
            });
            quit(&mut term);
        }
    }
    assert!(!PathBuf::from(&marker).exists());
}

#[test]
fn sizes_may_change_at_any_moment() {
    let host = Looked::new();
    let mut term = host.on((24, 80), &XTERM, &[]);
    term.wait_for("RESULT   CHECK");
    let sizes = [
        (1, 1),
        (15, 59),
        (16, 60),
        (5, 200),
        (60, 10),
        (50, 132),
        (2, 2),
    ];
    for n in 0..60 {
        let (rows, columns) = sizes[n % sizes.len()];
        term.resize(rows, columns);
        if n == 30 {
            // A dialog is opened while nobody can see it, and is still there.
            term.key(INTERRUPT);
        }
    }
    term.resize(15, 59);
    let small = term.wait_for("This terminal has 59x15; the wizard needs 60x16.");
    assert!(small.contains("L for line mode"), "{small}");
    term.resize(16, 60);
    let screen = term.wait_for("Quit? Nothing was changed.");
    assert!(screen.contains("Checks"), "{screen}");
    term.resize(24, 80);
    term.wait_for("RESULT   CHECK");
    term.key(b"\x1b");
    term.wait_gone("Quit? Nothing was changed.");
    quit(&mut term);
    assert_given_back(&term, "after the storm");
}

#[test]
fn what_is_pasted_goes_into_fields_alone() {
    let host = Looked::new();
    let mut term = host.on((24, 80), &XTERM, &[]);
    term.wait_for("RESULT   CHECK");
    // Blanks may be written or left.
    let lines = |screen: &str| -> Vec<String> {
        let lines = screen.lines().map(|line| line.trim_end().to_owned());
        lines.collect()
    };
    let before = lines(&term.screen());
    // Keys, were it typed: a filter, a quit, the next page.
    term.key(b"\x1b[200~/docker\r\n\x03\x0eq\x1b[201~");
    // The path of the answers.
    term.key(b"\x0f");
    term.wait_for("Save the answers to:");
    term.key(b"\x15");
    // Far more than the field takes, with line breaks.
    let huge = format!("\x1b[200~{}\x1b[201~", "12345678\n".repeat(100_000));
    term.key(huge.as_bytes());
    term.wait_for("12345678123456781234567812345678");
    term.key(b"\x15/tmp/after-the-paste");
    term.wait_for("/tmp/after-the-paste");
    term.key(b"\x1b");
    term.wait_until("what stood there before", |screen| lines(screen) == before);
    quit(&mut term);
    assert_given_back(&term, "after a paste");
}
