//! Usage in Converse's words, which mostly count cached tokens apart from `inputTokens`.

use json::Value;

use crate::Usage;

/// Reads a `usage` object; none if it holds no count of tokens. Where `totalTokens` is what was put in and
/// what came out, and no more, cached tokens are within the input already, as some models have it.
pub(super) fn read(usage: &Value<'_>) -> Option<Usage> {
    let (input, output) = (usage.get("inputTokens").as_u64(), usage.get("outputTokens").as_u64());
    if input.is_none() && output.is_none() {
        return None;
    }
    let (input, output) = (input.unwrap_or(0), output.unwrap_or(0));
    let count = |name: &str| usage.get(name).as_u64().unwrap_or(0);
    let cache_read = count("cacheReadInputTokens");
    let (mut short, mut long) = (0_u64, 0_u64);
    for detail in usage.get("cacheDetails").items() {
        let tokens = detail.get("inputTokens").as_u64().unwrap_or(0);
        let sum = if detail.get("ttl").is("1h") { &mut long } else { &mut short };
        *sum = sum.saturating_add(tokens);
    }
    let written = count("cacheWriteInputTokens").max(short.saturating_add(long));
    let apart = cache_read.saturating_add(written);
    let inclusive = usage.get("totalTokens").as_u64() == Some(input.saturating_add(output)) && apart <= input;
    let usage = Usage {
        input: if inclusive { input } else { input.saturating_add(apart) },
        output,
        cache_read,
        cache_write_5m: written.saturating_sub(long),
        cache_write_1h: long,
        ..Usage::default()
    };
    Some(usage.consistent())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(usage: &str, expect: Usage) {
        assert_eq!(read(&Value::parse(usage).unwrap()), Some(expect), "{usage}");
    }

    /// QuantumNous/new-api#5003: the convention is told from the total, and no difference is negative.
    #[test]
    fn cached_tokens_are_apart_or_within_as_the_total_tells() {
        let plain = Usage { input: 18, output: 17, ..Usage::default() };
        check(r#"{"inputTokens":18,"outputTokens":17,"totalTokens":35}"#, plain);
        check(
            r#"{"inputTokens":18,"outputTokens":17,"totalTokens":99,"cacheReadInputTokens":64,"cacheWriteInputTokens":0}"#,
            Usage { input: 82, cache_read: 64, ..plain },
        );
        check(
            r#"{"inputTokens":82,"outputTokens":17,"totalTokens":99,"cacheReadInputTokens":64}"#,
            Usage { input: 82, cache_read: 64, ..plain },
        );
        // A total that does not tell, or is not there.
        check(
            r#"{"inputTokens":18,"outputTokens":17,"totalTokens":35,"cacheReadInputTokens":64}"#,
            Usage { input: 82, cache_read: 64, ..plain },
        );
        check(
            r#"{"inputTokens":100,"outputTokens":17,"cacheReadInputTokens":64}"#,
            Usage { input: 164, cache_read: 64, ..plain },
        );
    }

    #[test]
    fn writes_are_told_apart_by_their_time() {
        check(
            r#"{"inputTokens":1,"outputTokens":2,"totalTokens":33,"cacheWriteInputTokens":30,
                "cacheDetails":[{"ttl":"5m","inputTokens":10},{"ttl":"1h","inputTokens":20}]}"#,
            Usage { input: 31, output: 2, cache_write_5m: 10, cache_write_1h: 20, ..Usage::default() },
        );
    }

    #[test]
    fn nonsense_is_no_usage() {
        assert_eq!(read(&Value::parse("null").unwrap()), None);
        assert_eq!(read(&Value::parse(r#"{"inputTokens":"many"}"#).unwrap()), None);
    }
}
