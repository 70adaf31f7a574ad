//! What the running kernel can do: built in, loaded, loadable or not at all.
//!
//! A capability is missing only when lists that are authoritative for the
//! running kernel were read and do not have it; else it is not known.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use super::Fact;
use super::kernel::Capability;
use super::reader::Reader;

/// How a capability is found: any of the modules or symbols is enough, since
/// names have changed over time.
struct Row {
    name: &'static str,
    modules: &'static [&'static str],
    symbols: &'static [&'static str],
    evidence: Evidence,
}

/// What proves a capability whatever the lists say.
enum Evidence {
    None,
    /// A line of /proc/misc.
    Misc(&'static str),
    /// A line of /proc/filesystems.
    FileSystem(&'static str),
    /// A path.
    Path(&'static str),
}

const fn row(
    name: &'static str,
    modules: &'static [&'static str],
    symbols: &'static [&'static str],
) -> Row {
    Row {
        name,
        modules,
        symbols,
        evidence: Evidence::None,
    }
}

/// A kind of namespaces: /proc/self/ns shows it since 3.0, and in
/// 2.6.32-431.el6; before that only the configuration tells.
const fn ns(name: &'static str, path: &'static str, symbols: &'static [&'static str]) -> Row {
    Row {
        name,
        modules: &[],
        symbols,
        evidence: Evidence::Path(path),
    }
}

/// Every capability that is looked for. Module and symbol names: the kernel's
/// Kconfig files, those of 2.6.32-642.6.2.el6 among them.
const ROWS: &[Row] = &[
    row("aes_gcm", &["gcm"], &["CRYPTO_GCM"]),
    row("bridge", &["bridge"], &["BRIDGE"]),
    Row {
        evidence: Evidence::Path("/proc/sys/net/bridge/bridge-nf-call-iptables"),
        ..row("br_netfilter", &["br_netfilter"], &["BRIDGE_NETFILTER"])
    },
    row("dm_thin_pool", &["dm_thin_pool"], &["DM_THIN_PROVISIONING"]),
    row("dummy", &["dummy"], &["DUMMY"]),
    row("esp", &["esp4"], &["INET_ESP"]),
    Row {
        evidence: Evidence::Path("/proc/net/ip_tables_names"),
        ..row("ip_tables", &["ip_tables"], &["IP_NF_IPTABLES"])
    },
    Row {
        evidence: Evidence::Path("/proc/net/ip_vs"),
        ..row("ip_vs", &["ip_vs"], &["IP_VS"])
    },
    row("ip_vs_rr", &["ip_vs_rr"], &["IP_VS_RR"]),
    row(
        "ipt_nat",
        &["iptable_nat", "nft_chain_nat", "nft_chain_nat_ipv4"],
        &["IP_NF_NAT", "NF_NAT_IPV4", "NFT_NAT", "NFT_CHAIN_NAT_IPV4"],
    ),
    row("ipvlan", &["ipvlan"], &["IPVLAN"]),
    row("macvlan", &["macvlan"], &["MACVLAN"]),
    Row {
        evidence: Evidence::Path("/proc/sys/net/netfilter"),
        ..row(
            "netfilter",
            &["ip_tables", "nf_tables"],
            &["IP_NF_IPTABLES", "NF_TABLES"],
        )
    },
    row(
        "nf_conntrack",
        &["nf_conntrack", "nf_conntrack_ipv4"],
        &["NF_CONNTRACK", "NF_CONNTRACK_IPV4"],
    ),
    row(
        "nf_nat",
        &["nf_nat", "iptable_nat", "nf_nat_ipv4"],
        &["NF_NAT", "IP_NF_NAT", "NF_NAT_IPV4"],
    ),
    ns("ns_ipc", "/proc/self/ns/ipc", &["IPC_NS"]),
    ns("ns_net", "/proc/self/ns/net", &["NET_NS"]),
    ns("ns_pid", "/proc/self/ns/pid", &["PID_NS"]),
    ns("ns_user", "/proc/self/ns/user", &["USER_NS"]),
    ns("ns_uts", "/proc/self/ns/uts", &["UTS_NS"]),
    row("nf_tables", &["nf_tables"], &["NF_TABLES"]),
    Row {
        evidence: Evidence::FileSystem("overlay"),
        ..row(
            "overlayfs",
            &["overlay", "overlayfs"],
            &["OVERLAY_FS", "OVERLAYFS_FS"],
        )
    },
    Row {
        evidence: Evidence::Path("/proc/sys/kernel/seccomp"),
        ..row("seccomp", &[], &["SECCOMP", "SECCOMP_FILTER"])
    },
    Row {
        evidence: Evidence::Misc("tun"),
        ..row("tun", &["tun"], &["TUN"])
    },
    row("veth", &["veth"], &["VETH"]),
    row("vxlan", &["vxlan"], &["VXLAN"]),
    row("wireguard", &["wireguard"], &["WIREGUARD"]),
    row(
        "xt_addrtype",
        &["xt_addrtype", "ipt_addrtype"],
        &["NETFILTER_XT_MATCH_ADDRTYPE", "IP_NF_MATCH_ADDRTYPE"],
    ),
    row("xt_bpf", &["xt_bpf"], &["NETFILTER_XT_MATCH_BPF"]),
    row(
        "xt_comment",
        &["xt_comment"],
        &["NETFILTER_XT_MATCH_COMMENT"],
    ),
    row("xt_ipvs", &["xt_ipvs"], &["NETFILTER_XT_MATCH_IPVS"]),
    row(
        "xt_masquerade",
        &["xt_MASQUERADE", "ipt_MASQUERADE"],
        &["NETFILTER_XT_TARGET_MASQUERADE", "IP_NF_TARGET_MASQUERADE"],
    ),
    row(
        "xt_mark",
        &["xt_mark", "xt_MARK", "ipt_MARK"],
        &["NETFILTER_XT_MARK", "NETFILTER_XT_MATCH_MARK"],
    ),
    row(
        "xt_multiport",
        &["xt_multiport"],
        &["NETFILTER_XT_MATCH_MULTIPORT"],
    ),
    row(
        "xt_statistic",
        &["xt_statistic"],
        &["NETFILTER_XT_MATCH_STATISTIC"],
    ),
    row("xt_u32", &["xt_u32"], &["NETFILTER_XT_MATCH_U32"]),
];

