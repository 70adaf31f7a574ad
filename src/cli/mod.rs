//! The command line: what was asked for is dispatched, and its outcome becomes
//! the exit code.

pub mod args;
mod backend;
mod bundle;
mod capture;
mod carry_out;
mod confirm;
mod consent;
pub mod fleet;
mod front;
mod gather;
mod given;
mod history;
mod inspect;
mod job;
mod leaving;
mod lint;
mod man;
mod output;
mod probe;
mod provision;
mod remarks;
mod runs;
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]
mod same_plan;
mod shown;
mod watch;

use std::io::{self, Read};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{AnswersCommand, Cli, Command, GenCommand, Global, JoinCommand, Progress, RunArgs};
use job::Job;
use output::print;

use crate::answers::{self, Problems};
use crate::error::{Exit, Failure};
use crate::host::{Host, Live, Tree};

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors and go to standard output.
            let _ = error.print();
            let code = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            return ExitCode::from(code as u8);
        }
    };
    output::begin(cli.global.progress() == Progress::Json);
    match dispatch(cli.command, &cli.global) {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(failure) => {
            output::say_error(&failure);
            ExitCode::from(failure.exit as u8)
        }
    }
}

fn dispatch(command: Option<Command>, global: &Global) -> Result<Exit, Failure> {
    let tree = match &global.root {
        Some(root) => Some(
            Tree::open(root)
                .map_err(|error| Failure::new(Exit::Usage, format!("--root {error}")))?,
        ),
        None => None,
    };
    let looked_at: &dyn Host = match &tree {
        Some(tree) => tree,
        None => &Live,
    };
    elsewhere(command.as_ref(), global)?;
    let mut job = Job::new(&Live, looked_at, global)?;
    job.join_only = matches!(
        command,
        Some(Command::Join {
            command: JoinCommand::Make
        })
    );
    if !matches!(
        command,
        Some(
            Command::Status(_)
                | Command::Confirm
                | Command::Guard { .. }
                | Command::Rollback(_)
                | Command::Fleet { .. }
                | Command::Answers { .. }
                | Command::Checks { .. }
                | Command::Gen { .. }
        )
    ) {
        confirm::remind(&job);
    }
    match command {
        None => front::run(&job, &RunArgs::default()),
        Some(Command::Run(arguments)) => front::run(&job, &arguments),
        Some(Command::Preflight(arguments)) => inspect::preflight(&job, &arguments),
        Some(Command::Recommend(arguments)) => inspect::recommend(&job, &arguments),
        Some(Command::Interfaces(arguments)) => inspect::interfaces(&job, &arguments),
        Some(Command::Facts(arguments)) => inspect::facts(&job, &arguments),
        Some(Command::Probe { command }) => probe::probe(&job, &command),
        Some(Command::Lint(arguments)) => lint::run(&job, &arguments),
        Some(Command::Capture(arguments)) => capture::capture(&job, &arguments),
        Some(Command::Fleet { command }) => fleet::run(&job, &command),
        Some(Command::Bundle { command }) => bundle::bundle(&job, &command),
        Some(Command::Checks { command }) => inspect::checks(&job, &command),
        Some(Command::Plan(arguments)) => provision::plan(&job, &arguments),
        Some(Command::Apply(arguments)) => provision::apply(&job, &arguments),
        Some(Command::Status(arguments)) => history::status(&job, &arguments),
        Some(Command::Resume) => provision::resume(&job),
        Some(Command::Confirm) => confirm::confirm(&job),
        Some(Command::Guard { dir }) => confirm::guard(&job, &dir),
        Some(Command::Rollback(arguments)) => provision::rollback(&job, &arguments),
        Some(Command::Verify(arguments)) => history::verify(&job, &arguments),
        Some(Command::Report(arguments)) => history::report(&job, &arguments),
        Some(Command::Join { command }) => match command {
            JoinCommand::Make => provision::join_make(&job),
            JoinCommand::Show => history::join_show(&job),
            JoinCommand::Check { files } => join_check(&job, &files),
        },
        Some(Command::Answers { command }) => answers_command(&job, &command),
        Some(Command::Gen { command }) => generate(&job, &command),
    }
}

