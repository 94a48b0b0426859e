//! The relay between a client and its provider: each message is read when the other side can take it, so that nobody's pace
//! makes memory grow.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use llm::{ApiError, Asks, ErrorKind, Live, Said};
use message::{Outcome, Reason};
use net::Drain;
use net::websocket::{Message, WebSocket, WebSocketError};
use tokio::task::unconstrained;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use super::dial::Call;
use super::session::{End, failed};
use super::turns::Turns;
use crate::Refusal;

/// How often it is looked at the time, and whether the caller still may.
const TICK: Duration = Duration::from_secs(1);

/// See the module's description.
pub(super) struct Relay<'a> {
    pub(super) client: WebSocket<'a>,
    pub(super) server: WebSocket<'static>,
    pub(super) turns: Turns,
    wire: Live,
    /// What the client said before the provider was there.
    early: VecDeque<Message>,
    silent: [Silent; 2],
    idle: Duration,
    opened: Instant,
    tick: Interval,
    /// Until when the turns under way may go on, the process coming to its end.
    until: Option<Instant>,
    /// Number of the next error event of ours.
    errors: u32,
}

/// Since when nothing was heard of a peer, and since when it was last asked.
struct Silent {
    heard: u64,
    since: Instant,
    pinged: Instant,
}

// === impl Silent ===

impl Silent {
    fn new(now: Instant) -> Self {
        Self { heard: 0, since: now, pinged: now }
    }

    /// Pings a peer that is silent; `true`: it has been so for too long.
    fn look(&mut self, socket: &mut WebSocket<'_>, now: Instant, (ping, idle): (Duration, Duration)) -> bool {
        if socket.heard() != self.heard {
            *self = Self { heard: socket.heard(), since: now, pinged: now };
        } else if now.duration_since(self.pinged) >= ping {
            self.pinged = now;
            socket.start_ping();
        }
        now.duration_since(self.since) >= idle
    }
}

// === impl Relay ===

impl<'a> Relay<'a> {
    pub(super) fn new(
        call: &Call,
        (client, server): (WebSocket<'a>, WebSocket<'static>),
        turns: Turns,
        early: VecDeque<Message>,
    ) -> Self {
        let now = Instant::now();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let idle = call.overrule.idle.unwrap_or_else(|| turns.idle());
        let silent = [Silent::new(now), Silent::new(now)];
        let wire = call.wire;
        Self { client, server, turns, wire, early, silent, idle, opened: now, tick, until: None, errors: 0 }
    }

