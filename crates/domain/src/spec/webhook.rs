//! Webhooks: where events are sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::is_default;
use crate::{SecretSource, Span};

/// An endpoint that events are sent to, by Standard Webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Its address, by `https` or `http`.
    pub url: String,
    /// The types of events that it wants, such as `order.created` or `order.*`; empty: all of the team's in its environment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// What signs: `whsec_` with base64 of 24 to 64 bytes (HMAC-SHA256), or `whsk_` with an ed25519 key.
    pub secret: SecretSource,
    /// What signed before: while it is here, both sign, so that receivers can change over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_secret: Option<SecretSource>,
    /// Where it may be.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reach: Reach,
    /// How long an answer may take.
    #[serde(default = "timeout", skip_serializing_if = "is_timeout")]
    pub timeout: Span,
    /// When a delivery that failed is made again, and when it is given up.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retry: WebhookRetry,
}

/// Where an endpoint may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// At addresses of the public internet alone.
    #[default]
    Public,
    /// At any address, private networks, this host and a cloud's metadata included.
    Anywhere,
}

/// When a delivery that failed is made again: waits that double, each a fifth shorter or longer by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookRetry {
    /// The first wait.
    pub first: Span,
    /// The longest.
    pub longest: Span,
    /// How long a delivery is tried until it is a dead letter.
    pub lasts: Span,
    /// How long the endpoint may fail, without one of several deliveries coming through, until it is switched off.
    pub gives_up: Span,
}

impl Default for WebhookRetry {
    fn default() -> Self {
        Self {
            first: Span::secs(5),
            longest: Span::secs(15 * 60),
            lasts: Span::secs(24 * 3_600),
            gives_up: Span::secs(5 * 24 * 3_600),
        }
    }
}

fn timeout() -> Span {
    Span::secs(20)
}

fn is_timeout(span: &Span) -> bool {
    *span == timeout()
}
