//! This node as a member of an etcd cluster: joining, waiting for its vote,
//! leaving.

use std::net::SocketAddrV4;

use super::{ETCD, ROUND};
use crate::apply::error::StepError;
use crate::apply::{etcd, files};
use crate::host::Host;

fn own(members: &[etcd::Member], peer_url: &str) -> Option<etcd::Member> {
    let mut of = members.iter();
    of.find(|member| member.peer_urls.iter().any(|url| url == peer_url))
        .cloned()
}

pub(super) fn is_ready(
    host: &dyn Host,
    etcd: SocketAddrV4,
    peer_url: &str,
) -> Result<bool, StepError> {
    if !etcd::healthy(host, etcd) {
        return Ok(false);
    }
    let members = etcd::members(host, etcd)?;
    Ok(own(&members, peer_url).is_some_and(|member| !member.learner))
}

/// Adds this node and writes down the cluster as etcd wants to be told of it.
pub(super) fn join(
    host: &dyn Host,
    via: &[SocketAddrV4],
    name: &str,
    peer_url: &str,
    file: &str,
) -> Result<(), StepError> {
    let mut last = StepError::Told("no member of the etcd cluster is known".into());
    for etcd in via {
        let joined = (|| {
            if own(&etcd::members(host, *etcd)?, peer_url).is_none() {
                etcd::add(host, *etcd, peer_url)?;
            }
            etcd::members(host, *etcd)
        })();
        let members = match joined {
            Ok(members) => members,
            Err(error) => {
                last = error;
                continue;
            }
        };
        let mut cluster = Vec::new();
        for member in &members {
            for url in &member.peer_urls {
                // One that has not started yet has no name.
                let name = if url == peer_url { name } else { &member.name };
                cluster.push(format!("{name}={url}"));
            }
        }
        let text = format!(
            "# Made by groundcrew when this node joined.\nETCD_INITIAL_CLUSTER={}\n\
             ETCD_INITIAL_CLUSTER_STATE=existing\n",
            cluster.join(",")
        );
        return files::write(host, file, text.as_bytes(), 0o644);
    }
    Err(StepError::Told(format!(
        "{last}; does etcd run there, and does its firewall let this node in? Run groundcrew \
         there once more with this node's join file"
    )))
}

/// A member without a vote answers hardly anything itself: the others are asked
/// of it, and to promote it, which they refuse as long as it lags behind.
pub(super) fn wait_for_etcd(
    host: &dyn Host,
    etcd: SocketAddrV4,
    via: &[SocketAddrV4],
    peer_url: &str,
) -> Result<(), StepError> {
    let mut last = None;
    for _ in 0..ETCD {
        if is_ready(host, etcd, peer_url).unwrap_or(false) {
            return Ok(());
        }
        for other in via {
            let promoted =
                etcd::members(host, *other).and_then(|members| match own(&members, peer_url) {
                    Some(member) if member.learner => etcd::promote(host, *other, &member.id),
                    _ => Ok(()),
                });
            last = promoted.err();
            if last.is_none() {
                break;
            }
        }
        host.sleep(ROUND);
    }
    let why = last.map(|error| format!(" ({error})")).unwrap_or_default();
    Err(StepError::Told(format!(
        "etcd at {etcd} has no vote in a healthy cluster after {ETCD} s{why}: see its log"
    )))
}

/// Client addresses of the members but one, by their peer addresses: all that
/// groundcrew sets up have both on one address.
fn client_addresses(members: &[etcd::Member], but: &str) -> Vec<SocketAddrV4> {
    let others = members
        .iter()
        .flat_map(|member| &member.peer_urls)
        .filter(|url| *url != but);
    let address = |url: &String| {
        let (host, _) = url.strip_prefix("http://")?.rsplit_once(':')?;
        Some(SocketAddrV4::new(host.parse().ok()?, 2379))
    };
    others.filter_map(address).collect()
}

/// Leaves the cluster as long as there is one: the others count votes.
pub(super) fn leave(
    host: &dyn Host,
    via: &[SocketAddrV4],
    peer_url: &str,
) -> Result<(), StepError> {
    let mut last = Ok(());
    for etcd in via {
        let Ok(members) = etcd::members(host, *etcd) else {
            continue;
        };
        let Some(own) = own(&members, peer_url) else {
            return Ok(());
        };
        if members.len() == 1 {
            return Ok(());
        }
        // By the others first: one that removes itself may be gone before it
        // has answered.
        let mut askable = client_addresses(&members, peer_url);
        askable.push(*etcd);
        for one in askable {
            last = etcd::remove(host, one, &own.id);
            if last.is_ok() {
                return Ok(());
            }
        }
        // Without a quorum nobody can be removed, and nobody is left to miss it.
        if !etcd::healthy(host, *etcd) {
            return Ok(());
        }
    }
    last
}
