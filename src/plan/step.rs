//! The steps that a plan is made of: data, and how each is described.
//!
//! A step is as fine as the unit that can be undone. What a step does to the
//! machine, and how that is taken back, is in [`crate::apply::step`].

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

pub use super::overlay::flannel::act::Act;

pub use super::firewall::{FirewallTool, Hole, Protocol};
pub use super::packages::{BundleFile, Packager};

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "step",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Step {
    /// Make sure that a WireGuard private key is in this file, readable by root
    /// alone. A key that is there already is kept.
    PrivateKey {
        /// The file.
        path: String,
        /// Environment variable that holds the key; made on this node where
        /// none is named.
        from_env: Option<String>,
    },
    /// Write a file.
    WriteFile {
        /// The file.
        path: String,
        /// Its permission bits.
        mode: u32,
        /// Its content.
        content: Vec<Part>,
        /// What it is for, as words after "Write PATH:".
        purpose: String,
    },
    /// Put a block of lines at the end of a text file that is not groundcrew's,
    /// between two lines that name it. Whatever else is in the file stays, also
    /// when the block is taken out again.
    FileBlock {
        /// The file; it is made where it is not there.
        path: String,
        /// Permission bits of a file that is made.
        mode: u32,
        /// Name of the block, one word.
        name: String,
        /// The lines.
        lines: Vec<String>,
        /// What it is for, as words after "Add to PATH:".
        purpose: String,
    },
    /// Give keys of a JSON object in a file, such as Docker's daemon.json, their
    /// values. The other keys stay.
    JsonKeys {
        /// The file; it is made where it is not there.
        path: String,
        /// The keys with their values.
        keys: BTreeMap<String, serde_json::Value>,
        /// What it is for, as words after "Set KEYS in PATH:".
        purpose: String,
    },
    /// Make a folder for data that grows in it. It is taken back with all that
    /// is in it, where this step made it.
    DataDir {
        /// The folder.
        path: String,
        /// Its permission bits.
        mode: u32,
        /// What is kept there, as words after "Make PATH:".
        purpose: String,
    },
    /// Give a kernel setting a value until the next boot.
    SetSysctl {
        /// Its name, such as `net.ipv4.ip_forward`.
        name: String,
        /// Its value.
        value: String,
    },
    /// Install packages that are not installed yet.
    InstallPackages {
        /// Who installs them.
        packager: Packager,
        /// Their names.
        packages: Vec<String>,
        /// Files out of a bundle; from the repositories where there are none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<BundleFile>,
        /// What they are for, as words after "Install NAMES:".
        purpose: String,
    },
    /// Put a program out of a bundle into its place.
    InstallProgram {
        /// Its place.
        path: String,
        /// The file in the bundle.
        file: BundleFile,
        /// What it is for, as words after "Install PATH:".
        purpose: String,
    },
    /// Load a kernel module.
    LoadModule {
        /// Its name.
        name: String,
    },
    /// Let a port in through the firewall.
    OpenPort(Hole),
    /// Let a port in through iptables after the next boot, too.
    KeepPort {
        /// The file that the rules are loaded from at boot.
        path: String,
        /// The port.
        hole: Hole,
    },
    /// Bring a WireGuard interface up.
    WireguardUp {
        /// Name of the interface.
        interface: String,
        /// Whether wireguard-go carries it in user space.
        userspace: bool,
        /// This node's address with the overlay's prefix.
        address: Ipv4Net,
        /// UDP port.
        listen_port: u16,
        /// MTU in bytes.
        mtu: u32,
        /// File of the private key.
        private_key: String,
    },
    /// Tell a WireGuard interface its peers. Peers that it has and that are not
    /// named here are left alone: [`Step::WireguardRemove`] takes them out.
    WireguardPeers {
        /// Name of the interface.
        interface: String,
        /// The peers.
        peers: Vec<Peer>,
    },
    /// Take peers out of a WireGuard interface that runs on: those that an earlier
    /// run put in, and nobody wants any more.
    WireguardRemove {
        /// Name of the interface.
        interface: String,
        /// The peers, as they were put in.
        peers: Vec<Peer>,
        /// Routes that led to them alone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        routes: Vec<Ipv4Net>,
    },
    /// Add a route through an interface.
    AddRoute {
        /// Destination.
        destination: Ipv4Net,
        /// Interface.
        interface: String,
    },
    /// Make a symbolic link, which is how a service is enabled at boot.
    Symlink {
        /// The link.
        path: String,
        /// What it points to.
        target: String,
        /// What it is for, as words after "Link PATH:".
        purpose: String,
    },
    /// Have a service started at boot, by the service manager's own means.
    EnableService {
        /// Which service manager.
        manager: Manager,
        /// Name of the service.
        service: String,
    },
    /// Make the running service manager read its files again and start a
    /// service.
    StartService {
        /// Which service manager runs.
        manager: Manager,
        /// Name of the service.
        service: String,
    },
    /// Something for Flannel and its etcd.
    Flannel(Act),
    /// Something with Docker itself.
    Docker(super::scheduler::docker::Act),
    /// Something at ZeroTier's service or controller.
    Zerotier(super::zerotier::Act),
    /// Something with Docker's Swarm.
    Swarm(super::scheduler::swarm::Act),
    /// Something with kubeadm or kubectl.
    Kubernetes(super::scheduler::kubernetes::act::Act),
    /// Something of the hand-off to Replicated.
    Replicated(super::scheduler::replicated::act::Act),
}

