//! A machine in memory for the tests of this stage: the files of
//! [`Scripted`], and a network, a packet filter and modules that `ip`, `wg`,
//! `iptables` and `modprobe` change as the real ones do.
//!
//! It can lose its power before any change, and fail any command.

mod commands;
pub mod runs;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::host::scripted::{CommandResult, Node, ended_with};
use crate::host::{
    Command, Disk, Host, Lock, Machine as Hardware, Meta, Output, Ping, Scripted, Space, Uname,
    netlink::{Address, Link, Route},
    nftables::NftChain,
    unfinished,
};

/// What [`Machine::run_until_power_is_lost`] is unwound with.
struct PowerLost;

/// A WireGuard interface.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tunnel {
    /// UDP port.
    pub port: u16,
    /// Public key, once it has one.
    pub public_key: String,
    /// The options of each peer by its key, as `wg set` was given them.
    pub peers: BTreeMap<String, BTreeMap<String, String>>,
}

/// What commands change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Net {
    /// Links.
    pub links: Vec<Link>,
    /// Addresses.
    pub addresses: Vec<Address>,
    /// Routes.
    pub routes: Vec<Route>,
    /// WireGuard interfaces by name.
    pub tunnels: BTreeMap<String, Tunnel>,
    /// Rules of the INPUT chain, as `iptables -S` lists them.
    pub rules: Vec<String>,
    /// Rules of the FORWARD chain.
    pub forward: Vec<String>,
    /// Loaded modules.
    pub modules: BTreeSet<String>,
    /// Services that run.
    pub services: BTreeSet<String>,
    /// Services that start at boot.
    pub enabled: BTreeSet<String>,
    /// Installed packages.
    pub packages: BTreeSet<String>,
}

/// What lies between this machine and an address.
#[derive(Debug, Clone, Copy, Default)]
pub struct Way {
    /// Largest packet that is answered; nothing is where it is 0.
    pub carries: u16,
    /// Largest packet that the first hop takes; a larger one is refused at once.
    pub first_hop: u16,
    /// How many echo requests are lost before one is answered.
    pub lost: u32,
    /// Error number of the socket, where there is to be one.
    pub errno: Option<i32>,
}

#[derive(Default)]
struct Faults {
    /// Changes until the power goes.
    power: Option<usize>,
    /// Whether the change at which it goes is half done where it can be.
    torn: bool,
    /// A command line that contains one of these fails.
    failing: Vec<String>,
}

/// The machine.
#[derive(Default)]
pub struct Machine {
    /// Its files, clock and environment.
    pub files: Scripted,
    net: Mutex<Net>,
    ways: Mutex<BTreeMap<Ipv4Addr, Way>>,
    faults: Mutex<Faults>,
    detached: Mutex<Vec<Vec<String>>>,
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Everything on the machine but the state folder.
pub type Picture = (BTreeMap<String, Node>, Net);

impl Machine {
    /// A machine with these files and one network card.
    pub fn new(files: Scripted) -> Self {
        let net = Net {
            links: vec![Link {
                index: 2,
                name: "eth0".into(),
                flags: 1,
                mtu: Some(1500),
                ..Link::default()
            }],
            ..Net::default()
        };
        Self {
            files: files.dir("/var/lib").dir("/etc").dir("/sys/module"),
            net: Mutex::new(net),
            ways: Mutex::default(),
            faults: Mutex::default(),
            detached: Mutex::default(),
        }
    }

    /// The network, to be looked at and changed by a test.
    pub fn net(&self) -> MutexGuard<'_, Net> {
        hold(&self.net)
    }

    /// Sets what lies between this machine and `to`.
    pub fn way(&self, to: Ipv4Addr, way: Way) {
        hold(&self.ways).insert(to, way);
    }

    /// The processes that were started to outlive the run.
    pub fn detached(&self) -> Vec<Vec<String>> {
        hold(&self.detached).clone()
    }

    /// Everything but the state folder.
    pub fn picture(&self) -> Picture {
        let mut tree = self.files.tree();
        tree.retain(|path, _| !path.starts_with("/var/lib/groundcrew"));
        let mut net = self.net().clone();
        net.links.sort_by(|a, b| a.name.cmp(&b.name));
        (tree, net)
    }

