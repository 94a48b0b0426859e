//! The waterfall of a run as a picture: the client's own calls one after the other, and the one call that the flow is instead.
//! SVG, for light and dark.

mod draw;

use trace::{FlowRecord, FlowStep, StepEnd};

/// What a picture shows.
pub(super) struct Picture<'p> {
    pub(super) title: &'p str,
    /// What the flow did, with the time at which it ended.
    pub(super) record: &'p FlowRecord,
    pub(super) end_us: u64,
    /// How long each request of the client is on its way, there and back.
    pub(super) link_us: u64,
    /// The client's own calls, and how long each takes beside its way.
    pub(super) before: Vec<(String, u64)>,
}

/// A step in the picture: one that no other is within.
struct Leaf<'p> {
    step: &'p FlowStep,
    slack_us: u64,
    critical: bool,
    /// The leaves that it waited for, by place among the leaves.
    after: Vec<usize>,
}

/// The calls that a client would make by itself: those of the run that were good, by what each is called.
pub(super) fn own_calls(record: &FlowRecord, called: impl Fn(usize) -> Option<String>) -> Vec<(String, u64)> {
    let places = leaves_of(record).into_iter();
    let good =
        places.filter_map(|at| Some((at, record.steps.get(at).filter(|step| step.end == StepEnd::Good)?)));
    good.filter_map(|(at, step)| Some((called(at)?, step.duration_us))).collect()
}

/// Leaves out waits that others imply: what was waited for by what is waited for.
fn leave_out_implied(leaves: &mut [Leaf<'_>]) {
    let waits: Vec<Vec<usize>> = leaves.iter().map(|leaf| leaf.after.clone()).collect();
    let above = |from: usize| {
        let mut found: Vec<usize> = waits.get(from).cloned().unwrap_or_default();
        let mut at = 0;
        while let Some(next) = found.get(at).copied() {
            at += 1;
            for on in waits.get(next).into_iter().flatten() {
                if !found.contains(on) {
                    found.push(*on);
                }
            }
        }
        found
    };
    for leaf in leaves {
        let implied: Vec<usize> = leaf.after.iter().flat_map(|on| above(*on)).collect();
        leaf.after.retain(|on| !implied.contains(on));
    }
}

/// The places of steps in the picture, in the order in which they began.
fn leaves_of(record: &FlowRecord) -> Vec<usize> {
    let is_outer = |at: usize| record.steps.iter().any(|step| place(step.within) == Some(at));
    let is_shown =
        |at: &usize| !is_outer(*at) && record.steps.get(*at).is_some_and(|step| step.end != StepEnd::Skipped);
    let mut places: Vec<usize> = (0..record.steps.len()).filter(is_shown).collect();
    places.sort_by_key(|at| (record.steps.get(*at).map(|step| step.start_us), *at));
    places
}

fn place(at: Option<u32>) -> Option<usize> {
    at.and_then(|at| usize::try_from(at).ok())
}

// === impl Picture ===

impl Picture<'_> {
    /// The picture's text.
    pub(super) fn svg(&self) -> String {
        draw::svg(self)
    }

    /// How long the client's own calls take.
    fn alone_us(&self) -> u64 {
        self.before.iter().map(|(_, time)| time + self.link_us).sum()
    }

    /// How long the one call takes.
    fn whole_us(&self) -> u64 {
        self.end_us + self.link_us
    }

    fn leaves(&self) -> Vec<Leaf<'_>> {
        let slacks = self.record.slacks(self.end_us);
        let places = leaves_of(self.record);
        let leaf = |at: &usize| {
            let (step, slack_us) =
                (self.record.steps.get(*at)?, slacks.get(*at).copied().unwrap_or_default());
            let critical = slack_us == 0 && step.end != StepEnd::Cancelled;
            let mut after: Vec<usize> =
                self.waited(*at).iter().filter_map(|on| self.last_of(*on, &places)).collect();
            after.sort_unstable();
            after.dedup();
            Some(Leaf { step, slack_us, critical, after })
        };
        let mut leaves: Vec<Leaf<'_>> = places.iter().filter_map(leaf).collect();
        leave_out_implied(&mut leaves);
        leaves
    }

    /// What a step waited for: its own waits, else those of what it is within.
    fn waited(&self, mut at: usize) -> Vec<usize> {
        loop {
            let Some(step) = self.record.steps.get(at) else { return Vec::new() };
            let after: Vec<usize> = step.after.iter().filter_map(|on| place(Some(*on))).collect();
            match place(step.within) {
                Some(outer) if after.is_empty() && outer < at => at = outer,
                _ => return after,
            }
        }
    }

    /// The leaf that ended last of a step: itself, or what is within it.
    fn last_of(&self, step: usize, places: &[usize]) -> Option<usize> {
        let is_within = |mut at: usize| {
            loop {
                match self.record.steps.get(at).and_then(|one| place(one.within)) {
                    _ if at == step => return true,
                    Some(outer) if outer < at => at = outer,
                    _ => return false,
                }
            }
        };
        let ended =
            |leaf: &usize| places.get(*leaf).and_then(|at| Some(self.record.steps.get(*at)?.ended_us()));
        (0..places.len()).filter(|leaf| places.get(*leaf).is_some_and(|at| is_within(*at))).max_by_key(ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, (start_us, end_us): (u64, u64), after: &[u32], within: Option<u32>) -> FlowStep {
        let (attempt, status, end) = (1, 200, StepEnd::Good);
        let duration_us = end_us - start_us;
        FlowStep {
            name: name.into(),
            attempt,
            start_us,
            duration_us,
            status,
            end,
            after: after.to_vec(),
            within,
            call: None,
        }
    }

    #[test]
    fn what_is_within_a_step_stands_for_it() {
        let steps = vec![
            step("stock", (0, 20_000), &[], None),
            step("stock[0]", (0, 20_000), &[], Some(0)),
            step("stock[1]", (0, 12_000), &[], Some(0)),
            step("order", (20_000, 60_000), &[0], None),
            step("pay", (60_000, 70_000), &[0, 3], None),
        ];
        let record = FlowRecord { steps };
        let before = own_calls(&record, |at| Some(format!("GET /{at}")));
        let calls = [("GET /1", 20_000), ("GET /2", 12_000), ("GET /3", 40_000), ("GET /4", 10_000)];
        assert_eq!(before, calls.map(|(name, time)| (name.to_owned(), time)));
        let picture = Picture { title: "a < b", record: &record, end_us: 70_000, link_us: 50_000, before };
        assert_eq!((picture.alone_us(), picture.whole_us()), (282_000, 120_000));
        let leaves = picture.leaves();
        let told: Vec<(&str, bool, u64, &[usize])> = leaves
            .iter()
            .map(|leaf| (&*leaf.step.name, leaf.critical, leaf.slack_us, &leaf.after[..]))
            .collect();
        let expect: [(&str, bool, u64, &[usize]); 4] = [
            ("stock[0]", true, 0, &[]),
            ("stock[1]", false, 8_000, &[]),
            ("order", true, 0, &[0]),
            ("pay", true, 0, &[2]),
        ];
        assert_eq!(told, expect);
        let svg = picture.svg();
        let words = [
            "a &lt; b: 4 calls one after the other",
            "282 ms",
            "120 ms",
            "2.4 times sooner",
            "stock[0] → order → pay",
        ];
        for part in words {
            assert!(svg.contains(part), "{svg}\nhas no {part}");
        }
        // Two waits, and the legend's.
        assert_eq!(svg.matches("<path class=\"e ec\"").count(), 3, "{svg}");
    }
}
