//! Commands that the operator attends to: they have this process's own terminal,
//! input and environment, and may ask for a password there.

use std::io;
use std::os::fd::AsFd;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::command::{Command, CommandError};
use super::signals;

/// How long a command has to end by itself after a signal.
const GRACE: Duration = Duration::from_secs(20);

/// Runs a command to its end; its standard output goes to this process's standard
/// error, since standard output is for what comes of it. `signal` says what came
/// for this process meanwhile. The exit status, of whatever kind.
pub(super) fn run(
    command: &Command,
    signal: &dyn Fn() -> Option<i32>,
) -> Result<i32, CommandError> {
    let line = command.to_string();
    log::info!("$ {line}");
    let start_error = |source| CommandError::Start {
        command: line.clone(),
        source,
    };
    let mut child = spawn(command).map_err(start_error)?;
    let deadline = Instant::now() + command.timeout;
    let mut asked: Option<Instant> = None;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                let stderr = String::new();
                return match (signal(), status.code()) {
                    (Some(_), _) => Err(CommandError::Interrupted {
                        command: line,
                        stderr,
                    }),
                    (None, Some(code)) => Ok(code),
                    (None, None) => Err(CommandError::Status {
                        status: super::command::status_text(status),
                        command: line,
                        code: None,
                        stderr,
                    }),
                };
            }
            Ok(None) => {}
            Err(source) => return Err(start_error(source)),
        }
        let now = Instant::now();
        match asked {
            // As Ctrl-C does it, which it puts its things in order for; the terminal
            // may have told it already, and twice does no harm.
            None if signal().is_some() || now >= deadline => {
                tell(&child, Signal::SIGINT);
                asked = Some(now);
            }
            Some(since) if now >= since + GRACE => {
                let _ = child.kill();
            }
            _ => {}
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn tell(child: &Child, signal: Signal) {
    if let Ok(pid) = i32::try_from(child.id()) {
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

fn spawn(command: &Command) -> io::Result<Child> {
    let (program, arguments) = command.argv.split_first().ok_or(io::ErrorKind::NotFound)?;
    let stderr = io::stderr().as_fd().try_clone_to_owned()?;
    let mut started = std::process::Command::new(program);
    started
        .args(arguments)
        .envs(command.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::inherit())
        .stdout(Stdio::from(stderr))
        .stderr(Stdio::inherit())
        .current_dir(&command.dir);
    signals::spawn(&mut started)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        Command::new(["sh", "-c", script])
    }

    #[test]
    fn the_environment_and_the_status_pass() {
        let command = sh("[ -n \"$PATH\" ] && [ \"$EXTRA\" = x ] && exit 4").env("EXTRA", "x");
        assert_eq!(run(&command, &|| None).unwrap(), 4);
        let missing = run(&Command::new(["/no/such"]), &|| None).unwrap_err();
        assert!(missing.is_missing());
    }

    #[test]
    fn a_signal_is_passed_on_and_its_end_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (begun, done) = (folder.path().join("begun"), folder.path().join("done"));
        let script = format!(
            "trap 'echo > {}; exit 0' INT; echo > {}; while :; do sleep 0.05; done",
            done.display(),
            begun.display()
        );
        let signal = || begun.exists().then_some(15);
        let ended = run(&sh(&script), &signal).unwrap_err();
        assert!(matches!(ended, CommandError::Interrupted { .. }));
        assert!(done.exists());
    }
}
