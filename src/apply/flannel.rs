//! What the steps for Flannel find, do, and how they are taken back.

mod anew;
mod cluster;
mod config;
mod docker;
mod forward;
mod kernel;
mod lease;
mod start;

use std::time::Duration;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

pub use anew::running;
use cluster::{is_ready, join, leave, wait_for_etcd};
use config::{other_configuration, same, unconfigure};
use docker::restart_docker;
use kernel::{clear_kernel, forward_rules, policy};
pub use lease::{Lease, has_way, lease, on_lease};
use start::{missing_routes, start};

pub use super::docker::BRIDGE;
use super::docker::bridge_address;
use super::error::StepError;
use super::wait::until;
use super::{etcd, files, service};
use crate::host::{Command, Host};
use crate::plan::overlay::flannel::act::Act;
use crate::plan::overlay::flannel::client::Client;
use crate::plan::step::Manager;

/// How long etcd has to answer and to give a new member its vote.
const ETCD: Duration = Duration::from_secs(60);
/// The same where several begin together, and each may have to bring the program.
const TOGETHER: Duration = Duration::from_secs(300);
/// How long a service that waits for its lease may take to start.
const START: Duration = Duration::from_secs(100);
/// How long a new route is waited for before flanneld is started anew.
const ROUTES: Duration = Duration::from_secs(8);
/// One round of waiting.
const ROUND: Duration = Duration::from_millis(250);

/// How a step for Flannel is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "back",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Back {
    /// Leave the etcd cluster.
    Leave {
        /// Members that may be asked.
        via: Vec<Client>,
        /// Where the other members reach this one.
        peer_url: String,
        /// File that was written for it.
        file: Option<String>,
    },
    /// Delete Flannel's configuration, where no other node is left.
    Unconfigure {
        /// A client address of etcd.
        etcd: Client,
        /// Which interface of etcd.
        api: u8,
        /// Key below which Flannel keeps its data.
        prefix: String,
        /// Whether the cluster is the site's own.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        of_site: bool,
    },
    /// Remove the rules that accept what is forwarded.
    Unforward {
        /// The network of all containers.
        network: Ipv4Net,
        /// nftables' own chains that have them, too.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        chains: Vec<String>,
    },
    /// Start flanneld anew, with the files of its service as they are by then.
    Anew {
        /// The service manager.
        manager: Manager,
        /// Its name.
        service: String,
        /// File of the lease.
        subnet_file: String,
    },
    /// Stop flanneld and remove what it made.
    Stop {
        /// The service manager.
        manager: Manager,
        /// Its name.
        service: String,
        /// File of the lease.
        subnet_file: String,
        /// The network of all containers.
        network: Ipv4Net,
        /// A client address of etcd.
        etcd: Client,
        /// Which interface of etcd.
        api: u8,
        /// Key below which Flannel keeps its data.
        prefix: String,
        /// Policy of the FORWARD chain, which v0.20.2 changes.
        policy: Option<String>,
        /// Whether the folder of the lease was not there.
        made_dir: bool,
    },
    /// Let Docker take its old address once more while it still is told one: it
    /// remembers the last in its data, and would go on with the lease.
    DockerOld {
        /// Docker's service manager.
        manager: Manager,
        /// Address that its bridge had.
        bridge: Option<Ipv4Net>,
        /// File that tells it its address.
        file: String,
    },
    /// Start Docker with what it is told now.
    Docker {
        /// Docker's service manager.
        manager: Manager,
    },
    /// There is nothing to take back.
    Nothing,
}

/// Whether there is nothing to do.
///
/// # Errors
/// When that cannot be told.
pub fn is_done(host: &dyn Host, act: &Act) -> Result<bool, StepError> {
    Ok(match act {
        Act::EtcdJoin { file, .. } => host.meta(file).is_ok(),
        Act::EtcdReady { etcd, peer_url, .. } => is_ready(host, etcd, peer_url).unwrap_or(false),
        Act::Configure {
            etcd,
            api,
            prefix,
            value,
            ..
        } => match etcd::get(host, etcd, *api, &format!("{prefix}/config")) {
            Ok(Some(found)) => same(&found, value),
            // It may not have been started yet.
            Ok(None) | Err(_) => false,
        },
        Act::AcceptForward { network, chains } => forward::is_accepted(host, *network, chains)?,
        Act::Anew { command, .. } => anew::is_done(host, command),
        Act::Start {
            manager,
            service,
            subnet_file,
            ..
        } => lease(host, subnet_file).is_some() && service::is_started(host, *manager, service),
        Act::PeerRoutes {
            etcd,
            api,
            prefix,
            network,
            peers,
            ..
        } => match missing_routes(host, etcd, *api, (prefix, *network), peers) {
            Ok(missing) => missing.is_empty(),
            Err(_) => false,
        },
        Act::DockerBack { subnet_file, .. } | Act::DockerOnLease { subnet_file, .. } => {
            lease(host, subnet_file).is_some_and(|lease| on_lease(host, &lease))
        }
    })
}

