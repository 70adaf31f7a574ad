//! Dialogs: what stands over a page until it is answered. Esc always closes
//! them, with the answer that changes nothing.

use crate::apply::engine::Choice;
use crate::ui::editor::Editor;

use super::failure::Failure;
use super::input::{edit, turn};
use super::key::Key;
use super::reading::Para;
use super::record::RecordDialog;
use super::{Effect, Ending, Job, Wizard};

/// What a path is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathFor {
    /// The answers.
    Answers,
    /// The plan.
    Plan,
    /// The report.
    Report,
}

/// A dialog.
#[derive(Debug, Clone, PartialEq)]
pub enum Dialog {
    /// Whether to leave. 0 No, 1 Yes and save the answers, 2 Yes.
    Quit {
        /// The answer that has the focus.
        at: usize,
    },
    /// Whether to stop the run. 0 Go on, 1 Stop after this step.
    Stop {
        /// The answer that has the focus.
        at: usize,
        /// The command was told to stop, too.
        hard: bool,
        /// It was asked for already: the run stops after this step.
        asked: bool,
    },
    /// A step failed.
    Failed {
        /// The dialog's title.
        title: String,
        /// The step and its error.
        paras: Vec<Para>,
        /// Lines of it scrolled.
        scroll: usize,
        /// What can be done, in words.
        choices: Vec<(Choice, String)>,
        /// The choice that has the focus; after the last one, the log.
        at: usize,
    },
    /// Something to read.
    Info {
        /// Its title.
        title: String,
        /// What is to be read.
        paras: Vec<Para>,
        /// Lines scrolled.
        scroll: usize,
    },
    /// The log.
    Log {
        /// Lines scrolled up from the end.
        up: usize,
        /// Long lines are wrapped.
        wrap: bool,
    },
    /// A record.
    Record(Box<RecordDialog>),
    /// A path to save to.
    Path {
        /// What is saved.
        what: PathFor,
        /// The path.
        editor: Editor,
    },
    /// What a list is filtered by.
    Filter {
        /// The words.
        editor: Editor,
    },
}

impl Dialog {
    /// Something to read.
    pub fn info(title: &str, paras: impl IntoIterator<Item = impl Into<Para>>) -> Self {
        Self::Info {
            title: title.to_owned(),
            paras: paras.into_iter().map(Into::into).collect(),
            scroll: 0,
        }
    }

    /// The log, at its end.
    pub fn log() -> Self {
        Self::Log { up: 0, wrap: false }
    }

    /// A step failed: `keep` puts the focus on keeping what is done.
    pub fn failed(step: usize, steps: usize, title: &str, failure: &Failure, keep: bool) -> Self {
        let mut paras = vec![Para::new("", title)];
        paras.extend(failure.paras());
        let undo = match step {
            0 => "Undo this step and stop".to_owned(),
            _ => format!("Undo steps {}..1 and stop", step + 1),
        };
        let choices = vec![
            (Choice::Undo, undo),
            (Choice::Retry, format!("Try step {} again", step + 1)),
            (
                Choice::Keep,
                "Keep what is done (later: groundcrew resume)".to_owned(),
            ),
        ];
        let at = choices
            .iter()
            .position(|(choice, _)| (*choice == Choice::Keep) == keep);
        Self::Failed {
            title: format!("Step {} of {steps} failed", step + 1),
            paras,
            scroll: 0,
            choices,
            at: at.unwrap_or(0),
        }
    }
}

impl Wizard {
    /// Control-C on a page.
    pub(super) fn interrupt(&mut self) {
        match (&self.run, &self.finished) {
            (_, Some(_)) => self.push(super::pages::Button::Finish),
            (Some(run), None) => {
                // Said once already: now it is about the command.
                let asked = run.stopping;
                self.dialogs.push(Dialog::Stop {
                    at: 1,
                    hard: false,
                    asked,
                });
            }
            (None, None) => self.dialogs.push(Dialog::Quit { at: 0 }),
        }
    }

    pub(super) fn ask_path(&mut self, what: PathFor) {
        let path = match what {
            PathFor::Answers => "answers.yaml",
            PathFor::Plan => "plan.json",
            PathFor::Report => "report.md",
        };
        self.commit_all();
        let editor = Editor::new(path);
        self.dialogs.push(Dialog::Path { what, editor });
    }

    /// A key for the dialog on top, which was taken off.
    pub(super) fn dialog_key(&mut self, dialog: Dialog, key: Key) {
        match dialog {
            Dialog::Quit { at } => self.quit_key(at, key),
            Dialog::Stop { at, hard, asked } => self.stop_key((at, hard, asked), key),
            Dialog::Failed { .. } => self.failed_key(dialog, key),
            Dialog::Info {
                title,
                paras,
                scroll,
            } => {
                if let Some(scroll) = self.scrolled(scroll, key) {
                    self.dialogs.push(Dialog::Info {
                        title,
                        paras,
                        scroll,
                    });
                }
            }
            Dialog::Log { up, wrap } => {
                let wrap = wrap ^ (key == Key::Char('w'));
                // Scrolling is counted from the end.
                let key = match key.moved() {
                    Key::Up => Key::Down,
                    Key::Down => Key::Up,
                    Key::PageUp => Key::PageDown,
                    Key::PageDown => Key::PageUp,
                    Key::Home => Key::End,
                    Key::End => Key::Home,
                    // The log does not hide the way to stop the run, and of one that
                    // has ended it is only closed.
                    Key::Ctrl('c') if self.finished.is_some() => return,
                    Key::Ctrl('c') => {
                        self.dialogs.push(Dialog::Log { up, wrap });
                        return self.interrupt();
                    }
                    other => other,
                };
                if let Some(up) = self.scrolled(up, key) {
                    self.dialogs.push(Dialog::Log { up, wrap });
                }
            }
            Dialog::Record(record) => self.record_key(record, key),
            Dialog::Path { what, editor } => self.path_key(what, editor, key),
            Dialog::Filter { mut editor } => match key {
                Key::Esc | Key::Ctrl('c') => self.filter.clear(),
                Key::Enter | Key::Up | Key::Down | Key::Tab => {}
                key => {
                    edit(&mut editor, key);
                    editor.text().clone_into(&mut self.filter);
                    self.dialogs.push(Dialog::Filter { editor });
                }
            },
        }
    }

