//! Which firewall this host has.

use serde::{Deserialize, Serialize};

use super::Fact;
use super::filter::{self, Filter};
use super::kernel::{Capability, Kernel};
use super::reader::Reader;
use crate::host::nftables::NftChain;
use crate::host::packet_filter::Tables;

/// The firewall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Firewall {
    /// What manages the packet filter: `firewalld`, `ufw`, `iptables` (rules
    /// with no manager), `nftables`, `none` (no rules at all).
    pub kind: Fact<String>,
    /// What to save the rules with so that they outlive a reboot, where there
    /// is such a thing: `iptables-service` (/etc/sysconfig/iptables),
    /// `netfilter-persistent`, `SuSEfirewall2`, `nftables.conf`.
    pub persistence: Fact<String>,
    /// The rules of the table `filter` of IPv4; absent where nothing filters with
    /// iptables.
    pub filter: Fact<Filter>,
    /// The rules that are loaded at the next boot (/etc/sysconfig/iptables,
    /// /etc/iptables/rules.v4).
    pub saved: Fact<Filter>,
    /// Whether tables of both kinds, iptables' own and nf_tables, are filled.
    pub both: Fact<bool>,
    /// Whether firewalld starts at boot.
    pub firewalld_enabled: Fact<bool>,
}

/// Finds out what manages the packet filter, by files and netlink alone.
pub fn collect(reader: &Reader, kernel: &Kernel) -> Firewall {
    let kind = kind(reader, kernel);
    let legacy = reader.text("/proc/net/ip_tables_names");
    Firewall {
        persistence: persistence(reader, &kind),
        filter: filter(reader, kernel, &kind),
        saved: reader
            .first_text(&["/etc/sysconfig/iptables", "/etc/iptables/rules.v4"])
            .map(|text| filter::parse(&text)),
        both: match (nftables(reader, kernel), &legacy) {
            (Fact::Known { value, source }, Fact::Known { value: names, .. }) => {
                Fact::known(value.is_some() && !names.trim().is_empty(), source)
            }
            (Fact::Known { source, .. }, Fact::Absent { .. }) => Fact::known(false, source),
            (Fact::Known { .. }, hindered) => hindered.unknown(""),
            (hindered, _) => hindered.unknown(""),
        },
        firewalld_enabled: firewalld_enabled(reader),
        kind,
    }
}

fn kind(reader: &Reader, kernel: &Kernel) -> Fact<String> {
    let known = |value: &str, source: &str| Fact::known(value.to_string(), source);
    for path in ["/run/firewalld.pid", "/var/run/firewalld.pid"] {
        let pid = reader.text(path);
        let pid = pid.value().and_then(|text| text.trim().parse::<u32>().ok());
        // A pid file outlives a daemon that was killed.
        if pid.is_some_and(|pid| reader.surely(&format!("/proc/{pid}"))) {
            return known("firewalld", path);
        }
    }
    let ufw = reader.text("/etc/ufw/ufw.conf");
    if ufw.value().is_some_and(|text| ufw_enabled(text)) {
        return known("ufw", ufw.source());
    }
    let nft = nftables(reader, kernel);
    if let Some(Some(kind)) = nft.value() {
        return known(kind, nft.source());
    }
    let legacy = reader.text("/proc/net/ip_tables_names");
    if legacy.value().is_some_and(|text| !text.trim().is_empty()) {
        return known("iptables", legacy.source());
    }
    // None only where nothing was hidden.
    let hidden = [
        matches!(ufw, Fact::Unreadable { .. }).then(|| ufw.unknown("")),
        nft.value().is_none().then(|| nft.unknown("")),
        matches!(legacy, Fact::Unreadable { .. }).then(|| legacy.unknown("")),
    ];
    let hidden = hidden.into_iter().flatten().next();
    hidden.unwrap_or_else(|| {
        known(
            "none",
            "nftables chains, /proc/net/ip_tables_names, /etc/ufw",
        )
    })
}

