//! Bytes at rest, sealed for one purpose: each owner's with a key of its own, so that no key seals too much.

use std::fmt;
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;

use crate::seal::{SealError, Sealer};

/// Seals and opens bytes (AES-256-GCM, NIST SP 800-38D, with random nonces) by keys that are made of the store's.
pub struct Vault {
    path: PathBuf,
    /// None where the key file is lost: nothing can be sealed or opened until it is back.
    derives: Option<hmac::Key>,
}

// === impl Vault ===

impl Vault {
    /// By how much sealed bytes are longer.
    pub const LONGER: usize = NONCE_LEN + 16;

    /// That of a purpose.
    pub fn of(sealer: &Sealer, purpose: &str) -> Result<Self, SealError> {
        let derives = match sealer.derive(purpose) {
            Ok(key) => Some(hmac::Key::new(HMAC_SHA256, key.expose())),
            Err(SealError::Lost(_)) => None,
            Err(error) => return Err(error),
        };
        Ok(Self { path: sealer.path().to_owned(), derives })
    }

    /// The key file, where it is lost.
    pub fn lost(&self) -> Option<&Path> {
        self.derives.is_none().then_some(&self.path)
    }

    /// Seals something of an owner's.
    pub fn seal(&self, owner: &str, what: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut bytes = plain.to_vec();
        let nonce = self.key(owner)?.seal_in_place_append_tag(Aad::from(what), &mut bytes);
        let nonce = nonce.map_err(|_| SealError::Open)?;
        Ok([&nonce.as_ref()[..], &bytes].concat())
    }

    /// Opens what was sealed for the same owner as the same.
    pub fn open(&self, owner: &str, what: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let key = self.key(owner)?;
        let (nonce, bytes) = sealed.split_at_checked(NONCE_LEN).ok_or(SealError::Form)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Form)?;
        let mut bytes = bytes.to_vec();
        let plain = key.open_in_place(nonce, Aad::from(what), &mut bytes).map_err(|_| SealError::Open)?;
        let length = plain.len();
        bytes.truncate(length);
        Ok(bytes)
    }

    /// What stands for something of an owner's: the same for the same, and without the key nobody can tell of what.
    pub fn mark(&self, owner: &str, what: &str, plain: &[u8]) -> Result<String, SealError> {
        let owners = hmac::sign(self.derives()?, format!("marks of {owner}").as_bytes());
        let mut mark = hmac::Context::with_key(&hmac::Key::new(HMAC_SHA256, owners.as_ref()));
        for part in [what.as_bytes(), b"\0", plain] {
            mark.update(part);
        }
        Ok(BASE64.encode(mark.sign()))
    }

    fn derives(&self) -> Result<&hmac::Key, SealError> {
        self.derives.as_ref().ok_or_else(|| SealError::Lost(self.path.clone()))
    }

    fn key(&self, owner: &str) -> Result<RandomizedNonceKey, SealError> {
        let key = hmac::sign(self.derives()?, owner.as_bytes());
        RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| SealError::Key(self.path.clone()))
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_owner_purpose_and_place_alone() {
        let folder = tempfile::tempdir().unwrap();
        let sealer = Sealer::open(&folder.path().join("key")).unwrap();
        sealer.make_key().unwrap();
        let vault = Vault::of(&sealer, "jobs").unwrap();
        let sealed = vault.seal("1", "task", b"a secret").unwrap();
        assert_eq!(sealed.len(), 8 + Vault::LONGER);
        assert_ne!(sealed, vault.seal("1", "task", b"a secret").unwrap());
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        let again = Vault::of(&Sealer::open(&folder.path().join("key")).unwrap(), "jobs").unwrap();
        assert_eq!(again.open("1", "task", &sealed).unwrap(), b"a secret");
        assert_eq!(again.open("1", "task", &vault.seal("1", "task", b"").unwrap()).unwrap(), b"");
        let other = Vault::of(&sealer, "others").unwrap();
        for (vault, owner, what) in [(&vault, "2", "task"), (&vault, "1", "note"), (&other, "1", "task")] {
            assert!(matches!(vault.open(owner, what, &sealed), Err(SealError::Open)));
        }
        assert!(matches!(vault.open("1", "task", b"short"), Err(SealError::Form)));
    }

    #[test]
    fn a_mark_is_the_same_for_the_same_alone() {
        let folder = tempfile::tempdir().unwrap();
        let sealer = Sealer::open(&folder.path().join("key")).unwrap();
        assert!(matches!(
            Vault::of(&sealer, "jobs").unwrap().mark("1", "key", b"x"),
            Err(SealError::Lost(_))
        ));
        sealer.make_key().unwrap();
        let (jobs, others) = (Vault::of(&sealer, "jobs").unwrap(), Vault::of(&sealer, "others").unwrap());
        let mark = jobs.mark("1", "key", b"x").unwrap();
        assert_eq!(jobs.mark("1", "key", b"x").unwrap(), mark);
        for other in
            [jobs.mark("2", "key", b"x"), jobs.mark("1", "digest", b"x"), jobs.mark("1", "key", b"y")]
        {
            assert_ne!(other.unwrap(), mark);
        }
        assert_ne!(others.mark("1", "key", b"x").unwrap(), mark);
    }

    #[test]
    fn without_its_key_file_it_seals_and_opens_nothing_and_makes_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let sealer = Sealer::open(&path).unwrap();
        sealer.make_key().unwrap();
        let sealed = Vault::of(&sealer, "jobs").unwrap().seal("1", "task", b"a secret").unwrap();
        let elsewhere = folder.path().join("elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        let lost = Vault::of(&Sealer::open(&path).unwrap(), "jobs").unwrap();
        assert_eq!(lost.lost(), Some(&*path));
        assert!(matches!(lost.seal("1", "task", b"x"), Err(SealError::Lost(_))));
        assert!(matches!(lost.open("1", "task", &sealed), Err(SealError::Lost(_))) && !path.exists());
        fs::rename(&elsewhere, &path).unwrap();
        let back = Vault::of(&Sealer::open(&path).unwrap(), "jobs").unwrap();
        assert_eq!((back.lost(), back.open("1", "task", &sealed).unwrap()), (None, b"a secret".to_vec()));
    }
}
