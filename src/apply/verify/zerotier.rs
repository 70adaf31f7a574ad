//! Whether ZeroTier's data path works. "OK" and an address are none: the first
//! packets are lost for some five seconds after them, and a network that is
//! wrong in other ways says OK as well.

use std::net::IpAddr;
use std::time::Duration;

use super::measure::Measure;
use super::{ECHO, Status, Verified, full_size, nobody_yet};
use crate::apply::error::StepError;
use crate::apply::probe::{has_route, link};
use crate::apply::wait::wait;
use crate::apply::zerotier::{Api, Joined, MemberState, State, network_id};
use crate::host::{Host, Ping, icmp};
use crate::plan::verify::{VerifyMember, VerifyZerotier};

/// How long the controller may take to answer: 3 to 6 s were measured, 17 s
/// after a restart.
const ANSWER: Duration = Duration::from_secs(60);
/// How long it may take to reach a root: 6 s were measured. Without one the
/// controller is not reached either.
const ONLINE: Duration = Duration::from_secs(30);
/// How long it may take from there to OK: 5 s were measured.
const LET_IN: Duration = Duration::from_secs(60);
/// How long a member has to answer: the first answers came 4.4 to 5.1 s after
/// OK.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long a member that was never seen has to ask for the network: a node that
/// runs was heard after 3 to 6 s.
const ASKS: Duration = Duration::from_secs(8);

/// Verifies it. Members are tried side by side.
pub(super) fn verify(host: &dyn Host, wanted: &VerifyZerotier, measure: &Measure) -> Vec<Verified> {
    let Some(network) = &wanted.network else {
        let message = "the controller's join file is not here yet: waiting for it".into();
        return vec![one(
            "verify.network",
            "network",
            (Status::NotApplicable, message),
        )];
    };
    let found = network_id(host, network)
        .and_then(|id| Ok((Api::open(host)?, id)))
        .and_then(|(api, id)| Ok((api.status()?, api, id)));
    let (status, api, id) = match found {
        Ok(found) => found,
        Err(error) => {
            return vec![one("verify.network", "zerotier-one", down(&error))];
        }
    };
    let (joined, result) = let_in(host, &api, &id, wanted, &status.address);
    let good = result.0 == Status::Pass;
    let mut results = vec![one("verify.network", &id, result)];
    if !wanted.members.is_empty() {
        results.push(one(
            "verify.members",
            &id,
            members(&api, &id, wanted, &status.address),
        ));
    }
    let Some(joined) = joined.filter(|_| good) else {
        return results;
    };
    let result = interface(host, &joined, wanted);
    let usable = result.0 != Status::Fail;
    results.push(one("verify.interface", &joined.port_device_name, result));
    if wanted.peers.is_empty() {
        results.push(nobody_yet());
        return results;
    }
    if !usable {
        // Without its route the packets would go elsewhere.
        let text = "not tried: the interface is not as it has to be";
        results.extend(wanted.peers.iter().map(|peer| {
            one(
                "verify.peer",
                &peer.name,
                (Status::NotApplicable, text.into()),
            )
        }));
        return results;
    }
    std::thread::scope(|scope| {
        let (joined, api, id) = (&joined, &api, &id);
        let tries: Vec<_> = wanted
            .peers
            .iter()
            .filter(|peer| measure.wants(&peer.name))
            .map(|peer| {
                // Only the controller itself knows of others than this node.
                let controls = !wanted.members.is_empty();
                let known = move || {
                    let asked = controls.then(|| api.member(id, &peer.node).ok().flatten());
                    asked.flatten()
                };
                scope.spawn(move || {
                    let result = reach(host, joined, peer, &known);
                    let tried = peer.address.filter(|_| result.0 != Status::NotApplicable);
                    let way = tried
                        .and_then(|to| measure.way(host, to, joined.mtu, result.0 == Status::Pass));
                    one("verify.peer", &peer.name, result).over(way)
                })
            })
            .collect();
        results.extend(tries.into_iter().filter_map(|thread| thread.join().ok()));
    });
    results
}

fn one(id: &str, subject: &str, (status, message): (Status, String)) -> Verified {
    Verified::new(id, subject, status, message)
}

fn down(error: &StepError) -> (Status, String) {
    (Status::Fail, error.to_string())
}

