//! Who asks: a signature, or an API key as a bearer.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::error::{ApiError, Kind};
use super::sigv4::Signed;
use crate::desk::bearer;

/// Any bearer key will do but one that begins with `sk-bad` or `bedrock-api-key-bad`; a signature must be right.
pub(super) fn authenticate(signed: &Signed<'_>) -> Result<(), ApiError> {
    match bearer(signed.headers) {
        Some(key) if key.starts_with("sk-bad") || key.starts_with("bedrock-api-key-bad") => {
            Err(ApiError::new(
                Kind::AccessDenied,
                "Authentication failed: Please make sure your API Key is valid.",
            ))
        }
        Some(_) => Ok(()),
        None if signed.headers.contains_key(AUTHORIZATION) => signed.verify(),
        None => Err(ApiError::new(Kind::MissingToken, "Missing Authentication Token")),
    }
}

/// Whom limits and caches are kept for: the key, or the key's id.
pub(super) fn caller(headers: &HeaderMap) -> &[u8] {
    let given = headers.get(AUTHORIZATION).map_or(&[][..], http::HeaderValue::as_bytes);
    given.split(|byte| *byte == b'/').next().unwrap_or_default()
}
