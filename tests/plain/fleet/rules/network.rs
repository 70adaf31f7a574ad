//! Interfaces, addresses, networks, MTUs and architectures.

use groundcrew::facts::network::{Interface, Route};
use groundcrew::facts::{Fact, Facts};
use groundcrew::judge::finding::Status;

use super::super::hosts::{interface, route};
use super::{Case, PLAIN, found, of, unread};

/// The cases of these rules.
pub const CASES: &[Case] = &[
    (
        "fleet.interface",
        Status::Fail,
        |n, f| {
            if n == 1 {
                f.network.interfaces = Fact::known(
                    vec![interface(
                        "docker0",
                        "bridge",
                        "172.17.0.1/16",
                        "02:42:ac:11:00:01",
                    )],
                    "test",
                );
            }
        },
        "1 host without: app001",
    ),
    (
        "fleet.interface",
        Status::Unknown,
        |n, f| {
            if n == 1 {
                f.network.interfaces = unread();
            }
        },
        "app001",
    ),
    (
        "fleet.address",
        Status::Fail,
        |n, f| {
            if n < 2 {
                let mac = format!("52:54:00:00:00:{n:02x}");
                f.network.interfaces = Fact::known(
                    vec![interface("eth0", "ethernet", "10.1.7.7/16", &mac)],
                    "test",
                );
            }
        },
        "2 hosts have the address 10.1.7.7 (towards the others)",
    ),
    (
        "fleet.address",
        Status::Warn,
        |n, f| {
            let Fact::Known { value, .. } = &mut f.network.interfaces else {
                panic!()
            };
            let mac = format!("52:54:01:00:00:{n:02x}");
            value.push(interface("eth1", "ethernet", "10.0.2.15/24", &mac));
        },
        "10.0.2.15 (on interfaces that are not used",
    ),
    (
        "fleet.mtu",
        Status::Warn,
        |n, f| {
            if n == 2 {
                let Fact::Known { value, .. } = &mut f.network.interfaces else {
                    panic!()
                };
                value[0].mtu = Fact::known(1450, "test");
            }
        },
        "1450 bytes count",
    ),
    (
        "fleet.mtu",
        Status::Unknown,
        |n, f| {
            if n == 2 {
                let Fact::Known { value, .. } = &mut f.network.interfaces else {
                    panic!()
                };
                value[0].mtu = unread();
            }
        },
        "app002",
    ),
    (
        "fleet.overlay-network",
        Status::Fail,
        |n, f| {
            if n == 3 {
                let Fact::Known { value, .. } = &mut f.network.routes else {
                    panic!()
                };
                value.push(route("10.90.0.0/16", Some("10.1.0.1")));
            }
        },
        "would lie over the route to 10.90.0.0/16 on 1 host: app003",
    ),
    (
        "fleet.overlay-network",
        Status::Unknown,
        |n, f| {
            if n == 3 {
                f.network.routes = unread();
            }
        },
        "app003",
    ),
    (
        "fleet.arch",
        Status::Warn,
        |n, f| {
            if n == 0 {
                f.kernel.arch = Fact::known("aarch64".into(), "test");
            }
        },
        "aarch64 on app000; x86_64 on app[001-003]",
    ),
    (
        "fleet.arch",
        Status::Unknown,
        |n, f| {
            if n == 0 {
                f.kernel.arch = unread();
            }
        },
        "app000",
    ),
];

#[test]
fn answered_ranges_of_schedulers_are_free_on_every_host_too() {
    let yaml = "version: 1\nswarm: {address-pools: [10.1.0.0/16]}\n";
    let own = of(
        &found(|_, _| {}, |_, _| {}, "swarm", yaml),
        "fleet.overlay-network",
    );
    assert_eq!(own.status, Status::Fail);
    assert!(
        own.remedy
            .unwrap()
            .hint
            .contains("swarm.address-pools to 10.0.0.0/16")
    );
    let yaml = "version: 1\nkubernetes: {pod-network: 172.17.0.0/16}\n";
    let own = of(
        &found(|_, _| {}, |_, _| {}, "kubernetes", yaml),
        "fleet.overlay-network",
    );
    assert_eq!((own.status, own.hosts.len()), (Status::Fail, 4), "{own:?}");
}

