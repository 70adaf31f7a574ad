//! Kernel settings of the network, and what manages interfaces.

use super::super::known::known;
use super::super::remedy;
use super::super::{ALL, Check, Group, Level, Outcome, Subject, Target};
use crate::facts::Fact;
use crate::judge::finding::Remedy;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] = &[
    FORWARD, BRNF, RPFILTER, ARP, CONNTRACK, IPV6, NM, NMCLOUD, MACPOLICY,
];

/// A setting's value now; an outcome where it cannot be told.
fn live<'a>(subject: &Subject<'a>, name: &str) -> Result<Option<&'a str>, Box<Outcome>> {
    match subject.facts.sysctl.get(name).map(|setting| &setting.live) {
        Some(Fact::Known { value, .. }) => Ok(Some(value)),
        Some(Fact::Absent { .. }) => Ok(None),
        Some(fact) => Err(Box::new(Outcome::unknown(
            name,
            &format!("sysctl.{name}"),
            fact,
        ))),
        None => Err(Box::new(Outcome::unknown(
            name,
            &format!("sysctl.{name}"),
            &Fact::<()>::unreadable("it was not looked for", "/proc/sys"),
        ))),
    }
}

fn read(subject: &Subject<'_>, outcome: Outcome, name: &str) -> Outcome {
    match subject.facts.sysctl.get(name) {
        Some(setting) => outcome.read(&format!("sysctl.{name}"), &setting.live),
        None => outcome,
    }
}

const FORWARD: Check = Check {
    id: "net.forward",
    title: "Forwarding of packets",
    group: Group::Network,
    concerns: ALL,
    reads: &["sysctl.net.ipv4.ip_forward"],
    wanted: "net.ipv4.ip_forward of 1, now and after the next boot",
    source: "kubeadm preflight FileContent--proc-sys-net-ipv4-ip_forward; moby daemon/info_unix.go",
    rules: &[],
    waivable: true,
    run: forward,
};

fn forward(subject: &Subject<'_>) -> Vec<Outcome> {
    let name = "net.ipv4.ip_forward";
    let value = match live(subject, name) {
        Ok(value) => value.unwrap_or("0"),
        Err(unknown) => return vec![*unknown],
    };
    let saved = subject.facts.sysctl.get(name).map(|setting| &setting.saved);
    let outcome = match (value, saved) {
        ("0", _) => Outcome::warn(format!(
            "{name} is 0; wanted 1 (Docker sets it when it starts)"
        ))
        .on(&[Target::Kubernetes], Level::Fail),
        (_, Some(Fact::Known { value, source })) if value == "0" => Outcome::warn(format!(
            "{name} is 1 now, and {source} makes it 0 at the next boot; wanted 1"
        )),
        (value, _) => Outcome::pass(format!("{name} is {value}")),
    };
    let outcome = outcome
        .actual(name, value)
        .remedy(remedy::sysctl(subject.facts, name, "1"));
    vec![read(subject, outcome, name)]
}

const BRNF: Check = Check {
    id: "net.brnf.value",
    title: "Bridged packets in the packet filter",
    group: Group::Network,
    concerns: &[Target::Kubernetes, Target::Swarm],
    reads: &[
        "sysctl.net.bridge.bridge-nf-call-iptables",
        "sysctl.net.bridge.bridge-nf-call-ip6tables",
    ],
    wanted: "1, so that services are reached through bridges",
    source: "kubernetes.io container-runtimes, 'Forwarding IPv4 and letting iptables see bridged traffic'",
    rules: &[],
    waivable: true,
    run: |subject| {
        let names = [
            "net.bridge.bridge-nf-call-iptables",
            "net.bridge.bridge-nf-call-ip6tables",
        ];
        let each = names.into_iter().map(|name| {
            let outcome = match live(subject, name) {
                Err(unknown) => return unknown.about(name.trim_start_matches("net.bridge.")),
                Ok(Some("0")) => Outcome::warn(format!("{name} is 0; wanted 1"))
                    .on(&[Target::Kubernetes], Level::Fail)
                    .remedy(remedy::sysctl(subject.facts, name, "1")),
                Ok(Some(value)) => Outcome::pass(format!("{name} is {value}")),
                // kern.brnf says that it is not there.
                Ok(None) => Outcome::na(format!("{name} is not there yet")),
            };
            read(
                subject,
                outcome.about(name.trim_start_matches("net.bridge.")),
                name,
            )
        });
        each.collect()
    },
};

