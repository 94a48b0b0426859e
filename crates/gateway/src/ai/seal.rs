//! Ids that providers hand out (of answers, files, batches), sealed with their owner and the provider that knows them, so
//! that the next call finds the same provider after a restart or on another node, and nobody else's call does.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use llm::{ApiError, ErrorKind};
use snapshot::AliasTarget;

use super::owner::Owner;
use crate::gateway::Shared;

/// What stands before a sealed id whose vendor has no prefix.
const PLAIN: &str = "id_";

/// The longest prefix of a vendor.
const LONGEST_PREFIX: usize = 16;

/// The longest sealed id that is looked at, in bytes.
const LONGEST: usize = 2_048;

/// Seals ids, and opens them again. The same id of the same owner and provider is always sealed alike: the key, under a
/// nonce that never changes, is one of AES-GCM-SIV (RFC 8452), which tells of equal texts that they are equal and nothing else.
pub(crate) struct Seal(Option<LessSafeKey>);

/// What a sealed id says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    /// The provider's document.
    pub(crate) provider: String,
    /// The model that was asked for there; empty if it was none.
    pub(crate) model: String,
    /// The id, as the provider gave it.
    pub(crate) id: String,
}

// === impl Seal ===

impl Seal {
    /// Seals with a key.
    pub(crate) fn new(key: &Secret<[u8; 32]>) -> Self {
        // A key of 32 bytes is one.
        Self(UnboundKey::new(&AES_256_GCM_SIV, key.expose()).ok().map(LessSafeKey::new))
    }

    /// Seals an id that a target gave. `None` only where there is no memory for it.
    pub(crate) fn seal(&self, owner: &Owner, target: &AliasTarget, id: &str) -> Option<String> {
        let opened = Opened {
            provider: target.provider.id.to_string(),
            model: target.model.to_string(),
            id: id.to_owned(),
        };
        self.close(&owner.to_string(), &opened)
    }

    /// Opens a sealed id of this owner's. `None`: it is none, or somebody else's.
    pub(crate) fn open(&self, owner: &Owner, sealed: &str) -> Option<Opened> {
        self.reveal(&owner.to_string(), sealed)
    }

    /// Seals a text of an owner's that no provider gave, in the same way. `None` only where there is no memory for it.
    pub(crate) fn hide(&self, owner: &Owner, what: &'static str, text: &str) -> Option<String> {
        let mut bytes = text.as_bytes().to_vec();
        self.0
            .as_ref()?
            .seal_in_place_append_tag(nonce(), bound(&owner.to_string(), what), &mut bytes)
            .ok()?;
        Some(format!("{what}{}", BASE64.encode(bytes)))
    }

    /// Reads what [`Seal::hide`] wrote for this owner.
    pub(crate) fn show(&self, owner: &Owner, what: &'static str, sealed: &str) -> Option<String> {
        let mut bytes = BASE64.decode(sealed.strip_prefix(what)?).ok()?;
        let plain =
            self.0.as_ref()?.open_in_place(nonce(), bound(&owner.to_string(), what), &mut bytes).ok()?;
        String::from_utf8(plain.to_vec()).ok()
    }

    fn close(&self, owner: &str, opened: &Opened) -> Option<String> {
        let prefix = prefix(&opened.id).filter(|_| !is_uuid(&opened.id)).unwrap_or(PLAIN);
        let mut bytes = format!("{}\0{}\0{}", opened.provider, opened.model, opened.id).into_bytes();
        let key = self.0.as_ref()?;
        key.seal_in_place_append_tag(nonce(), bound(owner, prefix), &mut bytes).ok()?;
        Some(format!("{prefix}{}", BASE64.encode(bytes)))
    }

    fn reveal(&self, owner: &str, sealed: &str) -> Option<Opened> {
        let prefix = prefix(sealed).filter(|_| sealed.len() <= LONGEST)?;
        let mut bytes = BASE64.decode(sealed.strip_prefix(prefix)?).ok()?;
        let plain = self.0.as_ref()?.open_in_place(nonce(), bound(owner, prefix), &mut bytes).ok()?;
        let mut parts = std::str::from_utf8(plain).ok()?.splitn(3, '\0').map(str::to_owned);
        Some(Opened { provider: parts.next()?, model: parts.next()?, id: parts.next()? })
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal")
    }
}

/// What seals the ids that a target gives to this owner, for whoever does so later.
pub(crate) fn sealing(
    shared: &Arc<Shared>,
    owner: &Owner,
    target: &AliasTarget,
) -> impl Fn(&str) -> Option<String> + Send + Sync + use<> {
    let (shared, owner) = (Arc::clone(shared), owner.to_string());
    let (provider, model) = (target.provider.id.to_string(), target.model.to_string());
    move |id| {
        let opened = Opened { provider: provider.clone(), model: model.clone(), id: id.to_owned() };
        shared.seal.close(&owner, &opened)
    }
}

// === impl Opened ===

impl Opened {
    /// Whether it came from the provider of this target.
    pub(crate) fn is_of(&self, target: &AliasTarget) -> bool {
        self.provider == target.provider.id.to_string()
    }
}

