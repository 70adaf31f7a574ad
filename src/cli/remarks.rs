//! What this host says of single answers, beside their fields: whether a range is
//! free, a port is, an address is. Nothing is decided here; the checks and the
//! plan look at the same again.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::answers::config::Config;
use crate::facts::network::{Interface, Network};
use crate::judge::cidr::overlap;
use crate::plan::overlay::wireguard::OVERHEAD;
use crate::ui::backend::Remark;

/// The remarks, by the keys of the answers. What is not known is not remarked on.
pub fn remarks(
    config: &Config,
    network: &Network,
    below: Option<&str>,
) -> BTreeMap<String, Remark> {
    let own = [&config.wireguard.interface, &config.zerotier.interface];
    let looked = Looked {
        network,
        others: network.interfaces.value().map(|all| {
            let others = all.iter().filter(|one| !own.contains(&&one.name));
            others.collect()
        }),
        own,
    };
    let wireguard = &config.wireguard;
    let all = [
        ("overlay.network", looked.range(config)),
        ("overlay.address", looked.address(config)),
        (
            "overlay.wireguard.interface",
            looked.name(&wireguard.interface, "wireguard"),
        ),
        (
            "overlay.wireguard.listen-port",
            looked.port(wireguard.listen_port, &wireguard.interface),
        ),
        (
            "overlay.wireguard.mtu",
            below.and_then(|name| looked.mtu(name, wireguard.mtu)),
        ),
    ];
    all.into_iter()
        .filter_map(|(id, remark)| Some((id.to_owned(), remark?)))
        .collect()
}

struct Looked<'a> {
    network: &'a Network,
    /// The interfaces without the overlay's own, which an earlier run may have
    /// made.
    others: Option<Vec<&'a Interface>>,
    own: [&'a String; 2],
}

fn good(short: &str, long: String) -> Option<Remark> {
    Some(Remark {
        of: None,
        short: short.to_owned(),
        long,
        bad: false,
    })
}

fn bad(short: String, long: String) -> Option<Remark> {
    Some(Remark {
        of: None,
        short,
        long,
        bad: true,
    })
}

