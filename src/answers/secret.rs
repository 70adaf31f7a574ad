//! Secrets: a value that never prints itself, and references to where one is.

use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use crate::host::{FileKind, Host, Meta};

/// A secret text. It is wiped from memory when dropped, and every way of
/// printing or serialising it gives `(secret)`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text over as a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(Zeroizing::new(text.into()))
    }

    /// The secret itself; only for the place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("(secret)")
    }
}

/// Where a secret comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretRef {
    /// The content of a file, its last newline taken off.
    File(PathBuf),
    /// The value of an environment variable.
    Env(String),
    /// Asked for, without echo.
    Prompt,
    /// Made on this host.
    Generate,
    /// Typed in, or written literally where that was allowed. Never saved.
    Inline(Secret),
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretRef::File(path) => write!(f, "{{file: {}}}", path.display()),
            SecretRef::Env(name) => write!(f, "{{env: {name}}}"),
            SecretRef::Prompt => f.write_str("{prompt: true}"),
            SecretRef::Generate => f.write_str("generate"),
            SecretRef::Inline(_) => f.write_str("(secret)"),
        }
    }
}

/// Why a secret could not be had. No variant holds any part of the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The file is a symbolic link.
    #[error("{0}: a symbolic link; give the path of the file itself")]
    Symlink(String),
    /// A folder, device, pipe or socket.
    #[error("{0}: not a regular file")]
    NotRegular(String),
    /// Owned by somebody else.
    #[error("{path}: owned by uid {uid}, wanted root; run: chown root {path}")]
    Owner {
        /// The file.
        path: String,
        /// Its owner.
        uid: u32,
    },
    /// Others may read or change it.
    #[error("{path}: mode {mode:04o} lets others in; run: chmod 600 {path}")]
    Mode {
        /// The file.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
    /// It could not be read.
    #[error("{path}: cannot be read: {why}")]
    Read {
        /// The file.
        path: String,
        /// The system's reason.
        why: String,
    },
    /// Nothing in it.
    #[error("{0}: empty")]
    Empty(String),
    /// The environment variable is not there.
    #[error("the environment variable {0} is not set")]
    NoEnv(String),
    /// It has to be asked for and nobody can be asked.
    #[error(
        "it has to be typed in, and there is nobody to ask; give {{file: PATH}} or {{env: NAME}}"
    )]
    NobodyToAsk,
    /// It has to be made rather than read.
    #[error("it is made on this host and not read from anywhere")]
    ToBeMade,
}

/// Longest secret that is read, in bytes; keys and tokens are far shorter.
pub const MAX_SECRET: u64 = 16 * 1024;

