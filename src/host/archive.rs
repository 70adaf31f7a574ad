//! Taking one program out of a release's archive.

use std::io::{self, Read, Write};

use flate2::read::GzDecoder;
use tar::{Archive, EntryType};

/// The largest program that is taken out of an archive, in bytes. The largest
/// that is meant, etcd 3.6, has some 25 MB.
const LIMIT: u64 = 512 * 1024 * 1024;

/// Writes the one regular file that is called `name`, in whichever folder of a
/// `.tar.gz` it is, to `to`.
///
/// # Errors
/// [`io::ErrorKind::NotFound`] with what the archive has where it has no such
/// file; [`io::ErrorKind::InvalidData`] where it has several, or is no archive.
pub(super) fn member(from: impl Read, name: &str, to: &mut dyn Write) -> io::Result<()> {
    let mut archive = Archive::new(GzDecoder::new(from));
    let (mut found, mut others): (Option<String>, Vec<String>) = (None, Vec::new());
    for entry in archive.entries()? {
        let mut entry = entry?;
        if entry.header().entry_type() != EntryType::Regular {
            continue;
        }
        let path = entry.path()?.display().to_string();
        if path.rsplit('/').next() != Some(name) {
            others.push(path);
            continue;
        }
        if let Some(first) = &found {
            let text = format!("{name} is in it twice, as {first} and as {path}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        if entry.size() > LIMIT {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        io::copy(&mut entry, to)?;
        found = Some(path);
    }
    if found.is_some() {
        return Ok(());
    }
    let more = if others.len() > 8 { ", …" } else { "" };
    others.truncate(8);
    let text = format!("no {name} is in it, but {}{more}", others.join(", "));
    Err(io::Error::new(io::ErrorKind::NotFound, text))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    fn archive(files: &[(&str, &str)]) -> Vec<u8> {
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let mut folder = tar::Header::new_gnu();
        folder.set_entry_type(EntryType::Directory);
        folder.set_size(0);
        tar.append_data(&mut folder, "etcd-v3.5.21/etcd/", io::empty())
            .unwrap();
        for (path, text) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o755);
            tar.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap()
    }

    fn taken(bytes: &[u8], name: &str) -> io::Result<String> {
        let mut to = Vec::new();
        member(bytes, name, &mut to)?;
        Ok(String::from_utf8(to).unwrap())
    }

    #[test]
    fn the_one_file_of_that_name_is_taken_out() {
        let bytes = archive(&[
            ("etcd-v3.5.21/README.md", "words"),
            ("etcd-v3.5.21/bin/etcd", "the program"),
            ("etcd-v3.5.21/etcdctl", "another"),
        ]);
        assert_eq!(taken(&bytes, "etcd").unwrap(), "the program");
        let missing = taken(&bytes, "flanneld").unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        assert!(missing.to_string().contains("etcd-v3.5.21/etcdctl"));
        let twice = taken(&archive(&[("a/etcd", "1"), ("b/etcd", "2")]), "etcd").unwrap_err();
        assert!(
            twice.to_string().contains("a/etcd and as b/etcd"),
            "{twice}"
        );
        assert!(taken(b"no archive at all", "etcd").is_err());
    }
}
