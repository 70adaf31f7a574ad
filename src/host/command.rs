//! Commands: argument vectors with a time-out, never shell strings.

use std::fmt;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::signals;

/// Set when the running command is to be ended.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Ends the command that is running now, with all that it has started.
pub fn interrupt() {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

/// How much of a failed command's standard error is kept, in bytes from its end.
const STDERR_TAIL: usize = 1024;

/// How much of a command's standard output is kept, in bytes; the rest is read
/// and dropped so that the command does not block on a full pipe.
const STDOUT_LIMIT: usize = 4 * 1024 * 1024;

/// A command: an argument vector and what goes with it.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Bytes for standard input. They may be secret and are never shown.
    pub stdin: Vec<u8>,
    /// How long it may take.
    pub timeout: Duration,
    /// Variables added to the environment, which otherwise holds only `PATH`,
    /// `LC_ALL=C` and what the command needs to find its terminal-free way.
    pub env: Vec<(String, String)>,
    /// Folder that it runs in.
    pub dir: String,
    /// A status other than zero that is an answer, too, and no failure.
    pub answer: Option<i32>,
    /// How much of its standard error is told where it fails, in bytes from its
    /// end.
    pub stderr_kept: usize,
}

impl Command {
    /// A command with a time-out of 30 s and no input.
    pub fn new<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            stdin: Vec::new(),
            timeout: Duration::from_secs(30),
            env: Vec::new(),
            dir: "/".into(),
            answer: None,
            stderr_kept: STDERR_TAIL,
        }
    }

    /// The same, for which this status is no failure either.
    #[must_use]
    pub fn answer(mut self, status: i32) -> Self {
        self.answer = Some(status);
        self
    }

    /// The same with these bytes on standard input.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// The same with another time-out.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The same with more of its standard error kept where it fails.
    #[must_use]
    pub fn keep_stderr(mut self, bytes: usize) -> Self {
        self.stderr_kept = bytes;
        self
    }

    /// The same in another folder than the root.
    #[must_use]
    pub fn dir(mut self, path: &str) -> Self {
        self.dir = path.into();
        self
    }

    /// The same with a variable in its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }
}

/// The command line as a person would type it, arguments quoted where needed.
/// Standard input is not part of it.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shell_words(&self.argv))
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Command({self})")
    }
}

