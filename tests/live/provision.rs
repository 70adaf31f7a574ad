//! Hosts that are set up by the real binary with nothing but an answers file and
//! join files: the tunnel is there, a second run changes nothing, and undoing
//! leaves no trace.

use crate::common;

use common::host::Host;
use common::lab::{HostSpec, Lab};
use common::proc::Out;
use common::site::{
    HOME, Picture, RUN, UNATTENDED, groundcrew, leaks, start, under, write_answers,
};
use common::tree::changed_tree_without;

/// The exit code of a run whose peers do not know it yet.
const NOT_VERIFIED: i32 = 7;

/// Runs the same on all hosts side by side, as a site would.
fn on_all(lab: &Lab, args: &[&str]) -> Vec<Out> {
    let started: Vec<_> = lab.hosts.iter().map(|host| start(host, args)).collect();
    started.into_iter().map(|run| run.wait(RUN)).collect()
}

fn join_path(name: &str) -> String {
    format!("{HOME}/join-{name}.yaml")
}

/// Carries each host's join file to the others.
fn carry_join_files(lab: &Lab) {
    for from in &lab.hosts {
        let path = join_path(&from.name);
        let text = from.read(&path);
        for to in lab.hosts.iter().filter(|to| to.name != from.name) {
            to.write(&path, 0o644, &text);
        }
    }
}

/// Every pair reaches each other with packets of exactly `mtu` bytes, as the
/// system's own ping says, and not with one byte more.
fn assert_mtu(lab: &Lab, mtu: u16) {
    for from in &lab.hosts {
        for to in lab.hosts.iter().filter(|to| to.name != from.name) {
            let address = format!("10.90.0.{}", to.number);
            from.ping(&address, mtu).ok();
            let over = from.ping(&address, mtu + 1);
            assert_ne!(over.code, Some(0), "{over}");
            assert!(over.stderr.contains(&format!("mtu={mtu}")), "{over}");
        }
        let link = from.run(&["ip", "link", "show", "wg0"]).ok();
        assert!(link.contains(&format!(" mtu {mtu} ")), "{link}");
    }
}

fn rules(host: &Host) -> String {
    host.run(&["iptables", "-S", "INPUT"]).ok()
}

