//! A session, from the client's handshake to both farewells.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use llm::{ApiError, Asks, ErrorKind, Live, Said};
use message::{BodyError, Guard, Outcome, Reason, ResponseHead};
use net::websocket::{Close, Message, WebSocket, WebSocketError};
use net::{Drain, RunningSession, TunnelIo};
use snapshot::{KeyHash, Route};
use tokio::time::timeout;

use super::dial::{self, Call, Peer};
use super::relay::Relay;
use super::turns::Turns;
use super::{FAREWELL, LONGEST, of_session};
use crate::ai::alias::Allowed;
use crate::exchange::Exchange;
use crate::gateway::Core;
use crate::inside::Origin;
use crate::{Refusal, stage};

/// How long a client may take to say with which model.
const SET_UP: Duration = Duration::from_secs(30);

/// So many messages of a client wait while its provider is dialled.
const EARLY: usize = 16;

/// So many bytes of them, and no more is read of the client until the provider is there. One message may be beyond it.
const EARLY_BYTES: usize = 1 << 20;

/// What a session came from.
pub(super) struct Opening {
    pub(super) origin: Origin,
    pub(super) route: Arc<Route>,
    /// What the caller showed.
    pub(super) key: Option<KeyHash>,
    /// The path, as the service's own are.
    pub(super) path: String,
}

/// See the module's description.
pub(super) struct Session {
    pub(super) core: Core,
    pub(super) call: Call,
    pub(super) opening: Opening,
    /// With whom; `None` where the first message says that.
    pub(super) peer: Option<Peer>,
}

/// How a session ends.
#[derive(Debug)]
pub(super) struct End {
    /// What is said to the client; `None`: it has heard or said the last.
    pub(super) client: Option<Close>,
    /// What is said to the provider.
    pub(super) server: Option<Close>,
    pub(super) outcome: Outcome,
}

/// What dials for a client's first message.
struct Dialler<'s> {
    core: &'s Core,
    call: &'s Call,
    opening: &'s Opening,
}

/// What a provider is to hear first.
struct Begun {
    peer: Peer,
    setup: Vec<u8>,
    early: VecDeque<Message>,
}

// === impl End ===

impl End {
    /// An end by our own doing, or by that of the other side.
    pub(super) fn of(code: u16, reason: impl Into<String>, outcome: Outcome) -> Self {
        let close = Close { code, reason: reason.into() };
        Self { client: Some(close.clone()), server: Some(close), outcome }
    }

    /// An end for an error, of which the provider hears nothing but that it is one.
    pub(super) fn refused(code: u16, error: &ApiError, reason: Reason) -> Self {
        Self {
            client: Some(Close { code, reason: error.message.clone() }),
            server: Some(Close { code: 1000, reason: String::new() }),
            outcome: failed(reason, error.message.clone()),
        }
    }

    /// The client's end, as its reading told.
    pub(super) fn by_client(next: Option<Result<Option<Close>, WebSocketError>>) -> Self {
        let left = || Some(Close { code: 1001, reason: "the client left".into() });
        match next {
            Some(Ok(close)) => {
                Self { client: None, server: close.or(Some(NOTHING)), outcome: Outcome::Complete }
            }
            None | Some(Err(WebSocketError::Io(_))) => {
                Self { client: None, server: left(), outcome: Outcome::Dropped }
            }
            Some(Err(error)) => {
                let long = matches!(error, WebSocketError::TooLong);
                let reason = if long { Reason::BodyTooLarge } else { Reason::MalformedBody };
                Self { client: None, server: left(), outcome: failed(reason, error.to_string()) }
            }
        }
    }

