//! The way to upstreams: a pool a core, every phase stamped, failures told apart.

mod body;
mod connect;
mod error;
mod exchange;
mod pool;
mod resolve;
mod target;

use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Nanos};
use bytes::Bytes;
use http1::{Framing, Limits};
use message::{Body, RequestHead, ResponseHead};
use parking_lot::Mutex;
use trace::Attempt;

pub use body::{Receipt, Received};
pub use error::SendError;
pub use target::{Target, TargetConfig};

use crate::interim::Interim;
use crate::sending::Sending;
use crate::tunnel::Tunnel;
use error::Fault;
use exchange::Exchange;
use pool::{Lease, Pools};
use resolve::Resolver;

/// A read of a head takes at most this many bytes; what of a body comes with it is copied once more.
const SCRATCH: usize = 16 * 1024;

/// Settings of a core's client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientConfig {
    /// How long a resolved name is used.
    pub resolve_ttl: Duration,
    /// Bounds of a response head.
    pub limits: Limits,
}

/// How long each phase with an upstream may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientTimeouts {
    /// Waiting for one of the target's connections to become free.
    pub queue: Duration,
    /// Resolving the name.
    pub dns: Duration,
    /// Opening the connection, over all its addresses.
    pub connect: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// While a part of the request waits to be taken.
    pub send: Duration,
    /// From the last byte of the request to the first of the answer's head.
    pub first_byte: Duration,
    /// Between two pieces of the answer; of a tunnel, while nothing moves.
    pub between: Duration,
}

/// How to send one request.
#[derive(Clone, Debug, Default)]
pub struct SendOptions {
    /// The bounds of each phase.
    pub timeouts: ClientTimeouts,
    /// Where interim answers go.
    pub interim: Interim,
    /// The protocol to change to, where that is wanted; else `101` is an error.
    pub upgrade: Option<Box<str>>,
    /// The start of the call: zero of the attempts' `started_us`.
    pub started: Nanos,
    /// The start of this attempt, where the caller has just read the clock.
    pub at: Option<Nanos>,
}

/// An upstream's answer.
#[derive(Debug)]
pub struct Response {
    /// The final head. Hop-by-hop fields are still there; see `http1::hop::strip`.
    pub head: ResponseHead,
    /// The body; the connection goes back to the pool when it was read to its end.
    pub body: Body,
    /// After `101`: the stream.
    pub tunnel: Option<Box<Tunnel>>,
    /// When receiving ended or will have.
    pub received: Received,
    /// The request's body was given back whole: it can be sent once more, whatever the answer says.
    pub body_intact: bool,
    /// An attempt before this one that met a kept-alive connection which the upstream had closed.
    pub stale: Option<Box<Attempt>>,
}

/// Sends requests. Cheap to clone; one a core, used on that core.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

/// What all clones of a client, and the bodies under way, share.
#[derive(Debug)]
struct Shared {
    config: ClientConfig,
    clock: Clock,
    pools: Pools,
    resolver: Resolver,
    scratch: Mutex<Box<[u8]>>,
}

/// What of the request lets it be sent a second time.
#[derive(Debug)]
enum Replay {
    /// All of the content was there.
    Full(Bytes),
    /// It is read as it is sent.
    Stream,
}

// === impl ClientConfig ===

impl Default for ClientConfig {
    fn default() -> Self {
        let limits = Limits { head: 64 * 1024, ..Limits::default() };
        Self { resolve_ttl: Duration::from_secs(10), limits }
    }
}

// === impl ClientTimeouts ===

impl Default for ClientTimeouts {
    fn default() -> Self {
        Self {
            queue: Duration::from_secs(5),
            dns: Duration::from_secs(5),
            connect: Duration::from_secs(5),
            tls: Duration::from_secs(5),
            send: Duration::from_secs(30),
            first_byte: Duration::from_mins(1),
            between: Duration::from_mins(1),
        }
    }
}

// === impl Client ===

