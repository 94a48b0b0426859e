//! How much a call used, by one convention whatever the provider's is.

use std::fmt;

mod reported;

pub use reported::Reported;

/// What one call used. **Inclusive**: `input` contains all cached, audio and image tokens of the prompt, `output`
/// all reasoning, audio and image tokens of the answer. Sums saturate.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
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
    /// Of `input`: images, where they are paid apart.
    pub image_in: u64,
    /// Of `output`: images.
    pub image_out: u64,
    /// Images that were made, or read for embeddings.
    pub images: u64,
    /// Milliseconds of speech that were heard or spoken.
    pub millis: u64,
    /// Characters that were spoken.
    pub characters: u64,
    /// Queries that the call is: those of a reranking.
    pub queries: u64,
    /// Searches that the provider made besides, to answer.
    pub searches: u64,
    /// What the provider says that it cost.
    pub reported: Option<Reported>,
    /// Whether some of this is our estimate, since the provider gave none.
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

    /// Both together. What a provider said that one of them cost is not known of both.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let sum = |of: fn(&Self) -> u64| of(self).saturating_add(of(other));
        Self {
            input: sum(|usage| usage.input),
            output: sum(|usage| usage.output),
            cache_read: sum(|usage| usage.cache_read),
            cache_write_5m: sum(|usage| usage.cache_write_5m),
            cache_write_1h: sum(|usage| usage.cache_write_1h),
            reasoning: sum(|usage| usage.reasoning),
            audio_in: sum(|usage| usage.audio_in),
            audio_out: sum(|usage| usage.audio_out),
            image_in: sum(|usage| usage.image_in),
            image_out: sum(|usage| usage.image_out),
            images: sum(|usage| usage.images),
            millis: sum(|usage| usage.millis),
            characters: sum(|usage| usage.characters),
            queries: sum(|usage| usage.queries),
            searches: sum(|usage| usage.searches),
            reported: None,
            estimated: self.estimated || other.estimated,
        }
    }

    /// An estimate from sizes of text: four bytes a token, rounded up.
    pub fn estimate(prompt_bytes: usize, output_bytes: usize) -> Self {
        let tokens = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX).div_ceil(BYTES_PER_TOKEN);
        Self { input: tokens(prompt_bytes), output: tokens(output_bytes), estimated: true, ..Self::default() }
    }

    /// Makes the parts fit into the whole, so that no difference of them can become negative. A provider
    /// that reports more cached tokens than prompt tokens counts them apart: they are added. Reasoning, audio and
    /// images beyond the answer are cut.
    #[must_use]
    pub fn consistent(mut self) -> Self {
        let cached = self.cache_read.saturating_add(self.cache_write());
        if cached > self.input {
            self.input = self.input.saturating_add(cached);
        }
        self.audio_in = self.audio_in.min(self.input);
        self.image_in = self.image_in.min(self.input - self.audio_in);
        self.reasoning = self.reasoning.min(self.output);
        self.audio_out = self.audio_out.min(self.output - self.reasoning);
        self.image_out = self.image_out.min(self.output - self.reasoning - self.audio_out);
        self
    }
}

impl fmt::Debug for Usage {
    /// Of what few calls have only what this one has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = f.debug_struct("Usage");
        told.field("input", &self.input).field("output", &self.output);
        told.field("cache_read", &self.cache_read).field("cache_write_5m", &self.cache_write_5m);
        told.field("cache_write_1h", &self.cache_write_1h).field("reasoning", &self.reasoning);
        told.field("audio_in", &self.audio_in).field("audio_out", &self.audio_out);
        let pieces = [
            ("image_in", self.image_in),
            ("image_out", self.image_out),
            ("images", self.images),
            ("millis", self.millis),
            ("characters", self.characters),
            ("queries", self.queries),
            ("searches", self.searches),
        ];
        for (name, count) in pieces.into_iter().filter(|(_, count)| *count > 0) {
            told.field(name, &count);
        }
        if let Some(reported) = &self.reported {
            told.field("reported", reported);
        }
        told.field("estimated", &self.estimated).finish()
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
        fn parts_never_exceed_the_whole(parts in any::<[u64; 10]>()) {
            let [input, output, cache_read, cache_write_5m, cache_write_1h, reasoning, audio_in, audio_out, image_in,
                image_out] = parts;
            let usage = Usage {
                input, output, cache_read, cache_write_5m, cache_write_1h, reasoning, audio_in, audio_out, image_in,
                image_out, ..Usage::default()
            }.consistent();
            prop_assert!(usage.cache_read.saturating_add(usage.cache_write()) <= usage.input);
            let of_output = usage.reasoning.saturating_add(usage.audio_out).saturating_add(usage.image_out);
            prop_assert!(of_output <= usage.output);
            prop_assert!(usage.audio_in.saturating_add(usage.image_in) <= usage.input);
            prop_assert!(usage.total() >= usage.input);
        }
    }
}
