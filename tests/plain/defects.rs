//! Defects of preflights that came before this one, each with the input that
//! showed it. A test here fails where groundcrew has the same defect.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::txtar::{Entry, Tree};
use groundcrew::facts::Fact;
use groundcrew::facts::capabilities::{Lists, names, resolve};
use groundcrew::facts::kernel::Capability;
use groundcrew::judge::rules::Rules;
use groundcrew::judge::{checks, ports, waiver};
use groundcrew::version::Version;
use serde_json::Value;

/// The exit code and the report of a host for a scheduler, on three nodes.
fn judged(tree: &Tree, scheduler: &str, more: &[&str]) -> (i32, Value) {
    let dir = tempfile::tempdir().unwrap();
    tree.unpack(&dir.path().join("host"));
    let scheduler = format!("scheduler={scheduler}");
    let arguments = ["preflight", "--root", "host", "--format", "json"];
    let output = Command::new(env!("CARGO_BIN_EXE_groundcrew"))
        .args(arguments)
        .args(["--set", "needs.nodes=3", "--set", &scheduler])
        .args(more)
        .current_dir(dir.path())
        .env_clear()
        .output()
        .unwrap();
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    (output.status.code().unwrap(), report)
}

fn statuses(report: &Value) -> BTreeMap<String, String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    findings
        .map(|finding| (text(&finding["id"]), text(&finding["status"])))
        .collect()
}

fn finding<'a>(report: &'a Value, id: &str) -> &'a Value {
    let mut findings = report["findings"].as_array().unwrap().iter();
    findings
        .find(|finding| finding["id"] == id)
        .unwrap_or_else(|| panic!("no finding {id}"))
}

/// Takes out of every file the lines that hold one of these words, and the paths
/// that do.
fn without(tree: &mut Tree, words: &[&str]) {
    let has = |text: &str| words.iter().any(|word| text.contains(word));
    tree.entries.retain(|(path, _)| !has(path));
    for (path, entry) in &mut tree.entries {
        let lists = ["modules", "boot/config", "proc/filesystems"];
        if let (Entry::File(text), true) = (entry, lists.iter().any(|list| path.contains(list))) {
            let kept = text.split_inclusive('\n').filter(|line| !has(line));
            *text = kept.collect();
        }
    }
}

/// The results of storage drivers and VXLAN were lost in a shell's pipe: a kernel
/// without overlay, btrfs, zfs and VXLAN ended with 0.
#[test]
fn d1_a_kernel_without_overlay_btrfs_and_vxlan_does_not_end_with_0() {
    let (code, whole) = judged(&Tree::host("el9"), "kubernetes", &[]);
    let before = statuses(&whole);
    assert_eq!(before["kern.vxlan"], "pass", "ended with {code}");
    let mut tree = Tree::host("el9");
    without(
        &mut tree,
        &[
            "overlay.ko",
            "overlay ",
            "\toverlay",
            "module/overlay",
            "OVERLAY_FS",
        ],
    );
    without(&mut tree, &["vxlan", "VXLAN", "btrfs", "BTRFS"]);
    for scheduler in ["kubernetes", "swarm"] {
        let (code, report) = judged(&tree, scheduler, &[]);
        assert_eq!(code, 3, "{scheduler}");
        let found = statuses(&report);
        assert_eq!(found["kern.vxlan"], "fail", "{scheduler}");
        assert_eq!(found["kern.overlayfs"], "warn", "{scheduler}");
        assert_eq!(report["summary"]["verdict"], "fail", "{scheduler}");
    }
}

/// `overlay.ko.xz` was a module named `overlay.ko`.
#[test]
fn d2_compressed_modules_are_the_same_modules() {
    for host in ["el9", "el8"] {
        let plain = statuses(&judged(&Tree::host(host), "swarm", &[]).1);
        for suffix in [".ko.xz", ".ko.zst", ".ko.gz"] {
            let mut tree = Tree::host(host);
            let mut changed = 0;
            for (path, entry) in &mut tree.entries {
                if let (Entry::File(text), true) = (entry, path.ends_with("modules.dep")) {
                    changed += text.matches(".ko:").count();
                    *text = text
                        .replace(".ko:", &format!("{suffix}:"))
                        // Some files are named with dashes, and loaded with underscores.
                        .replace("ip_vs", "ip-vs");
                }
            }
            assert!(changed > 20, "{changed}");
            assert_eq!(
                statuses(&judged(&tree, "swarm", &[]).1),
                plain,
                "{host} {suffix}"
            );
        }
    }
}

