//! Hosts for the checks of the firewall.

#![allow(clippy::unwrap_used)]

use super::super::cases::{Case, absent, case, known, unread};
use crate::facts::Facts;
use crate::facts::filter::{Filter, parse};

/// What a host has that these checks have nothing to say of.
pub fn good(facts: &mut Facts) {
    facts.firewall.filter = known(Filter::default());
    facts.firewall.saved = absent();
    facts.firewall.both = known(false);
    facts.firewall.firewalld_enabled = known(false);
    facts.security.apparmor = known(false);
    facts.security.container_selinux = known(true);
}

fn rules(facts: &mut Facts, text: &str) {
    facts.firewall.kind = known("iptables".into());
    facts.firewall.filter = known(parse(&format!("*filter\n{text}")));
}

/// The hosts.
pub const CASES: &[Case] = &[
    case!("fw.backend", "one kind", "native", Pass, |f, _| {}),
    case!("fw.backend", "both", "native", Warn, |f, _| f
        .firewall
        .both =
        known(true)),
    case!("fw.backend", "unread", "native", Unknown, |f, _| f
        .firewall
        .both =
        unread()),
    case!("fw.input", "open", "swarm", Pass, |f, _| {}),
    case!(
        "fw.input.tcp.2377",
        "EL6's own rules",
        "swarm",
        Fail,
        |f, _| rules(
            f,
            "-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -j REJECT\n"
        )
    ),
    case!(
        "fw.input.udp.51820",
        "a limit",
        "native+wireguard",
        Warn,
        |f, _| rules(
            f,
            ":INPUT DROP\n-A INPUT -p udp --dport 51820 -m hashlimit -j ACCEPT\n"
        )
    ),
    case!("fw.input", "nftables", "swarm", Unknown, |f, _| {
        f.firewall.kind = known("nftables".into());
        f.firewall.filter = absent();
    }),
    case!("fw.input", "unread", "swarm", Unknown, |f, _| f
        .firewall
        .filter =
        unread()),
    case!("fw.forward", "open", "native", Pass, |f, _| {}),
    case!("fw.forward", "a policy", "native", Warn, |f, _| rules(
        f,
        ":FORWARD DROP\n"
    )),
    case!("fw.forward", "Docker's policy", "native", Info, |f, _| {
        rules(f, ":FORWARD DROP\n-A FORWARD -j DOCKER-USER\n")
    }),
    case!(
        "fw.forward",
        "Docker's policy, with Flannel",
        "native+flannel",
        Warn,
        |f, _| rules(f, ":FORWARD DROP\n-A FORWARD -j DOCKER-USER\n")
    ),
    case!("fw.forward", "EL6's own rules", "native", Warn, |f, _| {
        rules(
            f,
            "-A FORWARD -j REJECT --reject-with icmp-host-prohibited\n",
        )
    }),
    case!("fw.forward", "unread", "native", Unknown, |f, _| f
        .firewall
        .filter =
        unread()),
    case!("fw.firewalld", "off", "native", Pass, |f, _| {}),
    case!("fw.firewalld", "runs", "native", Warn, |f, _| f
        .firewall
        .kind =
        known("firewalld".into())),
    case!("fw.firewalld", "comes back", "native", Warn, |f, _| f
        .firewall
        .firewalld_enabled =
        known(true)),
    case!("fw.firewalld", "unread", "native", Unknown, |f, _| f
        .firewall
        .kind =
        unread()),
    case!("fw.ufw", "off", "native", Pass, |f, _| {}),
    case!("fw.ufw", "on", "native", Warn, |f, _| f.firewall.kind =
        known("ufw".into())),
    case!("fw.ufw", "unread", "native", Unknown, |f, _| f
        .firewall
        .kind =
        unread()),
    case!("fw.save", "no file", "native", Na, |f, _| {}),
    case!("fw.save", "Docker's rules", "native", Warn, |f, _| f
        .firewall
        .saved =
        known(parse("*filter\n-A FORWARD -j DOCKER\n"))),
    case!("fw.save", "clean", "native", Pass, |f, _| f
        .firewall
        .saved =
        known(Filter::default())),
    case!("fw.save", "unread", "native", Unknown, |f, _| f
        .firewall
        .saved =
        unread()),
    case!("sec.selinux", "permissive", "native", Pass, |f, _| {}),
    case!(
        "sec.selinux",
        "enforcing, native",
        "native",
        Warn,
        |f, _| f.security.selinux = known("enforcing".into())
    ),
    case!("sec.selinux", "enforcing, Swarm", "swarm", Info, |f, _| f
        .security
        .selinux =
        known("enforcing".into())),
    case!(
        "sec.selinux",
        "without the policy",
        "swarm",
        Warn,
        |f, _| {
            f.security.selinux = known("enforcing".into());
            f.security.container_selinux = known(false);
        }
    ),
    case!("sec.selinux", "unread", "native", Unknown, |f, _| f
        .security
        .selinux =
        unread()),
    case!("sec.apparmor", "off", "native", Pass, |f, _| {}),
    case!(
        "sec.apparmor",
        "without its parser",
        "swarm",
        Warn,
        |f, _| {
            f.security.apparmor = known(true);
            f.identity
                .programs
                .insert("apparmor_parser".into(), absent());
        }
    ),
    case!("sec.apparmor", "unread", "swarm", Unknown, |f, _| f
        .security
        .apparmor =
        unread()),
    case!("sec.registries_block", "no list", "native", Na, |f, _| {}),
    case!(
        "sec.registries_block",
        "docker.io",
        "native",
        Warn,
        |f, _| f.software.blocked_registries = known(vec!["docker.io".into()])
    ),
    case!(
        "sec.registries_block",
        "unread",
        "native",
        Unknown,
        |f, _| f.software.blocked_registries = unread()
    ),
    case!("sec.hidepid", "shown", "native", Pass, |f, _| {}),
    case!("sec.hidepid", "hidden", "native", Info, |f, _| {
        let mut mounts = f.storage.mounts.value().unwrap().clone();
        let mut proc = mounts[0].clone();
        proc.path = "/proc".into();
        proc.options = vec!["hidepid=2".into()];
        mounts.push(proc);
        f.storage.mounts = known(mounts);
    }),
    case!("sec.hidepid", "unread", "native", Unknown, |f, _| f
        .storage
        .mounts =
        unread()),
    case!(
        "sec.registries_block",
        "none blocked",
        "native",
        Pass,
        |f, _| f.software.blocked_registries = known(Vec::new())
    ),
];
