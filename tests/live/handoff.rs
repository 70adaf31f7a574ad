//! Hosts that are handed over to Replicated by the real binary. The install script
//! is a stand-in of ours (tests/stand-ins/replicated-install-stand-in.sh) with the
//! traps of the vendor's, and so is Docker (tests/stand-ins/dockerd-stand-in):
//! nothing is installed. GROUNDCREW_TEST_REPLICATED_SCRIPT=/path/to/install.sh, and
//! GROUNDCREW_TEST_REPLICATED_OPERATOR for the one of further hosts, have the
//! vendor's own scripts run, with that Docker and a systemctl that says yes.

use crate::common;

use std::path::PathBuf;

use common::host::Host;
use common::lab::{HostSpec, Lab};
use common::proc::{LIMIT, Out, Proc};
use common::site::{HOME, Picture, UNATTENDED, groundcrew, leaks};
use common::steps::{Place, assert_all_ran};
use common::wait_until;

/// The exit codes of a run that was undone, and of one that could not be.
const ROLLED_BACK: i32 = 5;
const NOT_ROLLED_BACK: i32 = 6;
const REFUSED: i32 = 3;

const SCRIPT: &str = "/media/install.sh";
const TOKEN: &str = "token-of-the-first-host-canary";

fn stand_in(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/stand-ins")
        .join(name)
}

/// The stand-in's text, of a kind and with a trap.
fn script(kind: &str, trap: &str) -> String {
    let own = match kind {
        "operator" => {
            "daemon-endpoint|daemon_endpoint)\n            DAEMON_ENDPOINT=\"$_value\"\n            ;;"
        }
        _ => "no-operator|no_operator)\n            SKIP_OPERATOR_INSTALL=1\n            ;;",
    };
    std::fs::read_to_string(stand_in("replicated-install-stand-in.sh"))
        .unwrap()
        .replace("@KIND@", kind)
        .replace("@TRAP@", trap)
        .replace("@OWN_PARAMETERS@", own)
}

fn spec(name: &str) -> HostSpec {
    HostSpec::new(name).show(stand_in("dockerd-stand-in"), "/run/lab/dockerd-stand-in")
}

fn lab(names: &[&str]) -> Lab {
    let specs: Vec<_> = names.iter().map(|name| spec(name)).collect();
    Lab::start(&specs)
}

/// Docker's stand-in; it ends with what is returned.
fn docker(host: &Host) -> Proc {
    let docker = host.spawn(&["/run/lab/dockerd-stand-in"]);
    docker.wait_for_stdout("ready", LIMIT);
    docker
}

fn answers(host: &Host, role: &str, replicated: &str) {
    let text = format!(
        "version: 1\n\
         role: {role}\n\
         needs: {{nodes: 1, vendor-kinds: [native]}}\n\
         host: {{init: systemd}}\n\
         scheduler: native\n\
         overlay: {{kind: none}}\n\
         interface: {{name: eth0}}\n\
         replicated:\n  install: true\n{replicated}"
    );
    host.write(&format!("{HOME}/answers.yaml"), 0o644, &text);
}

fn by_file(host: &Host, kind: &str, trap: &str) {
    host.write(SCRIPT, 0o644, &script(kind, trap));
    answers(host, "first", &format!("  script: {{file: {SCRIPT}}}\n"));
}

/// What was printed, its lines joined.
fn unwrapped(out: &Out) -> String {
    let text = format!("{} {}", out.stdout, out.stderr);
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ")
}

#[track_caller]
fn tells(out: &Out, parts: &[&str]) {
    let text = unwrapped(out);
    for part in parts {
        assert!(text.contains(part), "{part}:\n{out}");
    }
}

