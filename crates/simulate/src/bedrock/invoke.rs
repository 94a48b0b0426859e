//! Bodies of Claude's own dialect, as `InvokeModel` takes them: Anthropic's messages without `model` and
//! `stream`, with a version that names Bedrock.

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use super::error::ApiError;
use super::models::Model;
use super::{EVENTS, PACE, frame, took};
use crate::anthropic::lend::{self, Lent};
use crate::desk::{Desk, Stream, put};
use crate::fault::Faults;
use crate::play::Frame;

const VERSION: &str = "bedrock-2023-05-31";

pub(super) async fn whole(
    desk: &mut Desk,
    model: &Model,
    body: Value,
    faults: Faults,
    caller: &[u8],
) -> Result<Response, ApiError> {
    let lent = ask(desk, model, body, caller)?.answer(desk, faults, caller);
    desk.write(faults, PACE, lent.output_tokens).await;
    let latency = took(desk);
    let mut response = desk.whole(&lent.whole, faults);
    let headers = response.headers_mut();
    put(headers, "x-amzn-bedrock-input-token-count", &lent.input_tokens.to_string());
    put(headers, "x-amzn-bedrock-output-token-count", &lent.output_tokens.to_string());
    put(headers, "x-amzn-bedrock-invocation-latency", &latency.to_string());
    Ok(response)
}

pub(super) fn stream(
    desk: &mut Desk,
    model: &Model,
    body: Value,
    faults: Faults,
    caller: &[u8],
) -> Result<Response, ApiError> {
    let lent = ask(desk, model, body, caller)?.answer(desk, faults, caller);
    let metrics = json!({
        "inputTokenCount": lent.input_tokens,
        "outputTokenCount": lent.output_tokens,
        "invocationLatency": took(desk),
        "firstByteLatency": took(desk),
    });
    let frames = lent.events.map(move |(mut event, paced)| {
        if event.get("type").is_some_and(|kind| kind == "message_stop")
            && let Some(map) = event.as_object_mut()
        {
            map.insert("amazon-bedrock-invocationMetrics".to_owned(), metrics.clone());
        }
        Frame { bytes: chunk(event.to_string().as_bytes()), paced }
    });
    let mut response = desk.stream(
        Stream {
            frames: Box::new(frames),
            content_type: EVENTS,
            error: super::reply::error_frame(),
            garbage: chunk(b"{\"type\":\"content_bl"),
        },
        faults,
        PACE,
    );
    put(response.headers_mut(), "x-amzn-bedrock-content-type", "application/json");
    Ok(response)
}

/// How many tokens a body has.
pub(super) fn count(desk: &Desk, model: &Model, body: Value) -> Result<u32, ApiError> {
    Ok(read(desk, model, body)?.tokens())
}

fn ask(desk: &mut Desk, model: &Model, body: Value, caller: &[u8]) -> Result<lend::Asked, ApiError> {
    let asked = read(desk, model, body)?;
    desk.allow::<ApiError>(caller, asked.tokens())?;
    Ok(asked)
}

fn read(desk: &Desk, model: &Model, mut body: Value) -> Result<lend::Asked, ApiError> {
    if !model.is_claude() {
        return Err(ApiError::invalid("Only models of Anthropic take this operation here; use Converse."));
    }
    let map = body.as_object_mut().ok_or_else(|| {
        ApiError::invalid("Malformed input request, please reformat your input and try again.")
    })?;
    if let Some(name) = ["model", "stream"].into_iter().find(|name| map.contains_key(*name)) {
        return Err(ApiError::invalid(format!(
            "Malformed input request: #: extraneous key [{name}] is not permitted, please reformat your input and try \
             again."
        )));
    }
    match map.shift_remove("anthropic_version") {
        None => return Err(ApiError::invalid("anthropic_version: Field required")),
        Some(version) if version == VERSION => {}
        Some(_) => return Err(ApiError::invalid("Invalid API version")),
    }
    let betas = match map.shift_remove("anthropic_beta") {
        None => false,
        Some(Value::Array(betas)) if betas.iter().all(Value::is_string) => !betas.is_empty(),
        Some(_) => return Err(ApiError::invalid("anthropic_beta: Input should be a valid list")),
    };
    map.insert("model".to_owned(), model.name.clone().into());
    Lent::read(body, betas, desk.world.config.seed).map_err(ApiError::invalid)
}

/// A frame that holds an event in base64.
fn chunk(event: &[u8]) -> Bytes {
    frame::event("chunk", json!({"bytes": STANDARD.encode(event)}).to_string().as_bytes())
}