/// Units that start firewalld at boot (its `[Install]` section: WantedBy and
/// Alias).
fn firewalld_enabled(reader: &Reader) -> Fact<bool> {
    let paths = [
        "/etc/systemd/system/multi-user.target.wants/firewalld.service",
        "/etc/systemd/system/basic.target.wants/firewalld.service",
        "/etc/systemd/system/dbus-org.fedoraproject.FirewallD1.service",
    ];
    for path in paths {
        match reader.there(path) {
            Fact::Known { value: false, .. } | Fact::Absent { .. } => {}
            other => return other,
        }
    }
    Fact::known(false, "/etc/systemd/system")
}

/// The rules, of the tables that are there: asking for others would load them.
fn filter(reader: &Reader, kernel: &Kernel, kind: &Fact<String>) -> Fact<Filter> {
    match kind.value().map(String::as_str) {
        None => kind.unknown(""),
        Some("none") => Fact::known(Filter::default(), kind.source()),
        Some("nftables") => Fact::absent("nftables filters without iptables", kind.source()),
        Some(_) => {
            let tables = Tables {
                legacy: match reader.text("/proc/net/ip_tables_names") {
                    Fact::Known { value, .. } => {
                        Some(value.lines().any(|name| name.trim() == "filter"))
                    }
                    Fact::Absent { .. } => Some(false),
                    Fact::Unreadable { .. } => None,
                },
                nft: match kernel.capabilities.get("nf_tables").and_then(Fact::value) {
                    Some(Capability::Builtin | Capability::Loaded) => Some(true),
                    Some(Capability::Loadable | Capability::Missing) => Some(false),
                    None => None,
                },
            };
            let rules = reader.packet_filter(tables);
            rules.map(|text| filter::parse(&text))
        }
    }
}

/// Whether ufw.conf switches ufw on.
pub fn ufw_enabled(text: &str) -> bool {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let mut values = pairs.filter(|(key, _)| key.trim() == "ENABLED");
    values.next_back().is_some_and(|(_, value)| {
        value
            .trim()
            .trim_matches(['"', '\''])
            .eq_ignore_ascii_case("yes")
    })
}

/// What the nftables chains mean, where the kernel has nftables. It is not
/// asked unless they are there: asking would load them.
fn nftables(reader: &Reader, kernel: &Kernel) -> Fact<Option<&'static str>> {
    let capability = kernel.capabilities.get("nf_tables");
    match capability {
        Some(Fact::Known { value, source }) => match value {
            Capability::Loadable | Capability::Missing => Fact::known(None, source.as_str()),
            Capability::Builtin | Capability::Loaded => {
                reader.nft_chains().map(|chains| from_chains(&chains))
            }
        },
        Some(other) => other.unknown(""),
        None => Fact::unreadable("the kernel was not looked at", "nf_tables"),
    }
}

/// What filters, by the chains that packets enter and that do something.
/// iptables-nft makes tables of its own names with chains in capitals.
pub fn from_chains(chains: &[NftChain]) -> Option<&'static str> {
    let mut acting = chains
        .iter()
        .filter(|chain| chain.hooked && (chain.uses > 0 || chain.policy == Some(0)))
        .peekable();
    acting.peek()?;
    let iptables = |chain: &NftChain| {
        let tables = ["filter", "nat", "mangle", "raw", "security"];
        tables.contains(&chain.table.as_str())
            && matches!(chain.family, 2 | 10)
            && !chain.name.chars().any(|c| c.is_ascii_lowercase())
    };
    Some(if acting.all(iptables) {
        "iptables"
    } else {
        "nftables"
    })
}

