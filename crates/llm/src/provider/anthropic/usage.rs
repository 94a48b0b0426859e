//! Usage in Anthropic's words, which count cached tokens apart from `input_tokens`.

use json::Value;

use crate::Usage;

/// What a provider has said of usage so far. A later word replaces an earlier one only by growing: the
/// numbers are cumulative, and some servers repeat a field as zero at the end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counted {
    said: bool,
    fresh: u64,
    cache_read: u64,
    cache_write: u64,
    cache_write_1h: u64,
    output: u64,
    reasoning: u64,
    searches: u64,
}

// === impl Counted ===

impl Counted {
    /// Takes in a `usage` object.
    pub(crate) fn merge(&mut self, usage: &Value<'_>) {
        if usage.members().is_empty() {
            return;
        }
        self.said = true;
        let grow = |field: &mut u64, value: &Value<'_>| *field = (*field).max(value.as_u64().unwrap_or(0));
        grow(&mut self.fresh, usage.get("input_tokens"));
        grow(&mut self.cache_read, usage.get("cache_read_input_tokens"));
        grow(&mut self.output, usage.get("output_tokens"));
        grow(&mut self.reasoning, usage.get("output_tokens_details").get("thinking_tokens"));
        grow(&mut self.searches, usage.get("server_tool_use").get("web_search_requests"));
        let created = usage.get("cache_creation");
        grow(&mut self.cache_write_1h, created.get("ephemeral_1h_input_tokens"));
        let short = created.get("ephemeral_5m_input_tokens").as_u64().unwrap_or(0);
        let parts = short.saturating_add(self.cache_write_1h);
        let total = usage.get("cache_creation_input_tokens").as_u64().unwrap_or(0);
        self.cache_write = self.cache_write.max(total).max(parts);
    }

    /// The usage by our convention; none if nothing was said. Written tokens whose time is not told count
    /// as written for five minutes.
    pub(crate) fn usage(&self) -> Option<Usage> {
        let input = self.fresh.saturating_add(self.cache_read).saturating_add(self.cache_write);
        let usage = Usage {
            input,
            output: self.output,
            cache_read: self.cache_read,
            cache_write_5m: self.cache_write.saturating_sub(self.cache_write_1h),
            cache_write_1h: self.cache_write_1h,
            reasoning: self.reasoning,
            searches: self.searches,
            ..Usage::default()
        };
        self.said.then(|| usage.consistent())
    }
}
