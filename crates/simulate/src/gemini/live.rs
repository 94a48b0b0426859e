//! Gemini's Live: a session over a `WebSocket` that is set up by its first message. Each turn is answered as a whole
//! conversation would be, and told piece by piece. Errors have only the close to tell them.

mod shapes;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{
    CloseFrame, Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection,
};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use base::Rng;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::ask::{self, Ask};
use super::desk::{Desk, Params};
use super::error::ApiError;
use super::models::{self, Model};
use super::{Surface, reply};
use crate::dist::Distribution;
use crate::fault::Faults;
use crate::synth;
use crate::world::{Ticket, World};

/// The longest message.
const LONGEST: usize = 16 << 20;

/// What a model takes to its first piece and between pieces, unless something else is asked for.
const TTFT: Distribution = Distribution::log_normal_ms(250, 800);
const GAP: Distribution = Distribution::log_normal_ms(15, 50);

/// Bytes of sound in a second that clients send: 16,000 samples of two bytes.
const SECOND: usize = 32_000;

/// So much silence ends what somebody says.
const SILENCE: usize = SECOND / 5;

/// A session.
struct Session {
    world: Arc<World>,
    ticket: Ticket,
    surface: Surface,
    faults: Faults,
    key: Vec<u8>,
    setup: Option<(Model, Map<String, Value>)>,
    contents: Vec<Value>,
    /// The sound that came since the last turn: its length, and how much of its end is silence.
    sound: (usize, usize),
    /// What is to be sent, and whether the model takes time for it.
    queue: VecDeque<(Value, bool)>,
    /// Calls that wait for their results.
    calls: Vec<String>,
    rng: Rng,
    sent: u32,
}

/// Why a session is closed.
type Closed = (u16, String);

/// The routes under `/ws`.
pub(super) fn router() -> Router<Arc<World>> {
    Router::new().route("/ws/{method}", get(open))
}

async fn open(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    Path(method): Path<String>,
    Query(params): Query<Params>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let version = method.strip_prefix("google.ai.generativelanguage.").unwrap_or_default();
    let version = version.strip_suffix(".GenerativeService.BidiGenerateContent").unwrap_or_default();
    let surface = Surface::Gemini(if version == "v1" { "v1" } else { "v1beta" });
    let mut desk = Desk::open(Arc::clone(&world), ticket.clone(), surface);
    if !["v1", "v1alpha", "v1beta"].contains(&version) {
        return desk.refuse(&ApiError::asked_for(StatusCode::NOT_FOUND, None));
    }
    let faults = match desk.enter(&headers, &params, Faults::default()).await {
        Ok(faults) => faults,
        Err(error) => return desk.refuse(&error),
    };
    let Ok(upgrade) = upgrade else {
        return desk.refuse(&ApiError::invalid("Expected a WebSocket handshake."));
    };
    let rng = world.rng("live", &ticket);
    let session = Session {
        world,
        ticket,
        surface,
        faults,
        key: desk.key,
        setup: None,
        contents: Vec::new(),
        sound: (0, 0),
        queue: VecDeque::new(),
        calls: Vec::new(),
        rng,
        sent: 0,
    };
    upgrade
        .max_message_size(LONGEST)
        .max_frame_size(LONGEST)
        .on_upgrade(async move |socket| session.run(socket).await)
}

fn invalid(message: impl Into<String>) -> Closed {
    (1007, message.into())
}

/// The close that tells of an error.
fn closed(error: &ApiError) -> Closed {
    let code = match error.code() {
        400 => 1007,
        403 | 404 => 1008,
        _ => 1011,
    };
    (code, error.told().to_owned())
}

// === impl Session ===

