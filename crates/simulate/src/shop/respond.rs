//! The frame around every answer of the shop: faults, limits, latency, entity tags and pages.

use std::collections::HashMap;
use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

use super::problem::Problem;
use crate::dist::Distribution;
use crate::fault::Faults;
use crate::play;
use crate::seed;
use crate::world::{Ticket, World};

/// The largest and the usual page.
const LARGEST_PAGE: usize = 100;
const USUAL_PAGE: usize = 20;

/// A request that was let in, and what lies on its answer.
pub(super) struct Visit {
    world: Arc<World>,
    faults: Faults,
    if_none_match: Option<String>,
}

/// One page of a list.
#[derive(Debug, Serialize)]
pub(super) struct Page<T> {
    items: Vec<T>,
    total: usize,
    limit: usize,
    offset: usize,
    /// The path of the next page; `null` on the last.
    next: Option<String>,
}

/// What every handler returns.
pub(super) type Answer = Result<Response, Problem>;

// === impl Visit ===

impl Visit {
    /// Waits as long as the endpoint takes (`median` milliseconds, with a tail), then fails or lets go on.
    pub(super) async fn enter(
        world: Arc<World>,
        ticket: &Ticket,
        headers: &HeaderMap,
        median: u64,
    ) -> Result<Self, Problem> {
        let faults = ticket.faults(Faults::default())?;
        let natural = world.latency(Distribution::log_normal_ms(median, median * 3));
        let latency = faults.draw_latency(natural, &mut world.rng("latency", ticket));
        world.pause(latency).await;
        if let Some(status) = faults.status.and_then(|status| StatusCode::from_u16(status).ok()) {
            return Err(Problem::new(status, "failed as asked for").retry_after(faults.retry_after));
        }
        let key = headers.get(header::AUTHORIZATION).map_or(&[][..], HeaderValue::as_bytes);
        world.limits.take(seed::hash(&[key]), 0, world.clock.now()).map_err(|reached| {
            let seconds = u32::try_from(reached.retry_after.as_millis().div_ceil(1_000)).ok();
            let detail = format!("more than {} {} a minute", reached.limit, reached.what);
            Problem::new(StatusCode::TOO_MANY_REQUESTS, detail).retry_after(seconds)
        })?;
        let if_none_match = headers
            .get(header::IF_NONE_MATCH)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        Ok(Self { world, faults, if_none_match })
    }

    pub(super) fn world(&self) -> &World {
        &self.world
    }

    /// 200 with an entity tag, or 304 if the caller has it already (RFC 9110 §13.1.2).
    pub(super) fn found<T: Serialize>(&self, value: &T) -> Response {
        let body = serde_json::to_vec(value).unwrap_or_default();
        self.found_bytes(body.into())
    }

    pub(super) fn found_bytes(&self, body: Bytes) -> Response {
        let tag = tag(&body);
        if self.if_none_match.as_deref().is_some_and(|tags| matches(tags, &tag)) {
            return self.send(StatusCode::NOT_MODIFIED, Bytes::new(), Some(&tag));
        }
        self.send(StatusCode::OK, body, Some(&tag))
    }

    /// Another status, with the entity tag of what is sent.
    pub(super) fn sent<T: Serialize>(&self, status: StatusCode, value: &T) -> Response {
        let body: Bytes = serde_json::to_vec(value).unwrap_or_default().into();
        let tag = tag(&body);
        self.send(status, body, Some(&tag))
    }

    pub(super) fn empty(&self, status: StatusCode) -> Response {
        self.send(status, Bytes::new(), None)
    }

    fn send(&self, status: StatusCode, body: Bytes, tag: Option<&str>) -> Response {
        let mut response = http::Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(tag).ok()) {
            headers.insert(header::ETAG, tag);
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        }
        if !matches!(status, StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT) {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            return play::whole(&self.world, response, self.faults);
        }
        response.map(axum::body::Body::from)
    }

    /// The page of `items` that the query asks for by `limit` and `offset`, with `Link` to the next.
    pub(super) fn page<T: Serialize>(
        &self,
        path: &str,
        query: &HashMap<String, String>,
        items: Vec<T>,
    ) -> Answer {
        let limit = parameter(query, "limit", USUAL_PAGE, 1, LARGEST_PAGE)?;
        let offset = parameter(query, "offset", 0, 0, usize::MAX)?;
        let total = items.len();
        let end = offset.saturating_add(limit);
        let next = (end < total).then(|| next_path(path, query, limit, end));
        let link =
            next.as_ref().and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
        let items = items.into_iter().skip(offset).take(limit).collect();
        let mut response = self.found(&Page { items, total, limit, offset, next });
        if let Some(link) = link {
            response.headers_mut().insert(header::LINK, link);
        }
        Ok(response)
    }
}

fn next_path(path: &str, query: &HashMap<String, String>, limit: usize, offset: usize) -> String {
    let mut kept: Vec<_> = query
        .iter()
        .filter(|(name, _)| ["user_id", "status", "category", "ids"].contains(&name.as_str()))
        .collect();
    kept.sort();
    // Only values that were found to be ids and words of ours get here, so nothing needs escaping.
    let kept = kept.into_iter().map(|(name, value)| format!("{name}={value}"));
    let parts: Vec<_> = kept.chain([format!("limit={limit}"), format!("offset={offset}")]).collect();
    format!("{path}?{}", parts.join("&"))
}

/// A whole number of the query within bounds, or `usual` if it is not there.
fn parameter(
    query: &HashMap<String, String>,
    name: &str,
    usual: usize,
    low: usize,
    high: usize,
) -> Result<usize, Problem> {
    let Some(text) = query.get(name) else { return Ok(usual) };
    let number = text.parse().ok().filter(|number| (low..=high).contains(number));
    number.ok_or_else(|| {
        let expected =
            if high == usize::MAX { format!("at least {low}") } else { format!("{low} to {high}") };
        Problem::mistake(name, format!("takes a whole number of {expected}"))
    })
}

/// A strong entity tag of the bytes.
pub(super) fn tag(body: &[u8]) -> String {
    format!("\"{:016x}\"", seed::hash(&[body]))
}

/// Whether a list of entity tags names this one, by the weak comparison (RFC 9110 §8.8.3.2).
pub(super) fn matches(tags: &str, tag: &str) -> bool {
    tags.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag)
}
