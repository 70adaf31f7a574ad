//! What a bundle or a repository brings for Flannel.

use crate::answers::bundle::Kind;
use crate::answers::config::EtcdRole;
use crate::facts::{self, Fact, Facts};
use crate::host::Scripted;
use crate::plan::Refusal;
use crate::plan::coming::tests::{bundle, file};
use crate::plan::overlay::flannel::{Planned, Wanted, plan};
use crate::plan::programs::Sources;
use crate::plan::step::{Manager, Part, Step};
use crate::plan::survey::{FlannelSurvey, Program, Survey};

fn facts(init: Manager) -> Facts {
    let mut facts = facts::collect(&Scripted::new());
    let known = |value: &str| Fact::known(value.to_owned(), "a test");
    facts.os.family = known("debian");
    facts.kernel.release = known("6.1.0");
    facts.services.init = known(init.word());
    facts.services.manager_running = Fact::known(true, "a test");
    facts.docker.info.running = Fact::known(0, "a test");
    facts
}

fn survey() -> Survey {
    let names = ["ip", "iptables"];
    let programs = names.map(|name| (name.to_owned(), format!("/usr/sbin/{name}")));
    Survey {
        programs: programs.into(),
        candidates: [("etcd-server".to_owned(), "3.4.23-4+b4".to_owned())].into(),
        ..Survey::default()
    }
}

fn programs(versions: &[(&str, &str)]) -> Sources {
    let files = versions.iter();
    let files = files.map(|(name, version)| file(Kind::Program, name, Some(version)));
    bundle(files.collect())
}

