//! Opening a port in the firewall that the host has, and closing it again.

use super::error::StepError;
use super::listed;
use crate::host::{Command, Host};
use crate::plan::firewall::{FirewallTool, Hole, Protocol, Rule};

/// Whether the running and the permanent rules have the port open. Where a tool
/// has one set of rules only, it counts as the running one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// In the rules in force.
    pub running: bool,
    /// In the rules of the next start, where the tool keeps them itself.
    pub permanent: bool,
}

/// What the firewall has now: open only where every rule is there.
///
/// # Errors
/// When the tool fails.
pub fn probe(host: &dyn Host, hole: &Hole) -> Result<Open, StepError> {
    let each = rules(host, hole)?;
    Ok(Open {
        running: each.iter().all(|(_, open)| open.running),
        permanent: each.iter().all(|(_, open)| open.permanent),
    })
}

/// The rules of a hole, and where each of them is.
fn rules<'a>(host: &dyn Host, hole: &'a Hole) -> Result<Vec<(Rule<'a>, Open)>, StepError> {
    let rules = hole.rules();
    match hole.firewall {
        FirewallTool::Iptables => {
            let text = listed::running(host, Some("INPUT"))?;
            let running = |rule: &Rule| text.lines().any(|line| is_rule(line, rule));
            Ok(rules
                .into_iter()
                .map(|rule| (rule, running_alone(running(&rule))))
                .collect())
        }
        FirewallTool::Firewalld => {
            let has = |rule: &Rule, permanent: bool| -> Result<bool, StepError> {
                let mut argv = vec!["firewall-cmd".to_string()];
                argv.extend(permanent.then(|| "--permanent".to_string()));
                argv.push(rule.firewalld("query"));
                match host.run(&Command::new(argv)) {
                    Ok(_) => Ok(true),
                    // firewall-cmd(1): 1 is the answer "no"
                    Err(error) if error.code() == Some(1) => Ok(false),
                    Err(error) => Err(error.into()),
                }
            };
            let mut found = Vec::new();
            for rule in rules {
                let open = Open {
                    running: has(&rule, false)?,
                    permanent: has(&rule, true)?,
                };
                found.push((rule, open));
            }
            Ok(found)
        }
        FirewallTool::Nftables => {
            let mut found = Vec::new();
            for rule in rules {
                let there = handle(host, &rule)?.is_some();
                found.push((rule, running_alone(there)));
            }
            Ok(found)
        }
        FirewallTool::Ufw => {
            let status = host.run(&Command::new(["ufw", "status"]))?.text();
            let open = |rule: &Rule| status.lines().any(|line| is_allowed(line, rule));
            Ok(rules
                .into_iter()
                .map(|rule| (rule, running_alone(open(&rule))))
                .collect())
        }
    }
}

/// Of a tool that has one set of rules only.
fn running_alone(running: bool) -> Open {
    Open {
        running,
        permanent: true,
    }
}

/// The handle of a rule in its chain of nftables; none where it is not there.
///
/// # Errors
/// When nft fails.
fn handle(host: &dyn Host, rule: &Rule) -> Result<Option<String>, StepError> {
    let chain = rule.chain.unwrap_or_default().split(' ');
    // Ports as numbers: old versions print names of services.
    let argv = ["nft", "-n", "-a", "list", "chain"]
        .into_iter()
        .chain(chain);
    let text = host.run(&Command::new(argv))?.text();
    let wanted = rule.nft();
    Ok(text.lines().find_map(|line| {
        let (found, handle) = line.trim().rsplit_once(" # handle ")?;
        (found == wanted).then(|| handle.to_owned())
    }))
}

/// Whether a line of [`listed::running`] is this rule.
fn is_rule(line: &str, rule: &Rule) -> bool {
    let words: Vec<_> = line.split(' ').collect();
    let after = |option: &str| {
        let at = words.iter().position(|word| *word == option)?;
        words.get(at + 1).copied()
    };
    let source = after("-s").map_or(Ok(None), |text| text.parse().map(Some));
    let Hole {
        protocol,
        port,
        comment,
        ..
    } = rule.hole;
    source == Ok(rule.source)
        && after("-p") == Some(protocol.word())
        && (*protocol == Protocol::Esp || after("--dport") == Some(port.to_string().as_str()))
        && after("--comment") == Some(comment)
        && line.ends_with("-j ACCEPT")
}

/// Whether a line of `ufw status` is this rule. A rule for one source alone opens
/// it for nobody else.
fn is_allowed(line: &str, rule: &Rule) -> bool {
    let to = match rule.hole.protocol {
        // `Anywhere/esp   ALLOW   10.0.0.0/24/esp`
        Protocol::Esp => "Anywhere/esp".to_owned(),
        protocol => format!("{}/{}", rule.hole.port, protocol.word()),
    };
    let from = match rule.source {
        None => "Anywhere".to_owned(),
        Some(source) if source.prefix_len() == 32 => source.addr().to_string(),
        Some(source) => source.to_string(),
    };
    let from = match rule.hole.protocol {
        Protocol::Esp => format!("{from}/esp"),
        _ => from,
    };
    let words: Vec<_> = line.split_whitespace().collect();
    words.starts_with(&[&to, "ALLOW", &from]) || words.starts_with(&[&to, "ALLOW", "IN", &from])
}