    /// Relays until one side ends, or we do.
    pub(super) async fn run(&mut self, drain: Drain) -> End {
        let time = drain.time();
        let mut begun = Box::pin(async move { drain.begun().await });
        poll_fn(|cx| {
            if self.until.is_none() && begun.as_mut().poll(cx).is_ready() {
                // Some of the time is for the farewells.
                self.until = Some(Instant::now() + time.saturating_sub(2 * TICK));
            }
            self.poll(cx)
        })
        .await
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            let moved = [self.poll_client(cx), self.poll_server(cx)];
            let still = moved.iter().all(Poll::is_pending);
            let mut end =
                moved.into_iter().find_map(|moved| if let Poll::Ready(end) = moved { end } else { None });
            if still {
                end = self.on_time(cx);
            }
            if let Some(end) = end {
                return Poll::Ready(end);
            }
            if still {
                break;
            }
        }
        // An error shows when the side is read.
        let _pending = (self.client.poll_flush(cx).is_ready(), self.server.poll_flush(cx).is_ready());
        Poll::Pending
    }

    /// Takes one message of the client's, if there is one and the provider can take it.
    fn poll_client(&mut self, cx: &mut Context<'_>) -> Poll<Option<End>> {
        // An error shows when the side is read.
        ready!(self.server.poll_ready(cx)).ok();
        let next = match self.early.pop_front() {
            Some(message) => Some(Ok(message)),
            None => ready!(self.client.poll_next(cx)),
        };
        Poll::Ready(self.on_client(next))
    }

    fn poll_server(&mut self, cx: &mut Context<'_>) -> Poll<Option<End>> {
        ready!(self.client.poll_ready(cx)).ok();
        let next = ready!(self.server.poll_next(cx));
        Poll::Ready(self.on_server(next))
    }

    fn on_client(&mut self, next: Option<Result<Message, WebSocketError>>) -> Option<End> {
        match next {
            Some(Ok(Message::Text(bytes))) => self.say(bytes, Message::Text),
            Some(Ok(Message::Binary(bytes))) => self.say(bytes, Message::Binary),
            Some(Ok(Message::Close(close))) => Some(End::by_client(Some(Ok(close)))),
            Some(Err(error)) => Some(End::by_client(Some(Err(error)))),
            None => Some(End::by_client(None)),
        }
    }

    fn on_server(&mut self, next: Option<Result<Message, WebSocketError>>) -> Option<End> {
        let message = match next {
            Some(Ok(Message::Close(close))) => return Some(End::by_server(Some(Ok(close)))),
            Some(Err(error)) => return Some(End::by_server(Some(Err(error)))),
            None => return Some(End::by_server(None)),
            Some(Ok(message)) => message,
        };
        let end = match &message {
            Message::Text(bytes) | Message::Binary(bytes) => self.hear(bytes),
            Message::Close(_) => None,
        };
        self.client.start_send(message);
        end
    }

    /// Takes a message of the client's to the provider.
    fn say(&mut self, bytes: Bytes, form: impl Fn(Bytes) -> Message) -> Option<End> {
        let said = match self.wire.said(&bytes) {
            Ok(said) => said,
            Err(error) => return self.refuse(&error.into(), Reason::InvalidAiRequest, None),
        };
        if self.wire == Live::Gemini && said.asks == Asks::Setup {
            let text = "setup must be the first message and only the first";
            let error = ApiError::new(400, ErrorKind::InvalidRequest, text);
            return self.refuse(&error, Reason::InvalidAiRequest, None);
        }
        let names = match self.turns.names(&said) {
            Ok(names) => names,
            Err(error) => return self.refuse(&error, Reason::UnknownModel, said.id.as_deref()),
        };
        if said.asks == Asks::Turn
            && let Err(refusal) = self.turns.ask(said.id.clone())
        {
            return self.turn_away(&refusal, said.id.as_deref());
        }
        if said.asks != Asks::Media {
            self.turns.said(bytes.len());
        }
        self.server.start_send(form(renamed(bytes, &said, &names)));
        None
    }

    /// Looks at a message of the provider's.
    fn hear(&mut self, bytes: &Bytes) -> Option<End> {
        let heard = self.wire.heard(bytes);
        let refusal = self.turns.hear(&heard, bytes.len()).err()?;
        // It has begun by itself what may not be.
        match self.wire.cancel(heard.turn.as_deref()) {
            Some(cancel) => {
                self.server.start_answer(Message::Text(cancel.into()));
                self.turn_away(&refusal, None)
            }
            None => Some(self.shut(&refusal.api_error(), refusal.reason)),
        }
    }

    /// A turn is refused. The session goes on where the wire can tell that and the caller may have another turn later.
    fn turn_away(&mut self, refusal: &Refusal, id: Option<&str>) -> Option<End> {
        let error = refusal.api_error();
        let end = self.refuse(&error, refusal.reason, id);
        let for_good = !matches!(refusal.reason, Reason::RateLimited | Reason::ConcurrencyLimited);
        end.or_else(|| for_good.then(|| self.shut(&error, refusal.reason)))
    }

    /// Tells the client of an error: in a message, or with the session's end where the wire has none for that.
    fn refuse(&mut self, error: &ApiError, reason: Reason, id: Option<&str>) -> Option<End> {
        self.errors += 1;
        match self.wire.error(error, id, &format!("event_weir_{}", self.errors)) {
            Some(message) => {
                self.client.start_answer(Message::Text(message.into()));
                None
            }
            None => Some(self.shut(error, reason)),
        }
    }

    fn shut(&self, error: &ApiError, reason: Reason) -> End {
        End::refused(self.wire.close_code(error), error, reason)
    }

    /// Does once a second what is due.
    fn on_time(&mut self, cx: &mut Context<'_>) -> Option<End> {
        let mut end = None;
        // It ticks also where reading has used up the task's turn.
        while end.is_none() && pin!(unconstrained(poll_fn(|cx| self.tick.poll_tick(cx)))).poll(cx).is_ready()
        {
            end = self.look(cx);
        }
        if end.is_none() && self.until.is_some_and(|until| self.turns.quiet() || Instant::now() >= until) {
            return Some(End::of(1001, "the gateway is going away", Outcome::Complete));
        }
        end
    }

    fn look(&mut self, cx: &mut Context<'_>) -> Option<End> {
        if let Err(refusal) = self.turns.still() {
            let error = refusal.api_error();
            // Said in words first, where the wire has them.
            return self
                .refuse(&error, refusal.reason, None)
                .or_else(|| Some(self.shut(&error, refusal.reason)));
        }
        let pace = self.turns.pace()?;
        self.turns.expire(&pace);
        let now = Instant::now();
        if now.duration_since(self.opened) >= pace.whole {
            let text = "the session took longer than its whole time";
            return Some(End::of(1001, text, failed(Reason::CallTimeout, text)));
        }
        let [client, server] = &mut self.silent;
        let silent = [
            client.look(&mut self.client, now, (pace.ping, self.idle)),
            server.look(&mut self.server, now, (pace.ping, self.idle)),
        ];
        // One is not listened to while the other takes nothing, whose fault the silence then is.
        let (client, server) = (self.client.poll_ready(cx).is_ready(), self.server.poll_ready(cx).is_ready());
        let of_client = |text| Some(End::of(1001, text, Outcome::Dropped));
        let of_server = |text| Some(End::of(1011, text, failed(Reason::UpstreamStalled, text)));
        match silent {
            [true, _] if server => of_client("nothing was heard of the client"),
            [true, _] => of_server("the provider took nothing"),
            [_, true] if client => of_server("nothing was heard of the provider"),
            [_, true] => of_client("the client took nothing"),
            [false, false] => None,
        }
    }
}

/// The message as the provider shall see it; as it is, where no name changes.
fn renamed(bytes: Bytes, said: &Said, names: &[String]) -> Bytes {
    let same = said.models.iter().zip(names).all(|(named, name)| named.name == *name);
    if same { bytes } else { said.renamed(&bytes, names).into() }
}
