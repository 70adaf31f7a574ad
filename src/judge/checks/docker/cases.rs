//! Hosts for the checks of Docker.

#![allow(clippy::unwrap_used)]

use super::super::cases::{Case, absent, case, interface, known, unread};
use crate::facts::Facts;
use crate::facts::docker_info::DockerNetwork;

/// What a host has that these checks have nothing to say of.
pub fn good(facts: &mut Facts) {
    let info = &mut facts.docker.info;
    info.driver_status = known([("Supports d_type".to_owned(), "true".to_owned())].into());
    info.exec_driver = absent();
    info.log_driver = known("json-file".into());
    info.running = known(0);
    info.proxy = absent();
    info.no_proxy = absent();
    info.security_options = known(vec!["name=seccomp,profile=builtin".into()]);
    info.insecure_registries = known(Vec::new());
    info.live_restore = known(false);
    info.swarm_address = absent();
    info.networks = known(Vec::new());
    info.daemon_json = known([].into());
    info.options = absent();
}

fn key(facts: &mut Facts, name: &str, value: serde_json::Value) {
    facts.docker.info.daemon_json = known([(name.to_owned(), value)].into());
}

fn status(facts: &mut Facts, driver: &str, all: &[(&str, &str)]) {
    facts.docker.storage_driver = known(driver.into());
    facts.docker.info.driver_status = known(
        all.iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
    );
}

