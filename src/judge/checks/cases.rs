//! Every check against hosts on which it comes out one way or the other.
//!
//! A check that comes out in one way only on paper fails here: for each of pass,
//! warn, fail, unknown and not applicable there is a host, or a reason why there
//! can be none.

#![allow(clippy::unwrap_used, clippy::panic)]

mod never;

use std::collections::BTreeSet;

use super::*;
use crate::facts::Facts;
use crate::facts::kernel::Capability;
use crate::facts::network::{Interface, Route};
use crate::facts::sysctl::Setting;

/// One host, made from the good one by a change.
pub struct Case {
    /// The check; a finding about one of several is named in full
    /// (`port.tcp.2377`).
    pub id: &'static str,
    /// What is special about this host.
    pub host: &'static str,
    /// The candidate that it is judged for.
    pub candidate: &'static str,
    /// How it comes out.
    pub level: Level,
    /// What is changed.
    pub change: fn(&mut Facts, &mut Scope),
}

/// A case in one line: id, host, candidate, level, what is changed.
macro_rules! case {
    ($id:expr, $host:expr, $candidate:expr, $level:ident, |$facts:ident, $scope:pat_param| $change:expr) => {
        crate::judge::checks::cases::Case {
            id: $id,
            host: $host,
            candidate: $candidate,
            level: crate::judge::checks::Level::$level,
            change: |$facts, $scope| {
                let _ = &$facts;
                $change;
            },
        }
    };
}

pub(super) use case;

/// A fact of the good host.
pub fn known<T>(value: T) -> Fact<T> {
    Fact::known(value, "test")
}

/// A fact that could not be read.
pub fn unread<T>() -> Fact<T> {
    Fact::unreadable("EACCES: Permission denied", "test")
}

/// A fact that is not there.
pub fn absent<T>() -> Fact<T> {
    Fact::absent("it is not there", "test")
}

/// The change to a kernel setting.
pub fn set(facts: &mut Facts, name: &str, value: &str) {
    let setting = Setting {
        live: known(value.to_owned()),
        saved: known(value.to_owned()),
    };
    facts.sysctl.insert(name.to_owned(), setting);
}

