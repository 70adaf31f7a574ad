//! Hosts that say anything: each is a row with the reason, and nothing that one says
//! is in the way of the others.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::{Command, Proc, python, run};

/// A dozen hosts beside other work.
const RUN: Duration = Duration::from_secs(120);

/// What the stand-in for groundcrew prints, which is bash: it finds this file on its way
/// to `preflight --format json`, and knows its host by the folder that it was put into.
const PREFLIGHT: &str = r#"
host=${BASH%/.groundcrew-*}
host=${host##*/}
echo "$*" > "$SITE/$host.args"
case $host in
  bomb) head -c 40000000 /dev/zero ;;
  words) echo "Segmentation fault" ;;
  array) echo '["summary"]' ;;
  number) echo 3 ;;
  nothing) ;;
  notext) printf '{"a": "\377"}' ;;
  nan) echo '{"schema": NaN}' ;;
  deep) head -c 300000 /dev/zero | tr '\0' '[' ;;
  schema) echo '{"schema": "preflight/9", "facts": {"schema": "facts/1"}}' ;;
  summary) echo '{"schema": "preflight/1", "facts": {"schema": "facts/1"}, "summary": ["verdict"]}' ;;
  verdict) echo '{"schema": "preflight/1", "facts": {"schema": "facts/1"}, "summary": {"verdict": {"a": 1}}}' ;;
  late) exec sleep 60 ;;
  code) echo "no such thing" >&2; exit 9 ;;
  facts | good | other) cat "$SITE/$host.json" ;;
esac
"#;

struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Writes an inventory: hosts that are this machine, each with a folder of its own
    /// for the program, and further variables.
    fn inventory(&self, file: &str, hosts: &[(&str, &str)]) {
        let mut text = String::new();
        for (name, more) in hosts {
            let tmp = self.path("tmp").join(name);
            fs::create_dir_all(&tmp).unwrap();
            text.push_str(&format!(
                "{name} ansible_connection=local groundcrew_fleet_tmp={} {more}\n",
                tmp.display()
            ));
        }
        fs::write(self.path(file), text).unwrap();
    }

    fn fleet(&self, args: &[&str]) -> super::common::proc::Out {
        let path = std::env::var("PATH").unwrap();
        Proc::spawn(
            Command::new(env!("CARGO_BIN_EXE_groundcrew"))
                .arg("fleet")
                .args(args)
                .current_dir(self.folder.path())
                .env("PATH", format!("{}:{path}", self.folder.path().display()))
                .env("SITE", self.folder.path())
                .env("HOME", self.folder.path())
                .env("LC_ALL", "C.UTF-8"),
        )
        .wait(RUN)
    }

    fn json(&self, name: &str) -> Value {
        let path = self.path("fleet").join(name);
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_slice(&bytes).unwrap()
    }
}

