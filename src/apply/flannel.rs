//! What the steps for Flannel find, do, and how they are taken back.

mod cluster;
mod docker;
mod kernel;

use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use cluster::{is_ready, join, leave, wait_for_etcd};
use docker::restart_docker;
use kernel::{both, clear_kernel, forward_rules, iptables, policy};

use super::error::StepError;
use super::{etcd, files, probe, service};
use crate::host::{Command, Host};
use crate::plan::overlay::flannel::act::Act;
use crate::plan::step::Manager;

/// How long etcd has to answer and to give a new member its vote.
const ETCD: u32 = 60;
/// How long a service that waits for its lease may take to start.
const START: Duration = Duration::from_secs(100);
/// How long a new route is waited for before flanneld is started anew.
const ROUTES: u32 = 8;
/// One round of waiting.
const ROUND: Duration = Duration::from_secs(1);

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
        via: Vec<SocketAddrV4>,
        /// Where the other members reach this one.
        peer_url: String,
        /// File that was written for it.
        file: Option<String>,
    },
    /// Delete Flannel's configuration, where no other node is left.
    Unconfigure {
        /// A client address of etcd.
        etcd: SocketAddrV4,
        /// Which interface of etcd.
        api: u8,
        /// Key below which Flannel keeps its data.
        prefix: String,
    },
    /// Remove the rules that accept what is forwarded.
    Unforward {
        /// The network of all containers.
        network: Ipv4Net,
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
        etcd: SocketAddrV4,
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

/// The lease as flanneld wrote it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Address of the bridge, with the subnet's prefix.
    pub subnet: Ipv4Net,
    /// MTU in bytes.
    pub mtu: u32,
}

/// The lease in a file; none where there is no file, or no lease in it.
pub fn lease(host: &dyn Host, file: &str) -> Option<Lease> {
    let text = String::from_utf8(host.read(file).ok()?).ok()?;
    let value = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    Some(Lease {
        subnet: value("FLANNEL_SUBNET")?.parse().ok()?,
        mtu: value("FLANNEL_MTU")?.parse().ok()?,
    })
}

/// The bridge that Docker's containers are on.
pub const BRIDGE: &str = "docker0";

/// Whether Docker's bridge has exactly the lease's address.
pub fn on_lease(host: &dyn Host, lease: &Lease) -> bool {
    bridge_address(host).is_ok_and(|address| address == Some(lease.subnet))
}

/// The first IPv4 address of Docker's bridge.
fn bridge_address(host: &dyn Host) -> Result<Option<Ipv4Net>, StepError> {
    let Some(link) = probe::link(host, BRIDGE)? else {
        return Ok(None);
    };
    let addresses = host.addresses();
    let addresses = addresses.map_err(|e| StepError::file("netlink", e))?;
    let mut v4 = addresses.iter().filter_map(|one| match one.address {
        IpAddr::V4(address) if one.index == link.index => Ipv4Net::new(address, one.prefix).ok(),
        _ => None,
    });
    Ok(v4.next())
}

/// Whether there is a way to a subnet that is not just the default route: one of
/// its own, or one that flanneld's device has for all.
pub fn has_way(host: &dyn Host, subnet: Ipv4Net, network: Ipv4Net) -> Result<bool, StepError> {
    let routes = host.routes().map_err(|e| StepError::file("netlink", e))?;
    Ok(routes.iter().any(|route| {
        let IpAddr::V4(to) = route.destination else {
            return false;
        };
        let net = Ipv4Net::new(to, route.prefix).ok();
        route.table == 254 && net.is_some_and(|net| net.contains(&subnet) && network.contains(&net))
    }))
}

