//! The phases of `groundcrew fleet` over real ssh daemons, beside Ansible's own modules
//! that push and run the same by the same inventory. Decides nothing: no test runs it.
//! `tests/bench-fleet` starts it; its argument is the number of hosts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_macros
)]

#[path = "../common/mod.rs"]
mod common;

use std::time::Duration;

use common::ssh::{FLEET, PROGRAM, SshLab, fleet_argv, script};

/// Nobody waits longer for one phase of some dozen hosts on one machine.
const LIMIT: Duration = Duration::from_secs(1800);
/// Where the plain playbooks are, and what they fetch.
const PLAIN: &str = "/root/plain";
/// What `groundcrew fleet` gives the ways between hosts by itself, plain Ansible by ping.
const ECHOES: &str = "3";

const WISHES: &str = "\
version: 1
needs: {vendor-kinds: [native], encryption: required}
scheduler: native
overlay:
  kind: wireguard
  network: 10.90.0.0/16
  wireguard: {interface: wg0, allow-experimental: true}
replicated: {install: false}
";

/// What an inspection is without groundcrew's collection.
const INSPECT: &str = "\
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.copy: {src: PROGRAM, dest: /root/gc, mode: '0700'}
    - ansible.builtin.shell: /root/gc preflight --format json > /root/gc.json
      register: done
      failed_when: done.rc not in [0, 3, 4]
    - ansible.builtin.fetch: {src: /root/gc.json, dest: '/root/plain/reports/{{ inventory_hostname }}.json', flat: true}
    - ansible.builtin.file: {path: /root/gc, state: absent}
    - ansible.builtin.file: {path: /root/gc.json, state: absent}
";

/// What `fleet export` tells a person to do on each host: answers there, join files back,
/// join files there, set up; by the same waves.
const APPLY: &str = "\
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.file: {path: /root/gc, state: directory, mode: '0700'}
    - ansible.builtin.copy: {src: PROGRAM, dest: /root/gc/groundcrew, mode: '0700'}
    - ansible.builtin.copy: {src: '/root/plain/out/{{ inventory_hostname }}/answers.yaml', dest: /root/gc/answers.yaml, mode: '0600'}
    - ansible.builtin.command: {cmd: ./groundcrew join make --answers answers.yaml, chdir: /root/gc}
    - ansible.builtin.fetch: {src: '/root/gc/join-{{ inventory_hostname }}.yaml', dest: /root/plain/joins/, flat: true}
- hosts: all
  gather_facts: false
  serial: [1, 3, 9, 27, 32]
  tasks:
    - ansible.builtin.copy: {src: /root/plain/joins/, dest: /root/gc/join/, mode: '0600'}
    - ansible.builtin.command: {cmd: ./groundcrew --answers answers.yaml --yes, chdir: /root/gc}
      register: done
      # 7: those of later waves do not answer yet.
      failed_when: done.rc not in [0, 7]
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.file: {path: /root/gc, state: absent}
";

/// Every pair at the exact MTU.
const VERIFY: &str = "\
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.command: ping -n -q -c ECHOES -i 0.2 -M do -s SIZE {{ item }}
      loop: ADDRESSES
";

const ROLLBACK: &str = "\
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.copy: {src: PROGRAM, dest: /root/groundcrew, mode: '0700'}
    - ansible.builtin.command: /root/groundcrew rollback --yes
    - ansible.builtin.file: {path: /root/groundcrew, state: absent}
";

struct Bench {
    lab: SshLab,
    inventory: String,
}

impl Bench {
    /// Seconds on the wall and processor seconds of the controller; connections are new.
    fn time(&self, argv: &[&str], codes: &[i32]) -> [f64; 2] {
        let control = self.lab.control();
        script(
            control,
            "for socket in /root/.ansible/cp/*; do
               [ ! -S $socket ] || ssh -o ControlPath=$socket -O exit x 2>/dev/null || :
             done",
        );
        let timed = ["/usr/bin/time", "-q", "-o", "/root/time", "-f", "%e %U %S"];
        let out = control.run_within(LIMIT, &[&timed[..], argv].concat());
        assert!(out.code.is_some_and(|code| codes.contains(&code)), "{out}");
        let text = control.read("/root/time");
        let numbers: Vec<f64> = text.split_whitespace().flat_map(str::parse).collect();
        let [wall, user, system] = numbers[..] else {
            panic!("time(1) says {text:?}");
        };
        [wall, user + system]
    }

    fn fleet(&self, args: &[&str], codes: &[i32]) -> [f64; 2] {
        self.time(&fleet_argv(&self.inventory, args), codes)
    }