/// An expression without anchors let `2.6.32-642.el6` pass for 3.10.
#[test]
fn d3_el6s_kernel_is_not_3_10() {
    let wanted: Version = "3.10".parse().unwrap();
    for (release, enough) in [
        ("2.6.18-419.el5", false),
        ("2.6.32-642.el6", false),
        ("2.6.32-754.el6.x86_64", false),
        ("3.2.0-4-amd64", false),
        ("3.9.11", false),
        ("3.10.0-1160.el7.x86_64", true),
        ("4.1.12-124.el6uek.x86_64", true),
        ("4.18.0-305.el8", true),
        ("10.0.1", true),
    ] {
        let version: Version = release.parse().unwrap();
        assert_eq!(version.at_least(&wanted), enough, "{release}");
    }
    let dir = tempfile::tempdir().unwrap();
    for (host, here) in [("el6", "fails"), ("el7", "holds")] {
        Tree::host(host).unpack(&dir.path().join(host));
        for rule in ["SW1", "K1", "WG1"] {
            let output = Command::new(env!("CARGO_BIN_EXE_groundcrew"))
                .args(["checks", "explain", rule, "--root", host])
                .current_dir(dir.path())
                .env_clear()
                .output()
                .unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let mut lines = text.lines();
            let told = lines.find_map(|line| line.strip_prefix("here "));
            let told = told.unwrap_or_else(|| panic!("{text}")).trim();
            assert!(told.starts_with(here), "{rule} on {host}: {told}");
        }
    }
}

fn set(names: &[&str]) -> Fact<BTreeSet<String>> {
    Fact::known(
        names.iter().map(|name| (*name).to_owned()).collect(),
        "test",
    )
}

fn lists(loaded: &[&str]) -> Lists {
    Lists {
        loaded: set(loaded),
        sysfs: set(&[]),
        builtin: set(&[]),
        installed: set(&[]),
        config: Fact::absent("it is not there", "test"),
        locked: false,
    }
}

/// Of several ways to have a feature only the first was ever tried.
#[test]
fn d4_each_of_several_ways_is_enough_alone() {
    let ways = ["ip_tables", "nf_tables"];
    for module in ways {
        let found = resolve(&lists(&[module]), &ways, &[], None);
        assert_eq!(found.value(), Some(&Capability::Loaded), "{module}");
    }
    let neither = resolve(&lists(&["x"]), &ways, &[], None);
    assert_eq!(neither.value(), Some(&Capability::Missing));
    let rules = Rules::embedded().unwrap();
    let (_, sw15) = rules.rule("SW15").unwrap();
    assert!(
        sw15.require.to_string().contains(" or "),
        "{}",
        sw15.require
    );
}

/// A port was collected, and no analyzer pointed at it.
#[test]
fn d5_every_port_that_is_needed_is_tried_and_judged() {
    for target in checks::ALL {
        for need in ports::of(*target, 51820) {
            let tried = match need.protocol {
                "udp" => groundcrew::facts::ports::UDP,
                _ => groundcrew::facts::ports::TCP,
            };
            assert!(tried.contains(&need.port), "{need:?}");
        }
    }
    // Each of Swarm's, held by another program, is a finding of its own.
    let needs = ports::of(checks::Target::Swarm, 51820);
    let mut tree = Tree::host("el9");
    for need in &needs {
        let line = format!(
            "{} LISTEN 0 128 *:{} *:* users:((\"other\",pid=77,fd=3))\n",
            need.protocol, need.port
        );
        tree.text("capture/ss-tulpn").push_str(&line);
    }
    let found = statuses(&judged(&tree, "swarm", &[]).1);
    for need in &needs {
        let id = format!("port.{}.{}", need.protocol, need.port);
        assert_eq!(found.get(&id).map(String::as_str), Some("fail"), "{id}");
    }
}

/// The clock's check was titled "TCP Port Status" and needed systemd's D-Bus.
#[test]
fn d6_the_clock_is_the_kernels_and_every_check_has_its_own_title() {
    let mut titles = BTreeSet::new();
    for check in checks::catalogue() {
        assert!(titles.insert(check.title), "{}: {}", check.id, check.title);
    }
    // Hosts without systemd, and one with it.
    for host in ["el6", "ubuntu1404", "el9"] {
        let (_, report) = judged(&Tree::host(host), "native", &[]);
        let clock = finding(&report, "sys.time.sync");
        assert_eq!(clock["title"], "Time synchronisation");
        let evidence = clock["evidence"].to_string();
        assert!(evidence.contains("adjtimex(2)"), "{host}: {evidence}");
        // A tree has no clock: that is unknown, and no error of the program.
        assert_eq!(clock["status"], "unknown", "{host}");
    }
}

