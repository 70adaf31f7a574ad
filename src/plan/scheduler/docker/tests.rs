#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::answers::Answers;
use crate::answers::bundle::{Bundle, File, Kind};
use crate::answers::config::Config;
use crate::answers::join::Others;
use crate::judge::decide::Decision;
use crate::judge::interfaces::Candidates;
use crate::plan::choice::Choice;
use crate::plan::programs::{Brought, Sources};
use crate::plan::survey::{DockerSurvey, Survey};

/// A host with a distribution and an init system, and without Docker.
fn host(id: &str, release: &str, family: &str, init: &str) -> Facts {
    let mut facts = Facts::unread("not set in the test");
    let known = |text: &str| Fact::known(text.to_owned(), "test");
    facts.os.id = known(id);
    facts.os.version = known(release);
    facts.os.family = known(family);
    facts.services.init = known(init);
    facts.docker.installed = Fact::known(false, "test");
    facts.docker.running = Fact::known(false, "test");
    facts
}

/// The same with a Docker that runs some containers.
fn running(mut facts: Facts, version: &str, containers: u64) -> Facts {
    facts.docker.installed = Fact::known(true, "test");
    facts.docker.running = Fact::known(true, "test");
    facts.docker.version = Fact::known(version.to_owned(), "test");
    facts.docker.info.running = Fact::known(containers, "test");
    facts.docker.info.options = Fact::known(Vec::new(), "test");
    facts.docker.containers = Fact::known(containers, "test");
    facts.docker.storage_driver = Fact::known("overlay2".to_owned(), "test");
    facts
}

fn repositories() -> Sources {
    Sources {
        brought: None,
        repositories: true,
        because: String::new(),
    }
}

fn packages(names: &[&str]) -> DockerSurvey {
    DockerSurvey {
        packages: names.iter().map(|name| (*name).to_owned()).collect(),
        repository: false,
    }
}

fn planned(
    answers: &[(&str, &str)],
    facts: &Facts,
    docker: DockerSurvey,
    sources: &Sources,
) -> Result<Planned, Vec<Refusal>> {
    let mut given = Answers::default();
    for (id, text) in answers {
        given.set_text(id, text).unwrap();
    }
    let config = Config::from_answers(&given).unwrap();
    let scheduler = config.scheduler.word().to_owned();
    let survey = Survey {
        docker,
        rc_d: true,
        ..Survey::default()
    };
    plan(&Inputs {
        config: &config,
        others: &Others::default(),
        facts,
        survey: &survey,
        choice: &Choice {
            target: scheduler.clone(),
            scheduler,
            overlay: None,
            userspace: false,
        },
        decision: &Decision::default(),
        interfaces: &Candidates::default(),
        underlay: &Candidates::default(),
        sources,
        cwd: "/root",
    })
}

fn titles(planned: &Planned) -> Vec<String> {
    planned.steps.iter().map(Step::title).collect()
}

const SWARM: (&str, &str) = ("scheduler", "swarm");

#[test]
fn the_table_is_read_and_every_row_has_a_source_and_a_version_or_docker_com() {
    let table: Table = serde_yaml::from_str(TEXT).unwrap();
    for row in &table.packages {
        assert!(row.source.len() > 10, "{row:?}");
        let own = row.from == From::Distribution;
        assert_eq!(row.version.is_some(), own, "{row:?}");
        assert!(row.version.iter().all(|text| version(text).is_some()));
    }
}

#[test]
fn the_distributions_own_docker_is_installed_started_and_waited_for() {
    let facts = host("debian", "12", "debian", "systemd");
    let planned = planned(&[SWARM], &facts, packages(&[]), &repositories()).unwrap();
    assert_eq!(
        titles(&planned),
        [
            "Install docker.io from apt: Docker 20.10.24",
            "Have systemd start docker at boot",
            "Start docker with systemd",
            "Wait until Docker answers, 1.13.1 or newer",
        ]
    );
    let config = Config::from_answers(&Answers::default()).unwrap().docker;
    let then = planned.after(&facts, &config);
    assert_eq!(then.docker.installed.value(), Some(&true));
    assert_eq!(then.docker.version.value().unwrap(), "20.10.24");
    assert_eq!(planned.fixes(), ["docker_install", "docker_upgrade"]);
}

