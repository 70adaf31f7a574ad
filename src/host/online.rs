//! Questions to the world outside: a name server, and whoever answers under a
//! name, direct or through a proxy.
//!
//! The resolver of the C library is not used: it would wait for servers one
//! after the other with time-outs of its own, and it is not whole in a static
//! binary. Every call ends at the deadline that it is given, whatever the other
//! side does. Nothing is sent that names this host, and no password is known
//! here.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::{Deserialize, Serialize};
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, Question, RCODE, TYPE, rdata::RData};
use socket2::{Domain, Socket, Type};

use super::entropy;

/// After this time a question that got no answer is sent once more: one datagram
/// may get lost.
const AGAIN: Duration = Duration::from_secs(1);

/// How many addresses of a name are tried, all at once.
const ADDRESSES: usize = 4;

/// The longest head of a proxy's answer that is read, in bytes.
const HEAD: usize = 16 * 1024;

/// What a name server said of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Named {
    /// Its IPv4 addresses, one or more.
    Addresses(Vec<IpAddr>),
    /// There is no such name (NXDOMAIN).
    NoSuchName,
    /// The name is there and has no IPv4 address.
    NoAddress,
    /// The server answered that it cannot or will not: `SERVFAIL`, `REFUSED` …
    Error(String),
    /// The server cannot be reached: its port is closed, or no way leads there.
    Unreachable(String),
    /// Nothing came back in time.
    Silent,
}

/// How far a try to reach a host got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reached {
    /// It answered in its protocol: a record of TLS, or a line of HTTP.
    Answered,
    /// Something answered that does not speak the protocol; how it began.
    Other(String),
    /// The connection was refused, cut, or has no way: the error.
    Refused(String),
    /// Nothing came back in time.
    Silent,
    /// Its name has no address: nothing was tried.
    NoName,
    /// The proxy wants a password (407).
    ProxyPassword,
    /// The proxy refuses to connect: its status.
    ProxyRefused(u16),
}

/// Whom to reach, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Where to connect to: addresses of the host, or of the proxy.
    pub addresses: Vec<IpAddr>,
    /// The port there.
    pub port: u16,
    /// Whether that is a proxy.
    pub proxy: bool,
    /// The host's name.
    pub host: String,
    /// The host's port.
    pub host_port: u16,
    /// Whether TLS is spoken, else HTTP.
    pub tls: bool,
}

/// Asks a name server on UDP port 53 for the IPv4 addresses of a name.
///
/// # Errors
/// When it could not be asked: no socket, not allowed to send, no way there, or
/// the name is none.
pub fn ask(server: IpAddr, name: &str, deadline: Instant) -> io::Result<Named> {
    let id = entropy::unpredictable(2)?;
    let id = u16::from_be_bytes([byte(&id, 0), byte(&id, 1)]);
    let question = question(id, name)?;
    let any: IpAddr = match server {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
    // Connected: only this server's datagrams come in, and a closed port is told.
    if let Err(error) = socket.connect(SocketAddr::new(server, 53)) {
        return unreachable(error);
    }
    let mut packet = [0; 4096];
    let mut again = Instant::now();
    loop {
        let now = Instant::now();
        if now >= deadline {
            return Ok(Named::Silent);
        }
        if now >= again {
            if let Err(error) = socket.send(&question) {
                return unreachable(error);
            }
            again = now + AGAIN;
        }
        let wait = again.min(deadline).saturating_duration_since(now);
        socket.set_read_timeout(Some(wait.max(Duration::from_millis(1))))?;
        match socket.recv(&mut packet) {
            Ok(length) => {
                let packet = packet.get(..length).unwrap_or_default();
                if let Some(named) = answer(packet, id, name) {
                    return Ok(named);
                }
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                _ => return unreachable(error),
            },
        }
    }
}

/// What an error of a question says: a server that cannot be reached, or that it
/// could not be asked.
fn unreachable(error: io::Error) -> io::Result<Named> {
    match error.raw_os_error() {
        Some(libc::ECONNREFUSED | libc::EHOSTUNREACH | libc::ENETUNREACH) => {
            Ok(Named::Unreachable(told(&error)))
        }
        _ => Err(error),
    }
}

/// The question for a name's IPv4 addresses.
fn question(id: u16, name: &str) -> io::Result<Vec<u8>> {
    let bad = |error: simple_dns::SimpleDnsError| {
        io::Error::new(ErrorKind::InvalidInput, format!("{name}: {error}"))
    };
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let name = Name::new(name.trim_end_matches('.'))
        .map_err(bad)?
        .into_owned();
    let (kind, class) = (QTYPE::TYPE(TYPE::A), CLASS::IN.into());
    packet
        .questions
        .push(Question::new(name, kind, class, false));
    packet.build_bytes_vec().map_err(bad)
}

/// What a datagram says of the name; none where it is no answer to the question.
fn answer(bytes: &[u8], id: u16, name: &str) -> Option<Named> {
    let packet = Packet::parse(bytes).ok()?;
    let same = |asked: &Question<'_>| {
        let asked = asked.qname.to_string();
        asked.eq_ignore_ascii_case(name.trim_end_matches('.'))
    };
    let whole = packet.id() == id && packet.has_flags(PacketFlag::RESPONSE);
    if !whole || !packet.questions.iter().all(same) {
        return None;
    }
    match packet.rcode() {
        RCODE::NoError => {}
        RCODE::NameError => return Some(Named::NoSuchName),
        RCODE::ServerFailure => return Some(Named::Error("SERVFAIL".into())),
        RCODE::Refused => return Some(Named::Error("REFUSED".into())),
        other => return Some(Named::Error(format!("{other:?}"))),
    }
    // The names on the way (CNAME) stand beside the addresses.
    let addresses: Vec<IpAddr> = packet
        .answers
        .iter()
        .filter_map(|record| match &record.rdata {
            RData::A(a) => Some(Ipv4Addr::from_bits(a.address).into()),
            _ => None,
        })
        .collect();
    Some(if addresses.is_empty() {
        Named::NoAddress
    } else {
        Named::Addresses(addresses)
    })
}

