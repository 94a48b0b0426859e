//! A look at an answer, or a piece of one, that passes as it is.

use json::{Text, Value};

use super::response::{blocked, candidate, parts, pictures, told};
use super::{error, usage};
use crate::{ApiError, FinishReason, Usage};

/// What stands in an answer.
#[derive(Debug, Default)]
pub(crate) struct Seen<'a> {
    pub(crate) error: Option<ApiError>,
    /// Whether it is an answer at all.
    pub(crate) known: bool,
    pub(crate) usage: Option<Usage>,
    pub(crate) model: Option<Text<'a>>,
    /// Why the model stopped, as it says itself.
    pub(crate) finish: Option<FinishReason>,
    /// Whether it calls a tool.
    pub(crate) calls: bool,
    /// How many pictures it has.
    pub(crate) images: u64,
    /// Whether it says or does anything.
    pub(crate) content: bool,
    /// Bytes of text and arguments.
    pub(crate) output_bytes: usize,
}

/// Looks at an answer.
pub(crate) fn look<'a>(value: &Value<'a>) -> Seen<'a> {
    if !value.get("error").is_null() {
        return Seen { error: Some(error::of_body(0, value)), ..Seen::default() };
    }
    let known =
        ["candidates", "promptFeedback", "usageMetadata"].iter().any(|name| !value.get(name).is_null());
    let mut seen = Seen {
        known,
        usage: usage::read(value.get("usageMetadata")),
        model: value.get("modelVersion").as_text(),
        finish: blocked(value).map(|stop| stop.reason),
        ..Seen::default()
    };
    for candidate in value.get("candidates").items() {
        seen.images += pictures(parts(candidate));
        for part in parts(candidate) {
            let call = part.get("functionCall");
            let text = part.get("text").as_text().map_or(0, |text| text.literal().len());
            let said = text + if call.is_null() { 0 } else { call.get("args").raw.len() };
            seen.calls |= !call.is_null();
            seen.content |= said > 0 || !part.get("inlineData").is_null();
            seen.output_bytes += said;
        }
    }
    if let Some(candidate) = candidate(value).filter(|candidate| !candidate.get("finishReason").is_null()) {
        seen.finish = Some(told(candidate).reason);
    }
    seen
}

impl Seen<'_> {
    /// Why the model stopped, given whether it called a tool before.
    pub(crate) fn reason(&self, called: bool) -> Option<FinishReason> {
        let calls = (called || self.calls) && self.finish == Some(FinishReason::Stop);
        if calls { Some(FinishReason::ToolCalls) } else { self.finish }
    }
}
