//! Name servers, /etc/hosts, proxies.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::known::known;
use super::super::{Check, Group, Level, Outcome, SCHEDULERS, Subject, Target};
use super::interfaces::chosen;
use crate::judge::finding::Remedy;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] = &[DNS, HOSTS, PROXY];

const DNS: Check = Check {
    id: "net.dns.conf",
    title: "Name servers",
    group: Group::Network,
    concerns: &[
        Target::Swarm,
        Target::Kubernetes,
        Target::Native,
        Target::Flannel,
    ],
    reads: &["resolver.conf", "resolver.upstream", "resolver.proxies"],
    wanted: "a name server that containers reach too, not a loopback address",
    source: "embedded-cluster Resolver, Nameserver; kURL PR#809; resolv.conf(5): 3 servers, 6 domains",
    rules: &[],
    waivable: true,
    run: dns,
};

fn dns(subject: &Subject<'_>) -> Vec<Outcome> {
    let resolver = &subject.facts.resolver;
    let conf = match resolver.servers() {
        crate::facts::Fact::Absent { .. } => None,
        fact => Some(known!("the name servers", "resolver.conf", fact)),
    };
    let servers = conf
        .map(|conf| conf.nameservers.as_slice())
        .unwrap_or_default();
    let text = servers
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let remedy = Remedy::hint(
        "name a server of the network in /etc/resolv.conf, or for containers in Docker's settings",
    )
    .file("/etc/docker/daemon.json", "{\"dns\": [\"ADDRESS\"]}");
    let outcome = if servers.is_empty() {
        // A proxy resolves names for those who ask it.
        let proxy = resolver
            .proxies
            .value()
            .is_some_and(|proxies| proxies.keys().any(|name| name.ends_with("s_proxy")));
        let (level, online) = match (subject.scope.airgap, proxy) {
            (true, _) => (Level::Info, Level::Info),
            (false, true) => (Level::Warn, Level::Warn),
            (false, false) => (Level::Warn, Level::Fail),
        };
        Outcome::new(
            level,
            "no name server is set: nothing can be fetched by its name; wanted: one",
        )
        .on(SCHEDULERS, online)
        .remedy(remedy)
    } else if servers.iter().all(IpAddr::is_loopback) {
        Outcome::info(format!("the only name servers are on this host itself ({text}): containers cannot reach them; Docker takes 8.8.8.8 then"))
            .on(&[Target::Kubernetes, Target::Flannel], Level::Warn)
            .remedy(remedy)
    } else if conf.is_some_and(|conf| conf.search.len() > 6) || servers.len() > 3 {
        Outcome::info(format!(
            "{} name servers and {} search domains: only 3 and 6 are used",
            servers.len(),
            conf.map_or(0, |conf| conf.search.len())
        ))
    } else {
        Outcome::pass(format!("name servers: {text}"))
    };
    vec![
        outcome
            .actual("nameservers", text)
            .read("resolver.conf", &resolver.conf),
    ]
}

const HOSTS: Check = Check {
    id: "net.hosts",
    title: "localhost in /etc/hosts",
    group: Group::Network,
    concerns: SCHEDULERS,
    reads: &["identity.hosts"],
    wanted: "localhost leads to 127.0.0.1 (the host's own name: sys.hostname.resolves)",
    source: "k0s RequireNameResolution localhost",
    rules: &[],
    waivable: true,
    run: |subject| {
        let fact = &subject.facts.identity.hosts;
        let hosts = known!("/etc/hosts", "identity.hosts", fact);
        let there = hosts.iter().any(|line| {
            line.address.is_loopback() && line.names.iter().any(|name| name == "localhost")
        });
        vec![if there {
            Outcome::pass("/etc/hosts has localhost")
        } else {
            Outcome::fail("/etc/hosts does not lead localhost to a loopback address; wanted: 127.0.0.1 localhost")
                .remedy(Remedy::hint("add the line").file("/etc/hosts", "127.0.0.1 localhost localhost.localdomain"))
        }
        .read("identity.hosts", fact)]
    },
};

