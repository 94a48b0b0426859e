use proptest::prelude::*;

use super::*;
use crate::plan::{Plan, Shape, Traits, Wait, Why};

const GET: Traits = Traits { safe: true, parallel: false };
const POST: Traits = Traits { safe: false, parallel: false };

fn plan(waits: &[&[usize]]) -> Plan {
    let wait = |on: &usize| Wait { on: *on, why: Why::Order };
    let waits: Vec<Vec<Wait>> = waits.iter().map(|on| on.iter().map(wait).collect()).collect();
    Plan { barriers: vec![false; waits.len()], waits, remarks: Vec::new() }
}

fn begin(plan: &Plan, traits: &[Traits], limit: usize) -> Run {
    Run::new(Arc::new(Graph::new(plan, traits)), limit)
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// What happened in a run: each step's begin and end, in the order of ends, and when and how it came out.
struct Told {
    steps: Vec<(usize, Duration, Duration)>,
    cancelled: Vec<usize>,
    ended: Duration,
    outcome: Outcome,
}

/// Makes a run in simulated time: each step takes its time and then says its verdict.
fn simulate(
    run: &mut Run,
    lasts: impl Fn(usize) -> Duration,
    verdict: impl Fn(usize, u32) -> Verdict,
) -> Told {
    let mut now = Duration::ZERO;
    let mut under_way: Vec<(Duration, usize, u32, Duration)> = Vec::new();
    let (mut steps, mut cancelled) = (Vec::new(), Vec::new());
    for _ in 0..10_000 {
        for command in run.commands(now) {
            match command {
                Command::Start(step, attempt) => under_way.push((now + lasts(step), step, attempt, now)),
                Command::Cancel(step) => {
                    assert!(
                        under_way.iter().any(|one| one.1 == step),
                        "a step is given up that is not under way"
                    );
                    under_way.retain(|one| one.1 != step);
                    cancelled.push(step);
                }
                Command::Reached(fact) => panic!("a plan alone has no fact {fact}"),
            }
        }
        if let Some(outcome) = run.outcome() {
            assert!(under_way.is_empty(), "steps are under way at the end");
            assert!(run.commands(now).is_empty());
            return Told { steps, cancelled, ended: now, outcome };
        }
        under_way.sort();
        match (under_way.first().copied(), run.wakes()) {
            (Some((end, ..)), Some(wake)) if wake < end => now = wake,
            (Some((end, step, attempt, began)), _) => {
                now = end;
                under_way.remove(0);
                steps.push((step, began, end));
                run.settle(step, verdict(step, attempt), now);
            }
            (None, Some(wake)) => now = wake,
            (None, None) => panic!("nothing is under way, nothing is to come, and it has not ended"),
        }
    }
    panic!("it does not end")
}

#[test]
fn steps_begin_the_moment_their_last_wait_is_over() {
    let plan = plan(&[&[], &[], &[0], &[0, 1]]);
    let traits = [GET; 4];
    let told =
        simulate(&mut begin(&plan, &traits, 10), |step| ms([10, 30, 5, 1][step]), |_, _| Verdict::Succeeded);
    let mut steps = told.steps;
    steps.sort();
    assert_eq!(steps, [(0, ms(0), ms(10)), (1, ms(0), ms(30)), (2, ms(10), ms(15)), (3, ms(30), ms(31))]);
    assert_eq!((told.outcome, told.ended), (Outcome::Complete, ms(31)));
}

#[test]
fn under_a_limit_the_step_with_most_to_follow_begins_first() {
    let plan = plan(&[&[], &[], &[1], &[2]]);
    let traits = [GET; 4];
    let told = simulate(&mut begin(&plan, &traits, 1), |_| ms(1), |_, _| Verdict::Succeeded);
    let order: Vec<usize> = told.steps.iter().map(|step| step.0).collect();
    assert_eq!(order, [1, 2, 0, 3]);
}

#[test]
fn a_failure_gives_up_what_is_safe_and_waits_for_what_is_not() {
    let plan = plan(&[&[], &[], &[], &[1]]);
    let traits = [GET, GET, POST, GET];
    let told = simulate(
        &mut begin(&plan, &traits, 10),
        |step| ms([5, 50, 20, 1][step]),
        |step, _| if step == 0 { Verdict::Failed } else { Verdict::Succeeded },
    );
    assert_eq!((told.outcome, told.ended), (Outcome::Failed(0), ms(20)));
    assert_eq!(told.cancelled, [1]);
}

#[test]
fn a_step_is_tried_again_after_its_time() {
    let plan = plan(&[&[], &[0]]);
    let traits = [GET; 2];
    let again =
        |step, attempt| if step == 0 && attempt < 3 { Verdict::Again(ms(100)) } else { Verdict::Succeeded };
    let told = simulate(&mut begin(&plan, &traits, 10), |_| ms(1), again);
    let began: Vec<Duration> = told.steps.iter().map(|step| step.1).collect();
    assert_eq!(began, [ms(0), ms(101), ms(202), ms(203)]);
    assert_eq!(told.outcome, Outcome::Complete);
}

#[test]
fn an_end_waits_for_the_steps_before_it_and_makes_none_behind() {
    let plan = plan(&[&[], &[], &[1], &[1]]);
    let traits = [GET; 4];
    let ends = |step, _| if step == 1 { Verdict::End } else { Verdict::Succeeded };
    let told = simulate(&mut begin(&plan, &traits, 10), |step| ms([30, 1, 1, 1][step]), ends);
    assert_eq!((told.outcome, told.ended, told.steps.len()), (Outcome::Complete, ms(30), 2));
}

#[test]
fn control_goes_forward_and_back() {
    let plan = plan(&[&[], &[0], &[1], &[2]]);
    let traits = [POST; 4];
    let forward = |step, _| if step == 0 { Verdict::Goto(3) } else { Verdict::Succeeded };
    let mut run = begin(&plan, &traits, 10);
    let told = simulate(&mut run, |_| ms(1), forward);
    assert_eq!(told.steps.iter().map(|step| step.0).collect::<Vec<_>>(), [0, 3]);
    assert_eq!((run.is_done(2), run.is_done(3)), (false, true));
    let times = std::cell::Cell::new(0);
    let back = |step, _| {
        if step == 2 && times.replace(times.get() + 1) == 0 { Verdict::Goto(1) } else { Verdict::Succeeded }
    };
    let told = simulate(&mut begin(&plan, &traits, 10), |_| ms(1), back);
    assert_eq!(told.steps.iter().map(|step| step.0).collect::<Vec<_>>(), [0, 1, 2, 1, 2, 3]);
}

#[test]
fn a_run_that_is_given_up_leaves_nothing_under_way() {
    let plan = plan(&[&[], &[0]]);
    let mut run = begin(&plan, &[GET; 2], 10);
    assert_eq!(run.commands(ms(0)), [Command::Start(0, 1)]);
    run.give_up();
    assert_eq!(run.outcome(), None);
    assert_eq!(run.commands(ms(1)), [Command::Cancel(0)]);
    assert_eq!(run.outcome(), Some(Outcome::GivenUp));
    run.settle(0, Verdict::Succeeded, ms(2));
    assert_eq!(run.outcome(), Some(Outcome::GivenUp));
}

proptest! {
    /// Without a limit the whole takes as long as the critical path; with one, no more steps are under way than it says; a step
    /// never begins before what it waits for has ended, and every step is made once.
    #[test]
    fn runs_keep_their_plans(
        of in proptest::collection::vec(proptest::collection::vec(any::<prop::sample::Index>(), 0..3), 1..14),
        durations in proptest::collection::vec(1..100_u64, 14),
        limit in 1..5_usize,
        fails in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let waits: Vec<Vec<usize>> = of.iter().enumerate().map(|(at, of)| {
            let mut on: Vec<usize> = of.iter().filter(|_| at > 0).map(|of| of.index(at)).collect();
            on.sort_unstable();
            on.dedup();
            on
        }).collect();
        let waits: Vec<&[usize]> = waits.iter().map(Vec::as_slice).collect();
        let plan = plan(&waits);
        let traits = vec![GET; waits.len()];
        let durations: Vec<Duration> = durations[..waits.len()].iter().map(|last| ms(*last)).collect();
        let lasts = |step: usize| durations[step];
        let free = simulate(&mut begin(&plan, &traits, usize::MAX), lasts, |_, _| Verdict::Succeeded);
        prop_assert_eq!(free.ended, Shape::new(&plan, &durations).total);
        let bound = simulate(&mut begin(&plan, &traits, limit), lasts, |_, _| Verdict::Succeeded);
        for told in [&free, &bound] {
            prop_assert_eq!(told.steps.len(), waits.len());
            let end = |step: usize| told.steps.iter().find(|one| one.0 == step).unwrap().2;
            for (step, began, _) in &told.steps {
                prop_assert!(plan.before(*step).all(|on| end(on) <= *began));
            }
        }
        for (_, began, _) in &bound.steps {
            let at_once = bound.steps.iter().filter(|one| one.1 <= *began && *began < one.2).count();
            prop_assert!(at_once <= limit);
        }
        if let Some(fails) = fails {
            let fails = fails.index(waits.len());
            let verdict = |step, _| if step == fails { Verdict::Failed } else { Verdict::Succeeded };
            let told = simulate(&mut begin(&plan, &traits, limit), lasts, verdict);
            prop_assert_eq!(told.outcome, Outcome::Failed(fails));
            prop_assert!(told.steps.iter().all(|one| plan.before(one.0).all(|on| on != fails)));
        }
    }
}
