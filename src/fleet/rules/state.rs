//! Who reported, when and by what; clocks, versions, quorums.

use std::collections::BTreeMap;

use super::{Fleet, Outcome, Rule};
use crate::fleet::names;
use crate::fleet::node::Known;
use crate::fleet::roles;
use crate::judge::finding::{Remedy, Status};

/// Spread of the clocks that is worth a warning, in milliseconds.
pub const SPREAD_WARN_MS: i64 = 5_000;
/// Spread of the clocks that is a failure, in milliseconds.
pub const SPREAD_FAIL_MS: i64 = 60_000;

/// The rules of this file.
pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "fleet.reported",
        title: "Reports of the hosts",
        wanted: "a report of every host that was asked for",
        source: "a host that is left out silently is missed when it is needed: rows, not omissions",
        remedy: "reach them and inspect again, import what they report, or name them under \
                 fleet.exclude; --allow-missing goes on without",
        waivable: true,
        run: reported,
    },
    Rule {
        id: "fleet.age",
        title: "Age of the reports",
        wanted: "reports that are not old: 24 hours, or what --max-age says",
        source: "a host changes; what is planned on an old report meets another host",
        remedy: "inspect these hosts again",
        waivable: true,
        run: age,
    },
    Rule {
        id: "fleet.version",
        title: "Versions of groundcrew",
        wanted: "reports of this groundcrew: another one may know less of a host, or more",
        source: "facts of another version are read as far as they are the same; the rest is unknown",
        remedy: "inspect these hosts again with this binary",
        waivable: true,
        run: version,
    },
    Rule {
        id: "fleet.clock",
        title: "Clocks",
        wanted: "clocks within 5 s of each other; 60 s is a failure",
        source: "etcd --heartbeat and certificates' validity; raft leases; k0sctl validate_hosts (clock \
                 skew); WireGuard whitepaper 5.1",
        remedy: "have one time source keep them all (chronyd, ntpd), then compare `date -u` on all hosts \
                 at once",
        waivable: true,
        run: clock,
    },
    Rule {
        id: "fleet.docker-version",
        title: "Versions of Docker",
        wanted: "one version of Docker",
        source: "docker swarm: managers and workers of one version are what is tested together; a feature \
                 counts as the oldest has it",
        remedy: "bring Docker to one version, the oldest hosts first",
        waivable: true,
        run: docker_version,
    },
    Rule {
        id: "fleet.kubeadm-version",
        title: "Versions of kubeadm",
        wanted: "one minor version of kubeadm and kubelet",
        source: "kubernetes.io version-skew-policy: kubeadm joins with the control plane's version",
        remedy: "compare `kubeadm version -o short` on all hosts",
        waivable: true,
        run: kubeadm_version,
    },
    Rule {
        id: "fleet.quorum",
        title: "Quorum",
        wanted: "an odd number of managers or etcd members, 3 or more where a failure is to be borne",
        source: "raft: n members bear (n-1)/2 failures; docs.docker.com swarm admin guide; etcd FAQ",
        remedy: "add hosts; 3 bear the loss of one",
        waivable: true,
        run: quorum,
    },
];

fn reported(fleet: &Fleet<'_>) -> Vec<Outcome> {
    if fleet.missing.is_empty() {
        let text = format!("{} reported", names::hosts(fleet.nodes.len()));
        return vec![Outcome::new(Status::Pass, text)];
    }
    let status = if fleet.allow_missing {
        Status::Na
    } else {
        Status::Unknown
    };
    let hosts = || fleet.missing.iter().map(|one| one.host.as_str());
    let text = format!(
        "no report of {}: {}; nothing is known of them",
        names::hosts(fleet.missing.len()),
        names::some(hosts())
    );
    let outcome = Outcome::new(status, text).about(hosts());
    vec![fleet.missing.iter().fold(outcome, |outcome, one| {
        outcome.found(&one.host, one.why.as_str(), "inspection")
    })]
}

/// Seconds since 1970 of a time as reports have it.
fn seconds(time: &str) -> Option<u64> {
    let time = humantime::parse_rfc3339(time).ok()?;
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(since.as_secs())
}

