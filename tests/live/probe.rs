//! Two real hosts that probe each other: open, dropped and rejected ports, a
//! narrow path, clones, strangers.

use crate::common;

use std::time::Duration;

use common::host::{BINARY, Host};
use common::lab::{HostSpec, Lab};
use common::proc::{Out, Proc};
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(60);

fn listening(host: &Host) -> Proc {
    let argv = [
        BINARY,
        "probe",
        "listen",
        "--once",
        "--token",
        "word",
        "--bind",
        &host.address(),
    ];
    let proc = host.spawn(&argv);
    proc.wait_for_stdout("--token word", LIMIT);
    proc
}

fn dial(from: &Host, to: &Host, more: &[&str]) -> Out {
    let address = to.address();
    let arguments = [
        "probe", "dial", &address, "--token", "word", "--format", "json",
    ];
    from.groundcrew(&[&arguments, more].concat())
}

/// A probe from one host to another, and what it says.
fn probe(from: &Host, to: &Host, more: &[&str]) -> Value {
    let listener = listening(to);
    let out = dial(from, to, more);
    let told: Value = serde_json::from_str(&out.stdout).unwrap_or_else(|e| panic!("{e}\n{out}"));
    // Who listened tells the same.
    let there = listener.wait(LIMIT);
    assert_eq!(there.code, out.code, "{there}\n{out}");
    let verdict = told["verdict"].as_str().unwrap();
    let code = match verdict {
        "fail" => 3,
        "warn" | "unknown" => 4,
        _ => 0,
    };
    assert_eq!(out.code, Some(code), "{out}");
    told
}

fn status<'a>(told: &'a Value, id: &str) -> &'a str {
    let lines = told["lines"].as_array().unwrap();
    let line = lines.iter().find(|line| line["id"] == id);
    line.unwrap_or_else(|| panic!("{id} {told:#}"))["status"]
        .as_str()
        .unwrap()
}

const PORTS: [&str; 2] = ["--ports", "tcp/2377,tcp/7946,udp/4789"];

#[test]
fn open_dropped_and_rejected_ports_are_told_apart_by_direction() {
    let lab = Lab::plain(2);
    let (a, b) = (&lab.hosts[0], &lab.hosts[1]);
    let told = probe(a, b, &PORTS);
    for port in ["tcp.2377", "tcp.7946", "udp.4789"] {
        for way in ["to", "from"] {
            assert_eq!(
                status(&told, &format!("probe.{port}.{way}")),
                "pass",
                "{told:#}"
            );
        }
    }
    assert_eq!(status(&told, "probe.mtu.to"), "pass");
    assert_eq!(status(&told, "probe.clock"), "pass");
    assert_eq!(status(&told, "probe.identity.hostname"), "pass");
    assert_eq!(status(&told, "probe.identity.mac"), "pass");
    // Both run on one machine, which has one machine id.
    assert_ne!(status(&told, "probe.identity.machine-id"), "pass");

    let rule = |argv: &[&str]| drop(b.run(&[&["iptables", "-A", "INPUT"], argv].concat()).ok());
    rule(&["-p", "tcp", "--dport", "2377", "-j", "DROP"]);
    rule(&[
        "-p",
        "tcp",
        "--dport",
        "7946",
        "-j",
        "REJECT",
        "--reject-with",
        "icmp-host-prohibited",
    ]);
    rule(&["-p", "udp", "--dport", "4789", "-j", "REJECT"]);
    let told = probe(a, b, &PORTS);
    for port in ["tcp.2377", "tcp.7946", "udp.4789"] {
        assert_eq!(
            status(&told, &format!("probe.{port}.to")),
            "fail",
            "{told:#}"
        );
        assert_eq!(
            status(&told, &format!("probe.{port}.from")),
            "pass",
            "{told:#}"
        );
    }
    let lines = told["lines"].as_array().unwrap();
    let text = |id: &str| {
        let line = lines.iter().find(|line| line["id"] == id).unwrap();
        format!("{} {}", line["text"], line["hint"])
    };
    assert!(text("probe.tcp.2377.to").contains("no answer"));
    assert!(text("probe.tcp.7946.to").contains("refused"));
    assert!(text("probe.udp.4789.to").contains("refused"));
    assert!(
        text("probe.tcp.2377.to").contains(&b.name),
        "{}",
        text("probe.tcp.2377.to")
    );
}

#[test]
fn a_narrow_path_a_taken_port_and_a_clone_are_seen() {
    let lab = Lab::start(&[HostSpec::new("alpha"), HostSpec::new("bravo").mtu(1400)]);
    let (a, b) = (lab.host("alpha"), lab.host("bravo"));
    let mac = a.run(&["cat", "/sys/class/net/eth0/address"]);
    let mac = match mac.code {
        Some(0) => mac.stdout.trim().to_owned(),
        _ => String::new(),
    };
    let taken = b.spawn(&["nc", "-l", "-p", "2377"]);
    common::wait_until("the port is taken", LIMIT, || {
        let out = b.run(&["ss", "-ltn"]);
        if out.stdout.contains(":2377 ") {
            Ok(())
        } else {
            Err(out.stdout)
        }
    });
    let told = probe(a, b, &PORTS);
    assert_eq!(status(&told, "probe.mtu.to"), "warn", "{told:#}");
    assert_eq!(status(&told, "probe.tcp.2377.to"), "pass", "{told:#}");
    assert_eq!(status(&told, "probe.tcp.2377.from"), "pass", "{told:#}");
    drop(taken);
    b.run(&["hostname", "ALPHA"]).ok();
    let told = probe(a, b, &PORTS);
    assert_eq!(
        status(&told, "probe.identity.hostname"),
        "fail",
        "{told:#} {mac}"
    );
}

#[test]
fn strangers_and_noise_do_no_harm() {
    let lab = Lab::plain(2);
    let (a, b) = (&lab.hosts[0], &lab.hosts[1]);
    let argv = [
        BINARY,
        "probe",
        "listen",
        "--once",
        "--token",
        "word",
        "--bind",
        &b.address(),
    ];
    let listener = b.spawn(&argv);
    listener.wait_for_stdout("--token word", LIMIT);
    let address = b.address();
    let wrong = a.groundcrew(&["probe", "dial", &address, "--token", "another"]);
    assert_eq!(wrong.code, Some(3), "{wrong}");
    assert!(wrong.stderr.contains("token"), "{wrong}");
    let noise = format!(
        "exec 3<>/dev/tcp/{address}/7475; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
    );
    a.run(&["bash", "-c", &noise]);
    let good = dial(a, b, &PORTS);
    assert!(matches!(good.code, Some(0 | 3 | 4)), "{good}");
    assert!(good.stdout.contains("probe.tcp.2377.to"), "{good}");
    let out = listener.wait(LIMIT);
    assert!(out.stderr.contains("not a word of probe/1"), "{out}");
    assert!(out.stderr.contains("turned away"), "{out}");
    // Nobody is there any more.
    let gone = dial(a, b, &PORTS);
    assert_eq!(gone.code, Some(3), "{gone}");
    assert!(gone.stderr.contains("probe listen"), "{gone}");
}