    fn plain(&self, name: &str, text: &str, pipelining: bool) -> [f64; 2] {
        let path = format!("{PLAIN}/{name}.yml");
        let text = text.replace("PROGRAM", PROGRAM);
        self.lab.control().write(&path, 0o644, &text);
        let pipelining = format!("ANSIBLE_PIPELINING={pipelining}");
        let python = "ansible_python_interpreter=/usr/bin/python3";
        let play = ["ansible-playbook", "-i", &self.inventory, "-f", "32", "-e"];
        let argv = [&["env", &pipelining][..], &play, &[python, &path]].concat();
        self.time(&argv, &[0])
    }
}

fn row(phase: &str, columns: &[Option<[f64; 2]>]) {
    let mut line = format!("| {phase} |");
    for column in columns {
        line.push_str(&match column {
            Some([wall, cpu]) => format!(" {wall:.1} | {cpu:.1} |"),
            None => " | |".to_owned(),
        });
    }
    println!("{line}");
}

fn main() {
    let count = std::env::args().nth(1).map_or(10, |word| {
        let count = word.parse().unwrap_or(0);
        assert!((2..=200).contains(&count), "{word}: 2 to 200 hosts");
        count
    });
    let names: Vec<String> = (1..=count).map(|nth| format!("app{nth:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut lab = SshLab::start(&names);
    for name in &names {
        // By which Ansible's own modules copy.
        lab.daemon(name, "ed25519", "Subsystem sftp internal-sftp\n");
    }
    let lines: Vec<_> = names.iter().map(|name| (*name, "")).collect();
    let inventory = lab.inventory(&lines);
    let bench = Bench { lab, inventory };
    let control = bench.lab.control();
    control.write(&format!("{FLEET}/fleet.yaml"), 0o600, WISHES);
    let version = control.run(&["ansible", "--version"]).ok();
    let load = control.read("/proc/loadavg");
    println!(
        "{count} hosts, {} processors, load {}, {}\n",
        std::thread::available_parallelism().map_or(0, usize::from),
        load.split_whitespace().next().unwrap_or_default(),
        version.lines().next().unwrap_or_default(),
    );
    println!(
        "| | groundcrew fleet, s | CPU s | Ansible's modules, s | CPU s | with pipelining, s | CPU s |"
    );
    println!("|---|---|---|---|---|---|---|");
    let both = |name: &str, text: &str| [false, true].map(|on| Some(bench.plain(name, text, on)));
    let beside = |phase: &str, ours: [f64; 2], [plain, pipelined]: [Option<[f64; 2]>; 2]| {
        row(phase, &[Some(ours), plain, pipelined]);
    };

    let ours = bench.fleet(&["inspect"], &[0]);
    beside("inspect", ours, both("inspect", INSPECT));
    row(
        "report",
        &[Some(bench.fleet(&["report"], &[0, 3, 4])), None, None],
    );
    row("plan", &[Some(bench.fleet(&["plan"], &[0])), None, None]);
    // Beside the plain ones at the end, since both cannot stand at a time.
    let first = bench.fleet(&["apply", "--yes"], &[0]);
    let again = bench.fleet(&["apply", "--yes"], &[0]);
    let verify = bench.fleet(&["verify", "--echoes", ECHOES], &[0]);
    let addresses: String = names
        .iter()
        .map(|name| {
            let host = bench.lab.lab.host(name);
            script(
                host,
                "ip -o -4 addr show dev wg0 | awk '{print $4}' | cut -d/ -f1",
            )
        })
        .collect();
    let addresses: Vec<&str> = addresses.lines().collect();
    let mtu = script(bench.lab.lab.host(names[0]), "cat /sys/class/net/wg0/mtu");
    // Without the headers of IPv4 and ICMP.
    let size = mtu.trim().parse::<u32>().unwrap() - 28;
    let back = bench.fleet(&["rollback", "--yes"], &[0]);

    script(
        control,
        &format!("{PROGRAM} fleet export -d {FLEET} -o {PLAIN}/out"),
    );
    let pings = VERIFY
        .replace("ECHOES", ECHOES)
        .replace("SIZE", &size.to_string())
        .replace("ADDRESSES", &format!("[{}]", addresses.join(", ")));
    let plain = [false, true].map(|on| {
        let first = bench.plain("apply", APPLY, on);
        let again = bench.plain("apply", APPLY, on);
        let verify = bench.plain("verify", &pings, on);
        let back = bench.plain("rollback", ROLLBACK, on);
        [first, again, verify, back].map(Some)
    });
    let phases = [
        ("apply", first),
        ("apply again", again),
        ("verify", verify),
        ("rollback", back),
    ];
    for (nth, (phase, ours)) in phases.into_iter().enumerate() {
        beside(phase, ours, [plain[0][nth], plain[1][nth]]);
    }
}
