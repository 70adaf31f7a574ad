//! A fleet set up over real ssh daemons by the real Ansible: wave by wave, with one
//! that is killed in the middle, grown, made smaller, verified and taken back.

use crate::common;

use std::collections::BTreeMap;

use common::host::{BINARY, Host};
use common::lab::{HostSpec, Lab};
use common::proc::{LIMIT, Out};
use common::site::{Picture, leaks};
use common::ssh::{FLEET, RUN, SshLab, fleet_argv, left, script, signal_pushed};
use common::wait_until;

const WISHES: &str = "\
version: 1
needs: {vendor-kinds: [native], encryption: required}
host: {init: systemd}
scheduler: native
overlay:
  kind: wireguard
  network: 10.90.0.0/24
  wireguard: {interface: wg0, allow-experimental: true}
replicated: {install: false}
";

/// `wg` that has not come back when its host is cut off.
const SLOW_WG: &str = "\
#!/bin/sh
case $1 in
  setconf | syncconf | addconf | set) touch /run/at-wg; exec sleep 300 ;;
esac
exec /run/wg \"$@\"
";

struct Site {
    lab: SshLab,
    inventory: String,
    told: Vec<Out>,
}

impl Site {
    fn argv<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        fleet_argv(&self.inventory, args)
    }

    #[track_caller]
    fn fleet(&mut self, code: i32, args: &[&str]) -> Out {
        let out = self.lab.control().run_within(RUN, &self.argv(args));
        let out = out.expect_code(code);
        self.told.push(out.clone());
        out
    }

    fn host(&self, name: &str) -> &Host {
        self.lab.lab.host(name)
    }
}

fn key(host: &Host) -> String {
    let key = host.read("/etc/wireguard/wg0.key").trim().to_owned();
    assert_eq!(key.len(), 44);
    key
}

#[test]
fn a_host_is_held_by_one_controller_and_let_go_at_the_end_whatever_came_of_it() {
    let lab = Lab::start(&[HostSpec::new("app01")]);
    let host = lab.host("app01");
    let holder = "/var/lib/groundcrew/fleet/holder.json";
    let job = |id: &str, last: bool, argv: &[&str]| {
        let job = serde_json::json!({
            "v": 1, "last": last, "remove": "folder", "run": [{"argv": argv}],
            "holder": {"id": id, "operator": "root", "controller": "localhost",
                       "folder": "/root/groundcrew-fleet", "plan_sha256": "", "since": "now"},
        });
        let mut running = host.spawn(&[BINARY, "fleet", "host"]);
        running.write(&job.to_string());
        running.wait(LIMIT)
    };
    // The first one fails there and will come back; a second one of the same name waits.
    let fails: &[&str] = &["verify", "--peer", "nobody"];
    assert_ne!(job("1", false, fails).code, Some(0));
    assert!(host.path(holder).exists());
    let out = job("2", true, fails).expect_code(8);
    let reply: serde_json::Value = serde_json::from_str(&out.stdout).unwrap();
    assert_eq!(reply["held"]["id"], "1", "{out}");
    assert!(out.stdout.contains("another machine of this name"), "{out}");
    // At its last job it leaves, also where that fails: nobody would come back.
    let out = job("1", true, fails);
    assert!(out.code != Some(0) && !host.path(holder).exists(), "{out}");
    job("2", true, &["rollback"]).expect_code(0);
    assert!(!host.path("/var/lib/groundcrew/fleet").exists());
}

