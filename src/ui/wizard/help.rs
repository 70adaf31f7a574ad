//! What is said about the place where the focus is: help, explanations, the
//! hint under the body, and the keys that work there.

use crate::answers::questions::{self, Kind};
use crate::apply::journal::StepState;
use crate::ui::backend::{Probe, Status};
use crate::ui::text::{count, wrap};
use crate::ui::verdicts::{LASTING, Reason};

use super::dialog::{Dialog, INSIDE};
use super::input::Input;
use super::pages::Item;
use super::{Effect, Focus, Job, Note, Page, Wizard};

/// The keys that work everywhere.
const KEYS: &[&str] = &[
    "Keys",
    "  Up, Down         move            Tab, Shift-Tab   next, previous field",
    "  Enter            activate        Space            select, change",
    "  Esc              one level back; never quits",
    "  ? or F1          this help       e                explain the row",
    "  F2 or Ctrl-O     save answers    r or F5          check again",
    "  /                filter a list   l                the log of a run",
    "  PgUp, PgDn       scroll          w                wrap the log",
    "  Ctrl-L           draw again      Ctrl-T           rich or basic look",
    "  Ctrl-Z           suspend         Ctrl-C           ask to quit or stop",
    "  F10 or Ctrl-N    next page       j k h g G        arrows, not in fields",
    "  In text fields: Ctrl-U clears, Ctrl-A and Ctrl-E go to the ends.",
];

fn about(page: Page) -> &'static str {
    match page {
        Page::Earlier => {
            "A run on this host stopped before its end. Its journal knows every change that was \
             made: the run can go on, or be taken back, step by step."
        }
        Page::Host => {
            "What this host is, and what was checked. PASS is good, WARN is to be kept in mind, \
             FAIL stops the run unless it is mended or waived by name, UNKNOWN could not be told. \
             Nothing is changed by looking."
        }
        Page::Needs => {
            "What the site wants. Each answer rules candidates in or out on the next pages; the \
             line below the fields says why it is asked."
        }
        Page::Scheduler => {
            "What runs the application on the hosts. Those that cannot run here are marked, with \
             the rule that says so: press e for the facts and the source of each. An installation \
             has one scheduler, and stays with it."
        }
        Page::Overlay => {
            "The private network between the hosts. The native scheduler has none of its own; \
             Docker Swarm and Kubernetes have one, and can have another beneath it."
        }
        Page::Settings => {
            "The settings of the private network, and how changes are made. What is typed is \
             checked when the field is left. Secrets are named by where they are, never saved."
        }
        Page::Interface => {
            "The interface whose address Replicated gives out to the other hosts. The overlay's \
             own comes first; interfaces that only exist on this host are ruled out."
        }
        Page::Plan => {
            "Everything that would be done, in order, and how each step is undone. Enter shows \
             what changes in a file. Nothing has been changed so far."
        }
        Page::Apply => {
            "The plan is being carried out. Before each change its undo is written to the \
             journal, so that the run can be taken back or go on after any interruption."
        }
        Page::Done => "How the run ended, what was verified, what comes next, and what was saved.",
    }
}

