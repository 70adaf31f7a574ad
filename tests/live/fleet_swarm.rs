//! Swarms of real Docker daemons, set up by one command over real ssh daemons and the
//! real Ansible. Three managers and a worker over WireGuard: with a manager that is
//! killed while it holds its join token, an operator who stops in the middle, a manager
//! that leaves the plan and a worker that takes its place, and taken back. And two hosts
//! without a private network. No token and no private key is ever readable on the
//! controller.

use crate::common;

use common::dockerd::Dockerd;
use common::host::Host;
use common::proc::{Out, Proc};
use common::site::{Picture, leaks};
use common::ssh::{FLEET, RUN, SshLab, fleet_argv, left, script, signal_pushed};
use common::wait_until;
use nix::sys::signal::Signal;
use serde_json::Value;

const ON_HOST: &str = "/var/lib/groundcrew/fleet";
const HOSTS: [&str; 4] = ["app01", "app02", "app03", "app04"];
/// With it a host has its own token.
const TOKEN: &str = "/var/lib/groundcrew/fleet/swarm-join-tokens";

/// The kernel may have no ip_vs (SW8): virtual addresses are not tried here.
const WISHES: &str = "\
version: 1
needs: {vendor-kinds: [swarm]}
preflight: {waive: [{id: SW8, reason: names are enough here}]}
scheduler: swarm
replicated: {install: false}
";
const WIREGUARD: &str = "\
overlay:
  kind: wireguard
  network: 10.90.0.0/24
  wireguard: {interface: wg0, allow-experimental: true}
";
const THREE: &str = "fleet: {first: app01, managers: 3}\n";
const WITHOUT_APP02: &str = "fleet: {first: app01, managers: 3, exclude: [app02]}\n";

struct Site<'a> {
    lab: &'a SshLab,
    inventory: String,
    told: Vec<Out>,
    secrets: Vec<String>,
}

impl<'a> Site<'a> {
    /// The hosts of a lab, with these wishes.
    fn new(lab: &'a SshLab, names: &[&str], wishes: &[&str]) -> Self {
        let hosts: Vec<_> = names.iter().map(|name| (*name, "")).collect();
        let site = Self {
            lab,
            inventory: lab.inventory(&hosts),
            told: Vec::new(),
            secrets: Vec::new(),
        };
        site.wish(wishes);
        site
    }

    fn wish(&self, wishes: &[&str]) {
        let file = format!("{FLEET}/fleet.yaml");
        self.lab.control().write(&file, 0o600, &wishes.concat());
    }

    fn argv<'b>(&'b self, args: &[&'b str]) -> Vec<&'b str> {
        fleet_argv(&self.inventory, args)
    }

    #[track_caller]
    fn fleet(&mut self, code: i32, args: &[&str]) -> Out {
        let out = self.lab.control().run_within(RUN, &self.argv(args));
        let out = out.expect_code(code);
        self.told.push(out.clone());
        out
    }

    fn host(&self, name: &str) -> &'a Host {
        self.lab.lab.host(name)
    }

    /// Waits until a host has its token, while a command goes on.
    fn wait_for_token(&self, name: &str, running: &mut Proc) {
        let file = self.host(name).path(TOKEN);
        wait_until(&format!("{name} has its token"), RUN, || {
            let held = std::fs::read_to_string(&file).unwrap_or_default();
            if held.starts_with("SWMTKN-1-") {
                Ok(())
            } else if running.has_ended() {
                panic!("{}{}", running.stdout(), running.stderr())
            } else {
                Err(running.stderr())
            }
        });
    }

    /// Nothing that is secret is in the controller's files, or in what its processes
    /// were started with, or was told.
    #[track_caller]
    fn assert_no_leak(&self) {
        let control = self.lab.control();
        assert_eq!(leaks(control, &self.secrets, &[]), Vec::<String>::new());
        let processes = script(
            control,
            "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null || :",
        );
        let told: String = self.told.iter().map(|out| format!("{out}")).collect();
        for secret in &self.secrets {
            assert!(!processes.contains(secret.as_str()), "a process has it");
            assert!(!told.contains(secret.as_str()), "it was told");
        }
    }
}

fn swarm(docker: &Dockerd<'_>) -> Value {
    let info: Value = serde_json::from_str(&docker.body("/info")).unwrap();
    info["Swarm"].clone()
}

