//! `fleet report`: the hosts together.

use std::collections::BTreeMap;

use super::args::{FleetFormat, FleetReport};
use super::folder::{Folder, Loaded};
use super::plan::names_of;
use crate::answers::Config;
use crate::answers::fleet::FleetFile;
use crate::cli::args::Global;
use crate::cli::job::Job;
use crate::cli::output::print;
use crate::error::{Exit, Failure};
use crate::fleet::plan::FleetPlan;
use crate::fleet::report::{ClusterReport, Given, report};
use crate::fleet::{CLUSTER_REPORT, INVENTORY, html, human, markdown, rules};
use crate::host::timestamp;
use crate::judge::decide::Status as Possible;
use crate::judge::waiver::{self, Waiver};
use crate::report::{Status, json};

/// A fleet as it was read.
pub struct Case {
    /// The wishes.
    pub file: FleetFile,
    /// The answers for all hosts.
    pub config: Config,
    /// The hosts.
    pub loaded: Loaded,
    /// The hosts that are left out.
    pub excluded: Vec<String>,
    /// What was planned.
    pub planned: Option<String>,
    /// Waivers that hold.
    pub waivers: BTreeMap<String, String>,
}

impl Case {
    /// Reads the fleet of a folder: the hosts that were asked for, and the members of
    /// the plan, whoever was asked for this time.
    ///
    /// # Errors
    /// All problems of what is in it.
    pub fn read(
        job: &Job<'_>,
        folder: &Folder<'_>,
        plan: Option<&FleetPlan>,
    ) -> Result<Self, Failure> {
        let mut hosts = folder.inventory()?;
        hosts.extend(plan.iter().flat_map(|plan| plan.names()));
        if hosts.is_empty() {
            let text = format!(
                "{}: no hosts; `groundcrew fleet import FILE... -d {}` takes their reports in",
                folder.path(INVENTORY),
                folder.dir
            );
            return Err(Failure::new(Exit::Usage, text));
        }
        let mut known = hosts.clone();
        known.extend(names_of(plan));
        let (file, config) = folder.wishes(&known)?;
        let excluded: Vec<String> = file.wishes().exclude.iter().cloned().collect();
        hosts.retain(|name| !file.wishes().exclude.contains(name));
        let loaded = folder.load(&hosts, &file, &config)?;
        let waivers = waivers(job, &config)?;
        Ok(Self {
            file,
            config,
            loaded,
            excluded,
            planned: plan.map(FleetPlan::target),
            waivers,
        })
    }

    /// What a report is made of.
    pub fn given<'a>(
        &'a self,
        job: &'a Job<'_>,
        now: &'a str,
        max_age_hours: u64,
        allow_missing: bool,
    ) -> Given<'a> {
        Given {
            rules: &job.rules,
            nodes: &self.loaded.nodes,
            missing: &self.loaded.missing,
            excluded: &self.excluded,
            file: &self.file,
            config: &self.config,
            planned: self.planned.as_deref(),
            waivers: &self.waivers,
            now,
            max_age_hours,
            allow_missing,
        }
    }
}

/// The waivers of the wishes and of `--waive`: those of the rules about the hosts
/// together beside those of the decision's.
fn waivers(job: &Job<'_>, config: &Config) -> Result<BTreeMap<String, String>, Failure> {
    let answered = config.waivers.iter().map(|waiver| Waiver {
        id: waiver.id.clone(),
        reason: waiver.reason.clone(),
        expires: waiver.expires.clone(),
    });
    let mut given: Vec<Waiver> = answered.collect();
    let mut problems = Vec::new();
    for text in &job.global.waive {
        match Waiver::parse(text) {
            Ok(waiver) => given.push(waiver),
            Err(problem) => problems.push(format!("--waive {problem}")),
        }
    }
    let (own, single): (Vec<Waiver>, Vec<Waiver>) = given
        .into_iter()
        .partition(|one| one.id.starts_with("fleet."));
    let mut held = match waiver::hold(&job.rules, &single, &job.today()) {
        Ok(held) => held,
        Err(more) => {
            problems.extend(more);
            BTreeMap::new()
        }
    };
    for waiver in own {
        match rules::all().find(|rule| rule.id == waiver.id) {
            None => problems.push(format!(
                "waiver {}: no rule about the hosts together has this id",
                waiver.id
            )),
            Some(rule) if !rule.waivable => problems.push(format!(
                "waiver {}: it cannot be waived: going on cannot work",
                waiver.id
            )),
            Some(_) if !waiver.holds(&job.today()) => {}
            Some(_) => drop(held.insert(waiver.id, waiver.reason)),
        }
    }
    if problems.is_empty() {
        Ok(held)
    } else {
        Err(Failure::new(Exit::Usage, problems.join("\n")))
    }
}

/// `fleet report`.
pub fn run(job: &Job<'_>, arguments: &FleetReport) -> Result<Exit, Failure> {
    let folder = Folder::new(job.host, &arguments.dir.dir);
    let case = Case::read(job, &folder, folder.plan()?.as_ref())?;
    let now = timestamp(job.host.now());
    let told = report(&case.given(job, &now, arguments.max_age, arguments.allow_missing));
    let as_html = html::with(&told, folder.verified()?.as_ref());
    let (as_json, as_markdown) = (json(&told), markdown::text(&told));
    for (extension, text) in [("json", &as_json), ("html", &as_html), ("md", &as_markdown)] {
        folder.write(&format!("{CLUSTER_REPORT}.{extension}"), text.as_bytes())?;
    }
    if job.global.quiet {
        print(&format!("{}\n", human::summary_line(&told)))?;
    } else {
        print(&match arguments.format {
            FleetFormat::Human => human::text(&told),
            FleetFormat::Json => as_json,
            FleetFormat::Markdown => as_markdown,
            FleetFormat::Html => as_html,
        })?;
    }
    Ok(exit_of(&told, job.global, arguments.allow_missing))
}

/// The exit code of a fleet's report: by what it was judged for, which need not be what
/// is recommended. An option that was not judged is not confirmed.
pub fn exit_of(report: &ClusterReport, global: &Global, allow_missing: bool) -> Exit {
    let status = report.judged_for().map(|option| option.status);
    if report.target.is_none()
        || status == Some(Possible::Impossible)
        || report.summary.verdict == Status::Fail
    {
        return Exit::Failed;
    }
    let confirmed = matches!(status, Some(Possible::Ready | Possible::AfterFix));
    let missing = report.summary.missing > 0 && !allow_missing;
    let open =
        missing || !confirmed || matches!(report.summary.verdict, Status::Warn | Status::Unknown);
    match open {
        false => Exit::Done,
        true if global.strict => Exit::Failed,
        true if global.warn_ok && !missing => Exit::Done,
        true => Exit::Warned,
    }
}
