//! What was reached outside: names, and the hosts that an installation downloads
//! from. Only where that was asked for.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::super::{ALL, Check, Group, Level, Outcome, Subject, Target};
use super::interfaces::chosen;
use crate::facts::Fact;
use crate::facts::online::{Named, Online, Reached, Tried};
use crate::judge::finding::Remedy;

/// The checks of this file.
pub(in crate::judge::checks) const CHECKS: &[Check] = &[DNS, REACH];

/// What was reached; or why this is not judged here.
fn asked<'a>(subject: &Subject<'a>) -> Result<&'a Online, &'static str> {
    if subject.scope.airgap {
        return Err("the hosts have no internet (airgap): nobody outside is asked");
    }
    let online = subject.facts.online.as_ref();
    online.ok_or("not asked: preflight --online")
}

/// The time for an answer, in a sentence.
fn seconds(online: &Online) -> String {
    let (whole, rest) = (online.deadline_ms / 1000, online.deadline_ms % 1000);
    if rest == 0 {
        format!("{whole} s")
    } else {
        format!("{} ms", online.deadline_ms)
    }
}

fn list<T: ToString>(all: impl IntoIterator<Item = T>) -> String {
    let all: Vec<_> = all.into_iter().map(|one| one.to_string()).collect();
    all.join(", ")
}

const DNS: Check = Check {
    id: "net.dns.works",
    title: "Names outside",
    group: Group::Network,
    concerns: ALL,
    reads: &["online.servers", "online.hosts"],
    wanted: "with --online: the first name server answers in time and knows the hosts that the \
             installation downloads from",
    source: "embedded-cluster DNS; gravity#257 (a time limit); resolv.conf(5): one server after the other, \
             5 s each",
    rules: &[],
    waivable: true,
    run: |subject| match asked(subject) {
        Ok(online) => vec![names(online)],
        Err(why) => vec![Outcome::na(why)],
    },
};

/// How the questions to one server went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Server {
    Answers,
    Silent,
    NotAsked,
}

fn names(online: &Online) -> Outcome {
    let Fact::Known { value: servers, .. } = &online.servers else {
        return Outcome::unknown("the name servers", "online.servers", &online.servers);
    };
    let asked: Vec<&Tried> = online
        .hosts
        .iter()
        .filter(|tried| !tried.names.is_empty())
        .collect();
    if asked.is_empty() {
        return Outcome::na(
            "no name had to be asked for: /etc/hosts has them all, or the proxy looks them up",
        )
        .read("online.servers", &online.servers);
    }
    let of = |server: &IpAddr| {
        let all = asked.iter().flat_map(|tried| &tried.names);
        let own = all.filter(|one| one.server == *server);
        let mut worst = Server::NotAsked;
        for one in own {
            match one.named.value() {
                Some(Named::Silent | Named::Unreachable(_)) => worst = Server::Silent,
                Some(_) => return Server::Answers,
                None => {}
            }
        }
        worst
    };
    let found: Vec<(IpAddr, Server)> = servers.iter().map(|one| (*one, of(one))).collect();
    let those = |how: Server| {
        let found = found.iter().filter(move |(_, is)| *is == how);
        found.map(|(server, _)| *server)
    };
    let time = seconds(online);
    let settle = |outcome: Outcome| {
        outcome
            .actual("answering", list(those(Server::Answers)))
            .actual("silent", list(those(Server::Silent)))
            .read("online.servers", &online.servers)
    };
    let one = asked.first().map_or("", |tried| tried.host.as_str());
    let change = |hint: &str| {
        Remedy::hint(format!(
            "{hint}; or let this host out to UDP and TCP port 53 of {}",
            list(servers)
        ))
        .file("/etc/resolv.conf", "nameserver ADDRESS")
        .command(format!("getent ahostsv4 {one}"))
    };
    if those(Server::Answers).next().is_none() {
        return settle(if those(Server::Silent).next().is_none() {
            let all = asked.iter().flat_map(|tried| &tried.names);
            let why = all
                .map(|one| &one.named)
                .find(|named| named.value().is_none());
            match why {
                Some(why) => Outcome::unknown("whether names are found", "online.hosts", why),
                None => Outcome::na("no name server was asked"),
            }
        } else {
            let unreachable = asked
                .iter()
                .flat_map(|tried| &tried.names)
                .find_map(|one| match one.named.value() {
                    Some(Named::Unreachable(why)) => Some(format!(" ({why})")),
                    _ => None,
                });
            Outcome::fail(format!(
                "no name server answers within {time}: {}{}",
                list(those(Server::Silent)),
                unreachable.unwrap_or_default()
            ))
            .remedy(change("name a server that answers in /etc/resolv.conf"))
        });
    }
    let missing: Vec<&str> = asked
        .iter()
        .filter(|tried| {
            let named = Online::resolved(&tried.names).and_then(Fact::value);
            named.is_some_and(|named| !matches!(named, Named::Addresses(_)))
        })
        .map(|tried| looked_up(tried))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let all: BTreeSet<&str> = asked.iter().map(|tried| looked_up(tried)).collect();
    let first = found.first().filter(|(_, is)| *is == Server::Silent);
    settle(if missing.len() == all.len() {
        Outcome::fail(format!(
            "the name server {} answers and knows none of {}",
            list(those(Server::Answers).take(1)),
            list(&all)
        ))
        .remedy(change(
            "let the name server forward questions for names outside, or name one that does",
        ))
    } else if let Some((silent, _)) = first {
        Outcome::warn(format!(
            "the first name server, {silent}, does not answer within {time}, and {} does: every \
             look-up waits for the first one, 5 s each time",
            list(those(Server::Answers).take(1))
        ))
        .remedy(change(
            "put the name server that answers first in /etc/resolv.conf",
        ))
    } else if !missing.is_empty() {
        Outcome::warn(format!(
            "the name server {} has no address for {}",
            list(those(Server::Answers).take(1)),
            list(&missing)
        ))
        .remedy(change(
            "let the name server forward questions for these names",
        ))
    } else {
        Outcome::pass(format!(
            "{} {} found by {}",
            all.len(),
            if all.len() == 1 {
                "name is"
            } else {
                "names are"
            },
            list(those(Server::Answers))
        ))
    })
}