#[test]
fn three_hosts_are_set_up_verified_and_undone() {
    let lab = Lab::start(&[
        HostSpec::new("alpha"),
        HostSpec::new("beta").old_calls(),
        HostSpec::new("gamma").mtu(1400),
    ]);
    let gamma = lab.host("gamma");
    gamma.drop_input();
    gamma.write(
        "/etc/iptables/rules.v4",
        0o640,
        "*filter\n:INPUT DROP [0:0]\n-A INPUT -j REJECT\nCOMMIT\n",
    );
    for (host, init) in lab.hosts.iter().zip(["systemd", "upstart", "sysvinit"]) {
        write_answers(host, init, "");
    }
    let before: Vec<_> = lab.hosts.iter().map(Picture::of).collect();
    let mut told: Vec<Out> = Vec::new();

    // Looking changes nothing, not even the state folder.
    let look = [
        &["plan", "--answers", "answers.yaml"][..],
        &["plan", "--answers", "answers.yaml", "--format", "sh"],
        &["run", "--answers", "answers.yaml", "--dry-run"],
        &["preflight", "--answers", "answers.yaml"],
    ];
    for host in &lab.hosts {
        let untouched = Picture::with_state(host);
        for args in look {
            told.push(groundcrew(host, args));
        }
        let detailed = ["plan", "--answers", "answers.yaml", "--detailed-exitcode"];
        groundcrew(host, &detailed).expect_code(10);
        untouched.assert_is(&Picture::with_state(host), "after looking");
    }

    // Alone: keys and join files, and an interface that waits.
    for out in on_all(&lab, &UNATTENDED) {
        assert!(out.stdout.contains("Waiting for join files"), "{out}");
        told.push(out.expect_code(0));
    }
    for host in &lab.hosts {
        let join = host.read(&join_path(&host.name));
        let endpoint = format!("\nendpoint: {}:51820\n", host.address());
        assert!(join.contains(&endpoint), "{join}");
        let shown = groundcrew(host, &["join", "show"]).ok();
        assert_eq!(shown, join);
    }
    assert!(
        rules(gamma).contains("--comment groundcrew-wg0 -j ACCEPT"),
        "{}",
        rules(gamma)
    );
    // After the next boot, too, and before what rejects the rest.
    let saved = gamma.read("/etc/iptables/rules.v4");
    let at = |text: &str| {
        saved
            .find(text)
            .unwrap_or_else(|| panic!("{text}: {saved}"))
    };
    assert!(at("--comment groundcrew-wg0 -j ACCEPT") < at("-A INPUT -j REJECT"));

    // Together. The first ones find nobody who knows them yet.
    carry_join_files(&lab);
    let check = [
        "join",
        "check",
        "join-alpha.yaml",
        "join-beta.yaml",
        "join-gamma.yaml",
    ];
    told.push(groundcrew(gamma, &check).expect_code(0));
    for out in on_all(&lab, &UNATTENDED) {
        assert!([Some(0), Some(NOT_VERIFIED)].contains(&out.code), "{out}");
        told.push(out);
    }
    for out in on_all(&lab, &["verify"]) {
        told.push(out.expect_code(0));
    }
    // The narrowest way of all, 1400, minus 80: on every host the same.
    assert_mtu(&lab, 1320);
    for host in &lab.hosts {
        let join = host.read(&join_path(&host.name));
        let endpoint = format!("\nendpoint: {}:51820\n", host.address());
        assert!(
            join.contains(&endpoint),
            "the tunnel's own end is told:\n{join}"
        );
    }

    // Again: nothing to do, and nothing done.
    for host in &lab.hosts {
        let set_up = Picture::with_state(host);
        let detailed = ["plan", "--answers", "answers.yaml", "--detailed-exitcode"];
        told.push(groundcrew(host, &detailed).expect_code(0));
        let out = groundcrew(host, &UNATTENDED).expect_code(0);
        assert!(out.stdout.contains("Nothing had to be changed"), "{out}");
        told.push(out);
        let now = Picture::with_state(host);
        set_up.assert_is(&now, "after a run with nothing to do");
        told.push(groundcrew(host, &["status"]).expect_code(0));
        told.push(groundcrew(host, &["report", "--format", "json"]).expect_code(0));
    }

    // No private key but in its own two files.
    let keys: Vec<String> = lab
        .hosts
        .iter()
        .map(|host| host.read("/etc/wireguard/wg0.key").trim().to_owned())
        .collect();
    assert!(keys.iter().all(|key| key.len() == 44), "{}", keys.len());
    for host in &lab.hosts {
        let homes = ["etc/wireguard/wg0.key", "etc/wireguard/wg0.conf"];
        assert_eq!(
            leaks(host, &keys, &homes),
            Vec::<String>::new(),
            "{}",
            host.name
        );
        let private = host.run(&[
            "stat",
            "-c",
            "%a %u:%g",
            "/etc/wireguard/wg0.key",
            "/etc/wireguard/wg0.conf",
        ]);
        assert_eq!(private.ok(), "600 0:0\n600 0:0\n");
    }
    for out in &told {
        let text = format!("{out}");
        assert!(keys.iter().all(|key| !text.contains(key)), "a key is told");
    }

    // And back: what was copied here goes by hand, the rest by itself.
    for out in on_all(&lab, &["rollback"]) {
        out.expect_code(0);
    }
    for (host, before) in lab.hosts.iter().zip(&before) {
        for other in lab.hosts.iter().filter(|other| other.name != host.name) {
            host.run(&["rm", &join_path(&other.name)]).ok();
        }
        before.assert_is(&Picture::of(host), "after the rollback");
        let again = groundcrew(host, &["rollback"]).expect_code(0);
        assert!(again.stdout.contains("nothing to undo"), "{again}");
        let homes: [&str; 0] = [];
        assert_eq!(
            leaks(host, &keys, &homes),
            Vec::<String>::new(),
            "{}",
            host.name
        );
    }
}

