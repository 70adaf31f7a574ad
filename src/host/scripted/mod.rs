//! A host in memory, for tests and for hosts that were written down.
//!
//! What is not scripted is not there: a path gives `ENOENT`, a program cannot
//! be started, a socket has nobody. What is changed through [`Host`](super::Host) is kept in
//! memory and can be looked at afterwards; every read, change and command is
//! counted.

mod host;

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::online::{Named, Reached};
use super::{
    Command, CommandError, Disk, Machine, Output, Ping, Space, Uname, netlink, nftables::NftChain,
};

/// How many symbolic links are followed before it is taken for a loop, as on
/// Linux.
const LINKS: usize = 40;

/// What stands at a path of a [`Scripted`] host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is, with its content.
    pub content: Content,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

/// Content of a [`Node`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A regular file.
    File(Vec<u8>),
    /// A directory.
    Directory,
    /// A symbolic link to this target.
    Symlink(String),
    /// A socket that refuses connections unless answers are scripted for it.
    Socket,
    /// A character device.
    CharDevice,
}

/// A change that was made through [`Host`](super::Host), in the order of the calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A file was written: path, mode.
    Wrote(String, u32),
    /// Owner and group were set: path, uid, gid.
    Chowned(String, u32, u32),
    /// A directory was made: path, mode.
    MadeDir(String, u32),
    /// A symbolic link was made: target, path.
    Linked(String, String),
    /// A file or link was removed.
    RemovedFile(String),
    /// A directory was removed.
    RemovedDir(String),
    /// A command was run: its argument vector.
    Ran(Vec<String>),
}

/// What a scripted command gives: its output, or an error.
pub type CommandResult = Result<Output, CommandError>;

/// Answers a command; `None` when it does not know the command.
type Handler = Box<dyn Fn(&Scripted, &Command) -> Option<CommandResult> + Send + Sync>;

/// Answers a TCP request; `None` where nobody listens.
type TcpHandler = Box<dyn Fn(&Scripted, SocketAddrV4, &[u8]) -> Option<Vec<u8>> + Send + Sync>;

/// Answers a request to a unix socket; `None` where nobody listens.
type UnixHandler = Box<dyn Fn(&Scripted, &str, &[u8]) -> Option<Vec<u8>> + Send + Sync>;

#[derive(Debug, Default, Clone)]
struct State {
    nodes: BTreeMap<String, Node>,
    failures: BTreeMap<String, i32>,
    write_failures: BTreeMap<String, i32>,
    reads: BTreeMap<String, usize>,
    changes: Vec<Change>,
    drawn: u8,
    slept: Duration,
}

/// A host in memory. Its public fields may be set before it is used; the files
/// are given with the methods, which can be chained.
pub struct Scripted {
    state: Mutex<State>,
    answers: Vec<(String, Vec<u8>, Vec<u8>)>,
    handlers: Vec<Handler>,
    tcp: Vec<TcpHandler>,
    unix: Vec<UnixHandler>,
    /// What uname(2) says.
    pub uname: Uname,
    /// CPUs and memory; none is an error.
    pub machine: Option<Machine>,
    /// Mounted disks.
    pub disks: Vec<Disk>,
    /// Sizes of file systems by their mount points.
    pub spaces: BTreeMap<String, Space>,
    /// Interfaces as pnet_datalink would list them.
    pub interfaces: Vec<pnet_datalink::NetworkInterface>,
    /// Links, from netlink.
    pub links: Vec<netlink::Link>,
    /// Addresses, from netlink.
    pub addresses: Vec<netlink::Address>,
    /// Routes, from netlink.
    pub routes: Vec<netlink::Route>,
    /// nftables chains that the kernel holds; none is "not supported".
    pub nft_chains: Option<Vec<NftChain>>,
    /// Whether the kernel's clock is synchronised; the kernel does not say where
    /// there is none.
    pub clock_synchronised: Option<bool>,
    /// Error of all netlink requests, where there is to be one.
    pub netlink_error: Option<i32>,
    /// What a ping to an address brings; others bring no reply.
    pub pings: BTreeMap<Ipv4Addr, Ping>,
    /// What a name server says of a name; else nothing comes back.
    pub named: BTreeMap<(IpAddr, String), Named>,
    /// How far a try to reach a host gets, by its name; else nothing comes back.
    pub reached: BTreeMap<String, Reached>,
    /// How long writes took; none is an error.
    pub fsync_times: Option<Vec<Duration>>,
    /// Environment variables.
    pub environment: BTreeMap<String, String>,
    /// Effective user id.
    pub euid: u32,
    /// Whether it makes networks for [`Host::new_network`](super::Host::new_network);
    /// what runs in them is asked of the same handlers.
    pub networks: bool,
    /// Wall clock at the beginning; [`Host::sleep`](super::Host::sleep) moves it on.
    pub now: SystemTime,
}

