//! The sockets of a probe between two hosts: a control connection with lines of
//! text, ports that answer, and ports that are tried.
//!
//! Addresses are IPv4, as everywhere that schedulers advertise one. Every call
//! has a time limit.

pub mod throughput;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{setsockopt, sockopt::BindToDevice};
use serde::{Deserialize, Serialize};
use socket2::{Domain, Socket, Type};

/// The longest line of a control connection, in bytes: a host of a few hundred
/// cards fits.
const LONGEST: usize = 256 * 1024;

/// How often a port that answers looks whether it is to end, in milliseconds.
const TICK: u16 = 100;

/// How many datagrams are sent before silence counts: one may get lost.
const TRIES: u32 = 3;

/// A port that is tried.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Port {
    /// `tcp` or `udp`.
    pub protocol: String,
    /// Number.
    pub port: u16,
}

impl Port {
    /// Reads `tcp/2377`.
    ///
    /// # Errors
    /// One sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let told = || format!("{text}: wanted a protocol and a port, such as tcp/2377 or udp/4789");
        let (protocol, port) = text.split_once('/').ok_or_else(told)?;
        match (protocol, port.parse()) {
            ("tcp" | "udp", Ok(port @ 1..)) => Ok(Self {
                protocol: protocol.to_owned(),
                port,
            }),
            _ => Err(told()),
        }
    }

    /// Whether it is a UDP port.
    pub fn udp(&self) -> bool {
        self.protocol == "udp"
    }

    /// As it is written.
    pub fn name(&self) -> String {
        format!("{}/{}", self.protocol, self.port)
    }
}

/// How far a host got with listening on a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Served {
    /// It listens, for this probe.
    Open,
    /// Another program has the port.
    InUse,
    /// It cannot listen there.
    Failed(String),
}

/// What became of a try to reach a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reached {
    /// The probe answered.
    Answered,
    /// Somebody took the connection, and it was not the probe.
    Connected,
    /// The connection was refused.
    Refused,
    /// Nothing came back.
    Silent,
    /// It could not be tried.
    Failed(String),
}

/// Where sockets of a probe are bound.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct From {
    /// Address; none lets the kernel choose.
    pub address: Option<Ipv4Addr>,
    /// Interface that they are bound to (SO_BINDTODEVICE), whatever the routes
    /// say. Not root: the address alone, which the kernel allows.
    pub device: Option<String>,
}