/// A piece of a file's content. Secrets are named by the file that holds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Part {
    /// Text as it stands.
    Text(String),
    /// The secret that is in this file, white space at its ends left out.
    Secret(String),
    /// The public key that belongs to the WireGuard private key in this file.
    PublicKeyOf(String),
    /// The node address of this host's ZeroTier identity, ten hexadecimal
    /// digits.
    ZerotierNode,
    /// The planet that this host's ZeroTier uses, in base64.
    ZerotierPlanet,
    /// `sha256:` and the hash of the public key of this host's Kubernetes
    /// cluster's certificate authority.
    KubernetesCaHash,
}

/// A peer of a WireGuard interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Peer {
    /// Name, for people.
    pub name: String,
    /// Public key.
    pub public_key: String,
    /// File of the preshared key.
    pub preshared_key: Option<String>,
    /// Where it is dialled, `address:port`; a peer behind NAT has none.
    pub endpoint: Option<String>,
    /// What is sent to it and accepted from it.
    pub allowed_ips: Vec<Ipv4Net>,
    /// Seconds between keepalives; 0 is off.
    pub keepalive: u16,
}

/// A service manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manager {
    /// systemd.
    Systemd,
    /// upstart.
    Upstart,
    /// SysV init.
    Sysvinit,
}

impl Step {
    /// What the step does, in one line.
    pub fn title(&self) -> String {
        match self {
            Self::PrivateKey { path, from_env } => match from_env {
                None => format!("Make a private key in {path} (0600, never shown)"),
                Some(name) => format!("Put the private key from ${name} into {path} (0600)"),
            },
            Self::WriteFile {
                path,
                mode,
                purpose,
                ..
            } => format!("Write {path} ({mode:04o}): {purpose}"),
            Self::InstallPackages {
                packager,
                packages,
                files,
                purpose,
            } => {
                let from = if files.is_empty() {
                    packager.name()
                } else {
                    "the bundle"
                };
                format!("Install {} from {from}: {purpose}", packages.join(", "))
            }
            Self::InstallProgram { path, purpose, .. } => {
                format!("Install {path} from the bundle: {purpose}")
            }
            Self::LoadModule { name } => format!("Load the kernel module {name}"),
            Self::FileBlock { path, purpose, .. } => format!("Add to {path}: {purpose}"),
            Self::JsonKeys {
                path,
                keys,
                purpose,
            } => {
                let names: Vec<_> = keys.keys().map(String::as_str).collect();
                format!("Set {} in {path}: {purpose}", names.join(", "))
            }
            Self::DataDir {
                path,
                mode,
                purpose,
            } => format!("Make {path} ({mode:04o}): {purpose}"),
            Self::SetSysctl { name, value } => format!("Set {name} to {value}"),
            Self::OpenPort(hole) => {
                format!("Open {} in {}", hole.text(), hole.firewall.name())
            }
            Self::KeepPort { path, hole } => {
                format!("Keep {} open after a boot, in {path}", hole.text())
            }
            Self::WireguardUp {
                interface,
                userspace,
                address,
                mtu,
                ..
            } => {
                let how = if *userspace { " in user space" } else { "" };
                format!("Bring up {interface}{how}: {address}, MTU {mtu}")
            }
            Self::WireguardPeers { interface, peers } => {
                let names: Vec<_> = peers.iter().map(|peer| peer.name.as_str()).collect();
                format!("Add to {interface}: {}", names.join(", "))
            }
            Self::WireguardRemove {
                interface, peers, ..
            } => {
                let names: Vec<_> = peers.iter().map(|peer| peer.name.as_str()).collect();
                let what = if names.len() == 1 { "peer" } else { "peers" };
                format!("Remove {what} {} from {interface}", names.join(", "))
            }
            Self::AddRoute {
                destination,
                interface,
            } => format!("Route {destination} through {interface}"),
            Self::Symlink { path, purpose, .. } => format!("Link {path}: {purpose}"),
            Self::EnableService { manager, service } => {
                format!("Have {} start {service} at boot", manager.name())
            }
            Self::Flannel(act) => act.title(),
            Self::Docker(act) => act.title(),
            Self::StartService { manager, service } => {
                format!("Start {service} with {}", manager.name())
            }
            Self::Zerotier(act) => act.title(),
            Self::Swarm(act) => act.title(),
            Self::Kubernetes(act) => act.title(),
            Self::Replicated(act) => act.title(),
        }
    }

