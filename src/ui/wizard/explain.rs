//! Explanations of what the cursor is on: the rule, the facts, how they were
//! measured, and where the knowledge is from.

use crate::ui::backend::{Backend, Probe};
use crate::ui::verdicts::{Reason, Standing};

use super::dialog::Dialog;
use super::pages::Item;
use super::reading::Para;
use super::run::state_word;
use super::{Effect, Job, Wizard};

/// What is known here, and below it everything about the rules.
pub fn explained(backend: &mut dyn Backend, mut lines: Vec<String>, ids: &[String]) -> Vec<String> {
    for id in ids {
        let more = backend.explain(id);
        // A reason may rest on something that is no rule.
        if more
            .first()
            .is_some_and(|line| line.starts_with("no rule "))
        {
            continue;
        }
        lines.push(String::new());
        lines.extend(more);
    }
    lines
}

impl Wizard {
    pub(super) fn explain(&mut self) {
        match self.item() {
            Some(Item::Finding(at)) => {
                let all = self.inspection.as_ref().map(|i| &i.findings);
                if let Some(finding) = all.and_then(|findings| findings.get(at)) {
                    self.out.push(Effect::Do(Job::Explain(finding.id.clone())));
                }
            }
            Some(Item::Scheduler(value)) => {
                let all = self.schedulers();
                if let Some(one) = all.into_iter().find(|one| one.value == value) {
                    self.explain_option(&one.title, one.standing, &one.reasons);
                }
            }
            Some(Item::Overlay(value)) => {
                let all = self.overlays();
                if let Some(one) = all.into_iter().find(|one| one.value == value) {
                    self.explain_option(&one.title, one.standing, &one.reasons);
                }
            }
            Some(Item::Interface(name)) => self.explain_interface(&name),
            Some(Item::Step(at)) => self.explain_step(at),
            Some(Item::Field(_) | Item::Record(..)) => self.help(),
            Some(Item::Earlier(_)) => self.explain_earlier(),
            Some(Item::Trouble(_)) | None => {}
        }
    }

    /// An option: its reasons here, then each rule in full.
    fn explain_option(&mut self, title: &str, standing: Standing, reasons: &[Reason]) {
        let mut lines = vec![format!("{title}: {}", standing.words())];
        if reasons.is_empty() {
            lines.push("Nothing speaks against it.".to_owned());
        }
        lines.extend(
            reasons
                .iter()
                .map(|reason| format!("  {}", reason.tagged())),
        );
        let why = self
            .judged
            .as_ref()
            .and_then(|judged| judged.why_first.clone());
        if standing == Standing::Recommended
            && let Some(why) = why
        {
            lines.push(why);
        }
        let mut ids = Vec::new();
        for reason in reasons.iter().filter(|reason| !reason.id.is_empty()) {
            if !ids.contains(&reason.id) {
                ids.push(reason.id.clone());
            }
        }
        self.out.push(Effect::Do(Job::ExplainAll {
            title: "Why".into(),
            lines,
            ids,
        }));
    }

    /// An interface: all of its addresses, and every reason.
    fn explain_interface(&mut self, name: &str) {
        let Some(judged) = &self.judged else { return };
        let rows = self.interfaces();
        let Some(row) = rows.iter().find(|row| row.name == name) else {
            return;
        };
        let candidates = &judged.interfaces.candidates;
        let candidate = candidates.iter().find(|one| one.name == name);
        let addresses: Vec<String> = candidate
            .map(|one| one.addresses.iter().map(ToString::to_string).collect())
            .unwrap_or_default();
        let mut paras = vec![Para::new("", format!("{name}: {}", row.standing.words()))];
        for (lead, text) in [
            ("  State      ", row.state.clone()),
            ("  Kind       ", row.kind.clone()),
            ("  Speed      ", row.speed.clone()),
            ("  Addresses  ", addresses.join(", ")),
        ] {
            if !text.is_empty() && text != "-" {
                paras.push(Para::new(lead, text));
            }
        }
        for reason in &row.reasons {
            paras.push(Para::gap());
            paras.push(Para::new("", reason.tagged()));
        }
        self.dialogs.push(Dialog::info("Why", paras));
    }

    fn explain_earlier(&mut self) {
        let Some(earlier) = &self.earlier else { return };
        let mut paras: Vec<Para> = vec![
            Para::new("When  ", earlier.when.as_str()),
            Para::new("Plan  ", earlier.plan.as_str()),
            Para::gap(),
        ];
        let steps = earlier.steps.iter().enumerate();
        paras.extend(steps.map(|(at, (title, state))| {
            Para::new(
                format!("{:<7}{:>2}  ", state_word(*state), at + 1),
                title.as_str(),
            )
        }));
        if let Err(why) = &earlier.resume {
            paras.push(Para::gap());
            paras.push(Para::new("It cannot go on: ", why.as_str()));
        }
        paras.extend(earlier.note.iter().map(|note| Para::new("", note.as_str())));
        self.dialogs.push(Dialog::info("The earlier run", paras));
    }

    /// A step with what changes.
    pub(super) fn show_step(&mut self, at: usize) {
        let Some(step) = self.planned_step(at) else {
            return;
        };
        let mut paras = step_head(&step);
        if step.diff.is_empty() {
            let text = match step.commands.is_empty() {
                true => "No file changes that could be shown.",
                false => "No file is changed by it; by hand it would be:",
            };
            paras.push(text.into());
            paras.extend(by_hand(&step.commands));
        }
        paras.extend(step.diff.into_iter().map(|line| {
            let (sign, text) = line.split_at(line.len().min(1));
            Para::new(sign, text)
        }));
        self.dialogs
            .push(Dialog::info(&format!("Step {}", at + 1), paras));
    }

    /// Why a step is there, and what it would be by hand.
    fn explain_step(&mut self, at: usize) {
        let Some(step) = self.planned_step(at) else {
            return;
        };
        let mut paras = step_head(&step);
        paras.extend(step.why.into_iter().map(|text| Para::new("", text)));
        if !step.commands.is_empty() {
            paras.push(Para::gap());
            paras.push("By hand it would be".into());
            paras.extend(by_hand(&step.commands));
        }
        self.dialogs
            .push(Dialog::info(&format!("Why step {}", at + 1), paras));
    }

    fn planned_step(&self, at: usize) -> Option<crate::ui::backend::PlannedStep> {
        match &self.planned {
            Some(Ok(planned)) => planned.steps.get(at).cloned(),
            _ => None,
        }
    }
}

fn step_head(step: &crate::ui::backend::PlannedStep) -> Vec<Para> {
    let undo = step.undo.as_deref().unwrap_or("NOT UNDOABLE");
    vec![
        Para::new("", step.title.as_str()),
        Para::new("Undo  ", undo),
        match &step.probe {
            Probe::Todo => Para::new("Now   ", "it has something to do"),
            Probe::Done => Para::new("Now   ", "there is nothing to do"),
            Probe::Unknown(why) => Para::new("Now   ", format!("not known yet: {why}")),
        },
        Para::gap(),
    ]
}

/// Commands, line by line.
fn by_hand(commands: &[String]) -> Vec<Para> {
    let lines = commands.iter().flat_map(|command| command.lines());
    lines.map(|line| Para::new("  ", line)).collect()
}
