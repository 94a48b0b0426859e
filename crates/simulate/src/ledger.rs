//! What arrived: counts by endpoint, and the last requests with their headers and bodies as they came, so that a
//! test can see what a gateway made of a request. Keys are shown as they came: send the simulator no real ones.

use std::collections::{BTreeMap, VecDeque};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use base::Micros;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::{HeaderMap, StatusCode};
use parking_lot::Mutex;
use serde::Serialize;

use crate::areas::{self, AreaId, Refusal};
use crate::world::{Shared, rfc3339};

/// See the module.
#[derive(Debug)]
pub(crate) struct Ledger {
    recent: usize,
    body: usize,
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    requests: u64,
    endpoints: BTreeMap<String, Endpoint>,
    recent: VecDeque<Arrival>,
}

/// Counts of one endpoint.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Endpoint {
    count: u64,
    /// By the status of the answer's head.
    statuses: BTreeMap<u16, u64>,
}

/// A request as it came.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Arrival {
    number: u64,
    at: String,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
    body_bytes: usize,
    status: Option<u16>,
}

/// What the statistics show.
#[derive(Debug, Serialize)]
pub(crate) struct Stats {
    requests: u64,
    endpoints: BTreeMap<String, Endpoint>,
    recent: Vec<Arrival>,
}

/// No request's body is larger, in bytes.
const MOST_BODY: usize = 32 * 1024 * 1024;

/// Endpoints counted apart; paths that match nothing are one.
const UNMATCHED: &str = "unmatched";

// === impl Ledger ===

impl Ledger {
    pub(crate) fn new(recent: usize, body: usize) -> Self {
        Self { recent, body, pages: Mutex::default() }
    }

    pub(crate) fn clear(&self) {
        *self.pages.lock() = Pages::default();
    }

    /// The counts, and the last `last` requests, the newest first.
    pub(crate) fn stats(&self, last: usize) -> Stats {
        let pages = self.pages.lock();
        Stats {
            requests: pages.requests,
            endpoints: pages.endpoints.clone(),
            recent: pages.recent.iter().rev().take(last).cloned().collect(),
        }
    }

    fn arrive(&self, request: &Request, body: &Bytes, now: Micros) -> u64 {
        let mut pages = self.pages.lock();
        let number = pages.requests;
        pages.requests += 1;
        if self.recent == 0 {
            return number;
        }
        if pages.recent.len() >= self.recent {
            pages.recent.pop_front();
        }
        let shown = body.get(..self.body).unwrap_or(body);
        pages.recent.push_back(Arrival {
            number,
            at: rfc3339(now),
            method: request.method().to_string(),
            target: request.uri().to_string(),
            headers: headers(request.headers()),
            body: String::from_utf8_lossy(shown).into_owned(),
            body_bytes: body.len(),
            status: None,
        });
        number
    }

    fn answered(&self, number: u64, endpoint: &str, status: StatusCode) {
        let mut pages = self.pages.lock();
        if !pages.endpoints.contains_key(endpoint) {
            pages.endpoints.insert(endpoint.to_owned(), Endpoint::default());
        }
        if let Some(counts) = pages.endpoints.get_mut(endpoint) {
            counts.count += 1;
            *counts.statuses.entry(status.as_u16()).or_default() += 1;
        }
        if let Some(arrival) = pages.recent.iter_mut().rev().find(|arrival| arrival.number == number) {
            arrival.status = Some(status.as_u16());
        }
    }
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

/// Middleware: reads the body, notes the request, hands it on, notes the status.
pub(crate) async fn record(State(world): State<Shared>, request: Request, next: Next) -> Response {
    let area = areas::of_path(request.uri().path());
    if area.id == AreaId::Control {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = match read(body.into_data_stream()).await {
        Ok(body) => body,
        Err(status) => {
            let message = "The request's body could not be read.".to_owned();
            return (area.refuse)(&world, &Refusal { status, message, ..Refusal::default() });
        }
    };
    let matched = parts.extensions.get::<MatchedPath>().map_or(UNMATCHED, MatchedPath::as_str);
    let endpoint = format!("{} {matched}", parts.method);
    let request = Request::from_parts(parts, axum::body::Body::from(body.clone()));
    let number = world.ledger.arrive(&request, &body, world.clock.wall());
    let response = next.run(request).await;
    world.ledger.answered(number, &endpoint, response.status());
    response
}

async fn read(mut body: axum::body::BodyDataStream) -> Result<Bytes, StatusCode> {
    let Some(first) = body.next().await else {
        return Ok(Bytes::new());
    };
    let first = first.map_err(|_| StatusCode::BAD_REQUEST)?;
    let Some(second) = body.next().await else {
        return Ok(first);
    };
    let mut all = BytesMut::from(first);
    let mut part = Some(second);
    while let Some(bytes) = part {
        all.extend_from_slice(&bytes.map_err(|_| StatusCode::BAD_REQUEST)?);
        if all.len() > MOST_BODY {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        part = body.next().await;
    }
    Ok(all.freeze())
}
