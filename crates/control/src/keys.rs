//! API keys of applications: made here, shown once, kept as a hash in a `Credential` document.

use base::Rng;
use domain::{DocId, Kind};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{ControlError, DocumentView, Scoped};

/// Letters and digits that are not mistaken for one another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// What a new key is called and when it ends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewKeyRequest {
    /// The credential's name; made up if it is left out.
    pub name: Option<String>,
    /// When it ends, as RFC 3339.
    pub expires: Option<String>,
}

/// A key that has just been made; it is never shown again.
#[derive(Clone, Serialize)]
pub struct NewKey {
    /// The key.
    pub key: String,
    /// The document that lets it in.
    pub credential: DocumentView,
}

/// `weir_` and 32 random characters: 160 bits.
pub fn generate() -> String {
    let mut bytes = [0_u8; 32];
    Rng::fill_secret(&mut bytes);
    let letters = bytes.iter().filter_map(|byte| LETTERS.get(usize::from(byte % 32)).copied());
    let mut key = String::from("weir_");
    key.extend(letters.map(char::from));
    key
}

impl Scoped<'_> {
    /// Makes a key for an application.
    pub fn make_key(&self, application: &DocId, request: &NewKeyRequest) -> Result<NewKey, ControlError> {
        self.may_write(application)?;
        self.control.stored(application)?;
        let key = generate();
        let hint: String = key.chars().take(9).collect();
        let tail = key.chars().skip(5).take(4).collect::<String>();
        let name = request.name.clone().unwrap_or_else(|| format!("{}-{tail}", application.name));
        let mut document = json!({
            "kind": Kind::Credential.as_str(),
            "team": application.team,
            "environment": application.environment,
            "name": name,
            "spec": {
                "application": application.name,
                "key_hash": snapshot::key_hash(key.as_bytes()).to_string(),
                "hint": hint,
            },
        });
        if let Some(expires) = &request.expires {
            document["spec"]["expires"] = expires.as_str().into();
        }
        let credential = self.create(&document)?;
        Ok(NewKey { key, credential })
    }
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewKey").field("credential", &self.credential).finish_non_exhaustive()
    }
}
