//! Usage in Cohere's words.

use json::Object;

use crate::Usage;

/// Writes the value of `usage`: what was read is what is billed.
pub(super) fn write(usage: &Usage, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    for units in ["billed_units", "tokens"] {
        let mut counts = object.object(units);
        counts.number("input_tokens", usage.input).number("output_tokens", usage.output);
        counts.end();
    }
    object.number("cached_tokens", usage.cache_read);
    object.end();
}
