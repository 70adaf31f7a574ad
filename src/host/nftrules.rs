//! The table `filter` of IPv4 in nf_tables, where today's `iptables` keeps its
//! rules, over nfnetlink, said in iptables' words.
//!
//! The numbers are those of the kernel's
//! `include/uapi/linux/netfilter/{nf_tables,nf_tables_compat}.h`.

use std::collections::BTreeMap;
use std::io;

use netlink_sys::protocols::NETLINK_NETFILTER;

use super::iptables::interface;
use super::netlink::{attributes, dump_from, text};
use super::packet_filter::{self as words, Table, UNDECODED, option};

/// `NFNL_SUBSYS_NFTABLES << 8`, with `NFT_MSG_GETCHAIN` and `NFT_MSG_GETRULE`.
const GET_CHAIN: u16 = 10 << 8 | 4;
const GET_RULE: u16 = 10 << 8 | 7;
/// `NFPROTO_INET`, `NFPROTO_IPV4`, `NFPROTO_NETDEV`
const INET: u8 = 1;
const IPV4: u8 = 2;
const NETDEV: u8 = 5;
/// `NF_INET_LOCAL_IN`
const LOCAL_IN: u32 = 1;

/// The table, and the names of other chains that packets which come in go
/// through and that may not let them pass.
///
/// # Errors
/// The kernel's.
pub(super) fn filter() -> io::Result<(Table, Vec<String>)> {
    // struct nfgenmsg: family, version, resource
    let chains = dump_from(NETLINK_NETFILTER, GET_CHAIN, &[0; 4])?;
    let chains: Vec<Chain> = chains.iter().filter_map(|body| chain(body)).collect();
    let own = |chain: &&Chain| chain.family == IPV4 && chain.table == "filter";
    let others = chains.iter().filter(|chain| !own(chain) && chain.hinders());
    let others = others.map(Chain::path).collect();
    let mut table = Table::default();
    for chain in chains.iter().filter(own) {
        let policy = chain
            .hook
            .map(|_| if chain.drops { "DROP" } else { "ACCEPT" });
        table.chains.push((chain.name.clone(), policy));
    }
    if table.chains.is_empty() {
        return Ok((table, others));
    }
    for body in dump_from(NETLINK_NETFILTER, GET_RULE, &[IPV4, 0, 0, 0])? {
        // One that cannot be read may be any.
        let (of, chain, rule) = rule(&body).ok_or(io::ErrorKind::InvalidData)?;
        if of == "filter" {
            table.rules.push((chain, rule));
        }
    }
    Ok((table, others))
}

/// A chain.
#[derive(Debug, Default)]
struct Chain {
    family: u8,
    table: String,
    name: String,
    /// `NF_INET_*`, where packets enter the rule set here.
    hook: Option<u32>,
    /// Whether its policy is to drop.
    drops: bool,
    /// Rules in it and jumps to it.
    uses: u32,
    kind: String,
}

impl Chain {
    /// Whether packets that come in go through it and may end in it. iptables'
    /// other tables are left out, as `iptables-save -t filter` does.
    fn hinders(&self) -> bool {
        let iptables = self.family == IPV4
            && ["mangle", "nat", "raw", "security"].contains(&self.table.as_str())
            && self.name == "INPUT";
        let comes_in = match self.family {
            INET | IPV4 => self.hook == Some(LOCAL_IN),
            // Whatever comes in by a device.
            NETDEV => self.hook == Some(0),
            _ => false,
        };
        comes_in && !iptables && self.kind != "nat" && (self.drops || self.uses > 0)
    }

    fn path(&self) -> String {
        let family = match self.family {
            INET => "inet",
            IPV4 => "ip",
            _ => "netdev",
        };
        format!("{family}/{}/{}", self.table, self.name)
    }
}

fn chain(body: &[u8]) -> Option<Chain> {
    let mut chain = Chain {
        family: *body.first()?,
        ..Chain::default()
    };
    for (kind, value) in attributes(body.get(4..)?) {
        match kind {
            1 => chain.table = words::name(value),
            3 => chain.name = words::name(value),
            4 => chain.hook = inner(value, 1).and_then(be32),
            5 => chain.drops = be32(value)? == 0,
            6 => chain.uses = be32(value)?,
            7 => chain.kind = text(value),
            _ => {}
        }
    }
    Some(chain)
}

