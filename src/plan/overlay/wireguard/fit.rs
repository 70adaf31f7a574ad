//! Whether a host can carry WireGuard as wanted, and with what.

use super::Wanted;
use crate::facts::Facts;
use crate::facts::kernel::Capability;
use crate::plan::Refusal;
use crate::plan::survey::{Owner, Survey};

/// How the kernel carries the interface.
pub(super) struct Carrier {
    /// In user space.
    pub(super) userspace: bool,
    /// Module to load, and whether it is loaded yet.
    pub(super) module: Option<(&'static str, bool)>,
}

pub(super) fn carrier(wanted: &Wanted, facts: &Facts) -> Result<Carrier, Refusal> {
    let known = facts.kernel.capabilities.get("wireguard");
    match known.and_then(|fact| fact.value()) {
        Some(Capability::Builtin) => {
            return Ok(Carrier {
                userspace: false,
                module: None,
            });
        }
        Some(Capability::Loaded) => {
            return Ok(Carrier {
                userspace: false,
                module: Some(("wireguard", true)),
            });
        }
        Some(Capability::Loadable) => {
            return Ok(Carrier {
                userspace: false,
                module: Some(("wireguard", false)),
            });
        }
        Some(Capability::Missing) | None => {}
    }
    let release = facts
        .kernel
        .release
        .value()
        .map_or("unknown", String::as_str);
    let why = match known {
        Some(fact) if fact.value().is_none() => format!("could not be found ({})", fact.source()),
        _ => "is not on this host".into(),
    };
    let method = facts.os.wg_method.value();
    let install = method.map_or_else(
        || "install a WireGuard module that fits this kernel".to_string(),
        |method| format!("install it: {method}"),
    );
    if !wanted.allow_experimental {
        return Err(Refusal {
            id: "WG2".into(),
            text: format!("the WireGuard module {why} (kernel {release})"),
            remedy: format!(
                "{install}; or choose another overlay; or allow userspace WireGuard, which is \
                 outside the documented minimum, with overlay.wireguard.allow-experimental: true"
            ),
        });
    }
    let tun = facts
        .kernel
        .capabilities
        .get("tun")
        .and_then(|fact| fact.value());
    match tun {
        Some(Capability::Missing) => Err(Refusal {
            id: "ZT1".into(),
            text: "userspace WireGuard needs the TUN driver, which this kernel does not have"
                .into(),
            remedy: "boot a kernel with CONFIG_TUN".into(),
        }),
        Some(Capability::Loadable) => Ok(Carrier {
            userspace: true,
            module: Some(("tun", false)),
        }),
        Some(Capability::Loaded) => Ok(Carrier {
            userspace: true,
            module: Some(("tun", true)),
        }),
        Some(Capability::Builtin) | None => Ok(Carrier {
            userspace: true,
            module: None,
        }),
    }
}

/// What somebody else has made is never touched.
pub(super) fn ownership(wanted: &Wanted, survey: &Survey) -> Option<Refusal> {
    let Owner::Others(why) = &survey.owner else {
        return None;
    };
    Some(Refusal {
        id: "overlay.wireguard.interface".into(),
        text: format!("{} belongs to somebody else: {why}", wanted.interface),
        remedy: "choose another name with overlay.wireguard.interface (and another listen-port)"
            .into(),
    })
}

/// The address of a node that is set up is known to its peers, and to Replicated
/// once that is installed: it is not changed in passing.
pub(super) fn other_address(wanted: &Wanted, facts: &Facts) -> Option<Refusal> {
    let present = facts.network.interface(&wanted.interface)?;
    let mut v4 = present.addresses.iter().filter(|net| net.addr().is_ipv4());
    let other = v4.find(|net| net.addr() != wanted.address.addr())?;
    Some(Refusal {
        id: "overlay.address".into(),
        text: format!(
            "{} has the address {} already, and {} is wanted",
            wanted.interface,
            other.addr(),
            wanted.address.addr()
        ),
        remedy: "say the address that it has; or take this node back first with `groundcrew \
                 rollback`, and give the others its new join file"
            .into(),
    })
}

/// `wg` takes a port that is taken while the interface is down, and the interface
/// is then deaf.
pub(super) fn port_taken(wanted: &Wanted, facts: &Facts, survey: &Survey) -> Option<Refusal> {
    let port = wanted.listen_port;
    if survey.owner == Owner::Us && survey.listen_port == Some(port) {
        return None;
    }
    let listeners = facts.network.listeners.value()?;
    let taken = listeners
        .iter()
        .find(|one| one.protocol == "udp" && one.port == port)?;
    Some(Refusal {
        id: "overlay.wireguard.listen-port".into(),
        text: format!(
            "UDP {port} is taken: something is bound to {}:{port}",
            taken.address
        ),
        remedy: "choose another port with overlay.wireguard.listen-port, or end what holds it \
                 (ss -ulpn shows it)"
            .into(),
    })
}
