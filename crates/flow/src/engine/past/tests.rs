use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::tests::{Got, get, ms, ok, program, status, values};
use super::super::{Bounds, Ended, Reason};
use super::*;
use crate::Program;

/// When a call is answered, its number and name, and what it gets.
type UnderWay = (Duration, CallId, Box<str>, Result<Reply, Lost>);

/// What a run did.
struct Told {
    ended: Ended,
    noted: Vec<Noted>,
    /// The names of the calls that were made, and whether each may be made again.
    calls: Vec<(Box<str>, bool)>,
}

/// Runs in simulated time from where the past ends, and notes what happens; the service sees each call by its name.
fn run(
    (program, main): &(Arc<Program>, usize),
    noted: &[Noted],
    service: &dyn Fn(&str) -> Got,
    give_up: Option<Duration>,
) -> Told {
    let bounds = Bounds { named: true, concurrency: 4, seed: 7, ..Bounds::default() };
    let inputs = values(json!({"list": [1, 2, 3]}));
    let mut engine = Engine::new(Arc::clone(program), *main, inputs, bounds, Duration::ZERO);
    let mut past = Past::new(noted.to_vec());
    let Resumed { mut now, calls: mut orders } = past.resume(&mut engine);
    let mut noted = noted.to_vec();
    let mut under_way: Vec<UnderWay> = Vec::new();
    let mut made = Vec::new();
    for _ in 0..100_000 {
        while let Some(order) = orders.pop().or_else(|| engine.poll(now)) {
            match order {
                Order::Call { id, call, .. } => {
                    assert!(!call.name.is_empty());
                    match past.known(&call) {
                        Some(Ok(reply)) => engine.answered(id, reply, now),
                        Some(Err(lost)) => engine.lost(id, &lost, now),
                        None => {
                            made.push((call.name.clone(), call.again));
                            noted.push(Noted { at: now, what: Happened::Begun(call.name.clone()) });
                            let (after, got) = service(&call.name);
                            under_way.push((now + after, id, call.name, got));
                        }
                    }
                }
                Order::Cancel(id) => under_way.retain(|call| call.1 != id),
            }
        }
        if let Some(ended) = engine.ended() {
            return Told { ended: ended.clone(), noted, calls: made };
        }
        let next = (0..under_way.len()).min_by_key(|at| (under_way[*at].0, under_way[*at].1));
        let give_up = give_up.filter(|_| engine.given_up().is_none());
        let wakes = engine.wakes().into_iter().chain(give_up).min();
        match (next, wakes) {
            (Some(at), wakes) if wakes.is_none_or(|wakes| under_way[at].0 <= wakes) => {
                let (when, id, name, got) = under_way.remove(at);
                now = when;
                match got {
                    Ok(reply) => {
                        noted.push(Noted { at: now, what: Happened::Answered(name, reply.clone()) });
                        engine.answered(id, reply, now);
                    }
                    Err(lost) => {
                        noted.push(Noted { at: now, what: Happened::Lost(name, lost.clone()) });
                        engine.lost(id, &lost, now);
                    }
                }
            }
            (_, Some(wakes)) => {
                now = wakes.max(now);
                if give_up == Some(wakes) {
                    noted.push(Noted { at: now, what: Happened::GivenUp });
                    engine.give_up();
                }
            }
            (_, None) => panic!("nothing is under way, nothing is to come, and it has not ended"),
        }
    }
    panic!("it does not end")
}

/// What a call of this name gets: always the same.
fn by_name(name: &str, fails: u64) -> Got {
    let hash = name.bytes().fold(7_u64, |hash, byte| hash.wrapping_mul(31) + u64::from(byte)) % 10_007;
    let after = hash % 37;
    match hash % 100 {
        rest if rest < fails / 2 => status(after, 503),
        rest if rest < fails => (ms(after), Err(Lost::Unreachable("connection refused".into()))),
        _ => ok(after, &json!({"hash": hash})),
    }
}

