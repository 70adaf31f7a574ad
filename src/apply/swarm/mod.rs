//! Docker's Swarm: made, joined, taken back.

mod api;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod fake;
pub mod guests;
mod image;
pub mod nodes;
mod restore;
mod said;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
mod token;

pub use api::{Api, DockerError, Node, Standing, Task};
pub use image::NAME as IMAGE;
pub use restore::Restore;
pub use said::meaning;

use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::error::StepError;
use super::files;
use super::step::missing_dirs;
use super::undo::Undo;
use super::wait::wait;
use crate::answers::config::SwarmConfig;
use crate::answers::secret::SecretRef;
use crate::host::Host;
use crate::plan::scheduler::swarm::{Act, LABEL, MANAGEMENT, MTU_OPTION, NodeAs, is_one_of};
use crate::plan::survey::{MARK, SwarmSurvey};
use crate::plan::zerotier::Token;
use restore::delete_own;

/// Bridge that Docker makes for nodes of a Swarm.
const BRIDGE: &str = "docker_gwbridge";
/// The network of published ports.
const INGRESS: &str = "ingress";
/// How long the ingress network may take to go, and to come: a second was
/// measured.
const NETWORK: Duration = Duration::from_secs(20);
/// How long a new Swarm may take to show it; one that was cut off while it was
/// made anew has none.
const APPEARS: Duration = Duration::from_secs(3);
/// How long a try that goes on in the background is given: Docker tries again
/// within seconds.
const LATE: Duration = Duration::from_secs(15);
/// How long leaving a Swarm that was not come to may take.
const LEFT: Duration = Duration::from_secs(10);

/// Looks up what a Swarm's plan needs; nothing is known where Docker does not
/// answer.
pub fn survey(host: &dyn Host, config: &SwarmConfig) -> SwarmSurvey {
    let mut path = config.token_out.display().to_string();
    if !path.starts_with('/') {
        path = format!("{}/{path}", host.cwd().unwrap_or_default());
    }
    let mut survey = SwarmSurvey {
        token_file: is_ours(host, &path).unwrap_or(false),
        token_problem: config
            .token
            .as_ref()
            .filter(|place| matches!(place, SecretRef::File(_) | SecretRef::Env(_)))
            .and_then(|place| token::read(host, place, config.node_as.into()).err()),
        ..SwarmSurvey::default()
    };
    let api = Api(host);
    let Ok(standing) = api.standing() else {
        return survey;
    };
    if standing.state == "active" && standing.control {
        let cluster = &standing.cluster;
        let pools = cluster.get("DefaultAddrPool").and_then(Value::as_array);
        survey.pools = pools
            .into_iter()
            .flatten()
            .filter_map(|pool| pool.as_str()?.parse().ok())
            .collect();
        survey.data_path_port = cluster
            .get("DataPathPort")
            .and_then(Value::as_u64)
            .and_then(|port| u16::try_from(port).ok())
            .filter(|port| *port != 0);
        let ingress = api.network(INGRESS).ok().flatten();
        survey.ingress_mtu = ingress.as_ref().and_then(mtu_of);
        let ready = api.nodes().unwrap_or_default();
        let ready = ready.iter().filter(|node| node.state == "ready").count();
        survey.ready = u32::try_from(ready).unwrap_or(u32::MAX);
    }
    SwarmSurvey {
        state: Some(standing.state),
        error: standing.error,
        control: standing.control,
        address: standing.address,
        managers: standing.managers,
        ..survey
    }
}

/// The MTU below a network, where one was said.
fn mtu_of(network: &Value) -> Option<u32> {
    let option = network.get("Options")?.get(MTU_OPTION)?;
    option.as_str()?.parse().ok()
}

/// Whether a file is there and groundcrew has written it.
fn is_ours(host: &dyn Host, path: &str) -> Result<bool, StepError> {
    match host.read(path) {
        Ok(bytes) => Ok(zeroize::Zeroizing::new(bytes).starts_with(MARK.as_bytes())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StepError::file(path, error)),
    }
}

fn is_in(standing: &Standing, address: Ipv4Addr) -> bool {
    standing.state == "active" && standing.address == address.to_string()
}

