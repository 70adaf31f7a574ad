//! ZeroTier for the native scheduler.
//!
//! Either one node is the controller and the only root, and the others are told
//! of it by its join file; or the network is one of a hosted controller.

mod boot;
mod coming;
mod fit;
mod members;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::nat;
use super::opening::{Opening, Port};
use crate::answers::join::Zerotier;
use crate::facts::Facts;
use crate::plan::Refusal;
use crate::plan::programs::Sources;
use crate::plan::step::{Manager, Part, Protocol, Step};
use crate::plan::survey::{MARK, Survey};
use crate::plan::verify::{VerifyMember, VerifyZerotier};
use crate::plan::zerotier::{Act, HOME, MTU, NetworkId, OWN, SMALLEST_MTU, Token};
use crate::version::Version;

/// What is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Name of this node.
    pub name: String,
    /// Who lets members in.
    pub controller: Controller,
    /// Range of the private network.
    pub range: Ipv4Net,
    /// This node's address in it; the controller gives one where none is named.
    pub address: Option<Ipv4Addr>,
    /// This node's address in the network below.
    pub underlay: Option<Ipv4Addr>,
    /// Port of ZeroTier.
    pub port: u16,
    /// Name of the interface.
    pub interface: String,
    /// MTU in bytes of the network that this node makes; found out where none is
    /// given.
    pub mtu: Option<u32>,
    /// Node addresses that this node's controller shuts out.
    pub remove: Vec<String>,
    /// Whether some nodes are behind NAT.
    pub behind_nat: bool,
    /// Whether a cloned identity may be replaced.
    pub replace_identity: bool,
    /// The other nodes.
    pub others: Vec<Zerotier>,
    /// Whether the hosts are cut off from the Internet.
    pub airgap: bool,
    /// Whether the firewall is to be opened.
    pub open_firewall: bool,
    /// Where this node's join file is written, as an absolute path.
    pub join_path: String,
    /// Init system that runs the service; none is the one that was found.
    pub init: Option<Manager>,
    /// From where ZeroTier may come where it is not here.
    pub sources: Sources,
}

/// Who lets members in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Controller {
    /// This node.
    Here,
    /// Another node, by its join file.
    There {
        /// Its name.
        name: String,
        /// Its network.
        network: String,
        /// Its planet, where it is the root.
        planet: Option<Vec<u8>>,
    },
    /// Another node, whose join file is not here yet.
    NotKnown,
    /// A hosted one.
    Hosted {
        /// The network.
        network: String,
        /// Where the token for its API is, if groundcrew is to let this node in.
        token: Option<Token>,
    },
}

/// The overlay's part of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// Steps.
    pub steps: Vec<Step>,
    /// What is left to the operator.
    pub notes: Vec<String>,
    /// What is verified afterwards.
    pub verify: VerifyZerotier,
}

impl Controller {
    /// The network, as far as it is known.
    fn network(&self) -> Option<NetworkId> {
        match self {
            Self::Here => Some(NetworkId::Own),
            Self::There { network, .. } | Self::Hosted { network, .. } => {
                Some(NetworkId::Given(network.clone()))
            }
            Self::NotKnown => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Here => "this node's controller".into(),
            Self::There { name, .. } => name.clone(),
            Self::NotKnown => "the controller".into(),
            Self::Hosted { .. } => "the hosted controller".into(),
        }
    }
}