/// A rule: its table, its chain, what stands behind it.
fn rule(body: &[u8]) -> Option<(String, String, String)> {
    let (mut table, mut chain) = (String::new(), String::new());
    let mut decoder = Decoder::default();
    let mut comment = None;
    for (kind, value) in attributes(body.get(4..)?) {
        match kind {
            1 => table = text(value),
            2 => chain = words::name(value),
            4 => {
                for (_, expression) in attributes(value) {
                    let name = text(inner(expression, 1)?);
                    let data = inner(expression, 2).unwrap_or_default();
                    decoder.expression(&name, data);
                }
            }
            7 => comment = comment.or_else(|| noted(value)),
            _ => {}
        }
    }
    if let Some(comment) = comment {
        decoder.matches += &format!(" -m comment --comment {}", words::word(&comment));
    }
    Some((table, chain, decoder.text()))
}

/// The comment among a rule's user data: type 0, a length, the text.
fn noted(mut data: &[u8]) -> Option<String> {
    while let [kind, length, rest @ ..] = data {
        let value = rest.get(..usize::from(*length))?;
        if *kind == 0 {
            return Some(text(value));
        }
        data = rest.get(usize::from(*length)..)?;
    }
    None
}

/// What a register holds.
#[derive(Debug, Clone, PartialEq)]
enum Loaded {
    /// `NFT_META_*`
    Meta(u32),
    /// Bytes of the packet: `NFT_PAYLOAD_*`, offset, length.
    Payload(u32, u32, u32),
    /// The state of the connection.
    State,
    /// One of them, of which the bits of a mask are looked at.
    Masked(Box<Loaded>, Vec<u8>),
}

/// Puts a rule's expressions into words.
#[derive(Debug, Default)]
struct Decoder {
    registers: BTreeMap<u32, Loaded>,
    /// In the order of iptables-save: addresses, interfaces, protocol.
    head: [String; 5],
    matches: String,
    target: Option<String>,
    /// The protocol that ports belong to.
    protocol: Option<String>,
    /// Lower end of a range of ports whose upper end has not come yet.
    from: Option<(Loaded, u16)>,
    /// Names of what was not understood.
    strange: Vec<String>,
}

impl Decoder {
    fn expression(&mut self, name: &str, data: &[u8]) {
        // What stands behind a verdict is never reached.
        if self.target.as_ref().is_some_and(|target| ends(target)) {
            return;
        }
        let understood = match name {
            "counter" => Some(()),
            "meta" => self.load(data, 1, |data| Some(Loaded::Meta(number(data, 2)?))),
            "payload" => self.load(data, 1, |data| {
                Some(Loaded::Payload(
                    number(data, 2)?,
                    number(data, 3)?,
                    number(data, 4)?,
                ))
            }),
            "ct" => self.load(data, 1, |data| {
                (number(data, 2)? == 0).then_some(Loaded::State)
            }),
            "bitwise" => self.mask(data),
            "cmp" => self.compare(data),
            "range" => self.range(data),
            "immediate" => self.verdict(data),
            "match" => self.matching(data),
            "target" => self.leads(data),
            "log" => {
                let prefix = inner(data, 2).map(text).filter(|text| !text.is_empty());
                let prefix = prefix.map(|text| format!(" --log-prefix {}", words::word(&text)));
                // NFTA_LOG_GROUP: to a program, not to the kernel's log.
                let name = if inner(data, 1).is_some() {
                    "NFLOG"
                } else {
                    "LOG"
                };
                self.target = Some(format!(" -j {name}{}", prefix.unwrap_or_default()));
                Some(())
            }
            "reject" => {
                self.target = Some(" -j REJECT".to_owned());
                Some(())
            }
            "limit" => self.limit(data),
            // Into a register, or none: not out of a map of verdicts.
            "lookup" if number(data, 3) != Some(0) => {
                self.matches += " -m set";
                Some(())
            }
            _ => None,
        };
        if understood.is_none() {
            self.strange.push(name.to_owned());
        }
    }

    /// Remembers what a register is loaded with. One that is not understood is
    /// forgotten, so that what is compared with it is not understood either.
    fn load(
        &mut self,
        data: &[u8],
        register: u16,
        what: impl Fn(&[u8]) -> Option<Loaded>,
    ) -> Option<()> {
        let register = number(data, register)?;
        self.registers.remove(&register);
        self.registers.insert(register, what(data)?);
        Some(())
    }

