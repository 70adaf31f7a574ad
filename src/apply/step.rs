//! What each step finds, does, and needs to be taken back.

use ipnet::Ipv4Net;

use super::error::StepError;
use super::probe::{has_route, link, module_loaded};
use super::undo::Undo;
use super::{
    block, content, docker, files, firewall, flannel, json, keys, kubernetes, modules, packages,
    replicated, saved_rules, service, swarm, sysctl, wireguard, zerotier,
};
use crate::host::{Command, FileKind, Host};
use crate::plan::step::{Part, Peer, Step};

/// Whether the step has nothing to do.
///
/// # Errors
/// When that cannot be told.
pub fn is_done(host: &dyn Host, step: &Step) -> Result<bool, StepError> {
    Ok(match step {
        Step::PrivateKey { path, from_env } => {
            private_key_is_there(host, path, from_env.as_deref())?
        }
        Step::WriteFile {
            path,
            mode,
            content,
            ..
        } => file_is_written(host, path, *mode, content)?,
        Step::FileBlock {
            path, name, lines, ..
        } => block::is_there(host, path, name, lines)?,
        Step::JsonKeys { path, keys, .. } => json::are_set(host, path, keys)?,
        Step::DataDir { path, .. } => host
            .meta(path)
            .is_ok_and(|meta| meta.kind == FileKind::Directory),
        Step::SetSysctl { name, value } => sysctl::is_set(host, name, value)?,
        Step::InstallPackages {
            packager, packages, ..
        } => packages::missing(host, *packager, packages)?.is_empty(),
        Step::InstallProgram { path, file, .. } => {
            host.digest(path).is_ok_and(|found| found == file.sha256)
        }
        Step::LoadModule { name } => module_loaded(host, name),
        Step::OpenPort(hole) => {
            let open = firewall::probe(host, hole)?;
            open.running && open.permanent
        }
        Step::KeepPort { path, hole } => saved_rules::missing(host, path, hole)?.is_empty(),
        Step::WireguardUp { .. } => match up(step) {
            Some(up) => wireguard::is_up(host, &up).unwrap_or(false),
            None => false,
        },
        Step::WireguardPeers { interface, peers } => {
            if link(host, interface)?.is_none() {
                return Ok(false);
            }
            let now = wireguard::peers(host, interface)?;
            peers
                .iter()
                .all(|peer| wireguard::has_peer(host, peer, &now))
        }
        Step::WireguardRemove {
            interface,
            peers,
            routes,
        } => wireguard::are_gone(host, interface, peers, routes)?,
        Step::AddRoute {
            destination,
            interface,
        } => has_route(host, &destination.to_string(), interface)?,
        Step::Symlink { path, target, .. } => host.read_link(path).is_ok_and(|t| t == *target),
        Step::EnableService { manager, service } => service::is_enabled(host, *manager, service)?,
        Step::StartService { manager, service } => service::is_started(host, *manager, service),
        Step::Flannel(act) => flannel::is_done(host, act)?,
        Step::Docker(act) => docker::is_done(host, act),
        Step::Zerotier(act) => zerotier::is_done(host, act)?,
        Step::Swarm(act) => swarm::is_done(host, act)?,
        Step::Kubernetes(act) => kubernetes::is_done(host, act)?,
        Step::Replicated(act) => replicated::is_done(host, act)?,
    })
}

