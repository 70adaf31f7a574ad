//! A host of which a tree of files was brought along: captured by groundcrew, an
//! unpacked sosreport, or laid out by hand.
//!
//! Files stand under their own paths. What is no file stands under `capture/`:
//! exactly, in `host.json` ([`Calls`]); or as the outputs of `uname -a`,
//! `ip addr`, `ip route show table all`, `df`, `ss -tulpn`, `iptables-save`,
//! `docker version`, and the bodies of Docker's `/version` and `/info`. Where it
//! has none of them, sosreport's names for the same outputs are looked for.
//!
//! What the tree does not hold was not captured, which is not the same as not
//! there: it is unknown. Not there is what `host.json` says is not there, and
//! what would have to stand below a folder that `capture/complete` lists (one a
//! line): a folder of which the tree holds everything.
//!
//! Nothing outside the tree is ever read: links are followed inside it alone.

pub mod ip;
pub mod outputs;

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use super::calls::{self, Calls};
use super::{
    Command, CommandError, Disk, FileKind, Host, Lock, Machine, Meta, Output, Ping, READ_LIMIT,
    Space, Uname, netlink, nftables,
};

/// How many symbolic links are followed before it is taken for a loop, as on
/// Linux.
const LINKS: usize = 40;

/// Why something is not known.
const NOT_CAPTURED: &str = "not in the captured tree";

/// A tree that stands for a host.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    calls: Calls,
    complete: Vec<String>,
    addresses: OnceLock<Option<(Vec<netlink::Link>, Vec<netlink::Address>)>>,
    disks: OnceLock<Option<Vec<Disk>>>,
}

fn not_captured() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, NOT_CAPTURED)
}

fn only_a_tree<T>() -> io::Result<T> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this host is only a captured tree",
    ))
}

impl Tree {
    /// Opens a tree.
    ///
    /// # Errors
    /// One sentence, where the folder cannot be read or holds no host.
    pub fn open(root: &str) -> Result<Self, String> {
        let names = fs::read_dir(root).map_err(|error| format!("{root}: {error}"))?;
        let known = ["etc", "proc", "sys", "capture", "sos_commands"];
        let mut names = names.flatten().map(|entry| entry.file_name());
        if !names.any(|name| known.iter().any(|known| name == *known)) {
            return Err(format!(
                "{root}: no captured host: none of etc, proc, sys, capture and sos_commands \
                 stands in it"
            ));
        }
        let mut tree = Self {
            root: PathBuf::from(root),
            calls: Calls::default(),
            complete: Vec::new(),
            addresses: OnceLock::new(),
            disks: OnceLock::new(),
        };
        let file = format!("/{}", calls::FILE);
        if tree.find(&file, true).is_some() {
            let text = tree.read(&file);
            let text = text.map_err(|error| format!("{root}{file}: {error}"))?;
            tree.calls =
                serde_json::from_slice(&text).map_err(|error| format!("{root}{file}: {error}"))?;
            if tree.calls.schema != calls::SCHEMA {
                return Err(format!(
                    "{root}{file}: schema: found {:?}, wanted {:?}",
                    tree.calls.schema,
                    calls::SCHEMA
                ));
            }
        }
        if let Some(text) = tree.output(&["capture/complete"]) {
            let lines = text.lines().map(str::trim);
            let lines = lines.filter(|line| line.starts_with('/'));
            tree.complete = lines
                .map(|line| line.trim_end_matches('/').to_owned())
                .collect();
        }
        Ok(tree)
    }

    /// Where a path of the host stands in the tree, links followed inside it;
    /// the last one only with `follow`.
    fn find(&self, path: &str, follow: bool) -> Option<PathBuf> {
        let mut left: Vec<String> = path.rsplit('/').map(str::to_owned).collect();
        let mut at = PathBuf::new();
        let mut followed = 0;
        while let Some(name) = left.pop() {
            match name.as_str() {
                "" | "." => continue,
                // Above the root is the root.
                ".." => {
                    at.pop();
                    continue;
                }
                name => at.push(name),
            }
            let real = self.root.join(&at);
            let found = fs::symlink_metadata(&real).ok()?;
            let last = left.iter().all(String::is_empty);
            if found.file_type().is_symlink() && (follow || !last) {
                followed += 1;
                if followed > LINKS {
                    return None;
                }
                let target = fs::read_link(&real).ok()?;
                let target = target.to_str()?;
                if target.starts_with('/') {
                    at = PathBuf::new();
                } else {
                    at.pop();
                }
                left.extend(target.rsplit('/').map(str::to_owned));
            }
        }
        Some(self.root.join(at))
    }

