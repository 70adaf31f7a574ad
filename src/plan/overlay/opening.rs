//! Which tool lets ports in on a host, and what is said where none does.

use crate::facts::Facts;
use crate::plan::step::FirewallTool;
use crate::plan::survey::Survey;

/// What has to be let in, in words.
pub(super) struct Opening {
    /// Whether the firewall is to be opened.
    pub(super) wanted: bool,
    /// What to do by hand: `let UDP 51820 in from the other nodes`.
    pub(super) by_hand: String,
    /// The match of a rule of nft.
    pub(super) example: String,
    /// What is lost at a reboot: `rule for UDP 51820 is`.
    pub(super) rules: String,
}

impl Opening {
    /// The tool; none where there is nothing to open or nothing to open it with.
    pub(super) fn tool(
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
        if tool == FirewallTool::Iptables {
            let save = match facts.firewall.persistence.value().map(String::as_str) {
                Some("iptables-service") => "`service iptables save`",
                Some("netfilter-persistent") => "`netfilter-persistent save`",
                _ => "the way this site keeps its iptables rules",
            };
            notes.push(format!(
                "The iptables {} gone after a reboot unless saved: {save}.",
                self.rules
            ));
        }
        Some(tool)
    }
}
