//! Who reported, when and by what; clocks, versions, quorums.

use std::collections::BTreeMap;

use groundcrew::facts::Fact;
use groundcrew::fleet::node::{Clock, Node};
use groundcrew::fleet::report::Missing;
use groundcrew::fleet::rules::{Fleet, findings};
use groundcrew::judge::finding::Status;

use super::super::hosts::{facts, node, wishes};
use super::{Case, PLAIN, found, of, unread};

/// The cases of these rules.
pub const CASES: &[Case] = &[
    (
        "fleet.docker-version",
        Status::Warn,
        |n, f| {
            if n == 0 {
                f.docker.version = Fact::known("20.10.24".into(), "test");
            }
        },
        "20.10.24 on app000; 26.1.3 on app[001-003]",
    ),
    (
        "fleet.docker-version",
        Status::Pass,
        |n, f| {
            if n == 0 {
                f.docker.version = Fact::absent("none", "test");
            }
        },
        "none yet on app000",
    ),
    (
        "fleet.docker-version",
        Status::Unknown,
        |n, f| {
            if n == 0 {
                f.docker.version = unread();
            }
        },
        "app000",
    ),
    (
        "fleet.age",
        Status::Warn,
        |n, f| {
            if n == 0 {
                f.collected_at = "2026-11-24T11:59:59Z".into();
            }
        },
        "1 report is older than 24 h",
    ),
    (
        "fleet.age",
        Status::Pass,
        |_, f| f.collected_at = "2026-11-24T12:00:00Z".into(),
        "none",
    ),
    (
        "fleet.age",
        Status::Unknown,
        |n, f| {
            if n == 0 {
                f.collected_at = "yesterday".into();
            }
        },
        "app000",
    ),
    (
        "fleet.clock",
        Status::Unknown,
        |n, f| {
            if n == 0 {
                f.services.time_synchronised = Fact::known(false, "test");
            }
        },
        "3 of 4 say that theirs is synchronised, not app000",
    ),
];

#[test]
fn clocks_are_compared_as_exactly_as_they_were_read() {
    let status = |offsets: [i64; 4], error_ms: u64| {
        let read = |n: usize, node: &mut Node| {
            node.clock = Some(Clock {
                offset_ms: offsets[n],
                error_ms,
            });
        };
        of(&found(|_, _| {}, read, "swarm", PLAIN), "fleet.clock").status
    };
    assert_eq!(status([0, 100, -100, 30], 10), Status::Pass);
    assert_eq!(status([0, 5_100, 0, 0], 10), Status::Warn);
    assert_eq!(status([0, 60_100, 0, 0], 10), Status::Fail);
    assert_eq!(status([-30_100, 30_100, 0, 0], 10), Status::Fail);
    // Read too coarsely to say so.
    assert_eq!(status([0, 5_100, 0, 0], 100), Status::Unknown);
    assert_eq!(status([0, 100, 0, 0], 5_000), Status::Unknown);
    // One that was not read leaves the others' difference known, and itself not.
    let but_one = |offset| {
        move |n: usize, node: &mut Node| {
            let offset_ms = if n == 1 { offset } else { 0 };
            node.clock = (n > 0).then_some(Clock {
                offset_ms,
                error_ms: 1,
            });
        }
    };
    for (offset, wanted) in [(70_000, Status::Fail), (10, Status::Unknown)] {
        let found = found(|_, _| {}, but_one(offset), "swarm", PLAIN);
        let own = of(&found, "fleet.clock");
        assert_eq!(own.status, wanted);
        assert!(own.hosts.contains(&"app000".to_owned()), "{own:?}");
    }
}

#[test]
fn majorities_are_odd_and_what_they_bear_is_told() {
    let quorum =
        |target: &str, yaml: &str| of(&found(|_, _| {}, |_, _| {}, target, yaml), "fleet.quorum");
    let swarm = quorum("swarm", PLAIN);
    assert_eq!(swarm.status, Status::Pass);
    assert!(
        swarm
            .message
            .contains("3 of 4 hosts as managers: the loss of 1"),
        "{swarm:?}"
    );
    assert_eq!(quorum("native+wireguard", PLAIN).status, Status::Na);
    assert_eq!(
        quorum("swarm", "version: 1\nfleet: {managers: 1}\n").status,
        Status::Warn
    );
    assert_eq!(
        quorum("swarm", "version: 1\nfleet: {managers: 5}\n").status,
        Status::Fail
    );
    let etcd = quorum(
        "native+flannel",
        "version: 1\noverlay: {network: 10.90.0.0/16}\n",
    );
    assert!(etcd.message.contains("members of etcd"), "{etcd:?}");
}

#[test]
fn hosts_without_a_report_and_reports_of_another_version_are_told() {
    let (file, config) = wishes(PLAIN);
    let mut old = node(facts(0), &config);
    old.tool_version = "0.0.1".into();
    let missing = [Missing {
        host: "app007".into(),
        why: "connection refused".into(),
        hint: None,
    }];
    let judged = |allow_missing| {
        let fleet = Fleet {
            nodes: std::slice::from_ref(&old),
            missing: &missing,
            config: &config,
            wishes: file.wishes(),
            target: Some("swarm"),
            max_age_hours: 24,
            allow_missing,
            now: "2026-11-25T12:00:00Z",
        };
        findings(
            &fleet,
            &BTreeMap::from([("fleet.version".into(), "agreed".into())]),
        )
    };
    let found = judged(false);
    let reported = of(&found, "fleet.reported");
    assert_eq!(
        (reported.status, reported.hosts),
        (Status::Unknown, vec!["app007".to_owned()])
    );
    let version = of(&found, "fleet.version");
    assert_eq!(version.waived_by.as_deref(), Some("agreed"));
    assert_eq!(of(&judged(true), "fleet.reported").status, Status::Na);
}
