//! Responses over a WebSocket, at `GET /openai/v1/responses`: each `response.create` is answered by the events of its stream, one a
//! message, and the next may go on from it though it was not to be stored.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::extract::ws::{
    CloseFrame, Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection,
};
use axum::response::Response;
use futures_util::StreamExt;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::super::desk::Desk;
use super::super::error::ApiError;
use super::{Lasting, answer_lasting, owner, stream};
use crate::body;
use crate::fault::Faults;
use crate::world::{Ticket, World};

/// How long a connection may last.
const LONGEST: Duration = Duration::from_hours(1);

/// The longest error or event that is read, in bytes.
const MOST: usize = 16 << 20;

struct Session {
    world: Arc<World>,
    headers: HeaderMap,
    /// The answer that only this session knows.
    only_here: Option<String>,
}

pub(super) async fn open(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let mut desk = Desk::open(Arc::clone(&world), ticket);
    if let Err(error) = desk.enter(&headers, Faults::default()).await {
        return desk.refuse(error);
    }
    let Ok(upgrade) = upgrade else {
        let message = "Not allowed to GET on /v1/responses. (HINT: Perhaps you meant to make the request using a different HTTP method?)";
        return desk.refuse(ApiError::invalid(StatusCode::METHOD_NOT_ALLOWED, message));
    };
    let session = Session { world, headers, only_here: None };
    upgrade
        .max_message_size(MOST)
        .max_frame_size(MOST)
        .on_upgrade(async move |socket| session.run(socket).await)
}

// === impl Session ===

impl Session {
    async fn run(mut self, mut socket: WebSocket) {
        let over = tokio::time::Instant::now() + LONGEST;
        loop {
            let message = tokio::select! {
                message = socket.recv() => message,
                () = tokio::time::sleep_until(over) => {
                    let error = ApiError::invalid(StatusCode::BAD_REQUEST, "Responses websocket connection limit reached (60 minutes). Create a new websocket connection to continue.");
                    self.refuse(&mut socket, error.code("websocket_connection_limit_reached"), &Value::Null).await;
                    break;
                }
                () = self.world.closing.cancelled() => break,
            };
            let text = match message {
                Some(Ok(Message::Text(text))) => text.as_bytes().to_vec(),
                Some(Ok(Message::Binary(bytes))) => bytes.to_vec(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Close(_)) | Err(_)) | None => return self.forget(),
            };
            if !self.take(&mut socket, &text).await {
                return self.forget();
            }
        }
        self.forget();
        let close = CloseFrame { code: 1001, reason: "".into() };
        socket.send(Message::Close(Some(close))).await.ok();
    }

    /// Answers a message; `false`: nobody listens any more.
    async fn take(&mut self, socket: &mut WebSocket, text: &[u8]) -> bool {
        let Ok(Value::Object(mut asked)) = serde_json::from_slice::<Value>(text) else {
            return self.refuse(socket, ApiError::no_json(), &Value::Null).await;
        };
        let lane = asked.shift_remove("stream_id").unwrap_or_default();
        let kind = asked.shift_remove("type").unwrap_or_default();
        if kind != "response.create" {
            let message = format!(
                "Invalid value: '{}'. Supported values are: 'response.create'.",
                kind.as_str().unwrap_or_default()
            );
            return self.refuse(socket, ApiError::of("type", message).code("invalid_value"), &lane).await;
        }
        if asked.shift_remove("background") == Some(Value::Bool(true)) {
            let message = "background is not supported over WebSocket.";
            return self.refuse(socket, ApiError::of("background", message), &lane).await;
        }
        let silent = asked.shift_remove("generate") == Some(Value::Bool(false));
        asked.insert("stream".to_owned(), Value::Bool(true));
        let stored = asked.get("store") != Some(&Value::Bool(false));
        let ticket = self.world.ticket(&self.headers);
        let mut desk = Desk::open(Arc::clone(&self.world), ticket);
        let body = Body::from(Value::Object(asked).to_string());
        let lasting = Lasting { silent };
        match answer_lasting(&mut desk, &self.headers, body, Some(lasting)).await {
            Ok((response, id)) => {
                self.forget();
                self.only_here = (!stored).then_some(id);
                tell(socket, response, &lane).await
            }
            Err(error) => {
                // What failed is not gone on from.
                self.forget();
                self.refuse(socket, error, &lane).await
            }
        }
    }

    async fn refuse(&self, socket: &mut WebSocket, error: ApiError, lane: &Value) -> bool {
        let ticket = self.world.ticket(&self.headers);
        let response = Desk::open(Arc::clone(&self.world), ticket).refuse(error);
        let status = response.status().as_u16();
        let body = body::read(response.into_body(), MOST).await.unwrap_or_default();
        let error: Value = serde_json::from_slice(&body).unwrap_or_default();
        say(socket, json!({"type": "error", "status": status, "error": error["error"]}), lane).await
    }

    fn forget(&mut self) {
        if let Some(id) = self.only_here.take() {
            self.world.responses.delete(owner(&self.headers), &id);
        }
    }
}

/// Sends the events of a stream.
async fn tell(socket: &mut WebSocket, response: Response, lane: &Value) -> bool {
    let mut body = response.into_body().into_data_stream();
    while let Some(piece) = body.next().await {
        // A stream that is cut cuts the connection.
        let Ok(piece) = piece else { return false };
        for data in String::from_utf8_lossy(&piece).lines().filter_map(|line| line.strip_prefix("data: ")) {
            let told = match serde_json::from_str::<Value>(data) {
                Ok(event) => say(socket, stream::as_message(event), lane).await,
                Err(_) => socket.send(Message::text(data)).await.is_ok(),
            };
            if !told {
                return false;
            }
        }
    }
    true
}

async fn say(socket: &mut WebSocket, mut message: Value, lane: &Value) -> bool {
    if !lane.is_null() {
        message["stream_id"] = lane.clone();
    }
    socket.send(Message::text(message.to_string())).await.is_ok()
}
