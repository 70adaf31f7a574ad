//! What leaves the program: standard output, reports and other files.

use std::io::{self, Write};

use crate::answers::config::{ReportFormat, ReportTarget};
use crate::error::{Exit, Failure};
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

/// Whether all reports can be written in this version: asked before anything is
/// done.
///
/// # Errors
/// Names those that cannot.
pub fn check_reports(targets: &[ReportTarget]) -> Result<(), Failure> {
    let bad: Vec<_> = targets
        .iter()
        .filter(|target| format(target.format).is_none())
        .map(|target| {
            format!(
                "report {}: the format {} is not in this version; there are txt, json, yaml and md",
                target.path.display(),
                target.format.word()
            )
        })
        .collect();
    if bad.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(Exit::Usage, bad.join("\n")))
    }
}

/// Writes the reports.
///
/// # Errors
/// When one cannot be written.
pub fn write_reports(
    host: &dyn Host,
    targets: &[ReportTarget],
    report: &Report,
) -> Result<Vec<String>, Failure> {
    let mut paths = Vec::new();
    for target in targets {
        let Some(format) = format(target.format) else {
            continue;
        };
        let path = target.path.display().to_string();
        write_file(host, &path, format.write(report).as_bytes())?;
        paths.push(path);
    }
    Ok(paths)
}

fn format(format: ReportFormat) -> Option<Format> {
    match format {
        ReportFormat::Human => Some(Format::Human),
        ReportFormat::Json => Some(Format::Json),
        ReportFormat::Yaml => Some(Format::Yaml),
        ReportFormat::Markdown => Some(Format::Markdown),
        ReportFormat::Html | ReportFormat::Junit | ReportFormat::Nagios => None,
    }
}