const RPFILTER: Check = Check {
    id: "net.rpfilter",
    title: "Reverse path filter",
    group: Group::Network,
    concerns: &[
        Target::Kubernetes,
        Target::Wireguard,
        Target::Flannel,
        Target::Zerotier,
    ],
    reads: &["sysctl.net.ipv4.conf.all.rp_filter", "network.interfaces"],
    wanted: "0 or 2 (loose) on hosts with several networks: 1 drops what comes in by another way than it would go out",
    source: "kernel Documentation/networking/ip-sysctl.rst rp_filter; embedded-cluster host preflight",
    rules: &[],
    waivable: true,
    run: rpfilter,
};

fn rpfilter(subject: &Subject<'_>) -> Vec<Outcome> {
    let all = "net.ipv4.conf.all.rp_filter";
    let value = match live(subject, all) {
        Ok(Some(value)) => value,
        Ok(None) => return vec![Outcome::na(format!("this kernel has no {all}"))],
        Err(unknown) => return vec![*unknown],
    };
    // The larger one of `all` and the interface's own counts.
    let own = subject
        .scope
        .interface
        .as_ref()
        .map(|name| format!("net.ipv4.conf.{name}.rp_filter"));
    let own = own.and_then(|name| {
        Some((
            name.clone(),
            subject.facts.sysctl.get(&name)?.live.value()?.clone(),
        ))
    });
    let effective = own.as_ref().map_or(
        value,
        |(_, own)| if own.as_str() > value { own } else { value },
    );
    let name = own
        .as_ref()
        .filter(|(_, own)| own.as_str() >= value)
        .map_or(all, |(name, _)| name);
    let outcome = if effective == "1" {
        Outcome::info(format!("{name} is 1 (strict): packets that come in by another way than they would go out are dropped"))
            .on(&[Target::Kubernetes], Level::Warn)
            .on(&[Target::Wireguard, Target::Flannel, Target::Zerotier], Level::Info)
            .remedy(remedy::sysctl(subject.facts, name, "2"))
    } else {
        Outcome::pass(format!("the reverse path filter is {effective}"))
    };
    vec![read(subject, outcome.actual(name, effective), all)]
}

const ARP: Check = Check {
    id: "net.arp",
    title: "Answers to ARP",
    group: Group::Network,
    concerns: &[Target::Kubernetes],
    reads: &[
        "sysctl.net.ipv4.conf.all.arp_filter",
        "sysctl.net.ipv4.conf.all.arp_ignore",
        "sysctl.net.ipv4.conf.default.arp_filter",
        "sysctl.net.ipv4.conf.default.arp_ignore",
    ],
    wanted: "arp_filter and arp_ignore of 0, as the pod network expects",
    source: "embedded-cluster PR#1454",
    rules: &[],
    waivable: true,
    run: |subject| {
        let mut outcomes = Vec::new();
        let mut there = false;
        for name in [
            "net.ipv4.conf.all.arp_filter",
            "net.ipv4.conf.all.arp_ignore",
            "net.ipv4.conf.default.arp_filter",
            "net.ipv4.conf.default.arp_ignore",
        ] {
            match live(subject, name) {
                Err(unknown) => return vec![*unknown],
                Ok(None) => {}
                Ok(Some("0")) => there = true,
                Ok(Some(value)) => outcomes.push(read(
                    subject,
                    Outcome::fail(format!("{name} is {value}; wanted 0"))
                        .about(name.trim_start_matches("net.ipv4.conf."))
                        .actual(name, value)
                        .remedy(remedy::sysctl(subject.facts, name, "0")),
                    name,
                )),
            }
        }
        if outcomes.is_empty() {
            let outcome = if there {
                Outcome::pass("arp_filter and arp_ignore are 0")
            } else {
                Outcome::na("this kernel has neither arp_filter nor arp_ignore")
            };
            outcomes.push(read(subject, outcome, "net.ipv4.conf.all.arp_ignore"));
        }
        outcomes
    },
};

