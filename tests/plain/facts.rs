//! What is read of hosts that were written down, and of this one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use groundcrew::facts::flat::{Source, flatten, load};
use groundcrew::facts::kernel::Capability;
use groundcrew::facts::{Fact, Facts, collect};
use groundcrew::host::{Live, Machine, Scripted, netlink};
use serde_json::{Value, json};

fn flat(facts: &Facts, path: &str) -> Value {
    flatten(facts).get(path).cloned().unwrap_or(Value::Null)
}

/// Expects these values; null is "not known".
fn expect(facts: &Facts, expected: &[(&str, Value)]) {
    for (path, value) in expected {
        assert_eq!(&flat(facts, path), value, "{path}\n{facts:#?}");
    }
}

fn machine(cpus: usize, mib: u64) -> Option<Machine> {
    Some(Machine {
        cpus,
        memory: mib << 20,
        memory_available: mib << 19,
        swap: 0,
    })
}

fn answer(body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// CentOS 6.10 with Docker 1.7.1: no os-release, no modules.builtin, SELinux
/// at /selinux, upstart, no /sys/fs/cgroup.
fn el6() -> Scripted {
    let release = "2.6.32-754.35.1.el6.x86_64";
    let modules = format!("/lib/modules/{release}/modules.dep");
    let mut host = Scripted::new()
        .release(release)
        .file("/etc/redhat-release", "CentOS release 6.10 (Final)\n")
        .link("/etc/centos-release", "redhat-release")
        .link("/etc/system-release", "redhat-release")
        .file("/proc/modules", "bridge 84112 0 - Live 0x0\nip_tables 1 0 - Live 0x0\n")
        .file(
            &modules,
            "kernel/drivers/net/tun.ko:\nkernel/drivers/net/vxlan.ko:\nkernel/net/netfilter/ipvs/ip_vs.ko:\nkernel/net/netfilter/xt_u32.ko:\nkernel/drivers/net/veth.ko:\n",
        )
        .file(
            "/boot/config-2.6.32-754.35.1.el6.x86_64",
            "CONFIG_NETFILTER=y\nCONFIG_BRIDGE=m\nCONFIG_BRIDGE_NETFILTER=y\nCONFIG_TUN=m\n# CONFIG_WIREGUARD is not set\n",
        )
        .dir("/sys/module/bridge")
        .dir("/sys/kernel")
        .file("/proc/cgroups", "#subsys_name\thierarchy\n")
        .file("/proc/cpuinfo", "flags\t: fpu hypervisor\n")
        .file("/sys/class/dmi/id/sys_vendor", "Red Hat\n")
        .file("/sys/class/dmi/id/product_name", "KVM\n")
        .file("/proc/sys/crypto/fips_enabled", "0\n")
        .file("/selinux/enforce", "1")
        .file("/proc/1/stat", "1 (init) S 0 1 1\n")
        .executable("/sbin/init")
        .executable("/sbin/initctl")
        .dir("/etc/init")
        .file("/proc/net/ip_tables_names", "filter\n")
        .file("/etc/sysconfig/iptables", "*filter\n")
        .file("/proc/swaps", "Filename Type Size Used Priority\n")
        .file("/proc/net/tcp", "  sl local\n")
        .file("/proc/net/udp", "  sl local\n")
        .answer("/var/run/docker.sock", "GET /_ping ", "HTTP/1.0 200 OK\r\n\r\nOK")
        .answer(
            "/var/run/docker.sock",
            "GET /version ",
            answer(r#"{"Version":"1.7.1","ApiVersion":"1.19"}"#),
        )
        .answer(
            "/var/run/docker.sock",
            "GET /info ",
            answer(r#"{"Containers":2,"Driver":"devicemapper","DockerRootDir":"/var/lib/docker"}"#),
        );
    host.machine = machine(4, 8000);
    host
}

#[test]
fn centos_6_with_its_last_docker() {
    let facts = collect(&el6());
    expect(
        &facts,
        &[
            ("os.family", json!("el6")),
            ("kernel.version", json!("2.6.32")),
            ("kernel.rhel_build", json!(754)),
            ("arch.bits", json!(64)),
            ("virt", json!("kvm")),
            ("init", json!("upstart")),
            ("cgroup", json!("v1")),
            ("cpu.count", json!(4)),
            ("mem.mb", json!(8000)),
            ("mem.swap", json!(false)),
            ("docker.installed", json!(true)),
            ("docker.version", json!("1.7.1")),
            ("os.docker_max", json!("1.7.1")),
            ("os.k8s_repl", json!(false)),
            ("os.podman", json!(false)),
            ("cap.tun", json!(true)),
            ("cap.vxlan", json!(true)),
            ("cap.ip_vs", json!(true)),
            ("cap.xt_u32", json!(true)),
            ("cap.br_netfilter", json!(true)),
            ("cap.wireguard", json!("absent")),
            ("cap.xt_bpf", json!(false)),
            ("wg.method", Value::Null),
            ("zt.version", json!("1.14.1")),
            ("security.fips", json!(false)),
            ("security.secureboot", json!(false)),
        ],
    );
    assert_eq!(facts.os.running_release.value().unwrap(), "6.10");
    assert_eq!(facts.security.selinux.value().unwrap(), "enforcing");
    assert_eq!(facts.services.manager_running.value(), Some(&true));
    assert_eq!(facts.firewall.kind.value().unwrap(), "iptables");
    assert_eq!(
        facts.firewall.persistence.value().unwrap(),
        "iptables-service"
    );
    assert_eq!(facts.docker.storage_driver.value().unwrap(), "devicemapper");
    assert!(matches!(facts.docker.swarm, Fact::Absent { .. }));
    assert!(matches!(facts.docker.cgroup_driver, Fact::Absent { .. }));
}

#[test]
fn centos_7_without_docker() {
    let release = "3.10.0-1160.90.1.el7.x86_64";
    let host = Scripted::new()
        .release(release)
        .file("/etc/os-release", "NAME=\"CentOS Linux\"\nID=\"centos\"\nVERSION_ID=\"7\"\nPRETTY_NAME=\"CentOS Linux 7 (Core)\"\n")
        .file("/etc/redhat-release", "CentOS Linux release 7.9.2009 (Core)\n")
        .file(&format!("/lib/modules/{release}/modules.builtin"), "kernel/net/ipv4/x.ko\n")
        .file(&format!("/lib/modules/{release}/modules.dep"), "kernel/drivers/net/tun.ko.xz:\nkernel/net/bridge/br_netfilter.ko.xz:\n")
        .dir("/run/systemd/system")
        .executable("/usr/bin/podman");
    let facts = collect(&host);
    expect(
        &facts,
        &[
            ("os.family", json!("el7")),
            ("os.docker_max", json!("24.0.2")),
            ("os.k8s_repl", json!(true)),
            ("os.podman", json!(true)),
            ("cap.tun", json!(true)),
            ("cap.vxlan", json!(false)),
            ("cap.wireguard", json!("installable")),
            ("wg.signed", json!(false)),
            ("docker.installed", json!(false)),
            ("docker.version", Value::Null),
            ("init", json!("systemd")),
            ("security.fips", Value::Null),
            ("mem.mb", Value::Null),
        ],
    );
    assert_eq!(facts.os.version.value().unwrap(), "7");
    assert_eq!(facts.os.running_release.value().unwrap(), "7.9");
    assert_eq!(facts.os.name.value().unwrap(), "CentOS Linux 7 (Core)");
}

#[test]
fn oracle_linux_6_is_judged_by_the_kernel_that_runs() {
    let with = |release: &str| {
        let host = Scripted::new()
            .release(release)
            .file(
                "/etc/redhat-release",
                "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n",
            )
            .file("/etc/oracle-release", "Oracle Linux Server release 6.10\n")
            .file(&format!("/lib/modules/{release}/modules.dep"), "")
            .file(&format!("/boot/config-{release}"), "CONFIG_TUN=y\n");
        collect(&host)
    };
    let uek = with("4.1.12-124.48.6.el6uek.x86_64");
    expect(
        &uek,
        &[
            ("os.family", json!("el6")),
            ("os.docker_max", json!("17.05.0")),
            ("cap.wireguard", json!("installable")),
            ("kernel.rhel_build", Value::Null),
        ],
    );
    assert_eq!(uek.os.id.value().unwrap(), "ol");
    let rhck = with("2.6.32-754.35.1.el6.x86_64");
    expect(
        &rhck,
        &[
            ("os.docker_max", json!("1.7.1")),
            ("cap.wireguard", json!("absent")),
            ("kernel.rhel_build", json!(754)),
        ],
    );
}

#[test]
fn debian_12_with_a_bridge() {
    let modules = "/lib/modules/6.1.0-13-amd64";
    let mut host = Scripted::new()
        .file(
            "/usr/lib/os-release",
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n",
        )
        .link("/etc/os-release", "../usr/lib/os-release")
        .file(&format!("{modules}/modules.builtin"), "")
        .file(
            &format!("{modules}/modules.dep"),
            "kernel/drivers/net/wireguard/wireguard.ko:\nkernel/net/netfilter/nf_tables.ko:\n",
        )
        .file("/proc/modules", "")
        .file("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
    host.links = vec![netlink::Link {
        index: 2,
        name: "br0".into(),
        arp_type: 1,
        kind: Some("bridge".into()),
        mtu: Some(1500),
        ..netlink::Link::default()
    }];
    let facts = collect(&host);
    expect(
        &facts,
        &[
            ("os.family", json!("debian")),
            ("cap.wireguard", json!("module")),
            ("cgroup", json!("v2")),
            ("os.docker_max", json!("24.0.2")),
        ],
    );
    // nftables is not loaded, so nothing can filter.
    assert_eq!(facts.firewall.kind.value().unwrap(), "none");
    let interfaces = facts.network.interfaces.value().unwrap();
    assert_eq!(interfaces[0].kind.value().unwrap(), "bridge");
    // Every file once.
    let twice: BTreeMap<_, _> = host.reads().into_iter().filter(|(_, n)| *n > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(host.changes().is_empty());
}

#[test]
fn ubuntu_14_04_by_lsb_release_alone() {
    let host = Scripted::new()
        .release("3.13.0-24-generic")
        .file("/etc/lsb-release", "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\nDISTRIB_DESCRIPTION=\"Ubuntu 14.04.5 LTS\"\n")
        .file("/etc/debian_version", "jessie/sid\n")
        .file("/etc/ufw/ufw.conf", "ENABLED=yes\n")
        .executable("/sbin/init")
        .executable("/sbin/initctl")
        .dir("/etc/init");
    let facts = collect(&host);
    expect(
        &facts,
        &[
            ("os.family", json!("ubuntu")),
            ("os.docker_max", json!("18.06.1")),
            ("os.k8s_repl", json!(false)),
            ("kernel.version", json!("3.13.0")),
            ("init", json!("upstart")),
            ("wg.method", Value::Null),
            ("cap.wireguard", Value::Null),
        ],
    );
    assert_eq!(facts.firewall.kind.value().unwrap(), "ufw");
}

#[test]
fn a_host_that_hides_everything_is_unknown_and_not_passed() {
    let mut host = Scripted::new();
    for path in [
        "/etc", "/proc", "/sys", "/boot", "/lib", "/run", "/var", "/usr", "/sbin",
    ] {
        host = host.deny(path);
    }
    host.netlink_error = Some(libc::EPERM);
    host.euid = 1000;
    let facts = collect(&host);
    let flat = flatten(&facts);
    let known: Vec<_> = flat.keys().map(String::as_str).collect();
    assert_eq!(
        known,
        [
            "arch",
            "arch.bits",
            "kernel.release",
            "kernel.version",
            "os.podman"
        ]
    );
    assert!(matches!(&facts.os.id, Fact::Unreadable { why, .. } if why.starts_with("EACCES")));
}

#[test]
fn the_cases_of_the_decision_can_be_loaded() {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared"));
    let root = std::env::var_os("GROUNDCREW_SHARED").map_or(beside, PathBuf::from);
    let path = root.join("decision/cases.yaml");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("NOT RUN: {} is not there", path.display());
        return;
    };
    let cases: Vec<Value> = serde_yaml::from_str(&text).unwrap();
    assert!(cases.len() > 30);
    for case in cases {
        let facts = serde_json::to_string(&case["facts"]).unwrap();
        match load(&facts) {
            Ok(Source::Flat(flat)) => assert!(flat.len() > 5),
            other => panic!("{}: {other:?}", case["host"]),
        }
    }
}

#[test]
fn every_fact_that_the_rules_read_can_stand_in_a_file() {
    for (path, _) in groundcrew::judge::measured::MEASURED {
        // Stands for what cannot be met; nobody may set it.
        if *path == "const.false" {
            continue;
        }
        assert!(load(&format!("{path}: null")).is_ok(), "{path}");
    }
}

/// What a program of this machine prints, if it is there.
fn printed(program: &str, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(program)
        .args(arguments)
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).unwrap())
}

#[test]
fn this_machine_is_read_as_it_is() {
    let facts = collect(&Live);
    if let Some(release) = printed("uname", &["-r"]) {
        assert_eq!(facts.kernel.release.value().unwrap(), release.trim());
    }
    if let Ok(text) = std::fs::read_to_string("/etc/os-release") {
        let id = text
            .lines()
            .find_map(|line| line.strip_prefix("ID="))
            .unwrap();
        assert_eq!(facts.os.id.value().unwrap(), id.trim_matches('"'));
    }
    if std::fs::read_to_string("/proc/misc").is_ok_and(|text| text.contains(" tun\n")) {
        assert!(matches!(
            facts.kernel.capabilities["tun"].value(),
            Some(Capability::Builtin | Capability::Loaded)
        ));
    }
    let json = serde_json::to_string(&facts).unwrap();
    assert_eq!(load(&json).unwrap(), Source::Full(Box::new(facts)));
}

#[test]
fn interfaces_are_those_of_ip_link() {
    let Some(text) = printed("ip", &["-j", "-d", "link"]) else {
        eprintln!("NOT RUN: ip is not there or has no -j");
        return;
    };
    // Other tests may add and remove interfaces meanwhile: those that are
    // there before and after are compared.
    let facts = collect(&Live);
    let after = printed("ip", &["-j", "-d", "link"]).unwrap();
    let links = |text: &str| -> Vec<Value> { serde_json::from_str(text).unwrap() };
    let later = links(&after);
    let interfaces = facts.network.interfaces.value().unwrap();
    for link in links(&text) {
        let Some(link) = later.iter().find(|other| **other == link) else {
            continue;
        };
        let index = link["ifindex"].as_u64().unwrap();
        let found = interfaces
            .iter()
            .find(|i| u64::from(i.index) == index)
            .unwrap();
        assert_eq!(link["ifname"], json!(found.name));
        assert_eq!(link["mtu"], json!(found.mtu.value()));
        let state = found.state.value().unwrap().to_uppercase();
        assert_eq!(link["operstate"], json!(state));
        match &link["linkinfo"]["info_kind"] {
            Value::Null => {}
            kind => assert_eq!(kind, &json!(found.kind.value())),
        }
        if let (Value::String(mac), Some(found)) = (&link["address"], found.mac.value()) {
            assert_eq!(mac, found);
        }
    }
}

/// Nothing is started: no child of this process has ended, and none lives.
#[test]
fn inspecting_starts_no_program() {
    // In a process of its own, since other tests here do start some.
    if std::env::var_os("GROUNDCREW_TEST_ALONE").is_none() {
        let this = std::env::current_exe().unwrap();
        let out = std::process::Command::new(this)
            .args(["--exact", "facts::inspecting_starts_no_program"])
            .env("GROUNDCREW_TEST_ALONE", "1")
            .env("PATH", "/nonexistent")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.success() && told.contains("1 passed"), "{told}");
        return;
    }
    let used = || {
        let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_CHILDREN);
        usage.unwrap().max_rss()
    };
    let before = used();
    let _ = collect(&Live);
    assert_eq!(used(), before);
    let none = nix::sys::wait::waitpid(None, Some(nix::sys::wait::WaitPidFlag::WNOHANG));
    assert_eq!(none, Err(nix::errno::Errno::ECHILD));
}
