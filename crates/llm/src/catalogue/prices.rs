//! What models cost, a piece of each thing.

/// Prices, in micro-dollars per million tokens, or per million images, seconds, characters, queries or calls. What is
/// not known is none, which is not the same as free.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// Prompt tokens.
    pub input: Option<i64>,
    /// Tokens of the answer.
    pub output: Option<i64>,
    /// Prompt tokens read from the cache.
    pub cache_read: Option<i64>,
    /// Prompt tokens written to the cache for five minutes, or for a time that the provider does not sell
    /// apart.
    pub cache_write_5m: Option<i64>,
    /// Prompt tokens written to the cache for an hour.
    pub cache_write_1h: Option<i64>,
    /// Tokens of reasoning, where they differ from `output`.
    pub reasoning: Option<i64>,
    /// Prompt tokens of audio.
    pub audio_in: Option<i64>,
    /// Answer tokens of audio.
    pub audio_out: Option<i64>,
    /// Prompt tokens of images, where they are paid apart; the catalogue knows none.
    pub image_in: Option<i64>,
    /// Answer tokens of images; the catalogue knows none.
    pub image_out: Option<i64>,
    /// Prompt tokens of a batch.
    pub batch_input: Option<i64>,
    /// Answer tokens of a batch.
    pub batch_output: Option<i64>,
    /// Images.
    pub per_image: Option<i64>,
    /// Seconds of audio or video.
    pub per_second: Option<i64>,
    /// Characters.
    pub per_character: Option<i64>,
    /// Queries of a reranking, and searches of the web.
    pub per_query: Option<i64>,
    /// Calls; the catalogue knows none, which are then free.
    pub per_request: Option<i64>,
    /// Prices of long prompts.
    pub tiers: Vec<Tier>,
}

/// Prices of prompts above a size. What a tier does not name costs as without it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tier {
    /// It holds for prompts of more tokens than this, for the call as a whole.
    pub above: u64,
    /// Prompt tokens.
    pub input: Option<i64>,
    /// Tokens of the answer.
    pub output: Option<i64>,
    /// Prompt tokens read from the cache.
    pub cache_read: Option<i64>,
    /// Prompt tokens written to the cache.
    pub cache_write: Option<i64>,
}

// === impl Prices ===

impl Prices {
    /// The price of a million tokens, in micro-dollars, by that in dollars; none of what is no number of at least zero.
    pub fn per_million(dollars: f64) -> Option<i64> {
        micros(dollars, 1e6)
    }

    /// The price of a million pieces, in micro-dollars, by that of one in dollars.
    pub fn per_piece(dollars: f64) -> Option<i64> {
        micros(dollars, 1e12)
    }

    /// The prices of all calls of a batch together. Nothing is known of what caches or long prompts cost in one: cached
    /// tokens cost as others do there, and tiers are for a single prompt, whose length the total does not tell.
    #[must_use]
    pub fn of_batch(&self) -> Option<Self> {
        let (input, output) = (self.batch_input?, self.batch_output);
        Some(Self { input: Some(input), output, ..Self::default() })
    }

    /// Whether anything is known.
    pub(super) fn know_any(&self) -> bool {
        let tokens = [self.input, self.output, self.audio_in, self.audio_out, self.image_in, self.image_out];
        let pieces = [self.per_image, self.per_second, self.per_character, self.per_query, self.per_request];
        tokens.into_iter().chain(pieces).any(|price| price.is_some())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn micros(dollars: f64, scale: f64) -> Option<i64> {
    (0.0..=1.0e6).contains(&dollars).then(|| (dollars * scale).round() as i64)
}

// === impl Tier ===

impl Tier {
    /// Reads `above,input,output,cache_read,cache_write`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut fields = text.split(',');
        let above = fields.next()?.parse().ok()?;
        let mut price = || fields.next().and_then(|field| field.parse().ok());
        Some(Self { above, input: price(), output: price(), cache_read: price(), cache_write: price() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_become_whole_micro_dollars() {
        assert_eq!(Prices::per_million(2.5), Some(2_500_000));
        assert_eq!(Prices::per_piece(0.000_015), Some(15_000_000));
        assert_eq!(Prices::per_million(0.0), Some(0));
        for none in [-1.0, f64::NAN, f64::INFINITY, 1e7] {
            assert_eq!((Prices::per_million(none), Prices::per_piece(none)), (None, None), "{none}");
        }
    }

    #[test]
    fn a_batch_has_prices_of_its_own() {
        let prices = Prices {
            input: Some(10),
            cache_read: Some(1),
            batch_input: Some(5),
            batch_output: Some(7),
            tiers: vec![Tier { above: 100, input: Some(20), ..Tier::default() }],
            ..Prices::default()
        };
        let batch = prices.of_batch().unwrap();
        assert_eq!((batch.input, batch.output, batch.cache_read), (Some(5), Some(7), None));
        assert!(batch.tiers.is_empty(), "the total is no prompt");
        assert_eq!(Prices { batch_input: None, ..prices }.of_batch(), None);
    }
}
