//! Facts without what tells whose host they are of.
//!
//! Addresses, hardware addresses, names and ids are replaced, the same by the
//! same, so that whatever compares them says what it said before. Addresses are
//! mapped so that two which share their first n bits share exactly n bits
//! afterwards (Xu, Fan, Ammar, Moon: "Prefix-Preserving IP Address
//! Anonymization", 2002; here with SHA-256): networks that overlapped overlap,
//! and no others.
//!
//! Networks that everybody has keep their place: private ranges, loopback, the
//! default pools of Docker, Swarm and Kubernetes. The last octet of an IPv4
//! address is kept, and the vendor part of hardware addresses that hypervisors
//! give: neither tells whose it is, and both are judged.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Ranges that stay what they are: an address is in one afterwards if and only if
/// it was before. Public blocks of RFC 6890; Docker's default pools
/// (172.17.0.0/16 to 172.31.0.0/16, 192.168.0.0/20 and so on); Swarm's first
/// network; the usual networks of Kubernetes (10.96.0.0/12, 10.244.0.0/16,
/// 10.32.0.0/12).
const BLOCKS: [([u8; 4], u8); 18] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 24),
    ([10, 0, 2, 0], 24),
    ([10, 32, 0, 0], 12),
    ([10, 96, 0, 0], 12),
    ([10, 244, 0, 0], 16),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 2, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Ranges whose addresses are the same everywhere.
