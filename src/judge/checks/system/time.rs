//! Time and randomness.

use super::super::known::known;
use super::super::remedy;
use super::super::{ALL, Check, Group, Level, Outcome, Subject, Target};
use crate::facts::Fact;
use crate::judge::finding::Remedy;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] = &[SYNC, SANE, ZONE, ENTROPY];

const SYNC: Check = Check {
    id: "sys.time.sync",
    title: "Time synchronisation",
    group: Group::System,
    concerns: ALL,
    reads: &["services.time_synchronised", "services.time_daemon"],
    wanted: "the kernel's clock is synchronised",
    source: "adjtimex(2) STA_UNSYNC; embedded-cluster 'System Clock'; kURL 'NTP Status'",
    rules: &[],
    waivable: true,
    run: sync,
};

fn sync(subject: &Subject<'_>) -> Vec<Outcome> {
    let services = &subject.facts.services;
    let synced = known!(
        "whether the clock is synchronised",
        "services.time_synchronised",
        &services.time_synchronised
    );
    let outcome = match (synced, &services.time_daemon) {
        (true, _) => Outcome::pass("the clock is synchronised"),
        (false, Fact::Known { value, .. }) => Outcome::warn(format!(
            "the clock is not synchronised, though {value} runs: it may have no server, or need a \
             few minutes more; wanted a synchronised clock"
        ))
        .remedy(
            Remedy::hint(format!("see which servers {value} reaches")).command(
                match value.as_str() {
                    "chronyd" => "chronyc sources",
                    "ntpd" => "ntpq -pn",
                    _ => "timedatectl timesync-status",
                },
            ),
        ),
        (false, Fact::Absent { .. }) => Outcome::warn(
            "the clock is not synchronised, and nothing keeps it; wanted a synchronised clock",
        )
        .on(&[Target::Swarm, Target::Kubernetes], Level::Fail)
        .remedy(keep_time(subject)),
        (false, Fact::Unreadable { why, .. }) => Outcome::warn(format!(
            "the clock is not synchronised; whether something keeps it is not known ({why})"
        ))
        .remedy(keep_time(subject)),
    };
    vec![
        outcome
            .actual("services.time_synchronised", *synced)
            .read("services.time_synchronised", &services.time_synchronised)
            .read("services.time_daemon", &services.time_daemon),
    ]
}

fn keep_time(subject: &Subject<'_>) -> Remedy {
    let facts = subject.facts;
    let old = facts
        .os
        .family
        .value()
        .is_some_and(|family| matches!(family.as_str(), "el6" | "amzn1"));
    let (package, red_hat, debian) = if old {
        ("ntp", "ntpd", "ntp")
    } else {
        ("chrony", "chronyd", "chrony")
    };
    let service = match remedy::packager(facts) {
        Some(remedy::Packager::Apt) => debian,
        _ => red_hat,
    };
    let mut remedy = remedy::package(facts, "a daemon that keeps the time", package, package);
    remedy.commands.extend(remedy::enable(facts, service));
    remedy.undo.extend(remedy::disable(facts, service));
    remedy
}

const SANE: Check = Check {
    id: "sys.time.sane",
    title: "Plausible time",
    group: Group::System,
    concerns: ALL,
    reads: &["collected_at"],
    wanted: "a clock that is not before the build of this program",
    source: "gravity checkTime; certificates and WireGuard handshakes carry times (WireGuard whitepaper 5.1)",
    rules: &[],
    waivable: true,
    run: sane,
};

/// A day on which this program surely did not exist yet.
const BEFORE: &str = "2026-01-01";

fn sane(subject: &Subject<'_>) -> Vec<Outcome> {
    let at = subject.facts.collected_at.as_str();
    if at.starts_with("1970-01-01") && subject.facts.services.time_synchronised.value().is_none() {
        let fact: Fact<()> = Fact::unreadable("no clock was read", "collected_at");
        return vec![Outcome::unknown("the time", "collected_at", &fact)];
    }
    let outcome = if at < BEFORE {
        Outcome::fail(format!(
            "the clock says {at}, which is before this program was made ({BEFORE}): certificates \
             and handshakes are refused"
        ))
        .remedy(
            Remedy::hint("set the clock, then have it synchronised")
                .command("date -u -s 'YYYY-MM-DD hh:mm:ss'"),
        )
    } else {
        Outcome::pass(format!("the clock says {at}"))
    };
    vec![
        outcome
            .actual("collected_at", at)
            .read("collected_at", &Fact::known((), "clock_gettime(2)")),
    ]
}

