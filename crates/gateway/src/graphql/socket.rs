//! `graphql-transport-ws`: operations within a WebSocket. Each is a call of the caller's own, so that policies, limits and
//! records hold for it; its answer, or the events of it, become messages.

pub(super) mod operation;

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{AbortHandle, Abortable, FuturesUnordered};
use graphql::subscribe::ws::{Do, SUBPROTOCOL, Session as Protocol};
use message::{Outcome, Reason};
use net::websocket::{Close, Handshake, HandshakeError, Message, WebSocket, WebSocketError};
use net::{Drain, Reply, RunningSession, Tunnel, TunnelIo};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use self::operation::{Telling, Told};
use crate::Refusal;
use crate::exchange::Exchange;
use crate::gateway::Core;
use crate::inside::Origin;

/// How long a connection may last.
const LONGEST: Duration = Duration::from_hours(24);
/// How long a client may take to begin.
const BEGIN: Duration = Duration::from_secs(10);
/// How long two peers have for their farewells.
const FAREWELL: Duration = Duration::from_millis(900);
/// How long a client may take to read a message.
const PATIENCE: Duration = Duration::from_mins(2);
/// How many operations may run at once.
const OPERATIONS: usize = 100;
/// How many messages may wait to be sent.
const UNSENT: usize = 16;
/// The longest message, in bytes.
const MESSAGE: usize = 1 << 20;

/// A connection.
struct Session {
    core: Core,
    origin: Origin,
    /// Where it was opened, behind what the route takes off: its operations are asked for there.
    path: String,
}

/// What is waited for.
enum Heard {
    Told(u64, Told),
    From(Option<Result<Message, WebSocketError>>),
    /// The client has not begun in time.
    Waited,
    Draining,
    Over,
    /// An operation's task has ended, which has told all.
    Nothing,
}

/// The operations under way, each by a number of its own.
struct Operations {
    next: u64,
    handles: HashMap<u64, (String, AbortHandle)>,
}

/// How a connection ends: what the client is told, and how it was.
type Ending = (Option<Close>, Outcome);

/// Opens a connection.
pub(super) fn open(x: &mut Exchange<'_>) -> Result<Reply, Refusal> {
    let refuse = |message: String| Refusal::new(Reason::NotGraphql, message).shaped(super::shape(x));
    let handshake = match Handshake::read(&x.head, x.upgrade.as_ref()) {
        Ok(handshake) => handshake,
        Err(error) => {
            let refusal = refuse(error.to_string());
            if error == HandshakeError::Version {
                x.answer.push_named(b"sec-websocket-version", b"13");
            }
            return Err(refusal);
        }
    };
    if !handshake.protocols().iter().any(|offered| offered == SUBPROTOCOL) {
        return Err(refuse(format!(
            "the subprotocol `{SUBPROTOCOL}` is not offered, and no other is spoken"
        )));
    }
    // Each operation asks for its own.
    drop(x.ledger.release());
    let strip = x.route.as_ref().map_or(0, |route| route.path_change(x.head.path()).0);
    let path = x.head.path().get(strip..).unwrap_or_default().to_owned();
    let session = Session { core: x.core.clone(), origin: Origin::of(x), path };
    let tunnel = Tunnel::session("websocket".into(), Box::new(session));
    Ok(Reply::switched(handshake.accept(Some(SUBPROTOCOL)), Box::new(tunnel)))
}

