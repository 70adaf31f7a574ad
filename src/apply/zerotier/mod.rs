//! ZeroTier: its files, its service and its controller.

mod api;
mod error;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod fake;
mod files;
mod hosted;
mod restore;
mod service;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

pub use api::{Api, Joined, MemberState, State, Status};
pub use error::{ZerotierError, explain};
pub use files::{network_id, own_node, planet, world_endpoints};
pub use restore::Restore;
pub use service::runs;

use std::time::Duration;

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::block;
use super::error::StepError;
use super::probe::link;
use super::step::missing_dirs;
use super::undo::Undo;
use super::wait::wait;
use crate::host::{Command, FileKind, Host};
use crate::plan::zerotier::{
    Act, BLOCK, HOME, Member, NAME, NetworkId, network_settings, shut_out,
};
use files::home;

/// How long a network that was joined may take to show its interface.
const PORT: Duration = Duration::from_secs(15);

/// IFF_NOARP.
const NOARP: u32 = 0x80;

/// Whether an act has nothing to do.
///
/// # Errors
/// When that cannot be told.
pub fn is_done(host: &dyn Host, act: &Act) -> Result<bool, StepError> {
    Ok(match act {
        // The token is what the service makes first of all: as long as it is not
        // there, all that it will make is to be taken away again.
        Act::Home => {
            host.meta(HOME)
                .is_ok_and(|meta| meta.kind == FileKind::Directory)
                && host.meta(&home("authtoken.secret")).is_ok()
        }
        Act::Stop { .. } => !service::runs(host),
        Act::Identity { instead_of } => files::has_identity(host, instead_of.as_deref())?,
        Act::World { endpoint } => files::world_is_made(host, endpoint)?,
        Act::Planet { base64 } => {
            let wanted = files::planet_bytes(base64)?;
            files::read(host, &home("planet"))?.is_some_and(|found| *found == wanted)
        }
        Act::Device { network, interface } => match network_id(host, network) {
            Ok(id) => block::is_there(
                host,
                &home("devicemap"),
                BLOCK,
                &[device_line(&id, interface)],
            )?,
            Err(_) => false,
        },
        Act::Start { .. } => match (Api::open(host).and_then(|api| api.status()), own_node(host)) {
            (Ok(status), Ok(node)) => status.address == node,
            _ => false,
        },
        Act::Controller { range, mtu } => match reached(host) {
            Some((api, id)) => match api.controlled(&id)? {
                Some(found) => differs(&found, *range, *mtu).is_none(),
                None => false,
            },
            None => false,
        },
        Act::Members { members, remove } => members_are_in(host, members, remove)?,
        Act::Join { network } => match (Api::open(host), network_id(host, network)) {
            (Ok(api), Ok(id)) => api.network(&id).is_ok_and(|found| found.is_some()),
            _ => false,
        },
        // Asked of the service here: looking at a plan dials nobody outside.
        Act::Hosted { network, .. } => Api::open(host)
            .and_then(|api| api.network(network))
            .is_ok_and(|found| found.is_some_and(|joined| joined.status == State::Ok)),
        Act::Arp { network } => match device(host, network) {
            Some(name) => link(host, &name)?.is_some_and(|link| link.flags & NOARP == 0),
            None => false,
        },
    })
}

/// The API and the id of this node's own network, where both are there.
fn reached(host: &dyn Host) -> Option<(Api<'_>, String)> {
    let id = network_id(host, &NetworkId::Own).ok()?;
    let api = Api::open(host).ok()?;
    api.status().ok()?;
    Some((api, id))
}

/// The interface of a network that was joined.
pub fn device(host: &dyn Host, network: &NetworkId) -> Option<String> {
    let id = network_id(host, network).ok()?;
    let joined = Api::open(host).ok()?.network(&id).ok()??;
    (!joined.port_device_name.is_empty()).then_some(joined.port_device_name)
}

fn device_line(id: &str, interface: &str) -> String {
    format!("{id}={interface}")
}

/// The first setting that the controller has another value of, with both.
fn differs(found: &Value, range: Ipv4Net, mtu: Option<u32>) -> Option<(String, String, String)> {
    let wanted = network_settings(range, mtu);
    let wanted = wanted.as_object()?;
    wanted.iter().find_map(|(key, value)| {
        let is = found.get(key).unwrap_or(&Value::Null);
        (is != value).then(|| (key.clone(), value.to_string(), is.to_string()))
    })
}

fn members_are_in(
    host: &dyn Host,
    members: &[Member],
    remove: &[String],
) -> Result<bool, StepError> {
    let Some((api, id)) = reached(host) else {
        return Ok(false);
    };
    if api.controlled(&id)?.is_none() {
        return Ok(false);
    }
    for node in remove {
        if api.member(&id, node)?.is_some_and(|state| state.authorized) {
            return Ok(false);
        }
    }
    let ours = files::let_in(host)?;
    for member in members {
        let node = node(host, member)?;
        if !is_in(&api, &id, &node, member)? || !ours.contains(&node) {
            return Ok(false);
        }
    }
    Ok(!ours.iter().any(|node| remove.contains(node)))
}