#[test]
fn whatever_a_host_prints_is_a_row_and_whoever_was_ever_asked_stays() {
    let site = Site {
        folder: tempfile::tempdir().unwrap(),
    };
    let report =
        run(Command::new(env!("CARGO_BIN_EXE_groundcrew")).args(["preflight", "--format", "json"]))
            .stdout;
    let mut wrong: Value = serde_json::from_str(&report).unwrap();
    wrong["facts"]["os"]["hostname"] = 7.into();
    for (name, text) in [
        ("good.json", &report),
        ("other.json", &report),
        ("carried.json", &report),
        ("facts.json", &wrong.to_string()),
        ("preflight", &PREFLIGHT.to_owned()),
    ] {
        fs::write(site.path(name), text).unwrap();
    }
    fs::copy("/bin/bash", site.path("program")).unwrap();
    fs::set_permissions(site.path("program"), fs::Permissions::from_mode(0o755)).unwrap();
    site.fleet(&["import", "carried.json", "-d", "fleet"])
        .expect_code(0);

    let bad = [
        ("bomb", "larger than 16 MiB"),
        ("words", "no JSON ("),
        ("array", "found a JSON array, wanted an object"),
        ("number", "found a JSON number, wanted an object"),
        ("nothing", "no JSON ("),
        ("notext", "not UTF-8"),
        ("nan", "found NaN"),
        ("deep", "nested too deep"),
        ("schema", "schema: found 'preflight/9', wanted preflight/1"),
        ("summary", "summary.verdict: found null"),
        ("verdict", "summary.verdict: found object"),
        ("late", "not done within the time limit of 1 s"),
        ("code", "exit code 9: no such thing"),
        // The collection sees no more than its outside.
        ("facts", "facts.os.hostname"),
    ];
    let mut hosts: Vec<(&str, &str)> = bad.iter().map(|(name, _)| (*name, "")).collect();
    hosts.push(("good", ""));
    for (name, more) in &mut hosts {
        if *name == "late" {
            *more = "groundcrew_fleet_timeout=1";
        }
    }
    site.inventory("first.ini", &hosts);
    let inspect = ["inspect", "--binaries", "program", "-d", "fleet", "-i"];
    let out = site
        .fleet(&[&inspect[..], &["first.ini"]].concat())
        .expect_code(3);
    assert!(out.stdout.contains("1 of 15 hosts reported"), "{out}");
    for (name, wanted) in bad {
        let row = site.json(&format!("reports/{name}.unreachable.json"));
        let why = row["why"].as_str().unwrap();
        assert!(why.contains(wanted) && why.len() < 1000, "{name}: {why}");
        assert_eq!(row["host"], name);
        assert!(
            !site
                .path("fleet")
                .join(format!("reports/{name}.json"))
                .exists()
        );
    }
    assert_eq!(
        fs::read_to_string(site.path("fleet/reports/good.json")).unwrap(),
        report
    );
    assert!(site.path("fleet/reports/facts.json.refused").exists());
    let clock = site.json("reports/good.clock.json");
    let (offset, error) = (
        clock["offset_ms"].as_i64().unwrap(),
        clock["error_ms"].as_i64().unwrap(),
    );
    assert!(
        offset.abs() <= error,
        "one clock is right against itself: {clock}"
    );
    assert!(out.stdout.contains("still in the fleet: carried;"), "{out}");

    // An inventory that has none of them; and arguments that are a text.
    site.inventory("second.ini", &[("other", "")]);
    let words = [
        "--",
        "-e",
        "groundcrew_fleet_preflight_args='--online --deep'",
    ];
    fs::write(
        site.path("fleet/fleet.yaml"),
        "version: 1\nfleet: {exclude: [code]}\n",
    )
    .unwrap();
    let out = site
        .fleet(&[&inspect[..], &["second.ini"], &words].concat())
        .expect_code(0);
    assert_eq!(
        fs::read_to_string(site.path("other.args")).unwrap(),
        "--format json --online --deep\n"
    );
    let told = out.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        told.contains("still in the fleet: array, bomb, carried, deep, facts, good and"),
        "{out}"
    );
    let inventory = site.json("inventory.json");
    let mut all: Vec<&str> = hosts.iter().map(|(name, _)| *name).collect();
    all.extend(["carried", "other"]);
    all.sort_unstable();
    assert_eq!(inventory["hosts"], serde_json::json!(all));
    let origin = |host: &str, how: &str, file: &str| {
        let origin = &inventory["origins"][host];
        assert_eq!(origin["how"], how, "{host}: {origin}");
        let from = origin["from"].as_str().unwrap();
        assert!(from.ends_with(file), "{host}: {origin}");
        assert!(
            origin["at"].as_str().unwrap().ends_with('Z'),
            "{host}: {origin}"
        );
    };
    for (name, _) in &hosts {
        origin(name, "asked", "/first.ini");
    }
    origin("other", "asked", "/second.ini");
    origin("carried", "imported", "carried.json");
    // One that was taken out by hand is out, and one of which nothing came says where it
    // is from.
    let path = site.path("fleet/inventory.json");
    let mut edited = inventory.clone();
    edited["hosts"] = serde_json::json!(["good", "other", "gone"]);
    edited["origins"]["gone"] =
        serde_json::json!({"how": "listed", "at": "2026-11-25T12:00:00Z", "from": "/first.ini"});
    fs::write(&path, edited.to_string()).unwrap();
    site.fleet(&["import", "carried.json", "-d", "fleet"])
        .expect_code(0);
    let inventory = site.json("inventory.json");
    assert_eq!(
        inventory["hosts"],
        serde_json::json!(["carried", "gone", "good", "other"])
    );
    assert!(inventory["origins"].get("bomb").is_none(), "{inventory}");
    fs::remove_file(site.path("fleet/fleet.yaml")).unwrap();
    let out = site.fleet(&["report", "-d", "fleet"]);
    let told = out.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        told.contains("no report of it (listed on 2026-11-25T12:00:00Z, in /first.ini)"),
        "{out}"
    );
    assert!(left(site.folder.path()).is_empty());
}

/// Programs and folders that were left where hosts had theirs.
fn left(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for host in fs::read_dir(folder.join("tmp")).unwrap().flatten() {
        let inside = fs::read_dir(host.path()).unwrap().flatten();
        found.extend(inside.map(|entry| entry.path().display().to_string()));
    }
    found
}

#[test]
fn a_broken_frame_is_read_as_far_as_it_is_one() {
    let script = r#"
import base64, gzip, json
def coded(data): return base64.b64encode(gzip.compress(data)).decode()
def bytes_of(text):
    try:
        return remote.Answer("N", text).bytes("out")
    except remote.Problem as problem:
        return problem.why
broken = remote.Answer("N", "N begin\nN exit x\nN exit 1e9\nN late -4\nN clock now\nN end\nN data\nN data out\n"
    "N data out base64 gzip many\nN folder\nN\nN arch " + "x" * 100000 + "\n" + "N folder y\n" * 1000
    + "N data out base64 gzip " + "9" * 100000 + "\nN clock 1\n" + "N clock 1700000000000000000\n" * 9)
print(json.dumps([broken.begun, broken.exit, broken.late, broken.end, len(broken.arch), len(broken.folders),
    len(broken.clocks), broken.bytes("out")]))
limit = remote.LARGEST
bomb = coded(b"0" * (limit + 1))
print(len(bomb) < 100000, bytes_of("N data out base64 gzip 7\n" + bomb))
print(bytes_of("N data out base64 gzip %d\n%s" % (limit + 1, bomb)))
print(bytes_of("N data out hex plain 5\n" + "00" * (limit + 4097)))
print(len(bytes_of("N data out base64 gzip %d\n%s" % (limit, coded(b"0" * limit)))) == limit)
print(bytes_of("N data out base64 gzip 4\n" + coded(b"whole")[:-16]), bytes_of("N data out hex plain 1\nzz"),
    bytes_of("N data out base64 gzip 3\n" + base64.b64encode(b"no gzip").decode()), bytes_of("N data out hex plain 1\n\u00e4"))
"#;
    let large = "what it sent is larger than 16 MiB, which no report is";
    let wanted = format!(
        "[true, null, null, null, 500, 20, 2, null]\nTrue {large}\n{large}\n{large}\nTrue\nNone None None None\n"
    );
    assert_eq!(python(script, ""), wanted);
}
