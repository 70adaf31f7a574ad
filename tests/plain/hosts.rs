//! Whole hosts, judged: composed trees of many distributions, each with the
//! findings that were reviewed, and single facts changed in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::common::txtar::{Entry, Tree};
use serde_json::Value;

const HOSTS: [&str; 11] = [
    "amazon1",
    "amazon2",
    "debian12",
    "el6",
    "el7",
    "el8",
    "el9",
    "openvz",
    "sles12",
    "ubuntu1404",
    "ubuntu2404",
];

fn groundcrew(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_groundcrew"));
    command.args(arguments).current_dir(dir).env_clear();
    command.output().unwrap()
}

fn unpacked(tree: &Tree) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    tree.unpack(&dir.path().join("host"));
    dir
}

fn report(dir: &Path, more: &[&str]) -> Value {
    let arguments = [&["preflight", "--root", "host", "--format", "json"], more].concat();
    let output = groundcrew(dir, &arguments);
    assert!(
        matches!(output.status.code(), Some(0 | 3 | 4)),
        "{output:?}"
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or("-")
}

/// What is expected of a host, a line a finding; what holds and what does not
/// apply by its id alone.
fn told(report: &Value) -> String {
    let mut out = format!(
        "host        {}\nrecommended {}{}\ninterface   {}\n\n",
        [
            text(report, "/host/distro"),
            text(report, "/host/kernel"),
            text(report, "/host/docker")
        ]
        .join(", "),
        text(report, "/recommendation/id"),
        match report.pointer("/recommendation/confirmed") {
            Some(Value::Bool(false)) => ", not confirmed",
            _ => "",
        },
        text(report, "/interfaces/pick"),
    );
    let mut short: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let (id, status) = (text(finding, "/id"), text(finding, "/status"));
        match status {
            "pass" | "na" if finding.get("severity").is_none() => {
                short.entry(status).or_default().push(id);
            }
            _ => out.push_str(&format!("{status:<8}{id}: {}\n", text(finding, "/message"))),
        }
    }
    for (status, ids) in short {
        out.push_str(&format!("\n{status}:\n"));
        let mut line = String::new();
        for id in ids {
            if line.len() + id.len() > 78 {
                out.push_str(&format!(" {line}\n"));
                line.clear();
            }
            line.push_str(&format!(" {id}"));
        }
        out.push_str(&format!(" {line}\n"));
    }
    out
}

#[test]
fn every_host_has_the_findings_that_were_reviewed() {
    let regenerate = std::env::var_os("GROUNDCREW_REGEN").is_some();
    let mut lag = Vec::new();
    for name in HOSTS {
        let dir = unpacked(&Tree::host(name));
        // For three nodes, so that the overlays come into it.
        let found = told(&report(dir.path(), &["--set", "needs.nodes=3"]));
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/hosts")
            .join(format!("{name}.findings"));
        if regenerate {
            fs::write(&path, &found).unwrap();
        }
        let known = fs::read_to_string(&path).unwrap_or_default();
        if known != found {
            let old: Vec<_> = known.lines().collect();
            let new: Vec<_> = found.lines().collect();
            let gone = old.iter().filter(|line| !new.contains(line));
            let come = new.iter().filter(|line| !old.contains(line));
            let lines = gone.map(|line| format!("- {line}"));
            let lines = lines.chain(come.map(|line| format!("+ {line}")));
            lag.push(format!("{name}\n{}", lines.collect::<Vec<_>>().join("\n")));
        }
    }
    assert!(
        lag.is_empty(),
        "review, then GROUNDCREW_REGEN=1 cargo test --test plain hosts::\n{}",
        lag.join("\n")
    );
}

/// Ids of findings with their statuses; of those that hold in one way or another
/// too.
fn statuses(report: &Value) -> BTreeMap<String, String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            let (id, status) = (text(finding, "/id"), text(finding, "/status"));
            (id.to_owned(), status.to_owned())
        })
        .collect()
}

