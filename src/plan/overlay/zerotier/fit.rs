//! Whether ZeroTier can be set up on a host as wanted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{Controller, KEPT_OFF, Wanted, members, settings_for};
use crate::facts::Facts;
use crate::facts::kernel::Capability;
use crate::plan::survey::Survey;
use crate::plan::zerotier::{HOME, NetworkId, SUFFIX, slashed};
use crate::plan::{Refusal, refusal};
use crate::version::Version;

fn version(text: &str) -> Option<Version> {
    text.parse().ok()
}

/// Whether a version is known and at least `wanted`.
pub(super) fn since(is: Option<&Version>, wanted: &str) -> bool {
    match (is, version(wanted)) {
        (Some(is), Some(wanted)) => is.at_least(&wanted),
        _ => false,
    }
}

fn old_kernel(facts: &Facts) -> bool {
    let release = facts.kernel.release.value();
    release
        .and_then(|release| version(release))
        .is_some_and(|release| !since(Some(&release), "3.0"))
}

/// Whether the interface comes up without address resolution: ZeroTier's way
/// with kernels before 3.0, in it since 1.8.5 and still in 1.14.1.
pub(super) fn loses_arp(facts: &Facts, is: Option<&Version>) -> bool {
    old_kernel(facts) && since(is, "1.8.5")
}

/// Whether the kernel has TUN as a module that is not loaded.
pub(super) fn tun_is_loadable(facts: &Facts) -> bool {
    tun(facts) == Some(Capability::Loadable)
}

fn tun(facts: &Facts) -> Option<Capability> {
    facts.kernel.capabilities.get("tun")?.value().copied()
}

/// All reasons against it.
pub(super) fn refusals(
    wanted: &Wanted,
    facts: &Facts,
    survey: &Survey,
    is: Option<&Version>,
) -> Vec<Refusal> {
    let mut all: Vec<Refusal> = ["zerotier-one", "zerotier-cli", "zerotier-idtool", "ip"]
        .iter()
        .filter(|program| !survey.programs.contains_key(**program))
        .map(|program| {
            let remedy = if *program == "ip" {
                "install iproute2"
            } else {
                "install the package zerotier-one, 1.14 or earlier where one of the hosts is the \
                 controller (download.zerotier.com, or a file that is brought along)"
            };
            refusal(
                "overlay.zerotier",
                format!("`{program}` is not installed"),
                remedy,
            )
        })
        .collect();
    let calls = matches!(
        &wanted.controller,
        Controller::Hosted { token: Some(_), .. }
    );
    if calls && !survey.programs.contains_key("curl") {
        all.push(refusal(
            "overlay.zerotier.api-token",
            "`curl` is not installed, which asks the hosted controller",
            "install curl; or leave the token out and let this node in at the controller by hand",
        ));
    }
    all.extend(of_version(wanted, facts, survey, is));
    if tun(facts) == Some(Capability::Missing) {
        all.push(refusal(
            "ZT1",
            "ZeroTier needs the TUN driver, which this kernel does not have",
            "boot a kernel with CONFIG_TUN; in a container the host has to give /dev/net/tun",
        ));
    }
    all.extend(of_mtu(wanted, survey, is));
    all.extend(members::refusals(wanted, survey));
    all.extend(of_roots(wanted, survey));
    all.extend(of_names(wanted, facts, survey));
    all
}

fn of_version(
    wanted: &Wanted,
    facts: &Facts,
    survey: &Survey,
    is: Option<&Version>,
) -> Option<Refusal> {
    let is = is?;
    let told = survey.zerotier.version.as_deref().unwrap_or_default();
    // ZeroTierOne#1314, #1524: 1.6.3, 1.6.5 and 1.8.3 fail to set the address of
    // the interface on 2.6; 1.4.6 works, 1.8.5's notes say it is mended.
    if old_kernel(facts) && since(Some(is), "1.4.7") && !since(Some(is), "1.8.5") {
        let release = facts.kernel.release.value().map_or("", String::as_str);
        return Some(refusal(
            "zt.tap",
            format!("ZeroTier {told} cannot make its interface on the kernel {release}"),
            "install 1.4.6 or earlier, or 1.8.5 or later",
        ));
    }
    // Its release notes: the controller is in no default build since then.
    if wanted.controller == Controller::Here
        && since(Some(is), "1.16.0")
        && survey.zerotier.controller != Some(true)
    {
        return Some(refusal(
            "zt.controller",
            format!(
                "ZeroTier {told} is to be the controller, and has none in it by default since 1.16"
            ),
            "install 1.14 or earlier here; or start the build of your own that has one, so that it \
             can be asked",
        ));
    }
    None
}