impl Looked<'_> {
    fn range(&self, config: &Config) -> Option<Remark> {
        let range = IpNet::V4(config.network);
        let others = self.others.as_ref()?;
        for one in others {
            if let Some(address) = one.addresses.iter().find(|net| overlap(&range, net)) {
                let name = &one.name;
                let long = format!("{range} overlaps {address}, the network of {name}.");
                return bad(format!("OVERLAPS {name}"), long);
            }
        }
        let routes = self.network.routes.value()?;
        let own = |name: &String| self.own.contains(&name);
        let hit = routes.iter().find(|route| {
            route.kind == "unicast"
                && route.destination.prefix_len() > 0
                && !route.interface.as_ref().is_some_and(own)
                && overlap(&range, &route.destination)
        });
        match hit {
            Some(route) => {
                let to = route.destination;
                let through = route.interface.as_deref().unwrap_or("a gateway");
                let long = format!("{range} overlaps the route to {to} through {through}.");
                bad("OVERLAPS a route".into(), long)
            }
            None => good(
                "no overlap",
                format!("{range} overlaps no route and no address of this host."),
            ),
        }
    }

    fn address(&self, config: &Config) -> Option<Remark> {
        let wanted = IpAddr::V4(config.address?);
        let others = self.others.as_ref()?;
        let has = |one: &&&Interface| one.addresses.iter().any(|net| net.addr() == wanted);
        match others.iter().find(has) {
            Some(one) => bad(
                format!("{} HAS IT", one.name),
                format!("{} has {wanted} already.", one.name),
            ),
            None => good(
                "free",
                format!("No other interface of this host has {wanted}."),
            ),
        }
    }

    fn interface(&self, name: &str) -> Option<&Interface> {
        let all = self.network.interfaces.value()?;
        all.iter().find(|one| one.name == name)
    }

    fn name(&self, name: &str, kind: &str) -> Option<Remark> {
        self.network.interfaces.value()?;
        let Some(there) = self.interface(name) else {
            return good("free", format!("No interface is called {name} yet."));
        };
        match there.kind.value() {
            Some(is) if is != kind && is != "tun" => bad(
                "TAKEN".into(),
                format!("{name} is there already, and is of another kind: {is}."),
            ),
            _ => good("is there", format!("{name} is there already.")),
        }
    }

    fn port(&self, port: u16, interface: &str) -> Option<Remark> {
        if self.interface(interface).is_some() {
            // What holds it is most likely that interface.
            return good(
                "",
                format!("{interface} is there, and may hold UDP {port}."),
            );
        }
        let busy = self.network.busy.value();
        let busy = busy.and_then(|all| {
            all.iter()
                .find(|one| one.protocol == "udp" && one.port == port)
        });
        if let Some(busy) = busy {
            let owner = busy.owner.as_deref().unwrap_or("something");
            return bad("TAKEN".into(), format!("UDP {port} is held by {owner}."));
        }
        let listeners = self.network.listeners.value()?;
        let taken = |protocol: &str, at: u16| protocol == "udp" && at == port;
        if listeners.iter().any(|one| taken(&one.protocol, one.port)) {
            return bad("TAKEN".into(), format!("Something listens on UDP {port}."));
        }
        good("free", format!("Nothing on this host has UDP {port}."))
    }

    fn mtu(&self, below: &str, wanted: Option<u32>) -> Option<Remark> {
        let has = *self.interface(below)?.mtu.value()?;
        let most = has.saturating_sub(OVERHEAD);
        let long =
            format!("{below}, which carries it, has {has}: {OVERHEAD} bytes less are {most}.");
        match wanted {
            Some(wanted) if wanted > most => bad(format!("{below} HAS {has}"), long),
            _ => good(&format!("{below}: {has}"), long),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::answers::{Answers, Inputs};
    use crate::facts::Fact;
    use crate::facts::network::{BusyPort, Route};
    use crate::ui::sample::Sample;

    fn of(set: &[(&str, &str)], network: &Network) -> BTreeMap<String, Remark> {
        let mut answers = Answers::gather(Inputs::default());
        for (id, text) in set {
            answers.set_text(id, text).unwrap();
        }
        let config = Config::from_answers(&answers).unwrap();
        remarks(&config, network, Some("eth1"))
    }

    #[test]
    fn what_is_free_is_said_and_what_is_not_too() {
        let mut network = Sample::el7().network().clone();
        let found = of(&[("overlay.address", "10.90.0.2")], &network);
        let short = |id: &str| found[id].short.as_str();
        assert_eq!(short("overlay.network"), "no overlap");
        assert_eq!(short("overlay.address"), "free");
        assert_eq!(short("overlay.wireguard.listen-port"), "free");
        assert_eq!(short("overlay.wireguard.mtu"), "eth1: 1500");
        assert!(found.values().all(|remark| !remark.bad));

        network.routes = Fact::known(
            vec![Route {
                table: 254,
                kind: "unicast".into(),
                destination: "10.90.0.0/16".parse().unwrap(),
                gateway: None,
                interface: Some("eth1".into()),
                metric: 0,
                source: None,
                mtu: None,
            }],
            "netlink",
        );
        network.busy = Fact::known(
            vec![BusyPort {
                protocol: "udp".into(),
                port: 51820,
                owner: Some("wg-other".into()),
            }],
            "bind(2)",
        );
        let found = of(&[("overlay.wireguard.mtu", "1500")], &network);
        for (id, word) in [
            ("overlay.network", "10.90.0.0/16 through eth1"),
            ("overlay.wireguard.listen-port", "wg-other"),
            ("overlay.wireguard.mtu", "1420"),
        ] {
            let remark = &found[id];
            assert!(remark.bad && remark.long.contains(word), "{id}: {remark:?}");
        }
        // The name of an interface stays as it is.
        assert_eq!(found["overlay.wireguard.mtu"].short, "eth1 HAS 1500");
        // Its own range on an interface.
        let found = of(&[("overlay.network", "10.0.0.0/16")], &network);
        assert_eq!(found["overlay.network"].short, "OVERLAPS eth1");
    }

    #[test]
    fn what_is_not_known_is_not_remarked_on() {
        let mut network = Sample::el7().network().clone();
        network.routes = Fact::unreadable("EPERM", "netlink");
        network.listeners = Fact::unreadable("EPERM", "netlink");
        let found = of(&[], &network);
        assert!(!found.contains_key("overlay.network"));
        assert!(!found.contains_key("overlay.wireguard.listen-port"));
    }
}
