//! What collectors may do with a host: look, and nothing else.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, SystemTime};

use crate::host::packet_filter::Tables;
use crate::host::{Disk, Host, Machine, Meta, Space, Uname, netlink, nftables::NftChain};

use super::Fact;

/// A host that can only be looked at. It offers no way to run a command or to
/// change anything, and reads each file once.
pub struct Reader<'a> {
    host: &'a dyn Host,
    texts: RefCell<BTreeMap<String, Fact<String>>>,
}

const SEARCH_PATH: &str = "search path for programs";

impl<'a> Reader<'a> {
    /// Reads from this host.
    pub fn new(host: &'a dyn Host) -> Self {
        Self {
            host,
            texts: RefCell::default(),
        }
    }

    /// Text of a file: known, absent (`ENOENT`) or unreadable. Bytes that are
    /// not UTF-8 are replaced.
    pub fn text(&self, path: &str) -> Fact<String> {
        if let Some(known) = self.texts.borrow().get(path) {
            return known.clone();
        }
        let text = self
            .bytes(path)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        self.texts
            .borrow_mut()
            .insert(path.to_string(), text.clone());
        text
    }

    /// Bytes of a file.
    pub fn bytes(&self, path: &str) -> Fact<Vec<u8>> {
        from_io(self.host.read(path), path)
    }

    /// The first of these files that is there, or else what hindered reading
    /// one of them, or else that none is there.
    pub fn first_text(&self, paths: &[&str]) -> Fact<String> {
        let mut hindered = None;
        for path in paths {
            match self.text(path) {
                known @ Fact::Known { .. } => return known,
                fact @ Fact::Unreadable { .. } => hindered = hindered.or(Some(fact)),
                Fact::Absent { .. } => {}
            }
        }
        hindered.unwrap_or_else(|| Fact::absent("none of them is there", paths.join(", ")))
    }

    /// Whether something stands at a path, links not followed.
    pub fn there(&self, path: &str) -> Fact<bool> {
        match self.host.meta(path) {
            Ok(_) => Fact::known(true, path),
            Err(error) if missing(&error) => Fact::known(false, path),
            Err(error) => Fact::unreadable(why(&error), path),
        }
    }

    /// Whether something surely stands at a path.
    pub fn surely(&self, path: &str) -> bool {
        self.host.meta(path).is_ok()
    }

    /// Names in a directory.
    pub fn list(&self, path: &str) -> Fact<Vec<String>> {
        from_io(self.host.list(path), path)
    }

    /// Target of a symbolic link.
    pub fn link(&self, path: &str) -> Fact<String> {
        from_io(self.host.read_link(path), path)
    }

    /// What `lstat` says.
    pub fn meta(&self, path: &str) -> Fact<Meta> {
        from_io(self.host.meta(path), path)
    }

    /// Where a program is; absent where the search path does not have it.
    pub fn program(&self, name: &str) -> Fact<String> {
        match self.host.find_program(name) {
            Ok(Some(path)) => Fact::known(path.clone(), path),
            Ok(None) => Fact::absent(format!("no {name}"), SEARCH_PATH),
            Err(error) => Fact::unreadable(why(&error), SEARCH_PATH),
        }
    }

    /// One request to a socket; see [`Host::unix_exchange`].
    pub(super) fn ask(&self, socket: &str, request: &str) -> io::Result<Vec<u8>> {
        self.host
            .unix_exchange(socket, request.as_bytes(), Duration::from_secs(5))
    }

    /// uname(2).
    pub fn uname(&self) -> Fact<Uname> {
        from_io(self.host.uname(), "uname(2)")
    }

    /// Size of the file system that holds a path.
    pub fn space(&self, path: &str) -> Fact<Space> {
        from_io(self.host.space(path), &format!("statvfs(3) of {path}"))
    }

    /// CPUs and memory.
    pub fn machine(&self) -> Fact<Machine> {
        from_io(
            self.host.machine(),
            "/proc/meminfo and sched_getaffinity(2)",
        )
    }

    /// Mounted disks.
    pub fn disks(&self) -> Fact<Vec<Disk>> {
        from_io(self.host.disks(), "/proc/mounts and statvfs(3)")
    }

    /// Interfaces as pnet_datalink lists them.
    pub fn interfaces(&self) -> Fact<Vec<pnet_datalink::NetworkInterface>> {
        from_io(self.host.interfaces(), "getifaddrs(3)")
    }

    /// Whether a port can be bound; see [`Host::port_is_free`].
    pub fn port_is_free(&self, udp: bool, port: u16) -> Fact<bool> {
        from_io(self.host.port_is_free(udp, port), "bind(2)")
    }

    /// The rules of the packet filter; see [`Host::packet_filter`].
    pub fn packet_filter(&self, tables: Tables) -> Fact<String> {
        let source = match (tables.legacy, tables.nft) {
            (Some(true), Some(false)) => "getsockopt IPT_SO_GET_ENTRIES",
            (Some(false), Some(true)) => "netlink NFT_MSG_GETRULE",
            _ => "getsockopt IPT_SO_GET_ENTRIES and netlink NFT_MSG_GETRULE",
        };
        from_io(self.host.packet_filter(tables), source)
    }

    /// Links.
    pub fn links(&self) -> Fact<Vec<netlink::Link>> {
        from_io(self.host.links(), "netlink RTM_GETLINK")
    }

    /// Addresses.
    pub fn addresses(&self) -> Fact<Vec<netlink::Address>> {
        from_io(self.host.addresses(), "netlink RTM_GETADDR")
    }

    /// Routes.
    pub fn routes(&self) -> Fact<Vec<netlink::Route>> {
        from_io(self.host.routes(), "netlink RTM_GETROUTE")
    }

    /// nftables chains; see [`Host::nft_chains`] for when to ask.
    pub fn nft_chains(&self) -> Fact<Vec<NftChain>> {
        from_io(self.host.nft_chains(), "netlink NFT_MSG_GETCHAIN")
    }

    /// Whether the kernel's clock is synchronised.
    pub fn clock_synchronised(&self) -> Fact<bool> {
        from_io(self.host.clock_synchronised(), "adjtimex(2)")
    }

    /// The environment of this process; see [`Host::environment`].
    pub(super) fn environment(&self) -> Vec<(String, String)> {
        self.host.environment()
    }

    /// Wall clock.
    pub fn now(&self) -> SystemTime {
        self.host.now()
    }
}

/// A fact of what a call brought: `ENOENT` is absence.
fn from_io<T>(result: io::Result<T>, source: &str) -> Fact<T> {
    match result {
        Ok(value) => Fact::known(value, source),
        Err(error) if missing(&error) => Fact::absent(why(&error), source),
        Err(error) => Fact::unreadable(why(&error), source),
    }
}

/// Whether an error says that the path is not there.
pub(super) fn missing(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ENOTDIR))
        || error.kind() == io::ErrorKind::NotFound
}

/// An error with its name, such as `EACCES: Permission denied`.
pub(super) fn why(error: &io::Error) -> String {
    match error.raw_os_error().map(nix::errno::Errno::from_raw) {
        Some(errno) => format!("{errno:?}: {}", errno.desc()),
        None => error.to_string(),
    }
}
