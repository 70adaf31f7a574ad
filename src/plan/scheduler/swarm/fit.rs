//! What stands in the way of a Swarm, most of which Docker does not tell.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::{Able, DATA_PATH, GOSSIP, MANAGEMENT, NodeAs, v4};
use crate::answers::config::Role;
use crate::facts::network::{BusyPort, Network};
use crate::plan::scheduler::Site;
use crate::plan::{Refusal, refusal};

/// The last port that Docker takes for the data path.
const LAST_PORT: u16 = 49_151;

/// The state of this node, as Docker tells it; none where it is not known.
fn state<'a>(site: &Site<'a>) -> Option<&'a str> {
    let asked = site.inputs.survey.swarm.state.as_deref();
    asked.or_else(|| site.inputs.facts.docker.swarm.value().map(String::as_str))
}

/// Whether this node is in the wanted Swarm already.
pub(super) fn is_there(site: &Site<'_>) -> bool {
    let config = site.inputs.config;
    let swarm = &site.inputs.survey.swarm;
    state(site) == Some("active")
        && swarm.address == site.address.to_string()
        && match config.role {
            Role::First => swarm.control,
            Role::Join => config
                .swarm
                .manager
                .as_deref()
                .is_some_and(|manager| is_one_of(manager, &swarm.managers)),
        }
}

/// Whether this node is a worker of the wanted Swarm and is to be a manager there, which
/// a manager makes of it.
pub(super) fn is_promoted(site: &Site<'_>, there: bool) -> bool {
    let config = site.inputs.config;
    there
        && config.role == Role::Join
        && NodeAs::from(config.swarm.node_as) == NodeAs::Manager
        && !site.inputs.survey.swarm.control
}

/// Whether a manager, `host:port`, is among those of a Swarm. A name is not
/// looked up: it may be any of them.
pub fn is_one_of(manager: &str, managers: &[String]) -> bool {
    let host = manager.split(':').next().unwrap_or(manager);
    host.parse::<Ipv4Addr>().is_err()
        || managers
            .iter()
            .any(|one| one == manager || one.split(':').next() == Some(host))
}

/// All reasons but those of pools, ports of the data path and encryption.
pub(super) fn refusals(site: &Site<'_>, there: bool) -> Vec<Refusal> {
    let mut all = of_docker(site);
    if !all.is_empty() {
        return all;
    }
    all.extend(of_swarm(site, there));
    all.extend(of_interface(site));
    if state(site) == Some("inactive") {
        all.extend(of_ports(site));
        let problem = &site.inputs.survey.swarm.token_problem;
        if site.inputs.config.role == Role::Join
            && let Some(problem) = problem
        {
            all.push(refusal(
                "swarm.token",
                problem.clone(),
                "carry the first host's file (swarm.token-out) here and name it as {file: PATH}",
            ));
        }
    }
    all
}

fn of_docker(site: &Site<'_>) -> Vec<Refusal> {
    let docker = &site.inputs.facts.docker;
    if docker.engine.value().map(String::as_str) == Some("podman") {
        return vec![refusal(
            "docker.podman",
            "podman answers in Docker's place, and has no Swarm",
            "install Docker's own engine, and take podman-docker away",
        )];
    }
    match docker.running.value() {
        Some(true) => {}
        Some(false) => {
            return vec![refusal(
                "docker.running",
                "Docker does not run here, and a Swarm is made by it",
                "install it where it is missing, and start it",
            )];
        }
        None => {
            return vec![refusal(
                "docker.running",
                format!(
                    "whether Docker runs is not known ({})",
                    docker.running.source()
                ),
                "run groundcrew as root, who may ask Docker",
            )];
        }
    }
    if docker.info.live_restore.value() == Some(&true) {
        return vec![refusal(
            "docker.live-restore",
            "Docker keeps containers running while it is away (live-restore), which it does not do \
             in a Swarm",
            "set \"live-restore\": false in /etc/docker/daemon.json and restart Docker",
        )];
    }
    Vec::new()
}

