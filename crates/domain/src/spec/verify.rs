//! Signatures that a route asks for: webhooks that come in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::is_default;
use crate::{SecretSource, Span};

/// Requests are let in only if they are signed, and each once, however often its sender sends it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// Who signs, or how.
    pub scheme: VerifyScheme,
    /// What the sender signs with, as the sender shows it.
    pub secret: SecretSource,
    /// What it signed with before: while it is here, both are believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_secret: Option<SecretSource>,
    /// How long ago it may have been signed, where the sender signs the time; `1h` at most.
    #[serde(default = "tolerance", skip_serializing_if = "is_tolerance")]
    pub tolerance: Span,
    /// When the sender is answered.
    #[serde(default, skip_serializing_if = "is_default")]
    pub respond: Respond,
    /// How a sender signs that has no scheme of its own here; with `scheme: hmac` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hmac: Option<VerifyHmac>,
}

/// Who signs, or how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerifyScheme {
    /// Standard Webhooks, and Svix: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    Standard,
    /// GitHub: `X-Hub-Signature-256`.
    Github,
    /// Stripe: `Stripe-Signature`.
    Stripe,
    /// Slack: `X-Slack-Signature`. Its `url_verification` is answered.
    Slack,
    /// Shopify: `X-Shopify-Hmac-SHA256`.
    Shopify,
    /// Others, as `hmac` says.
    Hmac,
}

/// When a sender is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Respond {
    /// When it is done, with what came out.
    #[default]
    Sync,
    /// At once, by 202: a job does it. For routes with a flow, at services with jobs.
    Async,
}

/// A signature by HMAC in a header field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyHmac {
    /// The field.
    pub header: String,
    /// What stands before the signature there, such as `sha256=`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// How the signature is written.
    #[serde(default, skip_serializing_if = "is_default")]
    pub encoding: VerifyEncoding,
    /// What the HMAC is of.
    #[serde(default, skip_serializing_if = "is_default")]
    pub hash: VerifyHash,
    /// What is signed: text in which `{body}`, `{timestamp}` and `{id}` stand for the body and for values of the fields below.
    #[serde(default = "signs", skip_serializing_if = "is_signs")]
    pub signs: String,
    /// The field with the time in seconds since 1970; it must be signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// The field with what the sender calls the request, which stays the same when it is sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerifyEncoding {
    /// Hexadecimal digits.
    #[default]
    Hex,
    /// Base64 (RFC 4648 §4).
    Base64,
}

/// What an HMAC is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerifyHash {
    /// SHA-1, of senders that have nothing better.
    Sha1,
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-512.
    Sha512,
}

fn tolerance() -> Span {
    Span::secs(5 * 60)
}

fn is_tolerance(span: &Span) -> bool {
    *span == tolerance()
}

fn signs() -> String {
    "{body}".to_owned()
}

fn is_signs(text: &String) -> bool {
    *text == signs()
}