#[test]
fn without_a_wish_docker_is_left_to_others() {
    let facts = host("debian", "12", "debian", "systemd");
    for answers in [
        &[("scheduler", "native")][..],
        &[SWARM, ("docker.install", "leave")],
        &[("scheduler", "kubernetes")],
    ] {
        let planned = planned(answers, &facts, packages(&[]), &repositories()).unwrap();
        assert_eq!(planned, Planned::default(), "{answers:?}");
    }
    let facts = running(facts, "20.10.24+dfsg1", 3);
    let here = packages(&["docker.io"]);
    assert_eq!(
        planned(&[SWARM], &facts, here, &repositories()).unwrap(),
        Planned::default()
    );
}

#[test]
fn el6_gets_1_7_1_whose_settings_are_options() {
    let facts = host("centos", "6.9", "el6", "upstart");
    let answers = [
        ("scheduler", "native"),
        ("replicated.install", "true"),
        ("docker.bip", "172.31.255.1/24"),
    ];
    let planned = planned(&answers, &facts, packages(&[]), &repositories()).unwrap();
    assert_eq!(
        titles(&planned),
        [
            "Install docker-io from yum: Docker 1.7.1",
            "Add to /etc/sysconfig/docker: Docker's settings",
            "Have SysV init start docker at boot",
            "Start docker with SysV init",
            "Wait until Docker answers, 1.7.1 or newer",
        ]
    );
    let Step::FileBlock { lines, .. } = &planned.steps[1] else {
        unreachable!()
    };
    assert_eq!(lines, &["other_args=\"$other_args --bip=172.31.255.1/24\""]);
    // Swarm wants more than there is.
    let refusals = plan_swarm_on(&facts);
    assert!(refusals[0].text.contains("docker-io 1.7.1"), "{refusals:?}");
}

fn plan_swarm_on(facts: &Facts) -> Vec<Refusal> {
    planned(&[SWARM], facts, packages(&[]), &repositories()).unwrap_err()
}

#[test]
fn docker_com_is_pinned_and_only_where_its_repository_is() {
    let mut facts = host("rocky", "9.4", "el9", "systemd");
    facts.os.docker_max = Fact::known("24.0.2".into(), "test");
    let refusals = plan_swarm_on(&facts);
    assert!(refusals[0].remedy.contains("docker.com"), "{refusals:?}");
    let there = || DockerSurvey {
        packages: Vec::new(),
        repository: true,
    };
    let planned_here = planned(&[SWARM], &facts, there(), &repositories()).unwrap();
    assert_eq!(
        titles(&planned_here)[0],
        "Install docker-ce-24.0.2, docker-ce-cli-24.0.2, containerd.io from dnf: Docker 24.0.2"
    );
    let facts = host("debian", "12", "debian", "systemd");
    let answers = [
        SWARM,
        ("docker.install", "docker.com"),
        ("docker.version", "25.0.5"),
    ];
    let planned = planned(&answers, &facts, there(), &repositories()).unwrap();
    assert_eq!(
        titles(&planned)[0],
        "Install docker-ce=5:25.0.5*, docker-ce-cli=5:25.0.5*, containerd.io from apt: Docker 25.0.5"
    );
}

#[test]
fn a_bundle_comes_before_repositories_and_is_enough_without_them() {
    let file = |name: &str, needs: &[&str]| File {
        path: format!("files/{name}.deb"),
        kind: Kind::Package,
        name: name.into(),
        version: None,
        arch: None,
        size: 1,
        sha256: "ab".repeat(32),
        needs: needs.iter().map(|name| (*name).to_owned()).collect(),
    };
    let sources = Sources {
        brought: Some(Brought {
            dir: "/media/b/".into(),
            bundle: Bundle {
                version: 1,
                made: "now".into(),
                family: "debian-12".into(),
                arch: "x86_64".into(),
                files: vec![file("docker.io", &["containerd"]), file("containerd", &[])],
            },
        }),
        repositories: false,
        because: "airgap: true".into(),
    };
    let facts = host("debian", "12", "debian", "systemd");
    let planned = planned(&[SWARM], &facts, packages(&[]), &sources).unwrap();
    let Step::InstallPackages { files, .. } = &planned.steps[0] else {
        unreachable!()
    };
    let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "/media/b/files/containerd.deb",
            "/media/b/files/docker.io.deb"
        ]
    );
}