/// Whether an act has nothing to do.
///
/// # Errors
/// When that cannot be told.
pub fn is_done(host: &dyn Host, act: &Act) -> Result<bool, StepError> {
    let api = Api(host);
    Ok(match act {
        Act::Init { address, .. } => {
            let standing = api.standing()?;
            is_in(&standing, *address) && standing.control
        }
        Act::Join {
            address,
            manager,
            node_as,
            ..
        } => {
            let standing = api.standing()?;
            is_in(&standing, *address)
                && is_one_of(manager, &standing.managers)
                && (standing.control || *node_as == NodeAs::Worker)
        }
        Act::IngressMtu { mtu } => {
            let standing = api.standing()?;
            standing.control
                && api
                    .network(INGRESS)?
                    .is_some_and(|network| mtu_of(&network) == Some(*mtu))
        }
        Act::Tokens { path } => {
            let Ok(meta) = host.meta(path) else {
                return Ok(false);
            };
            let found = host.read(path).map_err(|e| StepError::file(path, e))?;
            let found = zeroize::Zeroizing::new(found);
            api.standing()?.control
                && meta.mode == 0o600
                && *found == token::file(&api.tokens()?).as_bytes()
        }
        Act::Rotate { path } => !is_ours(host, path)?,
        Act::ProbeImage => api.image(IMAGE)?.is_some(),
    })
}

/// How an act will be taken back: read before anything is changed.
///
/// # Errors
/// When the present state cannot be read, or must not be replaced.
pub fn prepare(host: &dyn Host, act: &Act) -> Result<Undo, StepError> {
    let api = Api(host);
    let restore = match act {
        Act::Init { .. } | Act::Join { .. } => {
            let standing = api.standing()?;
            if standing.state != "inactive" {
                return Err(elsewhere(&standing));
            }
            let bridge = api.network(BRIDGE)?.is_some();
            match act {
                Act::Init { .. } => Restore::End { bridge },
                _ => Restore::Leave { bridge },
            }
        }
        Act::IngressMtu { .. } => Restore::Ingress {
            mtu: api.network(INGRESS)?.as_ref().and_then(mtu_of),
        },
        Act::Tokens { path } => {
            if host.meta(path).is_ok() && !is_ours(host, path)? {
                return Err(StepError::Told(format!(
                    "{path} is there and is not groundcrew's: move it away, or name another file \
                     with swarm.token-out"
                )));
            }
            Restore::TokenFile {
                path: path.clone(),
                made_dirs: missing_dirs(host, path),
            }
        }
        // The old tokens are dead, and the file had nothing else in it.
        Act::Rotate { .. } => return Ok(Undo::Nothing),
        Act::ProbeImage => Restore::Image,
    };
    Ok(Undo::Swarm(restore))
}

/// This node is in a Swarm that the plan does not know of.
fn elsewhere(standing: &Standing) -> StepError {
    let told = if standing.error.is_empty() {
        String::new()
    } else {
        format!(" ({})", standing.error)
    };
    StepError::Told(format!(
        "this node's Swarm is {}{told} by now, and the plan was made for a node that is in none: \
         make a plan anew",
        standing.state
    ))
}

/// Does an act. It may find its own half-done work and has to finish it.
///
/// # Errors
/// When something fails; what was done until then is taken back by the undo
/// record.
pub fn apply(host: &dyn Host, act: &Act) -> Result<(), StepError> {
    let api = Api(host);
    match act {
        Act::Init {
            address,
            data_path_addr,
            data_path_port,
            pools,
            subnet_len,
        } => {
            clear(host, &api)?;
            let mut settings = of_node(*address, *data_path_addr);
            if let Some(port) = data_path_port {
                settings.insert("DataPathPort".into(), json!(port));
            }
            if !pools.is_empty() {
                settings.insert("DefaultAddrPool".into(), json!(pools));
                settings.insert("SubnetSize".into(), json!(subnet_len));
            }
            let labels = json!({ LABEL.0: LABEL.1 });
            settings.insert("Spec".into(), json!({"Name": "default", "Labels": labels}));
            api.init(&Value::Object(settings))?;
            came_in(&api, *address)
        }
        Act::Join {
            address,
            data_path_addr,
            manager,
            node_as,
            token,
        } => {
            if came_in_late(host, &api, *address) {
                return Ok(());
            }
            clear(host, &api)?;
            let place = match token {
                Token::File(path) => SecretRef::File(path.into()),
                Token::Env(name) => SecretRef::Env(name.clone()),
            };
            let token = token::read(host, &place, *node_as).map_err(StepError::Told)?;
            let mut settings = of_node(*address, *data_path_addr);
            settings.insert("RemoteAddrs".into(), json!([manager]));
            settings.insert("JoinToken".into(), json!(token.expose()));
            api.join(&Value::Object(settings))?;
            came_in(&api, *address)
        }
        Act::IngressMtu { mtu } => make_ingress(host, &api, Some(*mtu)),
        Act::Tokens { path } => {
            for dir in missing_dirs(host, path) {
                host.make_dir(&dir, 0o700)
                    .map_err(|e| StepError::file(&dir, e))?;
            }
            let text = token::file(&api.tokens()?);
            files::write(host, path, text.as_bytes(), 0o600)
        }
        Act::Rotate { path } => {
            api.rotate()?;
            delete_own(host, path)
        }
        Act::ProbeImage => {
            let image = image::image().map_err(|e| StepError::file("(in memory)", e))?;
            api.load_image(&image)?;
            if api.image(IMAGE)?.is_some() {
                return Ok(());
            }
            Err(StepError::Told(format!(
                "Docker has loaded the image {IMAGE} and does not have it: see its log"
            )))
        }
    }
}