    /// Every file in the state folder, by its path.
    pub fn state_files(&self) -> Vec<(String, String)> {
        let tree = self.files.tree();
        let paths = tree
            .keys()
            .filter(|path| path.starts_with("/var/lib/groundcrew"));
        paths
            .filter_map(|path| Some((path.clone(), self.files.text(path)?)))
            .collect()
    }

    /// Lets every command fail whose line contains `text`.
    pub fn fail(&self, text: &str) {
        hold(&self.faults).failing.push(text.into());
    }

    /// Lets the commands work again.
    pub fn repair(&self) {
        hold(&self.faults).failing.clear();
    }

    /// Runs `work` and cuts the power before its change number `changes`
    /// (counted from 0), half way through it if `torn`. `None` when it was cut.
    pub fn run_until_power_is_lost<T>(
        &self,
        changes: usize,
        torn: bool,
        work: impl FnOnce() -> T,
    ) -> Option<T> {
        *hold(&self.faults) = Faults {
            power: Some(changes),
            torn,
            failing: Vec::new(),
        };
        let result = catch_unwind(AssertUnwindSafe(work));
        *hold(&self.faults) = Faults::default();
        match result {
            Ok(value) => Some(value),
            Err(payload) if payload.is::<PowerLost>() => None,
            Err(payload) => resume_unwind(payload),
        }
    }

    /// Counts a change; unwinds when the power goes at it, after `half` of it.
    fn change(&self, half: impl FnOnce()) {
        let mut faults = hold(&self.faults);
        match &mut faults.power {
            None => {}
            Some(0) => {
                let torn = faults.torn;
                drop(faults);
                if torn {
                    half();
                }
                // Not a panic: nothing is wrong that would have to be printed.
                resume_unwind(Box::new(PowerLost))
            }
            Some(left) => *left -= 1,
        }
    }
}

impl Host for Machine {
    fn run(&self, command: &Command) -> CommandResult {
        let line = command.to_string();
        if hold(&self.faults).failing.iter().any(|f| line.contains(f)) {
            return Err(ended_with(command, 1, "made to fail"));
        }
        let words: Vec<&str> = command.argv.iter().map(String::as_str).collect();
        let looks = matches!(
            words[..],
            ["zerotier-one", "-v"]
                | ["wg", "show", ..]
                | ["iptables", "-S", ..]
                | ["systemctl", "is-active" | "is-enabled", ..]
                | ["dpkg-query", ..]
                | ["kubectl", _, _, _, "diff", ..]
                | ["kubectl", _, _, _, "-n", _, "get", ..]
        );
        if !looks {
            self.change(|| ());
        }
        let scripted = ["zerotier", "kube", "swap"];
        if scripted.iter().any(|begin| words[0].starts_with(begin)) || words[0] == "kill" {
            return self.files.run(command);
        }
        match self.obey(&words) {
            Some(stdout) => Ok(Output {
                stdout: stdout.into_bytes(),
                stderr: Vec::new(),
            }),
            None => Err(ended_with(command, 1, "the test's machine refuses this")),
        }
    }

    fn spawn_detached(&self, argv: &[String], _: Duration) -> io::Result<u32> {
        if hold(&self.faults).failing.iter().any(|f| argv.contains(f)) {
            return Err(io::Error::other("made to fail"));
        }
        hold(&self.detached).push(argv.to_vec());
        Ok(4242)
    }

    fn links(&self) -> io::Result<Vec<Link>> {
        let mut links = self.net().links.clone();
        // ZeroTier makes its own.
        let names = self.files.list("/run/zerotier-links").unwrap_or_default();
        links.extend((100..).zip(names).map(|(index, name)| Link {
            index,
            name,
            flags: 1,
            mtu: Some(2800),
            ..Link::default()
        }));
        Ok(links)
    }
    fn addresses(&self) -> io::Result<Vec<Address>> {
        Ok(self.net().addresses.clone())
    }
    fn routes(&self) -> io::Result<Vec<Route>> {
        Ok(self.net().routes.clone())
    }

