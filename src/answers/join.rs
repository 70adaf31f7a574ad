//! Join files: what one host tells the others of itself, without any secret.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::check::{Check, Fault, fault, hinted};
use super::config::{Config, Peer, not_a_host_of, same_host};
use super::file::{self, Source};
use super::locate::At;
use super::problem::{Place, Problem, Problems};
use super::questions::{Choice, Field, Kind, Shorthand};
use super::tree::Node;
use super::types::{Endpoint, PublicKey};
use super::value::Value;
use super::walk::{Finding, Part, Walk};

/// One host's join file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JoinFile {
    /// The host's name.
    pub name: String,
    /// Its address in the private network.
    pub address: Ipv4Addr,
    /// Where it is reached; none: it calls first.
    pub endpoint: Option<Endpoint>,
    /// Its public key.
    pub public_key: PublicKey,
    /// The private network.
    pub network: Ipv4Net,
}

/// Who this host is, to tell its own join file from those of others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnIdentity {
    /// Its name.
    pub name: String,
    /// Its public key, once it is made.
    pub public_key: Option<PublicKey>,
    /// Its address in the private network.
    pub address: Option<Ipv4Addr>,
}

const FIELDS: &[Field] = &[
    field("version", Kind::Integer { min: 1, max: 1 }, true),
    field(
        "kind",
        Kind::Choice(&[Choice {
            value: "wireguard",
            label: "WireGuard",
        }]),
        true,
    ),
    field("name", Kind::Text(Check::PeerName), true),
    field("address", Kind::Text(Check::Ipv4), true),
    field("endpoint", Kind::Text(Check::Endpoint), false),
    field("public-key", Kind::Text(Check::PublicKey), true),
    field("network", Kind::Text(Check::Network), true),
];

const fn field(name: &'static str, kind: Kind, required: bool) -> Field {
    Field {
        name,
        kind,
        required,
        prompt: "",
        help: "",
    }
}

/// A parsed file with its places.
struct Read {
    join: JoinFile,
    source: Source,
}

impl Read {
    fn problem(&self, key: &str, fault: Fault) -> Problem {
        self.source.problem_of_key(key, fault)
    }
}

impl JoinFile {
    /// Reads a join file. `name` is the file's name in messages.
    ///
    /// # Errors
    /// All problems at once.
    pub fn parse(name: &str, text: &str) -> Result<JoinFile, Problems> {
        read(name, text).map(|read| read.join).map_err(Problems)
    }
}

fn read(name: &str, text: &str) -> Result<Read, Vec<Problem>> {
    let (text, root) = file::read(name, text.as_bytes()).map_err(|problem| vec![problem])?;
    let mut walk = Walk::default();
    let value = match &root {
        Node::Map(_) => walk.record(FIELDS, Shorthand::None, &root, "", &[]),
        other => {
            walk.findings.push(Finding {
                path: String::new(),
                at: None,
                part: Part::Value,
                fault: fault(format!("{}, wanted the keys of a join file", other.noun())),
            });
            None
        }
    };
    let hidden: Vec<At> = walk.hidden.clone();
    let source = Source::new(name, text, root, &hidden);
    match value.as_ref().and_then(typed) {
        Some(join) if walk.findings.is_empty() => Ok(Read { join, source }),
        _ => Err(file::problems(&source, &walk.findings)),
    }
}

fn typed(value: &Value) -> Option<JoinFile> {
    let text = |name: &str| value.field(name).and_then(Value::text);
    Some(JoinFile {
        name: text("name")?.to_owned(),
        address: text("address")?.parse().ok()?,
        endpoint: match text("endpoint") {
            None => None,
            Some(endpoint) => Some(endpoint.parse().ok()?),
        },
        public_key: text("public-key")?.parse().ok()?,
        network: text("network")?.parse().ok()?,
    })
}

/// Problems of join files, each and among each other, for `join check`. With a
/// configuration they are held against its network too.
///
/// # Errors
/// All problems of all files at once.
pub fn check(
    files: &[(String, String)],
    config: Option<&Config>,
) -> Result<Vec<JoinFile>, Problems> {
    let (reads, mut problems) = read_all(files);
    let network = config
        .map(|config| config.network)
        .or_else(|| reads.first().map(|first| first.join.network));
    for read in &reads {
        in_network(read, network, config.is_some(), &mut problems);
    }
    among_each_other(&reads.iter().collect::<Vec<_>>(), &mut problems);
    in_order(files, &mut problems);
    if problems.is_empty() {
        Ok(reads.into_iter().map(|read| read.join).collect())
    } else {
        Err(Problems(problems))
    }
}

/// Sorts problems by file, as given, and place.
fn in_order(files: &[(String, String)], problems: &mut [Problem]) {
    problems.sort_by_key(|problem| {
        let nth = match &*problem.place {
            Place::File { name, .. } => files.iter().position(|(path, _)| path == name),
            Place::Other(_) => None,
        };
        (nth, problem.at())
    });
}

