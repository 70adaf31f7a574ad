//! The content of files: putting secrets in, and keeping them out of whatever
//! is shown or kept.

use zeroize::Zeroizing;

use super::error::StepError;
use super::{keys, kubernetes, zerotier};
pub use crate::host::digest::sha256 as digest;
use crate::host::{Host, unfinished};
use crate::plan::step::Part;

/// The bytes of a file, secrets put in.
///
/// # Errors
/// When a secret cannot be read.
pub fn render(host: &dyn Host, parts: &[Part]) -> Result<Zeroizing<Vec<u8>>, StepError> {
    let mut bytes = Zeroizing::new(Vec::new());
    for part in parts {
        match part {
            Part::Text(text) => bytes.extend(text.as_bytes()),
            Part::Secret(path) => bytes.extend(secret(host, path)?.as_bytes()),
            Part::PublicKeyOf(path) => bytes.extend(keys::public_of_file(host, path)?.as_bytes()),
            Part::ZerotierNode => bytes.extend(zerotier::own_node(host)?.as_bytes()),
            Part::ZerotierPlanet => bytes.extend(zerotier::planet(host)?.as_bytes()),
            Part::KubernetesCaHash => bytes.extend(kubernetes::ca::hash(host)?.as_bytes()),
        }
    }
    Ok(bytes)
}

fn secret(host: &dyn Host, path: &str) -> Result<Zeroizing<String>, StepError> {
    let bytes = Zeroizing::new(host.read(path).map_err(|e| StepError::file(path, e))?);
    let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
    Ok(Zeroizing::new(text.trim().to_string()))
}

/// The content as it may be shown: secrets as `(secret in FILE)`, and a public
/// key whose private key is still to be made as words.
pub fn shown(host: &dyn Host, parts: &[Part]) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Secret(path) => placeholder(path),
        Part::PublicKeyOf(path) => keys::public_of_file(host, path)
            .unwrap_or_else(|_| format!("(public key of {path}, which is made first)")),
        Part::ZerotierNode => zerotier::own_node(host)
            .unwrap_or_else(|_| "(ZeroTier address of this node, which is made first)".into()),
        Part::ZerotierPlanet => zerotier::planet(host)
            .unwrap_or_else(|_| "(planet of this node, which is made first)".into()),
        Part::KubernetesCaHash => kubernetes::ca::hash(host)
            .unwrap_or_else(|_| "(hash of the cluster's authority, which is made first)".into()),
    };
    parts.iter().map(part).collect()
}

fn placeholder(path: &str) -> String {
    format!("(secret in {path})")
}

/// The content that a file has now, as it may be shown, the secrets that its
/// new content names replaced. `None` where there is no such file. A file that
/// only root may read and that cannot be taken apart this way is not shown.
pub fn present(host: &dyn Host, path: &str, new: &[Part]) -> Option<String> {
    let bytes = Zeroizing::new(host.read(path).ok()?);
    let parts = split(host, &bytes, new);
    let private = host.meta(path).is_ok_and(|meta| meta.mode & 0o077 == 0);
    let secrets = |p: &Part| matches!(p, Part::Secret(_));
    if private && new.iter().any(secrets) && !parts.iter().any(secrets) {
        return Some("(present content not shown: it holds other secrets)\n".into());
    }
    Some(shown(host, &parts))
}

/// Takes the secrets that `named` knows out of `bytes`.
fn split(host: &dyn Host, bytes: &[u8], named: &[Part]) -> Vec<Part> {
    let mut parts = vec![Part::Text(String::from_utf8_lossy(bytes).into_owned())];
    let paths = named.iter().filter_map(|part| match part {
        Part::Secret(path) => Some(path),
        Part::Text(_)
        | Part::PublicKeyOf(_)
        | Part::ZerotierNode
        | Part::ZerotierPlanet
        | Part::KubernetesCaHash => None,
    });
    for path in paths {
        let Ok(value) = secret(host, path) else {
            continue;
        };
        if value.is_empty() {
            continue;
        }
        parts = parts
            .into_iter()
            .flat_map(|part| match part {
                Part::Text(text) => cut(&text, &value, path),
                other => vec![other],
            })
            .collect();
    }
    parts
}

/// `text` with each occurrence of the secret cut out.
fn cut(text: &str, value: &str, path: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for (index, piece) in text.split(value).enumerate() {
        if index > 0 {
            parts.push(Part::Secret(path.to_string()));
        }
        parts.push(Part::Text(piece.to_string()));
    }
    parts
}

/// Keeps the present content of `path` in the file `backup`, the secrets that
/// `named` knows left out.
///
/// # Errors
/// When it cannot be read or kept, or is no text.
pub fn back_up(host: &dyn Host, path: &str, named: &[Part], backup: &str) -> Result<(), StepError> {
    let bytes = Zeroizing::new(host.read(path).map_err(|e| StepError::file(path, e))?);
    if std::str::from_utf8(&bytes).is_err() {
        return Err(StepError::NotText { path: path.into() });
    }
    let json = serde_json::to_vec(&split(host, &bytes, named)).unwrap_or_default();
    let written = host.write_atomic(backup, &json, 0o600);
    written.map_err(|e| StepError::file(backup, e))
}

/// The content that [`back_up`] kept.
///
/// # Errors
/// When the backup or a secret that it names cannot be read.
pub fn read_backup(host: &dyn Host, backup: &str) -> Result<Zeroizing<Vec<u8>>, StepError> {
    let bytes = host.read(backup).map_err(|e| StepError::file(backup, e))?;
    let parts: Vec<Part> = serde_json::from_slice(&bytes)
        .map_err(|error| StepError::file(backup, std::io::Error::other(error)))?;
    render(host, &parts)
}

/// Removes what a run that was killed while it wrote `path` has left beside it.
///
/// # Errors
/// When it cannot be removed: it may hold a secret.
pub fn clear_unfinished(host: &dyn Host, path: &str) -> Result<(), StepError> {
    let Some((dir, name)) = path.rsplit_once('/') else {
        return Ok(());
    };
    let begin = unfinished(name);
    let dir = if dir.is_empty() { "/" } else { dir };
    let names = match host.list(dir) {
        Ok(names) => names,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StepError::file(dir, error)),
    };
    for name in names.iter().filter(|name| name.starts_with(&begin)) {
        let left = format!("{}/{name}", dir.trim_end_matches('/'));
        host.remove_file(&left)
            .map_err(|error| StepError::file(&left, error))?;
    }
    Ok(())
}
