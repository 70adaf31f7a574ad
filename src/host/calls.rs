//! What calls brought on a host, written down: whatever of a captured host is no
//! file, and why files could not be read.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use super::nftables::NftChain;
use super::{Machine, Meta, Space, Uname, netlink};

/// Version of this form.
pub const SCHEMA: &str = "capture/1";

/// Where it stands in a captured tree.
pub const FILE: &str = "capture/host.json";

/// What one call brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer<T> {
    /// A value.
    Value(T),
    /// An error.
    Error {
        /// The kernel's number, where it is one of the kernel's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        errno: Option<i32>,
        /// Its text.
        text: String,
    },
}

impl<T> Answer<T> {
    /// What a call brought.
    pub fn of(result: &io::Result<T>) -> Self
    where
        T: Clone,
    {
        match result {
            Ok(value) => Self::Value(value.clone()),
            Err(error) => Self::Error {
                errno: error.raw_os_error(),
                text: error.to_string(),
            },
        }
    }

    /// The same again.
    ///
    /// # Errors
    /// The error that was written down.
    pub fn again(&self) -> io::Result<T>
    where
        T: Clone,
    {
        match self {
            Self::Value(value) => Ok(value.clone()),
            Self::Error { errno, text } => Err(match errno {
                Some(errno) => io::Error::from_raw_os_error(*errno),
                None => io::Error::other(text.clone()),
            }),
        }
    }
}

/// The answers of a host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Calls {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of groundcrew that wrote it.
    pub tool_version: String,
    /// When, RFC 3339 in UTC.
    pub now: String,
    /// Effective user id of who looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub euid: Option<u32>,
    /// uname(2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uname: Option<Answer<Uname>>,
    /// CPUs and memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<Answer<Machine>>,
    /// Mounted disks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disks: Option<Answer<Vec<super::Disk>>>,
    /// Whether the kernel's clock is synchronised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_synchronised: Option<Answer<bool>>,
    /// Links.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Answer<Vec<netlink::Link>>>,
    /// Addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Answer<Vec<netlink::Address>>>,
    /// Routes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routes: Option<Answer<Vec<netlink::Route>>>,
    /// nftables chains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nft_chains: Option<Answer<Vec<NftChain>>>,
    /// The rules of the table `filter`, as `iptables-save` prints them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packet_filter: Option<Answer<String>>,
    /// The environment, as far as it names proxies.
    pub environment: BTreeMap<String, String>,
    /// Programs by name.
    pub programs: BTreeMap<String, Answer<Option<String>>>,
    /// Ports by protocol and number (`tcp/2377`): whether each was free.
    pub ports: BTreeMap<String, Answer<bool>>,
    /// Sizes of file systems by path.
    pub spaces: BTreeMap<String, Answer<Space>>,
    /// Answers of sockets by path and the first line of the request.
    pub sockets: BTreeMap<String, Answer<String>>,
    /// Names in directories, by path.
    pub lists: BTreeMap<String, Vec<String>>,
    /// What lstat(2) said, by path.
    pub metas: BTreeMap<String, Answer<Meta>>,
    /// Why files, directories and links could not be read, by path.
    pub unread: BTreeMap<String, Answer<()>>,
}

impl Calls {
    /// How a request to a socket is named.
    pub fn request(socket: &str, request: &[u8]) -> String {
        let text = String::from_utf8_lossy(request);
        format!("{socket} {}", text.lines().next().unwrap_or_default())
    }

    /// How a port is named.
    pub fn port(udp: bool, port: u16) -> String {
        format!("{}/{port}", if udp { "udp" } else { "tcp" })
    }
}
