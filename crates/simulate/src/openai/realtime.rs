//! OpenAI's Realtime: a session over a `WebSocket`, with turns that a client asks for or that the end of its speech begins.

mod event;
mod respond;
mod session;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use axum::extract::ws::{
    CloseFrame, Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection,
};
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use base::Rng;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::desk::Desk;
use super::error::ApiError;
use super::models;
use crate::dist::Distribution;
use crate::fault::Faults;
use crate::seed;
use crate::world::{Ticket, World};

/// The longest message, which is that of 15 MiB of sound.
const LONGEST: usize = 16 << 20;

/// What a model takes to its first event and between events, unless something else is asked for.
const TTFT: Distribution = Distribution::log_normal_ms(220, 700);
const GAP: Distribution = Distribution::log_normal_ms(20, 60);

/// Bytes of sound in a second: 24,000 samples of two bytes.
const SECOND: usize = 48_000;

/// The routes, for another service that has them too: under `/v1`, and at an address without.
pub(crate) fn router(path: &str) -> Router<Arc<World>> {
    Router::new().route(path, get(open))
}

/// A session.
struct Session {
    world: Arc<World>,
    faults: Faults,
    model: String,
    /// What the client set up.
    config: Value,
    conversation: String,
    items: Vec<Value>,
    /// The sound that waits to become an item: its length, and how much of its end is silence.
    sound: (usize, usize),
    /// Somebody speaks, as the detection of turns heard.
    speaking: bool,
    /// The response under way, to be sent event by event.
    queue: VecDeque<Value>,
    response: Option<respond::Open>,
    responses: u64,
    /// Tokens that the last response had in its prompt.
    seen: u32,
    rng: Rng,
    sent: u32,
}

async fn open(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let mut desk = Desk::open(Arc::clone(&world), ticket.clone());
    let asked = query.get("model").or_else(|| query.get("deployment")).map_or("", String::as_str);
    let (name, of_model) = match Faults::of_model(asked) {
        Ok(read) => read,
        Err(error) => return desk.refuse(error.into()),
    };
    let faults = match desk.enter(&headers, of_model).await {
        Ok(faults) => faults,
        Err(error) => return desk.refuse(error),
    };
    if let Err(error) = desk.allow(&headers, 0) {
        return desk.refuse(error);
    }
    let Ok(upgrade) = upgrade else {
        let message = "Expected a WebSocket handshake.";
        return desk.refuse(ApiError::invalid(StatusCode::BAD_REQUEST, message));
    };
    if name.is_empty() {
        let error = ApiError::of("model", "You must provide a model parameter.").code("missing_model");
        return desk.refuse(error);
    }
    let name = name.to_owned();
    let upgrade = upgrade.protocols(["realtime"]).max_message_size(LONGEST).max_frame_size(LONGEST);
    upgrade.on_upgrade(async move |socket| Session::new(world, &ticket, faults, name).run(socket).await)
}

// === impl Session ===

impl Session {
    fn new(world: Arc<World>, ticket: &Ticket, faults: Faults, model: String) -> Self {
        let mut rng = world.rng("realtime", ticket);
        let conversation = format!("conv_{}", seed::letters(&mut rng, 21));
        let config = session::fresh(&model, &seed::letters(&mut rng, 21), world.clock.wall().0 / 1_000_000);
        Self {
            world,
            faults,
            model,
            config,
            conversation,
            items: Vec::new(),
            sound: (0, 0),
            speaking: false,
            queue: VecDeque::new(),
            response: None,
            responses: 0,
            seen: 0,
            rng,
            sent: 0,
        }
    }

    async fn run(mut self, mut socket: WebSocket) {
        if !models::resolve(&self.model)
            .is_some_and(|model| model.name.contains("realtime") || model.name.starts_with("sim-"))
        {
            let message = format!("The model '{}' does not exist or is not a realtime model.", self.model);
            self.error("invalid_model", &message, Some("model"), None);
            self.drain(&mut socket).await;
            close(&mut socket, 4000, "invalid_request_error.invalid_model").await;
            return;
        }
        let created = json!({"type": "session.created", "session": self.config});
        self.push(created);
        let mut writes = false;
        loop {
            let pause = self.pause(writes);
            let message = tokio::select! {
                biased;
                message = socket.recv() => Some(message),
                () = self.world.pause(pause), if !self.queue.is_empty() => None,
                () = self.world.closing.cancelled() => break,
            };
            let Some(message) = message else {
                writes = self.queue.front().is_some_and(is_delta);
                if !self.send(&mut socket).await {
                    return;
                }
                continue;
            };
            match message {
                Some(Ok(Message::Text(text))) => self.take(text.as_bytes()),
                Some(Ok(Message::Binary(bytes))) => self.take(&bytes),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            }
        }
        close(&mut socket, 1001, "").await;
    }

    /// How long the next event takes. What only tells of the session takes no time.
    fn pause(&mut self, writes: bool) -> std::time::Duration {
        let (asked, usual) = if writes { (self.faults.gap, GAP) } else { (self.faults.ttft, TTFT) };
        let shape = asked.unwrap_or(self.world.pause_between(usual));
        let paced = self.queue.front().is_some_and(is_delta);
        if paced { shape.sample(&mut self.rng) } else { std::time::Duration::ZERO }
    }

    /// Sends the next event; `false`: the connection is cut, or gone.
    async fn send(&mut self, socket: &mut WebSocket) -> bool {
        if self.faults.cut_after == Some(self.sent) {
            return false;
        }
        if self.faults.stall_after == Some(self.sent) {
            self.world.closing.cancelled().await;
            return false;
        }
        let Some(event) = self.queue.pop_front() else { return true };
        if event["type"] == "response.done" {
            self.done();
        }
        let text = if self.faults.garbage && self.sent == 1 {
            "{\"garbage\": ".to_owned()
        } else {
            event.to_string()
        };
        self.sent += 1;
        socket.send(Message::text(text)).await.is_ok()
    }

    async fn drain(&mut self, socket: &mut WebSocket) {
        while !self.queue.is_empty() && self.send(socket).await {}
    }

    /// Queues an event, with an id of its own in front.
    fn push(&mut self, mut event: Value) {
        event["event_id"] = Value::from(format!("event_{}", seed::letters(&mut self.rng, 21)));
        self.queue.push_back(event);
    }

    /// Queues an error event, before what else waits.
    fn error(&mut self, code: &str, message: &str, param: Option<&str>, of: Option<&Value>) {
        self.push(json!({"type": "error", "error": {
            "type": "invalid_request_error", "code": code, "message": message, "param": param, "event_id": of,
        }}));
        self.queue.rotate_right(1);
    }

    fn id(&mut self, start: &str) -> String {
        format!("{start}_{}", seed::letters(&mut self.rng, 21))
    }
}

fn is_delta(event: &Value) -> bool {
    event["type"].as_str().is_some_and(|kind| kind.ends_with("delta"))
}

/// Says the last and waits for the other's.
async fn close(socket: &mut WebSocket, code: u16, reason: &'static str) {
    let frame = CloseFrame { code, reason: reason.into() };
    if socket.send(Message::Close(Some(frame))).await.is_ok() {
        while let Some(Ok(_)) = socket.recv().await {}
    }
}
