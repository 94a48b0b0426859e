//! Bodies that come at their own pace, and bodies that do not come to their end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use base::Rng;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

use crate::distribution::Distribution;
use crate::world::{Shared, World};

/// A part of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    bytes: Bytes,
    token: bool,
}

/// When parts come, and where they stop.
#[derive(Clone, Debug)]
pub(crate) struct Pacing {
    /// Before the first token.
    pub(crate) first: Duration,
    /// Between tokens.
    pub(crate) gap: Distribution,
    /// What happens after so many tokens (or bytes, in a plain body).
    pub(crate) trouble: Option<(u64, Trouble)>,
    pub(crate) rng: Rng,
}

/// How a body ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The connection breaks.
    Cut,
    /// Nothing more comes, the connection stays.
    Stall,
    /// The vendor's error event comes.
    Fail,
    /// A clean end of the body, too early.
    End,
}

/// Says that the connection shall be closed without an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vanish;

/// The frames of a stream, made as they are sent.
pub(crate) type Frames = Box<dyn Iterator<Item = Frame> + Send>;

/// A stream under way.
struct Paced {
    world: Shared,
    frames: Frames,
    pacing: Pacing,
    failure: Bytes,
    tokens: u64,
    over: bool,
}

// === impl Frame ===

impl Frame {
    /// A frame that comes at once.
    pub(crate) fn plain(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), token: false }
    }

    /// A frame that a model had to think about.
    pub(crate) fn token(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), token: true }
    }
}

// === impl Pacing ===

impl Pacing {
    /// How long an answer of so many tokens takes that comes in one piece.
    pub(crate) fn whole(&mut self, tokens: u64) -> Duration {
        let gaps = u32::try_from(tokens.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first.saturating_add(self.gap.sample(&mut self.rng).saturating_mul(gaps))
    }
}

// === impl Paced ===

impl Paced {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        if self.over {
            return None;
        }
        let frame = self.frames.next()?;
        if !frame.token {
            return Some(Ok(frame.bytes));
        }
        if let Some((after, trouble)) = self.pacing.trouble
            && self.tokens >= after
        {
            return self.trouble(trouble).await;
        }
        let wait = if self.tokens == 0 { self.pacing.first } else { self.pacing.gap.sample(&mut self.pacing.rng) };
        self.tokens += 1;
        self.world.pause(wait).await;
        Some(Ok(frame.bytes))
    }

    async fn trouble(&mut self, trouble: Trouble) -> Option<io::Result<Bytes>> {
        self.over = true;
        match trouble {
            Trouble::Cut => {
                // Lets the connection send what it has before it breaks.
                tokio::task::yield_now().await;
                Some(Err(broken()))
            }
            Trouble::Stall => {
                self.world.closed().await;
                Some(Err(broken()))
            }
            Trouble::Fail => Some(Ok(std::mem::take(&mut self.failure))),
            Trouble::End => None,
        }
    }
}

/// A body of frames; `failure` is the vendor's error event.
pub(crate) fn stream(world: &Shared, frames: Frames, pacing: Pacing, failure: Bytes) -> Body {
    let paced = Paced { world: Arc::clone(world), frames, pacing, failure, tokens: 0, over: false };
    Body::from_stream(futures_util::stream::unfold(paced, |mut paced| async move {
        let item = paced.next().await?;
        Some((item, paced))
    }))
}

/// A whole body of known length, unless trouble is planned: then it breaks or stalls after so many bytes.
pub(crate) fn whole(world: &Shared, bytes: Bytes, trouble: Option<(u64, Trouble)>) -> (u64, Body) {
    let length = bytes.len() as u64;
    let Some((after, trouble)) = trouble.filter(|(_, trouble)| matches!(trouble, Trouble::Cut | Trouble::Stall))
    else {
        return (length, Body::from(bytes));
    };
    let sent = bytes.slice(..usize::try_from(after.min(length.saturating_sub(1))).unwrap_or(0));
    let pacing = Pacing {
        first: Duration::ZERO,
        gap: Distribution::ZERO,
        trouble: Some((0, trouble)),
        rng: Rng::seeded(0),
    };
    let frames = Box::new([Frame::plain(sent), Frame::token(Bytes::new())].into_iter());
    (length, stream(world, frames, pacing, Bytes::new()))
}

/// An answer in one piece, with the trouble that is planned for it.
pub(crate) fn answer(
    world: &Shared,
    status: StatusCode,
    content_type: &'static str,
    bytes: Bytes,
    trouble: Option<(u64, Trouble)>,
) -> Response {
    let (length, body) = whole(world, bytes, trouble);
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}

/// What a broken middlebox might say, with status 200.
pub(crate) fn garbage() -> Response {
    let page = "<!DOCTYPE html><html><head><title>Please wait</title></head><body>Please wait</body></html>\n";
    let mut response = Response::new(Body::from(page));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// No answer at all: the connection is closed.
pub(crate) fn vanish() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Vanish);
    response
}

impl World {
    /// What a plan wants before any handler is asked: a wait, and perhaps an answer that says nothing.
    pub(crate) async fn open(&self, plan: &crate::plan::Plan) -> Option<Response> {
        if plan.script.vanish {
            return Some(vanish());
        }
        self.pause(plan.latency).await;
        plan.script.garbage.then(garbage)
    }
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "the simulator breaks this connection as it was asked to")
}
