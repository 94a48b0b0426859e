//! What a call prefers of its answer (RFC 7240), and what it calls itself (`Idempotency-Key`).

use std::time::Duration;

use crate::{Fields, Quoted, parts};

/// The longest that a call may wait for its answer before it is told of its job.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// The longest key, in bytes.
const LONGEST_KEY: usize = 255;

/// What is preferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefers {
    /// The answer may come later.
    pub later: bool,
    /// So long the caller waits for it.
    pub wait: Option<Duration>,
}

impl Prefers {
    /// What the fields say. What is not known or not understood is not preferred; what is said twice counts once.
    pub fn of(fields: &Fields) -> Self {
        let mut prefers = Self::default();
        for line in fields.find_named("prefer").filter_map(|line| std::str::from_utf8(line).ok()) {
            for preference in parts(line, b',', Quoted::String) {
                let written = parts(preference, b';', Quoted::String).next().unwrap_or_default();
                let (name, value) = written.split_once('=').unwrap_or((written, ""));
                let value = value.trim().trim_matches('"');
                match &*name.trim().to_ascii_lowercase() {
                    "respond-async" => prefers.later = true,
                    "wait" if prefers.wait.is_none() => {
                        let seconds = value.parse().ok().map(Duration::from_secs);
                        prefers.wait = seconds.map(|wait| wait.min(LONGEST_WAIT));
                    }
                    _ => {}
                }
            }
        }
        prefers
    }
}

/// The key by which a caller names what it asks for: a string as structured fields have it (RFC 9651 §3.3.3), of which
/// parameters are no part, or without quotes as it stands. `Err`: there is one that is none.
pub fn idempotency_key(fields: &Fields) -> Result<Option<String>, &'static str> {
    let mut keys = fields.find_named("idempotency-key");
    let Some(key) = keys.next() else { return Ok(None) };
    if keys.next().is_some() {
        return Err("there is more than one `Idempotency-Key`");
    }
    let text = std::str::from_utf8(key).unwrap_or_default().trim();
    let inner = if text.starts_with('"') { string(text) } else { Some(text.to_owned()) };
    let is_key = |key: &String| {
        !key.is_empty() && key.len() <= LONGEST_KEY && key.bytes().all(|c| (0x20..0x7f).contains(&c))
    };
    let key = inner.filter(is_key);
    key.map(Some).ok_or("`Idempotency-Key` is a string of 1 to 255 visible characters")
}

/// What a quoted string says; behind it parameters alone may stand.
fn string(text: &str) -> Option<String> {
    let mut said = String::new();
    let mut chars = text.strip_prefix('"')?.chars();
    loop {
        match chars.next()? {
            '"' => break,
            '\\' => said.push(chars.next().filter(|c| matches!(c, '"' | '\\'))?),
            c => said.push(c),
        }
    }
    let behind = chars.as_str();
    (behind.is_empty() || behind.starts_with(';')).then_some(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(name: &str, lines: &[&str]) -> Fields {
        let mut fields = Fields::new();
        for line in lines {
            assert!(fields.push_named(name.as_bytes(), line.as_bytes()));
        }
        fields
    }

    #[test]
    fn preferences_are_read_as_rfc_7240_has_them() {
        let check = |lines: &[&str], later: bool, wait: Option<u64>| {
            let prefers = Prefers::of(&fields("Prefer", lines));
            assert_eq!(prefers, Prefers { later, wait: wait.map(Duration::from_secs) }, "{lines:?}");
        };
        check(&[], false, None);
        check(&["respond-async"], true, None);
        check(&["Respond-Async, wait=10"], true, Some(10));
        check(&["respond-async;foo=bar", "handling=lenient , wait = \"20\""], true, Some(20));
        check(&["wait=5, wait=7"], false, Some(5));
        check(&["respond-async, wait=x"], true, None);
        check(&["wait=100000"], false, Some(300));
        check(&["respond-asynchronously"], false, None);
        check(&["foo=\"a, respond-async, \\\", wait=5, b\""], false, None);
        check(&["foo=\"a;b\"; x=\",\", respond-async"], true, None);
    }

    #[test]
    fn keys_are_strings() {
        let check = |lines: &[&str], expect: Result<Option<&str>, ()>| {
            let found = idempotency_key(&fields("Idempotency-Key", lines)).map_err(drop);
            assert_eq!(found, expect.map(|key| key.map(str::to_owned)), "{lines:?}");
        };
        check(&[], Ok(None));
        check(
            &["\"8e03978e-40d5-43dd-bc93-6894a57f9324\""],
            Ok(Some("8e03978e-40d5-43dd-bc93-6894a57f9324")),
        );
        check(&["plain key"], Ok(Some("plain key")));
        check(&["\"a\\\"b\\\\c\""], Ok(Some("a\"b\\c")));
        check(&["\"a\";version=1"], Ok(Some("a")));
        for wrong in ["\"unclosed", "\"a\", \"b\"", "\"a\\x\"", "\"a\\\"", "\"a\" b"] {
            check(&[wrong], Err(()));
        }
        check(&["\"\""], Err(()));
        check(&["a", "a"], Err(()));
        check(&["\u{e4}"], Err(()));
    }
}