const PROXY: Check = Check {
    id: "net.proxy",
    title: "Proxy",
    group: Group::Network,
    concerns: SCHEDULERS,
    reads: &["resolver.proxies", "network.interfaces"],
    wanted: "where a proxy is set, no_proxy has this host, the nodes, docker0, the overlay's network and, for Kubernetes, .svc and the ranges of pods and services",
    source: "kubeadm preflight HTTPProxy, HTTPProxyCIDR; replicated-installer getNoProxyAddresses",
    rules: &[],
    waivable: true,
    run: proxy,
};

/// What is inside a cluster that kubeadm makes: its services, their names, and
/// Flannel's pods (see [`super::overlap`]).
const KUBERNETES: &[&str] = &["10.96.0.0/12", "10.244.0.0/16", ".svc"];

/// Whether an entry of no_proxy covers an address, a range or a name: the same, a
/// range around it, or all.
pub(in crate::judge::checks) fn covered(listed: &[&str], want: &str) -> bool {
    let range: Option<IpNet> = want
        .parse()
        .ok()
        .or_else(|| want.parse::<IpAddr>().ok().map(IpNet::from));
    listed.iter().any(|entry| {
        *entry == want
            || *entry == "*"
            || entry
                .parse::<IpNet>()
                .is_ok_and(|net| range.is_some_and(|range| net.contains(&range)))
    })
}

fn proxy(subject: &Subject<'_>) -> Vec<Outcome> {
    let fact = &subject.facts.resolver.proxies;
    let proxies = known!("the proxies", "resolver.proxies", fact);
    let Some(proxy) = ["https_proxy", "http_proxy", "all_proxy"]
        .iter()
        .find_map(|name| proxies.get(*name))
    else {
        return vec![Outcome::pass("no proxy is set").read("resolver.proxies", fact)];
    };
    let no_proxy = proxies
        .get("no_proxy")
        .map(String::as_str)
        .unwrap_or_default();
    let listed: Vec<&str> = no_proxy.split(',').map(str::trim).collect();
    let mut wanted = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let own = chosen(subject).and_then(|interface| {
        interface
            .addresses
            .iter()
            .map(ipnet::IpNet::addr)
            .find(IpAddr::is_ipv4)
    });
    wanted.extend(own.map(|own| own.to_string()));
    let docker0 = subject
        .facts
        .network
        .interface("docker0")
        .and_then(|docker0| docker0.addresses.first().copied());
    wanted.extend(docker0.map(|net| net.addr().to_string()));
    wanted.extend(subject.scope.peers.iter().map(ToString::to_string));
    let planned = subject.scope.networks.iter();
    wanted.extend(planned.map(|planned| planned.range.to_string()));
    if subject.aims_at(&[Target::Kubernetes]) {
        wanted.extend(KUBERNETES.iter().map(|name| (*name).to_owned()));
    }
    let missing: Vec<_> = wanted
        .iter()
        .filter(|want| !covered(&listed, want))
        .cloned()
        .collect();
    let outcome = if missing.is_empty() {
        Outcome::pass(format!(
            "the proxy {proxy} is not used for this host and the nodes"
        ))
    } else {
        let mut all: Vec<&str> = listed
            .into_iter()
            .filter(|entry| !entry.is_empty())
            .collect();
        all.extend(missing.iter().map(String::as_str));
        Outcome::warn(format!(
            "the proxy {proxy} would be used for {}; wanted: they are in no_proxy",
            missing.join(", ")
        ))
        .remedy(
            Remedy::hint("set no_proxy for the installation and for Docker")
                .command(format!("export no_proxy={}", all.join(","))),
        )
    };
    vec![
        outcome
            .actual("proxy", proxy.as_str())
            .actual("missing", missing)
            .read("resolver.proxies", fact),
    ]
}
