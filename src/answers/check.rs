//! Named validators of texts: one list for the file, the flags, the form
//! fields and the schema.

use std::net::Ipv4Addr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::Ipv4Net;

use super::types::{self, Endpoint, PublicKey};

/// What is wrong with a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// What was found and what was wanted.
    pub text: String,
    /// What to write instead, when that is worth a line.
    pub hint: Option<String>,
}

pub(super) fn fault(text: impl Into<String>) -> Fault {
    Fault {
        text: text.into(),
        hint: None,
    }
}

pub(super) fn hinted(text: impl Into<String>, hint: impl Into<String>) -> Fault {
    Fault {
        text: text.into(),
        hint: Some(hint.into()),
    }
}

/// Somebody else's text made safe for a terminal and short.
pub(super) fn show(text: &str) -> String {
    show_at_most(text, 48)
}

/// Whether a key is a word as the declared ones are.
pub(super) fn is_plain_key(key: &str) -> bool {
    key.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}

/// A key for messages. What follows a word may be a value that slipped into the
/// key, even a secret one.
pub(super) fn show_key(key: &str) -> String {
    if is_plain_key(key) {
        return show(key);
    }
    let plain = |c: &char| is_plain_key(c.encode_utf8(&mut [0; 4]));
    let word: String = key.chars().take_while(plain).collect();
    show(&word) + "..."
}

/// [`show`] for a whole sentence.
pub(super) fn show_long(text: &str) -> String {
    show_at_most(text, 200)
}

fn show_at_most(text: &str, most: usize) -> String {
    let mut out = String::new();
    for (n, c) in text.chars().enumerate() {
        if n == most {
            out.push_str("...");
            break;
        }
        match c {
            ' '..='~' => out.push(c),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c => out.push_str(&format!("\\u{{{:x}}}", c as u32)),
        }
    }
    if out.is_empty() {
        out.push_str("(nothing)");
    }
    out
}

/// A named validator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Check {
    /// One line of anything.
    Line,
    /// A host name.
    Hostname,
    /// A peer's name: a host name without a second meaning.
    PeerName,
    /// A network interface: 1 to 15 characters, no `/`, no space
    /// (`dev_valid_name` in net/core/dev.c; IFNAMSIZ is 16).
    InterfaceName,
    /// The same, or `auto`.
    InterfaceNameOrAuto,
    /// An IPv4 address.
    Ipv4,
    /// An IPv4 network, no host bits set.
    Network,
    /// An IPv4 range to match against; host bits are dropped.
    Cidr,
    /// `ADDRESS:PORT` or `NAME:PORT`.
    Endpoint,
    /// A WireGuard public key.
    PublicKey,
    /// A hardware address.
    Mac,
    /// A kernel driver.
    Driver,
    /// A path, absolute or relative.
    Path,
    /// A path below a folder: relative, and never out of it again.
    PathBelow,
    /// A SHA-256 in hexadecimal.
    Sha256,
    /// A path that may hold `*` and `?`.
    Glob,
    /// An http or https address.
    Url,
    /// A time: `0s`, `60s`, `5m`, `1h`.
    Duration,
    /// A day: `2027-01-31`.
    Date,
    /// The id of a check or rule.
    CheckId,
    /// An answer, a part of one, or `*`.
    AskItem,
    /// A distribution, as `el7` or `ubuntu-22.04`.
    Distro,
    /// A key of etcd: an absolute path of plain words.
    EtcdPrefix,
    /// A client URL of etcd: scheme, host and port, nothing after them.
    EtcdEndpoint,
    /// A manager of a Swarm: a host, and its port unless that is the usual one.
    SwarmManager,
    /// ZeroTier's address of a node: ten hexadecimal digits.
    ZerotierNode,
    /// The id of a ZeroTier network: sixteen hexadecimal digits.
    ZerotierNetwork,
    /// Bytes in base64.
    Base64,
    /// `sha256:` and the hash of a public key in hexadecimal.
    CaCertHash,
    /// The absolute path of a socket, or `auto`.
    CriSocket,
    /// An image with its registry, or the start of one.
    ImageName,
}