fn age(fleet: &Fleet<'_>) -> Vec<Outcome> {
    let now = seconds(fleet.now);
    let limit = fleet.max_age_hours.saturating_mul(3600);
    let (mut old, mut unknown) = (Vec::new(), Vec::new());
    for node in fleet.nodes {
        match (seconds(&node.collected_at), now) {
            // A clock that is behind makes a report look old; that is told by the
            // rule about clocks, where they were read.
            (Some(at), Some(now)) if now.saturating_sub(at) > limit => old.push(node),
            (Some(at), _) if at > 0 => {}
            _ => unknown.push(node.name.as_str()),
        }
    }
    let mut outcomes = Vec::new();
    if !old.is_empty() {
        let oldest = old.iter().map(|node| node.collected_at.as_str()).min();
        let text = format!(
            "{} older than {} h, the oldest of {}: {}",
            match old.len() {
                1 => "1 report is".to_owned(),
                many => format!("{many} reports are"),
            },
            fleet.max_age_hours,
            oldest.unwrap_or_default(),
            names::some(old.iter().map(|node| node.name.as_str()))
        );
        let outcome =
            Outcome::new(Status::Warn, text).about(old.iter().map(|node| node.name.as_str()));
        outcomes.push(old.iter().fold(outcome, |outcome, node| {
            outcome.found(&node.name, node.collected_at.as_str(), "facts.collected_at")
        }));
    }
    if !unknown.is_empty() {
        let text = format!(
            "when {} {} looked at is not known: {}",
            names::hosts(unknown.len()),
            if unknown.len() == 1 { "was" } else { "were" },
            names::some(unknown.iter().copied())
        );
        outcomes.push(Outcome::new(Status::Unknown, text).about(unknown));
    }
    if outcomes.is_empty() {
        let text = format!("none is older than {} h", fleet.max_age_hours);
        outcomes.push(Outcome::new(Status::Pass, text));
    }
    outcomes
}

fn version(fleet: &Fleet<'_>) -> Vec<Outcome> {
    let own = env!("CARGO_PKG_VERSION");
    let mut others: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for node in fleet.nodes.iter().filter(|node| node.tool_version != own) {
        let version = match node.tool_version.as_str() {
            "" => "unknown",
            version => version,
        };
        others.entry(version).or_default().push(&node.name);
    }
    if others.is_empty() {
        return vec![Outcome::new(Status::Pass, format!("all of {own}"))];
    }
    let each: Vec<String> = others
        .iter()
        .map(|(version, hosts)| format!("{version}: {}", names::some(hosts.iter().copied())))
        .collect();
    let text = format!("this is {own}, and reports are of {}", each.join("; "));
    vec![Outcome::new(Status::Warn, text).about(others.into_values().flatten())]
}

fn clock(fleet: &Fleet<'_>) -> Vec<Outcome> {
    if fleet.nodes.len() < 2 {
        return vec![Outcome::new(Status::Na, "one clock differs from none")];
    }
    let read: Vec<_> = fleet
        .nodes
        .iter()
        .filter_map(|node| Some((node.name.as_str(), node.clock?)))
        .collect();
    let kept = |node: &&super::Node| node.synchronised.value() == Some(&true);
    let (kept, total) = (fleet.nodes.iter().filter(kept).count(), fleet.nodes.len());
    let unread: Vec<&str> = fleet
        .nodes
        .iter()
        .filter(|node| node.clock.is_none())
        .map(|node| node.name.as_str())
        .collect();
    let (Some(first), Some(last)) = (
        read.iter().min_by_key(|(_, clock)| clock.offset_ms),
        read.iter().max_by_key(|(_, clock)| clock.offset_ms),
    ) else {
        let loose: Vec<&str> = fleet
            .nodes
            .iter()
            .filter(|node| node.synchronised.value() != Some(&true))
            .map(|node| node.name.as_str())
            .collect();
        let whose = if loose.is_empty() {
            "all say that theirs is synchronised".to_owned()
        } else {
            format!(
                "{kept} of {total} say that theirs is synchronised, not {}",
                names::some(loose.iter().copied())
            )
        };
        let text = format!("no host's clock was read against another's; {whose}");
        let outcome = Outcome::new(Status::Unknown, text).about(loose).remedy(Remedy::hint(
            "compare `date -u` on all hosts at once: they should be within 5 s; have one time source \
             keep them all (chronyd, ntpd)",
        ));
        return vec![outcome];
    };
    let spread = last.1.offset_ms.saturating_sub(first.1.offset_ms);
    let error = i64::try_from(first.1.error_ms.saturating_add(last.1.error_ms)).unwrap_or(i64::MAX);
    let surely = spread.saturating_sub(error);
    let status = if surely > SPREAD_FAIL_MS {
        Status::Fail
    } else if surely > SPREAD_WARN_MS {
        Status::Warn
    } else if !unread.is_empty() || spread.saturating_add(error) > SPREAD_WARN_MS {
        Status::Unknown
    } else {
        Status::Pass
    };
    let text = format!(
        "{}.{:03} s between {} and {}, give or take {error} ms{}",
        spread / 1000,
        spread % 1000,
        first.0,
        last.0,
        if unread.is_empty() {
            String::new()
        } else {
            format!("; not read on {}", names::some(unread.iter().copied()))
        }
    );
    let told = |(host, clock): &(&str, crate::fleet::node::Clock)| {
        (
            (*host).to_owned(),
            format!("{:+} ms, give or take {}", clock.offset_ms, clock.error_ms),
        )
    };
    let mut outcome = Outcome::new(status, text);
    if status > Status::Pass {
        outcome = outcome.about([first.0, last.0]).about(unread);
    }
    vec![
        [first, last]
            .into_iter()
            .map(told)
            .fold(outcome, |outcome, (host, found)| {
                outcome.found(&host, found, "its clock against the asking machine's")
            }),
    ]
}

