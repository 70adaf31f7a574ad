//! Plans for written-down hosts: the steps, the refusals, the MTU, and that the
//! real tools understand what is written.

use super::*;
use crate::facts::kernel::Capability;
use crate::facts::{self, Fact};
use crate::host::Scripted;
use crate::plan::firewall::FirewallTool;
use crate::plan::render::{self, Preview, Probe};
use crate::plan::survey::Owner;
use crate::plan::{Advice, Plan, VERSION, Verify};

fn verify(of: Option<Verify>) -> VerifyWireguard {
    match of {
        Some(Verify::Wireguard(path)) => path,
        other => panic!("{other:?}"),
    }
}

pub(super) fn known(value: &str) -> Fact<String> {
    Fact::known(value.into(), "a test")
}

/// A Debian host with WireGuard as a loadable module, one card and one route.
pub(super) fn facts() -> Facts {
    let mut host = Scripted::new();
    host.links = vec![crate::host::netlink::Link {
        index: 2,
        name: "eth0".into(),
        flags: 1,
        mtu: Some(1500),
        ..Default::default()
    }];
    host.routes = vec![crate::host::netlink::Route {
        table: 254,
        destination: Ipv4Addr::UNSPECIFIED.into(),
        prefix: 0,
        gateway: None,
        index: Some(2),
        metric: 0,
        kind: 1,
        source: None,
        mtu: None,
    }];
    let mut facts = facts::collect(&host);
    facts.os.family = known("debian");
    facts.services.init = known("systemd");
    facts.services.manager_running = Fact::known(true, "a test");
    facts.firewall.kind = known("none");
    facts.firewall.persistence = Fact::absent("none", "a test");
    set(&mut facts, "wireguard", Capability::Loadable);
    set(&mut facts, "tun", Capability::Builtin);
    facts
}

pub(super) fn set(facts: &mut Facts, name: &str, capability: Capability) {
    let fact = Fact::known(capability, "a test");
    facts.kernel.capabilities.insert(name.into(), fact);
}

pub(super) fn survey() -> Survey {
    let names = [
        "ip",
        "wg",
        "wg-quick",
        "wireguard-go",
        "modprobe",
        "iptables",
        "firewall-cmd",
        "ufw",
    ];
    let path = |name: &&str| ((*name).to_string(), format!("/usr/bin/{name}"));
    Survey {
        programs: names.iter().map(path).collect(),
        path_mtu: (2..5)
            .map(|last| (Ipv4Addr::new(10, 92, 0, last), Fact::known(1500, "ping")))
            .collect(),
        ..Survey::default()
    }
}

fn peer(name: &str, last: u8) -> Peer {
    Peer {
        name: name.into(),
        public_key: "v53LxSbgOXm9/ewWSEamOBkyMZOVjfqjP0Mx++kWexM=".into(),
        preshared_key: None,
        endpoint: Some(format!("10.92.0.{last}:51820")),
        allowed_ips: vec![format!("10.90.0.{last}/32").parse().unwrap()],
        keepalive: 0,
    }
}

pub(super) fn wanted() -> Wanted {
    Wanted {
        interface: "wg0".into(),
        address: "10.90.0.1/24".parse().unwrap(),
        listen_port: 51820,
        mtu: None,
        module: Packages::Install,
        waived: Vec::new(),
        allow_experimental: false,
        key: Key::Generate,
        peers: vec![peer("beta", 2), peer("gamma", 3)],
        open_firewall: true,
        init: Some(Manager::Systemd),
        join: Join {
            path: "/root/join-alpha.yaml".into(),
            name: "alpha".into(),
            endpoint: Some("10.92.0.1:51820".into()),
        },
        sources: Sources::default(),
    }
}

/// The kinds of the steps, in order.
fn kinds(planned: &Planned) -> Vec<String> {
    let kind = |step: &Step| {
        serde_json::to_value(step).unwrap()["step"]
            .as_str()
            .unwrap()
            .into()
    };
    planned.steps.iter().map(kind).collect()
}

