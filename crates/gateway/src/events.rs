//! Events that are sent as they come: server-sent events (WHATWG), or an object of JSON a line. What has come and was not
//! read waits; a client is told every while that there is nothing new.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use message::{Body, BodyError, Frame, Known, ResponseHead, Stream};
use net::Reply;
use serde_json::Value;
use tokio::sync::watch;

/// So often a client is told that there is nothing new.
const SILENCE: Duration = Duration::from_secs(15);

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `text/event-stream`.
    Events,
    /// A JSON object a line, as this media type.
    Lines(&'static str),
}

/// An event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) name: &'static str,
    /// What a client says that comes back (`Last-Event-ID`).
    pub(crate) id: String,
    /// An object.
    pub(crate) data: Value,
}

/// Where events come from.
pub(crate) trait News: Send + 'static {
    /// Tells of changes from now on.
    fn changes(&self) -> watch::Receiver<u64>;

    /// Hands over what is new. `true`: nothing follows.
    fn take(&mut self, news: &mut Vec<Event>) -> bool;
}

/// Waits for the next change; says whether it came in time.
type Wait = Pin<Box<dyn Future<Output = bool> + Send>>;

struct Follow<N> {
    news: N,
    form: Form,
    wait: Option<Wait>,
    /// Events that are there and not given yet.
    ready: VecDeque<Bytes>,
    ended: bool,
}

/// An answer of events as they come.
pub(crate) fn follow(news: impl News, form: Form) -> Reply {
    answer(form, Body::stream(Follow { news, form, wait: None, ready: VecDeque::new(), ended: false }))
}

/// An answer of events that are all there.
pub(crate) fn replay(events: &[Event], form: Form) -> Reply {
    let all: Vec<u8> = events.iter().flat_map(|event| form.write(event)).collect();
    answer(form, Body::full(all))
}

fn answer(form: Form, body: Body) -> Reply {
    let mut head = ResponseHead::new(200);
    head.fields.push(Known::ContentType, form.media_type().as_bytes());
    head.fields.push(Known::CacheControl, b"no-cache");
    Reply::new(head, body)
}

// === impl Form ===

impl Form {
    fn media_type(self) -> &'static str {
        match self {
            Self::Events => "text/event-stream; charset=utf-8",
            Self::Lines(media) => media,
        }
    }

    fn write(self, event: &Event) -> Bytes {
        let Event { name, id, data } = event;
        match self {
            Self::Events => format!("event: {name}\nid: {id}\ndata: {data}\n\n").into(),
            Self::Lines(_) => {
                let mut line = data.clone();
                if let Some(members) = line.as_object_mut() {
                    members.shift_insert(0, "event".to_owned(), (*name).into());
                }
                format!("{line}\n").into()
            }
        }
    }

    /// What says that there is nothing new.
    fn silence(self) -> Bytes {
        Bytes::from_static(match self {
            Self::Events => b": keep-alive\n\n",
            Self::Lines(_) => b"{\"event\":\"keep-alive\"}\n",
        })
    }
}

// === impl Follow ===

impl<N: News> Follow<N> {
    fn look(&mut self) {
        let mut news = Vec::new();
        self.ended |= self.news.take(&mut news);
        self.ready.extend(news.iter().map(|event| self.form.write(event)));
    }
}

impl<N: News> Stream for Follow<N> {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(Frame::Data(event))));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            // Looked for before the news are read, so that no change falls between the two.
            let wait = self.wait.get_or_insert_with(|| {
                let mut changes = self.news.changes();
                Box::pin(async move { tokio::time::timeout(SILENCE, changes.changed()).await.is_ok() })
            });
            // Polled first: what it waits for begins with this.
            let came = wait.as_mut().poll(cx);
            self.look();
            if came.is_ready() {
                self.wait = None;
            }
            if !self.ready.is_empty() {
                continue;
            }
            if self.ended {
                return Poll::Ready(None);
            }
            if !ready!(came) {
                return Poll::Ready(Some(Ok(Frame::Data(self.form.silence()))));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parking_lot::Mutex;
    use serde_json::json;

    use super::*;

    /// Events that a test tells.
    #[derive(Clone)]
    struct Told(Arc<Mutex<(Vec<Event>, bool)>>, watch::Sender<u64>);

    impl News for Told {
        fn changes(&self) -> watch::Receiver<u64> {
            self.1.subscribe()
        }

        fn take(&mut self, news: &mut Vec<Event>) -> bool {
            let mut told = self.0.lock();
            news.append(&mut told.0);
            told.1
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_is_told_that_there_is_nothing_new() {
        let event = |n: u64| Event { name: "part", id: n.to_string(), data: json!({"n": n}) };
        let silences = [
            (Form::Events, ": keep-alive\n\n", "event: part\nid: 1\ndata: {\"n\":1}\n\n"),
            (Form::Lines("x/y"), "{\"event\":\"keep-alive\"}\n", "{\"event\":\"part\",\"n\":1}\n"),
        ];
        for (form, silence, written) in silences {
            let told = Told(Arc::default(), watch::Sender::new(0));
            let mut reply = follow(told.clone(), form);
            let started = tokio::time::Instant::now();
            for count in 1..4 {
                let frame = reply.body.frame().await.unwrap().unwrap();
                assert_eq!(frame, Frame::Data(silence.into()));
                assert_eq!(started.elapsed(), SILENCE * count);
            }
            told.0.lock().0.push(event(1));
            told.1.send_modify(|count| *count += 1);
            assert_eq!(reply.body.frame().await.unwrap().unwrap(), Frame::Data(written.into()));
            assert_eq!(started.elapsed(), SILENCE * 3);
            *told.0.lock() = (Vec::new(), true);
            told.1.send_modify(|count| *count += 1);
            assert_eq!(reply.body.frame().await, None);
        }
    }
}