const CONNTRACK: Check = Check {
    id: "net.conntrack",
    title: "Tracked connections",
    group: Group::Network,
    concerns: ALL,
    reads: &[
        "sysctl.net.netfilter.nf_conntrack_count",
        "sysctl.net.netfilter.nf_conntrack_max",
    ],
    wanted: "less than 80 % of the table in use",
    source: "kernel Documentation/networking/nf_conntrack-sysctl.rst: a full table drops new connections",
    rules: &[],
    waivable: true,
    run: |subject| {
        let (count, max) = match (
            live(subject, "net.netfilter.nf_conntrack_count"),
            live(subject, "net.netfilter.nf_conntrack_max"),
        ) {
            (Ok(Some(count)), Ok(Some(max))) => (count, max),
            (Ok(_), Ok(_)) => return vec![Outcome::na("connections are not tracked yet")],
            (Err(unknown), _) | (_, Err(unknown)) => return vec![*unknown],
        };
        let (Ok(count), Ok(max)) = (count.parse::<u64>(), max.parse::<u64>()) else {
            return vec![Outcome::unknown(
                "how many connections are tracked",
                "sysctl.net.netfilter.nf_conntrack_count",
                &Fact::<()>::unreadable("it is no number", "/proc/sys/net/netfilter"),
            )];
        };
        let outcome = if max > 0 && count * 100 > max * 80 {
            let more = (max * 2).to_string();
            Outcome::warn(format!(
                "{count} of {max} tracked connections are in use; wanted: less than 80 %"
            ))
            .remedy(remedy::sysctl(
                subject.facts,
                "net.netfilter.nf_conntrack_max",
                &more,
            ))
        } else {
            Outcome::pass(format!("{count} of {max} tracked connections are in use"))
        };
        vec![read(
            subject,
            outcome.actual("count", count).actual("max", max),
            "net.netfilter.nf_conntrack_count",
        )]
    },
};

const IPV6: Check = Check {
    id: "net.ipv6",
    title: "IPv6",
    group: Group::Network,
    concerns: &[Target::Swarm],
    reads: &["boot.cmdline"],
    wanted: "not switched off with ipv6.disable=1: daemons bind [::] for both families",
    source: "moby contrib/check-config.sh; kernel Documentation/networking/ipv6.rst disable",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.boot.cmdline;
        let words = known!("the kernel's command line", "boot.cmdline", fact);
        let off = words.iter().any(|word| word == "ipv6.disable=1");
        vec![if off {
            Outcome::warn("the kernel was booted with ipv6.disable=1; wanted: without it, or IPv6 switched off with a setting")
                .remedy(Remedy::hint("switch IPv6 off with a setting instead")
                    .command("grubby --update-kernel=ALL --remove-args=ipv6.disable")
                    .file("/etc/sysctl.d/90-groundcrew.conf", "net.ipv6.conf.all.disable_ipv6 = 1")
                    .undo("grubby --update-kernel=ALL --args=ipv6.disable=1")
                    .with_reboot())
        } else {
            Outcome::pass("IPv6 was not switched off at boot")
        }
        .read("boot.cmdline", fact)]
    },
};

