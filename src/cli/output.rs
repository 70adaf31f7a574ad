//! What leaves the program: standard output, standard error, reports and other
//! files.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::answers::config::{ReportFormat, ReportTarget};
use crate::apply::engine::Event;
use crate::error::{Exit, Failure};
use crate::host::{Host, timestamp};
use crate::report::progress::{Kind, Line};
use crate::report::{Format, Report};

/// How standard error is written.
struct Voice {
    json: bool,
    began: Instant,
}

static VOICE: OnceLock<Voice> = OnceLock::new();

fn voice() -> &'static Voice {
    VOICE.get_or_init(|| Voice {
        json: false,
        began: Instant::now(),
    })
}

/// Begins the program's time, and decides whether standard error gets JSON alone.
pub fn begin(json: bool) {
    let _ = VOICE.set(Voice {
        json,
        began: Instant::now(),
    });
}

/// Time since the program began.
pub fn elapsed() -> Duration {
    voice().began.elapsed()
}

/// A line of `--progress json` that says nothing yet.
fn line(kind: Kind) -> Line {
    let at = timestamp(crate::host::Host::now(&crate::host::Live));
    Line::new(kind, at, millis())
}

fn millis() -> u64 {
    u64::try_from(elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Tells what happened in a run of `steps` steps, for programs.
pub fn tell_event(event: Event, steps: usize) {
    let at = timestamp(crate::host::Host::now(&crate::host::Live));
    put(&Line::of_event(event, steps, at, millis()).json());
}

/// Tells for programs that a run of `steps` steps begins or goes on.
pub fn tell_begin(steps: usize, title: String) {
    let line = Line {
        total: Some(steps),
        title: Some(title),
        ..line(Kind::Begin)
    };
    put(&line.json());
}

/// Tells for programs how a run ended.
pub fn tell_end(title: String, exit: Exit) {
    let line = Line {
        title: Some(title),
        exit: Some(exit as u8),
        ..line(Kind::End)
    };
    put(&line.json());
}

/// The error that ends the program, on standard error.
pub fn say_error(failure: &Failure) {
    let message = failure.message.trim_end();
    if voice().json {
        let line = Line {
            error: Some(message.into()),
            exit: Some(failure.exit as u8),
            ..line(Kind::Error)
        };
        put(&line.json());
    } else if message.starts_with("error:") {
        // A list of problems brings its own heading.
        put(message);
    } else {
        put(&format!("error: {message}"));
    }
}

/// Says something on standard error.
pub fn say(text: &str) {
    if voice().json {
        let line = Line {
            title: Some(text.into()),
            ..line(Kind::Notice)
        };
        put(&line.json());
    } else {
        put(text);
    }
}

/// Writes a line on standard error. Whoever read it may be gone, as the terminal of
/// a lost connection: that stops nothing (`eprintln!` would panic).
fn put(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Prints to standard output. A reader that has gone away (`| head`, a terminal
/// that hung up) is no error.
///
/// # Errors
/// When it cannot be written, for another reason.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if !is_gone(&error) => {
            Err(Failure::unexpected(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Whether nobody reads standard output any more. EIO is the answer of a terminal
/// that hung up; of a file it is an error of the disk.
fn is_gone(error: &io::Error) -> bool {
    use nix::sys::stat::{SFlag, fstat};
    let device = || {
        fstat(io::stdout().as_fd()).is_ok_and(|stat| {
            SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFCHR
        })
    };
    error.kind() == io::ErrorKind::BrokenPipe
        || (error.raw_os_error() == Some(nix::libc::EIO) && device())
}

/// Prints what came of a run that is over. Its exit code tells how the host
/// stands, so it is not replaced by a full disk under standard output unless
/// there was nothing else to tell.
///
/// # Errors
/// When it cannot be written and the run came to a good end.
pub fn print_ended(text: &str, exit: Exit) -> Result<Exit, Failure> {
    match print(text) {
        Err(failure) if exit != Exit::Done => {
            say(&format!("groundcrew: {}", failure.message));
            Ok(exit)
        }
        other => other.map(|()| exit),
    }
}

/// Writes a file that the operator named, 0600.
///
/// # Errors
/// When it cannot be written.
pub fn write_file(host: &dyn Host, path: &str, bytes: &[u8]) -> Result<(), Failure> {
    let written = host.write_atomic(path, bytes, 0o600);
    written.map_err(|error| Failure::unexpected(format!("{path}: {error}")))
}

/// Writes the reports. One that cannot be written does not hinder the others.
///
/// # Errors
/// All that could not be written.
pub fn write_reports(
    host: &dyn Host,
    targets: &[ReportTarget],
    report: &Report,
    strict: bool,
) -> Result<Vec<String>, Failure> {
    let (mut paths, mut problems) = (Vec::new(), Vec::new());
    for target in targets {
        let path = target.path.display().to_string();
        let text = format(target.format).write(report, strict);
        match write_file(host, &path, text.as_bytes()) {
            Ok(()) => paths.push(path),
            Err(failure) => problems.push(failure.message),
        }
    }
    if problems.is_empty() {
        Ok(paths)
    } else {
        Err(Failure::unexpected(problems.join("\n")))
    }
}

fn format(format: ReportFormat) -> Format {
    match format {
        ReportFormat::Human => Format::Human,
        ReportFormat::Json => Format::Json,
        ReportFormat::Yaml => Format::Yaml,
        ReportFormat::Markdown => Format::Markdown,
        ReportFormat::Html => Format::Html,
        ReportFormat::Junit => Format::Junit,
        ReportFormat::Nagios => Format::Nagios,
    }
}