fn of_swarm(site: &Site<'_>, there: bool) -> Option<Refusal> {
    const LEAVE: &str = "take this node out of it, if nothing runs there any more: docker swarm \
                         leave (with --force on the last manager, which ends that Swarm)";
    let config = site.inputs.config;
    let swarm = &site.inputs.survey.swarm;
    let told = if swarm.error.is_empty() {
        String::new()
    } else {
        format!(": {}", swarm.error)
    };
    match state(site) {
        Some("inactive") => None,
        Some("active") if there => None,
        Some("active") if swarm.address != site.address.to_string() => Some(refusal(
            "docker.swarm",
            format!(
                "this node is in a Swarm already, at {}, and {} has {}",
                swarm.address, site.interface, site.address
            ),
            format!(
                "a Swarm keeps the address that it was made with: choose that interface, or {LEAVE}"
            ),
        )),
        Some("active") if config.role == Role::First => Some(refusal(
            "docker.swarm",
            format!(
                "this node is a worker of the Swarm of {}",
                swarm.managers.join(", ")
            ),
            format!("say role: join, or {LEAVE}"),
        )),
        Some("active") => Some(refusal(
            "docker.swarm",
            format!(
                "this node is in another Swarm already: its managers are {}, and swarm.manager is \
                 {}",
                swarm.managers.join(", "),
                config.swarm.manager.as_deref().unwrap_or("not said")
            ),
            format!("name one of those, or {LEAVE}"),
        )),
        Some("locked") => Some(refusal(
            "docker.swarm",
            "this node's Swarm is locked",
            "unlock it with the Swarm's key: docker swarm unlock",
        )),
        Some("pending") => Some(refusal(
            "docker.swarm",
            format!("this node is still trying to join a Swarm{told}"),
            "end that first: docker swarm leave --force",
        )),
        Some(other) => Some(refusal(
            "docker.swarm",
            format!("this node's Swarm is in the state {other}{told}"),
            "look at Docker's log; to begin anew: docker swarm leave --force",
        )),
        None => Some(refusal(
            "docker.swarm",
            "whether this node is in a Swarm is not known: Docker was not asked",
            "run groundcrew on the host itself, as root",
        )),
    }
}

/// Docker advertises the address of an interface that is down, too.
fn of_interface(site: &Site<'_>) -> Option<Refusal> {
    let found = site.inputs.facts.network.interface(site.interface)?;
    (!found.admin_up).then(|| {
        refusal(
            "net.iface.down",
            format!(
                "{} is down: the Swarm would be made with an address that nobody reaches",
                site.interface
            ),
            format!("bring it up: ip link set dev {} up", site.interface),
        )
    })
}

/// With a port taken Docker says that all is well, and writes it into its log.
fn of_ports(site: &Site<'_>) -> Vec<Refusal> {
    let config = site.inputs.config;
    let manager =
        config.role == Role::First || NodeAs::from(config.swarm.node_as) == NodeAs::Manager;
    let network = &site.inputs.facts.network;
    let mut wanted = vec![("tcp", GOSSIP), ("udp", GOSSIP)];
    if manager {
        wanted.insert(0, ("tcp", MANAGEMENT));
    }
    let taken = wanted.into_iter().filter_map(|(protocol, port)| {
        busy(network, protocol, port).map(|who| (protocol, port, who))
    });
    taken
        .map(|(protocol, port, who)| {
            let word = protocol.to_uppercase();
            let silent = if port == GOSSIP {
                ": Docker would say \"active\" all the same, and no other node would hear of this one"
            } else {
                ""
            };
            refusal(
                &format!("port.{protocol}.{port}"),
                format!("{word} {port} is taken by {who}{silent}"),
                format!("end what holds it (ss -lntup shows it); {port} cannot be changed"),
            )
        })
        .collect()
}

/// Who holds a port; none where it is free, or not known to be taken.
fn busy(network: &Network, protocol: &str, port: u16) -> Option<String> {
    let is = |one: &&BusyPort| one.protocol == protocol && one.port == port;
    if let Some(busy) = network.busy.value() {
        if let Some(found) = busy.iter().find(is) {
            let nobody = "the kernel itself, or a process that is hidden".to_owned();
            return Some(found.owner.clone().unwrap_or(nobody));
        }
        if crate::facts::ports::UDP.contains(&port) && protocol == "udp" {
            return None;
        }
    }
    let listeners = network.listeners.value()?;
    let found = listeners
        .iter()
        .find(|one| one.protocol == protocol && one.port == port)?;
    Some(format!("something on {}", found.address))
}

