//! This node as a member of an etcd cluster: joining, waiting for its vote,
//! leaving.

use std::cell::RefCell;
use std::time::Duration;

use super::{ETCD, ROUND};
use crate::apply::error::StepError;
use crate::apply::wait::until;
use crate::apply::{etcd, files};
use crate::host::Host;
use crate::host::command::shell_words;
use crate::plan::overlay::flannel::client::Client;

fn own(members: &[etcd::Member], peer_url: &str) -> Option<etcd::Member> {
    let mut of = members.iter();
    of.find(|member| member.peer_urls.iter().any(|url| url == peer_url))
        .cloned()
}

pub(super) fn is_ready(host: &dyn Host, etcd: &Client, peer_url: &str) -> Result<bool, StepError> {
    if !etcd::healthy(host, etcd) {
        return Ok(false);
    }
    let members = etcd::members(host, etcd)?;
    Ok(own(&members, peer_url).is_some_and(|member| !member.learner))
}

/// How long a member has to answer where a new cluster may be begun: one without a
/// quorum takes the connection and says nothing.
const BEGUN: Duration = Duration::from_secs(2);

/// Adds this node and writes down the cluster as etcd wants to be told of it. With
/// `initial` a new one is written down where none of the others answers; should one be
/// there all the same, a node that begins alone has no quorum and stops.
pub(super) fn join(
    host: &dyn Host,
    via: &[Client],
    (name, peer_url): (&str, &str),
    file: &str,
    initial: Option<&str>,
) -> Result<(), StepError> {
    if let Some(initial) = initial
        && !via.iter().any(|etcd| etcd::answers(host, etcd, BEGUN))
    {
        let text = format!(
            "# Made by groundcrew: a new etcd cluster.\nETCD_INITIAL_CLUSTER={initial}\n\
             ETCD_INITIAL_CLUSTER_STATE=new\n"
        );
        return files::write(host, file, text.as_bytes(), 0o644);
    }
    let mut last = StepError::Told("no member of the etcd cluster is known".into());
    let mut down = None;
    for etcd in via {
        let joined = etcd::settled(host, ETCD, || {
            if own(&etcd::members(host, etcd)?, peer_url).is_none() {
                etcd::add(host, etcd, peer_url)?;
            }
            etcd::members(host, etcd)
        });
        let members = match joined {
            Ok(members) => members,
            Err(error) => {
                // etcd lets nobody in while one of its members is down.
                let members = etcd::members(host, etcd).unwrap_or_default();
                down = down.or_else(|| silent(host, etcd, &members, peer_url));
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
        // As those have it that began it.
        cluster.sort();
        let text = format!(
            "# Made by groundcrew when this node joined.\nETCD_INITIAL_CLUSTER={}\n\
             ETCD_INITIAL_CLUSTER_STATE=existing\n",
            cluster.join(",")
        );
        return files::write(host, file, text.as_bytes(), 0o644);
    }
    Err(StepError::Told(match down {
        Some(who) => format!("{last}: {who}"),
        None => format!(
            "{last}; does etcd run there, and does its firewall let this node in? Run groundcrew \
             there once more with this node's join file"
        ),
    }))
}

/// A member without a vote answers hardly anything itself: the others are asked
/// of it, and to promote it, which they refuse as long as it lags behind.
pub(super) fn wait_for_etcd(
    host: &dyn Host,
    etcd: &Client,
    via: &[Client],
    peer_url: &str,
    limit: Duration,
) -> Result<(), StepError> {
    let last = RefCell::new(None);
    let ready = until(host, limit, ROUND, || -> Result<bool, StepError> {
        if is_ready(host, etcd, peer_url).unwrap_or(false) {
            return Ok(true);
        }
        for other in via {
            let members = match etcd::members(host, other) {
                Ok(members) => members,
                Err(error) => {
                    last.replace(Some(error));
                    continue;
                }
            };
            // Who answers passes it on to the leader: the others, of whom some may not
            // be there yet, would say no more.
            let promoted = match own(&members, peer_url) {
                Some(member) if member.learner => etcd::promote(host, other, &member.id),
                _ => Ok(()),
            };
            last.replace(promoted.err());
            break;
        }
        Ok(false)
    })?;
    if ready {
        return Ok(());
    }
    // Its own words where the others have none: a certificate that does not fit.
    let why = last
        .into_inner()
        .or_else(|| etcd::members(host, etcd).err());
    let why = why.map(|error| format!(" ({error})")).unwrap_or_default();
    Err(StepError::Told(format!(
        "etcd at {etcd} has no vote in a healthy cluster after {} s{why}: see its log",
        limit.as_secs()
    )))
}

/// Where the members but one are asked, by their peer addresses: all that
/// groundcrew sets up have both on one address.
fn askable(asked: &Client, members: &[etcd::Member], but: &str) -> Vec<Client> {
    let others = members
        .iter()
        .flat_map(|member| &member.peer_urls)
        .filter(|url| *url != but);
    let client = |url: &String| {
        let (_, rest) = url.split_once("://")?;
        let (address, _) = rest.rsplit_once(':')?;
        Some(asked.beside(address.parse().ok()?, 2379))
    };
    others.filter_map(client).collect()
}

/// Leaves the cluster as long as there is one: the others count votes. What is
/// left of this node there is returned as a sentence. `joined` says that it had
/// come so far as to be asked itself.
pub(super) fn leave(
    host: &dyn Host,
    via: &[Client],
    peer_url: &str,
    joined: bool,
) -> Result<Option<String>, StepError> {
    let mut last = None;
    let mut answered = false;
    for etcd in via {
        let Ok(members) = etcd::members(host, etcd) else {
            continue;
        };
        let silent = || silent(host, etcd, &members, peer_url);
        answered = true;
        let Some(own) = own(&members, peer_url) else {
            return Ok(None);
        };
        if members.len() == 1 {
            return Ok(None);
        }
        // By the others first: one that removes itself may be gone before it
        // has answered.
        let others = askable(etcd, &members, peer_url);
        for one in others.iter().chain([etcd]) {
            match etcd::remove(host, one, &own.id) {
                Ok(()) => return Ok(None),
                Err(error) => last = Some(error),
            }
        }
        last = last.map(|error| match silent() {
            None => error,
            // What it stands on stays as well: they need this one for their quorum.
            Some(who) => StepError::Needed(format!("{error}: {who}")),
        });
        // Without a quorum nobody can be removed.
        if !etcd::healthy(host, etcd) {
            return Ok(Some(still_member(peer_url, &own, others.first())));
        }
    }
    match last {
        Some(error) => Err(error),
        // One that knew nobody else was alone.
        None if answered || !joined || via.len() < 2 => Ok(None),
        None => Ok(Some(format!(
            "no member of the etcd cluster answers, so whether this node ({peer_url}) is still \
             one could not be told. Look on one of the others: {} member list",
            etcdctl(via.last())
        ))),
    }
}

/// Who of the others does not answer, with the way to go on: etcd lets nobody leave
/// whom it needs for its quorum.
fn silent(
    host: &dyn Host,
    asked: &Client,
    members: &[etcd::Member],
    own_url: &str,
) -> Option<String> {
    let down = members.iter().filter(|member| {
        let at = askable(asked, std::slice::from_ref(*member), own_url);
        at.first().is_some_and(|at| !etcd::healthy(host, at))
    });
    let down: Vec<String> = down
        .map(|member| {
            format!(
                "{} does not answer: bring it back, or, if it is gone for good, remove it first: \
                 {} member remove {}",
                member.name,
                etcdctl(Some(asked)),
                member.hex
            )
        })
        .collect();
    (!down.is_empty()).then(|| down.join("; "))
}

fn etcdctl(at: Option<&Client>) -> String {
    let words = at.map(|client| client.etcdctl(3)).unwrap_or_default();
    format!("ETCDCTL_API=3 etcdctl {}", shell_words(&words))
}

fn still_member(peer_url: &str, own: &etcd::Member, other: Option<&Client>) -> String {
    let whose = other.map(ToString::to_string).unwrap_or_default();
    format!(
        "this node ({peer_url}) is still a member of the etcd cluster of {whose}: that has no \
         quorum, so nobody can be removed from it, and this node counts there though its data is \
         gone. Once it has a quorum again, run there: {} member remove {}. Where it cannot get \
         one any more, start one of the others once with --force-new-cluster",
        etcdctl(other),
        own.hex
    )
}