/// Names of all capabilities, as in `cap.NAME`.
pub fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.name)
}

/// Setting of a symbol in the kernel's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// `=y`
    BuiltIn,
    /// `=m`
    Module,
}

/// The lists that a kernel's capabilities are looked up in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lists {
    /// Loaded modules.
    pub loaded: Fact<BTreeSet<String>>,
    /// Directories of /sys/module: loaded ones, and some that are built in.
    pub sysfs: Fact<BTreeSet<String>>,
    /// Modules that are built in.
    pub builtin: Fact<BTreeSet<String>>,
    /// Modules that are installed for the running kernel.
    pub installed: Fact<BTreeSet<String>>,
    /// Symbols of the configuration.
    pub config: Fact<BTreeMap<String, Setting>>,
    /// Whether loading of modules was switched off until the next boot.
    pub locked: bool,
}

/// A module's name as the kernel compares it.
fn normal(name: &str) -> String {
    name.replace('-', "_")
}

/// Name of the module in a file name such as `kernel/net/xt-u32.ko.xz`.
fn module_of(path: &str) -> Option<String> {
    let file = path.rsplit('/').next()?;
    let (name, _) = file.split_once(".ko")?;
    (!name.is_empty()).then(|| normal(name))
}

/// Reads modules.dep and modules.builtin: one module a line, up to a colon.
pub fn parse_modules(text: &str) -> BTreeSet<String> {
    let files = text
        .lines()
        .map(|line| line.split(':').next().unwrap_or(line));
    files.filter_map(|file| module_of(file.trim())).collect()
}

/// Reads /proc/modules: the name is the first word of a line.
pub fn parse_loaded(text: &str) -> BTreeSet<String> {
    let names = text
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    names.map(normal).collect()
}

/// Reads a kernel configuration. None where it is none.
pub fn parse_config(text: &str) -> Option<BTreeMap<String, Setting>> {
    let settings: BTreeMap<_, _> = text
        .lines()
        .filter_map(|line| {
            let (symbol, value) = line.strip_prefix("CONFIG_")?.split_once('=')?;
            let setting = match value.trim() {
                "y" => Setting::BuiltIn,
                "m" => Setting::Module,
                _ => return None,
            };
            Some((symbol.to_string(), setting))
        })
        .collect();
    (!settings.is_empty()).then_some(settings)
}

fn gunzip(bytes: &[u8]) -> Result<String, String> {
    // A configuration is some 300 KiB; whatever is much more is none.
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes)
        .take(crate::host::READ_LIMIT)
        .read_to_string(&mut text)
        .map_err(|error| format!("it is no gzip file: {error}"))?;
    Ok(text)
}

fn lists(reader: &Reader, release: &str) -> Lists {
    let folder = format!("/lib/modules/{release}");
    let config = reader
        .bytes("/proc/config.gz")
        .parse(|bytes| gunzip(&bytes));
    let config = match config {
        known @ Fact::Known { .. } => known,
        _ => reader.first_text(&[
            &format!("/boot/config-{release}"),
            &format!("{folder}/config"),
        ]),
    };
    Lists {
        loaded: reader.text("/proc/modules").map(|text| parse_loaded(&text)),
        sysfs: reader
            .list("/sys/module")
            .map(|names| names.iter().map(|name| normal(name)).collect()),
        builtin: reader
            .text(&format!("{folder}/modules.builtin"))
            .map(|text| parse_modules(&text)),
        installed: reader
            .text(&format!("{folder}/modules.dep"))
            .map(|text| parse_modules(&text)),
        config: config
            .parse(|text| parse_config(&text).ok_or_else(|| "it holds no setting".into())),
        locked: reader
            .text("/proc/sys/kernel/modules_disabled")
            .value()
            .is_some_and(|text| text.trim() == "1"),
    }
}

