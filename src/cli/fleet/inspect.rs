//! `fleet inspect`: preflight on every host, and the reports gathered.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::super::job::Job;
use super::super::output::print;
use super::ansible::{Ansible, LIMIT};
use super::args::FleetInspect;
use super::collection::Workspace;
use super::folder::Folder;
use crate::answers::fleet::FleetFile;
use crate::error::{Exit, Failure};
use crate::fleet::report::Missing;
use crate::fleet::{CLOCK, REPORTS, UNREACHABLE, WISHES, names, node};
use crate::host::Host;
use crate::judge::text::{paragraph, plain};
use crate::report::json as json_of;

/// Folder in the workspace that holds what came of each host.
const RUN: &str = "run";
/// How the file ends that has what a host printed instead of a report.
const REFUSED: &str = ".json.refused";
/// How the names of those files end.
const OUTCOME: &str = ".outcome.json";
/// Exit statuses of ansible-playbook that say that hosts failed or could not be
/// reached, alone or together; anything else is about the run as a whole.
pub const ABOUT_HOSTS: [i32; 4] = [0, 2, 4, 6];

/// What came of a host, as the collection writes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Outcome {
    state: String,
    #[serde(default)]
    verdict: Option<String>,
    #[serde(default)]
    arch: Option<String>,
    #[serde(default)]
    why: Option<String>,
    #[serde(default, rename = "try")]
    hint: Option<String>,
    #[serde(default)]
    left: Option<String>,
}

/// `fleet inspect`.
pub fn inspect(job: &Job<'_>, arguments: &FleetInspect) -> Result<Exit, Failure> {
    let host = job.host;
    let ansible = Ansible::find(host)?;
    let dir = absolute(host, &arguments.dir.dir)?;
    let workspace = Workspace::make(host)?;
    let playbook = workspace.playbook("inspect")?;
    workspace.write(&format!("{RUN}/.keep"), b"")?;
    let variables = variables(host, arguments, &dir, &workspace)?;
    workspace.write("variables.json", variables.to_string().as_bytes())?;
    let mut argv = vec![playbook];
    for inventory in &arguments.inventory {
        argv.extend(["--inventory".into(), inventory.clone()]);
    }
    if let Some(limit) = &arguments.limit {
        argv.extend(["--limit".into(), limit.clone()]);
    }
    argv.extend(["--forks".into(), arguments.forks.to_string()]);
    argv.extend([
        "--extra-vars".into(),
        format!("@{}", workspace.path("variables.json")),
    ]);
    argv.extend(arguments.ansible.iter().cloned());
    let status = ansible.play(host, job.global, argv, LIMIT)?;
    let mut rows = rows(host, &workspace.path(RUN))?;
    if rows.is_empty() || !ABOUT_HOSTS.contains(&status) {
        let text = match (status, rows.is_empty()) {
            (0, true) => "no host of the inventory matches: nothing was asked".to_owned(),
            _ => {
                format!("ansible-playbook ended with exit status {status}: see what it says above")
            }
        };
        return Err(Failure::new(Exit::Usage, text));
    }
    let folder = Folder::new(host, &dir);
    for (name, row) in &mut rows {
        if row.state == "reported"
            && let Err(why) = examined(&folder, name)?
        {
            row.refuse(&folder, name, why)?;
        }
    }
    let mut text = told(&rows, &dir);
    if arguments.limit.is_none() {
        text.push_str(&not_asked(&folder, &rows)?);
    }
    print(&text)?;
    let missing = rows.values().any(|row| row.state != "reported");
    Ok(if missing && !arguments.allow_missing {
        Exit::Failed
    } else {
        Exit::Done
    })
}

/// Whether what a host printed is a report that this program can read: the collection
/// looks at its outside alone.
fn examined(folder: &Folder<'_>, name: &str) -> Result<Result<(), String>, Failure> {
    let Some(bytes) = folder.read(&format!("{REPORTS}/{name}.json"))? else {
        return Ok(Err("its report is gone from the folder".to_owned()));
    };
    let read = node::read(&bytes).map(drop);
    Ok(read.map_err(|problems| {
        let first: Vec<String> = problems.iter().take(3).map(|text| plain(text)).collect();
        let first: String = first.join("; ").chars().take(500).collect();
        format!("what groundcrew preflight printed is no report: {first}")
    }))
}

impl Outcome {
    /// Makes a host of which the report is none one that did not report. What it printed
    /// is kept beside.
    fn refuse(&mut self, folder: &Folder<'_>, name: &str, why: String) -> Result<(), Failure> {
        let own = |ending: &str| format!("{REPORTS}/{name}{ending}");
        if let Some(bytes) = folder.read(&own(".json"))? {
            folder.write(&own(REFUSED), &bytes)?;
        }
        let missing = Missing {
            host: name.to_owned(),
            why: why.clone(),
            hint: Some(format!(
                "{} has what it printed: is it groundcrew that runs there, and of this version?",
                folder.path(&own(REFUSED))
            )),
        };
        folder.write(&own(UNREACHABLE), json_of(&missing).as_bytes())?;
        folder.remove(&own(".json"))?;
        folder.remove(&own(CLOCK))?;
        self.state = "missing".to_owned();
        self.why = Some(why);
        self.hint = missing.hint;
        Ok(())
    }
}

/// Hosts of the fleet that the inventory of this time does not have: they stay, and
/// that is told.
fn not_asked(folder: &Folder<'_>, rows: &BTreeMap<String, Outcome>) -> Result<String, Failure> {
    let hosts = folder.inventory()?;
    let wishes = folder.read(WISHES)?.unwrap_or_default();
    let wishes = FleetFile::parse(&folder.path(WISHES), &wishes);
    let out = &wishes.wishes().exclude;
    let others = hosts
        .iter()
        .filter(|name| !rows.contains_key(*name) && !out.contains(*name));
    let others: Vec<&str> = others.map(String::as_str).collect();
    let mut text = String::new();
    if !others.is_empty() {
        let line = format!(
            "Not asked this time, and still in the fleet: {}; fleet.exclude takes hosts out",
            names::some(others)
        );
        paragraph(&mut text, "", "  ", &line);
    }
    Ok(text)
}