/// How the step will be taken back: read before anything is changed. `backup`
/// is a path in the run's folder that is this step's own.
///
/// # Errors
/// When the present state cannot be read or kept, or must not be replaced.
pub fn prepare(host: &dyn Host, step: &Step, backup: &str) -> Result<Undo, StepError> {
    Ok(match step {
        Step::PrivateKey { path, .. } => Undo::RemoveFile {
            path: path.clone(),
            made_dirs: missing_dirs(host, path),
            sha256: None,
        },
        Step::WriteFile { path, content, .. } => prepare_file(host, path, content, backup)?,
        Step::FileBlock {
            path, name, lines, ..
        } => {
            let (created, sha256) = block::prepare(host, path, name, lines)?;
            Undo::RemoveBlock {
                path: path.clone(),
                name: name.clone(),
                sha256,
                created,
                made_dirs: missing_dirs(host, path),
            }
        }
        Step::JsonKeys { path, keys, .. } => Undo::RestoreJson(json::Restore {
            made_dirs: missing_dirs(host, path),
            ..json::prepare(host, path, keys, backup)?
        }),
        Step::DataDir { path, .. } => Undo::RemoveTree {
            path: path.clone(),
            made_dirs: missing_dirs(host, path),
        },
        Step::SetSysctl { name, value } => Undo::RestoreSysctl {
            name: name.clone(),
            before: sysctl::value(host, name)?,
            value: value.clone(),
        },
        Step::InstallPackages {
            packager,
            packages,
            files,
            ..
        } => {
            let new = packages::would_install(host, *packager, packages, files)?;
            Undo::RemovePackages {
                packager: *packager,
                packages: new.asked,
                along: new.along,
            }
        }
        Step::InstallProgram { path, file, .. } => match host.meta(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Undo::RemoveFile {
                path: path.clone(),
                made_dirs: missing_dirs(host, path),
                sha256: Some(file.sha256.clone()),
            },
            Err(error) => return Err(StepError::file(path, error)),
            Ok(_) => return Err(StepError::OtherProgram { path: path.clone() }),
        },
        Step::LoadModule { name } => Undo::UnloadModule { name: name.clone() },
        Step::OpenPort(hole) => {
            let open = firewall::probe(host, hole)?;
            Undo::ClosePort {
                hole: firewall::closed(host, hole)?,
                running: !open.running,
                permanent: !open.permanent,
            }
        }
        Step::KeepPort { path, hole } => Undo::ForgetPort {
            path: path.clone(),
            lines: saved_rules::missing(host, path, hole)?,
        },
        Step::WireguardUp {
            interface, address, ..
        } => match link(host, interface)? {
            None => Undo::DeleteInterface {
                interface: interface.clone(),
            },
            Some(link) => Undo::RestoreInterface {
                interface: interface.clone(),
                mtu: link.mtu,
                listen_port: wireguard::listen_port(host, interface),
                added_address: (!wireguard::has_address(host, interface, *address)?)
                    .then_some(*address),
                // IFF_UP
                up: link.flags & 1 != 0,
            },
        },
        Step::WireguardPeers { interface, peers } => prepare_peers(host, interface, peers)?,
        Step::WireguardRemove {
            interface,
            peers,
            routes,
        } => prepare_removal(host, interface, peers, routes)?,
        Step::AddRoute {
            destination,
            interface,
        } => Undo::DeleteRoute {
            destination: destination.to_string(),
            interface: interface.clone(),
        },
        Step::Symlink { path, target, .. } => match host.meta(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Undo::RemoveLink {
                path: path.clone(),
                target: target.clone(),
                made_dirs: missing_dirs(host, path),
            },
            Ok(_) => return Err(StepError::NotAFile { path: path.clone() }),
            Err(error) => return Err(StepError::file(path, error)),
        },
        Step::EnableService { manager, service } => Undo::DisableService {
            manager: *manager,
            service: service.clone(),
            forget: !service::has_links(host, *manager, service),
        },
        Step::StartService { manager, service } => Undo::StopService {
            manager: *manager,
            service: service.clone(),
        },
        Step::Flannel(act) => Undo::Flannel(flannel::prepare(host, act)?),
        Step::Docker(act) => docker::prepare(host, act)?,
        Step::Zerotier(act) => zerotier::prepare(host, act)?,
        Step::Swarm(act) => swarm::prepare(host, act)?,
        Step::Kubernetes(act) => kubernetes::prepare(host, act)?,
        Step::Replicated(act) => replicated::prepare(host, act, backup)?,
    })
}

