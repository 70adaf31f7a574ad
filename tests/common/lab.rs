//! Several hosts on one wire.
//!
//! Nothing here has a name outside: the namespaces hang on a process each, the
//! links are made inside of them, the changed files are on file systems that
//! only the hosts see. So labs of parallel tests cannot meet, and when a test
//! ends in whatever way, the kernel clears up.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::host::{Host, MARK};
use super::proc::{LIMIT, Out, Proc, run};
use super::{unique, wait_until};

/// A further network card.
#[derive(Clone)]
struct Card {
    name: String,
    cidr: Option<String>,
    segment: u8,
    mtu: u16,
}

/// What a host is to look like.
#[derive(Clone)]
pub struct HostSpec {
    pub(super) name: String,
    pub(super) shown: Vec<(PathBuf, String)>,
    pub(super) old_kernel: Option<bool>,
    pub(super) first_process: Option<String>,
    mtu: u16,
    default_route: bool,
    cards: Vec<Card>,
}

impl HostSpec {
    /// A host with `eth0` on the underlay, MTU 1500 and a default route.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            shown: Vec::new(),
            old_kernel: None,
            first_process: None,
            mtu: 1500,
            default_route: true,
            cards: Vec::new(),
        }
    }

    /// Has the binary under test see the system-call table of the EL6 kernel, and its
    /// release.
    pub fn old_kernel(mut self) -> Self {
        self.old_kernel = Some(true);
        self
    }

    /// The same with the release that the kernel has, for what is refused on a 2.6:
    /// only how the binary gets along with the table is seen.
    pub fn old_calls(mut self) -> Self {
        self.old_kernel = Some(false);
        self
    }

    /// What the host's first process is called: `init` where one is to be found.
    pub fn first_process(mut self, name: &str) -> Self {
        self.first_process = Some(name.to_owned());
        self
    }

    /// The MTU of `eth0`.
    pub fn mtu(mut self, mtu: u16) -> Self {
        self.mtu = mtu;
        self
    }

    /// A host that knows its own subnet alone.
    pub fn no_default_route(mut self) -> Self {
        self.default_route = false;
        self
    }

    /// One more card, on the wire `segment` (0 is the underlay); `cidr` is its
    /// address with the prefix length, or none.
    pub fn card(mut self, name: &str, cidr: Option<&str>, segment: u8, mtu: u16) -> Self {
        self.cards.push(Card {
            name: name.to_owned(),
            cidr: cidr.map(str::to_owned),
            segment,
            mtu,
        });
        self
    }

    /// Shows a file or folder of the real host, read-only, below /run of this one.
    pub fn show(mut self, source: impl Into<PathBuf>, target: &str) -> Self {
        assert!(target.starts_with("/run/"), "{target}: outside of /run");
        self.shown.push((source.into(), target.to_owned()));
        self
    }
}

/// The hosts and the wire between them.
pub struct Lab {
    /// The hosts, in the order of their specifications; dropped before the wire.
    pub hosts: Vec<Host>,
    mark: String,
    hub: Proc,
    segments: Vec<u8>,
    ports: usize,
}

fn alike(count: usize) -> Vec<HostSpec> {
    let names = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"];
    names[..count].iter().map(|n| HostSpec::new(n)).collect()
}

/// The gateway's address on the underlay: the wire itself.
pub const GATEWAY: &str = "10.92.0.254";

impl Lab {
    /// Hosts named `alpha`, `bravo`, `charlie` …, all alike.
    pub fn plain(count: usize) -> Self {
        Self::start(&alike(count))
    }

    /// The same, the binary under test with the old kernel's system calls.
    pub fn old_calls(count: usize) -> Self {
        let specs: Vec<_> = alike(count).into_iter().map(HostSpec::old_calls).collect();
        Self::start(&specs)
    }

    /// Makes the hosts and joins them; each has 10.92.0.N/24 on `eth0`, counted from 1.
    pub fn start(specs: &[HostSpec]) -> Self {
        assert!(
            nix::unistd::geteuid().is_root(),
            "the test hosts are namespaces, which root alone can make: run tests/run as root"
        );
        let mark = unique();
        // The wire needs a network namespace and nothing else; it ends with its input.
        let hub = Proc::spawn(
            Command::new("unshare")
                .args(["--net", "--kill-child", "--fork", "cat"])
                .env_clear()
                .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
                .env(MARK, &mark),
        );
        let mut lab = Self {
            hosts: Vec::new(),
            mark,
            hub,
            segments: Vec::new(),
            ports: 0,
        };
        for (number, spec) in (1u8..).zip(specs) {
            lab.join(spec, number);
        }
        // Link-local addresses come a moment after the carrier; what is looked
        // at later has to be at rest by then.
        for host in &lab.hosts {
            wait_until(
                &format!("{}: links at rest", host.name),
                Duration::from_secs(20),
                || at_rest(host),
            );
        }
        lab
    }

    /// The word that marks this lab's processes in their environment.
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// The pid, outside, of the process that holds the wire's network namespace.
    pub fn hub_pid(&self) -> i32 {
        self.hub.inner_pid()
    }