/// The part of a hole that is not there yet: what somebody else has opened is not
/// closed again.
///
/// # Errors
/// When the tool fails.
pub fn closed(host: &dyn Host, hole: &Hole) -> Result<Hole, StepError> {
    let found = rules(host, hole)?;
    let missing = found
        .iter()
        .filter(|(_, open)| !(open.running && open.permanent));
    Ok(Hole {
        sources: missing.filter_map(|(rule, _)| rule.source).collect(),
        ..hole.clone()
    })
}

/// Opens the port where it is not open yet.
///
/// # Errors
/// When the tool fails.
pub fn open(host: &dyn Host, hole: &Hole) -> Result<(), StepError> {
    for (rule, now) in rules(host, hole)? {
        for argv in rule.commands(true, !now.running, !now.permanent) {
            host.run(&Command::new(argv))?;
        }
    }
    Ok(())
}

/// Closes the port where it is still open. `running` and `permanent` say where
/// it had been opened.
///
/// # Errors
/// When the tool fails.
pub fn close(
    host: &dyn Host,
    hole: &Hole,
    running: bool,
    permanent: bool,
) -> Result<(), StepError> {
    for (rule, now) in rules(host, hole)? {
        for argv in rule.commands(false, running && now.running, permanent && now.permanent) {
            host.run(&Command::new(argv))?;
        }
        if hole.firewall == FirewallTool::Nftables
            && running
            && let Some(handle) = handle(host, &rule)?
        {
            let chain = rule.chain.unwrap_or_default().split(' ');
            let head = ["nft", "delete", "rule"].into_iter().chain(chain);
            let argv = head.chain(["handle", handle.as_str()]);
            host.run(&Command::new(argv))?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    const WORD: &str = "groundcrew-wg0";
    const LIST: [&str; 3] = ["iptables", "-S", "INPUT"];

    fn hole(firewall: FirewallTool) -> Hole {
        Hole {
            firewall,
            protocol: crate::plan::firewall::Protocol::Udp,
            port: 51820,
            sources: Vec::new(),
            comment: WORD.into(),
            chains: Vec::new(),
        }
    }

    fn iptables(rules: &str) -> Open {
        let host = Scripted::new().command(&LIST, rules);
        probe(&host, &hole(FirewallTool::Iptables)).unwrap()
    }

    #[test]
    fn its_own_rule_is_found_in_the_list_of_any_iptables() {
        // iptables 1.8.9 (nf_tables)
        assert!(
            iptables(
                "-P INPUT DROP\n-A INPUT -p udp -m udp --dport 51820 -m comment --comment \
                 groundcrew-wg0 -j ACCEPT\n-A INPUT -i lo -j ACCEPT\n"
            )
            .running
        );
        // iptables 1.4.7, which EL6 has
        assert!(
            iptables(
                "-A INPUT -p udp -m udp --dport 51820 -m comment --comment \"groundcrew-wg0\" -j \
                 ACCEPT \n"
            )
            .running
        );
        for other in [
            "-P INPUT ACCEPT",
            "-A INPUT -p udp -m udp --dport 51820 -j ACCEPT",
            "-A INPUT -p udp -m udp --dport 5182 -m comment --comment groundcrew-wg0 -j ACCEPT",
            "-A INPUT -p udp -m udp --dport 51820 -m comment --comment groundcrew-wg01 -j ACCEPT",
            "-A INPUT -p udp -m udp --dport 51820 -m comment --comment groundcrew-wg0 -j DROP",
            "-A INPUT -p tcp -m tcp --dport 51820 -m comment --comment groundcrew-wg0 -j ACCEPT",
        ] {
            assert!(!iptables(&format!("{other}\n")).running, "{other}");
        }
    }

    #[test]
    fn what_others_have_opened_for_a_source_is_not_closed() {
        let hole = Hole {
            sources: ["192.0.2.1/32", "192.0.2.2/32"]
                .map(|s| s.parse().unwrap())
                .to_vec(),
            ..hole(FirewallTool::Iptables)
        };
        let theirs = "-A INPUT -s 192.0.2.2/32 -p udp -m udp --dport 51820 -m comment --comment \
                      groundcrew-wg0 -j ACCEPT\n";
        let host = Scripted::new()
            .on_run(|_, _| Some(Ok(crate::host::Output::default())))
            .command(&LIST, theirs);
        assert!(!probe(&host, &hole).unwrap().running);
        let closed = closed(&host, &hole).unwrap();
        assert_eq!(closed.sources, ["192.0.2.1/32".parse().unwrap()]);
        open(&host, &hole).unwrap();
        assert_eq!(
            ran(&host),
            [
                "iptables -I INPUT 1 -s 192.0.2.1/32 -p udp -m udp --dport 51820 -m comment \
                 --comment groundcrew-wg0 -j ACCEPT"
            ]
        );
    }

    #[test]
    fn a_tool_that_fails_is_no_closed_port() {
        let host = Scripted::new().failing(&LIST, 4, "Another app is currently holding the lock");
        let error = probe(&host, &hole(FirewallTool::Iptables)).unwrap_err();
        assert!(error.to_string().contains("holding the lock"), "{error}");
        let query = ["firewall-cmd", "--query-port=51820/udp"];
        // firewall-cmd(1): 252 is "not running"
        let host = Scripted::new().failing(&query, 252, "FirewallD is not running");
        let error = probe(&host, &hole(FirewallTool::Firewalld)).unwrap_err();
        assert!(error.to_string().contains("not running"), "{error}");
    }

    #[test]
    fn ufw_counts_what_is_open_to_everybody() {
        let open = |status: &str| {
            let host = Scripted::new().command(&["ufw", "status"], status);
            probe(&host, &hole(FirewallTool::Ufw)).unwrap().running
        };
        let head = "Status: active\n\nTo                         Action      From\n--                         ------      ----\n";
        assert!(open(&format!(
            "{head}22/tcp                     ALLOW       Anywhere\n51820/udp                  ALLOW       Anywhere\n"
        )));
        for other in [
            "51820/udp                  ALLOW       10.0.0.0/8",
            "51820/udp (v6)             ALLOW       Anywhere (v6)",
            "51820/udp                  DENY        Anywhere",
            "51820/tcp                  ALLOW       Anywhere",
        ] {
            assert!(!open(&format!("{head}{other}\n")), "{other}");
        }
        assert!(!open("Status: inactive\n"));
    }

    fn ran(host: &Scripted) -> Vec<String> {
        let all = host.ran().into_iter().map(|argv| argv.join(" "));
        all.filter(|line| !line.contains("-S") && !line.contains("query") && line != "ufw status")
            .collect()
    }

    fn firewalld(running: bool, permanent: bool) -> Scripted {
        Scripted::new().on_run(move |_, command| {
            let query = command.argv.iter().any(|word| word.starts_with("--query"));
            let kept = command.argv.iter().any(|word| word == "--permanent");
            let yes = !query || if kept { permanent } else { running };
            Some(if yes {
                Ok(crate::host::Output::default())
            } else {
                Err(crate::host::scripted::ended_with(command, 1, "no"))
            })
        })
    }

    #[test]
    fn only_what_is_closed_is_opened() {
        const ADD: &str = "firewall-cmd --add-port=51820/udp";
        const KEEP: &str = "firewall-cmd --permanent --add-port=51820/udp";
        for (running, permanent, expected) in [
            (false, false, vec![ADD, KEEP]),
            (true, false, vec![KEEP]),
            (false, true, vec![ADD]),
            (true, true, vec![]),
        ] {
            let host = firewalld(running, permanent);
            open(&host, &hole(FirewallTool::Firewalld)).unwrap();
            assert_eq!(ran(&host), expected, "{running} {permanent}");
        }
        let host = Scripted::new().on_run(|_, _| Some(Ok(crate::host::Output::default())));
        open(&host, &hole(FirewallTool::Iptables)).unwrap();
        open(&host, &hole(FirewallTool::Ufw)).unwrap();
        assert_eq!(
            ran(&host),
            [
                "iptables -I INPUT 1 -p udp -m udp --dport 51820 -m comment --comment \
                 groundcrew-wg0 -j ACCEPT",
                "ufw allow 51820/udp"
            ]
        );
    }

    #[test]
    fn only_what_was_opened_is_closed_and_only_where_it_still_is_open() {
        const REMOVE: &str = "firewall-cmd --remove-port=51820/udp";
        const FORGET: &str = "firewall-cmd --permanent --remove-port=51820/udp";
        for (now, was_opened, expected) in [
            ((true, true), (true, true), vec![REMOVE, FORGET]),
            ((true, true), (true, false), vec![REMOVE]),
            ((true, true), (false, true), vec![FORGET]),
            ((false, true), (true, true), vec![FORGET]),
            ((false, false), (true, true), vec![]),
        ] {
            let host = firewalld(now.0, now.1);
            let (running, permanent) = was_opened;
            close(&host, &hole(FirewallTool::Firewalld), running, permanent).unwrap();
            assert_eq!(ran(&host), expected, "{now:?} {was_opened:?}");
        }
        let rule = "-p udp -m udp --dport 51820 -m comment --comment groundcrew-wg0 -j ACCEPT";
        let host = Scripted::new()
            .on_run(|_, _| Some(Ok(crate::host::Output::default())))
            .command(&LIST, &format!("-A INPUT {rule}\n"))
            .command(
                &["ufw", "status"],
                "51820/udp                  ALLOW       Anywhere\n",
            );
        for tool in [FirewallTool::Iptables, FirewallTool::Ufw] {
            close(&host, &hole(tool), true, false).unwrap();
        }
        let expected = [
            format!("iptables -D INPUT {rule}"),
            "ufw delete allow 51820/udp".to_string(),
        ];
        assert_eq!(ran(&host), expected);
    }
}
