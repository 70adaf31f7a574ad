//! What somebody has to say so for before it is undone.

use crate::apply::journal::{Run, StepState};
use crate::error::{Exit, Failure};
use crate::judge::text::paragraph;

/// What is lost with a run that is undone, as sentences: of the steps that are
/// done, since half of one holds nothing yet.
fn losses(run: &Run) -> Vec<String> {
    let done = |state| matches!(state, StepState::Done | StepState::NotUndone);
    let steps = run.plan.steps.iter().zip(&run.records);
    steps
        .filter(|(_, record)| record.undo.is_some() && done(record.state))
        .filter_map(|(step, _)| Some(format!("{}: {}", step.title(), step.loses()?)))
        .collect()
}

/// Refuses to undo what others may rely on by now, before anything is undone. A
/// run that waits to be confirmed is minutes old: nobody does yet.
///
/// # Errors
/// What would be lost.
pub fn given<'a>(runs: impl IntoIterator<Item = &'a Run>) -> Result<(), Failure> {
    let settled = runs.into_iter().filter(|run| run.awaits().is_none());
    let lost: Vec<_> = settled.flat_map(losses).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let mut text = String::from("undoing this would lose more than groundcrew has made:\n");
    for line in &lost {
        paragraph(&mut text, "  ", "    ", line);
    }
    text.push_str("nothing was undone; if that is meant, say so: `groundcrew rollback --force`");
    Err(Failure::new(Exit::NotRolledBack, text))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::apply::journal::Entry;
    use crate::apply::runs::{STATE_DIR, State};
    use crate::apply::undo::Undo;
    use crate::host::Scripted;
    use crate::plan::scheduler::kubernetes::act::Act;
    use crate::plan::step::Step;
    use crate::plan::{Plan, VERSION};

    fn run_with(entries: &[Entry]) -> Run {
        let plan = Plan {
            v: VERSION,
            basis: None,
            confirm_within: 0,
            host: "node1".into(),
            scheduler: "kubernetes".into(),
            overlay: None,
            steps: vec![Step::Kubernetes(Act::Init {
                config: "/etc/x.yaml".into(),
                socket: "/run/x.sock".into(),
            })],
            notes: Vec::new(),
            verify: None,
            verify_scheduler: None,
            advice: None,
        };
        let host = Scripted::new().dir("/var/lib");
        let state = State::new(&host, STATE_DIR);
        let run = state.begin(plan).unwrap();
        let journal = crate::apply::journal::Journal::reopen(&host, &run.dir).unwrap();
        for entry in entries {
            journal.write(entry).unwrap();
        }
        Run::read(&host, &run.dir).unwrap()
    }

    #[test]
    fn a_cluster_that_is_there_is_not_undone_without_a_word() {
        let start = Entry::Start {
            step: 0,
            undo: Undo::Nothing,
        };
        let done = run_with(&[start.clone(), Entry::Done { step: 0 }]);
        let told = given([&done]).unwrap_err().message;
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("kubeadm init"), "{told}");
        assert!(told.contains("the cluster is deleted"), "{told}");
        assert!(told.contains("rollback --force"), "{told}");
        // Half a cluster holds nothing, and one that is undone is not there.
        assert!(given([&run_with(std::slice::from_ref(&start))]).is_ok());
        let undone = [start, Entry::Done { step: 0 }, Entry::Undone { step: 0 }];
        assert!(given([&run_with(&undone)]).is_ok());
    }
}
