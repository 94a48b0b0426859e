use proptest::prelude::*;

use super::*;

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
    assert_eq!(cost, Cost { input: 300, cached: 180, cache_write: 1350, output: 1500, total: 3330 });
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

#[test]
fn prices_from_documents() {
    let prices = Prices::from_dollars(2.5, 10.0, Some(0.25), Some(f64::NAN));
    assert_eq!((prices.input, prices.output), (Some(2_500_000), Some(10_000_000)));
    assert_eq!((prices.cache_read, prices.cache_write_5m), (Some(250_000), None));
    assert_eq!(Prices::from_dollars(-1.0, f64::INFINITY, None, None), Prices::default());
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
        prop_assert_eq!(cost.input + cost.cached + cost.cache_write + cost.output, cost.total);
        for part in [cost.input, cost.cached, cost.cache_write, cost.output] {
            prop_assert!(part >= 0);
        }
    }

    #[test]
    fn any_usage_is_harmless(counts in any::<[u64; 8]>(), rate in any::<i64>()) {
        let [input, output, cache_read, cache_write_5m, cache_write_1h, reasoning, audio_in, audio_out] = counts;
        let usage = Usage {
            input, output, cache_read, cache_write_5m, cache_write_1h, reasoning, audio_in, audio_out, estimated: false,
        };
        let prices = Prices { input: Some(rate), output: Some(rate), audio_in: Some(rate), audio_out: Some(rate), ..Prices::default() };
        cost(&usage, &prices);
        cost(&usage.consistent(), &prices);
    }
}
