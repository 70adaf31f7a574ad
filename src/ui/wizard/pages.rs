//! Pages: what can be pointed at on each, its buttons, and what keys do there.

use crate::answers::questions::Kind;
use crate::ui::backend::Finding;
use crate::ui::verdicts::{self, InterfaceRow, Verdict};

use super::form::questions_of;
use super::{Effect, Focus, Job, Page, Wizard};

/// Interfaces that are shown at least until all are asked for, and the rows that
/// the rest of their page needs: a large terminal shows more.
const FEW: usize = 5;
const OTHER_ROWS: u16 = 19;

/// The steps of the bar at the top.
pub const STEPS: [&str; 8] = [
    "Host",
    "Scheduler",
    "Overlay",
    "Settings",
    "Interface",
    "Plan",
    "Apply",
    "Done",
];

/// Something on a page that the cursor can be on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// What is done about an earlier run.
    Earlier(Begin),
    /// A check, by its place in the inspection.
    Finding(usize),
    /// A scheduler.
    Scheduler(String),
    /// An overlay.
    Overlay(String),
    /// A question.
    Field(&'static str),
    /// A record of a question.
    Record(&'static str, usize),
    /// An interface.
    Interface(String),
    /// A step of the plan.
    Step(usize),
    /// Something in the way of the plan, by its place.
    Trouble(usize),
}

/// What is done about an earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// Go on with it.
    Resume,
    /// Take it back.
    RollBack,
    /// Start anew with its answers.
    Again,
    /// Start anew.
    Anew,
}

/// A button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// Leave.
    Quit,
    /// To the page before.
    Back,
    /// To the page after.
    Next,
    /// Take what the cursor is on.
    Select,
    /// Look at the host again.
    CheckAgain,
    /// Waive a check.
    Waive,
    /// Show all or few interfaces.
    ShowAll,
    /// Save the answers.
    SaveAnswers,
    /// Save the plan.
    SavePlan,
    /// Probe the steps again.
    DryRun,
    /// Carry the plan out.
    Apply,
    /// Stop after the step that runs.
    Stop,
    /// Save the report.
    SaveReport,
    /// Leave after a run.
    Finish,
}

impl Page {
    /// The step of the bar at the top, from 0.
    pub fn step(self) -> Option<usize> {
        Some(match self {
            Self::Earlier => return None,
            Self::Host => 0,
            Self::Needs | Self::Scheduler => 1,
            Self::Overlay => 2,
            Self::Settings => 3,
            Self::Interface => 4,
            Self::Plan => 5,
            Self::Apply => 6,
            Self::Done => 7,
        })
    }

    /// The word of the bar for the page.
    pub fn name(self) -> &'static str {
        let step = self.step().and_then(|step| STEPS.get(step));
        step.copied().unwrap_or("Earlier run")
    }

    fn next(self) -> Option<Self> {
        Some(match self {
            Self::Host => Self::Needs,
            Self::Needs => Self::Scheduler,
            Self::Scheduler => Self::Overlay,
            Self::Overlay => Self::Settings,
            Self::Settings => Self::Interface,
            Self::Interface => Self::Plan,
            Self::Earlier | Self::Plan | Self::Apply | Self::Done => return None,
        })
    }

    pub(super) fn back(self) -> Option<Self> {
        Some(match self {
            Self::Needs => Self::Host,
            Self::Scheduler => Self::Needs,
            Self::Overlay => Self::Scheduler,
            Self::Settings => Self::Overlay,
            Self::Interface => Self::Settings,
            Self::Plan => Self::Interface,
            Self::Earlier | Self::Host | Self::Apply | Self::Done => return None,
        })
    }
}

impl Wizard {
    /// What the cursor can be on, from the top.
    pub fn items(&self) -> Vec<Item> {
        match self.page {
            Page::Earlier => self.beginnings().into_iter().map(Item::Earlier).collect(),
            Page::Host => {
                let shown = self.findings().into_iter();
                shown.map(|(index, _)| Item::Finding(index)).collect()
            }
            Page::Scheduler => self
                .schedulers()
                .into_iter()
                .map(|v| Item::Scheduler(v.value))
                .collect(),
            Page::Overlay => self
                .overlays()
                .into_iter()
                .map(|v| Item::Overlay(v.value))
                .collect(),
            Page::Needs | Page::Settings => {
                let mut items = Vec::new();
                for question in self.form() {
                    items.push(Item::Field(question.id));
                    if matches!(question.kind, Kind::Records { .. }) {
                        let count = self.records(question.id).len();
                        items.extend((0..count).map(|n| Item::Record(question.id, n)));
                    }
                }
                items
            }
            Page::Interface => {
                let rows = self.interfaces().into_iter();
                rows.map(|row| Item::Interface(row.name)).collect()
            }
            Page::Plan => match &self.planned {
                Some(Ok(planned)) => (0..planned.steps.len()).map(Item::Step).collect(),
                Some(Err(troubles)) => (0..troubles.len()).map(Item::Trouble).collect(),
                None => Vec::new(),
            },
            Page::Apply | Page::Done => Vec::new(),
        }
    }

