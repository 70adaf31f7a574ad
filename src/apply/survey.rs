//! Looking up what a plan needs beyond the facts.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use crate::facts::{Fact, Facts};
use crate::host::{Host, Ping};
use crate::plan::survey::{MARK, Owner, Survey};

/// Programs that some step may call.
const PROGRAMS: [&str; 8] = [
    "ip",
    "wg",
    "wg-quick",
    "wireguard-go",
    "modprobe",
    "iptables",
    "firewall-cmd",
    "ufw",
];

/// Every IPv4 host takes packets of this size (RFC 791): below it, no search.
const SMALLEST_MTU: u32 = 576;

/// How long an echo request may take. It is repeated once before silence counts.
const ECHO: Duration = Duration::from_millis(700);

/// Looks up what a WireGuard plan needs. `endpoints` are the peers' addresses in
/// the network below, whose path MTUs are measured side by side.
pub fn survey(host: &dyn Host, facts: &Facts, interface: &str, endpoints: &[Ipv4Addr]) -> Survey {
    let programs = PROGRAMS
        .iter()
        .filter_map(|name| Some(((*name).to_string(), host.program(name)?)));
    Survey {
        programs: programs.collect(),
        owner: owner(host, facts, interface),
        path_mtu: path_mtus(host, facts, endpoints),
        rc_d: host.meta("/etc/rc.d/init.d").is_ok(),
    }
}

/// Who made an interface: the first line of its configuration says so.
fn owner(host: &dyn Host, facts: &Facts, interface: &str) -> Owner {
    let path = format!("/etc/wireguard/{interface}.conf");
    let there = facts.network.interface(interface).is_some();
    match host.read(&path) {
        Ok(text) if text.starts_with(MARK.as_bytes()) => Owner::Us,
        Ok(_) => Owner::Others(format!("{path} was not made by groundcrew")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if there {
                Owner::Others(format!("the interface is there, and {path} is not"))
            } else {
                Owner::Nobody
            }
        }
        Err(error) if there => Owner::Others(format!("{path} cannot be read: {error}")),
        // Without the right to read it nothing will be applied either.
        Err(_) => Owner::Nobody,
    }
}

fn path_mtus(
    host: &dyn Host,
    facts: &Facts,
    endpoints: &[Ipv4Addr],
) -> BTreeMap<Ipv4Addr, Fact<u32>> {
    std::thread::scope(|scope| {
        let tries: Vec<_> = endpoints
            .iter()
            .map(|to| (*to, scope.spawn(move || path_mtu(host, facts, *to))))
            .collect();
        let measured = tries
            .into_iter()
            .filter_map(|(to, try_)| Some((to, try_.join().ok()?)));
        measured.collect()
    })
}

/// The largest packet that reaches `to` unfragmented, searched between 576 and
/// the MTU of the first hop.
fn path_mtu(host: &dyn Host, facts: &Facts, to: Ipv4Addr) -> Fact<u32> {
    let source = format!("echo requests to {to} that must not be fragmented");
    let Some(first_hop) = facts.network.mtu_to(to) else {
        return Fact::unreadable(
            "no route to it, or the MTU of the interface is unknown",
            source,
        );
    };
    // The loopback's 65536 does not fit the length field of an IPv4 packet.
    let first_hop = first_hop.min(u32::from(u16::MAX));
    let passes = |size: u32| -> Result<bool, std::io::Error> {
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
    let search = || -> Result<Option<u32>, std::io::Error> {
        if passes(first_hop)? {
            return Ok(Some(first_hop));
        }
        if !passes(SMALLEST_MTU)? {
            return Ok(None);
        }
        let (mut good, mut bad) = (SMALLEST_MTU, first_hop);
        while bad - good > 1 {
            let middle = good.midpoint(bad);
            if passes(middle)? {
                good = middle;
            } else {
                bad = middle;
            }
        }
        Ok(Some(good))
    };
    match search() {
        Ok(Some(mtu)) => Fact::known(mtu, source),
        Ok(None) => Fact::unreadable("it does not answer echo requests", source),
        Err(error) => Fact::unreadable(error.to_string(), source),
    }
}
