//! Typed values of the configuration: endpoint, public key, and their texts.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};

use super::check::{Fault, fault, hinted, show};

/// The host part of an endpoint.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum EndpointHost {
    /// An IPv4 address.
    Address(Ipv4Addr),
    /// A host name, resolved when the interface comes up.
    Name(String),
}

/// Where a peer is reached: `10.0.0.11:51820` or `app01.example.com:51820`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Endpoint {
    /// Address or name.
    pub host: EndpointHost,
    /// UDP port, 1 to 65535.
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            EndpointHost::Address(address) => write!(f, "{address}:{}", self.port),
            EndpointHost::Name(name) => write!(f, "{name}:{}", self.port),
        }
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Endpoint {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        if text.starts_with('[') || text.matches(':').count() > 1 {
            return Err(hinted(
                format!("an IPv6 endpoint is not supported: {}", show(text)),
                "write IPV4:PORT or NAME:PORT",
            ));
        }
        let Some((host, port)) = text.split_once(':') else {
            return Err(hinted(
                format!("the port is missing: {}", show(text)),
                "write it as 10.0.0.11:51820",
            ));
        };
        // What looks like an address is one: `10.0.0.256` is no host name.
        let host = if host.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            EndpointHost::Address(parse_ipv4(host)?)
        } else {
            check_hostname(host)?;
            EndpointHost::Name(host.to_owned())
        };
        Ok(Endpoint {
            host,
            port: parse_port(port)?,
        })
    }
}

/// A WireGuard public key (Curve25519, 32 bytes).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PublicKey(pub [u8; 32]);

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for PublicKey {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let Some(bytes) = key_bytes(text) else {
            return Err(hinted(
                format!("not a WireGuard key: {}", show(text)),
                "wanted 44 characters, base64 of 32 bytes, as `wg pubkey` prints",
            ));
        };
        if bytes == [0; 32] {
            return Err(fault("a key of zeros belongs to nobody"));
        }
        Ok(PublicKey(bytes))
    }
}

/// The 32 bytes of a WireGuard key: 44 characters of canonical base64.
pub(crate) fn key_bytes(text: &str) -> Option<[u8; 32]> {
    if text.len() != 44 {
        return None;
    }
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// An IPv4 address in dotted form.
pub(super) fn parse_ipv4(text: &str) -> Result<Ipv4Addr, Fault> {
    text.parse()
        .map_err(|_| fault(format!("not an IPv4 address: {}", show(text))))
}

/// A port, 1 to 65535. `wg` itself takes 99999 without a word, so it is checked
/// here.
pub(super) fn parse_port(text: &str) -> Result<u16, Fault> {
    match text.parse::<u16>() {
        Ok(port) if port > 0 && !text.starts_with('+') => Ok(port),
        _ => Err(fault(format!(
            "not a port: {} (wanted 1 to 65535)",
            show(text)
        ))),
    }
}

/// A host name: labels of letters, digits and `-`, at most 63 each and 253 in
/// all (RFC 1123 2.1; RFC 1035 2.3.4).
pub(super) fn check_hostname(text: &str) -> Result<(), Fault> {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if text.len() <= 253 && text.split('.').all(label) {
        Ok(())
    } else {
        Err(hinted(
            format!("not a host name: {}", show(text)),
            "wanted letters, digits, - and dots",
        ))
    }
}
