//! Flannel on hosts of the lab, with the real etcd and the real Docker: the first
//! node, the others, containers' traffic between them, and nothing left behind.
//! flanneld is a stand-in (tests/common/flanneld-stand-in), or the real one where
//! GROUNDCREW_TEST_FLANNELD names it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

mod common;

use common::flannel::{
    Before, FLANNELD, NOT_VERIFIED, OLD_FLANNELD, RUN, answers, assert_clear, bridge, carry,
    expect, groundcrew, set_up, site,
};
use common::host::Host;
use common::site::{HOME, UNATTENDED, journal, start};
use common::wait_until;

fn members(host: &Host) -> String {
    host.run(&[
        "etcdctl",
        "--endpoints",
        "http://127.0.0.1:2379",
        "member",
        "list",
    ])
    .ok()
}

fn three(flanneld: &str, backend: &str, order: &[usize]) {
    let lab = site(&["alpha", "bravo", "charlie"], flanneld, backend);
    if order[0] != 0 {
        for (at, host) in lab.hosts.iter().enumerate() {
            answers(host, at == order[0], flanneld, backend);
        }
    }
    // A careful site, and what an old distribution ships: nothing is forwarded.
    lab.host("bravo").drop_input();
    let reject = ["iptables", "-A", "FORWARD", "-j", "REJECT"];
    lab.host("charlie").run(&reject).ok();
    let before: Vec<_> = lab.hosts.iter().map(Before::of).collect();
    let old: Vec<_> = lab.hosts.iter().map(bridge).collect();

    set_up(&lab, order);
    for host in &lab.hosts {
        let verified = expect(host, groundcrew(host, &["verify"]), 0);
        assert!(
            verified.stdout.contains("answers a container"),
            "{verified}"
        );
        assert!(bridge(host).starts_with("10.5."), "{}", bridge(host));
        let listed = members(host);
        assert_eq!(listed.matches("started").count(), 3, "{listed}");
        assert!(
            !listed.contains(", true"),
            "a member without a vote: {listed}"
        );
        // Nothing is left to do.
        let detailed = ["plan", "--answers", "answers.yaml", "--detailed-exitcode"];
        expect(host, groundcrew(host, &detailed), 0);
        let shown = groundcrew(host, &["join", "show"]).ok();
        assert_eq!(shown, host.read(&format!("{HOME}/join-{}.yaml", host.name)));
    }

    // And back, the first one last.
    for at in order.iter().rev() {
        let host = &lab.hosts[*at];
        while !groundcrew(host, &["rollback"])
            .expect_code(0)
            .stdout
            .contains("nothing to undo")
        {}
    }
    for ((host, before), old) in lab.hosts.iter().zip(&before).zip(&old) {
        assert_eq!(bridge(host), *old, "{}", host.name);
        for other in lab.hosts.iter().filter(|other| other.name != host.name) {
            host.run(&["rm", &format!("{HOME}/join-{}.yaml", other.name)])
                .ok();
        }
        before.assert_is(&Before::of(host), "after the rollback");
        assert_clear(host);
    }
}

#[test]
fn three_nodes_by_vxlan_are_set_up_verified_and_undone() {
    three(FLANNELD, "vxlan", &[0, 1, 2]);
}

#[test]
fn another_order_routes_and_the_older_interface_of_etcd() {
    three(OLD_FLANNELD, "host-gw", &[2, 0, 1]);
}

