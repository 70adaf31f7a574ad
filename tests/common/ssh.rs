//! Hosts of the lab with an ssh daemon each, and one from which they are reached.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::build::release_binary;
use super::host::Host;
use super::lab::{HostSpec, Lab};
use super::proc::{LIMIT, Proc};
use super::wait_until;

/// Where a host has what its daemon needs; below /run, so that it is no change of
/// its tree.
const FOLDER: &str = "/run/lab-ssh";
/// Where the daemon is seen that tests/run has unpacked, for machines without one.
const UNPACKED: &str = "/run/lab/ssh";

/// What each daemon has in common. The path given to `sshd -f` has to be absolute.
const CONFIG: &str = "\
Port 22
HostKey /run/lab-ssh/hostkey
PidFile /run/lab-ssh/sshd.pid
AuthorizedKeysFile /run/lab-ssh/authorized_keys
StrictModes no
PasswordAuthentication no
UsePAM no
UseDNS no
MaxStartups 100:30:200
";

/// Where `control` sees the program.
pub const PROGRAM: &str = "/run/lab/bin/groundcrew";
/// The fleet's folder on `control`.
pub const FLEET: &str = "/root/fleet";
/// How long a command about all hosts may take on a machine with other work.
pub const RUN: Duration = Duration::from_secs(200);

/// A command of `groundcrew fleet`: with the inventory where it reaches hosts, and with
/// [`FLEET`] where it names no folder.
pub fn fleet_argv<'a>(inventory: &'a str, args: &[&'a str]) -> Vec<&'a str> {
    // Before what is Ansible's, behind `--`.
    let mut argv = vec![PROGRAM, "fleet", args[0]];
    if !["plan", "report"].contains(&args[0]) {
        argv.extend(["--inventory", inventory]);
    }
    if !args.contains(&"--dir") {
        argv.extend(["--dir", FLEET]);
    }
    argv.extend(&args[1..]);
    argv
}

/// What of ours is on a host beside journals and logs.
pub fn left(host: &Host) -> String {
    script(
        host,
        "find /tmp /var/tmp /dev/shm /run /root /var/lib/groundcrew -maxdepth 1 \
         \\( -name '.groundcrew*' -o -name 'groundcrew-*' -o -name fleet -o -name swarm-join-tokens \\); \
         for p in /proc/[0-9]*; do readlink $p/exe || :; done | grep groundcrew || :",
    )
}

/// Sends this signal to what was pushed to a host and runs there.
pub fn signal_pushed(host: &Host, signal: &str) {
    script(
        host,
        &format!(
            "for p in /proc/[0-9]*; do
               case $(readlink $p/exe || :) in
                 *groundcrew-gc*/groundcrew) kill -{signal} ${{p#/proc/}} || : ;;
               esac
             done"
        ),
    );
}

/// The hosts with their daemons, which end with the lab.
pub struct SshLab {
    /// `control`, from which the others are reached, and the others.
    pub lab: Lab,
    daemons: Vec<Proc>,
}

fn unpacked() -> PathBuf {
    let named = std::env::var_os("GROUNDCREW_TEST_TOOLS").map(PathBuf::from);
    named
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools"))
        .join("ssh")
}

fn with_daemon(spec: HostSpec) -> HostSpec {
    if Path::new("/usr/sbin/sshd").exists() {
        return spec;
    }
    assert!(
        unpacked().is_dir(),
        "there is no sshd here, and {} is missing: tests/run unpacks it",
        unpacked().display()
    );
    spec.show(unpacked(), UNPACKED)
}

impl SshLab {
    /// Makes `control`, which sees the program as it is carried to a site as
    /// [`PROGRAM`], and hosts of these names. What is sent to every host
    /// for every command is the small one, as there.
    pub fn start(names: &[&str]) -> Self {
        Self::start_of(names.iter().map(|name| HostSpec::new(name)))
    }

    /// The same of these hosts.
    pub fn start_of(hosts: impl IntoIterator<Item = HostSpec>) -> Self {
        let control = HostSpec::new("control").show(release_binary(), PROGRAM);
        let mut specs = vec![control];
        specs.extend(hosts.into_iter().map(with_daemon));
        let lab = Lab::start(&specs);
        script(
            &lab.hosts[0],
            "mkdir -p -m 700 /run/lab-ssh
             ssh-keygen -q -t ed25519 -N '' -f /run/lab-ssh/id
             : > /run/lab-ssh/known_hosts",
        );
        Self {
            lab,
            daemons: Vec::new(),
        }
    }

    /// The host from which the others are reached.
    pub fn control(&self) -> &Host {
        &self.lab.hosts[0]
    }

    /// Starts the daemon of a host, with a host key of this type and further lines of
    /// configuration. `control` knows the key.
    pub fn daemon(&mut self, name: &str, key: &str, config: &str) {
        let public = self.control().read(&format!("{FOLDER}/id.pub"));
        let host = self.lab.host(name);
        host.write(&format!("{FOLDER}/authorized_keys"), 0o644, &public);
        host.write(
            &format!("{FOLDER}/config"),
            0o600,
            &format!("{CONFIG}{config}"),
        );
        // The account must not be locked, and the daemon wants a user of its own.
        script(
            host,
            &format!(
                "[ ! -d {UNPACKED} ] || cp -a {UNPACKED}/. /
                 mkdir -p -m 755 /run/sshd
                 usermod -p '*' root
                 id sshd >/dev/null 2>&1 || useradd -r -d /run/sshd -s /usr/sbin/nologin sshd
                 : > /root/.bashrc
                 ssh-keygen -q -t {key} -N '' -f {FOLDER}/hostkey"
            ),
        );
        let config = format!("{FOLDER}/config");
        let daemon = host.spawn(&["/usr/sbin/sshd", "-D", "-e", "-f", &config]);
        wait_until(&format!("sshd of {name}"), Duration::from_secs(20), || {
            if daemon.stderr().contains("Server listening on 0.0.0.0") {
                Ok(())
            } else {
                Err(daemon.stderr())
            }
        });
        let key = host.read(&format!("{FOLDER}/hostkey.pub"));
        let known = format!("{} {key}", host.address());
        let control = self.control();
        let path = format!("{FOLDER}/known_hosts");
        let all = format!("{}{known}", control.read(&path));
        control.write(&path, 0o600, &all);
        self.daemons.push(daemon);
    }

    /// Writes the inventory: a line a host, with its variables beside its address.
    pub fn inventory(&self, hosts: &[(&str, &str)]) -> String {
        let mut text = String::from("[nodes]\n");
        for (name, variables) in hosts {
            let address = self.lab.host(name).address();
            text.push_str(&format!("{name} ansible_host={address} {variables}\n"));
        }
        // What the site's Python is must be of no account.
        text.push_str(&format!(
            "[all:vars]\nansible_user=root\nansible_python_interpreter=/no/python\n\
             ansible_ssh_private_key_file={FOLDER}/id\n\
             ansible_ssh_common_args=-o UserKnownHostsFile={FOLDER}/known_hosts \
             -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes\n"
        ));
        let path = format!("{FOLDER}/inventory.ini");
        self.control().write(&path, 0o600, &text);
        path
    }
}

/// Runs a script in a host.
#[track_caller]
pub fn script(host: &Host, text: &str) -> String {
    host.run_within(LIMIT, &["bash", "-euc", text]).ok()
}
