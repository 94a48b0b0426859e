//! How much a call used, by one convention whatever the provider's is.

/// Tokens of one call. **Inclusive**: `input` contains all cached and audio tokens of the prompt, `output`
/// all reasoning and audio tokens of the answer. Sums saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the whole prompt.
    pub input: u64,
    /// Tokens of the whole answer.
    pub output: u64,
    /// Of `input`: read from the provider's prompt cache.
    pub cache_read: u64,
    /// Of `input`: written to the prompt cache for five minutes, or for a time that is not known.
    pub cache_write_5m: u64,
    /// Of `input`: written to the prompt cache for an hour.
    pub cache_write_1h: u64,
    /// Of `output`: reasoning.
    pub reasoning: u64,
    /// Of `input`: audio.
    pub audio_in: u64,
    /// Of `output`: audio.
    pub audio_out: u64,
    /// Whether these are our estimate, since the provider gave none.
    pub estimated: bool,
}

/// How many bytes of text we count as one token where we must estimate.
const BYTES_PER_TOKEN: u64 = 4;

// === impl Usage ===

impl Usage {
    /// All tokens.
    pub fn total(&self) -> u64 {
        self.input.saturating_add(self.output)
    }

    /// Tokens written to a cache, for whatever time.
    pub fn cache_write(&self) -> u64 {
        self.cache_write_5m.saturating_add(self.cache_write_1h)
    }

    /// An estimate from sizes of text: four bytes a token, rounded up.
    pub fn estimate(prompt_bytes: usize, output_bytes: usize) -> Self {
        let tokens = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX).div_ceil(BYTES_PER_TOKEN);
        Self { input: tokens(prompt_bytes), output: tokens(output_bytes), estimated: true, ..Self::default() }
    }

    /// Makes the parts fit into the whole, so that no difference of them can become negative. A provider
    /// that reports more cached tokens than prompt tokens counts them apart: they are added. Reasoning and
    /// audio beyond the answer are cut.
    #[must_use]
    pub fn consistent(mut self) -> Self {
        let cached = self.cache_read.saturating_add(self.cache_write());
        if cached > self.input {
            self.input = self.input.saturating_add(cached);
        }
        self.audio_in = self.audio_in.min(self.input);
        self.reasoning = self.reasoning.min(self.output);
        self.audio_out = self.audio_out.min(self.output - self.reasoning);
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn estimates_are_marked_and_rounded_up() {
        let usage = Usage::estimate(9, 4);
        assert_eq!((usage.input, usage.output, usage.total()), (3, 1, 4));
        assert!(usage.estimated);
    }

    #[test]
    fn more_cached_than_prompt_tokens_means_they_were_counted_apart() {
        let usage = Usage { input: 10, cache_read: 90, cache_write_5m: 5, ..Usage::default() }.consistent();
        assert_eq!(usage.input, 105);
    }

    proptest! {
        #[test]
        fn parts_never_exceed_the_whole(parts in any::<[u64; 8]>()) {
            let [input, output, cache_read, cache_write_5m, cache_write_1h, reasoning, audio_in, audio_out] = parts;
            let usage = Usage {
                input, output, cache_read, cache_write_5m, cache_write_1h, reasoning, audio_in, audio_out,
                estimated: false,
            }.consistent();
            prop_assert!(usage.cache_read.saturating_add(usage.cache_write()) <= usage.input);
            prop_assert!(usage.reasoning.saturating_add(usage.audio_out) <= usage.output);
            prop_assert!(usage.audio_in <= usage.input);
            prop_assert!(usage.total() >= usage.input);
        }
    }
}
