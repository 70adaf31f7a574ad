//! 1. The seam to the machine.
//!
//! Everything that groundcrew reads from a host or does to it goes through the
//! [`Host`] trait: files, netlink, sockets, commands. The stages after this one
//! hold no I/O of their own, so that they can be tested on written-down hosts.
//! This stage decides nothing: it neither interprets what it reads nor chooses
//! what to do.

mod archive;
#[allow(clippy::disallowed_methods)]
mod attended;
pub mod calls;
mod clock;
#[allow(clippy::disallowed_methods)]
pub mod command;
pub mod digest;
#[allow(clippy::disallowed_methods)]
pub mod entropy;
#[allow(clippy::disallowed_methods)]
mod fs;
#[allow(clippy::disallowed_methods)]
pub mod fsync;
pub mod http;
pub mod icmp;
mod iptables;
#[allow(clippy::disallowed_methods)]
mod live;
#[allow(clippy::disallowed_methods)]
pub mod log;
pub mod netlink;
pub mod network;
pub mod nftables;
mod nftrules;
mod nothing;
#[allow(clippy::disallowed_methods)]
pub mod online;
pub mod packet_filter;
#[allow(clippy::disallowed_methods)]
pub mod probe;
pub mod recording;
pub mod scripted;
#[allow(clippy::disallowed_methods)]
pub mod signals;
#[allow(clippy::disallowed_methods)]
pub mod tree;
#[allow(clippy::disallowed_methods)]
mod watched;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant, SystemTime};

pub use command::{Command, CommandError, Output};
pub use live::Live;
pub use nothing::Nothing;
pub use recording::Recording;
pub use scripted::Scripted;
pub use tree::Tree;

/// The largest file that is read whole, in bytes. Nothing that groundcrew reads
/// from a host is meant to be larger; a larger one is refused, not cut.
pub const READ_LIMIT: u64 = 4 * 1024 * 1024;

/// What `lstat` says of a path, as far as groundcrew asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Meta {
    /// Kind of the file.
    pub kind: FileKind,
    /// Permission bits, `0o7777` at most.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Size in bytes; 0 for the files of /proc and /sys.
    pub size: u64,
}

/// Kind of a file, symbolic links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A socket.
    Socket,
    /// A character device.
    CharDevice,
    /// Anything else.
    Other,
}

/// Size of a file system, in bytes, as `statvfs` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Space {
    /// Whole size.
    pub total: u64,
    /// What an unprivileged process can still use.
    pub available: u64,
    /// Inodes that are free; 0 on file systems that count none.
    pub inodes_free: u64,
    /// Inodes in all; 0 on file systems that count none.
    pub inodes: u64,
}

/// What uname(2) says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Uname {
    /// Kernel release, as `uname -r`.
    pub release: String,
    /// Kernel version, as `uname -v`.
    pub version: String,
    /// Machine, as `uname -m`.
    pub machine: String,
    /// Host name, as `uname -n`.
    pub nodename: String,
}

/// What one echo request brought.
#[derive(Debug, Clone, PartialEq)]
pub enum Ping {
    /// An answer came, after this time.
    Reply(Duration),
    /// The packet is larger than what the path carries unfragmented; the MTU in
    /// bytes where the kernel or a router named it.
    TooBig(Option<u32>),
    /// No answer within the time-out.
    NoReply,
}

/// CPU and memory of the host, as sysinfo tells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Machine {
    /// Logical CPUs that this process may use.
    pub cpus: usize,
    /// Memory in bytes.
    pub memory: u64,
    /// Memory in bytes that could be given to a new process without swapping.
    pub memory_available: u64,
    /// Swap in bytes; 0 where there is none.
    pub swap: u64,
}

/// A mounted file system of a disk.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Disk {
    /// Where it is mounted.
    pub mount_point: String,
    /// Type, such as `ext4`.
    pub file_system: String,
    /// Device.
    pub device: String,
    /// Whole size in bytes.
    pub total: u64,
    /// What is available in bytes.
    pub available: u64,
}

