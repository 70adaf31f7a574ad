//! A site without ssh: plan, carry out, take back, plan again.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::cli::{fleet, text};
use super::hosts::{bytes, report};

fn site(hosts: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (n, name) in hosts.iter().enumerate() {
        let path = dir.path().join(format!("{name}.json"));
        fs::write(path, bytes(&report("el9", name, n + 1))).unwrap();
    }
    let folder = dir.path().join("groundcrew-fleet");
    fs::create_dir(&folder).unwrap();
    let wishes = "version: 1\noverlay: {kind: wireguard}\n";
    fs::write(folder.join("fleet.yaml"), wishes).unwrap();
    dir
}

fn join(at: &Path, name: &str, last: u8, key: char) {
    // 43 digits of base64 and one of padding: 32 bytes.
    let key = format!("{}=", key.to_string().repeat(42) + "A");
    let text = format!(
        "version: 1\nkind: wireguard\nname: {name}\naddress: 10.90.0.{last}\nendpoint: \
         10.20.0.{}:51820\npublic-key: {key}\nnetwork: 10.90.0.0/24\n",
        last + 1
    );
    fs::write(at.join(format!("join-{name}.yaml")), text).unwrap();
}

#[test]
fn plans_are_carried_out_and_what_hosts_tell_comes_back() {
    let dir = site(&["app01", "app02", "app03"]);
    let at = dir.path();
    assert_eq!(fleet(at, &["import", "."]).status.code(), Some(0));
    // Nothing is written on a dry run, and the changes are told.
    let output = fleet(at, &["plan", "--dry-run", "--detailed-exitcode"]);
    assert_eq!(output.status.code(), Some(10), "{}", text(&output));
    assert!(
        text(&output).contains("+ app02 10.90.0.2"),
        "{}",
        text(&output)
    );
    assert!(!at.join("groundcrew-fleet/plan.json").exists());
    assert_eq!(fleet(at, &["export", "-o", "out"]).status.code(), Some(2));
    assert_eq!(
        fleet(at, &["plan", "--detailed-exitcode"]).status.code(),
        Some(10)
    );
    assert_eq!(
        fleet(at, &["plan", "--detailed-exitcode"]).status.code(),
        Some(0)
    );
    let output = fleet(at, &["export", "-o", "out"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let readme = fs::read_to_string(at.join("out/app02/README.txt")).unwrap();
    assert!(readme.contains("Turn 2 of 3, after app01."), "{readme}");
    assert!(readme.lines().all(|line| line.len() <= 90), "{readme}");
    // What the program itself says of the answers it will get there.
    let check = std::process::Command::new(env!("CARGO_BIN_EXE_groundcrew"))
        .args(["answers", "check", "out/app02/answers.yaml"])
        .current_dir(at)
        .env_clear()
        .output()
        .unwrap();
    assert!(check.status.success(), "{check:?}");
    // Two of them made their keys.
    join(&at.join("out/app01"), "app01", 1, 'x');
    join(&at.join("out/app03"), "app03", 3, 'y');
    let output = fleet(at, &["import", "out"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(text(&output), "2 join files: app01, app03\n");
    fleet(at, &["plan"]);
    assert_eq!(fleet(at, &["export", "-o", "out"]).status.code(), Some(0));
    let joins = |host: &str| {
        let list = fs::read_dir(at.join(format!("out/{host}/join"))).unwrap();
        let mut names: Vec<_> = list.map(|one| one.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(joins("app02"), ["app01.yaml", "app03.yaml"]);
    assert_eq!(joins("app01"), ["app03.yaml"]);
    // The same as archives.
    assert_eq!(
        fleet(at, &["export", "--tar", "-o", "tars"]).status.code(),
        Some(0)
    );
    let packed = fs::read(at.join("tars/app02.tar.gz")).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed.as_slice()));
    let names: Vec<String> = archive
        .entries()
        .unwrap()
        .map(|one| one.unwrap().path().unwrap().display().to_string())
        .collect();
    assert_eq!(
        names,
        [
            "app02/answers.yaml",
            "app02/README.txt",
            "app02/join/app01.yaml",
            "app02/join/app03.yaml"
        ]
    );
}

#[test]
fn a_host_that_is_left_out_keeps_its_address_and_loses_its_answers() {
    let dir = site(&["app01", "app02", "app03"]);
    let at = dir.path();
    fleet(at, &["import", "."]);
    fleet(at, &["plan"]);
    let folder = at.join("groundcrew-fleet");
    assert!(folder.join("hosts/app02/answers.yaml").exists());
    let wishes = "version: 1\noverlay: {kind: wireguard}\nfleet: {exclude: [app02]}\n";
    fs::write(folder.join("fleet.yaml"), wishes).unwrap();
    let output = fleet(at, &["plan"]);
    let told = text(&output);
    assert!(
        told.contains("- app02 (address 10.90.0.2 stays reserved)"),
        "{told}"
    );
    assert!(!folder.join("hosts/app02/answers.yaml").exists());
    // An inventory that forgets a host does not make it leave.
    fs::write(folder.join("inventory.json"), "{\"hosts\": [\"app01\"]}").unwrap();
    let output = fleet(at, &["plan", "--detailed-exitcode"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let plan = fs::read_to_string(folder.join("plan.json")).unwrap();
    let plan: Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(plan["members"].as_array().unwrap().len(), 2);
    assert_eq!(plan["removed"][0]["address"], "10.90.0.2");
    // A spoiled plan is told, and never taken for none: addresses hang on it.
    fs::write(folder.join("plan.json"), "{}").unwrap();
    let output = fleet(at, &["plan"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("plan.json: "), "{}", text(&output));
}

#[test]
fn an_export_leaves_nothing_of_an_earlier_one_to_be_taken_for_true() {
    let dir = site(&["app01", "app02", "app03"]);
    let at = dir.path();
    fleet(at, &["import", "."]);
    fleet(at, &["plan"]);
    for (last, name, key) in [(1, "app01", 'x'), (2, "app02", 'z'), (3, "app03", 'y')] {
        join(at, name, last, key);
        fleet(at, &["import", &format!("join-{name}.yaml")]);
    }
    let wishes = |yaml: &str| {
        fs::write(at.join("groundcrew-fleet/fleet.yaml"), yaml).unwrap();
        let planned = fleet(at, &["plan"]);
        assert_eq!(planned.status.code(), Some(0), "{}", text(&planned));
        let exported = fleet(at, &["export", "-o", "out"]);
        assert_eq!(exported.status.code(), Some(0), "{}", text(&exported));
        text(&exported)
    };
    let joins = |place: &str, host: &str| {
        let list = fs::read_dir(at.join(format!("{place}/{host}/join")));
        let mut names: Vec<String> = list
            .into_iter()
            .flatten()
            .map(|one| one.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    wishes("version: 1\noverlay: {kind: wireguard}\n");
    assert_eq!(joins("out", "app01"), ["app02.yaml", "app03.yaml"]);
    // What somebody else put there is no peer either; what is no join file stays.
    fs::write(at.join("out/app01/join/other.yaml"), "x").unwrap();
    fs::write(at.join("out/app01/join/notes.txt"), "x").unwrap();
    fs::write(at.join("out/app02/report.json"), "x").unwrap();
    let told = wishes("version: 1\noverlay: {kind: wireguard}\nfleet: {exclude: [app02]}\n");
    assert!(!told.contains("Note"), "{told}");
    assert_eq!(joins("out", "app01"), ["app03.yaml", "notes.txt"]);
    assert_eq!(joins("groundcrew-fleet/hosts", "app01"), ["app03.yaml"]);
    let left: Vec<_> = fs::read_dir(at.join("out/app02")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    // Another overlay: those of the one before stop who reads them.
    let told = wishes("version: 1\noverlay: {kind: zerotier}\nfleet: {exclude: [app02]}\n");
    assert!(told.contains("join files of app01, app03"), "{told}");
    assert_eq!(joins("out", "app01"), ["notes.txt"]);
    assert!(joins("groundcrew-fleet/hosts", "app01").is_empty());
}
