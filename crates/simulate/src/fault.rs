//! What one request may ask to go wrong, by the header `x-simulate` or a suffix of the model's name.

use base::Rng;

use crate::dist::{Distribution, ParseError};

/// The most tokens that a request can ask an answer to have.
const MOST_TOKENS: u32 = 32_768;

/// What shall happen to one answer. Streams count events, other answers bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// The wait before the answer's head.
    pub(crate) latency: Option<Distribution>,
    /// Answer with this error, 400 to 599.
    pub(crate) status: Option<u16>,
    /// `Retry-After` of that error, in seconds.
    pub(crate) retry_after: Option<u32>,
    /// Abort the connection after so many events or bytes.
    pub(crate) cut_after: Option<u32>,
    /// Fall silent after so many events or bytes.
    pub(crate) stall_after: Option<u32>,
    /// Send the dialect's error event after so many events of a stream, then end it.
    pub(crate) error_after: Option<u32>,
    /// How many tokens the answer has.
    pub(crate) tokens: Option<u32>,
    /// How many tools a model calls at once.
    pub(crate) calls: Option<u32>,
    /// The wait before the first token.
    pub(crate) ttft: Option<Distribution>,
    /// The wait between tokens.
    pub(crate) gap: Option<Distribution>,
    /// Send bytes that are no JSON where JSON is due.
    pub(crate) garbage: bool,
    /// The answer cites a page, in the form that its vendor has for that.
    pub(crate) cite: bool,
    /// Why the answer ends, other than because it is said.
    pub(crate) finish: Option<Finish>,
}

/// A way for an answer to end that no request leads to by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    /// The model refuses, in the form that its vendor has for that.
    Refusal,
    /// The vendor's filter ends the answer in its middle.
    Filter,
    /// The vendor's filter takes the prompt for a bad one.
    Blocked,
    /// The model fails after the answer's head has gone out.
    Failed,
    /// The vendor's own word for the end.
    Word(&'static str),
}

/// The words that [`Finish::Word`] takes.
const WORDS: [&str; 14] = [
    "BLOCKLIST",
    "ESCALATION",
    "IMAGE_SAFETY",
    "LANGUAGE",
    "MALFORMED_FUNCTION_CALL",
    "MALFORMED_RESPONSE",
    "MISSING_THOUGHT_SIGNATURE",
    "MODEL_ARMOR",
    "OTHER",
    "PROHIBITED_CONTENT",
    "RECITATION",
    "SPII",
    "TOO_MANY_TOOL_CALLS",
    "UNEXPECTED_TOOL_CALL",
];