fn refusals(wanted: &Wanted, facts: &Facts, survey: &Survey) -> Vec<Refusal> {
    plan(wanted, facts, survey).unwrap_err()
}

fn text_of(planned: &Planned, end: &str) -> String {
    let found = planned.steps.iter().find_map(|step| match step {
        Step::WriteFile { path, content, .. } if path.ends_with(end) => Some(content),
        _ => None,
    });
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Secret(path) => format!("<secret {path}>"),
        Part::PublicKeyOf(path) => format!("<public {path}>"),
        other => format!("{other:?}"),
    };
    found.unwrap().iter().map(part).collect()
}

#[test]
fn a_module_that_can_be_loaded_is_loaded_now_and_at_boot() {
    let planned = plan(&wanted(), &facts(), &survey()).unwrap();
    assert_eq!(
        kinds(&planned),
        [
            "private-key",
            "write-file",
            "write-file",
            "load-module",
            "wireguard-up",
            "wireguard-peers",
            "write-file",
            "write-file",
            "symlink",
            "start-service",
        ]
    );
    assert_eq!(
        text_of(&planned, "/modules-load.d/groundcrew-wg0.conf")
            .lines()
            .last(),
        Some("wireguard")
    );
    assert_eq!(planned.verify.mtu, 1420);
    let peers: Vec<_> = planned
        .verify
        .peers
        .iter()
        .map(|p| p.address.octets()[3])
        .collect();
    assert_eq!(peers, [2, 3]);
    assert!(planned.notes.is_empty(), "{:?}", planned.notes);
}

#[test]
fn what_the_kernel_has_already_is_not_loaded() {
    for (capability, at_boot) in [(Capability::Loaded, true), (Capability::Builtin, false)] {
        let mut facts = facts();
        set(&mut facts, "wireguard", capability);
        let mut survey = survey();
        survey.programs.remove("modprobe");
        let planned = plan(&wanted(), &facts, &survey).unwrap();
        let kinds = kinds(&planned);
        assert!(!kinds.contains(&"load-module".to_string()), "{kinds:?}");
        let listed = planned
            .steps
            .iter()
            .any(|step| step.title().contains("modules-load.d"));
        assert_eq!(listed, at_boot, "{capability:?}");
    }
}

#[test]
fn what_is_not_known_to_be_missing_is_not_replaced() {
    let mut hidden = facts();
    let unreadable = Fact::unreadable("EACCES", "/lib/modules");
    hidden
        .kernel
        .capabilities
        .insert("wireguard".into(), unreadable);
    let refused = refusals(&wanted(), &hidden, &survey());
    assert_eq!(refused[0].id, "WG2");
    assert!(
        refused[0]
            .text
            .contains("could not be found (/lib/modules;"),
        "{refused:?}"
    );
    hidden.kernel.capabilities.remove("wireguard");
    let refused = refusals(&wanted(), &hidden, &survey());
    assert!(
        refused[0]
            .remedy
            .contains("overlay.wireguard.allow-experimental: true"),
        "{refused:?}"
    );
}

