//! Setting a fleet up, decided: what each host is told to do in which phase, what
//! its answer comes to, and when the waves stop. Nothing here reaches a host.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::plan::FleetPlan;
use crate::answers::JoinFile;

/// Version of a job and of its answer.
pub const JOB: u8 = 1;
/// The folder on each host that holds its answers and the join files of others.
pub const HOST_FOLDER: &str = "/var/lib/groundcrew/fleet";
/// How each host stands.
pub const STANDING: &str = "apply.json";
/// Echo requests of the gate after a wave.
pub const GATE_ECHOES: u16 = 3;
/// The answer that lets a run be undone by itself unless it is confirmed.
const CONFIRM_WITHIN: &str = "confirm-within";

/// Who works on a fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Who.
    pub operator: String,
    /// From which machine.
    pub controller: String,
    /// With which folder there.
    pub folder: String,
    /// SHA-256 of the plan.
    pub plan_sha256: String,
    /// Since when.
    pub since: String,
}

impl Holder {
    /// Whether this is the same fleet of the same controller: two of them exclude
    /// each other there already, so that one that was cut off goes on.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.controller, &self.folder) == (&other.controller, &other.folder)
    }

    /// In words.
    pub fn words(&self) -> String {
        format!(
            "{} on {}, in {}, since {}",
            self.operator, self.controller, self.folder, self.since
        )
    }
}

/// A command of groundcrew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its arguments.
    pub argv: Vec<String>,
    /// An exit code other than 0 with which the job goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<i32>,
}

impl Task {
    fn new(argv: &[&str], answer: Option<i32>) -> Self {
        Self {
            argv: argv.iter().map(|word| (*word).to_owned()).collect(),
            answer,
        }
    }
}

/// What of ours is removed from a host at the end of a job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remove {
    /// Nothing.
    #[default]
    Nothing,
    /// That somebody works on the fleet.
    Holder,
    /// The folder with all that is in it.
    Folder,
}

/// What a host is told to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Job {
    /// [`JOB`].
    pub v: u8,
    /// Who works on the fleet; none where nothing is changed.
    pub holder: Option<Holder>,
    /// Even where somebody else does.
    pub take_over: bool,
    /// Files for the folder.
    pub put: BTreeMap<String, String>,
    /// The join files of others, by their names: those and no others.
    pub joins: Option<BTreeMap<String, String>>,
    /// What is run there, in this order, until one fails.
    pub run: Vec<Task>,
    /// Files of the folder that come back where they are there.
    pub bring: Vec<String>,
    /// What is removed once all has gone well.
    pub remove: Remove,
    /// The program goes, too.
    pub last: bool,
}

/// A command that was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ran {
    /// Its arguments.
    pub argv: Vec<String>,
    /// Its exit code, where it failed with one.
    pub code: Option<i32>,
    /// What it printed, where it did not fail.
    pub out: String,
}

/// A host's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reply {
    /// [`JOB`].
    pub v: u8,
    /// Who works on the fleet instead.
    pub held: Option<Holder>,
    /// Why it went no further.
    pub why: Option<String>,
    /// What was run.
    pub ran: Vec<Ran>,
    /// The files that were asked for.
    pub brought: BTreeMap<String, String>,
}

/// What a verification found on one way, as `groundcrew verify --format json` tells
/// it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Found {
    id: String,
    subject: String,
    status: String,
    message: String,
    #[serde(default)]
    path: Option<FoundPath>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct FoundPath {
    sent: u16,
    lost: u16,
    #[serde(default)]
    rtt: Option<Rtt>,
    #[serde(default)]
    mtu: Option<u32>,
}

/// Round trips, in microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rtt {
    /// The fastest.
    pub min_us: u64,
    /// The mean.
    pub mean_us: u64,
    /// The slowest.
    pub max_us: u64,
}

/// The way from a host to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// From which.
    pub from: String,
    /// To which.
    pub to: String,
    /// Whether it works as planned.
    pub ok: bool,
    /// What was found.
    pub message: String,
    /// Echo requests that were sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<u16>,
    /// Those that were not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<u16>,
    /// Round trip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rtt: Option<Rtt>,
    /// The largest packet that gets there unfragmented, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
}

/// How a host stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It was not its turn.
    #[default]
    Waiting,
    /// It is set up.
    Applied,
    /// It is not, or not wholly.
    Failed,
    /// It could not be reached.
    Unreachable,
    /// It was not asked.
    LeftOut,
    /// What was done there is taken back.
    Undone,
}

impl State {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Applied => "applied",
            State::Failed => "FAILED",
            State::Unreachable => "unreachable",
            State::LeftOut => "left out",
            State::Undone => "undone",
        }
    }
}

/// How a host stands, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stand {
    /// How.
    pub state: State,
    /// Since when.
    pub at: String,
    /// Why, where something is in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What to try.
    #[serde(default, rename = "try", skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// How the hosts stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// `fleet-apply/1`.
    pub schema: String,
    /// SHA-256 of the plan that was applied.
    pub plan_sha256: String,
    /// By name.
    pub hosts: BTreeMap<String, Stand>,
}

