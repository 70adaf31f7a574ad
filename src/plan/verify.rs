//! What the data path has to show once an overlay is up.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::overlay::flannel::client::Client;
use super::zerotier::{Member, NetworkId};

/// What has to be shown, by overlay. WireGuard's has no kind in it, since it was
/// the only one once; the others are named by their `kind`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Verify {
    /// WireGuard.
    Wireguard(VerifyWireguard),
    /// Another one.
    Other(VerifyOther),
}

/// The overlays but WireGuard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum VerifyOther {
    /// Flannel.
    Flannel(VerifyFlannel),
    /// ZeroTier.
    Zerotier(VerifyZerotier),
}

/// What WireGuard's data path has to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VerifyWireguard {
    /// Interface of the overlay.
    pub interface: String,
    /// This node's address in it.
    pub address: Ipv4Addr,
    /// MTU of the interface in bytes; each peer has to be reached by packets of
    /// exactly this size.
    pub mtu: u32,
    /// The peers. With none there is nothing to verify yet.
    pub peers: Vec<VerifyPeer>,
}

/// A WireGuard peer that has to be reachable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VerifyPeer {
    /// Name, as the join file says.
    pub name: String,
    /// Address in the overlay.
    pub address: Ipv4Addr,
    /// WireGuard public key.
    pub public_key: String,
}

/// What Flannel's data path has to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VerifyFlannel {
    /// The network of all containers.
    pub network: Ipv4Net,
    /// File of this host's lease.
    pub subnet_file: String,
    /// Where etcd is asked.
    pub etcd: Client,
    /// Which of etcd's two interfaces flanneld speaks: 2 or 3.
    pub api: u8,
    /// Key in etcd below which the leases are.
    pub prefix: String,
    /// The members of the hosts' own etcd, this host among them if it is one; none in a
    /// cluster of the site.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<VerifyHost>,
    /// Nothing but etcd is there yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub etcd_alone: bool,
    /// The other hosts. With none there is nothing to verify yet.
    pub peers: Vec<VerifyHost>,
}

/// What ZeroTier's data path has to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VerifyZerotier {
    /// The network; none as long as no controller is known.
    pub network: Option<NetworkId>,
    /// Its range.
    pub range: Ipv4Net,
    /// Interface; none where ZeroTier names it.
    pub interface: Option<String>,
    /// This node's address; none where the controller gives one.
    pub address: Option<Ipv4Addr>,
    /// Who lets this node in, for messages.
    pub controller: String,
    /// Whom this node's controller lets in; empty on the other nodes.
    pub members: Vec<Member>,
    /// Node addresses that this node's controller has to shut out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// The other hosts. With none there is nothing to verify yet.
    pub peers: Vec<VerifyMember>,
}

/// A ZeroTier node that has to be reachable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VerifyMember {
    /// Name, as the join file says.
    pub name: String,
    /// Node address.
    pub node: String,
    /// Address in the overlay; none where the controller gives one.
    pub address: Option<Ipv4Addr>,
}

/// A host that has to be reachable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VerifyHost {
    /// Name, as the join file says.
    pub name: String,
    /// Its address in the network below.
    pub below: Ipv4Addr,
}

impl Verify {
    /// Names of the hosts that have to be reached.
    pub fn peers(&self) -> Vec<&str> {
        match self {
            Self::Wireguard(path) => path.peers.iter().map(|peer| peer.name.as_str()).collect(),
            Self::Other(VerifyOther::Flannel(path)) => {
                path.peers.iter().map(|host| host.name.as_str()).collect()
            }
            Self::Other(VerifyOther::Zerotier(path)) => {
                path.peers.iter().map(|host| host.name.as_str()).collect()
            }
        }
    }

    /// What is done to verify it, in one line.
    pub fn text(&self) -> String {
        let peers = self.peers();
        if peers.is_empty() {
            return "no peer is known yet: waiting for join files".into();
        }
        let peers = peers.join(", ");
        match self {
            Self::Other(VerifyOther::Flannel(path)) if path.etcd_alone => {
                format!("etcd of {peers} answers, and has a quorum")
            }
            Self::Wireguard(path) => format!("ping at exactly MTU {} to {peers}", path.mtu),
            Self::Other(VerifyOther::Flannel(_)) => {
                format!("ping at exactly the lease's MTU, as a container would, to {peers}")
            }
            Self::Other(VerifyOther::Zerotier(path)) => format!(
                "let in by {}, address and route, then ping at exactly the network's MTU to {peers}",
                path.controller
            ),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_kind_is_wireguard_and_stays_as_it_was() {
        let old = r#"{"interface":"wg0","address":"10.90.0.1","mtu":1420,"peers":[{"name":"b","address":"10.90.0.2","public-key":"k"}]}"#;
        let read: Verify = serde_json::from_str(old).unwrap();
        assert!(matches!(read, Verify::Wireguard(_)), "{read:?}");
        assert_eq!(read.peers(), ["b"]);
        assert_eq!(serde_json::to_string(&read).unwrap(), old);
    }

    #[test]
    fn the_others_are_told_apart_by_their_kind() {
        let path = Verify::Other(VerifyOther::Flannel(VerifyFlannel {
            network: "10.5.0.0/16".parse().unwrap(),
            subnet_file: "/run/flannel/subnet.env".into(),
            etcd: Client::Plain("127.0.0.1:2379".parse().unwrap()),
            api: 3,
            prefix: "/coreos.com/network".into(),
            members: Vec::new(),
            etcd_alone: false,
            peers: Vec::new(),
        }));
        let json = serde_json::to_string(&path).unwrap();
        assert!(json.starts_with(r#"{"kind":"flannel","#), "{json}");
        assert_eq!(serde_json::from_str::<Verify>(&json).unwrap(), path);
        assert_eq!(path.text(), "no peer is known yet: waiting for join files");
        let unknown = json.replace("\"api\"", "\"apo\"");
        assert!(serde_json::from_str::<Verify>(&unknown).is_err());
    }
}
