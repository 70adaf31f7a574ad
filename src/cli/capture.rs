//! `capture`: what to send to support.

use std::io::{IsTerminal, Write};
use std::time::{Duration, UNIX_EPOCH};

use super::args::CaptureArgs;
use super::job::Job;
use super::output::{print, write_file};
use crate::error::{Exit, Failure};
use crate::facts;
use crate::host::{Command, Recording, timestamp};
use crate::report::capture::{OUTPUTS, archive};

/// How long one output may take.
const LIMIT: Duration = Duration::from_secs(10);

/// `capture`.
pub fn capture(job: &Job<'_>, arguments: &CaptureArgs) -> Result<Exit, Failure> {
    let stdout = arguments.output.as_deref() == Some("-");
    if stdout && std::io::stdout().is_terminal() {
        let text = "-o -: an archive is no text for a terminal: name a file, or pipe it";
        return Err(Failure::new(Exit::Usage, text));
    }
    let recording = Recording::new(job.host);
    let facts = facts::collect(&recording);
    let outputs: Vec<_> = OUTPUTS
        .iter()
        .map(|(name, argv)| {
            let mut command = Command::new(argv.iter().copied());
            command.timeout = LIMIT;
            let output = job.host.run(&command);
            let text = output.map(|output| output.text().to_string());
            ((*name).to_owned(), text.map_err(|error| error.to_string()))
        })
        .collect();
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
