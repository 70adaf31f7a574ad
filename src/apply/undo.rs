//! Taking steps back: the records that the journal keeps, and what is done
//! with them.
//!
//! Every undo can be repeated and can follow a step that was cut off anywhere:
//! what is not there any more is no error. What somebody else has changed since
//! is left alone, and that is an error, so that nothing is lost silently.

mod files;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::error::StepError;
use super::wireguard;
use crate::host::{Command, Host};
use crate::plan::step::{Hole, Manager, Packager, Peer};
pub(super) use files::{changed_by_others, remove_dirs, remove_tree};
use files::{put_aside, remove_file, remove_link, restore_file};

/// What becomes of a file that somebody else has changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Others {
    /// It is left as it is, and that is an error.
    #[default]
    Leave,
    /// It is copied beside itself, and the undo goes on.
    Keep,
}

/// A file of somebody else's that was put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where it was.
    pub path: String,
    /// Where its copy is.
    pub copy: String,
}

/// What there is to say once a step is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// The file that was put aside, if one was.
    pub kept: Option<Kept>,
    /// What is left elsewhere and has to be known, as a sentence.
    pub note: Option<String>,
}

/// How one step is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "undo",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Undo {
    /// Remove a file that was not there before.
    RemoveFile {
        /// The file.
        path: String,
        /// Folders that were made for it, the outermost first.
        made_dirs: Vec<String>,
        /// Digest of what was written; none where it could not be known
        /// beforehand.
        sha256: Option<String>,
    },
    /// Put a file's old content back.
    RestoreFile {
        /// The file.
        path: String,
        /// Permission bits that it had.
        mode: u32,
        /// Owner that it had.
        uid: u32,
        /// Group that it had.
        gid: u32,
        /// File in the run's folder that holds the old content, its secrets
        /// replaced by the names of their files.
        backup: String,
        /// Digest of what was written.
        sha256: String,
    },
    /// Remove a symbolic link that was not there before.
    RemoveLink {
        /// The link.
        path: String,
        /// What it points to.
        target: String,
        /// Folders that were made for it, the outermost first.
        made_dirs: Vec<String>,
    },
    /// Take a block out of a file.
    RemoveBlock {
        /// The file.
        path: String,
        /// Name of the block.
        name: String,
        /// Digest of the block's lines.
        sha256: String,
        /// Whether the file was made for it.
        created: bool,
        /// Folders that were made for the file, the outermost first.
        made_dirs: Vec<String>,
    },
    /// Give keys of a JSON file their old values.
    RestoreJson(super::json::Restore),
    /// Delete a folder that was not there before, with all that is in it.
    RemoveTree {
        /// The folder.
        path: String,
        /// Folders that were made for it, the outermost first.
        made_dirs: Vec<String>,
    },
    /// Give a kernel setting its old value.
    RestoreSysctl {
        /// Its name.
        name: String,
        /// Value that it had.
        before: String,
        /// Value that it was given.
        value: String,
    },
    /// Remove packages that were not installed before.
    RemovePackages {
        /// Who had installed them.
        packager: Packager,
        /// Their names.
        packages: Vec<String>,
        /// What was installed with them because they need it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        along: Vec<String>,
    },
    /// Unload a module.
    UnloadModule {
        /// Its name.
        name: String,
    },
    /// Close a port.
    ClosePort {
        /// The port, and what it was opened in.
        #[serde(flatten)]
        hole: Hole,
        /// Whether the running rules did not have it.
        running: bool,
        /// Whether the permanent rules did not have it.
        permanent: bool,
    },
    /// Take lines out of the rules of the next boot.
    ForgetPort {
        /// The file.
        path: String,
        /// The lines that were not there before.
        lines: Vec<String>,
    },
    /// Delete an interface that was not there before.
    DeleteInterface {
        /// Its name.
        interface: String,
    },
    /// Give an interface that was there before its old settings back.
    RestoreInterface {
        /// Its name.
        interface: String,
        /// MTU in bytes that it had.
        mtu: Option<u32>,
        /// UDP port that it listened on.
        listen_port: Option<u16>,
        /// Address that it did not have.
        added_address: Option<Ipv4Net>,
        /// Whether it was up.
        up: bool,
    },
    /// Remove peers that were not there before, and give the others their old
    /// settings back.
    RestorePeers {
        /// Interface.
        interface: String,
        /// Public keys of the peers that were added.
        added: Vec<String>,
        /// Peers that were changed or taken out, as they were.
        changed: Vec<Peer>,
        /// Routes that were taken out with them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        routes: Vec<Ipv4Net>,
    },
    /// Delete a route.
    DeleteRoute {
        /// Destination.
        destination: String,
        /// Interface.
        interface: String,
    },
    /// Have a service not started at boot any more.
    DisableService {
        /// The service manager.
        manager: Manager,
        /// Its name.
        service: String,
        /// Whether its links of all run levels go, since it had none before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        forget: bool,
    },
    /// Stop a service and let its manager forget it.
    StopService {
        /// The service manager.
        manager: Manager,
        /// Its name.
        service: String,
    },
    /// Start Docker anew with its old settings.
    RestartDocker {
        /// Docker's service manager.
        manager: Manager,
        /// Whether docker0 is made anew, too.
        bridge: bool,
        /// Address that docker0 had.
        was: Option<Ipv4Net>,
    },
    /// What was done for Flannel.
    Flannel(super::flannel::Back),
    /// Take back what was done with ZeroTier.
    Zerotier(super::zerotier::Restore),
    /// Take back what was done with Docker's Swarm.
    Swarm(super::swarm::Restore),
    /// Take back what was done with kubeadm or kubectl.
    Kubernetes(super::kubernetes::Restore),
    /// Take back what was done to hand over to Replicated.
    Replicated(super::replicated::Restore),
    /// There is nothing to take back.
    Nothing,
}