/// Waits until the controller has answered, and then until this node is let in.
fn let_in(
    host: &dyn Host,
    api: &Api<'_>,
    id: &str,
    wanted: &VerifyZerotier,
    node: &str,
) -> (Option<Joined>, (Status, String)) {
    let mut seen: Option<Joined> = None;
    let mut look = || {
        seen = api.network(id).ok().flatten();
        seen.as_ref().map(|joined| joined.status.clone())
    };
    let online = || api.status().is_ok_and(|status| status.online);
    let mut answered = || !matches!(look(), Some(State::Requesting));
    let mut seconds = ONLINE;
    let mut there = wait(host, ONLINE, &mut answered);
    if !there && online() {
        seconds = ANSWER;
        there = wait(host, ANSWER.saturating_sub(ONLINE), &mut answered);
    }
    let who = &wanted.controller;
    if !there {
        let online = online();
        let roots = if online {
            "a root is reached, the controller is not: does it run, and is this its network?"
        } else {
            "no root is reached (OFFLINE): does UDP get from here to the controller and back, and \
             does it run?"
        };
        let seconds = seconds.as_secs();
        return (
            seen,
            (
                Status::Fail,
                format!("{who} did not answer within {seconds} s: {roots}"),
            ),
        );
    }
    // Whoever is let in a moment later is seen; whoever is not known there is
    // told at once.
    let there = wait(host, settle(seen.as_ref(), wanted), || {
        seen = api.network(id).ok().flatten();
        seen.as_ref().is_some_and(|joined| {
            joined.status == State::Ok && !joined.assigned_addresses.is_empty()
        })
    });
    let result = match seen.as_ref().map(|joined| &joined.status) {
        Some(State::Ok) if there => (Status::Pass, format!("{who} has let this node in ({node})")),
        Some(State::Ok) => (
            Status::Fail,
            format!("{who} has let this node in and given it no address: the network has no pool"),
        ),
        Some(State::Denied) => (
            Status::Fail,
            format!(
                "waiting for authorisation: {who} does not let the node {node} in yet; give it \
                 this node's join file and run groundcrew there"
            ),
        ),
        Some(State::NotFound) => (
            Status::Fail,
            format!("{who} has no network {id}: run groundcrew there"),
        ),
        Some(State::PortError) => (
            Status::Fail,
            "there is no interface for it: is /dev/net/tun there?".into(),
        ),
        Some(State::Requesting) => (Status::Fail, format!("{who} does not answer")),
        Some(State::Other(word)) => (Status::Unknown, format!("zerotier-one says {word}")),
        None => (
            Status::Fail,
            format!("this node has not joined {id}: run groundcrew again"),
        ),
    };
    (seen, result)
}

/// How long to wait for OK: where this node is its own controller it is let in
/// already; elsewhere a denial may be a moment old, and lasts until somebody
/// acts.
fn settle(seen: Option<&Joined>, wanted: &VerifyZerotier) -> Duration {
    match seen.map(|joined| &joined.status) {
        Some(State::Denied | State::NotFound) if wanted.members.is_empty() => PATIENCE,
        None | Some(State::PortError) => Duration::ZERO,
        _ => LET_IN,
    }
}

/// Whom the controller lets in.
fn members(api: &Api<'_>, id: &str, wanted: &VerifyZerotier, own: &str) -> (Status, String) {
    match controlled(api, id, wanted, own) {
        Ok(result) => result,
        Err(error) => (Status::Unknown, error.to_string()),
    }
}

fn controlled(
    api: &Api<'_>,
    id: &str,
    wanted: &VerifyZerotier,
    own: &str,
) -> Result<(Status, String), StepError> {
    let private = api
        .controlled(id)?
        .and_then(|network| network.get("private")?.as_bool());
    if private != Some(true) {
        return Ok((
            Status::Fail,
            format!("{id} is open to everybody: run groundcrew again"),
        ));
    }
    let mut planned = Vec::new();
    for member in &wanted.members {
        let node = member.node.as_deref().unwrap_or(own);
        planned.push(node);
        if !api.member(id, node)?.is_some_and(|state| state.authorized) {
            return Ok((
                Status::Fail,
                format!("{} ({node}) is not let in", member.name),
            ));
        }
    }
    for node in &wanted.removed {
        if api.member(id, node)?.is_some_and(|state| state.authorized) {
            return Ok((
                Status::Fail,
                format!("{node} is to be shut out, and is let in: run groundcrew again"),
            ));
        }
    }
    let mut others = Vec::new();
    for node in api.members(id)? {
        if !planned.contains(&node.as_str())
            && api.member(id, &node)?.is_some_and(|state| state.authorized)
        {
            others.push(node);
        }
    }
    let mut text = match planned.len() {
        1 => "private, one member is let in".to_owned(),
        count => format!("private, {count} members are let in"),
    };
    if !others.is_empty() {
        text.push_str(&format!(
            ", and {} without a join file here",
            others.join(", ")
        ));
    }
    Ok((Status::Pass, text))
}

