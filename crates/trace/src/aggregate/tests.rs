use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use base::{RequestId, Rng};
use proptest::prelude::*;

use super::*;
use crate::codec::{put, take, unzigzag, zigzag};
use crate::{AiRecord, Attempt, CallerLabels, Phase, RouteLabels, SpanId, TokenUsage, TraceId};

fn record(seed: u64) -> CallRecord {
    let mut rng = Rng::seeded(seed);
    let started = Micros(i64::try_from(rng.below(10 * 60_000_000)).unwrap());
    let id = RequestId::new(started, &mut rng);
    let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let mut record = CallRecord::new(id, TraceId::default(), SpanId::default(), started, client);
    record.duration_us = rng.below(5_000_000);
    record.status = [200, 201, 404, 429, 503, 0][usize::try_from(rng.below(6)).unwrap()];
    record.reason = (record.status == 429).then_some("rate_limited".into());
    record.bytes_in = rng.below(1 << 20);
    record.place = (rng.below(5) > 0).then(|| {
        Arc::new(RouteLabels {
            team: "shop".into(),
            service: format!("service-{}", rng.below(3)).into(),
            route: format!("route-{}", rng.below(3)).into(),
        })
    });
    record.caller = (rng.below(2) > 0).then(|| {
        let application = format!("app-{}", rng.below(3)).into();
        Arc::new(CallerLabels { application, ..CallerLabels::default() })
    });
    let mut attempt = Attempt::new(1, "10.0.0.1:80".into(), 10);
    attempt.phases.set(Phase::Wait, 1_000);
    record.attempts.push(attempt);
    if rng.below(2) > 0 {
        record.ai = Some(Box::new(AiRecord {
            provider: Some("openai".into()),
            model: Some("gpt".into()),
            usage: TokenUsage { input: rng.below(1_000), output: rng.below(1_000), ..TokenUsage::default() },
            cost_micros: (rng.below(2) > 0).then(|| i64::try_from(rng.below(9_999)).unwrap()),
            ttft_us: Some(u32::try_from(rng.below(1_000_000)).unwrap()),
            ..AiRecord::default()
        }));
    }
    record
}

fn of(seeds: &[u64], max: usize) -> Aggregates {
    let mut aggregates = Aggregates::new(max);
    for seed in seeds {
        aggregates.add(&record(*seed));
    }
    aggregates
}

#[test]
fn the_key_names_what_the_record_knows() {
    let mut call = record(1);
    call.started = Micros(59_999_999);
    call.duration_us = 1;
    call.status = 404;
    call.place = Some(Arc::new(RouteLabels { team: "t".into(), service: "s".into(), route: "r".into() }));
    let key = AggregateKey::of(&call);
    assert_eq!((key.minute, key.status_class, &*key.team), (1, 4, "t"));
    assert_eq!(AggregateKey { minute: -61, ..key.clone() }.floored(60).minute, -120);
    assert_eq!(key.floored(1440).minute, 0);
}

#[test]
fn minutes_leave_in_order_and_whole() {
    let seeds: Vec<u64> = (0..200).collect();
    let mut aggregates = of(&seeds, 10_000);
    let before = aggregates.len();
    let early = aggregates.take_before(5);
    assert!(early.iter().all(|(key, _)| key.minute < 5));
    assert!(early.is_sorted_by(|(a, _), (b, _)| a < b));
    assert!(aggregates.iter().all(|(key, _)| key.minute >= 5));
    assert_eq!(aggregates.len() + early.len(), before);
    let late = aggregates.take_before(i64::MAX);
    let calls = |cells: &[(AggregateKey, Cell)]| cells.iter().map(|(_, cell)| cell.calls).sum::<u64>();
    assert_eq!(calls(&early) + calls(&late), 200);
    assert!(aggregates.is_empty());
}

#[test]
fn what_finds_no_room_is_still_counted() {
    let seeds: Vec<u64> = (0..500).collect();
    let mut aggregates = of(&seeds, 4);
    assert!(aggregates.overflowed() > 0);
    // Others: ten minutes, two teams, six status classes at most.
    assert!(aggregates.len() <= 4 + 10 * 2 * 6);
    let all = aggregates.take_before(i64::MAX);
    assert_eq!(all.iter().map(|(_, cell)| cell.calls).sum::<u64>(), 500);
    assert!(all.iter().any(|(key, _)| &*key.service == OTHER));
}

proptest! {
    #[test]
    fn parts_merge_to_the_whole(a in prop::collection::vec(0_u64..500, 0..60), b in prop::collection::vec(0_u64..500, 0..60)) {
        let mut merged = of(&a, 10_000);
        for (key, cell) in of(&b, 10_000).take_before(i64::MAX) {
            let cell = Cell::decode(&cell.encode()).unwrap();
            merged.merge(&key, &cell);
        }
        let mut whole = of(&[a, b].concat(), 10_000);
        prop_assert_eq!(merged.take_before(i64::MAX), whole.take_before(i64::MAX));
    }

    #[test]
    fn cut_or_foreign_bytes_are_refused(seeds in prop::collection::vec(0_u64..500, 1..20), foreign in prop::collection::vec(any::<u8>(), 0..100)) {
        for (_, cell) in of(&seeds, 1_000).take_before(i64::MAX) {
            let bytes = cell.encode();
            for cut in 0..bytes.len() {
                prop_assert!(Cell::decode(&bytes[..cut]).is_err());
            }
        }
        std::hint::black_box(&Cell::decode(&foreign));
    }

    #[test]
    fn numbers_survive_as_bytes(value in any::<u64>(), signed in any::<i64>()) {
        let mut out = Vec::new();
        put(&mut out, value);
        prop_assert_eq!(take(&mut out.as_slice()), Ok(value));
        prop_assert_eq!(unzigzag(zigzag(signed)), signed);
    }
}
