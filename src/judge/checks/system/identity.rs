//! Names and numbers that tell hosts apart.

use std::collections::BTreeMap;

use super::super::known::known;
use super::super::{ALL, Check, Group, Level, Outcome, SCHEDULERS, Subject, Target};
use crate::facts::Fact;
use crate::judge::finding::Remedy;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] =
    &[HOSTNAME, RESOLVES, MACHINE_ID, PRODUCT, MAC];

const HOSTNAME: Check = Check {
    id: "sys.hostname.valid",
    title: "Host name",
    group: Group::System,
    concerns: SCHEDULERS,
    reads: &["os.hostname"],
    wanted: "a name of its own of at most 63 characters, lower case letters, digits, '-' and '.'",
    source: "RFC 1123 2.1; kubeadm preflight HostnameCheck; embedded-cluster 'Hostname Length'",
    rules: &[],
    waivable: true,
    run: hostname,
};

fn hostname(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.os.hostname;
    let name = known!("the host name", "os.hostname", fact);
    let short = name.split('.').next().unwrap_or(name);
    let dns = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let outcome = if matches!(short, "localhost" | "" | "(none)") {
        Outcome::fail(format!(
            "the host name is '{name}'; wanted one of its own: nodes are told apart by it"
        ))
    } else if name.len() > 63 {
        Outcome::warn(format!(
            "the host name has {} characters; wanted at most 63",
            name.len()
        ))
        .on(&[Target::Kubernetes], Level::Fail)
    } else if !name.split('.').all(dns) {
        Outcome::warn(format!("the host name '{name}' holds what no DNS name may hold; wanted letters, digits, '-' and '.'"))
            .on(&[Target::Kubernetes], Level::Fail)
    } else if name.bytes().any(|b| b.is_ascii_uppercase()) {
        Outcome::info(format!(
            "the host name '{name}' has capitals: kubelet registers it in lower case"
        ))
        .on(&[Target::Kubernetes], Level::Warn)
    } else {
        Outcome::pass(format!("the host name is {name}"))
    };
    let el6 = subject
        .facts
        .os
        .family
        .value()
        .is_some_and(|family| family == "el6");
    let remedy = if el6 {
        Remedy::hint("give the host a name of its own")
            .command("hostname NAME")
            .file("/etc/sysconfig/network", "HOSTNAME=NAME")
    } else {
        Remedy::hint("give the host a name of its own").command("hostnamectl set-hostname NAME")
    };
    vec![
        outcome
            .actual("os.hostname", name.as_str())
            .read("os.hostname", fact)
            .remedy(remedy.undo(format!("hostnamectl set-hostname {name}"))),
    ]
}

const RESOLVES: Check = Check {
    id: "sys.hostname.resolves",
    title: "The host's name in /etc/hosts",
    group: Group::System,
    concerns: &[
        Target::Kubernetes,
        Target::Swarm,
        Target::Native,
        Target::Flannel,
    ],
    reads: &["identity.hosts", "identity.name_services", "os.hostname"],
    wanted: "the name leads to the chosen interface's address, or to no loopback address",
    source: "kubeadm preflight HostnameCheck; etcd refuses peers whose name leads to loopback",
    rules: &[],
    waivable: true,
    run: resolves,
};

fn resolves(subject: &Subject<'_>) -> Vec<Outcome> {
    let facts = subject.facts;
    let name = known!("the host name", "os.hostname", &facts.os.hostname);
    let hosts = known!("/etc/hosts", "identity.hosts", &facts.identity.hosts);
    let short = name.split('.').next().unwrap_or(name);
    let lines: Vec<_> = hosts
        .iter()
        .filter(|line| {
            line.names
                .iter()
                .any(|known| known == name || known == short)
        })
        .collect();
    let own = chosen_address(subject);
    let line = own.map_or("ADDRESS".to_owned(), |own| own.to_string());
    let names = if short == name {
        short.to_owned()
    } else {
        format!("{name} {short}")
    };
    let remedy = Remedy::hint("name the host with the chosen interface's address")
        .file("/etc/hosts", format!("{line} {names}"));
    let outcome = if let Some(line) = lines.iter().find(|line| line.address.is_loopback()) {
        Outcome::info(format!(
            "/etc/hosts leads {name} to {}, a loopback address: others who take it from here reach \
             themselves",
            line.address
        ))
        .on(&[Target::Kubernetes, Target::Flannel], Level::Warn)
        .remedy(remedy)
    } else if lines.is_empty() {
        let dns = facts
            .identity
            .name_services
            .value()
            .is_none_or(|services| services.iter().any(|service| service != "files"));
        let how = if dns {
            "DNS may have it, which was not asked"
        } else {
            "and nothing else is asked"
        };
        Outcome::info(format!("/etc/hosts does not have {name}; {how}"))
            .on(
                &[Target::Kubernetes],
                if dns { Level::Info } else { Level::Warn },
            )
            .remedy(remedy)
    } else if let Some(own) = own
        && !lines.iter().any(|line| line.address == own)
    {
        Outcome::warn(format!(
            "/etc/hosts leads {name} to {}; wanted {own}, the address of the chosen interface",
            lines
                .iter()
                .map(|line| line.address.to_string())
                .collect::<Vec<_>>()
                .join(", ")
        ))
        .remedy(remedy)
    } else {
        Outcome::pass(format!("/etc/hosts has {name}"))
    };
    vec![
        outcome
            .read("os.hostname", &facts.os.hostname)
            .read("identity.hosts", &facts.identity.hosts),
    ]
}