const KEPT: [([u8; 4], u8); 4] = [
    ([0, 0, 0, 0], 8),
    ([127, 0, 0, 0], 8),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// The same of IPv6: unspecified and loopback, link-local, unique local,
/// multicast, documentation.
const BLOCKS6: [(u128, u8); 5] = [
    (0, 64),
    (0xfe80 << 112, 64),
    (0xfc00 << 112, 8),
    (0xff00 << 112, 8),
    (0x2001_0db8 << 96, 32),
];

/// First octets of hardware addresses that hypervisors and containers give:
/// VMware, VirtualBox, QEMU, Xen, Hyper-V, Docker.
const VIRTUAL: [[u8; 3]; 7] = [
    [0x00, 0x50, 0x56],
    [0x00, 0x0c, 0x29],
    [0x08, 0x00, 0x27],
    [0x52, 0x54, 0x00],
    [0x00, 0x16, 0x3e],
    [0x00, 0x15, 0x5d],
    [0x02, 0x42, 0xac],
];

/// Labels of names that everybody has.
const COMMON: [&str; 22] = [
    "localhost",
    "localdomain",
    "localhost4",
    "localhost6",
    "localdomain4",
    "localdomain6",
    "ip6-localhost",
    "ip6-loopback",
    "ip6-allnodes",
    "ip6-allrouters",
    "local",
    "internal",
    "lan",
    "com",
    "net",
    "org",
    "io",
    "de",
    "docker",
    "bridge",
    "host",
    "none",
];

/// Maps what tells whose a host is.
pub struct Map {
    key: Vec<u8>,
    /// Labels by what stands for them, in the order in which they were met.
    names: BTreeMap<String, String>,
}

fn within(address: u128, block: u128, length: u8, bits: u8) -> bool {
    length == 0 || (address ^ block) >> (bits - length) == 0
}

impl Map {
    /// A map. The same key gives the same map on every host.
    pub fn new(key: &[u8]) -> Self {
        Self {
            key: key.to_vec(),
            names: BTreeMap::new(),
        }
    }

    fn hash(&self, what: &str, of: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(&self.key);
        hash.update(what.as_bytes());
        hash.update([0]);
        hash.update(of);
        hash.finalize().into()
    }

    /// Flips each bit from none to `end` by what stands before it, but where that
    /// could lead into one of the blocks, or out of it.
    fn flipped(&self, address: u128, bits: u8, end: u8, blocks: &[(u128, u8)]) -> u128 {
        let mut out = address;
        for at in 0..end {
            let before = if at == 0 { 0 } else { address >> (bits - at) };
            let decides = blocks
                .iter()
                .any(|(block, length)| at < *length && (at == 0 || before == block >> (bits - at)));
            if decides {
                continue;
            }
            let mut of = before.to_be_bytes().to_vec();
            of.extend([bits, at]);
            let flip = self.hash("address", &of).first().copied().unwrap_or(0) & 1;
            out ^= u128::from(flip) << (bits - 1 - at);
        }
        out
    }

    /// What stands for an address.
    pub fn address(&self, address: IpAddr) -> IpAddr {
        match address {
            IpAddr::V4(v4) => {
                let bits = u128::from(v4.to_bits());
                let wide = |(octets, length): &([u8; 4], u8)| {
                    (u128::from(u32::from_be_bytes(*octets)), *length)
                };
                let kept = KEPT.iter().map(wide);
                if kept
                    .clone()
                    .any(|(block, length)| within(bits, block, length, 32))
                {
                    return address;
                }
                let mut blocks: Vec<_> = BLOCKS.iter().map(wide).collect();
                // Docker's pools, one by one.
                blocks.extend((16..32).map(|second| wide(&([172, second, 0, 0], 16))));
                blocks.extend((0..16).map(|n| wide(&([192, 168, n * 16, 0], 20))));
                let out = self.flipped(bits, 32, 24, &blocks);
                Ipv4Addr::from(u32::try_from(out).unwrap_or_default()).into()
            }
            IpAddr::V6(v6) => {
                if v6.is_loopback() || v6.is_unspecified() || v6.is_multicast() {
                    return address;
                }
                let out = self.flipped(v6.to_bits(), 128, 128, &BLOCKS6);
                Ipv6Addr::from(out).into()
            }
        }
    }

    /// What stands for an address or network as text.
    fn net(&self, text: &str) -> Option<String> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let old: IpAddr = address.parse().ok()?;
        let new = self.address(old);
        let Some(prefix) = prefix else {
            return Some(new.to_string());
        };
        // A network stays one: its host part is nought.
        let net = ipnet::IpNet::new(old, prefix).ok()?;
        let mapped = ipnet::IpNet::new(new, prefix).ok()?;
        let mapped = if net.trunc() == net {
            mapped.trunc()
        } else {
            mapped
        };
        Some(mapped.to_string())
    }

    /// What stands for a hardware address, in its own way of writing.
    fn hardware(&self, text: &str) -> Option<String> {
        let bytes: Result<Vec<u8>, _> = text
            .split([':', '-'])
            .map(|byte| u8::from_str_radix(byte, 16))
            .collect();
        let bytes: [u8; 6] = bytes.ok()?.try_into().ok()?;
        if bytes == [0; 6] || bytes == [0xff; 6] {
            return Some(text.to_owned());
        }
        let [a, b, c, ..] = bytes;
        let hash = self.hash("hardware", &bytes);
        let mut out = bytes;
        // The two lowest bits say multicast and locally administered.
        let virtual_vendor = VIRTUAL.contains(&[a, b, c]) || (a, b) == (0x02, 0x42);
        let from = if virtual_vendor { 3 } else { 0 };
        for (byte, hashed) in out.iter_mut().zip(hash).skip(from) {
            *byte = hashed;
        }
        if !virtual_vendor {
            out[0] = (hash[0] & 0xfc) | (a & 3);
        }
        let sign = if text.contains('-') { "-" } else { ":" };
        Some(out.map(|byte| format!("{byte:02x}")).join(sign))
    }

    /// What stands for a name, label by label.
    pub fn name(&mut self, name: &str) -> String {
        let labels: Vec<String> = name.split('.').map(|label| self.label(label)).collect();
        labels.join(".")
    }

    fn label(&mut self, label: &str) -> String {
        let lower = label.to_ascii_lowercase();
        let number = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
        if label.is_empty() || number || COMMON.contains(&lower.as_str()) {
            return label.to_owned();
        }
        let next = self.names.len() + 1;
        let known = self
            .names
            .entry(lower)
            .or_insert_with(|| format!("name-{next}"));
        let mut out = known.clone();
        // What makes a name a bad one stays: it is judged.
        if label.bytes().any(|byte| byte.is_ascii_uppercase()) {
            out = out.to_ascii_uppercase();
        }
        if label.contains('_') {
            out = out.replace('-', "_");
        }
        if label.len() > 63 {
            out = format!(
                "{out}{}",
                "x".repeat(label.len() - out.len().min(label.len()))
            );
        }
        out
    }

    /// What stands for an id of hexadecimal digits, in its own form.
    fn id(&self, text: &str) -> String {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        // All the same or none: an id that is none, which is judged.
        if digits.iter().all(|digit| Some(digit) == digits.first()) {
            return text.to_owned();
        }
        let lower = text.to_ascii_lowercase();
        let hash = self.hash("id", lower.as_bytes());
        let mut hex = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]).cycle();
        text.chars()
            .map(|c| match c {
                c if c.is_ascii_hexdigit() => {
                    let digit = u32::from(hex.next().unwrap_or(0));
                    let new = char::from_digit(digit, 16).unwrap_or('0');
                    if c.is_ascii_uppercase() {
                        new.to_ascii_uppercase()
                    } else {
                        new
                    }
                }
                c => c,
            })
            .collect()
    }
}

fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

static HARDWARE: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"\b[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}\b"));
static V4: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?\b"));
static V6: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b[0-9a-f]{0,4}:[0-9a-f:]*:[0-9a-f:.]*[0-9a-f](?:/[0-9]{1,3})?|\b[0-9a-f]{1,4}:[0-9a-f:]*::(?:/[0-9]{1,3})?",
    )
});
static URL: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"([A-Za-z][A-Za-z0-9+.-]*://)([A-Za-z0-9._-]+)"));
static HOME: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"(/home/)([^/\s]+)"));

/// Sections in which four numbers with dots are a version, not an address.
const VERSIONS: [&str; 4] = ["kernel", "os", "software", "cgroups"];

/// Replaces everything in a facts document that tells whose host it is of.
pub fn anonymize(document: &mut Value, key: &[u8]) {
    let mut map = Map::new(key);
    let mut known = BTreeSet::new();
    names_of(document, &mut known);
    // Longest first: a host's full name before its domain.
    let mut known: Vec<String> = known.into_iter().collect();
    known.sort_by_key(|name| (std::cmp::Reverse(name.len()), name.clone()));
    let whole: Vec<(String, String)> = known
        .iter()
        .map(|name| (name.clone(), map.name(name)))
        .collect();
    walk(document, &mut Vec::new(), &mut map, &whole);
}

/// The names that the document gives to hosts and domains.
fn names_of(document: &Value, names: &mut BTreeSet<String>) {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    names.extend(document.pointer("/os/hostname/value").and_then(text));
    let rows = document.pointer("/identity/hosts/value");
    for row in rows.and_then(Value::as_array).into_iter().flatten() {
        let own = row.get("names").and_then(Value::as_array);
        names.extend(own.into_iter().flatten().filter_map(text));
    }
    for conf in ["conf", "upstream"] {
        let search = document.pointer(&format!("/resolver/{conf}/value/search"));
        let search = search.and_then(Value::as_array);
        names.extend(search.into_iter().flatten().filter_map(text));
    }
}

/// Whether a string of the document is a name as a whole.
fn is_name(path: &[String]) -> bool {
    let at = |index: usize| path.get(index).map_or("", String::as_str);
    match (at(0), at(1)) {
        ("os", "hostname") => path.last().is_some_and(|key| key == "value"),
        ("identity", "hosts") => path.iter().any(|key| key == "names"),
        ("resolver", _) => path.iter().any(|key| key == "search"),
        ("online", _) => path.last().is_some_and(|key| key == "host"),
        // Networks of Docker are named after projects and customers.
        ("docker", "info") => at(2) == "networks" && path.last().is_some_and(|key| key == "name"),
        _ => false,
    }
}

