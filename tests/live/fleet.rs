//! Hosts reached over real ssh daemons by the real Ansible: what is wrong with any of
//! them is told, and nothing is left on them.

use crate::common;

use std::time::Duration;

use common::host::Host;
use common::ssh::{PROGRAM, SshLab, script};

/// How long a run over all hosts may take on a machine with other work.
const RUN: Duration = Duration::from_secs(150);

const FLEET: &str = "/run/fleet";
/// The end of the hosts' machine ids.
const MACHINE_ID: &str = "5c0e5a7d1b9f4e6d8a2c3b4d5e6f70";

fn row(control: &Host, name: &str) -> (String, String) {
    let text = control.read(&format!("{FLEET}/reports/{name}.unreachable.json"));
    let row: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(row["host"], name);
    let word = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    (word("why"), word("try"))
}

/// A report without what differs between two looks at the same host: times, and what
/// is free.
fn at_rest(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.contains("findings_sha256"));
    let lines = lines.map(|line| {
        let masked = line
            .chars()
            .map(|c| if c.is_ascii_digit() { '#' } else { c });
        let mut masked: Vec<char> = masked.collect();
        masked.dedup_by(|next, last| *next == '#' && *last == '#');
        masked.into_iter().collect::<String>()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn twelve_hosts_are_inspected_and_what_is_wrong_with_any_is_told() {
    let names = [
        "plain", "noisy", "oldkeys", "allowed", "nopython", "othercpu", "noexec", "refused",
        "unknown", "changed", "sudo", "full",
    ];
    let mut fleet = SshLab::start(&names);
    let only_rsa = "HostKeyAlgorithms ssh-rsa\n";
    for name in names.iter().filter(|name| **name != "refused") {
        match *name {
            "oldkeys" | "allowed" => fleet.daemon(name, "rsa", only_rsa),
            _ => fleet.daemon(name, "ed25519", ""),
        }
    }
    // What others leave in this machine's folder is not theirs.
    for host in &fleet.lab.hosts {
        script(host, "mount -t tmpfs -o mode=1777 tmpfs /tmp");
    }
    script(
        fleet.lab.host("noisy"),
        "printf '%s\\n' 'echo \"*** Authorised use only ***\"' 'echo careful >&2' 'printf unfinished' \
         > /root/.bashrc",
    );
    script(
        fleet.lab.host("nopython"),
        "rm -f /usr/bin/python* /usr/local/bin/python*; ! command -v python3",
    );
    script(
        fleet.lab.host("othercpu"),
        "printf '#!/bin/sh\\necho riscv64\\n' > /usr/local/bin/uname; chmod 755 /usr/local/bin/uname",
    );
    script(
        fleet.lab.host("noexec"),
        "mount -t tmpfs -o noexec,mode=1777 tmpfs /tmp",
    );
    // Two are clones of one image, and the others are not.
    for (name, number) in names.iter().zip(1..) {
        let number = if *name == "nopython" { 2 } else { number };
        script(
            fleet.lab.host(name),
            &format!("echo {number:02}{MACHINE_ID} > /etc/machine-id"),
        );
    }
    let control = fleet.control();
    let unknown = fleet.lab.host("unknown").address();
    let changed = fleet.lab.host("changed").address();
    script(
        control,
        &format!(
            "cd /run/lab-ssh
             ssh-keygen -q -t ed25519 -N '' -f other
             grep -v -e '^{unknown} ' -e '^{changed} ' known_hosts > new
             echo \"{changed} $(cat other.pub)\" >> new
             mv new known_hosts"
        ),
    );
    script(
        fleet.lab.host("full"),
        "mount -t tmpfs -o size=1m tmpfs /mnt",
    );
    // EL6's sudo: it wants a terminal, which takes no stream.
    script(
        fleet.lab.host("sudo"),
        // sudo looks its host's name up, and nobody answers here.
        "echo 127.0.0.1 sudo >> /etc/hosts
         useradd -m -s /bin/bash ops; echo ops:correct-horse | chpasswd
         printf 'Defaults requiretty\\nops ALL=(ALL) ALL\\n' > /etc/sudoers",
    );
    let with_sudo = "ansible_user=ops ansible_become=true ansible_become_password=correct-horse";
    // What is told of `oldkeys` helps.
    let allow = "ansible_ssh_extra_args='-o HostKeyAlgorithms=+ssh-rsa -o PubkeyAcceptedAlgorithms=+ssh-rsa'";
    // Two are reached through others of them, of which one lets nobody in.
    let by = |jump: &str| {
        let address = fleet.lab.host(jump).address();
        format!("ansible_ssh_extra_args='-o ProxyJump=root@{address}'")
    };
    script(
        control,
        "mkdir -m 700 /root/.ssh
         printf 'IdentityFile /run/lab-ssh/id\nUserKnownHostsFile /run/lab-ssh/known_hosts\n' \
         > /root/.ssh/config",
    );
    let by_plain = by("plain");
    let hosts: Vec<(&str, &str)> = names
        .iter()
        .map(|name| match *name {
            "noexec" => (*name, by_plain.as_str()),
            "allowed" => (*name, allow),
            "sudo" => (*name, with_sudo),
            "full" => (*name, "groundcrew_fleet_tmp='[\"/mnt\"]'"),
            other => (other, ""),
        })
        .collect();
    let inventory = fleet.inventory(&hosts);
    let behind = format!("behind ansible_host={changed} {}", by("refused"));
    script(
        control,
        &format!("sed -i \"/^.nodes.$/a {behind}\" {inventory}"),
    );

    let argv = [
        PROGRAM,
        "fleet",
        "inspect",
        "--inventory",
        &inventory,
        "--dir",
        FLEET,
    ];
    let out = control.run_within(RUN, &argv).expect_code(3);
    assert!(out.stdout.contains("6 of 13 hosts reported"), "{out}");
    assert!(
        !format!("{}{}", out.stdout, out.stderr).contains('\x1b'),
        "{out}"
    );
    assert!(out.stderr.contains("[13/13] "), "a line a host: {out}");

    for name in ["plain", "noisy", "allowed", "nopython", "noexec", "sudo"] {
        let host = fleet.lab.host(name);
        let there = host.groundcrew(&["preflight", "--format", "json"]).stdout;
        let here = control.read(&format!("{FLEET}/reports/{name}.json"));
        common::diff::assert_same(name, &at_rest(&there), &at_rest(&here));
        // All are one machine: its clock is right against itself, as far as it is read.
        let clock = control.read(&format!("{FLEET}/reports/{name}.clock.json"));
        let clock: serde_json::Value = serde_json::from_str(&clock).unwrap();
        let number = |key: &str| clock[key].as_i64().unwrap();
        assert!(number("offset_ms").abs() <= number("error_ms"), "{clock}");
        assert_eq!(clock["host"], *name);
    }
    let (why, hint) = row(control, "refused");
    assert!(
        why.contains("refused") && hint.contains("sshd"),
        "{why}: {hint}"
    );
    let (why, _) = row(control, "behind");
    assert!(
        why.contains("about the jump host: the connection was refused"),
        "{why}"
    );
    let (why, hint) = row(control, "oldkeys");
    assert!(why.contains("ssh-rsa"), "{why}");
    assert!(
        hint.contains(
            "line of the inventory: ansible_ssh_extra_args='-o HostKeyAlgorithms=+ssh-rsa -o PubkeyAcceptedAlgorithms=+ssh-rsa'"
        ),
        "{hint}"
    );
    let (why, _) = row(control, "othercpu");
    assert!(why.contains("riscv64"), "{why}");
    let (why, hint) = row(control, "unknown");
    assert!(
        why.contains("not known")
            && hint.contains("known_hosts")
            && hint.contains("ansible_ssh_extra_args='-o UserKnownHostsFile=PATH'"),
        "{why}: {hint}"
    );
    let (why, _) = row(control, "full");
    assert!(why.contains("/mnt: 1024 KiB are free"), "{why}");
    let (why, _) = row(control, "changed");
    assert!(why.contains("another one"), "{why}");

    let inventory_file = control.read(&format!("{FLEET}/inventory.json"));
    let listed: serde_json::Value = serde_json::from_str(&inventory_file).unwrap();
    let mut sorted = [&names[..], &["behind"]].concat();
    sorted.sort_unstable();
    assert_eq!(listed["hosts"], serde_json::json!(sorted));

    // Clones are found in what came over ssh, and clocks were compared.
    let report = [
        argv[0],
        "fleet",
        "report",
        "--dir",
        FLEET,
        "--allow-missing",
    ];
    let out = control.run(&report).expect_code(3);
    let told = out.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let clones = format!("2 hosts have the same machine id 02{MACHINE_ID}: noisy, nopython");
    assert!(told.contains(&clones), "{out}");
    assert!(told.contains("FAIL fleet.machine-id"), "{out}");
    let page = control.read(&format!("{FLEET}/cluster-report.md"));
    assert!(page.contains(&clones), "{page}");
    let whole = control.read(&format!("{FLEET}/cluster-report.json"));
    let whole: serde_json::Value = serde_json::from_str(&whole).unwrap();
    let findings = whole["findings"].as_array().unwrap();
    let clock = findings
        .iter()
        .find(|one| one["id"] == "fleet.clock")
        .unwrap();
    let message = clock["message"].as_str().unwrap();
    assert!(
        message.contains(" s between ") && message.contains("give or take"),
        "{message}"
    );

    // Nothing is left: no folder, no process of ours; on the controller neither.
    for host in &fleet.lab.hosts {
        let left = script(
            host,
            "find /tmp /var/tmp /dev/shm /run /root -maxdepth 1 \
             \\( -name '.groundcrew*' -o -name 'groundcrew-*' \\); \
             for p in /proc/[0-9]*; do readlink $p/exe || :; done | grep groundcrew || :",
        );
        assert_eq!(left, "", "{}", host.name);
    }

    // One that is mended reports, beside one whose password is wrong; the others keep
    // what they have.
    script(fleet.lab.host("othercpu"), "rm /usr/local/bin/uname");
    let again = [
        &argv[..],
        &["--limit", "othercpu,sudo", "--allow-missing", "--", "-vvv"],
        &["--extra-vars", "ansible_become_password=battery-staple"],
    ];
    let out = control.run_within(RUN, &again.concat()).expect_code(0);
    assert!(out.stdout.contains("1 of 2 hosts reported"), "{out}");
    // The clock costs no execution of its own: one on the host that reported.
    let said = format!("{}{}", out.stdout, out.stderr);
    let executions = said.matches("ESTABLISH SSH CONNECTION FOR USER: root");
    assert_eq!(executions.count(), 1, "{out}");
    // One that loses its power is not waited for as long as TCP does.
    let alive = said.lines().filter(|line| line.contains("SSH: EXEC ssh"));
    assert!(
        alive
            .clone()
            .all(|line| line.contains(" ServerAliveInterval=20 ")),
        "{out}"
    );
    let reports = control.run(&["ls", &format!("{FLEET}/reports")]).ok();
    let reports: Vec<_> = reports.lines().collect();
    assert!(reports.contains(&"othercpu.json") && reports.contains(&"plain.json"));
    assert!(!reports.contains(&"othercpu.unreachable.json"));

    let (why, hint) = row(control, "sudo");
    assert!(
        why.contains("not accepted") && hint.contains("--ask-become-pass"),
        "{why}: {hint}"
    );
    assert!(!out.stderr.contains("correct-horse"), "{out}");
    assert_eq!(
        script(
            fleet.lab.host("sudo"),
            "ls -A /tmp /var/tmp | grep groundcrew || :"
        ),
        ""
    );
}
