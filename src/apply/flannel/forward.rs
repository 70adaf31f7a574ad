//! Accepting what is forwarded from and to the containers: in iptables, where
//! flanneld and Docker have their rules, and in nftables' own chains, each of
//! which a packet has to pass as well.

use ipnet::Ipv4Net;

use super::kernel::{both, forward_rules, iptables};
use crate::apply::error::StepError;
use crate::host::{Command, Host};
use crate::plan::overlay::flannel::forward::nft_rules;

pub(super) fn is_accepted(
    host: &dyn Host,
    network: Ipv4Net,
    chains: &[String],
) -> Result<bool, StepError> {
    let text = forward_rules(host)?;
    let there = |rule: &String| text.lines().any(|one| one == format!("-A FORWARD {rule}"));
    if !both(network).iter().all(there) {
        return Ok(false);
    }
    for chain in chains {
        let listed = list(host, chain)?;
        if !nft_rules(network)
            .iter()
            .all(|rule| handles(&listed, rule).next().is_some())
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// At the top: a final REJECT stands before what is appended.
pub(super) fn accept(
    host: &dyn Host,
    network: Ipv4Net,
    chains: &[String],
) -> Result<(), StepError> {
    let text = forward_rules(host)?;
    for rule in both(network) {
        let line = format!("-A FORWARD {rule}");
        if !text.lines().any(|one| one == line) {
            iptables(host, &["-I", "FORWARD", "1"], &rule)?;
        }
    }
    for chain in chains {
        let listed = list(host, chain)?;
        for rule in nft_rules(network) {
            if handles(&listed, &rule).next().is_none() {
                let at = format!("nft insert rule {chain} {rule}");
                host.run(&Command::new(at.split(' ')))?;
            }
        }
    }
    Ok(())
}

pub(super) fn undo(host: &dyn Host, network: Ipv4Net, chains: &[String]) -> Result<(), StepError> {
    let text = forward_rules(host)?;
    for rule in both(network) {
        let line = format!("-A FORWARD {rule}");
        // flanneld may have appended the same.
        for _ in text.lines().filter(|one| **one == line) {
            iptables(host, &["-D", "FORWARD"], &rule)?;
        }
    }
    for chain in chains {
        // A chain that somebody has removed since took the rules with it.
        let Ok(listed) = list(host, chain) else {
            continue;
        };
        for rule in nft_rules(network) {
            for handle in handles(&listed, &rule) {
                let at = format!("nft delete rule {chain} handle {handle}");
                host.run(&Command::new(at.split(' ')))?;
            }
        }
    }
    Ok(())
}

fn list(host: &dyn Host, chain: &str) -> Result<String, StepError> {
    let argv = ["nft", "-n", "-a", "list", "chain"];
    let command = Command::new(argv.into_iter().chain(chain.split(' ')));
    Ok(host.run(&command)?.text())
}

/// The handles of a rule in a chain as `nft -a list chain` prints it.
fn handles<'a>(listed: &'a str, rule: &'a str) -> impl Iterator<Item = &'a str> {
    listed.lines().filter_map(move |line| {
        let (found, handle) = line.trim().rsplit_once(" # handle ")?;
        (found == rule).then_some(handle)
    })
}