/// The port of the data path.
///
/// # Errors
/// When it is taken and another one cannot be had.
pub(super) fn data_path_port(
    site: &Site<'_>,
    able: Able,
    there: bool,
    notes: &mut Vec<String>,
) -> Result<u16, Refusal> {
    let config = site.inputs.config;
    let swarm = &site.inputs.survey.swarm;
    let network = &site.inputs.facts.network;
    let answered = config.swarm.data_path_port;
    if there {
        let has = swarm.data_path_port;
        return match (answered, has) {
            (Some(answered), Some(has)) if answered != has => Err(refusal(
                "swarm.data-path-port",
                format!(
                    "the Swarm's data path is on UDP {has}, which is never changed once it is made"
                ),
                "leave the answer out, or make the Swarm anew",
            )),
            (answered, has) => Ok(has.or(answered).unwrap_or(DATA_PATH)),
        };
    }
    if let Some(port) = answered
        && port != DATA_PATH
        && !able.data_path_port
    {
        return Err(refusal(
            "swarm.data-path-port",
            format!(
                "this Docker's data path is always on UDP {DATA_PATH}: 19.03 and later can change it"
            ),
            "upgrade Docker, or leave the answer out",
        ));
    }
    let port = answered.unwrap_or(DATA_PATH);
    let Some(who) = busy(network, "udp", port) else {
        return Ok(port);
    };
    const SILENT: &str = "Docker would make the Swarm all the same, and no container would start on \
                          its networks";
    match (answered, config.role) {
        (None, Role::First) if able.data_path_port => {
            let free = (DATA_PATH + 1..=LAST_PORT)
                .find(|port| busy(network, "udp", *port).is_none())
                .filter(|_| network.listeners.value().is_some());
            let free = free.ok_or_else(|| {
                refusal(
                    "swarm.data-path-port",
                    format!("UDP {port} is taken by {who}, and which ports are free is not known"),
                    "say a free one as swarm.data-path-port",
                )
            })?;
            notes.push(format!(
                "UDP {port} is taken here by {who}, so the data path goes over UDP {free}: say \
                 swarm.data-path-port: {free} on the joining nodes, too."
            ));
            Ok(free)
        }
        (None, Role::First) => Err(refusal(
            "port.udp.4789",
            format!("UDP {port} is taken by {who}: {SILENT}"),
            "end what holds it (ss -lnup shows it); Docker 19.03 and later can use another port",
        )),
        (None, Role::Join) => Err(refusal(
            "port.udp.4789",
            format!("UDP {port} is taken by {who}: {SILENT}"),
            "end what holds it (ss -lnup shows it); or say swarm.data-path-port, where the Swarm \
             was made with another one",
        )),
        (Some(_), _) => Err(refusal(
            "swarm.data-path-port",
            format!("UDP {port} is taken by {who}: {SILENT}"),
            "say another one on all nodes, or end what holds it (ss -lnup shows it)",
        )),
    }
}

/// The networks that the other nodes are in.
pub(super) fn network(site: &Site<'_>) -> Vec<Ipv4Net> {
    let candidates = &site.inputs.interfaces.candidates;
    let chosen = candidates.iter().find(|one| one.name == site.interface);
    let nets = chosen.map(|chosen| v4(&chosen.addresses));
    let mut sources: Vec<Ipv4Net> = nets
        .into_iter()
        .flatten()
        .filter(|net| net.contains(&site.address))
        .collect();
    // A manager in another network is let in by its address.
    let manager = site.inputs.config.swarm.manager.as_deref();
    let manager: Option<Ipv4Addr> = manager
        .filter(|_| site.inputs.config.role == Role::Join)
        .and_then(|manager| manager.split(':').next()?.parse().ok());
    if let Some(manager) = manager
        && !sources.iter().any(|net| net.contains(&manager))
    {
        sources.push(manager.into());
    }
    sources
}
