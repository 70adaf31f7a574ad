//! How good the way to a peer is, beyond whether there is one: for who looks at
//! many hosts, or looks again later.

use std::collections::BTreeSet;
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ECHO;
use crate::apply::path;
use crate::host::{Host, Ping, icmp};

/// Between two echo requests, so that a moment's congestion loses one of them
/// and not all.
const PAUSE: Duration = Duration::from_millis(10);

/// Size of the echo requests that are counted and timed, in bytes: what ping(8)
/// sends by itself, headers included.
const SIZE: u16 = icmp::SMALLEST + 56;

/// Who has not answered so many is not asked on.
const SILENT: u16 = 3;

/// What is measured, and of whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Measure {
    /// Names of the peers that are tried; all where there is no such list.
    pub peers: Option<BTreeSet<String>>,
    /// Echo requests that are counted and timed; with 0 nothing is measured.
    pub echoes: u16,
}

/// The way to a peer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Measured {
    /// The peer's address in the private network.
    pub to: Ipv4Addr,
    /// Echo requests that were sent.
    pub sent: u16,
    /// Those that were not answered within a second.
    pub lost: u16,
    /// Round trip, where it could be timed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rtt: Option<Rtt>,
    /// The largest packet that gets there unfragmented, in bytes, headers included;
    /// none where it could not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
    /// What the way carries, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput: Option<Throughput>,
}

/// What a way carries: TCP over the private network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Throughput {
    /// To the peer, in bits of payload per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub there: Option<u64>,
    /// From it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<u64>,
    /// Why it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Throughput {
    /// In words, behind a sentence.
    pub fn words(&self) -> String {
        match (self.there, self.back) {
            (Some(there), Some(back)) => {
                format!("throughput {} there, {} back", rate(there), rate(back))
            }
            _ => format!(
                "throughput unknown: {}",
                self.why.as_deref().unwrap_or("it was not measured")
            ),
        }
    }
}

/// Bits per second for people, three digits of them.
pub fn rate(bits: u64) -> String {
    let (size, unit) = match bits {
        0..1_000_000 => (1_000, "kbit/s"),
        1_000_000..1_000_000_000 => (1_000_000, "Mbit/s"),
        _ => (1_000_000_000, "Gbit/s"),
    };
    let (whole, rest) = (bits / size, bits % size);
    match whole {
        0..10 => format!("{whole}.{:02} {unit}", rest * 100 / size),
        10..100 => format!("{whole}.{} {unit}", rest * 10 / size),
        _ => format!("{whole} {unit}"),
    }
}

/// Round trips, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Rtt {
    /// The fastest.
    pub min_us: u64,
    /// The mean.
    pub mean_us: u64,
    /// The slowest.
    pub max_us: u64,
}

/// What came of an echo request.
pub(super) enum Echo {
    /// It was answered, after this time where that was measured.
    Reply(Option<Duration>),
    /// It was not.
    Silence,
}

impl Measure {
    /// Whether a peer is tried.
    pub fn wants(&self, peer: &str) -> bool {
        self.peers.as_ref().is_none_or(|peers| peers.contains(peer))
    }

    /// Measures the way to a peer; nothing where that is not asked for. `exact`:
    /// packets of `mtu` bytes are known to get there, and larger ones not.
    pub(super) fn way(
        &self,
        host: &dyn Host,
        to: Ipv4Addr,
        mtu: u32,
        exact: bool,
    ) -> Option<Measured> {
        let echo = |size: u32| -> io::Result<Echo> {
            let size = u16::try_from(size).unwrap_or(u16::MAX);
            Ok(match host.ping(to, size, ECHO)? {
                Ping::Reply(time) => Echo::Reply(Some(time)),
                Ping::TooBig(_) | Ping::NoReply => Echo::Silence,
            })
        };
        self.measured(host, to, mtu, exact, &echo)
    }

    /// The same, with echo requests that somebody else sends.
    pub(super) fn measured(
        &self,
        host: &dyn Host,
        to: Ipv4Addr,
        mtu: u32,
        exact: bool,
        echo: &dyn Fn(u32) -> io::Result<Echo>,
    ) -> Option<Measured> {
        if self.echoes == 0 {
            return None;
        }
        let mut times = Vec::new();
        let (mut sent, mut lost) = (0, 0);
        for _ in 0..self.echoes {
            if sent > 0 {
                host.sleep(PAUSE);
            }
            match echo(u32::from(SIZE)) {
                Ok(Echo::Reply(time)) => times.extend(time),
                Ok(Echo::Silence) => lost += 1,
                // It did not get out of this host.
                Err(_) => break,
            }
            sent += 1;
            if lost == SILENT && lost == sent {
                break;
            }
        }
        let mtu = if exact {
            Some(mtu)
        } else {
            // Once more where one is lost: a way is not narrow for that.
            let mut passes = |size: u32| {
                let first = matches!(echo(size)?, Echo::Reply(_));
                Ok(first || matches!(echo(size)?, Echo::Reply(_)))
            };
            path::search(mtu, &mut passes).unwrap_or_default()
        };
        Some(Measured {
            to,
            sent,
            lost,
            rtt: rtt(&times),
            mtu,
            throughput: None,
        })
    }
}

impl Measured {
    /// In words, behind a sentence.
    pub fn words(&self) -> String {
        let mut words = format!("{} of {} lost", self.lost, self.sent);
        if let Some(rtt) = &self.rtt {
            let ms = |us: u64| Duration::from_micros(us).as_secs_f64() * 1000.0;
            words.push_str(&format!(
                ", round trip {:.1}/{:.1}/{:.1} ms",
                ms(rtt.min_us),
                ms(rtt.mean_us),
                ms(rtt.max_us)
            ));
        }
        match self.mtu {
            Some(mtu) => words.push_str(&format!(", path MTU {mtu}")),
            None => words.push_str(", path MTU unknown"),
        }
        words
    }
}

fn rtt(times: &[Duration]) -> Option<Rtt> {
    let us = |time: &Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let all: Vec<_> = times.iter().map(us).collect();
    let count = u64::try_from(all.len()).ok()?;
    Some(Rtt {
        min_us: all.iter().min().copied()?,
        mean_us: all
            .iter()
            .fold(0_u64, |sum, us| sum.saturating_add(*us))
            .checked_div(count)?,
        max_us: all.iter().max().copied()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_three_digits() {
        let cases = [
            (0, "0.00 kbit/s"),
            (999_999, "999 kbit/s"),
            (1_000_000, "1.00 Mbit/s"),
            (88_190_000, "88.1 Mbit/s"),
            (941_000_000, "941 Mbit/s"),
            (9_412_000_000, "9.41 Gbit/s"),
            (25_000_000_000, "25.0 Gbit/s"),
        ];
        for (bits, wanted) in cases {
            assert_eq!(rate(bits), wanted);
        }
    }
}
