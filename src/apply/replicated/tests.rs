//! The hand-off on a host in memory, whose install script does what it is told.

use super::*;
use crate::apply::content::digest;
use crate::apply::verify::Status;
use crate::host::scripted::ended_with;
use crate::host::{Output, Scripted};
use crate::plan::scheduler::replicated::act::{From, Join, Run, Setting};
use crate::plan::scheduler::replicated::{CONF, SCRIPT, Verify};
use crate::plan::step::Manager;

const SCRIPT_TEXT: &str = "#!/bin/bash\nexit 0\n";
const TOKEN: &str = "token-canary-4711";
const BACKUP: &str = "/var/lib/backup.json";

fn wanted() -> Verify {
    Verify {
        address: [10, 90, 0, 1].into(),
        services: vec!["replicated".into(), "replicated-ui".into()],
        ports: vec![8800],
    }
}

fn run_act(join: Option<Join>) -> Act {
    Act::Run(Run {
        script: SCRIPT.into(),
        sha256: digest(SCRIPT_TEXT.as_bytes()),
        arguments: vec!["private-address=10.90.0.1".into(), "no-proxy".into()],
        dir: "/".into(),
        within: 60,
        join,
        wanted: wanted(),
    })
}

/// What Docker says where these containers are, running or not.
fn docker(containers: &[(&str, bool)]) -> Vec<u8> {
    let all: Vec<_> = containers
        .iter()
        .map(|(name, runs)| {
            let status = if *runs {
                "Up 3 seconds"
            } else {
                "Exited (1) 2 seconds ago"
            };
            serde_json::json!({"Names": [format!("/{name}")], "Status": status})
        })
        .collect();
    let body = serde_json::to_string(&all).unwrap();
    format!(
        "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A host whose script writes what the vendor's does with this address, says this
/// and ends with this status.
fn host(address: &'static str, said: &'static str, code: i32) -> Scripted {
    Scripted::new()
        .dir("/var/lib")
        .dir("/etc/systemd/system")
        .file(SCRIPT, SCRIPT_TEXT)
        .file("/root/token", format!("{TOKEN}\n"))
        .file(
            "/proc/net/tcp",
            "  sl  local_address rem_address   st\n   0: 00000000:2260 00000000:0000 0A 0\n",
        )
        .socket("/var/run/docker.sock")
        .answer(
            "/var/run/docker.sock",
            "GET /containers/json?all=1",
            docker(&[
                ("replicated", true),
                ("replicated-ui", true),
                ("other", false),
            ]),
        )
        .on_run(move |host, command| {
            assert_eq!(command.argv[..2], ["bash", SCRIPT]);
            if !address.is_empty() {
                let settings = format!("PRIVATE_ADDRESS={address}\nREPLICATED_OPTS=\" -e X=1\"\n");
                for (path, text) in [
                    ("/etc/default/replicated", settings.as_str()),
                    ("/etc/systemd/system/replicated.service", "[Unit]\n"),
                    ("/etc/systemd/system/replicated-ui.service", "[Unit]\n"),
                ] {
                    let _ = host.make_dir("/etc/default", 0o755);
                    host.write_atomic(path, text.as_bytes(), 0o644).unwrap();
                }
            }
            Some(match code {
                0 => Ok(Output {
                    stdout: said.into(),
                    stderr: Vec::new(),
                }),
                _ => Err(ended_with(command, code, said)),
            })
        })
}

#[test]
fn what_the_script_did_is_looked_at_and_undoing_says_what_is_left() {
    let host = host("10.90.0.1", "To continue the installation, visit\n", 0);
    let act = run_act(None);
    assert!(!is_done(&host, &act).unwrap());
    let undo = prepare(&host, &act, BACKUP).unwrap();
    apply(&host, &act).unwrap();
    assert!(is_done(&host, &act).unwrap());
    let all = check(&host, &wanted(), true);
    assert!(all.iter().all(|one| one.status == Status::Pass), "{all:#?}");
    let Undo::Replicated(restore) = undo else {
        panic!()
    };
    let left = restore.run(&host).unwrap_err().to_string();
    for part in [
        "/etc/default/replicated",
        "/etc/systemd/system/replicated.service",
        "docker rm -f replicated",
        "Then undo once more",
    ] {
        assert!(left.contains(part), "{part}: {left}");
    }
    // The containers were there before, which this test's Docker cannot say.
    assert!(!left.contains("the container"), "{left}");
    for path in [
        "/etc/default/replicated",
        "/etc/systemd/system/replicated.service",
        "/etc/systemd/system/replicated-ui.service",
    ] {
        host.remove_file(path).unwrap();
    }
    restore.run(&host).unwrap();
}

#[test]
fn an_end_with_zero_is_not_believed() {
    let said = "The installed version of Docker (28.0.1) may not be compatible with this installer.\n\
                Do you want to proceed anyway? (y/N) \n";
    let error = apply(&host("", said, 0), &run_act(None))
        .unwrap_err()
        .to_string();
    for part in [
        "ended as if all was well, and it is not",
        "replicated: there are no settings of it",
        "took No for an answer",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    // It waited for nothing: not even a unit is there.
    let other = host("10.0.0.9", "done\n", 0);
    let error = apply(&other, &run_act(None)).unwrap_err().to_string();
    assert!(
        error.contains("has the address 10.0.0.9, and not 10.90.0.1"),
        "{error}"
    );
}

#[test]
fn a_failure_is_told_with_the_last_words_and_what_they_mean() {
    let said = "Error: unknown parameter \"no-such\"\nSecret token: other-canary\n";
    let error = apply(&host("", said, 1), &run_act(None))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("ended with exit status 1; its last words: Error: unknown"),
        "{error}"
    );
    assert!(error.contains("It means: it does not know"), "{error}");
    assert!(!error.contains("canary"), "{error}");
    let question = "Enter desired number (0-2): /dev/tty: No such device\n";
    let forever: &'static str = Box::leak(question.repeat(5000).into_boxed_str());
    let error = apply(&host("", forever, 0), &run_act(None))
        .unwrap_err()
        .to_string();
    assert!(error.contains("the same again and again"), "{error}");
    assert!(
        error.contains("interface.name") || error.contains("private-address"),
        "{error}"
    );
}

#[test]
fn another_script_than_the_planned_one_is_not_run() {
    let host = host("10.90.0.1", "", 0);
    host.write_atomic(SCRIPT, b"#!/bin/bash\nrm -rf /\n", 0o700)
        .unwrap();
    let error = apply(&host, &run_act(None)).unwrap_err().to_string();
    assert!(error.contains("it was not run"), "{error}");
    assert!(host.ran().is_empty());

    let keep = Act::Script {
        from: From::File("/media/install.sh".into()),
        sha256: digest(b"planned\n"),
        path: "/etc/groundcrew/other.sh".into(),
    };
    let host = Scripted::new()
        .dir("/etc")
        .file("/media/install.sh", "changed\n");
    let error = apply(&host, &keep).unwrap_err().to_string();
    assert!(error.contains("make a plan anew"), "{error}");
    assert_eq!(host.text("/etc/groundcrew/other.sh"), None);
}

#[test]
fn the_token_is_handed_over_in_a_file_that_root_alone_reads() {
    let join = Join {
        path: "/etc/default/replicated-operator".into(),
        token: Token::File("/root/token".into()),
    };
    let act = run_act(Some(join));
    let host = host("", "It failed with token-canary-4711\n", 1);
    let Undo::Replicated(restore) = prepare(&host, &act, BACKUP).unwrap() else {
        panic!()
    };
    let error = apply(&host, &act).unwrap_err().to_string();
    assert!(!error.contains("canary"), "{error}");
    let path = "/etc/default/replicated-operator";
    assert_eq!(host.text(path).unwrap(), format!("DAEMON_TOKEN={TOKEN}\n"));
    assert_eq!(host.tree()[path].mode, 0o600);
    let ran = format!("{:?}", host.ran());
    assert!(!ran.contains("canary"), "{ran}");
    let kept = serde_json::to_string(&restore).unwrap();
    assert!(!kept.contains("canary"), "{kept}");
    // The script has failed before it wrote its own: ours goes.
    restore.run(&host).unwrap();
    assert_eq!(host.text(path), None);
    // Another installation's token is not written over.
    host.write_atomic(path, b"DAEMON_TOKEN=other\n", 0o600)
        .unwrap();
    let error = apply(&host, &act).unwrap_err().to_string();
    assert!(error.contains("another installation"), "{error}");
}

fn keys() -> Act {
    let text = |text: &str| Setting::Text(text.into());
    Act::Conf {
        keys: [
            ("LocalAddress".to_owned(), text("10.90.0.1")),
            ("ReleaseSequence".to_owned(), Setting::Number(7)),
            (
                "DaemonAuthenticationPassword".to_owned(),
                Setting::Secret(Token::File("/root/token".into())),
            ),
        ]
        .into(),
    }
}

fn with_conf(text: Option<&str>) -> Scripted {
    let host = Scripted::new()
        .dir("/var/lib")
        .dir("/etc")
        .file("/root/token", format!("{TOKEN}\n"));
    match text {
        Some(text) => host.file(CONF, text),
        None => host,
    }
}

fn set_and_undo(host: &Scripted) -> (String, Option<String>) {
    let Undo::Replicated(restore) = prepare(host, &keys(), BACKUP).unwrap() else {
        panic!()
    };
    assert!(!is_done(host, &keys()).unwrap());
    apply(host, &keys()).unwrap();
    assert!(is_done(host, &keys()).unwrap());
    let set = host.text(CONF).unwrap();
    let kept = serde_json::to_string(&restore).unwrap();
    let backup = host.text(BACKUP).unwrap_or_default();
    assert!(
        !kept.contains("canary") && !backup.contains("canary"),
        "{kept} {backup}"
    );
    restore.run(host).unwrap();
    let after = host.text(CONF);
    restore.run(host).unwrap();
    assert_eq!(host.text(CONF), after);
    (set, after)
}

#[test]
fn the_settings_are_merged_and_come_back() {
    let (set, after) = set_and_undo(&with_conf(None));
    assert!(set.contains("\"LocalAddress\": \"10.90.0.1\""), "{set}");
    assert!(
        set.contains(TOKEN) && set.contains("\"ReleaseSequence\": 7"),
        "{set}"
    );
    assert_eq!(after, None);

    const OLD: &str = "{\"Channel\":\"stable\",   \"LocalAddress\": \"10.0.0.5\"}\n";
    let (set, after) = set_and_undo(&with_conf(Some(OLD)));
    assert!(set.contains("\"Channel\": \"stable\""), "{set}");
    assert_eq!(after.as_deref(), Some(OLD));

    // A secret of others is not copied anywhere: its keys come back, not its layout.
    const SECRET: &str = "{\"DaemonToken\":\"old-canary\", \"HttpProxy\":\"http://joe:canary@p:1\", \"LocalAddress\":\"10.0.0.5\"}\n";
    let host = with_conf(Some(SECRET));
    let (_, after) = set_and_undo(&host);
    let after: serde_json::Value = serde_json::from_str(&after.unwrap()).unwrap();
    let before: serde_json::Value = serde_json::from_str(SECRET).unwrap();
    assert_eq!(after, before);
    let shown = conf_before(&host)
        + &match keys() {
            Act::Conf { keys } => conf_after(&host, &keys),
            _ => String::new(),
        };
    assert!(
        !shown.contains("canary") && shown.contains("(secret in /root/token)"),
        "{shown}"
    );
}

#[test]
fn settings_that_cannot_be_merged_are_left() {
    let broken = with_conf(Some("{\"a\": 1,}\n"));
    let error = apply(&broken, &keys()).unwrap_err().to_string();
    assert!(error.contains("no JSON object"), "{error}");
    let other = with_conf(Some(
        "{\"DaemonAuthenticationPassword\": \"theirs-canary\"}",
    ));
    let error = prepare(&other, &keys(), BACKUP).unwrap_err().to_string();
    assert!(
        error.contains("has another DaemonAuthenticationPassword"),
        "{error}"
    );
    assert!(!error.contains("canary"), "{error}");
    // Somebody has set a key since: it stays.
    let host = with_conf(None);
    let Undo::Replicated(restore) = prepare(&host, &keys(), BACKUP).unwrap() else {
        panic!()
    };
    apply(&host, &keys()).unwrap();
    let theirs = "{\"LocalAddress\": \"10.1.1.1\", \"ReleaseSequence\": 7}";
    host.write_atomic(CONF, theirs.as_bytes(), 0o600).unwrap();
    restore.run(&host).unwrap();
    let now: serde_json::Value = serde_json::from_str(&host.text(CONF).unwrap()).unwrap();
    assert_eq!(now, serde_json::json!({"LocalAddress": "10.1.1.1"}));
}

#[test]
fn docker_gets_its_label_and_loses_it_again() {
    const PATH: &str = "/etc/sysconfig/docker";
    let host = Scripted::new()
        .file(PATH, "other_args=\"-H x\"\n")
        .file("/proc/77/cmdline", "/usr/bin/docker\0-d\0")
        .on_run(|host, _| {
            let label = host
                .text(PATH)
                .unwrap_or_default()
                .contains("compat=dockerd");
            let line: &[u8] = if label {
                b"/usr/bin/docker\0-d\0--label\0compat=dockerd\0"
            } else {
                b"/usr/bin/docker\0-d\0"
            };
            host.write_atomic("/proc/77/cmdline", line, 0o444).unwrap();
            Some(Ok(Output::default()))
        });
    let act = Act::DockerLabel {
        manager: Manager::Sysvinit,
        path: PATH.into(),
    };
    assert!(!is_done(&host, &act).unwrap());
    let Undo::Replicated(restore) = prepare(&host, &act, BACKUP).unwrap() else {
        panic!()
    };
    apply(&host, &act).unwrap();
    assert!(is_done(&host, &act).unwrap());
    restore.run(&host).unwrap();
    assert_eq!(host.text(PATH).unwrap(), "other_args=\"-H x\"\n");
    assert!(!docker::has_name(&host));
    let restarts = host.ran().len();
    assert_eq!(restarts, 2);
    // Nothing there, nothing to start anew.
    restore.run(&host).unwrap();
    assert_eq!(host.ran().len(), restarts);
}

#[test]
fn files_that_the_answers_name_are_looked_at() {
    use crate::answers::Answers;
    use crate::answers::config::Config;
    let mut answers = Answers::default();
    for (id, text) in [
        ("replicated.script.file", "/media/install.sh"),
        ("replicated.settings-file", "/root/s.json"),
        ("replicated.license-file", "relative.rli"),
        ("replicated.airgap-package", "/root/none.airgap"),
        ("replicated.tls.type", "key-cert"),
        ("replicated.tls.cert", "/root/cert.pem"),
        ("replicated.tls.key", "/root/key.pem"),
    ] {
        answers.set_text(id, text).unwrap();
    }
    let config = Config::from_answers(&answers).unwrap();
    let pem = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
    let host = Scripted::new()
        .file("/root/s.json", "{\"a\": canary}")
        .file("/root/cert.pem", pem("CERTIFICATE"))
        .file("/root/key.pem", pem("CERTIFICATE"))
        .file(
            "/media/install.sh",
            "#!/bin/sh\necho \"no longer supported\"\n",
        )
        .file(
            "/etc/replicated.conf",
            "{\"DaemonToken\": \"canary\", \"Channel\": \"beta\"}",
        );
    let facts = crate::facts::collect(&host);
    let found = survey(&host, &config, &facts);
    let wrong: Vec<_> = found
        .files
        .iter()
        .map(|(id, text)| format!("{id}: {text}"))
        .collect();
    let all = wrong.join("\n");
    for part in [
        "settings-file: /root/s.json: no JSON",
        "license-file: relative.rli: an absolute path",
        "airgap-package: /root/none.airgap: ",
        "tls.key: /root/key.pem: no private key",
    ] {
        assert!(all.contains(part), "{part}: {all}");
    }
    assert!(!all.contains("tls.cert"), "{all}");
    let told = found.script.unwrap().unwrap().read.unwrap_err().to_string();
    assert!(told.contains("only says: no longer supported"), "{told}");
    let conf = found.conf.unwrap().unwrap();
    assert_eq!(conf["Channel"], "beta");
    assert_eq!(conf["DaemonToken"], "");
    let old = pem("RSA PRIVATE KEY").replace("\nAAAA", "\nProc-Type: 4,ENCRYPTED\n\nAAAA");
    let host = Scripted::new()
        .file("/root/key.pem", old)
        .file("/root/s.json", "{}")
        .file("/root/none.airgap", "x")
        .file("/root/cert.pem", "junk");
    let found = survey(&host, &config, &facts);
    let ids: Vec<_> = found.files.keys().copied().collect();
    assert_eq!(ids, ["replicated.license-file", "replicated.tls.cert"]);
}
