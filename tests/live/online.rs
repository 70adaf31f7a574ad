//! `preflight --online` and `--deep` on a real host: a small world outside of it
//! with a name server, a server that speaks TLS (openssl) and a proxy; and real
//! file systems.

use crate::common;

use std::process::Command;

use common::host::{BINARY, Host};
use common::lab::{HostSpec, Lab};
use common::proc::{LIMIT, Proc, run};
use common::wait_until;
use serde_json::Value;

/// A name server that is a stand-in: it answers every question for an IPv4
/// address with the one that it is given, or that there is no such name.
const STAND_IN_NAME_SERVER: &str = r#"
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 53))
print("ready", flush=True)
while True:
    q, who = s.recvfrom(512)
    end = q.index(b"\0", 12) + 5
    if sys.argv[2] == "nxdomain":
        s.sendto(q[:2] + b"\x81\x83\0\1\0\0\0\0\0\0" + q[12:end], who)
    else:
        a = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(sys.argv[2])
        s.sendto(q[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + q[12:end] + a, who)
"#;

/// A proxy that is a stand-in: it connects every CONNECT to the one address that
/// it is given, or wants a password.
const STAND_IN_PROXY: &str = r#"
import socket, sys, threading
def pump(a, b):
    try:
        while (d := a.recv(4096)): b.sendall(d)
    except OSError: pass
    finally:
        # close() alone would wait for the other thread that reads from it.
        for one in (a, b):
            try: one.shutdown(socket.SHUT_RDWR)
            except OSError: pass
def serve(c):
    head = b""
    while b"\r\n\r\n" not in head: head += c.recv(4096)
    if sys.argv[1] == "password":
        c.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"); c.close(); return
    assert head.startswith(b"CONNECT "), head
    there = socket.create_connection((sys.argv[1], 443))
    c.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    threading.Thread(target=pump, args=(c, there), daemon=True).start()
    pump(there, c)
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("0.0.0.0", 3128)); s.listen(32)
print("ready", flush=True)
while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
"#;

/// A captive portal that is a stand-in: whatever it is told on port 443, it
/// answers in HTTP that one has to log in.
const STAND_IN_PORTAL: &str = r#"
import socket, threading
def serve(c):
    c.recv(4096); c.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n\r\n"); c.close()
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("0.0.0.0", 443)); s.listen(32)
print("ready", flush=True)
while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
"#;

const OUTSIDE: &str = "10.92.0.2";
/// A second address of the world outside.
const OTHER: &str = "10.92.0.12";
const GET: &str = "net.reach.get.replicated.com";

/// The host that is looked at, and all the world that it has.
struct World {
    lab: Lab,
    servers: Vec<Proc>,
}

impl World {
    fn start() -> Self {
        let lab = Lab::start(&[HostSpec::new("alpha"), HostSpec::new("outside")]);
        let alpha = lab.host("alpha");
        // Nothing of the machine that runs the tests: no names, proxies, mirrors.
        for path in ["/etc/hosts", "/etc/environment", "/etc/apt/sources.list"] {
            alpha.write(path, 0o644, "");
        }
        for folder in ["/etc/apt/sources.list.d", "/etc/yum.repos.d"] {
            alpha.run(&["rm", "-rf", folder]).ok();
        }
        alpha.write("/etc/hosts", 0o644, "127.0.0.1 localhost\n");
        let world = Self {
            lab,
            servers: Vec::new(),
        };
        let other = format!("{OTHER}/24");
        let add = ["ip", "addr", "add", &other, "dev", "eth0"];
        world.outside().run(&add).ok();
        world.name_servers(&[OUTSIDE]);
        world
    }

    fn alpha(&self) -> &Host {
        self.lab.host("alpha")
    }

    fn outside(&self) -> &Host {
        self.lab.host("outside")
    }

    fn name_servers(&self, addresses: &[&str]) {
        let lines: Vec<_> = addresses
            .iter()
            .map(|a| format!("nameserver {a}\n"))
            .collect();
        self.alpha().run(&["rm", "-f", "/etc/resolv.conf"]).ok();
        self.alpha()
            .write("/etc/resolv.conf", 0o644, &lines.concat());
    }

