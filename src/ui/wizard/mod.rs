//! The wizard's model: what is shown and what each key does, without a
//! terminal. [`Wizard::update`] takes a message and returns what is to be done
//! outside; the pages are drawn from the model by [`crate::ui::view`].

mod acts;
pub mod bindings;
pub mod dialog;
mod dialog_keys;
mod explain;
mod failure;
pub mod form;
pub mod help;
mod hint;
pub mod input;
pub mod key;
mod keys;
mod message;
pub mod pages;
pub mod reading;
pub mod record;
pub mod run;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::answers::Answers;
use crate::apply::engine::Choice;
use crate::ui::backend::{Banner, Earlier, End, Finished, Inspection, Judged, Planned, Trouble};
use crate::ui::ladder;

pub use explain::explained;
pub use message::{Effect, Ending, Job, Msg};

use dialog::Dialog;
use failure::Failure;
use input::Input;
use reading::Drawn;
use run::RunView;

/// What is said while the bundle for support is put together.
const SUPPORT: &str = "Putting the support bundle together";

/// A page of the wizard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Page {
    /// An earlier run was found.
    Earlier,
    /// The host and its checks.
    Host,
    /// What the site wants.
    Needs,
    /// Which scheduler.
    Scheduler,
    /// Which private network.
    Overlay,
    /// Its settings, and how changes are made.
    Settings,
    /// Which interface.
    Interface,
    /// What would be done.
    Plan,
    /// It is being done.
    Apply,
    /// How it ended.
    Done,
}

/// What has the focus on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// The item of the body that the cursor is on.
    Body,
    /// A button, counted from the left.
    Button(usize),
}

/// A text under the body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note {
    /// The text.
    pub text: String,
    /// Whether it is an error.
    pub bad: bool,
    /// Whether the host's name is typed behind it.
    pub asks: bool,
}

/// The wizard.
#[derive(Debug, Clone)]
pub struct Wizard {
    /// The page.
    pub page: Page,
    /// What has the focus.
    pub focus: Focus,
    /// The item that the cursor is on, by page.
    cursors: BTreeMap<Page, usize>,
    /// Rows that the body was scrolled by.
    pub scroll: isize,
    /// The answers so far.
    pub answers: Answers,
    /// The host.
    pub banner: Banner,
    /// The earlier run.
    pub earlier: Option<Earlier>,
    /// What is known of the host.
    pub inspection: Option<Inspection>,
    /// What follows.
    pub judged: Option<Judged>,
    /// What would be done.
    pub planned: Option<Result<Planned, Vec<Trouble>>>,
    /// What is being done.
    pub run: Option<RunView>,
    /// How it ended.
    pub finished: Option<Finished>,
    /// Dialogs, the last one on top.
    pub dialogs: Vec<Dialog>,
    /// The text under the body.
    pub note: Option<Note>,
    /// What is being worked on since when.
    pub busy: Option<(String, Duration)>,
    /// Time since the start.
    pub now: Duration,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Plain look, whatever the terminal can do.
    pub basic: bool,
    /// What a list is filtered by.
    pub filter: String,
    /// All interfaces are shown.
    pub show_all: bool,
    /// Nothing may be changed: no run begins.
    pub dry_run: bool,
    /// What was read of the host, and since when.
    pub reading: Vec<(String, Duration)>,
    /// What was drawn last.
    pub drawn: Cell<Drawn>,
    /// The host's name was asked for and this was typed.
    pub host_name: crate::ui::editor::Editor,
    inputs: BTreeMap<&'static str, Input>,
    errors: BTreeMap<&'static str, String>,
    stale: bool,
    leaving: bool,
    /// The number of the plan that was asked for last.
    asked: u64,
    /// A bundle for support is being put together.
    supporting: bool,
    /// Those that were, for the last page.
    bundles: Vec<String>,
    /// The check that the cursor was on before the host was looked at again.
    finding: Option<String>,
    out: Vec<Effect>,
}