impl net::Session for Session {
    fn run<'a>(self: Box<Self>, client: Box<dyn TunnelIo + 'a>, drain: Drain) -> RunningSession<'a> {
        Box::pin(async move {
            let mut client = WebSocket::server(client, MESSAGE);
            let (close, outcome) = match self.speak(&mut client, &drain).await {
                Ok(never) => match never {},
                Err(ending) => ending,
            };
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
    /// Goes on until something ends it.
    async fn speak(&self, client: &mut WebSocket<'_>, drain: &Drain) -> Result<Infallible, Ending> {
        let (say, mut said) = mpsc::channel(UNSENT);
        let mut protocol = Protocol::new(OPERATIONS);
        let mut operations = Operations { next: 0, handles: HashMap::new() };
        let mut under_way = FuturesUnordered::new();
        let (begin, end) = (Instant::now() + BEGIN, Instant::now() + LONGEST);
        let mut waits = true;
        loop {
            let heard = tokio::select! {
                biased;
                () = drain.begun() => Heard::Draining,
                Some((number, told)) = said.recv() => Heard::Told(number, told),
                Some(_) = under_way.next() => Heard::Nothing,
                heard = client.next() => Heard::From(heard),
                () = sleep_until(begin), if waits => Heard::Waited,
                () = sleep_until(end) => Heard::Over,
            };
            waits &= !matches!(heard, Heard::Waited);
            for action in actions(&mut protocol, &mut operations, heard)? {
                match action {
                    Do::Send(text) => send(client, text).await?,
                    // Who may call was asked when the connection was opened, and is with each operation.
                    Do::Ask(_) => {}
                    Do::Run(id, request) => {
                        let (handle, registration) = AbortHandle::new_pair();
                        let number = operations.add(id, handle);
                        let at = (self.core.clone(), self.origin.clone(), self.path.clone());
                        let run = operation::run(at, (request, None), Telling { number, say: say.clone() });
                        under_way.push(Abortable::new(Box::pin(run), registration));
                    }
                    Do::Stop(id) => operations.stop(&id),
                    Do::Close(code, reason) => return Err(closing(code, &reason)),
                }
            }
        }
    }
}

// === impl Operations ===

impl Operations {
    fn add(&mut self, id: String, handle: AbortHandle) -> u64 {
        self.next += 1;
        self.handles.insert(self.next, (id, handle));
        self.next
    }

    fn stop(&mut self, id: &str) {
        self.handles.retain(|_, (known, handle)| {
            let stays = known != id;
            if !stays {
                handle.abort();
            }
            stays
        });
    }
}

/// What is to be done about what was heard.
fn actions(protocol: &mut Protocol, operations: &mut Operations, heard: Heard) -> Result<Vec<Do>, Ending> {
    let mut actions = match heard {
        Heard::Nothing => Vec::new(),
        Heard::Draining => return Err(closing(1001, "the gateway is going away")),
        Heard::Over => return Err(closing(1000, "the connection has lasted as long as it may")),
        Heard::Waited => protocol.waited(),
        Heard::From(heard) => received(protocol, heard)?,
        Heard::Told(number, told) => {
            // One that was stopped tells nothing more, though its name may be in use again.
            let Some((id, _)) = operations.handles.get(&number) else { return Ok(Vec::new()) };
            let actions = told.actions(protocol, id);
            if !protocol.runs(id) {
                operations.handles.remove(&number);
            }
            actions
        }
    };
    actions.extend(protocol.accept());
    Ok(actions)
}

fn received(
    protocol: &mut Protocol,
    heard: Option<Result<Message, WebSocketError>>,
) -> Result<Vec<Do>, Ending> {
    match heard {
        Some(Ok(Message::Text(text))) => Ok(match std::str::from_utf8(&text) {
            Ok(text) => protocol.received(text),
            Err(_) => protocol.received_binary(),
        }),
        Some(Ok(Message::Binary(_))) => Ok(protocol.received_binary()),
        Some(Ok(Message::Close(close))) => Err(closing(close.map_or(1000, |close| close.code), "")),
        // The client was told, or will be with the farewell.
        Some(Err(WebSocketError::Protocol(_) | WebSocketError::TooLong)) => Err((None, Outcome::Complete)),
        Some(Err(WebSocketError::Io(_))) | None => Err((None, Outcome::Dropped)),
    }
}

fn closing(code: u16, reason: &str) -> Ending {
    (Some(Close { code, reason: reason.to_owned() }), Outcome::Complete)
}

/// A client that does not read ends the connection, as one that left.
async fn send(client: &mut WebSocket<'_>, text: String) -> Result<(), Ending> {
    match timeout(PATIENCE, client.send(Message::Text(Bytes::from(text)))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err((None, Outcome::Dropped)),
    }
}
