//! What the decision and the ranking of interfaces get to know of the answers.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;

use super::{Config, OverlayWish, Packages, VendorKind, ZerotierController};
use crate::judge::wishes::{Bundle, PlannedInterface, Wishes};

impl Config {
    /// The wishes for the decision and the ranking. `below` is where the other
    /// hosts are in the networks below; `bundle` is what was brought along.
    ///
    /// The overlay's interface counts as planned when the overlay was asked for
    /// by name; a front end that decides on it later sets `planned` to
    /// [`Config::planned_interface`].
    pub fn wishes(&self, below: &[Ipv4Addr], bundle: Bundle) -> Wishes {
        let needs = &self.needs;
        Wishes {
            nodes: needs.nodes,
            vendor_kinds: needs.vendor_kinds.as_ref().map(|kinds| {
                let words = kinds.iter().map(|kind: &VendorKind| kind.word());
                words.map(str::to_owned).collect()
            }),
            airgap: self.airgap,
            encryption: needs.encryption,
            behind_nat: needs.behind_nat,
            public_peer: needs.public_peer,
            multicast: needs.multicast,
            docker_restart_ok: needs.docker_restart,
            existing_etcd: needs.existing_etcd,
            zt_private: needs.zerotier_controller == ZerotierController::Own,
            business: needs.business_use,
            wireguard_module: self.wireguard.module == Packages::Install
                && (self.packages == Packages::Install || bundle.wireguard),
            bundle,
            allow_experimental: self.wireguard.allow_experimental,
            overlay: match self.overlay {
                OverlayWish::Auto | OverlayWish::None => None,
                kind => Some(kind.word().to_owned()),
            },
            overlay_network: (self.overlay != OverlayWish::None).then_some(self.network),
            planned: self.planned_interface(self.overlay.word()),
            peers: below.iter().copied().map(IpAddr::V4).collect(),
            interface: self.interface.clone(),
        }
    }

    /// The interface of an overlay as the plan would make it; none without an
    /// address, and for overlays that have none of that kind.
    pub fn planned_interface(&self, overlay: &str) -> Option<PlannedInterface> {
        let (name, kind, mtu) = match overlay {
            "wireguard" => (&self.wireguard.interface, "wireguard", self.wireguard.mtu),
            "zerotier" => (&self.zerotier.interface, "tun", self.zerotier.mtu),
            _ => return None,
        };
        Some(PlannedInterface {
            name: name.clone(),
            kind: kind.to_owned(),
            address: Ipv4Net::new(self.address?, self.network.prefix_len()).ok()?,
            mtu,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::answers::{Answers, Others};

    #[test]
    fn nothing_answered_wishes_what_the_rules_assume() {
        let config = Config::from_answers(&Answers::default()).unwrap();
        let wishes = config.wishes(&[], Bundle::default());
        assert_eq!(wishes.flat(), Wishes::default().flat());
        assert_eq!(wishes.planned, None);
    }

    #[test]
    fn the_module_is_no_remedy_where_nothing_may_be_installed() {
        let with = |answered: &[(&str, &str)], wireguard| {
            let mut answers = Answers::default();
            for (id, text) in answered {
                answers.set_text(id, text).unwrap();
            }
            let bundle = Bundle {
                wireguard,
                ..Bundle::default()
            };
            let config = Config::from_answers(&answers).unwrap();
            config.wishes(&[], bundle).wireguard_module
        };
        let (module, packages) = (("overlay.wireguard.module", "leave"), ("packages", "leave"));
        assert!(with(&[], false));
        assert!(!with(&[packages], false));
        assert!(with(&[packages], true), "a bundle is no repository");
        assert!(!with(&[module], true));
    }

    #[test]
    fn the_planned_interface_and_the_peers_reach_the_ranking() {
        let mut answers = Answers::default();
        for (id, text) in [
            ("overlay.kind", "wireguard"),
            ("overlay.address", "10.90.0.2"),
            ("needs.vendor-kinds", "native"),
            ("needs.zerotier-controller", "own"),
            (
                "overlay.wireguard.peers",
                "{name: app01, endpoint: 10.0.0.11:51820, address: 10.90.0.1, public-key: \
                 xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=}",
            ),
        ] {
            answers.set_text(id, text).unwrap();
        }
        let config = Config::from_answers(&answers).unwrap();
        let others = Others {
            peers: config.wireguard.peers.clone(),
            ..Others::default()
        };
        let wishes = config.wishes(&others.below(), Bundle::default());
        let planned = wishes.planned.unwrap();
        assert_eq!(planned.address.to_string(), "10.90.0.2/24");
        assert_eq!(planned.name, "wg0");
        assert_eq!(wishes.peers, ["10.0.0.11".parse::<IpAddr>().unwrap()]);
        assert_eq!(wishes.vendor_kinds.unwrap(), ["native"]);
        assert!(wishes.zt_private);
    }
}
