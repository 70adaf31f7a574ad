//! What the front ends show, made from what the job found, planned and did.

use super::carry_out::Ended;
use super::job::Planned;
use crate::plan::render::{self, Probe};
use crate::plan::why::why;
use crate::report::{Finding, Status};
use crate::ui::backend as ui;

/// A finding as the host page shows it; what does not apply is left out.
pub fn finding(finding: &Finding) -> Option<ui::Finding> {
    let status = match (finding.status, &finding.waived_by) {
        (Status::Na, _) => return None,
        (_, Some(_)) => ui::Status::Waived,
        (Status::Pass, None) => ui::Status::Pass,
        (Status::Unknown, None) => ui::Status::Unknown,
        (Status::Warn, None) => ui::Status::Warn,
        (Status::Fail, None) => ui::Status::Fail,
    };
    let mut details = vec![("Found".to_string(), finding.message.clone())];
    if let Some(remedy) = &finding.remedy {
        details.push(("Remedy".into(), remedy.hint.clone()));
    }
    if let Some(reason) = &finding.waived_by {
        details.push(("Waived".into(), reason.clone()));
    }
    details.extend(
        finding
            .links
            .iter()
            .map(|link| ("Source".to_string(), link.clone())),
    );
    Some(ui::Finding {
        id: finding.id.clone(),
        status,
        title: finding.message.clone(),
        details,
        waivable: finding.waivable,
    })
}

/// A plan with its dry run.
pub fn planned(planned: &Planned) -> ui::Planned {
    let verify = planned.plan.verifications().into_iter().map(|text| {
        let mut letters = text.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).chain(['.']).collect()
    });
    let steps = planned
        .plan
        .steps
        .iter()
        .zip(&planned.previews)
        .map(|(step, preview)| ui::PlannedStep {
            title: step.title(),
            undo: step
                .stays()
                .is_none()
                .then(|| step.undo_title().to_string()),
            probe: match &preview.probe {
                Probe::Todo => ui::Probe::Todo,
                Probe::Done => ui::Probe::Done,
                Probe::Unknown(why) => ui::Probe::Unknown(why.clone()),
            },
            diff: preview.diff.clone(),
            why: why(&planned.plan, step),
            commands: render::commands(step),
        });
    ui::Planned {
        steps: steps.collect(),
        verify: verify.collect(),
        notes: planned.plan.notes.clone(),
    }
}

/// How a run ended.
pub fn finished(ended: &Ended) -> ui::Finished {
    let run = &ended.run;
    let mut next: Vec<String> = run.notes.clone();
    if let Some(advice) = &run.advice {
        next.push(format!("Install script: {}", advice.install_argument));
        next.extend(
            advice
                .replicated_yml
                .iter()
                .map(|line| format!("replicated.yml: {line}")),
        );
    }
    let saved = if run.dir.is_empty() {
        Vec::new()
    } else {
        vec![(
            run.dir.clone(),
            "journal, answers and report, for: groundcrew rollback".into(),
        )]
    };
    ui::Finished {
        next,
        saved,
        ..ended.finished.clone()
    }
}

/// The checks, those that hinder first: they are not to be searched for below
/// what holds.
pub fn findings(found: &[Finding]) -> Vec<ui::Finding> {
    let mut shown: Vec<_> = found.iter().filter_map(finding).collect();
    shown.sort_by_key(|finding| match finding.status {
        ui::Status::Fail => 0,
        ui::Status::Unknown => 1,
        ui::Status::Warn => 2,
        ui::Status::Waived => 3,
        ui::Status::Pass => 4,
    });
    shown
}

/// What is to be handed to the other hosts after a run that ended well: it comes
/// first of all that is left to do.
pub fn hand_out(finished: &mut ui::Finished, join_file: Option<&str>) {
    if let (ui::End::Applied { .. }, Some(path)) = (&finished.end, join_file) {
        let next = format!(
            "Give {path} to the other hosts; there: groundcrew --set 'overlay.join-files=[FILE]'"
        );
        finished.next.insert(0, next);
        finished.saved.insert(
            0,
            (path.to_owned(), "for the other hosts; no secret".into()),
        );
    }
}