/// Whether there is nothing to do.
///
/// # Errors
/// When that cannot be told.
pub fn is_done(host: &dyn Host, act: &Act) -> Result<bool, StepError> {
    Ok(match act {
        Act::EtcdJoin { file, .. } => host.meta(file).is_ok(),
        Act::EtcdReady { etcd, peer_url, .. } => is_ready(host, *etcd, peer_url).unwrap_or(false),
        Act::Configure {
            etcd,
            api,
            prefix,
            value,
        } => match etcd::get(host, *etcd, *api, &format!("{prefix}/config")) {
            Ok(Some(found)) => same(&found, value),
            // It may not have been started yet.
            Ok(None) | Err(_) => false,
        },
        Act::AcceptForward { network } => {
            let text = forward_rules(host)?;
            both(*network).iter().all(|rule| {
                text.lines()
                    .any(|line| line == format!("-A FORWARD {rule}"))
            })
        }
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
        } => match missing_routes(host, *etcd, *api, (prefix, *network), peers) {
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
        } => Back::Leave {
            via: std::iter::once(etcd).chain(via).copied().collect(),
            peer_url: peer_url.clone(),
            file: None,
        },
        Act::Configure {
            etcd,
            api,
            prefix,
            value,
        } => match etcd::get(host, *etcd, *api, &format!("{prefix}/config"))? {
            None => Back::Unconfigure {
                etcd: *etcd,
                api: *api,
                prefix: prefix.clone(),
            },
            Some(found) => return Err(other_configuration(prefix, &found, value)),
        },
        Act::AcceptForward { network } => Back::Unforward { network: *network },
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
            etcd: *etcd,
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
        Act::PeerRoutes { .. } => Back::Nothing,
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
        } => join(host, via, name, peer_url, file),
        Act::EtcdReady {
            etcd,
            via,
            peer_url,
        } => wait_for_etcd(host, *etcd, via, peer_url),
        Act::Configure {
            etcd,
            api,
            prefix,
            value,
        } => {
            let key = format!("{prefix}/config");
            etcd::create(host, *etcd, *api, &key, value)?;
            match etcd::get(host, *etcd, *api, &key)? {
                Some(found) if same(&found, value) => Ok(()),
                found => {
                    let found = found.unwrap_or_default();
                    Err(other_configuration(prefix, &found, value))
                }
            }
        }
        Act::AcceptForward { network } => {
            let text = forward_rules(host)?;
            for rule in both(*network) {
                let line = format!("-A FORWARD {rule}");
                if !text.lines().any(|one| one == line) {
                    iptables(host, &["-I", "FORWARD", "1"], &rule)?;
                }
            }
            Ok(())
        }
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
            for _ in 0..2 {
                for _ in 0..ROUTES {
                    if missing_routes(host, *etcd, *api, (prefix, *network), peers)?.is_empty() {
                        return Ok(());
                    }
                    host.sleep(ROUND);
                }
                control(host, *manager, service, "restart", START)?;
            }
            // What is still missing is the verification's to tell: a peer may
            // have gone.
            Ok(())
        }
        Act::DockerBack { .. } => Ok(()),
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

