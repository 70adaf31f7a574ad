//! The command line: a folder of reports, taken in, judged, and told.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::hosts::{bytes, report};

/// Reports are old at some time, and these tests are not about that.
const AGE: &str = "--max-age=99999999";

pub fn fleet(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_groundcrew"));
    command
        .arg("fleet")
        .args(arguments)
        .current_dir(dir)
        .env_clear();
    command.output().unwrap()
}

pub fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn site(hosts: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (n, (name, tree)) in hosts.iter().enumerate() {
        let path = dir.path().join(format!("in/{n}/report.json"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes(&report(tree, name, n))).unwrap();
    }
    dir
}

#[test]
fn reports_are_taken_in_judged_and_told() {
    let dir = site(&[("app02", "el9"), ("app01", "el9"), ("app03", "el9")]);
    let at = dir.path();
    let output = fleet(at, &["import", "in"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(text(&output), "3 reports: app[01-03]\n");
    let inventory = fs::read_to_string(at.join("groundcrew-fleet/inventory.json")).unwrap();
    let inventory: Value = serde_json::from_str(&inventory).unwrap();
    assert_eq!(
        inventory["hosts"],
        serde_json::json!(["app01", "app02", "app03"])
    );
    // Clocks were not read: nobody knows, and --warn-ok takes that.
    let output = fleet(at, &["report", AGE]);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output));
    assert!(
        text(&output).contains("UNKNOWN fleet.clock"),
        "{}",
        text(&output)
    );
    let waive = ["report", AGE, "--waive", "fleet.clock=read by hand"];
    let output = fleet(at, &waive);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let written = |name: &str| fs::read(at.join("groundcrew-fleet").join(name)).unwrap();
    let first = written("cluster-report.json");
    let again = fleet(at, &waive);
    assert_eq!(again.status.code(), Some(0));
    assert_eq!(written("cluster-report.json"), first);
    for name in ["cluster-report.md", "cluster-report.html"] {
        assert!(!written(name).is_empty());
    }
    // A clone is a failure, and so is a host that blocks what is wished for.
    let mut clone = report("el9", "app04", 9);
    clone["facts"]["identity"]["machine_id"]["value"] = "000000000000000000000000df00000".into();
    let mut other = report("el9", "app05", 10);
    other["facts"]["identity"]["machine_id"] = clone["facts"]["identity"]["machine_id"].clone();
    for (name, report) in [("app04.json", &clone), ("app05.json", &other)] {
        fs::write(at.join(name), bytes(report)).unwrap();
    }
    assert_eq!(
        fleet(at, &["import", "app04.json", "app05.json"])
            .status
            .code(),
        Some(0)
    );
    let output = fleet(at, &waive);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(
        text(&output).contains("FAIL    fleet.machine-id"),
        "{}",
        text(&output)
    );
}

#[test]
fn hosts_that_do_not_report_are_rows_and_no_good_end() {
    let dir = site(&[("app01", "el9"), ("app02", "el9"), ("app03", "el9")]);
    let at = dir.path();
    fleet(at, &["import", "in"]);
    let unreachable = r#"{"host": "app03", "why": "Connection refused", "try": null}"#;
    let path = at.join("groundcrew-fleet/reports/app03.unreachable.json");
    fs::write(&path, unreachable).unwrap();
    let waive = [
        "report",
        AGE,
        "--waive",
        "fleet.clock=read by hand",
        "--warn-ok",
    ];
    let output = fleet(at, &waive);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output));
    assert!(
        text(&output).contains("app03: Connection refused"),
        "{}",
        text(&output)
    );
    let allowed = [&waive[..], &["--allow-missing"]].concat();
    assert_eq!(fleet(at, &allowed).status.code(), Some(0));
    // It reports after all.
    fleet(at, &["import", "in/2/report.json"]);
    assert!(!path.exists());
}

#[test]
fn what_is_no_report_is_told_all_at_once_and_nothing_is_taken() {
    let dir = site(&[("app01", "el9"), ("app01", "el8")]);
    let at = dir.path();
    fs::write(at.join("in/list.json"), "[1, 2]").unwrap();
    fs::write(at.join("in/broken.json"), "{\"schema\": \"preflight/1\"").unwrap();
    fs::write(at.join("in/other.json"), "{\"schema\": \"facts/1\"}").unwrap();
    fs::write(at.join("in/words.yaml"), "kind: wireguard\nname: x\n").unwrap();
    let mut wrong = report("el9", "app09", 9);
    wrong["facts"]["os"]["hostname"] = 7.into();
    fs::write(at.join("in/wrong.json"), bytes(&wrong)).unwrap();
    let output = fleet(at, &["import", "in", "gone.json"]);
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output);
    for part in [
        "gone.json: ",
        "in/1/report.json: a report of app01, and so is in/0/report.json",
        "in/broken.json: no JSON",
        "in/list.json: ",
        "in/other.json: schema: found facts/1, wanted preflight/1",
        "in/words.yaml: neither a report nor a join file",
        "in/wrong.json: facts.os.hostname: ",
        "nothing was imported",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!at.join("groundcrew-fleet/reports").exists());
}