/// Why a plan is not applied from here.
///
/// # Errors
/// What to do instead.
pub fn check(plan: &FleetPlan) -> Result<(), String> {
    let overlay = matches!(plan.overlay.as_str(), "wireguard" | "none");
    if plan.scheduler == "native" && overlay {
        return Ok(());
    }
    let overlay = match plan.overlay.as_str() {
        "none" => String::new(),
        overlay => format!(" with {overlay}"),
    };
    Err(format!(
        "fleet apply sets up the native scheduler with WireGuard or without a private network; \
         this plan is {}{overlay}: `groundcrew fleet export -o OUT` makes a folder for each host, \
         with what to do there",
        plan.scheduler
    ))
}

/// The first job of a host: to take hold of it, to go on with what stopped there, and
/// to tell its own join file.
pub fn begin(plan: &FleetPlan, host: &str, answers: &str, holder: &Holder, take_over: bool) -> Job {
    let mut run = vec![Task::new(&["resume", "--progress", "none"], Some(7))];
    let mut bring = Vec::new();
    if plan.overlay != "none" {
        let make = [
            "join",
            "make",
            "--answers",
            "answers.yaml",
            "--no-input",
            "--progress",
            "none",
        ];
        run.push(Task::new(&make, None));
        bring.push(own_join(host));
    }
    if waits(answers) {
        // One that nobody confirmed in time was undone: it is done anew.
        run.insert(0, Task::new(&["confirm"], Some(5)));
    }
    Job {
        v: JOB,
        holder: Some(holder.clone()),
        take_over,
        put: answers_file(answers),
        run,
        bring,
        ..Job::default()
    }
}

fn answers_file(answers: &str) -> BTreeMap<String, String> {
    [("answers.yaml".to_owned(), answers.to_owned())].into()
}

/// The name of a host's own join file in its folder.
pub fn own_join(host: &str) -> String {
    format!("join-{host}.yaml")
}

/// Whether a run waits to be confirmed.
fn waits(answers: &str) -> bool {
    answers.lines().any(|line| {
        let line = line.trim_start();
        !line.starts_with('#') && line.contains(CONFIRM_WITHIN)
    })
}

/// The join files that a host gets: by the names of their hosts, as far as they are
/// known.
pub fn joins_of(
    plan: &FleetPlan,
    host: &str,
    joins: &BTreeMap<String, (JoinFile, Vec<u8>)>,
) -> BTreeMap<String, String> {
    let known = plan.joins_for(host).filter_map(|other| {
        let (_, bytes) = joins.get(other)?;
        Some((
            other.to_owned(),
            String::from_utf8_lossy(bytes).into_owned(),
        ))
    });
    known.collect()
}

/// The job that sets a host up. `up`: the peers that it is tried against at once, by
/// the names in their join files; the others are not there yet.
pub fn set_up(
    holder: &Holder,
    answers: &str,
    joins: BTreeMap<String, String>,
    up: &BTreeSet<String>,
) -> Job {
    let up: Vec<&str> = up.iter().map(String::as_str).collect();
    let peers = format!("--verify-peers={}", up.join(","));
    let mut run = vec![
        "run",
        "--answers",
        "answers.yaml",
        "--yes",
        "--no-input",
        "--progress",
        "none",
    ];
    run.push(&peers);
    Job {
        v: JOB,
        holder: Some(holder.clone()),
        put: answers_file(answers),
        joins: Some(joins),
        run: vec![Task::new(&run, Some(7))],
        ..Job::default()
    }
}

/// What a host that was set up is asked: to keep what it did, and to try these peers.
pub fn gate(answers: &str, peers: &BTreeSet<String>, echoes: u16) -> Vec<Task> {
    let mut run = Vec::new();
    if waits(answers) {
        run.push(Task::new(&["confirm"], None));
    }
    if !peers.is_empty() {
        let echoes = echoes.to_string();
        let mut argv = vec!["verify", "--format", "json", "--echoes", &echoes];
        for peer in peers {
            argv.extend(["--peer", peer]);
        }
        run.push(Task::new(&argv, Some(7)));
    }
    run
}

/// The job that takes back what was done on a host.
pub fn undo(holder: &Holder, take_over: bool, force: bool) -> Job {
    let mut argv = vec!["rollback", "--progress", "none"];
    if force {
        argv.push("--force");
    }
    Job {
        v: JOB,
        holder: Some(holder.clone()),
        take_over,
        run: vec![Task::new(&argv, None)],
        remove: Remove::Folder,
        last: true,
        ..Job::default()
    }
}

