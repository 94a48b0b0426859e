//! Sending an answer: whole or event by event, with the pauses, cuts and stalls that were asked for.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use base::Rng;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, Response, header};

use crate::dist::Distribution;
use crate::fault::Faults;
use crate::world::{World, pause};

/// How long a stalled answer stays silent before its connection is dropped.
const LONGEST_STALL: Duration = Duration::from_mins(10);

/// What is sent where JSON is due: no JSON, and not even UTF-8.
const GARBAGE: &[u8] = b"{\"garbage\": \xff\xfe<html>";

/// One event of a stream.
#[derive(Debug)]
pub(crate) struct Frame {
    /// As it goes over the wire.
    pub(crate) bytes: Bytes,
    /// Whether the model takes time to write it.
    pub(crate) paced: bool,
}

/// A stream of events and what shall happen to it.
pub(crate) struct Script {
    pub(crate) world: Arc<World>,
    pub(crate) frames: Box<dyn Iterator<Item = Frame> + Send>,
    pub(crate) faults: Faults,
    /// Before the first paced event.
    pub(crate) ttft: Distribution,
    /// Before each later paced event.
    pub(crate) gap: Distribution,
    /// The dialect's error event.
    pub(crate) error: Bytes,
    /// An event whose data is no JSON.
    pub(crate) garbage: Bytes,
    pub(crate) rng: Rng,
}

/// A script being played; tells the statistics how it ended when it is dropped.
struct Play {
    script: Script,
    sent: u32,
    started: bool,
    ending: Ending,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Dropped,
    Finished,
    Cut,
}

/// A chunk of body, or the error that makes the server drop the connection.
type Piece = Result<Bytes, io::Error>;

// === impl Script ===

impl Script {
    /// The body that plays the script.
    pub(crate) fn into_body(self) -> Body {
        self.world.stats.endings.started.fetch_add(1, Ordering::Relaxed);
        let play = Play { script: self, sent: 0, started: false, ending: Ending::Dropped };
        Body::from_stream(stream::unfold(play, Play::next))
    }
}

// === impl Play ===

impl Play {
    async fn next(mut self) -> Option<(Piece, Self)> {
        if self.ending != Ending::Dropped {
            return None;
        }
        let faults = self.script.faults;
        if faults.cut_after == Some(self.sent) {
            return Some(self.cut().await);
        }
        if faults.stall_after == Some(self.sent) {
            pause(&self.script.world.closing, LONGEST_STALL).await;
            return Some(self.cut().await);
        }
        if faults.error_after == Some(self.sent) {
            self.ending = Ending::Finished;
            let error = self.script.error.clone();
            return Some((Ok(error), self));
        }
        if faults.garbage && self.sent == 1 {
            self.sent += 1;
            let garbage = self.script.garbage.clone();
            return Some((Ok(garbage), self));
        }
        let Some(frame) = self.script.frames.next() else {
            self.ending = Ending::Finished;
            return None;
        };
        if frame.paced {
            self.pace().await;
        }
        self.sent += 1;
        Some((Ok(frame.bytes), self))
    }

    async fn pace(&mut self) {
        let shape = if self.started { self.script.gap } else { self.script.ttft };
        self.started = true;
        let time = shape.sample(&mut self.script.rng);
        pause(&self.script.world.closing, time).await;
    }

    async fn cut(mut self) -> (Piece, Self) {
        self.ending = Ending::Cut;
        if self.sent > 0 {
            // One turn for the server, which writes out what it holds before it sees the error.
            tokio::task::yield_now().await;
        }
        (Err(aborted()), self)
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        let endings = &self.script.world.stats.endings;
        let counter = match self.ending {
            Ending::Dropped => &endings.dropped,
            Ending::Finished => &endings.finished,
            Ending::Cut => &endings.cut,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Puts the faults of a whole answer on it: cut or stalled after so many bytes (with the length of the
/// whole announced), or no JSON at all.
pub(crate) fn whole(world: &Arc<World>, mut response: Response<Bytes>, faults: Faults) -> Response<Body> {
    if faults.garbage {
        *response.body_mut() = Bytes::from_static(GARBAGE);
    }
    let after = faults.cut_after.or(faults.stall_after);
    let Some(after) = after.and_then(|after| usize::try_from(after).ok()) else {
        return response.map(Body::from);
    };
    let length = response.body().len();
    if after >= length {
        return response.map(Body::from);
    }
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let kept = response.body().slice(..after);
    let stalls = faults.cut_after.is_none();
    let closing = world.closing.clone();
    response.map(|_| {
        let end = async move {
            if stalls {
                pause(&closing, LONGEST_STALL).await;
            }
            if after > 0 {
                tokio::task::yield_now().await;
            }
            Err(aborted())
        };
        let start = stream::iter((after > 0).then(|| Ok(kept)));
        Body::from_stream(futures_util::StreamExt::chain(start, stream::once(end)))
    })
}

fn aborted() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "cut as asked for")
}
