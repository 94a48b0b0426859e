//! Answers of steps that say that they may be kept (`x-weir-cache`), of this process.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base::Nanos;
use domain::DocId;
use flow::engine::Reply;
use flow::request::Request;
use parking_lot::Mutex;
use snapshot::{Flow, Place};

/// So many bytes are kept at most.
const MOST: usize = 64 << 20;

/// The longest answer that is kept, in bytes.
const LONGEST: usize = 1 << 20;

/// What each answer takes beside its bytes, about, and each header field.
const OVERHEAD: usize = 256;
const FIELD: usize = 40;

/// An answer that is to be kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) key: Key,
    pub(super) ttl: Duration,
}

/// Answers that are kept.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    answers: HashMap<Key, (Nanos, Reply)>,
    bytes: usize,
}

/// What an answer is kept under: where it came from, what was sent, and the flow with the credentials that it was sent with;
/// or the flow and what its step says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Sent(Place, Arc<Request>, Option<(DocId, Box<str>)>),
    /// Of the flow as it was written.
    Own(DocId, u64, Box<str>),
}

// === impl Key ===

impl Key {
    pub(super) fn of(
        flow: &Flow,
        source: usize,
        (request, credentials): (&Arc<Request>, Option<Box<str>>),
        own: Option<Box<str>>,
    ) -> Option<Self> {
        if let Some(own) = own {
            return Some(Self::Own(flow.id.clone(), flow.digest, own));
        }
        let credentials = credentials.map(|name| (flow.id.clone(), name));
        let sent = request.canonical().map_or_else(|| Arc::clone(request), Arc::new);
        Some(Self::Sent(flow.place(source)?.clone(), sent, credentials))
    }
}

// === impl Answers ===

impl Answers {
    pub(super) fn find(&self, key: &Key, now: Nanos) -> Option<Reply> {
        let held = self.0.lock();
        held.answers.get(key).filter(|(until, _)| *until > now).map(|(_, reply)| reply.clone())
    }

    /// Keeps an answer that went well. Where there is no room, those whose time is over go, then all.
    pub(super) fn keep(&self, kept: Kept, reply: &Reply, now: Nanos) {
        let size = size_of(&kept.key, reply);
        if !(200..300).contains(&reply.status) || size > LONGEST {
            return;
        }
        let mut held = self.0.lock();
        if held.bytes + size > MOST {
            held.answers.retain(|_, (until, _)| *until > now);
            held.bytes = held.answers.iter().map(|(key, (_, reply))| size_of(key, reply)).sum();
            if held.bytes + size > MOST {
                *held = Held::default();
            }
        }
        let until = Nanos(now.0.saturating_add(u64::try_from(kept.ttl.as_nanos()).unwrap_or(u64::MAX)));
        let before = held.answers.get(&kept.key).map_or(0, |(_, reply)| size_of(&kept.key, reply));
        held.answers.insert(kept.key, (until, reply.clone()));
        held.bytes = held.bytes + size - before;
    }
}

/// About how much memory an answer takes with its key.
fn size_of(key: &Key, reply: &Reply) -> usize {
    let field = |name: &str, value: &str| name.len() + value.len() + FIELD;
    let key = match key {
        Key::Sent(_, request, _) => {
            let body = request.body.as_ref().map_or(0, |(_, body)| body.len());
            let headers = request.headers.iter().map(|(name, value)| field(name, value));
            request.target.len() + headers.sum::<usize>() + body
        }
        Key::Own(_, _, own) => own.len(),
    };
    let headers = reply.headers.iter().map(|(name, value)| field(name, value));
    key + reply.body.len() + headers.sum::<usize>() + OVERHEAD
}
