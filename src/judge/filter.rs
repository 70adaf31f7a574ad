//! Whether the packet filter lets a packet in: policies and rules, as the kernel
//! goes through them.

use std::net::IpAddr;

use crate::facts::filter::{Filter, Rule};
use crate::host::packet_filter::UNDECODED;

/// A packet that comes in and opens a connection.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    /// `tcp` or `udp`.
    pub protocol: &'a str,
    /// Port of this host.
    pub port: u16,
    /// Interface that it comes in by, where that is known.
    pub interface: Option<&'a str>,
    /// Where it is from, where that is known.
    pub source: Option<IpAddr>,
}

/// What becomes of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is let in.
    Accepted,
    /// It is not, by this rule or policy.
    Dropped(String),
    /// A rule that cannot be judged stands before the verdict.
    Unknown(String),
}

/// How a rule's matches fit a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Yes,
    No,
    Maybe,
}

/// How deep chains may call each other; the kernel refuses loops.
const DEPTH: u32 = 16;

/// How many rules are looked at: chains that call others twice each would take
/// for ever.
const RULES: u32 = 20_000;

/// What becomes of a packet that comes in.
pub fn input(filter: &Filter, packet: Packet<'_>) -> Verdict {
    let mut walk = Walk {
        filter,
        packet,
        maybe: Vec::new(),
        left: RULES,
    };
    let verdict = walk.chain("INPUT", DEPTH);
    let accepted = match &verdict {
        Some(Ok(())) => true,
        Some(Err(_)) => false,
        None => filter
            .policies
            .get("INPUT")
            .is_none_or(|policy| policy == "ACCEPT"),
    };
    // A rule that may fit changes nothing where it decides the same.
    if let Some((_, text)) = walk.maybe.iter().find(|(accepts, _)| *accepts != accepted) {
        return Verdict::Unknown(text.clone());
    }
    match verdict {
        Some(Ok(())) => Verdict::Accepted,
        Some(Err(rule)) => Verdict::Dropped(rule),
        None if accepted => Verdict::Accepted,
        None => Verdict::Dropped("policy of the chain INPUT".to_owned()),
    }
}

struct Walk<'a> {
    filter: &'a Filter,
    packet: Packet<'a>,
    /// Rules that may fit: whether they accept, and their text.
    maybe: Vec<(bool, String)>,
    /// Rules that may still be looked at.
    left: u32,
}

impl Walk<'_> {
    /// Goes through a chain: accepted, dropped by a rule, or neither.
    fn chain(&mut self, name: &str, depth: u32) -> Option<Result<(), String>> {
        if depth == 0 || self.left == 0 {
            let text = format!("the chain {name}, which calls itself or too many others");
            self.maybe.push((true, text.clone()));
            self.maybe.push((false, text));
            self.left = 0;
            return None;
        }
        let rules: Vec<&Rule> = self
            .filter
            .rules
            .iter()
            .filter(|rule| rule.chain == name)
            .collect();
        for rule in rules {
            self.left = self.left.saturating_sub(1);
            let fit = fits(rule, self.packet);
            if fit == Fit::No {
                continue;
            }
            match (rule.target(), fit) {
                // Whatever it does may let the packet in or not.
                (Some(target), _) if decides_unseen(rule, target) => {
                    self.maybe.push((true, rule.text()));
                    self.maybe.push((false, rule.text()));
                }
                (Some("ACCEPT"), Fit::Yes) => return Some(Ok(())),
                (Some("DROP" | "REJECT"), Fit::Yes) => return Some(Err(rule.text())),
                (Some("RETURN"), Fit::Yes) => return None,
                (Some("ACCEPT"), _) => self.maybe.push((true, rule.text())),
                (Some("DROP" | "REJECT"), _) => self.maybe.push((false, rule.text())),
                (Some("RETURN"), _) => {
                    self.maybe.push((true, rule.text()));
                    self.maybe.push((false, rule.text()));
                }
                (Some(chain), fit) if self.filter.rules.iter().any(|rule| rule.chain == chain) => {
                    let verdict = self.chain(chain, depth - 1);
                    match (verdict, fit) {
                        (Some(verdict), Fit::Yes) => return Some(verdict),
                        (Some(verdict), _) => {
                            self.maybe.push((verdict.is_ok(), rule.text()));
                        }
                        // After a goto the end of the chain is the end of this one.
                        (None, Fit::Yes) if rule.goes() => return None,
                        (None, _) if rule.goes() => {
                            self.maybe.push((true, rule.text()));
                            self.maybe.push((false, rule.text()));
                        }
                        (None, _) => {}
                    }
                }
                // LOG, MARK and the like decide nothing; a chain without rules
                // neither.
                (Some(_) | None, _) => {}
            }
        }
        None
    }
}