fn interface(host: &dyn Host, joined: &Joined, wanted: &VerifyZerotier) -> (Status, String) {
    match looked_at(host, joined, wanted) {
        Ok(text) => (Status::Pass, text),
        Err(Ok(text)) => (Status::Fail, text),
        Err(Err(error)) => (Status::Unknown, error.to_string()),
    }
}

fn looked_at(
    host: &dyn Host,
    joined: &Joined,
    wanted: &VerifyZerotier,
) -> Result<String, Result<String, StepError>> {
    let name = &joined.port_device_name;
    if let Some(other) = wanted.interface.as_ref().filter(|other| *other != name) {
        return Err(Ok(format!(
            "the network's interface is {name}, wanted {other}"
        )));
    }
    let Some(link) = link(host, name).map_err(Err)? else {
        return Err(Ok(format!("{name} is not there")));
    };
    // IFF_UP
    if link.flags & 1 == 0 {
        return Err(Ok(format!("{name} is down")));
    }
    // IFF_NOARP
    if link.flags & 0x80 != 0 {
        return Err(Ok(format!(
            "{name} resolves no addresses (NOARP): run groundcrew again"
        )));
    }
    if link.mtu != Some(joined.mtu) {
        let found = link.mtu.map_or("unknown".into(), |mtu| mtu.to_string());
        return Err(Ok(format!("{name} has MTU {found}, wanted {}", joined.mtu)));
    }
    let all = host
        .addresses()
        .map_err(|e| Err(StepError::file("netlink", e)))?;
    let on_it = all.iter().filter(|address| address.index == link.index);
    let mut found = on_it.filter_map(|address| match address.address {
        IpAddr::V4(v4) if wanted.range.contains(&v4) => Some(v4),
        _ => None,
    });
    let address = match wanted.address {
        Some(address) if found.any(|one| one == address) => address,
        Some(address) => return Err(Ok(format!("{name} does not have {address}"))),
        None => found
            .next()
            .ok_or_else(|| Ok(format!("{name} has no address of {}", wanted.range)))?,
    };
    let range = wanted.range.trunc().to_string();
    if !has_route(host, &range, name).map_err(Err)? {
        return Err(Ok(format!("there is no route to {range} through {name}")));
    }
    Ok(format!(
        "{name} is up with {address}, MTU {}, and the route to {range}",
        joined.mtu
    ))
}

fn reach(
    host: &dyn Host,
    joined: &Joined,
    peer: &VerifyMember,
    member: &dyn Fn() -> Option<MemberState>,
) -> (Status, String) {
    let name = &peer.name;
    let known = member();
    if known.as_ref().is_some_and(|state| !state.authorized) {
        let text = format!("{name} is not tried: it is not let in");
        return (Status::NotApplicable, text);
    }
    let assigned = || known.as_ref()?.ip_assignments.first()?.parse().ok();
    let Some(to) = peer.address.or_else(assigned) else {
        let text = format!("{name} has no planned address: it is not tried from here");
        return (Status::NotApplicable, text);
    };
    // Who has never asked for the network has no interface in it.
    let mut absent = known.as_ref().is_some_and(MemberState::never_asked);
    let mut begin = host.now();
    let time = loop {
        if absent && !member().is_some_and(|state| state.never_asked()) {
            absent = false;
            begin = host.now();
        }
        let patience = if absent { ASKS } else { PATIENCE };
        match host.ping(to, icmp::SMALLEST + 56, ECHO) {
            Ok(Ping::Reply(time)) => break time,
            // Before the neighbour is known, the kernel itself says so.
            Ok(_) | Err(_) if host.now().duration_since(begin).unwrap_or_default() < patience => {
                host.sleep(Duration::from_millis(200));
            }
            Ok(_) | Err(_) if absent => {
                return (
                    Status::Fail,
                    format!(
                        "{name} ({to}) is let in and has never asked for the network: run \
                         groundcrew there with this node's join file"
                    ),
                );
            }
            Ok(_) => {
                let seconds = PATIENCE.as_secs();
                return (
                    Status::Fail,
                    format!(
                        "{name} ({to}) did not answer within {seconds} s: is it set up, has it been \
                         let in, and does UDP reach it?"
                    ),
                );
            }
            Err(error) => return (Status::Unknown, format!("{name} ({to}): {error}")),
        }
    };
    full_size(
        host,
        &format!("{name} ({to})"),
        to,
        (joined.mtu, &joined.port_device_name),
        time,
        "look for a firewall that drops fragments",
    )
}