impl Undo {
    /// Takes the step back; what there is to say of it.
    ///
    /// # Errors
    /// When it cannot be done, or when somebody else has changed the thing
    /// since and it is to be left.
    pub fn run(&self, host: &dyn Host, others: Others) -> Result<Said, StepError> {
        let kept = match self {
            Self::RemoveFile { path, sha256, .. } => {
                put_aside(host, path, others, sha256.as_deref(), None)?
            }
            Self::RestoreFile {
                path,
                backup,
                sha256,
                ..
            } => put_aside(host, path, others, Some(sha256), Some(backup))?,
            _ => None,
        };
        let note = match self {
            Self::Flannel(back) => super::flannel::run(host, back)?,
            _ => {
                self.take_back(host, others)?;
                None
            }
        };
        Ok(Said { kept, note })
    }

    fn take_back(&self, host: &dyn Host, others: Others) -> Result<(), StepError> {
        match self {
            Self::RemoveFile {
                path,
                made_dirs,
                sha256,
            } => remove_file(host, path, made_dirs, sha256.as_deref(), others),
            Self::RestoreFile {
                path,
                mode,
                uid,
                gid,
                backup,
                sha256,
            } => restore_file(host, path, (*mode, *uid, *gid), backup, (sha256, others)),
            Self::RemoveLink {
                path,
                target,
                made_dirs,
            } => remove_link(host, path, target, made_dirs),
            Self::RemoveBlock {
                path,
                name,
                sha256,
                created,
                made_dirs,
            } => {
                super::block::remove(host, path, name, sha256, *created)?;
                remove_dirs(host, made_dirs);
                Ok(())
            }
            Self::RestoreJson(restore) => {
                restore.run(host)?;
                remove_dirs(host, &restore.made_dirs);
                Ok(())
            }
            Self::RemoveTree { path, made_dirs } => {
                remove_tree(host, path)?;
                remove_dirs(host, made_dirs);
                Ok(())
            }
            Self::RestoreSysctl {
                name,
                before,
                value,
            } => super::sysctl::restore(host, name, before, value),
            Self::RemovePackages {
                packager,
                packages,
                along,
            } => super::packages::remove(host, *packager, packages, along),
            Self::UnloadModule { name } => unload(host, name),
            Self::ClosePort {
                hole,
                running,
                permanent,
            } => super::firewall::close(host, hole, *running, *permanent),
            Self::ForgetPort { path, lines } => super::saved_rules::remove(host, path, lines),
            Self::DeleteInterface { interface } => wireguard::delete(host, interface),
            Self::RestoreInterface {
                interface,
                mtu,
                listen_port,
                added_address,
                up,
            } => wireguard::restore(host, interface, *mtu, *listen_port, *added_address, *up),
            Self::RestorePeers {
                interface,
                added,
                changed,
                routes,
            } => wireguard::restore_peers(host, interface, added, changed, routes),
            Self::DeleteRoute {
                destination,
                interface,
            } => {
                if super::probe::has_route(host, destination, interface)? {
                    host.run(&Command::new([
                        "ip",
                        "route",
                        "del",
                        destination,
                        "dev",
                        interface,
                    ]))?;
                }
                Ok(())
            }
            Self::DisableService {
                manager,
                service,
                forget: true,
            } => super::service::forget(host, *manager, service),
            Self::DisableService {
                manager, service, ..
            } => super::service::disable(host, *manager, service),
            Self::StopService { manager, service } => super::service::stop(host, *manager, service),
            Self::RestartDocker {
                manager,
                bridge,
                was,
            } => super::docker::take_back(host, *manager, *bridge, *was),
            Self::Flannel(back) => super::flannel::run(host, back).map(drop),
            Self::Zerotier(restore) => restore.run(host),
            Self::Swarm(restore) => restore.run(host, others),
            Self::Kubernetes(restore) => restore.run(host),
            Self::Replicated(restore) => restore.run(host),
            Self::Nothing => Ok(()),
        }
    }
}

/// Unloads a module, unless an interface of its kind is left: the kernel does not
/// count interfaces as use of `wireguard` or `vxlan`, and deletes them all with
/// the module.
fn unload(host: &dyn Host, name: &str) -> Result<(), StepError> {
    if !super::probe::module_loaded(host, name) {
        return Ok(());
    }
    let links = host.links().map_err(|e| StepError::file("netlink", e))?;
    if let Some(link) = links.iter().find(|link| link.kind.as_deref() == Some(name)) {
        log::info!("{} is carried by {name}: the module stays", link.name);
        return Ok(());
    }
    host.run(&Command::new(["modprobe", "-r", name]))?;
    Ok(())
}
