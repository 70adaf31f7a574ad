//! Peers that the running interface has and the plan has no more.
//!
//! Those that an earlier run put in are taken out: a host that left would reach the
//! others as long as their tunnels run. Whoever else added one knows why.

use std::collections::BTreeSet;

use super::Wanted;
use crate::plan::step::{Peer, Step};
use crate::plan::survey::PeerSurvey;

/// What takes them out, if there are any.
pub(super) fn step(wanted: &Wanted, survey: &PeerSurvey, notes: &mut Vec<String>) -> Option<Step> {
    let keys: BTreeSet<&str> = wanted.peers.iter().map(|p| p.public_key.as_str()).collect();
    let names: BTreeSet<&str> = wanted.peers.iter().map(|p| p.name.as_str()).collect();
    let mut peers = Vec::new();
    for (key, allowed) in &survey.live {
        match survey.ours.get(key) {
            _ if keys.contains(key.as_str()) => {}
            Some(peer) if names.contains(peer.name.as_str()) => peers.push(Peer {
                name: format!("{} (its old key)", peer.name),
                ..peer.clone()
            }),
            Some(peer) => peers.push(peer.clone()),
            None => notes.push(foreign(wanted, key, allowed, survey.untold.as_deref())),
        }
    }
    let own = wanted.address.trunc();
    let kept: BTreeSet<_> = wanted.peers.iter().flat_map(|p| &p.allowed_ips).collect();
    let left = peers.iter().flat_map(|peer| &peer.allowed_ips);
    let routes: BTreeSet<_> = left
        .filter(|net| !own.contains(*net) && !kept.contains(net))
        .copied()
        .collect();
    (!peers.is_empty()).then(|| Step::WireguardRemove {
        interface: wanted.interface.clone(),
        peers,
        routes: routes.into_iter().collect(),
    })
}

/// What is said of a peer that is left as it is.
fn foreign(wanted: &Wanted, key: &str, allowed: &[String], untold: Option<&str>) -> String {
    let interface = &wanted.interface;
    let which = match allowed {
        [] => key.to_owned(),
        nets => format!("{key} ({})", nets.join(", ")),
    };
    match untold {
        None => format!(
            "{interface} has a peer that groundcrew did not put in, and it is left as it is: {which}; \
             `wg set {interface} peer {key} remove` takes it out."
        ),
        Some(why) => format!(
            "{interface} has a peer that is not wanted and is left as it is: {which}. Whether an \
             earlier run put it in is not known: {why}."
        ),
    }
}
