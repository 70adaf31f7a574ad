//! What is sent to support: a tar archive of what groundcrew reads on a host,
//! which `--root` reads again once it is unpacked.
//!
//! In it are the files that were read for facts, and no others; what else calls
//! brought (`capture/host.json`); and outputs for people. Private keys and tokens
//! are not among what facts read; texts pass [`crate::facts::redact`] all the same.

use std::collections::BTreeMap;
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

use crate::facts::redact;
use crate::host::calls::{self, Answer};
use crate::host::digest::sha256;
use crate::host::http::parse_response;
use crate::host::recording::{Entry, Recorded};

/// Outputs for people: name under `capture/`, and the command.
pub const OUTPUTS: [(&str, &[&str]); 9] = [
    ("uname", &["uname", "-a"]),
    ("ip-addr", &["ip", "-d", "addr"]),
    ("ip-route", &["ip", "route", "show", "table", "all"]),
    ("df", &["df", "-P", "-k", "-l"]),
    ("ss-tulpn", &["ss", "-tulpn"]),
    ("nft-ruleset", &["nft", "list", "ruleset"]),
    ("rpm-qa", &["rpm", "-qa"]),
    ("dpkg-l", &["dpkg", "-l"]),
    ("docker-version", &["docker", "version"]),
];

/// An archive that was put together.
#[derive(Debug)]
pub struct Archive {
    /// The bytes of the `.tar.gz`.
    pub bytes: Vec<u8>,
    /// Files in it.
    pub files: usize,
    /// Paths that could not be read, though they are there.
    pub unread: Vec<String>,
}

/// What the manifest says of a file.
#[derive(Debug, Serialize)]
struct Listed {
    path: String,
    bytes: usize,
    sha256: String,
    /// Whether secrets were taken out.
    redacted: bool,
}

#[derive(Debug, Serialize)]
struct Manifest {
    schema: &'static str,
    tool_version: &'static str,
    made: String,
    files: Vec<Listed>,
    /// Outputs that are not there, and why.
    missing: BTreeMap<String, String>,
}

/// Puts the archive together: `name` is its one folder, `outputs` are those of
/// [`OUTPUTS`], and why one is missing.
///
/// # Errors
/// Where the archive cannot be written, which in memory means no memory.
pub fn archive(
    recorded: &Recorded,
    outputs: &[(String, Result<String, String>)],
    name: &str,
    seconds: u64,
) -> io::Result<Archive> {
    let mut files: BTreeMap<String, (Vec<u8>, bool)> = BTreeMap::new();
    let mut missing = BTreeMap::new();
    for (path, entry) in &recorded.entries {
        if let Entry::File(bytes) = entry {
            files.insert(path.clone(), clean(path, bytes));
        }
    }
    for (output, result) in outputs {
        let path = format!("/capture/{output}");
        match result {
            Ok(text) => {
                let clean = redact::text(text);
                files.insert(path, (clean.clone().into_bytes(), clean != *text));
            }
            Err(why) => {
                missing.insert(path, why.clone());
            }
        }
    }
    let mut told = recorded.calls.clone();
    for value in told.environment.values_mut() {
        *value = redact::text(value);
    }
    if let Some(Answer::Value(text)) = &mut told.packet_filter {
        *text = redact::text(text);
        files.insert(
            "/capture/iptables-save".into(),
            (text.clone().into(), false),
        );
    }
    for (request, answer) in &mut told.sockets {
        if let Answer::Value(text) = answer {
            let (whole, body) = clean_answer(request, text);
            *text = whole;
            for (path, name) in [(" /version ", "docker-version"), (" /info ", "docker-info")] {
                if request.contains(path) && !body.is_empty() {
                    let path = format!("/capture/{name}.json");
                    files.insert(path, (body.clone().into(), true));
                }
            }
        }
    }
    let calls = super::json(&told);
    files.insert(format!("/{}", calls::FILE), (calls.into(), false));
    let listed = |(path, (bytes, redacted)): (&String, &(Vec<u8>, bool))| Listed {
        path: path.clone(),
        bytes: bytes.len(),
        sha256: sha256(bytes),
        redacted: *redacted,
    };
    let manifest = Manifest {
        schema: calls::SCHEMA,
        tool_version: env!("CARGO_PKG_VERSION"),
        made: recorded.calls.now.clone(),
        files: files.iter().map(listed).collect(),
        missing,
    };
    let manifest = super::json(&manifest);
    files.insert("/capture/manifest.json".into(), (manifest.into(), false));

    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
    let mut parents = recorded.parents();
    parents.insert("/capture".into());
    for (path, entry) in &recorded.entries {
        if *entry == Entry::Directory {
            parents.insert(path.clone());
        }
    }
    for path in &parents {
        if !matches!(
            recorded.entries.get(path),
            Some(Entry::Link(_) | Entry::File(_))
        ) {
            let mut header = header(tar::EntryType::Directory, 0o700, seconds, 0);
            tar.append_data(&mut header, format!("{name}{path}/"), io::empty())?;
        }
    }
    for (path, entry) in &recorded.entries {
        if let Entry::Link(target) = entry {
            let mut header = header(tar::EntryType::Symlink, 0o777, seconds, 0);
            tar.append_link(&mut header, format!("{name}{path}"), target)?;
        }
    }
    for (path, (bytes, _)) in &files {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let mut header = header(tar::EntryType::Regular, 0o600, seconds, length);
        tar.append_data(&mut header, format!("{name}{path}"), bytes.as_slice())?;
    }
    let mut gzip = tar.into_inner()?;
    gzip.flush()?;
    let there = |(path, answer): (&String, &Answer<()>)| match answer {
        Answer::Error {
            errno: Some(libc::EACCES | libc::EPERM),
            ..
        } => Some(path.clone()),
        _ => None,
    };
    Ok(Archive {
        bytes: gzip.finish()?,
        files: files.len(),
        unread: recorded.calls.unread.iter().filter_map(there).collect(),
    })
}

fn header(kind: tar::EntryType, mode: u32, seconds: u64, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(seconds);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header
}

/// A file's bytes without secrets, and whether there were any.
fn clean(path: &str, bytes: &[u8]) -> (Vec<u8>, bool) {
    // Of a process's environment only what says that this is a container.
    if path.ends_with("/environ") {
        let kept = bytes
            .split(|byte| *byte == 0)
            .filter(|one| one.starts_with(b"container="));
        let kept: Vec<_> = kept.flat_map(|one| [one, b"\0"].concat()).collect();
        let changed = kept != bytes;
        return (kept, changed);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let clean = redact::text(text);
            let changed = clean != text;
            (clean.into_bytes(), changed)
        }
        // A compressed kernel configuration, a variable of the firmware.
        Err(_) => (bytes.to_vec(), false),
    }
}

/// A daemon's answer without secrets, whole and its body alone.
fn clean_answer(request: &str, text: &str) -> (String, String) {
    let Ok(response) = parse_response(text.as_bytes()) else {
        return (redact::text(text), String::new());
    };
    let server = response.headers.iter().find(|(name, _)| name == "server");
    let server = server.map_or(String::new(), |(_, value)| {
        format!("Server: {}\r\n", redact::text(value))
    });
    let body = String::from_utf8_lossy(&response.body).into_owned();
    let body = match serde_json::from_str(&body) {
        Ok(mut value) => {
            redact::answer(&mut value, !request.contains(" /info "));
            value.to_string()
        }
        Err(_) => redact::text(&body),
    };
    let whole = format!("HTTP/1.0 {}\r\n{server}\r\n{body}", response.status);
    (whole, body)
}
