//! What an answer to a request that only passed tells of usage, or an event of one.

use json::{Data, Value};

use crate::{Reported, Usage, dialect};

/// The usage in an answer; none if it tells none.
pub(super) fn read(path: &str, body: &Value<'_>) -> Option<Usage> {
    let usage = body.get("usage");
    let found = dialect::openai_chat::read_usage(usage)
        .or_else(|| newer(usage))
        .or_else(|| total(path, usage))
        .or_else(|| billed(body.get("meta").get("billed_units")));
    let reported = Reported::read(usage);
    let millis = millis(body, usage);
    if found.is_none() && reported.is_none() && millis == 0 {
        return None;
    }
    Some(Usage { images: images(path, body), millis, reported, ..found.unwrap_or_default() })
}

/// How many images an answer has.
pub(super) fn images(path: &str, body: &Value<'_>) -> u64 {
    let images = if path.starts_with("/images/") { body.get("data").items().len() } else { 0 };
    u64::try_from(images).unwrap_or(u64::MAX)
}

/// Names of the newer endpoints.
fn newer(usage: &Value<'_>) -> Option<Usage> {
    let (input, output) = (usage.get("input_tokens").as_u64(), usage.get("output_tokens").as_u64());
    if input.is_none() && output.is_none() {
        return None;
    }
    // Images have it in the plural.
    let of = |prompt: &str, name: &str| {
        let details = ["_tokens_details", "_token_details"].map(|rest| format!("{prompt}{rest}"));
        details.iter().find_map(|details| usage.get(details).get(name).as_u64()).unwrap_or(0)
    };
    let usage = Usage {
        input: input.unwrap_or(0),
        output: output.unwrap_or(0),
        cache_read: of("input", "cached_tokens"),
        audio_in: of("input", "audio_tokens"),
        image_in: of("input", "image_tokens"),
        image_out: of("output", "image_tokens"),
        ..Usage::default()
    };
    Some(usage.consistent())
}

/// Who ranks documents may count all tokens in one number (Jina, Voyage).
fn total(path: &str, usage: &Value<'_>) -> Option<Usage> {
    let input = usage.get("total_tokens").as_u64().filter(|_| path == "/rerank")?;
    Some(Usage { input, ..Usage::default() })
}

/// Cohere's units.
fn billed(units: &Value<'_>) -> Option<Usage> {
    let count = |name: &str| units.get(name).as_u64();
    let (queries, input) = (count("search_units"), count("input_tokens"));
    let usage = Usage { queries: queries.unwrap_or(0), input: input.unwrap_or(0), ..Usage::default() };
    (queries.is_some() || input.is_some()).then_some(usage)
}

/// How long the recording was, in milliseconds: as usage, in Mistral's words, or as a fact of the answer.
fn millis(body: &Value<'_>, usage: &Value<'_>) -> u64 {
    let told = [usage.get("seconds"), usage.get("prompt_audio_seconds"), body.get("duration")];
    told.into_iter().find_map(thousandths).unwrap_or(0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked, and a millisecond is exact enough"
)]
fn thousandths(value: &Value<'_>) -> Option<u64> {
    let number: f64 = match &value.data {
        Data::Number(number) => number.parse().ok()?,
        // Some servers quote it.
        Data::String(text) => text.decode().parse().ok()?,
        _ => return None,
    };
    (0.0..=1.0e9).contains(&number).then(|| (number * 1_000.0).round() as u64)
}

/// Bytes of text in an answer, for an estimate.
pub(super) fn said(body: &Value<'_>) -> usize {
    let texts = body.get("choices").items().iter().map(|choice| choice.get("text"));
    let texts = texts.chain(std::iter::once(body.get("text")));
    texts.filter_map(Value::as_text).map(|text| text.literal().len()).fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, body: &str, expect: Option<Usage>) {
        assert_eq!(read(path, &Value::parse(body).unwrap()), expect, "{body}");
    }

    #[test]
    fn usage_is_read_in_every_endpoints_words() {
        let none = Usage::default();
        let hear = "/audio/transcriptions";
        check(
            hear,
            r#"{"text":"a","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":10,"audio_tokens":4},"output_tokens":3,"total_tokens":17}}"#,
            Some(Usage { input: 14, audio_in: 4, output: 3, ..none }),
        );
        check(
            hear,
            r#"{"text":"a","usage":{"type":"duration","seconds":3}}"#,
            Some(Usage { millis: 3_000, ..none }),
        );
        check(hear, r#"{"text":"a","duration":8.47}"#, Some(Usage { millis: 8_470, ..none }));
        check(hear, r#"{"text":"a","duration":"8.47"}"#, Some(Usage { millis: 8_470, ..none }));
        check(
            hear,
            r#"{"text":"a","usage":{"prompt_audio_seconds":4,"prompt_tokens":5,"completion_tokens":6,"total_tokens":11}}"#,
            Some(Usage { input: 5, output: 6, millis: 4_000, ..none }),
        );
        check(hear, r#"{"text":"a"}"#, None);
        check("/rerank", r#"{"results":[],"usage":{"total_tokens":15}}"#, Some(Usage { input: 15, ..none }));
        check("/images/generations", r#"{"data":[{"url":"x"}]}"#, None);
        let paid = read(
            "/images/generations",
            &Value::parse(r#"{"data":[{},{}],"usage":{"cost_in_usd_ticks":200000000}}"#).unwrap(),
        );
        let paid = paid.unwrap();
        assert_eq!((paid.images, paid.reported.unwrap().micros(None)), (2, Some(20_000)));
        for nonsense in
            [r#"{"usage":[]}"#, r#"{"usage":{"seconds":-1}}"#, r#"{"usage":{"input_tokens":"x"}}"#, "[]"]
        {
            check(hear, nonsense, None);
        }
    }
}
