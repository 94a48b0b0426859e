//! What headers tell of rate limits: read from any vendor's, written under the names that a client's SDK looks at.

use std::time::Duration;

use super::Dialect;
use super::ollama::time;
use crate::provider::Headers;

/// What is left of a provider's or the gateway's limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Calls.
    pub requests: Window,
    /// Tokens of all kinds.
    pub tokens: Window,
    /// Tokens of prompts.
    pub input_tokens: Window,
    /// Tokens of answers.
    pub output_tokens: Window,
    /// When it was so, in seconds since 1970.
    pub at: i64,
}

/// One limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// How many there are in all.
    pub limit: Option<u64>,
    /// How many are left.
    pub remaining: Option<u64>,
    /// Until all are there again.
    pub reset: Option<Duration>,
}

/// The kinds that a header names: OpenAI's word, Anthropic's.
const KINDS: [&str; 4] = ["requests", "tokens", "input-tokens", "output-tokens"];

// === impl Quota ===

impl Quota {
    /// Reads an answer's headers; `at` is the time in seconds since 1970.
    pub fn read(headers: Headers<'_>, at: i64) -> Self {
        let mut quota = Self { at, ..Self::default() };
        for (kind, window) in KINDS.into_iter().zip(quota.windows_mut()) {
            let number = |name: String| headers(&name).and_then(|value| value.trim().parse().ok());
            window.limit = number(format!("anthropic-ratelimit-{kind}-limit"))
                .or_else(|| number(format!("x-ratelimit-limit-{kind}")));
            window.remaining = number(format!("anthropic-ratelimit-{kind}-remaining"))
                .or_else(|| number(format!("x-ratelimit-remaining-{kind}")));
            let moment = headers(&format!("anthropic-ratelimit-{kind}-reset"));
            let moment = moment.and_then(|moment| time::read(moment.trim()));
            let until = moment.map(|moment| seconds(moment.saturating_sub(at)));
            let span = || span(headers(&format!("x-ratelimit-reset-{kind}"))?.trim(), at);
            window.reset = until.or_else(span);
        }
        quota
    }

    /// Whether nothing is told.
    pub fn is_empty(&self) -> bool {
        let Self { requests, tokens, input_tokens, output_tokens, .. } = self;
        [requests, tokens, input_tokens, output_tokens].into_iter().all(|window| *window == Window::default())
    }

    /// The headers that tell it to a client of this dialect: Anthropic's, else OpenAI's, which others borrow.
    pub fn headers(&self, dialect: Dialect) -> Vec<(String, String)> {
        let mut told = Vec::new();
        let mut tell = |name: String, value: Option<String>| {
            told.extend(value.map(|value| (name, value)));
        };
        let anthropic = dialect == Dialect::Anthropic;
        for (kind, window) in KINDS.into_iter().zip(self.windows()) {
            let (limit, remaining) =
                (window.limit.map(|n| n.to_string()), window.remaining.map(|n| n.to_string()));
            if anthropic {
                let whole =
                    |reset: Duration| i64::try_from(reset.as_millis().div_ceil(1000)).unwrap_or(i64::MAX);
                let reset = window.reset.map(|reset| time::written(self.at.saturating_add(whole(reset))));
                tell(format!("anthropic-ratelimit-{kind}-limit"), limit);
                tell(format!("anthropic-ratelimit-{kind}-remaining"), remaining);
                tell(format!("anthropic-ratelimit-{kind}-reset"), reset);
            } else {
                tell(format!("x-ratelimit-limit-{kind}"), limit);
                tell(format!("x-ratelimit-remaining-{kind}"), remaining);
                tell(format!("x-ratelimit-reset-{kind}"), window.reset.map(spelled));
            }
        }
        told
    }

    /// Whether a header in lower case is one of these, by a client's own name or another vendor's.
    pub fn names(header: &[u8]) -> bool {
        header.starts_with(b"x-ratelimit-") || header.starts_with(b"anthropic-ratelimit-")
    }

    /// Whether a header in lower case is this dialect's own name for one.
    pub fn is_own(dialect: Dialect, header: &[u8]) -> bool {
        let own: &[u8] =
            if dialect == Dialect::Anthropic { b"anthropic-ratelimit-" } else { b"x-ratelimit-" };
        header.starts_with(own)
    }

