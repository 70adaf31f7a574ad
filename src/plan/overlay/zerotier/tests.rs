//! Plans for hosts that are written down.

use super::*;
use crate::facts::{self, Fact};
use crate::host::Scripted;
use crate::plan::survey::{MemberSurvey, ZerotierSurvey};

const NODE: &str = "481a5e3d20";
const NOW: &str = "5.14.0-70.el9.x86_64";
const EL6: &str = "2.6.32-754.el6.x86_64";

fn facts(kernel: &str) -> Facts {
    let mut host = Scripted::new();
    host.uname.release = kernel.into();
    let mut facts = facts::collect(&host);
    facts.kernel.capabilities.remove("tun");
    facts.firewall.kind = Fact::known("iptables".into(), "a test");
    facts.services.init = Fact::known("systemd".into(), "a test");
    facts.services.manager_running = Fact::known(true, "a test");
    facts
}

fn survey(version: &str) -> Survey {
    let names = [
        "zerotier-one",
        "zerotier-cli",
        "zerotier-idtool",
        "ip",
        "iptables",
    ];
    let programs = names.map(|name| (name.to_owned(), format!("/usr/sbin/{name}")));
    Survey {
        programs: programs.into(),
        zerotier: ZerotierSurvey {
            version: Some(version.into()),
            unit: true,
            ..ZerotierSurvey::default()
        },
        ..Survey::default()
    }
}

fn other(name: &str, node: &str, last: u8) -> Zerotier {
    Zerotier {
        name: name.into(),
        address: Some([10, 90, 0, last].into()),
        underlay: [192, 0, 2, last].into(),
        node: node.into(),
        controller_network: None,
        planet: None,
        network: "10.90.0.0/24".parse().unwrap(),
    }
}

fn wanted(controller: Controller) -> Wanted {
    Wanted {
        name: "alpha".into(),
        controller,
        range: "10.90.0.0/24".parse().unwrap(),
        address: Some([10, 90, 0, 1].into()),
        underlay: Some([192, 0, 2, 1].into()),
        port: 9993,
        interface: "ztrepl0".into(),
        mtu: None,
        remove: Vec::new(),
        behind_nat: false,
        replace_identity: false,
        others: vec![other("bravo", NODE, 2)],
        airgap: true,
        open_firewall: true,
        join_path: "/root/join-alpha.yaml".into(),
        init: None,
        sources: Sources::default(),
    }
}

fn there() -> Controller {
    Controller::There {
        name: "bravo".into(),
        network: format!("{NODE}676301"),
        planet: Some(vec![1; 257]),
    }
}

fn hosted_by(network: &str, token: Option<Token>) -> Controller {
    Controller::Hosted {
        network: network.into(),
        token,
    }
}

/// The id of the one refusal.
#[track_caller]
fn refused(wanted: &Wanted, facts: &Facts, survey: &Survey) -> String {
    let all = plan(wanted, facts, survey).unwrap_err();
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].id.clone()
}

fn acts(planned: &Planned) -> Vec<&Act> {
    let acts = planned.steps.iter().filter_map(|step| match step {
        Step::Zerotier(act) => Some(act),
        _ => None,
    });
    acts.collect()
}

#[test]
fn a_controller_lets_exactly_the_planned_members_in_from_their_addresses_alone() {
    let planned = plan(&wanted(Controller::Here), &facts(NOW), &survey("1.14.1")).unwrap();
    let members = acts(&planned).into_iter().find_map(|act| match act {
        Act::Members { members, .. } => Some(members.clone()),
        _ => None,
    });
    let nodes: Vec<_> = members
        .unwrap()
        .into_iter()
        .map(|member| member.node)
        .collect();
    assert_eq!(nodes, [None, Some(NODE.to_owned())]);
    let hole = planned.steps.iter().find_map(|step| match step {
        Step::OpenPort(hole) => Some(hole.text()),
        _ => None,
    });
    assert_eq!(hole.unwrap(), "UDP 9993 to 192.0.2.2/32");
    // Nobody known: nobody let through, instead of everybody.
    let mut alone = wanted(Controller::Here);
    alone.others.clear();
    let planned = plan(&alone, &facts(NOW), &survey("1.14.1")).unwrap();
    let opens = |step: &Step| matches!(step, Step::OpenPort(_));
    assert!(!planned.steps.iter().any(opens));
}

