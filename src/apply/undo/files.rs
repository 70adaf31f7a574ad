//! Taking back what was done to files, links and folders.

use super::{Kept, Others};
use crate::apply::content::{self, clear_unfinished};
use crate::apply::error::StepError;
use crate::host::{FileKind, Host};

/// Removes a folder with all that is in it. Symbolic links are removed, never
/// followed.
pub fn remove_tree(host: &dyn Host, path: &str) -> Result<(), StepError> {
    let failed = |path: &str, error| StepError::file(path, error);
    match host.meta(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(path, error)),
        Ok(meta) if meta.kind != FileKind::Directory => {
            return host.remove_file(path).map_err(|e| failed(path, e));
        }
        Ok(_) => {}
    }
    for name in host.list(path).map_err(|e| failed(path, e))? {
        remove_tree(host, &format!("{path}/{name}"))?;
    }
    host.remove_dir(path).map_err(|e| failed(path, e))
}

/// That somebody else has changed a file since.
pub fn changed_by_others(path: &str) -> StepError {
    StepError::ChangedByOthers { path: path.into() }
}

/// The digest of a file, or `None` where there is none.
fn digest_of(host: &dyn Host, path: &str) -> Result<Option<String>, StepError> {
    match host.read(path) {
        Ok(bytes) => Ok(Some(content::digest(&bytes))),
        // A program.
        Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
            let found = host.digest(path);
            found.map(Some).map_err(|e| StepError::file(path, e))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StepError::file(path, source)),
    }
}

/// Removes a file that was not there before, unless somebody else has changed it
/// since.
pub fn remove_file(
    host: &dyn Host,
    path: &str,
    made_dirs: &[String],
    sha256: Option<&str>,
    others: Others,
) -> Result<(), StepError> {
    clear_unfinished(host, path)?;
    if let Some(found) = digest_of(host, path)? {
        if others == Others::Leave && sha256.is_some_and(|written| written != found) {
            return Err(changed_by_others(path));
        }
        host.remove_file(path)
            .map_err(|e| StepError::file(path, e))?;
    }
    remove_dirs(host, made_dirs);
    Ok(())
}

/// Gives a file its content, mode and owner back, unless somebody else has changed it
/// since.
pub fn restore_file(
    host: &dyn Host,
    path: &str,
    (mode, uid, gid): (u32, u32, u32),
    backup: &str,
    (sha256, others): (&str, Others),
) -> Result<(), StepError> {
    clear_unfinished(host, path)?;
    let old = content::read_backup(host, backup)?;
    match digest_of(host, path)? {
        Some(found) if found == sha256 => host
            .write_atomic(path, &old, mode)
            .map_err(|e| StepError::file(path, e))?,
        // Cut off before it was written, or between putting the content back
        // and giving it to its owner.
        Some(found) if found == content::digest(&old) => {}
        // A copy of it is kept by now.
        Some(_) | None if others == Others::Keep => host
            .write_atomic(path, &old, mode)
            .map_err(|e| StepError::file(path, e))?,
        Some(_) | None => return Err(changed_by_others(path)),
    }
    host.chown(path, uid, gid)
        .map_err(|e| StepError::file(path, e))?;
    crate::apply::files::label(host, path)
}

/// Copies a file beside itself that is neither what was written nor what was there
/// before, where that is wanted. A copy with the same content serves again: an undo
/// that was cut off is repeated.
pub fn put_aside(
    host: &dyn Host,
    path: &str,
    others: Others,
    written: Option<&str>,
    backup: Option<&String>,
) -> Result<Option<Kept>, StepError> {
    let (Others::Keep, Some(written)) = (others, written) else {
        return Ok(None);
    };
    let Some(found) = digest_of(host, path)? else {
        return Ok(None);
    };
    let old = match backup {
        Some(backup) => Some(content::digest(&content::read_backup(host, backup)?)),
        None => None,
    };
    if found == written || Some(&found) == old.as_ref() {
        return Ok(None);
    }
    let meta = host.meta(path).map_err(|e| StepError::file(path, e))?;
    if meta.kind != FileKind::File {
        return Err(StepError::NotAFile { path: path.into() });
    }
    let first = format!("{path}.groundcrew-kept");
    let names = std::iter::once(first.clone()).chain((2..).map(|n| format!("{first}.{n}")));
    for copy in names {
        match digest_of(host, &copy)? {
            Some(same) if same == found => {}
            Some(_) => continue,
            None => {
                clear_unfinished(host, &copy)?;
                host.copy_verified(path, &copy, meta.mode, &found)
                    .and_then(|()| host.chown(&copy, meta.uid, meta.gid))
                    .map_err(|e| StepError::file(&copy, e))?;
            }
        }
        log::info!("{path} was changed by somebody else; a copy is kept: {copy}");
        return Ok(Some(Kept {
            path: path.into(),
            copy,
        }));
    }
    Ok(None)
}

fn link_changed(path: &str) -> StepError {
    StepError::LinkChangedByOthers { path: path.into() }
}

/// Removes a symbolic link that was not there before, unless it leads elsewhere by now.
pub fn remove_link(
    host: &dyn Host,
    path: &str,
    target: &str,
    made_dirs: &[String],
) -> Result<(), StepError> {
    match host.meta(path) {
        Ok(meta) if meta.kind == FileKind::Symlink => {
            let found = host.read_link(path).map_err(|e| StepError::file(path, e))?;
            if found != target {
                return Err(link_changed(path));
            }
            host.remove_file(path)
                .map_err(|e| StepError::file(path, e))?;
        }
        Ok(_) => return Err(link_changed(path)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(source) => return Err(StepError::file(path, source)),
    }
    remove_dirs(host, made_dirs);
    Ok(())
}

/// Removes folders that a step had made, as far as nobody else uses them.
pub fn remove_dirs(host: &dyn Host, made: &[String]) {
    for dir in made.iter().rev() {
        match host.remove_dir(dir) {
            Ok(()) => {}
            // Cut off before it was made, or after it was removed.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(_) => break,
        }
    }
}
