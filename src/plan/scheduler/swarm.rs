//! Docker Swarm.
//!
//! Much of what goes wrong with a Swarm goes wrong without a word: Docker says
//! "active" where the gossip's port is taken, takes pools that lie over the
//! host's own network, and advertises addresses of interfaces that are down. So
//! these are looked for here, before anything is done.

mod act;
mod encryption;
mod fit;
mod pools;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

pub use act::{Act, DATA_PATH, GOSSIP, LABEL, MANAGEMENT, MTU_OPTION, NodeAs};
pub use fit::is_one_of;

use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};

use super::{Planned, Site, VerifyScheduler};
use crate::answers::config::{Firewall, Role};
use crate::answers::secret::SecretRef;
use crate::plan::overlay::opening::{Opening, Port};
use crate::plan::step::{Protocol, Step};
use crate::plan::zerotier::Token;
use crate::plan::{Refusal, refusal};
use crate::version::Version;

/// What a Swarm has to show once this node is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Verify {
    /// This node's address in it.
    pub address: Ipv4Addr,
    /// What this node is.
    pub node_as: NodeAs,
    /// The manager that was joined, `address:port`; none on the first node.
    pub manager: Option<String>,
    /// How many nodes there have to be.
    pub nodes: u32,
    /// MTU in bytes of the interface below, where it is known: overlay networks
    /// are tried with it.
    pub mtu: Option<u32>,
    /// Whether overlay networks are to be encrypted.
    pub encrypted: bool,
}

impl Verify {
    /// What is done to verify it, in one line.
    pub fn text(&self) -> String {
        match self.node_as {
            NodeAs::Manager => format!(
                "this node is a manager of the Swarm at {}, {} nodes are Ready, and a container on \
                 each answers the one here over an overlay network that is made for it and removed",
                self.address, self.nodes
            ),
            NodeAs::Worker => format!("this node is active in the Swarm at {}", self.address),
        }
    }
}

/// What this Docker can be told (moby api/docs CHANGELOG: API 1.31, 1.39, 1.40).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Able {
    /// `--data-path-addr`, and networks of the kind ingress.
    data_path_addr: bool,
    /// `--default-addr-pool`.
    pools: bool,
    /// `--data-path-port`.
    data_path_port: bool,
}

impl Able {
    fn of(docker: Option<&Version>) -> Self {
        let since = |wanted: &str| {
            let wanted: Option<Version> = wanted.parse().ok();
            docker.is_some_and(|is| wanted.is_some_and(|wanted| is.at_least(&wanted)))
        };
        Self {
            data_path_addr: since("17.06"),
            pools: since("18.09"),
            data_path_port: since("19.03"),
        }
    }
}