impl Client {
    /// A client without connections.
    pub fn new(config: ClientConfig, clock: Clock) -> Self {
        let shared = Shared {
            config,
            clock,
            pools: Pools::default(),
            resolver: Resolver::new(config.resolve_ttl),
            scratch: Mutex::new(vec![0; SCRATCH].into()),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Sends a request to a target and waits for the head of its answer. Of `head` the fields go out as
    /// they are, but for framing, `Connection` and `Host`, which are made here. The phases, the
    /// connection and the outcome are written into `attempt`. A `body` that was whole is whole afterwards.
    ///
    /// A kept-alive connection that the upstream closed in the meantime is replaced by a new one, once,
    /// if the upstream cannot have acted on the request or the method is idempotent (RFC 9110 §9.2.2,
    /// RFC 9112 §9.3.1); that first attempt is then given back beside the outcome.
    pub async fn send(
        &self,
        target: &Arc<Target>,
        head: &RequestHead,
        body: &mut Body,
        options: &SendOptions,
        attempt: &mut Attempt,
    ) -> Result<Response, SendError> {
        let framing = Framing::of_request(&head.method, body.remaining());
        let replay = body.take_full().map_or(Replay::Stream, Replay::Full);
        let mut stale = None;
        let mut started = options.at.unwrap_or_else(|| self.shared.clock.now());
        loop {
            let mut sending = Sending::new(replay.body(body), framing);
            let tried = match self.lease(target, options, attempt, (started, stale.is_some())).await {
                Ok(lease) => Exchange::new(&self.shared, lease, head, sending, options).run(attempt).await,
                Err(fault) => Err(fault.with_body(sending.untouched())),
            };
            let mut fault = match tried {
                Ok(response) => {
                    let body_intact = replay.give_back(body, None);
                    return Ok(Response { body_intact, stale, ..response });
                }
                Err(fault) => fault,
            };
            attempt.error = Some(fault.reason.code().into());
            let body_intact = replay.give_back(body, fault.body.take());
            let harmless = fault.written == 0 || head.method.is_idempotent();
            if !(stale.is_none() && attempt.reused && fault.stale && body_intact && harmless) {
                let Fault { reason, detail, written, .. } = fault;
                return Err(SendError { reason, detail, sent: written > 0, body_intact, stale });
            }
            started = self.shared.clock.now();
            let next = after_stale(attempt, started.micros_since(options.started));
            stale = Some(Box::new(std::mem::replace(attempt, next)));
        }
    }

    /// A connection, kept or new.
    async fn lease(
        &self,
        target: &Arc<Target>,
        options: &SendOptions,
        attempt: &mut Attempt,
        (started, fresh): (Nanos, bool),
    ) -> Result<Lease, Fault> {
        let shared = &self.shared;
        let (mut at, mut permit) = (started, None);
        attempt.phases.queued = 0;
        if target.max_connections() > 0 {
            let waited = shared.pools.permit(target, options.timeouts.queue).await;
            at = shared.clock.now();
            attempt.phases.queued = at.micros_since(started);
            permit = Some(waited?);
        }
        if !fresh && let Some(conn) = shared.pools.take(target, at) {
            attempt.reused = true;
            attempt.peer = Some(conn.peer);
            return Ok(Lease { conn, target: Arc::clone(target), permit, at });
        }
        let conn = Box::pin(connect::connect(shared, target, &options.timeouts, attempt)).await?;
        let at = shared.clock.now();
        Ok(Lease { conn, target: Arc::clone(target), permit, at })
    }
}

/// The attempt that follows one on a dead connection.
fn after_stale(before: &Attempt, started_us: u32) -> Attempt {
    let number = before.number.saturating_add(1);
    let mut next = Attempt::new(number, Arc::clone(&before.target), started_us);
    next.retry_of = Some(before.number);
    next.reason = Some("stale_connection".into());
    next
}

// === impl Shared ===

impl Shared {
    /// Puts a connection back that can take another request.
    fn keep(self: &Arc<Self>, lease: Lease, now: Nanos) {
        if self.pools.keep(lease, now) {
            Pools::sweep_later(self);
        }
    }
}

// === impl Replay ===

impl Replay {
    /// The body for one attempt.
    fn body(&self, body: &mut Body) -> Body {
        match self {
            Self::Full(bytes) => Body::full(bytes.clone()),
            Self::Stream => std::mem::take(body),
        }
    }

    /// Makes the caller's body whole again after an attempt; `false` if that cannot be.
    fn give_back(&self, body: &mut Body, left: Option<Box<Body>>) -> bool {
        match (self, left) {
            (Self::Full(bytes), _) => *body = Body::full(bytes.clone()),
            (Self::Stream, Some(left)) => *body = *left,
            (Self::Stream, None) => return false,
        }
        true
    }
}
