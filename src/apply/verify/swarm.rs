//! Whether a Swarm works. "active" and "Ready" are no proof: Docker says both
//! where no packet gets from container to container.

mod proof;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

use std::time::Duration;

use super::{Status, Verified};
use crate::apply::swarm::{Api, Node, Standing, meaning};
use crate::apply::wait::wait;
use crate::host::Host;
use crate::plan::scheduler::swarm::{NodeAs, Verify, is_one_of};

/// How long a node may take from joining to Ready: 2 s were measured.
const READY: Duration = Duration::from_secs(15);

type Result = (Status, String);

/// Verifies it.
pub(super) fn verify(host: &dyn Host, wanted: &Verify) -> Vec<Verified> {
    let api = Api(host);
    let standing = match api.standing() {
        Ok(standing) => standing,
        Err(error) => {
            return vec![one(
                "verify.node",
                "Docker",
                (Status::Fail, error.to_string()),
            )];
        }
    };
    let found = node(wanted, &standing);
    let good = found.0 == Status::Pass;
    let mut results = vec![one("verify.node", &wanted.address.to_string(), found)];
    if !good {
        return results;
    }
    if !standing.control {
        let text = format!(
            "a worker cannot try the traffic between containers: run `groundcrew verify` on a \
             manager ({})",
            standing.managers.join(", ")
        );
        results.push(one(
            "verify.containers",
            "containers",
            (Status::NotApplicable, text),
        ));
        return results;
    }
    let mut all = Vec::new();
    let mut failed = None;
    wait(host, READY, || match api.nodes() {
        Ok(found) => {
            all = found;
            // One that is to carry nothing and is down has gone on purpose.
            let gone = |node: &Node| node.state == "down" && node.availability == "drain";
            all.iter()
                .all(|node| node.state == "ready" || gone(node) || is_stale(node, &all))
        }
        Err(error) => {
            failed = Some(error.to_string());
            true
        }
    });
    if let Some(why) = failed {
        results.push(one("verify.nodes", "nodes", (Status::Unknown, why)));
        return results;
    }
    results.push(one("verify.nodes", "nodes", nodes(wanted, &all)));
    results.extend(proof::prove(host, wanted, &standing, &all));
    results
}

fn one(id: &str, subject: &str, (status, message): Result) -> Verified {
    Verified::new(id, subject, status, message)
}

/// What Docker says went wrong, and what that means.
fn explained(text: &str) -> String {
    meaning(text).map_or_else(|| text.to_owned(), |meaning| format!("{text}; {meaning}"))
}

/// This node's own place.
fn node(wanted: &Verify, standing: &Standing) -> Result {
    let Standing {
        state,
        address,
        error,
        managers,
        control,
        ..
    } = standing;
    let told = if error.is_empty() {
        String::new()
    } else {
        format!(": {}", explained(error))
    };
    if state != "active" {
        return (
            Status::Fail,
            format!("this node's Swarm is {state}{told}, wanted active"),
        );
    }
    if *address != wanted.address.to_string() {
        return (
            Status::Fail,
            format!(
                "this node is in a Swarm at {address}, wanted {}",
                wanted.address
            ),
        );
    }
    if let Some(manager) = wanted
        .manager
        .as_ref()
        .filter(|one| !is_one_of(one, managers))
    {
        return (
            Status::Fail,
            format!(
                "this node is in the Swarm of {}, wanted that of {manager}",
                managers.join(", ")
            ),
        );
    }
    if wanted.node_as == NodeAs::Manager && !control {
        return (
            Status::Fail,
            "this node is a worker, wanted a manager: docker node promote on a manager".into(),
        );
    }
    if !error.is_empty() {
        return (Status::Fail, format!("this node is in its Swarm{told}"));
    }
    let what = if *control { "manager" } else { "worker" };
    (
        Status::Pass,
        format!("this node is a {what} of its Swarm at {address}"),
    )
}

/// Whether an entry is an old one of a node that came in again.
fn is_stale(node: &Node, all: &[Node]) -> bool {
    let again = |other: &Node| other.name == node.name && other.state == "ready";
    node.state != "ready" && all.iter().any(again)
}

fn nodes(wanted: &Verify, all: &[Node]) -> Result {
    let named = |node: &Node| format!("{} ({})", node.name, node.address);
    let stale: Vec<_> = all.iter().filter(|node| is_stale(node, all)).collect();
    let away: Vec<_> = all
        .iter()
        .filter(|node| node.state != "ready" && !is_stale(node, all))
        .collect();
    let ready: Vec<_> = all.iter().filter(|node| node.state == "ready").collect();
    if let Some(node) = away.first() {
        let names: Vec<_> = away
            .iter()
            .map(|node| format!("{} is {}", named(node), node.state))
            .collect();
        return (
            Status::Fail,
            format!(
                "{}: does Docker run there, and do TCP 2377 and TCP and UDP 7946 get through? One \
                 that has left for good: docker node rm {}",
                names.join(", "),
                node.id
            ),
        );
    }
    let old = stale.first().map_or(String::new(), |node| {
        format!(
            "; {} has an old entry: docker node rm {}",
            node.name, node.id
        )
    });
    let count = u32::try_from(ready.len()).unwrap_or(u32::MAX);
    if count < wanted.nodes {
        return (
            Status::NotApplicable,
            format!(
                "{count} of {} nodes have joined: waiting for the others{old}",
                wanted.nodes
            ),
        );
    }
    let names: Vec<_> = ready.iter().map(|node| node.name.as_str()).collect();
    (
        Status::Pass,
        format!("{count} nodes are Ready: {}{old}", names.join(", ")),
    )
}