/// Looks up every capability for a kernel of this release.
pub fn collect(reader: &Reader, release: &Fact<String>) -> BTreeMap<String, Fact<Capability>> {
    let Some(release) = release.value() else {
        let unknown = |name: &str| (name.to_string(), release.unknown(""));
        return names().map(unknown).collect();
    };
    let lists = lists(reader, release);
    let looked_up = ROWS.iter().map(|row| {
        let mut modules = row.modules.to_vec();
        // Before 3.18, and in 2.6.32-el6, filtering of bridged packets is part
        // of the bridge module.
        if row.name == "br_netfilter" && before_3_18(release) {
            modules.push("bridge");
        }
        let proof = proof(reader, &row.evidence);
        let fact = resolve(&lists, &modules, row.symbols, proof.as_deref());
        (row.name.to_string(), fact)
    });
    looked_up.collect()
}

fn before_3_18(release: &str) -> bool {
    let mut numbers = release
        .split(|c: char| !c.is_ascii_digit())
        .map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) < (3, 18),
        _ => false,
    }
}

/// Where the kernel itself shows that it has a capability, if it does.
fn proof(reader: &Reader, evidence: &Evidence) -> Option<String> {
    let last_word = |path: &str, word: &str| {
        let text = reader.text(path);
        let mut lines = text.value()?.lines();
        let found = lines.any(|line| line.split_whitespace().next_back() == Some(word));
        found.then(|| path.to_string())
    };
    match evidence {
        Evidence::None => None,
        Evidence::Misc(name) => last_word("/proc/misc", name),
        Evidence::FileSystem(name) => last_word("/proc/filesystems", name),
        Evidence::Path(path) => reader.surely(path).then(|| (*path).to_string()),
    }
}

/// How the kernel has a capability that any of these modules or symbols gives.
pub fn resolve(
    lists: &Lists,
    modules: &[&str],
    symbols: &[&str],
    proof: Option<&str>,
) -> Fact<Capability> {
    let modules: Vec<String> = modules.iter().map(|module| normal(module)).collect();
    let has = |list: &Fact<BTreeSet<String>>| {
        let list = list.value();
        list.is_some_and(|list| modules.iter().any(|module| list.contains(module)))
    };
    let setting = |wanted| {
        let config = lists.config.value();
        config.is_some_and(|c| symbols.iter().any(|symbol| c.get(*symbol) == Some(&wanted)))
    };
    if has(&lists.loaded) {
        return Fact::known(Capability::Loaded, lists.loaded.source());
    }
    if has(&lists.builtin) {
        return Fact::known(Capability::Builtin, lists.builtin.source());
    }
    if setting(Setting::BuiltIn) {
        return Fact::known(Capability::Builtin, lists.config.source());
    }
    // Built in is what is there and is not a module that was loaded.
    if has(&lists.sysfs) {
        return Fact::known(Capability::Builtin, lists.sysfs.source());
    }
    if let Some(path) = proof {
        return Fact::known(Capability::Builtin, path);
    }
    // What is no module can only be told by the configuration.
    if modules.is_empty() {
        return match &lists.config {
            Fact::Known { source, .. } => Fact::known(Capability::Missing, source.as_str()),
            other => Fact::unreadable("only the kernel's configuration tells", other.source()),
        };
    }
    if has(&lists.installed) {
        if lists.locked {
            let source = "/proc/sys/kernel/modules_disabled";
            return Fact::known(Capability::Missing, source);
        }
        return Fact::known(Capability::Loadable, lists.installed.source());
    }
    missing(lists)
}

