//! The rules of IPv4's table `filter`, asked of the kernel, as `iptables-save`
//! prints them: from iptables' own tables and from nf_tables.
//!
//! What is not decoded is said, never left out: a match that is not known stands
//! there by its name, and [`UNDECODED`] where the name would promise too much.

use std::io;
use std::net::Ipv4Addr;

use super::{iptables, nftrules};

/// The word that stands for what could not be decoded: what a rule with it does
/// or which packets it fits cannot be said.
pub const UNDECODED: &str = "--undecoded";

/// Which rule sets the kernel holds already. Asking for one that it does not
/// hold would load it, so that it has to be known; `None` where it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tables {
    /// iptables' own table `filter`, as /proc/net/ip_tables_names tells.
    pub legacy: Option<bool>,
    /// nf_tables, built in or loaded.
    pub nft: Option<bool>,
}

/// A table of rules.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// Chains with their policies; chains of the operator's own have none.
    pub chains: Vec<(String, Option<&'static str>)>,
    /// Rules: chain, and what stands behind it.
    pub rules: Vec<(String, String)>,
}

impl Table {
    /// Whether it may do anything else to packets that come in than let them in.
    fn acts(&self) -> bool {
        self.policy("INPUT")
            .is_some_and(|policy| policy != "ACCEPT")
            || self.rules.iter().any(|(chain, _)| chain == "INPUT")
    }

    fn policy(&self, chain: &str) -> Option<&'static str> {
        self.chains.iter().find(|(name, _)| name == chain)?.1
    }

    /// As iptables-save prints it, without counters.
    fn text(&self) -> String {
        let mut text = String::from("*filter\n");
        for (name, policy) in &self.chains {
            text += &format!(":{name} {} [0:0]\n", policy.unwrap_or("-"));
        }
        for (chain, rule) in &self.rules {
            text += &format!("-A {chain}{rule}\n");
        }
        text + "COMMIT\n"
    }
}

/// The rules.
///
/// # Errors
/// The kernel's, and where it is not known which tables it holds.
pub(super) fn read(tables: Tables) -> io::Result<String> {
    let known = |there: Option<bool>, what: &str| {
        there.ok_or_else(|| {
            io::Error::other(format!("whether the kernel holds {what} is not known"))
        })
    };
    let legacy = if known(tables.legacy, "iptables' own table filter")? {
        iptables::filter()?
    } else {
        Table::default()
    };
    let (nft, others) = if known(tables.nft, "nf_tables")? {
        nftrules::filter()?
    } else {
        (Table::default(), Vec::new())
    };
    Ok(together(legacy, nft, &others).text())
}

/// Both tables as one: a packet has to come through both, and through nftables'
/// own chains, here named by `others`. What the second does to a packet that the
/// first lets in is not decoded.
fn together(legacy: Table, nft: Table, others: &[String]) -> Table {
    let both = legacy.acts() && nft.acts();
    let (mut first, second, name) = if nft.acts() || legacy.chains.is_empty() {
        (nft, legacy, "legacy-tables")
    } else {
        (legacy, nft, "nf-tables")
    };
    let mut hidden: Vec<String> = Vec::new();
    if both {
        hidden.push(format!(" -m {name} {UNDECODED} -j DROP"));
    }
    hidden.extend(
        others
            .iter()
            .map(|chain| format!(" -m nft-chain --chain {} -j DROP", word(chain))),
    );
    let hidden = hidden.into_iter().map(|rule| ("INPUT".to_owned(), rule));
    first.rules.splice(0..0, hidden);
    for (name, policy) in &second.chains {
        match first.chains.iter_mut().find(|(own, _)| own == name) {
            Some((own, kept)) if own != "INPUT" && *policy == Some("DROP") => *kept = *policy,
            Some(_) => {}
            None if policy.is_some() => first.chains.push((name.clone(), *policy)),
            None => {}
        }
    }
    let passed_on = second
        .rules
        .into_iter()
        .filter(|(chain, _)| chain == "FORWARD");
    first.rules.extend(passed_on);
    first
}

