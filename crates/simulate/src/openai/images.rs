//! OpenAI's images: made and edited. Each is the same small PNG.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::check::{self, Object};
use super::desk::{Desk, Stream};
use super::error::ApiError;
use super::fields::{self, Field, Takes};
use super::models::{self, Task};
use crate::fault::Faults;
use crate::play::Frame;
use crate::world::{Ticket, World};
use crate::{seed, synth, when};

/// One blue pixel.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGMwTpsJAAICATNWh+JUAAAAAElFTkSuQmCC";

/// What a picture costs.
const IMAGE_TOKENS: u32 = 1_056;

const SIZES: [&str; 8] =
    ["auto", "1024x1024", "1536x1024", "1024x1536", "256x256", "512x512", "1792x1024", "1024x1792"];
const QUALITIES: [&str; 8] = ["auto", "low", "medium", "high", "xhigh", "max", "standard", "hd"];

const FIELDS: [Field; 16] = [
    ("background", true, Takes::Word(&["transparent", "opaque", "auto"])),
    ("input_fidelity", true, Takes::Word(&["high", "low"])),
    ("model", true, Takes::Text),
    ("moderation", true, Takes::Word(&["low", "auto"])),
    ("n", true, Takes::Integer(1, 10)),
    ("output_compression", true, Takes::Integer(0, 100)),
    ("output_format", true, Takes::Word(&["png", "webp", "jpeg"])),
    ("partial_images", true, Takes::Integer(0, 3)),
    ("prompt", false, Takes::Text),
    ("quality", true, Takes::Word(&QUALITIES)),
    ("response_format", true, Takes::Word(&["url", "b64_json"])),
    ("safety_identifier", true, Takes::Text),
    ("size", true, Takes::Word(&SIZES)),
    ("stream", true, Takes::Bool),
    ("style", true, Takes::Word(&["vivid", "natural"])),
    ("user", false, Takes::Text),
];

/// What is asked for.
struct Ask {
    /// How events are named.
    event: &'static str,
    count: u64,
    /// As an address and not as bytes.
    by_url: bool,
    partials: Option<u64>,
    /// What answers repeat of the request.
    told: Object,
    usage: Value,
    revised: Option<String>,
}

pub(super) fn router() -> Router<Arc<World>> {
    Router::new().route("/v1/images/generations", post(generate)).route("/v1/images/edits", post(edit))
}

