//! How much a way carries: TCP from one end to the other, and back.
//!
//! Both ends do the same; the one with the lower address listens. What goes over the
//! way is noise, for a bounded time and of a bounded size, and only the other end is
//! listened to.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Control, From, Listener, left};

/// Version of the words.
const SCHEMA: &str = "throughput/1";
/// What is sent at once, in bytes. The first one of a block is 0 in the last block.
const BLOCK: usize = 64 * 1024;
/// More than this is sent in no direction, in bytes: ten seconds at 10 Gbit/s are less.
const MOST: u64 = 16 * 1024 * 1024 * 1024;
/// How long the rest may take that is on its way when the time is over.
const REST: Duration = Duration::from_secs(20);
/// How often somebody who says nothing at all is dialled, five seconds each.
const SILENT: u32 = 2;
/// Between two tries to dial somebody who does not listen yet.
const AGAIN: Duration = Duration::from_millis(100);

/// The two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// This one.
    pub own: Ipv4Addr,
    /// The other one.
    pub peer: Ipv4Addr,
    /// TCP port that one of them listens on.
    pub port: u16,
    /// For how long each direction is filled; the shorter one of both ends counts.
    pub time: Duration,
    /// How long the other end may come later.
    pub patience: Duration,
}

/// What the way carried, in bits of payload per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// From here to the other end.
    pub there: u64,
    /// From there to here.
    pub back: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hello {
    schema: String,
    ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    /// Fill the way, for so many milliseconds.
    Fill(u64),
    /// Nothing is measured, and why.
    No(String),
}

/// What came over the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Came {
    bytes: u64,
    us: u64,
}

impl Came {
    fn rate(self) -> u64 {
        let bits = u128::from(self.bytes).saturating_mul(8_000_000);
        u64::try_from(bits / u128::from(self.us.max(1))).unwrap_or(u64::MAX)
    }
}

/// Measures the way to the other end, where the same is done.
///
/// # Errors
/// Why it could not be measured, as a sentence without an end.
pub fn measure(ends: &Ends) -> Result<Carried, String> {
    if ends.own < ends.peer {
        listened(ends)
    } else {
        dialled(ends)
    }
}

fn from(ends: &Ends) -> From {
    From {
        address: Some(ends.own),
        device: None,
    }
}

/// How long all of it may take once the ends have met.
fn whole(time: Duration) -> Duration {
    time.saturating_mul(2).saturating_add(REST)
}

fn listened(ends: &Ends) -> Result<Carried, String> {
    let Ends {
        own, peer, port, ..
    } = *ends;
    let listener = Listener::open(&from(ends), port).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => format!("another program has TCP {port} of {own}"),
        _ => format!("TCP {port} of {own}: {error}"),
    })?;
    let until = Instant::now() + ends.patience;
    loop {
        let next = listener.next(until, whole(ends.time));
        let next = next.map_err(|error| error.to_string())?;
        let Some(mut control) = next else {
            return Err(format!(
                "{peer} did not come to TCP {port} within {} s: does the same command run there, \
                 and does the firewall here let that port in from {peer}?",
                ends.patience.as_secs()
            ));
        };
        // Whoever else comes is not spoken to.
        if control.peer().is_ok_and(|who| who == peer) {
            return answer(&mut control, ends.time);
        }
    }
}

fn answer(control: &mut Control, time: Duration) -> Result<Carried, String> {
    let hello: Hello = hear(control)?;
    if hello.schema != SCHEMA {
        let why = format!("one side speaks {SCHEMA}, the other one {}", hello.schema);
        let _ = say(control, &Word::No(why.clone()));
        return Err(why);
    }
    let time = time.min(Duration::from_millis(hello.ms));
    say(control, &Word::Fill(millis(time)))?;
    let back = control.drain(time).map_err(ended)?;
    say(control, &back)?;
    let Word::Fill(_) = hear(control)? else {
        return Err("the other side went away".into());
    };
    control.pour(time).map_err(ended)?;
    let there: Came = hear(control)?;
    Ok(Carried {
        there: there.rate(),
        back: back.rate(),
    })
}

