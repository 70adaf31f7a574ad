//! A host that is looked at while everything it tells is written down.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::calls::{Answer, Calls, SCHEMA};
use super::packet_filter::Tables;
use super::{
    Command, CommandError, Disk, Host, Lock, Machine, Meta, Output, Ping, Space, Uname, netlink,
    nftables,
};

/// How many symbolic links are followed, as on Linux.
const LINKS: usize = 40;

/// What stands at a path of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A file with its bytes.
    File(Vec<u8>),
    /// A directory.
    Directory,
    /// A symbolic link with its target.
    Link(String),
}

/// What was told.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    /// Files, directories and links by their paths, no link among their parents.
    pub entries: BTreeMap<String, Entry>,
    /// Everything else.
    pub calls: Calls,
}

/// Passes questions on to a host and keeps its answers. What would change the
/// host is refused.
pub struct Recording<'a> {
    inner: &'a dyn Host,
    kept: Mutex<Recorded>,
}

fn refused<T>() -> io::Result<T> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this host is only looked at",
    ))
}

impl<'a> Recording<'a> {
    /// Records this host.
    pub fn new(inner: &'a dyn Host) -> Self {
        let mut kept = Recorded::default();
        kept.calls.schema = SCHEMA.to_owned();
        kept.calls.tool_version = env!("CARGO_PKG_VERSION").to_owned();
        kept.calls.now = super::timestamp(inner.now());
        kept.calls.euid = Some(inner.euid());
        // What collectors ask of the environment is who the proxies are.
        let names = [
            "http_proxy",
            "https_proxy",
            "no_proxy",
            "ftp_proxy",
            "all_proxy",
        ];
        let environment = inner.environment().into_iter();
        let proxies = environment.filter(|(name, _)| names.contains(&&*name.to_ascii_lowercase()));
        kept.calls.environment = proxies.collect();
        Self {
            inner,
            kept: Mutex::new(kept),
        }
    }

    /// What was told so far.
    pub fn take(&self) -> Recorded {
        self.kept().clone()
    }

    fn kept(&self) -> MutexGuard<'_, Recorded> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The path without links among its parents, nor as its last part where
    /// `follow`; every link on the way is kept.
    fn real(&self, path: &str, follow: bool) -> Option<String> {
        let mut left: Vec<String> = path.rsplit('/').map(str::to_owned).collect();
        let mut at: Vec<String> = Vec::new();
        let mut followed = 0;
        while let Some(name) = left.pop() {
            match name.as_str() {
                "" | "." => continue,
                ".." => {
                    at.pop();
                    continue;
                }
                _ => at.push(name),
            }
            let here = format!("/{}", at.join("/"));
            let last = left.iter().all(String::is_empty);
            if last && !follow {
                break;
            }
            let Ok(target) = self.inner.read_link(&here) else {
                continue;
            };
            followed += 1;
            if followed > LINKS {
                return None;
            }
            if target.starts_with('/') {
                at.clear();
            } else {
                at.pop();
            }
            left.extend(target.rsplit('/').map(str::to_owned));
            self.kept().entries.insert(here, Entry::Link(target));
        }
        Some(format!("/{}", at.join("/")))
    }

    fn keep(&self, path: &str, follow: bool, entry: Entry) {
        if let Some(real) = self.real(path, follow) {
            let mut kept = self.kept();
            // A directory may be a file's parent already, never the other way.
            kept.entries.insert(real, entry);
        }
    }

    fn failed<T>(&self, path: &str, result: &io::Result<T>) {
        if let Err(error) = result {
            let answer = Answer::Error {
                errno: error.raw_os_error(),
                text: error.to_string(),
            };
            self.kept().calls.unread.insert(path.to_owned(), answer);
        }
    }
}

/// A call without an argument: asked, kept, given on.
macro_rules! kept {
    ($self:ident, $field:ident, $call:expr) => {{
        let result = $call;
        $self.kept().calls.$field = Some(Answer::of(&result));
        result
    }};
}