/// Targets that take a packet out of the kernel's hands, or answer it themselves
/// (iptables-extensions(8); the last four are of xtables-addons).
const DECIDE_UNSEEN: [&str; 7] = [
    "QUEUE", "NFQUEUE", "SYNPROXY", "TARPIT", "DELUDE", "CHAOS", "STEAL",
];

/// Whether a target decides in a way that the rules do not tell.
fn decides_unseen(rule: &Rule, target: &str) -> bool {
    let at = rule.words.iter().position(|word| word == target);
    let after = at.and_then(|at| rule.words.get(at + 1));
    DECIDE_UNSEEN.contains(&target) || after.is_some_and(|word| word == UNDECODED)
}

/// Whether a rule's matches fit.
fn fits(rule: &Rule, packet: Packet<'_>) -> Fit {
    let mut words = rule.words.iter().map(String::as_str);
    let mut fit = Fit::Yes;
    let mut negate = false;
    let mut also = |one: Fit, negate: &mut bool| {
        let one = match (std::mem::take(negate), one) {
            (true, Fit::Yes) => Fit::No,
            (true, Fit::No) => Fit::Yes,
            (_, one) => one,
        };
        fit = match (fit, one) {
            (Fit::No, _) | (_, Fit::No) => Fit::No,
            (Fit::Maybe, _) | (_, Fit::Maybe) => Fit::Maybe,
            (Fit::Yes, Fit::Yes) => Fit::Yes,
        };
    };
    let is = |yes: bool| if yes { Fit::Yes } else { Fit::No };
    while let Some(word) = words.next() {
        match word {
            "!" => negate = true,
            "-p" | "--protocol" => {
                let name = words.next().unwrap_or_default();
                also(
                    is(matches!(name, "all" | "0") || name == packet.protocol),
                    &mut negate,
                );
            }
            "--dport" | "--destination-port" => {
                also(
                    is(in_range(words.next().unwrap_or_default(), packet.port)),
                    &mut negate,
                );
            }
            "--dports" | "--destination-ports" => {
                let list = words.next().unwrap_or_default();
                also(
                    is(list.split(',').any(|part| in_range(part, packet.port))),
                    &mut negate,
                );
            }
            "-i" | "--in-interface" => {
                let name = words.next().unwrap_or_default();
                also(
                    match packet.interface {
                        Some(own) => is(match name.strip_suffix('+') {
                            Some(start) => own.starts_with(start),
                            None => own == name,
                        }),
                        None if name == "lo" => Fit::No,
                        None => Fit::Maybe,
                    },
                    &mut negate,
                );
            }
            "-s" | "--source" => {
                let range = words.next().unwrap_or_default().parse::<ipnet::IpNet>();
                also(
                    match (range, packet.source) {
                        (Ok(range), Some(source)) => is(range.contains(&source)),
                        (Ok(range), None) if range.prefix_len() == 0 => Fit::Yes,
                        _ => Fit::Maybe,
                    },
                    &mut negate,
                );
            }
            "--state" | "--ctstate" => {
                let states = words.next().unwrap_or_default();
                let mut states = states.split(',');
                let fit = match states.clone().any(|state| state == "NEW") {
                    true => Fit::Yes,
                    // A new connection may be one of these too.
                    false if states.any(|s| matches!(s, "UNTRACKED" | "SNAT" | "DNAT")) => {
                        Fit::Maybe
                    }
                    false => Fit::No,
                };
                also(fit, &mut negate);
            }
            "-m" | "--match" => {
                let name = words.next().unwrap_or_default();
                let known = ["tcp", "udp", "state", "conntrack", "comment", "multiport"];
                if !known.contains(&name) {
                    also(Fit::Maybe, &mut negate);
                }
            }
            "--comment" | "--reject-with" | "--log-prefix" | "--log-level" => {
                words.next();
            }
            "-j" | "--jump" | "-g" | "--goto" => {
                words.next();
            }
            // Whatever else stands there narrows it in a way that is not judged.
            option if option.starts_with('-') => also(Fit::Maybe, &mut negate),
            _ => {}
        }
    }
    fit
}

