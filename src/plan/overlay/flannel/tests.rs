//! Plans for written-down hosts: what is refused, what is written, for which
//! kernel, flanneld, etcd, Docker and init system.

use super::*;
use crate::facts::{self, Fact};
use crate::host::Scripted;
use crate::plan::survey::{DockerStart, FlannelSurvey, Program, Version};

fn known(value: &str) -> Fact<String> {
    Fact::known(value.into(), "a test")
}

fn facts(kernel: &str, family: &str) -> Facts {
    let mut facts = facts::collect(&Scripted::new());
    facts.os.family = known(family);
    facts.kernel.release = known(kernel);
    facts.services.init = known("systemd");
    facts.services.manager_running = Fact::known(true, "a test");
    facts.firewall.kind = known("iptables");
    facts.docker.installed = Fact::known(true, "a test");
    facts.docker.running = Fact::known(true, "a test");
    facts.docker.info.running = Fact::known(0, "a test");
    for name in ["vxlan", "tun"] {
        let fact = Fact::known(Capability::Loadable, "a test");
        facts.kernel.capabilities.insert(name.into(), fact);
    }
    facts
}

fn survey(flanneld: Version, etcd: Version) -> Survey {
    let program = |name: &str, version| Program::There {
        path: format!("/opt/bin/{name}"),
        version,
    };
    let names = ["ip", "iptables", "modprobe"];
    Survey {
        programs: names
            .iter()
            .map(|name| ((*name).to_string(), format!("/usr/sbin/{name}")))
            .collect(),
        flannel: FlannelSurvey {
            flanneld: program("flanneld", flanneld),
            etcd: program("etcd", etcd),
            etcd_ours: false,
            etcd_tls: false,
            tls: Vec::new(),
            docker: DockerStart {
                exec_start: Some("/usr/bin/dockerd -H fd://".into()),
                ..DockerStart::default()
            },
            running: Vec::new(),
        },
        ..Survey::default()
    }
}

fn other(number: u8) -> Flannel {
    Flannel {
        name: format!("node{number}"),
        address: Ipv4Addr::new(192, 0, 2, number),
        etcd: Etcd::Member,
        etcd_tls: false,
        network: "10.5.0.0/16".parse().unwrap(),
    }
}

fn wanted(others: &[Flannel]) -> Wanted<'_> {
    Wanted {
        name: "alpha".into(),
        address: Ipv4Addr::new(192, 0, 2, 1),
        wire: vec!["192.0.2.0/24".parse().unwrap()],
        first: true,
        network: "10.5.0.0/16".parse().unwrap(),
        subnet_len: 24,
        backend: FlannelBackend::Auto,
        prefix: "/coreos.com/network".into(),
        endpoints: &[],
        role: EtcdRole::Auto,
        initial: None,
        tls: None,
        others,
        open_firewall: true,
        docker_restart: true,
        init: Some(Manager::Systemd),
        join_path: "/root/join-alpha.yaml".into(),
        flanneld: None,
        etcd: None,
        sources: Sources::default(),
    }
}

const NEW: (Version, Version) = ((0, 20, 2), (3, 4, 23));

fn good(wanted: &Wanted<'_>, facts: &Facts, survey: &Survey) -> Planned {
    plan(wanted, facts, survey).unwrap_or_else(|refusals| panic!("{refusals:#?}"))
}

fn refused(wanted: &Wanted<'_>, facts: &Facts, survey: &Survey) -> String {
    let refusals = plan(wanted, facts, survey).unwrap_err();
    let lines = refusals
        .iter()
        .map(|r| format!("{} [{}] {}", r.text, r.id, r.remedy));
    lines.collect::<Vec<_>>().join("\n")
}