/// Missing, if the lists that were read are enough to say so.
fn missing(lists: &Lists) -> Fact<Capability> {
    // A kernel that was built without modules has no such file; where /proc
    // itself is not there, nothing follows.
    let no_modules = matches!(lists.loaded, Fact::Absent { .. }) && lists.sysfs.value().is_some();
    let not_installed = lists.installed.value().is_some() || no_modules;
    let not_built_in = lists.builtin.value().is_some() || lists.config.value().is_some();
    if not_installed && not_built_in {
        let read = [
            lists.builtin.value().map(|_| lists.builtin.source()),
            lists.config.value().map(|_| lists.config.source()),
            lists.installed.value().map(|_| lists.installed.source()),
            no_modules.then_some("no /proc/modules"),
        ];
        let read: Vec<&str> = read.into_iter().flatten().collect();
        return Fact::known(Capability::Missing, read.join(", "));
    }
    let lacking = if not_installed {
        "neither modules.builtin nor the kernel's configuration could be read"
    } else {
        "modules.dep of the running kernel could not be read"
    };
    let source = if not_installed {
        lists.config.source()
    } else {
        lists.installed.source()
    };
    Fact::unreadable(lacking, source)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(names: &[&str]) -> Fact<BTreeSet<String>> {
        Fact::known(names.iter().map(|n| (*n).into()).collect(), "list")
    }

    fn lists() -> Lists {
        Lists {
            loaded: set(&[]),
            sysfs: set(&["kernel"]),
            builtin: set(&[]),
            installed: set(&[]),
            config: Fact::absent("ENOENT", "/boot/config"),
            locked: false,
        }
    }

    fn of(lists: &Lists) -> Option<Capability> {
        resolve(lists, &["xt-u32"], &["NETFILTER_XT_MATCH_U32"], None)
            .value()
            .copied()
    }

    #[test]
    fn compressed_modules_and_dashes_are_found() {
        let text = "kernel/fs/overlayfs/overlay.ko.xz:\nkernel/net/br-netfilter.ko.zst: kernel/net/bridge.ko.zst\nextra/wireguard.ko.gz: a\nkernel/net/tun.ko:\njunk\n";
        let modules = parse_modules(text);
        let expected = ["br_netfilter", "overlay", "tun", "wireguard"];
        assert_eq!(modules.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn each_list_alone_is_enough_to_have_it() {
        assert_eq!(of(&lists()), Some(Capability::Missing));
        let there = || set(&["xt_u32"]);
        let loaded = Lists {
            loaded: there(),
            ..lists()
        };
        assert_eq!(of(&loaded), Some(Capability::Loaded));
        let builtin = Lists {
            builtin: there(),
            ..lists()
        };
        assert_eq!(of(&builtin), Some(Capability::Builtin));
        let sysfs = Lists {
            sysfs: there(),
            ..lists()
        };
        assert_eq!(of(&sysfs), Some(Capability::Builtin));
        let installed = Lists {
            installed: there(),
            ..lists()
        };
        assert_eq!(of(&installed), Some(Capability::Loadable));
        let locked = Lists {
            locked: true,
            ..installed
        };
        assert_eq!(of(&locked), Some(Capability::Missing));
        let config = parse_config("CONFIG_NETFILTER_XT_MATCH_U32=y\n").unwrap();
        let config = Lists {
            config: Fact::known(config, "c"),
            ..lists()
        };
        assert_eq!(of(&config), Some(Capability::Builtin));
    }

    #[test]
    fn a_module_in_the_configuration_without_its_file_is_missing() {
        let config = parse_config("CONFIG_NETFILTER_XT_MATCH_U32=m\nCONFIG_X=\"y\"\n").unwrap();
        let lists = Lists {
            config: Fact::known(config, "c"),
            ..lists()
        };
        assert_eq!(of(&lists), Some(Capability::Missing));
    }

    #[test]
    fn nothing_is_missing_unless_authoritative_lists_were_read() {
        let unreadable = || Fact::unreadable("EACCES: Permission denied", "x");
        let absent = || Fact::absent("ENOENT", "x");
        let no_dep = Lists {
            installed: absent(),
            ..lists()
        };
        assert_eq!(of(&no_dep), None);
        let hidden = Lists {
            installed: unreadable(),
            ..lists()
        };
        assert_eq!(of(&hidden), None);
        // EL6 has no modules.builtin.
        let no_builtin = Lists {
            builtin: absent(),
            ..lists()
        };
        assert_eq!(of(&no_builtin), None);
        let monolithic = Lists {
            loaded: absent(),
            builtin: absent(),
            installed: absent(),
            config: Fact::known(BTreeMap::new(), "/proc/config.gz"),
            ..lists()
        };
        assert_eq!(of(&monolithic), Some(Capability::Missing));
        let nothing = Lists {
            sysfs: absent(),
            ..monolithic
        };
        assert_eq!(of(&nothing), None);
    }

    #[test]
    fn what_the_kernel_shows_counts() {
        let fact = resolve(&lists(), &["tun"], &["TUN"], Some("/proc/misc"));
        assert_eq!(fact, Fact::known(Capability::Builtin, "/proc/misc"));
    }

    #[test]
    fn the_names_are_sorted_and_unique() {
        let names: Vec<_> = names().collect();
        let unique: BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parsers_panic(text in any::<String>(), bytes in any::<Vec<u8>>()) {
            let _ = (parse_modules(&text), parse_loaded(&text), parse_config(&text));
            let _ = gunzip(&bytes);
        }
    }
}
