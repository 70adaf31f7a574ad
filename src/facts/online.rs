//! What this host reaches outside: the names that an installation needs, and who
//! answers under them. Only where that is asked for: a look at a host sends
//! nothing.
//!
//! All names are asked of all name servers and all hosts are tried at once, under
//! one deadline for everything.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::reader::{Reader, why};
use super::repositories::{self, host_and_port};
use super::{Fact, Facts};
use crate::host::Host;
use crate::host::online::Way;
pub use crate::host::online::{Named, Reached};

/// The time for everything together.
pub const DEADLINE: Duration = Duration::from_secs(3);

/// The table as it stands in the program.
const TEXT: &str = include_str!("../../assets/endpoints.yaml");

/// How many hosts of package repositories are tried.
const REPOSITORIES: usize = 8;

/// What was reached outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Online {
    /// The time for everything together, in milliseconds: silence is no answer
    /// within it.
    pub deadline_ms: u64,
    /// The name servers, in the order in which programs of this host ask them.
    pub servers: Fact<Vec<IpAddr>>,
    /// The hosts that were tried.
    pub hosts: Vec<Tried>,
}

/// A host that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tried {
    /// Its name.
    pub host: String,
    /// Its TCP port.
    pub port: u16,
    /// Whether it is to speak TLS, else HTTP.
    pub tls: bool,
    /// Who needs it, as in the ids of candidates; empty for all.
    pub needed_by: Vec<String>,
    /// What for.
    pub what: String,
    /// Whether nothing goes on without it.
    pub essential: bool,
    /// Where its provider lists its IP addresses; empty where nowhere.
    pub listed: String,
    /// Where the need is known from.
    pub source: String,
    /// The proxy that the way leads through, without user and password.
    pub proxy: Option<String>,
    /// The name that had to be looked up (the host's, or the proxy's), and what
    /// each name server said, in their order. Nobody was asked where the name is
    /// an address or stands in /etc/hosts.
    pub names: Vec<Asked>,
    /// How far it went.
    pub reached: Fact<Reached>,
}

/// What a name server said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The server.
    pub server: IpAddr,
    /// The name.
    #[serde(rename = "host")]
    pub name: String,
    /// What it said; unreadable where it could not be asked.
    pub named: Fact<Named>,
}

impl Online {
    /// What programs of this host get for a name: the word of the first server
    /// that answers (resolv.conf(5)). None where nobody had to be asked.
    pub fn resolved(asked: &[Asked]) -> Option<&Fact<Named>> {
        let spoke = |named: &Fact<Named>| {
            !matches!(
                named.value(),
                None | Some(Named::Silent | Named::Unreachable(_))
            )
        };
        let answered = asked.iter().map(|one| &one.named);
        answered.clone().find(|named| spoke(named)).or_else(|| {
            // Nobody answered: that is known, unless one could not be asked.
            let mut rest = answered.clone();
            rest.clone()
                .find(|named| named.value().is_none())
                .or_else(|| rest.next())
        })
    }
}

/// The table of hosts that an installation needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Version of the format.
    pub version: u32,
    /// The rows.
    pub endpoints: Vec<Row>,
}

/// A row of the table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Name of the host; its port is 443.
    pub host: String,
    /// Who needs it, as in the ids of candidates.
    #[serde(rename = "for")]
    pub needed_by: Vec<String>,
    /// What for.
    pub what: String,
    /// Not needed where Docker is installed.
    #[serde(default)]
    pub unless_docker: bool,
    /// Where its provider lists its IP addresses.
    #[serde(default)]
    pub addresses: String,
    /// Where this is from.
    pub source: String,
}

impl Table {
    /// The table in the program.
    ///
    /// # Errors
    /// When it is malformed, which a test rules out.
    pub fn embedded() -> Result<Self, String> {
        serde_yaml::from_str(TEXT).map_err(|error| format!("assets/endpoints.yaml: {error}"))
    }
}

