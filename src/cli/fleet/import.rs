//! `fleet import`: what hosts reported, taken into the fleet's folder.

use std::collections::{BTreeMap, BTreeSet};

use super::args::FleetImport;
use super::folder::Folder;
use super::plan::names_of;
use crate::answers::{JoinFile, Problems};
use crate::cli::job::Job;
use crate::cli::output::print;
use crate::error::{Exit, Failure};
use crate::fleet::plan::FleetPlan;
use crate::fleet::{CLOCK, JOINS, REPORTS, UNREACHABLE, WISHES, is_host_name, names, node};
use crate::host::{FileKind, Host};
use crate::judge::text::{paragraph, plain};

/// How deep folders are looked through.
const DEEP: usize = 4;

/// Files that an exported host's folder holds, and that are none to be taken back.
const NOT_TAKEN: [&str; 3] = ["answers.yaml", WISHES, "inventory.json"];

/// Names of files that say what is in them and not whose it is, without their ends.
const GENERIC: [&str; 2] = ["report", "join"];

/// The hosts that a file may be of.
struct Known {
    /// The names in the fleet: of those that were asked for, and of those that are or
    /// were members.
    names: BTreeSet<String>,
    /// The members' own names, with their names in the fleet.
    own: Vec<(String, String)>,
}

impl Known {
    fn of(asked: BTreeSet<String>, plan: Option<&FleetPlan>) -> Self {
        let mut names = asked;
        names.extend(names_of(plan));
        let members = plan.into_iter().flat_map(|plan| &plan.members);
        let own = members.filter_map(|one| Some((one.hostname.clone()?, one.name.clone())));
        Self {
            names,
            own: own.collect(),
        }
    }
}

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
    let known = Known::of(folder.inventory()?, folder.plan()?.as_ref());
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
            Err(found) => {
                let each = found.into_iter();
                problems.extend(each.map(|text| format!("{path}: {}", plain(&text))));
            }
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
    let (mut reports, mut joins) = (BTreeMap::new(), BTreeSet::new());
    for ((report, name), (path, bytes)) in taken {
        if report {
            folder.write(&format!("{REPORTS}/{name}.json"), &bytes)?;
            // It is not unreachable any more, and its clock was not read now.
            for ending in [UNREACHABLE, CLOCK] {
                let _ = job
                    .host
                    .remove_file(&folder.path(&format!("{REPORTS}/{name}{ending}")));
            }
            reports.insert(name, path);
        } else {
            folder.write(&format!("{JOINS}/{name}.yaml"), &bytes)?;
            joins.insert(name);
        }
    }
    folder.add_hosts(&reports)?;
    let mut out = String::new();
    let reports: BTreeSet<String> = reports.into_keys().collect();
    for (what, names) in [("reports", &reports), ("join files", &joins)] {
        if !names.is_empty() {
            let list = names::some(names.iter().map(String::as_str));
            paragraph(
                &mut out,
                "",
                "  ",
                &format!("{} {what}: {list}", names.len()),
            );
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
fn examine(host: &dyn Host, path: &str, known: &Known) -> Result<(String, Found), Vec<String>> {
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
        let name = named(path, stem, own.as_deref(), known).map_err(one)?;
        let name = name.ok_or_else(|| {
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
    let name = named(path, stem, Some(join.name()), known).map_err(one)?;
    let name = name.ok_or_else(|| one(format!("name: {} is no name for a file", join.name())))?;
    Ok((name, Found::Join(bytes)))
}

/// The name in the fleet: that of the file, or of the folder that it is in, where it is a
/// known host's. Else that of the member which has the host's own name, or of the only
/// known host of that name (in full, or up to the first dot). Of a host that is not known,
/// the file's unless it is a generic one, else its own.
///
/// # Errors
/// That several hosts fit.
fn named(
    path: &str,
    stem: &str,
    own: Option<&str>,
    known: &Known,
) -> Result<Option<String>, String> {
    let folder = path.rsplit('/').nth(1);
    for name in [Some(stem), folder].into_iter().flatten() {
        if known.names.contains(name) {
            return Ok(Some(name.to_owned()));
        }
    }
    if let Some(own) = own {
        let same = |name: &str| name.eq_ignore_ascii_case(own);
        let short = |name: &str| name.split('.').next().unwrap_or(name).to_ascii_lowercase();
        let alike =
            |name: &str| short(name) == short(own) && (!name.contains('.') || !own.contains('.'));
        let names = || known.names.iter().map(String::as_str);
        let members = known.own.iter().filter(|(hostname, _)| same(hostname));
        let ways: [Vec<&str>; 3] = [
            members.map(|(_, name)| name.as_str()).collect(),
            names().filter(|name| same(name)).collect(),
            names().filter(|name| alike(name)).collect(),
        ];
        match ways
            .iter()
            .find(|found| !found.is_empty())
            .map(Vec::as_slice)
        {
            Some([one]) => return Ok(Some((*one).to_owned())),
            Some(many) => {
                return Err(format!(
                    "its own name is {own}, and that may be any of {}: call the file NAME.json or \
                     NAME.yaml by the name of the one that it is",
                    many.join(", ")
                ));
            }
            None => {}
        }
    }
    let stem = Some(stem).filter(|stem| !GENERIC.contains(stem));
    let unknown = [stem, own].into_iter().flatten();
    Ok(unknown
        .filter(|name| is_host_name(name))
        .map(str::to_owned)
        .next())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_carried_file_is_its_hosts_by_whatever_tells_that_first() {
        let names = [
            "node1",
            "node2",
            "node3",
            "db1.a.org",
            "db1.b.org",
            "web1",
            "web1.a.org",
        ];
        let own = [("srv-1", "node1"), ("clone", "node2"), ("clone", "node3")];
        let known = Known {
            names: names.map(str::to_owned).into(),
            own: own
                .map(|(own, name)| (own.to_owned(), name.to_owned()))
                .into(),
        };
        let of = |path: &str, own: &str| {
            let stem = path.rsplit('/').next().unwrap().split('.').next().unwrap();
            let own = Some(own).filter(|own| !own.is_empty());
            named(path, stem, own, &known)
        };
        for (path, own, wanted) in [
            ("in/node2.json", "srv-1", "node2"),
            ("usb/node2/report.json", "srv-1", "node2"),
            ("usb/report.json", "SRV-1", "node1"),
            ("report.json", "web1", "web1"),
            ("report.json", "web1.a.org", "web1.a.org"),
            ("report.json", "web1.c.org", "web1"),
            ("report.json", "db1.a.org", "db1.a.org"),
            // Hosts that are not known.
            ("new1.json", "srv-9", "new1"),
            ("usb/report.json", "srv-9", "srv-9"),
            ("usb/join.yaml", "srv-9", "srv-9"),
            ("no name!.json", "srv-9", "srv-9"),
        ] {
            assert_eq!(of(path, own).unwrap().unwrap(), wanted, "{path} {own}");
        }
        for (own, wanted) in [("clone", "node2, node3"), ("db1", "db1.a.org, db1.b.org")] {
            let error = of("report.json", own).unwrap_err();
            assert!(error.contains(&format!("any of {wanted}: ")), "{error}");
        }
        assert_eq!(of("report.json", "").unwrap(), None);
        assert_eq!(of("report.json", "no name").unwrap(), None);
    }
}
