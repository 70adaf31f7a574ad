//! Real Docker daemons on hosts of the lab, put into one Swarm by the binary:
//! traffic between containers, everything that goes wrong without a word, and
//! nothing left behind, tokens least of all.
//!
//! The kernel may have no ip_vs (SW8 is waived): virtual addresses of services are
//! not tried here, names (endpoint-mode dnsrr) are.

use crate::common;

use std::time::Duration;

use common::dockerd::Dockerd;
use common::host::Host;
use common::lab::{HostSpec, Lab};
use common::proc::Out;
use common::site::{HOME, Picture, RUN, UNATTENDED, groundcrew, leaks, start, under};
use common::steps::{Place, assert_all_ran};
use common::wait_until;
use serde_json::Value;

/// The exit code of a run that failed and was taken back.
const ROLLED_BACK: i32 = 5;
/// The exit code of what is refused.
const REFUSED: i32 = 3;
/// The exit code of a verification that failed.
const NOT_VERIFIED: i32 = 7;
const TOKENS: &str = "/root/swarm-join-tokens";

/// The host's answers, the role's own among them.
fn answers(host: &Host, nodes: usize, more: &str) {
    let role = if host.number == 1 {
        "role: first\nswarm: {token-out: /root/swarm-join-tokens}\n".to_owned()
    } else {
        let kind = if host.number == 2 {
            "manager"
        } else {
            "worker"
        };
        format!(
            "role: join\nswarm: {{as: {kind}, manager: 10.92.0.1, token: {{file: {TOKENS}}}}}\n"
        )
    };
    let text = format!(
        "version: 1\n{role}needs: {{nodes: {nodes}, vendor-kinds: [swarm]}}\nscheduler: swarm\n\
         preflight: {{waive: [{{id: SW8, reason: names are enough here}}]}}\n\
         replicated: {{install: false}}\n{more}"
    );
    host.write(&format!("{HOME}/answers.yaml"), 0o644, &text);
}