    fn serve(mut self, code: &str, arguments: &[&str]) -> Self {
        let argv = [&["python3", "-u", "-c", code], arguments].concat();
        let server = self.outside().spawn(&argv);
        server.wait_for_stdout("ready", LIMIT);
        self.servers.push(server);
        self
    }

    /// A real server of TLS on every address.
    fn tls(mut self) -> Self {
        let outside = self.outside();
        let make = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=outside",
            "-keyout",
            "/run/key.pem",
            "-out",
            "/run/cert.pem",
        ];
        outside.run(&make).ok();
        let serve = [
            "openssl",
            "s_server",
            "-accept",
            "443",
            "-key",
            "/run/key.pem",
            "-cert",
            "/run/cert.pem",
        ];
        let server = outside.spawn(&serve);
        server.wait_for_stdout("ACCEPT", LIMIT);
        self.servers.push(server);
        self
    }

    /// The findings of the host about the native scheduler.
    fn findings(&self, before: &[&str], more: &[&str]) -> Findings {
        let argv = [
            before,
            &[
                BINARY,
                "preflight",
                "--online",
                "--set",
                "scheduler=native",
                "--format",
                "json",
            ],
            more,
        ]
        .concat();
        let out = self.alpha().run(&argv);
        let report = serde_json::from_str(&out.stdout);
        Findings(report.unwrap_or_else(|error| panic!("{error}\n{out}")))
    }

    fn drop_on_the_way(&self, rule: &[&str]) {
        let argv = [&["iptables", "-w", "-A", "INPUT"], rule, &["-j", "DROP"]].concat();
        self.outside().run(&argv).ok();
    }
}

struct Findings(Value);

impl Findings {
    #[track_caller]
    fn of(&self, id: &str) -> &Value {
        let all = self.0["findings"].as_array().unwrap();
        let found = all.iter().find(|finding| finding["id"] == id);
        found.unwrap_or_else(|| panic!("no finding {id}"))
    }

    #[track_caller]
    fn expect(&self, id: &str, status: &str, says: &str) {
        let finding = self.of(id);
        let message = finding["message"].as_str().unwrap();
        assert!(
            finding["status"] == status && message.contains(says),
            "{finding:#}"
        );
    }
}

#[test]
fn all_is_reached_and_what_is_in_the_way_is_named() {
    let world = World::start()
        .serve(STAND_IN_NAME_SERVER, &[OUTSIDE, OUTSIDE])
        .serve(STAND_IN_NAME_SERVER, &[OTHER, OUTSIDE])
        .tls();
    let good = world.findings(&[], &[]);
    good.expect("net.dns.works", "pass", OUTSIDE);
    good.expect(GET, "pass", "answers in TLS");
    good.expect("net.reach.registry-1.docker.io", "pass", "TLS");
    // What was measured stands in the report; a facts document has none of it.
    assert_eq!(good.0["facts"]["online"]["deadline_ms"], 3000);
    let facts = world.alpha().groundcrew(&["facts"]).ok();
    let facts: Value = serde_json::from_str(&facts).unwrap();
    assert!(facts.get("online").is_none() && facts.get("deep").is_none());

    // The first of two name servers is silent.
    world.drop_on_the_way(&["-p", "udp", "--dport", "53", "-d", OTHER]);
    world.name_servers(&[OTHER, OUTSIDE]);
    let slow = world.findings(&[], &[]);
    slow.expect(
        "net.dns.works",
        "warn",
        &format!("{OTHER}, does not answer"),
    );
    slow.expect(GET, "pass", "TLS");

    // A name in /etc/hosts is asked of nobody: its own address counts.
    world.name_servers(&[OUTSIDE]);
    let line = "127.0.0.1 localhost\n10.92.0.1 get.replicated.com\n";
    world.alpha().write("/etc/hosts", 0o644, line);
    let hosts = world.findings(&[], &[]);
    hosts.expect(GET, "fail", "ECONNREFUSED");
    hosts.expect("net.reach.api.replicated.com", "pass", "TLS");
    world
        .alpha()
        .write("/etc/hosts", 0o644, "127.0.0.1 localhost\n");

    // The port is dropped on the way.
    world.drop_on_the_way(&["-p", "tcp", "--dport", "443"]);
    let dropped = world.findings(&[], &[]);
    dropped.expect("net.dns.works", "pass", "");
    dropped.expect(GET, "fail", "does not answer within 3 s");
    let hint = dropped.of(GET)["remedy"]["hint"].as_str().unwrap();
    assert!(
        hint.contains("let TCP from 10.92.0.1 out to get.replicated.com port 443"),
        "{hint}"
    );

    // No name server answers at all.
    world.drop_on_the_way(&["-p", "udp", "--dport", "53"]);
    let silent = world.findings(&[], &[]);
    silent.expect("net.dns.works", "fail", "no name server answers within 3 s");
    silent.expect(GET, "fail", "is not found");

    // This host itself may not send: that says nothing of the servers.
    let rule = [
        "iptables", "-w", "-A", "OUTPUT", "-p", "udp", "--dport", "53", "-j", "DROP",
    ];
    world.alpha().run(&rule).ok();
    let forbidden = world.findings(&[], &[]);
    forbidden.expect("net.dns.works", "unknown", "EPERM");
    forbidden.expect(GET, "unknown", "EPERM");
}

