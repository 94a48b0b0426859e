//! Usage in Anthropic's words: tokens read from and written to the cache stand beside `input_tokens`, not within.

use json::{Object, Text};

use crate::Usage;

/// Writes the value of an answer's `usage`.
pub(super) fn write(usage: &Usage, tier: Option<&Text<'_>>, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    counts(usage, &mut object);
    let mut created = object.object("cache_creation");
    created.number("ephemeral_1h_input_tokens", usage.cache_write_1h);
    created.number("ephemeral_5m_input_tokens", usage.cache_write_5m);
    created.end();
    object.raw("server_tool_use", "null");
    match tier.map(Text::decode).as_deref() {
        Some("standard" | "default") => object.string("service_tier", "standard"),
        Some("priority") => object.string("service_tier", "priority"),
        Some("batch") => object.string("service_tier", "batch"),
        _ => object.raw("service_tier", "null"),
    };
    object.raw("inference_geo", "null");
    object.end();
}

/// Writes the value of `usage` at the end of a stream: the whole of it, not what was added since its start.
pub(super) fn write_last(usage: &Usage, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    counts(usage, &mut object);
    object.raw("server_tool_use", "null");
    object.end();
}

fn counts(usage: &Usage, object: &mut Object<'_>) {
    let cached = usage.cache_read.saturating_add(usage.cache_write());
    object.number("input_tokens", usage.input.saturating_sub(cached));
    object.number("cache_creation_input_tokens", usage.cache_write());
    object.number("cache_read_input_tokens", usage.cache_read);
    object.number("output_tokens", usage.output);
    let mut details = object.object("output_tokens_details");
    details.number("thinking_tokens", usage.reasoning);
    details.end();
    if usage.estimated {
        object.raw("estimated", "true");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::anthropic::Counted;
    use json::Value;

    #[test]
    fn what_is_written_is_read_back() {
        let usage = Usage {
            input: 100,
            output: 30,
            cache_read: 60,
            cache_write_5m: 7,
            cache_write_1h: 13,
            reasoning: 11,
            ..Usage::default()
        };
        let mut out = Vec::new();
        write(&usage, None, &mut out);
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with(r#"{"input_tokens":20,"cache_creation_input_tokens":20,"#), "{text}");
        let mut counted = Counted::default();
        counted.merge(&Value::parse(&text).unwrap());
        assert_eq!(counted.usage(), Some(usage));
    }
}
