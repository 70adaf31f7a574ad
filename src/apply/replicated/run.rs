//! Running the install script, and looking at what it did.

use std::time::Duration;

use zeroize::Zeroizing;

use super::explain::explain;
use super::guard::{Guard, Stop};
use super::restore::traces;
use super::{Restore, found, secret};
use crate::apply::content::digest;
use crate::apply::error::StepError;
use crate::apply::files::write;
use crate::apply::verify::Status;
use crate::apply::wait::wait;
use crate::host::{Command, CommandError, Host};
use crate::plan::scheduler::replicated::act::{Join, Run};

/// How long the containers may take to run once the script has ended: the units
/// pull nothing any more.
const START: Duration = Duration::from_secs(120);

/// What is there before, so that the undo names what came.
pub fn prepare(host: &dyn Host, run: &Run) -> Restore {
    let token = run.join.as_ref().and_then(|join| {
        let there = host.meta(&join.path).is_ok();
        let content = settings_with(host, join).ok().filter(|_| !there)?;
        Some((join.path.clone(), digest(content.as_bytes())))
    });
    Restore::Left {
        services: run.wanted.services.clone(),
        before: traces(host, &run.wanted.services),
        token,
    }
}

/// The token as the script's settings, which it reads before its arguments and
/// writes anew with its own.
fn settings_with(host: &dyn Host, join: &Join) -> Result<Zeroizing<String>, StepError> {
    let token = secret(host, &join.token)?;
    // The shell reads it.
    if !token
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    {
        return Err(StepError::Told(
            "replicated.daemon-token: wanted letters, digits, `.`, `_` and `-`".into(),
        ));
    }
    Ok(Zeroizing::new(format!("DAEMON_TOKEN={}\n", token.as_str())))
}

/// Hands the token over, unless the script has settings already: they hold one.
fn hand_over(host: &dyn Host, join: &Join) -> Result<Vec<Zeroizing<String>>, StepError> {
    let content = settings_with(host, join)?;
    let token = secret(host, &join.token)?;
    match found::setting(host, &join.path, "DAEMON_TOKEN") {
        Some(found) if found == token.as_str() => {}
        Some(found) if !found.is_empty() => {
            return Err(StepError::Told(format!(
                "{} has another token than replicated.daemon-token: this host has joined another \
                 installation; remove that by the vendor's steps first",
                join.path
            )));
        }
        _ if host.meta(&join.path).is_ok() => {
            return Err(StepError::Told(format!(
                "{} is there without a token: move it away",
                join.path
            )));
        }
        _ => {
            crate::apply::step::make_dirs(host, &join.path, 0o644)?;
            write(host, &join.path, content.as_bytes(), 0o600)?;
        }
    }
    Ok(vec![token])
}

/// Runs it.
///
/// # Errors
/// When it cannot be run, fails, prints for ever, takes too long, or has not done
/// what it is for.
pub fn run(host: &dyn Host, run: &Run) -> Result<(), StepError> {
    let found = host
        .digest(&run.script)
        .map_err(|e| StepError::file(&run.script, e))?;
    if found != run.sha256 {
        return Err(StepError::Told(format!(
            "{} is not the script that was planned with (SHA-256 {found}): it was not run",
            run.script
        )));
    }
    let secrets = match &run.join {
        Some(join) => hand_over(host, join)?,
        None => Vec::new(),
    };
    let argv = ["bash", run.script.as_str()];
    let argv = argv
        .into_iter()
        .chain(run.arguments.iter().map(String::as_str));
    let command = Command::new(argv)
        .timeout(Duration::from_secs(run.within))
        .dir(&run.dir)
        // docker and others look for their settings there.
        .env("HOME", "/root");
    let mut guard = Guard::new(secrets);
    let ended = host.watch(&command, &mut |bytes| guard.feed(bytes));
    let tail = guard.tail();
    if let Err(error) = ended {
        return Err(StepError::Told(failed(&error, guard.stop.as_ref(), &tail)));
    }
    // What the script has started may still be starting.
    let worked = || {
        let all = found::check(host, &run.wanted, true);
        all.iter().all(|one| one.status == Status::Pass)
    };
    // Where not even settings are there, nothing will come of it.
    let begun = run
        .wanted
        .services
        .iter()
        .any(|service| found::unit(host, service).is_some());
    if (begun && wait(host, START, worked)) || worked() {
        return Ok(());
    }
    // Ports come last, and the verification looks at them.
    let wrong: Vec<_> = found::check(host, &run.wanted, false)
        .into_iter()
        .filter(|one| one.status == Status::Fail)
        .map(|one| one.message)
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(StepError::Told(format!(
        "the install script ended as if all was well, and it is not: {}{}",
        wrong.join("; "),
        said(&tail)
    )))
}

fn failed(error: &CommandError, stop: Option<&Stop>, tail: &[String]) -> String {
    let how = match (error, stop) {
        (_, Some(Stop::Repeats(line))) => {
            format!("the install script said the same again and again and was ended: {line}")
        }
        (_, Some(Stop::TooMuch)) => {
            "the install script printed far more than an installation does and was ended".into()
        }
        (CommandError::Status { status, .. }, _) => {
            format!("the install script ended with {status}")
        }
        (CommandError::TimedOut { timeout, .. }, _) => format!(
            "the install script did not end within {} s (replicated.within) and was ended",
            timeout.as_secs()
        ),
        (CommandError::Interrupted { .. }, _) => {
            "the install script was ended by the operator".into()
        }
        (CommandError::Start { source, .. }, _) => {
            return format!("the install script could not be started: {source}");
        }
        (CommandError::Stopped { .. }, None) => "the install script was ended".into(),
    };
    how + &said(tail)
}

/// The last lines, and what they mean.
fn said(tail: &[String]) -> String {
    let meaning = explain(tail).map(|text| format!(". It means: {text}"));
    let last: Vec<_> = tail
        .iter()
        .rev()
        .take(3)
        .rev()
        .map(String::as_str)
        .collect();
    let last = if last.is_empty() {
        "; it said nothing".to_owned()
    } else {
        format!("; its last words: {}", last.join(" / "))
    };
    last + &meaning.unwrap_or_default()
}
