//! OpenAI's moderations: a text is flagged for the words in it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::check::{self, path};
use super::desk::Desk;
use super::error::ApiError;
use super::fields::{self, Field, Takes};
use super::messages;
use super::models::{self, Task};
use crate::world::{Ticket, World};
use crate::{seed, synth};

const FIELDS: [Field; 2] = [("input", false, Takes::Own), ("model", true, Takes::Text)];

/// Each category, whether pictures can be of it, and words that flag a text.
const CATEGORIES: [(&str, bool, &[&str]); 13] = [
    ("harassment", false, &["idiot", "stupid"]),
    ("harassment/threatening", false, &[]),
    ("hate", false, &["hate"]),
    ("hate/threatening", false, &[]),
    ("illicit", false, &["bomb", "steal"]),
    ("illicit/violent", false, &["bomb"]),
    ("self-harm", true, &["suicide"]),
    ("self-harm/instructions", true, &[]),
    ("self-harm/intent", true, &[]),
    ("sexual", true, &["nude"]),
    ("sexual/minors", false, &[]),
    ("violence", true, &["attack", "kill"]),
    ("violence/graphic", true, &[]),
];

pub(super) fn router() -> Router<Arc<World>> {
    Router::new().route("/v1/moderations", post(create))
}

async fn create(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match answer(&mut desk, &headers, body).await {
        Ok(response) => response,
        Err(error) => desk.refuse(error),
    }
}

pub(super) async fn answer(desk: &mut Desk, headers: &HeaderMap, body: Body) -> Result<Response, ApiError> {
    let (value, faults) = desk.read(headers, body).await?;
    let Value::Object(map) = value else { return Err(ApiError::no_json()) };
    fields::known(&map, &FIELDS)?;
    let name = map.get("model").and_then(Value::as_str).unwrap_or("omni-moderation-latest");
    let model = models::resolve(name).filter(|model| model.does(Task::Moderation)).ok_or_else(|| {
        let message =
            format!("Invalid value for 'model' = {name}. Please check the API reference for models.");
        ApiError::invalid(StatusCode::BAD_REQUEST, message)
    })?;
    let inputs = inputs(check::required(&map, "", "input")?)?;
    let tokens = inputs.iter().map(|(text, _)| synth::count(text)).sum();
    desk.allow(headers, tokens)?;
    let id = seed::letters(&mut desk.world.rng("moderation id", &desk.ticket), 24);
    let made = json!({
        "id": format!("modr-{id}"),
        "model": model.dated,
        "results": inputs.iter().map(|(text, pictures)| result(text, *pictures)).collect::<Vec<_>>(),
    });
    Ok(desk.whole(&made, faults))
}

/// Each text, and whether pictures came with it. Parts make one input, strings one each.
fn inputs(input: &Value) -> Result<Vec<(String, bool)>, ApiError> {
    let list = match input {
        Value::String(text) => return Ok(vec![(text.clone(), false)]),
        Value::Array(list) => list,
        other => return Err(check::wrong_type("input", "one of a string or an array", other)),
    };
    if list.is_empty() {
        let message = "Invalid 'input': empty array. Expected an array with minimum length 1.";
        return Err(ApiError::of("input", message).code("empty_array"));
    }
    if list.iter().any(Value::is_object) {
        return Ok(vec![parts(list)?]);
    }
    let one = |(at, text)| Ok((check::string(&format!("input[{at}]"), text)?.to_owned(), false));
    list.iter().enumerate().map(one).collect()
}

fn parts(list: &[Value]) -> Result<(String, bool), ApiError> {
    let mut texts = Vec::new();
    let mut pictures = false;
    for (number, part) in list.iter().enumerate() {
        let at = format!("input[{number}]");
        let map = check::object(&at, part)?;
        let kind = check::required(map, &at, "type")?;
        let kind = check::one_of(&path(&at, "type"), kind, &["text", "image_url"])?;
        check::only(map, &at, &["type", kind])?;
        let inner = check::required(map, &at, kind)?;
        let at = path(&at, kind);
        if kind == "text" {
            texts.push(check::string(&at, inner)?);
            continue;
        }
        let inner = check::object(&at, inner)?;
        let at = path(&at, "url");
        messages::image_url(&at, check::string(&at, inner.get("url").unwrap_or(&Value::Null))?)?;
        pictures = true;
    }
    Ok((texts.join("\n"), pictures))
}

fn result(text: &str, pictures: bool) -> Value {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
    let (mut flags, mut scores, mut kinds) = (Map::new(), Map::new(), Map::new());
    let mut flagged = false;
    for (name, visible, bad) in CATEGORIES {
        let hit = bad.iter().any(|word| words.contains(word));
        flagged |= hit;
        flags.insert(name.to_owned(), Value::from(hit));
        scores.insert(name.to_owned(), Value::from(if hit { 0.97 } else { 0.0001 }));
        let looked = ["text", "image"].iter().take(if visible && pictures { 2 } else { 1 });
        kinds.insert(name.to_owned(), looked.copied().collect());
    }
    json!({"flagged": flagged, "categories": flags, "category_scores": scores,
        "category_applied_input_types": kinds})
}
