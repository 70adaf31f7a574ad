//! The real Docker daemon in a host: what is found of it while it runs, and what
//! is not guessed once it has stopped.

use crate::common;

use common::dockerd::Dockerd;
use common::flannel::{Before, bridge, groundcrew, with_docker};
use common::host::Host;
use common::lab::Lab;
use common::site::{HOME, UNATTENDED};
use common::steps::{Place, assert_all_ran};
use serde_json::Value;

/// What a command prints, which has to end with one of `codes`.
fn json(host: &Host, codes: &[i32], args: &[&str]) -> Value {
    let out = host.groundcrew(&[args, &["--format", "json"]].concat());
    assert!(out.code.is_some_and(|code| codes.contains(&code)), "{out}");
    serde_json::from_str(&out.stdout).unwrap_or_else(|error| panic!("{error}\n{out}"))
}

/// A finding about the machine that runs the tests is no failure of theirs.
const PREFLIGHT: [i32; 3] = [0, 3, 4];

#[test]
fn the_daemon_is_found_while_it_runs_and_not_guessed_afterwards() {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    let docker = Dockerd::start(host);
    let version: Value = serde_json::from_str(&docker.body("/version")).unwrap();
    let info: Value = serde_json::from_str(&docker.body("/info")).unwrap();

    let facts = json(host, &[0], &["facts"]);
    let preflight = json(host, &PREFLIGHT, &["preflight"]);
    assert_eq!(preflight["facts"]["docker"], facts["docker"]);
    let found = &facts["docker"];
    assert_eq!(found["installed"]["value"], true, "{found:#}");
    assert_eq!(found["running"]["value"], true, "{found:#}");
    assert_eq!(found["version"]["value"], version["Version"], "{found:#}");
    assert_eq!(
        found["storage_driver"]["value"], info["Driver"],
        "{found:#}"
    );
    assert!(
        found["version"]["source"]
            .as_str()
            .unwrap()
            .contains("docker.sock"),
        "{found:#}"
    );

    // Its bridge has an address and a private one, and is still never chosen.
    let interfaces = json(host, &[0], &["interfaces"]);
    let of = |name: &str| {
        let all = interfaces["candidates"].as_array().unwrap();
        let found = all.iter().find(|candidate| candidate["name"] == name);
        found
            .unwrap_or_else(|| panic!("no {name}: {interfaces:#}"))
            .clone()
    };
    assert_eq!(of("docker0")["verdict"], "ruled-out", "{interfaces:#}");
    assert!(!of("docker0")["reasons"].as_array().unwrap().is_empty());
    assert_eq!(of("eth0")["verdict"], "recommended", "{interfaces:#}");
    assert_eq!(host.groundcrew(&["interfaces", "--pick"]).ok(), "eth0\n");

    docker.stop().ok();
    let stopped = json(host, &[0], &["facts"])["docker"].clone();
    assert_eq!(stopped["installed"]["value"], true, "{stopped:#}");
    assert_eq!(stopped["running"]["value"], false, "{stopped:#}");
    for unknown in ["version", "storage_driver"] {
        assert!(
            stopped[unknown].get("value").is_none(),
            "{unknown}: {stopped:#}"
        );
        assert!(
            stopped[unknown]["source"].is_string(),
            "{unknown}: {stopped:#}"
        );
    }
    // The bridge outlives its daemon.
    let interfaces = json(host, &[0], &["interfaces"]);
    assert_eq!(interfaces["pick"], "eth0", "{interfaces:#}");
}

/// A socket that its daemon has left behind is no running daemon.
#[test]
fn a_stale_socket_is_no_daemon() {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    // Binds it and goes away.
    drop(std::os::unix::net::UnixListener::bind(host.path("/run/docker.sock")).unwrap());
    let found = json(host, &[0], &["facts"])["docker"].clone();
    assert_eq!(found["running"]["value"], false, "{found:#}");
    assert!(found["version"].get("value").is_none(), "{found:#}");
}

#[test]
fn docker_is_told_its_settings_started_anew_and_gets_the_old_ones_back() {
    let lab = Lab::old_calls(1);
    let host = &lab.hosts[0];
    with_docker(host);
    let old = bridge(host);
    let answers = |bip: &str| {
        let text = format!(
            "version: 1\nhost: {{init: sysvinit}}\nscheduler: native\noverlay: {{kind: none}}\n\
             interface: {{name: eth0}}\ndocker: {{bip: {bip}, cgroup-driver: cgroupfs}}\n"
        );
        host.write(&format!("{HOME}/answers.yaml"), 0o644, &text);
    };
    // Docker takes a range that is routed elsewhere without a word.
    answers("192.0.2.200/25");
    host.run(&["ip", "route", "add", "192.0.2.128/25", "dev", "eth0"]);
    let refused = groundcrew(host, &UNATTENDED).expect_code(3);
    assert!(refused.stderr.contains("overlaps"), "{refused}");

    answers("172.31.255.1/24");
    let before = Before::of(host);
    groundcrew(host, &UNATTENDED).expect_code(0);
    assert_eq!(bridge(host), "172.31.255.1/24");
    let json = host.read("/etc/docker/daemon.json");
    assert!(json.contains("native.cgroupdriver=cgroupfs"), "{json}");
    // What is live already starts nothing anew.
    let pid = host.read("/run/docker-service.pid");
    groundcrew(host, &UNATTENDED).expect_code(0);
    assert_eq!(host.read("/run/docker-service.pid"), pid);

    assert_all_ran(Place::Docker, &[host]);

    let undone = groundcrew(host, &["rollback"]).expect_code(0);
    assert_eq!(bridge(host), old, "{undone}");
    before.assert_is(&Before::of(host), "after the rollback");
}