impl Wizard {
    pub(super) fn help(&mut self) {
        let mut lines = wrap(about(self.page), INSIDE);
        lines.push(String::new());
        if let Some(Item::Field(id) | Item::Record(id, _)) = self.item()
            && let Some(question) = questions::question(id)
        {
            lines.extend(wrap(question.prompt, INSIDE));
            for text in [question.help, question.why] {
                let indented = wrap(text, INSIDE - 2).into_iter();
                lines.extend(indented.map(|line| format!("  {line}")));
            }
            lines.push(format!("  Answer: {id}"));
            lines.push(String::new());
        }
        lines.extend(KEYS.iter().map(|line| (*line).to_owned()));
        self.dialogs.push(Dialog::info("Help", lines));
    }

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
                    self.explain_reasons(&one.title, one.standing.words(), &one.reasons);
                }
            }
            Some(Item::Overlay(value)) => {
                let all = self.overlays();
                if let Some(one) = all.into_iter().find(|one| one.value == value) {
                    self.explain_reasons(&one.title, one.standing.words(), &one.reasons);
                }
            }
            Some(Item::Interface(name)) => {
                let all = self.interfaces();
                if let Some(row) = all.into_iter().find(|row| row.name == name) {
                    self.explain_reasons(&row.name, row.standing.words(), &row.reasons);
                }
            }
            Some(Item::Step(at)) => self.show_step(at),
            Some(Item::Field(_) | Item::Record(..)) => self.help(),
            _ => {}
        }
    }

    fn explain_reasons(&mut self, title: &str, standing: &str, reasons: &[Reason]) {
        let mut lines = vec![format!("{title}: {standing}")];
        for reason in reasons {
            lines.push(String::new());
            lines.extend(wrap(&reason.tagged(), INSIDE));
            let more = [
                ("Facts", reason.facts.join(", ")),
                ("Source", reason.source.clone()),
            ];
            for (word, text) in more.iter().filter(|(_, text)| !text.is_empty()) {
                let text = wrap(text, INSIDE - 10);
                for (n, line) in text.iter().enumerate() {
                    let lead = if n == 0 { word } else { "" };
                    lines.push(format!("  {lead:<7} {line}"));
                }
            }
        }
        if reasons.is_empty() {
            lines.push("Nothing speaks against it.".to_owned());
        }
        let why = self
            .judged
            .as_ref()
            .and_then(|judged| judged.why_first.clone());
        if standing == "RECOMMENDED"
            && let Some(why) = why
        {
            lines.push(String::new());
            lines.extend(wrap(&why, INSIDE));
        }
        self.dialogs.push(Dialog::info("Why", lines));
    }

    pub(super) fn show_step(&mut self, at: usize) {
        let Some(Ok(planned)) = &self.planned else {
            return;
        };
        let Some(step) = planned.steps.get(at) else {
            return;
        };
        let mut lines = wrap(&step.title, INSIDE);
        let undo = step.undo.as_deref().unwrap_or("NOT UNDOABLE");
        lines.push(format!("Undo: {undo}"));
        match &step.probe {
            Probe::Todo => lines.push("It has something to do.".into()),
            Probe::Done => lines.push("There is nothing to do.".into()),
            Probe::Unknown(why) => lines.extend(wrap(&format!("Not known yet: {why}"), INSIDE)),
        }
        for why in &step.why {
            lines.extend(wrap(why, INSIDE));
        }
        if !step.diff.is_empty() {
            lines.push(String::new());
            lines.extend(step.diff.iter().cloned());
        }
        self.dialogs
            .push(Dialog::info(&format!("Step {}", at + 1), lines));
    }

    /// The line under the body: what went wrong, or what is to be known here.
    pub fn hint(&self) -> Note {
        if let Some(note) = &self.note {
            return note.clone();
        }
        let text = match self.page {
            _ if !self.filter.is_empty() => {
                format!("Filter: {} ({} shown)", self.filter, self.items().len())
            }
            Page::Earlier => {
                let note = self.earlier.as_ref().and_then(|earlier| {
                    earlier
                        .note
                        .clone()
                        .or_else(|| earlier.resume.clone().err())
                });
                note.unwrap_or_default()
            }
            Page::Host => self.host_hint(),
            Page::Needs | Page::Settings => return self.field_hint(),
            Page::Scheduler | Page::Overlay if self.judged.is_none() => "Deciding...".into(),
            Page::Scheduler => LASTING.to_owned(),
            Page::Overlay => String::new(),
            Page::Interface => {
                let problem = self
                    .judged
                    .as_ref()
                    .and_then(|j| j.interfaces.problem.clone());
                match problem {
                    Some(problem) => {
                        return Note {
                            text: problem.to_string(),
                            bad: true,
                        };
                    }
                    None => String::new(),
                }
            }
            Page::Plan => self.plan_hint(),
            Page::Apply => self.run_hint(),
            Page::Done => String::new(),
        };
        Note { text, bad: false }
    }

    fn host_hint(&self) -> String {
        let Some(inspection) = &self.inspection else {
            return String::new();
        };
        let failed = inspection
            .findings
            .iter()
            .filter(|f| f.status == Status::Fail)
            .count();
        match failed {
            0 => String::new(),
            n => format!(
                "{} failed: to be mended, or waived by name.",
                count(n, "check")
            ),
        }
    }

    fn field_hint(&self) -> Note {
        let focused = match (self.focus, self.item()) {
            (Focus::Body, Some(Item::Field(id) | Item::Record(id, _))) => questions::question(id),
            _ => None,
        };
        let Some(question) = focused else {
            let errors = self.error_count();
            let text = match errors {
                0 => String::new(),
                n => format!("{} on this page.", count(n, "error")),
            };
            return Note {
                text,
                bad: errors > 0,
            };
        };
        if let Some(error) = self.error(question.id) {
            let text = error.to_owned();
            return Note { text, bad: true };
        }
        // What a chosen word means says more than why it is asked.
        let meaning = match self.input(question.id) {
            Some(Input::Pick { words, chosen }) => {
                let choice = chosen.and_then(|at| words.get(at));
                choice.map(|choice| format!("{}: {}.", choice.value, choice.label))
            }
            Some(Input::Many { words, at, .. }) => words
                .get(*at)
                .map(|choice| format!("{}: {}.", choice.value, choice.label)),
            _ => None,
        };
        Note {
            text: meaning.unwrap_or_else(|| question.why.to_owned()),
            bad: false,
        }
    }

    fn plan_hint(&self) -> String {
        let steps = self.not_undoable();
        if steps.is_empty() {
            return String::new();
        }
        let numbers: Vec<String> = steps.iter().map(|n| (n + 1).to_string()).collect();
        let (shown, _) = self.host_name.window(12);
        format!(
            "Not undoable: step {}. Type the host name to go on: [{shown:<12}]",
            numbers.join(", ")
        )
    }

    fn run_hint(&self) -> String {
        let Some(run) = &self.run else {
            return String::new();
        };
        if run.stopping {
            return "Stopping: the step that runs is brought to its end first.".into();
        }
        if let Some(peers) = run.verifying {
            return format!("Verifying: the data path to {}.", count(peers, "peer"));
        }
        let running = run.rows.iter().find(|row| row.state == StepState::Started);
        match running {
            None => String::new(),
            Some(row) => {
                let since = row
                    .began
                    .map_or(0, |began| self.now.saturating_sub(began).as_secs());
                format!("Running: {} ({since} s)", row.title)
            }
        }
    }

    /// The keys that work where the focus is.
    pub fn keys(&self) -> String {
        if let Some(dialog) = self.dialogs.last() {
            return match dialog {
                Dialog::Quit { .. } | Dialog::Stop { hard: true, .. } => {
                    "Left/Right Move  Enter Choose  Esc No"
                }
                Dialog::Stop { .. } => {
                    "Left/Right Move  Enter Choose  Esc Go on  ^C Stop the command, too"
                }
                Dialog::Failed { .. } => "Up/Down Move  Enter Choose  l Full log",
                Dialog::Info { .. } => "Up/Down PgUp/PgDn Scroll  Esc Close",
                Dialog::Log { .. } => "Up/Down PgUp/PgDn Scroll  w Wrap  Esc Close",
                Dialog::Record(_) => "Up/Down Move  Space Change  Enter Next  F1 Help  Esc Cancel",
                Dialog::Path { .. } => "Enter Save  ^U Clear  Esc Cancel",
                Dialog::Filter { .. } => "Enter Keep the filter  Esc No filter",
            }
            .into();
        }
        let on_body = self.focus == Focus::Body;
        let back = "Esc Back  ^O Save  ^C Quit";
        match self.page {
            Page::Earlier => "F1/? Help  Up/Down Move  Enter Select  ^C Quit".into(),
            Page::Host => {
                "F1/? Help  Up/Down Move  Enter Details  r Check again  / Filter  ^C Quit".into()
            }
            Page::Needs | Page::Settings if on_body => {
                format!("F1 Help  {}  ^N Next  {back}", self.field_keys())
            }
            Page::Needs | Page::Scheduler | Page::Overlay | Page::Settings => {
                format!("F1/? Help  Tab Move  Enter Select  e Explain  {back}")
            }
            Page::Interface => {
                format!("F1/? Help  Enter Select  e Explain  a All  / Filter  {back}")
            }
            Page::Plan => format!("F1/? Help  Up/Down Step  Enter Diff  r Again  {back}"),
            Page::Apply => "F1/? Help  l Full log  ^C Stop".into(),
            Page::Done => "F1/? Help  Tab Move  Enter Select  l Full log  q Finish".into(),
        }
    }

    fn field_keys(&self) -> &'static str {
        let id = match self.item() {
            Some(Item::Record(..)) => return "a Add  d Remove  Enter Edit",
            Some(Item::Field(id)) => id,
            _ => return "Tab Move",
        };
        let kind = questions::question(id).map(|question| question.kind);
        match (self.input(id), kind) {
            (_, Some(Kind::Records { .. })) => "Tab Move  a Add",
            (Some(Input::Many { .. }), _) => "Tab Move  Left/Right Which  Space Change",
            (Some(input), _) if input.takes_text() => "Tab Move  ^U Clear",
            _ => "Tab Move  Space Change",
        }
    }
}
