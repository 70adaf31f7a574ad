//! The packet filter.

use super::super::known::known;
use super::super::{ALL, Check, Group, Level, Outcome, Subject, Target};
use crate::facts::Fact;
use crate::judge::filter::{self, Packet, Verdict};
use crate::judge::finding::Remedy;
use crate::judge::ports::{self, From, PortNeed};

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] =
    &[BACKEND, INPUT, FORWARD, FIREWALLD, UFW, SAVE];

const BACKEND: Check = Check {
    id: "fw.backend",
    title: "Kinds of tables",
    group: Group::Firewall,
    concerns: ALL,
    reads: &["firewall.both"],
    wanted: "tables of one kind: iptables' own or nf_tables",
    source: "k3s check-config; iptables-legacy(8): rules of both kinds are asked one after the other",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.firewall.both;
        let both = known!(
            "whether tables of both kinds are filled",
            "firewall.both",
            fact
        );
        vec![if *both {
            Outcome::warn("tables of both kinds are filled, iptables' own and nf_tables: what one lets in, the other may drop; wanted: one kind")
                .remedy(Remedy::hint("see which program made the old ones, and empty them once nothing uses them").command("iptables-legacy-save"))
        } else {
            Outcome::pass("tables of at most one kind are filled")
        }
        .read("firewall.both", fact)]
    },
};

/// Ports that other nodes or people have to reach, with the targets that need
/// them.
fn from_outside(subject: &Subject<'_>) -> Vec<(PortNeed, Vec<Target>)> {
    let mut all: Vec<(PortNeed, Vec<Target>)> = Vec::new();
    for target in ALL.iter().filter(|target| subject.aims_at(&[**target])) {
        for need in ports::of(*target, subject.scope.wireguard_port) {
            if need.from == From::Host || (need.from == From::Nodes && subject.scope.nodes < 2) {
                continue;
            }
            match all
                .iter_mut()
                .find(|(known, _)| known.port == need.port && known.protocol == need.protocol)
            {
                Some((_, targets)) => targets.push(*target),
                None => all.push((need, vec![*target])),
            }
        }
    }
    all
}

const INPUT: Check = Check {
    id: "fw.input",
    title: "Ports through the firewall",
    group: Group::Firewall,
    concerns: ALL,
    reads: &["firewall.filter", "firewall.kind"],
    wanted: "each needed port is let in: policy and every rule before it are looked at",
    source: "iptables(8); replicated-installer preflights/iptables.sh, which looks at the policy alone",
    rules: &[],
    waivable: true,
    run: input,
};

fn input(subject: &Subject<'_>) -> Vec<Outcome> {
    let firewall = &subject.facts.firewall;
    let rules = match &firewall.filter {
        Fact::Known { value, .. } => value,
        Fact::Absent { .. } => {
            let needs: Vec<_> = from_outside(subject)
                .iter()
                .map(|(need, _)| format!("{}/{}", need.port, need.protocol))
                .collect();
            return vec![
                Outcome::new(
                    Level::Unknown,
                    format!(
                        "nftables filters here, whose rules are not judged: see that it lets {} in",
                        needs.join(", ")
                    ),
                )
                .actual("firewall.filter", serde_json::Value::Null)
                .read("firewall.filter", &firewall.filter)
                .remedy(
                    Remedy::hint("look at the chains with hook input").command("nft list ruleset"),
                ),
            ];
        }
        fact @ Fact::Unreadable { .. } => {
            return vec![Outcome::unknown(
                "what the firewall lets through",
                "firewall.filter",
                fact,
            )];
        }
    };
    let (mut open, mut outcomes) = (Vec::new(), Vec::new());
    for (need, targets) in from_outside(subject) {
        let packet = Packet {
            protocol: need.protocol,
            port: need.port,
            interface: subject.scope.interface.as_deref(),
            source: match need.from {
                From::Nodes => subject.scope.peers.first().map(|peer| (*peer).into()),
                From::People | From::Host => None,
            },
        };
        let name = format!("{}/{}", need.port, need.protocol);
        let (level, text) = match filter::input(rules, packet) {
            Verdict::Accepted => {
                open.push(name);
                continue;
            }
            Verdict::Dropped(rule) => (
                Level::Fail,
                format!(
                    "{name} ({}) is not let in: {rule}; wanted: ACCEPT",
                    need.why
                ),
            ),
            Verdict::Unknown(rule) => (
                Level::Warn,
                format!("whether {name} ({}) is let in depends on: {rule}", need.why),
            ),
        };
        outcomes.push(
            Outcome::new(Level::Na, text)
                .on(&targets, level)
                .about(format!("{}.{}", need.protocol, need.port))
                .wanted(format!("{name} is let in"))
                .read("firewall.filter", &firewall.filter)
                .remedy(open_port(subject, need)),
        );
    }
    if outcomes.is_empty() || !open.is_empty() {
        let text = if open.is_empty() {
            "no port has to be let in".to_owned()
        } else {
            format!("let in: {}", open.join(", "))
        };
        outcomes.push(Outcome::pass(text).read("firewall.filter", &firewall.filter));
    }
    outcomes
}

