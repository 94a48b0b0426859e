//! The events of an answer that is made in the background, for a client that follows them.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use message::{Body, BodyError, Frame, Known, ResponseHead, Stream};
use net::Reply;

use super::runs::Run;

/// So often a client is told that there is nothing new.
const SILENCE: Duration = Duration::from_secs(15);

/// What it is told then.
const COMMENT: &[u8] = b": keep-alive\n\n";

/// Waits for the next change; says whether it came in time.
type Wait = Pin<Box<dyn Future<Output = bool> + Send>>;

struct Follow {
    run: Arc<Run>,
    seen: usize,
    after: Option<u64>,
    wait: Option<Wait>,
    /// Events that are there and not given yet.
    news: VecDeque<Bytes>,
    ended: bool,
}

/// The events of a run from the number behind `after` on, until it ends.
pub(crate) fn events(run: Arc<Run>, after: Option<u64>) -> Reply {
    stream(Body::stream(Follow { run, seen: 0, after, wait: None, news: VecDeque::new(), ended: false }))
}

/// Events that are there already, each with its number.
pub(crate) fn replay(log: &[(u64, Bytes)], after: Option<u64>) -> Reply {
    let mut all = BytesMut::new();
    for (_, event) in log.iter().filter(|(number, _)| after.is_none_or(|after| *number > after)) {
        all.extend_from_slice(event);
    }
    stream(Body::full(all.freeze()))
}

fn stream(body: Body) -> Reply {
    let mut head = ResponseHead::new(200);
    head.fields.push(Known::ContentType, b"text/event-stream; charset=utf-8");
    head.fields.push(Known::CacheControl, b"no-cache");
    Reply::new(head, body)
}

// === impl Follow ===

impl Stream for Follow {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        loop {
            if self.ended && self.news.is_empty() {
                return Poll::Ready(None);
            }
            // Looked for before the news are read, so that no change falls between the two.
            let wait = self.wait.get_or_insert_with(|| {
                let mut changes = self.run.changes();
                Box::pin(async move { tokio::time::timeout(SILENCE, changes.changed()).await.is_ok() })
            });
            if self.news.is_empty() {
                let news = self.run.news(self.seen, self.after);
                self.seen = news.seen;
                self.ended = news.ended;
                self.news.extend(news.events);
            }
            if let Some(event) = self.news.pop_front() {
                return Poll::Ready(Some(Ok(Frame::Data(event))));
            }
            if self.ended {
                continue;
            }
            let came = ready!(wait.as_mut().poll(cx));
            self.wait = None;
            if !came {
                return Poll::Ready(Some(Ok(Frame::Data(Bytes::from_static(COMMENT)))));
            }
        }
    }
}
