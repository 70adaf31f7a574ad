//! `capture` and `--root`: what is sent to support says the same of the host as
//! the host itself, and no secret leaves with it.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use groundcrew::facts::collect;
use groundcrew::host::recording::Entry;
use groundcrew::host::{Recording, Scripted};
use groundcrew::report::capture::archive;

fn groundcrew(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_groundcrew"));
    command.args(arguments).current_dir(dir).env_clear();
    command.output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Takes out what changes from one look to the next.
fn steady(mut facts: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(map) => {
                for name in [
                    "memory_available_mb",
                    "available_mb",
                    "inodes",
                    "collected_at",
                    "listeners",
                    "busy",
                    "entropy",
                    "cpu_mhz",
                ] {
                    map.remove(name);
                }
                map.values_mut().for_each(walk);
            }
            Value::Array(all) => all.iter_mut().for_each(walk),
            _ => {}
        }
    }
    walk(&mut facts);
    // Counters of the kernel.
    if let Some(settings) = facts["sysctl"].as_object_mut() {
        settings.retain(|name, _| !name.ends_with("_count") && !name.contains("entropy"));
    }
    facts
}

#[test]
fn an_unpacked_capture_is_read_as_the_host_it_was_taken_from() {
    let dir = tempfile::tempdir().unwrap();
    let live = groundcrew(dir.path(), &["facts"]);
    let told = groundcrew(dir.path(), &["capture", "-o", "c.tar.gz"]);
    assert!(told.status.success(), "{told:?}");
    let file = dir.path().join("c.tar.gz");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let archive = flate2::read::GzDecoder::new(fs::File::open(&file).unwrap());
    tar::Archive::new(archive).unpack(dir.path()).unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    let root = told.split("--root ").nth(1).unwrap();
    let root = root.split_whitespace().next().unwrap();
    let again = groundcrew(dir.path(), &["facts", "--root", root]);
    assert_eq!(steady(json(&live)), steady(json(&again)));
    // The manifest names every file with what is in it.
    let manifest = fs::read(dir.path().join(root).join("capture/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let files = manifest["files"].as_array().unwrap();
    assert!(files.len() > 50, "{}", files.len());
    for file in files {
        let path = file["path"].as_str().unwrap();
        let bytes = fs::read(dir.path().join(root).join(path.trim_start_matches('/')));
        assert_eq!(
            bytes.unwrap().len() as u64,
            file["bytes"].as_u64().unwrap(),
            "{path}"
        );
    }
    // The same verdicts, on whatever machine it is looked at.
    let preflight = groundcrew(
        dir.path(),
        &["preflight", "--root", root, "--format", "json"],
    );
    let preflight = json(&preflight);
    assert_eq!(
        preflight["host"],
        json(&groundcrew(dir.path(), &["preflight", "--format", "json"]))["host"]
    );
}

#[test]
fn nothing_is_overwritten_through_a_link_and_a_terminal_gets_no_archive() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("precious"), "x").unwrap();
    std::os::unix::fs::symlink("precious", dir.path().join("c.tar.gz")).unwrap();
    let told = groundcrew(dir.path(), &["capture", "-o", "c.tar.gz"]);
    assert!(told.status.success(), "{told:?}");
    assert_eq!(fs::read(dir.path().join("precious")).unwrap(), b"x");
    let piped = groundcrew(dir.path(), &["capture", "-o", "-"]);
    assert_eq!(piped.stdout.get(..2), Some(&[0x1f, 0x8b][..]));
    let of_tree = groundcrew(dir.path(), &["capture", "--root", "."]);
    assert_eq!(of_tree.status.code(), Some(2));
}

const CANARY: &str = "cAnArY0123456789abcdefghijklmnopq";

