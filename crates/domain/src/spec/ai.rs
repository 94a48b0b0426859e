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
    /// The wire format it speaks; absent with a `vendor`, which tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<ProviderApi>,
    /// One of the many vendors that speak OpenAI's chat each in its own way, such as `groq`: its address, its name in the
    /// catalogue, and what it does differently. The documentation lists them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Where it is, such as `https://api.openai.com/v1`; absent: the vendor's own public address, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Headers added to every request to it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The provider's name in the catalogue of models, for prices; absent: looked up by model alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<String>,
    /// Whether files are kept by it, and batches run by it, at OpenAI's paths. Absent: true for OpenAI and Mistral at their
    /// own addresses. Elsewhere Weir keeps files and runs batches itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<bool>,
    /// TLS settings where the address is `https`; absent: verified against the system's authorities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<UpstreamTls>,
    /// Time limits.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timeouts: ProviderTimeouts,
    /// Connection reuse.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pool: Pool,
    /// Passive ejection.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ejection: Ejection,
}

/// Time limits of one attempt at a provider: an upstream's, with defaults for models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProviderTimeouts {
    /// Waiting for a free connection where the number is bounded.
    pub queue: Span,
    /// DNS and TCP.
    pub connect: Span,
    /// The TLS handshake.
    pub tls: Span,
    /// The longest pause while the request is sent.
    pub send: Span,
    /// From the request's last byte to the answer's head.
    pub first_byte: Span,
    /// The longest pause within the answer's body, comments that only keep the connection alive included.
    pub idle: Span,
    /// From the beginning of the attempt to the first piece of a streamed answer that says something.
    pub first_token: Span,
    /// The longest pause between two pieces of a streamed answer that say something.
    pub between_tokens: Span,
    /// From the beginning of the attempt to the end of a streamed answer.
    pub whole: Span,
    /// How long the head of a streamed answer is held back for its first piece, since until then another target can take
    /// over. After it the head goes out, and a failure is told within the stream.
    pub hold: Span,
    /// So often a client hears a comment or a ping while the model is silent.
    pub ping: Span,
}

/// A provider's wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderApi {
    /// OpenAI Chat Completions, and the many that speak it.
    Openai,
    /// OpenAI Responses; chat completions pass to the same address.
    OpenaiResponses,
    /// Anthropic Messages.
    Anthropic,
    /// Azure OpenAI: the resource's address for its deployments, or one that ends in `/openai/v1`.
    Azure,
    /// AWS Bedrock's Converse; the base address is that of a region.
    Bedrock,
    /// Cohere's API, the second version.
    Cohere,
    /// Google's Gemini API.
    Gemini,
    /// Mistral's chat.
    Mistral,
    /// Ollama's own API.
    Ollama,
    /// Gemini's models on Vertex AI; the base address ends in `/locations/{location}`.
    Vertex,
}

impl ProviderApi {
    /// The vendor's public address; none where every account has one of its own.
    pub fn base_url(self) -> Option<&'static str> {
        match self {
            Self::Openai | Self::OpenaiResponses => Some("https://api.openai.com/v1"),
            Self::Anthropic => Some("https://api.anthropic.com"),
            Self::Cohere => Some("https://api.cohere.com"),
            Self::Gemini => Some("https://generativelanguage.googleapis.com/v1beta"),
            Self::Ollama => Some("http://127.0.0.1:11434"),
            Self::Mistral => Some("https://api.mistral.ai/v1"),
            Self::Azure | Self::Bedrock | Self::Vertex => None,
        }
    }
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
    /// Who places markers of the vendors' prompt caches, without which Anthropic's models read nothing from theirs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cache_markers: CacheMarkers,
    /// What becomes of a wish for several answers (`n`) where the provider gives one alone.
    #[serde(default, skip_serializing_if = "is_default")]
    pub several_answers: SeveralAnswers,
}

/// Who places markers of prompt caches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CacheMarkers {
    /// Clients alone.
    #[default]
    AsSent,
    /// Weir, in requests that have none: behind tools, instructions and the last two turns.
    Automatic,
}

/// What becomes of a wish for several answers that a provider does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeveralAnswers {
    /// As of any parameter that the provider cannot honour.
    #[default]
    Unsupported,
    /// So many calls are made at once, and their answers joined. Each counts and costs as one.
    FanOut,
}

/// One model of one provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AliasTarget {
    /// The provider.
    pub provider: Reference,
    /// The model, as the provider calls it.
    pub model: String,
    /// Prices that stand in place of the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

