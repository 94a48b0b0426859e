//! What a call prefers of its answer (RFC 7240), and what it calls itself (`Idempotency-Key`).

use std::time::Duration;

use message::Fields;

/// The longest that a call may wait for its answer before it is told of its job.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// The longest key, in bytes.
const LONGEST_KEY: usize = 255;

/// What is preferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prefers {
    /// The answer may come later.
    pub(super) later: bool,
    /// So long the caller waits for it.
    pub(super) wait: Option<Duration>,
}

impl Prefers {
    /// What the fields say. What is not known or not understood is not preferred; what is said twice counts once.
    pub(super) fn of(fields: &Fields) -> Self {
        let mut prefers = Self::default();
        for line in fields.find_named("prefer").filter_map(|line| std::str::from_utf8(line).ok()) {
            for preference in line.split(',') {
                let written = preference.split(';').next().unwrap_or_default();
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

/// The key by which a caller names what it asks for: a string as structured fields have it, or as it stands.
/// `Err`: there is one that is none.
pub(super) fn key(fields: &Fields) -> Result<Option<String>, &'static str> {
    let mut keys = fields.find_named("idempotency-key");
    let Some(key) = keys.next() else { return Ok(None) };
    if keys.next().is_some() {
        return Err("there is more than one `Idempotency-Key`");
    }
    let text = std::str::from_utf8(key).unwrap_or_default().trim();
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    let is_key =
        !inner.is_empty() && inner.len() <= LONGEST_KEY && inner.bytes().all(|c| (0x20..0x7f).contains(&c));
    is_key
        .then(|| Some(inner.to_owned()))
        .ok_or("`Idempotency-Key` is a string of 1 to 255 visible characters")
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
    }

    #[test]
    fn keys_are_strings() {
        let check = |lines: &[&str], expect: Result<Option<&str>, ()>| {
            let found = key(&fields("Idempotency-Key", lines)).map_err(drop);
            assert_eq!(found, expect.map(|key| key.map(str::to_owned)), "{lines:?}");
        };
        check(&[], Ok(None));
        check(
            &["\"8e03978e-40d5-43dd-bc93-6894a57f9324\""],
            Ok(Some("8e03978e-40d5-43dd-bc93-6894a57f9324")),
        );
        check(&["plain key"], Ok(Some("plain key")));
        check(&["\"\""], Err(()));
        check(&["a", "a"], Err(()));
        check(&["\u{e4}"], Err(()));
    }
}