#[test]
fn user_space_carries_it_only_when_allowed() {
    let mut facts = facts();
    set(&mut facts, "wireguard", Capability::Missing);
    let allowed = Wanted {
        allow_experimental: true,
        ..wanted()
    };
    let planned = plan(&allowed, &facts, &survey()).unwrap();
    let up = planned
        .steps
        .iter()
        .find(|step| matches!(step, Step::WireguardUp { .. }));
    assert!(matches!(
        up,
        Some(Step::WireguardUp {
            userspace: true,
            ..
        })
    ));
    assert!(!kinds(&planned).contains(&"load-module".to_string()));
    assert!(
        planned
            .notes
            .iter()
            .any(|note| note.contains("runs in user space"))
    );
    assert!(!text_of(&planned, ".service").contains("/bin/false"));

    set(&mut facts, "tun", Capability::Loadable);
    let planned = plan(&allowed, &facts, &survey()).unwrap();
    assert!(
        planned
            .steps
            .contains(&Step::LoadModule { name: "tun".into() })
    );

    set(&mut facts, "tun", Capability::Missing);
    let refused = refusals(&allowed, &facts, &survey());
    assert!(refused[0].text.contains("TUN driver"), "{refused:?}");

    let mut without = survey();
    without.programs.remove("wireguard-go");
    set(&mut facts, "tun", Capability::Builtin);
    let refused = refusals(&allowed, &facts, &without);
    assert!(refused[0].text.contains("wireguard-go"), "{refused:?}");

    // Where the kernel has it, the permission changes nothing.
    let planned = plan(&allowed, &self::facts(), &survey()).unwrap();
    let up = planned
        .steps
        .iter()
        .find(|step| matches!(step, Step::WireguardUp { .. }));
    assert!(matches!(
        up,
        Some(Step::WireguardUp {
            userspace: false,
            ..
        })
    ));
}

#[test]
fn what_is_missing_is_installed_first_where_that_is_allowed() {
    let mut survey = survey();
    survey.programs.remove("wg");
    survey.programs.remove("wg-quick");
    let mut wanted = wanted();
    let refused = refusals(&wanted, &facts(), &survey);
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(refused[0].remedy.contains("wireguard-tools"), "{refused:?}");
    wanted.sources.repositories = true;
    let planned = plan(&wanted, &facts(), &survey).unwrap();
    assert_eq!(
        planned.steps[0].title(),
        "Install wireguard-tools from apt: it has wg and wg-quick"
    );
    // The boot service names the program where the package puts it.
    assert!(text_of(&planned, ".service").contains("ExecStart=-/usr/bin/wg-quick up wg0"));
}

#[test]
fn all_refusals_come_at_once() {
    let mut facts = facts();
    set(&mut facts, "wireguard", Capability::Missing);
    facts.os.family = known("el7");
    let survey = Survey {
        owner: Owner::Others("/etc/wireguard/wg0.conf was not made by groundcrew".into()),
        ..Survey::default()
    };
    let nothing = Wanted {
        init: None,
        ..wanted()
    };
    let refused = refusals(&nothing, &facts, &survey);
    let ids: Vec<_> = refused.iter().map(|refusal| refusal.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "WG2",
            "overlay.wireguard.interface",
            "packages",
            "packages",
            "packages",
            "host.init",
        ]
    );
    assert!(refused.iter().all(|r| !r.remedy.is_empty()));
    assert_eq!(
        refused[2].remedy,
        "yum install -y iproute; or bring it with --bundle DIR"
    );
    assert!(
        refused[3]
            .remedy
            .starts_with("yum install -y wireguard-tools;")
    );
    assert!(refused[1].text.contains("was not made by groundcrew"));
}

#[test]
fn the_mtu_is_that_of_the_narrowest_way_minus_80() {
    let address = |last| Ipv4Addr::new(10, 92, 0, last);
    let mut survey = survey();
    let mtu_of = |wanted: &Wanted, survey: &Survey| {
        let planned = plan(wanted, &facts(), survey).unwrap();
        let conf = text_of(&planned, "/wg0.conf");
        let line = format!("\nMTU = {}\n", planned.verify.mtu);
        assert!(conf.contains(&line), "{conf}");
        (planned.verify.mtu, planned.notes)
    };
    survey
        .path_mtu
        .insert(address(2), Fact::known(1500, "ping"));
    survey
        .path_mtu
        .insert(address(3), Fact::known(1400, "ping"));
    assert_eq!(mtu_of(&wanted(), &survey), (1320, vec![]));
    // One that says nothing is taken at its first hop, and that is told.
    let silent = Fact::unreadable("it does not answer", "ping");
    survey.path_mtu.insert(address(3), silent);
    let (mtu, notes) = mtu_of(&wanted(), &survey);
    assert_eq!(mtu, 1420);
    assert!(
        notes[0].starts_with("The path MTU to gamma (10.92.0.3) could not"),
        "{notes:?}"
    );
    // What was answered is taken as it is.
    let given = Wanted {
        mtu: Some(1280),
        ..wanted()
    };
    assert_eq!(mtu_of(&given, &survey).0, 1280);
    // Alone: the way out of this host.
    let alone = Wanted {
        peers: Vec::new(),
        ..wanted()
    };
    assert_eq!(mtu_of(&alone, &survey).0, 1420);
    survey.path_mtu.insert(address(3), Fact::known(600, "ping"));
    assert_eq!(
        mtu_of(&wanted(), &survey).0,
        576,
        "not below what IPv4 must carry"
    );
}

