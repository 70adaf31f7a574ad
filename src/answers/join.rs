//! Join files: what one host tells the others of itself, without any secret.
//! Reading and comparing them is the same for all overlays; what is in them is
//! told by one file each.

mod flannel;
mod wireguard;
mod zerotier;

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

pub use flannel::{Etcd, Flannel};
pub use wireguard::Wireguard;
pub use zerotier::Zerotier;

use super::check::{Fault, fault, hinted, show};
use super::config::{Config, OverlayWish, Peer, not_a_host_of, same_host};
use super::file::{self, Source};
use super::locate::At;
use super::problem::{Place, Problem, Problems};
use super::questions::{Choice, Field, Kind, Shorthand, field};
use super::tree::Node;
use super::types::{EndpointHost, PublicKey};
use super::value::Value;
use super::walk::{Finding, Part, Walk};

/// One host's join file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum JoinFile {
    /// A WireGuard host's.
    Wireguard(Wireguard),
    /// A Flannel host's.
    Flannel(Flannel),
    /// A ZeroTier host's.
    Zerotier(Zerotier),
}

/// The overlay that a join file is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overlay {
    /// WireGuard.
    Wireguard,
    /// Flannel.
    Flannel,
    /// ZeroTier.
    Zerotier,
}

/// Who this host is, to tell its own join file from those of others.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OwnIdentity {
    /// Its name.
    pub name: String,
    /// Its WireGuard public key, once it is made.
    pub public_key: Option<PublicKey>,
    /// Its address in the private network.
    pub address: Option<Ipv4Addr>,
    /// Its addresses in the networks below, those that no overlay made; none
    /// where they are not known.
    pub below: Vec<Ipv4Addr>,
    /// ZeroTier's address of it, once it has one.
    pub zerotier_node: Option<String>,
}

/// The other hosts, as the join files and the answers name them. Of the three
/// lists at most one is of the join files' kind; peers of the answers are in the
/// first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Others {
    /// WireGuard peers: those of the answers, then those of the files, by name.
    pub peers: Vec<Peer>,
    /// Flannel hosts, by name.
    pub flannel: Vec<Flannel>,
    /// ZeroTier hosts, by name.
    pub zerotier: Vec<Zerotier>,
    /// The overlay that the join files are for; none without any.
    pub kind: Option<Overlay>,
}

impl Others {
    /// Where the others are in the networks below, as far as they say it with an
    /// address.
    pub fn below(&self) -> Vec<Ipv4Addr> {
        let dialled = self
            .peers
            .iter()
            .filter_map(|peer| match peer.endpoint.as_ref()?.host {
                EndpointHost::Address(address) => Some(address),
                EndpointHost::Name(_) => None,
            });
        let flannel = self.flannel.iter().map(|host| host.address);
        let zerotier = self.zerotier.iter().map(|host| host.underlay);
        dialled.chain(flannel).chain(zerotier).collect()
    }
}

impl Overlay {
    /// All of them.
    pub const ALL: [Overlay; 3] = [Overlay::Wireguard, Overlay::Flannel, Overlay::Zerotier];

    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Overlay::Wireguard => "wireguard",
            Overlay::Flannel => "flannel",
            Overlay::Zerotier => "zerotier",
        }
    }

    fn fields(self) -> &'static [Field] {
        match self {
            Overlay::Wireguard => wireguard::FIELDS,
            Overlay::Flannel => flannel::FIELDS,
            Overlay::Zerotier => zerotier::FIELDS,
        }
    }

    fn of_wish(wish: OverlayWish) -> Option<Overlay> {
        Overlay::ALL
            .into_iter()
            .find(|one| one.word() == wish.word())
    }
}

const VERSION: Field = field("version", Kind::Integer { min: 1, max: 1 }, true);

