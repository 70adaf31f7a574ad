//! The fleet's folder: what is in it, read and written.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::answers::fleet::FleetFile;
use crate::answers::{Config, JoinFile, Problems};
use crate::error::{Exit, Failure};
use crate::fleet::node::{Clock, Node};
use crate::fleet::plan::FleetPlan;
use crate::fleet::report::Missing;
use crate::fleet::{CLOCK, JOINS, REPORTS, UNREACHABLE, WISHES};
use crate::host::Host;
use crate::judge::text::plain;

/// The fleet's folder.
pub struct Folder<'a> {
    /// The machine that it is on.
    pub host: &'a dyn Host,
    /// Its path.
    pub dir: String,
}

/// The hosts of a fleet, read.
#[derive(Default)]
pub struct Loaded {
    /// Those that reported, by name.
    pub nodes: Vec<Node>,
    /// Those that did not, by name.
    pub missing: Vec<Missing>,
}

/// Why a host is missing of which there is no file.
const NO_REPORT: &str = "there is no report of it";

/// What became of reading a host's files: it, or why it is missing; or what is
/// wrong with them.
type Read = Result<Result<Node, Missing>, Vec<String>>;

fn usage(problems: &[String]) -> Failure {
    Failure::new(Exit::Usage, problems.join("\n"))
}

impl<'a> Folder<'a> {
    /// The folder at this path.
    pub fn new(host: &'a dyn Host, dir: &str) -> Self {
        let dir = match dir.trim_end_matches('/') {
            "" => "/".to_owned(),
            dir => dir.to_owned(),
        };
        Self { host, dir }
    }

