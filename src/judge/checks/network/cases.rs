//! Hosts for the checks of the network.

#![allow(clippy::unwrap_used)]

use super::super::cases::{Case, absent, case, interface, known, route, set, unread};
use crate::facts::Fact;
use crate::facts::Facts;
use crate::facts::identity::HostsLine;
use crate::facts::network::Interface;
use crate::facts::online::{Asked, Named, Online, Reached, Tried};
use crate::facts::resolver::ResolvConf;
use crate::judge::checks::PlannedNetwork;

/// What a host has that these checks have nothing to say of.
pub fn good(facts: &mut Facts) {
    facts.network.pinned = known(Vec::new());
    facts.resolver.conf = known(ResolvConf {
        nameservers: vec!["192.0.2.53".parse().unwrap()],
        search: Vec::new(),
    });
    facts.resolver.upstream = absent();
    facts.resolver.proxies = known([].into());
    let mut hosts = facts.identity.hosts.value().unwrap().clone();
    hosts.push(HostsLine {
        address: "127.0.0.1".parse().unwrap(),
        names: vec!["localhost".into()],
    });
    facts.identity.hosts = known(hosts);
}

fn with(facts: &mut Facts, change: impl FnOnce(&mut Vec<Interface>)) {
    let mut all = facts.network.interfaces.value().unwrap().clone();
    change(&mut all);
    facts.network.interfaces = known(all);
}

fn add_route(facts: &mut Facts, to: &str, gateway: Option<&str>, name: &str) {
    let mut all = facts.network.routes.value().unwrap().clone();
    all.push(route(to, gateway, name));
    facts.network.routes = known(all);
}

fn planned(range: &str) -> PlannedNetwork {
    PlannedNetwork {
        what: "the network of WireGuard".into(),
        range: range.parse().unwrap(),
        targets: vec![crate::judge::checks::Target::Wireguard],
        setting: "the answer overlay.network".into(),
    }
}

fn gone(facts: &mut Facts, name: &str) {
    facts.sysctl.get_mut(name).unwrap().live = absent();
}

const FIRST: &str = "192.0.2.53";
const SECOND: &str = "192.0.2.54";

/// A host that was tried, for the native scheduler.
fn tried(host: &str, names: &[(&str, Fact<Named>)], reached: Fact<Reached>) -> Tried {
    let asked = names.iter().map(|(server, named)| Asked {
        server: server.parse().unwrap(),
        name: host.into(),
        named: named.clone(),
    });
    Tried {
        host: host.into(),
        port: 443,
        tls: true,
        needed_by: vec!["native".into()],
        what: "a test".into(),
        essential: true,
        listed: String::new(),
        source: "test".into(),
        proxy: None,
        names: asked.collect(),
        reached,
    }
}

fn online(facts: &mut Facts, hosts: Vec<Tried>) {
    facts.online = Some(Online {
        deadline_ms: 3000,
        servers: known(vec![FIRST.parse().unwrap(), SECOND.parse().unwrap()]),
        hosts,
    });
}

/// The host is reached, where it was asked for.
pub fn measured(facts: &mut Facts) {
    reached(facts, Reached::Answered);
}

fn found() -> Named {
    Named::Addresses(vec!["192.0.2.80".parse().unwrap()])
}

/// What the two name servers say of the one host that is needed.
fn named(facts: &mut Facts, first: Fact<Named>, second: Fact<Named>) {
    let names = [(FIRST, first), (SECOND, second)];
    let one = tried("a.example.com", &names, known(Reached::Answered));
    online(facts, vec![one]);
}

/// How far the way to the one host that is needed leads.
fn reached(facts: &mut Facts, reached: Reached) {
    let names = [(FIRST, known(found()))];
    let one = tried("a.example.com", &names, known(reached));
    online(facts, vec![one]);
}