/// Checks a secret's file before it is read: a regular file, not a symbolic
/// link, owned by root, with no permission for group and others.
///
/// # Errors
/// The first of these that does not hold.
pub fn check_file_meta(path: &str, meta: &Meta) -> Result<(), SecretError> {
    match meta.kind {
        FileKind::File => {}
        FileKind::Symlink => return Err(SecretError::Symlink(path.to_owned())),
        _ => return Err(SecretError::NotRegular(path.to_owned())),
    }
    if meta.uid != 0 {
        return Err(SecretError::Owner {
            path: path.to_owned(),
            uid: meta.uid,
        });
    }
    let mode = meta.mode & 0o7777;
    if mode & 0o077 != 0 {
        return Err(SecretError::Mode {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

impl SecretRef {
    /// The secret itself. `ask` is called for one that has to be typed in;
    /// it gives nothing when there is nobody to ask.
    ///
    /// # Errors
    /// Why it could not be had. [`SecretRef::Generate`] is
    /// [`SecretError::ToBeMade`]: making it is for the one who needs it.
    pub fn resolve(
        &self,
        host: &dyn Host,
        ask: &mut dyn FnMut() -> Option<Secret>,
    ) -> Result<Secret, SecretError> {
        match self {
            SecretRef::File(path) => from_file(host, &path.to_string_lossy()),
            SecretRef::Env(name) => {
                let text = host
                    .env(name)
                    .ok_or_else(|| SecretError::NoEnv(name.clone()))?;
                whole(Zeroizing::new(text), name)
            }
            SecretRef::Prompt => ask().ok_or(SecretError::NobodyToAsk),
            SecretRef::Generate => Err(SecretError::ToBeMade),
            SecretRef::Inline(secret) => Ok(secret.clone()),
        }
    }
}

fn from_file(host: &dyn Host, path: &str) -> Result<Secret, SecretError> {
    let read = |error: &dyn fmt::Display| SecretError::Read {
        path: path.to_owned(),
        why: error.to_string(),
    };
    let meta = host.meta(path).map_err(|error| read(&error))?;
    check_file_meta(path, &meta)?;
    if meta.size > MAX_SECRET {
        return Err(read(&format!(
            "{} bytes, more than a secret has",
            meta.size
        )));
    }
    let bytes = Zeroizing::new(host.read(path).map_err(|error| read(&error))?);
    let text = std::str::from_utf8(&bytes).map_err(|_| read(&"not text"))?;
    whole(Zeroizing::new(text.to_owned()), path)
}

/// A secret without the line break that editors and `wg genkey` put after it.
fn whole(text: Zeroizing<String>, place: &str) -> Result<Secret, SecretError> {
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(SecretError::Empty(place.to_owned()));
    }
    Ok(Secret::new(text))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const GOOD: Meta = Meta {
        kind: FileKind::File,
        mode: 0o600,
        uid: 0,
        gid: 0,
        size: 45,
    };

    #[test]
    fn a_secret_never_prints_itself() {
        let secret = Secret::new("passw0rd-canary");
        let inline = SecretRef::Inline(secret.clone());
        let all = format!(
            "{secret} {secret:?} {inline} {inline:?} {}",
            serde_json::to_string(&inline).unwrap_or_default()
        );
        assert!(!all.contains("canary"), "{all}");
        assert_eq!(secret.expose(), "passw0rd-canary");
    }

    #[test]
    fn only_roots_own_closed_regular_file_is_read() {
        assert_eq!(check_file_meta("/k", &GOOD), Ok(()));
        let changed = |change: fn(&mut Meta)| {
            let mut meta = GOOD;
            change(&mut meta);
            check_file_meta("/k", &meta).map_err(|error| error.to_string())
        };
        assert_eq!(changed(|meta| meta.mode = 0o400), Ok(()));
        for (got, want) in [
            (
                changed(|meta| meta.kind = FileKind::Symlink),
                "/k: a symbolic link; give the path of the file itself",
            ),
            (
                changed(|meta| meta.kind = FileKind::Other),
                "/k: not a regular file",
            ),
            (
                changed(|meta| meta.uid = 1000),
                "/k: owned by uid 1000, wanted root; run: chown root /k",
            ),
            (
                changed(|meta| meta.mode = 0o640),
                "/k: mode 0640 lets others in; run: chmod 600 /k",
            ),
        ] {
            assert_eq!(got, Err(want.to_owned()));
        }
    }

    #[test]
    fn a_secret_comes_without_its_line_break_and_errors_without_the_secret() {
        let host = crate::host::Scripted::new()
            .file("/open", "canary")
            .file("/k", "x")
            .file("/e", "x")
            .link("/l", "/k");
        for (path, text) in [("/k", "canary\r\n"), ("/e", "\n")] {
            host.write_atomic(path, text.as_bytes(), 0o600).unwrap();
        }
        let get = |reference: SecretRef| reference.resolve(&host, &mut || None);
        let file = |path: &str| get(SecretRef::File(path.into()));
        assert_eq!(file("/k").unwrap().expose(), "canary");
        assert_eq!(file("/e"), Err(SecretError::Empty("/e".to_owned())));
        assert!(matches!(file("/open"), Err(SecretError::Mode { .. })));
        assert!(matches!(file("/l"), Err(SecretError::Symlink(_))));
        assert!(matches!(file("/none"), Err(SecretError::Read { .. })));
        assert_eq!(get(SecretRef::Prompt), Err(SecretError::NobodyToAsk));
        assert_eq!(get(SecretRef::Generate), Err(SecretError::ToBeMade));
        let no_env = SecretRef::Env("NO_SUCH_VARIABLE".to_owned());
        assert!(matches!(get(no_env), Err(SecretError::NoEnv(_))));
        let typed = SecretRef::Prompt.resolve(&host, &mut || Some(Secret::new("typed")));
        assert_eq!(typed.unwrap().expose(), "typed");
    }
}
