//! The binary at work on a host whose kernel has the system-call table of EL6: every
//! command that there is, and a kernel without entropy.
#![cfg(target_arch = "x86_64")]

use crate::common;

use std::collections::BTreeSet;

use clap::CommandFactory;
use common::host::{BINARY, Host};
use common::lab::{HostSpec, Lab};
use common::proc::{LIMIT, Out};
use common::site::{HOME, Picture, RUN, UNATTENDED, groundcrew, start, under, write_answers};
use groundcrew::cli::args::Cli;

const ROLLED_BACK: i32 = 5;
/// Of commands that judge the host: fit, unfit, warnings.
const JUDGED: [i32; 3] = [0, 3, 4];

/// The commands that were run, by their words.
#[derive(Default)]
struct Session {
    ran: BTreeSet<String>,
}

impl Session {
    fn note(&mut self, args: &[&str]) {
        let all = std::iter::once(&"groundcrew").chain(args);
        let mut matches = &Cli::command().try_get_matches_from(all).unwrap();
        let mut words = Vec::new();
        while let Some((name, below)) = matches.subcommand() {
            words.push(name.to_owned());
            matches = below;
        }
        self.ran.insert(words.join(" "));
    }

    #[track_caller]
    fn run(&mut self, host: &Host, codes: &[i32], args: &[&str]) -> Out {
        self.note(args);
        let out = groundcrew(host, args);
        assert!(out.code.is_some_and(|code| codes.contains(&code)), "{out}");
        for word in ["panicked", "Function not implemented"] {
            assert!(!format!("{out}").contains(word), "{out}");
        }
        if args.contains(&"json") {
            let parsed = serde_json::from_str::<serde_json::Value>(&out.stdout);
            assert!(parsed.is_ok(), "{out}");
        }
        out
    }
}

/// Every command that can be given, by its words; those that only lead to others are
/// none.
fn commands(of: &clap::Command, words: &str, all: &mut BTreeSet<String>) {
    for sub in of.get_subcommands() {
        let words = format!("{words} {}", sub.get_name()).trim().to_owned();
        if !sub.is_subcommand_required_set() {
            all.insert(words.clone());
        }
        commands(sub, &words, all);
    }
}