/// An argument vector as one line that a POSIX shell would split the same way.
pub fn shell_words<S: AsRef<str>>(argv: &[S]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    let words = argv.iter().map(|word| {
        let word = word.as_ref();
        if !word.is_empty() && word.chars().all(plain) {
            word.to_string()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What a command printed. Its status was zero, or [`Command::answer`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Output {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Standard output as text, bytes that are not UTF-8 replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// It could not be started.
    #[error("`{command}` could not be started: {source}")]
    Start {
        /// The command line.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// It ended with a status other than zero.
    #[error("`{command}` ended with {status}{}", tail_text(.stderr))]
    Status {
        /// The command line.
        command: String,
        /// `exit status N` or `signal N`.
        status: String,
        /// The status, where it ended by itself.
        code: Option<i32>,
        /// The end of its standard error; of its standard output where nothing is
        /// on that one (zypper tells problems of dependencies there).
        stderr: String,
    },
    /// The operator ended it.
    #[error("`{command}` was ended by the operator{}", tail_text(.stderr))]
    Interrupted {
        /// The command line.
        command: String,
        /// The end of its standard error.
        stderr: String,
    },
    /// It was ended by the one who watched what it printed.
    #[error("`{command}` was ended because of what it printed")]
    Stopped {
        /// The command line.
        command: String,
    },
    /// It did not end in time and was killed, with all that it had started.
    #[error("`{command}` did not end within {} s and was killed{}", .timeout.as_secs(), tail_text(.stderr))]
    TimedOut {
        /// The command line.
        command: String,
        /// The time-out.
        timeout: Duration,
        /// The end of its standard error.
        stderr: String,
    },
}

impl CommandError {
    /// Whether the program is not on this host at all.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Start { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    /// The exit status, where the command ended by itself.
    pub fn code(&self) -> Option<i32> {
        match self {
            Self::Status { code, .. } => *code,
            Self::Start { .. }
            | Self::Interrupted { .. }
            | Self::Stopped { .. }
            | Self::TimedOut { .. } => None,
        }
    }
}

fn tail_text(stderr: &str) -> String {
    let text = stderr.trim();
    if text.is_empty() {
        String::new()
    } else {
        format!(": {text}")
    }
}

fn tail(bytes: &[u8], kept: usize) -> String {
    let start = bytes.len().saturating_sub(kept);
    String::from_utf8_lossy(bytes.get(start..).unwrap_or_default()).into_owned()
}

/// Runs a command to its end. It gets a process group of its own, so that a
/// time-out ends all that it started.
///
/// A command may leave a daemon behind that holds its pipes open (wireguard-go
/// does): output is read until the command itself has ended and a short grace
/// is over, not until the pipes close.
pub(super) fn run(command: &Command, path: &str) -> Result<Output, CommandError> {
    log::info!("$ {command}");
    let ended = run_unlogged(command, path);
    if let Err(error) = &ended {
        log::info!("{error}");
    }
    ended
}

fn run_unlogged(command: &Command, path: &str) -> Result<Output, CommandError> {
    let line = command.to_string();
    let start_error = |source| CommandError::Start {
        command: line.clone(),
        source,
    };
    let (program, arguments) = command
        .argv
        .split_first()
        .ok_or_else(|| start_error(io::ErrorKind::InvalidInput.into()))?;
    let mut started = std::process::Command::new(program);
    started
        .args(arguments)
        .env_clear()
        .env("PATH", path)
        .env("LC_ALL", "C")
        .env("WG_COLOR_MODE", "never")
        .envs(command.env.iter().map(|(k, v)| (k, v)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .current_dir(&command.dir)
        .process_group(0);
    let mut child = signals::spawn(&mut started).map_err(start_error)?;
    if let Some(mut stdin) = child.stdin.take() {
        let bytes = command.stdin.clone();
        // A command that does not read its input must not block this one.
        std::thread::spawn(move || stdin.write_all(&bytes));
    }
    let stdout = drain(child.stdout.take(), STDOUT_LIMIT);
    let stderr = drain(child.stderr.take(), STDOUT_LIMIT);
    let deadline = Instant::now() + command.timeout;
    start_watching();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if Instant::now() < deadline && !interrupted() => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Ok(None) => break None,
            Err(source) => return Err(start_error(source)),
        }
    };
    let Some(status) = status else {
        kill_group(child.id());
        let _ = child.wait();
        let stderr = tail(&collect(&stderr), command.stderr_kept);
        return Err(if interrupted() {
            CommandError::Interrupted {
                command: line,
                stderr,
            }
        } else {
            CommandError::TimedOut {
                command: line,
                timeout: command.timeout,
                stderr,
            }
        });
    };
    let (stdout, stderr) = (collect(&stdout), collect(&stderr));
    if status.success() || (status.code().is_some() && status.code() == command.answer) {
        return Ok(Output { stdout, stderr });
    }
    let told = if stderr.trim_ascii().is_empty() {
        &stdout
    } else {
        &stderr
    };
    Err(CommandError::Status {
        command: line,
        status: status_text(status),
        code: status.code(),
        stderr: tail(told, command.stderr_kept),
    })
}

/// The name under which this program starts itself again: it is the same file
/// also when a newer one was put in its place.
pub const SELF: &str = "/proc/self/exe";

/// Starts a process that outlives this one, and waits until it has printed a line.
/// It makes itself the leader of a session: here it must not lead a group yet.
pub(super) fn spawn_detached(argv: &[String], path: &str, wait: Duration) -> io::Result<u32> {
    let (program, arguments) = argv
        .split_first()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    log::info!("`{}` is started and left", shell_words(argv));
    let mut started = std::process::Command::new(program);
    started
        .arg0("groundcrew")
        .args(arguments)
        .env_clear()
        .env("PATH", path)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .current_dir("/");
    let mut child = signals::spawn(&mut started)?;
    let stdout = drain(child.stdout.take(), 256);
    if stdout.recv_timeout(wait).is_ok() {
        return Ok(child.id());
    }
    let _ = child.kill();
    let _ = child.wait();
    Err(io::Error::new(
        io::ErrorKind::TimedOut,
        format!("it was not ready within {} s", wait.as_secs()),
    ))
}

/// A status in words.
pub(super) fn status_text(status: std::process::ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "an unknown status".into(),
    }
}

/// Forgets an interrupt that came before the command that starts now.
pub(super) fn start_watching() {
    INTERRUPTED.store(false, Ordering::Relaxed);
}

/// Whether the running command is to be ended.
pub(super) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

pub(super) fn kill_group(pid: u32) {
    if let Ok(pid) = i32::try_from(pid) {
        let group = nix::unistd::Pid::from_raw(pid);
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
    }
}

/// Reads a pipe on a thread of its own, a chunk a message; the channel closes
/// with the pipe.
fn drain<R: Read + Send + 'static>(pipe: Option<R>, limit: usize) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    if let Some(mut pipe) = pipe {
        std::thread::spawn(move || {
            let (mut buffer, mut kept) = ([0; 8192], 0);
            while let Ok(read @ 1..) = pipe.read(&mut buffer) {
                if kept < limit {
                    kept += read;
                    let chunk = buffer.get(..read).unwrap_or_default().to_vec();
                    if sender.send(chunk).is_err() {
                        break;
                    }
                }
            }
        });
    }
    receiver
}

/// What has been read, once the command has ended: everything where the pipe
/// is closed, else what came until nothing more does for 100 ms.
fn collect(receiver: &mpsc::Receiver<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(chunk) = receiver.recv_timeout(Duration::from_millis(100)) {
        bytes.extend(chunk);
    }
    bytes
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

    #[test]
    fn input_and_output_pass_and_the_environment_is_clean() {
        let output = run(&Command::new(["cat"]).stdin("to be"), PATH).unwrap();
        assert_eq!(output.text(), "to be");
        let environment = run(&Command::new(["env"]), PATH).unwrap().text();
        assert!(environment.contains("LC_ALL=C"));
        assert!(!environment.contains("HOME="), "{environment}");
    }

    #[test]
    fn a_failure_tells_status_and_the_end_of_standard_error() {
        let error = run(&Command::new(["ls", "/no/such place"]), PATH).unwrap_err();
        assert_eq!(error.code(), Some(2));
        let text = error.to_string();
        assert!(text.starts_with("`ls '/no/such place'` ended with exit status 2: ls: cannot"));
        assert!(
            run(&Command::new(["no-such-program"]), PATH)
                .unwrap_err()
                .is_missing()
        );
    }

    #[test]
    fn what_is_told_on_standard_output_alone_is_told_too() {
        let failing = Command::new(["sh", "-c", "echo because; exit 4"]);
        let error = run(&failing, PATH).unwrap_err().to_string();
        assert!(error.ends_with("exit status 4: because"), "{error}");
        let output = run(&failing.clone().answer(4), PATH).unwrap();
        assert_eq!(output.text(), "because\n");
        assert!(run(&failing.answer(1), PATH).is_err());
    }

    #[test]
    fn a_time_out_ends_what_the_command_started() {
        let command = Command::new(["sh", "-c", "sleep 600 & echo $! >&2; wait"]);
        let error = run(&command.timeout(Duration::from_millis(300)), PATH).unwrap_err();
        let CommandError::TimedOut { stderr, .. } = error else {
            panic!("{error}")
        };
        let pid = nix::unistd::Pid::from_raw(stderr.trim().parse().unwrap());
        let gone = |_| nix::sys::signal::kill(pid, None).is_err() || is_zombie(pid.as_raw());
        assert!((0..500).any(|n| gone(n) || {
            std::thread::yield_now();
            false
        }));
    }

    fn is_zombie(pid: i32) -> bool {
        std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|s| s.contains(") Z"))
    }

    #[test]
    fn a_daemon_that_keeps_the_pipes_does_not_hold_the_command_up() {
        let command = Command::new(["sh", "-c", "sleep 5 & echo started"]);
        let output = run(&command.timeout(Duration::from_secs(4)), PATH).unwrap();
        assert_eq!(output.text(), "started\n");
    }
}