/// Plans ZeroTier.
///
/// # Errors
/// All reasons why this host cannot be set up like this, at once.
pub fn plan(wanted: &Wanted, facts: &Facts, survey: &Survey) -> Result<Planned, Vec<Refusal>> {
    let brought = coming::look(wanted, facts, survey);
    let (survey, mut notes) = (&brought.survey, brought.notes.clone());
    let version = survey
        .zerotier
        .version
        .as_ref()
        .and_then(|text| text.parse::<Version>().ok());
    let mut refusals = fit::refusals(wanted, facts, survey, version.as_ref());
    brought.tell(&mut refusals);
    let settings = fit::settings(wanted, survey)
        .map_err(|refusal| refusals.push(refusal))
        .ok();
    let (Some(settings), true) = (settings, refusals.is_empty()) else {
        return Err(refusals);
    };
    let since = |text: &str| fit::since(version.as_ref(), text);
    // Before, the interface is zt0 and so on, whatever the file says.
    let interface = since("1.4.0").then(|| wanted.interface.clone());
    let manager = manager(wanted, facts, &brought, &mut notes);
    let network = wanted.controller.network();
    let instead_of = wanted
        .others
        .iter()
        .find(|other| Some(&other.node) == survey.zerotier.node.as_ref())
        .map(|other| other.node.clone());

    let one = Step::Zerotier;
    let mut steps = vec![
        // A package starts the service itself.
        if network.is_some() || brought.starts {
            one(Act::Home)
        } else {
            // The service is not started yet: there is nothing but our files.
            Step::DataDir {
                path: HOME.into(),
                mode: 0o755,
                purpose: "ZeroTier's files".into(),
            }
        },
        Step::DataDir {
            path: OWN.into(),
            mode: 0o700,
            purpose: "groundcrew's own notes there, for root alone".into(),
        },
    ];
    steps.extend(brought.steps.iter().cloned());
    if brought.starts {
        steps.push(one(Act::Stop { manager }));
    }
    if survey.zerotier.running
        && (instead_of.is_some() || fit::changes(wanted, survey, &settings, interface.as_deref()))
    {
        steps.push(one(Act::Stop { manager }));
        if !survey.zerotier.joined.is_empty() {
            notes
                .push("zerotier-one is restarted: its networks are down for a few seconds.".into());
        }
    }
    steps.push(one(Act::Identity { instead_of }));
    steps.push(Step::JsonKeys {
        path: format!("{HOME}/local.conf"),
        keys: BTreeMap::from([("settings".to_owned(), settings)]),
        purpose: "one port, and no packets over other tunnels".into(),
    });
    if let (Some(network), Some(interface)) = (&network, &interface) {
        steps.push(one(Act::Device {
            network: network.clone(),
            interface: interface.clone(),
        }));
    }
    match (&wanted.controller, wanted.underlay) {
        (Controller::Here, Some(address)) => steps.push(one(Act::World {
            endpoint: SocketAddrV4::new(address, wanted.port),
        })),
        (
            Controller::There {
                planet: Some(planet),
                ..
            },
            _,
        ) => steps.push(one(Act::Planet {
            base64: STANDARD.encode(planet),
        })),
        _ => {}
    }
    steps.push(join_file(wanted));
    if let Some(manager) = manager {
        steps.push(Step::EnableService {
            manager,
            service: service(manager).into(),
        });
    }
    if survey.programs.contains_key("modprobe") && fit::tun_is_loadable(facts) {
        steps.push(Step::LoadModule { name: "tun".into() });
    }
    steps.extend(firewall(wanted, facts, survey, &mut notes));
    if let Some(network) = &network {
        steps.push(one(Act::Start { manager }));
        if wanted.controller == Controller::Here {
            steps.push(one(Act::Controller {
                range: wanted.range,
                mtu: mtu(wanted, facts, survey, &mut notes).filter(|_| since("1.4.0")),
            }));
            steps.push(one(members::act(wanted)));
        }
        steps.push(one(Act::Join {
            network: network.clone(),
        }));
        if let Controller::Hosted {
            network,
            token: Some(token),
        } = &wanted.controller
        {
            steps.push(one(Act::Hosted {
                network: network.clone(),
                address: wanted.address,
                token: token.clone(),
            }));
        }
        if fit::loses_arp(facts, version.as_ref()) {
            steps.push(one(Act::Arp {
                network: network.clone(),
            }));
            match (manager, &interface) {
                (Some(Manager::Sysvinit), Some(interface)) => {
                    steps.extend(boot::steps(interface, survey));
                    notes.push(
                        "ZeroTier's interface comes up without address resolution on this kernel: \
                         after a restart of zerotier-one by hand, run `service groundcrew-zerotier \
                         start` before anything uses it."
                            .into(),
                    );
                }
                _ => notes.push(
                    "ZeroTier's interface comes up without address resolution on this kernel, with \
                     every start of the service: run `groundcrew run` again after each, before \
                     anything uses it."
                        .into(),
                ),
            }
        }
    }
    notes.extend(members::notes(wanted, survey));
    notes.extend(fit::doubts(wanted, facts, survey, version.as_ref()));
    if wanted.behind_nat {
        let controller = wanted.controller == Controller::Here;
        notes.push(nat::zerotier(controller, wanted.underlay, wanted.port));
    }
    notes.extend(left_to_say(wanted, survey));
    Ok(Planned {
        verify: verify(wanted, network, interface),
        steps,
        notes,
    })
}