/// A setting that is not there was shown as an error of the program.
#[test]
fn d7_a_setting_that_is_not_there_is_told_as_that() {
    let mut tree = Tree::host("el9");
    without(
        &mut tree,
        &[
            "net/bridge/bridge-nf",
            "module/br_netfilter",
            "br_netfilter 16384",
        ],
    );
    let (_, report) = judged(&tree, "kubernetes", &[]);
    let found = statuses(&report);
    assert_eq!(found["kern.brnf"], "warn");
    let way = &finding(&report, "kern.brnf")["remedy"]["commands"];
    assert!(way.to_string().contains("modprobe br_netfilter"), "{way}");
    for name in ["iptables", "ip6tables"] {
        let id = format!("net.brnf.value.bridge-nf-call-{name}");
        assert_eq!(found[&id], "na");
        let message = finding(&report, &id)["message"].as_str().unwrap();
        assert!(message.contains("is not there yet"), "{message}");
    }
    // Every condition is told, not the first one alone.
    *tree.text("proc/sys/net/ipv4/ip_forward") = "0\n".into();
    *tree.text("proc/sys/net/ipv4/conf/all/arp_ignore") = "1\n".into();
    *tree.text("proc/sys/net/ipv4/conf/all/arp_filter") = "1\n".into();
    let found = statuses(&judged(&tree, "kubernetes", &[]).1);
    for id in [
        "net.forward",
        "net.arp.all.arp_ignore",
        "net.arp.all.arp_filter",
    ] {
        assert_eq!(found[id], "fail", "{id}");
    }
}

/// A warning was printed, and the check returned 0.
#[test]
fn d8_what_is_warned_of_is_in_the_status_the_sum_and_the_exit_code() {
    let (_, before) = judged(&Tree::host("el9"), "native", &[]);
    let mut tree = Tree::host("el9");
    let info = tree.text("capture/docker-info.json");
    *info = info.replace("\"/var/lib/docker\"", "\"/data/docker\"");
    let (code, after) = judged(&tree, "native", &[]);
    assert_eq!(finding(&before, "docker.root")["status"], "pass");
    assert_eq!(finding(&after, "docker.root")["status"], "warn");
    let warned = |report: &Value| report["summary"]["warn"].as_u64().unwrap();
    assert_eq!(warned(&after), warned(&before) + 1);
    assert!(matches!(code, 3 | 4), "{code}");
}

/// `df` breaks lines after long device names, and a column was empty.
#[test]
fn d9_a_long_device_name_does_not_hide_a_full_disk() {
    let mut tree = Tree::host("el6");
    *tree.text("capture/df") = "Filesystem     1024-blocks    Used Available Capacity Mounted on\n\
        /dev/mapper/vg_application_server_01-lv_root_of_everything\n\
        \x20                   104806400 104606400    200000     100% /\n"
        .into();
    let (code, report) = judged(&tree, "native", &[]);
    assert_eq!(code, 3);
    let found = statuses(&report);
    for folder in ["/var/lib/docker", "/tmp", "/var/lib/replicated"] {
        assert_eq!(found[&format!("res.disk.{folder}")], "fail", "{folder}");
    }
    let percent = &finding(&report, "res.disk./tmp")["actual"]["used_percent"];
    assert!(percent.as_u64().unwrap() >= 99, "{percent}");
}

/// Only a policy DROP was looked at: EL6's own rules end with a REJECT.
#[test]
fn d10_a_trailing_reject_is_a_closed_firewall() {
    let mut tree = Tree::host("el6");
    let rules = tree.text("capture/iptables-save").clone();
    assert!(rules.contains(":INPUT ACCEPT") && rules.contains("-A INPUT -j REJECT"));
    let (code, report) = judged(&tree, "native", &[]);
    assert_eq!(code, 3);
    let console = finding(&report, "fw.input.tcp.8800");
    assert_eq!(console["status"], "fail");
    // The rule that does it is named, and the remedy is the exact command.
    assert!(console["message"].to_string().contains("-j REJECT"));
    let remedy = console["remedy"]["commands"].to_string();
    assert!(
        remedy.contains("iptables -I INPUT -p tcp --dport 8800 -j ACCEPT"),
        "{remedy}"
    );
}