impl Session {
    async fn run(mut self, mut socket: WebSocket) {
        let mut writes = false;
        let (code, reason) = loop {
            let pause = self.pause(writes);
            let message = tokio::select! {
                biased;
                message = socket.recv() => Some(message),
                () = self.world.pause(pause), if !self.queue.is_empty() => None,
                () = self.world.closing.cancelled() => break (1001, String::new()),
            };
            let taken = match message {
                None => {
                    writes = true;
                    if !self.send(&mut socket).await {
                        return;
                    }
                    writes &= !self.queue.is_empty();
                    Ok(())
                }
                Some(Some(Ok(Message::Text(text)))) => self.take(text.as_bytes()),
                Some(Some(Ok(Message::Binary(bytes)))) => self.take(&bytes),
                Some(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => Ok(()),
                Some(Some(Ok(Message::Close(_)) | Err(_)) | None) => return,
            };
            if let Err(closed) = taken {
                break closed;
            }
        };
        let reason = synth::cut(&reason, 123).to_owned();
        let frame = CloseFrame { code, reason: reason.into() };
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    }

    fn pause(&mut self, writes: bool) -> Duration {
        let (asked, usual) = if writes { (self.faults.gap, GAP) } else { (self.faults.ttft, TTFT) };
        let shape = asked.unwrap_or(self.world.pause_between(usual));
        let paced = self.queue.front().is_some_and(|(_, paced)| *paced);
        if paced { shape.sample(&mut self.rng) } else { Duration::ZERO }
    }

    /// Sends the next message, in a binary one as the vendor does; `false`: the connection is cut, or gone.
    async fn send(&mut self, socket: &mut WebSocket) -> bool {
        if self.faults.cut_after == Some(self.sent) {
            return false;
        }
        if self.faults.stall_after == Some(self.sent) {
            self.world.closing.cancelled().await;
            return false;
        }
        let Some((message, _)) = self.queue.pop_front() else { return true };
        self.sent += 1;
        socket.send(Message::binary(message.to_string())).await.is_ok()
    }

    fn push(&mut self, message: Value) {
        self.queue.push_back((message, false));
    }

    /// Takes a client's message in.
    fn take(&mut self, message: &[u8]) -> Result<(), Closed> {
        let value: Value = serde_json::from_slice(message)
            .map_err(|error| invalid(format!("Invalid JSON payload received. {error}")))?;
        let read = ask::other(&value, &shapes::CLIENT, self.surface).map_err(|error| closed(&error))?;
        let mut members = read.into_iter();
        let (Some((name, value)), None) = (members.next(), members.next()) else {
            return Err(invalid("Request contains an invalid argument."));
        };
        if (name == "setup") == self.setup.is_some() {
            return Err(invalid("setup must be the first message and only the first"));
        }
        match name.as_str() {
            "setup" => self.set_up(value),
            "clientContent" => {
                self.contents.extend(value["turns"].as_array().into_iter().flatten().cloned());
                if value["turnComplete"] == json!(true) { self.turn() } else { Ok(()) }
            }
            "realtimeInput" => self.hear(&value),
            _ => self.results(&value),
        }
    }

    fn set_up(&mut self, setup: Value) -> Result<(), Closed> {
        let Value::Object(mut setup) = setup else {
            return Err(invalid("Request contains an invalid argument."));
        };
        let named =
            setup.shift_remove("model").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
        let asked = named.strip_prefix("models/").unwrap_or(&named);
        let (bare, of_model) = Faults::of_model(asked).map_err(|error| invalid(error.to_string()))?;
        self.faults = self.ticket.faults(of_model).map_err(|error| invalid(error.to_string()))?;
        let live = |model: &Model| {
            model.name.contains("live")
                || model.name.contains("native-audio")
                || model.name.starts_with("sim-")
        };
        let model = models::resolve(bare).filter(live).filter(|_| named.starts_with("models/"));
        let Some(model) = model else {
            return Err(closed(&ApiError::no_model(asked, "bidiGenerateContent", self.surface)));
        };
        self.setup = Some((model, setup));
        self.push(json!({"setupComplete": {}}));
        Ok(())
    }

    /// Takes in what is said as it is said. Silence after something else ends a turn, unless the client tells that itself.
    fn hear(&mut self, input: &Value) -> Result<(), Closed> {
        if let Some(text) = input["text"].as_str() {
            self.contents.push(json!({"role": "user", "parts": [{"text": text}]}));
            return self.turn();
        }
        let chunks = input["mediaChunks"].as_array().map_or(&[][..], Vec::as_slice);
        for blob in chunks.iter().chain(input.get("audio")) {
            let is_sound = blob["mimeType"].as_str().is_some_and(|kind| kind.starts_with("audio/"));
            let data = blob["data"].as_str().and_then(|data| STANDARD.decode(data).ok()).unwrap_or_default();
            if is_sound {
                let silent = data.iter().rev().take_while(|byte| **byte == 0).count();
                self.sound.1 = if silent == data.len() { self.sound.1 + silent } else { silent };
                self.sound.0 += data.len();
            }
        }
        let (length, silent) = self.sound;
        let ended = input["audioStreamEnd"] == json!(true) || input["activityEnd"].is_object();
        if length > silent && (ended || silent >= SILENCE) {
            self.sound = (0, 0);
            let transcript = format!("{} milliseconds of sound", length * 1_000 / SECOND);
            if self.has("inputAudioTranscription") {
                self.push(json!({"serverContent": {"inputTranscription": {"text": transcript}}}));
            }
            self.contents.push(json!({"role": "user", "parts": [{"text": transcript}]}));
            return self.turn();
        }
        Ok(())
    }

    /// Results of calls: all that wait must come, and no others.
    fn results(&mut self, value: &Value) -> Result<(), Closed> {
        let results = value["functionResponses"].as_array().map_or(&[][..], Vec::as_slice);
        for result in results {
            let at = result["id"].as_str().and_then(|id| self.calls.iter().position(|call| call == id));
            let Some(at) = at else { return Err(invalid("Request contains an invalid argument.")) };
            self.calls.remove(at);
            self.contents.push(json!({"role": "user", "parts": [{"functionResponse": result}]}));
        }
        if self.calls.is_empty() { self.turn() } else { Ok(()) }
    }

    fn has(&self, member: &str) -> bool {
        self.setup.as_ref().is_some_and(|(_, setup)| setup.contains_key(member))
    }

    /// Has the model answer.
    fn turn(&mut self) -> Result<(), Closed> {
        let Some((model, setup)) = self.setup.clone() else { return Ok(()) };
        if self.queue.iter().any(|(_, paced)| *paced) {
            // Who speaks while the model does, interrupts it.
            self.queue.clear();
            self.push(json!({"serverContent": {"interrupted": true}}));
        }
        let mut config = setup.get("generationConfig").cloned().unwrap_or_else(|| json!({}));
        let modalities = config["responseModalities"].take();
        let spoken =
            modalities.as_array().is_none_or(|list| list.contains(&json!("AUDIO")) || list.is_empty());
        if let Some(config) = config.as_object_mut() {
            config.retain(|name, _| !["responseModalities", "speechConfig"].contains(&name.as_str()));
        }
        let mut request = json!({"contents": joined(&self.contents), "generationConfig": config});
        for name in ["systemInstruction", "tools", "safetySettings"] {
            if let Some(value) = setup.get(name) {
                request[name] = value.clone();
            }
        }
        let ask = Ask::read(&request, model, self.surface, self.world.config.seed)
            .map_err(|error| closed(&error))?;
        let whole = reply::make(&self.world, &self.ticket, &ask, self.faults, &self.key).whole();
        self.tell(&whole, spoken);
        Ok(())
    }

    /// Queues an answer.
    fn tell(&mut self, whole: &Value, spoken: bool) {
        let content = &whole["candidates"][0]["content"];
        let mut calls = Vec::new();
        for part in content["parts"].as_array().into_iter().flatten() {
            if part.get("functionCall").is_some() {
                calls.push(part["functionCall"].clone());
            } else if let (Some(text), None) = (part["text"].as_str(), part.get("thought")) {
                self.tell_text(text, spoken);
            }
        }
        let mut kept = content.clone();
        let called = !calls.is_empty();
        for (at, call) in calls.iter_mut().enumerate() {
            let id = format!("function-call-{}", self.rng.next_u64());
            self.calls.push(id.clone());
            call["id"] = Value::from(id.clone());
            let parts = kept["parts"].as_array_mut().into_iter().flatten();
            if let Some(part) = parts.filter(|part| part.get("functionCall").is_some()).nth(at) {
                part["functionCall"]["id"] = Value::from(id);
            }
        }
        self.contents.push(kept);
        if called {
            self.queue.push_back((json!({"toolCall": {"functionCalls": calls}}), true));
        } else {
            self.push(json!({"serverContent": {"generationComplete": true}}));
        }
        let usage = usage(&whole["usageMetadata"], spoken);
        // A turn with calls goes on with their results.
        let last = if called {
            json!({"usageMetadata": usage})
        } else {
            json!({"serverContent": {"turnComplete": true}, "usageMetadata": usage})
        };
        self.push(last);
    }

    fn tell_text(&mut self, text: &str, spoken: bool) {
        let writes = self.has("outputAudioTranscription");
        // A tenth of a second of silence, at 24,000 samples.
        let silence = STANDARD.encode([0; 4_800]);
        for piece in synth::tokens(text) {
            let part = if spoken {
                json!({"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": silence}})
            } else {
                json!({"text": piece})
            };
            self.queue.push_back((json!({"serverContent": {"modelTurn": {"parts": [part]}}}), true));
            if spoken && writes {
                self.push(json!({"serverContent": {"outputTranscription": {"text": piece}}}));
            }
        }
    }
}

/// The conversation with neighbours of one role joined, as the whole one must be.
fn joined(contents: &[Value]) -> Vec<Value> {
    let mut joined: Vec<Value> = Vec::new();
    for content in contents {
        let parts = content["parts"].as_array().cloned().unwrap_or_default();
        match joined.last_mut().filter(|last| last["role"] == content["role"]) {
            Some(last) => {
                last["parts"].as_array_mut().into_iter().for_each(|all| all.extend(parts.iter().cloned()));
            }
            None => joined.push(content.clone()),
        }
    }
    joined
}

/// Usage in a session's words.
fn usage(whole: &Value, spoken: bool) -> Value {
    let mut usage = whole.clone();
    let Some(map) = usage.as_object_mut() else { return usage };
    let said = map.shift_remove("candidatesTokenCount").unwrap_or_else(|| json!(0));
    map.shift_remove("candidatesTokensDetails");
    let modality = if spoken { "AUDIO" } else { "TEXT" };
    map.insert("responseTokensDetails".into(), json!([{"modality": modality, "tokenCount": said}]));
    map.insert("responseTokenCount".into(), said);
    usage
}