#[test]
fn a_network_behind_a_peer_gets_a_route() {
    let mut wanted = wanted();
    wanted.peers[1]
        .allowed_ips
        .push("192.168.7.0/24".parse().unwrap());
    let planned = plan(&wanted, &facts(), &survey()).unwrap();
    let routes: Vec<_> = planned
        .steps
        .iter()
        .filter(|step| matches!(step, Step::AddRoute { .. }))
        .map(Step::title)
        .collect();
    assert_eq!(routes, ["Route 192.168.7.0/24 through wg0"]);
}

#[test]
fn a_peer_of_an_earlier_run_is_taken_out_and_somebody_elses_is_told() {
    let key = |letter: char| letter.to_string().repeat(43) + "=";
    let keyed = |name: &str, last: u8, letter: char| Peer {
        public_key: key(letter),
        ..peer(name, last)
    };
    let mut gone = keyed("app07", 7, 'g');
    gone.allowed_ips.push("10.77.0.0/16".parse().unwrap());
    gone.allowed_ips.push("10.99.0.0/16".parse().unwrap());
    let mut kept = keyed("beta", 2, 'b');
    kept.allowed_ips.push("10.99.0.0/16".parse().unwrap());
    let wanted = Wanted {
        peers: vec![kept.clone()],
        ..wanted()
    };
    let ours = [gone, kept, keyed("beta", 2, 'o'), keyed("away", 9, 'a')];
    let mut survey = survey();
    survey.peers.ours = ours
        .into_iter()
        .map(|p| (p.public_key.clone(), p))
        .collect();
    // All but the one that is gone from the interface already.
    survey.peers.live = ['g', 'b', 'o', 't']
        .map(|letter| (key(letter), Vec::new()))
        .into();
    survey
        .peers
        .live
        .insert(key('t'), vec!["10.90.0.200/32".into()]);

    let planned = plan(&wanted, &facts(), &survey).unwrap();
    let at = |kind: &str| kinds(&planned).iter().position(|one| one == kind).unwrap();
    let Step::WireguardRemove { routes, .. } = &planned.steps[at("wireguard-remove")] else {
        panic!("{:?}", planned.steps)
    };
    assert_eq!(routes, &["10.77.0.0/16".parse().unwrap()]);
    assert_eq!(
        planned.steps[at("wireguard-remove")].title(),
        "Remove peers app07, beta (its old key) from wg0"
    );
    // A new key takes the addresses of the old one: too late to write them down.
    assert!(at("wireguard-remove") < at("wireguard-peers"));
    let told: Vec<_> = planned
        .notes
        .iter()
        .filter(|n| n.contains("peer"))
        .collect();
    assert!(
        told.len() == 1 && told[0].contains(&format!("{} (10.90.0.200/32)", key('t'))),
        "{told:?}"
    );

    // The last one leaves too; and what is not known to be ours is left.
    let alone = Wanted {
        peers: Vec::new(),
        ..wanted
    };
    survey.peers.untold = Some("a journal is broken".into());
    survey.peers.ours.remove(&key('o'));
    let planned = plan(&alone, &facts(), &survey).unwrap();
    assert!(kinds(&planned).contains(&"wireguard-remove".to_string()));
    assert!(!kinds(&planned).contains(&"wireguard-peers".to_string()));
    let told: Vec<_> = planned
        .notes
        .iter()
        .filter(|n| n.contains("broken"))
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");

    // Nothing where all is as it is wanted.
    let planned = plan(&self::wanted(), &facts(), &self::survey()).unwrap();
    assert!(!kinds(&planned).contains(&"wireguard-remove".to_string()));
}

