//! What leaves the program: standard output, reports and other files.

use std::io::{self, Write};

use crate::answers::config::{ReportFormat, ReportTarget};
use crate::error::Failure;
use crate::host::Host;
use crate::report::{Format, Report};

/// Prints to standard output. A reader that has gone away (`| head`) is no
/// error.
///
/// # Errors
/// When it cannot be written, for another reason.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::unexpected(format!("standard output: {error}")))
        }
        _ => Ok(()),
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
