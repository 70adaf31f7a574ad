//! Hosts with Docker, flanneld and etcd at hand, for the tests of Flannel.

use std::path::PathBuf;
use std::time::Duration;

use super::host::Host;
use super::lab::{HostSpec, Lab};
use super::netstate::net_state;
use super::proc::Out;
use super::site::{HOME, Picture, UNATTENDED, start};

/// Docker is stopped and started in a run, and etcd looks for a leader.
pub const RUN: Duration = Duration::from_secs(240);
/// The exit code of a run whose peers are not there yet.
pub const NOT_VERIFIED: i32 = 7;
pub const FLANNELD: &str = "/run/lab/flanneld-v0.20.2";
/// The one that speaks etcd's older interface.
pub const OLD_FLANNELD: &str = "/run/lab/flanneld-v0.9.1";

/// Docker as a service of SysV init, whose package's own script makes cgroups.
pub const DOCKER: &str = r#"#!/bin/sh
[ -f /etc/default/docker ] && . /etc/default/docker
is_up() { [ -s /run/docker-service.pid ] && kill -0 "$(cat /run/docker-service.pid)" 2>/dev/null; }
case "$1" in
start)
    is_up && exit 0
    setsid dockerd --shutdown-timeout 2 $DOCKER_OPTS </dev/null >>/run/docker.log 2>&1 &
    echo $! >/run/docker-service.pid
    for _ in $(seq 300); do
        [ -S /run/docker.sock ] && docker version >/dev/null 2>&1 && exit 0
        is_up || exit 1
        sleep 0.1
    done
    exit 1
    ;;
stop)
    is_up || exit 0
    kill "$(cat /run/docker-service.pid)"
    for _ in $(seq 300); do is_up || break; sleep 0.1; done
    rm -f /run/docker-service.pid
    ;;
status) is_up || exit 3 ;;
esac
"#;

/// A host as it stands. Docker makes its bridge anew with another hardware
/// address, and its chains in another order; the same rules stand in the section
/// of iptables.
pub struct Before {
    tree: Picture,
    net: String,
}

impl Before {
    pub fn of(host: &Host) -> Self {
        let mut section = String::new();
        let mut net = String::new();
        for line in net_state(host).lines() {
            if line.starts_with("# ") {
                section = line.to_owned();
            }
            if !line.starts_with("docker0: ") && !section.starts_with("# nft") {
                net.push_str(&format!("{line}\n"));
            }
        }
        Self {
            tree: Picture::of_tree(host),
            net,
        }
    }

    #[track_caller]
    pub fn assert_is(&self, now: &Self, when: &str) {
        self.tree.assert_is(&now.tree, when);
        super::diff::assert_same(&format!("the network {when}"), &self.net, &now.net);
    }
}

pub fn groundcrew(host: &Host, args: &[&str]) -> Out {
    start(host, args).wait(RUN)
}

pub fn spec(name: &str) -> HostSpec {
    let stand_in = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/common/flanneld-stand-in");
    let given = std::env::var_os("GROUNDCREW_TEST_FLANNELD").map(PathBuf::from);
    HostSpec::new(name)
        .show(given.clone().unwrap_or_else(|| stand_in.clone()), FLANNELD)
        .show(given.unwrap_or(stand_in), OLD_FLANNELD)
}

/// Starts Docker as a service of the host.
pub fn with_docker(host: &Host) {
    host.write("/etc/init.d/docker", 0o755, DOCKER);
    host.run(&["mkdir", "-p", "/var/lib/docker"]).ok();
    host.run(&["mount", "-n", "-t", "tmpfs", "tmpfs", "/var/lib/docker"])
        .ok();
    host.run(&["service", "docker", "start"]).ok();
}

/// Hosts with a running Docker on its old bridge, and their answers.
pub fn site(names: &[&str], flanneld: &str, backend: &str) -> Lab {
    let specs: Vec<_> = names.iter().map(|name| spec(name)).collect();
    site_of(&specs, flanneld, backend)
}

/// The same of these hosts.
pub fn site_of(specs: &[HostSpec], flanneld: &str, backend: &str) -> Lab {
    let lab = Lab::start(specs);
    for host in &lab.hosts {
        with_docker(host);
        answers(host, host.number == 1, flanneld, backend);
    }
    lab
}

pub fn answers(host: &Host, first: bool, flanneld: &str, backend: &str) {
    answers_with(host, first, flanneld, backend, "");
}

/// The same with further settings of Flannel's.
pub fn answers_with(host: &Host, first: bool, flanneld: &str, backend: &str, more: &str) {
    let role = if first { "first" } else { "join" };
    let text = format!(
        "version: 1\nrole: {role}\nneeds: {{nodes: 3, vendor-kinds: [native], encryption: \"no\"}}\n\
         host: {{init: sysvinit}}\nscheduler: native\ninterface: {{name: eth0}}\noverlay:\n  \
         kind: flannel\n  network: 10.5.0.0/16\n  join-files: [\"{HOME}/join-*.yaml\"]\n  \
         flannel: {{flanneld: {flanneld}, backend: {backend}{more}}}\nreplicated: {{install: false}}\n"
    );
    host.write(&format!("{HOME}/answers.yaml"), 0o644, &text);
}

