use proptest::prelude::*;

use super::*;
use crate::catalogue::{Catalogue, Tier};

fn prices() -> Prices {
    Prices {
        input: Some(3_000_000),
        output: Some(15_000_000),
        cache_read: Some(300_000),
        cache_write_5m: Some(3_750_000),
        cache_write_1h: Some(6_000_000),
        tiers: vec![Tier { above: 200_000, input: Some(6_000_000), ..Tier::default() }],
        ..Prices::default()
    }
}

#[test]
fn cached_tokens_are_charged_once_and_at_their_own_price() {
    let usage = Usage {
        input: 1000,
        output: 100,
        cache_read: 600,
        cache_write_5m: 200,
        cache_write_1h: 100,
        reasoning: 40,
        ..Usage::default()
    };
    let cost = cost(&usage, &prices()).unwrap();
    let expect =
        Cost { input: 300, cached: 180, cache_write: 1350, output: 900, reasoning: 600, ..Cost::default() };
    assert_eq!(cost, Cost { total: 3330, ..expect });
}

#[test]
fn an_unknown_price_is_unknown_and_not_zero() {
    let usage = Usage { input: 10, output: 5, ..Usage::default() };
    assert_eq!(cost(&usage, &Prices::default()), None);
    assert_eq!(cost(&usage, &Prices { output: None, ..prices() }), None);
    assert_eq!(cost(&Usage::default(), &Prices::default()), None);
    let free = Prices { input: Some(0), output: Some(0), ..Prices::default() };
    assert_eq!(cost(&usage, &free).unwrap().total, 0);
    // What a call does not use needs no price: an embedding has no answer.
    let embedding = Usage { input: 10, ..Usage::default() };
    assert!(cost(&embedding, &Prices { input: Some(1), ..Prices::default() }).is_some());
}

#[test]
fn missing_cache_prices_fall_back_only_where_that_is_no_discount() {
    let read = Usage { input: 10, cache_read: 10, ..Usage::default() };
    assert_eq!(cost(&read, &Prices { cache_read: None, ..prices() }).unwrap().cached, 30);
    let hour = Usage { input: 10, cache_write_1h: 10, ..Usage::default() };
    assert_eq!(cost(&hour, &Prices { cache_write_1h: None, ..prices() }), None);
    let audio = Usage { input: 10, audio_in: 10, ..Usage::default() };
    assert_eq!(cost(&audio, &prices()), None);
    let image = Usage { input: 10, image_in: 4, ..Usage::default() };
    let seen = cost(&image, &prices()).unwrap();
    assert_eq!((seen.input, seen.images, seen.total), (18, 12, 30));
}

#[test]
fn a_tier_holds_for_the_whole_call_above_its_size() {
    let at = |input| cost(&Usage { input, output: 1_000_000, ..Usage::default() }, &prices()).unwrap();
    assert_eq!(at(200_000).input, 600_000);
    assert_eq!(at(200_001).input, 1_200_006);
    assert_eq!(at(200_001).output, 15_000_000);
}

#[test]
fn the_total_is_rounded_once() {
    // 0.6 + 0.6 micro-dollars: 1.2 in all, though each part alone would round up.
    let prices = Prices { input: Some(600_000), output: Some(600_000), ..Prices::default() };
    let cost = cost(&Usage { input: 1, output: 1, ..Usage::default() }, &prices).unwrap();
    assert_eq!(cost, Cost { input: 1, output: 0, total: 1, ..Cost::default() });
}

fn parts(cost: &Cost) -> [i64; 8] {
    let Cost { input, cached, cache_write, output, reasoning, audio, images, fixed, .. } = *cost;
    [input, cached, cache_write, output, reasoning, audio, images, fixed]
}

fn sum(cost: &Cost) -> i64 {
    parts(cost).iter().sum()
}

fn tokens(counts: [u64; 10]) -> Usage {
    let [
        input,
        output,
        cache_read,
        cache_write_5m,
        cache_write_1h,
        reasoning,
        audio_in,
        audio_out,
        image_in,
        image_out,
    ] = counts;
    let usage =
        Usage { input, output, cache_read, cache_write_5m, cache_write_1h, reasoning, ..Usage::default() };
    Usage { audio_in, audio_out, image_in, image_out, ..usage }
}

/// The same price for everything.
fn every(rate: i64) -> Prices {
    let rate = Some(rate);
    Prices {
        input: rate,
        output: rate,
        cache_read: rate,
        cache_write_5m: rate,
        cache_write_1h: rate,
        audio_in: rate,
        audio_out: rate,
        image_in: rate,
        image_out: rate,
        per_image: rate,
        per_second: rate,
        per_character: rate,
        per_query: rate,
        per_request: rate.filter(|rate| *rate != 1_000_000),
        ..Prices::default()
    }
}

fn priced(model: &str) -> Prices {
    Catalogue::builtin().lookup(model, None).unwrap().prices
}

#[test]
fn speech_is_paid_by_the_character_or_the_second() {
    let spoken = Usage { characters: 1_000, millis: 60_000, ..Usage::estimate(1_000, 0) };
    let by_character = cost(&spoken, &priced("tts-1")).unwrap();
    assert_eq!((by_character.fixed, by_character.total), (15_000, 15_000));
    // Its characters have no price, and nobody counted its tokens.
    assert_eq!(cost(&spoken, &priced("gpt-4o-mini-tts")).unwrap().total, 15_000);
    let counted =
        Usage { characters: 1_000, input: 250, output: 1_000, audio_out: 1_000, ..Usage::default() };
    let by_token = cost(&counted, &priced("gpt-4o-mini-tts")).unwrap();
    assert_eq!((by_token.input, by_token.audio, by_token.total), (150, 12_000, 12_150));
    assert_eq!(cost(&spoken, &Prices { input: Some(1), ..Prices::default() }), None);
}