impl Wizard {
    /// A wizard with these answers to begin with.
    pub fn new(answers: Answers, size: (u16, u16)) -> Self {
        Self {
            page: Page::Host,
            focus: Focus::Body,
            cursors: BTreeMap::new(),
            scroll: 0,
            answers,
            banner: Banner::default(),
            earlier: None,
            inspection: None,
            judged: None,
            planned: None,
            run: None,
            finished: None,
            dialogs: Vec::new(),
            note: None,
            busy: None,
            now: Duration::ZERO,
            size,
            basic: false,
            filter: String::new(),
            show_all: false,
            dry_run: false,
            reading: Vec::new(),
            drawn: Cell::default(),
            host_name: crate::ui::editor::Editor::default(),
            inputs: BTreeMap::new(),
            errors: BTreeMap::new(),
            stale: false,
            leaving: false,
            asked: 0,
            supporting: false,
            bundles: Vec::new(),
            finding: None,
            out: Vec::new(),
        }
    }

    /// Takes a message; what is to be done about it.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Started(banner, earlier) => self.started(banner, *earlier),
            Msg::Key(key) => self.key(key),
            Msg::Paste(text) => self.paste(&text),
            Msg::Resize(columns, rows) => self.size = (columns, rows),
            Msg::Tick(now) => self.now = now,
            Msg::Inspected(banner, inspection) => {
                self.banner = banner;
                self.inspection = Some(inspection);
                // On the page of the plan it is the plan that is waited for.
                if self.page != Page::Plan {
                    self.busy = None;
                }
                self.stale = true;
                self.point_at_finding();
            }
            Msg::Reading(what) => self.reading.push((what, self.now)),
            Msg::Judged(Ok(judged)) => {
                let first = self.judged.is_none();
                self.judged = Some(*judged);
                if first {
                    self.point_at_choice();
                }
            }
            Msg::Judged(Err(troubles)) => {
                if let Some(first) = troubles.first() {
                    self.refuse(format!("{}: {}", first.id, first.text));
                }
            }
            // One of answers that were changed since is not shown, nor carried out.
            Msg::Planned(number, _) if number != self.asked => {}
            Msg::Planned(_, planned) => {
                self.busy = None;
                self.planned = Some(planned);
                // Keys that were meant for something else do not begin a run.
                if self.page == Page::Plan {
                    self.focus = Focus::Body;
                }
            }
            Msg::Saved(result) => self.saved(result),
            Msg::Supported(result) => self.supported(result),
            Msg::Explained(title, lines) => self.dialogs.push(Dialog::info(&title, lines)),
            Msg::Run(event) => {
                let now = self.now;
                if let Some(run) = &mut self.run {
                    run.event(event, now);
                }
            }
            Msg::Log(line) => {
                let now = self.now;
                if let Some(run) = &mut self.run {
                    run.log(&line, now);
                }
            }
            Msg::LogFile(path) => {
                if let Some(run) = &mut self.run {
                    run.log_file = Some(path);
                }
            }
            Msg::StepFailed { step, title, error } => {
                let steps = self.run.as_ref().map_or(0, |run| run.rows.len());
                if self.run.as_ref().is_some_and(|run| run.signal.is_some()) {
                    self.out.push(Effect::Reply(Choice::Keep));
                    return std::mem::take(&mut self.out);
                }
                let keep = self.keeps_on_failure();
                let failed = Dialog::failed(step, steps, &title, &Failure::of(&error), keep);
                // The question about stopping is answered by the failure.
                self.dialogs
                    .retain(|dialog| !matches!(dialog, Dialog::Stop { .. }));
                self.dialogs.push(failed);
            }
            Msg::Finished(finished) => self.ended(*finished),
            Msg::Broken(why) => self.out.push(Effect::Quit(Ending::Broken(why))),
            Msg::Terminate(signal) => self.terminate(signal),
        }
        self.settle();
        std::mem::take(&mut self.out)
    }

    /// Whether a run is changing the host now.
    pub fn is_running(&self) -> bool {
        self.run.is_some() && self.finished.is_none()
    }

    /// Whether the terminal is too small for the pages.
    pub fn too_small(&self) -> bool {
        let (columns, rows) = self.size;
        columns < ladder::LEAST_COLUMNS || rows < ladder::LEAST_ROWS
    }

    fn started(&mut self, banner: Banner, earlier: Option<Earlier>) {
        self.banner = banner;
        self.earlier = earlier;
        if self.earlier.is_some() {
            self.enter(Page::Earlier);
        } else {
            self.inspect();
        }
    }

    fn inspect(&mut self) {
        self.page = Page::Host;
        self.look_again();
        self.inspection = None;
    }

    /// Has the host looked at again; what is known of it stays until then.
    fn look_again(&mut self) {
        self.keep_finding();
        self.reading.clear();
        self.busy = Some(("Looking at this host".into(), self.now));
        self.out
            .push(Effect::Do(Job::Inspect(self.answers.clone())));
    }

    fn say(&mut self, text: impl Into<String>) {
        self.note = Some(Note {
            text: text.into(),
            ..Note::default()
        });
    }

    fn refuse(&mut self, text: impl Into<String>) {
        self.note = Some(Note {
            text: text.into(),
            bad: true,
            asks: false,
        });
    }

    fn saved(&mut self, result: Result<String, String>) {
        let leaving = std::mem::take(&mut self.leaving);
        match result {
            Ok(path) if leaving => {
                let saved = Some(path);
                self.out.push(Effect::Quit(Ending::Quit { saved }));
            }
            Ok(path) => self.say(format!("Saved: {path}")),
            Err(error) => self.refuse(error),
        }
    }

    fn supported(&mut self, result: Result<String, String>) {
        self.supporting = false;
        if self.busy.as_ref().is_some_and(|(what, _)| what == SUPPORT) {
            self.busy = None;
        }
        match result {
            Ok(bundle) => {
                if let Some(finished) = &mut self.finished {
                    finished.bundled(&bundle);
                }
                self.say(format!("Saved: {bundle}"));
                self.bundles.push(bundle);
            }
            Err(error) => self.refuse(error),
        }
    }

    fn ended(&mut self, mut finished: Finished) {
        if let (End::Refused { error, .. }, Some(run)) = (&finished.end, &self.run)
            && !run.begun
            && run.signal.is_none()
        {
            let (kind, error) = (run.kind, error.clone());
            return self.not_begun(kind, &error);
        }
        for bundle in &self.bundles {
            finished.bundled(bundle);
        }
        self.dialogs
            .retain(|dialog| matches!(dialog, Dialog::Log { .. }));
        let now = self.now;
        let signal = self.run.as_mut().and_then(|run| {
            run.ended = Some(now);
            run.signal
        });
        self.finished = Some(finished.clone());
        self.enter(Page::Done);
        // Nobody is there any more to look at the last page.
        if let Some(signal) = signal {
            let ending = match finished.end {
                End::NotBegun { .. } => Ending::Signal(signal),
                _ => Ending::Finished(Box::new(finished)),
            };
            self.out.push(Effect::Quit(ending));
        }
    }

    fn terminate(&mut self, signal: i32) {
        let ending = match (&mut self.run, &self.finished) {
            (Some(run), None) => {
                // A change that is under way is brought to its end; a step that
                // failed is kept, since nobody can be asked.
                run.signal = Some(signal);
                run.stopping = true;
                self.out.push(Effect::Stop(true));
                if self
                    .dialogs
                    .iter()
                    .any(|d| matches!(d, Dialog::Failed { .. }))
                {
                    self.dialogs.clear();
                    self.out.push(Effect::Reply(Choice::Keep));
                }
                return;
            }
            (_, Some(finished)) => Ending::Finished(Box::new(finished.clone())),
            (None, None) => Ending::Signal(signal),
        };
        self.out.push(Effect::Quit(ending));
    }

    fn paste(&mut self, text: &str) {
        // Not into a field that nobody sees.
        if self.too_small() {
            return;
        }
        if let Some(editor) = self.focused_editor() {
            editor.paste(text);
            self.touched();
        }
    }

    /// Brings everything back in order after a message.
    fn settle(&mut self) {
        self.make_inputs();
        let count = self.items().len();
        let cursor = self.cursors.entry(self.page).or_default();
        *cursor = (*cursor).min(count.saturating_sub(1));
        let buttons = self.buttons().len();
        if let Focus::Button(at) = self.focus
            && at >= buttons
        {
            self.focus = match buttons {
                0 => Focus::Body,
                n => Focus::Button(n - 1),
            };
        }
        if self.stale && self.inspection.is_some() && self.run.is_none() {
            self.stale = false;
            self.out.push(Effect::Do(Job::Judge(self.answers.clone())));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod bindings_tests;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod late_tests;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod random;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod run_tests;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
