//! What two hosts found of each other: the words that they exchange, and what
//! follows from them. No sockets here.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::checks::Target;
use super::finding::Status;
use super::ports::{From, of};
use crate::facts::{Fact, Facts};
use crate::host::digest::sha256;
pub use crate::host::probe::{Port, Reached, Served};

/// Version of the words.
pub const SCHEMA: &str = "probe/1";

/// The ports that the nodes of these targets need of each other.
pub fn ports_of(targets: &[Target], wireguard: u16) -> Vec<Port> {
    let needs = targets.iter().flat_map(|target| of(*target, wireguard));
    let between = needs.filter(|need| need.from == From::Nodes);
    let ports: BTreeSet<Port> = between
        .map(|need| Port {
            protocol: need.protocol.to_owned(),
            port: need.port,
        })
        .collect();
    ports.into_iter().collect()
}

/// Who a host is, as far as two hosts must not be the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Version of groundcrew.
    pub version: String,
    /// Name.
    pub hostname: Option<String>,
    /// SHA-256 of the machine id: equal or not is all that is asked.
    pub machine_id: Option<String>,
    /// SHA-256 of the firmware's product UUID.
    pub product_uuid: Option<String>,
    /// Hardware addresses of its own cards.
    pub macs: Vec<String>,
    /// Its addresses, but those that every host has.
    pub addresses: Vec<IpAddr>,
}

impl Identity {
    /// That of the host with these facts.
    pub fn of(facts: &Facts) -> Self {
        let hashed = |fact: &Fact<String>| {
            let value = fact.value()?.trim().to_ascii_lowercase();
            Some(sha256(value.as_bytes()))
        };
        let all = facts.network.interfaces.value();
        let all = all.map(Vec::as_slice).unwrap_or_default();
        // Bridges of containers have the same addresses everywhere.
        let own = |name: &str| {
            ![
                "docker", "br-", "veth", "cni", "flannel", "virbr", "lxc", "lo",
            ]
            .iter()
            .any(|common| name.starts_with(common))
        };
        let cards = all.iter().filter(|interface| own(&interface.name));
        let addresses = cards.clone().flat_map(|interface| &interface.addresses);
        let addresses = addresses
            .map(ipnet::IpNet::addr)
            .filter(|address| match address {
                IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local(),
                IpAddr::V6(v6) => !v6.is_loopback() && (v6.segments()[0] & 0xffc0) != 0xfe80,
            });
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            hostname: facts.os.hostname.value().cloned(),
            machine_id: hashed(&facts.identity.machine_id),
            product_uuid: hashed(&facts.identity.product_uuid),
            addresses: addresses.collect(),
            macs: cards.filter_map(|card| card.mac.value().cloned()).collect(),
        }
    }
}

/// First word of whoever dials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`SCHEMA`].
    pub schema: String,
    /// What the listening side printed.
    pub token: String,
    /// Ports to try.
    pub ports: Vec<Port>,
    /// Who dials.
    pub identity: Identity,
}

/// The answer to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Nothing is tried, and why.
    No(String),
    /// The ports are listened on.
    Ready {
        /// What answers of this probe begin with.
        nonce: String,
        /// Who listens.
        identity: Identity,
        /// The ports, in their order.
        served: Vec<Served>,
    },
}

/// Words of whoever dials, once the ports are ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// What time is it?
    Time,
    /// Try my ports: they are listened on, in the order of the [`Hello`].
    Back(Vec<Served>),
    /// This is how it came out; the end.
    Done(Vec<Line>),
}

/// The answer to the second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// Microseconds since 1970.
    Time(u64),
    /// What was reached, and the largest packet that got through unfragmented.
    Back {
        /// The ports.
        reached: Vec<Reached>,
        /// Bytes; or why it is not known.
        mtu: Result<u32, String>,
    },
}

/// A measured difference of clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// The other's clock is ahead by so many microseconds.
    pub ahead: i64,
    /// The shortest round trip, in microseconds: the difference is known to half
    /// of it.
    pub round_trip: u64,
}

/// Everything that two hosts found of each other, from the side that dialled.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Address of the other side.
    pub peer: IpAddr,
    /// The ports.
    pub ports: Vec<Port>,
    /// The other side's ports, and how they were reached from here.
    pub there: Vec<(Served, Reached)>,
    /// The ports here, and how they were reached from there.
    pub back: Vec<(Served, Reached)>,
    /// Largest packet to the other side, in bytes.
    pub mtu_there: Result<u32, String>,
    /// The same the other way.
    pub mtu_back: Result<u32, String>,
    /// MTU of the interface towards the other side, where it is known.
    pub own_mtu: Option<u32>,
    /// Clocks.
    pub clock: Option<Clock>,
    /// Who is here.
    pub here: Identity,
    /// Who is there.
    pub other: Identity,
}