#[test]
fn what_the_schedulers_and_flannel_have_made_is_not_in_their_own_way() {
    let yaml = "version: 1\noverlay: {network: 10.90.0.0/16}\n";
    let made = |driver: &'static str| {
        move |n: usize, f: &mut Facts| {
            let Fact::Known { value, .. } = &mut f.docker.info.networks else {
                panic!()
            };
            value[0].driver = driver.into();
            value[0].subnets = vec![format!("10.90.{n}.0/24")];
        }
    };
    let status = |driver, target| {
        let found = found(made(driver), |_, _| {}, target, yaml);
        of(&found, "fleet.overlay-network").status
    };
    assert_eq!(status("bridge", "native+flannel"), Status::Pass);
    assert_eq!(status("bridge", "native+wireguard"), Status::Fail);
    assert_eq!(status("overlay", "native+wireguard"), Status::Pass);
}

#[test]
fn flannels_udp_backend_is_for_one_architecture() {
    let yaml =
        "version: 1\noverlay: {kind: flannel, network: 10.90.0.0/16, flannel: {backend: udp}}\n";
    let arm = |n: usize, f: &mut Facts| {
        if n == 1 {
            f.kernel.arch = Fact::known("aarch64".into(), "test");
        }
    };
    let own = of(&found(arm, |_, _| {}, "native+flannel", yaml), "fleet.arch");
    assert_eq!(
        (own.status, own.hosts),
        (Status::Fail, vec!["app001".to_owned()])
    );
}

fn interfaces(facts: &mut Facts) -> &mut Vec<Interface> {
    match &mut facts.network.interfaces {
        Fact::Known { value, .. } => value,
        _ => panic!(),
    }
}

fn routes(facts: &mut Facts) -> &mut Vec<Route> {
    match &mut facts.network.routes {
        Fact::Known { value, .. } => value,
        _ => panic!(),
    }
}

#[test]
fn a_host_without_an_interface_does_not_make_one_that_could_not_be_read_fail() {
    let change = |n: usize, f: &mut Facts| match n {
        1 => interfaces(f).retain(|one| one.name == "docker0"),
        2 => f.network.interfaces = unread(),
        _ => {}
    };
    let found = found(change, |_, _| {}, "native+wireguard", PLAIN);
    let own = found.iter().filter(|one| one.id == "fleet.interface");
    let told: Vec<(Status, &str)> = own.map(|one| (one.status, one.hosts[0].as_str())).collect();
    assert_eq!(
        told,
        [(Status::Fail, "app001"), (Status::Unknown, "app002")]
    );
}

#[test]
fn a_sites_own_vpn_and_bridges_are_in_the_way_and_what_is_made_for_containers_is_not() {
    // An interface with what is to be the private network on it, or behind it.
    let cases = [
        ("tun0", "tun", Status::Fail),
        ("wg1", "wireguard", Status::Fail),
        ("ztabcdef12", "tun", Status::Fail),
        ("br-ex", "bridge", Status::Fail),
        ("virbr1", "bridge", Status::Fail),
        ("br-0123456789ab", "bridge", Status::Pass),
        ("cni0", "bridge", Status::Pass),
        ("cali0123", "veth", Status::Pass),
        // The one that the private network is to have.
        ("wg0", "wireguard", Status::Pass),
    ];
    for (name, kind, wanted) in cases {
        for behind in [false, true] {
            let change = |n: usize, f: &mut Facts| {
                if n == 3 {
                    let address = if behind {
                        "192.168.77.1/24"
                    } else {
                        "10.90.0.1/24"
                    };
                    interfaces(f).push(interface(name, kind, address, "52:54:77:00:00:01"));
                    if behind {
                        let mut route = route("10.90.0.0/24", None);
                        route.interface = Some(name.into());
                        routes(f).push(route);
                    }
                }
            };
            let found = found(change, |_, _| {}, "native+wireguard", PLAIN);
            let own = of(&found, "fleet.overlay-network");
            assert_eq!(own.status, wanted, "{name}, {behind}: {own:?}");
        }
    }
}

#[test]
fn virtual_machines_bridges_are_alike_on_all_hosts_and_a_hosts_own_is_not() {
    let status = |name: &str| {
        let change = |_: usize, f: &mut Facts| {
            let mac = "52:54:00:12:34:56";
            interfaces(f).push(interface(name, "bridge", "192.168.122.1/24", mac));
        };
        let found = found(change, |_, _| {}, "native+wireguard", PLAIN);
        (
            of(&found, "fleet.address").status,
            of(&found, "fleet.mac").status,
        )
    };
    for alike in ["virbr0", "vnet3", "cali9", "br-0123456789ab"] {
        assert_eq!(status(alike), (Status::Pass, Status::Pass), "{alike}");
    }
    for own in ["br-ex", "br-0123456789"] {
        assert_eq!(status(own), (Status::Warn, Status::Fail), "{own}");
    }
}
