//! Usage of any numbers: whatever a provider counts, what is recorded is consistent, its cost sums up, and the client is told
//! the same.

use llm::catalogue::{Cost, Prices, cost};
use llm::{Context, ProviderKind, Usage};
use proptest::prelude::*;
use serde_json::Value;

use crate::facts::Facts;
use crate::same_facts::{DIALECTS, PROVIDERS, answers};
use crate::support::{context, path, read};

/// Answers that have something in their usage.
const CASES: [&str; 3] = ["cached_usage", "reasoning", "text"];

/// What becomes of the counts in an answer.
#[derive(Clone, Copy)]
enum Change<'a> {
    /// They are these, one after the other and again from the first.
    Counts(&'a [u64]),
    /// There are none.
    Gone,
}

/// Whether a member counts tokens, in any provider's words.
fn counts(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("token") || name.ends_with("eval_count")
}

fn change(value: &mut Value, change_to: Change<'_>, at: &mut usize) {
    match value {
        Value::Object(members) => {
            if let Change::Gone = change_to {
                members.retain(|name, value| !(counts(name) && value.is_number()));
            }
            for (name, value) in members {
                match change_to {
                    Change::Counts(numbers) if counts(name) && value.is_number() => {
                        *value = numbers[*at % numbers.len()].into();
                        *at += 1;
                    }
                    _ => change(value, change_to, at),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| change(item, change_to, at)),
        _ => {}
    }
}

/// The body with its counts changed, be it one object, a line each, or events.
fn changed(body: &[u8], change_to: Change<'_>) -> Vec<u8> {
    let text = std::str::from_utf8(body).unwrap();
    let mut at = 0;
    if let Ok(mut whole) = serde_json::from_str::<Value>(text) {
        change(&mut whole, change_to, &mut at);
        return whole.to_string().into_bytes();
    }
    let line = |line: &str| {
        let (front, data) = line.split_at(if line.starts_with("data:") { 5 } else { 0 });
        let Ok(mut value) = serde_json::from_str::<Value>(data) else { return format!("{line}\n") };
        change(&mut value, change_to, &mut at);
        format!("{front}{}{value}\n", if front.is_empty() { "" } else { " " })
    };
    text.lines().map(line).collect::<String>().into_bytes()
}

fn check(name: &str, usage: &Usage, facts: Option<&Facts>) {
    let cached = usage.cache_read.saturating_add(usage.cache_write());
    let of_answer = usage.reasoning.saturating_add(usage.audio_out).saturating_add(usage.image_out);
    assert!(cached <= usage.input && of_answer <= usage.output, "{name}: {usage:?}");
    let rate = Some(1_000_000);
    let prices = Prices {
        input: rate,
        output: rate,
        cache_read: rate,
        cache_write_5m: rate,
        cache_write_1h: rate,
        audio_in: rate,
        audio_out: rate,
        image_in: rate,
        image_out: rate,
        ..Prices::default()
    };
    let paid = cost(usage, &prices).unwrap_or_else(|| panic!("{name}: {usage:?}"));
    let Cost { input, cached, cache_write, output, reasoning, audio, images, fixed, total } = paid;
    let parts = [input, cached, cache_write, output, reasoning, audio, images, fixed];
    assert!(parts.iter().all(|part| *part >= 0), "{name}: {paid:?}");
    assert_eq!((parts.iter().sum::<i64>(), total.unsigned_abs()), (total, usage.total()), "{name}: {paid:?}");
    let Some(facts) = facts else { return };
    for (told, used) in [(facts.input, usage.input), (facts.output, usage.output)] {
        assert!(
            told.is_none_or(|told| told == used),
            "{name}: the client is told {facts:?}, recorded is {usage:?}"
        );
    }
}

/// Every answer to clients of every dialect, whole and streamed.
fn every(change_to: Change<'_>, mut check: impl FnMut(&str, &Usage, Option<&Facts>)) {
    let mut seen = 0;
    for &(provider, folder, ending) in PROVIDERS {
        for case in CASES.into_iter().filter(|case| path(&format!("answers/{folder}/{case}.json")).exists()) {
            let body = changed(&read(&format!("answers/{folder}/{case}.json")), change_to);
            // Frames are no text: their counts stay.
            let stream = (provider != ProviderKind::Bedrock)
                .then(|| changed(&read(&format!("answers/{folder}/{case}{ending}")), change_to));
            for &(dialect, (whole, streamed)) in DIALECTS {
                if !answers(provider, dialect) {
                    continue;
                }
                let name = format!("{case} of {provider:?} to {dialect:?}");
                let ctx = || Context { dialect, ..context(true) };
                let answer = provider.decode_response(&body, &ctx()).unwrap();
                let facts = (!answer.unchanged).then(|| whole(&answer.body));
                check(&name, &answer.usage, facts.as_ref());
                seen += 1;
                let Some(stream) = &stream else { continue };
                let (mut translator, mut out) = (provider.stream(ctx()), Vec::new());
                translator.push(stream, &mut out);
                translator.finish(&mut out);
                let facts = (!answer.unchanged).then(|| streamed(&out));
                check(&format!("{name}, streamed"), &translator.usage(), facts.as_ref());
            }
        }
    }
    assert!(seen > 150, "only {seen} answers were looked at");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_provider_counts_the_record_is_consistent_and_the_client_is_told_it(
        numbers in prop::collection::vec(prop_oneof![0..100_u64, any::<u32>().prop_map(u64::from)], 7)
    ) {
        every(Change::Counts(&numbers), check);
    }
}

/// QuantumNous/new-api#6212: what nobody counted is estimated, and says so.
#[test]
fn what_no_provider_counts_is_estimated_and_marked() {
    every(Change::Gone, |name, usage, facts| {
        assert!(usage.estimated, "{name}: {usage:?}");
        check(name, usage, facts);
    });
}