#[test]
fn a_first_host_is_installed_verified_and_told_how_to_get_rid_of_it() {
    let lab = Lab::start(&[spec("alpha").old_calls()]);
    let alpha = lab.host("alpha");
    let _docker = docker(alpha);
    by_file(alpha, "docker", "none");
    alpha.write("/root/license.rli", 0o600, "a licence\n");
    alpha.write("/root/password", 0o600, "console-canary\n");
    alpha.write(
        "/etc/replicated.conf",
        0o644,
        "{\"LocalAddress\": \"10.0.0.99\"}\n",
    );
    answers(
        alpha,
        "first",
        &format!(
            "  script: {{file: {SCRIPT}}}\n  args: [\"tags=db,web\"]\n  \
             license-file: /root/license.rli\n  daemon-authentication:\n    type: password\n    \
             password: {{file: /root/password}}\n"
        ),
    );
    let before = Picture::of(alpha);
    let plan = groundcrew(alpha, &["plan", "--answers", "answers.yaml"]).expect_code(0);
    tells(
        &plan,
        &[
            "private-address=10.92.0.1",
            "no-docker",
            "tags=db,web",
            "- \"LocalAddress\": \"10.0.0.99\"",
            "(secret in /root/password)",
            "cannot be moved to another scheduler",
            "[NOT UNDOABLE: Replicated's installation cannot be undone",
        ],
    );
    let shell = groundcrew(
        alpha,
        &["plan", "--answers", "answers.yaml", "--format", "sh"],
    );
    tells(
        &shell.expect_code(0),
        &["setsid bash /etc/groundcrew/replicated-install.sh"],
    );
    before.assert_is(&Picture::of(alpha), "after looking");

    let run = groundcrew(alpha, &UNATTENDED).expect_code(0);
    tells(&run, &["replicated-operator runs", "TCP 8800, 9874"]);
    let said = alpha.read("/var/lib/replicated/arguments");
    assert_eq!(
        said.lines().collect::<Vec<_>>(),
        [
            "private-address=10.92.0.1",
            "no-public-address",
            "no-proxy",
            "no-docker",
            "skip-preflights",
            "fast-timeouts",
            "tags=db,web"
        ]
    );
    let conf: serde_json::Value =
        serde_json::from_str(&alpha.read("/etc/replicated.conf")).unwrap();
    assert_eq!(conf["DaemonAuthenticationPassword"], "console-canary");
    assert_eq!(conf["LocalAddress"], "10.92.0.1");
    groundcrew(alpha, &["verify"]).expect_code(0);
    // Again: nothing to do.
    tells(
        &groundcrew(alpha, &UNATTENDED).expect_code(0),
        &["Nothing had to be changed"],
    );
    // The script has printed its token, and the password is only where it belongs.
    let secrets = [
        "made-by-the-script-canary".to_owned(),
        "console-canary".to_owned(),
    ];
    let homes = [
        "etc/default/replicated",
        "etc/default/replicated-operator",
        "etc/replicated.conf",
        "root/password",
        "media/install.sh",
        "etc/groundcrew/replicated-install.sh",
    ];
    assert_eq!(leaks(alpha, &secrets, &homes), Vec::<String>::new());
    assert!(!format!("{run}").contains("canary"), "{run}");
    // A container that has gone is drift.
    alpha.write(
        "/run/stand-in-containers",
        0o644,
        "replicated-ui\nreplicated-operator\n",
    );
    tells(
        &groundcrew(alpha, &["verify"]).expect_code(7),
        &["and no container", "nobody listens on 9874"],
    );

    assert_all_ran(Place::Handoff, &[alpha]);

    // Undoing says what is left; the vendor's steps, and undoing once more.
    let left = groundcrew(alpha, &["rollback"]).expect_code(NOT_ROLLED_BACK);
    tells(
        &left,
        &[
            "Replicated is left",
            "/etc/systemd/system/replicated.service",
            "the container replicated-ui",
            "docker rm -f replicated",
        ],
    );
    assert_eq!(
        alpha.read("/etc/replicated.conf"),
        "{\"LocalAddress\": \"10.0.0.99\"}\n"
    );
    alpha.write("/run/stand-in-containers", 0o644, "");
    let remove = "rm -rf /var/lib/replicated* /etc/default/replicated* \
                  /etc/systemd/system/replicated*";
    alpha.run(&["sh", "-c", remove]).ok();
    groundcrew(alpha, &["rollback"]).expect_code(0);
    before.assert_is(&Picture::of(alpha), "after undoing");
}

