//! What no two hosts may have alike: what clones of one image share.

use super::{Fleet, Outcome, Rule, unique, unique_of};
use crate::fleet::names;
use crate::fleet::node::Known;
use crate::judge::finding::Status;

/// The rules of this file.
pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "fleet.hostname",
        title: "Host names",
        wanted: "no two hosts with one name",
        source: "kubeadm: 'Verify the MAC address and product_uuid are unique for every node', and unique \
                 hostnames; k0sctl validate_hosts",
        remedy: "name them apart: `hostnamectl set-hostname NAME` (EL6: HOSTNAME in \
                 /etc/sysconfig/network), and /etc/hosts",
        waivable: false,
        run: hostname,
    },
    Rule {
        id: "fleet.machine-id",
        title: "Machine ids",
        wanted: "no two hosts with one machine id",
        source: "machine-id(5): unique for each machine, not to be cloned; SUSE/doc-caasp#623",
        remedy: "on all but one: rm /etc/machine-id; systemd-machine-id-setup (and reboot); the image \
                 they were cloned from should have an empty one",
        waivable: true,
        run: |fleet| unique(fleet, "machine id", |node| &node.machine_id),
    },
    Rule {
        id: "fleet.product-uuid",
        title: "Product UUIDs",
        wanted: "no two hosts with one product UUID",
        source: "kubeadm 'Verify the MAC address and product_uuid are unique'; kubeadm#31",
        remedy: "give each virtual machine a UUID of its own in the hypervisor (VMware: uuid.action, \
                 libvirt: <uuid>)",
        waivable: true,
        run: |fleet| unique(fleet, "product UUID", |node| &node.product_uuid),
    },
    Rule {
        id: "fleet.mac",
        title: "Hardware addresses",
        wanted: "no hardware address on two hosts",
        source: "kubeadm 'Verify the MAC address ... unique'; IEEE 802: one station, one address",
        remedy: "give each virtual machine's interface an address of its own in the hypervisor",
        waivable: true,
        run: mac,
    },
    Rule {
        id: "fleet.zerotier-identity",
        title: "ZeroTier identities",
        wanted: "no two hosts with one ZeroTier address",
        source: "ZeroTierOne#484, #1328: clones share identity.secret and take turns",
        remedy: "on all but one: overlay.zerotier.replace-identity: true, or stop zerotier-one and \
                 remove identity.public and identity.secret",
        waivable: false,
        run: |fleet| unique(fleet, "ZeroTier address", |node| &node.zerotier),
    },
    Rule {
        id: "fleet.wireguard-key",
        title: "WireGuard public keys",
        wanted: "no two hosts with one WireGuard key",
        source: "wg(8): a peer is known by its public key; the last one to call takes its place",
        remedy: "on all but one: remove the private key, and run groundcrew again: it makes a new one",
        waivable: false,
        run: wireguard_key,
    },
];

fn hostname(fleet: &Fleet<'_>) -> Vec<Outcome> {
    let each = fleet.nodes.iter().map(|node| {
        let known = match &node.hostname {
            Known::Value(name, source) => {
                Known::Value(vec![name.to_ascii_lowercase()], source.clone())
            }
            Known::None => Known::None,
            Known::Unknown(why) => Known::Unknown(why.clone()),
        };
        (node.name.as_str(), known)
    });
    unique_of("host name", each)
}

fn mac(fleet: &Fleet<'_>) -> Vec<Outcome> {
    let each = fleet.nodes.iter().map(|node| {
        let known = match &node.macs {
            Known::Value(macs, source) => Known::Value(
                macs.iter().map(|(_, mac)| mac.clone()).collect(),
                source.clone(),
            ),
            Known::None => Known::None,
            Known::Unknown(why) => Known::Unknown(why.clone()),
        };
        (node.name.as_str(), known)
    });
    unique_of("hardware address", each)
}

fn wireguard_key(fleet: &Fleet<'_>) -> Vec<Outcome> {
    if !fleet.aims_at("wireguard") {
        let text = "WireGuard is not what is set up here";
        return vec![Outcome::new(Status::Na, text)];
    }
    let told = |known: bool| {
        fleet
            .nodes
            .iter()
            .filter(move |node| node.wireguard_key.is_some() == known)
    };
    let each = told(true).map(|node| {
        let key = node.wireguard_key.iter().cloned().collect();
        (
            node.name.as_str(),
            Known::Value(key, "its join file".to_owned()),
        )
    });
    if told(true).count() == 0 {
        let text = "no host has told its key yet: it is made when groundcrew runs there";
        return vec![Outcome::new(Status::Na, text)];
    }
    let mut outcomes = unique_of("WireGuard key", each);
    if told(false).count() > 0 && outcomes.iter().all(|one| one.status <= Status::Pass) {
        let rest: Vec<&str> = told(false).map(|node| node.name.as_str()).collect();
        let text = format!(
            "the WireGuard key of {} is not known yet: {}",
            names::hosts(rest.len()),
            names::some(rest.iter().copied())
        );
        outcomes = vec![Outcome::new(Status::Unknown, text).about(rest)];
    }
    outcomes
}