/// A word as iptables-save prints it: in quotes where it is not plain. Control
/// characters, of which a comment may be full, would end the line.
pub(super) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+.:/".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// A name that is one word for certain.
pub(super) fn name(bytes: &[u8]) -> String {
    let strange = |c: char| c.is_whitespace() || c.is_control() || c == '"';
    super::netlink::text(bytes).replace(strange, "_")
}

/// An option with its argument, negated or not.
pub(super) fn option(not: bool, name: &str, value: &str) -> String {
    format!("{}{name} {value}", if not { " ! " } else { " " })
}

/// An address with its mask.
pub(super) fn range(address: [u8; 4], mask: [u8; 4]) -> String {
    let bits = u32::from_be_bytes(mask);
    let address = Ipv4Addr::from(address);
    if bits.leading_ones() + bits.trailing_zeros() == 32 || bits == u32::MAX {
        format!("{address}/{}", bits.leading_ones())
    } else {
        format!("{address}/{}", Ipv4Addr::from(mask))
    }
}

/// A protocol by its name, or its number where it has none here (RFC 5237's
/// registry at IANA).
pub(super) fn protocol(number: u16) -> String {
    let name = match number {
        1 => "icmp",
        2 => "igmp",
        6 => "tcp",
        17 => "udp",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        58 => "ipv6-icmp",
        112 => "vrrp",
        132 => "sctp",
        136 => "udplite",
        other => return other.to_string(),
    };
    name.to_owned()
}

/// Ports from one to another.
pub(super) fn ports(low: u16, high: u16) -> String {
    if low == high {
        low.to_string()
    } else {
        format!("{low}:{high}")
    }
}

/// The states of connections whose bits are set; the bits are those of
/// `include/uapi/linux/netfilter/{nf_conntrack_common,xt_conntrack}.h`. `None`
/// where a bit has no name here.
pub(super) fn states(bits: u32) -> Option<String> {
    let named = [
        (1, "INVALID"),
        (8, "NEW"),
        (4, "RELATED"),
        (2, "ESTABLISHED"),
    ];
    let names: Vec<_> = named
        .iter()
        .filter(|(bit, _)| bits & bit != 0)
        .map(|(_, name)| *name)
        .collect();
    (!names.is_empty() && bits & !15 == 0).then(|| names.join(","))
}

/// A match of x_tables, as `iptables-save` prints it; `data` is as in
/// `include/uapi/linux/netfilter/xt_*.h`.
pub(super) fn matching(name: &str, revision: u8, data: &[u8]) -> String {
    let decoded = match (name, revision) {
        ("tcp", 0) => tcp(data),
        ("udp", 0) => udp(data),
        ("multiport", 0 | 1) => multiport(revision, data),
        ("state", 0) => u32_at(data, 0)
            .and_then(states)
            .map(|s| format!(" --state {s}")),
        ("conntrack", 1..=3) => match conntrack(revision, data) {
            Some((true, options)) => return format!(" -m state{options}"),
            other => other.map(|(_, options)| options),
        },
        ("comment", 0) => Some(format!(" --comment {}", word(&super::netlink::text(data)))),
        ("limit", 0) => limit(data),
        ("icmp", 0) => icmp(data),
        ("mac", 0) => mac(data),
        ("iprange", 1) => iprange(data),
        _ => Some(String::new()),
    };
    match decoded {
        // A name that nobody knows is as good as the word.
        Some(options) => format!(" -m {}{options}", word(name)),
        None => format!(" -m {} {UNDECODED}", word(name)),
    }
}

/// Targets of x_tables after which the kernel goes on with the next rule.
const GOES_ON: [&str; 26] = [
    "AUDIT",
    "CHECKSUM",
    "CLASSIFY",
    "CONNMARK",
    "CONNSECMARK",
    "CT",
    "DSCP",
    "ECN",
    "HL",
    "HMARK",
    "IDLETIMER",
    "LED",
    "LOG",
    "MARK",
    "NFLOG",
    "NOTRACK",
    "RATEEST",
    "SECMARK",
    "SET",
    "TCPMSS",
    "TCPOPTSTRIP",
    "TEE",
    "TOS",
    "TRACE",
    "TTL",
    "ULOG",
];

