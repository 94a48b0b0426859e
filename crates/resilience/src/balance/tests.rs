use proptest::prelude::*;

use super::*;

fn picks(weights: &[u32], count: usize) -> Vec<usize> {
    let mut rotation = SmoothWrr::new(weights.iter().copied());
    (0..count).map(|_| rotation.pick(|_| true).unwrap()).collect()
}

#[test]
fn heavy_targets_do_not_come_in_runs() {
    assert_eq!(picks(&[5, 1, 1], 7), [0, 0, 1, 0, 2, 0, 0]);
    assert_eq!(picks(&[1, 1, 1], 6), [0, 1, 2, 0, 1, 2]);
}

#[test]
fn nothing_available_gives_nothing() {
    let mut rotation = SmoothWrr::new([1, 0]);
    assert_eq!(rotation.pick(|at| at == 1), None);
    assert_eq!(rotation.pick(|_| false), None);
    assert_eq!(SmoothWrr::new([]).pick(|_| true), None);
    assert_eq!((rotation.len(), rotation.is_empty()), (2, false));
}

proptest! {
    /// Over one round of as many picks as the weights sum up to, each target comes exactly by weight,
    /// wherever the round starts.
    #[test]
    fn every_round_is_exact(weights in prop::collection::vec(0_u32..8, 1..7), offset in 0_usize..30) {
        let total: u32 = weights.iter().sum();
        prop_assume!(total > 0);
        let all = picks(&weights, offset * total as usize + total as usize);
        let round = &all[offset * total as usize..];
        for (at, weight) in weights.iter().enumerate() {
            prop_assert_eq!(round.iter().filter(|pick| **pick == at).count(), *weight as usize);
        }
    }

    /// At every moment a target is less than one turn per other target off its fair share.
    #[test]
    fn no_target_runs_ahead(weights in prop::collection::vec(1_u32..20, 2..6)) {
        let total: u32 = weights.iter().sum();
        let all = picks(&weights, total as usize);
        for count in 1..=all.len() {
            for (at, weight) in weights.iter().enumerate() {
                let came = all[..count].iter().filter(|pick| **pick == at).count();
                // Both sides times the sum of the weights, to stay with whole numbers.
                let off = (came * total as usize).abs_diff(count * *weight as usize);
                prop_assert!(off < weights.len() * total as usize);
            }
        }
    }

    /// With some targets out, the others share by their weights.
    #[test]
    fn the_rest_shares_by_weight(weights in prop::collection::vec(1_u32..8, 2..6), out in 0_usize..6) {
        let out = out % weights.len();
        let mut rotation = SmoothWrr::new(weights.iter().copied());
        let total: u32 = weights.iter().enumerate().filter(|(at, _)| *at != out).map(|(_, weight)| weight).sum();
        let mut came = vec![0; weights.len()];
        for _ in 0..total {
            came[rotation.pick(|at| at != out).unwrap()] += 1;
        }
        prop_assert_eq!(came[out], 0);
        for (at, weight) in weights.iter().enumerate().filter(|(at, _)| *at != out) {
            prop_assert_eq!(came[at], *weight);
        }
    }
}