/// What somebody who carries the join files of many nodes about does first on each.
#[test]
fn a_join_file_is_made_before_the_network_changes() {
    let lab = Lab::start(&[HostSpec::new("alpha")]);
    let host = &lab.hosts[0];
    write_answers(host, "sysvinit", "");
    let before = Picture::of(host);
    let make = ["join", "make", "--answers", "answers.yaml"];
    groundcrew(host, &make).expect_code(0);
    let join = host.read(&join_path("alpha"));
    assert!(join.contains("\nkind: wireguard\n"), "{join}");
    assert_eq!(groundcrew(host, &["join", "show"]).ok(), join);
    let links = host.run(&["ip", "link", "show", "wg0"]);
    assert_ne!(links.code, Some(0), "{links}");
    host.run(&["test", "!", "-e", "/etc/wireguard/wg0.conf"])
        .ok();

    // The network then has the key that was told.
    groundcrew(host, &UNATTENDED).expect_code(0);
    assert_eq!(host.read(&join_path("alpha")), join);
    let key = host.run(&["wg", "show", "wg0", "public-key"]).ok();
    assert!(join.contains(&format!("\npublic-key: {}", key.trim())));
    groundcrew(host, &make).expect_code(0);
    groundcrew(host, &["rollback"]).expect_code(0);
    before.assert_is(&Picture::of(host), "after the rollback");

    // Without a private network there is nothing to make.
    let native = ["--set", "scheduler=native", "--set", "overlay.kind=none"];
    let none = [&["join", "make"], &native[..]].concat();
    let out = groundcrew(host, &none).expect_code(2);
    assert!(out.stderr.contains("overlay.kind"), "{out}");
}

/// A peer that is unknown to the others fails the verification, is kept, and is
/// found again by `verify`.
#[test]
fn a_peer_that_goes_away_is_drift() {
    let mut lab = Lab::plain(2);
    for host in &lab.hosts {
        write_answers(host, "systemd", "");
        groundcrew(host, &UNATTENDED).expect_code(0);
    }
    carry_join_files(&lab);
    for out in on_all(&lab, &UNATTENDED) {
        assert!([Some(0), Some(NOT_VERIFIED)].contains(&out.code), "{out}");
    }
    let alpha = lab.host("alpha");
    groundcrew(alpha, &["verify"]).expect_code(0);
    let measure = ["verify", "--peer", "bravo", "--echoes", "3"];
    let json = ["--format", "json"];
    let measured = groundcrew(alpha, &[&measure[..], &json[..]].concat()).ok();
    let results: serde_json::Value = serde_json::from_str(&measured).unwrap();
    let path = &results[1]["path"];
    assert_eq!(
        (&path["to"], &path["sent"], &path["lost"], &path["mtu"]),
        (&"10.90.0.2".into(), &3.into(), &0.into(), &1420.into()),
        "{measured}"
    );
    assert!(path["rtt"]["max_us"].as_u64() > Some(0), "{measured}");
    let nobody = groundcrew(alpha, &["verify", "--peer", "x", "--peer", "y"]).expect_code(2);
    assert!(
        nobody
            .stderr
            .contains("there is no x and no y; this host's peers are bravo"),
        "{nobody}"
    );
    // What the way carries is measured where both ends do it, and unknown where the
    // firewall has something against it.
    let on_both = || {
        let ends = [("alpha", "bravo"), ("bravo", "alpha")];
        let args = ["--throughput", "1", "--format", "json"];
        ends.map(|(host, peer)| {
            let all = [&["verify", "--peer", peer][..], &args].concat();
            start(lab.host(host), &all)
        })
    };
    let way = |out: &Out| {
        let results: serde_json::Value = serde_json::from_str(&out.stdout).unwrap();
        results[1]["path"]["throughput"].clone()
    };
    let [one, other] = on_both().map(|run| run.wait(RUN).expect_code(0));
    let (one, other) = (way(&one), way(&other));
    assert!(one["there"].as_u64() > Some(0), "{one}");
    assert_eq!(
        (&one["there"], &one["back"]),
        (&other["back"], &other["there"])
    );
    let rule = ["INPUT", "-i", "wg0", "-p", "tcp", "-j", "DROP"];
    alpha.run(&[&["iptables", "-A"][..], &rule].concat()).ok();
    let [waits, dials] = on_both();
    let told = dials.wait(RUN).expect_code(0);
    assert!(
        way(&told)["why"]
            .as_str()
            .unwrap()
            .contains("nothing comes back from TCP 7475 of 10.90.0.1"),
        "{told}"
    );
    drop(waits);
    alpha.run(&[&["iptables", "-D"][..], &rule].concat()).ok();
    // Somebody narrows the tunnel.
    alpha.run(&["ip", "link", "set", "wg0", "mtu", "1300"]).ok();
    let drift = groundcrew(alpha, &["verify", "--format", "json"]).expect_code(NOT_VERIFIED);
    let results: serde_json::Value = serde_json::from_str(&drift.stdout).unwrap();
    let first = results
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["id"] == "verify.interface");
    let first = first.unwrap();
    assert_eq!(first["status"], "fail", "{drift}");
    assert_eq!(first["message"], "wg0 has MTU 1300, wanted 1420", "{drift}");
    // The next run puts it right.
    groundcrew(alpha, &UNATTENDED).expect_code(0);
    assert_mtu(&lab, 1420);
    lab.cut_off("bravo");
    let alpha = lab.host("alpha");
    let drift = groundcrew(alpha, &["verify"]).expect_code(NOT_VERIFIED);
    assert!(
        drift.stdout.contains("bravo (10.90.0.2) did not answer"),
        "{drift}"
    );
    groundcrew(alpha, &["rollback"]).expect_code(0);
}

