use proptest::prelude::*;

use super::*;

fn of(values: &[u64]) -> Sketch {
    let mut sketch = Sketch::new();
    for value in values {
        sketch.add(*value);
    }
    sketch
}

/// Values of all sizes alike, not only large ones.
fn values() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec((0_u32..45, any::<u64>()).prop_map(|(bits, value)| value >> (63 - bits)), 0..300)
}

#[test]
fn buckets_follow_each_other_without_gap() {
    for at in 0..BUCKETS {
        assert_eq!(bucket(first(at)), at);
        assert_eq!(bucket(last(at)), at);
        if at + 1 < BUCKETS {
            assert_eq!(last(at) + 1, first(at + 1));
        }
    }
    assert_eq!(last(BUCKETS - 1), MAX_VALUE);
}

#[test]
fn nothing_counted_is_all_zero() {
    let empty = Sketch::new();
    assert_eq!((empty.quantile(500), empty.mean(), empty.min(), empty.max()), (0, 0, 0, 0));
}

#[test]
fn small_sketches_are_small() {
    let mut out = Vec::new();
    of(&[1_000, 1_010, 9_000]).encode(&mut out);
    assert!(out.len() <= 16, "{} bytes", out.len());
}

proptest! {
    #[test]
    fn merged_parts_equal_the_whole(a in values(), b in values()) {
        let mut merged = of(&a);
        merged.merge(&of(&b));
        prop_assert_eq!(merged, of(&[a, b].concat()));
    }

    #[test]
    fn quantiles_are_within_two_percent(mut all in values(), permille in 0_u32..=1000) {
        prop_assume!(!all.is_empty());
        let sketch = of(&all);
        for value in &mut all {
            *value = (*value).min(MAX_VALUE);
        }
        all.sort_unstable();
        let rank = (all.len() * permille as usize).div_ceil(1000).max(1);
        let exact = all[rank - 1];
        let off = sketch.quantile(permille).abs_diff(exact);
        prop_assert!(off * 50 <= exact, "{} against {exact}", sketch.quantile(permille));
    }

    #[test]
    fn bytes_give_back_the_sketch(all in values()) {
        let sketch = of(&all);
        let mut out = Vec::new();
        sketch.encode(&mut out);
        let mut rest = out.as_slice();
        prop_assert_eq!(Sketch::decode(&mut rest), Ok(sketch));
        prop_assert!(rest.is_empty());
        for cut in 0..out.len() {
            prop_assert_eq!(Sketch::decode(&mut &out[..cut]), Err(DecodeError));
        }
    }

    #[test]
    fn foreign_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = bytes;
        if let Some(first) = bytes.first_mut() { *first = VERSION; }
        if let Ok(sketch) = Sketch::decode(&mut bytes.as_slice()) {
            let _ = (sketch.quantile(500), sketch.count_up_to(1_000));
        }
    }

    #[test]
    fn counts_up_to_a_bound_never_exceed_the_truth(all in values(), bound in 0_u64..MAX_VALUE) {
        let exact = all.iter().filter(|value| **value <= bound).count() as u64;
        prop_assert!(of(&all).count_up_to(bound) <= exact);
    }
}
