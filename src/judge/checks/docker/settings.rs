//! How the daemon is configured.

use super::super::known::known;
use super::super::network::{interfaces::chosen, names::covered};
use super::super::{Check, Group, Level, Outcome, SCHEDULERS, Subject, Target};
use super::daemon::{missing, told};
use crate::facts::Fact;
use crate::judge::finding::Remedy;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] = &[
    ROOT,
    LOGDRIVER,
    CGROUPDRIVER,
    PROXY,
    SECCOMP,
    LIVEMODE,
    TLS,
    REGISTRY,
    IPTABLES,
    BIP,
];

const CHANGE: &str =
    "change it in /etc/docker/daemon.json, and restart Docker when containers may stop";

/// A switch of the daemon: in daemon.json, or as an option; none where neither
/// sets it.
fn switch(subject: &Subject<'_>, key: &str) -> Option<bool> {
    let info = &subject.facts.docker.info;
    let option = info.option(&format!("--{key}"));
    info.key(key)
        .and_then(serde_json::Value::as_bool)
        .or_else(|| option.map(|value| value != "false"))
}

/// Whether the daemon's files could be read at all.
fn files(subject: &Subject<'_>) -> Option<Vec<Outcome>> {
    let info = &subject.facts.docker.info;
    if let fact @ Fact::Unreadable { .. } = &info.daemon_json {
        return Some(vec![Outcome::unknown(
            "the daemon's configuration",
            "docker.info.daemon_json",
            fact,
        )]);
    }
    if let fact @ Fact::Unreadable { .. } = &info.options {
        return Some(vec![Outcome::unknown(
            "the daemon's options",
            "docker.info.options",
            fact,
        )]);
    }
    None
}

const ROOT: Check = Check {
    id: "docker.root",
    title: "Docker's folder",
    group: Group::Docker,
    concerns: &[Target::Native],
    reads: &["docker.root_dir"],
    wanted: "/var/lib/docker: the room is checked there",
    source: "replicated-installer preflightDockerNonStandardRoot (which prints WARN and returns 0)",
    rules: &[],
    waivable: true,
    run: |subject| {
        if let Some(missing) = missing(subject) {
            return missing;
        }
        let fact = &subject.facts.docker.root_dir;
        let root = known!("Docker's folder", "docker.root_dir", fact);
        vec![if root == "/var/lib/docker" {
            Outcome::pass("Docker's folder is /var/lib/docker")
        } else {
            Outcome::warn(format!("Docker's folder is {root}; wanted /var/lib/docker, as the vendor's documentation has it"))
                .remedy(Remedy::hint("nothing has to be done where the vendor takes another folder; its room is checked"))
        }
        .actual("docker.root_dir", root.as_str())
        .read("docker.root_dir", fact)]
    },
};

const LOGDRIVER: Check = Check {
    id: "docker.logdriver",
    title: "Driver of logs",
    group: Group::Docker,
    concerns: &[Target::Native],
    reads: &["docker.info.log_driver"],
    wanted: "json-file or journald, which `docker logs` can read",
    source: "replicated-installer dockerGetLoggingDriver; docs.docker.com logging, limitations",
    rules: &[],
    waivable: true,
    run: |subject| {
        if let Some(missing) = missing(subject) {
            return missing;
        }
        let fact = &subject.facts.docker.info.log_driver;
        let driver = told!(
            subject,
            "the driver of logs",
            "docker.info.log_driver",
            fact
        );
        vec![if matches!(driver.as_str(), "json-file" | "journald" | "local") {
            Outcome::pass(format!("logs go to {driver}"))
        } else {
            Outcome::warn(format!("logs go to {driver}; wanted json-file or journald: support bundles read them with `docker logs`"))
                .remedy(Remedy::hint(CHANGE).file("/etc/docker/daemon.json", "{\"log-driver\": \"json-file\"}"))
        }
        .read("docker.info.log_driver", fact)]
    },
};

