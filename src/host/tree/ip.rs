//! What `ip addr` and `ip route` print, read back.
//!
//! Every variant is taken: the iproute of EL6 and of today, with and without
//! `-o` (one line each, `\` where lines are joined) and `-d`. Words that are not
//! known are passed over.

use std::net::IpAddr;

use crate::host::netlink::{Address, Link, Route};

/// Links and addresses of `ip addr`. A name that has addresses and no line of
/// its own (`ip -o -4 addr`) gives no link.
pub fn addresses(text: &str) -> (Vec<Link>, Vec<Address>) {
    let (mut links, mut addresses): (Vec<Link>, Vec<Address>) = (Vec::new(), Vec::new());
    let mut parents: Vec<(u32, String)> = Vec::new();
    let mut masters: Vec<(u32, String)> = Vec::new();
    let mut index = None;
    for line in text.lines() {
        let mut rest = line;
        if let Some((number, after)) = numbered(line) {
            index = Some(number);
            rest = after;
        }
        let Some(index) = index else { continue };
        // With -o, what would be lines of their own are joined by backslashes.
        for part in rest.split('\\') {
            let words: Vec<&str> = part.split_whitespace().collect();
            // The name and its flags; other lines have such brackets further on.
            if words.get(1).is_some_and(|word| word.starts_with('<')) {
                let name = words.first().map_or("", |word| word.trim_end_matches(':'));
                let (name, parent) = name.split_once('@').unwrap_or((name, ""));
                if !links.iter().any(|link| link.index == index) && !name.is_empty() {
                    links.push(link(index, name, words.get(1..).unwrap_or_default()));
                    if let Some(other) = parent.strip_prefix("if") {
                        if let (Ok(other), Some(link)) = (other.parse(), links.last_mut()) {
                            link.parent = Some(other);
                            link.parent_elsewhere = true;
                        }
                    } else if !matches!(parent, "" | "NONE") {
                        parents.push((index, parent.to_owned()));
                    }
                    if let Some(master) = after(&words, "master") {
                        masters.push((index, master.to_owned()));
                    }
                }
                continue;
            }
            // `3: eth0    inet 10.0.0.1/24 …`: the name stands before it.
            let words = match words
                .iter()
                .position(|word| matches!(*word, "inet" | "inet6"))
            {
                Some(at) => words.get(at..).unwrap_or_default(),
                None => &words,
            };
            let Some(first) = words.first() else { continue };
            if matches!(*first, "inet" | "inet6") {
                addresses.extend(address(index, words));
            } else if let Some(link) = links.iter_mut().find(|link| link.index == index) {
                detail(link, first, words);
            }
        }
    }
    for (index, name, parent) in parents
        .into_iter()
        .map(|(index, name)| (index, name, true))
        .chain(
            masters
                .into_iter()
                .map(|(index, name)| (index, name, false)),
        )
    {
        let other = links.iter().find(|link| link.name == name);
        let other = other.map(|link| link.index);
        if let Some(link) = links.iter_mut().find(|link| link.index == index) {
            if parent {
                link.parent = other;
            } else {
                link.master = other;
            }
        }
    }
    (links, addresses)
}

/// `2: eth0: …`: the number, and what follows it.
fn numbered(line: &str) -> Option<(u32, &str)> {
    let (number, rest) = line.split_once(": ")?;
    Some((number.parse().ok()?, rest))
}

/// The word after another.
fn after<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    let at = words.iter().position(|word| *word == name)?;
    words.get(at + 1).copied()
}

/// `IFF_*` of include/uapi/linux/if.h, by the names that `ip` prints.
const FLAGS: [(&str, u32); 6] = [
    ("UP", 1),
    ("BROADCAST", 2),
    ("LOOPBACK", 8),
    ("POINTOPOINT", 0x10),
    ("MULTICAST", 0x1000),
    ("LOWER_UP", 0x1_0000),
];

