//! Hosts that are set up with ZeroTier by the real binary. ZeroTier itself is a
//! stand-in of ours (tests/stand-ins/zerotier-one-stand-in), which answers as was
//! recorded from 1.14.1; GROUNDCREW_TEST_ZEROTIER=/path/to/zerotier-one takes the
//! real program in its place.

use crate::common;

use std::time::Duration;

use common::host::Host;
use common::lab::Lab;
use common::proc::{LIMIT, Out};
use common::site::{HOME, Picture, RUN, UNATTENDED, groundcrew, journal, leaks, start};
use common::wait_until;
use common::zerotier::{
    FILES, PROGRAM, call, install, install_old, node, secrets, spec, state, wait_for_service,
    write_answers,
};

/// The exit code of a run that could not be verified.
const NOT_VERIFIED: i32 = 7;

const DETAILED: [&str; 4] = ["plan", "--answers", "answers.yaml", "--detailed-exitcode"];

fn join_path(name: &str) -> String {
    format!("{HOME}/join-{name}.yaml")
}

fn carry(from: &Host, to: &Host) {
    let path = join_path(&from.name);
    to.write(&path, 0o644, &from.read(&path));
}

fn lab(names: &[&str]) -> Lab {
    let specs: Vec<_> = names.iter().map(|name| spec(name)).collect();
    let lab = Lab::start(&specs);
    for host in &lab.hosts {
        install(host);
    }
    lab
}

fn network_of(controller: &Host) -> String {
    node(controller) + "676301"
}

/// The first controller and a member that it has let in, both verified.
fn set_up_two(lab: &Lab) {
    let (alpha, bravo) = (lab.host("alpha"), lab.host("bravo"));
    write_answers(alpha, "first", "", "");
    write_answers(bravo, "join", "", "");
    // The member first: it has nobody to ask yet.
    let waits = groundcrew(bravo, &UNATTENDED).expect_code(0);
    assert!(
        waits.stdout.contains("controller's join file is not here"),
        "{waits}"
    );
    carry(bravo, alpha);
    // Pre-authorised, and not there yet.
    groundcrew(alpha, &UNATTENDED).expect_code(NOT_VERIFIED);
    carry(alpha, bravo);
    groundcrew(bravo, &UNATTENDED).expect_code(0);
    groundcrew(alpha, &["verify"]).expect_code(0);
}

/// What was printed, its lines joined.
fn unwrapped(out: &Out) -> String {
    let words: Vec<_> = out.stdout.split_whitespace().collect();
    words.join(" ")
}

fn roll_back(host: &Host) {
    groundcrew(host, &["rollback"]).expect_code(0);
}

