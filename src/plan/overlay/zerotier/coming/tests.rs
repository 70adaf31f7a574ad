//! What a bundle or a repository brings of ZeroTier.

use crate::answers::bundle::Kind;
use crate::facts::{self, Fact, Facts};
use crate::host::Scripted;
use crate::plan::Refusal;
use crate::plan::coming::tests::{bundle, file};
use crate::plan::overlay::zerotier::{Controller, Planned, Wanted, plan};
use crate::plan::programs::Sources;
use crate::plan::step::{Manager, Part, Step};
use crate::plan::survey::Survey;
use crate::plan::zerotier::Act;

fn facts(kernel: &str, init: &str) -> Facts {
    let mut host = Scripted::new();
    host.uname.release = kernel.into();
    let mut facts = facts::collect(&host);
    let known = |value: &str| Fact::known(value.to_owned(), "a test");
    facts.kernel.capabilities.remove("tun");
    facts.os.family = known("debian");
    facts.services.init = known(init);
    facts.services.manager_running = Fact::known(true, "a test");
    facts
}

fn survey() -> Survey {
    Survey {
        programs: [("ip".to_owned(), "/sbin/ip".to_owned())].into(),
        ..Survey::default()
    }
}

fn wanted(sources: Sources) -> Wanted {
    Wanted {
        name: "alpha".into(),
        controller: Controller::Here,
        range: "10.90.0.0/24".parse().unwrap(),
        address: Some([10, 90, 0, 1].into()),
        underlay: Some([192, 0, 2, 1].into()),
        port: 9993,
        interface: "ztrepl0".into(),
        replace_identity: false,
        mtu: None,
        remove: Vec::new(),
        behind_nat: false,
        others: Vec::new(),
        airgap: true,
        open_firewall: true,
        join_path: "/root/join-alpha.yaml".into(),
        init: None,
        sources,
    }
}

fn program(version: &str) -> Sources {
    bundle(vec![file(Kind::Program, "zerotier-one", Some(version))])
}

fn on(
    kernel: &str,
    init: &str,
    sources: Sources,
    survey: &Survey,
) -> Result<Planned, Vec<Refusal>> {
    plan(&wanted(sources), &facts(kernel, init), survey)
}

fn start(planned: &Planned) -> Option<Manager> {
    let started = planned.steps.iter().find_map(|step| match step {
        Step::Zerotier(Act::Start { manager }) => Some(*manager),
        _ => None,
    });
    started.unwrap()
}

fn position(planned: &Planned, is: impl Fn(&Step) -> bool) -> usize {
    planned.steps.iter().position(is).unwrap()
}

const NOW: &str = "6.1.0";
const EL6: &str = "2.6.32-754.el6.x86_64";

#[test]
fn a_plain_program_gets_its_names_and_a_service() {
    for (init, manager, end) in [
        (
            "systemd",
            Manager::Systemd,
            "/etc/systemd/system/zerotier-one.service",
        ),
        ("upstart", Manager::Sysvinit, "/etc/init.d/zerotier-one"),
        ("sysvinit", Manager::Sysvinit, "/etc/init.d/zerotier-one"),
    ] {
        let planned = on(NOW, init, program("1.14.1"), &survey()).unwrap();
        assert_eq!(start(&planned), Some(manager), "{init}");
        let links: Vec<_> = planned
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::Symlink { path, target, .. } if target == "/usr/local/bin/zerotier-one" => {
                    Some(path.as_str())
                }
                _ => None,
            })
            .collect();
        assert_eq!(
            links,
            [
                "/usr/local/bin/zerotier-cli",
                "/usr/local/bin/zerotier-idtool"
            ]
        );
        let text = planned.steps.iter().find_map(|step| match step {
            Step::WriteFile { path, content, .. } if path == end => match content.as_slice() {
                [Part::Text(text)] => Some(text.clone()),
                _ => None,
            },
            _ => None,
        });
        let text = text.unwrap_or_else(|| panic!("no {end}"));
        assert!(
            text.contains("/usr/local/bin/zerotier-one /var/lib/zerotier-one"),
            "{text}"
        );
        let brought = position(&planned, |step| matches!(step, Step::InstallProgram { .. }));
        let identity = position(&planned, |step| {
            matches!(step, Step::Zerotier(Act::Identity { .. }))
        });
        assert!(brought < identity);
    }
    // Without its init system it is started by itself, and there at boot.
    let mut stopped = facts(NOW, "systemd");
    stopped.services.manager_running = Fact::known(false, "a test");
    let planned = plan(&wanted(program("1.14.1")), &stopped, &survey()).unwrap();
    assert_eq!(start(&planned), None);
    let notes = planned.notes.join("\n");
    assert!(notes.contains("enabled for the next boot"), "{notes}");
}

#[test]
fn a_package_has_them_and_is_stopped_again_before_its_files_are_written() {
    let package = file(Kind::Package, "zerotier-one", Some("1.14.1"));
    let planned = on(NOW, "systemd", bundle(vec![package]), &survey()).unwrap();
    assert_eq!(start(&planned), Some(Manager::Systemd));
    let home = position(&planned, |step| matches!(step, Step::Zerotier(Act::Home)));
    let install = position(&planned, |step| {
        matches!(step, Step::InstallPackages { .. })
    });
    let stop = position(&planned, |step| {
        matches!(step, Step::Zerotier(Act::Stop { .. }))
    });
    let settings = position(&planned, |step| matches!(step, Step::JsonKeys { .. }));
    assert!(home < install && install < stop && stop < settings);
    assert!(
        !planned
            .steps
            .iter()
            .any(|step| matches!(step, Step::Symlink { .. }))
    );
}

#[test]
fn the_vendors_repository_is_used_where_it_is_configured_alone() {
    let open = Sources {
        repositories: true,
        ..Sources::default()
    };
    let refusals = on(NOW, "systemd", open.clone(), &survey()).unwrap_err();
    let texts: Vec<_> = refusals.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "`zerotier-one` is not on this host, and no repository that is configured here has \
          zerotier-one"
        ]
    );
    let configured = Survey {
        candidates: [("zerotier-one".to_owned(), "1.14.1".to_owned())].into(),
        ..survey()
    };
    let planned = on(NOW, "systemd", open, &configured).unwrap();
    let notes = planned.notes.join("\n");
    assert!(
        notes.contains("zerotier-one 1.14.1 comes from the package zerotier-one of apt"),
        "{notes}"
    );
}

#[test]
fn versions_that_fail_here_are_refused_before_they_come() {
    for (kernel, version, id) in [(EL6, "1.6.3", "zt.tap"), (NOW, "1.16.0", "zt.controller")] {
        let refusals = on(kernel, "sysvinit", program(version), &survey()).unwrap_err();
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        assert_eq!(refusals[0].id, id);
        assert!(
            refusals[0]
                .text
                .ends_with("(it would come from the bundle /media/b)"),
            "{}",
            refusals[0].text
        );
    }
    assert!(on(EL6, "sysvinit", program("1.4.6"), &survey()).is_ok());
}

#[test]
fn names_that_a_program_of_the_host_lacks_are_linked() {
    let mut here = survey();
    here.programs
        .insert("zerotier-one".into(), "/opt/bin/zerotier-one".into());
    here.zerotier.version = Some("1.14.1".into());
    let planned = on(NOW, "systemd", Sources::default(), &here).unwrap();
    let links = planned
        .steps
        .iter()
        .filter(|step| matches!(step, Step::Symlink { target, .. } if target.starts_with("/opt/")));
    assert_eq!(links.count(), 2);
}
