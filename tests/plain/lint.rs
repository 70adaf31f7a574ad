//! `lint` as a script uses it: exit codes, forms, places.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const BAD: &str = "\
# kind: replicated
components:
- name: DB
  containers:
  - image_name: redis
    config_files:
    - contents: |
        bind {{repl ThisHostInterfaceAddress \"eth7\" }}
";

fn lint(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_groundcrew"));
    command
        .arg("lint")
        .args(arguments)
        .args(["--set", "scheduler=native", "--set", "needs.nodes=1"])
        .current_dir(dir)
        .env_clear();
    command.output().unwrap()
}

#[test]
fn the_place_and_the_corrected_line_are_told() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("replicated.yml"), BAD).unwrap();
    let human = lint(dir.path(), &["replicated.yml"]);
    assert_eq!(human.status.code(), Some(3), "{human:?}");
    let text = String::from_utf8(human.stdout).unwrap();
    assert!(text.contains("replicated.yml:8:47: error: "), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    let output = lint(dir.path(), &["replicated.yml", "--format", "json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["schema"], "lint/1");
    let remarks = told["remarks"].as_array().unwrap();
    let one = remarks.iter().find(|r| r["level"] == "error").unwrap();
    assert_eq!(
        (&one["line"], &one["column"], &one["length"]),
        (&8.into(), &47.into(), &4.into())
    );
    if let Some(interface) = told["interface"].as_str() {
        assert_eq!(
            one["corrected"],
            format!("        bind {{{{repl ThisHostInterfaceAddress \"{interface}\" }}}}")
        );
    }
}

#[test]
fn exit_codes_say_how_bad_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let code = |text: &str, more: &[&str]| {
        fs::write(dir.path().join("r.yml"), text).unwrap();
        lint(dir.path(), &[&["r.yml"], more].concat())
            .status
            .code()
            .unwrap()
    };
    let good = "components:\n- name: x\n";
    let warned = "components:\n- name: x\n  a: 10.1.2.3\n";
    assert_eq!(code(good, &[]), 0);
    assert_eq!(code(warned, &[]), 4);
    assert_eq!(code(warned, &["--warn-ok"]), 0);
    assert_eq!(code(warned, &["--strict"]), 3);
    assert_eq!(code(BAD, &[]), 3);
    assert_eq!(code("a: [\n", &[]), 3);
    assert_eq!(lint(dir.path(), &["missing.yml"]).status.code(), Some(2));
    let bytes = [b"a: b\n".as_slice(), &[0xff]].concat();
    fs::write(dir.path().join("r.yml"), bytes).unwrap();
    assert_eq!(lint(dir.path(), &["r.yml"]).status.code(), Some(3));
}
