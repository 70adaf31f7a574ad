//! What a manager does with the other nodes of its Swarm: who is a manager, and who is
//! taken out of the list.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::api::{Api, DockerError, Node};
use crate::apply::error::StepError;
use crate::apply::wait::wait;
use crate::host::Host;

/// How long a manager may take to have no vote any more: a second was measured, and one
/// that led the others hands that over first.
const DEMOTED: Duration = Duration::from_secs(30);
/// How long a worker may take to have a vote: two seconds were measured; it gets another
/// certificate first.
const PROMOTED: Duration = Duration::from_secs(45);

/// Hosts, by their names in the plan, with their addresses in the Swarm.
pub type Hosts = BTreeMap<String, Ipv4Addr>;

/// Who is to be what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Wanted {
    /// Those that are to be workers.
    pub workers: Hosts,
    /// Those that are to be no nodes at all.
    pub gone: Hosts,
    /// All that are to be nodes.
    pub members: Hosts,
}

/// Makes workers of those managers that are to be none, as far as the others have a
/// majority then; takes the containers off those that are gone, and gives back those
/// that were taken off a host that is to be a node again; takes entries out of the list
/// that are of nobody: what is down of hosts that are gone, and old ones of hosts that
/// came in again. What was done, and what is left to do, goes to `said`, a sentence
/// each, also where something fails.
///
/// Nothing is done where this manager cannot list the nodes: without a majority nobody
/// is demoted, and what is set up next may bring it back.
///
/// # Errors
/// When one stays a manager.
pub fn settle(host: &dyn Host, wanted: &Wanted, said: &mut Vec<String>) -> Result<(), StepError> {
    let api = Api(host);
    let Ok(nodes) = api.nodes() else {
        return Ok(());
    };
    for (name, node) in demoted(wanted, &nodes) {
        if node.reachability.is_empty() {
            // It was promoted and never came to vote: Docker demotes only who votes.
            if node.state != "down" {
                said.push(format!(
                    "{name} is a worker that Docker makes a manager of as soon as its TCP 2377 is \
                     reached: let it become one, or take it out of the Swarm (`docker swarm leave` \
                     there, then `docker node rm {}` on a manager)",
                    node.id
                ));
            }
            continue;
        }
        demote(host, &api, name, node)?;
        said.push(format!(
            "{name} is a manager of the Swarm no more, and a worker"
        ));
    }
    let nodes = api.nodes()?;
    for (name, address) in &wanted.gone {
        for node in at(&nodes, *address) {
            if node.state == "down" {
                api.remove_node(&node.id)?;
                said.push(format!("{name} is taken out of the Swarm's list"));
            } else {
                if node.availability != "drain" {
                    api.drain(&node.id)?;
                }
                said.push(format!(
                    "{name} has left the plan and is in the Swarm still, without containers \
                     (drain): `groundcrew fleet rollback --limit {name}` takes it out, and the \
                     next `groundcrew fleet apply` out of the list"
                ));
            }
        }
    }
    for (name, address) in &wanted.members {
        for node in at(&nodes, *address).filter(|node| node.drained && node.state == "ready") {
            api.undrain(&node.id)?;
            said.push(format!("{name} takes containers again"));
        }
        for node in old(&nodes, *address) {
            if !node.reachability.is_empty() {
                demote(host, &api, name, node)?;
            }
            api.remove_node(&node.id)?;
            said.push(format!(
                "an old entry of {name} is taken out of the Swarm's list"
            ));
        }
    }
    Ok(())
}

/// The managers that are to be none, in the order in which the others keep a majority
/// longest: those that vote no more first, then those that are to go.
fn demoted<'a>(wanted: &'a Wanted, nodes: &'a [Node]) -> Vec<(&'a str, &'a Node)> {
    let all = wanted.gone.iter().chain(&wanted.workers);
    let mut managers: Vec<(&str, &Node)> = all
        .flat_map(|(name, address)| at(nodes, *address).map(move |node| (name.as_str(), node)))
        .filter(|(_, node)| node.manager)
        .collect();
    managers.sort_by_key(|(_, node)| node.state == "ready" && node.reachability == "reachable");
    managers
}

/// Makes managers of workers, one after the other; what was done goes to `said`, a
/// sentence each, also where something fails.
///
/// # Errors
/// When one does not become a manager.
pub fn promote(host: &dyn Host, hosts: &Hosts, said: &mut Vec<String>) -> Result<(), StepError> {
    let api = Api(host);
    for (name, address) in hosts {
        let nodes = api.nodes()?;
        let Some(node) = at(&nodes, *address).find(|node| node.state == "ready") else {
            return Err(StepError::Told(format!(
                "{name} is to be a manager, and no node at {address} is Ready"
            )));
        };
        if node.reachability == "reachable" {
            continue;
        }
        api.promote(&node.id)?;
        let voted = wait(host, PROMOTED, || {
            let now = api.nodes().unwrap_or_default();
            now.iter()
                .any(|one| one.id == node.id && one.reachability == "reachable")
        });
        if !voted {
            return Err(StepError::Told(format!(
                "{name} has no vote within {} s of being made a manager: does TCP 2377 get through \
                 from here to {address} and back? Docker makes one of it as soon as it does; \
                 `docker node ls` shows how it stands",
                PROMOTED.as_secs()
            )));
        }
        said.push(format!("{name} is a manager of the Swarm now"));
    }
    Ok(())
}

/// The nodes at an address.
fn at(nodes: &[Node], address: Ipv4Addr) -> impl Iterator<Item = &Node> {
    let address = address.to_string();
    nodes.iter().filter(move |node| node.address == address)
}

/// The entries at an address that are down, where another one there is Ready.
fn old(nodes: &[Node], address: Ipv4Addr) -> impl Iterator<Item = &Node> {
    let again = at(nodes, address).any(|node| node.state == "ready");
    at(nodes, address).filter(move |node| again && node.state == "down")
}

fn demote(host: &dyn Host, api: &Api<'_>, name: &str, node: &Node) -> Result<(), StepError> {
    let stays = |error: DockerError| {
        StepError::Told(format!(
            "{name} is to be a manager of the Swarm no more, and stays one: {error}"
        ))
    };
    api.demote(&node.id).map_err(stays)?;
    let voteless = wait(host, DEMOTED, || {
        // Nobody leads for a moment where it was the one that did.
        api.nodes().is_ok_and(|now| {
            let of = now.iter().find(|one| one.id == node.id);
            of.is_none_or(|one| one.reachability.is_empty())
        })
    });
    if voteless {
        return Ok(());
    }
    Err(StepError::Told(format!(
        "{name} is to be a manager of the Swarm no more, and has its vote still after {} s: see \
         `docker node ls`",
        DEMOTED.as_secs()
    )))
}
