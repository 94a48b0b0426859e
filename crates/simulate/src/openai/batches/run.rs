//! The lines of a batch: what each must be, and what comes of it.

use std::collections::HashSet;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::super::desk::Desk;
use super::super::error::ApiError;
use super::super::{completions, embeddings, images, moderations, responses};
use crate::world::{FAULT_HEADER, World};
use crate::{body, seed};

/// The most lines of one batch, and the largest answer to one.
const MOST_LINES: usize = 10_000;
const LARGEST: usize = 16 << 20;

/// One request of a batch.
pub(super) struct Line {
    id: String,
    url: String,
    body: Value,
}

/// What came of a line, and whether it was good.
pub(super) struct Done {
    pub(super) told: Value,
    pub(super) good: bool,
}

/// Reads all lines; tells what is wrong with which.
pub(super) fn lines(bytes: &[u8], endpoint: &str) -> Result<Vec<Line>, Vec<Value>> {
    let text = String::from_utf8_lossy(bytes);
    let (mut lines, mut wrong, mut ids) = (Vec::new(), Vec::new(), HashSet::new());
    for (at, text) in text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        let error = |code: &str, param: Option<&str>, message: &str| json!({"code": code, "line": at + 1, "message": message, "param": param});
        match line(text, endpoint) {
            Ok(line) if !ids.insert(line.id.clone()) => {
                let message = "The custom_id must be unique in a batch.";
                wrong.push(error("duplicate_custom_id", Some("custom_id"), message));
            }
            Ok(line) => lines.push(line),
            Err((code, param, message)) => wrong.push(error(code, param, message)),
        }
    }
    if lines.len() > MOST_LINES {
        wrong.push(
            json!({"code": "too_many_requests", "line": null, "message": "Too many lines.", "param": null}),
        );
    }
    if lines.is_empty() && wrong.is_empty() {
        wrong.push(
            json!({"code": "empty_file", "line": null, "message": "The file has no lines.", "param": null}),
        );
    }
    if wrong.is_empty() { Ok(lines) } else { Err(wrong) }
}

type Wrong = (&'static str, Option<&'static str>, &'static str);

fn line(text: &str, endpoint: &str) -> Result<Line, Wrong> {
    let Ok(Value::Object(map)) = serde_json::from_str::<Value>(text) else {
        return Err(("invalid_json_line", None, "This line is not parseable as valid JSON."));
    };
    let field = |name: &str| map.get(name).and_then(Value::as_str);
    let Some(id) = field("custom_id") else {
        return Err((
            "missing_required_parameter",
            Some("custom_id"),
            "Missing required parameter: 'custom_id'.",
        ));
    };
    if field("method") != Some("POST") {
        return Err(("invalid_method", Some("method"), "The method must be POST."));
    }
    let Some(url) = field("url").filter(|url| *url == endpoint) else {
        return Err((
            "invalid_url",
            Some("url"),
            "The URL provided for this request does not match the batch endpoint.",
        ));
    };
    let Some(body) = map.get("body").filter(|body| body.is_object()) else {
        return Err(("missing_required_parameter", Some("body"), "Missing required parameter: 'body'."));
    };
    if body.get("stream") == Some(&Value::Bool(true)) {
        return Err(("invalid_request", Some("body.stream"), "Streaming is not supported in a batch."));
    }
    Ok(Line { id: id.to_owned(), url: url.to_owned(), body: body.clone() })
}

/// Executes all lines, one after the other and without waiting.
pub(super) async fn all(world: &Arc<World>, headers: &HeaderMap, lines: &[Line]) -> Vec<Done> {
    let mut done = Vec::new();
    for line in lines {
        done.push(Box::pin(one(world, headers, line)).await);
    }
    done
}

async fn one(world: &Arc<World>, headers: &HeaderMap, line: &Line) -> Done {
    let mut quick = HeaderMap::new();
    quick.insert(FAULT_HEADER, HeaderValue::from_static("latency=0, ttft=0, gap=0"));
    let mut desk = Desk::open(Arc::clone(world), world.ticket(&quick));
    let body = Body::from(line.body.to_string());
    let response = match ask(&mut desk, headers, &line.url, body).await {
        Ok(response) => response,
        Err(error) => desk.refuse(error),
    };
    let status = response.status();
    let request = response.headers().get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let bytes: Bytes = body::read(response.into_body(), LARGEST).await.unwrap_or_default();
    let id = seed::letters(&mut world.rng("batch line", &desk.ticket), 32).to_ascii_lowercase();
    let told = json!({
        "id": format!("batch_req_{id}"),
        "custom_id": line.id,
        "response": {
            "status_code": status.as_u16(),
            "request_id": request,
            "body": serde_json::from_slice::<Value>(&bytes).unwrap_or_default(),
        },
        "error": null,
    });
    Done { told, good: status.is_success() }
}

async fn ask(desk: &mut Desk, headers: &HeaderMap, url: &str, body: Body) -> Result<Response, ApiError> {
    match url {
        "/v1/completions" => completions::answer(desk, headers, body).await,
        "/v1/embeddings" => embeddings::answer(desk, headers, body).await,
        "/v1/images/generations" => images::answer(desk, headers, body).await,
        "/v1/moderations" => moderations::answer(desk, headers, body).await,
        "/v1/responses" => responses::answer(desk, headers, body).await,
        _ => super::super::answer(desk, headers, body).await,
    }
}
