//! Reading and writing the host's files in steps.

use super::content::clear_unfinished;
use super::error::StepError;
use crate::host::{Command, FileKind, Host, Meta};

/// The text of a file with what `lstat` says of it; none where it is not there.
///
/// # Errors
/// When it cannot be read, is no regular file or no text.
pub fn read_text(host: &dyn Host, path: &str) -> Result<Option<(String, Meta)>, StepError> {
    let meta = match host.meta(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(|e| StepError::file(path, e))?,
    };
    if meta.kind != FileKind::File {
        return Err(StepError::NotAFile { path: path.into() });
    }
    let bytes = host.read(path).map_err(|e| StepError::file(path, e))?;
    let text = String::from_utf8(bytes).map_err(|_| StepError::NotText { path: path.into() })?;
    Ok(Some((text, meta)))
}

/// Writes a whole file.
///
/// # Errors
/// When it cannot be written.
pub fn write(host: &dyn Host, path: &str, bytes: &[u8], mode: u32) -> Result<(), StepError> {
    clear_unfinished(host, path)?;
    host.write_atomic(path, bytes, mode)
        .map_err(|e| StepError::file(path, e))?;
    label(host, path)
}

/// Writes a whole file in place of the one that was found, with its mode and
/// owner.
///
/// # Errors
/// When it cannot be written.
pub fn replace(host: &dyn Host, path: &str, bytes: &[u8], meta: &Meta) -> Result<(), StepError> {
    clear_unfinished(host, path)?;
    put_back(host, path, bytes, meta)
}

/// The same for an undo, which has cleared what was left beside the file before it
/// looked at it.
///
/// # Errors
/// When it cannot be written.
pub fn put_back(host: &dyn Host, path: &str, bytes: &[u8], meta: &Meta) -> Result<(), StepError> {
    let failed = |error| StepError::file(path, error);
    host.write_atomic(path, bytes, meta.mode).map_err(failed)?;
    if (meta.uid, meta.gid) != (0, 0) {
        host.chown(path, meta.uid, meta.gid).map_err(failed)?;
    }
    label(host, path)
}

/// Gives a new file the SELinux label that the policy has for its path: it has
/// its folder's until then, and a service may not be allowed to read that. Where
/// SELinux is off there is no file system of its own (selinuxfs).
///
/// # Errors
/// When restorecon fails.
pub fn label(host: &dyn Host, path: &str) -> Result<(), StepError> {
    let on = ["/sys/fs/selinux/enforce", "/selinux/enforce"]
        .iter()
        .any(|file| host.meta(file).is_ok());
    if on && host.program("restorecon").is_some() {
        host.run(&Command::new(["restorecon", path]))?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::{Output, Scripted};

    #[test]
    fn a_new_file_gets_its_label_where_selinux_is_on() {
        let host = |files: &[&str]| {
            let start = Scripted::new().executable("/sbin/restorecon").dir("/etc");
            let host = files.iter().fold(start, |host, path| host.file(path, "1"));
            host.on_run(|_, _| Some(Ok(Output::default())))
        };
        for on in ["/sys/fs/selinux/enforce", "/selinux/enforce"] {
            let host = host(&[on]);
            write(&host, "/etc/new", b"x\n", 0o600).unwrap();
            assert_eq!(host.ran(), [["restorecon", "/etc/new"]]);
        }
        let off = host(&[]);
        write(&off, "/etc/new", b"x\n", 0o600).unwrap();
        assert!(off.ran().is_empty());
    }
}