/// A host with a secret wherever one is usual.
fn planted() -> Scripted {
    let http = |body: String| {
        format!("HTTP/1.0 200 OK\r\nServer: Docker/24.0.2 (linux)\r\n\r\n{body}").into_bytes()
    };
    let socket = "/var/run/docker.sock";
    let mut host = Scripted::new()
        .release("3.10.0-1160.el7.x86_64")
        .file("/etc/os-release", "ID=centos\nVERSION_ID=7\nID_LIKE=\"rhel fedora\"\n")
        .file("/etc/wireguard/wg0.conf", format!("[Interface]\nPrivateKey = {CANARY}=\n"))
        .file("/etc/wireguard/wg0.key", format!("{CANARY}\n"))
        .file("/root/.docker/config.json", format!("{{\"auths\":{{\"r\":{{\"auth\":\"{CANARY}\"}}}}}}"))
        .file("/var/lib/zerotier-one/identity.secret", format!("0123456789:0:{CANARY}:{CANARY}"))
        .file("/var/lib/zerotier-one/authtoken.secret", CANARY)
        .file("/etc/replicated.conf", format!("{{\"DaemonToken\": \"{CANARY}\"}}"))
        .file("/etc/yum.conf", format!("[main]\nproxy=http://u:{CANARY}@proxy:3128\nproxy_password={CANARY}\n"))
        .file("/etc/yum.repos.d/a.repo", format!("[a]\nbaseurl=https://u:{CANARY}@r/\nenabled=1\npassword={CANARY}\n"))
        .file("/etc/fstab", format!("//nas/x /mnt cifs user=u,password={CANARY} 0 0\n"))
        .file("/etc/sysconfig/network-scripts/ifcfg-wlan0", format!("HWADDR=00:11:22:33:44:55\nWPA_PSK={CANARY}\n"))
        .file("/proc/1/environ", format!("PATH=/bin\0DB_PASSWORD={CANARY}\0SOMETHING={CANARY}\0container=lxc\0"))
        .file("/proc/cmdline", format!("ro root=/dev/sda1 rd.token={CANARY} fips=0\n"))
        .file("/etc/sysconfig/docker", format!("OPTIONS='--log-opt splunk-token={CANARY}'\nHTTP_PROXY=http://u:{CANARY}@p\n"))
        .file("/etc/docker/daemon.json", format!("{{\"bip\": \"10.9.0.1/24\", \"log-opts\": {{\"splunk-token\": \"{CANARY}\"}}}}"))
        .answer(socket, "GET /_ping ", http("OK".into()))
        .answer(socket, "GET /version ", http("{\"Version\": \"24.0.2\", \"ApiVersion\": \"1.43\"}".into()))
        .answer(socket, "GET /networks ", http(format!("[{{\"Name\": \"n\", \"Driver\": \"bridge\", \"Labels\": {{\"a\": \"{CANARY}\"}}, \"Options\": {{\"b\": \"{CANARY}\"}}}}]")))
        .answer(socket, "GET /info ", http(format!("{{\"Driver\": \"overlay2\", \"HttpProxy\": \"http://u:{CANARY}@p:3128\", \"Labels\": [\"x={CANARY}\"], \"Swarm\": {{\"LocalNodeState\": \"active\", \"JoinTokens\": {{\"Worker\": \"SWMTKN-1-{CANARY}-x\"}}}}}}")));
    for name in ["http_proxy", "HTTPS_PROXY", "PASSWORD"] {
        let value = format!("http://u:{CANARY}@proxy:3128");
        host.environment.insert(name.into(), value);
    }
    host
}

#[test]
fn no_planted_secret_is_in_the_archive() {
    let host = planted();
    let recording = Recording::new(&host);
    let facts = collect(&recording);
    // They were read where facts need them, or this test proves nothing.
    assert_eq!(facts.docker.version.value().unwrap(), "24.0.2");
    let recorded = recording.take();
    let holds = |entry: &Entry| match entry {
        Entry::File(bytes) => String::from_utf8_lossy(bytes).contains(CANARY),
        Entry::Directory | Entry::Link(_) => false,
    };
    let read = recorded
        .entries
        .values()
        .filter(|entry| holds(entry))
        .count();
    assert!(read > 4, "the canaries were not even looked at: {read}");
    let output = Ok(format!("password={CANARY}\n"));
    let made = archive(&recorded, &[("uname".into(), output)], "x", 0).unwrap();
    let mut bytes = Vec::new();
    let mut plain = flate2::read::GzDecoder::new(made.bytes.as_slice());
    plain.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let at = text.find(CANARY);
    let near = |at: usize| {
        text.get(at.saturating_sub(300)..at + 60)
            .unwrap_or("?")
            .to_owned()
    };
    assert_eq!(at.map(near), None);
    // What the secrets stood beside is still there.
    for kept in [
        "HWADDR=00:11:22:33:44:55",
        "container=lxc",
        "fips=0",
        "10.9.0.1/24",
        "overlay2",
    ] {
        assert!(text.contains(kept), "{kept}");
    }
}

