//! Usage in Gemini's words: the prompt with what was cached, the answer without thoughts.

use json::Object;

use crate::Usage;

/// Writes the value of `usageMetadata`.
pub(super) fn write(usage: &Usage, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    object.number("promptTokenCount", usage.input);
    if usage.cache_read > 0 {
        object.number("cachedContentTokenCount", usage.cache_read);
    }
    object.number("candidatesTokenCount", usage.output.saturating_sub(usage.reasoning));
    if usage.reasoning > 0 {
        object.number("thoughtsTokenCount", usage.reasoning);
    }
    object.number("totalTokenCount", usage.total());
    details("promptTokensDetails", usage.input, usage.audio_in, &mut object);
    if usage.audio_out > 0 {
        let spoken = usage.output.saturating_sub(usage.reasoning);
        details("candidatesTokensDetails", spoken, usage.audio_out, &mut object);
    }
    object.end();
}

fn details(name: &'static str, all: u64, audio: u64, object: &mut Object<'_>) {
    let mut list = object.array(name);
    for (modality, count) in [("TEXT", all.saturating_sub(audio)), ("AUDIO", audio)] {
        if count > 0 || modality == "TEXT" {
            let mut detail = list.object();
            detail.string("modality", modality).number("tokenCount", count);
            detail.end();
        }
    }
    list.end();
}