    /// Whether the step can cut off the operator who is connected over the
    /// network: the packet filter, interfaces, what is sent into a tunnel, routes,
    /// and services that do such things.
    pub fn can_cut_off(&self) -> bool {
        match self {
            Self::Flannel(act) => act.can_cut_off(),
            Self::Docker(act) => act.can_cut_off(),
            Self::Zerotier(act) => act.can_cut_off(),
            Self::Swarm(act) => act.can_cut_off(),
            Self::Kubernetes(act) => act.can_cut_off(),
            Self::Replicated(act) => act.can_cut_off(),
            // Of the network's settings, some drop packets (rp_filter).
            Self::SetSysctl { name, .. } => name.starts_with("net."),
            Self::OpenPort(_)
            | Self::WireguardUp { .. }
            | Self::WireguardPeers { .. }
            | Self::WireguardRemove { .. }
            | Self::AddRoute { .. }
            | Self::StartService { .. } => true,
            Self::PrivateKey { .. }
            | Self::WriteFile { .. }
            | Self::FileBlock { .. }
            | Self::JsonKeys { .. }
            | Self::KeepPort { .. }
            | Self::DataDir { .. }
            | Self::InstallPackages { .. }
            | Self::InstallProgram { .. }
            | Self::LoadModule { .. }
            | Self::Symlink { .. }
            | Self::EnableService { .. } => false,
        }
    }

    /// Why what the step does stays for good, where undoing does not bring the
    /// state before it back.
    pub fn stays(&self) -> Option<&'static str> {
        match self {
            Self::Docker(act) => act.stays(),
            Self::Swarm(act) => act.stays(),
            Self::Replicated(act) => act.stays(),
            _ => None,
        }
    }

    /// What is lost with the step when it is taken back later on, once others rely
    /// on it: then somebody has to say so.
    pub fn loses(&self) -> Option<&'static str> {
        match self {
            Self::Kubernetes(act) => act.loses(),
            _ => None,
        }
    }

    /// How the step is taken back, in a word or two.
    pub fn undo_title(&self) -> &'static str {
        match self {
            Self::PrivateKey { .. } => "delete",
            Self::WriteFile { .. }
            | Self::Symlink { .. }
            | Self::JsonKeys { .. }
            | Self::SetSysctl { .. } => "restore",
            Self::FileBlock { .. } => "take out",
            Self::InstallPackages { .. } => "remove",
            Self::InstallProgram { .. } => "delete",
            Self::DataDir { .. } => "delete with all in it",
            Self::LoadModule { .. } => "unload",
            Self::OpenPort(_) => "close",
            Self::KeepPort { .. } => "take out",
            Self::WireguardUp { .. } => "take down",
            Self::WireguardPeers { .. } | Self::AddRoute { .. } => "remove",
            Self::WireguardRemove { .. } => "put back",
            Self::EnableService { .. } => "disable",
            Self::StartService { .. } => "stop",
            Self::Flannel(act) => act.undo_title(),
            Self::Docker(act) => act.undo_title(),
            Self::Zerotier(act) => act.undo_title(),
            Self::Swarm(act) => act.undo_title(),
            Self::Kubernetes(act) => act.undo_title(),
            Self::Replicated(act) => act.undo_title(),
        }
    }
}

impl Manager {
    /// The word that facts and answers use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Upstart => "upstart",
            Self::Sysvinit => "sysvinit",
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Upstart => "upstart",
            Self::Sysvinit => "SysV init",
        }
    }
}

impl Peer {
    /// The peer's own address in the overlay: its first single-host allowed IP.
    pub fn address(&self) -> Option<Ipv4Addr> {
        let host = self.allowed_ips.iter().find(|net| net.prefix_len() == 32);
        host.map(Ipv4Net::addr)
    }
}
