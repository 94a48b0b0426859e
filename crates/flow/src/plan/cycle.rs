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

/// Tells of every cycle once, with the steps in it.
pub(super) fn check(names: &Names<'_>, waits: &[Vec<Wait>], mistakes: &mut Mistakes) {
    let mut marks = vec![Mark::New; waits.len()];
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
                    Some(Mark::Open) => tell(names, &way, next, mistakes),
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
    let within = way.iter().map(|(at, _)| *at).skip_while(|at| *at != back_to).chain([back_to]);
    let ids: Vec<String> = within.map(|at| names(at).0).collect();
    let (_, at) = names(back_to);
    mistakes.add(&at, format_args!("steps wait for each other: `{}`", ids.join("` waits for `")));
}
