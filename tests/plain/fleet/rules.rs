//! The rules about the hosts together: each passes, fails, and is unknown.

use std::collections::BTreeMap;

use groundcrew::facts::{Fact, Facts};
use groundcrew::fleet::finding::ClusterFinding;
use groundcrew::fleet::node::Node;
use groundcrew::fleet::rules::{Fleet, all, findings};
use groundcrew::judge::finding::Status;

use super::hosts::{facts, node, wishes};

mod identity;
mod network;
mod state;

/// Four sound hosts of which these facts are otherwise.
fn found(
    change: impl Fn(usize, &mut Facts),
    more: impl Fn(usize, &mut Node),
    target: &str,
    yaml: &str,
) -> Vec<ClusterFinding> {
    let (file, config) = wishes(yaml);
    let nodes: Vec<Node> = (0..4)
        .map(|n| {
            let mut facts = facts(n);
            change(n, &mut facts);
            let mut node = node(facts, &config);
            more(n, &mut node);
            node
        })
        .collect();
    let fleet = Fleet {
        nodes: &nodes,
        missing: &[],
        config: &config,
        wishes: file.wishes(),
        target: Some(target),
        max_age_hours: 24,
        allow_missing: false,
        now: "2026-11-25T12:00:00Z",
    };
    findings(&fleet, &BTreeMap::new())
}

/// The worst that a rule came to.
fn of(findings: &[ClusterFinding], id: &str) -> ClusterFinding {
    let own = findings.iter().filter(|one| one.id == id);
    own.max_by_key(|one| one.status).unwrap().clone()
}

const PLAIN: &str = "version: 1\n";

fn unread<T>() -> Fact<T> {
    Fact::unreadable("EACCES", "test")
}

type Change = fn(usize, &mut Facts);

/// A rule, how it comes out, what makes it so, and a word of what it says.
type Case = (&'static str, Status, Change, &'static str);

#[test]
fn each_rule_says_what_is_the_case_and_names_the_hosts() {
    let sound = found(|_, _| {}, |_, _| {}, "native+wireguard", PLAIN);
    let cases = [identity::CASES, network::CASES, state::CASES];
    for (id, status, change, says) in cases.into_iter().flatten() {
        let changed = found(change, |_, _| {}, "native+wireguard", PLAIN);
        let own = of(&changed, id);
        assert_eq!(own.status, *status, "{id}: {own:#?}");
        assert!(
            own.message.contains(says),
            "{id}: {:?} has no {says:?}",
            own.message
        );
        if *status > Status::Pass {
            assert!(own.remedy.is_some(), "{id}");
            assert!(!own.hosts.is_empty(), "{id}");
        }
        // Nothing else came out otherwise but what reads the same fact.
        if *id != "fleet.clock" {
            let before = of(&sound, id);
            assert!(before.status <= Status::Pass, "{id}: {before:#?}");
        }
    }
}

#[test]
fn a_made_up_fleet_without_fault_has_nothing_but_its_clocks_open() {
    let sound = found(|_, _| {}, |_, _| {}, "native+wireguard", PLAIN);
    let open: Vec<&str> = sound
        .iter()
        .filter(|one| one.status > Status::Pass)
        .map(|one| one.id.as_str())
        .collect();
    assert_eq!(open, ["fleet.clock"], "{sound:#?}");
    for rule in all() {
        assert!(sound.iter().any(|one| one.id == rule.id), "{}", rule.id);
        assert!(
            rule.source.len() > 10 && rule.wanted.len() > 10,
            "{}",
            rule.id
        );
    }
}