    fn windows(&self) -> [&Window; 4] {
        [&self.requests, &self.tokens, &self.input_tokens, &self.output_tokens]
    }

    fn windows_mut(&mut self) -> [&mut Window; 4] {
        [&mut self.requests, &mut self.tokens, &mut self.input_tokens, &mut self.output_tokens]
    }
}

/// Above this a number is a moment: as a span it would be thirty years.
const MOMENT_FROM: f64 = 1e9;

/// Above this a moment is told in milliseconds.
const MILLIS_FROM: f64 = 1e11;

fn seconds(count: i64) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or_default())
}

/// A span as OpenAI writes it: `6m0s`, `1.5s`, `20ms`. A number alone is seconds from `at`, or, if it is too large for
/// that, the moment in seconds or milliseconds since 1970.
fn span(text: &str, at: i64) -> Option<Duration> {
    if let Ok(number) = text.parse::<f64>() {
        let whole = Duration::try_from_secs_f64(number).ok()?;
        let moment = if number > MILLIS_FROM { whole / 1_000 } else { whole };
        let now = if number > MOMENT_FROM { seconds(at) } else { Duration::ZERO };
        return Some(moment.saturating_sub(now));
    }
    let mut sum = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| c != '.' && !c.is_ascii_digit())?);
        let (unit, after) =
            after.split_at(after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len()));
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        sum = sum.checked_add(Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?)?;
        rest = after;
    }
    (!text.is_empty()).then_some(sum)
}

/// The same, written.
fn spelled(span: Duration) -> String {
    let (seconds, millis) = (span.as_secs(), span.subsec_millis());
    if seconds == 0 {
        return format!("{millis}ms");
    }
    let part = if millis == 0 { String::new() } else { format!(".{millis:03}") };
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}{part}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds}{part}s"),
        (hours, minutes, seconds) => format!("{hours}h{minutes}m{seconds}{part}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_763_640_000;

    fn told(quota: &Quota, dialect: Dialect) -> Vec<String> {
        quota.headers(dialect).into_iter().map(|(name, value)| format!("{name}: {value}")).collect()
    }

    fn read(headers: &[(&str, &str)]) -> Quota {
        let header =
            |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        Quota::read(&header, NOW)
    }

    #[test]
    fn limits_of_one_vendor_are_told_by_the_others_names() {
        let openai = [
            "x-ratelimit-limit-requests: 60",
            "x-ratelimit-remaining-requests: 59",
            "x-ratelimit-reset-requests: 6m0s",
            "x-ratelimit-remaining-tokens: 149984",
        ];
        let anthropic = [
            "anthropic-ratelimit-requests-limit: 60",
            "anthropic-ratelimit-requests-remaining: 59",
            "anthropic-ratelimit-requests-reset: 2025-11-20T12:06:00Z",
            "anthropic-ratelimit-tokens-remaining: 149984",
        ];
        for given in [openai, anthropic] {
            let headers: Vec<(&str, &str)> = given.iter().filter_map(|line| line.split_once(": ")).collect();
            let quota = read(&headers);
            assert!(!quota.is_empty());
            assert_eq!(told(&quota, Dialect::OpenAiResponses), openai);
            assert_eq!(told(&quota, Dialect::Anthropic), anthropic);
        }
        assert!(read(&[("retry-after", "1"), ("x-ratelimit-limit-requests", "many")]).is_empty());
    }

    #[test]
    fn spans_are_read_and_written() {
        for (text, millis, written) in [
            ("1s", 1_000, "1s"),
            ("20ms", 20, "20ms"),
            ("6m0s", 360_000, "6m0s"),
            ("1h1m1.5s", 3_661_500, "1h1m1.500s"),
            ("7.66s", 7_660, "7.660s"),
            ("30", 30_000, "30s"),
        ] {
            assert_eq!(span(text, NOW), Some(Duration::from_millis(millis)), "{text}");
            assert_eq!(spelled(Duration::from_millis(millis)), written);
        }
        for (moment, seconds) in [("1763640060", 60), ("1763640060000", 60), ("1763630000", 0)] {
            assert_eq!(span(moment, NOW), Some(Duration::from_secs(seconds)), "{moment}");
        }
        for bad in ["", "s", "1x", "soon", "-1s", "1s2"] {
            assert_eq!(span(bad, NOW), None, "{bad}");
        }
    }
}
