//! By what the answer of a flow that changes nothing is told apart from others, and how long it may be kept: both follow from
//! the answers of its steps.
//!
//! * `ETag` (RFC 9110 §8.8.3): where every step's answer has a validator (an `ETag`, or `Last-Modified`), it is made of those, of
//!   what was asked for, of the inputs and of the flow, and is weak (§8.8.1: steps that say that nothing has changed may have
//!   been answered in other words). Otherwise it is made of the bytes that are sent, and is strong.
//!   So it is for a caller who has shown a key: what steps answer to one need not be what they answer to another.
//! * `Last-Modified` (§8.8.2) is not made of the steps': an answer changes with the flow and with its inputs too.
//! * `Cache-Control` (RFC 9111 §5.2.2): the strictest of what the steps say. `no-store`, `private`, `no-cache` and
//!   `must-revalidate` hold if one says so; `max-age` and `s-maxage` are the shortest time that is left (§4.2), where it is known
//!   of every step. An answer in which something is missing is `no-store`; one to a caller who has shown a key is `private`.
//! * `If-Match` by strong comparison, and without it `If-Unmodified-Since` where `x-weir-response` writes `Last-Modified`
//!   (§13.1.1, §13.1.4), are answered by 412 where they do not hold, before anything else is asked (§13.2.2).
//! * `If-None-Match` by weak comparison, and without it `If-Modified-Since` where `x-weir-response` writes `Last-Modified`
//!   (RFC 9110 §13.1.2, §13.1.3, §13.2.2), are answered by 304 with the fields that §15.4.5 wants.
//!
//! What `x-weir-response` says itself counts before all of it.

use aws_lc_rs::digest::{SHA256, digest};
use flow::engine::Reply as Answer;
use jiff::Timestamp;
use message::{Body, CacheControl, Fields, Known, Quoted, Reason, ResponseHead, parts};
use net::Reply;

use crate::Refusal;
use crate::jobs::hex;

/// What is known of the answers of a run's steps.
#[derive(Debug)]
pub(super) struct Gathered {
    /// What was asked for and the validator of what was answered, of each step; none: one has none.
    marks: Option<Vec<String>>,
    /// How long they stay fresh, in seconds; none: of one it is not known.
    fresh: Option<u64>,
    /// The same for shared caches.
    shared: Option<u64>,
    /// One says something of shared caches alone.
    shares: bool,
    /// What holds if one says so: `no-store`, `private`, `no-cache` and `must-revalidate` of it.
    strictest: CacheControl,
}

/// What an answer depends on beside its steps.
#[derive(Debug)]
pub(super) struct Ground<'g> {
    /// The flow as it is written.
    pub(super) flow: u64,
    /// The inputs as JSON.
    pub(super) inputs: &'g str,
    /// Whoever calls has shown a key.
    pub(super) own: bool,
    /// Something is missing.
    pub(super) partial: bool,
}

// === impl Gathered ===

impl Gathered {
    pub(super) fn new() -> Self {
        Self {
            marks: Some(Vec::new()),
            fresh: Some(u64::MAX),
            shared: Some(u64::MAX),
            shares: false,
            strictest: CacheControl::default(),
        }
    }

    /// Takes in the answer of a step; `asked` is what was asked for, if that was all in its target. `now` in seconds.
    pub(super) fn add(&mut self, asked: Option<&str>, answer: &Answer, now: i64) {
        let field = |name: &str| answer.headers.get(name);
        let tag = field("etag").or_else(|| field("last-modified")).filter(|_| answer.status == 200);
        match (&mut self.marks, asked.zip(tag)) {
            (Some(marks), Some((asked, tag))) => marks.push(format!("{asked} {tag}")),
            (marks, _) => *marks = None,
        }
        let lines = answer.headers.iter().filter(|(name, _)| *name == "cache-control");
        let says = CacheControl::read(lines.map(|(_, line)| line));
        let varies = field("vary").is_some_and(|vary| vary.trim() == "*");
        let strictest = &mut self.strictest;
        strictest.no_store |= says.no_store;
        strictest.private |= says.private;
        strictest.no_cache |= says.no_cache || varies;
        strictest.must_revalidate |= says.must_revalidate;
        self.shares |= says.s_maxage.is_some();
        // Dates take their time to read, and most answers tell no lifetime.
        let date = || field("date").and_then(seconds);
        let expires = || field("expires").map(|at| until(at, date().unwrap_or(now)));
        let lifetime = says.max_age.or_else(expires).filter(|_| answer.status == 200);
        let shared = says.s_maxage.filter(|_| answer.status == 200).or(lifetime);
        let apparent = || date().map_or(0, |date| u64::try_from(now - date).unwrap_or(0));
        let told = || field("age").and_then(|age| age.trim().parse().ok()).unwrap_or(0);
        let age = if shared.is_some() { apparent().max(told()) } else { 0 };
        let shorter = |(left, own): (u64, u64)| left.min(own.saturating_sub(age));
        self.fresh = self.fresh.zip(lifetime).map(shorter);
        self.shared = self.shared.zip(shared).map(shorter);
    }

    /// A call has no answer: of what comes out without it nothing is known.
    pub(super) fn miss(&mut self) {
        (self.marks, self.fresh, self.shared) = (None, None, None);
    }

