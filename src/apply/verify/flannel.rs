//! Whether Flannel's data path works, as a container sees it.
//!
//! From the host everything may answer while containers reach nothing: their
//! packets are forwarded, the host's are not. So the echo requests are sent from
//! a network namespace that hangs on Docker's bridge with an address of the
//! lease, which is what a container is to the network. Each node tests its own
//! forwarding this way; two nodes that both pass have tested both.

mod etcd;

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::container::{Answer, Asker};
use super::measure::{Echo, Measure};
use super::{Status, Verified, nobody_yet};
use crate::apply::flannel::{BRIDGE, Lease, has_way, lease, on_lease};
use crate::apply::{etcd as cluster, probe};
use crate::host::Host;
use crate::plan::VerifyFlannel;
use crate::plan::verify::VerifyHost;

/// How long a peer has to answer: vxlan and udp learn a new peer within seconds.
const TRIES: u32 = 15;

/// Verifies it.
pub(super) fn verify(host: &dyn Host, wanted: &VerifyFlannel, measure: &Measure) -> Vec<Verified> {
    let told = |id: &str, subject: &str, (status, message): (Status, String)| {
        Verified::new(id, subject, status, message)
    };
    let (own, ways) = etcd::verify(host, wanted, measure);
    let mut results: Vec<Verified> = own.into_iter().chain(ways).collect();
    if wanted.etcd_alone {
        return results;
    }
    let file = &wanted.subnet_file;
    let Some(lease) = lease(host, file) else {
        let text = format!("flanneld has no lease: {file} is not there");
        results.push(told("verify.interface", BRIDGE, (Status::Fail, text)));
        return results;
    };
    results.push(told("verify.interface", BRIDGE, bridge(host, &lease)));
    if wanted.peers.is_empty() {
        results.push(nobody_yet());
        return results;
    }
    let leases = match cluster::leases(host, &wanted.etcd, wanted.api, &wanted.prefix) {
        Ok(leases) => leases,
        Err(why) => {
            let all = wanted.peers.iter().map(|peer| {
                let text = format!("{}: the leases cannot be read: {why}", peer.name);
                told("verify.peer", &peer.name, (Status::Unknown, text))
            });
            results.extend(all);
            return results;
        }
    };
    let asker = Asker::new(host, &lease);
    for peer in wanted.peers.iter().filter(|peer| measure.wants(&peer.name)) {
        let of = leases.iter().find(|lease| lease.node == peer.below);
        let found = match of {
            None => (
                Status::Fail,
                format!(
                    "{} ({}) has no lease: is Flannel set up there?",
                    peer.name, peer.below
                ),
            ),
            Some(of) => reach(host, wanted, &asker, &lease, peer, of.subnet),
        };
        let way = of.zip(asker.as_ref().ok()).and_then(|(of, asker)| {
            let to = bridge_of(of.subnet);
            let echo = |size| {
                Ok(match asker.ping(to, size) {
                    Answer::Reply => Echo::Reply(None),
                    _ => Echo::Silence,
                })
            };
            measure.measured(host, to, lease.mtu, found.0 == Status::Pass, &echo)
        });
        results.push(told("verify.peer", &peer.name, found).over(way));
    }
    results
}

/// flanneld's bridge address is the first of the subnet.
fn bridge_of(subnet: Ipv4Net) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(subnet.network()).saturating_add(1))
}

fn bridge(host: &dyn Host, lease: &Lease) -> (Status, String) {
    let subnet = lease.subnet;
    match probe::link(host, BRIDGE) {
        Err(error) => (Status::Unknown, error.to_string()),
        Ok(None) => (
            Status::Fail,
            format!("{BRIDGE} is not there, and the lease is {subnet}: does Docker run?"),
        ),
        Ok(Some(_)) if on_lease(host, lease) => {
            let text = format!("{BRIDGE} has {subnet} of the lease, MTU {}", lease.mtu);
            (Status::Pass, text)
        }
        Ok(Some(_)) => (
            Status::Fail,
            format!("{BRIDGE} has another address than {subnet} of the lease"),
        ),
    }
}

fn reach(
    host: &dyn Host,
    wanted: &VerifyFlannel,
    asker: &Result<Asker<'_>, String>,
    own: &Lease,
    peer: &VerifyHost,
    subnet: Ipv4Net,
) -> (Status, String) {
    let to = bridge_of(subnet);
    let name = format!("{} ({to})", peer.name);
    match has_way(host, subnet, wanted.network) {
        Ok(true) => {}
        Ok(false) => {
            let text = format!(
                "there is no route to {subnet} of {}: start flanneld anew",
                peer.name
            );
            return (Status::Fail, text);
        }
        Err(error) => return (Status::Unknown, error.to_string()),
    }
    let asker = match asker {
        Ok(asker) => asker,
        Err(why) => {
            let text = format!("{name}: no namespace as a container's can be made: {why}");
            return (Status::Unknown, text);
        }
    };
    let mut answer = Answer::Silence;
    for _ in 0..TRIES {
        answer = asker.ping(to, 84);
        if answer != Answer::Silence {
            break;
        }
    }
    match answer {
        Answer::Reply => {}
        Answer::Silence => {
            let text = format!(
                "{name} did not answer within {TRIES} s, asked as {}: do both firewalls let \
                 Flannel's packets in, and forward {}?",
                asker.who(),
                wanted.network
            );
            return (Status::Fail, text);
        }
        Answer::TooBig => {
            return (
                Status::Fail,
                format!("{name}: packets of 84 bytes are too big"),
            );
        }
        Answer::Unknown(why) => return (Status::Unknown, format!("{name}: {why}")),
    }
    let mut full = asker.ping(to, own.mtu);
    if full == Answer::Silence {
        full = asker.ping(to, own.mtu);
    }
    match (full, asker.ping(to, own.mtu.saturating_add(1))) {
        (Answer::Reply, Answer::TooBig) => {
            let mtu = own.mtu;
            let (who, but) = (asker.who(), asker.unchecked());
            let text = format!("{name} answers {who}, MTU {mtu} end to end{but}");
            (Status::Pass, text)
        }
        (Answer::Unknown(why), _) | (_, Answer::Unknown(why)) => {
            (Status::Unknown, format!("{name}: {why}"))
        }
        (Answer::Reply, _) => (
            Status::Fail,
            format!(
                "{name} answers, but {} byte packets go out too",
                own.mtu.saturating_add(1)
            ),
        ),
        (_, _) => (
            Status::Fail,
            format!(
                "{name} answers small packets but none of {} bytes: something on the way carries \
                 less",
                own.mtu
            ),
        ),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