    fn quit_key(&mut self, at: usize, key: Key) {
        let leave = Effect::Quit(Ending::Quit { saved: None });
        match key.moved() {
            Key::Esc | Key::Char('n') => {}
            Key::Ctrl('c') | Key::Char('y') => self.out.push(leave),
            Key::Enter | Key::Char(' ') => match at {
                1 => {
                    self.leaving = true;
                    self.ask_path(PathFor::Answers);
                }
                2 => self.out.push(leave),
                _ => {}
            },
            key => {
                let at = moved(at, 3, key);
                self.dialogs.push(Dialog::Quit { at });
            }
        }
    }

    fn stop_key(&mut self, (at, hard, asked): (usize, bool, bool), key: Key) {
        match key.moved() {
            Key::Esc | Key::Char('n') => {}
            Key::Ctrl('c') => {
                self.stop(true);
                self.out.push(Effect::StopCommand);
                self.dialogs.push(Dialog::Stop {
                    at: 1,
                    hard: true,
                    asked: true,
                });
            }
            Key::Char('y') => self.stop(true),
            Key::Enter | Key::Char(' ') => self.stop(at == 1),
            key => {
                let at = moved(at, 2, key);
                self.dialogs.push(Dialog::Stop { at, hard, asked });
            }
        }
    }

    fn stop(&mut self, stop: bool) {
        if let Some(run) = &mut self.run {
            if !stop && run.signal.is_some() {
                return self.refuse("The program was told to end: it stops after this step.");
            }
            run.stopping = stop;
            self.out.push(Effect::Stop(stop));
        }
    }

    fn failed_key(&mut self, mut dialog: Dialog, key: Key) {
        let Dialog::Failed {
            choices,
            at,
            scroll,
            ..
        } = &mut dialog
        else {
            return;
        };
        let key = key.moved();
        match key {
            Key::Enter | Key::Char(' ') => {
                if let Some((choice, _)) = choices.get(*at) {
                    self.out.push(Effect::Reply(*choice));
                    return;
                }
                self.dialogs.push(dialog);
                self.dialogs.push(Dialog::log());
                return;
            }
            Key::Char('l') => {
                self.dialogs.push(dialog);
                self.dialogs.push(Dialog::log());
                return;
            }
            Key::Char('s') => self.save_for_support(),
            Key::PageUp | Key::PageDown => {
                *scroll = self.scrolled(*scroll, key).unwrap_or(*scroll);
            }
            // The run waits: there is no way around a choice.
            Key::Esc | Key::Ctrl('c') => self.say("The run waits for a choice."),
            key => *at = moved(*at, choices.len() + 1, key),
        }
        self.dialogs.push(dialog);
    }

    fn path_key(&mut self, what: PathFor, mut editor: Editor, key: Key) {
        match key {
            Key::Esc | Key::Ctrl('c') => self.leaving = false,
            Key::Enter if !editor.trimmed().is_empty() => {
                let path = editor.trimmed().to_owned();
                self.out.push(Effect::Do(match what {
                    PathFor::Answers => Job::SaveAnswers(self.answers.clone(), path),
                    PathFor::Plan => Job::SavePlan(path),
                    PathFor::Report => Job::SaveReport(path),
                }));
            }
            key => {
                edit(&mut editor, key);
                self.dialogs.push(Dialog::Path { what, editor });
            }
        }
    }
}

impl Wizard {
    /// The first line of a dialog after a key; none when it is closed by it.
    fn scrolled(&self, at: usize, key: Key) -> Option<usize> {
        let drawn = self.drawn.get();
        let (last, page) = (drawn.last, drawn.page.max(2) - 1);
        let at = at.min(last);
        Some(match key.moved() {
            Key::Up => at.saturating_sub(1),
            Key::Down => at.saturating_add(1).min(last),
            Key::PageUp => at.saturating_sub(page),
            Key::PageDown => at.saturating_add(page).min(last),
            Key::Home => 0,
            Key::End => last,
            Key::Esc | Key::Enter | Key::Char('q' | ' ') | Key::Ctrl('c') => return None,
            _ => at,
        })
    }
}

/// The answer after an arrow.
fn moved(at: usize, count: usize, key: Key) -> usize {
    match key {
        Key::Left | Key::Up | Key::BackTab => turn(at, count, false),
        Key::Right | Key::Down | Key::Tab => turn(at, count, true),
        _ => at,
    }
}