    /// Tells of it in an answer, whether the caller has that already, and whether it is what the caller knows.
    pub(super) fn settle(
        self,
        asked: &Fields,
        mut reply: Reply,
        ground: &Ground<'_>,
    ) -> Result<Reply, Refusal> {
        if reply.head.status != 200 {
            return Ok(reply);
        }
        let body = reply.body.take_full().unwrap_or_default();
        let fields = &mut reply.head.fields;
        if !fields.has(Known::CacheControl)
            && let Some(said) = self.cache_control(ground)
        {
            fields.push(Known::CacheControl, said.as_bytes());
        }
        if !fields.has(Known::Etag) {
            let kind = fields.get_str(Known::ContentType).unwrap_or_default();
            let tag = self.tag(ground).unwrap_or_else(|| format!("\"{}\"", hash(&[kind.as_bytes(), &body])));
            fields.push(Known::Etag, tag.as_bytes());
        }
        if let Some(detail) = is_another(asked, fields) {
            return Err(Refusal::new(Reason::PreconditionFailed, detail));
        }
        if has_it(asked, fields) {
            let mut head = ResponseHead::new(304);
            std::mem::swap(&mut head.fields, fields);
            head.fields.remove(Known::ContentType);
            return Ok(Reply::new(head, Body::empty()));
        }
        reply.body = Body::full(body);
        Ok(reply)
    }

    /// A tag made of those of the steps.
    fn tag(&self, ground: &Ground<'_>) -> Option<String> {
        let mut marks =
            self.marks.clone().filter(|marks| !marks.is_empty() && !ground.partial && !ground.own)?;
        // The order in which they were answered says nothing.
        marks.sort_unstable();
        let flow = ground.flow.to_be_bytes();
        let parts =
            [&flow[..], ground.inputs.as_bytes()].into_iter().chain(marks.iter().map(String::as_bytes));
        Some(format!("W/\"{}\"", hash(&parts.collect::<Vec<_>>())))
    }

    fn cache_control(&self, ground: &Ground<'_>) -> Option<String> {
        let says = self.strictest;
        if says.no_store || ground.partial {
            return Some("no-store".to_owned());
        }
        let private = says.private || ground.own;
        let known = |time: Option<u64>| time.filter(|seconds| *seconds != u64::MAX);
        let shared = known(self.shared).filter(|_| self.shares && !private);
        let said = [
            private.then(|| "private".to_owned()),
            says.no_cache.then(|| "no-cache".to_owned()),
            known(self.fresh).map(|seconds| format!("max-age={seconds}")),
            shared.map(|seconds| format!("s-maxage={seconds}")),
            says.must_revalidate.then(|| "must-revalidate".to_owned()),
        ];
        let said: Vec<String> = said.into_iter().flatten().collect();
        (!said.is_empty()).then(|| said.join(", "))
    }
}

/// Whether what would be sent is another than the caller knows, and why: `If-Match` by strong comparison, and without it
/// `If-Unmodified-Since`, where both times are known (RFC 9110 §13.1.1, §13.1.4).
fn is_another(asked: &Fields, sent: &Fields) -> Option<&'static str> {
    if asked.has(Known::IfMatch) {
        let own = sent.get_str(Known::Etag).map(str::trim).filter(|own| !own.starts_with("W/"));
        let lines = asked.get_all(Known::IfMatch).filter_map(|line| std::str::from_utf8(line).ok());
        let matches = lines.flat_map(tags).any(|tag| tag == "*" || Some(tag) == own);
        return (!matches).then_some("no tag of `If-Match` is that of the answer");
    }
    let since = asked.get_named("if-unmodified-since").and_then(|line| std::str::from_utf8(line).ok());
    let (since, latest) = (since.and_then(seconds)?, sent.get_str(Known::LastModified).and_then(seconds)?);
    (latest > since).then_some("the answer has changed since the time of `If-Unmodified-Since`")
}

/// Whether a caller has what would be sent.
fn has_it(asked: &Fields, sent: &Fields) -> bool {
    if asked.has(Known::IfNoneMatch) {
        let weak = |tag: &str| tag.trim().strip_prefix("W/").unwrap_or(tag.trim()).to_owned();
        let own = sent.get_str(Known::Etag).map(weak);
        let lines = asked.get_all(Known::IfNoneMatch).filter_map(|line| std::str::from_utf8(line).ok());
        return lines.flat_map(tags).any(|tag| tag == "*" || Some(weak(tag)) == own);
    }
    let time = |fields: &Fields, known| fields.get_str(known).and_then(seconds);
    let since = time(asked, Known::IfModifiedSince).zip(time(sent, Known::LastModified));
    since.is_some_and(|(since, latest)| latest <= since)
}

/// The tags of a list.
fn tags(line: &str) -> impl Iterator<Item = &str> {
    parts(line, b',', Quoted::Tag).map(str::trim).filter(|tag| !tag.is_empty())
}

/// A time as HTTP writes it, in seconds since 1970: in any of its three forms (RFC 9110 §5.6.7).
fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let old = |form| jiff::fmt::strtime::parse(form, text).ok()?.to_datetime().ok();
    let utc = |time: jiff::civil::DateTime| Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp());
    let fixed = || jiff::fmt::rfc2822::parse(text).ok().map(|time| time.timestamp());
    let time: Option<Timestamp> = fixed()
        .or_else(|| utc(old("%A, %d-%b-%y %H:%M:%S GMT")?))
        .or_else(|| utc(old("%a %b %e %H:%M:%S %Y")?));
    time.map(Timestamp::as_second)
}

/// How many seconds it is from a time to the one that is written; one that is none lies in the past (RFC 9111 §5.3).
fn until(written: &str, from: i64) -> u64 {
    seconds(written).map_or(0, |at| u64::try_from(at - from).unwrap_or(0))
}

/// A hash of parts, each with its length before it.
fn hash(parts: &[&[u8]]) -> String {
    let mut all = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        all.extend_from_slice(&(part.len() as u64).to_be_bytes());
        all.extend_from_slice(part);
    }
    let hash = digest(&SHA256, &all);
    hash.as_ref().first_chunk::<16>().map_or_else(String::new, |half| hex(half))
}

#[cfg(test)]
mod tests;