fn node(host: &dyn Host, member: &Member) -> Result<String, StepError> {
    member.node.clone().map_or_else(|| own_node(host), Ok)
}

fn is_in(api: &Api<'_>, id: &str, node: &str, member: &Member) -> Result<bool, StepError> {
    let Some(state) = api.member(id, node)? else {
        return Ok(false);
    };
    Ok(state.authorized
        && member
            .address
            .is_none_or(|address| state.ip_assignments == [address.to_string()]))
}

/// How an act will be taken back: read before anything is changed.
///
/// # Errors
/// When the present state cannot be read.
pub fn prepare(host: &dyn Host, act: &Act) -> Result<Undo, StepError> {
    let restore = match act {
        Act::Home => {
            let there = host.meta(HOME).is_ok();
            Restore::Home {
                before: there.then(|| host.list(HOME).unwrap_or_default()),
                made_dirs: missing_dirs(host, HOME),
            }
        }
        Act::Stop { manager } => Restore::Run { manager: *manager },
        Act::Identity { instead_of } => Restore::Identity {
            kept: instead_of.is_some(),
        },
        Act::World { .. } => Restore::World {
            endpoints: files::world_endpoints(host),
            planet: files::planet(host).ok(),
        },
        Act::Planet { base64 } => Restore::Planet {
            planet: files::planet(host).ok(),
            written: base64.clone(),
        },
        Act::Device { network, interface } => {
            let lines = [device_line(&network_id(host, network)?, interface)];
            let path = home("devicemap");
            let (created, sha256) = block::prepare(host, &path, BLOCK, &lines)?;
            return Ok(Undo::RemoveBlock {
                path,
                name: BLOCK.into(),
                sha256,
                created,
                made_dirs: Vec::new(),
            });
        }
        Act::Start { manager } => Restore::Stop { manager: *manager },
        Act::Controller { .. } => {
            let id = network_id(host, &NetworkId::Own)?;
            let found = Api::open(host)?.controlled(&id)?;
            if let Some(found) = &found {
                let name = found
                    .get("name")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                if name != NAME {
                    return Err(ZerotierError::SomebodyElses {
                        network: id,
                        name: name.into(),
                    }
                    .into());
                }
            }
            Restore::Controller {
                before: found.map(|found| settings_of(&found)),
                network: id,
            }
        }
        Act::Members { members, remove } => prepare_members(host, members, remove)?,
        Act::Join { network } => Restore::Leave {
            network: network_id(host, network)?,
        },
        Act::Hosted { network, token, .. } => Restore::Hosted {
            network: network.clone(),
            token: token.clone(),
        },
        Act::Arp { .. } => return Ok(Undo::Nothing),
    };
    Ok(Undo::Zerotier(restore))
}

/// What of a network groundcrew may change, as it is.
fn settings_of(found: &Value) -> Value {
    let keys = [
        "name",
        "private",
        "v4AssignMode",
        "v6AssignMode",
        "ipAssignmentPools",
        "routes",
        "mtu",
    ];
    let kept = keys
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), found.get(key)?.clone())));
    Value::Object(kept.collect())
}

fn prepare_members(
    host: &dyn Host,
    members: &[Member],
    remove: &[String],
) -> Result<Restore, StepError> {
    let id = network_id(host, &NetworkId::Own)?;
    let api = Api::open(host)?;
    let ours = files::let_in(host)?;
    let mut before = std::collections::BTreeMap::new();
    let mut nodes = Vec::new();
    for member in members {
        nodes.push(node(host, member)?);
    }
    nodes.extend(remove.iter().cloned());
    for node in nodes {
        let state = api.member(&id, &node)?;
        before.insert(
            node,
            state.map(|state| {
                json!({
                    "authorized": state.authorized,
                    "ipAssignments": state.ip_assignments,
                })
            }),
        );
    }
    Ok(Restore::Members {
        network: id,
        before,
        let_in: ours,
    })
}