#[test]
fn versions_that_fail_on_old_kernels_are_refused_and_the_others_mended() {
    let on = |kernel: &str, version: &str| plan(&wanted(there()), &facts(kernel), &survey(version));
    for version in ["1.4.7", "1.6.3", "1.6.6", "1.8.3", "1.8.4"] {
        let id = refused(&wanted(there()), &facts(EL6), &survey(version));
        assert_eq!(id, "zt.tap", "{version}");
        assert!(on(NOW, version).is_ok(), "{version}");
    }
    for (kernel, version, expected) in [
        (EL6, "1.4.6", false),
        (EL6, "1.8.10", true),
        (EL6, "1.14.1", true),
        (NOW, "1.14.1", false),
        ("3.10.0-1160.el7.x86_64", "1.14.1", false),
    ] {
        let planned = on(kernel, version).unwrap();
        let mends = |act: &&Act| matches!(act, Act::Arp { .. });
        let found = acts(&planned).iter().any(mends);
        assert_eq!(found, expected, "{version} on {kernel}");
    }
}

#[test]
fn a_controller_is_not_sought_where_no_build_has_one() {
    let controller = wanted(Controller::Here);
    let id = refused(&controller, &facts(NOW), &survey("1.16.0"));
    assert_eq!(id, "zt.controller");
    let mut asked = survey("1.16.0");
    asked.zerotier.controller = Some(true);
    assert!(plan(&controller, &facts(NOW), &asked).is_ok());
    assert!(plan(&wanted(there()), &facts(NOW), &survey("1.16.0")).is_ok());
}

#[test]
fn without_the_internet_there_has_to_be_a_root() {
    let hosted = || wanted(hosted_by("8056c2e21c000001", None));
    let id = refused(&hosted(), &facts(NOW), &survey("1.14.1"));
    assert_eq!(id, "zt.roots");
    let online = Wanted {
        airgap: false,
        ..hosted()
    };
    let planned = plan(&online, &facts(NOW), &survey("1.14.1")).unwrap();
    let text = planned.notes.join(" ");
    assert!(text.contains("somebody authorises it"), "{text}");
    let planet = |act: &&Act| matches!(act, Act::Planet { .. });
    assert!(!acts(&planned).iter().any(planet));
}

#[test]
fn what_is_in_use_is_not_cut_off() {
    let mut used = survey("1.14.1");
    used.zerotier.running = true;
    let network = ("8056c2e21c000001".to_owned(), "ztabcdefgh".to_owned());
    used.zerotier.joined = [network].into();
    assert_eq!(refused(&wanted(there()), &facts(NOW), &used), "zt.in-use");
    let hosted = Wanted {
        airgap: false,
        ..wanted(hosted_by("8056c2e21c000002", None))
    };
    let planned = plan(&hosted, &facts(NOW), &used).unwrap();
    let stop = |act: &&Act| matches!(act, Act::Stop { .. });
    assert!(acts(&planned).iter().any(stop));
}

#[test]
fn a_clone_is_refused_or_gets_an_identity_of_its_own() {
    let mut clone = survey("1.14.1");
    clone.zerotier.node = Some(NODE.into());
    let id = refused(&wanted(there()), &facts(NOW), &clone);
    assert_eq!(id, "overlay.zerotier.replace-identity");
    let replacing = Wanted {
        replace_identity: true,
        ..wanted(there())
    };
    let planned = plan(&replacing, &facts(NOW), &clone).unwrap();
    let instead_of = acts(&planned).into_iter().find_map(|act| match act {
        Act::Identity { instead_of } => instead_of.clone(),
        _ => None,
    });
    assert_eq!(instead_of.as_deref(), Some(NODE));
}