    /// The place of the cursor among the items.
    pub fn cursor(&self) -> usize {
        self.cursors.get(&self.page).copied().unwrap_or(0)
    }

    /// What the cursor is on.
    pub fn item(&self) -> Option<Item> {
        self.items().into_iter().nth(self.cursor())
    }

    /// The buttons, from the left.
    pub fn buttons(&self) -> Vec<Button> {
        use Button::*;
        match self.page {
            Page::Earlier => vec![Quit, Select],
            Page::Host => vec![Quit, CheckAgain, Waive, Next],
            Page::Needs | Page::Scheduler | Page::Overlay | Page::Settings => vec![Back, Next],
            Page::Interface if self.interface_count() > self.few() => vec![Back, ShowAll, Next],
            Page::Interface => vec![Back, Next],
            Page::Plan => vec![Back, SaveAnswers, SavePlan, DryRun, Apply],
            Page::Apply => vec![Stop],
            Page::Done => vec![SaveReport, Finish],
        }
    }

    /// What can be done about an earlier run.
    fn beginnings(&self) -> Vec<Begin> {
        let Some(earlier) = &self.earlier else {
            return Vec::new();
        };
        let mut out = Vec::new();
        if earlier.resume.is_ok() {
            out.push(Begin::Resume);
        }
        out.push(Begin::RollBack);
        if earlier.answers.is_some() {
            out.push(Begin::Again);
        }
        out.push(Begin::Anew);
        out
    }

    /// The checks that the filter lets through, with their places.
    pub fn findings(&self) -> Vec<(usize, &Finding)> {
        let wanted = self.filter.to_lowercase();
        let all = self
            .inspection
            .iter()
            .flat_map(|inspection| &inspection.findings);
        let shown = all.enumerate().filter(|(_, finding)| {
            let text = format!("{} {} {}", finding.id, finding.status.word(), finding.title);
            text.to_lowercase().contains(&wanted)
        });
        shown.collect()
    }

    /// The schedulers with their verdicts.
    pub fn schedulers(&self) -> Vec<Verdict> {
        let judged = self.judged.as_ref();
        judged
            .map(|j| verdicts::schedulers(&j.decision))
            .unwrap_or_default()
    }

    /// The overlays with their verdicts.
    pub fn overlays(&self) -> Vec<Verdict> {
        match (&self.judged, self.choice().scheduler) {
            (Some(judged), Some(scheduler)) => verdicts::overlays(&judged.decision, &scheduler),
            _ => Vec::new(),
        }
    }

    /// What is chosen so far.
    pub fn choice(&self) -> verdicts::Choice {
        let judged = self.judged.as_ref();
        judged
            .map(|judged| verdicts::choice(&self.answers, &judged.decision))
            .unwrap_or_default()
    }

    /// The interfaces that are shown.
    pub fn interfaces(&self) -> Vec<InterfaceRow> {
        let all = self
            .judged
            .as_ref()
            .map(verdicts::interface_rows)
            .unwrap_or_default();
        let wanted = self.filter.to_lowercase();
        let fits = |row: &InterfaceRow| {
            let text = format!("{} {} {} {}", row.name, row.address, row.kind, row.words());
            text.to_lowercase().contains(&wanted)
        };
        // What is searched for is searched for everywhere.
        let all_shown = self.show_all || !wanted.is_empty();
        let few = if all_shown { usize::MAX } else { self.few() };
        all.into_iter().filter(fits).take(few).collect()
    }

    /// Interfaces that are shown until all are asked for.
    fn few(&self) -> usize {
        FEW.max(usize::from(self.size.1.saturating_sub(OTHER_ROWS)))
    }

    /// Interfaces in all.
    pub fn interface_count(&self) -> usize {
        let judged = self.judged.as_ref();
        judged.map_or(0, |judged| judged.interfaces.candidates.len())
    }

