//! What a record may keep of a request's target and fields: no secrets, and not without end.

mod body;

pub use body::{EVENT_FRAMES, body};

/// Stands for a value that was taken away.
pub const MASK: &str = "***";

/// The longest header value a record keeps, in bytes.
const MAX_VALUE: usize = 1024;

/// Header fields whose values are never kept.
const SECRET_HEADERS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "api-key",
    "x-api-key",
    "x-goog-api-key",
    "x-auth-token",
    "x-amz-security-token",
    "x-csrf-token",
    // Where browsers put keys that no header can carry.
    "sec-websocket-protocol",
];

/// Header fields whose values are addresses.
const ADDRESS_HEADERS: &[&str] = &["referer", "location", "content-location", "refresh", "link"];

/// Names that end like a secret's and are none.
const OPEN_KEYS: &[&str] = &["idempotencykey", "secwebsocketkey", "cachekey", "surrogatekey"];

/// Parts of a name that mark its value as a secret.
const SECRET_PARTS: &[&str] = &["token", "secret", "password", "passwd", "apikey", "signature", "credential"];

/// Whole names of query parameters that carry secrets.
const SECRET_PARAMS: &[&str] = &["sig", "code", "auth", "pwd", "jwt", "awsaccesskeyid", "session"];

/// The path of a request target, at most `cap` bytes long; what is cut off is marked by `…`.
pub fn path(target: &str, cap: usize) -> Box<str> {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    capped(path, cap)
}

/// The query of a request target without the values of secret parameters, at most `cap` bytes long;
/// `None` if there is no query.
pub fn query(target: &str, cap: usize) -> Option<Box<str>> {
    let (_, query) = target.split_once('?')?;
    let mut out = String::with_capacity(query.len().min(cap));
    for pair in query.split('&') {
        if out.len() > cap {
            break;
        }
        if !out.is_empty() {
            out.push('&');
        }
        match pair.split_once('=') {
            Some((name, _)) if is_secret_param(name) => {
                out.push_str(name);
                out.push('=');
                out.push_str(MASK);
            }
            _ => out.push_str(pair),
        }
    }
    Some(capped(&out, cap))
}

/// A header field as a record may keep it.
pub fn header(name: &str, value: &str) -> (Box<str>, Box<str>) {
    let name = name.to_ascii_lowercase();
    let value = match () {
        () if is_secret_header(&name) => MASK.into(),
        () if ADDRESS_HEADERS.contains(&name.as_str()) => address(value),
        () => capped(value, MAX_VALUE),
    };
    (name.into(), value)
}

/// An address without the values of secret parameters.
fn address(value: &str) -> Box<str> {
    match query(value, MAX_VALUE) {
        Some(query) => {
            let before = value.split('?').next().unwrap_or_default();
            capped(&format!("{before}?{query}"), MAX_VALUE)
        }
        None => capped(value, MAX_VALUE),
    }
}

/// Whether the value of the field `name` (in any case) must not be kept or shown.
pub fn is_secret_header(name: &str) -> bool {
    SECRET_HEADERS.iter().any(|secret| secret.eq_ignore_ascii_case(name)) || has_secret_part(name)
}

fn is_secret_param(name: &str) -> bool {
    SECRET_PARAMS.contains(&plain(name).as_str()) || has_secret_part(name)
}

fn has_secret_part(name: &str) -> bool {
    let plain = plain(name);
    // Vendors report how many tokens are left in `x-ratelimit-remaining-tokens` and the like.
    let parts = || SECRET_PARTS.iter().any(|part| plain.contains(part));
    let key = || plain.ends_with("key") && !OPEN_KEYS.iter().any(|open| plain.ends_with(open));
    !plain.starts_with("xratelimit") && (key() || parts())
}

/// Lower case letters and digits alone, so that `Api_Key`, `api%5Fkey` and `apikey` are one.
fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut bytes = name.bytes();
    while let Some(mut byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte.unwrap_or(b'0')).to_digit(16).unwrap_or(0);
            let (high, low) = (digit(bytes.next()), digit(bytes.next()));
            byte = u8::try_from(high * 16 + low).unwrap_or(0);
        }
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    out
}

/// A text of at most `cap` bytes; what is cut off is marked by `…`.
pub(crate) fn capped(text: &str, cap: usize) -> Box<str> {
    if text.len() <= cap {
        return text.into();
    }
    let end = text.floor_char_boundary(cap);
    let mut out = text.get(..end).unwrap_or_default().to_owned();
    out.push('…');
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_query_and_length() {
        assert_eq!(&*path("/a/b?x=1", 100), "/a/b");
        assert_eq!(&*path("/abcdef", 4), "/abc…");
        assert_eq!(&*path("/äö", 2), "/…");
    }

    #[test]
    fn secrets_do_not_reach_a_record() {
        let kept = query("/x?a=1&api_key=s3cret&X-Amz-Signature=ff&KEY=1&%74ok%65n=2&flag", 100);
        assert_eq!(kept.as_deref(), Some("a=1&api_key=***&X-Amz-Signature=***&KEY=***&%74ok%65n=***&flag"));
        assert_eq!(query("/x", 10), None);
        for name in ["Authorization", "COOKIE", "x-api-key", "X-My-Token", "My_Secret"] {
            assert_eq!(&*header(name, "s3cret").1, MASK, "{name}");
        }
        for name in ["Ocp-Apim-Subscription-Key", "X-Functions-Key"] {
            assert_eq!(&*header(name, "s3cret").1, MASK, "{name}");
        }
        assert_eq!(
            query("/x?subscription-key=1&page=2", 100).as_deref(),
            Some("subscription-key=***&page=2")
        );
        assert_eq!(header("Accept", "*/*"), ("accept".into(), "*/*".into()));
        assert_eq!(&*header("Idempotency-Key", "a1").1, "a1");
        assert_eq!(
            &*header("Location", "https://a.example/b?token=1&c=2#d").1,
            "https://a.example/b?token=***&c=2#d"
        );
    }
}