fn dialled(ends: &Ends) -> Result<Carried, String> {
    let mut control = dial(ends)?;
    let hello = Hello {
        schema: SCHEMA.to_owned(),
        ms: millis(ends.time),
    };
    say(&mut control, &hello)?;
    let time = match hear(&mut control)? {
        Word::Fill(ms) => ends.time.min(Duration::from_millis(ms)),
        Word::No(why) => return Err(why.chars().filter(|c| !c.is_control()).collect()),
    };
    control.pour(time).map_err(ended)?;
    let there: Came = hear(&mut control)?;
    say(&mut control, &Word::Fill(millis(time)))?;
    let back = control.drain(time).map_err(ended)?;
    say(&mut control, &back)?;
    Ok(Carried {
        there: there.rate(),
        back: back.rate(),
    })
}

fn dial(ends: &Ends) -> Result<Control, String> {
    let Ends { peer, port, .. } = *ends;
    let until = Instant::now() + ends.patience;
    let mut silent = 0;
    loop {
        let deadline = Instant::now() + whole(ends.time);
        let error = match Control::dial(&from(ends), SocketAddrV4::new(peer, port), deadline) {
            Ok(control) => return Ok(control),
            Err(error) => error,
        };
        let timed_out = error.kind() == ErrorKind::TimedOut;
        silent = if timed_out { silent + 1 } else { 0 };
        if silent == SILENT {
            return Err(format!(
                "nothing comes back from TCP {port} of {peer}: does its firewall let that port in \
                 from {}?",
                ends.own
            ));
        }
        if Instant::now() >= until {
            return Err(format!(
                "nobody listened on TCP {port} of {peer} within {} s ({error}): does the same \
                 command run there, and does its firewall let that port in?",
                ends.patience.as_secs()
            ));
        }
        std::thread::sleep(AGAIN);
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn ended(error: io::Error) -> String {
    match error.kind() {
        ErrorKind::TimedOut => "it came to no end in time".into(),
        _ => format!("it came to no end: {error}"),
    }
}

fn hear<T: DeserializeOwned>(control: &mut Control) -> Result<T, String> {
    let line = control.hear().map_err(ended)?;
    serde_json::from_str(&line).map_err(|error| format!("not a word of {SCHEMA}: {error}"))
}

fn say(control: &mut Control, word: &impl Serialize) -> Result<(), String> {
    let line = serde_json::to_string(word).map_err(|error| error.to_string())?;
    control.say(&line).map_err(ended)
}

/// Bytes that nothing on the way can make fewer: some private networks compress.
fn noise() -> Vec<u8> {
    // Marsaglia, "Xorshift RNGs", 2003: 13, 7, 17.
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut bytes = Vec::with_capacity(BLOCK);
    while bytes.len() < BLOCK {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes
}

impl Control {
    /// Fills the way with blocks.
    fn pour(&mut self, time: Duration) -> io::Result<()> {
        let mut block = noise();
        let mark = |block: &mut Vec<u8>, value: u8| {
            if let Some(first) = block.first_mut() {
                *first = value;
            }
        };
        mark(&mut block, 1);
        let (began, mut sent) = (Instant::now(), 0_u64);
        while began.elapsed() < time && sent < MOST {
            self.block(&block)?;
            sent = sent.saturating_add(BLOCK as u64);
        }
        mark(&mut block, 0);
        self.block(&block)
    }

    fn block(&mut self, block: &[u8]) -> io::Result<()> {
        self.stream.set_write_timeout(Some(left(self.deadline)?))?;
        match self.stream.write_all(block) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(ErrorKind::TimedOut.into()),
            other => other,
        }
    }

    /// Takes blocks to the last one. What comes long after the time is not counted.
    fn drain(&mut self, time: Duration) -> io::Result<Came> {
        let mut block = vec![0; BLOCK];
        let (mut filled, mut all) = (0, 0_u64);
        let mut came = Came::default();
        let mut began: Option<Instant> = None;
        loop {
            self.stream.set_read_timeout(Some(left(self.deadline)?))?;
            let room = block.get_mut(filled..).unwrap_or_default();
            let length = match self.stream.read(room) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return Err(ErrorKind::TimedOut.into());
                }
                Err(error) => return Err(error),
            };
            let since = began.get_or_insert_with(Instant::now).elapsed();
            all = all.saturating_add(length as u64);
            if since <= time.saturating_add(Duration::from_secs(1)) {
                came.bytes = all;
                came.us = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);
            }
            if all > MOST.saturating_add(2 * BLOCK as u64) {
                return Err(ErrorKind::InvalidData.into());
            }
            filled += length;
            if filled == BLOCK {
                filled = 0;
                if block.first() == Some(&0) {
                    return Ok(came);
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::TcpStream;

    use socket2::Type;

    use super::*;

    const LOW: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
    const HIGH: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

    fn ends(port: u16) -> [Ends; 2] {
        let one = Ends {
            own: LOW,
            peer: HIGH,
            port,
            time: Duration::from_millis(60),
            patience: Duration::from_secs(20),
        };
        let other = Ends {
            own: HIGH,
            peer: LOW,
            // The shorter time counts.
            time: Duration::from_secs(60),
            ..one
        };
        [one, other]
    }

    fn free() -> u16 {
        let socket = From::default().socket(Type::STREAM, 0).unwrap();
        socket.local_addr().unwrap().as_socket().unwrap().port()
    }

    #[test]
    fn both_ends_find_the_same_and_strangers_do_not_disturb_them() {
        let port = free();
        let [low, high] = ends(port);
        let listens = |port| TcpStream::connect((LOW, port));
        std::thread::scope(|scope| {
            let here = scope.spawn(move || measure(&low));
            // One who is not the other end, and stays connected.
            let deadline = Instant::now() + Duration::from_secs(20);
            let stranger = loop {
                match listens(port) {
                    Ok(stream) => break stream,
                    Err(error) => assert!(Instant::now() < deadline, "{error}"),
                }
            };
            let there = measure(&high).unwrap();
            let here = here.join().unwrap().unwrap();
            assert_eq!((here.there, here.back), (there.back, there.there));
            assert!(here.there > 0 && here.back > 0, "{here:?}");
            drop(stranger);
        });
    }

    #[test]
    fn an_end_that_does_not_come_is_told() {
        let port = free();
        let [mut low, mut high] = ends(port);
        (low.patience, high.patience) = (Duration::ZERO, Duration::ZERO);
        let told = measure(&low).unwrap_err();
        assert!(told.contains("127.0.0.3 did not come to TCP"), "{told}");
        let told = measure(&high).unwrap_err();
        assert!(told.contains("nobody listened on TCP"), "{told}");
        let taken = Listener::open(&from(&low), port).unwrap();
        let told = measure(&low).unwrap_err();
        assert!(told.contains("another program has TCP"), "{told}");
        drop(taken);
    }

    #[test]
    fn other_words_are_turned_away() {
        let port = free();
        let [low, high] = ends(port);
        for (hello, wanted) in [
            (r#"{"schema":"throughput/9","ms":1}"#, "throughput/9"),
            ("GET / HTTP/1.1", "not a word of throughput/1"),
        ] {
            std::thread::scope(|scope| {
                let here = scope.spawn(move || measure(&low));
                let mut control = dial(&high).unwrap();
                control.say(hello).unwrap();
                let told = here.join().unwrap().unwrap_err();
                assert!(told.contains(wanted), "{told}");
            });
        }
    }

    #[test]
    fn a_rate_is_in_bits_per_second() {
        let came = |bytes, us| Came { bytes, us }.rate();
        assert_eq!(came(125_000_000, 1_000_000), 1_000_000_000);
        assert_eq!(came(u64::MAX, 0), u64::MAX);
        assert_eq!(came(0, 5), 0);
    }
}