#[test]
fn wishes_are_checked_with_line_and_column_all_at_once() {
    let dir = site(&[("app01", "el9"), ("app02", "el9")]);
    let at = dir.path();
    fleet(at, &["import", "in"]);
    let wishes = "\
version: 1
role: first
overlay:
  kind: wiregard
fleet:
  managers: 4
  first: app1
  exclude: [db1]
  hosts:
    app02:
      overlay: {address: 10.91.0.2}
      swarm: {as: manager}
    app07:
      airgap: true
    app01: [1]
  speed: 3
";
    fs::write(at.join("groundcrew-fleet/fleet.yaml"), wishes).unwrap();
    let output = fleet(at, &["report"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    let told = text(&output);
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "fleet.yaml:2:7: role: not for a fleet",
        "fleet.yaml:4:9: overlay.kind: ",
        "fleet.yaml:6:13: fleet.managers: 4 managers bear no more failures than 3",
        "fleet.yaml:7:10: fleet.first: no host of the fleet is called app1",
        "did you mean app01?",
        "fleet.yaml:8:12: fleet.exclude: no host of the fleet is called db1",
        "fleet.yaml:11:26: overlay.address: 10.91.0.2 is not in overlay.network",
        "fleet.yaml:12:19: swarm.as: not for a host of a fleet",
        "fleet.hosts.app07: no host of the fleet is called app07",
        "fleet.yaml:15:5: fleet.hosts.app01: a list, wanted answers below it",
        "fleet.yaml:16:3: fleet.speed: unknown key",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn a_carried_report_is_that_of_the_member_by_whatever_name_the_inventory_has_it() {
    let dir = site(&[("srv-1", "el9"), ("srv-2", "el9"), ("srv-2", "el8")]);
    let at = dir.path();
    for (n, name) in ["node1", "node2"].iter().enumerate() {
        fs::rename(
            at.join(format!("in/{n}/report.json")),
            at.join(format!("{name}.json")),
        )
        .unwrap();
    }
    fleet(at, &["import", "node1.json", "node2.json"]);
    let output = fleet(at, &["plan"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let output = fleet(at, &["import", "in/2/report.json"]);
    assert_eq!(text(&output), "1 reports: node2\n");
    // Two of them say that it is theirs.
    fs::copy(at.join("in/2/report.json"), at.join("node1.json")).unwrap();
    fleet(at, &["import", "node1.json"]);
    fleet(at, &["plan"]);
    let output = fleet(at, &["import", "in/2/report.json"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    let told = text(&output);
    assert!(
        told.contains("srv-2, and that may be any of node1, node2: "),
        "{told}"
    );
    // What a host calls itself is no command to the terminal.
    let odd = report("el9", "\u{1b}[31mx", 7);
    fs::write(at.join("report.json"), bytes(&odd)).unwrap();
    let told = text(&fleet(at, &["import", "report.json"]));
    assert!(
        told.contains("its own name is ?[31mx") && !told.contains('\u{1b}'),
        "{told:?}"
    );
}

#[test]
fn an_end_is_good_for_what_is_wished_and_not_for_what_is_recommended() {
    // WireGuard is not possible in FIPS mode, and a Swarm is.
    let dir = site(&[("app01", "el8"), ("app02", "el8")]);
    let at = dir.path();
    fleet(at, &["import", "in"]);
    let code = |wishes: &str| {
        fs::write(at.join("groundcrew-fleet/fleet.yaml"), wishes).unwrap();
        let waive = [
            "report",
            AGE,
            "--waive",
            "fleet.clock=read by hand",
            "--warn-ok",
        ];
        let output = fleet(at, &waive);
        (output.status.code().unwrap(), text(&output))
    };
    let (exit, told) = code("version: 1\nscheduler: swarm\n");
    assert_eq!(exit, 0, "{told}");
    let (exit, told) = code("version: 1\nscheduler: swarm\noverlay: {kind: wireguard}\n");
    assert_eq!(exit, 3, "{told}");
    assert!(
        told.contains("  swarm+wireguard   blocked by 2: app[01-02] [WG"),
        "{told}"
    );
}