fn planned(
    sources: Sources,
    survey: &Survey,
    init: Manager,
    change: impl Fn(&mut Wanted<'_>),
) -> Result<Planned, Vec<Refusal>> {
    let mut wanted = Wanted {
        name: "alpha".into(),
        address: [192, 0, 2, 1].into(),
        wire: vec!["192.0.2.0/24".parse().unwrap()],
        first: true,
        network: "10.5.0.0/16".parse().unwrap(),
        subnet_len: 24,
        backend: crate::answers::config::FlannelBackend::Auto,
        prefix: "/coreos.com/network".into(),
        endpoints: &[],
        role: EtcdRole::Auto,
        initial: None,
        tls: None,
        others: &[],
        open_firewall: true,
        docker_restart: true,
        init: Some(init),
        join_path: "/root/join-alpha.yaml".into(),
        flanneld: None,
        etcd: None,
        sources,
    };
    change(&mut wanted);
    plan(&wanted, &facts(init), survey)
}

fn good(sources: Sources, survey: &Survey, init: Manager) -> Planned {
    planned(sources, survey, init, |_| {}).unwrap_or_else(|refusals| panic!("{refusals:#?}"))
}

fn told(refusals: &[Refusal]) -> String {
    let lines = refusals.iter();
    let lines = lines.map(|one| format!("[{}] {}: {}\n", one.id, one.text, one.remedy));
    lines.collect()
}

#[track_caller]
fn refused(sources: Sources, survey: &Survey, init: Manager) -> String {
    told(&planned(sources, survey, init, |_| {}).unwrap_err())
}

fn text(planned: &Planned, end: &str) -> String {
    let found = planned.steps.iter().find_map(|step| match step {
        Step::WriteFile { path, content, .. } if path.ends_with(end) => match content.as_slice() {
            [Part::Text(text)] => Some(text.clone()),
            _ => None,
        },
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no file ending in {end}"))
}

fn titles(planned: &Planned) -> Vec<String> {
    planned.steps.iter().map(Step::title).collect()
}

fn with_repositories(sources: Sources) -> Sources {
    Sources {
        repositories: true,
        ..sources
    }
}

#[test]
fn a_bundle_brings_both_programs_before_anything_needs_them() {
    let sources = programs(&[
        ("flanneld", "0.17.0"),
        ("etcd", "3.4.34"),
        ("etcdctl", "3.4.34"),
    ]);
    let planned = good(sources, &survey(), Manager::Systemd);
    assert_eq!(
        titles(&planned)[1..4],
        [
            "Install /usr/local/bin/etcd from the bundle: it is not here",
            "Install /usr/local/bin/etcdctl from the bundle: to look at etcd by hand",
            "Install /usr/local/bin/flanneld from the bundle: it is not here",
        ]
    );
    assert!(text(&planned, "/etcd-groundcrew.service").contains("exec /usr/local/bin/etcd "));
    assert!(text(&planned, "/flanneld-groundcrew.service").contains("/usr/local/bin/flanneld -"));
    // By the versions of what is not here yet.
    assert!(text(&planned, "/etcd.conf").contains("ETCD_ENABLE_V2=true\n"));
    let notes = planned.notes.join("\n");
    assert!(
        notes.contains("flanneld 0.17.0 comes from the bundle /media/b"),
        "{notes}"
    );
}

#[test]
fn versions_that_do_not_fit_are_refused_with_where_they_would_come_from() {
    let sources = programs(&[("flanneld", "0.9.1"), ("etcd", "3.6.0")]);
    let text = refused(sources, &survey(), Manager::Systemd);
    assert!(
        text.contains("which etcd 3.6.0 has not got any more"),
        "{text}"
    );
    assert!(
        text.contains("flanneld would come from the bundle /media/b"),
        "{text}"
    );
}

#[test]
fn what_is_missing_is_told_all_at_once_and_an_answered_path_rules() {
    let text = refused(programs(&[]), &survey(), Manager::Systemd);
    for part in ["[overlay.flannel.etcd]", "[overlay.flannel.flanneld]"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.contains("into the bundle /media/b"), "{text}");
    let both = programs(&[("flanneld", "0.20.2"), ("etcd", "3.5.21")]);
    let refusals = planned(both.clone(), &survey(), Manager::Systemd, |wanted| {
        wanted.flanneld = Some("/srv/flanneld".into());
    });
    let text = told(&refusals.unwrap_err());
    assert!(text.contains("not on this host as /srv/flanneld"), "{text}");
    // What is here is taken, and that is said.
    let there = Program::There {
        path: "/opt/bin/flanneld".into(),
        version: (0, 9, 1),
    };
    let here = Survey {
        flannel: FlannelSurvey {
            flanneld: there,
            ..FlannelSurvey::default()
        },
        ..survey()
    };
    let planned = good(both, &here, Manager::Systemd);
    let notes = planned.notes.join("\n");
    assert!(notes.contains("the bundle's 0.20.2 is not used"), "{notes}");
    let brings = |step: &Step| matches!(step, Step::InstallProgram { path, .. } if path.ends_with("flanneld"));
    assert!(!planned.steps.iter().any(brings));
}

#[test]
fn the_service_of_the_package_is_masked_before_the_package_comes() {
    let sources = || with_repositories(programs(&[("flanneld", "0.20.2")]));
    let planned = good(sources(), &survey(), Manager::Systemd);
    let titles = titles(&planned);
    assert_eq!(
        titles[1..3],
        [
            "Link /etc/systemd/system/etcd.service: masks the service of the package etcd-server",
            "Install etcd-server from apt: it has etcd",
        ]
    );
    assert!(matches!(
        &planned.steps[1],
        Step::Symlink { target, .. } if target == "/dev/null"
    ));
    assert!(text(&planned, "/etcd-groundcrew.service").contains("exec /usr/bin/etcd "));
    let notes = planned.notes.join("\n");
    assert!(notes.contains("etcd.service is masked"), "{notes}");
    // Without repositories there is none.
    let closed = programs(&[("flanneld", "0.20.2")]);
    let text = refused(closed, &survey(), Manager::Systemd);
    assert!(text.contains("airgap: true"), "{text}");
}

#[test]
fn scripts_of_a_package_are_kept_from_starting_or_the_package_is_refused() {
    let sources = || with_repositories(programs(&[("flanneld", "0.20.2")]));
    let planned = good(sources(), &survey(), Manager::Sysvinit);
    let at = |is: &dyn Fn(&Step) -> bool| planned.steps.iter().position(is).unwrap();
    let policy =
        at(&|step| matches!(step, Step::WriteFile { path, .. } if path.ends_with("/policy-rc.d")));
    let link =
        at(&|step| matches!(step, Step::Symlink { path, .. } if path == "/etc/rc3.d/K01etcd"));
    let package = at(&|step| matches!(step, Step::InstallPackages { .. }));
    assert!(policy < package && link < package);
    assert!(text(&planned, "/policy-rc.d").contains("[ \"$1\" = etcd ] && exit 101\n"));
    // One that is there and forbids it is left alone; one that allows it is
    // somebody else's.
    let with = |policy| Survey {
        policy: Some(policy),
        ..survey()
    };
    let planned = good(sources(), &with(true), Manager::Sysvinit);
    assert!(
        !titles(&planned)
            .iter()
            .any(|title| title.contains("policy-rc.d"))
    );
    for (survey, init) in [
        (with(false), Manager::Sysvinit),
        (survey(), Manager::Upstart),
    ] {
        let text = refused(sources(), &survey, init);
        assert!(text.contains("would start its own etcd"), "{text}");
        assert!(text.contains("--program etcd=PATH"), "{text}");
    }
}
