//! Commands that nobody answers and that are watched while they run: the install
//! script of a vendor.
//!
//! Such a command has no terminal to ask on: it is in a session of its own
//! (`setsid`), and its standard input is empty.

use std::io::{self, Read};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::command::{Command, CommandError, interrupted, kill_group, start_watching, status_text};
use super::signals;

/// Chunks that may wait to be looked at; a command that prints faster waits.
const AHEAD: usize = 64;
/// How long nothing has to come before the output of what the command left behind
/// is no longer waited for.
const GRACE: Duration = Duration::from_millis(200);

/// Runs a command to its end. `each` gets what it prints on both outputs as it
/// comes, and says whether it may go on.
pub(super) fn run(
    command: &Command,
    path: &str,
    each: &mut dyn FnMut(&[u8]) -> bool,
) -> Result<(), CommandError> {
    log::info!("$ {command}");
    let ended = run_unlogged(command, path, each);
    if let Err(error) = &ended {
        log::info!("{error}");
    }
    ended
}

fn run_unlogged(
    command: &Command,
    path: &str,
    each: &mut dyn FnMut(&[u8]) -> bool,
) -> Result<(), CommandError> {
    let line = command.to_string();
    let start_error = |source| CommandError::Start {
        command: line.clone(),
        source,
    };
    let (mut child, output) = spawn(command, path).map_err(start_error)?;
    let deadline = Instant::now() + command.timeout;
    start_watching();
    let stderr = String::new;
    let mut open = true;
    let status = loop {
        match output.recv_timeout(Duration::from_millis(20)) {
            Ok(chunk) => {
                if !each(&chunk) {
                    return Err(stop(&mut child, CommandError::Stopped { command: line }));
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            // Its end is near, or it has closed its outputs.
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                open = false;
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        if interrupted() {
            let stderr = stderr();
            let error = CommandError::Interrupted {
                command: line,
                stderr,
            };
            return Err(stop(&mut child, error));
        }
        if Instant::now() >= deadline {
            let (timeout, stderr) = (command.timeout, stderr());
            let error = CommandError::TimedOut {
                command: line,
                timeout,
                stderr,
            };
            return Err(stop(&mut child, error));
        }
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => {}
            Err(source) => return Err(start_error(source)),
        }
    };
    while open && let Ok(chunk) = output.recv_timeout(GRACE) {
        if !each(&chunk) || Instant::now() >= deadline {
            break;
        }
    }
    if status.success() {
        return Ok(());
    }
    Err(CommandError::Status {
        command: line,
        status: status_text(status),
        code: status.code(),
        stderr: stderr(),
    })
}

/// Ends it with all that it has started and that is in its group.
fn stop(child: &mut Child, error: CommandError) -> CommandError {
    kill_group(child.id());
    let _ = child.kill();
    let _ = child.wait();
    error
}

/// Starts it, both outputs in one pipe: the order of its lines is kept.
fn spawn(command: &Command, path: &str) -> io::Result<(Child, mpsc::Receiver<Vec<u8>>)> {
    let (mut reader, writer) = io::pipe()?;
    let child = {
        // A process that leads no group becomes the leader of a session as it is:
        // its number stays, and is that of the group.
        let mut setsid = std::process::Command::new("setsid");
        setsid
            .args(&command.argv)
            .env_clear()
            .env("PATH", path)
            .env("LC_ALL", "C")
            .envs(command.env.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .current_dir(&command.dir);
        signals::spawn(&mut setsid)?
    };
    let (sender, receiver) = mpsc::sync_channel(AHEAD);
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(read @ 1..) = reader.read(&mut buffer) {
            let chunk = buffer.get(..read).unwrap_or_default().to_vec();
            if sender.send(chunk).is_err() {
                break;
            }
        }
    });
    Ok((child, receiver))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

    fn sh(script: &str) -> Command {
        Command::new(["sh", "-c", script])
    }

    fn watch(command: &Command, most: usize) -> (Result<(), CommandError>, String) {
        let mut seen = Vec::new();
        let ended = run(command, PATH, &mut |bytes| {
            seen.extend(bytes);
            seen.len() < most
        });
        (ended, String::from_utf8_lossy(&seen).into_owned())
    }

    #[test]
    fn both_outputs_come_in_their_order_and_there_is_no_terminal() {
        let script = "echo one; echo two >&2; echo three; (echo x </dev/tty) 2>/dev/null || echo no; \
                      cat; exit 3";
        let (ended, seen) = watch(&sh(script), usize::MAX);
        assert_eq!(ended.unwrap_err().code(), Some(3));
        assert_eq!(seen, "one\ntwo\nthree\nno\n");
        let (ended, seen) = watch(&sh("ps -o sid= -p $$; echo $$"), usize::MAX);
        ended.unwrap();
        let words: Vec<_> = seen.split_whitespace().collect();
        assert_eq!(words[0], words[1], "it leads a session");
    }

    #[test]
    fn one_that_prints_for_ever_is_ended_with_what_it_started() {
        let script = "sleep 600 & echo $!; while :; do echo Enter a number; done";
        let (ended, seen) = watch(&sh(script), 100_000);
        assert!(matches!(ended, Err(CommandError::Stopped { .. })));
        let pid: i32 = seen.lines().next().unwrap().parse().unwrap();
        let gone = || {
            let state = std::fs::read_to_string(format!("/proc/{pid}/stat"));
            state.map_or(true, |stat| stat.contains(") Z"))
        };
        assert!((0..2000).any(|_| {
            std::thread::yield_now();
            gone()
        }));
    }

    #[test]
    fn one_that_waits_for_ever_is_ended_in_time() {
        let command = sh("echo begun; sleep 600").timeout(Duration::from_millis(300));
        let (ended, seen) = watch(&command, usize::MAX);
        assert!(matches!(ended, Err(CommandError::TimedOut { .. })));
        assert_eq!(seen, "begun\n");
        let missing = watch(&Command::new(["no-such-program"]), 1000);
        assert_eq!(missing.0.unwrap_err().code(), Some(127));
    }
}
