//! How long the answer to a query may be kept for others who ask the same (RFC 9111, of a shared cache). What the server says
//! counts; where it says nothing, what the endpoint's rules say.

use std::time::Duration;

use message::{CacheControl, Fields, Known, RequestHead, ResponseHead};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::guard::Caching;

/// What a request says of caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It takes what is kept.
    Kept,
    /// It wants a new answer, which others may have.
    New,
    /// Nothing of it is to be kept.
    Nothing,
}

/// What of an answer tells whether it is a good one.
#[derive(Deserialize)]
struct Shape {
    #[serde(default)]
    data: Option<IgnoredAny>,
    #[serde(default)]
    errors: Option<IgnoredAny>,
}

/// What a request says of caches (§5.2.1).
pub fn wish(head: &RequestHead) -> Wish {
    match CacheControl::of(&head.fields) {
        CacheControl { no_store: true, .. } => Wish::Nothing,
        CacheControl { no_cache: true, .. } | CacheControl { max_age: Some(0), .. } => Wish::New,
        _ => Wish::Kept,
    }
}

/// How long an answer may be kept; `None`: it may not. `secret`: the request has what only its sender knows, and no rule
/// keeps answers apart by that.
pub fn lasts(head: &ResponseHead, rules: &Caching, secret: bool) -> Option<Duration> {
    let fields = &head.fields;
    let says = CacheControl::of(fields);
    let bars = says.no_store || says.no_cache || says.private;
    let own = fields.has(Known::SetCookie) || fields.has(Known::ContentEncoding);
    if head.status != 200 || bars || own || !varies_by(fields, rules) {
        return None;
    }
    let told = says.s_maxage.or(says.max_age).or_else(|| expires(fields));
    // Answers to whom something was shown are for others only if the server says so (§3.5).
    if secret && !says.public && says.s_maxage.is_none() {
        return None;
    }
    let age = fields.get_str(Known::Age).and_then(|age| age.trim().parse().ok()).unwrap_or(0);
    let lasts = told.map_or(rules.ttl, Duration::from_secs).saturating_sub(Duration::from_secs(age));
    (!lasts.is_zero()).then_some(lasts)
}

/// Whether an answer is data and no errors: what is wrong now may be right the next time.
pub fn is_good(body: &[u8]) -> bool {
    serde_json::from_slice(body).is_ok_and(|shape: Shape| shape.data.is_some() && shape.errors.is_none())
}

/// Whether the request's fields by which the answer differs are among those by which answers are kept apart.
fn varies_by(fields: &Fields, rules: &Caching) -> bool {
    let known = |name: &str| {
        let kept = rules.vary.iter().any(|known| known.eq_ignore_ascii_case(name));
        kept || ["accept", "accept-encoding"].iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    texts(fields, Known::Vary).flat_map(|value| value.split(',')).all(|name| known(name.trim()))
}

fn texts(fields: &Fields, known: Known) -> impl Iterator<Item = &str> {
    fields.get_all(known).filter_map(|value| std::str::from_utf8(value).ok())
}

/// How long `Expires` gives from when the answer was made. What cannot be read is as good as over (§5.3), and so is one of
/// which is not known when it was made.
fn expires(fields: &Fields) -> Option<u64> {
    let at =
        |known| Some(jiff::fmt::rfc2822::parse(fields.get_str(known)?.trim()).ok()?.timestamp().as_second());
    let lasts = || u64::try_from(at(Known::Expires)? - at(Known::Date)?).ok();
    fields.has(Known::Expires).then(|| lasts().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use message::Method;

    use super::*;

    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn answer(fields: &[(&str, &str)]) -> ResponseHead {
        let mut head = ResponseHead::new(200);
        for (name, value) in fields {
            head.fields.push_named(name.as_bytes(), value.as_bytes());
        }
        head
    }

    #[test]
    fn the_server_s_word_counts_and_then_the_rules() {
        let rules = Caching { ttl: Duration::from_secs(5), vary: vec!["X-Lang".into()], shared: false };
        for (fields, secret, expect) in [
            (&[][..], false, Some(5)),
            (&[("cache-control", "max-age=60")], false, Some(60)),
            (&[("cache-control", "max-age=60, S-MaxAge=7")], true, Some(7)),
            (&[("cache-control", "max-age=60"), ("age", "20")], false, Some(40)),
            (&[("cache-control", "max-age=60")], true, None),
            (&[("cache-control", "public, max-age=60")], true, Some(60)),
            (&[("cache-control", "max-age=0")], false, None),
            (&[("cache-control", "max-age=x")], false, None),
            (&[("cache-control", "no-store")], false, None),
            (&[("cache-control", "max-age=60, private=\"x\"")], false, None),
            (&[("vary", "Accept, x-lang")], false, Some(5)),
            (&[("vary", "Cookie")], false, None),
            (&[("vary", "*")], false, None),
            (&[("set-cookie", "a=b")], false, None),
            (&[("content-encoding", "gzip")], false, None),
            (&[("date", DATE), ("expires", "Sun, 06 Nov 1994 08:50:37 GMT")], false, Some(60)),
            (
                &[
                    ("date", DATE),
                    ("expires", "Sun, 06 Nov 1994 08:50:37 GMT"),
                    ("cache-control", "max-age=9"),
                ],
                false,
                Some(9),
            ),
            (&[("date", DATE), ("expires", "Sun, 06 Nov 1994 08:48:37 GMT")], false, None),
            (&[("date", DATE), ("expires", "0")], false, None),
            (&[("expires", "Sun, 06 Nov 1994 08:50:37 GMT")], false, None),
        ] {
            assert_eq!(
                lasts(&answer(fields), &rules, secret).map(|lasts| lasts.as_secs()),
                expect,
                "{fields:?}"
            );
        }
        assert_eq!(lasts(&ResponseHead::new(404), &rules, false), None);
        assert_eq!(lasts(&answer(&[]), &Caching { ttl: Duration::ZERO, ..rules }, false), None);
    }

    #[test]
    fn data_without_errors_is_good_and_requests_may_want_it_new() {
        for (body, expect) in [
            ("{\"data\": {}}", true),
            ("{\"data\": null}", false),
            ("{\"data\": {}, \"errors\": []}", false),
            ("{\"errors\": [1]}", false),
            ("[]", false),
            ("{\"data\": {}", false),
        ] {
            assert_eq!(is_good(body.as_bytes()), expect, "{body}");
        }
        for (value, expect) in [
            ("no-cache", Wish::New),
            ("max-age=0", Wish::New),
            ("No-Store", Wish::Nothing),
            ("max-age=9", Wish::Kept),
        ] {
            let mut head = RequestHead::new(Method::Get, "a", "/");
            head.fields.push(Known::CacheControl, value.as_bytes());
            assert_eq!(wish(&head), expect, "{value}");
        }
    }
}
