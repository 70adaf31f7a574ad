//! Ports that something listens on.

use std::net::IpAddr;

use super::Fact;
use super::network::Listener;
use super::reader::Reader;

/// Reads the sockets of all four tables.
pub(super) fn collect(reader: &Reader) -> Fact<Vec<Listener>> {
    let files = [
        ("tcp", "tcp"),
        ("tcp", "tcp6"),
        ("udp", "udp"),
        ("udp", "udp6"),
    ];
    let (mut all, mut read) = (Vec::new(), Vec::new());
    for (protocol, file) in files {
        let path = format!("/proc/net/{file}");
        match reader.text(&path) {
            Fact::Known { value, .. } => {
                all.extend(parse_sockets(&value, protocol));
                read.push(path);
            }
            // A kernel without IPv6 has no such file.
            Fact::Absent { .. } if file.ends_with('6') && !read.is_empty() => {}
            other => return Fact::unreadable(reason(&other), path),
        }
    }
    all.sort_by_key(|l| (l.protocol.clone(), l.port, l.address));
    all.dedup();
    Fact::known(all, read.join(", "))
}

fn reason<T>(fact: &Fact<T>) -> &str {
    match fact {
        Fact::Known { .. } => "",
        Fact::Absent { why, .. } | Fact::Unreadable { why, .. } => why,
    }
}

/// Reads /proc/net/{tcp,tcp6,udp,udp6}: the sockets that wait for packets. A
/// line that is none is skipped.
pub fn parse_sockets(text: &str, protocol: &str) -> Vec<Listener> {
    // TCP_LISTEN; a datagram socket without a peer is in TCP_CLOSE.
    let waiting = if protocol == "tcp" { "0A" } else { "07" };
    let lines = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let (address, port) = words.next()?.split_once(':')?;
        let state = words.nth(1)?;
        (state == waiting).then_some(())?;
        Some(Listener {
            protocol: protocol.into(),
            address: hex_address(address)?,
            port: u16::from_str_radix(port, 16)
                .ok()
                .filter(|port| *port != 0)?,
        })
    });
    lines.collect()
}

/// An address as the kernel prints it: words of 32 bits, each in the byte
/// order of this machine.
fn hex_address(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        let word = u32::from_str_radix(hex.get(at..at + 8)?, 16).ok()?;
        Some(word.to_ne_bytes())
    };
    match hex.len() {
        8 => Some(IpAddr::from(word(0)?)),
        32 => {
            let mut bytes = [0; 16];
            for (index, part) in bytes.chunks_exact_mut(4).enumerate() {
                part.copy_from_slice(&word(index * 8)?);
            }
            // A socket for both families shows IPv4 addresses mapped.
            Some(IpAddr::from(bytes).to_canonical())
        }
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;
    use proptest::prelude::*;

    #[test]
    fn listening_sockets() {
        let head = "  sl  local_address rem_address   st tx_queue rx_queue\n";
        let v4 = u32::from_ne_bytes([127, 0, 0, 1]);
        let tcp = format!(
            "{head}   0: {v4:08X}:1F90 00000000:0000 0A 0:0\n   1: {v4:08X}:0016 00000000:0000 01 0:0\nx\n"
        );
        let found = parse_sockets(&tcp, "tcp");
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].address.to_string().as_str(), found[0].port),
            ("127.0.0.1", 8080)
        );
        let one = u32::from_ne_bytes([0, 0, 0, 1]);
        let udp6 = format!("{head} 0: 000000000000000000000000{one:08X}:E4F6 0:0 07 x\n");
        let found = parse_sockets(&udp6, "udp");
        assert_eq!(
            (found[0].address.to_string().as_str(), found[0].port),
            ("::1", 58614)
        );
        let host = Scripted::new()
            .file("/proc/net/tcp", tcp)
            .file("/proc/net/udp", head);
        assert_eq!(collect(&Reader::new(&host)).value().unwrap().len(), 1);
        let hidden = host.deny("/proc/net/tcp6");
        assert!(collect(&Reader::new(&hidden)).value().is_none());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>(), address in "[0-9A-Fé]{0,40}") {
            let _ = parse_sockets(&text, "tcp");
            let _ = parse_sockets(&format!("0: {address}:0016 0:0 0A"), "tcp");
        }
    }
}