fn docker_version(fleet: &Fleet<'_>) -> Vec<Outcome> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let (mut without, mut unknown) = (Vec::new(), Vec::new());
    for node in fleet.nodes {
        match &node.docker {
            Known::Value(version, _) => versions.entry(version).or_default().push(&node.name),
            Known::None => without.push(node.name.as_str()),
            Known::Unknown(_) => unknown.push(node.name.as_str()),
        }
    }
    let each: Vec<String> = versions
        .iter()
        .map(|(version, hosts)| format!("{version} on {}", names::some(hosts.iter().copied())))
        .collect();
    let mut outcomes = Vec::new();
    if versions.len() > 1 {
        let text = each.join("; ");
        let outcome = Outcome::new(Status::Warn, text).about(versions.values().flatten().copied());
        outcomes.push(outcome);
    }
    if !unknown.is_empty() {
        let text = format!(
            "Docker's version on {} is not known: {}",
            names::hosts(unknown.len()),
            names::some(unknown.iter().copied())
        );
        outcomes.push(Outcome::new(Status::Unknown, text).about(unknown));
    }
    if outcomes.is_empty() {
        outcomes.push(match each.first() {
            None => Outcome::new(Status::Na, "no host has Docker yet"),
            Some(one) if without.is_empty() => Outcome::new(Status::Pass, one.clone()),
            Some(one) => Outcome::new(
                Status::Pass,
                format!(
                    "{one}; none yet on {}",
                    names::some(without.iter().copied())
                ),
            ),
        });
    }
    outcomes
}

fn kubeadm_version(fleet: &Fleet<'_>) -> Vec<Outcome> {
    vec![if fleet.aims_at("kubernetes") && fleet.nodes.len() > 1 {
        let text = "reports do not tell the version of kubeadm";
        Outcome::new(Status::Unknown, text)
    } else {
        Outcome::new(Status::Na, "kubeadm joins nothing here")
    }]
}

fn quorum(fleet: &Fleet<'_>) -> Vec<Outcome> {
    let size = fleet.size();
    let own = fleet.config.flannel.etcd_endpoints.is_empty();
    let wishes = &fleet.wishes;
    let (what, wished, count) = if fleet.aims_at("swarm") {
        let wished = wishes.managers;
        ("managers", wished, roles::count(wished, size))
    } else if fleet.aims_at("flannel") && own {
        let wished = wishes.etcd_members.or(wishes.managers);
        ("members of etcd", wished, roles::etcd_count(wished, size))
    } else {
        let text = "nothing here decides by the majority of hosts";
        return vec![Outcome::new(Status::Na, text)];
    };
    let wanted = wished.and_then(|wished| usize::try_from(wished).ok());
    let borne = count.saturating_sub(1) / 2;
    let text = format!(
        "{count} of {} as {what}: the loss of {borne} is borne",
        names::hosts(size)
    );
    vec![match wanted {
        Some(wanted) if wanted > count => Outcome::new(
            Status::Fail,
            format!(
                "{wanted} {what} are wished for, and {} are there; {text}",
                names::hosts(size)
            ),
        ),
        _ if borne == 0 && size > 1 => Outcome::new(Status::Warn, text),
        _ => Outcome::new(Status::Pass, text),
    }]
}
