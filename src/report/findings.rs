//! Findings: one for each group of facts that was read, and one for each rule
//! of a target.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Evidence, Finding, Remedy, Status};
use crate::facts::flat::FlatFacts;
use crate::facts::{Fact, Facts};
use crate::judge::condition::Truth;
use crate::judge::decide::Decision;
use crate::judge::judgement::outcome;
use crate::judge::measured;
use crate::judge::rules::{Rule, Rules, Severity, fill};

/// A waiver: a rule's id, and the reason that was given.
pub type Waivers = BTreeMap<String, String>;

/// All findings for the targets (ids of candidates).
pub fn findings(
    facts: Option<&Facts>,
    flat: &FlatFacts,
    rules: &Rules,
    decision: &Decision,
    targets: &[String],
    waivers: &Waivers,
) -> Vec<Finding> {
    let mut findings = facts.map(groups).unwrap_or_default();
    let flat = rules.with_defaults(flat);
    let overlays = rules.overlays.iter().map(|overlay| {
        let id = format!("native+{}", overlay.id);
        (id, overlay.title.as_str(), rules.of_overlay(overlay))
    });
    let schedulers = rules.schedulers.iter().map(|scheduler| {
        let own: Vec<&Rule> = scheduler.rules.iter().collect();
        (scheduler.id.clone(), scheduler.title.as_str(), own)
    });
    for (id, title, own) in schedulers.chain(overlays) {
        // An overlay's target stands on its scheduler too.
        let concerned: Vec<_> = targets
            .iter()
            .filter(|target| **target == id || target.split('+').next() == Some(&id))
            .collect();
        if concerned.is_empty() {
            continue;
        }
        let fixes = decision
            .candidates
            .iter()
            .find(|candidate| candidate.id == id);
        for rule in own {
            let mut finding = of_rule(rule, title, &flat, facts);
            let fix = fixes
                .map(|candidate| candidate.fixes.as_slice())
                .unwrap_or_default();
            let fix = fix.iter().find(|fix| rule.fix.contains(&fix.id));
            if finding.status > Status::Pass {
                finding.remedy = fix.map(|fix| Remedy {
                    hint: fix.why.clone(),
                });
            }
            if finding.status > Status::Pass && rule.waivable {
                finding.waived_by = waivers.get(&rule.id).cloned();
            }
            finding.status_by_target = concerned
                .iter()
                .map(|target| ((*target).clone(), finding.status))
                .collect();
            match findings.iter_mut().find(|known| known.id == finding.id) {
                Some(known) => known.status_by_target.extend(finding.status_by_target),
                None => findings.push(finding),
            }
        }
    }
    findings
}

fn of_rule(rule: &Rule, title: &str, flat: &FlatFacts, facts: Option<&Facts>) -> Finding {
    let status = match (outcome(rule, flat), rule.severity) {
        (Truth::True, _) if skipped(rule, flat) => Status::Na,
        (Truth::True, _) => Status::Pass,
        (Truth::False, Severity::Block) => Status::Fail,
        (Truth::False, Severity::Warn | Severity::Pref) => Status::Warn,
        (Truth::Unknown, Severity::Block) => Status::Unknown,
        // A warning is given when its condition is known to hold, not else.
        (Truth::Unknown, Severity::Warn | Severity::Pref) => Status::Na,
    };
    let paths = rule.facts();
    let actual = paths.iter().map(|path| {
        let value = flat.get(*path).cloned().unwrap_or(Value::Null);
        ((*path).to_string(), value)
    });
    let evidence = paths.iter().map(|path| Evidence {
        fact: (*path).to_string(),
        source: measured::how(path).unwrap_or("given").to_string(),
    });
    let why = fill(&rule.why, flat);
    Finding {
        id: rule.id.clone(),
        title: format!("{title}, rule {}", rule.id),
        group: title.to_string(),
        status_by_target: BTreeMap::new(),
        status,
        inhibitor: status == Status::Fail,
        message: match status {
            Status::Pass => format!("holds: {}", actual_text(&paths, flat)),
            Status::Na => "does not apply".into(),
            Status::Unknown => format!("not known: {why}"),
            Status::Warn | Status::Fail => why,
        },
        actual: actual.collect(),
        required: rule.why.clone(),
        // A replayed host says only what it was given.
        evidence: if facts.is_some() {
            evidence.collect()
        } else {
            Vec::new()
        },
        remedy: None,
        links: vec![rule.src.clone()],
        waivable: rule.waivable,
        waived_by: None,
    }
}

fn skipped(rule: &Rule, flat: &FlatFacts) -> bool {
    let is = |cond: &Option<crate::judge::condition::Cond>, truth| {
        cond.as_ref().is_some_and(|cond| cond.eval(flat) == truth)
    };
    is(&rule.applies, Truth::False) || is(&rule.unless, Truth::True)
}

fn actual_text(paths: &[&str], flat: &FlatFacts) -> String {
    let texts = paths
        .iter()
        .map(|path| crate::judge::rules::fact_text(path, flat));
    texts.collect::<Vec<_>>().join(", ")
}

/// What one fact adds to its group's finding: a few words where it is known,
/// and a complaint where it could not be read.
struct Line {
    words: Option<String>,
    unread: Option<String>,
    evidence: Evidence,
}

