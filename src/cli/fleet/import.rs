//! `fleet import`: what hosts reported, taken into the fleet's folder.

use std::collections::{BTreeMap, BTreeSet};

use super::args::FleetImport;
use super::folder::Folder;
use crate::answers::{JoinFile, Problems};
use crate::cli::job::Job;
use crate::cli::output::print;
use crate::error::{Exit, Failure};
use crate::fleet::{CLOCK, JOINS, REPORTS, UNREACHABLE, WISHES, is_host_name, names, node};
use crate::host::{FileKind, Host};

/// How deep folders are looked through.
const DEEP: usize = 4;

/// Files that an exported host's folder holds, and that are none to be taken back.
const NOT_TAKEN: [&str; 3] = ["answers.yaml", WISHES, "inventory.json"];

/// What a file is.
enum Found {
    Report(Vec<u8>),
    Join(Vec<u8>),
    /// What the fleet's folder itself holds of a host beside its report.
    Other,
}

/// `fleet import`.
pub fn run(job: &Job<'_>, arguments: &FleetImport) -> Result<Exit, Failure> {
    let folder = Folder::new(job.host, &arguments.dir.dir);
    let known = folder.inventory()?;
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    for path in &arguments.files {
        look(job.host, path, 0, true, &mut files, &mut problems);
    }
    let mut taken: BTreeMap<(bool, String), (String, Vec<u8>)> = BTreeMap::new();
    for path in files {
        match examine(job.host, &path, &known) {
            Ok((_, Found::Other)) => {}
            Ok((name, Found::Report(bytes))) => {
                twice(&mut taken, &mut problems, (true, name), path, bytes);
            }
            Ok((name, Found::Join(bytes))) => {
                twice(&mut taken, &mut problems, (false, name), path, bytes);
            }
            Err(found) => problems.extend(found.into_iter().map(|text| format!("{path}: {text}"))),
        }
    }
    if taken.is_empty() && problems.is_empty() {
        problems.push(format!(
            "no report and no join file in {}",
            arguments.files.join(", ")
        ));
    }
    if !problems.is_empty() {
        problems.push("nothing was imported".to_owned());
        return Err(Failure::new(Exit::Usage, problems.join("\n")));
    }
    folder.make(REPORTS)?;
    folder.make(JOINS)?;
    let (mut reports, mut joins) = (BTreeSet::new(), BTreeSet::new());
    for ((report, name), (_, bytes)) in taken {
        if report {
            folder.write(&format!("{REPORTS}/{name}.json"), &bytes)?;
            // It is not unreachable any more, and its clock was not read now.
            for ending in [UNREACHABLE, CLOCK] {
                let _ = job
                    .host
                    .remove_file(&folder.path(&format!("{REPORTS}/{name}{ending}")));
            }
            reports.insert(name);
        } else {
            folder.write(&format!("{JOINS}/{name}.yaml"), &bytes)?;
            joins.insert(name);
        }
    }
    folder.add_hosts(&reports)?;
    let mut out = String::new();
    for (what, names) in [("reports", &reports), ("join files", &joins)] {
        if !names.is_empty() {
            let list = names::some(names.iter().map(String::as_str));
            out.push_str(&format!("{} {what}: {list}\n", names.len()));
        }
    }
    print(&out)?;
    Ok(Exit::Done)
}

fn twice(
    taken: &mut BTreeMap<(bool, String), (String, Vec<u8>)>,
    problems: &mut Vec<String>,
    key: (bool, String),
    path: String,
    bytes: Vec<u8>,
) {
    let what = if key.0 { "report" } else { "join file" };
    match taken.get(&key) {
        Some((_, same)) if *same == bytes => {}
        Some((first, _)) => problems.push(format!(
            "{path}: a {what} of {}, and so is {first}: leave one of them out",
            key.1
        )),
        None => drop(taken.insert(key, (path, bytes))),
    }
}

/// The files that a path stands for.
fn look(
    host: &dyn Host,
    path: &str,
    deep: usize,
    named: bool,
    files: &mut Vec<String>,
    problems: &mut Vec<String>,
) {
    let name = path.rsplit('/').next().unwrap_or(path);
    match host.meta(path).map(|meta| meta.kind) {
        Ok(FileKind::Directory) if deep < DEEP => match host.list(path) {
            Ok(names) => {
                for name in names.iter().filter(|name| !name.starts_with('.')) {
                    // A folder `join` holds what others gave to this host.
                    if name == "join" {
                        continue;
                    }
                    let path = format!("{}/{name}", path.trim_end_matches('/'));
                    look(host, &path, deep + 1, false, files, problems);
                }
            }
            Err(error) => problems.push(format!("{path}: {error}")),
        },
        Ok(FileKind::Directory) => problems.push(format!("{path}: folders deeper than {DEEP}")),
        Ok(_) if named => files.push(path.to_owned()),
        Ok(_) => {
            let ours = [".json", ".yaml", ".yml"]
                .iter()
                .any(|end| name.ends_with(end));
            if ours && !NOT_TAKEN.contains(&name) {
                files.push(path.to_owned());
            }
        }
        Err(error) => problems.push(format!("{path}: {error}")),
    }
}

/// What a file is, and of which host.
fn examine(
    host: &dyn Host,
    path: &str,
    known: &BTreeSet<String>,
) -> Result<(String, Found), Vec<String>> {
    let one = |text: String| vec![text];
    let file = path.rsplit('/').next().unwrap_or(path);
    if file.ends_with(UNREACHABLE) || file.ends_with(CLOCK) {
        return Ok((String::new(), Found::Other));
    }
    let bytes = host.read(path).map_err(|error| one(error.to_string()))?;
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
        let (facts, _) = node::read(&bytes)?;
        let own = facts.os.hostname.value().cloned();
        let name = named(stem, own.as_deref(), known).ok_or_else(|| {
            one(format!(
                "the host's name is not known: call the file NAME.json, with letters, digits, '.', \
                 '_' and '-' (its own name is {})",
                own.as_deref().unwrap_or("not in the report")
            ))
        })?;
        return Ok((name, Found::Report(bytes)));
    }
    let text = String::from_utf8_lossy(&bytes);
    let join = JoinFile::parse(path, &text).map_err(|Problems(problems)| {
        let mut told = one("neither a report nor a join file".to_owned());
        told.extend(problems.into_iter().take(3).map(|problem| {
            let path = problem.path.clone();
            format!("as a join file: {path}: {}", problem.text)
        }));
        told
    })?;
    let stem = stem.strip_prefix("join-").unwrap_or(stem);
    let name = named(stem, Some(join.name()), known)
        .ok_or_else(|| one(format!("name: {} is no name for a file", join.name())))?;
    Ok((name, Found::Join(bytes)))
}

/// The name in the fleet: that of the file where it is a known host's, else that
/// which the host has itself, as the fleet has it (in full, or up to the first dot);
/// else the file's.
fn named(stem: &str, own: Option<&str>, known: &BTreeSet<String>) -> Option<String> {
    if known.contains(stem) {
        return Some(stem.to_owned());
    }
    let short = |name: &str| name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    if let Some(own) = own.filter(|own| is_host_name(own)) {
        let mut alike = known.iter().filter(|name| {
            name.eq_ignore_ascii_case(own)
                || (short(name) == short(own) && (!name.contains('.') || !own.contains('.')))
        });
        return Some(alike.next().cloned().unwrap_or_else(|| own.to_owned()));
    }
    is_host_name(stem).then(|| stem.to_owned())
}
