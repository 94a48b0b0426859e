//! Keys as people are shown them: `whsec_`, `whsk_` and `whpk_`, each with base64 behind it.

use std::fmt;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How long a shared secret is, in bytes.
const SECRET: std::ops::RangeInclusive<usize> = 24..=64;

/// A key that signs, verifies, or both.
pub struct Key(Kind);

enum Kind {
    /// `v1`: HMAC-SHA256 by a secret that both sides know.
    Shared(Box<hmac::Key>),
    /// `v1a`: ed25519.
    Private(Box<Ed25519KeyPair>),
    /// `v1a`, of somebody else's signatures.
    Public([u8; 32]),
}

/// Why a text is no key. The text is not told: it may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It begins with none of the words.
    #[error("a key begins with `whsec_`, `whsk_` or `whpk_`")]
    Prefix,
    /// What follows is no base64.
    #[error("behind the prefix stands base64 (RFC 4648 §4)")]
    Base64,
    /// A shared secret of the wrong length.
    #[error("a secret has 24 to 64 bytes")]
    Secret,
    /// No ed25519 key.
    #[error("an ed25519 key has 32 bytes, a secret one 64 where the public one is behind it")]
    Pair,
}

// === impl Key ===

impl Key {
    /// Reads a key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (prefix, rest) = text.trim().split_once('_').ok_or(KeyError::Prefix)?;
        if !matches!(prefix, "whsec" | "whsk" | "whpk") {
            return Err(KeyError::Prefix);
        }
        let bytes = STANDARD.decode(rest).map_err(|_| KeyError::Base64)?;
        match prefix {
            "whsec" if SECRET.contains(&bytes.len()) => {
                Ok(Self(Kind::Shared(Box::new(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))))
            }
            "whsec" => Err(KeyError::Secret),
            "whpk" => Ok(Self(Kind::Public(bytes.try_into().map_err(|_| KeyError::Pair)?))),
            _ => {
                let (seed, public) = bytes.split_at_checked(32).ok_or(KeyError::Pair)?;
                let pair = match public {
                    [] => Ed25519KeyPair::from_seed_unchecked(seed),
                    public => Ed25519KeyPair::from_seed_and_public_key(seed, public),
                };
                Ok(Self(Kind::Private(Box::new(pair.map_err(|_| KeyError::Pair)?))))
            }
        }
    }

    /// The text of a shared secret of these bytes.
    pub fn secret(bytes: &[u8; 32]) -> String {
        format!("whsec_{}", STANDARD.encode(bytes))
    }

    /// The public half, for those who verify; a shared secret has none.
    pub fn public(&self) -> Option<String> {
        let bytes = match &self.0 {
            Kind::Shared(_) => return None,
            Kind::Private(pair) => pair.public_key().as_ref().to_vec(),
            Kind::Public(bytes) => bytes.to_vec(),
        };
        Some(format!("whpk_{}", STANDARD.encode(bytes)))
    }

    /// Whether it can sign.
    pub fn signs(&self) -> bool {
        !matches!(self.0, Kind::Public(_))
    }

    /// The signature with its identifier; a public key has none.
    pub(crate) fn sign(&self, content: &[u8]) -> Option<String> {
        match &self.0 {
            Kind::Shared(key) => Some(format!("v1,{}", STANDARD.encode(hmac::sign(key, content)))),
            Kind::Private(pair) => Some(format!("v1a,{}", STANDARD.encode(pair.sign(content)))),
            Kind::Public(_) => None,
        }
    }

    /// Whether a signature with its identifier is one by this key; in constant time.
    pub(crate) fn verifies(&self, content: &[u8], signature: &str) -> bool {
        let Some((version, text)) = signature.split_once(',') else { return false };
        let Ok(signature) = STANDARD.decode(text) else { return false };
        let public = match (&self.0, version) {
            (Kind::Shared(key), "v1") => return hmac::verify(key, content, &signature).is_ok(),
            (Kind::Private(pair), "v1a") => pair.public_key().as_ref(),
            (Kind::Public(bytes), "v1a") => bytes,
            _ => return false,
        };
        UnparsedPublicKey::new(&ED25519, public).verify(content, &signature).is_ok()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Kind::Shared(_) => "whsec_…",
            Kind::Private(_) => "whsk_…",
            Kind::Public(_) => "whpk_…",
        })
    }
}