#[test]
fn names_that_are_not_known_are_told() {
    let world = World::start().serve(STAND_IN_NAME_SERVER, &[OUTSIDE, "nxdomain"]);
    let found = world.findings(&[], &[]);
    found.expect("net.dns.works", "fail", "answers and knows none");
    found.expect(GET, "fail", "there is no such name");
}

#[test]
fn a_portal_that_answers_for_everybody_is_no_tls() {
    let world = World::start()
        .serve(STAND_IN_NAME_SERVER, &[OUTSIDE, OUTSIDE])
        .serve(STAND_IN_PORTAL, &[]);
    world
        .findings(&[], &[])
        .expect(GET, "fail", "does not speak TLS");
}

#[test]
fn the_proxy_of_the_environment_is_gone_through() {
    let proxy = format!("https_proxy=http://user:canary@{OUTSIDE}:3128");
    let env = ["env", &proxy, "no_proxy=.docker.io"];
    // TLS is spoken at an address that only the proxy leads to.
    let world = World::start()
        .serve(STAND_IN_NAME_SERVER, &[OUTSIDE, "10.92.0.1"])
        .serve(STAND_IN_PROXY, &[OUTSIDE])
        .tls();
    let through = world.findings(&env, &[]);
    through.expect(GET, "pass", &format!("through the proxy {OUTSIDE}:3128"));
    through.expect("net.reach.auth.docker.io", "fail", "ECONNREFUSED");
    assert!(!through.0.to_string().contains("canary"));
    drop(world);
    let world = World::start().serve(STAND_IN_PROXY, &["password"]);
    let password = world.findings(&env, &[]);
    password.expect(GET, "unknown", "wants a password");
}