/// The hosts that are to be tried for these candidates (`native+zerotier`), none
/// of them tried yet.
fn wanted(host: &dyn Host, facts: &Facts, candidates: &[String]) -> Vec<Tried> {
    let parts: Vec<&str> = candidates.iter().flat_map(|id| id.split('+')).collect();
    let docker = facts.docker.installed.value() == Some(&true);
    let not_tried = || Fact::unreadable("it was not tried", "connect(2)");
    let rows = Table::embedded().map(|table| table.endpoints);
    let mut all: Vec<Tried> = rows
        .unwrap_or_default()
        .into_iter()
        .filter(|row| {
            row.needed_by
                .iter()
                .any(|part| parts.contains(&part.as_str()))
        })
        .filter(|row| !(row.unless_docker && docker))
        .map(|row| Tried {
            host: row.host,
            port: 443,
            tls: true,
            needed_by: row.needed_by,
            what: row.what,
            essential: true,
            listed: row.addresses,
            source: row.source,
            proxy: None,
            names: Vec::new(),
            reached: not_tried(),
        })
        .collect();
    let servers = repositories::servers(&Reader::new(host));
    let more: Vec<_> = servers
        .into_iter()
        .filter(|server| all.iter().all(|known| known.host != server.host))
        .take(REPOSITORIES)
        .collect();
    all.extend(more.into_iter().map(|server| Tried {
        host: server.host,
        port: server.port,
        tls: server.tls,
        needed_by: Vec::new(),
        what: "packages of this host's repositories".into(),
        essential: false,
        listed: String::new(),
        source: "the host's own repository files".into(),
        proxy: None,
        names: Vec::new(),
        reached: not_tried(),
    }));
    all
}

/// Tries all hosts that these candidates need, at once, within `limit`.
pub fn collect(host: &dyn Host, facts: &Facts, candidates: &[String], limit: Duration) -> Online {
    let deadline = Instant::now() + limit;
    let servers = servers(facts);
    let asked = servers.value().map_or(&[][..], Vec::as_slice);
    let hosts = wanted(host, facts, candidates);
    let hosts = std::thread::scope(|scope| {
        let running: Vec<_> = hosts
            .into_iter()
            .map(|tried| {
                let own = tried.clone();
                let one = start(scope, move || go(host, facts, asked, own, deadline));
                (tried, one)
            })
            .collect();
        let ended = running.into_iter().map(|(tried, one)| {
            one.and_then(joined).unwrap_or_else(|error| Tried {
                reached: Fact::unreadable(why(&error), "connect(2)"),
                ..tried
            })
        });
        ended.collect()
    });
    Online {
        deadline_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
        servers,
        hosts,
    }
}

type Running<'scope, T> = io::Result<ScopedJoinHandle<'scope, T>>;

/// Starts a thread; an error where there can be no more of them.
fn start<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    run: impl FnOnce() -> T + Send + 'scope,
) -> Running<'scope, T> {
    // Nothing here needs the usual 2 MiB.
    Builder::new()
        .stack_size(256 * 1024)
        .spawn_scoped(scope, run)
}

fn joined<T>(one: ScopedJoinHandle<'_, T>) -> io::Result<T> {
    one.join()
        .map_err(|_| io::Error::other("it came to no end"))
}

/// The name servers that programs of this host ask; without any in the file, the
/// host itself (resolv.conf(5)).
fn servers(facts: &Facts) -> Fact<Vec<IpAddr>> {
    let local = || vec![IpAddr::from([127, 0, 0, 1])];
    match &facts.resolver.conf {
        Fact::Known { value, source } if value.nameservers.is_empty() => {
            Fact::known(local(), source.as_str())
        }
        // glibc asks the first three.
        Fact::Known { value, source } => Fact::known(
            value.nameservers.iter().take(3).copied().collect(),
            source.as_str(),
        ),
        Fact::Absent { source, .. } => Fact::known(local(), source.as_str()),
        Fact::Unreadable { why, source } => Fact::unreadable(why.as_str(), source.as_str()),
    }
}

/// Where a try begins: the host itself, or a proxy.
struct Route {
    name: String,
    port: u16,
    proxy: bool,
}