/// The commands that let a port in with what manages this host's firewall.
pub(in crate::judge::checks) fn open_port(subject: &Subject<'_>, need: PortNeed) -> Remedy {
    let firewall = &subject.facts.firewall;
    let (protocol, port) = (need.protocol, need.port);
    let remedy = Remedy::hint(format!("let {port}/{protocol} in ({})", need.why));
    match firewall.kind.value().map(String::as_str) {
        Some("firewalld") => remedy
            .command(format!(
                "firewall-cmd --permanent --add-port={port}/{protocol}"
            ))
            .command("firewall-cmd --reload")
            .undo(format!(
                "firewall-cmd --permanent --remove-port={port}/{protocol}"
            ))
            .undo("firewall-cmd --reload"),
        Some("ufw") => remedy
            .command(format!("ufw allow {port}/{protocol}"))
            .undo(format!("ufw delete allow {port}/{protocol}")),
        Some("nftables") => remedy.command(format!(
            "nft add rule inet filter input {protocol} dport {port} accept"
        )),
        _ => {
            let remedy = remedy
                .command(format!(
                    "iptables -I INPUT -p {protocol} --dport {port} -j ACCEPT"
                ))
                .undo(format!(
                    "iptables -D INPUT -p {protocol} --dport {port} -j ACCEPT"
                ));
            match firewall.persistence.value().map(String::as_str) {
                Some("iptables-service") => remedy.command("service iptables save"),
                Some("netfilter-persistent") => remedy.command("netfilter-persistent save"),
                _ => remedy,
            }
        }
    }
}

const FORWARD: Check = Check {
    id: "fw.forward",
    title: "Packets that are passed on",
    group: Group::Firewall,
    concerns: &[
        Target::Swarm,
        Target::Native,
        Target::Flannel,
        Target::Kubernetes,
    ],
    reads: &["firewall.filter"],
    wanted: "the chain FORWARD does not drop what containers send",
    source: "flannel Documentation/troubleshooting.md: Docker 1.13 and newer sets FORWARD DROP",
    rules: &[],
    waivable: true,
    run: forward,
};

fn forward(subject: &Subject<'_>) -> Vec<Outcome> {
    let firewall = &subject.facts.firewall;
    let rules = match &firewall.filter {
        Fact::Known { value, .. } => value,
        Fact::Absent { .. } => return vec![Outcome::new(Level::Unknown, "nftables filters here, whose rules are not judged: see that it passes containers' packets on").read("firewall.filter", &firewall.filter)],
        fact @ Fact::Unreadable { .. } => return vec![Outcome::unknown("what the firewall lets through", "firewall.filter", fact)],
    };
    let chain: Vec<_> = rules
        .rules
        .iter()
        .filter(|rule| rule.chain == "FORWARD")
        .collect();
    let drops = rules
        .policies
        .get("FORWARD")
        .is_some_and(|policy| policy == "DROP");
    let end = chain.last().filter(|rule| {
        matches!(rule.target(), Some("DROP" | "REJECT"))
            && !rule
                .words
                .iter()
                .any(|word| matches!(word.as_str(), "-i" | "-o" | "-s" | "-d" | "-p"))
    });
    let docker = chain.iter().any(|rule| {
        rule.target().is_some_and(|target| {
            target.starts_with("DOCKER")
                || target.starts_with("FLANNEL")
                || target.starts_with("KUBE")
        })
    });
    let outcome = match (drops, end) {
        (false, None) => Outcome::pass("the chain FORWARD lets packets through"),
        (true, None) if docker => Outcome::info("the policy of FORWARD is DROP, with Docker's own rules before it")
            .on(&[Target::Flannel], Level::Warn)
            .remedy(let_through()),
        (_, Some(rule)) => Outcome::warn(format!("FORWARD ends with `{}`: what containers send is dropped, unless a rule before it lets it through; wanted: no such rule, or Docker's before it", rule.text()))
            .remedy(let_through()),
        (true, None) => Outcome::warn("the policy of FORWARD is DROP, and nothing lets containers' packets through; wanted: ACCEPT")
            .remedy(let_through()),
    };
    vec![outcome.read("firewall.filter", &firewall.filter)]
}

fn let_through() -> Remedy {
    Remedy::hint("let the containers' networks through; Docker sets its own rules when it starts")
        .command("iptables -I FORWARD -s NETWORK -j ACCEPT")
        .command("iptables -I FORWARD -d NETWORK -j ACCEPT")
        .undo("iptables -D FORWARD -s NETWORK -j ACCEPT")
        .undo("iptables -D FORWARD -d NETWORK -j ACCEPT")
}

