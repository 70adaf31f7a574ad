//! Secrets on their way from one host to another, through hands that are not to read
//! them: sealed to a key that the other host has made for this one time.
//!
//! X25519 between a key that is drawn for one text and the receiver's; ChaCha20 and
//! Poly1305 (RFC 8439) under the SHA-256 of what comes of that and of both public
//! keys, as sealed boxes have it. No key encrypts twice, so the nonce is nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use sha2::{Digest, Sha256};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::keys::{self, KeyError};
use crate::host::Host;

/// In every key, so that none is one of something else.
const DOMAIN: &[u8] = b"groundcrew sealed 1";

/// Why something is not sealed or opened. No secret is part of it.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// No entropy, or no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The receiver's key is none.
    #[error("what was given as a public key to seal to is none")]
    Receiver,
    /// It is another text, for another purpose, or for another key.
    #[error("what was sealed for this host does not open with its key")]
    Damaged,
}

fn cipher(shared: &[u8; 32], drawn: &PublicKey, receiver: &PublicKey) -> ChaCha20Poly1305 {
    let mut digest = Sha256::new();
    for part in [DOMAIN, shared, drawn.as_bytes(), receiver.as_bytes()] {
        digest.update(part);
    }
    let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(digest.finalize().into());
    ChaCha20Poly1305::new(&Key::from(*bytes))
}

/// Seals a text to a public key (base64). `purpose` has to be said again to open it.
///
/// # Errors
/// When the key is none, or the host gives no random bytes.
pub fn seal(
    host: &dyn Host,
    receiver: &str,
    purpose: &str,
    text: &str,
) -> Result<String, SealError> {
    let receiver = keys::decode(receiver).ok_or(SealError::Receiver)?;
    let receiver = PublicKey::from(*receiver);
    let drawn = keys::generate(host)?;
    let drawn = StaticSecret::from(*keys::decode(&drawn).ok_or(SealError::Receiver)?);
    let public = PublicKey::from(&drawn);
    let shared = drawn.diffie_hellman(&receiver);
    // A point of low order: everybody knows what comes of it.
    if !shared.was_contributory() {
        return Err(SealError::Receiver);
    }
    let payload = Payload {
        msg: text.as_bytes(),
        aad: purpose.as_bytes(),
    };
    let sealed = cipher(shared.as_bytes(), &public, &receiver)
        .encrypt(&Nonce::default(), payload)
        .map_err(|_| SealError::Receiver)?;
    Ok(STANDARD.encode([public.as_bytes().as_slice(), &sealed].concat()))
}

/// Opens what was sealed to the public key of this private one (base64).
///
/// # Errors
/// When it does not open.
pub fn open(private: &str, purpose: &str, sealed: &str) -> Result<Zeroizing<String>, SealError> {
    let private = keys::decode(private.trim()).ok_or(SealError::Damaged)?;
    let private = StaticSecret::from(*private);
    let bytes = STANDARD.decode(sealed).map_err(|_| SealError::Damaged)?;
    let (drawn, rest) = bytes.split_at_checked(32).ok_or(SealError::Damaged)?;
    let drawn: [u8; 32] = drawn.try_into().map_err(|_| SealError::Damaged)?;
    let drawn = PublicKey::from(drawn);
    let shared = private.diffie_hellman(&drawn);
    if !shared.was_contributory() {
        return Err(SealError::Damaged);
    }
    let payload = Payload {
        msg: rest,
        aad: purpose.as_bytes(),
    };
    let text = cipher(shared.as_bytes(), &drawn, &PublicKey::from(&private))
        .decrypt(&Nonce::default(), payload)
        .map_err(|_| SealError::Damaged)?;
    let text = Zeroizing::new(text);
    let text = std::str::from_utf8(&text).map_err(|_| SealError::Damaged)?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Live;

    const TEXT: &str = "SWMTKN-1-digest-canary";

    #[test]
    fn what_is_sealed_opens_with_its_key_for_its_purpose_alone() {
        let key = keys::generate(&Live).unwrap();
        let public = keys::public(&key).unwrap();
        let sealed = seal(&Live, &public, "for app01", TEXT).unwrap();
        assert_ne!(sealed, seal(&Live, &public, "for app01", TEXT).unwrap());
        let bytes = STANDARD.decode(&sealed).unwrap();
        let canary = |bytes: &[u8]| bytes.windows(6).any(|some| some == b"canary");
        assert!(!canary(&bytes) && !canary(sealed.as_bytes()));
        assert_eq!(*open(&key, "for app01", &sealed).unwrap(), TEXT);
        let other = keys::generate(&Live).unwrap();
        assert!(open(&other, "for app01", &sealed).is_err());
        assert!(open(&key, "for app02", &sealed).is_err());
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            let damaged = STANDARD.encode(damaged);
            assert!(open(&key, "for app01", &damaged).is_err(), "byte {at}");
        }
        for bad in ["", "AAAA", &STANDARD.encode(&bytes[..40])] {
            assert!(open(&key, "for app01", bad).is_err());
        }
    }

    #[test]
    fn nothing_is_sealed_to_a_key_that_everybody_has() {
        // The neutral element, a point of low order (RFC 7748, section 7).
        let zero = STANDARD.encode([0; 32]);
        for bad in [zero.as_str(), "canary", ""] {
            let error = seal(&Live, bad, "p", TEXT).unwrap_err();
            assert!(matches!(error, SealError::Receiver), "{error}");
        }
    }
}