#[test]
fn no_planted_secret_is_in_the_facts() {
    let facts = serde_json::to_string_pretty(&collect(&planted())).unwrap();
    let line = facts.lines().find(|line| line.contains(CANARY));
    assert_eq!(line, None);
}

#[test]
fn a_tree_is_never_left() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("os-release"), "ID=leaked\n").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("tree");
    fs::create_dir_all(root.join("etc")).unwrap();
    fs::create_dir_all(root.join("usr")).unwrap();
    let target = outside.path().join("os-release");
    std::os::unix::fs::symlink(&target, root.join("etc/os-release")).unwrap();
    std::os::unix::fs::symlink("../".repeat(30), root.join("usr/lib")).unwrap();
    std::os::unix::fs::symlink("loop", root.join("loop")).unwrap();
    let facts = groundcrew(dir.path(), &["facts", "--root", "tree"]);
    assert!(facts.status.success(), "{facts:?}");
    let text = String::from_utf8(facts.stdout).unwrap();
    assert!(!text.contains("leaked"), "{text}");
}

#[test]
fn a_folder_that_is_no_host_is_refused_in_one_sentence() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("empty")).unwrap();
    fs::write(dir.path().join("file"), "x").unwrap();
    for root in ["empty", "file", "missing"] {
        let output = groundcrew(dir.path(), &["preflight", "--root", root]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(
            text.starts_with(&format!("error: --root {root}: ")),
            "{text}"
        );
        assert_eq!(text.lines().count(), 1);
    }
}

#[test]
fn what_was_judged_of_another_host_is_not_done_to_this_one() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("tree/etc")).unwrap();
    fs::write(dir.path().join("facts.yaml"), "os.family: el7\n").unwrap();
    for flag in [["--root", "tree"], ["--facts", "facts.yaml"]] {
        for command in [
            &["run", "--yes"][..],
            &["resume"],
            &["rollback", "--yes"],
            &["verify"],
        ] {
            let output = groundcrew(dir.path(), &[command, &flag].concat());
            assert_eq!(output.status.code(), Some(2), "{command:?} {output:?}");
        }
    }
}

/// Ids and statuses of the findings on the host that a facts file describes.
fn verdicts(dir: &Path, facts: &str) -> Vec<(String, String)> {
    let arguments = ["preflight", "--facts", facts, "--format", "json"];
    let report = json(&groundcrew(dir, &arguments));
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut all: Vec<_> = findings
        .map(|finding| (text(&finding["id"]), text(&finding["status"])))
        .collect();
    all.push(("interface".into(), report["interfaces"]["pick"].to_string()));
    all.push((
        "recommended".into(),
        report["recommendation"]["id"].to_string(),
    ));
    all
}

#[test]
fn anonymous_facts_are_judged_as_the_host_was() {
    let dir = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = groundcrew(dir.path(), arguments);
        assert!(output.status.success(), "{output:?}");
    };
    run(&["facts", "-o", "a.json"]);
    fs::write(dir.path().join("key"), "one key for all").unwrap();
    let anonymous = ["facts", "--facts", "a.json", "--anonymize"];
    run(&[&anonymous[..], &["-o", "b.json"]].concat());
    run(&[&anonymous[..], &["--anonymize-key", "key", "-o", "c.json"]].concat());
    run(&[&anonymous[..], &["--anonymize-key", "key", "-o", "d.json"]].concat());
    let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
    assert_eq!(read("c.json"), read("d.json"));
    assert_ne!(read("b.json"), read("c.json"));
    assert_eq!(
        verdicts(dir.path(), "a.json"),
        verdicts(dir.path(), "b.json")
    );
    let id = fs::read_to_string("/etc/machine-id").unwrap_or_default();
    if id.trim().len() == 32 {
        assert!(read("a.json").contains(id.trim()) && !read("b.json").contains(id.trim()));
    }
}
