//! A sound written down: what is said follows from the file's name and size.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::super::check::{self, Object};
use super::super::desk::{Desk, Stream};
use super::super::error::ApiError;
use super::super::fields::{self, Field, Takes};
use super::super::form::Part;
use super::super::models::{self, Model, Task};
use super::super::stream;
use crate::fault::Faults;
use crate::play::Frame;
use crate::synth;
use crate::world::{Ticket, World};

const FORMATS: [&str; 6] = ["json", "text", "srt", "verbose_json", "vtt", "diarized_json"];

const FIELDS: [Field; 13] = [
    ("chunking_strategy", true, Takes::Own),
    ("include", false, Takes::Array),
    ("keywords", false, Takes::Array),
    ("known_speaker_names", false, Takes::Array),
    ("known_speaker_references", false, Takes::Array),
    ("language", false, Takes::Text),
    ("languages", false, Takes::Array),
    ("model", false, Takes::Text),
    ("prompt", false, Takes::Text),
    ("response_format", false, Takes::Word(&FORMATS)),
    ("stream", true, Takes::Bool),
    ("temperature", false, Takes::Number(0.0, 1.0)),
    ("timestamp_granularities", false, Takes::Array),
];

const KINDS: [&str; 9] = ["flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "wav", "webm"];

/// What was heard.
struct Heard {
    text: String,
    seconds: f64,
    tokens: u32,
    language: String,
}

pub(super) async fn transcribe(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match answer(&mut desk, &headers, body, "transcribe").await {
        Ok(response) => response,
        Err(error) => desk.refuse(error),
    }
}

pub(super) async fn translate(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match answer(&mut desk, &headers, body, "translate").await {
        Ok(response) => response,
        Err(error) => desk.refuse(error),
    }
}

async fn answer(desk: &mut Desk, headers: &HeaderMap, body: Body, task: &str) -> Result<Response, ApiError> {
    let (form, faults) = desk.form(headers, body).await?;
    let fields = form.fields(&["prompt", "language", "model"]);
    let (model, format) = read(&fields, task)?;
    let file = form.file("file").ok_or_else(|| ApiError::missing("file"))?;
    let language = if task == "translate" { None } else { fields.get("language").and_then(Value::as_str) };
    let heard = hear(file, language.unwrap_or("en"))?;
    desk.allow(headers, heard.tokens)?;
    if fields.get("stream") == Some(&Value::Bool(true)) && model.name != "whisper-1" {
        let stream = Stream {
            frames: Box::new(frames(&heard).into_iter()),
            error: stream::error_frame(),
            garbage: b"data: {\"type\":\"transcript.text.de\n\n",
        };
        return Ok(desk.stream(stream, faults));
    }
    desk.world.pause(desk.pace(heard.tokens, faults)).await;
    Ok(write(desk, &heard, &format, &model, faults))
}

fn read(map: &Object, task: &str) -> Result<(Model, String), ApiError> {
    fields::known(map, &FIELDS)?;
    let name = check::string("model", check::required(map, "", "model")?)?;
    let model = models::resolve(name).filter(|model| model.does(Task::Transcription));
    let model = model.ok_or_else(|| ApiError::no_model(name))?;
    if task == "translate" && model.name.contains("transcribe") {
        let message = "This model does not support translations. Use 'whisper-1' instead.";
        return Err(ApiError::of("model", message));
    }
    let format = map.get("response_format").and_then(Value::as_str).unwrap_or("json");
    let known: &[&str] = match model.name.as_str() {
        "whisper-1" => &["json", "text", "srt", "verbose_json", "vtt"],
        name if name.contains("diarize") => &["json", "text", "diarized_json"],
        name if name.contains("transcribe") => &["json", "text"],
        _ => &FORMATS,
    };
    if !known.contains(&format) {
        let message = format!("response_format '{format}' is not compatible with model '{}'.", model.name);
        return Err(ApiError::of("response_format", message).code("unsupported_value"));
    }
    Ok((model, format.to_owned()))
}

fn hear(file: &Part, language: &str) -> Result<Heard, ApiError> {
    let name = file.filename.as_deref().unwrap_or_default();
    let kind = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    if !KINDS.contains(&kind.as_str()) && kind != "ogg" {
        let known: Vec<_> = KINDS.iter().map(|kind| format!("'{kind}'")).collect();
        let message = format!("Unrecognized file format. Supported formats: [{}]", known.join(", "));
        return Err(ApiError::of("file", message));
    }
    if file.bytes.is_empty() {
        let message = "Audio file is too short. Minimum audio length is 0.1 seconds.";
        return Err(ApiError::of("file", message).code("audio_too_short"));
    }
    let size = u32::try_from(file.bytes.len()).unwrap_or(u32::MAX);
    let text = format!("The file {name} has {size} bytes.");
    // As if it were speech of 24,000 samples a second.
    let seconds = f64::from(size / 480).max(1.0) / 100.0;
    Ok(Heard { tokens: synth::count(&text), text, seconds, language: language.to_owned() })
}

fn write(desk: &Desk, heard: &Heard, format: &str, model: &Model, faults: Faults) -> Response {
    let Heard { text, seconds, tokens, language } = heard;
    let plain = |text: String| desk.bytes("text/plain; charset=utf-8", Bytes::from(text), faults);
    let segment = json!({"id": 0, "seek": 0, "start": 0.0, "end": seconds, "text": text, "tokens": [50_364, 440],
        "temperature": 0.0, "avg_logprob": -0.2, "compression_ratio": 0.9, "no_speech_prob": 0.01});
    let duration = json!({"type": "duration", "seconds": seconds.ceil()});
    match format {
        "text" => plain(format!("{text}\n")),
        "srt" => plain(format!("1\n00:00:00,000 --> {}\n{text}\n\n", clock(*seconds, ','))),
        "vtt" => plain(format!("WEBVTT\n\n00:00:00.000 --> {}\n{text}\n\n", clock(*seconds, '.'))),
        "verbose_json" => {
            let made = json!({"task": "transcribe", "language": language, "duration": seconds, "text": text,
                "segments": [segment], "usage": duration});
            desk.whole(&made, faults)
        }
        "diarized_json" => {
            let made = json!({"task": "transcribe", "duration": seconds, "text": text, "usage": duration,
                "segments": [{"type": "transcript.text.segment", "id": "seg_0", "start": 0.0, "end": seconds,
                    "text": text, "speaker": "A"}]});
            desk.whole(&made, faults)
        }
        _ if model.name == "whisper-1" => desk.whole(&json!({"text": text, "usage": duration}), faults),
        _ => desk.whole(&json!({"text": text, "usage": usage(*tokens)}), faults),
    }
}

fn usage(tokens: u32) -> Value {
    let input = tokens * 4;
    json!({"type": "tokens", "input_tokens": input, "input_token_details": {"text_tokens": 0, "audio_tokens": input},
        "output_tokens": tokens, "total_tokens": input + tokens})
}

/// `00:00:01,250`.
fn clock(seconds: f64, point: char) -> String {
    let time = std::time::Duration::from_secs_f64(seconds);
    let whole = time.as_secs();
    format!("{:02}:{:02}:{:02}{point}{:03}", whole / 3_600, whole / 60 % 60, whole % 60, time.subsec_millis())
}

fn frames(heard: &Heard) -> Vec<Frame> {
    let event = |event: &Value, paced| Frame { bytes: format!("data: {event}\n\n").into(), paced };
    let tokens = synth::tokens(&heard.text).into_iter();
    let deltas = tokens.map(|token| event(&json!({"type": "transcript.text.delta", "delta": token}), true));
    let done = json!({"type": "transcript.text.done", "text": heard.text, "usage": usage(heard.tokens)});
    deltas.chain([event(&done, false)]).collect()
}