/// The hosts.
pub const CASES: &[Case] = &[
    case!(
        "docker.version",
        "the newest known",
        "native",
        Pass,
        |f, _| {}
    ),
    case!("docker.version", "newer", "native", Warn, |f, _| f
        .docker
        .version =
        known("28.0.0".into())),
    case!("docker.version", "newer, Swarm", "swarm", Info, |f, _| f
        .docker
        .version =
        known("28.0.0".into())),
    case!("docker.version", "newer on EL6", "native", Fail, |f, _| {
        f.os.family = known("el6".into());
        f.os.docker_max = known("1.7.1".into());
    }),
    case!("docker.version", "unread", "native", Unknown, |f, _| f
        .docker
        .version =
        unread()),
    case!("docker.daemon", "answers", "native", Pass, |f, _| {}),
    case!("docker.daemon", "down", "native", Fail, |f, _| f
        .docker
        .running =
        known(false)),
    case!("docker.daemon", "not installed", "native", Na, |f, _| f
        .docker
        .installed =
        known(false)),
    case!("docker.daemon", "unread", "native", Unknown, |f, _| f
        .docker
        .running =
        unread()),
    case!("docker.storage", "overlay2", "native", Pass, |f, _| {}),
    case!(
        "docker.storage.loopback",
        "a loop file",
        "native",
        Warn,
        |f, _| status(
            f,
            "devicemapper",
            &[("Data loop file", "/var/lib/docker/x")]
        )
    ),
    case!(
        "docker.storage.udev",
        "a static binary",
        "native",
        Fail,
        |f, _| status(f, "devicemapper", &[("Udev Sync Supported", "false")])
    ),
    case!(
        "docker.storage.pool",
        "a full pool",
        "native",
        Warn,
        |f, _| status(
            f,
            "devicemapper",
            &[
                ("Data Space Used", "90 GB"),
                ("Data Space Total", "107.4 GB")
            ]
        )
    ),
    case!("docker.storage", "vfs", "swarm", Fail, |f, _| status(
        f,
        "vfs",
        &[]
    )),
    case!("docker.storage", "aufs", "swarm", Warn, |f, _| status(
        f,
        "aufs",
        &[]
    )),
    case!("docker.storage", "unread", "swarm", Unknown, |f, _| f
        .docker
        .storage_driver =
        unread()),
    case!("docker.execdriver", "a new Docker", "native", Na, |f, _| {}),
    case!("docker.execdriver", "lxc", "native", Fail, |f, _| f
        .docker
        .info
        .exec_driver =
        known("lxc-0.9".into())),
    case!("docker.execdriver", "native", "native", Pass, |f, _| f
        .docker
        .info
        .exec_driver =
        known("native-0.2".into())),
    case!("docker.execdriver", "unread", "native", Unknown, |f, _| f
        .docker
        .info
        .exec_driver =
        unread()),
    case!("docker.el6", "EL9", "native", Na, |f, _| {}),
    case!("docker.el6", "EL6.6", "native", Warn, |f, _| {
        f.os.family = known("el6".into());
        f.kernel.release = known("2.6.32-504.el6.x86_64".into());
    }),
    case!("docker.el6", "EL6.10", "native", Pass, |f, _| {
        f.os.family = known("el6".into());
        f.kernel.release = known("2.6.32-754.el6.x86_64".into());
    }),
    case!("docker.el6", "unread", "native", Unknown, |f, _| f
        .os
        .family =
        unread()),
    case!("docker.root", "the usual", "native", Pass, |f, _| {}),
    case!("docker.root", "D8: elsewhere", "native", Warn, |f, _| f
        .docker
        .root_dir =
        known("/data/docker".into())),
    case!("docker.root", "unread", "native", Unknown, |f, _| f
        .docker
        .root_dir =
        unread()),
    case!("docker.logdriver", "json-file", "native", Pass, |f, _| {}),
    case!("docker.logdriver", "syslog", "native", Warn, |f, _| f
        .docker
        .info
        .log_driver =
        known("syslog".into())),
    case!("docker.logdriver", "unread", "native", Unknown, |f, _| f
        .docker
        .info
        .log_driver =
        unread()),
    case!(
        "docker.cgroupdriver",
        "systemd",
        "kubernetes",
        Pass,
        |f, _| {}
    ),
    case!(
        "docker.cgroupdriver",
        "cgroupfs",
        "kubernetes",
        Warn,
        |f, _| f.docker.cgroup_driver = known("cgroupfs".into())
    ),
    case!(
        "docker.cgroupdriver",
        "unread",
        "kubernetes",
        Unknown,
        |f, _| f.docker.cgroup_driver = unread()
    ),
    case!("docker.proxy", "none", "native", Pass, |f, _| {}),
    case!(
        "docker.proxy",
        "the host's alone",
        "native",
        Warn,
        |f, _| f.resolver.proxies =
            known([("http_proxy".to_owned(), "http://p:1".to_owned())].into())
    ),
    case!(
        "docker.proxy",
        "for this host too",
        "native",
        Warn,
        |f, _| f.docker.info.proxy = known("http://p:1".into())
    ),
    case!(
        "docker.proxy",
        "not for this host",
        "native",
        Pass,
        |f, _| {
            f.docker.info.proxy = known("http://p:1".into());
            f.docker.info.no_proxy = known("127.0.0.1, 192.0.2.0/24".into());
        }
    ),
    case!(
        "docker.proxy",
        "no_proxy unread",
        "native",
        Unknown,
        |f, _| {
            f.docker.info.no_proxy = unread();
        }
    ),
    case!("docker.proxy", "unread", "native", Unknown, |f, _| f
        .docker
        .info
        .proxy =
        unread()),
    case!("docker.seccomp", "its own", "native", Pass, |f, _| {}),
    case!("docker.seccomp", "another", "native", Warn, |f, _| f
        .docker
        .info
        .security_options =
        known(vec!["name=seccomp,profile=/etc/x.json".into()])),
    case!("docker.seccomp", "unread", "native", Unknown, |f, _| f
        .docker
        .info
        .security_options =
        unread()),
    case!("docker.livemode", "off", "swarm", Pass, |f, _| {}),
    case!("docker.livemode", "on", "swarm", Fail, |f, _| f
        .docker
        .info
        .live_restore =
        known(true)),
    case!("docker.livemode", "unread", "swarm", Unknown, |f, _| f
        .docker
        .info
        .live_restore =
        unread()),
    case!("docker.tls", "the socket", "swarm", Pass, |f, _| {}),
    case!("docker.tls", "open to all", "swarm", Warn, |f, _| key(
        f,
        "hosts",
        serde_json::json!(["tcp://0.0.0.0:2375"])
    )),
    case!("docker.tls", "unread", "swarm", Unknown, |f, _| f
        .docker
        .info
        .daemon_json =
        unread()),
    case!("docker.registry", "internet", "native", Na, |f, _| {}),
    case!("docker.registry", "no internet", "native", Warn, |f, s| s
        .airgap =
        true),
    case!("docker.registry", "unread", "native", Unknown, |f, s| {
        s.airgap = true;
        f.docker.info.daemon_json = unread();
    }),
    case!("fw.docker_iptables", "on", "swarm", Pass, |f, _| {}),
    case!(
        "fw.docker_iptables.iptables",
        "off",
        "swarm",
        Fail,
        |f, _| key(f, "iptables", false.into())
    ),
    case!("fw.docker_iptables.icc", "off", "native", Warn, |f, _| key(
        f,
        "icc",
        false.into()
    )),
    case!("fw.docker_iptables", "unread", "swarm", Unknown, |f, _| f
        .docker
        .info
        .daemon_json =
        unread()),
    case!("docker.bip", "no docker0", "native", Na, |f, _| {}),
    case!("docker.bip", "no address", "native", Info, |f, _| {
        let mut all = f.network.interfaces.value().unwrap().clone();
        let mut docker0 = interface(3, "docker0", "bridge", "172.17.0.1/16");
        docker0.addresses.clear();
        all.push(docker0);
        f.network.interfaces = known(all);
    }),
    case!("docker.bip", "unread", "native", Unknown, |f, _| f
        .network
        .interfaces =
        unread()),
    case!("docker.warnings", "none", "native", Pass, |f, _| {}),
    case!("docker.warnings.1", "one", "native", Warn, |f, _| f
        .docker
        .info
        .warnings =
        known(vec!["WARNING: bridge-nf-call-iptables is disabled".into()])),
    case!("docker.warnings", "unread", "native", Unknown, |f, _| f
        .docker
        .info
        .warnings =
        unread()),
    case!("docker.swarm", "none", "swarm", Pass, |f, _| {}),
    case!(
        "docker.swarm",
        "in another, and joins",
        "swarm",
        Fail,
        |f, s| {
            f.docker.swarm = known("active".into());
            s.joins = true;
        }
    ),
    case!("docker.swarm", "another address", "swarm", Warn, |f, _| {
        f.docker.swarm = known("active".into());
        f.docker.info.swarm_address = known("198.51.100.1".into());
    }),
    case!("docker.swarm", "pending", "swarm", Fail, |f, _| f
        .docker
        .swarm =
        known("pending".into())),
    case!("docker.swarm", "unread", "swarm", Unknown, |f, _| f
        .docker
        .swarm =
        unread()),
    case!("docker.networks", "none", "native", Pass, |f, _| {}),
    case!(
        "docker.networks.app",
        "over the host",
        "native",
        Fail,
        |f, _| {
            f.docker.info.networks = known(vec![DockerNetwork {
                name: "app".into(),
                driver: "bridge".into(),
                subnets: vec!["192.0.2.0/25".into()],
            }]);
        }
    ),
    case!("docker.networks", "unread", "native", Unknown, |f, _| f
        .docker
        .info
        .networks =
        unread()),
    case!("docker.running", "none", "native", Pass, |f, _| {}),
    case!("docker.running", "some", "native", Info, |f, _| f
        .docker
        .info
        .running =
        known(3)),
    case!(
        "docker.running",
        "some, with Flannel",
        "native+flannel",
        Warn,
        |f, _| f.docker.info.running = known(3)
    ),
    case!("docker.running", "unread", "native", Unknown, |f, _| f
        .docker
        .info
        .running =
        unread()),
    case!("docker.storage", "not installed", "native", Na, |f, _| f
        .docker
        .installed =
        known(false)),
    case!("docker.root", "not installed", "native", Na, |f, _| f
        .docker
        .installed =
        known(false)),
    case!("docker.logdriver", "not installed", "native", Na, |f, _| {
        f.docker.installed = known(false)
    }),
    case!(
        "docker.cgroupdriver",
        "not installed",
        "kubernetes",
        Na,
        |f, _| f.docker.installed = known(false)
    ),
    case!("docker.proxy", "not installed", "native", Na, |f, _| f
        .docker
        .installed =
        known(false)),
    case!("docker.seccomp", "not installed", "native", Na, |f, _| f
        .docker
        .installed =
        known(false)),
    case!("docker.livemode", "not installed", "swarm", Na, |f, _| f
        .docker
        .installed =
        known(false)),
    case!("docker.tls", "not installed", "swarm", Na, |f, _| f
        .docker
        .installed =
        known(false)),
    case!(
        "fw.docker_iptables",
        "not installed",
        "swarm",
        Na,
        |f, _| f.docker.installed = known(false)
    ),
    case!("docker.warnings", "not installed", "native", Na, |f, _| f
        .docker
        .installed =
        known(false)),
    case!("docker.swarm", "not installed", "swarm", Na, |f, _| f
        .docker
        .installed =
        known(false)),
    case!("docker.networks", "not installed", "native", Na, |f, _| f
        .docker
        .installed =
        known(false)),
    case!("docker.running", "not installed", "native", Na, |f, _| f
        .docker
        .installed =
        known(false)),
    case!("docker.daemon", "down", "kubernetes", Warn, |f, _| f
        .docker
        .running =
        known(false)),
    case!("docker.registry", "listed", "native", Pass, |f, s| {
        s.airgap = true;
        key(
            f,
            "insecure-registries",
            serde_json::json!(["192.0.2.11:9874"]),
        );
    }),
    case!("docker.bip", "docker0", "native", Pass, |f, _| {
        let mut all = f.network.interfaces.value().unwrap().clone();
        all.push(interface(3, "docker0", "bridge", "172.17.0.1/16"));
        f.network.interfaces = known(all);
    }),
    case!(
        "docker.networks.app",
        "over the overlay's",
        "native+wireguard",
        Warn,
        |f, s| {
            f.docker.info.networks = known(vec![DockerNetwork {
                name: "app".into(),
                driver: "bridge".into(),
                subnets: vec!["10.90.0.0/16".into()],
            }]);
            s.networks = vec![crate::judge::checks::PlannedNetwork {
                what: "the network of WireGuard".into(),
                range: "10.90.0.0/24".parse().unwrap(),
                targets: vec![crate::judge::checks::Target::Wireguard],
                setting: "the answer overlay.network".into(),
            }];
        }
    ),
];
