//! The fields that tell a client where its limits stand: `RateLimit-Policy` and `RateLimit`
//! (draft-ietf-httpapi-ratelimit-headers-09, lists of RFC 9651 strings with parameters) and `Retry-After`.

use std::fmt::Write as _;
use std::time::Duration;

use crate::gcra::{Decision, Limit};

/// The value of `RateLimit-Policy`: `"default";q=100;w=60`. A window that is not of whole seconds is left
/// out, since the field has no way to say it.
pub fn policy_field<'a>(limits: impl IntoIterator<Item = (&'a str, &'a Limit)>) -> String {
    let mut out = String::new();
    for (name, limit) in limits {
        item(&mut out, name);
        parameter(&mut out, 'q', limit.quantity());
        if limit.window().subsec_nanos() == 0 {
            parameter(&mut out, 'w', limit.window().as_secs());
        }
    }
    out
}

/// The value of `RateLimit`: `"default";r=50;t=30`, the seconds rounded up.
pub fn state_field<'a>(decisions: impl IntoIterator<Item = (&'a str, &'a Decision)>) -> String {
    let mut out = String::new();
    for (name, decision) in decisions {
        item(&mut out, name);
        parameter(&mut out, 'r', decision.remaining);
        parameter(&mut out, 't', seconds(decision.reset_after));
    }
    out
}

/// The value of `Retry-After` in seconds (RFC 9110 §10.2.3), rounded up and 1 at least; `None` if the call
/// passed or never can.
pub fn retry_after_field(decision: &Decision) -> Option<u64> {
    let wait = decision.retry_after.filter(|_| !decision.allowed)?;
    Some(seconds(wait).max(1))
}

/// A string of RFC 9651 §3.3.3; what it cannot hold becomes `_`.
fn item(out: &mut String, name: &str) {
    if !out.is_empty() {
        out.push_str(", ");
    }
    out.push('"');
    for character in name.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            ' '..='~' => out.push(character),
            _ => out.push('_'),
        }
    }
    out.push('"');
}

/// An integer of RFC 9651 §3.3.1 has 15 digits at most.
fn parameter(out: &mut String, name: char, value: u64) {
    // Writing to a string does not fail.
    write!(out, ";{name}={}", value.min(999_999_999_999_999)).unwrap_or_default();
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
        assert_eq!(
            policy_field([("default", &minute), ("a\"b\\é", &burst)]),
            r#""default";q=100;w=60, "a\"b\\_";q=5"#
        );
        let decision = Decision {
            allowed: false,
            remaining: 50,
            reset_after: Duration::from_millis(29_001),
            retry_after: Some(Duration::from_millis(1)),
        };
        assert_eq!(state_field([("default", &decision)]), r#""default";r=50;t=30"#);
        assert_eq!(retry_after_field(&decision), Some(1));
        let never = Decision { retry_after: None, ..decision };
        let passed = Decision { allowed: true, ..decision };
        assert_eq!((retry_after_field(&never), retry_after_field(&passed)), (None, None));
    }
}
