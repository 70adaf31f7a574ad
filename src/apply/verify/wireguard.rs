//! Whether WireGuard's data path works. A handshake alone shows no data path, and
//! userspace implementations count its age differently.

use std::time::Duration;

use super::measure::Measure;
use super::{ECHO, Status, Verified, full_size, nobody_yet};
use crate::apply::wireguard;
use crate::host::{Host, Ping, icmp};
use crate::plan::{VerifyPeer, VerifyWireguard};

/// How long a peer has to answer. A lost first handshake is repeated after five
/// seconds (WireGuard's REKEY_TIMEOUT); this allows for two repetitions.
const PATIENCE: Duration = Duration::from_secs(15);

/// Verifies it. Peers are tried side by side.
pub(super) fn verify(
    host: &dyn Host,
    wanted: &VerifyWireguard,
    measure: &Measure,
) -> Vec<Verified> {
    let mut results = vec![interface(host, wanted)];
    if wanted.peers.is_empty() {
        results.push(nobody_yet());
        return results;
    }
    std::thread::scope(|scope| {
        let tries: Vec<_> = wanted
            .peers
            .iter()
            .filter(|peer| measure.wants(&peer.name))
            .map(|one| scope.spawn(move || peer(host, wanted, one, measure)))
            .collect();
        results.extend(tries.into_iter().filter_map(|thread| thread.join().ok()));
    });
    results
}

fn interface(host: &dyn Host, wanted: &VerifyWireguard) -> Verified {
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
    Verified::new("verify.interface", name, status, message)
}

fn peer(
    host: &dyn Host,
    wanted: &VerifyWireguard,
    peer: &VerifyPeer,
    measure: &Measure,
) -> Verified {
    let (status, message) = reach(host, wanted, peer);
    let way = measure.way(host, peer.address, wanted.mtu, status == Status::Pass);
    Verified::new("verify.peer", &peer.name, status, message).over(way)
}