/// One host's life, in which every command comes once: a new one has to be put here.
#[test]
fn every_command_gets_along_with_the_old_kernels_system_calls() {
    let specs = ["alpha", "bravo"].map(|name| HostSpec::new(name).old_calls());
    let lab = Lab::start(&specs);
    let (host, other) = (lab.host("alpha"), lab.host("bravo"));
    write_answers(host, "systemd", "apply: {confirm-within: 3600s}\n");
    let mut session = Session::default();
    let mut run = |codes: &[i32], args: &[&str]| session.run(host, codes, args);
    let before = Picture::of(host);

    // What the binary holds.
    run(&[0], &["answers", "new", "-o", "/run/new.yaml"]);
    run(&[0], &["answers", "check", "answers.yaml"]);
    run(&[0], &["answers", "explain", "overlay.kind"]);
    run(&[0], &["answers", "schema"]);
    run(&[0], &["checks", "list"]);
    run(&[0], &["checks", "explain", "sys.entropy"]);
    run(&[0], &["gen", "man"]);
    run(&[0], &["gen", "progress-schema"]);
    run(&[0], &["gen", "completions", "bash"]);
    run(&[0], &["gen", "leaving"]);
    run(&[0], &["report", "schema"]);
    run(&[0], &["fleet", "schema"]);

    // Looking.
    run(&[0], &["facts"]);
    run(
        &JUDGED,
        &[
            "preflight",
            "--deep",
            "--format",
            "json",
            "--report",
            "/run/1.json",
        ],
    );
    run(
        &JUDGED,
        &["preflight", "--online", "--report", "/run/2.json"],
    );
    run(&JUDGED, &["report", "diff", "/run/1.json", "/run/2.json"]);
    let fleet = ["-d", "/run/fleet"];
    run(
        &[0],
        &[&["fleet", "import", "/run/1.json"], &fleet[..]].concat(),
    );
    run(&JUDGED, &[&["fleet", "report"], &fleet[..]].concat());
    run(&JUDGED, &[&["fleet", "plan"], &fleet[..]].concat());
    run(
        &[0],
        &[&["fleet", "export", "-o", "/run/out"], &fleet[..]].concat(),
    );
    // They get as far as Ansible, for which there is no host.
    for command in ["inspect", "apply", "verify", "rollback"] {
        let nobody = ["fleet", command, "-i", "/dev/null"];
        run(&[0, 1, 2, 3, 6, 7], &[&nobody[..], &fleet].concat());
    }
    // What Ansible starts on a host reads its work from standard input: there is none.
    run(&[1, 2], &["fleet", "host"]);
    run(&JUDGED, &["recommend", "--format", "json"]);
    run(&JUDGED, &["interfaces", "--format", "json"]);
    run(&[0], &["capture", "-o", "/run/capture.tar.gz"]);
    host.write(
        "/run/replicated.yml",
        0o644,
        "# kind: replicated\ncomponents: []\n",
    );
    run(&JUDGED, &["lint", "/run/replicated.yml"]);
    host.write("/run/tool", 0o755, "#!/bin/sh\n");
    run(
        &[0],
        &["bundle", "create", "/run/bundle", "--add", "/run/tool"],
    );
    run(&[0], &["bundle", "verify", "/run/bundle"]);
    let listen = ["probe", "listen", "--once", "--token", "word"];
    let listener = start(host, &listen);
    listener.wait_for_stdout("--token word", LIMIT);
    let dial = [
        "probe",
        "dial",
        "10.92.0.1",
        "--token",
        "word",
        "--format",
        "json",
    ];
    other.run(&["mkdir", "-p", HOME]).ok();
    session.run(other, &JUDGED, &dial);
    let heard = listener.wait(LIMIT);
    assert!(
        heard.code.is_some_and(|code| JUDGED.contains(&code)),
        "{heard}"
    );
    session.note(&listen);

    // Doing, with a process that would undo it.
    let mut run = |codes: &[i32], args: &[&str]| session.run(host, codes, args);
    let plan = ["plan", "--answers", "answers.yaml", "-o", "/run/plan.json"];
    run(&[0], &plan);
    before.assert_is(&Picture::of(host), "after looking");
    run(&[0], &["apply", "/run/plan.json"]);
    let guards = ["pgrep", "-f", "groundcrew guard /"];
    assert_eq!(host.run(&guards).ok().lines().count(), 1);
    run(&[0], &["status", "--format", "json"]);
    run(&[0], &["confirm"]);
    run(&[0], &["verify", "--format", "json"]);
    run(&[0], &["join", "show"]);
    run(&[0], &["join", "check", "join-alpha.yaml"]);
    run(&[0], &["rollback"]);
    let make = ["join", "make", "--answers", "answers.yaml"];
    run(&[0], &make);
    run(&[0], &["rollback"]);
    before.assert_is(&Picture::of(host), "after the rollback");

    // Killed, and gone on with.
    write_answers(host, "systemd", "");
    let strace = "strace -qq -o /run/strace -e trace=fdatasync \
                  -e inject=fdatasync:signal=KILL:when=5 --";
    let strace: Vec<_> = strace.split_whitespace().collect();
    under(host, &strace, &UNATTENDED).wait(RUN);
    run(&[0], &["resume"]);
    run(&[0], &["rollback"]);
    run(&[0], &UNATTENDED);
    run(&[0], &["report", "--format", "json"]);
    run(&[0], &["rollback"]);
    host.run(&["rm", &format!("{HOME}/answers.yaml")]).ok();
    write_answers(host, "systemd", "apply: {confirm-within: 3600s}\n");
    before.assert_is(&Picture::of(host), "after the second rollback");

    // The guard was started by `apply`.
    session.ran.insert("guard".into());
    let mut all = BTreeSet::new();
    commands(&Cli::command(), "", &mut all);
    let missing: Vec<_> = all.difference(&session.ran).collect();
    assert!(missing.is_empty(), "not run here: {missing:?}");
}