    fn mask(&mut self, data: &[u8]) -> Option<()> {
        let (from, to) = (number(data, 1)?, number(data, 2)?);
        let loaded = self.registers.get(&from).cloned();
        self.registers.remove(&to);
        let mask = inner(inner(data, 4)?, 1)?;
        let flips = inner(inner(data, 5)?, 1)?;
        // NFT_BITWISE_MASK_XOR
        let plain = number(data, 6).unwrap_or(0) == 0 && flips.iter().all(|byte| *byte == 0);
        let masked = Loaded::Masked(Box::new(loaded?), mask.to_vec());
        self.registers.insert(to, plain.then_some(masked)?);
        Some(())
    }

    fn compare(&mut self, data: &[u8]) -> Option<()> {
        let loaded = self.registers.get(&number(data, 1)?)?.clone();
        let value = inner(inner(data, 3)?, 1)?;
        let not = match number(data, 2)? {
            0 => false,
            1 => true,
            // NFT_CMP_GTE, then NFT_CMP_LTE on the same: a range.
            5 => {
                let low = port(&loaded, value)?;
                self.from = Some((loaded, low));
                return Some(());
            }
            3 => {
                let high = port(&loaded, value)?;
                let (of, low) = self.from.take()?;
                (of == loaded).then_some(())?;
                return self.ports(&loaded, false, low, high);
            }
            _ => return None,
        };
        self.equal(&loaded, not, value)
    }

    fn range(&mut self, data: &[u8]) -> Option<()> {
        let loaded = self.registers.get(&number(data, 1)?)?.clone();
        let not = number(data, 2)? == 1;
        let (low, high) = (inner(inner(data, 3)?, 1)?, inner(inner(data, 4)?, 1)?);
        self.ports(&loaded, not, port(&loaded, low)?, port(&loaded, high)?)
    }

    fn ports(&mut self, loaded: &Loaded, not: bool, low: u16, high: u16) -> Option<()> {
        let name = match loaded {
            Loaded::Payload(2, 0, 2) => "--sport",
            Loaded::Payload(2, 2, 2) => "--dport",
            _ => return None,
        };
        // Without the protocol these are bytes of anything.
        let protocol = self.protocol.as_deref()?;
        let module = format!(" -m {protocol}");
        if !self.matches.ends_with(&module) && !self.matches.contains(&format!("{module} ")) {
            self.matches += &module;
        }
        self.matches += &option(not, name, &words::ports(low, high));
        Some(())
    }

