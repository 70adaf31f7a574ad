//! What is done with Docker's Swarm: data, and how each act is described. No
//! token is in any of it: they are named by the place where they are.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::answers::config::SwarmAs;
use crate::facts::docker::SOCKET;
use crate::host::command::shell_words;
use crate::plan::zerotier::Token;

/// Port of a manager's API (docs.docker.com, swarm-tutorial).
pub const MANAGEMENT: u16 = 2377;
/// Port of the nodes' gossip, TCP and UDP; it cannot be changed (moby#39280).
pub const GOSSIP: u16 = 7946;
/// UDP port of the data path unless another one is said.
pub const DATA_PATH: u16 = 4789;
/// The label that a Swarm is given when it is made, and its value: by it
/// undoing knows its own.
pub const LABEL: (&str, &str) = ("groundcrew", "init");
/// Option of a network that says the MTU below it, from which Docker takes off
/// what VXLAN needs (`M=1370` gave containers 1320 on 20.10).
pub const MTU_OPTION: &str = "com.docker.network.driver.mtu";

/// One act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "act",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Act {
    /// Make a Swarm, this node its first manager.
    Init {
        /// This node's address, for managing and for the data path.
        address: Ipv4Addr,
        /// Whether this Docker can be told the address of the data path.
        data_path_addr: bool,
        /// UDP port of the data path, where this Docker can be told.
        data_path_port: Option<u16>,
        /// Ranges of its networks, where this Docker can be told.
        pools: Vec<Ipv4Net>,
        /// Prefix length of each network.
        subnet_len: u8,
    },
    /// Join a Swarm.
    Join {
        /// This node's address, for managing and for the data path.
        address: Ipv4Addr,
        /// Whether this Docker can be told the address of the data path.
        data_path_addr: bool,
        /// A manager, `address:port`.
        manager: String,
        /// What the node becomes.
        node_as: NodeAs,
        /// Where the token is.
        token: Token,
    },
    /// Give the network of published ports the MTU of the interface below.
    IngressMtu {
        /// MTU of the interface in bytes.
        mtu: u32,
    },
    /// Write the join tokens into a file that root alone can read.
    Tokens {
        /// The file.
        path: String,
    },
    /// Replace the join tokens, and delete the file that the old ones are in.
    Rotate {
        /// The file.
        path: String,
    },
    /// Load the image that verification starts containers of.
    ProbeImage,
}

/// What a node is in a Swarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeAs {
    /// It runs containers.
    Worker,
    /// It decides, too.
    Manager,
}

impl From<SwarmAs> for NodeAs {
    fn from(answer: SwarmAs) -> Self {
        match answer {
            SwarmAs::Worker => Self::Worker,
            SwarmAs::Manager => Self::Manager,
        }
    }
}

impl NodeAs {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Manager => "manager",
        }
    }
}

impl Act {
    /// Whether it can cut off the operator: in a Swarm Docker makes a bridge with a
    /// range of its own, and rules in the packet filter.
    pub fn can_cut_off(&self) -> bool {
        match self {
            Self::Init { .. } | Self::Join { .. } => true,
            Self::IngressMtu { .. }
            | Self::Tokens { .. }
            | Self::Rotate { .. }
            | Self::ProbeImage => false,
        }
    }

    /// What is done, in one line.
    pub fn title(&self) -> String {
        match self {
            Self::Init {
                address,
                data_path_port,
                pools,
                subnet_len,
                ..
            } => {
                let mut text = format!("Make a Swarm, this node its manager at {address}");
                if !pools.is_empty() {
                    let pools: Vec<_> = pools.iter().map(ToString::to_string).collect();
                    text.push_str(&format!(
                        ", its networks /{subnet_len} of {}",
                        pools.join(", ")
                    ));
                }
                if let Some(port) = data_path_port.filter(|port| *port != DATA_PATH) {
                    text.push_str(&format!(", its data path on UDP {port}"));
                }
                text
            }
            Self::Join {
                address,
                manager,
                node_as,
                ..
            } => format!(
                "Join the Swarm of {manager} as a {} at {address}",
                node_as.word()
            ),
            Self::IngressMtu { mtu } => {
                format!("Make the Swarm's ingress network anew for an MTU of {mtu} below it")
            }
            Self::Tokens { path } => format!("Write the join tokens to {path} (0600, never shown)"),
            Self::Rotate { path } => {
                format!("Replace the join tokens, and delete {path}: all nodes are here")
            }
            Self::ProbeImage => {
                "Load an image of 161 bytes that sleeps: what verification starts on each node"
                    .into()
            }
        }
    }