fn file<'a>(planned: &'a Planned, end: &str) -> &'a str {
    let found = planned.steps.iter().find_map(|step| match step {
        Step::WriteFile { path, content, .. } if path.ends_with(end) => match content.as_slice() {
            [Part::Text(text)] => Some(text.as_str()),
            _ => None,
        },
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no file ending in {end}"))
}

fn acts(planned: &Planned) -> Vec<&Act> {
    let acts = planned.steps.iter().filter_map(|step| match step {
        Step::Flannel(act) => Some(act),
        _ => None,
    });
    acts.collect()
}

fn position(planned: &Planned, is: impl Fn(&Step) -> bool) -> usize {
    planned.steps.iter().position(is).unwrap()
}

#[test]
fn the_backend_fits_the_kernel() {
    let survey = survey(NEW.0, NEW.1);
    for (kernel, family, backend) in [
        ("2.6.32-642.6.2.el6.x86_64", "el6", "udp"),
        ("3.13.0-24-generic", "ubuntu-14.04", "udp"),
        ("3.10.0-1160.el7.x86_64", "el7", "vxlan"),
        ("3.14.0", "debian", "vxlan"),
        ("6.1.0-18-amd64", "debian-12", "vxlan"),
    ] {
        let facts = facts(kernel, family);
        let planned = good(&wanted(&[]), &facts, &survey);
        let value = acts(&planned).into_iter().find_map(|act| match act {
            Act::Configure { value, .. } => Some(value.clone()),
            _ => None,
        });
        let wanted = format!(
            r#"{{"Network":"10.5.0.0/16","SubnetLen":24,"Backend":{{"Type":"{backend}"}}}}"#
        );
        assert_eq!(value, Some(wanted), "{kernel}");
        // It is a JSON object, as flanneld reads it.
        serde_json::from_str::<serde_json::Value>(&value.unwrap()).unwrap();
    }
    let vxlan = Wanted {
        backend: FlannelBackend::Vxlan,
        ..wanted(&[])
    };
    let told = refused(&vxlan, &facts("2.6.32-642.el6", "el6"), &survey);
    assert!(told.contains("3.14 is the least"), "{told}");
    let far = [Flannel {
        address: Ipv4Addr::new(198, 51, 100, 7),
        ..other(2)
    }];
    let host_gw = Wanted {
        backend: FlannelBackend::HostGw,
        ..wanted(&far)
    };
    let told = refused(&host_gw, &facts("6.1.0", "debian"), &survey);
    assert!(
        told.contains("node2 (198.51.100.7) is behind a router"),
        "{told}"
    );
}

#[test]
fn flanneld_and_etcd_have_to_speak_one_language() {
    let facts = facts("6.1.0", "debian");
    let with = |flanneld, etcd| good(&wanted(&[]), &facts, &survey(flanneld, etcd));
    let v2 = |planned: &Planned| file(planned, "/etcd.conf").contains("ETCD_ENABLE_V2=true\n");
    let api = |planned: &Planned| planned.verify.as_ref().unwrap().api;
    for (flanneld, etcd, wanted_api, enable) in [
        ((0, 5, 5), (3, 3, 27), 2, false),
        ((0, 17, 0), (3, 5, 21), 2, true),
        ((0, 18, 0), (3, 4, 0), 3, false),
        ((0, 27, 0), (3, 6, 0), 3, false),
    ] {
        let planned = with(flanneld, etcd);
        assert_eq!(
            (api(&planned), v2(&planned)),
            (wanted_api, enable),
            "{flanneld:?}"
        );
    }
    let told = refused(&wanted(&[]), &facts, &survey((0, 9, 1), (3, 6, 0)));
    assert!(
        told.contains("flanneld 0.9.1 speaks etcd's interface of version 2, which etcd 3.6.0"),
        "{told}"
    );
    let told = refused(&wanted(&[]), &facts, &survey((0, 20, 2), (2, 3, 8)));
    assert!(told.contains("which etcd 2.3.8 has not got yet"), "{told}");
    let told = refused(&wanted(&[]), &facts, &Survey::default());
    for name in ["`flanneld`", "`etcd`", "`iptables`", "`ip`"] {
        assert!(
            told.contains(&format!("{name} is not on this host")),
            "{told}"
        );
    }
}

#[test]
fn the_first_node_makes_a_cluster_and_the_next_one_joins_it() {
    let facts = facts("6.1.0", "debian");
    let survey = survey(NEW.0, NEW.1);
    let planned = good(&wanted(&[]), &facts, &survey);
    assert_eq!(
        file(&planned, "/etcd-cluster.conf").lines().nth(1),
        Some("ETCD_INITIAL_CLUSTER=alpha=http://192.0.2.1:2380")
    );
    let conf = file(&planned, "/etcd.conf");
    assert!(
        conf.contains("\nETCD_LISTEN_CLIENT_URLS=http://192.0.2.1:2379,http://127.0.0.1:2379\n"),
        "{conf}"
    );
    // With nobody else there is nothing to let in.
    assert!(
        !planned
            .steps
            .iter()
            .any(|step| matches!(step, Step::OpenPort(_)))
    );

    let alone = Wanted {
        first: false,
        ..wanted(&[])
    };
    let waiting = good(&alone, &facts, &survey);
    assert_eq!((waiting.steps.len(), waiting.verify), (1, None));
    assert!(
        waiting.notes[0].contains("waits for the first one"),
        "{:?}",
        waiting.notes
    );

    let others = [other(2), other(3)];
    let joining = Wanted {
        first: false,
        ..wanted(&others)
    };
    let survey = Survey {
        programs: survey.programs.clone(),
        ..survey
    };
    let planned = good(&joining, &facts, &survey);
    let join = position(&planned, |s| {
        matches!(s, Step::Flannel(Act::EtcdJoin { .. }))
    });
    let start = position(&planned, |s| matches!(s, Step::StartService { .. }));
    let key = position(&planned, |s| {
        matches!(s, Step::Flannel(Act::Configure { .. }))
    });
    let forward = position(&planned, |s| {
        matches!(s, Step::Flannel(Act::AcceptForward { .. }))
    });
    let flanneld = position(&planned, |s| matches!(s, Step::Flannel(Act::Start { .. })));
    let back = position(&planned, |s| {
        matches!(s, Step::Flannel(Act::DockerBack { .. }))
    });
    let drop_in = position(
        &planned,
        |s| matches!(s, Step::WriteFile { path, .. } if path.contains("docker.service.d")),
    );
    let lease = position(&planned, |s| {
        matches!(s, Step::Flannel(Act::DockerOnLease { .. }))
    });
    let order = [join, start, key, forward, flanneld, back, drop_in, lease];
    assert!(order.is_sorted(), "{order:?}");
    let sources = planned.steps.iter().filter_map(|step| match step {
        Step::OpenPort(hole) => Some((hole.port, hole.sources.len())),
        _ => None,
    });
    assert_eq!(
        sources.collect::<Vec<_>>(),
        [(2379, 2), (2380, 2), (8472, 2)]
    );
    assert!(
        planned
            .notes
            .iter()
            .all(|note| !note.contains("even number")),
        "three is odd: {:?}",
        planned.notes
    );
}

#[test]
fn the_eighth_node_asks_the_seven() {
    let others: Vec<_> = (2..9).map(other).collect();
    let joining = Wanted {
        first: false,
        ..wanted(&others)
    };
    let mut survey = survey(NEW.0, NEW.1);
    survey.flannel.etcd = Program::Missing;
    let planned = good(&joining, &facts("6.1.0", "debian"), &survey);
    assert!(file(&planned, "/join-alpha.yaml").contains("\netcd: client\n"));
    assert!(
        !acts(&planned)
            .iter()
            .any(|act| matches!(act, Act::EtcdJoin { .. }))
    );
    let unit = file(&planned, "/flanneld-groundcrew.service");
    assert!(
        unit.contains("-etcd-endpoints=http://192.0.2.2:2379,http://192.0.2.3:2379,"),
        "{unit}"
    );
    assert_eq!(planned.verify.unwrap().etcd.to_string(), "192.0.2.2:2379");
}

#[test]
fn docker_is_told_where_it_looks() {
    let docker = |facts: &Facts, survey: &Survey, init| {
        let wanted = Wanted {
            init: Some(init),
            ..wanted(&[])
        };
        let planned = good(&wanted, facts, survey);
        let found = planned.steps.into_iter().find_map(|step| match step {
            Step::FileBlock { path, lines, .. } => Some((path, lines.join("\n"))),
            Step::WriteFile { path, content, .. } if path.contains("docker.service.d") => {
                match content.as_slice() {
                    [Part::Text(text)] => Some((path, text.clone())),
                    _ => None,
                }
            }
            _ => None,
        });
        found.unwrap()
    };
    let mut facts = facts("6.1.0", "debian");
    let mut with = survey(NEW.0, NEW.1);
    let (_, text) = docker(&facts, &with, Manager::Systemd);
    assert!(
        text.ends_with(
            "EnvironmentFile=-/run/flannel/docker\nExecStart=\nExecStart=/usr/bin/dockerd -H fd:// \
             $DOCKER_NETWORK_OPTIONS\n"
        ),
        "{text}"
    );
    // The unit of the CentOS package has the variable itself.
    with.flannel.docker.exec_start = Some("/usr/bin/dockerd $DOCKER_NETWORK_OPTIONS".into());
    let (_, text) = docker(&facts, &with, Manager::Systemd);
    assert!(!text.contains("ExecStart="), "{text}");
    let (path, text) = docker(&facts, &with, Manager::Sysvinit);
    assert_eq!(path, "/etc/default/docker");
    assert!(
        text.contains("DOCKER_OPTS=\"$DOCKER_OPTS $DOCKER_NETWORK_OPTIONS\""),
        "{text}"
    );
    // EL6: upstart, and a script that passes other_args alone.
    facts.services.init = known("upstart");
    with.flannel.docker.sysconfig = true;
    let (path, text) = docker(&facts, &with, Manager::Upstart);
    assert_eq!(path, "/etc/sysconfig/docker");
    assert!(
        text.contains("other_args=\"$other_args $DOCKER_NETWORK_OPTIONS\""),
        "{text}"
    );
}

#[test]
fn docker_is_not_stopped_or_told_twice_without_leave() {
    let mut facts = facts("6.1.0", "debian");
    facts.docker.info.running = Fact::known(3, "a test");
    let mut with = survey(NEW.0, NEW.1);
    let kept = Wanted {
        docker_restart: false,
        ..wanted(&[])
    };
    let told = refused(&kept, &facts, &with);
    assert!(
        told.contains("3 containers run [needs.docker-restart]"),
        "{told}"
    );
    // In the lease already: nothing is restarted.
    with.flannel.docker.on_lease = true;
    good(&kept, &facts, &with);
    let keys = [("bip".to_string(), serde_json::json!("172.18.0.1/16"))];
    facts.docker.info.daemon_json = Fact::known(keys.into(), "a test");
    with.flannel.docker.other_exec = Some("/etc/systemd/system/docker.service.d/x.conf".into());
    let told = refused(&wanted(&[]), &facts, &with);
    assert!(told.contains("/etc/docker/daemon.json has bip"), "{told}");
    assert!(
        told.contains("x.conf replaces the start of Docker already"),
        "{told}"
    );
}

#[test]
#[allow(clippy::disallowed_methods)]
fn what_is_written_for_shells_is_shell() {
    let facts = facts("6.1.0", "debian");
    let survey = survey(NEW.0, NEW.1);
    let wanted = Wanted {
        init: Some(Manager::Sysvinit),
        ..wanted(&[])
    };
    let planned = good(&wanted, &facts, &survey);
    for end in ["/etcd-groundcrew", "/flanneld-groundcrew", "/flannel-lease"] {
        let text = file(&planned, end);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("script");
        std::fs::write(&path, text).unwrap();
        let checked = std::process::Command::new("sh")
            .arg("-n")
            .arg(&path)
            .output();
        let checked = checked.unwrap();
        assert!(checked.status.success(), "{end}: {checked:?}\n{text}");
    }
    let script = file(&planned, "/flanneld-groundcrew");
    assert!(script.contains("# chkconfig: 2345 92 08\n"), "{script}");
    let links = planned.steps.iter().filter_map(|step| match step {
        Step::Symlink { path, .. } => Some(path.as_str()),
        _ => None,
    });
    let links: Vec<_> = links
        .filter(|path| path.starts_with("/etc/rc3.d/"))
        .collect();
    assert_eq!(
        links,
        [
            "/etc/rc3.d/S90etcd-groundcrew",
            "/etc/rc3.d/S92flanneld-groundcrew"
        ]
    );
    for (init, end, line) in [
        (
            Manager::Systemd,
            "/flanneld-groundcrew.service",
            "\nRestart=always\n",
        ),
        (
            Manager::Systemd,
            "/flanneld-groundcrew.service",
            "\nAfter=network-online.target etcd-groundcrew.service\n",
        ),
        (
            Manager::Systemd,
            "/etcd-groundcrew.service",
            "\nBefore=flanneld-groundcrew.service docker.service ",
        ),
        (
            Manager::Upstart,
            "/flanneld-groundcrew.conf",
            "\nstart on (started etcd-groundcrew)\n",
        ),
        (
            Manager::Upstart,
            "/flanneld-groundcrew.conf",
            "\npost-start exec /etc/groundcrew/flannel-lease wait\n",
        ),
        (
            Manager::Upstart,
            "/etcd-groundcrew.conf",
            "\nstart on (starting docker or starting rc RUNLEVEL=[2345])\n",
        ),
    ] {
        let mut facts = facts.clone();
        facts.services.init = known(init.word());
        let wanted = Wanted {
            init: Some(init),
            ..wanted.clone()
        };
        let planned = good(&wanted, &facts, &survey);
        let text = file(&planned, end);
        assert!(text.contains(line), "{line:?} not in\n{text}");
        assert!(!text.contains("  \n") && !text.contains("\n\n\n"), "{text}");
    }
}

fn tls() -> client::Tls {
    client::Tls {
        ca: "/e/ca.pem".into(),
        cert: "/e/host.pem".into(),
        key: "/e/host.key".into(),
    }
}

#[test]
fn with_tls_everything_is_asked_and_served_with_it() {
    let facts = facts("6.1.0", "debian");
    let mut survey = survey(NEW.0, NEW.1);
    let others = [other(2)];
    let joining = Wanted {
        first: false,
        tls: Some(tls()),
        ..wanted(&others)
    };
    let told = refused(&joining, &facts, &survey);
    assert!(told.contains("`curl` is not on this host"), "{told}");
    survey
        .programs
        .insert("curl".into(), "/usr/bin/curl".into());
    let planned = good(&joining, &facts, &survey);
    let conf = file(&planned, "/etcd.conf");
    assert!(!conf.contains("http://"), "{conf}");
    for line in [
        "ETCD_LISTEN_PEER_URLS=https://192.0.2.1:2380",
        "ETCD_TRUSTED_CA_FILE=/e/ca.pem",
        "ETCD_CERT_FILE=/e/host.pem",
        "ETCD_KEY_FILE=/e/host.key",
        "ETCD_CLIENT_CERT_AUTH=true",
        "ETCD_PEER_TRUSTED_CA_FILE=/e/ca.pem",
        "ETCD_PEER_CERT_FILE=/e/host.pem",
        "ETCD_PEER_KEY_FILE=/e/host.key",
        "ETCD_PEER_CLIENT_CERT_AUTH=true",
    ] {
        assert!(conf.contains(&format!("\n{line}\n")), "{line}\n{conf}");
    }
    // Not on the loopback, which is hardly ever in a certificate.
    let unit = file(&planned, "/flanneld-groundcrew.service");
    assert!(
        unit.contains(
            "-etcd-endpoints=https://192.0.2.1:2379 -etcd-cafile=/e/ca.pem \
             -etcd-certfile=/e/host.pem -etcd-keyfile=/e/host.key "
        ),
        "{unit}"
    );
    assert!(file(&planned, "/join-alpha.yaml").contains("\netcd: member\netcd-tls: true\n"));
    for act in acts(&planned) {
        let json = serde_json::to_string(act).unwrap();
        assert!(
            !json.contains(":2379") || json.contains("https://"),
            "{json}"
        );
        assert!(!json.contains("http://"), "{json}");
        assert_eq!(&serde_json::from_str::<Act>(&json).unwrap(), act);
    }
    // A cluster is not changed under way.
    survey.flannel.etcd_ours = true;
    let told = refused(&joining, &facts, &survey);
    assert!(told.contains("set up without TLS"), "{told}");
    survey.flannel.etcd_tls = true;
    good(&joining, &facts, &survey);
}

#[test]
fn an_etcd_of_the_site_is_used_and_none_is_set_up() {
    let facts = facts("6.1.0", "debian");
    let mut survey = survey(NEW.0, NEW.1);
    survey.flannel.etcd = Program::Missing;
    let endpoints = ["http://192.0.2.8:2379", "http://192.0.2.9:2379"].map(str::to_owned);
    let mut others = [other(2)];
    others[0].etcd = Etcd::Site;
    for first in [true, false] {
        let wanted = Wanted {
            first,
            endpoints: &endpoints,
            ..wanted(&others)
        };
        let planned = good(&wanted, &facts, &survey);
        let ports = planned.steps.iter().filter_map(|step| match step {
            Step::OpenPort(hole) => Some(hole.port),
            _ => None,
        });
        assert_eq!(ports.collect::<Vec<_>>(), [8472]);
        assert!(
            !planned.steps.iter().any(|step| matches!(
                step,
                Step::StartService { .. } | Step::Flannel(Act::EtcdReady { .. })
            )),
            "{:?}",
            planned.steps
        );
        assert!(acts(&planned).iter().any(|act| matches!(
            act,
            Act::Configure { of_site: true, etcd, .. } if etcd.urls() == endpoints
        )));
        let unit = file(&planned, "/flanneld-groundcrew.service");
        assert!(
            unit.contains(
                "-etcd-endpoints=http://192.0.2.8:2379,http://192.0.2.9:2379 -etcd-prefix="
            ) && !unit.contains("etcd-groundcrew.service"),
            "{unit}"
        );
        assert!(file(&planned, "/join-alpha.yaml").contains("\netcd: site\n"));
        assert!(
            !planned
                .notes
                .iter()
                .any(|note| note.contains("run etcd already"))
        );
    }
    // By name it takes curl, and next to an etcd of groundcrew's it is refused.
    let named = ["http://etcd1.example.com:2379".to_owned()];
    let wanted = Wanted {
        endpoints: &named,
        ..wanted(&others)
    };
    survey.flannel.etcd_ours = true;
    let told = refused(&wanted, &facts, &survey);
    assert!(told.contains("`curl` is not on this host"), "{told}");
    assert!(
        told.contains("runs an etcd that groundcrew has set up"),
        "{told}"
    );
}

#[test]
fn nftables_own_chains_forward_too_now_and_at_boot() {
    let facts = facts("6.1.0", "debian");
    let mut survey = survey(NEW.0, NEW.1);
    survey.programs.insert("nft".into(), "/usr/sbin/nft".into());
    survey.nft_forward = vec!["inet guard forward".into()];
    let planned = good(&wanted(&[]), &facts, &survey);
    assert!(acts(&planned).iter().any(|act| matches!(
        act,
        Act::AcceptForward { chains, .. } if chains == &survey.nft_forward
    )));
    let script = file(&planned, "/flannel-lease");
    assert!(
        script.contains(
            "for rule in 'ip saddr 10.5.0.0/16 accept comment \"groundcrew-flannel\"' 'ip daddr"
        ) && script.contains("/usr/sbin/nft insert rule inet guard forward $rule\n"),
        "{script}"
    );
    let alone = Wanted {
        open_firewall: false,
        ..wanted(&[])
    };
    let planned = good(&alone, &facts, &survey);
    assert!(!file(&planned, "/flannel-lease").contains("nft"));
    assert!(
        planned
            .notes
            .iter()
            .any(|n| n.contains("in inet guard forward of nftables")),
        "{:?}",
        planned.notes
    );
}

mod roles;
