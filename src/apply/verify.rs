//! Whether the data path works: not whether things are configured.
//!
//! A peer counts as reached when it answers an echo request of exactly the
//! interface's MTU, and when one byte more does not go out. A handshake alone
//! shows no data path, and userspace implementations count its age differently.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::wireguard;
use crate::host::{Host, Ping, icmp};
use crate::plan::{Verify, VerifyPeer};

/// How long a peer has to answer. A lost first handshake is repeated after five
/// seconds (WireGuard's REKEY_TIMEOUT); this allows for two repetitions.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long one echo request is waited for.
const ECHO: Duration = Duration::from_secs(1);

/// How a verification came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It works.
    Pass,
    /// It does not.
    Fail,
    /// It could not be told.
    Unknown,
    /// There is nothing to verify.
    NotApplicable,
}

/// One thing that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// `verify.interface` or `verify.peer`.
    pub id: String,
    /// What was looked at: the interface, or the peer's name.
    pub subject: String,
    /// How it came out.
    pub status: Status,
    /// One sentence with the measured values.
    pub message: String,
}

/// Verifies an overlay. Peers are tried side by side.
pub fn verify(host: &dyn Host, wanted: &Verify) -> Vec<Verified> {
    let mut results = vec![interface(host, wanted)];
    if wanted.peers.is_empty() {
        results.push(Verified {
            id: "verify.peer".into(),
            subject: "peers".into(),
            status: Status::NotApplicable,
            message: "no peer is known yet: waiting for join files".into(),
        });
        return results;
    }
    std::thread::scope(|scope| {
        let tries: Vec<_> = wanted
            .peers
            .iter()
            .map(|one| scope.spawn(move || peer(host, wanted, one)))
            .collect();
        results.extend(tries.into_iter().filter_map(|thread| thread.join().ok()));
    });
    results
}

/// Whether all that was looked at works.
pub fn passed(results: &[Verified]) -> bool {
    let good = |status| matches!(status, Status::Pass | Status::NotApplicable);
    results.iter().all(|result| good(result.status))
}

fn interface(host: &dyn Host, wanted: &Verify) -> Verified {
    let name = &wanted.interface;
    let (status, message) = match host.links() {
        Err(error) => (Status::Unknown, format!("netlink: {error}")),
        Ok(links) => match links.iter().find(|link| link.name == *name) {
            None => (Status::Fail, format!("{name} is not there")),
            // IFF_UP
            Some(link) if link.flags & 1 == 0 => (Status::Fail, format!("{name} is down")),
            Some(link) if link.mtu != Some(wanted.mtu) => {
                let found = link.mtu.map_or("unknown".into(), |mtu| mtu.to_string());
                let text = format!("{name} has MTU {found}, wanted {}", wanted.mtu);
                (Status::Fail, text)
            }
            Some(link) => match host.addresses() {
                Err(error) => (Status::Unknown, format!("netlink: {error}")),
                Ok(all)
                    if all
                        .iter()
                        .any(|a| a.index == link.index && a.address == wanted.address) =>
                {
                    let text = format!("{name} is up with {}, MTU {}", wanted.address, wanted.mtu);
                    (Status::Pass, text)
                }
                Ok(_) => (
                    Status::Fail,
                    format!("{name} does not have {}", wanted.address),
                ),
            },
        },
    };
    Verified {
        id: "verify.interface".into(),
        subject: name.clone(),
        status,
        message,
    }
}

fn peer(host: &dyn Host, wanted: &Verify, peer: &VerifyPeer) -> Verified {
    let (status, message) = reach(host, wanted, peer);
    Verified {
        id: "verify.peer".into(),
        subject: peer.name.clone(),
        status,
        message,
    }
}

fn reach(host: &dyn Host, wanted: &Verify, peer: &VerifyPeer) -> (Status, String) {
    let (to, name) = (peer.address, &peer.name);
    let tries = PATIENCE.as_secs() / ECHO.as_secs();
    let mut answer = Ok(Ping::NoReply);
    for _ in 0..tries {
        answer = host.ping(to, icmp::SMALLEST + 56, ECHO);
        match answer {
            Ok(Ping::NoReply) => {}
            _ => break,
        }
    }
    let time = match answer {
        Ok(Ping::Reply(time)) => time,
        Ok(_) => {
            let state = wireguard::peers(host, &wanted.interface).unwrap_or_default();
            let heard = state
                .get(&peer.public_key)
                .is_some_and(|state| state.received > 0 || state.handshake > 0);
            let hint = if heard {
                "but the tunnel has carried something from it: look at its firewall and address"
            } else {
                "and nothing came through the tunnel: is it set up there, with this node's join \
                 file, and does UDP reach it?"
            };
            let seconds = PATIENCE.as_secs();
            return (
                Status::Fail,
                format!("{name} ({to}) did not answer within {seconds} s, {hint}"),
            );
        }
        Err(error) => return (Status::Unknown, format!("{name} ({to}): {error}")),
    };
    let Ok(mtu) = u16::try_from(wanted.mtu) else {
        return (
            Status::Unknown,
            format!("{name} ({to}): the MTU is over 65535"),
        );
    };
    let mut full = host.ping(to, mtu, ECHO);
    if matches!(full, Ok(Ping::NoReply)) {
        full = host.ping(to, mtu, ECHO);
    }
    let ms = time.as_secs_f64() * 1000.0;
    match (full, host.ping(to, mtu.saturating_add(1), ECHO)) {
        (Ok(Ping::Reply(_)), Ok(Ping::TooBig(_))) => {
            let text = format!("{name} ({to}) answers in {ms:.1} ms, MTU {mtu} end to end");
            (Status::Pass, text)
        }
        (Ok(Ping::Reply(_)), Ok(_)) => (
            Status::Fail,
            format!(
                "{name} ({to}) answers, but {} byte packets go out too: MTU {mtu} is not that of {}",
                mtu.saturating_add(1),
                wanted.interface
            ),
        ),
        (Ok(_), _) => (
            Status::Fail,
            format!(
                "{name} ({to}) answers small packets but none of {mtu} bytes: something on the way carries less; set overlay.wireguard.mtu lower"
            ),
        ),
        (Err(error), _) => (Status::Unknown, format!("{name} ({to}): {error}")),
    }
}