#[test]
fn somebody_elses_interface_is_refused_and_not_touched() {
    let lab = Lab::plain(2);
    let (conf, live) = (lab.host("alpha"), lab.host("bravo"));
    conf.write(
        "/etc/wireguard/wg0.conf",
        0o600,
        "[Interface]\nListenPort = 7\n",
    );
    live.run(&["wireguard-go", "wg0"]).ok();
    live.run(&["ip", "addr", "add", "10.7.0.1/24", "dev", "wg0"])
        .ok();
    live.run(&["ip", "link", "set", "wg0", "up"]).ok();
    for host in &lab.hosts {
        write_answers(host, "systemd", "");
        let before = Picture::of(host);
        let out = groundcrew(host, &UNATTENDED).expect_code(3);
        assert!(out.stderr.contains("wg0 belongs to somebody else"), "{out}");
        assert!(out.stderr.contains("choose another name with"), "{out}");
        before.assert_is(&Picture::of(host), "after the refusal");
        let tree = changed_tree_without(host, &["run", "dev", "proc", "sys"]);
        assert!(!tree.contains("runs/"), "no run was begun:\n{tree}");
    }
}

#[test]
fn a_saved_plan_is_carried_out_on_its_own_host_alone() {
    let lab = Lab::plain(2);
    let (alpha, bravo) = (lab.host("alpha"), lab.host("bravo"));
    for host in &lab.hosts {
        write_answers(host, "upstart", "");
    }
    let before: Vec<_> = lab.hosts.iter().map(Picture::of).collect();
    let save = ["plan", "--answers", "answers.yaml", "-o", "/run/plan.json"];
    groundcrew(alpha, &save).expect_code(0);
    let plan = alpha.read("/run/plan.json");
    bravo.write("/run/plan.json", 0o600, &plan);
    let refused = groundcrew(bravo, &["apply", "/run/plan.json"]).expect_code(2);
    assert!(refused.stderr.contains("was made for alpha"), "{refused}");
    before[1].assert_is(&Picture::of(bravo), "after the refusal");

    groundcrew(alpha, &["apply", "/run/plan.json", "--dry-run"]).expect_code(0);
    before[0].assert_is(&Picture::of(alpha), "after the dry run");
    groundcrew(alpha, &["apply", "/run/plan.json"]).expect_code(0);
    alpha.run(&["ip", "link", "show", "wg0"]).ok();
    // The same answers come to the same: nothing is left to do.
    let detailed = ["plan", "--answers", "answers.yaml", "--detailed-exitcode"];
    groundcrew(alpha, &detailed).expect_code(0);
    groundcrew(alpha, &["rollback"]).expect_code(0);
    before[0].assert_is(&Picture::of(alpha), "after the rollback");
}