    /// The provider's end, as its reading told.
    pub(super) fn by_server(next: Option<Result<Option<Close>, WebSocketError>>) -> Self {
        let lost = |text: &str| Some(Close { code: 1011, reason: text.to_owned() });
        match next {
            Some(Ok(close)) => {
                let fine = close.as_ref().is_none_or(|close| matches!(close.code, 1000 | 1001));
                let code = close.as_ref().map_or(1005, |close| close.code);
                let outcome = if fine {
                    Outcome::Complete
                } else {
                    failed(Reason::ProviderError, format!("the provider closed with {code}"))
                };
                Self { client: close.or(Some(NOTHING)), server: None, outcome }
            }
            None | Some(Err(WebSocketError::Io(_))) => {
                let text = "the provider's connection was lost";
                Self { client: lost(text), server: None, outcome: failed(Reason::UpstreamReset, text) }
            }
            Some(Err(error)) => {
                let outcome = failed(Reason::UpstreamMalformed, error.to_string());
                Self { client: lost("the provider broke the protocol"), server: None, outcome }
            }
        }
    }
}

/// Stands for a close that says nothing (RFC 6455 §7.1.5).
pub(super) const NOTHING: Close = Close { code: 1005, reason: String::new() };

pub(super) fn failed(reason: Reason, detail: impl Into<std::borrow::Cow<'static, str>>) -> Outcome {
    Outcome::Failed(BodyError::new(reason, detail))
}

/// Says the last on one side and waits for the other's.
async fn part(mut socket: WebSocket<'_>, close: Option<Close>) {
    match close {
        Some(close) if close.code == NOTHING.code => socket.start_send(Message::Close(None)),
        Some(close) => socket.start_close(close.code, &close.reason),
        None => {}
    }
    socket.finish(FAREWELL).await;
}

// === impl Opening ===

impl Opening {
    /// Takes a call of the session's through the stages that say whether its caller may make it.
    pub(super) fn admit(x: &mut Exchange<'_>) -> Result<(), Refusal> {
        stage::route::apply(x)?;
        x.mark("route");
        if stage::authenticate::apply(x)? {
            x.mark("authenticate");
        }
        if stage::limit::apply(x)? {
            x.mark("limit");
        }
        Ok(())
    }
}

// === impl Session ===

impl net::Session for Session {
    fn run<'a>(self: Box<Self>, client: Box<dyn TunnelIo + 'a>, drain: Drain) -> RunningSession<'a> {
        Box::pin(self.hold(client, drain))
    }
}

impl Session {
    async fn hold(mut self: Box<Self>, client: Box<dyn TunnelIo + '_>, drain: Drain) -> Outcome {
        let mut client = WebSocket::server(client, LONGEST);
        let begun = if let Some(peer) = self.peer.take() {
            Ok(Begun { peer, setup: Vec::new(), early: VecDeque::new() })
        } else {
            let dialler = Dialler { core: &self.core, call: &self.call, opening: &self.opening };
            Box::pin(dialler.set_up(&mut client, &drain)).await
        };
        let mut begun = match begun {
            Ok(begun) => begun,
            Err(end) => {
                part(client, end.client).await;
                return end.outcome;
            }
        };
        if !begun.setup.is_empty() {
            let setup = Message::Text(std::mem::take(&mut begun.setup).into());
            begun.peer.socket.start_send(setup);
        }
        let Self { core, call, opening, .. } = *self;
        let Peer { socket, line } = begun.peer;
        let turns = Turns::new(core, call.wire, opening, line);
        let mut relay = Relay::new(&call, (client, socket), turns, begun.early);
        let end = relay.run(drain).await;
        relay.turns.end(&end.outcome);
        let (client, server) = (relay.client, relay.server);
        tokio::join!(part(client, end.client), part(server, end.server));
        end.outcome
    }
}

// === impl Dialler ===