impl Default for Scripted {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            answers: Vec::new(),
            handlers: Vec::new(),
            tcp: Vec::new(),
            unix: Vec::new(),
            uname: Uname {
                release: "6.1.0-13-amd64".into(),
                version: "#1 SMP".into(),
                machine: "x86_64".into(),
                nodename: "host".into(),
            },
            machine: None,
            disks: Vec::new(),
            spaces: BTreeMap::new(),
            interfaces: Vec::new(),
            links: Vec::new(),
            addresses: Vec::new(),
            routes: Vec::new(),
            nft_chains: None,
            clock_synchronised: None,
            netlink_error: None,
            pings: BTreeMap::new(),
            named: BTreeMap::new(),
            reached: BTreeMap::new(),
            fsync_times: None,
            environment: BTreeMap::new(),
            euid: 0,
            networks: false,
            now: SystemTime::UNIX_EPOCH,
        }
    }
}

impl Scripted {
    /// A host with nothing on it but the root directory.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with this kernel release (`uname -r`).
    #[must_use]
    pub fn release(mut self, release: &str) -> Self {
        self.uname.release = release.into();
        self
    }

    /// The same with a file, its folders made as needed.
    #[must_use]
    pub fn file(self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.node(path, Content::File(bytes.into()), 0o644)
    }

    /// The same with an executable file.
    #[must_use]
    pub fn executable(self, path: &str) -> Self {
        self.node(path, Content::File(Vec::new()), 0o755)
    }

    /// The same with a directory.
    #[must_use]
    pub fn dir(self, path: &str) -> Self {
        self.node(path, Content::Directory, 0o755)
    }

    /// The same with a symbolic link at `path`.
    #[must_use]
    pub fn link(self, path: &str, target: &str) -> Self {
        self.node(path, Content::Symlink(target.into()), 0o777)
    }

    /// The same with a character device.
    #[must_use]
    pub fn device(self, path: &str) -> Self {
        self.node(path, Content::CharDevice, 0o666)
    }

    /// The same with a socket that nobody listens on.
    #[must_use]
    pub fn socket(self, path: &str) -> Self {
        self.node(path, Content::Socket, 0o660)
    }

    /// The same with a socket that answers a request that begins with
    /// `request` (`GET /_ping`) with `answer`.
    #[must_use]
    pub fn answer(mut self, path: &str, request: &str, answer: impl Into<Vec<u8>>) -> Self {
        let entry = (path.to_string(), request.into(), answer.into());
        self.answers.push(entry);
        self.socket(path)
    }

    /// The same with a path that may not be looked at (`EACCES`).
    #[must_use]
    pub fn deny(self, path: &str) -> Self {
        self.fail(path, libc::EACCES)
    }

    /// The same with a path that gives this error for everything that is done
    /// with it or below it.
    #[must_use]
    pub fn fail(self, path: &str, errno: i32) -> Self {
        self.lock_state().failures.insert(path.into(), errno);
        self
    }

    /// The same with a path that can be read and gives this error for every
    /// change.
    #[must_use]
    pub fn fail_writes(self, path: &str, errno: i32) -> Self {
        self.lock_state().write_failures.insert(path.into(), errno);
        self
    }

    /// The same with a command that prints `stdout`.
    #[must_use]
    pub fn command(self, argv: &[&str], stdout: &str) -> Self {
        let (argv, stdout) = (owned(argv), stdout.as_bytes().to_vec());
        self.on_run(move |_, command| {
            (command.argv == argv).then(|| {
                Ok(Output {
                    stdout: stdout.clone(),
                    stderr: Vec::new(),
                })
            })
        })
    }

    /// The same with a command that ends with status `code`.
    #[must_use]
    pub fn failing(self, argv: &[&str], code: i32, stderr: &str) -> Self {
        let (argv, stderr) = (owned(argv), stderr.to_string());
        self.on_run(move |_, command| {
            (command.argv == argv).then(|| Err(ended_with(command, code, &stderr)))
        })
    }

    /// The same with a TCP service: a function that is asked for every request,
    /// and answers none where nobody listens at that address.
    #[must_use]
    pub fn on_tcp(
        mut self,
        service: impl Fn(&Scripted, SocketAddrV4, &[u8]) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        self.tcp.push(Box::new(service));
        self
    }