async fn generate(
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

async fn edit(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match edited(&mut desk, &headers, body).await {
        Ok(response) => response,
        Err(error) => desk.refuse(error),
    }
}

pub(super) async fn answer(desk: &mut Desk, headers: &HeaderMap, body: Body) -> Result<Response, ApiError> {
    let (value, faults) = desk.read(headers, body).await?;
    let Value::Object(map) = value else { return Err(ApiError::no_json()) };
    let ask = read(&map, "image_generation", 0)?;
    desk.allow(headers, ask.tokens())?;
    Ok(make(desk, &ask, faults).await)
}

async fn edited(desk: &mut Desk, headers: &HeaderMap, body: Body) -> Result<Response, ApiError> {
    let (form, faults) = desk.form(headers, body).await?;
    let image = form.file("image").ok_or_else(|| ApiError::missing("image"))?;
    if image.bytes.is_empty() {
        return Err(ApiError::of("image", "Invalid image file: it is empty.").code("empty_image_file"));
    }
    let ask = read(&form.fields(&["prompt", "model", "user"]), "image_edit", IMAGE_TOKENS)?;
    desk.allow(headers, ask.tokens())?;
    Ok(make(desk, &ask, faults).await)
}

async fn make(desk: &Desk, ask: &Ask, faults: Faults) -> Response {
    if ask.partials.is_some() {
        let stream = Stream {
            frames: Box::new(frames(desk, ask).into_iter()),
            error: super::stream::error_frame(),
            garbage: b"event: image_generation.completed\ndata: {\"b64_js\n\n",
        };
        return desk.stream(stream, faults);
    }
    desk.world.pause(desk.pace(1, faults)).await;
    let mut ids = desk.world.rng("image id", &desk.ticket);
    let one = |_| {
        let mut image = if ask.by_url {
            json!({"url": format!("https://images.example.com/{}.png", seed::letters(&mut ids, 24))})
        } else {
            json!({"b64_json": PNG})
        };
        if let Some(revised) = &ask.revised {
            image["revised_prompt"] = Value::from(revised.as_str());
        }
        image
    };
    let mut made = ask.told.clone();
    made.insert("created".to_owned(), Value::from(when::seconds(desk.world.clock.wall())));
    made.insert("data".to_owned(), (0..ask.count).map(one).collect());
    if !ask.usage.is_null() {
        made.insert("usage".to_owned(), ask.usage.clone());
    }
    desk.whole(&made, faults)
}

/// A picture that gets clearer, and at last the whole.
fn frames(desk: &Desk, ask: &Ask) -> Vec<Frame> {
    let created = Value::from(when::seconds(desk.world.clock.wall()));
    let event = |name: &str, field: &str, value: Value| {
        let mut event = ask.told.clone();
        event.insert("type".to_owned(), Value::from(format!("{}.{name}", ask.event)));
        event.insert("b64_json".to_owned(), Value::from(PNG));
        event.insert("created_at".to_owned(), created.clone());
        event.insert(field.to_owned(), value);
        let data = Value::Object(event);
        let bytes = Bytes::from(format!("event: {}.{name}\ndata: {data}\n\n", ask.event));
        Frame { bytes, paced: true }
    };
    let partials = (0..ask.partials.unwrap_or(0))
        .map(|index| event("partial_image", "partial_image_index", Value::from(index)));
    partials.chain([event("completed", "usage", ask.usage.clone())]).collect()
}

fn read(map: &Object, event: &'static str, input_image: u32) -> Result<Ask, ApiError> {
    fields::known(map, &FIELDS)?;
    let prompt = check::string("prompt", check::required(map, "", "prompt")?)?;
    let given = |name: &str| map.get(name).filter(|value| !value.is_null());
    let name = given("model").and_then(Value::as_str).unwrap_or("gpt-image-1");
    let model = models::resolve(name).filter(|model| model.does(Task::Image)).ok_or_else(|| {
        check::wrong_value("model", name, &["gpt-image-1", "gpt-image-1-mini", "dall-e-2", "dall-e-3"])
    })?;
    let older = model.name.starts_with("dall-e");
    let count = given("n").and_then(Value::as_u64).unwrap_or(1);
    if !older && given("response_format").is_some() {
        return Err(check::unknown("response_format"));
    }
    let streams = given("stream") == Some(&Value::Bool(true));
    if older && (streams || given("partial_images").is_some()) {
        return Err(ApiError::of("stream", "Streaming is not supported with this model."));
    }
    if model.name == "dall-e-3" && count > 1 {
        return Err(ApiError::of("n", "Invalid 'n': this model makes one image at a time."));
    }
    let text = synth::count(prompt);
    let output = IMAGE_TOKENS.saturating_mul(u32::try_from(count).unwrap_or(1));
    let usage = json!({
        "input_tokens": text + input_image,
        "input_tokens_details": {"text_tokens": text, "image_tokens": input_image},
        "output_tokens": output,
        "output_tokens_details": {"text_tokens": 0, "image_tokens": output},
        "total_tokens": text + input_image + output,
    });
    let by_name = |name: &str, usual: &str| {
        let word = given(name).and_then(Value::as_str).filter(|word| *word != "auto");
        Value::from(word.unwrap_or(usual))
    };
    let mut told = Object::new();
    if !older {
        told.insert("background".to_owned(), by_name("background", "opaque"));
        told.insert("output_format".to_owned(), by_name("output_format", "png"));
        told.insert("quality".to_owned(), by_name("quality", "medium"));
        told.insert("size".to_owned(), by_name("size", "1024x1024"));
    }
    let partials = given("partial_images").and_then(Value::as_u64).unwrap_or(0);
    Ok(Ask {
        event,
        count,
        by_url: older && given("response_format").is_none_or(|format| format == "url"),
        partials: streams.then_some(partials),
        told,
        usage: if older { Value::Null } else { usage },
        revised: (model.name == "dall-e-3").then(|| format!("A picture: {prompt}")),
    })
}

// === impl Ask ===

impl Ask {
    fn tokens(&self) -> u32 {
        let tokens = self.usage.get("input_tokens").and_then(Value::as_u64).unwrap_or(0);
        u32::try_from(tokens).unwrap_or(u32::MAX)
    }
}