#[test]
fn an_upgrade_wants_leave_to_stop_containers_and_the_same_package() {
    let facts = running(host("debian", "12", "debian", "systemd"), "1.12.6", 2);
    let plan = |may: &str, here: &[&str]| {
        let answers = [SWARM, ("needs.docker-restart", may)];
        planned(&answers, &facts, packages(here), &repositories())
    };
    let refusals = plan("false", &["docker.io"]).unwrap_err();
    assert_eq!(refusals[0].id, "needs.docker-restart");
    assert!(refusals[0].text.contains("2 containers"), "{refusals:?}");
    let refusals = plan("true", &["docker-engine"]).unwrap_err();
    assert!(refusals[0].text.contains("docker-engine"), "{refusals:?}");
    let planned = plan("true", &["docker.io"]).unwrap();
    assert_eq!(
        titles(&planned)[0],
        "Upgrade Docker from 1.12.6 to 1.13.1 or newer with docker.io"
    );
    assert!(planned.steps[0].stays().is_some());
    assert!(planned.notes[0].contains("2 that run"), "{planned:?}");
}

#[test]
fn settings_are_merged_and_docker_is_started_anew_only_where_they_are_not_live() {
    let mut facts = running(host("debian", "12", "debian", "systemd"), "20.10.24", 0);
    let json = BTreeMap::from([("exec-opts".to_owned(), json!(["isolation=x"]))]);
    facts.docker.info.daemon_json = Fact::known(json, "test");
    let answers = [
        ("scheduler", "native"),
        ("docker.cgroup-driver", "systemd"),
        ("docker.http-proxy", "http://proxy.example.com:3128"),
    ];
    let plan = |facts: &Facts| planned(&answers, facts, packages(&[]), &repositories()).unwrap();
    let first = plan(&facts);
    assert_eq!(
        titles(&first),
        [
            "Remember to start Docker anew when taken back",
            "Set exec-opts in /etc/docker/daemon.json: as answered",
            "Write /etc/systemd/system/docker.service.d/groundcrew-proxy.conf (0644): Docker's proxy",
            "Start Docker anew with these settings",
            "Wait until Docker answers, 1.7.1 or newer",
        ]
    );
    let Step::JsonKeys { keys, .. } = &first.steps[1] else {
        unreachable!()
    };
    assert_eq!(
        keys["exec-opts"],
        json!(["isolation=x", "native.cgroupdriver=systemd"])
    );
    facts.docker.cgroup_driver = Fact::known("systemd".into(), "test");
    facts.docker.info.proxy = Fact::known("http://proxy.example.com:3128".into(), "test");
    facts.docker.info.no_proxy = Fact::known(String::new(), "test");
    let again = titles(&plan(&facts));
    assert!(
        again.iter().all(|title| !title.contains("anew")),
        "{again:?}"
    );
}

#[test]
fn what_docker_would_not_survive_is_refused_all_at_once() {
    let mut facts = running(host("debian", "12", "debian", "systemd"), "20.10.24", 1);
    facts.docker.info.options = Fact::known(vec!["--bip=10.0.0.1/24".into()], "test");
    let answers = [
        ("scheduler", "native"),
        ("docker.bip", "172.31.255.0/24"),
        ("docker.storage-driver", "vfs"),
        (
            "docker.http-proxy",
            "http://user:secret@proxy.example.com:3128",
        ),
        ("needs.docker-restart", "false"),
    ];
    let refusals = planned(&answers, &facts, packages(&[]), &repositories()).unwrap_err();
    let ids: Vec<_> = refusals.iter().map(|refusal| refusal.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "docker.storage-driver",
            "docker.bip",
            "docker.http-proxy",
            "docker.install"
        ]
    );
    assert!(refusals.iter().all(|r| !r.text.contains("secret")));
}

#[test]
fn what_comes_later_sees_the_driver_that_docker_is_told() {
    let mut facts = running(host("debian", "12", "debian", "systemd"), "20.10.24", 0);
    facts.docker.cgroup_driver = Fact::known("cgroupfs".into(), "test");
    let answers = [
        ("scheduler", "kubernetes"),
        ("docker.cgroup-driver", "systemd"),
    ];
    let planned = planned(&answers, &facts, packages(&[]), &repositories()).unwrap();
    let mut given = Answers::default();
    let config = |given: &Answers| Config::from_answers(given).unwrap().docker;
    let then = planned.after(&facts, &config(&given));
    assert_eq!(then.docker.cgroup_driver.value().unwrap(), "cgroupfs");
    given.set_text("docker.cgroup-driver", "systemd").unwrap();
    let then = planned.after(&facts, &config(&given));
    assert_eq!(then.docker.cgroup_driver.value().unwrap(), "systemd");
}
