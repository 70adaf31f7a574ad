//! What flanneld and groundcrew put into the kernel: rules, devices, routes.

use std::net::IpAddr;

use ipnet::Ipv4Net;

use crate::apply::error::StepError;
use crate::apply::{listed, probe};
use crate::host::{Command, Host};

pub(super) fn forward_rules(host: &dyn Host) -> Result<String, StepError> {
    listed::running(host, Some("FORWARD"))
}

pub(super) fn policy(rules: &str) -> Option<&str> {
    rules
        .lines()
        .find_map(|line| line.strip_prefix("-P FORWARD "))
}

pub(super) fn both(network: Ipv4Net) -> [String; 2] {
    let network = network.trunc();
    [
        format!("-s {network} -j ACCEPT"),
        format!("-d {network} -j ACCEPT"),
    ]
}

pub(super) fn iptables(host: &dyn Host, at: &[&str], rule: &str) -> Result<(), StepError> {
    let words = std::iter::once("iptables").chain(at.iter().copied());
    host.run(&Command::new(words.chain(rule.split(' '))))?;
    Ok(())
}

/// Removes flanneld's devices, routes and chains.
pub(super) fn clear_kernel(
    host: &dyn Host,
    network: Ipv4Net,
    policy: Option<&str>,
) -> Result<(), StepError> {
    for device in ["flannel.1", "flannel0"] {
        if probe::link(host, device)?.is_some() {
            host.run(&Command::new(["ip", "link", "delete", "dev", device]))?;
        }
    }
    let routes = host.routes().map_err(|e| StepError::file("netlink", e))?;
    for route in routes.iter().filter(|route| route.table == 254) {
        let (IpAddr::V4(to), Some(IpAddr::V4(via))) = (route.destination, route.gateway) else {
            continue;
        };
        let net = Ipv4Net::new(to, route.prefix).ok();
        let Some(net) = net.filter(|net| network.contains(net)) else {
            continue;
        };
        let (net, via) = (net.to_string(), via.to_string());
        host.run(&Command::new(["ip", "route", "del", &net, "via", &via]))?;
    }
    const CHAIN: &str = "FLANNEL-FWD";
    let rules = forward_rules(host)?;
    let jumps = rules.lines().filter(|line| line.ends_with(CHAIN));
    for jump in jumps.filter_map(|line| line.strip_prefix("-A FORWARD ")) {
        let mut argv = vec!["iptables".to_string(), "-D".into(), "FORWARD".into()];
        argv.extend(words(jump));
        host.run(&Command::new(argv))?;
    }
    let all = listed::running(host, None)?;
    if all.lines().any(|line| line == format!("-N {CHAIN}")) {
        host.run(&Command::new(["iptables", "-F", CHAIN]))?;
        host.run(&Command::new(["iptables", "-X", CHAIN]))?;
    }
    if let Some(wanted) = policy
        && self::policy(&rules) != Some(wanted)
    {
        host.run(&Command::new(["iptables", "-P", "FORWARD", wanted]))?;
    }
    Ok(())
}

/// The words of a rule as iptables lists them: quotation marks hold what has
/// blanks.
fn words(rule: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (nth, piece) in rule.split('"').enumerate() {
        if nth % 2 == 1 {
            out.push(piece.to_string());
        } else {
            out.extend(piece.split_whitespace().map(str::to_string));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_split_as_iptables_quotes_it() {
        let rule = r#"-m comment --comment "flanneld forward" -j FLANNEL-FWD"#;
        assert_eq!(
            words(rule),
            [
                "-m",
                "comment",
                "--comment",
                "flanneld forward",
                "-j",
                "FLANNEL-FWD"
            ]
        );
    }
}
