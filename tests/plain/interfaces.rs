//! Which interface is picked, and for every other one the reason why not.

use groundcrew::facts::Fact;
use groundcrew::facts::network::{Interface, Network, Route};
use groundcrew::judge::interfaces::{Candidate, Candidates, PickError, Verdict, rank};
use groundcrew::judge::wishes::{InterfaceWish, PlannedInterface, Wishes};

fn known<T>(value: T) -> Fact<T> {
    Fact::known(value, "test")
}

/// An interface that is up and has a carrier.
fn iface(name: &str, kind: &str, addresses: &[&str]) -> Interface {
    Interface {
        name: name.to_owned(),
        index: 0,
        kind: known(kind.to_owned()),
        state: known("up".to_owned()),
        admin_up: true,
        carrier: known(true),
        mac: known("52:54:00:00:00:01".to_owned()),
        mtu: known(1500),
        speed: known(1000),
        driver: known("virtio_net".to_owned()),
        master: None,
        parent: None,
        parent_elsewhere: false,
        addresses: addresses.iter().map(|a| a.parse().unwrap()).collect(),
        dynamic: Vec::new(),
        tentative: Vec::new(),
    }
}

fn default_route(name: &str, gateway: &str, metric: u32) -> Route {
    Route {
        table: 254,
        kind: "unicast".to_owned(),
        destination: "0.0.0.0/0".parse().unwrap(),
        gateway: Some(gateway.parse().unwrap()),
        interface: Some(name.to_owned()),
        metric,
        source: None,
        mtu: None,
    }
}

fn network(mut interfaces: Vec<Interface>, routes: Vec<Route>) -> Network {
    for (index, interface) in interfaces.iter_mut().enumerate() {
        interface.index = u32::try_from(index).unwrap() + 1;
    }
    Network {
        interfaces: known(interfaces),
        routes: known(routes),
        listeners: known(Vec::new()),
        busy: Fact::known(Vec::new(), "test"),
        pinned: Fact::known(Vec::new(), "test"),
    }
}

fn peers(list: &[&str]) -> Wishes {
    Wishes {
        peers: list.iter().map(|peer| peer.parse().unwrap()).collect(),
        ..Wishes::default()
    }
}

fn find<'a>(ranked: &'a Candidates, name: &str) -> &'a Candidate {
    let mut all = ranked.candidates.iter();
    all.find(|candidate| candidate.name == name).unwrap()
}

#[track_caller]
fn assert_reason(ranked: &Candidates, name: &str, verdict: Verdict, text: &str) {
    let candidate = find(ranked, name);
    assert_eq!(candidate.verdict, verdict, "{candidate:#?}");
    assert!(
        candidate
            .reasons
            .iter()
            .any(|r| r.why.contains(text) && r.id.starts_with("net.iface.")),
        "no reason says '{text}': {:#?}",
        candidate.reasons
    );
}

fn wg0() -> PlannedInterface {
    PlannedInterface {
        name: "wg0".to_owned(),
        kind: "wireguard".to_owned(),
        address: "10.90.0.2/24".parse().unwrap(),
        mtu: Some(1420),
    }
}

/// The usual host: one network card beside an `eth1` that makes it a choice.
fn with_eth0(extra: Vec<Interface>) -> Network {
    let mut all = vec![iface("eth0", "ethernet", &["10.0.0.5/24"])];
    all.extend(extra);
    network(all, vec![default_route("eth0", "10.0.0.1", 0)])
}

