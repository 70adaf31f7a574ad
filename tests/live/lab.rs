//! The lab itself: hosts that see each other and nothing of the real host, whose
//! changes are told exactly, and of which nothing stays behind.

use crate::common;

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use common::diff::{assert_same, lines};
use common::dockerd::Dockerd;
use common::host::{Host, MARK};
use common::lab::{HostSpec, Lab};
use common::netstate::net_state;
use common::proc::run_here;
use common::tree::changed_tree;
use common::wait_until;

/// What a lab could leave on the real host, as one text.
fn real_host() -> String {
    let names = |path: &str| -> BTreeSet<String> {
        std::fs::read_dir(path)
            .map(|all| {
                all.flatten()
                    .map(|e| e.file_name().to_string_lossy().into_owned())
                    .collect()
            })
            .unwrap_or_default()
    };
    format!(
        "{}\n{}\n{:#?}\n{:#?}\n{:#?}\n",
        run_here(&["ip", "-o", "link"]).ok(),
        std::fs::read_to_string("/proc/self/mountinfo").unwrap(),
        names("/run/netns"),
        names("/run"),
        names("/etc/wireguard"),
    )
}

/// The processes of a lab, whoever their parent is by now.
fn processes(mark: &str) -> Vec<String> {
    let wanted = format!("{MARK}={mark}");
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let environ = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        if environ.split(|b| *b == 0).any(|v| v == wanted.as_bytes()) {
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            found.push(String::from_utf8_lossy(&line).replace('\0', " "));
        }
    }
    found
}

#[track_caller]
fn assert_gone(mark: &str) {
    wait_until(
        "the lab's processes are gone",
        Duration::from_secs(10),
        || {
            let left = processes(mark);
            if left.is_empty() {
                Ok(())
            } else {
                Err(left.join("\n"))
            }
        },
    );
}

#[test]
fn three_hosts_reach_each_other_at_the_exact_mtu() {
    let lab = Lab::plain(3);
    for from in &lab.hosts {
        assert_eq!(from.run(&["hostname"]).ok().trim(), from.name);
        for to in &lab.hosts {
            from.ping(&to.address(), 1500).ok();
        }
        if from.number > 1 {
            let too_long = from.ping("10.92.0.1", 1501);
            assert_ne!(too_long.code, Some(0), "{too_long}");
        }
    }
}

#[test]
fn cards_routes_mtu_and_firewall_are_as_ordered() {
    let lab = Lab::start(&[
        HostSpec::new("alpha").card("eth1", Some("10.93.0.1/24"), 1, 1500),
        HostSpec::new("bravo")
            .mtu(1400)
            .no_default_route()
            .card("eth1", Some("10.93.0.2/24"), 1, 1500)
            .card("eth2", None, 2, 9000),
    ]);
    let (alpha, bravo) = (lab.host("alpha"), lab.host("bravo"));
    alpha.ping("10.93.0.2", 1500).ok();
    alpha.ping("10.92.0.2", 1400).ok();
    alpha.ping("10.92.0.254", 1500).ok();
    assert!(bravo.ping("10.92.0.1", 1401).stderr.contains("mtu=1400"));
    assert!(
        alpha
            .run(&["ip", "route"])
            .ok()
            .contains("default via 10.92.0.254 dev eth0")
    );
    assert!(!bravo.run(&["ip", "route"]).ok().contains("default"));
    assert!(
        bravo
            .run(&["ip", "link", "show", "eth2"])
            .ok()
            .contains("mtu 9000")
    );

    // A closed port of alpha says so until the firewall drops what is not wanted.
    let refused = |host: &Host| {
        let probe = "exec 3<>/dev/tcp/10.92.0.1/9; echo open";
        host.run_within(
            Duration::from_secs(30),
            &["timeout", "1", "bash", "-c", probe],
        )
    };
    assert!(refused(bravo).stderr.contains("refused"));
    alpha.drop_input();
    assert_eq!(
        refused(bravo).code,
        Some(124),
        "dropped, so that nothing answers"
    );
    bravo.ping("10.92.0.1", 1400).ok();
}