/// A plan rests on facts: it is refused when they are others, and what its own
/// first half has changed does not stand in the way of the second.
#[test]
fn a_saved_plan_is_refused_when_the_host_has_changed() {
    let lab = Lab::plain(1);
    let alpha = &lab.hosts[0];
    write_answers(alpha, "systemd", "");
    let before = Picture::of(alpha);
    let save = ["plan", "--answers", "answers.yaml", "-o", "/run/plan.json"];
    groundcrew(alpha, &save).expect_code(0);
    let apply = ["apply", "/run/plan.json"];

    let address = ["ip", "addr", "add", "10.77.0.1/24", "dev", "eth0"];
    alpha.run(&address).ok();
    let bind = "exec nc -u -l 51820";
    let taken = alpha.spawn(&["bash", "-c", bind]);
    common::wait_until("the port is taken", common::proc::LIMIT, || {
        let sockets = alpha.run(&["ss", "-uln"]).ok();
        sockets.contains(":51820").then_some(()).ok_or(sockets)
    });
    let changed = Picture::of(alpha);
    for args in [&apply[..], &["apply", "/run/plan.json", "--dry-run"]] {
        let refused = groundcrew(alpha, args).expect_code(3);
        for text in [
            "interface eth0: was 10.92.0.1/24, MTU 1500, up; is 10.77.0.1/24,",
            "UDP port 51820: was free; is taken",
            "make a plan anew",
        ] {
            let flat = refused
                .stderr
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            assert!(flat.contains(text), "{text}\n{refused}");
        }
    }
    changed.assert_is(&Picture::of(alpha), "after the refusals");
    drop(taken);
    let address = ["ip", "addr", "del", "10.77.0.1/24", "dev", "eth0"];
    alpha.run(&address).ok();
    common::wait_until("the port is free", common::proc::LIMIT, || {
        let sockets = alpha.run(&["ss", "-uln"]).ok();
        if sockets.contains(":51820") {
            Err(sockets)
        } else {
            Ok(())
        }
    });

    // Cut off after the interface is up: its own traces are no change.
    let inject = "inject=fdatasync:signal=TERM:when=9";
    let strace = [
        "strace",
        "-qq",
        "-o",
        "/run/strace",
        "-e",
        "trace=fdatasync",
        "-e",
        inject,
        "--",
    ];
    under(alpha, &strace, &apply).wait(RUN).expect_code(9);
    alpha.run(&["ip", "link", "show", "wg0"]).ok();
    let address = ["ip", "addr", "add", "10.77.0.1/24", "dev", "eth0"];
    alpha.run(&address).ok();
    let refused = groundcrew(alpha, &["resume"]).expect_code(3);
    assert!(refused.stderr.contains("groundcrew rollback"), "{refused}");
    let address = ["ip", "addr", "del", "10.77.0.1/24", "dev", "eth0"];
    alpha.run(&address).ok();
    groundcrew(alpha, &["resume"]).expect_code(0);
    // Once more: nothing is left to do, and nothing stands in the way.
    groundcrew(alpha, &apply).expect_code(0);
    groundcrew(alpha, &["rollback"]).expect_code(0);
    before.assert_is(&Picture::of(alpha), "after the rollback");
}

/// A program that follows a run: standard error is lines of JSON and nothing else,
/// standard output the report, whatever the end.
#[test]
fn progress_for_programs_fits_its_schema_and_leaves_standard_output_alone() {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    write_answers(host, "systemd", "");
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/progress.schema.json");
    let folder = tempfile::tempdir().unwrap();
    let mut checked = 0;
    let mut lines_of = |out: &Out| -> Vec<serde_json::Value> {
        let lines = out.stderr.lines().map(|line| {
            let value: serde_json::Value =
                serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}\n{out}"));
            let path = folder.path().join(format!("{checked}.json"));
            std::fs::write(&path, line).unwrap();
            checked += 1;
            value
        });
        lines.collect()
    };
    let json = ["--progress", "json"];
    let run = groundcrew(
        host,
        &[&UNATTENDED[..], &["--format", "json"], &json].concat(),
    );
    let run = run.expect_code(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let steps = report["run"]["steps"].as_array().unwrap().len();
    let lines = lines_of(&run);
    assert_eq!(lines[0]["event"], "begin", "{run}");
    assert_eq!(lines[0]["total"], steps, "{run}");
    let last = lines.last().unwrap();
    assert_eq!((&last["event"], &last["exit"]), (&"end".into(), &0.into()));
    for (number, title) in report["run"]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
    {
        let of_step = lines.iter().filter(|line| line["step"] == number + 1);
        let states: Vec<_> = of_step.clone().map(|line| &line["state"]).collect();
        assert_eq!(states, ["started", "done"], "step {number}\n{run}");
        assert!(of_step.clone().all(|line| line["title"] == title["title"]));
    }
    let elapsed: Vec<_> = lines
        .iter()
        .map(|l| l["elapsed_ms"].as_u64().unwrap())
        .collect();
    assert!(elapsed.is_sorted(), "{elapsed:?}");
    // An error of the program is a line of its own.
    let bad = groundcrew(host, &[&["run", "--set", "nonsense=1"][..], &json].concat());
    let lines = lines_of(&bad.expect_code(2));
    assert_eq!(
        (&lines[0]["event"], &lines[0]["exit"]),
        (&"error".into(), &2.into())
    );
    lines_of(&groundcrew(host, &["rollback", "--progress", "json"]).expect_code(0));
    assert!(checked > 20, "{checked}");
    let mut jsonschema = std::process::Command::new("jsonschema");
    for n in 0..checked {
        jsonschema
            .arg("-i")
            .arg(folder.path().join(format!("{n}.json")));
    }
    common::proc::run(jsonschema.arg(schema)).ok();
    // And nothing at all where nobody wants to know.
    let out = groundcrew(host, &[&UNATTENDED[..], &["--progress", "none"]].concat());
    assert_eq!(out.clone().expect_code(0).stderr, "", "{out}");
    groundcrew(host, &["rollback", "-q"]).expect_code(0);
}