fn left_to_say(wanted: &Wanted, survey: &Survey) -> Option<String> {
    match &wanted.controller {
        Controller::NotKnown => Some(
            "The controller's join file is not here yet: carry this node's join file to it, and \
             run this again once its own is here."
                .into(),
        ),
        Controller::Hosted {
            network,
            token: None,
        } => {
            let node = survey.zerotier.node.as_deref();
            let node = node.map_or_else(
                || "this node (its address is in the join file)".into(),
                |node| format!("the node {node}"),
            );
            Some(format!(
                "The hosted controller has to let {node} into {network}: somebody authorises it \
                 there."
            ))
        }
        Controller::Here if wanted.others.is_empty() => Some(
            "Nobody but this node is let in yet: carry the other nodes' join files here and run \
             this again."
                .into(),
        ),
        _ => None,
    }
}

/// The service manager that runs the service; none where it starts itself.
fn manager(
    wanted: &Wanted,
    facts: &Facts,
    brought: &coming::Brought,
    notes: &mut Vec<String>,
) -> Option<Manager> {
    let survey = &brought.survey;
    let running = facts.services.manager_running.value() == Some(&true);
    let manager = match coming::init(wanted, facts) {
        Some(Manager::Systemd) if survey.zerotier.unit => Some(Manager::Systemd),
        // upstart runs the scripts of SysV init too; ZeroTier has no job for it.
        Some(Manager::Upstart | Manager::Sysvinit) if survey.zerotier.init_script => {
            Some(Manager::Sysvinit)
        }
        _ => None,
    };
    // A script can be started without its init system.
    if manager == Some(Manager::Sysvinit) || manager.is_some() && running {
        return manager;
    }
    if manager.is_some() && brought.boots {
        notes.push(
            "zerotier-one is enabled for the next boot, and started by itself now: the service \
             manager does not run here."
                .into(),
        );
        return None;
    }
    let why = if manager.is_some() {
        "the service manager does not run here now"
    } else {
        "there is no unit and no init script of it"
    };
    notes.push(format!(
        "zerotier-one is started by itself, and not at boot: {why}."
    ));
    None
}

fn service(manager: Manager) -> &'static str {
    match manager {
        Manager::Systemd => "zerotier-one.service",
        Manager::Upstart | Manager::Sysvinit => "zerotier-one",
    }
}

fn verify(
    wanted: &Wanted,
    network: Option<NetworkId>,
    interface: Option<String>,
) -> VerifyZerotier {
    let peers = wanted.others.iter().map(|other| VerifyMember {
        name: other.name.clone(),
        node: other.node.clone(),
        address: other.address,
    });
    VerifyZerotier {
        network,
        range: wanted.range,
        interface,
        address: wanted.address,
        controller: wanted.controller.text(),
        members: if wanted.controller == Controller::Here {
            members::members(wanted)
        } else {
            Vec::new()
        },
        removed: if wanted.controller == Controller::Here {
            wanted.remove.clone()
        } else {
            Vec::new()
        },
        peers: peers.collect(),
    }
}