/// A host whose /dev/random never has anything: a pipe that nobody writes to, and no
/// getrandom(2).
fn without_entropy() -> Lab {
    let lab = Lab::old_calls(1);
    let starve = "rm /dev/random && mkfifo -m 666 /dev/random";
    lab.hosts[0].run(&["sh", "-c", starve]).ok();
    lab
}

#[test]
fn a_kernel_without_entropy_stops_a_run_in_time_and_nothing_else() {
    let lab = without_entropy();
    let host = &lab.hosts[0];
    write_answers(host, "systemd", "");
    let before = Picture::of(host);
    // What only looks waits for nothing.
    let preflight = ["preflight", "--online", "--deep", "--format", "json"];
    let out = groundcrew(
        host,
        &[&preflight[..], &["--answers", "answers.yaml"]].concat(),
    );
    let report: serde_json::Value =
        serde_json::from_str(&out.stdout).unwrap_or_else(|e| panic!("{e}\n{out}"));
    let findings = report["findings"].as_array().unwrap();
    let online = findings
        .iter()
        .find(|one| one["id"] == "net.dns.works")
        .unwrap();
    assert!(!format!("{online}").contains("entropy"), "{online:#}");

    // A key is waited for, told, and everything before it taken back.
    let out = groundcrew(host, &UNATTENDED).expect_code(ROLLED_BACK);
    let told: Vec<_> = out.stderr.split_whitespace().collect();
    let told = told.join(" ");
    assert!(told.contains("a private key cannot be made"), "{out}");
    assert!(
        told.contains("within 10 s): install and start haveged or rng-tools"),
        "{out}"
    );
    before.assert_is(&Picture::of(host), "after the run");

    // Given entropy, it goes on as if nothing had been.
    host.run(&[
        "sh",
        "-c",
        "rm /dev/random && mknod -m 666 /dev/random c 1 8",
    ])
    .ok();
    groundcrew(host, &UNATTENDED).expect_code(0);
    groundcrew(host, &["rollback"]).expect_code(0);
    before.assert_is(&Picture::of(host), "after the rollback");
}

#[test]
fn the_wizard_tells_of_missing_entropy_and_goes_on() {
    let lab = without_entropy();
    let host = &lab.hosts[0];
    write_answers(host, "systemd", "");
    let before = Picture::of(host);
    let script = format!("cd {HOME} && exec {BINARY} --ui tui --answers answers.yaml");
    let mut term = host.spawn_pty(24, 80, &[("TERM", "linux")], &["bash", "-c", &script]);
    for page in [
        "RESULT   CHECK",
        "What does the site need?",
        "Which scheduler should run the application?",
        "Private network between the hosts",
        "This host's address in the private network",
        "RECOMMENDED",
    ] {
        term.wait_for(page);
        term.key(b"\x0e");
    }
    term.wait_for(" to do. Nothing has been changed so far.");
    term.key(b"\t");
    term.wait_for("[ Apply ]");
    term.key(b"\r");
    term.wait_for("entropy");
    term.wait_for("> Undo this step and stop");
    term.key(b"\r");
    let done = term.wait_for("[Done]");
    assert!(done.contains("Everything was undone."), "{done}");
    assert!(done.contains("haveged"), "{done}");
    term.key(b"q");
    let code = term.wait_exit();
    assert_eq!(code, ROLLED_BACK as u32, "{}", term.screen());
    before.assert_is(&Picture::of(host), "after the wizard");
}