/// More for the answers: etcd's TLS with the files of [`certificates`].
pub const TLS: &str =
    ", etcd-tls: {ca: /root/pki/ca.pem, cert: /root/pki/host.pem, key: /root/pki/host.key}";
/// The same for curl and etcdctl.
pub const PKI: [&str; 6] = [
    "--cacert",
    "/root/pki/ca.pem",
    "--cert",
    "/root/pki/host.pem",
    "--key",
    "/root/pki/host.key",
];

/// An authority, and a certificate of it for each host, as a site has them.
pub fn certificates(hosts: &[&Host]) {
    let first = hosts[0];
    let openssl = |argv: &[&str]| {
        let new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"];
        let curve = ["ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
        first.run(&[&new[..], &curve, argv].concat()).ok();
    };
    first.run(&["mkdir", "-p", "/root/pki", "/root/ca"]).ok();
    let (ca, ca_key) = ("/root/ca/ca.pem", "/root/ca/ca.key");
    openssl(&["-subj", "/CN=site", "-keyout", ca_key, "-out", ca]);
    for host in hosts {
        let (subject, address) = (format!("/CN={}", host.name), host.address());
        let name = format!("subjectAltName=IP:{address}");
        openssl(&[
            "-subj",
            &subject,
            "-CA",
            ca,
            "-CAkey",
            ca_key,
            "-addext",
            &name,
            "-addext",
            "extendedKeyUsage=serverAuth,clientAuth",
            "-keyout",
            "/root/ca/host.key",
            "-out",
            "/root/ca/host.pem",
        ]);
        for (file, mode) in [("ca.pem", 0o644), ("host.pem", 0o644), ("host.key", 0o600)] {
            let text = first.read(&format!("/root/ca/{file}"));
            host.write(&format!("/root/pki/{file}"), mode, &text);
        }
    }
}

pub fn carry(from: &Host, to: &Host) {
    let path = format!("{HOME}/join-{}.yaml", from.name);
    to.write(&path, 0o644, &from.read(&path));
}

/// The address that Docker's bridge has, with the prefix length.
pub fn bridge(host: &Host) -> String {
    let text = host
        .run(&["ip", "-4", "-o", "addr", "show", "docker0"])
        .ok();
    let mut words = text.split_whitespace().skip_while(|word| *word != "inet");
    words.nth(1).unwrap_or_else(|| panic!("{text}")).to_owned()
}

/// Says what the daemons' logs hold where a run did not come out as wanted.
#[track_caller]
pub fn expect(host: &Host, out: Out, code: i32) -> Out {
    if out.code != Some(code) {
        for log in [
            "/var/lib/etcd-groundcrew/etcd.log",
            "/var/lib/flannel-groundcrew/flanneld.log",
            "/run/docker.log",
        ] {
            let text = host.run(&["tail", "-n", "25", log]).stdout;
            eprintln!("{}: {log}:\n{text}", host.name);
        }
    }
    out.expect_code(code)
}

pub fn set_up(lab: &Lab, order: &[usize]) {
    for (nth, at) in order.iter().enumerate() {
        let host = &lab.hosts[*at];
        // Alone it only tells of itself.
        if nth > 0 {
            let out = expect(host, groundcrew(host, &UNATTENDED), 0);
            assert!(out.stdout.contains("waits for the first one"), "{out}");
            for other in &order[..nth] {
                carry(&lab.hosts[*other], host);
                carry(host, &lab.hosts[*other]);
            }
        }
        // The others have to let it in first; they find nobody there yet.
        for other in &order[..nth] {
            let host = &lab.hosts[*other];
            expect(host, groundcrew(host, &UNATTENDED), NOT_VERIFIED);
        }
        expect(host, groundcrew(host, &UNATTENDED), 0);
    }
}

/// Nothing is left where the picture of the tree does not look.
pub fn assert_clear(host: &Host) {
    for path in [
        "/run/netns",
        "/run/flannel",
        "/run/etcd-groundcrew.pid",
        "/run/flanneld-groundcrew.pid",
    ] {
        let there = host.run(&["ls", "-d", path]);
        assert_ne!(there.code, Some(0), "{}: {path}", host.name);
    }
    let left = host.run(&["pgrep", "-l", "-x", "etcd|flanneld"]);
    assert_eq!(left.stdout, "", "{}", host.name);
}

/// Output with its lines put together again.
pub fn words(out: &Out) -> String {
    let all = out.stdout.clone() + &out.stderr;
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}
