//! What the answers want of each overlay, as its plan takes it.

use ipnet::Ipv4Net;

use super::{Inputs, init, join_path, short};
use crate::answers::config::{self, Firewall, Role, ZerotierController};
use crate::answers::secret::SecretRef;
use crate::plan::Refusal;
use crate::plan::overlay::flannel;
use crate::plan::overlay::wireguard::{Join, Key, Wanted};
use crate::plan::overlay::zerotier::{self, Controller};
use crate::plan::step::Peer;
use crate::plan::zerotier::Token;

/// Plans Flannel on the chosen interface.
pub(super) fn flannel(inputs: &Inputs<'_>, host: &str) -> Result<flannel::Planned, Vec<Refusal>> {
    let Inputs { config, facts, .. } = *inputs;
    let chosen = inputs.interfaces.choose().map_err(|error| {
        vec![Refusal {
            id: "interface.name".into(),
            text: format!("there is no interface for Flannel's packets: {error}"),
            remedy: "say which with interface.name".into(),
        }]
    })?;
    let Some(address) = chosen.address else {
        return Err(vec![Refusal {
            id: "interface.name".into(),
            text: format!("{} has no IPv4 address", chosen.name),
            remedy: "choose another one with interface.name".into(),
        }]);
    };
    let (name, join_path) = (short(host).to_owned(), join_path(inputs, host));
    let wanted = flannel::Wanted {
        name,
        address,
        wire: chosen
            .addresses
            .iter()
            .filter_map(|net| match net {
                ipnet::IpNet::V4(net) => Some(net.trunc()),
                ipnet::IpNet::V6(_) => None,
            })
            .collect(),
        first: config.role == Role::First,
        network: config.network,
        subnet_len: config.flannel.subnet_len,
        backend: config.flannel.backend,
        prefix: config.flannel.etcd_prefix.clone(),
        endpoints: &config.flannel.etcd_endpoints,
        role: config.flannel.etcd_role,
        initial: config.flannel.etcd_initial,
        tls: config
            .flannel
            .etcd_tls
            .as_ref()
            .map(flannel::client::Tls::from),
        others: &inputs.others.flannel,
        open_firewall: config.firewall == Firewall::Open,
        docker_restart: config.needs.docker_restart,
        init: init(config, facts),
        join_path,
        flanneld: path_text(config.flannel.flanneld.as_ref()),
        etcd: path_text(config.flannel.etcd.as_ref()),
        sources: inputs.sources.clone(),
    };
    flannel::plan(&wanted, facts, inputs.survey)
}

fn path_text(path: Option<&std::path::PathBuf>) -> Option<String> {
    path.map(|path| path.display().to_string())
}

pub(super) fn wanted(inputs: &Inputs<'_>, host: &str) -> Result<Wanted, Vec<Refusal>> {
    let Inputs {
        config,
        facts,
        choice,
        ..
    } = *inputs;
    let wireguard = &config.wireguard;
    let mut refusals = Vec::new();
    let mut refuse = |id: &str, text: String, remedy: &str| {
        refusals.push(Refusal {
            id: id.into(),
            text,
            remedy: remedy.into(),
        });
    };
    let address = config
        .address
        .and_then(|address| Ipv4Net::new(address, config.network.prefix_len()).ok());
    if address.is_none() {
        refuse(
            "overlay.address",
            "this host's address in the private network is missing".into(),
            "give it in the answers file, or as --set overlay.address=ADDRESS",
        );
    }
    let key = match &wireguard.private_key {
        SecretRef::Generate => Some(Key::Generate),
        SecretRef::Env(name) => Some(Key::Env(name.clone())),
        SecretRef::File(path) => Some(Key::File(path.display().to_string())),
        SecretRef::Prompt | SecretRef::Inline(_) => {
            refuse(
                "overlay.wireguard.private-key",
                "a private key that is typed in is not taken: it would have to be kept".into(),
                "say generate, {file: PATH} or {env: NAME}",
            );
            None
        }
    };
    let peers: Vec<Peer> = inputs
        .others
        .peers
        .iter()
        .filter_map(|peer| match peer_of(peer, config.needs.behind_nat) {
            Ok(peer) => Some(peer),
            Err(text) => {
                refuse("overlay.wireguard.peers", text, "give it as {file: PATH}");
                None
            }
        })
        .collect();
    let endpoint = inputs
        .underlay
        .choose()
        .ok()
        .and_then(|candidate| candidate.address);
    let (Some(address), Some(key), true) = (address, key, refusals.is_empty()) else {
        return Err(refusals);
    };
    let (name, join_path) = (short(host).to_owned(), join_path(inputs, host));
    Ok(Wanted {
        interface: wireguard.interface.clone(),
        address,
        listen_port: wireguard.listen_port,
        mtu: wireguard.mtu,
        module: wireguard.module,
        waived: waived(inputs),
        allow_experimental: choice.userspace,
        key,
        peers,
        open_firewall: config.firewall == Firewall::Open,
        init: init(config, facts),
        sources: inputs.sources.clone(),
        join: Join {
            path: join_path,
            name,
            endpoint: wireguard
                .endpoint
                .as_ref()
                .map(ToString::to_string)
                .or_else(|| endpoint.map(|address| format!("{address}:{}", wireguard.listen_port))),
        },
    })
}

