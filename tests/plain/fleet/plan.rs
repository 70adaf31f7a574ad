//! The plan of a fleet: who is a member, with which role, what each answers.

use std::collections::{BTreeMap, BTreeSet};

use groundcrew::answers::{Answers, AnswersFile, Config, Inputs};
use groundcrew::facts::{Fact, Facts};
use groundcrew::fleet::node::Node;
use groundcrew::fleet::plan::{FleetPlan, Input, PlanError, Planned, diff, make};
use groundcrew::fleet::report::{Given, Missing, report};
use groundcrew::fleet::roles;
use groundcrew::judge::rules::Rules;
use groundcrew::report::json;
use serde_json::json as value;

use super::hosts::{bytes, facts, report as reported, wishes};

/// Hosts of composed trees, planned for.
pub fn plan_of(
    nodes: Vec<Node>,
    missing: &[&str],
    yaml: &str,
    before: Option<&FleetPlan>,
) -> Result<Planned, Vec<PlanError>> {
    let (file, config) = wishes(yaml);
    let missing: Vec<Missing> = missing
        .iter()
        .map(|host| Missing {
            host: (*host).to_owned(),
            why: "no route to host".into(),
            hint: None,
        })
        .collect();
    let judged = report(&Given {
        rules: &Rules::embedded().unwrap(),
        nodes: &nodes,
        missing: &missing,
        excluded: &[],
        file: &file,
        config: &config,
        planned: before.map(FleetPlan::target).as_deref(),
        waivers: &BTreeMap::new(),
        now: "2026-11-25T12:00:00Z",
        max_age_hours: 24,
        allow_missing: true,
    });
    make(&Input {
        nodes: &nodes,
        missing: &missing,
        file: &file,
        config: &config,
        wishes_sha256: "0",
        report: &judged,
        before,
    })
}

pub fn nodes(hosts: &[usize], yaml: &str) -> Vec<Node> {
    let (_, config) = wishes(yaml);
    let each = hosts.iter().map(|n| {
        let name = format!("app{n:02}");
        Node::of(&name, &bytes(&reported("el9", &name, *n)), &config).unwrap()
    });
    each.collect()
}

pub fn planned(
    hosts: &[usize],
    missing: &[&str],
    yaml: &str,
    before: Option<&FleetPlan>,
) -> Planned {
    plan_of(nodes(hosts, yaml), missing, yaml, before).unwrap()
}

const WIREGUARD: &str = "version: 1\noverlay: {kind: wireguard}\n";

#[test]
fn hosts_come_and_go_and_what_was_given_stays() {
    let first = planned(&[1, 2, 3], &[], WIREGUARD, None).plan;
    let lines = diff(None, &first).0;
    assert_eq!(
        lines,
        [
            "+ app01 10.90.0.1 (first)",
            "+ app02 10.90.0.2",
            "+ app03 10.90.0.3"
        ]
    );
    // The same again, byte for byte, and nothing to change.
    let again = planned(&[1, 2, 3], &[], WIREGUARD, Some(&first)).plan;
    assert_eq!(json(&again), json(&first));
    assert!(diff(Some(&first), &again).is_empty());
    // One does not answer today: it stays, with what it said earlier.
    let silent = planned(&[1, 3], &["app02"], WIREGUARD, Some(&first)).plan;
    assert_eq!(silent.member("app02"), first.member("app02"));
    assert!(
        silent.warnings[0].contains("app02"),
        "{:?}",
        silent.warnings
    );
    assert!(diff(Some(&first), &silent).is_empty());
    // One goes, one comes.
    let grown = planned(&[1, 3, 4], &[], WIREGUARD, Some(&first)).plan;
    let lines = diff(Some(&first), &grown).0;
    assert_eq!(
        lines,
        [
            "+ app04 10.90.0.4",
            "- app02 (address 10.90.0.2 stays reserved)"
        ]
    );
    let more = planned(&[1, 3, 4, 5], &[], WIREGUARD, Some(&grown)).plan;
    assert_eq!(
        more.member("app05").unwrap().address.unwrap().to_string(),
        "10.90.0.5"
    );
    assert_eq!(more.removed[0].address.unwrap().to_string(), "10.90.0.2");
    // It was read back as it was written.
    assert_eq!(FleetPlan::parse(json(&more).as_bytes()).unwrap(), more);
    assert!(FleetPlan::parse(b"{\"schema\": \"fleet-plan/1\"}").is_err());
}