fn read_all(files: &[(String, String)]) -> (Vec<Read>, Vec<Problem>) {
    let (mut reads, mut problems) = (Vec::new(), Vec::new());
    for (nth, (path, text)) in files.iter().enumerate() {
        // A path and a pattern may name the same file.
        if files.iter().take(nth).any(|(other, _)| other == path) {
            continue;
        }
        match read(path, text) {
            Ok(read) => reads.push(read),
            Err(found) => problems.extend(found),
        }
    }
    (reads, problems)
}

fn in_network(read: &Read, network: Option<Ipv4Net>, answered: bool, problems: &mut Vec<Problem>) {
    let join = &read.join;
    let Some(network) = network else { return };
    if join.network != network {
        let whose = if answered {
            format!("{network} (overlay.network)")
        } else {
            format!("{network} in the first file")
        };
        problems.push(read.problem(
            "network",
            fault(format!("{} is another network than {whose}", join.network)),
        ));
    }
    if let Some(said) = not_a_host_of(join.network, join.address) {
        problems.push(read.problem("address", fault(said.replace("overlay.network ", ""))));
    }
}

fn among_each_other(reads: &[&Read], problems: &mut Vec<Problem>) {
    for (nth, read) in reads.iter().enumerate() {
        for other in reads.iter().take(nth) {
            let (a, b) = (&other.join, &read.join);
            let twice = [
                ("name", same_host(&a.name, &b.name)),
                ("address", a.address == b.address),
                ("endpoint", b.endpoint.is_some() && a.endpoint == b.endpoint),
                ("public-key", a.public_key == b.public_key),
            ];
            for (key, _) in twice.iter().filter(|(_, same)| *same) {
                let said = format!(
                    "the same {key} as in {}",
                    super::check::show(&other.source.name)
                );
                problems.push(read.problem(key, fault(said)));
            }
        }
    }
}

/// All peers of this host: those of the answers, then those of the join files,
/// by name. A peer of the answers overrides the join file with its name; this
/// host's own join file is passed over.
///
/// # Errors
/// All problems of all files at once: another network, one name, key, address
/// or endpoint twice, a host that carries this host's name, key or address.
pub fn merge_peers(
    config: &Config,
    join_files: &[(String, String)],
    own: &OwnIdentity,
) -> Result<Vec<Peer>, Problems> {
    let (reads, mut problems) = read_all(join_files);
    let mut others: Vec<&Read> = Vec::new();
    for read in &reads {
        match is_own(&read.join, own) {
            Ok(true) => {}
            Ok(false) => others.push(read),
            Err((key, fault)) => problems.push(read.problem(key, fault)),
        }
    }
    let answered = &config.wireguard.peers;
    others.retain(|read| {
        !answered
            .iter()
            .any(|peer| same_host(&peer.name, &read.join.name))
    });
    for read in &others {
        in_network(read, Some(config.network), true, &mut problems);
        for peer in answered {
            let join = &read.join;
            let twice = [
                ("address", join.address == peer.address),
                (
                    "endpoint",
                    join.endpoint.is_some() && join.endpoint == peer.endpoint,
                ),
                ("public-key", join.public_key == peer.public_key),
            ];
            for (key, _) in twice.iter().filter(|(_, same)| *same) {
                let said = format!("the same {key} as {} in the answers", peer.name);
                let hint = "give both the same name when they are one host";
                problems.push(read.problem(key, hinted(said, hint)));
            }
        }
    }
    among_each_other(&others, &mut problems);
    if !problems.is_empty() {
        in_order(join_files, &mut problems);
        return Err(Problems(problems));
    }
    others.sort_by(|a, b| a.join.name.cmp(&b.join.name));
    let joined = others.into_iter().map(|read| Peer {
        name: read.join.name.clone(),
        endpoint: read.join.endpoint.clone(),
        address: read.join.address,
        public_key: read.join.public_key,
        preshared_key: None,
        keepalive: None,
        allowed_ips: vec![Ipv4Net::from(read.join.address)],
    });
    Ok(answered.iter().cloned().chain(joined).collect())
}

/// Whether a join file is this host's own; an error when it is another host's
/// that claims what is this host's.
fn is_own(join: &JoinFile, own: &OwnIdentity) -> Result<bool, (&'static str, Fault)> {
    let name = same_host(&join.name, &own.name);
    let key = own.public_key == Some(join.public_key);
    let address = own.address == Some(join.address);
    if name && (key || address || own.address.is_none()) {
        return Ok(true);
    }
    if key {
        return Err((
            "public-key",
            hinted(
                "this host's own public key under another name",
                "was one host cloned from the other? Each needs a key of its own",
            ),
        ));
    }
    if name {
        return Err((
            "name",
            fault("this host's own name, with another key and address"),
        ));
    }
    if address {
        let said = format!("{} is this host's own address", join.address);
        return Err(("address", fault(said)));
    }
    Ok(false)
}
