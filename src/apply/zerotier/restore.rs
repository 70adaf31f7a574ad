//! Taking back what was done with ZeroTier.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::api::Api;
use super::error::ZerotierError;
use super::{files, hosted, service};
use crate::apply::content::clear_unfinished;
use crate::apply::error::StepError;
use crate::apply::undo::{changed_by_others, remove_tree};
use crate::host::Host;
use crate::plan::step::Manager;
use crate::plan::zerotier::{HOME, Token};

/// How an act is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "act",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Restore {
    /// Remove what the service has made in its folder.
    Home {
        /// What was in the folder; none where it was not there.
        before: Option<Vec<String>>,
        /// Folders above it that were made, the outermost first.
        made_dirs: Vec<String>,
    },
    /// Start the service again.
    Run {
        /// The service manager, if one is to.
        manager: Option<Manager>,
    },
    /// Stop the service.
    Stop {
        /// The service manager, if one is to.
        manager: Option<Manager>,
    },
    /// Remove the identity, or put the one back that was there.
    Identity {
        /// Whether there was one, which is kept beside it.
        kept: bool,
    },
    /// Put the planet back, and the world that it was signed from.
    World {
        /// Endpoints that the world had, where there was one.
        endpoints: Option<Vec<String>>,
        /// The planet that was there, in base64.
        planet: Option<String>,
    },
    /// Put the planet back.
    Planet {
        /// The one that was there, in base64.
        planet: Option<String>,
        /// The one that was written, in base64.
        written: String,
    },
    /// Delete the network of the controller, or give it its old settings.
    Controller {
        /// The network.
        network: String,
        /// Its old settings; none where there was no such network.
        before: Option<Value>,
    },
    /// Shut out who was let in, and let in who was shut out.
    Members {
        /// The network.
        network: String,
        /// Each member as it was; none where the controller did not know it.
        before: BTreeMap<String, Option<Value>>,
        /// Whom groundcrew had let in.
        let_in: Vec<String>,
    },
    /// Shut this node out at the hosted controller.
    Hosted {
        /// The network.
        network: String,
        /// Where the token is.
        token: Token,
    },
    /// Leave the network.
    Leave {
        /// The network.
        network: String,
    },
}

/// What the service makes in its folder, and what it leaves there.
const MADE: [&str; 15] = [
    "authtoken.secret",
    "metricstoken.secret",
    "metrics.prom",
    "identity.public",
    "identity.secret",
    "zerotier-one.pid",
    "zerotier-one.port",
    "planet",
    "networks.d",
    "peers.d",
    "controller.d",
    "moons.d",
    "iddb.d",
    "groundcrew",
    "peers.save",
];

impl Restore {
    /// Takes the act back. It can be repeated, and can follow an act that was
    /// cut off anywhere.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn run(&self, host: &dyn Host) -> Result<(), StepError> {
        match self {
            Self::Home { before, made_dirs } => home(host, before.as_deref(), made_dirs),
            Self::Run { manager } => service::start(host, *manager),
            Self::Stop { manager } => service::stop(host, *manager),
            Self::Identity { kept } => identity(host, *kept),
            Self::World { endpoints, planet } => world(host, endpoints.as_deref(), planet.as_ref()),
            Self::Planet { planet, written } => {
                let now = files::planet(host).ok();
                if now.is_some() && now.as_ref() != Some(written) && now != *planet {
                    return Err(changed_by_others(&files::home("planet")));
                }
                put_planet(host, planet.as_ref())
            }
            Self::Controller { network, before } => {
                let Some(api) = asked(host)? else {
                    return Ok(());
                };
                match before {
                    Some(before) => api.control(network, before)?,
                    None => api.delete(network)?,
                }
                Ok(())
            }
            Self::Members {
                network,
                before,
                let_in,
            } => members(host, network, before, let_in),
            Self::Hosted { network, token } => hosted::set(host, network, token, false, None),
            Self::Leave { network } => {
                if let Some(api) = asked(host)? {
                    api.leave(network)?;
                }
                Ok(())
            }
        }
    }
}