const KIND: Field = field(
    "kind",
    Kind::Choice(&[
        Choice {
            value: "wireguard",
            label: "WireGuard",
        },
        Choice {
            value: "flannel",
            label: "Flannel",
        },
        Choice {
            value: "zerotier",
            label: "ZeroTier",
        },
    ]),
    true,
);

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.field(name).and_then(Value::text)
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
        read(name, text, None)
            .map(|read| read.join)
            .map_err(Problems)
    }

    /// The overlay that it is for.
    pub fn overlay(&self) -> Overlay {
        match self {
            JoinFile::Wireguard(_) => Overlay::Wireguard,
            JoinFile::Flannel(_) => Overlay::Flannel,
            JoinFile::Zerotier(_) => Overlay::Zerotier,
        }
    }

    /// The host's name.
    pub fn name(&self) -> &str {
        match self {
            JoinFile::Wireguard(join) => &join.name,
            JoinFile::Flannel(join) => &join.name,
            JoinFile::Zerotier(join) => &join.name,
        }
    }

    /// The private network.
    pub fn network(&self) -> Ipv4Net {
        match self {
            JoinFile::Wireguard(join) => join.network,
            JoinFile::Flannel(join) => join.network,
            JoinFile::Zerotier(join) => join.network,
        }
    }

    /// The host's address in the private network, where the file has it.
    pub fn address(&self) -> Option<Ipv4Addr> {
        match self {
            JoinFile::Wireguard(join) => Some(join.address),
            JoinFile::Flannel(_) => None,
            JoinFile::Zerotier(join) => join.address,
        }
    }

    /// What it says, on one line without the name.
    pub fn line(&self) -> String {
        match self {
            JoinFile::Wireguard(join) => join.line(),
            JoinFile::Flannel(join) => join.line(),
            JoinFile::Zerotier(join) => join.line(),
        }
    }

    /// What no two hosts have alike, but for the name.
    fn singular(&self) -> Vec<(&'static str, String)> {
        match self {
            JoinFile::Wireguard(join) => join.singular(),
            JoinFile::Flannel(join) => join.singular(),
            JoinFile::Zerotier(join) => join.singular(),
        }
    }

    /// What is wrong with it, beside single values.
    fn faults(&self) -> Vec<(&'static str, Fault)> {
        let mut faults = match self {
            JoinFile::Wireguard(_) => Vec::new(),
            JoinFile::Flannel(join) => join.faults(),
            JoinFile::Zerotier(join) => join.faults(),
        };
        let address = self.address();
        let said = address.and_then(|address| not_a_host_of(self.network(), address));
        faults.extend(said.map(|said| ("address", fault(said.replace("overlay.network ", "")))));
        faults
    }

    /// Whether a join file is this host's own; an error when it is another
    /// host's that claims what is this host's.
    fn is_own(&self, own: &OwnIdentity) -> Result<bool, (&'static str, Fault)> {
        match self {
            JoinFile::Wireguard(join) => join.is_own(own),
            JoinFile::Flannel(join) => join.is_own(own),
            JoinFile::Zerotier(join) => join.is_own(own),
        }
    }
}

/// The overlay that a file says it is for, whatever else is wrong with it.
fn kind_of(root: &Node) -> Option<Overlay> {
    let Node::Map(entries) = root else {
        return None;
    };
    let (_, word) = entries.iter().find(|(key, _)| key == "kind")?;
    let word = word.scalar()?;
    Overlay::ALL.into_iter().find(|one| one.word() == word)
}