#[test]
fn a_host_sees_its_own_links_and_its_own_root_alone() {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    let mut links: Vec<String> = host
        .run(&["ls", "/sys/class/net"])
        .ok()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    // Tunnel modules put a fallback link into every new namespace.
    links.retain(|l| !l.ends_with('0') || l == "eth0");
    assert_eq!(links, ["eth0", "lo"]);
    assert_eq!(
        host.run(&["cat", "/sys/class/net/eth0/operstate"]).ok(),
        "up\n"
    );
    assert!(host.run(&["ls", "/sys/fs/cgroup"]).ok().lines().count() > 1);

    // Its first process is its own, and so are its terminals and its /run.
    assert_eq!(host.run(&["cat", "/proc/1/comm"]).ok(), "bash\n");
    assert_eq!(host.run(&["ls", "/run"]).ok(), "lab\nlock\n");
    host.run(&["test", "-c", "/dev/net/tun"]).ok();
    assert_eq!(host.run(&["readlink", "-f", "/var/run"]).ok(), "/run\n");

    // The binary under test is there and runs.
    host.run(&["test", "-x", common::host::BINARY]).ok();

    let marker = format!("/etc/lab-{}", lab.mark());
    host.run(&["touch", &marker]).ok();
    assert!(
        !std::path::Path::new(&marker).exists(),
        "written to the real host"
    );
}

#[test]
fn the_changed_tree_tells_every_change_and_forgets_what_was_put_back() {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    assert_same("the tree of a new host", "", &changed_tree(host));

    host.write("/etc/wireguard/wg0.conf", 0o600, "[Interface]\n");
    host.run(&["chmod", "600", "/etc/hostname"]).ok();
    host.run(&["rm", "/etc/os-release"]).ok();
    host.run(&["ln", "-s", "nowhere", "/etc/os-release"]).ok();
    host.run(&["rm", "-r", "/etc/init.d"]).ok();
    host.run(&["mkdir", "/etc/init.d"]).ok();
    host.run(&["rm", "/etc/passwd"]).ok();
    host.run(&[
        "mkdir",
        "-p",
        "/var/lib/groundcrew/runs",
        "/var/log/groundcrew",
    ])
    .ok();
    let tree = changed_tree(host);
    let has = |line: &str| assert!(tree.lines().any(|l| l.starts_with(line)), "{line}\n{tree}");
    has("etc/wireguard/wg0.conf 0600 0:0 file 12 bytes sha256:");
    has("etc/hostname 0600 0:0 file");
    has("etc/os-release 0777 0:0 link to nowhere");
    has("etc/passwd deleted");
    assert!(!tree.contains("groundcrew"), "{tree}");
    let scripts: Vec<_> = std::fs::read_dir("/etc/init.d")
        .unwrap()
        .flatten()
        .collect();
    assert!(!scripts.is_empty());
    for script in scripts {
        has(&format!(
            "etc/init.d/{} deleted",
            script.file_name().to_str().unwrap()
        ));
    }

    // Put back by copying from the real host, not by undoing the overlay.
    let real = |path: &str| std::fs::read_to_string(path).unwrap();
    host.run(&["rm", "/etc/os-release", "/etc/wireguard/wg0.conf"])
        .ok();
    if !std::path::Path::new("/etc/wireguard").exists() {
        host.run(&["rmdir", "/etc/wireguard"]).ok();
    }
    let target = std::fs::read_link("/etc/os-release").unwrap();
    host.run(&["ln", "-s", target.to_str().unwrap(), "/etc/os-release"])
        .ok();
    host.write("/etc/passwd", 0o644, &real("/etc/passwd"));
    let mode = std::fs::metadata("/etc/hostname")
        .unwrap()
        .permissions()
        .mode();
    host.run(&["chmod", &format!("{:o}", mode & 0o7777), "/etc/hostname"])
        .ok();
    let left = changed_tree(host);
    assert!(left.lines().all(|l| l.starts_with("etc/init.d/")), "{left}");
}

