//! What the operator gives the collection: names, words, numbers; and what is read of
//! clocks.

use super::{Command, collections, python, run};
use groundcrew::fleet::is_host_name;

#[test]
fn names_are_held_to_one_rule_by_the_collection_and_by_the_program() {
    let mut names: Vec<String> = [
        "",
        "a",
        "app01.example.com",
        "clock",
        "a.clock",
        "a.clock.b",
        ".clock",
        "a.unreachable",
        "unreachable",
        "web 1",
        "fe80::1",
        "::1",
        "a\n",
        "a\r",
        "-a",
        ".a",
        "_a",
        "a/b",
        "../a",
        "\u{e4}",
        "a\u{e4}",
        "\u{b2}",
        "a\u{b2}",
        "a\u{0}",
        "a.json",
        "..",
        "a..b",
    ]
    .map(str::to_owned)
    .into();
    names.extend([199, 200, 201].map(|length| "a".repeat(length)));
    for code in 0..=0xff_u8 {
        names.push(char::from(code).to_string());
        names.push(format!("a{}", char::from(code)));
    }
    let script = "import json, sys\nprint(json.dumps([given.is_host_name(n) for n in json.load(sys.stdin)]))";
    let told = python(script, &serde_json::to_string(&names).unwrap());
    let told: Vec<bool> = serde_json::from_str(&told).unwrap();
    for (name, told) in names.iter().zip(told) {
        assert_eq!(told, is_host_name(name), "{name:?}");
    }
}

#[test]
fn a_host_whose_name_cannot_be_a_file_stops_everything_before_any_host_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let ask = "{ansible_connection: local, groundcrew_fleet_tmp: [/nowhere]}";
    let inventory = format!(
        "all:\n  hosts:\n    good: {ask}\n    fine: {ask}\n    web 1: {ask}\n    fe80::1: {ask}\n    a.clock: {ask}\n"
    );
    std::fs::write(folder.path().join("hosts.yml"), inventory).unwrap();
    let out = run(Command::new(env!("CARGO_BIN_EXE_groundcrew"))
        .args([
            "fleet",
            "inspect",
            "-i",
            "hosts.yml",
            "--binaries",
            "never-looked-at",
            "--limit",
            "good,fine",
            "-d",
            "fleet",
        ])
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env("LC_ALL", "C.UTF-8"))
    .expect_code(2);
    let told = "'a.clock', 'fe80::1', 'web 1'; wanted are letters";
    assert_eq!(out.stderr.matches(told).count(), 1, "once, and all: {out}");
    assert!(out.stderr.contains("NAME ansible_host=ADDRESS"), "{out}");
    assert!(!folder.path().join("fleet").exists(), "{out}");
}

#[test]
fn words_are_a_list_or_a_text_and_nothing_else() {
    let script = r#"
import json
for value in ("--online", "--online  --deep", ["--online"], ("--deep",), None, "", '["/a", "/b"]'):
    print(json.dumps(given.words("V", value)))
wanted = (("args", given.words, "V_ARGS", ()), ("tmp", given.folders, "V_TMP", None),
    ("timeout", given.seconds, "V_TIMEOUT", 300), ("dir", given.path, "V_DIR", None))
print(given.settings({"tmp": "/a /b", "timeout": "60", "dir": "d"}, wanted))
for bad in ({"args": {"a": 1}, "tmp": 7, "timeout": "soon", "dir": 3}, {"args": [True], "tmp": [], "timeout": True},
        {"args": "a;b", "tmp": "relative", "timeout": 0}, {"args": "'open", "tmp": ["/a b"], "timeout": -1}):
    try:
        print("taken", given.settings(bad, wanted))
    except remote.Problem as problem:
        print(problem.why)
"#;
    let out = python(script, "");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines[..8],
        [
            r#"["--online"]"#,
            r#"["--online", "--deep"]"#,
            r#"["--online"]"#,
            r#"["--deep"]"#,
            "[]",
            "[]",
            r#"["/a", "/b"]"#,
            "{'args': [], 'tmp': ['/a', '/b'], 'timeout': 60, 'dir': 'd'}",
        ],
        "{out}"
    );
    let words = [
        &[
            "V_ARGS: found {'a': 1} (a mapping)",
            "V_TMP: found 7 (a number)",
            "V_TIMEOUT: found 'soon' (a text)",
            "V_DIR: found 3 (a number)",
            "no host was asked",
        ][..],
        &[
            "V_ARGS: found True (a truth value) in the list",
            "V_TMP: found [], wanted absolute",
            "V_TIMEOUT: found True",
        ],
        &[
            "V_ARGS: 'a;b' is not passed to hosts",
            "V_TMP: found ['relative']",
            "V_TIMEOUT: found 0 ",
        ],
        &[
            "V_ARGS: \"'open\" cannot be split",
            "V_TMP: '/a b' is not passed",
            "V_TIMEOUT: found -1 ",
        ],
    ];
    for (line, words) in lines[8..].iter().zip(words) {
        for word in words {
            assert!(line.contains(word), "{word}: {line}");
        }
    }
}

