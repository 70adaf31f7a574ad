//! Opening a UDP port in the firewall that the host has, and closing it again.

use super::error::StepError;
use crate::host::{Command, Host};
use crate::plan::step::FirewallTool;

/// Whether the running and the permanent rules have the port open. Where a tool
/// has one set of rules only, it counts as the running one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// In the rules in force.
    pub running: bool,
    /// In the rules of the next start, where the tool keeps them itself.
    pub permanent: bool,
}

/// What the firewall has now.
///
/// # Errors
/// When the tool fails.
pub fn probe(
    host: &dyn Host,
    tool: FirewallTool,
    port: u16,
    comment: &str,
) -> Result<Open, StepError> {
    match tool {
        FirewallTool::Iptables => {
            // `-S` is older than `-C` (1.4.11), which EL6's 1.4.7 does not have.
            let rules = host.run(&Command::new(["iptables", "-S", "INPUT"]))?.text();
            // Older ones put the comment into quotation marks.
            let marked = |line: &str| line.split(' ').any(|w| w.trim_matches('"') == comment);
            let wanted = |line: &str| {
                line.contains("-p udp ")
                    && line.contains(&format!("--dport {port} "))
                    && marked(line)
                    && line.ends_with("-j ACCEPT")
            };
            let running = rules.lines().any(wanted);
            Ok(Open {
                running,
                permanent: true,
            })
        }
        FirewallTool::Firewalld => {
            let has = |permanent: bool| -> Result<bool, StepError> {
                let mut argv = vec!["firewall-cmd".to_string()];
                argv.extend(permanent.then(|| "--permanent".to_string()));
                argv.push(format!("--query-port={port}/udp"));
                match host.run(&Command::new(argv)) {
                    Ok(_) => Ok(true),
                    // firewall-cmd(1): 1 is the answer "no"
                    Err(error) if error.code() == Some(1) => Ok(false),
                    Err(error) => Err(error.into()),
                }
            };
            Ok(Open {
                running: has(false)?,
                permanent: has(true)?,
            })
        }
        FirewallTool::Ufw => {
            let status = host.run(&Command::new(["ufw", "status"]))?.text();
            let rule = format!("{port}/udp");
            // A rule for one source alone opens it for nobody else.
            let open = |line: &str| {
                let words: Vec<_> = line.split_whitespace().collect();
                words.starts_with(&[rule.as_str(), "ALLOW", "Anywhere"])
                    || words.starts_with(&[rule.as_str(), "ALLOW", "IN", "Anywhere"])
            };
            Ok(Open {
                running: status.lines().any(open),
                permanent: true,
            })
        }
    }
}

/// Opens the port where it is not open yet.
///
/// # Errors
/// When the tool fails.
pub fn open(
    host: &dyn Host,
    tool: FirewallTool,
    port: u16,
    comment: &str,
) -> Result<(), StepError> {
    let now = probe(host, tool, port, comment)?;
    for argv in commands(tool, port, comment, true, !now.running, !now.permanent) {
        host.run(&Command::new(argv))?;
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
    tool: FirewallTool,
    port: u16,
    comment: &str,
    running: bool,
    permanent: bool,
) -> Result<(), StepError> {
    let now = probe(host, tool, port, comment)?;
    let (running, permanent) = (running && now.running, permanent && now.permanent);
    for argv in commands(tool, port, comment, false, running, permanent) {
        host.run(&Command::new(argv))?;
    }
    Ok(())
}

/// The commands that open or close the port.
fn commands(
    tool: FirewallTool,
    port: u16,
    comment: &str,
    open: bool,
    running: bool,
    permanent: bool,
) -> Vec<Vec<String>> {
    let words = |text: &str| text.split(' ').map(str::to_string).collect::<Vec<_>>();
    let mut commands = Vec::new();
    match tool {
        FirewallTool::Iptables => {
            if running {
                // At the top: an appended rule would stand behind a final REJECT.
                let at = if open { "-I INPUT 1" } else { "-D INPUT" };
                commands.push(words(&format!(
                    "iptables {at} -p udp -m udp --dport {port} -m comment --comment {comment} \
                     -j ACCEPT"
                )));
            }
        }
        FirewallTool::Firewalld => {
            let verb = if open { "add" } else { "remove" };
            if running {
                commands.push(words(&format!("firewall-cmd --{verb}-port={port}/udp")));
            }
            if permanent {
                commands.push(words(&format!(
                    "firewall-cmd --permanent --{verb}-port={port}/udp"
                )));
            }
        }
        FirewallTool::Ufw => {
            if running {
                let verb = if open { "allow" } else { "delete allow" };
                commands.push(words(&format!("ufw {verb} {port}/udp")));
            }
        }
    }
    commands
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    const WORD: &str = "groundcrew-wg0";
    const LIST: [&str; 3] = ["iptables", "-S", "INPUT"];

    fn iptables(rules: &str) -> Open {
        let host = Scripted::new().command(&LIST, rules);
        probe(&host, FirewallTool::Iptables, 51820, WORD).unwrap()
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
                 ACCEPT\n"
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
    fn a_tool_that_fails_is_no_closed_port() {
        let host = Scripted::new().failing(&LIST, 4, "Another app is currently holding the lock");
        let error = probe(&host, FirewallTool::Iptables, 51820, WORD).unwrap_err();
        assert!(error.to_string().contains("holding the lock"), "{error}");
        let query = ["firewall-cmd", "--query-port=51820/udp"];
        // firewall-cmd(1): 252 is "not running"
        let host = Scripted::new().failing(&query, 252, "FirewallD is not running");
        let error = probe(&host, FirewallTool::Firewalld, 51820, WORD).unwrap_err();
        assert!(error.to_string().contains("not running"), "{error}");
    }

    #[test]
    fn ufw_counts_what_is_open_to_everybody() {
        let open = |status: &str| {
            let host = Scripted::new().command(&["ufw", "status"], status);
            probe(&host, FirewallTool::Ufw, 51820, WORD)
                .unwrap()
                .running
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
            open(&host, FirewallTool::Firewalld, 51820, WORD).unwrap();
            assert_eq!(ran(&host), expected, "{running} {permanent}");
        }
        let host = Scripted::new().on_run(|_, _| Some(Ok(crate::host::Output::default())));
        open(&host, FirewallTool::Iptables, 51820, WORD).unwrap();
        open(&host, FirewallTool::Ufw, 51820, WORD).unwrap();
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
            let tool = FirewallTool::Firewalld;
            close(&host, tool, 51820, WORD, running, permanent).unwrap();
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
            close(&host, tool, 51820, WORD, true, false).unwrap();
        }
        let expected = [
            format!("iptables -D INPUT {rule}"),
            "ufw delete allow 51820/udp".to_string(),
        ];
        assert_eq!(ran(&host), expected);
    }
}