    fn write_atomic(&self, path: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
        self.change(|| {
            let (dir, name) = path.rsplit_once('/').unwrap_or_default();
            let beside = format!("{dir}/{}1", unfinished(name));
            let _ = self.files.write_atomic(&beside, bytes, mode);
        });
        self.files.write_atomic(path, bytes, mode)
    }
    fn append_synced(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.change(|| {
            let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
            let _ = self.files.append_synced(path, half);
        });
        self.files.append_synced(path, bytes)
    }
    fn chown(&self, path: &str, uid: u32, gid: u32) -> io::Result<()> {
        self.change(|| ());
        self.files.chown(path, uid, gid)
    }
    fn make_dir(&self, path: &str, mode: u32) -> io::Result<()> {
        self.change(|| ());
        self.files.make_dir(path, mode)
    }
    fn symlink(&self, target: &str, path: &str) -> io::Result<()> {
        self.change(|| ());
        self.files.symlink(target, path)
    }
    fn remove_file(&self, path: &str) -> io::Result<()> {
        self.change(|| ());
        self.files.remove_file(path)
    }
    fn remove_dir(&self, path: &str) -> io::Result<()> {
        self.change(|| ());
        self.files.remove_dir(path)
    }

    fn meta(&self, path: &str) -> io::Result<Meta> {
        match path.strip_prefix("/sys/module/") {
            Some(name) if self.net().modules.contains(name) => self.files.meta("/sys/module"),
            _ => self.files.meta(path),
        }
    }
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.files.read(path)
    }
    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        self.files.list(path)
    }
    fn read_link(&self, path: &str) -> io::Result<String> {
        self.files.read_link(path)
    }
    fn space(&self, path: &str) -> io::Result<Space> {
        self.files.space(path)
    }
    fn uname(&self) -> io::Result<Uname> {
        self.files.uname()
    }
    fn machine(&self) -> io::Result<Hardware> {
        self.files.machine()
    }
    fn disks(&self) -> io::Result<Vec<Disk>> {
        self.files.disks()
    }
    fn interfaces(&self) -> io::Result<Vec<pnet_datalink::NetworkInterface>> {
        self.files.interfaces()
    }
    fn nft_chains(&self) -> io::Result<Vec<NftChain>> {
        self.files.nft_chains()
    }
    fn unix_exchange(&self, socket: &str, request: &[u8], t: Duration) -> io::Result<Vec<u8>> {
        if !request.starts_with(b"GET ") {
            // Torn: it was done, and the answer is lost.
            self.change(|| drop(self.files.unix_exchange(socket, request, t)));
        }
        self.files.unix_exchange(socket, request, t)
    }
    fn tcp_exchange(&self, to: SocketAddrV4, request: &[u8], t: Duration) -> io::Result<Vec<u8>> {
        if !request.starts_with(b"GET ") {
            self.change(|| ());
        }
        self.files.tcp_exchange(to, request, t)
    }
    fn ping(&self, to: Ipv4Addr, size: u16, timeout: Duration) -> io::Result<Ping> {
        let mut ways = hold(&self.ways);
        let mut none = Way::default();
        let way = ways.get_mut(&to).unwrap_or(&mut none);
        if let Some(errno) = way.errno {
            return Err(io::Error::from_raw_os_error(errno));
        }
        if way.first_hop != 0 && size > way.first_hop {
            return Ok(Ping::TooBig(None));
        }
        if way.lost > 0 || size > way.carries {
            way.lost = way.lost.saturating_sub(1);
            self.files.sleep(timeout);
            return Ok(Ping::NoReply);
        }
        Ok(Ping::Reply(Duration::from_millis(2)))
    }
    fn env(&self, name: &str) -> Option<String> {
        self.files.env(name)
    }
    fn cwd(&self) -> io::Result<String> {
        self.files.cwd()
    }
    fn environment(&self) -> Vec<(String, String)> {
        self.files.environment()
    }
    fn euid(&self) -> u32 {
        self.files.euid()
    }
    fn clock_synchronised(&self) -> io::Result<bool> {
        self.files.clock_synchronised()
    }
    fn now(&self) -> SystemTime {
        self.files.now()
    }
    fn sleep(&self, time: Duration) {
        self.files.sleep(time);
    }
    fn program(&self, name: &str) -> Option<String> {
        self.files.program(name)
    }
    fn random(&self, len: usize) -> io::Result<Vec<u8>> {
        self.files.random(len)
    }
    fn lock(&self, path: &str, note: &str) -> io::Result<Option<Lock>> {
        self.files.lock(path, note)
    }
}

/// A unicast route of the main table.
pub fn route(destination: IpAddr, prefix: u8, index: Option<u32>) -> Route {
    Route {
        table: 254,
        destination,
        prefix,
        gateway: None,
        index,
        metric: 0,
        kind: 1,
        source: None,
        mtu: None,
    }
}