/// A later error replaced an earlier one, and rows of the table were never
/// evaluated.
#[test]
fn d11_no_problem_replaces_another_and_no_row_is_unused() {
    let mut tree = Tree::host("el7");
    let table = tree.text("proc/cgroups");
    let kept = table
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("pids"));
    *table = kept.collect();
    let (_, report) = judged(&tree, "kubernetes", &[]);
    // Version 1, which new kubelets refuse, and the missing controller.
    let version = finding(&report, "kern.cgroup.version");
    assert!(version["rules"].to_string().contains("K10"), "{version}");
    assert_eq!(version["status"], "warn");
    let controllers = finding(&report, "kern.cgroup.ctrl");
    assert_eq!(controllers["status"], "fail");
    assert!(controllers["message"].to_string().contains("pids"));

    // What the kernel is asked for is judged somewhere.
    let mut knowledge = fs::read_to_string("assets/rules.yaml").unwrap();
    read_all(Path::new("src/judge"), &mut knowledge);
    // The kind of firewall follows from two of them.
    knowledge += &fs::read_to_string("src/facts/firewall.rs").unwrap();
    // Shown with the facts alone: drivers of networks that nothing here makes,
    // and one of the two ways that `netfilter` stands for.
    let shown = ["ipvlan", "macvlan", "ip_tables"];
    let unused: Vec<_> = names()
        .filter(|name| !shown.contains(name))
        .filter(|name| {
            !knowledge.contains(&format!("\"{name}\""))
                && !knowledge.contains(&format!("cap.{name}"))
        })
        .collect();
    assert_eq!(unused, Vec::<&str>::new());
}

fn read_all(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, into);
        } else if !path.ends_with("cases.rs") {
            into.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// Symbols of old kernels have other names, and were reported missing.
#[test]
fn d12_old_names_of_symbols_count() {
    let mut tree = Tree::host("el6");
    let before = statuses(&judged(&tree, "native", &[]).1);
    assert_eq!(before["kern.nat"], "pass");
    // All of it built in, under EL6's names: no list of modules tells.
    without(
        &mut tree,
        &[
            "ipt_addrtype",
            "ipt_MASQUERADE",
            "iptable_nat",
            "nf_nat.ko",
            "nf_nat 16384",
        ],
    );
    for (path, entry) in &mut tree.entries {
        if let (Entry::File(text), true) = (entry, path.starts_with("boot/config")) {
            for symbol in [
                "IP_NF_MATCH_ADDRTYPE",
                "IP_NF_TARGET_MASQUERADE",
                "IP_NF_NAT",
            ] {
                let (module, built_in) =
                    (format!("CONFIG_{symbol}=m"), format!("CONFIG_{symbol}=y"));
                assert!(text.contains(&module), "{symbol}");
                *text = text.replace(&module, &built_in);
            }
        }
    }
    assert_eq!(
        statuses(&judged(&tree, "native", &[]).1)["kern.nat"],
        "pass"
    );
    // And not because nothing was looked for.
    without(&mut tree, &["CONFIG_IP_NF_MATCH_ADDRTYPE"]);
    assert_eq!(
        statuses(&judged(&tree, "native", &[]).1)["kern.nat"],
        "fail"
    );
}

/// A symbol was demanded of every kernel below 5.1, and EL8's 4.18 has another.
#[test]
fn d13_no_symbol_is_demanded_because_of_the_version() {
    let tree = Tree::host("el8");
    let config = tree
        .entries
        .iter()
        .find_map(|(path, entry)| match entry {
            Entry::File(text) if path.starts_with("boot/config-4.18.0") => Some(text),
            _ => None,
        })
        .unwrap();
    assert!(!config.contains("NF_NAT_IPV4"), "{config}");
    for scheduler in ["native", "swarm", "kubernetes"] {
        let found = statuses(&judged(&tree, scheduler, &[]).1);
        assert_eq!(found["kern.nat"], "pass", "{scheduler}");
    }
}

/// Swap, SELinux and the firewall could not be ignored as the other checks.
#[test]
fn d14_one_mechanism_waives_every_check() {
    let rules = Rules::embedded().unwrap();
    for check in checks::catalogue() {
        let waiver = waiver::Waiver::parse(&format!("{}=agreed", check.id)).unwrap();
        let held = waiver::hold(&rules, &[waiver], "2026-11-23");
        assert_eq!(held.is_ok(), check.waivable, "{}: {held:?}", check.id);
    }
    let mut tree = Tree::host("el7");
    let swaps = tree.text("proc/swaps");
    *swaps = format!("{swaps}/dev/sda2 partition 1000000 0 -2\n");
    let memory = tree.text("proc/meminfo");
    *memory = memory.replace("SwapTotal:", "SwapTotal:      1000000 kB\nOldTotal:");
    let ids = ["res.swap", "sec.selinux", "fw.firewalld", "fw.input"];
    let waive: Vec<String> = ids
        .iter()
        .map(|id| format!("--waive={id}=agreed"))
        .collect();
    let waive: Vec<&str> = waive.iter().map(String::as_str).collect();
    let (_, report) = judged(&tree, "native", &waive);
    let open = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| {
            let id = finding["id"].as_str().unwrap();
            let own = ids
                .iter()
                .any(|known| id == *known || id.starts_with(&format!("{known}.")));
            own && matches!(finding["status"].as_str(), Some("fail" | "warn"))
        });
    let mut waived = 0;
    for finding in open {
        assert_eq!(finding["waived_by"], "agreed", "{finding}");
        waived += 1;
    }
    assert!(waived >= 3, "{waived}");
}

