//! An earlier run was found.

use crate::apply::journal::StepState;
use crate::ui::backend::Earlier;
use crate::ui::text::{count, fit};
use crate::ui::theme::Look;
use crate::ui::wizard::pages::{Begin, Item};
use crate::ui::wizard::reading::Para;
use crate::ui::wizard::run::state_word;
use crate::ui::wizard::{Focus, Wizard};

use super::body::{Body, Row};

/// Steps that are shown at most.
const STEPS: usize = 40;

/// The body of the page.
pub fn body(wizard: &Wizard, columns: usize) -> Body {
    let mut body = Body::default();
    let Some(earlier) = &wizard.earlier else {
        return body;
    };
    body.title("An earlier run stopped on this host");
    body.gap();
    for (word, text) in [
        ("When", &earlier.when),
        ("Plan", &earlier.plan),
        ("State", &state(&earlier.steps)),
    ] {
        let lines = Para::new(format!("   {word:<8} "), text.as_str()).lines(columns - 1);
        lines.into_iter().for_each(|line| body.line(line));
    }
    if let Err(why) = &earlier.resume {
        body.paragraph(
            &format!("It cannot go on: {why}"),
            3,
            9,
            columns,
            Look::Warn,
        );
    }
    body.gap();
    let undo = earlier
        .steps
        .iter()
        .rposition(|(_, state)| can_undo(*state));
    let next = earlier
        .steps
        .iter()
        .position(|(_, state)| !matches!(state, StepState::Done | StepState::Present));
    for (at, item) in wizard.items().iter().enumerate() {
        let Item::Earlier(begin) = item else { continue };
        let text = match (begin, next, undo) {
            (Begin::Resume, Some(next), _) => {
                format!(
                    "Go on from step {} (looks at the host again first)",
                    next + 1
                )
            }
            (Begin::Resume, None, _) => "Go on".into(),
            (Begin::RollBack, _, Some(0)) => "Undo step 1".into(),
            (Begin::RollBack, _, Some(last)) => format!("Undo steps {}..1", last + 1),
            (Begin::RollBack, _, None) => "Undo it (it changed nothing)".into(),
            (Begin::Again, _, _) => "Start anew with the earlier answers filled in".into(),
            (Begin::Anew, _, _) => "Start anew with nothing filled in".into(),
        };
        let focused = wizard.focus == Focus::Body && wizard.cursor() == at;
        let look = if focused { Look::Focus } else { Look::Plain };
        body.push(Row::item(focused).and(text, look));
    }
    body.details = Some(("steps (e shows all)".into(), steps(earlier, next, columns)));
    body
}

/// The steps from the last that is done on: where it stopped.
fn steps(earlier: &Earlier, next: Option<usize>, columns: usize) -> Vec<String> {
    let from = next.unwrap_or(0).saturating_sub(1);
    let steps = earlier.steps.iter().enumerate().skip(from).take(STEPS);
    steps
        .map(|(at, (title, state))| {
            let line = format!("{:<7}{:>2}  {title}", state_word(*state), at + 1);
            fit(&line, columns.saturating_sub(6))
        })
        .collect()
}

fn can_undo(state: StepState) -> bool {
    matches!(
        state,
        StepState::Started | StepState::Done | StepState::Failed | StepState::NotUndone
    )
}

/// How far it came, in words.
fn state(steps: &[(String, StepState)]) -> String {
    let number = |wanted: &[StepState]| steps.iter().filter(|(_, s)| wanted.contains(s)).count();
    let mut parts = vec![format!(
        "{} of {} done",
        number(&[StepState::Done, StepState::Present]),
        count(steps.len(), "step")
    )];
    for (index, (_, state)) in steps.iter().enumerate() {
        let word = match state {
            StepState::Failed => "failed",
            StepState::Started => "was cut off",
            StepState::NotUndone => "could not be undone",
            _ => continue,
        };
        parts.push(format!("step {} {word}", index + 1));
    }
    let undone = number(&[StepState::Undone]);
    if undone > 0 {
        parts.push(format!("{undone} undone"));
    }
    parts.join(", ")
}