fn link(index: u32, name: &str, words: &[&str]) -> Link {
    let named = words.first().copied().unwrap_or_default();
    let named: Vec<&str> = named.trim_matches(['<', '>']).split(',').collect();
    let flags = FLAGS.iter().filter(|(name, _)| named.contains(name));
    Link {
        index,
        name: name.to_owned(),
        flags: flags.map(|(_, bit)| bit).sum(),
        mtu: after(words, "mtu").and_then(|mtu| mtu.parse().ok()),
        // rfc2863: the states of include/uapi/linux/if.h.
        operstate: match after(words, "state") {
            Some("UP") => Some(6),
            Some("DOWN") => Some(2),
            Some("LOWERLAYERDOWN") => Some(3),
            Some("DORMANT") => Some(5),
            Some("UNKNOWN") => Some(0),
            _ => None,
        },
        carrier: named.contains(&"NO-CARRIER").then_some(false),
        ..Link::default()
    }
}

/// A line below a link's: its hardware address, or with `-d` its kind.
fn detail(link: &mut Link, first: &str, words: &[&str]) {
    if let Some(kind) = first.strip_prefix("link/") {
        // ARPHRD_* of include/uapi/linux/if_arp.h.
        link.arp_type = match kind {
            "ether" => 1,
            "infiniband" => 32,
            "ppp" => 512,
            "ipip" | "tunnel" => 768,
            "loopback" => 772,
            "sit" => 776,
            "gre" => 778,
            "none" => 65534,
            _ => 65535,
        };
        link.mac = words.get(1).and_then(|mac| hardware(mac));
    } else if KINDS.contains(&first) {
        link.kind = Some(first.to_owned());
    }
}

/// Kinds of links that `ip -d` prints at the beginning of a line.
const KINDS: [&str; 17] = [
    "bridge",
    "bond",
    "dummy",
    "gretap",
    "ifb",
    "ipvlan",
    "ipvtap",
    "macvlan",
    "macvtap",
    "team",
    "tun",
    "veth",
    "vlan",
    "vrf",
    "vti",
    "vxlan",
    "wireguard",
];

fn hardware(text: &str) -> Option<[u8; 6]> {
    let mut mac = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut mac {
        *byte = u8::from_str_radix(parts.next()?, 16).ok()?;
    }
    parts.next().is_none().then_some(mac)
}

fn address(index: u32, words: &[&str]) -> Option<Address> {
    let (text, prefix) = match words.get(1)?.split_once('/') {
        Some((text, prefix)) => (text, prefix.parse().ok()?),
        None => (*words.get(1)?, 0),
    };
    let address: IpAddr = text.parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    // `inet 10.8.0.2 peer 10.8.0.1/32`: the prefix is the other end's.
    let prefix = match (words.get(1)?.contains('/'), after(words, "peer")) {
        (true, _) => prefix,
        (false, Some(peer)) => peer.split_once('/')?.1.parse().ok()?,
        (false, None) => whole,
    };
    let has = |name: &str| words.contains(&name);
    (prefix <= whole).then_some(Address {
        index,
        address,
        prefix,
        scope: match after(words, "scope") {
            Some("link") => 253,
            Some("host") => 254,
            Some("site") => 200,
            _ => 0,
        },
        secondary: has("secondary"),
        // EL6's `ip` does not say it.
        dynamic: has("dynamic"),
        tentative: has("tentative") || has("dadfailed"),
    })
}

/// Routes of `ip route show table all`; the interfaces' numbers by `links`.
pub fn routes(text: &str, links: &[Link]) -> Vec<Route> {
    let mut routes: Vec<Route> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(first) = words.first() else { continue };
        if *first == "nexthop" {
            // The first way of several stands for all.
            if let Some(route) = routes.last_mut().filter(|route| route.index.is_none()) {
                let way = one(&words, links);
                route.gateway = way.1;
                route.index = way.0;
            }
            continue;
        }
        let kind = KIND_OF_ROUTE.iter().find(|(name, _)| name == first);
        let at = usize::from(kind.is_some());
        let Some(target) = words.get(at) else {
            continue;
        };
        let (index, gateway) = one(&words, links);
        let Some((destination, prefix)) = target_of(target, gateway) else {
            continue;
        };
        routes.push(Route {
            table: match after(&words, "table") {
                None | Some("main") => 254,
                Some("local") => 255,
                Some("default") => 253,
                Some(other) => other.parse().unwrap_or(0),
            },
            destination,
            prefix,
            gateway,
            index,
            metric: after(&words, "metric")
                .and_then(|m| m.parse().ok())
                .unwrap_or(0),
            kind: kind.map_or(1, |(_, kind)| *kind),
            source: after(&words, "src").and_then(|source| source.parse().ok()),
            mtu: after(&words, "mtu").and_then(|mtu| mtu.parse().ok()),
        });
    }
    routes
}

