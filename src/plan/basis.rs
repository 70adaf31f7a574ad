//! The facts that a plan rests on. A plan that was saved is carried out only
//! while they are what they were.
//!
//! Only what the planner looks at is in it, and nothing that changes by itself
//! (memory, times, counters) or that the plan's own steps change: its interface
//! and the module that it loads count as what they were before.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};

use super::overlay::wireguard::module;
use super::step::Step;
use super::survey::{Owner, Survey};
use super::zerotier::Act;
use crate::facts::kernel::Capability;
use crate::facts::network::{Interface, Route};
use crate::facts::{Fact, Facts};
use crate::host::digest::sha256;

/// What stands for a fact that could not be read. It differs from nothing.
const UNKNOWN: &str = "unknown";
/// What stands for something that is not there.
const NONE: &str = "none";
/// How the facts about path MTUs begin; the peer's address follows.
const PATH_MTU: &str = "path MTU to ";
/// How the facts about programs begin; the name follows.
const PROGRAM: &str = "program ";
/// The main table of routes (RT_TABLE_MAIN of linux/rtnetlink.h).
const MAIN: u32 = 254;

/// The facts that a plan rests on, as texts by their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Basis {
    /// `sha256:` and the digest of `facts` as JSON.
    pub digest: String,
    /// The facts.
    pub facts: BTreeMap<String, String>,
}

/// A fact that is another one by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its name.
    pub fact: String,
    /// What it was when the plan was made.
    pub was: String,
    /// What it is.
    pub is: String,
}

/// What of a plan decides which facts it rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// The interface that the plan makes.
    pub interface: Option<String>,
    /// UDP port that the interface listens on.
    pub port: Option<u16>,
    /// Network of the overlay.
    pub network: Option<Ipv4Net>,
    /// How the names of the interfaces begin that the plan's services make or
    /// move.
    pub made: Vec<String>,
    /// Whether the plan brings WireGuard's module.
    pub module: bool,
    /// Whether the plan's services put rules into the packet filter, which may
    /// have been empty.
    pub rules: bool,
}

impl Scope {
    /// That of a plan of these steps.
    pub fn of(steps: &[Step]) -> Self {
        let up = steps.iter().find_map(|step| match step {
            Step::WireguardUp {
                interface,
                address,
                listen_port,
                ..
            } => Some((interface, address, listen_port)),
            _ => None,
        });
        let mut none = Self {
            module: steps.iter().any(module::brings),
            ..Self::default()
        };
        for step in steps {
            match step {
                // Docker's bridge moves into the lease.
                Step::Flannel(_) => {
                    none.made.extend(["flannel".into(), "docker0".into()]);
                    none.rules = true;
                }
                Step::Zerotier(Act::Device { interface, .. }) => none.made.push(interface.clone()),
                Step::Zerotier(_) => none.made.push("zt".into()),
                Step::Swarm(_) => none.made.push("docker_gwbridge".into()),
                Step::Kubernetes(_) => {
                    none.made
                        .extend(["cni", "flannel", "kube-", "veth"].map(String::from));
                    none.rules = true;
                }
                _ => {}
            }
        }
        none.made.sort();
        none.made.dedup();
        let Some((interface, address, port)) = up else {
            return none;
        };
        Self {
            interface: Some(interface.clone()),
            port: Some(*port),
            network: Some(address.trunc()),
            ..none
        }
    }
}