#[test]
fn settings_are_added_to_those_that_are_there() {
    let mut used = survey("1.14.1");
    used.zerotier.local_conf =
        Some(r#"{"settings": {"interfacePrefixBlacklist": "tun", "other": 1}}"#.into());
    let settings = fit::settings(&wanted(there()), &used).unwrap();
    assert_eq!(settings["other"], 1);
    assert_eq!(settings["primaryPort"], 9993);
    // A list, whatever was there: ZeroTier passes a word over.
    assert_eq!(
        settings["interfacePrefixBlacklist"],
        json!(["tun", "docker", "flannel", "veth", "br-"])
    );
    used.zerotier.local_conf = Some("{\"settings\": }".into());
    let error = fit::settings(&wanted(there()), &used).unwrap_err();
    assert!(error.text.contains("no JSON"), "{error:?}");
}

#[test]
fn the_service_is_given_to_the_manager_that_has_it() {
    let starts = |init: &str, unit: bool, script: bool| {
        let mut facts = facts(NOW);
        facts.services.init = Fact::known(init.into(), "a test");
        let mut survey = survey("1.14.1");
        (survey.zerotier.unit, survey.zerotier.init_script) = (unit, script);
        let planned = plan(&wanted(there()), &facts, &survey).unwrap();
        let manager = acts(&planned).into_iter().find_map(|act| match act {
            Act::Start { manager } => Some(*manager),
            _ => None,
        });
        manager.unwrap()
    };
    assert_eq!(starts("systemd", true, false), Some(Manager::Systemd));
    // EL6: upstart, and a script of SysV init.
    assert_eq!(starts("upstart", false, true), Some(Manager::Sysvinit));
    assert_eq!(starts("systemd", false, true), None);
}

#[test]
fn the_hosted_controller_is_asked_where_there_is_a_token() {
    let token = Some(Token::Env("ZT_TOKEN".into()));
    let hosted = Wanted {
        airgap: false,
        ..wanted(hosted_by("8056c2e21c000001", token))
    };
    let id = refused(&hosted, &facts(NOW), &survey("1.14.1"));
    assert_eq!(id, "overlay.zerotier.api-token");
    let mut with = survey("1.14.1");
    with.programs.insert("curl".into(), "/usr/bin/curl".into());
    let planned = plan(&hosted, &facts(NOW), &with).unwrap();
    let last = acts(&planned).into_iter().next_back();
    assert!(matches!(last, Some(Act::Hosted { .. })), "{last:?}");
    let text = planned.notes.join(" ");
    assert!(!text.contains("somebody authorises"), "{text}");
}

/// On EL6 the interface is mended at boot, too, by a script that a shell takes.
#[test]
#[allow(clippy::disallowed_methods)]
fn the_interface_is_mended_at_boot_on_old_kernels() {
    let mut facts = facts(EL6);
    facts.services.init = Fact::known("upstart".into(), "a test");
    let mut survey = survey("1.14.1");
    (survey.zerotier.init_script, survey.rc_d) = (true, true);
    let planned = plan(&wanted(there()), &facts, &survey).unwrap();
    let script = planned.steps.iter().find_map(|step| match step {
        Step::WriteFile { path, content, .. } if path.starts_with("/etc/rc.d/init.d/") => {
            Some(content.clone())
        }
        _ => None,
    });
    let Some([Part::Text(text)]) = script.as_deref() else {
        panic!("{script:?}")
    };
    assert!(
        text.contains("/usr/sbin/ip link set dev ztrepl0 arp on"),
        "{text}"
    );
    assert!(!text.contains('@'), "{text}");
    let links = planned.steps.iter().filter_map(|step| match step {
        Step::Symlink { path, .. } => Some(path.as_str()),
        _ => None,
    });
    let links: Vec<_> = links.collect();
    assert_eq!(links.len(), 7);
    assert_eq!(links[3], "/etc/rc.d/rc3.d/S56groundcrew-zerotier");
    let shell = |text: &str| {
        let mut sh = std::process::Command::new("sh");
        sh.args(["-n", "-c", text]).status().unwrap().success()
    };
    assert!(shell(text));
    // The whole plan as a script, and a controller's.
    let controller = plan(&wanted(Controller::Here), &facts, &survey).unwrap();
    for planned in [planned, controller] {
        let whole = crate::plan::Plan {
            v: crate::plan::VERSION,
            basis: None,
            confirm_within: 0,
            host: "alpha".into(),
            scheduler: "native".into(),
            overlay: Some("zerotier".into()),
            steps: planned.steps,
            notes: Vec::new(),
            verify: None,
            verify_scheduler: None,
            advice: None,
        };
        let script = crate::plan::render::shell(&whole);
        assert!(shell(&script), "{script}");
    }
}

/// The controller's survey with two nodes that have no join file: one is in.
fn with_strangers() -> Survey {
    let mut survey = survey("1.14.1");
    let member = |authorized, address: &str| MemberSurvey {
        authorized,
        addresses: vec![address.into()],
    };
    survey.zerotier.node = Some("28efc9e578".into());
    survey.zerotier.members = [
        ("aaaaaaaaaa".to_owned(), member(true, "10.90.0.7")),
        ("bbbbbbbbbb".to_owned(), member(false, "10.90.0.8")),
        (NODE.to_owned(), member(true, "10.90.0.2")),
    ]
    .into();
    survey
}

#[test]
fn who_is_in_stays_without_a_join_file_and_is_named_with_the_way_to_shut_it_out() {
    let survey = with_strangers();
    let remove = |planned: &Planned| {
        let found = acts(planned).into_iter().find_map(|act| match act {
            Act::Members { remove, .. } => Some(remove.clone()),
            _ => None,
        });
        found.unwrap()
    };
    let planned = plan(&wanted(Controller::Here), &facts(NOW), &survey).unwrap();
    assert_eq!(remove(&planned), Vec::<String>::new());
    let text = planned.notes.join(" ");
    assert!(
        text.contains("The node aaaaaaaaaa (10.90.0.7) stays"),
        "{text}"
    );
    assert!(
        text.contains("overlay.zerotier.remove-members: [\"aaaaaaaaaa\"]"),
        "{text}"
    );
    assert!(
        text.contains("bbbbbbbbbb is known to the controller and not let in"),
        "{text}"
    );
    assert!(!text.contains(NODE), "{text}");
    let shut = Wanted {
        remove: vec!["aaaaaaaaaa".into()],
        ..wanted(Controller::Here)
    };
    let planned = plan(&shut, &facts(NOW), &survey).unwrap();
    assert_eq!(remove(&planned), ["aaaaaaaaaa"]);
    assert_eq!(planned.verify.removed, ["aaaaaaaaaa"]);
    let text = planned.notes.join(" ");
    assert!(!text.contains("stays"), "{text}");
    // Elsewhere than at the controller the answer does nothing, and that is said.
    let member = Wanted {
        remove: vec!["aaaaaaaaaa".into()],
        ..wanted(there())
    };
    let planned = plan(&member, &facts(NOW), &survey).unwrap();
    let text = planned.notes.join(" ");
    assert!(text.contains("remove-members is not used here"), "{text}");
    assert_eq!(planned.verify.removed, Vec::<String>::new());
}

#[test]
fn removing_a_planned_node_or_giving_out_a_used_address_is_refused() {
    let survey = with_strangers();
    let refused = |change: &dyn Fn(&mut Wanted)| {
        let mut wanted = wanted(Controller::Here);
        change(&mut wanted);
        refused(&wanted, &facts(NOW), &survey)
    };
    let key = "overlay.zerotier.remove-members";
    assert_eq!(refused(&|w| w.remove = vec![NODE.into()]), key);
    assert_eq!(refused(&|w| w.remove = vec!["28efc9e578".into()]), key);
    let taken = |w: &mut Wanted| w.others[0].address = Some([10, 90, 0, 7].into());
    assert_eq!(refused(&taken), "overlay.address");
    // Who is shut out, or was never in, has no address that counts.
    let mut wanted = wanted(Controller::Here);
    taken(&mut wanted);
    wanted.remove = vec!["aaaaaaaaaa".into()];
    assert!(plan(&wanted, &facts(NOW), &survey).is_ok());
    wanted.others[0].address = Some([10, 90, 0, 8].into());
    assert!(plan(&wanted, &facts(NOW), &survey).is_ok());
}

#[test]
fn the_networks_mtu_is_the_controllers_to_set() {
    let with = |controller| Wanted {
        mtu: Some(1400),
        ..wanted(controller)
    };
    let planned = plan(&with(Controller::Here), &facts(NOW), &survey("1.14.1")).unwrap();
    let mtu = acts(&planned).into_iter().find_map(|act| match act {
        Act::Controller { mtu, .. } => *mtu,
        _ => None,
    });
    assert_eq!(mtu, Some(1400));
    let id = refused(&with(Controller::Here), &facts(NOW), &survey("1.2.4"));
    assert_eq!(id, "overlay.zerotier.mtu");
    let planned = plan(&with(there()), &facts(NOW), &survey("1.14.1")).unwrap();
    let text = planned.notes.join(" ");
    assert!(text.contains("mtu is not used here"), "{text}");
}

#[test]
fn kernels_between_those_that_were_tried_are_told_to_be_unknown() {
    for (kernel, version, expected) in [
        ("3.2.0-4-amd64", "1.14.1", true),
        ("3.0.101-63-default", "1.6.6", true),
        ("3.2.0-4-amd64", "1.4.6", false),
        ("3.10.0-1160.el7.x86_64", "1.14.1", false),
        (NOW, "1.14.1", false),
    ] {
        let planned = plan(&wanted(there()), &facts(kernel), &survey(version)).unwrap();
        let found = planned.notes.join(" ").contains("is not known");
        assert_eq!(found, expected, "{version} on {kernel}");
    }
}

#[test]
fn nodes_behind_nat_are_told_what_has_to_be_open() {
    let planned = |controller| {
        let wanted = Wanted {
            behind_nat: true,
            ..wanted(controller)
        };
        let planned = plan(&wanted, &facts(NOW), &survey("1.14.1")).unwrap();
        planned.notes.join(" ")
    };
    let (here, member) = (planned(Controller::Here), planned(there()));
    assert!(here.contains("from its outer address"), "{here}");
    assert!(member.contains("through between them"), "{member}");
    assert!(!member.contains("outer address"), "{member}");
}
