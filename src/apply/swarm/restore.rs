//! Taking back what was done with a Swarm.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::api::{Api, Node, Standing, text};
use super::{BRIDGE, image, is_ours, make_ingress, mtu_of};
use crate::apply::content::clear_unfinished;
use crate::apply::error::StepError;
use crate::apply::undo::Others;
use crate::apply::wait::wait;
use crate::host::Host;
use crate::plan::scheduler::swarm::LABEL;

/// How long a node that has left may count as Ready: 3 s were measured where it
/// said so, 15 s are three missed heartbeats of 5 s.
const DOWN: Duration = Duration::from_secs(20);
/// How long a manager may take to become a worker: under a second was measured.
const DEMOTED: Duration = Duration::from_secs(20);
/// How long the bridge may be in use after the Swarm was left.
const FREE: Duration = Duration::from_secs(5);

/// How an act is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "act",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Restore {
    /// End the Swarm that was made.
    End {
        /// Whether Docker's bridge for Swarms was there before.
        bridge: bool,
    },
    /// Leave the Swarm that was joined.
    Leave {
        /// Whether Docker's bridge for Swarms was there before.
        bridge: bool,
    },
    /// Make the ingress network as it was.
    Ingress {
        /// MTU below it that was said.
        mtu: Option<u32>,
    },
    /// Delete the file of the join tokens.
    TokenFile {
        /// The file.
        path: String,
        /// Folders that were made for it, the outermost first.
        made_dirs: Vec<String>,
    },
    /// Remove the image of the verification.
    Image,
}

impl Restore {
    /// Takes the act back. It can be repeated, and can follow an act that was
    /// cut off anywhere.
    ///
    /// # Errors
    /// When it cannot be done, or would take something from other nodes and
    /// `others` does not say to go on.
    pub fn run(&self, host: &dyn Host, others: Others) -> Result<(), StepError> {
        let api = Api(host);
        match self {
            Self::End { bridge } => {
                end(host, &api, others)?;
                remove_bridge(host, &api, *bridge);
                Ok(())
            }
            Self::Leave { bridge } => {
                leave(host, &api, others)?;
                remove_bridge(host, &api, *bridge);
                Ok(())
            }
            Self::Ingress { mtu } => ingress(host, &api, *mtu),
            Self::TokenFile { path, made_dirs } => {
                delete_own(host, path)?;
                for dir in made_dirs.iter().rev() {
                    let _ = host.remove_dir(dir);
                }
                Ok(())
            }
            Self::Image => {
                api.remove_image(image::NAME)?;
                Ok(())
            }
        }
    }
}

/// Where no Swarm was come to, there is nothing to lose.
fn half_way(api: &Api<'_>, standing: &Standing) -> Result<bool, StepError> {
    match standing.state.as_str() {
        "inactive" => Ok(true),
        "active" => Ok(false),
        "locked" => Err(StepError::Told(
            "this node's Swarm is locked: unlock it first (docker swarm unlock)".into(),
        )),
        _ => {
            api.leave(true)?;
            Ok(true)
        }
    }
}

fn end(host: &dyn Host, api: &Api<'_>, others: Others) -> Result<(), StepError> {
    let standing = api.standing()?;
    if half_way(api, &standing)? {
        return Ok(());
    }
    if others == Others::Leave {
        let label = text(&standing.cluster, &format!("/Spec/Labels/{}", LABEL.0));
        if standing.control && label != LABEL.1 {
            return Err(StepError::Needed(
                "the Swarm that this node is in was not made by groundcrew: it is left as it is; \
                 `groundcrew rollback --force` leaves it"
                    .into(),
            ));
        }
        if standing.control {
            let mut left = Ok(Vec::new());
            let alone = wait(host, DOWN, || {
                left = api.nodes().map(|nodes| alive(nodes, &standing.node));
                left.as_ref().is_ok_and(Vec::is_empty)
            });
            let left = left.map_err(|error| {
                StepError::Needed(format!(
                    "which other nodes are in the Swarm is not known ({error}): it is left as it \
                     is; `groundcrew rollback --force` ends it, with all that runs in it"
                ))
            })?;
            if !alone {
                return Err(StepError::Needed(format!(
                    "other nodes are in the Swarm: {}. Take them out first (groundcrew rollback \
                     there, or docker swarm leave); `groundcrew rollback --force` ends the Swarm \
                     all the same, with all that runs in it",
                    left.join(", ")
                )));
            }
        }
    }
    api.leave(true)?;
    Ok(())
}