    /// The same with a daemon behind a unix socket: a function that is asked for
    /// every request, and answers none where nobody listens there.
    #[must_use]
    pub fn on_unix(
        mut self,
        service: impl Fn(&Scripted, &str, &[u8]) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        self.unix.push(Box::new(service));
        self
    }

    /// The same with a function that is asked for every command, before those
    /// given earlier; it may look at and change this host.
    #[must_use]
    pub fn on_run(
        mut self,
        handler: impl Fn(&Scripted, &Command) -> Option<CommandResult> + Send + Sync + 'static,
    ) -> Self {
        self.handlers.insert(0, Box::new(handler));
        self
    }

    /// Everything that was changed and run, in order.
    pub fn changes(&self) -> Vec<Change> {
        self.lock_state().changes.clone()
    }

    /// Argument vectors of the commands that were run, in order.
    pub fn ran(&self) -> Vec<Vec<String>> {
        let changes = self.changes().into_iter();
        changes
            .filter_map(|change| match change {
                Change::Ran(argv) => Some(argv),
                _ => None,
            })
            .collect()
    }

    /// How often each file was read.
    pub fn reads(&self) -> BTreeMap<String, usize> {
        self.lock_state().reads.clone()
    }

    /// Everything that stands on this host now, by its path: two hosts with
    /// the same files compare equal.
    pub fn tree(&self) -> BTreeMap<String, Node> {
        self.lock_state().nodes.clone()
    }

    /// Text of the regular file at `path`, if there is one.
    pub fn text(&self, path: &str) -> Option<String> {
        match &self.lock_state().nodes.get(path)?.content {
            Content::File(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        }
    }

    fn lock_state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn node(self, path: &str, content: Content, mode: u32) -> Self {
        {
            let mut state = self.lock_state();
            let mut folder = parent(path);
            while let Some(dir) = folder.filter(|dir| !dir.is_empty()) {
                state
                    .nodes
                    .entry(dir.into())
                    .or_insert_with(|| node(Content::Directory, 0o755));
                folder = parent(dir);
            }
            state.nodes.insert(path.into(), node(content, mode));
        }
        self
    }

    fn netlink<T: Clone>(&self, list: &[T]) -> io::Result<Vec<T>> {
        match self.netlink_error {
            Some(errno) => Err(os(errno)),
            None => Ok(list.to_vec()),
        }
    }
}

fn owned(argv: &[&str]) -> Vec<String> {
    argv.iter().map(|word| (*word).to_string()).collect()
}

fn node(content: Content, mode: u32) -> Node {
    Node {
        content,
        mode,
        uid: 0,
        gid: 0,
    }
}

fn os(errno: i32) -> io::Error {
    io::Error::from_raw_os_error(errno)
}

/// The error of a command that ended with status `code`.
pub fn ended_with(command: &Command, code: i32, stderr: &str) -> CommandError {
    CommandError::Status {
        command: command.to_string(),
        status: format!("exit status {code}"),
        code: Some(code),
        stderr: stderr.into(),
    }
}

fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(parent, _)| parent)
}

impl State {
    /// The path with all links followed; the last one only if `last`.
    fn resolve(&self, path: &str, last: bool) -> io::Result<String> {
        let mut left: Vec<String> = path.split('/').rev().map(Into::into).collect();
        let (mut done, mut followed) = (String::new(), 0);
        while let Some(name) = left.pop() {
            match name.as_str() {
                "" | "." => continue,
                ".." => {
                    done.truncate(done.rfind('/').unwrap_or(0));
                    continue;
                }
                _ => {}
            }
            let here = format!("{done}/{name}");
            if let Some(errno) = self.failures.get(&here) {
                return Err(os(*errno));
            }
            match self.nodes.get(&here).map(|node| &node.content) {
                Some(Content::Symlink(target)) if last || !left.is_empty() => {
                    followed += 1;
                    if followed > LINKS {
                        return Err(os(libc::ELOOP));
                    }
                    if target.starts_with('/') {
                        done.clear();
                    }
                    left.extend(target.split('/').rev().map(Into::into));
                }
                _ => done = here,
            }
        }
        Ok(done)
    }

    fn get(&self, path: &str, follow: bool) -> io::Result<Node> {
        let path = self.resolve(path, follow)?;
        if path.is_empty() {
            return Ok(node(Content::Directory, 0o755));
        }
        let found = self.nodes.get(&path).cloned();
        found.ok_or_else(|| os(libc::ENOENT))
    }

