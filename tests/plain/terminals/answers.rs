//! Answers that are typed on real terminals, and where nobody can type any.

use std::process::Command;

use super::common::proc::run;
use super::common::pty::LIMIT;
use super::common::wait_until;
use super::{BINARY, DOWN, ENTER, INTERRUPT, Looked, NEXT, XTERM, assert_given_back, quit};

/// What a site has written down already; its address is typed.
const GIVEN: [&str; 8] = [
    "--set",
    "needs.vendor-kinds=[native]",
    "--set",
    "needs.nodes=3",
    "--set",
    "overlay.kind=wireguard",
    "--set",
    "overlay.wireguard.allow-experimental=true",
];

const ADDRESS: &str = "10.90.0.17";

/// Line mode on a terminal: the transcript.
fn in_line_mode(host: &Looked, env: &[(&str, &str)], saved: &str) -> String {
    let mut term = host.on((24, 80), env, &GIVEN);
    let mut seen = 0;
    let mut asked = 0;
    loop {
        wait_until("a question", LIMIT, || {
            let raw = term.raw();
            // Not the echo of what was typed alone.
            match raw[seen..].trim_ascii().ends_with(b"]:") {
                true => Ok(()),
                false => Err(term.screen()),
            }
        });
        let raw = String::from_utf8_lossy(&term.raw()).into_owned();
        let fresh = &raw[seen..];
        seen = raw.len();
        let answer = if fresh.contains("Path of the file") {
            saved
        } else if fresh.contains("Step 6 of 8: Plan") {
            "save a"
        } else if fresh.contains("This host's address") && asked == 0 {
            asked = 1;
            "?"
        } else if asked == 1 {
            asked = 2;
            ADDRESS
        } else {
            ""
        };
        if fresh.contains("Saved: ") {
            term.key(b"no\r");
            break;
        }
        term.key(format!("{answer}\r").as_bytes());
    }
    assert_eq!(term.wait_exit(), 130, "{}", term.screen());
    String::from_utf8(term.raw()).unwrap()
}

/// Plain mode on a terminal.
fn in_plain_mode(host: &Looked, saved: &str) {
    let arguments = [&["--ui", "plain"], &GIVEN[..]].concat();
    let mut term = host.on((40, 80), &XTERM, &arguments);
    let mut last = String::new();
    loop {
        // A question that is not answered yet, with its help below it.
        let active = |screen: &str| {
            let line = screen.lines().rfind(|line| line.starts_with("? "));
            line.unwrap_or_default().trim_end().to_owned()
        };
        let screen = term.wait_until("a prompt", |screen| {
            let end = screen.trim_end().lines().last().unwrap_or_default();
            let line = active(screen);
            end.starts_with('[') && end.ends_with(']') && !line.is_empty() && line != last
        });
        last = active(&screen);
        if last.contains("Apply?") {
            break;
        }
        if last.contains("This host's address") {
            term.key(ADDRESS.as_bytes());
            // It is drawn anew with each letter: only then is Enter for all of it.
            let typed =
                term.wait_until("what was typed", |screen| active(screen).ends_with(ADDRESS));
            last = active(&typed);
        }
        term.key(ENTER);
    }
    // Types what the list is filtered by.
    term.key(b"save answers");
    term.wait_gone("carry the plan out");
    term.key(ENTER);
    term.wait_for("Path of the file");
    term.key(saved.as_bytes());
    term.key(ENTER);
    term.wait_for("Saved: ");
    // The next question: before it Ctrl-C is a signal, not a key.
    term.wait_for("carry the plan out");
    term.key(INTERRUPT);
    assert_eq!(term.wait_exit(), 130, "{}", term.screen());
    assert_given_back(&term, "plain");
}

/// The wizard on a terminal.
fn in_the_wizard(host: &Looked, saved: &str) {
    let mut term = host.on((24, 80), &XTERM, &GIVEN);
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
    term.key(ADDRESS.as_bytes());
    term.wait_for(&format!("[{ADDRESS}"));
    term.key(NEXT);
    term.wait_for("Which interface should Replicated use");
    term.key(b"\x0f");
    term.wait_for("Save the answers to:");
    term.key(b"\x15");
    term.key(saved.as_bytes());
    term.key(ENTER);
    term.wait_for("Saved: ");
    quit(&mut term);
}

#[test]
fn the_same_answers_typed_on_three_terminals_make_the_same_plan() {
    let host = Looked::of("ubuntu2404");
    let plan = |saved: &str| {
        let root = host.path("root");
        run(Command::new(BINARY).args([
            "--root",
            &root,
            "plan",
            "--answers",
            saved,
            "--format",
            "json",
        ]))
        .ok()
    };
    let [wizard, line, plain] = ["wizard", "line", "plain"].map(|name| host.path(name));
    in_the_wizard(&host, &wizard);
    let dumb = [("TERM", "dumb"), ("LANG", "C.UTF-8")];
    let transcript = in_line_mode(&host, &dumb, &line);
    in_plain_mode(&host, &plain);
    let wanted = plan(&wizard);
    assert!(wanted.contains(ADDRESS), "{wanted}");
    assert_eq!(plan(&line), wanted);
    assert_eq!(plan(&plain), wanted);
    // What a screen reader gets: printable text and ends of lines, and nothing
    // else at all.
    let strange: Vec<char> = transcript
        .chars()
        .filter(|c| !(' '..='~').contains(c) && !matches!(c, '\r' | '\n'))
        .collect();
    assert_eq!(strange, [], "{transcript}");
    assert!(
        !transcript.replace("\r\n", "").contains('\r'),
        "{transcript}"
    );
    let first = transcript.lines().next().unwrap_or_default();
    assert!(first.contains("line mode (TERM=dumb)"), "{first}");
}

#[test]
fn where_nobody_can_be_asked_everything_that_is_missing_is_told() {
    for (more, reason) in [
        (
            &[][..],
            "nobody can be asked here (standard input is no terminal)",
        ),
        (
            &["--ui", "none"],
            "nobody can be asked here (asked for with --ui none)",
        ),
        (
            &["--no-input"],
            "nobody can be asked here (asked for with --no-input)",
        ),
        (
            &["--yes", "--ui", "none"],
            "none mode (asked for with --ui none)",
        ),
    ] {
        let mut command = Command::new(BINARY);
        command.args(GIVEN).args(more).env_remove("GROUNDCREW_UI");
        let out = run(&mut command).expect_code(2);
        let told = format!("{}{}", out.stdout, out.stderr);
        assert!(told.contains(reason), "{told}");
        assert!(told.contains("overlay.address"), "{told}");
        assert!(told.contains("--set overlay.address=ADDRESS"), "{told}");
    }
}