/// Brings up a tunnel by hand, as the documentation of `wg` says it.
fn tunnel(host: &Host, address: &str, peer_key: &str, peer: &Host, peer_address: &str) {
    let conf = format!(
        "[Interface]\nPrivateKey = {}\nListenPort = 51820\n\n[Peer]\nPublicKey = {peer_key}\n\
         AllowedIPs = {peer_address}/32\nEndpoint = {}:51820\n",
        host.read("/etc/wireguard/key").trim(),
        peer.address(),
    );
    host.write("/etc/wireguard/wg0.conf", 0o600, &conf);
    host.run(&["wireguard-go", "wg0"]).ok();
    host.run(&["wg", "setconf", "wg0", "/etc/wireguard/wg0.conf"])
        .ok();
    host.run(&["ip", "addr", "add", &format!("{address}/24"), "dev", "wg0"])
        .ok();
    host.run(&["ip", "link", "set", "wg0", "mtu", "1420", "up"])
        .ok();
}

fn new_key(host: &Host) -> String {
    let private = host.run(&["wg", "genkey"]).ok();
    host.write("/etc/wireguard/key", 0o600, &private);
    let mut pubkey = host.spawn(&["wg", "pubkey"]);
    pubkey.write(&private);
    pubkey.wait(Duration::from_secs(10)).ok().trim().to_owned()
}

#[test]
fn two_hosts_have_a_tunnel_and_are_undone_byte_for_byte() {
    let outside = real_host();
    let lab = Lab::plain(2);
    let mark = lab.mark().to_owned();
    let (alpha, bravo) = (lab.host("alpha"), lab.host("bravo"));
    let before: Vec<_> = lab
        .hosts
        .iter()
        .map(|h| (changed_tree(h), net_state(h)))
        .collect();

    let (key_a, key_b) = (new_key(alpha), new_key(bravo));
    tunnel(alpha, "10.8.0.1", &key_b, bravo, "10.8.0.2");
    tunnel(bravo, "10.8.0.2", &key_a, alpha, "10.8.0.1");
    alpha.ping("10.8.0.2", 1420).ok();
    bravo.ping("10.8.0.1", 1420).ok();
    assert!(bravo.ping("10.8.0.1", 1421).stderr.contains("mtu=1420"));

    for host in &lab.hosts {
        let tree = changed_tree(host);
        assert!(
            tree.contains("etc/wireguard/wg0.conf 0600 0:0 file"),
            "{tree}"
        );
        let state = net_state(host);
        assert!(state.contains(&format!("wg0 {key_a} ")), "{state}");
        assert!(state.contains(&format!("wg0 {key_b} ")), "{state}");
        let secret = host.read("/etc/wireguard/key");
        assert!(
            !state.contains(secret.trim()),
            "a private key in the snapshot"
        );
        // Deleting the device ends the daemon behind it.
        host.run(&["ip", "link", "del", "wg0"]).ok();
        host.run(&["rm", "/etc/wireguard/wg0.conf", "/etc/wireguard/key"])
            .ok();
        if !std::path::Path::new("/etc/wireguard").exists() {
            host.run(&["rmdir", "/etc/wireguard"]).ok();
        }
    }
    for (host, (tree, state)) in lab.hosts.iter().zip(&before) {
        assert_same(
            &format!("{}: the tree", host.name),
            tree,
            &changed_tree(host),
        );
        assert_same(
            &format!("{}: the network", host.name),
            state,
            &net_state(host),
        );
    }
    drop(lab);
    assert_gone(&mark);
    assert_same("the real host", &outside, &real_host());
}

#[test]
fn a_firewall_rule_is_seen_and_an_emptied_table_is_not() {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    let before = net_state(host);
    let rule = ["INPUT", "-p", "udp", "--dport", "51820", "-j", "ACCEPT"];
    host.run(&[&["iptables", "-w", "-I"], &rule[..]].concat())
        .ok();
    host.ping("10.92.0.254", 100).ok();
    let with = net_state(host);
    let change = lines(&before, &with);
    assert!(
        change.contains("+ -A INPUT -p udp -m udp --dport 51820 -j ACCEPT"),
        "{change}"
    );
    assert_same("the counted rule", &with, &net_state(host));
    host.run(&[&["iptables", "-w", "-D"], &rule[..]].concat())
        .ok();
    assert_same("the network", &before, &net_state(host));
    host.run(&["ip", "route", "add", "10.99.0.0/16", "via", "10.92.0.254"])
        .ok();
    host.run(&["ip", "rule", "add", "fwmark", "7", "table", "77"])
        .ok();
    let change = lines(&before, &net_state(host));
    assert!(
        change.contains("+ 10.99.0.0/16 via 10.92.0.254 dev eth0"),
        "{change}"
    );
    assert!(change.contains("fwmark 0x7 lookup 77"), "{change}");
}