/// What is told of an id that is nobody's, damaged, or somebody else's: that there is no such thing.
pub(crate) fn not_found(what: &str, id: &str) -> ApiError {
    ApiError::new(404, ErrorKind::NotFound, format!("No such {what}: {id}")).with_param("id")
}

/// What of an id tells what it is of: letters up to the first dash, line or slash.
fn prefix(id: &str) -> Option<&str> {
    let at = id.find(|c: char| !c.is_ascii_lowercase()).filter(|at| (1..LONGEST_PREFIX).contains(at))?;
    let (prefix, _) = id.split_at_checked(at + 1)?;
    prefix.ends_with(['-', '_', '/']).then_some(prefix)
}

/// Whether it is a UUID, whose first part may be all letters.
fn is_uuid(id: &str) -> bool {
    id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

/// What a sealed id is bound to.
fn bound(owner: &str, prefix: &str) -> Aad<String> {
    Aad::from(format!("{prefix}\0{owner}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::lent::Lent;
    use super::*;

    fn opened(id: &str) -> Opened {
        Opened { provider: "a/default/Provider/x".into(), model: "gpt-5".into(), id: id.into() }
    }

    fn key(byte: u8) -> Seal {
        Seal::new(&Secret::new([byte; 32]))
    }

    #[test]
    fn the_vendors_prefix_stays() {
        for (id, prefix) in [
            ("file-abc123", "file-"),
            ("batch_68", "batch_"),
            ("resp_0a", "resp_"),
            ("msgbatch_01", "msgbatch_"),
            ("files/abc-1", "files/"),
            ("497f6eca-6276", "id_"),
            ("abcdefab-6276-4000-8000-000000000000", "id_"),
            ("", "id_"),
        ] {
            let sealed = key(1).close("o", &opened(id)).unwrap();
            assert!(sealed.starts_with(prefix), "{sealed}");
            assert!(!sealed.contains("gpt-5") && sealed.len() < 200);
            assert_eq!(key(1).reveal("o", &sealed).unwrap(), opened(id));
        }
    }

    #[test]
    fn files_in_a_request_are_opened_whatever_their_prefix() {
        let ids = ["file-abc1", "497f6eca-6276-4000-8000-000000000000", "files/a-1", "file_01", "id"];
        let sealed = ids.map(|id| key(1).close("nobody", &opened(id)).unwrap());
        let body =
            |ids: &[&str]| serde_json::to_vec(&serde_json::json!({ "file": ids, "id_": "file-x" })).unwrap();
        let given = body(&sealed.each_ref().map(String::as_str)).into();
        let (plain, lent) = Lent::open(&key(1), &Owner::Nobody, given).unwrap();
        assert_eq!((plain, lent.is_some()), (body(&ids).into(), true));
    }

    #[test]
    fn a_text_is_shown_to_its_owner_for_its_purpose_alone() {
        let sealed = key(1).hide(&Owner::Nobody, "a.", "what was said").unwrap();
        assert!(sealed.starts_with("a.") && !sealed.contains("said"));
        assert_eq!(key(1).show(&Owner::Nobody, "a.", &sealed).as_deref(), Some("what was said"));
        assert_eq!(key(1).show(&Owner::Nobody, "b.", &sealed.replace("a.", "b.")), None);
        assert_eq!(key(2).show(&Owner::Nobody, "a.", &sealed), None);
        assert_eq!(key(1).show(&Owner::Nobody, "a.", "a."), None);
    }

    proptest! {
        #[test]
        fn an_id_opens_for_its_owner_and_key_alone(
            (id, provider, model) in ("[!-~]{0,80}", "[!-~]{0,40}", "[!-~]{0,40}"),
            owner in "[ -~]{0,40}",
            (at, bit, other) in (any::<prop::sample::Index>(), 0..7_u8, "[ -~]{0,40}"),
        ) {
            let whole = Opened { provider, model, id };
            let sealed = key(1).close(&owner, &whole).unwrap();
            prop_assert_eq!(key(1).close(&owner, &whole).unwrap(), sealed.clone());
            prop_assert!(sealed.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_/".contains(&b)));
            prop_assert_eq!(key(1).reveal(&owner, &sealed), Some(whole));
            prop_assert_eq!(key(2).reveal(&owner, &sealed), None);
            if other != owner {
                prop_assert_eq!(key(1).reveal(&other, &sealed), None);
            }
            let mut damaged = sealed.clone().into_bytes();
            let at = at.index(damaged.len());
            damaged[at] ^= 1 << bit;
            if let Ok(damaged) = String::from_utf8(damaged) {
                prop_assert_eq!(key(1).reveal(&owner, &damaged), None);
            }
            prop_assert_eq!(key(1).reveal(&owner, sealed.get(..at).unwrap_or_default()), None);
        }

        #[test]
        fn what_is_no_sealed_id_opens_nothing(text in "\\PC{0,120}") {
            prop_assert_eq!(key(1).reveal("o", &text), None);
        }
    }
}