/// Refuses to do to this machine what was judged of another host.
fn elsewhere(command: Option<&Command>, global: &Global) -> Result<(), Failure> {
    let flag = match (&global.facts, &global.root) {
        (None, None) => return Ok(()),
        (Some(_), _) => "--facts",
        (None, Some(_)) => "--root",
    };
    let text = match command {
        None | Some(Command::Run(_)) if !global.dry_run => format!(
            "{flag}: another host can be judged and planned for, and nothing can be applied to \
             it from here: add --dry-run"
        ),
        Some(
            Command::Apply(_)
            | Command::Resume
            | Command::Rollback(_)
            | Command::Confirm
            | Command::Guard { .. }
            | Command::Join {
                command: JoinCommand::Make,
            }
            | Command::Verify(_)
            | Command::Status(_)
            | Command::Capture(_)
            | Command::Bundle { .. }
            | Command::Fleet { .. }
            | Command::Probe { .. },
        ) => format!("{flag}: this command is about the machine that it runs on"),
        _ => return Ok(()),
    };
    Err(Failure::new(Exit::Usage, text))
}

/// `join check`.
fn join_check(job: &Job<'_>, files: &[String]) -> Result<Exit, Failure> {
    let mut texts = Vec::new();
    for path in files {
        let bytes = job.read_named(path)?;
        texts.push((path.clone(), String::from_utf8_lossy(&bytes).into_owned()));
    }
    // Held against the answers as well, where some are given.
    let config = match &job.global.answers {
        Some(_) => Some(job.config(&job.answers()?)?),
        None => None,
    };
    let joins = answers::join::check(&texts, config.as_ref())
        .map_err(|problems| Failure::new(Exit::Usage, problems))?;
    let mut out = String::new();
    for join in &joins {
        out.push_str(&format!("{:<16} {}\n", join.name(), join.line()));
    }
    print(&out)?;
    Ok(Exit::Done)
}

/// `answers`.
fn answers_command(job: &Job<'_>, command: &AnswersCommand) -> Result<Exit, Failure> {
    match command {
        AnswersCommand::New { output } => match output {
            Some(path) => output::write_file(job.host, path, answers::template().as_bytes())?,
            None => print(&answers::template())?,
        },
        AnswersCommand::Check { file } => {
            let global = Global {
                answers: Some(file.clone()),
                ..job.global.clone()
            };
            let checked = Job::new(job.host, job.looked_at, &global)?;
            let given = checked.answers()?;
            checked.config(&given)?;
            if let Some(problem) = given.problems().first() {
                return Err(Failure::new(Exit::Usage, Problems(vec![problem.clone()])));
            }
            print(&format!("{file}: no problem\n"))?;
        }
        AnswersCommand::Explain { key } => {
            let text =
                answers::doc::explain(key).map_err(|error| Failure::new(Exit::Usage, error))?;
            print(&text)?;
        }
        AnswersCommand::Schema => print(&answers::doc::schema())?,
    }
    Ok(Exit::Done)
}

/// `gen`.
fn generate(job: &Job<'_>, command: &GenCommand) -> Result<Exit, Failure> {
    let mut bytes = Vec::new();
    match command {
        GenCommand::Man => bytes.extend(man::page(&Cli::command()).into_bytes()),
        GenCommand::Leaving => return leaving::leaving(job),
        GenCommand::ProgressSchema => {
            bytes.extend(crate::report::progress::schema().into_bytes());
        }
        GenCommand::Completions { shell } => {
            let mut shown = man::visible(&Cli::command());
            clap_complete::generate(*shell, &mut shown, "groundcrew", &mut bytes);
        }
    }
    print(&String::from_utf8_lossy(&bytes))?;
    Ok(Exit::Done)
}

/// Standard input, up to `limit` bytes.
fn read_stdin(limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}
