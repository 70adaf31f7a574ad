//! The wishes for a fleet: an answers document for all hosts, with one more group
//! of keys, `fleet`, that says what is a matter of the hosts together, and what
//! single hosts answer otherwise.
//!
//! Everything else in it is the answers file's own: the same questions, the same
//! checks, the same places in messages.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::check::{Check, fault, hinted, show, show_key};
use super::config::Config;
use super::file::AnswersFile;
use super::locate::At;
use super::merged::{Answers, Inputs};
use super::problem::{Place, Problem, Problems, nearest};
use super::questions::{Field, Kind, Shorthand, field};
use super::tree::Node;
use super::value::Value;
use super::walk::{Finding, Found, Part, Walk};

/// The key of the group that an answers file has not.
const FLEET: &str = "fleet";

/// Most managers of a Swarm, and members of an etcd: more make both slower and
/// bear hardly more failures (docs.docker.com/engine/swarm/admin_guide, etcd
/// FAQ "What is maximum cluster size?").
pub const MOST: u32 = 7;

const MANAGERS: &str = "managers";
const ETCD_MEMBERS: &str = "etcd-members";
const FIRST: &str = "first";
const EXCLUDE: &str = "exclude";
const HOSTS: &str = "hosts";

const COUNT: Kind = Kind::Integer {
    min: 1,
    max: MOST as i64,
};

/// What the group holds beside `hosts`, whose keys are the hosts' names.
const FIELDS: &[Field] = &[
    field(MANAGERS, COUNT, false),
    field(ETCD_MEMBERS, COUNT, false),
    field(FIRST, Kind::Text(Check::Line), false),
    field(EXCLUDE, Kind::Strings(Check::Line), false),
];

/// Answers that are made for each host by the fleet's plan: nobody gives them for
/// all hosts at once.
const MADE: &[(&str, &str)] = &[
    (
        "role",
        "the plan makes it: say fleet.first to name the first host",
    ),
    (
        "swarm.as",
        "the plan makes it: say fleet.managers for their number",
    ),
    (
        "expect.hostname",
        "the plan takes it from the host's report",
    ),
    ("overlay.join-files", "the plan makes it"),
    ("overlay.join-out", "the plan makes it"),
    (
        "overlay.flannel.etcd-role",
        "the plan makes it; fleet.etcd-members says how many",
    ),
    ("overlay.flannel.etcd-initial", "the plan makes it"),
];

/// What is a matter of one host alone.
const OWN: &[&str] = &[
    "overlay.address",
    "overlay.wireguard.endpoint",
    "interface.match.address",
    "interface.match.mac",
];

/// What is wished of the hosts together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FleetWishes {
    /// Managers of a Swarm, odd; none: by the number of hosts.
    pub managers: Option<u32>,
    /// Members of Flannel's etcd, odd; none: by the number of hosts.
    pub etcd_members: Option<u32>,
    /// The host that begins: the first manager, the control plane, ZeroTier's
    /// controller, etcd's first member; none: the plan's.
    pub first: Option<String>,
    /// Hosts that are not, or no longer, part of the installation.
    pub exclude: BTreeSet<String>,
}

/// The wishes for a fleet, read.
#[derive(Debug, Clone)]
pub struct FleetFile {
    answers: Answers,
    wishes: FleetWishes,
    hosts: BTreeMap<String, Vec<Found>>,
    file: AnswersFile,
    name: String,
}

impl FleetFile {
    /// Reads the wishes. It never fails: what is wrong is told by
    /// [`FleetFile::problems`]. `name` is the file's name in messages.
    pub fn parse(name: &str, bytes: &[u8]) -> Self {
        let walk = Walk {
            passed_over: &[FLEET],
            ..Walk::default()
        };
        let (mut wishes, mut hosts) = (FleetWishes::default(), BTreeMap::new());
        let file = AnswersFile::read(name, bytes, walk, |root, walk| {
            (wishes, hosts) = group(root, walk);
        });
        let answers = Answers::gather(Inputs {
            file: Some(file.clone()),
            ..Inputs::default()
        });
        Self {
            answers,
            wishes,
            hosts,
            file,
            name: name.to_owned(),
        }
    }

    /// What is wished where nobody wrote anything down.
    pub fn nothing(name: &str) -> Self {
        Self::parse(name, b"version: 1\n")
    }

    /// What is wished of the hosts together.
    pub fn wishes(&self) -> &FleetWishes {
        &self.wishes
    }