    /// The path of something in it.
    pub fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.dir)
    }

    /// A file of it; none where it is not there.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let path = self.path(name);
        match self.host.read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::new(Exit::Usage, format!("{path}: {error}"))),
        }
    }

    /// The names in a folder of it; none where it is not there.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn list(&self, name: &str) -> Result<Vec<String>, Failure> {
        let path = self.path(name);
        match self.host.list(&path) {
            Ok(names) => Ok(names),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(Failure::new(Exit::Usage, format!("{path}: {error}"))),
        }
    }

    /// Makes a folder of it, and those above.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(&self, name: &str) -> Result<(), Failure> {
        make_dirs(self.host, &self.path(name))
    }

    /// Writes a file of it, unless it holds the same already.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<bool, Failure> {
        let path = self.path(name);
        if self.host.read(&path).is_ok_and(|there| there == bytes) {
            return Ok(false);
        }
        super::super::output::write_file(self.host, &path, bytes)?;
        Ok(true)
    }

    /// Removes a file of it, if it is there.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self, name: &str) -> Result<(), Failure> {
        let path = self.path(name);
        match self.host.remove_file(&path) {
            Err(error)
                if !matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Err(Failure::unexpected(format!("{path}: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Makes the join files below `join` in a host's folder these, and no others: the
    /// host reads all that are there, and whoever is among them is its peer.
    ///
    /// # Errors
    /// When something cannot be written or removed.
    pub fn put_joins(&self, own: &str, joins: &[(&str, &[u8])]) -> Result<(), Failure> {
        let dir = format!("{own}/join");
        for file in self.list(&dir)? {
            let wanted = |host: &str| joins.iter().any(|(name, _)| *name == host);
            if file.strip_suffix(".yaml").is_some_and(|host| !wanted(host)) {
                self.remove(&format!("{dir}/{file}"))?;
            }
        }
        if !joins.is_empty() {
            self.make(&dir)?;
        }
        for (host, bytes) in joins {
            self.write(&format!("{dir}/{host}.yaml"), bytes)?;
        }
        Ok(())
    }

    /// The wishes; nothing in particular where nobody wrote them down.
    ///
    /// # Errors
    /// All problems at once.
    pub fn wishes(&self, known: &BTreeSet<String>) -> Result<(FleetFile, Config), Failure> {
        let path = self.path(WISHES);
        let file = match self.read(WISHES)? {
            Some(bytes) => FleetFile::parse(&path, &bytes),
            None => FleetFile::nothing(&path),
        };
        let problems = file.problems(known);
        if !problems.is_empty() {
            return Err(Failure::new(Exit::Usage, Problems(problems)));
        }
        let config = Config::from_answers(file.answers());
        let config = config.map_err(|problems| Failure::new(Exit::Usage, problems))?;
        Ok((file, config))
    }

    /// The join files that hosts gave, by the name of the host's file.
    ///
    /// # Errors
    /// All problems at once.
    pub fn joins(&self) -> Result<BTreeMap<String, (JoinFile, Vec<u8>)>, Failure> {
        let (mut joins, mut problems) = (BTreeMap::new(), Vec::new());
        for name in self.list(JOINS)? {
            let Some(host) = name.strip_suffix(".yaml") else {
                continue;
            };
            let file = format!("{JOINS}/{name}");
            let Some(bytes) = self.read(&file)? else {
                continue;
            };
            match JoinFile::parse(&self.path(&file), &String::from_utf8_lossy(&bytes)) {
                Ok(join) => drop(joins.insert(host.to_owned(), (join, bytes))),
                Err(Problems(found)) => problems.extend(found),
            }
        }
        if problems.is_empty() {
            Ok(joins)
        } else {
            Err(Failure::new(Exit::Usage, Problems(problems)))
        }
    }

    /// Reads the hosts: each report is dropped as soon as what is needed of it is
    /// kept.
    ///
    /// # Errors
    /// All problems of all files at once.
    pub fn load(
        &self,
        hosts: &BTreeSet<String>,
        file: &FleetFile,
        config: &Config,
    ) -> Result<Loaded, Failure> {
        let there: BTreeSet<String> = self.list(REPORTS)?.into_iter().collect();
        let joins = self.joins()?;
        let origins = self.origins()?;
        let names: Vec<&String> = hosts.iter().collect();
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let size = names.len().div_ceil(workers.min(8)).max(1);
        let mut read: Vec<Read> = Vec::with_capacity(names.len());
        std::thread::scope(|scope| {
            let started: Vec<_> = names
                .chunks(size)
                .map(|chunk| {
                    let there = &there;
                    scope.spawn(move || {
                        let each = chunk.iter();
                        each.map(|name| self.node(name, there, file, config))
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            for one in started {
                match one.join() {
                    Ok(part) => read.extend(part),
                    Err(_) => read.push(Err(vec!["reading the reports went wrong".to_owned()])),
                }
            }
        });
        let (mut loaded, mut problems) = (Loaded::default(), Vec::new());
        for one in read {
            match one {
                Ok(Ok(mut node)) => {
                    if let Some((JoinFile::Wireguard(join), _)) = joins.get(&node.name) {
                        node.wireguard_key = Some(join.public_key.to_string());
                    }
                    loaded.nodes.push(node);
                }
                Ok(Err(mut missing)) => {
                    // Of one that nothing is known of: why it is among them at all.
                    if missing.why == NO_REPORT
                        && let Some(origin) = origins.get(&missing.host)
                    {
                        missing.why = format!("{NO_REPORT} ({})", origin.words());
                    }
                    loaded.missing.push(missing);
                }
                Err(more) => problems.extend(more),
            }
        }
        if problems.is_empty() {
            Ok(loaded)
        } else {
            Err(usage(&problems))
        }
    }

    fn node(
        &self,
        name: &str,
        there: &BTreeSet<String>,
        file: &FleetFile,
        config: &Config,
    ) -> Read {
        let unreachable = format!("{name}{UNREACHABLE}");
        let told = |file: &str, text: String| {
            vec![format!(
                "{}: {}",
                self.path(&format!("{REPORTS}/{file}")),
                plain(&text)
            )]
        };
        let bytes = |file: &str| {
            let read = self.host.read(&self.path(&format!("{REPORTS}/{file}")));
            read.map_err(|error| told(file, error.to_string()))
        };
        // A host that cannot be reached now is missing, whatever it said earlier.
        if there.contains(&unreachable) {
            let missing: Missing = serde_json::from_slice(&bytes(&unreachable)?)
                .map_err(|error| told(&unreachable, error.to_string()))?;
            return Ok(Err(Missing {
                host: name.to_owned(),
                ..missing
            }));
        }
        let report = format!("{name}.json");
        if !there.contains(&report) {
            return Ok(Err(Missing {
                host: name.to_owned(),
                why: NO_REPORT.to_owned(),
                hint: Some(
                    "run `groundcrew preflight --format json` there, and import what it prints"
                        .to_owned(),
                ),
            }));
        }
        // What a host answers for itself may name its interface.
        let own;
        let config = if file.has_own(name) {
            own = Config::from_answers(&file.answers_of(name));
            own.as_ref().unwrap_or(config)
        } else {
            config
        };
        let mut node = Node::of(name, &bytes(&report)?, config).map_err(|problems| {
            let each = problems.into_iter().flat_map(|text| told(&report, text));
            each.collect::<Vec<_>>()
        })?;
        let clock = format!("{name}{CLOCK}");
        if there.contains(&clock) {
            let read: Clock = serde_json::from_slice(&bytes(&clock)?)
                .map_err(|error| told(&clock, error.to_string()))?;
            node.clock = Some(read);
        }
        Ok(Ok(node))
    }
}

/// The join files that a host is to have, by the hosts that gave them: those of the
/// private network that is planned.
pub fn joins_of<'a>(
    plan: &'a FleetPlan,
    host: &'a str,
    joins: &'a BTreeMap<String, (JoinFile, Vec<u8>)>,
) -> Vec<(&'a str, &'a [u8])> {
    let there = plan.joins_for(host).filter_map(|other| {
        let (join, bytes) = joins.get(other)?;
        plan.fits(join).then_some((other, bytes.as_slice()))
    });
    there.collect()
}

/// Makes a folder and those above it.
///
/// # Errors
/// When one cannot be made.
pub fn make_dirs(host: &dyn Host, path: &str) -> Result<(), Failure> {
    let mut at = String::new();
    for part in path.split('/') {
        if !at.is_empty() || part.is_empty() {
            at.push('/');
        }
        at.push_str(part);
        if part.is_empty() || part == "." || part == ".." || host.meta(&at).is_ok() {
            continue;
        }
        match host.make_dir(&at, 0o700) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(Failure::unexpected(format!("{at}: {error}")));
            }
            _ => {}
        }
    }
    Ok(())
}