const CGROUPDRIVER: Check = Check {
    id: "docker.cgroupdriver",
    title: "Driver of control groups",
    group: Group::Docker,
    concerns: &[Target::Kubernetes],
    reads: &["docker.cgroup_driver", "kernel.cgroup", "services.init"],
    wanted: "systemd, where systemd runs with control groups of version 2",
    source: "kubernetes.io container-runtimes, cgroup drivers; replicated-installer changeCgroupDriverToSystemd",
    rules: &[],
    waivable: true,
    run: |subject| {
        if let Some(missing) = missing(subject) {
            return missing;
        }
        let fact = &subject.facts.docker.cgroup_driver;
        let driver = told!(
            subject,
            "the driver of control groups",
            "docker.cgroup_driver",
            fact
        );
        let systemd = super::super::remedy::systemd(subject.facts);
        vec![
            if driver == "cgroupfs" && systemd {
                Outcome::warn("Docker uses cgroupfs beside systemd; wanted: systemd, as kubelet")
                    .remedy(
                        Remedy::hint(CHANGE)
                            .file(
                                "/etc/docker/daemon.json",
                                "{\"exec-opts\": [\"native.cgroupdriver=systemd\"]}",
                            )
                            .command("systemctl restart docker"),
                    )
            } else {
                Outcome::pass(format!("the driver of control groups is {driver}"))
            }
            .read("docker.cgroup_driver", fact),
        ]
    },
};

const PROXY: Check = Check {
    id: "docker.proxy",
    title: "Docker's proxy",
    group: Group::Docker,
    concerns: SCHEDULERS,
    reads: &[
        "docker.info.proxy",
        "docker.info.no_proxy",
        "resolver.proxies",
    ],
    wanted: "where the host has a proxy, Docker has it too, and leaves this host out",
    source: "replicated-installer checkDockerProxyConfig; docs.docker.com daemon/proxy",
    rules: &[],
    waivable: true,
    run: |subject| {
        if let Some(missing) = missing(subject) {
            return missing;
        }
        let host = &subject.facts.resolver.proxies;
        let proxies = known!("the host's proxies", "resolver.proxies", host);
        let fact = &subject.facts.docker.info.proxy;
        let docker = match fact {
            Fact::Known { value, .. } if !value.is_empty() => Some(value),
            Fact::Known { .. } | Fact::Absent { .. } => None,
            fact @ Fact::Unreadable { .. } => {
                return vec![Outcome::unknown(
                    "Docker's proxy",
                    "docker.info.proxy",
                    fact,
                )];
            }
        };
        let wanted = proxies.get("https_proxy").or(proxies.get("http_proxy"));
        let own = chosen(subject).and_then(|interface| {
            let mut addresses = interface.addresses.iter().map(ipnet::IpNet::addr);
            addresses.find(std::net::IpAddr::is_ipv4)
        });
        let left_out = match &subject.facts.docker.info.no_proxy {
            fact @ Fact::Unreadable { .. } => {
                return vec![Outcome::unknown(
                    "whom Docker's proxy leaves out",
                    "docker.info.no_proxy",
                    fact,
                )];
            }
            Fact::Absent { .. } => "",
            Fact::Known { value, .. } => value.as_str(),
        };
        let listed: Vec<_> = left_out.split(',').map(str::trim).collect();
        let through = own.filter(|own| !covered(&listed, &own.to_string()));
        vec![
            match (wanted, docker) {
                (Some(proxy), None) if !subject.scope.airgap => Outcome::warn(format!(
                    "the host uses the proxy {proxy}, and Docker none; wanted: the same for Docker"
                ))
                .remedy(
                    Remedy::hint("give Docker the proxy, and restart it when containers may stop")
                        .file(
                            "/etc/systemd/system/docker.service.d/http-proxy.conf",
                            format!("[Service]\nEnvironment=HTTPS_PROXY={proxy} NO_PROXY=..."),
                        )
                        .command("systemctl daemon-reload")
                        .command("systemctl restart docker"),
                ),
                (_, Some(proxy)) if let Some(own) = through => Outcome::warn(format!(
                    "Docker uses the proxy {proxy} for {own} too, this host's own address; wanted: it is in NO_PROXY"
                ))
                .remedy(
                    Remedy::hint("leave this host and the nodes out, and restart Docker when containers may stop")
                        .file(
                            "/etc/systemd/system/docker.service.d/http-proxy.conf",
                            format!("[Service]\nEnvironment=HTTPS_PROXY={proxy} NO_PROXY=localhost,127.0.0.1,{own}"),
                        )
                        .command("systemctl daemon-reload")
                        .command("systemctl restart docker"),
                ),
                (_, Some(proxy)) => Outcome::pass(format!("Docker uses the proxy {proxy}")),
                (_, None) => Outcome::pass("Docker needs no proxy"),
            }
            .read("docker.info.proxy", fact)
            .read("docker.info.no_proxy", &subject.facts.docker.info.no_proxy)
            .read("resolver.proxies", host),
        ]
    },
};