/// The other nodes that are not down, by their names.
fn alive(nodes: Vec<Node>, own: &str) -> Vec<String> {
    let alive = nodes
        .into_iter()
        .filter(|node| node.id != own && node.state != "down");
    alive.map(|node| node.name).collect()
}

fn leave(host: &dyn Host, api: &Api<'_>, others: Others) -> Result<(), StepError> {
    let standing = api.standing()?;
    if half_way(api, &standing)? {
        return Ok(());
    }
    if standing.control {
        // A manager that goes without a word takes its vote with it: of two, the
        // other one could not decide anything any more.
        let worker = demote(host, api, &standing);
        if others == Others::Leave {
            worker?;
        }
    }
    let control = api.standing().is_ok_and(|standing| standing.control);
    api.leave(control && others == Others::Keep)?;
    log::info!(
        "the managers keep this node as Down: `docker node rm {}` on one of them takes it out",
        standing.node
    );
    Ok(())
}

fn demote(host: &dyn Host, api: &Api<'_>, standing: &Standing) -> Result<(), StepError> {
    let nodes = api.nodes().map_err(|error| {
        StepError::Needed(format!(
            "this node is a manager, and hears of no majority of them ({error}): where the others \
             go on without it, `docker node demote {}` on one of them takes its vote away; \
             `groundcrew rollback --force` leaves the Swarm from here",
            standing.node
        ))
    })?;
    let managers = nodes
        .iter()
        .filter(|node| node.manager && node.id != standing.node && node.state == "ready");
    if managers.count() == 0 {
        return Err(StepError::Needed(
            "this node is the only manager that is left: make another one a manager first (docker \
             node promote), or end the Swarm with `groundcrew rollback --force`"
                .into(),
        ));
    }
    api.demote(&standing.node)?;
    let worker = wait(host, DEMOTED, || {
        api.standing().is_ok_and(|standing| !standing.control)
    });
    if worker {
        Ok(())
    } else {
        Err(StepError::Told(format!(
            "this manager did not become a worker within {} s: see `docker node ls`",
            DEMOTED.as_secs()
        )))
    }
}

/// Docker makes a bridge when a node comes into a Swarm, and keeps it.
fn remove_bridge(host: &dyn Host, api: &Api<'_>, there_before: bool) {
    if there_before {
        return;
    }
    let mut last = Ok(());
    wait(host, FREE, || {
        last = api.remove_network(BRIDGE);
        last.is_ok()
    });
    if let Err(error) = last {
        // Somebody else's containers are on it by now.
        log::info!("{BRIDGE} stays: {error}");
    }
}

fn ingress(host: &dyn Host, api: &Api<'_>, mtu: Option<u32>) -> Result<(), StepError> {
    let standing = api.standing()?;
    if standing.state != "active" || !standing.control {
        return Ok(());
    }
    if api
        .network("ingress")?
        .is_some_and(|now| mtu_of(&now) == mtu)
    {
        return Ok(());
    }
    make_ingress(host, api, mtu)
}

/// Deletes a file that is groundcrew's.
pub(super) fn delete_own(host: &dyn Host, path: &str) -> Result<(), StepError> {
    clear_unfinished(host, path)?;
    if is_ours(host, path)? {
        host.remove_file(path)
            .map_err(|e| StepError::file(path, e))?;
    }
    Ok(())
}