impl Check {
    /// Checks a text.
    ///
    /// # Errors
    /// What was found and what was wanted.
    pub fn check(self, text: &str) -> Result<(), Fault> {
        if text.chars().any(char::is_control) {
            return Err(fault(format!(
                "a control character or line break in: {}",
                show(text)
            )));
        }
        if text.trim().is_empty() {
            return Err(fault(format!("empty, wanted {}", self.wanted())));
        }
        let ok = match self {
            Check::Line => true,
            Check::Hostname | Check::PeerName => return types::check_hostname(text),
            Check::InterfaceName | Check::InterfaceNameOrAuto => return interface_name(text),
            Check::Ipv4 => return types::parse_ipv4(text).map(drop),
            Check::Network => return parse_network(text).map(drop),
            Check::Cidr => text.parse::<Ipv4Net>().is_ok(),
            Check::Endpoint => return text.parse::<Endpoint>().map(drop),
            Check::SwarmManager if text.contains(':') => {
                return text.parse::<Endpoint>().map(drop);
            }
            Check::SwarmManager if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
                return types::parse_ipv4(text).map(drop);
            }
            Check::SwarmManager => return types::check_hostname(text),
            Check::PublicKey => return text.parse::<PublicKey>().map(drop),
            Check::Mac => mac(text),
            // A finding's id may hold a path, a range or an address.
            Check::CheckId => {
                (1..=128).contains(&text.len())
                    && text
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"._-/:@+%".contains(&b))
            }
            Check::Driver | Check::Distro => {
                text.len() <= 64
                    && text
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
            }
            Check::PathBelow => {
                let parts = || text.split('/');
                text.len() <= 4096 && parts().all(|part| !matches!(part, "" | "." | ".."))
            }
            Check::Sha256 => text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()),
            Check::Path | Check::Glob => text.len() <= 4096 && !text.ends_with('/'),
            Check::Url => text
                .strip_prefix("https://")
                .or_else(|| text.strip_prefix("http://"))
                .is_some_and(|rest| {
                    rest.bytes().all(|b| b.is_ascii_graphic())
                        && rest
                            .bytes()
                            .next()
                            .is_some_and(|b| b.is_ascii_alphanumeric())
                }),
            Check::Duration => return parse_duration(text).map(drop),
            Check::Date => date(text),
            Check::AskItem => return ask_item(text),
            Check::EtcdPrefix => {
                let word = |word: &str| {
                    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
                    !word.is_empty() && !word.starts_with('.') && word.bytes().all(plain)
                };
                let rest = text.strip_prefix('/');
                text.len() <= 256 && rest.is_some_and(|rest| rest.split('/').all(word))
            }
            // It goes into the command of a service.
            Check::EtcdEndpoint => {
                let rest = text
                    .strip_prefix("https://")
                    .or_else(|| text.strip_prefix("http://"));
                rest.is_some_and(|rest| rest.parse::<Endpoint>().is_ok())
            }
            Check::ZerotierNode => hex_digits(text, 10),
            Check::ZerotierNetwork => hex_digits(text, 16),
            Check::Base64 => STANDARD.decode(text).is_ok_and(|bytes| !bytes.is_empty()),
            Check::CaCertHash => text
                .strip_prefix("sha256:")
                .is_some_and(|digits| hex_digits(digits, 64)),
            Check::CriSocket => {
                let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
                let path = text.strip_prefix("unix://").unwrap_or(text);
                text == "auto"
                    || (path.len() <= 107 && path.starts_with('/') && path.bytes().all(plain))
            }
            Check::ImageName => {
                let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/:@".contains(&b);
                let begins = text
                    .bytes()
                    .next()
                    .is_some_and(|b| b.is_ascii_alphanumeric());
                text.len() <= 255 && begins && text.bytes().all(plain)
            }
        };
        if ok {
            Ok(())
        } else {
            Err(fault(format!("not {}: {}", self.wanted(), show(text))))
        }
    }

    /// What is wanted, with its article: `an IPv4 address`.
    pub fn wanted(self) -> &'static str {
        match self {
            Check::Line => "a text of one line",
            Check::Hostname => "a host name",
            Check::PeerName => "a name of letters, digits and -",
            Check::InterfaceName => "an interface name",
            Check::InterfaceNameOrAuto => "an interface name, or auto",
            Check::Ipv4 => "an IPv4 address",
            Check::Network => "an IPv4 network, as 10.90.0.0/24",
            Check::Cidr => "an IPv4 range, as 10.0.0.0/8",
            Check::Endpoint => "an endpoint, as 10.0.0.11:51820",
            Check::PublicKey => "a WireGuard public key",
            Check::Mac => "a hardware address, as 52:54:00:12:34:56",
            Check::Driver => "a driver name, as ixgbe",
            Check::Path => "the path of a file",
            Check::PathBelow => "a path below the folder, without ..",
            Check::Sha256 => "64 hexadecimal digits",
            Check::Glob => "a path, which may hold * and ?",
            Check::Url => "an http or https address",
            Check::Duration => "a time, as 0s, 60s or 5m",
            Check::Date => "a day, as 2027-01-31",
            Check::CheckId => "the id of a check or rule",
            Check::AskItem => "an answer's key, the start of one, or *",
            Check::Distro => "a distribution, as el7 or ubuntu-22.04",
            Check::EtcdPrefix => "a key of etcd, as /coreos.com/network",
            Check::EtcdEndpoint => "a client URL of etcd, as http://10.0.0.21:2379",
            Check::SwarmManager => "a manager, as 10.0.0.11 or 10.0.0.11:2377",
            Check::ZerotierNode => "ten hexadecimal digits, as 28efc9e578",
            Check::ZerotierNetwork => "sixteen hexadecimal digits, as 28efc9e578000001",
            Check::Base64 => "bytes in base64",
            Check::CaCertHash => "sha256: and 64 hexadecimal digits",
            Check::CriSocket => "the absolute path of a socket, or auto",
            Check::ImageName => "the name of an image, as registry.example.com/flannel:v1",
        }
    }

    /// A regular expression (ECMA 262) for the schema: never narrower than the
    /// check itself.
    pub fn pattern(self) -> Option<&'static str> {
        match self {
            Check::Hostname | Check::PeerName => Some("^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$"),
            Check::InterfaceName | Check::InterfaceNameOrAuto => Some("^[^/:\\s]{1,15}$"),
            Check::Ipv4 => Some("^[0-9]{1,3}(\\.[0-9]{1,3}){3}$"),
            Check::Network | Check::Cidr => Some("^[0-9]{1,3}(\\.[0-9]{1,3}){3}/[0-9]{1,2}$"),
            Check::Endpoint => Some("^[A-Za-z0-9.-]+:[0-9]{1,5}$"),
            Check::PublicKey => Some("^[A-Za-z0-9+/]{43}=$"),
            Check::Mac => Some("^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$"),
            Check::CheckId => Some("^[A-Za-z0-9._/:@+%-]{1,128}$"),
            Check::Driver | Check::Distro => Some("^[A-Za-z0-9._-]{1,64}$"),
            Check::Url => Some("^https?://"),
            Check::Duration => Some("^[0-9]{1,6}[smh]$"),
            Check::Date => Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
            Check::Sha256 => Some("^[0-9A-Fa-f]{64}$"),
            Check::SwarmManager => Some("^[A-Za-z0-9.-]+(:[0-9]{1,5})?$"),
            Check::EtcdPrefix => Some("^(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$"),
            Check::EtcdEndpoint => Some("^https?://[A-Za-z0-9.-]+:[0-9]{1,5}$"),
            Check::ZerotierNode => Some("^[0-9A-Fa-f]{10}$"),
            Check::ZerotierNetwork => Some("^[0-9A-Fa-f]{16}$"),
            Check::Base64 => Some("^[A-Za-z0-9+/]+={0,2}$"),
            Check::CaCertHash => Some("^sha256:[0-9A-Fa-f]{64}$"),
            Check::CriSocket => Some("^(auto|(unix://)?/[A-Za-z0-9._/-]+)$"),
            Check::ImageName => Some("^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}$"),
            Check::Line | Check::Path | Check::PathBelow | Check::Glob | Check::AskItem => None,
        }
    }
}

