//! Smooth weighted round robin: shares by weight, and spread out instead of in runs.

#[cfg(test)]
mod tests;

/// The rotation of a set of targets, by place. Weights 5, 1, 1 give a a b a c a a, not a a a a a b c.
///
/// At each pick, every available target gains its weight; the one that has most is picked and loses
/// what all gained together.
#[derive(Clone, Debug)]
pub struct SmoothWrr {
    targets: Vec<Turn>,
}

#[derive(Clone, Copy, Debug)]
struct Turn {
    weight: u32,
    current: i64,
}

impl SmoothWrr {
    /// Targets with these weights; one of weight 0 is never picked.
    pub fn new(weights: impl IntoIterator<Item = u32>) -> Self {
        let turn = |weight| Turn { weight, current: 0 };
        Self { targets: weights.into_iter().map(turn).collect() }
    }

    /// The place of the next target among those that are `available`; `None` if none is. A target that
    /// was not available for a while comes back with the share it had, not with what it missed.
    pub fn pick(&mut self, mut available: impl FnMut(usize) -> bool) -> Option<usize> {
        let mut total = 0_i64;
        let mut best: Option<(usize, i64)> = None;
        for (at, turn) in self.targets.iter_mut().enumerate() {
            if turn.weight == 0 || !available(at) {
                continue;
            }
            turn.current += i64::from(turn.weight);
            total += i64::from(turn.weight);
            if best.is_none_or(|(_, most)| turn.current > most) {
                best = Some((at, turn.current));
            }
        }
        let (at, _) = best?;
        if let Some(turn) = self.targets.get_mut(at) {
            turn.current -= total;
        }
        Some(at)
    }

    /// How many targets there are.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// There are no targets.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }
}