/// The rules of what was chosen that do not hold and were waived: of those that
/// block, nothing else is left as a warning.
fn waived(inputs: &Inputs<'_>) -> Vec<String> {
    let candidates = inputs.decision.candidates.iter();
    let chosen = candidates.filter(|c| c.id == inputs.choice.target);
    chosen
        .flat_map(|candidate| &candidate.warnings)
        .map(|entry| entry.id.clone())
        .collect()
}

pub(super) fn zerotier_wanted(
    inputs: &Inputs<'_>,
    host: &str,
) -> Result<zerotier::Wanted, Vec<Refusal>> {
    let config = inputs.config;
    let others = &inputs.others.zerotier;
    let candidate = inputs.underlay.choose().ok();
    let own = config.needs.zerotier_controller == ZerotierController::Own;
    let controllers: Vec<_> = others
        .iter()
        .filter_map(|other| Some((other, other.controller_network.clone()?)))
        .collect();
    let refuse = |id: &str, text: String, remedy: &str| {
        Err(vec![Refusal {
            id: id.into(),
            text,
            remedy: remedy.into(),
        }])
    };
    let given = config.zerotier.network_id.as_ref();
    let controller = match (own, config.role, controllers.as_slice(), given) {
        (_, _, [(one, _), (two, _), ..], _) => {
            return refuse(
                "overlay.join-files",
                format!("{} and {} are both the controller", one.name, two.name),
                "let one host alone have role: first, and take the other's file away",
            );
        }
        (true, Role::First, [(other, _)], _) => {
            return refuse(
                "role",
                format!(
                    "this host is to be the controller, and {} is it already",
                    other.name
                ),
                "say role: join here",
            );
        }
        (true, Role::First, [], Some(id)) => {
            return refuse(
                "overlay.zerotier.network-id",
                format!("{id} is given, and this host's controller makes the network itself"),
                "leave it out; or say needs.zerotier-controller: hosted",
            );
        }
        (_, _, [(other, network)], Some(id)) if network != id => {
            return refuse(
                "overlay.zerotier.network-id",
                format!(
                    "{id} is given, and the network of {} is {network}",
                    other.name
                ),
                "leave it out, or take that join file away",
            );
        }
        (true, Role::First, [], None) => Controller::Here,
        (_, _, [(other, network)], _) => Controller::There {
            name: other.name.clone(),
            network: network.clone(),
            planet: other.planet.clone(),
        },
        (_, _, [], Some(id)) => Controller::Hosted {
            network: id.clone(),
            token: match &config.zerotier.api_token {
                None => None,
                Some(SecretRef::File(path)) => Some(Token::File(path.display().to_string())),
                Some(SecretRef::Env(name)) => Some(Token::Env(name.clone())),
                Some(SecretRef::Generate | SecretRef::Prompt | SecretRef::Inline(_)) => {
                    return refuse(
                        "overlay.zerotier.api-token",
                        "a token that is typed in is not taken: undoing needs it again".into(),
                        "say {file: PATH} or {env: NAME}",
                    );
                }
            },
        },
        (true, Role::Join, [], None) => Controller::NotKnown,
        (false, _, [], None) => {
            return refuse(
                "overlay.zerotier.network-id",
                "which network of the hosted controller is not said".into(),
                "give its id as overlay.zerotier.network-id; or let a host be the controller with \
                 needs.zerotier-controller: own",
            );
        }
    };
    Ok(zerotier::Wanted {
        name: short(host).to_owned(),
        controller,
        range: config.network,
        address: config.address,
        underlay: candidate.and_then(|candidate| candidate.address),
        port: config.zerotier.port,
        interface: config.zerotier.interface.clone(),
        mtu: config.zerotier.mtu,
        remove: config.zerotier.remove_members.clone(),
        behind_nat: config.needs.behind_nat,
        replace_identity: config.zerotier.replace_identity,
        others: others.clone(),
        airgap: config.airgap,
        open_firewall: config.firewall == Firewall::Open,
        join_path: join_path(inputs, host),
        init: init(config, inputs.facts),
        sources: inputs.sources.clone(),
    })
}

fn peer_of(peer: &config::Peer, behind_nat: bool) -> Result<Peer, String> {
    // wg(8): 25 s keeps the state of nearly every NAT alive.
    let keepalive = if behind_nat { 25 } else { 0 };
    let preshared_key = match &peer.preshared_key {
        None => None,
        Some(SecretRef::File(path)) => Some(path.display().to_string()),
        Some(_) => {
            return Err(format!(
                "the preshared key of {} has to be in a file: wg reads it from there",
                peer.name
            ));
        }
    };
    Ok(Peer {
        name: peer.name.clone(),
        public_key: peer.public_key.to_string(),
        preshared_key,
        endpoint: peer.endpoint.as_ref().map(ToString::to_string),
        allowed_ips: peer.allowed_ips.clone(),
        keepalive: peer.keepalive.unwrap_or(keepalive),
    })
}