/// Plans it.
///
/// # Errors
/// All reasons why this host cannot carry it as wanted.
pub fn plan(site: &Site<'_>) -> Result<Planned, Vec<Refusal>> {
    let Site {
        inputs, address, ..
    } = *site;
    let (config, facts) = (inputs.config, inputs.facts);
    let swarm = &config.swarm;
    let docker: Option<Version> = facts.docker.version.value().and_then(|v| v.parse().ok());
    let able = Able::of(docker.as_ref());
    let first = config.role == Role::First;
    let there = fit::is_there(site);
    let mut notes = Vec::new();
    let mut refusals = fit::refusals(site, there);
    let mut take = |result: Result<_, Vec<Refusal>>| match result {
        Ok(value) => Some(value),
        Err(more) => {
            refusals.extend(more);
            None
        }
    };
    let port = take(fit::data_path_port(site, able, there, &mut notes).map_err(|one| vec![one]));
    let mut chosen = Vec::new();
    if let Err(more) = pools::pools(site, able, there, &mut notes).map(|pools| chosen = pools) {
        refusals.extend(more);
    }
    let mut encrypted = false;
    match encryption::wanted(site, docker.as_ref(), &mut notes) {
        Ok(yes) => encrypted = yes,
        Err(more) => refusals.push(more),
    }
    let token = if first {
        None
    } else {
        token(site, &mut refusals)
    };
    let (Some(port), true) = (port, refusals.is_empty()) else {
        return Err(refusals);
    };
    if let Some(note) = waits(site, there) {
        return Ok(Planned {
            notes: vec![note],
            ..Planned::default()
        });
    }
    let mut steps = firewall(site, port, encrypted, &mut notes);
    let node_as = if first {
        NodeAs::Manager
    } else {
        swarm.node_as.into()
    };
    steps.push(Step::Swarm(Act::ProbeImage));
    if first {
        steps.push(Step::Swarm(Act::Init {
            address,
            data_path_addr: able.data_path_addr,
            data_path_port: able.data_path_port.then_some(port),
            pools: if able.pools { chosen } else { Vec::new() },
            subnet_len: swarm.subnet_len,
        }));
        ingress(site, able, there, &mut steps, &mut notes);
        tokens(site, &mut steps, &mut notes);
    } else if let (Some(manager), Some(token)) = (&swarm.manager, token) {
        let promoted = fit::is_promoted(site, there);
        steps.push(Step::Swarm(Act::Join {
            address,
            data_path_addr: able.data_path_addr,
            manager: manager.clone(),
            // It is in it already: what it lacks only a manager gives it.
            node_as: match promoted {
                true => NodeAs::Worker,
                false => node_as,
            },
            token,
        }));
        if promoted {
            notes.push(format!(
                "This node is a worker of that Swarm. Once this is done, `docker node promote \
                 {name}` on a manager makes a manager of it (`groundcrew fleet apply` says that \
                 there itself).",
                name = site.name
            ));
        }
        notes.push(format!(
            "Undoing leaves {name} as Down in the managers' list: `docker node rm {name}` on a \
             manager takes it out.",
            name = site.name
        ));
    }
    if !able.data_path_addr {
        notes.push(
            "This Docker cannot be told the address of the data path (17.06 and later can): it \
             takes the advertised one."
                .into(),
        );
    }
    mtu_note(site, &mut notes);
    Ok(Planned {
        steps,
        notes,
        verify: Some(VerifyScheduler::Swarm(Verify {
            address,
            node_as,
            manager: swarm.manager.clone().filter(|_| !first),
            nodes: config.needs.nodes,
            mtu: site.mtu,
            encrypted,
        })),
    })
}

/// Why a joining node does not join yet: the manager is reached through the
/// private network, and that knows no other node yet.
fn waits(site: &Site<'_>, there: bool) -> Option<String> {
    let others = site.inputs.others;
    let alone = match site.inputs.choice.overlay.as_deref() {
        Some("wireguard") => others.peers.is_empty(),
        Some("zerotier") => others.zerotier.is_empty(),
        _ => false,
    };
    let joins = site.inputs.config.role == Role::Join && !there;
    (alone && joins).then(|| {
        format!(
            "The Swarm of {} is joined by a later run: its manager is reached through the private \
             network, which waits for join files.",
            site.inputs
                .config
                .swarm
                .manager
                .as_deref()
                .unwrap_or("the others")
        )
    })
}

/// Where the token of a joining node is.
fn token(site: &Site<'_>, refusals: &mut Vec<Refusal>) -> Option<Token> {
    let swarm = &site.inputs.config.swarm;
    if swarm.manager.is_none() {
        refusals.push(refusal(
            "swarm.manager",
            "which manager this host joins is not said",
            "give its address as swarm.manager",
        ));
    }
    match &swarm.token {
        Some(SecretRef::File(path)) => Some(Token::File(path.display().to_string())),
        Some(SecretRef::Env(name)) => Some(Token::Env(name.clone())),
        None => {
            refusals.push(refusal(
                "swarm.token",
                "where the join token is is not said",
                "carry the first host's file (swarm.token-out) here and name it as {file: PATH}",
            ));
            None
        }
        Some(SecretRef::Prompt | SecretRef::Inline(_) | SecretRef::Generate) => {
            refusals.push(refusal(
                "swarm.token",
                "a token that is typed in is not taken: `groundcrew resume` needs it again",
                "say {file: PATH} or {env: NAME}",
            ));
            None
        }
    }
}