impl Basis {
    /// The basis of a plan with this scope. The path MTUs of the survey are a part
    /// of it only where the plan's MTU was computed from them.
    pub fn of(facts: &Facts, survey: &Survey, scope: &Scope, path_mtu: bool) -> Self {
        let mut found = BTreeMap::new();
        let mut add = |name: &str, value: String| drop(found.insert(name.to_string(), value));
        let os = &facts.os;
        add("host name", text(&os.hostname));
        let distribution = match (os.id.value(), os.version.value()) {
            (Some(id), Some(version)) => format!("{id} {version}"),
            (Some(id), None) => id.clone(),
            _ => text(&os.id),
        };
        add("distribution", distribution);
        add("kernel", text(&facts.kernel.release));
        add("architecture", text(&facts.kernel.arch));
        add("init system", text(&facts.services.init));
        add("Docker", text(&facts.docker.version));
        if !scope.rules {
            add("firewall", text(&facts.firewall.kind));
        }
        let wireguard = facts.kernel.capabilities.get("wireguard");
        add(
            "WireGuard in the kernel",
            match wireguard.map(|fact| fact.value()) {
                // Before and after the step that brings it.
                Some(Some(_)) if scope.module => "brought by this plan".into(),
                Some(Some(Capability::Missing)) => NONE.into(),
                Some(Some(_)) => "there".into(),
                Some(None) | None => UNKNOWN.into(),
            },
        );
        for (name, path) in &survey.programs {
            add(&format!("{PROGRAM}{name}"), path.clone());
        }
        for interface in facts.network.interfaces.value().into_iter().flatten() {
            if let Some(value) = described(interface, scope) {
                add(&format!("interface {}", interface.name), value);
            }
        }
        let routes = facts.network.routes.value();
        let lines = |wanted: &dyn Fn(&Route) -> bool| {
            routes.map_or_else(
                || UNKNOWN.into(),
                |routes| {
                    let own = |route: &Route| route.interface == scope.interface;
                    let all = routes.iter().filter(|route| {
                        route.table == MAIN
                            && (scope.interface.is_none() || !own(route))
                            && wanted(route)
                    });
                    join(all.map(leads).collect())
                },
            )
        };
        add(
            "default route",
            lines(&|route| matches!(route.destination, IpNet::V4(net) if net.prefix_len() == 0)),
        );
        if let Some(network) = scope.network {
            let into = |route: &Route| match route.destination {
                IpNet::V4(net) => {
                    net.prefix_len() > 0 && (net.contains(&network) || network.contains(&net))
                }
                IpNet::V6(_) => false,
            };
            add(&format!("routes into {network}"), lines(&into));
        }
        if let Some(interface) = &scope.interface {
            let owner = match &survey.owner {
                Owner::Nobody | Owner::Us => "nobody else".into(),
                Owner::Others(why) => format!("somebody else ({why})"),
            };
            add(&format!("owner of {interface}"), owner);
        }
        if let Some(port) = scope.port {
            let ours = survey.owner == Owner::Us && survey.listen_port == Some(port);
            let listeners = facts.network.listeners.value();
            let value = match listeners {
                _ if ours => "free",
                None => UNKNOWN,
                Some(all) if all.iter().any(|l| l.protocol == "udp" && l.port == port) => "taken",
                Some(_) => "free",
            };
            add(&format!("UDP port {port}"), value.into());
        }
        if path_mtu {
            for (to, mtu) in &survey.path_mtu {
                add(&format!("{PATH_MTU}{to}"), text(mtu));
            }
        }
        let json = serde_json::to_vec(&found).unwrap_or_default();
        Self {
            digest: format!("sha256:{}", sha256(&json)),
            facts: found,
        }
    }

    /// The addresses that path MTUs were measured to.
    pub fn measured(&self) -> Vec<Ipv4Addr> {
        let addresses = self
            .facts
            .keys()
            .filter_map(|name| name.strip_prefix(PATH_MTU));
        addresses.filter_map(|text| text.parse().ok()).collect()
    }

    /// What is another one now. A fact that is or was unknown is no difference.
    pub fn changes(&self, now: &Self) -> Vec<Changed> {
        if self.digest == now.digest && self.facts == now.facts {
            return Vec::new();
        }
        let names: std::collections::BTreeSet<_> =
            self.facts.keys().chain(now.facts.keys()).collect();
        let value = |basis: &Self, name: &str| {
            basis
                .facts
                .get(name)
                .map_or_else(|| NONE.to_string(), Clone::clone)
        };
        let changed = names.into_iter().filter_map(|name| {
            let (was, is) = (value(self, name), value(now, name));
            // A program that was missing and has come hinders nothing: a step of
            // the plan itself may have brought it.
            let came = name.starts_with(PROGRAM) && was == NONE;
            let known = was != UNKNOWN && is != UNKNOWN && !came;
            (known && was != is).then(|| Changed {
                fact: name.clone(),
                was,
                is,
            })
        });
        changed.collect()
    }
}

fn text<T: ToString>(fact: &Fact<T>) -> String {
    match fact {
        Fact::Known { value, .. } => value.to_string(),
        Fact::Absent { .. } => NONE.into(),
        Fact::Unreadable { .. } => UNKNOWN.into(),
    }
}