/// One fact changed: host, file, what stood there, what stands there now, and
/// exactly the findings that change.
type Change = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

const CHANGES: &[Change] = &[
    (
        "el7",
        "proc/meminfo",
        "MemTotal:       8009000",
        "MemTotal:       700000",
        &["res.mem pass -> fail"],
    ),
    (
        "el7",
        "proc/swaps",
        "Priority\n",
        "Priority\n/dev/sda2 partition 1000 0 -2\n",
        &[],
    ),
    (
        "el7",
        "proc/sys/net/ipv4/ip_forward",
        "1",
        "0",
        &["net.forward pass -> warn"],
    ),
    (
        "el7",
        "proc/sys/net/bridge/bridge-nf-call-iptables",
        "1",
        "0",
        &["net.brnf.value.bridge-nf-call-iptables pass -> warn"],
    ),
    (
        "el7",
        "proc/sys/net/ipv4/conf/ens192/rp_filter",
        "0",
        "1",
        &[],
    ),
    (
        "el7",
        "proc/sys/net/netfilter/nf_conntrack_count",
        "90",
        "262000",
        &["net.conntrack pass -> warn"],
    ),
    (
        "el7",
        "proc/sys/kernel/random/entropy_avail",
        "3000",
        "40",
        &["sys.entropy pass -> warn"],
    ),
    (
        "el7",
        "sys/fs/selinux/enforce",
        "1",
        "0",
        &["sec.selinux warn -> pass"],
    ),
    (
        "el7",
        "capture/iptables-save",
        "--dport 22 ",
        "--dport 2377 ",
        &["fw.input none -> pass", "fw.input.tcp.2377 fail -> none"],
    ),
    (
        "el7",
        "capture/iptables-save",
        ":INPUT ACCEPT",
        ":INPUT DROP",
        &[],
    ),
    (
        "el9",
        "capture/iptables-save",
        ":INPUT ACCEPT",
        ":INPUT DROP",
        &[
            "fw.input pass -> none",
            "fw.input.tcp.2377 none -> fail",
            "fw.input.tcp.7946 none -> fail",
            "fw.input.udp.4789 none -> fail",
            "fw.input.udp.7946 none -> fail",
        ],
    ),
    (
        "el7",
        "capture/docker-info.json",
        "\"Driver\": \"overlay2\"",
        "\"Driver\": \"vfs\"",
        &["docker.storage pass -> fail", "kern.overlayfs pass -> na"],
    ),
    (
        "el7",
        "capture/docker-info.json",
        "[\n   \"Supports d_type\",\n   \"true\"\n  ]",
        "[\n   \"Supports d_type\",\n   \"false\"\n  ]",
        &["res.fs.dtype pass -> fail"],
    ),
    (
        "el7",
        "capture/docker-version.json",
        "20.10.24",
        "1.10.3",
        &["docker.version pass -> fail"],
    ),
    (
        "el9",
        "capture/docker-info.json",
        "\"LocalNodeState\": \"inactive\"",
        "\"LocalNodeState\": \"error\"",
        &["docker.swarm pass -> fail"],
    ),
    (
        "el9",
        "capture/ip-route",
        "10.77.0.0/24 dev ens224",
        "10.0.0.0/16 dev ens224",
        &[
            "net.overlap pass -> none",
            "net.overlap.10.0.0.0/24 none -> fail",
        ],
    ),
    (
        "el9",
        "capture/ip-route",
        "default via 192.168.10.1 dev ens192 proto static metric 100",
        "default via 10.77.0.1 dev ens224 proto static metric 100",
        &["sys.hostname.resolves pass -> warn"],
    ),
    (
        "el9",
        "capture/ip-addr",
        "192.168.10.91/24 brd 192.168.10.255 scope global noprefixroute ens192",
        "192.168.10.91/24 brd 192.168.10.255 scope global dynamic noprefixroute ens192",
        &["net.iface.dynamic pass -> warn"],
    ),
    (
        "el9",
        "capture/ip-addr",
        "ens192: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500",
        "ens192: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1300",
        &["net.mtu pass -> warn", "net.mtu.docker0 none -> warn"],
    ),
    (
        "el9",
        "capture/ip-addr",
        "00:50:56:aa:00:92",
        "00:50:56:aa:00:91",
        &["sys.ids.mac pass -> fail"],
    ),
    (
        "el9",
        "capture/ss-tulpn",
        "*:22 ",
        "*:2377 ",
        &["port.tcp.2377 none -> fail"],
    ),
    (
        "el9",
        "etc/hosts",
        "192.168.10.91 node-a",
        "127.0.0.1 node-a",
        &[],
    ),
    (
        "el9",
        "etc/resolv.conf",
        "nameserver 192.168.10.2",
        "nameserver 127.0.0.1",
        &[],
    ),
    (
        "el9",
        "proc/self/mountinfo",
        "rw,seclabel",
        "rw,noexec",
        &[
            "res.fs.opts pass -> fail",
            "sys.tmp./tmp pass -> warn",
            "sys.tmp./var/tmp pass -> warn",
        ],
    ),
    (
        "el9",
        "capture/df",
        "84806400      20% /",
        "   90000      99% /",
        &[
            "res.disk./tmp pass -> fail",
            "res.disk./var/lib/docker pass -> fail",
        ],
    ),
    (
        "el9",
        "proc/sys/net/ipv4/ip_local_port_range",
        "32768\t60999",
        "2000\t60999",
        &["port.ephemeral pass -> warn"],
    ),
    (
        "el9",
        "etc/docker/daemon.json",
        "{",
        "{{",
        &[
            "docker.tls pass -> unknown",
            "fw.docker_iptables pass -> unknown",
        ],
    ),
    (
        "el6",
        "proc/self/status",
        "Uid:\t0\t0\t0\t0",
        "Uid:\t1000\t1000\t1000\t1000",
        &[],
    ),
    (
        "el6",
        "etc/sysconfig/docker",
        "other_args=\"\"",
        "other_args=\"--bip=192.168.10.1/24\"",
        &[
            "net.overlap pass -> none",
            "net.overlap.192.168.10.1/24 none -> fail",
        ],
    ),
    ("el8", "proc/sys/crypto/fips_enabled", "1", "0", &[]),
    (
        "el8",
        "proc/sys/net/ipv4/ip_forward",
        "0",
        "1",
        &["net.forward warn -> pass"],
    ),
    (
        "sles12",
        "capture/iptables-save",
        "-A input_ext -p tcp -m tcp --dport 22 -j ACCEPT",
        "-A input_ext -s 192.168.10.0/24 -j ACCEPT",
        &[
            "fw.input.tcp.2377 fail -> warn",
            "fw.input.tcp.7946 fail -> warn",
            "fw.input.udp.4789 fail -> warn",
            "fw.input.udp.7946 fail -> warn",
        ],
    ),
    (
        "el6",
        "capture/iptables-save",
        "-A INPUT -j REJECT --reject-with icmp-host-prohibited\n",
        "",
        &[
            "fw.input none -> pass",
            "fw.input.tcp.8800 fail -> none",
            "fw.input.tcp.9874 fail -> none",
            "fw.input.tcp.9875 fail -> none",
            "fw.input.tcp.9876 fail -> none",
            "fw.input.tcp.9877 fail -> none",
            "fw.input.tcp.9878 fail -> none",
            "fw.input.tcp.9879 fail -> none",
            "fw.input.udp.9993 fail -> none",
        ],
    ),
    (
        "el9",
        "capture/docker-info.json",
        "\"Warnings\": null",
        "\"Warnings\": [\"WARNING: bridge-nf-call-iptables is disabled\"]",
        &[
            "docker.warnings na -> none",
            "docker.warnings.1 none -> warn",
            "kern.swapaccount na -> pass",
        ],
    ),
    (
        "ubuntu1404",
        "proc/meminfo",
        "MemTotal:       2048000",
        "MemTotal:       500000",
        &["res.mem pass -> fail"],
    ),
    (
        "amazon2",
        "capture/ip-addr",
        "inet 10.1.2.31/24",
        "inet 10.1.9.31/24",
        &["net.iface.dup warn -> pass"],
    ),
    (
        "el6",
        "etc/sysconfig/network-scripts/ifcfg-eth1",
        "HWADDR=08:00:27:10:00:02",
        "",
        &["net.iface.names pass -> warn"],
    ),
    (
        "ubuntu2404",
        "capture/ip-addr",
        "172.18.0.1/16",
        "172.18.0.1/15",
        &[],
    ),
    (
        "el9",
        "proc/sys/fs/inotify/max_user_instances",
        "1024",
        "12",
        &["sys.inotify.instances pass -> warn"],
    ),
    (
        "el6",
        "proc/sys/kernel/modules_disabled",
        "0",
        "1",
        &[
            "kern.dmthin pass -> fail",
            "kern.nat pass -> fail",
            "sys.kernel.tainted_lockdown pass -> none",
            "sys.kernel.tainted_lockdown.disabled none -> fail",
        ],
    ),
    (
        "el6",
        "capture/docker-info.json",
        "\"native-0.2\"",
        "\"lxc-1.0\"",
        &["docker.execdriver pass -> fail"],
    ),
];

