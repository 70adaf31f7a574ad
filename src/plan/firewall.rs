//! A port that is let in through a firewall, as data and as the commands of
//! each tool.

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

/// A port that is let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Hole {
    /// What the rule is given to.
    pub firewall: FirewallTool,
    /// Protocol of the port.
    #[serde(default, skip_serializing_if = "Protocol::is_udp")]
    pub protocol: Protocol,
    /// The port; 0 with ESP, which has none.
    pub port: u16,
    /// From where it may be reached; from everywhere where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Ipv4Net>,
    /// Word that marks the rule.
    pub comment: String,
    /// nftables' own chains through which packets come in, as `inet filter input`:
    /// each of them has to let the port in. None with the other tools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chains: Vec<String>,
}

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// UDP: what the plans mean that name none.
    #[default]
    Udp,
    /// TCP.
    Tcp,
    /// ESP, the IP protocol 50 of encrypted packets.
    Esp,
}

/// What manages the packet filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirewallTool {
    /// iptables rules without a manager.
    Iptables,
    /// firewalld.
    Firewalld,
    /// ufw.
    Ufw,
    /// nftables rules without a manager.
    Nftables,
}

impl Protocol {
    /// Its name in commands.
    pub fn word(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Esp => "esp",
        }
    }

    fn is_udp(&self) -> bool {
        *self == Self::Udp
    }
}

impl FirewallTool {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Iptables => "iptables",
            Self::Firewalld => "firewalld",
            Self::Ufw => "ufw",
            Self::Nftables => "nftables",
        }
    }
}

/// One rule of a [`Hole`]: for one source, or for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule<'a> {
    /// What it belongs to.
    pub hole: &'a Hole,
    /// The source; none is every one.
    pub source: Option<Ipv4Net>,
    /// The chain, with nftables.
    pub chain: Option<&'a str>,
}

impl Hole {
    /// What is opened, in a few words: `UDP 9993 to 192.0.2.11/32`.
    pub fn text(&self) -> String {
        let mut what = self.protocol.word().to_uppercase();
        if self.protocol != Protocol::Esp {
            what.push_str(&format!(" {}", self.port));
        }
        let from: Vec<_> = self.sources.iter().map(ToString::to_string).collect();
        let from = match from.as_slice() {
            [] => String::new(),
            some => format!(" to {}", some.join(", ")),
        };
        format!("{what}{from}")
    }

    /// The rules that it is made of.
    pub fn rules(&self) -> Vec<Rule<'_>> {
        let sources: Vec<Option<Ipv4Net>> = match self.sources.as_slice() {
            [] => vec![None],
            some => some.iter().copied().map(Some).collect(),
        };
        let chains: Vec<Option<&str>> = match self.chains.as_slice() {
            [] => vec![None],
            some => some.iter().map(|chain| Some(chain.as_str())).collect(),
        };
        let mut rules = Vec::new();
        for chain in chains {
            rules.extend(sources.iter().map(|source| Rule {
                hole: self,
                source: *source,
                chain,
            }));
        }
        rules
    }
}