/// Both tokens of the first manager.
fn tokens(docker: &Dockerd<'_>) -> Vec<String> {
    let found: Value = serde_json::from_str(&docker.body("/swarm")).unwrap();
    let token = |kind: &str| found["JoinTokens"][kind].as_str().unwrap().to_owned();
    vec![token("Worker"), token("Manager")]
}

/// The nodes as a manager lists them: host name, role, and how the others reach it where
/// it is a manager.
fn nodes(docker: &Dockerd<'_>) -> Vec<String> {
    let all: Value = serde_json::from_str(&docker.body("/nodes")).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |node: &Value| {
        let name = text(&node["Description"]["Hostname"]);
        let role = text(&node["Spec"]["Role"]);
        let reached = text(&node["ManagerStatus"]["Reachability"]);
        format!("{name} {role} {reached}").trim_end().to_owned()
    };
    let mut lines: Vec<String> = all.as_array().unwrap().iter().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn managers_come_go_and_change_over_wireguard_and_their_tokens_are_nowhere_on_the_way() {
    let mut lab = SshLab::start(&HOSTS);
    for name in HOSTS {
        lab.daemon(name, "ed25519", "");
    }
    // All that Ansible can write down of its work.
    let config = "[defaults]\nlog_path = /root/ansible.log\n";
    lab.control().write("/root/.ansible.cfg", 0o644, config);
    let mut site = Site::new(&lab, &HOSTS, &[WISHES, WIREGUARD, THREE]);
    let hosts = HOSTS.map(|name| site.host(name));
    let [_, bravo, charlie, _] = hosts;
    let dockers = hosts.map(Dockerd::start);
    let before = hosts.map(Picture::beside_docker);
    site.fleet(0, &["inspect"]);
    site.fleet(0, &["plan"]);

    // A manager is killed as soon as it has its token, and with it whatever goes on there.
    let apply = ["apply", "--yes"];
    let loud = ["apply", "--yes", "--", "-vvvv"];
    let mut running = lab.control().spawn(&site.argv(&loud));
    site.wait_for_token("app02", &mut running);
    signal_pushed(bravo, "KILL");
    assert_eq!(bravo.run(&["stat", "-c", "%a %u", TOKEN]).ok(), "600 0\n");
    let early = tokens(&dockers[0]);
    assert_eq!(bravo.read(TOKEN).trim(), early[1]);
    site.secrets.extend(early.clone());
    // What the next one has made for the token that it waits for.
    let key = charlie.read(&format!("{ON_HOST}/swarm-key"));
    site.secrets.push(key.trim().to_owned());
    site.assert_no_leak();
    let out = running.wait(RUN).expect_code(6);
    assert!(out.stdout.contains("app02  FAILED\n"), "{out}");
    assert!(out.stdout.contains("app03  waiting\n"), "{out}");
    site.told.push(out);
    // What was handed out counts no more.
    let second = tokens(&dockers[0]);
    assert!(second.iter().all(|token| !early.contains(token)));
    site.secrets.extend(second.clone());

    // The same command goes on, and the operator stops it: nor does what it handed out.
    let mut running = lab.control().spawn(&site.argv(&apply));
    site.wait_for_token("app03", &mut running);
    running.signal_inner(Signal::SIGINT);
    let out = running.wait(RUN).expect_code(9);
    assert!(out.stderr.contains("let nobody in any more"), "{out}");
    site.told.push(out);
    let third = tokens(&dockers[0]);
    assert!(third.iter().all(|token| !second.contains(token)));
    site.secrets.extend(third.clone());

    let out = site.fleet(0, &apply);
    assert!(
        out.stdout.contains("12 of 12 pairs reach each other"),
        "{out}"
    );
    for (nth, docker) in dockers.iter().enumerate() {
        let swarm = swarm(docker);
        assert_eq!(swarm["LocalNodeState"], "active", "{swarm}");
        assert_eq!(swarm["NodeAddr"], format!("10.90.0.{}", nth + 1));
        assert_eq!(swarm["ControlAvailable"], nth < 3, "{swarm}");
    }
    let ingress: Value = serde_json::from_str(&dockers[0].body("/networks/ingress")).unwrap();
    assert_eq!(ingress["Options"]["com.docker.network.driver.mtu"], "1420");
    let found = lab.control().read(&format!("{FLEET}/verify.json"));
    assert_eq!(found.matches("MTU 1370 end to end").count(), 3, "{found}");
    let fourth = tokens(&dockers[0]);
    assert!(fourth.iter().all(|token| !third.contains(token)));
    site.secrets.extend(fourth.clone());
    for host in hosts {
        let files = script(host, &format!("ls {ON_HOST}"));
        assert!(!files.contains("swarm"), "{}: {files}", host.name);
    }

    // A manager leaves the plan, and a worker takes its place: nobody needs a token.
    site.wish(&[WISHES, WIREGUARD, WITHOUT_APP02]);
    site.fleet(0, &["plan"]);
    let verify = ["verify", "--echoes", "1", "--limit", "app04"];
    let out = site.fleet(7, &verify);
    assert!(out.stdout.contains("app04: it is a worker, and a"), "{out}");
    let out = site.fleet(0, &apply);
    for words in [
        "app02 is a manager of the Swarm no more",
        "in the Swarm still, without containers",
        "app04 is a manager of the Swarm now",
    ] {
        assert!(out.stderr.contains(words), "{out}");
    }
    assert_eq!(
        nodes(&dockers[0]),
        [
            "app01 manager reachable",
            "app02 worker",
            "app03 manager reachable",
            "app04 manager reachable",
        ]
    );
    assert_eq!(tokens(&dockers[0]), fourth);
    let out = site.fleet(0, &["rollback", "--yes", "--limit", "app02"]);
    assert!(out.stdout.contains("keep app02 in their list"), "{out}");
    assert_eq!(swarm(&dockers[1])["LocalNodeState"], "inactive");

    // And back, the first manager last.
    for host in hosts.iter().filter(|host| host.name != "app02") {
        let key = host.read("/etc/wireguard/wg0.key");
        site.secrets.push(key.trim().to_owned());
    }
    site.fleet(0, &["rollback", "--yes"]);
    for (host, docker) in hosts.iter().zip(&dockers) {
        assert_eq!(swarm(docker)["LocalNodeState"], "inactive", "{}", host.name);
        assert_eq!(left(host), "", "{}", host.name);
    }
    for (host, before) in hosts.iter().zip(&before) {
        before.assert_is(&Picture::beside_docker(host), "after the rollback");
    }
    site.assert_no_leak();
    let log = lab.control().read("/root/ansible.log");
    assert!(
        log.contains("app02"),
        "Ansible has written down what it did"
    );
    assert_eq!(left(lab.control()), "/root/fleet\n");
}

/// Without a private network the hosts' own interfaces are advertised.
#[test]
fn a_swarm_without_a_private_network_is_at_the_hosts_own_addresses() {
    let names = ["app01", "app02"];
    let mut lab = SshLab::start(&names);
    for name in names {
        lab.daemon(name, "ed25519", "");
    }
    let mut site = Site::new(&lab, &names, &[WISHES, "overlay: {kind: none}\n"]);
    let hosts = names.map(|name| site.host(name));
    let dockers = hosts.map(Dockerd::start);
    let before = hosts.map(Picture::beside_docker);
    site.fleet(0, &["inspect"]);
    site.fleet(0, &["plan"]);
    let mut running = lab.control().spawn(&site.argv(&["apply", "--yes"]));
    site.wait_for_token("app02", &mut running);
    let early = tokens(&dockers[0]);
    site.secrets.extend(early.clone());
    let out = running.wait(RUN).expect_code(0);
    site.told.push(out);
    for (host, docker) in hosts.iter().zip(&dockers) {
        assert_eq!(swarm(docker)["NodeAddr"], host.address());
    }
    assert_eq!(
        nodes(&dockers[0]),
        ["app01 manager reachable", "app02 worker"]
    );
    site.secrets.extend(tokens(&dockers[0]));
    // One that has left without a word is found, and does not come back with a token that
    // was once handed out.
    hosts[1].run(&["docker", "swarm", "leave"]).ok();
    let out = site.fleet(7, &["verify", "--limit", "app02"]);
    assert!(out.stdout.contains("app02: its Swarm is inactive"), "{out}");
    let join = ["docker", "swarm", "join", "--token", &early[0]];
    let manager = format!("{}:2377", hosts[0].address());
    let refused = hosts[1].run(&[&join[..], &[&manager]].concat());
    assert_ne!(refused.code, Some(0), "{refused}");
    assert!(refused.stderr.contains("valid join token"), "{refused}");
    site.fleet(0, &["rollback", "--yes"]);
    for ((host, docker), before) in hosts.iter().zip(&dockers).zip(&before) {
        assert_eq!(swarm(docker)["LocalNodeState"], "inactive", "{}", host.name);
        before.assert_is(&Picture::beside_docker(host), "after the rollback");
    }
    site.assert_no_leak();
}