/// A target of x_tables.
pub(super) fn target(name: &str, revision: u8, data: &[u8]) -> String {
    match (name, revision) {
        ("REJECT", _) => match u32_at(data, 0).and_then(reject) {
            Some(with) => format!(" -j REJECT --reject-with {with}"),
            None => " -j REJECT".to_owned(),
        },
        ("LOG", 0) => log(data),
        _ if GOES_ON.contains(&name) => format!(" -j {name}"),
        _ => format!(" -j {} {UNDECODED}", word(name)),
    }
}

/// `enum ipt_reject_with` of `linux/netfilter_ipv4/ipt_REJECT.h`.
fn reject(with: u32) -> Option<&'static str> {
    Some(match with {
        0 => "icmp-net-unreachable",
        1 => "icmp-host-unreachable",
        2 => "icmp-proto-unreachable",
        3 => "icmp-port-unreachable",
        5 => "icmp-net-prohibited",
        6 => "icmp-host-prohibited",
        7 => "tcp-reset",
        8 => "icmp-admin-prohibited",
        _ => return None,
    })
}

/// `struct ipt_log_info`: level, flags, prefix.
fn log(data: &[u8]) -> String {
    let prefix = super::netlink::text(data.get(2..).unwrap_or_default());
    let mut text = " -j LOG".to_owned();
    if !prefix.is_empty() {
        text += &format!(" --log-prefix {}", word(&prefix));
    }
    // 4, warning, is what is not printed.
    match data.first() {
        None | Some(4) => {}
        Some(level) => text += &format!(" --log-level {level}"),
    }
    text
}

/// Both ends' ports of tcp and udp, and which of them are negated.
fn both_ports(data: &[u8], inverted: u8) -> Option<String> {
    let mut text = String::new();
    for (at, bit, name) in [(0, 1, "--sport"), (4, 2, "--dport")] {
        let (low, high) = (u16_at(data, at)?, u16_at(data, at + 2)?);
        if (low, high) != (0, u16::MAX) || inverted & bit != 0 {
            text += &option(inverted & bit != 0, name, &ports(low, high));
        }
    }
    Some(text)
}

fn tcp(data: &[u8]) -> Option<String> {
    let (wanted, mask, flags, inverted) =
        (*data.get(8)?, *data.get(9)?, *data.get(10)?, *data.get(11)?);
    let mut text = both_ports(data, inverted)?;
    if wanted != 0 || inverted & 8 != 0 {
        text += &option(inverted & 8 != 0, "--tcp-option", &wanted.to_string());
    }
    if mask != 0 || inverted & 4 != 0 {
        text += &tcp_flags(inverted & 4 != 0, mask, flags);
    }
    Some(text)
}

/// `--tcp-flags`: the flags that are looked at, and those of them that are set.
pub(super) fn tcp_flags(not: bool, mask: u8, set: u8) -> String {
    let names = |bits: u8| {
        let all = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];
        let set: Vec<&str> = (0..)
            .zip(all)
            .filter(|(bit, _)| bits >> bit & 1 != 0)
            .map(|(_, name)| name)
            .collect();
        if set.is_empty() {
            "NONE".to_owned()
        } else {
            set.join(",")
        }
    };
    option(
        not,
        "--tcp-flags",
        &format!("{} {}", names(mask), names(set)),
    )
}

fn udp(data: &[u8]) -> Option<String> {
    both_ports(data, *data.get(8)?)
}

/// `struct xt_multiport{,_v1}`: which ports, how many, the ports, and in the
/// second whether each begins a range, and whether it is negated.
fn multiport(revision: u8, data: &[u8]) -> Option<String> {
    let (flags, count) = (*data.first()?, usize::from(*data.get(1)?).min(15));
    let name = match flags {
        0 => "--sports",
        1 => "--dports",
        2 => "--ports",
        _ => return None,
    };
    let (mut list, mut at) = (Vec::new(), 0);
    while at < count {
        let port = u16_at(data, 2 + 2 * at)?;
        if revision == 1 && *data.get(32 + at)? != 0 {
            at += 1;
            list.push(ports(port, u16_at(data, 2 + 2 * at)?));
        } else {
            list.push(port.to_string());
        }
        at += 1;
    }
    let not = revision == 1 && *data.get(47)? != 0;
    Some(option(not, name, &list.join(",")))
}

