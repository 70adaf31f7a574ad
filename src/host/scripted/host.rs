//! [`Host`] of a host in memory.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant, SystemTime};

use super::super::online::{Named, Reached, Way};
use super::super::{
    Command, CommandError, Disk, FileKind, Host, Lock, Machine, Meta, Output, Ping, Space, Uname,
    netlink, network::Network, nftables::NftChain,
};
use super::{Change, CommandResult, Content, Scripted, node, os};

/// A network that a [`Scripted`] host has made.
struct InNetwork<'a>(&'a Scripted);

impl Network for InNetwork<'_> {
    fn id(&self) -> u32 {
        4711
    }

    fn run(&self, command: &Command) -> Result<Output, CommandError> {
        self.0.run(command)
    }
}

impl Host for Scripted {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let mut state = self.lock_state();
        *state.reads.entry(path.into()).or_default() += 1;
        match state.get(path, true)?.content {
            Content::File(bytes) => Ok(bytes),
            Content::Directory => Err(os(libc::EISDIR)),
            _ => Err(os(libc::ENXIO)),
        }
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let state = self.lock_state();
        match state.get(path, true)?.content {
            Content::Directory => Ok(state.children(&state.resolve(path, true)?)),
            _ => Err(os(libc::ENOTDIR)),
        }
    }

    fn meta(&self, path: &str) -> io::Result<Meta> {
        let node = self.lock_state().get(path, false)?;
        let (kind, size) = match &node.content {
            Content::File(bytes) => (FileKind::File, bytes.len()),
            Content::Directory => (FileKind::Directory, 0),
            Content::Symlink(target) => (FileKind::Symlink, target.len()),
            Content::Socket => (FileKind::Socket, 0),
            Content::CharDevice => (FileKind::CharDevice, 0),
        };
        Ok(Meta {
            kind,
            mode: node.mode,
            uid: node.uid,
            gid: node.gid,
            size: size as u64,
        })
    }

    fn read_link(&self, path: &str) -> io::Result<String> {
        match self.lock_state().get(path, false)?.content {
            Content::Symlink(target) => Ok(target),
            _ => Err(os(libc::EINVAL)),
        }
    }

    fn space(&self, path: &str) -> io::Result<Space> {
        self.lock_state().get(path, true)?;
        let holds = |mount: &str| {
            let mount = mount.trim_end_matches('/');
            let rest = path.strip_prefix(mount);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mounts = self.spaces.iter().filter(|(mount, _)| holds(mount));
        let longest = mounts.max_by_key(|(mount, _)| mount.len());
        longest
            .map(|(_, space)| *space)
            .ok_or_else(|| os(libc::ENOSYS))
    }

    fn uname(&self) -> io::Result<Uname> {
        Ok(self.uname.clone())
    }

    fn machine(&self) -> io::Result<Machine> {
        self.machine.ok_or_else(|| os(libc::ENOENT))
    }

    fn disks(&self) -> io::Result<Vec<Disk>> {
        Ok(self.disks.clone())
    }

    fn interfaces(&self) -> io::Result<Vec<pnet_datalink::NetworkInterface>> {
        Ok(self.interfaces.clone())
    }

    fn links(&self) -> io::Result<Vec<netlink::Link>> {
        self.netlink(&self.links)
    }

    fn addresses(&self) -> io::Result<Vec<netlink::Address>> {
        self.netlink(&self.addresses)
    }

    fn routes(&self) -> io::Result<Vec<netlink::Route>> {
        self.netlink(&self.routes)
    }

    fn nft_chains(&self) -> io::Result<Vec<NftChain>> {
        match &self.nft_chains {
            Some(chains) => self.netlink(chains),
            None => Err(os(libc::EPROTONOSUPPORT)),
        }
    }

    fn unix_exchange(
        &self,
        socket: &str,
        request: &[u8],
        _timeout: Duration,
    ) -> io::Result<Vec<u8>> {
        let served = self
            .unix
            .iter()
            .find_map(|service| service(self, socket, request));
        if let Some(answer) = served {
            return Ok(answer);
        }
        let path = {
            let state = self.lock_state();
            state.get(socket, true)?;
            state.resolve(socket, true)?
        };
        let answers = || self.answers.iter().filter(|answer| answer.0 == path);
        if answers().next().is_none() {
            return Err(os(libc::ECONNREFUSED));
        }
        let answer = answers().find(|answer| request.starts_with(&answer.1));
        // A daemon that closes the connection without a word.
        Ok(answer.map(|answer| answer.2.clone()).unwrap_or_default())
    }

    fn tcp_exchange(
        &self,
        to: SocketAddrV4,
        request: &[u8],
        _timeout: Duration,
    ) -> io::Result<Vec<u8>> {
        let answer = self
            .tcp
            .iter()
            .find_map(|service| service(self, to, request));
        answer.ok_or_else(|| os(libc::ECONNREFUSED))
    }

    fn ping(&self, to: Ipv4Addr, _size: u16, _timeout: Duration) -> io::Result<Ping> {
        Ok(self.pings.get(&to).cloned().unwrap_or(Ping::NoReply))
    }

    fn ping_inside(&self, _pid: u32, to: Ipv4Addr, size: u16, wait: Duration) -> io::Result<Ping> {
        self.ping(to, size, wait)
    }

    fn ask_name(&self, server: IpAddr, name: &str, _deadline: Instant) -> io::Result<Named> {
        let named = self.named.get(&(server, name.to_owned()));
        Ok(named.cloned().unwrap_or(Named::Silent))
    }

    fn reach(&self, way: &Way, _deadline: Instant) -> io::Result<Reached> {
        let reached = self.reached.get(&way.host);
        Ok(reached.cloned().unwrap_or(Reached::Silent))
    }

    fn fsync_times(&self, _: &str, _: Duration, _: usize) -> io::Result<Vec<Duration>> {
        let times = self.fsync_times.clone();
        times.ok_or_else(|| io::Error::from_raw_os_error(libc::EROFS))
    }

    fn cwd(&self) -> io::Result<String> {
        Ok("/root".into())
    }

    fn env(&self, name: &str) -> Option<String> {
        self.environment.get(name).cloned()
    }

    fn environment(&self) -> Vec<(String, String)> {
        let pairs = self.environment.iter();
        pairs
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    fn euid(&self) -> u32 {
        self.euid
    }

    fn clock_synchronised(&self) -> io::Result<bool> {
        self.clock_synchronised.ok_or_else(|| os(libc::ENOSYS))
    }

    fn now(&self) -> SystemTime {
        self.now + self.lock_state().slept
    }

    /// Does not wait; the clock of this host goes on.
    fn sleep(&self, time: Duration) {
        self.lock_state().slept += time;
    }

    fn program(&self, name: &str) -> Option<String> {
        let state = self.lock_state();
        let folders = [
            "/usr/local/sbin",
            "/usr/local/bin",
            "/usr/sbin",
            "/usr/bin",
            "/sbin",
            "/bin",
        ];
        let paths = folders.iter().map(|folder| format!("{folder}/{name}"));
        paths.into_iter().find(|path| {
            let node = state.get(path, true);
            node.is_ok_and(|n| matches!(n.content, Content::File(_)) && n.mode & 0o111 != 0)
        })
    }

    fn run(&self, command: &Command) -> CommandResult {
        self.lock_state()
            .changes
            .push(Change::Ran(command.argv.clone()));
        let answer = self.handlers.iter().find_map(|h| h(self, command));
        answer.unwrap_or_else(|| {
            Err(CommandError::Start {
                command: command.to_string(),
                source: os(libc::ENOENT),
            })
        })
    }

    /// Not random: the bytes count upwards, over all calls.
    fn new_network(&self) -> io::Result<Box<dyn Network + '_>> {
        match self.networks {
            true => Ok(Box::new(InNetwork(self))),
            false => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn random(&self, len: usize) -> io::Result<Vec<u8>> {
        let mut state = self.lock_state();
        let mut next = || {
            state.drawn = state.drawn.wrapping_add(1);
            state.drawn
        };
        Ok((0..len).map(|_| next()).collect())
    }

    fn write_atomic(&self, path: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
        let mut state = self.lock_state();
        let path = state.target(path)?;
        if let Some(Content::Directory) = state.nodes.get(&path).map(|node| &node.content) {
            return Err(os(libc::EISDIR));
        }
        let written = node(Content::File(bytes.to_vec()), mode);
        state.nodes.insert(path.clone(), written);
        state.changes.push(Change::Wrote(path, mode));
        Ok(())
    }

    fn append_synced(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.lock_state();
        let path = state.target(path)?;
        let new = || node(Content::File(Vec::new()), 0o600);
        let entry = state.nodes.entry(path.clone()).or_insert_with(new);
        let mode = entry.mode;
        match &mut entry.content {
            Content::File(old) => old.extend(bytes),
            Content::Symlink(_) => return Err(os(libc::ELOOP)),
            Content::Directory => return Err(os(libc::EISDIR)),
            _ => return Err(os(libc::ENXIO)),
        }
        state.changes.push(Change::Wrote(path, mode));
        Ok(())
    }

    /// Always free, unless the path fails: nobody else is on this host.
    fn lock(&self, path: &str, note: &str) -> io::Result<Option<Lock>> {
        self.write_atomic(path, note.as_bytes(), 0o600)?;
        Ok(Some(Lock::default()))
    }

    fn chown(&self, path: &str, uid: u32, gid: u32) -> io::Result<()> {
        let mut state = self.lock_state();
        let path = state.target(path)?;
        let node = state.nodes.get_mut(&path);
        let node = node.ok_or_else(|| os(libc::ENOENT))?;
        (node.uid, node.gid) = (uid, gid);
        state.changes.push(Change::Chowned(path, uid, gid));
        Ok(())
    }

    fn make_dir(&self, path: &str, mode: u32) -> io::Result<()> {
        let mut state = self.lock_state();
        let path = state.target(path)?;
        if path.is_empty() || state.nodes.contains_key(&path) {
            return Err(os(libc::EEXIST));
        }
        let made = node(Content::Directory, mode);
        state.nodes.insert(path.clone(), made);
        state.changes.push(Change::MadeDir(path, mode));
        Ok(())
    }

    fn symlink(&self, target: &str, path: &str) -> io::Result<()> {
        let mut state = self.lock_state();
        let path = state.target(path)?;
        if state.nodes.contains_key(&path) {
            return Err(os(libc::EEXIST));
        }
        let made = node(Content::Symlink(target.into()), 0o777);
        state.nodes.insert(path.clone(), made);
        state.changes.push(Change::Linked(target.into(), path));
        Ok(())
    }

    fn remove_file(&self, path: &str) -> io::Result<()> {
        let mut state = self.lock_state();
        let path = state.target(path)?;
        match state.nodes.get(&path).map(|node| &node.content) {
            None => return Err(os(libc::ENOENT)),
            Some(Content::Directory) => return Err(os(libc::EISDIR)),
            Some(_) => {}
        }
        state.nodes.remove(&path);
        state.changes.push(Change::RemovedFile(path));
        Ok(())
    }

    fn remove_dir(&self, path: &str) -> io::Result<()> {
        let mut state = self.lock_state();
        let path = state.target(path)?;
        match state.nodes.get(&path).map(|node| &node.content) {
            None => return Err(os(libc::ENOENT)),
            Some(Content::Directory) if state.children(&path).is_empty() => {}
            Some(Content::Directory) => return Err(os(libc::ENOTEMPTY)),
            Some(_) => return Err(os(libc::ENOTDIR)),
        }
        state.nodes.remove(&path);
        state.changes.push(Change::RemovedDir(path));
        Ok(())
    }
}