#[test]
fn what_cannot_be_used_is_ruled_out_with_the_reason() {
    let mut slave = iface("eth5", "ethernet", &[]);
    slave.master = Some("bond0".to_owned());
    let mut port = iface("eth6", "ethernet", &["10.6.0.2/24"]);
    port.master = Some("br0".to_owned());
    let mut down = iface("eth1", "ethernet", &["10.1.0.2/24"]);
    down.admin_up = false;
    let mut unplugged = iface("eth2", "ethernet", &["10.2.0.2/24"]);
    unplugged.carrier = known(false);
    let mut veth = iface("veth1a2b", "veth", &[]);
    veth.master = Some("docker0".to_owned());
    let ranked = rank(
        &with_eth0(vec![
            iface("lo", "loopback", &["127.0.0.1/8"]),
            iface("docker0", "bridge", &["172.17.0.1/16"]),
            veth,
            iface("br-0123456789ab", "bridge", &["172.18.0.1/16"]),
            iface("cali1", "veth", &[]),
            iface("lxc1", "veth", &["10.20.0.1/32"]),
            iface("flannel.1", "vxlan", &["10.244.0.0/32"]),
            iface("kube-ipvs0", "dummy", &["10.96.0.1/32"]),
            iface("tunl0", "ipip", &["10.244.1.1/32"]),
            slave,
            port,
            iface("bond0", "bond", &["10.5.0.2/24"]),
            iface("br0", "bridge", &["10.7.0.2/24"]),
            down,
            unplugged,
            iface("eth3", "ethernet", &[]),
            iface("eth4", "ethernet", &["169.254.7.9/16"]),
            iface("eth7", "ethernet", &["fd00::5/64"]),
        ]),
        &Wishes::default(),
        None,
    );
    for (name, text) in [
        ("lo", "loopback"),
        ("docker0", "1 veth in it and no network card"),
        ("veth1a2b", "part of the bridge docker0"),
        ("br-0123456789ab", "without members"),
        ("cali1", "veth pair to a container"),
        ("lxc1", "veth pair to a container"),
        ("flannel.1", "VXLAN"),
        ("kube-ipvs0", "dummy"),
        ("tunl0", "IP tunnel"),
        ("eth5", "part of the bond bond0"),
        ("eth6", "part of the bridge br0"),
        ("eth1", "it is down"),
        ("eth2", "no carrier"),
        ("eth3", "no IPv4 address"),
        ("eth4", "link-local"),
        ("eth7", "no IPv4 address"),
    ] {
        assert_reason(&ranked, name, Verdict::RuledOut, text);
    }
    // A bridge with a network card in it, and a bond, are the host's own.
    assert_reason(&ranked, "bond0", Verdict::Possible, "private address");
    assert_reason(&ranked, "br0", Verdict::Possible, "private address");
    assert_reason(&ranked, "eth0", Verdict::Recommended, "default route");
    assert_eq!(ranked.pick.as_deref(), Some("eth0"));
    assert_eq!(ranked.candidates.first().unwrap().name, "eth0");
}

#[test]
fn a_name_alone_decides_nothing() {
    // A network card that somebody called docker0, and container networks
    // under names of their own.
    let mut member = iface("x1", "veth", &[]);
    member.master = Some("lan".to_owned());
    let ranked = rank(
        &network(
            vec![
                iface("docker0", "ethernet", &["10.0.0.5/24"]),
                iface("lan", "bridge", &["172.30.0.1/16"]),
                member,
                iface("wg0", "vxlan", &["10.244.0.0/32"]),
            ],
            vec![default_route("docker0", "10.0.0.1", 0)],
        ),
        &Wishes::default(),
        None,
    );
    assert_eq!(ranked.pick.as_deref(), Some("docker0"));
    assert_reason(&ranked, "lan", Verdict::RuledOut, "containers");
    assert_reason(&ranked, "wg0", Verdict::RuledOut, "VXLAN");
}

#[test]
fn the_planned_overlay_comes_first_before_it_exists() {
    let ranked = rank(&with_eth0(vec![]), &peers(&["10.0.0.6"]), Some(wg0()));
    assert_eq!(ranked.pick.as_deref(), Some("wg0"));
    let wg = find(&ranked, "wg0");
    assert_eq!(wg.state.as_deref(), Some("plan"));
    assert_eq!(wg.address, Some("10.90.0.2".parse().unwrap()));
    assert_reason(&ranked, "wg0", Verdict::Recommended, "the plan makes it");
    assert_reason(&ranked, "eth0", Verdict::Possible, "1 of 1 peers");
}

