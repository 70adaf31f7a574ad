//! The way to another host: what it carries, what it loses, and how long it takes.

use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use crate::facts::{Fact, Facts};
use crate::host::{Host, Ping};

/// Every IPv4 host takes packets of this size (RFC 791): below it, no search.
const SMALLEST_MTU: u32 = 576;

/// How long an echo request may take. It is repeated once before silence counts.
const ECHO: Duration = Duration::from_millis(700);

/// Measures the ways to several hosts side by side.
pub fn mtus(
    host: &dyn Host,
    facts: &Facts,
    endpoints: &[Ipv4Addr],
) -> BTreeMap<Ipv4Addr, Fact<u32>> {
    std::thread::scope(|scope| {
        let tries: Vec<_> = endpoints
            .iter()
            .map(|to| (*to, scope.spawn(move || mtu(host, facts, *to))))
            .collect();
        let measured = tries
            .into_iter()
            .filter_map(|(to, try_)| Some((to, try_.join().ok()?)));
        measured.collect()
    })
}

/// The largest packet that reaches `to` unfragmented, searched between 576 and
/// the MTU of the first hop.
pub fn mtu(host: &dyn Host, facts: &Facts, to: Ipv4Addr) -> Fact<u32> {
    let source = format!("echo requests to {to} that must not be fragmented");
    let Some(first_hop) = facts.network.mtu_to(to) else {
        return Fact::unreadable(
            "no route to it, or the MTU of the interface is unknown",
            source,
        );
    };
    // The loopback's 65536 does not fit the length field of an IPv4 packet.
    let first_hop = first_hop.min(u32::from(u16::MAX));
    match largest(host, to, first_hop) {
        Ok(Some(mtu)) => Fact::known(mtu, source),
        Ok(None) => Fact::unreadable("it does not answer echo requests", source),
        Err(error) => Fact::unreadable(error.to_string(), source),
    }
}

/// The largest packet that reaches `to` and is at most `limit` bytes; none where
/// not even the smallest does.
///
/// # Errors
/// When the system does not let packets out.
pub fn largest(host: &dyn Host, to: Ipv4Addr, limit: u32) -> io::Result<Option<u32>> {
    let mut passes = |size: u32| -> io::Result<bool> {
        let size = u16::try_from(size).unwrap_or(u16::MAX);
        for _ in 0..2 {
            match host.ping(to, size, ECHO)? {
                Ping::Reply(_) => return Ok(true),
                Ping::TooBig(_) => return Ok(false),
                Ping::NoReply => {}
            }
        }
        Ok(false)
    };
    search(limit, &mut passes)
}

/// The largest size of at most `limit` bytes that passes; none where not even the
/// smallest does.
///
/// # Errors
/// Those of `passes`.
pub fn search(
    limit: u32,
    passes: &mut dyn FnMut(u32) -> io::Result<bool>,
) -> io::Result<Option<u32>> {
    if passes(limit)? {
        return Ok(Some(limit));
    }
    if !passes(SMALLEST_MTU)? {
        return Ok(None);
    }
    let (mut good, mut bad) = (SMALLEST_MTU, limit);
    while bad - good > 1 {
        let middle = good.midpoint(bad);
        if passes(middle)? {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Ok(Some(good))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::apply::machine::{Machine, Way, route};
    use crate::facts;
    use crate::host::Scripted;

    const PEER: Ipv4Addr = Ipv4Addr::new(10, 92, 0, 2);

    fn machine(files: Scripted) -> Machine {
        let machine = Machine::new(files);
        let subnet = Ipv4Addr::new(10, 92, 0, 0).into();
        machine.net().routes.push(route(subnet, 24, Some(2)));
        machine
    }

    fn measured(carries: u16, first_hop: u16, lost: u32) -> Fact<u32> {
        let machine = machine(Scripted::new());
        machine.net().links[0].mtu = Some(u32::from(first_hop));
        machine.way(
            PEER,
            Way {
                carries,
                first_hop,
                lost,
                errno: None,
            },
        );
        mtu(&machine, &facts::collect(&machine), PEER)
    }

    #[test]
    fn the_largest_packet_that_arrives_is_found() {
        for carries in [1500, 1499, 1472, 1400, 1280, 577, 576] {
            let found = measured(carries, 1500, 0);
            assert_eq!(found.value(), Some(&u32::from(carries)), "{found:?}");
        }
        assert_eq!(measured(9000, 9000, 0).value(), Some(&9000));
        // A first hop that is narrower than the least is taken as it is.
        assert_eq!(measured(1500, 500, 0).value(), Some(&500));
    }

    #[test]
    fn one_lost_packet_does_not_make_a_way_narrow() {
        assert_eq!(measured(1500, 1500, 1).value(), Some(&1500));
    }

    #[test]
    fn a_peer_that_is_silent_or_out_of_reach_is_unknown() {
        let silent = measured(0, 1500, 0);
        assert_eq!(silent.value(), None);
        assert!(
            format!("{silent:?}").contains("does not answer echo requests"),
            "{silent:?}"
        );

        let machine = machine(Scripted::new());
        let facts = facts::collect(&machine);
        let nowhere = mtu(&machine, &facts, Ipv4Addr::new(192, 0, 2, 1));
        assert!(
            format!("{nowhere:?}").contains("no route to it"),
            "{nowhere:?}"
        );

        let errno = Some(libc::EPERM);
        machine.way(
            PEER,
            Way {
                errno,
                ..Way::default()
            },
        );
        let forbidden = mtu(&machine, &facts, PEER);
        assert!(
            matches!(forbidden, Fact::Unreadable { .. }),
            "{forbidden:?}"
        );
    }

    #[test]
    fn all_ways_are_measured() {
        let machine = machine(Scripted::new());
        let others: Vec<_> = (2..7).map(|last| Ipv4Addr::new(10, 92, 0, last)).collect();
        for (to, carries) in others.iter().zip([1500, 1450, 1400, 0, 1280]) {
            let way = Way {
                carries,
                first_hop: 1500,
                ..Way::default()
            };
            machine.way(*to, way);
        }
        let facts = facts::collect(&machine);
        let found = mtus(&machine, &facts, &others);
        let values: Vec<_> = found.values().map(|fact| fact.value().copied()).collect();
        assert_eq!(
            values,
            [Some(1500), Some(1450), Some(1400), None, Some(1280)]
        );
    }
}