/// Nothing waives what destroys data or cannot work: a waiver is refused where
/// that is so of the check itself, and else counts for nothing and says so.
#[test]
fn strict_findings_are_not_waived() {
    let swarm = |state: &str| {
        let mut tree = Tree::host("el9");
        let info = tree.text("capture/docker-info.json");
        assert!(info.contains("\"LocalNodeState\": \"inactive\""));
        *info = info.replace("\"inactive\"", &format!("\"{state}\""));
        tree
    };
    // A node that is in a Swarm, and is to join another one.
    let join: &[&str] = &["--set", "role=join"];
    let overlapping = {
        let mut tree = Tree::host("el9");
        let addresses = tree.text("capture/ip-addr");
        assert!(addresses.contains("10.77.0."));
        *addresses = addresses.replace("10.77.0.", "10.0.0.");
        let routes = tree.text("capture/ip-route");
        *routes = routes.replace("10.77.0.", "10.0.0.");
        tree
    };
    for (tree, more, id, waive) in [
        (swarm("active"), join, "docker.swarm", "docker.swarm"),
        (
            overlapping.clone(),
            &[],
            "net.overlap.10.0.0.0/24",
            "net.overlap",
        ),
        (
            overlapping,
            &[],
            "net.overlap.10.0.0.0/24",
            "net.overlap.10.0.0.0/24",
        ),
    ] {
        let waiver = format!("--waive={waive}=we know");
        let all = [more, &[waiver.as_str(), "--warn-ok"]].concat();
        let (code, report) = judged(&tree, "swarm", &all);
        let strict = finding(&report, id);
        assert_eq!(strict["status"], "fail", "{waive}: {strict}");
        assert_eq!(strict["waivable"], false, "{waive}");
        assert!(
            strict.get("waived_by").is_none_or(Value::is_null),
            "{strict}"
        );
        assert_eq!(code, 3, "{waive}");
        assert_eq!(report["waivers"][0]["standing"], "refused", "{waive}");
        // By their checksum neither.
        let sum = report["findings_sha256"].as_str().unwrap();
        let accept = format!("--accept-findings={sum}");
        let (code, report) = judged(&tree, "swarm", &[more, &[accept.as_str()]].concat());
        assert_eq!(code, 3, "{waive}");
        let strict = finding(&report, id);
        assert!(
            strict.get("waived_by").is_none_or(Value::is_null),
            "{strict}"
        );
    }
    // The human form says it, too.
    let dir = tempfile::tempdir().unwrap();
    swarm("active").unpack(&dir.path().join("host"));
    let output = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_groundcrew"))
            .args(["preflight", "--root", "host", "--set", "needs.nodes=3"])
            .args(arguments)
            .current_dir(dir.path())
            .env_clear()
            .output()
            .unwrap()
    };
    let swarm = ["--set", "scheduler=swarm", "--set", "role=join"];
    let told = output(&[&swarm[..], &["--waive=docker.swarm=we know"]].concat());
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(
        text.contains("the waiver of docker.swarm does not count"),
        "{text}"
    );
    // The wrong kernel for WireGuard, and VirtualBox's address: refused outright.
    for id in ["WG1", "SW1", "net.iface.natdup", "net.iface.usable"] {
        let refused = output(&[&format!("--waive={id}=we know")]);
        assert_eq!(refused.status.code(), Some(2), "{id}");
        let errors = String::from_utf8(refused.stderr).unwrap();
        assert!(
            errors.contains(id) && errors.contains("cannot be waived"),
            "{errors}"
        );
    }
}
