//! Answers of queries that are kept for others who ask the same, of this process.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use base::Nanos;
use bytes::{Bytes, BytesMut};
use graphql::guard::{Admitted, Caching, Guard, Kind};
use graphql::http::{Media, Wish, is_good, lasts, wish};
use message::{Body, Fields, Filter, Known, Method, Out, ResponseHead};
use net::Reply;
use parking_lot::Mutex;

use super::asked::is_asked;
use crate::exchange::Exchange;
use crate::gateway::Shared;

/// So many bytes are kept at most.
const MOST: usize = 64 << 20;
/// The longest answer that is kept, in bytes.
const LONGEST: usize = 1 << 20;
/// What each answer takes beside its bytes, about.
const OVERHEAD: usize = 1024;
/// Fields of an answer that are of the call that brought it.
const OF_THE_CALL: [&str; 6] = ["age", "cache-status", "connection", "server-timing", "via", "x-request-id"];
/// Fields of a request that show who sends it.
const SECRETS: [Known; 2] = [Known::Authorization, Known::Cookie];

/// What an answer is kept under.
type Key = [u8; 32];

/// Answers that are kept.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    answers: HashMap<Key, Answer>,
    bytes: usize,
}

#[derive(Clone, Debug)]
struct Answer {
    head: ResponseHead,
    body: Bytes,
    came: Nanos,
    until: Nanos,
    /// How old it was when it came, in seconds.
    age: u64,
}

/// Where the answer to a call is, or may be kept.
pub(super) struct Place {
    key: Key,
    caching: Caching,
    wish: Wish,
    secret: bool,
}

/// Takes an answer along as it passes.
struct Keeping {
    shared: Arc<Shared>,
    key: Key,
    head: ResponseHead,
    lasts: Duration,
    age: u64,
    /// `None`: it has become too long.
    body: Option<BytesMut>,
}

// === impl Place ===

impl Place {
    /// Of a call whose answer may be kept at all.
    pub(super) fn of(x: &Exchange<'_>, guard: &Guard, admitted: &Admitted, media: Media) -> Option<Self> {
        let caching = guard.cache.clone()?;
        let wish = wish(&x.head);
        let plain = admitted.kind == Kind::Query && media != Media::Events && x.head.method != Method::Head;
        // A step's credentials are put into the request behind this: others would have what is theirs.
        let lent = x.vouched.as_ref().is_some_and(|vouched| vouched.credentials.is_some());
        if !plain || lent || wish == Wish::Nothing {
            return None;
        }
        let route = x.route.as_ref()?;
        let caller = x.caller.as_ref().filter(|_| !caching.shared);
        let application = caller.map(|caller| caller.credential.application.id.to_string());
        let apart = |known: &Known| caching.vary.iter().any(|name| name.eq_ignore_ascii_case(known.name()));
        let secret = SECRETS.iter().any(|known| x.head.fields.has(*known) && !apart(known));
        let pairs = x.head.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let others = pairs.filter(|pair| !is_asked(pair));
        let mut hash = Context::new(&SHA256);
        let mut add = |part: &[u8]| {
            hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        };
        add(&admitted.key);
        add(route.id.to_string().as_bytes());
        add(x.head.authority().as_bytes());
        add(x.head.path().as_bytes());
        others.for_each(|pair| add(pair.as_bytes()));
        add(&[u8::from(secret)]);
        add(media.content_type().as_bytes());
        add(application.unwrap_or_default().as_bytes());
        for name in &caching.vary {
            for value in x.head.fields.find_named(name) {
                add(value);
            }
            add(b"\0");
        }
        let mut key = [0; 32];
        key.copy_from_slice(hash.finish().as_ref());
        Some(Self { key, caching, wish, secret })
    }

    /// The answer that is kept, if the caller takes it.
    pub(super) fn find(&self, x: &Exchange<'_>) -> Option<Reply> {
        if self.wish != Wish::Kept {
            return None;
        }
        let now = x.now();
        let answer = x.shared().queries.find(&self.key, now)?;
        let mut head = answer.head;
        let age = answer.age + now.since(answer.came).as_secs();
        head.fields.push(Known::Age, age.to_string().as_bytes());
        status(&mut head.fields, x.shared(), "hit");
        head.fields.set(Known::XRequestId, &x.ledger.id().text());
        Some(Reply::new(head, Body::full(answer.body)))
    }

    /// Keeps an answer, once all of it has passed and if it may be kept.
    pub(super) fn keep(self, x: &Exchange<'_>, reply: &mut Reply) {
        let lasts = lasts(&reply.head, &self.caching, self.secret);
        status(&mut reply.head.fields, x.shared(), "fwd=miss");
        let Some(lasts) = lasts else { return };
        let mut head = reply.head.clone();
        let age = head.fields.get_str(Known::Age).and_then(|age| age.trim().parse().ok()).unwrap_or(0);
        for name in OF_THE_CALL {
            head.fields.remove_named(name.as_bytes());
        }
        let (shared, body) = (Arc::clone(&x.core.shared), Some(BytesMut::new()));
        reply.body.filter(Keeping { shared, key: self.key, head, lasts, age, body });
    }
}

/// `Cache-Status` (RFC 9211).
fn status(fields: &mut Fields, shared: &Shared, how: &str) {
    fields.push_named(b"cache-status", format!("{}; {how}", shared.config.pseudonym).as_bytes());
}

// === impl Keeping ===

impl Filter for Keeping {
    fn data(&mut self, data: Bytes, out: &mut Out) {
        self.body = self.body.take().filter(|body| body.len() + data.len() <= LONGEST);
        if let Some(body) = &mut self.body {
            body.extend_from_slice(&data);
        }
        out.data(data);
    }

    fn end(&mut self, trailers: Option<Fields>, out: &mut Out) {
        if let Some(body) = self.body.take().filter(|body| is_good(body)) {
            let came = self.shared.config.clock.now();
            let lasts = u64::try_from(self.lasts.as_nanos()).unwrap_or(u64::MAX);
            let answer = Answer {
                head: self.head.clone(),
                body: body.freeze(),
                came,
                until: Nanos(came.0.saturating_add(lasts)),
                age: self.age,
            };
            self.shared.queries.keep(self.key, answer);
        }
        if let Some(trailers) = trailers {
            out.trailers(trailers);
        }
    }

    fn changes_length(&self) -> bool {
        false
    }
}

// === impl Kept ===

impl Kept {
    fn find(&self, key: &Key, now: Nanos) -> Option<Answer> {
        self.0.lock().answers.get(key).filter(|answer| answer.until > now).cloned()
    }

    /// Where there is no room, those whose time is over go, then all.
    fn keep(&self, key: Key, answer: Answer) {
        let size = |answer: &Answer| answer.body.len() + OVERHEAD;
        let (now, more) = (answer.came, size(&answer));
        let mut held = self.0.lock();
        if held.bytes + more > MOST {
            held.answers.retain(|_, answer| answer.until > now);
            held.bytes = held.answers.values().map(size).sum();
            if held.bytes + more > MOST {
                *held = Held::default();
            }
        }
        let before = held.answers.insert(key, answer);
        held.bytes += more;
        held.bytes -= before.as_ref().map_or(0, size);
    }
}
