//! The command line as scripts use it: exit codes, what is on standard output,
//! files. Everything here looks and judges; nothing changes the host.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn groundcrew(dir: &Path, arguments: &[&str]) -> Output {
    command(dir, arguments).output().unwrap()
}

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_groundcrew"));
    command
        .args(arguments)
        .current_dir(dir)
        .env_clear()
        .stdin(Stdio::null());
    command
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// EL9 with Docker 24: everything ready.
const EL9: &str = "
arch: x86_64
arch.bits: 64
virt: kvm
init: systemd
cpu.count: 4
mem.mb: 8000
mem.swap: false
cgroup: v2
cap: {tun: true, vxlan: true, ip_vs: true, xt_u32: false, xt_bpf: true, wireguard: module}
docker: {installed: true, version: 24.0.2}
zt.version: 1.14.1
needs.nodes: 3
security: {fips: false, secureboot: false}
os: {k8s_repl: false, family: el9, docker_max: 24.0.2}
kernel.version: 5.14.0
kernel.release: 5.14.0-570.el9.x86_64
";

fn site() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("el9.yaml"), EL9).unwrap();
    let unknown = EL9.replace("docker: {installed: true, version: 24.0.2}\n", "");
    let unknown = format!("{unknown}app.schedulers: [swarm]\n");
    fs::write(dir.path().join("unknown.yaml"), unknown).unwrap();
    let bits = EL9.replace("arch.bits: 64", "arch.bits: 32");
    fs::write(dir.path().join("none.yaml"), bits).unwrap();
    let native = format!("{EL9}app.schedulers: [native]\n");
    fs::write(dir.path().join("native.yaml"), native).unwrap();
    dir
}

#[test]
fn recommend_says_by_its_exit_code_how_sure_it_is() {
    let dir = site();
    let run = |facts: &str, more: &[&str]| {
        let mut arguments = vec!["recommend", "--quiet", "--facts", facts];
        arguments.extend(more);
        let output = groundcrew(dir.path(), &arguments);
        (stdout(&output), code(&output))
    };
    assert_eq!(run("el9.yaml", &[]), ("swarm\n".into(), 0));
    assert_eq!(run("native.yaml", &[]), ("native+wireguard\n".into(), 0));
    assert_eq!(run("unknown.yaml", &[]), ("swarm\n".into(), 4));
    assert_eq!(run("unknown.yaml", &["--strict"]), ("swarm\n".into(), 3));
    assert_eq!(run("unknown.yaml", &["--warn-ok"]), ("swarm\n".into(), 0));
    assert_eq!(run("none.yaml", &[]), ("none\n".into(), 3));
}

#[test]
fn answers_stand_above_the_facts_file_and_defaults_do_not() {
    let dir = site();
    let id = |more: &[&str]| {
        let mut arguments = vec!["recommend", "--quiet", "--facts", "native.yaml"];
        arguments.extend(more);
        stdout(&groundcrew(dir.path(), &arguments))
    };
    assert_eq!(id(&[]), "native+wireguard\n");
    assert_eq!(id(&["--set", "needs.nodes=1"]), "native\n");
    let asked = ["--set", "needs.nodes=1", "--set", "overlay.kind=zerotier"];
    assert_eq!(
        id(&asked),
        "native+wireguard\n",
        "an overlay is for several nodes"
    );
    assert_eq!(
        id(&["--set", "needs.vendor-kinds=[swarm, native]"]),
        "swarm\n"
    );
}

