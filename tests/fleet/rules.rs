//! The rules about the hosts together: each passes, fails, and is unknown.

use std::collections::BTreeMap;

use groundcrew::facts::{Fact, Facts};
use groundcrew::fleet::finding::ClusterFinding;
use groundcrew::fleet::node::{Clock, Node};
use groundcrew::fleet::report::Missing;
use groundcrew::fleet::rules::{Fleet, all, findings};
use groundcrew::judge::finding::Status;

use super::hosts::{self, facts, interface, node, wishes};

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

/// A rule, what makes it come out so, and a word of what it says.
const CASES: &[(&str, Status, Change, &str)] = &[
    (
        "fleet.hostname",
        Status::Fail,
        |n, f| {
            if n == 3 {
                f.os.hostname = Fact::known("APP001".into(), "test");
            }
        },
        "app001",
    ),
    (
        "fleet.machine-id",
        Status::Fail,
        |n, f| {
            if n < 2 {
                f.identity.machine_id = Fact::known("0123456789abcdef".into(), "test");
            }
        },
        "0123456789abcdef: app[000-001]",
    ),
    (
        "fleet.machine-id",
        Status::Unknown,
        |n, f| {
            if n == 2 {
                f.identity.machine_id = unread();
            }
        },
        "of 1 host is not known: app002",
    ),
    (
        "fleet.machine-id",
        Status::Pass,
        |n, f| {
            if n == 2 {
                f.identity.machine_id = Fact::absent("ENOENT", "test");
            }
        },
        "1 have none",
    ),
    (
        "fleet.product-uuid",
        Status::Fail,
        |_, f| {
            f.identity.product_uuid = Fact::known("4c4c4544-0042".into(), "test");
        },
        "4 hosts",
    ),
    // What the maker left empty is nobody's id.
    (
        "fleet.product-uuid",
        Status::Na,
        |_, f| {
            f.identity.product_uuid = Fact::known("00000000-0000".into(), "test");
        },
        "no host has",
    ),
    (
        "fleet.product-uuid",
        Status::Unknown,
        |_, f| f.identity.product_uuid = unread(),
        "4 hosts",
    ),
    (
        "fleet.mac",
        Status::Fail,
        |n, f| {
            if n > 1 {
                let mac = "52:54:00:aa:bb:cc";
                let address = format!("10.1.9.{}/16", n + 1);
                f.network.interfaces =
                    Fact::known(vec![interface("eth0", "ethernet", &address, mac)], "test");
            }
        },
        "52:54:00:aa:bb:cc: app[002-003]",
    ),
    (
        "fleet.mac",
        Status::Unknown,
        |n, f| {
            if n == 0 {
                f.network.interfaces = unread();
            }
        },
        "app000",
    ),
    (
        "fleet.zerotier-identity",
        Status::Fail,
        |n, f| {
            if n != 1 {
                f.overlays.zerotier_address = Fact::known("28efc9e578".into(), "test");
            }
        },
        "28efc9e578",
    ),
    (
        "fleet.zerotier-identity",
        Status::Unknown,
        |n, f| {
            if n == 1 {
                f.overlays.zerotier_address = unread();
            }
        },
        "app001",
    ),
    (
        "fleet.interface",
        Status::Fail,
        |n, f| {
            if n == 1 {
                f.network.interfaces = Fact::known(
                    vec![interface(
                        "docker0",
                        "bridge",
                        "172.17.0.1/16",
                        "02:42:ac:11:00:01",
                    )],
                    "test",
                );
            }
        },
        "1 host without: app001",
    ),
    (
        "fleet.interface",
        Status::Unknown,
        |n, f| {
            if n == 1 {
                f.network.interfaces = unread();
            }
        },
        "app001",
    ),
    (
        "fleet.address",
        Status::Fail,
        |n, f| {
            if n < 2 {
                let mac = format!("52:54:00:00:00:{n:02x}");
                f.network.interfaces = Fact::known(
                    vec![interface("eth0", "ethernet", "10.1.7.7/16", &mac)],
                    "test",
                );
            }
        },
        "2 hosts have the address 10.1.7.7 (towards the others)",
    ),
    (
        "fleet.address",
        Status::Warn,
        |n, f| {
            let Fact::Known { value, .. } = &mut f.network.interfaces else {
                panic!()
            };
            let mac = format!("52:54:01:00:00:{n:02x}");
            value.push(interface("eth1", "ethernet", "10.0.2.15/24", &mac));
        },
        "10.0.2.15 (on interfaces that are not used",
    ),
    (
        "fleet.mtu",
        Status::Warn,
        |n, f| {
            if n == 2 {
                let Fact::Known { value, .. } = &mut f.network.interfaces else {
                    panic!()
                };
                value[0].mtu = Fact::known(1450, "test");
            }
        },
        "1450 bytes count",
    ),
    (
        "fleet.mtu",
        Status::Unknown,
        |n, f| {
            if n == 2 {
                let Fact::Known { value, .. } = &mut f.network.interfaces else {
                    panic!()
                };
                value[0].mtu = unread();
            }
        },
        "app002",
    ),
    (
        "fleet.overlay-network",
        Status::Fail,
        |n, f| {
            if n == 3 {
                let Fact::Known { value, .. } = &mut f.network.routes else {
                    panic!()
                };
                value.push(hosts::route("10.90.0.0/16", Some("10.1.0.1")));
            }
        },
        "would lie over the route to 10.90.0.0/16 on 1 host: app003",
    ),
    (
        "fleet.overlay-network",
        Status::Unknown,
        |n, f| {
            if n == 3 {
                f.network.routes = unread();
            }
        },
        "app003",
    ),
    (
        "fleet.arch",
        Status::Warn,
        |n, f| {
            if n == 0 {
                f.kernel.arch = Fact::known("aarch64".into(), "test");
            }
        },
        "aarch64 on app000; x86_64 on app[001-003]",
    ),
    (
        "fleet.arch",
        Status::Unknown,
        |n, f| {
            if n == 0 {
                f.kernel.arch = unread();
            }
        },
        "app000",
    ),
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
fn each_rule_says_what_is_the_case_and_names_the_hosts() {
    let sound = found(|_, _| {}, |_, _| {}, "native+wireguard", PLAIN);
    for (id, status, change, says) in CASES {
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
fn keys_of_join_files_are_held_against_each_other() {
    let status = |keys: [Option<&str>; 4]| {
        let tell = |n: usize, node: &mut Node| node.wireguard_key = keys[n].map(str::to_owned);
        of(
            &found(|_, _| {}, tell, "native+wireguard", PLAIN),
            "fleet.wireguard-key",
        )
        .status
    };
    assert_eq!(status([None; 4]), Status::Na);
    assert_eq!(
        status([Some("a"), Some("b"), Some("c"), Some("d")]),
        Status::Pass
    );
    assert_eq!(
        status([Some("a"), Some("b"), Some("a"), None]),
        Status::Fail
    );
    assert_eq!(status([Some("a"), Some("b"), None, None]), Status::Unknown);
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
fn answered_ranges_of_schedulers_are_free_on_every_host_too() {
    let yaml = "version: 1\nswarm: {address-pools: [10.1.0.0/16]}\n";
    let own = of(
        &found(|_, _| {}, |_, _| {}, "swarm", yaml),
        "fleet.overlay-network",
    );
    assert_eq!(own.status, Status::Fail);
    assert!(
        own.remedy
            .unwrap()
            .hint
            .contains("swarm.address-pools to 10.0.0.0/16")
    );
    let yaml = "version: 1\nkubernetes: {pod-network: 172.17.0.0/16}\n";
    let own = of(
        &found(|_, _| {}, |_, _| {}, "kubernetes", yaml),
        "fleet.overlay-network",
    );
    assert_eq!((own.status, own.hosts.len()), (Status::Fail, 4), "{own:?}");
}

#[test]
fn what_the_schedulers_and_flannel_have_made_is_not_in_their_own_way() {
    let yaml = "version: 1\noverlay: {network: 10.90.0.0/16}\n";
    let made = |driver: &'static str| {
        move |n: usize, f: &mut Facts| {
            let Fact::Known { value, .. } = &mut f.docker.info.networks else {
                panic!()
            };
            value[0].driver = driver.into();
            value[0].subnets = vec![format!("10.90.{n}.0/24")];
        }
    };
    let status = |driver, target| {
        let found = found(made(driver), |_, _| {}, target, yaml);
        of(&found, "fleet.overlay-network").status
    };
    assert_eq!(status("bridge", "native+flannel"), Status::Pass);
    assert_eq!(status("bridge", "native+wireguard"), Status::Fail);
    assert_eq!(status("overlay", "native+wireguard"), Status::Pass);
}

#[test]
fn flannels_udp_backend_is_for_one_architecture() {
    let yaml =
        "version: 1\noverlay: {kind: flannel, network: 10.90.0.0/16, flannel: {backend: udp}}\n";
    let arm = |n: usize, f: &mut Facts| {
        if n == 1 {
            f.kernel.arch = Fact::known("aarch64".into(), "test");
        }
    };
    let own = of(&found(arm, |_, _| {}, "native+flannel", yaml), "fleet.arch");
    assert_eq!(
        (own.status, own.hosts),
        (Status::Fail, vec!["app001".to_owned()])
    );
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