/// What keeps rules over a reboot.
fn persistence(reader: &Reader, kind: &Fact<String>) -> Fact<String> {
    let Some(kind) = kind.value() else {
        return kind.unknown("");
    };
    if matches!(kind.as_str(), "firewalld" | "ufw") {
        return Fact::absent(format!("{kind} keeps its rules itself"), "firewall.kind");
    }
    let tables = [
        ("/etc/sysconfig/iptables", "iptables-service"),
        ("/etc/init.d/iptables", "iptables-service"),
        (
            "/usr/lib/systemd/system/iptables.service",
            "iptables-service",
        ),
        ("/usr/sbin/netfilter-persistent", "netfilter-persistent"),
        ("/etc/sysconfig/SuSEfirewall2", "SuSEfirewall2"),
    ];
    let nft = [("/etc/nftables.conf", "nftables.conf")];
    let candidates = if kind == "nftables" {
        &nft[..]
    } else {
        &tables[..]
    };
    let mut hindered = None;
    for (path, name) in candidates {
        match reader.there(path) {
            Fact::Known {
                value: true,
                source,
            } => return Fact::known((*name).into(), source),
            Fact::Known { .. } | Fact::Absent { .. } => {}
            unreadable => hindered = hindered.or(Some(unreadable.unknown(""))),
        }
    }
    let paths: Vec<&str> = candidates.iter().map(|(path, _)| *path).collect();
    hindered.unwrap_or_else(|| Fact::absent("none of them is there", paths.join(", ")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::facts::kernel;
    use crate::host::Scripted;

    fn firewall(host: &Scripted) -> Firewall {
        let reader = Reader::new(host);
        let kernel = kernel::collect(&reader);
        collect(&reader, &kernel)
    }

    fn chain(family: u8, table: &str, name: &str, uses: u32) -> NftChain {
        NftChain {
            family,
            table: table.into(),
            name: name.into(),
            hooked: true,
            policy: Some(1),
            uses,
        }
    }

    /// A host whose kernel surely has nftables.
    fn with_nft(chains: Vec<NftChain>) -> Scripted {
        let mut host = Scripted::new().file("/proc/modules", "nf_tables 1 0 - Live 0x0\n");
        host.nft_chains = Some(chains);
        host
    }

    /// A host whose kernel surely has none.
    fn without_nft() -> Scripted {
        Scripted::new()
            .file("/lib/modules/6.1.0-13-amd64/modules.dep", "")
            .file("/lib/modules/6.1.0-13-amd64/modules.builtin", "")
    }

    #[test]
    fn chains_tell_who_made_them() {
        assert_eq!(from_chains(&[]), None);
        assert_eq!(from_chains(&[chain(2, "filter", "INPUT", 0)]), None);
        let iptables = [
            chain(2, "filter", "INPUT", 3),
            chain(10, "nat", "POSTROUTING", 1),
        ];
        assert_eq!(from_chains(&iptables), Some("iptables"));
        let own = chain(1, "filter", "input", 2);
        assert_eq!(from_chains(&[iptables[0].clone(), own]), Some("nftables"));
        let drop = NftChain {
            policy: Some(0),
            ..chain(1, "t", "input", 0)
        };
        assert_eq!(from_chains(&[drop]), Some("nftables"));
    }

    #[test]
    fn kinds() {
        let kind = |host: &Scripted| firewall(host).kind.value().cloned();
        let live = Scripted::new()
            .file("/run/firewalld.pid", "812\n")
            .dir("/proc/812");
        assert_eq!(kind(&live).as_deref(), Some("firewalld"));
        let stale = without_nft().file("/run/firewalld.pid", "812\n");
        assert_eq!(kind(&stale).as_deref(), Some("none"));
        let ufw = Scripted::new().file("/etc/ufw/ufw.conf", "# x\nENABLED=yes\nLOGLEVEL=low\n");
        assert_eq!(kind(&ufw).as_deref(), Some("ufw"));
        let nft = with_nft(vec![chain(1, "t", "input", 1)]).file("/etc/nftables.conf", "");
        assert_eq!(kind(&nft).as_deref(), Some("nftables"));
        assert_eq!(firewall(&nft).persistence.value().unwrap(), "nftables.conf");
        let el6 = without_nft()
            .file("/proc/net/ip_tables_names", "filter\n")
            .file("/etc/sysconfig/iptables", "");
        assert_eq!(kind(&el6).as_deref(), Some("iptables"));
        assert_eq!(
            firewall(&el6).persistence.value().unwrap(),
            "iptables-service"
        );
    }

    #[test]
    fn none_only_where_nothing_is_hidden() {
        let kind = |host: &Scripted| firewall(host).kind.value().cloned();
        assert_eq!(kind(&with_nft(vec![])).as_deref(), Some("none"));
        assert_eq!(kind(&Scripted::new()), None);
        assert_eq!(kind(&without_nft().deny("/proc/net/ip_tables_names")), None);
        assert_eq!(kind(&without_nft().deny("/etc/ufw/ufw.conf")), None);
        let mut host = with_nft(vec![]);
        host.netlink_error = Some(libc::EPERM);
        assert_eq!(kind(&host), None);
    }
}
