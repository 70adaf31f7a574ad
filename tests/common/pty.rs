//! A terminal of the tests: a real pseudo-terminal, read as a screen.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a screen may take to show what is waited for.
pub const LIMIT: Duration = Duration::from_secs(20);

struct Seen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    ended: bool,
}

struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

/// A program on a terminal of its own; killed on drop.
pub struct Term {
    shared: Arc<Shared>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    done: bool,
}

/// A size of 0, which a bare serial line has, is taken for the usual one.
fn cells(n: u16, usual: u16) -> NonZeroU16 {
    NonZeroU16::new(n)
        .or(NonZeroU16::new(usual))
        .unwrap_or(NonZeroU16::MIN)
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

/// The question a program asks to learn where its cursor is.
const WHERE: &[u8] = b"\x1b[6n";

impl Term {
    /// Starts `argv` on a new terminal, with `env` and nothing else in its
    /// environment. A size of 0 by 0 is what a bare serial line has.
    pub fn spawn(rows: u16, cols: u16, env: &[(&str, &str)], argv: &[&str]) -> Self {
        let pair = native_pty_system()
            .openpty(size(rows, cols))
            .expect("openpty");
        let mut command = CommandBuilder::new(argv[0]);
        command.args(&argv[1..]);
        command.env_clear();
        command.cwd("/");
        for (key, value) in env {
            command.env(key, value);
        }
        let child = pair
            .slave
            .spawn_command(command)
            .expect("spawn on the terminal");
        drop(pair.slave);
        let shared = Arc::new(Shared {
            seen: Mutex::new(Seen {
                parser: vt100::Parser::new(cells(rows, 24), cells(cols, 80), 0),
                raw: Vec::new(),
                ended: false,
            }),
            changed: Condvar::new(),
        });
        let writer = Arc::new(Mutex::new(pair.master.take_writer().expect("writer")));
        let reader = pair.master.try_clone_reader().expect("reader");
        follow(reader, Arc::clone(&shared), Arc::clone(&writer));
        Self {
            shared,
            writer,
            master: pair.master,
            child,
            done: false,
        }
    }

    /// What the screen shows, a line for each row, without blanks at the ends.
    pub fn screen(&self) -> String {
        contents(&self.shared.seen.lock().unwrap())
    }

    /// Every byte that came over the wire.
    pub fn raw(&self) -> Vec<u8> {
        self.shared.seen.lock().unwrap().raw.clone()
    }

    /// Whether these bytes came over the wire at any time.
    pub fn raw_contains(&self, bytes: &[u8]) -> bool {
        let seen = self.shared.seen.lock().unwrap();
        seen.raw.windows(bytes.len()).any(|w| w == bytes)
    }

    /// Whether the alternate screen is on: off again means that the terminal was restored.
    pub fn in_alternate_screen(&self) -> bool {
        self.shared
            .seen
            .lock()
            .unwrap()
            .parser
            .screen()
            .alternate_screen()
    }

    /// Whether the cursor is hidden.
    pub fn cursor_hidden(&self) -> bool {
        self.shared
            .seen
            .lock()
            .unwrap()
            .parser
            .screen()
            .hide_cursor()
    }

    /// Waits until the screen shows `text` and gives the screen.
    #[track_caller]
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(&format!("{text:?} on the screen"), |screen| {
            screen.contains(text)
        })
    }

    /// Waits until the screen no longer shows `text`.
    #[track_caller]
    pub fn wait_gone(&self, text: &str) -> String {
        self.wait_until(&format!("{text:?} gone"), |screen| !screen.contains(text))
    }

    /// Waits until the screen passes `test`.
    #[track_caller]
    pub fn wait_until(&self, what: &str, test: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + LIMIT;
        let mut seen = self.shared.seen.lock().unwrap();
        loop {
            let screen = contents(&seen);
            if test(&screen) {
                return screen;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if seen.ended || left.is_zero() {
                let why = if seen.ended {
                    "the program ended"
                } else {
                    "time is up"
                };
                drop(seen);
                panic!("waited for {what}: {why}; the screen is\n{screen}");
            }
            seen = self.shared.changed.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Sends keys as the bytes that a terminal sends for them.
    pub fn key(&self, bytes: &[u8]) {
        let mut writer = self.writer.lock().unwrap();
        writer.write_all(bytes).expect("write to the terminal");
        writer.flush().expect("write to the terminal");
    }

    /// Changes the size; the program gets SIGWINCH.
    pub fn resize(&self, rows: u16, cols: u16) {
        let mut seen = self.shared.seen.lock().unwrap();
        seen.parser
            .screen_mut()
            .set_size(cells(rows, 24), cells(cols, 80));
        self.master.resize(size(rows, cols)).expect("resize");
    }

    /// The process on the terminal.
    pub fn pid(&self) -> i32 {
        self.child.process_id().expect("pid").cast_signed()
    }

    /// Waits for the program's end and gives its exit code.
    #[track_caller]
    pub fn wait_exit(&mut self) -> u32 {
        let limit = LIMIT;
        let status =
            super::wait_until("end of the program on the terminal", limit, || {
                match self.child.try_wait().expect("wait") {
                    Some(status) => Ok(status),
                    None => Err(self.screen()),
                }
            });
        self.done = true;
        // Its last words may still be under way; the end comes when nobody holds
        // the terminal any more, which a child left behind may delay.
        let deadline = Instant::now() + Duration::from_secs(2);
        let mut seen = self.shared.seen.lock().unwrap();
        while !seen.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            seen = self.shared.changed.wait_timeout(seen, left).unwrap().0;
        }
        status.exit_code()
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        if !self.done && matches!(self.child.try_wait(), Ok(None)) {
            // The program leads a session, and so a group, of its own.
            if let Some(pid) = self.child.process_id() {
                let _ = killpg(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
            }
            let _ = self.child.wait();
        }
    }
}

fn contents(seen: &Seen) -> String {
    seen.parser.screen().contents()
}

fn follow(
    mut reader: Box<dyn Read + Send>,
    shared: Arc<Shared>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        let mut looked_at = 0;
        loop {
            // The last holder's end is an error (EIO) on a terminal, not an end of file.
            let n = reader.read(&mut buffer).unwrap_or(0);
            let mut seen = shared.seen.lock().unwrap();
            seen.raw.extend_from_slice(&buffer[..n]);
            seen.parser.process(&buffer[..n]);
            seen.ended = n == 0;
            let asked = seen.raw[looked_at..]
                .windows(WHERE.len())
                .filter(|w| *w == WHERE)
                .count();
            if asked > 0 {
                looked_at = seen.raw.len();
            } else {
                looked_at = looked_at.max(seen.raw.len().saturating_sub(WHERE.len() - 1));
            }
            let (row, col) = seen.parser.screen().cursor_position();
            shared.changed.notify_all();
            drop(seen);
            for _ in 0..asked {
                let answer = format!("\x1b[{};{}R", row + 1, col + 1);
                let mut writer = writer.lock().unwrap();
                let _ = writer.write_all(answer.as_bytes());
                let _ = writer.flush();
            }
            if n == 0 {
                break;
            }
        }
    });
}