/// Does an act. It may find its own half-done work and has to finish it.
///
/// # Errors
/// When something fails; what was done until then is taken back by the undo
/// record.
pub fn apply(host: &dyn Host, act: &Act) -> Result<(), StepError> {
    match act {
        Act::Home => {
            for dir in missing_dirs(host, HOME)
                .iter()
                .map(String::as_str)
                .chain([HOME])
            {
                match host.make_dir(dir, 0o755) {
                    Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                        return Err(StepError::file(dir, error));
                    }
                    _ => {}
                }
            }
            Ok(())
        }
        Act::Stop { manager } => service::stop(host, *manager),
        Act::Identity { instead_of } => {
            if instead_of.is_some() {
                restore::keep_identity(host)?;
            }
            files::make_identity(host)
        }
        Act::World { endpoint } => {
            files::make_world(host, &[crate::plan::zerotier::slashed(endpoint)])
        }
        Act::Planet { base64 } => {
            files::write(host, &home("planet"), &files::planet_bytes(base64)?, 0o644)
        }
        Act::Device { network, interface } => {
            let line = device_line(&network_id(host, network)?, interface);
            block::put(host, &home("devicemap"), 0o644, BLOCK, &[line])
        }
        Act::Start { manager } => service::start(host, *manager),
        Act::Controller { range, mtu } => make_network(host, *range, *mtu),
        Act::Members { members, remove } => set_members(host, members, remove),
        Act::Join { network } => join(host, network),
        Act::Hosted {
            network,
            address,
            token,
        } => hosted::set(host, network, token, true, *address),
        Act::Arp { network } => {
            let name = device(host, network).ok_or_else(|| ZerotierError::NoPort {
                network: network.text().into(),
                why: String::new(),
            })?;
            host.run(&Command::new([
                "ip", "link", "set", "dev", &name, "arp", "on",
            ]))?;
            // What was learned without it is wrong, and stays.
            host.run(&Command::new(["ip", "neigh", "flush", "dev", &name]))?;
            Ok(())
        }
    }
}

/// Makes the network, and reads back what the controller has made of it: it
/// takes a value of a wrong type for another one without a word.
fn make_network(host: &dyn Host, range: Ipv4Net, mtu: Option<u32>) -> Result<(), StepError> {
    let id = network_id(host, &NetworkId::Own)?;
    let api = Api::open(host)?;
    api.control(&id, &network_settings(range, mtu))?;
    let found = api.controlled(&id)?.unwrap_or(Value::Null);
    if found.get("private") != Some(&Value::Bool(true)) {
        let found = found.get("private").unwrap_or(&Value::Null).to_string();
        return Err(ZerotierError::Open { network: id, found }.into());
    }
    match differs(&found, range, mtu) {
        None => Ok(()),
        Some((key, wanted, found)) => Err(ZerotierError::Coerced {
            network: id,
            key,
            wanted,
            found,
        }
        .into()),
    }
}

fn set_members(host: &dyn Host, members: &[Member], remove: &[String]) -> Result<(), StepError> {
    let id = network_id(host, &NetworkId::Own)?;
    let api = Api::open(host)?;
    let ours = files::let_in(host)?;
    let mut planned = Vec::new();
    for member in members {
        planned.push(node(host, member)?);
    }
    // Written down first: who is let in by a run that is cut off is ours, too.
    let mut all = planned.clone();
    all.extend(ours.iter().filter(|node| !planned.contains(node)).cloned());
    files::set_let_in(host, &all)?;
    for node in remove {
        if api.member(&id, node)?.is_some_and(|state| state.authorized) {
            api.set_member(&id, node, &shut_out())?;
        }
    }
    for (member, node) in members.iter().zip(&planned) {
        if is_in(&api, &id, node, member)? {
            continue;
        }
        let state = api.set_member(&id, node, &member.settings())?;
        let as_wanted = member
            .address
            .is_none_or(|address| state.ip_assignments == [address.to_string()]);
        if !state.authorized || !as_wanted {
            return Err(ZerotierError::Coerced {
                network: id,
                key: format!("member {node}"),
                wanted: member.settings().to_string(),
                found: format!(
                    "authorized {}, {:?}",
                    state.authorized, state.ip_assignments
                ),
            }
            .into());
        }
    }
    let left: Vec<_> = all
        .iter()
        .filter(|node| !remove.contains(node))
        .cloned()
        .collect();
    if left == all {
        return Ok(());
    }
    files::set_let_in(host, &left)
}

/// Joins, and looks whether the network is there afterwards: without a TUN
/// device the answer is good and the network is gone.
fn join(host: &dyn Host, network: &NetworkId) -> Result<(), StepError> {
    let id = network_id(host, network)?;
    let api = Api::open(host)?;
    api.join(&id)?;
    let mut seen = None;
    let there = wait(host, PORT, || {
        seen = api.network(&id).ok().flatten();
        let name = seen.as_ref().map(|joined| joined.port_device_name.as_str());
        name.is_some_and(|name| link(host, name).is_ok_and(|link| link.is_some()))
    });
    let refused = seen
        .as_ref()
        .is_some_and(|joined| joined.status == State::PortError);
    if there && !refused {
        return Ok(());
    }
    let why = match seen {
        Some(joined) => format!("{:?}", joined.status),
        None => "it is not among its networks".into(),
    };
    Err(ZerotierError::NoPort { network: id, why }.into())
}