/// Whether a port is in `22`, `9870:9880`, `:1024`.
fn in_range(text: &str, port: u16) -> bool {
    let (low, high) = text.split_once(':').unwrap_or((text, text));
    let low = if low.is_empty() {
        Some(0)
    } else {
        low.parse().ok()
    };
    let high = if high.is_empty() {
        Some(u16::MAX)
    } else {
        high.parse().ok()
    };
    low.zip(high)
        .is_some_and(|(low, high)| (low..=high).contains(&port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::filter::parse;
    use proptest::prelude::*;

    fn verdict(rules: &str, protocol: &str, port: u16) -> Verdict {
        let packet = Packet {
            protocol,
            port,
            interface: Some("eth0"),
            source: None,
        };
        input(&parse(rules), packet)
    }

    const EL6: &str = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n\
        -A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -p icmp -j ACCEPT\n\
        -A INPUT -i lo -j ACCEPT\n-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT\n\
        -A INPUT -j REJECT --reject-with icmp-host-prohibited\nCOMMIT\n";

    /// Defect D10: only a policy DROP was looked at, and EL6's own rules end with
    /// a REJECT.
    #[test]
    fn d10_a_trailing_reject_is_a_closed_firewall() {
        assert_eq!(verdict(EL6, "tcp", 22), Verdict::Accepted);
        assert!(
            matches!(verdict(EL6, "udp", 51820), Verdict::Dropped(rule) if rule.contains("REJECT"))
        );
    }

    #[test]
    fn policies_ranges_and_negations() {
        let drop = "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m multiport --dports 80,9870:9880 -j ACCEPT\n-A INPUT ! -i eth0 -p udp -j ACCEPT\n";
        assert_eq!(verdict(drop, "tcp", 9875), Verdict::Accepted);
        assert!(matches!(verdict(drop, "tcp", 81), Verdict::Dropped(_)));
        assert!(matches!(verdict(drop, "udp", 53), Verdict::Dropped(_)));
        assert_eq!(verdict("", "tcp", 1), Verdict::Accepted);
    }

    #[test]
    fn chains_that_are_called_and_left() {
        let rules = "*filter\n:INPUT DROP [0:0]\n:IN - [0:0]\n-A INPUT -j IN\n-A IN -p udp -j RETURN\n-A IN -p tcp -j ACCEPT\n";
        assert_eq!(verdict(rules, "tcp", 5), Verdict::Accepted);
        assert!(matches!(verdict(rules, "udp", 5), Verdict::Dropped(_)));
        let endless = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j A\n-A A -j A\n";
        assert!(matches!(verdict(endless, "udp", 5), Verdict::Unknown(_)));
    }

    #[test]
    fn what_was_not_decoded_is_never_a_pass() {
        let queue = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p udp -j NFQUEUE\n";
        assert!(matches!(verdict(queue, "udp", 5), Verdict::Unknown(_)));
        assert_eq!(verdict(queue, "tcp", 5), Verdict::Accepted);
        let target = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p udp -j X --undecoded\n";
        assert!(matches!(verdict(target, "udp", 5), Verdict::Unknown(_)));
        let matched = "*filter\n:INPUT DROP [0:0]\n-A INPUT -m conntrack --undecoded -j ACCEPT\n";
        assert!(matches!(verdict(matched, "udp", 5), Verdict::Unknown(_)));
        // What may drop in a chain that may be gone to is not lost.
        let inner =
            "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m x -j A\n-A A -m y -j DROP\n-A A -j ACCEPT\n";
        assert!(matches!(verdict(inner, "udp", 5), Verdict::Unknown(_)));
    }

    #[test]
    fn a_goto_does_not_come_back() {
        let rules = "*filter\n:INPUT DROP [0:0]\n-A INPUT -p udp -g A\n-A INPUT -j ACCEPT\n-A A -p tcp -j ACCEPT\n";
        assert!(matches!(verdict(rules, "udp", 5), Verdict::Dropped(_)));
        assert_eq!(verdict(rules, "tcp", 5), Verdict::Accepted);
    }

    #[test]
    fn what_cannot_be_judged_is_unknown_only_where_it_matters() {
        let limited =
            "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport 80 -m recent --set -j ACCEPT\n";
        assert!(matches!(verdict(limited, "tcp", 80), Verdict::Unknown(_)));
        assert!(matches!(verdict(limited, "tcp", 81), Verdict::Dropped(_)));
        let from_one = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 192.0.2.0/24 -j ACCEPT\n";
        assert_eq!(verdict(from_one, "tcp", 80), Verdict::Accepted);
    }

    proptest! {
        #[test]
        fn no_rules_make_it_panic(text in "(-A (INPUT|A|B) (! )?(-p (tcp|udp)|-i [a-z+]{0,4}|--dport [0-9:]{0,8}|-m x)? -j (ACCEPT|DROP|A|B|RETURN)\n){0,12}") {
            let _ = verdict(&text, "tcp", 80);
        }
    }
}