/// MTU of the network. Frames of 2800 bytes are sent as fragments of ZeroTier's
/// own that fit a path of 1500; on a narrower one those are split once more,
/// which not every network carries (ZeroTierOne#935, #1804).
fn mtu(wanted: &Wanted, facts: &Facts, survey: &Survey, notes: &mut Vec<String>) -> Option<u32> {
    if wanted.mtu.is_some() {
        return wanted.mtu;
    }
    let paths = wanted.others.iter().filter_map(|other| {
        let measured = survey.path_mtu.get(&other.underlay);
        let measured = measured.and_then(|fact| fact.value().copied());
        measured.or_else(|| facts.network.mtu_to(other.underlay))
    });
    let smallest = paths.min().unwrap_or(1500);
    if smallest >= 1500 {
        return Some(MTU);
    }
    notes.push(format!(
        "The network's MTU is {SMALLEST_MTU}: the narrowest path to another node carries \
         {smallest} bytes."
    ));
    Some(SMALLEST_MTU)
}

fn join_file(wanted: &Wanted) -> Step {
    let name = &wanted.name;
    let mut head = format!(
        "{MARK} on {name}: give this file to the other nodes.\nversion: 1\nkind: zerotier\n\
         name: {name}\n"
    );
    if let Some(address) = wanted.address {
        head.push_str(&format!("address: {address}\n"));
    }
    if let Some(underlay) = wanted.underlay {
        head.push_str(&format!("underlay: {underlay}\n"));
    }
    // In quotes: ten digits would be a number.
    head.push_str("node: \"");
    let mut content = vec![Part::Text(head), Part::ZerotierNode];
    let network = format!("\nnetwork: {}\n", wanted.range.trunc());
    if wanted.controller == Controller::Here {
        content.extend([
            Part::Text("\"\ncontroller-network: \"".into()),
            Part::ZerotierNode,
            Part::Text(format!("{}\"\nplanet: ", crate::plan::zerotier::SUFFIX)),
            Part::ZerotierPlanet,
            Part::Text(network),
        ]);
    } else {
        content.push(Part::Text(format!("\"{network}")));
    }
    Step::WriteFile {
        path: wanted.join_path.clone(),
        mode: 0o644,
        content,
        purpose: crate::plan::FOR_OTHERS.into(),
    }
}

/// Lets the other nodes in, and nobody else: a node behind NAT is not known by
/// its address, but its own packets open the way for the answers.
fn firewall(wanted: &Wanted, facts: &Facts, survey: &Survey, notes: &mut Vec<String>) -> Vec<Step> {
    let port = wanted.port;
    let mut sources: Vec<Ipv4Net> = wanted
        .others
        .iter()
        .map(|other| Ipv4Net::from(other.underlay))
        .collect();
    sources.sort();
    sources.dedup();
    let opening = Opening {
        wanted: wanted.open_firewall,
        by_hand: format!("let UDP {port} in from the other nodes"),
        example: format!("ip saddr {{ NODES }} udp dport {port}"),
        rules: format!("rules for UDP {port} are"),
    };
    // Without a source it would be open to everybody.
    let ports = (!sources.is_empty()).then(|| Port {
        protocol: Protocol::Udp,
        port,
        sources,
        comment: "groundcrew-zerotier".into(),
    });
    opening.steps(ports.into_iter().collect(), facts, survey, notes)
}

/// The settings that ZeroTier runs with here. With these 1.14.1 listens on one
/// port of one address, and sends nothing over bridges and tunnels.
fn settings_for(wanted: &Wanted) -> Vec<(&'static str, Value)> {
    let mut settings = vec![
        ("primaryPort", json!(wanted.port)),
        ("portMappingEnabled", json!(false)),
        ("allowSecondaryPort", json!(false)),
        ("softwareUpdate", json!("disable")),
    ];
    if !matches!(wanted.controller, Controller::Hosted { .. }) {
        settings.push(("allowTcpFallbackRelay", json!(false)));
    }
    settings
}

/// Interfaces that carry no packets of ZeroTier's, by the beginnings of their
/// names. It keeps off its own and WireGuard's by itself.
const KEPT_OFF: [&str; 4] = ["docker", "flannel", "veth", "br-"];

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
