//! Usage in the words of Interactions: the prompt with what was cached, the answer without thoughts.

use json::{Object, Value};

use crate::Usage;

/// Writes the value of `usage`.
pub(super) fn write(usage: &Usage, out: &mut Vec<u8>) {
    let said = usage.output.saturating_sub(usage.reasoning);
    let mut object = Object::begin(out);
    object.number("total_tokens", usage.total()).number("total_input_tokens", usage.input);
    modalities("input_tokens_by_modality", usage.input, (usage.audio_in, usage.image_in), &mut object);
    object.number("total_cached_tokens", usage.cache_read).number("total_output_tokens", said);
    if usage.audio_out > 0 || usage.image_out > 0 {
        modalities("output_tokens_by_modality", said, (usage.audio_out, usage.image_out), &mut object);
    }
    object.raw("total_tool_use_tokens", "0").number("total_thought_tokens", usage.reasoning);
    object.end();
}

fn modalities(name: &'static str, all: u64, (audio, image): (u64, u64), object: &mut Object<'_>) {
    let mut list = object.array(name);
    let text = all.saturating_sub(audio.saturating_add(image));
    for (modality, tokens) in [("text", text), ("audio", audio), ("image", image)] {
        if tokens > 0 || modality == "text" {
            let mut entry = list.object();
            entry.string("modality", modality).number("tokens", tokens);
            entry.end();
        }
    }
    list.end();
}

/// Reads a `usage` object; none if it holds no count of tokens.
pub(super) fn read(usage: &Value<'_>) -> Option<Usage> {
    let told = |name: &str| usage.get(name).as_u64();
    let count = |name: &str| told(name).unwrap_or(0);
    told("total_tokens").or(told("total_input_tokens")).or(told("total_output_tokens"))?;
    let reasoning = count("total_thought_tokens");
    let input = count("total_input_tokens").saturating_add(count("total_tool_use_tokens"));
    let read = Usage {
        input,
        output: count("total_output_tokens").saturating_add(reasoning),
        cache_read: count("total_cached_tokens"),
        reasoning,
        audio_in: of(usage.get("input_tokens_by_modality"), "audio"),
        audio_out: of(usage.get("output_tokens_by_modality"), "audio"),
        image_out: of(usage.get("output_tokens_by_modality"), "image"),
        ..Usage::default()
    };
    Some(read.consistent())
}

/// Tokens of a modality.
fn of(list: &Value<'_>, modality: &str) -> u64 {
    let found = list.items().iter().filter(|entry| entry.get("modality").is(modality));
    found.filter_map(|entry| entry.get("tokens").as_u64()).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_the_same() {
        let used = Usage {
            input: 82,
            output: 17,
            cache_read: 64,
            reasoning: 8,
            audio_in: 6,
            audio_out: 3,
            image_out: 4,
            ..Usage::default()
        };
        let mut out = Vec::new();
        write(&used, &mut out);
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with(r#"{"total_tokens":99,"total_input_tokens":82,"#), "{text}");
        assert!(text.contains(r#""total_output_tokens":9,"#), "{text}");
        assert_eq!(read(&Value::parse(&text).unwrap()), Some(used));
        assert_eq!(read(&Value::parse("{}").unwrap()), None);
    }
}
