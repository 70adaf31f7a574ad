//! The overlays: WireGuard, Flannel, ZeroTier.

use super::known::known;
use super::remedy;
use super::{Check, Group, Level, Outcome, Target};
use crate::facts::Fact;
use crate::judge::finding::Remedy;

/// The checks of this file.
pub(super) const CHECKS: &[Check] = &[
    WG_TOOLS,
    WG_KEY,
    WG_ENDPOINT,
    F_ETCD,
    F_DOCKER,
    ZT_IDENTITY,
    ZT_PRIMARY,
];

const WG_TOOLS: Check = Check {
    id: "wg.tools",
    title: "WireGuard's tools",
    group: Group::Overlay,
    concerns: &[Target::Wireguard],
    reads: &["identity.programs.wg", "identity.programs.wg-quick"],
    wanted: "wg and wg-quick",
    source: "wg(8), wg-quick(8): package wireguard-tools",
    rules: &[],
    waivable: true,
    run: |subject| {
        let programs = &subject.facts.identity.programs;
        let mut missing = Vec::new();
        for name in ["wg", "wg-quick"] {
            match programs.get(name) {
                Some(Fact::Known { .. }) => {}
                Some(Fact::Absent { .. }) => missing.push(name),
                Some(fact) => {
                    return vec![Outcome::unknown(
                        &format!("whether there is {name}"),
                        &format!("identity.programs.{name}"),
                        fact,
                    )];
                }
                None => return Vec::new(),
            }
        }
        let source = Fact::known((), "search path for programs");
        vec![
            if missing.is_empty() {
                Outcome::pass("wg and wg-quick are there")
            } else {
                Outcome::warn(format!(
                    "{} not in the search path; wanted: installed",
                    missing.join(" and ")
                ))
                .remedy(remedy::package(
                    subject.facts,
                    "WireGuard's tools",
                    "wireguard-tools",
                    "wireguard-tools",
                ))
            }
            .actual("missing", missing)
            .read("identity.programs", &source),
        ]
    },
};

const WG_KEY: Check = Check {
    id: "wg.key",
    title: "Rights of WireGuard's files",
    group: Group::Overlay,
    concerns: &[Target::Wireguard],
    reads: &["overlays.wireguard_files"],
    wanted: "owned by root and readable by nobody else (their content is never read)",
    source: "wg-quick(8): '... is world accessible'",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.overlays.wireguard_files;
        let files = known!("WireGuard's files", "overlays.wireguard_files", fact);
        let open: Vec<_> = files
            .iter()
            .filter(|file| file.mode & 0o077 != 0 || file.uid != 0)
            .map(|file| format!("{} ({:04o})", file.path, file.mode))
            .collect();
        let mut remedy = Remedy::hint("let only root read them");
        for file in files
            .iter()
            .filter(|file| file.mode & 0o077 != 0 || file.uid != 0)
        {
            remedy = remedy
                .command(format!("chown root:root {0} && chmod 0600 {0}", file.path))
                .undo(format!("chmod {:04o} {}", file.mode, file.path));
        }
        vec![
            if open.is_empty() {
                Outcome::pass(format!("{} files, readable by root alone", files.len()))
            } else {
                Outcome::warn(format!(
                    "others than root can read {}; wanted: 0600",
                    open.join(", ")
                ))
                .remedy(remedy)
            }
            .actual("open", open)
            .read("overlays.wireguard_files", fact),
        ]
    },
};