    /// The answers for all hosts.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// The answers for one host: those for all, and its own above them.
    pub fn answers_of(&self, host: &str) -> Answers {
        let mut answers = self.answers.clone();
        if let Some(part) = self.hosts.get(host) {
            answers.take_part(part);
        }
        answers
    }

    /// Whether a host answers something for itself.
    pub fn has_own(&self, host: &str) -> bool {
        self.hosts.contains_key(host)
    }

    /// The addresses in the private network that are answered for single hosts.
    pub fn pinned(&self) -> BTreeMap<String, Ipv4Addr> {
        let own = self.hosts.iter().filter_map(|(host, part)| {
            let found = part
                .iter()
                .find(|found| found.question.id == "overlay.address")?;
            Some((host.clone(), found.value.text()?.parse().ok()?))
        });
        own.collect()
    }

    /// A problem of one of the group's keys: `["first"]`, `["hosts", "app01"]`.
    pub fn problem(&self, keys: &[&str], text: &str, hint: Option<&str>) -> Problem {
        let fault = match hint {
            Some(hint) => hinted(text, hint),
            None => fault(text),
        };
        let path = [&[FLEET], keys].concat();
        let told: Vec<String> = path.iter().map(|key| show_key(key)).collect();
        match &self.file.source {
            Some(source) => source.problem_at(&[], path, &told.join("."), fault),
            None => Problem {
                path: told.join("."),
                place: Box::new(Place::File {
                    name: self.name.clone(),
                    at: None,
                    snippet: None,
                }),
                text: fault.text,
                hint: fault.hint,
            },
        }
    }

    /// Everything that is wrong with the wishes, held against the hosts that there
    /// are: all at once, by their places.
    pub fn problems(&self, known: &BTreeSet<String>) -> Vec<Problem> {
        let mut problems = self.file.problems.clone();
        if let Err(Problems(more)) = Config::from_answers(&self.answers) {
            // Those of single values are among both.
            problems.extend(
                more.into_iter()
                    .filter(|one| !self.file.problems.contains(one)),
            );
        }
        for (id, why) in MADE {
            if self.answers.is_given(id) {
                problems.push(self.answers.problem(id, "not for a fleet", Some(why)));
            }
        }
        for id in OWN.iter().filter(|id| self.answers.is_given(id)) {
            let hint = format!("say it below fleet.hosts.NAME.{id}");
            let text = "no two hosts have it alike";
            problems.push(self.answers.problem(id, text, Some(&hint)));
        }
        self.counts(&mut problems);
        self.names(known, &mut problems);
        for (host, part) in &self.hosts {
            let answers = self.answers_of(host);
            for (id, why) in MADE {
                if part.iter().any(|found| found.question.id == *id) {
                    problems.push(answers.problem(id, "not for a host of a fleet", Some(why)));
                }
            }
            if let Err(Problems(more)) = Config::from_answers(&answers) {
                problems.extend(
                    more.into_iter()
                        .filter(|one| !problems.contains(one))
                        .collect::<Vec<_>>(),
                );
            }
        }
        problems.sort_by_key(Problem::at);
        problems
    }

    /// Numbers that have to be odd.
    fn counts(&self, problems: &mut Vec<Problem>) {
        for (key, count, what) in [
            (MANAGERS, self.wishes.managers, "managers"),
            (ETCD_MEMBERS, self.wishes.etcd_members, "members of etcd"),
        ] {
            let Some(count) = count.filter(|count| count.is_multiple_of(2)) else {
                continue;
            };
            let text = format!(
                "{count} {what} bear no more failures than {}; wanted 1, 3, 5 or 7",
                count - 1
            );
            problems.push(self.problem(&[key], &text, None));
        }
    }

    /// Names that no host has.
    fn names(&self, known: &BTreeSet<String>, problems: &mut Vec<Problem>) {
        let stranger = |name: &str| {
            let near = nearest(name, known.iter().map(String::as_str));
            let hint = near.map_or_else(
                || "the hosts are those of inventory.json and of the plan".to_owned(),
                |near| format!("did you mean {near}?"),
            );
            (
                format!("no host of the fleet is called {}", show(name)),
                hint,
            )
        };
        if let Some(name) = &self.wishes.first {
            if !known.contains(name) {
                let (text, hint) = stranger(name);
                problems.push(self.problem(&[FIRST], &text, Some(&hint)));
            } else if self.wishes.exclude.contains(name) {
                let text = format!("{} is among fleet.exclude", show(name));
                problems.push(self.problem(&[FIRST], &text, None));
            }
        }
        let excluded: Vec<&String> = self.wishes.exclude.iter().collect();
        for name in excluded.into_iter().filter(|name| !known.contains(*name)) {
            let (text, hint) = stranger(name);
            problems.push(self.problem(&[EXCLUDE], &text, Some(&hint)));
        }
        for name in self.hosts.keys().filter(|name| !known.contains(*name)) {
            let (text, hint) = stranger(name);
            problems.push(self.problem(&[HOSTS, name], &text, Some(&hint)));
        }
    }
}