/// A line of the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Stable id: `probe.` and what it is about.
    pub id: String,
    /// How it came out.
    pub status: Status,
    /// What was found.
    pub text: String,
    /// What to look at next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

fn line(id: impl Into<String>, status: Status, text: impl Into<String>) -> Line {
    Line {
        id: id.into(),
        status,
        text: text.into(),
        hint: None,
    }
}

/// A clock that is so far off breaks certificates and tokens (preflight
/// catalogue, sys.time.sane: five minutes, as Gravity's checkTime has it).
const CLOCK_FAILS: u64 = 300_000_000;
/// etcd warns of differences between members from a second on
/// (server/etcdserver/api/rafthttp/probing_status.go).
const CLOCK_WARNS: u64 = 1_000_000;

/// What follows from what was measured.
pub fn judge(measured: &Measured) -> Vec<Line> {
    let here = measured.here.hostname.as_deref().unwrap_or("this host");
    let there = match &measured.other.hostname {
        Some(name) if measured.here.hostname.as_deref() != Some(name) => name.clone(),
        _ => measured.peer.to_string(),
    };
    let mut lines = Vec::new();
    for (index, port) in measured.ports.iter().enumerate() {
        if let Some((served, reached)) = measured.there.get(index) {
            lines.push(port_line(port, "to", here, &there, served, reached));
        }
        if let Some((served, reached)) = measured.back.get(index) {
            lines.push(port_line(port, "from", &there, here, served, reached));
        }
    }
    lines.extend(mtu_lines(measured, here, &there));
    lines.push(clock_line(measured.clock, &there));
    lines.extend(identity_lines(&measured.here, &measured.other));
    lines
}

fn port_line(
    port: &Port,
    way: &str,
    from: &str,
    to: &str,
    served: &Served,
    reached: &Reached,
) -> Line {
    let name = port.name();
    let id = format!("probe.{}.{}.{way}", port.protocol, port.port);
    let path = format!("{from} -> {to}, {name}");
    let firewall = |verb: &str| {
        format!(
            "{to} {verb}: look at its firewall (iptables -L INPUT -n -v --line-numbers, nft list \
             ruleset), then at what lies between"
        )
    };
    let (status, text, hint) = match (served, reached) {
        (_, Reached::Answered) => (Status::Pass, format!("{path}: open"), None),
        (Served::InUse, Reached::Connected) => (
            Status::Pass,
            format!("{path}: open, another program answers there"),
            None,
        ),
        (_, Reached::Failed(why)) => (
            Status::Unknown,
            format!("{path}: could not be tried: {why}"),
            None,
        ),
        (Served::Failed(why), _) => (
            Status::Unknown,
            format!("{path}: {to} could not listen on it: {why}"),
            None,
        ),
        (Served::InUse, _) if port.udp() => (
            Status::Unknown,
            format!("{path}: in use by another program there, whose answers are not known"),
            Some(format!("on {to}: ss -lunp 'sport = :{}'", port.port)),
        ),
        (Served::InUse, Reached::Refused) => (
            Status::Unknown,
            format!("{path}: in use by another program there, which may listen on another address"),
            Some(format!("on {to}: ss -ltnp 'sport = :{}'", port.port)),
        ),
        (Served::Open, Reached::Connected) => (
            Status::Fail,
            format!("{path}: something else took the connection"),
            Some(format!("a proxy or a DNAT rule between {from} and {to}")),
        ),
        (Served::Open, Reached::Refused) => (
            Status::Fail,
            format!("{path}: refused, though {to} listens on it"),
            Some(firewall("rejects it")),
        ),
        (Served::Open | Served::InUse, Reached::Silent) => (
            Status::Fail,
            format!("{path}: no answer"),
            Some(firewall("or something on the way drops it")),
        ),
    };
    Line {
        id,
        status,
        text,
        hint,
    }
}

fn mtu_lines(measured: &Measured, here: &str, there: &str) -> Vec<Line> {
    let one = |way: &str, path: String, mtu: &Result<u32, String>| {
        let id = format!("probe.mtu.{way}");
        match (mtu, measured.own_mtu) {
            (Err(why), _) => line(
                id,
                Status::Unknown,
                format!("{path}: the path MTU is not known: {why}"),
            ),
            (Ok(mtu), Some(own)) if *mtu < own => Line {
                hint: Some(format!(
                    "give the overlay an MTU that fits into {mtu}, and containers one that fits \
                     into that"
                )),
                ..line(
                    id,
                    Status::Warn,
                    format!(
                        "{path}: packets of up to {mtu} bytes get through, the interface takes {own}"
                    ),
                )
            },
            (Ok(mtu), _) => line(
                id,
                Status::Pass,
                format!("{path}: packets of up to {mtu} bytes get through"),
            ),
        }
    };
    let mut lines = vec![
        one("to", format!("{here} -> {there}"), &measured.mtu_there),
        one("from", format!("{there} -> {here}"), &measured.mtu_back),
    ];
    if let (Ok(to), Ok(from)) = (&measured.mtu_there, &measured.mtu_back)
        && to != from
    {
        let text = format!("the path MTU differs by direction: {to} and {from} bytes");
        lines.push(line("probe.mtu.same", Status::Warn, text));
    }
    lines
}