fn reach(host: &dyn Host, wanted: &VerifyWireguard, peer: &VerifyPeer) -> (Status, String) {
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
    full_size(
        host,
        &format!("{name} ({to})"),
        to,
        (wanted.mtu, &wanted.interface),
        time,
        "set overlay.wireguard.mtu lower",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::net::Ipv4Addr;

    use super::super::passed;
    use super::*;
    use crate::apply::machine::{Machine, Tunnel, Way};
    use crate::host::Scripted;
    use crate::host::netlink::{Address, Link};

    const BETA: Ipv4Addr = Ipv4Addr::new(10, 90, 0, 2);
    const KEY: &str = "W9d8S8ftD5KWxWmlAMgLC9ewwtxCEk829yDwBGspCwM=";
    /// A way that carries exactly the interface's MTU.
    const GOOD: Way = Way {
        carries: 1320,
        first_hop: 1320,
        lost: 0,
        errno: None,
    };

    fn wanted() -> VerifyWireguard {
        VerifyWireguard {
            interface: "wg0".into(),
            address: Ipv4Addr::new(10, 90, 0, 1),
            mtu: 1320,
            peers: vec![VerifyPeer {
                name: "beta".into(),
                address: BETA,
                public_key: KEY.into(),
            }],
        }
    }

    fn machine() -> Machine {
        let machine = Machine::new(Scripted::new());
        {
            let mut net = machine.net();
            net.links.push(Link {
                index: 5,
                name: "wg0".into(),
                flags: 1,
                mtu: Some(1320),
                ..Link::default()
            });
            net.addresses.push(Address {
                index: 5,
                address: Ipv4Addr::new(10, 90, 0, 1).into(),
                prefix: 24,
                scope: 0,
                secondary: false,
                dynamic: false,
                tentative: false,
            });
            net.tunnels.insert("wg0".into(), Tunnel::default());
        }
        machine
    }

    /// What is said of the peer, whom `way` leads to.
    fn told(way: Way) -> (Status, String) {
        let machine = machine();
        machine.way(BETA, way);
        let results = verify(&machine, &wanted(), &Measure::default());
        assert_eq!(results.len(), 2);
        assert_eq!(results[0].status, Status::Pass, "{results:?}");
        assert_eq!(
            (results[1].id.as_str(), results[1].subject.as_str()),
            ("verify.peer", "beta")
        );
        assert_eq!(passed(&results), results[1].status == Status::Pass);
        (results[1].status, results[1].message.clone())
    }

    #[test]
    fn a_peer_is_reached_at_the_exact_mtu() {
        let (status, message) = told(GOOD);
        assert_eq!(status, Status::Pass, "{message}");
        assert_eq!(
            message,
            "beta (10.90.0.2) answers in 2.0 ms, MTU 1320 end to end"
        );
    }

    #[test]
    fn the_way_to_a_peer_is_measured_where_that_is_asked_for() {
        let measured = |way: Way, peers: Option<&str>| {
            let machine = machine();
            machine.way(BETA, way);
            let measure = Measure {
                peers: peers.map(|name| [name.to_owned()].into()),
                echoes: 5,
            };
            verify(&machine, &wanted(), &measure)
        };
        let good = measured(GOOD, None);
        assert!(
            good[1]
                .message
                .ends_with("; 0 of 5 lost, round trip 2.0/2.0/2.0 ms, path MTU 1320"),
            "{good:?}"
        );
        let way = good[1].path.clone().unwrap();
        assert_eq!((way.to, way.sent, way.lost), (BETA, 5, 0));

        // What it carries is found, and it fails all the same.
        let narrow = measured(
            Way {
                carries: 1300,
                ..GOOD
            },
            None,
        );
        let way = narrow[1].path.clone().unwrap();
        assert_eq!((narrow[1].status, way.mtu), (Status::Fail, Some(1300)));

        // Nobody waits long for who is silent.
        let silent = measured(Way::default(), None);
        let way = silent[1].path.clone().unwrap();
        assert_eq!((way.sent, way.lost, way.mtu), (3, 3, None));

        assert_eq!(measured(GOOD, Some("beta")).len(), 2);
        assert_eq!(measured(GOOD, Some("gamma")).len(), 1);
    }

    #[test]
    fn a_first_handshake_may_be_lost_and_repeated() {
        // Five seconds and ten: WireGuard tries again after each.
        for lost in [1, 5, 11, 14] {
            assert_eq!(told(Way { lost, ..GOOD }).0, Status::Pass, "{lost}");
        }
        let (status, message) = told(Way { lost: 15, ..GOOD });
        assert_eq!(status, Status::Fail);
        assert!(message.contains("did not answer within 15 s"), "{message}");
    }

    #[test]
    fn silence_is_told_apart_by_what_came_through_the_tunnel() {
        let (status, message) = told(Way::default());
        assert_eq!(status, Status::Fail);
        assert!(
            message.contains("nothing came through the tunnel"),
            "{message}"
        );

        // Something came: the tunnel works, and something behind it does not.
        let show = |field: &'static str| ["wg", "show", "wg0", field];
        let heard = Scripted::new()
            .command(&show("allowed-ips"), &format!("{KEY}\t10.90.0.2/32\n"))
            .command(&show("endpoints"), "")
            .command(&show("persistent-keepalive"), "")
            .command(&show("latest-handshakes"), &format!("{KEY}\t1\n"))
            .command(&show("transfer"), &format!("{KEY}\t92\t180\n"));
        let (status, message) = reach(&heard, &wanted(), &wanted().peers[0]);
        assert_eq!(status, Status::Fail);
        assert!(
            message.contains("the tunnel has carried something"),
            "{message}"
        );
    }

    #[test]
    fn a_narrower_way_and_a_wider_interface_are_failures() {
        let (status, message) = told(Way {
            carries: 1300,
            ..GOOD
        });
        assert_eq!(status, Status::Fail);
        assert!(message.contains("none of 1320 bytes"), "{message}");
        assert!(message.contains("overlay.wireguard.mtu lower"), "{message}");
        let wide = Way {
            carries: 1500,
            first_hop: 1500,
            ..GOOD
        };
        let (status, message) = told(wide);
        assert_eq!(status, Status::Fail);
        assert!(
            message.contains("1321 byte packets go out too"),
            "{message}"
        );
    }

    #[test]
    fn what_cannot_be_tried_is_unknown() {
        let (status, message) = told(Way {
            errno: Some(libc::EPERM),
            ..GOOD
        });
        assert_eq!(status, Status::Unknown, "{message}");
    }

    #[test]
    fn the_interface_has_to_be_as_planned() {
        type Change = fn(&mut crate::apply::machine::Net);
        let cases: [(Change, &str); 4] = [
            (
                |net| net.links.retain(|l| l.name != "wg0"),
                "wg0 is not there",
            ),
            (|net| net.links[1].flags = 0, "wg0 is down"),
            (
                |net| net.links[1].mtu = Some(1420),
                "wg0 has MTU 1420, wanted 1320",
            ),
            (|net| net.addresses.clear(), "wg0 does not have 10.90.0.1"),
        ];
        for (change, expected) in cases {
            let machine = machine();
            machine.way(BETA, GOOD);
            change(&mut machine.net());
            let results = verify(&machine, &wanted(), &Measure::default());
            assert_eq!(
                (results[0].status, results[0].message.as_str()),
                (Status::Fail, expected)
            );
            assert!(!passed(&results));
        }
    }

    #[test]
    fn with_no_peer_there_is_nothing_to_verify() {
        let alone = VerifyWireguard {
            peers: Vec::new(),
            ..wanted()
        };
        let results = verify(&machine(), &alone, &Measure::default());
        assert_eq!(results[1].status, Status::NotApplicable);
        assert!(results[1].message.contains("waiting for join files"));
        assert!(passed(&results));
    }
}