#[test]
fn every_trap_of_the_script_is_told_for_what_it_is() {
    let lab = lab(&["alpha"]);
    let alpha = lab.host("alpha");
    let docker = docker(alpha);
    let before = |host: &Host| Picture::of(host);
    for (trap, code, parts) in [
        (
            "deaf",
            NOT_ROLLED_BACK,
            &[
                "the same again and again",
                "Enter desired number",
                "It means: it asked which interface",
            ][..],
        ),
        (
            "newer",
            NOT_ROLLED_BACK,
            &[
                "ended as if all was well, and it is not",
                "took No for an answer",
            ],
        ),
        (
            "half",
            NOT_ROLLED_BACK,
            &[
                "ended with exit status 1",
                "a registry's name is not found",
                "/etc/default/replicated",
            ],
        ),
        (
            "silent",
            NOT_ROLLED_BACK,
            &[
                "there are no settings of it",
                "its last words: Determining local address",
                "/var/lib/replicated",
            ],
        ),
    ] {
        by_file(alpha, "docker", trap);
        let untouched = before(alpha);
        let out = groundcrew(alpha, &UNATTENDED).expect_code(code);
        tells(&out, parts);
        // What the script has left is the operator's to remove, and said.
        let remove = "rm -rf /var/lib/replicated /etc/default/replicated*";
        alpha.run(&["sh", "-c", remove]).ok();
        groundcrew(alpha, &["rollback"]).expect_code(0);
        untouched.assert_is(&before(alpha), trap);
    }

    // What is wrong before anything is run.
    answers(
        alpha,
        "first",
        &format!(
            "  script: {{file: {SCRIPT}}}\n  args: [\"--tags=db\", no-such, \"private-address=1.2.3.4\"]\n"
        ),
    );
    tells(
        &groundcrew(alpha, &UNATTENDED).expect_code(REFUSED),
        &[
            "no dashes before them: tags",
            "does not know `no-such`, and would stop; it knows: http-proxy",
            "private-address is said by groundcrew",
        ],
    );
    by_file(alpha, "docker", "none");
    let refuse = alpha.read(&format!("{HOME}/answers.yaml")) + "apply: {not-undoable: refuse}\n";
    alpha.write(&format!("{HOME}/answers.yaml"), 0o644, &refuse);
    tells(
        &groundcrew(alpha, &UNATTENDED).expect_code(REFUSED),
        &["cannot be undone by groundcrew", "[apply.not-undoable]"],
    );
    by_file(alpha, "operator", "none");
    tells(
        &groundcrew(alpha, &UNATTENDED).expect_code(REFUSED),
        &["this host is the first one, and this is the script for further hosts"],
    );
    let whole = script("docker", "none");
    alpha.write(SCRIPT, 0o644, &whole[..whole.len() - 200]);
    tells(
        &groundcrew(alpha, &UNATTENDED).expect_code(REFUSED),
        &["it is cut off"],
    );
    drop(docker);
}

