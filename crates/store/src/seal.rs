//! Secrets at rest: sealed with a key that lies in a file of its own, bound to the document they belong to.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base::{Rng, Secret};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;

/// Stands before what was sealed; the number is that of the format.
const PREFIX: &str = "v1:";
const KEY_LENGTH: usize = 32;

/// Seals and opens secrets (AES-256-GCM, NIST SP 800-38D, with random nonces).
pub struct Sealer {
    key: RandomizedNonceKey,
}

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key file cannot be read or made.
    #[error("the key file `{path}` cannot be used")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key file is not one.
    #[error("the key file `{0}` does not hold {KEY_LENGTH} bytes")]
    Key(PathBuf),
    /// What was sealed is not of a known form.
    #[error("the sealed secret is not of a known form")]
    Form,
    /// It was sealed with another key, for another document, or it was changed.
    #[error("the sealed secret was made with another key or for another document")]
    Open,
}

impl Sealer {
    /// Reads the key file, or makes it at the first start, readable by its owner alone.
    pub fn open(path: &Path) -> Result<Self, SealError> {
        let named = |source| SealError::File { path: path.to_owned(), source };
        let mut key = Vec::new();
        match File::open(path) {
            Ok(mut file) => {
                file.read_to_end(&mut key).map_err(named)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                key = vec![0; KEY_LENGTH];
                Rng::fill_secret(&mut key);
                create(path, &key).map_err(named)?;
            }
            Err(error) => return Err(named(error)),
        }
        Self::new(&key).ok_or_else(|| SealError::Key(path.to_owned()))
    }

    fn new(key: &[u8]) -> Option<Self> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, key).ok()?;
        Some(Self { key })
    }

    /// Seals a secret for an owner, such as a document's identity.
    pub fn seal(&self, owner: &str, secret: &str) -> Result<String, SealError> {
        let mut bytes = secret.as_bytes().to_vec();
        let nonce =
            self.key.seal_in_place_append_tag(Aad::from(owner), &mut bytes).map_err(|_| SealError::Open)?;
        let mut whole = nonce.as_ref().to_vec();
        whole.append(&mut bytes);
        Ok(format!("{PREFIX}{}", BASE64.encode(whole)))
    }

    /// Opens what was sealed for the same owner.
    pub fn open_sealed(&self, owner: &str, sealed: &str) -> Result<Secret<String>, SealError> {
        let text = sealed.strip_prefix(PREFIX).ok_or(SealError::Form)?;
        let whole = BASE64.decode(text).map_err(|_| SealError::Form)?;
        let (nonce, bytes) = whole.split_at_checked(NONCE_LEN).ok_or(SealError::Form)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Form)?;
        let mut bytes = bytes.to_vec();
        let plain =
            self.key.open_in_place(nonce, Aad::from(owner), &mut bytes).map_err(|_| SealError::Open)?;
        let text = std::str::from_utf8(plain).map_err(|_| SealError::Open)?;
        Ok(Secret::new(text.to_owned()))
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

fn create(path: &Path, key: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(key)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_owner_and_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let sealer = Sealer::open(&path).unwrap();
        let sealed = sealer.seal("a/ProviderKey/x", "sk-1").unwrap();
        assert!(!sealed.contains("sk-1"));
        assert_ne!(sealed, sealer.seal("a/ProviderKey/x", "sk-1").unwrap());
        let again = Sealer::open(&path).unwrap();
        assert_eq!(again.open_sealed("a/ProviderKey/x", &sealed).unwrap().expose(), "sk-1");
        assert!(matches!(again.open_sealed("b/ProviderKey/x", &sealed), Err(SealError::Open)));
        assert!(matches!(again.open_sealed("a/ProviderKey/x", "v1:AAAA"), Err(SealError::Form)));
        let other = Sealer::open(&folder.path().join("other")).unwrap();
        assert!(matches!(other.open_sealed("a/ProviderKey/x", &sealed), Err(SealError::Open)));
        std::fs::write(folder.path().join("short"), b"abc").unwrap();
        assert!(matches!(Sealer::open(&folder.path().join("short")), Err(SealError::Key(_))));
    }

    #[test]
    fn the_key_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        Sealer::open(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
