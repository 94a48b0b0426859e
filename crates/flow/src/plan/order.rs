//! Edges by the rules of order (2, 3 and 5) where steps wait for later ones by references.
//!
//! What the rules want may then be the other way about: a step waits for an earlier one unless that one depends on it. Of any two
//! steps that change something or are barriers one waits for the other in the end, so that those looked at so far stand in a
//! row. Of these, the ones that depend on the next step are the end of the row, and it waits for the last before them.

use std::collections::BTreeMap;

use super::{Traits, Wait, Why};

/// So much room is between two in the row at first.
const ROOM: u64 = 1 << 32;

/// Steps that change something and barriers, in the order in which they will be made.
#[derive(Default)]
struct Row {
    all: BTreeMap<u64, usize>,
    barriers: BTreeMap<u64, usize>,
    /// Where each step stands, if it does.
    places: Vec<Option<u64>>,
}

/// What waits for what, while steps are looked at in the order of the list.
struct Behind {
    /// Of each step, those that wait for it.
    after: Vec<Vec<usize>>,
    /// Of each step, the first of the list that it leads to by references.
    first: Vec<usize>,
    /// The step for which each was looked at last.
    seen: Vec<usize>,
}

/// Adds the edges; those by references are there. No barrier may overtake what changes something: it would stand in no row.
pub(super) fn add(waits: &mut [Vec<Wait>], traits: &[Traits], barriers: &[bool]) {
    let mut behind = Behind::new(waits);
    let mut row = Row { places: vec![None; waits.len()], ..Row::default() };
    for (at, waits) in waits.iter_mut().enumerate() {
        let own = traits.get(at).copied().unwrap_or_default();
        let is_barrier = barriers.get(at).copied().unwrap_or_default();
        let end = behind.end(at, &row);
        let among = if own.safe && own.parallel { &row.barriers } else { &row.all };
        if let Some(on) = last(among, end) {
            let is_safe = traits.get(on).is_some_and(|traits| traits.safe);
            let why = match (is_safe, own.safe, own.parallel) {
                (false, false, _) => Why::Order,
                (false, true, false) => Why::OwnWrites,
                _ => Why::Barrier,
            };
            if !waits.iter().any(|wait| wait.on == on) {
                waits.push(Wait { on, why });
                behind.after[on].push(at);
            }
        }
        if !own.safe || is_barrier {
            row.insert(at, end, is_barrier);
        }
    }
}

/// The last one before a place, or of all.
fn last(steps: &BTreeMap<u64, usize>, end: Option<u64>) -> Option<usize> {
    steps.range(..end.unwrap_or(u64::MAX)).next_back().map(|(_, step)| *step)
}

// === impl Row ===

impl Row {
    /// Puts in a step before a place, or at the end.
    fn insert(&mut self, step: usize, end: Option<u64>, is_barrier: bool) {
        let before = self.all.range(..end.unwrap_or(u64::MAX)).next_back().map_or(0, |(place, _)| *place);
        let place = match end {
            Some(end) => before + (end - before) / 2,
            None => before + ROOM,
        };
        if place == before {
            let follows = end.and_then(|end| self.all.get(&end).copied());
            self.spread();
            let end = follows.and_then(|step| self.places.get(step).copied().flatten());
            return self.insert(step, end, is_barrier);
        }
        self.places[step] = Some(place);
        self.all.insert(place, step);
        if is_barrier {
            self.barriers.insert(place, step);
        }
    }

    /// Makes room between all.
    fn spread(&mut self) {
        let barriers = std::mem::take(&mut self.barriers);
        let all = std::mem::take(&mut self.all);
        for ((old, step), place) in all.into_iter().zip((1..).map(|number| number * ROOM)) {
            self.places[step] = Some(place);
            self.all.insert(place, step);
            if barriers.contains_key(&old) {
                self.barriers.insert(place, step);
            }
        }
    }
}

// === impl Behind ===

impl Behind {
    fn new(waits: &[Vec<Wait>]) -> Self {
        let mut after = vec![Vec::new(); waits.len()];
        for (at, own) in waits.iter().enumerate() {
            for wait in own {
                after[wait.on].push(at);
            }
        }
        let before: Vec<Box<[usize]>> =
            waits.iter().map(|own| own.iter().map(|wait| wait.on).collect()).collect();
        let mut first: Vec<usize> = (0..waits.len()).collect();
        for &step in crate::run::order(&before, &after).iter().rev() {
            let least = after[step].iter().map(|next| first[*next]).min();
            first[step] = least.map_or(step, |least| least.min(step));
        }
        Self { after, first, seen: vec![usize::MAX; waits.len()] }
    }

    /// Where those in the row begin that depend on a step. What stands in the row leads to all behind it there, and what leads to
    /// later ones of the list alone to none in it.
    fn end(&mut self, at: usize, row: &Row) -> Option<u64> {
        let (mut end, mut open) = (None, vec![at]);
        while let Some(step) = open.pop() {
            for &next in &self.after[step] {
                if self.first[next] > at || std::mem::replace(&mut self.seen[next], at) == at {
                    continue;
                }
                match row.places[next] {
                    Some(place) => end = Some(end.map_or(place, |least: u64| least.min(place))),
                    None => open.push(next),
                }
            }
        }
        end
    }
}