#[test]
fn without_internet_not_one_packet_is_sent() {
    let world = World::start().serve(STAND_IN_NAME_SERVER, &[OUTSIDE, "nxdomain"]);
    let counted = [
        "iptables", "-w", "-A", "OUTPUT", "!", "-o", "lo", "-j", "ACCEPT",
    ];
    world.alpha().run(&counted).ok();
    let sent = || -> u64 {
        let listed = world
            .alpha()
            .run(&["iptables", "-w", "-nvxL", "OUTPUT"])
            .ok();
        let line = listed
            .lines()
            .find(|line| line.contains("ACCEPT  "))
            .unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    let closed = world.findings(&[], &["--airgap"]);
    closed.expect("net.dns.works", "na", "airgap");
    closed.expect("net.reach", "na", "airgap");
    assert!(closed.0["facts"].get("online").is_none());
    assert_eq!(sent(), 0);
    world.findings(&[], &[]);
    assert!(sent() > 0, "the counter counts nothing");
}

/// A host whose /var/lib/etcd is on a disk of the real machine, or on a tmpfs.
fn with_etcd(folder: Option<&std::path::Path>) -> Lab {
    let mut spec = HostSpec::new("alpha");
    if let Some(folder) = folder {
        spec = spec.show(folder, "/run/disk");
    }
    let lab = Lab::start(&[spec]);
    let alpha = lab.host("alpha");
    alpha.run(&["mkdir", "-p", "/var/lib/etcd"]).ok();
    if folder.is_some() {
        alpha
            .run(&["mount", "-n", "--bind", "/run/disk", "/var/lib/etcd"])
            .ok();
        alpha
            .run(&["mount", "-n", "-o", "remount,bind,rw", "/var/lib/etcd"])
            .ok();
    } else {
        alpha
            .run(&["mount", "-n", "-t", "tmpfs", "tmpfs", "/var/lib/etcd"])
            .ok();
    }
    lab
}

const DEEP: [&str; 6] = [BINARY, "preflight", "--deep", "--format", "json", "--set"];

#[test]
fn the_disk_is_measured_and_left_as_it_was() {
    let disk = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    for folder in [Some(disk.path()), None] {
        let lab = with_etcd(folder);
        let alpha = lab.host("alpha");
        let out = alpha.run(&[&DEEP[..], &["scheduler=kubernetes"]].concat());
        let report: Value =
            serde_json::from_str(&out.stdout).unwrap_or_else(|e| panic!("{e}\n{out}"));
        let fsync = &report["facts"]["deep"]["fsync"]["value"];
        assert_eq!(fsync["folder"], "/var/lib/etcd", "{fsync}");
        assert!(fsync["n"].as_u64().unwrap() > 0, "{fsync}");
        assert!(
            fsync["p50_us"].as_u64() <= fsync["p99_us"].as_u64(),
            "{fsync}"
        );
        let found = Findings(report);
        assert_ne!(found.of("res.disk.fsync")["status"], "na");
        assert_eq!(alpha.run(&["ls", "-A", "/var/lib/etcd"]).ok(), "");
    }
}

#[test]
fn nothing_is_left_of_a_measurement_that_is_killed() {
    let lab = with_etcd(None);
    let alpha = lab.host("alpha");
    let held = [
        "strace",
        "-f",
        "-qq",
        "-o",
        "/run/trace",
        "-e",
        "trace=fdatasync",
        "-e",
        "inject=fdatasync:delay_enter=5000000",
    ];
    let argv = [&held[..], &DEEP[..], &["scheduler=kubernetes"]].concat();
    let mut running = alpha.spawn(&argv);
    let pid = wait_until("it writes", LIMIT, || {
        let open = "for f in /proc/[0-9]*/fd/*; do echo $f $(readlink $f); done";
        let listed = alpha.run(&["sh", "-c", open]).ok();
        let line = listed.lines().find(|line| line.contains(" /var/lib/etcd/"));
        let line = line.ok_or("no file is open there")?;
        assert!(line.ends_with("(deleted)"), "{line}");
        Ok(line.split('/').nth(2).unwrap().to_owned())
    });
    alpha.run(&["kill", "-9", &pid]).ok();
    wait_until("it has ended", LIMIT, || {
        running.has_ended().then_some(()).ok_or("not yet".into())
    });
    assert_eq!(alpha.run(&["ls", "-A", "/var/lib/etcd"]).ok(), "");
}

#[test]
fn another_host_is_not_measured_from_here() {
    for (flag, other) in [
        ("--online", ["--facts", "x.json"]),
        ("--deep", ["--facts", "x.json"]),
        ("--online", ["--root", "/"]),
        ("--deep", ["--root", "/"]),
    ] {
        let argv = [&["preflight", flag], &other[..]].concat();
        let out = run(Command::new(env!("CARGO_BIN_EXE_groundcrew")).args(argv)).expect_code(2);
        assert!(
            out.stderr.contains(flag) && out.stderr.contains(other[0]),
            "{out}"
        );
    }
    // As a variable, and neither unknown nor in the way of another command.
    let on = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_groundcrew"));
        run(command.args(arguments).env("GROUNDCREW_ONLINE", "1"))
    };
    let out = on(&["preflight", "--root", "/"]).expect_code(2);
    assert!(out.stderr.contains("--online"), "{out}");
    let out = on(&["recommend"]);
    assert!(!out.stderr.contains("GROUNDCREW_ONLINE"), "{out}");
}
