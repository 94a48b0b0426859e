//! Usage in Gemini's words: the prompt's count has cached tokens in it, the answer's has no thoughts. Sessions say "response"
//! where answers say "candidates".

use json::Value;

use crate::Usage;

/// Reads a `usageMetadata` object; none if it holds no count of tokens.
pub(crate) fn read(usage: &Value<'_>) -> Option<Usage> {
    let told = |name: &str| usage.get(name).as_u64();
    let count = |name: &str| told(name).unwrap_or(0);
    let answer = told("candidatesTokenCount").or_else(|| told("responseTokenCount"));
    let (prompt, total) = (told("promptTokenCount"), told("totalTokenCount"));
    if prompt.is_none() && answer.is_none() && total.is_none() {
        return None;
    }
    let reasoning = count("thoughtsTokenCount");
    let input = prompt.unwrap_or(0).saturating_add(count("toolUsePromptTokenCount"));
    let told_answer = answer.unwrap_or(0);
    let apart = told_answer.saturating_add(reasoning);
    let output = match total.map(|total| total.saturating_sub(input)) {
        // The sum says that thoughts were counted in already.
        Some(rest) if rest == told_answer && reasoning <= told_answer => told_answer,
        // The answer's own count is missing where all went into thoughts, and at some times otherwise.
        Some(rest) if answer.is_none() => rest.max(apart),
        _ => apart,
    };
    let of_answer = |modality| {
        let names = ["candidatesTokensDetails", "responseTokensDetails"];
        names.map(|name| of(usage.get(name), modality)).into_iter().fold(0, u64::saturating_add)
    };
    let usage = Usage {
        input,
        output,
        cache_read: count("cachedContentTokenCount"),
        reasoning,
        audio_in: of(usage.get("promptTokensDetails"), "AUDIO"),
        audio_out: of_answer("AUDIO"),
        image_out: of_answer("IMAGE"),
        ..Usage::default()
    };
    Some(usage.consistent())
}

/// Tokens of a modality.
fn of(details: &Value<'_>, modality: &str) -> u64 {
    let found = details.items().iter().filter(|detail| detail.get("modality").is(modality));
    found.filter_map(|detail| detail.get("tokenCount").as_u64()).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(usage: &str, expect: Usage) {
        assert_eq!(read(&Value::parse(usage).unwrap()), Some(expect), "{usage}");
    }

    #[test]
    fn thoughts_and_prompts_of_tools_are_counted_in() {
        let plain = Usage { input: 82, output: 17, reasoning: 8, ..Usage::default() };
        check(
            r#"{"promptTokenCount":82,"cachedContentTokenCount":64,"candidatesTokenCount":9,"thoughtsTokenCount":8,"totalTokenCount":99}"#,
            Usage { cache_read: 64, ..plain },
        );
        check(
            r#"{"promptTokenCount":70,"toolUsePromptTokenCount":12,"candidatesTokenCount":9,"thoughtsTokenCount":8,"totalTokenCount":99}"#,
            plain,
        );
        // Counted in already, as the sum says.
        check(
            r#"{"promptTokenCount":82,"candidatesTokenCount":17,"thoughtsTokenCount":8,"totalTokenCount":99}"#,
            plain,
        );
        // All of the answer was thoughts, and its own count is missing.
        check(
            r#"{"promptTokenCount":82,"thoughtsTokenCount":8,"totalTokenCount":90}"#,
            Usage { output: 8, ..plain },
        );
    }

    #[test]
    fn audio_and_images_are_told_apart_and_nonsense_is_no_usage() {
        check(
            r#"{"promptTokenCount":10,"promptTokensDetails":[{"modality":"IMAGE","tokenCount":4}],"candidatesTokenCount":1295,"candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":1290}]}"#,
            Usage { input: 10, output: 1295, image_out: 1290, ..Usage::default() },
        );
        check(
            r#"{"promptTokenCount":10,"promptTokensDetails":[{"modality":"TEXT","tokenCount":4},{"modality":"AUDIO","tokenCount":6}],"candidatesTokenCount":3,"candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":3}]}"#,
            Usage { input: 10, output: 3, audio_in: 6, audio_out: 3, ..Usage::default() },
        );
        assert_eq!(read(&Value::parse("null").unwrap()), None);
        assert_eq!(read(&Value::parse(r#"{"trafficType":"ON_DEMAND"}"#).unwrap()), None);
        // More cached than prompt tokens: never a negative difference.
        check(
            r#"{"promptTokenCount":10,"cachedContentTokenCount":90,"candidatesTokenCount":1}"#,
            Usage { input: 100, output: 1, cache_read: 90, ..Usage::default() },
        );
    }
}