const ZONE: Check = Check {
    id: "sys.time.zone",
    title: "Time zone",
    group: Group::System,
    concerns: ALL,
    reads: &["identity.time_zone"],
    wanted: "the same on all nodes, so that their logs can be read side by side; UTC is it surely",
    source: "kURL warns where it is not UTC; here it is told and no more, since nothing depends on it",
    rules: &[],
    waivable: true,
    run: zone,
};

/// Names of UTC in the tz database's file `backward`, and its own.
const UTC: &[&str] = &[
    "UTC",
    "Etc/UTC",
    "UCT",
    "Etc/UCT",
    "Universal",
    "Etc/Universal",
    "Zulu",
    "Etc/Zulu",
];

fn zone(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.identity.time_zone;
    let outcome = match fact {
        fact @ Fact::Unreadable { .. } => {
            return vec![Outcome::unknown(
                "the time zone",
                "identity.time_zone",
                fact,
            )];
        }
        Fact::Absent { .. } => Outcome::na("no file names the time zone"),
        Fact::Known { .. } if subject.scope.nodes < 2 => {
            Outcome::na("one node alone has none to differ from")
        }
        Fact::Known { value, .. } if UTC.contains(&value.as_str()) => {
            Outcome::pass("the time zone is UTC")
        }
        Fact::Known { value, .. } => Outcome::info(format!(
            "the time zone is {value}: see that the other nodes have the same"
        )),
    };
    vec![
        outcome
            .actual("time_zone", fact.value().cloned())
            .read("identity.time_zone", fact),
    ]
}

const ENTROPY: Check = Check {
    id: "sys.entropy",
    title: "Entropy for keys",
    group: Group::System,
    concerns: &[
        Target::Swarm,
        Target::Kubernetes,
        Target::Wireguard,
        Target::Zerotier,
    ],
    reads: &["sysctl.kernel.random.entropy_avail", "kernel.release"],
    wanted: "200 bits on kernels before 5.6, where /dev/random blocks below that",
    source: "kernel drivers/char/random.c before 5.6; random(4) read_wakeup_threshold",
    rules: &[],
    waivable: true,
    run: entropy,
};

fn entropy(subject: &Subject<'_>) -> Vec<Outcome> {
    let release = known!(
        "the kernel's release",
        "kernel.release",
        &subject.facts.kernel.release
    );
    let version: Option<crate::version::Version> = release.parse().ok();
    let old = version
        .zip("5.6".parse().ok())
        .is_none_or(|(version, limit)| version < limit);
    let Some(setting) = subject.facts.sysctl.get("kernel.random.entropy_avail") else {
        return Vec::new();
    };
    let text = known!(
        "the entropy",
        "sysctl.kernel.random.entropy_avail",
        &setting.live
    );
    let outcome = match text.parse::<u64>() {
        Ok(bits) if !old || bits >= 200 => Outcome::pass(format!("{bits} bits of entropy")).actual("bits", bits),
        Ok(bits) => Outcome::warn(format!(
            "{bits} bits of entropy, wanted 200: keys made by others than this program may wait for long"
        ))
        .actual("bits", bits)
        .remedy(entropy_source(subject)),
        Err(_) => Outcome::unknown(
            "the entropy",
            "sysctl.kernel.random.entropy_avail",
            &Fact::<()>::unreadable("it is no number", setting.live.source()),
        ),
    };
    vec![outcome.read("sysctl.kernel.random.entropy_avail", &setting.live)]
}

fn entropy_source(subject: &Subject<'_>) -> Remedy {
    let mut remedy = remedy::package(subject.facts, "a source of entropy", "rng-tools", "haveged");
    let service = match remedy::packager(subject.facts) {
        Some(remedy::Packager::Apt) => "haveged",
        _ => "rngd",
    };
    remedy
        .commands
        .extend(remedy::enable(subject.facts, service));
    remedy.undo.extend(remedy::disable(subject.facts, service));
    remedy
        .hint
        .push_str("; in a virtual machine, give it a virtio-rng device");
    remedy
}
