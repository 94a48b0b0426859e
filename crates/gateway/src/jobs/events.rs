//! The steps of a job as server-sent events, for a client that follows it: one as soon as each has come out, and one at the
//! end.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use message::{Body, BodyError, Frame, Known, ResponseHead, Stream};
use net::Reply;
use serde_json::Value;

use super::live::{Live, Standing};

/// So often a client is told that there is nothing new.
const SILENCE: Duration = Duration::from_secs(15);

/// What it is told then.
const COMMENT: &[u8] = b": keep-alive\n\n";

/// Waits for the next change; says whether it came in time.
type Wait = Pin<Box<dyn Future<Output = bool> + Send>>;

/// Tells of a job that has ended.
pub(super) type Tell = Box<dyn Fn(&Standing) -> Value + Send + Sync>;

struct Follow {
    live: Arc<Live>,
    tell: Tell,
    seen: usize,
    wait: Option<Wait>,
    /// Events that are there and not given yet.
    news: VecDeque<Bytes>,
    ended: bool,
}

/// The events of a job behind the first `seen`, until it ends.
pub(super) fn follow(live: Arc<Live>, seen: usize, tell: Tell) -> Reply {
    stream(Body::stream(Follow { live, tell, seen, wait: None, news: VecDeque::new(), ended: false }))
}

/// The events of a job that has ended.
pub(super) fn replay(standing: &Standing, seen: usize, told: &Value) -> Reply {
    let mut all = Vec::new();
    for (at, step) in standing.trail.iter().enumerate().skip(seen) {
        all.extend_from_slice(&event("step", at + 1, step));
    }
    all.extend_from_slice(&event("done", standing.trail.len() + 1, told));
    stream(Body::full(all))
}

fn stream(body: Body) -> Reply {
    let mut head = ResponseHead::new(200);
    head.fields.push(Known::ContentType, b"text/event-stream; charset=utf-8");
    head.fields.push(Known::CacheControl, b"no-cache");
    Reply::new(head, body)
}

fn event(name: &str, number: usize, data: &Value) -> Bytes {
    format!("event: {name}\nid: {number}\ndata: {data}\n\n").into()
}

// === impl Follow ===

impl Follow {
    fn look(&mut self) {
        let standing = self.live.standing(self.seen);
        for step in &standing.trail {
            self.seen += 1;
            self.news.push_back(event("step", self.seen, step));
        }
        self.ended = standing.outcome.is_some();
        if self.ended {
            self.news.push_back(event("done", self.seen + 1, &(self.tell)(&standing)));
        }
    }
}

impl Stream for Follow {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        loop {
            if let Some(event) = self.news.pop_front() {
                return Poll::Ready(Some(Ok(Frame::Data(event))));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            // Looked for before the news are read, so that no change falls between the two.
            let wait = self.wait.get_or_insert_with(|| {
                let mut changes = self.live.changes();
                Box::pin(async move { tokio::time::timeout(SILENCE, changes.changed()).await.is_ok() })
            });
            // Polled first: what it waits for begins with this.
            let came = wait.as_mut().poll(cx);
            self.look();
            if came.is_ready() {
                self.wait = None;
            }
            if !self.news.is_empty() {
                continue;
            }
            if !ready!(came) {
                return Poll::Ready(Some(Ok(Frame::Data(Bytes::from_static(COMMENT)))));
            }
        }
    }
}
