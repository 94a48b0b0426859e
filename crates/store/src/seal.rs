//! Secrets at rest: sealed with a key that lies in a file of its own, bound to the document they belong to.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base::{Rng, Secret};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;

/// Stands before what was sealed; the number is that of the format.
const PREFIX: &str = "v1:";
const KEY_LENGTH: usize = 32;

/// Seals and opens secrets (AES-256-GCM, NIST SP 800-38D, with random nonces).
pub struct Sealer {
    path: PathBuf,
    key: OnceLock<Key>,
}

struct Key {
    seals: RandomizedNonceKey,
    /// From which other keys are made.
    derives: hmac::Key,
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
    /// The key file is gone.
    #[error("the key file `{0}` is not there; put it back and start weir again")]
    Lost(PathBuf),
    /// What was sealed is not of a known form.
    #[error("the sealed secret is not of a known form")]
    Form,
    /// It was sealed with another key, for another document, or it was changed.
    #[error("the sealed secret was made with another key or for another document")]
    Open,
}

impl Sealer {
    /// Reads the key file. Where there is none nothing is sealed, opened or derived until [`Sealer::make_key`]: one
    /// that was lost is not replaced by another, which would open nothing.
    pub fn open(path: &Path) -> Result<Self, SealError> {
        let sealer = Self { path: path.to_owned(), key: OnceLock::new() };
        sealer.key()?;
        Ok(sealer)
    }

    /// The key file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The key, if there is one.
    fn key(&self) -> Result<Option<&Key>, SealError> {
        if let Some(key) = self.key.get() {
            return Ok(Some(key));
        }
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(SealError::File { path: self.path.clone(), source }),
        };
        let seals = RandomizedNonceKey::new(&AES_256_GCM, &bytes);
        let seals = seals.map_err(|_| SealError::Key(self.path.clone()))?;
        let derives = hmac::Key::new(HMAC_SHA256, &bytes);
        Ok(Some(self.key.get_or_init(|| Key { seals, derives })))
    }

    /// Whether there is a key.
    pub fn has_key(&self) -> Result<bool, SealError> {
        Ok(self.key()?.is_some())
    }

    /// Makes the key, readable by its owner alone, where nothing is sealed with one yet. One that is there stays.
    pub fn make_key(&self) -> Result<(), SealError> {
        if self.has_key()? {
            return Ok(());
        }
        let mut bytes = [0; KEY_LENGTH];
        Rng::fill_secret(&mut bytes);
        create(&self.path, &bytes).map_err(|source| SealError::File { path: self.path.clone(), source })?;
        self.key_or_lost().map(|_| ())
    }

    fn key_or_lost(&self) -> Result<&Key, SealError> {
        self.key()?.ok_or_else(|| SealError::Lost(self.path.clone()))
    }

    /// The key of something else, which is the same as long as the key file is.
    pub fn derive(&self, purpose: &str) -> Result<Secret<[u8; KEY_LENGTH]>, SealError> {
        let key = self.key_or_lost()?;
        let tag = hmac::sign(&key.derives, purpose.as_bytes());
        // HMAC-SHA-256 gives as many bytes as a key has.
        tag.as_ref().try_into().map(Secret::new).map_err(|_| SealError::Key(self.path.clone()))
    }

    /// Seals a secret for an owner, such as a document's identity.
    pub fn seal(&self, owner: &str, secret: &str) -> Result<String, SealError> {
        let mut bytes = secret.as_bytes().to_vec();
        let nonce = self
            .key_or_lost()?
            .seals
            .seal_in_place_append_tag(Aad::from(owner), &mut bytes)
            .map_err(|_| SealError::Open)?;
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
        let key = self.key_or_lost()?;
        let plain =
            key.seals.open_in_place(nonce, Aad::from(owner), &mut bytes).map_err(|_| SealError::Open)?;
        let text = std::str::from_utf8(plain).map_err(|_| SealError::Open)?;
        Ok(Secret::new(text.to_owned()))
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

/// Makes the file, whole or not at all whenever the machine stops. One that is there already stays.
fn create(path: &Path, key: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    remove(&fresh)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    file.write_all(key)?;
    file.sync_all()?;
    match fs::hard_link(&fresh, path) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        // Some file systems know no links; the store's lock keeps others from making it.
        Err(_) => fs::rename(&fresh, path)?,
    }
    remove(&fresh)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_owner_and_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let sealer = Sealer::open(&path).unwrap();
        assert!(matches!(sealer.seal("a/ProviderKey/x", "sk-1"), Err(SealError::Lost(_))) && !path.exists());
        sealer.make_key().unwrap();
        let sealed = sealer.seal("a/ProviderKey/x", "sk-1").unwrap();
        assert!(!sealed.contains("sk-1"));
        assert_ne!(sealed, sealer.seal("a/ProviderKey/x", "sk-1").unwrap());
        let again = Sealer::open(&path).unwrap();
        assert_eq!(again.open_sealed("a/ProviderKey/x", &sealed).unwrap().expose(), "sk-1");
        assert!(matches!(again.open_sealed("b/ProviderKey/x", &sealed), Err(SealError::Open)));
        assert!(matches!(again.open_sealed("a/ProviderKey/x", "v1:AAAA"), Err(SealError::Form)));
        let other = Sealer::open(&folder.path().join("other")).unwrap();
        other.make_key().unwrap();
        assert!(matches!(other.open_sealed("a/ProviderKey/x", &sealed), Err(SealError::Open)));
        fs::write(folder.path().join("short"), b"abc").unwrap();
        assert!(matches!(Sealer::open(&folder.path().join("short")), Err(SealError::Key(_))));
    }

    #[test]
    fn a_derived_key_is_that_of_its_file_and_purpose() {
        let folder = tempfile::tempdir().unwrap();
        let derive = |file: &str, purpose: &str| {
            let sealer = Sealer::open(&folder.path().join(file)).unwrap();
            assert!(file != "lost" || matches!(sealer.derive(purpose), Err(SealError::Lost(_))));
            sealer.make_key().unwrap();
            sealer.derive(purpose).unwrap()
        };
        let first = derive("key", "ids");
        assert_eq!(derive("key", "ids"), first);
        assert_ne!(derive("key", "others"), first);
        assert_ne!(derive("lost", "ids"), first);
        assert_ne!(fs::read(folder.path().join("key")).unwrap(), first.expose());
    }

    #[test]
    fn the_key_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        // What a start that was cut short left behind does not hinder.
        fs::write(folder.path().join("key.new"), b"abc").unwrap();
        Sealer::open(&path).unwrap().make_key().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_key_file_that_was_lost_is_named_and_not_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let first = Sealer::open(&path).unwrap();
        first.make_key().unwrap();
        let sealed = first.seal("a/ProviderKey/x", "sk-1").unwrap();
        let elsewhere = folder.path().join("elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        let sealer = Sealer::open(&path).unwrap();
        let error = sealer.open_sealed("a/ProviderKey/x", &sealed).unwrap_err();
        assert!(matches!(&error, SealError::Lost(lost) if *lost == path), "{error}");
        assert!(matches!(sealer.seal("a/ProviderKey/x", "sk-2"), Err(SealError::Lost(_))) && !path.exists());
        fs::rename(&elsewhere, &path).unwrap();
        assert_eq!(sealer.open_sealed("a/ProviderKey/x", &sealed).unwrap().expose(), "sk-1");
    }
}
