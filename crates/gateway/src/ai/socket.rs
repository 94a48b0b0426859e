//! WebSocket mode of OpenAI's Responses: a client sends requests as messages and gets the events of their answers as messages.
//! Each request is a call of the caller's own, one after the other; what a session's last answers said is kept for the next
//! turn, also where the client asked for it not to be kept.

mod turn;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use llm::conversation::socket;
use llm::{ApiError, Dialect, ErrorKind};
use message::{Outcome, Reason};
use net::websocket::{Close, Handshake, HandshakeError, Message, WebSocket, WebSocketError};
use net::{Drain, Reply, RunningSession, Tunnel, TunnelIo};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use self::turn::{Past, Said};
use crate::exchange::Exchange;
use crate::gateway::Core;
use crate::inside::{self, Origin};
use crate::{Refusal, Shape};

/// How long a session may last, as OpenAI's may.
const LONGEST: Duration = Duration::from_hours(1);

/// How long two peers have for their farewells.
const FAREWELL: Duration = Duration::from_millis(900);

/// How many requests may wait for the one before them.
const WAITING: usize = 16;

/// So many bytes of requests that wait, and no more is read of the client until one of them is begun. One message may be
/// beyond it.
const STORED: usize = 1 << 20;

/// How long a client may take to read a message.
const PATIENCE: Duration = Duration::from_mins(2);

/// How many events may wait to be sent.
const UNSENT: usize = 16;

/// A session.
struct Session {
    core: Core,
    origin: Origin,
    /// Where it was opened, as the service's own paths are: its requests are made there.
    path: String,
    /// The longest message, in bytes.
    longest: usize,
}

/// What is waited for.
enum Heard {
    Said(Said),
    From(Option<Result<Message, WebSocketError>>),
    Over,
}

/// How a session ends: what the client is told, and how it was.
type Ending = (Option<Close>, Outcome);

/// Opens a session.
pub(crate) fn open(x: &mut Exchange<'_>) -> Result<Reply, Refusal> {
    let handshake = Handshake::read(&x.head, x.upgrade.as_ref()).map_err(|error| {
        if error == HandshakeError::Version {
            x.answer.push_named(b"sec-websocket-version", b"13");
        }
        let shape = Shape::ai(Dialect::OpenAiResponses);
        Refusal::new(Reason::MalformedRequest, error.to_string()).shaped(shape)
    })?;
    // Each turn asks for its own.
    drop(x.ledger.release());
    let longest = x.shared().config.ai_body_limit;
    let session = Session { core: x.core.clone(), origin: Origin::of(x), path: inside::path_of(x), longest };
    let tunnel = Tunnel::session("websocket".into(), Box::new(session));
    Ok(Reply::switched(handshake.accept(None), Box::new(tunnel)))
}

impl net::Session for Session {
    fn run<'a>(self: Box<Self>, client: Box<dyn TunnelIo + 'a>, drain: Drain) -> RunningSession<'a> {
        Box::pin(async move {
            let mut client = WebSocket::server(client, self.longest);
            let (close, outcome) = self.speak(&mut client, &drain).await;
            if let Some(close) = close {
                client.start_close(close.code, &close.reason);
            }
            client.finish(FAREWELL).await;
            outcome
        })
    }
}

// === impl Session ===

impl Session {
    /// Takes requests one after the other.
    async fn speak(&self, client: &mut WebSocket<'_>, drain: &Drain) -> Ending {
        let end = Instant::now() + LONGEST;
        let mut past = Past::new(&self.core.shared);
        let mut waiting: VecDeque<Bytes> = VecDeque::new();
        loop {
            let turn = match next(client, &mut waiting, drain, end).await {
                Ok(message) => self.turn(client, &message, &mut past, &mut waiting).await,
                Err(ending) => Err(ending),
            };
            if let Err(ending) = turn {
                return ending;
            }
        }
    }

    /// Answers a request; meanwhile others may come, and the client may leave.
    async fn turn(
        &self,
        client: &mut WebSocket<'_>,
        message: &[u8],
        past: &mut Past,
        waiting: &mut VecDeque<Bytes>,
    ) -> Result<(), Ending> {
        let (say, mut said) = mpsc::channel(UNSENT);
        let mut answer = pin!(turn::answer((&self.core, &self.origin, &self.path), message, past, say));
        let mut answered = false;
        loop {
            let stored: usize = waiting.iter().map(Bytes::len).sum();
            let heard = tokio::select! {
                biased;
                next = said.recv() => next.map_or(Heard::Over, Heard::Said),
                () = &mut answer, if !answered => {
                    answered = true;
                    continue;
                }
                heard = client.next(), if stored < STORED => Heard::From(heard),
            };
            match heard {
                Heard::Over => return Ok(()),
                Heard::Said(Said::Text(text)) => send(client, text).await?,
                Heard::Said(Said::Alive) => {
                    client.start_ping();
                    flush(client).await?;
                }
                Heard::From(heard) if waiting.len() < WAITING => waiting.push_back(take(heard)?),
                Heard::From(heard) => {
                    let lane = socket::lane(&take(heard)?);
                    let error = ApiError::new(
                        429,
                        ErrorKind::RateLimited,
                        "too many requests wait on this connection",
                    );
                    send(client, socket::error(&error, &lane)).await?;
                }
            }
        }
    }
}

/// Waits for a request; none is begun once the session is to end, also of those that wait.
async fn next(
    client: &mut WebSocket<'_>,
    waiting: &mut VecDeque<Bytes>,
    drain: &Drain,
    end: Instant,
) -> Result<Bytes, Ending> {
    let request = async {
        match waiting.pop_front() {
            Some(message) => Ok(message),
            None => take(client.next().await),
        }
    };
    tokio::select! {
        biased;
        () = drain.begun() => return Err((Some(closing(1001, "the gateway is going away")), Outcome::Complete)),
        () = tokio::time::sleep_until(end) => {}
        request = request => return request,
    }
    let message = "Responses websocket connection limit reached (60 minutes). Create a new websocket connection to continue.";
    let error = ApiError::new(400, ErrorKind::InvalidRequest, message);
    let error = error.with_code("websocket_connection_limit_reached");
    send(client, socket::error(&error, &socket::Lane::default())).await?;
    Err((Some(closing(1000, "the connection has lasted as long as it may")), Outcome::Complete))
}

/// What a client said, unless that ends the session.
fn take(heard: Option<Result<Message, WebSocketError>>) -> Result<Bytes, Ending> {
    match heard {
        Some(Ok(Message::Text(text) | Message::Binary(text))) => Ok(text),
        Some(Ok(Message::Close(close))) => {
            let code = close.map_or(1000, |close| close.code);
            Err((Some(closing(code, "")), Outcome::Complete))
        }
        // The client was told, or will be with the farewell.
        Some(Err(WebSocketError::Protocol(_) | WebSocketError::TooLong)) => Err((None, Outcome::Complete)),
        Some(Err(WebSocketError::Io(_))) | None => Err((None, Outcome::Dropped)),
    }
}

fn closing(code: u16, reason: &str) -> Close {
    Close { code, reason: reason.to_owned() }
}

async fn send(client: &mut WebSocket<'_>, text: String) -> Result<(), Ending> {
    written(client.send(text.into())).await
}

async fn flush(client: &mut WebSocket<'_>) -> Result<(), Ending> {
    written(poll_fn(|cx| client.poll_flush(cx))).await
}

/// A client that does not read ends the session, as one that left.
async fn written(write: impl Future<Output = Result<(), WebSocketError>>) -> Result<(), Ending> {
    match timeout(PATIENCE, write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err((None, Outcome::Dropped)),
    }
}