/// Tries to reach a host, and sees whether it speaks its protocol. Of TLS the
/// first message is sent and the first record of the answer is read: neither is
/// a certificate looked at nor a session made.
///
/// # Errors
/// When it could not be tried: no socket, not allowed to connect.
pub fn reach(way: &Way, deadline: Instant) -> io::Result<Reached> {
    match tried(way, deadline) {
        Ok(reached) => Ok(reached),
        Err(error) => match error.raw_os_error() {
            // A REJECT rule answers with a reset, or that port, host or net may
            // not be reached (iptables-extensions(8), REJECT).
            Some(
                libc::ECONNREFUSED
                | libc::EHOSTUNREACH
                | libc::ENETUNREACH
                | libc::ECONNRESET
                | libc::EPIPE
                | libc::ETIMEDOUT,
            ) => Ok(Reached::Refused(told(&error))),
            _ => match error.kind() {
                ErrorKind::TimedOut | ErrorKind::WouldBlock => Ok(Reached::Silent),
                ErrorKind::UnexpectedEof => {
                    Ok(Reached::Refused("the connection was closed at once".into()))
                }
                _ => Err(error),
            },
        },
    }
}

fn tried(way: &Way, deadline: Instant) -> io::Result<Reached> {
    let mut stream = connect(&way.addresses, way.port, deadline)?;
    let host = if way.host.contains(':') {
        format!("[{}]", way.host)
    } else {
        way.host.clone()
    };
    let authority = format!("{host}:{}", way.host_port);
    if !way.tls {
        let target = if way.proxy {
            format!("http://{authority}/")
        } else {
            "/".to_owned()
        };
        let request =
            format!("HEAD {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
        let head = ask_http(&mut stream, &request, deadline)?;
        return Ok(match status(&head) {
            None => Reached::Other(beginning(&head)),
            Some(407) if way.proxy => Reached::ProxyPassword,
            Some(code @ 502..=504) if way.proxy => Reached::ProxyRefused(code),
            Some(_) => Reached::Answered,
        });
    }
    if way.proxy {
        let request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        let head = ask_http(&mut stream, &request, deadline)?;
        match status(&head) {
            None => return Ok(Reached::Other(beginning(&head))),
            Some(200..=299) => {}
            Some(407) => return Ok(Reached::ProxyPassword),
            Some(code) => return Ok(Reached::ProxyRefused(code)),
        }
    }
    let mut random = entropy::unpredictable(32)?;
    random.resize(32, 0);
    say(&mut stream, &client_hello(&way.host, &random), deadline)?;
    let mut first = Vec::new();
    while first.len() < 6 {
        if !hear(&mut stream, &mut first, deadline)? {
            break;
        }
    }
    if first.is_empty() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(if speaks_tls(&first) {
        Reached::Answered
    } else {
        Reached::Other(beginning(&first))
    })
}

/// A connection to whichever address takes it first.
fn connect(addresses: &[IpAddr], port: u16, deadline: Instant) -> io::Result<TcpStream> {
    let mut error = io::Error::from(ErrorKind::AddrNotAvailable);
    let mut sockets = Vec::new();
    for address in addresses.iter().take(ADDRESSES) {
        let domain = match address {
            IpAddr::V4(_) => Domain::IPV4,
            IpAddr::V6(_) => Domain::IPV6,
        };
        let socket = Socket::new(domain, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        match socket.connect(&SocketAddr::new(*address, port).into()) {
            Ok(()) => sockets.push(socket),
            Err(under_way) if under_way.raw_os_error() == Some(libc::EINPROGRESS) => {
                sockets.push(socket);
            }
            Err(other) => error = other,
        }
    }
    while !sockets.is_empty() {
        let wait = PollTimeout::try_from(left(deadline)?).unwrap_or(PollTimeout::MAX);
        let mut waiting: Vec<_> = sockets
            .iter()
            .map(|socket| PollFd::new(socket.as_fd(), PollFlags::POLLOUT))
            .collect();
        match poll(&mut waiting, wait) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let ready: Vec<bool> = waiting
            .iter()
            .map(|one| one.any().unwrap_or(false))
            .collect();
        let mut still = Vec::new();
        for (socket, ready) in sockets.into_iter().zip(ready) {
            if !ready {
                still.push(socket);
                continue;
            }
            match socket.take_error()? {
                None => {
                    socket.set_nonblocking(false)?;
                    return Ok(socket.into());
                }
                Some(refused) => error = refused,
            }
        }
        sockets = still;
    }
    Err(error)
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    // Less than what poll(2) counts in would be "at once", again and again.
    if left < Duration::from_millis(1) {
        return Err(ErrorKind::TimedOut.into());
    }
    Ok(left)
}

fn say(stream: &mut TcpStream, bytes: &[u8], deadline: Instant) -> io::Result<()> {
    stream.set_write_timeout(Some(left(deadline)?))?;
    stream.write_all(bytes)
}

/// Reads on; false at the end.
fn hear(stream: &mut TcpStream, into: &mut Vec<u8>, deadline: Instant) -> io::Result<bool> {
    let mut part = [0; 2048];
    loop {
        stream.set_read_timeout(Some(left(deadline)?))?;
        match stream.read(&mut part) {
            Ok(0) => return Ok(false),
            Ok(length) => {
                into.extend(part.get(..length).unwrap_or_default());
                return Ok(true);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A request, and the head of its answer.
fn ask_http(stream: &mut TcpStream, request: &str, deadline: Instant) -> io::Result<Vec<u8>> {
    say(stream, request.as_bytes(), deadline)?;
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") && head.len() < HEAD {
        // Whatever does not begin like HTTP may never end a line.
        let begun = head.len() >= 5 && !head.starts_with(b"HTTP/");
        if begun || !hear(stream, &mut head, deadline)? {
            break;
        }
    }
    if head.is_empty() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(head)
}

/// The status of an answer of HTTP; none where it is none.
fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|byte| *byte == b'\r' || *byte == b'\n').next()?;
    let mut words = line.split(|byte| *byte == b' ');
    words.next().filter(|word| word.starts_with(b"HTTP/"))?;
    let code = std::str::from_utf8(words.next()?).ok()?.parse().ok()?;
    (100..=599).contains(&code).then_some(code)
}

/// Whether an answer begins as TLS does (RFC 8446, 5.1): a record with a
/// handshake that begins with ServerHello, or with an alert; version 3.x.
fn speaks_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [22, 3, _, _, _, 2, ..] | [21, 3, _, 0, 2, ..])
}

/// How an answer begins, as it can be shown.
fn beginning(bytes: &[u8]) -> String {
    let first = bytes.get(..bytes.len().min(24)).unwrap_or_default();
    first.escape_ascii().to_string()
}

fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or_default()
}