#[test]
fn the_first_host_and_the_managers_keep_their_roles() {
    let yaml = "version: 1\nscheduler: swarm\n";
    let small = planned(&[5, 6], &[], yaml, None).plan;
    assert_eq!(small.roles.first, "app05");
    assert_eq!(small.roles.managers, ["app05"]);
    // Hosts whose names come before change nothing about who began.
    let grown = planned(&[1, 5, 6, 7], &[], yaml, Some(&small)).plan;
    assert_eq!(grown.roles.first, "app05");
    assert_eq!(grown.roles.managers, ["app01", "app05", "app06"]);
    assert_eq!(grown.waves[0], ["app05"]);
    assert_eq!(grown.waves[1..4].concat(), ["app01", "app06", "app07"]);
    let lines = diff(Some(&small), &grown).0;
    assert!(
        lines.contains(&"~ managers: app05 -> app01, app05, app06".to_owned()),
        "{lines:?}"
    );
    // A manager goes: another takes its place, the others stay.
    let rest = planned(&[1, 5, 7], &[], yaml, Some(&grown)).plan;
    assert_eq!(rest.roles.managers, ["app01", "app05", "app07"]);
    // What is free on every host is found once, and kept.
    let range = grown.ranges["swarm.address-pools"];
    assert_eq!(small.ranges["swarm.address-pools"], range);
}

#[test]
fn the_answers_of_each_host_are_taken_as_they_are() {
    let cases = [
        (WIREGUARD, "native", "wireguard"),
        ("version: 1\nscheduler: swarm\n", "swarm", "none"),
        (
            "version: 1\nscheduler: swarm\noverlay: {kind: wireguard}\n",
            "swarm",
            "wireguard",
        ),
        ("version: 1\nscheduler: kubernetes\n", "kubernetes", "none"),
        (
            "version: 1\noverlay: {kind: flannel, network: 10.90.0.0/16}\nneeds: {encryption: no}\n",
            "native",
            "flannel",
        ),
        (
            "version: 1\noverlay: {kind: zerotier}\nneeds: {zerotier-controller: own}\n",
            "native",
            "zerotier",
        ),
    ];
    for (yaml, scheduler, overlay) in cases {
        let Planned { plan, answers } = planned(&[1, 2, 3, 4], &[], yaml, None);
        assert_eq!(
            (plan.scheduler.as_str(), plan.overlay.as_str()),
            (scheduler, overlay)
        );
        assert_eq!(answers.len(), 4);
        for (name, text) in &answers {
            let file = AnswersFile::parse("answers.yaml", text.as_bytes(), false);
            assert!(file.problems().is_empty(), "{text}\n{:?}", file.problems());
            let answers = Answers::gather(Inputs {
                file: Some(file),
                ..Inputs::default()
            });
            let config = Config::from_answers(&answers).unwrap_or_else(|e| panic!("{text}\n{e}"));
            assert_eq!(config.needs.nodes, 4);
            assert_eq!(config.expect.hostname.as_deref(), Some(name.as_str()));
            let first = name == "app01";
            assert_eq!(config.role.word(), if first { "first" } else { "join" });
            assert_eq!(config.address, plan.member(name).unwrap().address);
            assert_eq!(config.overlay.word(), overlay);
            if scheduler == "swarm" && !first {
                let meeting = match overlay {
                    "wireguard" => "10.90.0.1:2377",
                    _ => "10.20.0.2:2377",
                };
                assert_eq!(config.swarm.manager.as_deref(), Some(meeting), "{text}");
                assert!(config.swarm.token.is_some());
                let manager = plan.roles.managers.contains(name);
                assert_eq!(config.swarm.node_as.word() == "manager", manager);
            }
            if scheduler == "kubernetes" && !first {
                let server = config.kubernetes.api_server.unwrap().to_string();
                assert_eq!(server, "10.20.0.2:6443");
            }
        }
        if overlay == "zerotier" {
            assert_eq!(plan.roles.controller.as_deref(), Some("app01"));
        }
        if overlay == "flannel" {
            assert_eq!(plan.roles.etcd_members, ["app01", "app02", "app03"]);
        }
    }
}

#[test]
fn single_hosts_answer_otherwise_and_waivers_of_the_fleet_are_none_of_theirs() {
    let yaml = "\
version: 1
overlay: {kind: wireguard}
preflight:
  waive:
    - {id: fleet.clock, reason: read by hand}
    - {id: net.overlap, reason: on purpose}
fleet:
  first: app02
  hosts:
    app03:
      overlay: {address: 10.90.0.77, wireguard: {endpoint: '203.0.113.7:51820'}}
";
    let Planned { plan, answers } = planned(&[1, 2, 3], &[], yaml, None);
    assert_eq!(plan.roles.first, "app02");
    assert_eq!(
        plan.member("app03").unwrap().address.unwrap().to_string(),
        "10.90.0.77"
    );
    assert!(
        answers["app03"].contains("endpoint: \"203.0.113.7:51820\"")
            || answers["app03"].contains("endpoint: 203.0.113.7:51820"),
        "{}",
        answers["app03"]
    );
    assert!(
        !answers["app01"].contains("endpoint"),
        "{}",
        answers["app01"]
    );
    assert!(
        !answers["app01"].contains("fleet.clock"),
        "{}",
        answers["app01"]
    );
    assert!(
        answers["app01"].contains("net.overlap"),
        "{}",
        answers["app01"]
    );
}