#[test]
fn transcriptions_are_paid_by_the_token_or_the_second() {
    let heard = Usage { millis: 90_500, ..Usage::default() };
    assert_eq!(cost(&heard, &priced("whisper-1")).unwrap().total, 9_050);
    let counted = Usage { input: 110, audio_in: 100, output: 20, millis: 9_000, ..Usage::default() };
    let by_token = cost(&counted, &priced("gpt-4o-transcribe")).unwrap();
    assert_eq!((by_token.input, by_token.audio, by_token.output, by_token.fixed), (25, 250, 200, 0));
    assert_eq!(cost(&Usage::estimate(0, 40), &priced("whisper-1")), None);
}

#[test]
fn images_are_paid_by_their_tokens_or_by_the_piece() {
    let made = Usage { input: 100, output: 1_056, image_out: 1_056, images: 2, ..Usage::default() };
    let by_piece = cost(&made, &priced("gemini-2.5-flash-image")).unwrap();
    assert_eq!((by_piece.input, by_piece.images, by_piece.output), (30, 78_000, 0));
    // The catalogue has a price for its text alone.
    assert_eq!(cost(&made, &priced("gpt-image-1")), None);
    let of_document = Prices { image_out: Some(40_000_000), ..priced("gpt-image-1") };
    let by_token = cost(&made, &of_document).unwrap();
    assert_eq!((by_token.input, by_token.images), (500, 42_240));
    let uncounted = Usage { images: 1, ..Usage::estimate(40, 0) };
    let per_image = Prices { per_image: Some(40_000_000_000), ..Prices::default() };
    assert_eq!(cost(&uncounted, &per_image).unwrap().images, 40_000);
    assert_eq!(cost(&uncounted, &priced("gpt-image-1")), None);
}

#[test]
fn queries_searches_and_calls_have_their_price() {
    let ranked = Usage { queries: 2, ..Usage::estimate(4_000, 0) };
    assert_eq!(cost(&ranked, &priced("rerank-v3.5")).unwrap().fixed, 4_000);
    assert_eq!(cost(&ranked, &priced("rerank-v5.0-pro")), None);
    let counted = Usage { queries: 1, input: 1_000, ..Usage::default() };
    assert_eq!(cost(&counted, &priced("rerank-v5.0-pro")).unwrap().total, 50);
    // What a search costs besides is not known, so that its tokens are charged alone; a document may say.
    let searched = Usage { input: 10, searches: 3, ..Usage::default() };
    assert_eq!(cost(&searched, &prices()).unwrap().total, 30);
    assert_eq!(cost(&searched, &Prices { input: None, ..prices() }), None);
    let of_document =
        Prices { per_query: Some(10_000_000_000), per_request: Some(5_000_000_000), ..prices() };
    assert_eq!(cost(&searched, &of_document).unwrap().fixed, 35_000);
}

/// What of the prompt was cached may have been audio as well.
#[test]
fn cached_audio_is_paid_once() {
    let usage = Usage { input: 100, cache_read: 60, audio_in: 50, ..Usage::default() };
    let prices = Prices { audio_in: Some(10_000_000), ..prices() };
    let cost = cost(&usage, &prices).unwrap();
    assert_eq!((cost.input, cost.cached, cost.audio), (0, 18, 400));
}

proptest! {
    #[test]
    fn components_sum_to_the_total(
        counts in any::<[u32; 6]>(),
        rates in proptest::array::uniform5(0_i64..100_000_000),
    ) {
        let [input, output, cache_read, cache_write_5m, cache_write_1h, reasoning] = counts.map(u64::from);
        let usage = Usage { input, output, cache_read, cache_write_5m, cache_write_1h, reasoning, ..Usage::default() };
        let usage = usage.consistent();
        let prices = Prices {
            input: Some(rates[0]),
            output: Some(rates[1]),
            cache_read: Some(rates[2]),
            cache_write_5m: Some(rates[3]),
            cache_write_1h: Some(rates[4]),
            ..Prices::default()
        };
        let cost = cost(&usage, &prices).unwrap();
        prop_assert_eq!(sum(&cost), cost.total);
        for part in parts(&cost) {
            prop_assert!(part >= 0);
        }
    }

    #[test]
    fn no_token_is_paid_twice_and_none_is_forgotten(counts in any::<[u32; 10]>()) {
        let usage = tokens(counts.map(u64::from)).consistent();
        // A dollar for a million, whatever it is: a micro-dollar a token.
        let cost = cost(&usage, &every(1_000_000)).unwrap();
        prop_assert_eq!(u64::try_from(cost.total).unwrap(), usage.total());
        prop_assert_eq!(sum(&cost), cost.total);
    }

    #[test]
    fn any_usage_is_harmless(counts in any::<[u64; 10]>(), pieces in any::<[u64; 5]>(), rate in any::<i64>(), estimated: bool) {
        let [images, millis, characters, queries, searches] = pieces;
        let usage = Usage { images, millis, characters, queries, searches, estimated, ..tokens(counts) };
        let all = every(rate);
        cost(&usage, &all);
        cost(&usage.consistent(), &all);
        for prices in [
            Prices { per_character: None, ..all.clone() },
            Prices { per_character: None, input: None, ..all.clone() },
            Prices { per_character: None, image_out: None, ..all },
        ] {
            cost(&usage, &prices);
        }
    }
}