/// A host that no check has anything against, for no candidate: Red Hat 9,
/// two interfaces, Docker 26, no firewall.
pub fn good() -> Facts {
    let mut facts = Facts::unread("not set in the test");
    let text = |value: &str| known(value.to_owned());
    facts.os.hostname = text("node-1");
    facts.os.name = text("Red Hat Enterprise Linux 9.0 (Plow)");
    facts.os.id = text("rhel");
    facts.os.version = text("9.0");
    facts.os.running_release = text("9.0");
    facts.os.family = text("el9");
    facts.os.docker_max = text("26.1.4");
    facts.os.k8s_repl = known(true);
    facts.os.podman = known(false);
    facts.kernel.release = text("5.14.0-427.13.1.el9_4.x86_64");
    facts.kernel.arch = text("x86_64");
    facts.kernel.bits = known(64);
    facts.kernel.virt = text("kvm");
    facts.kernel.cgroup = text("v2");
    for capability in facts.kernel.capabilities.values_mut() {
        *capability = known(Capability::Loaded);
    }
    facts.docker.installed = known(true);
    facts.docker.running = known(true);
    facts.docker.version = text("26.1.4");
    facts.docker.engine = text("docker");
    facts.docker.api_version = text("1.45");
    facts.docker.storage_driver = text("overlay2");
    facts.docker.cgroup_driver = text("systemd");
    facts.docker.swarm = text("inactive");
    facts.docker.containers = known(0);
    facts.docker.root_dir = text("/var/lib/docker");
    facts.docker.d_type = known(true);
    facts.network.interfaces = known(vec![
        interface(1, "lo", "loopback", "127.0.0.1/8"),
        interface(2, "eth0", "ethernet", "192.0.2.11/24"),
    ]);
    facts.network.routes = known(vec![
        route("0.0.0.0/0", Some("192.0.2.1"), "eth0"),
        route("192.0.2.0/24", None, "eth0"),
    ]);
    facts.network.listeners = known(Vec::new());
    facts.firewall.kind = text("none");
    facts.firewall.persistence = absent();
    facts.resources.cpus = known(8);
    facts.resources.memory_mb = known(32_000);
    facts.resources.memory_available_mb = known(30_000);
    facts.resources.swap_mb = known(0);
    facts.security.fips = known(false);
    facts.security.secure_boot = known(false);
    facts.security.selinux = text("permissive");
    facts.services.init = text("systemd");
    facts.services.manager_running = known(true);
    facts.services.time_synchronised = known(true);
    facts.services.time_daemon = text("chronyd");
    for (name, value) in [
        ("fs.inotify.max_user_instances", "8192"),
        ("fs.inotify.max_user_watches", "524288"),
        ("kernel.keys.root_maxkeys", "1000000"),
        ("kernel.modprobe", "/sbin/modprobe"),
        ("kernel.modules_disabled", "0"),
        ("kernel.random.entropy_avail", "256"),
        ("net.bridge.bridge-nf-call-ip6tables", "1"),
        ("net.bridge.bridge-nf-call-iptables", "1"),
        ("net.ipv4.conf.all.arp_filter", "0"),
        ("net.ipv4.conf.all.arp_ignore", "0"),
        ("net.ipv4.conf.all.forwarding", "1"),
        ("net.ipv4.conf.all.rp_filter", "0"),
        ("net.ipv4.conf.default.arp_filter", "0"),
        ("net.ipv4.conf.default.arp_ignore", "0"),
        ("net.ipv4.conf.default.forwarding", "1"),
        ("net.ipv4.conf.default.rp_filter", "0"),
        ("net.ipv4.ip_forward", "1"),
        ("net.ipv4.ip_local_port_range", "32768\t60999"),
        ("net.ipv4.ip_local_reserved_ports", ""),
        ("net.ipv6.conf.all.disable_ipv6", "0"),
        ("net.ipv6.conf.default.forwarding", "1"),
        ("net.netfilter.nf_conntrack_count", "100"),
        ("net.netfilter.nf_conntrack_max", "262144"),
        ("user.max_user_namespaces", "63000"),
    ] {
        set(&mut facts, name, value);
    }
    let missing = Setting {
        live: absent(),
        saved: absent(),
    };
    facts.sysctl.insert("fs.may_detach_mounts".into(), missing);
    system::cases::good(&mut facts);
    resources::cases::good(&mut facts);
    kernel::cases::good(&mut facts);
    network::cases::good(&mut facts);
    ports::cases::good(&mut facts);
    firewall::cases::good(&mut facts);
    docker::cases::good(&mut facts);
    overlay::cases::good(&mut facts);
    facts
}

/// An interface that is up.
pub fn interface(index: u32, name: &str, kind: &str, address: &str) -> Interface {
    Interface {
        name: name.into(),
        index,
        kind: known(kind.to_owned()),
        state: known("up".to_owned()),
        admin_up: true,
        carrier: known(true),
        mac: known(format!("52:54:00:00:00:{index:02x}")),
        mtu: known(1500),
        speed: known(10_000),
        driver: known("virtio_net".to_owned()),
        master: None,
        parent: None,
        parent_elsewhere: false,
        addresses: vec![address.parse().unwrap()],
        dynamic: Vec::new(),
        tentative: Vec::new(),
    }
}

/// A route of the main table.
pub fn route(to: &str, gateway: Option<&str>, interface: &str) -> Route {
    Route {
        table: 254,
        kind: "unicast".into(),
        destination: to.parse().unwrap(),
        gateway: gateway.map(|gateway| gateway.parse().unwrap()),
        interface: Some(interface.into()),
        metric: 100,
        source: None,
        mtu: None,
    }
}

/// Three nodes, the interface chosen, for one candidate.
pub fn scope(candidate: &str) -> Scope {
    Scope {
        targets: vec![candidate.into()],
        nodes: 3,
        interface: Some("eth0".into()),
        overlay_interface: candidate.ends_with("wireguard").then(|| "wg0".to_owned()),
        today: "2026-11-23".into(),
        ..Scope::default()
    }
}

const CANDIDATES: [&str; 6] = [
    "swarm",
    "kubernetes",
    "native",
    "native+wireguard",
    "native+flannel",
    "native+zerotier",
];

fn cases() -> impl Iterator<Item = &'static Case> {
    [
        system::cases::CASES,
        resources::cases::CASES,
        kernel::cases::CASES,
        network::cases::CASES,
        ports::cases::CASES,
        firewall::cases::CASES,
        docker::cases::CASES,
        overlay::cases::CASES,
    ]
    .into_iter()
    .flatten()
}

