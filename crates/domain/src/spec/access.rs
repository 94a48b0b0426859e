//! Who may call a service, and where the caller's key stands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who may call, and how a caller is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    /// Who may call.
    pub mode: AccessMode,
    /// Where a key may stand, in the order in which the places are tried.
    pub keys: Vec<KeyPlace>,
    /// Whether the key is passed on to the upstream.
    pub forward_key: bool,
}

/// Who may call a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessMode {
    /// Applications with an active subscription.
    #[default]
    Subscription,
    /// Any application of this installation with a valid credential.
    Application,
    /// Everyone.
    Public,
}

/// A place in a request where a key may stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum KeyPlace {
    /// `Authorization: Bearer KEY` (RFC 6750 §2.1).
    Bearer,
    /// A header of this name.
    Header(String),
    /// A query parameter of this name. It ends up in logs of others; prefer a header.
    Query(String),
}

impl Default for Access {
    fn default() -> Self {
        let headers = ["x-api-key", "api-key", "x-goog-api-key"];
        let headers = headers.map(|name| KeyPlace::Header(name.to_owned()));
        Self {
            mode: AccessMode::default(),
            keys: std::iter::once(KeyPlace::Bearer).chain(headers).collect(),
            forward_key: false,
        }
    }
}
