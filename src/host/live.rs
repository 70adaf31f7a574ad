//! The running system.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant, SystemTime};

use socket2::{Domain, Socket, Type};

use super::{
    Command, CommandError, Disk, Host, Lock, Machine, Meta, Output, Ping, READ_LIMIT, Space, Uname,
    attended, clock, command, entropy, fs as files, fsync, icmp, netlink, network, nftables,
    online, packet_filter, watched,
};

/// A connection whose sides can be given time limits.
trait Connection {
    fn limit(&self, left: Duration) -> io::Result<()>;
}

impl Connection for UnixStream {
    fn limit(&self, left: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(left))?;
        self.set_write_timeout(Some(left))
    }
}

impl Connection for TcpStream {
    fn limit(&self, left: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(left))?;
        self.set_write_timeout(Some(left))
    }
}

/// Sends a request and reads to the end of the answer.
fn exchange<S>(stream: &S, request: &[u8], deadline: Instant) -> io::Result<Vec<u8>>
where
    S: Connection,
    for<'a> &'a S: Read + Write,
{
    // One time-out for the whole answer: a peer that sends a byte a second must
    // not hold the caller up for ever.
    let left = || {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            Err(io::Error::from(io::ErrorKind::TimedOut))
        } else {
            Ok(left)
        }
    };
    let (mut reader, mut writer) = (stream, stream);
    stream.limit(left()?)?;
    writer.write_all(request)?;
    let (mut answer, mut buffer) = (Vec::new(), [0; 8192]);
    loop {
        stream.limit(left()?)?;
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(answer),
            Ok(read) => answer.extend(buffer.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(io::ErrorKind::TimedOut.into());
            }
            Err(error) => return Err(error),
        }
        if answer.len() as u64 > READ_LIMIT {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
    }
}

/// Where programs are looked for, whatever `PATH` the operator's shell has:
/// `su` without `-` leaves out the `sbin` folders, and then `ip` is "missing".
pub(super) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The machine that this process runs on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Live;

