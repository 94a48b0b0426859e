//! What a call costs, in whole micro-dollars.

use super::Prices;
use crate::Usage;

/// What a call costs, in micro-dollars; the components sum to the total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// The prompt's text, without what the cache gave or took.
    pub input: i64,
    /// What the cache gave.
    pub cached: i64,
    /// What the cache took.
    pub cache_write: i64,
    /// The answer's text.
    pub output: i64,
    /// Reasoning.
    pub reasoning: i64,
    /// Audio, by its tokens.
    pub audio: i64,
    /// Images, by their tokens or by the piece.
    pub images: i64,
    /// What is paid by the second, the character, the query, the call.
    pub fixed: i64,
    /// All of it, rounded once, half up.
    pub total: i64,
}

/// Prices are per this many tokens.
const PER: i128 = 1_000_000;

/// What a call costs; none if a price that it needs is not known, or how much of what is paid was used.
///
/// Cached tokens without a price of their own cost as any other prompt token: no discount is known. Tokens
/// written for an hour have no such fallback if writes for five minutes have a price, nor have audio and images that were
/// made, since theirs is higher. A tier's missing hour price is unknown for the same reason. Images of the prompt cost as
/// its text where they have no price of their own. Searches without a price are left out.
///
/// What is told in several measures is paid in one: characters before all others; tokens that the provider counted
/// before seconds; queries of a reranking, and images that were made, before tokens that nobody counted.
pub fn cost(usage: &Usage, prices: &Prices) -> Option<Cost> {
    if !prices.know_any() {
        // A model without any price is not free, even if nothing was used.
        return None;
    }
    let mut bill = Bill { fixed: times(1, prices.per_request.or(Some(0)))?, ..Bill::default() };
    if usage.characters > 0 && prices.per_character.is_some() {
        bill.fixed = bill.fixed.checked_add(times(usage.characters, prices.per_character)?)?;
    } else if let Some(of_tokens) = bill.of_tokens(usage, prices) {
        bill = of_tokens;
    } else {
        // A second is a thousand of what is counted.
        let millis = Some(usage.millis).filter(|&millis| millis > 0)?;
        bill.fixed = bill.fixed.checked_add(times(millis, prices.per_second)?.div_euclid(1_000))?;
    }
    bill.split()
}

/// Tokens times price; nothing costs nothing, even at an unknown price.
fn times(count: u64, price: Option<i64>) -> Option<i128> {
    if count == 0 { Some(0) } else { i128::from(count).checked_mul(i128::from(price?)) }
}

/// Millionths of micro-dollars.
#[derive(Clone, Copy, Debug, Default)]
struct Bill {
    input: i128,
    cached: i128,
    cache_write: i128,
    output: i128,
    reasoning: i128,
    audio: i128,
    images: i128,
    fixed: i128,
}

// === impl Bill ===

impl Bill {
    /// With the tokens of the call, its queries and images; none if they cannot be charged.
    fn of_tokens(mut self, usage: &Usage, prices: &Prices) -> Option<Self> {
        let counted = !usage.estimated && usage.total() > 0;
        if !counted && (usage.characters > 0 || usage.millis > 0) {
            return None;
        }
        self.fixed = self.fixed.checked_add(times(usage.searches, prices.per_query.or(Some(0)))?)?;
        let mut paid = usage.queries > 0 && prices.per_query.is_some();
        if paid {
            self.fixed = self.fixed.checked_add(times(usage.queries, prices.per_query)?)?;
        }
        let by_piece = prices.per_image.filter(|_| usage.images > 0 && prices.image_out.is_none());
        if by_piece.is_some() {
            self.images = times(usage.images, by_piece)?;
            paid = true;
        }
        if !counted && !paid && (usage.queries > 0 || usage.images > 0) {
            return None;
        }
        if !counted && paid && prices.input.is_none() {
            return Some(self);
        }
        self.text(usage, prices)?;
        let image_out = if by_piece.is_some() { 0 } else { usage.image_out };
        self.images = self.images.checked_add(times(image_out, prices.image_out)?)?;
        Some(self)
    }

    /// Adds all tokens but those of images that were made.
    fn text(&mut self, usage: &Usage, prices: &Prices) -> Option<()> {
        let rates = Rates::of(usage, prices);
        let fresh = usage.input.saturating_sub(usage.cache_read.saturating_add(usage.cache_write()));
        // What was cached may have been audio as well: no token is paid twice.
        let audio_in = usage.audio_in.min(fresh);
        let image_in = usage.image_in.min(fresh - audio_in);
        let of_answer = usage.reasoning.saturating_add(usage.audio_out).saturating_add(usage.image_out);
        self.input = times(fresh - audio_in - image_in, rates.input)?;
        self.cached = times(usage.cache_read, rates.cache_read)?;
        let short = times(usage.cache_write_5m, rates.cache_write_5m)?;
        self.cache_write = short.checked_add(times(usage.cache_write_1h, rates.cache_write_1h)?)?;
        self.output = times(usage.output.saturating_sub(of_answer), rates.output)?;
        self.reasoning = times(usage.reasoning, prices.reasoning.or(rates.output))?;
        self.audio =
            times(audio_in, prices.audio_in)?.checked_add(times(usage.audio_out, prices.audio_out)?)?;
        self.images = self.images.checked_add(times(image_in, prices.image_in.or(rates.input))?)?;
        Some(())
    }

    /// Rounds the sum and hands what rounding down takes from the parts to those that lost most.
    fn split(self) -> Option<Cost> {
        let Self { input, cached, cache_write, output, reasoning, audio, images, fixed } = self;
        let exact = [input, cached, cache_write, output, reasoning, audio, images, fixed];
        let sum = exact.iter().try_fold(0_i128, |sum, part| sum.checked_add(*part))?;
        let total = sum.checked_add(PER / 2)?.div_euclid(PER);
        let mut parts = exact.map(|part| part.div_euclid(PER));
        let mut missing = total - parts.iter().sum::<i128>();
        let mut order: [usize; 8] = std::array::from_fn(|at| at);
        order.sort_by_key(|&part| std::cmp::Reverse(exact.get(part).map_or(0, |part| part.rem_euclid(PER))));
        for index in order {
            if missing > 0
                && let Some(part) = parts.get_mut(index)
            {
                *part += 1;
                missing -= 1;
            }
        }
        let [input, cached, cache_write, output, reasoning, audio, images, fixed] =
            parts.map(|part| i64::try_from(part).ok());
        Some(Cost {
            input: input?,
            cached: cached?,
            cache_write: cache_write?,
            output: output?,
            reasoning: reasoning?,
            audio: audio?,
            images: images?,
            fixed: fixed?,
            total: i64::try_from(total).ok()?,
        })
    }
}

/// The prices that hold for one call.
struct Rates {
    input: Option<i64>,
    output: Option<i64>,
    cache_read: Option<i64>,
    cache_write_5m: Option<i64>,
    cache_write_1h: Option<i64>,
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

#[cfg(test)]
mod tests;
