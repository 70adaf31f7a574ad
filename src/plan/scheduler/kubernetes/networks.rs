//! Ranges for pods and services that overlap nothing.

use ipnet::{IpNet, Ipv4Net};

use crate::facts::Facts;
use crate::judge::cidr::overlap;
use crate::plan::Refusal;

/// A range that is in use, and by what.
pub(super) type Taken = (Ipv4Net, String);

/// The main table of routes (RT_TABLE_MAIN of linux/rtnetlink.h).
const MAIN: u32 = 254;

/// How the names of the interfaces begin that a cluster of ours makes.
const OURS: [&str; 4] = ["flannel", "cni", "kube-", "veth"];

/// What this host reaches or has. The interfaces of a cluster that is there
/// already are left out where it is groundcrew's.
pub(super) fn taken(facts: &Facts, member: bool, others: &[(Ipv4Net, &str)]) -> Vec<Taken> {
    let ours = |name: &str| member && OURS.iter().any(|begin| name.starts_with(begin));
    let mut taken: Vec<Taken> = Vec::new();
    for route in facts.network.routes.value().into_iter().flatten() {
        let name = route.interface.as_deref().unwrap_or_default();
        let IpNet::V4(net) = route.destination else {
            continue;
        };
        if route.table != MAIN || net.prefix_len() == 0 || ours(name) {
            continue;
        }
        let through = if name.is_empty() { &route.kind } else { name };
        taken.push((net.trunc(), format!("this host's route {net} ({through})")));
    }
    for interface in facts.network.interfaces.value().into_iter().flatten() {
        if ours(&interface.name) {
            continue;
        }
        let name = &interface.name;
        taken.extend(interface.addresses.iter().filter_map(|net| match net {
            IpNet::V4(net) => Some((net.trunc(), format!("this host's {net} on {name}"))),
            IpNet::V6(_) => None,
        }));
    }
    let others = others.iter();
    taken.extend(others.map(|(net, what)| (net.trunc(), format!("{what} {net}"))));
    taken
}

/// The first thing that a range overlaps.
fn clash(net: Ipv4Net, taken: &[Taken]) -> Option<&Taken> {
    taken
        .iter()
        .find(|(other, _)| overlap(&net.into(), &(*other).into()))
}

/// Where ranges are looked for, in steps of a range's own size: the private ones
/// (RFC 1918), and those of providers' own networks last (RFC 6598).
const WITHIN: [&[&str]; 2] = [
    &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
    &["100.64.0.0/10"],
];

/// The range that was answered, or else the usual one, or else the next that
/// overlaps nothing.
///
/// # Errors
/// What the answered one overlaps; or that there is none.
pub(super) fn choose(
    id: &str,
    answered: Option<Ipv4Net>,
    usual: Ipv4Net,
    taken: &[Taken],
) -> Result<Ipv4Net, Refusal> {
    let free = || free(usual, taken);
    if let Some(net) = answered {
        return match clash(net, taken) {
            None => Ok(net),
            Some((_, what)) => Err(Refusal {
                id: id.into(),
                text: format!("{net} overlaps {what}"),
                remedy: free().map_or_else(
                    || "take a range that is used nowhere".into(),
                    |net| format!("take a range that is used nowhere, such as {net}"),
                ),
            }),
        };
    }
    free().ok_or_else(|| Refusal {
        id: id.into(),
        text: format!("every private range of the size of {usual} overlaps something"),
        remedy: format!("give a smaller one with {id}"),
    })
}

/// The usual range, or the next one of its size or of 65536 addresses.
fn free(usual: Ipv4Net, taken: &[Taken]) -> Option<Ipv4Net> {
    let good = |net: &Ipv4Net| clash(*net, taken).is_none();
    if good(&usual) {
        return Some(usual);
    }
    for (within, prefix) in WITHIN
        .iter()
        .flat_map(|within| [(within, usual.prefix_len()), (within, 16)])
    {
        let all = within.iter().filter_map(|within| {
            let within: Ipv4Net = within.parse().ok()?;
            within.subnets(prefix).ok()
        });
        let all: Vec<Ipv4Net> = all.flatten().collect();
        // From the usual one on, then from the beginning.
        let (before, after): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|net| net.network() < usual.network());
        if let Some(net) = after.into_iter().chain(before).find(good) {
            return Some(net);
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn net(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    fn pods(answered: Option<&str>, taken: &[&str]) -> Result<String, String> {
        let taken: Vec<_> = taken
            .iter()
            .map(|text| (net(text), format!("a test's {text}")))
            .collect();
        choose(
            "kubernetes.pod-network",
            answered.map(net),
            net("10.244.0.0/16"),
            &taken,
        )
        .map(|net| net.to_string())
        .map_err(|refusal| format!("{}; {}", refusal.text, refusal.remedy))
    }

    #[test]
    fn the_usual_range_is_taken_as_long_as_it_overlaps_nothing() {
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(pods(None, &[]), ok("10.244.0.0/16"));
        assert_eq!(pods(None, &["10.0.0.0/16"]), ok("10.244.0.0/16"));
        assert_eq!(pods(None, &["10.244.7.0/24"]), ok("10.245.0.0/16"));
        assert_eq!(pods(None, &["10.240.0.0/12"]), ok("172.16.0.0/16"));
        assert_eq!(pods(None, &["10.0.0.0/8"]), ok("172.16.0.0/16"));
        let most = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
        assert_eq!(pods(None, &most), ok("100.64.0.0/16"));
        let all = ["0.0.0.0/0"];
        assert!(
            pods(None, &all)
                .unwrap_err()
                .contains("every private range")
        );
    }

    #[test]
    fn an_answered_range_that_overlaps_is_refused_with_one_that_does_not() {
        assert_eq!(
            pods(Some("10.1.0.0/16"), &["10.1.2.0/24"]),
            Err(
                "10.1.0.0/16 overlaps a test's 10.1.2.0/24; take a range that is used nowhere, \
                 such as 10.244.0.0/16"
                    .into()
            )
        );
        assert_eq!(pods(Some("10.1.0.0/16"), &[]), Ok("10.1.0.0/16".into()));
    }

    #[test]
    fn services_find_a_smaller_range_where_no_large_one_is_left() {
        let taken = vec![(net("10.0.0.0/8"), "a test".to_owned())];
        let found = choose("x", None, net("10.96.0.0/12"), &taken).unwrap();
        assert_eq!(found, net("172.16.0.0/12"));
        let taken: Vec<_> = ["10.0.0.0/8", "172.16.0.0/16", "100.64.0.0/10"]
            .iter()
            .map(|text| (net(text), "a test".to_owned()))
            .collect();
        let found = choose("x", None, net("10.96.0.0/12"), &taken).unwrap();
        assert_eq!(found, net("172.17.0.0/16"));
    }
}