/// How the name of the new file begins that [`Host::write_atomic`] makes beside
/// `name`: a process that is killed there leaves it behind.
pub fn unfinished(name: &str) -> String {
    format!(".{name}.groundcrew-")
}

/// A time as RFC 3339 in UTC, to the second.
pub fn timestamp(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

/// A lock that lasts as long as this value.
#[derive(Debug, Default)]
pub struct Lock(#[allow(dead_code)] Option<nix::fcntl::Flock<std::fs::File>>);

/// The machine. Paths are absolute paths of the host.
///
/// Reading never changes anything. The changing half is used by the apply stage
/// alone. Every method returns the operating system's own error, so that a
/// collector can tell "not there" from "not allowed".
pub trait Host: Sync {
    /// The bytes of a file. A file over [`READ_LIMIT`] is an
    /// [`io::ErrorKind::FileTooLarge`] error.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;
    /// The names in a directory, sorted.
    fn list(&self, path: &str) -> io::Result<Vec<String>>;
    /// What `lstat` says.
    fn meta(&self, path: &str) -> io::Result<Meta>;
    /// The number of a file in its file system, which no other file there has and a copy
    /// of it does not keep (inode(7)).
    ///
    /// # Errors
    /// Where the host is not the machine that this runs on, also that.
    fn inode(&self, _path: &str) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
    /// The target of a symbolic link.
    fn read_link(&self, path: &str) -> io::Result<String>;
    /// Size of the file system that holds `path`.
    fn space(&self, path: &str) -> io::Result<Space>;
    /// uname(2).
    fn uname(&self) -> io::Result<Uname>;
    /// CPUs and memory.
    fn machine(&self) -> io::Result<Machine>;
    /// Mounted disks.
    fn disks(&self) -> io::Result<Vec<Disk>>;
    /// Names, addresses and flags of the interfaces, as pnet_datalink lists
    /// them.
    fn interfaces(&self) -> io::Result<Vec<pnet_datalink::NetworkInterface>>;
    /// The links of this network namespace, from netlink.
    fn links(&self) -> io::Result<Vec<netlink::Link>>;
    /// The addresses of this network namespace, from netlink.
    fn addresses(&self) -> io::Result<Vec<netlink::Address>>;
    /// The routes of all tables, from netlink.
    fn routes(&self) -> io::Result<Vec<netlink::Route>>;
    /// The nftables chains of this network namespace, of all families; the
    /// kernel's error where it has no nftables or the process may not ask. The
    /// kernel may load `nf_tables` to answer: ask only where it is there.
    fn nft_chains(&self) -> io::Result<Vec<nftables::NftChain>>;
    /// Sends `request` to a unix stream socket and reads to the end of the
    /// answer (at most [`READ_LIMIT`] bytes).
    fn unix_exchange(&self, socket: &str, request: &[u8], timeout: Duration)
    -> io::Result<Vec<u8>>;
    /// The same with a TCP service.
    fn tcp_exchange(
        &self,
        _to: SocketAddrV4,
        _request: &[u8],
        _timeout: Duration,
    ) -> io::Result<Vec<u8>> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "nobody is dialled from a host that is only written down",
        ))
    }
    /// The rules of IPv4's table `filter` as `iptables-save` prints them, asked of
    /// the kernel without a program. `tables` says which rule sets are there:
    /// asking for others would load them.
    fn packet_filter(&self, _tables: packet_filter::Tables) -> io::Result<String> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "the kernel is not asked on a host that is only written down",
        ))
    }
    /// Whether a port of this host can be bound, on all addresses of IPv4 and
    /// IPv6; the socket is closed at once. An error where the host is only
    /// written down, or the port is not this process's to bind.
    fn port_is_free(&self, _udp: bool, _port: u16) -> io::Result<bool> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "nothing is bound on a host that is only written down",
        ))
    }
    /// Asks one name server for the IPv4 addresses of a name; see
    /// [`online::ask`]. An error where the host is only written down.
    fn ask_name(
        &self,
        _server: IpAddr,
        _name: &str,
        _deadline: Instant,
    ) -> io::Result<online::Named> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "nobody is asked from a host that is only written down",
        ))
    }
    /// Tries to reach a host outside; see [`online::reach`]. An error where the
    /// host is only written down.
    fn reach(&self, _way: &online::Way, _deadline: Instant) -> io::Result<online::Reached> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "nobody is reached from a host that is only written down",
        ))
    }
    /// How long writes to the file system of a folder take until they are on
    /// the disk; see [`fsync::times`]. An error where the host is only written
    /// down.
    fn fsync_times(
        &self,
        _folder: &str,
        _limit: Duration,
        _writes: usize,
    ) -> io::Result<Vec<Duration>> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "nothing is measured on a host that is only written down",
        ))
    }
    /// One ICMP echo with the don't-fragment bit. `size` is the size in bytes of
    /// the whole IPv4 packet, headers included: the MTU that is to be tried.
    fn ping(&self, to: Ipv4Addr, size: u16, timeout: Duration) -> io::Result<Ping>;
    /// The same from the network namespace of a process: what is sent is what a
    /// container with that process sends.
    fn ping_inside(
        &self,
        _pid: u32,
        _to: Ipv4Addr,
        _size: u16,
        _timeout: Duration,
    ) -> io::Result<Ping> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "no namespace is entered on a host that is only written down",
        ))
    }
    /// The working folder of this process, as an absolute path.
    fn cwd(&self) -> io::Result<String>;
    /// An environment variable of this process.
    fn env(&self, name: &str) -> Option<String>;
    /// The whole environment of this process; what is not UTF-8 is replaced.
    fn environment(&self) -> Vec<(String, String)>;
    /// Effective user id of this process.
    fn euid(&self) -> u32;
    /// Whether the kernel's clock is synchronised.
    fn clock_synchronised(&self) -> io::Result<bool>;
    /// Wall clock.
    fn now(&self) -> SystemTime;
    /// Waits.
    fn sleep(&self, time: Duration);
    /// Where a program is in the search path (that of root: `/usr/local/sbin`
    /// and so on are always looked at), if anywhere.
    fn program(&self, name: &str) -> Option<String>;
    /// The same where it may not be known: an error where the search path cannot
    /// be looked at, as on a host that is only written down.
    fn find_program(&self, name: &str) -> io::Result<Option<String>> {
        Ok(self.program(name))
    }
    /// Runs a command to its end.
    ///
    /// # Errors
    /// When it cannot be started, does not end within its time-out, or ends
    /// with another status than zero.
    fn run(&self, command: &Command) -> Result<Output, CommandError>;
    /// Makes a network that holds nothing but a loopback that is down.
    ///
    /// # Errors
    /// The kernel's, where it has none to give or this process may not have one.
    fn new_network(&self) -> io::Result<Box<dyn network::Network + '_>> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "a host that is only written down has no other network",
        ))
    }

    /// Runs a command to its end that has no terminal and no input, watched by
    /// `each`: it gets what is printed on both outputs as it comes, and says
    /// whether the command may go on.
    ///
    /// # Errors
    /// As [`Host::run`]; and when `each` had it ended.
    fn watch(
        &self,
        command: &Command,
        each: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<(), CommandError> {
        let (ended, printed) = match self.run(command) {
            Ok(output) => (Ok(()), [output.stdout, output.stderr].concat()),
            Err(error) => {
                let printed = match &error {
                    CommandError::Status { stderr, .. } => stderr.clone().into_bytes(),
                    _ => Vec::new(),
                };
                (Err(error), printed)
            }
        };
        if !each(&printed) {
            return Err(CommandError::Stopped {
                command: command.to_string(),
            });
        }
        ended
    }
    /// Runs a command to its end that has this process's own terminal, input and
    /// environment: it may ask the operator there. What it prints goes to standard
    /// error. `signal` says what came for this process meanwhile: the command is told
    /// by SIGINT, and its end is waited for. The exit status, of whatever kind.
    ///
    /// # Errors
    /// When it cannot be started, was ended by a signal, or `signal` says one.
    fn attend(
        &self,
        command: &Command,
        _signal: &dyn Fn() -> Option<i32>,
    ) -> Result<i32, CommandError> {
        match self.run(command) {
            Ok(_) => Ok(0),
            Err(error) => error.code().ok_or(error),
        }
    }
    /// Starts a process that outlives this one: nothing of its input, output and
    /// environment is this one's. Waits until it has printed something, which says
    /// that it is ready; its pid.
    ///
    /// # Errors
    /// When it cannot be started, or is not ready within `wait`: then it is ended.
    fn spawn_detached(&self, _argv: &[String], _wait: Duration) -> io::Result<u32> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "nothing is started on a host that is only written down",
        ))
    }
    /// `len` random bytes, fit for keys.
    fn random(&self, len: usize) -> io::Result<Vec<u8>>;

    /// Writes a file as a whole: a new file beside it, synced, then renamed
    /// over it. Never through a symbolic link at `path`.
    fn write_atomic(&self, path: &str, bytes: &[u8], mode: u32) -> io::Result<()>;
    /// SHA-256 of a regular file of any size, as hexadecimal digits.
    fn digest(&self, path: &str) -> io::Result<String> {
        Ok(digest::sha256(&self.read(path)?))
    }
    /// Copies a regular file of any size as [`Host::write_atomic`] writes one, if
    /// what was copied has this SHA-256. Otherwise nothing is there that was not
    /// there before, and the error is [`io::ErrorKind::InvalidData`].
    fn copy_verified(&self, from: &str, to: &str, mode: u32, sha256: &str) -> io::Result<()> {
        let bytes = self.read(from)?;
        if digest::sha256(&bytes) != sha256 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.write_atomic(to, &bytes, mode)
    }
    /// The first `len` bytes of a regular file of any size; fewer where it is
    /// shorter.
    fn head(&self, path: &str, len: usize) -> io::Result<Vec<u8>> {
        let mut bytes = self.read(path)?;
        bytes.truncate(len);
        Ok(bytes)
    }
    /// Writes, as [`Host::write_atomic`] does, the one file called `name` that is
    /// in the `.tar.gz` `archive`, of whatever size.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] where no such file is in it,
    /// [`io::ErrorKind::InvalidData`] where there are several, or it is none.
    fn unpack(&self, archive: &str, name: &str, to: &str, mode: u32) -> io::Result<()> {
        let (packed, mut bytes) = (self.read(archive)?, Vec::new());
        archive::member(packed.as_slice(), name, &mut bytes)?;
        self.write_atomic(to, &bytes, mode)
    }
    /// Adds `bytes` at the end of a file, made with mode 0600 where it is not
    /// there, and waits until they are on the disk.
    fn append_synced(&self, path: &str, bytes: &[u8]) -> io::Result<()>;
    /// Takes the lock on a file without waiting, and writes `note` into it.
    /// `None` when another process holds it.
    fn lock(&self, path: &str, note: &str) -> io::Result<Option<Lock>>;
    /// Sets owner and group.
    fn chown(&self, path: &str, uid: u32, gid: u32) -> io::Result<()>;
    /// Makes one directory; its parent must be there.
    fn make_dir(&self, path: &str, mode: u32) -> io::Result<()>;
    /// Makes a symbolic link at `path`.
    fn symlink(&self, target: &str, path: &str) -> io::Result<()>;
    /// Removes a file or symbolic link.
    fn remove_file(&self, path: &str) -> io::Result<()>;
    /// Removes an empty directory.
    fn remove_dir(&self, path: &str) -> io::Result<()>;
}