    /// Why a path that the tree does not hold cannot be told of.
    fn gone(&self, path: &str) -> io::Error {
        if let Some(answer) = self.calls.unread.get(path)
            && let Err(error) = answer.again()
        {
            return error;
        }
        let below = |folder: &String| {
            let rest = path.strip_prefix(folder.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if self.complete.iter().any(below) {
            return io::Error::from_raw_os_error(libc::ENOENT);
        }
        not_captured()
    }

    fn file(&self, path: &str, follow: bool) -> io::Result<PathBuf> {
        self.find(path, follow).ok_or_else(|| self.gone(path))
    }

    /// The text of the first of these files of the tree that is there.
    fn output(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| {
            let bytes = limited(&self.find(&format!("/{name}"), true)?).ok()?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        })
    }

    fn ip_addr(&self) -> Option<&(Vec<netlink::Link>, Vec<netlink::Address>)> {
        let read = || {
            // sos (report/plugins/networking.py) names files after commands.
            let text = self.output(&[
                "capture/ip-addr",
                "sos_commands/networking/ip_-d_address",
                "sos_commands/networking/ip_address",
                "sos_commands/networking/ip_-o_addr",
                "ip_addr",
            ])?;
            Some(ip::addresses(&text))
        };
        self.addresses.get_or_init(read).as_ref()
    }

    fn df(&self) -> Option<&Vec<Disk>> {
        let read = || {
            let text = self.output(&[
                "capture/df",
                "sos_commands/filesys/df_-al_-x_autofs",
                "sos_commands/filesys/df_-al",
                "df",
            ])?;
            let disks = outputs::df(&text);
            (!disks.is_empty()).then_some(disks)
        };
        self.disks.get_or_init(read).as_ref()
    }

    /// An answer of Docker, put together from what was brought along.
    fn docker(&self, request: &str) -> Option<String> {
        let path = request.split(' ').nth(1)?;
        let body = match path {
            "/version" => self.output(&["capture/docker-version.json"]).or_else(|| {
                let text = self.output(&[
                    "capture/docker-version",
                    "sos_commands/docker/docker_version",
                ])?;
                let (version, api) = outputs::docker_version(&text)?;
                let body = serde_json::json!({"Version": version, "ApiVersion": api});
                Some(body.to_string())
            })?,
            "/info" => self.output(&["capture/docker-info.json"])?,
            "/networks" => self.output(&["capture/docker-networks.json"])?,
            // Whoever told a version was there to answer.
            "/_ping" => {
                self.docker("GET /version")?;
                "OK".to_owned()
            }
            _ => return None,
        };
        Some(format!(
            "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{body}"
        ))
    }

    fn of_proc(&self) -> Option<Machine> {
        let text = |path: &str| self.output(&[path]);
        let cpus = text("proc/cpuinfo")?
            .lines()
            .filter(|line| line.starts_with("processor") && line.contains(':'))
            .count();
        let memory = text("proc/meminfo")?;
        let of = |name: &str| -> Option<u64> {
            let line = memory.lines().find(|line| line.starts_with(name))?;
            let number = line.split_whitespace().nth(1)?.parse::<u64>().ok()?;
            number.checked_mul(1024)
        };
        (cpus > 0).then_some(())?;
        Some(Machine {
            cpus,
            memory: of("MemTotal:")?,
            // Kernels before 3.14 do not tell it; what they do tell is less.
            memory_available: of("MemAvailable:").or_else(|| {
                let parts = ["MemFree:", "Buffers:", "Cached:"].map(of);
                parts
                    .into_iter()
                    .try_fold(0, |sum: u64, part| sum.checked_add(part?))
            })?,
            swap: of("SwapTotal:")?,
        })
    }
}

/// Bytes of a file of the tree.
fn limited(path: &Path) -> io::Result<Vec<u8>> {
    let found = fs::metadata(path)?;
    // A pipe or device in a tree that came from elsewhere would block.
    if !found.is_file() {
        return Err(io::Error::from_raw_os_error(if found.is_dir() {
            libc::EISDIR
        } else {
            libc::EINVAL
        }));
    }
    if found.len() > READ_LIMIT {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    fs::read(path)
}

/// The value that was written down; or else what the tree gives.
fn told<T: Clone>(
    answer: Option<&calls::Answer<T>>,
    other: impl FnOnce() -> Option<T>,
) -> io::Result<T> {
    match answer {
        Some(answer) => answer.again(),
        None => other().ok_or_else(not_captured),
    }
}

impl Host for Tree {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        limited(&self.file(path, true)?)
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        if let Some(names) = self.calls.lists.get(path) {
            return Ok(names.clone());
        }
        let entries = fs::read_dir(self.file(path, true)?)?;
        let names: io::Result<Vec<_>> = entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect();
        let mut names = names?;
        names.sort();
        Ok(names)
    }

    fn meta(&self, path: &str) -> io::Result<Meta> {
        if let Some(answer) = self.calls.metas.get(path) {
            return answer.again();
        }
        let meta = fs::symlink_metadata(self.file(path, false)?)?;
        let kind = meta.file_type();
        Ok(Meta {
            kind: match () {
                () if kind.is_symlink() => FileKind::Symlink,
                () if kind.is_dir() => FileKind::Directory,
                () if kind.is_file() => FileKind::File,
                () if kind.is_socket() => FileKind::Socket,
                () if kind.is_char_device() => FileKind::CharDevice,
                () => FileKind::Other,
            },
            mode: meta.mode() & 0o7777,
            uid: meta.uid(),
            gid: meta.gid(),
            size: meta.size(),
        })
    }

    fn read_link(&self, path: &str) -> io::Result<String> {
        let target = fs::read_link(self.file(path, false)?)?;
        Ok(target.to_string_lossy().into_owned())
    }

    fn space(&self, path: &str) -> io::Result<Space> {
        told(self.calls.spaces.get(path), || {
            outputs::space_of(self.df()?, path)
        })
    }

    fn uname(&self) -> io::Result<Uname> {
        told(self.calls.uname.as_ref(), || {
            let text = self.output(&["capture/uname", "sos_commands/kernel/uname_-a", "uname"]);
            outputs::uname(&text?)
        })
    }

    fn machine(&self) -> io::Result<Machine> {
        told(self.calls.machine.as_ref(), || self.of_proc())
    }

    fn disks(&self) -> io::Result<Vec<Disk>> {
        told(self.calls.disks.as_ref(), || {
            let disks = self.df()?.iter();
            let real = disks.filter(|disk| disk.device.starts_with("/dev/"));
            Some(real.cloned().collect())
        })
    }

    fn interfaces(&self) -> io::Result<Vec<pnet_datalink::NetworkInterface>> {
        Err(not_captured())
    }

    fn links(&self) -> io::Result<Vec<netlink::Link>> {
        told(self.calls.links.as_ref(), || {
            let (links, _) = self.ip_addr()?;
            // Addresses without their links (`ip -o -4 addr`) tell of no state.
            (!links.is_empty()).then(|| links.clone())
        })
    }

    fn addresses(&self) -> io::Result<Vec<netlink::Address>> {
        told(self.calls.addresses.as_ref(), || {
            Some(self.ip_addr()?.1.clone())
        })
    }

    fn routes(&self) -> io::Result<Vec<netlink::Route>> {
        told(self.calls.routes.as_ref(), || {
            let text = self.output(&[
                "capture/ip-route",
                "sos_commands/networking/ip_route_show_table_all",
            ])?;
            let links = self.links().ok()?;
            Some(ip::routes(&text, &links))
        })
    }

    fn nft_chains(&self) -> io::Result<Vec<nftables::NftChain>> {
        told(self.calls.nft_chains.as_ref(), || {
            let text = self.output(&[
                "capture/nft-ruleset",
                "sos_commands/firewall_tables/nft_list_ruleset",
                "sos_commands/networking/nft_list_ruleset",
            ])?;
            Some(nftables::of_ruleset(&text))
        })
    }

    fn unix_exchange(&self, socket: &str, request: &[u8], _: Duration) -> io::Result<Vec<u8>> {
        let name = Calls::request(socket, request);
        if let Some(answer) = self.calls.sockets.get(&name) {
            return answer.again().map(String::into_bytes);
        }
        let request = String::from_utf8_lossy(request);
        let answer = socket
            .ends_with("/docker.sock")
            .then(|| self.docker(request.lines().next().unwrap_or_default()));
        answer
            .flatten()
            .map(String::into_bytes)
            .ok_or_else(|| self.gone(socket))
    }

    fn packet_filter(&self, _: super::packet_filter::Tables) -> io::Result<String> {
        told(self.calls.packet_filter.as_ref(), || {
            self.output(&["capture/iptables-save"])
        })
    }

    fn port_is_free(&self, udp: bool, port: u16) -> io::Result<bool> {
        told(self.calls.ports.get(&Calls::port(udp, port)), || {
            let text = self.output(&[
                "capture/ss-tulpn",
                "sos_commands/networking/netstat_-W_-neopa",
            ])?;
            Some(!outputs::listening(&text)?.contains(&(udp, port)))
        })
    }

    fn ping(&self, _: Ipv4Addr, _: u16, _: Duration) -> io::Result<Ping> {
        only_a_tree()
    }

    fn cwd(&self) -> io::Result<String> {
        Ok("/root".into())
    }

    fn env(&self, name: &str) -> Option<String> {
        self.calls.environment.get(name).cloned()
    }

    fn environment(&self) -> Vec<(String, String)> {
        let all = self.calls.environment.iter();
        all.map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    fn euid(&self) -> u32 {
        self.calls.euid.unwrap_or(0)
    }

    fn clock_synchronised(&self) -> io::Result<bool> {
        told(self.calls.clock_synchronised.as_ref(), || None)
    }

    fn now(&self) -> SystemTime {
        let written = Some(self.calls.now.clone()).filter(|now| !now.is_empty());
        let written = written.or_else(|| self.output(&["capture/date"]));
        written
            .and_then(|text| humantime::parse_rfc3339_weak(text.trim()).ok())
            .unwrap_or_else(SystemTime::now)
    }

    fn sleep(&self, _: Duration) {}

    fn program(&self, name: &str) -> Option<String> {
        self.find_program(name).ok().flatten()
    }

    fn find_program(&self, name: &str) -> io::Result<Option<String>> {
        if let Some(answer) = self.calls.programs.get(name) {
            return answer.again();
        }
        let mut unknown = None;
        for folder in super::live::PATH.split(':') {
            let path = format!("{folder}/{name}");
            match self.file(&path, true) {
                Ok(_) => return Ok(Some(path)),
                Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {}
                Err(error) => unknown = Some(error),
            }
        }
        match unknown {
            Some(error) => Err(error),
            None => Ok(None),
        }
    }

    fn run(&self, command: &Command) -> Result<Output, CommandError> {
        Err(CommandError::Start {
            command: command.to_string(),
            source: io::Error::new(
                io::ErrorKind::Unsupported,
                "this host is only a captured tree",
            ),
        })
    }

    fn random(&self, _: usize) -> io::Result<Vec<u8>> {
        only_a_tree()
    }

    fn write_atomic(&self, _: &str, _: &[u8], _: u32) -> io::Result<()> {
        only_a_tree()
    }

    fn append_synced(&self, _: &str, _: &[u8]) -> io::Result<()> {
        only_a_tree()
    }

    fn lock(&self, _: &str, _: &str) -> io::Result<Option<Lock>> {
        only_a_tree()
    }

    fn chown(&self, _: &str, _: u32, _: u32) -> io::Result<()> {
        only_a_tree()
    }

    fn make_dir(&self, _: &str, _: u32) -> io::Result<()> {
        only_a_tree()
    }

    fn symlink(&self, _: &str, _: &str) -> io::Result<()> {
        only_a_tree()
    }

    fn remove_file(&self, _: &str) -> io::Result<()> {
        only_a_tree()
    }

    fn remove_dir(&self, _: &str) -> io::Result<()> {
        only_a_tree()
    }
}
