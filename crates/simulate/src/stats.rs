//! What was asked of the simulator: counts per endpoint, and the last requests with their headers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use http::{HeaderMap, Method, StatusCode, Uri};
use serde::Serialize;

/// The longest header value that is remembered, in characters.
const LONGEST_VALUE: usize = 512;

/// Headers whose values are told only in part.
const SECRET: [&str; 6] =
    ["authorization", "x-api-key", "x-goog-api-key", "cookie", "proxy-authorization", "api-key"];

/// Counts and the last requests.
#[derive(Debug)]
pub(crate) struct Stats {
    keep: usize,
    inner: Mutex<Inner>,
    /// How answers ended that are sent bit by bit.
    pub(crate) endings: Endings,
}

#[derive(Debug, Default)]
struct Inner {
    endpoints: BTreeMap<String, Endpoint>,
    recent: VecDeque<Seen>,
}

/// How many answers sent bit by bit ended in which way.
#[derive(Debug, Default)]
pub(crate) struct Endings {
    pub(crate) started: AtomicU64,
    pub(crate) finished: AtomicU64,
    pub(crate) cut: AtomicU64,
    /// The caller went away before the end.
    pub(crate) dropped: AtomicU64,
}

#[derive(Clone, Debug, Default, Serialize)]
struct Endpoint {
    count: u64,
    statuses: BTreeMap<u16, u64>,
}

/// One request as it came in.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Seen {
    number: u64,
    method: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, String)>,
    status: u16,
}

/// What `/_simulate/stats` answers.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    requests: u64,
    endpoints: BTreeMap<String, Endpoint>,
    streams: BTreeMap<&'static str, u64>,
    recent: Vec<Seen>,
}

// === impl Stats ===

impl Stats {
    pub(crate) fn new(keep: usize) -> Self {
        Self { keep, inner: Mutex::default(), endings: Endings::default() }
    }

    pub(crate) fn reset(&self) {
        *self.inner.lock().unwrap_or_else(PoisonError::into_inner) = Inner::default();
        for (_, counter) in self.endings.all() {
            counter.store(0, Ordering::Relaxed);
        }
    }

    /// What will be remembered of a request, but for its status.
    pub(crate) fn see(&self, number: u64, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Seen> {
        (self.keep > 0).then(|| Seen {
            number,
            method: method.to_string(),
            path: uri.path().to_owned(),
            query: uri.query().map(without_key),
            headers: headers
                .iter()
                .map(|(name, value)| (name.to_string(), told(name.as_str(), value)))
                .collect(),
            status: 0,
        })
    }

    pub(crate) fn count(&self, endpoint: String, status: StatusCode, seen: Option<Seen>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = inner.endpoints.entry(endpoint).or_default();
        counts.count += 1;
        *counts.statuses.entry(status.as_u16()).or_default() += 1;
        let Some(mut seen) = seen else { return };
        seen.status = status.as_u16();
        if inner.recent.len() >= self.keep {
            inner.recent.pop_front();
        }
        inner.recent.push_back(seen);
    }

    /// Everything, with at most `recent` of the last requests, the newest last.
    pub(crate) fn report(&self, recent: usize) -> Report {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let skip = inner.recent.len().saturating_sub(recent);
        Report {
            requests: inner.endpoints.values().map(|endpoint| endpoint.count).sum(),
            endpoints: inner.endpoints.clone(),
            streams: self.endings.all().map(|(name, count)| (name, count.load(Ordering::Relaxed))).into(),
            recent: inner.recent.iter().skip(skip).cloned().collect(),
        }
    }
}

impl Endings {
    fn all(&self) -> [(&'static str, &AtomicU64); 4] {
        [
            ("started", &self.started),
            ("finished", &self.finished),
            ("cut", &self.cut),
            ("dropped", &self.dropped),
        ]
    }
}

/// A query whose `key` is told only in part, as a header's would be.
fn without_key(query: &str) -> String {
    let one = |pair: &str| match pair.strip_prefix("key=").and_then(|key| key.char_indices().nth(12)) {
        Some((end, _)) => format!("{}…", pair.get(..end + 4).unwrap_or_default()),
        None => pair.to_owned(),
    };
    query.split('&').map(one).collect::<Vec<_>>().join("&")
}

/// A header's value as it is told: secrets keep twelve characters, enough to tell one key from another.
fn told(name: &str, value: &http::HeaderValue) -> String {
    let text = String::from_utf8_lossy(value.as_bytes());
    let keep = if SECRET.contains(&name) { 12 } else { LONGEST_VALUE };
    match text.char_indices().nth(keep) {
        None => text.into_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}
