//! `fleet plan`: what the hosts of a fleet become.

use std::collections::BTreeSet;

use super::args::{FleetPlanArgs, FleetPlanFormat};
use super::folder::{Folder, joins_of};
use super::report::Case;
use crate::cli::job::Job;
use crate::cli::output::print;
use crate::error::{Exit, Failure};
use crate::fleet::plan::{Changes, FleetPlan, Input, PlanError, Planned, diff, make};
use crate::fleet::report::report;
use crate::fleet::{ANSWERS, HOSTS, PLAN, names};
use crate::host::digest::sha256;
use crate::host::timestamp;
use crate::judge::text::paragraph;
use crate::report::json;

/// Of how many hours a report may be for a plan without a word.
const MAX_AGE_HOURS: u64 = 24;

impl Folder<'_> {
    /// The plan; none where none was made.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn plan(&self) -> Result<Option<FleetPlan>, Failure> {
        let Some(bytes) = self.read(PLAN)? else {
            return Ok(None);
        };
        let plan = FleetPlan::parse(&bytes);
        let plan = plan
            .map_err(|error| Failure::new(Exit::Usage, format!("{}: {error}", self.path(PLAN))));
        plan.map(Some)
    }

    /// Writes a plan, and what each host is to have: its answers, and the join files
    /// of others as far as they are there.
    ///
    /// # Errors
    /// When something cannot be written.
    fn put(&self, planned: &Planned) -> Result<(), Failure> {
        let plan = &planned.plan;
        let joins = self.joins()?;
        for (name, text) in &planned.answers {
            let own = format!("{HOSTS}/{name}");
            self.make(&own)?;
            self.write(&format!("{own}/{ANSWERS}"), text.as_bytes())?;
            self.put_joins(&own, &joins_of(plan, name, &joins))?;
        }
        // Nobody is to apply the answers of a host that is out.
        for gone in &plan.removed {
            self.remove(&format!("{HOSTS}/{}/{ANSWERS}", gone.name))?;
        }
        // Last: whoever finds it finds the rest.
        self.write(PLAN, json(plan).as_bytes())?;
        Ok(())
    }
}

/// `fleet plan`.
pub fn run(job: &Job<'_>, arguments: &FleetPlanArgs) -> Result<Exit, Failure> {
    let folder = Folder::new(job.host, &arguments.dir.dir);
    let before = folder.plan()?;
    let case = Case::read(job, &folder, before.as_ref())?;
    let now = timestamp(job.host.now());
    let judged = report(&case.given(job, &now, MAX_AGE_HOURS, true));
    let wishes = folder.read(crate::fleet::WISHES)?.unwrap_or_default();
    let wishes_sha256 = sha256(&wishes);
    let planned = make(&Input {
        nodes: &case.loaded.nodes,
        missing: &case.loaded.missing,
        file: &case.file,
        config: &case.config,
        wishes_sha256: &wishes_sha256,
        report: &judged,
        before: before.as_ref(),
    })
    .map_err(|errors| failure(&errors))?;
    let changes = diff(before.as_ref(), &planned.plan);
    if !job.global.dry_run {
        folder.put(&planned)?;
    }
    print(&match arguments.format {
        FleetPlanFormat::Json => json(&planned.plan),
        FleetPlanFormat::Text if job.global.quiet => format!("{}\n", sum(&planned.plan)),
        FleetPlanFormat::Text => text(&planned.plan, &changes),
    })?;
    Ok(if arguments.detailed_exitcode && !changes.is_empty() {
        Exit::Changes
    } else {
        Exit::Done
    })
}

fn failure(errors: &[PlanError]) -> Failure {
    let judged =
        |error: &PlanError| matches!(error, PlanError::Blocked { .. } | PlanError::Nothing);
    let exit = if errors.iter().any(judged) {
        Exit::Failed
    } else {
        Exit::Usage
    };
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    Failure::new(exit, lines.join("\n"))
}

/// The plan in one line.
fn sum(plan: &FleetPlan) -> String {
    let overlay = match plan.overlay.as_str() {
        "none" => String::new(),
        overlay => format!(" with {overlay}"),
    };
    let network = plan
        .network
        .map_or(String::new(), |network| format!(" in {network}"));
    format!(
        "{}: {}{overlay}{network}, in {} waves",
        names::hosts(plan.members.len()),
        plan.scheduler,
        plan.waves.len()
    )
}

fn text(plan: &FleetPlan, changes: &Changes) -> String {
    let mut out = String::new();
    paragraph(&mut out, "", "  ", &sum(plan));
    for line in &changes.0 {
        paragraph(&mut out, "  ", "      ", line);
    }
    if changes.is_empty() {
        out.push_str("  nothing changes\n");
    }
    out.push_str("\nOrder\n");
    if let Some(first) = plan.etcd_wave() {
        paragraph(&mut out, "       ", "       ", &first);
    }
    for (nth, wave) in plan.waves.iter().enumerate() {
        let hosts = names::some(wave.iter().map(String::as_str));
        paragraph(&mut out, &format!("  {:>3}. ", nth + 1), "       ", &hosts);
    }
    let verification = &plan.verification;
    let pairs: usize = verification.from.values().map(Vec::len).sum();
    let how = if verification.pairs == "all" {
        "every host against every other".to_owned()
    } else {
        format!("each against {} others", verification.peers_per_host)
    };
    paragraph(
        &mut out,
        "\nVerified: ",
        "  ",
        &format!("{how}, {pairs} pairs"),
    );
    for warning in &plan.warnings {
        paragraph(&mut out, "Note: ", "  ", warning);
    }
    out
}

/// Names that wishes may hold beside those of the inventory: members, and hosts that
/// were members.
pub fn names_of(plan: Option<&FleetPlan>) -> BTreeSet<String> {
    let members = plan.iter().flat_map(|plan| plan.names());
    let removed = plan.iter().flat_map(|plan| &plan.removed);
    members.chain(removed.map(|one| one.name.clone())).collect()
}
