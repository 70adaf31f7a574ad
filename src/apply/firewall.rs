//! Opening a UDP port in the firewall that the host has, and closing it again.

use super::step::StepError;
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
            let wanted = |line: &str| {
                line.contains(&format!("--dport {port} "))
                    && line.contains(comment)
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
            let open = |line: &str| {
                let mut words = line.split_whitespace();
                words.next() == Some(&rule) && words.next() == Some("ALLOW")
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