#[test]
fn a_configuration_of_others_stops_the_run_and_is_named() {
    let lab = site(&["alpha"], FLANNELD, "host-gw");
    let host = &lab.hosts[0];
    let before = Before::of(host);
    expect(host, groundcrew(host, &UNATTENDED), 0);
    answers(host, true, FLANNELD, "vxlan");
    let out = groundcrew(host, &["run", "--answers", "answers.yaml", "--yes"]);
    assert_ne!(out.code, Some(0), "{out}");
    let told = out.stderr.clone() + &out.stdout;
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        told.contains(r#"{"Type":"host-gw"}}, and"#)
            && told.contains(r#"{"Type":"vxlan"}} is wanted"#),
        "{out}"
    );
    answers(host, true, FLANNELD, "host-gw");
    expect(host, groundcrew(host, &["verify"]), 0);
    groundcrew(host, &["rollback"]).expect_code(0);
    before.assert_is(&Before::of(host), "after the rollback");
}

#[test]
fn a_run_that_is_killed_goes_on_and_etcd_that_is_down_is_told() {
    let lab = site(&["alpha", "bravo"], FLANNELD, "host-gw");
    let (alpha, bravo) = (lab.host("alpha"), lab.host("bravo"));
    let before: Vec<_> = lab.hosts.iter().map(Before::of).collect();
    expect(alpha, groundcrew(alpha, &UNATTENDED), 0);
    expect(bravo, groundcrew(bravo, &UNATTENDED), 0);
    carry(alpha, bravo);
    carry(bravo, alpha);
    expect(alpha, groundcrew(alpha, &UNATTENDED), NOT_VERIFIED);

    // Nobody to join: the run takes itself back and says whom it asked.
    alpha.run(&["service", "etcd-groundcrew", "stop"]).ok();
    let out = groundcrew(bravo, &UNATTENDED);
    assert_ne!(out.code, Some(0), "{out}");
    let told = (out.stderr.clone() + &out.stdout)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(told.contains("etcd at 10.92.0.1:2379"), "{out}");
    alpha.run(&["service", "etcd-groundcrew", "start"]).ok();

    // Killed while etcd joins.
    let earlier = journal(bravo);
    let mut run = start(bravo, &UNATTENDED);
    wait_until("the run joins the cluster", RUN, || {
        let text = journal(bravo);
        match text != earlier && text.contains("leave") {
            true => Ok(()),
            false if run.has_ended() => panic!("{}", run.stderr()),
            false => Err(text),
        }
    });
    run.kill();
    expect(bravo, groundcrew(bravo, &["resume"]), 0);
    expect(bravo, groundcrew(bravo, &["verify"]), 0);
    expect(alpha, groundcrew(alpha, &["verify"]), 0);

    // A route is lost, as newer ones do: the next run starts flanneld anew.
    let routes = alpha.run(&["ip", "route"]).ok();
    let route = routes.lines().find(|line| line.contains("via 10.92.0.2 "));
    let subnet = route.unwrap().split(' ').next().unwrap();
    alpha.run(&["ip", "route", "del", subnet]).ok();
    let told = groundcrew(alpha, &["verify"]).expect_code(NOT_VERIFIED);
    assert!(told.stdout.contains("no route to"), "{told}");
    expect(alpha, groundcrew(alpha, &UNATTENDED), 0);
    // From the host all is well, and containers reach nothing.
    let drop = ["FORWARD", "-s", "10.5.0.0/16", "-j", "DROP"];
    alpha.run(&[&["iptables", "-I"], &drop[..]].concat()).ok();
    let gateway = bridge(bravo);
    let gateway = gateway.split('/').next().unwrap();
    alpha.ping(gateway, 84).ok();
    let told = groundcrew(alpha, &["verify"]).expect_code(NOT_VERIFIED);
    assert!(told.stdout.contains("asked as a container"), "{told}");
    alpha.run(&[&["iptables", "-D"], &drop[..]].concat()).ok();

    for host in [bravo, alpha] {
        while !groundcrew(host, &["rollback"])
            .expect_code(0)
            .stdout
            .contains("nothing to undo")
        {}
    }
    for (host, before) in lab.hosts.iter().zip(&before) {
        for other in lab.hosts.iter().filter(|other| other.name != host.name) {
            host.run(&["rm", &format!("{HOME}/join-{}.yaml", other.name)])
                .ok();
        }
        before.assert_is(&Before::of(host), "after the rollback");
        assert_clear(host);
    }
}
