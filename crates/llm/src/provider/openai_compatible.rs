//! Providers that speak OpenAI's Chat Completions: to clients that speak it too, bytes pass through.

use std::borrow::Cow;

use super::openai_chat::ChatWire;
use super::{Headers, Provider, Target, Way};
use crate::dialect::openai_chat;
use crate::embed::EmbedFormat;
use crate::marks::Takes;
use crate::remote::Medium;
use crate::vendor::CacheMarkers;
use crate::{ApiError, Dialect};

/// Every provider whose address ends in `/chat/completions`.
#[derive(Debug)]
pub(crate) struct OpenAiCompatible;

impl Provider for OpenAiCompatible {
    fn auth_header(&self, key: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {key}"))
    }

    fn way(&self, dialect: Dialect) -> Way {
        if dialect == Dialect::OpenAiChat { Way::Pass } else { Way::Convert(&ChatWire) }
    }

    fn path(&self, _: Option<Dialect>, _: &Target<'_>, _: bool) -> Cow<'static, str> {
        "/chat/completions".into()
    }

    fn takes_detail(&self) -> bool {
        true
    }

    fn fetches(&self, medium: Medium, _: &str, _: &Target<'_>) -> bool {
        medium == Medium::Image
    }

    /// A few that pass Anthropic's models on take its markers.
    fn marks(&self, target: &Target<'_>) -> Option<Takes> {
        let takes = target.vendor.is_some_and(|vendor| vendor.cache_markers == CacheMarkers::CacheControl);
        (takes && target.model.contains("claude")).then_some(Takes { tools: false })
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn embeddings(&self, _: &Target<'_>) -> Option<(EmbedFormat, Cow<'static, str>)> {
        Some((EmbedFormat::OpenAi, "/embeddings".into()))
    }

    fn passes(&self, path: &'static str, _: &Target<'_>) -> Option<Cow<'static, str>> {
        Some(path.into())
    }

    fn decode_error(&self, status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
        openai_chat::decode_error(status, headers, body)
    }
}
