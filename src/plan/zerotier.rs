//! What is done with ZeroTier's service and controller: data, and how each act
//! is described.

use std::net::{Ipv4Addr, SocketAddrV4};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::step::Manager;

/// Where ZeroTier keeps its files on Linux.
pub const HOME: &str = "/var/lib/zerotier-one";
/// groundcrew's own folder there: the signing key of the roots that it made, and
/// whom it let in. Readable by root alone.
pub const OWN: &str = "/var/lib/zerotier-one/groundcrew";
/// The last six digits of the network that is made on a controller, whose
/// address is before them: `gc`, and the first.
pub const SUFFIX: &str = "676301";
/// Name of that network at its controller.
pub const NAME: &str = "groundcrew";
/// Name of the block in ZeroTier's devicemap.
pub const BLOCK: &str = "zerotier";
/// The hosted controller's API (docs.zerotier.com/openapi/central/v1.json).
pub const CENTRAL: &str = "https://api.zerotier.com/api/v1";
/// UDP port, and TCP port of the API on the loopback (service/README.md).
pub const PORT: u16 = 9993;
/// MTU of a network for which none is set (controller's answer, 1.2.4 and
/// 1.14.1 alike).
pub const MTU: u32 = 2800;
/// The smallest MTU of a network (ZeroTierOne#2284).
pub const SMALLEST_MTU: u32 = 1280;

/// One act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "act",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Act {
    /// See that ZeroTier's folder is there. What the service itself puts into it
    /// from now on is taken away with it.
    Home,
    /// Stop the service while its files are changed.
    Stop {
        /// The service manager; without one, the service by itself.
        manager: Option<Manager>,
    },
    /// Make sure that this node has an identity of its own.
    Identity {
        /// Node address of the identity that is to be replaced: a clone's.
        instead_of: Option<String>,
    },
    /// Make this node the root of the network's own planet.
    World {
        /// Where the other nodes reach it.
        endpoint: SocketAddrV4,
    },
    /// Take the planet of the controller in place of the built-in one.
    Planet {
        /// The file in base64.
        base64: String,
    },
    /// Give the network's interface a name that stays.
    Device {
        /// The network.
        network: NetworkId,
        /// The interface.
        interface: String,
    },
    /// Start the service and wait until it answers.
    Start {
        /// The service manager; without one, the service by itself.
        manager: Option<Manager>,
    },
    /// Make the private network on this node's controller.
    Controller {
        /// Range of the network.
        range: Ipv4Net,
        /// MTU in bytes; none where the controller has no such setting.
        mtu: Option<u32>,
    },
    /// Let these members in, and shut out those that are named. All others stay
    /// as they are.
    Members {
        /// The members.
        members: Vec<Member>,
        /// Node addresses of those that are shut out.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        remove: Vec<String>,
    },
    /// Join the network.
    Join {
        /// The network.
        network: NetworkId,
    },
    /// Let this node in at the hosted controller, over its API.
    Hosted {
        /// The network.
        network: String,
        /// Address that this node is to get; the controller gives one where none
        /// is named.
        address: Option<Ipv4Addr>,
        /// Where the token is.
        token: Token,
    },
    /// Have the interface resolve addresses, which ZeroTier's own flags keep it
    /// from on the 2.6 kernels.
    Arp {
        /// The network.
        network: NetworkId,
    },
}

/// A network, by its id of 16 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkId {
    /// This one.
    Given(String),
    /// The one that this node's controller has: its address and [`SUFFIX`].
    Own,
}

/// Where a token is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Token {
    /// In this file.
    File(String),
    /// In this environment variable.
    Env(String),
}

/// A member that is let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Member {
    /// Name, for people.
    pub name: String,
    /// Node address, ten hexadecimal digits; none is this node itself.
    pub node: Option<String>,
    /// Address in the private network; the controller gives one where none is
    /// named.
    pub address: Option<Ipv4Addr>,
}

impl NetworkId {
    /// The network in words.
    pub fn text(&self) -> &str {
        match self {
            Self::Given(id) => id,
            Self::Own => "this node's network",
        }
    }
}

