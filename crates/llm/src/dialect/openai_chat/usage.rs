//! Usage in OpenAI's words, and in those of its many imitators.

use json::{Object, Value};

use crate::{Reported, Usage};

/// Reads a `usage` object; none if it holds no count of tokens.
pub(crate) fn read(usage: &Value<'_>) -> Option<Usage> {
    let count = |value: &Value<'_>| value.as_u64().unwrap_or(0);
    if usage.get("prompt_tokens").as_u64().is_none() && usage.get("completion_tokens").as_u64().is_none() {
        return None;
    }
    let (prompt, answer) = (usage.get("prompt_tokens_details"), usage.get("completion_tokens_details"));
    let mut input = count(usage.get("prompt_tokens"));
    let mut output = count(usage.get("completion_tokens"));
    let reasoning = count(answer.get("reasoning_tokens")).max(count(usage.get("reasoning_tokens")));
    let total = count(usage.get("total_tokens"));
    // xAI leaves reasoning out of `completion_tokens` and has it in `total_tokens`.
    if reasoning > 0 && total == input.saturating_add(output).saturating_add(reasoning) {
        output = output.saturating_add(reasoning);
    }
    // Perplexity's research counts what it thought and what it read of its sources apart from both.
    let sources = usage.get("citation_tokens").as_u64();
    if let Some(sources) = sources.filter(|_| total == input.saturating_add(output)) {
        input = input.saturating_add(sources);
        output = output.saturating_add(count(usage.get("reasoning_tokens")));
    }
    let cached = [
        prompt.get("cached_tokens"),
        // DeepSeek, then Moonshot, then gateways to Anthropic.
        usage.get("prompt_cache_hit_tokens"),
        usage.get("cached_tokens"),
        usage.get("cache_read_input_tokens"),
    ];
    let written = [prompt.get("cache_write_tokens"), usage.get("cache_creation_input_tokens")];
    let usage = Usage {
        input,
        output,
        cache_read: cached.into_iter().map(count).max().unwrap_or(0),
        cache_write_5m: written.into_iter().map(count).max().unwrap_or(0),
        reasoning,
        audio_in: count(prompt.get("audio_tokens")),
        audio_out: count(answer.get("audio_tokens")),
        // Perplexity's.
        searches: count(usage.get("num_search_queries")),
        reported: Reported::read(usage),
        ..Usage::default()
    };
    Some(usage.consistent())
}

/// Writes the value of `usage`.
pub(super) fn write(usage: &Usage, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    object.number("prompt_tokens", usage.input).number("completion_tokens", usage.output);
    object.number("total_tokens", usage.total());
    let mut prompt = object.object("prompt_tokens_details");
    prompt.number("cached_tokens", usage.cache_read).number("cache_write_tokens", usage.cache_write());
    prompt.number("audio_tokens", usage.audio_in);
    prompt.end();
    let mut answer = object.object("completion_tokens_details");
    answer.number("reasoning_tokens", usage.reasoning).number("audio_tokens", usage.audio_out);
    answer.number("accepted_prediction_tokens", 0).number("rejected_prediction_tokens", 0);
    answer.end();
    if usage.estimated {
        object.raw("estimated", "true");
    }
    object.end();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(usage: &str, expect: Usage) {
        assert_eq!(read(&Value::parse(usage).unwrap()), Some(expect), "{usage}");
    }

    #[test]
    fn every_convention_becomes_inclusive() {
        let plain = Usage { input: 82, output: 17, ..Usage::default() };
        check(r#"{"prompt_tokens":82,"completion_tokens":17,"total_tokens":99}"#, plain);
        check(
            r#"{"prompt_tokens":82,"completion_tokens":17,"total_tokens":99,"prompt_tokens_details":{"cached_tokens":64,"audio_tokens":2},"completion_tokens_details":{"reasoning_tokens":8,"audio_tokens":1}}"#,
            Usage { cache_read: 64, audio_in: 2, reasoning: 8, audio_out: 1, ..plain },
        );
        // xAI: reasoning stands apart.
        check(
            r#"{"prompt_tokens":82,"completion_tokens":17,"total_tokens":199,"completion_tokens_details":{"reasoning_tokens":100}}"#,
            Usage { output: 117, reasoning: 100, ..plain },
        );
        // DeepSeek and Moonshot: cached tokens have other names.
        check(
            r#"{"prompt_tokens":82,"completion_tokens":17,"prompt_cache_hit_tokens":60,"prompt_cache_miss_tokens":22}"#,
            Usage { cache_read: 60, ..plain },
        );
        check(
            r#"{"prompt_tokens":82,"completion_tokens":17,"cached_tokens":60}"#,
            Usage { cache_read: 60, ..plain },
        );
        // Gateways to Anthropic, as it counts them there.
        check(
            r#"{"prompt_tokens":82,"completion_tokens":17,"cache_read_input_tokens":60,"cache_creation_input_tokens":5}"#,
            Usage { cache_read: 60, cache_write_5m: 5, ..plain },
        );
        // Perplexity: reasoning and what was read of the sources are billed, and are in no other number.
        check(
            r#"{"prompt_tokens":82,"completion_tokens":17,"total_tokens":99,"citation_tokens":1000,"num_search_queries":3,"reasoning_tokens":200}"#,
            Usage { input: 1082, output: 217, reasoning: 200, searches: 3, ..plain },
        );
    }

    #[test]
    fn nonsense_is_no_usage_and_never_negative() {
        assert_eq!(read(&Value::parse("null").unwrap()), None);
        assert_eq!(read(&Value::parse(r#"{"queue_time":1}"#).unwrap()), None);
        check(
            r#"{"prompt_tokens":10,"completion_tokens":-5,"prompt_tokens_details":{"cached_tokens":90}}"#,
            Usage { input: 100, cache_read: 90, ..Usage::default() },
        );
    }
}