/// Looks a host's name up and tries to reach it.
fn go(
    host: &dyn Host,
    facts: &Facts,
    servers: &[IpAddr],
    mut tried: Tried,
    deadline: Instant,
) -> Tried {
    let route = match route(facts, &tried) {
        Ok(route) => route,
        Err(why) => {
            tried.reached = Fact::unreadable(why, "resolver.proxies");
            return tried;
        }
    };
    tried.proxy = route
        .proxy
        .then(|| format!("{}:{}", route.name, route.port));
    let way = |addresses: Vec<IpAddr>| Way {
        addresses,
        port: route.port,
        proxy: route.proxy,
        host: tried.host.clone(),
        host_port: tried.port,
        tls: tried.tls,
    };
    let reach = |addresses| match host.reach(&way(addresses), deadline) {
        Ok(reached) => Fact::known(reached, "connect(2)"),
        Err(error) => Fact::unreadable(why(&error), "connect(2)"),
    };
    let known = written(facts, &route.name);
    if !known.is_empty() {
        tried.reached = reach(known);
        return tried;
    }
    let mut names: Vec<Asked> = servers
        .iter()
        .map(|server| Asked {
            server: *server,
            name: route.name.clone(),
            named: Fact::unreadable("it was not asked", "sendto(2)"),
        })
        .collect();
    let reached = std::thread::scope(|scope| {
        let (send, answers) = channel();
        let mut asking = Vec::new();
        for (at, server) in servers.iter().enumerate() {
            let (send, name) = (send.clone(), route.name.as_str());
            let one = start(scope, move || {
                let named = match host.ask_name(*server, name, deadline) {
                    Ok(named) => Fact::known(named, format!("{server}, UDP port 53")),
                    Err(error) => Fact::unreadable(why(&error), format!("{server}, UDP port 53")),
                };
                // Whoever waits for it waits to the end.
                let _ = send.send((at, named));
            });
            asking.push((at, one));
        }
        drop(send);
        // The first address that comes is tried; the other answers are waited
        // for afterwards: which server was silent is known only then.
        let first = addresses(&answers, &mut names);
        let reached = first.map(&reach);
        for (at, named) in answers {
            put(&mut names, at, named);
        }
        for (at, one) in asking {
            if let Err(error) = one.and_then(joined) {
                put(&mut names, at, Fact::unreadable(why(&error), "sendto(2)"));
            }
        }
        reached
    });
    tried.reached = reached.unwrap_or_else(|| match Online::resolved(&names) {
        Some(Fact::Known { source, .. }) => Fact::known(Reached::NoName, source.as_str()),
        Some(hindered) => hindered.unknown(""),
        None => Fact::unreadable("no name server is known", "resolver.conf"),
    });
    tried.names = names;
    tried
}

fn put(names: &mut [Asked], at: usize, named: Fact<Named>) {
    if let Some(asked) = names.get_mut(at) {
        asked.named = named;
    }
}

/// The first addresses that a server answers with; none where all have answered
/// without.
fn addresses(answers: &Receiver<(usize, Fact<Named>)>, names: &mut [Asked]) -> Option<Vec<IpAddr>> {
    while let Ok((at, named)) = answers.recv() {
        let found = match named.value() {
            Some(Named::Addresses(all)) => Some(all.clone()),
            _ => None,
        };
        put(names, at, named);
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Addresses of a name that nobody has to be asked for: it is one, or it stands
/// in /etc/hosts.
fn written(facts: &Facts, name: &str) -> Vec<IpAddr> {
    if let Ok(address) = name.parse() {
        return vec![address];
    }
    let lines = facts.identity.hosts.value().map(Vec::as_slice);
    let lines = lines.unwrap_or_default().iter();
    let same = |own: &String| own.trim_end_matches('.').eq_ignore_ascii_case(name);
    let lines = lines.filter(|line| line.names.iter().any(same));
    lines.map(|line| line.address).collect()
}

/// The way to a host: direct, or through the proxy of the environment.
///
/// # Errors
/// Why it is not known, or cannot be gone from here.
fn route(facts: &Facts, tried: &Tried) -> Result<Route, String> {
    let direct = Route {
        name: tried.host.clone(),
        port: tried.port,
        proxy: false,
    };
    let proxies = match &facts.resolver.proxies {
        Fact::Known { value, .. } => value,
        Fact::Absent { .. } => return Ok(direct),
        Fact::Unreadable { why, source } => {
            return Err(format!(
                "whether a proxy is set is not known: {source} ({why})"
            ));
        }
    };
    let Some(proxy) = proxy_for(proxies, &tried.host, tried.tls) else {
        return Ok(direct);
    };
    let (scheme, rest) = proxy.split_once("://").unwrap_or(("http", proxy));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A port that is left out is 80, as Docker and Go programs take it
    // (golang.org/x/net/http/httpproxy, net/http canonicalAddr).
    match (
        scheme.to_ascii_lowercase().as_str(),
        host_and_port(authority, 80),
    ) {
        ("http", Some((name, port))) => Ok(Route {
            name,
            port,
            proxy: true,
        }),
        ("http", None) => Err(format!("the proxy {proxy} is no address")),
        (other, _) => Err(format!(
            "the proxy {proxy} is one for {other}, which is not spoken here"
        )),
    }
}

/// The proxy that is set for a host. Where none is set for HTTPS, that for HTTP
/// counts: Replicated's installer and yum.conf have one for both.
fn proxy_for<'a>(
    proxies: &'a BTreeMap<String, String>,
    host: &str,
    tls: bool,
) -> Option<&'a String> {
    let variables: &[&str] = if tls {
        &["https_proxy", "all_proxy", "http_proxy"]
    } else {
        &["http_proxy", "all_proxy"]
    };
    let proxy = variables.iter().find_map(|name| proxies.get(*name))?;
    let without = proxies.get("no_proxy").map_or("", String::as_str);
    (!excepted(host, without)).then_some(proxy)
}