impl Host for Live {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        files::read(path)
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        files::list(path)
    }

    fn meta(&self, path: &str) -> io::Result<Meta> {
        files::meta(path)
    }

    fn inode(&self, path: &str) -> io::Result<u64> {
        Ok(std::os::unix::fs::MetadataExt::ino(&fs::symlink_metadata(
            path,
        )?))
    }

    fn read_link(&self, path: &str) -> io::Result<String> {
        Ok(fs::read_link(path)?.to_string_lossy().into_owned())
    }

    fn space(&self, path: &str) -> io::Result<Space> {
        let stat = nix::sys::statvfs::statvfs(path)?;
        let unit = stat.fragment_size();
        Ok(Space {
            total: stat.blocks() * unit,
            available: stat.blocks_available() * unit,
            inodes: stat.files(),
            inodes_free: stat.files_available(),
        })
    }

    fn uname(&self) -> io::Result<Uname> {
        let uname = nix::sys::utsname::uname()?;
        let text = |s: &OsStr| s.to_string_lossy().into_owned();
        Ok(Uname {
            release: text(uname.release()),
            version: text(uname.version()),
            machine: text(uname.machine()),
            nodename: text(uname.nodename()),
        })
    }

    fn machine(&self) -> io::Result<Machine> {
        let mut system = sysinfo::System::new().map_err(io::Error::other)?;
        system.refresh_memory();
        let cpus = std::thread::available_parallelism()?.get();
        if system.total_memory() == 0 {
            return Err(io::Error::other("/proc/meminfo tells no size"));
        }
        Ok(Machine {
            cpus,
            memory: system.total_memory(),
            memory_available: system.available_memory(),
            swap: system.total_swap(),
        })
    }

    fn disks(&self) -> io::Result<Vec<Disk>> {
        // Their sizes alone: what kind a disk is and what went over it would be
        // read from files that are read elsewhere or not needed.
        let sizes = sysinfo::DiskRefreshKind::nothing().with_storage();
        let disks = sysinfo::Disks::new_with_refreshed_list_specifics(sizes);
        let disks = disks.map_err(io::Error::other)?;
        Ok(disks
            .iter()
            .map(|disk| Disk {
                mount_point: disk.mount_point().to_string_lossy().into_owned(),
                file_system: disk.file_system().to_string_lossy().into_owned(),
                device: disk.name().to_string_lossy().into_owned(),
                total: disk.total_space(),
                available: disk.available_space(),
            })
            .collect())
    }

    fn interfaces(&self) -> io::Result<Vec<pnet_datalink::NetworkInterface>> {
        Ok(pnet_datalink::interfaces())
    }

    fn links(&self) -> io::Result<Vec<netlink::Link>> {
        netlink::links()
    }

    fn addresses(&self) -> io::Result<Vec<netlink::Address>> {
        netlink::addresses()
    }

    fn routes(&self) -> io::Result<Vec<netlink::Route>> {
        netlink::routes()
    }

    fn nft_chains(&self) -> io::Result<Vec<nftables::NftChain>> {
        nftables::chains()
    }

    fn packet_filter(&self, tables: packet_filter::Tables) -> io::Result<String> {
        packet_filter::read(tables)
    }

    fn unix_exchange(
        &self,
        socket: &str,
        request: &[u8],
        timeout: Duration,
    ) -> io::Result<Vec<u8>> {
        let deadline = Instant::now() + timeout;
        exchange(&UnixStream::connect(socket)?, request, deadline)
    }

    fn tcp_exchange(
        &self,
        to: SocketAddrV4,
        request: &[u8],
        timeout: Duration,
    ) -> io::Result<Vec<u8>> {
        let deadline = Instant::now() + timeout;
        exchange(
            &TcpStream::connect_timeout(&to.into(), timeout)?,
            request,
            deadline,
        )
    }

    fn port_is_free(&self, udp: bool, port: u16) -> io::Result<bool> {
        let v4 = bind(Domain::IPV4, Ipv4Addr::UNSPECIFIED.into(), udp, port)?;
        match bind(Domain::IPV6, Ipv6Addr::UNSPECIFIED.into(), udp, port) {
            Ok(v6) => Ok(v4 && v6),
            // A host without IPv6 has nothing that is bound there.
            Err(_) => Ok(v4),
        }
    }

    fn ask_name(&self, server: IpAddr, name: &str, deadline: Instant) -> io::Result<online::Named> {
        online::ask(server, name, deadline)
    }

    fn reach(&self, way: &online::Way, deadline: Instant) -> io::Result<online::Reached> {
        online::reach(way, deadline)
    }

    fn fsync_times(
        &self,
        folder: &str,
        limit: Duration,
        writes: usize,
    ) -> io::Result<Vec<Duration>> {
        fsync::times(folder, limit, writes)
    }

    fn ping(&self, to: Ipv4Addr, size: u16, timeout: Duration) -> io::Result<Ping> {
        icmp::ping(to, size, timeout)
    }

    fn ping_inside(
        &self,
        pid: u32,
        to: Ipv4Addr,
        size: u16,
        timeout: Duration,
    ) -> io::Result<Ping> {
        let namespace = std::fs::File::open(format!("/proc/{pid}/ns/net"))?;
        // A thread enters a namespace for itself alone, and ends in it.
        let inside = move || {
            nix::sched::setns(namespace, nix::sched::CloneFlags::CLONE_NEWNET)?;
            icmp::ping(to, size, timeout)
        };
        let thread = std::thread::Builder::new().spawn(inside)?;
        let ended = thread.join();
        ended.map_err(|_| io::Error::other("the thread that entered the namespace ended early"))?
    }

    fn cwd(&self) -> io::Result<String> {
        Ok(std::env::current_dir()?.to_string_lossy().into_owned())
    }

    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn environment(&self) -> Vec<(String, String)> {
        let text = |s: std::ffi::OsString| s.to_string_lossy().into_owned();
        std::env::vars_os()
            .map(|(name, value)| (text(name), text(value)))
            .collect()
    }

    fn euid(&self) -> u32 {
        nix::unistd::geteuid().as_raw()
    }

    fn clock_synchronised(&self) -> io::Result<bool> {
        clock::synchronised()
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn program(&self, name: &str) -> Option<String> {
        let candidates = PATH.split(':').map(|dir| format!("{dir}/{name}"));
        candidates.into_iter().find(|path| {
            fs::metadata(path).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
        })
    }

    fn run(&self, command: &Command) -> Result<Output, CommandError> {
        command::run(command, PATH)
    }

    fn new_network(&self) -> io::Result<Box<dyn network::Network + '_>> {
        Ok(Box::new(network::apart(PATH)?))
    }

    fn watch(
        &self,
        command: &Command,
        each: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<(), CommandError> {
        watched::run(command, PATH, each)
    }

    fn attend(
        &self,
        command: &Command,
        signal: &dyn Fn() -> Option<i32>,
    ) -> Result<i32, CommandError> {
        attended::run(command, signal)
    }

    fn spawn_detached(&self, argv: &[String], wait: Duration) -> io::Result<u32> {
        command::spawn_detached(argv, PATH, wait)
    }

    fn random(&self, len: usize) -> io::Result<Vec<u8>> {
        entropy::random(len)
    }

    fn write_atomic(&self, path: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
        files::write_atomic(path, bytes, mode)
    }

    fn digest(&self, path: &str) -> io::Result<String> {
        files::digest(path)
    }

    fn copy_verified(&self, from: &str, to: &str, mode: u32, sha256: &str) -> io::Result<()> {
        files::copy_verified(from, to, mode, sha256)
    }

    fn head(&self, path: &str, len: usize) -> io::Result<Vec<u8>> {
        files::head(path, len)
    }

    fn unpack(&self, archive: &str, name: &str, to: &str, mode: u32) -> io::Result<()> {
        files::unpack(archive, name, to, mode)
    }

    fn append_synced(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        files::append_synced(path, bytes)
    }

    fn lock(&self, path: &str, note: &str) -> io::Result<Option<Lock>> {
        Ok(files::lock(path, note)?.map(|lock| Lock(Some(lock))))
    }

    fn chown(&self, path: &str, uid: u32, gid: u32) -> io::Result<()> {
        std::os::unix::fs::lchown(path, Some(uid), Some(gid))
    }

    fn make_dir(&self, path: &str, mode: u32) -> io::Result<()> {
        fs::DirBuilder::new().mode(mode).create(path)
    }

    fn symlink(&self, target: &str, path: &str) -> io::Result<()> {
        std::os::unix::fs::symlink(target, path)
    }

    fn remove_file(&self, path: &str) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir(&self, path: &str) -> io::Result<()> {
        fs::remove_dir(path)
    }
}

/// Whether a port can be bound; the socket is closed when this returns.
fn bind(domain: Domain, address: IpAddr, udp: bool, port: u16) -> io::Result<bool> {
    let kind = if udp { Type::DGRAM } else { Type::STREAM };
    let socket = Socket::new(domain, kind, None)?;
    if domain == Domain::IPV6 {
        socket.set_only_v6(true)?;
    }
    // Closed connections that still wait (TIME_WAIT) do not hold a port; one that
    // listens does, whatever is set here. UDP sockets could share it: not set.
    if !udp {
        socket.set_reuse_address(true)?;
    }
    match socket.bind(&SocketAddr::new(address, port).into()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(false),
        Err(error) => Err(error),
    }
}
