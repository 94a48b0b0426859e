//! Usage in Converse's words, which count cached tokens apart from `inputTokens` and within `totalTokens`.

use json::Object;

use crate::Usage;

/// Writes the value of `usage`.
pub(super) fn write(usage: &Usage, out: &mut Vec<u8>) {
    let written = usage.cache_write();
    let fresh = usage.input.saturating_sub(usage.cache_read.saturating_add(written));
    let mut object = Object::begin(out);
    object.number("inputTokens", fresh).number("outputTokens", usage.output);
    object.number("totalTokens", usage.total());
    object.number("cacheReadInputTokens", usage.cache_read).number("cacheWriteInputTokens", written);
    let details = [("5m", usage.cache_write_5m), ("1h", usage.cache_write_1h)];
    if written > 0 {
        let mut list = object.array("cacheDetails");
        for (ttl, tokens) in details.into_iter().filter(|(_, tokens)| *tokens > 0) {
            let mut detail = list.object();
            detail.string("ttl", ttl).number("inputTokens", tokens);
            detail.end();
        }
        list.end();
    }
    object.end();
}