#[test]
fn a_clock_is_told_as_exactly_as_one_exchange_shows_it() {
    let script = r#"
import json
second = 1000000000
def read(*rounds):
    told = []
    for began, ended, first, last in rounds:
        clocks = [clock for clock in map(remote.clock, (first, last)) if clock]
        told.append((int(began * second), int(ended * second), clocks))
    print(json.dumps(remote.offset(told), sort_keys=True))
# Right, slow to begin: 1 s for the login, 0.1 s at the end.
read((1700000000, 1700000003.1, "1700000001000000000", "1700000003000000000"))
# An hour ahead, ten minutes behind.
read((1700000000, 1700000000.2, "1700003600100000000", "1700003600100000000"))
read((1700000000, 1700000000.2, "1699999400100000000", "1699999400100000000"))
# Whole seconds: a busybox without %N; then with it as a word.
read((1700000000.5, 1700000000.6, "1700000000", "1700000000"))
read((1700000000.5, 1700000000.6, "1700000000%N", "1700000000N"))
# Two exchanges narrow it; no reading, or one that was set meanwhile, is none.
read((1700000000, 1700000004, "1700000002000000000", "1700000002000000000"),
     (1700000010, 1700000010.2, "1700000010100000000", "1700000010100000000"))
read((1700000000, 1700000004, "", ""))
read((1700000000, 1700000001, "1700000000500000000", "1700000060500000000"))
read((1700000000, 1700000001, "9" * 400, "-1"))
read()
"#;
    let out = python(script, "");
    let told =
        |offset: i64, error: u64| format!("{{\"error_ms\": {error}, \"offset_ms\": {offset}}}");
    let wanted = [
        told(450, 550),
        told(3_600_000, 100),
        told(-600_000, 100),
        told(-50, 550),
        told(-50, 550),
        told(0, 100),
        "null".to_owned(),
        "null".to_owned(),
        "null".to_owned(),
        "null".to_owned(),
    ];
    assert_eq!(out.lines().collect::<Vec<_>>(), wanted);
}

#[test]
fn the_modules_tell_what_they_have_in_common() {
    let folder = collections();
    let out = run(Command::new("ansible-doc")
        .args([
            "-t",
            "module",
            "groundcrew.fleet.inspect",
            "groundcrew.fleet.run",
        ])
        .env("LC_ALL", "C.UTF-8")
        .env("PAGER", "cat")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("ANSIBLE_COLLECTIONS_PATH", folder.path())
        .env("ANSIBLE_LOCAL_TEMP", folder.path().join("tmp"))
        .env("HOME", folder.path()))
    .ok();
    let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in [
        "The program on the controller, or a folder with",
        "Folders of the host to try",
        "and no Python",
    ] {
        assert_eq!(out.matches(word).count(), 2, "{word}: {out}");
    }
}
