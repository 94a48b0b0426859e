//! Providers that speak OpenAI's Chat Completions: bytes pass through.

use super::{Headers, Provider, Speaks};
use crate::dialect::openai_chat;
use crate::{ApiError, Dialect};

/// Every provider whose address ends in `/chat/completions`.
#[derive(Debug)]
pub(crate) struct OpenAiCompatible;

impl Provider for OpenAiCompatible {
    fn auth_header(&self, key: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {key}"))
    }

    fn path(&self) -> &'static str {
        "/chat/completions"
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn speaks(&self) -> Speaks {
        Speaks::Dialect(Dialect::OpenAiChat)
    }

    fn decode_error(&self, status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
        openai_chat::decode_error(status, headers, body)
    }
}