#[test]
fn three_hosts_with_a_stand_in_for_zerotier_are_set_up_verified_and_undone() {
    let lab = lab(&["alpha", "bravo", "charlie", "delta"]);
    let (alpha, bravo, charlie, delta) = (
        lab.host("alpha"),
        lab.host("bravo"),
        lab.host("charlie"),
        lab.host("delta"),
    );
    alpha.drop_input();
    let planned = [alpha, bravo, charlie];
    write_answers(alpha, "first", "", "");
    write_answers(bravo, "join", "", "");
    write_answers(charlie, "join", "", "");
    let before: Vec<_> = planned.iter().map(|host| Picture::of(host)).collect();
    let mut told: Vec<Out> = Vec::new();
    for host in planned {
        let untouched = Picture::with_state(host);
        told.push(groundcrew(
            host,
            &["run", "--answers", "answers.yaml", "--dry-run"],
        ));
        told.push(groundcrew(
            host,
            &["plan", "--answers", "answers.yaml", "--format", "sh"],
        ));
        groundcrew(host, &DETAILED).expect_code(10);
        untouched.assert_is(&Picture::with_state(host), "after looking");
    }

    // The controller, alone.
    told.push(groundcrew(alpha, &UNATTENDED).expect_code(0));
    let join = alpha.read(&join_path("alpha"));
    let network = network_of(alpha);
    assert!(
        join.contains(&format!("\ncontroller-network: \"{network}\"\n")),
        "{join}"
    );
    assert!(join.contains("\nunderlay: 10.92.0.1\n"), "{join}");

    // The others come, and wait to be let in. Nothing of theirs gets through the
    // firewall as long as the controller does not know them.
    for host in [bravo, charlie] {
        carry(alpha, host);
    }
    let runs: Vec<_> = [bravo, charlie]
        .iter()
        .map(|host| start(host, &UNATTENDED))
        .collect();
    for run in runs {
        let out = run.wait(RUN).expect_code(NOT_VERIFIED);
        assert!(
            unwrapped(&out).contains("alpha did not answer within 30 s"),
            "{out}"
        );
        told.push(out);
    }
    carry(bravo, alpha);
    carry(charlie, alpha);
    carry(bravo, charlie);
    carry(charlie, bravo);
    told.push(
        groundcrew(
            alpha,
            &["join", "check", "join-bravo.yaml", "join-charlie.yaml"],
        )
        .expect_code(0),
    );
    let let_in = groundcrew(alpha, &UNATTENDED).expect_code(0);
    assert!(
        let_in.stdout.contains("bravo (10.90.0.2) answers"),
        "{let_in}"
    );
    told.push(let_in);
    let rules = alpha.run(&["iptables", "-S", "INPUT"]).ok();
    assert_eq!(rules.matches("groundcrew-zerotier").count(), 2, "{rules}");
    assert!(rules.contains("-s 10.92.0.2/32"), "{rules}");
    for host in [bravo, charlie] {
        told.push(groundcrew(host, &UNATTENDED).expect_code(0));
    }
    for host in planned {
        let out = groundcrew(host, &["verify"]).expect_code(0);
        assert!(unwrapped(&out).contains("MTU 2800"), "{out}");
        told.push(out);
    }
    for from in planned {
        for to in planned.iter().filter(|to| to.name != from.name) {
            let address = format!("10.90.0.{}", to.number);
            from.ping(&address, 2800).ok();
        }
        from.run(&["ip", "link", "show", "ztrepl0"]).ok();
        // One port on one address, whatever else the host has.
        let status: serde_json::Value =
            serde_json::from_str(&call(from, "GET", "/status", "")).unwrap();
        assert_eq!(status["config"]["settings"]["secondaryPort"], 0, "{status}");
    }

    // Somebody who is not planned: asks, and is not let in.
    let planet = format!("base64 -d >{FILES}/planet");
    delta.run(&["mkdir", "-p", FILES]).ok();
    let mut copy = delta.spawn(&["sh", "-c", &planet]);
    copy.write(&alpha.run(&["base64", &format!("{FILES}/planet")]).ok());
    copy.close_stdin();
    copy.wait(LIMIT).ok();
    delta.run(&["zerotier-one", "-d"]).ok();
    wait_for_service(delta);
    delta.run(&["zerotier-cli", "join", &network]).ok();
    // The firewall of the controller is in its way before that.
    let hole = [
        "-I", "INPUT", "1", "-p", "udp", "--dport", "9993", "-j", "ACCEPT",
    ];
    alpha.run(&[&["iptables", "-w"], &hole[..]].concat()).ok();
    wait_until("delta is denied", Duration::from_secs(60), || {
        match state(delta) {
            state if state == "ACCESS_DENIED" => Ok(()),
            other => Err(other),
        }
    });
    alpha.run(&["iptables", "-w", "-D", "INPUT", "1"]).ok();
    // Also when another run has looked at the members.
    groundcrew(alpha, &UNATTENDED).expect_code(0);
    assert_eq!(state(delta), "ACCESS_DENIED");

    // Again: nothing to do, and nothing done.
    for host in planned {
        let set_up = Picture::with_state(host);
        told.push(groundcrew(host, &DETAILED).expect_code(0));
        let out = groundcrew(host, &UNATTENDED).expect_code(0);
        assert!(
            unwrapped(&out).contains("Nothing had to be changed"),
            "{out}"
        );
        told.push(out);
        set_up.assert_is(&Picture::with_state(host), "after a run with nothing to do");
        told.push(groundcrew(host, &["status"]).expect_code(0));
        told.push(groundcrew(host, &["report", "--format", "json"]).expect_code(0));
        told.push(groundcrew(
            host,
            &["plan", "--answers", "answers.yaml", "--format", "json"],
        ));
        told.push(groundcrew(host, &["join", "show"]).expect_code(0));
    }

    // No secret but in ZeroTier's own files.
    let all: Vec<String> = planned.iter().flat_map(|host| secrets(host)).collect();
    assert_eq!(all.len(), 7);
    for host in planned {
        let homes = [
            "var/lib/zerotier-one/authtoken.secret",
            "var/lib/zerotier-one/identity.secret",
            "var/lib/zerotier-one/groundcrew/moon.json",
        ];
        assert_eq!(
            leaks(host, &all, &homes),
            Vec::<String>::new(),
            "{}",
            host.name
        );
        let modes = host.run(&["stat", "-c", "%a", &format!("{FILES}/identity.secret")]);
        assert_eq!(modes.ok(), "600\n");
    }
    for out in &told {
        let text = format!("{out}");
        assert!(
            all.iter().all(|secret| !text.contains(secret)),
            "a secret is told"
        );
    }

    // And back.
    for (host, before) in planned.iter().zip(&before) {
        roll_back(host);
        for other in planned.iter().filter(|other| other.name != host.name) {
            host.run(&["rm", &join_path(&other.name)]).ok();
        }
        before.assert_is(&Picture::of(host), "after the rollback");
        let running = host.run(&["pgrep", "-x", "zerotier-one"]);
        assert_ne!(running.code, Some(0), "{running}");
        let homes: [&str; 0] = [];
        assert_eq!(
            leaks(host, &all, &homes),
            Vec::<String>::new(),
            "{}",
            host.name
        );
    }
}