#[test]
fn preflight_findings_are_told_in_every_format() {
    let dir = site();
    let output = groundcrew(
        dir.path(),
        &[
            "preflight",
            "--facts",
            "native.yaml",
            "--format",
            "json",
            "--report",
            "r.json",
            "--report",
            "r.yaml",
            "--report",
            "r.md",
            "--report",
            "r.txt",
        ],
    );
    // What the file lacks is unknown, and no more than that.
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    let printed: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(printed["schema"], "preflight/1");
    assert_eq!(printed["targets"], serde_json::json!(["native+wireguard"]));
    assert_eq!(printed["recommendation"]["id"], "native+wireguard");
    assert_eq!(printed["summary"]["verdict"], "unknown");
    assert_eq!(printed["summary"]["fail"], 0);
    let rule = printed["findings"].as_array().unwrap().iter().find(|f| {
        f["rules"]
            .as_array()
            .is_some_and(|all| all.contains(&"WG1".into()))
    });
    let rule = rule.expect("each rule of the target is in a finding");
    assert_eq!(rule["status_by_target"]["native+wireguard"], "pass");
    let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
    let json: Value = serde_json::from_str(&read("r.json")).unwrap();
    let yaml: Value = serde_yaml::from_str(&read("r.yaml")).unwrap();
    assert_eq!(json["findings"], yaml["findings"]);
    assert!(read("r.md").starts_with("# Preflight: "));
    // Commands and lines of files are for copying: only they may be longer.
    let copied = |line: &str| line.starts_with("             ") || line.contains("undo: #");
    let long = |line: &&str| line.chars().count() > 80 && !copied(line);
    assert_eq!(read("r.txt").lines().find(long), None);
    let mode = fs::metadata(dir.path().join("r.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_failed_finding_can_be_waived_by_name_and_some_never() {
    let dir = site();
    let swap = EL9.replace("mem.swap: false", "mem.swap: true");
    fs::write(
        dir.path().join("swap.yaml"),
        format!("{swap}app.schedulers: [kubernetes]\n"),
    )
    .unwrap();
    let run = |more: &[&str]| {
        let mut arguments = vec!["preflight", "--facts", "swap.yaml", "--format", "json"];
        arguments.extend(more);
        groundcrew(dir.path(), &arguments)
    };
    assert_eq!(code(&run(&[])), 3);
    let waived = run(&["--waive", "K7=swap is on purpose here", "--warn-ok"]);
    assert_eq!(code(&waived), 0, "{}", stderr(&waived));
    let report: Value = serde_json::from_str(&stdout(&waived)).unwrap();
    assert_eq!(report["summary"]["waived"], 1);
    let never = run(&["--waive", "SW1=please"]);
    assert_eq!(code(&never), 2);
    assert!(stderr(&never).contains("SW1"), "{}", stderr(&never));
    assert_eq!(code(&run(&["--waive", "K7="])), 2);
}

#[test]
fn a_waiver_ends_with_its_last_day_and_the_report_says_so() {
    let dir = site();
    let swap = EL9.replace("mem.swap: false", "mem.swap: true");
    let facts = format!("{swap}app.schedulers: [kubernetes]\n");
    fs::write(dir.path().join("swap.yaml"), facts).unwrap();
    let run = |day: &str| {
        let waive = format!("K7=until the reboot,until={day}");
        let arguments = ["preflight", "--facts", "swap.yaml", "--format", "json"];
        groundcrew(dir.path(), &[&arguments[..], &["--waive", &waive]].concat())
    };
    let over = run("2020-01-01");
    assert_eq!(code(&over), 3, "{}", stderr(&over));
    let report: Value = serde_json::from_str(&stdout(&over)).unwrap();
    assert_eq!(report["waivers"][0]["standing"], "expired");
    let holds = run("2999-12-31");
    assert_eq!(code(&holds), 4, "{}", stderr(&holds));
    let report: Value = serde_json::from_str(&stdout(&holds)).unwrap();
    assert_eq!(report["waivers"][0]["standing"], "used");
    assert_eq!(code(&run("someday")), 2);
}

#[test]
fn findings_are_accepted_by_their_checksum_until_one_changes() {
    let dir = site();
    let swap = EL9.replace("mem.swap: false", "mem.swap: true");
    let facts = format!("{swap}app.schedulers: [kubernetes]\n");
    fs::write(dir.path().join("swap.yaml"), &facts).unwrap();
    let run = |more: &[&str]| {
        let arguments = ["preflight", "--facts", "swap.yaml", "--format", "json"];
        groundcrew(dir.path(), &[&arguments[..], more].concat())
    };
    let first: Value = serde_json::from_str(&stdout(&run(&[]))).unwrap();
    let checksum = first["findings_sha256"].as_str().unwrap();
    let accepted = run(&["--accept-findings", &format!("sha256:{checksum}")]);
    let report: Value = serde_json::from_str(&stdout(&accepted)).unwrap();
    assert_eq!(report["summary"]["fail"], 0, "{}", stderr(&accepted));
    assert!(report["summary"]["waived"].as_u64().unwrap() > 0);
    assert_ne!(code(&accepted), 3);
    // The same checksum on a host with one more finding accepts nothing.
    fs::write(
        dir.path().join("swap.yaml"),
        facts.replace("cpu.count: 4", "cpu.count: 1"),
    )
    .unwrap();
    let changed = run(&["--accept-findings", checksum]);
    assert_eq!(code(&changed), 3);
    assert!(stderr(&changed).contains("accepts"), "{}", stderr(&changed));
    assert_eq!(code(&run(&["--accept-findings", "yes"])), 2);
}

#[test]
fn a_report_replaces_a_link_and_an_unknown_ending_is_refused_before_anything() {
    let dir = site();
    fs::write(dir.path().join("victim"), "keep").unwrap();
    std::os::unix::fs::symlink("victim", dir.path().join("r.json")).unwrap();
    let output = groundcrew(
        dir.path(),
        &["preflight", "--facts", "el9.yaml", "--report", "r.json"],
    );
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    assert_eq!(
        fs::read_to_string(dir.path().join("victim")).unwrap(),
        "keep"
    );
    for name in ["r.pdf", "r.doc"] {
        let output = groundcrew(
            dir.path(),
            &["preflight", "--facts", "el9.yaml", "--report", name],
        );
        assert_eq!(code(&output), 2, "{name}");
        assert!(!dir.path().join(name).exists());
    }
}

#[test]
fn facts_are_replayed_as_they_were_read() {
    let dir = site();
    let output = groundcrew(dir.path(), &["facts", "-o", "facts.json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    for arguments in [
        &["recommend", "--format", "json"][..],
        &["interfaces", "--format", "json"],
    ] {
        let live = groundcrew(dir.path(), arguments);
        let replayed: Vec<&str> = arguments
            .iter()
            .copied()
            .chain(["--facts", "facts.json"])
            .collect();
        let replayed = groundcrew(dir.path(), &replayed);
        assert_eq!(stdout(&live), stdout(&replayed), "{arguments:?}");
        assert_eq!(code(&live), code(&replayed));
    }
}

#[test]
fn a_facts_file_is_refused_with_all_its_problems() {
    let dir = site();
    fs::write(
        dir.path().join("bad.yaml"),
        "kernel.version: [1]\nno.such.path: 1\n",
    )
    .unwrap();
    let output = groundcrew(dir.path(), &["recommend", "--facts", "bad.yaml"]);
    assert_eq!(code(&output), 2);
    let text = stderr(&output);
    assert!(
        text.contains("kernel.version") && text.contains("no.such.path"),
        "{text}"
    );
    assert!(text.contains("bad.yaml"), "{text}");
    assert_eq!(stdout(&output), "");
}

#[test]
fn usage_errors_end_with_2_and_help_with_0() {
    let dir = site();
    for arguments in [
        &["frobnicate"][..],
        &["recommend", "--no-such-flag"],
        &["recommend", "--facts", "missing.yaml"],
        &["checks", "explain", "SW99"],
        &["answers", "explain", "overlay.knd"],
        &["plan", "--set", "overlay.kind"],
        &["plan", "--set", "overlay.kind=wiregaurd"],
    ] {
        let output = groundcrew(dir.path(), arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert_eq!(stdout(&output), "", "{arguments:?}");
        assert!(
            stderr(&output).starts_with("error: "),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["plan", "--help"],
        &["checks", "list"],
    ] {
        let output = groundcrew(dir.path(), arguments);
        assert_eq!(
            (code(&output), stderr(&output)),
            (0, String::new()),
            "{arguments:?}"
        );
    }
}

#[test]
fn what_is_not_checked_and_what_is_judged_otherwise_says_why() {
    let dir = site();
    let explain = |id: &str| {
        let arguments = ["checks", "explain", id, "--facts", "native.yaml"];
        let output = groundcrew(dir.path(), &arguments);
        assert_eq!(code(&output), 0, "{id}: {}", stderr(&output));
        stdout(&output)
    };
    let left_out = explain("sys.gobin");
    assert!(
        left_out.starts_with("sys.gobin: not checked\n"),
        "{left_out}"
    );
    assert!(left_out.contains("Reason") && left_out.contains("Go version"));
    // Not the check that its id begins with.
    let elsewhere = explain("wg.port");
    assert!(elsewhere.contains("port.udp.51820"), "{elsewhere}");
    let otherwise = explain("net.rpfilter");
    assert!(otherwise.contains("Differs") && otherwise.contains("On this host"));
    let list = stdout(&groundcrew(dir.path(), &["checks", "list"]));
    for id in ["sys.glibc", "sec.selinux.labels", "f.backend"] {
        assert!(list.contains(&format!("\n  {id} ")), "{id}: {list}");
    }
}

#[test]
fn a_slip_in_the_environment_does_not_go_unnoticed() {
    let dir = site();
    let run = |name: &str, value: &str| {
        let mut command = command(dir.path(), &["recommend", "--facts", "native.yaml", "-q"]);
        command.env(name, value).output().unwrap()
    };
    assert_eq!(stdout(&run("GROUNDCREW_NEEDS_NODES", "1")), "native\n");
    let typo = run("GROUNDCREW_NEEDS_NODE", "1");
    assert_eq!(code(&typo), 2);
    assert!(stderr(&typo).contains("GROUNDCREW_NEEDS_NODE"));
    assert_eq!(code(&run("GROUNDCREW_NEEDS_NODES", "many")), 2);
}

#[test]
fn answers_can_come_from_standard_input() {
    let dir = site();
    let mut child = command(
        dir.path(),
        &[
            "recommend",
            "-q",
            "--facts",
            "native.yaml",
            "--answers",
            "-",
        ],
    )
    .stdin(Stdio::piped())
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"version: 1\nneeds: {nodes: 1}\n").unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(stdout(&output), "native\n");
}

#[test]
fn a_run_judges_the_answers_that_standard_input_brought() {
    let dir = site();
    let mut child = command(dir.path(), &["run", "--dry-run", "--answers", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(b"version: 1\nexpect: {hostname: another-host}\n")
        .unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let said = stderr(&output);
    assert_eq!(code(&output), 2, "{said}");
    assert!(said.contains("another-host was meant"), "{said}");
}

#[test]
fn pick_prints_one_word_or_says_what_there_is() {
    let dir = site();
    let output = groundcrew(
        dir.path(),
        &["interfaces", "--pick", "--network-interface", "lo"],
    );
    assert_eq!((code(&output), stdout(&output)), (3, String::new()));
    assert!(stderr(&output).contains("loopback"), "{}", stderr(&output));
    let output = groundcrew(
        dir.path(),
        &["interfaces", "--pick", "--network-interface", "eth99"],
    );
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("eth99"), "{}", stderr(&output));
}

#[test]
fn the_checked_in_example_is_a_good_answers_file() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/answers.example.yaml");
    let dir = site();
    let template = groundcrew(dir.path(), &["answers", "new"]);
    fs::write(dir.path().join("new.yaml"), &template.stdout).unwrap();
    let output = groundcrew(dir.path(), &["answers", "check", "new.yaml"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let output = groundcrew(dir.path(), &["answers", "check", example]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

#[test]
fn nobody_to_ask_is_told_what_is_missing_and_nothing_is_changed() {
    let dir = site();
    let output = groundcrew(
        dir.path(),
        &[
            "plan",
            "--set",
            "overlay.kind=wireguard",
            "--set",
            "scheduler=native",
        ],
    );
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("overlay.address"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_node_behind_nat_tells_its_outer_endpoint_and_keeps_its_tunnels_open() {
    let dir = site();
    fs::write(
        dir.path().join("answers.yaml"),
        "version: 1
scheduler: native
needs: {behind-nat: true, public-peer: true}
overlay:
  kind: wireguard
  address: 10.90.0.1
  wireguard:
    interface: gcplan0
    listen-port: 51999
    allow-experimental: true
    endpoint: 203.0.113.7:40000
    peers:
      - {name: app02, address: 10.90.0.2, endpoint: gate.example:51820,
         public-key: xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=}
",
    )
    .unwrap();
    let arguments = ["plan", "--answers", "answers.yaml", "--format", "json"];
    let output = groundcrew(dir.path(), &arguments);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let plan: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let steps = plan["steps"].as_array().unwrap();
    let join = steps.iter().find(|step| {
        let path = step["path"].as_str().unwrap_or_default();
        path.rsplit('/')
            .next()
            .unwrap_or_default()
            .starts_with("join-")
    });
    let text = join.unwrap()["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("\nendpoint: 203.0.113.7:40000\n"), "{text}");
    let peers = steps.iter().find(|step| step["step"] == "wireguard-peers");
    assert_eq!(peers.unwrap()["peers"][0]["keepalive"], 25);
    assert!(!dir.path().join("join-app02.yaml").exists());
}