/// The variables of the collection's role.
fn variables(
    host: &dyn Host,
    arguments: &FleetInspect,
    dir: &str,
    workspace: &Workspace<'_>,
) -> Result<serde_json::Value, Failure> {
    let binaries = match &arguments.binaries {
        Some(path) => absolute(host, path)?,
        None => program(host, workspace)?,
    };
    let flags = [(arguments.online, "--online"), (arguments.deep, "--deep")];
    let flags: Vec<_> = flags.iter().filter(|(set, _)| *set).map(|f| f.1).collect();
    Ok(json!({
        "groundcrew_fleet_binaries": binaries,
        "groundcrew_fleet_dir": dir,
        "groundcrew_fleet_preflight_args": flags,
        "groundcrew_fleet_run_dir": workspace.path(RUN),
    }))
}

/// A copy of this program in the workspace: it may be replaced by an update while
/// hosts are asked.
///
/// # Errors
/// When it cannot be made.
pub fn program(host: &dyn Host, workspace: &Workspace<'_>) -> Result<String, Failure> {
    let link = crate::host::command::SELF;
    let failed = |error| Failure::unexpected(format!("{link}: {error}"));
    let copy = workspace.path("groundcrew");
    let program = host.read_link(link).map_err(failed)?;
    let digest = host.digest(&program).map_err(failed)?;
    host.copy_verified(&program, &copy, 0o700, &digest)
        .map_err(failed)?;
    Ok(copy)
}

/// A path of the operator as an absolute one.
///
/// # Errors
/// When the folder that this runs in is not known.
pub fn absolute(host: &dyn Host, path: &str) -> Result<String, Failure> {
    if path.starts_with('/') {
        return Ok(path.into());
    }
    let cwd = host.cwd().map_err(Failure::unexpected)?;
    let path = path.trim_start_matches("./");
    Ok(format!("{}/{path}", cwd.trim_end_matches('/')))
}

/// What came of every host that was asked. One of which nothing came is a row, too.
fn rows(host: &dyn Host, run: &str) -> Result<BTreeMap<String, Outcome>, Failure> {
    #[derive(Deserialize)]
    struct Asked {
        hosts: Vec<String>,
    }
    let read = |name: &str| host.read(&format!("{run}/{name}"));
    let Ok(asked) = read("asked.json") else {
        return Ok(BTreeMap::new());
    };
    let asked: Asked = serde_json::from_slice(&asked).map_err(Failure::unexpected)?;
    let rows = asked.hosts.into_iter().map(|name| {
        let outcome = read(&format!("{name}{OUTCOME}"));
        let outcome = outcome
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or(Outcome {
                state: "missing".into(),
                verdict: None,
                arch: None,
                why: Some("Ansible ended before it was asked: see what it says above".into()),
                hint: None,
                left: None,
            });
        (name, outcome)
    });
    Ok(rows.collect())
}

/// The rows for people: those that reported in one line each, then the others with
/// what to try.
fn told(rows: &BTreeMap<String, Outcome>, dir: &str) -> String {
    let (reported, missing): (Vec<_>, Vec<_>) =
        rows.iter().partition(|(_, row)| row.state == "reported");
    let width = rows.keys().map(|name| name.chars().count()).max();
    let width = width.unwrap_or_default().min(40);
    let mut text = String::new();
    for (name, row) in &reported {
        let word = |word: &Option<String>| plain(word.as_deref().unwrap_or_default());
        text.push_str(&format!(
            "{name:<width$}  {:<7}  {}\n",
            word(&row.verdict),
            word(&row.arch)
        ));
        if let Some(left) = &row.left {
            paragraph(&mut text, "  ", "  ", &format!("Left behind there: {left}"));
        }
    }
    for (name, row) in &missing {
        let why = row.why.as_deref().unwrap_or("no reason is known");
        text.push_str(&format!("{name:<width$}  no report\n"));
        paragraph(&mut text, "  ", "  ", why);
        if let Some(hint) = &row.hint {
            paragraph(&mut text, "  Try: ", "    ", hint);
        }
    }
    text.push_str(&format!(
        "{} of {} hosts reported; reports in {dir}/reports\n",
        reported.len(),
        rows.len()
    ));
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    #[test]
    fn a_host_of_which_nothing_came_is_a_row() {
        let host = Scripted::default()
            .file("/run/x/asked.json", r#"{"hosts": ["b", "a"]}"#)
            .file(
                "/run/x/a.outcome.json",
                r#"{"state": "reported", "verdict": "warn", "arch": "x86_64"}"#,
            );
        let rows = rows(&host, "/run/x").unwrap();
        let text = told(&rows, "/srv/fleet");
        assert!(
            text.starts_with("a  warn     x86_64\nb  no report\n  Ansible ended"),
            "{text}"
        );
        assert!(text.ends_with("1 of 2 hosts reported; reports in /srv/fleet/reports\n"));
    }

    #[test]
    fn what_to_try_stands_below_the_reason() {
        let outcome = r#"{"state": "unreachable", "why": "refused", "try": "start sshd"}"#;
        let rows = [("web1".to_owned(), serde_json::from_str(outcome).unwrap())];
        let text = told(&rows.into(), "/d");
        assert!(
            text.starts_with("web1  no report\n  refused\n  Try: start sshd\n"),
            "{text}"
        );
    }
}
