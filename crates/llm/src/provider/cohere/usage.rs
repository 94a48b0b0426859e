//! Usage in Cohere's words: numbers with fractions, those that are billed and those that the model read.

use json::Value;

use crate::Usage;

/// Reads a `usage` object; none if it holds no count of tokens. What is billed counts: the prompt as the model reads
/// it has text of Cohere's own in it, which nobody pays for. Tokens from the cache are told of that longer prompt.
pub(crate) fn read(usage: &Value<'_>) -> Option<Usage> {
    let (billed, read) = (usage.get("billed_units"), usage.get("tokens"));
    let count = |name: &str| [billed, read].into_iter().find_map(|units| units.get(name).as_u64());
    let (input, output) = (count("input_tokens"), count("output_tokens"));
    if input.is_none() && output.is_none() {
        return None;
    }
    let input = input.unwrap_or(0);
    let cached = usage.get("cached_tokens").as_u64().unwrap_or(0);
    Some(Usage { input, output: output.unwrap_or(0), cache_read: cached.min(input), ..Usage::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn billed_units_count_and_fractions_are_cut() {
        let check = |usage: &str, expect: Option<(u64, u64, u64)>| {
            let got = read(&Value::parse(usage).unwrap());
            assert_eq!(got.map(|usage| (usage.input, usage.output, usage.cache_read)), expect, "{usage}");
        };
        check(
            r#"{"billed_units":{"input_tokens":12.0,"output_tokens":17.0},"tokens":{"input_tokens":82.0,"output_tokens":19.0}}"#,
            Some((12, 17, 0)),
        );
        check(
            r#"{"tokens":{"input_tokens":82,"output_tokens":17},"cached_tokens":64.0}"#,
            Some((82, 17, 64)),
        );
        // QuantumNous/new-api#5003: never more cached than there was.
        check(
            r#"{"billed_units":{"input_tokens":12,"output_tokens":1},"cached_tokens":64}"#,
            Some((12, 1, 12)),
        );
        check(r#"{"billed_units":{"search_units":1}}"#, None);
        check("null", None);
    }
}
