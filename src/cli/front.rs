//! The front end that fits this terminal.

use std::io::{self, IsTerminal};

use super::args::{self, RunArgs};
use super::backend::Backend;
use super::capture;
use super::job::Job;
use super::output::print;
use super::provision;
use crate::answers::Answers;
use crate::error::{Exit, Failure};
use crate::host::command;
use crate::judge::text::paragraph;
use crate::ui::backend::Finished;
use crate::ui::ending;
use crate::ui::ladder::{self, Chosen, Circumstances, ColorWanted, FrontEnd, Glyphs, Wanted};
use crate::ui::prompt::Prompter;
use crate::ui::prompt::guard::Guard;
use crate::ui::prompt::line::Line;
use crate::ui::prompt::plain::Plain;
use crate::ui::prompt::walk::walk;
use crate::ui::tui::{self, Aside, Left};
use crate::ui::wizard::Ending;

/// The job in the front end that fits: the wizard, prompts, or an unattended
/// run where nobody can or need be asked.
pub fn run(job: &Job<'_>, arguments: &RunArgs) -> Result<Exit, Failure> {
    let global = job.global;
    let answers = job.answers()?;
    let here = Circumstances {
        wanted: wanted(global.ui),
        wanted_by: wanted_by(job),
        color: match global.color {
            None | Some(args::Color::Auto) => ColorWanted::Auto,
            Some(args::Color::Always) => ColorWanted::Always,
            Some(args::Color::Never) => ColorWanted::Never,
        },
        ascii: global.ascii,
        no_input: global.no_input,
        complete: !global.no_input && provision::is_complete(job, &answers)?,
        ..Circumstances::of_process(&|name| job.host.env(name))
    };
    let chosen = ladder::choose(&here).map_err(|text| Failure::new(Exit::Usage, text))?;
    let mut backend = Backend::new(job);
    match chosen.front_end {
        FrontEnd::None => provision::run(job, arguments, answers, &chosen),
        FrontEnd::Tui => wizard(&mut backend, answers, &chosen),
        FrontEnd::Plain => prompts(&mut backend, &mut Plain::new(&chosen), answers, &chosen),
        FrontEnd::Line => lines(&mut backend, answers, &chosen),
    }
}

/// The variable, where it is what names the front end.
fn wanted_by(job: &Job<'_>) -> Option<String> {
    const VARIABLE: &str = "GROUNDCREW_UI";
    let flag = std::env::args_os().any(|one| one.to_string_lossy().starts_with("--ui"));
    let set = job.host.env(VARIABLE).filter(|_| !flag)?;
    Some(format!("{VARIABLE}={set}"))
}

fn wanted(ui: Option<args::Ui>) -> Wanted {
    match ui {
        None | Some(args::Ui::Auto) => Wanted::Auto,
        Some(args::Ui::Tui) => Wanted::Only(FrontEnd::Tui),
        Some(args::Ui::Plain) => Wanted::Only(FrontEnd::Plain),
        Some(args::Ui::Line) => Wanted::Only(FrontEnd::Line),
        Some(args::Ui::None) => Wanted::Only(FrontEnd::None),
    }
}

/// The full-screen wizard. What it came to is printed once the screen is given
/// back, so that it stays in the scrollback.
fn wizard(backend: &mut Backend<'_>, answers: Answers, chosen: &Chosen) -> Result<Exit, Failure> {
    let job = backend.job();
    let support = || capture::save(job).map_err(|failure| failure.message);
    let aside = Aside {
        stop_command: &command::interrupt,
        support: &support,
        dry_run: job.global.dry_run,
    };
    let left = tui::run(backend, answers, chosen, &aside)
        .map_err(|error| Failure::unexpected(format!("the terminal: {error}")))?;
    if let Ending::Finished(finished) = &left.ending {
        print(&finished_text(finished))?;
    }
    ended(backend, left, chosen)
}

/// Numbered choices, a line each.
fn lines(backend: &mut Backend<'_>, answers: Answers, chosen: &Chosen) -> Result<Exit, Failure> {
    let tty = io::stdin().is_terminal();
    let ascii = chosen.glyphs == Glyphs::Ascii;
    let columns = ladder::window_size().map_or(0, |(columns, _)| columns);
    let mut line = Line::new(io::stdin().lock(), io::stdout(), ascii, tty).on(columns);
    prompts(backend, &mut line, answers, chosen)
}

fn prompts(
    backend: &mut Backend<'_>,
    prompter: &mut dyn Prompter,
    answers: Answers,
    chosen: &Chosen,
) -> Result<Exit, Failure> {
    let _guard = Guard::set(chosen.front_end == FrontEnd::Plain)
        .map_err(|error| Failure::unexpected(format!("signals: {error}")))?;
    let left = walk(backend, prompter, answers, chosen)
        .map_err(|error| Failure::unexpected(format!("signals: {error}")))?;
    ended(backend, left, chosen)
}

/// What a front end came to, as an exit code.
fn ended(backend: &mut Backend<'_>, left: Left, chosen: &Chosen) -> Result<Exit, Failure> {
    match left.ending {
        Ending::Finished(finished) => Ok(Exit::of_code(finished.exit_code())),
        Ending::Quit { saved } => {
            let saved = saved.map_or(String::new(), |path| format!(" The answers are in {path}."));
            print(&format!("Nothing was changed.{saved}\n"))?;
            Ok(Exit::Interrupted)
        }
        Ending::Signal(signal_hook::consts::SIGINT) => Ok(Exit::Interrupted),
        Ending::Signal(_) => Ok(Exit::Terminated),
        Ending::Broken(why) => Err(Failure::unexpected(why)),
        Ending::LineMode => {
            let chosen = Chosen {
                front_end: FrontEnd::Line,
                reason: "the terminal is too small for the wizard".into(),
                ..chosen.clone()
            };
            lines(backend, left.answers, &chosen)
        }
    }
}

/// How a run ended, for the scrollback.
fn finished_text(finished: &Finished) -> String {
    let mut out = String::new();
    for (lead, text) in ending::lines(finished) {
        paragraph(&mut out, &lead, &" ".repeat(lead.len()), &text);
    }
    out
}
