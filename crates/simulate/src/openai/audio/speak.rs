//! A text read out: silence, a twentieth of a second for each token.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::super::check::{self, Object};
use super::super::desk::{Desk, Stream};
use super::super::error::ApiError;
use super::super::fields::{self, Field, Takes};
use super::super::models::{self, Task};
use super::super::stream;
use crate::play::Frame;
use crate::synth;
use crate::world::{Ticket, World};

const FIELDS: [Field; 7] = [
    ("input", false, Takes::Text),
    ("instructions", true, Takes::Text),
    ("model", false, Takes::Text),
    ("response_format", true, Takes::Word(&["mp3", "opus", "aac", "flac", "wav", "pcm"])),
    ("speed", true, Takes::Number(0.25, 4.0)),
    ("stream_format", true, Takes::Word(&["sse", "audio"])),
    ("voice", false, Takes::Own),
];

const VOICES: [&str; 13] = [
    "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer",
    "verse",
];

/// The longest text, in characters.
const LONGEST: usize = 4_096;

/// Samples a second, and samples for each token.
const RATE: u32 = 24_000;
const SAMPLES: u32 = RATE / 20;

/// A frame of MPEG 1, layer 3 (128 kbit/s, 44.1 kHz, stereo) with nothing in it: 26 ms of silence.
const MP3_HEAD: [u8; 4] = [0xff, 0xfb, 0x90, 0x64];
const MP3_FRAME: usize = 417;

pub(super) async fn create(
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

async fn answer(desk: &mut Desk, headers: &HeaderMap, body: Body) -> Result<Response, ApiError> {
    let (value, faults) = desk.read(headers, body).await?;
    let Value::Object(map) = value else { return Err(ApiError::no_json()) };
    let (tokens, events) = read(&map)?;
    desk.allow(headers, tokens)?;
    let format = map.get("response_format").and_then(Value::as_str).unwrap_or("mp3");
    let (kind, sound) = sound(format, tokens)?;
    if events {
        let stream = Stream {
            frames: Box::new(frames(&sound, tokens).into_iter()),
            error: stream::error_frame(),
            garbage: b"data: {\"type\":\"speech.audio.de\n\n",
        };
        return Ok(desk.stream(stream, faults));
    }
    desk.world.pause(desk.pace(tokens, faults)).await;
    Ok(desk.bytes(kind, sound, faults))
}

/// How many tokens are to be read out, and whether as events.
fn read(map: &Object) -> Result<(u32, bool), ApiError> {
    fields::known(map, &FIELDS)?;
    let name = check::string("model", check::required(map, "", "model")?)?;
    let model = models::resolve(name).filter(|model| model.does(Task::Speech));
    let model = model.ok_or_else(|| ApiError::no_model(name))?;
    let input = check::string("input", check::required(map, "", "input")?)?;
    if input.is_empty() {
        let message = "Invalid 'input': empty string. Expected a string with minimum length 1.";
        return Err(ApiError::of("input", message).code("empty_string"));
    }
    if input.chars().count() > LONGEST {
        let message = format!("Invalid 'input': string too long. Expected at most {LONGEST} characters.");
        return Err(ApiError::of("input", message).code("string_above_max_length"));
    }
    let voice = check::required(map, "", "voice")?;
    match voice.get("id") {
        Some(id) => check::string("voice.id", id)?,
        None => check::one_of("voice", voice, &VOICES)?,
    };
    let events = map.get("stream_format").is_some_and(|format| format == "sse");
    if events && model.name.starts_with("tts-") {
        let message = "'stream_format' of 'sse' is not supported with this model.";
        return Err(ApiError::of("stream_format", message));
    }
    Ok((synth::count(input), events))
}

fn sound(format: &str, tokens: u32) -> Result<(&'static str, Bytes), ApiError> {
    let samples = tokens.saturating_mul(SAMPLES);
    Ok(match format {
        "wav" => ("audio/wav", wav(samples)),
        "pcm" => ("audio/pcm", vec![0; usize::try_from(samples * 2).unwrap_or(0)].into()),
        "mp3" => ("audio/mpeg", mp3(tokens * 2)),
        other => {
            let message =
                format!("The simulator reads out as 'mp3', 'wav' and 'pcm' alone, not as '{other}'.");
            return Err(ApiError::of("response_format", message).code("invalid_value"));
        }
    })
}

fn wav(samples: u32) -> Bytes {
    let size = samples * 2;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend_from_slice(&(36 + size).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend_from_slice(&RATE.to_le_bytes());
    bytes.extend_from_slice(&(RATE * 2).to_le_bytes());
    bytes.extend_from_slice(b"\x02\0\x10\0data");
    bytes.extend_from_slice(&size.to_le_bytes());
    bytes.resize(bytes.len() + usize::try_from(size).unwrap_or(0), 0);
    bytes.into()
}

fn mp3(frames: u32) -> Bytes {
    let mut frame = MP3_HEAD.to_vec();
    frame.resize(MP3_FRAME, 0);
    frame.repeat(usize::try_from(frames).unwrap_or(0)).into()
}

/// The sound in two halves, and what it cost.
fn frames(sound: &[u8], tokens: u32) -> Vec<Frame> {
    let event = |event: &Value, paced| Frame { bytes: format!("data: {event}\n\n").into(), paced };
    let delta =
        |half: &[u8]| event(&json!({"type": "speech.audio.delta", "audio": STANDARD.encode(half)}), true);
    let (first, second) = sound.split_at(sound.len() / 2);
    let output = tokens * 2;
    let usage = json!({"input_tokens": tokens, "output_tokens": output, "total_tokens": tokens + output});
    vec![delta(first), delta(second), event(&json!({"type": "speech.audio.done", "usage": usage}), false)]
}