#[test]
fn ten_hosts_are_set_up_in_waves_and_taken_back() {
    let all = [
        "app01", "app02", "app03", "app04", "app05", "app06", "app07", "app08", "app09", "app10",
        "app11", "lost",
    ];
    let (first, hosts) = (&all[..10], &all[..11]);
    let mut lab = SshLab::start(&all);
    for name in hosts {
        lab.daemon(name, "ed25519", "");
    }
    let lines = |names: &[&'static str]| names.iter().map(|name| (*name, "")).collect::<Vec<_>>();
    // One where sudo wants a terminal, as EL6's does by default: nothing can be streamed
    // to root there.
    script(
        lab.lab.host("app11"),
        "echo 127.0.0.1 app11 >> /etc/hosts
         useradd -m -s /bin/bash ops; echo ops:correct-horse | chpasswd
         # sshd writes down who has a terminal: not a change of ours.
         for log in lastlog wtmp; do
           touch /run/$log /var/log/$log; mount --bind /run/$log /var/log/$log
         done
         printf 'Defaults requiretty\\nDefaults lecture=never\\nops ALL=(ALL) ALL\\n' > /etc/sudoers",
    );
    let with_sudo = "ansible_user=ops ansible_become=true ansible_become_password=correct-horse";
    let inventory = lab.inventory(&lines(first));
    let mut site = Site {
        lab,
        inventory,
        told: Vec::new(),
    };
    let before: BTreeMap<&str, Picture> = hosts
        .iter()
        .map(|name| (*name, Picture::of(site.host(name))))
        .collect();
    let control = format!("{FLEET}/fleet.yaml");
    site.lab.control().write(&control, 0o600, WISHES);
    site.fleet(0, &["inspect"]);
    site.fleet(0, &["plan"]);

    // Nothing without a word that it is meant.
    let out = site.fleet(2, &["apply"]);
    assert!(out.stdout.contains("1. app01\n"), "{out}");
    assert!(out.stderr.contains("--yes"), "{out}");

    // One is killed in the middle of its run.
    let cut = site.host("app05");
    cut.write("/run/slow-wg", 0o755, SLOW_WG);
    script(
        cut,
        "cp /usr/bin/wg /run/wg; mount --bind /run/slow-wg /usr/bin/wg",
    );
    let apply = ["apply", "--yes"];
    let mut running = site.lab.control().spawn(&site.argv(&apply));
    let at_wg = cut.path("/run/at-wg");
    wait_until("app05 is in the middle", RUN, || {
        if at_wg.exists() {
            Ok(())
        } else if running.has_ended() {
            panic!("{}{}", running.stdout(), running.stderr())
        } else {
            Err(running.stderr())
        }
    });
    // Held there, whatever the rest takes.
    signal_pushed(site.host("app05"), "STOP");
    // A second operator is told who works, in the same folder and on another machine that
    // is called the same and has a copy of it at the same place.
    let second = site.lab.control().run(&site.argv(&apply)).expect_code(8);
    assert!(second.stderr.contains("works with this fleet"), "{second}");
    script(site.lab.control(), "cp -a /root/fleet /run/other");
    let there = "mount --bind /run/other /root/fleet; exec \"$@\"";
    let mut other = vec!["unshare", "-m", "sh", "-euc", there, "sh"];
    other.extend(site.argv(&["rollback", "--yes", "--limit", "app01"]));
    let out = site.lab.control().run_within(RUN, &other).expect_code(8);
    let told = out.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("in /root/fleet, since"), "{out}");
    assert!(told.contains("or another copy of the folder"), "{out}");
    // No key is on the controller while it works either.
    let early = key(site.host("app01"));
    let found = leaks(site.lab.control(), &[early], &[]);
    assert_eq!(found, Vec::<String>::new());
    signal_pushed(site.host("app05"), "KILL");
    let end = "for p in /proc/[0-9]*; do
           case $(tr '\\0' ' ' < $p/cmdline 2>/dev/null || :) in
             'sleep 300 ') kill -9 ${p#/proc/} ;;
           esac
         done
         umount /usr/bin/wg";
    script(site.host("app05"), end);
    let out = running.wait(RUN).expect_code(6);
    assert!(out.stdout.contains("app05  FAILED\n"), "{out}");
    assert!(out.stdout.contains("app06  waiting\n"), "{out}");
    site.told.push(out);

    // The same again goes on.
    let out = site.fleet(0, &apply);
    let fine = "90 of 90 pairs reach each other";
    assert!(out.stdout.contains(fine), "{out}");
    let control = site.lab.control();
    let verified: serde_json::Value =
        serde_json::from_str(&control.read(&format!("{FLEET}/verify.json"))).unwrap();
    let pairs = verified["pairs"].as_array().unwrap();
    // 1500 of the network below, minus 80.
    assert!(pairs.iter().all(|pair| pair["mtu"] == 1420), "{verified}");
    let keys: Vec<String> = first.iter().map(|name| key(site.host(name))).collect();

    // One more, one that is not there, and one that leaves; and somebody who was let
    // in by hand.
    let theirs = script(
        site.host("app03"),
        "k=$(wg genkey | wg pubkey); wg set wg0 peer $k allowed-ips 10.90.0.200/32; echo $k",
    );
    let interface = |host: &Host| script(host, "ip -o link show wg0 | cut -d: -f1");
    let was: Vec<_> = first
        .iter()
        .map(|name| interface(site.host(name)))
        .collect();
    let gone = script(site.host("app02"), "wg show wg0 public-key");
    let mut more = lines(&all);
    for (name, variables) in &mut more {
        if *name == "app11" {
            *variables = with_sudo;
        }
    }
    site.inventory = site.lab.inventory(&more);
    site.fleet(0, &["inspect", "--limit", "app11,lost", "--allow-missing"]);
    let less = format!("{WISHES}fleet: {{exclude: [app02]}}\n");
    let control = site.lab.control();
    control.write(&format!("{FLEET}/fleet.yaml"), 0o600, &less);
    site.fleet(0, &["plan"]);
    let out = site.fleet(7, &apply);
    assert!(out.stdout.contains(fine), "{out}");
    assert!(out.stdout.contains("lost   unreachable\n"), "{out}");
    // app02 is out of the configuration and of the tunnels, which were not taken down;
    // app11 is in, and who was let in by hand stays.
    for (name, was) in first.iter().zip(was).filter(|(name, _)| **name != "app02") {
        let host = site.host(name);
        let conf = host.read("/etc/wireguard/wg0.conf");
        let live = script(host, "wg show wg0 peers");
        let more = usize::from(*name == "app03");
        assert_eq!(conf.matches("[Peer]").count(), 9, "{name}");
        assert_eq!(live.lines().count(), 9 + more, "{name}: {live}");
        assert!(!live.contains(gone.trim()), "{name}: {live}");
        assert_eq!(live.contains(theirs.trim()), more == 1, "{name}: {live}");
        assert_eq!(interface(host), was, "{name}");
    }
    // Between commands nothing of ours is there, nor anything that a job held.
    assert_eq!(left(site.host("app11")), "/var/lib/groundcrew/fleet\n");

    // What is broken later is found, and is told by the report.
    script(site.host("app03"), "ip link set wg0 down");
    let verify = ["verify", "--limit", "!lost", "--echoes", "2"];
    let out = site.fleet(7, &verify);
    assert!(out.stdout.contains("app03 does not reach"), "{out}");
    script(site.host("app03"), "ip link set wg0 up");
    // What the way between two of them carries.
    let measure = ["verify", "--limit", "app03,app04", "--throughput", "1"];
    let out = site.fleet(0, &measure);
    let measured = "throughput was measured on 2 of 2 ways, 1 s each";
    assert!(out.stdout.contains(measured), "{out}");
    // 3: without the kernel's module WireGuard is none that it recommends.
    site.fleet(3, &["report", "--allow-missing"]);
    let page = site
        .lab
        .control()
        .read(&format!("{FLEET}/cluster-report.html"));
    assert!(page.contains(">Ways between the hosts</h2>"), "{page}");
    assert!(page.contains("Throughput in Mbit"), "{page}");

    // And back: nothing is left, and no private key was ever here.
    let out = site.fleet(6, &["rollback", "--yes"]);
    assert!(out.stdout.contains("lost   unreachable\n"), "{out}");
    for name in hosts {
        let host = site.host(name);
        assert_eq!(left(host), "", "{name}");
        before[name].assert_is(&Picture::of(host), "after the rollback");
    }
    assert_eq!(
        leaks(site.lab.control(), &keys, &[]),
        Vec::<String>::new(),
        "the controller"
    );
    for out in &site.told {
        let text = format!("{out}");
        assert!(keys.iter().all(|key| !text.contains(key)), "a key is told");
    }
    assert_eq!(left(site.lab.control()), "/root/fleet\n");
}
