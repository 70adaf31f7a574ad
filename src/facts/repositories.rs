//! Where this host gets its packages from: the hosts of its enabled
//! repositories.

use std::collections::BTreeSet;

use super::Fact;
use super::reader::Reader;

/// A host that packages come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Server {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether it is asked over TLS.
    pub tls: bool,
}

/// The hosts of all enabled repositories of yum, dnf, zypper and apt, once each.
/// A file that cannot be read, and a host whose name is a variable, name none.
pub fn servers(reader: &Reader) -> Vec<Server> {
    let mut found = BTreeSet::new();
    let mut read = |path: &str, parse: &dyn Fn(&str) -> Vec<String>| {
        if let Fact::Known { value, .. } = reader.text(path) {
            found.extend(parse(&value).iter().filter_map(|url| server(url)));
        }
    };
    read("/etc/apt/sources.list", &one_line);
    for (folder, end, parse) in [
        ("/etc/yum.repos.d", ".repo", &sections as &dyn Fn(&str) -> _),
        ("/etc/zypp/repos.d", ".repo", &sections),
        ("/etc/apt/sources.list.d", ".list", &one_line),
        ("/etc/apt/sources.list.d", ".sources", &stanzas),
    ] {
        if let Fact::Known { value, .. } = reader.list(folder) {
            for name in value.iter().filter(|name| name.ends_with(end)) {
                read(&format!("{folder}/{name}"), parse);
            }
        }
    }
    found.into_iter().collect()
}

/// The host of an address; none for other schemes than http and https, and
/// where a variable stands for the host.
pub fn server(url: &str) -> Option<Server> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let tls = match scheme.to_ascii_lowercase().as_str() {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit('@').next()?;
    let (host, port) = host_and_port(authority, if tls { 443 } else { 80 })?;
    Some(Server { host, port, tls })
}

/// Host and port of `host`, `host:port`, `[v6]:port`.
pub(super) fn host_and_port(authority: &str, default: u16) -> Option<(String, u16)> {
    let (host, rest) = match authority.strip_prefix('[') {
        Some(v6) => v6.split_once(']')?,
        None => match authority.find(':') {
            Some(at) => authority.split_at(at),
            None => (authority, ""),
        },
    };
    let port = match rest.strip_prefix(':') {
        Some(port) => port.parse().ok()?,
        None if rest.is_empty() => default,
        None => return None,
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-:".contains(c);
    let named = !host.is_empty() && host.chars().all(allowed);
    named.then(|| (host.to_ascii_lowercase(), port))
}

/// The addresses of a .repo file (yum.conf(5)): of each enabled section.
fn sections(text: &str) -> Vec<String> {
    let (mut all, mut own, mut enabled) = (Vec::new(), Vec::new(), true);
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            if enabled {
                all.append(&mut own);
            }
            own.clear();
            enabled = true;
        } else if let Some((key, value)) = line.split_once('=') {
            match key.trim() {
                "enabled" => enabled = value.trim() != "0",
                "baseurl" | "mirrorlist" | "metalink" => {
                    let words = value.split([' ', ',', '\t']);
                    own.extend(words.take(1).map(str::to_owned));
                }
                _ => {}
            }
        }
    }
    if enabled {
        all.append(&mut own);
    }
    all
}

/// The addresses of a sources.list(5) in one-line form.
fn one_line(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| line.starts_with("deb ") || line.starts_with("deb\t"));
    lines
        .filter_map(|line| {
            let rest = line.strip_prefix("deb")?.trim_start();
            let rest = match rest.strip_prefix('[') {
                Some(options) => options.split_once(']')?.1,
                None => rest,
            };
            rest.split_whitespace().next().map(str::to_owned)
        })
        .collect()
}

/// The addresses of a sources.list(5) in deb822 form.
fn stanzas(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for stanza in text.split("\n\n") {
        let field = |name: &str| {
            stanza.lines().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        let off = field("Enabled").is_some_and(|word| matches!(word, "no" | "false" | "0"));
        if !off {
            let urls = field("URIs").unwrap_or_default().split_whitespace();
            all.extend(urls.map(str::to_owned));
        }
    }
    all
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;
    use proptest::prelude::*;

    #[test]
    fn the_hosts_of_enabled_repositories() {
        let host = Scripted::new()
            .file("/etc/yum.repos.d/a.repo", "[a]\nbaseurl=https://Mirror.example.com/$releasever\n[b]\nenabled=0\nbaseurl=http://off.example.com/\n[c]\nmirrorlist=http://list.example.com:8080/?x=1\n[d]\nbaseurl=https://$infra/x\n")
            .file("/etc/apt/sources.list", "# deb http://no.example.com x\ndeb [arch=amd64 signed-by=/x] http://user:pw@deb.example.com/debian stable main\ndeb-src http://src.example.com x\ndeb cdrom:[x]/ y\n")
            .file("/etc/apt/sources.list.d/x.sources", "Types: deb\nURIs: https://one.example.com/ mirror+http://two.example.com/\n\nEnabled: no\nURIs: https://three.example.com\n");
        let found = servers(&Reader::new(&host));
        let found: Vec<_> = found
            .iter()
            .map(|s| (s.host.as_str(), s.port, s.tls))
            .collect();
        assert_eq!(
            found,
            [
                ("deb.example.com", 80, false),
                ("list.example.com", 8080, false),
                ("mirror.example.com", 443, true),
                ("one.example.com", 443, true),
            ]
        );
        assert!(servers(&Reader::new(&Scripted::new())).is_empty());
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in any::<String>()) {
            let _ = (sections(&text), one_line(&text), stanzas(&text), server(&text));
            let _ = host_and_port(&text, 1);
        }
    }
}