#[test]
fn the_overlay_that_exists_comes_first() {
    let mut existing = iface("wg0", "wireguard", &["10.90.0.2/24"]);
    existing.state = known("unknown".to_owned());
    let net = with_eth0(vec![existing.clone()]);
    let ranked = rank(&net, &Wishes::default(), Some(wg0()));
    assert_eq!(ranked.pick.as_deref(), Some("wg0"));
    assert_eq!(find(&ranked, "wg0").state.as_deref(), Some("unknown"));
    assert_eq!(ranked.candidates.len(), 2, "it is listed once");
    // Known by the overlay's network when nothing is planned.
    let wishes = Wishes {
        overlay_network: Some("10.90.0.0/24".parse().unwrap()),
        ..Wishes::default()
    };
    assert_eq!(rank(&net, &wishes, None).pick.as_deref(), Some("wg0"));
    // There, but not set up.
    existing.admin_up = false;
    existing.addresses.clear();
    let ranked = rank(&with_eth0(vec![existing]), &Wishes::default(), Some(wg0()));
    assert_reason(&ranked, "wg0", Verdict::Recommended, "sets it up");
    assert_eq!(find(&ranked, "wg0").state.as_deref(), Some("plan"));
    // Something else has its name.
    let other = iface("wg0", "ethernet", &["10.9.0.1/24"]);
    let ranked = rank(&with_eth0(vec![other]), &Wishes::default(), Some(wg0()));
    assert_reason(
        &ranked,
        "wg0",
        Verdict::RuledOut,
        "of kind ethernet, not wireguard",
    );
}

#[test]
fn somebody_elses_overlay_is_possible_and_no_more() {
    let ranked = rank(
        &with_eth0(vec![
            iface("wg9", "wireguard", &["10.99.0.1/24"]),
            iface("ztabcdef", "tun", &["10.147.17.5/24"]),
            iface("eth1", "ethernet", &["192.168.7.2/24"]),
        ]),
        &Wishes::default(),
        None,
    );
    assert_reason(&ranked, "wg9", Verdict::Possible, "not this plan's");
    assert_reason(&ranked, "ztabcdef", Verdict::Possible, "not this plan's");
    let order: Vec<&str> = ranked.candidates.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(order, ["eth0", "eth1", "wg9", "ztabcdef"]);
}

#[test]
fn the_network_of_the_peers_beats_the_default_route() {
    let net = with_eth0(vec![iface("eth1", "ethernet", &["192.168.7.2/24"])]);
    let ranked = rank(&net, &peers(&["192.168.7.3", "192.168.7.4"]), None);
    assert_eq!(ranked.pick.as_deref(), Some("eth1"));
    assert_reason(&ranked, "eth1", Verdict::Recommended, "2 of 2 peers");
    let ranked = rank(&net, &Wishes::default(), None);
    assert_eq!(ranked.pick.as_deref(), Some("eth0"));
    // Its own address is no peer.
    let ranked = rank(&net, &peers(&["192.168.7.2"]), None);
    assert_eq!(ranked.pick.as_deref(), Some("eth0"));
}

#[test]
fn a_secondary_address_can_be_the_one_that_the_peers_share() {
    let net = with_eth0(vec![iface(
        "eth1",
        "ethernet",
        &["192.168.7.2/24", "10.5.0.9/16", "10.5.0.10/16"],
    )]);
    let ranked = rank(&net, &peers(&["10.5.1.1"]), None);
    assert_eq!(ranked.pick.as_deref(), Some("eth1"));
    let eth1 = find(&ranked, "eth1");
    assert!(eth1.address.unwrap().to_string().starts_with("10.5.0."));
    assert_reason(&ranked, "eth1", Verdict::Recommended, "not its first");
}

#[test]
fn of_several_interfaces_among_the_peers_the_one_with_most_of_them_wins() {
    let ranked = rank(
        &with_eth0(vec![
            iface("eth1", "ethernet", &["192.168.7.2/24"]),
            iface("eth2", "ethernet", &["192.168.7.8/24"]),
        ]),
        &peers(&["10.0.0.9", "192.168.7.3", "192.168.7.4"]),
        None,
    );
    let order: Vec<&str> = ranked.candidates.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(order, ["eth1", "eth2", "eth0"]);
    assert_reason(
        &ranked,
        "eth1",
        Verdict::Recommended,
        "eth2 is in the same network",
    );
    assert_reason(&ranked, "eth0", Verdict::Possible, "1 of 3 peers");
}