fn clock_line(clock: Option<Clock>, there: &str) -> Line {
    let id = "probe.clock";
    let Some(clock) = clock else {
        return line(
            id,
            Status::Unknown,
            "the difference of the clocks is not known",
        );
    };
    let off = clock.ahead.unsigned_abs();
    // Half of the round trip may all lie on one way.
    let doubt = clock.round_trip / 2;
    let seconds = |us: u64| format!("{}.{:03} s", us / 1_000_000, us / 1000 % 1000);
    let which = if clock.ahead < 0 { "behind" } else { "ahead" };
    let text = format!(
        "the clock of {there} is {} {which} (+- {})",
        seconds(off),
        seconds(doubt)
    );
    let status = match off.saturating_sub(doubt) {
        CLOCK_FAILS.. => Status::Fail,
        CLOCK_WARNS.. => Status::Warn,
        _ => Status::Pass,
    };
    Line {
        hint: (status > Status::Pass)
            .then(|| "let chronyd or ntpd keep the time on both, from the same source".to_owned()),
        ..line(id, status, text)
    }
}

fn identity_lines(here: &Identity, there: &Identity) -> Vec<Line> {
    let one =
        |id: &str, what: &str, bad: Status, a: &Option<String>, b: &Option<String>, hint: &str| {
            let id = format!("probe.identity.{id}");
            match (a, b) {
                (Some(a), Some(b)) if a.eq_ignore_ascii_case(b) => Line {
                    hint: Some(hint.to_owned()),
                    ..line(id, bad, format!("both have the same {what}"))
                },
                (Some(_), Some(_)) => {
                    line(id, Status::Pass, format!("each has a {what} of its own"))
                }
                _ => line(id, Status::Unknown, format!("a {what} is not known")),
            }
        };
    let mut lines = vec![
        one(
            "hostname",
            "host name",
            Status::Fail,
            &here.hostname,
            &there.hostname,
            "name one of them anew: Swarm and Kubernetes tell nodes apart by it",
        ),
        one(
            "machine-id",
            "machine id",
            Status::Fail,
            &here.machine_id,
            &there.machine_id,
            "one is a clone: rm /etc/machine-id /var/lib/dbus/machine-id, then \
             systemd-machine-id-setup, then a reboot",
        ),
        one(
            "product-uuid",
            "product UUID",
            Status::Warn,
            &here.product_uuid,
            &there.product_uuid,
            "kubeadm wants it to be unique: the hypervisor gives it",
        ),
    ];
    let shared: Vec<_> = here
        .macs
        .iter()
        .filter(|mac| there.macs.contains(mac))
        .collect();
    lines.push(match shared.first() {
        Some(mac) => Line {
            hint: Some("one is a clone: let the hypervisor give it a new address".to_owned()),
            ..line(
                "probe.identity.mac",
                Status::Fail,
                format!("both have the hardware address {mac}"),
            )
        },
        None => line(
            "probe.identity.mac",
            Status::Pass,
            "no hardware address stands on both",
        ),
    });
    let same: Vec<_> = here
        .addresses
        .iter()
        .filter(|address| there.addresses.contains(address))
        .collect();
    lines.push(match same.first() {
        Some(address) => Line {
            hint: Some("behind NAT of its own each host may have it; else change one".to_owned()),
            ..line(
                "probe.identity.address",
                Status::Warn,
                format!("both have the address {address}"),
            )
        },
        None => line(
            "probe.identity.address",
            Status::Pass,
            "no address stands on both",
        ),
    });
    lines
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn identity(name: &str) -> Identity {
        Identity {
            version: "1".into(),
            hostname: Some(name.into()),
            machine_id: Some(format!("id of {name}")),
            product_uuid: Some(format!("uuid of {name}")),
            macs: vec![format!("02:00:00:00:00:0{}", name.len())],
            addresses: vec![format!("10.0.0.{}", name.len()).parse().unwrap()],
        }
    }

    fn measured() -> Measured {
        Measured {
            peer: "10.0.0.4".parse().unwrap(),
            ports: vec![
                Port::parse("tcp/2377").unwrap(),
                Port::parse("udp/4789").unwrap(),
            ],
            there: vec![(Served::Open, Reached::Answered); 2],
            back: vec![(Served::Open, Reached::Answered); 2],
            mtu_there: Ok(1500),
            mtu_back: Ok(1500),
            own_mtu: Some(1500),
            clock: Some(Clock {
                ahead: -20_000,
                round_trip: 900,
            }),
            here: identity("abc"),
            other: identity("abcd"),
        }
    }

    fn status(measured: &Measured, id: &str) -> Status {
        let lines = judge(measured);
        let found = lines.iter().find(|line| line.id == id);
        found.unwrap_or_else(|| panic!("{id} {lines:#?}")).status
    }

    #[test]
    fn two_good_hosts_pass_in_everything() {
        let lines = judge(&measured());
        assert!(
            lines.iter().all(|line| line.status == Status::Pass),
            "{lines:#?}"
        );
        assert_eq!(lines.len(), 4 + 2 + 1 + 5);
    }

    #[test]
    fn every_port_outcome_has_its_verdict() {
        use Status::{Fail, Pass, Unknown};
        let failed = || Reached::Failed("x".into());
        for (served, reached, tcp, udp) in [
            (Served::Open, Reached::Answered, Pass, Pass),
            (Served::Open, Reached::Refused, Fail, Fail),
            (Served::Open, Reached::Silent, Fail, Fail),
            (Served::Open, Reached::Connected, Fail, Fail),
            (Served::Open, failed(), Unknown, Unknown),
            (Served::InUse, Reached::Connected, Pass, Pass),
            (Served::InUse, Reached::Refused, Unknown, Unknown),
            (Served::InUse, Reached::Silent, Fail, Unknown),
            (
                Served::Failed("EACCES".into()),
                Reached::Silent,
                Unknown,
                Unknown,
            ),
            (
                Served::Failed("EACCES".into()),
                Reached::Refused,
                Unknown,
                Unknown,
            ),
        ] {
            let mut one = measured();
            one.there = vec![(served.clone(), reached.clone()); 2];
            assert_eq!(
                status(&one, "probe.tcp.2377.to"),
                tcp,
                "{served:?} {reached:?}"
            );
            assert_eq!(
                status(&one, "probe.udp.4789.to"),
                udp,
                "{served:?} {reached:?}"
            );
            assert_eq!(status(&one, "probe.udp.4789.from"), Pass);
        }
    }

    #[test]
    fn clocks_mtus_and_identities() {
        let mut one = measured();
        for (ahead, round_trip, wanted) in [
            (900_000, 0, Status::Pass),
            (1_100_000, 0, Status::Warn),
            (-1_100_000, 0, Status::Warn),
            // It may be the way that took so long.
            (1_100_000, 400_000, Status::Pass),
            (301_000_000, 0, Status::Fail),
            (i64::MIN, 0, Status::Fail),
        ] {
            one.clock = Some(Clock { ahead, round_trip });
            assert_eq!(status(&one, "probe.clock"), wanted, "{ahead}");
        }
        one.clock = None;
        assert_eq!(status(&one, "probe.clock"), Status::Unknown);
        one.mtu_there = Ok(1400);
        assert_eq!(status(&one, "probe.mtu.to"), Status::Warn);
        assert_eq!(status(&one, "probe.mtu.same"), Status::Warn);
        one.mtu_there = Err("no right".into());
        assert_eq!(status(&one, "probe.mtu.to"), Status::Unknown);
        one.other = one.here.clone();
        for (id, wanted) in [
            ("hostname", Status::Fail),
            ("machine-id", Status::Fail),
            ("product-uuid", Status::Warn),
            ("mac", Status::Fail),
            ("address", Status::Warn),
        ] {
            assert_eq!(status(&one, &format!("probe.identity.{id}")), wanted);
        }
        one.other.machine_id = None;
        assert_eq!(status(&one, "probe.identity.machine-id"), Status::Unknown);
    }

    #[test]
    fn ports_are_read_and_those_of_targets_are_between_nodes() {
        for bad in ["2377", "tcp/0", "tcp/70000", "sctp/1", "tcp/", ""] {
            assert!(Port::parse(bad).unwrap_err().contains("tcp/2377"), "{bad}");
        }
        let names: Vec<_> = ports_of(&[Target::Swarm, Target::Wireguard], 51999)
            .iter()
            .map(Port::name)
            .collect();
        for wanted in ["tcp/2377", "tcp/7946", "udp/7946", "udp/4789", "udp/51999"] {
            assert!(names.contains(&wanted.to_owned()), "{wanted} {names:?}");
        }
    }
}
