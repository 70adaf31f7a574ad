//! Forms: which questions stand on a page, their widgets, and the way of what
//! is typed into the answers.

use crate::answers::questions::{self, Kind, Question};
use crate::answers::{Answers, Problem, Value};
use crate::judge::decide::Decision;
use crate::ui::verdicts;

use super::input::{Draft, Input};
use super::{Page, Wizard};

/// The heading under which a question stands in a long form.
pub fn section(question: &Question) -> &'static str {
    match question.page {
        questions::Page::Settings if question.id.starts_with("overlay.") => "Private network",
        questions::Page::Settings if question.id.starts_with("docker.") => "Docker",
        questions::Page::Settings if question.id.starts_with("swarm.") => "Docker Swarm",
        questions::Page::Settings if question.id.starts_with("kubernetes.") => "Kubernetes",
        questions::Page::Settings => "Firewall",
        questions::Page::Apply if question.id.starts_with("replicated.") => "Replicated",
        questions::Page::Apply => "How changes are made",
        questions::Page::Report => "Reports",
        questions::Page::Host => "This host",
        _ => "",
    }
}

/// The questions of a form, in order, those that matter only.
pub fn questions_of(
    page: Page,
    answers: &Answers,
    decision: Option<&Decision>,
) -> Vec<&'static Question> {
    let pages: &[questions::Page] = match page {
        Page::Needs => &[questions::Page::Needs],
        Page::Settings => &[
            questions::Page::Settings,
            questions::Page::Host,
            questions::Page::Apply,
            questions::Page::Report,
        ],
        _ => &[],
    };
    let choice = decision.map(|decision| verdicts::choice(answers, decision));
    let (scheduler, overlay) = choice.map_or((None, None), |c| (c.scheduler, c.overlay));
    let for_overlay = |question: &Question| match question.id {
        "overlay.kind" => false,
        "overlay.network" => overlay.as_deref() != Some("none"),
        id if id.starts_with("overlay.wireguard.") => {
            matches!(overlay.as_deref(), None | Some("wireguard"))
        }
        id if id.starts_with("overlay.zerotier.") => overlay.as_deref() == Some("zerotier"),
        id if id.starts_with("overlay.flannel.") => overlay.as_deref() == Some("flannel"),
        "overlay.address" => matches!(overlay.as_deref(), None | Some("wireguard" | "zerotier")),
        id if id.starts_with("overlay.") => overlay.as_deref() != Some("none"),
        id if id.starts_with("swarm.") => scheduler.as_deref() == Some("swarm"),
        id if id.starts_with("kubernetes.") => scheduler.as_deref() == Some("kubernetes"),
        // Waivers are given on the page that shows what fails.
        "preflight.waive" => false,
        _ => true,
    };
    let all = pages.iter().flat_map(|page| questions::on_page(*page));
    let all = all.filter(|question| answers.applies(question) && for_overlay(question));
    let mut all: Vec<&'static Question> = all.collect();
    // What stands under one heading stands together.
    let mut headings: Vec<&str> = Vec::new();
    for question in &all {
        let heading = section(question);
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    all.sort_by_key(|question| headings.iter().position(|one| *one == section(question)));
    all
}

/// What is wrong, in one line.
pub fn problem_text(problem: &Problem) -> String {
    match &problem.hint {
        Some(hint) => format!("{}; {hint}", problem.text),
        None => problem.text.clone(),
    }
}