fn line<T>(path: &str, fact: &Fact<T>, words: impl FnOnce(&T) -> Option<String>) -> Line {
    Line {
        words: fact.value().and_then(words),
        unread: match fact {
            Fact::Unreadable { why, source } => Some(format!("{path}: {source}: {why}")),
            Fact::Known { .. } | Fact::Absent { .. } => None,
        },
        evidence: Evidence {
            fact: path.into(),
            source: fact.source().into(),
        },
    }
}

/// A finding for each group of facts: passed when all of it could be read.
fn groups(facts: &Facts) -> Vec<Finding> {
    let text = |value: &String| Some(value.clone());
    let (os, kernel, docker) = (&facts.os, &facts.kernel, &facts.docker);
    let (resources, security, services) = (&facts.resources, &facts.security, &facts.services);
    let caps = kernel
        .capabilities
        .iter()
        .map(|(name, fact)| line(&format!("cap.{name}"), fact, |_| None));
    let mut kernel_lines = vec![
        line("kernel.release", &kernel.release, text),
        line("arch", &kernel.arch, text),
        line("virt", &kernel.virt, |virt| {
            Some(format!("virtualisation {virt}"))
        }),
        line("cgroup", &kernel.cgroup, |v| Some(format!("cgroup {v}"))),
    ];
    kernel_lines.extend(caps);
    vec![
        group(
            "facts.os",
            "Distribution",
            vec![
                line("os.name", &os.name, text),
                line("os.family", &os.family, |family| {
                    Some(format!("family {family}"))
                }),
                line("os.running_release", &os.running_release, |r| {
                    Some(format!("the running kernel is that of {r}"))
                }),
            ],
        ),
        group("facts.kernel", "Kernel", kernel_lines),
        group(
            "facts.docker",
            "Docker",
            vec![
                line("docker.installed", &docker.installed, |installed| {
                    (!installed).then(|| "not installed".to_string())
                }),
                line("docker.version", &docker.version, |v| {
                    Some(format!("Docker {v}"))
                }),
                line("docker.running", &docker.running, |running| {
                    Some(
                        if *running {
                            "answers on its socket"
                        } else {
                            "does not run"
                        }
                        .into(),
                    )
                }),
                line("docker.storage_driver", &docker.storage_driver, |d| {
                    Some(format!("storage driver {d}"))
                }),
                line("docker.swarm", &docker.swarm, |s| {
                    Some(format!("Swarm {s}"))
                }),
            ],
        ),
        group(
            "facts.network",
            "Network",
            vec![
                line("network.interfaces", &facts.network.interfaces, |all| {
                    Some(format!("{} interfaces", all.len()))
                }),
                line("network.routes", &facts.network.routes, |all| {
                    Some(format!("{} routes", all.len()))
                }),
                line("network.listeners", &facts.network.listeners, |all| {
                    Some(format!("{} listening ports", all.len()))
                }),
            ],
        ),
        group(
            "facts.firewall",
            "Firewall",
            vec![line("firewall.kind", &facts.firewall.kind, text)],
        ),
        group(
            "facts.resources",
            "Resources",
            vec![
                line("cpu.count", &resources.cpus, |n| Some(format!("{n} CPUs"))),
                line("mem.mb", &resources.memory_mb, |mb| {
                    Some(format!("{mb} MiB memory"))
                }),
                line("mem.swap", &resources.swap_mb, |mb| {
                    Some(if *mb == 0 {
                        "no swap".into()
                    } else {
                        format!("{mb} MiB swap")
                    })
                }),
                line("disks", &resources.disks, |disks| {
                    let root = disks.iter().find(|disk| disk.mount_point == "/")?;
                    Some(format!("{} MiB free on /", root.available_mb))
                }),
            ],
        ),
        group(
            "facts.security",
            "Security",
            vec![
                line("security.fips", &security.fips, |on| {
                    Some(on_off("FIPS", *on))
                }),
                line("security.secureboot", &security.secure_boot, |on| {
                    Some(on_off("Secure Boot", *on))
                }),
                line("security.selinux", &security.selinux, |s| {
                    Some(format!("SELinux {s}"))
                }),
            ],
        ),
        group(
            "facts.services",
            "Services",
            vec![
                line("init", &services.init, |init| Some(format!("init {init}"))),
                line("time.synchronised", &services.time_synchronised, |on| {
                    Some(
                        if *on {
                            "clock synchronised"
                        } else {
                            "clock not synchronised"
                        }
                        .into(),
                    )
                }),
            ],
        ),
    ]
}

fn on_off(what: &str, on: bool) -> String {
    format!("{what} {}", if on { "on" } else { "off" })
}

fn group(id: &str, title: &str, lines: Vec<Line>) -> Finding {
    let unread: Vec<_> = lines
        .iter()
        .filter_map(|line| line.unread.clone())
        .collect();
    let words: Vec<_> = lines.iter().filter_map(|line| line.words.clone()).collect();
    let mut message = words.join(", ");
    if !unread.is_empty() {
        let so_far = if message.is_empty() { "" } else { "; " };
        message = format!("{message}{so_far}not known: {}", unread.join("; "));
    }
    Finding {
        id: id.into(),
        title: title.into(),
        group: "facts".into(),
        status_by_target: BTreeMap::new(),
        status: if unread.is_empty() {
            Status::Pass
        } else {
            Status::Unknown
        },
        inhibitor: false,
        message,
        actual: BTreeMap::new(),
        required: "all of it can be read".into(),
        evidence: lines.into_iter().map(|line| line.evidence).collect(),
        remedy: None,
        links: Vec::new(),
        waivable: false,
        waived_by: None,
    }
}
