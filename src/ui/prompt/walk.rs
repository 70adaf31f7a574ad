//! The way through the questions: what is asked, in which order, and what
//! follows. The pages are those of the wizard.

use super::watch::{Teller, tell};
use super::{Ask, Opt, Prompter, Reply, records};
use crate::answers::questions::Question;
use crate::answers::{Answers, Origin, Value};
use crate::ui::backend::{Backend, Judged};
use crate::ui::ladder::Chosen;
use crate::ui::tui::Left;
use crate::ui::verdicts;
use crate::ui::wizard::form::{questions_of, section};
use crate::ui::wizard::pages::STEPS;
use crate::ui::wizard::run::RunKind;
use crate::ui::wizard::{Ending, Page};

/// Where the walk stands.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stop {
    Host,
    Question(&'static Question, Page),
    Scheduler,
    Overlay,
    More,
    Interface,
    Plan,
}

impl Stop {
    fn page(self) -> Page {
        match self {
            Self::Host => Page::Host,
            Self::Question(_, page) => page,
            Self::Scheduler => Page::Scheduler,
            Self::Overlay => Page::Overlay,
            Self::More => Page::Settings,
            Self::Interface => Page::Interface,
            Self::Plan => Page::Plan,
        }
    }
}

/// What a stop came to.
pub(super) enum Step {
    On,
    Back,
    End(Ending),
}

pub(super) struct Walk<'a> {
    pub(super) backend: &'a mut dyn Backend,
    pub(super) prompter: &'a mut dyn Prompter,
    pub(super) answers: Answers,
    pub(super) judged: Option<Judged>,
    /// The settings that seldom matter are asked, too.
    pub(super) more: bool,
}

/// Walks through everything with this prompter.
///
/// # Errors
/// When the signals cannot be caught before a run.
pub fn walk(
    backend: &mut dyn Backend,
    prompter: &mut dyn Prompter,
    answers: Answers,
    chosen: &Chosen,
) -> std::io::Result<Left> {
    let line = chosen.first_line();
    prompter.say(&format!(
        "{line} Ctrl-C quits; nothing is changed before step 7."
    ));
    match prompter.manual() {
        "" => {}
        manual => prompter.say(manual),
    }
    let mut walk = Walk {
        backend,
        prompter,
        answers,
        judged: None,
        more: false,
    };
    let ending = match walk.earlier()? {
        Some(ending) => ending,
        None => walk.go()?,
    };
    let answers = walk.answers;
    Ok(Left { ending, answers })
}

pub(super) fn quit() -> Ending {
    Ending::Quit { saved: None }
}

