//! Ports that a target may need, tried by binding them.

use std::collections::BTreeMap;

use super::Fact;
use super::network::BusyPort;
use super::reader::Reader;

/// TCP ports that are tried: those of Swarm, Kubernetes, etcd, Replicated.
pub const TCP: &[u16] = &[
    2377, 2379, 2380, 4001, 6443, 7001, 7946, 8800, 9870, 9871, 9872, 9873, 9874, 9875, 9876, 9877,
    9878, 9879, 9880, 10248, 10249, 10250, 10256, 10257, 10259,
];

/// UDP ports that are tried: those of VXLAN, Swarm's gossip, Flannel, WireGuard,
/// ZeroTier.
pub const UDP: &[u16] = &[4789, 7946, 8285, 8472, 9993, 51820];

/// Tries the ports. Whoever holds one that is taken is looked up only then: the
/// walk over all processes costs more than everything else together.
pub(super) fn collect(reader: &Reader) -> Fact<Vec<BusyPort>> {
    let mut busy = Vec::new();
    for (udp, ports) in [(false, TCP), (true, UDP)] {
        for port in ports {
            match reader.port_is_free(udp, *port) {
                Fact::Known { value: true, .. } => {}
                Fact::Known { value: false, .. } => busy.push(BusyPort {
                    protocol: if udp { "udp" } else { "tcp" }.to_owned(),
                    port: *port,
                    owner: None,
                }),
                hindered => return hindered.unknown(""),
            }
        }
    }
    if !busy.is_empty() {
        name_owners(reader, &mut busy);
    }
    Fact::known(busy, "bind(2)")
}

/// Finds the processes: the socket's inode in /proc/net, then the process that
/// has it open. Only its name is taken, never its command line.
fn name_owners(reader: &Reader, busy: &mut [BusyPort]) {
    let mut inodes: BTreeMap<u64, usize> = BTreeMap::new();
    for file in ["tcp", "tcp6", "udp", "udp6"] {
        let protocol = file.trim_end_matches('6');
        let text = reader.text(&format!("/proc/net/{file}"));
        for (port, inode) in text
            .value()
            .map(|t| sockets(t, protocol))
            .unwrap_or_default()
        {
            let at = busy
                .iter()
                .position(|busy| busy.port == port && busy.protocol == protocol);
            if let Some(at) = at {
                inodes.insert(inode, at);
            }
        }
    }
    let pids = reader.list("/proc");
    for pid in pids.value().map(Vec::as_slice).unwrap_or_default() {
        if !pid.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        let files = reader.list(&format!("/proc/{pid}/fd"));
        for file in files.value().map(Vec::as_slice).unwrap_or_default() {
            let link = reader.link(&format!("/proc/{pid}/fd/{file}"));
            let inode = link.value().and_then(|link| {
                link.strip_prefix("socket:[")?
                    .strip_suffix(']')?
                    .parse()
                    .ok()
            });
            let Some(at) = inode.and_then(|inode: u64| inodes.get(&inode)) else {
                continue;
            };
            let name = reader.text(&format!("/proc/{pid}/stat"));
            if let (Some(name), Some(busy)) = (
                name.value().and_then(|stat| super::services::comm(stat)),
                busy.get_mut(*at),
            ) {
                busy.owner = Some(name.to_owned());
            }
        }
    }
}

/// Local ports and inodes of the sockets that wait for packets, in /proc/net.
pub fn sockets(text: &str, protocol: &str) -> Vec<(u16, u64)> {
    let waiting = if protocol == "tcp" { "0A" } else { "07" };
    let lines = text.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (_, port) = words.get(1)?.split_once(':')?;
        (*words.get(3)? == waiting).then_some(())?;
        let inode = words.get(9)?.parse().ok().filter(|inode| *inode != 0)?;
        Some((u16::from_str_radix(port, 16).ok()?, inode))
    });
    lines.collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sockets_and_their_inodes() {
        let text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 00000000:0949 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 x\n\
            1: 00000000:0949 01020304:0050 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 x\n";
        assert_eq!(sockets(text, "tcp"), [(2377, 4711)]);
        assert!(sockets(text, "udp").is_empty());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            let _ = sockets(&text, "tcp");
        }
    }
}