/// `struct xt_conntrack_mtinfo{1,2,3}`, where it looks at the state alone:
/// whether it was written as `-m state`, and its options.
fn conntrack(revision: u8, data: &[u8]) -> Option<(bool, String)> {
    let (looks, inverted) = (u16_at(data, 146)?, u16_at(data, 148)?);
    let state = match revision {
        1 => u32::from(*data.get(150)?),
        _ => u32::from(u16_at(data, 150)?),
    };
    // XT_CONNTRACK_STATE, XT_CONNTRACK_STATE_ALIAS
    let alias = looks & 1 << 13 != 0;
    if looks & !(1 << 13) != 1 {
        return None;
    }
    let name = if alias { "--state" } else { "--ctstate" };
    Some((alias, option(inverted & 1 != 0, name, &states(state)?)))
}

/// `struct xt_rateinfo`: the time between two packets, in 1/10,000 s, and how many may
/// come at once.
fn limit(data: &[u8]) -> Option<String> {
    let (every, burst) = (u32_at(data, 0)?, u32_at(data, 4)?);
    let units = [
        (864_000_000u32, "day"),
        (36_000_000, "hour"),
        (600_000, "min"),
        (10_000, "sec"),
    ];
    // The shortest unit that says it without a remainder worth naming, as
    // iptables has it.
    let fits = |unit: u32| Some(unit.checked_div(every)? >= unit.checked_rem(every)?.max(1));
    let mut told = (units.first()?.0.checked_div(every)?, "day");
    for (unit, name) in units.into_iter().skip(1) {
        if !fits(unit)? {
            break;
        }
        told = (unit.checked_div(every)?, name);
    }
    Some(rate(u64::from(told.0), told.1, burst))
}

/// A limit's options; a burst of 5 is what is not printed.
pub(super) fn rate(count: u64, unit: &str, burst: u32) -> String {
    let more = match burst {
        5 => String::new(),
        burst => format!(" --limit-burst {burst}"),
    };
    format!(" --limit {count}/{unit}{more}")
}

/// `struct ipt_icmp`: type, codes, inversion.
fn icmp(data: &[u8]) -> Option<String> {
    let (kind, low, high, not) = (*data.first()?, *data.get(1)?, *data.get(2)?, *data.get(3)?);
    let value = match (kind, low, high) {
        (255, ..) => "any".to_owned(),
        (kind, 0, 255) => kind.to_string(),
        (kind, low, high) if low == high => format!("{kind}/{low}"),
        _ => return None,
    };
    Some(option(not & 1 != 0, "--icmp-type", &value))
}

/// `struct xt_mac_info`: the address, inversion.
fn mac(data: &[u8]) -> Option<String> {
    let hex: Vec<String> = data.get(..6)?.iter().map(|b| format!("{b:02x}")).collect();
    Some(option(
        u32_at(data, 8)? != 0,
        "--mac-source",
        &hex.join(":"),
    ))
}

/// `struct xt_iprange_mtinfo`: two ranges of addresses of 16 bytes each, flags.
fn iprange(data: &[u8]) -> Option<String> {
    let address = |at: usize| -> Option<Ipv4Addr> {
        Some(Ipv4Addr::from(
            <[u8; 4]>::try_from(data.get(at..at + 4)?).ok()?,
        ))
    };
    let flags = *data.get(64)?;
    let mut text = String::new();
    for (at, bit, name) in [(0, 1, "--src-range"), (32, 2, "--dst-range")] {
        if flags & bit != 0 {
            let range = format!("{}-{}", address(at)?, address(at + 16)?);
            text += &option(flags & bit << 4 != 0, name, &range);
        }
    }
    Some(text)
}

/// Two bytes as this machine has them.
pub(super) fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(data.get(at..at + 2)?.try_into().ok()?))
}

/// Four bytes as this machine has them.
pub(super) fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(data.get(at..at + 4)?.try_into().ok()?))
}