/// The API, for taking something back: the service is running then, since it is
/// stopped by an earlier step's undo. `None` where it was never there.
fn asked(host: &dyn Host) -> Result<Option<Api<'_>>, StepError> {
    match Api::open(host) {
        Err(ZerotierError::NoFile { .. }) => Ok(None),
        Err(error) => Err(error.into()),
        Ok(api) => match api.status() {
            Ok(_) => Ok(Some(api)),
            Err(ZerotierError::Down { .. }) => {
                // After a power cut it has to be started for this.
                service::start(host, None)?;
                Ok(Some(Api::open(host)?))
            }
            Err(error) => Err(error.into()),
        },
    }
}

fn members(
    host: &dyn Host,
    network: &str,
    before: &BTreeMap<String, Option<Value>>,
    let_in: &[String],
) -> Result<(), StepError> {
    if let Some(api) = asked(host)?
        && api.controlled(network)?.is_some()
    {
        for (node, state) in before {
            let now = api.member(network, node)?;
            match (state, now) {
                (None, None) => {}
                (None, Some(_)) => api.forget(network, node)?,
                (Some(state), _) => {
                    api.set_member(network, node, state)?;
                }
            }
        }
    }
    if let_in.is_empty() {
        return files::remove(host, &files::own("members.json"));
    }
    files::set_let_in(host, let_in)
}

fn put_planet(host: &dyn Host, planet: Option<&String>) -> Result<(), StepError> {
    let path = files::home("planet");
    match planet {
        None => files::remove(host, &path),
        Some(base64) => files::write(host, &path, &files::planet_bytes(base64)?, 0o644),
    }
}

fn world(
    host: &dyn Host,
    endpoints: Option<&[String]>,
    planet: Option<&String>,
) -> Result<(), StepError> {
    match endpoints {
        Some(endpoints) => files::make_world(host, endpoints)?,
        None => {
            files::remove(host, &files::own("moon.json"))?;
            if let Ok(node) = files::own_node(host) {
                files::remove(host, &files::own(&format!("000000{node}.moon")))?;
            }
        }
    }
    put_planet(host, planet)
}

/// Where a clone's identity is kept: in ZeroTier's own folder, as the original.
const KEPT: [(&str, &str, u32); 2] = [
    (
        "identity.secret",
        "identity.secret.before-groundcrew",
        0o600,
    ),
    (
        "identity.public",
        "identity.public.before-groundcrew",
        0o644,
    ),
];

/// Keeps the identity that is there. One that is kept already stays.
pub fn keep_identity(host: &dyn Host) -> Result<(), StepError> {
    for (name, kept, mode) in KEPT {
        let kept = files::home(kept);
        if files::read(host, &kept)?.is_some() {
            continue;
        }
        if let Some(bytes) = files::read(host, &files::home(name))? {
            files::write(host, &kept, &bytes, mode)?;
        }
    }
    Ok(())
}

fn identity(host: &dyn Host, kept: bool) -> Result<(), StepError> {
    for name in ["identity.new", "identity.new.public"] {
        files::remove(host, &files::own(name))?;
    }
    for (name, keep, mode) in KEPT {
        let (path, keep) = (files::home(name), files::home(keep));
        if !kept {
            files::remove(host, &path)?;
            continue;
        }
        clear_unfinished(host, &keep)?;
        if let Some(bytes) = files::read(host, &keep)? {
            files::write(host, &path, &bytes, mode)?;
            files::remove(host, &keep)?;
        }
    }
    Ok(())
}

fn home(host: &dyn Host, before: Option<&[String]>, made_dirs: &[String]) -> Result<(), StepError> {
    match before {
        None => remove_tree(host, HOME)?,
        Some(before) => {
            for name in host.list(HOME).unwrap_or_default() {
                if MADE.contains(&name.as_str()) && !before.contains(&name) {
                    remove_tree(host, &files::home(&name))?;
                }
            }
        }
    }
    for dir in made_dirs.iter().rev() {
        let _ = host.remove_dir(dir);
    }
    Ok(())
}