/// Prices in US dollars, of tokens and characters per million. What is left out is not known, if nothing else is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Prompt tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub input: Option<f64>,
    /// Completion tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub output: Option<f64>,
    /// Prompt tokens read from the provider's cache; absent: as `input`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub cache_read: Option<f64>,
    /// Prompt tokens written to the provider's cache; absent: as `input`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub cache_write: Option<f64>,
    /// Of them, those written for an hour; absent: as `cache_write`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub cache_write_1h: Option<f64>,
    /// Completion tokens spent on reasoning; absent: as `output`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub reasoning: Option<f64>,
    /// Prompt tokens of audio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub audio_input: Option<f64>,
    /// Completion tokens of audio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub audio_output: Option<f64>,
    /// Prompt tokens of images, where they are counted apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub image_input: Option<f64>,
    /// Completion tokens of images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub image_output: Option<f64>,
    /// Prompt tokens of batches that the provider runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub batch_input: Option<f64>,
    /// Completion tokens of batches that the provider runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub batch_output: Option<f64>,
    /// An image that is made; for models whose images are not paid by `image_output`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub image: Option<f64>,
    /// A minute of speech; for models that are not paid by their tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub minute: Option<f64>,
    /// A million characters that are spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub characters: Option<f64>,
    /// A query of a reranking, or a search that the provider makes to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub query: Option<f64>,
    /// A call, besides all else; absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub request: Option<f64>,
    /// Prices of calls with long prompts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<PriceTier>,
}

/// Prices in US dollars per million tokens of calls with prompts above a size. What is left out costs as without it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceTier {
    /// The tier holds for prompts of more tokens than this, for the call as a whole.
    pub above: u64,
    /// Prompt tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub input: Option<f64>,
    /// Completion tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub output: Option<f64>,
    /// Prompt tokens read from the provider's cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub cache_read: Option<f64>,
    /// Prompt tokens written to the provider's cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub cache_write: Option<f64>,
}

// === impl Price ===

impl Price {
    /// Every price that it names, those of its tiers included.
    pub fn amounts(&self) -> impl Iterator<Item = f64> + '_ {
        let tokens =
            [self.input, self.output, self.cache_read, self.cache_write, self.cache_write_1h, self.reasoning];
        let batches = [self.batch_input, self.batch_output];
        let others = [self.audio_input, self.audio_output, self.image_input, self.image_output];
        let pieces = [self.image, self.minute, self.characters, self.query, self.request];
        let tiers =
            self.tiers.iter().flat_map(|tier| [tier.input, tier.output, tier.cache_read, tier.cache_write]);
        tokens.into_iter().chain(others).chain(batches).chain(pieces).chain(tiers).flatten()
    }
}

/// Models take their time: ten minutes to the first byte, as the vendors' SDKs allow.
impl Default for ProviderTimeouts {
    fn default() -> Self {
        let Timeouts { queue, connect, tls, send, .. } = Timeouts::default();
        Self {
            queue,
            connect,
            tls,
            send,
            first_byte: Span::secs(600),
            idle: Span::secs(120),
            first_token: Span::secs(600),
            between_tokens: Span::secs(300),
            whole: Span::secs(3600),
            hold: Span::secs(20),
            ping: Span::secs(15),
        }
    }
}

impl From<ProviderTimeouts> for Timeouts {
    fn from(of_provider: ProviderTimeouts) -> Self {
        let ProviderTimeouts { queue, connect, tls, send, first_byte, idle, .. } = of_provider;
        Self { queue, connect, tls, send, first_byte, idle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_limits_that_are_left_out_are_a_providers() {
        let json =
            serde_json::json!({ "api": "openai", "base_url": "http://a", "timeouts": { "connect": "1s" } });
        let provider: Provider = serde_json::from_value(json).unwrap();
        let Timeouts { connect, first_byte, idle, .. } = provider.timeouts.into();
        assert_eq!((connect, first_byte, idle), (Span::secs(1), Span::secs(600), Span::secs(120)));
        let without: Provider =
            serde_json::from_value(serde_json::json!({ "api": "openai", "base_url": "http://a" })).unwrap();
        assert_eq!(without.timeouts, ProviderTimeouts::default());
        assert_eq!(serde_json::to_value(&without).unwrap().get("timeouts"), None);
    }
}