/// Keys that the site brings along are used and told to nobody.
#[test]
fn a_key_from_the_environment_and_a_preshared_key_are_never_told() {
    let lab = Lab::plain(2);
    let (alpha, bravo) = (lab.host("alpha"), lab.host("bravo"));
    let made = |argv: &[&str]| alpha.run(argv).ok().trim().to_owned();
    let (key, shared) = (made(&["wg", "genkey"]), made(&["wg", "genpsk"]));
    let other = made(&["wg", "genkey"]);
    let mut public = alpha.spawn(&["wg", "pubkey"]);
    public.write(&other);
    let public = public.wait(common::proc::LIMIT).ok();
    alpha.write("/root/secrets/bravo.psk", 0o600, &shared);
    write_answers(alpha, "systemd", "");
    let answers = alpha.read(&format!("{HOME}/answers.yaml")).replace(
        "    interface: wg0\n",
        &format!(
            "    interface: wg0\n    private-key: {{env: SITE_KEY}}\n    peers:\n\
             \x20     - name: bravo\n        address: 10.90.0.2\n        endpoint: {}:51820\n\
             \x20       public-key: {}\n        preshared-key: {{file: /root/secrets/bravo.psk}}\n",
            bravo.address(),
            public.trim(),
        ),
    );
    alpha.write(&format!("{HOME}/answers.yaml"), 0o644, &answers);
    let before = Picture::of(alpha);
    let variable = format!("SITE_KEY={key}");
    let mut told = Vec::new();
    for args in [
        &["plan", "--answers", "answers.yaml"][..],
        &["run", "--answers", "answers.yaml", "--dry-run"],
        &UNATTENDED,
        &["plan", "--answers", "answers.yaml", "--format", "json"],
        &["status", "--format", "json"],
        &["report", "--format", "json"],
        &["rollback"],
    ] {
        if args == ["rollback"] {
            let used = alpha.run(&["wg", "show", "wg0", "private-key"]).ok();
            assert_eq!(used.trim(), key);
            let used = alpha.run(&["wg", "show", "wg0", "preshared-keys"]).ok();
            assert!(used.contains(&shared), "the preshared key is not in use");
            let homes = [
                "etc/wireguard/wg0.key",
                "etc/wireguard/wg0.conf",
                "root/secrets/bravo.psk",
            ];
            let secrets = [key.clone(), shared.clone()];
            assert_eq!(leaks(alpha, &secrets, &homes), Vec::<String>::new());
        }
        let out = under(alpha, &["env", &variable], args).wait(RUN);
        // Nobody answers at the other end.
        assert!(
            [Some(0), Some(NOT_VERIFIED)].contains(&out.code),
            "{}",
            out.stderr
        );
        told.push(out);
    }
    for out in &told {
        for text in [&out.stdout, &out.stderr] {
            assert!(
                !text.contains(&key) && !text.contains(&shared),
                "a key is told"
            );
        }
    }
    before.assert_is(&Picture::of(alpha), "after the rollback");
}