impl Rule<'_> {
    /// What iptables matches with, and where that leads.
    pub fn iptables(&self) -> Vec<String> {
        let Hole {
            protocol,
            port,
            comment,
            ..
        } = self.hole;
        let protocol = protocol.word();
        let mut words = Vec::new();
        if let Some(source) = self.source {
            words.extend(["-s".to_owned(), source.to_string()]);
        }
        let port = port.to_string();
        words.extend(["-p", protocol].map(str::to_owned));
        if self.hole.protocol != Protocol::Esp {
            words.extend(["-m", protocol, "--dport", &port].map(str::to_owned));
        }
        let rest = ["-m", "comment", "--comment", comment, "-j", "ACCEPT"];
        words.extend(rest.map(str::to_owned));
        words
    }

    /// The option of firewall-cmd: `--add-port=…` or `--add-rich-rule=…`, with
    /// another verb than `add` where one is wanted.
    pub fn firewalld(&self, verb: &str) -> String {
        let (protocol, port) = (self.hole.protocol.word(), self.hole.port);
        match self.source {
            _ if self.hole.protocol == Protocol::Esp => {
                let from = self.source.map_or(String::new(), |source| {
                    format!(" family=\"ipv4\" source address=\"{source}\"")
                });
                format!("--{verb}-rich-rule=rule{from} protocol value=\"esp\" accept")
            }
            None => format!("--{verb}-port={port}/{protocol}"),
            Some(source) => format!(
                "--{verb}-rich-rule=rule family=\"ipv4\" source address=\"{source}\" port \
                 port=\"{port}\" protocol=\"{protocol}\" accept"
            ),
        }
    }

    /// What follows `ufw allow`.
    pub fn ufw(&self) -> Vec<String> {
        let (protocol, port) = (self.hole.protocol.word(), self.hole.port.to_string());
        match self.source {
            _ if self.hole.protocol == Protocol::Esp => {
                let source = self.source.map_or("any".to_owned(), |s| s.to_string());
                let words = ["proto", protocol, "from", &source, "to", "any"];
                words.map(str::to_owned).to_vec()
            }
            None => vec![format!("{port}/{protocol}")],
            Some(source) => {
                let source = source.to_string();
                let words = [
                    "proto", protocol, "from", &source, "to", "any", "port", &port,
                ];
                words.map(str::to_owned).to_vec()
            }
        }
    }

    /// The rule as nft writes and lists it.
    pub fn nft(&self) -> String {
        let Hole {
            protocol,
            port,
            comment,
            ..
        } = self.hole;
        let from = match self.source {
            None => String::new(),
            Some(source) if source.prefix_len() == 32 => format!("ip saddr {} ", source.addr()),
            Some(source) => format!("ip saddr {source} "),
        };
        if *protocol == Protocol::Esp {
            // By its number, as `nft -n` lists it.
            return format!("{from}ip protocol 50 accept comment \"{comment}\"");
        }
        let protocol = protocol.word();
        format!("{from}{protocol} dport {port} accept comment \"{comment}\"")
    }

    /// The commands that add the rule, or remove it, where it is missing or is
    /// there: in the running rules, and in those of the next start.
    pub fn commands(&self, add: bool, running: bool, permanent: bool) -> Vec<Vec<String>> {
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let mut commands = Vec::new();
        match self.hole.firewall {
            FirewallTool::Iptables if running => {
                // At the top: an appended rule would stand behind a final REJECT.
                let at: &[&str] = if add {
                    &["iptables", "-I", "INPUT", "1"]
                } else {
                    &["iptables", "-D", "INPUT"]
                };
                commands.push([words(at), self.iptables()].concat());
            }
            FirewallTool::Iptables => {}
            FirewallTool::Firewalld => {
                let option = self.firewalld(if add { "add" } else { "remove" });
                if running {
                    commands.push(words(&["firewall-cmd", &option]));
                }
                if permanent {
                    commands.push(words(&["firewall-cmd", "--permanent", &option]));
                }
            }
            FirewallTool::Ufw if running => {
                let at: &[&str] = if add {
                    &["ufw", "allow"]
                } else {
                    &["ufw", "delete", "allow"]
                };
                commands.push([words(at), self.ufw()].concat());
            }
            FirewallTool::Ufw => {}
            // At the top, too. Removing takes the rule's handle, which only the
            // kernel knows.
            FirewallTool::Nftables if running && add => {
                let at = format!("nft insert rule {}", self.chain.unwrap_or_default());
                let rule = self.nft();
                let words = at.split(' ').chain(rule.split(' '));
                commands.push(words.map(str::to_owned).collect());
            }
            FirewallTool::Nftables => {}
        }
        commands
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn plans_without_protocol_and_sources_mean_udp_from_everywhere() {
        let old = r#"{"firewall":"iptables","port":51820,"comment":"groundcrew-wg0"}"#;
        let hole: Hole = serde_json::from_str(old).unwrap();
        assert_eq!((hole.protocol, hole.sources.len()), (Protocol::Udp, 0));
        assert_eq!(serde_json::to_string(&hole).unwrap(), old);
        assert_eq!(hole.text(), "UDP 51820");
    }

    #[test]
    fn each_source_has_a_rule_of_its_own() {
        let mut hole = Hole {
            firewall: FirewallTool::Iptables,
            protocol: Protocol::Tcp,
            port: 2379,
            sources: vec![
                "192.0.2.1/32".parse().unwrap(),
                "10.0.0.0/8".parse().unwrap(),
            ],
            comment: "groundcrew-etcd".into(),
            chains: Vec::new(),
        };
        assert_eq!(hole.text(), "TCP 2379 to 192.0.2.1/32, 10.0.0.0/8");
        let lines = |hole: &Hole, add| -> Vec<String> {
            let rules = hole.rules();
            let all = rules.iter().flat_map(|rule| rule.commands(add, true, true));
            all.map(|argv| argv.join(" ")).collect()
        };
        assert_eq!(
            lines(&hole, true)[1],
            "iptables -I INPUT 1 -s 10.0.0.0/8 -p tcp -m tcp --dport 2379 -m comment --comment \
             groundcrew-etcd -j ACCEPT"
        );
        hole.firewall = FirewallTool::Firewalld;
        let add = lines(&hole, true);
        assert_eq!(add.len(), 4);
        assert_eq!(
            add[1],
            "firewall-cmd --permanent --add-rich-rule=rule family=\"ipv4\" source \
             address=\"192.0.2.1/32\" port port=\"2379\" protocol=\"tcp\" accept"
        );
        hole.firewall = FirewallTool::Nftables;
        hole.chains = vec!["inet filter input".into(), "ip guard in".into()];
        let add = lines(&hole, true);
        assert_eq!(add.len(), 4);
        assert_eq!(
            add[2],
            "nft insert rule ip guard in ip saddr 192.0.2.1 tcp dport 2379 accept comment \
             \"groundcrew-etcd\""
        );
        hole.chains.clear();
        hole.firewall = FirewallTool::Ufw;
        assert_eq!(
            lines(&hole, false)[0],
            "ufw delete allow proto tcp from 192.0.2.1/32 to any port 2379"
        );
    }

    #[test]
    fn encrypted_packets_have_a_protocol_and_no_port() {
        let mut hole = Hole {
            firewall: FirewallTool::Iptables,
            protocol: Protocol::Esp,
            port: 0,
            sources: vec!["10.0.0.0/24".parse().unwrap()],
            comment: "groundcrew-swarm".into(),
            chains: vec![],
        };
        assert_eq!(hole.text(), "ESP to 10.0.0.0/24");
        let first = |hole: &Hole| hole.rules()[0].commands(true, true, false)[0].join(" ");
        assert_eq!(
            first(&hole),
            "iptables -I INPUT 1 -s 10.0.0.0/24 -p esp -m comment --comment groundcrew-swarm -j \
             ACCEPT"
        );
        hole.firewall = FirewallTool::Firewalld;
        assert_eq!(
            first(&hole),
            "firewall-cmd --add-rich-rule=rule family=\"ipv4\" source address=\"10.0.0.0/24\" \
             protocol value=\"esp\" accept"
        );
        hole.firewall = FirewallTool::Ufw;
        assert_eq!(first(&hole), "ufw allow proto esp from 10.0.0.0/24 to any");
        hole.firewall = FirewallTool::Nftables;
        hole.chains = vec!["inet filter input".into()];
        assert_eq!(
            first(&hole),
            "nft insert rule inet filter input ip saddr 10.0.0.0/24 ip protocol 50 accept comment \
             \"groundcrew-swarm\""
        );
    }
}
