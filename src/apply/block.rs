//! A block of lines at the end of a text file that is somebody else's.

use super::content::{clear_unfinished, digest};
use super::error::StepError;
use super::files::{put_back, read_text, replace, write};
use super::undo::changed_by_others;
use crate::host::Host;

fn begin(name: &str) -> String {
    format!("# BEGIN groundcrew {name}")
}

fn end(name: &str) -> String {
    format!("# END groundcrew {name}")
}

/// What stands in a file, without the block, and the block.
fn split(text: &str, name: &str) -> (String, Option<String>) {
    let (begin, end) = (begin(name), end(name));
    let (mut rest, mut block, mut inside) = (String::new(), None::<String>, false);
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches('\n');
        if !inside && bare == begin {
            inside = true;
            block.get_or_insert_default();
        } else if inside && bare == end {
            inside = false;
        } else if inside {
            block.get_or_insert_default().push_str(line);
        } else {
            rest.push_str(line);
        }
    }
    (rest, block)
}

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Whether the file has the block with exactly these lines.
///
/// # Errors
/// When the file cannot be read or is no text file.
pub fn is_there(
    host: &dyn Host,
    path: &str,
    name: &str,
    lines: &[String],
) -> Result<bool, StepError> {
    let found = read_text(host, path)?;
    let block = found.and_then(|(text, _)| split(&text, name).1);
    Ok(block.is_some_and(|block| block == joined(lines)))
}

/// Whether the file is there at all, and the digest that the block will have.
///
/// # Errors
/// As [`is_there`]; and where a block of that name with other lines is there,
/// which somebody has changed.
pub fn prepare(
    host: &dyn Host,
    path: &str,
    name: &str,
    lines: &[String],
) -> Result<(bool, String), StepError> {
    let found = read_text(host, path)?;
    let created = found.is_none();
    if let Some((text, _)) = found
        && split(&text, name).1.is_some()
    {
        return Err(changed_by_others(path));
    }
    Ok((created, digest(joined(lines).as_bytes())))
}

/// Puts the block at the end of the file.
///
/// # Errors
/// When the file cannot be read or written.
pub fn put(
    host: &dyn Host,
    path: &str,
    mode: u32,
    name: &str,
    lines: &[String],
) -> Result<(), StepError> {
    let (mut text, meta) = match read_text(host, path)? {
        None => (String::new(), None),
        Some((text, meta)) => (split(&text, name).0, Some(meta)),
    };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&format!(
        "{}\n{}{}\n",
        begin(name),
        joined(lines),
        end(name)
    ));
    match meta {
        Some(meta) => replace(host, path, text.as_bytes(), &meta),
        None => write(host, path, text.as_bytes(), mode),
    }
}

/// Takes the block out of the file; a file that was made for it is removed when
/// nothing else is in it.
///
/// # Errors
/// When the file cannot be read or written, or when somebody has changed the
/// block since.
pub fn remove(
    host: &dyn Host,
    path: &str,
    name: &str,
    sha256: &str,
    created: bool,
) -> Result<(), StepError> {
    clear_unfinished(host, path)?;
    let Some((text, meta)) = read_text(host, path)? else {
        return Ok(());
    };
    let (rest, block) = split(&text, name);
    let Some(block) = block else { return Ok(()) };
    if digest(block.as_bytes()) != sha256 {
        return Err(changed_by_others(path));
    }
    if created && rest.is_empty() {
        return host.remove_file(path).map_err(|e| StepError::file(path, e));
    }
    put_back(host, path, rest.as_bytes(), &meta)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Scripted;

    const PATH: &str = "/etc/sysconfig/docker";

    fn lines() -> Vec<String> {
        vec!["other_args=\"$other_args --mtu=1472\"".into()]
    }

    fn put_into(host: &Scripted) -> (bool, String) {
        let prepared = prepare(host, PATH, "flannel", &lines()).unwrap();
        put(host, PATH, 0o644, "flannel", &lines()).unwrap();
        assert!(is_there(host, PATH, "flannel", &lines()).unwrap());
        // Once more changes nothing.
        let before = host.text(PATH);
        put(host, PATH, 0o644, "flannel", &lines()).unwrap();
        assert_eq!(host.text(PATH), before);
        prepared
    }

    #[test]
    fn what_else_is_in_the_file_stays() {
        let host = Scripted::new().file(PATH, "other_args=\"-H x\"\n");
        let (created, sha256) = put_into(&host);
        assert!(!created);
        assert_eq!(
            host.text(PATH).unwrap(),
            "other_args=\"-H x\"\n# BEGIN groundcrew flannel\nother_args=\"$other_args \
             --mtu=1472\"\n# END groundcrew flannel\n"
        );
        // Somebody adds a line of his own: it stays, too.
        let more = host.text(PATH).unwrap() + "DOCKER_NOWARN_KERNEL_VERSION=1\n";
        host.write_atomic(PATH, more.as_bytes(), 0o644).unwrap();
        remove(&host, PATH, "flannel", &sha256, created).unwrap();
        assert_eq!(
            host.text(PATH).unwrap(),
            "other_args=\"-H x\"\nDOCKER_NOWARN_KERNEL_VERSION=1\n"
        );
        remove(&host, PATH, "flannel", &sha256, created).unwrap();
    }

    #[test]
    fn a_file_that_was_made_for_it_goes_with_it() {
        let host = Scripted::new().dir("/etc/sysconfig");
        let (created, sha256) = put_into(&host);
        assert!(created);
        remove(&host, PATH, "flannel", &sha256, created).unwrap();
        assert_eq!(host.text(PATH), None);
    }

    #[test]
    fn a_block_that_somebody_changed_is_left() {
        let host = Scripted::new().file(PATH, "a=1\n");
        let (created, sha256) = put_into(&host);
        let changed = host.text(PATH).unwrap().replace("1472", "1400");
        host.write_atomic(PATH, changed.as_bytes(), 0o644).unwrap();
        let error = remove(&host, PATH, "flannel", &sha256, created).unwrap_err();
        assert!(error.to_string().contains("somebody else"), "{error}");
        assert_eq!(host.text(PATH).unwrap(), changed);
        let error = prepare(&host, PATH, "flannel", &lines()).unwrap_err();
        assert!(error.to_string().contains("somebody else"), "{error}");
    }

    #[test]
    fn a_last_line_without_an_end_gets_one() {
        let host = Scripted::new().file(PATH, "a=1");
        put_into(&host);
        assert!(host.text(PATH).unwrap().starts_with("a=1\n# BEGIN"));
    }

    #[test]
    fn no_text_is_refused() {
        let host = Scripted::new().file(PATH, vec![0xff, 0xfe, b'\n']);
        let error = put(&host, PATH, 0o644, "flannel", &lines()).unwrap_err();
        assert!(error.to_string().contains("not a text file"), "{error}");
    }
}
