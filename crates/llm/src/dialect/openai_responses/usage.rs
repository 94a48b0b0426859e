//! Usage in the words of responses.

use json::{Object, Value};

use crate::{Reported, Usage};

/// Reads a `usage` object; none if it holds no count of tokens.
pub(crate) fn read(usage: &Value<'_>) -> Option<Usage> {
    let count = |value: &Value<'_>| value.as_u64().unwrap_or(0);
    if usage.get("input_tokens").as_u64().is_none() && usage.get("output_tokens").as_u64().is_none() {
        return None;
    }
    let (prompt, answer) = (usage.get("input_tokens_details"), usage.get("output_tokens_details"));
    let input = count(usage.get("input_tokens"));
    let mut output = count(usage.get("output_tokens"));
    let reasoning = count(answer.get("reasoning_tokens"));
    // xAI leaves reasoning out of its count of the answer's tokens and has it in the total.
    if reasoning > 0
        && count(usage.get("total_tokens")) == input.saturating_add(output).saturating_add(reasoning)
    {
        output = output.saturating_add(reasoning);
    }
    let usage = Usage {
        input,
        output,
        cache_read: count(prompt.get("cached_tokens")),
        cache_write_5m: count(prompt.get("cache_write_tokens")),
        reasoning,
        audio_in: count(prompt.get("audio_tokens")),
        audio_out: count(answer.get("audio_tokens")),
        reported: Reported::read(usage),
        ..Usage::default()
    };
    Some(usage.consistent())
}

/// Writes the value of `usage`.
pub(super) fn write(usage: &Usage, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    object.number("input_tokens", usage.input);
    let mut prompt = object.object("input_tokens_details");
    prompt.number("cached_tokens", usage.cache_read).number("cache_write_tokens", usage.cache_write());
    prompt.end();
    object.number("output_tokens", usage.output);
    let mut answer = object.object("output_tokens_details");
    answer.number("reasoning_tokens", usage.reasoning);
    answer.end();
    object.number("total_tokens", usage.total());
    if usage.estimated {
        object.raw("estimated", "true");
    }
    object.end();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let usage = Usage {
            input: 82,
            output: 17,
            cache_read: 64,
            cache_write_5m: 3,
            reasoning: 8,
            ..Usage::default()
        };
        let mut out = Vec::new();
        write(&usage, &mut out);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(read(&Value::parse(&text).unwrap()), Some(usage), "{text}");
        for nothing in ["null", "{}", r#"{"total_tokens":5}"#] {
            assert_eq!(read(&Value::parse(nothing).unwrap()), None);
        }
    }

    #[test]
    fn reasoning_that_stands_apart_is_part_of_the_answer() {
        let apart = r#"{"input_tokens":10,"output_tokens":5,"output_tokens_details":{"reasoning_tokens":100},"total_tokens":115}"#;
        let usage = read(&Value::parse(apart).unwrap()).unwrap();
        assert_eq!((usage.output, usage.reasoning), (105, 100));
    }
}