/// Before 1.4 the controller takes no MTU, and says nothing about it.
fn of_mtu(wanted: &Wanted, survey: &Survey, is: Option<&Version>) -> Option<Refusal> {
    let mtu = wanted.mtu?;
    if wanted.controller != Controller::Here || is.is_none() || since(is, "1.4.0") {
        return None;
    }
    let told = survey.zerotier.version.as_deref().unwrap_or_default();
    Some(refusal(
        "overlay.zerotier.mtu",
        format!("{mtu} is wanted, and the controller of ZeroTier {told} has no such setting"),
        "leave it out, or install 1.4 or later here",
    ))
}

/// What is not known beforehand, and what is of no use here.
pub(super) fn doubts(
    wanted: &Wanted,
    facts: &Facts,
    survey: &Survey,
    is: Option<&Version>,
) -> Vec<String> {
    let mut notes = Vec::new();
    let release = facts.kernel.release.value().map_or("", String::as_str);
    let kernel = version(release);
    // ZeroTierOne#1314 is about a 3.2; what mends it looks for kernels before 3
    // alone (LinuxEthernetTap.cpp).
    if since(kernel.as_ref(), "3.0") && !since(kernel.as_ref(), "3.10") && since(is, "1.4.7") {
        let told = survey.zerotier.version.as_deref().unwrap_or_default();
        notes.push(format!(
            "Whether ZeroTier {told} can make its interface on the kernel {release} is not known: \
             on 3.2 it was seen to fail. The verification shows it; 1.4.6 and earlier can."
        ));
    }
    if wanted.mtu.is_some() && wanted.controller != Controller::Here {
        notes.push(
            "overlay.zerotier.mtu is not used here: the network's controller sets it for all \
             nodes."
                .into(),
        );
    }
    notes
}

fn of_roots(wanted: &Wanted, survey: &Survey) -> Vec<Refusal> {
    let mut all = Vec::new();
    let without = match &wanted.controller {
        Controller::Hosted { .. } => true,
        Controller::There { planet, .. } => planet.is_none(),
        Controller::Here | Controller::NotKnown => false,
    };
    if wanted.airgap && without {
        all.push(refusal(
            "zt.roots",
            "without the Internet no root of ZeroTier is reached, and this node would never be \
             let in",
            "let one of the hosts be the controller (needs.zerotier-controller: own, role: first): \
             its join file names it as the root",
        ));
    }
    if wanted.controller == Controller::Here && wanted.underlay.is_none() {
        all.push(refusal(
            "interface",
            "where the other nodes reach this one is not known",
            "name the interface with interface.name",
        ));
    }
    // A planet of our own takes the place of the public roots.
    let own = match &wanted.controller {
        Controller::Here => survey
            .zerotier
            .node
            .as_ref()
            .map(|node| node.clone() + SUFFIX),
        Controller::There {
            network,
            planet: Some(_),
            ..
        } => Some(network.clone()),
        _ => return all,
    };
    let mut others = survey
        .zerotier
        .joined
        .keys()
        .filter(|id| Some(*id) != own.as_ref());
    if let Some(other) = others.next() {
        all.push(refusal(
            "zt.in-use",
            format!(
                "ZeroTier is in use here for the network {other}: with the controller as its only \
                 root, this host would lose it"
            ),
            "leave that network first (zerotier-cli leave), or use a hosted controller for both; a \
             moon, which would add a root beside the public ones, is not made by this version",
        ));
    }
    all
}