/// Whether a host is among those that no proxy is used for: by its name, a
/// domain that it ends with, its address or a range around it.
fn excepted(host: &str, no_proxy: &str) -> bool {
    let address: Option<IpAddr> = host.parse().ok();
    let words = no_proxy.split([',', ' ']).map(str::trim);
    words.filter(|word| !word.is_empty()).any(|word| {
        if word == "*" || word.eq_ignore_ascii_case(host) {
            return true;
        }
        if let Some(address) = address {
            let net = word.parse::<ipnet::IpNet>();
            return net.is_ok_and(|net| net.contains(&address));
        }
        let domain = word.trim_start_matches('*').trim_start_matches('.');
        let (host, domain) = (host.to_ascii_lowercase(), domain.to_ascii_lowercase());
        let rest = host.strip_suffix(&domain);
        !domain.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::facts;
    use crate::host::Scripted;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const FIRST: &str = "192.0.2.53";
    const SECOND: &str = "192.0.2.54";

    fn host() -> Scripted {
        Scripted::new().file(
            "/etc/resolv.conf",
            format!("nameserver {FIRST}\nnameserver {SECOND}\n"),
        )
    }

    fn says(mut host: Scripted, server: &str, named: &Named) -> Scripted {
        for row in Table::embedded().unwrap().endpoints {
            let key = (server.parse().unwrap(), row.host);
            host.named.insert(key, named.clone());
        }
        host
    }

    fn found() -> Named {
        Named::Addresses(vec!["192.0.2.80".parse().unwrap()])
    }

    fn native(host: &Scripted) -> Online {
        let facts = facts::collect(host);
        collect(host, &facts, &["native".to_owned()], Duration::from_secs(9))
    }

    fn of<'a>(online: &'a Online, host: &str) -> &'a Tried {
        online
            .hosts
            .iter()
            .find(|tried| tried.host == host)
            .unwrap()
    }

    #[test]
    fn the_table_is_whole_and_names_who_needs_what() {
        let table = Table::embedded().unwrap();
        let parts = [
            "native",
            "swarm",
            "kubernetes",
            "wireguard",
            "flannel",
            "zerotier",
        ];
        let mut seen = BTreeSet::new();
        for row in &table.endpoints {
            assert!(seen.insert(&row.host), "{}: twice", row.host);
            assert!(row.source.len() > 8 && !row.what.is_empty(), "{}", row.host);
            assert!(!row.needed_by.is_empty());
            for part in &row.needed_by {
                assert!(parts.contains(&part.as_str()), "{part}");
            }
        }
        let host = Scripted::new();
        let facts = facts::collect(&host);
        let names = |id: &str| {
            let all = wanted(&host, &facts, &[id.to_owned()]);
            all.into_iter().map(|tried| tried.host).collect::<Vec<_>>()
        };
        assert!(names("native").contains(&"get.replicated.com".to_owned()));
        assert!(!names("native").contains(&"registry.k8s.io".to_owned()));
        assert!(names("native+zerotier").contains(&"my.zerotier.com".to_owned()));
        assert!(names("kubernetes").contains(&"pkgs.k8s.io".to_owned()));
    }

    #[test]
    fn docker_is_downloaded_only_where_it_is_missing() {
        let host = Scripted::new();
        let mut facts = facts::collect(&host);
        let needed = |facts: &Facts| {
            let all = wanted(&host, facts, &["swarm".to_owned()]);
            all.iter().any(|tried| tried.host == "download.docker.com")
        };
        facts.docker.installed = Fact::known(true, "test");
        assert!(!needed(&facts));
        facts.docker.installed = Fact::unreadable("x", "test");
        assert!(needed(&facts));
    }

    #[test]
    fn a_name_is_what_the_first_server_that_answers_says() {
        let second = native(&says(host(), SECOND, &found()));
        let tried = of(&second, "get.replicated.com");
        assert_eq!(tried.names[0].named.value(), Some(&Named::Silent));
        assert_eq!(
            Online::resolved(&tried.names).unwrap().value(),
            Some(&found())
        );
        let both = says(says(host(), FIRST, &Named::NoSuchName), SECOND, &found());
        let tried = of(&native(&both), "get.replicated.com").clone();
        let resolved = Online::resolved(&tried.names).unwrap();
        assert_eq!(resolved.value(), Some(&Named::NoSuchName));
        let none = native(&host());
        let tried = of(&none, "api.replicated.com");
        assert_eq!(
            Online::resolved(&tried.names).unwrap().value(),
            Some(&Named::Silent)
        );
        assert_eq!(tried.reached.value(), Some(&Reached::NoName));
    }

    #[test]
    fn what_stands_in_hosts_is_asked_of_nobody() {
        let mut host = host().file("/etc/hosts", "192.0.2.80 x GET.replicated.com\n");
        host.reached
            .insert("get.replicated.com".into(), Reached::Answered);
        let online = native(&host);
        let tried = of(&online, "get.replicated.com");
        assert!(tried.names.is_empty());
        assert_eq!(tried.reached.value(), Some(&Reached::Answered));
    }

    #[test]
    fn a_proxy_is_asked_where_it_is_set_and_not_excepted() {
        let mut host = host();
        for (name, value) in [
            ("HTTPS_PROXY", "http://user:secret@192.0.2.3:3128"),
            ("no_proxy", "localhost,.docker.io,registry.replicated.com"),
        ] {
            host.environment.insert(name.into(), value.into());
        }
        let online = native(&says(host, FIRST, &found()));
        let proxy = |name: &str| of(&online, name).proxy.clone();
        assert_eq!(
            proxy("get.replicated.com").as_deref(),
            Some("192.0.2.3:3128")
        );
        assert!(of(&online, "get.replicated.com").names.is_empty());
        for direct in ["auth.docker.io", "registry.replicated.com"] {
            assert_eq!(proxy(direct), None);
            assert!(!of(&online, direct).names.is_empty());
        }
        let written = serde_json::to_string(&online).unwrap();
        assert!(!written.contains("secret"));
    }

    #[test]
    fn a_proxy_that_is_not_known_or_of_another_kind_leaves_it_unknown() {
        let hidden = host().deny("/etc/environment");
        let mut socks = host();
        socks
            .environment
            .insert("all_proxy".into(), "socks5://192.0.2.3:1080".into());
        for host in [hidden, socks] {
            let online = native(&host);
            for tried in &online.hosts {
                assert!(
                    matches!(tried.reached, Fact::Unreadable { .. }),
                    "{tried:?}"
                );
            }
        }
    }

    #[test]
    fn exceptions_from_the_proxy() {
        for (host, no_proxy, is) in [
            ("get.replicated.com", "replicated.com", true),
            ("get.replicated.com", "x, .replicated.com", true),
            ("get.replicated.com", "*.REPLICATED.com", true),
            ("get.replicated.com", "*", true),
            ("notreplicated.com", "replicated.com", false),
            ("get.replicated.com", "get.replicated.com.example", false),
            ("get.replicated.com", ",,", false),
            ("192.0.2.9", "192.0.2.0/24", true),
            ("192.0.2.9", "192.0.2.9", true),
            ("192.0.2.9", "2.9", false),
        ] {
            assert_eq!(excepted(host, no_proxy), is, "{host} {no_proxy}");
        }
    }

    proptest! {
        #[test]
        fn no_proxy_makes_it_panic(proxy in any::<String>(), without in any::<String>(), host in any::<String>()) {
            let _ = excepted(&host, &without);
            let mut facts = Facts::unread("x");
            facts.resolver.proxies = Fact::known([("https_proxy".to_owned(), proxy)].into(), "x");
            for tried in wanted(&Scripted::new(), &facts, &["native".to_owned()]) {
                let _ = route(&facts, &tried);
            }
        }
    }
}