const SECCOMP: Check = Check {
    id: "docker.seccomp",
    title: "Docker's seccomp profile",
    group: Group::Docker,
    concerns: &[Target::Native, Target::Swarm],
    reads: &["docker.info.security_options"],
    wanted: "Docker's own profile",
    source: "replicated-installer preflights/docker.sh; moby daemon/info.go",
    rules: &[],
    waivable: true,
    run: |subject| {
        if let Some(missing) = missing(subject) {
            return missing;
        }
        let fact = &subject.facts.docker.info.security_options;
        let options = told!(
            subject,
            "the security options",
            "docker.info.security_options",
            fact
        );
        let own = options.iter().find(|option| {
            option.contains("seccomp")
                && option.contains("profile=")
                && !option.contains("profile=default")
                && !option.contains("profile=builtin")
        });
        vec![match own {
            Some(option) => Outcome::warn(format!("Docker's seccomp profile is another than its own: {option}; wanted: default"))
                .remedy(Remedy::hint("see whether the application runs with it; else take seccomp-profile out of daemon.json")),
            None => Outcome::pass("Docker's seccomp profile is its own, or none"),
        }
        .read("docker.info.security_options", fact)]
    },
};

const LIVEMODE: Check = Check {
    id: "docker.livemode",
    title: "Live restore",
    group: Group::Docker,
    concerns: &[Target::Swarm],
    reads: &["docker.info.live_restore", "docker.info.daemon_json"],
    wanted: "off: `docker swarm init` refuses with it",
    source: "moby daemon/cluster/swarm.go: '--live-restore daemon configuration is incompatible with swarm mode'",
    rules: &[],
    waivable: true,
    run: |subject| {
        if let Some(missing) = missing(subject) {
            return missing;
        }
        let fact = &subject.facts.docker.info.live_restore;
        let on = match fact {
            Fact::Known { value, .. } => *value,
            Fact::Absent { .. } => match files(subject) {
                Some(unknown) => return unknown,
                None => switch(subject, "live-restore").unwrap_or(false),
            },
            fact @ Fact::Unreadable { .. } => {
                return vec![Outcome::unknown(
                    "whether live restore is on",
                    "docker.info.live_restore",
                    fact,
                )];
            }
        };
        vec![
            if on {
                Outcome::fail("live restore is on, with which no Swarm can be made; wanted: off")
                    .remedy(
                        Remedy::hint("switch it off")
                            .file("/etc/docker/daemon.json", "{\"live-restore\": false}")
                            .command("systemctl reload docker"),
                    )
            } else {
                Outcome::pass("live restore is off")
            }
            .read("docker.info.live_restore", fact),
        ]
    },
};