    fn equal(&mut self, loaded: &Loaded, not: bool, value: &[u8]) -> Option<()> {
        match loaded {
            // NFT_META_IIFNAME, NFT_META_OIFNAME
            Loaded::Meta(6) => self.put(2, option(not, "-i", &interface(value))),
            Loaded::Meta(7) => self.put(3, option(not, "-o", &interface(value))),
            // NFT_META_L4PROTO; the protocol in the header of IPv4
            Loaded::Meta(16) | Loaded::Payload(1, 9, 1) => {
                let protocol = words::protocol(u16::from(*value.first()?));
                self.put(4, option(not, "-p", &protocol))?;
                if !not && matches!(protocol.as_str(), "tcp" | "udp") {
                    self.protocol = Some(protocol);
                }
                Some(())
            }
            Loaded::Payload(1, offset @ (12 | 16), length @ 1..=4) => {
                let length = *length as usize;
                let (mut address, mut mask) = ([0; 4], [0; 4]);
                address
                    .get_mut(..length)?
                    .copy_from_slice(value.get(..length)?);
                mask.get_mut(..length)?.fill(0xff);
                self.address(*offset, not, address, mask)
            }
            Loaded::Payload(2, 0 | 2, 2) => {
                let port = port(loaded, value)?;
                self.ports(loaded, not, port, port)
            }
            Loaded::Masked(what, mask) => match (&**what, not) {
                (Loaded::Payload(1, offset @ (12 | 16), 4), not) => {
                    let address = value.get(..4)?.try_into().ok()?;
                    let mask = mask.get(..4)?.try_into().ok()?;
                    self.address(*offset, not, address, mask)
                }
                // One of the states: some bit of the mask is set.
                (Loaded::State, true) if value.iter().all(|byte| *byte == 0) => {
                    let states = words::states(words::u32_at(mask, 0)?)?;
                    self.matches += &format!(" -m conntrack --ctstate {states}");
                    Some(())
                }
                (Loaded::Payload(2, 13, 1), not) if self.protocol.as_deref() == Some("tcp") => {
                    self.matches += " -m tcp";
                    self.matches += &words::tcp_flags(not, *mask.first()?, *value.first()?);
                    Some(())
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn address(&mut self, offset: u32, not: bool, address: [u8; 4], mask: [u8; 4]) -> Option<()> {
        let (at, name) = if offset == 12 { (0, "-s") } else { (1, "-d") };
        self.put(at, option(not, name, &words::range(address, mask)))
    }

    fn put(&mut self, at: usize, words: String) -> Option<()> {
        self.head.get_mut(at)?.push_str(&words);
        Some(())
    }

    fn verdict(&mut self, data: &[u8]) -> Option<()> {
        let register = number(data, 1)?;
        self.registers.remove(&register);
        // NFT_REG_VERDICT
        (register == 0).then_some(())?;
        let verdict = inner(inner(data, 2)?, 2)?;
        let chain = || Some(words::word(&words::name(inner(verdict, 2)?)));
        self.target = Some(match number(verdict, 1)?.cast_signed() {
            0 => " -j DROP".to_owned(),
            1 => " -j ACCEPT".to_owned(),
            // NFT_CONTINUE
            -1 => return Some(()),
            -3 => format!(" -j {}", chain()?),
            -4 => format!(" -g {}", chain()?),
            -5 => " -j RETURN".to_owned(),
            _ => return None,
        });
        Some(())
    }

    /// So many packets in so many seconds, and how many at once.
    fn limit(&mut self, data: &[u8]) -> Option<()> {
        let count = u64::from_be_bytes(inner(data, 1)?.try_into().ok()?);
        let unit = match u64::from_be_bytes(inner(data, 2)?.try_into().ok()?) {
            1 => "sec",
            60 => "min",
            3_600 => "hour",
            86_400 => "day",
            _ => return None,
        };
        // NFT_LIMIT_PKTS, and not NFT_LIMIT_F_INV
        (number(data, 4)? == 0 && number(data, 5)? == 0).then_some(())?;
        self.matches += " -m limit";
        self.matches += &words::rate(count, unit, number(data, 3)?);
        Some(())
    }

    fn matching(&mut self, data: &[u8]) -> Option<()> {
        let name = text(inner(data, 1)?);
        let revision = u8::try_from(number(data, 2)?).ok()?;
        self.matches += &words::matching(&name, revision, inner(data, 3)?);
        Some(())
    }

    fn leads(&mut self, data: &[u8]) -> Option<()> {
        let name = text(inner(data, 1)?);
        let revision = u8::try_from(number(data, 2)?).ok()?;
        self.target = Some(words::target(&name, revision, inner(data, 3)?));
        Some(())
    }

    fn text(self) -> String {
        let mut text = self.head.concat() + &self.matches;
        let mut target = self.target.unwrap_or_default();
        if self.from.is_some() || !self.strange.is_empty() {
            // What is not understood may narrow the rule, or be a verdict.
            text += &format!(" -m nft {UNDECODED}");
            let narrows = |name: &&String| !NARROWS.contains(&name.as_str());
            if let Some(name) = self.strange.iter().find(narrows) {
                target = format!(" -j {} {UNDECODED}", words::word(name));
            }
        }
        text + &target
    }
}

/// Expressions that are no verdict, whatever they hold; `lookup` is not among
/// them, since it may take the verdict out of a map.
const NARROWS: [&str; 20] = [
    "bitwise",
    "byteorder",
    "cmp",
    "connlimit",
    "ct",
    "dynset",
    "exthdr",
    "fib",
    "hash",
    "limit",
    "match",
    "meta",
    "numgen",
    "osf",
    "payload",
    "quota",
    "range",
    "rt",
    "socket",
    "xfrm",
];

/// Whether nothing behind a target in the same rule is reached, or may not be.
fn ends(target: &str) -> bool {
    !target.is_empty() && !target.starts_with(" -j LOG") && !target.starts_with(" -j NFLOG")
}

/// A port, where that is what is compared.
fn port(loaded: &Loaded, value: &[u8]) -> Option<u16> {
    matches!(loaded, Loaded::Payload(2, 0 | 2, 2)).then_some(())?;
    Some(u16::from_be_bytes(value.get(..2)?.try_into().ok()?))
}

/// The attribute of this kind in an attribute.
fn inner(bytes: &[u8], kind: u16) -> Option<&[u8]> {
    attributes(bytes)
        .find(|attribute| attribute.0 == kind)
        .map(|attribute| attribute.1)
}

/// The number in the attribute of this kind.
fn number(bytes: &[u8], kind: u16) -> Option<u32> {
    be32(inner(bytes, kind)?)
}

fn be32(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_answer_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = (chain(&bytes), rule(&bytes));
        }
    }
}
