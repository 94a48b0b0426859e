//! Cycles: steps that wait for each other.

use expr::Pointer;

use super::Wait;
use crate::mistakes::Mistakes;

/// How far a step was looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    Open,
    Done,
}

/// What a step is called, and where it stands.
type Names<'n> = dyn Fn(usize) -> (String, Pointer) + 'n;

/// So many cycles are told; where many steps wait for many there are more than anybody reads.
const TOLD: usize = 20;

/// So many steps of a cycle are named at its beginning, and at its end.
const NAMED: usize = 10;

/// Tells of every cycle once, with the steps in it.
pub(super) fn check(names: &Names<'_>, waits: &[Vec<Wait>], mistakes: &mut Mistakes) {
    let (mut marks, mut left) = (vec![Mark::New; waits.len()], TOLD);
    for start in 0..waits.len() {
        // The way from the start, with how many of each step's waits were followed; without recursion, since there may be
        // ten thousand steps in a row.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        if marks.get(start) != Some(&Mark::New) {
            continue;
        }
        while let Some((at, followed)) = way.last_mut() {
            let next = waits.get(*at).and_then(|own| own.get(*followed)).map(|wait| wait.on);
            *followed += 1;
            let at = *at;
            mark(&mut marks, at, Mark::Open);
            match next {
                None => {
                    mark(&mut marks, at, Mark::Done);
                    way.pop();
                }
                Some(next) => match marks.get(next) {
                    Some(Mark::New) => way.push((next, 0)),
                    Some(Mark::Open) => {
                        tell(names, &way, next, mistakes);
                        left -= 1;
                        if left == 0 {
                            return;
                        }
                    }
                    _ => {}
                },
            }
        }
    }
}

fn mark(marks: &mut [Mark], at: usize, mark: Mark) {
    if let Some(place) = marks.get_mut(at) {
        *place = mark;
    }
}

fn tell(names: &Names<'_>, way: &[(usize, usize)], back_to: usize, mistakes: &mut Mistakes) {
    let within: Vec<usize> =
        way.iter().map(|(at, _)| *at).skip_while(|at| *at != back_to).chain([back_to]).collect();
    let ids = match within.len().checked_sub(2 * NAMED).filter(|more| *more > 0) {
        None => within.iter().map(|at| names(*at).0).collect::<Vec<_>>(),
        Some(more) => {
            let (first, last) = (within.iter().take(NAMED), within.iter().skip(NAMED + more));
            let between = std::iter::once(format!("({more} others)"));
            first.map(|at| names(*at).0).chain(between).chain(last.map(|at| names(*at).0)).collect()
        }
    };
    let (_, at) = names(back_to);
    mistakes.add(&at, format_args!("steps wait for each other: `{}`", ids.join("` waits for `")));
}