/// What a node says of itself.
fn of_node(address: Ipv4Addr, data_path_addr: bool) -> Map<String, Value> {
    let mut settings = Map::new();
    settings.insert("ListenAddr".into(), json!(format!("0.0.0.0:{MANAGEMENT}")));
    settings.insert("AdvertiseAddr".into(), json!(address));
    if data_path_addr {
        settings.insert("DataPathAddr".into(), json!(address));
    }
    settings
}

/// Whether an earlier try comes to its end after all. One that is ended while it
/// is let in as a manager leaves a vote behind that nobody gives, and of two
/// managers the other one can decide nothing any more.
fn came_in_late(host: &dyn Host, api: &Api<'_>, address: Ipv4Addr) -> bool {
    let pending = |now: &Standing| now.state == "pending";
    if !api.standing().is_ok_and(|now| pending(&now)) {
        return false;
    }
    let mut last = Standing::default();
    wait(host, LATE, || {
        last = api.standing().unwrap_or_default();
        !pending(&last)
    });
    is_in(&last, address)
}

/// Ends a try of this step's own that did not come to its end: Docker goes on
/// trying in the background, and takes no other try as long as it does.
fn clear(host: &dyn Host, api: &Api<'_>) -> Result<(), StepError> {
    let standing = api.standing()?;
    match standing.state.as_str() {
        "inactive" => return Ok(()),
        "active" | "locked" => return Err(elsewhere(&standing)),
        state => log::info!("the Swarm of this node is {state} from an earlier try: leaving it"),
    }
    api.leave(true)?;
    let left = wait(host, LEFT, || {
        api.standing().is_ok_and(|now| now.state == "inactive")
    });
    if left {
        Ok(())
    } else {
        Err(StepError::Told(
            "this node does not get rid of an earlier try to come into a Swarm: docker swarm leave \
             --force"
                .into(),
        ))
    }
}

/// Docker says yes also where it has taken another address.
fn came_in(api: &Api<'_>, address: Ipv4Addr) -> Result<(), StepError> {
    let standing = api.standing()?;
    if is_in(&standing, address) {
        return Ok(());
    }
    Err(StepError::Told(format!(
        "Docker says yes, and this node's Swarm is {} with the address {}, wanted active with \
         {address}",
        standing.state, standing.address
    )))
}

/// Removes the ingress network where it is there, and makes it with this MTU
/// below it.
fn make_ingress(host: &dyn Host, api: &Api<'_>, mtu: Option<u32>) -> Result<(), StepError> {
    // A Swarm that is new has it a moment later.
    wait(host, APPEARS, || {
        api.network(INGRESS).is_ok_and(|found| found.is_some())
    });
    if api.network(INGRESS)?.is_some() {
        api.remove_network(INGRESS)?;
        wait(host, NETWORK, || {
            api.network(INGRESS).is_ok_and(|found| found.is_none())
        });
    }
    let options = mtu.map_or(json!({}), |mtu| json!({ MTU_OPTION: mtu.to_string() }));
    api.make_network(&json!({
        "Name": INGRESS,
        "Driver": "overlay",
        "Ingress": true,
        "Options": options,
    }))?;
    Ok(())
}
