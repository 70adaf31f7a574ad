//! Whether a host can carry WireGuard as wanted, and with what.

use super::Wanted;
use super::module::{self, Install};
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
    /// What brings the module, where the kernel has none.
    pub(super) install: Install,
}

impl Carrier {
    /// In the kernel as it is.
    fn kernel(module: Option<(&'static str, bool)>) -> Self {
        Self {
            userspace: false,
            module,
            install: Install::default(),
        }
    }
}

pub(super) fn carrier(wanted: &Wanted, facts: &Facts, survey: &Survey) -> Result<Carrier, Refusal> {
    let known = facts.kernel.capabilities.get("wireguard");
    let found = known.and_then(|fact| fact.value());
    match found {
        Some(Capability::Builtin) => return Ok(Carrier::kernel(None)),
        Some(Capability::Loaded) => return Ok(Carrier::kernel(Some(("wireguard", true)))),
        Some(Capability::Loadable) => return Ok(Carrier::kernel(Some(("wireguard", false)))),
        Some(Capability::Missing) if !wanted.allow_experimental => {
            return Ok(Carrier {
                install: module::install(wanted, facts, survey)?,
                ..Carrier::kernel(Some(("wireguard", false)))
            });
        }
        Some(Capability::Missing) | None => {}
    }
    if !wanted.allow_experimental {
        // What is not known to be missing is not replaced.
        let release = facts.kernel.release.value();
        let why = known.map_or("it was not looked for", |fact| fact.source());
        return Err(Refusal {
            id: "WG2".into(),
            text: format!(
                "the WireGuard module could not be found ({why}; kernel {})",
                release.map_or("unknown", String::as_str)
            ),
            remedy: "install a WireGuard module that fits this kernel; or choose another overlay; \
                     or allow userspace WireGuard, which is outside the documented minimum, with \
                     overlay.wireguard.allow-experimental: true"
                .into(),
        });
    }
    let userspace = |module| Carrier {
        userspace: true,
        ..Carrier::kernel(module)
    };
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
        Some(Capability::Loadable) => Ok(userspace(Some(("tun", false)))),
        Some(Capability::Loaded) => Ok(userspace(Some(("tun", true)))),
        Some(Capability::Builtin) | None => Ok(userspace(None)),
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