/// What changes at the controller by another hand is drift, and the next run puts
/// it right; who is in stays without a join file, until it is named.
#[test]
fn drift_at_the_controller_of_a_stand_in_is_told_and_mended() {
    let lab = lab(&["alpha", "bravo"]);
    let (alpha, bravo) = (lab.host("alpha"), lab.host("bravo"));
    set_up_two(&lab);
    let network = network_of(alpha);
    let path = format!("/controller/network/{network}");
    let drift = |expected: &str| {
        let out = groundcrew(alpha, &["verify"]).expect_code(NOT_VERIFIED);
        assert!(unwrapped(&out).contains(expected), "{out}");
        groundcrew(alpha, &UNATTENDED).expect_code(0);
        groundcrew(alpha, &["verify"]).expect_code(0);
    };
    // A word where yes or no is wanted: the controller says nothing, and opens it.
    call(alpha, "POST", &path, r#"{"private":"yes"}"#);
    drift("is open to everybody");
    let member = format!("{path}/member/{}", node(bravo));
    call(alpha, "POST", &member, r#"{"authorized":false}"#);
    drift(&format!("bravo ({}) is not let in", node(bravo)));

    // The address alone is not enough.
    bravo
        .run(&["ip", "route", "del", "10.90.0.0/24", "dev", "ztrepl0"])
        .ok();
    let out = groundcrew(bravo, &["verify"]).expect_code(NOT_VERIFIED);
    assert!(
        unwrapped(&out).contains("there is no route to 10.90.0.0/24"),
        "{out}"
    );
    bravo
        .run(&["ip", "route", "add", "10.90.0.0/24", "dev", "ztrepl0"])
        .ok();

    // Somebody whom the site let in by hand stays, and so does bravo without its
    // file; somebody who was never let in is not.
    let guest = format!("{path}/member/aaaaaaaaaa");
    call(alpha, "POST", &guest, r#"{"authorized":true}"#);
    let asking = format!("{path}/member/bbbbbbbbbb");
    call(alpha, "POST", &asking, "{}");
    let file = alpha.read(&join_path("bravo"));
    alpha.run(&["rm", &join_path("bravo")]).ok();
    let authorized = |path: &str| {
        let text = call(alpha, "GET", path, "");
        let member: serde_json::Value = serde_json::from_str(&text).unwrap();
        member["authorized"].as_bool().unwrap()
    };
    let out = groundcrew(alpha, &UNATTENDED).expect_code(0);
    let text = unwrapped(&out);
    let name = node(bravo);
    for expected in [
        format!("The node {name} (10.90.0.2) stays in the network"),
        format!("overlay.zerotier.remove-members: [\"{name}\"]"),
        "The node aaaaaaaaaa stays in the network".into(),
        "bbbbbbbbbb is known to the controller and not let in".into(),
    ] {
        assert!(text.contains(&expected), "{expected}: {out}");
    }
    let who = |members: [&str; 3]| members.map(&authorized);
    let members = [&member[..], &guest, &asking];
    assert_eq!(who(members), [true, true, false]);
    let shut = [
        "--set",
        &format!("overlay.zerotier.remove-members=[\"{name}\"]"),
    ];
    let other = ["--set", "overlay.wireguard.mtu=1400"];
    let remove = [&UNATTENDED[..], &shut, &other].concat();
    let out = groundcrew(alpha, &remove).expect_code(0);
    let unused = "Not used, since the private network is zerotier: overlay.wireguard.mtu.";
    assert!(unwrapped(&out).contains(unused), "{out}");
    assert_eq!(who(members), [false, true, false]);
    // What is said twice is no wish; taken back, bravo is in again.
    alpha.write(&join_path("bravo"), 0o644, &file);
    let refused = groundcrew(alpha, &remove).expect_code(3);
    assert!(
        refused.stderr.contains("whose join file is here"),
        "{refused}"
    );
    groundcrew(alpha, &UNATTENDED).expect_code(0);
    assert_eq!(who(members), [true, true, false]);

    // The service is down: said at once, and started again by the next run.
    let pid = bravo.read(&format!("{FILES}/zerotier-one.pid"));
    bravo.run(&["kill", &pid]).ok();
    wait_until("the service is gone", Duration::from_secs(30), || {
        let out = bravo.run(&["kill", "-0", &pid]);
        if out.code == Some(0) {
            Err("there".into())
        } else {
            Ok(())
        }
    });
    let out = groundcrew(bravo, &["verify"]).expect_code(NOT_VERIFIED);
    assert!(
        unwrapped(&out).contains("does not answer on 127.0.0.1:9993"),
        "{out}"
    );
}

/// Without a way to a root nothing is ever said by ZeroTier itself.
#[test]
fn a_stand_in_without_roots_is_never_let_in_and_that_is_told() {
    let lab = lab(&["alpha"]);
    let alpha = lab.host("alpha");
    let overlay = "  zerotier: {network-id: \"28efc9e578000001\"}\n";
    write_answers(alpha, "join", overlay, "airgap: true\n");
    let before = Picture::of(alpha);
    let refused = groundcrew(alpha, &UNATTENDED).expect_code(3);
    assert!(refused.stderr.contains("zt.roots"), "{refused}");
    before.assert_is(&Picture::of(alpha), "after the refusal");

    write_answers(alpha, "join", overlay, "");
    let before = Picture::of(alpha);
    let out = groundcrew(alpha, &UNATTENDED).expect_code(NOT_VERIFIED);
    assert!(
        unwrapped(&out).contains("did not answer within 30 s"),
        "{out}"
    );
    assert!(out.stdout.contains("OFFLINE"), "{out}");
    assert_eq!(state(alpha), "REQUESTING_CONFIGURATION");
    roll_back(alpha);
    before.assert_is(&Picture::of(alpha), "after the rollback");
}

/// A host that was cloned with another one's identity.
#[test]
fn a_cloned_identity_of_a_stand_in_is_refused_and_replaced_on_request() {
    let lab = lab(&["alpha", "bravo"]);
    let (alpha, bravo) = (lab.host("alpha"), lab.host("bravo"));
    write_answers(alpha, "first", "", "");
    groundcrew(alpha, &UNATTENDED).expect_code(0);
    for (name, mode) in [("identity.secret", 0o600), ("identity.public", 0o644)] {
        let text = alpha.read(&format!("{FILES}/{name}"));
        bravo.write(&format!("{FILES}/{name}"), mode, &text);
    }
    write_answers(bravo, "join", "", "");
    carry(alpha, bravo);
    let before = Picture::of(bravo);
    let refused = groundcrew(bravo, &UNATTENDED).expect_code(2);
    assert!(refused.stderr.contains("cloned"), "{refused}");
    assert!(refused.stderr.contains("replace-identity"), "{refused}");
    before.assert_is(&Picture::of(bravo), "after the refusal");

    write_answers(bravo, "join", "  zerotier: {replace-identity: true}\n", "");
    let before = Picture::of(bravo);
    groundcrew(bravo, &UNATTENDED).expect_code(NOT_VERIFIED);
    assert_ne!(node(bravo), node(alpha));
    carry(bravo, alpha);
    groundcrew(alpha, &UNATTENDED).expect_code(0);
    groundcrew(bravo, &["verify"]).expect_code(0);
    // Nothing is replaced a second time.
    groundcrew(bravo, &DETAILED).expect_code(0);
    roll_back(bravo);
    before.assert_is(&Picture::of(bravo), "after the rollback");
    assert_eq!(node(bravo), node(alpha));
}

#[test]
fn a_run_with_a_stand_in_that_is_killed_is_resumed_or_undone() {
    let lab = lab(&["alpha"]);
    let alpha = lab.host("alpha");
    write_answers(alpha, "first", "", "");
    let before = Picture::of(alpha);
    // In the middle of several steps: the identity, the world, the start, the
    // network.
    for (nth, begun) in [4, 7, 9, 10, 11].into_iter().enumerate() {
        let mut run = start(alpha, &UNATTENDED);
        let old = journal(alpha);
        wait_until("some steps have begun", RUN, || {
            let text = journal(alpha);
            let steps = text.matches("\"start\"").count();
            if text != old && steps >= begun {
                Ok(())
            } else if run.has_ended() {
                panic!("the run was over after {steps} steps:\n{text}")
            } else {
                Err(text)
            }
        });
        run.signal_inner(nix::sys::signal::Signal::SIGKILL);
        run.wait(RUN);
        if nth % 2 == 0 {
            groundcrew(alpha, &["resume"]).expect_code(0);
            groundcrew(alpha, &DETAILED).expect_code(0);
        }
        roll_back(alpha);
        before.assert_is(&Picture::of(alpha), "after the rollback");
    }
}

/// A ZeroTier that was there keeps what it had.
#[test]
fn a_stand_in_that_was_in_use_keeps_its_settings_and_identity() {
    let lab = lab(&["alpha"]);
    let alpha = lab.host("alpha");
    let conf = "{\"physical\": {\"10.1.0.0/16\": {\"blacklist\": true}},\n \"settings\": \
                {\"interfacePrefixBlacklist\": [\"tun\"], \"portMappingEnabled\": true}}\n";
    alpha.write(&format!("{FILES}/local.conf"), 0o644, conf);
    alpha.run(&["zerotier-one", "-d"]).ok();
    wait_for_service(alpha);
    let own = node(alpha);
    write_answers(alpha, "first", "", "");
    let names = || {
        let text = alpha.run(&["find", FILES]).ok();
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let before = names();
    groundcrew(alpha, &UNATTENDED).expect_code(0);
    assert_eq!(node(alpha), own);
    let now: serde_json::Value =
        serde_json::from_str(&alpha.read(&format!("{FILES}/local.conf"))).unwrap();
    assert_eq!(now["physical"]["10.1.0.0/16"]["blacklist"], true);
    let kept_off = &now["settings"]["interfacePrefixBlacklist"];
    assert_eq!(
        kept_off,
        &serde_json::json!(["tun", "docker", "flannel", "veth", "br-"])
    );
    assert_eq!(now["settings"]["portMappingEnabled"], false);
    groundcrew(alpha, &DETAILED).expect_code(0);
    roll_back(alpha);
    wait_for_service(alpha);
    assert_eq!(node(alpha), own);
    assert_eq!(alpha.read(&format!("{FILES}/local.conf")), conf);
    assert_eq!(names(), before);

    // One network of somebody else's is more than can be kept.
    let foreign = "aaaaaaaaaa000001";
    alpha.run(&["zerotier-cli", "join", foreign]).ok();
    let refused = groundcrew(alpha, &UNATTENDED).expect_code(3);
    assert!(refused.stderr.contains("zt.in-use"), "{refused}");
}

#[test]
fn an_absent_agent_and_a_taken_port_are_refused() {
    let lab = Lab::start(&[spec("alpha")]);
    let alpha = lab.host("alpha");
    write_answers(alpha, "first", "", "");
    let refused = groundcrew(alpha, &UNATTENDED).expect_code(3);
    for part in ["`zerotier-one` is not on this host", "--bundle DIR"] {
        assert!(refused.stderr.contains(part), "{refused}");
    }
    install(alpha);
    let holder = alpha.spawn(&["nc", "-u", "-l", "-p", "9993"]);
    wait_until("the port is taken", LIMIT, || {
        let ports = alpha.run(&["ss", "-Hlun"]).ok();
        if ports.contains(":9993") {
            Ok(())
        } else {
            Err(ports)
        }
    });
    let refused = groundcrew(alpha, &UNATTENDED).expect_code(3);
    assert!(refused.stderr.contains("port 9993 is taken"), "{refused}");
    drop(holder);
}

#[test]
fn a_bundle_brings_a_stand_in_with_its_names_and_a_service_and_rollback_takes_it_away() {
    let lab = Lab::start(&[spec("alpha")]);
    let alpha = lab.host("alpha");
    write_answers(alpha, "first", "", "host: {init: sysvinit}\n");
    let create = ["bundle", "create", "/srv/bundle", "--overlay", "zerotier"];
    let refused = groundcrew(alpha, &create).expect_code(2);
    assert!(
        refused.stderr.contains("--program zerotier-one=PATH"),
        "{refused}"
    );
    let given = format!("zerotier-one={PROGRAM}");
    let made = groundcrew(alpha, &[&create[..], &["--program", &given]].concat());
    assert!(made.stdout.contains("program zerotier-one 1."), "{made}");
    made.expect_code(0);
    groundcrew(alpha, &["bundle", "verify", "/srv/bundle"]).expect_code(0);

    let before = Picture::of(alpha);
    let run = [&UNATTENDED[..], &["--airgap", "--bundle", "/srv/bundle"]].concat();
    let out = groundcrew(alpha, &run).expect_code(0);
    assert!(
        unwrapped(&out).contains("comes from the bundle /srv/bundle"),
        "{out}"
    );
    groundcrew(alpha, &["verify"]).expect_code(0);
    let cli = ["/usr/local/bin/zerotier-cli", "info"];
    assert!(alpha.run(&cli).ok().starts_with("200 info"));
    groundcrew(alpha, &[&DETAILED[..], &["--airgap"]].concat()).expect_code(0);
    // As at boot.
    alpha.run(&["service", "zerotier-one", "stop"]).ok();
    assert_ne!(alpha.run(&["pgrep", "-x", "zerotier-one"]).code, Some(0));
    alpha.run(&["/etc/rc3.d/S55zerotier-one", "start"]).ok();
    wait_until("the service answers", LIMIT, || {
        let out = alpha.run(&cli);
        match out.stdout.starts_with("200 info") {
            true => Ok(()),
            false => Err(format!("{out}")),
        }
    });

    roll_back(alpha);
    before.assert_is(&Picture::of(alpha), "after the rollback");
    assert_ne!(alpha.run(&["pgrep", "-x", "zerotier-one"]).code, Some(0));
}

/// The way of 1.2.4: the interface has the name that ZeroTier gives it, and the
/// network has no MTU of its own.
#[test]
fn an_old_stand_in_names_its_interface_itself() {
    if std::env::var_os("GROUNDCREW_TEST_ZEROTIER").is_some() {
        eprintln!("the stand-in alone has two versions");
        return;
    }
    let lab = Lab::start(&[spec("alpha"), spec("bravo")]);
    for host in &lab.hosts {
        install_old(host);
    }
    set_up_two(&lab);
    let (alpha, bravo) = (lab.host("alpha"), lab.host("bravo"));
    for host in [alpha, bravo] {
        host.run(&["ip", "link", "show", "zt0"]).ok();
        groundcrew(host, &DETAILED).expect_code(0);
    }
    let out = groundcrew(bravo, &["verify"]).expect_code(0);
    assert!(
        unwrapped(&out).contains("zt0 is up with 10.90.0.2"),
        "{out}"
    );
    for host in [bravo, alpha] {
        roll_back(host);
    }
}

/// What the stand-in answers has the keys, and the codes, of what was recorded.
#[test]
fn the_stand_in_answers_as_was_recorded() {
    let recorded = "../shared/data/flannel-zerotier/zt-1.14.1-api.txt";
    let Ok(recorded) = std::fs::read_to_string(recorded) else {
        eprintln!("{recorded} is not here: nothing was compared");
        return;
    };
    let lab = lab(&["alpha"]);
    let alpha = lab.host("alpha");
    alpha.run(&["zerotier-one", "-d"]).ok();
    wait_for_service(alpha);
    let own = node(alpha);
    let path = format!("/controller/network/{own}000001");
    call(alpha, "POST", &path, r#"{"name":"replicated"}"#);
    let member = format!("{path}/member/{own}");
    call(alpha, "POST", &member, r#"{"authorized":true}"#);
    call(alpha, "POST", &format!("/network/{own}000001"), "{}");
    let keys = |text: &str| -> Vec<String> {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        let one = value.get(0).unwrap_or(&value);
        one.as_object().unwrap().keys().cloned().collect()
    };
    let section = |head: &str| {
        let (_, rest) = recorded.split_once(&format!("### {head}\n")).unwrap();
        rest.split("\n### ").next().unwrap().to_owned()
    };
    for (path, head) in [
        ("/status", "a GET /status"),
        ("/network", "a GET /network"),
        ("/controller", "c GET /controller"),
        (&path, "c GET /controller/network/28efc9e578000001"),
        (
            &member,
            "c GET /controller/network/28efc9e578000001/member/481a5e3d20",
        ),
    ] {
        let answer = call(alpha, "GET", path, "");
        assert_eq!(keys(&answer), keys(&section(head)), "{path}");
    }

    // No token, a wrong one, and a caller from outside of the loopback.
    let code = |more: &[&str], address: &str| {
        let url = format!("http://{address}:9993/status");
        let head = [
            "curl",
            "-s",
            "-m",
            "2",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
        ];
        alpha.run(&[&head[..], more, &[&url]].concat()).stdout
    };
    let token = alpha.read(&format!("{FILES}/authtoken.secret"));
    let token = format!("X-ZT1-Auth: {token}");
    assert_eq!(code(&["-H", &token], "127.0.0.1"), "200");
    assert_eq!(code(&[], "127.0.0.1"), "401");
    assert_eq!(code(&["-H", "X-ZT1-Auth: wrong"], "127.0.0.1"), "401");
    assert_eq!(code(&["-H", &token], "10.92.0.1"), "401");
    // A POST without its length is never answered.
    assert_eq!(code(&["-X", "POST", "-H", &token], "127.0.0.1"), "000");

    let says = |argv: &[&str], code: i32, text: &str| {
        let out = alpha.run(argv).expect_code(code);
        assert!(
            format!("{}{}", out.stdout, out.stderr).contains(text),
            "{out}"
        );
    };
    says(
        &["zerotier-cli", "info"],
        0,
        &format!("200 info {own} 1.14.1 OFFLINE"),
    );
    says(&["zerotier-cli", "join", "zzz"], 2, "invalid network id");
    says(
        &["zerotier-cli", "-p9993", "-Twrong", "info"],
        1,
        "401 info {}",
    );
    says(
        &["zerotier-cli", "-D/none", "info"],
        2,
        "zerotier-one.port not found in /none",
    );
    says(
        &["zerotier-one"],
        1,
        "cannot bind to local control interface port 9993",
    );
}