#[test]
fn the_lowest_metric_wins_among_default_routes_of_the_main_table() {
    let mut elsewhere = default_route("eth2", "10.2.0.1", 0);
    elsewhere.table = 100;
    let mut blackhole = default_route("eth1", "10.1.0.1", 1);
    blackhole.kind = "blackhole".to_owned();
    let ranked = rank(
        &network(
            vec![
                iface("eth0", "ethernet", &["10.0.0.5/24"]),
                iface("eth1", "ethernet", &["10.1.0.5/24"]),
                iface("eth2", "ethernet", &["10.2.0.5/24"]),
            ],
            vec![
                elsewhere,
                blackhole,
                default_route("eth0", "10.0.0.1", 200),
                default_route("eth1", "10.1.0.1", 100),
            ],
        ),
        &Wishes::default(),
        None,
    );
    let order: Vec<&str> = ranked.candidates.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(order, ["eth1", "eth0", "eth2"]);
    assert_eq!(find(&ranked, "eth2").default_route, Some(false));
    assert_reason(&ranked, "eth1", Verdict::Recommended, "metric 100");
}

#[test]
fn the_route_to_the_peers_counts_where_no_network_is_shared() {
    let mut to_peers = default_route("eth1", "10.1.0.1", 0);
    to_peers.destination = "10.50.0.0/16".parse().unwrap();
    let mut net = with_eth0(vec![iface("eth1", "ethernet", &["10.1.0.5/24"])]);
    net.routes = known(vec![default_route("eth0", "10.0.0.1", 0), to_peers]);
    let ranked = rank(&net, &peers(&["10.50.0.7"]), None);
    assert_eq!(ranked.pick.as_deref(), Some("eth1"));
    assert_reason(
        &ranked,
        "eth1",
        Verdict::Recommended,
        "route to 1 of 1 peers",
    );
}

#[test]
fn virtualbox_nat_is_last_and_says_why() {
    let net = network(
        vec![
            iface("eth0", "ethernet", &["10.0.2.15/24"]),
            iface("eth1", "ethernet", &["192.168.56.10/24"]),
        ],
        vec![default_route("eth0", "10.0.2.2", 0)],
    );
    let ranked = rank(&net, &Wishes::default(), None);
    assert_eq!(ranked.pick.as_deref(), Some("eth1"));
    assert_reason(&ranked, "eth0", Verdict::Possible, "VirtualBox' NAT");
    assert_eq!(ranked.candidates.last().unwrap().name, "eth0");
    // Another machine's 10.0.2.15 as a peer does not make it a shared network.
    let ranked = rank(&net, &peers(&["10.0.2.16"]), None);
    assert_eq!(ranked.pick.as_deref(), Some("eth1"));
    // A NAT network (gateway .1) joins the machines in it.
    let mut joined = net.clone();
    joined.routes = known(vec![default_route("eth0", "10.0.2.1", 0)]);
    assert_eq!(
        rank(&joined, &Wishes::default(), None).pick.as_deref(),
        Some("eth0")
    );
    // Where it is the only one, it is picked, but never recommended.
    let mut alone = net;
    alone.interfaces = known(vec![iface("eth0", "ethernet", &["10.0.2.15/24"])]);
    let ranked = rank(&alone, &Wishes::default(), None);
    assert_eq!(ranked.pick.as_deref(), Some("eth0"));
    assert_eq!(find(&ranked, "eth0").verdict, Verdict::Possible);
}

#[test]
fn a_public_address_is_possible_with_a_warning() {
    let net = network(
        vec![
            iface("eth0", "ethernet", &["203.0.113.7/24"]),
            iface("eth1", "ethernet", &["100.64.3.4/10"]),
        ],
        vec![default_route("eth0", "203.0.113.1", 0)],
    );
    let ranked = rank(&net, &Wishes::default(), None);
    assert_reason(&ranked, "eth0", Verdict::Possible, "address is public");
    assert_eq!(
        ranked.pick.as_deref(),
        Some("eth1"),
        "100.64/10 is not public"
    );
    let mut alone = net;
    alone.interfaces = known(vec![iface("eth0", "ethernet", &["203.0.113.7/24"])]);
    let ranked = rank(&alone, &Wishes::default(), None);
    assert_eq!(ranked.pick.as_deref(), Some("eth0"));
    assert_eq!(find(&ranked, "eth0").verdict, Verdict::Possible);
}