/// How it will be taken back: read before anything is changed.
///
/// # Errors
/// When the present state cannot be read, or must not be replaced.
pub fn prepare(host: &dyn Host, act: &Act) -> Result<Back, StepError> {
    Ok(match act {
        Act::EtcdJoin {
            via,
            peer_url,
            file,
            ..
        } => Back::Leave {
            via: via.clone(),
            peer_url: peer_url.clone(),
            file: Some(file.clone()),
        },
        Act::EtcdReady {
            etcd,
            via,
            peer_url,
            ..
        } => Back::Leave {
            via: std::iter::once(etcd).chain(via).cloned().collect(),
            peer_url: peer_url.clone(),
            file: None,
        },
        Act::Configure {
            etcd,
            api,
            prefix,
            of_site,
            ..
        } => match etcd::get(host, etcd, *api, &format!("{prefix}/config"))? {
            None => Back::Unconfigure {
                etcd: etcd.clone(),
                api: *api,
                prefix: prefix.clone(),
                of_site: *of_site,
            },
            Some(found) => return Err(other_configuration(act, &found)),
        },
        Act::AcceptForward { network, chains } => Back::Unforward {
            network: *network,
            chains: chains.clone(),
        },
        Act::Anew {
            manager,
            service,
            subnet_file,
            back: true,
            ..
        } => Back::Anew {
            manager: *manager,
            service: service.clone(),
            subnet_file: subnet_file.clone(),
        },
        Act::Start {
            manager,
            service,
            subnet_file,
            network,
            etcd,
            api,
            prefix,
            ..
        } => Back::Stop {
            manager: *manager,
            service: service.clone(),
            subnet_file: subnet_file.clone(),
            network: *network,
            etcd: etcd.clone(),
            api: *api,
            prefix: prefix.clone(),
            policy: forward_rules(host)
                .ok()
                .and_then(|text| policy(&text).map(str::to_owned)),
            made_dir: host.meta(dir_of(subnet_file)).is_err(),
        },
        Act::DockerBack { manager, .. } => Back::Docker { manager: *manager },
        Act::DockerOnLease {
            manager,
            subnet_file,
        } => Back::DockerOld {
            manager: *manager,
            bridge: bridge_address(host)?,
            file: format!("{}/docker", dir_of(subnet_file)),
        },
        Act::Anew { .. } | Act::PeerRoutes { .. } => Back::Nothing,
    })
}

/// Does it. It may find its own half-done work and has to finish it.
///
/// # Errors
/// When something fails.
pub fn apply(host: &dyn Host, act: &Act) -> Result<(), StepError> {
    match act {
        Act::EtcdJoin {
            via,
            name,
            peer_url,
            file,
            initial,
        } => join(host, via, (name, peer_url), file, initial.as_deref()),
        Act::EtcdReady {
            etcd,
            via,
            peer_url,
            together,
        } => {
            let limit = if *together { TOGETHER } else { ETCD };
            wait_for_etcd(host, etcd, via, peer_url, limit)
        }
        Act::Configure {
            etcd,
            api,
            prefix,
            value,
            ..
        } => {
            let key = format!("{prefix}/config");
            etcd::create(host, etcd, *api, &key, value)?;
            match etcd::get(host, etcd, *api, &key)? {
                Some(found) if same(&found, value) => Ok(()),
                found => Err(other_configuration(act, &found.unwrap_or_default())),
            }
        }
        Act::AcceptForward { network, chains } => forward::accept(host, *network, chains),
        Act::Anew { back: true, .. } | Act::DockerBack { .. } => Ok(()),
        Act::Anew {
            manager,
            service,
            subnet_file,
            ..
        } => anew::restart(host, *manager, service, subnet_file),
        Act::Start {
            manager,
            service,
            subnet_file,
            log,
            ..
        } => start(host, *manager, service, subnet_file, log),
        Act::PeerRoutes {
            manager,
            service,
            etcd,
            api,
            prefix,
            network,
            peers,
        } => {
            let all = || -> Result<bool, StepError> {
                let missing = missing_routes(host, etcd, *api, (prefix, *network), peers)?;
                Ok(missing.is_empty())
            };
            for _ in 0..2 {
                if until(host, ROUTES, ROUND, all)? {
                    return Ok(());
                }
                control(host, *manager, service, "restart", START)?;
            }
            // What is still missing is the verification's to tell: a peer may
            // have gone.
            Ok(())
        }
        Act::DockerOnLease {
            manager,
            subnet_file,
        } => {
            restart_docker(host, *manager)?;
            let Some(lease) = lease(host, subnet_file) else {
                return Err(StepError::Told(format!("{subnet_file} holds no lease")));
            };
            if on_lease(host, &lease) {
                return Ok(());
            }
            Err(StepError::Told(format!(
                "Docker was started anew, and {BRIDGE} has not got {}: is it told its bridge \
                 somewhere else too?",
                lease.subnet
            )))
        }
    }
}

