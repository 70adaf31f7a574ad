//! The log: every command that is run, and what became of it.
//!
//! Lines go to a file and, while a front end shows them, to its channel. What a
//! command reads from its input is never in it; of what it prints, the last words of
//! one that failed, and the output of Replicated's script without its secrets.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Mutex, OnceLock};
use std::time::SystemTime;

use log::{LevelFilter, Log, Metadata, Record};

/// What is called with each line.
pub type Listener = Box<dyn Fn(String) + Send>;

struct Logger {
    file: Mutex<Option<File>>,
    path: Mutex<Option<String>>,
    listener: Mutex<Option<Listener>>,
}

static LOGGER: OnceLock<Logger> = OnceLock::new();

fn logger() -> &'static Logger {
    LOGGER.get_or_init(|| Logger {
        file: Mutex::new(None),
        path: Mutex::new(None),
        listener: Mutex::new(None),
    })
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Libraries have nothing to say here.
        metadata.target().starts_with("groundcrew")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let now = super::timestamp(SystemTime::now());
        let line = format!("{now} {}", record.args());
        if let Ok(mut file) = self.file.lock()
            && let Some(file) = file.as_mut()
        {
            // A full disk must not stop what is being done.
            let _ = writeln!(file, "{line}");
        }
        if let Ok(listener) = self.listener.lock()
            && let Some(listener) = listener.as_ref()
        {
            listener(line);
        }
    }

    fn flush(&self) {}
}

/// Starts writing the log to a file, which is made with mode 0600 in a folder
/// that is made where it is not there.
///
/// # Errors
/// When the file cannot be made; nothing is logged then.
pub fn to_file(path: &str) -> io::Result<()> {
    if let Some(parent) = Path::new(path).parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(parent)?;
    }
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW)
        .open(path)?;
    if let Ok(mut slot) = logger().file.lock() {
        *slot = Some(file);
    }
    if let Ok(mut slot) = logger().path.lock() {
        *slot = Some(path.to_owned());
    }
    start();
    Ok(())
}

/// The file that is written, where one is.
pub fn path() -> Option<String> {
    logger().path.lock().ok()?.clone()
}

/// Gives the lines to a front end as well, in the thread that logs: so they stand
/// in the order of what happens there.
pub fn to_listener(listener: Listener) {
    if let Ok(mut slot) = logger().listener.lock() {
        *slot = Some(listener);
    }
    start();
}

fn start() {
    // The second call finds the logger set already, which is as good.
    let _ = log::set_logger(logger());
    log::set_max_level(LevelFilter::Info);
}