fn of_names(wanted: &Wanted, facts: &Facts, survey: &Survey) -> Vec<Refusal> {
    let mut all = Vec::new();
    let zerotier = &survey.zerotier;
    if facts.network.interface(&wanted.interface).is_some()
        && !zerotier
            .joined
            .values()
            .any(|name| *name == wanted.interface)
        && zerotier.running
    {
        all.push(refusal(
            "overlay.zerotier.interface",
            format!("{} belongs to somebody else", wanted.interface),
            "choose another name with overlay.zerotier.interface",
        ));
    }
    if !zerotier.running
        && let Some(listeners) = facts.network.listeners.value()
        && let Some(taken) = listeners.iter().find(|one| one.port == wanted.port)
    {
        all.push(refusal(
            "overlay.zerotier.port",
            format!(
                "port {} is taken: something is bound to {}:{} ({})",
                wanted.port, taken.address, wanted.port, taken.protocol
            ),
            "choose another port with overlay.zerotier.port, or end what holds it (ss -lntup shows \
             it)",
        ));
    }
    let clone = wanted
        .others
        .iter()
        .find(|other| Some(&other.node) == zerotier.node.as_ref());
    if let Some(clone) = clone.filter(|_| !wanted.replace_identity) {
        all.push(refusal(
            "overlay.zerotier.replace-identity",
            format!(
                "this host and {} have the same ZeroTier identity, {}: one was cloned from the \
                 other",
                clone.name, clone.node
            ),
            "say overlay.zerotier.replace-identity: true on the one that is to get a new one",
        ));
    }
    all
}

/// The settings of local.conf with ours among them; what else is there stays.
pub(super) fn settings(wanted: &Wanted, survey: &Survey) -> Result<Value, Refusal> {
    let path = format!("{HOME}/local.conf");
    let found: Value = match survey.zerotier.local_conf.as_deref().map(str::trim) {
        None | Some("") => json!({}),
        Some(text) => serde_json::from_str(text).map_err(|error| {
            refusal(
                "overlay.zerotier",
                format!("{path} is no JSON ({error}): zerotier-one does not start with it"),
                "mend it, or move it away",
            )
        })?,
    };
    let mut settings: Map<String, Value> = found
        .get("settings")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let mut kept_off: Vec<Value> = match settings.get("interfacePrefixBlacklist") {
        Some(Value::Array(names)) => names.clone(),
        // A word in place of a list is passed over by ZeroTier; it was meant.
        Some(Value::String(name)) => vec![json!(name)],
        _ => Vec::new(),
    };
    for name in KEPT_OFF {
        if !kept_off.contains(&json!(name)) {
            kept_off.push(json!(name));
        }
    }
    for (key, value) in settings_for(wanted) {
        settings.insert(key.into(), value);
    }
    settings.insert("interfacePrefixBlacklist".into(), Value::Array(kept_off));
    Ok(Value::Object(settings))
}

/// Whether a file changes that the service reads when it starts.
pub(super) fn changes(
    wanted: &Wanted,
    survey: &Survey,
    settings: &Value,
    interface: Option<&str>,
) -> bool {
    let zerotier = &survey.zerotier;
    let has: Option<Value> = zerotier
        .local_conf
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    if has.and_then(|has| has.get("settings").cloned()).as_ref() != Some(settings) {
        return true;
    }
    let network = wanted
        .controller
        .network()
        .and_then(|network| match network {
            NetworkId::Given(id) => Some(id),
            NetworkId::Own => zerotier.node.as_ref().map(|node| node.clone() + SUFFIX),
        });
    if let (Some(id), Some(interface)) = (network, interface) {
        let line = format!("{id}={interface}");
        let text = zerotier.devicemap.as_deref().unwrap_or_default();
        if !text.lines().any(|one| one.trim() == line) {
            return true;
        }
    }
    match (&wanted.controller, wanted.underlay) {
        (Controller::Here, Some(address)) => {
            let endpoint = std::net::SocketAddrV4::new(address, wanted.port);
            zerotier.world != Some(vec![slashed(&endpoint)])
        }
        (
            Controller::There {
                planet: Some(planet),
                ..
            },
            _,
        ) => zerotier.planet != Some(STANDARD.encode(planet)),
        _ => false,
    }
}