/// Takes it back. What is left and has to be known is returned as a sentence.
///
/// # Errors
/// When it cannot be done.
pub fn run(host: &dyn Host, back: &Back) -> Result<Option<String>, StepError> {
    match back {
        Back::Leave {
            via,
            peer_url,
            file,
        } => {
            // The wait for its vote is taken back before the joining, with more to
            // say: that is not repeated.
            let left = leave(host, via, peer_url, file.is_none())?;
            if let Some(file) = file {
                remove_if_there(host, file)?;
            }
            Ok(left)
        }
        Back::Unconfigure {
            etcd,
            api,
            prefix,
            of_site,
        } => unconfigure(host, etcd, *api, prefix, *of_site),
        other => take_back(host, other).map(|()| None),
    }
}

fn take_back(host: &dyn Host, back: &Back) -> Result<(), StepError> {
    match back {
        Back::Unforward { network, chains } => forward::undo(host, *network, chains),
        Back::Anew {
            manager,
            service,
            subnet_file,
        } => anew::restart(host, *manager, service, subnet_file),
        Back::Stop {
            manager,
            service,
            subnet_file,
            network,
            etcd,
            api,
            prefix,
            policy,
            made_dir,
        } => {
            service::stop(host, *manager, service)?;
            if let Some(lease) = lease(host, subnet_file)
                && let Ok(leases) = etcd::leases(host, etcd, *api, prefix)
            {
                for one in leases.iter().filter(|l| l.subnet == lease.subnet.trunc()) {
                    etcd::delete(host, etcd, *api, &one.key)?;
                }
            }
            clear_kernel(host, *network, policy.as_deref())?;
            remove_if_there(host, subnet_file)?;
            let dir = dir_of(subnet_file);
            remove_if_there(host, &format!("{dir}/docker"))?;
            if *made_dir {
                // Somebody else may have put something there.
                let _ = host.remove_dir(dir);
            }
            Ok(())
        }
        Back::DockerOld {
            manager,
            bridge,
            file,
        } => {
            let Some(address) = bridge else { return Ok(()) };
            if host.meta(file).is_err() {
                return Ok(());
            }
            let text = format!("DOCKER_NETWORK_OPTIONS=\" --bip={address}\"\n");
            files::write(host, file, text.as_bytes(), 0o644)?;
            restart_docker(host, *manager)
        }
        Back::Docker { manager } => restart_docker(host, *manager),
        // Taken back by themselves, with what they have to say.
        Back::Leave { .. } | Back::Unconfigure { .. } | Back::Nothing => Ok(()),
    }
}

fn dir_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("/", |(dir, _)| dir)
}

fn remove_if_there(host: &dyn Host, path: &str) -> Result<(), StepError> {
    match host.remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StepError::file(path, error))
        }
        _ => Ok(()),
    }
}

fn control(
    host: &dyn Host,
    manager: Manager,
    service: &str,
    verb: &str,
    timeout: Duration,
) -> Result<(), StepError> {
    let argv = match manager {
        Manager::Systemd => ["systemctl", verb, service],
        Manager::Upstart => ["initctl", verb, service],
        Manager::Sysvinit => ["service", service, verb],
    };
    host.run(&Command::new(argv).timeout(timeout))?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