const WG_ENDPOINT: Check = Check {
    id: "wg.endpoint",
    title: "Where this node is dialled",
    group: Group::Overlay,
    concerns: &[Target::Wireguard],
    reads: &["answers overlay.wireguard.endpoint", "network.interfaces"],
    wanted: "an address of this host, or one that is translated to it",
    source: "wg(8) Endpoint; the port itself: port and fw.input",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.network.interfaces;
        let interfaces = known!("the interfaces", "network.interfaces", fact);
        let Some(endpoint) = subject.scope.endpoint.as_deref() else {
            return vec![
                Outcome::na("no endpoint is answered: the other nodes dial the chosen interface")
                    .read("network.interfaces", fact),
            ];
        };
        let port = subject.scope.wireguard_port;
        let outcome = match endpoint.parse::<std::net::IpAddr>() {
            Err(_) => Outcome::info(format!(
                "the other nodes dial {endpoint}, whose address was not asked for: see that it leads here"
            )),
            Ok(address) => {
                let has = |i: &&crate::facts::network::Interface| {
                    i.addresses.iter().any(|net| net.addr() == address)
                };
                let private = matches!(address, std::net::IpAddr::V4(v4) if v4.is_private());
                match interfaces.iter().find(has) {
                    Some(i) => Outcome::pass(format!("{endpoint} is the address of {}", i.name)),
                    None if private => Outcome::warn(format!(
                        "the other nodes dial {endpoint}, a private address that no interface here has; \
                         wanted: an address of this host"
                    ))
                    .remedy(Remedy::hint(
                        "see `groundcrew interfaces` for the addresses, and correct the answer \
                         overlay.wireguard.endpoint",
                    )),
                    None => Outcome::info(format!(
                        "the other nodes dial {endpoint}, which no interface here has: see that {port}/udp is \
                         passed on to this host"
                    )),
                }
            }
        };
        vec![
            outcome
                .actual("endpoint", endpoint)
                .read("network.interfaces", fact),
        ]
    },
};

const F_ETCD: Check = Check {
    id: "f.etcd",
    title: "etcd for Flannel",
    group: Group::Overlay,
    concerns: &[Target::Flannel],
    reads: &["overlays.etcd_data"],
    wanted: "an odd number of members; no data of another etcd in /var/lib/etcd",
    source: "etcd.io faq 'Why an odd number of cluster members?'; founding page: etcd on the nodes",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.overlays.etcd_data;
        let data = known!("whether there is an etcd", "overlays.etcd_data", fact);
        let nodes = subject.scope.nodes;
        vec![if *data && !subject.scope.joins {
            Outcome::warn("/var/lib/etcd has the data of an etcd; wanted: empty, or the answer needs.existing-etcd")
                .remedy(Remedy::hint("find out whose it is; it is never removed by itself"))
        } else if nodes > 1 && nodes.is_multiple_of(2) {
            Outcome::info(format!("{nodes} nodes: {} of them as members of etcd bear as many failures as {nodes}", nodes - 1))
        } else {
            Outcome::pass("no etcd is in the way")
        }
        .read("overlays.etcd_data", fact)]
    },
};

const F_DOCKER: Check = Check {
    id: "f.docker_opts",
    title: "Docker on Flannel's lease",
    group: Group::Overlay,
    concerns: &[Target::Flannel],
    reads: &["overlays.flannel_lease", "network.interfaces"],
    wanted: "docker0 has the address of Flannel's lease, once there is one",
    source: "flannel Documentation/running.md: --bip and --mtu from subnet.env",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.overlays.flannel_lease;
        let lease = match fact {
            Fact::Known { value, .. } => value,
            Fact::Absent { .. } => {
                return vec![
                    Outcome::na("Flannel has no lease here yet")
                        .read("overlays.flannel_lease", fact),
                ];
            }
            fact @ Fact::Unreadable { .. } => {
                return vec![Outcome::unknown(
                    "Flannel's lease",
                    "overlays.flannel_lease",
                    fact,
                )];
            }
        };
        known!(
            "the interfaces",
            "network.interfaces",
            &subject.facts.network.interfaces
        );
        let subnet = lease.get("FLANNEL_SUBNET").map_or("", String::as_str);
        let docker0 = subject.facts.network.interface("docker0");
        let fits = docker0.is_some_and(|docker0| {
            docker0
                .addresses
                .iter()
                .any(|net| net.to_string() == subnet)
        });
        vec![if fits {
            Outcome::pass(format!("docker0 has {subnet}, Flannel's lease"))
        } else {
            let mtu = lease.get("FLANNEL_MTU").map_or("1450", String::as_str);
            Outcome::fail(format!("docker0 does not have {subnet}, Flannel's lease: containers are not reached from other nodes; wanted: that address"))
                .remedy(Remedy::hint("start Docker with the lease, when containers may stop")
                    .file("/etc/docker/daemon.json", format!("{{\"bip\": \"{subnet}\", \"mtu\": {mtu}, \"ip-masq\": false}}")))
        }
        .actual("FLANNEL_SUBNET", subnet)
        .read("overlays.flannel_lease", fact)]
    },
};

