//! The fields that tell a client where its limits stand: `RateLimit-Policy` and `RateLimit`
//! (draft-ietf-httpapi-ratelimit-headers-09, lists of RFC 9651 strings with parameters) and `Retry-After`.

use std::time::Duration;

use crate::gcra::{Decision, Limit};

/// Appends the value of `RateLimit-Policy`: `"default";q=100;w=60`. A window that is not of whole seconds
/// is left out, since the field has no way to say it.
pub fn policy_field<'a>(out: &mut Vec<u8>, limits: impl IntoIterator<Item = (&'a str, &'a Limit)>) {
    for (at, (name, limit)) in limits.into_iter().enumerate() {
        item(out, at, name);
        parameter(out, b'q', limit.quantity());
        if limit.window().subsec_nanos() == 0 {
            parameter(out, b'w', limit.window().as_secs());
        }
    }
}

/// Appends the value of `RateLimit`: `"default";r=50;t=30`, the seconds rounded up.
pub fn state_field<'a>(out: &mut Vec<u8>, decisions: impl IntoIterator<Item = (&'a str, &'a Decision)>) {
    for (at, (name, decision)) in decisions.into_iter().enumerate() {
        item(out, at, name);
        parameter(out, b'r', decision.remaining);
        parameter(out, b't', seconds(decision.reset_after));
    }
}

/// The value of `Retry-After` in seconds (RFC 9110 §10.2.3), rounded up and 1 at least; `None` if the call
/// passed or never can.
pub fn retry_after_field(decision: &Decision) -> Option<u64> {
    let wait = decision.retry_after.filter(|_| !decision.allowed)?;
    Some(seconds(wait).max(1))
}

/// A string of RFC 9651 §3.3.3; what it cannot hold becomes `_`.
fn item(out: &mut Vec<u8>, at: usize, name: &str) {
    if at > 0 {
        out.extend_from_slice(b", ");
    }
    out.push(b'"');
    for character in name.chars() {
        match u8::try_from(character) {
            Ok(byte @ (b'"' | b'\\')) => out.extend_from_slice(&[b'\\', byte]),
            Ok(byte @ b' '..=b'~') => out.push(byte),
            _ => out.push(b'_'),
        }
    }
    out.push(b'"');
}

/// An integer of RFC 9651 §3.3.1 has 15 digits at most. Written by hand: the formatting machinery costs
/// more than the check whose outcome is told.
fn parameter(out: &mut Vec<u8>, name: u8, value: u64) {
    let mut value = value.min(999_999_999_999_999);
    let mut digits = [0_u8; 15];
    let mut at = digits.len();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(value % 10).unwrap_or(0);
        value /= 10;
        at -= 1;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&[b';', name, b'=']);
    out.extend_from_slice(digits.get(at..).unwrap_or_default());
}

fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_spelled_as_the_draft_asks() {
        let minute = Limit::new(100, Duration::from_mins(1), 100).unwrap();
        let burst = Limit::new(5, Duration::from_millis(500), 5).unwrap();
        let text = |write: &dyn Fn(&mut Vec<u8>)| {
            let mut out = Vec::new();
            write(&mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            text(&|out| policy_field(out, [("default", &minute), ("a\"b\\é", &burst)])),
            r#""default";q=100;w=60, "a\"b\\_";q=5"#
        );
        let decision = Decision {
            allowed: false,
            remaining: 50,
            reset_after: Duration::from_millis(29_001),
            retry_after: Some(Duration::from_millis(1)),
        };
        assert_eq!(text(&|out| state_field(out, [("default", &decision)])), r#""default";r=50;t=30"#);
        assert_eq!(retry_after_field(&decision), Some(1));
        let never = Decision { retry_after: None, ..decision };
        let passed = Decision { allowed: true, ..decision };
        assert_eq!((retry_after_field(&never), retry_after_field(&passed)), (None, None));
    }
}