/// The name that was asked for: the host's, or its proxy's.
fn looked_up(tried: &Tried) -> &str {
    let first = tried.names.first();
    first.map_or(tried.host.as_str(), |one| one.name.as_str())
}

const REACH: Check = Check {
    id: "net.reach",
    title: "Hosts outside",
    group: Group::Network,
    concerns: ALL,
    reads: &["online.hosts"],
    wanted: "with --online: every host that the installation downloads from answers in its protocol within \
             the time for all of them together, direct or through the proxy; the host's own package \
             repositories should",
    source: "assets/endpoints.yaml; replicated help-center, Outbound internet access; embedded-cluster API and \
             proxy registry checks",
    rules: &[],
    waivable: true,
    run: |subject| match asked(subject) {
        Ok(online) if online.hosts.is_empty() => {
            vec![Outcome::na("nothing outside is needed for what is judged")]
        }
        Ok(online) => online
            .hosts
            .iter()
            .map(|tried| reach(subject, online, tried))
            .collect(),
        Err(why) => vec![Outcome::na(why)],
    },
};

fn reach(subject: &Subject<'_>, online: &Online, tried: &Tried) -> Outcome {
    let needed: Vec<Target> = tried
        .needed_by
        .iter()
        .flat_map(|part| Target::of_candidate(part))
        .collect();
    let needed = if needed.is_empty() { ALL } else { &needed };
    let bad = if tried.essential {
        Level::Fail
    } else {
        Level::Warn
    };
    let (host, port) = (tried.host.as_str(), tried.port);
    let time = seconds(online);
    let through = match &tried.proxy {
        Some(proxy) => format!(" through the proxy {proxy}"),
        None => String::new(),
    };
    let protocol = if tried.tls { "TLS" } else { "HTTP" };
    let what = &tried.what;
    let named = Online::resolved(&tried.names).and_then(Fact::value);
    let nobody = match named {
        None | Some(Named::Addresses(_)) => None,
        Some(Named::NoSuchName) => {
            Some("the name server says that there is no such name".to_owned())
        }
        Some(Named::NoAddress) => Some("the name has no IPv4 address".to_owned()),
        Some(Named::Error(code)) => Some(format!("the name server answers {code}")),
        Some(Named::Silent) => Some(format!("no name server answers within {time}")),
        Some(Named::Unreachable(why)) => Some(format!("no name server can be reached ({why})")),
    };
    let of_level = |level, text: String| Outcome::new(Level::Na, text).on(needed, level);
    let outcome = match (&tried.reached, nobody) {
        (Fact::Known { .. }, Some(why)) => of_level(
            bad,
            format!("{} ({what}) is not found: {why}", looked_up(tried)),
        )
        .remedy(
            Remedy::hint(format!(
                "see net.dns.works; where names are not found on purpose, name a proxy, or add {host} to \
                 /etc/hosts"
            ))
            .command(format!("getent ahostsv4 {}", looked_up(tried))),
        ),
        (Fact::Known { value, .. }, None) => match value {
            Reached::Answered => of_level(
                Level::Pass,
                format!("{host} port {port} answers in {protocol}{through} ({what})"),
            ),
            Reached::Silent => of_level(
                bad,
                format!("{host} port {port} ({what}) does not answer within {time}{through}"),
            )
            .remedy(firewall(subject, tried)),
            Reached::Refused(why) => of_level(
                bad,
                format!("{host} port {port} ({what}) cannot be reached{through}: {why}"),
            )
            .remedy(firewall(subject, tried)),
            Reached::Other(begins) => of_level(
                bad,
                format!(
                    "what answers for {host} port {port} ({what}){through} does not speak {protocol}: it \
                     begins with {begins}: a captive portal, or a firewall that answers itself"
                ),
            )
            .remedy(firewall(subject, tried)),
            Reached::NoName => of_level(bad, format!("{host} ({what}) is not found")),
            Reached::ProxyRefused(status) => of_level(
                bad,
                format!("the proxy {} does not let this host to {host} port {port} ({what}): status {status}",
                    tried.proxy.as_deref().unwrap_or_default()),
            )
            .remedy(
                Remedy::hint(format!(
                    "let the proxy pass CONNECT to {host}:{port}, or except {host} from it in no_proxy"
                ))
                .command(again(tried)),
            ),
            Reached::ProxyPassword => of_level(
                Level::Unknown,
                format!(
                    "the proxy {} wants a password, which is never read here: whether {host} port {port} \
                     ({what}) is reached is not known",
                    tried.proxy.as_deref().unwrap_or_default()
                ),
            )
            .remedy(
                Remedy::hint("try it with the proxy's user and password, which curl asks for")
                    .command(format!("{} --proxy-user USER", again(tried))),
            ),
        },
        (fact, _) => {
            let why = match fact {
                Fact::Unreadable { why, .. } | Fact::Absent { why, .. } => why.as_str(),
                Fact::Known { .. } => "",
            };
            of_level(
                Level::Unknown,
                format!("whether {host} port {port} ({what}) is reached is not known: {why}"),
            )
            .actual("reached", serde_json::Value::Null)
        }
    };
    outcome.about(host).read("online.hosts", &tried.reached)
}