fn hex_digits(text: &str, number: usize) -> bool {
    text.len() == number && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn interface_name(text: &str) -> Result<(), Fault> {
    if text.parse::<Ipv4Addr>().is_ok() {
        return Err(hinted(
            format!("an address, not an interface name: {text}"),
            format!("write  match: {{address: {text}}}  instead of name"),
        ));
    }
    if text.parse::<Ipv4Net>().is_ok() {
        return Err(hinted(
            format!("a range, not an interface name: {text}"),
            format!("write  match: {{cidr: {text}}}  instead of name"),
        ));
    }
    if mac(text) {
        return Err(hinted(
            format!("a hardware address, not an interface name: {text}"),
            format!("write  match: {{mac: \"{text}\"}}  instead of name"),
        ));
    }
    if text.len() > 15 {
        return Err(fault(format!(
            "longer than 15 characters, which the kernel refuses: {}",
            show(text)
        )));
    }
    let bad = |c: char| c == '/' || c == ':' || c.is_whitespace();
    if text == "." || text == ".." || text.chars().any(bad) {
        return Err(hinted(
            format!("not an interface name: {}", show(text)),
            "wanted 1 to 15 characters without / : or space",
        ));
    }
    Ok(())
}

fn mac(text: &str) -> bool {
    ['-', ':'].iter().any(|separator| {
        let pairs: Vec<&str> = text.split(*separator).collect();
        pairs.len() == 6
            && pairs
                .iter()
                .all(|pair| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit()))
    })
}