impl Walk<'_> {
    /// Deals with an earlier run; none when the walk is to begin.
    fn earlier(&mut self) -> std::io::Result<Option<Ending>> {
        let Some(earlier) = self.backend.earlier() else {
            return Ok(None);
        };
        self.prompter.say("");
        self.prompter.say("An earlier run stopped on this host.");
        self.prompter.say(&format!("  When: {}", earlier.when));
        self.prompter.say(&format!("  Plan: {}", earlier.plan));
        for (n, (title, state)) in earlier.steps.iter().enumerate() {
            let word = crate::ui::wizard::run::state_word(*state);
            self.prompter
                .say(&format!("  {:>2}. {word:<6} {title}", n + 1));
        }
        let mut options = Vec::new();
        match &earlier.resume {
            Ok(()) => options.push(Opt::new("resume", "go on with it")),
            Err(why) => self.prompter.say(&format!("  It cannot go on: {why}")),
        }
        options.push(Opt::new("rollback", "undo what it did"));
        if earlier.answers.is_some() {
            options.push(Opt::new("again", "start anew with its answers"));
        }
        options.push(Opt::new("anew", "start anew with nothing filled in"));
        let ask = Ask {
            question: "What now?".into(),
            why: earlier.note.iter().cloned().collect(),
            back: false,
        };
        let Reply::Given(at) = self.prompter.pick(&ask, &options, 0) else {
            return Ok(Some(quit()));
        };
        let steps = earlier.steps.len();
        match options.get(at).map(|one| one.name.as_str()) {
            Some("resume") => self.run(steps, RunKind::Resume).map(Some),
            Some("rollback") => self.run(steps, RunKind::RollBack).map(Some),
            Some("again") => {
                self.answers = earlier.answers.unwrap_or_default();
                Ok(None)
            }
            _ => {
                self.answers = Answers::default();
                Ok(None)
            }
        }
    }

    pub(super) fn run(&mut self, steps: usize, kind: RunKind) -> std::io::Result<Ending> {
        let value = self.answers.get("apply.on-failure");
        let keep = value.as_ref().and_then(Value::text) == Some("keep");
        let finished = {
            let mut teller = Teller::new(self.prompter, steps, keep)?;
            match kind {
                RunKind::Apply => self.backend.apply(&mut teller),
                RunKind::Resume => self.backend.resume(&mut teller),
                RunKind::RollBack => self.backend.roll_back(&mut teller),
            }
        };
        self.prompter.say("");
        if kind == RunKind::Apply {
            self.prompter.say("Step 8 of 8: Done");
        }
        tell(self.prompter, &finished);
        Ok(Ending::Finished(Box::new(finished)))
    }

    /// Whether a question is asked: what a file or a flag says is not, unless
    /// the file wants it asked all the same.
    fn is_open(&self, id: &str) -> bool {
        let origin = self.answers.origin(id);
        matches!(origin, Origin::Default | Origin::Asked) || self.answers.wants_asked(id)
    }

    /// Everything that is asked, as things stand.
    fn stops(&self) -> Vec<Stop> {
        let decision = self.judged.as_ref().map(|judged| &judged.decision);
        let form = |page| questions_of(page, &self.answers, decision).into_iter();
        let open = |question: &&'static Question| self.is_open(question.id);
        let mut stops = vec![Stop::Host];
        stops.extend(
            form(Page::Needs)
                .filter(open)
                .map(|q| Stop::Question(q, Page::Needs)),
        );
        if self.is_open("scheduler") {
            stops.push(Stop::Scheduler);
        }
        let chosen = decision.and_then(|d| verdicts::choice(&self.answers, d).scheduler);
        if chosen.is_some() && self.is_open("overlay.kind") {
            stops.push(Stop::Overlay);
        }
        let (often, seldom): (Vec<_>, Vec<_>) = form(Page::Settings)
            .filter(open)
            .partition(|question| matches!(section(question), "Private network" | "Firewall"));
        let setting = |question| Stop::Question(question, Page::Settings);
        stops.extend(often.into_iter().map(setting));
        if !seldom.is_empty() {
            stops.push(Stop::More);
        }
        if self.more {
            stops.extend(seldom.into_iter().map(setting));
        }
        if self.is_open("interface.name") {
            stops.push(Stop::Interface);
        }
        stops.push(Stop::Plan);
        stops
    }

    fn go(&mut self) -> std::io::Result<Ending> {
        let mut stop = Stop::Host;
        let mut behind: Vec<Stop> = Vec::new();
        let mut page = None;
        loop {
            if page != Some(stop.page()) {
                self.heading(stop.page());
                page = Some(stop.page());
            }
            match self.visit(stop, !behind.is_empty())? {
                Step::On => {
                    self.judge();
                    let stops = self.stops();
                    let here = stops.iter().position(|one| *one == stop);
                    let next = here.and_then(|at| stops.get(at + 1)).copied();
                    behind.push(stop);
                    stop = next.unwrap_or(Stop::Plan);
                }
                Step::Back => stop = behind.pop().unwrap_or(Stop::Host),
                Step::End(ending) => return Ok(ending),
            }
        }
    }

    fn heading(&mut self, page: Page) {
        let name = match page {
            Page::Needs => "Scheduler: what the site needs",
            Page::Earlier | Page::Apply | Page::Done => return,
            page => page.name(),
        };
        let number = page.step().map_or(1, |step| step + 1);
        self.prompter.say("");
        self.prompter
            .say(&format!("Step {number} of {}: {name}", STEPS.len()));
    }

    fn judge(&mut self) {
        match self.backend.judge(&self.answers) {
            Ok(judged) => self.judged = Some(judged),
            Err(troubles) => {
                for trouble in troubles {
                    self.prompter
                        .say(&format!("{}: {}", trouble.id, trouble.text));
                }
            }
        }
    }

    fn visit(&mut self, stop: Stop, back: bool) -> std::io::Result<Step> {
        Ok(match stop {
            Stop::Host => self.host(),
            Stop::Question(question, _) => {
                match records::question(self.prompter, &mut self.answers, question, back) {
                    Reply::Given(()) => Step::On,
                    Reply::Back => Step::Back,
                    Reply::Stop => Step::End(quit()),
                }
            }
            Stop::Scheduler => {
                let all = self
                    .judged
                    .as_ref()
                    .map(|j| verdicts::schedulers(&j.decision));
                self.verdicts("scheduler", &all.unwrap_or_default())
            }
            Stop::Overlay => {
                let all = self.judged.as_ref().and_then(|judged| {
                    let chosen = verdicts::choice(&self.answers, &judged.decision).scheduler?;
                    Some(verdicts::overlays(&judged.decision, &chosen))
                });
                self.verdicts("overlay.kind", &all.unwrap_or_default())
            }
            Stop::More => self.more(),
            Stop::Interface => self.interface(),
            Stop::Plan => return self.plan(),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