/// Why a fault could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FaultError {
    #[error("x-simulate: unknown fault `{0}`")]
    Unknown(String),
    #[error("x-simulate: `{name}` takes {expected}, not `{value}`")]
    Value { name: String, expected: &'static str, value: String },
    #[error("x-simulate: {0}")]
    Distribution(#[from] ParseError),
}

// === impl Faults ===

impl Faults {
    /// Reads `latency=50ms, status=429, garbage`; commas inside of brackets do not divide.
    pub(crate) fn parse(text: &str) -> Result<Self, FaultError> {
        let mut faults = Self::default();
        let mut depth = 0_u32;
        let divides = |c: char| {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            c == ',' && depth == 0
        };
        for item in text.split(divides).map(str::trim).filter(|item| !item.is_empty()) {
            faults.set(item)?;
        }
        Ok(faults)
    }

    /// Splits `gpt-5+status=500+retry-after=1` into the name and the faults.
    pub(crate) fn of_model(name: &str) -> Result<(&str, Self), FaultError> {
        let mut items = name.split('+');
        let bare = items.next().unwrap_or_default();
        let mut faults = Self::default();
        for item in items {
            faults.set(item)?;
        }
        Ok((bare, faults))
    }

    /// These, and those of `below` where these say nothing.
    pub(crate) fn over(self, below: Self) -> Self {
        Self {
            latency: self.latency.or(below.latency),
            status: self.status.or(below.status),
            retry_after: self.retry_after.or(below.retry_after),
            cut_after: self.cut_after.or(below.cut_after),
            stall_after: self.stall_after.or(below.stall_after),
            error_after: self.error_after.or(below.error_after),
            tokens: self.tokens.or(below.tokens),
            calls: self.calls.or(below.calls),
            ttft: self.ttft.or(below.ttft),
            gap: self.gap.or(below.gap),
            garbage: self.garbage || below.garbage,
            cite: self.cite || below.cite,
            finish: self.finish.or(below.finish),
        }
    }

    fn set(&mut self, item: &str) -> Result<(), FaultError> {
        let (name, value) = item.split_once('=').unwrap_or((item, ""));
        let (name, value) = (name.trim(), value.trim());
        match name {
            "latency" => self.latency = Some(value.parse()?),
            "ttft" => self.ttft = Some(value.parse()?),
            "gap" => self.gap = Some(value.parse()?),
            "status" => {
                let status = number(name, value, 400, 599, "a status from 400 to 599")?;
                self.status = u16::try_from(status).ok();
            }
            "retry-after" => self.retry_after = Some(number(name, value, 0, 86_400, "seconds up to 86400")?),
            "cut-after" => self.cut_after = Some(count(name, value)?),
            "stall-after" => self.stall_after = Some(count(name, value)?),
            "error-after" => self.error_after = Some(count(name, value)?),
            "tokens" => self.tokens = Some(number(name, value, 1, MOST_TOKENS, "a number from 1 to 32768")?),
            "calls" => self.calls = Some(number(name, value, 1, 16, "a number from 1 to 16")?),
            "garbage" => self.garbage = true,
            "cite" => self.cite = true,
            "finish" => self.finish = Some(finish(name, value)?),
            _ => return Err(FaultError::Unknown(name.to_owned())),
        }
        Ok(())
    }

    /// The wait before the head, drawn now; `natural` stands in where nothing was asked for.
    pub(crate) fn draw_latency(&self, natural: Distribution, rng: &mut Rng) -> std::time::Duration {
        self.latency.unwrap_or(natural).sample(rng)
    }
}

fn finish(name: &str, value: &str) -> Result<Finish, FaultError> {
    let expected = "refusal, filter, blocked, failed or a vendor's word";
    let wrong = || FaultError::Value { name: name.to_owned(), expected, value: value.to_owned() };
    Ok(match value {
        "refusal" => Finish::Refusal,
        "filter" => Finish::Filter,
        "blocked" => Finish::Blocked,
        "failed" => Finish::Failed,
        other => Finish::Word(WORDS.iter().find(|word| **word == other).ok_or_else(wrong)?),
    })
}

fn count(name: &str, value: &str) -> Result<u32, FaultError> {
    number(name, value, 0, u32::MAX, "a count")
}

fn number(name: &str, value: &str, low: u32, high: u32, expected: &'static str) -> Result<u32, FaultError> {
    let wrong = || FaultError::Value { name: name.to_owned(), expected, value: value.to_owned() };
    value.parse().ok().filter(|number| (low..=high).contains(number)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_names_faults_and_the_nearer_word_wins() {
        let faults = Faults::parse("latency=lognormal(5ms,9ms), status=429,retry-after=2,garbage").unwrap();
        assert_eq!(faults.status, Some(429));
        assert_eq!(faults.latency, Some(Distribution::log_normal_ms(5, 9)));
        assert!(faults.garbage);
        let (model, below) = Faults::of_model("gpt-5+status=500+cut-after=3").unwrap();
        assert_eq!(model, "gpt-5");
        let merged = faults.over(below);
        assert_eq!((merged.status, merged.cut_after), (Some(429), Some(3)));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in
            ["staus=500", "finish=maybe", "status=200", "status", "latency=5", "tokens=0", "cut-after=-1"]
        {
            assert!(Faults::parse(text).is_err(), "{text}");
        }
        assert_eq!(Faults::parse(" , ,"), Ok(Faults::default()));
    }
}