/// The first IPv4 address of the interface towards the other nodes.
fn chosen_address(subject: &Subject<'_>) -> Option<std::net::IpAddr> {
    let interface = subject
        .facts
        .network
        .interface(subject.scope.interface.as_deref()?)?;
    interface
        .addresses
        .iter()
        .map(ipnet::IpNet::addr)
        .find(std::net::IpAddr::is_ipv4)
}

const MACHINE_ID: Check = Check {
    id: "sys.ids.machine",
    title: "Machine id",
    group: Group::System,
    concerns: ALL,
    reads: &["identity.machine_id"],
    wanted: "32 hexadecimal digits that are not all zero; no other node may have the same (`probe`)",
    source: "machine-id(5); leapp checkmachineid",
    rules: &[],
    waivable: true,
    run: machine_id,
};

fn machine_id(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.identity.machine_id;
    let systemd = super::super::remedy::systemd(subject.facts);
    let command = if systemd {
        "systemd-machine-id-setup"
    } else {
        "dbus-uuidgen --ensure"
    };
    let remedy = Remedy::hint("make a new machine id").command(command);
    let outcome = match fact {
        Fact::Known { value, .. } => {
            let good = value.len() == 32
                && value.bytes().all(|b| b.is_ascii_hexdigit())
                && value.bytes().any(|b| b != b'0');
            if good {
                Outcome::pass("the machine id is well formed")
            } else if value.is_empty() {
                Outcome::warn("the machine id is empty; wanted 32 hexadecimal digits")
                    .remedy(remedy)
            } else {
                Outcome::warn(
                    "the machine id is malformed; wanted 32 hexadecimal digits, not all zero",
                )
                .remedy(remedy.undo("cp -p /etc/machine-id.bak /etc/machine-id"))
            }
        }
        Fact::Absent { .. } => Outcome::warn("there is no machine id; wanted one").remedy(remedy),
        fact @ Fact::Unreadable { .. } => {
            return vec![Outcome::unknown(
                "the machine id",
                "identity.machine_id",
                fact,
            )];
        }
    };
    vec![outcome.read("identity.machine_id", fact)]
}

const PRODUCT: Check = Check {
    id: "sys.ids.product",
    title: "Product UUID",
    group: Group::System,
    concerns: &[Target::Kubernetes],
    reads: &["identity.product_uuid"],
    wanted: "a UUID of its own; no other node may have the same (`probe`)",
    source: "kubernetes.io install-kubeadm 'Verify the MAC address and product_uuid'; kubeadm#31",
    rules: &[],
    waivable: true,
    run: product,
};

fn product(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.identity.product_uuid;
    let uuid = match fact {
        Fact::Known { value, .. } => value,
        Fact::Absent { .. } => {
            return vec![
                Outcome::info("the firmware tells no product UUID")
                    .read("identity.product_uuid", fact),
            ];
        }
        fact @ Fact::Unreadable { .. } => {
            return vec![Outcome::unknown(
                "the product UUID",
                "identity.product_uuid",
                fact,
            )];
        }
    };
    let digits: String = uuid.chars().filter(char::is_ascii_hexdigit).collect();
    // 03000200-0400-0500-0006-000700080009 is the placeholder of AMI's firmware.
    let placeholder = digits.bytes().all(|b| b == b'0')
        || digits.bytes().all(|b| b == b'f')
        || digits.starts_with("030002000400");
    let outcome = if placeholder {
        Outcome::warn(format!("the product UUID {uuid} is a placeholder that other machines have too; wanted one of its own"))
            .remedy(Remedy::hint("let the hypervisor, or the vendor's firmware tool, make a new UUID").with_reboot())
    } else {
        Outcome::pass("the product UUID is no placeholder")
    };
    vec![outcome.read("identity.product_uuid", fact)]
}

const MAC: Check = Check {
    id: "sys.ids.mac",
    title: "Hardware addresses",
    group: Group::System,
    concerns: ALL,
    reads: &["network.interfaces"],
    wanted: "no two physical interfaces with the same address, unless a bond or bridge joins them",
    source: "kubeadm#31; IEEE 802 addresses are unique on a segment",
    rules: &[],
    waivable: true,
    run: mac,
};

fn mac(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.network.interfaces;
    let interfaces = known!("the interfaces", "network.interfaces", fact);
    let mut by_address: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for interface in interfaces {
        let physical = interface
            .kind
            .value()
            .is_some_and(|kind| kind == "ethernet" || kind == "wireless");
        if let (true, None, Some(mac)) = (physical, &interface.master, interface.mac.value()) {
            by_address.entry(mac).or_default().push(&interface.name);
        }
    }
    let twice: Vec<_> = by_address
        .iter()
        .filter(|(_, names)| names.len() > 1)
        .map(|(mac, names)| format!("{} have {mac}", names.join(" and ")))
        .collect();
    let outcome = if twice.is_empty() {
        Outcome::pass("every physical interface has a hardware address of its own")
    } else {
        Outcome::fail(format!("{}; wanted different ones", twice.join("; "))).remedy(
            Remedy::hint("let the hypervisor make a new address for one of them; on EL6 delete the old line too")
                .file("/etc/udev/rules.d/70-persistent-net.rules", "without the lines of the old address")
                .with_reboot(),
        )
    };
    vec![
        outcome
            .actual("twice", twice)
            .read("network.interfaces", fact),
    ]
}
