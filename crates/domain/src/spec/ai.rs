//! Providers, their keys, and model aliases.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ejection, Pool, Timeouts, UpstreamTls, is_default};
use crate::{Reference, SecretSource, Span};

/// An AI vendor or runtime.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The wire format it speaks.
    pub api: ProviderApi,
    /// Where it is, such as `https://api.openai.com/v1`.
    pub base_url: String,
    /// Headers added to every request to it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The provider's name in the catalogue of models, for prices; absent: looked up by model alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<String>,
    /// TLS settings where the address is `https`; absent: verified against the system's authorities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<UpstreamTls>,
    /// Time limits.
    #[serde(default = "patient", skip_serializing_if = "is_patient")]
    pub timeouts: Timeouts,
    /// Connection reuse.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pool: Pool,
    /// Passive ejection.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ejection: Ejection,
}

/// A provider's wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderApi {
    /// OpenAI Chat Completions, and the many that speak it.
    Openai,
    /// Anthropic Messages.
    Anthropic,
}

/// A secret that a provider knows us by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderKey {
    /// The provider.
    pub provider: Reference,
    /// The secret.
    pub secret: SecretSource,
    /// Whether it is left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disabled: bool,
}

/// A public model name and what it resolves to: the targets are tried in order until one answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelAlias {
    /// What is tried, first to last.
    #[schemars(length(min = 1))]
    pub targets: Vec<AliasTarget>,
}

/// One model of one provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AliasTarget {
    /// The provider.
    pub provider: Reference,
    /// The model, as the provider calls it.
    pub model: String,
    /// Prices that overrule the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

/// Prices in US dollars per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Prompt tokens.
    #[schemars(range(min = 0.0))]
    pub input: f64,
    /// Completion tokens.
    #[schemars(range(min = 0.0))]
    pub output: f64,
    /// Prompt tokens read from the provider's cache; absent: as `input`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<f64>,
    /// Prompt tokens written to the provider's cache; absent: as `input`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<f64>,
}

/// Models take their time: ten minutes to the first byte, as the vendors' SDKs allow.
fn patient() -> Timeouts {
    Timeouts { first_byte: Span::secs(600), idle: Span::secs(120), ..Timeouts::default() }
}

fn is_patient(timeouts: &Timeouts) -> bool {
    *timeouts == patient()
}