impl Host for Recording<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let result = self.inner.read(path);
        match &result {
            Ok(bytes) => self.keep(path, true, Entry::File(bytes.clone())),
            Err(_) => self.failed(path, &result),
        }
        result
    }
    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let result = self.inner.list(path);
        match &result {
            Ok(names) => {
                self.keep(path, true, Entry::Directory);
                let names = names.clone();
                self.kept().calls.lists.insert(path.to_owned(), names);
            }
            Err(_) => self.failed(path, &result),
        }
        result
    }
    fn meta(&self, path: &str) -> io::Result<Meta> {
        let result = self.inner.meta(path);
        let answer = Answer::of(&result);
        self.kept().calls.metas.insert(path.to_owned(), answer);
        result
    }
    fn read_link(&self, path: &str) -> io::Result<String> {
        let result = self.inner.read_link(path);
        match &result {
            Ok(target) => self.keep(path, false, Entry::Link(target.clone())),
            Err(_) => self.failed(path, &result),
        }
        result
    }
    fn space(&self, path: &str) -> io::Result<Space> {
        let result = self.inner.space(path);
        let answer = Answer::of(&result);
        self.kept().calls.spaces.insert(path.to_owned(), answer);
        result
    }
    fn uname(&self) -> io::Result<Uname> {
        kept!(self, uname, self.inner.uname())
    }
    fn machine(&self) -> io::Result<Machine> {
        kept!(self, machine, self.inner.machine())
    }
    fn disks(&self) -> io::Result<Vec<Disk>> {
        kept!(self, disks, self.inner.disks())
    }
    fn interfaces(&self) -> io::Result<Vec<pnet_datalink::NetworkInterface>> {
        self.inner.interfaces()
    }
    fn links(&self) -> io::Result<Vec<netlink::Link>> {
        kept!(self, links, self.inner.links())
    }
    fn addresses(&self) -> io::Result<Vec<netlink::Address>> {
        kept!(self, addresses, self.inner.addresses())
    }
    fn routes(&self) -> io::Result<Vec<netlink::Route>> {
        kept!(self, routes, self.inner.routes())
    }
    fn nft_chains(&self) -> io::Result<Vec<nftables::NftChain>> {
        kept!(self, nft_chains, self.inner.nft_chains())
    }
    fn unix_exchange(
        &self,
        socket: &str,
        request: &[u8],
        timeout: Duration,
    ) -> io::Result<Vec<u8>> {
        let result = self.inner.unix_exchange(socket, request, timeout);
        let text = match &result {
            Ok(bytes) => Answer::Value(String::from_utf8_lossy(bytes).into_owned()),
            Err(error) => Answer::Error {
                errno: error.raw_os_error(),
                text: error.to_string(),
            },
        };
        let name = Calls::request(socket, request);
        self.kept().calls.sockets.insert(name, text);
        result
    }
    fn packet_filter(&self, tables: Tables) -> io::Result<String> {
        kept!(self, packet_filter, self.inner.packet_filter(tables))
    }
    fn port_is_free(&self, udp: bool, port: u16) -> io::Result<bool> {
        let result = self.inner.port_is_free(udp, port);
        let answer = Answer::of(&result);
        self.kept()
            .calls
            .ports
            .insert(Calls::port(udp, port), answer);
        result
    }
    fn ping(&self, _: Ipv4Addr, _: u16, _: Duration) -> io::Result<Ping> {
        refused()
    }
    fn cwd(&self) -> io::Result<String> {
        self.inner.cwd()
    }
    fn env(&self, name: &str) -> Option<String> {
        self.inner.env(name)
    }
    fn environment(&self) -> Vec<(String, String)> {
        self.inner.environment()
    }
    fn euid(&self) -> u32 {
        self.inner.euid()
    }
    fn clock_synchronised(&self) -> io::Result<bool> {
        kept!(self, clock_synchronised, self.inner.clock_synchronised())
    }
    fn now(&self) -> SystemTime {
        self.inner.now()
    }
    fn sleep(&self, time: Duration) {
        self.inner.sleep(time);
    }
    fn program(&self, name: &str) -> Option<String> {
        self.find_program(name).ok().flatten()
    }
    fn find_program(&self, name: &str) -> io::Result<Option<String>> {
        let result = self.inner.find_program(name);
        let answer = Answer::of(&result);
        self.kept().calls.programs.insert(name.to_owned(), answer);
        result
    }
    fn run(&self, command: &Command) -> Result<Output, CommandError> {
        Err(CommandError::Start {
            command: command.to_string(),
            source: io::Error::new(io::ErrorKind::Unsupported, "this host is only looked at"),
        })
    }
    fn random(&self, _: usize) -> io::Result<Vec<u8>> {
        refused()
    }
    fn write_atomic(&self, _: &str, _: &[u8], _: u32) -> io::Result<()> {
        refused()
    }
    fn append_synced(&self, _: &str, _: &[u8]) -> io::Result<()> {
        refused()
    }
    fn lock(&self, _: &str, _: &str) -> io::Result<Option<Lock>> {
        refused()
    }
    fn chown(&self, _: &str, _: u32, _: u32) -> io::Result<()> {
        refused()
    }
    fn make_dir(&self, _: &str, _: u32) -> io::Result<()> {
        refused()
    }
    fn symlink(&self, _: &str, _: &str) -> io::Result<()> {
        refused()
    }
    fn remove_file(&self, _: &str) -> io::Result<()> {
        refused()
    }
    fn remove_dir(&self, _: &str) -> io::Result<()> {
        refused()
    }
}

impl Recorded {
    /// Paths of entries that must be directories, since something stands below.
    pub fn parents(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for path in self.entries.keys() {
            let mut rest = path.as_str();
            while let Some((parent, _)) = rest.rsplit_once('/').filter(|(p, _)| !p.is_empty()) {
                all.insert(parent.to_owned());
                rest = parent;
            }
        }
        all
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    #[test]
    fn links_files_errors_and_calls_are_kept() {
        let host = Scripted::new()
            .release("3.10.0")
            .file("/usr/lib/os-release", "ID=x\n")
            .link("/etc/os-release", "../usr/lib/os-release")
            .fail("/etc/secret", libc::EACCES);
        let recording = Recording::new(&host);
        assert_eq!(recording.read("/etc/os-release").unwrap(), b"ID=x\n");
        assert!(recording.read("/etc/secret").is_err());
        assert!(recording.read("/etc/none").is_err());
        recording.uname().unwrap();
        let kept = recording.take();
        assert_eq!(
            kept.entries["/etc/os-release"],
            Entry::Link("../usr/lib/os-release".into())
        );
        assert_eq!(
            kept.entries["/usr/lib/os-release"],
            Entry::File(b"ID=x\n".to_vec())
        );
        let errno = |path: &str| kept.calls.unread[path].again().unwrap_err().raw_os_error();
        assert_eq!(errno("/etc/secret"), Some(libc::EACCES));
        assert_eq!(errno("/etc/none"), Some(libc::ENOENT));
        assert!(kept.calls.uname.is_some());
        assert!(kept.parents().contains("/usr/lib"));
        assert!(recording.write_atomic("/x", b"", 0o600).is_err());
    }
}
