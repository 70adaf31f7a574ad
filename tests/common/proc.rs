//! Processes with a time limit, whose output is kept and which end with the test.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

/// How long a command of a test may take when nothing else is said.
pub const LIMIT: Duration = Duration::from_secs(60);

/// What a finished command left.
#[derive(Debug, Clone)]
pub struct Out {
    /// The command line, for messages.
    pub command: String,
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Out {
    /// The standard output of a command that has to succeed.
    #[track_caller]
    pub fn ok(self) -> String {
        assert!(self.code == Some(0), "{self}");
        self.stdout
    }

    /// This outcome, which has to have the exit code `code`.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert!(
            self.code == Some(code),
            "exit code {code} was expected\n{self}"
        );
        self
    }
}

impl std::fmt::Display for Out {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.command)?;
        writeln!(f, "exit code {:?}, signal {:?}", self.code, self.signal)?;
        writeln!(f, "--- stdout\n{}", self.stdout)?;
        write!(f, "--- stderr\n{}", self.stderr)
    }
}

/// What a stream has brought so far, filled by a thread.
#[derive(Default)]
struct Stream {
    state: Mutex<(Vec<u8>, bool)>,
    changed: Condvar,
}

impl Stream {
    fn follow(mut from: impl Read + Send + 'static) -> Arc<Self> {
        let stream = Arc::new(Self::default());
        let filled = Arc::clone(&stream);
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            loop {
                let n = from.read(&mut buffer).unwrap_or(0);
                let mut state = filled.state.lock().unwrap();
                state.0.extend_from_slice(&buffer[..n]);
                state.1 = n == 0;
                filled.changed.notify_all();
                if n == 0 {
                    break;
                }
            }
        });
        stream
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.state.lock().unwrap().0).into_owned()
    }

    /// Waits until the text passes `test`, the stream ends or `deadline` comes.
    fn wait(&self, deadline: Instant, test: impl Fn(&str) -> bool) -> bool {
        let mut state = self.state.lock().unwrap();
        loop {
            if test(&String::from_utf8_lossy(&state.0)) {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if state.1 || left.is_zero() {
                return false;
            }
            state = self.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Waits for the end of the stream, but not long: a daemon may keep it open.
    fn finish(&self) -> String {
        self.wait(Instant::now() + Duration::from_secs(2), |_| false);
        self.text()
    }
}

/// A running process, in a process group of its own, killed with it on drop.
pub struct Proc {
    command: String,
    child: Option<Child>,
    pid: Pid,
    stdin: Option<ChildStdin>,
    stdout: Arc<Stream>,
    stderr: Arc<Stream>,
}

impl Proc {
    /// Starts `command`; its output is collected, its input is a pipe.
    pub fn spawn(command: &mut Command) -> Self {
        let line = format!("{command:?}");
        let mut child = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| {
                panic!("cannot start {line}: {e} (tests/run installs what is missing)")
            });
        Self {
            command: line,
            pid: Pid::from_raw(child.id().cast_signed()),
            stdin: child.stdin.take(),
            stdout: Stream::follow(child.stdout.take().unwrap()),
            stderr: Stream::follow(child.stderr.take().unwrap()),
            child: Some(child),
        }
    }

    /// The process that was started. In a host this is `nsenter`; see [`Self::inner_pid`].
    pub fn pid(&self) -> i32 {
        self.pid.as_raw()
    }

    /// The process that `nsenter` or `unshare` forked, by its pid outside of the host.
    pub fn inner_pid(&self) -> i32 {
        super::wait_until(&format!("a child of {}", self.command), LIMIT, || {
            child_of(self.pid()).ok_or_else(|| self.stderr.text())
        })
    }

    /// Writes to the standard input.
    pub fn write(&mut self, text: &str) {
        use std::io::Write;
        let stdin = self.stdin.as_mut().expect("stdin is open");
        stdin.write_all(text.as_bytes()).expect("write to stdin");
        stdin.flush().expect("write to stdin");
    }

    /// Ends the standard input.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// The standard output so far.
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// The standard error so far.
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Waits until `text` has come on standard output.
    #[track_caller]
    pub fn wait_for_stdout(&self, text: &str, limit: Duration) -> String {
        let seen = self
            .stdout
            .wait(Instant::now() + limit, |out| out.contains(text));
        let (out, err) = (self.stdout.text(), self.stderr.text());
        assert!(
            seen,
            "{}: no {text:?} on stdout within {limit:?}\n--- stdout\n{out}\n--- stderr\n{err}",
            self.command
        );
        out
    }

    /// Sends a signal to the process inside of the host alone.
    pub fn signal_inner(&self, signal: Signal) {
        kill(Pid::from_raw(self.inner_pid()), signal).expect("signal");
    }

    /// Sends a signal to the whole process group.
    pub fn signal_group(&self, signal: Signal) {
        killpg(self.pid, signal).expect("signal");
    }

    /// Waits for the end; past the limit everything of it is killed and the test fails.
    #[track_caller]
    pub fn wait(mut self, limit: Duration) -> Out {
        self.stdin = None;
        let mut child = self.child.take().expect("not yet waited for");
        let ended: Receiver<ExitStatus> = {
            let (tell, ended) = channel();
            std::thread::spawn(move || {
                if let Ok(status) = child.wait() {
                    let _ = tell.send(status);
                }
            });
            ended
        };
        let Ok(status) = ended.recv_timeout(limit) else {
            let _ = killpg(self.pid, Signal::SIGKILL);
            let _ = ended.recv_timeout(Duration::from_secs(5));
            panic!(
                "{}: still running after {limit:?}; killed\n--- stdout\n{}\n--- stderr\n{}",
                self.command,
                self.stdout.text(),
                self.stderr.text()
            );
        };
        Out {
            command: self.command.clone(),
            code: status.code(),
            signal: status.signal(),
            stdout: self.stdout.finish(),
            stderr: self.stderr.finish(),
        }
    }

    /// True when the process has ended.
    pub fn has_ended(&mut self) -> bool {
        match &mut self.child {
            Some(child) => child.try_wait().map_or(true, |status| status.is_some()),
            None => true,
        }
    }

    /// Kills the whole process group and waits for it.
    pub fn kill(&mut self) {
        self.stdin = None;
        if let Some(mut child) = self.child.take() {
            // Already waited for means that the pid may belong to another by now.
            if child.try_wait().is_ok_and(|status| status.is_none()) {
                let _ = killpg(self.pid, Signal::SIGKILL);
                let _ = child.wait();
            }
        }
    }
}

impl Drop for Proc {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs `command` to its end, which has to come within [`LIMIT`].
#[track_caller]
pub fn run(command: &mut Command) -> Out {
    Proc::spawn(command).wait(LIMIT)
}

/// Runs a program outside of any host.
#[track_caller]
pub fn run_here(argv: &[&str]) -> Out {
    run(Command::new(argv[0]).args(&argv[1..]))
}

/// The parent of every process, by pid.
pub fn parents() -> Vec<(i32, i32)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse().ok()) else {
            continue;
        };
        // A process may end between the listing and this.
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        // "pid (name) state ppid": the name may hold blanks and brackets.
        let parent = stat
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        if let Some(parent) = parent {
            all.push((pid, parent));
        }
    }
    all
}

/// The first child of `pid`.
pub fn child_of(pid: i32) -> Option<i32> {
    parents()
        .into_iter()
        .find(|(_, parent)| *parent == pid)
        .map(|(child, _)| child)
}