#[test]
fn a_private_address_is_used_before_the_public_one_of_the_same_card() {
    let both = &["203.0.113.7/24", "10.3.0.4/24"];
    let net = network(vec![iface("eth0", "ethernet", both)], vec![]);
    let ranked = rank(&net, &Wishes::default(), None);
    assert_eq!(
        find(&ranked, "eth0").address,
        Some("10.3.0.4".parse().unwrap())
    );
    assert_eq!(find(&ranked, "eth0").verdict, Verdict::Recommended);
}

#[test]
fn a_veth_that_is_the_way_out_is_the_hosts_own() {
    // Inside a container or namespace the network card is itself a veth.
    let mut eth0 = iface("eth0", "veth", &["10.0.3.7/24"]);
    eth0.parent_elsewhere = true;
    let mut side = iface("ve-box", "veth", &["10.9.0.1/28"]);
    side.parent_elsewhere = true;
    let net = network(vec![eth0, side], vec![default_route("eth0", "10.0.3.1", 0)]);
    let ranked = rank(&net, &Wishes::default(), None);
    assert_reason(
        &ranked,
        "eth0",
        Verdict::Recommended,
        "itself a container or namespace",
    );
    assert_reason(&ranked, "ve-box", Verdict::Possible, "veth pair");
}

#[test]
fn what_is_not_known_is_said_and_held_against_nobody() {
    let mut eth0 = iface("eth0", "ethernet", &["10.0.0.5/24"]);
    eth0.kind = Fact::unreadable("EACCES", "netlink");
    eth0.carrier = Fact::unreadable("another interface's", "/sys/class/net/eth0/carrier");
    eth0.state = Fact::unreadable("EACCES", "netlink");
    eth0.speed = Fact::absent("no speed", "sysfs");
    eth0.mtu = Fact::unreadable("EACCES", "netlink");
    let mut net = network(vec![eth0], vec![]);
    net.routes = Fact::unreadable("EPERM", "netlink");
    let ranked = rank(&net, &Wishes::default(), None);
    let found = find(&ranked, "eth0");
    assert_eq!(
        (
            &found.kind,
            &found.state,
            found.mtu,
            found.speed,
            found.default_route
        ),
        (&None, &None, None, None, None)
    );
    assert_eq!(ranked.pick.as_deref(), Some("eth0"));
    for text in [
        "kind is not known",
        "carrier is not known",
        "routes are not known",
    ] {
        assert_reason(&ranked, "eth0", Verdict::Recommended, text);
    }
}

#[test]
fn dockers_bridge_is_known_without_its_kind_by_more_than_its_name() {
    let unknown = |name: &str, mac: &str, address: &str| {
        let mut interface = iface(name, "", &[address]);
        interface.kind = Fact::unreadable("not in the capture", "capture/ip-addr");
        interface.mac = known(mac.to_owned());
        interface
    };
    let mut member = unknown("vethab", "8e:00:00:00:00:01", "10.77.0.2/24");
    member.parent_elsewhere = true;
    member.master = Some("whatever".to_owned());
    let ranked = rank(
        &with_eth0(vec![
            unknown("docker0", "02:42:ac:11:00:01", "172.17.42.1/16"),
            unknown("br-0123456789ab", "8e:00:00:00:00:02", "172.18.0.1/16"),
            unknown("whatever", "8e:00:00:00:00:03", "172.19.0.9/16"),
            member,
            unknown("docker1", "52:54:00:00:00:09", "10.8.0.9/24"),
        ]),
        &Wishes::default(),
        None,
    );
    for name in ["docker0", "br-0123456789ab", "whatever"] {
        assert_reason(&ranked, name, Verdict::RuledOut, "Docker's");
    }
    assert_reason(
        &ranked,
        "vethab",
        Verdict::RuledOut,
        "part of the interface whatever",
    );
    assert_reason(&ranked, "docker1", Verdict::Possible, "kind is not known");
}