#[test]
fn the_firewall_is_opened_with_its_own_tool_or_left_with_a_note() {
    let planned_for = |kind: &str, wanted: &Wanted, survey: &Survey| {
        let mut facts = facts();
        facts.firewall.kind = known(kind);
        let planned = plan(wanted, &facts, survey).unwrap();
        let tool = planned.steps.iter().find_map(|step| match step {
            Step::OpenPort(hole) => {
                assert_eq!(
                    (hole.port, hole.comment.as_str()),
                    (51820, "groundcrew-wg0")
                );
                Some(hole.firewall)
            }
            _ => None,
        });
        (tool, planned.notes)
    };
    for (kind, tool, note) in [
        ("none", None, None),
        (
            "iptables",
            Some(FirewallTool::Iptables),
            Some("gone after a reboot"),
        ),
        ("firewalld", Some(FirewallTool::Firewalld), None),
        ("ufw", Some(FirewallTool::Ufw), None),
        ("nftables", None, Some("somebody's own")),
    ] {
        let (found, notes) = planned_for(kind, &wanted(), &survey());
        assert_eq!(found, tool, "{kind}");
        match note {
            None => assert_eq!(notes, Vec::<String>::new(), "{kind}"),
            Some(note) => assert!(notes[0].contains(note), "{kind}: {notes:?}"),
        }
    }
    let mut without = survey();
    without.programs.remove("firewall-cmd");
    let (tool, notes) = planned_for("firewalld", &wanted(), &without);
    assert!(
        tool.is_none() && notes[0].contains("`firewall-cmd` is not there"),
        "{notes:?}"
    );
    let left = Wanted {
        open_firewall: false,
        ..wanted()
    };
    let (tool, notes) = planned_for("iptables", &left, &survey());
    assert!(
        tool.is_none() && notes[0].contains("left alone, as answered"),
        "{notes:?}"
    );

    let mut hidden = facts();
    hidden.firewall.kind = Fact::unreadable("EPERM", "nftables chains");
    let planned = plan(&wanted(), &hidden, &survey()).unwrap();
    assert!(!kinds(&planned).contains(&"open-port".to_string()));
    assert!(
        planned.notes[0].contains("not known (nftables chains)"),
        "{:?}",
        planned.notes
    );
}

#[test]
fn a_service_is_started_only_where_its_manager_runs() {
    for (init, service) in [
        (Manager::Systemd, "wg-quick@wg0.service"),
        (Manager::Upstart, "wg-quick-wg0"),
        (Manager::Sysvinit, "wg-quick-wg0"),
    ] {
        let wanted = Wanted {
            init: Some(init),
            ..wanted()
        };
        let mut facts = facts();
        facts.services.init = known(init.word());
        let started = Step::StartService {
            manager: init,
            service: service.into(),
        };
        let planned = plan(&wanted, &facts, &survey()).unwrap();
        assert_eq!(planned.steps.last(), Some(&started));
        // In a container, or for the next boot's init system.
        facts.services.manager_running = Fact::known(false, "a test");
        let asleep = plan(&wanted, &facts, &survey()).unwrap();
        facts.services.init = known("other");
        facts.services.manager_running = Fact::known(true, "a test");
        let other = plan(&wanted, &facts, &survey()).unwrap();
        for planned in [asleep, other] {
            assert!(!planned.steps.contains(&started), "{init:?}");
            let expected = format!("{service} is enabled for the next boot, not started");
            assert!(
                planned.notes[0].starts_with(&expected),
                "{:?}",
                planned.notes
            );
        }
    }
}