fn walk(value: &mut Value, path: &mut Vec<String>, map: &mut Map, known: &[(String, String)]) {
    match value {
        Value::Object(all) => {
            for (key, inner) in all.iter_mut() {
                path.push(key.clone());
                walk(inner, path, map, known);
                path.pop();
            }
        }
        Value::Array(all) => {
            for inner in all {
                walk(inner, path, map, known);
            }
        }
        Value::String(text) => {
            *text = if is_name(path) && text.parse::<IpAddr>().is_err() {
                map.name(text)
            } else {
                replaced(text, path, map, known)
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn replaced(text: &str, path: &[String], map: &mut Map, known: &[(String, String)]) -> String {
    let section = path.first().map_or("", String::as_str);
    let last = path.last().map_or("", String::as_str);
    let ids = ["machine_id", "product_uuid"];
    if section == "identity"
        && path.iter().any(|key| ids.contains(&key.as_str()))
        && last == "value"
    {
        return map.id(text);
    }
    let mut out = text.to_owned();
    // Names without a dot are words of a language too: replaced only where a
    // field is a name, never in texts.
    for (name, new) in known.iter().filter(|(name, _)| name.contains('.')) {
        if name.parse::<IpAddr>().is_err() {
            out = out.replace(name.as_str(), new);
        }
    }
    if let Some(url) = URL.as_ref() {
        let mut names = |found: &Captures<'_>| {
            let host = found.get(2).map_or("", |host| host.as_str());
            let host = match host.parse::<IpAddr>() {
                Ok(_) => host.to_owned(),
                Err(_) => map.name(host),
            };
            format!(
                "{}{host}",
                found.get(1).map_or("", |scheme| scheme.as_str())
            )
        };
        out = url.replace_all(&out, &mut names).into_owned();
    }
    if let Some(home) = HOME.as_ref() {
        let mut user = |found: &Captures<'_>| {
            let name = found.get(2).map_or("", |name| name.as_str());
            format!("/home/{}", map.label(name))
        };
        out = home.replace_all(&out, &mut user).into_owned();
    }
    let mut each = |pattern: &LazyLock<Option<Regex>>, new: &dyn Fn(&str) -> Option<String>| {
        if let Some(pattern) = pattern.as_ref() {
            let cut = |found: &Captures<'_>| {
                let old = found.get(0).map_or("", |found| found.as_str());
                new(old).unwrap_or_else(|| old.to_owned())
            };
            out = pattern.replace_all(&out, cut).into_owned();
        }
    };
    let map = &*map;
    each(&V6, &|old| {
        // Six pairs of digits are a hardware address.
        let colons = old.bytes().filter(|byte| *byte == b':').count();
        if colons == 5 && !old.contains("::") {
            return None;
        }
        map.net(old)
    });
    each(&HARDWARE, &|old| map.hardware(old));
    if !VERSIONS.contains(&section) && !path.iter().any(|key| key.contains("version")) {
        each(&V4, &|old| map.net(old));
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use ipnet::IpNet;
    use proptest::prelude::*;
    use serde_json::json;

    fn shared(a: u32, b: u32) -> u32 {
        (a ^ b).leading_zeros()
    }

    proptest! {
        #[test]
        fn addresses_share_what_they_shared(a in any::<u32>(), b in any::<u32>(), near in 0u32..32, key in any::<[u8; 8]>()) {
            let map = Map::new(&key);
            let of = |bits: u32| match map.address(Ipv4Addr::from(bits).into()) {
                IpAddr::V4(v4) => v4.to_bits(),
                IpAddr::V6(_) => unreachable!(),
            };
            for b in [b, a ^ (1 << near)] {
                // Kept ranges do not move, and nothing moves into them.
                prop_assert_eq!(shared(of(a), of(b)), shared(a, b));
            }
        }

        #[test]
        fn overlaps_stay_overlaps(a in any::<u32>(), b in any::<u32>(), one in 8u8..=30, other in 8u8..=30, near in 0u32..24) {
            let map = Map::new(b"key");
            let net = |bits: u32, length: u8| IpNet::new(Ipv4Addr::from(bits).into(), length).unwrap().trunc();
            let moved = |net: IpNet| map.net(&net.to_string()).unwrap().parse::<IpNet>().unwrap();
            let overlap = |a: &IpNet, b: &IpNet| a.contains(b) || b.contains(a);
            let defaults = ["10.0.0.0/8", "172.17.0.0/16", "172.31.0.0/16", "192.168.32.0/20", "10.96.0.0/12", "10.244.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "10.0.0.0/24"];
            for b in [b, a ^ (1 << near), u32::from_be_bytes([172, 17, 3, 4]), u32::from_be_bytes([10, 97, 1, 2])] {
                let (x, y) = (net(a, one), net(b, other));
                prop_assert_eq!(moved(x).prefix_len(), one);
                prop_assert_eq!(overlap(&x, &y), overlap(&moved(x), &moved(y)));
                for default in defaults {
                    let default: IpNet = default.parse().unwrap();
                    prop_assert_eq!(overlap(&y, &default), overlap(&moved(y), &default), "{} {}", y, default);
                }
            }
        }

        #[test]
        fn v6_addresses_share_what_they_shared(a in any::<u128>(), near in 0u32..128) {
            let map = Map::new(b"key");
            let of = |bits: u128| match map.address(Ipv6Addr::from(bits).into()) {
                IpAddr::V6(v6) => v6.to_bits(),
                IpAddr::V4(_) => unreachable!(),
            };
            let b = a ^ (1 << near);
            if !Ipv6Addr::from(a).is_multicast() && !Ipv6Addr::from(b).is_multicast() && a > 1 && b > 1 {
                prop_assert_eq!((of(a) ^ of(b)).leading_zeros(), (a ^ b).leading_zeros());
            }
        }

        #[test]
        fn no_document_makes_it_panic(text in any::<String>(), near in "([0-9]{1,3}\\.){3}[0-9]{1,3}(/[0-9]{1,3})?|([0-9a-f:]{0,20})|http://[a-z.]{0,9}|/home/[a-z]{0,3}") {
            let mut document = json!({"os": {"hostname": {"value": text}}, "x": [near, text]});
            anonymize(&mut document, b"k");
        }
    }

    #[test]
    fn names_ids_and_texts_go_and_their_sense_stays() {
        let mut document = json!({
            "os": {"hostname": {"value": "Db1.secret-corp.com", "source": "uname(2)"}},
            "kernel": {"release": {"value": "5.15.153.1-x", "source": "uname(2)"}},
            "identity": {
                "hosts": {"value": [
                    {"address": "127.0.0.1", "names": ["localhost"]},
                    {"address": "203.0.113.77", "names": ["db1.secret-corp.com", "db1"]}]},
                "machine_id": {"value": "3d1219c7c4c5404aaa1f6d2a48adfda4", "source": "/etc/machine-id"},
                "product_uuid": {"value": "00000000-0000-0000-0000-000000000000"}},
            "resolver": {"proxies": {"value": {"http_proxy": "http://proxy.secret-corp.com:3128"}},
                "conf": {"value": {"nameservers": ["8.8.4.4", "fe80::5054:ff:feaa:bb01"], "search": ["secret-corp.com"]}}},
            "network": {"interfaces": {"value": [{"name": "eth0", "mac": {"value": "52:54:00:aa:bb:01"},
                "addresses": ["8.8.20.9/24", "2a01:4f8:1:2::3/64"]}, {"mac": {"value": "a4:bf:01:11:22:33"}}]},
                "routes": {"value": [{"destination": "8.8.20.0/24"}, {"destination": "0.0.0.0/0", "gateway": "8.8.20.1"}]}},
            "storage": {"x": "/home/alice/data on nas.secret-corp.com"},
        });
        let before = document.to_string();
        anonymize(&mut document, b"key");
        let after = document.to_string();
        for gone in [
            "secret-corp",
            "db1",
            "Db1",
            "alice",
            "3d1219c7",
            "8.8.",
            "4f8",
            "aa:bb:01",
            "a4:bf",
            "5054:ff",
        ] {
            assert!(
                before.contains(gone) && !after.contains(gone),
                "{gone}\n{after}"
            );
        }
        for kept in [
            "5.15.153.1-x",
            "localhost",
            "127.0.0.1",
            "00000000-0000",
            "52:54:00:",
            "0.0.0.0/0",
            "203.0.113.77",
        ] {
            assert!(after.contains(kept), "{kept}\n{after}");
        }
        // The host's name is the same in /etc/hosts, but for its capital.
        let host = document["os"]["hostname"]["value"].as_str().unwrap();
        assert_eq!(
            document["identity"]["hosts"]["value"][1]["names"][0]
                .as_str()
                .unwrap(),
            host.to_lowercase()
        );
        // Interface, route and gateway still fit.
        let net: IpNet = document["network"]["interfaces"]["value"][0]["addresses"][0]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(
            net.trunc().to_string(),
            document["network"]["routes"]["value"][0]["destination"]
        );
        let gateway: IpAddr = document["network"]["routes"]["value"][1]["gateway"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!(net.contains(&gateway) && gateway != net.addr());
        let again = {
            let mut document: Value = serde_json::from_str(&before).unwrap();
            anonymize(&mut document, b"other");
            document.to_string()
        };
        assert_ne!(after, again);
    }
}