fn told(error: &io::Error) -> String {
    match error.raw_os_error().map(nix::errno::Errno::from_raw) {
        Some(errno) => format!("{errno:?}: {}", errno.desc()),
        None => error.to_string(),
    }
}

/// A part with its length before it, in `width` bytes.
fn sized(width: usize, part: &[u8]) -> Vec<u8> {
    let length = (part.len() as u64).to_be_bytes();
    let mut out = length.get(8 - width..).unwrap_or_default().to_vec();
    out.extend(part);
    out
}

/// The first message of TLS 1.2 (RFC 5246, 7.4.1.2) in its record, with the name
/// of the host (RFC 6066, 3). A server that wants 1.3 alone answers with an
/// alert, which serves here as well.
fn client_hello(host: &str, random: &[u8]) -> Vec<u8> {
    let extension = |number: u16, body: &[u8]| {
        let mut out = number.to_be_bytes().to_vec();
        out.extend(sized(2, body));
        out
    };
    let mut extensions = Vec::new();
    // An address is no name.
    if host.parse::<IpAddr>().is_err() {
        let mut name = vec![0];
        name.extend(sized(2, host.as_bytes()));
        extensions.extend(extension(0, &sized(2, &name)));
    }
    // x25519, secp256r1, secp384r1; points uncompressed.
    extensions.extend(extension(10, &sized(2, &[0, 29, 0, 23, 0, 24])));
    extensions.extend(extension(11, &sized(1, &[0])));
    // ECDSA and RSA (PSS, PKCS 1) with SHA-256, -384, -512.
    let signatures = [4, 3, 5, 3, 6, 3, 8, 4, 8, 5, 8, 6, 4, 1, 5, 1, 6, 1];
    extensions.extend(extension(13, &sized(2, &signatures)));
    // ECDHE with AES-GCM or ChaCha20, with AES-CBC; RSA with AES.
    let ciphers: [u16; 12] = [
        0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f,
        0x0035,
    ];
    let ciphers: Vec<u8> = ciphers.iter().flat_map(|one| one.to_be_bytes()).collect();
    let mut body = vec![3, 3];
    body.extend(random);
    body.extend(sized(1, &[]));
    body.extend(sized(2, &ciphers));
    body.extend(sized(1, &[0]));
    body.extend(sized(2, &extensions));
    let mut handshake = vec![1];
    handshake.extend(sized(3, &body));
    let mut record = vec![22, 3, 1];
    record.extend(sized(2, &handshake));
    record
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use simple_dns::ResourceRecord;
    use simple_dns::rdata::{A, CNAME};
    use std::net::TcpListener;

    fn reply(name: &str, rcode: RCODE, records: Vec<ResourceRecord<'_>>) -> Vec<u8> {
        let question = question(7, name).unwrap();
        let mut packet = Packet::parse(&question).unwrap().into_reply();
        *packet.rcode_mut() = rcode;
        packet.answers = records;
        packet.build_bytes_vec_compressed().unwrap()
    }

    #[test]
    fn answers_of_a_name_server() {
        let name = Name::new_unchecked("get.example.com");
        let other = Name::new_unchecked("cdn.example.net");
        let records = vec![
            ResourceRecord::new(name, CLASS::IN, 60, RData::CNAME(CNAME(other.clone()))),
            ResourceRecord::new(
                other,
                CLASS::IN,
                60,
                RData::A(A {
                    address: 0xc000_0205,
                }),
            ),
        ];
        let bytes = reply("get.example.com", RCODE::NoError, records);
        let known = Named::Addresses(vec!["192.0.2.5".parse().unwrap()]);
        assert_eq!(answer(&bytes, 7, "GET.example.com."), Some(known));
        // Somebody else's answer, or to another question, is none.
        assert_eq!(answer(&bytes, 8, "get.example.com"), None);
        assert_eq!(answer(&bytes, 7, "api.example.com"), None);
        assert_eq!(answer(&question(7, "a.b").unwrap(), 7, "a.b"), None);
        for (rcode, named) in [
            (RCODE::NameError, Named::NoSuchName),
            (RCODE::NoError, Named::NoAddress),
            (RCODE::ServerFailure, Named::Error("SERVFAIL".into())),
            (RCODE::Refused, Named::Error("REFUSED".into())),
        ] {
            assert_eq!(answer(&reply("a.b", rcode, vec![]), 7, "a.b"), Some(named));
        }
        assert!(question(7, &"x".repeat(300)).is_err());
    }

    #[test]
    fn what_begins_as_tls_and_what_does_not() {
        assert!(speaks_tls(&[22, 3, 3, 0, 80, 2, 0, 0]));
        assert!(speaks_tls(&[21, 3, 1, 0, 2, 2, 70]));
        for other in [
            &b"HTTP/1.1 302"[..],
            b"SSH-2.0-x",
            b"\x16\x03",
            b"",
            &[22, 3, 3, 0, 80, 1],
        ] {
            assert!(!speaks_tls(other), "{other:?}");
        }
        assert_eq!(status(b"HTTP/1.1 407 Proxy\r\n\r\n"), Some(407));
        assert_eq!(status(b"HTTP/1.0 200"), Some(200));
        for other in [&b"SSH-2.0 200 x"[..], b"HTTP/1.1", b"HTTP/1.1 20000 x", b""] {
            assert_eq!(status(other), None);
        }
    }

    #[test]
    fn every_length_of_the_first_message_fits() {
        for host in ["get.replicated.com", "192.0.2.1"] {
            let hello = client_hello(host, &[9; 32]);
            let record = usize::from(u16::from_be_bytes([hello[3], hello[4]]));
            assert_eq!(record, hello.len() - 5);
            let inner = usize::from(u16::from_be_bytes([hello[7], hello[8]]));
            assert_eq!((hello[5], hello[6], inner), (1, 0, hello.len() - 9));
            let named = hello
                .windows(host.len())
                .any(|part| part == host.as_bytes());
            assert_eq!(named, host.contains("replicated"));
        }
    }

    /// A port that answers each connection with these bytes and hangs up.
    fn answering(bytes: &'static [u8]) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut part = [0; 1024];
                let _ = stream.read(&mut part);
                let _ = stream.write_all(bytes);
            }
        });
        port
    }

    fn way(port: u16, proxy: bool, tls: bool) -> Way {
        Way {
            addresses: vec!["127.0.0.1".parse().unwrap()],
            port,
            proxy,
            host: "get.example.com".into(),
            host_port: 443,
            tls,
        }
    }

    #[test]
    fn what_a_port_answers_is_told_apart() {
        let free = {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let soon = || Instant::now() + Duration::from_secs(20);
        for (bytes, proxy, tls, reached) in [
            (
                &b"\x15\x03\x03\x00\x02\x02\x46"[..],
                false,
                true,
                Reached::Answered,
            ),
            (
                b"\x16\x03\x03\x00\x50\x02\x00",
                false,
                true,
                Reached::Answered,
            ),
            (
                b"HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n\r\n",
                false,
                true,
                Reached::Other("HTTP/1.1 302 Found\\r\\nLoca".into()),
            ),
            (
                b"HTTP/1.1 302 Found\r\n\r\n",
                false,
                false,
                Reached::Answered,
            ),
            (
                b"",
                false,
                true,
                Reached::Refused("the connection was closed at once".into()),
            ),
            (
                b"HTTP/1.1 407 x\r\n\r\n",
                true,
                true,
                Reached::ProxyPassword,
            ),
            (
                b"HTTP/1.1 403 x\r\n\r\n",
                true,
                true,
                Reached::ProxyRefused(403),
            ),
            (
                b"HTTP/1.1 504 x\r\n\r\n",
                true,
                false,
                Reached::ProxyRefused(504),
            ),
            (
                b"SSH-2.0-x\r\n",
                true,
                true,
                Reached::Other("SSH-2.0-x\\r\\n".into()),
            ),
        ] {
            let port = answering(bytes);
            assert_eq!(reach(&way(port, proxy, tls), soon()).unwrap(), reached);
        }
        let closed = reach(&way(free, false, true), soon()).unwrap();
        assert!(matches!(closed, Reached::Refused(_)), "{closed:?}");
        let past = reach(&way(free, false, true), Instant::now()).unwrap();
        assert_eq!(past, Reached::Silent);
        // It takes the connection and says nothing: the deadline ends it.
        let mute = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = mute.local_addr().unwrap().port();
        let short = Instant::now() + Duration::from_millis(50);
        assert_eq!(
            reach(&way(port, false, true), short).unwrap(),
            Reached::Silent
        );
    }

    proptest! {
        #[test]
        fn no_datagram_makes_it_panic(bytes in any::<Vec<u8>>(), cut in any::<usize>(), at in any::<usize>(), with in any::<u8>()) {
            let _ = answer(&bytes, 7, "a.b");
            let _ = (status(&bytes), speaks_tls(&bytes), beginning(&bytes));
            let name = Name::new_unchecked("a.b");
            let record = ResourceRecord::new(name, CLASS::IN, 1, RData::A(A { address: 1 }));
            let mut whole = reply("a.b", RCODE::NoError, vec![record]);
            let at = at % whole.len();
            whole[at] = with;
            let _ = answer(&whole, 7, "a.b");
            whole.truncate(cut % (whole.len() + 1));
            let _ = answer(&whole, 7, "a.b");
        }
    }
}