/// Reads the group out of the tree.
fn group(root: &Node, walk: &mut Walk) -> (FleetWishes, BTreeMap<String, Vec<Found>>) {
    let (mut wishes, mut hosts) = (FleetWishes::default(), BTreeMap::new());
    let Node::Map(entries) = root else {
        return (wishes, hosts);
    };
    let Some((nth, (_, node))) = entries
        .iter()
        .enumerate()
        .find(|(_, (key, _))| key == FLEET)
    else {
        return (wishes, hosts);
    };
    let entries = match node {
        Node::Null => return (wishes, hosts),
        Node::Map(entries) => entries,
        other => {
            let text = format!("{}, wanted keys and values below it", other.noun());
            told(walk, FLEET, vec![nth], Part::Key, text);
            return (wishes, hosts);
        }
    };
    // The record's walk knows declared keys alone: `hosts` stands in its place as
    // nothing, so that the positions of the others stay what they are.
    let mut rest = entries.clone();
    let mut place = None;
    for (at, (key, node)) in rest.iter_mut().enumerate() {
        if key == HOSTS && place.is_none() {
            place = Some((at, std::mem::replace(node, Node::Null)));
        }
    }
    let before = walk.findings.len();
    let record = walk.record(FIELDS, Shorthand::None, &Node::Map(rest), FLEET, &[nth]);
    if let Some((at, _)) = &place {
        let at: At = vec![nth, *at];
        let own = |finding: &Finding| finding.at.as_ref() == Some(&at);
        let mut index = 0;
        walk.findings.retain(|finding| {
            index += 1;
            index <= before || !own(finding)
        });
        walk.hidden.retain(|hidden| *hidden != at);
    }
    if let Some(record) = record {
        let count = |key: &str| {
            let value = record.field(key).and_then(Value::int);
            value.and_then(|value| u32::try_from(value).ok())
        };
        let names = record.field(EXCLUDE).map_or(&[][..], Value::items);
        wishes = FleetWishes {
            managers: count(MANAGERS),
            etcd_members: count(ETCD_MEMBERS),
            first: record.field(FIRST).and_then(Value::text).map(str::to_owned),
            exclude: names
                .iter()
                .filter_map(Value::text)
                .map(str::to_owned)
                .collect(),
        };
    }
    if let Some((at, node)) = place {
        own_answers(&node, &[nth, at], walk, &mut hosts);
    }
    (wishes, hosts)
}

/// What single hosts answer otherwise.
fn own_answers(
    node: &Node,
    at: &[usize],
    walk: &mut Walk,
    hosts: &mut BTreeMap<String, Vec<Found>>,
) {
    let path = format!("{FLEET}.{HOSTS}");
    let entries = match node {
        Node::Null => return,
        Node::Map(entries) => entries,
        other => {
            let text = format!("{}, wanted the names of hosts as keys", other.noun());
            told(walk, &path, at.to_vec(), Part::Key, text);
            return;
        }
    };
    for (nth, (name, node)) in entries.iter().enumerate() {
        let at = [at, &[nth]].concat();
        let path = format!("{path}.{}", show_key(name));
        if entries.iter().take(nth).any(|(other, _)| other == name) {
            let text = "stands twice; one of them has to go";
            told(walk, &path, at, Part::Key, text.to_owned());
            continue;
        }
        match node {
            Node::Null => {}
            Node::Map(own) => {
                let mut found = Vec::new();
                // `fleet` is no key of a single host's.
                let passed = std::mem::take(&mut walk.passed_over);
                walk.section(own, "", &at, &mut found);
                walk.passed_over = passed;
                hosts.insert(name.clone(), found);
            }
            other => {
                let text = format!("{}, wanted answers below it", other.noun());
                told(walk, &path, at, Part::Key, text);
            }
        }
    }
}

fn told(walk: &mut Walk, path: &str, at: At, part: Part, text: String) {
    walk.hidden.push(at.clone());
    walk.findings.push(Finding {
        path: path.to_owned(),
        at: Some(at),
        part,
        fault: fault(text),
    });
}
