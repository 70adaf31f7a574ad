//! ICMP echo of an exact size with the don't-fragment bit, over a raw socket.
//!
//! The IPv4 header is written here (`IP_HDRINCL`), so that the size of the whole
//! packet and the don't-fragment bit are exactly what was asked for.

use std::io::{self, ErrorKind, Read};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::Ping;

/// IPv4 header without options plus ICMP header, in bytes: the smallest packet.
pub const SMALLEST: u16 = 28;

static SEQUENCE: AtomicU16 = AtomicU16::new(1);

/// Sends one echo request of `size` bytes, IPv4 header included, and waits for
/// its answer. Needs `CAP_NET_RAW`.
pub(super) fn ping(to: Ipv4Addr, size: u16, timeout: Duration) -> io::Result<Ping> {
    let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4))?;
    socket.set_header_included_v4(true)?;
    // A process id names this program among others that ping; the sequence
    // number names this request among those of this process.
    let id = u16::try_from(std::process::id() & 0xffff).unwrap_or(0);
    let sequence = SEQUENCE.fetch_add(1, Ordering::Relaxed);
    let packet = request(to, size.max(SMALLEST), id, sequence);
    let started = Instant::now();
    match socket.send_to(&packet, &SocketAddrV4::new(to, 0).into()) {
        Ok(_) => {}
        Err(error) if error.raw_os_error() == Some(libc::EMSGSIZE) => {
            return Ok(Ping::TooBig(None));
        }
        // A neighbour that does not answer comes back as an error of its own.
        Err(error) if unreachable(&error) => return Ok(Ping::NoReply),
        Err(error) => return Err(error),
    }
    let mut buffer = vec![0; 65_536];
    loop {
        let left = timeout.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Ok(Ping::NoReply);
        }
        socket.set_read_timeout(Some(left))?;
        match (&socket).read(&mut buffer) {
            Ok(length) => {
                let answer = buffer.get(..length).unwrap_or_default();
                match judge(answer, to, id, sequence) {
                    Some(Answer::Echo) => return Ok(Ping::Reply(started.elapsed())),
                    Some(Answer::TooBig(mtu)) => return Ok(Ping::TooBig(mtu)),
                    None => {}
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Ok(Ping::NoReply);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted || unreachable(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

fn unreachable(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EHOSTUNREACH | libc::ENETUNREACH | libc::EHOSTDOWN | libc::ECONNREFUSED)
    )
}

/// IPv4 packet with an echo request. The kernel fills source address,
/// identification and header checksum (raw(7)).
fn request(to: Ipv4Addr, size: u16, id: u16, sequence: u16) -> Vec<u8> {
    let mut icmp = vec![8, 0, 0, 0];
    icmp.extend(id.to_be_bytes());
    icmp.extend(sequence.to_be_bytes());
    icmp.resize(usize::from(size - 20), 0x67);
    let sum = checksum(&icmp).to_be_bytes();
    icmp.splice(2..4, sum);
    let mut packet = vec![0x45, 0];
    packet.extend(size.to_be_bytes());
    // identification 0, don't fragment, TTL 64, protocol 1, checksum and
    // source left to the kernel
    packet.extend([0, 0, 0x40, 0, 64, 1, 0, 0, 0, 0, 0, 0]);
    packet.extend(to.octets());
    packet.extend(icmp);
    packet
}

/// RFC 1071.
fn checksum(bytes: &[u8]) -> u16 {
    let mut sum: u32 = bytes
        .chunks(2)
        .map(|pair| match *pair {
            [high, low] => u32::from(u16::from_be_bytes([high, low])),
            [high] => u32::from(high) << 8,
            _ => 0,
        })
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Echo,
    TooBig(Option<u32>),
}

/// What a received packet says of the request, if it speaks of it at all.
fn judge(packet: &[u8], to: Ipv4Addr, id: u16, sequence: u16) -> Option<Answer> {
    let icmp = icmp_of(packet)?;
    let ours = |echo: &[u8]| {
        echo.get(4..6) == Some(&id.to_be_bytes()) && echo.get(6..8) == Some(&sequence.to_be_bytes())
    };
    match (icmp.first()?, icmp.get(1)?) {
        (0, 0) if packet.get(12..16)? == to.octets() && ours(icmp) => Some(Answer::Echo),
        // Destination unreachable, fragmentation needed: the MTU of the next
        // hop (RFC 1191; 0 from routers older than that) and the start of what
        // was sent follow.
        (3, 4) => {
            let inner = icmp.get(8..)?;
            let meant = inner.get(16..20)? == to.octets() && ours(icmp_of(inner)?);
            let mtu = u16::from_be_bytes(icmp.get(6..8)?.try_into().ok()?);
            meant.then_some(Answer::TooBig((mtu != 0).then_some(u32::from(mtu))))
        }
        _ => None,
    }
}

fn icmp_of(packet: &[u8]) -> Option<&[u8]> {
    let header = usize::from(packet.first()? & 0x0f) * 4;
    packet.get(header..)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TO: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);

    fn reply(sequence: u16) -> Vec<u8> {
        let mut packet = request(TO, 60, 9, sequence);
        packet.splice(12..16, TO.octets());
        packet.splice(20..21, [0]);
        packet
    }

    #[test]
    fn a_request_has_exactly_the_size_and_a_valid_checksum() {
        let packet = request(TO, 1420, 9, 3);
        assert_eq!(packet.len(), 1420);
        assert_eq!(&packet[2..4], 1420u16.to_be_bytes());
        assert_eq!(packet[6], 0x40, "don't fragment");
        assert_eq!(checksum(&packet[20..]), 0);
    }

    #[test]
    fn only_the_answer_to_this_request_counts() {
        assert_eq!(judge(&reply(3), TO, 9, 3), Some(Answer::Echo));
        assert_eq!(judge(&reply(2), TO, 9, 3), None);
        assert_eq!(
            judge(&request(TO, 60, 9, 3), TO, 9, 3),
            None,
            "our own request on loopback"
        );
        let mut needed = vec![0x45; 20];
        needed.extend([3, 4, 0, 0, 0, 0]);
        needed.extend(1400u16.to_be_bytes());
        needed.extend(request(TO, 1500, 9, 3).get(..28).unwrap());
        assert_eq!(judge(&needed, TO, 9, 3), Some(Answer::TooBig(Some(1400))));
        assert_eq!(judge(&needed, TO, 8, 3), None);
    }

    #[test]
    fn loopback_answers_up_to_its_mtu() {
        if !nix::unistd::geteuid().is_root() {
            eprintln!("not root: raw sockets cannot be opened, only the parsers were tested");
            return;
        }
        let lo = Ipv4Addr::LOCALHOST;
        let wait = Duration::from_secs(2);
        assert!(matches!(ping(lo, 1420, wait).unwrap(), Ping::Reply(_)));
    }

    proptest! {
        #[test]
        fn no_packet_makes_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let _ = judge(&bytes, TO, 9, 3);
        }
    }
}
