//! The session's cookie.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

const NAME: &str = "weir_session";
/// The longest that a session lasts, in seconds: seven days.
const MAX_AGE: u32 = 7 * 24 * 3_600;

/// The session's cookie of a request.
pub(crate) fn session(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == NAME).map(|(_, value)| value).find(|value| !value.is_empty())
}

/// What sets the cookie; an empty value takes it away.
pub(crate) fn set(value: &str, secure: bool) -> Option<HeaderValue> {
    let age = if value.is_empty() { 0 } else { MAX_AGE };
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{NAME}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={age}{secure}");
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=b; weir_session=abc; weir_sessions=x"));
        assert_eq!(session(&headers), Some("abc"));
        headers.clear();
        headers.append(COOKIE, HeaderValue::from_static("weir_session="));
        assert_eq!(session(&headers), None);
        assert!(set("x", true).unwrap().to_str().unwrap().ends_with("Max-Age=604800; Secure"));
    }
}
