//! What is done for Flannel and its etcd beside files, ports and services.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::client::Client;
use crate::plan::step::Manager;

/// A thing to do for Flannel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "act",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Act {
    /// Add this node to the etcd cluster of others, and write down whom it joins.
    EtcdJoin {
        /// Members that may be asked, by their client addresses.
        via: Vec<Client>,
        /// This node's name.
        name: String,
        /// Where the other members reach this one.
        peer_url: String,
        /// File for what etcd has to be told of the cluster.
        file: String,
        /// The members that begin a new cluster together, this node among them, as etcd
        /// is told them: where none of the others has one yet, it is begun.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        initial: Option<String>,
    },
    /// Wait until this node's etcd answers and has a full vote.
    EtcdReady {
        /// Its client address.
        etcd: Client,
        /// Members that may be asked instead while it has none.
        via: Vec<Client>,
        /// Where the other members reach it.
        peer_url: String,
        /// Others begin with it: they may take their time.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        together: bool,
    },
    /// Write Flannel's configuration into etcd, once for all nodes.
    Configure {
        /// A client address of etcd.
        etcd: Client,
        /// Which interface of etcd: 2 or 3.
        api: u8,
        /// Key in etcd below which Flannel keeps its data.
        prefix: String,
        /// The configuration, a JSON object.
        value: String,
        /// Whether the cluster is the site's own: all that is not of this run is
        /// left in it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        of_site: bool,
    },
    /// Accept what is forwarded from and to the containers, at the top: a final
    /// REJECT stands before what flanneld appends.
    AcceptForward {
        /// The network of all containers.
        network: Ipv4Net,
        /// nftables' own chains that packets are forwarded through, as `inet
        /// filter forward`: each of them has to accept them, too.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        chains: Vec<String>,
    },
    /// Start a flanneld that runs with other arguments anew: it knows the members of
    /// etcd that it was started with, and no others.
    Anew {
        /// Which service manager runs.
        manager: Manager,
        /// Name of the service.
        service: String,
        /// Its command line from now on.
        command: Vec<String>,
        /// File of the lease.
        subnet_file: String,
        /// Nothing now; when everything is taken back, it is started with what it ran
        /// with. Its place is before the files of its service, since undoing goes
        /// backwards.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        back: bool,
    },
    /// Start flanneld and wait for its lease.
    Start {
        /// Which service manager runs.
        manager: Manager,
        /// Name of the service.
        service: String,
        /// File of the lease.
        subnet_file: String,
        /// flanneld's log.
        log: String,
        /// The network of all containers.
        network: Ipv4Net,
        /// A client address of etcd.
        etcd: Client,
        /// Which interface of etcd: 2 or 3.
        api: u8,
        /// Key in etcd below which Flannel keeps its data.
        prefix: String,
    },
    /// Look for a route to each other node's subnet, and start flanneld anew
    /// where one is missing: v0.20.2 loses those of nodes that start at the same
    /// time.
    PeerRoutes {
        /// Which service manager runs.
        manager: Manager,
        /// Name of the service.
        service: String,
        /// A client address of etcd.
        etcd: Client,
        /// Which interface of etcd: 2 or 3.
        api: u8,
        /// Key in etcd below which Flannel keeps its data.
        prefix: String,
        /// The network of all containers.
        network: Ipv4Net,
        /// The other nodes' addresses in the network below.
        peers: Vec<Ipv4Addr>,
    },
    /// Nothing now; when everything is taken back, Docker is started with its
    /// old bridge. Its place is before Docker's new settings, since undoing goes
    /// backwards.
    DockerBack {
        /// Docker's service manager.
        manager: Manager,
        /// File of the lease.
        subnet_file: String,
    },
    /// Start Docker anew, so that its bridge has the lease.
    DockerOnLease {
        /// Docker's service manager.
        manager: Manager,
        /// File of the lease.
        subnet_file: String,
    },
}

impl Act {
    /// What it does, in one line.
    pub fn title(&self) -> String {
        match self {
            Self::EtcdJoin {
                initial: Some(initial),
                ..
            } => format!("Begin the etcd cluster {initial}, or join it where it is there"),
            Self::EtcdJoin { via, peer_url, .. } => {
                let via: Vec<_> = via.iter().map(ToString::to_string).collect();
                format!("Add {peer_url} to the etcd cluster of {}", via.join(", "))
            }
            Self::EtcdReady { etcd, .. } => {
                format!("Wait until etcd answers on {etcd} and has a vote")
            }
            Self::Configure { prefix, value, .. } => {
                format!("Write {prefix}/config into etcd: {value}")
            }
            Self::AcceptForward { network, chains } if !chains.is_empty() => format!(
                "Accept what is forwarded from and to {network}, also in {} of nftables",
                chains.join(", ")
            ),
            Self::AcceptForward { network, .. } => {
                format!("Accept what is forwarded from and to {network}")
            }
            Self::Anew { back: true, .. } => {
                "Remember to start flanneld anew when taken back".into()
            }
            Self::Anew {
                manager, service, ..
            } => format!(
                "Start {service} anew with {}, with its new list of etcd's members",
                manager.name()
            ),
            Self::Start {
                manager,
                service,
                subnet_file,
                ..
            } => format!(
                "Start {service} with {} and wait for {subnet_file}",
                manager.name()
            ),
            Self::PeerRoutes { peers, .. } => {
                let peers: Vec<_> = peers.iter().map(ToString::to_string).collect();
                format!("Look for a route to the subnets of {}", peers.join(", "))
            }
            Self::DockerBack { .. } => "Remember to start Docker anew when taken back".into(),
            Self::DockerOnLease { .. } => {
                "Start Docker anew, its bridge in the subnet of the lease".into()
            }
        }
    }

    /// Whether it can cut off the operator: routes, forwarding, Docker's bridge.
    pub fn can_cut_off(&self) -> bool {
        match self {
            Self::EtcdJoin { .. } | Self::EtcdReady { .. } | Self::Configure { .. } => false,
            Self::AcceptForward { .. }
            | Self::Anew { .. }
            | Self::Start { .. }
            | Self::PeerRoutes { .. }
            | Self::DockerBack { .. }
            | Self::DockerOnLease { .. } => true,
        }
    }

    /// How it is taken back, in a word or two.
    pub fn undo_title(&self) -> &'static str {
        match self {
            Self::EtcdJoin { .. } | Self::EtcdReady { .. } => "leave the cluster",
            Self::Configure { of_site: true, .. } => "delete, where no lease is left",
            Self::Configure { .. } => "delete, where it is the last node",
            Self::AcceptForward { .. } => "remove",
            Self::Start { .. } => "stop, and remove what it made",
            Self::Anew { back: true, .. } => "start flanneld anew",
            Self::Anew { .. } => "as remembered",
            Self::PeerRoutes { .. } => "nothing",
            Self::DockerBack { .. } => "start Docker anew",
            Self::DockerOnLease { .. } => "as remembered",
        }
    }
}