/// The command that tries a host again.
fn again(tried: &Tried) -> String {
    let (scheme, usual) = if tried.tls {
        ("https", 443)
    } else {
        ("http", 80)
    };
    let port = if tried.port == usual {
        String::new()
    } else {
        format!(":{}", tried.port)
    };
    let proxy = match &tried.proxy {
        Some(proxy) => format!(" --proxy http://{proxy}"),
        None => String::new(),
    };
    format!("curl -sS -I{proxy} {scheme}://{}{port}/", tried.host)
}

/// What has to be let through: for whoever keeps the firewall, and on this host
/// where it filters what goes out.
fn firewall(subject: &Subject<'_>, tried: &Tried) -> Remedy {
    let own = chosen(subject).and_then(|interface| {
        let mut addresses = interface.addresses.iter().map(ipnet::IpNet::addr);
        addresses.find(IpAddr::is_ipv4)
    });
    let from = own.map_or_else(|| "this host".to_owned(), |own| own.to_string());
    let to = match &tried.proxy {
        Some(proxy) => format!("the proxy {proxy}"),
        None => format!("{} port {}", tried.host, tried.port),
    };
    let listed = if tried.listed.is_empty() {
        String::new()
    } else {
        format!(" (IP addresses: {})", tried.listed)
    };
    let remedy = Remedy::hint(format!(
        "let TCP from {from} out to {to}{listed}; or set https_proxy; or install without internet: --airgap"
    ));
    let port = match &tried.proxy {
        Some(proxy) => proxy.rsplit(':').next().unwrap_or("443").to_owned(),
        None => tried.port.to_string(),
    };
    let facts = &subject.facts.firewall;
    let filter = facts.filter.value();
    let filters = filter.is_some_and(|filter| {
        let policy = filter.policies.get("OUTPUT");
        let rules = filter.rules.iter().filter(|rule| rule.chain == "OUTPUT");
        policy.is_some_and(|policy| policy != "ACCEPT") || rules.count() > 0
    });
    let remedy = if !filters {
        remedy
    } else if facts.kind.value().is_some_and(|kind| kind == "ufw") {
        remedy
            .command(format!("ufw allow out {port}/tcp"))
            .undo(format!("ufw delete allow out {port}/tcp"))
    } else {
        remedy
            .command(format!(
                "iptables -I OUTPUT -p tcp --dport {port} -j ACCEPT"
            ))
            .undo(format!(
                "iptables -D OUTPUT -p tcp --dport {port} -j ACCEPT"
            ))
    };
    remedy.command(again(tried))
}