#[test]
fn a_script_is_fetched_and_has_to_stay_the_one_that_was_planned_with() {
    let lab = lab(&["alpha"]);
    let alpha = lab.host("alpha");
    let _docker = docker(alpha);
    alpha.write("/srv/www/docker", 0o644, &script("docker", "none"));
    alpha.write(
        "/srv/www/swarm-init",
        0o644,
        "#! /bin/sh\n\necho \"Swarm is no longer supported by Replicated.\"\n",
    );
    alpha.write(
        "/srv/www/portal",
        0o644,
        "<html><title>Sign in</title></html>\n",
    );
    let _server = alpha.spawn(&[
        "python3",
        "-m",
        "http.server",
        "8099",
        "--bind",
        "127.0.0.1",
        "--directory",
        "/srv/www",
    ]);
    wait_until("the server answers", LIMIT, || {
        let out = alpha.run(&[
            "curl",
            "-fsS",
            "-o",
            "/dev/null",
            "http://127.0.0.1:8099/docker",
        ]);
        if out.code == Some(0) {
            Ok(())
        } else {
            Err(out.stderr)
        }
    });
    let sum = |path: &str| {
        let out = alpha.run(&["sha256sum", path]).ok();
        out.split_whitespace().next().unwrap().to_owned()
    };
    let by_url = |name: &str, sum: &str| {
        let url = format!("http://127.0.0.1:8099/{name}");
        answers(
            alpha,
            "first",
            &format!("  script: {{url: \"{url}\", sha256: \"{sum}\"}}\n"),
        );
    };
    let docker = sum("/srv/www/docker");
    by_url("swarm-init", &sum("/srv/www/swarm-init"));
    tells(
        &groundcrew(alpha, &UNATTENDED).expect_code(REFUSED),
        &["only says: Swarm is no longer supported by Replicated."],
    );
    by_url("portal", &sum("/srv/www/portal"));
    tells(
        &groundcrew(alpha, &UNATTENDED).expect_code(REFUSED),
        &["it is a web page (\"Sign in\")"],
    );
    by_url("kubernetes-init", &docker);
    tells(
        &groundcrew(alpha, &UNATTENDED).expect_code(REFUSED),
        &["cannot be fetched", "404", "the server has no such script"],
    );
    answers(
        alpha,
        "first",
        "  script: {url: \"http://127.0.0.1:8099/docker\"}\n",
    );
    tells(
        &groundcrew(alpha, &UNATTENDED).expect_code(REFUSED),
        &["is not encrypted", "replicated.script.sha256"],
    );

    // Planned, and another one by the time that it is carried out.
    by_url("docker", &docker);
    groundcrew(
        alpha,
        &["plan", "--answers", "answers.yaml", "-o", "plan.json"],
    )
    .expect_code(0);
    let before = Picture::of(alpha);
    alpha.write(
        "/srv/www/docker",
        0o644,
        &(script("docker", "none") + "# newer\nexit 0\n"),
    );
    let changed = Picture::of(alpha);
    let out = groundcrew(alpha, &["apply", "plan.json"]).expect_code(ROLLED_BACK);
    tells(
        &out,
        &[
            "another one than when the plan was made",
            "make a plan anew",
        ],
    );
    changed.assert_is(&Picture::of(alpha), "after a script that has changed");
    alpha.write("/srv/www/docker", 0o644, &script("docker", "none"));
    before.assert_is(&Picture::of(alpha), "with the old script");
    groundcrew(alpha, &["apply", "plan.json"]).expect_code(0);
    groundcrew(alpha, &["verify"]).expect_code(0);
}

#[test]
fn a_further_host_joins_and_its_token_is_on_no_command_line() {
    let lab = lab(&["alpha", "bravo"]);
    let bravo = lab.host("bravo");
    let _docker = docker(bravo);
    bravo.write("/root/token", 0o600, &format!("{TOKEN}\n"));
    bravo.write(SCRIPT, 0o644, &script("operator", "none"));
    answers(
        bravo,
        "join",
        &format!(
            "  script: {{file: {SCRIPT}}}\n  daemon-endpoint: \"10.92.0.1:9879\"\n  \
             daemon-token: {{file: /root/token}}\n"
        ),
    );
    let run = groundcrew(bravo, &UNATTENDED).expect_code(0);
    tells(&run, &["replicated-operator runs", "with 10.92.0.2"]);
    let said = bravo.read("/var/lib/replicated/arguments");
    assert!(said.contains("daemon-endpoint=10.92.0.1:9879"), "{said}");
    assert!(!said.contains("canary"), "{said}");
    let settings = bravo.read("/etc/default/replicated-operator");
    assert!(
        settings.contains(&format!("DAEMON_TOKEN={TOKEN}\n")),
        "{settings}"
    );
    // The script writes into the file that was made for the token.
    let mode = bravo
        .run(&["stat", "-c", "%a", "/etc/default/replicated-operator"])
        .ok();
    assert_eq!(mode.trim(), "600");
    let homes = ["etc/default/replicated-operator", "root/token"];
    assert_eq!(
        leaks(bravo, &[TOKEN.to_owned()], &homes),
        Vec::<String>::new()
    );
    assert!(!format!("{run}").contains(TOKEN), "{run}");
}