impl Wizard {
    /// The questions of the page.
    pub fn form(&self) -> Vec<&'static Question> {
        let decision = self.judged.as_ref().map(|judged| &judged.decision);
        questions_of(self.page, &self.answers, decision)
    }

    /// The widget of a question.
    pub fn input(&self, id: &str) -> Option<&Input> {
        self.inputs.get(id)
    }

    pub(super) fn input_mut(&mut self, id: &str) -> Option<&mut Input> {
        self.inputs.get_mut(id)
    }

    /// What is wrong with what was typed.
    pub fn error(&self, id: &str) -> Option<&str> {
        self.errors.get(id).map(String::as_str)
    }

    /// What the host says of an answer, where it is the one that was judged.
    pub fn remark(&self, id: &str) -> Option<&crate::ui::backend::Remark> {
        let remark = self.judged.as_ref()?.remarks.get(id)?;
        let answer = self.answers.get(id).map(|value| value.show());
        // An answer that came after has not been looked at yet.
        if answer != remark.of {
            return None;
        }
        // What is being typed is another answer, or none yet.
        let typed = match self.input(id)? {
            Input::Text(editor) => editor.trimmed().to_owned(),
            _ => return Some(remark),
        };
        let same = answer.is_some_and(|answer| answer.trim_matches('"') == typed);
        (same && self.error(id).is_none()).then_some(remark)
    }

    /// Errors on this page.
    pub fn error_count(&self) -> usize {
        let form = self.form();
        form.iter()
            .filter(|q| self.errors.contains_key(q.id))
            .count()
    }

    /// The records of a question.
    pub fn records(&self, id: &str) -> Vec<Value> {
        let value = self.answers.get(id);
        value
            .map(|value| value.items().to_vec())
            .unwrap_or_default()
    }

    pub(super) fn make_inputs(&mut self) {
        for question in self.form() {
            if !self.inputs.contains_key(question.id) {
                let value = self.answers.get(question.id);
                let input = Input::new(&question.kind, false, value.as_ref());
                self.inputs.insert(question.id, input);
            }
        }
    }

    /// Forgets what was typed: the answers were replaced.
    pub(super) fn reset_inputs(&mut self) {
        self.inputs.clear();
        self.errors.clear();
        self.stale = true;
    }

    /// Takes what a widget holds into the answers; whether it is good.
    pub(super) fn commit(&mut self, id: &'static str) -> bool {
        let (Some(question), Some(input)) = (questions::question(id), self.inputs.get(id)) else {
            return true;
        };
        if matches!(question.kind, Kind::Records { .. }) {
            return !self.errors.contains_key(id);
        }
        let before = self.answers.get(id);
        let draft = input.draft();
        if draft == Input::new(&question.kind, false, before.as_ref()).draft() {
            self.errors.remove(id);
            return true;
        }
        let result = match draft {
            Draft::Nothing => {
                self.answers.unset(id);
                Ok(())
            }
            Draft::Text(text) => self.answers.set_text(id, &text),
            Draft::Value(value) => self.answers.set(id, value),
        };
        match result {
            Ok(()) => {
                self.errors.remove(id);
                let now = self.answers.get(id);
                // As the answers have it; an emptied field shows its default.
                let mut input = Input::new(&question.kind, false, now.as_ref());
                if let (Input::Many { at: new, .. }, Some(Input::Many { at, .. })) =
                    (&mut input, self.inputs.get(id))
                {
                    *new = *at;
                }
                self.inputs.insert(id, input);
                self.stale |= before != now;
                true
            }
            Err(problem) => {
                self.errors.insert(id, problem_text(&problem));
                false
            }
        }
    }

    /// Takes all widgets of the page into the answers; whether all are good.
    pub(super) fn commit_all(&mut self) -> bool {
        let ids: Vec<_> = self.form().iter().map(|question| question.id).collect();
        let mut good = true;
        for id in ids {
            good &= self.commit(id);
        }
        // What no longer matters is not in the way.
        good || self.error_count() == 0
    }

    /// Something was typed: its error no longer stands.
    pub(super) fn touched(&mut self) {
        self.note = None;
        if let Some(super::pages::Item::Field(id)) = self.item()
            && self.dialogs.is_empty()
        {
            self.errors.remove(id);
        }
    }

    /// Sets an answer that a list was chosen for.
    pub(super) fn choose(&mut self, id: &'static str, value: &str) {
        match self.answers.set_text(id, value) {
            Ok(()) => {
                self.inputs.remove(id);
                self.stale = true;
            }
            Err(problem) => self.refuse(problem_text(&problem)),
        }
    }

    /// Whether the answers say that a failed run is kept.
    pub(super) fn keeps_on_failure(&self) -> bool {
        let value = self.answers.get("apply.on-failure");
        value.as_ref().and_then(Value::text) == Some("keep")
    }
}