/// An IPv4 network with no host bits set, where hosts can live.
pub(super) fn parse_network(text: &str) -> Result<Ipv4Net, Fault> {
    let Ok(network) = text.parse::<Ipv4Net>() else {
        return Err(if text.parse::<Ipv4Addr>().is_ok() {
            hinted(
                format!("the prefix length is missing: {}", show(text)),
                format!("write it as {text}/24"),
            )
        } else {
            fault(format!("not an IPv4 network: {}", show(text)))
        });
    };
    if network.trunc() != network {
        return Err(hinted(
            format!("an address inside a network, not the network: {network}"),
            format!("write {}", network.trunc()),
        ));
    }
    let first = network.network();
    if network.prefix_len() < 8
        || first.is_loopback()
        || first.is_link_local()
        || first.octets().first().is_some_and(|&o| o == 0 || o >= 224)
    {
        return Err(hinted(
            format!("not usable for hosts: {network}"),
            "take a free part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
        ));
    }
    Ok(network)
}

/// A time with its unit; at most a day.
pub(super) fn parse_duration(text: &str) -> Result<Duration, Fault> {
    let wrong = || {
        hinted(
            format!("not a time: {}", show(text)),
            "write a number with its unit: 0s, 60s, 5m or 1h",
        )
    };
    let unit = match text.bytes().last() {
        Some(b's') => 1,
        Some(b'm') => 60,
        Some(b'h') => 3600,
        _ => return Err(wrong()),
    };
    let digits = text.get(..text.len() - 1).unwrap_or_default();
    if digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let seconds = digits.parse::<u64>().map_err(|_| wrong())? * unit;
    if seconds > 86_400 {
        return Err(fault(format!("longer than a day: {text}")));
    }
    Ok(Duration::from_secs(seconds))
}

fn date(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 10
        || !bytes
            .iter()
            .enumerate()
            .all(|(n, b)| (n == 4 || n == 7) == (*b == b'-') && (b.is_ascii_digit() || *b == b'-'))
    {
        return false;
    }
    let mut parts = text.split('-').map(|part| part.parse::<u32>().unwrap_or(0));
    let (year, month, day) = (
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
    );
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    year >= 2000 && (1..=days).contains(&day)
}

