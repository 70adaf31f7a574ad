//! What leaves the program: standard output, standard error, reports and other
//! files.

use std::io::{self, Write};
use std::os::fd::AsFd;

use crate::answers::config::{ReportFormat, ReportTarget};
use crate::error::{Exit, Failure};
use crate::host::Host;
use crate::report::{Format, Report};

/// Says a line on standard error. Whoever read it may be gone, as the terminal of
/// a lost connection: that stops nothing (`eprintln!` would panic).
pub fn say(line: &str) {
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