const ZT_IDENTITY: Check = Check {
    id: "zt.identity",
    title: "ZeroTier's identity",
    group: Group::Overlay,
    concerns: &[Target::Zerotier],
    reads: &["overlays.zerotier_address"],
    wanted: "one of its own: a clone of another machine has that one's",
    source: "ZeroTierOne#484 #477 #1328: cloned identity.secret, same node address",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.overlays.zerotier_address;
        vec![match fact {
            Fact::Known { value, .. } => Outcome::info(format!("ZeroTier is or was here, as {value}: see that no other machine is a clone of this one"))
                .actual("address", value.as_str())
                .remedy(Remedy::hint("on a clone, remove the identity before ZeroTier is started").command("rm /var/lib/zerotier-one/identity.secret /var/lib/zerotier-one/identity.public"))
                .read("overlays.zerotier_address", fact),
            Fact::Absent { .. } => Outcome::pass("no identity yet: it is made with the first start").read("overlays.zerotier_address", fact),
            fact @ Fact::Unreadable { .. } => Outcome::unknown("ZeroTier's identity", "overlays.zerotier_address", fact),
        }]
    },
};

const ZT_PRIMARY: Check = Check {
    id: "zt.primary",
    title: "ZeroTier over other overlays",
    group: Group::Overlay,
    concerns: &[Target::Zerotier],
    reads: &["overlays.zerotier_blacklist", "network.interfaces"],
    wanted: "ZeroTier keeps off docker0 and other tunnels (interfacePrefixBlacklist)",
    source: "ZeroTierOne service/README.md, local.conf interfacePrefixBlacklist",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.overlays.zerotier_blacklist;
        let list = match fact {
            Fact::Known { value, .. } => value.as_slice(),
            Fact::Absent { .. } => &[],
            fact @ Fact::Unreadable { .. } => {
                return vec![Outcome::unknown(
                    "ZeroTier's configuration",
                    "overlays.zerotier_blacklist",
                    fact,
                )];
            }
        };
        let interfaces = known!(
            "the interfaces",
            "network.interfaces",
            &subject.facts.network.interfaces
        );
        let tunnels: Vec<_> = interfaces
            .iter()
            .map(|i| i.name.as_str())
            .filter(|name| {
                ["docker", "wg", "flannel", "br-", "cni"]
                    .iter()
                    .any(|start| name.starts_with(start))
            })
            .filter(|name| !list.iter().any(|prefix| name.starts_with(prefix.as_str())))
            .collect();
        vec![if tunnels.is_empty() {
            Outcome::pass("ZeroTier meets no other tunnel")
        } else {
            Outcome::new(Level::Warn, format!("ZeroTier may send its packets over {}; wanted: it keeps off them", tunnels.join(", ")))
                .remedy(Remedy::hint("name them in ZeroTier's configuration, and restart it")
                    .file("/var/lib/zerotier-one/local.conf", "{\"settings\": {\"interfacePrefixBlacklist\": [\"docker\", \"br-\", \"wg\", \"flannel\"]}}"))
        }
        .actual("interfaces", tunnels.join(" "))
        .read("overlays.zerotier_blacklist", fact)
        .read("network.interfaces", &subject.facts.network.interfaces)]
    },
};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod cases {
    use super::super::cases::{Case, absent, case, interface, known, unread};
    use crate::facts::Facts;
    use crate::facts::overlays::KeyFile;

    /// What a host has that these checks have nothing to say of.
    pub fn good(facts: &mut Facts) {
        facts.overlays.wireguard_files = known(Vec::new());
        facts.overlays.flannel_lease = absent();
        facts.overlays.etcd_data = known(false);
        facts.overlays.zerotier_address = absent();
        facts.overlays.zerotier_blacklist = absent();
    }

    /// The hosts on which these checks come out one way or the other.
    pub const CASES: &[Case] = &[
        case!("wg.tools", "there", "native+wireguard", Pass, |f, _| {}),
        case!(
            "wg.tools",
            "no wg-quick",
            "native+wireguard",
            Warn,
            |f, _| {
                f.identity.programs.insert("wg-quick".into(), absent());
            }
        ),
        case!("wg.tools", "unread", "native+wireguard", Unknown, |f, _| {
            f.identity.programs.insert("wg".into(), unread());
        }),
        case!("wg.key", "none", "native+wireguard", Pass, |f, _| {}),
        case!(
            "wg.key",
            "readable by all",
            "native+wireguard",
            Warn,
            |f, _| {
                f.overlays.wireguard_files = known(vec![KeyFile {
                    path: "/etc/wireguard/wg0.conf".into(),
                    mode: 0o644,
                    uid: 0,
                }]);
            }
        ),
        case!("wg.key", "unread", "native+wireguard", Unknown, |f, _| f
            .overlays
            .wireguard_files =
            unread()),
        case!(
            "wg.endpoint",
            "none answered",
            "native+wireguard",
            Na,
            |f, _| {}
        ),
        case!(
            "wg.endpoint",
            "its own address",
            "native+wireguard",
            Pass,
            |f, s| s.endpoint = Some("192.0.2.11".into())
        ),
        case!(
            "wg.endpoint",
            "a private address of another host",
            "native+wireguard",
            Warn,
            |f, s| s.endpoint = Some("10.9.9.9".into())
        ),
        case!(
            "wg.endpoint",
            "a translated address",
            "native+wireguard",
            Info,
            |f, s| s.endpoint = Some("203.0.113.9".into())
        ),
        case!("wg.endpoint", "a name", "native+wireguard", Info, |f, s| {
            s.endpoint = Some("node-1.example.com".into())
        }),
        case!(
            "wg.endpoint",
            "unread",
            "native+wireguard",
            Unknown,
            |f, _| f.network.interfaces = unread()
        ),
        case!("f.etcd", "none", "native+flannel", Pass, |f, _| {}),
        case!(
            "f.etcd",
            "another's data",
            "native+flannel",
            Warn,
            |f, _| f.overlays.etcd_data = known(true)
        ),
        case!("f.etcd", "four nodes", "native+flannel", Info, |f, s| s
            .nodes =
            4),
        case!("f.etcd", "unread", "native+flannel", Unknown, |f, _| f
            .overlays
            .etcd_data =
            unread()),
        case!("f.docker_opts", "no lease", "native+flannel", Na, |f, _| {}),
        case!(
            "f.docker_opts",
            "docker0 elsewhere",
            "native+flannel",
            Fail,
            |f, _| {
                f.overlays.flannel_lease =
                    known([("FLANNEL_SUBNET".to_owned(), "10.1.2.1/24".to_owned())].into());
            }
        ),
        case!(
            "f.docker_opts",
            "docker0 on it",
            "native+flannel",
            Pass,
            |f, _| {
                f.overlays.flannel_lease =
                    known([("FLANNEL_SUBNET".to_owned(), "10.1.2.1/24".to_owned())].into());
                let mut all = f.network.interfaces.value().unwrap().clone();
                all.push(interface(3, "docker0", "bridge", "10.1.2.1/24"));
                f.network.interfaces = known(all);
            }
        ),
        case!(
            "f.docker_opts",
            "unread",
            "native+flannel",
            Unknown,
            |f, _| f.overlays.flannel_lease = unread()
        ),
        case!("zt.identity", "none", "native+zerotier", Pass, |f, _| {}),
        case!("zt.identity", "one", "native+zerotier", Info, |f, _| f
            .overlays
            .zerotier_address =
            known("efcc1b0947".into())),
        case!(
            "zt.identity",
            "unread",
            "native+zerotier",
            Unknown,
            |f, _| f.overlays.zerotier_address = unread()
        ),
        case!(
            "zt.primary",
            "no tunnel",
            "native+zerotier",
            Pass,
            |f, _| {}
        ),
        case!("zt.primary", "docker0", "native+zerotier", Warn, |f, _| {
            let mut all = f.network.interfaces.value().unwrap().clone();
            all.push(interface(3, "docker0", "bridge", "172.17.0.1/16"));
            f.network.interfaces = known(all);
        }),
        case!(
            "zt.primary",
            "unread",
            "native+zerotier",
            Unknown,
            |f, _| f.overlays.zerotier_blacklist = unread()
        ),
    ];
}