const FIREWALLD: Check = Check {
    id: "fw.firewalld",
    title: "firewalld",
    group: Group::Firewall,
    concerns: ALL,
    reads: &["firewall.kind", "firewall.firewalld_enabled"],
    wanted: "not running, or with the needed ports open; the same now and after the next boot",
    source: "replicated-installer, kURL, kubeadm Firewalld; kURL PR#4485 (enabled and active are two things)",
    rules: &[],
    waivable: true,
    run: firewalld,
};

fn firewalld(subject: &Subject<'_>) -> Vec<Outcome> {
    let firewall = &subject.facts.firewall;
    let kind = known!("what manages the firewall", "firewall.kind", &firewall.kind);
    let needs = from_outside(subject);
    let mut remedy = Remedy::hint("open the needed ports");
    for (need, _) in &needs {
        remedy = remedy
            .command(format!(
                "firewall-cmd --permanent --add-port={}/{}",
                need.port, need.protocol
            ))
            .undo(format!(
                "firewall-cmd --permanent --remove-port={}/{}",
                need.port, need.protocol
            ));
    }
    remedy = remedy
        .command("firewall-cmd --reload")
        .undo("firewall-cmd --reload");
    let outcome = if kind == "firewalld" {
        let list: Vec<_> = needs
            .iter()
            .map(|(need, _)| format!("{}/{}", need.port, need.protocol))
            .collect();
        Outcome::warn(format!(
            "firewalld runs; wanted: it lets in {}",
            list.join(", ")
        ))
        .remedy(remedy)
    } else {
        match &firewall.firewalld_enabled {
            Fact::Known { value: true, .. } => Outcome::warn("firewalld does not run now and starts with the next boot; wanted: the same now and then")
                .remedy(Remedy::hint("decide which: start it now and open the ports, or disable it")
                    .command("systemctl disable firewalld").undo("systemctl enable firewalld")),
            Fact::Known { value: false, .. } | Fact::Absent { .. } => Outcome::pass("firewalld neither runs nor starts with the next boot"),
            fact @ Fact::Unreadable { .. } => Outcome::unknown("whether firewalld starts at boot", "firewall.firewalld_enabled", fact),
        }
    };
    vec![outcome.read("firewall.kind", &firewall.kind)]
}

const UFW: Check = Check {
    id: "fw.ufw",
    title: "ufw",
    group: Group::Firewall,
    concerns: ALL,
    reads: &["firewall.kind"],
    wanted: "off, or with the needed ports open",
    source: "ufw(8); kURL checkUFW",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.firewall.kind;
        let kind = known!("what manages the firewall", "firewall.kind", fact);
        vec![
            if kind == "ufw" {
                let mut remedy = Remedy::hint("open the needed ports");
                let mut list = Vec::new();
                for (need, _) in from_outside(subject) {
                    let name = format!("{}/{}", need.port, need.protocol);
                    remedy = remedy
                        .command(format!("ufw allow {name}"))
                        .undo(format!("ufw delete allow {name}"));
                    list.push(name);
                }
                Outcome::warn(format!("ufw is on; wanted: it lets in {}", list.join(", ")))
                    .remedy(remedy)
            } else {
                Outcome::pass("ufw is off")
            }
            .read("firewall.kind", fact),
        ]
    },
};

const SAVE: Check = Check {
    id: "fw.save",
    title: "Saved rules",
    group: Group::Firewall,
    concerns: ALL,
    reads: &["firewall.saved"],
    wanted: "no rules of Docker or Flannel in the file that is loaded at boot",
    source: "own: `service iptables save` with Docker running writes its rules too, which come back stale",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.firewall.saved;
        let saved = match fact {
            Fact::Known { value, .. } => value,
            Fact::Absent { .. } => {
                return vec![
                    Outcome::na("no file of rules is loaded at boot").read("firewall.saved", fact),
                ];
            }
            fact @ Fact::Unreadable { .. } => {
                return vec![Outcome::unknown("the saved rules", "firewall.saved", fact)];
            }
        };
        let stale = saved.rules.iter().find(|rule| {
            rule.chain.starts_with("DOCKER")
                || rule.target().is_some_and(|target| {
                    target.starts_with("DOCKER") || target.starts_with("FLANNEL")
                })
        });
        vec![match stale {
            Some(rule) => Outcome::warn(format!("the file of saved rules has `{}`: it comes back stale at boot; wanted: none of Docker's rules", rule.text()))
                .remedy(Remedy::hint("take Docker's chains and rules out of the file").file(fact.source(), "without DOCKER chains and rules")),
            None => Outcome::pass("no rules of Docker are saved"),
        }
        .read("firewall.saved", fact)]
    },
};
