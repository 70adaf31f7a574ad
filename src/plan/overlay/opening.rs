//! Which tool lets ports in on a host, and what is said where none does.

use ipnet::Ipv4Net;

use crate::facts::{Fact, Facts};
use crate::plan::step::{FirewallTool, Hole, Protocol, Step};
use crate::plan::survey::Survey;

/// What has to be let in, in words.
pub(in crate::plan) struct Opening {
    /// Whether the firewall is to be opened.
    pub(in crate::plan) wanted: bool,
    /// What to do by hand: `let UDP 51820 in from the other nodes`.
    pub(in crate::plan) by_hand: String,
    /// The match of a rule of nft.
    pub(in crate::plan) example: String,
    /// What is lost at a reboot: `rule for UDP 51820 is`.
    pub(in crate::plan) rules: String,
}

/// A port that has to be let in.
pub(in crate::plan) struct Port {
    /// Its protocol.
    pub(in crate::plan) protocol: Protocol,
    /// Its number.
    pub(in crate::plan) port: u16,
    /// From where; from everywhere where none is named.
    pub(in crate::plan) sources: Vec<Ipv4Net>,
    /// Word that marks the rules.
    pub(in crate::plan) comment: String,
}

impl Opening {
    /// The steps that let the ports in, now and after the next boot.
    pub(in crate::plan) fn steps(
        &self,
        ports: Vec<Port>,
        facts: &Facts,
        survey: &Survey,
        notes: &mut Vec<String>,
    ) -> Vec<Step> {
        let Some(firewall) = self.tool(facts, survey, notes) else {
            return Vec::new();
        };
        // Where rules are loaded from at boot; the other tools keep them themselves.
        let saved = match &facts.firewall.saved {
            Fact::Known { source, .. } if firewall == FirewallTool::Iptables => Some(source),
            _ => None,
        };
        if firewall == FirewallTool::Iptables && saved.is_none() && !ports.is_empty() {
            notes.push(format!(
                "The iptables {} gone after a reboot unless saved the way this site keeps its \
                 iptables rules.",
                self.rules
            ));
        }
        if firewall == FirewallTool::Nftables && !ports.is_empty() {
            notes.push(format!(
                "The nftables {} gone after a reboot unless also written into the site's own rules \
                 (/etc/nftables.conf).",
                self.rules
            ));
        }
        let mut steps = Vec::new();
        for port in ports {
            let hole = Hole {
                firewall,
                protocol: port.protocol,
                port: port.port,
                sources: port.sources,
                comment: port.comment,
                chains: match firewall {
                    FirewallTool::Nftables => survey.nft_chains.clone(),
                    _ => Vec::new(),
                },
            };
            steps.push(Step::OpenPort(hole.clone()));
            steps.extend(saved.map(|path| Step::KeepPort {
                path: path.clone(),
                hole,
            }));
        }
        steps
    }

    /// The tool; none where there is nothing to open or nothing to open it with.
    fn tool(
        &self,
        facts: &Facts,
        survey: &Survey,
        notes: &mut Vec<String>,
    ) -> Option<FirewallTool> {
        let by_hand = &self.by_hand;
        if !self.wanted {
            notes.push(format!(
                "The firewall is left alone, as answered: {by_hand}."
            ));
            return None;
        }
        let (tool, program) = match facts.firewall.kind.value().map(String::as_str) {
            Some("none") => return None,
            Some("iptables") => (FirewallTool::Iptables, "iptables"),
            Some("firewalld") => (FirewallTool::Firewalld, "firewall-cmd"),
            Some("ufw") => (FirewallTool::Ufw, "ufw"),
            Some("nftables") if !survey.nft_chains.is_empty() => (FirewallTool::Nftables, "nft"),
            Some(other) => {
                notes.push(format!(
                    "The {other} rules of this host are somebody's own and are left alone: \
                     {by_hand} (for example: nft insert rule inet filter input {} accept).",
                    self.example
                ));
                return None;
            }
            None => {
                notes.push(format!(
                    "Which firewall this host has is not known ({}): {by_hand}.",
                    facts.firewall.kind.source()
                ));
                return None;
            }
        };
        if !survey.programs.contains_key(program) {
            notes.push(format!(
                "`{program}` is not there to open the firewall with: {by_hand}."
            ));
            return None;
        }
        Some(tool)
    }
}