#[test]
fn what_a_host_makes_impossible_is_no_plan_and_names_it() {
    let yaml = "version: 1\nscheduler: swarm\n";
    let (_, config) = wishes(yaml);
    let mut all = nodes(&[1, 2], yaml);
    let old = bytes(&reported("el6", "old1", 9));
    all.push(Node::of("old1", &old, &config).unwrap());
    let errors = plan_of(all, &[], yaml, None).unwrap_err();
    let told = errors[0].to_string();
    assert!(
        told.contains("swarm is not possible on every host: blocked by 1: old1 [SW1"),
        "{told}"
    );
    assert_eq!(
        plan_of(Vec::new(), &[], yaml, None).unwrap_err(),
        [PlanError::NoMembers]
    );
}

#[test]
fn the_order_of_the_hosts_files_changes_nothing() {
    // A thousand made-up hosts, in two orders of their numbers.
    let (_, config) = wishes(WIREGUARD);
    let made = |n: usize| {
        let mut facts: Facts = facts(n);
        facts.kernel.release = Fact::known(format!("6.1.0-{}", n % 3), "test");
        super::hosts::node(facts, &config)
    };
    let mut all: Vec<Node> = (0..30).rev().map(made).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let yaml = "version: 1\nscheduler: swarm\noverlay: {kind: wireguard}\n";
    let one = plan_of(all.clone(), &[], yaml, None);
    let two = plan_of((0..30).map(made).collect(), &[], yaml, None);
    assert_eq!(one, two);
}

#[test]
fn waves_grow_to_a_bound_and_control_planes_go_one_by_one() {
    let members: BTreeSet<String> = (0..200).map(|n| format!("h{n:03}")).collect();
    let heads = ["h100".to_owned(), "h001".to_owned(), "h100".to_owned()];
    let waves = roles::waves(&heads, &members);
    let sizes: Vec<usize> = waves.iter().map(Vec::len).collect();
    assert_eq!(sizes, [1, 1, 1, 3, 9, 27, 32, 32, 32, 32, 30]);
    assert_eq!(waves[0], ["h100"]);
    let all: BTreeSet<&String> = waves.iter().flatten().collect();
    assert_eq!(all.len(), 200);
    assert_eq!(waves.concat().len(), 200);
}

#[test]
fn every_pair_is_verified_or_a_spread_sample_that_is_the_same_each_time() {
    let of = |count: usize| {
        (0..count)
            .map(|n| format!("h{n:04}"))
            .collect::<BTreeSet<_>>()
    };
    let all = roles::matrix(&of(100));
    assert_eq!(all.values().map(Vec::len).sum::<usize>(), 100 * 99);
    let some = roles::matrix(&of(1000));
    let mut asked: BTreeMap<&String, usize> = BTreeMap::new();
    for (from, to) in &some {
        assert_eq!(to.iter().collect::<BTreeSet<_>>().len(), 8);
        assert!(!to.contains(from));
        for one in to {
            *asked.entry(one).or_default() += 1;
        }
    }
    assert!(asked.values().all(|count| *count == 8));
    assert_eq!(some, roles::matrix(&of(1000)));
    assert!(roles::matrix(&of(1))["h0000"].is_empty());
}

#[test]
fn numbers_of_managers_are_odd() {
    for hosts in 1..40 {
        for wished in [None, Some(1), Some(3), Some(5), Some(7)] {
            let count = roles::count(wished, hosts);
            assert!(
                count % 2 == 1 && count <= hosts.max(1) && count <= 7,
                "{hosts} {wished:?}"
            );
        }
    }
}

#[test]
fn a_plan_has_no_secret_and_says_what_it_is() {
    let yaml = "version: 1\nscheduler: swarm\nswarm: {token: {file: /root/canary}}\n";
    let Planned { plan, answers } = planned(&[1, 2, 3], &[], yaml, None);
    let text = json(&plan);
    assert!(!text.contains("canary"));
    assert!(answers["app02"].contains("/root/canary"));
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read["schema"], value!("fleet-plan/1"));
    assert_eq!(
        read["verification"]["from"]["app01"],
        value!(["app02", "app03"])
    );
}