/// A whole text on one line.
fn told(out: &Out) -> String {
    let text = format!("{} {}", out.stdout, out.stderr);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn expect(docker: &Dockerd<'_>, out: Out, code: i32, words: &str) -> Out {
    let text = told(&out);
    assert!(
        out.code == Some(code) && text.contains(words),
        "wanted {code} and {words:?}\n{out}\n{}",
        docker.body("/info")
    );
    out
}

fn state(docker: &Dockerd<'_>) -> String {
    let info: Value = serde_json::from_str(&docker.body("/info")).unwrap();
    let word = info["Swarm"]["LocalNodeState"].as_str();
    word.unwrap_or_default().to_owned()
}

fn carry(from: &Host, to: &Host, path: &str) {
    to.write(path, 0o600, &from.read(path));
}

/// Both tokens of the file on the first host.
fn tokens(host: &Host) -> Vec<String> {
    let text = host.read(TOKENS);
    let words = text.split_whitespace().map(str::to_owned);
    let all: Vec<_> = words.filter(|word| word.starts_with("SWMTKN-")).collect();
    assert_eq!(all.len(), 2, "no two tokens");
    all
}

fn rule(host: &Host, verb: &str, protocol: &str, port: &str) {
    let argv = ["iptables", "-w", verb, "INPUT", "-p", protocol];
    host.run(&[&argv[..], &["--dport", port, "-j", "DROP"]].concat())
        .ok();
}

/// Runs the same on all hosts side by side; all have to end well.
fn on_all(lab: &Lab, args: &[&str]) -> Vec<Out> {
    let started: Vec<_> = lab.hosts.iter().map(|host| start(host, args)).collect();
    let ended = started.into_iter().map(|run| run.wait(RUN).expect_code(0));
    ended.collect()
}

/// Nothing of a trial with containers is there, once Docker has cleared up its
/// containers.
fn assert_no_trial(docker: &Dockerd<'_>) {
    for path in ["/services", "/networks"] {
        let body = docker.body(path);
        assert!(!body.contains("groundcrew-probe-"), "{path}: {body}");
    }
    wait_until("no container is left", Duration::from_secs(20), || {
        let body = docker.body("/containers/json?all=1");
        match body.contains("groundcrew-probe-") {
            true => Err(body),
            false => Ok(()),
        }
    });
}

#[test]
fn three_nodes_come_into_one_swarm_and_what_docker_does_not_tell_is_found() {
    // Narrower than what Docker takes the network below for.
    let narrow = |name: &&str| HostSpec::new(name).old_calls().mtu(1400);
    let lab = Lab::start(&["alpha", "bravo", "charlie"].each_ref().map(narrow));
    let [alpha, bravo, charlie] = [0, 1, 2].map(|at| &lab.hosts[at]);
    // A careful site: nothing comes in that was not let in.
    charlie.drop_input();
    let dockers: Vec<_> = lab.hosts.iter().map(Dockerd::start).collect();
    for host in &lab.hosts {
        answers(host, 3, "interface: {name: eth0}\n");
    }
    let before: Vec<_> = lab.hosts.iter().map(Picture::beside_docker).collect();
    let mut all = Vec::new();
    let run = |host: &Host| groundcrew(host, &UNATTENDED);

    // Missing answers are told together.
    let bare = "version: 1\nrole: join\nscheduler: swarm\nneeds: {nodes: 3}\noverlay: {kind: \
                wireguard, wireguard: {allow-experimental: true}}\npreflight: {waive: [{id: SW8, \
                reason: names are enough here}]}\n";
    bravo.write("/root/none.yaml", 0o644, bare);
    let missing = groundcrew(bravo, &["plan", "--answers", "/root/none.yaml"]).expect_code(2);
    for id in ["overlay.address", "swarm.manager", "swarm.token"] {
        assert!(missing.stderr.contains(id), "{missing}");
    }
    bravo.run(&["rm", "/root/none.yaml"]).ok();

    // Ranges over the host's own network, which Docker would take.
    let over = ["--set", "swarm.address-pools=[10.92.0.0/16]"];
    let out = groundcrew(alpha, &[&UNATTENDED[..], &over].concat());
    all.push(expect(
        &dockers[0],
        out,
        REFUSED,
        "lies over 10.92.0.0/24 on eth0",
    ));
    all.push(expect(
        &dockers[0],
        run(alpha),
        0,
        "1 of 3 nodes have joined",
    ));
    assert!(told(&all[1]).contains("Make the Swarm's ingress network anew for an MTU of 1400"));
    let ingress: Value = serde_json::from_str(&dockers[0].body("/networks/ingress")).unwrap();
    assert_eq!(ingress["Options"]["com.docker.network.driver.mtu"], "1400");
    let secrets = tokens(alpha);
    let mode = alpha.run(&["stat", "-c", "%a %u", TOKENS]).ok();
    assert_eq!(mode, "600 0\n");

    // Ports that are taken: with both, Docker says that all is well.
    carry(alpha, bravo, TOKENS);
    let mut listener = bravo.spawn(&["nc", "-l", "-k", "7946"]);
    wait_until("7946 is taken", Duration::from_secs(20), || {
        let shown = bravo.run(&["ss", "-lnt"]).ok();
        shown.contains(":7946 ").then_some(()).ok_or(shown)
    });
    all.push(expect(
        &dockers[1],
        run(bravo),
        REFUSED,
        "TCP 7946 is taken by nc",
    ));
    listener.kill();
    let vxlan = ["ip", "link", "add", "nsx0", "type", "vxlan", "id", "9"];
    bravo
        .run(&[&vxlan[..], &["dstport", "4789", "dev", "eth0"]].concat())
        .ok();
    bravo.run(&["ip", "link", "set", "nsx0", "up"]).ok();
    all.push(expect(
        &dockers[1],
        run(bravo),
        REFUSED,
        "UDP 4789 is taken by the kernel itself",
    ));
    bravo.run(&["ip", "link", "delete", "nsx0"]).ok();

    // Nothing comes back: Docker gives up after 20 s and goes on in the background.
    carry(alpha, bravo, TOKENS);
    let dropped = [
        "INPUT",
        "-s",
        "10.92.0.2",
        "-p",
        "tcp",
        "--dport",
        "2377",
        "-j",
        "DROP",
    ];
    let rule_for_bravo = |verb: &str| {
        let argv = ["iptables", "-w", verb];
        alpha.run(&[&argv[..], &dropped].concat()).ok();
    };
    rule_for_bravo("-I");
    let keep = ["--set", "apply.on-failure=keep"];
    let silent = start(bravo, &[&UNATTENDED[..], &keep].concat());

    // Meanwhile a token of another Swarm, and a host that is no manager.
    let wrong = secrets[0].replacen("SWMTKN-1-", "SWMTKN-1-0", 1);
    let (head, tail) = wrong.split_at(wrong.rfind('-').unwrap());
    let wrong = format!("{}{tail}", &head[..head.len() - 1]);
    charlie.write(TOKENS, 0o600, &format!("{wrong}\n"));
    let foreign = run(charlie);
    all.push(expect(
        &dockers[2],
        foreign,
        ROLLED_BACK,
        "the token is another Swarm's",
    ));
    carry(alpha, charlie, TOKENS);
    let nobody = ["--set", "swarm.manager=10.92.0.2"];
    let nobody = groundcrew(charlie, &[&UNATTENDED[..], &nobody].concat());
    all.push(expect(
        &dockers[2],
        nobody,
        ROLLED_BACK,
        "is that host a manager",
    ));
    charlie.run(&["rm", TOKENS]).ok();
    let now = Picture::beside_docker(charlie);
    before[2].assert_is(&now, "after joins that failed");

    let silent = silent.wait(RUN);
    assert!(
        told(&silent).contains("does TCP 2377 get through"),
        "{silent}"
    );
    assert_eq!(state(&dockers[1]), "pending");
    all.push(silent);
    rule_for_bravo("-D");
    all.push(expect(&dockers[1], groundcrew(bravo, &["resume"]), 0, ""));

    // The last one is looked over the shoulder: no program is given a token.
    carry(alpha, charlie, TOKENS);
    let trace = [
        "strace",
        "-f",
        "-s",
        "4096",
        "-e",
        "trace=execve",
        "-o",
        "/run/trace",
    ];
    let out = under(charlie, &trace, &UNATTENDED).wait(Duration::from_secs(90));
    all.push(expect(
        &dockers[2],
        out,
        0,
        "cannot try the traffic between containers",
    ));
    let trace = charlie.read("/run/trace");
    assert!(trace.contains("iptables"), "{trace}");
    assert!(secrets.iter().all(|token| !trace.contains(token.as_str())));

    // Containers reach each other, with packets of exactly their MTU.
    let verified = expect(
        &dockers[0],
        groundcrew(alpha, &["verify"]),
        0,
        "3 nodes are Ready",
    );
    let text = told(&verified);
    assert_eq!(text.matches("MTU 1350 end to end").count(), 2, "{verified}");
    assert_no_trial(&dockers[0]);
    all.push(verified);

    // All is Ready, and no packet gets through.
    rule(charlie, "-I", "udp", "4789");
    let out = groundcrew(alpha, &["verify"]);
    let out = expect(&dockers[0], out, NOT_VERIFIED, "do both firewalls");
    let text = told(&out);
    assert!(text.contains("3 nodes are Ready") && text.contains("charlie (10.92.0.3) is Ready"));
    assert_eq!(text.matches("MTU 1350 end to end").count(), 1, "{out}");
    rule(charlie, "-D", "udp", "4789");

    // A trial that is cut off goes with the next one.
    let mut cut_off = start(alpha, &["verify"]);
    wait_until("the trial has begun", Duration::from_secs(30), || {
        let services = dockers[0].body("/services");
        match services.contains("groundcrew-probe-") {
            true => Ok(()),
            false => Err(services),
        }
    });
    cut_off.kill();

    // All are here: the tokens that were carried around are replaced.
    all.push(expect(&dockers[0], run(alpha), 0, "MTU 1350 end to end"));
    assert_no_trial(&dockers[0]);
    assert_ne!(alpha.run(&["ls", TOKENS]).code, Some(0));
    let fresh: Value = serde_json::from_str(&dockers[0].body("/swarm")).unwrap();
    let fresh =
        ["Worker", "Manager"].map(|kind| fresh["JoinTokens"][kind].as_str().unwrap().to_owned());
    assert!(fresh.iter().all(|token| !secrets.contains(token)));
    let show = [
        &["plan", "--answers", "answers.yaml", "--detailed-exitcode"][..],
        &["plan", "--answers", "answers.yaml", "--format", "sh"],
        &["report", "--format", "json"],
    ];
    for args in show {
        all.extend(on_all(&lab, args));
    }
    // No token anywhere but where it was put.
    let secrets = [&secrets[..], &fresh, &[wrong]].concat();
    for host in &lab.hosts {
        let found = leaks(host, &secrets, &[&TOKENS[1..]]);
        assert_eq!(found, Vec::<String>::new(), "{}", host.name);
    }
    for out in &all {
        let text = format!("{out}");
        assert!(secrets.iter().all(|token| !text.contains(token.as_str())));
    }

    assert_all_ran(Place::Swarm, &[alpha, bravo, charlie]);

    // And back, the first one last.
    let others = [bravo, charlie].map(|host| start(host, &["rollback"]));
    for run in others {
        run.wait(RUN).expect_code(0);
    }
    groundcrew(alpha, &["rollback"]).expect_code(0);
    for (host, docker) in lab.hosts.iter().zip(&dockers) {
        assert_eq!(state(docker), "inactive", "{}", host.name);
    }
    for out in on_all(&lab, &["rollback"]) {
        assert!(out.stdout.contains("nothing to undo"), "{out}");
    }
    for (host, before) in lab.hosts.iter().zip(&before) {
        host.run(&["rm", "-f", TOKENS]).ok();
        before.assert_is(&Picture::beside_docker(host), "after the rollback");
    }
    for docker in &dockers {
        let images = docker.body("/images/json");
        assert_eq!(images.trim(), "[]");
    }
}

#[test]
fn a_docker_that_keeps_containers_while_it_is_away_is_refused() {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    let docker = Dockerd::start_with(host, &["--live-restore"]);
    answers(host, 1, "interface: {name: eth0}\n");
    let before = Picture::beside_docker(host);
    let out = groundcrew(host, &UNATTENDED);
    expect(&docker, out, REFUSED, "live-restore");
    before.assert_is(&Picture::beside_docker(host), "after the refusal");
    assert_eq!(state(&docker), "inactive");
}
