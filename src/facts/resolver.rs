//! How names and proxies are set up.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Fact;
use super::reader::Reader;

/// Names and proxies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolver {
    /// /etc/resolv.conf.
    pub conf: Fact<ResolvConf>,
    /// What systemd-resolved asks behind its stub; absent without it.
    pub upstream: Fact<ResolvConf>,
    /// Proxies by the name of their variable in lower case, without user and
    /// password; and `no_proxy`. Of this process's environment, else of
    /// /etc/environment, else of yum.conf.
    pub proxies: Fact<BTreeMap<String, String>>,
}

/// What a resolv.conf says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolvConf {
    /// Servers, in their order.
    pub nameservers: Vec<IpAddr>,
    /// Domains that are tried.
    pub search: Vec<String>,
}

/// Reads names and proxies.
pub fn collect(reader: &Reader) -> Resolver {
    let read = |path: &str| reader.text(path).map(|text| parse_resolv_conf(&text));
    Resolver {
        conf: read("/etc/resolv.conf"),
        upstream: read("/run/systemd/resolve/resolv.conf"),
        proxies: proxies(reader),
    }
}

impl Resolver {
    /// The servers that are really asked: behind systemd-resolved's stub, its
    /// own.
    pub fn servers(&self) -> &Fact<ResolvConf> {
        match self.upstream {
            Fact::Known { .. } => &self.upstream,
            _ => &self.conf,
        }
    }
}

/// Reads resolv.conf(5). Of `domain` and `search` the last one counts.
pub fn parse_resolv_conf(text: &str) -> ResolvConf {
    let mut conf = ResolvConf::default();
    for line in text.lines().map(str::trim) {
        if line.starts_with(['#', ';']) {
            continue;
        }
        let mut words = line.split_whitespace();
        match words.next() {
            Some("nameserver") => {
                let address = words.next().and_then(|word| word.split('%').next());
                conf.nameservers
                    .extend(address.and_then(|word| word.parse::<IpAddr>().ok()));
            }
            Some("search" | "domain") => conf.search = words.map(str::to_owned).collect(),
            _ => {}
        }
    }
    conf
}

const VARIABLES: [&str; 4] = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"];

fn proxies(reader: &Reader) -> Fact<BTreeMap<String, String>> {
    let own: BTreeMap<_, _> = reader
        .environment()
        .into_iter()
        .filter_map(|(name, value)| kept(&name, &value))
        .collect();
    if !own.is_empty() {
        return Fact::known(own, "the environment");
    }
    let environment = reader
        .text("/etc/environment")
        .map(|text| parse_environment(&text));
    match environment {
        Fact::Known { value, source } if !value.is_empty() => return Fact::known(value, source),
        Fact::Known { .. } | Fact::Absent { .. } => {}
        hindered => return hindered,
    }
    match reader.text("/etc/yum.conf") {
        Fact::Known { value, source } => {
            let proxy = value.lines().find_map(|line| {
                let (key, value) = line.split_once('=')?;
                (key.trim() == "proxy").then(|| without_userinfo(value.trim()))
            });
            let proxy = proxy.filter(|proxy| !proxy.is_empty() && proxy != "_none_");
            Fact::known(
                proxy
                    .into_iter()
                    .map(|proxy| ("http_proxy".to_owned(), proxy))
                    .collect(),
                source,
            )
        }
        Fact::Absent { .. } => Fact::known(BTreeMap::new(), "the environment, /etc/environment"),
        hindered => hindered.unknown(""),
    }
}

fn kept(name: &str, value: &str) -> Option<(String, String)> {
    let name = name.to_ascii_lowercase();
    let value = value.trim().trim_matches(['"', '\'']);
    (VARIABLES.contains(&name.as_str()) && !value.is_empty())
        .then(|| (name, without_userinfo(value)))
}

/// The proxy variables of a file such as /etc/environment.
pub fn parse_environment(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim);
    lines
        .filter_map(|line| {
            let line = line.strip_prefix("export ").unwrap_or(line);
            let (name, value) = line.split_once('=')?;
            kept(name.trim(), value)
        })
        .collect()
}

/// An address of a proxy without user and password: they are dropped before
/// anything else sees them.
pub fn without_userinfo(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    // A password may hold an @ itself, and a / that splits the authority early.
    match rest.rfind('@').filter(|at| *at > end) {
        Some(at) => {
            let host = rest.get(at + 1..).unwrap_or_default();
            format!("{scheme}{host}")
        }
        None => {
            let host = authority.rsplit('@').next().unwrap_or(authority);
            format!("{scheme}{host}{path}")
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;
    use proptest::prelude::*;

    #[test]
    fn a_resolver_and_its_stub() {
        let host = Scripted::new()
            .file(
                "/etc/resolv.conf",
                "nameserver 127.0.0.53\noptions edns0\nsearch a b\n",
            )
            .file(
                "/run/systemd/resolve/resolv.conf",
                "# x\nnameserver 192.0.2.53\nnameserver fe80::1%eth0\nnameserver x\n",
            );
        let resolver = collect(&Reader::new(&host));
        assert_eq!(resolver.conf.value().unwrap().search, ["a", "b"]);
        assert_eq!(resolver.servers().value().unwrap().nameservers.len(), 2);
        assert!(resolver.proxies.value().unwrap().is_empty());
        let hidden = collect(&Reader::new(&host.deny("/etc/environment")));
        assert!(hidden.proxies.value().is_none());
    }

    #[test]
    fn a_password_never_gets_past_here() {
        for (url, clean) in [
            ("http://user:pw@proxy:3128", "http://proxy:3128"),
            ("http://user:p@w@proxy:3128/", "http://proxy:3128/"),
            ("http://user:p/w@proxy:3128", "http://proxy:3128"),
            ("user:pw@proxy", "proxy"),
            ("http://proxy/path", "http://proxy/path"),
        ] {
            assert_eq!(without_userinfo(url), clean);
        }
        let text = "HTTP_PROXY=\"http://u:secret@p:1\"\nexport no_proxy=a,b\nX=1\n";
        let proxies = parse_environment(text);
        assert_eq!(proxies["http_proxy"], "http://p:1");
        assert_eq!(proxies["no_proxy"], "a,b");
        assert_eq!(proxies.len(), 2);
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in any::<String>()) {
            let _ = (parse_resolv_conf(&text), parse_environment(&text), without_userinfo(&text));
        }

        #[test]
        fn no_password_is_left(password in "[a-zA-Z0-9]{12,20}") {
            let clean = without_userinfo(&format!("http://user:{password}@proxy:3128/x"));
            prop_assert!(!clean.contains(&password), "{clean}");
        }
    }
}