#[test]
fn a_key_is_named_and_never_carried() {
    let mut given = wanted();
    given.key = Key::File("/root/secrets/wg.key".into());
    let planned = plan(&given, &facts(), &survey()).unwrap();
    assert!(!kinds(&planned).contains(&"private-key".to_string()));
    let conf = text_of(&planned, "/wg0.conf");
    assert!(
        conf.contains("PrivateKey = <secret /root/secrets/wg.key>\n"),
        "{conf}"
    );
    given.key = Key::Env("WG_KEY".into());
    let planned = plan(&given, &facts(), &survey()).unwrap();
    assert_eq!(
        planned.steps[0].title(),
        "Put the private key from $WG_KEY into /etc/wireguard/wg0.key (0600)"
    );
}

#[test]
fn the_join_file_is_what_the_others_read() {
    let planned = plan(&wanted(), &facts(), &survey()).unwrap();
    let text = text_of(&planned, "/join-alpha.yaml");
    let text = text.replace(
        "<public /etc/wireguard/wg0.key>",
        "v53LxSbgOXm9/ewWSEamOBkyMZOVjfqjP0Mx++kWexM=",
    );
    let joins = crate::answers::join::check(&[("join-alpha.yaml".into(), text)], None).unwrap();
    assert_eq!(joins.len(), 1);
    assert_eq!(
        (joins[0].name(), joins[0].address()),
        ("alpha", Some(wanted().address.addr()))
    );
}

/// A plan with a step of every kind and long names.
fn whole(init: Manager, kind: &str, peers: Vec<Peer>) -> Plan {
    let mut facts = facts();
    facts.firewall.kind = known(kind);
    facts.services.init = known(init.word());
    let wanted = Wanted {
        init: Some(init),
        peers,
        ..wanted()
    };
    let planned = plan(&wanted, &facts, &survey()).unwrap();
    Plan {
        v: VERSION,
        host: "alpha".into(),
        scheduler: "native".into(),
        overlay: Some("wireguard".into()),
        steps: planned.steps,
        notes: planned.notes,
        verify: Some(Verify::Wireguard(planned.verify)),
        verify_scheduler: None,
        advice: Some(Advice {
            interface: "wg0".into(),
            private_address: Ipv4Addr::new(10, 90, 0, 1),
            install_argument: "private-address=10.90.0.1".into(),
            replicated_yml: vec!["word ".repeat(40)],
        }),
        basis: None,
        confirm_within: 0,
    }
}

fn plans() -> Vec<Plan> {
    let mut odd = peer("it's; $(touch /tmp/x) `y` \"z\"", 4);
    odd.preshared_key = Some("/root/my secrets/a'b.psk".into());
    odd.allowed_ips.push("192.168.7.0/24".parse().unwrap());
    odd.keepalive = 25;
    let many: Vec<_> = (2..40)
        .map(|n| peer(&format!("node-number-{n}"), n))
        .collect();
    vec![
        whole(Manager::Systemd, "firewalld", vec![odd.clone()]),
        whole(Manager::Upstart, "ufw", vec![odd]),
        whole(Manager::Sysvinit, "iptables", many),
        whole(Manager::Systemd, "none", Vec::new()),
    ]
}

#[test]
fn the_text_fits_80_columns() {
    for plan in plans() {
        let preview = |_: &Step| Preview {
            probe: Probe::Unknown("because of this and that. ".repeat(9)),
            diff: Vec::new(),
        };
        for previews in [Vec::new(), plan.steps.iter().map(preview).collect()] {
            let text = render::text(&plan, &previews);
            for line in text.lines() {
                // A single word, such as a path, is not broken.
                let words = line.split_whitespace().count();
                assert!(line.chars().count() <= 80 || words == 1, "{line}");
                assert_eq!(line, line.trim_end(), "blanks at the end");
            }
        }
    }
}