/// Does the step. It may find its own half-done work and has to finish it.
///
/// # Errors
/// When something fails; what was done until then is taken back by the undo
/// record.
pub fn apply(host: &dyn Host, step: &Step) -> Result<(), StepError> {
    match step {
        Step::PrivateKey { path, from_env } => make_private_key(host, path, from_env.as_deref()),
        Step::WriteFile {
            path,
            mode,
            content,
            ..
        } => {
            make_dirs(host, path, *mode)?;
            let bytes = content::render(host, content)?;
            files::write(host, path, &bytes, *mode)
        }
        Step::InstallPackages {
            packager,
            packages,
            files,
            ..
        } => packages::install(host, *packager, packages, files),
        Step::InstallProgram { path, file, .. } => {
            make_dirs(host, path, 0o755)?;
            content::clear_unfinished(host, path)?;
            packages::copy(host, file, path, 0o755)?;
            files::label(host, path)
        }
        Step::LoadModule { name } => modules::load(host, name),
        Step::FileBlock {
            path,
            mode,
            name,
            lines,
            ..
        } => {
            make_dirs(host, path, *mode)?;
            block::put(host, path, *mode, name, lines)
        }
        Step::JsonKeys { path, keys, .. } => {
            make_dirs(host, path, 0o644)?;
            json::set(host, path, keys)
        }
        Step::DataDir { path, mode, .. } => {
            make_dirs(host, path, *mode)?;
            match host.make_dir(path, *mode) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
                other => other.map_err(|e| StepError::file(path, e)),
            }
        }
        Step::SetSysctl { name, value } => sysctl::set(host, name, value),
        Step::OpenPort(hole) => firewall::open(host, hole),
        Step::KeepPort { path, hole } => saved_rules::put(host, path, hole),
        Step::WireguardUp { .. } => match up(step) {
            Some(up) => wireguard::bring_up(host, &up),
            None => Ok(()),
        },
        Step::WireguardPeers { interface, peers } => {
            let now = wireguard::peers(host, interface)?;
            for peer in peers {
                if !wireguard::has_peer(host, peer, &now) {
                    wireguard::set_peer(host, interface, peer)?;
                }
            }
            Ok(())
        }
        Step::WireguardRemove {
            interface,
            peers,
            routes,
        } => wireguard::remove_peers(host, interface, peers, routes),
        Step::AddRoute {
            destination,
            interface,
        } => {
            let destination = destination.to_string();
            let argv = ["ip", "route", "replace", &destination, "dev", interface];
            host.run(&Command::new(argv))?;
            Ok(())
        }
        Step::Symlink { path, target, .. } => {
            make_dirs(host, path, 0o644)?;
            match host.symlink(target, path) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
                other => other.map_err(|e| StepError::file(path, e)),
            }
        }
        Step::EnableService { manager, service } => service::enable(host, *manager, service),
        Step::StartService { manager, service } => service::start(host, *manager, service),
        Step::Flannel(act) => flannel::apply(host, act),
        Step::Docker(act) => docker::apply(host, act),
        Step::Zerotier(act) => zerotier::apply(host, act),
        Step::Swarm(act) => swarm::apply(host, act),
        Step::Kubernetes(act) => kubernetes::apply(host, act),
        Step::Replicated(act) => replicated::apply(host, act),
    }
}

/// The interface of a [`Step::WireguardUp`].
fn up(step: &Step) -> Option<wireguard::Up<'_>> {
    let Step::WireguardUp {
        interface,
        userspace,
        address,
        listen_port,
        mtu,
        private_key,
    } = step
    else {
        return None;
    };
    Some(wireguard::Up {
        interface,
        userspace: *userspace,
        address: *address,
        listen_port: *listen_port,
        mtu: *mtu,
        private_key,
    })
}

fn private_key_is_there(
    host: &dyn Host,
    path: &str,
    from_env: Option<&str>,
) -> Result<bool, StepError> {
    match host.meta(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(StepError::file(path, error)),
        Ok(meta) if meta.kind != FileKind::File => {
            return Err(StepError::NotAFile { path: path.into() });
        }
        Ok(_) => {}
    }
    let key = keys::read(host, path)?;
    if let Some(name) = from_env
        && let Some(value) = host.env(name)
        && value.trim() != key.as_str()
    {
        return Err(StepError::OtherKey {
            path: path.into(),
            name: name.into(),
        });
    }
    Ok(true)
}

fn make_private_key(host: &dyn Host, path: &str, from_env: Option<&str>) -> Result<(), StepError> {
    let mut key = match from_env {
        None => keys::generate(host)?,
        Some(name) => {
            let value = host.env(name).map(zeroize::Zeroizing::new);
            let value = value.ok_or_else(|| keys::KeyError::NoVariable(name.into()))?;
            keys::check(&value, &format!("${name}"))?
        }
    };
    key.push('\n');
    make_dirs(host, path, 0o600)?;
    files::write(host, path, key.as_bytes(), 0o600)
}