impl Dialler<'_> {
    /// Reads the first message, which names the model, and dials.
    async fn set_up(&self, client: &mut WebSocket<'_>, drain: &Drain) -> Result<Begun, End> {
        let first = tokio::select! {
            first = timeout(SET_UP, client.next()) => first,
            () = drain.begun() => return Err(End::of(1001, "the gateway is going away", Outcome::Complete)),
        };
        let message = match first {
            Ok(Some(Ok(Message::Text(bytes) | Message::Binary(bytes)))) => bytes,
            Ok(Some(Ok(Message::Close(close)))) => return Err(End::by_client(Some(Ok(close)))),
            Ok(Some(Err(error))) => return Err(End::by_client(Some(Err(error)))),
            Ok(None) => return Err(End::by_client(None)),
            Err(_) => {
                let text = "no setup came";
                return Err(End::of(1008, text, failed(Reason::BodyTimeout, text)));
            }
        };
        let refuse = |error: &ApiError, reason| End::refused(self.call.wire.close_code(error), error, reason);
        let said = self.call.wire.said(&message);
        let said = said.map_err(|error| refuse(&error.into(), Reason::InvalidAiRequest))?;
        if said.asks != Asks::Setup || said.models.is_empty() {
            let text = "the first message must be a setup that names a model";
            let error = ApiError::new(400, ErrorKind::InvalidRequest, text);
            return Err(refuse(&error, Reason::InvalidAiRequest));
        }
        let mut early = VecDeque::new();
        let dialled = tokio::select! {
            dialled = self.dial(&said) => dialled,
            end = listen(client, &mut early) => return Err(end),
        };
        let peer = dialled.map_err(|refusal| refuse(&refusal.api_error(), refusal.reason))?;
        let setup = said.renamed(&message, &[model(self.call.wire, &peer)]);
        Ok(Begun { peer, setup, early })
    }

    /// Dials for a setup. That is a call of its own in the records, which has the attempts; the session was counted already.
    async fn dial(&self, said: &Said) -> Result<Peer, Refusal> {
        let named = said.models.first().map(|named| named.name.as_str()).unwrap_or_default();
        let named = named.strip_prefix("models/").unwrap_or(named);
        let named = named.rsplit_once("/publishers/google/models/").map_or(named, |(_, model)| model);
        let mut x = self.opening.origin.turn(self.core, &self.opening.path, true);
        x.ledger.note(|record| record.ai = Some(Box::new(of_session(self.call.wire))));
        let admitted = Opening::admit(&mut x);
        let alias = admitted
            .and_then(|()| Allowed::of(&self.opening.route, self.call.dialect).find(&x.snapshot, named));
        let dialled = match alias {
            Ok(alias) => dial::dial(&mut x, self.call, &alias).await,
            Err(refusal) => Err(refusal),
        };
        match dialled {
            Ok(peer) => {
                x.mark("target");
                let now = x.now();
                x.ledger.answered(&ResponseHead::new(101), None, now);
                x.ledger.settle(Outcome::Complete);
                Ok(peer)
            }
            Err(refusal) => {
                let reply = x.refuse(&refusal);
                drop(x.finish(reply));
                Err(refusal)
            }
        }
    }
}

/// How a peer's messages name its model.
pub(super) fn model(wire: Live, peer: &Peer) -> String {
    let Some(target) = peer.line.target() else { return String::new() };
    let to = llm::Target::new(&target.model, None).at(&target.provider.path);
    wire.model(crate::ai::target::kind(target), &to)
}

/// Takes in what a client says while its provider is dialled; ends where it leaves.
async fn listen(client: &mut WebSocket<'_>, early: &mut VecDeque<Message>) -> End {
    let mut bytes = 0;
    while early.len() < EARLY && bytes < EARLY_BYTES {
        match client.next().await {
            Some(Ok(Message::Close(close))) => return End::by_client(Some(Ok(close))),
            Some(Ok(message)) => {
                if let Message::Text(said) | Message::Binary(said) = &message {
                    bytes += said.len();
                }
                early.push_back(message);
            }
            Some(Err(error)) => return End::by_client(Some(Err(error))),
            None => return End::by_client(None),
        }
    }
    std::future::pending().await
}