/// What of Docker and systemd the vendor's script asks for, by stand-ins that say
/// yes: a service that is started is a container.
const DOCKER: &str = r#"#!/bin/sh
case "$1" in
    -v|--version) echo 'Docker version 24.0.2, build cb74dfc' ;;
    version) echo '24.0.2' ;;
    inspect|ps) exit 1 ;;
esac
exit 0
"#;
const SYSTEMCTL: &str = r#"#!/bin/sh
[ $# -gt 0 ] || echo '-.mount loaded active mounted Root Mount'
case "$*" in
    *is-active*) exit 3 ;;
    *start\ *) for word in "$@"; do case "$word" in
        replicated*) echo "${word%.service}" >>/run/stand-in-containers ;; esac; done ;;
esac
exit 0
"#;

/// The vendor's own script, where there is one, without the one that it downloads.
#[test]
fn the_vendors_own_script_is_understood_and_run_where_one_is_given() {
    let Some(path) = std::env::var_os("GROUNDCREW_TEST_REPLICATED_SCRIPT") else {
        eprintln!("skipped: GROUNDCREW_TEST_REPLICATED_SCRIPT names no script");
        return;
    };
    let operator = std::env::var_os("GROUNDCREW_TEST_REPLICATED_OPERATOR");
    let mut spec = HostSpec::new("alpha")
        .show(stand_in("dockerd-stand-in"), "/run/lab/dockerd-stand-in")
        .show(PathBuf::from(path), "/run/lab/install.sh");
    if let Some(path) = &operator {
        spec = spec.show(PathBuf::from(path), "/run/lab/operator_install.sh");
    }
    let lab = Lab::start(&[spec]);
    let alpha = lab.host("alpha");
    let _docker = docker(alpha);
    alpha.write("/usr/local/sbin/docker", 0o755, DOCKER);
    alpha.write("/usr/local/sbin/systemctl", 0o755, SYSTEMCTL);
    let source = if operator.is_some() {
        // As an airgap package is unpacked, with nothing in the images.
        for name in [
            "replicated",
            "replicated-ui",
            "replicated-operator",
            "cmd",
            "statsd-graphite",
            "premkit",
            "debian",
        ] {
            alpha.write(&format!("/media/airgap/{name}.tar"), 0o644, "");
        }
        for name in ["install.sh", "operator_install.sh"] {
            let (from, to) = (format!("/run/lab/{name}"), format!("/media/airgap/{name}"));
            alpha.run(&["cp", &from, &to]).ok();
        }
        "  script: {airgap-dir: /media/airgap}\n"
    } else {
        "  script: {file: /run/lab/install.sh}\n  args: [no-operator, skip-pull]\n"
    };
    answers(alpha, "first", source);
    let run = groundcrew(alpha, &UNATTENDED).expect_code(0);
    tells(&run, &["private-address=10.92.0.1", "replicated-ui runs"]);
    let log = alpha
        .run(&["sh", "-c", "cat /var/log/groundcrew/*.log"])
        .ok();
    assert!(
        log.contains("will use local address '10.92.0.1' (from parameter)"),
        "{log}"
    );
    let find = "cat /etc/default/replicated* /etc/sysconfig/replicated* 2>/dev/null; true";
    let settings = alpha.run(&["sh", "-c", find]).ok();
    assert!(settings.contains("PRIVATE_ADDRESS=10.92.0.1"), "{settings}");
    // The token that it has made is in its settings, and not in the log.
    let token = settings.split("DAEMON_TOKEN=").nth(1);
    let token = token.and_then(|rest| rest.split_whitespace().next());
    assert_eq!(token.is_some(), operator.is_some(), "{settings}");
    assert!(token.is_none_or(|token| !log.contains(token)), "{log}");
    groundcrew(alpha, &["rollback"]).expect_code(NOT_ROLLED_BACK);
}