#[test]
fn the_real_docker_daemon_answers_over_its_socket() {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    let mark = lab.mark().to_owned();
    let docker = Dockerd::start(host);
    let ping = docker.get("/_ping");
    assert!(
        ping.contains(" 200 OK") && ping.contains("Api-Version: "),
        "{ping}"
    );
    let version: serde_json::Value = serde_json::from_str(&docker.body("/version")).unwrap();
    let info: serde_json::Value = serde_json::from_str(&docker.body("/info")).unwrap();
    assert!(version["ApiVersion"].is_string(), "{version}");
    assert_eq!(version["Version"], info["ServerVersion"]);
    assert_eq!(info["Name"], "alpha");
    assert!(
        host.run(&["ip", "link", "show", "docker0"])
            .ok()
            .contains("docker0")
    );
    let out = docker.stop();
    assert_eq!(out.code, Some(0), "{out}");
    assert!(!host.path("/run/docker.sock").exists());
    drop(lab);
    assert_gone(&mark);
}

#[test]
fn nothing_is_left_when_a_test_fails_or_a_host_is_cut_off() {
    let outside = real_host();
    let mut mark = String::new();
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut lab = Lab::plain(3);
        mark = lab.mark().to_owned();
        let alpha = lab.host("alpha");
        // A daemon of its own session and one that ignores what it is told.
        alpha
            .run(&["bash", "-c", "setsid sleep 1000 >/dev/null 2>&1 &"])
            .ok();
        alpha
            .run(&[
                "bash",
                "-c",
                "trap '' TERM HUP; sleep 1000 >/dev/null 2>&1 &",
            ])
            .ok();
        let _kept = lab.host("bravo").spawn(&["sleep", "1000"]);
        assert!(processes(&mark).len() >= 7, "{:#?}", processes(&mark));
        lab.cut_off("charlie");
        let cut_off = lab.host("alpha").ping("10.92.0.3", 100);
        assert_ne!(cut_off.code, Some(0), "{cut_off}");
        panic!("on purpose");
    }));
    let why = failed.unwrap_err();
    assert_eq!(why.downcast_ref::<&str>(), Some(&"on purpose"), "{why:?}");
    assert_gone(&mark);
    assert_same("the real host", &outside, &real_host());
}

#[test]
fn a_program_in_a_host_is_driven_on_a_terminal() {
    let lab = Lab::plain(1);
    let host = &lab.hosts[0];
    let script = "stty size; trap 'stty size' WINCH; echo \"on $(hostname) $TERM\"; \
                  while read -r line; do echo \"got $line\"; [ \"$line\" = end ] && exit 3; done";
    let mut term = host.spawn_pty(24, 80, &[("TERM", "linux")], &["bash", "-c", script]);
    term.wait_for("24 80");
    term.wait_for("on alpha linux");
    term.key(b"hello\r");
    term.wait_for("got hello");
    term.resize(20, 60);
    term.key(b"\r");
    term.wait_for("20 60");
    assert!(!term.raw_contains(b"38;5"));
    term.key(b"end\r");
    assert_eq!(term.wait_exit(), 3);
}

#[test]
fn a_command_past_its_time_is_killed_and_says_so() {
    let lab = Lab::plain(1);
    let failed = std::panic::catch_unwind(|| {
        lab.hosts[0].run_within(Duration::from_millis(200), &["sleep", "1000"])
    });
    let why = failed.unwrap_err();
    let why = why.downcast_ref::<String>().unwrap();
    assert!(why.contains("still running after 200ms; killed"), "{why}");
    let hosts_own = processes(lab.mark());
    assert!(
        !hosts_own.iter().any(|p| p.starts_with("sleep")),
        "{hosts_own:#?}"
    );
}
