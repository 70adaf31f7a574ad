//! A Swarm of three real Docker daemons over WireGuard, set up by one command over
//! real ssh daemons and the real Ansible: with a host that is killed while it holds
//! its join token, one that leaves behind everybody's back, and taken back. No token
//! and no private key is ever readable on the controller.

use crate::common;

use common::dockerd::Dockerd;
use common::host::Host;
use common::proc::Out;
use common::site::{Picture, leaks};
use common::ssh::{FLEET, RUN, SshLab, fleet_argv, left, script};
use common::wait_until;
use serde_json::Value;

const ON_HOST: &str = "/var/lib/groundcrew/fleet";
const HOSTS: [&str; 3] = ["app01", "app02", "app03"];

/// The kernel may have no ip_vs (SW8): virtual addresses are not tried here.
const WISHES: &str = "\
version: 1
needs: {vendor-kinds: [swarm]}
preflight: {waive: [{id: SW8, reason: names are enough here}]}
scheduler: swarm
overlay:
  kind: wireguard
  network: 10.90.0.0/24
  wireguard: {interface: wg0, allow-experimental: true}
replicated: {install: false}
fleet: {first: app01, managers: 1}
";

/// Ends what of groundcrew runs on a host, as a power cut would.
const KILL: &str = "\
for p in /proc/[0-9]*; do
  case $(readlink $p/exe || :) in
    *groundcrew-gc*/groundcrew) kill -9 ${p#/proc/} || : ;;
  esac
done";

struct Site<'a> {
    lab: &'a SshLab,
    inventory: String,
    told: Vec<Out>,
    secrets: Vec<String>,
}

impl<'a> Site<'a> {
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

/// The runs that left something on a host.
fn runs(host: &Host) -> String {
    script(host, "ls /var/lib/groundcrew/runs")
}

#[test]
fn a_swarm_comes_up_over_wireguard_and_its_tokens_are_nowhere_on_the_way() {
    let mut lab = SshLab::start(&HOSTS);
    for name in HOSTS {
        lab.daemon(name, "ed25519", "");
    }
    // All that Ansible can write down of its work.
    let config = "[defaults]\nlog_path = /root/ansible.log\n";
    lab.control().write("/root/.ansible.cfg", 0o644, config);
    let inventory = lab.inventory(&HOSTS.map(|name| (name, "")));
    let mut site = Site {
        lab: &lab,
        inventory,
        told: Vec::new(),
        secrets: Vec::new(),
    };
    let hosts = HOSTS.map(|name| site.host(name));
    let [alpha, bravo, charlie] = hosts;
    let dockers = hosts.map(Dockerd::start);
    let before = hosts.map(Picture::beside_docker);
    let wishes = format!("{FLEET}/fleet.yaml");
    lab.control().write(&wishes, 0o600, WISHES);
    site.fleet(0, &["inspect"]);
    site.fleet(0, &["plan"]);

    // One is killed as soon as it has its token, and with it whatever goes on there.
    let apply = ["apply", "--yes"];
    let loud = ["apply", "--yes", "--", "-vvvv"];
    let mut running = lab.control().spawn(&site.argv(&loud));
    let token = bravo.path(&format!("{ON_HOST}/swarm-join-tokens"));
    wait_until("app02 has its token", RUN, || {
        let held = std::fs::read_to_string(&token).unwrap_or_default();
        if held.starts_with("SWMTKN-1-") && !held.contains("none") {
            Ok(())
        } else if running.has_ended() {
            panic!("{}{}", running.stdout(), running.stderr())
        } else {
            Err(running.stderr())
        }
    });
    script(bravo, KILL);
    let held = bravo.read(&format!("{ON_HOST}/swarm-join-tokens"));
    let mode = [
        "stat",
        "-c",
        "%a %u",
        &format!("{ON_HOST}/swarm-join-tokens"),
    ];
    assert_eq!(bravo.run(&mode).ok(), "600 0\n");
    let early = tokens(&dockers[0]);
    assert_eq!(held.trim(), early[0]);
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

    // The same command goes on.
    let out = site.fleet(0, &apply);
    assert!(
        out.stdout.contains("6 of 6 pairs reach each other"),
        "{out}"
    );
    for (nth, docker) in dockers.iter().enumerate() {
        let swarm = swarm(docker);
        assert_eq!(swarm["LocalNodeState"], "active", "{swarm}");
        assert_eq!(swarm["NodeAddr"], format!("10.90.0.{}", nth + 1));
        assert_eq!(swarm["ControlAvailable"], nth == 0, "{swarm}");
    }
    let third = tokens(&dockers[0]);
    assert!(third.iter().all(|token| !second.contains(token)));
    site.secrets.extend(third.clone());
    assert_eq!(left(alpha), "/var/lib/groundcrew/fleet\n");
    let kept = hosts.map(|host| script(host, &format!("ls {ON_HOST}")));
    for files in kept {
        assert!(!files.contains("swarm"), "{files}");
    }

    // Once more: nothing is done, no token is handed out.
    let before_that = hosts.map(runs);
    site.fleet(0, &apply);
    assert_eq!(hosts.map(runs), before_that);
    assert_eq!(tokens(&dockers[0]), third);

    // One that has left without a word is found, and does not come back with a token
    // that was once handed out.
    charlie.run(&["docker", "swarm", "leave"]).ok();
    let verify = ["verify", "--echoes", "1", "--limit", "app03"];
    let out = site.fleet(7, &verify);
    assert!(out.stdout.contains("app03: its Swarm is inactive"), "{out}");
    let join = [
        "docker",
        "swarm",
        "join",
        "--token",
        &second[0],
        "10.90.0.1:2377",
    ];
    let refused = charlie.run(&join);
    assert_ne!(refused.code, Some(0), "{refused}");
    assert!(refused.stderr.contains("valid join token"), "{refused}");

    // And back, the first manager last.
    for host in hosts {
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