impl Act {
    /// Whether it can cut off the operator: a network that is joined brings routes,
    /// and the service looks for ways through every interface.
    pub fn can_cut_off(&self) -> bool {
        match self {
            Self::Stop { .. } | Self::Start { .. } | Self::Join { .. } | Self::Hosted { .. } => {
                true
            }
            Self::Home
            | Self::Identity { .. }
            | Self::World { .. }
            | Self::Planet { .. }
            | Self::Device { .. }
            | Self::Controller { .. }
            | Self::Members { .. }
            | Self::Arp { .. } => false,
        }
    }

    /// What is done, in one line.
    pub fn title(&self) -> String {
        let by = |manager: &Option<Manager>| match manager {
            Some(manager) => format!("with {}", manager.name()),
            None => "by itself".to_owned(),
        };
        match self {
            Self::Home => format!("Make {HOME}: ZeroTier's files"),
            Self::Stop { .. } => "Stop zerotier-one while its files are changed".into(),
            Self::Identity { instead_of: None } => {
                format!("Make an identity in {HOME} (its secret 0600, never shown)")
            }
            Self::Identity {
                instead_of: Some(node),
            } => format!(
                "Make a new identity in {HOME} instead of {node}, which another node has too"
            ),
            Self::World { endpoint } => format!(
                "Make this node at {endpoint} the root of an own planet (signing key 0600 in {OWN})"
            ),
            Self::Planet { .. } => {
                format!("Write {HOME}/planet: the controller is the only root")
            }
            Self::Device { network, interface } => format!(
                "Name the interface of {} {interface} in {HOME}/devicemap",
                network.text()
            ),
            Self::Start { manager } => {
                format!("Start zerotier-one {} and wait for it", by(manager))
            }
            Self::Controller { range, .. } => {
                format!("Make the private network {range} on this node's controller")
            }
            Self::Members { members, remove } => {
                let names: Vec<_> = members.iter().map(|member| member.name.as_str()).collect();
                let mut title = format!("Let these into it: {}", names.join(", "));
                if !remove.is_empty() {
                    title.push_str(&format!("; and shut these out: {}", remove.join(", ")));
                }
                title
            }
            Self::Join { network } => format!("Join {}", network.text()),
            Self::Hosted { network, .. } => {
                format!("Let this node into {network} at the hosted controller")
            }
            Self::Arp { .. } => "Turn address resolution on for its interface".into(),
        }
    }

