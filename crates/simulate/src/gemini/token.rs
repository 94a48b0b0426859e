//! Google's token endpoint for service accounts: a signed claim goes in, a token comes out. Whose claim it
//! is cannot be checked here, since no account is known; that it is one is.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Json, Response};
use axum::routing::post;
use axum::{Extension, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde_json::{Value, json};

use super::error::ApiError;
use crate::fault::Faults;
use crate::world::{Ticket, World};
use crate::{body, play, seed, when};

/// How long a token lives, in seconds.
const LIFE: i64 = 3_599;

/// How long a claim may live, and how far clocks may be apart.
const LONGEST_CLAIM: i64 = 3_600;
const SKEW: i64 = 300;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The largest form that is read.
const FORM_LIMIT: usize = 32 << 10;

/// Why there is no token: OAuth's word and what it means.
type Refusal = (&'static str, String);

/// The route under `/google`.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new().route("/token", post(grant))
}

async fn grant(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    body: Body,
) -> Response {
    let faults = ticket.faults(Faults::default()).unwrap_or_default();
    let latency = faults
        .draw_latency(world.latency(crate::dist::Distribution::ZERO), &mut world.rng("latency", &ticket));
    world.pause(latency).await;
    if let Some(status) = faults.status.and_then(|status| StatusCode::from_u16(status).ok()) {
        return refuse(status, ("internal_failure", "Asked for.".to_owned()));
    }
    let bytes = body::read(body, FORM_LIMIT).await.unwrap_or_default();
    match claim(&bytes, when::seconds(world.clock.wall())) {
        Ok(issuer) => {
            let expiry = when::seconds(world.clock.wall()) + LIFE;
            let token = token(world.config.seed, expiry, &issuer);
            let granted = json!({"access_token": token, "expires_in": LIFE, "token_type": "Bearer"});
            let mut response = http::Response::new(Bytes::from(granted.to_string()));
            let kind = HeaderValue::from_static("application/json; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            play::whole(&world, response, faults)
        }
        Err(refusal) => refuse(StatusCode::BAD_REQUEST, refusal),
    }
}

fn refuse(status: StatusCode, (error, description): Refusal) -> Response {
    (status, Json(json!({"error": error, "error_description": description}))).into_response()
}

/// Reads the form and the claim in it; gives who makes it.
fn claim(form: &[u8], now: i64) -> Result<String, Refusal> {
    let invalid = |what: &str| ("invalid_grant", what.to_owned());
    let form = form_of(form).ok_or_else(|| ("invalid_request", "The form is broken.".to_owned()))?;
    let field = |name: &str| form.get(name).map(String::as_str).filter(|text| !text.is_empty());
    match field("grant_type") {
        Some(GRANT) => {}
        Some(other) => return Err(("unsupported_grant_type", format!("Invalid grant_type: {other}"))),
        None => return Err(("invalid_request", "Missing parameter: grant_type".to_owned())),
    }
    let assertion = field("assertion")
        .ok_or_else(|| ("invalid_request", "Required parameter is missing: assertion".to_owned()))?;
    let mut parts = assertion.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let (Some(Some(head)), Some(Some(claim)), Some(Some(signature)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(invalid("Invalid JWT: The assertion is no three parts of base64."));
    };
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    let (head, claim) = (json(&head), json(&claim));
    if head.get("alg").is_none_or(|alg| alg != "RS256") || signature.len() < 128 {
        return Err(invalid("Invalid JWT Signature."));
    }
    let time = |name: &str| claim.get(name).and_then(Value::as_i64);
    let (Some(issued), Some(expires)) = (time("iat"), time("exp")) else {
        return Err(invalid("Invalid JWT: iat and exp are required."));
    };
    if issued > now + SKEW || expires + SKEW < now || expires - issued > LONGEST_CLAIM {
        let what = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. \
                    Check your iat and exp values in the JWT claim.";
        return Err(invalid(what));
    }
    let text = |name: &str| claim.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    if text("scope").is_none() && text("target_audience").is_none() {
        return Err(("invalid_scope", "Invalid OAuth scope or ID token audience provided.".to_owned()));
    }
    if text("aud").is_none() {
        return Err(invalid("Invalid JWT: Failed audience check."));
    }
    match text("iss") {
        Some(issuer) if !issuer.starts_with("bad") => Ok(issuer.to_owned()),
        _ => Err(invalid("Invalid grant: account not found")),
    }
}

/// The fields of a form.
fn form_of(bytes: &[u8]) -> Option<HashMap<String, String>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let uri: Uri = format!("/?{text}").parse().ok()?;
    Query::try_from_uri(&uri).ok().map(|Query(form)| form)
}

fn token(seed: u64, expiry: i64, issuer: &str) -> String {
    let mac = seed::hash(&[b"token", &seed.to_le_bytes(), &expiry.to_le_bytes(), issuer.as_bytes()]);
    let issuer = URL_SAFE_NO_PAD.encode(issuer);
    format!("ya29.{expiry}.{issuer}.{mac:016x}")
}

/// Only tokens that were given out here, and no longer than they live.
pub(super) fn authenticate(world: &World, headers: &HeaderMap) -> Result<Vec<u8>, ApiError> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, given) = given.split_once(' ').unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") || given.is_empty() {
        return Err(ApiError::no_token("CREDENTIALS_MISSING"));
    }
    let mut parts = given.strip_prefix("ya29.").unwrap_or_default().split('.');
    let expiry = parts.next().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    let issuer = parts.next().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let issuer = issuer.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    if token(world.config.seed, expiry, &issuer) != given {
        return Err(ApiError::no_token("ACCESS_TOKEN_TYPE_UNSUPPORTED"));
    }
    if expiry < when::seconds(world.clock.wall()) {
        return Err(ApiError::no_token("ACCESS_TOKEN_EXPIRED"));
    }
    Ok(issuer.into_bytes())
}