/// The steps that let the other nodes in.
fn firewall(site: &Site<'_>, port: u16, encrypted: bool, notes: &mut Vec<String>) -> Vec<Step> {
    let inputs = site.inputs;
    let sources = fit::network(site);
    let manager = inputs.config.role == Role::First
        || NodeAs::from(inputs.config.swarm.node_as) == NodeAs::Manager;
    let mut ports = Vec::new();
    if manager {
        ports.push((Protocol::Tcp, MANAGEMENT));
    }
    ports.extend([
        (Protocol::Tcp, GOSSIP),
        (Protocol::Udp, GOSSIP),
        (Protocol::Udp, port),
    ]);
    let words: Vec<_> = ports
        .iter()
        .map(|(protocol, port)| format!("{} {port}", protocol.word().to_uppercase()))
        .collect();
    let from: Vec<_> = sources.iter().map(ToString::to_string).collect();
    let from = from.join(", ");
    let esp = if encrypted {
        ", and IP protocol 50 (ESP)"
    } else {
        ""
    };
    let opening = Opening {
        wanted: inputs.config.firewall == Firewall::Open,
        by_hand: format!("let {}{esp} in from {from}", words.join(", ")),
        example: format!("ip saddr {from} udp dport {port}"),
        rules: "rules for the Swarm's ports are".into(),
    };
    let mut holes: Vec<_> = ports
        .into_iter()
        .map(|(protocol, port)| Port {
            protocol,
            port,
            sources: sources.clone(),
            comment: "groundcrew-swarm".into(),
        })
        .collect();
    if encrypted {
        holes.push(Port {
            protocol: Protocol::Esp,
            port: 0,
            sources: sources.clone(),
            comment: "groundcrew-swarm".into(),
        });
    }
    opening.steps(holes, inputs.facts, inputs.survey, notes)
}

/// The network of published ports has an MTU of its own, and can be made anew
/// only as long as nothing is published.
fn ingress(
    site: &Site<'_>,
    able: Able,
    there: bool,
    steps: &mut Vec<Step>,
    notes: &mut Vec<String>,
) {
    // What Docker takes where nothing is said is fit for 1500 below.
    let Some(mtu) = site.mtu.filter(|mtu| *mtu < 1500) else {
        return;
    };
    let now = site.inputs.survey.swarm.ingress_mtu;
    if able.data_path_addr && (!there || now == Some(mtu)) {
        steps.push(Step::Swarm(Act::IngressMtu { mtu }));
    } else {
        notes.push(format!(
            "The Swarm's ingress network is made for an MTU of {} below it, and {} has {mtu}: \
             packets of published ports are cut up or sent again smaller. To make it anew, take \
             every published service down first: docker network rm ingress; docker network create \
             --ingress --driver overlay --opt {MTU_OPTION}={mtu} ingress.",
            now.unwrap_or(1500),
            site.interface
        ));
    }
}

/// What becomes of the join tokens on the first node.
fn tokens(site: &Site<'_>, steps: &mut Vec<Step>, notes: &mut Vec<String>) {
    let config = site.inputs.config;
    let swarm = &site.inputs.survey.swarm;
    let nodes = config.needs.nodes;
    if nodes < 2 {
        return;
    }
    let path = absolute(
        &config.swarm.token_out.display().to_string(),
        site.inputs.cwd,
    );
    let all = swarm.ready >= nodes;
    if !all {
        notes.push(format!(
            "The join tokens will be in {path}, for root alone. On each other node, with that file \
             carried there: role: join, swarm.manager: {}:{MANAGEMENT}, swarm.token: {{file: \
             PATH}}; delete it there afterwards.",
            site.address
        ));
        if config.swarm.rotate_tokens {
            notes.push(format!(
                "Once {nodes} nodes are Ready, run this again here: it replaces the tokens and \
                 deletes the file (swarm.rotate-tokens)."
            ));
        }
        steps.push(Step::Swarm(Act::Tokens { path }));
    } else if config.swarm.rotate_tokens {
        if swarm.token_file {
            steps.push(Step::Swarm(Act::Rotate { path }));
        }
    } else if swarm.token_file {
        notes.push(format!(
            "All {nodes} nodes are Ready, and {path} still lets anybody in: delete it, or say \
             swarm.rotate-tokens: true."
        ));
    }
}

/// A path from the working folder.
fn absolute(path: &str, cwd: &str) -> String {
    if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{}/{path}", cwd.trim_end_matches('/'))
    }
}

fn mtu_note(site: &Site<'_>, notes: &mut Vec<String>) {
    let Some(mtu) = site.mtu.filter(|mtu| *mtu != 1500) else {
        return;
    };
    notes.push(format!(
        "{} carries {mtu} bytes, and Docker makes overlay networks for 1500 unless told: give each \
         network of the application driver_opts: {{{MTU_OPTION}: \"{mtu}\"}} (docker network create \
         --opt {MTU_OPTION}={mtu}).",
        site.interface
    ));
}

/// The IPv4 networks of a list.
fn v4(nets: &[IpNet]) -> Vec<Ipv4Net> {
    let only = nets.iter().filter_map(|net| match net {
        IpNet::V4(net) => Some(net.trunc()),
        IpNet::V6(_) => None,
    });
    only.collect()
}