/// The ways that a host tried, from its answer; `names` gives a host's name for that
/// in its join file. What it was to try and did not tell of is a way that fails.
pub fn pairs(from: &str, reply: &Reply, wanted: &BTreeMap<String, String>) -> Vec<Pair> {
    let told = reply
        .ran
        .iter()
        .rev()
        .find(|ran| ran.argv.first().is_some_and(|word| word == "verify"))
        .and_then(|ran| serde_json::from_str::<Vec<Found>>(&ran.out).ok())
        .unwrap_or_default();
    // What is wrong with the interface itself is wrong with every way; containers have
    // ways of their own.
    let own = told.iter().find(|found| {
        !["verify.peer", "verify.containers"].contains(&found.id.as_str()) && found.status == "fail"
    });
    wanted
        .iter()
        .map(|(to, name)| {
            let found = told
                .iter()
                .find(|found| found.id == "verify.peer" && found.subject == *name);
            let path = found.and_then(|found| found.path.clone());
            let message = match (own, found) {
                (Some(own), _) => own.message.clone(),
                (None, Some(found)) => found.message.clone(),
                (None, None) => "nothing was told of it".to_owned(),
            };
            Pair {
                from: from.to_owned(),
                to: to.clone(),
                ok: own.is_none() && found.is_some_and(|found| found.status == "pass"),
                message,
                sent: path.as_ref().map(|path| path.sent),
                lost: path.as_ref().map(|path| path.lost),
                rtt: path.as_ref().and_then(|path| path.rtt.clone()),
                mtu: path.as_ref().and_then(|path| path.mtu),
            }
        })
        .collect()
}

/// Takes a join file that a host gave of itself.
///
/// # Errors
/// When it is none, is another host's, or holds what nobody else may see.
pub fn accept(plan: &FleetPlan, host: &str, text: &str) -> Result<JoinFile, String> {
    let lower = text.to_lowercase();
    if lower.contains("private") || lower.contains("secret") {
        return Err("its join file speaks of a private key: it is not taken".to_owned());
    }
    let join = JoinFile::parse(&own_join(host), text)
        .map_err(|problems| format!("its join file: {problems}"))?;
    let planned = plan.member(host).and_then(|member| member.address);
    if planned.is_some() && join.address() != planned {
        let shown = |address: Option<std::net::Ipv4Addr>| {
            address.map_or("none".to_owned(), |address| address.to_string())
        };
        return Err(format!(
            "its join file says the address {}, and {} is planned",
            shown(join.address()),
            shown(planned)
        ));
    }
    Ok(join)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn reply(out: &str) -> Reply {
        Reply {
            ran: vec![Ran {
                argv: vec!["verify".into()],
                code: None,
                out: out.into(),
            }],
            ..Reply::default()
        }
    }

    fn wanted() -> BTreeMap<String, String> {
        [("app2", "db.two"), ("app3", "three")]
            .map(|(host, name)| (host.to_owned(), name.to_owned()))
            .into()
    }

    #[test]
    fn a_way_that_nobody_told_of_does_not_work() {
        let out = r#"[
            {"id": "verify.interface", "subject": "wg0", "status": "pass", "message": "up"},
            {"id": "verify.peer", "subject": "db.two", "status": "pass", "message": "fine",
             "path": {"to": "10.9.0.2", "sent": 3, "lost": 0, "mtu": 1420,
                      "rtt": {"min_us": 1, "mean_us": 2, "max_us": 3}}}]"#;
        let found = pairs("app1", &reply(out), &wanted());
        assert_eq!((found[0].to.as_str(), found[0].ok), ("app2", true));
        assert_eq!((found[0].mtu, found[0].lost), (Some(1420), Some(0)));
        assert!(!found[1].ok && found[1].message.contains("nothing"));
        assert!(
            pairs("app1", &reply("{"), &wanted())
                .iter()
                .all(|one| !one.ok)
        );
    }

    #[test]
    fn an_interface_that_is_down_fails_every_way() {
        let out = r#"[
            {"id": "verify.interface", "subject": "wg0", "status": "fail", "message": "wg0 is down"},
            {"id": "verify.peer", "subject": "db.two", "status": "pass", "message": "fine"}]"#;
        let found = pairs("app1", &reply(out), &wanted());
        assert!(
            found
                .iter()
                .all(|one| !one.ok && one.message == "wg0 is down")
        );
    }

    #[test]
    fn what_was_done_is_confirmed_where_it_would_be_undone_by_itself() {
        let peers: BTreeSet<String> = ["db.two".to_owned()].into();
        let plain = gate("version: 1\n# confirm-within\n", &peers, 3);
        assert_eq!(plain.len(), 1);
        assert!(
            plain[0]
                .argv
                .ends_with(&["--peer".to_owned(), "db.two".to_owned()])
        );
        let guarded = gate("apply:\n  confirm-within: 10m\n", &peers, 3);
        assert_eq!(guarded[0].argv, ["confirm"]);
        assert!(gate("", &BTreeSet::new(), 3).is_empty());
    }

    #[test]
    fn the_same_fleet_of_the_same_controller_goes_on() {
        let holder = |controller: &str, folder: &str| Holder {
            operator: "root".into(),
            controller: controller.into(),
            folder: folder.into(),
            plan_sha256: String::new(),
            since: String::new(),
        };
        let own = holder("a", "/f");
        assert!(own.is_same(&holder("a", "/f")));
        assert!(!own.is_same(&holder("b", "/f")) && !own.is_same(&holder("a", "/g")));
    }
}