/// A step of one of many kinds.
fn step(at: usize, kind: u8, before: Option<usize>) -> Value {
    let id = format!("s{at}");
    let outputs = json!({"v": "$response.body#/hash"});
    let value = before.map_or_else(|| "first".to_owned(), |on| format!("{{$steps.s{on}.outputs.v}}"));
    let target = |value: &str| json!({"operationId": "get", "parameters": [{"name": "id", "in": "path", "value": value}], "outputs": outputs});
    match kind {
        0 => json!({"stepId": id, "operationId": "make", "outputs": outputs}),
        1 => {
            json!({"stepId": id, "operationId": "make", "outputs": outputs, "x-weir-compensate": {"operationId": "make"}})
        }
        2 => {
            let mut step = get(&id, &value, &outputs);
            step["onFailure"] = json!([{"name": "r", "type": "retry", "retryAfter": 0.015, "retryLimit": 2}]);
            step
        }
        3 => {
            let mut step = get(&id, "$inputs.it", &outputs);
            step["x-weir-for-each"] =
                json!({"in": "$inputs.list", "as": "it", "concurrency": 2, "on-error": "null"});
            step
        }
        4 => json!({"stepId": id, "x-weir-race": [target("a"), target(&value)]}),
        5 => json!({"stepId": id, "workflowId": "inner", "outputs": {"v": "$outputs.v"}}),
        6 => {
            let mut step = get(&id, &value, &outputs);
            step["x-weir-retry"] = json!({"attempts": 3, "backoff": "20ms"});
            step["x-weir-optional"] = json!(true);
            step
        }
        7 => {
            let mut step = get(&id, &value, &outputs);
            step["x-weir-hedge"] = json!({"after": "11ms", "attempts": 3});
            step["timeout"] = json!(30);
            step
        }
        _ => get(&id, &value, &outputs),
    }
}

fn workflows(kinds: &[(u8, bool)]) -> Value {
    let steps: Vec<Value> = kinds
        .iter()
        .enumerate()
        .map(|(at, (kind, linked))| step(at, *kind, linked.then(|| at.checked_sub(1)).flatten()))
        .collect();
    let outputs: serde_json::Map<String, Value> =
        (0..kinds.len()).map(|at| (format!("o{at}"), json!(format!("$steps.s{at}.outputs.v")))).collect();
    json!([
        {"workflowId": "w", "steps": steps, "outputs": outputs},
        {"workflowId": "inner", "steps": [step(0, 1, None), step(1, 0, None)], "outputs": {"v": "$steps.s1.outputs.v"}},
    ])
}

#[test]
fn a_call_that_changes_something_and_has_no_answer_is_lost_unless_it_may_be_made_again() {
    for (repeatable, calls) in [(false, 0), (true, 1)] {
        let make = json!({"stepId": "a", "operationId": "make", "x-weir-repeatable": repeatable});
        let program = program(&json!([{"workflowId": "w", "steps": [make]}]));
        let noted = [Noted { at: ms(3), what: Happened::Begun("a:1.0.0.1.1".into()) }];
        let told = run(&program, &noted, &|_| ok(5, &json!(1)), None);
        assert_eq!(told.calls.len(), calls);
        match told.ended.failure {
            None => assert!(repeatable && told.ended.at == ms(8)),
            Some(failure) => {
                assert!(!repeatable);
                assert_eq!((&*failure.step, failure.reason), ("a", Reason::Unreachable(UNKNOWN.into())));
            }
        }
    }
}

proptest! {
    /// Wherever a run is cut off, it is taken up from there: no call is made whose answer was noted, none that changes
    /// something is made twice, and what comes out is the same, unless nobody knows whether such a call was made.
    #[test]
    fn a_run_that_is_cut_off_anywhere_comes_to_the_same_end(
        kinds in prop::collection::vec((0_u8..9, any::<bool>()), 1..10),
        fails in 0_u64..30,
        give_up in prop::option::of(0_u64..150),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
    ) {
        let program = program(&workflows(&kinds));
        let service = |name: &str| by_name(name, fails);
        let whole = run(&program, &[], &service, give_up.map(ms));
        let again = run(&program, &whole.noted, &service, None);
        prop_assert!(again.calls.is_empty(), "{:?}", again.calls);
        prop_assert_eq!(&again.ended, &whole.ended);
        let mut noted = whole.noted.clone();
        for cut in cuts {
            noted.truncate(cut.index(noted.len() + 1));
            let told = run(&program, &noted, &service, None);
            let mut known = HashSet::new();
            for one in &noted {
                match &one.what {
                    Happened::Answered(name, _) | Happened::Lost(name, _) => drop(known.insert(name)),
                    Happened::Begun(_) | Happened::GivenUp => {}
                }
            }
            prop_assert!(told.calls.iter().all(|(name, _)| !known.contains(name)));
            let mut unsafe_ones = HashSet::new();
            for one in &told.noted {
                if let Happened::Begun(name) = &one.what {
                    let again = told.calls.iter().all(|(called, again)| called != name || *again);
                    prop_assert!(unsafe_ones.insert(name) || again, "{} was made twice", name);
                }
            }
            let is_unknown = |reason: &Reason| *reason == Reason::Unreachable(UNKNOWN.into());
            let unknown = told.ended.failure.iter().chain(&told.ended.absent).any(|one| is_unknown(&one.reason));
            let cut_off = noted.iter().any(|one| matches!(&one.what, Happened::Begun(name) if !known.contains(name)));
            if give_up.is_none() && !unknown && !cut_off {
                prop_assert_eq!(&told.ended.outputs, &whole.ended.outputs);
                prop_assert_eq!(told.ended.failure.is_some(), whole.ended.failure.is_some());
            }
        }
    }
}