/// `RTN_*` of include/uapi/linux/rtnetlink.h.
const KIND_OF_ROUTE: [(&str, u8); 10] = [
    ("unicast", 1),
    ("local", 2),
    ("broadcast", 3),
    ("anycast", 4),
    ("multicast", 5),
    ("blackhole", 6),
    ("unreachable", 7),
    ("prohibit", 8),
    ("throw", 9),
    ("nat", 10),
];

fn one(words: &[&str], links: &[Link]) -> (Option<u32>, Option<IpAddr>) {
    let device = after(words, "dev");
    let index = device.and_then(|name| links.iter().find(|link| link.name == name));
    // `via inet6 fe80::1`: the gateway of another family names it.
    let via = match after(words, "via") {
        Some(family @ ("inet" | "inet6")) => after(words, family),
        via => via,
    };
    (
        index.map(|link| link.index),
        via.and_then(|via| via.parse().ok()),
    )
}

fn target_of(text: &str, gateway: Option<IpAddr>) -> Option<(IpAddr, u8)> {
    if text == "default" {
        let v6 = gateway.is_some_and(|gateway| gateway.is_ipv6());
        let any = if v6 { "::" } else { "0.0.0.0" };
        return Some((any.parse().ok()?, 0));
    }
    let (text, prefix) = match text.split_once('/') {
        Some((text, prefix)) => (text, Some(prefix.parse().ok()?)),
        None => (text, None),
    };
    // Old tools leave out zeros at the end: `169.254/16`, `10/8`.
    let short = text.split('.').count();
    let text = match (text.contains(':'), short) {
        (false, 1..=3) => format!("{text}{}", ".0".repeat(4 - short)),
        _ => text.to_owned(),
    };
    let address: IpAddr = text.parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.unwrap_or(whole);
    (prefix <= whole).then_some((address, prefix))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MODERN: &str = "\
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00 promiscuity 0
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
2: ens3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
    link/ether 52:54:00:aa:bb:01 brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65535
    altname enp0s3
    inet 192.0.2.10/24 brd 192.0.2.255 scope global dynamic ens3
       valid_lft 3000sec preferred_lft 3000sec
    inet 192.0.2.11/24 scope global secondary ens3
    inet6 fe80::1/64 scope link tentative
3: br0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN group default
    link/ether 02:42:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0
    bridge forward_delay 1500 hello_time 200
    inet 172.17.0.1/16 brd 172.17.255.255 scope global br0
5: veth1@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue master br0 state UP
    link/ether 02:00:00:00:00:05 brd ff:ff:ff:ff:ff:ff link-netnsid 0 promiscuity 1
    veth
6: ens3.7@ens3: <BROADCAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP
    link/ether 52:54:00:aa:bb:01 brd ff:ff:ff:ff:ff:ff
    vlan protocol 802.1Q id 7 <REORDER_HDR>
";

    #[test]
    fn todays_ip_addr_with_details() {
        let (links, addresses) = addresses(MODERN);
        let names: Vec<_> = links.iter().map(|l| (l.index, l.name.as_str())).collect();
        assert_eq!(
            names,
            [
                (1, "lo"),
                (2, "ens3"),
                (3, "br0"),
                (5, "veth1"),
                (6, "ens3.7")
            ]
        );
        assert_eq!(links[0].arp_type, 772);
        assert_eq!((links[1].mtu, links[1].operstate), (Some(1500), Some(6)));
        assert_eq!(links[1].mac, Some([0x52, 0x54, 0, 0xaa, 0xbb, 1]));
        assert_eq!(links[1].flags & 0x1_0001, 0x1_0001);
        assert_eq!(links[2].kind.as_deref(), Some("bridge"));
        assert_eq!(
            (links[2].carrier, links[2].operstate),
            (Some(false), Some(2))
        );
        assert_eq!(
            (links[3].parent, links[3].parent_elsewhere),
            (Some(4), true)
        );
        assert_eq!(links[3].master, Some(3));
        assert_eq!(
            (links[4].parent, links[4].kind.as_deref()),
            (Some(2), Some("vlan"))
        );
        assert_eq!(addresses.len(), 5);
        assert!(addresses[1].dynamic && !addresses[2].dynamic);
        assert!(addresses[2].secondary);
        assert!(addresses[3].tentative && addresses[3].scope == 253);
    }

    #[test]
    fn one_line_each_and_the_tool_of_el6() {
        let (links, addresses) = addresses(
            "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 16436 qdisc noqueue state UNKNOWN \\    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n\
             1: lo    inet 127.0.0.1/8 scope host lo\n\
             2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo_fast state UP qlen 1000\\    link/ether 08:00:27:00:00:01 brd ff:ff:ff:ff:ff:ff\n\
             2: eth0    inet 10.0.2.15/24 brd 10.0.2.255 scope global eth0\n\
             2: eth0    inet6 fe80::a00:27ff:fe00:1/64 scope link \\       valid_lft forever preferred_lft forever\n\
             7: tun0    inet 10.8.0.2 peer 10.8.0.1/32 scope global tun0\n",
        );
        assert_eq!(links.len(), 2);
        assert_eq!(links[1].mac, Some([8, 0, 0x27, 0, 0, 1]));
        let found: Vec<_> = addresses.iter().map(|a| (a.index, a.prefix)).collect();
        assert_eq!(found, [(1, 8), (2, 24), (2, 64), (7, 32)]);
    }

    #[test]
    fn routes_of_all_tables() {
        let (links, _) = addresses(MODERN);
        let routes = routes(
            "default via 192.0.2.1 dev ens3 proto dhcp src 192.0.2.10 metric 100 mtu 1400\n\
             default proto static metric 200 \n\tnexthop via 192.0.2.3 dev ens3 weight 1\n\tnexthop via 192.0.2.4 dev ens3 weight 1\n\
             172.17/16 dev br0 proto kernel scope link src 172.17.0.1 linkdown\n\
             unreachable 10.9.0.0/16 dev lo metric 7 error -101\n\
             local 192.0.2.10 dev ens3 table local proto kernel scope host src 192.0.2.10\n\
             default via fe80::1 dev ens3 proto ra metric 1024 pref medium\n\
             10.1.0.0/24 via inet6 fe80::2 dev ens3 table 77\n\
             nonsense here\n",
            &links,
        );
        let told: Vec<_> = routes
            .iter()
            .map(|r| {
                (
                    format!("{}/{}", r.destination, r.prefix),
                    r.table,
                    r.kind,
                    r.index,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("0.0.0.0/0".to_owned(), 254, 1, Some(2)),
                ("0.0.0.0/0".to_owned(), 254, 1, Some(2)),
                ("172.17.0.0/16".to_owned(), 254, 1, Some(3)),
                ("10.9.0.0/16".to_owned(), 254, 7, Some(1)),
                ("192.0.2.10/32".to_owned(), 255, 2, Some(2)),
                ("::/0".to_owned(), 254, 1, Some(2)),
                ("10.1.0.0/24".to_owned(), 77, 1, Some(2)),
            ]
        );
        assert_eq!((routes[0].metric, routes[0].mtu), (100, Some(1400)));
        assert_eq!(routes[1].gateway, Some("192.0.2.3".parse().unwrap()));
        assert_eq!(routes[6].gateway, Some("fe80::2".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>(),
            near in "([0-9]: eth0(@if[0-9])?: <UP> mtu [a-z0-9]{0,5}\n|  (link/ether|inet|inet6) [0-9a-f:./]{0,20}( peer [0-9./]{0,9})?\n|(default|nexthop) via [0-9.:]{0,9} dev [a-z0]{0,5}\n){0,6}") {
            for text in [text, near] {
                let (links, _) = addresses(&text);
                routes(&text, &links);
            }
        }
    }
}
