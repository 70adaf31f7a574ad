//! A dry run: every step is probed, none is done.

use similar::{ChangeTag, TextDiff};

use super::{content, replicated, step};
use crate::host::Host;
use crate::plan::Plan;
use crate::plan::render::{Preview, Probe};
use crate::plan::scheduler::replicated::act::Act;
use crate::plan::step::Step;

/// What each step of a plan would find and change.
pub fn preview(host: &dyn Host, plan: &Plan) -> Vec<Preview> {
    let one = |step: &Step| Preview {
        probe: match step::is_done(host, step) {
            Ok(true) => Probe::Done,
            Ok(false) => Probe::Todo,
            Err(error) => Probe::Unknown(error.to_string()),
        },
        diff: diff(host, step),
    };
    plan.steps.iter().map(one).collect()
}

/// The lines that a file would lose and gain, with three lines around them.
/// Secrets are named by their files.
fn diff(host: &dyn Host, step: &Step) -> Vec<String> {
    let (old, new) = match step {
        Step::WriteFile {
            path,
            content: parts,
            ..
        } => (
            content::present(host, path, parts).unwrap_or_default(),
            content::shown(host, parts),
        ),
        Step::Replicated(Act::Conf { keys }) => (
            replicated::conf_before(host),
            replicated::conf_after(host, keys),
        ),
        _ => return Vec::new(),
    };
    let diff = TextDiff::from_lines(&old, &new);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(3) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            lines.push(format!("{sign} {}", change.value().trim_end_matches('\n')));
        }
    }
    lines
}