/// Reads a file. One for another overlay than `wanted` is one problem, whatever
/// else is in it.
fn read(name: &str, text: &str, wanted: Option<Overlay>) -> Result<Read, Vec<Problem>> {
    let (text, root) = file::read(name, text.as_bytes()).map_err(|problem| vec![problem])?;
    let kind = kind_of(&root);
    if let (Some(kind), Some(wanted)) = (kind, wanted)
        && kind != wanted
    {
        let said = format!("for {}, and this is {}", kind.word(), wanted.word());
        let hint = "every host of a private network has the same overlay.kind";
        let source = Source::new(name, text, root, &[]);
        return Err(vec![source.problem_of_key("kind", hinted(said, hint))]);
    }
    let kind = kind.or(wanted).unwrap_or(Overlay::Wireguard);
    let mut walk = Walk::default();
    let value = match &root {
        Node::Map(_) => walk.record(kind.fields(), Shorthand::None, &root, "", &[]),
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
    let join = value.as_ref().and_then(|value| match kind {
        Overlay::Wireguard => wireguard::typed(value).map(JoinFile::Wireguard),
        Overlay::Flannel => flannel::typed(value).map(JoinFile::Flannel),
        Overlay::Zerotier => zerotier::typed(value).map(JoinFile::Zerotier),
    });
    match join {
        Some(join) if walk.findings.is_empty() => Ok(Read { join, source }),
        _ => Err(file::problems(&source, &walk.findings)),
    }
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
    let wanted = config.and_then(|config| Overlay::of_wish(config.overlay));
    let (reads, mut problems) = read_all(files, wanted);
    let network = config
        .map(|config| config.network)
        .or_else(|| reads.first().map(|first| first.join.network()));
    for read in &reads {
        by_itself(read, network, config.is_some(), &mut problems);
        problems.extend(config.into_iter().flat_map(|config| against(read, config)));
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

/// Reads all files. Where no overlay is asked for, the first good one tells
/// which.
fn read_all(files: &[(String, String)], mut wanted: Option<Overlay>) -> (Vec<Read>, Vec<Problem>) {
    let (mut reads, mut problems): (Vec<Read>, _) = (Vec::new(), Vec::new());
    for (nth, (path, text)) in files.iter().enumerate() {
        // A path and a pattern may name the same file.
        if files.iter().take(nth).any(|(other, _)| other == path) {
            continue;
        }
        match read(path, text, wanted) {
            Ok(read) => {
                wanted = wanted.or(Some(read.join.overlay()));
                reads.push(read);
            }
            Err(found) => problems.extend(found),
        }
    }
    (reads, problems)
}

fn by_itself(read: &Read, network: Option<Ipv4Net>, answered: bool, problems: &mut Vec<Problem>) {
    let join = &read.join;
    if let Some(network) = network
        && join.network() != network
    {
        let whose = if answered {
            format!("{network} (overlay.network)")
        } else {
            format!("{network} in the first file")
        };
        let said = format!("{} is another network than {whose}", join.network());
        problems.push(read.problem("network", fault(said)));
    }
    let faults = join.faults();
    problems.extend(
        faults
            .into_iter()
            .map(|(key, fault)| read.problem(key, fault)),
    );
}

/// What of it does not go with the answers, beside the network.
fn against(read: &Read, config: &Config) -> Vec<Problem> {
    let faults = match &read.join {
        JoinFile::Flannel(join) => join.against(&config.flannel),
        JoinFile::Wireguard(_) | JoinFile::Zerotier(_) => Vec::new(),
    };
    let problem = |(key, fault)| read.problem(key, fault);
    faults.into_iter().map(problem).collect()
}

fn among_each_other(reads: &[&Read], problems: &mut Vec<Problem>) {
    for (nth, read) in reads.iter().enumerate() {
        for other in reads.iter().take(nth) {
            let (a, b) = (&other.join, &read.join);
            let theirs = a.singular();
            let name = same_host(a.name(), b.name()).then_some("name");
            let twice = b.singular().into_iter().filter(|one| theirs.contains(one));
            for key in name.into_iter().chain(twice.map(|(key, _)| key)) {
                let said = format!("the same {key} as in {}", show(&other.source.name));
                problems.push(read.problem(key, fault(said)));
            }
        }
    }
    // One host is the controller; every other that says so is told once.
    let of = |read: &&&Read| match &read.join {
        JoinFile::Zerotier(join) => join.controller_network.is_some(),
        _ => false,
    };
    let mut controllers = reads.iter().filter(of);
    let Some(first) = controllers.next() else {
        return;
    };
    for read in controllers {
        let said = format!("{} has a controller already", show(&first.source.name));
        let hint = "one host is the controller of the network";
        problems.push(read.problem("controller-network", hinted(said, hint)));
    }
}

/// All other hosts: the peers of the answers, then the hosts of the join files,
/// by name. A peer of the answers overrides the join file with its name; this
/// host's own join file is passed over.
///
/// # Errors
/// All problems of all files at once: another overlay or network, one name, key
/// or address twice, a host that carries this host's name, key or address.
pub fn others(
    config: &Config,
    join_files: &[(String, String)],
    own: &OwnIdentity,
) -> Result<Others, Problems> {
    let (reads, mut problems) = read_all(join_files, Overlay::of_wish(config.overlay));
    let mut others: Vec<&Read> = Vec::new();
    for read in &reads {
        match read.join.is_own(own) {
            Ok(true) => {}
            Ok(false) => others.push(read),
            Err((key, fault)) => problems.push(read.problem(key, fault)),
        }
    }
    let answered = &config.wireguard.peers;
    others.retain(|read| {
        read.join.overlay() != Overlay::Wireguard
            || !answered
                .iter()
                .any(|peer| same_host(&peer.name, read.join.name()))
    });
    for read in &others {
        by_itself(read, Some(config.network), true, &mut problems);
        problems.extend(against(read, config));
        let JoinFile::Wireguard(join) = &read.join else {
            continue;
        };
        for peer in answered {
            for key in join.alike(peer) {
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
    others.sort_by(|a, b| a.join.name().cmp(b.join.name()));
    let mut all = Others {
        peers: answered.clone(),
        kind: reads.first().map(|read| read.join.overlay()),
        ..Others::default()
    };
    for read in others {
        match &read.join {
            JoinFile::Wireguard(join) => all.peers.push(join.peer()),
            JoinFile::Flannel(join) => all.flannel.push(join.clone()),
            JoinFile::Zerotier(join) => all.zerotier.push(join.clone()),
        }
    }
    Ok(all)
}