const TLS: Check = Check {
    id: "docker.tls",
    title: "Docker's API on the network",
    group: Group::Docker,
    concerns: SCHEDULERS,
    reads: &["docker.info.daemon_json", "docker.info.options"],
    wanted: "no API on TCP without TLS: whoever reaches it is root here",
    source: "docs.docker.com engine/deprecated, 'Unauthenticated TCP connections'",
    rules: &[],
    waivable: true,
    run: |subject| {
        if let Some(missing) = missing(subject) {
            return missing;
        }
        if let Some(unknown) = files(subject) {
            return unknown;
        }
        let info = &subject.facts.docker.info;
        let listed = info
            .key("hosts")
            .and_then(serde_json::Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(serde_json::Value::as_str);
        let options = info.options.value().map(Vec::as_slice).unwrap_or_default();
        let on_tcp = listed
            .chain(
                options
                    .iter()
                    .map(|word| word.trim_start_matches("--host=").trim_start_matches("-H=")),
            )
            .find(|host| {
                host.starts_with("tcp://")
                    && !host.starts_with("tcp://127.")
                    && !host.starts_with("tcp://localhost")
            });
        let tls = switch(subject, "tlsverify").unwrap_or(false);
        vec![match on_tcp {
            Some(host) if !tls => Outcome::warn(format!("Docker's API is on {host} without TLS; wanted: with tlsverify, or on its socket only"))
                .remedy(Remedy::hint(CHANGE)),
            Some(host) => Outcome::pass(format!("Docker's API is on {host}, with TLS")),
            None => Outcome::pass("Docker's API is on its socket only"),
        }
        .read("docker.info.daemon_json", &info.daemon_json)
        .read("docker.info.options", &info.options)]
    },
};

const REGISTRY: Check = Check {
    id: "docker.registry",
    title: "Registry of an installation without internet",
    group: Group::Docker,
    concerns: &[Target::Native],
    reads: &["docker.info.daemon_json", "docker.info.options"],
    wanted: "without internet, Replicated's registry (port 9874) is taken without TLS",
    source: "replicated-installer promptForDaemonRegistryAddress; help-center airgapped-installations.md",
    rules: &[],
    waivable: true,
    run: |subject| {
        if !subject.scope.airgap {
            return vec![Outcome::na("there is internet")];
        }
        if let Some(missing) = missing(subject) {
            return missing;
        }
        if let Some(unknown) = files(subject) {
            return unknown;
        }
        let info = &subject.facts.docker.info;
        let listed = info
            .key("insecure-registries")
            .is_some_and(|list| list.to_string().contains(":9874"));
        let option = info
            .option("--insecure-registry")
            .is_some_and(|value| value.contains(":9874"));
        vec![
            if listed || option {
                Outcome::pass("Replicated's registry is taken without TLS")
            } else {
                Outcome::warn(
                    "no registry on port 9874 is taken without TLS; wanted: that of the first node",
                )
                .remedy(Remedy::hint(CHANGE).file(
                    "/etc/docker/daemon.json",
                    "{\"insecure-registries\": [\"ADDRESS:9874\"]}",
                ))
            }
            .read("docker.info.daemon_json", &info.daemon_json),
        ]
    },
};

const IPTABLES: Check = Check {
    id: "fw.docker_iptables",
    title: "Docker's rules of the firewall",
    group: Group::Firewall,
    concerns: &[Target::Swarm, Target::Native],
    reads: &["docker.info.daemon_json", "docker.info.options"],
    wanted: "iptables, icc and userland-proxy as Docker has them by itself (true)",
    source: "replicated-installer preflights/docker.sh; dockerd(8)",
    rules: &[],
    waivable: true,
    run: |subject| {
        if let Some(missing) = missing(subject) {
            return missing;
        }
        if let Some(unknown) = files(subject) {
            return unknown;
        }
        let info = &subject.facts.docker.info;
        let off = |key: &str| switch(subject, key) == Some(false);
        let mut outcomes = Vec::new();
        if off("iptables") {
            outcomes.push(Outcome::warn("iptables=false: Docker sets no rules, and containers are not reached from outside; wanted: true").on(&[Target::Swarm], Level::Fail).about("iptables"));
        }
        if off("icc") {
            outcomes.push(
                Outcome::new(
                    Level::Na,
                    "icc=false: containers do not reach each other; wanted: true",
                )
                .on(&[Target::Native], Level::Warn)
                .about("icc"),
            );
        }
        if off("userland-proxy") {
            outcomes.push(Outcome::new(Level::Na, "userland-proxy=false: a container's published port is not reached from the host itself on old kernels; wanted: true").on(&[Target::Native], Level::Warn).about("userland-proxy"));
        }
        if outcomes.is_empty() {
            outcomes.push(Outcome::pass("Docker sets its own rules"));
        }
        outcomes
            .into_iter()
            .map(|outcome| {
                outcome
                    .read("docker.info.daemon_json", &info.daemon_json)
                    .read("docker.info.options", &info.options)
                    .remedy(Remedy::hint(CHANGE))
            })
            .collect()
    },
};

const BIP: Check = Check {
    id: "docker.bip",
    title: "docker0",
    group: Group::Docker,
    concerns: SCHEDULERS,
    reads: &["network.interfaces", "docker.running"],
    wanted: "docker0 has an address while Docker runs (its range: net.overlap)",
    source: "moby libnetwork bridge driver",
    rules: &[],
    waivable: true,
    run: |subject| {
        if let Some(missing) = missing(subject) {
            return missing;
        }
        let fact = &subject.facts.network.interfaces;
        known!("the interfaces", "network.interfaces", fact);
        let runs = known!(
            "whether Docker answers",
            "docker.running",
            &subject.facts.docker.running
        );
        let docker0 = subject.facts.network.interface("docker0");
        vec![
            match (docker0, runs) {
                (Some(docker0), true) if docker0.addresses.is_empty() => {
                    Outcome::info("docker0 has no address, though Docker runs")
                }
                (Some(docker0), _) => Outcome::pass(format!(
                    "docker0 has {}",
                    docker0
                        .addresses
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join(", ")
                )),
                (None, _) => Outcome::na("there is no docker0"),
            }
            .read("network.interfaces", fact),
        ]
    },
};