/// Runs a program of the system with `input`; `None` where it is not installed.
#[allow(clippy::disallowed_methods)]
fn run(argv: &[&str], input: &str) -> Option<(bool, String)> {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let child = Command::new(argv[0])
        .args(&argv[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("{} is not installed: not tried with it", argv[0]);
            return None;
        }
        Err(error) => panic!("{argv:?}: {error}"),
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8(text).unwrap()))
}

#[test]
fn the_shell_form_is_a_shell_script() {
    for plan in plans() {
        let script = render::shell(&plan);
        if let Some((good, text)) = run(&["sh", "-n"], &script) {
            assert!(good, "{text}\n{script}");
        }
        // Every step has its number and title.
        for (index, step) in plan.steps.iter().enumerate() {
            let line = format!("# {}. {}", index + 1, step.title());
            assert!(script.lines().any(|l| l == line), "{line}\n{script}");
        }
    }
}

#[test]
#[allow(clippy::disallowed_methods)]
fn the_real_wg_quick_understands_the_configuration() {
    const KEY: &str = "YAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
    for plan in plans() {
        let planned = Planned {
            steps: plan.steps,
            notes: Vec::new(),
            verify: verify(plan.verify),
        };
        let conf = text_of(&planned, "/wg0.conf");
        let conf = conf.replace("<secret /etc/wireguard/wg0.key>", KEY);
        let conf = conf.replace("<secret /root/my secrets/a'b.psk>", KEY);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("wg0.conf");
        std::fs::write(&path, &conf).unwrap();
        let Some((good, text)) = run(&["wg-quick", "strip", path.to_str().unwrap()], "") else {
            return;
        };
        assert!(good, "{text}\n{conf}");
        assert!(text.contains("ListenPort = 51820"), "{text}");
        let peers = |text: &str| text.lines().filter(|line| *line == "[Peer]").count();
        assert_eq!(peers(&text), planned.verify.peers.len(), "{text}");
        // What is wg-quick's own has been taken out, so it was understood.
        assert!(!text.contains("Address") && !text.contains("MTU"), "{text}");
    }
}

fn listener(port: u16) -> crate::facts::network::Listener {
    crate::facts::network::Listener {
        protocol: "udp".into(),
        address: Ipv4Addr::UNSPECIFIED.into(),
        port,
    }
}

#[test]
fn a_port_that_something_else_holds_is_refused_and_our_own_is_not() {
    let mut facts = facts();
    facts.network.listeners = Fact::known(vec![listener(51820)], "a test");
    let refusals = plan(&wanted(), &facts, &survey()).unwrap_err();
    assert_eq!(refusals[0].id, "overlay.wireguard.listen-port");
    assert!(refusals[0].text.contains("UDP 51820"), "{refusals:?}");
    let ours = Survey {
        owner: Owner::Us,
        listen_port: Some(51820),
        ..survey()
    };
    assert!(plan(&wanted(), &facts, &ours).is_ok());
    facts.network.listeners = Fact::known(vec![listener(51821)], "a test");
    assert!(plan(&wanted(), &facts, &survey()).is_ok());
}

#[test]
fn the_address_of_a_node_that_is_set_up_is_not_changed_in_passing() {
    let mut host = Scripted::new();
    host.links = vec![crate::host::netlink::Link {
        index: 3,
        name: "wg0".into(),
        flags: 1,
        ..Default::default()
    }];
    host.addresses = vec![crate::host::netlink::Address {
        index: 3,
        address: Ipv4Addr::new(10, 90, 0, 99).into(),
        prefix: 24,
        scope: 0,
        secondary: false,
        dynamic: false,
        tentative: false,
    }];
    let mut facts = facts();
    facts.network.interfaces = facts::collect(&host).network.interfaces;
    let ours = Survey {
        owner: Owner::Us,
        ..survey()
    };
    let refusals = plan(&wanted(), &facts, &ours).unwrap_err();
    assert_eq!(refusals[0].id, "overlay.address");
    assert!(refusals[0].text.contains("10.90.0.99"), "{refusals:?}");
}