fn worst_level(check: &Check, id: &str, facts: &Facts, scope: &Scope) -> Option<Level> {
    let subject = Subject { facts, scope };
    let outcomes = (check.run)(&subject);
    let parts: Vec<_> = scope
        .targets
        .iter()
        .flat_map(|id| Target::of_candidate(id))
        .filter(|part| check.concerns.contains(part))
        .collect();
    outcomes
        .iter()
        .filter(|outcome| match &outcome.about {
            Some(about) => id == check.id || id == format!("{}.{about}", check.id),
            None => id == check.id,
        })
        .flat_map(|outcome| parts.iter().map(|part| outcome.level_for(*part)))
        .max()
}

#[test]
fn every_check_comes_out_as_its_cases_say() {
    let mut wrong = Vec::new();
    for case in cases() {
        let Some(check) = of_id(case.id) else {
            wrong.push(format!("{}: no such check", case.id));
            continue;
        };
        let (mut facts, mut scope) = (good(), scope(case.candidate));
        (case.change)(&mut facts, &mut scope);
        let level = worst_level(check, case.id, &facts, &scope);
        if level != Some(case.level) {
            let outcomes = (check.run)(&Subject {
                facts: &facts,
                scope: &scope,
            });
            wrong.push(format!(
                "{} on {} for {}: {level:?}, wanted {:?}\n  {outcomes:#?}",
                case.id, case.host, case.candidate, case.level
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The ways in which a check can come out.
const WAYS: [Level; 5] = [
    Level::Pass,
    Level::Warn,
    Level::Fail,
    Level::Unknown,
    Level::Na,
];

#[test]
fn every_check_has_a_case_for_each_way_that_it_can_come_out_or_a_reason() {
    let mut wrong = Vec::new();
    for check in catalogue() {
        let own: Vec<_> = cases()
            .filter(|case| of_id(case.id).is_some_and(|of| of.id == check.id))
            .collect();
        // What rules alone say is tested with the rules.
        if never::RULES_ALONE.contains(&check.id) {
            let (facts, scope) = (good(), scope("kubernetes"));
            let subject = Subject {
                facts: &facts,
                scope: &scope,
            };
            let silent = (check.run)(&subject).is_empty() && own.is_empty();
            if check.rules.is_empty() || !silent {
                wrong.push(format!("{}: it has more to say than rules", check.id));
            }
            continue;
        }
        let excused = |level: Level| {
            never::NEVER
                .iter()
                .any(|(never, _, ids)| *never == level && ids.contains(&check.id))
        };
        for way in WAYS {
            let shown = own.iter().any(|case| case.level == way);
            match (shown, excused(way)) {
                (false, false) => wrong.push(format!(
                    "{}: neither a host for which it is {way:?} nor a reason why there is none",
                    check.id
                )),
                (true, true) => wrong.push(format!(
                    "{}: never {way:?}, it is said, and a host shows that it is",
                    check.id
                )),
                _ => {}
            }
        }
        let speaks = |case: &&&Case| matches!(case.level, Level::Info | Level::Warn | Level::Fail);
        if !own.iter().any(|case| speaks(&case)) && !excused(Level::Warn) {
            wrong.push(format!("{}: no host that it says something of", check.id));
        }
    }
    for (level, reason, ids) in never::NEVER {
        assert!(reason.len() > 20, "{level:?}: {reason}");
        for id in *ids {
            if !catalogue().any(|check| check.id == *id) {
                wrong.push(format!("{id}: no such check, but a reason for it"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same document with every fact at and below a path replaced: what was
/// known there is not any more.
fn without(facts: &Facts, path: &str, lost: &serde_json::Value) -> Facts {
    fn lose(value: &mut serde_json::Value, lost: &serde_json::Value) {
        let fact = value.as_object().is_some_and(|map| {
            map.contains_key("source")
                && ["value", "absent", "unreadable"]
                    .iter()
                    .any(|key| map.contains_key(*key))
        });
        if fact {
            *value = lost.clone();
            return;
        }
        match value {
            serde_json::Value::Object(map) => {
                map.values_mut().for_each(|value| lose(value, lost));
            }
            serde_json::Value::Array(list) => {
                list.iter_mut().for_each(|value| lose(value, lost));
            }
            _ => {}
        }
    }
    let mut document = serde_json::to_value(facts).unwrap();
    let mut at = &mut document;
    let mut rest = path;
    // Keys of maps hold dots themselves: sysctl.net.ipv4.ip_forward.
    while !rest.is_empty() {
        let map = at.as_object_mut().unwrap();
        let key = map
            .keys()
            .filter(|key| {
                rest.strip_prefix(key.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
            .max_by_key(|key| key.len())
            .cloned();
        let Some(key) = key else {
            panic!("{path}: the facts have no {rest}");
        };
        rest = rest[key.len()..].trim_start_matches('.');
        at = map.get_mut(&key).unwrap();
    }
    lose(at, lost);
    serde_json::from_value(document).unwrap()
}

/// What a check reads, and only that, was lost: it must not hold any more. With
/// an error it cannot be told; what is not there is an answer for some.
#[test]
fn what_a_check_reads_makes_it_unknown_when_it_is_lost() {
    let error = serde_json::json!({"unreadable": "EIO: Input/output error", "source": "test"});
    let gone = serde_json::json!({"absent": "it is not there", "source": "test"});
    let mut wrong = Vec::new();
    let mut stale = Vec::new();
    for check in catalogue() {
        // What rules alone say is tested with the rules.
        if never::RULES_ALONE.contains(&check.id) {
            continue;
        }
        for (what, lost, answers) in [
            ("an error", &error, never::ERROR_IS_AN_ANSWER),
            ("absent", &gone, never::ABSENT_IS_AN_ANSWER),
        ] {
            let mut facts = good();
            // What is only measured where it is asked for.
            resources::cases::measured(&mut facts);
            network::cases::measured(&mut facts);
            let own = check.reads.iter().filter(|path| {
                // The answers and the clock are no facts that can be lost.
                !path.starts_with("answers ") && **path != "collected_at"
            });
            for path in own {
                facts = without(&facts, path, lost);
            }
            let excused = answers.iter().any(|(_, ids)| ids.contains(&check.id));
            let mut held = Vec::new();
            for candidate in CANDIDATES {
                let scope = scope(candidate);
                let subject = Subject {
                    facts: &facts,
                    scope: &scope,
                };
                if !subject.aims_at(check.concerns) {
                    continue;
                }
                for finding in check.findings(&subject) {
                    if finding.status == Status::Pass {
                        held.push(format!(
                            "{} for {candidate}: {}",
                            finding.id, finding.message
                        ));
                    }
                }
            }
            if !held.is_empty() && !excused {
                wrong.push(format!("{} with {what}: {}", check.id, held.join("; ")));
            } else if held.is_empty() && excused {
                stale.push(format!("{} with {what} holds nothing", check.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        stale.is_empty(),
        "reasons that are none:\n{}",
        stale.join("\n")
    );
}

#[test]
fn a_good_host_has_nothing_against_it() {
    let facts = good();
    let mut wrong = Vec::new();
    for candidate in CANDIDATES {
        let scope = scope(candidate);
        let subject = Subject {
            facts: &facts,
            scope: &scope,
        };
        for check in catalogue().filter(|check| subject.aims_at(check.concerns)) {
            for finding in check.findings(&subject) {
                if finding.status > Status::Pass {
                    wrong.push(format!("{candidate}: {finding:#?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Defects D1, D2, D7 of preflights before this one: what could not be read was
/// taken for good.
#[test]
fn a_host_that_nobody_looked_at_passes_nothing() {
    let facts = Facts::unread("nobody looked");
    let mut wrong = Vec::new();
    for candidate in CANDIDATES {
        let scope = scope(candidate);
        let subject = Subject {
            facts: &facts,
            scope: &scope,
        };
        for check in catalogue().filter(|check| subject.aims_at(check.concerns)) {
            for finding in check.findings(&subject) {
                if !matches!(finding.status, Status::Unknown | Status::Na) {
                    wrong.push(format!("{candidate}: {finding:#?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_catalogue_is_well_formed() {
    let mut seen = BTreeSet::new();
    for check in catalogue() {
        assert!(seen.insert(check.id), "{}: twice", check.id);
        let words = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        assert!(check.id.chars().all(words), "{}", check.id);
        assert!(!check.concerns.is_empty(), "{}: no target", check.id);
        assert!(check.source.len() > 8, "{}: no source", check.id);
        assert!(!check.reads.is_empty(), "{}: reads nothing", check.id);
        for text in [check.title, check.wanted, check.source] {
            assert!(text.is_ascii() && !text.is_empty(), "{}: {text}", check.id);
        }
    }
}