    /// The path that a change is to be made at: its folder must be there.
    fn target(&self, path: &str) -> io::Result<String> {
        let path = self.resolve(path, false)?;
        let mut prefix = Some(path.as_str());
        while let Some(part) = prefix {
            if let Some(errno) = self.write_failures.get(part) {
                return Err(os(*errno));
            }
            prefix = parent(part);
        }
        match self.get(parent(&path).unwrap_or_default(), true)?.content {
            Content::Directory => Ok(path),
            _ => Err(os(libc::ENOTDIR)),
        }
    }

    fn children(&self, path: &str) -> Vec<String> {
        let prefix = format!("{path}/");
        let below = self.nodes.keys().chain(self.failures.keys());
        let mut names: Vec<String> = below
            .filter_map(|other| other.strip_prefix(&prefix))
            .filter(|rest| !rest.contains('/'))
            .map(Into::into)
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{FileKind, Host};
    use super::*;

    #[test]
    fn what_is_not_scripted_is_not_there() {
        let host = Scripted::new().file("/etc/a", "1").deny("/etc/shadow");
        let kind = |path| host.read(path).unwrap_err().kind();
        assert_eq!(kind("/etc/b"), io::ErrorKind::NotFound);
        assert_eq!(kind("/etc/shadow"), io::ErrorKind::PermissionDenied);
        assert_eq!(kind("/etc"), io::ErrorKind::IsADirectory);
        assert_eq!(host.list("/etc").unwrap(), ["a", "shadow"]);
        assert_eq!(host.list("/").unwrap(), ["etc"]);
        assert!(host.run(&Command::new(["ip"])).unwrap_err().is_missing());
        assert_eq!(host.reads().get("/etc/b"), Some(&1));
    }

    #[test]
    fn links_are_followed_and_loops_found() {
        let host = Scripted::new()
            .file("/usr/lib/os-release", "x")
            .link("/etc/os-release", "../usr/lib/os-release")
            .link("/lib", "usr/lib")
            .link("/loop", "/loop");
        assert_eq!(host.read("/etc/os-release").unwrap(), b"x");
        assert_eq!(host.read("/lib/os-release").unwrap(), b"x");
        assert_eq!(host.read_link("/lib").unwrap(), "usr/lib");
        assert_eq!(host.meta("/lib").unwrap().kind, FileKind::Symlink);
        let error = host.read("/loop").unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ELOOP));
    }

    #[test]
    fn changes_are_kept_and_recorded() {
        let host = Scripted::new()
            .dir("/etc")
            .fail_writes("/boot", libc::EROFS);
        let before = host.tree();
        let missing = host.write_atomic("/etc/wireguard/wg0.conf", b"x", 0o600);
        assert_eq!(missing.unwrap_err().kind(), io::ErrorKind::NotFound);
        host.make_dir("/etc/wireguard", 0o700).unwrap();
        host.write_atomic("/etc/wireguard/wg0.conf", b"x", 0o600)
            .unwrap();
        assert_eq!(host.meta("/etc/wireguard/wg0.conf").unwrap().mode, 0o600);
        let full = host.remove_dir("/etc/wireguard").unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::DirectoryNotEmpty);
        host.remove_file("/etc/wireguard/wg0.conf").unwrap();
        host.remove_dir("/etc/wireguard").unwrap();
        assert_eq!(host.tree(), before);
        assert_eq!(host.changes().len(), 4);
        let error = host.make_dir("/boot/x", 0o755).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EROFS));
    }

    #[test]
    fn commands_and_sockets_answer_as_scripted() {
        let host = Scripted::new()
            .command(&["wg", "show"], "interface: wg0")
            .failing(&["ip", "link"], 2, "no")
            .answer("/run/docker.sock", "GET /_ping", "HTTP/1.0 200 OK")
            .socket("/run/stale.sock")
            .link("/var/run", "/run");
        assert_eq!(
            host.run(&Command::new(["wg", "show"])).unwrap().text(),
            "interface: wg0"
        );
        let failed = host.run(&Command::new(["ip", "link"])).unwrap_err();
        assert_eq!(failed.code(), Some(2));
        assert_eq!(host.ran().len(), 2);
        let ask = |path| host.unix_exchange(path, b"GET /_ping HTTP/1.0", Duration::ZERO);
        assert_eq!(ask("/var/run/docker.sock").unwrap(), b"HTTP/1.0 200 OK");
        let refused = ask("/run/stale.sock").unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    }
}