fn file_is_written(
    host: &dyn Host,
    path: &str,
    mode: u32,
    content: &[Part],
) -> Result<bool, StepError> {
    let meta = match host.meta(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        other => other.map_err(|e| StepError::file(path, e))?,
    };
    if meta.kind != FileKind::File || meta.mode != mode {
        return Ok(false);
    }
    // A secret that is made by an earlier step is not there yet.
    let Ok(wanted) = content::render(host, content) else {
        return Ok(false);
    };
    let found = host.read(path).map_err(|e| StepError::file(path, e))?;
    Ok(found == *wanted)
}

fn prepare_file(
    host: &dyn Host,
    path: &str,
    parts: &[Part],
    backup: &str,
) -> Result<Undo, StepError> {
    let sha256 = content::digest(&content::render(host, parts)?);
    match host.meta(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Undo::RemoveFile {
            path: path.into(),
            made_dirs: missing_dirs(host, path),
            sha256: Some(sha256),
        }),
        Err(error) => Err(StepError::file(path, error)),
        Ok(meta) if meta.kind == FileKind::File => {
            content::back_up(host, path, parts, backup)?;
            Ok(Undo::RestoreFile {
                path: path.into(),
                mode: meta.mode,
                uid: meta.uid,
                gid: meta.gid,
                backup: backup.into(),
                sha256,
            })
        }
        Ok(_) => Err(StepError::NotAFile { path: path.into() }),
    }
}

fn prepare_peers(host: &dyn Host, interface: &str, wanted: &[Peer]) -> Result<Undo, StepError> {
    let now = wireguard::peers(host, interface)?;
    let (mut added, mut changed) = (Vec::new(), Vec::new());
    for peer in wanted {
        match now.get(&peer.public_key) {
            None => added.push(peer.public_key.clone()),
            Some(_) if wireguard::has_peer(host, peer, &now) => {}
            Some(state) => changed.push(as_it_is(peer, state)),
        }
    }
    Ok(Undo::RestorePeers {
        interface: interface.into(),
        added,
        changed,
        routes: Vec::new(),
    })
}

/// A peer with the settings that the interface has for it now.
fn as_it_is(peer: &Peer, state: &wireguard::PeerState) -> Peer {
    let allowed = state.allowed_ips.iter().filter_map(|net| net.parse().ok());
    Peer {
        endpoint: state.endpoint.clone(),
        allowed_ips: allowed.collect(),
        keepalive: state.keepalive,
        ..peer.clone()
    }
}

fn prepare_removal(
    host: &dyn Host,
    interface: &str,
    peers: &[Peer],
    routes: &[Ipv4Net],
) -> Result<Undo, StepError> {
    let now = wireguard::peers(host, interface)?;
    let there = peers
        .iter()
        .filter_map(|peer| Some(as_it_is(peer, now.get(&peer.public_key)?)));
    Ok(Undo::RestorePeers {
        interface: interface.into(),
        added: Vec::new(),
        changed: there.collect(),
        routes: wireguard::there(host, interface, routes)?,
    })
}

/// The folders above `path` that are not there, the outermost first.
pub(super) fn missing_dirs(host: &dyn Host, path: &str) -> Vec<String> {
    let mut missing = Vec::new();
    let mut rest = path;
    while let Some((parent, _)) = rest.rsplit_once('/') {
        if parent.is_empty() || host.meta(parent).is_ok() {
            break;
        }
        missing.push(parent.to_string());
        rest = parent;
    }
    missing.reverse();
    missing
}

/// Makes the folders above `path`; those of a file that only root may read are
/// closed to others as well.
pub(super) fn make_dirs(host: &dyn Host, path: &str, mode: u32) -> Result<(), StepError> {
    let dir_mode = if mode & 0o077 == 0 { 0o700 } else { 0o755 };
    for dir in missing_dirs(host, path) {
        let made = host.make_dir(&dir, dir_mode);
        made.map_err(|e| StepError::file(&dir, e))?;
    }
    Ok(())
}