    /// Steps of the plan that cannot be undone, from 0.
    pub fn not_undoable(&self) -> Vec<usize> {
        let Some(Ok(planned)) = &self.planned else {
            return Vec::new();
        };
        let steps = planned.steps.iter().enumerate();
        steps
            .filter(|(_, step)| step.undo.is_none())
            .map(|(n, _)| n)
            .collect()
    }

    /// Where something in the way of the plan is answered: the page, and what the
    /// cursor is on there.
    pub fn place_of(&self, trouble: usize) -> Option<(Page, Item)> {
        let Some(Err(troubles)) = &self.planned else {
            return None;
        };
        let id = troubles.get(trouble)?.id.as_str();
        let decision = self.judged.as_ref().map(|judged| &judged.decision);
        for page in [Page::Needs, Page::Settings] {
            // A row of a table is below its question.
            let form = questions_of(page, &self.answers, decision);
            let question = form.iter().find(|question| {
                let rest = id.strip_prefix(question.id);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
            });
            if let Some(question) = question {
                return Some((page, Item::Field(question.id)));
            }
        }
        let choice = self.choice();
        match id {
            "scheduler" => Some((Page::Scheduler, Item::Scheduler(choice.scheduler?))),
            "overlay.kind" => Some((Page::Overlay, Item::Overlay(choice.overlay?))),
            id if id.starts_with("interface.") => {
                let first = self.interfaces().into_iter().next()?;
                Some((Page::Interface, Item::Interface(first.name)))
            }
            _ => None,
        }
    }

    /// Goes to where that is answered.
    pub(super) fn mend(&mut self, trouble: usize) {
        let Some((page, item)) = self.place_of(trouble) else {
            return;
        };
        self.enter(page);
        if let Some(at) = self.items().iter().position(|one| *one == item) {
            self.cursors.insert(page, at);
        }
    }

    /// Goes to a page.
    pub(super) fn enter(&mut self, page: Page) {
        self.page = page;
        self.focus = Focus::Body;
        self.scroll = 0;
        self.note = None;
        self.filter.clear();
        if page == Page::Plan {
            self.planned = None;
            self.host_name.clear();
            self.busy = Some(("Making the plan".into(), self.now));
            self.asked += 1;
            let job = Job::Plan(self.asked, self.answers.clone());
            self.out.push(Effect::Do(job));
        }
        if matches!(page, Page::Apply) {
            self.focus = Focus::Button(0);
        }
        if page == Page::Done {
            self.focus = Focus::Button(1);
        }
        self.make_inputs();
        self.point_at_choice();
    }

    /// Puts the cursor on what is chosen.
    pub(super) fn point_at_choice(&mut self) {
        let chosen = match self.page {
            Page::Scheduler => self.choice().scheduler.map(Item::Scheduler),
            Page::Overlay => self.choice().overlay.map(Item::Overlay),
            Page::Interface => {
                let judged = self.judged.as_ref();
                judged
                    .and_then(|judged| judged.interfaces.pick.clone())
                    .map(Item::Interface)
            }
            _ => None,
        };
        if let Some(at) = chosen.and_then(|one| self.items().iter().position(|item| *item == one)) {
            self.cursors.insert(self.page, at);
        }
    }

    pub(super) fn next_page(&mut self) {
        if !self.commit_all() {
            let form = self.form();
            let bad = form
                .iter()
                .find(|question| self.error(question.id).is_some());
            let Some(bad) = bad.copied() else { return };
            let text = self.error(bad.id).unwrap_or_default().to_owned();
            let at = self
                .items()
                .iter()
                .position(|item| *item == Item::Field(bad.id));
            self.cursors.insert(self.page, at.unwrap_or(0));
            self.focus = Focus::Body;
            self.refuse(format!("{}: {text}", bad.prompt));
            return;
        }
        if self.page == Page::Host && self.inspection.is_none() {
            self.refuse("The host is still being looked at.");
            return;
        }
        if let Some(next) = self.page.next() {
            self.enter(next);
        }
    }

    pub(super) fn back_page(&mut self) {
        // What is typed is kept even where it is not good yet.
        self.commit_all();
        match self.page.back() {
            Some(back) => self.enter(back),
            None if self.page == Page::Host && self.earlier.is_some() => self.enter(Page::Earlier),
            None if self.page == Page::Done => self.say("The run has ended: < Finish > leaves."),
            None => self.say("This is the first page: Ctrl-C quits."),
        }
    }
}
