//! Secrets: a value that never prints itself, and references to where one is.

use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

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

/// What is known of a file before its secret is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileMeta {
    /// A regular file, looked at without following a symbolic link.
    pub regular: bool,
    /// A symbolic link.
    pub symlink: bool,
    /// Permission bits (the file type bits are ignored).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
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
pub const MAX_SECRET: usize = 16 * 1024;

/// Checks a secret's file before it is read: a regular file, not a symbolic
/// link, owned by root, with no permission for group and others.
///
/// # Errors
/// The first of these that does not hold.
pub fn check_file_meta(path: &str, meta: FileMeta) -> Result<(), SecretError> {
    if meta.symlink {
        return Err(SecretError::Symlink(path.to_owned()));
    }
    if !meta.regular {
        return Err(SecretError::NotRegular(path.to_owned()));
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

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: FileMeta = FileMeta {
        regular: true,
        symlink: false,
        mode: 0o100_600,
        uid: 0,
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
        assert_eq!(check_file_meta("/k", GOOD), Ok(()));
        assert_eq!(
            check_file_meta(
                "/k",
                FileMeta {
                    mode: 0o400,
                    ..GOOD
                }
            ),
            Ok(())
        );
        for (meta, want) in [
            (
                FileMeta {
                    symlink: true,
                    regular: false,
                    ..GOOD
                },
                "/k: a symbolic link; give the path of the file itself",
            ),
            (
                FileMeta {
                    regular: false,
                    ..GOOD
                },
                "/k: not a regular file",
            ),
            (
                FileMeta { uid: 1000, ..GOOD },
                "/k: owned by uid 1000, wanted root; run: chown root /k",
            ),
            (
                FileMeta {
                    mode: 0o640,
                    ..GOOD
                },
                "/k: mode 0640 lets others in; run: chmod 600 /k",
            ),
        ] {
            let got = check_file_meta("/k", meta).map_err(|error| error.to_string());
            assert_eq!(got, Err(want.to_owned()));
        }
    }
}