/// The hosts.
pub const CASES: &[Case] = &[
    case!("net.iface.usable", "one", "native", Pass, |f, _| {}),
    case!("net.iface.usable", "none", "native", Fail, |f, _| with(
        f,
        |all| all.truncate(1)
    )),
    case!(
        "net.iface.usable",
        "a container's own",
        "native",
        Pass,
        |f, _| with(f, |all| {
            all.truncate(2);
            all[1].kind = known("veth".to_owned());
        })
    ),
    case!("net.iface.usable", "unread", "native", Unknown, |f, _| f
        .network
        .interfaces =
        unread()),
    case!("net.iface.chosen", "up", "native", Pass, |f, _| {}),
    case!("net.iface.chosen", "not there", "native", Fail, |f, s| s
        .interface =
        Some("eth9".into())),
    case!("net.iface.chosen", "down", "native", Fail, |f, _| with(
        f,
        |all| all[1].admin_up = false
    )),
    case!("net.iface.chosen", "no cable", "native", Fail, |f, _| with(
        f,
        |all| all[1].carrier = known(false)
    )),
    case!("net.iface.chosen", "link-local", "native", Fail, |f, _| {
        with(f, |all| {
            all[1].addresses = vec!["169.254.1.1/16".parse().unwrap()]
        })
    }),
    case!("net.iface.chosen", "a duplicate", "native", Fail, |f, _| {
        with(f, |all| all[1].tentative = all[1].addresses.clone())
    }),
    case!("net.iface.chosen", "docker0", "native", Warn, |f, s| {
        with(f, |all| {
            all.push(interface(3, "docker0", "bridge", "172.17.0.1/16"))
        });
        s.interface = Some("docker0".into());
    }),
    case!("net.iface.chosen", "a VPN", "native", Warn, |f, s| {
        with(f, |all| {
            all.push(interface(3, "tun0", "tun", "192.0.2.99/24"))
        });
        s.interface = Some("tun0".into());
    }),
    case!("net.iface.chosen", "none", "native", Warn, |f, s| s
        .interface =
        None),
    case!("net.iface.chosen", "unread", "native", Unknown, |f, _| f
        .network
        .interfaces =
        unread()),
    case!(
        "net.iface.overlay",
        "there",
        "native+wireguard",
        Pass,
        |f, _| with(f, |all| all.push(interface(
            9,
            "wg0",
            "wireguard",
            "10.90.0.1/24"
        )))
    ),
    case!(
        "net.iface.overlay",
        "not yet",
        "native+wireguard",
        Info,
        |f, _| {}
    ),
    case!(
        "net.iface.overlay",
        "unread",
        "native+wireguard",
        Unknown,
        |f, _| f.network.interfaces = unread()
    ),
    case!("net.iface.names", "one ethX", "native", Pass, |f, _| {}),
    case!(
        "net.iface.names",
        "two loose ones",
        "native",
        Warn,
        |f, _| with(f, |all| all.push(interface(
            3,
            "eth1",
            "ethernet",
            "198.51.100.1/24"
        )))
    ),
    case!(
        "net.iface.names",
        "two tied ones",
        "native",
        Pass,
        |f, _| {
            with(f, |all| {
                all.push(interface(3, "eth1", "ethernet", "198.51.100.1/24"))
            });
            f.network.pinned = known(vec!["eth0".into(), "eth1".into()]);
        }
    ),
    case!("net.iface.names", "unread", "native", Unknown, |f, _| f
        .network
        .pinned =
        unread()),
    case!("net.iface.natdup", "none", "native", Pass, |f, _| {}),
    case!("net.iface.natdup", "chosen", "native", Fail, |f, _| {
        with(f, |all| {
            all[1].addresses = vec!["10.0.2.15/24".parse().unwrap()]
        });
        add_route(f, "0.0.0.0/0", Some("10.0.2.2"), "eth0");
    }),
    case!("net.iface.natdup", "present", "native", Info, |f, _| {
        with(f, |all| {
            all.push(interface(3, "eth1", "ethernet", "10.0.2.15/24"))
        });
        add_route(f, "0.0.0.0/0", Some("10.0.2.2"), "eth1");
    }),
    case!("net.iface.natdup", "unread", "native", Unknown, |f, _| f
        .network
        .routes =
        unread()),
    case!("net.iface.dup", "none", "native", Pass, |f, _| {}),
    case!(
        "net.iface.dup",
        "the same address",
        "native",
        Fail,
        |f, _| with(f, |all| all.push(interface(
            3,
            "eth1",
            "ethernet",
            "192.0.2.11/24"
        )))
    ),
    case!(
        "net.iface.dup",
        "the same network",
        "native",
        Warn,
        |f, _| with(f, |all| all.push(interface(
            3,
            "eth1",
            "ethernet",
            "192.0.2.12/24"
        )))
    ),
    case!("net.iface.dup", "unread", "native", Unknown, |f, _| f
        .network
        .interfaces =
        unread()),
    case!("net.iface.bond", "no part", "native", Pass, |f, _| {}),
    case!("net.iface.bond", "a part", "native", Fail, |f, _| with(
        f,
        |all| all[1].master = Some("bond0".into())
    )),
    case!("net.iface.bond", "unread", "native", Unknown, |f, _| f
        .network
        .interfaces =
        unread()),
    case!("net.iface.dynamic", "stays", "native", Pass, |f, _| {}),
    case!("net.iface.dynamic", "DHCP", "native", Warn, |f, _| with(
        f,
        |all| all[1].dynamic = all[1].addresses.clone()
    )),
    case!("net.iface.dynamic", "unread", "native", Unknown, |f, _| f
        .network
        .interfaces =
        unread()),
    case!("net.defroute", "one", "kubernetes", Pass, |f, _| {}),
    case!("net.defroute", "none", "kubernetes", Fail, |f, _| f
        .network
        .routes =
        known(Vec::new())),
    case!("net.defroute", "none, native", "native", Info, |f, _| f
        .network
        .routes =
        known(Vec::new())),
    case!(
        "net.defroute",
        "two alike",
        "swarm",
        Warn,
        |f, _| add_route(f, "0.0.0.0/0", Some("192.0.2.2"), "eth0")
    ),
    case!("net.defroute", "unread", "swarm", Unknown, |f, _| f
        .network
        .routes =
        unread()),
    case!("net.overlap", "none", "swarm", Pass, |f, _| {}),
    case!(
        "net.overlap.172.17.0.0/16",
        "a route over docker0's",
        "native",
        Warn,
        |f, _| add_route(f, "172.17.8.0/24", Some("192.0.2.1"), "eth0")
    ),
    case!(
        "net.overlap.172.17.0.0/16",
        "the host inside docker0's",
        "native",
        Fail,
        |f, _| with(f, |all| all[1].addresses =
            vec!["172.17.3.4/20".parse().unwrap()])
    ),
    case!(
        "net.overlap.172.17.0.0/16",
        "a name server inside docker0's",
        "native",
        Fail,
        |f, _| {
            f.resolver.conf = known(ResolvConf {
                nameservers: vec!["172.17.0.53".parse().unwrap()],
                search: Vec::new(),
            });
        }
    ),
    case!(
        "net.overlap.10.0.0.0/24",
        "Swarm's ingress over the office",
        "swarm",
        Fail,
        |f, s| s.reserved = vec!["10.0.0.0/16".parse().unwrap()]
    ),
    case!(
        "net.overlap.10.90.0.0/24",
        "WireGuard's network over a route",
        "native+wireguard",
        Warn,
        |f, s| {
            s.networks = vec![planned("10.90.0.0/24")];
            add_route(f, "10.90.0.0/16", Some("192.0.2.1"), "eth0");
        }
    ),
    case!(
        "net.overlap.172.17.0.0/16+172.17.0.0/24",
        "WireGuard's network over docker0's",
        "native+wireguard",
        Fail,
        |f, s| {
            s.networks = vec![planned("172.17.0.0/24")];
        }
    ),
    case!("net.overlap", "unread", "swarm", Unknown, |f, _| f
        .network
        .routes =
        unread()),
    case!("net.forward", "on", "kubernetes", Pass, |f, _| {}),
    case!("net.forward", "off", "kubernetes", Fail, |f, _| set(
        f,
        "net.ipv4.ip_forward",
        "0"
    )),
    case!(
        "net.forward",
        "off at the next boot",
        "swarm",
        Warn,
        |f, _| {
            f.sysctl.get_mut("net.ipv4.ip_forward").unwrap().saved = known("0".into());
        }
    ),
    case!("net.forward", "unread", "swarm", Unknown, |f, _| f
        .sysctl
        .get_mut("net.ipv4.ip_forward")
        .unwrap()
        .live =
        unread()),
    case!(
        "net.brnf.value.bridge-nf-call-iptables",
        "on",
        "kubernetes",
        Pass,
        |f, _| {}
    ),
    case!(
        "net.brnf.value.bridge-nf-call-iptables",
        "off",
        "kubernetes",
        Fail,
        |f, _| set(f, "net.bridge.bridge-nf-call-iptables", "0")
    ),
    case!(
        "net.brnf.value.bridge-nf-call-iptables",
        "D7: not there",
        "kubernetes",
        Na,
        |f, _| {
            f.sysctl
                .get_mut("net.bridge.bridge-nf-call-iptables")
                .unwrap()
                .live = absent();
        }
    ),
    case!(
        "net.brnf.value.bridge-nf-call-iptables",
        "unread",
        "swarm",
        Unknown,
        |f, _| {
            f.sysctl
                .get_mut("net.bridge.bridge-nf-call-iptables")
                .unwrap()
                .live = unread();
        }
    ),
    case!("net.rpfilter", "off", "kubernetes", Pass, |f, _| {}),
    case!("net.rpfilter", "strict", "kubernetes", Warn, |f, _| set(
        f,
        "net.ipv4.conf.all.rp_filter",
        "1"
    )),
    case!(
        "net.rpfilter",
        "strict on the interface",
        "native+wireguard",
        Info,
        |f, _| set(f, "net.ipv4.conf.eth0.rp_filter", "1")
    ),
    case!("net.rpfilter", "unread", "kubernetes", Unknown, |f, _| f
        .sysctl
        .get_mut("net.ipv4.conf.all.rp_filter")
        .unwrap()
        .live =
        unread()),
    case!("net.arp", "off", "kubernetes", Pass, |f, _| {}),
    case!(
        "net.arp.all.arp_ignore",
        "on",
        "kubernetes",
        Fail,
        |f, _| set(f, "net.ipv4.conf.all.arp_ignore", "1")
    ),
    case!("net.arp", "unread", "kubernetes", Unknown, |f, _| f
        .sysctl
        .get_mut("net.ipv4.conf.all.arp_ignore")
        .unwrap()
        .live =
        unread()),
    case!("net.conntrack", "little", "native", Pass, |f, _| {}),
    case!("net.conntrack", "nearly full", "native", Warn, |f, _| set(
        f,
        "net.netfilter.nf_conntrack_count",
        "250000"
    )),
    case!("net.conntrack", "unread", "native", Unknown, |f, _| f
        .sysctl
        .get_mut("net.netfilter.nf_conntrack_max")
        .unwrap()
        .live =
        unread()),
    case!("net.ipv6", "on", "swarm", Pass, |f, _| {}),
    case!("net.ipv6", "off at boot", "swarm", Warn, |f, _| f
        .boot
        .cmdline =
        known(vec!["ipv6.disable=1".into()])),
    case!("net.ipv6", "unread", "swarm", Unknown, |f, _| f
        .boot
        .cmdline =
        unread()),
    case!("net.nm", "does not run", "kubernetes", Pass, |f, _| {}),
    case!("net.nm", "runs", "kubernetes", Warn, |f, _| f
        .software
        .network_manager =
        known(true)),
    case!("net.nm", "unread", "kubernetes", Unknown, |f, _| f
        .software
        .network_manager =
        unread()),
    case!("net.nmcloud", "off", "kubernetes", Pass, |f, _| {}),
    case!("net.nmcloud", "on", "kubernetes", Warn, |f, _| f
        .software
        .nm_cloud_setup =
        known(true)),
    case!("net.nmcloud", "unread", "kubernetes", Unknown, |f, _| f
        .software
        .nm_cloud_setup =
        unread()),
    case!(
        "net.macpolicy",
        "no link file",
        "native+flannel",
        Na,
        |f, _| {}
    ),
    case!(
        "net.macpolicy",
        "persistent",
        "native+flannel",
        Warn,
        |f, _| f.software.mac_policy = known("persistent".into())
    ),
    case!(
        "net.macpolicy",
        "unread",
        "native+flannel",
        Unknown,
        |f, _| f.software.mac_policy = unread()
    ),
    case!("net.mtu", "1500", "swarm", Pass, |f, _| {}),
    case!("net.mtu", "1400", "swarm", Warn, |f, _| with(f, |all| {
        all[1].mtu = known(1400)
    })),
    case!("net.mtu", "1200", "native+wireguard", Fail, |f, _| with(
        f,
        |all| all[1].mtu = known(1200)
    )),
    case!(
        "net.mtu.docker0",
        "docker0 is larger",
        "native",
        Warn,
        |f, _| with(f, |all| {
            all[1].mtu = known(1400);
            all.push(interface(3, "docker0", "bridge", "172.17.0.1/16"));
        })
    ),
    case!("net.mtu", "unread", "swarm", Unknown, |f, _| with(
        f,
        |all| all[1].mtu = unread()
    )),
    case!("net.offload", "virtio", "swarm", Pass, |f, _| {}),
    case!("net.offload", "vmxnet3", "swarm", Warn, |f, _| with(
        f,
        |all| all[1].driver = known("vmxnet3".into())
    )),
    case!("net.offload", "unread", "swarm", Unknown, |f, _| with(
        f,
        |all| all[1].driver = unread()
    )),
    case!(
        "net.hairpin",
        "no cloud",
        "native+wireguard",
        Pass,
        |f, _| {}
    ),
    case!("net.hairpin", "EC2", "native+wireguard", Info, |f, _| {
        f.identity.product = known("Amazon EC2 m5.large".into());
        with(f, |all| {
            all[1].addresses = vec!["10.1.2.3/20".parse().unwrap()]
        });
    }),
    case!(
        "net.hairpin",
        "unread",
        "native+wireguard",
        Unknown,
        |f, _| f.identity.product = unread()
    ),
    case!("net.dns.conf", "one", "native", Pass, |f, _| {}),
    case!("net.dns.conf", "loopback", "kubernetes", Warn, |f, _| {
        f.resolver.conf = known(ResolvConf {
            nameservers: vec!["127.0.0.1".parse().unwrap()],
            search: Vec::new(),
        });
    }),
    case!("net.dns.conf", "unread", "native", Unknown, |f, _| f
        .resolver
        .conf =
        unread()),
    case!("net.hosts", "there", "native", Pass, |f, _| {}),
    case!("net.hosts", "no localhost", "native", Fail, |f, _| f
        .identity
        .hosts =
        known(Vec::new())),
    case!("net.hosts", "unread", "native", Unknown, |f, _| f
        .identity
        .hosts =
        unread()),
    case!("net.proxy", "none", "native", Pass, |f, _| {}),
    case!("net.proxy", "without no_proxy", "native", Warn, |f, _| f
        .resolver
        .proxies =
        known([("http_proxy".to_owned(), "http://p:1".to_owned())].into())),
    case!("net.proxy", "with no_proxy", "native", Pass, |f, _| {
        let all = [
            ("http_proxy", "http://p:1"),
            ("no_proxy", "localhost,127.0.0.0/8,192.0.2.0/24"),
        ];
        f.resolver.proxies = known(all.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    }),
    case!("net.proxy", "unread", "native", Unknown, |f, _| f
        .resolver
        .proxies =
        unread()),
    case!(
        "net.overlap.10.0.0.0/8",
        "where Swarm's later networks would be",
        "swarm",
        Warn,
        |f, _| add_route(f, "10.0.4.0/24", Some("192.0.2.1"), "eth0")
    ),
    case!(
        "net.overlap.10.0.0.0/8",
        "where Swarm's thousandth network would be",
        "swarm",
        Info,
        |f, _| add_route(f, "10.4.0.0/16", Some("192.0.2.1"), "eth0")
    ),
    case!(
        "net.overlap",
        "the same, and the Swarm is there",
        "swarm",
        Pass,
        |f, _| {
            add_route(f, "10.0.4.0/24", Some("192.0.2.1"), "eth0");
            f.docker.swarm = known("active".into());
        }
    ),
    case!("net.dns.conf", "none, online", "native", Fail, |f, _| f
        .resolver
        .conf =
        known(ResolvConf::default())),
    case!("net.dns.conf", "no file, online", "swarm", Fail, |f, _| f
        .resolver
        .conf =
        absent()),
    case!("net.dns.conf", "none, airgap", "native", Info, |f, s| {
        f.resolver.conf = absent();
        s.airgap = true;
    }),
    case!("net.dns.conf", "none, a proxy", "native", Warn, |f, _| {
        f.resolver.conf = absent();
        f.resolver.proxies = known([("https_proxy".to_owned(), "http://p:1".to_owned())].into());
    }),
    case!(
        "net.proxy",
        "without the cluster's ranges",
        "kubernetes",
        Warn,
        |f, _| f.resolver.proxies = known(
            [
                ("https_proxy".to_owned(), "http://p:1".to_owned()),
                (
                    "no_proxy".to_owned(),
                    "localhost,127.0.0.1,192.0.2.0/24,10.96.0.0/12".to_owned()
                )
            ]
            .into()
        )
    ),
    case!(
        "net.proxy",
        "with the cluster's ranges",
        "kubernetes",
        Pass,
        |f, _| f.resolver.proxies = known(
            [
                ("https_proxy".to_owned(), "http://p:1".to_owned()),
                (
                    "no_proxy".to_owned(),
                    "localhost,127.0.0.1,192.0.2.0/24,10.0.0.0/8,.svc".to_owned()
                )
            ]
            .into()
        )
    ),
    case!(
        "net.nat.same",
        "nobody known",
        "native+wireguard",
        Na,
        |f, _| {}
    ),
    case!(
        "net.nat.same",
        "an address each",
        "native+wireguard",
        Pass,
        |f, s| s.peers = vec![
            "203.0.113.1".parse().unwrap(),
            "203.0.113.2".parse().unwrap()
        ]
    ),
    case!(
        "net.nat.same",
        "two behind one",
        "native+wireguard",
        Warn,
        |f, s| s.peers = vec!["203.0.113.1".parse().unwrap(); 2]
    ),
    case!(
        "net.nat.same",
        "two behind one, kept open",
        "native+wireguard",
        Pass,
        |f, s| {
            s.peers = vec!["203.0.113.1".parse().unwrap(); 2];
            s.keepalive = true;
        }
    ),
    case!(
        "net.iface.overlay",
        "a name that is given later",
        "native+zerotier",
        Na,
        |f, _| {}
    ),
    case!("net.iface.bond", "none chosen", "native", Na, |f, s| s
        .interface =
        None),
    case!("net.iface.dynamic", "none chosen", "native", Na, |f, s| s
        .interface =
        None),
    case!("net.mtu", "none chosen", "native", Na, |f, s| s.interface =
        None),
    case!("net.offload", "none chosen", "swarm", Na, |f, s| s
        .interface =
        None),
    case!("net.conntrack", "not loaded", "native", Na, |f, _| gone(
        f,
        "net.netfilter.nf_conntrack_count"
    )),
    case!(
        "net.rpfilter",
        "no such setting",
        "kubernetes",
        Na,
        |f, _| { gone(f, "net.ipv4.conf.all.rp_filter") }
    ),
    case!("net.arp", "no such settings", "kubernetes", Na, |f, _| {
        for of in ["all", "default"] {
            for what in ["arp_filter", "arp_ignore"] {
                gone(f, &format!("net.ipv4.conf.{of}.{what}"));
            }
        }
    }),
    case!(
        "net.brnf.value.bridge-nf-call-iptables",
        "0, for Swarm",
        "swarm",
        Warn,
        |f, _| set(f, "net.bridge.bridge-nf-call-iptables", "0")
    ),
    case!("net.macpolicy", "none", "native+flannel", Pass, |f, _| f
        .software
        .mac_policy =
        known("none".into())),
    case!("net.dns.works", "not asked", "native", Na, |f, _| {}),
    case!("net.dns.works", "airgap", "native", Na, |f, s| {
        named(f, known(Named::Silent), known(Named::Silent));
        s.airgap = true;
    }),
    case!("net.dns.works", "both answer", "native", Pass, |f, _| {
        named(f, known(found()), known(found()))
    }),
    case!(
        "net.dns.works",
        "the second is silent",
        "native",
        Pass,
        |f, _| { named(f, known(found()), known(Named::Silent)) }
    ),
    case!(
        "net.dns.works",
        "the first is silent",
        "native",
        Warn,
        |f, _| { named(f, known(Named::Silent), known(found())) }
    ),
    case!(
        "net.dns.works",
        "one name is not known",
        "native",
        Warn,
        |f, _| {
            let no = [(FIRST, known(Named::NoSuchName))];
            let yes = [(FIRST, known(found()))];
            online(
                f,
                vec![
                    tried("a.example.com", &yes, known(Reached::Answered)),
                    tried("b.example.com", &no, known(Reached::NoName)),
                ],
            );
        }
    ),
    case!(
        "net.dns.works",
        "both are silent",
        "native",
        Fail,
        |f, _| {
            named(
                f,
                known(Named::Silent),
                known(Named::Unreachable("x".into())),
            )
        }
    ),
    case!(
        "net.dns.works",
        "no name is known",
        "native",
        Fail,
        |f, _| {
            // The second is never asked where the first answers.
            named(f, known(Named::NoSuchName), known(found()))
        }
    ),
    case!("net.dns.works", "not forwarded", "native", Fail, |f, _| {
        named(
            f,
            known(Named::Error("REFUSED".into())),
            known(Named::Silent),
        )
    }),
    case!(
        "net.dns.works",
        "not allowed to ask",
        "native",
        Unknown,
        |f, _| { named(f, unread(), unread()) }
    ),
    case!(
        "net.dns.works",
        "servers unread",
        "native",
        Unknown,
        |f, _| {
            online(f, Vec::new());
            f.online.as_mut().unwrap().servers = unread();
        }
    ),
    case!(
        "net.dns.works",
        "all in /etc/hosts",
        "native",
        Na,
        |f, _| {
            online(
                f,
                vec![tried("a.example.com", &[], known(Reached::Answered))],
            )
        }
    ),
    case!("net.reach", "not asked", "native", Na, |f, _| {}),
    case!("net.reach", "airgap", "native", Na, |f, s| {
        reached(f, Reached::Silent);
        s.airgap = true;
    }),
    case!("net.reach.a.example.com", "TLS", "native", Pass, |f, _| {
        reached(f, Reached::Answered)
    }),
    case!(
        "net.reach.a.example.com",
        "silent",
        "native+zerotier",
        Fail,
        |f, _| { reached(f, Reached::Silent) }
    ),
    case!(
        "net.reach.a.example.com",
        "needed by others",
        "swarm",
        Na,
        |f, _| { reached(f, Reached::Silent) }
    ),
    case!(
        "net.reach.a.example.com",
        "rejected",
        "native",
        Fail,
        |f, _| { reached(f, Reached::Refused("ECONNREFUSED: x".into())) }
    ),
    case!(
        "net.reach.a.example.com",
        "captive portal",
        "native",
        Fail,
        |f, _| { reached(f, Reached::Other("HTTP/1.1 302".into())) }
    ),
    case!(
        "net.reach.a.example.com",
        "proxy forbids",
        "native",
        Fail,
        |f, _| { reached(f, Reached::ProxyRefused(403)) }
    ),
    case!(
        "net.reach.a.example.com",
        "proxy password",
        "native",
        Unknown,
        |f, _| { reached(f, Reached::ProxyPassword) }
    ),
    case!(
        "net.reach.a.example.com",
        "no such name",
        "native",
        Fail,
        |f, _| {
            let no = [(FIRST, known(Named::NoSuchName))];
            online(f, vec![tried("a.example.com", &no, known(Reached::NoName))])
        }
    ),
    case!(
        "net.reach.a.example.com",
        "known to the second server only",
        "native",
        Fail,
        |f, _| { named(f, known(Named::NoSuchName), known(found())) }
    ),
    case!(
        "net.reach.a.example.com",
        "not allowed",
        "native",
        Unknown,
        |f, _| { online(f, vec![tried("a.example.com", &[], unread())]) }
    ),
    case!(
        "net.reach.a.example.com",
        "a mirror of packages",
        "swarm",
        Warn,
        |f, _| {
            reached(f, Reached::Silent);
            let mirror = &mut f.online.as_mut().unwrap().hosts[0];
            mirror.needed_by.clear();
            mirror.essential = false;
        }
    ),
];
