//! WireGuard keys: made on the node, kept in a file, never shown.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::host::Host;

/// What is wrong with a key. The key itself is never part of the message.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("{path} cannot be read: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It holds something else than a key.
    #[error(
        "{origin} does not hold a WireGuard private key: wanted 32 bytes in base64 \
         (44 characters, as `wg genkey` prints)"
    )]
    Malformed {
        /// The file or variable.
        origin: String,
    },
    /// The environment variable is not set.
    #[error(
        "${0} is not set: it was named as the place of the private key; export it, or say \
         `private-key: generate`"
    )]
    NoVariable(String),
    /// No entropy.
    #[error("a private key cannot be made: {0}")]
    Random(std::io::Error),
}

/// A new private key, in base64.
///
/// # Errors
/// [`KeyError::Random`] when the host gives no random bytes.
pub fn generate(host: &dyn Host) -> Result<Zeroizing<String>, KeyError> {
    let bytes = Zeroizing::new(host.random(32).map_err(KeyError::Random)?);
    let mut key = Zeroizing::new([0u8; 32]);
    for (to, from) in key.iter_mut().zip(bytes.iter()) {
        *to = *from;
    }
    // The clamping of RFC 7748, which `wg genkey` does too.
    key[0] &= 248;
    key[31] = (key[31] & 127) | 64;
    Ok(Zeroizing::new(STANDARD.encode(key.as_slice())))
}

/// The private key in `text`, checked; `origin` is named in the error.
///
/// # Errors
/// [`KeyError::Malformed`].
pub fn check(text: &str, origin: &str) -> Result<Zeroizing<String>, KeyError> {
    decode(text.trim()).map_or_else(
        || {
            Err(KeyError::Malformed {
                origin: origin.into(),
            })
        },
        |_| Ok(Zeroizing::new(text.trim().to_string())),
    )
}

/// The private key in a file.
///
/// # Errors
/// When the file cannot be read or holds no key.
pub fn read(host: &dyn Host, path: &str) -> Result<Zeroizing<String>, KeyError> {
    let bytes = Zeroizing::new(host.read(path).map_err(|source| KeyError::Read {
        path: path.into(),
        source,
    })?);
    check(&String::from_utf8_lossy(&bytes), path)
}

/// The public key of the private key in a file.
///
/// # Errors
/// As [`read`].
pub fn public_of_file(host: &dyn Host, path: &str) -> Result<String, KeyError> {
    let key = read(host, path)?;
    public(&key).ok_or_else(|| KeyError::Malformed {
        origin: path.into(),
    })
}

/// The public key of a private key in base64.
pub(super) fn public(private: &str) -> Option<String> {
    let secret = StaticSecret::from(*decode(private)?);
    Some(STANDARD.encode(PublicKey::from(&secret).as_bytes()))
}

/// The 32 bytes of a key in base64.
pub(super) fn decode(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(STANDARD.decode(text).ok()?);
    Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Live;

    #[test]
    fn a_public_key_is_that_of_curve25519() {
        // RFC 7748, section 6.1: Alice's keys
        let private = "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=";
        let expected = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=";
        assert_eq!(public(private).unwrap(), expected);
    }

    #[test]
    fn a_new_key_is_clamped_and_accepted() {
        let key = generate(&Live).unwrap();
        let bytes = decode(&key).unwrap();
        assert_eq!((bytes[0] & 7, bytes[31] & 192), (0, 64));
        assert!(check(&key, "file").is_ok());
    }

    #[test]
    fn an_error_never_shows_the_key() {
        let error = check("c2VjcmV0LWNhbmFyeQ==", "/etc/wireguard/wg0.key").unwrap_err();
        assert!(!error.to_string().contains("c2Vj"));
        assert!(
            error
                .to_string()
                .starts_with("/etc/wireguard/wg0.key does not hold")
        );
    }
}