    /// Why it stays, where undoing does not bring the state before it back.
    pub fn stays(&self) -> Option<&'static str> {
        match self {
            Self::Rotate { .. } => Some("a token that was replaced is never valid again"),
            Self::Init { .. }
            | Self::Join { .. }
            | Self::IngressMtu { .. }
            | Self::Tokens { .. }
            | Self::ProbeImage => None,
        }
    }

    /// How it is taken back, in a word or two.
    pub fn undo_title(&self) -> &'static str {
        match self {
            Self::Init { .. } | Self::Join { .. } => "leave",
            Self::IngressMtu { .. } => "make anew as before",
            Self::Tokens { .. } => "delete",
            Self::Rotate { .. } => "nothing",
            Self::ProbeImage => "remove",
        }
    }

    /// The same as shell commands, for reading.
    pub fn commands(&self) -> Vec<String> {
        match self {
            Self::Init {
                address,
                data_path_addr,
                data_path_port,
                pools,
                subnet_len,
            } => {
                let mut argv = vec!["docker".to_owned(), "swarm".into(), "init".into()];
                argv.extend(["--advertise-addr".into(), address.to_string()]);
                if *data_path_addr {
                    argv.extend(["--data-path-addr".into(), address.to_string()]);
                }
                for pool in pools {
                    argv.extend(["--default-addr-pool".into(), pool.to_string()]);
                }
                if !pools.is_empty() {
                    let len = subnet_len.to_string();
                    argv.extend(["--default-addr-pool-mask-length".into(), len]);
                }
                if let Some(port) = data_path_port {
                    argv.extend(["--data-path-port".into(), port.to_string()]);
                }
                // Its answer has the worker's token in it.
                vec![format!("{} >/dev/null", shell_words(&argv))]
            }
            Self::Join {
                address,
                data_path_addr,
                manager,
                node_as,
                token,
            } => {
                let data_path = if *data_path_addr {
                    format!(r#","DataPathAddr":"{address}""#)
                } else {
                    String::new()
                };
                let token = match token {
                    Token::File(path) => format!(
                        "$(sed -n 's/^{}: *//p' {})",
                        node_as.word(),
                        shell_words(&[path])
                    ),
                    Token::Env(name) => format!("${name}"),
                };
                // `docker swarm join` takes the token as an argument, which every
                // user of the host can read.
                vec![format!(
                    "printf '{{\"ListenAddr\":\"0.0.0.0:{MANAGEMENT}\",\"AdvertiseAddr\":\"{address}\"\
                     {data_path},\"RemoteAddrs\":[\"{manager}\"],\"JoinToken\":\"%s\"}}' \"{token}\" | \
                     curl -fsS --unix-socket {SOCKET} -H 'Content-Type: application/json' -d @- \
                     http://docker/swarm/join"
                )]
            }
            Self::IngressMtu { mtu } => vec![
                "echo y | docker network rm ingress".into(),
                format!(
                    "docker network create --ingress --driver overlay --opt {MTU_OPTION}={mtu} ingress"
                ),
            ],
            Self::Tokens { path } => {
                let path = shell_words(&[path]);
                vec![format!(
                    "(umask 077; for as in worker manager; do printf '%s: ' $as; docker swarm \
                     join-token -q $as; done >{path})"
                )]
            }
            Self::Rotate { path } => vec![
                "docker swarm join-token --rotate -q worker >/dev/null".into(),
                "docker swarm join-token --rotate -q manager >/dev/null".into(),
                shell_words(&["rm", "-f", path]),
            ],
            Self::ProbeImage => vec!["# nothing by hand: only `groundcrew verify` needs it".into()],
        }
    }
}