impl From {
    fn socket(&self, kind: Type, port: u16) -> io::Result<Socket> {
        let socket = Socket::new(Domain::IPV4, kind, None)?;
        if let Some(device) = &self.device {
            match setsockopt(&socket, BindToDevice, &device.into()) {
                Ok(()) | Err(nix::errno::Errno::EPERM) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if kind == Type::STREAM && port != 0 {
            socket.set_reuse_address(true)?;
        }
        let address = self.address.unwrap_or(Ipv4Addr::UNSPECIFIED);
        socket.bind(&SocketAddrV4::new(address, port).into())?;
        Ok(socket)
    }
}

/// A control connection: lines of text both ways, under one deadline.
#[derive(Debug)]
pub struct Control {
    stream: TcpStream,
    deadline: Instant,
    read: Vec<u8>,
}

impl Control {
    /// Connects to whoever listens.
    ///
    /// # Errors
    /// The operating system's.
    pub fn dial(from: &From, to: SocketAddrV4, deadline: Instant) -> io::Result<Self> {
        let socket = from.socket(Type::STREAM, 0)?;
        let limit = left(deadline)?.min(Duration::from_secs(5));
        socket.connect_timeout(&SocketAddr::V4(to).into(), limit)?;
        Ok(Self::of(socket.into(), deadline))
    }

    fn of(stream: TcpStream, deadline: Instant) -> Self {
        Self {
            stream,
            deadline,
            read: Vec::new(),
        }
    }

    /// This end's address.
    ///
    /// # Errors
    /// The operating system's.
    pub fn own(&self) -> io::Result<Ipv4Addr> {
        v4(self.stream.local_addr()?)
    }

    /// The other end's address.
    ///
    /// # Errors
    /// The operating system's.
    pub fn peer(&self) -> io::Result<Ipv4Addr> {
        v4(self.stream.peer_addr()?)
    }

    /// Sends a line.
    ///
    /// # Errors
    /// The operating system's; [`ErrorKind::TimedOut`] past the deadline.
    pub fn say(&mut self, line: &str) -> io::Result<()> {
        self.stream.set_write_timeout(Some(left(self.deadline)?))?;
        self.stream.write_all(line.as_bytes())?;
        self.stream.write_all(b"\n")
    }

    /// Waits for a line.
    ///
    /// # Errors
    /// The operating system's; [`ErrorKind::TimedOut`] past the deadline;
    /// [`ErrorKind::UnexpectedEof`] where the other side hung up;
    /// [`ErrorKind::InvalidData`] for a line that is too long or no text.
    pub fn hear(&mut self) -> io::Result<String> {
        let mut part = [0; 4096];
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                let text =
                    String::from_utf8(line).map_err(|_| io::Error::from(ErrorKind::InvalidData))?;
                return Ok(text.trim_end().to_owned());
            }
            if self.read.len() > LONGEST {
                return Err(ErrorKind::InvalidData.into());
            }
            self.stream.set_read_timeout(Some(left(self.deadline)?))?;
            match self.stream.read(&mut part) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(length) => self.read.extend(part.get(..length).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return Err(ErrorKind::TimedOut.into());
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn v4(address: SocketAddr) -> io::Result<Ipv4Addr> {
    match address {
        SocketAddr::V4(v4) => Ok(*v4.ip()),
        SocketAddr::V6(_) => Err(ErrorKind::Unsupported.into()),
    }
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(ErrorKind::TimedOut.into());
    }
    Ok(left)
}

/// Waits for control connections.
#[derive(Debug)]
pub struct Listener(TcpListener);

impl Listener {
    /// Listens on a port.
    ///
    /// # Errors
    /// The operating system's.
    pub fn open(from: &From, port: u16) -> io::Result<Self> {
        let socket = from.socket(Type::STREAM, port)?;
        socket.listen(4)?;
        let listener: TcpListener = socket.into();
        listener.set_nonblocking(true)?;
        Ok(Self(listener))
    }

    /// The next connection, with `limit` for all of it; none past `deadline`.
    ///
    /// # Errors
    /// The operating system's.
    pub fn next(&self, deadline: Instant, limit: Duration) -> io::Result<Option<Control>> {
        while Instant::now() < deadline {
            let mut waiting = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
            match poll(&mut waiting, PollTimeout::from(TICK)) {
                Ok(0) | Err(nix::errno::Errno::EINTR) => continue,
                Ok(_) => {}
                Err(error) => return Err(error.into()),
            }
            match self.0.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(false)?;
                    return Ok(Some(Control::of(stream, Instant::now() + limit)));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // Whoever called has hung up meanwhile.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// Ports that answer until this value goes away.
#[derive(Debug)]
pub struct Serving {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It ends within a tick; that it panicked is nobody's concern here.
            let _ = thread.join();
        }
    }
}

/// Listens on ports: a TCP connection is greeted with `nonce`, a datagram that
/// begins with it is sent back. How far it got with each is told in their order.
pub fn serve(from: &From, ports: &[Port], nonce: &str) -> (Vec<Served>, Serving) {
    let mut served = Vec::new();
    let (mut tcp, mut udp) = (Vec::new(), Vec::new());
    for port in ports {
        let kind = if port.udp() {
            Type::DGRAM
        } else {
            Type::STREAM
        };
        let opened = from.socket(kind, port.port).and_then(|socket| {
            if !port.udp() {
                socket.listen(16)?;
            }
            socket.set_nonblocking(true)?;
            Ok(socket)
        });
        served.push(match opened {
            Ok(socket) => {
                if port.udp() {
                    udp.push(UdpSocket::from(socket));
                } else {
                    tcp.push(TcpListener::from(socket));
                }
                Served::Open
            }
            Err(error) if error.kind() == ErrorKind::AddrInUse => Served::InUse,
            Err(error) => Served::Failed(error.to_string()),
        });
    }
    let stop = Arc::new(AtomicBool::new(false));
    let (ends, nonce) = (stop.clone(), nonce.as_bytes().to_vec());
    let thread = std::thread::spawn(move || answer(&tcp, &udp, &nonce, &ends));
    let serving = Serving {
        stop,
        thread: Some(thread),
    };
    (served, serving)
}

fn answer(tcp: &[TcpListener], udp: &[UdpSocket], nonce: &[u8], stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let all = tcp
            .iter()
            .map(AsFd::as_fd)
            .chain(udp.iter().map(AsFd::as_fd));
        let mut waiting: Vec<_> = all.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
        if poll(&mut waiting, PollTimeout::from(TICK)).is_err() {
            continue;
        }
        for listener in tcp {
            while let Ok((mut stream, _)) = listener.accept() {
                // Its buffer takes these few bytes at once.
                let _ = stream.set_nonblocking(true);
                let _ = stream.write_all(nonce);
            }
        }
        for socket in udp {
            let mut packet = [0; 512];
            while let Ok((length, who)) = socket.recv_from(&mut packet) {
                let packet = packet.get(..length).unwrap_or_default();
                // Nothing is sent back that is longer than what came.
                if packet.starts_with(nonce) {
                    let _ = socket.send_to(packet, who);
                }
            }
        }
    }
}

/// Tries ports of another host, all at once, each within `limit`.
pub fn reach(
    from: &From,
    to: Ipv4Addr,
    ports: &[Port],
    nonce: &str,
    limit: Duration,
) -> Vec<Reached> {
    std::thread::scope(|scope| {
        let tries: Vec<_> = ports
            .iter()
            .map(|port| {
                scope.spawn(move || {
                    let to = SocketAddrV4::new(to, port.port);
                    let tried = if port.udp() {
                        datagram(from, to, nonce.as_bytes(), limit)
                    } else {
                        connection(from, to, nonce.as_bytes(), limit)
                    };
                    tried.unwrap_or_else(|error| of_error(&error))
                })
            })
            .collect();
        let died = || Reached::Failed("the try came to no end".into());
        tries
            .into_iter()
            .map(|one| one.join().unwrap_or_else(|_| died()))
            .collect()
    })
}

/// What an error of a try says, where the control connection to the same host
/// works: so it is not the host that is missing.
fn of_error(error: &io::Error) -> Reached {
    match error.raw_os_error() {
        // A REJECT rule answers with a reset, or that port, host or net may not
        // be reached (iptables-extensions(8), REJECT).
        Some(libc::ECONNREFUSED | libc::EHOSTUNREACH | libc::ENETUNREACH | libc::EACCES) => {
            Reached::Refused
        }
        _ => match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Reached::Silent,
            _ => Reached::Failed(error.to_string()),
        },
    }
}

fn connection(from: &From, to: SocketAddrV4, nonce: &[u8], limit: Duration) -> io::Result<Reached> {
    let socket = from.socket(Type::STREAM, 0)?;
    socket.connect_timeout(&SocketAddr::V4(to).into(), limit)?;
    socket.set_read_timeout(Some(limit))?;
    let mut greeting = vec![0; nonce.len()];
    let mut stream: TcpStream = socket.into();
    Ok(match stream.read_exact(&mut greeting) {
        Ok(()) if greeting == nonce => Reached::Answered,
        _ => Reached::Connected,
    })
}

fn datagram(from: &From, to: SocketAddrV4, nonce: &[u8], limit: Duration) -> io::Result<Reached> {
    let socket: UdpSocket = from.socket(Type::DGRAM, 0)?.into();
    socket.connect(to)?;
    socket.set_read_timeout(Some(limit / TRIES))?;
    let mut packet = [0; 512];
    for _ in 0..TRIES {
        socket.send(nonce)?;
        match socket.recv(&mut packet) {
            Ok(length) if packet.get(..length) == Some(nonce) => return Ok(Reached::Answered),
            Ok(_) => return Ok(Reached::Connected),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Reached::Silent)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn free(kind: Type) -> u16 {
        let socket = From::default().socket(kind, 0).unwrap();
        socket.local_addr().unwrap().as_socket().unwrap().port()
    }

    fn loopback() -> From {
        From {
            address: Some(Ipv4Addr::LOCALHOST),
            device: None,
        }
    }

    fn port(protocol: &str, port: u16) -> Port {
        Port {
            protocol: protocol.into(),
            port,
        }
    }

    #[test]
    fn ports_answer_are_taken_or_refuse() {
        let taken = loopback().socket(Type::STREAM, 0).unwrap();
        taken.listen(1).unwrap();
        let taken = taken.local_addr().unwrap().as_socket().unwrap().port();
        let (tcp, udp) = (
            port("tcp", free(Type::STREAM)),
            port("udp", free(Type::DGRAM)),
        );
        let all = [tcp, udp, port("tcp", taken)];
        let limit = Duration::from_secs(2);
        let (served, serving) = serve(&loopback(), &all, "nonce-1");
        assert_eq!(served, [Served::Open, Served::Open, Served::InUse]);
        let reached = reach(
            &loopback(),
            Ipv4Addr::LOCALHOST,
            &all[..2],
            "nonce-1",
            limit,
        );
        assert_eq!(reached, [Reached::Answered, Reached::Answered]);
        let other = reach(
            &loopback(),
            Ipv4Addr::LOCALHOST,
            &all[..1],
            "another",
            limit,
        );
        assert_eq!(other, [Reached::Connected]);
        drop(serving);
        let gone = reach(
            &loopback(),
            Ipv4Addr::LOCALHOST,
            &all[..2],
            "nonce-1",
            limit,
        );
        assert_eq!(gone, [Reached::Refused, Reached::Refused]);
    }

    #[test]
    fn a_control_connection_carries_lines_and_ends_in_time() {
        let listener = Listener::open(&loopback(), 0).unwrap();
        let to = match listener.0.local_addr().unwrap() {
            SocketAddr::V4(to) => to,
            SocketAddr::V6(_) => unreachable!(),
        };
        let deadline = Instant::now() + Duration::from_secs(5);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut here = listener
                    .next(deadline, Duration::from_secs(5))
                    .unwrap()
                    .unwrap();
                assert_eq!(here.hear().unwrap(), "one");
                here.say("two").unwrap();
                assert_eq!(here.hear().unwrap_err().kind(), ErrorKind::InvalidData);
            });
            let mut there = Control::dial(&loopback(), to, deadline).unwrap();
            there.say("one").unwrap();
            assert_eq!(there.hear().unwrap(), "two");
            there.say(&"x".repeat(LONGEST + 5000)).unwrap_or_default();
        });
        let none = listener.next(Instant::now(), Duration::ZERO);
        assert!(none.unwrap().is_none());
        let past = Control::dial(&loopback(), to, Instant::now());
        assert_eq!(past.unwrap_err().kind(), ErrorKind::TimedOut);
    }
}
