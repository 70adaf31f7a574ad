//! A wizard that is played in tests, with a host behind it.

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::draw;
use crate::answers::Answers;
use crate::ui::backend::Backend;
use crate::ui::sample::Sample;
use crate::ui::theme::Theme;
use crate::ui::wizard::key::Key;
use crate::ui::wizard::{Effect, Ending, Focus, Job, Msg, Page, Wizard, explained};

/// A wizard with the host behind it: what it wants done is done at once.
pub struct Played {
    pub wizard: Wizard,
    pub host: Sample,
    pub quit: Option<Ending>,
    pub effects: Vec<Effect>,
    /// Plans take time.
    pub slow: bool,
}

impl Played {
    pub fn new(mut host: Sample, answers: Answers) -> Self {
        let mut wizard = Wizard::new(answers, (80, 24));
        let started = Msg::Started(host.banner(), Box::new(host.earlier()));
        let effects = wizard.update(started);
        let mut played = Self {
            wizard,
            host,
            quit: None,
            effects: Vec::new(),
            slow: false,
        };
        played.work(effects);
        played
    }

    pub fn tell(&mut self, msg: Msg) {
        let effects = self.wizard.update(msg);
        self.work(effects);
    }

    pub fn keys(&mut self, keys: &[Key]) {
        keys.iter().for_each(|key| self.tell(Msg::Key(*key)));
    }

    pub fn words(&mut self, text: &str) {
        text.chars().for_each(|c| self.tell(Msg::Key(Key::Char(c))));
    }

    /// Goes on to a page with the button.
    pub fn go(&mut self, page: Page) {
        for _ in 0..12 {
            if self.wizard.page == page {
                return;
            }
            self.wizard.focus = Focus::Button(self.wizard.buttons().len() - 1);
            self.tell(Msg::Key(Key::Enter));
        }
        panic!(
            "{page:?} was not reached from {:?}: {:?}",
            self.wizard.page, self.wizard.note
        );
    }

    fn work(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.effects.push(effect.clone());
            let host = &mut self.host;
            let msg = match effect {
                Effect::Do(Job::Inspect(answers)) => {
                    Msg::Inspected(host.banner(), host.inspect(&answers))
                }
                Effect::Do(Job::Judge(answers)) => Msg::Judged(host.judge(&answers).map(Box::new)),
                // Held back: the test tells it itself.
                Effect::Do(Job::Plan(..)) if self.slow => continue,
                Effect::Do(Job::Plan(number, answers)) => Msg::Planned(number, host.plan(&answers)),
                Effect::Do(Job::SaveAnswers(answers, path)) => {
                    Msg::Saved(host.save_answers(&answers, &path))
                }
                Effect::Do(Job::SavePlan(path)) => Msg::Saved(host.save_plan(&path)),
                Effect::Do(Job::SaveReport(path)) => Msg::Saved(host.save_report(&path)),
                Effect::Do(Job::DryRun) => Msg::Explained("Dry run".into(), host.dry_run()),
                Effect::Do(Job::ExplainAll { title, lines, ids }) => {
                    let lines = explained(host, lines, &ids);
                    Msg::Explained(title, lines)
                }
                Effect::Support => Msg::Supported(Ok("groundcrew-capture.tar.gz".into())),
                Effect::Do(Job::Explain(id)) => {
                    let lines = host.explain(&id);
                    Msg::Explained(id, lines)
                }
                Effect::Quit(ending) => {
                    self.quit = Some(ending);
                    continue;
                }
                _ => continue,
            };
            self.tell(msg);
        }
    }

    pub fn screen(&self, columns: u16, rows: u16) -> String {
        screen(&self.wizard, Theme::BASIC, columns, rows)
    }
}

/// The screen as text.
pub fn screen(wizard: &Wizard, theme: Theme, columns: u16, rows: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal
        .draw(|frame| {
            draw(wizard, theme, frame.buffer_mut());
        })
        .unwrap();
    let buffer = terminal.backend().buffer();
    let lines = buffer.content().chunks(usize::from(columns));
    let mut lines: Vec<String> = lines
        .map(|cells| {
            let line: String = cells.iter().map(|cell| cell.symbol()).collect();
            format!("{}\n", line.trim_end())
        })
        .collect();
    // Snapshots do not change with the version.
    let version = format!("groundcrew {}", env!("CARGO_PKG_VERSION"));
    if let Some(first) = lines.first_mut() {
        *first = first.replace(&version, "groundcrew 1.0  ");
    }
    lines.concat()
}