    /// The host `name`.
    #[track_caller]
    pub fn host(&self, name: &str) -> &Host {
        let found = self.hosts.iter().find(|h| h.name == name);
        found.unwrap_or_else(|| panic!("no host {name} in this lab"))
    }

    /// Kills the host `name` as a power cut would, and waits until it is off the wire.
    pub fn cut_off(&mut self, name: &str) {
        let at = self.hosts.iter().position(|h| h.name == name);
        drop(self.hosts.remove(at.expect("a host of this lab")));
        // The kernel takes the links of a dead namespace down a moment later.
        wait_until(&format!("{name} is off the wire"), LIMIT, || {
            let ports = self
                .on_hub(&["ip", "-o", "link", "show", "group", "default"])
                .ok();
            let mine = |port: &&str| {
                let mut words = port.split_whitespace().skip_while(|w| *w != "alias");
                words.nth(1) == Some(name)
            };
            match ports.lines().find(mine) {
                None => Ok(()),
                Some(port) => Err(port.to_owned()),
            }
        });
    }

    /// Runs a command on the wire's side.
    #[track_caller]
    pub fn on_hub(&self, argv: &[&str]) -> Out {
        run(Command::new("nsenter")
            .args(["-t", &self.hub_pid().to_string(), "-n", "--"])
            .args(argv)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env(MARK, &self.mark))
    }

    fn join(&mut self, spec: &HostSpec, number: u8) {
        let host = Host::start(spec, number, &self.mark);
        let eth0 = Card {
            name: "eth0".into(),
            cidr: Some(format!("10.92.0.{number}/24")),
            segment: 0,
            mtu: spec.mtu,
        };
        for card in std::iter::once(&eth0).chain(&spec.cards) {
            self.plug(&host, card);
        }
        if spec.default_route {
            host.run(&["ip", "route", "add", "default", "via", GATEWAY])
                .ok();
        }
        self.hosts.push(host);
    }

    /// Lets nothing over `mtu` bytes out of a port. A card alone takes four bytes
    /// more than its MTU, room for a VLAN tag; a narrow way in between does not.
    fn cut_at(&self, port: &str, mtu: &str) {
        self.on_hub(&["nft", "add", "table", "bridge", "wire"]).ok();
        for hook in ["forward", "output"] {
            let chain = format!("{{ type filter hook {hook} priority 0; }}");
            self.on_hub(&["nft", "add", "chain", "bridge", "wire", hook, &chain])
                .ok();
            let rule = [
                "nft", "add", "rule", "bridge", "wire", hook, "oifname", port,
            ];
            self.on_hub(&[&rule[..], &["meta", "length", "gt", mtu, "drop"]].concat())
                .ok();
        }
    }

    fn plug(&mut self, host: &Host, card: &Card) {
        let bridge = format!("br{}", card.segment);
        if !self.segments.contains(&card.segment) {
            self.segments.push(card.segment);
            // No queries of the bridge's own on the wire, and ports that carry at once.
            let argv = [
                "ip", "link", "add", &bridge, "mtu", "9000", "type", "bridge",
            ];
            self.on_hub(&[&argv[..], &["forward_delay", "0", "mcast_snooping", "0"]].concat())
                .ok();
            if card.segment == 0 {
                let gateway = format!("{GATEWAY}/24");
                self.on_hub(&["ip", "addr", "add", &gateway, "dev", &bridge])
                    .ok();
            }
            self.on_hub(&["ip", "link", "set", &bridge, "up"]).ok();
        }
        self.ports += 1;
        let port = format!("p{}", self.ports);
        let pid = host.pid().to_string();
        let argv = [
            "ip", "link", "add", &port, "mtu", "9000", "type", "veth", "peer", "name",
        ];
        self.on_hub(&[&argv[..], &[&card.name, "netns", &pid]].concat())
            .ok();
        // The alias tells later whose port this is.
        let argv = [
            "ip", "link", "set", &port, "alias", &host.name, "master", &bridge, "up",
        ];
        self.on_hub(&argv).ok();
        let mtu = card.mtu.to_string();
        if card.mtu < 1500 {
            self.cut_at(&port, &mtu);
        }
        if let Some(cidr) = &card.cidr {
            host.run(&["ip", "addr", "add", cidr, "dev", &card.name])
                .ok();
        }
        host.run(&["ip", "link", "set", &card.name, "mtu", &mtu, "up"])
            .ok();
    }
}

/// Whether every card of the host has its carrier and its link-local address.
fn at_rest(host: &Host) -> Result<(), String> {
    let links = host.run(&["ip", "-o", "link", "show", "type", "veth"]).ok();
    let addresses = host
        .run(&["ip", "-6", "-o", "addr", "show", "scope", "link"])
        .ok();
    let ipv6 = std::path::Path::new("/proc/sys/net/ipv6").exists();
    for line in links.lines() {
        let name = line.split([' ', '@']).nth(1).unwrap_or_default();
        let settled = addresses
            .lines()
            .any(|a| a.contains(&format!(" {name} ")) && !a.contains("tentative"));
        if !line.contains("state UP") || (ipv6 && !settled) {
            return Err(format!("{links}{addresses}"));
        }
    }
    Ok(())
}