#[test]
fn a_member_of_a_vrf_keeps_its_addresses() {
    let mut eth1 = iface("eth1", "ethernet", &["10.1.0.2/24"]);
    eth1.master = Some("blue".to_owned());
    let ranked = rank(
        &with_eth0(vec![eth1, iface("blue", "vrf", &[])]),
        &Wishes::default(),
        None,
    );
    assert_eq!(find(&ranked, "eth1").verdict, Verdict::Possible);
}

#[test]
fn a_wish_selects_by_name_address_mac_network_or_driver() {
    let mut eth1 = iface("eth1", "ethernet", &["192.168.7.2/24", "10.5.0.9/16"]);
    eth1.mac = known("52:54:00:ab:cd:ef".to_owned());
    eth1.driver = known("ixgbe".to_owned());
    let net = with_eth0(vec![eth1]);
    for wish in [
        InterfaceWish::Name("eth1".to_owned()),
        InterfaceWish::Address("10.5.0.9".parse().unwrap()),
        InterfaceWish::Mac("52-54-00-AB-CD-EF".to_owned()),
        InterfaceWish::Cidr("192.168.0.0/16".parse().unwrap()),
        InterfaceWish::Driver("ixgbe".to_owned()),
    ] {
        let wishes = Wishes {
            interface: wish.clone(),
            ..Wishes::default()
        };
        let ranked = rank(&net, &wishes, None);
        assert_eq!(ranked.choose().unwrap().name, "eth1", "{wish:?}");
        assert_reason(&ranked, "eth1", Verdict::Possible, "asked for");
    }
}

#[test]
fn a_wish_that_cannot_be_met_names_what_is_there() {
    let net = with_eth0(vec![iface("docker0", "bridge", &["172.17.0.1/16"])]);
    let wish = |name: &str| Wishes {
        interface: InterfaceWish::Name(name.to_owned()),
        ..Wishes::default()
    };
    let error = rank(&net, &wish("eth9"), None).choose().unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, PickError::NoMatch { .. }), "{text}");
    assert!(
        text.contains("eth9") && text.contains("eth0 (10.0.0.5/24)"),
        "{text}"
    );
    assert!(text.contains("docker0"), "{text}");
    let ranked = rank(&net, &wish("docker0"), None);
    let error = ranked.choose().unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, PickError::RuledOut { .. }), "{text}");
    assert!(
        text.contains("without members") && text.contains("usable: eth0"),
        "{text}"
    );
    assert_eq!(ranked.pick, None);
}

#[test]
fn without_a_usable_interface_there_is_no_pick() {
    let lo = iface("lo", "loopback", &["127.0.0.1/8"]);
    let ranked = rank(&network(vec![lo], vec![]), &Wishes::default(), None);
    assert!(matches!(ranked.problem, Some(PickError::NoneUsable { .. })));
    let mut net = network(vec![], vec![]);
    net.interfaces = Fact::unreadable("EPERM", "netlink");
    let ranked = rank(&net, &Wishes::default(), None);
    assert!(ranked.choose().unwrap_err().to_string().contains("EPERM"));
}

#[test]
fn the_json_has_the_agreed_keys_in_the_agreed_order() {
    let text = serde_json::to_string(&rank(&with_eth0(vec![]), &Wishes::default(), None)).unwrap();
    let mut at = 0;
    for key in [
        "candidates",
        "name",
        "kind",
        "state",
        "addresses",
        "mtu",
        "speed",
        "driver",
        "mac",
        "default_route",
        "verdict",
        "reasons",
        "pick",
    ] {
        let found = text[at..].find(&format!("\"{key}\":"));
        at += found.unwrap_or_else(|| panic!("{key} is missing or out of order in {text}"));
    }
    assert!(text.contains("\"verdict\":\"recommended\""), "{text}");
    assert!(text.contains("\"pick\":\"eth0\""), "{text}");
}
