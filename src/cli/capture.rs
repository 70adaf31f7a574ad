//! `capture`: what to send to support.

use std::io::{IsTerminal, Write};
use std::time::{Duration, UNIX_EPOCH};

use super::args::CaptureArgs;
use super::history::status_text;
use super::job::Job;
use super::output::{print, write_file};
use super::runs::{read_runs, state};
use crate::error::{Exit, Failure};
use crate::facts;
use crate::host::{Command, Recording, timestamp};
use crate::report::capture::{Archive, OUTPUTS, archive};

/// How long one output may take.
const LIMIT: Duration = Duration::from_secs(10);

/// `capture`.
pub fn capture(job: &Job<'_>, arguments: &CaptureArgs) -> Result<Exit, Failure> {
    let stdout = arguments.output.as_deref() == Some("-");
    if stdout && std::io::stdout().is_terminal() {
        let text = "-o -: an archive is no text for a terminal: name a file, or pipe it";
        return Err(Failure::new(Exit::Usage, text));
    }
    let (name, archive) = put_together(job, Vec::new())?;
    if stdout {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(&archive.bytes).and_then(|()| out.flush());
        written.map_err(|error| Failure::unexpected(format!("standard output: {error}")))?;
        return Ok(Exit::Done);
    }
    let path = match &arguments.output {
        Some(path) => path.clone(),
        None => format!("{name}.tar.gz"),
    };
    write_file(job.host, &path, &archive.bytes)?;
    let mut text = format!(
        "{path}: {} files, {} KiB; unpack it and look at the host with --root {name}\n\
         Secrets were left out. Names and addresses of hosts are in it: `facts --anonymize`\n\
         writes facts without them.\n",
        archive.files,
        archive.bytes.len().div_ceil(1024)
    );
    if !archive.unread.is_empty() {
        text.push_str(&format!(
            "Not allowed to read {} of the files: what they hold is unknown there, and would be\n\
             known to root. The first is {}\n",
            archive.unread.len(),
            archive.unread.first().map_or("", String::as_str)
        ));
    }
    print(&text)?;
    Ok(Exit::Done)
}

/// The same from within a front end, with the log of this process and the runs
/// of this host beside it; where it is then, and what is in it.
///
/// # Errors
/// When another host is looked at, or the archive cannot be written.
pub fn save(job: &Job<'_>) -> Result<String, Failure> {
    if job.global.root.is_some() || job.global.facts.is_some() {
        let text = "No support bundle: with --root or --facts another host is looked at; say \
                    `groundcrew capture` there.";
        return Err(Failure::new(Exit::Usage, text));
    }
    let mut more = Vec::new();
    if let Some(path) = crate::host::log::path() {
        let text = job.host.read(&path);
        let text = text.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let text = text.map_err(|error| format!("{path}: {error}"));
        more.push(("groundcrew-log".to_owned(), text));
    }
    let runs =
        read_runs(&state(job)).map(|(runs, unreadable)| status_text(job, &runs, &unreadable));
    let runs = runs.map_err(|failure| failure.message);
    more.push(("groundcrew-status".to_owned(), runs));
    let (name, archive) = put_together(job, more)?;
    let path = format!("{name}.tar.gz");
    write_file(job.host, &path, &archive.bytes)?;
    let kib = archive.bytes.len().div_ceil(1024);
    Ok(format!(
        "{path} ({} files, {kib} KiB, no secrets)",
        archive.files
    ))
}

/// The archive and the name of its folder; `more` are further outputs.
fn put_together(
    job: &Job<'_>,
    more: Vec<(String, Result<String, String>)>,
) -> Result<(String, Archive), Failure> {
    let recording = Recording::new(job.host);
    let facts = facts::collect(&recording);
    let mut outputs: Vec<_> = OUTPUTS
        .iter()
        .map(|(name, argv)| {
            let mut command = Command::new(argv.iter().copied());
            command.timeout = LIMIT;
            let output = job.host.run(&command);
            let text = output.map(|output| output.text().to_string());
            ((*name).to_owned(), text.map_err(|error| error.to_string()))
        })
        .collect();
    outputs.extend(more);
    let now = job.host.now();
    let time = timestamp(now).replace([':', '-'], "");
    let host = facts.os.hostname.value().map_or("host", |name| name);
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '_'
        }
    };
    let name: String = host.chars().map(plain).collect();
    let name = format!("groundcrew-capture-{name}-{time}");
    let seconds = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let archive =
        archive(&recording.take(), &outputs, &name, seconds).map_err(Failure::unexpected)?;
    Ok((name, archive))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cli::args::Global;
    use crate::host::Scripted;

    #[test]
    fn this_machine_is_not_bundled_where_another_host_is_looked_at() {
        let host = Scripted::new();
        let global = Global {
            root: Some("/srv/captured".into()),
            ..Global::default()
        };
        let job = Job::new(&host, &host, &global).unwrap();
        let text = save(&job).unwrap_err().message;
        assert!(text.contains("--root"), "{text}");
    }
}