fn ask_item(text: &str) -> Result<(), Fault> {
    let known = text == "*"
        || super::questions::all().any(|question| {
            question.id == text
                || question
                    .id
                    .strip_prefix(text)
                    .is_some_and(|rest| rest.starts_with('.'))
        });
    if known {
        return Ok(());
    }
    Err(hinted(
        format!("no such answer: {}", show(text)),
        "wanted a key of this file, the start of one (overlay), or \"*\"",
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad_texts() {
        let key = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
        for (check, good, bad) in [
            (
                Check::InterfaceName,
                vec!["wg0", "eth0.100", "enp0s31f6", "br-0123456789ab"],
                vec![
                    "",
                    "wg 0",
                    "a/b",
                    "abcdefghijklmnop",
                    "..",
                    "eth0:1",
                    "10.0.0.1",
                    "10.0.0.0/8",
                    "52:54:00:12:34:56",
                ],
            ),
            (
                Check::Ipv4,
                vec!["10.0.0.1"],
                vec!["10.0.0.256", "10.0.1", "::1", "010.0.0.1", "10.0.0.1 "],
            ),
            (
                Check::Network,
                vec!["10.90.0.0/24", "192.168.7.0/30"],
                vec![
                    "10.90.0.0",
                    "10.90.0.1/24",
                    "10.90.0.0/33",
                    "127.0.0.0/8",
                    "169.254.0.0/16",
                    "224.0.0.0/8",
                    "0.0.0.0/0",
                ],
            ),
            (
                Check::Cidr,
                vec!["10.0.0.0/8", "10.0.0.1/8"],
                vec!["10.0.0.0", "fe80::/10"],
            ),
            (
                Check::Endpoint,
                vec!["10.0.0.11:51820", "app01.example.com:1", "app01:65535"],
                vec![
                    "10.0.0.11",
                    "10.0.0.11:0",
                    "10.0.0.11:65536",
                    "10.0.0.256:1",
                    "[::1]:51820",
                    "a_b:1",
                    ":1",
                    "a:+1",
                ],
            ),
            (
                Check::PublicKey,
                vec![key],
                vec![
                    "abc",
                    "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dh=",
                    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                    &key[1..],
                ],
            ),
            (
                Check::Mac,
                vec!["52:54:00:12:34:56", "52-54-00-12-34-5F"],
                vec!["52:54:00:12:34", "52:54:00:12:34:5g"],
            ),
            (
                Check::Duration,
                vec!["0s", "60s", "5m", "1h"],
                vec!["60", "5 m", "-1s", "25h", "s", "9999999s"],
            ),
            (
                Check::Date,
                vec!["2027-01-31", "2028-02-29"],
                vec![
                    "2027-02-29",
                    "27-01-31",
                    "2027-13-01",
                    "2027-1-31",
                    "2027/01/31",
                ],
            ),
            (
                Check::Url,
                vec!["https://get.example.com/docker"],
                vec!["ftp://x", "https://", "https://a b"],
            ),
            (
                Check::Path,
                vec!["/root/report.html", "report.md"],
                vec!["/root/", "a\nb", " "],
            ),
            (
                Check::PathBelow,
                vec!["files/x.rpm", "x"],
                vec!["/etc/passwd", "a/../../b", "..", "./x", "a//b", ""],
            ),
            (
                Check::Sha256,
                vec!["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
                vec![
                    "e3b0",
                    "g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                ],
            ),
            (
                Check::EtcdPrefix,
                vec!["/coreos.com/network", "/atomic.io/network", "/a"],
                vec!["coreos.com", "/", "/a/", "/a//b", "/a/../b", "/a b"],
            ),
            (
                Check::EtcdEndpoint,
                vec!["http://10.0.0.21:2379", "https://etcd1.example.com:2379"],
                vec![
                    "10.0.0.21:2379",
                    "http://10.0.0.21",
                    "http://10.0.0.21:2379/v2",
                    "http://[::1]:2379",
                    "https://a b:1",
                    "http://u:p@10.0.0.21:2379",
                ],
            ),
            (
                Check::ZerotierNode,
                vec!["28efc9e578", "28EFC9E578"],
                vec!["28efc9e57", "28efc9e5780", "28efc9e57g"],
            ),
            (
                Check::ZerotierNetwork,
                vec!["28efc9e578000001"],
                vec!["28efc9e578", "28efc9e57800000g"],
            ),
            (
                Check::Base64,
                vec!["AQID", "AQI="],
                vec!["", "AQ", "?", "AQI=="],
            ),
            (
                Check::AskItem,
                vec!["*", "interface", "interface.name", "overlay.wireguard"],
                vec!["inter", "x"],
            ),
            (
                Check::Hostname,
                vec!["app01", "app01.example.com"],
                vec!["-a", "a..b", "a_b"],
            ),
        ] {
            for text in good {
                assert_eq!(check.check(text), Ok(()), "{check:?} {text}");
            }
            for text in bad {
                assert!(check.check(text).is_err(), "{check:?} {text}");
            }
        }
    }

    #[test]
    fn texts_of_others_are_shown_safely() {
        assert_eq!(show("a\u{1b}[31mb\n"), "a\\u{1b}[31mb\\n");
        assert!(show(&"x".repeat(500)).len() < 60);
    }
}