/// Takes it back.
///
/// # Errors
/// When it cannot be done.
pub fn run(host: &dyn Host, back: &Back) -> Result<(), StepError> {
    match back {
        Back::Leave {
            via,
            peer_url,
            file,
        } => {
            leave(host, via, peer_url)?;
            match file {
                Some(file) => remove_if_there(host, file),
                None => Ok(()),
            }
        }
        Back::Unconfigure { etcd, api, prefix } => {
            // Without etcd there is nothing that could be deleted; with it, others
            // may still live by the key.
            let others = etcd::leases(host, *etcd, *api, prefix).is_ok_and(|all| !all.is_empty());
            let alone = etcd::members(host, *etcd).is_ok_and(|members| members.len() == 1);
            if alone && !others {
                etcd::delete(host, *etcd, *api, &format!("{prefix}/config"))?;
            }
            Ok(())
        }
        Back::Unforward { network } => {
            let text = forward_rules(host)?;
            for rule in both(*network) {
                let line = format!("-A FORWARD {rule}");
                // flanneld may have appended the same.
                for _ in text.lines().filter(|one| *one == line) {
                    iptables(host, &["-D", "FORWARD"], &rule)?;
                }
            }
            Ok(())
        }
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
                && let Ok(leases) = etcd::leases(host, *etcd, *api, prefix)
            {
                for one in leases.iter().filter(|l| l.subnet == lease.subnet.trunc()) {
                    etcd::delete(host, *etcd, *api, &one.key)?;
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
        Back::Nothing => Ok(()),
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

fn same(found: &str, wanted: &str) -> bool {
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    json(found).is_some_and(|found| Some(found) == json(wanted))
}

fn other_configuration(prefix: &str, found: &str, wanted: &str) -> StepError {
    StepError::Told(format!(
        "{prefix}/config in etcd is {found}, and {wanted} is wanted: all nodes share it; change \
         the answers of this node, or take all nodes back before it is changed"
    ))
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

/// flanneld does not end on a bad setup, it goes on trying: what it says is all
/// that there is.
fn start(
    host: &dyn Host,
    manager: Manager,
    service: &str,
    subnet_file: &str,
    log: &str,
) -> Result<(), StepError> {
    if manager == Manager::Systemd {
        host.run(&Command::new(["systemctl", "daemon-reload"]))?;
    }
    // One that runs without a lease is started anew; whose lease is there was
    // found before.
    if service::is_started(host, manager, service) {
        service::stop(host, manager, service)?;
    }
    // It outlives flanneld, and says nothing of the one that is started.
    remove_if_there(host, subnet_file)?;
    let started = control(host, manager, service, "start", START);
    if lease(host, subnet_file).is_some() && started.is_ok() {
        return Ok(());
    }
    Err(StepError::Told(format!(
        "flanneld has no lease: {}",
        cause(host, log)
    )))
}

/// What flanneld's log says last, without its time stamps.
fn cause(host: &dyn Host, log: &str) -> String {
    let bytes = host.read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let said = |line: &str| -> String {
        let text = line.split_once("] ").map_or(line, |(_, text)| text);
        crate::host::http::printable(text.trim())
    };
    let errors = text
        .lines()
        .rev()
        .find(|line| line.starts_with('E') || line.contains("ailed"));
    match errors {
        Some(line) => format!("it says \"{}\" ({log})", said(line)),
        // v0.20.2 with an etcd that it cannot reach.
        None => {
            format!("it says nothing of a reason, as newer ones do that cannot reach etcd ({log})")
        }
    }
}

/// The peers that have a lease and no way to it.
fn missing_routes(
    host: &dyn Host,
    etcd: SocketAddrV4,
    api: u8,
    (prefix, network): (&str, Ipv4Net),
    peers: &[Ipv4Addr],
) -> Result<Vec<Ipv4Addr>, StepError> {
    let mut missing = Vec::new();
    for lease in etcd::leases(host, etcd, api, prefix)? {
        if peers.contains(&lease.node) && !has_way(host, lease.subnet, network)? {
            missing.push(lease.node);
        }
    }
    Ok(missing)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    #[test]
    fn the_lease_is_what_flanneld_wrote() {
        let text = "FLANNEL_NETWORK=10.5.0.0/16\nFLANNEL_SUBNET=10.5.69.1/24\nFLANNEL_MTU=1472\n\
                    FLANNEL_IPMASQ=false\n";
        let host = Scripted::new()
            .file("/run/flannel/subnet.env", text)
            .file("/run/flannel/empty", "");
        let found = lease(&host, "/run/flannel/subnet.env").unwrap();
        assert_eq!(
            (found.subnet.to_string().as_str(), found.mtu),
            ("10.5.69.1/24", 1472)
        );
        assert_eq!(lease(&host, "/run/flannel/empty"), None);
        assert_eq!(lease(&host, "/run/flannel/none"), None);
    }

    #[test]
    fn the_reason_is_looked_for_in_the_log() {
        let log = |text: &str| {
            let host = Scripted::new().file("/log", text);
            cause(&host, "/log")
        };
        let silent = "I1122 20:33:20.086140   17791 main.go:227] Installing signal handlers\n";
        assert!(log(silent).contains("cannot reach etcd"), "{}", log(silent));
        let key = format!(
            "{silent}E1122 20:33:21.0 17791 main.go:1] Couldn't fetch network config: 100: Key not \
             found (/coreos.com) [3]\n"
        );
        assert!(
            log(&key).contains(
                "\"Couldn't fetch network config: 100: Key not found (/coreos.com) [3]\""
            ),
            "{}",
            log(&key)
        );
    }

    #[test]
    fn configurations_are_compared_by_what_they_mean() {
        let wanted = r#"{"Network":"10.5.0.0/16","SubnetLen":24,"Backend":{"Type":"udp"}}"#;
        let spaced = r#"{ "SubnetLen": 24, "Network": "10.5.0.0/16", "Backend": {"Type": "udp"} }"#;
        assert!(same(spaced, wanted));
        assert!(!same(&wanted.replace("udp", "vxlan"), wanted));
        assert!(!same("", ""));
    }
}
