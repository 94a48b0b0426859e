//! Applications, their credentials and subscriptions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PolicyUse, is_default};
use crate::Reference;

/// A caller.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Application {
    /// Whether all its calls are refused.
    #[serde(skip_serializing_if = "is_default")]
    pub suspended: bool,
    /// Policies of its calls, whatever the service.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicyUse>,
}

/// What a caller shows to be known. The key itself is kept nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// Whose it is.
    pub application: Reference,
    /// `sha256:` and the SHA-256 of the key in 64 hexadecimal digits.
    #[schemars(regex(pattern = "^sha256:[0-9a-f]{64}$"))]
    pub key_hash: String,
    /// The first characters of the key, to tell keys apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// When it ends, as RFC 3339; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Whether it no longer counts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub revoked: bool,
}

/// An application's right to call a service under a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Who may call.
    pub application: Reference,
    /// What may be called.
    pub service: Reference,
    /// Under which limits.
    pub plan: Reference,
    /// Whether it counts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub state: SubscriptionState,
}

/// Whether a subscription counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// It counts.
    #[default]
    Active,
    /// It waits for a word of the service's team.
    Pending,
    /// It was stopped.
    Suspended,
}
