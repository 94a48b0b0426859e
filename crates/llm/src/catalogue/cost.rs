//! What a call costs, in whole micro-dollars.

use crate::Usage;

/// List prices, in micro-dollars per million tokens, or per million images, seconds, characters or queries.
/// What is not known is none, which is not the same as free.
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
    /// Queries.
    pub per_query: Option<i64>,
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

/// What a call costs, in micro-dollars; the components sum to the total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// The prompt, without what the cache gave or took.
    pub input: i64,
    /// What the cache gave.
    pub cached: i64,
    /// What the cache took.
    pub cache_write: i64,
    /// The answer, reasoning included.
    pub output: i64,
    /// All of it, rounded once, half up.
    pub total: i64,
}

/// Prices are per this many tokens.
const PER: i128 = 1_000_000;

/// What a call costs; none if a price that it needs is not known.
///
/// Cached tokens without a price of their own cost as any other prompt token: no discount is known. Tokens
/// written for an hour have no such fallback if writes for five minutes have a price, nor has audio, since
/// theirs is higher. A tier's missing hour price is unknown for the same reason.
pub fn cost(usage: &Usage, prices: &Prices) -> Option<Cost> {
    let rates = Rates::of(usage, prices);
    let cached = usage.cache_read.saturating_add(usage.cache_write());
    let plain_in = usage.input.saturating_sub(cached).saturating_sub(usage.audio_in);
    let plain_out = usage.output.saturating_sub(usage.reasoning).saturating_sub(usage.audio_out);
    let input = times(plain_in, rates.input)?.checked_add(times(usage.audio_in, prices.audio_in)?)?;
    let read = times(usage.cache_read, rates.cache_read)?;
    let write = times(usage.cache_write_5m, rates.cache_write_5m)?
        .checked_add(times(usage.cache_write_1h, rates.cache_write_1h)?)?;
    let output = times(plain_out, rates.output)?
        .checked_add(times(usage.reasoning, prices.reasoning.or(rates.output))?)?
        .checked_add(times(usage.audio_out, prices.audio_out)?)?;
    // A model without any price is not free, even if nothing was used.
    rates.input.or(rates.output)?;
    split([input, read, write, output])
}

/// The prices that hold for one call.
struct Rates {
    input: Option<i64>,
    output: Option<i64>,
    cache_read: Option<i64>,
    cache_write_5m: Option<i64>,
    cache_write_1h: Option<i64>,
}

/// Tokens times price; nothing costs nothing, even at an unknown price.
fn times(tokens: u64, price: Option<i64>) -> Option<i128> {
    if tokens == 0 { Some(0) } else { i128::from(tokens).checked_mul(i128::from(price?)) }
}

/// Rounds the sum and hands what rounding down takes from the parts to those that lost most.
fn split(exact: [i128; 4]) -> Option<Cost> {
    let sum = exact.iter().try_fold(0_i128, |sum, part| sum.checked_add(*part))?;
    let total = (sum + PER / 2).div_euclid(PER);
    let mut parts = exact.map(|part| part.div_euclid(PER));
    let mut missing = total - parts.iter().sum::<i128>();
    let mut order = [0_usize, 1, 2, 3];
    order.sort_by_key(|&part| std::cmp::Reverse(exact.get(part).map_or(0, |part| part.rem_euclid(PER))));
    for index in order {
        if missing > 0
            && let Some(part) = parts.get_mut(index)
        {
            *part += 1;
            missing -= 1;
        }
    }
    let [input, cached, cache_write, output] = parts.map(|part| i64::try_from(part).ok());
    Some(Cost {
        input: input?,
        cached: cached?,
        cache_write: cache_write?,
        output: output?,
        total: i64::try_from(total).ok()?,
    })
}

// === impl Rates ===

impl Rates {
    fn of(usage: &Usage, prices: &Prices) -> Self {
        let tier = prices.tiers.iter().filter(|tier| usage.input > tier.above).max_by_key(|tier| tier.above);
        let Some(tier) = tier else {
            return Self {
                input: prices.input,
                output: prices.output,
                cache_read: prices.cache_read.or(prices.input),
                cache_write_5m: prices.cache_write_5m.or(prices.input),
                cache_write_1h: hour(prices.cache_write_1h, prices.cache_write_5m, prices.input),
            };
        };
        let input = tier.input.or(prices.input);
        let cache_write = tier.cache_write.or(prices.cache_write_5m);
        let hour_price = prices.cache_write_1h.filter(|_| tier.cache_write.is_none());
        Self {
            input,
            output: tier.output.or(prices.output),
            cache_read: tier.cache_read.or(prices.cache_read).or(input),
            cache_write_5m: cache_write.or(input),
            cache_write_1h: hour(hour_price, cache_write, input),
        }
    }
}

fn hour(own: Option<i64>, short: Option<i64>, input: Option<i64>) -> Option<i64> {
    own.or(if short.is_some() { None } else { input })
}

// === impl Prices ===

impl Prices {
    /// Prices from a document, in US dollars per million tokens; what is no number of at least zero is
    /// unknown. Tokens written to the cache cost the same for whatever time.
    pub fn from_dollars(input: f64, output: f64, cache_read: Option<f64>, cache_write: Option<f64>) -> Self {
        let cache_write = cache_write.and_then(micros);
        Self {
            input: micros(input),
            output: micros(output),
            cache_read: cache_read.and_then(micros),
            cache_write_5m: cache_write,
            cache_write_1h: cache_write,
            ..Self::default()
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn micros(dollars: f64) -> Option<i64> {
    (0.0..=1.0e12).contains(&dollars).then(|| (dollars * 1e6).round() as i64)
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
mod tests;