#[test]
fn one_fact_changes_exactly_the_findings_that_hang_on_it() {
    let mut wrong = Vec::new();
    let mut before: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
    for (host, file, old, new, expected) in CHANGES {
        let mut tree = Tree::host(host);
        let was = before.entry(host).or_insert_with(|| {
            let dir = unpacked(&tree);
            statuses(&report(dir.path(), &["--set", "needs.nodes=3"]))
        });
        let content = tree.text(file);
        assert!(content.contains(old), "{host}: no {old:?} in {file}");
        *content = content.replacen(old, new, 1);
        let dir = unpacked(&tree);
        let is = statuses(&report(dir.path(), &["--set", "needs.nodes=3"]));
        let none = "none".to_owned();
        let mut changed = Vec::new();
        for id in was
            .keys()
            .chain(is.keys().filter(|id| !was.contains_key(*id)))
        {
            let (then, now) = (was.get(id).unwrap_or(&none), is.get(id).unwrap_or(&none));
            if then != now {
                changed.push(format!("{id} {then} -> {now}"));
            }
        }
        changed.sort();
        let mut expected: Vec<_> = expected.iter().map(|one| (*one).to_owned()).collect();
        expected.sort();
        if changed != expected {
            wrong.push(format!(
                "{host} {file}: {old:?} -> {new:?}\n  wanted {expected:?}\n  found  {changed:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A judged tree: whatever is in it, a report comes out, and nothing panics.
fn survives(dir: &Path, what: &str) -> Value {
    for format in ["json", "human", "html", "junit"] {
        let arguments = ["preflight", "--root", "host", "--format", format];
        let output = groundcrew(dir, &arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            matches!(output.status.code(), Some(0 | 3 | 4)) && errors.is_empty(),
            "{what}: {output:?}"
        );
    }
    report(dir, &[])
}

/// Findings that hold now and did not before: what cannot be read must not pass.
fn gained(before: &Value, after: &Value) -> Vec<String> {
    let was = statuses(before);
    statuses(after)
        .into_iter()
        .filter(|(id, status)| status == "pass" && was.get(id).is_some_and(|was| was == "fail"))
        .map(|(id, _)| id)
        .collect()
}

#[test]
fn what_cannot_be_read_is_unknown_and_never_holds() {
    let tree = Tree::host("el7");
    let whole = report(unpacked(&tree).path(), &[]);
    for (what, spoil) in [
        (
            "no /proc",
            (|path, _| !path.starts_with("proc/")) as fn(&str, &Entry) -> bool,
        ),
        ("no /sys", |path, _| !path.starts_with("sys/")),
        ("no /etc", |path, _| !path.starts_with("etc/")),
        ("no capture", |path, _| !path.starts_with("capture/")),
        ("only capture", |path, _| path.starts_with("capture/")),
    ] {
        let mut less = tree.clone();
        less.entries
            .retain(|(path, entry)| spoil(path, entry) && path != "capture/complete");
        let dir = unpacked(&less);
        let found = survives(dir.path(), what);
        let unknown = |report: &Value| report["summary"]["unknown"].as_u64().unwrap();
        assert!(
            unknown(&found) > unknown(&whole) || found["targets"] != whole["targets"],
            "{what}"
        );
        // Only the same question may be compared.
        if found["targets"] == whole["targets"] {
            assert_eq!(gained(&whole, &found), Vec::<String>::new(), "{what}");
        }
    }
}

#[test]
fn files_that_are_no_text_too_large_or_no_files_do_no_harm() {
    let tree = Tree::host("el6");
    let files: Vec<String> = tree
        .entries
        .iter()
        .filter(|(path, entry)| {
            matches!(entry, Entry::File(text) if !text.is_empty())
                && !["capture/complete", "capture/date"].contains(&path.as_str())
        })
        .map(|(path, _)| path.clone())
        .collect();
    assert!(files.len() > 60, "{}", files.len());
    for (what, write) in [
        (
            "empty",
            (|at: &Path| fs::write(at, "").unwrap()) as fn(&Path),
        ),
        ("not UTF-8", |at| {
            fs::write(at, [0xff, 0xfe, 0, b'\n', 0x80, b':', 0xc3]).unwrap()
        }),
        ("NUL bytes", |at| fs::write(at, [0; 5000]).unwrap()),
        ("one long line", |at| {
            fs::write(at, "7".repeat(1 << 20)).unwrap()
        }),
        ("larger than anything", |at| {
            fs::File::create(at).unwrap().set_len(64 << 20).unwrap();
        }),
        ("a folder", |at| {
            fs::remove_file(at).unwrap();
            fs::create_dir(at).unwrap();
        }),
        ("a link to itself", |at| {
            fs::remove_file(at).unwrap();
            std::os::unix::fs::symlink(at.file_name().unwrap(), at).unwrap();
        }),
        ("a pipe nobody writes to", |at| {
            fs::remove_file(at).unwrap();
            nix::unistd::mkfifo(at, nix::sys::stat::Mode::S_IRWXU).unwrap();
        }),
    ] {
        let dir = unpacked(&tree);
        for file in &files {
            write(&dir.path().join("host").join(file));
        }
        let found = survives(dir.path(), what);
        // Nothing of the host is known; so it is not taken for a good one.
        assert_eq!(text(&found, "/recommendation/confirmed"), "-", "{what}");
        assert_ne!(
            found.pointer("/recommendation/confirmed"),
            Some(&Value::Bool(true)),
            "{what}"
        );
    }
}

#[test]
fn a_host_with_ten_thousand_of_everything_is_judged() {
    let mut tree = Tree::host("el7");
    let mut rules = String::new();
    for n in 0..10_000 {
        let (high, low) = (n / 250, n % 250);
        let link = format!(
            "{}: veth{n}@if1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP\n    link/ether 02:00:00:00:{:02x}:{:02x} brd ff:ff:ff:ff:ff:ff\n    veth\n    inet 10.{}.{high}.{low}/32 scope global veth{n}\n",
            n + 100,
            n / 256,
            n % 256,
            100
        );
        tree.text("capture/ip-addr").push_str(&link);
        let route = format!("10.101.{high}.{low} dev veth{n} scope link \n");
        tree.text("capture/ip-route").push_str(&route);
        rules.push_str(&format!(
            "-A IN_public_allow -s 10.102.{high}.{low} -j ACCEPT\n"
        ));
    }
    let filter = tree.text("capture/iptables-save");
    *filter = filter.replacen("COMMIT", &format!("{rules}COMMIT"), 1);
    let found = report(unpacked(&tree).path(), &[]);
    assert_eq!(found["interfaces"]["pick"], "ens192");
}