const NM: Check = Check {
    id: "net.nm",
    title: "NetworkManager and containers' interfaces",
    group: Group::Network,
    concerns: &[Target::Kubernetes, Target::Flannel],
    reads: &["software.network_manager", "software.unmanaged_devices"],
    wanted: "NetworkManager leaves cni*, flannel* and cali* alone",
    source: "docs.rke2.io known_issues, NetworkManager; rancher/elemental#460",
    rules: &[],
    waivable: true,
    run: |subject| {
        let software = &subject.facts.software;
        let runs = known!(
            "whether NetworkManager runs",
            "software.network_manager",
            &software.network_manager
        );
        let outcome = if !*runs {
            Outcome::pass("NetworkManager does not run")
        } else {
            let unmanaged = known!(
                "what NetworkManager leaves alone",
                "software.unmanaged_devices",
                &software.unmanaged_devices
            );
            if unmanaged.iter().any(|word| word.contains("flannel")) {
                Outcome::pass("NetworkManager leaves Flannel's interfaces alone")
            } else {
                Outcome::warn("NetworkManager runs, and may take cni*, flannel* and cali* for its own; wanted: it leaves them alone")
                    .remedy(Remedy::hint("tell NetworkManager to leave them alone")
                        .file("/etc/NetworkManager/conf.d/90-groundcrew.conf", "[keyfile]\nunmanaged-devices=interface-name:cni*;interface-name:flannel*;interface-name:cali*")
                        .command("systemctl reload NetworkManager")
                        .undo("rm /etc/NetworkManager/conf.d/90-groundcrew.conf"))
            }
        };
        vec![
            outcome
                .read("software.network_manager", &software.network_manager)
                .read("software.unmanaged_devices", &software.unmanaged_devices),
        ]
    },
};

const NMCLOUD: Check =
    Check {
        id: "net.nmcloud",
        title: "nm-cloud-setup",
        group: Group::Network,
        concerns: &[Target::Kubernetes, Target::Flannel],
        reads: &["software.nm_cloud_setup"],
        wanted: "not enabled: it sets routing rules that containers' packets fall into",
        source: "docs.rke2.io known_issues, nm-cloud-setup",
        rules: &[],
        waivable: true,
        run: |subject| {
            let fact = &subject.facts.software.nm_cloud_setup;
            let on = known!(
                "whether nm-cloud-setup is enabled",
                "software.nm_cloud_setup",
                fact
            );
            vec![
                if *on {
                    Outcome::warn("nm-cloud-setup.timer is enabled; wanted: disabled")
                .remedy(Remedy::hint("disable it, and reboot")
                    .command("systemctl disable --now nm-cloud-setup.timer nm-cloud-setup.service")
                    .undo("systemctl enable --now nm-cloud-setup.timer")
                    .with_reboot())
                } else {
                    Outcome::pass("nm-cloud-setup is not enabled")
                }
                .read("software.nm_cloud_setup", fact),
            ]
        },
    };

const MACPOLICY: Check = Check {
    id: "net.macpolicy",
    title: "Hardware addresses of made interfaces",
    group: Group::Network,
    concerns: &[Target::Flannel],
    reads: &["software.mac_policy"],
    wanted: "systemd leaves the address of flannel.1 alone (MACAddressPolicy=none)",
    source: "flannel#1155; systemd.link(5) MACAddressPolicy, persistent by default since 242",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.software.mac_policy;
        vec![match fact {
            Fact::Known { value, .. } if value == "persistent" => Outcome::warn(
                "systemd changes the hardware address of flannel.1 after it was made; wanted: MACAddressPolicy=none for it",
            )
            .remedy(Remedy::hint("leave Flannel's interfaces alone")
                .file("/etc/systemd/network/10-flannel.link", "[Match]\nOriginalName=flannel*\n[Link]\nMACAddressPolicy=none")
                .undo("rm /etc/systemd/network/10-flannel.link"))
            .read("software.mac_policy", fact),
            Fact::Known { value, .. } => Outcome::pass(format!("MACAddressPolicy is {value}")).read("software.mac_policy", fact),
            Fact::Absent { .. } => Outcome::na("systemd gives made interfaces no address").read("software.mac_policy", fact),
            fact @ Fact::Unreadable { .. } => Outcome::unknown("systemd's policy of hardware addresses", "software.mac_policy", fact),
        }]
    },
};