    /// How it is taken back, in a word or two.
    pub fn undo_title(&self) -> &'static str {
        match self {
            Self::Home => "delete what ZeroTier made",
            Self::Stop { .. } => "start again",
            Self::Identity { instead_of: None } => "delete",
            Self::Identity { .. } | Self::World { .. } | Self::Planet { .. } => "restore",
            Self::Device { .. } => "take out",
            Self::Start { .. } => "stop",
            Self::Controller { .. } => "delete",
            Self::Members { .. } => "as they were",
            Self::Hosted { .. } => "shut out again",
            Self::Join { .. } => "leave",
            Self::Arp { .. } => "nothing",
        }
    }

    /// The same as shell commands, for reading.
    pub fn commands(&self) -> Vec<String> {
        let id = |network: &NetworkId| match network {
            NetworkId::Given(id) => id.clone(),
            NetworkId::Own => format!("\"$(cut -c1-10 {HOME}/identity.public)\"{SUFFIX}"),
        };
        let api = |method: &str, path: &str, body: &str| {
            format!(
                "printf 'header = \"X-ZT1-Auth: %s\"\\n' \"$(cat {HOME}/authtoken.secret)\" | curl -fsS --config - -X {method} -d '{body}' http://127.0.0.1:\"$(cat {HOME}/zerotier-one.port)\"{path}"
            )
        };
        let service = |manager: &Option<Manager>, verb: &str| match (manager, verb) {
            (Some(Manager::Systemd), _) => format!("systemctl {verb} zerotier-one.service"),
            (Some(_), _) => format!("service zerotier-one {verb}"),
            (None, "start") => "zerotier-one -d".to_owned(),
            (None, _) => format!("kill \"$(cat {HOME}/zerotier-one.pid)\""),
        };
        match self {
            Self::Home => vec![format!("mkdir -p -m 0755 {HOME}")],
            Self::Stop { manager } => vec![service(manager, "stop")],
            Self::Identity { .. } => vec![
                format!(
                    "test -e {HOME}/identity.secret || (umask 077; zerotier-idtool generate {HOME}/identity.secret {HOME}/identity.public)"
                ),
                format!("chmod 0600 {HOME}/identity.secret"),
            ],
            Self::World { endpoint } => vec![
                format!("cd {OWN}"),
                format!("(umask 077; zerotier-idtool initmoon {HOME}/identity.public >moon.json)"),
                format!(
                    "# by hand: in moon.json, worldType is \"planet\" and stableEndpoints is [\"{}\"]",
                    slashed(endpoint)
                ),
                "zerotier-idtool genmoon moon.json".into(),
                format!("cp 000000*.moon {HOME}/planet"),
                "cd /".into(),
            ],
            Self::Planet { base64 } => {
                vec![format!("printf %s {base64} | base64 -d >{HOME}/planet")]
            }
            Self::Device { network, interface } => vec![format!(
                "printf '%s=%s\\n' {} {interface} >>{HOME}/devicemap",
                id(network)
            )],
            Self::Start { manager } => vec![service(manager, "start")],
            Self::Controller { range, mtu } => vec![api(
                "POST",
                &format!("/controller/network/{}", id(&NetworkId::Own)),
                &network_settings(*range, *mtu).to_string(),
            )],
            Self::Members { members, remove } => {
                let tell = |node: &str, settings: &serde_json::Value| {
                    let own = id(&NetworkId::Own);
                    let path = format!("/controller/network/{own}/member/{node}");
                    api("POST", &path, &settings.to_string())
                };
                let this = format!("\"$(cut -c1-10 {HOME}/identity.public)\"");
                let let_in = members.iter().map(|member| {
                    let node = member.node.as_deref().unwrap_or(&this);
                    tell(node, &member.settings())
                });
                let shut_out = remove.iter().map(|node| tell(node, &shut_out()));
                shut_out.chain(let_in).collect()
            }
            Self::Join { network } => vec![format!("zerotier-cli join {}", id(network))],
            Self::Hosted { network, token, .. } => {
                let token = match token {
                    Token::File(path) => format!("$(cat {path})"),
                    Token::Env(name) => format!("${name}"),
                };
                vec![format!(
                    "printf 'header = \"Authorization: token %s\"\\n' \"{token}\" | curl -fsS --config - \
                     -d '{{\"config\":{{\"authorized\":true}}}}' {CENTRAL}/network/{network}/member/\
                     \"$(cut -c1-10 {HOME}/identity.public)\""
                )]
            }
            Self::Arp { network } => vec![format!(
                "dev=$(zerotier-cli get {} portDeviceName); ip link set dev \"$dev\" arp on; ip neigh flush dev \"$dev\"",
                id(network)
            )],
        }
    }
}

impl Member {
    /// What the controller is told of it.
    pub fn settings(&self) -> serde_json::Value {
        match self.address {
            Some(address) => serde_json::json!({
                "authorized": true,
                "ipAssignments": [address.to_string()],
                "noAutoAssignIps": true,
            }),
            None => serde_json::json!({ "authorized": true }),
        }
    }
}

/// What the controller is told of a node that is shut out.
pub fn shut_out() -> serde_json::Value {
    serde_json::json!({ "authorized": false })
}

/// An endpoint as ZeroTier writes it: `192.0.2.10/9993`.
pub fn slashed(endpoint: &SocketAddrV4) -> String {
    format!("{}/{}", endpoint.ip(), endpoint.port())
}

/// What the controller is told of the network. All fields are of the types that
/// it wants: it takes others without a word, and makes something else of them.
pub fn network_settings(range: Ipv4Net, mtu: Option<u32>) -> serde_json::Value {
    let mut hosts = range.hosts();
    let first = hosts.next().unwrap_or_else(|| range.network());
    let last = hosts.next_back().unwrap_or(first);
    let mut settings = serde_json::json!({
        "name": NAME,
        "private": true,
        "v4AssignMode": {"zt": true},
        "v6AssignMode": {"zt": false, "6plane": false, "rfc4193": false},
        "ipAssignmentPools": [
            {"ipRangeStart": first.to_string(), "ipRangeEnd": last.to_string()}
        ],
        "routes": [{"target": range.trunc().to_string(), "via": null}],
    });
    if let (Some(mtu), Some(map)) = (mtu, settings.as_object_mut()) {
        map.insert("mtu".into(), mtu.into());
    }
    settings
}