fn join(mut lines: Vec<String>) -> String {
    lines.sort();
    lines.dedup();
    if lines.is_empty() {
        return NONE.into();
    }
    lines.join(", ")
}

/// An interface as the planner sees it. Those without an IPv4 address, the ends
/// of containers and the plan's own one are passed over.
fn described(interface: &Interface, scope: &Scope) -> Option<String> {
    let name = interface.name.as_str();
    let made = scope.made.iter().any(|begin| name.starts_with(begin));
    if scope.interface.as_deref() == Some(name)
        || made
        || interface.kind.value().is_some_and(|kind| kind == "veth")
            && interface.parent_elsewhere
            && interface.master.is_some()
    {
        return None;
    }
    let v4 = interface
        .addresses
        .iter()
        .filter(|net| net.addr().is_ipv4());
    let addresses: Vec<_> = v4.map(ToString::to_string).collect();
    if addresses.is_empty() {
        return None;
    }
    let up = if interface.admin_up { "up" } else { "down" };
    let mtu = text(&interface.mtu);
    Some(format!("{}, MTU {mtu}, {up}", join(addresses)))
}

fn leads(route: &Route) -> String {
    let mut line = route.destination.to_string();
    if let Some(gateway) = route.gateway {
        line.push_str(&format!(" via {gateway}"));
    }
    if let Some(interface) = &route.interface {
        line.push_str(&format!(" dev {interface}"));
    }
    if let Some(mtu) = route.mtu {
        line.push_str(&format!(" mtu {mtu}"));
    }
    line
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::facts;
    use crate::facts::network::Listener;
    use crate::host::Scripted;

    fn scope() -> Scope {
        Scope {
            interface: Some("wg0".into()),
            port: Some(51820),
            network: Some("10.90.0.0/24".parse().unwrap()),
            ..Scope::default()
        }
    }

    fn interface(name: &str, address: &str) -> Interface {
        Interface {
            name: name.into(),
            index: 2,
            kind: Fact::known("ethernet".into(), "test"),
            state: Fact::known("up".into(), "test"),
            admin_up: true,
            carrier: Fact::known(true, "test"),
            mac: Fact::absent("test", "test"),
            mtu: Fact::known(1500, "test"),
            speed: Fact::absent("test", "test"),
            driver: Fact::absent("test", "test"),
            master: None,
            parent: None,
            parent_elsewhere: false,
            addresses: vec![address.parse().unwrap()],
            dynamic: Vec::new(),
            tentative: Vec::new(),
        }
    }

    fn route(destination: &str, interface: &str) -> Route {
        Route {
            table: MAIN,
            kind: "unicast".into(),
            destination: destination.parse().unwrap(),
            gateway: None,
            interface: Some(interface.into()),
            metric: 0,
            source: None,
            mtu: None,
        }
    }

    fn host() -> (Facts, Survey) {
        let mut facts = facts::collect(&Scripted::new());
        facts.os.hostname = Fact::known("alpha".into(), "test");
        facts.kernel.release = Fact::known("3.10.0".into(), "test");
        facts.docker.version = Fact::known("18.9.0".into(), "test");
        facts.firewall.kind = Fact::known("iptables".into(), "test");
        facts.network.interfaces = Fact::known(vec![interface("eth0", "10.92.0.1/24")], "test");
        facts.network.routes = Fact::known(vec![route("0.0.0.0/0", "eth0")], "test");
        facts.network.listeners = Fact::known(Vec::new(), "test");
        let mut survey = Survey::default();
        survey.programs.insert("wg".into(), "/usr/bin/wg".into());
        let peer = Ipv4Addr::new(10, 92, 0, 2);
        survey.path_mtu.insert(peer, Fact::known(1500, "test"));
        (facts, survey)
    }

    fn changed(change: impl FnOnce(&mut Facts, &mut Survey)) -> Vec<String> {
        let (mut facts, mut survey) = host();
        let before = Basis::of(&facts, &survey, &scope(), true);
        change(&mut facts, &mut survey);
        let now = Basis::of(&facts, &survey, &scope(), true);
        let all = before.changes(&now).into_iter();
        all.map(|c| format!("{}: {} -> {}", c.fact, c.was, c.is))
            .collect()
    }

    #[test]
    fn each_fact_that_the_planner_reads_is_told_when_it_changes() {
        type Change = fn(&mut Facts, &mut Survey);
        let table: [(Change, &str); 9] = [
            (
                |f, _| f.kernel.release = Fact::known("3.11".into(), "t"),
                "kernel: 3.10.0 -> 3.11",
            ),
            (
                |f, _| f.docker.version = Fact::absent("t", "t"),
                "Docker: 18.9.0 -> none",
            ),
            (
                |f, _| f.firewall.kind = Fact::known("ufw".into(), "t"),
                "firewall: iptables -> ufw",
            ),
            (
                |f, _| {
                    f.network.interfaces =
                        Fact::known(vec![interface("eth0", "10.92.0.9/24")], "t");
                },
                "interface eth0: 10.92.0.1/24, MTU 1500, up -> 10.92.0.9/24, MTU 1500, up",
            ),
            (
                |f, _| f.network.routes = Fact::known(Vec::new(), "t"),
                "default route: 0.0.0.0/0 dev eth0 -> none",
            ),
            (
                |f, _| {
                    f.network.routes = Fact::known(
                        vec![route("0.0.0.0/0", "eth0"), route("10.90.0.0/16", "eth0")],
                        "t",
                    );
                },
                "routes into 10.90.0.0/24: none -> 10.90.0.0/16 dev eth0",
            ),
            (
                |_, s| drop(s.programs.remove("wg")),
                "program wg: /usr/bin/wg -> none",
            ),
            (
                |f, _| {
                    f.network.listeners = Fact::known(
                        vec![Listener {
                            protocol: "udp".into(),
                            address: Ipv4Addr::UNSPECIFIED.into(),
                            port: 51820,
                        }],
                        "t",
                    );
                },
                "UDP port 51820: free -> taken",
            ),
            (
                |_, s| {
                    s.path_mtu
                        .values_mut()
                        .for_each(|mtu| *mtu = Fact::known(1400, "t"))
                },
                "path MTU to 10.92.0.2: 1500 -> 1400",
            ),
        ];
        for (change, told) in table {
            assert_eq!(changed(change), [told]);
        }
        let others = changed(|_, s| s.owner = Owner::Others("a file".into()));
        assert_eq!(
            others,
            ["owner of wg0: nobody else -> somebody else (a file)"]
        );
    }

    #[test]
    fn what_the_plan_itself_does_and_what_is_unknown_is_no_change() {
        let own = changed(|facts, survey| {
            facts
                .kernel
                .capabilities
                .insert("tun".into(), Fact::known(Capability::Loaded, "t"));
            let mut all = facts.network.interfaces.value().unwrap().clone();
            all.push(interface("wg0", "10.90.0.1/24"));
            facts.network.interfaces = Fact::known(all, "t");
            let mut routes = facts.network.routes.value().unwrap().clone();
            routes.push(route("10.90.0.0/24", "wg0"));
            facts.network.routes = Fact::known(routes, "t");
            facts.network.listeners = Fact::known(
                vec![Listener {
                    protocol: "udp".into(),
                    address: Ipv4Addr::UNSPECIFIED.into(),
                    port: 51820,
                }],
                "t",
            );
            survey.owner = Owner::Us;
            survey.listen_port = Some(51820);
        });
        assert_eq!(own, Vec::<String>::new());
        let unknown = changed(|facts, survey| {
            facts.docker.version = Fact::unreadable("t", "t");
            survey
                .path_mtu
                .values_mut()
                .for_each(|mtu| *mtu = Fact::unreadable("t", "t"));
            facts.resources = facts::collect(&Scripted::new()).resources;
        });
        assert_eq!(unknown, Vec::<String>::new());
    }

    #[test]
    fn the_digest_is_that_of_the_facts() {
        let (facts, survey) = host();
        let basis = Basis::of(&facts, &survey, &scope(), true);
        assert_eq!(basis.digest.len(), "sha256:".len() + 64);
        assert_eq!(basis, Basis::of(&facts, &survey, &scope(), true));
        assert_eq!(basis.measured(), [Ipv4Addr::new(10, 92, 0, 2)]);
        // Where the answers say the MTU, nobody's path matters.
        let without = Basis::of(&facts, &survey, &scope(), false);
        assert!(without.measured().is_empty() && without.digest != basis.digest);
    }
}
