//! What one request asks to go wrong: `x-simulate: status=429, retry-after=2`, or, since a gateway may not pass
//! that header on, as a suffix of the model's name: `gpt-5+status=429+retry-after=2`.

use std::str::FromStr;

use crate::distribution::Distribution;

/// The wishes of one request; what is not named is as the simulator's configuration has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// `latency=DIST`: before the head of the answer.
    pub latency: Option<Distribution>,
    /// `ttft=DIST`: between a model's head and its first token.
    pub first_token: Option<Distribution>,
    /// `gap=DIST`: between tokens.
    pub token_gap: Option<Distribution>,
    /// `status=NNN`: answers with this error (400 to 599) in the vendor's shape.
    pub status: Option<u16>,
    /// `retry-after=SECONDS`: sent with the error.
    pub retry_after: Option<u32>,
    /// `quota`: a 429 that says that money, not time, is missing, without `Retry-After`.
    pub quota: bool,
    /// `cut=N` (also `cut-after`): breaks the connection after N tokens of a stream, N bytes of a plain body.
    pub cut: Option<u64>,
    /// `stall=N` (also `stall-after`): says nothing more after N tokens or bytes.
    pub stall: Option<u64>,
    /// `fail=N`: the vendor's error event after N tokens of a stream, then the end.
    pub fail: Option<u64>,
    /// `end=N`: a clean end of the body after N tokens of a stream, without its last events.
    pub end: Option<u64>,
    /// `drop`: closes the connection without an answer.
    pub vanish: bool,
    /// `garbage`: status 200 with a page of HTML.
    pub garbage: bool,
    /// `refuse`: the model declines.
    pub refuse: bool,
    /// `tokens=N`: the length of a model's text.
    pub tokens: Option<u64>,
    /// `calls=N`: how many tools are called at once.
    pub calls: Option<usize>,
}

/// Why a text is no script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// No such directive.
    #[error("`{0}` is no directive")]
    Unknown(String),
    /// The directive's value cannot be read or is out of range.
    #[error("the value of `{0}` cannot be used")]
    Value(String),
}

/// No simulated text is longer, in tokens.
const MOST_TOKENS: u64 = 200_000;

/// No answer calls more tools.
const MOST_CALLS: usize = 64;

// === impl Script ===

impl Script {
    /// Reads the directives of the `x-simulate` header: separated by commas or semicolons.
    pub fn from_header(text: &str) -> Result<Self, ScriptError> {
        Self::default().with(text.split([',', ';']))
    }

    /// Splits a model's name from the directives behind it, and adds these to `self`, over what it had.
    pub fn with_model(self, name: &str) -> Result<(&str, Self), ScriptError> {
        let mut parts = name.split('+');
        let model = parts.next().unwrap_or(name);
        Ok((model, self.with(parts)?))
    }

    fn with<'a>(mut self, directives: impl Iterator<Item = &'a str>) -> Result<Self, ScriptError> {
        for directive in directives.map(str::trim).filter(|directive| !directive.is_empty()) {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            self.set(name.trim(), value.trim())?;
        }
        Ok(self)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), ScriptError> {
        match name {
            "latency" => self.latency = Some(read(name, value)?),
            "ttft" => self.first_token = Some(read(name, value)?),
            "gap" => self.token_gap = Some(read(name, value)?),
            "status" => self.status = Some(within(name, value, 400, 599)?),
            "retry-after" => self.retry_after = Some(read(name, value)?),
            "cut" | "cut-after" => self.cut = Some(read(name, value)?),
            "stall" | "stall-after" => self.stall = Some(read(name, value)?),
            "fail" | "fail-after" => self.fail = Some(read(name, value)?),
            "end" | "end-after" => self.end = Some(read(name, value)?),
            "tokens" => self.tokens = Some(within(name, value, 0, MOST_TOKENS)?),
            "calls" => self.calls = Some(within(name, value, 1, MOST_CALLS)?),
            "quota" => self.quota = true,
            "drop" => self.vanish = true,
            "garbage" => self.garbage = true,
            "refuse" => self.refuse = true,
            _ => return Err(ScriptError::Unknown(name.to_owned())),
        }
        Ok(())
    }
}

fn read<T: FromStr>(name: &str, value: &str) -> Result<T, ScriptError> {
    value.parse().map_err(|_| ScriptError::Value(name.to_owned()))
}

fn within<T: FromStr + PartialOrd>(name: &str, value: &str, min: T, max: T) -> Result<T, ScriptError> {
    let number = read(name, value)?;
    if number < min || number > max { Err(ScriptError::Value(name.to_owned())) } else { Ok(number) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_and_a_suffix_are_read_and_the_suffix_wins() {
        let header = Script::from_header("latency=50ms, status=429; retry-after=2, garbage").unwrap();
        assert_eq!((header.status, header.retry_after, header.garbage), (Some(429), Some(2), true));
        let (model, script) = header.with_model("gpt-5+status=500+cut=3").unwrap();
        assert_eq!((model, script.status, script.cut, script.retry_after), ("gpt-5", Some(500), Some(3), Some(2)));
        assert_eq!(Script::default().with_model("gpt-5").unwrap(), ("gpt-5", Script::default()));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert_eq!(Script::from_header("explode"), Err(ScriptError::Unknown("explode".to_owned())));
        for bad in ["status=200", "status=x", "cut=", "calls=0", "tokens=99999999", "latency=soon"] {
            assert!(matches!(Script::from_header(bad), Err(ScriptError::Value(_))), "{bad}");
        }
    }
}
