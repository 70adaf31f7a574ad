//! One host of the lab: a root, a hostname, a network and processes of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::build::oldkern_binary;
use super::lab::HostSpec;
use super::oldkern::{Table, on_kernel};
use super::proc::{LIMIT, Out, Proc};
use super::pty::Term;

/// The variable by which the processes of one lab are known, whoever their parent is.
pub const MARK: &str = "LAB_OF_TESTS";

/// Where the binary under test is seen in every host; below /run, so that it is
/// no change of the host's tree.
pub const BINARY: &str = "/run/lab/groundcrew";

/// A running host. Everything in it ends when it is dropped.
pub struct Host {
    /// Its hostname.
    pub name: String,
    /// Its place in the lab: its address on the underlay is 10.92.0.NUMBER.
    pub number: u8,
    mark: String,
    old_kernel: Option<bool>,
    pid: i32,
    /// Only here to be dropped: `unshare`, whose end takes the host with it.
    holder: Proc,
}

/// The environment of every command in a host: nothing of the tests' own.
fn environment(mark: &str) -> [(&'static str, String); 5] {
    [
        ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin".into()),
        ("HOME", "/root".into()),
        ("LANG", "C.UTF-8".into()),
        ("WG_COLOR_MODE", "never".into()),
        (MARK, mark.into()),
    ]
}

impl Host {
    /// Makes the namespaces and the root; the links come from the lab.
    pub(super) fn start(spec: &HostSpec, number: u8, mark: &str) -> Self {
        let init = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/common/host-init");
        let mut command = Command::new("unshare");
        command
            .args([
                "--net",
                "--uts",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "bash",
            ])
            .arg(init)
            .arg(&spec.name)
            .arg(if spec.old_kernel.is_some() {
                oldkern_binary()
            } else {
                env!("CARGO_BIN_EXE_groundcrew").into()
            })
            .arg(BINARY)
            .env_clear()
            .envs(environment(mark));
        if let Some(name) = &spec.first_process {
            command.env("LAB_FIRST_PROCESS", name);
        }
        for (source, target) in &spec.shown {
            command.arg(source).arg(target);
        }
        let holder = Proc::spawn(&mut command);
        let ready = holder.wait_for_stdout("\n", LIMIT);
        let pid = ready
            .trim()
            .strip_prefix("ready ")
            .and_then(|pid| pid.parse().ok())
            .unwrap_or_else(|| panic!("{}: {ready}{}", spec.name, holder.stderr()));
        Self {
            name: spec.name.clone(),
            number,
            mark: mark.to_owned(),
            old_kernel: spec.old_kernel,
            pid,
            holder,
        }
    }

    /// The address on the underlay, without the prefix length.
    pub fn address(&self) -> String {
        format!("10.92.0.{}", self.number)
    }

    /// Whether the binary under test is told an old kernel's release.
    pub fn has_old_release(&self) -> bool {
        self.old_kernel == Some(true)
    }

    /// The host's first process, by its pid outside.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// The host's file `path` (absolute) as it is seen from outside, for sockets
    /// and the like. Symbolic links with an absolute target lead out of the host
    /// on this way: read and write files by [`Self::read`] and [`Self::write`].
    pub fn path(&self, path: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{path}", self.pid))
    }

    /// The folder that holds what differs from the real host's root.
    pub fn upper(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/fd/9", self.pid))
    }

    fn enter(&self) -> [String; 7] {
        // Not --wdf or --root: entering the mount namespace leads to its root.
        [
            "nsenter",
            "-t",
            &self.pid.to_string(),
            "-m",
            "-n",
            "-u",
            "-p",
        ]
        .map(str::to_owned)
    }

    /// A command that will run in this host.
    pub fn command(&self, argv: &[&str]) -> Command {
        let enter = self.enter();
        let mut command = Command::new(&enter[0]);
        command
            .args(&enter[1..])
            .arg("--")
            .args(argv)
            .env_clear()
            .envs(environment(&self.mark));
        command
    }

    /// Runs a command in this host to its end, within a minute.
    #[track_caller]
    pub fn run(&self, argv: &[&str]) -> Out {
        self.run_within(LIMIT, argv)
    }

    /// Runs a command in this host to its end, within `limit`.
    #[track_caller]
    pub fn run_within(&self, limit: Duration, argv: &[&str]) -> Out {
        self.spawn(argv).wait(limit)
    }

    /// Runs the binary under test in this host.
    #[track_caller]
    pub fn groundcrew(&self, args: &[&str]) -> Out {
        let argv: Vec<&str> = std::iter::once(BINARY)
            .chain(args.iter().copied())
            .collect();
        self.run(&argv)
    }

    /// Starts a command in this host.
    pub fn spawn(&self, argv: &[&str]) -> Proc {
        let mut command = self.command(argv);
        self.on_its_kernel(argv, || Proc::spawn(&mut command))
    }

    /// On a host with the old kernel's table the binary under test has it, and what
    /// the binary starts. Whatever else runs there does not know it.
    fn on_its_kernel<T: Send>(&self, argv: &[&str], start: impl FnOnce() -> T + Send) -> T {
        match self.old_kernel {
            Some(release) if argv.iter().any(|word| word.contains(BINARY)) => {
                on_kernel(Table::El6, release, start)
            }
            _ => start(),
        }
    }

    /// Starts a command in this host on a terminal of its own.
    pub fn spawn_pty(&self, rows: u16, cols: u16, env: &[(&str, &str)], argv: &[&str]) -> Term {
        let enter = self.enter();
        let mut line: Vec<&str> = enter.iter().map(String::as_str).collect();
        line.push("--");
        line.extend(argv);
        let common = environment(&self.mark);
        let mut all: Vec<(&str, &str)> = common.iter().map(|(k, v)| (*k, v.as_str())).collect();
        all.extend(env);
        self.on_its_kernel(argv, || Term::spawn(rows, cols, &all, &line))
    }

    /// Writes a file of this host, with its folders.
    ///
    /// From the inside, like [`Self::read`]: a symbolic link on the way, such as
    /// /var/run, would lead to the real host's file otherwise.
    #[track_caller]
    pub fn write(&self, path: &str, mode: u32, content: &str) {
        let mode = format!("{mode:o}");
        let mut install = self.spawn(&["install", "-D", "-m", &mode, "/dev/stdin", path]);
        install.write(content);
        install.wait(LIMIT).ok();
    }

    /// Reads a file of this host.
    #[track_caller]
    pub fn read(&self, path: &str) -> String {
        self.run(&["cat", path]).ok()
    }

    /// A firewall that drops what is not wanted, as a careful site has it.
    pub fn drop_input(&self) {
        for rule in [
            &["-A", "INPUT", "-i", "lo", "-j", "ACCEPT"][..],
            &[
                "-A",
                "INPUT",
                "-m",
                "conntrack",
                "--ctstate",
                "ESTABLISHED,RELATED",
                "-j",
                "ACCEPT",
            ],
            &["-A", "INPUT", "-p", "icmp", "-j", "ACCEPT"],
            &["-A", "INPUT", "-p", "tcp", "--dport", "22", "-j", "ACCEPT"],
            &["-P", "INPUT", "DROP"],
        ] {
            let argv: Vec<&str> = ["iptables", "-w"].iter().chain(rule).copied().collect();
            self.run(&argv).ok();
        }
    }

    /// Pings `address` with a packet of `size` bytes in all (IP and ICMP headers
    /// included) that may not be split.
    pub fn ping(&self, address: &str, size: u16) -> Out {
        let payload = (size - 28).to_string();
        self.run(&[
            "ping", "-n", "-c", "1", "-W", "10", "-M", "do", "-s", &payload, address,
        ])
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // The holder is alive as long as it has not been waited for, so that
        // the pid is still its own.
        if !self.holder.has_ended() {
            let _ = kill(Pid::from_raw(self.pid), Signal::SIGKILL);
        }
        self.holder.kill();
    }
}
